/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_PICTURE_H
#define CORE_HOST_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/screen.h"

/* The screen as a PNG (or a PPM) into fd, which stays open. */
bool picture_write(int fd, const uint32_t *pixels, uint32_t width, uint32_t height, uint32_t pitch,
                   bool png, struct error *err);

/* A character of code page 437 as Unicode (control characters as their pictures). */
uint32_t cp437_to_unicode(uint8_t c);
/* Writes the text screen as UTF-8 lines, trailing blanks cut, into a new string (free). */
char *screen_text_utf8(const struct screen_text *text);

#endif
