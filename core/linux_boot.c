/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Linux x86 boot protocol, from its first form (no header, zImage in the first megabyte) on.
 * Source: Documentation/arch/x86/boot.rst of the kernel.
 */
#include <stdlib.h>
#include <string.h>

#include "core/linux_boot.h"

/* Offsets in the setup code. */
enum {
    OLD_CL_MAGIC = 0x020,
    OLD_CL_OFFSET = 0x022,
    SETUP_SECTS = 0x1f1,
    SYSSIZE = 0x1f4,
    BOOT_FLAG = 0x1fe,
    HEADER = 0x202, /* "HdrS" */
    VERSION = 0x206,
    TYPE_OF_LOADER = 0x210,
    LOADFLAGS = 0x211,
    RAMDISK_IMAGE = 0x218,
    RAMDISK_SIZE = 0x21c,
    HEAP_END_PTR = 0x224,
    CMD_LINE_PTR = 0x228,
    INITRD_ADDR_MAX = 0x22c,
    CMDLINE_SIZE = 0x238,
    PREF_ADDRESS = 0x258,
    INIT_SIZE = 0x260,
    HEADER_END = 0x268,
};
enum { LOADED_HIGH = 0x01, CAN_USE_HEAP = 0x80 };
enum { LOADER_UNDEFINED = 0xff };
enum { SECTOR = 512, OLD_SETUP_SECTS = 4, CMDLINE_OLD_MAX = 255 };
#define INITRD_OLD_MAX 0x37ffffffu
/* Where things go.  Old setup code must lie at 90000h; protocol 2.02 says where it may be else, and
 * below it there is more room for stack and heap. */
#define SETUP_OLD   0x90000u
#define CMDLINE_OLD 0x9a000u /* its end; the BIOS has its own data from 9F000h or so on */
#define SETUP_NEW   0x10000u
#define CMDLINE_NEW 0x20000u
#define KERNEL_LOW  0x10000u
#define KERNEL_HIGH 0x100000u
/* What SeaBIOS keeps for its tables at the top of memory, at most (BUILD_MAX_HIGHTABLE). */
#define FIRMWARE_TOP 0x40000u
#define MB           (1u << 20)

struct layout {
    uint8_t *setup;
    unsigned version; /* 0: before 2.00 */
    bool high;
    uint64_t kernel_end; /* of what the kernel needs until it has looked at the initrd */
};

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v);
    put16(p + 2, v >> 16);
}

static uint64_t round_up(uint64_t v, uint32_t unit)
{
    return (v + unit - 1) / unit * unit;
}

/* ---- the kernel's file ---- */

/* A kernel without header has nothing but a length that fits its file, in units of 16 bytes. */
static bool old_length_fits(const uint8_t *file, uint64_t rest)
{
    uint64_t said = (uint64_t)(file[SYSSIZE] | file[SYSSIZE + 1] << 8) * 16;

    return said && rest + 16 > said && rest < said + SECTOR;
}

/* Splits the file into setup code and kernel. */
static bool read_kernel(struct linux_boot *boot, struct layout *l, const struct linux_files *files,
                        struct error *err)
{
    const uint8_t *file = files->kernel;
    uint64_t size = files->kernel_size, setup;

    if (size < HEADER_END || file[BOOT_FLAG] != 0x55 || file[BOOT_FLAG + 1] != 0xaa)
        return error_set(err, "%.120s is no Linux kernel for the PC: it has no boot signature",
                         files->kernel_name);
    if (size > UINT32_MAX / 2)
        return error_set(err, "%.120s is too large for a Linux kernel", files->kernel_name);
    setup = ((file[SETUP_SECTS] ? file[SETUP_SECTS] : OLD_SETUP_SECTS) + 1u) * SECTOR;
    if (!memcmp(file + HEADER, "HdrS", 4))
        l->version = file[VERSION] | (unsigned)file[VERSION + 1] << 8;
    if (size <= setup || (!l->version && !old_length_fits(file, size - setup)))
        return error_set(err, "%.120s is no Linux kernel for the PC, or it is cut off",
                         files->kernel_name);
    l->high = l->version && file[LOADFLAGS] & LOADED_HIGH;
    boot->kernel = (struct linux_part){ file + setup, (uint32_t)(size - setup),
                                        l->high ? KERNEL_HIGH : KERNEL_LOW };
    boot->setup.size = (uint32_t)setup;
    boot->setup.address = l->high && l->version >= 0x202 ? SETUP_NEW : SETUP_OLD;
    if (!l->high && boot->kernel.size > SETUP_OLD - KERNEL_LOW)
        return error_set(err, "%.120s is a zImage of more than 512 KB, which cannot be started",
                         files->kernel_name);
    l->setup = malloc(setup);
    if (!l->setup)
        return error_set(err, "there is no memory for the kernel");
    memcpy(l->setup, file, setup);
    boot->setup.data = l->setup;
    l->kernel_end = l->high ? (uint64_t)KERNEL_HIGH + boot->kernel.size : KERNEL_HIGH;
    if (l->high && l->version >= 0x20a) {
        uint64_t pref = get32(file + PREF_ADDRESS) | (uint64_t)get32(file + PREF_ADDRESS + 4) << 32;
        uint64_t end = (pref > KERNEL_HIGH ? pref : KERNEL_HIGH) + get32(file + INIT_SIZE);

        if (end > l->kernel_end && pref < UINT32_MAX)
            l->kernel_end = end;
    }
    return true;
}

/* ---- command line and initrd ---- */

static bool place_cmdline(struct linux_boot *boot, const struct layout *l, const char *text,
                          struct error *err)
{
    size_t length = strlen(text);
    uint32_t most = l->version >= 0x206 ? get32(l->setup + CMDLINE_SIZE) : CMDLINE_OLD_MAX;
    bool far = boot->setup.address == SETUP_NEW;
    uint32_t end = far ? CMDLINE_NEW + 0x10000 : CMDLINE_OLD;
    char *copy;

    most = most < 4095 ? most : 4095;
    if (length > most)
        return error_set(
            err, "the kernel's command line has %u characters; this kernel takes at most %u",
            (unsigned)length, most);
    copy = strdup(text);
    if (!copy)
        return error_set(err, "there is no memory for the kernel");
    boot->cmdline =
        (struct linux_part){ (uint8_t *)copy, (uint32_t)length + 1,
                             far ? CMDLINE_NEW : (end - (uint32_t)length - 1) & ~(uint32_t)15 };
    if (boot->setup.address + boot->setup.size + SECTOR > boot->cmdline.address)
        return error_set(err, "the kernel's setup code is too long to be started");
    return true;
}

static bool place_initrd(struct linux_boot *boot, const struct layout *l,
                         const struct linux_files *files, uint32_t memory, struct error *err)
{
    uint64_t top = memory > FIRMWARE_TOP ? memory - FIRMWARE_TOP : 0;
    uint64_t need = l->kernel_end + round_up(files->initrd_size, 4096) + FIRMWARE_TOP;
    uint64_t last = INITRD_OLD_MAX;

    if (need > memory)
        return error_set(err,
                         "%.100s%s needs at least %u MB of memory to start; the machine has %u MB",
                         files->kernel_name, files->initrd ? " with its initrd" : "",
                         (unsigned)(round_up(need, MB) / MB), memory / MB);
    if (!files->initrd)
        return true;
    if (l->version < 0x200)
        return error_set(err, "%.120s is too old to take an initrd", files->kernel_name);
    if (!files->initrd_size)
        return error_set(err, "%.120s is empty and no initrd", files->initrd_name);
    if (l->version >= 0x203)
        last = get32(l->setup + INITRD_ADDR_MAX);
    top = top < last + 1 ? top : last + 1;
    if (l->kernel_end + round_up(files->initrd_size, 4096) > top)
        return error_set(err, "%.100s is larger than this kernel can take", files->initrd_name);
    boot->initrd = (struct linux_part){ files->initrd, (uint32_t)files->initrd_size,
                                        (uint32_t)(top - files->initrd_size) & ~4095u };
    return true;
}

/* Tells the kernel, in the way of its protocol. */
static void fill_header(const struct linux_boot *boot, const struct layout *l)
{
    uint8_t *s = l->setup;

    if (l->version < 0x202) {
        put16(s + OLD_CL_MAGIC, 0xa33f);
        put16(s + OLD_CL_OFFSET, boot->cmdline.address - boot->setup.address);
    } else {
        put32(s + CMD_LINE_PTR, boot->cmdline.address);
    }
    if (l->version < 0x200)
        return;
    s[TYPE_OF_LOADER] = LOADER_UNDEFINED;
    put32(s + RAMDISK_IMAGE, boot->initrd.address);
    put32(s + RAMDISK_SIZE, boot->initrd.size);
    if (l->version >= 0x201) {
        s[LOADFLAGS] |= CAN_USE_HEAP;
        /* The stack begins 16 bytes below the command line (linuxboot.asm); 512 bytes for it. */
        put16(s + HEAP_END_PTR, boot->cmdline.address - boot->setup.address - 16 - SECTOR);
    }
}

bool linux_boot_prepare(struct linux_boot *boot, const struct linux_files *files, uint32_t memory,
                        struct error *err)
{
    struct layout l = { 0 };

    memset(boot, 0, sizeof(*boot));
    if (!read_kernel(boot, &l, files, err) || !place_cmdline(boot, &l, files->cmdline, err) ||
        !place_initrd(boot, &l, files, memory, err)) {
        linux_boot_free(boot);
        return false;
    }
    fill_header(boot, &l);
    return true;
}

void linux_boot_free(struct linux_boot *boot)
{
    free((void *)boot->setup.data);
    free((void *)boot->cmdline.data);
    memset(boot, 0, sizeof(*boot));
}
