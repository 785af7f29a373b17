/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHARE for FAT drives: modes and locks of files that are open more than once.  Which opens are of
 * one file is told by drive and place of the directory entry.
 */
#include "dos.h"

enum { LOCKS = 64 };
enum {
    DENY_COMPATIBLE = 0,
    DENY_ALL = 0x10,
    DENY_WRITE = 0x20,
    DENY_READ = 0x30,
    DENY_NONE = 0x40
};

static struct {
    struct sft *file;    /* NULL: free */
    uint32_t start, end; /* the last byte */
    uint16_t owner;
} locks[LOCKS];

static bool same_file(const struct sft *a, const struct sft *b)
{
    return a != b && b->references && !(b->info & (INFO_DEVICE | INFO_NETWORK)) &&
           b->references != SFT_BUSY && a->device == b->device &&
           a->entry_sector == b->entry_sector && a->entry_index == b->entry_index;
}

static bool writes(const struct sft *s)
{
    return (s->mode & MODE_ACCESS) == MODE_WRITE || (s->mode & MODE_ACCESS) == MODE_BOTH;
}

static bool reads(const struct sft *s)
{
    return (s->mode & MODE_ACCESS) != MODE_WRITE;
}

/* Does what `a` denies keep `b` out? */
static bool denies(const struct sft *a, const struct sft *b)
{
    switch (a->mode & MODE_SHARING) {
    case DENY_COMPATIBLE: /* among programs of one machine: only with its like, or read-only files
                           */
        return (b->mode & MODE_SHARING) != DENY_COMPATIBLE && (writes(a) || writes(b)) &&
               (b->mode & MODE_SHARING) != DENY_NONE;
    case DENY_ALL:
        return true;
    case DENY_WRITE:
        return writes(b);
    case DENY_READ:
        return reads(b);
    default:
        return false;
    }
}

/* May this entry, filled but for its references, be open beside the others? */
unsigned share_check(const struct sft *s)
{
    struct sft *other;

    for (unsigned i = 0; (other = sft_at(i)) != NULL; i++)
        if (same_file(s, other) && (denies(other, s) || denies(s, other)))
            return E_SHARE;
    return E_OK;
}

/* Is the file of that entry open at all (it may not be deleted or renamed)? */
bool share_is_open(const struct sft *like)
{
    struct sft *other;

    for (unsigned i = 0; (other = sft_at(i)) != NULL; i++)
        if (same_file(like, other))
            return true;
    return false;
}

/* What the others must know of a file that has grown or changed. */
void share_tell(const struct sft *s)
{
    struct sft *other;

    for (unsigned i = 0; (other = sft_at(i)) != NULL; i++) {
        if (!same_file(s, other))
            continue;
        other->size = s->size;
        other->cluster = s->cluster;
        other->time = s->time;
        other->date = s->date;
    }
}

static bool overlaps(unsigned i, uint32_t start, uint32_t end)
{
    return locks[i].start <= end && locks[i].end >= start;
}

/* Are these bytes locked by another handle? */
unsigned share_may_transfer(const struct sft *s, uint32_t start, uint32_t count)
{
    if (!count)
        return E_OK;
    for (unsigned i = 0; i < LOCKS; i++)
        if (locks[i].file && locks[i].file != s && same_file(s, locks[i].file) &&
            overlaps(i, start, start + count - 1))
            return E_LOCK;
    return E_OK;
}

unsigned share_lock(struct sft *s, uint8_t unlock, uint32_t start, uint32_t length)
{
    uint32_t end = length ? start + length - 1 : start;
    int free = -1;

    if (!length)
        return E_FUNCTION;
    if (end < start)
        end = 0xffffffff;
    for (unsigned i = 0; i < LOCKS; i++) {
        if (!locks[i].file) {
            free = (int)i;
            continue;
        }
        if (unlock) {
            if (locks[i].file == s && locks[i].start == start && locks[i].end == end &&
                locks[i].owner == sda.psp) {
                locks[i].file = NULL;
                return E_OK;
            }
        } else if ((locks[i].file == s || same_file(s, locks[i].file)) && overlaps(i, start, end)) {
            return E_LOCK;
        }
    }
    if (unlock)
        return E_LOCK;
    if (free < 0)
        return E_SHARE_FULL;
    locks[free].file = s;
    locks[free].start = start;
    locks[free].end = end;
    locks[free].owner = sda.psp;
    return E_OK;
}

/* An entry is closed: its locks end. */
void share_forget(const struct sft *s)
{
    for (unsigned i = 0; i < LOCKS; i++)
        if (locks[i].file == s)
            locks[i].file = NULL;
}
