/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: drives and current directories, canonical paths, names as FCBs have them. */
#include "dos.h"

enum { NAME = 8, EXTENSION = 3 };

struct cds *cds_table; /* LASTDRIVE of them */

static const char not_in_names[] = "\"/\\[]:|<>+=;,";

uint8_t upper(uint8_t c)
{
    if (c >= 0x80)
        return file_upper_table[c - 0x80];
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - 0x20) : c;
}

bool name_char(uint8_t c)
{
    return c > ' ' && !strchr(not_in_names, c);
}

bool drive_exists(uint8_t drive)
{
    return drive < list_of_lists.last_drive && cds_table[drive].flags;
}

struct cds *cds_of(uint8_t drive)
{
    return drive_exists(drive) ? &cds_table[drive] : NULL;
}

/* Drive numbers of calls: 0 is the current one, 1 is A:. */
struct cds *cds_of_call(uint8_t drive)
{
    return cds_of(drive ? (uint8_t)(drive - 1) : sda.drive);
}

bool is_network(const struct cds *c)
{
    return (c->flags & CDS_NETWORK) != 0;
}

/* Where a drive's files are after SUBST: the drive that its path names. */
struct cds *cds_behind(struct cds *c)
{
    if ((c->flags & CDS_SUBST) && c->path[1] == ':')
        return cds_of((uint8_t)(c->path[0] - 'A'));
    return c;
}

/* One part of a path at *from to `to` in 8.3; 0 or an error. */
static unsigned take_part(const char **from, char *to, bool wild)
{
    const char *s = *from;
    char *start = to;
    unsigned n = 0, limit = NAME;
    bool dot = false;

    for (; *s && *s != '\\'; s++) {
        uint8_t c = (uint8_t)*s;

        if (c == '.') {
            if (dot)
                return E_FILE;
            dot = true;
            n = 0;
            limit = EXTENSION;
            continue;
        }
        if (c == '*' || c == '?') {
            if (!wild)
                return E_FILE;
        } else if (!name_char(c)) {
            return E_FILE;
        }
        if (dot && n == 0 && to != start && limit == EXTENSION)
            *to++ = '.';
        if (c == '*') {
            for (; n < limit; n++)
                *to++ = '?';
            continue;
        }
        if (n < limit)
            *to++ = (char)c;
        n++;
    }
    *from = s;
    *to = 0;
    return to == start ? E_FILE : E_OK;
}

/* Is the last part a character device's name, with any extension? */
uint32_t device_of(const char *name)
{
    char field[NAME];

    memset(field, ' ', NAME);
    for (unsigned i = 0; i < NAME && name[i] && name[i] != '.'; i++)
        field[i] = name[i];
    return device_find(field);
}

/* Up to the last part, below `floor`. */
static bool drop_part(char *out, char **end, const char *floor)
{
    char *p = *end;

    if (p <= floor)
        return false;
    do
        p--;
    while (p > floor && *p != '\\');
    *p = 0;
    *end = p;
    (void)out;
    return true;
}

/* Walks what follows the drive and the leading backslash. */
static unsigned walk(const char *s, char *out, char *end, const char *floor, unsigned flags)
{
    while (*s) {
        const char *next = s;
        bool last;

        if (*s == '.' && (!s[1] || s[1] == '\\')) {
            s += s[1] ? 2 : 1;
            continue;
        }
        if (*s == '.' && s[1] == '.' && (!s[2] || s[2] == '\\')) {
            if (!drop_part(out, &end, floor))
                return E_PATH;
            s += s[2] ? 3 : 2;
            continue;
        }
        while (*next && *next != '\\')
            next++;
        last = !*next;
        if (end - out > PATH_SIZE - NAME - EXTENSION - 4)
            return E_PATH;
        *end = '\\';
        if (take_part(&s, end + 1, last && (flags & PATH_WILD))) {
            *end = 0;
            return last ? E_FILE : E_PATH;
        }
        if (last && (sda.device = device_of(end + 1)) != 0)
            return E_OK;
        while (*end)
            end++;
        if (*s == '\\') {
            s++;
            if (!*s && !(flags & PATH_DIRECTORY))
                return E_PATH; /* ends in a backslash */
        }
    }
    if (end == floor && *floor == 0) {
        end[0] = '\\';
        end[1] = 0;
    }
    return E_OK;
}

static void to_upper(char *s)
{
    for (; *s; s++)
        *s = *s == '/' ? '\\' : (char)upper((uint8_t)*s);
}

unsigned path_resolve_near(char *name, char *out, unsigned flags)
{
    struct cds *c;
    uint8_t drive = sda.drive;
    char *end, *floor;

    sda.device = 0;
    to_upper(name);
    if (!*name)
        return E_FILE;
    if (name[0] == '\\' && name[1] == '\\')
        return E_PATH; /* no server is known */
    if (name[1] == ':') {
        drive = (uint8_t)(name[0] - 'A');
        name += 2;
    }
    c = cds_of(drive);
    if (!c)
        return E_DRIVE;
    sda.current_cds = KFP(cds_behind(c));
    memcpy(out, c->path, c->root_length);
    floor = out + c->root_length;
    *floor = 0;
    if (*name == '\\') {
        name++;
    } else if (c->path[c->root_length] && c->path[c->root_length + 1]) {
        strcpy(floor, c->path + c->root_length);
    }
    for (end = floor; *end; end++)
        ;
    return walk(name, out, end, floor, flags);
}

unsigned path_resolve(uint32_t from, char *out, unsigned flags)
{
    char name[PATH_SIZE];

    if (!far_string(name, from, sizeof(name)))
        return E_PATH;
    return path_resolve_near(name, out, flags);
}

struct cds *path_cds(void)
{
    return NEAR(sda.current_cds);
}

/* The last part of a canonical path. */
const char *path_last(const char *path)
{
    const char *last = path;

    for (; *path; path++)
        if (*path == '\\')
            last = path + 1;
    return last;
}

/* "NAME.EXT" to eleven blank-padded characters; '*' fills with '?'. */
void name_to_fcb(const char *name, char *fcb)
{
    unsigned n = 0;

    memset(fcb, ' ', NAME + EXTENSION);
    if (!strcmp(name, ".") || !strcmp(name, "..")) {
        memcpy(fcb, name, strlen(name));
        return;
    }
    for (; *name; name++) {
        if (*name == '.')
            n = NAME;
        else if (*name == '*')
            while (n < NAME || (n > NAME && n < NAME + EXTENSION))
                fcb[n++] = '?';
        else if (n < NAME + EXTENSION)
            fcb[n++] = *name;
    }
}

/* How many characters there are before the blanks at the end; those inside belong to the name, as
 * labels have them. */
static unsigned field_length(const char *field, unsigned size)
{
    while (size && field[size - 1] == ' ')
        size--;
    return size;
}

void name_from_fcb(const char *fcb, char *name)
{
    unsigned stem = field_length(fcb, NAME), extension = field_length(fcb + NAME, EXTENSION);

    memcpy(name, fcb, stem);
    name += stem;
    if (extension) {
        *name++ = '.';
        memcpy(name, fcb + NAME, extension);
        name += extension;
    }
    *name = 0;
}

bool name_matches(const char *pattern, const char *name)
{
    for (unsigned i = 0; i < NAME + EXTENSION; i++)
        if (pattern[i] != '?' && pattern[i] != name[i])
            return false;
    return true;
}

bool has_wildcards(const char *path)
{
    return strchr(path, '?') != NULL || strchr(path, '*') != NULL;
}

/* ---- INT 21h ---- */

unsigned sys_select_drive(void)
{
    if (drive_exists(R->dl))
        sda.drive = R->dl;
    R->al = list_of_lists.last_drive;
    return E_OK;
}

unsigned sys_get_drive(void)
{
    R->al = sda.drive;
    return E_OK;
}

/* INT 21h/47h: DL drive, DS:SI 64 bytes; without drive and leading backslash. */
unsigned sys_get_directory(void)
{
    struct cds *c = cds_of_call(R->dl);
    const char *path;

    if (!c)
        return E_DRIVE;
    path = c->path + c->root_length;
    if (*path == '\\')
        path++;
    far_copy(FP(R->ds, R->si), KFP(path), strlen(path) + 1);
    R->ax = 0x100;
    return E_OK;
}

/* INT 21h/3Bh */
unsigned sys_change_directory(void)
{
    unsigned error = path_resolve(ds_dx(), sda.name1, PATH_DIRECTORY);
    char name[PATH_SIZE];
    struct cds *c;

    if (error)
        return E_PATH;
    if (sda.device)
        return E_PATH;
    if (strlen(sda.name1) >= sizeof(c->path))
        return E_PATH;
    error = fs_is_directory();
    if (error)
        return E_PATH;
    far_string(name, ds_dx(), sizeof(name));
    c = cds_of(name[1] == ':' ? (uint8_t)(upper((uint8_t)name[0]) - 'A') : sda.drive);
    if (strlen(sda.name1) < c->root_length)
        return E_PATH;
    strcpy(c->path, sda.name1);
    if (!c->path[c->root_length])
        strcpy(c->path + c->root_length, "\\");
    c->cluster = 0xffff;
    return E_OK;
}

/* INT 21h/60h: DS:SI to ES:DI, 128 bytes. */
unsigned sys_truename(void)
{
    unsigned error = path_resolve(FP(R->ds, R->si), sda.name1, PATH_WILD | PATH_DIRECTORY);

    if (error == E_DRIVE)
        error = E_PATH;
    if (error)
        return error;
    if (sda.device) {
        const char *last = path_last(sda.name1);
        char name[16];
        unsigned n = 3;

        name[0] = sda.name1[0];
        name[1] = ':';
        name[2] = '/';
        while (*last && *last != '.' && n < 11)
            name[n++] = *last++;
        name[n] = 0;
        strcpy(sda.name1, name);
    }
    far_copy(FP(R->es, R->di), KFP(sda.name1), strlen(sda.name1) + 1);
    return E_OK;
}
