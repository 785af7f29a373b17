/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_HOSTDOS_H
#define FIRMWARE_DOS_HOSTDOS_H

/*
 * What our own DOS (and BYGSHARE.COM) and the device `hostdos` say to each other.  Compiled on both
 * sides: freestanding for the guest, and for the host.
 *
 * The guest fills a request in its memory and writes the request's linear address to the doorbell
 * port as one dword; reading the doorbell as one dword then tells the status.  Everything is little
 * endian; all addresses are linear, at the time of the write in the page tables of that time.  The
 * host knows nothing of PSPs, SFTs or file positions: an owner is a number, a position comes with
 * each request.
 *
 * Doorbell status DONE does not mean success: `error` tells.  A request with an unknown op, size or
 * version is DONE with error 1.  A request that cannot be read at all (not in RAM) answers TOUCH
 * with its own address.
 */

#include <stdint.h>

enum {
    HOSTDOS_DOORBELL = 0x5D8,   /* dword out: address of a request; dword in: status of the last */
    HOSTDOS_SIGNATURE = 0x5DC,  /* dword in: HOSTDOS_MAGIC with the version in the top byte */
    HOSTDOS_MAGIC = 0x00594742, /* "BGY" */
    HOSTDOS_VERSION = 1,
};

enum hostdos_status {
    HOSTDOS_DONE = 0,
    HOSTDOS_PENDING = 1, /* `token` is set: HLT, then POLL with it */
    HOSTDOS_TOUCH = 2,   /* the page at `touch` is absent or not writable: touch it, submit anew */
    HOSTDOS_AGAIN = 3,   /* too many are pending, or the machine was saved meanwhile: submit anew */
    HOSTDOS_STALE = 4,   /* handle or token of before a reset, or of a file that went away */
};

enum hostdos_op {
    /* The machine and its start */
    HOSTDOS_HELLO = 1, /* buffer: struct hostdos_hello */
    HOSTDOS_STARTUP,   /* buffer: ASCIZ command that COMMAND.COM runs at its start, result: its
                          length; flags bit 0 of the answer: the machine ends with it (EXIT) */
    HOSTDOS_EXIT,      /* mode: errorlevel; the machine is switched off */
    HOSTDOS_TEXT_OUT,  /* buffer, len: bytes in the code page that went to the teletype */
    HOSTDOS_TEXT_IN,   /* buffer, len -> result: bytes for CON; 0: none now; error 26h: at end */
    HOSTDOS_IDLE,      /* mode: enum hostdos_idle; returns at the next deadline, key or interrupt */
    HOSTDOS_CLOCK,     /* buffer: struct hostdos_clock; flags HOSTDOS_SET sets it */
    HOSTDOS_PRINT_END, /* mode: 0-2, the port whose job ends */
    HOSTDOS_NLS,       /* mode: enum hostdos_nls, pos: code page, handle: country; buffer, len ->
                          result; error 2: no such table */
    HOSTDOS_POLL,      /* token: DONE fills in the request that waits, PENDING goes on */
    HOSTDOS_CANCEL,    /* token: lock waits, opens and reads end with error 95h; others go on */
    HOSTDOS_END_OWNER, /* owner: closes all of its handles and frees its locks */

    /* Names: name1 is "X:\DIR\NAME.EXT", ASCIZ, absolute, without "." and "..", upper case by the
     * guest's table, in the code page told by the last HELLO. */
    HOSTDOS_LOOKUP = 32, /* buffer: struct hostdos_entry */
    HOSTDOS_OPEN,        /* mode: as AL of INT 21h/3Dh; -> handle; buffer: struct hostdos_entry */
    HOSTDOS_CREATE,   /* as OPEN and attr; flags HOSTDOS_NEW: error 50h if it exists, else truncate;
                         HOSTDOS_KEEP: opens what exists; -> mode: 1 opened, 2 made, 3 truncated */
    HOSTDOS_CLOSE,    /* handle; flags HOSTDOS_SET: time and date count */
    HOSTDOS_READ,     /* handle, pos, len, buffer -> result */
    HOSTDOS_WRITE,    /* handle, pos, len, buffer -> result; less than len: the disk is full */
    HOSTDOS_SET_SIZE, /* handle, pos */
    HOSTDOS_COMMIT,   /* handle: on the medium when it is DONE */
    HOSTDOS_LOCK,     /* handle, pos, len, owner; flags HOSTDOS_WAIT waits until it is free */
    HOSTDOS_UNLOCK,
    HOSTDOS_STAT,     /* handle; buffer: struct hostdos_entry */
    HOSTDOS_SET_TIME, /* handle, time, date */
    HOSTDOS_SET_ATTR, /* name1, attr */
    HOSTDOS_RENAME,   /* name1, name2: both on one drive; error 11h otherwise */
    HOSTDOS_DELETE,   /* name1 */
    HOSTDOS_MKDIR,
    HOSTDOS_RMDIR,
    HOSTDOS_FIND_FIRST, /* name1: may have wildcards in its last part; attr: those wanted; buffer:
                           struct hostdos_entry, -> handle; flags HOSTDOS_LONG: long names, too */
    HOSTDOS_FIND_NEXT,  /* handle, name1, attr, and `cursor` of the last entry in pos: goes on after
                           it even where the handle is STALE */
    HOSTDOS_FIND_CLOSE,
    HOSTDOS_SPACE,     /* name1: "X:\"; buffer: struct hostdos_space */
    HOSTDOS_VOLUME,    /* name1: "X:\"; buffer: struct hostdos_volume; HOSTDOS_SET sets the label */
    HOSTDOS_LONG_NAME, /* name1 -> buffer, len: the long form; result */
    HOSTDOS_TRUE_NAME, /* name1 (long or short) -> buffer, len: the short form; result */
};

enum hostdos_flag {
    HOSTDOS_SET = 1,
    HOSTDOS_NEW = 2,
    HOSTDOS_KEEP = 4,
    HOSTDOS_WAIT = 8,
    HOSTDOS_LONG = 16, /* name1 and name2 are long names, in the code page, case kept */
};

/* The kernel's image is read by READ with this handle; it is always open. */
enum { HOSTDOS_KERNEL = 0 };

struct hostdos_request {
    uint16_t size; /* sizeof(struct hostdos_request) */
    uint8_t version;
    uint8_t op;
    uint32_t flags;
    uint32_t token;
    uint32_t handle;
    uint64_t pos;
    uint32_t len;
    uint32_t buffer;
    uint32_t name1;
    uint32_t name2;
    uint32_t result;
    uint32_t touch;
    uint16_t owner; /* PSP segment */
    uint16_t mode;
    uint16_t time; /* as DOS packs them */
    uint16_t date;
    uint16_t attr;
    uint16_t error; /* DOS extended error, 0: none */
    uint8_t class;  /* of that error: INT 21h/59h's BH, BL, CH */
    uint8_t action;
    uint8_t locus;
    uint8_t reserved;
};

struct hostdos_hello {
    uint16_t
        code_page; /* in: the guest's from now on; out: the one the profile wants (at the first) */
    uint16_t country;     /* out: by telephone code */
    uint32_t kernel_size; /* out: bytes that READ of HOSTDOS_KERNEL gives */
    uint8_t drives[26];   /* out: enum hostdos_drive of A: to Z: */
    uint8_t boot_drive;   /* out: 0 is A:, has CONFIG.SYS and AUTOEXEC.BAT */
    uint8_t text;         /* out: 1: TEXT_OUT and TEXT_IN are wanted */
};

enum hostdos_drive {
    HOSTDOS_NO_DRIVE, /* or one of the BIOS's: floppy, FAT image */
    HOSTDOS_FOLDER,
    HOSTDOS_READ_ONLY,
    HOSTDOS_TOOLS,
};

struct hostdos_entry {
    uint32_t size; /* FFFFFFFFh: that or more */
    uint16_t time;
    uint16_t date;
    uint16_t attr;
    uint16_t created_time;
    uint16_t created_date;
    uint16_t accessed_date;
    uint64_t cursor;     /* for FIND_NEXT */
    char name[14];       /* 8.3, ASCIZ */
    uint16_t long_len;   /* bytes of long_name without its 0 */
    char long_name[256]; /* only where HOSTDOS_LONG was asked */
};

struct hostdos_clock {
    uint16_t year; /* 1980 to 2099 */
    uint8_t month, day, weekday, hour, minute, second, hundredth;
    uint8_t reserved;
};

struct hostdos_space {
    uint32_t sectors_per_cluster, bytes_per_sector;
    uint32_t free_clusters, clusters; /* scaled so that 36h's product stays below 2,000,000,000 */
    uint64_t free_bytes, bytes;       /* true */
};

struct hostdos_volume {
    char label[12]; /* ASCIZ */
    uint32_t serial;
};

enum hostdos_idle {
    HOSTDOS_IDLE_KEY,  /* waits for a key */
    HOSTDOS_IDLE_POLL, /* asked for a key, the time or the mouse again and again */
    HOSTDOS_IDLE_WAIT, /* waits for a request that is pending */
};

enum hostdos_nls {
    HOSTDOS_NLS_COUNTRY,    /* the 34 bytes of INT 21h/38h */
    HOSTDOS_NLS_UPPER,      /* 128 bytes: upper case of 80h-FFh */
    HOSTDOS_NLS_FILE_UPPER, /* the same for file names */
    HOSTDOS_NLS_FILE_CHARS, /* as INT 21h/6505h has it, without the length word */
    HOSTDOS_NLS_COLLATE,    /* 256 bytes */
    HOSTDOS_NLS_LEAD_BYTES, /* pairs of first and last, 0 0 at the end */
    HOSTDOS_NLS_YES_NO,     /* 4 bytes: Y, N of the language, each with a 0 */
    HOSTDOS_NLS_FONT_8,     /* 256 characters of 8, 14, 16 bytes */
    HOSTDOS_NLS_FONT_14,
    HOSTDOS_NLS_FONT_16,
    HOSTDOS_NLS_UNICODE, /* 128 words: UCS-2 of 80h-FFh */
};

_Static_assert(sizeof(struct hostdos_request) == 64, "the guest's assembly counts on it");
_Static_assert(sizeof(struct hostdos_hello) == 36, "");
_Static_assert(sizeof(struct hostdos_entry) == 296, "");
_Static_assert(sizeof(struct hostdos_space) == 32, "");
_Static_assert(sizeof(struct hostdos_volume) == 16, "");

#endif
