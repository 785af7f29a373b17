/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INPUT_VMMOUSE_H
#define DEVICES_INPUT_VMMOUSE_H

#include "core/device.h"

/*
 * VMware's pointer behind its "backdoor", port 5658h: existing drivers for DOS, Windows and Linux
 * ask it for positions instead of movements.  While a driver has it switched on, it takes
 * board->input's pointer from the PS/2 mouse made before it, and pulls `nudge` once for each packet
 * that waits (the mouse's ps2_mouse_nudge_line), since drivers look when the mouse interrupts.
 */
struct device *vmmouse_new(struct board *board, struct irq nudge, struct error *err);

#endif
