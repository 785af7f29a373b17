/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "devices/dma/i8237.h"
#include "tests/unit/storage/fdc_bench.h"

uint8_t fdc_pattern(uint64_t offset)
{
    return (uint8_t)(offset / 512 * 37 + offset);
}

static void host_failed(void *ctx, const struct media_failure *failure)
{
    ck_assert_ptr_nonnull(strstr(failure->why, "memory cannot be "));
    ((struct fdc *)ctx)->host_errors++;
}

struct fdc *fdc_new(uint64_t size, bool read_only, bool fast)
{
    struct fdc *f = calloc(1, sizeof(*f));
    struct error err = { { 0 } };
    struct device *dma;

    f->bench = bench_new();
    f->size = size;
    f->image = malloc(size ? size : 1);
    for (uint64_t i = 0; i < size; i++)
        f->image[i] = fdc_pattern(i);
    f->a = media_drive(f->bench->board->media, "floppy0");
    f->b = media_drive(f->bench->board->media, "floppy1");
    media_hub_on_error(f->bench->board->media, host_failed, f);
    if (size)
        drive_set_media(f->a, media_memory_new(f->image, size, read_only));
    dma = i8237_new(f->bench->board, &err);
    f->chip = i82077_new(f->bench->board, bench_irq(f->bench, FDC_IRQ), i8237_line(dma, 2), f->a,
                         f->b, fast, &err);
    ck_assert_msg(f->chip != NULL, "%s", err.text);
    fdc_out(f, 0xd6, 0xc0); /* the cascade */
    fdc_out(f, 0xd4, 0x00);
    return f;
}

void fdc_free(struct fdc *f)
{
    uint8_t *image = f->image;

    bench_free(f->bench);
    free(image);
    free(f);
}

void fdc_out(struct fdc *f, uint16_t port, uint8_t value)
{
    bench_out(f->bench, port, value, 1);
}

uint8_t fdc_in(struct fdc *f, uint16_t port)
{
    return (uint8_t)bench_in(f->bench, port, 1);
}

void fdc_command(struct fdc *f, const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        ck_assert_uint_eq(fdc_in(f, 0x3f4) & 0xc0, 0x80);
        fdc_out(f, 0x3f5, bytes[i]);
    }
}

bool fdc_wait(struct fdc *f, uint64_t limit_ns)
{
    uint64_t end = vclock_now(f->bench->board->clock) + limit_ns;

    while (!f->bench->level[FDC_IRQ])
        if (!vclock_step(f->bench->board->clock, end))
            return false;
    return true;
}

void fdc_results(struct fdc *f)
{
    memset(f->result, 0, sizeof(f->result));
    f->results = 0;
    while ((fdc_in(f, 0x3f4) & 0xd0) == 0xd0 && f->results < sizeof(f->result))
        f->result[f->results++] = fdc_in(f, 0x3f5);
    ck_assert_uint_eq(fdc_in(f, 0x3f4) & 0xf0, 0x80);
}

void fdc_run(struct fdc *f, const uint8_t *bytes, unsigned count)
{
    fdc_command(f, bytes, count);
    ck_assert(!f->bench->level[FDC_IRQ]); /* never at once */
    ck_assert(fdc_wait(f, 5000000000u));
    fdc_results(f);
    ck_assert(!f->bench->level[FDC_IRQ]);
}

void fdc_dma(struct fdc *f, uint8_t mode, unsigned length)
{
    fdc_out(f, 0x0a, 0x06);
    fdc_out(f, 0x0c, 0);
    fdc_out(f, 0x0b, mode);
    fdc_out(f, 0x04, FDC_BUF & 0xff);
    fdc_out(f, 0x04, FDC_BUF >> 8 & 0xff);
    fdc_out(f, 0x05, (uint8_t)(length - 1));
    fdc_out(f, 0x05, (uint8_t)((length - 1) >> 8));
    fdc_out(f, 0x81, FDC_BUF >> 16);
    fdc_out(f, 0x0a, 0x02);
}

void fdc_sense(struct fdc *f)
{
    FDC_COMMAND(f, 0x08);
    fdc_results(f);
}

void fdc_seek(struct fdc *f, uint8_t unit, uint8_t cylinder)
{
    FDC_COMMAND(f, 0x0f, unit, cylinder);
    ck_assert(fdc_wait(f, 5000000000u));
    fdc_sense(f);
    ck_assert_uint_eq(f->result[0], 0x20 | unit);
    ck_assert_uint_eq(f->result[1], cylinder);
}

void fdc_start(struct fdc *f)
{
    struct i82077_format format;
    uint8_t rate = 0;

    fdc_out(f, 0x3f2, 0x08);
    fdc_out(f, 0x3f2, 0x0c);
    ck_assert(fdc_wait(f, 5000000));
    for (unsigned i = 0; i < 4; i++)
        fdc_sense(f);
    fdc_out(f, 0x3f2, 0x1c);
    if (i82077_format(f->size, &format))
        while (!(format.rates >> rate & 1))
            rate++;
    fdc_out(f, 0x3f7, rate);
    FDC_COMMAND(f, 0x03, 0xaf, 0x02);
}

uint8_t fdc_memory(struct fdc *f, unsigned offset)
{
    return (uint8_t)mem_read(f->bench->board->memory, FDC_BUF + offset, 1);
}

void fdc_set_memory(struct fdc *f, unsigned offset, uint8_t value)
{
    mem_write(f->bench->board->memory, FDC_BUF + offset, value, 1);
}
