/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing a new profile, and the templates by guest OS. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "profiles/profile.h"

/*
 * What the time of a system had, as far as it makes no trouble: MS-DOS 6 and Windows 3.x see at
 * most 504 MB of a disk without extensions, FAT16 of Windows 95 ends at 2 GB.  DOS, Windows and
 * OS/2 take the clock for local time, Linux for UTC.  Floppies first where a system is begun from
 * floppies.
 */
const struct profile_template profile_templates[] = {
    { "msdos", "MS-DOS", "486", "16M", "host", "ac", "500M", 2 },
    { "freedos", "FreeDOS", "486", "32M", "host", "ac", "500M", 2 },
    { "win31", "Windows 3.1", "486", "16M", "host", "ac", "500M", 2 },
    { "win95", "Windows 95", "Pentium", "64M", "host", "ca", "1G", 2 },
    { "win98", "Windows 98", "PentiumII", "128M", "host", "ca", "4G", 2 },
    { "os2", "OS/2", "Pentium", "64M", "host", "ca", "1G", 2 },
    { "linux-1990s", "Linux of the 1990s", "Pentium", "64M", "utc", "ca", "2G", 2 },
    { "other", "Something else", "PentiumII", "64M", "utc", "ac", "4G", 1 },
    { NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0 },
};

const struct profile_template *profile_template(const char *id)
{
    for (const struct profile_template *t = profile_templates; t->id; t++)
        if (!strcmp(t->id, id))
            return t;
    return NULL;
}

/* Relative to the profile where the image lies below its folder, so that both can move together. */
static char *image_name(const char *profile, const char *image)
{
    g_autofree char *dir = g_path_get_dirname(profile);
    g_autofree char *full = g_canonicalize_filename(image, NULL);
    g_autofree char *prefix = g_strconcat(dir, "/", NULL);

    if (g_str_has_prefix(full, prefix))
        return g_strdup(full + strlen(prefix));
    return g_steal_pointer(&full);
}

static void put_image(GString *out, const char *profile, const char *group, const char *file,
                      bool read_only)
{
    g_autofree char *name = NULL;

    if (!file)
        return;
    name = image_name(profile, file);
    g_string_append_printf(out, "\n[%s]\nFile=%s\n%s", group, name,
                           read_only ? "ReadOnly=true\n" : "");
}

/* As a key file wants it: a backslash and a line break would be read otherwise. */
static char *key_text(const char *text)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();

    g_key_file_set_string(keys, "g", "k", text);
    return g_key_file_get_value(keys, "g", "k", NULL);
}

static void put_cdrom(GString *out, const char *profile, unsigned i, const char *file)
{
    g_autofree char *name = NULL;

    if (!file)
        return;
    name = file[0] ? image_name(profile, file) : g_strdup("");
    g_string_append_printf(out, "\n[%s]\nImage=%s\n", i ? "Cdrom 2" : "Cdrom", name);
}

/* The template's order; a CD comes last, when nothing else boots. */
static char *boot_order(const struct profile_new *what, const struct profile_template *t)
{
    if (what->boot)
        return g_strdup(what->boot);
    return g_strconcat(t->boot, what->cdrom[0] ? "d" : "", NULL);
}

static GString *compose(const char *path, const struct profile_new *what,
                        const struct profile_template *t, const char *serial)
{
    GString *out = g_string_new("");
    g_autofree char *uuid = g_uuid_string_random();
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *boot = boot_order(what, t);

    if (g_str_has_suffix(base, PROFILE_SUFFIX))
        base[strlen(base) - strlen(PROFILE_SUFFIX)] = 0;
    g_string_append_printf(out,
                           "[Machine]\nFormatVersion=1\nName=%s\nUuid=%s\nBoard=pc-pci-v1\n"
                           "Memory=%s\nCpu=%s\nEngine=%s\nSpeed=%s\nClock=%s\nBoot=%s\n",
                           what->name ? what->name : base, uuid,
                           what->memory ? what->memory : t->memory, what->cpu ? what->cpu : t->cpu,
                           what->engine ? what->engine : "auto", what->speed ? what->speed : "full",
                           t->clock, boot);
    if (what->passing)
        g_string_append(out, "OnTerminate=off\n");
    if (what->debug_exit)
        g_string_append(out, "DebugExit=true\n");
    put_image(out, path, "Floppy A", what->floppy[0], what->floppy_read_only[0]);
    put_image(out, path, "Floppy B", what->floppy[1], what->floppy_read_only[1]);
    for (unsigned i = 0; i < 4; i++) {
        g_autofree char *group = g_strdup_printf("Disk %u", i);

        put_image(out, path, group, what->disk[i], what->disk_read_only[i]);
    }
    if (what->kernel) {
        g_autofree char *kernel = image_name(path, what->kernel);
        g_autofree char *initrd = what->initrd ? image_name(path, what->initrd) : NULL;
        g_autofree char *cmdline = what->cmdline ? key_text(what->cmdline) : NULL;

        g_string_append_printf(out, "\n[Kernel]\nKernel=%s\n", kernel);
        if (initrd)
            g_string_append_printf(out, "Initrd=%s\n", initrd);
        if (cmdline)
            g_string_append_printf(out, "Cmdline=%s\n", cmdline);
    }
    for (unsigned i = 0; i < PROFILE_CDROMS; i++)
        put_cdrom(out, path, i, what->cdrom[i]);
    if (what->more)
        g_string_append_printf(out, "\n%s", what->more);
    if (serial)
        g_string_append_printf(out, "\n[Serial 1]\nTarget=%s\n", serial);
    for (unsigned i = serial ? 2 : 1; i <= t->serials; i++)
        g_string_append_printf(out, "\n[Serial %u]\nTarget=none\n", i);
    return out;
}

bool profile_create(const char *path, const struct profile_new *what, char **problem)
{
    const struct profile_template *t =
        profile_template(what->template_id ? what->template_id : "msdos");
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *here = g_get_current_dir(), *serial = NULL;
    const char *accepted;
    GString *out;
    bool ok;
    int fd;

    if (what->serial) {
        serial = profile_target(false, what->serial, here, true, &accepted);
        if (!serial) {
            *problem = g_strdup_printf("--serial %s: accepted is %s.", what->serial, accepted);
            return false;
        }
    }
    if (!t) {
        *problem = g_strdup_printf(
            "There is no template \"%s\"; `bygone create --template list` shows them.",
            what->template_id);
        return false;
    }
    g_mkdir_with_parents(dir, 0755);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) {
        *problem = g_strdup_printf("%s cannot be made: %s.", path, strerror(errno));
        return false;
    }
    out = compose(path, what, t, serial);
    ok = write(fd, out->str, out->len) == (ssize_t)out->len && fsync(fd) == 0;
    if (!ok) {
        *problem = g_strdup_printf("%s cannot be written: %s.", path, strerror(errno));
        unlink(path);
    }
    close(fd);
    g_string_free(out, TRUE);
    return ok;
}
