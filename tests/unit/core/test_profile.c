/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved machines as files: what is accepted, what is said about the rest. */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "profiles/profile.h"
#include "tests/check_main.h"

static char *folder, *file;
static GPtrArray *problems, *warnings;

static void start(void)
{
    folder = g_dir_make_tmp("bygone-profile-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
    g_setenv("XDG_DATA_HOME", folder, TRUE);
    file = g_build_filename(folder, "m.bygone", NULL);
    problems = g_ptr_array_new_with_free_func(g_free);
    warnings = g_ptr_array_new_with_free_func(g_free);
}

static void remove_file(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_unlink(path);
}

static void end(void)
{
    remove_file("m.bygone");
    remove_file("a.img");
    ck_assert_int_eq(g_rmdir(folder), 0); /* nothing else was left */
    g_free(folder);
    g_free(file);
    g_ptr_array_unref(problems);
    g_ptr_array_unref(warnings);
}

static struct profile *load(const char *machine, const char *rest)
{
    g_autofree char *text = g_strdup_printf("# mine\n[Machine]\nFormatVersion=1\n"
                                            "Uuid=f9ea2a41-5f0a-4a94-8d2c-1d2a3a1f0c11\n%s%s",
                                            machine, rest);

    ck_assert(g_file_set_contents(file, text, -1, NULL));
    g_ptr_array_set_size(problems, 0);
    g_ptr_array_set_size(warnings, 0);
    return profile_load(file, problems, warnings);
}

static bool said(const GPtrArray *list, const char *text)
{
    for (unsigned i = 0; i < list->len; i++)
        if (strstr(list->pdata[i], text))
            return true;
    return false;
}

static void refused(const char *machine, const char *rest, const char *sentence)
{
    struct profile *p = load(machine, rest);

    ck_assert_msg(!p, "accepted: %s%s", machine, rest);
    ck_assert_uint_eq(problems->len, 1);
    ck_assert_msg(said(problems, sentence), "%s: %s", machine, (char *)problems->pdata[0]);
    ck_assert(!strchr(problems->pdata[0], '\n'));
}

static char *image(const char *name, size_t size)
{
    char *path = g_build_filename(folder, name, NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
    close(fd);
    return path;
}

START_TEST(sizes_have_units)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = { { "0", 0 },
                 { "512", 512 },
                 { "640K", 655360 },
                 { "16M", 16u << 20 },
                 { "16m", 16u << 20 },
                 { "2G", 2ull << 30 },
                 { "18446744073709551615", UINT64_MAX } };
    static const char *const bad[] = {
        "", "M", "-1", "1.5M", "16MB", "16 M", " 16", "+16", "99999999999G", "18446744073709551616"
    };
    uint64_t bytes;

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        ck_assert_msg(profile_parse_size(good[i].text, &bytes), "%s", good[i].text);
        ck_assert_uint_eq(bytes, good[i].bytes);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        ck_assert_msg(!profile_parse_size(bad[i], &bytes), "%s", bad[i]);
}
END_TEST

START_TEST(what_is_not_said_has_a_default)
{
    struct profile *p = load("", "");

    ck_assert_msg(p != NULL, "%s", problems->len ? (char *)problems->pdata[0] : "");
    ck_assert_str_eq(p->name, "m");
    ck_assert_str_eq(p->board, "pc-pci-v1");
    ck_assert_uint_eq(p->memory, 16u << 20);
    ck_assert_str_eq(p->cpu, "486");
    ck_assert_str_eq(p->engine, "auto");
    ck_assert_str_eq(p->boot, "ac");
    ck_assert(p->disk_fast && !p->debug_exit);
    ck_assert_ptr_null(p->floppy[0].file);
    ck_assert(g_str_has_suffix(p->folder, "/m.d"));
    profile_free(p);
}
END_TEST

START_TEST(each_mistake_is_one_sentence_with_its_line)
{
    refused("Board=none\n", "", "line 5: Board");
    refused("Notes=x\nMemory=lots\n", "", "line 6: Memory");
    refused("Memory=0\n", "", "Memory");
    refused("Memory=1537K\n", "", "whole megabytes");
    refused("Memory=3G\n", "", "1M to 2G");
    refused("Cpu=8086\n", "", "486, Pentium, PentiumII");
    refused("Engine=fast\n", "", "auto, kvm, own, translate, interpret");
    refused("Speed=slow\n", "", "Speed");
    refused("Notes=x\nSpeed=386-33\n", "", "line 6: Speed");
    refused("Speed=0.01\n", "", "386DX-33");
    refused("Boot=x\n", "", "Boot");
    refused("Boot=\n", "", "Boot");
    refused("DebugExit=perhaps\n", "", "true or false");
    refused("Clock=noon\n", "", "Clock");
    refused("Clock=offset:soon\n", "", "Clock");
    refused("Clock=frozen:\n", "", "line 5: Clock");
    refused("DiskSpeed=0\n", "", "DiskSpeed");
    refused("", "[Disk 0]\n", "no File");
    refused("", "[Serial 2]\nTarget=nowhere\n", "line 6: Target");
    refused("", "[Vnc]\nPort=high\n", "line 6: Port");
    refused("", "[Vnc]\nPort=65536\n", "auto, or a number");
    refused("", "[Vnc]\nWeb=x\n", "line 6: Web");
    refused("", "[Vnc]\nClipboard=on\n", "off, type");
    refused("", "[Vnc]\nListen=0.0.0.0\n", "line 6: Listen");
    refused("", "[Vnc]\nListen=::\nTls=true\n", "PasswordFile");
    refused("", "[Vnc]\nTls=no\nPasswordFile=x\nListen=10.0.0.1\n", "line 8: Listen");
}
END_TEST

START_TEST(vnc_is_as_its_group_says)
{
    struct profile *p = load("", "");

    ck_assert(p && !p->vnc.present);
    profile_free(p);
    p = load("", "[Vnc]\n");
    ck_assert(p && p->vnc.present && !p->vnc.tls && !p->vnc.clipboard);
    ck_assert_int_eq(p->vnc.port, -1);
    ck_assert_str_eq(p->vnc.listen, "localhost");
    profile_free(p);
    p = load("", "[Vnc]\nListen=::\nTls=true\nPasswordFile=pw\nPort=0\nUnix=/run/x\nWeb=5800\n"
                 "Clipboard=type\n");
    ck_assert_msg(p != NULL, "%s", problems->len ? (char *)problems->pdata[0] : "");
    ck_assert(p->vnc.tls && p->vnc.clipboard && p->vnc.port == 0 && p->vnc.web == 5800);
    ck_assert(g_str_has_suffix(p->vnc.password_file, "/pw") && p->vnc.password_file[0] == '/');
    ck_assert_str_eq(p->vnc.unix_path, "/run/x");
    profile_free(p);
}
END_TEST

START_TEST(clocks_have_many_forms)
{
    static const struct {
        const char *text;
        enum profile_clock clock;
        int64_t value;
        int years;
    } good[] = { { "host", CLOCK_HOST, 0, 0 },
                 { "utc", CLOCK_UTC, 0, 0 },
                 { "offset:3600", CLOCK_OFFSET, 3600, 0 },
                 { "offset:+3600", CLOCK_OFFSET, 3600, 0 },
                 { "offset:-2y", CLOCK_OFFSET, 0, -2 },
                 { "offset:-1y10d12h30m5s", CLOCK_OFFSET, -(10 * 86400 + 12 * 3600 + 1805), -1 },
                 { "fixed:1991-05-06T12:00", CLOCK_FIXED, 673531200, 0 },
                 { "fixed:1970-01-01", CLOCK_FIXED, 0, 0 },
                 { "frozen:1999-12-31T23:59:59", CLOCK_FROZEN, 946684799, 0 } };
    static const char *const bad[] = { "",
                                       "now",
                                       "offset:",
                                       "offset:-",
                                       "offset:1.5h",
                                       "offset:y",
                                       "offset:3x",
                                       "offset:--3",
                                       "offset:+ 3",
                                       "offset:99999y",
                                       "offset:9999999999999999999999",
                                       "offset:999999999999d",
                                       "fixed:",
                                       "fixed:1969-12-31",
                                       "fixed:1991-13-01",
                                       "fixed:1991-02-30T00:00",
                                       "fixed:1991-05-06T12:00Z",
                                       "fixed:1991-05-06T12:00:00+02:00",
                                       "fixed:1991-05-06 12:00",
                                       "frozen:tomorrow",
                                       "frozen" };
    struct profile p = { 0 };

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        ck_assert_msg(profile_parse_clock(good[i].text, &p), "%s", good[i].text);
        ck_assert_int_eq(p.clock, good[i].clock);
        ck_assert_int_eq(p.clock_value, good[i].value);
        ck_assert_int_eq(p.clock_years, good[i].years);
        ck_assert(profile_clock_follows(&p) == (p.clock < CLOCK_FIXED));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        ck_assert_msg(!profile_parse_clock(bad[i], &p), "%s", bad[i]);
}
END_TEST

/* The host's clock may tick between two looks at it. */
static void near(const char *text, int64_t wanted)
{
    struct profile p = { 0 };
    int64_t wall;

    ck_assert(profile_parse_clock(text, &p));
    wall = (int64_t)profile_wall(&p);
    ck_assert_msg(wall >= wanted && wall < wanted + 600, "%s: %lld, not %lld", text,
                  (long long)wall, (long long)wanted);
}

START_TEST(the_wall_clock_of_a_guest)
{
    g_autoptr(GDateTime) now = NULL, ago = NULL;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    int64_t real;

    g_setenv("TZ", "<+05>-5", TRUE); /* five hours east */
    now = g_date_time_new_now_utc();
    real = g_date_time_to_unix(now);
    ago = g_date_time_add_years(now, -20);
    near("utc", real);
    near("host", real + 5 * 3600);
    near("offset:-1h", real + 4 * 3600);
    near("offset:-20y", g_date_time_to_unix(ago) + 5 * 3600);
    near("offset:-7000y", 0); /* a PC has no time before 1970 */
    near("offset:-800000d", 0);
    near("offset:7000y2500000d", 253402300799ll);
    near("fixed:1991-05-06T12:00", 673531200);
    near("frozen:1991-05-06T12:00", 673531200);
}
END_TEST

START_TEST(ports_are_connected_to_what_is_named)
{
    static const char *const good[][2] = {
        { "none", "none" },
        { "stdio", "stdio" },
        { "pty", "pty" },
        { "file:out.txt", "file:/dir/out.txt" },
        { "file:/abs", "file:/abs" },
        { "tty:/dev/ttyS0", "tty:/dev/ttyS0" },
        { "tcp:host.example:23", "tcp:host.example:23" },
        { "tcp:[::1]:65535", "tcp:[::1]:65535" },
        { "tcp-listen:2000", "tcp-listen:2000" },
        { "tcp-listen:0.0.0.0:2000", "tcp-listen:0.0.0.0:2000" },
        { "unix:s", "unix:/dir/s" },
        { "unix-listen:../s", "unix-listen:/s" },
    };
    static const char *const bad[] = {
        "",        "file:",      "tcp:2000",  "tcp:host:",      "tcp:host:0",  "tcp:host:65536",
        "tcp::23", "tcp:::1:23", "tcp:[]:23", "tcp:a b:23",     "tcp-listen:", "tcp-listen:x",
        "unix:",   "tty:",       "stdio:",    "pty:/dev/pts/1", "folder:/tmp"
    };
    const char *accepted;

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *t = profile_target(false, good[i][0], "/dir", false, &accepted);

        ck_assert_msg(t && !strcmp(t, good[i][1]), "%s became %s", good[i][0], t);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        ck_assert_msg(!profile_target(false, bad[i], "/dir", false, &accepted), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(accepted, "tcp-listen:[HOST:]PORT"));
    }
    {
        g_autofree char *plain = profile_target(false, "a:b.txt", "/dir", true, &accepted);
        g_autofree char *spool = profile_target(true, "folder:prints", "/dir", false, &accepted);
        g_autofree char *path = g_strnfill(200, 'x');
        g_autofree char *socket = g_strconcat("unix:", path, NULL);

        ck_assert_str_eq(plain, "file:/dir/a:b.txt");
        ck_assert_str_eq(spool, "folder:/dir/prints");
        ck_assert_ptr_null(profile_target(false, "tcp:x", "/dir", true, &accepted));
        ck_assert_ptr_null(profile_target(true, "stdio", "/dir", false, &accepted));
        ck_assert_ptr_null(profile_target(false, socket, "/dir", false, &accepted));
    }
    ck_assert_uint_eq(profile_parse_seconds("10s"), 10);
    ck_assert_uint_eq(profile_parse_seconds("10"), 10);
    ck_assert_uint_eq(profile_parse_seconds("5m"), 300);
    ck_assert_uint_eq(profile_parse_seconds("60m"), 3600);
    ck_assert_uint_eq(profile_parse_seconds("61m"), 0);
    ck_assert_uint_eq(profile_parse_seconds("0s"), 0);
    ck_assert_uint_eq(profile_parse_seconds("99999999999999999999s"), 0);
    ck_assert_uint_eq(profile_parse_seconds("soon"), 0);
    ck_assert_uint_eq(profile_parse_seconds("10 s"), 0);
}
END_TEST

START_TEST(mistakes_of_ports_are_sentences)
{
    struct profile *p;

    refused("", "[Serial 1]\nTarget=tcp:x\n", "line 6: Target in [Serial 1] is \"tcp:x\"");
    refused("", "[Serial 1]\nPort=3f4\n", "line 6: Port");
    refused("", "[Serial 1]\nPort=3c0\n", "multiple of 8");
    refused("", "[Serial 1]\nPort=many\n", "Port");
    refused("", "[Serial 1]\nIrq=6\n", "accepted is 3, 4, 5, 7, 10, 11.");
    refused("", "[Serial 1]\nSpeed=slow\n", "line, fast");
    refused("", "[Parallel 1]\nTarget=pty\n", "none, file:PATH or folder:PATH");
    refused("", "[Parallel 2]\nJobEnds=never\n", "1s to 3600s");
    refused("", "[Parallel 2]\nPort=0x3be\n", "0x378, 0x278, 0x3bc");
    p = load("", "[Serial 1]\nTarget=tcp-listen:1234\nPort=0x2e0\nIrq=5\nSpeed=fast\n"
                 "[Parallel 3]\nTarget=folder:/tmp\nJobEnds=1m\n");
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(p->serial[0].port, 0x2e0);
    ck_assert_uint_eq(p->serial[0].irq, 5);
    ck_assert(p->serial[0].fast && p->serial[0].present && !p->serial[1].present);
    ck_assert_uint_eq(p->parallel[2].job_seconds, 60);
    ck_assert_str_eq(p->parallel[2].target, "folder:/tmp");
    profile_free(p);
}
END_TEST

/* What profile_check_ports says; "" for nothing. */
static void checked(const char *groups, const char *sentence)
{
    struct profile *p = load("", groups);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);

    ck_assert_ptr_nonnull(p);
    profile_check_ports(p, found);
    ck_assert_uint_eq(found->len, sentence[0] ? 1 : 0);
    if (found->len)
        ck_assert_msg(strstr(found->pdata[0], sentence) != NULL, "%s", (char *)found->pdata[0]);
    profile_free(p);
}

START_TEST(ports_are_checked_against_the_host_and_each_other)
{
    checked("[Serial 1]\nTarget=stdio\n[Serial 2]\nTarget=pty\n", "");
    checked("[Serial 1]\nTarget=stdio\n[Serial 2]\nTarget=stdio\n",
            "Serial 1 and Serial 2 are both connected to stdio");
    checked("[Serial 1]\nPort=2f8\n[Serial 2]\nTarget=none\n",
            "Serial 1 and Serial 2 are both at port 0x2f8");
    checked("[Serial 2]\nPort=3f8\n", "Serial 1 and Serial 2 are both at port 0x3f8");
    checked("[Serial 3]\nPort=278\n[Parallel 2]\n", "Serial 3 and Parallel 2 are both");
    checked("[Serial 1]\nTarget=tty:/no/port\n", "the serial port /no/port cannot be used");
    checked("[Serial 1]\nTarget=tty:/etc/passwd\n", "is no serial port");
    checked("[Serial 1]\nTarget=file:/no/folder/x\n", "/no/folder/x cannot be written");
    checked("[Serial 1]\nTarget=file:/tmp\n", "is a folder, not a file");
    checked("[Serial 1]\nTarget=unix-listen:/no/folder/s\n", "no socket can be made in");
    checked("[Parallel 1]\nTarget=folder:/no/folder\n", "there is no folder /no/folder");
}
END_TEST

START_TEST(all_mistakes_come_at_once)
{
    ck_assert_ptr_null(load("Board=none\nMemory=99999T\nCpu=Z80\n", "[Floppy A]\nFile=gone.img\n"
                                                                    "[Disk 0]\nFile=away.img\n"));
    ck_assert_uint_eq(problems->len, 5);
    ck_assert(said(problems, "Board") && said(problems, "Memory") && said(problems, "Cpu"));
    ck_assert(said(problems, "gone.img") && said(problems, "away.img"));
}
END_TEST

START_TEST(a_file_that_is_no_profile_is_refused)
{
    static const char *const texts[] = { "", "nonsense", "[Other]\nA=1\n", "[Machine\n",
                                         "\xff\xfe" };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        ck_assert(g_file_set_contents(file, texts[i], -1, NULL));
        g_ptr_array_set_size(problems, 0);
        ck_assert_ptr_null(profile_load(file, problems, NULL));
        ck_assert_uint_eq(problems->len, 1);
    }
    g_unlink(file);
    g_ptr_array_set_size(problems, 0);
    ck_assert_ptr_null(profile_load(file, problems, NULL));
    ck_assert_uint_eq(problems->len, 1);
}
END_TEST

START_TEST(what_is_not_known_is_a_warning)
{
    struct profile *p = load("Colour=blue\n", "[Sound]\nCard=none\n");

    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(warnings->len, 2);
    ck_assert(said(warnings, "line 5") && said(warnings, "Colour") && said(warnings, "[Sound]"));
    profile_free(p);
}
END_TEST

/* The manual's keys of a group: lines ".BI Key= ..." or ".B Key=..." below a heading that names it.
 */
static char *manual_keys(const char *manual, const char *group)
{
    g_auto(GStrv) lines = g_strsplit(manual, "\n", -1);
    g_autofree char *name = g_strdup_printf("[%s]", group);
    GString *keys = g_string_new("|");
    bool inside = false;

    for (unsigned i = 0; lines[i]; i++) {
        g_autofree char *line = g_strdelimit(g_strdup(lines[i]), "\"", ' ');
        char *equals = strchr(line, '=');
        char *key = g_str_has_prefix(line, ".BI ") ? line + 4 : line + 3;

        if (g_str_has_prefix(line, ".S"))
            inside = strstr(line, name) != NULL;
        if (!inside || !equals ||
            (!g_str_has_prefix(line, ".BI ") && !g_str_has_prefix(line, ".B ")))
            continue;
        *equals = 0;
        g_string_append_printf(keys, "%s|", g_strstrip(key));
    }
    return g_string_free(keys, FALSE);
}

START_TEST(the_manual_has_every_key_and_no_other)
{
    g_autofree char *manual = NULL;
    const char *group, *known;

    ck_assert_msg(g_file_get_contents(TEST_MANUAL, &manual, NULL, NULL), "%s", TEST_MANUAL);
    for (unsigned n = 0; profile_known(n, &group, &known); n++) {
        g_autofree char *described = manual_keys(manual, group);
        g_autofree char *list = g_strdup_printf("|%s|", known);
        g_auto(GStrv) keys = g_strsplit(known, "|", -1), words = NULL;

        for (unsigned i = 0; keys[i]; i++) {
            g_autofree char *word = g_strdup_printf("|%s|", keys[i]);

            ck_assert_msg(strstr(described, word), "%s in [%s] is not in the manual", keys[i],
                          group);
        }
        words = g_strsplit(described, "|", -1);
        for (unsigned i = 0; words[i]; i++) {
            g_autofree char *word = g_strdup_printf("|%s|", words[i]);

            ck_assert_msg(!*words[i] || strstr(list, word), "%s in [%s] is only in the manual",
                          words[i], group);
        }
    }
}
END_TEST

START_TEST(images_are_checked_for_size_and_use)
{
    g_autofree char *path = image("a.img", 1474560);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct profile *p = load("", "[Floppy A]\nFile=a.img\n");
    int fd;

    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->floppy[0].file, path);
    ck_assert(profile_check_images(p, problems));
    fd = open(path, O_RDWR | O_CLOEXEC);
    ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
    ck_assert(!profile_check_images(p, problems));
    ck_assert(said(problems, "in use by another machine"));
    g_ptr_array_set_size(problems, 0);
    ck_assert_int_eq(ftruncate(fd, 1474561), 0);
    close(fd);
    ck_assert(!profile_check_images(p, problems));
    ck_assert(said(problems, "1474561 bytes"));
    profile_free(p);
}
END_TEST

START_TEST(a_new_profile_is_a_good_one_and_replaces_none)
{
    g_autofree char *path = image("a.img", 1474560), *problem = NULL;
    struct profile_new what = { .floppy = { path }, .serial = "stdio", .debug_exit = true };
    g_autofree char *text = NULL;
    struct profile *p;
    uint64_t disk;

    for (const struct profile_template *t = profile_templates; t->id; t++) {
        what.template_id = t->id;
        g_unlink(file);
        ck_assert_msg(profile_create(file, &what, &problem), "%s", problem);
        p = profile_load(file, problems, warnings);
        ck_assert_msg(p != NULL, "%s: %s", t->id, problems->len ? (char *)problems->pdata[0] : "");
        ck_assert_uint_eq(warnings->len, 0);
        ck_assert_str_eq(p->cpu, t->cpu);
        ck_assert(profile_parse_size(t->disk, &disk) && disk >= 1u << 20);
        ck_assert(p->serial[0].present && p->serial[1].present == (t->serials > 1));
        ck_assert_str_eq(p->floppy[0].file, path);
        ck_assert_str_eq(p->serial[0].target, "stdio");
        ck_assert(p->debug_exit && profile_check_images(p, problems));
        profile_free(p);
    }
    ck_assert(g_file_get_contents(file, &text, NULL, NULL));
    ck_assert_ptr_nonnull(strstr(text, "File=a.img\n")); /* beside it: relative */
    ck_assert(!profile_create(file, &what, &problem));
    ck_assert_ptr_nonnull(problem);
}
END_TEST

START_TEST(a_kernel_is_named_with_what_belongs_to_it)
{
    g_autofree char *path = image("a.img", 5000), *problem = NULL;
    struct profile_new what = { .template_id = "other",
                                .kernel = path,
                                .initrd = path,
                                .cmdline = "root=/dev/sda1 quote=\\\"x\\\"" };
    struct profile *p = load("", "[Kernel]\nKernel=a.img\nInitrd=a.img\nCmdline=quiet panic=1\n");

    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->kernel, path);
    ck_assert_str_eq(p->initrd, path);
    ck_assert_str_eq(p->cmdline, "quiet panic=1");
    ck_assert(profile_check_images(p, problems));
    profile_free(p);
    p = load("", "");
    ck_assert(!p->kernel && !p->initrd && p->cmdline);
    profile_free(p);
    refused("", "[Kernel]\nInitrd=a.img\n", "line 5: [Kernel] has no Kernel=");
    p = load("", "[Kernel]\nKernel=gone\nInitrd=.\n");
    ck_assert_ptr_nonnull(p);
    ck_assert(!profile_check_images(p, problems));
    ck_assert(said(problems, "Kernel= names") && said(problems, "gone, which cannot be opened"));
    ck_assert(said(problems, "which is not a file"));
    profile_free(p);
    g_unlink(file);
    ck_assert_msg(profile_create(file, &what, &problem), "%s", problem);
    g_ptr_array_set_size(problems, 0);
    p = profile_load(file, problems, NULL);
    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->cmdline, what.cmdline);
    ck_assert_str_eq(p->kernel, path);
    profile_free(p);
}
END_TEST

static void write_at(const char *path, off_t at, const char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
    close(fd);
}

START_TEST(cd_drives_have_an_image_and_a_position)
{
    g_autofree char *iso = image("a.img", 80 * 512);
    struct profile *p;
    char name[16];

    write_at(iso, 32768, "\1CD001", 6);
    p = load("Boot=dca\n", "[Cdrom]\nImage=a.img\n[Cdrom 2]\nImage=\nPosition=primary-slave\n");
    ck_assert_ptr_nonnull(p);
    ck_assert_str_eq(p->cdrom[0].file, iso);
    ck_assert_uint_eq(p->cdrom[0].position, 2);
    ck_assert(p->cdrom[1].present && !p->cdrom[1].file);
    ck_assert_uint_eq(p->cdrom[1].position, 1);
    profile_cdrom_name(p, 0, name);
    ck_assert_str_eq(name, "cdrom1"); /* by position */
    profile_cdrom_name(p, 1, name);
    ck_assert_str_eq(name, "cdrom0");
    ck_assert(profile_check_images(p, problems));
    profile_free(p);
    p = load("", "[Disk 2]\nFile=a.img\n[Cdrom]\nImage=a.img\n");
    ck_assert_uint_eq(p->cdrom[0].position, 3); /* where there is room */
    profile_free(p);
    refused("", "[Disk 2]\nFile=a.img\n[Cdrom]\nPosition=secondary-master\n", "is taken");
    refused("", "[Cdrom]\nPosition=tertiary\n", "line 6: Position in [Cdrom] is \"tertiary\"");
    write_at(iso, 32768, "\1XX001", 6);
    p = load("", "[Cdrom]\nImage=a.img\n");
    ck_assert(!profile_check_images(p, problems));
    ck_assert(said(problems, "not one of a CD"));
    profile_free(p);
}
END_TEST

START_TEST(folders_are_drives_of_dos)
{
    g_autofree char *here = g_build_filename(folder, ".", NULL);
    struct profile *p = load("", "[Dos]\nBoot=yes\nCodePage=850\nCountry=49\nShare=dos\n"
                                 "NameCase=lower\nStartup=C:\\\\LEDGER.EXE 1994\nEnds=yes\n"
                                 "[Folder C]\nPath=.\n[Folder C\\LEDGER]\nPath=/usr\n"
                                 "ReadOnly=yes\n");

    ck_assert_msg(p != NULL, "%s", problems->len ? (char *)problems->pdata[0] : "");
    ck_assert_uint_eq(warnings->len, 0);
    ck_assert(p->dos.present && p->dos.boot && p->dos.ends && !p->dos.text && p->dos.lower_case);
    ck_assert_uint_eq(p->dos.code_page, 850);
    ck_assert_uint_eq(p->dos.country, 49);
    ck_assert_int_eq(p->dos.share, SHARE_DOS);
    ck_assert_str_eq(p->dos.startup, "C:\\LEDGER.EXE 1994");
    ck_assert_uint_eq(p->dos.folders, 2);
    ck_assert_str_eq(p->dos.folder[0].path, here);
    ck_assert_int_eq(p->dos.folder[1].drive, 'C');
    ck_assert_str_eq(p->dos.folder[1].at, "LEDGER");
    ck_assert(p->dos.folder[1].read_only && !p->dos.folder[0].read_only);
    profile_free(p);
    p = load("", "");
    ck_assert(!p->dos.present && !p->dos.boot && p->dos.code_page == 437 && p->dos.country == 1);
    profile_free(p);
    refused("", "[Dos]\nCodePage=1252\n", "CodePage in [Dos] is \"1252\"");
    refused("", "[Dos]\nShare=maybe\n", "Share in [Dos]");
    refused("", "[Folder c]\nPath=.\n", "line 5: [Folder c] is no drive");
    refused("", "[Folder Z]\nPath=.\n", "[Folder Z] is no drive");
    refused("", "[Folder C]\nReadOnly=yes\n", "[Folder C] has no Path=");
    refused("", "[Folder D\\X]\nPath=.\n", "add [Folder D]");
    refused("Memory=1\n", "[Folder C]\nPath=.\n", "Memory");
}
END_TEST

START_TEST(how_a_machine_ends_is_its_owners_choice)
{
    static const struct {
        const char *text;
        enum profile_terminate means;
    } choices[] = { { "", TERMINATE_SAVE },
                    { "OnTerminate=save\n", TERMINATE_SAVE },
                    { "OnTerminate=shutdown\n", TERMINATE_SHUTDOWN },
                    { "OnTerminate=off\n", TERMINATE_OFF } };

    for (unsigned i = 0; i < G_N_ELEMENTS(choices); i++) {
        struct profile *p = load(choices[i].text, "");

        ck_assert_ptr_nonnull(p);
        ck_assert_int_eq(p->on_terminate, choices[i].means);
        profile_free(p);
    }
    refused("OnTerminate=never\n", "", "accepted is save, shutdown, off");
}
END_TEST

START_TEST(geometry_is_one_key_or_three)
{
    g_autofree char *disk = image("a.img", 41820 * 512);
    struct profile *p = load("", "[Disk 0]\nFile=a.img\nGeometry=615/4/17\n");

    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(p->disk[0].cylinders, 615);
    ck_assert_uint_eq(p->disk[0].heads, 4);
    ck_assert_uint_eq(p->disk[0].sectors, 17);
    profile_free(p);
    refused("", "[Disk 0]\nFile=a.img\nGeometry=615/4\n", "such as 615/4/17");
    refused("", "[Disk 0]\nFile=a.img\nGeometry=615/256/17\n", "up to 65535/255/63");
    refused("", "[Disk 0]\nFile=a.img\nGeometry=0/4/17\n", "line 7: Geometry");
    refused("", "[Disk 0]\nFile=a.img\nGeometry=1/1/1\nCylinders=1\nHeads=1\nSectors=1\n",
            "give one of them");
}
END_TEST

START_TEST(limits_of_old_systems_are_explained)
{
    static const struct {
        uint64_t mb;
        unsigned sentences;
        const char *last;
    } cases[] = { { 504, 0, NULL },       { 505, 1, "504 MB" },  { 3000, 2, "2 GB" },
                  { 9000, 3, "INT 13h" }, { 40000, 4, "32 GB" }, { 131072, 4, "32 GB" },
                  { 131073, 5, "128 GB" } };
    g_autofree char *disk = image("a.img", 512);
    struct profile *p = load("", "[Disk 0]\nFile=a.img\n");

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        ck_assert_int_eq(truncate(disk, (off_t)(cases[i].mb << 20)), 0);
        g_ptr_array_set_size(warnings, 0);
        profile_explain_disks(p, warnings);
        ck_assert_uint_eq(warnings->len, cases[i].sentences);
        if (cases[i].last)
            ck_assert_ptr_nonnull(strstr(warnings->pdata[warnings->len - 1], cases[i].last));
    }
    ck_assert_int_eq(truncate(disk, 41820 * 512), 0);
    write_at(disk, 0, "\xeb\x3c\x90MSDOS5.0\0\2\4\1\0\2\0\2\0\0\xf8\x20\0\x11\0\4", 27);
    g_ptr_array_set_size(warnings, 0);
    profile_explain_disks(p, warnings);
    ck_assert_uint_eq(warnings->len, 1);
    ck_assert(said(warnings, "4 heads and 17 sectors by its file system"));
    profile_free(p);
}
END_TEST

START_TEST(a_name_is_looked_for_in_the_library)
{
    g_autofree char *problem = NULL, *none = profile_find("no-such", false, &problem);
    g_autofree char *by_path = NULL, *library = profile_library(), *new_one = NULL;

    ck_assert_ptr_null(none);
    ck_assert_ptr_nonnull(strstr(problem, "no-such"));
    ck_assert(g_str_has_prefix(library, folder));
    profile_free(load("", ""));
    by_path = profile_find(file, false, &problem);
    ck_assert_str_eq(by_path, file);
    new_one = profile_find("fresh", true, &problem);
    ck_assert(g_str_has_prefix(new_one, library) && g_str_has_suffix(new_one, "/fresh.bygone"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        sizes_have_units,
        what_is_not_said_has_a_default,
        each_mistake_is_one_sentence_with_its_line,
        vnc_is_as_its_group_says,
        clocks_have_many_forms,
        the_wall_clock_of_a_guest,
        ports_are_connected_to_what_is_named,
        mistakes_of_ports_are_sentences,
        ports_are_checked_against_the_host_and_each_other,
        all_mistakes_come_at_once,
        a_file_that_is_no_profile_is_refused,
        what_is_not_known_is_a_warning,
        the_manual_has_every_key_and_no_other,
        images_are_checked_for_size_and_use,
        a_new_profile_is_a_good_one_and_replaces_none,
        a_kernel_is_named_with_what_belongs_to_it,
        folders_are_drives_of_dos,
        how_a_machine_ends_is_its_owners_choice,
        cd_drives_have_an_image_and_a_position,
        geometry_is_one_key_or_three,
        limits_of_old_systems_are_explained,
        a_name_is_looked_for_in_the_library,
    };
    Suite *suite = suite_create("profiles");
    TCase *tcase = tcase_create("profile");

    tcase_add_checked_fixture(tcase, start, end);
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
