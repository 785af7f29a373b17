/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directories of FAT drives: searches, and what makes, names and removes entries. */
#include "fat.h"

enum { NEVER_FOUND = A_HIDDEN | A_SYSTEM | A_DIRECTORY };

struct folder {
    struct dpb *dpb;
    uint16_t cluster; /* 0: the root */
};

struct place { /* of an entry */
    struct buffer *buffer;
    struct dir_entry *entry;
    uint32_t sector;
    uint8_t index;
    uint16_t number; /* in its directory */
};

/* ---- walking ---- */

/* The sector with entry `number`; 0: behind the end. */
static uint32_t folder_sector(const struct folder *f, uint16_t number)
{
    static struct {
        struct dpb *dpb;
        uint16_t start, index, cluster;
    } last; /* where the last walk ended */
    struct dpb *d = f->dpb;
    uint16_t sector = number / DIR_PER_SECTOR, index, at = 0, cluster = f->cluster;

    if (!cluster)
        return number < d->root_entries ? (uint32_t)d->root_sector + sector : 0;
    index = sector >> d->cluster_shift;
    if (index && last.dpb == d && last.start == cluster && last.index <= index) {
        at = last.index;
        cluster = last.cluster;
    }
    for (; at < index; at++) {
        cluster = fat_next(d, cluster);
        if (cluster == CLUSTER_END || cluster == CLUSTER_BAD) {
            last.dpb = NULL;
            return 0;
        }
    }
    last.dpb = d;
    last.start = f->cluster;
    last.index = index;
    last.cluster = cluster;
    return cluster_sector(d, cluster) + (sector & d->cluster_mask);
}

static bool place_at(const struct folder *f, uint16_t number, struct place *p)
{
    p->sector = folder_sector(f, number);
    if (!p->sector)
        return false;
    p->buffer = buffer_get(f->dpb, p->sector);
    if (!p->buffer)
        return false;
    p->index = number % DIR_PER_SECTOR;
    p->number = number;
    p->entry = (struct dir_entry *)p->buffer->data + p->index;
    return true;
}

/* Does a search for these attributes want the entry? */
static bool wanted(uint8_t attr, uint8_t want)
{
    if (attr == A_LONG_NAME)
        return false;
    if ((want & ~(A_READ_ONLY | A_ARCHIVE)) == A_LABEL)
        return (attr & A_LABEL) != 0;
    if (attr & A_LABEL)
        return (want & A_LABEL) != 0;
    return !(attr & NEVER_FOUND & ~want);
}

/* From entry `number` on: the first that fits. */
static unsigned search_folder(const struct folder *f, uint16_t number, const char *pattern,
                              uint8_t attr, struct place *p)
{
    for (;; number++) {
        uint8_t first;

        if (!place_at(f, number, p))
            return sda.failed_24 ? E_FAILED : E_NO_MORE;
        first = (uint8_t)p->entry->name[0];
        if (first == DIR_END)
            return E_NO_MORE;
        if (first == DIR_DELETED || !wanted(p->entry->attr, attr))
            continue;
        if (name_matches(pattern, p->entry->name))
            return E_OK;
    }
}

enum { ANY = A_READ_ONLY | A_HIDDEN | A_SYSTEM | A_DIRECTORY | A_ARCHIVE };

/* The folder of a canonical path; *last: its last part, "" for the root itself. */
static unsigned find_folder(const char *path, struct folder *f, const char **last)
{
    struct cds *c = cds_of((uint8_t)(path[0] - 'A'));
    unsigned error;

    if (!c || is_network(c))
        return E_DRIVE;
    f->dpb = NEAR(c->dpb);
    f->cluster = 0;
    error = fat_check_media(f->dpb);
    if (error)
        return error;
    path += 3;
    for (;;) {
        char part[13], name[11];
        struct place p;
        unsigned n = 0;

        *last = path;
        while (*path && *path != '\\')
            path++;
        if (!*path)
            return E_OK;
        for (const char *s = *last; s < path && n < sizeof(part) - 1; s++)
            part[n++] = *s;
        part[n] = 0;
        path++;
        name_to_fcb(part, name);
        error = search_folder(f, 0, name, ANY, &p);
        if (error == E_FAILED)
            return error;
        if (error || !(p.entry->attr & A_DIRECTORY))
            return E_PATH;
        f->cluster = p.entry->cluster;
    }
}

/* The entry that a path names. */
static unsigned find_path(const char *path, struct folder *f, struct place *p)
{
    const char *last;
    unsigned error = find_folder(path, f, &last);
    char name[11];

    if (error)
        return error;
    if (!*last || has_wildcards(last))
        return E_FILE;
    name_to_fcb(last, name);
    error = search_folder(f, 0, name, ANY, p);
    return error == E_NO_MORE ? (unsigned)E_FILE : error;
}

/* ---- making entries ---- */

static unsigned clear_cluster(struct dpb *d, uint16_t cluster)
{
    uint32_t sector = cluster_sector(d, cluster);

    memset(disk_scratch, 0, SECTOR);
    for (unsigned i = 0; i < cluster_sectors(d); i++) {
        unsigned error = disk_transfer(d, true, sector + i, 1, KFP(disk_scratch));

        if (error)
            return error;
        buffer_drop(d, sector + i, 1);
        memset(disk_scratch, 0, SECTOR);
    }
    return E_OK;
}

/* A free entry; the folder grows if it is not the root. */
static unsigned free_place(struct folder *f, struct place *p)
{
    uint16_t number = 0, last, next;

    for (; place_at(f, number, p); number++)
        if (p->entry->name[0] == DIR_END || (uint8_t)p->entry->name[0] == DIR_DELETED)
            return E_OK;
    if (sda.failed_24)
        return E_FAILED;
    if (!f->cluster)
        return E_MAKE;
    for (last = f->cluster; (next = fat_next(f->dpb, last)) != CLUSTER_END; last = next)
        if (next == CLUSTER_BAD)
            return E_ACCESS;
    next = fat_append(f->dpb, last);
    if (!next)
        return E_ACCESS;
    if (clear_cluster(f->dpb, next))
        return E_FAILED;
    return place_at(f, number, p) ? E_OK : E_FAILED;
}

static void fill_entry(struct dir_entry *e, const char *name, uint8_t attr)
{
    uint16_t time, date;

    clock_stamp(&time, &date);
    memset(e, 0, sizeof(*e));
    memcpy(e->name, name, 11);
    e->attr = attr;
    e->time = time;
    e->date = date;
}

static void fill_sft(struct sft *s, const struct folder *f, const struct place *p)
{
    s->device = KFP(f->dpb);
    s->info = (uint16_t)(INFO_NOT_EOF | f->dpb->drive);
    s->attr = p->entry->attr;
    s->cluster = p->entry->cluster;
    s->time = p->entry->time;
    s->date = p->entry->date;
    s->size = p->entry->size;
    s->position = 0;
    s->relative = s->absolute = 0;
    s->entry_sector = p->sector;
    s->entry_index = p->index;
    memcpy(s->name, p->entry->name, 11);
}

/* Only to ask share.c about an entry. */
static bool entry_is_open(const struct folder *f, const struct place *p)
{
    struct sft like = { 0 };

    fill_sft(&like, f, p);
    return share_is_open(&like);
}

/* ---- opening ---- */

unsigned fat_open(struct sft *s, uint16_t mode)
{
    struct folder f;
    struct place p;
    unsigned error = find_path(sda.name1, &f, &p);

    if (error)
        return error;
    if (p.entry->attr & (A_DIRECTORY | A_LABEL))
        return E_ACCESS;
    if ((p.entry->attr & A_READ_ONLY) && (mode & MODE_ACCESS) != MODE_READ)
        return E_ACCESS;
    fill_sft(s, &f, &p);
    return share_check(s);
}

/* An existing file becomes empty: entry first, then its clusters. */
static unsigned truncate(struct folder *f, struct place *p, uint8_t attr)
{
    uint16_t chain = p->entry->cluster, number = p->number;
    char name[11];
    unsigned error;

    memcpy(name, p->entry->name, 11);
    fill_entry(p->entry, name, attr | A_ARCHIVE);
    error = buffer_write(p->buffer);
    if (!error)
        error = fat_free_chain(f->dpb, chain);
    return error ? error : place_at(f, number, p) ? (unsigned)E_OK : (unsigned)E_FAILED;
}

unsigned fat_create(struct sft *s, uint16_t mode, uint8_t attr, enum create how, uint16_t *action)
{
    struct folder f;
    struct place p;
    const char *last;
    unsigned error = find_path(sda.name1, &f, &p);
    char name[11];

    if (!error && how == CREATE_KEEP) {
        *action = 1;
        return fat_open(s, mode);
    }
    if (!error) {
        if (how == CREATE_NEW)
            return E_EXISTS;
        if (p.entry->attr & (A_DIRECTORY | A_LABEL | A_READ_ONLY))
            return E_ACCESS;
        if (entry_is_open(&f, &p)) {
            fill_sft(s, &f, &p);
            error = share_check(s);
            if (error)
                return error;
        }
        error = truncate(&f, &p, attr);
        *action = 3;
    } else if (error == E_FILE) {
        error = find_folder(sda.name1, &f, &last);
        if (error)
            return error;
        if (!*last || has_wildcards(last))
            return E_FILE;
        name_to_fcb(last, name);
        error = free_place(&f, &p);
        if (error)
            return error;
        fill_entry(p.entry, name, attr | A_ARCHIVE);
        error = buffer_write(p.buffer);
        *action = 2;
    }
    if (error)
        return error;
    fill_sft(s, &f, &p);
    s->info &= (uint16_t)~INFO_NOT_EOF;
    share_tell(s);
    return E_OK;
}

unsigned fat_write_entry(struct sft *s)
{
    struct buffer *b = buffer_get(NEAR(s->device), s->entry_sector);
    struct dir_entry *e;

    if (!b)
        return E_FAILED;
    e = (struct dir_entry *)b->data + s->entry_index;
    e->cluster = s->cluster;
    e->size = s->size;
    e->time = s->time;
    e->date = s->date;
    e->attr |= A_ARCHIVE;
    return buffer_write(b);
}

unsigned fat_commit(struct sft *s)
{
    if ((s->info & INFO_NOT_EOF) && !(s->info & INFO_KEEP_TIME))
        return E_OK;
    if (!(s->info & INFO_KEEP_TIME)) {
        uint16_t time, date;

        clock_stamp(&time, &date);
        s->time = time;
        s->date = date;
    }
    return fat_write_entry(s);
}

unsigned fat_close(struct sft *s)
{
    unsigned error = fat_commit(s);

    share_forget(s);
    return error;
}

/* ---- searches ---- */

static unsigned give(const struct folder *f, uint16_t number)
{
    struct place p;
    unsigned error = search_folder(f, number, sda.search.pattern, sda.search.attr, &p);

    if (error)
        return error;
    sda.found = *p.entry;
    sda.search.entry = (uint16_t)(p.number + 1);
    sda.search.cluster = f->cluster;
    return E_OK;
}

unsigned fat_find_first(void)
{
    struct folder f;
    const char *last;
    unsigned error = find_folder(sda.name1, &f, &last);

    if (error)
        return error;
    memset(&sda.search, 0, sizeof(sda.search));
    sda.search.drive = (uint8_t)(f.dpb->drive + 1);
    sda.search.attr = sda.search_attr;
    if ((sda.search_attr & ~(A_READ_ONLY | A_ARCHIVE)) == A_LABEL)
        f.cluster = 0; /* a label lies in the root */
    name_to_fcb(last, sda.search.pattern);
    error = give(&f, 0);
    return error == E_NO_MORE && !has_wildcards(last) ? (unsigned)E_NO_MORE : error;
}

unsigned fat_find_next(void)
{
    struct cds *c = cds_of((uint8_t)((sda.search.drive & 0x1f) - 1));
    struct folder f;

    if (!c || is_network(c))
        return E_NO_MORE;
    f.dpb = NEAR(c->dpb);
    f.cluster = sda.search.cluster;
    if (fat_check_media(f.dpb))
        return E_NO_MORE;
    return give(&f, sda.search.entry);
}

/* ---- by name ---- */

unsigned fat_delete(void)
{
    struct folder f;
    struct place p;
    unsigned error = find_path(sda.name1, &f, &p);
    uint16_t chain;

    if (error)
        return error;
    if (p.entry->attr & (A_DIRECTORY | A_LABEL | A_READ_ONLY))
        return E_ACCESS;
    if (entry_is_open(&f, &p))
        return E_SHARE;
    chain = p.entry->cluster;
    p.entry->name[0] = (char)DIR_DELETED;
    error = buffer_write(p.buffer);
    return error ? error : fat_free_chain(f.dpb, chain);
}

/* Is folder `inner` the same as or below `path`? */
static bool is_below(const char *inner, const char *path)
{
    size_t n = strlen(path);

    return !memcmp(inner, path, n) && (inner[n] == '\\' || !inner[n]);
}

unsigned fat_rename(void)
{
    struct folder from, to;
    struct place p, q;
    struct dir_entry entry;
    const char *last;
    char name[11];
    unsigned error = find_path(sda.name1, &from, &p);
    uint16_t number = p.number;

    if (error)
        return error;
    if (p.entry->attr & A_LABEL)
        return E_ACCESS;
    if (!(p.entry->attr & A_DIRECTORY) && entry_is_open(&from, &p))
        return E_SHARE;
    if ((p.entry->attr & A_DIRECTORY) && is_below(sda.name2, sda.name1))
        return E_ACCESS;
    error = find_path(sda.name2, &to, &q);
    if (!error)
        return E_ACCESS;
    if (error != E_FILE)
        return error;
    error = find_folder(sda.name2, &to, &last);
    if (error)
        return error;
    name_to_fcb(last, name);
    if (!place_at(&from, number, &p))
        return E_FAILED;
    if (from.cluster == to.cluster) {
        memcpy(p.entry->name, name, 11);
        return buffer_write(p.buffer);
    }
    if (p.entry->attr & A_DIRECTORY)
        return E_ACCESS; /* DOS moves files, not folders */
    entry = *p.entry;
    memcpy(entry.name, name, 11);
    error = free_place(&to, &q);
    if (error)
        return error;
    *q.entry = entry;
    error = buffer_write(q.buffer);
    if (error || !place_at(&from, number, &p))
        return E_FAILED;
    p.entry->name[0] = (char)DIR_DELETED;
    return buffer_write(p.buffer);
}

unsigned fat_is_directory(void)
{
    struct folder f;
    struct place p;
    unsigned error;

    if (!sda.name1[3]) {
        const char *last;

        return find_folder(sda.name1, &f, &last);
    }
    error = find_path(sda.name1, &f, &p);
    if (error)
        return error;
    return p.entry->attr & A_DIRECTORY ? E_OK : E_PATH;
}

unsigned fat_get_attributes(uint16_t *attr)
{
    struct folder f;
    struct place p;
    unsigned error = find_path(sda.name1, &f, &p);

    if (error)
        return error;
    *attr = p.entry->attr;
    return E_OK;
}

unsigned fat_set_attributes(uint8_t attr)
{
    struct folder f;
    struct place p;
    unsigned error = find_path(sda.name1, &f, &p);

    if (error)
        return error;
    if ((p.entry->attr & A_DIRECTORY) != (attr & A_DIRECTORY) && (attr & A_DIRECTORY))
        return E_ACCESS;
    if (p.entry->attr & A_LABEL)
        return E_ACCESS;
    p.entry->attr = (uint8_t)((p.entry->attr & A_DIRECTORY) | (attr & ~A_DIRECTORY));
    return buffer_write(p.buffer);
}

unsigned fat_make_directory(void)
{
    struct folder f;
    struct place p;
    struct dir_entry entry;
    const char *last;
    char name[11];
    uint16_t cluster;
    unsigned error = find_path(sda.name1, &f, &p);

    if (!error)
        return E_ACCESS;
    if (error != E_FILE)
        return error;
    error = find_folder(sda.name1, &f, &last);
    if (error)
        return error;
    if (!*last || has_wildcards(last))
        return E_ACCESS;
    name_to_fcb(last, name);
    cluster = fat_append(f.dpb, 0);
    if (!cluster)
        return E_ACCESS;
    error = clear_cluster(f.dpb, cluster);
    if (!error) {
        struct folder inside = { f.dpb, cluster };

        if (!place_at(&inside, 0, &p))
            return E_FAILED;
        fill_entry(p.entry, ".          ", A_DIRECTORY);
        p.entry->cluster = cluster;
        fill_entry(p.entry + 1, "..         ", A_DIRECTORY);
        p.entry[1].cluster = f.cluster;
        error = buffer_write(p.buffer);
    }
    if (!error)
        error = free_place(&f, &p);
    if (error) {
        fat_free_chain(f.dpb, cluster);
        return error;
    }
    fill_entry(&entry, name, A_DIRECTORY);
    entry.cluster = cluster;
    *p.entry = entry;
    return buffer_write(p.buffer);
}

unsigned fat_remove_directory(void)
{
    struct folder f, inside;
    struct place p, q;
    unsigned error;
    uint16_t number;

    if (!sda.name1[3])
        return E_ACCESS;
    error = find_path(sda.name1, &f, &p);
    if (error)
        return error == E_FILE ? (unsigned)E_PATH : error;
    if (!(p.entry->attr & A_DIRECTORY))
        return E_PATH;
    number = p.number;
    inside.dpb = f.dpb;
    inside.cluster = p.entry->cluster;
    error = search_folder(&inside, 2, "???????????", ANY | A_LABEL, &q);
    if (!error)
        return E_ACCESS; /* not empty */
    if (error != E_NO_MORE)
        return error;
    if (!place_at(&f, number, &p))
        return E_FAILED;
    p.entry->name[0] = (char)DIR_DELETED;
    error = buffer_write(p.buffer);
    return error ? error : fat_free_chain(f.dpb, inside.cluster);
}

/* INT 21h/69h: serial number, label and kind in the boot sector; false: there are none. */
bool fat_identity(struct dpb *d, void *id, bool set)
{
    struct buffer *b;
    uint8_t *bytes = (uint8_t *)id + 2;

    if (fat_check_media(d))
        return false;
    b = buffer_get(d, 0);
    if (!b || b->data[BOOT_SIGNATURE] != EXTENDED_BOOT)
        return false;
    if (!set) {
        memcpy(bytes, b->data + BOOT_SERIAL, 23);
        return true;
    }
    memcpy(b->data + BOOT_SERIAL, bytes, 15);
    return buffer_write(b) == E_OK;
}
