/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache is a key file, bygone/calibration in the user's cache folder.  What was measured on
 * another processor, kernel or version counts as not measured.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "core/main/calibrate.h"

enum { REPEATS = 4 };
#define MOST_MIPS     1e6
#define MOST_SLICE_NS 1e6
#define VERSION       "1" /* of the way it is measured */

struct figures {
    double mips, slice_ns; /* 0: not known */
};

static struct figures known;

/* What the figure depends on: processor, kernel, version. */
static char *host_key(void)
{
    g_autofree char *info = NULL;
    struct utsname host = { .release = "?" };
    const char *model = NULL;
    size_t length = 0;

    if (g_file_get_contents("/proc/cpuinfo", &info, NULL, NULL))
        model = strstr(info, "model name");
    if (model && (model = strchr(model, ':'))) {
        model += strspn(model, ": \t");
        length = strcspn(model, "\n");
    }
    uname(&host);
    return g_strdup_printf("%.*s; Linux %s; " VERSION, (int)length, model ? model : "",
                           host.release);
}

static char *cache_path(void)
{
    return g_build_filename(g_get_user_cache_dir(), "bygone", "calibration", NULL);
}

static struct figures read_cache(const char *key)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *path = cache_path(), *host = NULL;
    struct figures found;

    if (!g_key_file_load_from_file(keys, path, G_KEY_FILE_NONE, NULL))
        return (struct figures){ 0 };
    host = g_key_file_get_string(keys, "KVM", "Host", NULL);
    found.mips = g_key_file_get_double(keys, "KVM", "Mips", NULL);
    found.slice_ns = g_key_file_get_double(keys, "KVM", "SliceNs", NULL);
    if (!host || strcmp(host, key) || !(found.mips > 0 && found.mips < MOST_MIPS) ||
        !(found.slice_ns >= 0 && found.slice_ns < MOST_SLICE_NS))
        return (struct figures){ 0 };
    return found;
}

/* A cache that cannot be written is measured again the next time. */
static void write_cache(const char *key)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *path = cache_path(), *folder = g_path_get_dirname(path);

    g_key_file_set_string(keys, "KVM", "Host", key);
    g_key_file_set_double(keys, "KVM", "Mips", known.mips);
    g_key_file_set_double(keys, "KVM", "SliceNs", known.slice_ns);
    if (g_mkdir_with_parents(folder, 0755) == 0)
        g_key_file_save_to_file(keys, path, NULL);
}

void calibrate_start(struct engine_probe *kvm)
{
    g_autofree char *key = host_key();
    struct engine_probe again;

    known = read_cache(key);
    if (!known.mips) {
        known = (struct figures){ kvm->mips, kvm->slice_ns };
        for (unsigned i = 0; i < REPEATS; i++) { /* the best counts, as in one probe */
            engine_probe(&kvm_ops, &again);
            if (again.usable && again.mips > known.mips)
                known = (struct figures){ again.mips, again.slice_ns };
        }
        write_cache(key);
    }
    calibrate_again(kvm);
}

void calibrate_again(struct engine_probe *kvm)
{
    if (!known.mips || !kvm->usable)
        return;
    kvm->mips = known.mips;
    kvm->slice_ns = known.slice_ns;
}
