/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine process that has been taken over (hijack.c): what it tries is refused or is its end.
 * Each attempt is made twice, the second time without confinement, where those that this host
 * allows anybody succeed: so an attempt that could never succeed is not taken for a defence.
 *
 * test_confine HIJACKED-MACHINE
 */
#include <dirent.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check_main.h"

enum { REFUSED = 42, DONE = 43 };

static const char *machine;
static char *dir, *profile, *own, *other, *shared, *guarded;

static void write_file(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    if (!g_file_set_contents(path, text, -1, NULL))
        abort();
}

/* Two folders of the host as drives of DOS, the second read-only; links lead out of the first. */
static void share_folders(void)
{
    g_autofree char *out = g_build_filename(shared, "link", NULL);
    g_autofree char *out_folder = g_build_filename(shared, "folders", NULL);

    g_mkdir(shared, 0700);
    g_mkdir(guarded, 0700);
    write_file(shared, "mine", "guest's\n");
    write_file(guarded, "kept", "kept\n");
    if (symlink("../other/victim", out) || symlink("../other", out_folder))
        abort();
    write_file(
        dir, "folders.bygone",
        "[Machine]\nFormatVersion=1\nUuid=5a2d7f46-3f43-4d38-9f53-6d0f7b1f1a02\nMemory=1M\n"
        "OnTerminate=off\n[Folder C]\nPath=shared\n[Folder D]\nPath=guarded\nReadOnly=yes\n");
}

static void start(void)
{
    g_autofree char *empty = NULL, *run = NULL;
    g_autofree char *pid = g_strdup_printf("%d", (int)getpid());

    dir = g_dir_make_tmp("bygone-confine-XXXXXX", NULL);
    profile = g_build_filename(dir, "m.bygone", NULL);
    own = g_build_filename(dir, "m.d", NULL);
    other = g_build_filename(dir, "other", NULL);
    shared = g_build_filename(dir, "shared", NULL);
    guarded = g_build_filename(dir, "guarded", NULL);
    empty = g_build_filename(other, "empty", NULL);
    run = g_build_filename(dir, "run", NULL);
    g_mkdir(own, 0700);
    g_mkdir(other, 0700);
    g_mkdir(empty, 0700);
    g_mkdir(run, 0700);
    g_setenv("XDG_RUNTIME_DIR", run, TRUE);
    g_setenv("BYGONE_HIJACK_PARENT", pid, TRUE);
    g_setenv("BYGONE_HIJACK_OWN", own, TRUE);
    g_setenv("BYGONE_HIJACK_OTHER", other, TRUE);
    g_unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    write_file(other, "victim", "mine\n");
    write_file(dir, "victim", "mine\n");
    write_file(dir, "m.bygone",
               "[Machine]\nFormatVersion=1\nUuid=5a2d7f46-3f43-4d38-9f53-6d0f7b1f1a01\nMemory=1M\n"
               "OnTerminate=off\n");
    share_folders();
}

static void remove_tree(const char *path)
{
    GDir *d = g_dir_open(path, 0, NULL);
    const char *name;

    while (d && (name = g_dir_read_name(d))) {
        g_autofree char *full = g_build_filename(path, name, NULL);

        if (g_unlink(full))
            remove_tree(full);
    }
    if (d)
        g_dir_close(d);
    g_rmdir(path);
}

static void end(void)
{
    remove_tree(dir);
    g_free(dir);
    g_free(profile);
    g_free(own);
    g_free(other);
    g_free(shared);
    g_free(guarded);
}

static pid_t launch(const char *what, const char *option)
{
    pid_t pid = fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, 0);
        dup2(null, 1);
        if (option[0]) /* what is said without confinement is no news */
            dup2(null, 2);
        if (what)
            setenv("BYGONE_HIJACK", what, 1);
        else
            unsetenv("BYGONE_HIJACK");
        execl(machine, machine, "--engine=interpret", option[0] ? option : "--paused", profile,
              (char *)NULL);
        _exit(127);
    }
    ck_assert_int_gt(pid, 0);
    return pid;
}

/* The exit code, or minus the signal that ended it. */
static int hijack(const char *what, bool confined)
{
    pid_t pid = launch(what, confined ? "" : "--no-confinement");
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

struct attempt {
    const char *what;
    int end;      /* REFUSED or -SIGSYS */
    bool anybody; /* a process that is not confined can do it here */
};

static void try(const struct attempt *a)
{
    int confined = hijack(a->what, true);
    struct stat st;
    g_autofree char *victim = g_build_filename(other, "victim", NULL);
    g_autofree char *kept = g_build_filename(guarded, "kept", NULL);

    ck_assert_msg(confined == a->end, "%s: ended with %d, not %d", a->what, confined, a->end);
    ck_assert_msg(stat(victim, &st) == 0 && st.st_size == 5, "%s: the victim has changed", a->what);
    ck_assert_msg(stat(kept, &st) == 0 && st.st_size == 5, "%s: the kept file is not", a->what);
    if (a->anybody)
        ck_assert_msg(hijack(a->what, false) == DONE, "%s cannot be done here by anybody", a->what);
    write_file(other, "victim", "mine\n");
    write_file(guarded, "kept", "kept\n");
}

/* Without Landlock in the host's kernel paths are guarded by their permissions alone. */
static bool landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void try_all(const struct attempt *a, size_t count)
{
    for (size_t i = 0; i < count; i++)
        try(&a[i]);
}

START_TEST(paths_outside_are_out_of_reach)
{
    static const struct attempt attempts[] = {
        { "open", -SIGSYS, true },         { "openat", REFUSED, true },
        { "openat-write", REFUSED, true }, { "openat-make", REFUSED, true },
        { "openat-up", REFUSED, true },    { "openat-proc", REFUSED, true },
        { "creat", -SIGSYS, true },        { "unlink", REFUSED, true },
        { "rename", REFUSED, true },       { "rename-in", REFUSED, true },
        { "thread", REFUSED, true },       { "rmdir", REFUSED, false },
        { "mkdir", -SIGSYS, true },        { "symlink", -SIGSYS, true },
        { "link", -SIGSYS, false },        { "chmod", -SIGSYS, true },
        { "truncate", -SIGSYS, true },     { "mount", -SIGSYS, false },
    };

    if (!landlock()) {
        check_skip("no Landlock in this kernel: paths are not closed");
        return;
    }
    try_all(attempts, G_N_ELEMENTS(attempts));
}
END_TEST

START_TEST(its_own_folder_is_its_own)
{
    ck_assert_int_eq(hijack("own", true), DONE);
    ck_assert_int_eq(hijack("no such thing", true), 44);
}
END_TEST

/* A machine whose guest has folders of the host: its process may do in them what its user may, and
 * nothing beside them, whatever links and descriptors it finds. */
START_TEST(shared_folders_are_no_way_out)
{
    static const struct attempt attempts[] = {
        { "shared-up", REFUSED, true },
        { "shared-held-up", REFUSED, true },
        { "shared-link", REFUSED, true },
        { "shared-held-link", REFUSED, true },
        { "shared-folder-link", REFUSED, true },
        { "shared-rename-in", REFUSED, true },
        { "shared-unlink", REFUSED, true },
        { "shared-rename-out", REFUSED, true },
        { "shared-execve", -SIGSYS, false },
        { "shared-symlink", -SIGSYS, true },
        { "shared-hardlink", -SIGSYS, false },
        { "guarded-write", REFUSED, true },
        { "guarded-make", REFUSED, true },
        { "guarded-mkdir", REFUSED, true },
        { "guarded-rename", REFUSED, true },
        { "guarded-unlink", REFUSED, false },
        { "openat", REFUSED, true },
        { "openat-up", REFUSED, true },
        { "thread", REFUSED, true },
    };
    char *first = profile;

    if (!landlock()) {
        check_skip("no Landlock in this kernel: paths are not closed");
        return;
    }
    g_setenv("BYGONE_HIJACK_SHARED", shared, TRUE);
    g_setenv("BYGONE_HIJACK_GUARDED", guarded, TRUE);
    profile = g_build_filename(dir, "folders.bygone", NULL);
    ck_assert_int_eq(hijack("shared", true), DONE);
    try_all(attempts, G_N_ELEMENTS(attempts));
    g_free(profile);
    profile = first;
    g_unsetenv("BYGONE_HIJACK_SHARED");
    g_unsetenv("BYGONE_HIJACK_GUARDED");
}
END_TEST

START_TEST(nothing_is_executed_and_nobody_is_touched)
{
    static const struct attempt attempts[] = {
        { "execve", -SIGSYS, false },       { "execveat", -SIGSYS, false },
        { "fork", -SIGSYS, true },          { "vfork", -SIGSYS, true },
        { "clone", -SIGSYS, true },         { "clone3", REFUSED, true },
        { "ptrace", -SIGSYS, false },       { "kill", -SIGSYS, true },
        { "tgkill", -SIGSYS, true },        { "process_vm_readv", -SIGSYS, false },
        { "unshare", -SIGSYS, false },      { "setuid", -SIGSYS, false },
        { "int80", -SIGSYS, false },        { "mmap-exec", REFUSED, true },
        { "mprotect-exec", REFUSED, true }, { "prctl", -SIGSYS, true },
        { "io_uring", -SIGSYS, false },     { "bpf", -SIGSYS, false },
        { "tiocsti", -SIGSYS, false },
    };

    try_all(attempts, G_N_ELEMENTS(attempts));
}
END_TEST

START_TEST(it_connects_nowhere)
{
    static const struct attempt attempts[] = {
        { "socket", -SIGSYS, true },
        { "socketpair", -SIGSYS, true },
        { "connect", -SIGSYS, true },
        { "bind", -SIGSYS, true },
    };

    try_all(attempts, G_N_ELEMENTS(attempts));
}
END_TEST

static void look_at_thread(const char *folder, const char *tid)
{
    g_autofree char *path = g_build_filename(folder, tid, "status", NULL);
    g_autofree char *text = NULL;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_msg(strstr(text, "NoNewPrivs:\t1\n"), "thread %s: %s", tid, text);
    ck_assert_msg(strstr(text, "Seccomp:\t2\n"), "thread %s: %s", tid, text);
}

/* The machine's own threads, and what its log says. */
START_TEST(every_thread_is_confined)
{
    g_autofree char *control = g_build_filename(
        dir, "run", "bygone", "5a2d7f46-3f43-4d38-9f53-6d0f7b1f1a01", "control", NULL);
    g_autofree char *log_path = g_build_filename(own, "log", NULL);
    g_autofree char *log = NULL, *tasks = NULL;
    const char *name;
    unsigned threads = 0;
    pid_t pid;
    int status;
    GDir *d;

    g_unlink(log_path);
    pid = launch(NULL, "");
    while (!log || !strstr(log, "confinement: ")) {
        ck_assert_msg(waitpid(pid, &status, WNOHANG) == 0, "the machine has ended");
        g_usleep(20000);
        g_clear_pointer(&log, g_free);
        g_file_get_contents(log_path, &log, NULL, NULL);
    }
    ck_assert_msg(strstr(log, "no_new_privs, ") && strstr(log, ", seccomp\n"), "%s", log);
    ck_assert_msg(!landlock() || strstr(log, " Landlock version "), "%s", log);
    tasks = g_strdup_printf("/proc/%d/task", (int)pid);
    d = g_dir_open(tasks, 0, NULL);
    for (; (name = g_dir_read_name(d)); threads++)
        look_at_thread(tasks, name);
    g_dir_close(d);
    ck_assert_uint_ge(threads, 4); /* machine, console, control, signals */
    kill(pid, SIGTERM);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_msg(!g_file_test(control, G_FILE_TEST_EXISTS), "its socket was left behind");
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("confinement");
    int code;

    if (argc != 2) {
        fputs("usage: test_confine HIJACKED-MACHINE\n", stderr);
        return EXIT_FAILURE;
    }
    machine = argv[1];
    start();
    CHECK_CASE(suite, "hijacked machine", paths_outside_are_out_of_reach, its_own_folder_is_its_own,
               shared_folders_are_no_way_out, nothing_is_executed_and_nobody_is_touched,
               it_connects_nowhere, every_thread_is_confined);
    code = check_main(suite);
    end();
    return code;
}
