/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names.  A host's name that is valid 8.3 in the code page, in any case, is itself.  Any other gets
 * a form that depends on its bytes alone: up to 4 of its characters, `#`, 3 of a hash, 3 of its
 * extension.  Of two that are equal without case, the one in capitals keeps the name, else the
 * first byte by byte.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/host/dos/hostfs_internal.h"

#define SECOND_NS  1000000000ull
#define SETTLED_NS 50000000ull /* a change within a tick of the host's clock may leave no trace */

/* ---- 8.3 ---- */

static bool char_valid(uint8_t c)
{
    return c >= 128 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'()-@^_`{}~", c));
}

static bool is_device(const char *name)
{
    static const char *const devices[] = { "CON",  "PRN",  "AUX",  "NUL",  "CLOCK$", "COM1",
                                           "COM2", "COM3", "COM4", "LPT1", "LPT2",   "LPT3" };
    size_t len = strcspn(name, ".");

    for (unsigned i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
        if (strlen(devices[i]) == len && !memcmp(devices[i], name, len))
            return true;
    return false;
}

bool name_is_short(const struct codepage *page, const char *name)
{
    const char *dot = strchr(name, '.');
    size_t base = dot ? (size_t)(dot - name) : strlen(name), ext = dot ? strlen(dot + 1) : 0;

    (void)page;
    if (base < 1 || base > 8 || ext > 3 || (dot && !ext) || (uint8_t)name[0] == 0xe5)
        return false;
    for (const char *s = name; *s; s++)
        if (s != dot && !char_valid((uint8_t)*s))
            return false;
    return !is_device(name);
}

bool name_to_11(const char *name, char out[11])
{
    unsigned i = 0;

    memset(out, ' ', 11);
    for (; *name && *name != '.'; name++) {
        if (*name == '*') {
            while (i < 8)
                out[i++] = '?';
        } else if (i < 8) {
            out[i++] = *name;
        }
    }
    if (*name == '.')
        name++;
    for (i = 8; *name; name++) {
        if (*name == '.')
            return false;
        if (*name == '*') {
            while (i < 11)
                out[i++] = '?';
        } else if (i < 11) {
            out[i++] = *name;
        }
    }
    return true;
}

/* FNV-1a of the name's bytes. */
static uint32_t hash_name(const char *host, unsigned salt)
{
    uint32_t h = 2166136261u + salt * 0x9e3779b9u;

    for (; *host; host++)
        h = (h ^ (uint8_t)*host) * 16777619u;
    return h ^ h >> 15;
}

/* Up to `most` valid characters of a piece of the name, in capitals. */
static unsigned pick(const struct codepage *page, const char *piece, size_t len, char *out,
                     unsigned most)
{
    char text[NAME_MAX + 1], bytes[NAME_MAX + 1];
    unsigned n = 0;

    snprintf(text, sizeof(text), "%.*s", (int)len, piece);
    codepage_from_utf8(page, text, '\x01', bytes, sizeof(bytes));
    codepage_upper_string(page, bytes);
    for (const char *s = bytes; *s && n < most; s++) {
        if (codepage_lead(page, (uint8_t)*s) && s[1]) { /* a pair whole or not at all */
            if (n + 2 > most)
                break;
            out[n++] = *s++;
            out[n++] = *s;
        } else if (char_valid((uint8_t)*s) && (uint8_t)*s != 0xe5) {
            out[n++] = *s;
        }
    }
    return n;
}

static void hash_form(const struct codepage *page, const char *host, unsigned salt, char out[SHORT])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
    const char *dot = strrchr(host, '.');
    size_t base = dot && dot != host ? (size_t)(dot - host) : strlen(host);
    uint32_t h = hash_name(host, salt);
    unsigned n = pick(page, host, base, out, 4), ext;

    out[n++] = '#';
    for (unsigned i = 0; i < 3; i++)
        out[n++] = digits[h >> (5 * i) & 31];
    ext = dot && dot != host ? pick(page, dot + 1, strlen(dot + 1), out + n + 1, 3) : 0;
    if (ext)
        out[n++] = '.';
    out[n + ext] = 0;
}

/* The name that a host's name has if nobody stands against it; false: only its hash form. */
static bool own_form(const struct codepage *page, const char *host, char out[SHORT])
{
    char bytes[SHORT];

    if (!codepage_from_utf8(page, host, '_', bytes, sizeof(bytes)))
        return false;
    codepage_upper_string(page, bytes);
    memcpy(out, bytes, sizeof(bytes));
    return name_is_short(page, bytes);
}

/* ---- maps of directories ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mapped *)a)->name, ((const struct mapped *)b)->name);
}

static int by_host(const void *a, const void *b)
{
    return strcmp(((const struct mapped *)a)->host, ((const struct mapped *)b)->host);
}

static struct mapped *map_find(const struct dirmap *map, const char *name)
{
    struct mapped key;

    if (strlen(name) >= SHORT || !map->count)
        return NULL;
    strcpy(key.name, name);
    return bsearch(&key, map->entry, map->count, sizeof(key), by_name);
}

static const struct mapped *map_find_host(const struct dirmap *map, const char *host)
{
    for (unsigned i = 0; i < map->count; i++)
        if (!strcmp(map->entry[i].host, host))
            return &map->entry[i];
    return NULL;
}

static void map_clear(struct dirmap *map)
{
    for (unsigned i = 0; i < map->count; i++)
        free(map->entry[i].host);
    free(map->entry);
    *map = (struct dirmap){ 0 };
}

void maps_drop(struct drive *drive)
{
    for (unsigned i = 0; i < MAPS; i++)
        map_clear(&drive->maps[i]);
}

static void map_put(struct dirmap *map, const char *host, const char *name)
{
    if (map->count == map->room) {
        map->room = map->room ? map->room * 2 : 64;
        map->entry = realloc(map->entry, map->room * sizeof(*map->entry));
        assert(map->entry);
    }
    map->entry[map->count].host = strdup(host);
    assert(map->entry[map->count].host);
    strcpy(map->entry[map->count++].name, name);
}

static bool all_capitals(const struct mapped *m)
{
    return !strpbrk(m->host, "abcdefghijklmnopqrstuvwxyz");
}

/* Of those with one name, which are neighbours: who keeps it?  They are in the order of bytes, and
 * capitals come first in that; a name with a small letter beyond ASCII is none in capitals. */
static void settle_names(const struct codepage *page, struct dirmap *map)
{
    for (unsigned i = 0, n; i < map->count; i += n) {
        unsigned keeps = i;

        for (n = 1; i + n < map->count && map->entry[i].name[0] &&
                    !strcmp(map->entry[i].name, map->entry[i + n].name);
             n++)
            map->crowded = true;
        for (unsigned k = i; k < i + n; k++) {
            if (!all_capitals(&map->entry[keeps]) && all_capitals(&map->entry[k]))
                keeps = k;
        }
        for (unsigned k = i; k < i + n; k++)
            if (k != keeps)
                map->entry[k].name[0] = 0;
    }
    (void)page;
}

static int by_name_then_host(const void *a, const void *b)
{
    int order = by_name(a, b);

    return order ? order : by_host(a, b);
}

/* Names for those that have none yet: the hash form, again and again until it is free.  The order
 * is that of the bytes, so it is the same every time. */
static void hash_names(const struct codepage *page, struct dirmap *map)
{
    struct mapped *nameless = NULL;
    unsigned count = 0, settled;

    qsort(map->entry, map->count, sizeof(*map->entry), by_name_then_host);
    while (count < map->count && !map->entry[count].name[0])
        count++;
    if (!count)
        return;
    nameless = malloc(count * sizeof(*nameless));
    assert(nameless);
    memcpy(nameless, map->entry, count * sizeof(*nameless));
    settled = map->count - count;
    memmove(map->entry, map->entry + count, settled * sizeof(*map->entry));
    for (unsigned salt = 0; count && salt < 64; salt++) {
        unsigned left = 0, before = settled;

        map->count = before;
        for (unsigned i = 0; i < count; i++)
            hash_form(page, nameless[i].host, salt, nameless[i].name);
        qsort(nameless, count, sizeof(*nameless), by_name_then_host);
        for (unsigned i = 0; i < count; i++) {
            struct mapped *last = settled > before ? &map->entry[settled - 1] : NULL;

            if ((last && !strcmp(last->name, nameless[i].name)) || map_find(map, nameless[i].name))
                nameless[left++] = nameless[i];
            else
                map->entry[settled++] = nameless[i];
        }
        map->crowded |= left != 0;
        map->count = settled;
        qsort(map->entry, settled, sizeof(*map->entry), by_name);
        count = left;
    }
    for (unsigned i = 0; i < count; i++) /* a folder made to break this: those stay unseen */
        free(nameless[i].host);
    free(nameless);
}

static void map_scan(const struct drive *drive, struct dirmap *map, int dir_fd)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    char name[SHORT];

    if (!dir && fd >= 0)
        close(fd);
    while (dir && (entry = readdir(dir))) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            (entry->d_type != DT_REG && entry->d_type != DT_DIR && entry->d_type != DT_LNK &&
             entry->d_type != DT_UNKNOWN))
            continue;
        map_put(map, entry->d_name, own_form(drive->page, entry->d_name, name) ? name : "");
    }
    if (dir)
        closedir(dir);
    if (!map->count)
        return;
    qsort(map->entry, map->count, sizeof(*map->entry), by_name_then_host);
    settle_names(drive->page, map);
    hash_names(drive->page, map);
    qsort(map->entry, map->count, sizeof(*map->entry), by_name);
    for (unsigned i = 0; i < map->count; i++)
        map->entry[i].cursor = cursor_of(map->entry[i].name);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Changed so lately that the next change may leave the same time? */
static bool unsettled(const struct timespec *mtime)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec - mtime->tv_sec) * (int64_t)SECOND_NS + now.tv_nsec - mtime->tv_nsec <
           (int64_t)SETTLED_NS;
}

static struct dirmap *map_of(struct drive *drive, int dir_fd, bool anew)
{
    struct dirmap *map = NULL, *oldest = &drive->maps[0];
    struct stat st;

    if (fstat(dir_fd, &st) < 0)
        return NULL;
    for (unsigned i = 0; i < MAPS && !map; i++) {
        if (drive->maps[i].used && drive->maps[i].dev == st.st_dev &&
            drive->maps[i].ino == st.st_ino)
            map = &drive->maps[i];
        if (drive->maps[i].used < oldest->used)
            oldest = &drive->maps[i];
    }
    if (!map || anew || !same_time(&map->mtime, &st.st_mtim) ||
        (map->expires && host_ns() > map->expires)) {
        map = map ? map : oldest;
        map_clear(map);
        map_scan(drive, map, dir_fd);
        map->dev = st.st_dev;
        map->ino = st.st_ino;
        map->mtime = st.st_mtim;
        map->expires = unsettled(&st.st_mtim) ? host_ns() + SETTLED_NS : 0;
    }
    map->used = ++drive->clock;
    return map;
}

/* Our own change of a directory must not make its map be read anew each time. */
static void map_touched(struct dirmap *map, int dir_fd)
{
    struct stat st;

    if (fstat(dir_fd, &st) < 0)
        return;
    map->mtime = st.st_mtim;
    map->expires = host_ns() + SECOND_NS;
}

void place_added(struct drive *drive, struct place *place)
{
    struct dirmap *map = place->map;
    const struct mapped *m;
    char name[SHORT];
    unsigned at;

    place->exists = true;
    if (!map || map->crowded || !own_form(drive->page, place->host, name) || map_find(map, name)) {
        place->map = map_of(drive, place->dir_fd, true);
        m = place->map ? map_find_host(place->map, place->host) : NULL;
        strcpy(place->short_name, m ? m->name : "");
        return;
    }
    strcpy(place->short_name, name);
    map_put(map, place->host, name);
    map->entry[map->count - 1].cursor = cursor_of(name);
    for (at = map->count - 1; at && strcmp(map->entry[at - 1].name, name) > 0; at--) {
        struct mapped m_at = map->entry[at];

        map->entry[at] = map->entry[at - 1];
        map->entry[at - 1] = m_at;
    }
    map_touched(map, place->dir_fd);
}

void place_removed(struct drive *drive, struct place *place)
{
    struct dirmap *map = place->map;
    unsigned at = 0;

    (void)drive;
    if (!map || map->crowded) {
        if (map)
            map_clear(map);
        return;
    }
    while (at < map->count && strcmp(map->entry[at].host, place->host) != 0)
        at++;
    if (at == map->count)
        return;
    free(map->entry[at].host);
    memmove(&map->entry[at], &map->entry[at + 1], (map->count - at - 1) * sizeof(*map->entry));
    map->count--;
    map_touched(map, place->dir_fd);
}

/* ---- long names ---- */

static bool long_valid(const char *name)
{
    size_t len = strlen(name);

    for (const char *s = name; *s; s++)
        if ((uint8_t)*s < 32 || strchr("\"*/:<>?\\|", *s))
            return false;
    return len && strcmp(name, ".") && strcmp(name, "..") && name[len - 1] != ' ' &&
           name[len - 1] != '.';
}

/* As the guest would see the host's name; for comparing without case. */
static void fold(const struct codepage *page, const char *host, char out[NAME_MAX + 1])
{
    codepage_from_utf8(page, host, '_', out, NAME_MAX + 1);
    codepage_upper_string(page, out);
}

static struct mapped *find_long(const struct drive *drive, struct dirmap *map, const char *name)
{
    char host[3 * HOSTDOS_NAME], wanted[NAME_MAX + 1], have[NAME_MAX + 1], upper[HOSTDOS_NAME];
    struct mapped *first = NULL;

    codepage_to_utf8(drive->page, name, strlen(name), host, sizeof(host));
    fold(drive->page, host, wanted);
    for (unsigned i = 0; i < map->count; i++) {
        if (!strcmp(map->entry[i].host, host))
            return &map->entry[i];
        fold(drive->page, map->entry[i].host, have);
        if (!strcmp(have, wanted) && (!first || strcmp(map->entry[i].host, first->host) < 0))
            first = &map->entry[i];
    }
    snprintf(upper, sizeof(upper), "%s", name);
    codepage_upper_string(drive->page, upper);
    return first ? first : map_find(map, upper);
}

bool match_long(const char *pattern, const char *name)
{
    const char *star = NULL, *again = NULL;

    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            again = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

/* ---- places ---- */

int open_beneath(int dir_fd, const char *path, int flags)
{
    int more = flags & O_PATH ? O_CLOEXEC : O_CLOEXEC | O_NOCTTY;
    struct open_how how = { .flags = (uint64_t)(flags | more),
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    int fd;

    for (unsigned i = 0; i < 100; i++) { /* a rename beside it makes it start anew */
        fd = (int)syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));
        if (fd >= 0 || errno != EAGAIN)
            break;
    }
    return fd;
}

void place_done(struct place *place)
{
    if (place->dir_fd >= 0)
        close(place->dir_fd);
    place->dir_fd = -1;
}

void place_path(const struct place *place, char path[PATH_MAX + NAME_MAX + 2])
{
    if (!strcmp(place->dir, "."))
        snprintf(path, PATH_MAX + NAME_MAX + 2, "%s", place->host[0] ? place->host : ".");
    else
        snprintf(path, PATH_MAX + NAME_MAX + 2, "%s/%s", place->dir, place->host);
}

/* Opens the folder place->dir beneath its root. */
static enum dos_error enter(struct place *place)
{
    place_done(place);
    place->map = NULL;
    place->dir_fd = open_beneath(place->root->fd, place->dir, O_PATH | O_DIRECTORY);
    if (place->dir_fd >= 0)
        return DOS_OK;
    return errno == ENOENT || errno == EXDEV ? DOS_NO_PATH : dos_error(errno);
}

static struct root *mount_at(struct drive *drive, const struct place *place, const char *name)
{
    if (place->root != &drive->roots[0] || strcmp(place->dir, ".") != 0)
        return NULL;
    for (unsigned i = 1; i < drive->root_count; i++)
        if (!strcmp(drive->roots[i].at, name))
            return &drive->roots[i];
    return NULL;
}

/* Looks for place->name in the folder. */
static enum dos_error look(struct drive *drive, struct place *place, bool is_long)
{
    struct mapped *m = NULL;
    const struct root *mount;
    char upper[HOSTDOS_NAME], host[3 * HOSTDOS_NAME];

    snprintf(upper, sizeof(upper), "%s", place->name);
    codepage_upper_string(drive->page, upper);
    mount = mount_at(drive, place, upper);
    place->mount = place->exists = mount != NULL;
    if (mount) {
        strcpy(place->short_name, mount->at);
        strcpy(place->host, mount->at);
        place->map = map_of(drive, place->dir_fd, false);
        return DOS_OK;
    }
    place->map = map_of(drive, place->dir_fd, false);
    if (!place->map)
        return dos_error(errno);
    if (is_long ? !long_valid(place->name) : !name_is_short(drive->page, upper))
        return DOS_NO_FILE;
    m = is_long ? find_long(drive, place->map, place->name) : map_find(place->map, upper);
    if (m) {
        snprintf(place->host, sizeof(place->host), "%s", m->host);
        strcpy(place->short_name, m->name);
        place->exists = true;
        return DOS_OK;
    }
    if (is_long) {
        codepage_to_utf8(drive->page, place->name, strlen(place->name), host, sizeof(host));
        if (strlen(host) > NAME_MAX)
            return DOS_NO_PATH;
    } else {
        if (drive->fs->setup.lower_case)
            codepage_lower_string(drive->page, upper);
        codepage_to_utf8(drive->page, upper, strlen(upper), host, sizeof(host));
    }
    snprintf(place->host, sizeof(place->host), "%s", host);
    return DOS_OK;
}

/* The next component of a name, in the code page: a second byte may be a backslash. */
static const char *component(const struct drive *drive, const char *s, char out[HOSTDOS_NAME])
{
    size_t n = 0;

    while (*s && *s != '\\') {
        if (codepage_lead(drive->page, (uint8_t)*s) && s[1])
            out[n++] = *s++;
        out[n++] = *s++;
    }
    out[n] = 0;
    return *s ? s + 1 : s;
}

/* Goes into the folder that was looked for. */
static enum dos_error descend(struct drive *drive, struct place *place)
{
    char path[PATH_MAX + NAME_MAX + 2], upper[HOSTDOS_NAME];

    if (!place->exists)
        return DOS_NO_PATH;
    if (place->mount) {
        snprintf(upper, sizeof(upper), "%s", place->name);
        codepage_upper_string(drive->page, upper);
        place->root = mount_at(drive, place, upper);
        strcpy(place->dir, ".");
        place->mount = false;
        return enter(place);
    }
    place_path(place, path);
    if (strlen(path) >= sizeof(place->dir))
        return DOS_NO_PATH;
    strcpy(place->dir, path);
    return enter(place);
}

enum dos_error place_find_folder(struct drive *drive, const char *name, bool is_long,
                                 struct place *place)
{
    const char *next = name + 3;
    enum dos_error error;

    *place = (struct place){ .root = &drive->roots[0], .dir_fd = -1, .dir = "." };
    error = enter(place);
    for (;;) {
        if (error)
            return error;
        next = component(drive, next, place->name);
        if (!*next)
            return DOS_OK;
        place->host[0] = 0;
        error = look(drive, place, is_long);
        if (error == DOS_NO_FILE)
            error = DOS_NO_PATH;
        if (!error)
            error = descend(drive, place);
    }
}

enum dos_error place_map(struct drive *drive, struct place *place)
{
    place->map = map_of(drive, place->dir_fd, false);
    return place->map ? DOS_OK : dos_error(errno);
}

enum dos_error place_find(struct drive *drive, const char *name, bool is_long, struct place *place)
{
    enum dos_error error = place_find_folder(drive, name, is_long, place);

    if (error)
        return error;
    place->host[0] = 0;
    if (place->name[0])
        return look(drive, place, is_long);
    place->map = map_of(drive, place->dir_fd, false);
    place->exists = true;
    return DOS_OK;
}
