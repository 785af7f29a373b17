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
#define MOST_MIPS 1e6
#define VERSION   "1" /* of the way it is measured */

static double known;

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

static double read_cache(const char *key)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *path = cache_path(), *host = NULL;
    double mips;

    if (!g_key_file_load_from_file(keys, path, G_KEY_FILE_NONE, NULL))
        return 0;
    host = g_key_file_get_string(keys, "KVM", "Host", NULL);
    mips = g_key_file_get_double(keys, "KVM", "Mips", NULL);
    return host && !strcmp(host, key) && mips > 0 && mips < MOST_MIPS ? mips : 0;
}

/* A cache that cannot be written is measured again the next time. */
static void write_cache(const char *key, double mips)
{
    g_autoptr(GKeyFile) keys = g_key_file_new();
    g_autofree char *path = cache_path(), *folder = g_path_get_dirname(path);

    g_key_file_set_string(keys, "KVM", "Host", key);
    g_key_file_set_double(keys, "KVM", "Mips", mips);
    if (g_mkdir_with_parents(folder, 0755) == 0)
        g_key_file_save_to_file(keys, path, NULL);
}

void calibrate_start(struct engine_probe *kvm)
{
    g_autofree char *key = host_key();
    struct engine_probe again;

    known = read_cache(key);
    if (!known) {
        known = kvm->mips; /* the best counts, as in one probe */
        for (unsigned i = 0; i < REPEATS; i++) {
            engine_probe(&kvm_ops, &again);
            known = again.usable && again.mips > known ? again.mips : known;
        }
        write_cache(key, known);
    }
    kvm->mips = known;
}

void calibrate_again(struct engine_probe *kvm)
{
    if (known && kvm->usable)
        kvm->mips = known;
}
