/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Share modes of INT 21h/3Dh and 6Ch, locks of 5Ch. */
#include "suite.h"

static const char name[] = "SH1.TMP";
static char buffer[16];

enum { DENY_ALL = 0x10, DENY_WRITE = 0x20, DENY_READ = 0x30, DENY_NONE = 0x40 };

/* What a second open with `second` gets while one with `first` is open. */
static void pair(const char *what, unsigned first, unsigned second, unsigned wanted)
{
    unsigned handle, other, error;

    if (file_open(name, first, &handle)) {
        works(what, true);
        return;
    }
    error = file_open(name, second, &other);
    if (!error)
        file_close(other);
    file_close(handle);
    is(what, error, wanted);
}

static void modes(void)
{
    pair("21/3D12 deny all, then deny none", DENY_ALL | OPEN_BOTH, DENY_NONE | OPEN_READ, E_SHARE);
    pair("21/3D42 deny none, then deny all", DENY_NONE | OPEN_BOTH, DENY_ALL | OPEN_READ, E_SHARE);
    pair("21/3D20 deny write, then write", DENY_WRITE | OPEN_READ, DENY_NONE | OPEN_WRITE, E_SHARE);
    pair("21/3D20 deny write, then read", DENY_WRITE | OPEN_READ, DENY_NONE | OPEN_READ, 0);
    pair("21/3D20 deny write twice", DENY_WRITE | OPEN_READ, DENY_WRITE | OPEN_READ, 0);
    pair("21/3D31 deny read, then read", DENY_READ | OPEN_WRITE, DENY_NONE | OPEN_READ, E_SHARE);
    pair("21/3D31 deny read, then write", DENY_READ | OPEN_WRITE, DENY_NONE | OPEN_WRITE, 0);
    pair("21/3D42 deny none twice", DENY_NONE | OPEN_BOTH, DENY_NONE | OPEN_BOTH, 0);
    pair("21/3D42 writing, then deny write", DENY_NONE | OPEN_BOTH, DENY_WRITE | OPEN_READ,
         E_SHARE);
}

static bool lock(unsigned al, unsigned handle, uint32_t start, uint32_t length)
{
    return CALL(.ax = (uint16_t)(0x5c00 | al), .bx = (uint16_t)handle,
                .cx = (uint16_t)(start >> 16), .dx = (uint16_t)start,
                .si = (uint16_t)(length >> 16), .di = (uint16_t)length);
}

static bool read_at(unsigned handle, unsigned at, unsigned count)
{
    CALL(.ax = 0x4200, .bx = (uint16_t)handle, .dx = (uint16_t)at);
    return CALL(.ax = 0x3f00, .bx = (uint16_t)handle, .cx = (uint16_t)count, .dx = NEAR16(buffer));
}

static bool write_at(unsigned handle, unsigned at, unsigned count)
{
    CALL(.ax = 0x4200, .bx = (uint16_t)handle, .dx = (uint16_t)at);
    return CALL(.ax = 0x4000, .bx = (uint16_t)handle, .cx = (uint16_t)count, .dx = NEAR16(buffer));
}

static void locks(void)
{
    unsigned one = open_file(name, DENY_NONE | OPEN_BOTH);
    unsigned two = open_file(name, DENY_NONE | OPEN_BOTH);

    works("21/5C00 lock", lock(0, one, 2, 4));
    fails("21/5C00 another handle locks what is locked", E_LOCK, lock(0, two, 4, 4));
    fails("21/5C00 the same handle locks it again", E_LOCK, lock(0, one, 3, 1));
    works("21/5C00 beside it", lock(0, two, 6, 2));
    works("21/3F00 who locked may read", read_at(one, 2, 4));
    fails("21/3F00 another may not", E_LOCK, read_at(two, 0, 4));
    works("21/3F00 in front of it", read_at(two, 0, 2));
    fails("21/4000 nor write", E_LOCK, write_at(two, 5, 1));
    fails("21/5C01 unlock less", E_LOCK, lock(1, one, 2, 3));
    fails("21/5C01 unlock another's", E_LOCK, lock(1, one, 6, 2));
    works("21/5C01 unlock", lock(1, one, 2, 4));
    fails("21/5C01 unlock again", E_LOCK, lock(1, one, 2, 4));
    works("21/4000 it is free", write_at(two, 5, 1));
    works("21/5C00 far behind the end", lock(0, one, 0x40000000, 0x10));
    fails("21/5C00 there, too, only once", E_LOCK, lock(0, two, 0x4000000f, 1));
    works("21/5C01 unlock it", lock(1, one, 0x40000000, 0x10));
    fails("21/5C02 no such function", E_FUNCTION, lock(2, one, 0, 1));
    works("21/5C00 lock", lock(0, two, 0, 2));
    close_file(two);
    works("21/5C00 close unlocks", lock(0, one, 0, 8));
    close_file(one);
    fails("21/5C00 of a closed handle", E_HANDLE, lock(0, one, 0, 1));
    one = open_file(name, DENY_NONE | OPEN_READ);
    works("21/5C00 on a handle that only reads", lock(0, one, 0, 1));
    close_file(one);
}

static void open_files(void)
{
    unsigned handle = open_file(name, DENY_NONE | OPEN_BOTH), other;

    holds("21/4100 an open file is not deleted", file_delete(name) != 0);
    other = open_file(name, DENY_NONE | OPEN_READ);
    works("21/4000 one handle writes", write_at(handle, 20, 4));
    works("21/4202 the other sees the size", CALL(.ax = 0x4202, .bx = (uint16_t)other));
    is("21/4202 size", r.ax, 24);
    close_file(other);
    close_file(handle);
}

static void retries(void)
{
    works("21/440B retries and delay", CALL(.ax = 0x440b, .cx = 1, .dx = 1));
    fails("21/440B no retries", E_FUNCTION, CALL(.ax = 0x440b, .cx = 1));
    CALL(.ax = 0x440b, .cx = 1, .dx = 3);
}

int com_main(void)
{
    begin("sharing");
    close_file(make_file(name, "0123456789"));
    INT_CALL(0x2f, .ax = 0x1000, .ds = own_segment(), .es = own_segment());
    if (r.al != 0xff) {
        absent("21/5C00 SHARE");
        remove_file(name);
        return closing();
    }
    is("2F/1000 SHARE is there", r.al, 0xff);
    retries();
    modes();
    locks();
    open_files();
    remove_file(name);
    return closing();
}
