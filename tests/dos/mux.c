/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 2Fh: who is there, what redirectors call in DOS (12xxh), the HMA; XMS. */
#include "suite.h"

enum { CDS_SIZE = 0x58 };

static uint16_t lol_segment, lol;
static char text[130];

static void mux(uint16_t ax)
{
    INT_CALL(0x2f, .ax = ax, .ds = own_segment(), .es = own_segment());
}

#define INTERNAL(word, ...)                                                                        \
    (mux_word = (uint16_t)(word),                                                                  \
     INT_CALL(MUX_STUB, .ds = own_segment(), .es = own_segment(), __VA_ARGS__))

static bool has_ems(void)
{
    char name[9] = "";

    far_read(name, (uint16_t)(vector(0x67) >> 16), 10, 8);
    return !strcmp(name, "EMMXXXX0");
}

/* Resident parts that may be there: AL = FFh if they are. */
static void residents(void)
{
    static const struct {
        uint16_t ax;
        const char *what;
    } parts[] = {
        { 0x0100, "2F/0100 PRINT" },
        { 0x0500, "2F/0500 messages of critical errors" },
        { 0x0600, "2F/0600 ASSIGN" },
        { 0x0800, "2F/0800 DRIVER.SYS" },
        { 0x1000, "2F/1000 SHARE" },
        { 0x1100, "2F/1100 a redirector" },
        { 0x1200, "2F/1200 DOS itself" },
        { 0x1400, "2F/1400 NLSFUNC" },
        { 0x1a00, "2F/1A00 ANSI.SYS" },
        { 0xad80, "2F/AD80 KEYB" },
        { 0xb000, "2F/B000 GRAFTABL" },
        { 0xb700, "2F/B700 APPEND" },
        { 0xae00, "2F/AE00 commands that are installed" },
        { 0x5500, "2F/5500 COMMAND.COM" },
    };

    for (unsigned i = 0; i < COUNT(parts); i++) {
        mux(parts[i].ax);
        if (r.al == 0xff || (parts[i].ax == 0x5500 && !r.ax))
            holds(parts[i].what, true);
        else
            absent(parts[i].what);
    }
    INT_CALL(0x2f, .ax = 0x1500, .bx = 0, .ds = own_segment(), .es = own_segment());
    if (!r.bx)
        absent("2F/1500 MSCDEX");
    mux(0x1600);
    holds("2F/1600 no Windows", r.al == 0 || r.al == 0x80);
    mux(0x160a);
    is("2F/160A no Windows", r.ax, 0x160a);
    mux(0x1680);
    is("2F/1680 a time slice is given up", r.al, 0);
    mux(0x1687);
    is("2F/1687 no DPMI", r.ax, 0x1687);
    absent("2E/ a command of COMMAND.COM");
    INT_CALL(0x2a, .ax = 0, .ds = own_segment(), .es = own_segment());
    is("2A/00 no network", r.ah, 0);
    if (!has_ems())
        absent("67/ EMS");
    else
        holds("67/ EMS", true);
    INT_CALL(0x33, .ax = 0, .ds = own_segment(), .es = own_segment());
    if (r.ax == 0xffff)
        holds("33/ mouse", true);
    else
        absent("33/ mouse");
}

static void show_carry(const char *what)
{
    works(what, r.flags & CARRY);
}

/* Calls of redirectors that stand for INT 21h functions, and those that need no argument. */
static void services(void)
{
    static char canonical[130], data[4];
    static uint16_t list[11] = { 2, 0x0803, 0x0200, 0, 0, 0, 0, 0, 0, 0, 0 };
    static uint8_t table[] = { 3, 8, 3, 2, 2, 9, 5, 4, 0xff, 0xff, 0xff, 0xff };
    uint16_t handle;

    INTERNAL('x', .ax = 0x1205);
    holds("2F/1205 a character", true);
    mux(0x1207);
    show_carry("2F/1207 a buffer is used");
    mux(0x1209);
    show_carry("2F/1209 a buffer is written");
    mux(0x120b);
    is("2F/120B a sharing violation", r.flags & CARRY ? r.ax : 0, E_SHARE);
    mux(0x120e);
    show_carry("2F/120E buffers");
    mux(0x120f);
    show_carry("2F/120F a buffer");
    mux(0x1215);
    show_carry("2F/1215 a buffer");
    mux(0x1218);
    holds("2F/1218 the caller's registers", r.ds != 0);
    if (is_freedos()) { /* does not come back from 1221h outside of a redirector's work */
        absent("2F/1221 and what follows");
        return;
    }
    INT_CALL(0x2f, .ax = 0x1221, .si = NEAR16("x/..\\a.b"), .di = NEAR16(canonical),
             .ds = own_segment(), .es = own_segment());
    show_carry("2F/1221 a canonical name");
    is_text("2F/1221 its end", canonical + strlen(canonical) - 4, "\\A.B");
    CALL(.ax = 0x5d0a, .dx = NEAR16(list));
    INT_CALL(0x2f, .ax = 0x1222, .si = NEAR16(table), .ds = own_segment(), .es = own_segment());
    CALL(.ax = 0x5900);
    is("2F/1222 class and action of an error", r.bx, 0x0905);
    is("2F/1222 its locus", r.ch, 4);
    mux(0x1224);
    holds("2F/1224 a pause", true);
    close_file(make_file("MX2.TMP", "abcd"));
    INT_CALL(0x2f, .ax = 0x1226, .cx = 0, .dx = NEAR16("MX2.TMP"), .ds = own_segment(),
             .es = own_segment());
    show_carry("2F/1226 open");
    handle = r.ax;
    INT_CALL(0x2f, .ax = 0x1229, .bx = handle, .cx = 2, .dx = NEAR16(data), .ds = own_segment(),
             .es = own_segment());
    show_carry("2F/1229 read");
    is_bytes("2F/1229 what is in it", data, "ab", 2);
    INT_CALL(0x2f, .ax = 0x1228, .bp = 0x4202, .bx = handle, .ds = own_segment(),
             .es = own_segment());
    show_carry("2F/1228 seek");
    is("2F/1228 to the end", r.ax, 4);
    INT_CALL(0x2f, .ax = 0x122b, .bp = 0x4400, .bx = handle, .ds = own_segment(),
             .es = own_segment());
    show_carry("2F/122B IOCTL");
    is("2F/122B a file", r.dx & 0x80, 0);
    INT_CALL(0x2f, .ax = 0x1227, .bx = handle, .ds = own_segment(), .es = own_segment());
    show_carry("2F/1227 close");
    remove_file("MX2.TMP");
    INT_CALL(0x2f, .ax = 0x122e, .dx = 0, .ds = own_segment(), .es = own_segment());
    is("2F/122E no messages of its own", r.es | r.di, 0);
    mux(0x111e);
    holds("2F/111E no network", r.flags & CARRY);
}

static void tables(void)
{
    unsigned handle = make_file("MX1.TMP", "0123456789"), index = *psp_at(0x18 + handle);
    uint32_t sft;

    INTERNAL(0x21, .ax = 0x1202);
    is("2F/1202 where a vector lies", (uint32_t)r.es << 16 | r.bx, 0x84);
    mux(0x1203);
    is("2F/1203 DOS's segment", r.ds, lol_segment);
    INT_CALL(0x2f, .ax = 0x1216, .bx = (uint16_t)index, .ds = own_segment(), .es = own_segment());
    works("2F/1216 the SFT of a number", r.flags & CARRY);
    sft = (uint32_t)r.es << 16 | r.di;
    is("2F/1216 its size", far_get32((uint16_t)(sft >> 16), (uint16_t)(sft + 0x11)), 10);
    INT_CALL(0x2f, .ax = 0x1216, .bx = 0xfe, .ds = own_segment(), .es = own_segment());
    holds("2F/1216 there is none of that number", r.flags & CARRY);
    INT_CALL(0x2f, .ax = 0x1220, .bx = (uint16_t)handle, .ds = own_segment(), .es = own_segment());
    works("2F/1220 a handle's place in the table", r.flags & CARRY);
    is("2F/1220 the SFT's number is there", far_get8(r.es, r.di), index);
    INT_CALL(0x2f, .ax = 0x1220, .bx = 0x99, .ds = own_segment(), .es = own_segment());
    is("2F/1220 a handle that is not", r.flags & CARRY ? r.al : 0, E_HANDLE);
    INTERNAL(drive_current(), .ax = 0x1217);
    works("2F/1217 the CDS of a drive", r.flags & CARRY);
    is("2F/1217 its place", (uint32_t)r.ds << 16 | r.si,
       far_get32(lol_segment, (uint16_t)(lol + 0x16)) + drive_current() * CDS_SIZE);
    INTERNAL(40, .ax = 0x1217);
    holds("2F/1217 a drive that is not there", r.flags & CARRY);
    INTERNAL(0, .ax = 0x1219);
    works("2F/1219 the CDS of the current drive", r.flags & CARRY);
    INTERNAL((unsigned)home(), .ax = 0x121f);
    works("2F/121F a drive's CDS by its letter", r.flags & CARRY);
    is("2F/121F its place", (uint32_t)r.es << 16 | r.di,
       far_get32(lol_segment, (uint16_t)(lol + 0x16)) + (unsigned)(home() - 'A') * CDS_SIZE);
    mux(0x122c);
    is("2F/122C the chain behind NUL", (uint32_t)r.bx << 16 | r.ax,
       far_get32(lol_segment, (uint16_t)(lol + 0x22)));
    close_file(handle);
    remove_file("MX1.TMP");
}

static void names(void)
{
    static uint16_t counter = 2;

    INTERNAL('/', .ax = 0x1204);
    is("2F/1204 a slash is a backslash", r.al, '\\');
    is("2F/1204 and separates", r.flags & ZERO, ZERO);
    INTERNAL('a', .ax = 0x1204);
    is("2F/1204 a letter does not", r.flags & ZERO, 0);
    INT_CALL(0x2f, .ax = 0x1208, .di = NEAR16(&counter), .ds = own_segment(), .es = own_segment());
    is("2F/1208 one reference less: how many there were", r.ax, 2);
    is("2F/1208 how many there are", counter, 1);
    INT_CALL(0x2f, .ax = 0x1208, .di = NEAR16(&counter), .ds = own_segment(), .es = own_segment());
    is("2F/1208 the last one leaves FFFFh", counter, 0xffff);
    INT_CALL(0x2f, .ax = 0x1211, .si = NEAR16("a/b.c"), .di = NEAR16(text), .ds = own_segment(),
             .es = own_segment());
    is_text("2F/1211 a name in upper case", text, "A\\B.C");
    INT_CALL(0x2f, .ax = 0x1212, .di = NEAR16("abc"), .ds = own_segment(), .es = own_segment());
    is("2F/1212 a length with the zero", r.cx, 4);
    INT_CALL(0x2f, .ax = 0x1225, .si = NEAR16("abcd"), .ds = own_segment(), .es = own_segment());
    is("2F/1225 a length with the zero", r.cx, 5);
    INTERNAL('q', .ax = 0x1213);
    is("2F/1213 upper case", r.al, 'Q');
    INT_CALL(0x2f, .ax = 0x1214, .si = 5, .di = 5, .ds = 0x1234, .es = 0x1234);
    is("2F/1214 equal pointers", r.flags & ZERO, ZERO);
    INT_CALL(0x2f, .ax = 0x1214, .si = 5, .di = 6, .ds = 0x1234, .es = 0x1234);
    is("2F/1214 other pointers", r.flags & ZERO, 0);
    INT_CALL(0x2f, .ax = 0x121a, .si = NEAR16("b:x"), .ds = own_segment(), .es = own_segment());
    is("2F/121A a path's drive", r.al, 2);
    INT_CALL(0x2f, .ax = 0x121a, .si = NEAR16("xy"), .ds = own_segment(), .es = own_segment());
    is("2F/121A the current drive", r.al, 0);
    INT_CALL(0x2f, .ax = 0x121b, .cx = 1996, .ds = lol_segment, .es = own_segment());
    is("2F/121B days of February", r.al, 29);
    INT_CALL(0x2f, .ax = 0x121e, .si = NEAR16("a/b"), .di = NEAR16("A\\B"), .ds = own_segment(),
             .es = own_segment());
    is("2F/121E equal names", r.flags & ZERO, ZERO);
    INT_CALL(0x2f, .ax = 0x121e, .si = NEAR16("a/b"), .di = NEAR16("A\\C"), .ds = own_segment(),
             .es = own_segment());
    is("2F/121E other names", r.flags & ZERO, 0);
    INT_CALL(0x2f, .ax = 0x121c, .cx = 3, .dx = 5, .si = NEAR16("\1\2\3"), .ds = own_segment(),
             .es = own_segment());
    is("2F/121C the sum of bytes", r.dx, 11);
    INT_CALL(0x2f, .ax = 0x121d, .dx = 10, .si = NEAR16("\4\5\6"), .ds = own_segment(),
             .es = own_segment());
    is("2F/121D bytes until a sum", r.cx | r.al << 8 | (uint32_t)r.dx << 16, 2 | 6 << 8 | 1 << 16);
    mux(0x122d);
    holds("2F/122D the last error", r.ax < 100);
    mux(0x120d);
    holds("2F/120D the date", (r.ax >> 9) < 120 && (r.ax & 31) >= 1);
}

static void xms(uint16_t ax, uint16_t bx, uint16_t dx)
{
    INT_CALL(XMS_STUB, .ax = ax, .bx = bx, .dx = dx, .ds = own_segment(), .es = own_segment());
}

static uint8_t xms_move(uint32_t length, uint16_t from, uint32_t from_at, uint16_t to,
                        uint32_t to_at)
{
    static struct {
        uint32_t length;
        uint16_t from;
        uint32_t from_at;
        uint16_t to;
        uint32_t to_at;
    } PACKED move;

    move.length = length;
    move.from = from;
    move.from_at = from_at;
    move.to = to;
    move.to_at = to_at;
    INT_CALL(XMS_STUB, .ax = 0x0b00, .si = NEAR16(&move), .ds = own_segment(), .es = own_segment());
    return r.ax == 1 ? 0 : r.bl;
}

static void xms_blocks(void)
{
    static char data[32] = "what goes to extended memory", back[32];
    uint32_t data_at = (uint32_t)own_segment() << 16 | NEAR16(data);
    uint32_t back_at = (uint32_t)own_segment() << 16 | NEAR16(back);
    uint16_t largest, handle;

    xms(0x0800, 0, 0);
    largest = r.ax;
    holds("43/08 free extended memory", largest >= 64 && r.dx >= largest);
    xms(0x0900, 0, 64);
    is("43/09 a block of 64 KB", r.ax, 1);
    handle = r.dx;
    is("43/0B into it", xms_move(32, 0, data_at, handle, 0x8000), 0);
    is("43/0B within it", xms_move(32, handle, 0x8000, handle, 0x8040), 0);
    is("43/0B out of it", xms_move(32, handle, 0x8040, 0, back_at), 0);
    is_bytes("43/0B as it was", back, data, 32);
    is("43/0B an odd length", xms_move(3, 0, data_at, handle, 0), 0xa7);
    is("43/0B from a wrong handle", xms_move(2, 0x5555, 0, handle, 0), 0xa3);
    is("43/0B from behind its end", xms_move(2, handle, 0x10000, 0, data_at), 0xa4);
    is("43/0B to a wrong handle", xms_move(2, handle, 0, 0x5555, 0), 0xa5);
    is("43/0B to behind its end", xms_move(4, 0, data_at, handle, 0xfffe), 0xa6);
    xms(0x0c00, 0, handle);
    is("43/0C lock", r.ax, 1);
    holds("43/0C its address is above 1 MB", r.dx >= 0x10);
    xms(0x0e00, 0, handle);
    is("43/0E how often it is locked", r.bh, 1);
    is("43/0E its size", r.dx, 64);
    xms(0x0a00, 0, handle);
    is("43/0A a locked block stays", r.ax | r.bl << 8, 0xab00);
    xms(0x0f00, 32, handle);
    is("43/0F nor is it resized", r.ax | r.bl << 8, 0xab00);
    xms(0x0d00, 0, handle);
    is("43/0D unlock", r.ax, 1);
    xms(0x0d00, 0, handle);
    is("43/0D unlock again", r.ax | r.bl << 8, 0xaa00);
    xms(0x0f00, 128, handle);
    is("43/0F larger", r.ax, 1);
    memset(back, 0, sizeof(back));
    is("43/0F what was in it", xms_move(32, handle, 0x8040, 0, back_at), 0);
    is_bytes("43/0F is still there", back, data, 32);
    xms(0x8e00, 0, handle);
    is("43/8E its size", r.ax == 1 ? r.dx : 0, 128);
    xms(0x8f00, 64, handle);
    is("43/8F smaller", r.ax, 1);
    xms(0x0a00, 0, handle);
    is("43/0A free", r.ax, 1);
    xms(0x0a00, 0, handle);
    is("43/0A free again", r.ax | r.bl << 8, 0xa200);
    xms(0x0800, 0, 0);
    is("43/08 all is free again", r.ax, largest);
    xms(0x8900, 0, 16);
    is("43/89 a block", r.ax, 1);
    xms(0x0a00, 0, r.dx);
    xms(0x8800, 0, 0);
    is("43/88 free extended memory", r.bl, 0);
    xms(0x0900, 0, 0xffff);
    is("43/09 too much", r.ax | r.bl << 8, 0xa000);
}

static void xms_rest(void)
{
    xms(0x0000, 0, 0);
    holds("43/00 version 2 or 3", r.ah == 2 || r.ah == 3);
    is("43/00 there is an HMA", r.dx, 1);
    xms(0x0100, 0, 0xffff);
    is("43/01 DOS has the HMA", r.ax | r.bl << 8, 0x9100);
    xms(0x0300, 0, 0);
    is("43/03 A20 on", r.ax, 1);
    xms(0x0700, 0, 0);
    is("43/07 it is on", r.ax, 1);
    xms(0x0400, 0, 0);
    is("43/04 A20 off", r.ax, 1);
    xms(0x0500, 0, 0);
    is("43/05 A20 on for a while", r.ax, 1);
    xms(0x0700, 0, 0);
    is("43/07 it is on, too", r.ax, 1);
    xms(0x0600, 0, 0);
    is("43/06 and off", r.ax, 1);
    xms(0x1000, 0, 0xffff);
    holds("43/10 no upper memory of that size",
          !r.ax && (r.bl == 0xb0 || r.bl == 0xb1 || r.bl == 0x80));
    xms(0x1100, 0, 0x1234);
    holds("43/11 none of that address", !r.ax && (r.bl == 0xb2 || r.bl == 0x80));
    xms(0x1200, 1, 0x1234);
    holds("43/12 none of that address", !r.ax && (r.bl == 0xb2 || r.bl == 0x80));
    xms(0x7700, 0, 0);
    is("43/77 no such function", r.ax | r.bl << 8, 0x8000);
    mux(0x4a01);
    if (r.es == 0xffff || !r.bx)
        is("2F/4A01 free in the HMA: how much and where", (r.bx == 0) == (r.di == 0xffff), 1);
    else
        absent("2F/4A01 free space in the HMA");
    INT_CALL(0x2f, .ax = 0x4a02, .bx = 16, .ds = own_segment(), .es = own_segment());
    holds("2F/4A02 a piece of the HMA, or none", r.di == 0xffff || r.es == 0xffff);
}

int com_main(void)
{
    begin("mux");
    set_stub(MUX_STUB, mux_stub);
    set_stub(XMS_STUB, xms_stub);
    FAR_CALL(.ax = 0x5200);
    lol_segment = r.es;
    lol = r.bx;
    residents();
    tables();
    names();
    services();
    mux(0x4300);
    if (r.al != 0x80) {
        absent("2F/4300 XMS");
        return closing();
    }
    is("2F/4300 XMS", r.al, 0x80);
    mux(0x4310);
    xms_address = (uint32_t)r.es << 16 | r.bx;
    holds("2F/4310 its entry", xms_address != 0);
    xms_rest();
    xms_blocks();
    return closing();
}
