/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Country and code page (INT 21h/38h, 63h, 65h, 66h), date and time (2Ah-2Dh, CLOCK$). */
#include "suite.h"

static uint8_t info[64];

static void country_38(void)
{
    works("21/3800 the country", CALL(.ax = 0x3800, .dx = NEAR16(info)));
    is("21/3800 its code", r.bx, 1);
    is("21/3800 date: month, day, year", *(uint16_t *)info, 0);
    is("21/3800 currency", info[2], '$');
    is("21/3800 thousands", info[7], ',');
    is("21/3800 decimals", info[9], '.');
    is("21/3800 between the parts of a date", info[11], '-');
    is("21/3800 between the parts of a time", info[13], ':');
    is("21/3800 digits of money", info[16], 2);
    is("21/3800 between items of a list", info[22], ',');
    holds("21/3800 a routine for case", *(uint32_t *)(info + 18) != 0);
    fails("21/38FE a country that there is not", E_FILE, CALL(.ax = 0x38fe, .dx = NEAR16(info)));
}

/* 65h: id, then a pointer to length and table. */
static uint32_t table(unsigned al)
{
    memset(info, 0, sizeof(info));
    if (CALL(.ax = (uint16_t)(0x6500 | al), .bx = 0xffff, .cx = 5, .dx = 0xffff,
             .di = NEAR16(info)))
        return 0;
    return *(uint32_t *)(info + 1);
}

static void tables(void)
{
    uint32_t at;

    works("21/6501 general information",
          CALL(.ax = 0x6501, .bx = 0xffff, .cx = 41, .dx = 0xffff, .di = NEAR16(info)));
    is("21/6501 how much", r.cx, 41);
    is("21/6501 its id", info[0], 1);
    is("21/6501 its length", *(uint16_t *)(info + 1), 38);
    is("21/6501 country", *(uint16_t *)(info + 3), 1);
    is("21/6501 code page", *(uint16_t *)(info + 5), 437);
    is("21/6501 currency", info[9], '$');
    at = table(2);
    is("21/6502 upper case: id", info[0], 2);
    is("21/6502 128 characters", far_get16((uint16_t)(at >> 16), (uint16_t)at), 128);
    is("21/6502 of u with two dots", far_get8((uint16_t)(at >> 16), (uint16_t)(at + 2 + 1)), 0x9a);
    at = table(4);
    is("21/6504 upper case of names: id", info[0], 4);
    is("21/6504 128 characters", far_get16((uint16_t)(at >> 16), (uint16_t)at), 128);
    at = table(5);
    is("21/6505 characters of names: id", info[0], 5);
    holds("21/6505 a length", far_get16((uint16_t)(at >> 16), (uint16_t)at) >= 20);
    at = table(6);
    is("21/6506 order: id", info[0], 6);
    is("21/6506 256 characters", far_get16((uint16_t)(at >> 16), (uint16_t)at), 256);
    is("21/6506 a is as A", far_get8((uint16_t)(at >> 16), (uint16_t)(at + 2 + 'a')),
       far_get8((uint16_t)(at >> 16), (uint16_t)(at + 2 + 'A')));
    at = table(7);
    is("21/6507 lead bytes: id", info[0], 7);
    is("21/6507 none", far_get16((uint16_t)(at >> 16), (uint16_t)(at + 2)), 0);
    CALL(.ax = 0x6501, .bx = 0xffff, .cx = 4, .dx = 0xffff, .di = NEAR16(info));
    is("21/6501 too little room", r.flags & CARRY, CARRY);
}

static void letters(void)
{
    char text[] = "ab\x81z", ended[] = "xy\x84";

    works("21/6520 a character in upper case", CALL(.ax = 0x6520, .dx = 'q'));
    is("21/6520 Q", r.dl, 'Q');
    works("21/6520 u with two dots", CALL(.ax = 0x6520, .dx = 0x81));
    is("21/6520 U with two dots", r.dl, 0x9a);
    works("21/6521 some characters", CALL(.ax = 0x6521, .cx = 3, .dx = NEAR16(text)));
    is_bytes("21/6521 in upper case", text, "AB\x9az", 4);
    works("21/6522 a string", CALL(.ax = 0x6522, .dx = NEAR16(ended)));
    is_bytes("21/6522 in upper case", ended, "XY\x8e", 4);
}

/* Comes last: DOSBox ends then. */
static void yes_or_no(void)
{
    works("21/6523 is it yes", CALL(.ax = 0x6523, .dx = 'y'));
    is("21/6523 yes", r.ax, 1);
    CALL(.ax = 0x6523, .dx = 'N');
    is("21/6523 no", r.ax, 0);
    CALL(.ax = 0x6523, .dx = 'x');
    is("21/6523 neither", r.ax, 2);
}

static void code_pages(void)
{
    works("21/6601 the code page", CALL(.ax = 0x6601));
    is("21/6601 437", r.bx, 437);
    is("21/6601 the system's", r.dx, 437);
    works("21/6602 437 again", CALL(.ax = 0x6602, .bx = 437, .dx = 437));
    holds("21/6602 a code page that there is not", CALL(.ax = 0x6602, .bx = 999, .dx = 437));
    works("21/6300 the table of lead bytes", FAR_CALL(.ax = 0x6300));
    is("21/6300 it is empty", far_get16(r.ds, r.si), 0);
    works("21/6302 the interim flag", CALL(.ax = 0x6302));
    INT_CALL(0x2f, .ax = 0x1400, .ds = own_segment(), .es = own_segment());
    is("2F/1400 NLSFUNC", r.al, 0xff);
}

static void dates(void)
{
    uint16_t year, day;
    unsigned handle, done;

    CALL(.ax = 0x2a00);
    year = r.cx;
    day = r.dx;
    holds("21/2A00 a date", year >= 1980 && r.dh >= 1 && r.dh <= 12 && r.dl >= 1 && r.dl <= 31);
    CALL(.ax = 0x2b00, .cx = 1999, .dx = 12 << 8 | 31);
    is("21/2B00 set the date", r.al, 0);
    CALL(.ax = 0x2a00);
    is("21/2A00 the year", r.cx, 1999);
    is("21/2A00 month and day", r.dx, 12 << 8 | 31);
    is("21/2A00 a Friday", r.al, 5);
    CALL(.ax = 0x2b00, .cx = 2000, .dx = 2 << 8 | 29);
    is("21/2B00 a leap day", r.al, 0);
    CALL(.ax = 0x2a00);
    is("21/2A00 a Tuesday", r.al, 2);
    CALL(.ax = 0x2b00, .cx = 2001, .dx = 2 << 8 | 29);
    is("21/2B00 a day that there is not", r.al, 0xff);
    CALL(.ax = 0x2b00, .cx = 1979, .dx = 1 << 8 | 1);
    is("21/2B00 before 1980", r.al, 0xff);
    CALL(.ax = 0x2b00, .cx = 1994, .dx = 13 << 8 | 1);
    is("21/2B00 a month that there is not", r.al, 0xff);
    CALL(.ax = 0x2b00, .cx = 1994, .dx = 5 << 8 | 31);
    CALL(.ax = 0x2d00, .cx = 13 << 8 | 34, .dx = 52 << 8);
    is("21/2D00 set the time", r.al, 0);
    CALL(.ax = 0x2c00);
    is("21/2C00 hour and minute", r.cx, 13 << 8 | 34);
    is("21/2C00 second", r.dh >= 52 && r.dh < 58 ? 52 : r.dh, 52);
    handle = make_file("CK1.TMP", "x");
    close_file(handle);
    handle = open_file("CK1.TMP", OPEN_READ);
    CALL(.ax = 0x5700, .bx = (uint16_t)handle);
    if (!is_remote())
        is("21/5700 a file of that day", r.dx, 0x1cbf);
    close_file(handle);
    remove_file("CK1.TMP");
    CALL(.ax = 0x2d00, .cx = 24 << 8);
    is("21/2D00 an hour that there is not", r.al, 0xff);
    CALL(.ax = 0x2d00, .cx = 60);
    is("21/2D00 a minute that there is not", r.al, 0xff);
    if (CALL(.ax = 0x3d00, .dx = NEAR16("CLOCK$"))) {
        absent("21/3F00 CLOCK$");
    } else {
        handle = r.ax;
        CALL(.ax = 0x4400, .bx = (uint16_t)handle);
        CALL(.ax = 0x4401, .bx = (uint16_t)handle, .dx = r.dl | 0x20);
        file_read(handle, info, 6, &done);
        is("21/3F00 CLOCK$ gives 6 bytes", done, 6);
        is("21/3F00 CLOCK$: days since 1980", *(uint16_t *)info, 5264);
        is("21/3F00 CLOCK$: hour", info[3], 13);
        close_file(handle);
    }
    CALL(.ax = 0x2b00, .cx = year, .dx = day);
}

int com_main(void)
{
    begin("country");
    country_38();
    tables();
    letters();
    code_pages();
    dates();
    yes_or_no();
    return closing();
}
