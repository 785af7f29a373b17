/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels that are accepted, where their parts go, and what is said about the rest. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/linux_boot.h"
#include "tests/check_main.h"

#define MB (1u << 20)

static uint8_t file[3 * MB];
static struct linux_files files;
static struct linux_boot boot;
static struct error err;

static void put32(unsigned at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        file[at + i] = (uint8_t)(v >> (8 * i));
}

/* A kernel of `size` bytes behind four sectors of setup code; version 0: before there was a header.
 */
static void kernel(unsigned version, bool high, uint32_t size)
{
    memset(file, 0, sizeof(file));
    file[0x1f1] = 4;
    put32(0x1f4, size / 16);
    file[0x1fe] = 0x55;
    file[0x1ff] = 0xaa;
    if (version) {
        memcpy(file + 0x202, "HdrS", 4);
        file[0x206] = (uint8_t)version;
        file[0x207] = (uint8_t)(version >> 8);
        file[0x211] = high;
        put32(0x22c, 0x37ffffff);
        put32(0x238, 2047);
    }
    files = (struct linux_files){ .kernel_name = "vmlinuz",
                                  .initrd_name = "initrd.gz",
                                  .kernel = file,
                                  .kernel_size = 2560 + size,
                                  .cmdline = "" };
    err.text[0] = 0;
}

static void accepted(uint32_t memory)
{
    ck_assert_msg(linux_boot_prepare(&boot, &files, memory, &err), "%s", err.text);
}

static void refused(uint32_t memory, const char *why)
{
    bool ok = linux_boot_prepare(&boot, &files, memory, &err);

    ck_assert_msg(!ok, "accepted instead of \"%s\"", why);
    ck_assert_msg(strstr(err.text, why) != NULL, "\"%s\" instead of \"%s\"", err.text, why);
    ck_assert_ptr_null(boot.setup.data);
}

static uint32_t setup32(unsigned at)
{
    const uint8_t *p = boot.setup.data + at;

    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

START_TEST(a_bzimage_lies_at_one_megabyte)
{
    kernel(0x20c, true, MB);
    files.cmdline = "console=ttyS0";
    accepted(8 * MB);
    ck_assert_uint_eq(boot.kernel.address, MB);
    ck_assert_uint_eq(boot.kernel.size, MB);
    ck_assert_ptr_eq(boot.kernel.data, file + 2560);
    ck_assert_uint_eq(boot.setup.address, 0x10000);
    ck_assert_uint_eq(boot.setup.size, 2560);
    ck_assert_str_eq((const char *)boot.cmdline.data, "console=ttyS0");
    ck_assert_uint_eq(setup32(0x228), boot.cmdline.address);
    ck_assert_uint_eq(boot.setup.data[0x210], 0xff);
    ck_assert_uint_eq(boot.setup.data[0x211], 0x81); /* the heap may be used */
    ck_assert_uint_eq(setup32(0x218), 0);
    ck_assert_uint_eq(file[0x210], 0); /* the file itself stays as it was */
    linux_boot_free(&boot);
}
END_TEST

START_TEST(a_zimage_lies_low)
{
    kernel(0x200, false, 400 * 1024);
    accepted(4 * MB);
    ck_assert_uint_eq(boot.kernel.address, 0x10000);
    ck_assert_uint_eq(boot.setup.address, 0x90000);
    ck_assert_uint_eq(boot.setup.data[0x20] | boot.setup.data[0x21] << 8, 0xa33f);
    ck_assert_uint_eq(boot.setup.data[0x22] | boot.setup.data[0x23] << 8,
                      boot.cmdline.address - 0x90000);
    linux_boot_free(&boot);
    kernel(0x200, false, 600 * 1024);
    refused(4 * MB, "vmlinuz is a zImage of more than 512 KB");
}
END_TEST

START_TEST(zero_sectors_of_setup_mean_four)
{
    kernel(0x20c, true, MB);
    file[0x1f1] = 0;
    accepted(8 * MB);
    ck_assert_uint_eq(boot.setup.size, 2560);
    linux_boot_free(&boot);
}
END_TEST

START_TEST(the_initrd_lies_as_high_as_it_may)
{
    static uint8_t initrd[100001];

    kernel(0x20c, true, MB);
    files.initrd = initrd;
    files.initrd_size = sizeof(initrd);
    accepted(64 * MB);
    ck_assert_uint_eq(boot.initrd.address % 4096, 0);
    ck_assert_uint_le(boot.initrd.address + boot.initrd.size, 64 * MB - 0x40000);
    ck_assert_uint_ge(boot.initrd.address + boot.initrd.size, 64 * MB - 0x40000 - 4096);
    ck_assert_uint_eq(setup32(0x218), boot.initrd.address);
    ck_assert_uint_eq(setup32(0x21c), sizeof(initrd));
    linux_boot_free(&boot);
    put32(0x22c, 16 * MB - 1); /* the kernel's own bound */
    accepted(64 * MB);
    ck_assert_uint_le(boot.initrd.address + boot.initrd.size, 16 * MB);
    ck_assert_uint_ge(boot.initrd.address + boot.initrd.size, 16 * MB - 4096);
    linux_boot_free(&boot);
    accepted(2048u * MB);
    linux_boot_free(&boot);
    put32(0x22c, MB);
    refused(64 * MB, "initrd.gz is larger than this kernel can take");
    files.initrd_size = 0;
    refused(64 * MB, "initrd.gz is empty");
}
END_TEST

START_TEST(a_kernel_says_how_much_it_needs)
{
    static uint8_t initrd[100001];

    kernel(0x20c, true, 2 * MB);
    refused(2 * MB, "vmlinuz needs at least 4 MB of memory to start; the machine has 2 MB");
    put32(0x258, 16 * MB); /* where it unpacks itself */
    put32(0x260, 20 * MB);
    refused(32 * MB, "vmlinuz needs at least 37 MB of memory");
    accepted(37 * MB);
    linux_boot_free(&boot);
    files.initrd = initrd;
    files.initrd_size = 10 * MB; /* not looked at, if it does not fit */
    refused(46 * MB, "vmlinuz with its initrd needs at least 47 MB of memory");
    put32(0x260, 0xffffffff);
    refused(2048u * MB, "needs at least");
}
END_TEST

START_TEST(what_is_no_kernel_is_refused)
{
    kernel(0x20c, true, MB);
    files.kernel_size = 512;
    refused(8 * MB, "vmlinuz is no Linux kernel for the PC: it has no boot signature");
    files.kernel_size = 0;
    refused(8 * MB, "no boot signature");
    files.kernel_size = 2560;
    refused(8 * MB, "or it is cut off");
    kernel(0x20c, true, MB);
    file[0x1fe] = 0;
    refused(8 * MB, "no boot signature");
    kernel(0, false, 100000); /* old, and its length is true */
    accepted(4 * MB);
    linux_boot_free(&boot);
    files.kernel_size = sizeof(file); /* a boot sector of something else */
    refused(4 * MB, "vmlinuz is no Linux kernel for the PC, or it is cut off");
    files.kernel_size = 2560 + 50000;
    refused(4 * MB, "cut off");
}
END_TEST

START_TEST(an_old_kernel_takes_no_initrd)
{
    kernel(0, false, 100000);
    files.initrd = file;
    files.initrd_size = 1000;
    refused(4 * MB, "vmlinuz is too old to take an initrd");
}
END_TEST

START_TEST(the_command_line_has_the_kernels_length)
{
    char text[5000];

    memset(text, 'x', sizeof(text));
    kernel(0x20c, true, MB);
    files.cmdline = text;
    text[2047] = 0;
    accepted(8 * MB);
    linux_boot_free(&boot);
    text[2047] = 'x';
    text[2048] = 0;
    refused(8 * MB, "has 2048 characters; this kernel takes at most 2047");
    kernel(0x202, true, MB);
    files.cmdline = text;
    text[255] = 0;
    accepted(8 * MB);
    linux_boot_free(&boot);
    text[255] = 'x';
    text[256] = 0;
    refused(8 * MB, "at most 255");
    kernel(0x20c, true, MB);
    put32(0x238, 0xffffffff); /* more than anybody has a place for */
    files.cmdline = text;
    text[256] = text[2048] = 'x';
    text[4999] = 0;
    refused(8 * MB, "at most 4095");
}
END_TEST

START_TEST(setup_code_must_fit)
{
    kernel(0x20c, true, MB);
    file[0x1f1] = 255;
    refused(8 * MB, "setup code is too long");
    file[0x1f1] = 120;
    accepted(8 * MB);
    linux_boot_free(&boot);
    kernel(0x201, true, MB);
    file[0x1f1] = 90;
    refused(8 * MB, "setup code is too long");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linux boot");

    CHECK_CASE(suite, "layout", a_bzimage_lies_at_one_megabyte, a_zimage_lies_low,
               zero_sectors_of_setup_mean_four, the_initrd_lies_as_high_as_it_may,
               the_command_line_has_the_kernels_length);
    CHECK_CASE(suite, "refused", a_kernel_says_how_much_it_needs, what_is_no_kernel_is_refused,
               an_old_kernel_takes_no_initrd, setup_code_must_fit);
    return check_main(suite);
}
