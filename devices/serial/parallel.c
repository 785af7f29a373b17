/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parallel port of a PC: standard (SPP), with the direction bit of the PS/2 and the EPP 1.9
 * registers, and the plug of a Centronics printer.
 * Sources: IBM Personal Computer AT Technical Reference, "Serial/Parallel Adapter"; National
 * Semiconductor PC87332 data sheet, "Parallel Port", for PS/2 and EPP; IEEE 1284-1994,
 * compatibility mode, for the handshake.
 *
 * The printer latches the data when STROBE goes low and is busy from then on.  When STROBE is high
 * again and the host side has taken the character, ACK is low for 10 microseconds; with its end
 * BUSY falls and the interrupt comes.  It is latched as in the PS/2 port: reading the status, the
 * next STROBE or closing the gate takes it back.  The printer on the plug knows the compatibility
 * mode only, so that every EPP cycle ends with the time-out bit.
 *
 * Without a printer the inputs are pulled up and BUSY is inverted on its way in: nothing ever
 * acknowledges.  Not modelled: ECP; SELECT IN and AUTOFD change nothing at the printer.
 */
#include "devices/serial/parallel.h"

enum { REG_DATA, REG_STATUS, REG_CONTROL, REG_EPP, SPP_COUNT = 3, EPP_COUNT = 8 };
enum { CONTROL_STROBE = 1, CONTROL_INIT = 4, CONTROL_IRQ = 0x10, CONTROL_INPUT = 0x20 };
enum { CONTROL_LINES = 0x3f, CONTROL_UNUSED = 0xc0 };
enum { STATUS_TIMEOUT = 1, STATUS_NO_IRQ = 4, STATUS_UNUSED = 2, STATUS_NO_ERROR = 8 };
enum { STATUS_SELECT = 0x10, STATUS_NO_PAPER = 0x20, STATUS_NO_ACK = 0x40, STATUS_NOT_BUSY = 0x80 };
enum { ACK_NS = 10000 };

enum phase {
    IDLE,
    LATCHED, /* STROBE is low, the character is in s.latched */
    WAITING, /* ... STROBE is high, the host side has not taken it yet */
    ACKNOWLEDGING,
    PHASES
};

struct parallel {
    struct device dev; /* first member */
    struct irq irq;
    struct printer *printer;
    uint64_t job_ns;
    struct vtimer ack;      /* the end of ACK */
    struct vtimer idle;     /* the end of a job */
    struct parallel_state { /* largest members first */
        uint64_t job;       /* the printer's name for the open job */
        uint8_t data;
        uint8_t control; /* STROBE, AUTOFD, INIT, SELECT IN, interrupt enable, direction */
        uint8_t phase;
        uint8_t latched;
        uint8_t irq; /* latched; level of the line where the gate is open */
        uint8_t timeout;
        uint8_t pad[2]; /* always 0 */
    } s;
};

static void set_irq(struct parallel *port, bool level)
{
    if (level == port->s.irq)
        return;
    port->s.irq = level;
    irq_set(&port->irq, level);
}

/* ---- the printer ---- */

static void end_job(struct parallel *port)
{
    vtimer_cancel(&port->idle);
    port->s.job = 0;
    if (port->printer)
        port->printer->end_job(port->printer);
}

static void idle_fire(void *ctx)
{
    end_job(ctx);
}

static void ack_fire(void *ctx)
{
    struct parallel *port = ctx;

    port->s.phase = IDLE;
    set_irq(port, port->s.control & CONTROL_IRQ);
}

/* Hands the latched character over, or waits until the host side calls printer_writable. */
static void offer(struct parallel *port)
{
    uint64_t now;

    port->s.phase = WAITING;
    if (!port->printer || !port->printer->write(port->printer, port->s.latched))
        return;
    now = vclock_now(port->dev.board->clock);
    port->s.phase = ACKNOWLEDGING;
    port->s.job = port->printer->job;
    vtimer_arm(&port->ack, now + ACK_NS);
    vtimer_arm(&port->idle, now + port->job_ns);
}

static void printer_writable(void *ctx)
{
    struct parallel *port = ctx;

    if (port->s.phase == WAITING)
        offer(port);
}

/* INIT empties the printer's buffer, and what comes after it is something new. */
static void initialise(struct parallel *port)
{
    vtimer_cancel(&port->ack);
    port->s.phase = IDLE;
    end_job(port);
}

/* ---- registers ---- */

static uint8_t printer_lines(const struct parallel *port)
{
    uint8_t lines = STATUS_NO_ERROR | STATUS_SELECT | STATUS_NO_ACK | STATUS_NOT_BUSY;

    if (!port->printer) /* pulled up; BUSY too, and it is inverted */
        return STATUS_NO_ERROR | STATUS_SELECT | STATUS_NO_PAPER | STATUS_NO_ACK;
    if (port->s.phase != IDLE)
        lines &= (uint8_t)~STATUS_NOT_BUSY;
    if (port->s.phase == ACKNOWLEDGING)
        lines &= (uint8_t)~STATUS_NO_ACK;
    if (port->printer->status == PRINTER_NO_PAPER)
        lines = (lines | STATUS_NO_PAPER) & (uint8_t) ~(STATUS_NO_ERROR | STATUS_NOT_BUSY);
    if (port->printer->status == PRINTER_OFFLINE)
        lines &= (uint8_t) ~(STATUS_NO_ERROR | STATUS_SELECT | STATUS_NOT_BUSY);
    return lines;
}

static uint8_t status_read(struct parallel *port)
{
    uint8_t status = printer_lines(port) | STATUS_UNUSED;

    if (!port->s.irq)
        status |= STATUS_NO_IRQ;
    if (port->s.timeout)
        status |= STATUS_TIMEOUT;
    set_irq(port, false);
    return status;
}

static void control_write(struct parallel *port, uint8_t value)
{
    uint8_t before = port->s.control;

    port->s.control = value & CONTROL_LINES;
    if (!(value & CONTROL_IRQ))
        set_irq(port, false);
    if (before & ~value & CONTROL_INIT)
        initialise(port);
    if (!(value & CONTROL_INIT)) /* a printer that is held in reset sees no STROBE */
        return;
    if ((~before & value & CONTROL_STROBE) && port->s.phase == IDLE) {
        set_irq(port, false);
        port->s.latched = value & CONTROL_INPUT ? 0xff : port->s.data;
        port->s.phase = LATCHED;
    } else if ((before & ~value & CONTROL_STROBE) && port->s.phase == LATCHED) {
        offer(port);
    }
}

static uint32_t parallel_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct parallel *port = (struct parallel *)dev;

    (void)size;
    switch (offset) {
    case REG_DATA: /* what is on the pins: the latch, or the pull-ups when it does not drive them */
        return port->s.control & CONTROL_INPUT ? 0xff : port->s.data;
    case REG_STATUS:
        return status_read(port);
    case REG_CONTROL:
        return port->s.control | CONTROL_UNUSED;
    default: /* an EPP cycle that nobody answers */
        port->s.timeout = 1;
        return 0xff;
    }
}

static void parallel_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct parallel *port = (struct parallel *)dev;

    (void)size;
    trace(dev, TRACE_IO, "register %u write %02x", offset, value);
    switch (offset) {
    case REG_DATA:
        port->s.data = (uint8_t)value;
        break;
    case REG_STATUS: /* a one clears the time-out */
        if (value & STATUS_TIMEOUT)
            port->s.timeout = 0;
        break;
    case REG_CONTROL:
        control_write(port, (uint8_t)value);
        break;
    default: /* the byte was on the pins until the time-out */
        port->s.data = (uint8_t)value;
        port->s.timeout = 1;
        break;
    }
}

/* ---- the device ---- */

static void parallel_reset(struct device *dev, enum reset_kind kind)
{
    struct parallel *port = (struct parallel *)dev;

    (void)kind;
    initialise(port);
    set_irq(port, false);
    port->s = (struct parallel_state){ 0 };
}

static bool parallel_check(struct device *dev, struct error *err)
{
    const struct parallel *port = (const struct parallel *)dev;
    const struct parallel_state *s = &port->s;

    if (s->control & ~CONTROL_LINES || s->pad[0] || s->pad[1])
        return error_set(err, "%s: a reserved bit is set", dev->name);
    if (s->phase >= PHASES || s->irq > 1 || s->timeout > 1 ||
        (s->irq && !(s->control & CONTROL_IRQ)) ||
        ((s->phase == LATCHED || s->phase == WAITING) && !(s->control & CONTROL_INIT)))
        return error_set(err, "%s: a flag is impossible", dev->name);
    if ((s->phase == ACKNOWLEDGING) != (port->ack.deadline != VCLOCK_NEVER) ||
        (s->job && port->idle.deadline == VCLOCK_NEVER))
        return error_set(err, "%s: a timer runs for nothing, or does not run", dev->name);
    return true;
}

/* The open job goes on; a character that the host side had not taken is offered again by it. */
static void parallel_resume(struct device *dev)
{
    struct parallel *port = (struct parallel *)dev;

    if (port->printer && port->s.job && port->printer->resume_job)
        port->printer->resume_job(port->printer, port->s.job);
}

static void parallel_free(struct device *dev)
{
    struct parallel *port = (struct parallel *)dev;

    if (!port->printer)
        return;
    port->printer->writable = NULL;
    port->printer->ctx = NULL;
}

static const struct port_range spp_ports[] = {
    { .count = SPP_COUNT, .sizes = 1, .read = parallel_read, .write = parallel_write },
    { 0 },
};

static const struct port_range epp_ports[] = {
    { .count = EPP_COUNT, .sizes = 1, .read = parallel_read, .write = parallel_write },
    { 0 },
};

static const struct field parallel_fields[] = {
    FIELD(struct parallel, s.job),
    FIELD(struct parallel, s.data),
    FIELD(struct parallel, s.control),
    FIELD(struct parallel, s.phase),
    FIELD(struct parallel, s.latched),
    FIELD(struct parallel, s.irq),
    FIELD(struct parallel, s.timeout),
    FIELD_ARRAY(struct parallel, s.pad),
    FIELD_TIMER(struct parallel, ack),
    FIELD_TIMER(struct parallel, idle),
    { 0 },
};

static const struct device_class spp_class = {
    .name = "parallel_spp",
    .version = 1,
    .state_offset = offsetof(struct parallel, s),
    .state_size = sizeof(struct parallel_state),
    .ports = spp_ports,
    .fields = parallel_fields,
    .reset = parallel_reset,
    .check = parallel_check,
    .resume = parallel_resume,
    .free = parallel_free,
};

static const struct device_class epp_class = {
    .name = "parallel",
    .version = 1,
    .state_offset = offsetof(struct parallel, s),
    .state_size = sizeof(struct parallel_state),
    .ports = epp_ports,
    .fields = parallel_fields,
    .reset = parallel_reset,
    .check = parallel_check,
    .resume = parallel_resume,
    .free = parallel_free,
};

struct device *parallel_new(struct board *board, const char *name, uint16_t base, struct irq irq,
                            struct printer *printer, uint64_t job_ns, struct error *err)
{
    const struct device_class *cls = base % 8 ? &spp_class : &epp_class;
    struct parallel *port = device_new(board, cls, sizeof(*port), name, base, err);

    if (!port)
        return NULL;
    port->irq = irq;
    port->printer = printer;
    port->job_ns = job_ns;
    vtimer_init(&port->ack, board->clock, ack_fire, port);
    vtimer_init(&port->idle, board->clock, idle_fire, port);
    if (printer) {
        printer->writable = printer_writable;
        printer->ctx = port;
    }
    device_reset(&port->dev, RESET_POWER_ON);
    return &port->dev;
}

void parallel_end_job(struct device *dev)
{
    end_job((struct parallel *)dev);
}
