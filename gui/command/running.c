/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands for a machine that runs: pause, resume, reset, show, media, eject, monitor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gui/command/command.h"

/* Drive letters and such, as people say them. */
static const char *drive_name(const char *word)
{
    static const char *const names[][2] = {
        { "a", "floppy0" }, { "a:", "floppy0" },   { "b", "floppy1" },       { "b:", "floppy1" },
        { "cd", "cdrom0" }, { "cdrom", "cdrom0" }, { "ide1-cd0", "cdrom0" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (!g_ascii_strcasecmp(names[i][0], word))
            return names[i][1];
    return word;
}

/* So that the next start finds it; what is in the drive now stays there either way. */
static void keep_medium(const struct profile *p, const char *drive, const char *file,
                        bool read_only)
{
    g_autofree char *full = file ? g_canonicalize_filename(file, NULL) : NULL, *problem = NULL;

    if (!profile_keep_medium(p->path, drive, full, read_only, &problem))
        complain(CODE_OK, "%s: until the machine ends; the profile stays as it was: %s.", p->name,
                 problem);
}

int command_pause(int argc, char **argv)
{
    return simple(argc, argv, "stop");
}

int command_resume(int argc, char **argv)
{
    return simple(argc, argv, "cont");
}

int command_reset(int argc, char **argv)
{
    return simple(argc, argv, "system_reset");
}

int command_show(int argc, char **argv)
{
    struct control_client *client;
    struct profile *p;
    int code;

    if (!parse(&argc, &argv, NULL, 1, 1, &code) || !(p = open_profile(argv[1], &code)))
        return code;
    client = open_control(p, true, &code);
    control_disconnect(client);
    if (client)
        code = attach(p, false);
    profile_free(p);
    return code;
}

/* ---- media ---- */

/* Opens an image, for writing where that is allowed; -1: complained. */
static int open_image(const char *path, bool read_only, int *code)
{
    int fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0 && !read_only && (errno == EACCES || errno == EROFS))
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        *code = complain(CODE_WRONG, "%s: %s.", path, strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        *code = complain(CODE_WRONG, "%s: this is not a file.", path);
        close(fd);
        return -1;
    }
    return fd;
}

/* Passes the descriptor and has it put into the drive. */
static int change_medium(struct control_client *client, const char *drive, const char *path, int fd,
                         bool read_only, bool force, char **problem)
{
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    g_autofree char *valid = g_utf8_make_valid(full, -1);
    g_autofree char *label = control_quote(valid), *name = control_quote(drive);
    g_autofree char *opaque = g_strdup_printf("{\"opaque\": %s}", label), *arguments = NULL;
    JsonNode *value = control_execute(client, "add-fd", opaque, fd, problem);

    if (!value)
        return CODE_FAILED;
    arguments = g_strdup_printf(
        "{\"id\": %s, \"filename\": \"/dev/fdset/%d\", \"force\": %s, \"read-only-mode\": \"%s\"}",
        name, (int)json_object_get_int_member(json_node_get_object(value), "fdset-id"),
        force ? "true" : "false", read_only ? "read-only" : "read-write");
    json_node_unref(value);
    value = control_execute(client, "blockdev-change-medium", arguments, -1, problem);
    if (!value)
        return CODE_FAILED;
    json_node_unref(value);
    return CODE_OK;
}

int command_media(int argc, char **argv)
{
    gboolean read_only = FALSE, force = FALSE, once = FALSE;
    const GOptionEntry entries[] = {
        { "read-only", 0, 0, G_OPTION_ARG_NONE, &read_only, "the guest cannot write to it", NULL },
        { "force", 0, 0, G_OPTION_ARG_NONE, &force, "also from a drive that the guest has locked",
          NULL },
        { "once", 0, 0, G_OPTION_ARG_NONE, &once, "until the machine ends: not into the profile",
          NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autofree char *problem = NULL;
    struct control_client *client;
    struct profile *p;
    int code, fd;

    if (!parse(&argc, &argv, entries, 3, 3, &code) || !(p = open_profile(argv[1], &code)))
        return code;
    client = open_control(p, true, &code);
    fd = client ? open_image(argv[3], read_only, &code) : -1;
    if (fd >= 0) {
        read_only = read_only || (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY;
        code = change_medium(client, drive_name(argv[2]), argv[3], fd, read_only, force, &problem);
        if (code != CODE_OK)
            complain(code, "%s: %s", p->name, problem);
        else if (!once)
            keep_medium(p, drive_name(argv[2]), argv[3], read_only);
        close(fd);
    }
    control_disconnect(client);
    profile_free(p);
    return code;
}

/* The drive that can only be meant: the one with a medium that can be taken out.  NULL: complained.
 */
static char *only_drive(struct control_client *client, const char *machine, int *code)
{
    g_autofree char *problem = NULL;
    JsonNode *value = control_execute(client, "query-block", NULL, -1, &problem);
    JsonArray *drives = value ? json_node_get_array(value) : NULL;
    g_autoptr(GString) found = g_string_new(NULL);
    unsigned count = 0;

    for (unsigned i = 0; drives && i < json_array_get_length(drives); i++) {
        JsonObject *o = json_array_get_object_element(drives, i);

        if (json_object_get_boolean_member(o, "removable") && json_object_has_member(o, "inserted"))
            g_string_append_printf(found, "%s%s", count++ ? " or " : "",
                                   json_object_get_string_member(o, "device"));
    }
    if (value)
        json_node_unref(value);
    if (count == 1)
        return g_strdup(found->str);
    if (count)
        *code = complain(CODE_WRONG, "%s: say which drive: %s.", machine, found->str);
    else
        *code = complain(CODE_FAILED, "%s: %s", machine,
                         problem ? problem : "there is nothing in its drives.");
    return NULL;
}

int command_eject(int argc, char **argv)
{
    gboolean force = FALSE, once = FALSE;
    const GOptionEntry entries[] = {
        { "force", 0, 0, G_OPTION_ARG_NONE, &force, "also from a drive that the guest has locked",
          NULL },
        { "once", 0, 0, G_OPTION_ARG_NONE, &once, "until the machine ends: not into the profile",
          NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autofree char *problem = NULL, *drive = NULL, *name = NULL, *arguments = NULL;
    struct control_client *client;
    struct profile *p;
    JsonNode *value;
    int code;

    if (!parse(&argc, &argv, entries, 1, 2, &code) || !(p = open_profile(argv[1], &code)))
        return code;
    client = open_control(p, true, &code);
    if (client)
        drive = argc > 2 ? g_strdup(drive_name(argv[2])) : only_drive(client, p->name, &code);
    if (drive) {
        name = control_quote(drive);
        arguments = g_strdup_printf("{\"id\": %s, \"force\": %s}", name, force ? "true" : "false");
        value = control_execute(client, "eject", arguments, -1, &problem);
        if (!value)
            code = complain(CODE_FAILED, "%s: %s", p->name, problem);
        else if (!once)
            keep_medium(p, drive, NULL, false);
        if (value)
            json_node_unref(value);
    }
    control_disconnect(client);
    profile_free(p);
    return code;
}

/* ---- monitor ---- */

static int monitor_line(struct control_client *client, const struct profile *p, const char *line)
{
    g_autofree char *valid = g_utf8_make_valid(line, -1), *quoted = control_quote(valid);
    g_autofree char *arguments = g_strdup_printf("{\"command-line\": %s}", quoted);
    g_autofree char *problem = NULL;
    JsonNode *value = control_execute(client, "human-monitor-command", arguments, -1, &problem);

    if (!value) {
        bool ended = strstr(problem, "has ended") != NULL;

        return complain(ended ? CODE_STOPPED : CODE_FAILED, "%s: %s", p->name, problem);
    }
    for (const char *c = json_node_get_string(value); *c; c++)
        if (*c != '\r')
            putchar(*c);
    fflush(stdout);
    json_node_unref(value);
    return CODE_OK;
}

/* Line after line from standard input, until it ends. */
static int converse(struct control_client *client, const struct profile *p)
{
    bool prompt = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    char *line = NULL;
    size_t room = 0;
    int code = CODE_OK;

    if (prompt)
        puts("help lists the commands; exit or Ctrl+D leaves, and the machine goes on.");
    while (code != CODE_STOPPED) {
        if (prompt) {
            printf("(%s) ", p->name);
            fflush(stdout);
        }
        if (getline(&line, &room, stdin) < 0)
            break;
        g_strstrip(line);
        if (!strcmp(line, "exit"))
            break;
        code = monitor_line(client, p, line);
    }
    if (prompt && feof(stdin))
        putchar('\n');
    free(line);
    return code;
}

int command_monitor(int argc, char **argv)
{
    struct control_client *client;
    struct profile *p;
    int code;

    if (!parse(&argc, &argv, NULL, 1, 32, &code) || !(p = open_profile(argv[1], &code)))
        return code;
    client = open_control(p, true, &code);
    if (client && argc > 2) {
        g_autofree char *line = g_strjoinv(" ", argv + 2);

        code = monitor_line(client, p, line);
    } else if (client) {
        code = converse(client, p);
    }
    control_disconnect(client);
    profile_free(p);
    return code;
}
