/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VNC server of a machine, and viewers for it: vnc, view. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gui/command/command.h"

/* Written and locked by bygone-vnc while it runs. */
static char *info_path(const struct profile *p)
{
    g_autofree char *dir = profile_runtime_dir(p, false);

    return g_build_filename(dir, "vnc", NULL);
}

/* What the server said of itself; NULL: none runs.  pid may be NULL. */
static GKeyFile *running(const struct profile *p, pid_t *pid)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    g_autofree char *path = info_path(p);
    GKeyFile *info = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return NULL;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        info = g_key_file_new();
        g_key_file_load_from_file(info, path, G_KEY_FILE_NONE, NULL);
        if (pid)
            *pid = lock.l_pid;
    }
    close(fd);
    return info;
}

/* ---- starting and stopping ---- */

static void add(GPtrArray *argv, const char *option, const char *value)
{
    g_ptr_array_add(argv, g_strdup(option));
    if (value)
        g_ptr_array_add(argv, g_strdup(value));
}

static void add_number(GPtrArray *argv, const char *option, int value)
{
    g_ptr_array_add(argv, g_strdup(option));
    g_ptr_array_add(argv, g_strdup_printf("%d", value));
}

static GPtrArray *arguments(const struct profile *p, const struct profile_vnc *vnc)
{
    GPtrArray *argv = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *dir = profile_runtime_dir(p, false), *info = info_path(p);
    g_autofree char *console = g_build_filename(dir, "console", NULL);
    g_autofree char *control = g_build_filename(dir, "control", NULL);

    g_ptr_array_add(argv, program("bygone-vnc", "vnc"));
    add(argv, "--ready-fd", "3");
    add(argv, "--console", console);
    add(argv, "--control", control);
    add(argv, "--name", p->name);
    add(argv, "--info", info);
    add(argv, "--listen", vnc->listen);
    if (vnc->port >= 0)
        add_number(argv, "--port", vnc->port);
    if (vnc->web)
        add_number(argv, "--web", vnc->web);
    if (vnc->unix_path)
        add(argv, "--unix", vnc->unix_path);
    if (vnc->password_file)
        add(argv, "--password-file", vnc->password_file);
    if (vnc->tls)
        add(argv, "--tls", NULL);
    if (vnc->clipboard)
        add(argv, "--clipboard", NULL);
    g_ptr_array_add(argv, NULL);
    return argv;
}

static int start(const struct profile *p, const struct profile_vnc *vnc)
{
    g_autoptr(GPtrArray) argv = arguments(p, vnc);
    g_autofree char *log = g_build_filename(p->folder, "vnc.log", NULL);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    int code = launch_helper((char **)argv->pdata, fd);

    if (fd >= 0)
        close(fd);
    return code;
}

int vnc_start(const struct profile *p)
{
    return start(p, &p->vnc);
}

static int stop(const struct profile *p)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
    g_autofree char *path = info_path(p);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    pid_t pid = 0;
    GKeyFile *info = running(p, &pid);

    if (!info) {
        if (fd >= 0)
            close(fd);
        return complain(CODE_STOPPED, "%s is not shown by VNC.", p->name);
    }
    g_key_file_unref(info);
    if (kill(pid, SIGTERM) < 0 && errno != ESRCH) {
        close(fd);
        return complain(CODE_FAILED, "the VNC server of %s: %s.", p->name, strerror(errno));
    }
    while (fcntl(fd, F_SETLKW, &lock) < 0 && errno == EINTR)
        ;
    close(fd);
    return CODE_OK;
}

/* ---- telling ---- */

/* An address for a viewer on this computer. */
static const char *near(const char *listen)
{
    if (!strcmp(listen, "0.0.0.0") || !strcmp(listen, "localhost"))
        return "127.0.0.1";
    return strcmp(listen, "::") ? listen : "::1";
}

static void tell(const struct profile *p, GKeyFile *info)
{
    g_autofree char *listen = g_key_file_get_string(info, "Vnc", "Listen", NULL);
    g_autofree char *unix_path = g_key_file_get_string(info, "Vnc", "Unix", NULL);
    g_autofree char *print = g_key_file_get_string(info, "Vnc", "Fingerprint", NULL);
    int port = g_key_file_get_integer(info, "Vnc", "Port", NULL);
    int web = g_key_file_get_integer(info, "Vnc", "Web", NULL);
    bool six = listen && strchr(listen, ':');
    const char *address = listen ? near(listen) : "127.0.0.1";

    if (port)
        printf("%s: VNC viewers connect to %s%s%s::%d\n", p->name, six ? "[" : "", address,
               six ? "]" : "", port);
    if (unix_path)
        printf("%s: VNC viewers connect to the socket %s\n", p->name, unix_path);
    if (web)
        printf("%s: browsers go to %s://%s%s%s:%d/\n", p->name, print ? "https" : "http",
               six ? "[" : "", address, six ? "]" : "", web);
    if (listen && strcmp(address, listen) && strcmp(listen, "localhost"))
        printf("    from other computers: this one's name or address instead\n");
    if (print)
        printf("    encrypted; the certificate's SHA-256 fingerprint is\n    %s\n", print);
    if (!g_key_file_get_boolean(info, "Vnc", "Password", NULL))
        printf("    without a password: everybody who works on this computer can connect\n");
}

/* ---- vnc ---- */

struct wish {
    char *listen, *password_file, *unix_path, *clipboard;
    gint port, web;
    gboolean tls, stop;
};

/* The profile's settings with the options over them; the strings are the wish's and the profile's.
 */
static bool settle(const struct profile *p, const struct wish *wish, struct profile_vnc *vnc,
                   int *code)
{
    *vnc = p->vnc;
    if (wish->listen)
        vnc->listen = wish->listen;
    if (wish->password_file)
        vnc->password_file = wish->password_file;
    if (wish->unix_path)
        vnc->unix_path = wish->unix_path;
    if (wish->port >= 0)
        vnc->port = wish->port;
    if (wish->web >= 0)
        vnc->web = wish->web;
    vnc->tls = vnc->tls || wish->tls;
    if (wish->clipboard && strcmp(wish->clipboard, "off") && strcmp(wish->clipboard, "type")) {
        *code = complain(CODE_WRONG, "--clipboard %s: accepted are off and type.", wish->clipboard);
        return false;
    }
    if (wish->clipboard)
        vnc->clipboard = !strcmp(wish->clipboard, "type");
    return true;
}

static int serve(const struct profile *p, const struct wish *wish)
{
    bool other = wish->listen || wish->password_file || wish->unix_path || wish->clipboard ||
                 wish->port >= 0 || wish->web >= 0 || wish->tls;
    GKeyFile *info = running(p, NULL);
    struct control_client *control;
    struct profile_vnc vnc;
    int code = CODE_OK;

    if (info && other) {
        g_key_file_unref(info);
        return complain(CODE_FAILED, "%s is shown by VNC already; stop that with --stop first.",
                        p->name);
    }
    if (!info) {
        control = open_control(p, true, &code);
        if (!control)
            return code;
        control_disconnect(control);
        if (!settle(p, wish, &vnc, &code))
            return code;
        code = start(p, &vnc);
        info = code == CODE_OK ? running(p, NULL) : NULL;
    }
    if (info) {
        tell(p, info);
        g_key_file_unref(info);
    }
    return code;
}

static char *canonical(char *path)
{
    char *full = path ? g_canonicalize_filename(path, NULL) : NULL;

    g_free(path);
    return full;
}

int command_vnc(int argc, char **argv)
{
    struct wish wish = { .port = -1, .web = -1 };
    const GOptionEntry entries[] = {
        { "listen", 0, 0, G_OPTION_ARG_STRING, &wish.listen, "localhost, or an address", "ADDR" },
        { "port", 0, 0, G_OPTION_ARG_INT, &wish.port, "the first free from 5900; 0: none", "N" },
        { "unix", 0, 0, G_OPTION_ARG_FILENAME, &wish.unix_path, "a Unix socket too", "PATH" },
        { "web", 0, 0, G_OPTION_ARG_INT, &wish.web, "for browsers (noVNC)", "PORT" },
        { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &wish.password_file,
          "a password a line; see bygone-vnc(1)", "FILE" },
        { "tls", 0, 0, G_OPTION_ARG_NONE, &wish.tls, "encrypt", NULL },
        { "clipboard", 0, 0, G_OPTION_ARG_STRING, &wish.clipboard,
          "off, or type: Ctrl+Alt+V types the viewer's clipboard", "WHAT" },
        { "stop", 0, 0, G_OPTION_ARG_NONE, &wish.stop, "end it", NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    struct profile *p = NULL;
    int code;

    if (parse(&argc, &argv, entries, 1, 1, &code) && (p = open_profile(argv[1], &code))) {
        wish.unix_path = canonical(wish.unix_path);
        wish.password_file = canonical(wish.password_file);
        code = wish.stop ? stop(p) : serve(p, &wish);
    }
    profile_free(p);
    g_free(wish.listen);
    g_free(wish.unix_path);
    g_free(wish.password_file);
    g_free(wish.clipboard);
    return code;
}

/* ---- view ---- */

/* What virt-viewer calls a connection file; NULL: complained. */
static char *write_connection(const struct profile *p, GKeyFile *info, int *code)
{
    g_autofree char *listen = g_key_file_get_string(info, "Vnc", "Listen", NULL);
    g_autofree char *path = g_build_filename(p->folder, "view.vv", NULL), *text = NULL;
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    int port = g_key_file_get_integer(info, "Vnc", "Port", NULL);

    if (!port || !listen) {
        *code = complain(CODE_FAILED, "%s: its VNC server has no port; viewers use its socket.",
                         p->name);
        return NULL;
    }
    g_key_file_set_string(file, "virt-viewer", "type", "vnc");
    g_key_file_set_string(file, "virt-viewer", "host", near(listen));
    g_key_file_set_integer(file, "virt-viewer", "port", port);
    g_key_file_set_string(file, "virt-viewer", "title", p->name);
    g_key_file_set_integer(file, "virt-viewer", "delete-this-file", 1);
    text = g_key_file_to_data(file, NULL, NULL);
    if (!g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error)) {
        *code = complain(CODE_FAILED, "%s.", error->message);
        return NULL;
    }
    return g_steal_pointer(&path);
}

int command_view(int argc, char **argv)
{
    g_autofree char *path = NULL, *viewer = g_find_program_in_path("remote-viewer");
    g_autoptr(GError) error = NULL;
    struct control_client *control = NULL;
    GKeyFile *info = NULL;
    struct profile *p;
    int code;

    if (!parse(&argc, &argv, NULL, 1, 1, &code) || !(p = open_profile(argv[1], &code)))
        return code;
    control = open_control(p, true, &code);
    if (control) {
        info = running(p, NULL);
        if (!info && (code = vnc_start(p)) == CODE_OK)
            info = running(p, NULL);
        path = info ? write_connection(p, info, &code) : NULL;
    }
    control_disconnect(control);
    if (path && viewer && (g_getenv("DISPLAY") || g_getenv("WAYLAND_DISPLAY"))) {
        char *command[] = { viewer, path, NULL };

        if (!g_spawn_async(NULL, command, NULL,
                           G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                           NULL, &error))
            code = complain(CODE_HOST, "%s.", error->message);
    } else if (path) {
        tell(p, info);
        printf("    there is %s; the file for virt-viewer is %s\n",
               viewer ? "no display" : "no remote-viewer (Debian package virt-viewer)", path);
    }
    if (info)
        g_key_file_unref(info);
    profile_free(p);
    return code;
}
