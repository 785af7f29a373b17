/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a decoded block to host code; linking; death.
 *
 * A translation has up to four entries.  The indirect one looks whether this is where the branch
 * wants to go (32-bit code: the table of targets knows 16 bits only).  The checked one, with
 * paging, looks whether the page is still mapped here.  The direct one, for jumps from the same
 * page, takes the block's instructions from the budget: where that is used up, it reads below the
 * zone (table.c) and faults.  Blocks with x87 instructions have a fourth for those that leave the
 * guest's x87 state in the host: the direct one looks first.
 */

#include <stdlib.h>
#include <string.h>

#include "core/cpu/translate/emit.h"
#include "core/cpu/translate/log.h"
#include "core/memory.h"

/* ---- the places ---- */

struct xlat_code *xlat_code_at(const struct xlat *t, uint32_t place)
{
    size_t low = 0, high = t->code_count;

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (t->codes[mid].end <= place)
            low = mid + 1;
        else
            high = mid;
    }
    return low < t->code_count && place >= t->codes[low].begin ? t->codes[low].code : NULL;
}

static bool remember(struct xlat *t, struct xlat_code *code)
{
    if (t->code_count == t->code_room) {
        size_t room = t->code_room ? 2 * t->code_room : 4096;
        struct xlat_place *codes = realloc(t->codes, room * sizeof(*codes));

        if (!codes)
            return false;
        t->codes = codes;
        t->code_room = room;
    }
    t->codes[t->code_count++] =
        (struct xlat_place){ .begin = code->indirect, .end = code->end, .code = code };
    return true;
}

/* ---- entries ---- */

/* jrcxz on rcx = 0, which gets the guest's ECX back from r10 on both ways; the other way goes to
 * `place`. */
static void unless_zero(struct emit *e, uint32_t place)
{
    uint32_t at = e_jrcxz(e);

    e_mov(e, H_RCX, H_R10);
    e_jump_to(e, place);
    e_patch8(e, at);
    e_mov(e, H_RCX, H_R10);
}

/* Goes back to the run loop unless the linear page is still mapped to the physical one. */
static void check_page(struct emit *e, uint32_t linear, uint32_t phys)
{
    uint64_t want = (uint64_t)((linear & ~0xfffu) | 1) << 32 | (phys & ~0xfffu);
    size_t slot = e->mode->user * TLB_SIZE + (linear >> 12 & (TLB_SIZE - 1));

    _Static_assert(offsetof(struct tlb_entry, walk_tag) == offsetof(struct tlb_entry, phys) + 4,
                   "one word");
    e_mov(e, H_R10, H_RCX);
    e_mov_imm64(e, H_RCX, 0 - want);
    e_load64(e, H_R11, H_STATE,
             STATE(tlbs) + (int32_t)(slot * sizeof(struct tlb_entry)) +
                 (int32_t)offsetof(struct tlb_entry, phys));
    e_lea64(e, H_RCX, H_RCX, H_R11, 0, 0);
    e_mov_imm(e, H_R8, e->code->eip);
    unless_zero(e, e->t->at_done);
}

/* Takes the block from the budget. */
static void pay(struct emit *e)
{
    e_lea64(e, H_BUDGET, H_BUDGET, -1, 0, -(int32_t)e->code->count);
    e_load64(e, H_R8, H_STATE, STATE(xl.zone));
    e_rex(e, false, H_R8, H_BUDGET, H_R8);
    e16(e, 0xb60f);
    e_sib(e, H_R8, H_R8, H_BUDGET, 0, 0);
}

static void put_entries(struct emit *e)
{
    struct xlat_code *code = e->code;
    const struct xlat_mode *m = e->mode;
    uint32_t over;

    code->indirect = emit_place(e);
    if (m->code32) {
        e_mov(e, H_R10, H_RCX);
        e_lea(e, H_RCX, H_R8, -1, 0, -(int32_t)code->eip);
        unless_zero(e, e->t->at_indirect);
    }
    code->checked = emit_place(e);
    if (m->paging)
        check_page(e, m->cs_base + code->eip, code->phys);
    code->direct = emit_place(e);
    if (m->paging && e->block->phys2 != NO_PHYS) {
        check_page(e, m->cs_base + code->eip + MEM_PAGE, e->block->phys2);
        pay(e);
        return;
    }
    pay(e);
    if (emit_wants_x87(e)) {
        emit_need_x87(e);
        e8(e, 0xe9);
        over = emit_place(e);
        e32(e, 0);
        code->native = emit_place(e);
        pay(e);
        e_patch(e->t, over, emit_place(e));
    }
}

/* The ways out: of jumps not yet linked, and of the block when it is dead. */
static void put_exits(struct emit *e)
{
    struct xlat *t = e->t;

    for (unsigned n = 0; n < e->exit_count; n++) {
        e_patch(t, e->exits[n].place, emit_place(e));
        e_mov_imm(e, H_R8, e->exits[n].eip);
        e_mov_imm(e, H_R11, e->exits[n].place);
        e_jump_to(e, t->at_link);
    }
    e->code->leave = emit_place(e);
    e_mov_imm(e, H_R8, e->code->eip);
    e_mov_imm(e, H_R11, e->code->direct + 1); /* the jump that is put there: link_entries() */
    e_jump_to(e, t->at_link);
    e->code->end = emit_place(e);
}

/* ---- a block ---- */

static void call_handler(struct emit *e, unsigned k)
{
    e_mov_imm64(e, H_R11, (uintptr_t)e->block);
    e_mov_imm(e, H_R8, k);
    e_call_to(e, e->t->at_step);
}

static bool ends(const struct insn *i)
{
    return stage_is_fault(i) || stage_ends(i);
}

/* Translates all instructions; returns how many the interpreter has to do. */
static unsigned put_body(struct emit *e)
{
    struct block *b = e->block;
    unsigned calls = 0;

    for (unsigned k = 0; k < b->count; k++) {
        const struct insn *i = &b->insn[k];
        uint8_t *from = e->p;

        e->k = k;
        e->code->at[k] = (uint16_t)(emit_place(e) - e->code->direct);
        if (ends(i)) {
            if (stage_is_fault(i) || !(emit_branch(e, i) || emit_repeat(e, i))) {
                e->p = from;
                e->exit_count = 0;
                emit_resume(e, k);
            }
        } else if (!emit_insn(e, i)) {
            e->p = from;
            call_handler(e, k);
            if (xlat_is_x87(i))
                e->native = false;
            calls++;
        }
    }
    if (!ends(&b->insn[b->count - 1]))
        emit_goto(e, e->code->eip + b->bytes);
    e->code->at[b->count] = (uint16_t)(emit_place(e) - e->code->direct);
    return calls;
}

/* A jump at the start of dead code, so that what is linked to it goes elsewhere. */
static void put_jump(struct xlat *t, uint32_t at, uint32_t to)
{
    t->rw[at] = 0xe9;
    e_patch(t, at + 1, to);
}

/* Whoever comes to dead code goes on to the new translation, or back to the run loop. */
static void forward(struct xlat *t, struct xlat_code *old, const struct xlat_code *new)
{
    put_jump(t, old->direct, new ? new->direct : old->leave);
    if (old->native) /* which goes on by the jump that was put there */
        put_jump(t, old->native, old->direct);
    if (old->checked != old->direct)
        put_jump(t, old->checked, new ? new->checked : old->leave);
    if (old->indirect != old->checked)
        put_jump(t, old->indirect, new ? new->indirect : t->at_indirect);
    old->block = NULL;
}

static struct xlat_grave *grave_of(struct xlat *t, uint64_t key)
{
    return &t->graves[(key ^ key >> 9) % XLAT_GRAVES];
}

static uint64_t insns_now(const struct interp *c)
{
    return c->icount_end - (uint64_t)(c->budget + c->budget_rest);
}

static void bury(struct interp *c, const struct block *b)
{
    struct xlat_grave *g = grave_of(c->xl.xlat, b->key);
    uint64_t now = insns_now(c);

    if (g->key != b->key || now - g->when > XLAT_SOON)
        g->deaths = 0;
    g->key = b->key;
    g->when = now;
    g->count = b->count;
    if (g->deaths < XLAT_DEATHS)
        g->deaths++;
    for (unsigned k = 0; k < b->count; k++)
        g->site[k] = b->insn[k].site;
}

bool xlat_is_patched(struct interp *c, const struct block *b)
{
    const struct xlat_grave *g = grave_of(c->xl.xlat, b->key);

    return g->key == b->key && g->deaths == XLAT_DEATHS && insns_now(c) - g->when < XLAT_SOON;
}

/* Code that is patched keeps its shape mostly. */
static void inherit(struct interp *c, struct block *b)
{
    const struct xlat_grave *g = grave_of(c->xl.xlat, b->key);

    for (unsigned k = 0; g->key == b->key && g->count == b->count && k < b->count; k++)
        b->insn[k].site =
            g->site[k] == SITE_DEVICE && !xlat_is_move(&b->insn[k]) ? SITE_CALL : g->site[k];
}

bool xlat_translate(struct interp *c, struct block *b, unsigned mode)
{
    struct xlat *t = c->xl.xlat;
    struct xlat_code *old = b->xc, *code;
    struct emit e = { .t = t, .c = c, .p = t->rw + t->used, .mode = &t->modes[mode], .block = b };
    unsigned calls;

    if (!b->count)
        return false;
    if (!old)
        inherit(c, b);
    code = calloc(1, sizeof(*code) + (b->count + 1u) * sizeof(code->at[0]));
    if (!code)
        return false;
    e.code = code;
    code->block = b;
    code->eip = c->x.eip;
    code->phys = (uint32_t)b->key;
    code->mode = (uint16_t)mode;
    code->count = b->count;
    put_entries(&e);
    calls = put_body(&e);
    code->leaves_native = e.native;
    put_exits(&e);
    /* A call costs less than leaving for the run loop and coming back. */
    if (calls * 2 > b->count + 1u || !remember(t, code)) {
        free(code);
        return false;
    }
    t->used = (emit_place(&e) + 15) & ~(size_t)15;
    t->translated++;
    xlat_log_block(t, code, calls);
    if (old)
        forward(t, old, old->mode == mode && old->eip == code->eip ? code : NULL);
    b->xc = code;
    return true;
}

/* ---- linking and death ---- */

void xlat_link(struct xlat *t, uint32_t place, const struct block *to)
{
    const struct xlat_code *from = xlat_code_at(t, place), *code = to->xc;
    bool near;

    if (!from || from->mode != code->mode)
        return;
    near = (from->phys ^ code->phys) >> 12 == 0 && ((from->eip + t->modes[from->mode].cs_base) ^
                                                    (code->eip + t->modes[code->mode].cs_base)) >>
                                                           12 ==
                                                       0;
    if (!near && t->modes[code->mode].paging)
        e_patch(t, place, code->checked);
    else if (code->native && from->leaves_native && place != from->direct + 1)
        e_patch(t, place, code->native);
    else
        e_patch(t, place, code->direct);
}

void xlat_killed(struct interp *c, struct block *b)
{
    if (!b->xc)
        return;
    bury(c, b);
    forward(c->xl.xlat, b->xc, NULL);
    b->xc = NULL;
}

void xlat_flush(struct interp *c)
{
    struct xlat *t = c->xl.xlat;

    if (!t)
        return;
    for (size_t n = 0; n < t->code_count; n++) {
        struct xlat_code *code = t->codes[n].code;

        t->targets[code->mode][code->eip & 0xffff] = 0;
        if (code->block)
            code->block->xc = NULL;
        free(code);
    }
    t->code_count = 0;
    t->used = t->start;
    t->flushes++;
}
