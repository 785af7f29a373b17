/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Media of a saved machine; see the header. */
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

/* ---- at the end ---- */

static void describe(GKeyFile *keys, const struct drive *d)
{
    g_autofree char *label = d->media ? g_utf8_make_valid(d->media->label, -1) : NULL;
    struct media_identity id;

    g_key_file_set_string(keys, d->name, "Label", label ? label : "");
    g_key_file_set_uint64(keys, d->name, "Size", d->media ? d->media->size : 0);
    if (!d->media || !d->media->ops->identify || !d->media->ops->identify(d->media, &id))
        return;
    g_key_file_set_uint64(keys, d->name, "Inode", id.inode);
    g_key_file_set_int64(keys, d->name, "Modified", id.modified_s);
    g_key_file_set_uint64(keys, d->name, "ModifiedNs", id.modified_ns);
}

bool kept_write(const char *path, struct media_hub *hub, struct error *err)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *text = NULL;
    gsize length = 0;
    int fd;
    bool ok;

    for (const struct drive *d = media_drives(hub); d; d = d->next)
        describe(keys, d);
    text = g_key_file_to_data(keys, &length, NULL);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = fd >= 0 && write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;
    if (!ok)
        error_set(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return ok;
}

/* ---- at the start ---- */

/* Is the file behind the name not the one, or not as it was?  Says what is wrong with it. */
static bool differs(GKeyFile *keys, const struct drive *d, const char **what)
{
    guint64 size = g_key_file_get_uint64(keys, d->name, "Size", NULL);
    struct media_identity id;

    if (!d->media)
        return false;
    *what = "has another size than when this machine was saved";
    if (size != d->media->size)
        return true;
    if (!g_key_file_has_key(keys, d->name, "Inode", NULL) || !d->media->ops->identify ||
        !d->media->ops->identify(d->media, &id))
        return false; /* a state that was saved before this was kept */
    *what = "is another file than when this machine was saved";
    if (g_key_file_get_uint64(keys, d->name, "Inode", NULL) != id.inode)
        return true;
    *what = "was written to after this machine was saved";
    return g_key_file_get_int64(keys, d->name, "Modified", NULL) != id.modified_s ||
           g_key_file_get_uint64(keys, d->name, "ModifiedNs", NULL) != id.modified_ns;
}

static const char *consequence(const struct drive *d)
{
    return d->media && !d->media->read_only ? "Going on may damage what is on it."
                                            : "Going on may mislead the guest.";
}

static void doubt_file(const struct drive *d, const char *what, struct error *doubt)
{
    if (!doubt->text[0])
        error_set(doubt, "%.100s (%s) %s. %s", d->media->label, d->name, what, consequence(d));
}

static void compare(GKeyFile *keys, struct drive *d, void (*tell)(const char *sentence),
                    struct error *doubt)
{
    g_autofree char *then = g_key_file_get_string(keys, d->name, "Label", NULL);
    g_autofree char *now = d->media ? g_utf8_make_valid(d->media->label, -1) : g_strdup("");
    g_autofree char *sentence = NULL;
    const char *what;

    if (!then)
        return;
    if (!strcmp(then, now)) {
        if (!differs(keys, d, &what))
            return;
        doubt_file(d, what, doubt);
        if (removable(d))
            drive_tell_changed(d);
        return;
    }
    if (!removable(d)) {
        if (!doubt->text[0])
            error_set(doubt, "%s was %.80s when this machine was saved, now it is %.80s. %s",
                      d->name, then[0] ? then : "no disk", now[0] ? now : "no disk",
                      consequence(d));
        return;
    }
    sentence = g_strdup_printf("%s had %s in it when the machine was saved, now it has %s", d->name,
                               then[0] ? then : "nothing", now[0] ? now : "nothing");
    tell(sentence);
    drive_tell_changed(d);
}

void kept_compare(const char *path, struct media_hub *hub, void (*tell)(const char *sentence),
                  struct error *doubt)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();

    if (!g_key_file_load_from_file(keys, path, G_KEY_FILE_NONE, NULL))
        return; /* of a state that was saved before there was such a file */
    for (struct drive *d = media_drives(hub); d; d = d->next)
        compare(keys, d, tell, doubt);
    unlink(path);
}
