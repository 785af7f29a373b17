/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82371AB (PIIX4) function 3: power management and SMBus host controller.
 * Sources: Intel 82371AB data sheet, order number 290562; ACPI specification 1.0b, chapter 4.
 *
 * Modelled: PM1 status, enable and control, the PM timer, the general purpose events, the SMBus
 * host controller (with an empty bus: every transaction ends with DEV_ERR), APMC and APMS. There is
 * no SMM.  What a firmware's SMI handler would do is done here: F1h and F0h written to APMC switch
 * ACPI on and off, and configuration register 58h comes up with the bit that tells SeaBIOS that SMM
 * is taken care of.  Soft-off is SUS_TYP 0; 2 (which SeaBIOS's tables call S4) switches off too;
 * other sleeps end at once as if something had woken the machine. Not modelled: device monitors,
 * clock control, the SMBus slave, general purpose pins; their registers hold what is written.
 */
#include <string.h>

#include "devices/pci/piix4_pm.h"

enum { PM_VENDOR = 0x8086, PM_DEVICE = 0x7113, PM_REVISION = 3, PM_CLASS = 0x068000 };
enum { PM_SLOT = 1, PM_FUNCTION = 3 };

/* Configuration registers. */
enum {
    REG_PMBA = 0x40,
    REG_CNTA = 0x44,
    REG_DEVACTB = 0x58,
    REG_DEVRES = 0x5c, /* DEVRESA to DEVRESJ: 5C-7F */
    REG_PMREGMISC = 0x80,
    REG_SMBBA = 0x90,
    REG_SMBHSTCFG = 0xd2,
    REG_SMBSLVC = 0xd3,
    REG_SMBSHDW1 = 0xd4,
    REG_SMBSHDW2 = 0xd5,
};
enum { DEVACTB_APMC_EN = 0x02000000 };
enum { PMREGMISC_ENABLE = 1 };
enum { SMBHSTCFG_ENABLE = 1, SMBHSTCFG_INTR = 0x0e, SMBHSTCFG_IRQ9 = 0x08 };

/* Registers at the power management base. */
enum {
    PMSTS = 0x00,
    PMEN = 0x02,
    PMCNTRL = 0x04,
    PMTMR = 0x08,
    GPSTS = 0x0c,
    GPEN = 0x0e,
    PCNTRL = 0x10,
    PLVL2 = 0x14,
    PLVL3 = 0x15,
    GLBSTS = 0x18,
    DEVSTS = 0x1c,
    GLBEN = 0x20,
    GLBCTL = 0x28,
    DEVCTL = 0x2c,
    GPIREG = 0x30,
    GPOREG = 0x34,
    PM_SIZE = 0x40,
};
enum {
    STS_TIMER = 0x0001,
    STS_GLOBAL = 0x0020,
    STS_BUTTON = 0x0100,
    STS_RTC = 0x0400,
    STS_OVERRIDE = 0x0800,
    STS_RESUME = 0x8000,
    STS_ALL = STS_TIMER | STS_GLOBAL | STS_BUTTON | STS_RTC | STS_OVERRIDE | STS_RESUME,
    EN_ALL = STS_TIMER | STS_GLOBAL | STS_BUTTON | STS_RTC,
};
enum { CNTRL_SCI = 1, CNTRL_SUS_TYP = 0x1c00, CNTRL_SUS_EN = 0x2000 };
enum { CNTRL_KEPT = CNTRL_SCI | 2 | CNTRL_SUS_TYP };
enum { SUS_TYP_SOFT_OFF = 0, SUS_TYP_S4 = 2 };
enum { GP_ALL = 0x0f01, GPEN_ALL = 0x0701 };
enum { TIMER_HZ = 3579545, TIMER_HALF = 1 << 23, TIMER_MASK = 0xffffff };

/* The same general purpose events at the address SeaBIOS's tables give for them. */
enum { GPE_PORT = 0xafe0 };

/* Registers at the SMBus base. */
enum {
    SMBHSTSTS,
    SMBSLVSTS,
    SMBHSTCNT,
    SMBHSTCMD,
    SMBHSTADD,
    SMBHSTDAT0,
    SMBHSTDAT1,
    SMBBLKDAT,
    SMBSLVCNT,
    SMBSHDWCMD,
    SMBSLVEVT, /* two bytes */
    SMBSLVDAT = 12,
    SMB_SIZE = 16,
};
enum { HST_BUSY = 1, HST_INTR = 2, HST_DEV_ERR = 4, HST_BUS_ERR = 8, HST_FAILED = 16 };
enum { HST_W1C = HST_INTR | HST_DEV_ERR | HST_BUS_ERR | HST_FAILED };
enum { CNT_INTEREN = 1, CNT_KILL = 2, CNT_START = 0x40, CNT_KEPT = 0x1d };
/* Start, seven address bits, direction, no acknowledge, stop at 100 kHz. */
enum { SMBUS_NO_ANSWER_NS = 110000, SMBUS_BLOCK = 32 };

enum { APMC_ACPI_ON = 0xf1, APMC_ACPI_OFF = 0xf0 };
enum { MAP_PM, MAP_SMBUS }; /* places in device.maps */

struct piix4_pm {
    struct pci_device pci; /* first member */
    struct irq irq;
    struct vtimer overflow; /* bit 23 of the PM timer changes; always runs */
    struct vtimer smbus;    /* the transaction ends */
    struct piix4_pm_state {
        uint8_t config[256];
        uint8_t held[PM_SIZE]; /* registers without a function, at their offset */
        uint16_t pmsts, pmen, pmcntrl;
        uint16_t gpsts, gpen;
        uint8_t apmc, apms;
        uint8_t smb[SMB_SIZE];
        uint8_t block[SMBUS_BLOCK];
        uint8_t block_at; /* index of the next byte of SMBBLKDAT */
        uint8_t irq;      /* level of the line */
    } s;
};

/* ---- interrupt ---- */

static bool irq_level(const struct piix4_pm *pm)
{
    bool sci = (pm->s.pmcntrl & CNTRL_SCI) &&
               ((pm->s.pmsts & pm->s.pmen & EN_ALL) || (pm->s.gpsts & pm->s.gpen));
    bool smbus = (pm->s.smb[SMBHSTSTS] & HST_W1C) && (pm->s.smb[SMBHSTCNT] & CNT_INTEREN) &&
                 (pm->s.config[REG_SMBHSTCFG] & SMBHSTCFG_INTR) == SMBHSTCFG_IRQ9;

    return sci || smbus;
}

static void update_irq(struct piix4_pm *pm)
{
    bool level = irq_level(pm);

    if (level == pm->s.irq)
        return;
    pm->s.irq = level;
    trace(&pm->pci.dev, TRACE_IRQ, "SCI %s", level ? "high" : "low");
    irq_set(&pm->irq, level);
}

/* ---- the PM timer ---- */

static uint64_t timer_ticks(const struct piix4_pm *pm)
{
    return vclock_ns_to_ticks(vclock_now(pm->pci.dev.board->clock), TIMER_HZ);
}

static void arm_overflow(struct piix4_pm *pm)
{
    uint64_t next = (timer_ticks(pm) / TIMER_HALF + 1) * TIMER_HALF;

    vtimer_arm(&pm->overflow, vclock_tick_deadline(next, TIMER_HZ));
}

static void overflow_fire(void *ctx)
{
    struct piix4_pm *pm = ctx;

    pm->s.pmsts |= STS_TIMER;
    arm_overflow(pm);
    update_irq(pm);
}

/* ---- registers at the power management base ---- */

/* One register of the ACPI block that lives in a variable of its own, or NULL. */
static uint16_t *pm_word(struct piix4_pm *pm, unsigned offset)
{
    switch (offset & ~1u) {
    case PMSTS:
        return &pm->s.pmsts;
    case PMEN:
        return &pm->s.pmen;
    case PMCNTRL:
        return &pm->s.pmcntrl;
    case GPSTS:
        return &pm->s.gpsts;
    case GPEN:
        return &pm->s.gpen;
    default:
        return NULL;
    }
}

static void enter_sleep(struct piix4_pm *pm)
{
    const struct board *board = pm->pci.dev.board;
    unsigned type = pm->s.pmcntrl >> 10 & 7;

    trace(&pm->pci.dev, TRACE_ODD, "suspend, type %u", type);
    if (type != SUS_TYP_SOFT_OFF && type != SUS_TYP_S4)
        pm->s.pmsts |= STS_RESUME;
    else if (board->hooks && board->hooks->power_off)
        board->hooks->power_off(board->hooks_ctx, 0);
}

/* Writes the bits of mask (the bytes the cycle carries) of one of the words above. */
static void write_word(struct piix4_pm *pm, unsigned offset, uint16_t value, uint16_t mask)
{
    switch (offset) {
    case PMSTS:
        pm->s.pmsts &= (uint16_t) ~(value & mask);
        break;
    case PMEN:
        pm->s.pmen = (uint16_t)((pm->s.pmen & ~mask) | (value & mask & EN_ALL));
        break;
    case PMCNTRL:
        pm->s.pmcntrl = (uint16_t)((pm->s.pmcntrl & ~mask) | (value & mask & CNTRL_KEPT));
        if (value & mask & CNTRL_SUS_EN)
            enter_sleep(pm);
        break;
    case GPSTS:
        pm->s.gpsts &= (uint16_t) ~(value & mask);
        break;
    default: /* GPEN */
        pm->s.gpen = (uint16_t)((pm->s.gpen & ~mask) | (value & mask & GPEN_ALL));
        break;
    }
    update_irq(pm);
}

static uint8_t pm_read_byte(struct piix4_pm *pm, unsigned offset, uint64_t ticks)
{
    const uint16_t *word = pm_word(pm, offset);

    if (word)
        return (uint8_t)(*word >> (offset & 1 ? 8 : 0));
    if (offset >= PMTMR && offset < PMTMR + 4)
        return (uint8_t)((ticks & TIMER_MASK) >> 8 * (offset - PMTMR));
    return pm->s.held[offset];
}

static uint32_t pm_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;
    uint64_t ticks = timer_ticks(pm); /* once: no time passes between the bytes of a cycle */
    uint32_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)pm_read_byte(pm, offset + i, ticks) << (8 * i);
    return value;
}

/* Status and read-only registers that nothing here ever sets; all others hold what is written. */
static bool pm_is_held(unsigned offset)
{
    switch (offset & ~3u) {
    case PCNTRL:
    case GLBEN:
    case GLBCTL:
    case DEVCTL:
    case GPOREG:
        return true;
    default:
        return false;
    }
}

static void pm_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;

    trace(dev, TRACE_IO, "pm %02x write %0*x", offset, (int)(2 * size), value);
    for (unsigned i = 0; i < size;) {
        unsigned at = offset + i;
        bool pair = !(at & 1) && i + 1 < size;
        uint16_t part = (uint16_t)(value >> (8 * i));

        if (pm_word(pm, at)) {
            if (pair)
                write_word(pm, at, part, 0xffff);
            else
                write_word(pm, at & ~1u, (uint16_t)(at & 1 ? part << 8 : part & 0xff),
                           at & 1 ? 0xff00 : 0xff);
        } else {
            if (pm_is_held(at))
                pm->s.held[at] = (uint8_t)part;
            if (pair && pm_is_held(at + 1))
                pm->s.held[at + 1] = (uint8_t)(part >> 8);
        }
        i += pair ? 2 : 1;
    }
}

static uint32_t gpe_read(struct device *dev, uint32_t offset, unsigned size)
{
    return pm_read(dev, GPSTS + offset, size);
}

static void gpe_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    pm_write(dev, GPSTS + offset, value, size);
}

void piix4_pm_power_button(struct device *dev)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;

    pm->s.pmsts |= STS_BUTTON;
    update_irq(pm);
}

bool piix4_pm_hears_power_button(const struct device *dev)
{
    const struct piix4_pm *pm = (const struct piix4_pm *)dev;

    return (pm->s.pmcntrl & CNTRL_SCI) && (pm->s.pmen & STS_BUTTON);
}

/* ---- APM ---- */

static uint32_t apm_read(struct device *dev, uint32_t offset, unsigned size)
{
    const struct piix4_pm *pm = (const struct piix4_pm *)dev;

    (void)size;
    return offset ? pm->s.apms : pm->s.apmc;
}

static void apm_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;

    (void)size;
    if (offset) {
        pm->s.apms = (uint8_t)value;
        return;
    }
    pm->s.apmc = (uint8_t)value;
    if (value == APMC_ACPI_ON)
        pm->s.pmcntrl |= CNTRL_SCI;
    else if (value == APMC_ACPI_OFF)
        pm->s.pmcntrl &= (uint16_t)~CNTRL_SCI;
    update_irq(pm);
}

/* ---- SMBus ---- */

static void smbus_fire(void *ctx)
{
    struct piix4_pm *pm = ctx;

    pm->s.smb[SMBHSTSTS] = (uint8_t)((pm->s.smb[SMBHSTSTS] & ~HST_BUSY) | HST_DEV_ERR);
    update_irq(pm);
}

static void smbus_control(struct piix4_pm *pm, uint8_t value)
{
    struct board *board = pm->pci.dev.board;
    uint8_t *sts = &pm->s.smb[SMBHSTSTS];

    pm->s.smb[SMBHSTCNT] = value & CNT_KEPT;
    if ((value & CNT_KILL) && (*sts & HST_BUSY)) {
        vtimer_cancel(&pm->smbus);
        *sts = (uint8_t)((*sts & ~HST_BUSY) | HST_FAILED);
    } else if ((value & CNT_START) && !(*sts & HST_BUSY)) {
        *sts |= HST_BUSY;
        vtimer_arm(&pm->smbus, vclock_now(board->clock) + SMBUS_NO_ANSWER_NS);
    }
    update_irq(pm);
}

static uint32_t smbus_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;
    uint8_t value;

    (void)size;
    if (offset == SMBBLKDAT) {
        value = pm->s.block[pm->s.block_at];
        pm->s.block_at = (pm->s.block_at + 1) % SMBUS_BLOCK;
        return value;
    }
    if (offset == SMBHSTCNT)
        pm->s.block_at = 0; /* reading it starts the block anew */
    return pm->s.smb[offset];
}

static void smbus_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;

    (void)size;
    trace(dev, TRACE_IO, "smbus %x write %02x", offset, value);
    switch (offset) {
    case SMBHSTSTS:
        pm->s.smb[SMBHSTSTS] &= (uint8_t) ~(value & HST_W1C);
        update_irq(pm);
        break;
    case SMBHSTCNT:
        smbus_control(pm, (uint8_t)value);
        break;
    case SMBBLKDAT:
        pm->s.block[pm->s.block_at] = (uint8_t)value;
        pm->s.block_at = (pm->s.block_at + 1) % SMBUS_BLOCK;
        break;
    case SMBHSTCMD:
    case SMBHSTADD:
    case SMBHSTDAT0:
    case SMBHSTDAT1:
    case SMBSLVEVT:
    case SMBSLVEVT + 1:
        pm->s.smb[offset] = (uint8_t)value;
        break;
    case SMBSLVCNT:
        pm->s.smb[offset] = value & 0x0f;
        break;
    default: /* the slave hears nothing: its status and data stay 0 */
        break;
    }
}

/* ---- configuration ---- */

static void map_ports(struct piix4_pm *pm)
{
    const uint8_t *c = pm->s.config;

    bus_move(pm->pci.dev.maps[MAP_PM], pci_get16(c, REG_PMBA) & 0xffc0,
             c[REG_PMREGMISC] & PMREGMISC_ENABLE);
    bus_move(pm->pci.dev.maps[MAP_SMBUS], pci_get16(c, REG_SMBBA) & 0xfff0,
             (c[REG_SMBHSTCFG] & SMBHSTCFG_ENABLE) && (c[PCI_COMMAND] & PCI_COMMAND_IO));
}

static void pm_config_written(struct pci_device *pci, unsigned offset, unsigned size)
{
    struct piix4_pm *pm = (struct piix4_pm *)pci;

    (void)offset;
    (void)size;
    map_ports(pm);
    update_irq(pm);
}

static void set_write_masks(struct piix4_pm *pm)
{
    uint8_t *m = pm->pci.wmask;

    pci_put16(m, PCI_COMMAND, PCI_COMMAND_IO | 0x0108);
    pci_put32(m, REG_PMBA, 0xffc0);
    memset(m + REG_CNTA, 0xff, REG_PMREGMISC - REG_CNTA);
    m[REG_PMREGMISC] = PMREGMISC_ENABLE;
    pci_put32(m, REG_SMBBA, 0xfff0);
    m[REG_SMBHSTCFG] = 0x0f;
    m[REG_SMBSLVC] = m[REG_SMBSHDW1] = m[REG_SMBSHDW2] = 0xff;
}

static void piix4_pm_reset(struct device *dev, enum reset_kind kind)
{
    struct piix4_pm *pm = (struct piix4_pm *)dev;
    uint8_t *c = pm->s.config;

    (void)kind;
    vtimer_cancel(&pm->smbus);
    pci_reset(&pm->pci, PM_VENDOR, PM_DEVICE, PM_REVISION, PM_CLASS, 0, 1);
    pci_put16(c, PCI_STATUS, 0x0280); /* fast back-to-back, medium DEVSEL# */
    pci_put32(c, REG_PMBA, 1);
    pci_put32(c, REG_SMBBA, 1);
    pci_put32(c, REG_DEVACTB, DEVACTB_APMC_EN);
    memset(pm->s.held, 0, sizeof(pm->s.held));
    pci_put32(pm->s.held, GPOREG, 0x7fffbfffu);
    pm->s.pmsts = pm->s.pmen = pm->s.pmcntrl = pm->s.gpsts = pm->s.gpen = 0;
    pm->s.apmc = pm->s.apms = 0;
    memset(pm->s.smb, 0, sizeof(pm->s.smb));
    memset(pm->s.block, 0, sizeof(pm->s.block));
    pm->s.block_at = 0;
    arm_overflow(pm);
    map_ports(pm);
    update_irq(pm);
}

static bool piix4_pm_check(struct device *dev, struct error *err)
{
    const struct piix4_pm *pm = (const struct piix4_pm *)dev;
    const uint8_t *c = pm->s.config;

    if (pci_get16(c, PCI_VENDOR) != PM_VENDOR || pci_get16(c, PCI_DEVICE) != PM_DEVICE)
        return error_set(err, "%s: the saved state is of another chip", dev->name);
    if (pm->s.pmsts & ~STS_ALL || pm->s.pmen & ~EN_ALL || pm->s.pmcntrl & ~CNTRL_KEPT ||
        pm->s.gpsts & ~GP_ALL || pm->s.gpen & ~GPEN_ALL)
        return error_set(err, "%s: a reserved bit is set", dev->name);
    if (pm->s.block_at >= SMBUS_BLOCK)
        return error_set(err, "%s: SMBus block index %u is out of range", dev->name,
                         pm->s.block_at);
    if (!!(pm->s.smb[SMBHSTSTS] & HST_BUSY) != (pm->smbus.deadline != VCLOCK_NEVER))
        return error_set(err, "%s: SMBus is busy without a transaction, or the reverse", dev->name);
    if (pm->overflow.deadline == VCLOCK_NEVER)
        return error_set(err, "%s: the timer stands still", dev->name);
    if (pm->s.irq != irq_level(pm))
        return error_set(err, "%s: the interrupt does not follow its sources", dev->name);
    return true;
}

static void piix4_pm_resume(struct device *dev)
{
    map_ports((struct piix4_pm *)dev);
}

static void piix4_pm_free(struct device *dev)
{
    pci_remove(&((struct piix4_pm *)dev)->pci);
}

/* The order of the first two is that of MAP_PM and MAP_SMBUS. */
static const struct port_range piix4_pm_ports[] = {
    { .count = PM_SIZE, .sizes = 7, .hidden = true, .read = pm_read, .write = pm_write },
    { .count = SMB_SIZE, .sizes = 1, .hidden = true, .read = smbus_read, .write = smbus_write },
    { .base = 0xb2, .count = 2, .sizes = 1, .read = apm_read, .write = apm_write },
    { .base = GPE_PORT, .count = 4, .sizes = 7, .read = gpe_read, .write = gpe_write },
    { 0 },
};

static const struct field piix4_pm_fields[] = {
    FIELD_ARRAY(struct piix4_pm, s.config), FIELD_ARRAY(struct piix4_pm, s.held),
    FIELD(struct piix4_pm, s.pmsts),        FIELD(struct piix4_pm, s.pmen),
    FIELD(struct piix4_pm, s.pmcntrl),      FIELD(struct piix4_pm, s.gpsts),
    FIELD(struct piix4_pm, s.gpen),         FIELD(struct piix4_pm, s.apmc),
    FIELD(struct piix4_pm, s.apms),         FIELD_ARRAY(struct piix4_pm, s.smb),
    FIELD_ARRAY(struct piix4_pm, s.block),  FIELD(struct piix4_pm, s.block_at),
    FIELD(struct piix4_pm, s.irq),          FIELD_TIMER(struct piix4_pm, overflow),
    FIELD_TIMER(struct piix4_pm, smbus),    { 0 },
};

static const struct device_class piix4_pm_class = {
    .name = "piix4-pm",
    .version = 1,
    .state_offset = offsetof(struct piix4_pm, s),
    .state_size = sizeof(struct piix4_pm_state),
    .ports = piix4_pm_ports,
    .fields = piix4_pm_fields,
    .reset = piix4_pm_reset,
    .check = piix4_pm_check,
    .resume = piix4_pm_resume,
    .free = piix4_pm_free,
};

struct device *piix4_pm_new(struct board *board, struct pci_bus *bus, struct irq sci,
                            struct error *err)
{
    struct piix4_pm *pm = device_new(board, &piix4_pm_class, sizeof(*pm), "pm", 0, err);

    if (!pm)
        return NULL;
    pm->irq = sci;
    pm->pci.written = pm_config_written;
    vtimer_init(&pm->overflow, board->clock, overflow_fire, pm);
    vtimer_init(&pm->smbus, board->clock, smbus_fire, pm);
    if (!pci_add(bus, &pm->pci, PM_SLOT, PM_FUNCTION, pm->s.config, err)) {
        device_free(&pm->pci.dev);
        return NULL;
    }
    set_write_masks(pm);
    device_reset(&pm->pci.dev, RESET_POWER_ON);
    return &pm->pci.dev;
}
