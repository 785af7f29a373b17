/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tools of our own DOS for disks, memory and devices. */
#include <errno.h>
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
    struct bench_bytes image = diskette(1440 * 1024, 0), blank = diskette(1440 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });

    insert(b, "floppy0", image);
    dos_types(b, "format a: /autotest\n", "Volume Serial Number is");
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
    dos_types(b, "subst g: a:\\\nlabel g:x\n", "Cannot LABEL a SUBSTed drive");
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

/* ---- FORMAT ---- */

/* An image beside the test's folder, to look at by hand, where BYGONE_KEEP_IMAGES names a folder.
 */
static void keep(const char *name, struct bench_bytes image)
{
    const char *folder = getenv("BYGONE_KEEP_IMAGES");
    char path[256];
    FILE *f;

    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "wb");
    if (f) {
        fwrite(image.data, 1, image.size, f);
        fclose(f);
    }
}

static unsigned word(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

/* The boot sector, the FATs' first bytes and an empty root directory of a diskette of `kb`. */
static void check_empty(struct bench_bytes image, unsigned kb, uint8_t media)
{
    const uint8_t *boot = image.data;
    size_t fat = word(boot + 14) * 512u, length = word(boot + 22) * 512u;

    ck_assert_uint_eq(word(boot + 11), 512);
    ck_assert_uint_eq(word(boot + 19), kb * 2);
    ck_assert_uint_eq(boot[21], media);
    ck_assert_uint_eq(word(boot + 510), 0xaa55);
    for (unsigned i = 0; i < boot[16]; i++) {
        const uint8_t *copy = image.data + fat + i * length;

        ck_assert(copy[0] == media && copy[1] == 0xff && copy[2] == 0xff && !copy[3] && !copy[4]);
    }
    ck_assert(!image.data[fat + boot[16] * length] ||
              image.data[fat + boot[16] * length + 11] == 8); /* a label, if anything */
    for (size_t i = 32; i < 32u * word(boot + 17); i++)
        ck_assert_uint_eq(image.data[fat + boot[16] * length + i], 0);
}

START_TEST(format_makes_diskettes_of_all_sizes)
{
    static const struct {
        unsigned kb;
        uint8_t media;
        const char *name;
    } sizes[] = { { 160, 0xfe, "160" },   { 180, 0xfc, "180" },  { 320, 0xff, "320" },
                  { 360, 0xfd, "360" },   { 720, 0xf9, "720" },  { 1200, 0xf9, "1.2" },
                  { 1440, 0xf0, "1.44" }, { 2880, 0xf0, "2.88" } };
    struct bench *b = dos_start_with((struct bench_setup){
        .memory = 8, .disk_fast = true, .floppy = diskette(2880 * 1024, 0xaa) });

    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct bench_bytes image = diskette(sizes[i].kb * 1024, 0xaa);
        char line[80];

        insert(b, "floppy0", image);
        snprintf(line, sizeof(line), "format a: /u /autotest /v:disk %u /f:%s\n", sizes[i].kb,
                 sizes[i].name);
        dos_types(b, line, "Volume Serial Number is");
        dos_expect(b, "100 percent completed.");
        check_empty(image, sizes[i].kb, sizes[i].media);
        ck_assert_uint_eq(image.data[image.size - 1], 0xf6); /* low-level */
        snprintf(line, sizeof(line), "copy autoexec.bat a:\nif errorlevel 1 echo no\nvol a:\n");
        dos_types(b, line, "is DISK ");
        dos_expect(b, "1 file(s) copied");
        snprintf(line, sizeof(line), "%u.img", sizes[i].kb);
        keep(line, image);
        insert(b, "floppy0", (struct bench_bytes){ NULL, 0 });
        free(image.data);
    }
    free(b->setup.floppy.data);
    dos_stop(b);
}
END_TEST

START_TEST(format_asks_and_finds_out_the_size)
{
    struct bench_bytes image = diskette(720 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });

    insert(b, "floppy0", image);
    dos_types(b, "format a:\n", "and press ENTER when ready...");
    bench_type(b, "\n");
    dos_expect(b, "Formatting 720K");
    dos_expect(b, "Format complete.");
    dos_expect(b, "Volume label (11 characters, ENTER for none)?");
    bench_type(b, "asked\n");
    dos_expect(b, "730,112 bytes available on disk");
    dos_expect(b, "713 allocation units available on disk.");
    dos_expect(b, "Format another (Y/N)?");
    bench_type(b, "n\n");
    dos_types(b, "if not errorlevel 1 echo zero\nvol a:\n", "is ASKED");
    dos_expect(b, "\nzero");
    check_empty(image, 720, 0xf9);
    keep("720-asked.img", image);
    free(image.data);
    dos_stop(b);
}
END_TEST

START_TEST(format_is_quick_where_there_is_a_format)
{
    struct bench_bytes image = diskette(1440 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });

    insert(b, "floppy0", image);
    dos_types(b, "format a: /q\n\n", "cannot be QuickFormatted.");
    dos_expect(b, "Proceed with Unconditional Format (Y/N)?");
    bench_type(b, "n\n");
    dos_expect(b, "Format another (Y/N)?");
    bench_type(b, "n\n");
    dos_types(b, "if errorlevel 5 echo five\n", "\nfive");
    dos_types(b, "format a: /autotest\n", "Formatting 1.44M");
    dos_expect(b, "1,457,664 bytes available on disk");
    image.data[33 * 512 + 7] = 0x5a; /* somewhere in the data */
    dos_types(b, "copy autoexec.bat a:x.bat\nformat a: /q /autotest\n", "QuickFormatting 1.44M");
    dos_expect(b, "1,457,664 bytes available on disk");
    dos_types(b, "dir a:\n", "File not found");
    dos_types(b, "format a: /autotest\n", "Verifying 1.44M");
    dos_expect(b, "2,847 allocation units available on disk.");
    check_empty(image, 1440, 0xf0);
    free(image.data);
    dos_stop(b);
}
END_TEST

START_TEST(format_refuses_what_cannot_be)
{
    struct bench_bytes image = diskette(360 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });
    struct drive *drive = media_drive(machine_board(b->machine)->media, "floppy0");

    dos_types(b, "format c:\n", "Cannot FORMAT a network drive");
    dos_types(b, "if errorlevel 4 echo four\n", "\nfour");
    dos_types(b, "format q:\n", "Invalid drive specification");
    dos_types(b, "format\n", "Required parameter missing");
    dos_types(b, "format a: /f:720 /4\n", "Parameters not compatible");
    dos_types(b, "format a: /t:40\n", "Must enter both /T and /N parameters");
    dos_types(b, "format a: /f:77\n", "Invalid parameter - /F:77");
    dos_types(b, "format a: /s\n", "/S cannot be done");
    dos_types(b, "format a: /x\n", "Invalid switch - /X");
    dos_types(b, "format /?\n", "ERRORLEVEL: 0 done");
    drive_set_media(drive, media_memory_new(image.data, image.size, true));
    dos_types(b, "format a: /u /autotest\n", "Write protect error");
    dos_types(b, "if errorlevel 4 if not errorlevel 5 echo four\n", "\nfour");
    insert(b, "floppy0", image);
    dos_types(b, "format a: /u /f:1.44 /autotest\n", "disk unusable");
    dos_types(b, "format a: /u\n", "and press ENTER");
    bench_type(b, "{ctrl-c}");
    dos_types(b, "if errorlevel 3 if not errorlevel 4 echo three\n", "\nthree");
    dos_types(b, "format a: /t:40 /n:9 /autotest\n", "Formatting 360K");
    dos_expect(b, "362,496 bytes available on disk");
    dos_types(b, "format a: /1 /4 /autotest\n", "Formatting 180K");
    free(image.data);
    dos_stop(b);
}
END_TEST

/* A medium with a sector that cannot be read. */
struct scratched {
    struct media media;
    uint8_t *bytes;
    uint64_t bad;
};

static void scratched_submit(struct media *media, struct media_request *request)
{
    struct scratched *m = (struct scratched *)media;

    if (request->offset <= m->bad && m->bad < request->offset + request->length)
        request->error = EIO;
    else if (request->kind == MEDIA_READ)
        memcpy(request->data, m->bytes + request->offset, request->length);
    else if (request->kind == MEDIA_WRITE)
        memcpy(m->bytes + request->offset, request->data, request->length);
    media_finish(request);
}

static void scratched_drain(struct media *media)
{
    (void)media;
}

static void scratched_close(struct media *media)
{
    free(media);
}

static void insert_scratched(struct bench *b, struct bench_bytes image, unsigned sector)
{
    static const struct media_ops ops = { scratched_submit, scratched_drain, scratched_close,
                                          NULL };
    struct scratched *m = calloc(1, sizeof(*m));

    ck_assert(m != NULL);
    m->media.ops = &ops;
    m->media.size = image.size;
    m->bytes = image.data;
    m->bad = sector * 512u;
    media_hub_on_error(machine_board(b->machine)->media, NULL, NULL); /* not the host's failure */
    drive_set_media(media_drive(machine_board(b->machine)->media, "floppy0"), &m->media);
}

START_TEST(format_marks_bad_sectors)
{
    struct bench_bytes image = diskette(360 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });

    insert_scratched(b, image, 12 + 2 * 10 + 1); /* in cluster 12 */
    dos_types(b, "format a: /u /f:360 /autotest\n", "1,024 bytes in bad sectors");
    dos_expect(b, "353 allocation units available on disk.");
    ck_assert_uint_eq(image.data[512 + 18] | (image.data[512 + 19] & 15) << 8, 0xff7);
    ck_assert_uint_eq(image.data[3 * 512 + 18], 0xf7);
    dos_types(b, "format a: /q /autotest\n", "1,024 bytes in bad sectors");
    insert_scratched(b, image, 1);
    dos_types(b, "format a: /u /f:360 /autotest\n", "disk unusable");
    dos_types(b, "if errorlevel 4 echo four\n", "\nfour");
    dos_stop(b);
    free(image.data);
}
END_TEST

/* A disk with one partition from sector 63 on. */
static struct bench_bytes disk_with_partition(unsigned mb, uint8_t type)
{
    struct bench_bytes disk = diskette(mb * 1024 * 1024, 0);
    uint8_t *p = disk.data + 446;
    unsigned sectors = mb * 2048 - 63;

    p[1] = 1; /* head 1, cylinder 0, sector 1 */
    p[2] = 1;
    p[4] = type;
    p[8] = 63;
    for (unsigned i = 0; i < 4; i++)
        p[12 + i] = (uint8_t)(sectors >> 8 * i);
    disk.data[510] = 0x55;
    disk.data[511] = 0xaa;
    return disk;
}

START_TEST(format_makes_file_systems_of_partitions)
{
    static const struct {
        unsigned mb;
        uint8_t type;
        const char *kind;
    } disks[] = { { 10, 1, "FAT12   " }, { 20, 4, "FAT16   " }, { 40, 6, "FAT16   " } };

    for (unsigned i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        struct bench_bytes disk = disk_with_partition(disks[i].mb, disks[i].type);
        struct bench *b =
            dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true, .disk = disk });
        struct bench_bytes partition = { disk.data + 63 * 512, disk.size - 63 * 512 };
        char name[16];

        dos_types(b, "format d:\n", "WARNING: ALL DATA ON NON-REMOVABLE DISK");
        dos_expect(b, "DRIVE D: WILL BE LOST!");
        dos_expect(b, "Proceed with Format (Y/N)?");
        bench_type(b, "n\n");
        dos_types(b, "if errorlevel 5 echo five\n", "\nfive");
        dos_types(b, "format d:/v:hard\ny\n", "available on disk.");
        dos_types(b, "copy autoexec.bat d:\nvol d:\n", "is HARD");
        dos_expect(b, "1 file(s) copied");
        dos_types(b, "chkdsk d:\nif not errorlevel 1 echo zero\n", "\nzero");
        ck_assert(!memcmp(partition.data + 54, disks[i].kind, 8));
        ck_assert_uint_eq(word(partition.data + 28), 63);
        snprintf(name, sizeof(name), "hard%u.img", disks[i].mb);
        keep(name, partition);
        dos_stop(b);
        free(disk.data);
    }
}
END_TEST

/* ---- CHKDSK ---- */

/* A diskette of 360 KB, and entries of its first FAT and its root. */
enum { FAT_AT = 512, ROOT_AT = 5 * 512, DATA_AT = 12 * 512, CLUSTER = 1024 };

static unsigned fat_at(const uint8_t *image, unsigned copy, unsigned cluster)
{
    unsigned pair = word(image + FAT_AT + copy * 1024 + cluster * 3 / 2);

    return cluster & 1 ? pair >> 4 : pair & 0xfff;
}

static void set_fat(uint8_t *image, unsigned cluster, unsigned value)
{
    for (unsigned copy = 0; copy < 2; copy++) {
        uint8_t *p = image + FAT_AT + copy * 1024 + cluster * 3 / 2;
        unsigned pair = word(p);

        pair = cluster & 1 ? (pair & 0xf) | value << 4 : (pair & 0xf000) | value;
        p[0] = (uint8_t)pair;
        p[1] = (uint8_t)(pair >> 8);
    }
}

static uint8_t *root_entry(uint8_t *image, const char *name)
{
    for (uint8_t *e = image + ROOT_AT; e < image + DATA_AT; e += 32)
        if (!memcmp(e, name, 11))
            return e;
    return NULL;
}

/* Says only that the medium is another one now: DOS reads it anew. */
static void exchange(struct bench *b, struct bench_bytes image)
{
    insert(b, "floppy0", (struct bench_bytes){ NULL, 0 });
    insert(b, "floppy0", image);
}

/* ONE.TXT of 3000 bytes, TWO.TXT of 5, the folder SUB with IN.TXT, all made by our own DOS. */
static struct bench *start_with_files(struct bench_bytes image)
{
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });
    char text[3001];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    dos_put("ONE.TXT", text);
    dos_put("TWO.TXT", "hello");
    insert(b, "floppy0", image);
    dos_types(b, "format a: /u /f:360 /autotest /v:check\n", "Volume Serial Number is");
    dos_types(b,
              "copy one.txt a:\ncopy two.txt a:\nmd a:sub\ncopy two.txt a:sub\\in.txt\n"
              "echo made\n",
              "\nmade");
    return b;
}

START_TEST(chkdsk_reports_a_good_disk)
{
    struct bench_bytes image = diskette(360 * 1024, 0);
    struct bench *b = start_with_files(image);

    dos_types(b, "chkdsk a:\n", "bytes free");
    dos_expect(b, "Volume CHECK       created");
    dos_expect(b, "362,496 bytes total disk space");
    dos_expect(b, "1,024 bytes in 1 directories");
    dos_expect(b, "5,120 bytes in 3 user files");
    dos_expect(b, "356,352 bytes available on disk");
    dos_expect(b, "354 total allocation units on disk");
    dos_expect(b, "348 available allocation units on disk");
    ck_assert(!bench_on_screen(b, "Errors found"));
    dos_types(b, "if not errorlevel 1 echo zero\n", "\nzero");
    dos_types(b, "chkdsk a: /v\n", "A:\\SUB\\IN.TXT");
    dos_expect(b, "Directory A:\\SUB\n");
    dos_types(b, "chkdsk a:*.*\n", "All specified file(s) are contiguous");
    dos_types(b, "chkdsk c:\n", "Cannot CHKDSK a network drive");
    dos_types(b, "chkdsk q:\n", "Invalid drive specification");
    dos_types(b, "chkdsk a: /x\n", "Invalid switch - /X");
    set_fat(image.data, 3, 100); /* ONE.TXT has 2, 3, 4 */
    set_fat(image.data, 4, 0);
    set_fat(image.data, 100, 0xfff);
    exchange(b, image);
    dos_types(b, "chkdsk a:one.*\n", "A:\\ONE.TXT Contains 2 non-contiguous blocks");
    dos_stop(b);
    free(image.data);
}
END_TEST

START_TEST(chkdsk_walks_deep_and_long_directories)
{
    struct bench_bytes image = diskette(360 * 1024, 0);
    struct bench *b = start_with_files(image);

    dos_put("FILL.BAT", "@echo off\r\nmd a:sub\\deep\r\nmd a:sub\\deep\\er\r\n"
                        "for %%f in (0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u "
                        "v w x y z) do copy two.txt a:sub\\deep\\%%f > nul\r\n"
                        "copy two.txt a:sub\\deep\\er\\end > nul\r\n"
                        "copy two.txt a:sub\\last > nul\r\n"
                        "copy two.txt a:very.lst > nul\r\necho filled\r\n");
    dos_types(b, "fill\n", "\nfilled");
    dos_types(b, "chkdsk a: /v > out\nif not errorlevel 1 echo zero\n", "\nzero");
    dos_types(b, "chkdsk a:\n", "bytes free");
    dos_expect(b, "4,096 bytes in 3 directories"); /* one of two clusters */
    dos_expect(b, "in 42 user files");
    {
        struct bench_bytes out = dos_get("OUT");

        ck_assert(out.data != NULL);
        ck_assert(strstr((char *)out.data, "A:\\SUB\\DEEP\\ER\\END\r\n") != NULL);
        ck_assert(strstr((char *)out.data, "A:\\SUB\\DEEP\\Z\r\n") != NULL);
        ck_assert(strstr((char *)out.data, "A:\\SUB\\LAST\r\n") != NULL);
        ck_assert(strstr((char *)out.data, "A:\\VERY.LST\r\n") != NULL);
        free(out.data);
    }
    keep("chkdsk-deep.img", image);
    dos_stop(b);
    free(image.data);
}
END_TEST

START_TEST(chkdsk_finds_and_recovers_lost_chains)
{
    struct bench_bytes image = diskette(360 * 1024, 0);
    struct bench *b = start_with_files(image);
    const uint8_t *e;

    set_fat(image.data, 50, 51);
    set_fat(image.data, 51, 0xfff);
    set_fat(image.data, 60, 61); /* a ring */
    set_fat(image.data, 61, 60);
    memset(image.data + DATA_AT + 48 * CLUSTER, 'L', CLUSTER);
    exchange(b, image);
    dos_types(b, "chkdsk a:\n", "4 lost allocation units found in 1 chains.");
    dos_expect(b, "Errors found, F parameter not specified");
    dos_expect(b, "4,096 bytes disk space would be freed");
    dos_types(b, "if errorlevel 255 echo all\n", "\nall");
    ck_assert_uint_eq(fat_at(image.data, 0, 50), 51);
    dos_types(b, "chkdsk a: /f\n", "Convert lost chains to files (Y/N)?");
    bench_type(b, "y\n");
    dos_expect(b, "4,096 bytes in 2 recovered files");
    e = root_entry(image.data, "FILE0000CHK");
    ck_assert(e && word(e + 26) == 50 && word(e + 28) == 2048);
    ck_assert(root_entry(image.data, "FILE0001CHK") != NULL);
    dos_types(b, "chkdsk a:\nif not errorlevel 1 echo zero\n", "\nzero");
    set_fat(image.data, 70, 0xfff);
    exchange(b, image);
    dos_types(b, "chkdsk a: /f\nn\n", "1,024 bytes disk space freed");
    ck_assert_uint_eq(fat_at(image.data, 0, 70), 0);
    ck_assert_uint_eq(fat_at(image.data, 1, 70), 0);
    keep("chkdsk-lost.img", image);
    dos_stop(b);
    free(image.data);
}
END_TEST

START_TEST(chkdsk_corrects_what_is_wrong)
{
    struct bench_bytes image = diskette(360 * 1024, 0);
    struct bench *b = start_with_files(image);
    uint8_t *two = root_entry(image.data, "TWO     TXT"),
            *sub = root_entry(image.data, "SUB        ");
    uint8_t *dots = image.data + DATA_AT + (word(sub + 26) - 2) * CLUSTER;

    two[28] = 0x88; /* 5000 bytes, where there is one cluster */
    two[29] = 0x13;
    dots[26] = 99;                          /* . */
    dots[32 + 26] = 98;                     /* .. */
    image.data[FAT_AT + 1024 + 30] ^= 0xff; /* the second FAT */
    exchange(b, image);
    dos_types(b, "chkdsk a: /f\n", "bytes free");
    dos_expect(b, "FAT 2 is not what FAT 1 is");
    dos_expect(b, "A:\\TWO.TXT\n   Allocation error, size adjusted");
    dos_expect(b, "A:\\SUB\n   . entry is wrong, corrected");
    dos_expect(b, "   .. entry is wrong, corrected");
    ck_assert_uint_eq(word(two + 28), 1024);
    ck_assert(dots[26] == sub[26] && dots[32 + 26] == 0);
    ck_assert(!memcmp(image.data + FAT_AT, image.data + FAT_AT + 1024, 1024));
    dos_types(b, "chkdsk a:\nif not errorlevel 1 echo zero\n", "\nzero");
    keep("chkdsk-fixed.img", image);
    two[26] = 3; /* in the middle of ONE.TXT */
    exchange(b, image);
    dos_types(b, "chkdsk a:\n", "A:\\ONE.TXT\n   Is cross linked on allocation unit 3");
    dos_expect(b, "A:\\TWO.TXT\n   Is cross linked on allocation unit 3");
    two[26] = 0xe8; /* far behind the end */
    two[27] = 3;
    exchange(b, image);
    dos_types(b, "chkdsk a: /f\nn\n", "First allocation unit is invalid, entry truncated");
    dos_expect(b, "bytes free");
    ck_assert(!word(two + 26) && !word(two + 28));
    memset(dots, 'q', 64);
    exchange(b, image);
    dos_types(b, "chkdsk a: /f\ny\nn\n", "Convert directory to file (Y/N)?");
    dos_expect(b, "bytes free");
    ck_assert(!(sub[11] & 0x10) && word(sub + 28) == 1024);
    dos_types(b, "chkdsk a:\nif not errorlevel 1 echo zero\n", "\nzero");
    dos_stop(b);
    free(image.data);
}
END_TEST

/* ---- MODE ---- */

START_TEST(mode_sets_the_screen)
{
    struct bench *b = dos_start();

    dos_types(b, "mode con cols=40\nmode con\n", "Columns=40");
    dos_types(b, "mode co80,50\nmode con /status\n", "Lines=50");
    dos_expect(b, "Columns=80");
    dos_types(b, "mode con lines=43\nmode con\n", "Lines=43");
    dos_types(b, "mode con lines=25\nmode con\n", "Lines=25");
    dos_types(b, "mode 80\nmode con lines=77\n", "25, 43 or 50 lines are possible");
    dos_types(b, "mode con rate=30 delay=1\nif not errorlevel 1 echo set\n", "\nset");
    dos_types(b, "mode con rate=30\n", "Rate and delay must be specified together");
    dos_types(b, "mode con cp prepare=((850) ega.cpi)\n", "Code page operation not supported");
    dos_types(b, "mode con cp select=437\n", "Code page 437 is active");
    dos_types(b, "mode nothing\n", "Invalid parameter - NOTHING");
    dos_types(b, "mode /?\n", "Configures system devices.");
    dos_types(b, "mode\n", "Status for device CON:");
    dos_stop(b);
}
END_TEST

START_TEST(mode_sets_serial_ports_and_reroutes_printers)
{
    struct bench *b = dos_start();

    dos_types(b, "mode com1:9600,n,8,1\n", "COM1: 9600,n,8,1,-");
    dos_types(b, "mode com1 96\n", "COM1: 9600,e,7,1,-");
    dos_types(b, "mode com1 baud=19 parity=o data=8 stop=2\n", "COM1: 19200,o,8,2,-");
    dos_types(b, "mode com1:1,2\n", "Invalid parameter - 1");
    dos_types(b, "mode com1:115200,n,8,1,x\n", "Invalid parameter - X");
    dos_types(b, "mode com9:96\n", "Illegal device name - COM9");
    dos_types(b, "mode lpt1=com1\n", "Resident portion of MODE loaded");
    dos_expect(b, "LPT1: rerouted to COM1:");
    dos_types(b, "mode lpt1 /status\n", "LPT1: rerouted to COM1:");
    dos_types(b, "mem /m mode\n", "MODE is using the following memory:");
    dos_types(b, "mode lpt1\n", "LPT1: not rerouted");
    dos_types(b, "mode lpt1=com1\n", "LPT1: rerouted to COM1:");
    ck_assert(!bench_on_screen(b, "Resident portion"));
    dos_stop(b);
}
END_TEST

/* ---- DISKCOPY, DISKCOMP ---- */

static struct bench_bytes random_diskette(unsigned kb)
{
    struct bench_bytes image = diskette(kb * 1024, 0);
    uint32_t x = 1;

    for (size_t i = 0; i < image.size; i++) {
        x = x * 1103515245 + 12345;
        image.data[i] = (uint8_t)(x >> 16);
    }
    return image;
}

START_TEST(diskcopy_copies_between_two_drives)
{
    struct bench_bytes from = random_diskette(360), to = diskette(360 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });

    insert(b, "floppy0", from);
    insert(b, "floppy1", to);
    dos_types(b, "diskcopy a: b: /v\n", "Press any key to continue . . .");
    dos_expect(b, "Insert SOURCE diskette in drive A:");
    dos_expect(b, "Insert TARGET diskette in drive B:");
    bench_type(b, " ");
    dos_expect(b, "Copying 40 tracks\n9 sectors per track, 2 side(s)");
    dos_expect(b, "Copy another diskette (Y/N)?");
    ck_assert(!memcmp(from.data, to.data, from.size));
    bench_type(b, "n\n");
    dos_types(b, "if not errorlevel 1 echo zero\n", "\nzero");
    dos_types(b, "diskcomp a: b:\n", "Press any key to continue . . .");
    bench_type(b, " ");
    dos_expect(b, "Compare OK");
    bench_type(b, "n\n");
    to.data[9 * 512 * 5 + 7] ^= 1; /* cylinder 2, side 1 */
    dos_types(b, "diskcomp a: b:\n", "Press any key to continue . . .");
    bench_type(b, " ");
    dos_expect(b, "Compare error on\nside 1, track 2");
    bench_type(b, "n\n");
    dos_types(b, "if errorlevel 1 if not errorlevel 2 echo one\n", "\none");
    dos_types(b, "diskcopy c: a:\n", "does not exist or is non-removable");
    dos_types(b, "if errorlevel 4 echo four\n", "\nfour");
    dos_types(b, "diskcopy a: b: /x\n", "Invalid switch - /X");
    dos_types(b, "diskcopy a: b:\n", "Press any key to continue . . .");
    bench_type(b, "{ctrl-c}");
    dos_types(b, "if errorlevel 2 if not errorlevel 3 echo two\n", "\ntwo");
    drive_set_media(media_drive(machine_board(b->machine)->media, "floppy1"),
                    media_memory_new(to.data, to.size, true));
    dos_types(b, "diskcopy a: b:\n", "Press any key to continue . . .");
    bench_type(b, " ");
    dos_expect(b, "Write protect error");
    bench_type(b, "n\n");
    dos_types(b, "if errorlevel 3 if not errorlevel 4 echo three\n", "\nthree");
    dos_stop(b);
    free(from.data);
    free(to.data);
}
END_TEST

/* What the last line that is not empty begins with; false: something else yet. */
static bool last_line(struct bench *b, const char *text)
{
    char *screen = bench_screen(b), *end = screen + strlen(screen), *line;
    bool is;

    while (end > screen && end[-1] == '\n')
        *--end = 0;
    line = strrchr(screen, '\n');
    is = !strncmp(line ? line + 1 : screen, text, strlen(text));
    free(screen);
    return is;
}

static bool asks(struct bench *b, void *arg)
{
    (void)arg;
    return last_line(b, "Press any key") || last_line(b, "Copy another");
}

/* Which diskette was asked for last? */
static bool wants_target(struct bench *b)
{
    char *screen = bench_screen(b), *last = screen;
    bool target;

    for (char *s = screen; (s = strstr(s, "Insert ")) != NULL; s++)
        last = s;
    target = !strncmp(last, "Insert TARGET", 13);
    free(screen);
    return target;
}

/* More than memory holds: source and target are exchanged in turn. */
START_TEST(diskcopy_asks_for_the_diskettes_of_one_drive)
{
    struct bench_bytes from = diskette(1440 * 1024, 0), to = diskette(1440 * 1024, 0);
    struct bench *b = dos_start_with((struct bench_setup){ .memory = 8, .disk_fast = true });
    enum { PASS_MS = 8000 };
    unsigned asked = 0;

    insert(b, "floppy0", from);
    dos_types(b, "format a: /autotest /v:copied\n", "Volume Serial Number is");
    dos_types(b, "copy autoexec.bat a:\n", "1 file(s) copied");
    from.data[from.size - 1] = 0x77;
    dos_types(b, "diskcopy a: a:\n", "Insert SOURCE diskette in drive A:");
    for (;;) {
        ck_assert(bench_run_while_not(b, asks, NULL, DOS_PATIENCE_MS));
        if (last_line(b, "Copy another"))
            break;
        ck_assert_uint_lt(++asked, 12);
        insert(b, "floppy0", wants_target(b) ? to : from);
        bench_type(b, " ");
        bench_run_ms(b, PASS_MS); /* the question stays on the screen meanwhile */
    }
    ck_assert_uint_ge(asked, 4);
    bench_type(b, "n\n");
    ck_assert(memcmp(from.data + 39, to.data + 39, 4) != 0);
    memcpy(to.data + 39, from.data + 39, 4);
    ck_assert(!memcmp(from.data, to.data, from.size));
    dos_types(b, "vol a:\n", "is COPIED");
    dos_stop(b);
    free(from.data);
    free(to.data);
}
END_TEST

/* ---- what a printer that is a serial port gets ---- */

static char sent[64];
static unsigned sent_count, sent_baud;

static size_t line_write(struct chardev *chr, const uint8_t *data, size_t size)
{
    (void)chr;
    for (size_t i = 0; i < size && sent_count < sizeof(sent) - 1; i++)
        sent[sent_count++] = (char)data[i];
    return size;
}

static void line_set_params(struct chardev *chr, unsigned baud, unsigned data_bits, char parity,
                            unsigned stop_bits)
{
    (void)chr;
    (void)data_bits;
    (void)parity;
    (void)stop_bits;
    sent_baud = baud;
}

static void line_hungry(struct chardev *chr)
{
    (void)chr;
}

START_TEST(a_rerouted_printer_prints_to_its_serial_port)
{
    static struct chardev line = { .write = line_write,
                                   .set_params = line_set_params,
                                   .hungry = line_hungry };
    struct bench *b;

    memset(sent, 0, sizeof(sent));
    sent_count = 0;
    b = dos_start_with((struct bench_setup){ .memory = 8, .serial = &line });
    dos_types(b, "mode com1:115200,n,8,1\n", "COM1: 115200,n,8,1,-");
    ck_assert_uint_eq(sent_baud, 115200);
    dos_types(b, "mode com1:300,n,8,1\n", "COM1: 300,n,8,1,-");
    ck_assert_uint_eq(sent_baud, 300);
    dos_types(b, "mode com1:19,n,8,1,p\n", "COM1: 19200,n,8,1,p");
    ck_assert_uint_eq(sent_baud, 19200);
    dos_types(b, "mode lpt1=com1\necho to the line>lpt1\necho done\n", "\ndone");
    ck_assert_msg(!strcmp(sent, "to the line\r\n"), "%s", sent);
    dos_types(b, "mode com1\n", "Retry=P");
    dos_stop(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("DOS tools for disks");

    CHECK_CASE(suite, "tools", mem_tells_what_memory_there_is,
               the_largest_program_that_mem_tells_is_what_one_gets,
               subst_makes_and_unmakes_a_letter, label_names_and_unnames_a_diskette,
               format_makes_diskettes_of_all_sizes, format_asks_and_finds_out_the_size,
               format_is_quick_where_there_is_a_format, format_refuses_what_cannot_be,
               format_marks_bad_sectors, format_makes_file_systems_of_partitions,
               chkdsk_reports_a_good_disk, chkdsk_walks_deep_and_long_directories,
               chkdsk_finds_and_recovers_lost_chains, chkdsk_corrects_what_is_wrong,
               mode_sets_the_screen, mode_sets_serial_ports_and_reroutes_printers,
               diskcopy_copies_between_two_drives, diskcopy_asks_for_the_diskettes_of_one_drive,
               a_rerouted_printer_prints_to_its_serial_port);
    return dos_bench_main(suite);
}
