/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders and searches: INT 21h/0Eh, 19h, 1Ah, 2Fh, 36h, 39h-3Bh, 47h, 4Eh, 4Fh, 60h. */
#include "suite.h"

static struct found dta;
static char path[128];

static void folders(void)
{
    char before[70], root[] = "\\";

    works("21/3900 make a folder", CALL(.ax = 0x3900, .dx = NEAR16("CD1")));
    fails("21/3900 make it again", E_ACCESS, CALL(.ax = 0x3900, .dx = NEAR16("CD1")));
    fails("21/3900 in a folder that is not there", E_PATH,
          CALL(.ax = 0x3900, .dx = NEAR16("NOSUCH\\CD1")));
    works("21/3900 in a folder", CALL(.ax = 0x3900, .dx = NEAR16("CD1\\SUB")));
    fails("21/3A00 remove what is not empty", E_ACCESS, CALL(.ax = 0x3a00, .dx = NEAR16("CD1")));
    fails("21/3A00 remove what is not there", E_PATH, CALL(.ax = 0x3a00, .dx = NEAR16("NOSUCH")));
    fails("21/3A00 remove the root, which is the current folder", E_CURRENT,
          CALL(.ax = 0x3a00, .dx = NEAR16(root)));
    directory_get(0, before);
    works("21/3B00 go there", CALL(.ax = 0x3b00, .dx = NEAR16("cd1\\sub")));
    works("21/4700 where are we", CALL(.ax = 0x4700, .si = NEAR16(path)));
    holds("21/4700 upper case, no drive", same_text(path + strlen(path) - 7, "CD1\\SUB"));
    is_text("21/4700 letters", path + strlen(path) - 7, "CD1\\SUB");
    works("21/3B00 up", CALL(.ax = 0x3b00, .dx = NEAR16("..")));
    fails("21/3A00 remove the current folder", E_CURRENT,
          CALL(.ax = 0x3a00, .dx = NEAR16("..\\CD1")));
    works("21/3B00 up", CALL(.ax = 0x3b00, .dx = NEAR16("..")));
    CALL(.ax = 0x4700, .si = NEAR16(path));
    is_text("21/3B00 where we began", path, before);
    fails("21/3B00 to what is not there", E_PATH, CALL(.ax = 0x3b00, .dx = NEAR16("NOSUCH")));
    remove_file("CDFILE.TMP");
    close_file(make_file("CDFILE.TMP", "x"));
    fails("21/3B00 to a file", E_PATH, CALL(.ax = 0x3b00, .dx = NEAR16("CDFILE.TMP")));
    fails("21/3A00 remove a file", E_PATH, CALL(.ax = 0x3a00, .dx = NEAR16("CDFILE.TMP")));
    remove_file("CDFILE.TMP");
    works("21/3A00 remove a folder", CALL(.ax = 0x3a00, .dx = NEAR16("CD1\\SUB")));
    works("21/3A00 and another", CALL(.ax = 0x3a00, .dx = NEAR16("CD1")));
    fails("21/4700 of a drive that is not there", E_DRIVE,
          CALL(.ax = 0x4700, .dx = 'Y' - 'A' + 1, .si = NEAR16(path)));
}

static void drives(void)
{
    unsigned current;

    CALL(.ax = 0x1900);
    current = r.al;
    CALL(.ax = 0x0e00, .dx = (uint16_t)current);
    holds("21/0E00 the number of drives", r.al >= 3 && r.al <= 26);
    CALL(.ax = 0x0e00, .dx = 25);
    if (!drive_valid(25)) {
        CALL(.ax = 0x0e00, .dx = 24);
        CALL(.ax = 0x1900);
        is("21/1900 a drive that is not there is not chosen", r.al, current);
    }
    CALL(.ax = 0x0e00, .dx = (uint16_t)current);
    CALL(.ax = 0x1900);
    is("21/1900 the current drive", r.al, current);
}

static void truenames(void)
{
    unsigned n;

    works("21/6000 a relative name",
          CALL(.ax = 0x6000, .si = NEAR16("cd.tmp"), .di = NEAR16(path)));
    n = (unsigned)strlen(path);
    is_text("21/6000 its name", path + n - 7, "\\CD.TMP");
    works("21/6000 what goes up again",
          CALL(.ax = 0x6000, .si = NEAR16("\\x\\..\\y\\.\\z.a"), .di = NEAR16(path)));
    n = (unsigned)strlen(path);
    is_text("21/6000 resolved", path + n - 6, "\\Y\\Z.A");
    works("21/6000 slashes", CALL(.ax = 0x6000, .si = NEAR16("/a/b"), .di = NEAR16(path)));
    is_text("21/6000 as backslashes", path + strlen(path) - 4, "\\A\\B");
    works("21/6000 a star", CALL(.ax = 0x6000, .si = NEAR16("\\a*.b*"), .di = NEAR16(path)));
    is_text("21/6000 as question marks", path + strlen(path) - 13, "\\A???????.B??");
    works("21/6000 a long name is cut",
          CALL(.ax = 0x6000, .si = NEAR16("\\abcdefghijk.lmnop"), .di = NEAR16(path)));
    is_text("21/6000 to 8 and 3", path + strlen(path) - 13, "\\ABCDEFGH.LMN");
    works("21/6000 a device", CALL(.ax = 0x6000, .si = NEAR16("NUL"), .di = NEAR16(path)));
    is_text("21/6000 its name", path + strlen(path) - 4, "/NUL");
    fails("21/6000 above the root", E_PATH,
          CALL(.ax = 0x6000, .si = NEAR16("\\..\\x"), .di = NEAR16(path)));
}

static unsigned count_found(const char *pattern, unsigned attr)
{
    unsigned n = 0;

    if (CALL(.ax = 0x4e00, .cx = (uint16_t)attr, .dx = NEAR16(pattern)))
        return 0;
    do
        n++;
    while (!CALL(.ax = 0x4f00));
    return n;
}

static void found_file(void)
{
    enum { TIME = 0x6c5a, DATE = 0x1cbf };
    unsigned handle = make_file("CF\\ONE.TXT", "12345");

    CALL(.ax = 0x5701, .bx = (uint16_t)handle, .cx = TIME, .dx = DATE);
    close_file(handle);
    works("21/4E00 find a file", CALL(.ax = 0x4e00, .dx = NEAR16("cf\\one.txt")));
    is_text("21/4E00 name", dta.name, "ONE.TXT");
    is("21/4E00 size", dta.size, 5);
    is("21/4E00 time", dta.time, TIME);
    is("21/4E00 date", dta.date, DATE);
    is("21/4E00 attributes", dta.attr, A_ARCHIVE);
    fails("21/4F00 there is one", E_NO_MORE, CALL(.ax = 0x4f00));
    fails("21/4E00 what is not there", E_NO_MORE, CALL(.ax = 0x4e00, .dx = NEAR16("CF\\NO.TXT")));
    fails("21/4E00 in a folder that is not there", E_PATH,
          CALL(.ax = 0x4e00, .dx = NEAR16("NOSUCH\\*.*")));
}

static void find_files(void)
{
    found_file();
    close_file(make_file("CF\\TWO.TXT", ""));
    close_file(make_file("CF\\TWO.DAT", ""));
    close_file(make_file("CF\\NOEXT", ""));
    close_file(make_file("CF\\HIDDEN.TXT", ""));
    file_set_attr("CF\\HIDDEN.TXT", A_HIDDEN);
    close_file(make_file("CF\\SYSTEM.TXT", ""));
    file_set_attr("CF\\SYSTEM.TXT", A_SYSTEM);
    close_file(make_file("CF\\READ.TXT", ""));
    file_set_attr("CF\\READ.TXT", A_READ_ONLY);
    directory_make("CF\\SUB");
    is("21/4F00 files, read-only ones too", count_found("CF\\*.*", 0), 5);
    is("21/4F00 and hidden ones", count_found("CF\\*.*", A_HIDDEN), 6);
    is("21/4F00 and system files", count_found("CF\\*.*", A_SYSTEM), 6);
    is("21/4F00 files and folders, . and .. too", count_found("CF\\*.*", A_DIRECTORY), 8);
    is("21/4F00 all", count_found("CF\\*.*", A_HIDDEN | A_SYSTEM | A_DIRECTORY), 10);
    is("21/4F00 by extension", count_found("CF\\*.txt", 0), 3);
    is("21/4F00 by letters", count_found("CF\\T?O.*", 0), 2);
    is("21/4F00 without extension", count_found("CF\\*.", 0), 1);
    is("21/4F00 a question mark is also nothing", count_found("CF\\????????.T??", 0), 3);
    is("21/4F00 the root has no . and ..",
       (CALL(.ax = 0x4e00, .cx = A_DIRECTORY, .dx = NEAR16("\\."))), 1);
}

/* Two searches in turn, each with its own DTA, which may be copied. */
static void two_searches(void)
{
    struct found first, other;

    works("21/4E00 one search", CALL(.ax = 0x4e00, .dx = NEAR16("CF\\TWO.*")));
    first = dta;
    works("21/4E00 a second search", CALL(.ax = 0x4e00, .dx = NEAR16("CF\\ONE.*")));
    works("21/1A00 set the DTA", CALL(.ax = 0x1a00, .dx = NEAR16(&first)));
    strcpy(other.name, first.name);
    works("21/4F00 the first search goes on from its copied DTA", CALL(.ax = 0x4f00));
    holds("21/4F00 with its second file",
          strcmp(first.name, other.name) && !memcmp(first.name, "TWO.", 4));
    fails("21/4F00 and ends", E_NO_MORE, CALL(.ax = 0x4f00));
    CALL(.ax = 0x2f00);
    is("21/2F00 the DTA's offset", r.bx, NEAR16(&first));
    is("21/2F00 the DTA's segment", r.es, own_segment());
    CALL(.ax = 0x1a00, .dx = NEAR16(&dta));
}

/* Files that are deleted and made while a search goes on do not end it or repeat it. */
static void delete_in_search(void)
{
    char name[16] = "CF\\DEL0.TMP", found_name[32];
    unsigned n = 0;

    for (unsigned i = 0; i < 9; i++) {
        name[6] = (char)('0' + i);
        close_file(make_file(name, ""));
    }
    if (!CALL(.ax = 0x4e00, .dx = NEAR16("CF\\DEL?.TMP")))
        do {
            n++;
            format_text(found_name, sizeof(found_name), "CF\\%s", dta.name);
            file_delete(found_name);
        } while (!CALL(.ax = 0x4f00));
    is("21/4F00 each file is found once while they are deleted", n, 9);
    is("21/4100 none is left", count_found("CF\\DEL?.TMP", 0), 0);
}

static void devices_found(void)
{
    works("21/4E00 a device is found by its name", CALL(.ax = 0x4e00, .dx = NEAR16("NUL")));
    is_text("21/4E00 as it is called", dta.name, "NUL");
    is("21/4E00 attribute of a device", dta.attr & A_ARCHIVE ? 0x40 : dta.attr, 0x40);
}

static void space(void)
{
    uint16_t sectors, bytes, clusters;

    CALL(.ax = 0x3600);
    sectors = r.ax;
    bytes = r.cx;
    clusters = r.dx;
    holds("21/3600 sectors in a cluster: a power of 2",
          sectors && sectors <= 128 && !(sectors & (sectors - 1)));
    is("21/3600 bytes in a sector", bytes, 512);
    holds("21/3600 free clusters", r.bx <= clusters && clusters);
    CALL(.ax = 0x3600, .dx = 'Y' - 'A' + 1);
    is("21/3600 of a drive that is not there", r.ax, 0xffff);
    FAR_CALL(.ax = 0x1b00);
    if (!is_remote()) {
        is("21/1B00 sectors in a cluster", r.al, sectors);
        is("21/1B00 bytes in a sector", r.cx, bytes);
        is("21/1B00 clusters", r.dx, clusters);
        holds("21/1B00 the medium", far_get8(r.ds, r.bx) >= 0xf0);
    }
    FAR_CALL(.ax = 0x1c00, .dx = (uint16_t)(drive_current() + 1));
    is("21/1C00 sectors in a cluster", r.al, sectors);
    is("21/1C00 bytes in a sector", r.cx, bytes);
    FAR_CALL(.ax = 0x1c00, .dx = 'Y' - 'A' + 1);
    is("21/1C00 of a drive that is not there", r.al, 0xff);
}

int com_main(void)
{
    static const char *const names[] = {
        "ONE.TXT", "TWO.TXT", "TWO.DAT", "NOEXT", "HIDDEN.TXT", "SYSTEM.TXT", "READ.TXT",
    };
    char name[24];

    begin("find");
    CALL(.ax = 0x1a00, .dx = NEAR16(&dta));
    folders();
    drives();
    truenames();
    directory_make("CF");
    find_files();
    two_searches();
    delete_in_search();
    devices_found();
    space();
    for (unsigned i = 0; i < COUNT(names); i++) {
        format_text(name, sizeof(name), "CF\\%s", names[i]);
        remove_file(name);
    }
    directory_remove("CF\\SUB");
    works("21/3A00 the folder is empty", CALL(.ax = 0x3a00, .dx = NEAR16("CF")));
    return closing();
}
