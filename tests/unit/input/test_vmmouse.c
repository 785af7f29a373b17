/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMware's pointer: what its drivers ask, and what they must be told. */
#include <string.h>

#include "core/cpu/x86.h"
#include "core/input.h"
#include "devices/input/ps2_mouse.h"
#include "devices/input/vmmouse.h"
#include "tests/check_main.h"
#include "tests/unit/input/chip_vmmouse.h"
#include "tests/unit/input/kbc_bench.h"

enum { VERSION = 10, DATA = 39, STATUS = 40, COMMAND = 41 };
enum { MAGIC = 0x564d5868, ID = 0x3442554a };
enum { ENABLE = 0x45414552, DISABLE = 0xf5, RELATIVE = 0x4c455252, ABSOLUTE = 0x53424152 };
enum { LEFT = 0x20, RIGHT = 0x10, MIDDLE = 8, MOVED = 0x10000, ERROR_STATUS = 0xffff0000 };
#define M(byte) (0x100 | (byte))

static struct device *vm;
static unsigned mode_changes;

static void on_mode(void *ctx, bool absolute)
{
    (void)ctx;
    (void)absolute;
    mode_changes++;
}

static void begin(void)
{
    struct error err;

    kbc_begin(true);
    vm = vmmouse_new(kbc->board, ps2_mouse_nudge_line(device_find(kbc->board, "mouse")), &err);
    ck_assert_ptr_nonnull(vm);
    kbc->input.absolute_changed = on_mode;
    mode_changes = 0;
}

/* A call; the other registers are as the caller had them.  Its value is EAX. */
static uint32_t call(uint32_t command, uint32_t argument)
{
    memset(kbc->gpr, 0x5a, sizeof(kbc->gpr));
    kbc->gpr[R_EAX] = MAGIC;
    kbc->gpr[R_EBX] = argument;
    kbc->gpr[R_ECX] = command;
    kbc->gpr[R_EDX] = 0x5658;
    return bench_in(kbc, 0x5658, 4);
}

static void absolute(void)
{
    call(COMMAND, ENABLE);
    ck_assert_uint_eq(call(DATA, 1), ID);
    call(COMMAND, ABSOLUTE);
    ck_assert(kbc->input.absolute);
}

static void stream(void)
{
    kbc_mouse(0xf4);
    ck_assert_int_eq(kbc_read(), M(0xfa));
}

static void position(unsigned x, unsigned y, int wheel, unsigned buttons)
{
    kbc->input.pointer_absolute(kbc->input.absolute_ctx, x, y, wheel, buttons);
}

static void move(int dx, int dy, int wheel, unsigned buttons)
{
    kbc->input.pointer(kbc->input.pointer_ctx, dx, dy, wheel, buttons);
}

#define STATUS_IS(value) ck_assert_uint_eq(call(STATUS, 0), value)
#define PACKET_IS(flags, x, y, z)                                                                  \
    do {                                                                                           \
        ck_assert_uint_eq(call(DATA, 4), flags);                                                   \
        ck_assert_uint_eq(kbc->gpr[R_EBX], (uint32_t)(x));                                         \
        ck_assert_uint_eq(kbc->gpr[R_ECX], (uint32_t)(y));                                         \
        ck_assert_uint_eq(kbc->gpr[R_EDX], (uint32_t)(z));                                         \
    } while (0)

START_TEST(the_version_says_that_it_is_there)
{
    begin();
    ck_assert_uint_eq(call(VERSION, ~(uint32_t)MAGIC), 6);
    ck_assert_uint_eq(kbc->gpr[R_EBX], MAGIC);
    ck_assert_uint_eq(kbc->gpr[R_ECX], 4);
    ck_assert_uint_eq(kbc->gpr[R_ESI], 0x5a5a5a5a);
    ck_assert_uint_eq(call(0xabcd0000 | VERSION, 0), 6); /* the command is CX */
    kbc_end();
}
END_TEST

START_TEST(without_the_magic_nobody_is_there)
{
    begin();
    memset(kbc->gpr, 0, sizeof(kbc->gpr));
    kbc->gpr[R_ECX] = VERSION;
    ck_assert_uint_eq(bench_in(kbc, 0x5658, 4), 0xffffffff);
    ck_assert_uint_eq(kbc->gpr[R_EBX], 0);
    kbc->gpr[R_EAX] = MAGIC; /* other sizes and places are no calls */
    ck_assert_uint_eq(bench_in(kbc, 0x5658, 2), 0xffff);
    ck_assert_uint_eq(bench_in(kbc, 0x5658, 1), 0xff);
    ck_assert_uint_eq(bench_in(kbc, 0x5659, 4), 0xffffffff);
    ck_assert_uint_eq(kbc->gpr[R_EBX], 0);
    kbc->hooks.registers = NULL; /* no IN of a processor */
    ck_assert_uint_eq(bench_in(kbc, 0x5658, 4), 0xffffffff);
    kbc_end();
}
END_TEST

START_TEST(unknown_commands_answer_minus_one)
{
    begin();
    for (uint32_t n = 0; n < 256; n++) {
        if (n == VERSION || (n >= DATA && n <= COMMAND))
            continue;
        ck_assert_uint_eq(call(n, 0x1234), 0xffffffff);
        ck_assert_uint_eq(kbc->gpr[R_EBX], 0x1234);
    }
    kbc_end();
}
END_TEST

START_TEST(enabling_puts_the_id_into_the_queue)
{
    begin();
    STATUS_IS(ERROR_STATUS); /* off */
    call(COMMAND, ABSOLUTE); /* not before */
    ck_assert(!kbc->input.absolute);
    call(COMMAND, ENABLE);
    STATUS_IS(1);
    ck_assert_uint_eq(call(DATA, 1), ID);
    STATUS_IS(0);
    ck_assert(!kbc->input.absolute);
    call(COMMAND, ABSOLUTE);
    ck_assert(kbc->input.absolute);
    call(COMMAND, RELATIVE);
    ck_assert(!kbc->input.absolute);
    call(COMMAND, ABSOLUTE);
    call(COMMAND, DISABLE);
    ck_assert(!kbc->input.absolute);
    STATUS_IS(ERROR_STATUS);
    ck_assert_uint_eq(mode_changes, 4);
    kbc_end();
}
END_TEST

START_TEST(positions_buttons_and_wheel)
{
    begin();
    absolute();
    position(0, 65535, 0, BUTTON_LEFT);
    STATUS_IS(4);
    PACKET_IS(LEFT, 0, 65535, 0);
    position(1000, 2000, 1, BUTTON_RIGHT | BUTTON_MIDDLE | BUTTON_SIDE);
    PACKET_IS(RIGHT | MIDDLE, 1000, 2000, -1); /* away from the user */
    position(1000, 2000, -3, BUTTON_RIGHT | BUTTON_MIDDLE);
    PACKET_IS(RIGHT | MIDDLE, 1000, 2000, 3);
    position(1 << 20, 1 << 30, 0, 0);
    PACKET_IS(0, 65535, 65535, 0);
    position(65535, 65535, 0, 0); /* nothing new */
    STATUS_IS(0);
    kbc_end();
}
END_TEST

START_TEST(unread_positions_become_one_but_clicks_stay)
{
    begin();
    absolute();
    for (unsigned i = 1; i <= 1000; i++)
        position(i, 2 * i, 0, 0);
    STATUS_IS(4);
    position(1000, 2000, 0, BUTTON_LEFT);
    position(1010, 2000, 0, BUTTON_LEFT);
    position(1010, 2000, 0, 0);
    STATUS_IS(12);
    PACKET_IS(0, 1000, 2000, 0);
    PACKET_IS(LEFT, 1010, 2000, 0);
    PACKET_IS(0, 1010, 2000, 0);
    kbc_end();
}
END_TEST

START_TEST(a_full_queue_is_an_error)
{
    begin();
    absolute();
    for (unsigned i = 1; i <= 64; i++)
        position(i, i, 0, i & 1);
    STATUS_IS(256);
    position(0, 0, 0, BUTTON_LEFT);
    STATUS_IS(ERROR_STATUS);
    ck_assert(!kbc->input.absolute);
    absolute(); /* and all is well again */
    position(5, 6, 0, 0);
    PACKET_IS(0, 5, 6, 0);
    kbc_end();
}
END_TEST

START_TEST(asking_for_what_is_not_there_is_an_error)
{
    static const uint32_t counts[] = { 0, 5, 7, 0xffffffff };

    for (unsigned i = 0; i < 4; i++) {
        begin();
        absolute();
        position(1, 1, 0, 0);
        call(DATA, counts[i]);
        STATUS_IS(ERROR_STATUS);
        kbc_end();
    }
    begin();
    absolute();
    position(1, 2, 0, 0);
    position(3, 4, 0, 1);
    ck_assert_uint_eq(call(DATA, 6), 0); /* six registers is the most */
    ck_assert_uint_eq(kbc->gpr[R_ESI], LEFT);
    ck_assert_uint_eq(kbc->gpr[R_EDI], 3);
    STATUS_IS(2);
    kbc_end();
}
END_TEST

START_TEST(movement_is_marked)
{
    begin();
    call(COMMAND, ENABLE);
    call(DATA, 1);
    call(COMMAND, RELATIVE);
    move(5, 3, 0, BUTTON_LEFT);
    move(-10, 1, 0, BUTTON_LEFT); /* adds up while it waits */
    STATUS_IS(4);
    PACKET_IS(MOVED | LEFT, -5, -4, 0); /* down is negative */
    move(0, 0, 2, BUTTON_LEFT);
    PACKET_IS(MOVED | LEFT, 0, 0, -2);
    move(0, 0, 0, 0);
    PACKET_IS(MOVED, 0, 0, 0);
    move(0, 0, 0, 0);
    position(1, 1, 0, 0); /* nobody asked for positions */
    STATUS_IS(0);
    call(COMMAND, ABSOLUTE);
    position(7, 8, 0, 0);
    move(1, 0, 0, 0);
    PACKET_IS(0, 7, 8, 0);
    PACKET_IS(MOVED, 1, 0, 0);
    kbc_end();
}
END_TEST

START_TEST(switched_off_the_ps2_mouse_moves)
{
    begin();
    stream();
    move(5, 3, 0, BUTTON_LEFT);
    EXPECT(M(0x29), M(5), M(0xfd));
    absolute(); /* lets go of the button */
    EXPECT(M(0x08), M(0), M(0));
    move(1, 1, 0, 0);
    EXPECT(M(0x08), M(0), M(0)); /* only the nudge */
    call(COMMAND, DISABLE);
    move(2, 0, 0, 0);
    EXPECT(M(0x08), M(2), M(0));
    kbc_end();
}
END_TEST

/* Drivers look when the mouse interrupts, and some take one packet a time. */
START_TEST(each_packet_is_announced_by_the_mouse)
{
    begin();
    absolute();
    position(1, 1, 0, 0);
    SILENCE(); /* the mouse does not report yet */
    stream();
    position(2, 2, 0, 0);
    EXPECT(M(0x08), M(0), M(0));
    STATUS_IS(4);
    for (unsigned i = 1; i <= 3; i++)
        position(2, 2, 0, i & 1);
    for (unsigned i = 1; i <= 3; i++) {
        ck_assert_int_eq(kbc_read(), M(0x08));
        ck_assert_int_eq(kbc_read(), M(0));
        ck_assert_int_eq(kbc_read(), M(0));
    }
    SILENCE();
    STATUS_IS(16);
    ck_assert_uint_ge(kbc->edges[LINE_IRQ12], 12);
    kbc_end();
}
END_TEST

START_TEST(reset_switches_it_off)
{
    begin();
    absolute();
    position(9, 9, 0, 1);
    device_reset(vm, RESET_HARD);
    ck_assert(!kbc->input.absolute);
    STATUS_IS(ERROR_STATUS);
    device_free(vm);
    ck_assert_ptr_null(kbc->input.pointer_absolute);
    stream();
    move(1, 0, 0, 0); /* the PS/2 mouse has its pointer back */
    EXPECT(M(0x08), M(1), M(0));
    kbc_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vmmouse");

    CHECK_CASE(suite, "calls", the_version_says_that_it_is_there, without_the_magic_nobody_is_there,
               unknown_commands_answer_minus_one, enabling_puts_the_id_into_the_queue,
               asking_for_what_is_not_there_is_an_error);
    CHECK_CASE(suite, "packets", positions_buttons_and_wheel,
               unread_positions_become_one_but_clicks_stay, a_full_queue_is_an_error,
               movement_is_marked, switched_off_the_ps2_mouse_moves,
               each_packet_is_announced_by_the_mouse, reset_switches_it_off);
    generic_tests(suite, &chip_vmmouse);
    return check_main(suite);
}
