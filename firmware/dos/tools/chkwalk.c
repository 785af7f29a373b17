/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CHKDSK: all directories from the root on, their chains, and the chains that nobody has. */
#include "chkdsk.h"

enum { DEPTH = 32, NAME_SIZE = 13 };

static struct level {
    uint16_t start, parent; /* first clusters; 0: the root */
    uint16_t cluster;       /* the one that is read */
    unsigned sector;        /* in it; of the root: from its start */
    unsigned index;         /* of the entry in the sector */
    unsigned path;          /* length of the path before it */
    uint32_t left;          /* clusters, with this one */
} levels[DEPTH];
static unsigned depth;
static char path[CHK_PATH];
static struct directory_entry buffer[ENTRIES];
static uint32_t loaded;
static bool naming; /* the second walk only names what is cross linked */

/* ---- reading and writing entries ---- */

static uint32_t level_sector(const struct level *l)
{
    return l->start ? cluster_sector(l->cluster) + l->sector : volume.dpb.root_sector + l->sector;
}

static bool load(uint32_t sector)
{
    if (loaded == sector)
        return true;
    loaded = sector;
    if (!sector_read(volume.drive, sector, buffer))
        return true;
    loaded = 0xffffffff;
    problem("Disk error reading sector %u", sector);
    return false;
}

static void save(void)
{
    if (volume.fix && sector_write(volume.drive, loaded, buffer))
        problem("Disk error writing sector %u", loaded);
}

/* Goes to the next entry; false: the directory's end. */
static bool advance(struct level *l)
{
    if (++l->index < ENTRIES)
        return true;
    l->index = 0;
    l->sector++;
    if (!l->start)
        return l->sector * ENTRIES < volume.dpb.root_entries;
    if (l->sector < cluster_sectors())
        return true;
    l->sector = 0;
    l->cluster = fat_get(l->cluster);
    return --l->left && is_cluster(l->cluster) && !(naming && (mark_get(l->cluster) & CROSSED));
}

static void entry_name(const struct directory_entry *e, char *to)
{
    unsigned n = 8;

    while (n && e->name[n - 1] == ' ')
        n--;
    memcpy(to, e->name, n);
    if (to[0] == 5)
        to[0] = (char)0xe5;
    if (e->name[8] != ' ')
        to[n++] = '.';
    for (unsigned i = 8; i < 11 && e->name[i] != ' '; i++)
        to[n++] = e->name[i];
    to[n] = 0;
}

/* ---- chains ---- */

struct chain {
    uint32_t clusters;
    unsigned blocks;                /* parts that lie together */
    uint16_t last, crossed, broken; /* broken: the number that is no cluster, as a yes */
};

static void follow(uint16_t start, struct chain *c)
{
    uint16_t at = start;

    memset(c, 0, sizeof(*c));
    c->broken = !is_cluster(start);
    while (is_cluster(at)) {
        uint16_t next = fat_get(at);
        uint8_t mark = mark_get(at);

        if (next == 0 || next == 1 || next == BAD_CLUSTER) { /* free or bad: not a chain's */
            c->broken = 1;
            return;
        }
        if (mark & SEEN) {
            if (!(mark & CROSSED))
                volume.crossed++;
            mark_put(at, mark | CROSSED);
            c->crossed = at;
            return;
        }
        mark_put(at, SEEN);
        c->blocks += !c->last || at != c->last + 1;
        c->clusters++;
        c->last = at;
        if (!is_end(next) && !is_cluster(next))
            c->broken = 1;
        at = next;
    }
}

/* A chain's end where what follows is no cluster. */
static void cut(const struct chain *c)
{
    if (c->last && c->broken)
        fat_put(c->last, END);
}

/* ---- entries ---- */

static void check_file(struct directory_entry *e)
{
    uint32_t bytes, wanted;
    struct chain c;

    if (!e->cluster && !e->size)
        return;
    follow(e->cluster, &c);
    bytes = c.clusters * cluster_bytes();
    wanted = (e->size + cluster_bytes() - 1) / cluster_bytes();
    if (!c.clusters && !c.crossed) {
        problem("%s\r\n   First allocation unit is invalid, entry truncated", path);
        e->cluster = 0;
        e->size = 0;
        save();
    } else if (!c.crossed && wanted != c.clusters) {
        problem("%s\r\n   Allocation error, size adjusted", path);
        cut(&c);
        e->size = bytes;
        save();
    } else if (c.broken) {
        problem("%s\r\n   Has invalid allocation unit, file truncated", path);
        cut(&c);
    }
    if (e->attr & (A_HIDDEN | A_SYSTEM)) {
        volume.hidden_files++;
        volume.hidden_clusters += c.clusters;
    } else {
        volume.user_files++;
        volume.user_clusters += c.clusters;
    }
    if (volume.fragments && c.blocks > 1 && volume.named) {
        print("%s Contains %u non-contiguous blocks\r\n", path, c.blocks);
        volume.fragmented++;
    }
}

static bool dot_is(struct directory_entry *e, const char *name, uint16_t cluster)
{
    return !memcmp(e->name, name, 11) && (e->attr & A_DIRECTORY) && e->cluster == cluster;
}

static void make_dot(struct directory_entry *e, const char *name, uint16_t cluster)
{
    memcpy(e->name, name, 11);
    e->attr = A_DIRECTORY;
    e->cluster = cluster;
    e->size = 0;
}

/* `.` and `..`, repaired; false: this is no directory. */
static bool check_dots(uint16_t start, uint16_t parent)
{
    static const char one[] = ".          ", two[] = "..         ";
    bool first, second;

    if (!load(cluster_sector(start)))
        return false;
    first = dot_is(&buffer[0], one, start);
    second = dot_is(&buffer[1], two, parent);
    if (first && second)
        return true;
    if (memcmp(buffer[0].name, one, 11) != 0 && memcmp(buffer[1].name, two, 11) != 0)
        return false;
    if (!first) {
        problem("%s\r\n   . entry is wrong, %s", path, volume.fix ? "corrected" : "not corrected");
        make_dot(&buffer[0], one, start);
    }
    if (!second) {
        problem("%s\r\n   .. entry is wrong, %s", path, volume.fix ? "corrected" : "not corrected");
        make_dot(&buffer[1], two, parent);
    }
    save();
    return true;
}

static void enter(uint16_t start, uint16_t parent, uint32_t clusters)
{
    levels[depth++] =
        (struct level){ start, parent, start, 0, start ? 2 : 0, (unsigned)strlen(path), clusters };
    if (volume.verbose && !naming)
        print("Directory %s%s\r\n", path, start ? "" : "\\");
}

/* A directory's entry; whether it was entered. */
static bool check_directory(struct level *l, struct directory_entry *e)
{
    uint32_t sector = loaded;
    uint16_t start = e->cluster;
    struct chain c;

    follow(start, &c);
    volume.directories++;
    volume.directory_clusters += c.clusters;
    if (c.clusters && !c.crossed && c.broken) {
        problem("%s\r\n   Has invalid allocation unit, directory truncated", path);
        cut(&c);
    }
    if (c.clusters && depth < DEPTH && check_dots(start, l->start)) {
        enter(start, l->start, c.clusters);
        return true;
    }
    if (c.crossed && !c.clusters)
        return false; /* another one has it */
    problem("%s\r\n   %s", path,
            depth == DEPTH ? "Directory is too deep" : "Invalid subdirectory entry");
    if (depth == DEPTH || !volume.fix || !ask_yes("Convert directory to file"))
        return false;
    if (!load(sector))
        return false;
    e->attr &= (uint8_t)~A_DIRECTORY;
    e->size = c.clusters * cluster_bytes();
    if (!c.clusters)
        e->cluster = 0;
    save();
    return false;
}

/* ---- the second walk ---- */

static void name_crossed(uint16_t start)
{
    uint32_t left = volume.dpb.highest_cluster;

    for (uint16_t at = start; is_cluster(at) && left; at = fat_get(at), left--) {
        if (!(mark_get(at) & CROSSED))
            continue;
        print("%s\r\n   Is cross linked on allocation unit %u\r\n", path, at);
        return;
    }
}

/* ---- walking ---- */

static bool pattern_wants(void)
{
    const char *p = volume.fragments;
    unsigned at = path_name(p), name = path_name(path);
    const char *s = path + name;

    if (at != name || memcmp(p, path, at) != 0)
        return false;
    for (p += at; *p; p++) {
        if (*p == '?') {
            if (*s && *s != '.')
                s++;
        } else if (*p == '.' && !*s) {
            continue;
        } else if (*p != *s++) {
            return false;
        }
    }
    return !*s;
}

/* One entry; false: the last of its directory. */
static bool visit(struct level *l)
{
    struct directory_entry *e;
    char name[NAME_SIZE];
    uint16_t start;

    if (!load(level_sector(l)))
        return true;
    e = &buffer[l->index];
    if ((uint8_t)e->name[0] == ENTRY_END)
        return false;
    if ((uint8_t)e->name[0] == ENTRY_DELETED || (e->attr & A_LABEL) || e->name[0] == '.')
        return true;
    entry_name(e, name);
    path[l->path] = 0;
    add_text(path, "\\", sizeof(path));
    add_text(path, name, sizeof(path));
    start = e->cluster;
    if (naming) {
        name_crossed(start);
        if ((e->attr & A_DIRECTORY) && is_cluster(start) && depth < DEPTH &&
            !(mark_get(start) & REFERRED)) {
            mark_put(start, mark_get(start) | REFERRED); /* a loop is walked once */
            enter(start, l->start, volume.dpb.highest_cluster);
        }
        return true;
    }
    if (e->attr & A_DIRECTORY) {
        check_directory(l, e);
        return true;
    }
    if (volume.verbose)
        print("%s\r\n", path);
    volume.named = volume.fragments && pattern_wants();
    check_file(e);
    return true;
}

static void walk(void)
{
    path[0] = (char)('A' + volume.drive);
    strcpy(path + 1, ":");
    loaded = 0xffffffff;
    depth = 0;
    enter(0, 0, 0);
    while (depth) {
        unsigned before = depth;
        bool more = visit(&levels[depth - 1]);

        if (depth > before)
            continue; /* the directory first; its own goes on behind it */
        while (depth && (!more || !advance(&levels[depth - 1]))) {
            depth--;
            more = true;
        }
    }
}

void walk_all(void)
{
    naming = false;
    walk();
}

void walk_crossed(void)
{
    naming = true;
    walk();
}

/* ---- lost chains ---- */

static bool is_lost(uint32_t c)
{
    uint16_t value = fat_get(c);

    return value && value != BAD_CLUSTER && !(mark_get(c) & SEEN);
}

/* A free entry of the root, loaded; NULL: none. */
static struct directory_entry *root_entry(void)
{
    for (unsigned i = 0; i < volume.dpb.root_entries; i++) {
        struct directory_entry *e = &buffer[i % ENTRIES];

        if (!load(volume.dpb.root_sector + i / ENTRIES))
            return NULL;
        if ((uint8_t)e->name[0] == ENTRY_END || (uint8_t)e->name[0] == ENTRY_DELETED)
            return e;
    }
    return NULL;
}

static bool root_has(const char *name)
{
    for (unsigned i = 0; i < volume.dpb.root_entries; i++) {
        if (!load(volume.dpb.root_sector + i / ENTRIES) ||
            (uint8_t)buffer[i % ENTRIES].name[0] == ENTRY_END)
            return false;
        if (!memcmp(buffer[i % ENTRIES].name, name, 11))
            return true;
    }
    return false;
}

/* How long the chain is; its end is made one. */
static uint32_t close_chain(uint16_t start)
{
    uint32_t length = 0;

    for (uint16_t at = start;;) {
        uint16_t next = fat_get(at);

        mark_put(at, mark_get(at) | SEEN);
        length++;
        if (!is_cluster(next) || !is_lost(next)) {
            fat_put(at, END);
            return length;
        }
        at = next;
    }
}

static void free_chain(uint16_t start)
{
    for (uint16_t at = start; is_cluster(at);) {
        uint16_t next = fat_get(at);

        fat_put(at, 0);
        at = next;
    }
}

static bool make_file(uint16_t start, uint32_t length)
{
    static unsigned number;
    struct directory_entry *e;
    char name[16];

    do
        format_text(name, sizeof(name), "FILE%04uCHK", number++);
    while (root_has(name) && number < 10000);
    e = root_entry();
    if (!e)
        return false;
    memset(e, 0, sizeof(*e));
    memcpy(e->name, name, 11);
    e->cluster = start;
    e->size = length * cluster_bytes();
    save();
    return true;
}

struct lost {
    uint32_t clusters;
    unsigned chains, files;
};

static void take_chain(uint16_t start, bool keep, struct lost *l)
{
    uint32_t length = close_chain(start);

    l->chains++;
    l->clusters += length;
    if (!keep)
        free_chain(start);
    else if (make_file(start, length))
        l->files++;
    else
        print("Insufficient room in root directory: move files from it and repeat CHKDSK\r\n");
}

/* Chains begin where nobody refers to; what is left then are rings. */
static void take_all(bool keep, struct lost *l)
{
    for (unsigned rings = 0; rings < 2; rings++)
        for (uint32_t c = 2; c <= volume.dpb.highest_cluster; c++)
            if (is_lost(c) && (rings || !(mark_get(c) & REFERRED)))
                take_chain((uint16_t)c, keep, l);
}

void lost_chains(void)
{
    struct lost l = { 0 };
    uint32_t clusters = 0;
    unsigned heads = 0;
    bool keep;

    for (uint32_t c = 2; c <= volume.dpb.highest_cluster; c++) {
        mark_put(c, mark_get(c) & (uint8_t)~REFERRED);
    }
    for (uint32_t c = 2; c <= volume.dpb.highest_cluster; c++) {
        uint16_t next = fat_get(c);

        if (is_lost(c) && is_cluster(next))
            mark_put(next, mark_get(next) | REFERRED);
    }
    for (uint32_t c = 2; c <= volume.dpb.highest_cluster; c++) {
        clusters += is_lost(c);
        heads += is_lost(c) && !(mark_get(c) & REFERRED);
    }
    if (!clusters)
        return;
    problem("%,u lost allocation units found in %u chains.", clusters, heads ? heads : 1);
    if (!volume.fix) {
        print("%,13u bytes disk space would be freed\r\n", clusters * cluster_bytes());
        return;
    }
    keep = ask_yes("Convert lost chains to files");
    take_all(keep, &l);
    if (keep)
        print("%,13u bytes in %u recovered files\r\n", l.clusters * cluster_bytes(), l.files);
    else
        print("%,13u bytes disk space freed\r\n", l.clusters * cluster_bytes());
}
