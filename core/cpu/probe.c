/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which engine is the fastest here is measured, not believed: a real-mode loop, then port writes,
 * in a scratch machine.  A /dev/kvm that exists may be a hundred times slower than the interpreter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/bus.h"
#include "core/cpu/probe.h"
#include "core/cpu/xlat.h"
#include "core/memory.h"
#include "core/vclock.h"

#define ENTRY      0x1000u
#define LOOP_INSNS 6000u
#define PORT_COUNT 100u
#define REPEATS    5u /* the best counts: what is slow for a moment is the host, not the engine */

/* mov cx,1000h / a: inc word [2000h]; add ax,bx; mov dx,ax; xor dx,cx; inc bx; loop a / hlt */
static const uint8_t loop_code[] = { 0xb9, 0x00, 0x00, 0xff, 0x06, 0x00, 0x20, 0x01, 0xd8,
                                     0x89, 0xc2, 0x31, 0xca, 0x43, 0xe2, 0xf3, 0xf4 };
/* mov cx,n / a: out 80h,al; loop a / hlt */
static const uint8_t port_code[] = { 0xb9, 0x00, 0x00, 0xe6, 0x80, 0xe2, 0xfc, 0xf4 };

/* a: inc dword [2000h]; add ax,bx; mov dx,ax; xor dx,cx; inc bx; jmp a */
static const uint8_t endless_code[] = { 0x66, 0xff, 0x06, 0x00, 0x20, 0x01, 0xd8,
                                        0x89, 0xc2, 0x31, 0xca, 0x43, 0xeb, 0xf2 };
#define ENDLESS_COUNT 0x2000u
#define SLICES        16u
#define SLICE_NS      150000u

/* Of this thread: time that others had on a busy host does not make an engine slow. */
static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint8_t no_interrupt(void *ctx)
{
    (void)ctx;
    return 0xff;
}

static void no_pin(void *ctx, bool level)
{
    (void)ctx;
    (void)level;
}

/* The code at ENTRY, in real mode. */
static bool put_code(struct cpu *cpu, uint8_t *ram, const uint8_t *code, size_t size,
                     struct x86_state *x)
{
    struct error err;

    cpu->ops->get(cpu, x);
    x86_reset(x, cpu->model, 0);
    memcpy(ram + ENTRY, code, size);
    cpu->ops->ram_written(cpu, ENTRY, (uint32_t)size);
    for (unsigned i = 0; i < 6; i++) {
        x->seg[i].selector = 0;
        x->seg[i].base = 0;
    }
    x->eip = ENTRY;
    return cpu->ops->set(cpu, x, &err);
}

/* What a slice costs beside the guest's work, by an endless loop cut into slices. */
static double time_slices(struct cpu *cpu, uint8_t *ram, double mips)
{
    const struct cpu_slice slice = { 1, SLICE_NS };
    struct x86_state x;
    uint32_t turns = 0;
    uint64_t start;
    double work, ns;

    memcpy(ram + ENDLESS_COUNT, &turns, sizeof(turns));
    if (!put_code(cpu, ram, endless_code, sizeof(endless_code), &x))
        return 0;
    start = now_ns();
    for (unsigned i = 0; i < SLICES; i++)
        cpu->ops->run(cpu, &slice);
    ns = (double)(now_ns() - start);
    memcpy(&turns, ram + ENDLESS_COUNT, sizeof(turns));
    work = turns * 6.0 * 1000.0 / mips;
    return work < ns ? (ns - work) / SLICES : 0;
}

/* Runs the code with CX = turns until HLT; ns it took, or 0: it did not get there. */
static uint64_t time_code(struct cpu *cpu, uint8_t *ram, const uint8_t *code, size_t size,
                          uint16_t turns)
{
    const struct cpu_slice slice = { 20000000, 50000000 };
    struct x86_state x;
    uint64_t start;
    enum cpu_exit why = CPU_EXIT_BUDGET;

    if (!put_code(cpu, ram, code, size, &x))
        return 0;
    memcpy(ram + ENTRY + 1, &turns, sizeof(turns));
    start = now_ns();
    for (int i = 0; i < 4 && (why == CPU_EXIT_BUDGET || why == CPU_EXIT_KICK); i++)
        why = cpu->ops->run(cpu, &slice);
    return why == CPU_EXIT_HALT ? now_ns() - start : 0;
}

static void measure(struct cpu *cpu, uint8_t *ram, struct engine_probe *probe)
{
    uint64_t ns;
    uint32_t turns = LOOP_INSNS / 6;

    time_code(cpu, ram, loop_code, sizeof(loop_code), 8); /* warms up, decodes */
    for (;;) {
        ns = time_code(cpu, ram, loop_code, sizeof(loop_code), (uint16_t)turns);
        if (!ns || ns > 1000000 || turns >= 60000)
            break;
        turns = turns * 6 < 60000 ? turns * 6 : 60000;
    }
    if (!ns) {
        snprintf(probe->why_not, sizeof(probe->why_not), "it did not finish a simple loop");
        return;
    }
    for (unsigned i = 0; i < REPEATS; i++) {
        uint64_t again =
            time_code(cpu, ram, loop_code, sizeof(loop_code), (uint16_t)(turns / REPEATS + 1));

        if (again && again * REPEATS < ns)
            ns = again * REPEATS;
    }
    probe->mips = turns * 6.0 * 1000.0 / (double)ns;
    ns = time_code(cpu, ram, port_code, sizeof(port_code), PORT_COUNT);
    probe->port_ns = (double)ns / PORT_COUNT;
    probe->usable = ns != 0;
    if (!cpu->ops->counts)
        probe->slice_ns = time_slices(cpu, ram, probe->mips);
}

void engine_probe(const struct cpu_ops *engine, struct engine_probe *probe)
{
    struct memory *memory = mem_new();
    struct bus *bus = bus_new();
    struct vclock *clock = vclock_new();
    const struct cpu_host host = {
        .bus = bus, .memory = memory, .clock = clock, .intack = no_interrupt, .ferr = no_pin
    };
    struct error err = { { 0 } };
    struct cpu *cpu;
    uint8_t *ram = aligned_alloc(MEM_PAGE, 65536);

    *probe = (struct engine_probe){ 0 };
    memset(ram, 0, 65536);
    mem_add_ram(memory, "probe", 0, 65536, 0, ram, NULL);
    cpu = engine->create(CPU_486, &host, &err);
    if (cpu) {
        measure(cpu, ram, probe);
        cpu->ops->destroy(cpu);
    } else {
        snprintf(probe->why_not, sizeof(probe->why_not), "%s", err.text);
    }
    mem_free(memory);
    bus_free(bus);
    vclock_free(clock);
    free(ram);
}

const struct cpu_ops *engine_own(void)
{
    const char *why_not;

    return xlat_possible(&why_not) ? &translate_ops : &interp_ops;
}

/* Measures it; where the host does not let the translator be made, the interpreter. */
static const struct cpu_ops *probe_own(struct engine_probe *own)
{
    const struct cpu_ops *ops = engine_own();

    engine_probe(ops, own);
    if (own->usable || ops == &interp_ops)
        return ops;
    engine_probe(&interp_ops, own);
    return &interp_ops;
}

/* Asked for one of ours by name. */
static const struct cpu_ops *choose_own(const char *wish, struct engine_probe *own,
                                        char reason[512])
{
    const struct cpu_ops *ops = strcmp(wish, "translate") ? &interp_ops : &translate_ops;
    const char *why_not;

    if (!strcmp(wish, "own"))
        ops = probe_own(own);
    else
        engine_probe(ops, own);
    if (!own->usable) {
        snprintf(reason, 512, "the translator was asked for: %s", own->why_not);
        return NULL;
    }
    if (!strcmp(wish, "own") && ops == &interp_ops && !xlat_possible(&why_not))
        snprintf(reason, 512,
                 "interpreter, asked for by name (%.0f million instructions a second); no "
                 "translator: %s",
                 own->mips, why_not);
    else
        snprintf(reason, 512, "%s, asked for by name (%.0f million instructions a second)",
                 ops == &interp_ops ? "interpreter" : "translator", own->mips);
    return ops;
}

const struct cpu_ops *engine_choose(const char *wish, struct engine_probe *kvm,
                                    struct engine_probe *own, char reason[512])
{
    const struct cpu_ops *ops;
    const char *name;

    *kvm = (struct engine_probe){ 0 };
    if (!strcmp(wish, "own") || !strcmp(wish, "interpret") || !strcmp(wish, "translate"))
        return choose_own(wish, own, reason);
    ops = probe_own(own);
    name = ops == &interp_ops ? "interpreter" : "translator";
    engine_probe(&kvm_ops, kvm);
    if (!strcmp(wish, "kvm")) {
        if (!kvm->usable) {
            snprintf(reason, 512, "KVM was asked for: %s", kvm->why_not);
            return NULL;
        }
        snprintf(reason, 512, "KVM, asked for by name (%.1f million instructions a second)",
                 kvm->mips);
        return &kvm_ops;
    }
    if (strcmp(wish, "auto")) {
        snprintf(reason, 512,
                 "there is no engine \"%.40s\"; there are auto, kvm, own, translate and interpret",
                 wish);
        return NULL;
    }
    if (!kvm->usable) {
        snprintf(reason, 512, "%s: %s", name, kvm->why_not);
        return ops;
    }
    snprintf(reason, 512,
             "%s: KVM runs %.1f million instructions a second here, the own engine %.1f",
             kvm->mips > own->mips ? "KVM" : name, kvm->mips, own->mips);
    return kvm->mips > own->mips ? &kvm_ops : ops;
}
