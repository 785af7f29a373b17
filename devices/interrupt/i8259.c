/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 8259A programmable interrupt controllers: master and slave, as the AT and the PIIX4 wire them.
 * Ports 20h/21h, A0h/A1h, 4D0h/4D1h (ELCR).
 * Source: Intel 8259A data sheet (231468), Intel 82371AB data sheet (ELCR).
 * Not modelled: buffered mode's SP/EN pin (ICW4 BUF is accepted and does nothing), the three-byte
 * CALL sequence of MCS-80 mode (the CPU takes the byte that its second INTA would see).
 */
#include "devices/interrupt/i8259.h"

enum { MASTER, SLAVE, CHIPS };
enum { CASCADE = 2 }; /* the master's IR that the slave hangs on */
enum { ICW1_IC4 = 0x01, ICW1_SNGL = 0x02, ICW1_ADI = 0x04, ICW1_LTIM = 0x08, ICW1 = 0x10 };
enum { ICW4_UPM = 0x01, ICW4_AEOI = 0x02, ICW4_SFNM = 0x10 };
enum {
    OCW3 = 0x08,
    OCW3_RIS = 0x01,
    OCW3_RR = 0x02,
    OCW3_P = 0x04,
    OCW3_SMM = 0x20,
    OCW3_ESMM = 0x40
};
enum { OCW2_EOI = 0x20, OCW2_SL = 0x40, OCW2_R = 0x80 };
/* Where the initialization sequence stands.  UNSET: no ICW1 since power-on, no INT. */
enum { STEP_READY, STEP_ICW2, STEP_ICW3, STEP_ICW4, STEP_UNSET };

struct i8259 {
    struct device dev;
    bool intr; /* what the CPU was told last; derived */
    struct i8259_state {
        uint8_t line[CHIPS]; /* IR pins */
        uint8_t edge[CHIPS]; /* edge-sense latches: rising edges not yet acknowledged */
        uint8_t isr[CHIPS];
        uint8_t imr[CHIPS];
        uint8_t lowest[CHIPS]; /* IR with the lowest priority: 7 unless rotated */
        uint8_t icw1[CHIPS], icw2[CHIPS], icw3[CHIPS], icw4[CHIPS];
        uint8_t step[CHIPS];
        uint8_t elcr[CHIPS];
        uint8_t special_mask[CHIPS];
        uint8_t rotate_aeoi[CHIPS];
        uint8_t read_isr[CHIPS]; /* OCW3 RIS: what a read of A0=0 gives */
        uint8_t poll[CHIPS];     /* next read is a poll */
    } s;
};

/* ELCR bits that exist: IRQ 0, 1, 2, 8 and 13 are always edges. */
static const uint8_t elcr_mask[CHIPS] = { 0xf8, 0xde };

static uint8_t level_mask(const struct i8259 *pic, int chip)
{
    return pic->s.icw1[chip] & ICW1_LTIM ? 0xff : pic->s.elcr[chip];
}

/* A level request lasts as long as its line, an edge until it is acknowledged. */
static uint8_t request_register(const struct i8259 *pic, int chip)
{
    uint8_t level = level_mask(pic, chip);

    return (uint8_t)((pic->s.line[chip] & level) | (pic->s.edge[chip] & ~level));
}

/* 0 = highest. */
static unsigned priority_of(const struct i8259 *pic, int chip, unsigned ir)
{
    return (ir - pic->s.lowest[chip] - 1) & 7;
}

/* The set bit with the highest priority, or -1. */
static int highest(const struct i8259 *pic, int chip, uint8_t set)
{
    for (unsigned i = 1; i <= 8; i++) {
        unsigned ir = (pic->s.lowest[chip] + i) & 7;

        if (set >> ir & 1)
            return (int)ir;
    }
    return -1;
}

static bool is_cascade(const struct i8259 *pic, int chip, unsigned ir)
{
    return chip == MASTER && ir == CASCADE && !(pic->s.icw1[MASTER] & ICW1_SNGL) &&
           (pic->s.icw3[MASTER] >> CASCADE & 1);
}

/* The request that would be acknowledged now, or -1: unmasked, and above all that is in service. */
static int pending(const struct i8259 *pic, int chip)
{
    uint8_t in_service = pic->s.isr[chip];
    int ir, serving;

    if (pic->s.step[chip] != STEP_READY)
        return -1;
    ir = highest(pic, chip, request_register(pic, chip) & (uint8_t)~pic->s.imr[chip]);
    if (ir < 0)
        return -1;
    if (pic->s.special_mask[chip])
        in_service &= (uint8_t)~pic->s.imr[chip];
    serving = highest(pic, chip, in_service);
    if (serving < 0 ||
        priority_of(pic, chip, (unsigned)ir) < priority_of(pic, chip, (unsigned)serving))
        return ir;
    /* Special fully nested: a slave in service may ask again for one of its higher requests. */
    if (serving == ir && (pic->s.icw4[chip] & ICW4_SFNM) && is_cascade(pic, chip, (unsigned)ir))
        return ir;
    return -1;
}

static void set_pin(struct i8259 *pic, int chip, unsigned ir, bool level)
{
    uint8_t bit = (uint8_t)(1u << ir);

    if (level) {
        if (!(pic->s.line[chip] & bit))
            pic->s.edge[chip] |= bit;
        pic->s.line[chip] |= bit;
    } else {
        pic->s.edge[chip] &= (uint8_t)~bit;
        pic->s.line[chip] &= (uint8_t)~bit;
    }
}

/* Drives the slave's INT into the master, and the master's into the CPU. */
static void update(struct i8259 *pic)
{
    const struct board_hooks *hooks = pic->dev.board->hooks;
    bool intr;

    set_pin(pic, MASTER, CASCADE, pending(pic, SLAVE) >= 0);
    intr = pending(pic, MASTER) >= 0;
    if (intr == pic->intr)
        return;
    pic->intr = intr;
    trace(&pic->dev, TRACE_IRQ, "INTR %d", intr);
    if (hooks && hooks->intr)
        hooks->intr(pic->dev.board->hooks_ctx, intr);
}

static void line_set(void *ctx, unsigned number, bool level)
{
    struct i8259 *pic = ctx;

    trace(&pic->dev, TRACE_IRQ, "IRQ %u = %d", number, level);
    set_pin(pic, number >> 3 ? SLAVE : MASTER, number & 7, level);
    update(pic);
}

/* Puts a request into service (or ends it at once with AEOI). */
static void serve(struct i8259 *pic, int chip, unsigned ir)
{
    uint8_t bit = (uint8_t)(1u << ir);

    pic->s.edge[chip] &= (uint8_t)~bit;
    if (!(pic->s.icw4[chip] & ICW4_AEOI))
        pic->s.isr[chip] |= bit;
    else if (pic->s.rotate_aeoi[chip])
        pic->s.lowest[chip] = (uint8_t)ir;
    /* INT falls with INTA, so what is still pending in the slave makes a new edge at the master. */
    if (chip == SLAVE)
        set_pin(pic, MASTER, CASCADE, false);
}

static uint8_t vector_of(const struct i8259 *pic, int chip, unsigned ir)
{
    if (pic->s.icw4[chip] & ICW4_UPM)
        return (uint8_t)((pic->s.icw2[chip] & 0xf8) | ir);
    if (pic->s.icw1[chip] & ICW1_ADI)
        return (uint8_t)((pic->s.icw1[chip] & 0xe0) | ir << 2);
    return (uint8_t)((pic->s.icw1[chip] & 0xc0) | ir << 3);
}

/* One chip's part in INTA; without a request it answers IR7 and serves nothing. */
static uint8_t acknowledge_chip(struct i8259 *pic, int chip)
{
    int ir = pending(pic, chip);

    if (ir < 0)
        return vector_of(pic, chip, 7);
    serve(pic, chip, (unsigned)ir);
    return vector_of(pic, chip, (unsigned)ir);
}

uint8_t i8259_acknowledge(struct device *dev)
{
    struct i8259 *pic = (struct i8259 *)dev;
    int ir = pending(pic, MASTER);
    uint8_t vector;

    if (ir >= 0 && is_cascade(pic, MASTER, (unsigned)ir)) {
        serve(pic, MASTER, (unsigned)ir);
        /* A slave with another identity stays silent and the data bus floats. */
        if ((pic->s.icw3[SLAVE] & 7) == CASCADE && pic->s.step[SLAVE] == STEP_READY)
            vector = acknowledge_chip(pic, SLAVE);
        else
            vector = 0xff;
    } else {
        vector = acknowledge_chip(pic, MASTER);
    }
    trace(dev, TRACE_IRQ, "INTA: vector %02x", vector);
    update(pic);
    return vector;
}

bool i8259_intr(const struct device *dev)
{
    return ((const struct i8259 *)dev)->intr;
}

struct irq i8259_line(struct device *dev, unsigned irq)
{
    return (struct irq){ .set = line_set, .ctx = dev, .number = irq == 2 ? 9 : irq & 15 };
}

static void write_icw1(struct i8259 *pic, int chip, uint8_t value)
{
    pic->s.icw1[chip] = value;
    pic->s.edge[chip] = 0; /* a line that is high must fall and rise again */
    pic->s.imr[chip] = 0;
    pic->s.isr[chip] = 0;
    pic->s.lowest[chip] = 7;
    pic->s.icw3[chip] = chip == SLAVE ? 7 : 0;
    pic->s.special_mask[chip] = 0;
    pic->s.rotate_aeoi[chip] = 0;
    pic->s.read_isr[chip] = 0;
    pic->s.poll[chip] = 0;
    if (!(value & ICW1_IC4))
        pic->s.icw4[chip] = 0;
    pic->s.step[chip] = STEP_ICW2;
}

static void write_ocw2(struct i8259 *pic, int chip, uint8_t value)
{
    uint8_t in_service = pic->s.isr[chip];
    int ir = value & 7;

    if (!(value & OCW2_EOI)) {
        if ((value & OCW2_SL) && (value & OCW2_R))
            pic->s.lowest[chip] = (uint8_t)ir; /* set priority */
        else if (!(value & OCW2_SL))
            pic->s.rotate_aeoi[chip] = value >> 7;
        return;
    }
    if (!(value & OCW2_SL)) {
        /* Non-specific EOI passes over what special mask mode has masked. */
        if (pic->s.special_mask[chip])
            in_service &= (uint8_t)~pic->s.imr[chip];
        ir = highest(pic, chip, in_service);
        if (ir < 0)
            return;
    }
    pic->s.isr[chip] &= (uint8_t) ~(1u << ir);
    if (value & OCW2_R)
        pic->s.lowest[chip] = (uint8_t)ir;
}

static void write_ocw3(struct i8259 *pic, int chip, uint8_t value)
{
    if (value & OCW3_ESMM)
        pic->s.special_mask[chip] = !!(value & OCW3_SMM);
    if (value & OCW3_RR)
        pic->s.read_isr[chip] = value & OCW3_RIS;
    pic->s.poll[chip] = !!(value & OCW3_P);
}

/* A0 = 1: the rest of the initialization sequence, or OCW1. */
static void write_data(struct i8259 *pic, int chip, uint8_t value)
{
    uint8_t icw1 = pic->s.icw1[chip];

    switch (pic->s.step[chip]) {
    case STEP_ICW2:
        pic->s.icw2[chip] = value;
        pic->s.step[chip] = !(icw1 & ICW1_SNGL) ? STEP_ICW3
                            : (icw1 & ICW1_IC4) ? STEP_ICW4
                                                : STEP_READY;
        break;
    case STEP_ICW3:
        pic->s.icw3[chip] = value;
        pic->s.step[chip] = icw1 & ICW1_IC4 ? STEP_ICW4 : STEP_READY;
        break;
    case STEP_ICW4:
        pic->s.icw4[chip] = value & 0x1f;
        pic->s.step[chip] = STEP_READY;
        break;
    default:
        pic->s.imr[chip] = value;
    }
}

static void pic_write(struct i8259 *pic, int chip, uint32_t offset, uint8_t value)
{
    trace(&pic->dev, TRACE_IO, "%s write %u = %02x", chip ? "slave" : "master", offset, value);
    if (offset)
        write_data(pic, chip, value);
    else if (value & ICW1)
        write_icw1(pic, chip, value);
    else if (value & OCW3)
        write_ocw3(pic, chip, value);
    else
        write_ocw2(pic, chip, value);
    update(pic);
}

/* The poll command turns the next read into an INTA. */
static uint8_t read_poll(struct i8259 *pic, int chip)
{
    int ir = pending(pic, chip);

    pic->s.poll[chip] = 0;
    if (ir < 0)
        return 7;
    serve(pic, chip, (unsigned)ir);
    update(pic);
    return (uint8_t)(0x80 | ir);
}

static uint8_t pic_read(struct i8259 *pic, int chip, uint32_t offset)
{
    if (pic->s.poll[chip])
        return read_poll(pic, chip);
    if (offset)
        return pic->s.imr[chip];
    return pic->s.read_isr[chip] ? pic->s.isr[chip] : request_register(pic, chip);
}

static uint32_t master_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    return pic_read((struct i8259 *)dev, MASTER, offset);
}

static void master_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)size;
    pic_write((struct i8259 *)dev, MASTER, offset, (uint8_t)value);
}

static uint32_t slave_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    return pic_read((struct i8259 *)dev, SLAVE, offset);
}

static void slave_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)size;
    pic_write((struct i8259 *)dev, SLAVE, offset, (uint8_t)value);
}

static uint32_t elcr_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)size;
    return ((struct i8259 *)dev)->s.elcr[offset];
}

static void elcr_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    struct i8259 *pic = (struct i8259 *)dev;

    (void)size;
    pic->s.elcr[offset] = (uint8_t)value & elcr_mask[offset];
    update(pic);
}

static void i8259_reset(struct device *dev, enum reset_kind kind)
{
    struct i8259 *pic = (struct i8259 *)dev;

    (void)kind;
    pic->s = (struct i8259_state){ 0 };
    for (int chip = 0; chip < CHIPS; chip++) {
        pic->s.lowest[chip] = 7;
        pic->s.step[chip] = STEP_UNSET;
    }
    update(pic);
}

static bool i8259_check(struct device *dev, struct error *err)
{
    const struct i8259 *pic = (const struct i8259 *)dev;

    for (int chip = 0; chip < CHIPS; chip++) {
        if (pic->s.lowest[chip] > 7)
            return error_set(err, "%s: priority %u is out of range", dev->name,
                             pic->s.lowest[chip]);
        if (pic->s.step[chip] > STEP_UNSET)
            return error_set(err, "%s: initialization step %u is out of range", dev->name,
                             pic->s.step[chip]);
        if (pic->s.edge[chip] & ~pic->s.line[chip])
            return error_set(err, "%s: edge %02x without its line", dev->name, pic->s.edge[chip]);
        if (pic->s.elcr[chip] & ~elcr_mask[chip])
            return error_set(err, "%s: ELCR %02x has bits that do not exist", dev->name,
                             pic->s.elcr[chip]);
    }
    return true;
}

/* The CPU's pin is derived from the chips. */
static void i8259_resume(struct device *dev)
{
    struct i8259 *pic = (struct i8259 *)dev;
    const struct board_hooks *hooks = dev->board->hooks;

    pic->intr = pending(pic, MASTER) >= 0;
    if (hooks && hooks->intr)
        hooks->intr(dev->board->hooks_ctx, pic->intr);
}

static const struct port_range i8259_ports[] = {
    { .base = 0x20, .count = 2, .sizes = 1, .read = master_read, .write = master_write },
    { .base = 0xa0, .count = 2, .sizes = 1, .read = slave_read, .write = slave_write },
    { .base = 0x4d0, .count = 2, .sizes = 1, .read = elcr_read, .write = elcr_write },
    { 0 },
};
static const struct field i8259_fields[] = {
    FIELD_ARRAY(struct i8259, s.line),        FIELD_ARRAY(struct i8259, s.edge),
    FIELD_ARRAY(struct i8259, s.isr),         FIELD_ARRAY(struct i8259, s.imr),
    FIELD_ARRAY(struct i8259, s.lowest),      FIELD_ARRAY(struct i8259, s.icw1),
    FIELD_ARRAY(struct i8259, s.icw2),        FIELD_ARRAY(struct i8259, s.icw3),
    FIELD_ARRAY(struct i8259, s.icw4),        FIELD_ARRAY(struct i8259, s.step),
    FIELD_ARRAY(struct i8259, s.elcr),        FIELD_ARRAY(struct i8259, s.special_mask),
    FIELD_ARRAY(struct i8259, s.rotate_aeoi), FIELD_ARRAY(struct i8259, s.read_isr),
    FIELD_ARRAY(struct i8259, s.poll),        { 0 },
};
static const struct device_class i8259_class = {
    .name = "i8259",
    .version = 1,
    .state_offset = offsetof(struct i8259, s),
    .state_size = sizeof(struct i8259_state),
    .ports = i8259_ports,
    .fields = i8259_fields,
    .reset = i8259_reset,
    .check = i8259_check,
    .resume = i8259_resume,
};

struct device *i8259_pair_new(struct board *board, struct error *err)
{
    struct i8259 *pic = device_new(board, &i8259_class, sizeof(*pic), "pic", 0, err);

    if (!pic)
        return NULL;
    device_reset(&pic->dev, RESET_POWER_ON);
    return &pic->dev;
}
