/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82441FX PCI and Memory Controller (PMC): the host bridge of the 440FX.
 * Source: Intel 440FX PCIset: 82441FX (PMC) and 82442FX (DBX) data sheet, order number 290549.
 *
 * Modelled: configuration mechanism 1 (CF8h, CFCh), PAM0-PAM6, SMRAM (there is no SMM, so only
 * D_OPEN shows the memory), the turbo reset control register.
 * Not modelled: the DRAM row and timing registers hold what is written but the map does not follow
 * them, the fixed hole (FDHC) likewise; no parity, no ECC, no latency timers.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/pci/i440fx.h"

enum { HOST_VENDOR = 0x8086, HOST_DEVICE = 0x1237, HOST_REVISION = 2, HOST_CLASS = 0x060000 };
/* What SeaBIOS takes as the sign of this board. */
enum { HOST_SUBSYSTEM_VENDOR = 0x1af4, HOST_SUBSYSTEM = 0x1100 };

enum {
    REG_MLT = 0x0d,
    REG_PMCCFG = 0x50, /* two bytes */
    REG_DETURBO = 0x52,
    REG_DBC = 0x53,
    REG_AXC = 0x54,
    REG_DRT = 0x55, /* two bytes */
    REG_DRAMC = 0x57,
    REG_DRAMT = 0x58,
    REG_PAM0 = 0x59,
    REG_PAM6 = 0x5f,
    REG_DRB0 = 0x60,
    REG_FDHC = 0x68,
    REG_MTT = 0x70,
    REG_CLT = 0x71,
    REG_SMRAM = 0x72,
    REG_ERRCMD = 0x90,
    REG_ERRSTS = 0x91,
    REG_TRC = 0x93,
};
enum { PAM_READ = 1, PAM_WRITE = 2 };
enum { SMRAM_OPEN = 0x40, SMRAM_CLOSED = 0x20, SMRAM_LOCK = 0x10, SMRAM_ENABLE = 0x08 };
enum { SMRAM_BASE_A0000 = 2, SMRAM_WRITABLE = 0x78 };
enum { TRC_HARD = 2, TRC_RESET = 4, TRC_WRITABLE = 0x0f };
enum { CONFADD_WRITABLE = 0x00fffffc };
#define CONFADD_ENABLE 0x80000000u

#define PAM_AREAS  13
#define PAM_BASE   0xc0000u
#define PAM_AREA   0x4000u /* all but F0000-FFFFF */
#define UPPER_BASE 0x100000u
#define LOWER_SIZE 0xa0000u
#define ALIAS_BASE 0xe0000u
#define ALIAS_SIZE 0x20000u
#define RAM_MAX    0x80000000u
/* The firmware once more where the CPU looks for it when A20 is masked. */
#define ALIAS_NO_A20 0xffee0000u

struct i440fx {
    struct pci_device pci; /* first member */
    struct pci_bus *bus;
    uint8_t *ram, *bios;
    uint32_t bios_size;
    uint8_t *floating; /* what reads see where nothing answers: 16 KB of ones */
    struct mem_region *lower, *upper, *rom, *rom_no_a20, *smram, *pam[PAM_AREAS];
    struct i440fx_state {
        uint8_t config[256];
        uint32_t confadd;
    } s;
};

/* ---- memory ---- */

static uint32_t pam_start(unsigned area)
{
    return PAM_BASE + area * PAM_AREA;
}

/* The two bits of one area: PAM0 holds F0000-FFFFF in its upper half, PAM1-6 two areas each. */
static unsigned pam_bits(const struct i440fx *host, unsigned area)
{
    unsigned reg = area == PAM_AREAS - 1 ? REG_PAM0 : REG_PAM0 + 1 + area / 2;
    bool upper = area == PAM_AREAS - 1 || area & 1;

    return host->s.config[reg] >> (upper ? 4 : 0) & (PAM_READ | PAM_WRITE);
}

static void map_pam_area(struct i440fx *host, unsigned area)
{
    uint32_t start = pam_start(area);
    struct mem_region *region = host->pam[area];
    uint8_t *ram = host->ram + start;
    bool firmware = start >= ALIAS_BASE;
    uint8_t *rom = firmware ? host->bios + host->bios_size - (UPPER_BASE - start) : host->floating;
    unsigned bits = pam_bits(host, area);

    switch (bits) {
    case PAM_READ | PAM_WRITE:
        mem_set_backing(region, MEM_RAM, ram, NULL);
        break;
    case PAM_READ:
        mem_set_backing(region, MEM_ROM, ram, NULL);
        break;
    case PAM_WRITE:
        mem_set_backing(region, MEM_ROM_OVER_RAM, rom, ram);
        break;
    default:
        mem_set_backing(region, MEM_ROM, rom, NULL);
        break;
    }
    /* C0000-DFFFF of the bus: left to whoever may be there. */
    mem_move(region, start, bits || firmware);
}

static void map_memory(struct i440fx *host)
{
    struct memory *memory = host->pci.dev.board->memory;
    uint8_t smram = host->s.config[REG_SMRAM];

    mem_begin(memory);
    for (unsigned area = 0; area < PAM_AREAS; area++)
        map_pam_area(host, area);
    mem_move(host->smram, LOWER_SIZE,
             (smram & SMRAM_ENABLE) && (smram & SMRAM_OPEN) && !(smram & SMRAM_CLOSED));
    mem_end(memory);
}

/* ---- configuration registers ---- */

static void write_smram(struct i440fx *host)
{
    uint8_t *c = host->s.config;

    if (c[REG_SMRAM] & SMRAM_LOCK) {
        /* From now on, until a reset, nothing changes and the memory is not seen. */
        c[REG_SMRAM] &= (uint8_t)~SMRAM_OPEN;
        host->pci.wmask[REG_SMRAM] = SMRAM_CLOSED;
    }
}

static void write_turbo_reset(struct i440fx *host)
{
    const struct board *board = host->pci.dev.board;
    uint8_t trc = host->s.config[REG_TRC];

    if (!(trc & TRC_RESET))
        return;
    host->s.config[REG_TRC] &= (uint8_t)~TRC_RESET; /* gone again when the CPU can look */
    trace(&host->pci.dev, TRACE_ODD, "reset by TRC %02x", trc);
    if (!board->hooks)
        return;
    if ((trc & TRC_HARD) && board->hooks->reset)
        board->hooks->reset(board->hooks_ctx);
    else if (!(trc & TRC_HARD) && board->hooks->init)
        board->hooks->init(board->hooks_ctx);
}

static bool within(unsigned reg, unsigned offset, unsigned size)
{
    return reg >= offset && reg < offset + size;
}

static void i440fx_written(struct pci_device *pci, unsigned offset, unsigned size)
{
    struct i440fx *host = (struct i440fx *)pci;

    if (within(REG_SMRAM, offset, size))
        write_smram(host);
    if (within(REG_TRC, offset, size))
        write_turbo_reset(host);
    if (within(REG_SMRAM, offset, size) || (offset <= REG_PAM6 && offset + size > REG_PAM0))
        map_memory(host);
}

static void set_write_masks(struct i440fx *host)
{
    uint8_t *m = host->pci.wmask;

    pci_put16(m, PCI_COMMAND, 0x0140); /* memory and master are hard-wired to 1 */
    m[PCI_INTERRUPT_LINE] = 0;
    m[REG_MLT] = 0xf8;
    memset(m + REG_PMCCFG, 0xff, REG_DRAMT + 1 - REG_PMCCFG);
    m[REG_PAM0] = 0x30;
    memset(m + REG_PAM0 + 1, 0x33, REG_PAM6 - REG_PAM0);
    memset(m + REG_DRB0, 0xff, 8);
    m[REG_FDHC] = 0xc0;
    m[REG_MTT] = 0xff;
    m[REG_CLT] = 0xff;
    m[REG_SMRAM] = SMRAM_WRITABLE;
    m[REG_ERRCMD] = 0xff;
    m[REG_TRC] = TRC_WRITABLE;
    host->pci.w1c[REG_ERRSTS] = 0x11;
}

/* ---- ports CF8h-CFFh ---- */

static uint32_t confadd_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct i440fx *host = (struct i440fx *)dev;
    const struct pci_port *rc = pci_bus_reset_port(host->bus);

    if (size == 4)
        return host->s.confadd;
    if (size == 1 && offset == 1 && rc->read)
        return rc->read(rc->ctx);
    return UINT32_MAX;
}

static void confadd_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i440fx *host = (struct i440fx *)dev;
    const struct pci_port *rc = pci_bus_reset_port(host->bus);

    if (size == 4)
        host->s.confadd = value & (CONFADD_ENABLE | CONFADD_WRITABLE);
    else if (size == 1 && offset == 1 && rc->write)
        rc->write(rc->ctx, (uint8_t)value);
}

/* Bus 0 is the only one there is; without the enable bit this is an ordinary port nobody claims. */
static bool confadd_selects(const struct i440fx *host)
{
    return (host->s.confadd & CONFADD_ENABLE) && !(host->s.confadd >> 16 & 0xff);
}

static uint32_t confdata_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct i440fx *host = (struct i440fx *)dev;
    uint32_t at = host->s.confadd;
    uint32_t value = UINT32_MAX;

    if (confadd_selects(host))
        value = pci_config_read(host->bus, at >> 8 & 0xff, (at & 0xfc) + offset, size);
    trace(dev, TRACE_IO, "config %08x+%u read %0*x", at, offset, (int)(2 * size), value);
    return value;
}

static void confdata_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i440fx *host = (struct i440fx *)dev;
    uint32_t at = host->s.confadd;

    trace(dev, TRACE_IO, "config %08x+%u write %0*x", at, offset, (int)(2 * size), value);
    if (!confadd_selects(host))
        return;
    /* One change of the map for all the BARs a command write may move. */
    mem_begin(dev->board->memory);
    pci_config_write(host->bus, at >> 8 & 0xff, (at & 0xfc) + offset, value, size);
    mem_end(dev->board->memory);
}

/* ---- the device ---- */

static void i440fx_reset(struct device *dev, enum reset_kind kind)
{
    struct i440fx *host = (struct i440fx *)dev;
    uint8_t *c = host->s.config;

    (void)kind;
    pci_reset(&host->pci, HOST_VENDOR, HOST_DEVICE, HOST_REVISION, HOST_CLASS, 0, 0);
    pci_put16(c, PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_put16(c, PCI_STATUS, 0x0280); /* fast back-to-back, medium DEVSEL# */
    pci_put16(c, PCI_SUBSYSTEM_VENDOR, HOST_SUBSYSTEM_VENDOR);
    pci_put16(c, PCI_SUBSYSTEM, HOST_SUBSYSTEM);
    c[REG_DBC] = 0x80;
    c[REG_DRAMC] = 0x01;
    c[REG_DRAMT] = 0x10;
    memset(c + REG_DRB0, 0x01, 8);
    c[REG_CLT] = 0x10;
    c[REG_SMRAM] = SMRAM_BASE_A0000;
    set_write_masks(host);
    host->s.confadd = 0;
    map_memory(host);
}

static bool i440fx_check(struct device *dev, struct error *err)
{
    const struct i440fx *host = (const struct i440fx *)dev;
    const uint8_t *c = host->s.config;

    if (pci_get16(c, PCI_VENDOR) != HOST_VENDOR || pci_get16(c, PCI_DEVICE) != HOST_DEVICE)
        return error_set(err, "%s: the saved state is of another chip", dev->name);
    if (host->s.confadd & ~(CONFADD_ENABLE | CONFADD_WRITABLE))
        return error_set(err, "%s: CONFADD %08x is impossible", dev->name, host->s.confadd);
    if (c[REG_SMRAM] & SMRAM_LOCK && c[REG_SMRAM] & SMRAM_OPEN)
        return error_set(err, "%s: SMRAM is locked and open", dev->name);
    return true;
}

static void i440fx_resume(struct device *dev)
{
    struct i440fx *host = (struct i440fx *)dev;

    set_write_masks(host);
    write_smram(host);
    map_memory(host);
}

static void i440fx_free(struct device *dev)
{
    struct i440fx *host = (struct i440fx *)dev;

    mem_begin(dev->board->memory);
    for (unsigned area = 0; area < PAM_AREAS; area++)
        mem_remove(host->pam[area]);
    mem_remove(host->smram);
    mem_remove(host->rom_no_a20);
    mem_remove(host->rom);
    mem_remove(host->upper);
    mem_remove(host->lower);
    mem_end(dev->board->memory);
    pci_remove(&host->pci);
    pci_bus_free(host->bus);
    free(host->floating);
}

static const struct port_range i440fx_ports[] = {
    { .base = 0xcf8, .count = 4, .sizes = 7, .read = confadd_read, .write = confadd_write },
    { .base = 0xcfc, .count = 4, .sizes = 7, .read = confdata_read, .write = confdata_write },
    { 0 },
};

static const struct field i440fx_fields[] = {
    FIELD_ARRAY(struct i440fx, s.config),
    FIELD(struct i440fx, s.confadd),
    { 0 },
};

static const struct device_class i440fx_class = {
    .name = "i440fx",
    .version = 1,
    .state_offset = offsetof(struct i440fx, s),
    .state_size = sizeof(struct i440fx_state),
    .ports = i440fx_ports,
    .fields = i440fx_fields,
    .reset = i440fx_reset,
    .check = i440fx_check,
    .resume = i440fx_resume,
    .free = i440fx_free,
};

static bool add_memory(struct i440fx *host, uint32_t ram_size, struct error *err)
{
    struct memory *m = host->pci.dev.board->memory;
    uint8_t *top = host->bios + host->bios_size - ALIAS_SIZE;

    host->lower = mem_add_ram(m, "ram-low", 0, LOWER_SIZE, I440FX_PRIORITY_RAM, host->ram, err);
    if (!host->lower)
        return false;
    if (ram_size > UPPER_BASE) {
        host->upper = mem_add_ram(m, "ram-high", UPPER_BASE, ram_size - UPPER_BASE,
                                  I440FX_PRIORITY_RAM, host->ram + UPPER_BASE, err);
        if (!host->upper)
            return false;
    }
    host->rom = mem_add_rom(m, "bios", 0u - host->bios_size, host->bios_size, I440FX_PRIORITY_ROM,
                            host->bios, err);
    host->rom_no_a20 =
        mem_add_rom(m, "bios-a20", ALIAS_NO_A20, ALIAS_SIZE, I440FX_PRIORITY_ROM, top, err);
    host->smram = mem_add_ram(m, "smram", LOWER_SIZE, PAM_BASE - LOWER_SIZE, I440FX_PRIORITY_RAM,
                              host->ram + LOWER_SIZE, err);
    if (!host->rom || !host->rom_no_a20 || !host->smram)
        return false;
    for (unsigned area = 0; area < PAM_AREAS; area++) {
        uint32_t start = pam_start(area);
        uint32_t size = area == PAM_AREAS - 1 ? UPPER_BASE - start : PAM_AREA;

        host->pam[area] =
            mem_add_ram(m, "pam", start, size, I440FX_PRIORITY_RAM, host->ram + start, err);
        if (!host->pam[area])
            return false;
    }
    return true;
}

struct device *i440fx_new(struct board *board, uint8_t *ram, uint32_t ram_size, uint8_t *bios,
                          uint32_t bios_size, struct pci_bus **bus, struct error *err)
{
    struct i440fx *host;
    bool added;

    if (ram_size < UPPER_BASE || ram_size > RAM_MAX || ram_size % MEM_PAGE) {
        error_set(err, "memory: %u KB is not between 1024 and %u", ram_size / 1024, RAM_MAX / 1024);
        return NULL;
    }
    if (bios_size != 128 * 1024 && bios_size != 256 * 1024) {
        error_set(err, "firmware: an image of %u bytes is neither 128 nor 256 KB", bios_size);
        return NULL;
    }
    host = device_new(board, &i440fx_class, sizeof(*host), "host", 0, err);
    if (!host)
        return NULL;
    host->ram = ram;
    host->bios = bios;
    host->bios_size = bios_size;
    host->floating = aligned_alloc(MEM_PAGE, PAM_AREA);
    host->bus = pci_bus_new();
    host->pci.written = i440fx_written;
    if (!host->floating) {
        error_set(err, "host bridge: out of memory");
        device_free(&host->pci.dev);
        return NULL;
    }
    memset(host->floating, 0xff, PAM_AREA);
    mem_begin(board->memory);
    added = pci_add(host->bus, &host->pci, 0, 0, host->s.config, err) &&
            add_memory(host, ram_size, err);
    mem_end(board->memory);
    if (!added) {
        device_free(&host->pci.dev);
        return NULL;
    }
    device_reset(&host->pci.dev, RESET_POWER_ON);
    *bus = host->bus;
    return &host->pci.dev;
}
