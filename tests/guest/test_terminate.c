/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's process that is told to end: by a signal, and by a host that shuts down.  The host is
 * a message bus of the test's own with something on it that answers as logind does.
 *
 * test_terminate BYGONE-MACHINE
 */
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check_main.h"

static const char *machine;
static char *dir, *profile, *state;

/* ---- logind ---- */

static const char manager_xml[] =
    "<node><interface name='org.freedesktop.login1.Manager'>"
    "<method name='Inhibit'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='h' direction='out'/></method>"
    "<signal name='PrepareForShutdown'><arg type='b'/></signal></interface></node>";

struct logind {
    GDBusConnection *bus;
    int lock; /* our end: it hangs up when nobody holds the lock any more */
    char *asked;
};

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *arguments,
                    GDBusMethodInvocation *call, gpointer user)
{
    struct logind *l = user;
    const char *what, *who, *why, *mode;
    g_autoptr(GUnixFDList) list = g_unix_fd_list_new();
    int fds[2];

    (void)bus, (void)sender, (void)path, (void)interface, (void)method;
    g_variant_get(arguments, "(&s&s&s&s)", &what, &who, &why, &mode);
    l->asked = g_strdup_printf("%s|%s|%s|%s", what, who, why, mode);
    if (!g_unix_open_pipe(fds, FD_CLOEXEC, NULL))
        abort();
    l->lock = fds[0];
    g_dbus_method_invocation_return_value_with_unix_fd_list(
        call, g_variant_new("(h)", g_unix_fd_list_append(list, fds[1], NULL)), list);
    close(fds[1]);
}

static bool lock_held(const struct logind *l)
{
    struct pollfd p = { .fd = l->lock };

    poll(&p, 1, 0);
    return !(p.revents & POLLHUP);
}

static void logind_start(struct logind *l, GTestDBus *daemon)
{
    static const GDBusInterfaceVTable table = { .method_call = on_call };
    GDBusNodeInfo *info = g_dbus_node_info_new_for_xml(manager_xml, NULL);
    g_autoptr(GVariant) reply = NULL;

    l->lock = -1;
    l->bus =
        g_dbus_connection_new_for_address_sync(g_test_dbus_get_bus_address(daemon),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, NULL);
    ck_assert_ptr_nonnull(l->bus);
    ck_assert_uint_ne(g_dbus_connection_register_object(l->bus, "/org/freedesktop/login1",
                                                        info->interfaces[0], &table, l, NULL, NULL),
                      0);
    reply = g_dbus_connection_call_sync(l->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "RequestName",
                                        g_variant_new("(su)", "org.freedesktop.login1", 0), NULL,
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    ck_assert_ptr_nonnull(reply);
    g_dbus_node_info_unref(info);
}

static void turn(void)
{
    g_main_context_iteration(NULL, FALSE);
    g_usleep(10000);
}

/* ---- the machine ---- */

static void write_profile(const char *on_terminate)
{
    g_autofree char *text = g_strdup_printf(
        "[Machine]\nFormatVersion=1\nName=ledger\nUuid=5a2d7f46-3f43-4d38-9f53-6d0f7b1f1a02\n"
        "Memory=1M\nEngine=interpret\n%s%s\n",
        on_terminate ? "OnTerminate=" : "", on_terminate ? on_terminate : "");

    if (!g_file_set_contents(profile, text, -1, NULL))
        abort();
    g_unlink(state);
}

static GPid launch(void)
{
    const char *argv[] = { machine, "--ready-fd=1", profile, NULL };
    char line[256] = "";
    int out;
    GPid pid = 0;

    ck_assert(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                       NULL, &pid, NULL, &out, NULL, NULL));
    for (size_t n = 0; n < sizeof(line) - 1 && read(out, line + n, 1) == 1 && line[n] != '\n';)
        n++;
    ck_assert_str_eq(line, "ready\n");
    close(out);
    return pid;
}

static void has_ended(GPid pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}

static void start(void)
{
    g_autofree char *run = NULL;

    dir = g_dir_make_tmp("bygone-end-XXXXXX", NULL);
    profile = g_build_filename(dir, "m.bygone", NULL);
    state = g_build_filename(dir, "m.d", "state", NULL);
    run = g_build_filename(dir, "run", NULL);
    g_mkdir(run, 0700);
    g_setenv("XDG_RUNTIME_DIR", run, TRUE);
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

/* ---- the tests ---- */

START_TEST(a_signal_saves_and_the_next_start_goes_on)
{
    static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
    g_autofree char *log_path = g_build_filename(dir, "m.d", "log", NULL);
    g_autofree char *log = NULL;
    GPid pid;

    write_profile(NULL); /* the standard */
    for (unsigned i = 0; i < G_N_ELEMENTS(signals); i++) {
        pid = launch();
        kill(pid, signals[i]);
        has_ended(pid);
        ck_assert_msg(g_file_test(state, G_FILE_TEST_EXISTS), "signal %d saved nothing",
                      signals[i]);
    }
    ck_assert(g_file_get_contents(log_path, &log, NULL, NULL));
    ck_assert_msg(strstr(log, "resumed"), "%s", log);
}
END_TEST

/* As a service manager and a person at once do; the last may come when the machine is gone. */
START_TEST(told_again_and_again_it_saves_once)
{
    g_autofree char *log_path = g_build_filename(dir, "m.d", "log", NULL);
    int status;
    GPid pid;

    write_profile("save");
    for (unsigned i = 0; i < 5; i++) {
        g_autofree char *log = NULL;
        g_auto(GStrv) parts = NULL;

        g_unlink(log_path);
        pid = launch();
        do
            kill(pid, SIGTERM);
        while (waitpid(pid, &status, WNOHANG) == 0);
        ck_assert_int_eq(status, 0);
        ck_assert(g_file_test(state, G_FILE_TEST_EXISTS));
        ck_assert(g_file_get_contents(log_path, &log, NULL, NULL));
        parts = g_strsplit(log, " saved\n", -1);
        ck_assert_msg(g_strv_length(parts) == 3, "%s", log); /* paused as saved, and saved */
    }
}
END_TEST

START_TEST(off_is_off)
{
    GPid pid;

    write_profile("off");
    pid = launch();
    kill(pid, SIGTERM);
    has_ended(pid);
    ck_assert(!g_file_test(state, G_FILE_TEST_EXISTS));
}
END_TEST

/* The firmware alone hears no power button. */
START_TEST(a_guest_that_cannot_switch_off_is_saved)
{
    GPid pid;

    write_profile("shutdown");
    pid = launch();
    kill(pid, SIGTERM);
    has_ended(pid);
    ck_assert(g_file_test(state, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST(a_host_that_shuts_down_waits_for_the_state)
{
    GTestDBus *daemon = g_test_dbus_new(G_TEST_DBUS_NONE);
    struct logind l = { 0 };
    GPid pid;
    int status;

    g_test_dbus_up(daemon);
    g_setenv("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address(daemon), TRUE);
    logind_start(&l, daemon);
    write_profile("save");
    pid = launch();
    while (l.lock < 0)
        turn();
    ck_assert_str_eq(l.asked, "shutdown|Bygone|The machine \"ledger\" is running|delay");
    ck_assert(lock_held(&l));
    ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
    /* A shutdown that was called off is none. */
    g_dbus_connection_emit_signal(l.bus, NULL, "/org/freedesktop/login1",
                                  "org.freedesktop.login1.Manager", "PrepareForShutdown",
                                  g_variant_new("(b)", FALSE), NULL);
    for (unsigned i = 0; i < 20; i++)
        turn();
    ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
    g_dbus_connection_emit_signal(l.bus, NULL, "/org/freedesktop/login1",
                                  "org.freedesktop.login1.Manager", "PrepareForShutdown",
                                  g_variant_new("(b)", TRUE), NULL);
    while (lock_held(&l))
        turn();
    ck_assert_msg(g_file_test(state, G_FILE_TEST_EXISTS), "the host went on before the state was");
    has_ended(pid);
    g_unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    close(l.lock);
    g_free(l.asked);
    g_object_unref(l.bus);
    g_test_dbus_down(daemon);
    g_object_unref(daemon);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("told to end");
    g_autofree char *daemon = g_find_program_in_path("dbus-daemon");
    int code;

    if (argc != 2) {
        fputs("usage: test_terminate BYGONE-MACHINE\n", stderr);
        return EXIT_FAILURE;
    }
    machine = argv[1];
    start();
    CHECK_CASE(suite, "signals", a_signal_saves_and_the_next_start_goes_on,
               told_again_and_again_it_saves_once, off_is_off,
               a_guest_that_cannot_switch_off_is_saved);
    if (daemon)
        CHECK_CASE(suite, "host", a_host_that_shuts_down_waits_for_the_state);
    code = check_main(suite);
    if (!daemon)
        puts("SKIP: no dbus-daemon to play the host's bus\n0 passed, 0 failed, 1 skipped");
    remove_tree(dir);
    g_free(dir);
    g_free(profile);
    g_free(state);
    return code;
}
