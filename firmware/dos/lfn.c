/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long names: INT 21h/71xxh on host folders.  The machine turns each long path into its short one,
 * and the call goes on as its old form.  FAT drives have none: error 7100h, as old DOS answers.
 */
#include "dos.h"

enum { NOT_SUPPORTED = 0x7100, LONG_MAX = 260, FILE_TIMES = 20 };

static char path[LONG_MAX];

/* Takes "." and ".." out of `path`, whose first three characters stay; false: above the root. */
static bool without_dots(void)
{
    unsigned to = 3;

    for (const char *from = path + 3; *from;) {
        unsigned n = 0;

        while (from[n] && from[n] != '\\')
            n++;
        if (n == 2 && from[0] == '.' && from[1] == '.') {
            if (to == 3)
                return false;
            while (to > 3 && path[--to] != '\\')
                ;
        } else if (n && !(n == 1 && from[0] == '.')) {
            if (to > 3)
                path[to++] = '\\';
            memmove(path + to, from, n);
            to += n;
        }
        from += n + (from[n] == '\\');
    }
    path[to] = 0;
    return true;
}

/* Does the last part name a character device?  A longer name that begins like one does not. */
static bool names_device(void)
{
    char name[9] = { 0 };
    const char *last = path_last(path);

    for (unsigned i = 0; last[i] && last[i] != '.'; i++) {
        if (i == 8)
            return false;
        name[i] = (char)upper((uint8_t)last[i]);
    }
    sda.device = device_of(name);
    return sda.device != 0;
}

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
    if (!c || !is_network(cds_behind(c)) || !is_host_drive((uint8_t)(c->path[0] - 'A')))
        return false;
    sda.current_cds = KFP(cds_behind(c));
    n = *rest == '\\' ? c->root_length : (unsigned)strlen(c->path);
    if (n + strlen(rest) + 2 > sizeof(path))
        return false;
    memcpy(path, c->path, n);
    if (*rest != '\\' && path[n - 1] != '\\')
        path[n++] = '\\';
    strcpy(path + n, rest);
    return without_dots();
}

/* The long path at `from` as a short one in `to`; parts that do not exist keep their names. */
static unsigned shorten(uint32_t from, char *to)
{
    struct hostdos_request *request;
    unsigned error;

    sda.device = 0;
    if (!make_absolute(from))
        return NOT_SUPPORTED;
    if (names_device())
        return E_ACCESS;
    request = host_prepare(HOSTDOS_TRUE_NAME);
    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(path);
    request->buffer = KLINEAR(to);
    request->len = PATH_SIZE;
    error = host_call();
    return error == E_FUNCTION ? (unsigned)NOT_SUPPORTED : error;
}

/* Is what `path` names there?  Its entry, with the long name, in sda.entry. */
static unsigned look_up(void)
{
    struct hostdos_request *request = host_prepare(HOSTDOS_LOOKUP);

    request->flags = HOSTDOS_LONG;
    request->name1 = KLINEAR(path);
    request->buffer = KLINEAR(&sda.entry);
    request->len = sizeof(sda.entry);
    return host_call();
}

/* A call on a new name: the machine makes the file with its long name. */
static unsigned with_long_name(uint8_t op, uint16_t attr)
{
    struct hostdos_request *request;

    if (names_device())
        return E_ACCESS;
    request = host_prepare(op);
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
    if (names_device())
        return E_ACCESS;
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
    error = R->cl ? look_up() : (unsigned)E_OK; /* a canonical name need not be there */
    if (error)
        return error;
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

/* Makes the file that `path` names, and closes it: it is opened by its short name. */
static unsigned create_long(void)
{
    struct hostdos_request *request = host_prepare(HOSTDOS_CREATE);
    uint32_t handle;
    unsigned error;

    request->flags = HOSTDOS_LONG | HOSTDOS_NEW;
    request->name1 = KLINEAR(path);
    request->attr = R->cx;
    request->mode = MODE_BOTH;
    error = host_call();
    if (error)
        return error;
    handle = sda.host.handle;
    request = host_prepare(HOSTDOS_CLOSE);
    request->handle = handle;
    return host_call();
}

/* 716Ch: creates with the long name first where it must, then opens by the short one. */
static unsigned open_long(void)
{
    uint8_t there = R->dl & 15, absent = R->dl >> 4;
    uint16_t action = 1;
    bool missing;
    unsigned error;

    if (!make_absolute(FP(R->ds, R->si)))
        return NOT_SUPPORTED;
    if (names_device()) {
        R->cx = 1;
        return handle_open(KFP(path_last(path)), R->bx & 0xff);
    }
    error = look_up();
    missing = error == E_FILE;
    if (!error && !there)
        return E_EXISTS;
    if (missing && absent)
        error = create_long();
    if (!error)
        error = shorten(FP(R->ds, R->si), sda.name1);
    if (error)
        return error;
    if (missing)
        action = 2;
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

static unsigned set_written(void)
{
    unsigned error;
    uint16_t handle;
    struct sft *s;

    strcpy(path, sda.name1);
    error = handle_open(KFP(path), MODE_BOTH);
    if (error)
        return error;
    handle = R->ax;
    error = handle_sft(handle, &s);
    if (!error) {
        s->time = R->cx;
        s->date = R->di;
        error = fs_set_time(s);
    }
    handle_close(handle);
    return error;
}

/* 7143h, BL: 0 and 1 attributes, 2 size, 3 and 4 time of the last write, 6 of the last access, 8 of
 * creation; those the host does not let anybody set are no functions. */
static unsigned attributes(void)
{
    unsigned error = shorten(ds_dx(), sda.name1);

    if (!error && R->bl != 1)
        error = look_up();
    if (error)
        return error;
    switch (R->bl) {
    case 0:
        R->ax = R->cx = sda.entry.attr;
        return E_OK;
    case 1:
        return fs_set_attributes(R->cx);
    case 2:
        R->ax = (uint16_t)sda.entry.size;
        R->dx = (uint16_t)(sda.entry.size >> 16);
        return E_OK;
    case 3:
        return set_written();
    case 4:
        R->cx = sda.entry.time;
        R->di = sda.entry.date;
        return E_OK;
    case 6:
        R->di = sda.entry.accessed_date;
        return E_OK;
    case 8:
        R->cx = sda.entry.created_time;
        R->di = sda.entry.created_date;
        R->si = 0;
        return E_OK;
    default:
        return E_FUNCTION;
    }
}

/* 7141h with SI=1: all that match; their places come from a search that begins anew each time. */
static unsigned delete_matching(void)
{
    unsigned found = 0, error, end = (unsigned)strlen(path);
    static char pattern[LONG_MAX];
    uint64_t cursor = 0;
    bool first = true;

    strcpy(pattern, path);
    while (end && path[end - 1] != '\\')
        end--;
    for (;;) {
        struct hostdos_request *request =
            host_prepare(first ? HOSTDOS_FIND_FIRST : HOSTDOS_FIND_NEXT);

        request->flags = HOSTDOS_LONG;
        request->name1 = KLINEAR(pattern);
        request->pos = cursor;
        request->buffer = KLINEAR(&sda.entry);
        request->len = sizeof(sda.entry);
        if (host_call())
            return found ? E_OK : E_FILE;
        first = false;
        cursor = sda.entry.cursor;
        strcpy(path + end, sda.entry.name);
        request = host_prepare(HOSTDOS_DELETE);
        request->flags = HOSTDOS_LONG;
        request->name1 = KLINEAR(path);
        error = host_call();
        if (error)
            return error;
        found++;
    }
}

static unsigned delete_long(void)
{
    if (!make_absolute(ds_dx()))
        return NOT_SUPPORTED;
    if (R->si & 1)
        return delete_matching();
    if (has_wildcards(path))
        return E_FILE;
    return by_short_name(fs_delete);
}

/* 7147h: without the drive. */
static unsigned current_directory(void)
{
    struct cds *c = cds_of_call(R->dl);
    struct hostdos_request *request;
    unsigned error;

    if (!c)
        return E_DRIVE;
    if (!is_network(cds_behind(c)))
        return NOT_SUPPORTED;
    sda.current_cds = KFP(cds_behind(c));
    strcpy(path, c->path);
    if (strlen(path) > 3) {
        request = host_prepare(HOSTDOS_LONG_NAME);
        request->name1 = KLINEAR(path);
        request->buffer = KLINEAR(path);
        request->len = sizeof(path);
        error = host_call();
        if (error)
            return error;
    }
    far_copy(FP(R->ds, R->si), KFP(path + 3), strlen(path + 3) + 1);
    return E_OK;
}

/* ---- file times ---- */

/* 100 ns since 1601; time zones are not known here, so that both are local. */
enum { DAYS_1601_TO_1980 = 138426, DAY_SECONDS = 86400, UNITS = 10000000 };

struct wide {
    uint32_t low, high;
};

static __attribute__((noinline)) void multiply_add(struct wide *w, uint32_t by, uint32_t plus)
{
    uint32_t low, carry;

    __asm__("mull %3" : "=a"(low), "=d"(carry) : "0"(w->low), "rm"(by));
    w->high = w->high * by + carry + __builtin_add_overflow(low, plus, &w->low);
}

/* The remainder; the quotient stays. */
static __attribute__((noinline)) uint32_t divide(struct wide *w, uint32_t by)
{
    uint32_t rest = w->high % by;

    w->high /= by;
    __asm__("divl %2" : "+a"(w->low), "+d"(rest) : "rm"(by));
    return rest;
}

static struct wide *file_time(struct wide *to, uint16_t time, uint16_t date, uint8_t hundredths)
{
    *to = (struct wide){ DAYS_1601_TO_1980 + clock_days(date), 0 };
    multiply_add(to, DAY_SECONDS,
                 (uint32_t)(time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2);
    multiply_add(to, UNITS, (uint32_t)hundredths * (UNITS / 100));
    return to;
}

/* 71A7h, BL: 0 from a file time at DS:SI to CX, DX, BH; 1 back, to ES:DI. */
static unsigned convert_time(void)
{
    uint32_t seconds, units;
    struct wide t;

    if (R->bl == 1) {
        far_copy(FP(R->es, R->di), KFP(file_time(&t, R->cx, R->dx, R->bh)), sizeof(t));
        return E_OK;
    }
    if (R->bl)
        return E_FUNCTION;
    far_copy(KFP(&t), FP(R->ds, R->si), sizeof(t));
    units = divide(&t, UNITS);
    seconds = divide(&t, DAY_SECONDS);
    if (t.high || t.low < DAYS_1601_TO_1980 || t.low - DAYS_1601_TO_1980 > 0xffff)
        return E_DATA;
    R->dx = clock_date((uint16_t)(t.low - DAYS_1601_TO_1980));
    R->cx = (uint16_t)(seconds / 3600 << 11 | seconds / 60 % 60 << 5 | seconds % 60 / 2);
    R->bh = (uint8_t)(seconds % 2 * 100 + units / (UNITS / 100));
    return E_OK;
}

/* 71A6h: as BY_HANDLE_FILE_INFORMATION. */
static unsigned information(void)
{
    struct {
        uint32_t attr;
        struct wide created, accessed, written;
        uint32_t serial, high_size, size, links, high_id, id;
    } PACKED info = { .links = 1 };
    struct sft *s;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    if ((s->info & (INFO_DEVICE | INFO_NETWORK)) != INFO_NETWORK)
        return NOT_SUPPORTED;
    info.attr = s->attr;
    file_time(&info.written, s->time, s->date, 0);
    info.created = info.accessed = info.written;
    info.size = fs_size(s);
    info.id = s->entry_sector;
    far_copy(ds_dx(), KFP(&info), sizeof(info));
    return E_OK;
}

/* 71A8h: 8.3 of a long name at DS:SI, without a look at any folder; DH: 0 as in an FCB, 1 with dot.
 */
static unsigned short_name(void)
{
    char given[LONG_MAX], field[11], text[14];
    unsigned n = 0, most = 8, dot;

    if (!far_string(given, FP(R->ds, R->si), sizeof(given)))
        return E_PATH;
    memset(field, ' ', sizeof(field));
    for (dot = (unsigned)strlen(given); dot && given[dot] != '.'; dot--)
        ;
    for (unsigned i = 0; given[i]; i++) {
        uint8_t c = upper((uint8_t)given[i]);

        if (i == dot && dot) {
            n = 8;
            most = 11;
        } else if (c != ' ' && c != '.' && n < most) {
            field[n++] = (char)(name_char(c) ? c : '_');
        }
    }
    if (!R->dh) {
        far_copy(FP(R->es, R->di), KFP(field), sizeof(field));
        return E_OK;
    }
    name_from_fcb(field, text);
    far_copy(FP(R->es, R->di), KFP(text), strlen(text) + 1);
    return E_OK;
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

/* 71AAh: SUBST; BL is the drive's number, 0 the current one. */
static unsigned substitute(void)
{
    uint8_t drive = R->bl ? (uint8_t)(R->bl - 1) : sda.drive;
    struct cds *c = &cds_table[drive];
    unsigned error;

    if (drive >= list_of_lists.last_drive || R->bh > 2 ||
        (c->flags ? !R->bh || !(c->flags & CDS_SUBST) : R->bh))
        return E_DRIVE;
    if (R->bh == 1) {
        c->flags = 0;
        c->path[0] = 0;
        return E_OK;
    }
    if (R->bh == 2) {
        far_copy(ds_dx(), KFP(c->path), c->root_length);
        put8(FP(R->ds, R->dx + c->root_length), 0);
        return E_OK;
    }
    error = shorten(ds_dx(), sda.name1);
    if (!error)
        error = fs_is_directory();
    if (error || strlen(sda.name1) >= sizeof(c->path) - 1)
        return E_PATH;
    *c = *path_cds();
    strcpy(c->path, sda.name1);
    c->root_length = (uint16_t)strlen(c->path);
    if (c->path[c->root_length - 1] == '\\')
        c->root_length--; /* a root */
    else
        strcpy(c->path + c->root_length, "\\");
    c->flags |= CDS_SUBST;
    return E_OK;
}

unsigned sys_long_names(void)
{
    switch (R->al) {
    case 0x0d: /* all that was written is on the disks; AX stays */
        fat_flush();
        return E_OK;
    case 0x39:
        return make_absolute(ds_dx()) ? with_long_name(HOSTDOS_MKDIR, 0) : (unsigned)NOT_SUPPORTED;
    case 0x3a:
        return by_short_name(fs_remove_directory);
    case 0x3b:
        return change_directory();
    case 0x41:
        return delete_long();
    case 0x43:
        return attributes();
    case 0x47:
        return current_directory();
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
    case 0xa6:
        return information();
    case 0xa7:
        return convert_time();
    case 0xa8:
        return short_name();
    case 0xaa:
        return substitute();
    default:
        return NOT_SUPPORTED;
    }
}
