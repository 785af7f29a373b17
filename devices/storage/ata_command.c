/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of an ATA disk (ATA/ATAPI-4, clause 8, with ATA/ATAPI-6 for 48-bit addresses), and
 * those that a packet device has beside PACKET.  See ata.c.
 */
#include "devices/storage/ata_internal.h"

enum { POWER_ACTIVE = 0xff, POWER_IDLE = 0x80, POWER_STANDBY = 0x00 };
enum { WP = 0x40 }; /* error register, for writes */

#define LBA28_LAST 0x0fffffffu

/* How a data command moves its data. */
enum { F_OUT = 1, F_VERIFY = 2, F_DMA = 4, F_MULTIPLE = 8, F_EXT = 16 };

static uint8_t reg(const struct ata_channel *c, const uint8_t regs[4])
{
    return regs[c->s.unit * 2];
}

/* The address in the task file; false: there is no such sector in this translation. */
static bool get_address(const struct ata_channel *c, uint64_t *lba)
{
    const struct ata_state *s = &c->s;
    unsigned r = s->unit * 2, cylinder, head = s->select & 0x0f, sector = s->low[r];

    if (s->by_lba) {
        *lba = (uint64_t)s->low[r] | (uint64_t)s->mid[r] << 8 | (uint64_t)s->high[r] << 16;
        if (s->ext)
            *lba |= (uint64_t)s->low[r + 1] << 24 | (uint64_t)s->mid[r + 1] << 32 |
                    (uint64_t)s->high[r + 1] << 40;
        else
            *lba |= (uint64_t)head << 24;
    } else {
        cylinder = s->mid[r] | (unsigned)s->high[r] << 8;
        if (!sector || sector > s->sectors[s->unit] || head >= s->heads[s->unit] ||
            cylinder >= ata_cylinders(c, s->unit))
            return false;
        *lba = ((uint64_t)cylinder * s->heads[s->unit] + head) * s->sectors[s->unit] + sector - 1;
    }
    return *lba < ata_capacity(c, s->unit);
}

static void cmd_data(struct ata_channel *c, unsigned flags)
{
    struct ata_state *s = &c->s;
    const struct drive *drive = c->disks[s->unit].drive;
    unsigned r = s->unit * 2;

    s->by_lba = s->select & ATA_LBA ? 1 : 0;
    s->ext = flags & F_EXT ? 1 : 0;
    s->dma = flags & F_DMA ? 1 : 0;
    s->internal = 0;
    s->flow = flags & F_OUT ? ATA_FLOW_OUT : flags & F_VERIFY ? ATA_FLOW_VERIFY : ATA_FLOW_IN;
    s->block = flags & F_MULTIPLE ? s->multiple[s->unit] : 1;
    if (s->ext)
        s->left = s->count[r + 1] << 8 | s->count[r] ? s->count[r + 1] << 8 | s->count[r] : 65536;
    else
        s->left = s->count[r] ? s->count[r] : 256;
    if (!s->block || (s->dma && !c->dma.transfer) ||
        (s->ext && (!s->by_lba || ata_native_capacity(c, s->unit) <= LBA28_LAST))) {
        ata_error(c, ATA_ABRT);
    } else if (!get_address(c, &s->lba)) {
        ata_error(c, ATA_IDNF);
    } else if (s->flow == ATA_FLOW_OUT && drive->media->read_only) {
        ata_error(c, WP | ATA_ABRT);
    } else {
        s->power[s->unit] = POWER_ACTIVE;
        ata_begin(c);
    }
}

/* Data of the drive itself: one block of 512 bytes. */
static void cmd_internal(struct ata_channel *c, enum ata_flow flow)
{
    struct ata_state *s = &c->s;

    s->internal = 1;
    s->flow = (uint8_t)flow;
    s->dma = s->ext = 0;
    s->block = 1;
    s->left = 1;
    s->lba = 0;
    ata_begin(c);
}

static void cmd_abort(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_error(c, ATA_ABRT);
}

static void cmd_identify(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_identify(c, c->s.unit, c->s.buffer);
    cmd_internal(c, ATA_FLOW_IN);
}

static void cmd_buffer(struct ata_channel *c, unsigned arg)
{
    cmd_internal(c, arg & F_OUT ? ATA_FLOW_OUT : ATA_FLOW_IN);
}

static void cmd_recalibrate(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_complete(c);
}

static void cmd_seek(struct ata_channel *c, unsigned arg)
{
    uint64_t lba;

    (void)arg;
    c->s.by_lba = c->s.select & ATA_LBA ? 1 : 0;
    c->s.ext = 0;
    if (get_address(c, &lba))
        ata_complete(c);
    else
        ata_error(c, ATA_IDNF);
}

static void cmd_diagnostic(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_signature(c);
    ata_complete(c);
    c->s.error[0] = c->s.error[1] = 1; /* no error detected */
}

static void cmd_initialize_parameters(struct ata_channel *c, unsigned arg)
{
    struct ata_state *s = &c->s;

    (void)arg;
    if (!reg(c, s->count)) {
        ata_error(c, ATA_ABRT);
        return;
    }
    s->sectors[s->unit] = reg(c, s->count);
    s->heads[s->unit] = (uint8_t)((s->select & 0x0f) + 1);
    ata_complete(c);
}

static void cmd_set_multiple(struct ata_channel *c, unsigned arg)
{
    uint8_t n = reg(c, c->s.count);
    bool good = n <= ATA_MULTIPLE_MAX && !(n & (n - 1));

    (void)arg;
    c->s.multiple[c->s.unit] = good ? n : 0;
    if (good)
        ata_complete(c);
    else
        ata_error(c, ATA_ABRT);
}

static void cmd_flush(struct ata_channel *c, unsigned arg)
{
    if ((arg & F_EXT) && ata_native_capacity(c, c->s.unit) <= LBA28_LAST)
        ata_error(c, ATA_ABRT);
    else
        ata_flush(c);
}

/* What is in the write cache goes to the medium before it stops. */
static void cmd_power(struct ata_channel *c, unsigned mode)
{
    c->s.power[c->s.unit] = (uint8_t)mode;
    if (mode == POWER_STANDBY)
        ata_flush(c);
    else
        ata_complete(c);
}

static void cmd_check_power(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    c->s.count[c->s.unit * 2] = c->s.power[c->s.unit];
    ata_complete(c);
}

static bool set_transfer_mode(struct ata_channel *c)
{
    uint8_t mode = reg(c, c->s.count), kind = mode & 0xf8, n = mode & 7;
    bool dma = c->dma.transfer && (kind == ATA_MODE_SWDMA || kind == ATA_MODE_MWDMA) && n <= 2;

    if (dma)
        c->s.mode[c->s.unit] = mode;
    return dma || mode <= 1 || (kind == 0x08 && n <= 4);
}

static void cmd_set_features(struct ata_channel *c, unsigned arg)
{
    struct ata_state *s = &c->s;
    bool good = true;

    (void)arg;
    switch (reg(c, s->feature)) {
    case 0x02:
    case 0x82: /* what the cache holds is written when it is switched off */
        s->write_cache[s->unit] = reg(c, s->feature) == 0x02;
        if (!s->write_cache[s->unit]) {
            ata_flush(c);
            return;
        }
        break;
    case 0x03:
        good = set_transfer_mode(c);
        break;
    case 0x55:
    case 0xaa:
        s->look_ahead[s->unit] = reg(c, s->feature) == 0xaa;
        break;
    case 0x66:
    case 0xcc:
        s->revert[s->unit] = reg(c, s->feature) == 0xcc;
        break;
    default:
        good = false;
        break;
    }
    if (good)
        ata_complete(c);
    else
        ata_error(c, ATA_ABRT);
}

/* ---- the host protected area ---- */

/* The last sector's address goes where a command's address is. */
static void put_address(struct ata_channel *c, uint64_t lba, bool ext)
{
    struct ata_state *s = &c->s;
    unsigned r = s->unit * 2;

    s->low[r] = (uint8_t)lba;
    s->mid[r] = (uint8_t)(lba >> 8);
    s->high[r] = (uint8_t)(lba >> 16);
    if (ext) {
        s->low[r + 1] = (uint8_t)(lba >> 24);
        s->mid[r + 1] = (uint8_t)(lba >> 32);
        s->high[r + 1] = (uint8_t)(lba >> 40);
    } else {
        s->select = (uint8_t)((s->select & 0xf0) | (lba >> 24 & 0x0f));
    }
}

static void cmd_read_native_max(struct ata_channel *c, unsigned arg)
{
    uint64_t last = ata_native_capacity(c, c->s.unit) - 1;

    if (!(c->s.select & ATA_LBA) || ((arg & F_EXT) && last < LBA28_LAST)) {
        ata_error(c, ATA_ABRT);
        return;
    }
    if (!(arg & F_EXT) && last > LBA28_LAST)
        last = LBA28_LAST;
    put_address(c, last, arg & F_EXT);
    c->s.native[c->s.unit] = 1;
    ata_complete(c);
}

/* Only right after READ NATIVE MAX ADDRESS; the password commands are not there. */
static void cmd_set_max(struct ata_channel *c, unsigned arg)
{
    struct ata_state *s = &c->s;
    unsigned r = s->unit * 2;
    uint64_t all = ata_native_capacity(c, s->unit), last;

    if (!s->native[s->unit] || !(s->select & ATA_LBA) || (!(arg & F_EXT) && s->feature[r]) ||
        ((arg & F_EXT) && all <= LBA28_LAST)) {
        ata_error(c, ATA_ABRT);
        return;
    }
    last = (uint64_t)s->low[r] | (uint64_t)s->mid[r] << 8 | (uint64_t)s->high[r] << 16;
    if (arg & F_EXT)
        last |= (uint64_t)s->low[r + 1] << 24 | (uint64_t)s->mid[r + 1] << 32 |
                (uint64_t)s->high[r + 1] << 40;
    else
        last |= (uint64_t)(s->select & 0x0f) << 24;
    if (last >= all) {
        ata_error(c, ATA_IDNF);
        return;
    }
    s->max[s->unit] = last + 1 == all ? 0 : last + 1;
    ata_complete(c);
}

/* ---- the table ---- */

static const struct command {
    uint8_t first, last;
    void (*run)(struct ata_channel *c, unsigned arg);
    unsigned arg;
} commands[] = {
    { 0x10, 0x1f, cmd_recalibrate, 0 },
    { 0x20, 0x21, cmd_data, 0 },
    { 0x24, 0x24, cmd_data, F_EXT },
    { 0x25, 0x25, cmd_data, F_EXT | F_DMA },
    { 0x27, 0x27, cmd_read_native_max, F_EXT },
    { 0x29, 0x29, cmd_data, F_EXT | F_MULTIPLE },
    { 0x30, 0x31, cmd_data, F_OUT },
    { 0x34, 0x34, cmd_data, F_OUT | F_EXT },
    { 0x35, 0x35, cmd_data, F_OUT | F_EXT | F_DMA },
    { 0x37, 0x37, cmd_set_max, F_EXT },
    { 0x39, 0x39, cmd_data, F_OUT | F_EXT | F_MULTIPLE },
    { 0x3c, 0x3c, cmd_data, F_OUT }, /* WRITE VERIFY */
    { 0x40, 0x41, cmd_data, F_VERIFY },
    { 0x42, 0x42, cmd_data, F_VERIFY | F_EXT },
    { 0x70, 0x7f, cmd_seek, 0 },
    { 0x90, 0x90, cmd_diagnostic, 0 },
    { 0x91, 0x91, cmd_initialize_parameters, 0 },
    { 0x94, 0x94, cmd_power, POWER_STANDBY },
    { 0x95, 0x95, cmd_power, POWER_IDLE },
    { 0x96, 0x96, cmd_power, POWER_STANDBY },
    { 0x97, 0x97, cmd_power, POWER_IDLE },
    { 0x98, 0x98, cmd_check_power, 0 },
    { 0x99, 0x99, cmd_power, POWER_STANDBY }, /* SLEEP */
    { 0xc4, 0xc4, cmd_data, F_MULTIPLE },
    { 0xc5, 0xc5, cmd_data, F_OUT | F_MULTIPLE },
    { 0xc6, 0xc6, cmd_set_multiple, 0 },
    { 0xc8, 0xc9, cmd_data, F_DMA },
    { 0xca, 0xcb, cmd_data, F_OUT | F_DMA },
    { 0xe0, 0xe0, cmd_power, POWER_STANDBY },
    { 0xe1, 0xe1, cmd_power, POWER_IDLE },
    { 0xe2, 0xe2, cmd_power, POWER_STANDBY },
    { 0xe3, 0xe3, cmd_power, POWER_IDLE },
    { 0xe4, 0xe4, cmd_buffer, 0 },
    { 0xe5, 0xe5, cmd_check_power, 0 },
    { 0xe6, 0xe6, cmd_power, POWER_STANDBY },
    { 0xe7, 0xe7, cmd_flush, 0 },
    { 0xe8, 0xe8, cmd_buffer, F_OUT },
    { 0xea, 0xea, cmd_flush, F_EXT },
    { 0xec, 0xec, cmd_identify, 0 },
    { 0xef, 0xef, cmd_set_features, 0 },
    { 0xf8, 0xf8, cmd_read_native_max, 0 },
    { 0xf9, 0xf9, cmd_set_max, 0 },
    { 0x00, 0xff, cmd_abort, 0 }, /* all others: NOP, the packet commands, what is obsolete */
};

/* ---- a packet device ---- */

static void cmd_device_reset(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_unit_signature(c, c->s.unit);
    atapi_device_reset(c, c->s.unit);
    c->s.step = ATA_STEP_IDLE; /* without an interrupt */
}

/* How a host that does not know it yet learns what is there. */
static void cmd_not_a_disk(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_unit_signature(c, c->s.unit);
    ata_error(c, ATA_ABRT);
}

static void cmd_packet(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    atapi_begin(c);
}

static void cmd_identify_packet(struct ata_channel *c, unsigned arg)
{
    (void)arg;
    ata_identify_packet(c, c->s.unit, c->s.buffer);
    cmd_internal(c, ATA_FLOW_IN);
}

static void cmd_packet_power(struct ata_channel *c, unsigned mode)
{
    c->s.power[c->s.unit] = (uint8_t)mode;
    ata_complete(c);
}

static void cmd_packet_features(struct ata_channel *c, unsigned arg)
{
    switch (reg(c, c->s.feature)) {
    case 0x03:
    case 0x66:
    case 0xcc:
        cmd_set_features(c, arg);
        break;
    default: /* there is no cache to be set */
        ata_error(c, ATA_ABRT);
        break;
    }
}

static const struct command packet_commands[] = {
    { 0x08, 0x08, cmd_device_reset, 0 },
    { 0x20, 0x20, cmd_not_a_disk, 0 },
    { 0x90, 0x90, cmd_diagnostic, 0 },
    { 0xa0, 0xa0, cmd_packet, 0 },
    { 0xa1, 0xa1, cmd_identify_packet, 0 },
    { 0xe0, 0xe0, cmd_packet_power, POWER_STANDBY },
    { 0xe1, 0xe1, cmd_packet_power, POWER_IDLE },
    { 0xe5, 0xe5, cmd_check_power, 0 },
    { 0xe6, 0xe6, cmd_packet_power, POWER_STANDBY },
    { 0xec, 0xec, cmd_not_a_disk, 0 },
    { 0xef, 0xef, cmd_packet_features, 0 },
    { 0x00, 0xff, cmd_abort, 0 },
};

void ata_execute(struct ata_channel *c)
{
    const struct command *command = c->disks[c->s.unit].cdrom ? packet_commands : commands;

    if (c->s.command != 0xf9 && c->s.command != 0x37)
        c->s.native[c->s.unit] = 0;
    while (c->s.command < command->first || c->s.command > command->last)
        command++;
    command->run(c, command->arg);
}
