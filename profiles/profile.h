/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROFILES_PROFILE_H
#define PROFILES_PROFILE_H

/*
 * A saved machine: NAME.bygone, a readable key file next to its images (DESIGN.md section 7).
 * Beside it lies NAME.d, the machine's own folder: firmware, saved state, log.  Paths in the file
 * are relative to it.
 */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PROFILE_SUFFIX ".bygone"
#define PROFILE_FORMAT 1
/* Bytes of a kernel or an initrd. */
#define PROFILE_KERNEL_MAX (1ll << 30)

/* What the machine does when its process is told to end (SIGTERM, SIGINT, the host shuts down). */
enum profile_terminate { TERMINATE_SAVE, TERMINATE_SHUTDOWN, TERMINATE_OFF };

enum profile_clock { CLOCK_HOST, CLOCK_UTC, CLOCK_OFFSET, CLOCK_FIXED, CLOCK_FROZEN };

struct profile_image {
    char *file; /* absolute, or NULL: empty drive, no such disk */
    bool read_only;
    /* 0: from the image.  Up to 16 heads: the drive's shape; more: what the BIOS shows. */
    uint16_t cylinders, heads, sectors;
};

#define PROFILE_CDROMS 2

struct profile_cdrom {
    bool present;
    char *file;        /* absolute, or NULL: an empty drive */
    unsigned position; /* on the IDE channels, as disks are numbered */
};

struct profile_port { /* serial or parallel */
    bool present;
    char *target;  /* "none", "stdio", "file:/ABSOLUTE", "tcp:HOST:PORT" ... */
    uint16_t port; /* 0: the usual one */
    uint8_t irq;   /* 0: the usual one */
    bool fast;     /* serial: characters do not take their time */
    uint32_t job_seconds;
};

struct profile_vnc {
    bool present;
    char *listen;        /* an address, or "localhost" */
    int port;            /* -1: the first free one from 5900 on; 0: none */
    int web;             /* 0: none */
    char *password_file; /* absolute, or NULL */
    char *unix_path;     /* absolute, or NULL */
    bool tls, clipboard;
};

/* A folder of the host as a drive of our own DOS, or as a folder of such a drive. */
struct profile_folder {
    char drive;  /* 'A' to 'Y' */
    char at[13]; /* "": the drive itself; else its name there, in capitals */
    char *path;  /* absolute */
    bool read_only;
};
#define PROFILE_FOLDERS 32

enum profile_share { SHARE_NOVELL, SHARE_DOS, SHARE_OFF };

struct profile_dos {
    bool present; /* there is a [Dos] or a [Folder]: the machine can run our own DOS */
    bool boot;    /* it starts before any drive */
    unsigned code_page, country;
    enum profile_share share;
    bool lower_case;
    char *startup; /* the command to start with, or NULL */
    bool ends;     /* the machine ends with it */
    bool text;     /* text goes to standard output, standard input to the guest */
    struct profile_folder folder[PROFILE_FOLDERS];
    unsigned folders;
};

struct profile {
    char *path;   /* of the file, absolute */
    char *folder; /* NAME.d, absolute */
    char *name, *uuid, *notes;
    char *board;
    uint32_t memory; /* bytes */
    char *cpu;       /* "486", "Pentium", "PentiumII" */
    char *engine;    /* "auto", "kvm", "own", "translate", "interpret" */
    uint64_t speed;  /* of the processor (core/speed.h) */
    char *boot;      /* "ac" */
    enum profile_clock clock;
    int64_t clock_value; /* offset in seconds, or seconds since 1970 */
    int clock_years;     /* offset in years of the calendar, besides */
    bool disk_fast, debug_exit;
    enum profile_terminate on_terminate;
    struct profile_image floppy[2], disk[4];
    struct profile_cdrom cdrom[PROFILE_CDROMS];
    struct profile_port serial[4], parallel[3];
    struct profile_vnc vnc;
    struct profile_dos dos;
    char *kernel, *initrd, *cmdline; /* [Kernel]: absolute files or NULL; cmdline never NULL */
    GKeyFile *keys;                  /* everything, comments and unknown keys too */
};

/*
 * Reads and checks the text of a profile.  Every mistake becomes one sentence in `problems` (an
 * array of char *, to be freed by the caller), every doubtful thing one in `warnings` (may be
 * NULL).  NULL if the file cannot be read or there is any problem; then the images were checked
 * too.
 */
struct profile *profile_load(const char *path, GPtrArray *problems, GPtrArray *warnings);
void profile_free(struct profile *profile);

/* Checks what the profile names: images there, of a usable size, not in use by another machine.
 * Adds one sentence per mistake; true if there is none. */
bool profile_check_images(const struct profile *profile, GPtrArray *problems);

/* How the control side calls a CD-ROM drive: "cdrom0" is the first by position. */
void profile_cdrom_name(const struct profile *profile, unsigned i, char name[16]);

/* One sentence for each limit of old systems that a disk of the profile is beyond. */
void profile_explain_disks(const struct profile *profile, GPtrArray *sentences);

/* The value of Clock=; false: it is none.  (clock.c) */
bool profile_parse_clock(const char *text, struct profile *profile);
/* Does the guest's clock follow the host's?  If not, it goes on from where the guest was. */
bool profile_clock_follows(const struct profile *profile);
/* What the guest's wall clock shows now, or at power-on: seconds since 1970 in its own zone. */
uint64_t profile_wall(const struct profile *profile);

/* "DIR/NAME.bygone" for a path, or for a name in the library folder; NULL and a sentence in
 * `problem` (g_free) if there is none.  A file need not exist if `may_be_new`. */
char *profile_find(const char *path_or_name, bool may_be_new, char **problem);
/* $XDG_DATA_HOME/bygone */
char *profile_library(void);
/* Where the sockets of this machine are: a folder only its owner can enter; created if `make`. */
char *profile_runtime_dir(const struct profile *profile, bool make);

/* The i-th group that is known here, and its keys separated by '|'; false: there are no more. */
bool profile_known(unsigned i, const char **group, const char **keys);

struct profile_new {
    const char *name; /* NULL: from the file's name */
    const char *template_id;
    const char *floppy[2], *disk[4]; /* paths; NULL: none */
    bool floppy_read_only[2], disk_read_only[4];
    const char *cdrom[PROFILE_CDROMS]; /* paths; "": an empty drive */
    const char *boot;                  /* order; NULL: the template's */
    const char *memory;                /* as in the file; NULL: the template's */
    const char *serial;                /* first port: a target, or a file; NULL: none */
    const char *engine, *cpu, *speed;
    const char *kernel, *initrd, *cmdline; /* NULL: none */
    bool debug_exit;
    const char *more; /* further groups of the file, or NULL */
    bool passing;     /* nothing of it is to be kept: OnTerminate=off */
};
/* Writes a new profile (never over an old one). False: one sentence in `problem`. */
bool profile_create(const char *path, const struct profile_new *what, char **problem);

/*
 * Writes into the profile at `path` which image is in a drive ("floppy0", "cdrom0"; NULL: none), so
 * that the next start finds it there.  All else of the file stays as it is, comments and order too.
 * False: nothing was changed, and one sentence in `problem` (without its full stop).
 */
bool profile_keep_medium(const char *path, const char *drive, const char *file, bool read_only,
                         char **problem);
/* The text of a profile with another image (escaped; NULL: none) in a group of a drive (g_free);
 * NULL: it resists. */
char *profile_edit_medium(const char *text, const char *group, const char *value, bool read_only);

struct profile_template {
    const char *id;    /* "msdos" */
    const char *title; /* "MS-DOS" */
    const char *cpu, *memory, *clock, *boot;
    const char *disk; /* size of a disk that suits it: what --disk preset makes */
    unsigned serials; /* ports */
};
/* One of them; NULL: there is none of that id. */
const struct profile_template *profile_template(const char *id);
/* Ends with id NULL. */
extern const struct profile_template profile_templates[];

/*
 * What a port is connected to, with absolute paths (relative ones count from `dir`), or NULL.
 * accepted: then, what may stand there.  `plain_file`: a word that is none of them is a file.
 */
char *profile_target(bool parallel, const char *text, const char *dir, bool plain_file,
                     const char **accepted);
/* "10s", "5m": seconds, 1 s to 1 h; 0 if it is none. */
uint32_t profile_parse_seconds(const char *text);
/* May ports (count of them) of a card be at that address?  serial: of eight, else of a printer. */
bool profile_port_free(bool parallel, unsigned port);
/* What only the host knows: folders that can be written, serial ports that are there, and whether
 * two ports want the same.  As profile_check_images. */
void profile_check_ports(const struct profile *profile, GPtrArray *problems);

/* Is an image of that many bytes a floppy of the PC? */
bool profile_is_floppy_size(uint64_t bytes);

/* "16M", "1G", "640K" or bytes; false if it is none of these or does not fit 64 bits. */
bool profile_parse_size(const char *text, uint64_t *bytes);

#endif
