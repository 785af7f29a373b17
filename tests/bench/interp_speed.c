/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast are our engines?  Small kernels in 16-bit and 32-bit code, each for the given number of
 * instructions (default 100 million); prints millions of instructions per second of processor time.
 *
 * interp_speed [INSTRUCTIONS [translate]]
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/bus.h"
#include "core/cpu/cpu.h"
#include "core/memory.h"

enum { RAM = 4 << 20, CODE = 0x10000 };

struct kernel {
    const char *name;
    bool code32;
    unsigned len;
    const char *code;
};

#define KERNEL(name, code32, code)                                                                 \
    {                                                                                              \
        name, code32, sizeof(code) - 1, code                                                       \
    }

static const struct kernel kernels[] = {
    /* l: mov ax,[bx]; add ax,cx; mov [bx],ax; add bx,2; cmp bx,4000h; jb l; xor bx,bx; jmp l */
    KERNEL("16-bit words", false,
           "\x8b\x07\x01\xc8\x89\x07\x83\xc3\x02\x81\xfb\x00\x40\x72\xf1\x31\xdb\xeb\xed"),
    /* l: mov al,[si]; shl dx,1; jnc +4; xor dx,1021h; xor dh,al; inc si; dec cx; jnz l; jmp l */
    KERNEL("16-bit CRC", false,
           "\x8a\x04\xd1\xe2\x73\x04\x81\xf2\x21\x10\x30\xc6\x46\x49\x75\xf0\xeb\xee"),
    /* l: call f; inc ax; jmp l; f: push bx; pop bx; ret */
    KERNEL("16-bit calls", false, "\xe8\x03\x00\x40\xeb\xfa\x53\x5b\xc3"),
    /* data beside code: l: inc word cs:[80h]; mov ax,cs:[80h]; mov cs:[82h],ax; jmp l */
    KERNEL("stores beside code", false,
           "\x2e\xff\x06\x80\x00\x2e\xa1\x80\x00\x2e\xa3\x82\x00\xeb\xf1"),
    /* l: mov eax,[ebx+200000h]; lea eax,[eax+eax*2+1]; mov [ebx+200000h],eax; add ebx,4;
     * and ebx,0ffffh; dec ecx; jnz l; jmp l */
    KERNEL("32-bit words", true,
           "\x8b\x83\x00\x00\x20\x00\x8d\x44\x40\x01\x89\x83\x00\x00\x20\x00\x83\xc3\x04"
           "\x81\xe3\xff\xff\x00\x00\x49\x75\xe4\xeb\xe2"),
    /* l: xor eax,eax; mov al,[ebx+200000h]; add edx,[eax*4+210000h]; inc bl; jnz l; inc bh; jmp l
     */
    KERNEL("32-bit table", true,
           "\x31\xc0\x8a\x83\x00\x00\x20\x00\x03\x14\x85\x00\x00\x21\x00\xfe\xc3\x75\xed\xfe"
           "\xc7\xeb\xe9"),
};

static uint8_t *ram;

static bool start(struct cpu *cpu, const struct kernel *kernel)
{
    struct x86_state x;
    struct error err;

    memcpy(ram + CODE, kernel->code, kernel->len);
    x86_reset(&x, CPU_PENTIUM2, 0);
    for (unsigned s = 0; s < 6; s++) {
        x.seg[s] = (struct x86_segment){ .base = s == S_CS ? CODE : 0x30000,
                                         .selector = s == S_CS ? CODE / 16 : 0x3000,
                                         .limit = 0xffff,
                                         .attr = SEG_P | SEG_S | SEG_W | SEG_A };
        if (kernel->code32) {
            x.seg[s].base = 0;
            x.seg[s].limit = 0xffffffff;
            x.seg[s].attr |= SEG_G | SEG_DB | (s == S_CS ? SEG_CODE : 0);
        }
    }
    x.cr0 = kernel->code32 ? CR0_PE | CR0_ET : CR0_ET;
    x.eip = kernel->code32 ? CODE : 0;
    x.gpr[R_ESP] = 0x8000;
    x.eflags = FL_ONE;
    return cpu->ops->set(cpu, &x, &err);
}

int main(int argc, char **argv)
{
    struct cpu_slice slice = { .insns = 100000 };
    uint64_t insns = argc > 1 ? strtoull(argv[1], NULL, 0) : 100000000;
    struct memory *memory = mem_new();
    struct bus *bus = bus_new();
    struct cpu_host host = { .memory = memory, .bus = bus };
    const struct cpu_ops *ops =
        argc > 2 && strcmp(argv[2], "translate") == 0 ? &translate_ops : &interp_ops;
    struct error err;
    struct cpu *cpu;

    ram = calloc(1, RAM);
    if (!ram || !mem_add_ram(memory, "ram", 0, RAM, 0, ram, &err))
        return 1;
    cpu = ops->create(CPU_PENTIUM2, &host, &err);
    if (!cpu)
        return 1;
    for (unsigned n = 0; n < sizeof(kernels) / sizeof(kernels[0]); n++) {
        clock_t before = clock();
        uint64_t end = cpu->ops->icount(cpu) + insns;

        if (!start(cpu, &kernels[n]))
            return 1;
        while (cpu->ops->icount(cpu) < end)
            cpu->ops->run(cpu, &slice);
        printf("%-20s %7.1f million instructions a second\n", kernels[n].name,
               (double)insns / 1e6 / ((double)(clock() - before) / CLOCKS_PER_SEC));
    }
    cpu->ops->destroy(cpu);
    mem_free(memory);
    bus_free(bus);
    free(ram);
    return 0;
}
