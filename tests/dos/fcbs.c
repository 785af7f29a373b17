/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by FCB: INT 21h/0Fh-17h, 21h-24h, 27h-29h. */
#include "suite.h"

struct fcb {
    uint8_t drive;
    char name[11];
    uint16_t block, record_size;
    uint32_t size;
    uint16_t date, time;
    uint8_t reserved[8];
    uint8_t record;
    uint32_t random;
} PACKED;
struct extended_fcb {
    uint8_t mark, zero[5], attr;
    struct fcb fcb;
} PACKED;
enum { RECORD = 128, DONE = 0, NO_DATA = 1, PARTIAL = 3, FAILED = 0xff };

static struct fcb f;
static uint8_t dta[512];

static void name_it(struct fcb *to, const char *eleven)
{
    memset(to, 0, sizeof(*to));
    memcpy(to->name, eleven, 11);
}

/* A call that takes an FCB; AL. */
static unsigned fcb_call(unsigned ah, void *fcb)
{
    CALL(.ax = (uint16_t)(ah << 8 | 0x55), .dx = NEAR16(fcb));
    return r.al;
}

static unsigned block_call(unsigned ah, void *fcb, unsigned records)
{
    CALL(.ax = (uint16_t)(ah << 8 | 0x55), .cx = (uint16_t)records, .dx = NEAR16(fcb));
    return r.al;
}

static void fill(unsigned value)
{
    memset(dta, (int)value, sizeof(dta));
}

static void parsed(const char *what, const char *text, unsigned how, unsigned al, unsigned used,
                   const char *eleven)
{
    CALL(.ax = (uint16_t)(0x2900 | how), .si = NEAR16(text), .di = NEAR16(&f));
    is(what, r.al | (uint32_t)(r.si - NEAR16(text)) << 8, al | (uint32_t)used << 8);
    is_bytes(what, f.name, eleven, 11);
}

static void parse(void)
{
    char with_drive[] = "?:name";

    memset(&f, 0x55, sizeof(f));
    parsed("21/2900 a name", "file.txt more", 0, 0, 8, "FILE    TXT");
    is("21/2900 the current drive", f.drive, 0);
    with_drive[0] = (char)('a' + drive_current());
    parsed("21/2900 a name with a drive", with_drive, 0, 0, 6, "NAME       ");
    is("21/2900 its number", f.drive, drive_current() + 1);
    parsed("21/2900 a star is question marks", "a*.b?c", 0, 1, 6, "A???????B?C");
    parsed("21/2900 a long name is cut", "abcdefghijk.lmno", 0, 0, 16, "ABCDEFGHLMN");
    parsed("21/2900 blanks in front are skipped", " \tx", 0, 0, 3, "X          ");
    parsed("21/2900 a separator in front is not skipped", ";x", 0, 0, 0, "           ");
    parsed("21/2901 a separator in front is skipped", "; x", 1, 0, 3, "X          ");
    parsed("21/2901 only one", ";,x", 1, 0, 1, "           ");
    memcpy(f.name, "OLDNAMESEXT", 11);
    parsed("21/2904 no name: it stays", ".new", 4, 0, 4, "OLDNAMESNEW");
    memcpy(f.name, "OLDNAMESEXT", 11);
    parsed("21/2908 no extension: it stays", "new", 8, 0, 3, "NEW     EXT");
    f.drive = 7;
    parsed("21/2902 no drive: it stays", "x", 2, 0, 1, "X          ");
    is("21/2902 as it was", f.drive, 7);
    parsed("21/2900 the end of a name", "ab/c", 0, 0, 2, "AB         ");
    CALL(.ax = 0x2900, .si = NEAR16("y:x"), .di = NEAR16(&f));
    is("21/2900 a drive that is not there", r.al, drive_valid('Y' - 'A') ? 0 : 0xff);
}

static void create(void)
{
    name_it(&f, "FCB1    TMP");
    fill(0);
    is("21/1600 create", fcb_call(0x16, &f), DONE);
    is("21/1600 the size of a record", f.record_size, RECORD);
    is("21/1600 the size of the file", f.size, 0);
    for (unsigned i = 0; i < 3; i++) {
        fill('a' + i);
        is("21/1500 write", fcb_call(0x15, &f), DONE);
    }
    is("21/1500 the next record", f.record, 3);
    is("21/1500 the size of the file", f.size, 3 * RECORD);
    is("21/1000 close", fcb_call(0x10, &f), DONE);
    name_it(&f, "FCB1    TMP");
    is("21/0F00 open", fcb_call(0x0f, &f), DONE);
    is("21/0F00 the drive", f.drive, drive_current() + 1);
    is("21/0F00 the size of a record", f.record_size, RECORD);
    is("21/0F00 the size of the file", f.size, 3 * RECORD);
    holds("21/0F00 the date", f.date != 0);
    is("21/0F00 the block", f.block, 0);
}

static void sequential(void)
{
    for (unsigned i = 0; i < 3; i++) {
        is("21/1400 read", fcb_call(0x14, &f), DONE);
        is("21/1400 what is read", dta[RECORD - 1], 'a' + i);
    }
    is("21/1400 read at the end", fcb_call(0x14, &f), NO_DATA);
    f.record = 2;
    f.record_size = 100;
    f.record = 3;
    fill(0xee);
    is("21/1400 a part of a record", fcb_call(0x14, &f), PARTIAL);
    is("21/1400 what is there of it", dta[83], 'c');
    is("21/1400 filled with zeros", dta[84], 0);
    f.record_size = RECORD;
}

static void random(void)
{
    f.random = 1;
    is("21/2100 read a record by number", fcb_call(0x21, &f), DONE);
    is("21/2100 what is read", dta[0], 'b');
    is("21/2100 the block and record are set", f.block | (uint32_t)f.record << 16, 1 << 16);
    is("21/2100 the number stays", f.random, 1);
    f.random = 130;
    fill('z');
    is("21/2200 write a record by number", fcb_call(0x22, &f), DONE);
    is("21/2200 block and record", f.block | (uint32_t)f.record << 16, 1 | 2 << 16);
    is("21/2200 the file has grown", f.size, 131 * RECORD);
    f.random = 200;
    is("21/2100 behind the end", fcb_call(0x21, &f), NO_DATA);
    f.block = 1;
    f.record = 5;
    fcb_call(0x24, &f);
    is("21/2400 the number of block 1, record 5", f.random, 133);
    f.random = 0;
    f.record_size = 64;
    fill(0);
    is("21/2700 a block of records", block_call(0x27, &f, 4), DONE);
    is("21/2700 how many", r.cx, 4);
    is("21/2700 what is read", dta[4 * 64 - 1], 'b');
    is("21/2700 the number goes on", f.random, 4);
    f.random = 131 * 2 - 1;
    is("21/2700 over the end", block_call(0x27, &f, 4), NO_DATA);
    is("21/2700 how many there were", r.cx, 1);
    f.random = 2;
    fill('q');
    is("21/2800 write a block of records", block_call(0x28, &f, 2), DONE);
    is("21/2800 how many", r.cx, 2);
    is("21/2800 the number goes on", f.random, 4);
    f.random = 3;
    is("21/2800 none: the file ends there", block_call(0x28, &f, 0), DONE);
    is("21/2800 its size", f.size, 3 * 64);
    is("21/1000 close", fcb_call(0x10, &f), DONE);
    name_it(&f, "FCB1    TMP");
    f.record_size = 64;
    is("21/2300 the size in records", fcb_call(0x23, &f), DONE);
    is("21/2300 how many", f.random, 3);
    name_it(&f, "NOSUCH  TMP");
    f.record_size = 64;
    is("21/2300 of a missing file", fcb_call(0x23, &f), FAILED);
    is("21/0F00 open a missing file", fcb_call(0x0f, &f), FAILED);
}

static void find(void)
{
    static struct extended_fcb extended;

    close_file(make_file("FCB2.TMP", "x"));
    close_file(make_file("FCB3.TMP", "xy"));
    file_set_attr("FCB3.TMP", A_HIDDEN);
    name_it(&f, "FCB?    TMP");
    is("21/1100 find", fcb_call(0x11, &f), DONE);
    is("21/1100 the drive", dta[0], drive_current() + 1);
    holds("21/1100 the name", !memcmp(dta + 1, "FCB", 3) && !memcmp(dta + 9, "TMP", 3));
    is("21/1200 the next one", fcb_call(0x12, &f), DONE);
    is("21/1200 no more", fcb_call(0x12, &f), FAILED);
    memset(&extended, 0, sizeof(extended));
    extended.mark = 0xff;
    extended.attr = A_HIDDEN;
    memcpy(extended.fcb.name, "FCB3    TMP", 11);
    is("21/1100 find a hidden file by an extended FCB", fcb_call(0x11, &extended), DONE);
    is("21/1100 what it leaves is extended, too", dta[0], 0xff);
    is("21/1100 the attribute", dta[6], A_HIDDEN);
    is_bytes("21/1100 the name", dta + 8, "FCB3    TMP", 11);
    is("21/1100 its attributes", dta[8 + 11] & A_HIDDEN, A_HIDDEN);
    is("21/1100 its size", *(uint32_t *)(dta + 8 + 28), 2);
    is("21/1200 no more", fcb_call(0x12, &extended), FAILED);
    file_set_attr("FCB3.TMP", 0);
}

static void rename(void)
{
    name_it(&f, "FCB?    TMP");
    memcpy((char *)&f + 17, "FCX?    TMP", 11);
    is("21/1700 rename all", fcb_call(0x17, &f), DONE);
    is("21/1700 they have their new names", file_attr("FCX3.TMP", &(unsigned){ 0 }), 0);
    is("21/1700 and no old ones", file_attr("FCB3.TMP", &(unsigned){ 0 }), E_FILE);
    name_it(&f, "FCX1    TMP");
    memcpy((char *)&f + 17, "FCX2    TMP", 11);
    is("21/1700 to a name that exists", fcb_call(0x17, &f), FAILED);
    name_it(&f, "NOSUCH  TMP");
    memcpy((char *)&f + 17, "FCX4    TMP", 11);
    is("21/1700 what is not there", fcb_call(0x17, &f), FAILED);
    name_it(&f, "FCX?    TMP");
    is("21/1300 delete all", fcb_call(0x13, &f), DONE);
    is("21/1300 they are gone", file_attr("FCX1.TMP", &(unsigned){ 0 }), E_FILE);
    is("21/1300 there are none", fcb_call(0x13, &f), FAILED);
}

int com_main(void)
{
    begin("fcbs");
    CALL(.ax = 0x1a00, .dx = NEAR16(dta));
    parse();
    create();
    sequential();
    random();
    find();
    rename();
    return closing();
}
