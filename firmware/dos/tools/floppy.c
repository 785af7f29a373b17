/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "floppy.h"

static const struct {
    uint8_t cylinders, heads, sectors;
} shapes[] = { { 80, 2, 36 }, { 80, 2, 18 }, { 80, 2, 15 }, { 80, 2, 9 },
               { 40, 2, 9 },  { 40, 2, 8 },  { 40, 1, 9 },  { 40, 1, 8 } };

/* ---- arguments ---- */

static bool is_floppy(unsigned drive)
{
    return drive_kind(drive) == DRIVE_FAT && drive_removable(drive);
}

int pair_arguments(struct pair *p, const char *help, const char *switches)
{
    char tail[LINE_SIZE], word[PATH_MAX], *at = tail;
    unsigned drives = 0;

    p->drive[0] = p->drive[1] = drive_current();
    command_tail(tail, sizeof(tail));
    while (next_word(&at, word, sizeof(word))) {
        int drive = drive_of(word);

        if (!strcmp(word, "/?")) {
            print("%s", help);
            return PAIR_HELP;
        }
        if (word[0] == '/') {
            if (!word[1] || word[2] || (word[1] != '1' && !strchr(switches, word[1]))) {
                bad_switch(word);
                return EXIT_START;
            }
            p->one_side |= word[1] == '1';
            p->eight |= word[1] == '8';
            p->verify |= word[1] == 'V';
        } else if (drive < 0 || drives == 2) {
            bad_parameter(word);
            return EXIT_START;
        } else {
            p->drive[drives++] = (unsigned)drive;
            if (drives == 1)
                p->drive[1] = p->drive[0];
        }
    }
    if (is_floppy(p->drive[0]) && is_floppy(p->drive[1]))
        return 0;
    print("Invalid drive specification\r\nSpecified drive does not exist or is non-removable\r\n");
    return EXIT_START;
}

void pair_ask(const struct pair *p, unsigned which, const char *const names[2], bool first)
{
    bool two = p->drive[0] != p->drive[1];

    if (two && !first)
        return;
    for (unsigned i = two ? 0 : which; i <= (two ? 1 : which); i++)
        print("\r\nInsert %s diskette in drive %c:\r\n", names[i], 'A' + p->drive[i]);
    print("\r\nPress any key to continue . . .");
    wait_key();
}

/* ---- what they are ---- */

static unsigned call(const struct pair *p, unsigned which, unsigned function, unsigned cylinder,
                     unsigned head, unsigned first, unsigned count, uint16_t segment)
{
    static struct {
        uint8_t special;
        uint16_t head, cylinder, first, count, offset, segment;
    } PACKED block;

    block.special = 0;
    block.head = (uint16_t)head;
    block.cylinder = (uint16_t)cylinder;
    block.first = (uint16_t)first;
    block.count = (uint16_t)count;
    block.offset = 0;
    block.segment = segment;
    return drive_generic(p->drive[which], function, &block);
}

void pair_use(const struct pair *p, unsigned which)
{
    static struct device_parameters d;

    memset(&d, 0, sizeof(d));
    d.bpb = (struct bpb){ SECTOR,
                          1,
                          1,
                          2,
                          224,
                          (uint16_t)(p->cylinders * p->heads * p->sectors),
                          0xf0,
                          9,
                          (uint16_t)p->sectors,
                          (uint16_t)p->heads,
                          0,
                          0 };
    d.cylinders = (uint16_t)p->cylinders;
    d.track_sectors = (uint16_t)p->sectors;
    for (unsigned i = 0; i < p->sectors; i++) {
        d.layout[i][0] = (uint16_t)(i + 1);
        d.layout[i][1] = SECTOR;
    }
    drive_generic(p->drive[which], GENERIC_SET, &d);
}

static void shape(struct pair *p, unsigned cylinders, unsigned heads, unsigned sectors)
{
    p->cylinders = cylinders;
    p->heads = heads;
    p->sectors = sectors;
    p->usable_heads = p->one_side ? 1 : heads;
    p->room = p->paragraphs / (sectors * (SECTOR / 16));
}

/* By the BPB; where there is none, by the last sector that can be read. */
bool pair_geometry(struct pair *p)
{
    static struct device_parameters d;

    drive_forget(p->drive[0]);
    memset(&d, 0, sizeof(d));
    d.special = 1;
    if (!drive_generic(p->drive[0], GENERIC_GET, &d) && d.cylinders && d.bpb.track_sectors &&
        d.bpb.track_sectors <= 36) {
        shape(p, d.cylinders, d.bpb.heads, d.bpb.track_sectors);
        pair_use(p, 0);
        return true;
    }
    for (unsigned i = 0; i < COUNT(shapes); i++) {
        shape(p, shapes[i].cylinders, shapes[i].heads, shapes[i].sectors);
        pair_use(p, 0);
        if (!call(p, 0, GENERIC_READ, p->cylinders - 1, p->heads - 1, p->sectors - 1, 1, p->memory))
            return true;
    }
    print("SOURCE diskette cannot be read\r\n");
    return false;
}

unsigned pair_tracks(const struct pair *p)
{
    return p->cylinders * p->usable_heads;
}

/* ---- tracks ---- */

bool pair_memory(struct pair *p)
{
    p->paragraphs = memory_largest();
    p->memory = p->paragraphs >= TRACK_BYTES / 16 ? memory_take(p->paragraphs) : 0;
    if (!p->memory)
        print("Insufficient memory\r\n");
    return p->memory != 0;
}

uint16_t pair_segment(const struct pair *p, unsigned n)
{
    return (uint16_t)(p->memory + n * p->sectors * (SECTOR / 16));
}

unsigned pair_track(const struct pair *p, unsigned which, unsigned function, unsigned n,
                    uint16_t segment)
{
    return call(p, which, function, n / p->usable_heads, n % p->usable_heads, 0, p->sectors,
                segment);
}

bool pair_read(const struct pair *p, unsigned which, unsigned n, uint16_t segment)
{
    bool good = true;

    if (!pair_track(p, which, GENERIC_READ, n, segment))
        return true;
    for (unsigned i = 0; i < p->sectors; i++) {
        uint16_t at = (uint16_t)(segment + i * (SECTOR / 16));

        if (!call(p, which, GENERIC_READ, n / p->usable_heads, n % p->usable_heads, i, 1, at))
            continue;
        good = false;
        for (unsigned b = 0; b < SECTOR; b += 2)
            far_put16(at, (uint16_t)b, 0);
    }
    if (!good)
        print("\r\nUnrecoverable read error on drive %c:\r\nside %u, track %u\r\n",
              'A' + p->drive[which], n % p->usable_heads, n / p->usable_heads);
    return good;
}
