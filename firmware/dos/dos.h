/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_DOS_H
#define FIRMWARE_DOS_DOS_H

/*
 * The structures of DOS 4 to 6 that programs look at, at their documented offsets, and what the
 * kernel's files share.  Sources: Microsoft MS-DOS Programmer's Reference; Ralf Brown's Interrupt
 * List.
 *
 * Near pointers are offsets in the kernel's data segment, KSEG.  Far pointers are a uint32_t,
 * segment in the high half, as they lie in memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostdos.h"

#define PACKED __attribute__((packed))
#define AT(type, field, offset)                                                                    \
    _Static_assert(offsetof(struct type, field) == (offset), #type "." #field)

enum { KSEG = 0x60, SECTOR = 512, DRIVES = 26, PATH_SIZE = 128, NO_SEGMENT = 0xffff };

/* Documented error codes (INT 21h/59h). */
enum error {
    E_OK = 0,
    E_FUNCTION = 1,
    E_FILE = 2,
    E_PATH = 3,
    E_HANDLES = 4,
    E_ACCESS = 5,
    E_HANDLE = 6,
    E_MCB = 7,
    E_MEMORY = 8,
    E_BLOCK = 9,
    E_ENVIRONMENT = 10,
    E_FORMAT = 11,
    E_MODE = 12,
    E_DATA = 13,
    E_DRIVE = 15,
    E_CURRENT = 16,
    E_DEVICE = 17,
    E_NO_MORE = 18,
    E_WRITE_PROTECT = 19, /* 19 to 31: the drivers' errors 0 to 12 */
    E_NOT_READY = 21,
    E_SEEK = 25,
    E_GENERAL = 31,
    E_SHARE = 32,
    E_LOCK = 33,
    E_DISK_CHANGE = 34,
    E_FCBS = 35,
    E_SHARE_FULL = 36,
    E_NETWORK = 50,
    E_EXISTS = 80,
    E_FCB_EXISTS = 81,
    E_MAKE = 82,
    E_FAILED = 83,
    E_PARAMETER = 87,
};

enum attribute {
    A_READ_ONLY = 1,
    A_HIDDEN = 2,
    A_SYSTEM = 4,
    A_LABEL = 8,
    A_DIRECTORY = 16,
    A_ARCHIVE = 32,
    A_LONG_NAME = 15,
};

/* ---- the caller's registers, on the caller's stack ---- */

#define REGISTER(r)                                                                                \
    union {                                                                                        \
        uint16_t r##x;                                                                             \
        struct {                                                                                   \
            uint8_t r##l, r##h;                                                                    \
        };                                                                                         \
    }
struct user_frame {
    REGISTER(a);
    REGISTER(b);
    REGISTER(c);
    REGISTER(d);
    uint16_t si, di, bp, ds, es, ip, cs, flags;
} PACKED;
enum { FLAG_CARRY = 1, FLAG_ZERO = 0x40, FLAG_INTERRUPTS = 0x200 };

/* What call_int() and call_far() load and fill in. */
struct int_regs {
    uint16_t ax, bx, cx, dx, si, di, bp, ds, es, flags;
};

/* What in_c of low.asm pushes for C that foreign code called. */
struct c_frame {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint16_t ds, es, fs, gs;
    uint16_t foreign_stack, caller_ss;
    uint32_t caller_esp;
} PACKED;

/* ---- memory ---- */

struct mcb {
    uint8_t type; /* 'M', 'Z' for the last */
    uint16_t owner;
    uint16_t size;
    uint8_t reserved[3];
    char name[8];
} PACKED;
enum { MCB_FREE = 0, MCB_SYSTEM = 8, MCB_MEMBER = 'M', MCB_LAST = 'Z' };

struct psp {
    uint16_t int20;
    uint16_t end; /* first segment behind the block */
    uint8_t zero;
    uint8_t call5[5];
    uint32_t int22, int23, int24;
    uint16_t parent;
    uint8_t jft[20];
    uint16_t environment;
    uint32_t stack;
    uint16_t jft_size;
    uint32_t jft_pointer;
    uint32_t previous;
    uint8_t interim;
    uint8_t truename;
    uint16_t next_psp;
    uint8_t version[2];
    uint8_t reserved2[14];
    uint8_t int21_retf[3];
    uint8_t reserved3[9];
    uint8_t fcb1[16], fcb2[20];
    uint8_t tail[128];
} PACKED;
AT(psp, call5, 5);
AT(psp, int22, 0x0a);
AT(psp, parent, 0x16);
AT(psp, jft, 0x18);
AT(psp, environment, 0x2c);
AT(psp, stack, 0x2e);
AT(psp, jft_size, 0x32);
AT(psp, previous, 0x38);
AT(psp, version, 0x40);
AT(psp, int21_retf, 0x50);
AT(psp, fcb1, 0x5c);
AT(psp, fcb2, 0x6c);
AT(psp, tail, 0x80);
_Static_assert(sizeof(struct psp) == 256, "PSP");

enum { JFT_CLOSED = 0xff, JFT_SIZE = 20 };

/* ---- files ---- */

struct sft {
    uint16_t references;
    uint16_t mode; /* as opened; bit 15: by FCB */
    uint8_t attr;
    uint16_t info;   /* as INT 21h/4400h returns it */
    uint32_t device; /* device: its header; local file: DPB */
    uint16_t cluster;
    uint16_t time, date;
    uint32_t size, position;
    uint16_t relative;     /* the last cluster used: number in the file */
    uint32_t entry_sector; /* of the directory entry; host folder: the handle */
    uint8_t entry_index;
    char name[11];
    uint32_t share_link;
    uint16_t machine;
    uint16_t owner;    /* PSP */
    uint16_t share;    /* offset of struct share_file, 0: none */
    uint16_t absolute; /* the last cluster used: number on the disk */
    uint32_t ifs;
} PACKED;
AT(sft, device, 7);
AT(sft, cluster, 0x0b);
AT(sft, size, 0x11);
AT(sft, position, 0x15);
AT(sft, entry_sector, 0x1b);
AT(sft, name, 0x20);
AT(sft, owner, 0x31);
_Static_assert(sizeof(struct sft) == 0x3b, "SFT");
enum {
    MODE_READ = 0,
    MODE_WRITE = 1,
    MODE_BOTH = 2,
    MODE_EXECUTE = 3,
    MODE_ACCESS = 7,
    MODE_SHARING = 0x70,
    MODE_NO_INHERIT = 0x80,
    MODE_NO_INT24 = 0x2000,
    MODE_COMMIT = 0x4000,
    MODE_FCB = 0x8000,
    SFT_BUSY = 0xffff, /* references: taken, not yet open */
};
enum {
    INFO_DRIVE = 0x3f,
    INFO_STDIN = 1, /* devices */
    INFO_STDOUT = 2,
    INFO_NUL = 4,
    INFO_CLOCK = 8,
    INFO_RAW = 0x20,
    INFO_NOT_EOF = 0x40, /* device: not at its end; file: not written to */
    INFO_DEVICE = 0x80,
    INFO_KEEP_TIME = 0x4000, /* file: 5701h set it; device: knows IOCTL */
    INFO_NETWORK = 0x8000,
};
struct sft_block {
    uint32_t next;
    uint16_t count;
    struct sft sft[];
} PACKED;

struct cds {
    char path[67];
    uint16_t flags;
    uint32_t dpb;
    uint16_t cluster; /* network: three words of the redirector's */
    uint16_t redirector;
    uint16_t user;
    uint16_t root_length; /* chars of the path that are not shown */
    uint8_t ifs_type;
    uint32_t ifs;
    uint16_t ifs_data;
} PACKED;
AT(cds, flags, 0x43);
AT(cds, dpb, 0x45);
AT(cds, root_length, 0x4f);
_Static_assert(sizeof(struct cds) == 0x58, "CDS");
enum { CDS_NETWORK = 0x8000, CDS_PHYSICAL = 0x4000, CDS_JOIN = 0x2000, CDS_SUBST = 0x1000 };

struct dpb {
    uint8_t drive, unit;
    uint16_t sector_size;
    uint8_t cluster_mask, cluster_shift;
    uint16_t reserved;
    uint8_t fats;
    uint16_t root_entries, data_sector, highest_cluster, fat_sectors, root_sector;
    uint32_t device;
    uint8_t media;
    uint8_t unread; /* FFh: the medium must be looked at */
    uint32_t next;
    uint16_t search, free; /* free clusters, FFFFh: unknown */
} PACKED;
AT(dpb, device, 0x13);
AT(dpb, next, 0x19);
_Static_assert(sizeof(struct dpb) == 0x21, "DPB");

struct dir_entry {
    char name[11];
    uint8_t attr;
    uint8_t reserved[10];
    uint16_t time, date, cluster;
    uint32_t size;
} PACKED;
_Static_assert(sizeof(struct dir_entry) == 32, "directory entry");

/* What FINDFIRST leaves in the DTA: 21 bytes of ours, then the result. */
struct search {
    uint8_t drive; /* 1 = A:; bit 7: network */
    char pattern[11];
    uint8_t attr;
    uint16_t entry;   /* local: number of the entry; network: low word of the host's cursor */
    uint16_t cluster; /* local: of the directory; network: low word of the handle */
    uint16_t high_cursor;
    uint16_t high_handle;
} PACKED;
_Static_assert(sizeof(struct search) == 21, "search");
struct found {
    uint8_t attr;
    uint16_t time, date;
    uint32_t size;
    char name[13];
} PACKED;

struct device_header {
    uint32_t next;
    uint16_t attributes, strategy, interrupt;
    char name[8]; /* block: number of units */
} PACKED;
enum {
    DEV_STDIN = 1,
    DEV_STDOUT = 2,
    DEV_NUL = 4,
    DEV_CLOCK = 8,
    DEV_FAST = 0x10,
    DEV_GENERIC = 0x40, /* generic IOCTL, logical drives */
    DEV_QUERY = 0x80,
    DEV_OPEN = 0x800,  /* open, close, removable */
    DEV_BUSY = 0x2000, /* character: output until busy; block: BPB without FAT */
    DEV_IOCTL = 0x4000,
    DEV_CHARACTER = 0x8000,
};
enum driver_command {
    CMD_INIT,
    CMD_MEDIA_CHECK,
    CMD_BUILD_BPB,
    CMD_IOCTL_READ,
    CMD_READ,
    CMD_PEEK,
    CMD_INPUT_STATUS,
    CMD_INPUT_FLUSH,
    CMD_WRITE,
    CMD_WRITE_VERIFY,
    CMD_OUTPUT_STATUS,
    CMD_OUTPUT_FLUSH,
    CMD_IOCTL_WRITE,
    CMD_OPEN,
    CMD_CLOSE,
    CMD_REMOVABLE,
    CMD_OUTPUT_UNTIL_BUSY,
    CMD_GENERIC_IOCTL = 19,
    CMD_GET_LOGICAL = 23,
    CMD_SET_LOGICAL = 24,
    CMD_QUERY_IOCTL = 25,
};
enum { STATUS_ERROR = 0x8000, STATUS_BUSY = 0x200, STATUS_DONE = 0x100 };
struct device_request {
    uint8_t length, unit, command;
    uint16_t status;
    uint8_t reserved[8];
    union {
        struct {
            uint8_t media;
            uint32_t address;
            uint16_t count, sector;
            uint32_t volume;
            uint32_t big_sector;
        } PACKED io;
        struct {
            uint8_t media;
            uint8_t changed; /* 1 no, 0 perhaps, FFh yes */
            uint32_t volume;
        } PACKED check;
        struct {
            uint8_t media;
            uint32_t buffer, bpb;
        } PACKED bpb;
        struct {
            uint8_t units;
            uint32_t end;
            union {
                uint32_t arguments, bpb_table;
            };
            uint8_t drive;
            uint16_t message;
        } PACKED init;
        struct {
            uint8_t category, function;
            uint16_t si, di;
            uint32_t data;
        } PACKED generic;
        uint8_t character;
    };
} PACKED;
AT(device_request, io.address, 14);
AT(device_request, io.sector, 20);
AT(device_request, io.big_sector, 26);

/* ---- the swappable data area ---- */

struct sda {
    uint8_t error_mode, in_dos;
    uint8_t error_drive, error_locus;
    uint16_t error_code;
    uint8_t error_action, error_class;
    uint32_t error_pointer;
    uint32_t dta;
    uint16_t psp;
    uint16_t sp_23;
    uint16_t return_code;
    uint8_t drive;
    uint8_t break_flag;
    uint8_t code_page_switching, previous_byte;
    uint16_t ax; /* from here on only while in DOS */
    uint16_t owner, machine;
    uint16_t first_mcb, best_mcb, last_mcb;
    uint16_t memory_top, search_entry;
    uint8_t failed_24, allowed_24;
    uint8_t no_set_directory, break_abort, fcb_blanks, pad1;
    uint8_t day, month;
    uint16_t year, days;
    uint8_t weekday;
    uint8_t console_swapped, safe_28, aborting;
    uint8_t request[30];
    uint32_t driver;
    uint8_t io_request[22];
    uint8_t status_request[14];
    uint32_t io_buffer;
    uint16_t pad2[2];
    uint8_t psp_copy;
    uint32_t lock_start, lock_length;
    uint8_t pad3;
    uint8_t user_number[3], oem;
    uint8_t clock[6];
    uint8_t one_byte, pad4;
    char name1[PATH_SIZE], name2[PATH_SIZE];
    struct search search;
    struct dir_entry found;
    struct cds cds_copy;
    char fcb_name[12], fcb_rename[12];
    uint8_t pad5[8];
    uint8_t fcb_attr, fcb_type, search_attr, open_mode;
    uint8_t pad6[13];
    uint8_t exit_type; /* 25Ch */
    uint8_t pad7[3];
    uint32_t error_dpb;
    uint16_t user_sp, user_ss;
    uint16_t sp_24;
    uint8_t pad8[16];
    uint32_t device;      /* 27Ah: header, if the name is a device's */
    uint32_t current_sft; /* 27Eh */
    uint32_t current_cds;
    uint32_t fcb;
    uint8_t pad9[70];
    uint16_t prev_sp, prev_ss; /* 2D0h */
    uint8_t pad10[9];
    uint16_t action, create_attr, extended_mode; /* 2DDh */
    uint8_t pad11[29];
    struct search rename_search; /* 300h */
    struct dir_entry rename_found;
    uint8_t pad12[11];
    uint8_t aux_stack[0x800]; /* 340h */
    uint8_t disk_stack[0xc00];
    uint8_t char_stack[0x800];
    struct hostdos_request host, poll;
    struct hostdos_entry entry;
} PACKED;
AT(sda, dta, 0x0c);
AT(sda, drive, 0x16);
AT(sda, return_code, 0x14);
AT(sda, break_abort, 0x2d);
AT(sda, request, 0x3a);
AT(sda, name1, 0x9e);
AT(sda, search, 0x19e);
AT(sda, found, 0x1b3);
AT(sda, cds_copy, 0x1d3);
AT(sda, fcb_name, 0x22b);
AT(sda, search_attr, 0x24d);
AT(sda, open_mode, 0x24e);
AT(sda, exit_type, 0x25c);
AT(sda, user_sp, 0x264);
AT(sda, sp_24, 0x268);
AT(sda, device, 0x27a);
AT(sda, current_sft, 0x27e);
AT(sda, current_cds, 0x282);
AT(sda, prev_sp, 0x2d0);
AT(sda, action, 0x2dd);
AT(sda, rename_search, 0x300);
AT(sda, disk_stack, 0xb40);
AT(sda, char_stack, 0x1740);
AT(sda, host, 0x1f40);
enum { SDA_ALWAYS = 0x1a };

extern struct sda sda;

/* List of lists (INT 21h/52h): what it returns points at `dpb`. */
struct list_of_lists {
    uint16_t share_retries, share_delay;
    uint32_t buffer;
    uint16_t input, first_mcb;
    uint32_t dpb; /* offset 0 */
    uint32_t sft, clock, con;
    uint16_t sector_size;
    uint32_t buffers, cds, fcbs;
    uint16_t fcb_keep;
    uint8_t block_devices, last_drive;
    struct device_header nul; /* 22h */
    uint8_t joined;
    uint16_t setver_pointer;
    uint32_t setver; /* 37h */
    uint16_t reserved1[2];
    uint16_t buffer_count, look_ahead;
    uint8_t boot_drive, is_386;
    uint16_t extended_kb; /* 45h */
    uint8_t reserved2[0x1c];
    uint16_t umb_start_low; /* 63h */
    uint8_t reserved3;
    uint16_t first_umb; /* 66h */
    uint16_t scan_start;
} PACKED;
enum { LOL = offsetof(struct list_of_lists, dpb) };
AT(list_of_lists, nul, LOL + 0x22);
AT(list_of_lists, last_drive, LOL + 0x21);
AT(list_of_lists, cds, LOL + 0x16);
AT(list_of_lists, buffer_count, LOL + 0x3f);
AT(list_of_lists, extended_kb, LOL + 0x45);
AT(list_of_lists, first_umb, LOL + 0x66);
extern struct list_of_lists list_of_lists;

#include "far.h"
#include "kernel.h"

#endif
