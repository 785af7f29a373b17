/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long names: INT 21h/71xxh. */
#include "suite.h"

struct long_found {
    uint32_t attr;
    uint32_t created[2], accessed[2], written[2];
    uint32_t high_size, size;
    uint8_t reserved[8];
    char name[260], short_name[14];
} PACKED;

static const char long_name[] = "A long name.text", folder[] = "Long folder",
                  other[] = "another Name";
static struct long_found found;
static char path[262];

static void files(void)
{
    unsigned handle;

    works("21/7139 make a folder", CALL(.ax = 0x7139, .dx = NEAR16(folder)));
    works("21/716C create a file",
          CALL(.ax = 0x716c, .bx = 2, .dx = 0x12, .si = NEAR16(long_name), .di = 1));
    handle = r.ax;
    is("21/716C was created", r.cx, 2);
    works("21/4000 write to it",
          CALL(.ax = 0x4000, .bx = (uint16_t)handle, .cx = 4, .dx = NEAR16("long")));
    works("21/71A6 information by handle",
          CALL(.ax = 0x71a6, .bx = (uint16_t)handle, .dx = NEAR16(&found)));
    is("21/71A6 size", *(uint32_t *)((char *)&found + 36), 4);
    close_file(handle);
    works("21/7143 attributes", CALL(.ax = 0x7143, .bx = 0, .dx = NEAR16(long_name)));
    is("21/7143 archive", r.cx, A_ARCHIVE);
    works("21/7143 set attributes",
          CALL(.ax = 0x7143, .bx = 1, .cx = A_READ_ONLY | A_ARCHIVE, .dx = NEAR16(long_name)));
    CALL(.ax = 0x7143, .bx = 0, .dx = NEAR16(long_name));
    is("21/7143 as they were set", r.cx, A_READ_ONLY | A_ARCHIVE);
    CALL(.ax = 0x7143, .bx = 1, .cx = A_ARCHIVE, .dx = NEAR16(long_name));
}

static void names(void)
{
    works("21/7160 the full short name",
          CALL(.ax = 0x7160, .cx = 1, .si = NEAR16(long_name), .di = NEAR16(path)));
    is("21/7160 8 and 3 at most", strlen(strrchr(path, '\\') + 1) <= 12, 1);
    works("21/3D00 it opens the file", CALL(.ax = 0x3d00, .dx = NEAR16(path)));
    close_file(r.ax);
    works("21/7160 the long name of it",
          CALL(.ax = 0x7160, .cx = 2, .si = NEAR16(path), .di = NEAR16(&found)));
    is_text("21/7160 as it was created", strrchr((char *)&found, '\\') + 1, long_name);
    works("21/7160 the canonical name",
          CALL(.ax = 0x7160, .cx = 0, .si = NEAR16(long_name), .di = NEAR16(path)));
    works("21/713B go to the folder", CALL(.ax = 0x713b, .dx = NEAR16(folder)));
    works("21/7147 the current folder", CALL(.ax = 0x7147, .dx = 0, .si = NEAR16(path)));
    is_text("21/7147 its long name", path + strlen(path) - strlen(folder), folder);
    works("21/713B back", CALL(.ax = 0x713b, .dx = NEAR16("..")));
    works("21/71A0 what the drive can",
          CALL(.ax = 0x71a0, .cx = sizeof(path), .dx = NEAR16("C:\\"), .di = NEAR16(path)));
    is("21/71A0 long names", r.bx & 0x4000, 0x4000);
    is("21/71A0 their length", r.cx, 255);
}

static void find(void)
{
    unsigned handle;

    works("21/714E find",
          CALL(.ax = 0x714e, .cx = 0, .dx = NEAR16("A long*"), .si = 1, .di = NEAR16(&found)));
    handle = r.ax;
    is_text("21/714E the long name", found.name, long_name);
    holds("21/714E a short name", found.short_name[0] && strlen(found.short_name) <= 12);
    is("21/714E size", found.size, 4);
    is("21/714E attributes", found.attr, A_ARCHIVE);
    fails("21/714F no more", E_NO_MORE,
          CALL(.ax = 0x714f, .bx = (uint16_t)handle, .si = 1, .di = NEAR16(&found)));
    works("21/71A1 end the search", CALL(.ax = 0x71a1, .bx = (uint16_t)handle));
    fails("21/714E what is not there", E_NO_MORE,
          CALL(.ax = 0x714e, .dx = NEAR16("no such name*"), .si = 1, .di = NEAR16(&found)));
}

static void changes(void)
{
    works("21/7156 rename", CALL(.ax = 0x7156, .dx = NEAR16(long_name), .di = NEAR16(other)));
    works("21/7156 the new name is there", CALL(.ax = 0x7143, .bx = 0, .dx = NEAR16(other)));
    fails("21/7156 the old one is not", E_FILE,
          CALL(.ax = 0x7143, .bx = 0, .dx = NEAR16(long_name)));
    works("21/7143 set the time of the last write",
          CALL(.ax = 0x7143, .bx = 3, .cx = 0x6c5a, .dx = NEAR16(other), .di = 0x1cbf));
    works("21/7143 the time of the last write", CALL(.ax = 0x7143, .bx = 4, .dx = NEAR16(other)));
    is("21/7143 as it was set", r.cx | (uint32_t)r.di << 16, 0x1cbf6c5a);
    works("21/7141 delete", CALL(.ax = 0x7141, .si = 0, .dx = NEAR16(other)));
    fails("21/7141 delete again", E_FILE, CALL(.ax = 0x7141, .si = 0, .dx = NEAR16(other)));
    close_file(make_file("LFN1.TMP", ""));
    close_file(make_file("LFN2.TMP", ""));
    works("21/7141 delete all that match",
          CALL(.ax = 0x7141, .cx = 0, .dx = NEAR16("lfn*.tmp"), .si = 1));
    fails("21/7141 they are gone", E_FILE, CALL(.ax = 0x7143, .bx = 0, .dx = NEAR16("lfn2.tmp")));
    works("21/713A remove the folder", CALL(.ax = 0x713a, .dx = NEAR16(folder)));
    fails("21/713A remove it again", E_PATH, CALL(.ax = 0x713a, .dx = NEAR16(folder)));
}

static void devices(void)
{
    unsigned handle;

    fails("21/7139 a folder with a device's name", E_ACCESS,
          CALL(.ax = 0x7139, .dx = NEAR16("nul.long extension")));
    fails("21/7156 a file with a device's name", E_ACCESS,
          CALL(.ax = 0x7156, .dx = NEAR16(long_name), .di = NEAR16("NUL")));
    works("21/716C a device",
          CALL(.ax = 0x716c, .bx = 2, .dx = 0x12, .si = NEAR16("nul.x"), .di = 1));
    handle = r.ax;
    CALL(.ax = 0x4400, .bx = (uint16_t)handle);
    is("21/716C it is one", r.dx & 0x80, 0x80);
    close_file(handle);
    works("21/7139 a name that only begins like a device's",
          CALL(.ax = 0x7139, .dx = NEAR16("nullable name")));
    works("21/713A remove it", CALL(.ax = 0x713a, .dx = NEAR16("nullable name")));
}

static void substituted(void)
{
    char root[] = "?:\\*.*";
    struct found f;

    works("21/710D all that was written is on the disk", CALL(.ax = 0x710d, .cx = 1));
    works("21/7139 make a folder", CALL(.ax = 0x7139, .dx = NEAR16(folder)));
    works("21/71AA give a folder a drive",
          CALL(.ax = 0x71aa, .bx = 'R' - '@', .dx = NEAR16(folder)));
    fails("21/71AA that it has", E_DRIVE,
          CALL(.ax = 0x71aa, .bx = 'R' - '@', .dx = NEAR16(folder)));
    works("21/71AA which one", CALL(.ax = 0x71aa, .bx = 0x200 | ('R' - '@'), .dx = NEAR16(path)));
    is("21/71AA a path", path[1] | path[2] << 8, ':' | '\\' << 8);
    works("21/4409 what the drive is", CALL(.ax = 0x4409, .bx = 'R' - '@'));
    is("21/4409 SUBST", r.dx >> 15, 1);
    close_file(make_file("R:\\IN.TMP", "x"));
    root[0] = 'R';
    works("21/7143 by a long name on it", CALL(.ax = 0x7143, .bx = 0, .dx = NEAR16("R:\\in.tmp")));
    is("21/4E00 the file is in it", find_first(root, 0, &f), 0);
    is_text("21/4E00 its name", f.name, "IN.TMP");
    remove_file("R:\\IN.TMP");
    fails("21/71AA take another drive", E_DRIVE, CALL(.ax = 0x71aa, .bx = 0x103));
    works("21/71AA take the drive", CALL(.ax = 0x71aa, .bx = 0x100 | ('R' - '@')));
    fails("21/71AA which is not there", E_DRIVE,
          CALL(.ax = 0x71aa, .bx = 0x200 | ('R' - '@'), .dx = NEAR16(path)));
    works("21/713A remove the folder", CALL(.ax = 0x713a, .dx = NEAR16(folder)));
    holds("21/71FF what there is not", CALL(.ax = 0x71ff));
    is("21/71FF is told so", r.ax, 0x7100);
}

static void times(void)
{
    uint64_t file_time = 0;

    works("21/71A7 a DOS time as a file time",
          CALL(.ax = 0x71a7, .bx = 1, .cx = 0x6c5a, .dx = 0x1cbf, .di = NEAR16(&file_time)));
    works("21/71A7 and back", CALL(.ax = 0x71a7, .bx = 0, .si = NEAR16(&file_time)));
    is("21/71A7 the date", r.dx, 0x1cbf);
    is("21/71A7 the time", r.cx, 0x6c5a);
    is("21/71A7 100 ns since 1601: low half", (uint32_t)file_time, 0xd638a600);
    is("21/71A7 100 ns since 1601: high half", (uint32_t)(file_time >> 32), 0x01b91089);
    works("21/71A8 a short name of a long one",
          CALL(.ax = 0x71a8, .dx = 0x0111, .si = NEAR16("A long name.text"), .di = NEAR16(path)));
    is_text("21/71A8 no more than 8 and 3", path, "ALONGNAM.TEX");
}

int com_main(void)
{
    begin("lfns");
    CALL(.ax = 0x713b, .dx = NEAR16("."));
    if (r.ax == 0x7100) {
        absent("21/7139 long names");
        return closing();
    }
    files();
    names();
    find();
    changes();
    devices();
    substituted();
    times();
    return closing();
}
