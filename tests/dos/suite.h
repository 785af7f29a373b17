/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_DOS_SUITE_H
#define TESTS_DOS_SUITE_H

/*
 * What the programs of the conformance suite share.  Each check is a line of the log, "PROGRAM
 * 21/3D02 what is looked at: ok" or ": got ..., expected ...": interrupt, then AH and, where there
 * are subfunctions, AL.  The log is opened and closed for each line, so that it tells how far a
 * program came that did not end.  Expected values are those of the published descriptions:
 * Microsoft MS-DOS Programmer's Reference, Ralf Brown's Interrupt List, XMS 3.0, LIM EMS 4.0,
 * Microsoft Mouse Programmer's Reference.
 */

#include "firmware/dos/lib/dos.h"

/* The registers of the call last made. */
extern struct dos_regs r;

/* INT 21h with DS = ES = ours: CALL(.ax = 0x3d00, .dx = NEAR16(name)); true: carry. */
#define CALL(...) (r = (struct dos_regs){ __VA_ARGS__ }, dos(&r))
/* INT 21h with all segments given. */
#define FAR_CALL(...) (r = (struct dos_regs){ __VA_ARGS__ }, dos_call(&r))
/* INT n with all segments given. */
#define INT_CALL(n, ...) (r = (struct dos_regs){ __VA_ARGS__ }, int_call(&r, n))

enum { CARRY = 1, ZERO = 0x40 }; /* flags */
enum error {
    E_FUNCTION = 1,
    E_FILE = 2,
    E_PATH = 3,
    E_HANDLES = 4,
    E_ACCESS = 5,
    E_HANDLE = 6,
    E_MCB = 7,
    E_MEMORY = 8,
    E_BLOCK = 9,
    E_ENVIRONMENT = 10,
    E_FORMAT = 11,
    E_MODE = 12,
    E_DATA = 13,
    E_DRIVE = 15,
    E_CURRENT = 16,
    E_DEVICE = 17,
    E_NO_MORE = 18,
    E_SHARE = 32,
    E_LOCK = 33,
    E_EXISTS = 80,
};

/* First call of a program; `name` begins its lines. */
void begin(const char *name);
/* What it does first, for a program that has lines only when something is wrong. */
void read_arguments(const char *name);
/* Behind the path of the log. */
const char *arguments(void);
/* Last one: its closing line; the value is the program's exit code. */
int closing(void);

/* ---- checks ---- */

void is(const char *what, uint32_t got, uint32_t wanted);
/* A bit or a relation. */
void holds(const char *what, bool true_to_say);
void is_text(const char *what, const char *got, const char *wanted);
void is_bytes(const char *what, const void *got, const void *wanted, unsigned count);
/* The last call came back without carry. */
void works(const char *what, bool carry);
/* The last call came back with carry and this error, which INT 21h/59h tells, too. */
void fails(const char *what, unsigned error, bool carry);
/* This is not there: not a failure here, but the table of differences has to know. */
void absent(const char *what);

/* ---- helpers ---- */

/* As of the calls above but fails the program's check if they do not work; the handle. */
unsigned make_file(const char *name, const char *content);
unsigned open_file(const char *name, unsigned mode);
void close_file(unsigned handle);
void remove_file(const char *name);
/* Whether the current drive is a host's folder or a network's (4409h). */
bool is_remote(void);
bool is_freedos(void);
/* Path of the folder the program runs in, with a `\` at its end. */
const char *here(void);
/* The drive the suite's programs and its log are on. */
char home(void);
/* What lies in other segments. */
uint32_t far_get32(uint16_t segment, uint16_t offset);
void far_read(void *to, uint16_t segment, uint16_t offset, unsigned count);
/* The address of an interrupt. */
uint32_t vector(unsigned n);
void set_vector(unsigned n, uint32_t address);

/* ---- interrupt handlers of ours (handlers.asm) ---- */

extern uint8_t critical_answer; /* AL that INT 24h returns; 3: fail */
extern uint16_t critical_count, critical_ax, critical_di, critical_bp, critical_si;
void critical_handler(void), break_handler(void), idle_handler(void);
extern uint16_t break_count, idle_count;
extern uint8_t break_how; /* 0: IRET, 1: RETF with carry, 2: RETF without */
/* INT 1Ch that puts a key into the BIOS's buffer after so many ticks. */
extern uint16_t late_key, late_ticks;
void tick_handler(void);
/* INT 25h, 26h; INT 2Fh with a word on the stack; XMS: each at a vector of its own. */
enum { READ_STUB = 0x62, WRITE_STUB, MUX_STUB, XMS_STUB };
extern uint16_t mux_word;
extern uint32_t xms_address;
void read_stub(void), write_stub(void), mux_stub(void), xms_stub(void);
void set_stub(unsigned n, void (*stub)(void));

#endif
