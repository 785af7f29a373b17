/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INPUT_PS2_KEYBOARD_H
#define DEVICES_INPUT_PS2_KEYBOARD_H

#include "devices/input/ps2.h"

/* A PS/2 keyboard with 101 to 109 keys and multimedia keys; takes board->input's keys and reports
 * its LEDs there.  `wake` is raised whenever a byte becomes ready; `plug` is filled in for the
 * controller. */
struct device *ps2_keyboard_new(struct board *board, struct irq wake, struct ps2_device *plug,
                                struct error *err);

#endif
