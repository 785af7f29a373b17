/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Characters: INT 21h/01h-0Ch, 33h, 3Fh and 40h of the console, INT 23h, 28h, 29h; standard handles
 * that are files, and keys put into the BIOS's buffer.
 */
#include "suite.h"

enum { BDA = 0x40, KEY_HEAD = 0x1a, KEY_TAIL = 0x1c, KEYS = 0x1e, F3 = 0x3d00, ENTER = 0x1c0d };

static unsigned saved;
static char text[128];

/* Handle `n` becomes a file with that content, `saved` keeps what it was. */
static void redirect(unsigned n, const char *content, unsigned size)
{
    unsigned handle, done;

    file_create("CN1.TMP", 0, &handle);
    file_write(handle, content, size, &done);
    file_seek(handle, SEEK_FROM_START, 0, &(uint32_t){ 0 });
    handle_duplicate(n, &saved);
    handle_force(handle, n);
    file_close(handle);
}

/* Ends it; what the file has now in `text`. */
static unsigned restore(unsigned n)
{
    unsigned handle, done = 0;

    handle_force(saved, n);
    file_close(saved);
    handle = open_file("CN1.TMP", OPEN_READ);
    memset(text, 0, sizeof(text));
    file_read(handle, text, sizeof(text) - 1, &done);
    file_close(handle);
    remove_file("CN1.TMP");
    return done;
}

static void put_key(uint16_t key)
{
    uint16_t tail = far_get16(BDA, KEY_TAIL);

    far_put16(BDA, tail, key);
    tail += 2;
    far_put16(BDA, KEY_TAIL, tail == KEYS + 32 ? KEYS : tail);
}

static void put_keys(const char *keys)
{
    while (*keys)
        put_key((uint8_t)*keys++);
}

static void input_from_file(void)
{
    uint8_t line[12] = { 8 };
    uint8_t al[8], flags[2];

    redirect(STDIN, "abcdefg\x03hello\rline two is long\rz", 32);
    CALL(.ax = 0x0700);
    al[0] = r.al;
    CALL(.ax = 0x0800);
    al[1] = r.al;
    CALL(.ax = 0x0600, .dx = 0xff);
    al[2] = r.al;
    flags[0] = r.flags & ZERO;
    CALL(.ax = 0x0b00);
    al[3] = r.al;
    CALL(.ax = 0x0c08);
    al[4] = r.al;
    CALL(.ax = 0x0c07);
    al[5] = r.al;
    CALL(.ax = 0x3f00, .bx = 0, .cx = 2, .dx = NEAR16(al + 6));
    CALL(.ax = 0x0700);
    flags[1] = r.al;
    CALL(.ax = 0x0a00, .dx = NEAR16(line));
    restore(STDIN);
    is("21/0700 from a file", al[0], 'a');
    is("21/0800 from a file", al[1], 'b');
    is("21/0600 from a file", al[2], 'c');
    is("21/0600 there was a character", flags[0], 0);
    is("21/0B00 there is more", al[3], 0xff);
    is("21/0C08 from a file", al[4], 'd');
    is("21/0C07 from a file", al[5], 'e');
    is_bytes("21/3F00 from a file", al + 6, "fg", 2);
    is("21/0700 Ctrl-C is a character", flags[1], 3);
    is("21/0A00 length of a line", line[1], 5);
    is_bytes("21/0A00 the line", line + 2, "hello\r", 6);
}

/* 01h from a file, its echo into the same file. */
static void echoed(void)
{
    unsigned out;
    uint8_t al;

    redirect(STDIN, "xy", 2);
    handle_duplicate(STDOUT, &out);
    handle_force(STDIN, STDOUT);
    CALL(.ax = 0x0100);
    al = r.al;
    handle_force(out, STDOUT);
    file_close(out);
    restore(STDIN);
    is("21/0100 from a file", al, 'x');
    is_text("21/0100 with its echo, at the position behind it", text, "xx");
}

static void output_to_file(void)
{
    uint8_t al[3];

    redirect(STDOUT, "", 0);
    CALL(.ax = 0x0200, .dx = 'A');
    al[0] = r.al;
    CALL(.ax = 0x0600, .dx = 'B');
    al[1] = r.al;
    CALL(.ax = 0x0900, .dx = NEAR16("CDE$F"));
    al[2] = r.al;
    CALL(.ax = 0x4000, .bx = 1, .cx = 2, .dx = NEAR16("FG"));
    restore(STDOUT);
    is_text("21/0200 all of it is in the file", text, "ABCDEFG");
    is("21/0200 AL is the character", al[0], 'A');
    is("21/0600 AL is the character", al[1], 'B');
    is("21/0900 AL is a dollar sign", al[2], '$');
    redirect(STDOUT, "", 0);
    CALL(.ax = 0x0900, .dx = NEAR16("\r\nab\tc$"));
    restore(STDOUT);
    is_text("21/0900 a tab goes to the next eighth column", text, "\r\nab      c");
    redirect(4, "", 0);
    CALL(.ax = 0x0500, .dx = 'P');
    restore(4);
    is_text("21/0500 the printer's handle is a file", text, "P");
    redirect(3, "", 0);
    CALL(.ax = 0x0400, .dx = 'Q');
    restore(3);
    is_text("21/0400 the serial line's handle is a file", text, "Q");
    redirect(3, "K", 1);
    CALL(.ax = 0x0300);
    al[0] = r.al;
    restore(3);
    is("21/0300 the serial line's handle is a file", al[0], 'K');
}

/* What 07h, 08h give when Ctrl-C waits and `key` comes later: keys behind a Ctrl-C may be
 * forgotten. */
static uint8_t after_break(uint8_t ah, uint8_t key)
{
    uint32_t tick = vector(0x1c);

    late_key = key;
    late_ticks = 3;
    put_key(0x2e03);
    set_stub(0x1c, tick_handler);
    CALL(.ax = (uint16_t)(ah << 8));
    set_vector(0x1c, tick);
    late_ticks = 0;
    return r.al;
}

static void breaks(void)
{
    uint32_t before = vector(0x23);
    uint8_t al;

    set_stub(0x23, break_handler);
    break_count = 0;
    break_how = 0;
    al = after_break(0x08, 'x');
    is("23/ Ctrl-C in 08h", break_count, 1);
    is("23/ IRET: the call goes on", al, 'x');
    al = after_break(0x07, 'z');
    is("23/ not in 07h", al | break_count << 8, 3 | 1 << 8);
    CALL(.ax = 0x0c00);
    break_how = 2;
    al = after_break(0x08, 'y');
    is("23/ RETF without carry: the call goes on", al | break_count << 8, 'y' | 2 << 8);
    set_vector(0x23, before);
    CALL(.ax = 0x3300);
    al = r.dl;
    holds("21/3300 BREAK is on or off", al <= 1);
    CALL(.ax = 0x3301, .dx = 1);
    CALL(.ax = 0x3300);
    is("21/3301 BREAK is on", r.dl, 1);
    CALL(.ax = 0x3302, .dx = 0);
    is("21/3302 it was on", r.dl, 1);
    CALL(.ax = 0x3300);
    is("21/3302 it is off", r.dl, 0);
    CALL(.ax = 0x3301, .dx = al);
    CALL(.ax = 0x3305);
    holds("21/3305 the drive it was started from", r.dl >= 1 && r.dl <= 26);
    CALL(.ax = 0x3306);
    holds("21/3306 the true version", r.bl >= 5 && r.bl <= 7);
}

static void keys(void)
{
    static uint8_t line[20];
    unsigned handle;

    put_keys("k");
    CALL(.ax = 0x0b00);
    is("21/0B00 a key waits", r.al, 0xff);
    CALL(.ax = 0x0c00);
    CALL(.ax = 0x0b00);
    is("21/0C00 keys are forgotten", r.al, 0);
    CALL(.ax = 0x0600, .dx = 0xff);
    is("21/0600 no key: zero flag", r.flags & ZERO, ZERO);
    put_key(F3);
    CALL(.ax = 0x0700);
    is("21/0700 a key without character: 0", r.al, 0);
    CALL(.ax = 0x0700);
    is("21/0700 then its code", r.al, F3 >> 8);
    line[0] = 10;
    put_keys("abx\bc\r");
    CALL(.ax = 0x0a00, .dx = NEAR16(line));
    is("21/0A00 the line's length", line[1], 3);
    is_bytes("21/0A00 the line", line + 2, "abc\r", 4);
    put_key(F3);
    put_keys("d\r");
    CALL(.ax = 0x0a00, .dx = NEAR16(line));
    is_bytes("21/0A00 F3 is the line before", line + 1,
             "\x04"
             "abcd\r",
             6);
    works("21/3D00 CON", CALL(.ax = 0x3d02, .dx = NEAR16("CON")));
    handle = r.ax;
    put_keys("hi\r");
    CALL(.ax = 0x3f00, .bx = (uint16_t)handle, .cx = 20, .dx = NEAR16(line));
    is("21/3F00 a line of the console", r.ax, 4);
    is_bytes("21/3F00 with CR and LF", line, "hi\r\n", 4);
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = r.dl | 0x20);
    put_keys("jk");
    CALL(.ax = 0x3f00, .bx = (uint16_t)handle, .cx = 2, .dx = NEAR16(line));
    is("21/3F00 a raw console waits for no CR", r.ax, 2);
    is_bytes("21/3F00 the keys", line, "jk", 2);
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = r.dl & 0xdf);
    close_file(handle);
}

static void idle(void)
{
    uint32_t before = vector(0x28), tick = vector(0x1c);

    set_stub(0x28, idle_handler);
    late_key = 'w';
    late_ticks = 3;
    idle_count = 0;
    set_stub(0x1c, tick_handler);
    CALL(.ax = 0x0800);
    set_vector(0x1c, tick);
    set_vector(0x28, before);
    is("21/0800 waits for a key", r.al, 'w');
    holds("28/ is called while it waits", idle_count > 0);
}

static void fast_output(void)
{
    uint8_t column;

    CALL(.ax = 0x0200, .dx = '\r');
    column = far_get8(BDA, 0x50);
    INT_CALL(0x29, .ax = '.', .ds = own_segment(), .es = own_segment());
    is("29/ writes a character", far_get8(BDA, 0x50), column + 1);
    CALL(.ax = 0x0200, .dx = '\r');
}

int com_main(void)
{
    begin("console");
    input_from_file();
    echoed();
    output_to_file();
    breaks();
    keys();
    idle();
    fast_output();
    return closing();
}
