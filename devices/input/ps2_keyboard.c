/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PS/2 keyboard: scan code sets 1, 2 and 3, typematic, LEDs, all commands.
 * Source: IBM PS/2 Hardware Technical Reference, "Keyboards (101- and 102-key)".
 *
 * Keys wait in a queue of events and become scan codes when the 16-byte buffer has room for a whole
 * sequence; only when the queue too is full is a key lost, and then the overrun code says so and
 * the matrix is looked at again, so that no key stays stuck.
 *
 * Not modelled: the BAT byte at power-on (the power-on test ended before the CPU came out of reset;
 * FFh gives one), the pause in scanning between a command and its option byte.
 */
#include <string.h>

#include "core/input.h"
#include "devices/input/ps2_keyboard.h"
#include "devices/input/ps2_keys.h"

enum { ACK = 0xfa, RESEND = 0xfe, BAT_OK = 0xaa, ECHO = 0xee };
enum {
    CMD_LEDS = 0xed,
    CMD_ECHO = 0xee,
    CMD_SET = 0xf0,
    CMD_ID = 0xf2,
    CMD_RATE = 0xf3,
    CMD_ENABLE = 0xf4,
    CMD_DISABLE = 0xf5,
    CMD_DEFAULT = 0xf6,
    CMD_ALL_FIRST = 0xf7, /* F7-FA: all keys; FB-FD: one key */
    CMD_KEY_FIRST = 0xfb,
    CMD_KEY_LAST = 0xfd,
    CMD_RESEND = 0xfe,
    CMD_RESET = 0xff,
};
enum { FIFO = 16, REPLIES = 8, SEQUENCE = 16 };
enum { RELEASED = 0x100 };    /* in an event, beside the evdev code */
enum { DEFAULT_RATE = 0x2b }; /* 10.9 a second after 500 ms */
enum { LEDS = LED_SCROLL | LED_NUM | LED_CAPS };

static const uint64_t bat_ns = 20000000; /* real ones take up to 500 ms */

struct keyboard {
    struct device dev;
    struct irq wake;
    struct vtimer typematic, bat;
    struct keyboard_state {
        uint16_t event[INPUT_QUEUE]; /* keys that are not scan codes yet */
        uint8_t fifo[FIFO];
        uint8_t reply[REPLIES];
        uint8_t down[PS2_KEYS / 8];    /* keys as they are */
        uint8_t told[PS2_KEYS / 8];    /* keys as the host knows them */
        uint8_t breaks3[PS2_KEYS / 8]; /* set 3: keys with break code, */
        uint8_t repeat3[PS2_KEYS / 8]; /* and that repeat */
        uint8_t events, fifo_count, replies;
        uint8_t lost;   /* an event found the queue full */
        uint8_t middle; /* the host has seen the beginning of a sequence */
        uint8_t last;   /* last byte sent, for FEh */
        uint8_t set;    /* scan code set 1-3 */
        uint8_t enabled;
        uint8_t leds;
        uint8_t rate;      /* option byte of F3h */
        uint8_t command;   /* waits for its option byte; 0: none */
        uint8_t repeating; /* evdev code, 0: none */
    } s;
};

static bool bit(const uint8_t *map, unsigned n)
{
    return map[n / 8] >> n % 8 & 1;
}

static void set_bit(uint8_t *map, unsigned n, bool on)
{
    map[n / 8] = (uint8_t)((map[n / 8] & ~(1u << n % 8)) | (unsigned)on << n % 8);
}

/* ---- scan codes ---- */

struct sequence {
    uint8_t byte[SEQUENCE];
    unsigned length;
};

static void put(struct sequence *seq, uint8_t byte)
{
    if (seq->length < SEQUENCE)
        seq->byte[seq->length++] = byte;
}

/* One make or break code of sets 1 and 2, given by its set 2 code. */
static void put_code(struct sequence *seq, const struct keyboard *kbd, bool e0, uint8_t set2,
                     bool released)
{
    if (e0)
        put(seq, 0xe0);
    if (kbd->s.set == 1) {
        put(seq, ps2_set1[set2] | (released ? 0x80 : 0));
        return;
    }
    if (released)
        put(seq, 0xf0);
    put(seq, set2);
}

static bool told(const struct keyboard *kbd, unsigned a, unsigned b)
{
    return bit(kbd->s.told, a) || bit(kbd->s.told, b);
}

/* Held shifts are released for a grey key, and pressed again after it. */
static void put_shifts(struct sequence *seq, const struct keyboard *kbd, bool released)
{
    if (bit(kbd->s.told, EVDEV_LEFTSHIFT))
        put_code(seq, kbd, true, 0x12, released);
    if (bit(kbd->s.told, EVDEV_RIGHTSHIFT))
        put_code(seq, kbd, true, 0x59, released);
}

static void put_grey(struct sequence *seq, const struct keyboard *kbd, const struct ps2_key *key,
                     bool released)
{
    bool shifted = told(kbd, EVDEV_LEFTSHIFT, EVDEV_RIGHTSHIFT);
    bool num = (key->flags & PS2_CURSOR) && (kbd->s.leds & LED_NUM);

    if (!released && shifted && !num)
        put_shifts(seq, kbd, true);
    if (!released && !shifted && num)
        put_code(seq, kbd, true, 0x12, false);
    put_code(seq, kbd, true, key->set2, released);
    if (released && shifted && !num)
        put_shifts(seq, kbd, false);
    if (released && !shifted && num)
        put_code(seq, kbd, true, 0x12, true);
}

static void put_print_screen(struct sequence *seq, const struct keyboard *kbd, bool released)
{
    if (told(kbd, EVDEV_LEFTALT, EVDEV_RIGHTALT)) {
        put_code(seq, kbd, false, 0x84, released); /* SysRq */
        return;
    }
    if (told(kbd, EVDEV_LEFTCTRL, EVDEV_RIGHTCTRL) ||
        told(kbd, EVDEV_LEFTSHIFT, EVDEV_RIGHTSHIFT)) {
        put_code(seq, kbd, true, 0x7c, released);
        return;
    }
    if (!released)
        put_code(seq, kbd, true, 0x12, false);
    put_code(seq, kbd, true, 0x7c, released);
    if (released)
        put_code(seq, kbd, true, 0x12, true);
}

/* Pause sends make and break at once, and nothing when it is released. */
static void put_pause(struct sequence *seq, const struct keyboard *kbd, bool released)
{
    if (released)
        return;
    if (told(kbd, EVDEV_LEFTCTRL, EVDEV_RIGHTCTRL)) {
        put_code(seq, kbd, true, 0x7e, false); /* Break */
        put_code(seq, kbd, true, 0x7e, true);
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        put(seq, 0xe1);
        put_code(seq, kbd, false, 0x14, i);
        put_code(seq, kbd, false, 0x77, i);
    }
}

static void put_key(struct sequence *seq, const struct keyboard *kbd, unsigned evdev, bool released)
{
    const struct ps2_key *key = &ps2_keys[evdev];

    if (kbd->s.set == 3) {
        if (!key->set3 || (released && !bit(kbd->s.breaks3, evdev)))
            return;
        if (released)
            put(seq, 0xf0);
        put(seq, key->set3);
    } else if (evdev == EVDEV_SYSRQ) {
        put_print_screen(seq, kbd, released);
    } else if (evdev == EVDEV_PAUSE) {
        put_pause(seq, kbd, released);
    } else if (key->flags & (PS2_CURSOR | PS2_SLASH)) {
        put_grey(seq, kbd, key, released);
    } else if (!released || !(key->flags & PS2_NO_BREAK)) {
        put_code(seq, kbd, key->flags & PS2_E0, key->set2, released);
    }
}

static bool repeats(const struct keyboard *kbd, unsigned evdev)
{
    if (kbd->s.set == 3)
        return ps2_keys[evdev].set3 && bit(kbd->s.repeat3, evdev);
    return evdev != EVDEV_PAUSE && !(ps2_keys[evdev].flags & PS2_NO_BREAK);
}

/* ---- from keys to the buffer ---- */

static bool append(struct keyboard *kbd, const struct sequence *seq)
{
    if (kbd->s.fifo_count + seq->length > FIFO)
        return false;
    memcpy(kbd->s.fifo + kbd->s.fifo_count, seq->byte, seq->length);
    kbd->s.fifo_count = (uint8_t)(kbd->s.fifo_count + seq->length);
    return true;
}

static uint64_t repeat_delay_ns(const struct keyboard *kbd)
{
    return ((kbd->s.rate >> 5 & 3) + 1) * 250000000ull;
}

/* (8 + A) x 2^B x 1/240 s. */
static uint64_t repeat_period_ns(const struct keyboard *kbd)
{
    return (8 + (kbd->s.rate & 7u)) * (1ull << (kbd->s.rate >> 3 & 3)) * 1000000000ull / 240;
}

static void stop_repeat(struct keyboard *kbd)
{
    kbd->s.repeating = 0;
    vtimer_cancel(&kbd->typematic);
}

/* "Only the last key pressed repeats"; its release ends that, another's does not. */
static void key_told(struct keyboard *kbd, unsigned evdev, bool released)
{
    set_bit(kbd->s.told, evdev, !released);
    if (released) {
        if (kbd->s.repeating == evdev)
            stop_repeat(kbd);
        return;
    }
    stop_repeat(kbd);
    if (repeats(kbd, evdev)) {
        kbd->s.repeating = (uint8_t)evdev;
        vtimer_arm(&kbd->typematic, vclock_now(kbd->dev.board->clock) + repeat_delay_ns(kbd));
    }
}

/* After keys were lost: the overrun code, then every key that is not as the host knows it.  True:
 * there are keys to tell. */
static bool scan_matrix(struct keyboard *kbd)
{
    const struct sequence overrun = { { kbd->s.set == 1 ? 0xff : 0x00 }, 1 };

    if (!append(kbd, &overrun))
        return false;
    kbd->s.lost = 0;
    for (unsigned n = 0; n < PS2_KEYS; n++) {
        if (bit(kbd->s.down, n) == bit(kbd->s.told, n))
            continue;
        if (kbd->s.events == INPUT_QUEUE) {
            kbd->s.lost = 1;
            break;
        }
        kbd->s.event[kbd->s.events++] = (uint16_t)(n | (bit(kbd->s.down, n) ? 0 : RELEASED));
    }
    return kbd->s.events > 0;
}

/* Turns waiting keys into scan codes as far as the buffer has room for whole sequences. */
static void pump(struct keyboard *kbd)
{
    while (kbd->s.events || (kbd->s.lost && scan_matrix(kbd))) {
        unsigned evdev = kbd->s.event[0] % PS2_KEYS;
        bool released = kbd->s.event[0] & RELEASED;
        struct sequence seq = { { 0 }, 0 };

        put_key(&seq, kbd, evdev, released);
        if (!append(kbd, &seq))
            return;
        kbd->s.events--;
        memmove(kbd->s.event, kbd->s.event + 1, kbd->s.events * sizeof(kbd->s.event[0]));
        kbd->s.event[kbd->s.events] = 0;
        key_told(kbd, evdev, released);
    }
}

static bool keyboard_ready(const struct device *dev)
{
    const struct keyboard *kbd = (const struct keyboard *)dev;

    return kbd->s.replies || kbd->s.fifo_count;
}

static void wake(struct keyboard *kbd)
{
    irq_set(&kbd->wake, keyboard_ready(&kbd->dev));
}

static void on_key(void *ctx, unsigned evdev, bool down)
{
    struct keyboard *kbd = ctx;

    if (evdev >= PS2_KEYS || !ps2_keys[evdev].set2 || bit(kbd->s.down, evdev) == down)
        return; /* not ours, or the front-end's own repetition */
    set_bit(kbd->s.down, evdev, down);
    if (!kbd->s.enabled || vtimer_armed(&kbd->bat))
        return;
    trace(&kbd->dev, TRACE_STATE, "key %u %s", evdev, down ? "down" : "up");
    if (kbd->s.events == INPUT_QUEUE || kbd->s.lost)
        kbd->s.lost = 1;
    else
        kbd->s.event[kbd->s.events++] = (uint16_t)(evdev | (down ? 0 : RELEASED));
    pump(kbd);
    wake(kbd);
}

/* While the host does not take bytes, one make code is enough. */
static void typematic_fire(void *ctx)
{
    struct keyboard *kbd = ctx;
    struct sequence seq = { { 0 }, 0 };
    unsigned evdev = kbd->s.repeating;

    if (!evdev)
        return;
    if (!kbd->s.fifo_count && !kbd->s.events) {
        if (kbd->s.set == 3 || evdev == EVDEV_SYSRQ)
            put_key(&seq, kbd, evdev, false);
        else
            put_code(&seq, kbd, ps2_keys[evdev].flags & PS2_E0, ps2_keys[evdev].set2, false);
        append(kbd, &seq);
        wake(kbd);
    }
    vtimer_arm(&kbd->typematic, kbd->typematic.deadline + repeat_period_ns(kbd));
}

/* ---- commands ---- */

static void answer(struct keyboard *kbd, uint8_t byte)
{
    if (kbd->s.replies < REPLIES)
        kbd->s.reply[kbd->s.replies++] = byte;
}

static void set_leds(struct keyboard *kbd, uint8_t leds)
{
    struct input *input = kbd->dev.board->input;

    kbd->s.leds = leds;
    if (!input || input->leds == leds)
        return;
    input->leds = leds;
    if (input->leds_changed)
        input->leds_changed(input->leds_ctx, leds);
}

/* Forgets what was not sent.  Keys that are held stay known as held. */
static void clear_buffer(struct keyboard *kbd)
{
    memset(kbd->s.event, 0, sizeof(kbd->s.event));
    memset(kbd->s.fifo, 0, sizeof(kbd->s.fifo));
    memcpy(kbd->s.told, kbd->s.down, sizeof(kbd->s.told));
    kbd->s.events = 0;
    kbd->s.fifo_count = 0;
    kbd->s.lost = 0;
    kbd->s.middle = 0;
    stop_repeat(kbd);
}

static void set_defaults(struct keyboard *kbd)
{
    clear_buffer(kbd);
    kbd->s.set = 2;
    kbd->s.rate = DEFAULT_RATE;
    kbd->s.command = 0;
    for (unsigned n = 0; n < PS2_KEYS; n++) {
        set_bit(kbd->s.breaks3, n, ps2_keys[n].flags & PS2_BREAK3);
        set_bit(kbd->s.repeat3, n, ps2_keys[n].flags & PS2_REPEAT3);
    }
}

/* F7-FA and FB-FD name the same four behaviours: typematic, make/break, make, all of it. */
static void set_behaviour(struct keyboard *kbd, unsigned n, unsigned which)
{
    set_bit(kbd->s.breaks3, n, which == 1 || which == 3);
    set_bit(kbd->s.repeat3, n, which == 0 || which == 3);
}

static void command_all_keys(struct keyboard *kbd, unsigned which)
{
    for (unsigned n = 0; n < PS2_KEYS; n++)
        set_behaviour(kbd, n, which);
    answer(kbd, ACK);
}

static void option_one_key(struct keyboard *kbd, uint8_t set3)
{
    for (unsigned n = 0; n < PS2_KEYS; n++)
        if (set3 && ps2_keys[n].set3 == set3)
            set_behaviour(kbd, n, kbd->s.command - (unsigned)CMD_KEY_FIRST);
    answer(kbd, ACK); /* and more keys may follow */
}

static void option_set(struct keyboard *kbd, uint8_t set)
{
    kbd->s.command = 0;
    if (set > 3) {
        answer(kbd, RESEND);
        return;
    }
    answer(kbd, ACK);
    if (!set) {
        answer(kbd, kbd->s.set);
        return;
    }
    clear_buffer(kbd);
    kbd->s.set = set;
}

static void option(struct keyboard *kbd, uint8_t byte)
{
    switch (kbd->s.command) {
    case CMD_LEDS:
        kbd->s.command = 0;
        set_leds(kbd, byte & LEDS);
        answer(kbd, ACK);
        break;
    case CMD_RATE:
        kbd->s.command = 0;
        kbd->s.rate = byte & 0x7f;
        answer(kbd, ACK);
        break;
    case CMD_SET:
        option_set(kbd, byte);
        break;
    default:
        option_one_key(kbd, byte);
        break;
    }
}

static void command_reset(struct keyboard *kbd)
{
    set_defaults(kbd);
    kbd->s.enabled = 1;
    kbd->s.replies = 0;
    set_leds(kbd, 0);
    answer(kbd, ACK);
    vtimer_arm(&kbd->bat, vclock_now(kbd->dev.board->clock) + bat_ns);
}

static void command(struct keyboard *kbd, uint8_t byte)
{
    kbd->s.command = 0;
    switch (byte) {
    case CMD_ECHO:
        answer(kbd, ECHO);
        break;
    case CMD_LEDS:
    case CMD_SET:
    case CMD_RATE:
        kbd->s.command = byte;
        answer(kbd, ACK);
        break;
    case CMD_ID:
        answer(kbd, ACK);
        answer(kbd, 0xab);
        answer(kbd, 0x83);
        break;
    case CMD_ENABLE:
    case CMD_DISABLE:
    case CMD_DEFAULT:
        if (byte == CMD_ENABLE)
            clear_buffer(kbd);
        else
            set_defaults(kbd);
        if (byte != CMD_DEFAULT)
            kbd->s.enabled = byte == CMD_ENABLE;
        answer(kbd, ACK);
        break;
    case CMD_RESEND:
        answer(kbd, kbd->s.last);
        break;
    case CMD_RESET:
        command_reset(kbd);
        break;
    default:
        if (byte >= CMD_KEY_FIRST && byte <= CMD_KEY_LAST) {
            kbd->s.command = byte;
            answer(kbd, ACK);
        } else if (byte >= CMD_ALL_FIRST && byte < CMD_KEY_FIRST) {
            command_all_keys(kbd, byte - (unsigned)CMD_ALL_FIRST);
        } else {
            answer(kbd, RESEND);
        }
    }
}

static void keyboard_receive(struct device *dev, uint8_t byte)
{
    struct keyboard *kbd = (struct keyboard *)dev;

    trace(dev, TRACE_IO, "host sends %02x", byte);
    /* A new command in place of the option byte ends the old one, and what it had to say. */
    if (kbd->s.command && byte < CMD_LEDS) {
        option(kbd, byte);
    } else {
        if (byte != CMD_RESEND)
            kbd->s.replies = 0;
        command(kbd, byte);
    }
    wake(kbd);
}

static uint8_t take_reply(struct keyboard *kbd)
{
    uint8_t byte = kbd->s.reply[0];

    kbd->s.replies--;
    memmove(kbd->s.reply, kbd->s.reply + 1, kbd->s.replies);
    return byte;
}

static uint8_t take_code(struct keyboard *kbd)
{
    uint8_t byte = kbd->s.fifo[0];

    kbd->s.fifo_count--;
    memmove(kbd->s.fifo, kbd->s.fifo + 1, kbd->s.fifo_count);
    kbd->s.middle = kbd->s.fifo_count && (byte == 0xe0 || byte == 0xe1 || byte == 0xf0);
    pump(kbd);
    return byte;
}

/* Answers go before keys, but not into the middle of a scan code. */
static uint8_t keyboard_take(struct device *dev)
{
    struct keyboard *kbd = (struct keyboard *)dev;

    if (!kbd->s.replies || (kbd->s.middle && kbd->s.fifo_count))
        kbd->s.last = take_code(kbd);
    else
        kbd->s.last = take_reply(kbd);
    trace(dev, TRACE_IO, "sends %02x", kbd->s.last);
    return kbd->s.last;
}

static void bat_fire(void *ctx)
{
    struct keyboard *kbd = ctx;

    answer(kbd, BAT_OK);
    memcpy(kbd->s.told, kbd->s.down, sizeof(kbd->s.told));
    wake(kbd);
}

/* ---- life ---- */

static void keyboard_reset(struct device *dev, enum reset_kind kind)
{
    struct keyboard *kbd = (struct keyboard *)dev;

    (void)kind;
    vtimer_cancel(&kbd->bat);
    memset(&kbd->s, 0, sizeof(kbd->s));
    set_defaults(kbd);
    kbd->s.enabled = 1;
    set_leds(kbd, 0);
}

static bool keyboard_check(struct device *dev, struct error *err)
{
    const struct keyboard *kbd = (const struct keyboard *)dev;

    if (kbd->s.events > INPUT_QUEUE || kbd->s.fifo_count > FIFO || kbd->s.replies > REPLIES)
        return error_set(err, "%s: a queue is fuller than it can be", dev->name);
    if (kbd->s.set < 1 || kbd->s.set > 3)
        return error_set(err, "%s: there is no scan code set %u", dev->name, kbd->s.set);
    if (kbd->s.leds & ~LEDS || kbd->s.rate > 0x7f)
        return error_set(err, "%s: LEDs %02x or rate %02x do not exist", dev->name, kbd->s.leds,
                         kbd->s.rate);
    for (unsigned i = 0; i < kbd->s.events; i++)
        if (kbd->s.event[i] >= 2 * RELEASED || !ps2_keys[kbd->s.event[i] % PS2_KEYS].set2)
            return error_set(err, "%s: there is no key %u", dev->name, kbd->s.event[i]);
    if (kbd->s.repeating && !ps2_keys[kbd->s.repeating].set2)
        return error_set(err, "%s: there is no key %u to repeat", dev->name, kbd->s.repeating);
    return true;
}

/* The host's keyboard shows the LEDs of the loaded machine. */
static void keyboard_resume(struct device *dev)
{
    struct keyboard *kbd = (struct keyboard *)dev;

    set_leds(kbd, kbd->s.leds);
}

static void keyboard_free(struct device *dev)
{
    struct input *input = dev->board->input;

    if (input && input->key_ctx == dev) {
        input->key = NULL;
        input->key_ctx = NULL;
    }
}

static const struct field keyboard_fields[] = {
    FIELD_ARRAY(struct keyboard, s.event),   FIELD_ARRAY(struct keyboard, s.fifo),
    FIELD_ARRAY(struct keyboard, s.reply),   FIELD_ARRAY(struct keyboard, s.down),
    FIELD_ARRAY(struct keyboard, s.told),    FIELD_ARRAY(struct keyboard, s.breaks3),
    FIELD_ARRAY(struct keyboard, s.repeat3), FIELD(struct keyboard, s.events),
    FIELD(struct keyboard, s.fifo_count),    FIELD(struct keyboard, s.replies),
    FIELD(struct keyboard, s.lost),          FIELD(struct keyboard, s.middle),
    FIELD(struct keyboard, s.last),          FIELD(struct keyboard, s.set),
    FIELD(struct keyboard, s.enabled),       FIELD(struct keyboard, s.leds),
    FIELD(struct keyboard, s.rate),          FIELD(struct keyboard, s.command),
    FIELD(struct keyboard, s.repeating),     FIELD_TIMER(struct keyboard, typematic),
    FIELD_TIMER(struct keyboard, bat),       { 0 },
};
static const struct device_class keyboard_class = {
    .name = "ps2_keyboard",
    .version = 1,
    .state_offset = offsetof(struct keyboard, s),
    .state_size = sizeof(struct keyboard_state),
    .fields = keyboard_fields,
    .reset = keyboard_reset,
    .check = keyboard_check,
    .resume = keyboard_resume,
    .free = keyboard_free,
};

struct device *ps2_keyboard_new(struct board *board, struct irq wake_line, struct ps2_device *plug,
                                struct error *err)
{
    struct keyboard *kbd = device_new(board, &keyboard_class, sizeof(*kbd), "keyboard", 0, err);

    if (!kbd)
        return NULL;
    kbd->wake = wake_line;
    vtimer_init(&kbd->typematic, board->clock, typematic_fire, kbd);
    vtimer_init(&kbd->bat, board->clock, bat_fire, kbd);
    *plug = (struct ps2_device){ keyboard_ready, keyboard_take, keyboard_receive, &kbd->dev };
    if (board->input) {
        board->input->key = on_key;
        board->input->key_ctx = kbd;
    }
    device_reset(&kbd->dev, RESET_POWER_ON);
    return &kbd->dev;
}
