/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_ATA_INTERNAL_H
#define DEVICES_STORAGE_ATA_INTERNAL_H

/* What ata.c (registers, transfers), ata_command.c, ata_identify.c and the packet interface of a
 * CD-ROM drive (atapi*.c, cd_sector.c) share. */

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
    ATAPI_STEP_PACKET,    /* DRQ: the host writes the packet */
    ATAPI_STEP_RUN,       /* timer: the packet takes effect */
    ATAPI_STEP_READ,      /* op */
    ATAPI_STEP_IN_BLOCK,  /* timer: the next block for the host is ready */
    ATAPI_STEP_IN,        /* DRQ: the host reads */
    ATAPI_STEP_OUT_BLOCK, /* timer: room for the next block of a parameter list */
    ATAPI_STEP_OUT,       /* DRQ: the host writes */
    ATAPI_STEP_DMA_IN,    /* as above */
    ATAPI_STEP_DMA_OUT,
    ATAPI_STEP_END, /* timer: the last data have moved, the command ends */
    ATA_STEP_COUNT,
};

enum { /* a CD-ROM drive */
       CD_SECTOR = 2048,
       CD_RAW = 2352,      /* with synchronisation, header, and correction codes */
       CD_SUB_Q = 16,      /* formatted Q channel behind a sector */
       CD_SPEED_1 = 176,   /* kB/s of raw sectors */
       CD_SPEED_MAX = 4234 /* 24 times that */
};
enum { CD_ATTENTION_RESET = 1, CD_ATTENTION_MEDIUM = 2 };
enum { CD_EVENT_NONE, CD_EVENT_EJECT_REQUEST, CD_EVENT_NEW_MEDIUM, CD_EVENT_REMOVAL };
enum { CD_REASON_COMMAND = 1, CD_REASON_IN = 2 }; /* interrupt reason, in the sector count */

/* Where a data command's data go. */
enum ata_flow { ATA_FLOW_NONE, ATA_FLOW_IN, ATA_FLOW_OUT, ATA_FLOW_VERIFY, ATA_FLOWS };

struct ata_state {
    uint64_t lba;            /* of the buffer's first sector */
    uint64_t max[2];         /* SET MAX ADDRESS: sectors that are shown; 0: all */
    uint64_t cd_size[2];     /* sectors of the CD that was last seen */
    uint64_t ready_at[2];    /* virtual time from which on the CD turns */
    uint32_t head[2];        /* the sector behind the last one read */
    uint32_t left;           /* sectors still to do, those in the buffer included */
    uint16_t pos, block_end; /* in buffer */
    uint16_t block;          /* sectors of one DRQ block */
    uint16_t fill;           /* bytes of packet data in the buffer */
    uint16_t limit;          /* byte count limit of the packet command */
    uint16_t cd_out;         /* bytes a sector becomes */
    uint16_t speed[2];       /* kB/s */
    uint8_t select, control;
    uint8_t hob;     /* registers read their previous contents */
    uint8_t pending; /* the active unit wants an interrupt */
    uint8_t unit;    /* that executes or was the last to */
    uint8_t command;
    uint8_t step, flow, dma, ext;
    uint8_t by_lba;    /* the command's address was a logical one */
    uint8_t internal;  /* the data are the drive's own, not the medium's */
    uint8_t chunk;     /* sectors that the buffer is for */
    uint8_t raised;    /* OUT: the first block was asked for */
    uint8_t native[2]; /* the last command was READ NATIVE MAX ADDRESS */
    /* Task files, one for each unit: [unit * 2] is the register, [unit * 2 + 1] what it held
     * before. */
    uint8_t feature[4], count[4], low[4], mid[4], high[4];
    uint8_t status[2], error[2];
    uint8_t multiple[2];
    uint8_t heads[2], sectors[2]; /* present translation */
    uint8_t write_cache[2], look_ahead[2], revert[2];
    uint8_t mode[2];  /* transfer mode as SET FEATURES gave it */
    uint8_t power[2]; /* as CHECK POWER MODE shows it */
    uint8_t packet[12];
    uint8_t cd_fields, cd_sub;  /* what READ CD wants of each sector */
    uint8_t sense[2 * 3];       /* key, code, qualifier of each unit */
    uint8_t attention[2];       /* CD_ATTENTION_ bits not yet reported */
    uint8_t event[2];           /* CD_EVENT_ not yet reported */
    uint8_t tray[2], locked[2]; /* open; PREVENT MEDIUM REMOVAL */
    uint8_t recovery[2 * 2];    /* mode page 01h: parameters, retries */
    uint8_t inactivity[2];      /* mode page 0Dh */
    uint8_t audio[2 * 9];       /* mode page 0Eh: flags, then channel and volume of 4 ports */
    uint8_t buffer[ATA_CHUNK * ATA_SECTOR];
};

struct ata_disk { /* wiring */
    struct ata_channel *channel;
    unsigned unit;
    struct drive *drive;
    struct ata_geometry wanted, geometry;
    bool present;
    bool cdrom;
};

struct ata_channel {
    struct device dev;
    uint16_t io_base;
    struct irq irq;
    struct ata_dma dma;
    bool fast;   /* CDs come without seeking and waiting */
    bool moving; /* the guest's own command moves the tray */
    struct ata_disk disks[ATA_UNITS];
    struct media_op op;
    struct vtimer timer;
    struct ata_state s;
};

/* ---- ata.c ---- */

/* Sectors of the image, and those that SET MAX ADDRESS leaves. */
uint64_t ata_native_capacity(const struct ata_channel *c, unsigned unit);
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

/* The signature of one unit and what it shows with it. */
void ata_unit_signature(struct ata_channel *c, unsigned unit);
uint64_t ata_now(const struct ata_channel *c);
void ata_raise(struct ata_channel *c);
/* What it is to be deaf: operations and timers end, the step is idle. */
void ata_stop(struct ata_channel *c);

/* ---- ata_command.c ---- */

/* The command register's effect, some time after it was written. */
void ata_execute(struct ata_channel *c);

/* ---- ata_identify.c ---- */

void ata_identify(const struct ata_channel *c, unsigned unit, uint8_t *block);
void ata_identify_packet(const struct ata_channel *c, unsigned unit, uint8_t *block);
enum { ATA_MODE_SWDMA = 0x10, ATA_MODE_MWDMA = 0x20 };

/* ---- atapi.c ---- */

/* The PACKET command was written: asks for the packet. */
void atapi_begin(struct ata_channel *c);
/* A timer, an operation, the last byte of a block: for the steps that begin with ATAPI_. */
void atapi_timer(struct ata_channel *c);
void atapi_op_done(struct ata_channel *c, bool ok);
void atapi_block_moved(struct ata_channel *c);
/* Power-on and hard reset of a CD-ROM drive; DEVICE RESET. */
void atapi_reset(struct ata_channel *c, unsigned unit);
void atapi_device_reset(struct ata_channel *c, unsigned unit);
/* The medium or the tray has moved; the button of a locked tray was pressed. */
void atapi_changed(struct ata_channel *c, unsigned unit);
void atapi_eject_pressed(struct ata_channel *c, unsigned unit);
/* What a saved state says about the drive is brought about. */
void atapi_resume(struct ata_channel *c);
bool atapi_check(const struct ata_channel *c);

/* For the commands. Each ends in exactly one of these. */
void atapi_good(struct ata_channel *c);
void atapi_fail(struct ata_channel *c, uint8_t key, uint8_t code, uint8_t qualifier);
/* Sends `bytes` of the buffer, or as many as the host has room for. */
void atapi_send(struct ata_channel *c, unsigned bytes, unsigned room);
/* Takes `bytes` into the buffer; atapi_received() is called then. */
void atapi_receive(struct ata_channel *c, unsigned bytes);
/* Sends `count` sectors from lba on, each made into s.cd_out bytes. */
void atapi_read(struct ata_channel *c, uint32_t lba, uint32_t count);
/* Sectors of the CD that can be read; 0: none can. */
uint32_t atapi_sectors(const struct ata_channel *c, unsigned unit);

/* ---- atapi_command.c and its parts ---- */

enum { /* sense keys, and the codes in use */
       KEY_NONE = 0x0,
       KEY_NOT_READY = 0x2,
       KEY_MEDIUM = 0x3,
       KEY_ILLEGAL = 0x5,
       KEY_ATTENTION = 0x6,
};

void atapi_execute(struct ata_channel *c);
void atapi_received(struct ata_channel *c);
static inline unsigned atapi_get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}
static inline uint32_t atapi_get32(const uint8_t *p)
{
    return (uint32_t)atapi_get16(p) << 16 | atapi_get16(p + 2);
}
void atapi_put16(uint8_t *p, unsigned value);
void atapi_put32(uint8_t *p, uint32_t value);
/* Minute, second, frame of a sector, in three bytes. */
void atapi_put_msf(uint8_t *p, uint32_t lba);
/* The packet asks for what this drive does not have. */
void atapi_bad_field(struct ata_channel *c);
/* Nothing but zeros from here: the buffer's first `bytes`. */
uint8_t *atapi_clear(struct ata_channel *c, unsigned bytes);

/* atapi_toc.c */
void atapi_read_toc(struct ata_channel *c);
void atapi_read_subchannel(struct ata_channel *c);
void atapi_read_header(struct ata_channel *c);
void atapi_disc_information(struct ata_channel *c);
void atapi_track_information(struct ata_channel *c);
/* atapi_mode.c */
void atapi_mode_sense(struct ata_channel *c);
void atapi_mode_select(struct ata_channel *c);
void atapi_mode_received(struct ata_channel *c);
void atapi_mode_defaults(struct ata_channel *c, unsigned unit);
void atapi_get_configuration(struct ata_channel *c);

/* ---- cd_sector.c ---- */

/* Bytes that a data sector gives for READ CD's fields and sub-channel selection. */
unsigned cd_sector_size(uint8_t fields, uint8_t sub);
/* 2048 bytes of user data become what READ CD wants; `from` and `to` may overlap. */
void cd_sector_build(uint8_t *to, const uint8_t *from, uint32_t lba, uint8_t fields, uint8_t sub);
/* The whole raw sector. */
void cd_sector_raw(uint8_t raw[CD_RAW], const uint8_t data[CD_SECTOR], uint32_t lba);

#endif
