/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_SCANCODE_H
#define GUI_WINDOW_SCANCODE_H

/* The physical key of an SDL scancode as a Linux evdev code; 0: a PC has no such key. */
unsigned scancode_to_evdev(unsigned scancode);

#endif
