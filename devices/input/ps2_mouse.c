/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PS/2 mouse: stream, remote and wrap mode, scaling, sample rate; the wheel and five-button
 * protocols after their knocks (rates 200-100-80 and 200-200-80). Sources: IBM PS/2 Hardware
 * Technical Reference, "Mouse"; Microsoft, "Windows and the 5-Button Wheel Mouse".
 *
 * Movement adds up until a packet takes it, and every change of the buttons gets a packet of its
 * own, so that nothing is lost while the host is slow. A nudge makes a packet that says nothing
 * new, for drivers that take the mouse's interrupt as a call to look elsewhere (vmmouse.c). Not
 * modelled: the resolution does not scale (one unit of the front-end is one count).
 */
#include <string.h>

#include "core/input.h"
#include "devices/input/ps2_mouse.h"

enum { ACK = 0xfa, ERROR = 0xfc, RESEND = 0xfe, BAT_OK = 0xaa };
enum {
    CMD_SCALE_1 = 0xe6,
    CMD_SCALE_2 = 0xe7,
    CMD_RESOLUTION = 0xe8,
    CMD_STATUS = 0xe9,
    CMD_STREAM = 0xea,
    CMD_READ = 0xeb,
    CMD_UNWRAP = 0xec,
    CMD_WRAP = 0xee,
    CMD_REMOTE = 0xf0,
    CMD_ID = 0xf2,
    CMD_RATE = 0xf3,
    CMD_ENABLE = 0xf4,
    CMD_DISABLE = 0xf5,
    CMD_DEFAULT = 0xf6,
    CMD_RESEND = 0xfe,
    CMD_RESET = 0xff,
};
enum { ID_PLAIN = 0, ID_WHEEL = 3, ID_FIVE = 4 };
enum { PACKET_ONE = 0x08, PACKET_XS = 0x10, PACKET_YS = 0x20, PACKET_XV = 0x40, PACKET_YV = 0x80 };
enum { STATUS_REMOTE = 0x40, STATUS_ENABLED = 0x20, STATUS_SCALE = 0x10 };
enum { QUEUE = 16, CLICKS = 16, NUDGES = 64, MAIN_BUTTONS = 7, ALL_BUTTONS = 31 };
enum { FAR = 1 << 20 }; /* movement nobody fetched is cut here */

static const uint64_t bat_ns = 20000000;

struct mouse {
    struct device dev;
    struct irq wake;
    struct vtimer sample, bat;
    struct mouse_state {
        uint32_t dx, dy,
            dz; /* movement not yet sent, two's complement; dy is up, dz towards user */
        uint8_t queue[QUEUE];
        uint8_t click[CLICKS]; /* changes of the buttons not yet sent, oldest first */
        uint8_t packet[4];     /* last one sent, or last answer but its ACK, for FEh */
        uint8_t knock[2];      /* the last two sample rates */
        uint8_t queued, clicks, packet_length;
        uint8_t buttons;    /* as the front-end holds them */
        uint8_t told;       /* as the host knows them */
        uint8_t id;         /* ID_ */
        uint8_t rate;       /* samples a second */
        uint8_t resolution; /* 0-3 */
        uint8_t scale2;     /* 2:1 */
        uint8_t remote, wrap, enabled;
        uint8_t command;   /* waits for its option byte; 0: none */
        uint8_t last;      /* the byte the host got last */
        uint16_t nudges;   /* packets to be sent for their interrupt */
        uint16_t rejected; /* the host's last byte was refused */
    } s;
};

static bool mouse_ready(const struct device *dev)
{
    return ((const struct mouse *)dev)->s.queued > 0;
}

static void wake(struct mouse *mouse)
{
    irq_set(&mouse->wake, mouse_ready(&mouse->dev));
}

static void answer(struct mouse *mouse, uint8_t byte)
{
    if (mouse->s.queued < QUEUE)
        mouse->s.queue[mouse->s.queued++] = byte;
}

/* ---- packets ---- */

static int32_t cut(int64_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : (int32_t)value;
}

/* Takes what fits one packet out of an accumulated movement. */
static int32_t take_movement(uint32_t *sum, int32_t low, int32_t high)
{
    int32_t part = cut((int32_t)*sum, low, high);

    *sum -= (uint32_t)part;
    return part;
}

/* 2:1 scaling, only for what the mouse sends by itself. */
static int32_t scaled(int32_t counts)
{
    static const uint8_t small[6] = { 0, 1, 1, 3, 6, 9 };
    int32_t size = counts < 0 ? -counts : counts;

    size = size < 6 ? small[size] : 2 * size;
    return counts < 0 ? -size : size;
}

static void make_packet(struct mouse *mouse, bool scale)
{
    uint8_t *packet = mouse->s.packet;
    int32_t dx = take_movement(&mouse->s.dx, -255, 255);
    int32_t dy = take_movement(&mouse->s.dy, -255, 255);
    uint8_t overflow = 0;

    if (mouse->s.nudges)
        mouse->s.nudges--;
    if (mouse->s.clicks) {
        mouse->s.told = mouse->s.click[0];
        mouse->s.clicks--;
        memmove(mouse->s.click, mouse->s.click + 1, mouse->s.clicks);
    }
    if (scale && mouse->s.scale2) {
        dx = scaled(dx);
        dy = scaled(dy);
        overflow =
            (dx < -256 || dx > 255 ? PACKET_XV : 0) | (dy < -256 || dy > 255 ? PACKET_YV : 0);
        dx = cut(dx, -256, 255);
        dy = cut(dy, -256, 255);
    }
    packet[0] = (uint8_t)(PACKET_ONE | (mouse->s.told & MAIN_BUTTONS) | overflow |
                          (dx < 0 ? PACKET_XS : 0) | (dy < 0 ? PACKET_YS : 0));
    packet[1] = (uint8_t)dx;
    packet[2] = (uint8_t)dy;
    packet[3] = 0;
    if (mouse->s.id == ID_WHEEL)
        packet[3] = (uint8_t)take_movement(&mouse->s.dz, -8, 7);
    else if (mouse->s.id == ID_FIVE)
        packet[3] =
            (uint8_t)((take_movement(&mouse->s.dz, -8, 7) & 15) | (mouse->s.told >> 3 & 3) << 4);
    else
        mouse->s.dz = 0;
    mouse->s.packet_length = mouse->s.id == ID_PLAIN ? 3 : 4;
}

static void send_packet(struct mouse *mouse)
{
    for (unsigned i = 0; i < mouse->s.packet_length; i++)
        answer(mouse, mouse->s.packet[i]);
}

static bool something_new(const struct mouse *mouse)
{
    return mouse->s.dx || mouse->s.dy || mouse->s.clicks || mouse->s.nudges ||
           (mouse->s.dz && mouse->s.id != ID_PLAIN);
}

static bool streaming(const struct mouse *mouse)
{
    return mouse->s.enabled && !mouse->s.remote && !mouse->s.wrap && !vtimer_armed(&mouse->bat);
}

/* The sample timer runs from a packet to the first sample without news. */
static void report(struct mouse *mouse)
{
    if (!streaming(mouse) || !something_new(mouse) || vtimer_armed(&mouse->sample))
        return;
    if (!mouse->s.queued) {
        make_packet(mouse, true);
        send_packet(mouse);
        wake(mouse);
    }
    vtimer_arm(&mouse->sample, vclock_now(mouse->dev.board->clock) + 1000000000 / mouse->s.rate);
}

static void sample_fire(void *ctx)
{
    report(ctx);
}

static void forget_movement(struct mouse *mouse)
{
    mouse->s.dx = mouse->s.dy = mouse->s.dz = 0;
    mouse->s.clicks = 0;
    mouse->s.nudges = 0;
    mouse->s.told = mouse->s.buttons;
}

static void move(uint32_t *sum, int64_t by)
{
    *sum = (uint32_t)cut((int32_t)*sum + by, -FAR, FAR);
}

static void on_pointer(void *ctx, int dx, int dy, int wheel, unsigned buttons)
{
    struct mouse *mouse = ctx;
    uint8_t mask = mouse->s.id == ID_FIVE ? ALL_BUTTONS : MAIN_BUTTONS;
    uint8_t before = mouse->s.buttons;

    mouse->s.buttons = buttons & ALL_BUTTONS;
    if ((!mouse->s.enabled && !mouse->s.remote) || vtimer_armed(&mouse->bat)) {
        mouse->s.told = mouse->s.buttons;
        return;
    }
    move(&mouse->s.dx, dx);
    move(&mouse->s.dy, -(int64_t)dy);
    move(&mouse->s.dz, -(int64_t)wheel);
    if ((before ^ mouse->s.buttons) & mask) {
        if (mouse->s.clicks < CLICKS)
            mouse->s.clicks++;
        mouse->s.click[mouse->s.clicks - 1] = mouse->s.buttons;
    }
    report(mouse);
}

static void on_nudge(void *ctx, unsigned number, bool level)
{
    struct mouse *mouse = ctx;

    (void)number;
    if (!level || !streaming(mouse))
        return;
    if (mouse->s.nudges < NUDGES)
        mouse->s.nudges++;
    report(mouse);
}

struct irq ps2_mouse_nudge_line(struct device *dev)
{
    return (struct irq){ .set = on_nudge, .ctx = dev };
}

/* ---- commands ---- */

static void set_defaults(struct mouse *mouse)
{
    vtimer_cancel(&mouse->sample);
    forget_movement(mouse);
    mouse->s.rate = 100;
    mouse->s.resolution = 2;
    mouse->s.scale2 = 0;
    mouse->s.remote = 0;
    mouse->s.wrap = 0;
    mouse->s.enabled = 0;
    mouse->s.command = 0;
    memset(mouse->s.knock, 0, sizeof(mouse->s.knock));
}

static void command_reset(struct mouse *mouse)
{
    set_defaults(mouse);
    mouse->s.id = ID_PLAIN;
    answer(mouse, ACK);
    vtimer_arm(&mouse->bat, vclock_now(mouse->dev.board->clock) + bat_ns);
}

/* Refused once: send it again; twice in a row: an error. */
static void reject(struct mouse *mouse, bool before)
{
    answer(mouse, before ? ERROR : RESEND);
    mouse->s.rejected = !before;
}

static void command_status(struct mouse *mouse)
{
    uint8_t b = mouse->s.buttons;

    answer(mouse, ACK);
    mouse->s.packet[0] =
        (uint8_t)((mouse->s.remote ? STATUS_REMOTE : 0) | (mouse->s.enabled ? STATUS_ENABLED : 0) |
                  (mouse->s.scale2 ? STATUS_SCALE : 0) | (b & BUTTON_LEFT ? 4 : 0) |
                  (b & BUTTON_MIDDLE ? 2 : 0) | (b & BUTTON_RIGHT ? 1 : 0));
    mouse->s.packet[1] = mouse->s.resolution;
    mouse->s.packet[2] = mouse->s.rate;
    mouse->s.packet_length = 3;
    send_packet(mouse);
}

static void option_rate(struct mouse *mouse, uint8_t rate, bool rejected)
{
    uint8_t *knock = mouse->s.knock;

    if (rate < 10 || rate > 200) {
        reject(mouse, rejected);
        return;
    }
    if (knock[0] == 200 && knock[1] == 100 && rate == 80)
        mouse->s.id = ID_WHEEL;
    else if (knock[0] == 200 && knock[1] == 200 && rate == 80)
        mouse->s.id = ID_FIVE;
    knock[0] = knock[1];
    knock[1] = rate;
    mouse->s.rate = rate;
    answer(mouse, ACK);
}

static void option(struct mouse *mouse, uint8_t command, uint8_t byte, bool rejected)
{
    if (command == CMD_RATE) {
        option_rate(mouse, byte, rejected);
    } else if (byte > 3) {
        reject(mouse, rejected);
    } else {
        mouse->s.resolution = byte;
        answer(mouse, ACK);
    }
}

static void command_resend(struct mouse *mouse)
{
    if (mouse->s.packet_length)
        send_packet(mouse);
    else
        answer(mouse, mouse->s.last);
}

static void command(struct mouse *mouse, uint8_t byte, bool rejected)
{
    if (byte == CMD_RESEND) {
        command_resend(mouse);
        return;
    }
    mouse->s.packet_length = 0;
    if (byte == CMD_RESET) {
        command_reset(mouse);
        return;
    }
    if (byte == CMD_STATUS) {
        command_status(mouse);
        return;
    }
    answer(mouse, ACK);
    switch (byte) {
    case CMD_SCALE_1:
    case CMD_SCALE_2:
        mouse->s.scale2 = byte == CMD_SCALE_2;
        break;
    case CMD_RESOLUTION:
    case CMD_RATE:
        mouse->s.command = byte;
        break;
    case CMD_STREAM:
    case CMD_REMOTE:
        mouse->s.remote = byte == CMD_REMOTE;
        forget_movement(mouse);
        break;
    case CMD_READ:
        make_packet(mouse, false);
        send_packet(mouse);
        break;
    case CMD_UNWRAP:
        break;
    case CMD_WRAP:
        mouse->s.wrap = 1;
        forget_movement(mouse);
        break;
    case CMD_ID:
        mouse->s.packet[0] = mouse->s.id;
        mouse->s.packet_length = 1;
        send_packet(mouse);
        break;
    case CMD_ENABLE:
    case CMD_DISABLE:
        mouse->s.enabled = byte == CMD_ENABLE;
        forget_movement(mouse);
        break;
    case CMD_DEFAULT:
        set_defaults(mouse);
        break;
    default:
        mouse->s.queued--; /* not an ACK after all */
        reject(mouse, rejected);
        break;
    }
}

static void mouse_receive(struct device *dev, uint8_t byte)
{
    struct mouse *mouse = (struct mouse *)dev;
    uint8_t pending = mouse->s.command;
    bool rejected = mouse->s.rejected;

    trace(dev, TRACE_IO, "host sends %02x", byte);
    mouse->s.queued = 0; /* a byte from the host ends what the mouse had to say */
    mouse->s.command = 0;
    mouse->s.rejected = 0;
    if (mouse->s.wrap && byte != CMD_RESET && byte != CMD_UNWRAP) {
        answer(mouse, byte);
    } else if (pending) {
        option(mouse, pending, byte, rejected);
    } else {
        if (byte == CMD_UNWRAP)
            mouse->s.wrap = 0;
        command(mouse, byte, rejected);
    }
    wake(mouse);
}

static uint8_t mouse_take(struct device *dev)
{
    struct mouse *mouse = (struct mouse *)dev;

    mouse->s.last = mouse->s.queue[0];
    mouse->s.queued--;
    memmove(mouse->s.queue, mouse->s.queue + 1, mouse->s.queued);
    trace(dev, TRACE_IO, "sends %02x", mouse->s.last);
    return mouse->s.last;
}

static void bat_fire(void *ctx)
{
    struct mouse *mouse = ctx;

    mouse->s.packet[0] = BAT_OK;
    mouse->s.packet[1] = mouse->s.id;
    mouse->s.packet_length = 2;
    send_packet(mouse);
    wake(mouse);
}

/* ---- life ---- */

static void mouse_reset(struct device *dev, enum reset_kind kind)
{
    struct mouse *mouse = (struct mouse *)dev;

    (void)kind;
    vtimer_cancel(&mouse->bat);
    memset(&mouse->s, 0, sizeof(mouse->s));
    set_defaults(mouse);
}

static bool mouse_check(struct device *dev, struct error *err)
{
    const struct mouse *mouse = (const struct mouse *)dev;

    if (mouse->s.queued > QUEUE || mouse->s.clicks > CLICKS || mouse->s.packet_length > 4)
        return error_set(err, "%s: a queue is fuller than it can be", dev->name);
    if (mouse->s.rate < 10 || mouse->s.rate > 200)
        return error_set(err, "%s: %u samples a second", dev->name, mouse->s.rate);
    if (mouse->s.id != ID_PLAIN && mouse->s.id != ID_WHEEL && mouse->s.id != ID_FIVE)
        return error_set(err, "%s: there is no mouse with ID %u", dev->name, mouse->s.id);
    return true;
}

static void mouse_free(struct device *dev)
{
    struct input *input = dev->board->input;

    if (input && input->pointer_ctx == dev) {
        input->pointer = NULL;
        input->pointer_ctx = NULL;
    }
}

static const struct field mouse_fields[] = {
    FIELD(struct mouse, s.dx),
    FIELD(struct mouse, s.dy),
    FIELD(struct mouse, s.dz),
    FIELD_ARRAY(struct mouse, s.queue),
    FIELD_ARRAY(struct mouse, s.click),
    FIELD_ARRAY(struct mouse, s.packet),
    FIELD_ARRAY(struct mouse, s.knock),
    FIELD(struct mouse, s.queued),
    FIELD(struct mouse, s.clicks),
    FIELD(struct mouse, s.packet_length),
    FIELD(struct mouse, s.buttons),
    FIELD(struct mouse, s.told),
    FIELD(struct mouse, s.id),
    FIELD(struct mouse, s.rate),
    FIELD(struct mouse, s.resolution),
    FIELD(struct mouse, s.scale2),
    FIELD(struct mouse, s.remote),
    FIELD(struct mouse, s.wrap),
    FIELD(struct mouse, s.enabled),
    FIELD(struct mouse, s.command),
    FIELD(struct mouse, s.last),
    FIELD(struct mouse, s.nudges, .since = 2),
    FIELD(struct mouse, s.rejected, .since = 2),
    FIELD_TIMER(struct mouse, sample),
    FIELD_TIMER(struct mouse, bat),
    { 0 },
};
static const struct device_class mouse_class = {
    .name = "ps2_mouse",
    .version = 2,
    .state_offset = offsetof(struct mouse, s),
    .state_size = sizeof(struct mouse_state),
    .fields = mouse_fields,
    .reset = mouse_reset,
    .check = mouse_check,
    .free = mouse_free,
};

struct device *ps2_mouse_new(struct board *board, struct irq wake_line, struct ps2_device *plug,
                             struct error *err)
{
    struct mouse *mouse = device_new(board, &mouse_class, sizeof(*mouse), "mouse", 0, err);

    if (!mouse)
        return NULL;
    mouse->wake = wake_line;
    vtimer_init(&mouse->sample, board->clock, sample_fire, mouse);
    vtimer_init(&mouse->bat, board->clock, bat_fire, mouse);
    *plug = (struct ps2_device){ mouse_ready, mouse_take, mouse_receive, &mouse->dev };
    if (board->input) {
        board->input->pointer = on_pointer;
        board->input->pointer_ctx = mouse;
    }
    device_reset(&mouse->dev, RESET_POWER_ON);
    return &mouse->dev;
}
