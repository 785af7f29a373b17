/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 8042 keyboard controller as in a PS/2: ports 60h and 64h, IRQ 1 and 12, A20 and the reset pulse.
 * Source: IBM PS/2 Hardware Technical Reference, "Keyboard and Auxiliary Device Controller".
 *
 * Time: the controller needs 20 us for a byte of the host or an answer of its own; a byte on the
 * cable takes 1 ms, either way.  Nothing is lost to a hasty host: a second write before the first
 * was looked at has the first done at once, and an answer that finds a keyboard byte unread goes
 * before it and puts it back.
 *
 * Not modelled: parity and time-out errors (there are always two healthy devices), a low pulse on
 * A20 by FxH commands (6 us, nobody would see it).
 */
#include "devices/input/i8042.h"

#include "devices/input/ps2.h"
#include "devices/input/ps2_keyboard.h"
#include "devices/input/ps2_keys.h"
#include "devices/input/ps2_mouse.h"

enum { KBD, AUX, PORTS };
enum {
    STATUS_OBF = 1,
    STATUS_IBF = 2,
    STATUS_SYS = 4,
    STATUS_CMD = 8,
    STATUS_UNLOCKED = 0x10,
    STATUS_AUX = 0x20
};
enum {
    CTR_KBD_INT = 1,
    CTR_AUX_INT = 2,
    CTR_SYS = 4,
    CTR_KBD_OFF = 0x10,
    CTR_AUX_OFF = 0x20,
    CTR_TRANSLATE = 0x40
};
enum {
    OUT_RESET = 1,
    OUT_A20 = 2,
    OUT_AUX_DATA = 4,
    OUT_AUX_CLOCK = 8,
    OUT_IRQ1 = 0x10,
    OUT_IRQ12 = 0x20,
    OUT_KBD_CLOCK = 0x40,
    OUT_KBD_DATA = 0x80
};
enum {
    CMD_READ_RAM = 0x20,
    CMD_WRITE_RAM = 0x60,
    CMD_TEST_PASSWORD = 0xa4,
    CMD_LOAD_PASSWORD = 0xa5,
    CMD_ENABLE_PASSWORD = 0xa6,
    CMD_DISABLE_AUX = 0xa7,
    CMD_ENABLE_AUX = 0xa8,
    CMD_TEST_AUX = 0xa9,
    CMD_SELF_TEST = 0xaa,
    CMD_TEST_KBD = 0xab,
    CMD_DUMP = 0xac,
    CMD_DISABLE_KBD = 0xad,
    CMD_ENABLE_KBD = 0xae,
    CMD_READ_INPUT = 0xc0,
    CMD_POLL_LOW = 0xc1,
    CMD_POLL_HIGH = 0xc2,
    CMD_READ_OUTPUT = 0xd0,
    CMD_WRITE_OUTPUT = 0xd1,
    CMD_WRITE_KBD_BUFFER = 0xd2,
    CMD_WRITE_AUX_BUFFER = 0xd3,
    CMD_WRITE_AUX = 0xd4,
    CMD_A20_OFF = 0xdd,
    CMD_A20_ON = 0xdf,
    CMD_READ_TEST = 0xe0,
    CMD_PULSE = 0xf0,
};
/* Not inhibited, no manufacturing jumper, 512 KB on board, both data lines idle. */
enum { INPUT_PORT = 0xb3 };
enum { REPLIES = 64, REPLY_AUX = 0x100, PASSWORD = 7 };
enum { ALL_READ, READ_REPLY, READ_HELD, READ_KBD, READ_AUX }; /* what the receive timer brings */

static const uint64_t work_ns = 20000, wire_ns = 1000000;

struct i8042 {
    struct device dev;
    struct irq irq1, irq12, a20, init;
    struct ps2_device port[PORTS];
    struct vtimer work;    /* the byte in the input buffer is looked at */
    struct vtimer receive; /* a byte arrives in the output buffer */
    struct i8042_state {
        uint16_t reply[REPLIES]; /* the controller's own answers, oldest first */
        uint16_t held;           /* a device's byte that an answer overtook */
        uint8_t ram[32];         /* byte 0 is the command byte */
        uint8_t password[PASSWORD];
        uint8_t replies, held_full;
        uint8_t input, input_full, input_command; /* input_command: it came through 64h */
        uint8_t output, output_full, output_aux;
        uint8_t output_device; /* it came from a device, not from the controller */
        uint8_t command;       /* waits for its data byte; 0: none */
        uint8_t receiving;     /* READ_ */
        uint8_t a20_gate;
        uint8_t break_prefix; /* translation has swallowed F0 */
        uint8_t polling;      /* CMD_POLL_, 0: status bits 4-7 as usual */
        uint8_t password_set, password_at, locked;
    } s;
};

static uint64_t now(const struct i8042 *kbc)
{
    return vclock_now(kbc->dev.board->clock);
}

static bool port_on(const struct i8042 *kbc, int port)
{
    return !(kbc->s.ram[0] & (port == KBD ? CTR_KBD_OFF : CTR_AUX_OFF));
}

static bool irq_level(const struct i8042 *kbc, int port)
{
    return kbc->s.output_full && kbc->s.output_aux == port &&
           (kbc->s.ram[0] & (port == KBD ? CTR_KBD_INT : CTR_AUX_INT));
}

static void update_irqs(struct i8042 *kbc)
{
    irq_set(&kbc->irq1, irq_level(kbc, KBD));
    irq_set(&kbc->irq12, irq_level(kbc, AUX));
}

/* ---- towards the host ---- */

static void start_receive(struct i8042 *kbc, uint8_t what, uint64_t ns)
{
    kbc->s.receiving = what;
    vtimer_arm(&kbc->receive, now(kbc) + ns);
}

/* The byte in the input buffer goes over the cable when its time has come. */
static bool transmitting(const struct i8042 *kbc)
{
    return kbc->s.input_full && !kbc->s.input_command &&
           (!kbc->s.command || kbc->s.command == CMD_WRITE_AUX);
}

/* Decides which byte the output buffer gets next, whenever something has changed. */
static void schedule(struct i8042 *kbc)
{
    if (kbc->s.replies) {
        if (kbc->s.receiving == READ_REPLY || (kbc->s.output_full && !kbc->s.output_device))
            return;
        start_receive(kbc, READ_REPLY, work_ns); /* a device's byte waits in the device */
    } else if (kbc->s.output_full || kbc->s.receiving) {
        return;
    } else if (kbc->s.held_full) {
        start_receive(kbc, READ_HELD, work_ns);
    } else if (transmitting(kbc)) {
        return; /* the cable is taken */
    } else if (port_on(kbc, KBD) && kbc->port[KBD].ready(kbc->port[KBD].dev)) {
        start_receive(kbc, READ_KBD, wire_ns);
    } else if (port_on(kbc, AUX) && kbc->port[AUX].ready(kbc->port[AUX].dev)) {
        start_receive(kbc, READ_AUX, wire_ns);
    }
}

static void fill_output(struct i8042 *kbc, uint16_t value, bool device)
{
    if (kbc->s.output_full && kbc->s.output_device) {
        kbc->s.held = (uint16_t)(kbc->s.output | (kbc->s.output_aux ? REPLY_AUX : 0));
        kbc->s.held_full = 1;
    }
    kbc->s.output = (uint8_t)value;
    kbc->s.output_aux = !!(value & REPLY_AUX);
    kbc->s.output_device = device;
    kbc->s.output_full = 1;
    trace(&kbc->dev, TRACE_STATE, "output buffer %02x%s", kbc->s.output,
          kbc->s.output_aux ? " aux" : "");
    update_irqs(kbc);
}

/* Password mode: scan codes are compared, none reaches the host. */
static void compare_password(struct i8042 *kbc, uint8_t code)
{
    if (code & 0x80 || code == kbc->s.ram[0x16] || code == kbc->s.ram[0x17])
        return; /* releases, and the two codes that the host said to ignore */
    if (kbc->s.password_at == PASSWORD || code != kbc->s.password[kbc->s.password_at]) {
        kbc->s.password_at = code == kbc->s.password[0];
    } else {
        kbc->s.password_at++;
    }
    if (!kbc->s.password_at)
        return;
    if (kbc->s.password_at < PASSWORD && kbc->s.password[kbc->s.password_at])
        return;
    kbc->s.password_at = 0;
    kbc->s.locked = 0;
    if (kbc->s.ram[0x14])
        fill_output(kbc, kbc->s.ram[0x14], false);
}

static void receive_kbd(struct i8042 *kbc)
{
    uint8_t byte = kbc->port[KBD].take(kbc->port[KBD].dev);

    if (kbc->s.ram[0] & CTR_TRANSLATE) {
        if (byte == 0xf0) {
            kbc->s.break_prefix = 0x80;
            return;
        }
        byte = ps2_set1[byte] | kbc->s.break_prefix;
    }
    kbc->s.break_prefix = 0;
    if (kbc->s.locked)
        compare_password(kbc, byte);
    else
        fill_output(kbc, byte, true);
}

static void receive_aux(struct i8042 *kbc)
{
    uint8_t byte = kbc->port[AUX].take(kbc->port[AUX].dev);

    if (!kbc->s.locked)
        fill_output(kbc, byte | REPLY_AUX, true);
}

static void take_reply(struct i8042 *kbc)
{
    uint16_t value = kbc->s.reply[0];

    kbc->s.replies--;
    for (unsigned i = 0; i < kbc->s.replies; i++)
        kbc->s.reply[i] = kbc->s.reply[i + 1];
    fill_output(kbc, value, false);
}

static void receive_fire(void *ctx)
{
    struct i8042 *kbc = ctx;
    uint8_t what = kbc->s.receiving;

    kbc->s.receiving = ALL_READ;
    if (what == READ_REPLY && kbc->s.replies) {
        take_reply(kbc);
    } else if (kbc->s.output_full) {
        /* only a hostile state: the buffer must be read first */
    } else if (what == READ_HELD && kbc->s.held_full) {
        kbc->s.held_full = 0;
        fill_output(kbc, kbc->s.held, true);
    } else if (what == READ_KBD && port_on(kbc, KBD) && kbc->port[KBD].ready(kbc->port[KBD].dev)) {
        receive_kbd(kbc);
    } else if (what == READ_AUX && port_on(kbc, AUX) && kbc->port[AUX].ready(kbc->port[AUX].dev)) {
        receive_aux(kbc);
    }
    schedule(kbc);
}

static void reply(struct i8042 *kbc, uint16_t value)
{
    if (kbc->s.replies < REPLIES)
        kbc->s.reply[kbc->s.replies++] = value;
}

/* ---- commands ---- */

static void set_command_byte(struct i8042 *kbc, uint8_t value)
{
    kbc->s.ram[0] = value & 0x7f;
    update_irqs(kbc);
}

static void set_a20(struct i8042 *kbc, bool on)
{
    kbc->s.a20_gate = on;
    irq_set(&kbc->a20, on);
}

static void pulse_init(struct i8042 *kbc)
{
    trace(&kbc->dev, TRACE_STATE, "reset pulse");
    irq_set(&kbc->init, true);
    irq_set(&kbc->init, false);
}

static uint8_t output_port(const struct i8042 *kbc)
{
    return (uint8_t)(OUT_RESET | (kbc->s.a20_gate ? OUT_A20 : 0) | OUT_AUX_DATA |
                     (port_on(kbc, AUX) ? OUT_AUX_CLOCK : 0) |
                     (irq_level(kbc, KBD) ? OUT_IRQ1 : 0) | (irq_level(kbc, AUX) ? OUT_IRQ12 : 0) |
                     (port_on(kbc, KBD) ? OUT_KBD_CLOCK : 0) | OUT_KBD_DATA);
}

static uint8_t status(const struct i8042 *kbc)
{
    uint8_t value =
        (uint8_t)((kbc->s.output_full ? STATUS_OBF : 0) | (kbc->s.input_full ? STATUS_IBF : 0) |
                  (kbc->s.ram[0] & CTR_SYS ? STATUS_SYS : 0) |
                  (kbc->s.input_command ? STATUS_CMD : 0));

    if (kbc->s.polling)
        return value | (uint8_t)(kbc->s.polling == CMD_POLL_LOW ? INPUT_PORT << 4 & 0xf0
                                                                : INPUT_PORT & 0xf0);
    return value | (kbc->s.locked ? 0 : STATUS_UNLOCKED) |
           (kbc->s.output_full && kbc->s.output_aux ? STATUS_AUX : 0);
}

/* "All items are sent in scan code format": two digits and a space for each byte. */
static void dump(struct i8042 *kbc)
{
    static const uint8_t digit[16] = { 0x0b, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                       0x09, 0x0a, 0x1e, 0x30, 0x2e, 0x20, 0x12, 0x21 };
    const uint8_t tail[3] = { INPUT_PORT, output_port(kbc), status(kbc) };

    for (unsigned i = 0; i < 19; i++) {
        uint8_t byte = i < 16 ? kbc->s.ram[i] : tail[i - 16];

        reply(kbc, digit[byte >> 4]);
        reply(kbc, digit[byte & 15]);
        reply(kbc, 0x39);
    }
}

static void lock(struct i8042 *kbc)
{
    if (!kbc->s.password_set || !kbc->s.password[0])
        return;
    kbc->s.locked = 1;
    kbc->s.password_at = 0;
    if (kbc->s.ram[0x13])
        reply(kbc, kbc->s.ram[0x13]);
}

static void self_test(struct i8042 *kbc)
{
    kbc->s.replies = 0;
    set_command_byte(kbc, kbc->s.ram[0] | CTR_SYS);
    reply(kbc, 0x55);
}

static void do_command(struct i8042 *kbc, uint8_t value)
{
    uint8_t ctr = kbc->s.ram[0];

    kbc->s.command = 0;
    kbc->s.polling = 0;
    if (value >= CMD_PULSE) {
        if (!(value & OUT_RESET))
            pulse_init(kbc);
        return;
    }
    if (value >= CMD_READ_RAM && value < CMD_READ_RAM + 32) {
        reply(kbc, kbc->s.ram[value & 31]);
        return;
    }
    if (value >= CMD_WRITE_RAM && value < CMD_WRITE_RAM + 32) {
        kbc->s.command = value;
        return;
    }
    switch (value) {
    case CMD_TEST_PASSWORD:
        reply(kbc, kbc->s.password_set ? 0xfa : 0xf1);
        break;
    case CMD_LOAD_PASSWORD:
        kbc->s.password_set = 0;
        kbc->s.password_at = 0;
        kbc->s.command = value;
        break;
    case CMD_ENABLE_PASSWORD:
        lock(kbc);
        break;
    case CMD_DISABLE_AUX:
        set_command_byte(kbc, ctr | CTR_AUX_OFF);
        break;
    case CMD_ENABLE_AUX:
        set_command_byte(kbc, ctr & (uint8_t)~CTR_AUX_OFF);
        break;
    case CMD_TEST_AUX:
    case CMD_TEST_KBD:
        reply(kbc, 0x00);
        break;
    case CMD_SELF_TEST:
        self_test(kbc);
        break;
    case CMD_DUMP:
        dump(kbc);
        break;
    case CMD_DISABLE_KBD:
        set_command_byte(kbc, ctr | CTR_KBD_OFF);
        break;
    case CMD_ENABLE_KBD:
        set_command_byte(kbc, ctr & (uint8_t)~CTR_KBD_OFF);
        break;
    case CMD_READ_INPUT:
        reply(kbc, INPUT_PORT);
        break;
    case CMD_POLL_LOW:
    case CMD_POLL_HIGH:
        kbc->s.polling = value;
        break;
    case CMD_READ_OUTPUT:
        reply(kbc, output_port(kbc));
        break;
    case CMD_WRITE_OUTPUT:
    case CMD_WRITE_KBD_BUFFER:
    case CMD_WRITE_AUX_BUFFER:
    case CMD_WRITE_AUX:
        kbc->s.command = value;
        break;
    case CMD_A20_OFF:
    case CMD_A20_ON:
        set_a20(kbc, value == CMD_A20_ON);
        break;
    case CMD_READ_TEST:
        reply(kbc, (uint8_t)((port_on(kbc, KBD) ? 1 : 0) | (port_on(kbc, AUX) ? 2 : 0)));
        break;
    default:
        trace(&kbc->dev, TRACE_ODD, "unknown command %02x", value);
        break;
    }
}

/* Up to seven scan codes and a zero byte. */
static void load_password(struct i8042 *kbc, uint8_t value)
{
    if (value) {
        if (kbc->s.password_at < PASSWORD)
            kbc->s.password[kbc->s.password_at++] = value;
        kbc->s.command = CMD_LOAD_PASSWORD;
        return;
    }
    if (kbc->s.password_at < PASSWORD)
        kbc->s.password[kbc->s.password_at] = 0;
    kbc->s.password_set = 1;
    kbc->s.password_at = 0;
}

/* "Sending a byte enables the interface." */
static void send_to(struct i8042 *kbc, int port, uint8_t value)
{
    uint8_t off = port == KBD ? CTR_KBD_OFF : CTR_AUX_OFF;

    set_command_byte(kbc, kbc->s.ram[0] & (uint8_t)~off);
    kbc->port[port].receive(kbc->port[port].dev, value);
}

static void do_data(struct i8042 *kbc, uint8_t value)
{
    uint8_t command = kbc->s.command;

    kbc->s.command = 0;
    switch (command) {
    case 0:
        send_to(kbc, KBD, value);
        break;
    case CMD_WRITE_AUX:
        send_to(kbc, AUX, value);
        break;
    case CMD_WRITE_OUTPUT:
        set_a20(kbc, value & OUT_A20);
        if (!(value & OUT_RESET))
            pulse_init(kbc);
        break;
    case CMD_WRITE_KBD_BUFFER:
        reply(kbc, value);
        break;
    case CMD_WRITE_AUX_BUFFER:
        reply(kbc, value | REPLY_AUX);
        break;
    case CMD_LOAD_PASSWORD:
        load_password(kbc, value);
        break;
    case CMD_WRITE_RAM:
        set_command_byte(kbc, value);
        break;
    default:
        kbc->s.ram[command & 31] = value;
        break;
    }
}

static void do_input(struct i8042 *kbc)
{
    kbc->s.input_full = 0;
    vtimer_cancel(&kbc->work);
    if (kbc->s.input_command)
        do_command(kbc, kbc->s.input);
    else
        do_data(kbc, kbc->s.input);
    schedule(kbc);
}

static void work_fire(void *ctx)
{
    do_input(ctx);
}

/* ---- ports ---- */

static uint32_t data_read(struct device *dev, uint32_t offset, unsigned size)
{
    struct i8042 *kbc = (struct i8042 *)dev;
    uint8_t value = kbc->s.output;

    (void)offset;
    (void)size;
    if (kbc->s.output_full) {
        kbc->s.output_full = 0;
        update_irqs(kbc);
        schedule(kbc);
    }
    return value;
}

static uint32_t status_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)offset;
    (void)size;
    return status((struct i8042 *)dev);
}

static void write_input(struct i8042 *kbc, uint8_t value, bool command)
{
    trace(&kbc->dev, TRACE_IO, "%s %02x", command ? "command" : "data", value);
    if (kbc->s.input_full)
        do_input(kbc);
    kbc->s.input = value;
    kbc->s.input_command = command;
    kbc->s.input_full = 1;
    if (transmitting(kbc) && kbc->s.receiving >= READ_KBD) {
        kbc->s.receiving = ALL_READ; /* the device stops and sends its byte again later */
        vtimer_cancel(&kbc->receive);
    }
    vtimer_arm(&kbc->work, now(kbc) + (transmitting(kbc) ? wire_ns : work_ns));
}

static void data_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)offset;
    (void)size;
    write_input((struct i8042 *)dev, (uint8_t)value, false);
}

static void command_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)offset;
    (void)size;
    write_input((struct i8042 *)dev, (uint8_t)value, true);
}

/* A device has something to say. */
static void on_wake(void *ctx, unsigned number, bool level)
{
    (void)number;
    if (level)
        schedule(ctx);
}

/* ---- life ---- */

static void i8042_reset(struct device *dev, enum reset_kind kind)
{
    struct i8042 *kbc = (struct i8042 *)dev;

    (void)kind;
    vtimer_cancel(&kbc->work);
    vtimer_cancel(&kbc->receive);
    kbc->s = (struct i8042_state){ 0 };
    kbc->s.ram[0] = CTR_KBD_OFF | CTR_AUX_OFF | CTR_TRANSLATE;
    update_irqs(kbc);
    set_a20(kbc, true);
}

static bool i8042_check(struct device *dev, struct error *err)
{
    const struct i8042 *kbc = (const struct i8042 *)dev;

    if (kbc->s.replies > REPLIES || kbc->s.password_at > PASSWORD)
        return error_set(err, "%s: a queue is fuller than it can be", dev->name);
    if (kbc->s.receiving > READ_AUX || kbc->s.output_aux > 1)
        return error_set(err, "%s: port %u does not exist", dev->name, kbc->s.receiving);
    return true;
}

/* A state that waits for a timer which it does not have would wait for ever. */
static void i8042_resume(struct device *dev)
{
    struct i8042 *kbc = (struct i8042 *)dev;

    if (kbc->s.input_full && !vtimer_armed(&kbc->work))
        vtimer_arm(&kbc->work, now(kbc) + work_ns);
    if (kbc->s.receiving && !vtimer_armed(&kbc->receive))
        vtimer_arm(&kbc->receive, now(kbc) + work_ns);
}

static const struct port_range i8042_ports[] = {
    { .base = 0x60, .count = 1, .sizes = 1, .read = data_read, .write = data_write },
    { .base = 0x64, .count = 1, .sizes = 1, .read = status_read, .write = command_write },
    { 0 },
};
static const struct field i8042_fields[] = {
    FIELD_ARRAY(struct i8042, s.reply),   FIELD(struct i8042, s.held),
    FIELD_ARRAY(struct i8042, s.ram),     FIELD_ARRAY(struct i8042, s.password),
    FIELD(struct i8042, s.replies),       FIELD(struct i8042, s.held_full),
    FIELD(struct i8042, s.input),         FIELD(struct i8042, s.input_full),
    FIELD(struct i8042, s.input_command), FIELD(struct i8042, s.output),
    FIELD(struct i8042, s.output_full),   FIELD(struct i8042, s.output_aux),
    FIELD(struct i8042, s.output_device), FIELD(struct i8042, s.command),
    FIELD(struct i8042, s.receiving),     FIELD(struct i8042, s.a20_gate),
    FIELD(struct i8042, s.break_prefix),  FIELD(struct i8042, s.polling),
    FIELD(struct i8042, s.password_set),  FIELD(struct i8042, s.password_at),
    FIELD(struct i8042, s.locked),        FIELD_TIMER(struct i8042, work),
    FIELD_TIMER(struct i8042, receive),   { 0 },
};
static const struct device_class i8042_class = {
    .name = "i8042",
    .version = 1,
    .state_offset = offsetof(struct i8042, s),
    .state_size = sizeof(struct i8042_state),
    .ports = i8042_ports,
    .fields = i8042_fields,
    .reset = i8042_reset,
    .check = i8042_check,
    .resume = i8042_resume,
};

struct device *i8042_new(struct board *board, struct irq irq1, struct irq irq12, struct irq a20,
                         struct irq init, struct error *err)
{
    struct i8042 *kbc = device_new(board, &i8042_class, sizeof(*kbc), "i8042", 0, err);
    struct device *kbd;
    struct irq wake;

    if (!kbc)
        return NULL;
    kbc->irq1 = irq1;
    kbc->irq12 = irq12;
    kbc->a20 = a20;
    kbc->init = init;
    vtimer_init(&kbc->work, board->clock, work_fire, kbc);
    vtimer_init(&kbc->receive, board->clock, receive_fire, kbc);
    wake = (struct irq){ .set = on_wake, .ctx = kbc };
    kbd = ps2_keyboard_new(board, wake, &kbc->port[KBD], err);
    if (!kbd || !ps2_mouse_new(board, wake, &kbc->port[AUX], err)) {
        device_free(kbd);
        device_free(&kbc->dev);
        return NULL;
    }
    device_reset(&kbc->dev, RESET_POWER_ON);
    return &kbc->dev;
}
