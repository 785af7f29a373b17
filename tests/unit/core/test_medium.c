/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A medium written into a profile: nothing else of the text changes. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiles/profile.h"
#include "tests/check_main.h"

#define HEAD                                                                                       \
    "# The old ledger; ask Ann\n[Machine]\nFormatVersion=1\nName = Ledger\nBoard=pc-pci-v1\n"      \
    "Uuid=3c5bd0a5-3a0e-4f1c-8d64-1d9c6d3c5b11\n\n"

static char folder[] = "/tmp/bygone-medium-XXXXXX";

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

/* What a profile of that text is after a medium was written into it. */
static char *after(const char *text, const char *drive, const char *file, bool read_only)
{
    g_autofree char *path = in_folder("m.bygone"), *problem = NULL;
    char *result = NULL;

    ck_assert(g_file_set_contents(path, text, -1, NULL));
    ck_assert_msg(profile_keep_medium(path, drive, file, read_only, &problem), "%s", problem);
    ck_assert(g_file_get_contents(path, &result, NULL, NULL));
    return result;
}

#define AFTER(text, drive, file, read_only, wanted)                                                \
    do {                                                                                           \
        g_autofree char *got = after(text, drive, file, read_only);                                \
        ck_assert_str_eq(got, wanted);                                                             \
    } while (0)

START_TEST(the_line_is_replaced_and_nothing_else)
{
    g_autofree char *beside = in_folder("two.img"), *deep = in_folder("a/b.img");

    AFTER(HEAD "[Floppy A]\n# disk one\nFile = one.img\nMine=x\n\n[Notes]\nFile=1\n", "floppy0",
          beside, false, HEAD "[Floppy A]\n# disk one\nFile=two.img\nMine=x\n\n[Notes]\nFile=1\n");
    AFTER(HEAD "[Floppy A]\nFile=one.img\nReadOnly=true\n", "floppy0", deep, false,
          HEAD "[Floppy A]\nFile=a/b.img\n");
    AFTER(HEAD "[Floppy A]\nFile=one.img\n", "floppy0", "/elsewhere/x.img", true,
          HEAD "[Floppy A]\nFile=/elsewhere/x.img\nReadOnly=true\n");
    AFTER(HEAD "[Cdrom]\r\nImage=one.iso\r\n", "cdrom0", " odd\\name.iso", true,
          HEAD "[Cdrom]\r\nImage=\\sodd\\\\name.iso\n");
}
END_TEST

START_TEST(what_is_not_there_is_added_and_taken_out)
{
    AFTER(HEAD "[Disk 0]\nFile=d.img", "floppy1", "/b.img", false,
          HEAD "[Disk 0]\nFile=d.img\n\n[Floppy B]\nFile=/b.img\n");
    AFTER(HEAD "[Cdrom]\n# empty\n\n[Disk 0]\nFile=d.img\n", "cdrom0", "/c.iso", true,
          HEAD "[Cdrom]\nImage=/c.iso\n# empty\n\n[Disk 0]\nFile=d.img\n");
    AFTER(HEAD "[Cdrom]\nImage=c.iso\n[Floppy A]\nFile=a\nFile=b\nReadOnly=true\n", "floppy0", NULL,
          false, HEAD "[Cdrom]\nImage=c.iso\n[Floppy A]\n");
    AFTER(HEAD "[Floppy A]\nFile=a\n", "floppy1", NULL, false, HEAD "[Floppy A]\nFile=a\n");
    AFTER(HEAD "[Cdrom]", "cdrom0", "/c.iso", true, HEAD "[Cdrom]\nImage=/c.iso\n");
    /* a group that is there twice: one line is left */
    AFTER(HEAD "[Floppy A]\nFile=a\n[Notes]\nFile=n\n[Floppy A]\nFile=b\nMine=1\n", "floppy0", "/x",
          false, HEAD "[Floppy A]\nFile=/x\n[Notes]\nFile=n\n[Floppy A]\nMine=1\n");
    AFTER(HEAD "[Floppy A]\nMine=1\n[Notes]\n[Floppy A]\nFile=b\n", "floppy0", NULL, false,
          HEAD "[Floppy A]\nMine=1\n[Notes]\n[Floppy A]\n");
    /* the second drive of the profile is the first by position */
    AFTER(HEAD "[Cdrom]\nImage=c.iso\nPosition=secondary-slave\n[Cdrom 2]\nImage=e.iso\n"
               "Position=secondary-master\n",
          "cdrom0", "/n.iso", true,
          HEAD "[Cdrom]\nImage=c.iso\nPosition=secondary-slave\n[Cdrom 2]\nImage=/n.iso\n"
               "Position=secondary-master\n");
}
END_TEST

START_TEST(a_link_stays_one_and_permissions_too)
{
    g_autofree char *path = in_folder("m.bygone"), *link = in_folder("l.bygone"), *problem = NULL;
    g_autofree char *text = NULL;
    struct stat st;

    unlink(link);
    ck_assert(g_file_set_contents(path, HEAD, -1, NULL));
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_int_eq(symlink("m.bygone", link), 0);
    ck_assert(profile_keep_medium(link, "floppy0", "/x.img", false, &problem));
    ck_assert_int_eq(lstat(link, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0640);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, HEAD "\n[Floppy A]\nFile=/x.img\n");
    unlink(link);
}
END_TEST

START_TEST(what_cannot_be_is_one_sentence)
{
    g_autofree char *path = in_folder("m.bygone"), *text = NULL;
    const char *wrong[][2] = { { "cdrom0", "/x.iso" }, { "tape", "/x" }, { "floppy0", "/\xff" } };

    ck_assert(g_file_set_contents(path, HEAD, -1, NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *problem = NULL;

        ck_assert(!profile_keep_medium(path, wrong[i][0], wrong[i][1], false, &problem));
        ck_assert_uint_gt(strlen(problem), 10);
        ck_assert_ptr_null(strchr(problem, '\n'));
    }
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, HEAD);
    unlink(path);
    {
        g_autofree char *problem = NULL;

        ck_assert(!profile_keep_medium(path, "floppy0", "/x.img", false, &problem));
        ck_assert_ptr_nonnull(strstr(problem, "m.bygone"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("medium");
    int code;

    CHECK_CASE(suite, "profile", the_line_is_replaced_and_nothing_else,
               what_is_not_there_is_added_and_taken_out, a_link_stays_one_and_permissions_too,
               what_cannot_be_is_one_sentence);
    if (!mkdtemp(folder))
        return 1;
    code = check_main(suite);
    rmdir(folder);
    return code;
}
