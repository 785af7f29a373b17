/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 16550A UART as it sits in a PC: 1.8432 MHz, interrupt through OUT2.
 * Source: National Semiconductor PC16550D data sheet, "Registers", "FIFO interrupt mode operation".
 *
 * A character spends its time on the line in the transmitter's shift register (s.tsr) or in the
 * receiver's (s.rsr).  The host is a patient sender: it offers a character only while there is
 * room, so characters are lost to overrun only in loopback.  A host that cannot take a character
 * holds up the transmitter, which tries again when the host says so, at the latest after 10 ms. Not
 * modelled: the DMA pins (RXRDY, TXRDY); in loopback a break arrives at once.
 */
#include <string.h>

#include "devices/serial/i16550.h"

enum { REG_DATA, REG_IER, REG_IIR, REG_LCR, REG_MCR, REG_LSR, REG_MSR, REG_SCR, REG_COUNT };
enum { REG_FCR = REG_IIR };
enum { IER_RDA = 1, IER_THRE = 2, IER_LINE = 4, IER_MODEM = 8, IER_ALL = 0x0f };
enum { IIR_NONE = 1, IIR_MODEM = 0, IIR_THRE = 2, IIR_RDA = 4, IIR_LINE = 6, IIR_TIMEOUT = 12 };
enum { IIR_FIFO = 0xc0 };
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2, FCR_CLEAR_TX = 4, FCR_KEPT = 0xc9 };
enum { LCR_LENGTH = 3, LCR_STOP = 4, LCR_PARITY = 8, LCR_EVEN = 0x10, LCR_STICK = 0x20 };
enum { LCR_BREAK = 0x40, LCR_DLAB = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 0x10, MCR_ALL = 0x1f };
enum { LSR_DR = 1, LSR_OE = 2, LSR_PE = 4, LSR_FE = 8, LSR_BI = 0x10 };
enum { LSR_THRE = 0x20, LSR_TEMT = 0x40, LSR_FIFO_ERROR = 0x80 };
enum { LSR_CHARACTER = LSR_PE | LSR_FE | LSR_BI, LSR_ERRORS = LSR_OE | LSR_CHARACTER };
enum { MSR_RI = 0x40, MSR_LINES = 0xf0, MSR_TERI = 4 };

enum { FIFO = 16, CLOCK_HZ = 1843200, FAST_NS = 2000, RETRY_NS = 10000000 };

struct i16550 {
    struct device dev; /* first member */
    struct irq irq;
    struct chardev *chr;
    bool fast;
    struct vtimer tx;      /* the character in tsr has left */
    struct vtimer rx;      /* the character in rsr is complete */
    struct vtimer timeout; /* four character times without traffic at the receive FIFO */
    struct i16550_state {
        uint8_t dll, dlm, ier, fcr, lcr, mcr, scr;
        uint8_t lsr_errors; /* OE, PE, FE, BI as the register shows them */
        uint8_t msr_delta;
        uint8_t lines; /* CTS, DSR, RI, DCD from outside, in the places of the MSR */
        uint8_t rx_data[FIFO], rx_error[FIFO];
        uint8_t rx_head, rx_count;
        uint8_t tx_data[FIFO];
        uint8_t tx_head, tx_count;
        uint8_t tsr, tsr_busy;
        uint8_t rsr, rsr_busy;
        uint8_t rsr_error;       /* what is wrong with the character in rsr */
        uint8_t thre_pending;    /* the transmitter has an interrupt to give */
        uint8_t thre_delayed;    /* ... or will have, when tsr is empty */
        uint8_t tx_two;          /* two characters were in the FIFO since it was last empty */
        uint8_t timeout_pending; /* the character time-out has an interrupt to give */
        uint8_t irq;             /* level of the line */
    } s;
};

/* ---- interrupt ---- */

static unsigned depth(const struct i16550 *u)
{
    return u->s.fcr & FCR_ENABLE ? FIFO : 1;
}

static unsigned trigger(const struct i16550 *u)
{
    static const uint8_t levels[4] = { 1, 4, 8, 14 };

    return u->s.fcr & FCR_ENABLE ? levels[u->s.fcr >> 6] : 1;
}

static uint8_t interrupt_id(const struct i16550 *u)
{
    if ((u->s.ier & IER_LINE) && u->s.lsr_errors)
        return IIR_LINE;
    if ((u->s.ier & IER_RDA) && u->s.rx_count >= trigger(u))
        return IIR_RDA;
    if ((u->s.ier & IER_RDA) && u->s.timeout_pending)
        return IIR_TIMEOUT;
    if ((u->s.ier & IER_THRE) && u->s.thre_pending)
        return IIR_THRE;
    if ((u->s.ier & IER_MODEM) && u->s.msr_delta)
        return IIR_MODEM;
    return IIR_NONE;
}

/* OUT2 opens the way to the bus; in loopback the pin is inactive. */
static bool irq_level(const struct i16550 *u)
{
    return interrupt_id(u) != IIR_NONE && (u->s.mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
}

static void update_irq(struct i16550 *u)
{
    bool level = irq_level(u);

    if (level == u->s.irq)
        return;
    u->s.irq = level;
    trace(&u->dev, TRACE_IRQ, "interrupt %s", level ? "high" : "low");
    irq_set(&u->irq, level);
}

/* ---- the line ---- */

static unsigned divisor(const struct i16550 *u)
{
    unsigned d = u->s.dll | u->s.dlm << 8;

    return d ? d : 0x10000;
}

/* One character on the line, in halves of a bit. */
static unsigned half_bits(const struct i16550 *u)
{
    unsigned length = 5 + (u->s.lcr & LCR_LENGTH);
    unsigned stop = !(u->s.lcr & LCR_STOP) ? 2 : length == 5 ? 3 : 4;

    return 2 * (1 + length + (u->s.lcr & LCR_PARITY ? 1 : 0)) + stop;
}

static uint64_t character_ns(const struct i16550 *u)
{
    if (u->fast)
        return FAST_NS;
    return vclock_ticks_to_ns((uint64_t)half_bits(u) * divisor(u) * 8, CLOCK_HZ);
}

static uint8_t length_mask(const struct i16550 *u)
{
    return (uint8_t)(0xff >> (3 - (u->s.lcr & LCR_LENGTH)));
}

static void tell_params(const struct i16550 *u)
{
    static const char parities[4] = { 'O', 'E', 'M', 'S' };
    char parity = 'N';

    if (!u->chr || !u->chr->set_params)
        return;
    if (u->s.lcr & LCR_PARITY)
        parity = parities[(u->s.lcr & LCR_EVEN ? 1 : 0) | (u->s.lcr & LCR_STICK ? 2 : 0)];
    u->chr->set_params(u->chr, CLOCK_HZ / 16 / divisor(u), 5 + (u->s.lcr & LCR_LENGTH), parity,
                       u->s.lcr & LCR_STOP ? 2 : 1);
}

static void tell_lines(const struct i16550 *u)
{
    unsigned lines = 0;

    if (!u->chr || !u->chr->set_lines)
        return;
    if (!(u->s.mcr & MCR_LOOP))
        lines = (u->s.mcr & MCR_DTR ? LINE_DTR : 0) | (u->s.mcr & MCR_RTS ? LINE_RTS : 0) |
                (u->s.lcr & LCR_BREAK ? LINE_BREAK : 0);
    u->chr->set_lines(u->chr, lines);
}

/* The upper half of the MSR: the pins, or in loopback the chip's own outputs. */
static uint8_t modem_lines(const struct i16550 *u)
{
    uint8_t mcr = u->s.mcr;

    if (!(mcr & MCR_LOOP))
        return u->s.lines;
    return (uint8_t)((mcr & MCR_RTS ? LINE_CTS << 4 : 0) | (mcr & MCR_DTR ? LINE_DSR << 4 : 0) |
                     (mcr & MCR_OUT1 ? LINE_RI << 4 : 0) | (mcr & MCR_OUT2 ? LINE_DCD << 4 : 0));
}

/* Any change counts, but of RI only its end. */
static void note_modem_change(struct i16550 *u, uint8_t before)
{
    uint8_t now = modem_lines(u);
    uint8_t changed = (uint8_t)((before ^ now) & ~MSR_RI);

    u->s.msr_delta |= changed >> 4;
    if (before & ~now & MSR_RI)
        u->s.msr_delta |= MSR_TERI;
    update_irq(u);
}

static void chr_lines_changed(void *ctx)
{
    struct i16550 *u = ctx;
    uint8_t before = modem_lines(u);

    u->s.lines = (uint8_t)(u->chr->lines << 4);
    note_modem_change(u, before);
}

/* ---- receiver ---- */

static size_t chr_room(void *ctx)
{
    const struct i16550 *u = ctx;

    return !(u->s.mcr & MCR_LOOP) && !u->s.rsr_busy && u->s.rx_count < depth(u) ? 1 : 0;
}

/* Last in whatever calls it: the host may answer at once. */
static void ask_for_more(struct i16550 *u)
{
    if (u->chr && u->chr->hungry && chr_room(u))
        u->chr->hungry(u->chr);
}

static void restart_timeout(struct i16550 *u)
{
    if ((u->s.fcr & FCR_ENABLE) && u->s.rx_count && !u->s.timeout_pending)
        vtimer_arm(&u->timeout, vclock_now(u->dev.board->clock) + 4 * character_ns(u));
    else
        vtimer_cancel(&u->timeout);
}

/* The errors of a character show when it has come to the top. */
static void show_top(struct i16550 *u)
{
    if (u->s.rx_count)
        u->s.lsr_errors |= u->s.rx_error[u->s.rx_head];
}

static void rx_push(struct i16550 *u, uint8_t data, uint8_t errors)
{
    unsigned at = (u->s.rx_head + u->s.rx_count) % FIFO;

    if (u->s.rx_count == depth(u)) {
        u->s.lsr_errors |= LSR_OE;
        if (u->s.fcr & FCR_ENABLE) {
            update_irq(u);
            return; /* what is in the FIFO stays */
        }
        at = u->s.rx_head; /* without FIFO the new character takes the place of the old */
        u->s.rx_count = 0;
    }
    u->s.rx_data[at] = data & length_mask(u);
    u->s.rx_error[at] = errors;
    if (++u->s.rx_count == 1)
        show_top(u);
    restart_timeout(u);
    update_irq(u);
}

static void start_character(struct i16550 *u, uint8_t data, unsigned errors)
{
    u->s.rsr = data;
    u->s.rsr_error = errors & LSR_CHARACTER;
    u->s.rsr_busy = 1;
    vtimer_arm(&u->rx, vclock_now(u->dev.board->clock) + character_ns(u));
}

static void chr_receive(void *ctx, const uint8_t *data, size_t len)
{
    if (len && chr_room(ctx))
        start_character(ctx, data[0], 0);
}

static void chr_receive_bad(void *ctx, uint8_t data, unsigned errors)
{
    if (chr_room(ctx))
        start_character(ctx, data, errors);
}

static void rx_fire(void *ctx)
{
    struct i16550 *u = ctx;

    u->s.rsr_busy = 0;
    rx_push(u, u->s.rsr, u->s.rsr_error);
    ask_for_more(u);
}

static void timeout_fire(void *ctx)
{
    struct i16550 *u = ctx;

    u->s.timeout_pending = 1;
    update_irq(u);
}

static uint8_t rbr_read(struct i16550 *u)
{
    uint8_t data;

    if (!u->s.rx_count)
        return u->s.rx_data[(u->s.rx_head + FIFO - 1) % FIFO]; /* what was read last */
    data = u->s.rx_data[u->s.rx_head];
    u->s.rx_error[u->s.rx_head] = 0;
    u->s.rx_head = (u->s.rx_head + 1) % FIFO;
    u->s.rx_count--;
    show_top(u);
    u->s.timeout_pending = 0;
    restart_timeout(u);
    update_irq(u);
    ask_for_more(u);
    return data;
}

static void clear_rx(struct i16550 *u)
{
    u->s.rx_head = u->s.rx_count = 0;
    memset(u->s.rx_error, 0, sizeof(u->s.rx_error));
    u->s.timeout_pending = 0;
    restart_timeout(u);
}

/* ---- transmitter ---- */

/*
 * The FIFO (or the holding register) has become empty.  If there never were two characters in the
 * FIFO, its interrupt waits until the one character has left: otherwise each character would give
 * an interrupt as soon as it is written.
 */
static void tx_emptied(struct i16550 *u)
{
    if ((u->s.fcr & FCR_ENABLE) && !u->s.tx_two && u->s.tsr_busy)
        u->s.thre_delayed = 1;
    else
        u->s.thre_pending = 1;
    u->s.tx_two = 0;
}

static void tx_start(struct i16550 *u)
{
    if (u->s.tsr_busy || !u->s.tx_count)
        return;
    u->s.tsr = u->s.tx_data[u->s.tx_head] & length_mask(u);
    u->s.tx_head = (u->s.tx_head + 1) % FIFO;
    u->s.tx_count--;
    u->s.tsr_busy = 1;
    vtimer_arm(&u->tx, vclock_now(u->dev.board->clock) + character_ns(u));
    if (!u->s.tx_count)
        tx_emptied(u);
}

/* False: the host cannot take it now. */
static bool deliver(struct i16550 *u)
{
    if (u->s.mcr & MCR_LOOP)
        rx_push(u, u->s.tsr, 0);
    else if (u->chr && u->chr->write && !(u->s.lcr & LCR_BREAK))
        return u->chr->write(u->chr, &u->s.tsr, 1) == 1;
    return true;
}

static void tx_fire(void *ctx)
{
    struct i16550 *u = ctx;

    if (!deliver(u)) {
        vtimer_arm(&u->tx, vclock_now(u->dev.board->clock) + RETRY_NS);
        return;
    }
    u->s.tsr_busy = 0;
    if (u->s.thre_delayed) {
        u->s.thre_delayed = 0;
        u->s.thre_pending = 1;
    }
    tx_start(u);
    update_irq(u);
}

/* The host has room again: a character that was held up leaves, one on the line takes its time. */
static void chr_writable(void *ctx)
{
    struct i16550 *u = ctx;
    uint64_t now = vclock_now(u->dev.board->clock);

    if (u->s.tsr_busy && u->tx.deadline > now + character_ns(u))
        vtimer_arm(&u->tx, now);
}

static void thr_write(struct i16550 *u, uint8_t data)
{
    u->s.thre_pending = u->s.thre_delayed = 0;
    update_irq(u);
    if (u->s.tx_count == depth(u)) {
        if (u->s.fcr & FCR_ENABLE)
            return; /* a full FIFO takes no more */
        u->s.tx_count = 0;
    }
    u->s.tx_data[(u->s.tx_head + u->s.tx_count) % FIFO] = data;
    if (++u->s.tx_count >= 2)
        u->s.tx_two = 1;
    tx_start(u);
    update_irq(u);
}

static void clear_tx(struct i16550 *u)
{
    bool had = u->s.tx_count > 0;

    u->s.tx_head = u->s.tx_count = 0;
    u->s.tx_two = u->s.thre_delayed = 0;
    if (had)
        u->s.thre_pending = 1;
}

/* ---- registers ---- */

static uint8_t lsr_read(struct i16550 *u)
{
    uint8_t lsr = u->s.lsr_errors;

    if (u->s.rx_count)
        lsr |= LSR_DR;
    if (!u->s.tx_count)
        lsr |= LSR_THRE | (u->s.tsr_busy ? 0 : LSR_TEMT);
    if (u->s.fcr & FCR_ENABLE)
        for (unsigned i = 0; i < FIFO; i++)
            lsr |= u->s.rx_error[i] ? LSR_FIFO_ERROR : 0;
    u->s.lsr_errors = 0;
    u->s.rx_error[u->s.rx_head] = 0;
    update_irq(u);
    return lsr;
}

static uint8_t iir_read(struct i16550 *u)
{
    uint8_t id = interrupt_id(u);

    if (id == IIR_THRE) {
        u->s.thre_pending = 0;
        update_irq(u);
    }
    return u->s.fcr & FCR_ENABLE ? id | IIR_FIFO : id;
}

static uint8_t msr_read(struct i16550 *u)
{
    uint8_t msr = modem_lines(u) | u->s.msr_delta;

    u->s.msr_delta = 0;
    update_irq(u);
    return msr;
}

static void ier_write(struct i16550 *u, uint8_t value)
{
    bool thre_on = (value & IER_THRE) && !(u->s.ier & IER_THRE);

    u->s.ier = value & IER_ALL;
    if (thre_on && !u->s.tx_count && !u->s.thre_delayed)
        u->s.thre_pending = 1;
    update_irq(u);
}

static void fcr_write(struct i16550 *u, uint8_t value)
{
    bool change = (value ^ u->s.fcr) & FCR_ENABLE;

    u->s.fcr = value & FCR_ENABLE ? value & FCR_KEPT : 0;
    if (change || (value & (FCR_ENABLE | FCR_CLEAR_RX)) == (FCR_ENABLE | FCR_CLEAR_RX))
        clear_rx(u);
    if (change || (value & (FCR_ENABLE | FCR_CLEAR_TX)) == (FCR_ENABLE | FCR_CLEAR_TX))
        clear_tx(u);
    update_irq(u);
    ask_for_more(u);
}

static void lcr_write(struct i16550 *u, uint8_t value)
{
    uint8_t changed = value ^ u->s.lcr;

    u->s.lcr = value;
    if (changed & ~(LCR_BREAK | LCR_DLAB))
        tell_params(u);
    if (changed & LCR_BREAK) {
        tell_lines(u);
        if ((value & LCR_BREAK) && (u->s.mcr & MCR_LOOP))
            rx_push(u, 0, LSR_BI);
    }
}

static void mcr_write(struct i16550 *u, uint8_t value)
{
    uint8_t before = modem_lines(u);

    u->s.mcr = value & MCR_ALL;
    tell_lines(u);
    note_modem_change(u, before);
    ask_for_more(u);
}

static uint32_t i16550_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct i16550 *u = (struct i16550 *)dev;
    bool dlab = u->s.lcr & LCR_DLAB;

    (void)size;
    switch (offset) {
    case REG_DATA:
        return dlab ? u->s.dll : rbr_read(u);
    case REG_IER:
        return dlab ? u->s.dlm : u->s.ier;
    case REG_IIR:
        return iir_read(u);
    case REG_LCR:
        return u->s.lcr;
    case REG_MCR:
        return u->s.mcr;
    case REG_LSR:
        return lsr_read(u);
    case REG_MSR:
        return msr_read(u);
    default:
        return u->s.scr;
    }
}

static void i16550_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i16550 *u = (struct i16550 *)dev;
    bool dlab = u->s.lcr & LCR_DLAB;
    uint8_t v = (uint8_t)value;

    (void)size;
    trace(dev, TRACE_IO, "register %u write %02x", offset, v);
    switch (offset) {
    case REG_DATA:
    case REG_IER:
        if (dlab) {
            *(offset ? &u->s.dlm : &u->s.dll) = v;
            tell_params(u);
        } else if (offset == REG_IER) {
            ier_write(u, v);
        } else {
            thr_write(u, v);
        }
        break;
    case REG_FCR:
        fcr_write(u, v);
        break;
    case REG_LCR:
        lcr_write(u, v);
        break;
    case REG_MCR:
        mcr_write(u, v);
        break;
    case REG_SCR:
        u->s.scr = v;
        break;
    default: /* LSR and MSR are for reading */
        break;
    }
}

/* ---- the device ---- */

/* MR leaves divisor, scratch and data registers alone; here they come up the same every time.  The
 * levels of the line are the host's. */
static void i16550_reset(struct device *dev, enum reset_kind kind)
{
    struct i16550 *u = (struct i16550 *)dev;
    struct i16550_state keep = u->s;

    (void)kind;
    vtimer_cancel(&u->tx);
    vtimer_cancel(&u->rx);
    vtimer_cancel(&u->timeout);
    memset(&u->s, 0, sizeof(u->s));
    u->s.lines = keep.lines;
    u->s.irq = keep.irq;
    u->s.dll = 12; /* 9600 baud */
    update_irq(u);
    tell_params(u);
    tell_lines(u);
    ask_for_more(u);
}

static bool i16550_check(struct device *dev, struct error *err)
{
    const struct i16550 *u = (const struct i16550 *)dev;
    const struct i16550_state *s = &u->s;
    bool waits = (s->fcr & FCR_ENABLE) && s->rx_count && !s->timeout_pending;

    if (s->fcr & ~(FCR_KEPT) || (s->fcr && !(s->fcr & FCR_ENABLE)) || s->ier & ~IER_ALL ||
        s->mcr & ~MCR_ALL || s->lsr_errors & ~LSR_ERRORS || s->msr_delta & ~0x0f ||
        s->lines & ~MSR_LINES)
        return error_set(err, "%s: a reserved bit is set", dev->name);
    if (s->rx_head >= FIFO || s->tx_head >= FIFO || s->rx_count > depth(u) ||
        s->tx_count > depth(u))
        return error_set(err, "%s: a FIFO holds more than it can", dev->name);
    for (unsigned i = 0; i < FIFO; i++)
        if (s->rx_error[i] & ~LSR_CHARACTER)
            return error_set(err, "%s: a character has an impossible error", dev->name);
    if (s->rsr_error & ~LSR_CHARACTER)
        return error_set(err, "%s: a character has an impossible error", dev->name);
    if (s->tsr_busy > 1 || s->rsr_busy > 1 || s->thre_pending > 1 ||
        s->thre_delayed > s->tsr_busy || s->tx_two > 1 || s->timeout_pending > 1 ||
        (s->tx_count && !s->tsr_busy))
        return error_set(err, "%s: a flag is impossible", dev->name);
    if (s->tsr_busy != (u->tx.deadline != VCLOCK_NEVER) ||
        s->rsr_busy != (u->rx.deadline != VCLOCK_NEVER) ||
        waits != (u->timeout.deadline != VCLOCK_NEVER))
        return error_set(err, "%s: a timer runs for nothing, or does not run", dev->name);
    if (s->irq != irq_level(u))
        return error_set(err, "%s: the interrupt does not follow its sources", dev->name);
    return true;
}

static void i16550_resume(struct device *dev)
{
    struct i16550 *u = (struct i16550 *)dev;

    tell_params(u);
    tell_lines(u);
    ask_for_more(u);
}

static void i16550_free(struct device *dev)
{
    struct chardev *chr = ((struct i16550 *)dev)->chr;

    if (!chr)
        return;
    chr->room = NULL;
    chr->receive = NULL;
    chr->receive_bad = NULL;
    chr->writable = NULL;
    chr->lines_changed = NULL;
    chr->ctx = NULL;
}

static const struct port_range i16550_ports[] = {
    { .count = REG_COUNT, .sizes = 1, .read = i16550_read, .write = i16550_write },
    { 0 },
};

static const struct field i16550_fields[] = {
    FIELD(struct i16550, s.dll),
    FIELD(struct i16550, s.dlm),
    FIELD(struct i16550, s.ier),
    FIELD(struct i16550, s.fcr),
    FIELD(struct i16550, s.lcr),
    FIELD(struct i16550, s.mcr),
    FIELD(struct i16550, s.scr),
    FIELD(struct i16550, s.lsr_errors),
    FIELD(struct i16550, s.msr_delta),
    FIELD(struct i16550, s.lines, .flags = FIELD_KEEP),
    FIELD_ARRAY(struct i16550, s.rx_data),
    FIELD_ARRAY(struct i16550, s.rx_error),
    FIELD(struct i16550, s.rx_head),
    FIELD(struct i16550, s.rx_count),
    FIELD_ARRAY(struct i16550, s.tx_data),
    FIELD(struct i16550, s.tx_head),
    FIELD(struct i16550, s.tx_count),
    FIELD(struct i16550, s.tsr),
    FIELD(struct i16550, s.tsr_busy),
    FIELD(struct i16550, s.rsr),
    FIELD(struct i16550, s.rsr_busy),
    FIELD(struct i16550, s.rsr_error),
    FIELD(struct i16550, s.thre_pending),
    FIELD(struct i16550, s.thre_delayed),
    FIELD(struct i16550, s.tx_two),
    FIELD(struct i16550, s.timeout_pending),
    FIELD(struct i16550, s.irq),
    FIELD_TIMER(struct i16550, tx),
    FIELD_TIMER(struct i16550, rx),
    FIELD_TIMER(struct i16550, timeout),
    { 0 },
};

static const struct device_class i16550_class = {
    .name = "i16550",
    .version = 1,
    .state_offset = offsetof(struct i16550, s),
    .state_size = sizeof(struct i16550_state),
    .ports = i16550_ports,
    .fields = i16550_fields,
    .reset = i16550_reset,
    .check = i16550_check,
    .resume = i16550_resume,
    .free = i16550_free,
};

struct device *i16550_new(struct board *board, const char *name, uint16_t base, struct irq irq,
                          struct chardev *chr, struct error *err)
{
    struct i16550 *u = device_new(board, &i16550_class, sizeof(*u), name, base, err);

    if (!u)
        return NULL;
    u->irq = irq;
    u->chr = chr;
    vtimer_init(&u->tx, board->clock, tx_fire, u);
    vtimer_init(&u->rx, board->clock, rx_fire, u);
    vtimer_init(&u->timeout, board->clock, timeout_fire, u);
    if (chr) {
        chr->room = chr_room;
        chr->receive = chr_receive;
        chr->receive_bad = chr_receive_bad;
        chr->writable = chr_writable;
        chr->lines_changed = chr_lines_changed;
        chr->ctx = u;
        u->s.lines = (uint8_t)(chr->lines << 4);
    }
    device_reset(&u->dev, RESET_POWER_ON);
    return &u->dev;
}

void i16550_set_fast(struct device *dev, bool fast)
{
    ((struct i16550 *)dev)->fast = fast;
}
