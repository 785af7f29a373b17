/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices/system/fw_cfg.h"
#include "tests/unit/system/chips.h"

static bool make(struct bench *bench, struct error *err)
{
    struct device *cfg = fw_cfg_new(bench->board, err);

    return cfg && fw_cfg_add_file(cfg, "etc/e820", "01234567890123456789", 20) &&
           fw_cfg_add_file(cfg, "bootorder", "floppy", 7) &&
           fw_cfg_add_key(cfg, FW_CFG_MAX_CPUS, "\1", 2);
}

/* Selects something that is there; or runs a descriptor in RAM. */
static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    static const uint16_t keys[8] = { 0, 1, 15, 0x19, 0x20, 0x21, 0x4020, 0x8000 };
    uint32_t r = random(ctx);
    uint8_t d[16] = { 0 };

    if (r & 1) {
        bench_out(bench, 0x510, keys[r >> 8 & 7], 2);
        return;
    }
    d[1] = (uint8_t)(0x18 + (r >> 8 & 15));
    d[3] = r >> 16 & 0x1f;
    d[6] = r >> 24 & 1;
    d[7] = (uint8_t)random(ctx);
    d[14] = 0x20;
    mem_dma_write(bench->board->memory, 0x1000, d, sizeof(d));
    bench_out(bench, 0x514, 0, 4);
    bench_out(bench, 0x518, 0x00100000, 4);
}

const struct generic_chip chip_fw_cfg = {
    .name = "fw_cfg",
    .make = make,
    .ports = { { 0x510, 2 }, { 0x511, 1 }, { 0x514, 8 } },
    .poke = poke,
};
