/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STORAGE_IDE_BENCH_H
#define TESTS_UNIT_STORAGE_IDE_BENCH_H

/* The PIIX3's IDE function with disks, and the moves an ATA driver makes. */

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/piix3_ide.h"
#include "tests/generic.h"

#define IDE_DISKS 4
#define IDE_BM    0xc000
#define IDE_PRD   0x1000u
#define IDE_BUF   0x20000u

struct ide_disk {
    uint64_t sectors; /* 0: not there */
    bool read_only;
    struct ata_geometry geometry;
    bool cdrom;      /* a CD-ROM drive, empty if there are no sectors (of 512 bytes) */
    bool real_speed; /* of the first: for all */
};

struct ide {
    struct bench *bench;
    struct device *chip;
    struct drive *drives[IDE_DISKS];
    uint8_t *images[IDE_DISKS];
    struct ide_disk disks[IDE_DISKS];
    uint16_t base; /* of the channel in use: 1F0h or 170h */
    unsigned irq;
    unsigned host_errors;
};

/* Ports are decoded, the bus master is at IDE_BM; images hold ide_pattern() unless they are huge.
 */
struct ide *ide_new(const struct ide_disk disks[IDE_DISKS]);
/* One disk of that many sectors. */
struct ide *ide_new_one(uint64_t sectors, bool read_only);
void ide_free(struct ide *ide);
uint8_t ide_pattern(uint64_t offset);
void ide_channel(struct ide *ide, unsigned n);
/* Moves everything to a fresh bench, as a save and a resume do. */
struct ide *ide_save_and_resume(struct ide *ide);

void ide_out(struct ide *ide, unsigned reg, uint8_t value);
uint8_t ide_in(struct ide *ide, unsigned reg);
uint8_t ide_alt_status(struct ide *ide);
void ide_control(struct ide *ide, uint8_t value);
/* Task file by LBA and command; select as A0h-FFh without the low nibble. */
void ide_command(struct ide *ide, uint8_t select, uint8_t command, uint8_t count, uint32_t lba);
void ide_command_chs(struct ide *ide, uint8_t command, uint8_t count, unsigned c, unsigned h,
                     unsigned s);
/* Lets time pass until the interrupt, or BSY is gone; false if it does not happen in 10 ms. */
bool ide_wait_irq(struct ide *ide);
bool ide_wait(struct ide *ide);
/* After a command: waits and expects the end with this status and error; acknowledges. */
void ide_expect(struct ide *ide, uint8_t status, uint8_t error);
void ide_read_words(struct ide *ide, uint8_t *data, unsigned bytes);
void ide_write_words(struct ide *ide, const uint8_t *data, unsigned bytes);
void ide_identify(struct ide *ide, uint8_t select, uint16_t words[256]);
/* One region descriptor at place n of the table. */
void ide_prd(struct ide *ide, unsigned n, uint32_t address, uint16_t count, bool last);
uint8_t ide_memory(struct ide *ide, uint32_t address);

#endif
