/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What window and terminal share.  Each action has a connection of its own: they are rare. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/host/image_probe.h"
#include "gui/command/control_client.h"
#include "gui/front/front.h"
#include "profiles/profile.h"

bool front_open(struct front *front, const char *name, char **problem)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = profile_find(name, false, problem);
    g_autofree char *dir = NULL;
    struct profile *p;

    *front = (struct front){ 0 };
    if (!path)
        return false;
    p = profile_load(path, problems, NULL);
    if (!p) {
        *problem = g_strdup(problems->pdata[0]);
        return false;
    }
    dir = profile_runtime_dir(p, false);
    front->name = g_strdup(p->name);
    front->profile = g_strdup(p->path);
    front->console = g_build_filename(dir, "console", NULL);
    front->control = g_build_filename(dir, "control", NULL);
    profile_free(p);
    return true;
}

void front_close(struct front *front)
{
    g_free(front->name);
    g_free(front->profile);
    g_free(front->console);
    g_free(front->control);
    *front = (struct front){ 0 };
}

struct job {
    char *profile, *control, *argument;
    enum front_action action;
    front_done *done;
    void *ctx;
};

static char *simple(struct control_client *client, const char *command, const char *arguments)
{
    char *problem;
    JsonNode *value = control_execute(client, command, arguments, -1, &problem);

    if (value)
        json_node_unref(value);
    return problem;
}

/* A CD goes into the first CD-ROM drive, all else into the first floppy drive; NULL: it is nothing
 * for a drive, and why. */
static const char *drive_for(int fd, const char *path, char **problem)
{
    struct image_info info;
    struct error err;

    if (image_probe(fd, path, &info, &err))
        return info.kind == IMAGE_CDROM ? "cdrom0" : "floppy0";
    *problem = g_strdup(err.text);
    return NULL;
}

/* The machine opens no path: it gets the open file and the name to show. */
static char *insert(struct control_client *client, const char *profile, const char *path)
{
    g_autofree char *label = control_quote(path), *arguments = NULL;
    g_autofree char *full = g_canonicalize_filename(path, NULL);
    const char *drive;
    char *problem;
    JsonNode *value;
    bool read_only = false;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        read_only = true;
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd < 0)
        return g_strdup_printf("%s could not be opened: %s.", path, strerror(errno));
    drive = drive_for(fd, path, &problem);
    value = drive ? control_execute(client, "add-fd", NULL, fd, &problem) : NULL;
    close(fd);
    if (!value)
        return problem;
    arguments = g_strdup_printf(
        "{\"drive\": \"%s\", \"filename\": \"/dev/fdset/%d\", \"label\": %s, "
        "\"read-only\": %s}",
        drive, (int)json_object_get_int_member(json_node_get_object(value), "fdset-id"), label,
        read_only ? "true" : "false");
    json_node_unref(value);
    problem = simple(client, "__org.bygone_insert", arguments);
    if (!problem && !profile_keep_medium(profile, drive, full, read_only, &problem)) {
        g_autofree char *why = problem;

        return g_strdup_printf("The image is in the drive until the machine ends; its profile "
                               "stays as it was: %s.",
                               why);
    }
    return problem;
}

static char *perform(struct control_client *client, const struct job *job)
{
    switch (job->action) {
    case FRONT_POWER_OFF:
        return simple(client, "quit", NULL);
    case FRONT_SAVE:
        return simple(client, "__org.bygone_save", NULL);
    case FRONT_RESET:
        return simple(client, "system_reset", NULL);
    case FRONT_PAUSE:
        return simple(client, "stop", NULL);
    case FRONT_CONTINUE:
        return simple(client, "cont", NULL);
    case FRONT_INSERT:
        return insert(client, job->profile, job->argument);
    case FRONT_CTRL_ALT_DEL:
        return simple(client, "__org.bygone_type", "{\"text\": \"{ctrl-alt-delete}\"}");
    default:
        return NULL;
    }
}

static gpointer run(gpointer data)
{
    struct job *job = data;
    struct control_client *client = control_connect(job->control);
    char *problem =
        client ? perform(client, job) : g_strdup("The machine's control socket does not answer.");

    control_disconnect(client);
    job->done(job->ctx, job->action, problem);
    g_free(job->profile);
    g_free(job->control);
    g_free(job->argument);
    g_free(job);
    return NULL;
}

void front_start(const struct front *front, enum front_action action, const char *argument,
                 front_done *done, void *ctx)
{
    struct job *job = g_new0(struct job, 1);

    job->profile = g_strdup(front->profile);
    job->control = g_strdup(front->control);
    job->argument = g_strdup(argument);
    job->action = action;
    job->done = done;
    job->ctx = ctx;
    g_thread_unref(g_thread_new("control", run, job));
}
