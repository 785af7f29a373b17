/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders of the host as drives of DOS: every op on the real bus. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/unit/dos/dos_bench.h"

enum { RW = 2, RO = 0, DENY_NONE = 0x40, DENY_ALL = 0x10, DENY_WRITE = 0x20 };

START_TEST(hello_tells_drives_and_kernel)
{
    static const uint8_t image[200000] = { 1, 2, 3, [70000] = 7 };
    struct dos_bench *b = dos_bench_prepare();
    struct hostdos_hello h;

    b->folders[1] = (struct hostfs_folder){ .drive = 'D', .path = "/usr", .read_only = true };
    b->setup.folder_count = 2;
    b->setup.kernel = image;
    b->setup.kernel_size = sizeof(image);
    b->setup.boot_drive = 'C';
    dos_bench_start(b);
    b->r = (struct hostdos_request){ .op = HOSTDOS_HELLO, .buffer = BUFFER_AT, .len = sizeof(h) };
    ck_assert_uint_eq(dos_ring(b), HOSTDOS_DONE);
    mem_dma_read(b->bench->board->memory, BUFFER_AT, &h, sizeof(h));
    ck_assert_uint_eq(h.code_page, 437);
    ck_assert_uint_eq(h.kernel_size, sizeof(image));
    ck_assert_uint_eq(h.boot_drive, 2);
    ck_assert_uint_eq(h.drives[2], HOSTDOS_FOLDER);
    ck_assert_uint_eq(h.drives[3], HOSTDOS_READ_ONLY);
    ck_assert_uint_eq(h.drives[4], HOSTDOS_NO_DRIVE);
    ck_assert_int_eq(dos_read(b, HOSTDOS_KERNEL, 0, 200000)[2], 3);
    ck_assert_uint_eq(b->r.result, HOSTDOS_MOST); /* the rest comes with the next one */
    ck_assert_int_eq(dos_read(b, HOSTDOS_KERNEL, 70000, 1)[0], 7);
    dos_read(b, HOSTDOS_KERNEL, 199999, 100);
    ck_assert_uint_eq(b->r.result, 1);
    dos_bench_free(b);
}
END_TEST

START_TEST(unknown_requests_are_error_1)
{
    struct dos_bench *b = dos_bench_new();

    ck_assert_uint_eq(bench_in(b->bench, HOSTDOS_SIGNATURE, 4), 0x01594742);
    for (unsigned op = 0; op < 256; op++) {
        if ((op >= HOSTDOS_HELLO && op <= HOSTDOS_END_OWNER) ||
            (op >= HOSTDOS_LOOKUP && op <= HOSTDOS_TRUE_NAME))
            continue;
        b->r = (struct hostdos_request){ .op = (uint8_t)op };
        ck_assert_uint_eq(dos_ring(b), HOSTDOS_DONE);
        ck_assert_uint_eq(b->r.error, 1);
        ck_assert_uint_eq(b->r.class, 7);
    }
    bench_out(b->bench, HOSTDOS_DOORBELL, 0x7ffff000, 4); /* no memory there */
    ck_assert_uint_eq(bench_in(b->bench, HOSTDOS_DOORBELL, 4), HOSTDOS_TOUCH);
    bench_out(b->bench, HOSTDOS_DOORBELL, 0x1fffe0, 4); /* half of it */
    ck_assert_uint_eq(bench_in(b->bench, HOSTDOS_DOORBELL, 4), HOSTDOS_TOUCH);
    dos_bench_free(b);
}
END_TEST

START_TEST(a_file_is_made_written_and_read)
{
    struct dos_bench *b = dos_bench_new();
    uint32_t h = dos_create(b, "C:\\NEW.TXT", 0);

    ck_assert_uint_ne(h, 0);
    ck_assert_uint_eq(b->r.mode, 2);
    ck_assert_str_eq(b->e.name, "NEW.TXT");
    ck_assert_uint_eq(dos_write(b, h, 0, "hello, world"), 0);
    ck_assert_uint_eq(b->r.result, 12);
    ck_assert_str_eq(dos_read(b, h, 7, 100), "world");
    ck_assert_uint_eq(b->r.result, 5);
    ck_assert_str_eq(host_read(b, "NEW.TXT"), "hello, world");
    ck_assert_uint_eq(dos_write(b, h, 20, "far"), 0); /* beyond the end: zeros between */
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_STAT, h, 0, 0), 0);
    mem_dma_read(b->bench->board->memory, BUFFER_AT, &b->e, sizeof(b->e));
    ck_assert_uint_eq(b->e.size, 23);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_SET_SIZE, h, 5, 0), 0);
    ck_assert_str_eq(host_read(b, "NEW.TXT"), "hello");
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_COMMIT, h, 0, 0), 0);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_CLOSE, h, 0, 0), 0);
    dos_handle(b, HOSTDOS_READ, h, 0, 1);
    ck_assert_uint_eq(b->r.error, 6);
    ck_assert_uint_eq(b->status, HOSTDOS_STALE);
    ck_assert_uint_eq(dos_create(b, "C:\\NEW.TXT", HOSTDOS_NEW), 0);
    ck_assert_uint_eq(b->r.error, 0x50);
    h = dos_create(b, "C:\\NEW.TXT", HOSTDOS_KEEP);
    ck_assert_uint_eq(b->r.mode, 1);
    ck_assert_str_eq(dos_read(b, h, 0, 100), "hello");
    dos_handle(b, HOSTDOS_CLOSE, h, 0, 0);
    h = dos_create(b, "C:\\NEW.TXT", 0);
    ck_assert_uint_eq(b->r.mode, 3);
    ck_assert_str_eq(dos_read(b, h, 0, 100), "");
    dos_bench_free(b);
}
END_TEST

START_TEST(what_is_not_there_has_its_error)
{
    struct dos_bench *b = dos_bench_new();

    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "C:\\NONE"), 2);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "C:\\NONE\\FILE"), 3);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "X:\\FILE"), 15);
    ck_assert_uint_eq(dos_open(b, "C:\\NONE", RO), 0);
    ck_assert_uint_eq(b->r.error, 2);
    ck_assert_uint_eq(dos_open(b, "C:\\NONE", 3), 0); /* no such access */
    ck_assert_uint_eq(b->r.error, 0x57);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_DELETE, "C:\\NONE"), 2);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_RMDIR, "C:\\NONE"), 3);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_WRITE, 0xdead1000, 0, 0), 6);
    dos_bench_free(b);
}
END_TEST

START_TEST(folders_are_made_renamed_and_removed)
{
    struct dos_bench *b = dos_bench_new();

    ck_assert_uint_eq(dos_name(b, HOSTDOS_MKDIR, "C:\\DATA"), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_MKDIR, "C:\\DATA"), 5);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "C:\\DATA"), 0);
    ck_assert_uint_eq(b->e.attr, 16);
    ck_assert_uint_ne(dos_create(b, "C:\\DATA\\A.DBF", 0), 0);
    ck_assert_uint_eq(dos_rename(b, "C:\\DATA\\A.DBF", "C:\\B.DBF"), 0x20); /* it is open */
    dos_handle(b, HOSTDOS_CLOSE, b->r.handle, 0, 0);
    b->r = (struct hostdos_request){ .op = HOSTDOS_END_OWNER, .owner = 0x1234 };
    dos_ring(b);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_RMDIR, "C:\\DATA"), 5);
    ck_assert_uint_eq(dos_rename(b, "C:\\DATA\\A.DBF", "C:\\B.DBF"), 0);
    ck_assert_uint_eq(dos_rename(b, "C:\\B.DBF", "D:\\B.DBF"), 0x11);
    ck_assert_uint_eq(dos_rename(b, "C:\\B.DBF", "C:\\DATA"), 5);
    ck_assert_uint_eq(dos_rename(b, "C:\\DATA", "C:\\OLD"), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_RMDIR, "C:\\OLD"), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_DELETE, "C:\\B.DBF"), 0);
    ck_assert_str_eq(dos_dir(b, "C:\\*.*", 0x16, 0), "");
    dos_bench_free(b);
}
END_TEST

START_TEST(searches_go_on_by_cursor_alone)
{
    struct dos_bench *b = dos_bench_new();
    char many[4096] = "";

    host_shell(b, "mkdir SUB; touch B.TXT a.txt ZZ.C; touch SUB/X.Y; i=100; "
                  "while [ $i -lt 300 ]; do touch SUB/F$i.DAT; i=$((i+1)); done");
    ck_assert_str_eq(dos_dir(b, "C:\\*.*", 0, 0), "A.TXT B.TXT ZZ.C ");
    ck_assert_str_eq(dos_dir(b, "C:\\*.TXT", 0, 0), "A.TXT B.TXT ");
    ck_assert_str_eq(dos_dir(b, "C:\\?.*", 0x10, 0), "A.TXT B.TXT ");
    ck_assert_str_eq(dos_dir(b, "C:\\S*", 0x10, 0), "SUB ");
    ck_assert_str_eq(dos_dir(b, "C:\\*.*", 0x08, 0), "BYGONE ");
    ck_assert_str_eq(dos_dir(b, "C:\\SUB\\*.", 0x10, 0), ". .. ");
    strcpy(many, dos_dir(b, "C:\\SUB\\F*.*", 0, 0));
    ck_assert_uint_eq(strlen(many), 200 * 9);
    /* Files that go while they are searched: DEL *.* */
    b->r = (struct hostdos_request){ .attr = 0 };
    dos_name_flags(b, HOSTDOS_FIND_FIRST, "C:\\SUB\\*.*", 0);
    for (unsigned n = 0; n < 201; n++) {
        struct hostdos_entry e = b->e;
        char name[32];

        ck_assert_uint_eq(b->r.error, 0);
        snprintf(name, sizeof(name), "C:\\SUB\\%s", e.name);
        ck_assert_uint_eq(dos_name(b, HOSTDOS_DELETE, name), 0);
        b->r = (struct hostdos_request){ .pos = e.cursor };
        dos_name_flags(b, HOSTDOS_FIND_NEXT, "C:\\SUB\\*.*", 0);
    }
    ck_assert_uint_eq(b->r.error, 0x12);
    dos_bench_free(b);
}
END_TEST

START_TEST(long_and_other_names_have_short_ones)
{
    struct dos_bench *b = dos_bench_new();
    char first[512], second[512];

    host_shell(b,
               "echo one > 'a long name.text'; echo two > readme.txt; echo three > README.TXT; "
               "echo dev > con.txt; touch .hidden; printf 'x' > \"$(printf '\\303\\274ber.txt')\"");
    strcpy(first, dos_dir(b, "C:\\*.*", 0, 0));
    ck_assert_ptr_nonnull(strstr(first, "ALON#"));
    ck_assert_ptr_nonnull(strstr(first, " README.TXT "));
    ck_assert_ptr_nonnull(strstr(first, "READ#"));
    ck_assert_ptr_nonnull(strstr(first, "CON#"));
    ck_assert_ptr_nonnull(strstr(first, "HIDD#"));
    ck_assert_ptr_nonnull(strstr(first, "\x9a"
                                        "BER.TXT"));
    ck_assert_str_eq(dos_read(b, dos_open(b, "C:\\README.TXT", RO), 0, 99), "three\n");
    host_shell(b, "touch zzz");
    strcpy(second, dos_dir(b, "C:\\ALON*.*", 0, 0)); /* never by the order of creation */
    ck_assert_ptr_nonnull(strstr(first, second));
    ck_assert_str_eq(dos_dir(b, "C:\\a long*.*", 0, HOSTDOS_LONG), "a long name.text ");
    b->r = (struct hostdos_request){ .len = 300 };
    ck_assert_uint_eq(dos_name_flags(b, HOSTDOS_TRUE_NAME, "C:\\A long name.TEXT", HOSTDOS_LONG),
                      0);
    ck_assert_uint_eq(memcmp(&b->e, "C:\\ALON#", 8), 0);
    b->r = (struct hostdos_request){ .len = 300 };
    snprintf(first, sizeof(first), "C:\\%.*s", (int)strcspn(second, " "), second);
    ck_assert_uint_eq(dos_name_flags(b, HOSTDOS_LONG_NAME, first, 0), 0);
    ck_assert_str_eq((const char *)&b->e, "C:\\a long name.text");
    dos_bench_free(b);
}
END_TEST

START_TEST(nothing_escapes_the_folder)
{
    static const char *const names[] = {
        "C:\\..\\ETC\\PASSWD",
        "C:\\..",
        "C:\\.",
        "C:\\OUT",
        "C:\\OUT\\PASSWD",
        "C:\\ABS",
        "C:\\A/B",
        "C:\\/ETC",
        "C:/ETC",
        "\\\\HOST\\SHARE\\X",
        "C:\\PIPE",
        "C:\\NULL",
        "C:\\PROC",
        "C:\\UP\\X",
        "C:\\LOOP",
        "C:\\..\\..\\..\\TMP",
        "C:\\SUB\\..",
        "C:\\SUB\\.\\X",
        "C:",
        "",
        "C:X",
        "C:\\\\X",
        "c:\\x",
        "C:\\NUL",
        "C:\\CON.TXT",
    };
    struct dos_bench *b = dos_bench_new();
    char longest[400];

    host_shell(b, "mkdir SUB; ln -s /etc OUT; ln -s /etc/passwd ABS; mkfifo PIPE; ln -s /dev/null "
                  "NULL; ln -s /proc/self/root PROC; ln -s .. UP; ln -s LOOP LOOP; ln -s SUB IN; "
                  "echo in > SUB/F; ln -s SUB/F LINK");
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (unsigned flags = 0; flags <= HOSTDOS_LONG; flags += HOSTDOS_LONG) {
            b->r = (struct hostdos_request){ .mode = RO };
            ck_assert_msg(dos_name_flags(b, HOSTDOS_OPEN, names[i], flags) != 0, "%s", names[i]);
            b->r = (struct hostdos_request){ .mode = RW };
            if (i < 5 || i > 16)
                continue;
            ck_assert_msg(dos_name_flags(b, HOSTDOS_CREATE, names[i], flags) != 0, "%s", names[i]);
        }
    }
    memset(longest, 'A', sizeof(longest));
    memcpy(longest, "C:\\", 3);
    longest[sizeof(longest) - 1] = 0;
    ck_assert_uint_eq(dos_name(b, HOSTDOS_OPEN, longest), 3); /* no end within HOSTDOS_NAME */
    ck_assert_str_eq(dos_read(b, dos_open(b, "C:\\LINK", RO), 0, 9),
                     "in\n"); /* links within: yes */
    ck_assert_str_eq(dos_read(b, dos_open(b, "C:\\IN\\F", RO), 0, 9), "in\n");
    ck_assert_str_eq(dos_dir(b, "C:\\*.*", 0x16, 0), "IN LINK SUB ");
    ck_assert_uint_eq(dos_name(b, HOSTDOS_DELETE, "C:\\ABS"), 0); /* the link, not the file */
    ck_assert_int_eq(access("/etc/passwd", F_OK), 0);
    dos_bench_free(b);
}
END_TEST

START_TEST(read_only_stays_as_it_is)
{
    struct dos_bench *b = dos_bench_prepare(), *ro;

    dos_bench_start(b);
    host_write(b, "F.TXT", "text");
    ro = dos_bench_prepare();
    ro->folders[0].path = b->folder;
    ro->folders[0].read_only = true;
    dos_bench_start(ro);
    ck_assert_str_eq(dos_read(ro, dos_open(ro, "C:\\F.TXT", RO), 0, 9), "text");
    ck_assert_uint_eq(dos_handle(ro, HOSTDOS_LOCK, ro->r.handle, 1000000001, 1), 0);
    ck_assert_uint_eq(dos_open(ro, "C:\\F.TXT", RW), 0);
    ck_assert_uint_eq(ro->r.error, 5);
    ck_assert_uint_eq(dos_create(ro, "C:\\NEW", 0), 0);
    ck_assert_uint_eq(dos_create(ro, "C:\\F.TXT", 0), 0);
    ck_assert_uint_eq(dos_name(ro, HOSTDOS_DELETE, "C:\\F.TXT"), 5);
    ck_assert_uint_eq(dos_name(ro, HOSTDOS_MKDIR, "C:\\D"), 5);
    ck_assert_uint_eq(dos_rename(ro, "C:\\F.TXT", "C:\\G.TXT"), 5);
    /* The attribute of one file */
    b->r = (struct hostdos_request){ .attr = 1 };
    ck_assert_uint_eq(dos_name_flags(b, HOSTDOS_SET_ATTR, "C:\\F.TXT", 0), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "C:\\F.TXT"), 0);
    ck_assert_uint_eq(b->e.attr & 1, 1);
    ck_assert_uint_eq(dos_open(b, "C:\\F.TXT", RW), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_DELETE, "C:\\F.TXT"), 5);
    b->r = (struct hostdos_request){ .attr = 0 };
    ck_assert_uint_eq(dos_name_flags(b, HOSTDOS_SET_ATTR, "C:\\F.TXT", 0), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_DELETE, "C:\\F.TXT"), 0);
    dos_bench_free(ro);
    dos_bench_free(b);
}
END_TEST

START_TEST(times_survive_the_close)
{
    struct dos_bench *b = dos_bench_new();
    uint32_t h = dos_create(b, "C:\\T", 0);
    uint16_t time = 13 << 11 | 37 << 5 | 21, date = (1994 - 1980) << 9 | 6 << 5 | 1;

    dos_write(b, h, 0, "x");
    b->r =
        (struct hostdos_request){ .op = HOSTDOS_SET_TIME, .handle = h, .time = time, .date = date };
    dos_ring(b);
    ck_assert_uint_eq(b->r.error, 0);
    dos_handle(b, HOSTDOS_CLOSE, h, 0, 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "C:\\T"), 0);
    ck_assert_uint_eq(b->e.time, time);
    ck_assert_uint_eq(b->e.date, date);
    dos_bench_free(b);
}
END_TEST

START_TEST(locks_are_those_of_dos)
{
    struct dos_bench *b = dos_bench_new(), *other = dos_bench_beside(b);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 100, .l_len = 10 };
    char path[128];
    uint32_t h, h2, h3;
    int fd;

    host_write(b, "L.DBF", "0123456789");
    h = dos_open(b, "C:\\L.DBF", RW | DENY_NONE);
    h2 = dos_open(b, "C:\\L.DBF", RW | DENY_NONE);
    h3 = dos_open(other, "C:\\L.DBF", RW | DENY_NONE);
    ck_assert(h && h2 && h3);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 0, 5), 0);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 4, 5), 0x21); /* its own overlap */
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h2, 2, 1), 0x21);
    ck_assert_uint_eq(dos_handle(other, HOSTDOS_LOCK, h3, 2, 1), 0x21);
    ck_assert_str_eq(dos_read(b, h, 0, 5), "01234");
    ck_assert_str_eq(dos_read(b, h2, 0, 5), "!21");
    ck_assert_str_eq(dos_read(other, h3, 3, 5), "!21");
    ck_assert_str_eq(dos_read(other, h3, 5, 5), "56789");
    ck_assert_uint_eq(dos_write(other, h3, 4, "x"), 0x21);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_UNLOCK, h, 0, 4), 0x21); /* must match */
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_UNLOCK, h2, 0, 5), 0x21);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_UNLOCK, h, 0, 5), 0);
    ck_assert_uint_eq(dos_handle(other, HOSTDOS_LOCK, h3, 0x3b9aca01, 1), 0); /* 10^9 + 1 */
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 0x3b9aca01, 1), 0x21);
    ck_assert_uint_eq(dos_handle(other, HOSTDOS_CLOSE, h3, 0, 0), 0);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 0x3b9aca01, 1), 0);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 7, 0), 0x21);
    /* Another program */
    snprintf(path, sizeof(path), "%s/L.DBF", b->folder);
    fd = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 105, 1), 0x21);
    close(fd);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_LOCK, h, 105, 1), 0);
    dos_bench_free(other);
    dos_bench_free(b);
}
END_TEST

START_TEST(share_modes_hold_between_machines)
{
    /* Rows: how it is open (access, deny); columns: who comes.  Source: the table of SHARE in the
     * MS-DOS Programmer's Reference, "Opening a file for sharing". */
    static const unsigned modes[] = { 0x10, 0x11, 0x12, 0x20, 0x21, 0x22,
                                      0x30, 0x31, 0x32, 0x40, 0x41, 0x42 };
    struct dos_bench *b = dos_bench_new(), *other = dos_bench_beside(b);

    host_write(b, "S", "x");
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned k = 0; k < 12; k++) {
            unsigned a = modes[i] & 7, d = modes[i] >> 4, a2 = modes[k] & 7, d2 = modes[k] >> 4;
            unsigned reads = a == 0 ? 1 : a == 1 ? 2 : 3, reads2 = a2 == 0 ? 1 : a2 == 1 ? 2 : 3;
            unsigned denies = d == 1 ? 3 : d == 2 ? 2 : d == 3 ? 1 : 0;
            unsigned denies2 = d2 == 1 ? 3 : d2 == 2 ? 2 : d2 == 3 ? 1 : 0;
            bool may = !(reads & denies2) && !(reads2 & denies);
            uint32_t h = dos_open(b, "C:\\S", modes[i]), h2 = dos_open(other, "C:\\S", modes[k]);

            ck_assert_uint_ne(h, 0);
            ck_assert_msg((h2 != 0) == may, "%02x then %02x", modes[i], modes[k]);
            if (!may)
                ck_assert_uint_eq(other->r.error, 0x20);
            if (h2)
                dos_handle(other, HOSTDOS_CLOSE, h2, 0, 0);
            dos_handle(b, HOSTDOS_CLOSE, h, 0, 0);
        }
    }
    dos_bench_free(other);
    dos_bench_free(b);
}
END_TEST

START_TEST(share_dos_keeps_other_machines_out)
{
    struct dos_bench *b = dos_bench_prepare(), *other;
    uint32_t h, h2;

    b->setup.share = HOSTFS_SHARE_DOS;
    dos_bench_start(b);
    other = dos_bench_beside(b);
    host_write(b, "S", "x");
    h = dos_open(b, "C:\\S", RW);
    h2 = dos_open(b, "C:\\S", RW); /* one's own go together */
    ck_assert(h && h2);
    ck_assert_uint_eq(dos_open(other, "C:\\S", RO), 0);
    ck_assert_uint_eq(other->r.error, 0x20);
    dos_handle(b, HOSTDOS_CLOSE, h2, 0, 0);
    ck_assert_uint_eq(dos_open(other, "C:\\S", RO), 0);
    dos_handle(b, HOSTDOS_CLOSE, h, 0, 0);
    ck_assert_uint_ne(dos_open(other, "C:\\S", RO), 0);
    dos_bench_free(other);
    dos_bench_free(b);
}
END_TEST

START_TEST(a_folder_inside_a_drive)
{
    struct dos_bench *inner = dos_bench_new(), *b = dos_bench_prepare();

    host_write(inner, "IN.TXT", "inside");
    b->folders[1] = (struct hostfs_folder){ .drive = 'C', .at = "LEDGER", .path = inner->folder };
    b->setup.folder_count = 2;
    dos_bench_start(b);
    host_write(b, "OUT.TXT", "outside");
    ck_assert_str_eq(dos_dir(b, "C:\\*.*", 0x10, 0), "LEDGER OUT.TXT ");
    ck_assert_str_eq(dos_dir(b, "C:\\LEDGER\\*.*", 0x10, 0), ". .. IN.TXT ");
    ck_assert_str_eq(dos_read(b, dos_open(b, "C:\\LEDGER\\IN.TXT", RO), 0, 9), "inside");
    ck_assert_uint_eq(dos_name(b, HOSTDOS_LOOKUP, "C:\\LEDGER"), 0);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_RMDIR, "C:\\LEDGER"), 5);
    ck_assert_uint_eq(dos_rename(b, "C:\\OUT.TXT", "C:\\LEDGER\\OUT.TXT"), 0x11);
    dos_bench_free(b);
    dos_bench_free(inner);
}
END_TEST

START_TEST(a_reset_drops_everything)
{
    struct dos_bench *b = dos_bench_new(), *other = dos_bench_beside(b);
    uint32_t h;

    host_write(b, "F", "text");
    h = dos_open(b, "C:\\F", RW | DENY_ALL);
    ck_assert_uint_eq(dos_open(other, "C:\\F", RO | DENY_NONE), 0);
    board_reset(b->bench->board, RESET_HARD);
    dos_read(b, h, 0, 4);
    ck_assert_uint_eq(b->status, HOSTDOS_STALE);
    ck_assert_uint_ne(dos_open(other, "C:\\F", RO | DENY_NONE), 0);
    dos_bench_free(other);
    dos_bench_free(b);
}
END_TEST

START_TEST(space_and_volume)
{
    struct dos_bench *b = dos_bench_new();
    struct hostdos_space space;
    struct hostdos_volume volume;

    ck_assert_uint_eq(dos_name(b, HOSTDOS_SPACE, "C:\\"), 0);
    memcpy(&space, &b->e, sizeof(space));
    ck_assert_uint_gt(space.clusters, 0);
    ck_assert_uint_ge(space.clusters, space.free_clusters);
    ck_assert_uint_lt((uint64_t)space.clusters * space.bytes_per_sector * space.sectors_per_cluster,
                      2000000000u);
    ck_assert_uint_eq(dos_name(b, HOSTDOS_VOLUME, "C:\\"), 0);
    memcpy(&volume, &b->e, sizeof(volume));
    ck_assert_str_eq(volume.label, "BYGONE");
    b->r = (struct hostdos_request){ 0 };
    ck_assert_uint_eq(dos_name_flags(b, HOSTDOS_VOLUME, "C:\\", HOSTDOS_SET), 5);
    dos_bench_free(b);
}
END_TEST

START_TEST(texts_are_utf8_outside_and_the_code_page_inside)
{
    struct dos_bench *b = dos_bench_prepare();
    char out[64] = "", in[64];
    int from[2], to[2];

    ck_assert(!pipe2(from, O_CLOEXEC) && !pipe2(to, O_CLOEXEC));
    b->setup.text_out = from[1];
    b->setup.text_in = to[0];
    dos_bench_start(b);
    mem_dma_write(b->bench->board->memory, BUFFER_AT, "M\x81ll\r\n\x07", 7);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_TEXT_OUT, 0, 0, 7), 0);
    ck_assert_int_eq(read(from[0], out, sizeof(out) - 1), 6);
    ck_assert_str_eq(out, "M\xc3\xbcll\n");
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_TEXT_IN, 0, 0, 10), 0);
    ck_assert_uint_eq(b->r.result, 0); /* none now */
    ck_assert_int_eq(write(to[1], "\xc3\x84x\n", 4), 4);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_TEXT_IN, 0, 0, 10), 0);
    ck_assert_uint_eq(b->r.result, 3);
    mem_dma_read(b->bench->board->memory, BUFFER_AT, in, 3);
    ck_assert_int_eq(memcmp(in, "\x8ex\r", 3), 0);
    close(to[1]);
    ck_assert_uint_eq(dos_handle(b, HOSTDOS_TEXT_IN, 0, 0, 10), 0x26); /* at the end */
    dos_bench_free(b);
    close(from[0]);
    close(from[1]);
    close(to[0]);
}
END_TEST

/* A table of NLS as bytes; its length. */
static unsigned nls(struct dos_bench *b, unsigned table, unsigned page, unsigned country,
                    uint8_t out[512])
{
    b->r = (struct hostdos_request){ .op = HOSTDOS_NLS,
                                     .mode = (uint16_t)table,
                                     .pos = page,
                                     .handle = country,
                                     .len = 512,
                                     .buffer = BUFFER_AT };
    dos_ring(b);
    mem_dma_read(b->bench->board->memory, BUFFER_AT, out, b->r.result);
    return b->r.error ? 0 : b->r.result;
}

START_TEST(tables_of_countries_and_code_pages)
{
    static const unsigned pages[] = { 437, 737, 775, 850, 852, 855, 857, 858,
                                      860, 861, 862, 863, 864, 865, 866, 869 };
    struct dos_bench *b = dos_bench_new();
    uint8_t t[512];

    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_UPPER, 437, 1, t), 128);
    ck_assert_uint_eq(t[0x81 - 0x80], 0x9a); /* u umlaut */
    ck_assert_uint_eq(t[0xa0 - 0x80], 'A');  /* a acute, which has no capital there */
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_UPPER, 866, 7, t), 128);
    ck_assert_uint_eq(t[0xa0 - 0x80], 0x80);
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_COLLATE, 437, 1, t), 256);
    ck_assert_uint_eq(t['a'], 'A');
    ck_assert_uint_eq(t[0x84], 'A');
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_COUNTRY, 437, 49, t), 34);
    ck_assert_uint_eq(t[0], 1); /* day, month, year */
    ck_assert_str_eq((const char *)t + 2, "DM");
    ck_assert_uint_eq(t[9], ',');
    ck_assert_uint_eq(t[0x11], 1); /* 24 hours */
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_COUNTRY, 437, 999, t), 0);
    ck_assert_uint_eq(b->r.error, 2);
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_UNICODE, 858, 1, t), 256);
    ck_assert_uint_eq(t[2 * 0x55] | t[2 * 0x55 + 1] << 8, 0x20ac); /* the euro */
    for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        ck_assert_uint_eq(nls(b, HOSTDOS_NLS_FILE_UPPER, pages[i], 1, t), 128);
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_UPPER, 1252, 1, t), 0);
    dos_bench_free(b);
}
END_TEST

START_TEST(korean_names_are_pairs_of_bytes)
{
    struct dos_bench *b = dos_bench_prepare();
    uint8_t t[512];

    b->setup.code_page = 949;
    dos_bench_start(b);
    ck_assert_uint_eq(nls(b, HOSTDOS_NLS_LEAD_BYTES, 0, 82, t), 4);
    ck_assert_uint_eq(t[0], 0x81);
    host_write(b, "\xec\x9e\xa5\xeb\xb6\x80.DAT", "won"); /* two syllables: four bytes in DOS */
    ck_assert_str_eq(dos_dir(b, "C:\\*.*", 0, 0), "\xc0\xe5\xba\xce.DAT ");
    ck_assert_str_eq(dos_read(b, dos_open(b, "C:\\\xc0\xe5\xba\xce.DAT", RO), 0, 9), "won");
    ck_assert_uint_ne(dos_create(b, "C:\\\xba\xce.NEW", 0), 0);
    ck_assert_ptr_nonnull(host_read(b, "\xeb\xb6\x80.NEW"));
    dos_bench_free(b);
}
END_TEST

START_TEST(what_another_machine_has_open_stays)
{
    struct dos_bench *b = dos_bench_new(), *other = dos_bench_beside(b);
    uint32_t h = dos_create(b, "C:\\LEDGER.DBF", 0);

    ck_assert_uint_ne(h, 0);
    ck_assert_uint_eq(dos_name(other, HOSTDOS_DELETE, "C:\\LEDGER.DBF"), 0x20);
    ck_assert_uint_eq(dos_rename(other, "C:\\LEDGER.DBF", "C:\\X"), 0x20);
    dos_handle(b, HOSTDOS_CLOSE, h, 0, 0);
    ck_assert_uint_eq(dos_rename(other, "C:\\LEDGER.DBF", "C:\\X"), 0);
    ck_assert_uint_eq(dos_name(other, HOSTDOS_DELETE, "C:\\X"), 0);
    dos_bench_free(other);
    dos_bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("folders as drives");

    CHECK_CASE(suite, "requests", hello_tells_drives_and_kernel, unknown_requests_are_error_1,
               a_reset_drops_everything, texts_are_utf8_outside_and_the_code_page_inside,
               tables_of_countries_and_code_pages, korean_names_are_pairs_of_bytes);
    CHECK_CASE(suite, "files", a_file_is_made_written_and_read, what_is_not_there_has_its_error,
               read_only_stays_as_it_is, times_survive_the_close, space_and_volume);
    CHECK_CASE(suite, "names", folders_are_made_renamed_and_removed, searches_go_on_by_cursor_alone,
               long_and_other_names_have_short_ones, nothing_escapes_the_folder,
               a_folder_inside_a_drive);
    CHECK_CASE(suite, "locks", locks_are_those_of_dos, share_modes_hold_between_machines,
               share_dos_keeps_other_machines_out, what_another_machine_has_open_stays);
    return check_main(suite);
}
