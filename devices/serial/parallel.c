/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The standard parallel port (SPP): data, status and control latches, no printer on the plug.
 * Source: IBM Personal Computer AT Technical Reference, "Serial/Parallel Adapter".
 *
 * Without a cable the inputs are pulled up, and BUSY is inverted on its way in: the status register
 * reads 7Fh plus the reserved bits, nothing ever acknowledges, so the interrupt never comes.
 * Not modelled: EPP and ECP, the data direction bit of later ports (it reads 0).
 */
#include "devices/serial/parallel.h"

enum { REG_DATA, REG_STATUS, REG_CONTROL, REG_COUNT };
enum { CONTROL_LINES = 0x1f, CONTROL_UNUSED = 0xc0 };
enum { STATUS_NO_CABLE = 0x7f };

struct parallel {
    struct device dev; /* first member */
    struct irq irq;
    struct parallel_state {
        uint8_t data;
        uint8_t control; /* STROBE, AUTOFD, INIT, SELECT IN, interrupt enable */
    } s;
};

static uint32_t parallel_read(struct device *dev, uint32_t offset, unsigned size)
{
    const struct parallel *port = (const struct parallel *)dev;

    (void)size;
    switch (offset) {
    case REG_DATA:
        return port->s.data; /* the latch drives the plug and is read back from there */
    case REG_STATUS:
        return STATUS_NO_CABLE;
    default:
        return port->s.control | CONTROL_UNUSED;
    }
}

static void parallel_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct parallel *port = (struct parallel *)dev;

    (void)size;
    trace(dev, TRACE_IO, "register %u write %02x", offset, value);
    if (offset == REG_DATA)
        port->s.data = (uint8_t)value;
    else if (offset == REG_CONTROL)
        port->s.control = value & CONTROL_LINES;
}

static void parallel_reset(struct device *dev, enum reset_kind kind)
{
    struct parallel *port = (struct parallel *)dev;

    (void)kind;
    port->s.data = 0;
    port->s.control = 0;
    irq_set(&port->irq, false);
}

static bool parallel_check(struct device *dev, struct error *err)
{
    const struct parallel *port = (const struct parallel *)dev;

    return !(port->s.control & ~CONTROL_LINES) ||
           error_set(err, "%s: a reserved bit is set", dev->name);
}

static const struct port_range parallel_ports[] = {
    { .count = REG_COUNT, .sizes = 1, .read = parallel_read, .write = parallel_write },
    { 0 },
};

static const struct field parallel_fields[] = {
    FIELD(struct parallel, s.data),
    FIELD(struct parallel, s.control),
    { 0 },
};

static const struct device_class parallel_class = {
    .name = "parallel",
    .version = 1,
    .state_offset = offsetof(struct parallel, s),
    .state_size = sizeof(struct parallel_state),
    .ports = parallel_ports,
    .fields = parallel_fields,
    .reset = parallel_reset,
    .check = parallel_check,
};

struct device *parallel_new(struct board *board, const char *name, uint16_t base, struct irq irq,
                            struct error *err)
{
    struct parallel *port = device_new(board, &parallel_class, sizeof(*port), name, base, err);

    if (!port)
        return NULL;
    port->irq = irq;
    device_reset(&port->dev, RESET_POWER_ON);
    return &port->dev;
}
