/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Serial and parallel ports in a profile: what they are connected to, and where they sit. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profiles/profile.h"

#define SERIAL_ACCEPTED                                                                            \
    "none, stdio, file:PATH, pty, tcp:HOST:PORT, tcp-listen:[HOST:]PORT, unix:PATH, "              \
    "unix-listen:PATH or tty:PATH"
#define PARALLEL_ACCEPTED "none, file:PATH or folder:PATH"

enum { UNIX_PATH_MOST = 107 };

static bool is_port_number(const char *text)
{
    return g_ascii_string_to_unsigned(text, 10, 1, 65535, NULL, NULL);
}

/* "HOST:PORT"; with `host_may_lack` also "PORT". */
static bool is_address(const char *text, bool host_may_lack)
{
    const char *colon = strrchr(text, ':');

    if (!colon)
        return host_may_lack && is_port_number(text);
    if (text[0] == '[' ? colon[-1] != ']' || colon - text < 3
                       : colon == text || memchr(text, ':', (size_t)(colon - text)))
        return false;
    return colon - text < 256 && !strpbrk(text, " \t/") && is_port_number(colon + 1);
}

static char *with_path(const char *text, const char *dir)
{
    const char *path = strchr(text, ':') + 1;
    g_autofree char *word = g_strndup(text, (gsize)(path - text));
    g_autofree char *full = g_canonicalize_filename(path, dir);

    return path[0] ? g_strconcat(word, full, NULL) : NULL;
}

static char *serial_target(const char *text, const char *dir)
{
    char *target = NULL;

    if (!strcmp(text, "none") || !strcmp(text, "stdio") || !strcmp(text, "pty"))
        return g_strdup(text);
    if (g_str_has_prefix(text, "tcp:"))
        return is_address(text + 4, false) ? g_strdup(text) : NULL;
    if (g_str_has_prefix(text, "tcp-listen:"))
        return is_address(text + 11, true) ? g_strdup(text) : NULL;
    if (g_str_has_prefix(text, "file:") || g_str_has_prefix(text, "tty:"))
        return with_path(text, dir);
    if (g_str_has_prefix(text, "unix:") || g_str_has_prefix(text, "unix-listen:"))
        target = with_path(text, dir);
    if (target && strlen(strchr(target, ':') + 1) > UNIX_PATH_MOST) {
        g_free(target);
        target = NULL;
    }
    return target;
}

char *profile_target(bool parallel, const char *text, const char *dir, bool plain_file,
                     const char **accepted)
{
    static const char *const words[] = { "stdio", "file", "pty",  "tcp",         "tcp-listen",
                                         "unix",  "tty",  "none", "unix-listen", NULL };
    g_autofree char *word = g_strndup(text, strcspn(text, ":"));

    *accepted =
        parallel ? PARALLEL_ACCEPTED : SERIAL_ACCEPTED " (paths of sockets up to 107 bytes)";
    if (parallel) {
        if (!strcmp(text, "none"))
            return g_strdup(text);
        return g_str_has_prefix(text, "file:") || g_str_has_prefix(text, "folder:")
                   ? with_path(text, dir)
                   : NULL;
    }
    if (plain_file && text[0] && !g_strv_contains(words, word)) {
        g_autofree char *full = g_canonicalize_filename(text, dir);

        return g_strconcat("file:", full, NULL);
    }
    return serial_target(text, dir);
}

uint32_t profile_parse_seconds(const char *text)
{
    char *end;
    guint64 value;

    if (!g_ascii_isdigit(text[0]))
        return 0;
    value = g_ascii_strtoull(text, &end, 10);
    if (value > 3600)
        return 0;
    if (!strcmp(end, "m"))
        value *= 60;
    else if (strcmp(end, "s") && *end)
        return 0;
    return value <= 3600 ? (uint32_t)value : 0;
}

bool profile_port_free(bool parallel, unsigned port)
{
    /* What the board has below 400h besides: disks, floppy, video, and the sound of others. */
    static const struct {
        unsigned first, last;
    } taken[] = { { 0x000, 0x21f }, { 0x370, 0x377 }, { 0x3b0, 0x3df }, { 0x3f0, 0x3f7 } };

    if (parallel && port == 0x3bc)
        return true;
    for (unsigned i = 0; i < G_N_ELEMENTS(taken); i++)
        if (port <= taken[i].last && port + 7 >= taken[i].first)
            return false;
    return port % 8 == 0 && port + 7 < 0x400;
}

/* ---- what only the host knows ---- */

static void say(GPtrArray *list, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

static void say(GPtrArray *list, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    g_ptr_array_add(list, g_strdup_vprintf(fmt, ap));
    va_end(ap);
}

static void check_file(const char *what, const char *path, GPtrArray *problems)
{
    g_autofree char *dir = g_path_get_dirname(path);

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        say(problems, "%s: %s is a folder, not a file.", what, path);
    else if (access(g_file_test(path, G_FILE_TEST_EXISTS) ? path : dir, W_OK) < 0)
        say(problems, "%s: the file %s cannot be written: %s.", what, path, strerror(errno));
}

static void check_target(const char *what, const char *target, GPtrArray *problems)
{
    const char *path = strchr(target, ':') ? strchr(target, ':') + 1 : "";
    struct stat st;

    if (g_str_has_prefix(target, "file:")) {
        check_file(what, path, problems);
    } else if (g_str_has_prefix(target, "folder:")) {
        if (!g_file_test(path, G_FILE_TEST_IS_DIR))
            say(problems, "%s: there is no folder %s; please make it.", what, path);
        else if (access(path, W_OK | X_OK) < 0)
            say(problems, "%s: the folder %s cannot be written: %s.", what, path, strerror(errno));
    } else if (g_str_has_prefix(target, "tty:")) {
        if (stat(path, &st) < 0)
            say(problems, "%s: the serial port %s cannot be used: %s.", what, path,
                strerror(errno));
        else if (!S_ISCHR(st.st_mode))
            say(problems, "%s: %s is no serial port.", what, path);
        else if (access(path, R_OK | W_OK) < 0)
            say(problems,
                "%s: the serial port %s cannot be used: %s (its group is usually dialout).", what,
                path, strerror(errno));
    } else if (g_str_has_prefix(target, "unix-listen:")) {
        g_autofree char *dir = g_path_get_dirname(path);

        if (access(dir, W_OK | X_OK) < 0)
            say(problems, "%s: no socket can be made in %s: %s.", what, dir, strerror(errno));
    }
}

/* Where a port is with nothing said about it. */
static unsigned address(const struct profile_port *p, bool parallel, unsigned i)
{
    static const uint16_t com[4] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 }, lpt[3] = { 0x378, 0x278, 0x3bc };

    return p->port ? p->port : parallel ? lpt[i] : com[i];
}

/* Two that cannot share: a file may be written by two ports, one line cannot be used by two. */
static bool exclusive(const char *target)
{
    return target &&
           (!strcmp(target, "stdio") || g_str_has_prefix(target, "tty:") ||
            g_str_has_prefix(target, "tcp-listen:") || g_str_has_prefix(target, "unix-listen:"));
}

void profile_check_ports(const struct profile *profile, GPtrArray *problems)
{
    const struct profile_port *port[7];
    char name[7][16];
    unsigned at[7];

    for (unsigned i = 0; i < 7; i++) {
        bool parallel = i >= 4;
        unsigned n = parallel ? i - 4 : i;

        port[i] = parallel ? &profile->parallel[n] : &profile->serial[n];
        at[i] = address(port[i], parallel, n);
        g_snprintf(name[i], sizeof(name[i]), "%s %u", parallel ? "Parallel" : "Serial", n + 1);
        /* The first of each kind is there in any case. */
        if (!port[i]->present && n != 0)
            continue;
        if (port[i]->target)
            check_target(name[i], port[i]->target, problems);
        for (unsigned k = 0; k < i; k++) {
            if (!port[k]->present && k != 0 && k != 4)
                continue;
            if (at[k] == at[i])
                say(problems, "%s and %s are both at port 0x%x; give one of them another Port=.",
                    name[k], name[i], at[i]);
            if (exclusive(port[i]->target) && !g_strcmp0(port[i]->target, port[k]->target))
                say(problems, "%s and %s are both connected to %s, which can be one only.", name[k],
                    name[i], port[i]->target);
        }
    }
}
