/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts: profiles and what somebody wants typed. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/host/keys.h"
#include "core/linux_boot.h"
#include "profiles/profile.h"
#include "tests/fuzz/targets.h"

static const char profile_text[] = "# A machine\n"
                                   "[Machine]\nFormatVersion=1\nName=Old one\n"
                                   "Uuid=3c5bd0a5-3a0e-4f1c-8d64-1d9c6d3c5b11\nBoard=pc-pci-v1\n"
                                   "Memory=16M\nCpu=486\nEngine=auto\nBoot=ac\nClock=host\n"
                                   "DiskSpeed=fast\nDebugExit=true\nNotes=none\n\n"
                                   "[Floppy A]\nFile=dos.img\nReadOnly=true\n\n"
                                   "[Disk 0]\nFile=disk.img\nCylinders=306\nHeads=4\nSectors=17\n\n"
                                   "[Cdrom]\nImage=cd.iso\nPosition=primary-slave\n\n"
                                   "[Serial 1]\nTarget=stdio\n";

/* All keys of one are in the other, but for those of drive A. */
static void check_same(GKeyFile *one, GKeyFile *other)
{
    char **groups = g_key_file_get_groups(one, NULL);

    for (unsigned i = 0; groups[i]; i++) {
        char **keys =
            strcmp(groups[i], "Floppy A") ? g_key_file_get_keys(one, groups[i], NULL, NULL) : NULL;

        for (unsigned k = 0; keys && keys[k]; k++) {
            char *a = g_key_file_get_value(one, groups[i], keys[k], NULL);
            char *b = g_key_file_get_value(other, groups[i], keys[k], NULL);

            if (g_strcmp0(a, b))
                abort();
            g_free(a);
            g_free(b);
        }
        g_strfreev(keys);
    }
    g_strfreev(groups);
}

/* Another image in drive A changes nothing else, and is there. */
static void check_medium(const uint8_t *data, size_t size)
{
    char *text = g_strndup((const char *)data, size);
    char *edited = profile_edit_medium(text, "Floppy A", "new.img", size & 1);
    GKeyFile *before = g_key_file_new(), *after = g_key_file_new();

    if (!edited || !g_key_file_load_from_data(before, text, strlen(text), 0, NULL) ||
        !g_key_file_load_from_data(after, edited, strlen(edited), 0, NULL))
        abort();
    check_same(before, after);
    check_same(after, before);
    g_key_file_unref(before);
    g_key_file_unref(after);
    g_free(text);
    g_free(edited);
}

static void one_profile(const void *ctx, const uint8_t *data, size_t size)
{
    GPtrArray *problems = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    const char *path = fuzz_file(data, size);
    struct profile *profile = profile_load(path, problems, warnings);

    (void)ctx;
    if (!profile && !problems->len)
        abort(); /* refused without a sentence */
    if (profile) {
        profile_check_images(profile, problems);
        if (!memchr(data, 0, size))
            check_medium(data, size);
    }
    for (guint i = 0; i < problems->len; i++)
        if (!g_utf8_validate(problems->pdata[i], -1, NULL))
            abort(); /* a sentence that no window could show */
    profile_free(profile);
    g_ptr_array_free(problems, TRUE);
    g_ptr_array_free(warnings, TRUE);
}

struct fuzz_target target_profile(void)
{
    static const struct fuzz_seed seeds[] = { { profile_text, sizeof(profile_text) - 1 }, { 0 } };

    return (struct fuzz_target){
        .name = "profile",
        .one = one_profile,
        .seeds = seeds,
        .most = 4096,
        .dictionary =
            "[Machine]\n[Floppy B]\n[Disk 3]\n[Serial 4]\n[Cdrom]\n[Cdrom "
            "2]\nImage=\nPosition=\nsecondary-master\nGeometry=\n615/4/17\n=\n;\n\\s\n#\nMemory=\n"
            "1G\n640K\n99999999999999999999M\nClock=\nutc\noffset:\nfixed:\nfrozen:\n"
            "-2y\n+1d12h30m\n1991-05-06T12:00:59\n"
            "1991-05-17 09:00:00\n-1\n0\nEngine=\nkvm\nown\nBoot=\ncad\nCylinders=\n65536\n"
            "true\nfalse\nFile=\n/dev/zero\n../..\n\xff\nTarget=\nnone\nSpeed=full",
    };
}

static void one_keys(const void *ctx, const uint8_t *data, size_t size)
{
    enum { MOST = 40 };
    struct key_stroke *strokes = malloc(MOST * sizeof(*strokes)); /* exactly as many */
    char *text = malloc(size + 1), problem[256];
    unsigned held = 0;
    int count;

    (void)ctx;
    memcpy(text, data, size);
    text[size] = 0;
    problem[0] = 0;
    count = key_parse(text, strokes, MOST, problem);
    if (count < -1 || count > MOST || (count < 0 && !problem[0]))
        abort();
    for (int i = 0; i < count; i++)
        held += strokes[i].down ? 1u : -1u;
    if (held)
        abort(); /* a key that is never let go */
    key_by_name(text);
    free(text);
    free(strokes);
}

struct fuzz_target target_keys(void)
{
    static const struct fuzz_seed seeds[] = { { "dir{enter}", 10 },
                                              { "{ctrl-alt-delete}A {{} {f1}", 27 },
                                              { 0 } };

    return (struct fuzz_target){ .name = "keys",
                                 .one = one_keys,
                                 .seeds = seeds,
                                 .most = 512,
                                 .dictionary = "{\n}\n{{}\n-\n{ctrl-\n{shift-a}\n{enter}\n{ret}\n"
                                               "{f12}\nalt\nkp_add\n{-}\n{}\n{a-b-c-d-e-f-g-h-i}" };
}

/* ---- kernels ---- */

static bool inside(const struct linux_part *part, uint32_t memory)
{
    return (uint64_t)part->address + part->size <= memory;
}

/* Whatever is accepted lies in memory and nothing lies on anything else that matters. */
static void one_kernel(const void *ctx, const uint8_t *data, size_t size)
{
    static const uint32_t sizes[4] = { 1u << 20, 4u << 20, 64u << 20, 2048u << 20 };
    struct linux_files files = { .kernel_name = "kernel",
                                 .initrd_name = "initrd",
                                 .kernel = data,
                                 .kernel_size = size,
                                 .cmdline = "console=ttyS0" };
    struct linux_boot boot;
    struct error err = { { 0 } };
    uint32_t memory = sizes[size ? data[0] & 3 : 0];

    (void)ctx;
    if (size && data[0] & 4) {
        files.initrd = data;
        files.initrd_size = size;
    }
    if (!linux_boot_prepare(&boot, &files, memory, &err)) {
        if (!err.text[0])
            abort();
        return;
    }
    if (!inside(&boot.setup, 0xa0000) || !inside(&boot.cmdline, 0xa0000) ||
        !inside(&boot.kernel, memory) || !inside(&boot.initrd, memory))
        abort();
    if (boot.setup.address + boot.setup.size > boot.cmdline.address)
        abort();
    if (boot.initrd.data && boot.initrd.address < boot.kernel.address + boot.kernel.size)
        abort();
    linux_boot_free(&boot);
}

struct fuzz_target target_kernel(void)
{
    static uint8_t image[4096] = {
        [0x1f1] = 1,    [0x1fe] = 0x55, [0x1ff] = 0xaa, [0x202] = 'H', [0x203] = 'd',
        [0x204] = 'r',  [0x205] = 'S',  [0x206] = 0x0c, [0x207] = 2,   [0x211] = 1,
        [0x22f] = 0x37, [0x239] = 8,    [0x25b] = 1,    [0x261] = 16
    };
    static const struct fuzz_seed seeds[] = { { image, sizeof(image) }, { 0 } };

    return (struct fuzz_target){ .name = "kernel",
                                 .one = one_kernel,
                                 .seeds = seeds,
                                 .most = 8192,
                                 .dictionary = "HdrS\nU\xaa\n\xff\xff\xff\xff\n\x01\x02\n\x7f" };
}
