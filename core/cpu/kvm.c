/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The KVM engine: the only file that knows KVM.  No interrupt controller in the kernel: our PIC's
 * INTR is injected by KVM_INTERRUPT when the guest can take it, and the acknowledge cycle happens
 * at that one place.  Source: Linux, Documentation/virt/kvm/api.rst.
 *
 * Not modelled here: FERR# (KVM runs guests with CR0.NE set, an x87 error arrives as #MF), A20 for
 * addresses other than 100000-10FFFFh, FCS and FDS (the 64-bit image has no room for them).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/bus.h"
#include "core/cpu/cpu.h"
#include "core/memory.h"
#include "core/vclock.h"

#define MAX_SLOTS     64
#define TSS_ADDR      0xfeffd000u /* three pages; identity map page below */
#define IDENTITY_ADDR 0xfeffc000u
#define VIDEO_BASE    0xa0000u
#define VIDEO_SIZE    0x20000u
#define WRAP_BASE     0x100000u /* what A20 off folds to 0 */
#define WRAP_SIZE     0x10000u
#define CPUID_LEAVES  16
#define BURST_EXITS   24   /* so many video memory exits in one slice ask for a burst */
#define TSC_TOLERANCE 250u /* parts per million, DESIGN.md section 3 */

enum {
    MSR_TSC = 0x10,
    MSR_SYSENTER_CS = 0x174,
    MSR_SYSENTER_ESP = 0x175,
    MSR_SYSENTER_EIP = 0x176
};

struct slot {
    uint32_t base, size;
    uint8_t *host; /* NULL: unused */
    bool read_only;
};

struct kvm {
    struct cpu cpu; /* first member */
    int dev, vm, vcpu;
    struct kvm_run *run;
    size_t run_size;
    struct kvm_coalesced_mmio_ring *ring;
    uint32_t sync; /* KVM_SYNC_X86_*: what crosses in the run page; all three or none */
    struct slot slots[MAX_SLOTS];
    bool stale; /* the memory map changed */
    bool intr, nmi, halted, ignne;
    bool in_port;  /* a guest's IN waits for its value */
    bool answered; /* and for more: */
    uint32_t answer[8];
    bool incomplete;      /* the last exit left an instruction half done */
    unsigned video_exits; /* in this slice */
    uint32_t tsc_khz;
    timer_t timer;
    bool has_timer;
    pthread_t thread;
    atomic_bool running;
    atomic_bool kicked;
    volatile bool ending; /* a signal asked to end this slice */
};

/* The vCPU that the signal handler of this thread must stop. */
static _Thread_local struct kvm *current;

/* Ends the slice at the next KVM_RUN; what borrows immediate_exit meanwhile gives it back. */
static void end_slice(struct kvm *k)
{
    k->ending = true;
    k->run->immediate_exit = 1;
}

static void on_signal(int sig)
{
    (void)sig;
    if (current)
        end_slice(current);
}

/*
 * After immediate_exit was borrowed for a KVM_RUN that only finishes an instruction: a signal that
 * came meanwhile still ends the slice.  Lost, it would leave a guest that waits in a loop for its
 * timer interrupt inside KVM_RUN for ever.
 */
static void restore_immediate_exit(struct kvm *k)
{
    k->run->immediate_exit = 0;
    atomic_signal_fence(memory_order_seq_cst);
    if (k->ending)
        k->run->immediate_exit = 1;
}

static int kick_signal(void)
{
    return SIGRTMIN + 3;
}

/* ---- memory slots ---- */

static bool set_slot(struct kvm *k, unsigned n, const struct slot *s)
{
    struct kvm_userspace_memory_region r = {
        .slot = n,
        .flags = s->read_only ? KVM_MEM_READONLY : 0,
        .guest_phys_addr = s->base,
        .memory_size = s->host ? s->size : 0,
        .userspace_addr = (uintptr_t)s->host,
    };

    return ioctl(k->vm, KVM_SET_USER_MEMORY_REGION, &r) == 0;
}

struct wanted {
    struct slot slots[MAX_SLOTS];
    unsigned count;
    uint8_t *low; /* host address of guest-physical 0 */
    bool a20;
};

static void want(struct wanted *w, uint32_t base, uint32_t size, uint8_t *host, bool read_only)
{
    if (size && w->count < MAX_SLOTS)
        w->slots[w->count++] = (struct slot){ base, size, host, read_only };
}

static void want_span(void *ctx, const struct mem_span *span)
{
    struct wanted *w = ctx;
    bool read_only = span->kind != MEM_RAM;
    uint32_t skip;

    if (span->kind == MEM_MMIO)
        return;
    if (span->base == 0)
        w->low = span->host;
    if (w->a20 || span->base > WRAP_BASE || span->base + (span->size - 1) < WRAP_BASE) {
        want(w, span->base, span->size, span->host, read_only);
        return;
    }
    want(w, span->base, WRAP_BASE - span->base, span->host, read_only);
    skip = WRAP_BASE + WRAP_SIZE - span->base;
    if (span->size > skip)
        want(w, span->base + skip, span->size - skip, span->host + skip, read_only);
}

static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->base == b->base && a->size == b->size && a->host == b->host &&
           a->read_only == b->read_only;
}

/* Unchanged slots stay: deleting one makes KVM drop its page tables. */
static bool update_slots(struct kvm *k)
{
    struct wanted w = { .a20 = mem_a20(k->cpu.host.memory) };
    bool kept[MAX_SLOTS] = { false }, ok = true;
    static const struct slot none;

    mem_spans(k->cpu.host.memory, want_span, &w);
    if (!w.a20 && w.low)
        want(&w, WRAP_BASE, WRAP_SIZE, w.low, false);
    for (unsigned i = 0; i < MAX_SLOTS; i++) {
        bool found = false;

        for (unsigned j = 0; j < w.count && k->slots[i].host; j++)
            if (same_slot(&k->slots[i], &w.slots[j]))
                found = kept[j] = true;
        if (k->slots[i].host && !found) {
            struct slot gone = { .base = k->slots[i].base };

            ok = set_slot(k, i, &gone) && ok;
            k->slots[i] = none;
        }
    }
    for (unsigned j = 0, i = 0; j < w.count; j++) {
        if (kept[j])
            continue;
        while (i < MAX_SLOTS && k->slots[i].host)
            i++;
        if (i == MAX_SLOTS)
            return false;
        k->slots[i] = w.slots[j];
        ok = set_slot(k, i, &k->slots[i]) && ok;
    }
    k->stale = false;
    return ok;
}

/* ---- exits ---- */

static uint64_t mmio_read(struct kvm *k, uint32_t phys, unsigned len)
{
    uint64_t value = 0;

    for (unsigned done = 0; done < len;) {
        unsigned n = len - done >= 4 ? 4 : len - done >= 2 ? 2 : 1;

        value |= (uint64_t)mem_read(k->cpu.host.memory, phys + done, n) << (8 * done);
        done += n;
    }
    return value;
}

static void mmio_write(struct kvm *k, uint32_t phys, uint64_t value, unsigned len)
{
    for (unsigned done = 0; done < len;) {
        unsigned n = len - done >= 4 ? 4 : len - done >= 2 ? 2 : 1;

        mem_write(k->cpu.host.memory, phys + done, (uint32_t)(value >> (8 * done)), n);
        done += n;
    }
}

/* Writes that the kernel collected; they come before whatever the exit is about. */
static void drain_coalesced(struct kvm *k)
{
    if (!k->ring)
        return;
    while (k->ring->first != k->ring->last) {
        const struct kvm_coalesced_mmio *m = &k->ring->coalesced_mmio[k->ring->first];
        uint64_t value = 0;
        size_t most = (4096 - sizeof(*k->ring)) / sizeof(*m);

        memcpy(&value, m->data, m->len <= 8 ? m->len : 8);
        mmio_write(k, (uint32_t)m->phys_addr, value, m->len <= 8 ? m->len : 8);
        __sync_synchronize();
        k->ring->first = (k->ring->first + 1) % (uint32_t)most;
    }
}

static void handle_io(struct kvm *k)
{
    void *data = (char *)k->run + k->run->io.data_offset;

    /* An INS with a count of one looks the same; no driver does that to such a port. */
    k->in_port = k->run->io.direction == KVM_EXIT_IO_IN && k->run->io.count == 1;
    if (k->run->io.direction == KVM_EXIT_IO_IN)
        bus_in_block(k->cpu.host.bus, k->run->io.port, data, k->run->io.count, k->run->io.size);
    else
        bus_out_block(k->cpu.host.bus, k->run->io.port, data, k->run->io.count, k->run->io.size);
    k->in_port = false;
}

static void quiesce(struct kvm *k);

static void from_gpr(const struct kvm_regs *r, uint32_t gpr[8])
{
    gpr[R_EAX] = (uint32_t)r->rax;
    gpr[R_ECX] = (uint32_t)r->rcx;
    gpr[R_EDX] = (uint32_t)r->rdx;
    gpr[R_EBX] = (uint32_t)r->rbx;
    gpr[R_ESP] = (uint32_t)r->rsp;
    gpr[R_EBP] = (uint32_t)r->rbp;
    gpr[R_ESI] = (uint32_t)r->rsi;
    gpr[R_EDI] = (uint32_t)r->rdi;
}

static void to_gpr(const uint32_t gpr[8], struct kvm_regs *r)
{
    r->rax = gpr[R_EAX];
    r->rcx = gpr[R_ECX];
    r->rdx = gpr[R_EDX];
    r->rbx = gpr[R_EBX];
    r->rsp = gpr[R_ESP];
    r->rbp = gpr[R_EBP];
    r->rsi = gpr[R_ESI];
    r->rdi = gpr[R_EDI];
}

static bool kvm_in_registers(struct cpu *cpu, uint32_t gpr[8])
{
    struct kvm *k = (struct kvm *)cpu;
    struct kvm_regs r;

    if (!k->in_port || ioctl(k->vcpu, KVM_GET_REGS, &r))
        return false;
    from_gpr(&r, gpr);
    return true;
}

static void kvm_set_in_registers(struct cpu *cpu, const uint32_t gpr[8])
{
    struct kvm *k = (struct kvm *)cpu;

    memcpy(k->answer, gpr, sizeof(k->answer));
    k->answered = k->in_port;
}

static void kvm_paging(struct cpu *cpu, struct cpu_paging *paging)
{
    struct kvm_sregs s = { 0 };

    ioctl(((struct kvm *)cpu)->vcpu, KVM_GET_SREGS, &s);
    *paging =
        (struct cpu_paging){ (uint32_t)s.cr0, (uint32_t)s.cr3, (uint32_t)s.cr4, s.ss.dpl == 3 };
}

/* Not every KVM takes registers half way through an IN: the kernel ends the IN first. */
static void give_answer(struct kvm *k)
{
    struct kvm_regs r;

    k->answered = false;
    k->incomplete = true;
    quiesce(k);
    k->run->immediate_exit = 1; /* the slice's signal may have come meanwhile: end it */
    if (ioctl(k->vcpu, KVM_GET_REGS, &r))
        return;
    k->answer[R_EAX] = (uint32_t)r.rax; /* the value of the port */
    to_gpr(k->answer, &r);
    ioctl(k->vcpu, KVM_SET_REGS, &r);
}

static void handle_mmio(struct kvm *k)
{
    uint64_t value = 0;
    unsigned len = k->run->mmio.len <= 8 ? k->run->mmio.len : 8;
    uint32_t phys = (uint32_t)k->run->mmio.phys_addr & mem_cpu_mask(k->cpu.host.memory);

    k->video_exits += phys - VIDEO_BASE < VIDEO_SIZE;
    if (k->run->mmio.is_write) {
        memcpy(&value, k->run->mmio.data, len);
        mmio_write(k, phys, value, len);
    } else {
        value = mmio_read(k, phys, len);
        memcpy(k->run->mmio.data, &value, len);
    }
}

/* One KVM_RUN and what it asks for.  False: `why` says why to leave run(). */
static bool enter(struct kvm *k, enum cpu_exit *why)
{
    int r = ioctl(k->vcpu, KVM_RUN, 0);
    int error = errno;

    drain_coalesced(k);
    k->incomplete = false;
    if (r < 0) {
        *why = error == EINTR || error == EAGAIN ? CPU_EXIT_BUDGET : CPU_EXIT_FAILED;
        return false;
    }
    switch (k->run->exit_reason) {
    case KVM_EXIT_IO:
        handle_io(k);
        k->incomplete = !k->answered;
        if (k->answered)
            give_answer(k);
        return true;
    case KVM_EXIT_MMIO:
        handle_mmio(k);
        k->incomplete = true;
        return true;
    case KVM_EXIT_IRQ_WINDOW_OPEN:
        return true;
    case KVM_EXIT_HLT:
        k->halted = true;
        return true;
    case KVM_EXIT_INTR:
        *why = CPU_EXIT_BUDGET;
        return false;
    case KVM_EXIT_SHUTDOWN:
        *why = CPU_EXIT_SHUTDOWN;
        return false;
    default: /* KVM_EXIT_INTERNAL_ERROR, FAIL_ENTRY and what we do not know */
        *why = CPU_EXIT_FAILED;
        return false;
    }
}

/* Finishes what an exit left: the instruction's remaining accesses, then its commit. */
static void quiesce(struct kvm *k)
{
    enum cpu_exit why;

    while (k->incomplete) {
        k->run->immediate_exit = 1;
        if (!enter(k, &why))
            break;
    }
    restore_immediate_exit(k);
}

static void inject(struct kvm *k)
{
    if (k->nmi) {
        k->nmi = false;
        k->halted = false;
        ioctl(k->vcpu, KVM_NMI);
    }
    if (k->intr && k->run->ready_for_interrupt_injection && k->run->if_flag) {
        struct kvm_interrupt irq = { .irq = k->cpu.host.intack(k->cpu.host.ctx) };

        k->halted = false;
        ioctl(k->vcpu, KVM_INTERRUPT, &irq);
        k->run->ready_for_interrupt_injection = 0; /* until the next exit says so */
    }
    k->run->request_interrupt_window = k->intr;
}

static void arm_timer(struct kvm *k, uint64_t ns)
{
    struct itimerspec its = { .it_value = { (time_t)(ns / 1000000000u),
                                            (long)(ns % 1000000000u) } };

    if (k->has_timer)
        timer_settime(k->timer, 0, &its, NULL);
}

static bool make_timer(struct kvm *k)
{
    struct sigevent sev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = kick_signal() };
    struct sigaction sa = { .sa_handler = on_signal };

    sev._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    sigaction(kick_signal(), &sa, NULL);
    k->thread = pthread_self();
    k->has_timer = timer_create(CLOCK_MONOTONIC, &sev, &k->timer) == 0;
    return k->has_timer;
}

static enum cpu_exit kvm_run_slice(struct cpu *cpu, const struct cpu_slice *slice)
{
    struct kvm *k = (struct kvm *)cpu;
    enum cpu_exit why = CPU_EXIT_BUDGET;

    if (k->has_timer && !pthread_equal(k->thread, pthread_self())) {
        timer_delete(k->timer);
        k->has_timer = false;
    }
    if (!k->has_timer && !make_timer(k))
        return CPU_EXIT_FAILED;
    if (k->halted && !k->nmi && !(k->intr && k->run->if_flag))
        return CPU_EXIT_HALT;
    current = k;
    k->ending = false;
    k->run->immediate_exit = 0;
    k->video_exits = 0;
    atomic_store(&k->running, true);
    arm_timer(k, slice->host_ns ? slice->host_ns : 1);
    for (;;) {
        if (k->stale) {
            quiesce(k);
            if (!update_slots(k)) {
                why = CPU_EXIT_FAILED;
                break;
            }
        }
        if (atomic_exchange(&k->kicked, false)) {
            why = CPU_EXIT_KICK;
            break;
        }
        inject(k);
        if (k->halted) {
            why = CPU_EXIT_HALT;
            break;
        }
        if (!enter(k, &why))
            break;
        if (k->video_exits >= BURST_EXITS) {
            why = CPU_EXIT_BURST;
            break;
        }
    }
    atomic_store(&k->running, false);
    arm_timer(k, 0);
    quiesce(k);
    current = NULL;
    return why;
}

static void kvm_kick(struct cpu *cpu)
{
    struct kvm *k = (struct kvm *)cpu;

    atomic_store(&k->kicked, true);
    if (!atomic_load(&k->running))
        return;
    if (pthread_equal(k->thread, pthread_self()))
        end_slice(k);
    else
        pthread_kill(k->thread, kick_signal());
}

static void kvm_set_intr(struct cpu *cpu, bool level)
{
    ((struct kvm *)cpu)->intr = level;
}

static void kvm_raise_nmi(struct cpu *cpu)
{
    ((struct kvm *)cpu)->nmi = true;
}

static void kvm_set_ignne(struct cpu *cpu, bool level)
{
    ((struct kvm *)cpu)->ignne = level;
}

static void kvm_remapped(struct cpu *cpu)
{
    ((struct kvm *)cpu)->stale = true;
}

static void kvm_ram_written(struct cpu *cpu, uint32_t phys, uint32_t len)
{
    (void)cpu; /* the processor sees it by itself */
    (void)phys;
    (void)len;
}

static uint64_t kvm_icount(struct cpu *cpu)
{
    (void)cpu;
    return 0;
}

/* ---- state ---- */

static struct x86_segment from_kvm_segment(const struct kvm_segment *s)
{
    return (struct x86_segment){
        .base = (uint32_t)s->base,
        .limit = s->limit,
        .selector = s->selector,
        .attr = (uint16_t)(s->type | s->s << 4 | s->dpl << 5 | s->present << 7 | s->avl << 12 |
                           s->db << 14 | s->g << 15 | (s->unusable ? SEG_NULL : 0)),
    };
}

static struct kvm_segment to_kvm_segment(const struct x86_segment *s)
{
    return (struct kvm_segment){
        .base = s->base,
        .limit = s->limit,
        .selector = s->selector,
        .type = s->attr & SEG_TYPE,
        .s = s->attr >> 4 & 1,
        .dpl = s->attr >> 5 & 3,
        .present = s->attr >> 7 & 1,
        .avl = s->attr >> 12 & 1,
        .db = s->attr >> 14 & 1,
        .g = s->attr >> 15 & 1,
        .unusable = (s->attr & SEG_NULL) != 0,
    };
}

/*
 * Registers, segments and events cross in the run page (KVM_CAP_SYNC_REGS) where that is offered:
 * one KVM_RUN that executes nothing, in place of three calls.
 */
static bool exchange(struct kvm *k, uint32_t out)
{
    int r, error;

    k->run->kvm_valid_regs = k->sync;
    k->run->kvm_dirty_regs = out;
    k->run->immediate_exit = 1;
    r = ioctl(k->vcpu, KVM_RUN, 0);
    error = errno;
    restore_immediate_exit(k);
    k->run->kvm_valid_regs = k->run->kvm_dirty_regs = 0;
    errno = error;
    return r < 0 && error == EINTR;
}

static void get_shared(struct kvm *k, struct kvm_sync_regs *s)
{
    memset(s, 0, sizeof(*s));
    if (k->sync && exchange(k, 0)) {
        *s = k->run->s.regs;
        return;
    }
    ioctl(k->vcpu, KVM_GET_REGS, &s->regs);
    ioctl(k->vcpu, KVM_GET_SREGS, &s->sregs);
    ioctl(k->vcpu, KVM_GET_VCPU_EVENTS, &s->events);
}

static bool set_shared(struct kvm *k, const struct kvm_sync_regs *s)
{
    if (k->sync) {
        k->run->s.regs = *s;
        return exchange(k, k->sync);
    }
    return ioctl(k->vcpu, KVM_SET_SREGS, &s->sregs) == 0 &&
           ioctl(k->vcpu, KVM_SET_REGS, &s->regs) == 0 &&
           ioctl(k->vcpu, KVM_SET_VCPU_EVENTS, &s->events) == 0;
}

static void from_sregs(const struct kvm_sregs *s, struct x86_state *x)
{
    const struct kvm_segment *const segs[6] = { &s->es, &s->cs, &s->ss, &s->ds, &s->fs, &s->gs };

    for (unsigned i = 0; i < 6; i++)
        x->seg[i] = from_kvm_segment(segs[i]);
    x->ldtr = from_kvm_segment(&s->ldt);
    x->tr = from_kvm_segment(&s->tr);
    x->gdtr = (struct x86_table){ (uint32_t)s->gdt.base, s->gdt.limit, 0 };
    x->idtr = (struct x86_table){ (uint32_t)s->idt.base, s->idt.limit, 0 };
    x->cr0 = (uint32_t)s->cr0;
    x->cr2 = (uint32_t)s->cr2;
    x->cr3 = (uint32_t)s->cr3;
    x->cr4 = (uint32_t)s->cr4;
}

static struct kvm_sregs to_sregs(const struct x86_state *x)
{
    struct kvm_sregs s;
    struct kvm_segment *const segs[6] = { &s.es, &s.cs, &s.ss, &s.ds, &s.fs, &s.gs };

    memset(&s, 0, sizeof(s));
    for (unsigned i = 0; i < 6; i++)
        *segs[i] = to_kvm_segment(&x->seg[i]);
    s.ldt = to_kvm_segment(&x->ldtr);
    s.tr = to_kvm_segment(&x->tr);
    if (!s.tr.present || s.tr.unusable) { /* hardware enters with a busy TSS only */
        s.tr.present = 1;
        s.tr.unusable = 0;
        s.tr.s = 0;
        s.tr.type = 11;
    }
    s.gdt.base = x->gdtr.base;
    s.gdt.limit = x->gdtr.limit;
    s.idt.base = x->idtr.base;
    s.idt.limit = x->idtr.limit;
    s.cr0 = x->cr0;
    s.cr2 = x->cr2;
    s.cr3 = x->cr3;
    s.cr4 = x->cr4;
    s.apic_base = 0xfee00100u; /* bootstrap processor, APIC disabled */
    return s;
}

/* 00 valid, 01 zero, 10 special, 11 empty: SDM volume 1, 8.1.7 */
static unsigned full_tag(uint64_t mant, uint16_t exp)
{
    exp &= 0x7fff;
    if (exp == 0 && mant == 0)
        return 1;
    return exp == 0 || exp == 0x7fff || !(mant >> 63) ? 2 : 0;
}

static void get_fpu(struct kvm *k, struct x86_state *x)
{
    struct kvm_fpu f;
    unsigned top;

    memset(&f, 0, sizeof(f));
    ioctl(k->vcpu, KVM_GET_FPU, &f);
    top = f.fsw >> 11 & 7;
    x->fpu.ftw = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned phys = (top + i) & 7, tag;

        memcpy(&x->fpu.mant[phys], f.fpr[i], 8);
        memcpy(&x->fpu.exp[phys], f.fpr[i] + 8, 2);
        tag = f.ftwx >> phys & 1 ? full_tag(x->fpu.mant[phys], x->fpu.exp[phys]) : 3;
        x->fpu.ftw |= (uint16_t)(tag << (2 * phys));
    }
    x->fpu.fcw = f.fcw;
    x->fpu.fsw = f.fsw;
    x->fpu.fop = f.last_opcode & 0x7ff;
    x->fpu.fip = (uint32_t)f.last_ip;
    x->fpu.fdp = (uint32_t)f.last_dp;
    x->fpu.fcs = x->fpu.fds = 0;
    memcpy(x->sse.xmm, f.xmm, sizeof(x->sse.xmm));
    x->sse.mxcsr = f.mxcsr;
}

static bool set_fpu(struct kvm *k, const struct x86_state *x)
{
    struct kvm_fpu f;
    unsigned top = x->fpu.fsw >> 11 & 7;

    memset(&f, 0, sizeof(f));
    for (unsigned i = 0; i < 8; i++) {
        unsigned phys = (top + i) & 7;

        memcpy(f.fpr[i], &x->fpu.mant[phys], 8);
        memcpy(f.fpr[i] + 8, &x->fpu.exp[phys], 2);
        if ((x->fpu.ftw >> (2 * phys) & 3) != 3)
            f.ftwx |= (uint8_t)(1u << phys);
    }
    f.fcw = x->fpu.fcw;
    f.fsw = x->fpu.fsw;
    f.last_opcode = x->fpu.fop;
    f.last_ip = x->fpu.fip;
    f.last_dp = x->fpu.fdp;
    memcpy(f.xmm, x->sse.xmm, sizeof(x->sse.xmm));
    f.mxcsr = x->sse.mxcsr & 0xffbf;
    return ioctl(k->vcpu, KVM_SET_FPU, &f) == 0;
}

struct msrs { /* struct kvm_msrs with its entries */
    uint32_t nmsrs, pad;
    struct kvm_msr_entry entry[4];
};
_Static_assert(offsetof(struct msrs, entry) == offsetof(struct kvm_msrs, entries), "as KVM has it");

static uint64_t tsc_now(struct kvm *k)
{
    return (uint64_t)((unsigned __int128)vclock_now(k->cpu.host.clock) * k->tsc_khz / 1000000u);
}

static void get_msrs(struct kvm *k, struct x86_state *x)
{
    struct msrs m = { .nmsrs = 4,
                      .entry = { { .index = MSR_TSC },
                                 { .index = MSR_SYSENTER_CS },
                                 { .index = MSR_SYSENTER_ESP },
                                 { .index = MSR_SYSENTER_EIP } } };

    ioctl(k->vcpu, KVM_GET_MSRS, &m);
    x->tsc_khz = k->tsc_khz;
    x->tsc_offset = m.entry[0].data - tsc_now(k);
    x->sysenter_cs = (uint32_t)m.entry[1].data;
    x->sysenter_esp = (uint32_t)m.entry[2].data;
    x->sysenter_eip = (uint32_t)m.entry[3].data;
}

static bool set_msrs(struct kvm *k, const struct x86_state *x)
{
    struct msrs m = { .nmsrs = 4,
                      .entry = { { .index = MSR_TSC, .data = tsc_now(k) + x->tsc_offset },
                                 { .index = MSR_SYSENTER_CS, .data = x->sysenter_cs },
                                 { .index = MSR_SYSENTER_ESP, .data = x->sysenter_esp },
                                 { .index = MSR_SYSENTER_EIP, .data = x->sysenter_eip } } };

    return ioctl(k->vcpu, KVM_SET_MSRS, &m) == 4;
}

static void from_events(const struct kvm *k, const struct kvm_vcpu_events *e, struct x86_state *x)
{
    x->exception_pending = e->exception.injected;
    x->exception_vector = e->exception.nr & 31;
    x->exception_has_code = e->exception.has_error_code;
    x->exception_code = e->exception.error_code;
    x->exception_payload = x->exception_vector == EXC_PF ? x->cr2 : 0;
    x->intr_pending = e->interrupt.injected && !e->interrupt.soft;
    x->intr_vector = e->interrupt.nr;
    x->shadow_sti = (e->interrupt.shadow & KVM_X86_SHADOW_INT_STI) != 0;
    x->shadow_ss = (e->interrupt.shadow & KVM_X86_SHADOW_INT_MOV_SS) != 0;
    x->nmi_pending = e->nmi.pending || e->nmi.injected || k->nmi;
    x->nmi_blocked = e->nmi.masked;
}

static struct kvm_vcpu_events to_events(const struct x86_state *x)
{
    struct kvm_vcpu_events e;

    memset(&e, 0, sizeof(e));
    e.exception.injected = x->exception_pending;
    e.exception.nr = x->exception_vector;
    e.exception.has_error_code = x->exception_has_code;
    e.exception.error_code = x->exception_code;
    e.interrupt.injected = x->intr_pending;
    e.interrupt.nr = x->intr_vector;
    e.interrupt.shadow = (uint8_t)((x->shadow_sti ? KVM_X86_SHADOW_INT_STI : 0) |
                                   (x->shadow_ss ? KVM_X86_SHADOW_INT_MOV_SS : 0));
    e.nmi.pending = x->nmi_pending;
    e.nmi.masked = x->nmi_blocked;
    e.flags = KVM_VCPUEVENT_VALID_NMI_PENDING | KVM_VCPUEVENT_VALID_SHADOW;
    return e;
}

static void get_debug(struct kvm *k, struct x86_state *x)
{
    struct kvm_debugregs d;

    memset(&d, 0, sizeof(d));
    ioctl(k->vcpu, KVM_GET_DEBUGREGS, &d);
    for (unsigned i = 0; i < 4; i++)
        x->dr[i] = (uint32_t)d.db[i];
    x->dr[6] = (uint32_t)d.dr6;
    x->dr[7] = (uint32_t)d.dr7;
}

static bool set_debug(struct kvm *k, const struct x86_state *x)
{
    struct kvm_debugregs d;

    memset(&d, 0, sizeof(d));
    for (unsigned i = 0; i < 4; i++)
        d.db[i] = x->dr[i];
    d.dr6 = x->dr[6];
    d.dr7 = x->dr[7];
    return ioctl(k->vcpu, KVM_SET_DEBUGREGS, &d) == 0;
}

static void from_regs(const struct kvm_regs *r, struct x86_state *x)
{
    from_gpr(r, x->gpr);
    x->eip = (uint32_t)r->rip;
    x->eflags = (uint32_t)r->rflags;
}

static struct kvm_regs to_regs(const struct x86_state *x)
{
    struct kvm_regs r = { .rip = x->eip, .rflags = x->eflags | FL_ONE };

    to_gpr(x->gpr, &r);
    return r;
}

static void kvm_get(struct cpu *cpu, struct x86_state *x)
{
    struct kvm *k = (struct kvm *)cpu;
    struct kvm_sync_regs shared;

    quiesce(k);
    memset(x, 0, sizeof(*x));
    get_shared(k, &shared);
    from_regs(&shared.regs, x);
    from_sregs(&shared.sregs, x);
    get_fpu(k, x);
    get_msrs(k, x);
    from_events(k, &shared.events, x);
    get_debug(k, x);
    x->halted = k->halted;
    x->ignne = k->ignne;
}

static bool tsc_fits(struct kvm *k, uint32_t khz)
{
    uint32_t off = khz > k->tsc_khz ? khz - k->tsc_khz : k->tsc_khz - khz;

    /* A 486 has no TSC that a guest could have measured. */
    return !khz || k->cpu.model == CPU_486 ||
           (uint64_t)off * 1000000u <= (uint64_t)k->tsc_khz * TSC_TOLERANCE ||
           (ioctl(k->dev, KVM_CHECK_EXTENSION, KVM_CAP_TSC_CONTROL) > 0 &&
            ioctl(k->vcpu, KVM_SET_TSC_KHZ, khz) == 0 && (k->tsc_khz = khz) != 0);
}

static bool kvm_set(struct cpu *cpu, const struct x86_state *x, struct error *err)
{
    struct kvm *k = (struct kvm *)cpu;
    const struct kvm_sync_regs shared = { to_regs(x), to_sregs(x), to_events(x) };

    quiesce(k);
    if (!tsc_fits(k, x->tsc_khz))
        return error_set(err,
                         "KVM here cannot give the guest its time-stamp counter of %u kHz (the "
                         "host's is %u kHz); use --engine own",
                         x->tsc_khz, k->tsc_khz);
    if (!set_fpu(k, x) || !set_msrs(k, x) || !set_debug(k, x) || !set_shared(k, &shared))
        return error_set(err, "KVM does not take this CPU state: %s", strerror(errno));
    k->nmi = false;
    k->halted = x->halted;
    k->ignne = x->ignne;
    k->run->if_flag = (x->eflags & FL_IF) != 0;
    k->run->ready_for_interrupt_injection = 0;
    return true;
}

/* ---- making and ending ---- */

static bool set_cpuid(struct kvm *k)
{
    struct { /* struct kvm_cpuid2 with its entries */
        uint32_t nent, padding;
        struct kvm_cpuid_entry2 entry[CPUID_LEAVES];
    } c;
    uint32_t out[4], last;

    memset(&c, 0, sizeof(c));
    x86_cpuid(k->cpu.model, 0, out);
    last = out[0] < CPUID_LEAVES ? out[0] : CPUID_LEAVES - 1;
    for (uint32_t leaf = 0; leaf <= last; leaf++) {
        x86_cpuid(k->cpu.model, leaf, out);
        c.entry[leaf] = (struct kvm_cpuid_entry2){
            .function = leaf, .eax = out[0], .ebx = out[1], .ecx = out[2], .edx = out[3]
        };
    }
    c.nent = last + 1;
    return ioctl(k->vcpu, KVM_SET_CPUID2, &c) == 0;
}

static bool set_up_vm(struct kvm *k)
{
    uint64_t identity = IDENTITY_ADDR;
    struct kvm_coalesced_mmio_zone zone = { .addr = VIDEO_BASE, .size = VIDEO_SIZE };
    int page = ioctl(k->dev, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);

    k->vm = ioctl(k->dev, KVM_CREATE_VM, 0);
    if (k->vm < 0)
        return false;
    ioctl(k->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
    if (ioctl(k->vm, KVM_SET_TSS_ADDR, (unsigned long)TSS_ADDR) < 0)
        return false;
    k->vcpu = ioctl(k->vm, KVM_CREATE_VCPU, 0);
    k->run_size = (size_t)ioctl(k->dev, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (k->vcpu < 0 || k->run_size < sizeof(*k->run))
        return false;
    k->run = mmap(NULL, k->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, k->vcpu, 0);
    if (k->run == MAP_FAILED)
        return false;
    k->sync = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS | KVM_SYNC_X86_EVENTS;
    if ((~ioctl(k->dev, KVM_CHECK_EXTENSION, KVM_CAP_SYNC_REGS) & (int)k->sync) != 0)
        k->sync = 0;
    if (page > 0 && ioctl(k->vm, KVM_REGISTER_COALESCED_MMIO, &zone) == 0)
        k->ring = (void *)((char *)k->run + page * 4096);
    return set_cpuid(k);
}

static void kvm_destroy(struct cpu *cpu)
{
    struct kvm *k = (struct kvm *)cpu;

    if (k->has_timer)
        timer_delete(k->timer);
    if (k->run && k->run != MAP_FAILED)
        munmap(k->run, k->run_size);
    if (k->vcpu >= 0)
        close(k->vcpu);
    if (k->vm >= 0)
        close(k->vm);
    if (k->dev >= 0)
        close(k->dev);
    free(k);
}

/* Opened once and kept: later, a confined process cannot open it any more. */
static int open_device(void)
{
    static int device = -1;

    if (device < 0)
        device = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    return device < 0 ? -1 : fcntl(device, F_DUPFD_CLOEXEC, 0);
}

void kvm_open(void)
{
    int fd = open_device();

    if (fd >= 0)
        close(fd);
}

static struct cpu *kvm_create(enum x86_model model, const struct cpu_host *host, struct error *err)
{
    struct kvm *k = calloc(1, sizeof(*k));
    int khz;

    assert(k);
    k->cpu = (struct cpu){ &kvm_ops, model, *host };
    k->vm = k->vcpu = -1;
    k->dev = open_device();
    if (k->dev < 0) {
        error_set(err, "KVM cannot be used: /dev/kvm: %s", strerror(errno));
        kvm_destroy(&k->cpu);
        return NULL;
    }
    if (ioctl(k->dev, KVM_GET_API_VERSION, 0) != 12 || !set_up_vm(k)) {
        error_set(err, "KVM is there but a virtual machine could not be made: %s", strerror(errno));
        kvm_destroy(&k->cpu);
        return NULL;
    }
    khz = ioctl(k->vcpu, KVM_GET_TSC_KHZ, 0);
    k->tsc_khz = khz > 0 ? (uint32_t)khz : 1000000;
    k->stale = true;
    return &k->cpu;
}

const struct cpu_ops kvm_ops = {
    .name = "kvm",
    .counts = false,
    .create = kvm_create,
    .destroy = kvm_destroy,
    .run = kvm_run_slice,
    .kick = kvm_kick,
    .set_intr = kvm_set_intr,
    .raise_nmi = kvm_raise_nmi,
    .set_ignne = kvm_set_ignne,
    .get = kvm_get,
    .set = kvm_set,
    .remapped = kvm_remapped,
    .ram_written = kvm_ram_written,
    .icount = kvm_icount,
    .in_registers = kvm_in_registers,
    .set_in_registers = kvm_set_in_registers,
    .paging = kvm_paging,
};
