/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache of decoded code.
 *
 * Each page that holds code knows the blocks that begin on each of its stretches of 16 bytes, so
 * that what lies together is found in memory that lies together.  It also has a list of its blocks
 * and a map of the bytes they were decoded from, so that data beside code can be written without
 * harm. Such pages have no direct writes: all stores come through code_written().
 *
 * A block is never freed while it runs: memory is handed out again only by code_find().
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/cpu/access.h"
#include "core/cpu/code.h"
#include "core/memory.h"

#define ARENA_SIZE (32u << 20)
#define STRETCH    16u
#define PAGES      (1u << 20)
#define PAGES_CODE (1u << 15) /* those with code at most: what they cost is bounded */
#define MAX_LENGTH 15u

struct code_page {
    struct block *blocks;
    struct block *begin[MEM_PAGE / STRETCH];
    const uint8_t *host;           /* what was there when they were decoded */
    uint64_t cover[MEM_PAGE / 64]; /* bytes that instructions were decoded from; or more */
};

struct code_cache {
    uint8_t *arena;
    size_t used;
    struct block *free[BLOCK_INSNS + 1]; /* dead blocks by room */
    struct code_page **pages;            /* by physical page */
    uint32_t *page_list;                 /* the pages that have an entry */
    uint32_t page_count, page_room;
    struct insn *limited; /* see code_limit() */
    insn_fn limited_go;
    struct block *scratch; /* for code that cannot be kept */
};

static void *reserve(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

static size_t block_size(unsigned insns)
{
    return sizeof(struct block) + (insns + 1) * sizeof(struct insn);
}

struct block block_none = { .key = BLOCK_DEAD, .last = UINT32_MAX };

static void forget_jumps(struct interp *c)
{
    for (unsigned n = 0; n < JUMP_SIZE; n++)
        c->jump[n] = &block_none;
}

struct code_cache *code_new(struct interp *c)
{
    struct code_cache *code = calloc(1, sizeof(*code));

    if (!code)
        return NULL;
    code->arena = reserve(ARENA_SIZE);
    if (code->arena)
        madvise(code->arena, ARENA_SIZE, MADV_HUGEPAGE);
    code->pages = reserve(PAGES * sizeof(struct code_page *));
    code->scratch = calloc(1, block_size(BLOCK_INSNS));
    if (!code->arena || !code->pages || !code->scratch) {
        code_free(c, code);
        return NULL;
    }
    forget_jumps(c);
    return code;
}

static void drop_pages(struct interp *c, struct code_cache *code)
{
    for (uint32_t n = 0; n < code->page_count; n++) {
        xlat_uncovered(c, code->page_list[n]);
        free(code->pages[code->page_list[n]]);
        code->pages[code->page_list[n]] = NULL;
    }
    code->page_count = 0;
}

void code_free(struct interp *c, struct code_cache *code)
{
    if (!code)
        return;
    if (code->pages) {
        drop_pages(c, code);
        munmap(code->pages, PAGES * sizeof(struct code_page *));
    }
    if (code->arena)
        munmap(code->arena, ARENA_SIZE);
    free(code->page_list);
    free(code->scratch);
    free(code);
}

/* ---- stopping ---- */

/* Whatever comes next in a block that dies: it ends there. */
static void end_early(struct block *block)
{
    for (unsigned n = 0; n <= block->count; n++)
        block->insn[n].go = stage_stop;
}

void code_limit(struct interp *c, struct block *block, unsigned n)
{
    c->code->limited = &block->insn[n];
    c->code->limited_go = block->insn[n].go;
    block->insn[n].go = stage_stop;
}

void code_unlimit(struct interp *c)
{
    if (c->code->limited)
        c->code->limited->go = c->code->limited_go;
    c->code->limited = NULL;
}

/* ---- pages ---- */

static struct code_page *page_of(const struct code_cache *code, uint32_t phys)
{
    return code->pages[phys / MEM_PAGE];
}

/* The blocks that begin near a physical address on a page with code. */
static struct block **nearby(const struct code_cache *code, uint32_t phys)
{
    return &page_of(code, phys)->begin[phys % MEM_PAGE / STRETCH];
}

bool code_on_page(struct interp *c, uint32_t phys)
{
    const struct code_page *page = page_of(c->code, phys);

    return page && page->blocks;
}

static bool remember_page(struct code_cache *code, uint32_t number)
{
    if (code->page_count == PAGES_CODE)
        return false;
    if (code->page_count == code->page_room) {
        uint32_t room = code->page_room ? 2 * code->page_room : 64;
        uint32_t *list = realloc(code->page_list, room * sizeof(*list));

        if (!list)
            return false;
        code->page_list = list;
        code->page_room = room;
    }
    code->pages[number] = calloc(1, sizeof(struct code_page));
    if (!code->pages[number])
        return false;
    code->page_list[code->page_count++] = number;
    return true;
}

/* Which of a block's two pages is this?  Their bytes on it: [*first, *last]. */
static unsigned side_of(const struct block *b, uint32_t page_number, unsigned *first,
                        unsigned *last)
{
    unsigned at = (uint32_t)b->key % MEM_PAGE;

    if ((uint32_t)b->key / MEM_PAGE == page_number) {
        *first = at;
        *last = at + b->bytes - 1u < MEM_PAGE ? at + b->bytes - 1u : MEM_PAGE - 1;
        return 0;
    }
    *first = 0;
    *last = at + b->bytes - 1u - MEM_PAGE;
    return 1;
}

static bool covered(const struct code_page *page, unsigned first, unsigned last)
{
    if (!page->blocks)
        return false;
    for (unsigned word = first / 64; word <= last / 64; word++) {
        uint64_t mask = ~0ull;

        if (word == first / 64)
            mask &= ~0ull << first % 64;
        if (word == last / 64)
            mask &= ~0ull >> (63 - last % 64);
        if (page->cover[word] & mask)
            return true;
    }
    return false;
}

bool code_covers(struct interp *c, uint32_t phys, uint32_t len)
{
    const struct code_page *page = page_of(c->code, phys);

    return page && len && covered(page, phys % MEM_PAGE, (phys + len - 1) % MEM_PAGE);
}

static void cover(struct code_page *page, unsigned first, unsigned last)
{
    for (unsigned n = first; n <= last; n++)
        page->cover[n / 64] |= 1ull << n % 64;
}

/* Puts a block into the list of one of its pages; false: no room for one more page. */
static bool enlist(struct interp *c, struct block *b, uint32_t phys)
{
    uint32_t number = phys / MEM_PAGE;
    struct code_page *page;
    unsigned first, last, side;

    if (!c->code->pages[number] && !remember_page(c->code, number))
        return false;
    page = c->code->pages[number];
    if (!page->blocks) {
        page->host = mem_page(c->cpu.host.memory, phys)->read;
        tlb_protect_phys(c, phys);
    }
    side = side_of(b, number, &first, &last);
    cover(page, first, last);
    xlat_covered(c, number, first, last);
    b->on_page[side] = page->blocks;
    page->blocks = b;
    return true;
}

static struct block **link_on(struct block *b, uint32_t page_number)
{
    return &b->on_page[(uint32_t)b->key / MEM_PAGE == page_number ? 0 : 1];
}

/* Takes a block out of a page's list. */
static void delist(struct code_cache *code, struct block *b, uint32_t page_number)
{
    struct code_page *page = code->pages[page_number];
    struct block **at = &page->blocks;

    while (*at && *at != b)
        at = link_on(*at, page_number);
    if (*at)
        *at = *link_on(b, page_number);
}

/* No block lies between [from, to] of a page. */
static void uncover(struct interp *c, uint32_t page_number, unsigned from, unsigned to)
{
    struct code_page *page = c->code->pages[page_number];

    for (unsigned n = from; n <= to; n++)
        page->cover[n / 64] &= ~(1ull << n % 64);
    xlat_cover_again(c, page_number, from, to);
}

static void kill_block(struct interp *c, struct block *b)
{
    struct code_cache *code = c->code;
    struct block **at = nearby(code, (uint32_t)b->key);
    uint32_t number = (uint32_t)b->key / MEM_PAGE;

    while (*at && *at != b)
        at = &(*at)->near_next;
    if (*at)
        *at = b->near_next;
    delist(code, b, number);
    if (b->phys2 != NO_PHYS)
        delist(code, b, b->phys2 / MEM_PAGE);
    if (b == c->block)
        end_early(b);
    xlat_killed(c, b);
    c->link = NULL; /* it may be this block's */
    b->key = BLOCK_DEAD;
    b->near_next = code->free[b->room];
    code->free[b->room] = b;
}

void code_stop(struct interp *c)
{
    struct block *b = c->block;

    if (!b)
        return;
    if (b->key == BLOCK_DEAD)
        end_early(b);
    else
        kill_block(c, b);
}

/* Kills what was decoded from [first, last] of a page. */
static void page_written(struct interp *c, uint32_t number, unsigned first, unsigned last)
{
    struct code_page *page = c->code->pages[number];
    struct block *b, *next;
    unsigned before = 0, behind = MEM_PAGE; /* bytes that are no block's, around those written */
    bool killed = false;

    if (!page || !covered(page, first, last))
        return;
    for (b = page->blocks; b; b = next) {
        unsigned from, to;

        next = *link_on(b, number);
        side_of(b, number, &from, &to);
        if (from <= last && to >= first) {
            kill_block(c, b);
            killed = true;
        } else if (to < first) {
            before = to + 1 > before ? to + 1 : before;
        } else {
            behind = from < behind ? from : behind;
        }
    }
    /* The map may show bytes of blocks that died since: most are decoded again soon. */
    if (!killed)
        uncover(c, number, before, behind - 1);
}

void code_written(struct interp *c, uint32_t phys, uint32_t len)
{
    while (len) {
        uint32_t at = phys % MEM_PAGE, n = MEM_PAGE - at < len ? MEM_PAGE - at : len;

        page_written(c, phys / MEM_PAGE, at, at + n - 1);
        phys += n;
        len -= n;
    }
}

void code_remapped(struct interp *c)
{
    struct code_cache *code = c->code;

    code_stop(c);
    for (uint32_t n = 0; n < code->page_count; n++) {
        uint32_t number = code->page_list[n];
        struct code_page *page = code->pages[number];

        if (mem_page(c->cpu.host.memory, number * MEM_PAGE)->read != page->host)
            page_written(c, number, 0, MEM_PAGE - 1);
    }
}

void code_flush(struct interp *c)
{
    struct code_cache *code = c->code;

    if (c->block) {
        end_early(c->block);
        c->block->key = BLOCK_DEAD;
    }
    c->link = NULL;
    xlat_flush(c);
    forget_jumps(c);
    memset(code->free, 0, sizeof(code->free));
    drop_pages(c, code);
    code->used = 0;
}

/* ---- decoding ---- */

static struct block *allocate(struct interp *c, unsigned insns)
{
    struct code_cache *code = c->code;
    struct block *b = code->free[insns];
    size_t size = block_size(insns);

    if (b) {
        code->free[insns] = b->near_next;
        return b;
    }
    if (code->used + size > ARENA_SIZE)
        code_flush(c);
    b = (struct block *)(code->arena + code->used);
    code->used += size;
    b->room = (uint8_t)insns;
    return b;
}

/* What decoding looks at: bytes of one page, and where it lies. */
struct source {
    uint32_t eip, linear, phys;
    uint64_t room;       /* bytes to the end of CS */
    const uint8_t *host; /* at phys, or NULL: device memory */
    unsigned avail;      /* bytes to the end of the page */
    bool code32;
    enum insn_cpu level;
};

/* The first instruction reaches into the next page, or lies in device memory: its bytes are
 * collected one by one.  The second page is only looked at if it is needed. */
static enum insn_error decode_bytes(struct interp *c, struct block *b, const struct source *s)
{
    struct memory *memory = c->cpu.host.memory;
    uint8_t bytes[MAX_LENGTH];
    unsigned have = 0;
    enum insn_error error;

    b->phys2 = NO_PHYS;
    do {
        uint32_t phys = s->phys + have;

        if (have >= s->room)
            cpu_raise_code(c, EXC_GP, 0);
        if (have >= s->avail) {
            if (b->phys2 == NO_PHYS)
                b->phys2 = cpu_fetch_phys(c, s->linear + have);
            phys = b->phys2 + (have - s->avail);
        }
        bytes[have++] = (uint8_t)mem_read(memory, phys, 1);
        error = insn_decode(&b->insn[0], bytes, have, s->code32, s->level);
    } while (error == INSN_MORE);
    return error;
}

/* Makes what insn_decode() gave runnable; true: the block ends with it. */
static bool prepare(struct insn *i, enum insn_error error, struct flags_known *flags)
{
    if (error == INSN_UNDEFINED)
        stage_undefined(i);
    else if (error == INSN_TOO_LONG)
        stage_too_long(i);
    else
        stage_insn(i, flags);
    return error != INSN_OK || stage_ends(i);
}

/* Decodes into b, which has room for a whole block; raises if there is no first instruction. */
static void decode_block(struct interp *c, struct block *b, const struct source *s)
{
    struct flags_known flags = { FLAGS_ANY, 0 };
    unsigned at = 0, n = 0, most = c->xl.most ? c->xl.most : BLOCK_INSNS;
    bool end = false;

    b->phys2 = NO_PHYS;
    while (!end && n < most && at < s->avail) {
        struct insn *i = &b->insn[n];
        enum insn_error error = INSN_MORE;

        if (s->host)
            error = insn_decode(i, s->host + at, s->avail - at, s->code32, s->level);
        if (error == INSN_MORE) {
            if (n)
                break;
            error = decode_bytes(c, b, s);
        }
        if (at + i->len > s->room) {
            if (!n)
                cpu_raise_code(c, EXC_GP, 0);
            break;
        }
        i->offset = (uint16_t)at;
        at += i->len;
        n++;
        end = prepare(i, error, &flags);
        /* Translated code may hand over in the middle, with flags that come from nowhere. */
        if (c->xl.xlat)
            flags.kind = FLAGS_ANY;
    }
    b->insn[n].offset = (uint16_t)at;
    stage_sentinel(&b->insn[n]);
    b->count = (uint8_t)n;
    b->bytes = (uint16_t)at;
}

/* Enters a copy of the block in scratch into the cache; NULL: it cannot be kept. */
static struct block *keep(struct interp *c, uint64_t key)
{
    const struct block *from = c->code->scratch;
    struct block *b = allocate(c, from->count), **at;
    uint8_t room = b->room;

    memcpy(b, from, block_size(from->count));
    b->key = key;
    b->room = room;
    b->heat = 0;
    b->xc = NULL;
    /* Where blocks are translated, each goes through the run loop. */
    b->last = b->phys2 == NO_PHYS && !c->xl.xlat ? b->bytes - 1u : UINT32_MAX;
    b->link[0] = b->link[1] = (struct block_link){ .to = &block_none };
    if (!enlist(c, b, (uint32_t)key) || (b->phys2 != NO_PHYS && !enlist(c, b, b->phys2))) {
        code_flush(c);
        return NULL;
    }
    at = nearby(c->code, (uint32_t)key);
    b->near_next = *at;
    *at = b;
    return b;
}

static struct block *build(struct interp *c, uint32_t linear, uint32_t phys, uint64_t key)
{
    struct mem_page *page = mem_page(c->cpu.host.memory, phys);
    struct block *kept = NULL, *b = c->code->scratch;
    struct source s = {
        .eip = c->x.eip,
        .linear = linear,
        .phys = phys,
        .room = (uint64_t)c->x.seg[S_CS].limit - c->x.eip + 1,
        .host = page->read ? page->read + phys % MEM_PAGE : NULL,
        .avail = MEM_PAGE - phys % MEM_PAGE,
        .code32 = c->code32,
        .level = insn_model_level(c->cpu.model),
    };

    decode_block(c, b, &s);
    /* Device memory is fetched again each time; so is an instruction that crosses from a page into
     * the same page mapped twice, since a block hangs in a page's list only once. */
    if (s.host && (b->phys2 == NO_PHYS || (b->phys2 / MEM_PAGE != phys / MEM_PAGE &&
                                           mem_page(c->cpu.host.memory, b->phys2)->read)))
        kept = keep(c, key);
    if (kept)
        return kept;
    /* One instruction at a time: the next may be another one when it is fetched again. */
    b->key = BLOCK_DEAD;
    b->last = UINT32_MAX;
    b->link[0] = b->link[1] = (struct block_link){ .to = &block_none };
    if (b->count > 1) {
        b->count = 1;
        b->bytes = b->insn[0].len;
        b->insn[1].offset = b->bytes;
        stage_sentinel(&b->insn[1]);
    }
    return b;
}

/* ---- finding ---- */

static inline uint32_t fetch_phys(struct interp *c, uint32_t linear)
{
    const struct tlb_entry *e = &c->tlb[linear >> 12 & (TLB_SIZE - 1)];

    if (__builtin_expect(tlb_hit(e->read_tag, linear, 1), 1))
        return e->phys | (linear & 0xfff);
    return cpu_fetch_phys(c, linear);
}

/* A kept block may be entered if all its bytes are inside CS and a second page is where it was. */
static bool fits(struct interp *c, const struct block *b, uint32_t linear)
{
    if (c->x.seg[S_CS].limit - c->x.eip < b->bytes - 1u)
        return false;
    return b->phys2 == NO_PHYS ||
           cpu_fetch_phys(c, (linear & ~(MEM_PAGE - 1)) + MEM_PAGE) == b->phys2;
}

static struct block *find(struct interp *c, uint32_t linear, uint32_t phys, uint64_t key)
{
    struct block *b = page_of(c->code, phys) ? *nearby(c->code, phys) : NULL;

    while (b && b->key != key)
        b = b->near_next;
    if (b && !fits(c, b, linear)) {
        kill_block(c, b);
        b = NULL;
    }
    return b ? b : build(c, linear, phys, key);
}

/* Remembers the way to b for the next time. */
static void remember(struct interp *c, const struct block *from, struct block *b, uint32_t linear)
{
    if (b->last == UINT32_MAX)
        return;
    c->jump[block_slot(b->key)] = b;
    /* Inside a page the distance in linear addresses is that in physical ones, whatever is mapped.
     */
    if (c->link && (b->key ^ from->key) < MEM_PAGE &&
        (linear ^ (c->x.seg[S_CS].base + c->block_eip)) < MEM_PAGE)
        *c->link = (struct block_link){ .to = b, .key = b->key };
}

struct block *code_find(struct interp *c, const struct block *from)
{
    uint32_t eip = c->x.eip, linear = c->x.seg[S_CS].base + eip, phys;
    struct block *b;

    if (eip > c->x.seg[S_CS].limit)
        cpu_raise_code(c, EXC_GP, 0);
    if (c->link && from->key == BLOCK_DEAD)
        c->link = NULL; /* its place may be the new block's */
    phys = fetch_phys(c, linear);
    b = find(c, linear, phys, (uint64_t)c->code32 << 32 | phys);
    remember(c, from, b, linear);
    c->link = NULL;
    return b;
}
