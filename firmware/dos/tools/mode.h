/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_TOOLS_MODE_H
#define FIRMWARE_DOS_TOOLS_MODE_H

#include "tool.h"

enum { SERIAL_PORTS = 4, PRINTERS = 3, NOT_REROUTED = 0xff };

/* ---- mode.c ---- */

int fail(const char *text);
/* `name=value` at *at, else a value at this place; "" if there is none.  False: another name. */
bool next_value(char **at, char *value, unsigned size);

/* ---- modeport.c ---- */

/* The rest of the line behind `COMn` or `LPTn`; ports count from 0. */
int mode_serial(unsigned port, char *rest);
int mode_printer(unsigned port, char *rest);
void printer_status(unsigned port);
void serial_status(unsigned port);
uint16_t serial_base(unsigned port); /* 0: there is none */
uint16_t printer_base(unsigned port);

/* ---- what stays ---- */

struct resident { /* where moderes.asm begins */
    char mark[8];
    uint8_t redirect[4], printer_retry[4], serial_retry[4];
    uint32_t old17, old14;
    uint16_t int17, int14; /* offsets of the handlers */
};
extern const struct resident resident;
extern const uint16_t resident_size;
/* Its segment; `load`: it is put there if it is not.  0: it is not. */
uint16_t resident_part(bool load);

#endif
