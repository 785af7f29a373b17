/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What SeaBIOS does to the board's own chips, in its order: from the reset vector to the hand-over,
 * with the answers it needs.  The bare accesses were seen in a trace of a boot.
 */
#include "devices/pci/piix3.h"
#include "devices/pci/piix4_pm.h"
#include "devices/serial/i16550.h"
#include "devices/serial/parallel.h"
#include "devices/system/debug_ports.h"
#include "devices/system/fw_cfg.h"
#include "tests/check_main.h"
#include "tests/unit/pci/host.h"

static struct bench *b;
static struct memory *m;

static void make_board(void)
{
    struct piix3_wiring wiring = { 0 };
    struct pci_bus *bus;
    struct device *piix3, *cfg;
    const uint8_t e820[20] = { [10] = 0x20, [16] = 1 };

    b = bench_new();
    m = b->board->memory;
    for (unsigned n = 0; n < 16; n++)
        wiring.isa_irq[n] = bench_irq(b, n);
    ck_assert_ptr_nonnull(host_new(b, &bus, NULL));
    piix3 = piix3_new(b->board, bus, &wiring, NULL);
    ck_assert_ptr_nonnull(piix3);
    ck_assert_ptr_nonnull(piix4_pm_new(b->board, bus, piix3_isa_line(piix3, 9), NULL));
    cfg = fw_cfg_new(b->board, NULL);
    ck_assert_ptr_nonnull(cfg);
    ck_assert(fw_cfg_add_file(cfg, "etc/e820", e820, sizeof(e820)));
    ck_assert(fw_cfg_add_key(cfg, FW_CFG_MAX_CPUS, "\1", 2));
    ck_assert_ptr_nonnull(debug_ports_new(b->board, false, NULL));
    for (unsigned n = 0; n < 2; n++)
        ck_assert_ptr_nonnull(i16550_new(b->board, n ? "com2" : "com1", n ? 0x2f8 : 0x3f8,
                                         bench_irq(b, 4 - n), NULL, NULL));
    ck_assert_ptr_nonnull(parallel_new(b->board, "lpt1", 0x378, bench_irq(b, 7), NULL, 1, NULL));
}

static uint8_t inb(uint16_t port)
{
    return (uint8_t)bench_in(b, port, 1);
}

static void outb(uint16_t port, uint8_t value)
{
    bench_out(b, port, value, 1);
}

static void reset_vector(void)
{
    ck_assert_uint_eq(mem_read(m, 0xfffffff0, 1), 0x3f);
    ck_assert_uint_eq(mem_read(m, 0xfe05b, 1), 0x3e);
    outb(0x92, inb(0x92) | 2);
    ck_assert(mem_a20(m));
    ck_assert_uint_eq(inb(0x402), 0xe9);
    for (const char *c = "SeaBIOS"; *c; c++)
        outb(0x402, (uint8_t)*c);
    ck_assert_str_eq(b->debug, "SeaBIOS");
}

static void host_bridge_and_shadow(void)
{
    uint8_t image[256];

    ck_assert_uint_eq(config_in(b, 0, 0, 0x00, 4), 0x12378086);
    ck_assert_uint_eq(config_in(b, 0, 0, 0x2c, 2), 0x1af4);
    ck_assert_uint_eq(config_in(b, 0, 0, 0x2e, 2), 0x1100);
    ck_assert_uint_eq(config_in(b, 0, 0, 0x59, 1), 0);
    config_out(b, 0, 0, 0x58, 0x33333000, 4);
    config_out(b, 0, 0, 0x5c, 0x33333333, 4);
    for (uint32_t at = 0; at < 0x40000; at += sizeof(image)) {
        mem_dma_read(m, 0xfffc0000 + at, image, sizeof(image));
        mem_dma_write(m, 0xc0000 + at, image, sizeof(image));
    }
    ck_assert_uint_eq(mem_read(m, 0xd48c0, 1), 0x14);
    ck_assert_uint_eq(mem_read(m, 0xffff0, 1), 0x3f);
    mem_write(m, 0xf0000, 0x1234, 2);
    ck_assert_uint_eq(mem_read(m, 0xf0000, 2), 0x1234);
}

static uint32_t fw_cfg_bytes(unsigned n)
{
    uint32_t value = 0;

    while (n-- > 0)
        value = value << 8 | inb(0x511);
    return value;
}

static void configuration_files(void)
{
    bench_out(b, 0x510, 0, 2);
    ck_assert_uint_eq(fw_cfg_bytes(4), 0x51454d55);
    bench_out(b, 0x510, 1, 2);
    ck_assert_uint_eq(fw_cfg_bytes(4), 0x03000000);
    bench_out(b, 0x510, 0x19, 2);
    ck_assert_uint_eq(fw_cfg_bytes(4), 1);
    ck_assert_uint_eq(fw_cfg_bytes(4), 20);
    ck_assert_uint_eq(fw_cfg_bytes(4), 0x00200000);
    ck_assert_uint_eq(fw_cfg_bytes(4), 0x6574632f); /* "etc/" */
    bench_out(b, 0x510, 0x20, 2);
    ck_assert_uint_eq(fw_cfg_bytes(8), 0);
    ck_assert_uint_eq(fw_cfg_bytes(4), 0x00002000);
    bench_out(b, 0x510, 0x0f, 2);
    ck_assert_uint_eq(fw_cfg_bytes(2), 0x0100);
    for (unsigned key = 0x8000; key < 0x8003; key++) {
        bench_out(b, 0x510, key, 2);
        ck_assert_uint_eq(fw_cfg_bytes(4), 0);
    }
}

static void pci_set_up(void)
{
    static const uint8_t pirqs[4] = { 0x0a, 0x0a, 0x0b, 0x0b };

    ck_assert_uint_eq(config_in(b, 1, 0, 0x0e, 1), 0x80);
    for (unsigned function = 0; function <= 3; function += 3) {
        ck_assert_uint_eq(config_in(b, 1, function, 0x00, 2), 0x8086);
        for (unsigned bar = 0x10; bar <= 0x30; bar += bar == 0x24 ? 12 : 4) {
            uint32_t old = config_in(b, 1, function, bar, 4);

            config_out(b, 1, function, bar, bar == 0x30 ? 0xfffff800 : 0xffffffff, 4);
            ck_assert_uint_eq(config_in(b, 1, function, bar, 4), 0);
            config_out(b, 1, function, bar, old, 4);
        }
        config_out(b, 1, function, 0x04, config_in(b, 1, function, 0x04, 2) | 0x0103, 2);
    }
    for (unsigned i = 0; i < 4; i++)
        config_out(b, 1, 0, 0x60 + i, pirqs[i], 1);
    ck_assert_uint_eq(config_in(b, 1, 0, 0x60, 4), 0x0b0b0a0a);
    config_out(b, 1, 3, 0x3c, 0x09, 1);
    config_out(b, 1, 3, 0x40, 0x0601, 4);
    config_out(b, 1, 3, 0x80, 0x01, 1);
    config_out(b, 1, 3, 0x90, 0x0701, 4);
    config_out(b, 1, 3, 0xd2, 0x09, 1);
    ck_assert_uint_eq(config_in(b, 1, 3, 0x3c, 1), 0x09);
    /* Bit 25: no SMM, or it would wait for ever at port B3h. */
    ck_assert_uint_eq(config_in(b, 1, 3, 0x58, 4) & 0x02000000, 0x02000000);
    ck_assert_uint_eq(config_in(b, 31, 0, 0x00, 4), 0xffffffff);
}

static void delays(void)
{
    uint32_t start = bench_in(b, 0x608, 4);

    for (unsigned i = 0; i < 10; i++) {
        uint32_t now;

        bench_run(b, 100000);
        now = bench_in(b, 0x608, 4);
        ck_assert_uint_ge(now - start, 357 * (i + 1));
        ck_assert_uint_le(now - start, 358 * (i + 1));
    }
}

static void ports(void)
{
    static const uint16_t com[4] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

    outb(0x37a, 0xdf);
    outb(0x378, 0xaa);
    ck_assert_uint_eq(inb(0x378), 0xaa);
    outb(0x27a, 0xdf);
    outb(0x278, 0xaa);
    ck_assert_uint_eq(inb(0x278), 0xff);
    for (unsigned i = 0; i < 4; i++) {
        outb(com[i] + 1, 0x02);
        ck_assert_uint_eq(inb(com[i] + 1), i < 2 ? 0x02 : 0xff);
        ck_assert_uint_eq(inb(com[i] + 2), i < 2 ? 0x02 : 0xff);
        outb(com[i] + 1, 0x00);
    }
}

static void hand_over(void)
{
    config_out(b, 0, 0, 0x58, 0x11111000, 4);
    config_out(b, 0, 0, 0x5c, 0x33111111, 4);
    mem_write(m, 0xf0000, 0, 2);
    mem_write(m, 0xc8000, 0, 2);
    mem_write(m, 0xe8000, 0x4321, 2);
    ck_assert_uint_eq(mem_read(m, 0xf0000, 2), 0x1234);
    ck_assert_uint_eq(mem_read(m, 0xc8000, 1), 0x08);
    ck_assert_uint_eq(mem_read(m, 0xe8000, 2), 0x4321);
}

/* GRUB on port 61h; memtest86+ on the SMBus and its PCI probe by bytes. */
static void afterwards(void)
{
    outb(0x61, (inb(0x61) & ~2) | 1);
    ck_assert_uint_eq(inb(0x61) & 3, 1);
    outb(0xcfb, 0x01);
    bench_out(b, 0xcf8, 0x80000000, 4);
    ck_assert_uint_eq(bench_in(b, 0xcf8, 4), 0x80000000);
    outb(0x700, 0x1f);
    outb(0x704, 0xa1);
    outb(0x703, 0x00);
    outb(0x702, 0x48);
    for (unsigned i = 0; inb(0x700) & 1; i++) {
        ck_assert_uint_lt(i, 1000);
        bench_run(b, 1000);
    }
    ck_assert_uint_eq(inb(0x700), 0x04);
}

START_TEST(seabios_finds_the_board_it_knows)
{
    make_board();
    reset_vector();
    host_bridge_and_shadow();
    configuration_files();
    pci_set_up();
    delays();
    ports();
    hand_over();
    afterwards();
    ck_assert_uint_eq(b->inits + b->resets + b->power_offs, 0);
    bench_free(b);
}
END_TEST

START_TEST(seabios_finds_it_again_after_a_reset)
{
    make_board();
    reset_vector();
    host_bridge_and_shadow();
    pci_set_up();
    hand_over();
    outb(0xcf9, 0x02);
    outb(0xcf9, 0x06);
    ck_assert_uint_eq(b->resets, 1);
    board_reset(b->board, RESET_HARD);
    b->debug_len = 0;
    reset_vector();
    host_bridge_and_shadow();
    configuration_files();
    pci_set_up();
    delays();
    ports();
    hand_over();
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seabios_order");

    CHECK_CASE(suite, "boot", seabios_finds_the_board_it_knows,
               seabios_finds_it_again_after_a_reset);
    return check_main(suite);
}
