/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_DOS_HOSTFS_INTERNAL_H
#define CORE_HOST_DOS_HOSTFS_INTERNAL_H

/* Shared by the hostfs_*.c only. */

#include <limits.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#include "core/host/dos/codepage.h"
#include "core/host/dos/hostfs.h"

/* Errors of DOS as INT 21h/59h numbers them. */
enum dos_error {
    DOS_OK = 0x00,
    DOS_FUNCTION = 0x01,
    DOS_NO_FILE = 0x02,
    DOS_NO_PATH = 0x03,
    DOS_NO_HANDLES = 0x04,
    DOS_DENIED = 0x05,
    DOS_HANDLE = 0x06,
    DOS_NO_DRIVE = 0x0f,
    DOS_CURRENT = 0x10,
    DOS_NOT_SAME = 0x11,
    DOS_NO_MORE = 0x12,
    DOS_NOT_READY = 0x15,
    DOS_WRITE_FAULT = 0x1d,
    DOS_READ_FAULT = 0x1e,
    DOS_GENERAL = 0x1f,
    DOS_SHARING = 0x20,
    DOS_LOCKED = 0x21,
    DOS_NO_LOCKS = 0x24,
    DOS_END = 0x26,
    DOS_FULL = 0x27,
    DOS_EXISTS = 0x50,
    DOS_PARAMETER = 0x57,
    DOS_CANCELLED = 0x95,
    DOS_PARK = 0xfff, /* not an error: the request waits for a lock */
};

enum {
    ATTR_READ_ONLY = 1,
    ATTR_HIDDEN = 2,
    ATTR_SYSTEM = 4,
    ATTR_LABEL = 8,
    ATTR_FOLDER = 16,
    ATTR_ARCHIVE = 32
};

enum { DRIVES = 26, FILES = 512, MAPS = 16, LOCKS = 1024, CALLS = 64, SHORT = 13 };

/* Handles: bits 0-10 the file, 11-15 the drive, the rest at random. */
enum { HANDLE_DRIVE = 11, HANDLE_RANDOM = 16 };
_Static_assert(FILES <= 1 << HANDLE_DRIVE, "a file's number has its place in the handle");

/* ---- requests ---- */

enum call_state { CALL_IDLE, CALL_QUEUED, CALL_WORKING, CALL_PARKED, CALL_DONE };

enum { OP_RESET = 0, OP_SYNC = 254, OP_CLOSE_OWNER = 255 }; /* beside enum hostdos_op */

struct call {
    struct hostdos_call c; /* first member */
    struct call *next;
    struct drive *drive;
    enum call_state state; /* under the lock */
    bool abandoned;        /* nobody waits for it */
    bool cancelled;
    bool pending;  /* the guest was told so */
    bool internal; /* no guest's */
};

/* ---- names ---- */

/* A directory of the host and what its entries are called in DOS. */
struct mapped {
    char name[SHORT]; /* 8.3 in the code page */
    char *host;       /* its name on the host */
    uint64_t cursor;  /* its place in searches */
};

struct dirmap {
    dev_t dev;
    ino_t ino;
    struct timespec mtime;
    uint64_t expires; /* host time; 0: good as long as mtime stays */
    uint64_t used;    /* for the choice of the one that goes */
    struct mapped *entry;
    unsigned count, room;
    bool crowded; /* names had to make way for each other */
};

/* A name of DOS, as far as it leads on the host.  place_done() closes it. */
struct place {
    struct root *root;
    int dir_fd;
    char dir[PATH_MAX];      /* of dir_fd, beneath the root; "." */
    struct dirmap *map;      /* until the next place */
    char name[HOSTDOS_NAME]; /* the last component as the guest gave it; "" : the root itself */
    char host[NAME_MAX + 1]; /* and on the host: as it is, or as it is to be */
    char short_name[SHORT];  /* of what exists */
    bool exists;
    bool mount; /* it is another folder's place */
};

/* ---- files ---- */

struct lock {
    uint64_t pos, len;
};

struct file {
    uint32_t handle;
    int fd;
    bool may_write; /* the descriptor can */
    bool dirty;     /* written since the last sync */
    bool written;   /* ever */
    uint8_t mode;   /* AL of 3Dh */
    uint8_t share;  /* SHARE_* bytes held */
    bool set_time;  /* the time below is to be that of the file when it is closed */
    uint16_t owner;
    struct timespec time;
    dev_t dev;
    ino_t ino;
    unsigned root;
    char *path; /* beneath the root, on the host */
    struct lock *locks;
    unsigned lock_count;
};

struct root {
    int fd;
    char at[SHORT]; /* "": the drive itself */
    char *path;
    bool read_only, attributes; /* attributes: the file system keeps them */
};

struct drive {
    struct hostfs *fs;
    char letter;
    bool tools;
    struct root *roots;
    unsigned root_count;
    /* Under the lock */
    struct call *first, **last, *parked;
    pthread_cond_t work;
    pthread_t thread;
    bool started;
    /* The worker's own */
    struct file *files[FILES];
    struct dirmap maps[MAPS];
    const struct codepage *page; /* of the guest's names */
    uint64_t clock;              /* counts uses of maps */
    uint64_t next_sync;          /* host time; 0: nothing is dirty */
};

struct hostfs {
    struct hostdos_backend backend; /* first member */
    struct hostfs_setup setup;
    const struct codepage *page; /* of the guest's names; under the lock */
    struct drive *drive[DRIVES];
    char *startup;
    pthread_mutex_t lock; /* of the queues */
    pthread_cond_t done;
    struct call *spare;
    unsigned calls; /* made */
    bool quit;
    int text_queue; /* bytes that did not fit the pipe */
};

/* ---- hostfs.c ---- */

uint64_t host_ns(void);
enum dos_error dos_error(int error); /* of an errno */

/* ---- hostfs_name.c ---- */

/* Is it 8.3 and no device?  `name` is in capitals. */
bool name_is_short(const struct codepage *page, const char *name);
/* "NAME.EXT" as 11 characters, wildcards spread; false: it is none. */
bool name_to_11(const char *name, char out[11]);
/* Openat beneath a root, whatever links lead elsewhere. */
int open_beneath(int dir_fd, const char *path, int flags);
/* The descriptor of a name's folder, and the name in it.  is_long: the last component and the
 * folders may be long names. */
enum dos_error place_find(struct drive *drive, const char *name, bool is_long, struct place *place);
/* The folder alone: the last component is a pattern, and stays in place->name. */
enum dos_error place_find_folder(struct drive *drive, const char *name, bool is_long,
                                 struct place *place);
/* The map of the folder, for a search. */
enum dos_error place_map(struct drive *drive, struct place *place);
void place_done(struct place *place);
/* After the last component was made, or has gone. */
void place_added(struct drive *drive, struct place *place);
void place_removed(struct drive *drive, struct place *place);
/* The path beneath the root. */
void place_path(const struct place *place, char path[PATH_MAX + NAME_MAX + 2]);
/* The order of searches: depends on the name alone. */
uint64_t cursor_of(const char *name);
void maps_drop(struct drive *drive);
bool match_long(const char *pattern, const char *name);

/* ---- hostfs_stat.c ---- */

void fill_entry(const struct root *root, int fd, const struct stat *st, struct hostdos_entry *e);
/* By O_PATH, following links beneath the root; only regular files and folders. */
enum dos_error stat_place(const struct place *place, struct stat *st);
enum dos_error entry_of_place(struct drive *drive, const struct place *place,
                              struct hostdos_entry *e);
void dos_time(time_t when, uint16_t *time, uint16_t *date);
time_t host_time(uint16_t time, uint16_t date);
void set_attributes(const struct root *root, int fd, unsigned attr);
/* What was written to is to be archived. */
void set_archive(const struct root *root, int fd);
uint32_t give_entry(struct hostdos_call *c, const struct hostdos_entry *e);

/* ---- hostfs_file.c ---- */

struct file *file_of(struct drive *drive, uint32_t handle);
enum dos_error do_open(struct drive *drive, struct hostdos_call *c);
enum dos_error do_create(struct drive *drive, struct hostdos_call *c);
enum dos_error do_file(struct drive *drive, struct hostdos_call *c, struct file *f);
void file_close(struct drive *drive, struct file *f);
void files_sync(struct drive *drive);
void files_close(struct drive *drive, const uint16_t *owner);
/* A file that was opened goes into the table under this handle (0: a new one). */
struct file *file_add(struct drive *drive, int fd, bool may_write, const struct stat *st,
                      uint32_t handle);

/* ---- hostfs_lock.c ---- */

enum dos_error share_take(struct drive *drive, struct file *f);
enum dos_error do_lock(struct drive *drive, struct hostdos_call *c, struct file *f);
enum dos_error do_unlock(struct drive *drive, struct hostdos_call *c, struct file *f);
enum dos_error lock_add(struct drive *drive, struct file *f, uint64_t pos, uint64_t len);
/* Does a lock of somebody else stand against it? */
bool locked_against(struct drive *drive, struct file *f, uint64_t pos, uint64_t len, bool write);
/* Does any machine have that file open? */
bool share_in_use(int fd);
void share_handed_over(struct drive *drive, const struct file *f);

/* ---- hostfs_tree.c, hostfs_find.c ---- */

enum dos_error do_name(struct drive *drive, struct hostdos_call *c);
enum dos_error do_find(struct drive *drive, struct hostdos_call *c);
enum dos_error do_space(struct drive *drive, struct hostdos_call *c);
enum dos_error do_volume(struct drive *drive, struct hostdos_call *c);

/* ---- hostfs_text.c: what needs no drive; on the machine thread ---- */

enum dos_error do_host(struct hostfs *fs, struct hostdos_call *c);

/* Waits until it has done what it was told and what was written is on the disk; false: it takes too
 * long. */
bool drive_settle(struct drive *drive);
/* Runs on the worker, or where there is none on the machine thread. */
enum dos_error drive_do(struct drive *drive, struct call *call);

#endif
