/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMware's pointer beside its 8042 for the generic tests: calls and a moving hand, at random. */
#include <string.h>

#include "core/cpu/x86.h"
#include "devices/input/i8042.h"
#include "devices/input/ps2_mouse.h"
#include "devices/input/vmmouse.h"
#include "tests/unit/input/chip_vmmouse.h"

static bool make(struct bench *bench, struct error *err)
{
    return i8042_new(bench->board, bench_irq(bench, 1), bench_irq(bench, 12), bench_irq(bench, 20),
                     bench_irq(bench, 21), err) &&
           vmmouse_new(bench->board, ps2_mouse_nudge_line(device_find(bench->board, "mouse")), err);
}

/* The registers are the CPU's: nothing of them stays behind. */
static void call(struct bench *bench, uint32_t command, uint32_t argument)
{
    memset(bench->gpr, 0, sizeof(bench->gpr));
    bench->gpr[R_EAX] = 0x564d5868;
    bench->gpr[R_ECX] = command;
    bench->gpr[R_EBX] = argument;
    bench_in(bench, 0x5658, 4);
    memset(bench->gpr, 0, sizeof(bench->gpr));
}

static void poke(struct bench *bench, uint32_t (*random)(void *ctx), void *ctx)
{
    static const uint32_t commands[4] = { 0x45414552, 0xf5, 0x4c455252, 0x53424152 };
    uint32_t r = random(ctx);

    switch (r & 7) {
    case 0:
        call(bench, 41, r & 8 ? commands[0] : commands[r >> 8 & 3]);
        break;
    case 1:
        call(bench, 41, commands[3]);
        break;
    case 2:
        call(bench, 39, r >> 8 & 7);
        break;
    case 3:
        call(bench, r >> 8 & 63, random(ctx));
        break;
    case 4:
        bench->input.pointer(bench->input.pointer_ctx, (int8_t)(r >> 8), (int32_t)random(ctx),
                             (int)(r >> 24 & 3) - 1, r >> 26);
        break;
    default:
        bench->input.pointer_absolute(bench->input.absolute_ctx, r >> 16, random(ctx) >> 12,
                                      (int)(r >> 8 & 3) - 1, r >> 10);
        break;
    }
}

const struct generic_chip chip_vmmouse = {
    .name = "vmmouse",
    .make = make,
    .ports = { { 0x60, 1 }, { 0x64, 1 }, { 0x5658, 4 } },
    .poke = poke,
};
