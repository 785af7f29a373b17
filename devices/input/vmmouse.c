/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMware's backdoor, as far as its pointer goes.  A dword IN from port 5658h with a magic number in
 * EAX is a call: CX the command, EBX its argument, and the answer comes in several registers.
 * Sources: the constants that VMware published with its X.Org driver (vmmouse_defs.h), and what the
 * drivers of Linux, DOS (VBADOS) and Windows 3.x (vmwmouse) send and expect.
 *
 * A packet is four dwords: buttons and flags, x, y, wheel.  Positions that wait unread are brought
 * up to date in place as long as the buttons stay, so only clicks can fill the queue.  If they do,
 * or a driver asks for more than there is, the status is FFFFh until it is switched on again.
 *
 * Not modelled: all other commands of the backdoor (EAX is FFFFFFFFh after them, which is how
 * drivers know), the port 5659h beside it.
 */
#include <string.h>

#include "core/input.h"
#include "devices/input/vmmouse.h"

#define MAGIC      0x564d5868u
#define VERSION_ID 0x3442554au /* "JUB4": what a driver reads after switching on */
#define NO_ANSWER  UINT32_MAX

enum { R_EAX, R_ECX, R_EDX, R_EBX, R_ESP, R_EBP, R_ESI, R_EDI, REGISTERS };
enum { CMD_VERSION = 10, CMD_DATA = 39, CMD_STATUS = 40, CMD_COMMAND = 41 };
enum { INTERFACE = 6, PRODUCT_WORKSTATION = 4 };
enum { ENABLE = 0x45414552, DISABLE = 0xf5, RELATIVE = 0x4c455252, ABSOLUTE = 0x53424152 };
enum { PACKET_RELATIVE = 0x10000, PACKET_LEFT = 0x20, PACKET_RIGHT = 0x10, PACKET_MIDDLE = 8 };
enum { STATUS_ERROR = 0xffff };
enum { PACKET = 4, QUEUE = 64 * PACKET, MOST_DATA = 6 };
enum { ALL_BUTTONS = BUTTON_LEFT | BUTTON_RIGHT | BUTTON_MIDDLE };

struct vmmouse {
    struct device dev;
    struct irq nudge;
    /* The PS/2 mouse, which has the pointer while nobody uses this one. */
    void (*mouse)(void *ctx, int dx, int dy, int wheel, unsigned buttons);
    void *mouse_ctx;
    struct vmmouse_state {
        uint32_t queue[QUEUE];
        uint16_t queued; /* dwords */
        uint16_t status; /* 0, or STATUS_ERROR: off */
        uint16_t absolute;
        uint16_t buttons; /* BUTTON_* as the last packet had them */
        uint16_t x, y;    /* and the position */
    } s;
};

/* ---- packets ---- */

static uint32_t packet_buttons(unsigned buttons)
{
    return (buttons & BUTTON_LEFT ? PACKET_LEFT : 0) | (buttons & BUTTON_RIGHT ? PACKET_RIGHT : 0) |
           (buttons & BUTTON_MIDDLE ? PACKET_MIDDLE : 0);
}

static void nudge(const struct vmmouse *vm)
{
    irq_set(&vm->nudge, true);
    irq_set(&vm->nudge, false);
}

static int32_t cut(int64_t value, int32_t most)
{
    return value < -most ? -most : value > most ? most : (int32_t)value;
}

/* The newest packet, if it is whole and another with these flags may become part of it. */
static uint32_t *last_packet(struct vmmouse *vm, uint32_t flags)
{
    uint32_t *p = vm->s.queued < PACKET ? NULL : &vm->s.queue[vm->s.queued - PACKET];

    return p && p[0] == flags ? p : NULL;
}

static void set_absolute(struct vmmouse *vm, bool absolute)
{
    struct input *input = vm->dev.board->input;

    vm->s.absolute = absolute;
    if (!input || input->absolute == absolute)
        return;
    input->absolute = absolute;
    if (input->absolute_changed)
        input->absolute_changed(input->absolute_changed_ctx, absolute);
}

/* As a driver asked, or because it and we disagree: to it both look the same. */
static void switch_off(struct vmmouse *vm)
{
    trace(&vm->dev, TRACE_STATE, "off");
    vm->s.status = STATUS_ERROR;
    vm->s.queued = 0;
    set_absolute(vm, false);
}

static void put(struct vmmouse *vm, uint32_t flags, uint32_t x, uint32_t y, int wheel)
{
    uint32_t *p;

    if (vm->s.queued + PACKET > QUEUE) {
        switch_off(vm);
        return;
    }
    p = vm->s.queue + vm->s.queued;
    p[0] = flags;
    p[1] = x;
    p[2] = y;
    p[3] = (uint32_t)cut(-(int64_t)wheel, INT8_MAX); /* positive is towards the user here */
    vm->s.queued += PACKET;
    nudge(vm);
}

static void on_position(void *ctx, unsigned x, unsigned y, int wheel, unsigned buttons)
{
    struct vmmouse *vm = ctx;
    uint32_t flags = packet_buttons(buttons), *last = last_packet(vm, flags);

    x = x < UINT16_MAX ? x : UINT16_MAX;
    y = y < UINT16_MAX ? y : UINT16_MAX;
    buttons &= ALL_BUTTONS;
    if (!vm->s.absolute || (x == vm->s.x && y == vm->s.y && !wheel && buttons == vm->s.buttons))
        return;
    vm->s.x = (uint16_t)x;
    vm->s.y = (uint16_t)y;
    if (last && !wheel && buttons == vm->s.buttons) {
        last[1] = x;
        last[2] = y;
        nudge(vm);
    } else {
        vm->s.buttons = (uint16_t)buttons;
        put(vm, flags, x, y, wheel);
    }
}

/* Movement from a front-end that has no positions; also in absolute mode, marked as what it is. */
static void on_movement(void *ctx, int dx, int dy, int wheel, unsigned buttons)
{
    struct vmmouse *vm = ctx;
    uint32_t flags = packet_buttons(buttons) | PACKET_RELATIVE, *last = last_packet(vm, flags);

    if (vm->s.status == STATUS_ERROR) {
        if (vm->mouse)
            vm->mouse(vm->mouse_ctx, dx, dy, wheel, buttons);
        return;
    }
    buttons &= ALL_BUTTONS;
    if (!dx && !dy && !wheel && buttons == vm->s.buttons)
        return;
    if (last && !wheel && buttons == vm->s.buttons) {
        last[1] = (uint32_t)cut((int64_t)(int32_t)last[1] + dx, INT16_MAX);
        last[2] = (uint32_t)cut((int64_t)(int32_t)last[2] - dy, INT16_MAX);
        nudge(vm);
        return;
    }
    vm->s.buttons = (uint16_t)buttons;
    put(vm, flags, (uint32_t)cut(dx, INT16_MAX), (uint32_t)cut(-(int64_t)dy, INT16_MAX), wheel);
}

/* ---- calls ---- */

static void enable(struct vmmouse *vm)
{
    /* A button held now would stay held for the PS/2 mouse. */
    if (vm->s.status == STATUS_ERROR && vm->mouse)
        vm->mouse(vm->mouse_ctx, 0, 0, 0, 0);
    vm->s.status = 0;
    vm->s.buttons = 0;
    vm->s.queue[0] = VERSION_ID;
    vm->s.queued = 1;
}

static void command(struct vmmouse *vm, uint32_t what)
{
    switch (what) {
    case ENABLE:
        enable(vm);
        break;
    case DISABLE:
        switch_off(vm);
        break;
    case RELATIVE:
        set_absolute(vm, false);
        break;
    case ABSOLUTE:
        if (vm->s.status != STATUS_ERROR)
            set_absolute(vm, true);
        break;
    default:
        trace(&vm->dev, TRACE_ODD, "unknown pointer command %08x", what);
        break;
    }
}

static void take_data(struct vmmouse *vm, uint32_t gpr[REGISTERS])
{
    static const uint8_t into[MOST_DATA] = { R_EAX, R_EBX, R_ECX, R_EDX, R_ESI, R_EDI };
    uint32_t count = gpr[R_EBX];

    if (!count || count > MOST_DATA || count > vm->s.queued) {
        switch_off(vm);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        gpr[into[i]] = vm->s.queue[i];
    vm->s.queued -= (uint16_t)count;
    memmove(vm->s.queue, vm->s.queue + count, vm->s.queued * sizeof(vm->s.queue[0]));
}

static void call(struct vmmouse *vm, uint32_t gpr[REGISTERS])
{
    switch (gpr[R_ECX] & 0xffff) {
    case CMD_VERSION:
        gpr[R_EAX] = INTERFACE;
        gpr[R_EBX] = MAGIC;
        gpr[R_ECX] = PRODUCT_WORKSTATION;
        break;
    case CMD_DATA:
        take_data(vm, gpr);
        break;
    case CMD_STATUS:
        gpr[R_EAX] = (uint32_t)vm->s.status << 16 | vm->s.queued;
        break;
    case CMD_COMMAND:
        command(vm, gpr[R_EBX]);
        break;
    default:
        trace(&vm->dev, TRACE_ODD, "unknown command %u", gpr[R_ECX] & 0xffff);
        gpr[R_EAX] = NO_ANSWER;
        break;
    }
}

static uint32_t vmmouse_read(struct device *dev, uint32_t offset, unsigned size)
{
    const struct board *board = dev->board;
    const struct board_hooks *hooks = board->hooks;
    uint32_t gpr[REGISTERS];

    (void)offset;
    (void)size;
    if (!hooks || !hooks->registers || !hooks->registers(board->hooks_ctx, gpr) ||
        gpr[R_EAX] != MAGIC)
        return NO_ANSWER; /* nobody there */
    trace(dev, TRACE_IO, "call %u, %08x", gpr[R_ECX] & 0xffff, gpr[R_EBX]);
    call((struct vmmouse *)dev, gpr);
    hooks->set_registers(board->hooks_ctx, gpr);
    return gpr[R_EAX];
}

/* ---- life ---- */

static void vmmouse_reset(struct device *dev, enum reset_kind kind)
{
    struct vmmouse *vm = (struct vmmouse *)dev;

    (void)kind;
    memset(&vm->s, 0, sizeof(vm->s));
    switch_off(vm);
}

static bool vmmouse_check(struct device *dev, struct error *err)
{
    const struct vmmouse *vm = (const struct vmmouse *)dev;

    if (vm->s.queued > QUEUE)
        return error_set(err, "%s: a queue is fuller than it can be", dev->name);
    if (vm->s.status && (vm->s.status != STATUS_ERROR || vm->s.queued || vm->s.absolute))
        return error_set(err, "%s: status %04x does not exist", dev->name, vm->s.status);
    return true;
}

static void vmmouse_resume(struct device *dev)
{
    struct vmmouse *vm = (struct vmmouse *)dev;

    set_absolute(vm, vm->s.absolute != 0);
}

static void vmmouse_free(struct device *dev)
{
    struct vmmouse *vm = (struct vmmouse *)dev;
    struct input *input = dev->board->input;

    if (!input || input->absolute_ctx != dev)
        return;
    input->pointer_absolute = NULL;
    input->absolute_ctx = NULL;
    if (input->pointer_ctx == dev) {
        input->pointer = vm->mouse;
        input->pointer_ctx = vm->mouse_ctx;
    }
}

static const struct port_range vmmouse_ports[] = {
    { .base = 0, .count = 4, .sizes = 4, .exact = true, .read = vmmouse_read },
    { 0 },
};
static const struct field vmmouse_fields[] = {
    FIELD_ARRAY(struct vmmouse, s.queue), FIELD(struct vmmouse, s.queued),
    FIELD(struct vmmouse, s.status),      FIELD(struct vmmouse, s.absolute),
    FIELD(struct vmmouse, s.buttons),     FIELD(struct vmmouse, s.x),
    FIELD(struct vmmouse, s.y),           { 0 },
};
static const struct device_class vmmouse_class = {
    .name = "vmmouse",
    .version = 1,
    .state_offset = offsetof(struct vmmouse, s),
    .state_size = sizeof(struct vmmouse_state),
    .ports = vmmouse_ports,
    .fields = vmmouse_fields,
    .reset = vmmouse_reset,
    .check = vmmouse_check,
    .resume = vmmouse_resume,
    .free = vmmouse_free,
};

struct device *vmmouse_new(struct board *board, struct irq nudge_line, struct error *err)
{
    struct vmmouse *vm = device_new(board, &vmmouse_class, sizeof(*vm), "vmmouse", 0x5658, err);

    if (!vm)
        return NULL;
    vm->nudge = nudge_line;
    if (board->input) {
        vm->mouse = board->input->pointer;
        vm->mouse_ctx = board->input->pointer_ctx;
        board->input->pointer = on_movement;
        board->input->pointer_ctx = vm;
        board->input->pointer_absolute = on_position;
        board->input->absolute_ctx = vm;
    }
    device_reset(&vm->dev, RESET_POWER_ON);
    return &vm->dev;
}
