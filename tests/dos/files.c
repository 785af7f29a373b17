/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files by handle: INT 21h/3Ch-46h, 56h, 57h, 5Ah, 5Bh, 67h, 68h, 6Ah, 6Ch. */
#include "suite.h"

static const char name[] = "CF1.TMP", second[] = "CF2.TMP", missing[] = "NOSUCH.TMP";
static const char nowhere[] = "NOSUCH\\CF1.TMP", sub[] = "CFDIR";
static char buffer[64];

static void create(void)
{
    unsigned handle;

    works("21/3C00 create a file", CALL(.ax = 0x3c00, .dx = NEAR16(name)));
    handle = r.ax;
    is("21/3C00 its handle is the first free one", handle, 5);
    works("21/4000 write to it", CALL(.ax = 0x4000, .bx = handle, .cx = 5, .dx = NEAR16("hello")));
    is("21/4000 count that is written", r.ax, 5);
    works("21/3E00 close it", CALL(.ax = 0x3e00, .bx = handle));
    fails("21/3E00 close it again", E_HANDLE, CALL(.ax = 0x3e00, .bx = handle));
    fails("21/3E00 close a handle beyond the table", E_HANDLE, CALL(.ax = 0x3e00, .bx = 0x1234));
    works("21/4300 attributes of a new file", CALL(.ax = 0x4300, .dx = NEAR16(name)));
    is("21/4300 archive only", r.cx, A_ARCHIVE);
    works("21/3C00 create it again", CALL(.ax = 0x3c00, .cx = A_HIDDEN, .dx = NEAR16(name)));
    handle = r.ax;
    works("21/4202 size", CALL(.ax = 0x4202, .bx = handle));
    is("21/3C00 an existing file is empty then", r.ax | r.dx, 0);
    close_file(handle);
    CALL(.ax = 0x4300, .dx = NEAR16(name));
    is("21/3C00 attributes as given, and archive", r.cx, A_HIDDEN | A_ARCHIVE);
    file_set_attr(name, A_READ_ONLY);
    fails("21/3C00 over a read-only file", E_ACCESS, CALL(.ax = 0x3c00, .dx = NEAR16(name)));
    remove_file(name);
    fails("21/3C00 in a folder that is not there", E_PATH,
          CALL(.ax = 0x3c00, .dx = NEAR16(nowhere)));
    fails("21/3C00 over a folder", E_ACCESS, CALL(.ax = 0x3c00, .dx = NEAR16(sub)));
    fails("21/3C00 with the attribute of a folder", E_ACCESS,
          CALL(.ax = 0x3c00, .cx = A_DIRECTORY, .dx = NEAR16(name)));
    remove_file(name);
}

static void open(void)
{
    unsigned handle;

    close_file(make_file(name, "0123456789"));
    works("21/3D00 open for reading", CALL(.ax = 0x3d00, .dx = NEAR16(name)));
    handle = r.ax;
    works("21/3F00 read", CALL(.ax = 0x3f00, .bx = handle, .cx = 4, .dx = NEAR16(buffer)));
    is("21/3F00 count that is read", r.ax, 4);
    is_bytes("21/3F00 what is read", buffer, "0123", 4);
    works("21/3F00 read over the end",
          CALL(.ax = 0x3f00, .bx = handle, .cx = 60, .dx = NEAR16(buffer)));
    is("21/3F00 what is left", r.ax, 6);
    works("21/3F00 read at the end",
          CALL(.ax = 0x3f00, .bx = handle, .cx = 60, .dx = NEAR16(buffer)));
    is("21/3F00 nothing", r.ax, 0);
    works("21/3F00 read nothing", CALL(.ax = 0x3f00, .bx = handle, .dx = NEAR16(buffer)));
    is("21/3F00 and nothing comes", r.ax, 0);
    fails("21/4000 write where only reading was asked for", E_ACCESS,
          CALL(.ax = 0x4000, .bx = handle, .cx = 1, .dx = NEAR16(buffer)));
    close_file(handle);
    handle = open_file(name, OPEN_WRITE);
    fails("21/3F00 read where only writing was asked for", E_ACCESS,
          CALL(.ax = 0x3f00, .bx = handle, .cx = 1, .dx = NEAR16(buffer)));
    close_file(handle);
    fails("21/3F00 read from a closed handle", E_HANDLE,
          CALL(.ax = 0x3f00, .bx = handle, .cx = 1, .dx = NEAR16(buffer)));
    fails("21/4000 write to a closed handle", E_HANDLE,
          CALL(.ax = 0x4000, .bx = handle, .cx = 1, .dx = NEAR16(buffer)));
    fails("21/3D00 open a missing file", E_FILE, CALL(.ax = 0x3d00, .dx = NEAR16(missing)));
    fails("21/3D00 open in a missing folder", E_PATH, CALL(.ax = 0x3d00, .dx = NEAR16(nowhere)));
    fails("21/3D00 open a folder", E_ACCESS, CALL(.ax = 0x3d00, .dx = NEAR16(sub)));
    fails("21/3D03 open with an access that there is not", E_MODE,
          CALL(.ax = 0x3d03, .dx = NEAR16(name)));
    file_set_attr(name, A_READ_ONLY);
    fails("21/3D02 open a read-only file for writing", E_ACCESS,
          CALL(.ax = 0x3d02, .dx = NEAR16(name)));
    works("21/3D00 open a read-only file for reading", CALL(.ax = 0x3d00, .dx = NEAR16(name)));
    close_file(r.ax);
    remove_file(name);
}

static void seek(void)
{
    unsigned handle = make_file(name, "0123456789");

    works("21/4200 from the start", CALL(.ax = 0x4200, .bx = handle, .dx = 4));
    is("21/4200 where", r.ax, 4);
    works("21/4201 back from here", CALL(.ax = 0x4201, .bx = handle, .cx = 0xffff, .dx = 0xfffe));
    is("21/4201 where", r.dx << 16 | r.ax, 2);
    works("21/4202 from the end", CALL(.ax = 0x4202, .bx = handle, .cx = 0xffff, .dx = 0xffff));
    is("21/4202 where", r.dx << 16 | r.ax, 9);
    fails("21/4203 from nowhere", E_FUNCTION, CALL(.ax = 0x4203, .bx = handle));
    CALL(.ax = 0x4200, .bx = handle, .dx = 0x20);
    is("21/4200 behind the end", r.ax, 0x20);
    CALL(.ax = 0x3f00, .bx = handle, .cx = 1, .dx = NEAR16(buffer));
    is("21/3F00 nothing is read there", r.ax, 0);
    CALL(.ax = 0x4000, .bx = handle, .cx = 1, .dx = NEAR16("x"));
    CALL(.ax = 0x4202, .bx = handle);
    is("21/4000 a write there makes the file longer", r.ax, 0x21);
    CALL(.ax = 0x4200, .bx = handle, .dx = 7);
    works("21/4000 nothing is written: the file ends here", CALL(.ax = 0x4000, .bx = handle));
    CALL(.ax = 0x4202, .bx = handle);
    is("21/4000 its size then", r.ax, 7);
    CALL(.ax = 0x4200, .bx = handle, .dx = 0x123);
    works("21/4000 nothing is written behind the end", CALL(.ax = 0x4000, .bx = handle));
    CALL(.ax = 0x4202, .bx = handle);
    is("21/4000 the file reaches there", r.ax, 0x123);
    CALL(.ax = 0x4200, .bx = handle);
    CALL(.ax = 0x4201, .bx = handle, .cx = 0xffff, .dx = 0xffff);
    is("21/4201 before the start is a large position", r.dx, 0xffff);
    close_file(handle);
    fails("21/4200 of a closed handle", E_HANDLE, CALL(.ax = 0x4200, .bx = handle));
    remove_file(name);
}

static void attributes(void)
{
    close_file(make_file(name, ""));
    works("21/4301 read-only, hidden, system", CALL(.ax = 0x4301, .cx = 7, .dx = NEAR16(name)));
    works("21/4300 read them", CALL(.ax = 0x4300, .dx = NEAR16(name)));
    is("21/4300 as they were set", r.cx, 7);
    works("21/4301 none", CALL(.ax = 0x4301, .dx = NEAR16(name)));
    CALL(.ax = 0x4300, .dx = NEAR16(name));
    is("21/4300 none", r.cx, 0);
    works("21/4300 of a folder", CALL(.ax = 0x4300, .dx = NEAR16(sub)));
    is("21/4300 it is one", r.cx, A_DIRECTORY);
    fails("21/4300 of a missing file", E_FILE, CALL(.ax = 0x4300, .dx = NEAR16(missing)));
    fails("21/4300 in a missing folder", E_PATH, CALL(.ax = 0x4300, .dx = NEAR16(nowhere)));
    fails("21/4301 of a missing file", E_FILE, CALL(.ax = 0x4301, .dx = NEAR16(missing)));
    fails("21/4301 make it a volume's label", E_ACCESS,
          CALL(.ax = 0x4301, .cx = A_LABEL, .dx = NEAR16(name)));
    fails("21/4304 no such function", E_FUNCTION, CALL(.ax = 0x4304, .dx = NEAR16(name)));
    remove_file(name);
}

static void delete (void)
{
    close_file(make_file(name, ""));
    works("21/4100 delete", CALL(.ax = 0x4100, .dx = NEAR16(name)));
    fails("21/4100 delete what is gone", E_FILE, CALL(.ax = 0x4100, .dx = NEAR16(name)));
    fails("21/4100 delete in a missing folder", E_PATH, CALL(.ax = 0x4100, .dx = NEAR16(nowhere)));
    fails("21/4100 delete a folder", E_ACCESS, CALL(.ax = 0x4100, .dx = NEAR16(sub)));
    close_file(make_file(name, ""));
    file_set_attr(name, A_READ_ONLY);
    fails("21/4100 delete a read-only file", E_ACCESS, CALL(.ax = 0x4100, .dx = NEAR16(name)));
    remove_file(name);
}

static void duplicate(void)
{
    unsigned handle = make_file(name, "0123456789"), copy;

    works("21/4500 a second handle", CALL(.ax = 0x4500, .bx = handle));
    copy = r.ax;
    is("21/4500 the next free one", copy, handle + 1);
    CALL(.ax = 0x4200, .bx = handle, .dx = 3);
    CALL(.ax = 0x4201, .bx = copy);
    is("21/4500 they share the position", r.ax, 3);
    close_file(handle);
    works("21/4500 one stays open when the other is closed",
          CALL(.ax = 0x3f00, .bx = copy, .cx = 1, .dx = NEAR16(buffer)));
    is("21/4500 and reads on", (uint8_t)buffer[0], '3');
    fails("21/4500 of a closed handle", E_HANDLE, CALL(.ax = 0x4500, .bx = handle));
    handle = make_file(second, "second");
    works("21/4600 a handle becomes another's copy", CALL(.ax = 0x4600, .bx = handle, .cx = copy));
    CALL(.ax = 0x3f00, .bx = copy, .cx = 1, .dx = NEAR16(buffer));
    is("21/4600 it reads the other's file", (uint8_t)buffer[0], 's');
    fails("21/4600 of a closed handle", E_HANDLE, CALL(.ax = 0x4600, .bx = 19, .cx = copy));
    fails("21/4600 to a handle beyond the table", E_HANDLE,
          CALL(.ax = 0x4600, .bx = handle, .cx = 0x100));
    close_file(handle);
    close_file(copy);
    remove_file(name);
    remove_file(second);
}

static void renames(void)
{
    static const char moved[] = "CFDIR\\MOVED.TMP", other[] = "Q:\\CF1.TMP";
    uint16_t here_segment = own_segment();

    close_file(make_file(name, "x"));
    works("21/5600 rename", CALL(.ax = 0x5600, .dx = NEAR16(name), .di = NEAR16(second)));
    fails("21/5600 the old name is gone", E_FILE, CALL(.ax = 0x4300, .dx = NEAR16(name)));
    fails("21/5600 rename what is not there", E_FILE,
          CALL(.ax = 0x5600, .dx = NEAR16(name), .di = NEAR16(missing)));
    close_file(make_file(name, "y"));
    fails("21/5600 to a name that exists", E_ACCESS,
          CALL(.ax = 0x5600, .dx = NEAR16(name), .di = NEAR16(second)));
    works("21/5600 into another folder",
          CALL(.ax = 0x5600, .dx = NEAR16(name), .di = NEAR16(moved)));
    works("21/5600 it is there", CALL(.ax = 0x4300, .dx = NEAR16(moved)));
    fails("21/5600 into a missing folder", E_PATH,
          CALL(.ax = 0x5600, .dx = NEAR16(second), .di = NEAR16(nowhere)));
    if (!drive_valid('Q' - 'A'))
        fails("21/5600 to a drive that is not there", E_PATH,
              FAR_CALL(.ax = 0x5600, .dx = NEAR16(second), .di = NEAR16(other), .ds = here_segment,
                       .es = here_segment));
    file_set_attr(second, A_READ_ONLY);
    works("21/5600 a read-only file", CALL(.ax = 0x5600, .dx = NEAR16(second), .di = NEAR16(name)));
    works("21/5600 a folder", CALL(.ax = 0x5600, .dx = NEAR16(sub), .di = NEAR16("CFDIR2")));
    works("21/5600 what is in it is still there",
          CALL(.ax = 0x4300, .dx = NEAR16("CFDIR2\\MOVED.TMP")));
    works("21/5600 and back", CALL(.ax = 0x5600, .dx = NEAR16("CFDIR2"), .di = NEAR16(sub)));
    remove_file(moved);
    remove_file(name);
}

static void times(void)
{
    enum { TIME = 0x6c5a, DATE = 0x1cbf }; /* 13:34:52 on 1994-05-31 */
    unsigned handle = make_file(name, "x");

    works("21/5701 set time and date", CALL(.ax = 0x5701, .bx = handle, .cx = TIME, .dx = DATE));
    works("21/5700 read them", CALL(.ax = 0x5700, .bx = handle));
    is("21/5700 time", r.cx, TIME);
    is("21/5700 date", r.dx, DATE);
    close_file(handle);
    handle = open_file(name, OPEN_READ);
    CALL(.ax = 0x5700, .bx = handle);
    is("21/5701 the time after close", r.cx, TIME);
    is("21/5701 the date after close", r.dx, DATE);
    close_file(handle);
    handle = open_file(name, OPEN_BOTH);
    CALL(.ax = 0x4000, .bx = handle, .cx = 1, .dx = NEAR16("y"));
    CALL(.ax = 0x5701, .bx = handle, .cx = TIME, .dx = DATE);
    close_file(handle);
    handle = open_file(name, OPEN_READ);
    CALL(.ax = 0x5700, .bx = handle);
    is("21/5701 after a write, before close", r.dx, DATE);
    fails("21/57FF no such function", E_FUNCTION, CALL(.ax = 0x57ff, .bx = handle));
    close_file(handle);
    fails("21/5700 of a closed handle", E_HANDLE, CALL(.ax = 0x5700, .bx = handle));
    remove_file(name);
}

static void new_files(void)
{
    char path[80] = "CFDIR\\", other[80] = "CFDIR\\";
    unsigned handle;

    works("21/5A00 a file of a new name", CALL(.ax = 0x5a00, .dx = NEAR16(path)));
    handle = r.ax;
    holds("21/5A00 the name is behind the path", strlen(path) > 6 && path[5] == '\\');
    works("21/5A00 the handle is open",
          CALL(.ax = 0x4000, .bx = handle, .cx = 1, .dx = NEAR16(path)));
    close_file(handle);
    works("21/5A00 another", CALL(.ax = 0x5a00, .dx = NEAR16(other)));
    close_file(r.ax);
    holds("21/5A00 with another name", strcmp(path, other) != 0);
    works("21/5A00 there is one", CALL(.ax = 0x4300, .dx = NEAR16(path)));
    remove_file(path);
    remove_file(other);
    strcpy(path, "NOSUCH\\");
    fails("21/5A00 in a missing folder", E_PATH, CALL(.ax = 0x5a00, .dx = NEAR16(path)));
    works("21/5B00 create a file", CALL(.ax = 0x5b00, .dx = NEAR16(name)));
    close_file(r.ax);
    fails("21/5B00 create it again", E_EXISTS, CALL(.ax = 0x5b00, .dx = NEAR16(name)));
    fails("21/5B00 in a missing folder", E_PATH, CALL(.ax = 0x5b00, .dx = NEAR16(nowhere)));
    remove_file(name);
}

static void extended_open(void)
{
    fails("21/6C00 open what is not there", E_FILE,
          CALL(.ax = 0x6c00, .bx = 2, .dx = 0x01, .si = NEAR16(name)));
    works("21/6C00 create what is not there",
          CALL(.ax = 0x6c00, .bx = 2, .dx = 0x10, .si = NEAR16(name)));
    is("21/6C00 was created", r.cx, 2);
    CALL(.ax = 0x4000, .bx = r.ax, .cx = 5, .dx = NEAR16("hello"), .si = r.ax);
    close_file(r.si);
    fails("21/6C00 create what is there", E_EXISTS,
          CALL(.ax = 0x6c00, .bx = 2, .dx = 0x10, .si = NEAR16(name)));
    works("21/6C00 open or create", CALL(.ax = 0x6c00, .bx = 2, .dx = 0x11, .si = NEAR16(name)));
    is("21/6C00 was opened", r.cx, 1);
    CALL(.ax = 0x4202, .bx = r.ax, .si = r.ax);
    is("21/6C00 with what was in it", r.ax, 5);
    close_file(r.si);
    works("21/6C00 replace or create", CALL(.ax = 0x6c00, .bx = 2, .dx = 0x12, .si = NEAR16(name)));
    is("21/6C00 was replaced", r.cx, 3);
    CALL(.ax = 0x4202, .bx = r.ax, .si = r.ax);
    is("21/6C00 and is empty", r.ax, 0);
    close_file(r.si);
    fails("21/6C00 with an action that there is not", E_FUNCTION,
          CALL(.ax = 0x6c00, .bx = 2, .dx = 0x33, .si = NEAR16(name)));
    works("21/6C00 for reading, no INT 24h",
          CALL(.ax = 0x6c00, .bx = 0x2000, .dx = 0x01, .si = NEAR16(name)));
    fails("21/6C00 it cannot be written to", E_ACCESS,
          CALL(.ax = 0x4000, .bx = r.ax, .cx = 1, .dx = NEAR16(name), .si = r.ax));
    close_file(r.si);
    remove_file(name);
}

static void commit(void)
{
    unsigned handle = make_file(name, "x");

    works("21/6800 commit", CALL(.ax = 0x6800, .bx = handle));
    works("21/6A00 commit", CALL(.ax = 0x6a00, .bx = handle));
    close_file(handle);
    fails("21/6800 of a closed handle", E_HANDLE, CALL(.ax = 0x6800, .bx = handle));
    fails("21/6A00 of a closed handle", E_HANDLE, CALL(.ax = 0x6a00, .bx = handle));
    remove_file(name);
}

/* Opens NUL until it fails and closes all; how often it worked, and DOS's error in *error. */
static unsigned open_many(unsigned *error)
{
    static unsigned handles[40];
    unsigned n = 0, count;

    *error = 0;
    while (n < COUNT(handles)) {
        if (CALL(.ax = 0x3d02, .dx = NEAR16("NUL"))) {
            *error = r.ax;
            break;
        }
        handles[n++] = r.ax;
    }
    count = n;
    while (n)
        close_file(handles[--n]);
    return count;
}

static void handle_count(void)
{
    unsigned error;

    is("21/3D02 as many handles as the table has", open_many(&error), 15);
    is("21/3D02 then there are too many", error, E_HANDLES);
    works("21/6700 more handles", CALL(.ax = 0x6700, .bx = 30));
    is("21/6700 the PSP has their number", *(uint16_t *)psp_at(0x32), 30);
    holds("21/6700 the table is elsewhere", *(uint16_t *)psp_at(0x36) != own_segment());
    is("21/6700 as many handles as were asked for", open_many(&error), 25);
    works("21/6700 the usual number again", CALL(.ax = 0x6700, .bx = 20));
    works("21/6700 and files work", CALL(.ax = 0x3d02, .dx = NEAR16("NUL")));
    close_file(r.ax);
}

int com_main(void)
{
    begin("files");
    /* A handle that the command line left open would change the numbers. */
    for (unsigned i = 5; i < 20; i++)
        file_close(i);
    remove_file(name);
    remove_file(second);
    directory_make(sub);
    create();
    open();
    seek();
    attributes();
    delete ();
    duplicate();
    renames();
    times();
    new_files();
    extended_open();
    commit();
    handle_count();
    directory_remove(sub);
    return closing();
}
