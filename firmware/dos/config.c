/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dos.h"
struct config config = { .files = 40, .buffers = 15, .last_drive = 26, .fcbs = 4, .high = true, .umb = true, .shell = "Z:\\COMMAND.COM", .tail = " Z:\\ /P" };
void config_read(void) {}
void config_run(void) {}
