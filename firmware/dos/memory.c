/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory blocks: INT 21h/48h, 49h, 4Ah, 58h.  A chain of one-paragraph headers; upper memory blocks
 * are a second part of it behind a header that covers the video memory, linked in or not (58h/03h).
 */
#include "dos.h"

enum strategy {
    FIRST_FIT,
    BEST_FIT,
    LAST_FIT,
    STRATEGY_HIGH_ONLY = 0x40,
    STRATEGY_HIGH_FIRST = 0x80
};

uint8_t memory_strategy;
static bool umb_linked;
static uint16_t umb_border; /* the header below the first UMB; 0: there are none */

static uint16_t next_mcb(uint16_t mcb)
{
    return (uint16_t)(mcb + fget(mcb, mcb, size) + 1);
}

static bool is_mcb(uint16_t mcb)
{
    uint8_t type = fget(mcb, mcb, type);

    return type == MCB_MEMBER || type == MCB_LAST;
}

static bool is_last(uint16_t mcb)
{
    return fget(mcb, mcb, type) == MCB_LAST;
}

/* Joins a free block with the free ones that follow; false: the chain is broken. */
static bool join(uint16_t mcb)
{
    while (!is_last(mcb)) {
        uint16_t next = next_mcb(mcb);

        if (!is_mcb(next))
            return false;
        if (fget(next, mcb, owner) != MCB_FREE)
            return true;
        fset(mcb, mcb, type, fget(next, mcb, type));
        fset(mcb, mcb, size, fget(mcb, mcb, size) + fget(next, mcb, size) + 1);
        fset(next, mcb, type, 0);
    }
    return true;
}

/* Gives a block `size` paragraphs; what is left behind it becomes a free block. */
static void cut(uint16_t mcb, uint16_t size)
{
    uint16_t rest = (uint16_t)(fget(mcb, mcb, size) - size);
    uint16_t next = (uint16_t)(mcb + size + 1);

    if (!rest)
        return;
    fset(next, mcb, type, fget(mcb, mcb, type));
    fset(next, mcb, owner, MCB_FREE);
    fset(next, mcb, size, (uint16_t)(rest - 1));
    fset(mcb, mcb, type, MCB_MEMBER);
    fset(mcb, mcb, size, size);
    join(next);
}

struct pick {
    uint16_t chosen, chosen_size; /* 0: none */
    uint16_t largest;
};

/* Looks at all free blocks from `mcb` on, up to the end of the chain or to `border`. */
static bool look(struct pick *pick, uint16_t mcb, uint16_t border, uint16_t size, unsigned fit)
{
    for (;;) {
        if (!is_mcb(mcb))
            return false;
        if (fget(mcb, mcb, owner) == MCB_FREE) {
            uint16_t room;

            if (!join(mcb))
                return false;
            room = fget(mcb, mcb, size);
            if (room > pick->largest)
                pick->largest = room;
            if (room >= size && (!pick->chosen || fit == LAST_FIT ||
                                 (fit == BEST_FIT && room < pick->chosen_size))) {
                pick->chosen = mcb;
                pick->chosen_size = room;
            }
        }
        if (is_last(mcb) || mcb == border)
            return true;
        mcb = next_mcb(mcb);
    }
}

unsigned memory_allocate(uint16_t size, uint16_t *segment, uint16_t *largest)
{
    struct pick pick = { 0 };
    unsigned fit = memory_strategy & 3;
    bool high = memory_strategy & (STRATEGY_HIGH_FIRST | STRATEGY_HIGH_ONLY);
    uint16_t mcb, room;

    if (high && umb_linked && umb_border && !look(&pick, next_mcb(umb_border), 0, size, fit))
        return E_MCB;
    if (!pick.chosen && !(memory_strategy & STRATEGY_HIGH_ONLY && high && umb_linked) &&
        !look(&pick, list_of_lists.first_mcb, high ? umb_border : 0, size, fit))
        return E_MCB;
    *largest = pick.largest;
    if (!pick.chosen)
        return E_MEMORY;
    mcb = pick.chosen;
    room = pick.chosen_size;
    if (fit == LAST_FIT && room > size) {
        uint16_t low = (uint16_t)(room - size - 1), top = (uint16_t)(mcb + low + 1);

        cut(mcb, low);
        mcb = top;
    } else {
        cut(mcb, size);
    }
    fset(mcb, mcb, owner, sda.psp);
    *segment = (uint16_t)(mcb + 1);
    return E_OK;
}

unsigned memory_free(uint16_t segment)
{
    uint16_t mcb = (uint16_t)(segment - 1);

    if (!is_mcb(mcb))
        return E_BLOCK;
    fset(mcb, mcb, owner, MCB_FREE);
    return E_OK;
}

unsigned memory_resize(uint16_t segment, uint16_t size, uint16_t *largest)
{
    uint16_t mcb = (uint16_t)(segment - 1), before, owner;
    unsigned error = E_OK;

    *largest = 0;
    if (!is_mcb(mcb))
        return E_MCB; /* not E_BLOCK: the headers cannot be trusted */
    before = fget(mcb, mcb, size);
    owner = fget(mcb, mcb, owner);
    if (size > before && !join(mcb))
        return E_MCB;
    *largest = fget(mcb, mcb, size);
    if (size > *largest) {
        size = *largest; /* as DOS does: the block keeps all that there is */
        error = E_MEMORY;
    }
    cut(mcb, size);
    fset(mcb, mcb, owner, owner);
    return error;
}

void memory_set_owner(uint16_t segment, uint16_t owner)
{
    fset((uint16_t)(segment - 1), mcb, owner, owner);
}

void memory_set_name(uint16_t segment, const char *name)
{
    char field[8] = { 0 };

    for (unsigned i = 0; i < 8 && name[i]; i++)
        field[i] = name[i];
    far_copy(FP((uint16_t)(segment - 1), offsetof(struct mcb, name)), KFP(field), 8);
}

/* Frees all blocks of a program that ends. */
void memory_free_owner(uint16_t owner)
{
    uint16_t mcb = list_of_lists.first_mcb;

    while (is_mcb(mcb)) {
        bool last = is_last(mcb);

        if (mcb == umb_border)
            last = false;
        if (fget(mcb, mcb, owner) == owner)
            fset(mcb, mcb, owner, MCB_FREE);
        if (last && umb_border && !umb_linked && mcb < umb_border)
            mcb = umb_border;
        else if (last)
            return;
        mcb = next_mcb(mcb);
    }
}

/* The header at the end of conventional memory that covers everything up to the first UMB. */
void memory_add_umb(uint16_t segment, uint16_t end)
{
    uint16_t mcb = list_of_lists.first_mcb, last;

    if (!umb_border) {
        while (!is_last(mcb))
            mcb = next_mcb(mcb);
        /* One paragraph of the last block becomes the border. */
        fset(mcb, mcb, size, (uint16_t)(fget(mcb, mcb, size) - 1));
        umb_border = (uint16_t)(next_mcb(mcb));
        fset(umb_border, mcb, type, MCB_MEMBER);
        fset(umb_border, mcb, owner, MCB_SYSTEM);
        fset(umb_border, mcb, size, (uint16_t)(segment - umb_border - 1));
        far_copy(FP(umb_border, offsetof(struct mcb, name)), KFP("SC\0\0\0\0\0"), 8);
        list_of_lists.first_umb = umb_border;
    } else {
        last = umb_border;
        while (!is_last(last))
            last = next_mcb(last);
        fset(last, mcb, type, MCB_MEMBER);
        mcb = next_mcb(last);
        if (mcb < segment) { /* covers what lies between two ranges */
            fset(mcb, mcb, type, MCB_MEMBER);
            fset(mcb, mcb, owner, MCB_SYSTEM);
            fset(mcb, mcb, size, (uint16_t)(segment - mcb - 1));
            far_copy(FP(mcb, offsetof(struct mcb, name)), KFP("SC\0\0\0\0\0"), 8);
        }
    }
    fset(segment, mcb, type, MCB_LAST);
    fset(segment, mcb, owner, MCB_FREE);
    fset(segment, mcb, size, (uint16_t)(end - segment - 1));
}

bool memory_link_umb(bool on)
{
    uint16_t mcb = list_of_lists.first_mcb;

    if (!umb_border)
        return !on;
    if (on == umb_linked)
        return true;
    while (next_mcb(mcb) != umb_border) {
        if (!is_mcb(mcb) || next_mcb(mcb) < mcb) /* a broken chain never gets there */
            return false;
        mcb = next_mcb(mcb);
    }
    fset(mcb, mcb, type, on ? MCB_MEMBER : MCB_LAST);
    umb_linked = on;
    return true;
}

bool memory_umb_linked(void)
{
    return umb_linked;
}

/* ---- INT 21h ---- */

unsigned sys_allocate(void)
{
    uint16_t segment, largest;
    unsigned error = memory_allocate(R->bx, &segment, &largest);

    if (error == E_MEMORY)
        R->bx = largest;
    if (!error)
        R->ax = segment;
    return error;
}

unsigned sys_free(void)
{
    return memory_free(R->es);
}

unsigned sys_resize(void)
{
    uint16_t largest;
    unsigned error = memory_resize(R->es, R->bx, &largest);

    if (error == E_MEMORY)
        R->bx = largest;
    else if (!error)
        R->ax = R->es;
    return error;
}

unsigned sys_strategy(void)
{
    switch (R->al) {
    case 0:
        R->ax = memory_strategy;
        return E_OK;
    case 1:
        if ((R->bx & 0x3f) > LAST_FIT || R->bx > 0xff)
            return E_FUNCTION;
        memory_strategy = R->bl;
        return E_OK;
    case 2:
        R->al = umb_linked;
        return E_OK;
    case 3:
        return memory_link_umb(R->bx & 1) ? E_OK : E_FUNCTION;
    default:
        return E_FUNCTION;
    }
}
