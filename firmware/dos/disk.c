/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The built-in block driver: floppies and the FAT partitions of hard disks over INT 13h.
 * Source of partition tables and BPBs: Microsoft MS-DOS Programmer's Reference, chapter 3.
 */
#include "fat.h"

enum {
    UNITS = 10,
    HARD_DISK = 0x80,
    TYPE_FAT12 = 1,
    TYPE_FAT16_SMALL = 4,
    TYPE_EXTENDED = 5,
    TYPE_FAT16 = 6,
    TYPE_FAT16_LBA = 14,
    TYPE_EXTENDED_LBA = 15,
    TABLE = 446,
    PARTITIONS = 4
};
enum {
    BIOS_READ = 2,
    BIOS_WRITE = 3,
    BIOS_FORMAT = 5,
    BIOS_GEOMETRY = 8,
    BIOS_CHANGED = 0x16,
    BIOS_LBA = 0x41,
    BIOS_LBA_READ = 0x42,
    TRIES = 3
};
enum { MEDIA_SAME = 1, MEDIA_PERHAPS = 0, MEDIA_CHANGED = 0xff };
enum {
    F_WRITE_PROTECTED = 0,
    F_NOT_READY = 2,
    F_COMMAND = 3,
    F_CRC = 4,
    F_SEEK = 6,
    F_MEDIA = 7,
    F_SECTOR = 8,
    F_GENERAL = 12
};

static struct unit {
    uint8_t drive; /* of the BIOS */
    bool lba;
    uint16_t track_sectors, heads;
    uint32_t start, sectors;
    struct bpb bpb;
    bool known; /* bpb is of the medium that is in it */
} units[UNITS];
static unsigned unit_count;
uint8_t disk_scratch[SECTOR];

bool disk_is_floppy(unsigned unit)
{
    return units[unit].drive < HARD_DISK;
}

/* The BPB that describes the unit: what BUILD BPB has found, or what is usual. */
uint32_t disk_bpb(unsigned unit)
{
    return KFP(&units[unit].bpb);
}

/* ---- the BIOS ---- */

static uint8_t bios(uint16_t ax, uint16_t cx, uint16_t dx, uint32_t buffer, struct int_regs *r)
{
    *r = (struct int_regs){
        .ax = ax, .cx = cx, .dx = dx, .bx = FP_OFF(buffer), .es = FP_SEG(buffer), .ds = KSEG
    };
    call_int(0x13, r, 0);
    return r->flags & FLAG_CARRY ? (uint8_t)(r->ax >> 8) : 0;
}

static uint8_t move_lba(const struct unit *u, bool write, uint32_t lba, uint16_t count,
                        uint32_t buffer)
{
    static struct {
        uint8_t size, zero;
        uint16_t count;
        uint32_t buffer;
        uint32_t lba, high;
    } PACKED packet;
    struct int_regs r = { .ax = (uint16_t)((BIOS_LBA_READ + write) << 8),
                          .dx = u->drive,
                          .ds = KSEG };

    packet.size = sizeof(packet);
    packet.count = count;
    packet.buffer = buffer;
    packet.lba = lba;
    packet.high = 0;
    r.si = (uint16_t)(uintptr_t)&packet;
    call_int(0x13, &r, 0);
    return r.flags & FLAG_CARRY ? (uint8_t)(r.ax >> 8) : 0;
}

static uint8_t move_chs(const struct unit *u, uint8_t command, uint32_t lba, uint16_t count,
                        uint32_t buffer)
{
    uint32_t track = lba / u->track_sectors;
    uint16_t sector = (uint16_t)(lba % u->track_sectors + 1), head = (uint16_t)(track % u->heads);
    uint16_t cylinder = (uint16_t)(track / u->heads);
    struct int_regs r;

    return bios((uint16_t)(command << 8 | count),
                (uint16_t)(cylinder << 8 | (cylinder >> 2 & 0xc0) | sector),
                (uint16_t)(head << 8 | u->drive), buffer, &r);
}

static uint8_t fault(uint8_t status)
{
    switch (status) {
    case 0x03:
        return F_WRITE_PROTECTED;
    case 0x80:
    case 0x31:
    case 0xaa:
    case 0xc0: /* SeaBIOS: no medium of any density answers */
        return F_NOT_READY;
    case 0x10:
        return F_CRC;
    case 0x04:
        return F_SECTOR;
    case 0x40:
        return F_SEEK;
    default:
        return F_GENERAL;
    }
}

/* How many sectors go at once: a track's rest, and no 64 KB border for the DMA. */
static uint16_t at_once(const struct unit *u, uint32_t lba, uint16_t count, uint32_t linear)
{
    uint32_t border = (0x10000 - (linear & 0xffff)) / SECTOR;
    uint16_t track = u->lba ? 64 : (uint16_t)(u->track_sectors - lba % u->track_sectors);

    if (count > track)
        count = track;
    return border < count ? (uint16_t)border : count;
}

/* Moves sectors of the unit; a driver's error or -1: done. */
static int move(const struct unit *u, bool write, uint32_t sector, uint16_t count, uint32_t buffer)
{
    if (sector + count > u->sectors && u->sectors)
        return F_SECTOR;
    while (count) {
        uint32_t lba = u->start + sector, target = buffer;
        uint16_t part = at_once(u, lba, count, LINEAR(buffer));
        uint8_t status = 0;

        if (!part) { /* this one crosses a border */
            part = 1;
            target = KFP(disk_scratch);
            if (write)
                far_copy(target, buffer, SECTOR);
        }
        for (unsigned i = 0; i < TRIES; i++) {
            struct int_regs r;

            status = u->lba ? move_lba(u, write, lba, part, target)
                            : move_chs(u, write ? BIOS_WRITE : BIOS_READ, lba, part, target);
            if (!status || status == 0x03)
                break;
            bios(0, 0, u->drive, 0, &r);
        }
        if (status)
            return fault(status);
        if (target != buffer && !write)
            far_copy(buffer, target, SECTOR);
        sector += part;
        count = (uint16_t)(count - part);
        buffer = FP(FP_SEG(buffer) + part * (SECTOR / 16), FP_OFF(buffer));
    }
    return -1;
}

/* ---- what is on a medium ---- */

static bool bpb_plausible(const struct bpb *b)
{
    uint8_t c = b->cluster_sectors;

    return b->sector_size == SECTOR && c && !(c & (c - 1)) && b->fats && b->fats <= 4 &&
           b->reserved && b->fat_sectors && b->root_entries && b->media >= 0xf0;
}

/* ---- usual formats ---- */

enum { TYPE_360K = 1, TYPE_1200K, TYPE_720K, TYPE_1440K, TYPE_2880K, MORE_2880K };
enum { ROOT_ENTRIES = 512, FAT12_SECTORS = 32680, FAT12_CLUSTERS = 4085 };

static const struct bpb floppies[] = {
    { SECTOR, 2, 1, 2, 112, 720, 0xfd, 2, 9, 2, 0, 0 },   /* 360 KB */
    { SECTOR, 1, 1, 2, 224, 2400, 0xf9, 7, 15, 2, 0, 0 }, /* 1.2 MB */
    { SECTOR, 2, 1, 2, 112, 1440, 0xf9, 3, 9, 2, 0, 0 },  /* 720 KB */
    { SECTOR, 1, 1, 2, 224, 2880, 0xf0, 9, 18, 2, 0, 0 }, /* 1.44 MB */
    { SECTOR, 2, 1, 2, 240, 5760, 0xf0, 9, 36, 2, 0, 0 }, /* 2.88 MB */
};

/* What kind of floppy drive it is, as INT 13h/08h counts them. */
static unsigned floppy_type(const struct unit *u)
{
    struct int_regs r;
    unsigned type = bios(BIOS_GEOMETRY << 8, 0, u->drive, 0, &r) ? 0 : r.bx & 0xff;

    if (type == MORE_2880K)
        type = TYPE_2880K;
    return type >= TYPE_360K && type <= TYPE_2880K ? type : TYPE_1440K;
}

/* What a partition of this size gets: FAT12 up to 16 MB, then clusters of 2 KB and more. */
static void partition_bpb(const struct unit *u, struct bpb *b)
{
    uint32_t clusters, bytes;

    *b = (struct bpb){ SECTOR,           4,        1,        2, ROOT_ENTRIES, 0, 0xf8, 1,
                       u->track_sectors, u->heads, u->start, 0 };
    if (u->sectors < 0x10000)
        b->sectors = (uint16_t)u->sectors;
    else
        b->big_sectors = u->sectors;
    if (u->sectors < FAT12_SECTORS)
        b->cluster_sectors = 8;
    while (b->cluster_sectors < 64 && u->sectors / b->cluster_sectors > 0xfff0)
        b->cluster_sectors = (uint8_t)(b->cluster_sectors * 2);
    clusters = u->sectors / b->cluster_sectors + 2;
    bytes = clusters <= FAT12_CLUSTERS ? (clusters * 3 + 1) / 2 : clusters * 2;
    b->fat_sectors = (uint16_t)((bytes + SECTOR - 1) / SECTOR);
}

static void default_bpb(const struct unit *u, struct bpb *b)
{
    if (u->drive >= HARD_DISK && u->sectors)
        partition_bpb(u, b);
    else
        *b = floppies[(u->drive >= HARD_DISK ? TYPE_1440K : floppy_type(u)) - 1];
}

/* A floppy of before BPBs, by its FAT's first byte. */
static bool old_bpb(struct unit *u)
{
    static const struct bpb old[] = {
        { SECTOR, 1, 1, 2, 64, 320, 0xfe, 1, 8, 1, 0, 0 },
        { SECTOR, 1, 1, 2, 64, 360, 0xfc, 2, 9, 1, 0, 0 },
        { SECTOR, 2, 1, 2, 112, 640, 0xff, 1, 8, 2, 0, 0 },
        { SECTOR, 2, 1, 2, 112, 720, 0xfd, 2, 9, 2, 0, 0 },
    };

    if (u->drive >= HARD_DISK || move(u, false, 1, 1, KFP(disk_scratch)) >= 0 ||
        disk_scratch[1] != 0xff || disk_scratch[2] != 0xff)
        return false;
    for (unsigned i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
        if (old[i].media != disk_scratch[0])
            continue;
        u->bpb = old[i];
        return true;
    }
    return false;
}

static int build_bpb(struct unit *u)
{
    int error;

    error = move(u, false, 0, 1, KFP(disk_scratch));
    if (error >= 0)
        return error;
    memcpy(&u->bpb, disk_scratch + BOOT_BPB, sizeof(u->bpb));
    if (!bpb_plausible(&u->bpb) && !old_bpb(u)) {
        default_bpb(u, &u->bpb);
        return F_MEDIA;
    }
    if (u->drive < HARD_DISK) {
        u->track_sectors = u->bpb.track_sectors ? u->bpb.track_sectors : 18;
        u->heads = u->bpb.heads ? u->bpb.heads : 2;
    }
    u->known = true;
    return -1;
}

static void add_unit(uint8_t drive, uint32_t start, uint32_t sectors, const struct unit *like)
{
    struct unit *u;

    if (unit_count == UNITS)
        return;
    u = &units[unit_count++];
    *u = *like;
    u->drive = drive;
    u->start = start;
    u->sectors = sectors;
    default_bpb(u, &u->bpb);
}

static bool is_fat(uint8_t type)
{
    return type == TYPE_FAT12 || type == TYPE_FAT16_SMALL || type == TYPE_FAT16 ||
           type == TYPE_FAT16_LBA;
}

static bool is_extended(uint8_t type)
{
    return type == TYPE_EXTENDED || type == TYPE_EXTENDED_LBA;
}

struct partition {
    uint8_t active, chs1[3], type, chs2[3];
    uint32_t start, sectors;
} PACKED;

/* One table; *extended: where the next one of a chain is, 0: nowhere. */
static void scan_table(struct unit *whole, uint32_t at, uint32_t base, uint32_t *extended)
{
    struct partition p[PARTITIONS];

    *extended = 0;
    whole->start = 0;
    whole->sectors = 0;
    if (move(whole, false, at, 1, KFP(disk_scratch)) >= 0 || disk_scratch[510] != 0x55 ||
        disk_scratch[511] != 0xaa)
        return;
    memcpy(p, disk_scratch + TABLE, sizeof(p));
    for (unsigned i = 0; i < PARTITIONS; i++) {
        if (is_fat(p[i].type) && p[i].sectors)
            add_unit(whole->drive, at + p[i].start, p[i].sectors, whole);
        else if (is_extended(p[i].type) && p[i].start)
            *extended = base + p[i].start;
    }
}

static void scan_hard_disk(uint8_t drive)
{
    struct unit whole = { .drive = drive };
    struct int_regs r;
    uint32_t first, next;

    if (bios(BIOS_GEOMETRY << 8, 0, drive, 0, &r))
        return;
    whole.track_sectors = r.cx & 63;
    whole.heads = (uint16_t)((r.dx >> 8) + 1);
    if (!whole.track_sectors)
        return;
    r = (struct int_regs){ .ax = BIOS_LBA << 8, .bx = 0x55aa, .dx = drive, .ds = KSEG, .es = KSEG };
    call_int(0x13, &r, 0);
    whole.lba = !(r.flags & FLAG_CARRY) && r.bx == 0xaa55 && (r.cx & 1);
    scan_table(&whole, 0, 0, &first);
    next = first;
    for (unsigned i = 0; next && i < DRIVES; i++)
        scan_table(&whole, next, first, &next);
}

/* Finds the units; how many. */
unsigned disk_init(void)
{
    static const struct unit floppy = { .track_sectors = 18, .heads = 2 };
    uint16_t equipment = get16(FP(0, 0x410));
    uint8_t disks = get8(FP(0, 0x475));

    if (equipment & 1)
        for (unsigned i = 0; i <= (equipment >> 6 & 3u); i++)
            add_unit((uint8_t)i, 0, 0, &floppy);
    for (uint8_t i = 0; i < disks; i++)
        scan_hard_disk((uint8_t)(HARD_DISK + i));
    block_header.name[0] = (char)unit_count;
    return unit_count;
}

/* ---- requests ---- */

static uint16_t failed(int error)
{
    return error < 0 ? STATUS_DONE : (uint16_t)(STATUS_DONE | STATUS_ERROR | error);
}

static uint8_t check_change(struct unit *u)
{
    struct int_regs r;
    uint8_t status;

    if (u->drive >= HARD_DISK)
        return u->known ? MEDIA_SAME : MEDIA_CHANGED;
    if (!u->known)
        return MEDIA_CHANGED;
    status = bios(BIOS_CHANGED << 8, 0, u->drive, 0, &r);
    if (status == 0)
        return MEDIA_SAME;
    u->known = false;
    return MEDIA_CHANGED;
}

struct device_parameters { /* 440Dh/40h, 60h */
    uint8_t special, type;
    uint16_t attributes, cylinders;
    uint8_t media;
    struct bpb bpb;
} PACKED;
enum {
    GEN_SET = 0x40,
    GEN_WRITE = 0x41,
    GEN_FORMAT = 0x42,
    GEN_SET_ID = 0x46,
    GEN_GET = 0x60,
    GEN_READ = 0x61,
    GEN_VERIFY = 0x62,
    GEN_GET_ID = 0x66,
    GEN_ACCESS = 0x67,
    GEN_SENSE = 0x68
};

enum { SPECIAL_MEDIUM = 1, SPECIAL_LAYOUT = 2, SPECIAL_ASK = 1, KIND_FIXED = 5 };

/* Of the medium that is in, or of what the drive usually has. */
static int get_parameters(struct unit *u, uint32_t to)
{
    static const uint8_t kinds[] = { 0, 1, 2, 7, 9 };
    struct device_parameters p = { 0 };
    bool fixed = u->drive >= HARD_DISK;
    unsigned type = fixed ? 0 : floppy_type(u);
    uint32_t total;

    p.special = get8(to);
    if (p.special & SPECIAL_MEDIUM) {
        if (check_change(u) != MEDIA_SAME) {
            int error = build_bpb(u);

            if (error >= 0)
                return error;
        }
        p.bpb = u->bpb;
    } else {
        default_bpb(u, &p.bpb);
    }
    total = p.bpb.sectors ? p.bpb.sectors : p.bpb.big_sectors;
    p.type = fixed ? KIND_FIXED : kinds[type - 1];
    p.attributes = fixed ? 1 : type == TYPE_360K ? 0 : 2;
    if (p.bpb.track_sectors && p.bpb.heads)
        p.cylinders = (uint16_t)(total / p.bpb.track_sectors / p.bpb.heads);
    far_copy(to, KFP(&p), sizeof(p));
    return -1;
}

/* Until the medium is looked at again; a track's layout is always 1, 2, 3... */
static int set_parameters(struct unit *u, uint32_t from)
{
    struct device_parameters p;

    far_copy(KFP(&p), from, sizeof(p));
    if (p.special & SPECIAL_LAYOUT)
        return -1;
    if (!bpb_plausible(&p.bpb))
        return F_GENERAL;
    u->bpb = p.bpb;
    u->known = false;
    if (u->drive >= HARD_DISK) /* its geometry is the disk's */
        return -1;
    if (!p.bpb.track_sectors || p.bpb.track_sectors > 63 || !p.bpb.heads)
        return F_GENERAL;
    u->track_sectors = p.bpb.track_sectors;
    u->heads = p.bpb.heads;
    return -1;
}

/* Reads or writes sectors of one track: head, cylinder, first, count, buffer behind a special byte.
 */
static int track_transfer(struct unit *u, bool write, uint32_t block)
{
    uint16_t head = get16(block + 1), cylinder = get16(block + 3), first = get16(block + 5);
    uint16_t count = get16(block + 7);
    uint32_t sector = ((uint32_t)cylinder * u->heads + head) * u->track_sectors + first;

    return move(u, write, sector - (u->drive >= HARD_DISK ? u->bpb.hidden - u->start : 0), count,
                get32(block + 9));
}

/* Can every sector of a track be read?  A BIOS's own verify may look at nothing. */
static int verify_track(struct unit *u, uint32_t sector)
{
    for (unsigned i = 0; i < u->track_sectors; i++) {
        int error = move(u, false, sector + i, 1, KFP(disk_scratch));

        if (error >= 0)
            return error;
    }
    return -1;
}

static int format_track(struct unit *u, uint32_t block, bool verify)
{
    uint8_t marks[4 * 63];
    uint16_t head = get16(block + 1), cylinder = get16(block + 3);
    uint32_t sector = ((uint32_t)cylinder * u->heads + head) * u->track_sectors;
    struct int_regs r;
    uint8_t status;

    if (!verify && (get8(block) & SPECIAL_ASK)) { /* only whether it could be */
        put8(block, 0);
        return -1;
    }
    if (!verify && u->drive < HARD_DISK) {
        for (unsigned i = 0; i < u->track_sectors; i++) {
            marks[i * 4] = (uint8_t)cylinder;
            marks[i * 4 + 1] = (uint8_t)head;
            marks[i * 4 + 2] = (uint8_t)(i + 1);
            marks[i * 4 + 3] = 2;
        }
        status =
            bios((uint16_t)(BIOS_FORMAT << 8 | u->track_sectors), (uint16_t)(cylinder << 8 | 1),
                 (uint16_t)(head << 8 | u->drive), KFP(marks), &r);
        if (status)
            return fault(status);
    }
    return verify_track(u, sector);
}

static int generic(struct unit *u, struct device_request *q)
{
    uint32_t data = q->generic.data;

    if (q->generic.category != 8)
        return F_COMMAND;
    switch (q->generic.function) {
    case GEN_GET:
        return get_parameters(u, data);
    case GEN_SET:
        return set_parameters(u, data);
    case GEN_READ:
        return track_transfer(u, false, data);
    case GEN_WRITE:
        return track_transfer(u, true, data);
    case GEN_FORMAT:
    case GEN_VERIFY:
        return format_track(u, data, q->generic.function == GEN_VERIFY);
    case GEN_GET_ID:
    case GEN_SET_ID:
        if (move(u, false, 0, 1, KFP(disk_scratch)) >= 0)
            return F_NOT_READY;
        if (disk_scratch[BOOT_SIGNATURE] != EXTENDED_BOOT)
            return F_MEDIA;
        if (q->generic.function == GEN_GET_ID) {
            put16(data, 0);
            far_copy(data + 2, KFP(disk_scratch + BOOT_SERIAL), 23);
            return -1;
        }
        far_copy(KFP(disk_scratch + BOOT_SERIAL), data + 2, 23);
        return move(u, true, 0, 1, KFP(disk_scratch));
    case GEN_ACCESS:
        put8(data + 1, 1);
        return -1;
    case GEN_ACCESS - 0x20:
        return -1;
    case GEN_SENSE:
        put8(data, 1);
        put8(data + 1, 7);
        return -1;
    default:
        return F_COMMAND;
    }
}

static bool query(uint8_t function)
{
    return function == GEN_GET || function == GEN_SET || function == GEN_READ ||
           function == GEN_WRITE || function == GEN_FORMAT || function == GEN_VERIFY ||
           function == GEN_GET_ID || function == GEN_SET_ID;
}

uint16_t disk_request(struct device_request *q)
{
    struct unit *u = &units[q->unit];
    uint32_t sector;

    if (q->unit >= unit_count)
        return failed(1);
    switch (q->command) {
    case CMD_MEDIA_CHECK:
        q->check.changed = check_change(u);
        return STATUS_DONE;
    case CMD_BUILD_BPB:
        q->bpb.bpb = KFP(&u->bpb);
        return failed(build_bpb(u));
    case CMD_READ:
    case CMD_WRITE:
    case CMD_WRITE_VERIFY:
        sector = q->io.sector == 0xffff ? q->io.big_sector : q->io.sector;
        return failed(move(u, q->command != CMD_READ, sector, q->io.count, q->io.address));
    case CMD_REMOVABLE:
        return (uint16_t)(STATUS_DONE | (u->drive >= HARD_DISK ? STATUS_BUSY : 0));
    case CMD_GENERIC_IOCTL:
        return failed(generic(u, q));
    case CMD_QUERY_IOCTL:
        return failed(query(q->generic.function) ? -1 : F_COMMAND);
    case CMD_OPEN:
    case CMD_CLOSE:
    case CMD_GET_LOGICAL:
    case CMD_SET_LOGICAL:
        q->unit = 0;
        return STATUS_DONE;
    default:
        return failed(F_COMMAND);
    }
}
