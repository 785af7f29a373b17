/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_STORAGE_FDC_BENCH_H
#define TESTS_UNIT_STORAGE_FDC_BENCH_H

/* An 82077AA with the real 8237, two drives, and the moves a floppy driver makes. */

#include <stdbool.h>
#include <stdint.h>

#include "devices/storage/i82077.h"
#include "tests/generic.h"

#define FDC_IRQ 6
#define FDC_BUF 0x20000u /* where DMA goes */

struct fdc {
    struct bench *bench;
    struct device *chip;
    struct drive *a, *b;
    uint8_t *image; /* of drive A, freed with the rig */
    uint64_t size;
    unsigned host_errors;
    uint8_t result[16];
    unsigned results;
};

/* Drive A holds an image of that size with a pattern, drive B is empty. */
struct fdc *fdc_new(uint64_t size, bool read_only, bool fast);
void fdc_free(struct fdc *f);
/* What the pattern has at an offset of the image. */
uint8_t fdc_pattern(uint64_t offset);

void fdc_out(struct fdc *f, uint16_t port, uint8_t value);
uint8_t fdc_in(struct fdc *f, uint16_t port);
/* Out of reset, motor of drive A on, all senses done, rate as the image needs it. */
void fdc_start(struct fdc *f);
/* Gives the bytes, each when RQM asks for it. */
void fdc_command(struct fdc *f, const uint8_t *bytes, unsigned count);
#define FDC_COMMAND(f, ...)                                                                        \
    fdc_command(f, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
/* Lets time pass until INT; false if it does not come. */
bool fdc_wait(struct fdc *f, uint64_t limit_ns);
/* Reads the result phase. */
void fdc_results(struct fdc *f);
/* Command, INT, results, all at once. */
void fdc_run(struct fdc *f, const uint8_t *bytes, unsigned count);
#define FDC_RUN(f, ...)                                                                            \
    fdc_run(f, (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
/* Programs DMA channel 2; mode 46h: to memory, 4Ah: from memory, 42h: verify. */
void fdc_dma(struct fdc *f, uint8_t mode, unsigned length);
/* Sense interrupt: result[0] ST0, result[1] PCN. */
void fdc_sense(struct fdc *f);
void fdc_seek(struct fdc *f, uint8_t unit, uint8_t cylinder);
uint8_t fdc_memory(struct fdc *f, unsigned offset);
void fdc_set_memory(struct fdc *f, unsigned offset, uint8_t value);

#endif
