/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tools of our own DOS for disks, memory and devices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/board_pc.h"
#include "tests/check_main.h"
#include "tests/guest/dos_bench.h"

/* ---- MEM ---- */

START_TEST(mem_tells_what_memory_there_is)
{
    struct bench *b = dos_start();

    dos_types(b, "mem\n", "MS-DOS is resident in");
    dos_expect(b, "Conventional           640K");
    dos_expect(b, "Extended (XMS)       7,160K");
    dos_expect(b, "Largest executable program size");
    dos_types(b, "mem /c\n", "Free ");
    dos_expect(b, "  MSDOS ");
    dos_expect(b, "  COMMAND ");
    dos_types(b, "mem /m command\n", "Environment");
    dos_expect(b, "Program");
    dos_types(b, "mem /m nothing\n", "NOTHING is not currently in memory.");
    dos_types(b, "mem /f\n", "Total Free:");
    dos_types(b, "mem /d /p\n", "Press any key to continue . . .");
    bench_type(b, " ");
    dos_expect(b, "MS-DOS is resident in");
    dos_types(b, "mem /x\n", "Invalid switch - /X");
    dos_types(b, "mem /?\n", "MEM [/CLASSIFY");
    dos_stop(b);
}
END_TEST

/* What MEM calls the largest program, DOS gives a program. */
START_TEST(the_largest_program_that_mem_tells_is_what_one_gets)
{
    /* Exits with its block's size in units of 4 KB */
    static const uint8_t size[] = { 0xa1, 0x02, 0x00, 0x8c, 0xca, 0x29, 0xd0,
                                    0x88, 0xe0, 0xb4, 0x4c, 0xcd, 0x21 };
    struct bench *b = dos_start();
    struct bench_bytes text;
    unsigned kb = 0, units;
    char line[80];
    const char *at;

    dos_put_bytes("SIZE.COM", size, sizeof(size));
    dos_types(b, "mem > out\necho done\n", "\ndone");
    text = dos_get("OUT");
    ck_assert(text.data != NULL);
    at = strstr((char *)text.data, "program size");
    ck_assert(at != NULL && sscanf(at, "program size %uK", &kb) == 1);
    units = kb / 4;
    snprintf(line, sizeof(line), "size\nif errorlevel %u if not errorlevel %u echo right\n",
             units - 1, units + 2);
    dos_types(b, line, "\nright");
    free(text.data);
    dos_stop(b);
}
END_TEST

/* ---- SUBST ---- */

START_TEST(subst_makes_and_unmakes_a_letter)
{
    struct bench *b = dos_start();

    dos_types(b, "md deep\nmd deep\\in\nsubst g: c:\\deep\\in\nsubst\n", "G: => C:\\DEEP\\IN");
    dos_types(b, "echo there > g:x.txt\ntype c:\\deep\\in\\x.txt\n", "\nthere");
    dos_types(b, "g:\nmd more\ncd more\n", "G:\\MORE>");
    dos_types(b, "subst g: /d\n", "Invalid parameter");
    dos_types(b, "c:\nsubst g: c:\\deep\n", "Drive already SUBSTed");
    dos_types(b, "subst c: g:\\\n", "Invalid parameter");
    dos_types(b, "subst h: g:\\more\nsubst\n", "H: => C:\\DEEP\\IN\\MORE");
    dos_types(b, "subst h: /d\nsubst g: /d\nsubst\necho none\n", "\nnone");
    ck_assert(!bench_on_screen(b, "=>"));
    dos_types(b, "g:\n", "Invalid drive specification");
    dos_types(b, "subst g: c:\\nowhere\n", "Path not found");
    dos_types(b, "subst g: c:\\\ndir /b g:\\autoexec.bat\n", "\nAUTOEXEC.BAT");
    dos_types(b, "subst g: /d\nsubst z: c:\\\n", "Cannot SUBST a network drive");
    dos_types(b, "subst g:\n", "Incorrect number of parameters");
    dos_types(b, "subst /q\n", "Invalid switch - /Q");
    dos_types(b, "subst b: c:\\deep\ndir /b b:\nsubst b: /d\ndir b:\n",
              "Not ready reading drive B");
    bench_type(b, "f");
    dos_stop(b);
}
END_TEST

/* ---- diskettes ---- */

static struct bench_bytes diskette(size_t size, uint8_t fill)
{
    struct bench_bytes image = { malloc(size), size };

    ck_assert(image.data != NULL);
    memset(image.data, fill, size);
    return image;
}

static void insert(struct bench *b, const char *name, struct bench_bytes image)
{
    struct drive *drive = media_drive(machine_board(b->machine)->media, name);

    drive_set_media(drive, image.data ? media_memory_new(image.data, image.size, false) : NULL);
}

/* ---- LABEL ---- */

START_TEST(label_names_and_unnames_a_diskette)
{
    struct bench_bytes freedos = bench_freedos(), image = { malloc(freedos.size), freedos.size };
    struct bench_bytes blank = diskette(1440 * 1024, 0);
    struct bench *b;

    if (!freedos.data)
        return;
    memcpy(image.data, freedos.data, image.size);
    b = dos_start();
    insert(b, "floppy0", image);
    dos_types(b, "label a:my disk\nvol a:\n", "Volume in drive A is MY DISK");
    ck_assert(!memcmp(image.data + 43, "MY DISK    ", 11));
    dos_types(b, "label a:\n", "Volume in drive A is MY DISK");
    dos_expect(b, "Volume label (11 characters, ENTER for none)?");
    bench_type(b, "a*b\n");
    dos_expect(b, "Invalid characters in volume label");
    bench_type(b, "other\n");
    dos_types(b, "vol a:\n", "Volume in drive A is OTHER");
    dos_types(b, "label a:\n\n", "Delete current volume label (Y/N)?");
    bench_type(b, "y\n");
    dos_types(b, "vol a:\n", "Volume in drive A has no label");
    ck_assert(!memcmp(image.data + 43, "NO NAME    ", 11));
    dos_types(b, "label c:x\n", "Cannot LABEL a network drive");
    dos_types(b, "label q:x\n", "Invalid drive specification");
    dos_types(b, "label a:waytoolonglabel\n", "Invalid characters in volume label");
    insert(b, "floppy0", blank);
    dos_types(b, "label a:x\n", "Abort, Retry, Fail?");
    bench_type(b, "f");
    dos_expect(b, "Invalid drive specification");
    dos_stop(b);
    free(image.data);
    free(blank.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("DOS tools for disks");

    CHECK_CASE(suite, "tools", mem_tells_what_memory_there_is,
               the_largest_program_that_mem_tells_is_what_one_gets,
               subst_makes_and_unmakes_a_letter, label_names_and_unnames_a_diskette);
    return dos_bench_main(suite);
}
