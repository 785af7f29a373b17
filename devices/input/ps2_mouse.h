/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INPUT_PS2_MOUSE_H
#define DEVICES_INPUT_PS2_MOUSE_H

#include "devices/input/ps2.h"

/* A PS/2 mouse that can become a wheel mouse and a five-button mouse; takes board->input's pointer.
 * `wake` is raised whenever a byte becomes ready; `plug` is filled in for the controller. */
struct device *ps2_mouse_new(struct board *board, struct irq wake, struct ps2_device *plug,
                             struct error *err);

/* Each rise of this line makes one packet that says nothing new (movement and buttons may be in it
 * all the same), if the host lets the mouse report at all. */
struct irq ps2_mouse_nudge_line(struct device *mouse);

#endif
