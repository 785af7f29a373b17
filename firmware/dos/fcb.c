/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File control blocks: INT 21h/0Fh-17h, 21h-24h, 27h-29h.  The FCB's reserved bytes keep the SFT's
 * index and a stamp; where that entry has been taken by another FCB since (there are FCBS= of
 * them), the file is opened again by its name.
 */
#include "dos.h"

struct fcb {
    uint8_t drive;
    char name[11];
    uint16_t block, record_size;
    uint32_t size;
    uint16_t date, time;
    uint8_t sft; /* reserved by DOS: ours from here */
    uint8_t mark;
    uint16_t stamp;
    uint16_t device;
    uint16_t pad;
    uint8_t record;
    uint32_t random;
} PACKED;
_Static_assert(sizeof(struct fcb) == 37, "FCB");
enum { EXTENDED = 0xff, EXTENDED_SIZE = 7, MARK = 0xc5, RECORD = 128, MAX_FCBS = 16 };
enum { DONE = 0, END_NOTHING = 1, SEGMENT_WRAP = 2, END_PART = 3, FAILED = 0xff };

/* The entries that FCBs use, the last used first. */
static struct sft *cache[MAX_FCBS];
static uint16_t stamps[MAX_FCBS], next_stamp;

static uint32_t place; /* the caller's FCB, behind an extension */
static struct fcb fcb;
static bool extended;
static uint8_t extended_attr;

static void fetch(uint32_t user)
{
    place = user;
    extended = get8(user) == EXTENDED;
    extended_attr = 0;
    if (extended) {
        extended_attr = get8(user + 6);
        place = FP(FP_SEG(user), FP_OFF(user) + EXTENDED_SIZE);
    }
    sda.fcb = place;
    far_copy(KFP(&fcb), place, sizeof(fcb));
}

static void store(void)
{
    far_copy(place, KFP(&fcb), sizeof(fcb));
}

static void store_opened(void)
{
    far_copy(place, KFP(&fcb), offsetof(struct fcb, record));
}

/* The FCB's file as a path in sda.name1. */
static unsigned resolve(const struct fcb *f, char *out)
{
    char name[20];
    unsigned n = 0;

    if (f->drive) {
        name[n++] = (char)('A' + f->drive - 1);
        name[n++] = ':';
    }
    name_from_fcb(f->name, name + n);
    return path_resolve_near(name, out, PATH_WILD);
}

static unsigned fail(unsigned error)
{
    error_remember(error);
    R->al = FAILED;
    return E_OK;
}

/* ---- the entries ---- */

static void forget(unsigned i)
{
    for (; i + 1 < MAX_FCBS; i++) {
        cache[i] = cache[i + 1];
        stamps[i] = stamps[i + 1];
    }
    cache[MAX_FCBS - 1] = NULL;
}

static void remember(struct sft *s, uint16_t stamp)
{
    for (unsigned i = MAX_FCBS - 1; i > 0; i--) {
        cache[i] = cache[i - 1];
        stamps[i] = stamps[i - 1];
    }
    cache[0] = s;
    stamps[0] = stamp;
}

/* Makes room: the least recently used one is closed. */
static void make_room(void)
{
    unsigned limit = config.fcbs < 1 ? 1 : config.fcbs > MAX_FCBS ? MAX_FCBS : config.fcbs;

    for (unsigned i = MAX_FCBS; i-- > 0;) {
        if (!cache[i] || i + 1 < limit)
            continue;
        sft_close(cache[i]);
        forget(i);
    }
}

static void note_open(struct sft *s)
{
    fcb.size = s->size;
    fcb.date = s->date;
    fcb.time = s->time;
    fcb.sft = (uint8_t)sft_index(s);
    fcb.mark = MARK;
    fcb.stamp = ++next_stamp;
    fcb.device = s->info & INFO_DEVICE;
    remember(s, fcb.stamp);
}

static unsigned open_named(struct sft **s, uint8_t attr, bool create)
{
    unsigned error = resolve(&fcb, sda.name1);
    uint16_t action;

    if (error)
        return error;
    if (has_wildcards(sda.name1))
        return E_FILE;
    make_room();
    error = sft_allocate(s);
    if (error)
        return error;
    error = create ? sft_create(*s, MODE_BOTH | MODE_FCB, attr, CREATE_REPLACE, &action)
                   : sft_open(*s, MODE_BOTH | MODE_FCB);
    if (error == E_ACCESS && !create)
        error = sft_open(*s, MODE_READ | MODE_FCB);
    if (error)
        sft_drop(*s);
    return error;
}

/* The entry of an open FCB; opened again if it was given away. */
static struct sft *entry_of(void)
{
    struct sft *s;

    if (fcb.mark == MARK) {
        for (unsigned i = 0; i < MAX_FCBS; i++) {
            if (!cache[i] || stamps[i] != fcb.stamp || sft_index(cache[i]) != fcb.sft)
                continue;
            s = cache[i];
            forget(i);
            remember(s, fcb.stamp);
            return s;
        }
    }
    if (fcb.mark != MARK || open_named(&s, 0, false))
        return NULL;
    note_open(s);
    return s;
}

void fcb_close_owner(uint16_t psp)
{
    for (unsigned i = MAX_FCBS; i-- > 0;) {
        if (!cache[i] || cache[i]->owner != psp)
            continue;
        sft_close(cache[i]);
        forget(i);
    }
}

/* ---- open, close, create ---- */

static unsigned open_or_create(bool create)
{
    struct sft *s;
    unsigned error;

    fetch(ds_dx());
    error = open_named(&s, extended_attr, create);
    if (error)
        return fail(error);
    note_open(s);
    if (!fcb.drive)
        fcb.drive = (uint8_t)(sda.drive + 1);
    fcb.block = 0;
    fcb.record_size = RECORD;
    store_opened();
    R->al = 0;
    return E_OK;
}

unsigned sys_fcb_open(void)
{
    return open_or_create(false);
}

unsigned sys_fcb_create(void)
{
    return open_or_create(true);
}

unsigned sys_fcb_close(void)
{
    struct sft *s;
    unsigned error;

    fetch(ds_dx());
    if (fcb.mark != MARK) {
        R->al = 0; /* never opened: nothing to do */
        return E_OK;
    }
    s = entry_of();
    if (!s)
        return fail(E_HANDLE);
    error = sft_close(s);
    forget(0);
    fcb.mark = 0;
    store_opened();
    if (error)
        return fail(error);
    R->al = 0;
    return E_OK;
}

/* ---- records ---- */

/* Moves one record at the DTA; how many bytes were. */
static uint8_t transfer(struct sft *s, bool write, uint32_t record, uint32_t buffer, uint16_t *done)
{
    uint16_t size = fcb.record_size ? fcb.record_size : RECORD;

    *done = 0;
    if ((uint32_t)FP_OFF(buffer) + size > 0x10000)
        return SEGMENT_WRAP;
    s->position = record * size;
    if (write) {
        if (sft_write(s, buffer, size, done) || *done != size)
            return END_NOTHING;
        fcb.size = s->size;
        fcb.date = s->date;
        fcb.time = s->time;
        return DONE;
    }
    if (sft_read(s, buffer, size, done) || !*done)
        return END_NOTHING;
    if (*done == size)
        return DONE;
    far_fill(FP(FP_SEG(buffer), FP_OFF(buffer) + *done), 0, (uint32_t)size - *done);
    return END_PART;
}

static uint32_t current_record(void)
{
    return (uint32_t)fcb.block * RECORD + fcb.record;
}

static void set_current(uint32_t record)
{
    fcb.block = (uint16_t)(record / RECORD);
    fcb.record = (uint8_t)(record % RECORD);
}

static unsigned sequential(bool write)
{
    struct sft *s;
    uint16_t done;

    fetch(ds_dx());
    s = entry_of();
    if (!s) {
        R->al = END_NOTHING;
        return E_OK;
    }
    R->al = transfer(s, write, current_record(), sda.dta, &done);
    if (R->al == DONE || R->al == END_PART)
        set_current(current_record() + 1);
    if (!fcb.record_size)
        fcb.record_size = RECORD;
    far_copy(place, KFP(&fcb), offsetof(struct fcb, random));
    return E_OK;
}

unsigned sys_fcb_read(void)
{
    return sequential(false);
}

unsigned sys_fcb_write(void)
{
    return sequential(true);
}

/* The random record number has four bytes only where records are smaller than 64. */
static uint32_t random_record(void)
{
    return fcb.record_size >= 64 ? fcb.random & 0xffffff : fcb.random;
}

static void store_random(uint32_t record)
{
    fcb.random = fcb.record_size >= 64 ? (fcb.random & 0xff000000) | (record & 0xffffff) : record;
    far_copy(place, KFP(&fcb), fcb.record_size >= 64 ? sizeof(fcb) - 1 : sizeof(fcb));
}

static unsigned random_one(bool write)
{
    struct sft *s;
    uint16_t done;

    fetch(ds_dx());
    set_current(random_record());
    s = entry_of();
    R->al = s ? transfer(s, write, random_record(), sda.dta, &done) : END_NOTHING;
    far_copy(place, KFP(&fcb), offsetof(struct fcb, random));
    return E_OK;
}

unsigned sys_fcb_random_read(void)
{
    return random_one(false);
}

unsigned sys_fcb_random_write(void)
{
    return random_one(true);
}

static unsigned block(bool write)
{
    uint32_t record, buffer = sda.dta;
    uint16_t count = 0, done = 0, wanted = R->cx;
    uint8_t result = DONE;
    struct sft *s;

    fetch(ds_dx());
    record = random_record();
    s = entry_of();
    if (!s) {
        R->al = END_NOTHING;
        R->cx = 0;
        return E_OK;
    }
    if (write && !wanted) { /* sets the size */
        s->position = record * fcb.record_size;
        R->al = sft_write(s, buffer, 0, &done) ? END_NOTHING : DONE;
        fcb.size = s->size;
        store();
        return E_OK;
    }
    while (count < wanted) {
        result = transfer(s, write, record, buffer, &done);
        if (result == END_NOTHING || result == SEGMENT_WRAP)
            break;
        count++;
        record++;
        buffer = FP(FP_SEG(buffer), FP_OFF(buffer) + fcb.record_size);
        if (result == END_PART)
            break;
    }
    R->al = result;
    R->cx = count;
    set_current(record);
    store_random(record);
    return E_OK;
}

unsigned sys_fcb_block_read(void)
{
    return block(false);
}

unsigned sys_fcb_block_write(void)
{
    return block(true);
}

unsigned sys_fcb_set_random(void)
{
    fetch(ds_dx());
    store_random(current_record());
    return E_OK;
}

/* INT 21h/23h: the size in records, without opening. */
unsigned sys_fcb_size(void)
{
    struct sft *s;
    uint16_t size;
    unsigned error;

    fetch(ds_dx());
    size = fcb.record_size ? fcb.record_size : RECORD;
    error = open_named(&s, extended_attr, false);
    if (error)
        return fail(error);
    store_random((s->size + size - 1) / size);
    sft_close(s);
    R->al = 0;
    return E_OK;
}

/* ---- names ---- */

static unsigned give_found(void)
{
    uint32_t dta = sda.dta;

    if (extended) {
        put8(dta, EXTENDED);
        far_fill(dta + 1, 0, 5);
        put8(dta + 6, extended_attr);
        dta += EXTENDED_SIZE;
    }
    put8(dta, (uint8_t)(sda.search.drive & 0x1f));
    far_copy(dta + 1, KFP(&sda.found), sizeof(sda.found));
    R->al = 0;
    return E_OK;
}

/* The search goes on from the FCB's reserved bytes: 20 of the 21 behind the drive. */
static void keep_search(void)
{
    far_copy(FP(FP_SEG(place), FP_OFF(place) + 12), KFP((char *)&sda.search + 12), 9);
    put8(FP(FP_SEG(place), FP_OFF(place) + 21), sda.search.drive);
}

unsigned sys_fcb_find_first(void)
{
    unsigned error;

    fetch(ds_dx());
    error = resolve(&fcb, sda.name1);
    if (error)
        return fail(E_NO_MORE);
    sda.search_attr = extended_attr;
    error = sda.device ? E_NO_MORE : fs_find_first();
    if (error)
        return fail(error);
    keep_search();
    return give_found();
}

unsigned sys_fcb_find_next(void)
{
    unsigned error;

    fetch(ds_dx());
    memcpy(sda.search.pattern, fcb.name, sizeof(sda.search.pattern));
    far_copy(KFP((char *)&sda.search + 12), FP(FP_SEG(place), FP_OFF(place) + 12), 9);
    sda.search.drive = get8(FP(FP_SEG(place), FP_OFF(place) + 21));
    sda.search_attr = sda.search.attr;
    if (!(sda.search.drive & 0x1f))
        return fail(E_NO_MORE);
    error = fs_find_next();
    if (error)
        return fail(error);
    keep_search();
    return give_found();
}

/* What was found, as a path in sda.name1 with the folder of `pattern`. */
static void found_path(const char *pattern)
{
    strcpy(sda.name1, pattern);
    name_from_fcb(sda.found.name, sda.name1 + (path_last(sda.name1) - sda.name1));
}

/* Walks over all that fit; `act` with the path in name1. */
static unsigned for_all(unsigned (*act)(void))
{
    char pattern[PATH_SIZE];
    struct search keep;
    unsigned error = resolve(&fcb, pattern), count = 0, last = E_FILE;

    if (error)
        return fail(E_FILE);
    if (sda.device)
        return fail(E_ACCESS);
    strcpy(sda.name1, pattern);
    sda.search_attr = extended ? extended_attr : 0;
    for (error = fs_find_first(); !error; error = fs_find_next()) {
        keep = sda.search;
        found_path(pattern);
        last = act();
        count += !last;
        if (last)
            break;
        sda.search = keep;
        strcpy(sda.name1, pattern);
    }
    if (!count)
        return fail(last);
    R->al = 0;
    return E_OK;
}

unsigned sys_fcb_delete(void)
{
    fetch(ds_dx());
    return for_all(fs_delete);
}

/* The second name's '?' keep the first one's characters. */
static unsigned rename_found(void)
{
    char name[11], text[13];
    const char *to = sda.fcb_rename;

    for (unsigned i = 0; i < 11; i++)
        name[i] = to[i] == '?' ? sda.found.name[i] : to[i];
    if (device_find(name))
        return E_ACCESS;
    name_from_fcb(name, text);
    strcpy(sda.name2, sda.name1);
    strcpy(sda.name2 + (path_last(sda.name2) - sda.name2), text);
    return fs_rename();
}

unsigned sys_fcb_rename(void)
{
    fetch(ds_dx());
    far_copy(KFP(sda.fcb_rename), FP(FP_SEG(place), FP_OFF(place) + 17), 11);
    return for_all(rename_found);
}

/* ---- INT 21h/29h ---- */

enum { SKIP_SEPARATORS = 1, KEEP_DRIVE = 2, KEEP_NAME = 4, KEEP_EXTENSION = 8 };

static bool is_separator(uint8_t c)
{
    return c == ':' || c == '.' || c == ';' || c == ',' || c == '=' || c == '+';
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* One part of a name, blank-padded; true: it has wildcards. */
static bool parse_part(uint32_t *at, char *to, unsigned room)
{
    bool wild = false;
    unsigned n = 0;

    memset(to, ' ', room);
    for (;; ++*at) {
        uint8_t c = upper(get8(*at));

        if (c == '*') {
            wild = true;
            while (n < room)
                to[n++] = '?';
            continue;
        }
        if (c != '?' && !name_char(c))
            return wild;
        if (c == '.')
            return wild;
        wild |= c == '?';
        if (n < room)
            to[n++] = (char)c;
    }
}

unsigned sys_parse_name(void)
{
    uint32_t at = FP(R->ds, R->si);
    uint8_t flags = R->al;
    char part[8];

    far_copy(KFP(&fcb), FP(R->es, R->di), 16);
    R->al = 0;
    while (is_blank(get8(at)))
        at++;
    if (flags & SKIP_SEPARATORS && is_separator(get8(at))) {
        at++;
        while (is_blank(get8(at)))
            at++;
    }
    if (!(flags & KEEP_DRIVE))
        fcb.drive = 0;
    if (get8(at) && get8(at + 1) == ':') {
        uint8_t drive = (uint8_t)(upper(get8(at)) - 'A');

        fcb.drive = (uint8_t)(drive + 1);
        if (!drive_exists(drive))
            R->al = 0xff;
        at += 2;
    }
    if (name_char(get8(at)) && get8(at) != '.') {
        if (parse_part(&at, fcb.name, 8) && !R->al)
            R->al = 1;
    } else if (!(flags & KEEP_NAME)) {
        memset(fcb.name, ' ', 8);
    }
    if (get8(at) == '.') {
        at++;
        if (parse_part(&at, part, 3) && !R->al)
            R->al = 1;
        memcpy(fcb.name + 8, part, 3);
    } else if (!(flags & KEEP_EXTENSION)) {
        memset(fcb.name + 8, ' ', 3);
    }
    if (!(flags & (KEEP_NAME | KEEP_EXTENSION)))
        fcb.block = fcb.record_size = 0;
    far_copy(FP(R->es, R->di), KFP(&fcb), 16);
    R->si = FP_OFF(at);
    return E_OK;
}
