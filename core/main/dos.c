/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own DOS in a machine; see the header. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/dos/hostfs.h"
#include "core/main/dos.h"
#include "firmware/firmware.h"

#define PATIENCE_NS 2000000u /* a request holds the machine up no longer */
#define STATE_MOST  (8u << 20)

static struct {
    struct hostfs *fs;
    struct machine *machine; /* set once it can be woken */
    struct hostfs_folder folder[PROFILE_FOLDERS + 1];
    unsigned folders;
    char *tools;
} dos;

static void nothing(void *arg)
{
    (void)arg;
}

static void wake(void *ctx) /* on a worker */
{
    (void)ctx;
    if (dos.machine)
        machine_post(dos.machine, nothing, NULL);
}

/* ---- drive Z: ---- */

static bool is_tool(const struct firmware_file *f)
{
    return strcmp(f->name, "hostdos.rom") != 0 && strcmp(f->name, "kernel.bin") != 0;
}

static const struct firmware_file *find_file(const char *name)
{
    for (const struct firmware_file *f = firmware_dos; f->name; f++)
        if (!strcmp(f->name, name))
            return f;
    return NULL;
}

static bool put_tools(struct error *err)
{
    if (g_mkdir_with_parents(dos.tools, 0755) < 0)
        return error_set(err, "%s cannot be made: %s.", dos.tools, strerror(errno));
    for (const struct firmware_file *f = firmware_dos; f->name; f++) {
        g_autofree char *path = g_build_filename(dos.tools, f->name, NULL);
        g_autoptr(GError) error = NULL;

        if (is_tool(f) && !g_file_test(path, G_FILE_TEST_EXISTS) &&
            !g_file_set_contents(path, (const char *)f->data, f->size, &error))
            return error_set(err, "%s.", error->message);
    }
    return true;
}

/* The kernel that the machine was first started with. */
static bool own_kernel(const struct profile *p, struct hostfs_setup *setup, struct error *err)
{
    const struct firmware_file *built = find_file("kernel.bin");
    g_autofree char *path = g_build_filename(p->folder, "doskernel.bin", NULL);
    g_autoptr(GError) error = NULL;
    static char *data;
    gsize size;

    if (!built)
        return true; /* a build without: the folders are for other systems */
    if (!g_file_test(path, G_FILE_TEST_EXISTS) &&
        !g_file_set_contents(path, (const char *)built->data, built->size, &error))
        return error_set(err, "%s.", error->message);
    g_free(data);
    if (!g_file_get_contents(path, &data, &size, &error) || size > 1u << 20)
        return error_set(err, "the kernel of DOS cannot be read: %s.",
                         error ? error->message : "it is too large");
    setup->kernel = (const uint8_t *)data;
    setup->kernel_size = (uint32_t)size;
    return true;
}

/* ---- opening ---- */

bool dos_open(const struct profile *p, bool counted, struct pc_config *pc, struct error *err)
{
    static const enum hostfs_share shares[] = { [SHARE_NOVELL] = HOSTFS_SHARE_NOVELL,
                                                [SHARE_DOS] = HOSTFS_SHARE_DOS,
                                                [SHARE_OFF] = HOSTFS_SHARE_OFF };
    struct hostfs_setup setup = { .folders = dos.folder,
                                  .boot_drive = 'C',
                                  .code_page = p->dos.code_page,
                                  .country = p->dos.country,
                                  .share = shares[p->dos.share],
                                  .lower_case = p->dos.lower_case,
                                  .startup = p->dos.startup,
                                  .ends = p->dos.ends,
                                  .patience_ns = counted ? UINT64_MAX : PATIENCE_NS,
                                  .wake = wake,
                                  .text_in = p->dos.text ? STDIN_FILENO : -1,
                                  .text_out = p->dos.text ? STDOUT_FILENO : -1 };

    if (!p->dos.present)
        return true;
    for (unsigned i = 0; i < p->dos.folders; i++) {
        const struct profile_folder *f = &p->dos.folder[i];

        dos.folder[dos.folders++] = (struct hostfs_folder){ .drive = f->drive,
                                                            .at = f->at[0] ? f->at : NULL,
                                                            .path = f->path,
                                                            .read_only = f->read_only };
    }
    dos.tools = g_build_filename(p->folder, "dos", NULL);
    if (!put_tools(err) || !own_kernel(p, &setup, err))
        return false;
    dos.folder[dos.folders++] =
        (struct hostfs_folder){ .drive = 'Z', .path = dos.tools, .read_only = true, .tools = true };
    setup.folder_count = dos.folders;
    dos.fs = hostfs_new(&setup, err);
    if (!dos.fs)
        return false;
    pc->hostdos = hostfs_backend(dos.fs);
    pc->hostdos_boot = p->dos.boot;
    return true;
}

void dos_start(struct machine *machine)
{
    dos.machine = machine;
}

bool dos_folder(unsigned i, const char **path, bool *read_only)
{
    if (i >= dos.folders)
        return false;
    *path = dos.folder[i].path;
    *read_only = dos.folder[i].read_only;
    return true;
}

/* ---- saved states ---- */

static char *files_path(const char *state_path)
{
    return g_strconcat(state_path, ".files", NULL);
}

bool dos_save(struct machine *machine, const char *state_path, struct error *err)
{
    g_autofree char *path = files_path(state_path);
    struct state_buffer buf = { 0 };
    struct x86_state x;
    bool ok;
    int fd;

    if (!dos.fs)
        return true;
    machine_cpu(machine)->ops->get(machine_cpu(machine), &x); /* may end an OUT to the device */
    if (!hostdos_settle(machine_pc(machine)->hostdos, err) || !hostfs_save(dos.fs, &buf, err)) {
        state_buffer_free(&buf);
        return false;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ok = fd >= 0 && write(fd, buf.data, buf.used) == (ssize_t)buf.used && fsync(fd) == 0;
    if (!ok)
        error_set(err, "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    state_buffer_free(&buf);
    return ok;
}

bool dos_resume(const char *state_path, struct error *doubt, struct error *err)
{
    g_autofree char *path = files_path(state_path);
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    enum hostfs_restored restored;
    gsize size;

    if (!dos.fs)
        return true;
    if (!g_file_get_contents(path, &data, &size, &error) || size > STATE_MOST)
        return error_set(err, "the files that DOS has open cannot be found: %s",
                         error ? error->message : "the list is too long");
    restored = hostfs_restore(dos.fs, (const uint8_t *)data, size, doubt);
    if (restored == HOSTFS_BROKEN)
        return error_set(err, "%s: %.200s", path, doubt->text);
    return true;
}

void dos_close(void)
{
    dos.machine = NULL;
    hostfs_free(dos.fs);
    dos.fs = NULL;
    g_free(dos.tools);
}
