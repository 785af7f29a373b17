/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_TRANSLATE_LOG_H
#define CORE_CPU_TRANSLATE_LOG_H

/*
 * What the translator did, for those who make it faster: a line for each translation, and at the
 * end how often translated code was left, and why.
 */

#include "core/cpu/translate/xlat.h"

enum xlat_reason {
    WHY_ENTERED,                /* translated code was */
    WHY_LINK,                   /* a jump to be linked */
    WHY_INDIRECT,               /* a target that the table does not know */
    WHY_DONE,                   /* another page lies here, or a handler ended the block */
    WHY_BUDGET,                 /* the end of the budget, or a stop */
    WHY_FILLED,                 /* a page was missing and is there now */
    WHY_MODE,                   /* no translation can run here */
    WHY_COLD,                   /* a block not yet translated */
    WHY_SHORT,                  /* a block longer than the budget */
    WHY_COUNTED,                /* the rest is told by instruction */
    WHY_GIVEN_UP = WHY_COUNTED, /* a block is the interpreter's for good, for this one */
    WHY_HANDLER,                /* translated code called the interpreter's handler */
    WHY_RESUME,                 /* the interpreter took over */
    WHY_FAULT,                  /* its operand is not for translated code this time */
    WHY_WORSENED,               /* and it was translated anew for that */
    WHY_REASONS,
};

/* A log for a translator, or NULL: none is wished. */
struct xlat_log *xlat_log_new(void);
/* Writes what was counted. */
void xlat_log_free(struct xlat_log *log);
/* A translation was made, with so many instructions left to handlers. */
void xlat_log_block(const struct xlat *t, const struct xlat_code *code, unsigned handlers);
void xlat_log_count(struct xlat_log *log, enum xlat_reason why);
void xlat_log_insn(struct xlat_log *log, enum xlat_reason why, const struct insn *i,
                   uint32_t linear);

static inline void xlat_note(const struct xlat *t, enum xlat_reason why)
{
    if (__builtin_expect(t->log != NULL, 0))
        xlat_log_count(t->log, why);
}

/* Something happened at instruction k of a block that lies at eip. */
static inline void xlat_note_insn(const struct xlat *t, enum xlat_reason why, const struct block *b,
                                  unsigned k, uint32_t eip)
{
    if (__builtin_expect(t->log != NULL, 0))
        xlat_log_insn(t->log, why, &b->insn[k], t->c->x.seg[S_CS].base + eip + b->insn[k].offset);
}

#endif
