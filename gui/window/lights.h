/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_WINDOW_LIGHTS_H
#define GUI_WINDOW_LIGHTS_H

/* What the window knows of the machine's drives: their lights, and which of them are at work. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/console.h"

#define DRIVES CONSOLE_DRIVES

enum drive_kind { DRIVE_FLOPPY, DRIVE_DISK, DRIVE_CD };

struct light {
    char drive[16];
    uint32_t requests;
    bool has_media, write_protected;
    uint64_t lit_until; /* ms */
    uint64_t used_at;   /* the same; 0: never */
};

/* Takes a message CONSOLE_LIGHTS that came at `now` ms. */
void lights_take(struct light lights[DRIVES], const struct console_message *message, uint64_t now);

enum drive_kind light_kind(const struct light *light);
/* The letter DOS gives it, as far as that can be known (A, B, and C for the first disk), or 0. */
char light_letter(const struct light *light);

/* Names the drives that were at work a moment ago and can be written, as a sentence; "" if none
 * was.
 */
void lights_busy(const struct light lights[DRIVES], uint64_t now, char *text, size_t size);

#endif
