/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 82371SB PCI ISA IDE Xcelerator (PIIX3), function 0: the PCI-ISA bridge.
 * Source: Intel 82371FB (PIIX) and 82371SB (PIIX3) data sheet, order number 290550.
 *
 * Modelled: PIRQRC[A:D], RC (CF9h), port 92h, NSC (61h), coprocessor error (F0h), A20M#.
 * The 8237s, 8254 and 8259s inside the real chip are files of their own.
 * Not modelled: SMM and its timers, motherboard interrupts and DMA (the board has none), ISA
 * recovery times; the BIOS decode enables of XBCS (the firmware is always there); their registers
 * hold what is written.  There are no sources of NMI: SERR# and IOCHK# stay quiet.
 */
#include <string.h>

#include "devices/pci/piix3.h"

enum { BRIDGE_VENDOR = 0x8086, BRIDGE_DEVICE = 0x7000, BRIDGE_CLASS = 0x060100 };
enum { BRIDGE_SLOT = 1, HEADER_MULTIFUNCTION = 0x80 };

enum {
    REG_IORT = 0x4c,
    REG_XBCS = 0x4e, /* two bytes */
    REG_PIRQRCA = 0x60,
    REG_TOM = 0x69,
    REG_MISC = 0x6a, /* two bytes */
    REG_MBIRQ0 = 0x70,
    REG_MBIRQ1 = 0x71,
    REG_MBDMA0 = 0x76,
    REG_MBDMA1 = 0x77,
    REG_PCSC = 0x78, /* two bytes */
    REG_APICBASE = 0x80,
    REG_DLC = 0x82,
    REG_SMICNTL = 0xa0,
    REG_SMIEN = 0xa2, /* two bytes */
    REG_SEE = 0xa4,   /* four bytes */
    REG_FTMR = 0xa8,
    REG_CTLTMR = 0xac,
    REG_CTHTMR = 0xae,
};
enum { PIRQ_OFF = 0x80, PIRQ_IRQ = 0x0f };
enum { PIRQ_POSSIBLE = 0xdef8 }; /* IRQ 3-7, 9-12, 14, 15 */

enum { PORT92_INIT = 1, PORT92_A20 = 2 };
enum { RC_HARD = 2, RC_RESET = 4 };
enum { NSC_GATE2 = 1, NSC_SPEAKER = 2, NSC_WRITABLE = 0x0f, NSC_REFRESH = 0x10, NSC_OUT2 = 0x20 };
enum { COPROCESSOR_IRQ = 13 };

/* Counter 1 of the 8254, as every PC programs it, divides its clock by 18 for refresh. */
enum { REFRESH_DIVISOR = 18, PIT_HZ = 1193182 };

struct piix3 {
    struct pci_device pci; /* first member */
    struct piix3_wiring wiring;
    struct piix3_state {
        uint8_t config[256];
        uint8_t intx[4 * 32]; /* per PIRQ and slot: which functions pull the line */
        uint16_t isa;         /* levels that come from the ISA side */
        uint16_t out;         /* levels that go to the 8259s */
        uint8_t port92;
        uint8_t nsc;
        uint8_t rc;
        uint8_t a20_kbc; /* level of A20GATE */
        uint8_t rcin;    /* level of the keyboard controller's reset line */
        uint8_t ferr;    /* level of FERR# */
        uint8_t irq13;   /* latched by FERR#, until F0h is written */
        uint8_t ignne;   /* IGNNE# is asserted */
    } s;
};

/* ---- interrupts ---- */

static uint16_t irq_levels(const struct piix3 *piix)
{
    uint16_t level = piix->s.isa;

    if (piix->s.irq13)
        level |= 1u << COPROCESSOR_IRQ;
    for (unsigned pirq = 0; pirq < 4; pirq++) {
        uint8_t route = piix->s.config[REG_PIRQRCA + pirq];
        uint8_t pulled = 0;

        for (unsigned slot = 0; slot < 32; slot++)
            pulled |= piix->s.intx[32 * pirq + slot];
        if (pulled && !(route & PIRQ_OFF))
            level |= (uint16_t)(1u << (route & PIRQ_IRQ) & PIRQ_POSSIBLE);
    }
    return level;
}

static void update_irqs(struct piix3 *piix)
{
    uint16_t level = irq_levels(piix);
    uint16_t changed = level ^ piix->s.out;

    piix->s.out = level;
    for (unsigned n = 0; n < 16; n++)
        if (changed >> n & 1) {
            trace(&piix->pci.dev, TRACE_IRQ, "IRQ%u %s", n, level >> n & 1 ? "high" : "low");
            irq_set(&piix->wiring.isa_irq[n], level >> n & 1);
        }
}

/* The pins of the slots are turned by one from slot to slot: INTA# of slot 1 is PIRQA#. */
static void route_intx(void *ctx, unsigned devfn, unsigned pin, bool active)
{
    struct piix3 *piix = ctx;
    unsigned slot = devfn >> 3 & 31;
    unsigned pirq = (pin + slot + 3) & 3;
    uint8_t *pulled = &piix->s.intx[32 * pirq + slot];
    uint8_t bit = (uint8_t)(1u << (devfn & 7));
    uint8_t now = active ? *pulled | bit : *pulled & (uint8_t)~bit;

    if (now == *pulled)
        return;
    *pulled = now;
    update_irqs(piix);
}

static void set_isa(void *ctx, unsigned n, bool level)
{
    struct piix3 *piix = ctx;

    piix->s.isa = (uint16_t)(level ? piix->s.isa | 1u << n : piix->s.isa & ~(1u << n));
    update_irqs(piix);
}

/* ---- A20 and resets ---- */

static void update_a20(struct piix3 *piix)
{
    mem_set_a20(piix->pci.dev.board->memory, piix->s.a20_kbc || (piix->s.port92 & PORT92_A20));
}

static void set_a20(void *ctx, unsigned n, bool level)
{
    struct piix3 *piix = ctx;

    (void)n;
    piix->s.a20_kbc = level;
    update_a20(piix);
}

static void pull_init(struct piix3 *piix, const char *by)
{
    const struct board *board = piix->pci.dev.board;

    trace(&piix->pci.dev, TRACE_ODD, "INIT by %s", by);
    if (board->hooks && board->hooks->init)
        board->hooks->init(board->hooks_ctx);
}

static void set_rcin(void *ctx, unsigned n, bool level)
{
    struct piix3 *piix = ctx;
    bool edge = level && !piix->s.rcin;

    (void)n;
    piix->s.rcin = level;
    if (edge)
        pull_init(piix, "the keyboard controller");
}

static uint8_t rc_read(void *ctx)
{
    const struct piix3 *piix = ctx;

    return piix->s.rc;
}

static void rc_write(void *ctx, uint8_t value)
{
    struct piix3 *piix = ctx;
    const struct board *board = piix->pci.dev.board;
    bool edge = (value & RC_RESET) && !(piix->s.rc & RC_RESET);

    piix->s.rc = value & (RC_HARD | RC_RESET);
    if (!edge)
        return;
    if (!(value & RC_HARD)) {
        pull_init(piix, "CF9h");
    } else if (board->hooks && board->hooks->reset) {
        trace(&piix->pci.dev, TRACE_ODD, "hard reset by CF9h");
        board->hooks->reset(board->hooks_ctx);
    }
}

static uint32_t port92_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)offset;
    (void)size;
    return ((struct piix3 *)dev)->s.port92;
}

static void port92_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct piix3 *piix = (struct piix3 *)dev;
    bool edge = (value & PORT92_INIT) && !(piix->s.port92 & PORT92_INIT);

    (void)offset;
    (void)size;
    piix->s.port92 = value & (PORT92_INIT | PORT92_A20);
    update_a20(piix);
    if (edge)
        pull_init(piix, "port 92h");
}

/* ---- coprocessor errors ---- */

static void set_ignne(struct piix3 *piix, bool active)
{
    const struct board *board = piix->pci.dev.board;

    if (piix->s.ignne == active)
        return;
    piix->s.ignne = active;
    if (board->hooks && board->hooks->ferr_ack)
        board->hooks->ferr_ack(board->hooks_ctx, active);
}

static void set_ferr(void *ctx, unsigned n, bool level)
{
    struct piix3 *piix = ctx;
    bool edge = level && !piix->s.ferr;

    (void)n;
    piix->s.ferr = level;
    if (edge) {
        piix->s.irq13 = 1;
        update_irqs(piix);
    }
    if (!level)
        set_ignne(piix, false);
}

/* F0h clears the interrupt and lets the CPU go on until its error is gone; so did F1h on the AT. */
static void coprocessor_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct piix3 *piix = (struct piix3 *)dev;

    (void)offset;
    (void)value;
    (void)size;
    piix->s.irq13 = 0;
    update_irqs(piix);
    if (piix->s.ferr)
        set_ignne(piix, true);
}

/* ---- port 61h ---- */

static uint32_t nsc_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct piix3 *piix = (struct piix3 *)dev;
    uint64_t ticks = vclock_ns_to_ticks(vclock_now(dev->board->clock), PIT_HZ);
    uint8_t value = piix->s.nsc;

    (void)offset;
    (void)size;
    if (ticks / REFRESH_DIVISOR & 1)
        value |= NSC_REFRESH;
    if (piix->wiring.out2 && piix->wiring.out2(piix->wiring.pit))
        value |= NSC_OUT2;
    return value;
}

static void nsc_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct piix3 *piix = (struct piix3 *)dev;

    (void)offset;
    (void)size;
    piix->s.nsc = value & NSC_WRITABLE;
    if (piix->wiring.set_speaker)
        piix->wiring.set_speaker(piix->wiring.speaker, value & NSC_SPEAKER);
    if (piix->wiring.set_gate2)
        piix->wiring.set_gate2(piix->wiring.pit, value & NSC_GATE2);
}

/* ---- configuration ---- */

static void piix3_written(struct pci_device *pci, unsigned offset, unsigned size)
{
    if (offset < REG_PIRQRCA + 4 && offset + size > REG_PIRQRCA)
        update_irqs((struct piix3 *)pci);
}

static void set_write_masks(struct piix3 *piix)
{
    uint8_t *m = piix->pci.wmask;

    pci_put16(m, PCI_COMMAND, 0x0108); /* I/O, memory and master are hard-wired to 1 */
    m[PCI_INTERRUPT_LINE] = 0;
    m[REG_IORT] = 0x7f;
    pci_put16(m, REG_XBCS, 0x01ff);
    memset(m + REG_PIRQRCA, PIRQ_OFF | PIRQ_IRQ, 4);
    m[REG_TOM] = 0xfe;
    pci_put16(m, REG_MISC, 0x8091);
    m[REG_MBIRQ0] = m[REG_MBIRQ1] = 0xef;
    m[REG_MBDMA0] = m[REG_MBDMA1] = 0x8f;
    pci_put16(m, REG_PCSC, 0xffff);
    m[REG_APICBASE] = 0x7f;
    m[REG_DLC] = 0x0f;
    m[REG_SMICNTL] = 0x1f;
    pci_put16(m, REG_SMIEN, 0x01ff);
    pci_put32(m, REG_SEE, 0xffffffffu);
    m[REG_FTMR] = m[REG_CTLTMR] = m[REG_CTHTMR] = 0xff;
}

static void piix3_reset(struct device *dev, enum reset_kind kind)
{
    struct piix3 *piix = (struct piix3 *)dev;
    uint8_t *c = piix->s.config;

    (void)kind;
    pci_reset(&piix->pci, BRIDGE_VENDOR, BRIDGE_DEVICE, 0, BRIDGE_CLASS, HEADER_MULTIFUNCTION, 0);
    pci_put16(c, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    pci_put16(c, PCI_STATUS, 0x0200); /* medium DEVSEL# */
    c[REG_IORT] = 0x4d;
    c[REG_XBCS] = 0x03;
    memset(c + REG_PIRQRCA, PIRQ_OFF, 4);
    c[REG_TOM] = 0x02;
    c[REG_MBIRQ0] = c[REG_MBIRQ1] = 0x80;
    c[REG_MBDMA0] = c[REG_MBDMA1] = 0x0c;
    pci_put16(c, REG_PCSC, 0x0002);
    c[REG_SMICNTL] = 0x08;
    c[REG_FTMR] = 0x0f;
    memset(piix->s.intx, 0, sizeof(piix->s.intx));
    piix->s.isa = 0;
    piix->s.port92 = piix->s.nsc = piix->s.rc = 0;
    piix->s.a20_kbc = 1; /* P21 of the keyboard controller is high after its own reset */
    piix->s.rcin = piix->s.ferr = piix->s.irq13 = 0;
    set_ignne(piix, false);
    update_irqs(piix);
    update_a20(piix);
    if (piix->wiring.set_gate2)
        piix->wiring.set_gate2(piix->wiring.pit, false);
}

static bool piix3_check(struct device *dev, struct error *err)
{
    const struct piix3 *piix = (const struct piix3 *)dev;
    const uint8_t *c = piix->s.config;

    if (pci_get16(c, PCI_VENDOR) != BRIDGE_VENDOR || pci_get16(c, PCI_DEVICE) != BRIDGE_DEVICE)
        return error_set(err, "%s: the saved state is of another chip", dev->name);
    if (piix->s.a20_kbc > 1 || piix->s.rcin > 1 || piix->s.ferr > 1 || piix->s.irq13 > 1 ||
        piix->s.ignne > piix->s.ferr)
        return error_set(err, "%s: a line is neither high nor low", dev->name);
    if (piix->s.port92 & ~(PORT92_INIT | PORT92_A20) || piix->s.nsc & ~NSC_WRITABLE ||
        piix->s.rc & ~(RC_HARD | RC_RESET))
        return error_set(err, "%s: a reserved bit is set", dev->name);
    if (piix->s.out != irq_levels(piix))
        return error_set(err, "%s: the interrupt lines do not follow their sources", dev->name);
    return true;
}

static void piix3_resume(struct device *dev)
{
    struct piix3 *piix = (struct piix3 *)dev;
    const struct board *board = dev->board;

    update_a20(piix);
    if (board->hooks && board->hooks->ferr_ack)
        board->hooks->ferr_ack(board->hooks_ctx, piix->s.ignne);
}

static void piix3_free(struct device *dev)
{
    struct piix3 *piix = (struct piix3 *)dev;

    if (piix->pci.bus) {
        pci_bus_set_router(piix->pci.bus, NULL, NULL);
        pci_bus_set_reset_port(piix->pci.bus, (struct pci_port){ 0 });
    }
    pci_remove(&piix->pci);
}

static const struct port_range piix3_ports[] = {
    { .base = 0x61, .count = 1, .sizes = 1, .read = nsc_read, .write = nsc_write },
    { .base = 0x92, .count = 1, .sizes = 1, .read = port92_read, .write = port92_write },
    { .base = 0xf0, .count = 2, .sizes = 1, .write = coprocessor_write },
    { 0 },
};

static const struct field piix3_fields[] = {
    FIELD_ARRAY(struct piix3, s.config),
    FIELD_ARRAY(struct piix3, s.intx),
    FIELD(struct piix3, s.isa),
    FIELD(struct piix3, s.out),
    FIELD(struct piix3, s.port92),
    FIELD(struct piix3, s.nsc),
    FIELD(struct piix3, s.rc),
    FIELD(struct piix3, s.a20_kbc),
    FIELD(struct piix3, s.rcin),
    FIELD(struct piix3, s.ferr),
    FIELD(struct piix3, s.irq13),
    FIELD(struct piix3, s.ignne),
    { 0 },
};

static const struct device_class piix3_class = {
    .name = "piix3",
    .version = 1,
    .state_offset = offsetof(struct piix3, s),
    .state_size = sizeof(struct piix3_state),
    .ports = piix3_ports,
    .fields = piix3_fields,
    .reset = piix3_reset,
    .check = piix3_check,
    .resume = piix3_resume,
    .free = piix3_free,
};

struct device *piix3_new(struct board *board, struct pci_bus *bus,
                         const struct piix3_wiring *wiring, struct error *err)
{
    struct piix3 *piix = device_new(board, &piix3_class, sizeof(*piix), "piix3", 0, err);

    if (!piix)
        return NULL;
    piix->wiring = *wiring;
    piix->pci.written = piix3_written;
    if (!pci_add(bus, &piix->pci, BRIDGE_SLOT, 0, piix->s.config, err)) {
        device_free(&piix->pci.dev);
        return NULL;
    }
    set_write_masks(piix);
    pci_bus_set_router(bus, route_intx, piix);
    pci_bus_set_reset_port(bus, (struct pci_port){ rc_read, rc_write, piix });
    device_reset(&piix->pci.dev, RESET_POWER_ON);
    return &piix->pci.dev;
}

struct irq piix3_isa_line(struct device *dev, unsigned n)
{
    return (struct irq){ set_isa, dev, n & 15 };
}

struct irq piix3_a20_line(struct device *dev)
{
    return (struct irq){ set_a20, dev, 0 };
}

struct irq piix3_init_line(struct device *dev)
{
    return (struct irq){ set_rcin, dev, 0 };
}

struct irq piix3_ferr_line(struct device *dev)
{
    return (struct irq){ set_ferr, dev, 0 };
}
