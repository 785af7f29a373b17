/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host side of the oracle.
 *
 * The instruction stands in a code window filled with INT3, followed by a far jump back to 64-bit
 * code.  An instruction that goes through takes that jump (fast); a fault becomes a signal; a
 * branch lands on an INT3, which is told apart from a real one by its address.
 *
 * Source: modify_ldt(2), sigaction(2); SDM volume 3, chapters 3, 5 and 6.
 */

#include "tests/oracle/host.h"

#include <asm/ldt.h>
#include <cpuid.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <unistd.h>

#define LOW_AT              0x1ff00000u
#define HWCAP2_FSGSBASE_BIT 2

/* The order is known to enter.S. */
struct host_frame {
    uint32_t gpr[8];
    uint32_t eip;
    uint16_t cs, pad;
    uint32_t eflags;
    uint16_t ss, ds, es, fs, gs, pad2;
    uint32_t fpu;
    uint32_t pad3;
    uint32_t out_gpr[8];
    uint32_t out_eflags;
    uint16_t out_seg[6]; /* es cs ss ds fs gs */
    uint64_t host_rsp;
    uint64_t host_fsbase;
    uint8_t fx[512];
    uint8_t out_fx[512];
    uint32_t serial, ticked;
    /* only for the C code from here on */
    uint32_t out_eip;
    uint32_t trap, code, cr2;
    volatile bool inside;
};

_Static_assert(offsetof(struct host_frame, out_gpr) == 64, "enter.S");
_Static_assert(offsetof(struct host_frame, host_rsp) == 112, "enter.S");
_Static_assert(offsetof(struct host_frame, out_fx) == 640, "enter.S");
_Static_assert(offsetof(struct host_frame, serial) == 1152, "enter.S");

extern const char oracle_low_start[], oracle_low_end[], oracle_exit_guest[], oracle_exit_signal[];
void oracle_signal(int sig, siginfo_t *info, void *context);
void oracle_signal_c(int sig, siginfo_t *info, void *context);

struct host_frame *oracle_frame; /* enter.S reads it */
static uint8_t *data_page, *stack_page, *code_page;
static uint8_t *low;
static bool intel, fdp_exception_only, fcs_deprecated, forgets_pointers;

uint8_t *host_data(void)
{
    return data_page;
}

uint8_t *host_stack(void)
{
    return stack_page;
}

uint8_t *host_code(void)
{
    return code_page;
}

uint32_t host_exit_offset(void)
{
    return LOW_AT + (uint32_t)(oracle_exit_guest - oracle_low_start);
}

uint16_t host_exit_selector(void)
{
    return 0x33; /* 64-bit user code of Linux */
}

bool host_is_intel(void)
{
    return intel;
}

bool host_fdp_on_exception_only(void)
{
    return fdp_exception_only;
}

bool host_fcs_deprecated(void)
{
    return fcs_deprecated;
}

bool host_forgets_pointers(void)
{
    return forgets_pointers;
}

static void copy_context(struct host_frame *f, const ucontext_t *uc)
{
    static const uint8_t order[8] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX,
                                      REG_RSP, REG_RBP, REG_RSI, REG_RDI };
    const greg_t *g = uc->uc_mcontext.gregs;

    for (unsigned i = 0; i < 8; i++)
        f->out_gpr[i] = (uint32_t)g[order[i]];
    f->out_eip = (uint32_t)g[REG_RIP];
    f->out_eflags = (uint32_t)g[REG_EFL];
    f->out_seg[S_CS] = (uint16_t)g[REG_CSGSFS];
    f->out_seg[S_SS] = (uint16_t)(g[REG_CSGSFS] >> 48);
    f->trap = (uint32_t)g[REG_TRAPNO];
    f->code = (uint32_t)g[REG_ERR];
    f->cr2 = (uint32_t)g[REG_CR2];
    if (f->fpu && uc->uc_mcontext.fpregs)
        memcpy(f->out_fx, uc->uc_mcontext.fpregs, 512);
}

/* No stack protector and no sanitizer: FS has only just been restored, and FS:28h is not ours when
 * a signal comes from elsewhere. */
__attribute__((no_sanitize("address", "undefined"), no_stack_protector)) void
oracle_signal_c(int sig, siginfo_t *info, void *context)
{
    ucontext_t *uc = context;
    struct host_frame *f = oracle_frame;
    uint16_t cs = (uint16_t)uc->uc_mcontext.gregs[REG_CSGSFS];

    (void)info;
    if (f == NULL || !f->inside || cs == 0x33) {
        if (sig == SIGALRM)
            return;
        /* Our own bug: let it happen again without us. */
        signal(sig, SIG_DFL);
        return;
    }
    copy_context(f, uc);
    if (sig == SIGALRM)
        f->trap = TRAP_HANG;
    __asm__ volatile("jmp *%0" : : "r"(low + (oracle_exit_signal - oracle_low_start)) : "memory");
    __builtin_unreachable();
}

static bool map_window(int fd, uint32_t base, unsigned page, unsigned absent, unsigned readonly,
                       int prot)
{
    for (unsigned i = 0; i < ORACLE_PAGES; i++) {
        int p = i == absent ? PROT_NONE : i == readonly ? prot & ~PROT_WRITE : prot;
        void *at = (void *)(uintptr_t)(base + i * ORACLE_PAGE);

        if (mmap(at, ORACLE_PAGE, p, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
                 (off_t)page * ORACLE_PAGE) != at)
            return false;
    }
    return true;
}

static bool map_all(const char **why)
{
    int fd = memfd_create("oracle", MFD_CLOEXEC);
    void *at = (void *)(uintptr_t)ORACLE_DATA;
    uint8_t *view;

    *why = "the low 4 GB are not free";
    if (fd < 0 || ftruncate(fd, 3 * ORACLE_PAGE) < 0)
        return false;
    /* Everything between and behind the windows is ours, so that nobody else gets mapped there. */
    if (mmap(at, ORACLE_END - ORACLE_DATA, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != at)
        return false;
    view = mmap(NULL, 3 * ORACLE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (view == MAP_FAILED || !map_window(fd, ORACLE_DATA, 0, DATA_ABSENT, DATA_READONLY, 3) ||
        !map_window(fd, ORACLE_STACK, 1, STACK_ABSENT, STACK_READONLY, 3) ||
        !map_window(fd, ORACLE_CODE, 2, CODE_ABSENT, ORACLE_PAGES, PROT_READ | PROT_EXEC))
        return false;
    close(fd);
    data_page = view;
    stack_page = view + ORACLE_PAGE;
    code_page = view + 2 * ORACLE_PAGE;

    at = (void *)(uintptr_t)LOW_AT;
    low = mmap(at, 2 * ORACLE_PAGE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (low != at)
        return false;
    memcpy(low, oracle_low_start, (size_t)(oracle_low_end - oracle_low_start));
    oracle_frame = (struct host_frame *)(low + ORACLE_PAGE);
    return mprotect(low, ORACLE_PAGE, PROT_READ | PROT_EXEC) == 0;
}

static bool install_segments(const struct oracle_seg *segs, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct oracle_seg *s = &segs[i];
        struct user_desc d = {
            .entry_number = s->index,
            .base_addr = s->base,
            .limit = s->limit,
            .seg_32bit = s->big,
            .contents = s->contents,
            .read_exec_only = s->readonly,
            .limit_in_pages = s->pages,
            .seg_not_present = s->absent,
            .useable = s->avl,
        };

        if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0)
            return false;
    }
    return true;
}

static void install_signals(void)
{
    static const int list[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM };
    size_t size = 256 * 1024;
    /* Above 4 GB: the kernel decides by RSP whether the alternate stack is in use already. */
    stack_t stack = { .ss_size = size };
    struct sigaction sa = { .sa_sigaction = oracle_signal,
                            .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    struct itimerval tick = { .it_interval = { 1, 0 }, .it_value = { 1, 0 } };

    stack.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    sigaltstack(&stack, NULL);
    for (unsigned i = 0; i < sizeof list / sizeof list[0]; i++)
        sigaction(list[i], &sa, NULL);
    setitimer(ITIMER_REAL, &tick, NULL);
}

static void look_at_processor(void)
{
    static uint8_t image[512] __attribute__((aligned(16)));
    unsigned a, b = 0, c, d;
    uint64_t fip;

    __cpuid(0, a, b, c, d);
    intel = b == signature_INTEL_ebx;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        fdp_exception_only = b >> 6 & 1;
        fcs_deprecated = b >> 13 & 1;
    }
    __asm__ volatile("fninit\n\tfld1\n\tfxsave64 %0\n\tfninit" : "=m"(image));
    memcpy(&fip, image + 8, sizeof(fip));
    forgets_pointers = fip == 0;
}

bool host_open(const struct oracle_seg *segs, unsigned count, const char **why)
{
    if (!(getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT)) {
        *why = "the kernel does not offer WRFSBASE";
        return false;
    }
    if (!install_segments(segs, count)) {
        *why = "modify_ldt is not available (or has no 16-bit segments)";
        return false;
    }
    if (!map_all(why))
        return false;
    look_at_processor();
    install_signals();
    return true;
}

static void fill_frame(struct host_frame *f, const struct oracle_input *in)
{
    memcpy(f->gpr, in->gpr, sizeof f->gpr);
    f->eip = in->eip;
    f->eflags = in->eflags;
    f->es = in->seg[S_ES];
    f->cs = in->seg[S_CS];
    f->ss = in->seg[S_SS];
    f->ds = in->seg[S_DS];
    f->fs = in->seg[S_FS];
    f->gs = in->seg[S_GS];
    f->fpu = in->fpu;
    if (in->fpu) {
        memcpy(f->fx, in->fx, 512);
        memset(f->out_fx, 0, 512);
    }
}

static void took_signal(const struct host_frame *f, const struct oracle_input *in,
                        struct oracle_output *out)
{
    out->eip = f->out_eip;
    out->trap = (uint8_t)f->trap;
    out->code = f->code;
    out->cr2 = f->trap == EXC_PF ? f->cr2 : 0;
    out->seg[S_CS] = f->out_seg[S_CS];
    /* An INT3 that is not the instruction itself is where a branch went. */
    if (out->trap == EXC_BP && in->landing) {
        out->eip--;
        out->trap = TRAP_NONE;
    }
    if (out->trap != EXC_PF && out->trap != EXC_GP && out->trap != EXC_SS && out->trap != EXC_NP &&
        out->trap != EXC_TS && out->trap != EXC_AC)
        out->code = 0;
}

void host_run(const struct oracle_input *in, struct oracle_output *out)
{
    struct host_frame *f = oracle_frame;
    int (*enter)(void) = (int (*)(void))(uintptr_t)LOW_AT;
    int signalled;

    fill_frame(f, in);
    __asm__("rdfsbase %0" : "=r"(f->host_fsbase));
    f->serial++;
    f->inside = true;
    signalled = enter();
    f->inside = false;
    memcpy(out->gpr, f->out_gpr, sizeof out->gpr);
    memcpy(out->seg, f->out_seg, sizeof out->seg);
    out->eflags = f->out_eflags & ~(uint32_t)FL_RF;
    out->cr2 = 0;
    out->code = 0;
    if (in->fpu)
        memcpy(out->fx, f->out_fx, 512);
    if (signalled) {
        took_signal(f, in, out);
    } else {
        out->eip = in->eip + in->len;
        out->seg[S_CS] = in->seg[S_CS];
        out->trap = TRAP_NONE;
    }
}
