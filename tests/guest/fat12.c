/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files in the root folder of a FAT12 floppy image, after ECMA-107.  Not modelled: subfolders, long
 * names, replacing a file.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/guest/machine_bench.h"

enum { ENTRY = 32, LAST = 0xff8 };

struct fat {
    uint8_t *fat, *root, *data;
    unsigned copies, fat_bytes, entries, cluster_bytes, clusters;
};

static unsigned word(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static bool open_fat(struct bench_bytes image, struct fat *f)
{
    const uint8_t *boot = image.data;
    unsigned sector = word(boot + 11), reserved = word(boot + 14);

    if (image.size < 512 || sector != 512 || !boot[13] || !boot[16])
        return false;
    f->copies = boot[16];
    f->fat_bytes = word(boot + 22) * sector;
    f->entries = word(boot + 17);
    f->cluster_bytes = boot[13] * sector;
    f->fat = image.data + (size_t)reserved * sector;
    f->root = f->fat + (size_t)f->copies * f->fat_bytes;
    f->data = f->root + (size_t)f->entries * ENTRY;
    if (f->data > image.data + image.size)
        return false;
    f->clusters = (unsigned)((size_t)(image.data + image.size - f->data) / f->cluster_bytes);
    return true;
}

static unsigned get_next(const struct fat *f, unsigned cluster)
{
    unsigned pair = word(f->fat + cluster * 3 / 2);

    return cluster & 1 ? pair >> 4 : pair & 0xfff;
}

static void set_next(struct fat *f, unsigned cluster, unsigned next)
{
    for (unsigned copy = 0; copy < f->copies; copy++) {
        uint8_t *p = f->fat + copy * f->fat_bytes + cluster * 3 / 2;
        unsigned pair = word(p);

        pair = cluster & 1 ? (pair & 0x00f) | next << 4 : (pair & 0xf000) | next;
        p[0] = (uint8_t)pair;
        p[1] = (uint8_t)(pair >> 8);
    }
}

/* "A.TXT" as the folder has it: eight and three characters, filled with blanks. */
static void folder_name(const char *name, char out[11])
{
    const char *dot = strchr(name, '.');
    size_t stem = dot ? (size_t)(dot - name) : strlen(name);

    memset(out, ' ', 11);
    memcpy(out, name, stem < 8 ? stem : 8);
    if (dot)
        memcpy(out + 8, dot + 1, strlen(dot + 1) < 3 ? strlen(dot + 1) : 3);
}

struct bench_bytes fat12_read(struct bench_bytes image, const char *name)
{
    struct bench_bytes content = { NULL, 0 };
    struct fat f;
    char wanted[11];

    folder_name(name, wanted);
    if (!open_fat(image, &f))
        return content;
    for (unsigned i = 0; i < f.entries && f.root[i * ENTRY]; i++) {
        const uint8_t *e = f.root + i * ENTRY;
        unsigned cluster = word(e + 26), steps = 0;
        size_t size = word(e + 28) | (size_t)word(e + 30) << 16;

        if (memcmp(e, wanted, 11) || e[11] & 0x18)
            continue;
        if (size > image.size)
            return content;
        content.data = calloc(1, size + 1);
        content.size = size;
        for (size_t at = 0; at < size && steps++ < f.clusters; at += f.cluster_bytes) {
            if (cluster < 2 || cluster >= f.clusters + 2)
                break;
            memcpy(content.data + at, f.data + (size_t)(cluster - 2) * f.cluster_bytes,
                   size - at < f.cluster_bytes ? size - at : f.cluster_bytes);
            cluster = get_next(&f, cluster);
        }
        return content;
    }
    return content;
}

bool fat12_write(struct bench_bytes image, const char *name, struct bench_bytes content)
{
    struct fat f;
    uint8_t *e = NULL;
    unsigned last = 0, cluster = 2;

    if (!open_fat(image, &f))
        return false;
    for (unsigned i = 0; i < f.entries && !e; i++)
        if (!f.root[i * ENTRY] || f.root[i * ENTRY] == 0xe5)
            e = f.root + i * ENTRY;
    if (!e)
        return false;
    memset(e, 0, ENTRY);
    folder_name(name, (char *)e);
    e[11] = 0x20;
    e[24] = 0x21; /* 1 January 1990 */
    e[25] = 0x14;
    for (unsigned i = 0; i < 4; i++)
        e[28 + i] = (uint8_t)(content.size >> (8 * i));
    for (size_t at = 0; at < content.size; at += f.cluster_bytes) {
        while (cluster < f.clusters + 2 && get_next(&f, cluster))
            cluster++;
        if (cluster >= f.clusters + 2)
            return false;
        memcpy(f.data + (size_t)(cluster - 2) * f.cluster_bytes, content.data + at,
               content.size - at < f.cluster_bytes ? content.size - at : f.cluster_bytes);
        if (last) {
            set_next(&f, last, cluster);
        } else {
            e[26] = (uint8_t)cluster;
            e[27] = (uint8_t)(cluster >> 8);
        }
        set_next(&f, cluster, LAST);
        last = cluster;
    }
    return true;
}
