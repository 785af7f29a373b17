/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Landlock for paths: see the header.  The system calls are in confine_calls.c. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/main/confine.h"

/* The interface has grown since the headers of Debian 12: a kernel that knows more is asked for all
 * of it.  Source: Documentation/userspace-api/landlock.rst, "Compatibility". */
struct ruleset {
    uint64_t fs;
    uint64_t net;    /* version 4 */
    uint64_t scoped; /* version 6 */
};
#define FS_V1        ((1ull << 13) - 1)
#define FS_REFER     (1ull << 13) /* version 2 */
#define FS_TRUNCATE  (1ull << 14) /* version 3 */
#define FS_IOCTL_DEV (1ull << 15) /* version 5 */
#define NET_ALL      3ull         /* bind and connect */
#define SCOPE_ALL    3ull         /* abstract sockets and signals */

#define FOLDER_RIGHTS                                                                              \
    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_DIR |  \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)
#define RUNTIME_RIGHTS (LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE)

static struct ruleset wanted(int version)
{
    struct ruleset r = { .fs = FS_V1 };

    r.fs |= version >= 2 ? FS_REFER : 0;
    r.fs |= version >= 3 ? FS_TRUNCATE : 0;
    r.fs |= version >= 5 ? FS_IOCTL_DEV : 0;
    r.net = version >= 4 ? NET_ALL : 0;
    r.scoped = version >= 6 ? SCOPE_ALL : 0;
    return r;
}

static size_t ruleset_size(int version)
{
    return version >= 6 ? sizeof(struct ruleset) : version >= 4 ? 16 : 8;
}

static bool add_folder(int ruleset, const char *path, uint64_t rights, struct error *err)
{
    struct landlock_path_beneath_attr rule = { .allowed_access = rights };
    long failed;

    rule.parent_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return error_set(err, "%s: %s", path, strerror(errno));
    failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return !failed || error_set(err, "%s cannot be guarded: %s", path, strerror(errno));
}

#define SHARED_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define SHARED_WRITE                                                                               \
    (SHARED_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                   \
     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                                \
     LANDLOCK_ACCESS_FS_REMOVE_DIR | FS_REFER | FS_TRUNCATE)

static bool add_shared(int ruleset, const struct confine_paths *paths, uint64_t handled,
                       struct error *err)
{
    const char *path;
    bool read_only;

    for (unsigned i = 0; paths->shared && paths->shared(i, &path, &read_only); i++)
        if (!add_folder(ruleset, path, (read_only ? SHARED_READ : SHARED_WRITE) & handled, err))
            return false;
    return true;
}

static bool add_folders(int ruleset, const struct confine_paths *paths, uint64_t handled,
                        struct error *err)
{
    g_autofree char *parent = g_path_get_dirname(paths->runtime);

    /* The runtime folder itself goes at the end; what is not empty stays. */
    return add_shared(ruleset, paths, handled, err) &&
           add_folder(ruleset, paths->folder, FOLDER_RIGHTS & handled, err) &&
           add_folder(ruleset, paths->runtime, RUNTIME_RIGHTS, err) &&
           add_folder(ruleset, parent, LANDLOCK_ACCESS_FS_REMOVE_DIR, err);
}

#define PF_USER_WORKER 0x4000u /* include/linux/sched.h of the kernel */

/* KVM of newer kernels lets workers of its own appear among a process's threads; they never leave
 * the kernel. */
static bool is_kernels(const char *thread)
{
    g_autofree char *path = g_strdup_printf("/proc/self/task/%s/stat", thread);
    g_autofree char *text = NULL;
    const char *after;
    unsigned flags = 0;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return true;            /* it has ended */
    after = strrchr(text, ')'); /* state, parent, group, session, tty, its group, flags: proc(5) */
    return after && sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
           (flags & PF_USER_WORKER);
}

static unsigned count_threads(void)
{
    DIR *dir = opendir("/proc/self/task");
    struct dirent *entry;
    unsigned n = 0;

    while (dir && (entry = readdir(dir)))
        n += entry->d_name[0] != '.' && !is_kernels(entry->d_name);
    if (dir)
        closedir(dir);
    return n;
}

bool confine_files(const struct confine_paths *paths, struct confine_report *report,
                   struct error *err)
{
    int version =
        (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset r = wanted(version);
    int ruleset;
    bool ok;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_set(err, "the host refuses no_new_privs: %s", strerror(errno));
    if (version < 1) {
        g_strlcpy(report->text, "no_new_privs, no Landlock in this kernel", sizeof(report->text));
        return true;
    }
    /* A thread that is there already would go on without. */
    if (count_threads() > 1)
        return error_set(err, "the machine cannot be confined: a thread was made too early");
    ruleset = (int)syscall(SYS_landlock_create_ruleset, &r, ruleset_size(version), 0);
    if (ruleset < 0)
        return error_set(err, "Landlock refuses: %s", strerror(errno));
    ok = add_folders(ruleset, paths, r.fs, err);
    if (ok && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        ok = error_set(err, "Landlock refuses: %s", strerror(errno));
    close(ruleset);
    if (ok)
        g_snprintf(report->text, sizeof(report->text), "no_new_privs, Landlock version %d",
                   version);
    return ok;
}
