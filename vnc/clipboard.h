/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_CLIPBOARD_H
#define VNC_CLIPBOARD_H

/*
 * A viewer's clipboard as text for the guest's keyboard.  Viewers send their clipboard whenever it
 * changes, which nobody wants to see typed: it is kept here until the person says so.
 */

#include <stdbool.h>
#include <stddef.h>

#define CLIPBOARD_MOST 65536

struct clipboard {
    char text[CLIPBOARD_MOST + 1]; /* UTF-8; line ends are \n */
    size_t length;
};

void clipboard_set_latin1(struct clipboard *clipboard, const char *text, size_t length);
/* What is no UTF-8 is left out. */
void clipboard_set_utf8(struct clipboard *clipboard, const char *text, size_t length);
/* Copies the part from *at on, whole characters that fit into room with a 0; false: no more. */
bool clipboard_part(const struct clipboard *clipboard, size_t *at, char *part, size_t room);

#endif
