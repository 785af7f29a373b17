/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_TOOLS_TOOL_H
#define FIRMWARE_DOS_TOOLS_TOOL_H

/*
 * What the tools for disks and devices share: words of the command line, questions, sectors,
 * kernel structures.  Sources: Microsoft MS-DOS Programmer's Reference; Ralf Brown's Interrupt
 * List.
 */

#include "dos.h"

enum { SECTOR = 512, ANSWER = 80 };

/* ---- tool.c: command line and questions ---- */

/* What was typed behind the program's name, without its end. */
void command_tail(char *to, unsigned size);
/* The next word, upper case: at a separator or `/` it ends, a leading `/` belongs to it.  False:
 * there is none. */
bool next_word(char **at, char *word, unsigned size);
/* "/F:720" for name "F": the text behind the colon; "" if there is none, NULL: another switch. */
const char *switch_value(const char *word, const char *name);
/* "Invalid switch - /X" and the like; the value is 1. */
int bad_switch(const char *word);
int bad_parameter(const char *word);
/* "A:" as a drive number, 0 = A:; -1: it is not one. */
int drive_of(const char *word);
/* A line of standard input without its end; false: there is no more. */
bool read_answer(char *to, unsigned size);
/* Asks until the answer begins with Y or N (of the country); no more input: no. */
bool ask_yes(const char *question);
/* "Press any key" for what a person has to do first; takes from redirected input, too. */
void wait_key(void);

/* Ctrl-C ends the program with this exit code. */
void break_with(uint8_t code);

/* ---- drive.c: drives and sectors ---- */

struct list_of_lists { /* INT 21h/52h; where a table of it lies */
    uint16_t segment, offset;
};
struct list_of_lists list_of_lists(void);

struct dpb { /* as INT 21h/32h shows it */
    uint8_t drive, unit;
    uint16_t sector_size;
    uint8_t cluster_mask, cluster_shift;
    uint16_t reserved;
    uint8_t fats;
    uint16_t root_entries, data_sector, highest_cluster, fat_sectors, root_sector;
} PACKED;

struct bpb {
    uint16_t sector_size;
    uint8_t cluster_sectors;
    uint16_t reserved;
    uint8_t fats;
    uint16_t root_entries, sectors;
    uint8_t media;
    uint16_t fat_sectors, track_sectors, heads;
    uint32_t hidden, big_sectors;
} PACKED;

struct boot_sector {
    uint8_t jump[3];
    char maker[8];
    struct bpb bpb;
    uint8_t bios_drive, reserved, signature; /* signature 29h: what follows is there */
    uint32_t serial;
    char label[11], kind[8];
    uint8_t code[448];
    uint16_t mark;
} PACKED;
_Static_assert(sizeof(struct boot_sector) == SECTOR, "boot sector");
enum { EXTENDED_BOOT = 0x29, BOOT_MARK = 0xaa55 };

struct device_parameters { /* 440Dh/40h, 60h */
    uint8_t special, type;
    uint16_t attributes, cylinders;
    uint8_t media;
    struct bpb bpb;
    uint8_t rest[6];
    uint16_t track_sectors; /* a track's layout: number and size of each */
    uint16_t layout[63][2];
} PACKED;
enum {
    GENERIC_SET = 0x40,
    GENERIC_WRITE = 0x41,
    GENERIC_FORMAT = 0x42,
    GENERIC_GET = 0x60,
    GENERIC_READ = 0x61,
    GENERIC_VERIFY = 0x62
};

struct directory_entry {
    char name[11];
    uint8_t attr;
    uint8_t reserved[10];
    uint16_t time, date, cluster;
    uint32_t size;
} PACKED;
_Static_assert(sizeof(struct directory_entry) == 32, "directory entry");
enum { ENTRY_DELETED = 0xe5, ENTRY_END = 0, ENTRIES = SECTOR / 32 };

enum drive_kind {
    DRIVE_NONE,
    DRIVE_FAT,
    DRIVE_REMOTE, /* a host folder, a network's drive */
    DRIVE_SUBST
};
enum drive_kind drive_kind(unsigned drive);
bool drive_removable(unsigned drive);
/* Looks at what is in the drive (INT 24h asks if it cannot); false: it has no FAT. */
bool drive_dpb(unsigned drive, struct dpb *d);
/* Sectors by INT 25h, 26h, to or from `segment`; 0 or the driver's error with FFh00h set. */
unsigned sectors_read(unsigned drive, uint32_t first, unsigned count, uint16_t segment,
                      uint16_t offset);
unsigned sectors_write(unsigned drive, uint32_t first, unsigned count, uint16_t segment,
                       uint16_t offset);
unsigned sector_read(unsigned drive, uint32_t sector, void *to);
unsigned sector_write(unsigned drive, uint32_t sector, const void *from);
/* 440Dh of category 8; 0 or DOS's error. */
unsigned drive_generic(unsigned drive, unsigned function, void *data);
/* Whether no file of the drive is open is not looked at: DOS forgets what it knows of the medium.
 */
void drive_forget(unsigned drive);
/* A block of memory behind the program: its segment, 0: there is not so much. */
uint16_t memory_take(unsigned paragraphs);
/* The most paragraphs that one block can have. */
unsigned memory_largest(void);
/* The root directory's label, 11 characters with blanks; false: none. */
bool label_find(unsigned drive, const struct dpb *d, char label[11]);
/* Makes it so, in the root directory and the boot sector; label NULL: none.  0 or an error; FFFFh:
 * the root directory is full. */
unsigned label_set(unsigned drive, const struct dpb *d, const char *label);
/* Text to 11 characters with blanks, upper case; false: it has what a label may not. */
bool label_parse(const char *text, char label[11]);
/* Serial number of a new volume, from date and time. */
uint32_t new_serial(void);
/* "Volume Serial Number is 1234-5678" */
void print_serial(uint32_t serial);

/* ---- calls.asm ---- */

/* The packet at `packet` of the drive; interrupt 25h or 26h. */
uint16_t absolute_call(const void *packet, unsigned drive, unsigned interrupt);
/* XMS 88h of the driver at `entry`: largest free block in KB; *total: all free ones. */
uint32_t xms_free(uint32_t entry, uint32_t *total);
void break_exit(void);
extern uint8_t break_code;

#endif
