/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_LIB_TEXT_H
#define FIRMWARE_DOS_LIB_TEXT_H

/* What filters need: messages, buffered output and input, memory of other segments, Ctrl-C. */

#include "dos.h"

/* ---- errors ---- */

/* To standard error, as print(). */
void complain(const char *format, ...);
/* What DOS's error is called. */
const char *error_text(unsigned error);
/* "Access denied - NAME"; `name` NULL: without. */
void complain_error(unsigned error, const char *name);

/* ---- output: standard output, buffered; a screen gets it line by line ---- */

void out_char(char c);
void out_bytes(const void *data, unsigned count);
void out_text(const char *s);
void out(const char *format, ...); /* at most 255 characters */
/* Everything was written so far; if not, standard error was told once. */
bool out_good(void);
/* Writes what is left; as out_good(). */
bool out_end(void);

/* ---- input ---- */

enum { INPUT_BUFFER = 2048, CTRL_Z = 0x1a };
struct input {
    unsigned handle;
    bool text;         /* Ctrl-Z ends it */
    bool end;          /* there is no more */
    unsigned error;    /* DOS's, which ended it */
    unsigned at, used; /* in buffer */
    uint32_t position; /* of the buffer's begin */
    uint8_t buffer[INPUT_BUFFER];
};
void input_begin(struct input *in, unsigned handle, bool text);
int input_char(struct input *in); /* -1: the end */
/* Where the next character stands, and goes on from there.  Files only. */
uint32_t input_position(const struct input *in);
void input_seek(struct input *in, uint32_t position);

/* ---- memory behind the program ---- */

/* The largest block there is, at most `most` paragraphs; its size to *got, 0: none.  The segment. */
uint16_t block_take(unsigned most, unsigned *got);
/* As file_read() and file_write(). */
unsigned far_read(unsigned handle, uint16_t segment, uint16_t offset, unsigned count,
                  unsigned *done);
unsigned far_write(unsigned handle, uint16_t segment, uint16_t offset, unsigned count,
                   unsigned *done);

/* ---- letters of the code page ---- */

/* INT 21h/65h: table 2 (upper case) for all 256 characters, table 6 (collating sequence).  Without
 * such tables those of ASCII. */
void upper_table(uint8_t table[256]);
void collate_table(uint8_t table[256]);

/* ---- questions ---- */

/* A key of `choices` (upper case), echoed; the end of redirected input is the last of them. */
char ask_key(const char *question, const char *choices);
/* A line that begins with y or n; the end of redirected input is a no. */
bool ask_yes(const char *question);
/* Any key; Ctrl-C ends the program. */
void wait_key(void);

/* ---- Ctrl-C (break.asm) ---- */

enum { BREAK_ABORT = 0xffff };
/* clean() is called before the program ends with this exit code; BREAK_ABORT: as by Ctrl-C. */
void on_break(void (*clean)(void), unsigned code);
/* Looks for Ctrl-C where DOS does not, between transfers of files. */
void break_poll(void);

#endif
