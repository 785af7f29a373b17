/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82371SB PIIX3, function 1: the IDE interface with its bus master (data sheet 290550, and
 * "Programming Interface for Bus Master IDE Controller" 1.0).  The channels' registers are in
 * ata.c; here are configuration space, what decodes their ports, and the bus master.
 *
 * Not modelled: the timing registers have no effect but the decode enable; slave timing; PCI
 * errors.
 */
#include <string.h>

#include "devices/storage/piix3_ide.h"

enum { CHANNELS = 2, BM_SIZE = 16, BM_BAR = 4 };
enum { IDETIM = 0x40, SIDETIM = 0x44, IDETIM_DECODE = 0x8000 };
enum { BMIC = 0, BMIS = 2, BMIDTP = 4 };           /* in a channel's eight ports */
enum { BMIC_START = 0x01, BMIC_TO_MEMORY = 0x08 }; /* command */
enum { BMIS_ACTIVE = 0x01, BMIS_ERROR = 0x02, BMIS_INT = 0x04, BMIS_CAPABLE = 0x60 };
enum { PRD_EOT = 0x8000 };

struct piix3_ide_state {
    uint8_t config[256];
    uint8_t command[CHANNELS], status[CHANNELS];
    uint8_t last[CHANNELS];     /* the present region is the table's last */
    uint8_t line[CHANNELS];     /* INTRQ */
    uint32_t table[CHANNELS];   /* BMIDTP */
    uint32_t next[CHANNELS];    /* address of the next descriptor */
    uint32_t address[CHANNELS]; /* in the present region */
    uint32_t left[CHANNELS];    /* bytes of it */
};

struct piix3_ide;
struct piix3_ide_master { /* what a channel's bus master is given */
    struct piix3_ide *ide;
    unsigned channel;
};

struct piix3_ide {
    struct pci_device pci; /* first member */
    struct irq irq[CHANNELS];
    struct device *ata[CHANNELS];
    struct piix3_ide_master master[CHANNELS];
    struct piix3_ide_state s;
};

/* ---- the bus master ---- */

/* Reads the next region descriptor. */
static void next_region(struct piix3_ide *ide, unsigned n)
{
    struct piix3_ide_state *s = &ide->s;
    uint8_t prd[8];

    mem_dma_read(ide->pci.dev.board->memory, s->next[n], prd, sizeof(prd));
    s->next[n] += sizeof(prd);
    s->address[n] = pci_get32(prd, 0) & ~1u;
    s->left[n] = pci_get16(prd, 4) & 0xfffeu;
    if (!s->left[n])
        s->left[n] = 0x10000;
    s->last[n] = pci_get16(prd, 6) & PRD_EOT ? 1 : 0;
}

static unsigned transfer(void *ctx, bool to_memory, uint8_t *buf, unsigned len)
{
    struct piix3_ide *ide = ((struct piix3_ide_master *)ctx)->ide;
    unsigned n = ((struct piix3_ide_master *)ctx)->channel, done = 0;
    struct piix3_ide_state *s = &ide->s;
    struct memory *memory = ide->pci.dev.board->memory;

    if (!(s->status[n] & BMIS_ACTIVE) || to_memory != !!(s->command[n] & BMIC_TO_MEMORY) ||
        !(s->config[PCI_COMMAND] & PCI_COMMAND_MASTER))
        return 0;
    while (done < len && (s->status[n] & BMIS_ACTIVE)) {
        uint32_t part = len - done;

        if (!s->left[n])
            next_region(ide, n);
        if (part > s->left[n])
            part = s->left[n];
        if (to_memory)
            mem_dma_write(memory, s->address[n], buf + done, part);
        else
            mem_dma_read(memory, s->address[n], buf + done, part);
        done += part;
        s->address[n] += part;
        s->left[n] -= part;
        if (!s->left[n] && s->last[n])
            s->status[n] &= (uint8_t)~BMIS_ACTIVE;
    }
    return done;
}

/* INTRQ of a channel on its way to the interrupt controller. */
static void channel_irq(void *ctx, unsigned number, bool level)
{
    struct piix3_ide *ide = ctx;

    if (level && !ide->s.line[number])
        ide->s.status[number] |= BMIS_INT;
    ide->s.line[number] = level;
    irq_set(&ide->irq[number], level);
}

static void write_command(struct piix3_ide *ide, unsigned n, uint8_t value)
{
    struct piix3_ide_state *s = &ide->s;
    uint8_t old = s->command[n];

    s->command[n] = value & (BMIC_START | BMIC_TO_MEMORY);
    if (!(value & BMIC_START)) {
        s->status[n] &= (uint8_t)~BMIS_ACTIVE;
    } else if (!(old & BMIC_START)) {
        s->status[n] |= BMIS_ACTIVE;
        s->next[n] = s->table[n];
        s->left[n] = 0;
        s->last[n] = 0;
        ata_channel_kick(ide->ata[n]);
    }
}

static uint8_t read_byte(const struct piix3_ide *ide, uint32_t offset)
{
    unsigned n = offset >> 3;

    switch (offset & 7) {
    case BMIC:
        return ide->s.command[n];
    case BMIS:
        return ide->s.status[n];
    case BMIDTP:
    case BMIDTP + 1:
    case BMIDTP + 2:
    case BMIDTP + 3:
        return (uint8_t)(ide->s.table[n] >> (8 * (offset & 3)));
    default:
        return 0;
    }
}

static void write_byte(struct piix3_ide *ide, uint32_t offset, uint8_t value)
{
    unsigned n = offset >> 3, shift = 8 * (offset & 3);
    uint8_t *status = &ide->s.status[n];

    switch (offset & 7) {
    case BMIC:
        write_command(ide, n, value);
        break;
    case BMIS:
        *status &= (uint8_t) ~(value & (BMIS_ERROR | BMIS_INT));
        *status = (uint8_t)((*status & ~BMIS_CAPABLE) | (value & BMIS_CAPABLE));
        break;
    case BMIDTP:
    case BMIDTP + 1:
    case BMIDTP + 2:
    case BMIDTP + 3:
        ide->s.table[n] = (ide->s.table[n] & ~(0xffu << shift)) | (uint32_t)value << shift;
        ide->s.table[n] &= ~3u;
        break;
    }
}

static uint32_t master_read(struct device *dev, uint32_t offset, unsigned size)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)read_byte((struct piix3_ide *)dev, offset + i) << (8 * i);
    trace(dev, TRACE_IO, "read bm%x = %x", offset, value);
    return value;
}

static void master_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    trace(dev, TRACE_IO, "write bm%x = %x", offset, value);
    for (unsigned i = 0; i < size; i++)
        write_byte((struct piix3_ide *)dev, offset + i, (uint8_t)(value >> (8 * i)));
}

/* ---- configuration space ---- */

static void map_master(struct pci_device *pci, unsigned bar, uint32_t address, bool enabled)
{
    (void)bar;
    bus_move(pci->dev.maps[0], (uint16_t)address, enabled);
}

static void update_decode(struct piix3_ide *ide)
{
    bool io = ide->s.config[PCI_COMMAND] & PCI_COMMAND_IO;

    for (unsigned n = 0; n < CHANNELS; n++)
        ata_channel_enable(ide->ata[n],
                           io && (pci_get16(ide->s.config, IDETIM + 2 * n) & IDETIM_DECODE));
}

static void config_written(struct pci_device *pci, unsigned offset, unsigned size)
{
    (void)offset;
    (void)size;
    update_decode((struct piix3_ide *)pci);
}

/* ---- the device ---- */

static void reset(struct device *dev, enum reset_kind kind)
{
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    (void)kind;
    memset(&ide->s, 0, sizeof(ide->s));
    pci_reset(&ide->pci, 0x8086, 0x7010, 0, 0x010180, 0, 0);
    pci_put16(ide->s.config, PCI_STATUS, 0x0280);
    for (unsigned n = 0; n < CHANNELS; n++)
        irq_set(&ide->irq[n], false);
    pci_remap(&ide->pci);
    update_decode(ide);
}

static bool check(struct device *dev, struct error *err)
{
    const struct piix3_ide_state *s = &((struct piix3_ide *)dev)->s;
    bool good = true;

    for (unsigned n = 0; n < CHANNELS; n++)
        if (s->left[n] > 0x10000 || s->last[n] > 1 || s->line[n] > 1)
            good = false;
    return good || error_set(err, "the saved state of %s is not one that it can be in", dev->name);
}

static void resume(struct device *dev)
{
    struct piix3_ide *ide = (struct piix3_ide *)dev;

    pci_remap(&ide->pci);
    update_decode(ide);
}

static void release(struct device *dev)
{
    pci_remove((struct pci_device *)dev);
}

static const struct port_range ports[] = {
    { .count = BM_SIZE, .sizes = 7, .hidden = true, .read = master_read, .write = master_write },
    { 0 },
};

static const struct field fields[] = {
    FIELD_ARRAY(struct piix3_ide, s.config), FIELD_ARRAY(struct piix3_ide, s.command),
    FIELD_ARRAY(struct piix3_ide, s.status), FIELD_ARRAY(struct piix3_ide, s.last),
    FIELD_ARRAY(struct piix3_ide, s.line),   FIELD_ARRAY(struct piix3_ide, s.table),
    FIELD_ARRAY(struct piix3_ide, s.next),   FIELD_ARRAY(struct piix3_ide, s.address),
    FIELD_ARRAY(struct piix3_ide, s.left),   { 0 },
};

static const struct device_class piix3_ide_class = {
    .name = "piix3_ide",
    .version = 1,
    .state_offset = offsetof(struct piix3_ide, s),
    .state_size = sizeof(struct piix3_ide_state),
    .ports = ports,
    .fields = fields,
    .reset = reset,
    .check = check,
    .resume = resume,
    .free = release,
};

static bool add_channels(struct piix3_ide *ide, struct drive *const disks[4],
                         const struct ata_geometry geometry[4], bool fast, struct error *err)
{
    static const char *const names[CHANNELS] = { "ide0", "ide1" };
    static const uint16_t bases[CHANNELS] = { 0x1f0, 0x170 };

    for (unsigned n = 0; n < CHANNELS; n++) {
        ide->master[n] = (struct piix3_ide_master){ ide, n };
        ide->ata[n] =
            ata_channel_new(ide->pci.dev.board, names[n], bases[n],
                            (struct irq){ channel_irq, ide, n }, disks + 2 * n, geometry + 2 * n,
                            (struct ata_dma){ transfer, &ide->master[n] }, fast, err);
        if (!ide->ata[n])
            return false;
    }
    return true;
}

struct device *piix3_ide_new(struct board *board, struct pci_bus *bus, struct irq irq14,
                             struct irq irq15, struct drive *const disks[4],
                             const struct ata_geometry geometry[4], bool fast, struct error *err)
{
    struct piix3_ide *ide = device_new(board, &piix3_ide_class, sizeof(*ide), "ide", 0, err);
    struct pci_device *pci;

    if (!ide)
        return NULL;
    pci = &ide->pci;
    ide->irq[0] = irq14;
    ide->irq[1] = irq15;
    if (!add_channels(ide, disks, geometry, fast, err) ||
        !pci_add(bus, pci, 1, 1, ide->s.config, err))
        return NULL;
    pci_put16(pci->wmask, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER);
    pci->wmask[PCI_INTERRUPT_LINE] = 0;
    pci->wmask[0x0d] = 0xf0; /* latency timer */
    pci_put32(pci->wmask, IDETIM, 0xffffffff);
    pci->wmask[SIDETIM] = 0xff;
    pci_bar(pci, BM_BAR, BM_SIZE, true, false, map_master);
    pci->written = config_written;
    device_reset(&pci->dev, RESET_POWER_ON);
    return &pci->dev;
}

/* 0: as it is, 1: LBA-assisted.  INT 13h has ten bits for cylinders. */
uint8_t piix3_ide_translation(const struct device *dev)
{
    const struct piix3_ide *ide = (const struct piix3_ide *)dev;
    struct ata_geometry geometry;
    uint8_t bits = 0;

    for (unsigned i = 0; i < 4; i++)
        if (ata_channel_geometry(ide->ata[i / 2], i % 2, &geometry) && geometry.cylinders > 1024)
            bits |= (uint8_t)(1u << (2 * i));
    return bits;
}
