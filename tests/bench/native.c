/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The benchmark's kernels run by the host's processor itself, on the same commands as the floppy
 * (kernels/floppy.asm): standard input and output are the line.
 *
 * native KERNELS16 KERNELS32
 *
 * 32-bit kernels run in the 32-bit code segment that Linux gives every process, at the addresses
 * they have in the guest.  16-bit kernels run in segments of the LDT.  Their base is 0 where the
 * host lets us map the first 64 KB (root, or vm.mmap_min_addr = 0): processors of AMD's Zen family
 * take 20 cycles more for each branch in a code segment with another base, and copy strings
 * slowly.  With another base the answer to the command V is 1.
 */
#include <asm/ldt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    LOW = 0x10000000, /* the way in and out, then the frame */
    PAGE = 0x1000,
    CODE16 = 0x1000,
    END16 = 0x10000,
    STACK16 = 0xf000,
    OTHER_BASE = 0x100000, /* of 16-bit segments, when 0 is not to be had */
    CODE32 = 0x200000,
    STACK32 = 0x2f0000,
    END32 = 0x600000,
    CODE32_SELECTOR = 0x23,
    DATA32_SELECTOR = 0x2b,
    CODE16_SELECTOR = 0x07, /* LDT 0 and 1, ring 3 */
    DATA16_SELECTOR = 0x0f,
    CODE64_SELECTOR = 0x33,
    ROW = 32, /* of a table of kernels */
    ROW_CODE = 24,
    ROW_PREPARE = 28,
};

/* Known to native_enter.S by offset. */
struct native_frame {
    uint32_t eip;
    uint16_t cs;
    uint32_t stack;
    uint32_t data;
    uint32_t kernel;
    uint32_t passes;
    uint32_t result;
    uint64_t rsp;
};

extern const uint8_t native_low_start[], native_low_end[], native_low_exit[];

static uint8_t *at16, *at32; /* offset 0 of the segments' code */
static uint32_t base16;
static struct native_frame *frame;

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "native: %s: %s\n", what, why);
    return 1;
}

static uint32_t word(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static void *map(uintptr_t at, size_t size, int prot)
{
    void *p =
        mmap((void *)at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    if (p == MAP_FAILED || p == (void *)at)
        return p == MAP_FAILED ? NULL : p;
    munmap(p, size); /* kernels before 4.17 take the address for a wish */
    return NULL;
}

static bool load(const char *path, uint8_t *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, room);

    if (fd >= 0)
        close(fd);
    return n > ROW;
}

static bool segment16(unsigned number, unsigned contents)
{
    struct user_desc d = {
        .entry_number = number,
        .base_addr = base16,
        .limit = 0xffff,
        .contents = contents,
        .useable = 1,
    };

    return syscall(SYS_modify_ldt, 0x11, &d, sizeof d) == 0;
}

/* What is needed for kernels of 16 bits; without it they are refused one by one. */
static bool open16(const char *path)
{
    enum { RWX = PROT_READ | PROT_WRITE | PROT_EXEC };

    at16 = map(CODE16, END16 - CODE16, RWX);
    if (!at16) {
        base16 = OTHER_BASE;
        at16 = map(base16 + CODE16, END16 - CODE16, RWX);
    }
    return at16 && load(path, at16, END16 - CODE16) && segment16(0, MODIFY_LDT_CONTENTS_CODE) &&
           segment16(1, MODIFY_LDT_CONTENTS_DATA);
}

static bool open32(const char *path)
{
    uint8_t *low = map(LOW, 2 * PAGE, PROT_READ | PROT_WRITE);

    at32 = map(CODE32, END32 - CODE32, PROT_READ | PROT_WRITE | PROT_EXEC);
    if (!low || !at32 || !load(path, at32, STACK32 - CODE32))
        return false;
    memcpy(low, native_low_start, (size_t)(native_low_end - native_low_start));
    frame = (struct native_frame *)(low + PAGE);
    return mprotect(low, PAGE, PROT_READ | PROT_EXEC) == 0;
}

static uint32_t run(bool wide, uint32_t kernel, uint32_t passes)
{
    uint32_t back[2] = { (uint32_t)(LOW + (native_low_exit - native_low_start)), CODE64_SELECTOR };
    uint32_t stack = (wide ? STACK32 : STACK16) - (uint32_t)sizeof back;
    void (*enter)(void) = (void (*)(void))(uintptr_t)LOW;

    memcpy((void *)(uintptr_t)(stack + (wide ? 0 : base16)), back, sizeof back);
    frame->eip = word(wide ? at32 : at16);
    frame->cs = wide ? CODE32_SELECTOR : CODE16_SELECTOR;
    frame->data = wide ? DATA32_SELECTOR : DATA16_SELECTOR;
    frame->stack = stack;
    frame->kernel = kernel;
    frame->passes = passes;
    enter();
    return frame->result;
}

static char get(void)
{
    char c;

    if (read(STDIN_FILENO, &c, 1) != 1)
        exit(0);
    return c;
}

static void put(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        exit(1);
}

static uint32_t hex(unsigned digits)
{
    char text[9] = "";

    for (unsigned i = 0; i < digits; i++)
        text[i] = get();
    return (uint32_t)strtoul(text, NULL, 16);
}

static void serve(bool have16)
{
    uint32_t rows16 = word(at16 + 4) / ROW, rows32 = word(at32 + 4) / ROW;
    char answer[24];

    for (char command;; put("R")) {
        uint32_t number, passes;
        const uint8_t *row;
        bool wide;

        command = get();
        if (command == 'V') {
            put(!have16 ? "2" : base16 ? "1" : "0");
            continue;
        }
        if (command != 'K' && command != 'P')
            return;
        number = hex(2);
        passes = hex(8);
        wide = number >= rows16;
        row = (wide ? at32 + (number - rows16) * ROW : at16 + number * ROW) + 16;
        if (number >= rows16 + rows32 || (!wide && !have16))
            return;
        if (word(row + ROW_PREPARE))
            run(wide, word(row + ROW_PREPARE), 1);
        put("S");
        get();
        snprintf(answer, sizeof answer, "E%08X00000000", run(wide, word(row + ROW_CODE), passes));
        put(answer);
    }
}

int main(int argc, char **argv)
{
    bool have16;

    if (argc != 3)
        return fail("usage", "native KERNELS16 KERNELS32");
    if (!open32(argv[2]))
        return fail(argv[2], "the kernels cannot be loaded where they belong, below 4 GB");
    have16 = open16(argv[1]);
    if (!at16 || word(at16) == 0)
        return fail(argv[1], "the kernels cannot be loaded");
    put("R");
    serve(have16);
    return 0;
}
