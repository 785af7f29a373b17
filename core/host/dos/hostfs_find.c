/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Searches, volumes, free space.  A search keeps nothing on the host: entries have an order that
 * depends on their names alone, and the cursor of the last one tells where to go on.  So it
 * survives a saved machine, and files that come and go meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "core/host/dos/hostfs_internal.h"

/* The first cursors; those of names are beyond. */
enum { CURSOR_NONE, CURSOR_SELF, CURSOR_PARENT, CURSOR_LABEL };

enum { CLUSTER_BYTES = 32768 };
enum { NAME_CHARS = 54, HIGH = 53, PLAIN_CHARS = 5 };

/* Characters that DOS's names have below 80h, in order: the place of one is its digit. */
static const char ordered[] = " !#$%&'()-0123456789@ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`{}~";
_Static_assert(sizeof(ordered) - 1 == HIGH, "one digit for each, and one for 80h up");

static uint32_t hash_bytes(const char *s)
{
    uint32_t h = 2166136261u;

    for (; *s; s++)
        h = (h ^ (uint8_t)*s) * 16777619u;
    return h;
}

/* 11 characters as a number of 11 digits, which fits 64 bits.  With characters from 80h on, which
 * have one digit, only the first five count and a hash tells them apart. */
uint64_t cursor_of(const char *name)
{
    uint64_t value = 0, low = 1;
    char full[11];
    bool high = false;

    name_to_11(name, full);
    for (unsigned i = 0; i < 11; i++) {
        const char *at = (uint8_t)full[i] < 128 ? strchr(ordered, full[i]) : NULL;

        high |= !at;
        value = value * NAME_CHARS + (at ? (uint64_t)(at - ordered) : HIGH);
    }
    if (!high)
        return value;
    for (unsigned i = PLAIN_CHARS; i < 11; i++)
        low *= NAME_CHARS;
    return value / low * low + ((uint64_t)hash_bytes(name) * 6 + 1) % low;
}

struct search {
    struct drive *drive;
    struct place *place;
    const char *pattern;
    char pattern11[11];
    uint16_t attr; /* as asked */
    bool is_long;
    uint64_t after;
    char folded[HOSTDOS_NAME];
};

static bool match_11(const struct search *s, const char *name)
{
    char full[11];

    name_to_11(name, full);
    for (unsigned i = 0; i < 11; i++)
        if (s->pattern11[i] != '?' && s->pattern11[i] != full[i])
            return false;
    return true;
}

static bool matches(const struct search *s, const struct mapped *m)
{
    char name[NAME_MAX + 1];

    if (!s->is_long)
        return match_11(s, m->name);
    codepage_from_utf8(s->drive->page, m->host, '_', name, sizeof(name));
    codepage_upper_string(s->drive->page, name);
    return !strcmp(s->folded, "*.*") || match_long(s->folded, name) ||
           match_long(s->folded, m->name);
}

static bool attr_wanted(const struct search *s, unsigned attr)
{
    unsigned special = ATTR_HIDDEN | ATTR_SYSTEM | ATTR_FOLDER;

    return !(attr & special & ~(unsigned)s->attr);
}

static enum dos_error give(struct hostdos_call *c, struct hostdos_entry *e, uint64_t cursor)
{
    e->cursor = cursor;
    c->r.handle = 1; /* all that there is to a search is in the request */
    c->used = give_entry(c, e);
    return DOS_OK;
}

/* "." and ".." */
static bool dots(const struct search *s, struct hostdos_call *c, uint64_t cursor)
{
    struct hostdos_entry e = { 0 };
    const char *name = cursor == CURSOR_SELF ? "." : "..";
    struct stat st;
    char full[11] = "..         ";

    if (s->after >= cursor || !(s->attr & ATTR_FOLDER) ||
        (s->place->root == &s->drive->roots[0] && !strcmp(s->place->dir, ".")))
        return false;
    full[1] = name[1] ? '.' : ' ';
    for (unsigned i = 0; i < 11; i++)
        if (s->pattern11[i] != '?' && s->pattern11[i] != full[i])
            return false;
    if (fstat(s->place->dir_fd, &st) < 0)
        return false;
    fill_entry(s->place->root, -1, &st, &e);
    strcpy(e.name, name);
    strcpy(e.long_name, name);
    e.long_len = (uint16_t)strlen(name);
    give(c, &e, cursor);
    return true;
}

static void label_of(const struct drive *drive, char label[12])
{
    strcpy(label, drive->tools ? "BYGONE DOS" : "BYGONE");
}

static bool label(const struct search *s, struct hostdos_call *c)
{
    struct hostdos_entry e = { .attr = ATTR_LABEL };
    struct stat st;

    if (s->after >= CURSOR_LABEL || !(s->attr & ATTR_LABEL) || strcmp(s->place->dir, ".") != 0)
        return false;
    label_of(s->drive, e.name);
    if (!match_11(s, "BYGONE") || fstat(s->place->dir_fd, &st) < 0)
        return false;
    dos_time(st.st_mtime, &e.time, &e.date);
    strcpy(e.long_name, e.name);
    e.long_len = (uint16_t)strlen(e.name);
    give(c, &e, CURSOR_LABEL);
    return true;
}

struct candidate {
    uint64_t cursor;
    const struct mapped *m;
    const struct root *mount;
};

/* The next name in order. */
static struct candidate next_name(const struct search *s)
{
    const struct dirmap *map = s->place->map;
    struct candidate best = { UINT64_MAX, NULL, NULL };

    for (unsigned i = 0; i < map->count; i++) {
        uint64_t cursor = map->entry[i].cursor;

        if (cursor > s->after && cursor < best.cursor && matches(s, &map->entry[i]))
            best = (struct candidate){ cursor, &map->entry[i], NULL };
    }
    for (unsigned i = 1; i < s->drive->root_count; i++) {
        const struct root *root = &s->drive->roots[i];
        struct mapped m = { .host = (char *)root->at };
        uint64_t cursor = cursor_of(root->at);

        strcpy(m.name, root->at);
        if (s->place->root == &s->drive->roots[0] && !strcmp(s->place->dir, ".") &&
            cursor > s->after && cursor <= best.cursor && matches(s, &m))
            best = (struct candidate){ cursor, NULL, root };
    }
    return best;
}

static enum dos_error search_names(struct search *s, struct hostdos_call *c)
{
    struct hostdos_entry e;

    for (;;) {
        struct candidate found = next_name(s);
        enum dos_error error = DOS_OK;

        if (found.cursor == UINT64_MAX)
            return DOS_NO_MORE;
        s->after = found.cursor;
        s->place->mount = found.mount != NULL;
        snprintf(s->place->host, sizeof(s->place->host), "%s",
                 found.m ? found.m->host : found.mount->at);
        snprintf(s->place->short_name, sizeof(s->place->short_name), "%s",
                 found.m ? found.m->name : found.mount->at);
        error = entry_of_place(s->drive, s->place, &e);
        /* Gone meanwhile, a link out of the folder, a device: as if it were not there. */
        if (error || !attr_wanted(s, e.attr))
            continue;
        return give(c, &e, found.cursor);
    }
}

static enum dos_error search(struct search *s, struct hostdos_call *c)
{
    if (label(s, c))
        return DOS_OK;
    if ((s->attr & 0x3f) == ATTR_LABEL)
        return DOS_NO_MORE;
    if (dots(s, c, CURSOR_SELF) || dots(s, c, CURSOR_PARENT))
        return DOS_OK;
    return search_names(s, c);
}

enum dos_error do_find(struct drive *drive, struct hostdos_call *c)
{
    struct place place;
    struct search s = { .drive = drive, .place = &place, .attr = c->r.attr };
    enum dos_error error;
    char pattern[HOSTDOS_NAME];

    s.is_long = c->r.flags & HOSTDOS_LONG;
    s.after = c->r.op == HOSTDOS_FIND_NEXT ? c->r.pos : CURSOR_NONE;
    error = place_find_folder(drive, c->name1, s.is_long, &place);
    snprintf(pattern, sizeof(pattern), "%s", place.name);
    codepage_upper_string(drive->page, pattern);
    strcpy(s.folded, pattern);
    if (!error && (!pattern[0] || (!name_to_11(pattern, s.pattern11) && !s.is_long)))
        error = DOS_NO_FILE;
    if (!error)
        error = place_map(drive, &place);
    if (!error)
        error = search(&s, c);
    place_done(&place);
    return error;
}

/* ---- volumes ---- */

enum dos_error do_space(struct drive *drive, struct hostdos_call *c)
{
    struct hostdos_space space = { 0 };
    struct statvfs vfs;
    uint64_t clusters, left, bytes = CLUSTER_BYTES;

    if (fstatvfs(drive->roots[0].fd, &vfs) < 0)
        return dos_error(errno);
    space.bytes = (uint64_t)vfs.f_blocks * vfs.f_frsize;
    space.free_bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
    clusters = space.bytes / bytes;
    left = space.free_bytes / bytes;
    /* Programs multiply in 32 bits with a sign: never 2,000,000,000 bytes or more. */
    clusters = clusters < 2000000000u / bytes ? clusters : 2000000000u / bytes;
    space.sectors_per_cluster = CLUSTER_BYTES / 512;
    space.bytes_per_sector = 512;
    space.clusters = (uint32_t)clusters;
    space.free_clusters = (uint32_t)(left < clusters ? left : clusters);
    memcpy(c->data, &space, sizeof(space));
    c->used = sizeof(space);
    return DOS_OK;
}

enum dos_error do_volume(struct drive *drive, struct hostdos_call *c)
{
    struct hostdos_volume volume = { 0 };
    struct stat st;

    if (c->r.flags & HOSTDOS_SET) /* as on a network drive: it has its name from elsewhere */
        return DOS_DENIED;
    if (fstat(drive->roots[0].fd, &st) < 0)
        return dos_error(errno);
    label_of(drive, volume.label);
    volume.serial = (uint32_t)(st.st_ino * 2654435761u ^ st.st_dev);
    memcpy(c->data, &volume, sizeof(volume));
    c->used = sizeof(volume);
    return DOS_OK;
}
