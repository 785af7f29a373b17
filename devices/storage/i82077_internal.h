/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_STORAGE_I82077_INTERNAL_H
#define DEVICES_STORAGE_I82077_INTERNAL_H

/* What i82077.c (registers, commands) and i82077_data.c (execution phase) share. */

#include "devices/storage/i82077.h"

enum {
    DRIVES = 4,      /* that the chip can address */
    LAST_TRACK = 83, /* where the head meets the stop */
    SECTOR = 512,
};

enum { DOR_SELECT = 0x03, DOR_RESET_N = 0x04, DOR_DMAGATE = 0x08, DOR_MOTOR0 = 0x10 };
enum { MSR_RQM = 0x80, MSR_DIO = 0x40, MSR_NON_DMA = 0x20, MSR_BUSY = 0x10 };
enum { DSR_RESET = 0x80, DSR_RATE = 0x03 };
enum { CONFIG_EIS = 0x40, CONFIG_EFIFO = 0x20, CONFIG_POLL = 0x10, CONFIG_FIFOTHR = 0x0f };
enum {
    ST0_ABNORMAL = 0x40,
    ST0_INVALID = 0x80,
    ST0_READY_CHANGE = 0xc0,
    ST0_SE = 0x20,
    ST0_EC = 0x10
};
enum { ST1_EN = 0x80, ST1_DE = 0x20, ST1_OR = 0x10, ST1_ND = 0x04, ST1_NW = 0x02, ST1_MA = 0x01 };
enum { ST2_CM = 0x40, ST2_DD = 0x20, ST2_WC = 0x10, ST2_SH = 0x08, ST2_SN = 0x04 };
enum { ST3_WP = 0x40, ST3_READY = 0x20, ST3_TRK0 = 0x10, ST3_ALWAYS = 0x08, ST3_HEAD = 0x04 };

enum phase { PHASE_COMMAND, PHASE_EXECUTE, PHASE_RESULT };

/* What the execution phase waits for. */
enum step {
    STEP_NONE,
    STEP_SEEK,        /* exec: the implied seek's end */
    STEP_READ_ID,     /* exec: the next ID field */
    STEP_FAIL,        /* exec: the error in st0-st2 is found */
    STEP_MEDIA_READ,  /* op */
    STEP_WRITE_BEGIN, /* exec: the sector's gap, where the host's data is asked for */
    STEP_TO_HOST,     /* exec: a late DMA, or overrun */
    STEP_FROM_HOST,   /* the same */
    STEP_MEDIA_WRITE, /* op */
    STEP_FORMAT_SKIP, /* exec: the end of a sector that the image cannot hold */
    STEP_ADVANCE,     /* exec: the end of a sector that was moved by programmed I/O */
    STEP_COUNT,
};

struct i82077_state {
    uint8_t dor, tdr, dsr;
    uint8_t phase, step;
    uint8_t command[9], got;
    uint8_t result[10], results, given;
    uint8_t intr;        /* the INT pin, before DMAGATE# */
    uint8_t sense_reset; /* drives with an unsensed ready change after a reset */
    uint8_t sense_seek;  /* drives with an unsensed end of a seek */
    uint8_t seeking;     /* drives that step */
    uint8_t pcn[DRIVES]; /* where the chip believes the head to be */
    uint8_t seek_pcn[DRIVES], seek_track[DRIVES], seek_st0[DRIVES]; /* after the seek's end */
    uint8_t track[DRIVES];                                          /* where the head is */
    uint8_t changed; /* DSKCHG latches of the drives */
    uint8_t srt_hut, hlt_nd, config, pretrk, lock, perpendicular;
    uint8_t eot;                    /* SC/EOT of DUMPREG */
    uint8_t head, id_c, id_h, id_r; /* the present sector */
    uint8_t st0, st1, st2;          /* as collected so far */
    uint8_t scan_order;             /* enum scan_order */
    uint8_t tc;                     /* terminal count was seen */
    uint16_t lba;                   /* image sector of the media operation */
    uint16_t late;                  /* DMA requests in vain */
    uint16_t count;                 /* sectors done: READ TRACK, FORMAT, VERIFY */
    uint16_t pos;                   /* in buffer */
    uint8_t buffer[SECTOR];
};

struct i82077;
struct i82077_unit { /* what a drive's callbacks are given */
    struct i82077 *chip;
    unsigned number;
};

struct i82077 {
    struct device dev;
    struct irq irq;
    struct dma_line dma;
    struct drive *drives[DRIVES];
    bool fast;
    struct media_op op;
    struct vtimer exec; /* execution phase */
    struct vtimer poll; /* end of the first polling after a reset */
    struct vtimer seek[DRIVES];
    struct i82077_unit unit[DRIVES];
    struct i82077_state s;
};

/* ---- i82077.c ---- */

void i82077_raise(struct i82077 *f);
void i82077_lower(struct i82077 *f);
void i82077_give_results(struct i82077 *f, const uint8_t *bytes, unsigned count);
unsigned i82077_unit(const struct i82077 *f);
uint64_t i82077_step_time(const struct i82077 *f, unsigned steps);

/* ---- i82077_data.c ---- */

/* The complete command is in s.command. */
void i82077_transfer(struct i82077 *f);
void i82077_read_id(struct i82077 *f);
void i82077_exec_fire(void *ctx);
void i82077_op_done(void *ctx, bool ok);
/* Is a data byte wanted by programmed I/O, and which way? */
bool i82077_pio_read(const struct i82077 *f);
bool i82077_pio_write(const struct i82077 *f);
uint8_t i82077_pio_get(struct i82077 *f);
void i82077_pio_put(struct i82077 *f, uint8_t value);
/* Ends what is under way, without result. */
void i82077_abandon(struct i82077 *f);
/* The medium in the drive of the present command was exchanged. */
void i82077_medium_gone(struct i82077 *f);
void i82077_data_resume(struct i82077 *f);
bool i82077_data_check(const struct i82077 *f);

#endif
