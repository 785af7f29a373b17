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
    refused("Engine=fast\n", "", "auto, kvm, own, interpret");
    refused("Speed=slow\n", "", "Speed");
    refused("Boot=x\n", "", "Boot");
    refused("Boot=\n", "", "Boot");
    refused("DebugExit=perhaps\n", "", "true or false");
    refused("Clock=noon\n", "", "Clock");
    refused("Clock=offset:soon\n", "", "Clock");
    refused("DiskSpeed=0\n", "", "DiskSpeed");
    refused("", "[Disk 0]\n", "no File");
    refused("", "[Serial 2]\nTarget=nowhere\n", "line 6: Target");
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

    for (const struct profile_template *t = profile_templates; t->id; t++) {
        what.template_id = t->id;
        g_unlink(file);
        ck_assert_msg(profile_create(file, &what, &problem), "%s", problem);
        p = profile_load(file, problems, warnings);
        ck_assert_msg(p != NULL, "%s: %s", t->id, problems->len ? (char *)problems->pdata[0] : "");
        ck_assert_uint_eq(warnings->len, 0);
        ck_assert_str_eq(p->cpu, t->cpu);
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
        all_mistakes_come_at_once,
        a_file_that_is_no_profile_is_refused,
        what_is_not_known_is_a_warning,
        images_are_checked_for_size_and_use,
        a_new_profile_is_a_good_one_and_replaces_none,
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
