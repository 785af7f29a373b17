/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_INPUT_KBC_BENCH_H
#define TESTS_UNIT_INPUT_KBC_BENCH_H

/* A bench with an 8042, keyboard and mouse, and the host's side of their conversations. */

#include "tests/generic.h"

enum { LINE_IRQ1 = 1, LINE_IRQ12 = 12, LINE_A20 = 20, LINE_INIT = 21 };
enum { NOTHING = -1 };

extern struct bench *kbc;

/* Interfaces on, interrupts on; translation as asked. */
void kbc_begin(bool translate);
void kbc_end(void);

/* Writes after the input buffer has become empty. */
void kbc_command(uint8_t value);
void kbc_data(uint8_t value);
/* A byte for the mouse, through D4h. */
void kbc_mouse(uint8_t value);

/* The next byte within 50 ms: with bit 8 set if it is the mouse's; or NOTHING. */
int kbc_read(void);

void kbc_key(unsigned evdev, bool down);
void kbc_tap(unsigned evdev);

/* The bytes that come now are exactly these (list ends with NOTHING). */
void kbc_expect_list(const int *list, const char *file, int line);
#define EXPECT(...) kbc_expect_list((const int[]){ __VA_ARGS__, NOTHING }, __FILE__, __LINE__)
/* And nothing at all. */
#define SILENCE() ck_assert_int_eq(kbc_read(), NOTHING)

#endif
