/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long names: INT 21h/71xxh on host folders.  The machine turns each long path into its short one,
 * and the call goes on as its old form.  FAT drives have none: error 7100h, as old DOS answers.
 */
#include "dos.h"

enum { NOT_SUPPORTED = 0x7100, LONG_MAX = 260, FILE_TIMES = 20 };

static char path[LONG_MAX];

/* Absolute, with the drive; false: not of a host folder. */
static bool make_absolute(uint32_t from)
{
    char given[LONG_MAX];
    uint8_t drive = sda.drive;
    const char *rest = given;
    struct cds *c;
    unsigned n;

    if (!far_string(given, from, sizeof(given)))
        return false;
    for (char *p = given; *p; p++)
        if (*p == '/')
            *p = '\\';
    if (given[0] && given[1] == ':') {
        drive = (uint8_t)(upper((uint8_t)given[0]) - 'A');
        rest += 2;
    }
    c = cds_of(drive);
    if (!c || !is_network(cds_behind(c)) || host_drives[drive] == HOSTDOS_NO_DRIVE)
        return false;
    sda.current_cds = KFP(cds_behind(c));
    n = *rest == '\\' ? c->root_length : (unsigned)strlen(c->path);
    if (n + strlen(rest) + 2 > sizeof(path))
        return false;
    memcpy(path, c->path, n);
    if (*rest != '\\' && path[n - 1] != '\\')
        path[n++] = '\\';
    strcpy(path + n, rest);
    return true;
}

/* The long path at `from` as a short one in `to`; parts that do not exist keep their names. */
static unsigned shorten(uint32_t from, char *to)
{
    struct hostdos_request *request;
    unsigned error;

    sda.device = 0;
    if (!make_absolute(from))
        return NOT_SUPPORTED;
    request = host_prepare(HOSTDOS_TRUE_NAME);
    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(path);
    request->buffer = KLINEAR(to);
    request->len = PATH_SIZE;
    error = host_call();
    return error == E_FUNCTION ? (unsigned)NOT_SUPPORTED : error;
}

/* A call on a new name: the machine makes the file with its long name. */
static unsigned with_long_name(uint8_t op, uint16_t attr)
{
    struct hostdos_request *request = host_prepare(op);

    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(path);
    request->attr = attr;
    return host_call();
}

static void put_found(uint32_t to, const struct hostdos_entry *e, const char *long_name)
{
    far_fill(to, 0, 318);
    put32(to, e->attr);
    put16(to + 4, e->created_time);
    put16(to + 6, e->created_date);
    put16(to + 14, e->accessed_date);
    put16(to + FILE_TIMES, e->time);
    put16(to + FILE_TIMES + 2, e->date);
    put32(to + 32, e->size);
    far_copy(to + 44, KFP(long_name), strlen(long_name) + 1);
    if (strcmp(long_name, e->name))
        far_copy(to + 304, KFP(e->name), strlen(e->name) + 1);
}

/* 714Eh, 714Fh: a search is its pattern and the cursor of the last entry. */
enum { SEARCHES = 4, PATTERN_SIZE = 132 };
static struct {
    uint64_t cursor;
    uint16_t attr;
    bool used;
    char pattern[PATTERN_SIZE];
} searches[SEARCHES];

static unsigned long_find(unsigned i, bool first)
{
    struct hostdos_request *request = host_prepare(first ? HOSTDOS_FIND_FIRST : HOSTDOS_FIND_NEXT);
    unsigned error;

    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(searches[i].pattern);
    request->attr = searches[i].attr;
    request->pos = searches[i].cursor;
    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    error = host_call();
    if (error)
        return first ? error : E_NO_MORE;
    searches[i].used = true;
    searches[i].cursor = sda.entry.cursor;
    put_found(FP(R->es, R->di), &sda.entry,
              sda.entry.long_len ? sda.entry.long_name : sda.entry.name);
    R->cx = 0;
    return E_OK;
}

static unsigned find_first(void)
{
    unsigned i = 0, error;

    if (!make_absolute(ds_dx()))
        return NOT_SUPPORTED;
    while (i < SEARCHES && searches[i].used)
        i++;
    if (i == SEARCHES)
        return E_HANDLES;
    if (strlen(path) >= PATTERN_SIZE)
        return E_PATH;
    strcpy(searches[i].pattern, path);
    searches[i].attr = R->cl;
    error = long_find(i, true);
    if (!error)
        R->ax = (uint16_t)(i + 1);
    return error;
}

static unsigned rename_long(void)
{
    static char second[LONG_MAX];
    struct hostdos_request *request;

    if (!make_absolute(FP(R->es, R->di)))
        return NOT_SUPPORTED;
    strcpy(second, path);
    if (!make_absolute(ds_dx()))
        return NOT_SUPPORTED;
    request = host_prepare(HOSTDOS_RENAME);
    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(path);
    request->name2 = KLINEAR(second);
    return host_call();
}

/* 7160h: CL 0 canonical, 1 short, 2 long. */
static unsigned true_name(void)
{
    struct hostdos_request *request;
    unsigned error;

    if (!make_absolute(FP(R->ds, R->si)))
        return NOT_SUPPORTED;
    request = host_prepare(R->cl == 2 ? HOSTDOS_LONG_NAME : HOSTDOS_TRUE_NAME);
    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(path);
    request->buffer = KLINEAR(path);
    request->len = sizeof(path);
    error = host_call();
    if (!error)
        far_copy(FP(R->es, R->di), KFP(path), strlen(path) + 1);
    return error;
}

/* 716Ch: creates with the long name first where it must, then opens by the short one. */
static unsigned open_long(void)
{
    uint8_t there = R->dl & 15, absent = R->dl >> 4;
    uint16_t action = 1;
    unsigned error = shorten(FP(R->ds, R->si), sda.name1);
    bool missing = error == E_FILE;

    if (error && !missing)
        return error;
    if (missing) {
        struct hostdos_request *request;

        if (!absent)
            return E_FILE;
        request = host_prepare(HOSTDOS_CREATE);
        request->flags = HOSTDOS_LONG | HOSTDOS_NEW;
        request->name1 = KLINEAR(path);
        request->attr = R->cx;
        request->mode = MODE_BOTH;
        error = host_call();
        if (error)
            return error;
        request = host_prepare(HOSTDOS_CLOSE);
        request->handle = sda.host.handle;
        host_call();
        error = shorten(FP(R->ds, R->si), sda.name1);
        if (error)
            return error;
        action = 2;
    } else if (!there) {
        return E_EXISTS;
    }
    strcpy(path, sda.name1);
    error = there == 2 && !missing
                ? handle_create(KFP(path), R->bx, (uint8_t)R->cx, CREATE_REPLACE, &action)
                : handle_open(KFP(path), R->bx & 0xff);
    if (!error)
        R->cx = action;
    return error;
}

static unsigned by_short_name(unsigned (*call)(void))
{
    unsigned error = shorten(ds_dx(), sda.name1);

    return error ? error : call();
}

static unsigned attributes(void)
{
    uint16_t attr;
    unsigned error = shorten(ds_dx(), sda.name1);

    if (error)
        return error;
    if (R->bl == 1)
        return fs_set_attributes(R->cx);
    if (R->bl)
        return E_FUNCTION;
    error = fs_get_attributes(&attr);
    if (!error)
        R->cx = attr;
    return error;
}

static unsigned volume_information(void)
{
    char name[4];
    struct cds *c;

    far_string(name, ds_dx(), sizeof(name));
    c = cds_of((uint8_t)(upper((uint8_t)name[0]) - 'A'));
    if (!c || !is_network(cds_behind(c)))
        return NOT_SUPPORTED;
    far_copy(FP(R->es, R->di), KFP("HOST"), 5);
    R->bx = 0x4002; /* keeps case; has these calls */
    R->cx = 255;
    R->dx = 260;
    return E_OK;
}

static unsigned change_directory(void)
{
    unsigned error = shorten(ds_dx(), sda.name1);

    if (!error)
        error = fs_is_directory();
    if (error)
        return error == NOT_SUPPORTED ? error : (unsigned)E_PATH;
    if (strlen(sda.name1) >= sizeof(((struct cds *)0)->path))
        return E_PATH;
    strcpy(path_cds()->path, sda.name1);
    return E_OK;
}

unsigned sys_long_names(void)
{
    switch (R->al) {
    case 0x39:
        return make_absolute(ds_dx()) ? with_long_name(HOSTDOS_MKDIR, 0) : (unsigned)NOT_SUPPORTED;
    case 0x3a:
        return by_short_name(fs_remove_directory);
    case 0x3b:
        return change_directory();
    case 0x41:
        return by_short_name(fs_delete);
    case 0x43:
        return attributes();
    case 0x4e:
        return find_first();
    case 0x4f:
    case 0xa1:
        if (!R->bx || R->bx > SEARCHES || !searches[R->bx - 1].used)
            return E_HANDLE;
        if (R->al == 0x4f)
            return long_find(R->bx - 1u, false);
        searches[R->bx - 1].used = false;
        return E_OK;
    case 0x56:
        return rename_long();
    case 0x60:
        return true_name();
    case 0x6c:
        return open_long();
    case 0xa0:
        return volume_information();
    default:
        return NOT_SUPPORTED;
    }
}
