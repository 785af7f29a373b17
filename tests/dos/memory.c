/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory blocks: INT 21h/48h, 49h, 4Ah, 58h, and their headers (MCBs). */
#include "suite.h"

enum { MCB_OWNER = 1, MCB_SIZE = 3, MCB_NAME = 8, UPPER = 0xa000 };

static uint16_t allocate(uint16_t paragraphs)
{
    return CALL(.ax = 0x4800, .bx = paragraphs) ? 0 : r.ax;
}

static bool release(uint16_t segment)
{
    return FAR_CALL(.ax = 0x4900, .es = segment);
}

static bool resize(uint16_t segment, uint16_t paragraphs)
{
    return FAR_CALL(.ax = 0x4a00, .bx = paragraphs, .es = segment);
}

static uint16_t largest(void)
{
    CALL(.ax = 0x4800, .bx = 0xffff);
    return r.bx;
}

static void blocks(void)
{
    uint16_t before = largest(), block, next;

    works("21/4800 a block", CALL(.ax = 0x4800, .bx = 0x100));
    block = r.ax;
    holds("21/4800 its header is a member's or the last one's",
          far_get8(block - 1, 0) == 'M' || far_get8(block - 1, 0) == 'Z');
    is("21/4800 its owner is the program", far_get16(block - 1, MCB_OWNER), own_segment());
    is("21/4800 its size", far_get16(block - 1, MCB_SIZE), 0x100);
    is("21/4800 what is left", largest(), before - 0x101);
    works("21/4A00 smaller", resize(block, 0x80));
    is("21/4A00 its size", far_get16(block - 1, MCB_SIZE), 0x80);
    works("21/4A00 larger", resize(block, 0x180));
    is("21/4A00 its size", far_get16(block - 1, MCB_SIZE), 0x180);
    next = allocate(0x10);
    is("21/4800 the next one lies behind it", next, block + 0x181);
    fails("21/4A00 there is no room for more", E_MEMORY, resize(block, 0x200));
    is("21/4A00 what there is room for", r.bx, 0x180);
    fails("21/4A00 what is no block", E_MCB, resize(block + 1, 0x10));
    works("21/4900 free it", release(block));
    is("21/4900 it has no owner", far_get16(block - 1, MCB_OWNER), 0);
    fails("21/4900 free what is no block", E_BLOCK, release(block + 1));
    works("21/4900 free the other", release(next));
    is("21/4900 all is as before", largest(), before);
    fails("21/4800 too much", E_MEMORY, CALL(.ax = 0x4800, .bx = 0xffff));
    fails("21/4800 a paragraph more than there is", E_MEMORY, CALL(.ax = 0x4800, .bx = before + 1));
    works("21/4800 all that there is", CALL(.ax = 0x4800, .bx = before));
    works("21/4900 and free it", release(r.ax));
    works("21/4800 a block of nothing", CALL(.ax = 0x4800));
    is("21/4800 has a header", far_get16(r.ax - 1, MCB_SIZE), 0);
    release(r.ax);
}

static void joined(void)
{
    uint16_t a = allocate(0x40), b = allocate(0x40), c = allocate(0x40), joined_block;

    release(b);
    release(a);
    joined_block = allocate(0x81);
    is("21/4800 two free neighbours are one block", joined_block, a);
    release(joined_block);
    release(c);
}

/* Three holes: 40h, 20h and the rest; which one a strategy takes. */
static void strategies(void)
{
    uint16_t hole = allocate(0x40), wall = allocate(1), small = allocate(0x20), end = allocate(1);
    uint16_t got;

    works("21/5800 the strategy", CALL(.ax = 0x5800));
    is("21/5800 first fit", r.ax, 0);
    release(hole);
    release(small);
    got = allocate(0x20);
    is("21/5801 first fit takes the first hole", got, hole);
    release(got);
    works("21/5801 best fit", CALL(.ax = 0x5801, .bx = 1));
    CALL(.ax = 0x5800);
    is("21/5800 best fit", r.ax, 1);
    got = allocate(0x18);
    is("21/5801 best fit takes the smallest hole", got, small);
    release(got);
    works("21/5801 last fit", CALL(.ax = 0x5801, .bx = 2));
    got = allocate(0x18);
    holds("21/5801 last fit takes the end of memory", got > end);
    is("21/5801 up to its last paragraph", far_get8(got - 1, 0), 'Z');
    release(got);
    fails("21/5801 no such strategy", E_FUNCTION, CALL(.ax = 0x5801, .bx = 7));
    CALL(.ax = 0x5800);
    is("21/5800 it was not taken", r.ax, 2);
    works("21/5801 first fit", CALL(.ax = 0x5801));
    fails("21/5804 no such function", E_FUNCTION, CALL(.ax = 0x5804));
    release(wall);
    release(end);
}

static void upper_blocks(void)
{
    uint16_t block, low;

    works("21/5802 are upper blocks linked", CALL(.ax = 0x5802));
    is("21/5802 they are not", r.al, 0);
    if (CALL(.ax = 0x5803, .bx = 1)) {
        absent("21/5803 upper memory blocks");
        return;
    }
    works("21/5803 link them", CALL(.ax = 0x5803, .bx = 1));
    CALL(.ax = 0x5802);
    is("21/5802 they are", r.al, 1);
    works("21/5801 upper memory first", CALL(.ax = 0x5801, .bx = 0x80));
    block = allocate(0x10);
    holds("21/5801 the block lies above 640 KB", block >= UPPER);
    release(block);
    works("21/5801 upper memory only", CALL(.ax = 0x5801, .bx = 0x40));
    block = allocate(0x10);
    holds("21/5801 the block lies above 640 KB, too", block >= UPPER);
    release(block);
    fails("21/5801 only: what has room below is refused", E_MEMORY,
          CALL(.ax = 0x4800, .bx = 0x4000));
    works("21/5801 low memory", CALL(.ax = 0x5801));
    low = allocate(0x10);
    holds("21/5801 the block lies below 640 KB", low && low < UPPER);
    release(low);
    works("21/5803 unlink them", CALL(.ax = 0x5803));
    CALL(.ax = 0x5802);
    is("21/5802 they are not", r.al, 0);
}

static void chain(void)
{
    uint16_t mcb, own = own_segment() - 1, last = 0;
    bool found = false, sound = true;
    unsigned count = 0;
    char name[9] = { 0 };

    FAR_CALL(.ax = 0x5200);
    mcb = far_get16(r.es, (uint16_t)(r.bx - 2));
    while (sound && count++ < 200) {
        uint8_t type = far_get8(mcb, 0);

        sound = type == 'M' || type == 'Z';
        found |= mcb == own;
        last = mcb;
        if (type == 'Z')
            break;
        mcb += (uint16_t)(far_get16(mcb, MCB_SIZE) + 1);
    }
    holds("21/5200 the chain of memory blocks is sound", sound && count < 200);
    holds("21/5200 the program's block is in it", found);
    holds("21/5200 it ends in low memory", last < UPPER);
    far_read(name, own, MCB_NAME, 8);
    is_text("21/4B00 the block has its program's name", name, "MEMORY");
    is("21/4B00 it owns itself", far_get16(own, MCB_OWNER), own_segment());
}

/* FreeDOS halts then. */
static void broken(void)
{
    uint16_t block = allocate(0x10), next = block + 0x10;
    uint8_t type = far_get8(next, 0);

    far_put8(next, 0, 'X');
    CALL(.ax = 0x4800, .bx = 0xffff);
    far_put8(next, 0, type);
    is("21/4800 the chain is broken", r.ax, E_MCB);
    release(block);
}

int com_main(void)
{
    begin("memory");
    blocks();
    joined();
    strategies();
    upper_blocks();
    chain();
    if (is_freedos())
        absent("21/4800 the chain is broken");
    else
        broken();
    return closing();
}
