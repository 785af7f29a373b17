/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_LIB_DOS_H
#define FIRMWARE_DOS_LIB_DOS_H

/*
 * What our .COM programs share: DOS calls, memory of other segments, strings, output.  Each program
 * has `int com_main(void)`, whose value is its exit code.  Sources: Microsoft MS-DOS Programmer's
 * Reference.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKED    __attribute__((packed))
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define NEAR16(p) ((uint16_t)(uintptr_t)(p))

enum { STDIN, STDOUT, STDERR };
enum { OPEN_READ, OPEN_WRITE, OPEN_BOTH };
enum { SEEK_FROM_START, SEEK_FROM_HERE, SEEK_FROM_END };
enum attribute {
    A_READ_ONLY = 1,
    A_HIDDEN = 2,
    A_SYSTEM = 4,
    A_LABEL = 8,
    A_DIRECTORY = 16,
    A_ARCHIVE = 32,
};
enum { NAME_MAX = 13, PATH_MAX = 80, LINE_SIZE = 128 };

/* ---- calls ---- */

struct dos_regs {
    union {
        uint16_t ax;
        struct {
            uint8_t al, ah;
        };
    };
    union {
        uint16_t bx;
        struct {
            uint8_t bl, bh;
        };
    };
    union {
        uint16_t cx;
        struct {
            uint8_t cl, ch;
        };
    };
    union {
        uint16_t dx;
        struct {
            uint8_t dl, dh;
        };
    };
    uint16_t si, di, ds, es, bp, flags;
};

/* INT 21h, INT n; true: it came back with carry set. */
bool dos_call(struct dos_regs *r);
bool int_call(struct dos_regs *r, unsigned n);
/* INT 21h with DS = ES = ours; true: carry, and `ax` is DOS's error. */
bool dos(struct dos_regs *r);

static inline uint16_t own_segment(void)
{
    uint16_t segment;

    __asm__("movw %%cs, %w0" : "=r"(segment));
    return segment;
}

/* ---- other segments ---- */

uint8_t far_get8(uint16_t segment, uint16_t offset);
uint16_t far_get16(uint16_t segment, uint16_t offset);
void far_put8(uint16_t segment, uint16_t offset, uint8_t value);
void far_put16(uint16_t segment, uint16_t offset, uint16_t value);

/* The program's own PSP */
enum {
    PSP_INT22 = 0x0a,
    PSP_PARENT = 0x16,
    PSP_ENVIRONMENT = 0x2c,
    PSP_FCB1 = 0x5c,
    PSP_TAIL = 0x80
};
/* What COMMAND.COM tells the programs that it starts, in a reserved place of its own PSP: the mark,
 * and a byte that is not 0 where nobody is asked before files are overwritten. */
enum { PSP_SHELL = 0x44, SHELL_MARK = 0x4742 };
static inline uint8_t *psp_at(unsigned offset)
{
    uintptr_t at = offset;

    __asm__("" : "+r"(at)); /* not a null pointer's neighbour to the compiler */
    return (uint8_t *)at;
}

/* ---- strings ---- */

void *memcpy(void *to, const void *from, size_t count);
void *memmove(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *s);
char *strcpy(char *to, const char *from);
/* At most `size` bytes with the zero; false: cut. */
bool copy_text(char *to, const char *from, unsigned size);
bool add_text(char *to, const char *from, unsigned size);
int strcmp(const char *a, const char *b);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char upper(char c);
void upper_text(char *s);
/* Equal but for case, ASCII. */
bool same_text(const char *a, const char *b);
bool is_digit(char c);
bool is_letter(char c);
/* What separates the words of a command: space, tab, comma, semicolon, equals sign. */
bool is_separator(char c);
char *skip_separators(const char *s);
/* A number of decimal digits; *s goes behind it. */
uint32_t parse_number(const char **s);

/* ---- output ---- */

/* Text to a handle; false: not all of it could be written (a full disk). */
bool put_text(unsigned handle, const char *s);
bool put_bytes(unsigned handle, const void *data, unsigned count);
/*
 * %s %c %u (unsigned) %x, with `-`, `0`, a width or `*`; `,` groups a number's digits by the
 * country's separator.  To standard output.
 */
void print(const char *format, ...);
void print_to(unsigned handle, const char *format, va_list args);
/* The same into a buffer. */
void format_text(char *to, unsigned size, const char *format, ...);
void format_list(char *to, unsigned size, const char *format, va_list args);

/* ---- country (INT 21h/38h) ---- */

struct country {
    uint16_t date_format; /* 0 month-day-year, 1 day-month-year, 2 year-month-day */
    char currency[5];
    char thousands[2], decimal[2], date_separator[2], time_separator[2];
    uint8_t currency_format, currency_digits;
    uint8_t time_format; /* bit 0: 24 hours */
    uint8_t rest[18];
} PACKED;
const struct country *country_info(void);
/* Text of a date or a time as files have them: `05-31-94`, `6:22a`. */
void date_text(char *to, uint16_t date);
void time_text(char *to, uint16_t time);

/* ---- files ---- */

struct found { /* a DTA */
    uint8_t reserved[21];
    uint8_t attr;
    uint16_t time, date;
    uint32_t size;
    char name[NAME_MAX];
} PACKED;

/* These return DOS's error, 0: done. */
unsigned file_open(const char *path, unsigned mode, unsigned *handle);
unsigned file_create(const char *path, unsigned attr, unsigned *handle);
unsigned file_close(unsigned handle);
unsigned file_read(unsigned handle, void *to, unsigned count, unsigned *done);
unsigned file_write(unsigned handle, const void *from, unsigned count, unsigned *done);
unsigned file_seek(unsigned handle, unsigned whence, int32_t by, uint32_t *position);
unsigned file_delete(const char *path);
unsigned file_rename(const char *from, const char *to);
unsigned file_attr(const char *path, unsigned *attr);
unsigned file_set_attr(const char *path, unsigned attr);
unsigned file_time(unsigned handle, uint16_t *time, uint16_t *date);
unsigned file_set_time(unsigned handle, uint16_t time, uint16_t date);
unsigned directory_make(const char *path);
unsigned directory_remove(const char *path);
unsigned directory_change(const char *path);
/* drive: 1 = A:, 0 the current one; `to` gets the path without drive and leading `\`, 64 bytes. */
unsigned directory_get(unsigned drive, char *to);
unsigned true_name(const char *path, char *to); /* 128 bytes */
/* The search's state is in *f. */
unsigned find_first(const char *pattern, unsigned attr, struct found *f);
unsigned find_next(struct found *f);
bool handle_is_device(unsigned handle);
unsigned handle_duplicate(unsigned handle, unsigned *copy);
unsigned handle_force(unsigned from, unsigned to); /* `to` becomes another name of `from` */

unsigned drive_current(void); /* 0 = A: */
void drive_select(unsigned drive);
bool drive_valid(unsigned drive);
/* Bytes free on drive (0: current, 1 = A:), at most 4 GB; false: there is none. */
bool drive_free(unsigned drive, uint32_t *bytes);
/* Splits off the last part of a path: the offset of the name. */
unsigned path_name(const char *path);
bool has_wildcards(const char *s);
/* The next key without echo and Ctrl-C; 0 before a key without character. */
uint8_t read_key(void);

#endif
