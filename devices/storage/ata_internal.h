/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_ATA_INTERNAL_H
#define DEVICES_STORAGE_ATA_INTERNAL_H

/* What ata.c (registers, transfers), ata_command.c and ata_identify.c share. */

#include "devices/storage/ata.h"

enum {
    ATA_SECTOR = 512,
    ATA_CHUNK = 64,        /* sectors of one media operation */
    ATA_MULTIPLE_MAX = 16, /* sectors of one READ MULTIPLE block */
    ATA_UNITS = 2,
};

enum { /* status */
       ATA_BSY = 0x80,
       ATA_DRDY = 0x40,
       ATA_DSC = 0x10,
       ATA_DRQ = 0x08,
       ATA_ERR = 0x01,
};
enum { ATA_UNC = 0x40, ATA_IDNF = 0x10, ATA_ABRT = 0x04 };       /* error */
enum { ATA_NIEN = 0x02, ATA_SRST = 0x04, ATA_HOB = 0x80 };       /* device control */
enum { ATA_DEV = 0x10, ATA_LBA = 0x40, ATA_DEVICE_ONES = 0xa0 }; /* device/head */

enum ata_step {
    ATA_STEP_IDLE,
    ATA_STEP_RESET,       /* timer: SRST was released */
    ATA_STEP_COMMAND,     /* timer: a command without data takes effect */
    ATA_STEP_MEDIA_READ,  /* op */
    ATA_STEP_MEDIA_WRITE, /* op */
    ATA_STEP_FLUSH,       /* op */
    ATA_STEP_IN_BLOCK,    /* timer: the next block for the host is ready */
    ATA_STEP_IN,          /* DRQ: the host reads */
    ATA_STEP_OUT_BLOCK,   /* timer: room for the next block from the host */
    ATA_STEP_OUT,         /* DRQ: the host writes */
    ATA_STEP_DMA_IN,      /* the bus master moves; timer armed if it was just started */
    ATA_STEP_DMA_OUT,
    ATA_STEP_COUNT,
};

/* Where a data command's data go. */
enum ata_flow { ATA_FLOW_NONE, ATA_FLOW_IN, ATA_FLOW_OUT, ATA_FLOW_VERIFY, ATA_FLOWS };

struct ata_state {
    uint64_t lba;            /* of the buffer's first sector */
    uint32_t left;           /* sectors still to do, those in the buffer included */
    uint16_t pos, block_end; /* in buffer */
    uint16_t block;          /* sectors of one DRQ block */
    uint8_t select, control;
    uint8_t hob;     /* registers read their previous contents */
    uint8_t pending; /* the active unit wants an interrupt */
    uint8_t unit;    /* that executes or was the last to */
    uint8_t command;
    uint8_t step, flow, dma, ext;
    uint8_t by_lba;   /* the command's address was a logical one */
    uint8_t internal; /* the data are the drive's own, not the medium's */
    uint8_t chunk;    /* sectors that the buffer is for */
    uint8_t raised;   /* OUT: the first block was asked for */
    /* Task files, one for each unit: [unit * 2] is the register, [unit * 2 + 1] what it held
     * before. */
    uint8_t feature[4], count[4], low[4], mid[4], high[4];
    uint8_t status[2], error[2];
    uint8_t multiple[2];
    uint8_t heads[2], sectors[2]; /* present translation */
    uint8_t write_cache[2], look_ahead[2], revert[2];
    uint8_t mode[2];  /* transfer mode as SET FEATURES gave it */
    uint8_t power[2]; /* as CHECK POWER MODE shows it */
    uint8_t buffer[ATA_CHUNK * ATA_SECTOR];
};

struct ata_disk { /* wiring */
    struct ata_channel *channel;
    unsigned unit;
    struct drive *drive;
    struct ata_geometry wanted, geometry;
    bool present;
};

struct ata_channel {
    struct device dev;
    uint16_t io_base;
    struct irq irq;
    struct ata_dma dma;
    struct ata_disk disks[ATA_UNITS];
    struct media_op op;
    struct vtimer timer;
    struct ata_state s;
};

/* ---- ata.c ---- */

uint64_t ata_capacity(const struct ata_channel *c, unsigned unit);
/* Current cylinders of the unit's translation. */
unsigned ata_cylinders(const struct ata_channel *c, unsigned unit);
void ata_wait(struct ata_channel *c, enum ata_step step, uint64_t delay);
/* Ends the present command with an interrupt. */
void ata_complete(struct ata_channel *c);
void ata_error(struct ata_channel *c, uint8_t error);
/* Data begin to move: flow, lba, left, block and so on are set.  From a timer only. */
void ata_begin(struct ata_channel *c);
void ata_flush(struct ata_channel *c);
/* What both disks show after a reset or EXECUTE DEVICE DIAGNOSTIC. */
void ata_signature(struct ata_channel *c);
/* Settings after power-on, or after a software reset where reverting is on. */
void ata_defaults(struct ata_channel *c, unsigned unit);

/* ---- ata_command.c ---- */

/* The command register's effect, some time after it was written. */
void ata_execute(struct ata_channel *c);

/* ---- ata_identify.c ---- */

void ata_identify(const struct ata_channel *c, unsigned unit, uint8_t *block);
enum { ATA_MODE_SWDMA = 0x10, ATA_MODE_MWDMA = 0x20 };

#endif
