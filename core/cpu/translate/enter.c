/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways between C and translated code, which are made at start in front of the code buffer, and
 * the signal handler that turns a fault of translated code into one of these ways.
 *
 * All registers of the guest live in host registers there, so a fault finds them in the signal's
 * context: the handler changes nothing but where the thread goes on.
 */

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/cpu/translate/emit.h"

enum { HWCAP2_FSGSBASE = 1 << 1, ARCH_SET_GS = 0x1001 };

/* Whose code may fault.  The handler looks here and not at the thread's variables: a fault may come
 * from code that has other uses for the segment register these lie behind. */
enum { TRANSLATORS = 16 };
static struct xlat *_Atomic translators[TRANSLATORS];

/* ---- ways ---- */

static const uint8_t saved[] = { H_RBX, H_RBP, H_R12, H_R13, H_R14, H_R15 };

static void push(struct emit *e, int reg)
{
    e_rex(e, false, -1, -1, reg);
    e8(e, 0x50 | (reg & 7));
}

static void pop(struct emit *e, int reg)
{
    e_rex(e, false, -1, -1, reg);
    e8(e, 0x58 | (reg & 7));
}

static void add_rsp(struct emit *e, int n)
{
    e8(e, 0x48);
    e16(e, 0xc483);
    e8(e, (unsigned)n);
}

/* All registers and flags of the guest to the state. */
static void spill(struct emit *e)
{
    for (unsigned n = 0; n < 8; n++)
        e_store(e, H_STATE, STATE_GPR(n), host_of(n));
    e8(e, 0x9f);    /* lahf */
    e16(e, 0x900f); /* seto al */
    e8(e, 0xc0);
    e_store(e, H_STATE, STATE(xl.flags), H_RAX);
    e_store64(e, H_STATE, STATE(budget), H_BUDGET);
}

static void fill(struct emit *e)
{
    e_load64(e, H_BUDGET, H_STATE, STATE(budget));
    e_load(e, H_STACK, H_STATE,
           STATE(x.seg) +
               (int32_t)(S_SS * sizeof(struct x86_segment) + offsetof(struct x86_segment, base)));
    e_load(e, H_RAX, H_STATE, STATE(xl.flags));
    e16(e, 0x7f04); /* add al, 127: overflows from 1 */
    e8(e, 0x9e);    /* sahf */
    for (unsigned n = 8; n-- > 0;)
        e_load(e, host_of(n), H_STATE, STATE_GPR(n));
}

/* Back to C with the exit in eax. */
static void put_return(struct emit *e)
{
    add_rsp(e, 8);
    for (unsigned n = sizeof(saved); n-- > 0;)
        pop(e, saved[n]);
    e8(e, 0xc3);
}

/* Exit in r10d, its two words in r8 and r11. */
static void put_leave(struct emit *e)
{
    e->t->at_leave = emit_place(e);
    spill(e);
    e_store64(e, H_STATE, STATE(xl.place), H_R8);
    e_store64(e, H_STATE, STATE(xl.arg), H_R11);
    e_mov(e, H_RAX, H_R10);
    put_return(e);
}

/* int enter(struct interp *c, const void *code) */
static void put_enter(struct emit *e)
{
    e->t->enter = (int (*)(struct interp *, const void *))(void *)(e->t->rx + emit_place(e));
    for (unsigned n = 0; n < sizeof(saved); n++)
        push(e, saved[n]);
    add_rsp(e, -8);
    e_lea64(e, H_STATE, H_RDI, -1, 0, STATE_BIAS);
    e_rex(e, true, H_RSI, -1, H_R11); /* mov r11, rsi */
    e8(e, 0x89);
    e8(e, 0xc0 | (H_RSI & 7) << 3 | (H_R11 & 7));
    e_load64(e, H_TABLES, H_STATE, STATE(xl.tables));
    fill(e);
    e8(e, 0x41); /* jmp r11 */
    e16(e, 0xe3ff);
}

/* Called with the block in r11, the instruction's number in r8d, or what the helper makes of r8d
 * and r10d.
 */
static uint32_t put_step(struct emit *e, uint64_t step)
{
    uint32_t out, at = emit_place(e);

    spill(e);
    add_rsp(e, -8);
    e_lea64(e, H_RDI, H_STATE, -1, 0, -STATE_BIAS);
    e_rex(e, true, H_R11, -1, H_RSI); /* mov rsi, r11 */
    e8(e, 0x89);
    e8(e, 0xc0 | (H_R11 & 7) << 3 | H_RSI);
    e_mov(e, H_RDX, H_R8);
    e_mov(e, H_RCX, H_R10);
    e_mov_imm64(e, H_RAX, step);
    e16(e, 0xd0ff); /* call rax */
    add_rsp(e, 8);
    e16(e, 0xc085); /* test eax, eax */
    e16(e, 0x0078); /* js: translated code goes on */
    out = emit_place(e);
    add_rsp(e, 8); /* the return address */
    put_return(e);
    e_patch8(e, out);
    fill(e);
    e8(e, 0xc3);
    return at;
}

static uint32_t put_way(struct emit *e, enum xlat_exit exit)
{
    uint32_t at = emit_place(e);

    e_mov_imm(e, H_R10, exit);
    e_jump_to(e, e->t->at_leave);
    return at;
}

void xlat_emit_ways(struct xlat *t)
{
    struct emit e = { .t = t, .c = t->c, .p = t->rw };
    uint32_t jump;

    /* Place 0, what an empty target means: not known */
    e_mov_imm(&e, H_R10, XLAT_INDIRECT);
    e8(&e, 0xe9);
    jump = emit_place(&e);
    e32(&e, 0);
    put_leave(&e);
    e_patch(t, jump, t->at_leave);
    t->at_indirect = 0;
    t->at_link = put_way(&e, XLAT_LINK);
    t->at_resume = put_way(&e, XLAT_RESUME);
    t->at_done = put_way(&e, XLAT_DONE);
    put_enter(&e);
    t->at_step = put_step(&e, (uintptr_t)xlat_step);
    t->at_fpu_step = put_step(&e, (uintptr_t)xlat_fpu_step);
    t->at_device_load = put_step(&e, (uintptr_t)xlat_device_load);
    t->at_device_store = put_step(&e, (uintptr_t)xlat_device_store);
    t->start = t->used = (emit_place(&e) + 63) & ~(size_t)63;
}

/* ---- faults ---- */

static struct sigaction before_segv, before_fpe;

/* What would have happened without us. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    const struct sigaction *before = number == SIGSEGV ? &before_segv : &before_fpe;

    if (before->sa_flags & SA_SIGINFO) {
        before->sa_sigaction(number, info, context);
    } else if (before->sa_handler == SIG_DFL || before->sa_handler == SIG_IGN) {
        signal(number, SIG_DFL); /* the instruction is executed again and ends the process */
    } else {
        before->sa_handler(number);
    }
}

static const struct xlat *owner_of(uint64_t at)
{
    for (unsigned n = 0; n < TRANSLATORS; n++) {
        const struct xlat *t = translators[n];

        if (t && at >= (uintptr_t)t->rx + t->start && at < (uintptr_t)t->rx + t->used)
            return t;
    }
    return NULL;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
    uint64_t at = (uint64_t)regs[REG_RIP];
    const struct xlat *t = owner_of(at);

    if (!t) {
        pass_on(number, info, context);
        return;
    }
    regs[REG_R8] = (greg_t)(at - (uintptr_t)t->rx);
    regs[REG_R10] = XLAT_FAULT;
    regs[REG_R11] = 0;
    if (number == SIGSEGV) /* bit 1 of the page fault's error code: a write */
        regs[REG_R11] = (greg_t)((uintptr_t)info->si_addr | (regs[REG_ERR] & 2 ? XLAT_WRITE : 0));
    regs[REG_RIP] = (greg_t)((uintptr_t)t->rx + t->at_leave);
}

static bool install(void)
{
    static bool done;
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    if (done)
        return true;
    sigemptyset(&action.sa_mask);
    done = !sigaction(SIGSEGV, &action, &before_segv) && !sigaction(SIGFPE, &action, &before_fpe);
    return done;
}

bool xlat_watch(struct xlat *t)
{
    if (!install())
        return false;
    for (unsigned n = 0; n < TRANSLATORS; n++) {
        struct xlat *none = NULL;

        if (atomic_compare_exchange_strong(&translators[n], &none, t))
            return true;
    }
    return false;
}

void xlat_unwatch(struct xlat *t)
{
    for (unsigned n = 0; n < TRANSLATORS; n++) {
        struct xlat *own = t;

        atomic_compare_exchange_strong(&translators[n], &own, NULL);
    }
}

/* ---- the window's segment ---- */

__attribute__((target("fsgsbase"))) static void write_gs_base(const void *base)
{
    __builtin_ia32_wrgsbase64((uintptr_t)base);
}

/* For tests: what a host is said not to have, "bmi2", "fsgsbase" or both. */
static bool lacks(const char *what)
{
    const char *list = getenv("BYGONE_HOST_LACKS");

    return list && strstr(list, what);
}

bool xlat_has_bmi2(void)
{
    return __builtin_cpu_supports("bmi2") && !lacks("bmi2");
}

/* May programs set their segment bases themselves (Linux 5.9)? */
bool xlat_has_fsgsbase(void)
{
    return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) && !lacks("fsgsbase");
}

bool xlat_possible(const char **why_not)
{
    (void)why_not; /* an x86-64 will do */
    return true;
}

/* The instruction costs next to nothing.  By the kernel it is done only when it changes; then
 * nothing else in the process may use the register. */
void xlat_attach(const struct xlat *t)
{
    static _Thread_local const void *attached;
    static _Thread_local int direct = -1;

    if (direct < 0)
        direct = xlat_has_fsgsbase();
    if (direct)
        write_gs_base(t->base);
    else if (attached != t->base)
        syscall(SYS_arch_prctl, ARCH_SET_GS, t->base);
    attached = t->base;
}
