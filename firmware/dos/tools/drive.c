/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives, their sectors, their labels. */
#include "tool.h"

struct packet { /* of INT 25h and 26h */
    uint32_t sector;
    uint16_t count, offset, segment;
} PACKED;

struct list_of_lists list_of_lists(void)
{
    struct dos_regs r = { .ax = 0x5200 };

    dos(&r);
    return (struct list_of_lists){ r.es, r.bx };
}

enum drive_kind drive_kind(unsigned drive)
{
    struct dos_regs r = { .ax = 0x4409, .bx = (uint16_t)(drive + 1) };

    if (dos(&r))
        return DRIVE_NONE;
    if (r.dx & 0x8000)
        return DRIVE_SUBST;
    return r.dx & 0x1000 ? DRIVE_REMOTE : DRIVE_FAT;
}

bool drive_removable(unsigned drive)
{
    struct dos_regs r = { .ax = 0x4408, .bx = (uint16_t)(drive + 1) };

    return !dos(&r) && r.ax == 0;
}

bool drive_dpb(unsigned drive, struct dpb *d)
{
    struct dos_regs r = { .ax = 0x3200, .dx = (uint16_t)(drive + 1) };

    dos(&r);
    if (r.al)
        return false;
    for (unsigned i = 0; i < sizeof(*d); i++)
        ((uint8_t *)d)[i] = far_get8(r.ds, (uint16_t)(r.bx + i));
    return d->sector_size == SECTOR;
}

static unsigned sectors(unsigned drive, unsigned interrupt, const struct packet *p)
{
    return absolute_call(p, drive, interrupt);
}

unsigned sectors_read(unsigned drive, uint32_t first, unsigned count, uint16_t segment,
                      uint16_t offset)
{
    struct packet p = { first, (uint16_t)count, offset, segment };

    return sectors(drive, 0x25, &p);
}

unsigned sectors_write(unsigned drive, uint32_t first, unsigned count, uint16_t segment,
                       uint16_t offset)
{
    struct packet p = { first, (uint16_t)count, offset, segment };

    return sectors(drive, 0x26, &p);
}

unsigned sector_read(unsigned drive, uint32_t sector, void *to)
{
    return sectors_read(drive, sector, 1, own_segment(), NEAR16(to));
}

unsigned sector_write(unsigned drive, uint32_t sector, const void *from)
{
    return sectors_write(drive, sector, 1, own_segment(), NEAR16(from));
}

unsigned drive_generic(unsigned drive, unsigned function, void *data)
{
    struct dos_regs r = { .ax = 0x440d,
                          .bx = (uint16_t)(drive + 1),
                          .cx = (uint16_t)(0x0800 | function),
                          .dx = NEAR16(data) };

    return dos(&r) ? r.ax : 0;
}

void drive_forget(unsigned drive)
{
    struct list_of_lists l = list_of_lists();
    uint16_t offset = far_get16(l.segment, l.offset), segment = far_get16(l.segment, l.offset + 2);

    dos(&(struct dos_regs){ .ax = 0x0d00 });
    while (offset != 0xffff) {
        uint16_t next = far_get16(segment, offset + 0x19u);

        if (far_get8(segment, offset) == drive)
            far_put8(segment, offset + 0x18u, 0xff);
        segment = far_get16(segment, offset + 0x1bu);
        offset = next;
    }
}

uint16_t memory_take(unsigned paragraphs)
{
    struct dos_regs r = { .ax = 0x4800, .bx = (uint16_t)paragraphs };

    return dos(&r) ? 0 : r.ax;
}

unsigned memory_largest(void)
{
    struct dos_regs r = { .ax = 0x4800, .bx = 0xffff };

    dos(&r);
    return r.bx;
}

/* ---- labels ---- */

/* The label's entry, else a free one; the sector is in *buffer.  0: found, FFFFh: neither. */
static unsigned find_entry(unsigned drive, const struct dpb *d, struct directory_entry *buffer,
                           uint32_t *sector, unsigned *index, bool *is_label)
{
    unsigned left = d->root_entries, error;
    uint32_t free_sector = 0;
    unsigned free_index = 0;

    *is_label = false;
    for (*sector = d->root_sector; left; ++*sector) {
        error = sector_read(drive, *sector, buffer);
        if (error)
            return error;
        for (*index = 0; *index < ENTRIES && left; ++*index, left--) {
            const struct directory_entry *e = &buffer[*index];
            uint8_t first = (uint8_t)e->name[0];

            if (first == ENTRY_END || first == ENTRY_DELETED) {
                if (!free_sector) {
                    free_sector = *sector;
                    free_index = *index;
                }
                if (first == ENTRY_END)
                    left = 1;
            } else if ((e->attr & A_LABEL) && (e->attr & 15) != 15) {
                *is_label = true;
                return 0;
            }
        }
    }
    if (!free_sector)
        return 0xffff;
    *sector = free_sector;
    *index = free_index;
    return sector_read(drive, *sector, buffer);
}

bool label_find(unsigned drive, const struct dpb *d, char label[11])
{
    static struct directory_entry buffer[ENTRIES];
    uint32_t sector;
    unsigned index;
    bool found;

    if (find_entry(drive, d, buffer, &sector, &index, &found) || !found)
        return false;
    memcpy(label, buffer[index].name, 11);
    return true;
}

static void stamp(struct directory_entry *e)
{
    struct dos_regs date = { .ax = 0x2a00 }, time = { .ax = 0x2c00 };

    dos(&date);
    dos(&time);
    e->date = (uint16_t)((date.cx - 1980) << 9 | date.dh << 5 | date.dl);
    e->time = (uint16_t)(time.ch << 11 | time.cl << 5 | time.dh / 2);
}

unsigned label_set(unsigned drive, const struct dpb *d, const char *label)
{
    static union {
        struct directory_entry entry[ENTRIES];
        struct boot_sector boot;
    } buffer;
    uint32_t sector;
    unsigned index, error;
    bool found;
    struct directory_entry *e;

    error = find_entry(drive, d, buffer.entry, &sector, &index, &found);
    if (error && (label || error != 0xffff))
        return error;
    e = &buffer.entry[index];
    if (!error && (label || found)) {
        if (!found)
            memset(e, 0, sizeof(*e));
        if (label) {
            memcpy(e->name, label, 11);
            e->attr = A_LABEL;
            stamp(e);
        } else {
            e->name[0] = (char)ENTRY_DELETED;
        }
        error = sector_write(drive, sector, buffer.entry);
        if (error)
            return error;
    }
    error = sector_read(drive, 0, &buffer.boot);
    if (error || buffer.boot.signature != EXTENDED_BOOT)
        return error;
    memcpy(buffer.boot.label, label ? label : "NO NAME    ", 11);
    return sector_write(drive, 0, &buffer.boot);
}

bool label_parse(const char *text, char label[11])
{
    unsigned n = (unsigned)strlen(text);

    memset(label, ' ', 11);
    while (n && text[n - 1] == ' ')
        n--;
    if (!n || n > 11 || text[0] == ' ')
        return false;
    for (unsigned i = 0; i < n; i++) {
        struct dos_regs r = { .ax = 0x6520, .dx = (uint8_t)text[i] };

        if ((uint8_t)text[i] < ' ' || strchr("*?/\\|.,;:+=<>[]()&^\"", text[i]))
            return false;
        label[i] = dos(&r) ? upper(text[i]) : (char)r.dl;
    }
    return true;
}

uint32_t new_serial(void)
{
    struct dos_regs date = { .ax = 0x2a00 }, time = { .ax = 0x2c00 };

    dos(&date);
    dos(&time);
    return (uint32_t)(uint16_t)(date.cx + time.cx) << 16 | (uint16_t)(date.dx + time.dx);
}

void print_serial(uint32_t serial)
{
    print("Volume Serial Number is %04x-%04x\r\n", serial >> 16, serial & 0xffff);
}
