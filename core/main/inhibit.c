/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that delays the host's shutdown; see the header. */
#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "core/main/inhibit.h"

#define LOGIN_NAME  "org.freedesktop.login1"
#define LOGIN_PATH  "/org/freedesktop/login1"
#define LOGIN_IFACE "org.freedesktop.login1.Manager"
#define BUS_SOCKET  "/run/dbus/system_bus_socket"

static pid_t machine;

/* The lock; -1: logind is not there or refuses, and the host will not wait. */
static int take_lock(GDBusConnection *bus, const char *name)
{
    g_autofree char *why = g_strdup_printf("The machine \"%s\" is running", name);
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_sync(
        bus, LOGIN_NAME, LOGIN_PATH, LOGIN_IFACE, "Inhibit",
        g_variant_new("(ssss)", "shutdown", "Bygone", why, "delay"), G_VARIANT_TYPE("(h)"),
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &fds, NULL, NULL);
    gint32 handle = 0;

    if (!reply)
        return -1;
    g_variant_get(reply, "(h)", &handle);
    return g_unix_fd_list_get(fds, handle, NULL);
}

static void on_prepare(GDBusConnection *bus, const char *sender, const char *path,
                       const char *interface, const char *signal_name, GVariant *arguments,
                       gpointer user)
{
    gboolean begins = FALSE;

    (void)bus, (void)sender, (void)path, (void)interface, (void)signal_name, (void)user;
    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(b)")))
        return;
    g_variant_get(arguments, "(b)", &begins);
    if (begins && getppid() == machine)
        kill(machine, SIGTERM);
}

static gboolean on_end(gint fd, GIOCondition condition, gpointer loop)
{
    (void)fd, (void)condition;
    g_main_loop_quit(loop);
    return G_SOURCE_REMOVE;
}

/* Until the other end of the pipe is closed: the machine has ended. */
static void hold(int pipe_fd, const char *name)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);

    if (!bus)
        return;
    g_dbus_connection_set_exit_on_close(bus, FALSE);
    g_dbus_connection_signal_subscribe(bus, LOGIN_NAME, LOGIN_IFACE, "PrepareForShutdown",
                                       LOGIN_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_prepare, NULL,
                                       NULL);
    if (take_lock(bus, name) < 0)
        return;
    g_unix_fd_add(pipe_fd, G_IO_HUP | G_IO_ERR, on_end, loop);
    g_main_loop_run(loop);
}

void inhibit_start(const char *machine_name, int close_fd)
{
    int fds[2], null;

    if (!g_getenv("DBUS_SYSTEM_BUS_ADDRESS") && access(BUS_SOCKET, F_OK) < 0)
        return;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    machine = getpid();
    signal(SIGCHLD, SIG_IGN); /* nobody waits for it */
    if (fork() != 0) {
        close(fds[0]);
        return; /* the other end stays open until this process ends */
    }
    close(fds[1]);
    if (close_fd >= 0)
        close(close_fd);
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null >= 0) { /* whoever reads the machine's output need not wait for this process */
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
    }
    hold(fds[0], machine_name);
    _exit(0);
}
