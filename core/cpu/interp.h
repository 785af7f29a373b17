/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_INTERP_H
#define CORE_CPU_INTERP_H

/*
 * Inside of the interpreter: what its files share.  Nobody outside core/cpu includes this.
 *
 *   insn.def, table.c, decode.c, disasm.c   instruction table, decoder, disassembler (insn.h)
 *   interp.c, code.c, stage.c               run loop, decoded code, how an instruction is entered
 *   ops.h, flags.c, alu.c, shift.c, move.c, branch.c, string.c, io.c, misc.c   integer instructions
 *   access.h, paging.c                      linear memory access, TLB, page walk
 *   segment.c, gate.c, task.c, system.c, exception.c, debug.c   the protected-mode machinery
 *   fpu.c, mmx.c                            x87 and MMX
 *
 * Rules:
 * - While a plain handler (class C_INTERP in the table) runs, x.eip is the address of its
 *   instruction and next_eip that of the following one.  Handlers that branch set next_eip. Chained
 *   handlers (all others, ops.h) call the next handler themselves and keep c->current instead.
 * - A handler that cannot go on calls cpu_raise(), which does not return (longjmp to the run loop).
 *   So a handler does all that can fault first and commits registers last; memory that was written
 *   before a fault stays written only where a real processor leaves it written.
 * - x.eflags: all bits but the six arithmetic ones are always true.  The arithmetic ones may be
 *   lazy: read them by cpu_flags(), write by cpu_set_arith() or cpu_set_eflags().
 * - REP instructions commit ECX/ESI/EDI every turn and may leave early with next_eip = eip to let
 *   the loop take an interrupt or the end of the budget; each turn counts as one instruction.
 */

#include <setjmp.h>
#include <stdatomic.h>

#include "core/cpu/cpu.h"
#include "core/cpu/fpu.h"
#include "core/cpu/insn.h"
#include "core/cpu/x86.h"
#include "core/cpu/xlat.h"

/* Lazy flags: how to compute the arithmetic flags other than CF, which `cf` always holds. */
enum lazy_op {
    LF_NONE,  /* x.eflags holds them */
    LF_ADD,   /* dst = a + b (+ carry) */
    LF_SUB,   /* dst = a - b (- borrow); also CMP, NEG with a = 0 */
    LF_LOGIC, /* from dst; OF and AF clear */
    LF_SHIFT, /* from dst; OF is bit 0 of a, AF bit 1 */
};

struct lazy_flags {
    uint8_t op;         /* enum lazy_op */
    uint8_t size;       /* 1, 2, 4 */
    uint8_t cf;         /* carry flag, whatever op says; the bit in x.eflags is stale */
    uint32_t dst, a, b; /* zero-extended to 32 bits */
};

/*
 * TLB: one direct-mapped table for supervisor and one for user accesses.  A tag is the linear page
 * address (bits 12-31) with bit 0 set where the page may be accessed directly through `host`;
 * read_tag for data reads, write_tag for data writes.  host + linear address = host address.
 * A write tag is only set when the PTE is dirty already, when the page is RAM without decoded code
 * in it, and when the access rights allow it; everything else takes the slow path (paging.c).
 */
#define TLB_SIZE 1024u

struct tlb_entry {
    uint32_t read_tag;
    uint32_t write_tag;
    uintptr_t host; /* minus the linear page address */
    uint32_t phys;  /* page's physical address, A20 applied; valid if read_tag or mmio_tag fits */
    uint32_t walk_tag; /* linear page | 1: `phys`, `walk_bits` are valid (also for device memory) */
    uint32_t walk_bits; /* PTE/PDE bits combined: U/S, R/W, G, D */
};

enum { WALK_GLOBAL = 1 << 8 }; /* of walk_bits: stays when CR3 is loaded */

struct code_cache; /* code.c */
struct block;
struct block_link;
#define JUMP_SIZE 1024u

struct interp {
    struct cpu cpu; /* first member */
    struct x86_state x;
    uint32_t pad_[4]; /* so that zero is word INSN_NOREG from EAX on */
    uint32_t zero;    /* always 0: the register that an address does not have */
    uint32_t next_eip;
    struct lazy_flags lf;

    /* Derived from x by cpu_update_mode(); never saved. */
    uint8_t cpl; /* 0 in real mode, 3 in V86 */
    bool prot;   /* CR0.PE and not VM: selectors are descriptors */
    bool v86;
    bool code32;  /* CS.D */
    bool stack32; /* SS.B */
    bool paging;
    struct tlb_entry *tlb; /* the table for the current privilege: tlbs[cpl == 3] or [2] */

    uint32_t dr7_armed;  /* nonzero: some data or code breakpoint is enabled */
    uint32_t db_pending; /* DR6 bits to be raised as #DB trap after this instruction */
    bool in_port;        /* an IN waits for its value */
    uint8_t ext; /* 1 while an external event or exception is delivered: EXT of error codes */

    _Atomic uint32_t events; /* nonzero: leave the fast loop; bits EV_* */
    /* Instructions left in this run; a block is paid for when it is entered.  Executed so far:
     * icount_end minus what is left (interp_icount in interp.c). */
    int64_t budget;
    int64_t budget_rest; /* set aside while a single instruction runs */
    uint64_t icount_end;

    jmp_buf *escape; /* the run loop's */
    /* The block being executed: where it starts, its first instruction, and the instruction that
     * last touched memory or called out (that is where a fault belongs); NULL outside of blocks. */
    uint32_t block_eip;
    struct block *block;
    const struct insn *current;
    struct block_link *link;       /* to be set to the block that is found next, or NULL */
    struct block *jump[JUMP_SIZE]; /* blocks entered lately, by physical address (code.h) */
    struct x86_state *replacement; /* a state set by a device while an instruction runs, or NULL */
    bool intr_pin;                 /* level of INTR; EV_INTR only says that it must be looked at */
    struct code_cache *code;
    struct fpu_live fpu; /* see fpu_leave() */
    bool tlb_large;      /* some entry stems from a 4 MB page */
    struct xlat_live xl; /* the translator's part, if this is that engine */
    /* Supervisor, user, and an ever empty one that is current while alignment is checked (#AC). */
    struct tlb_entry tlbs[3][TLB_SIZE];
};

enum {
    EV_KICK = 1 << 0, /* cpu_kick() */
    EV_INTR = 1 << 1, /* INTR pin is high */
    EV_NMI = 1 << 2,
    EV_CHECK = 1 << 3, /* something in x changed that the loop looks at between instructions:
                          IF, shadow, TF, halted, pending exception */
};

/* ---- raising ---- */

/* Raises a fault at the current instruction; does not return.  #PF: set x.cr2 first by
 * cpu_raise_page. */
_Noreturn void cpu_raise(struct interp *c, unsigned vector); /* no error code */
_Noreturn void cpu_raise_code(struct interp *c, unsigned vector, uint32_t code);
_Noreturn void cpu_raise_page(struct interp *c, uint32_t linear, uint32_t code);
_Noreturn void cpu_raise_debug(struct interp *c, uint32_t dr6); /* #DB with these DR6 bits */

/* Delivers an event through IVT or IDT (gate.c): pushes, loads CS:EIP; on return x.eip is the
 * handler.  May itself raise (the run loop then makes double faults and shutdown of it). */
enum intr_kind { INTR_EXTERNAL, INTR_EXCEPTION, INTR_SOFT /* INT n */, INTR_SOFT_BP /* CC, CE */ };
void cpu_interrupt(struct interp *c, unsigned vector, enum intr_kind kind, bool has_code,
                   uint32_t code, uint32_t return_eip);

/* Raised exception -> delivery with the double and triple fault rules (exception.c); false:
 * shutdown.  Called by the run loop after a longjmp with what cpu_raise left in x.exception_*. */
bool cpu_deliver_exception(struct interp *c);

/* ---- flags (flags.h has the inline parts) ---- */
uint32_t cpu_flags(struct interp *c); /* whole EFLAGS, arithmetic bits computed */
/* Replaces the arithmetic flags of mask by those in value. */
void cpu_set_arith(struct interp *c, uint32_t value, uint32_t mask);
/* Replaces all of EFLAGS (no privilege checks); recomputes mode and wakes the loop as needed. */
void cpu_set_eflags(struct interp *c, uint32_t value);

/* Call after any change of CR0, CR4, EFLAGS.VM, EFLAGS.AC, CS, SS, CPL (which is SS.DPL). */
void cpu_update_mode(struct interp *c);

/* ---- segments and far transfers (segment.c, gate.c, task.c) ---- */
void cpu_load_seg(struct interp *c, enum x86_seg seg, uint16_t selector); /* not CS; all checks */
/* Real mode or V86: base = selector << 4; leaves the limit in real mode, FFFFh and fixed in V86. */
void cpu_set_real_seg(struct interp *c, enum x86_seg seg, uint16_t selector);
void cpu_far_jump(struct interp *c, uint16_t selector, uint32_t offset, bool op32);
void cpu_far_call(struct interp *c, uint16_t selector, uint32_t offset, bool op32);
void cpu_far_return(struct interp *c, uint16_t pop, bool op32);
void cpu_iret(struct interp *c, bool op32);
/* #GP(0) unless the I/O permission rules allow the access. */
void cpu_check_io(struct interp *c, uint16_t port, unsigned size);
/* in_registers and set_in_registers of cpu_ops (io.c) */
bool interp_in_registers(struct cpu *cpu, uint32_t gpr[8]);
void interp_set_in_registers(struct cpu *cpu, const uint32_t gpr[8]);

/* ---- stack: rules of SS.B; cpu_push* commit ESP after the store ---- */
void cpu_push(struct interp *c, uint32_t value, bool op32);
uint32_t cpu_pop(struct interp *c, bool op32);

/* ---- decoded code ---- */
/* The bytes at a physical address were or will be written: decoded instructions there die.  Called
 * by the slow store path and for DMA. */
void code_written(struct interp *c, uint32_t phys, uint32_t len);
void code_flush(struct interp *c);
bool code_on_page(struct interp *c, uint32_t phys); /* does the page hold decoded instructions? */
bool code_covers(struct interp *c, uint32_t phys, uint32_t len); /* do these bytes, in one page? */

/* ---- TLB (paging.c) ---- */
void tlb_flush(struct interp *c, bool global_too);
void tlb_flush_page(struct interp *c, uint32_t linear);
/* The entry for an access at the current CPL, walked as the access itself would; NULL: it would
 * fault. */
const struct tlb_entry *tlb_look_up(struct interp *c, uint32_t linear, bool write);
/* The same for a page that was in use before a flush: nothing changes in the page tables; NULL: it
 * is not in use any more. */
const struct tlb_entry *tlb_look_again(struct interp *c, uint32_t linear);
/* What a walk for an access at the current CPL would find, if it changed nothing: no fault, and no
 * bit to be set. */
struct tlb_peek {
    uint32_t phys; /* of the page */
    bool large, global;
};
bool tlb_peek(struct interp *c, uint32_t linear, bool write, struct tlb_peek *found);
/* A page began or ceased to hold decoded code: drop direct writes to it. */
void tlb_protect_phys(struct interp *c, uint32_t phys);
/* Linear to physical for an instruction fetch at the current CPL; raises #PF.  A20 applied. */
uint32_t cpu_fetch_phys(struct interp *c, uint32_t linear);

_Static_assert(offsetof(struct interp, zero) ==
                   offsetof(struct interp, x.gpr) + INSN_NOREG * sizeof(uint32_t),
               "INSN_NOREG must name the zero word");

#endif
