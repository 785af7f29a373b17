/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "core/main/kept.h"

static bool removable(const struct drive *d)
{
    return d->cdrom || g_str_has_prefix(d->name, "floppy");
}

bool kept_write(const char *path, struct media_hub *hub, struct error *err)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *text = NULL;
    gsize length = 0;
    int fd;
    bool ok;

    for (const struct drive *d = media_drives(hub); d; d = d->next) {
        g_autofree char *label = d->media ? g_utf8_make_valid(d->media->label, -1) : NULL;

        if (!removable(d))
            continue;
        g_key_file_set_string(keys, d->name, "Label", label ? label : "");
        g_key_file_set_uint64(keys, d->name, "Size", d->media ? d->media->size : 0);
    }
    text = g_key_file_to_data(keys, &length, NULL);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = fd >= 0 && write(fd, text, length) == (ssize_t)length;
    if (!ok)
        error_set(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

static void compare(const GKeyFile *keys, struct drive *d, void (*tell)(const char *sentence))
{
    g_autofree char *then = g_key_file_get_string((GKeyFile *)keys, d->name, "Label", NULL);
    g_autofree char *now = d->media ? g_utf8_make_valid(d->media->label, -1) : g_strdup("");
    g_autofree char *sentence = NULL;
    guint64 size = g_key_file_get_uint64((GKeyFile *)keys, d->name, "Size", NULL);

    if (!then || (!strcmp(then, now) && size == (d->media ? d->media->size : 0)))
        return;
    sentence = g_strdup_printf("%s had %s in it when the machine was saved, now it has %s", d->name,
                               then[0] ? then : "nothing", now[0] ? now : "nothing");
    tell(sentence);
    if (d->changed)
        d->changed(d->ctx);
}

void kept_compare(const char *path, struct media_hub *hub, void (*tell)(const char *sentence))
{
    g_autoptr(GKeyFile) keys = g_key_file_new();

    if (!g_key_file_load_from_file(keys, path, G_KEY_FILE_NONE, NULL))
        return; /* of a state that was saved before there was such a file */
    for (struct drive *d = media_drives(hub); d; d = d->next)
        if (removable(d))
            compare(keys, d, tell);
    unlink(path);
}
