/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debug ports, which no real PC has: characters written to 402h (SeaBIOS) or E9h (Bochs) go to the
 * machine's log, and both read E9h so that a guest knows they are there.  F4h, where it is wanted,
 * ends the machine: value v gives the exit status 2v + 1, as QEMU's isa-debug-exit does.
 */
#include "devices/system/debug_ports.h"

enum { PORT_EXIT = 0xf4, PRESENT = 0xe9 };
enum { MAP_SEABIOS, MAP_BOCHS, MAP_EXIT };

struct debug_ports {
    struct device dev; /* first member */
};

static uint32_t debug_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return PRESENT;
}

static void put(struct device *dev, uint16_t port, uint32_t value)
{
    const struct board *board = dev->board;

    if (board->hooks && board->hooks->debug_char)
        board->hooks->debug_char(board->hooks_ctx, port, (uint8_t)value);
}

static void seabios_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)offset;
    (void)size;
    put(dev, 0x402, value);
}

static void bochs_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)offset;
    (void)size;
    put(dev, 0xe9, value);
}

static uint32_t exit_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return 0;
}

static void exit_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    const struct board *board = dev->board;

    (void)offset;
    (void)size;
    if (board->hooks && board->hooks->power_off)
        board->hooks->power_off(board->hooks_ctx, (int)(value << 1 | 1));
}

static const struct port_range debug_ports[] = {
    { .base = 0x402, .count = 1, .sizes = 1, .read = debug_read, .write = seabios_write },
    { .base = 0xe9, .count = 1, .sizes = 1, .read = debug_read, .write = bochs_write },
    { .count = 4, .sizes = 7, .hidden = true, .read = exit_read, .write = exit_write },
    { 0 },
};

static const struct device_class debug_ports_class = {
    .name = "debug-ports",
    .version = 1,
    .state_offset = sizeof(struct debug_ports),
    .ports = debug_ports,
};

struct device *debug_ports_new(struct board *board, bool with_exit, struct error *err)
{
    struct debug_ports *debug =
        device_new(board, &debug_ports_class, sizeof(*debug), "debug", 0, err);

    if (!debug)
        return NULL;
    bus_move(debug->dev.maps[MAP_EXIT], PORT_EXIT, with_exit);
    return &debug->dev;
}
