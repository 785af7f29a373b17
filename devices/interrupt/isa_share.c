/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ISA interrupt lines that several cards share, as COM1 and COM3 do with IRQ4.
 * Source: IEEE P996 draft, "Interrupt signals"; the wiring of cards whose drivers may be joined.
 *
 * The line is the wired OR of its sources, and the interrupt controller sees its edges: a source
 * that rises while another holds the line gives no interrupt of its own.  Software that shares a
 * line knows that and asks all its cards until none has anything left.
 */
#include <string.h>

#include "devices/interrupt/isa_share.h"

struct isa_share {
    struct device dev; /* first member */
    struct irq out[16];
    struct isa_share_state {
        uint8_t pulled[16]; /* by line: one bit for each source that is high */
    } s;
};

static void set_source(void *ctx, unsigned number, bool level)
{
    struct isa_share *share = ctx;
    unsigned n = number / ISA_SHARE_SOURCES;
    uint8_t bit = (uint8_t)(1u << number % ISA_SHARE_SOURCES);
    uint8_t before = share->s.pulled[n];

    share->s.pulled[n] = level ? before | bit : before & (uint8_t)~bit;
    if (!before != !share->s.pulled[n])
        irq_set(&share->out[n], level);
}

static void isa_share_reset(struct device *dev, enum reset_kind kind)
{
    struct isa_share *share = (struct isa_share *)dev;

    (void)kind;
    for (unsigned n = 0; n < 16; n++)
        if (share->s.pulled[n])
            irq_set(&share->out[n], false);
    memset(&share->s, 0, sizeof(share->s));
}

static const struct field isa_share_fields[] = {
    FIELD_ARRAY(struct isa_share, s.pulled),
    { 0 },
};

static const struct device_class isa_share_class = {
    .name = "isa_share",
    .version = 1,
    .state_offset = offsetof(struct isa_share, s),
    .state_size = sizeof(struct isa_share_state),
    .fields = isa_share_fields,
    .reset = isa_share_reset,
};

struct device *isa_share_new(struct board *board, const struct irq out[16], struct error *err)
{
    struct isa_share *share =
        device_new(board, &isa_share_class, sizeof(*share), "isa_share", 0, err);

    if (!share)
        return NULL;
    memcpy(share->out, out, sizeof(share->out));
    device_reset(&share->dev, RESET_POWER_ON);
    return &share->dev;
}

struct irq isa_share_line(struct device *dev, unsigned n, unsigned source)
{
    return (struct irq){ set_source, dev,
                         (n & 15) * ISA_SHARE_SOURCES + source % ISA_SHARE_SOURCES };
}
