/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XMS 3.0: extended memory blocks, the HMA, A20.  Source: "eXtended Memory Specification" 3.0.
 * Upper memory blocks are DOS's (INT 21h/58h) where DOS=UMB, so 10h and 11h have none to give.
 */
#include "dos.h"

enum { HANDLES = 32, HMA_END_KB = 64, MB = 1024, COPY_MAX = 0x8000 };
enum {
    X_NOT_THERE = 0x80,
    X_HMA_USED = 0x91,
    X_HMA_FREE = 0x93,
    X_FULL = 0xa0,
    X_NO_HANDLES = 0xa1,
    X_HANDLE = 0xa2,
    X_SOURCE_HANDLE,
    X_SOURCE_OFFSET,
    X_TARGET_HANDLE,
    X_TARGET_OFFSET,
    X_LENGTH,
    X_OVERLAP,
    X_PARITY,
    X_NOT_LOCKED = 0xaa,
    X_LOCKED,
    X_LOCK_COUNT,
    X_UMB_NONE = 0xb1,
    X_UMB_SEGMENT = 0xb2
};

static struct block {
    bool used;
    uint8_t locks;
    uint32_t base, size; /* KB, above 1 MB + 64 KB */
} blocks[HANDLES];
static uint32_t pool_start, pool_end; /* KB */
static bool there, hma_used;
static uint16_t a20_count;

/* Memory above 1 MB, by the BIOS: INT 15h/E801h, else 88h. */
void xms_init(void)
{
    struct int_regs r = { .ax = 0xe801, .ds = KSEG, .es = KSEG };
    uint32_t kb;

    call_int(0x15, &r, 0);
    if (!(r.flags & FLAG_CARRY)) {
        kb = r.ax ? r.ax : r.cx;
        if (kb >= 15 * MB)
            kb += (uint32_t)(r.ax ? r.bx : r.dx) * 64;
    } else {
        r = (struct int_regs){ .ax = 0x8800, .ds = KSEG, .es = KSEG };
        call_int(0x15, &r, 0);
        kb = r.flags & FLAG_CARRY ? 0 : r.ax;
    }
    list_of_lists.extended_kb = kb > 0xffff ? 0xffff : (uint16_t)kb;
    there = kb > HMA_END_KB;
    pool_start = MB + HMA_END_KB;
    pool_end = MB + kb;
}

bool xms_there(void)
{
    return there;
}

/* For the kernel's own code. */
bool xms_take_hma(void)
{
    if (!there || hma_used)
        return false;
    hma_used = true;
    out8(0x92, (uint8_t)((in8(0x92) & ~1) | 2));
    return true;
}

/* ---- blocks ---- */

/* The gap behind `at`: where it begins and how long it is; false: no more. */
static bool gap_after(uint32_t at, uint32_t *start, uint32_t *size)
{
    for (;;) {
        uint32_t end = pool_end;
        const struct block *over = NULL;

        if (at >= pool_end)
            return false;
        for (unsigned i = 0; i < HANDLES; i++) {
            const struct block *b = &blocks[i];

            if (!b->used || !b->size)
                continue;
            if (b->base <= at && at < b->base + b->size)
                over = b;
            else if (b->base > at && b->base < end)
                end = b->base;
        }
        if (!over) {
            *start = at;
            *size = end - at;
            return true;
        }
        at = over->base + over->size;
    }
}

static bool find_room(uint32_t size, uint32_t *base)
{
    uint32_t start, room;

    for (uint32_t at = pool_start; gap_after(at, &start, &room); at = start + room) {
        if (room < size)
            continue;
        *base = start;
        return true;
    }
    return false;
}

static void free_sizes(uint32_t *largest, uint32_t *total)
{
    uint32_t start, room;

    *largest = *total = 0;
    for (uint32_t at = pool_start; gap_after(at, &start, &room); at = start + room) {
        *total += room;
        if (room > *largest)
            *largest = room;
    }
}

static struct block *block_of(uint16_t handle)
{
    return handle && handle <= HANDLES && blocks[handle - 1].used ? &blocks[handle - 1] : NULL;
}

static uint8_t allocate(uint32_t size, uint16_t *handle)
{
    for (unsigned i = 0; i < HANDLES; i++) {
        struct block *b = &blocks[i];

        if (b->used)
            continue;
        b->base = pool_start;
        if (size && !find_room(size, &b->base))
            return X_FULL;
        b->used = true;
        b->locks = 0;
        b->size = size;
        *handle = (uint16_t)(i + 1);
        return 0;
    }
    return X_NO_HANDLES;
}

/* INT 15h/87h: any linear addresses; an even number of bytes. */
static bool copy_high(uint32_t to, uint32_t from, uint32_t count)
{
    static struct {
        uint16_t limit, base;
        uint8_t middle, access, more, high;
    } PACKED table[6];
    struct int_regs r = { .ax = 0x8700, .ds = KSEG, .es = KSEG };
    const uint32_t address[2] = { from, to };

    memset(table, 0, sizeof(table));
    for (unsigned i = 0; i < 2; i++) {
        table[2 + i].limit = 0xffff;
        table[2 + i].base = (uint16_t)address[i];
        table[2 + i].middle = (uint8_t)(address[i] >> 16);
        table[2 + i].high = (uint8_t)(address[i] >> 24);
        table[2 + i].access = 0x93;
    }
    r.cx = (uint16_t)(count / 2);
    r.si = (uint16_t)(uintptr_t)table;
    call_int(0x15, &r, 0);
    return !(r.flags & FLAG_CARRY);
}

/* One side of a move: linear address, or an error. */
static uint8_t side(uint16_t handle, uint32_t offset, uint32_t length, uint8_t bad,
                    uint32_t *linear)
{
    const struct block *b;

    if (!handle) {
        *linear = LINEAR(offset);
        return *linear + length > 0x110000 ? (uint8_t)(bad + 1) : 0;
    }
    b = block_of(handle);
    if (!b)
        return bad;
    if (offset > b->size * 1024 || length > b->size * 1024 - offset)
        return (uint8_t)(bad + 1);
    *linear = b->base * 1024 + offset;
    return 0;
}

static uint8_t move(uint32_t packet)
{
    uint32_t length = get32(packet), from, to;
    uint8_t error = side(get16(packet + 4), get32(packet + 6), length, X_SOURCE_HANDLE, &from);

    if (!error)
        error = side(get16(packet + 10), get32(packet + 12), length, X_TARGET_HANDLE, &to);
    if (error)
        return error;
    if (length & 1)
        return X_LENGTH;
    if (to > from && to < from + length) { /* backwards, in pieces */
        while (length) {
            uint32_t part = length < COPY_MAX ? length : COPY_MAX;

            if (part > to - from)
                part = (to - from) & ~1u;
            if (!part)
                return X_OVERLAP;
            length -= part;
            if (!copy_high(to + length, from + length, part))
                return X_PARITY;
        }
        return 0;
    }
    for (uint32_t done = 0; done < length;) {
        uint32_t part = length - done < COPY_MAX ? length - done : COPY_MAX;

        if (!copy_high(to + done, from + done, part))
            return X_PARITY;
        done += part;
    }
    return 0;
}

static uint8_t resize(struct block *b, uint32_t size)
{
    uint32_t base, old = b->size;

    if (b->locks)
        return X_LOCKED;
    b->size = 0; /* its own place counts as free */
    if (!size || find_room(size, &base)) {
        if (size && base != b->base && old) {
            uint32_t keep = old < size ? old : size;

            for (uint32_t at = 0; at < keep * 1024; at += COPY_MAX)
                if (!copy_high(base * 1024 + at, b->base * 1024 + at,
                               keep * 1024 - at < COPY_MAX ? keep * 1024 - at : COPY_MAX)) {
                    b->size = old;
                    return X_PARITY;
                }
        }
        if (size)
            b->base = base;
        b->size = size;
        return 0;
    }
    b->size = old;
    return X_FULL;
}

/* ---- A20 ---- */

static bool a20_is_on(void)
{
    for (unsigned i = 0; i < 4; i++)
        if (get32(FP(0, 0x80 + i * 4)) != get32(FP(0xffff, 0x90 + i * 4)))
            return true;
    return false;
}

static uint8_t a20(uint8_t function)
{
    static bool global;

    if (function == 3 || function == 5) {
        if (function == 3)
            global = true;
        else
            a20_count++;
        out8(0x92, (uint8_t)((in8(0x92) & ~1) | 2));
        return 0;
    }
    if (function == 4)
        global = false;
    else if (a20_count)
        a20_count--;
    /* With the kernel in the HMA the line stays on: low.asm runs there next. */
    if (!global && !a20_count && text_seg != 0xffff)
        out8(0x92, (uint8_t)(in8(0x92) & ~3));
    return 0;
}

/* ---- the interface ---- */

static uint8_t query_free(struct c_frame *f, bool big)
{
    uint32_t largest, total;

    free_sizes(&largest, &total);
    if (!big) {
        f->eax = (f->eax & 0xffff0000) | (largest > 0xffff ? 0xffff : largest);
        f->edx = (f->edx & 0xffff0000) | (total > 0xffff ? 0xffff : total);
    } else {
        f->eax = largest;
        f->edx = total;
        f->ecx = pool_end * 1024 - 1;
    }
    return total ? 0 : X_FULL;
}

static uint8_t handle_information(struct c_frame *f, const struct block *b, bool big)
{
    unsigned free = 0;

    for (unsigned i = 0; i < HANDLES; i++)
        free += !blocks[i].used;
    if (big) {
        f->ecx = (f->ecx & 0xffff0000) | free;
        f->edx = b->size;
        f->ebx = (f->ebx & 0xffff00ff) | (uint32_t)b->locks << 8;
    } else {
        f->ebx = (f->ebx & 0xffff0000) | (uint32_t)b->locks << 8 | free;
        f->edx = (f->edx & 0xffff0000) | (b->size > 0xffff ? 0xffff : b->size);
    }
    return 0;
}

static uint8_t by_handle(struct c_frame *f, uint8_t function)
{
    struct block *b = block_of((uint16_t)f->edx);

    if (!b)
        return X_HANDLE;
    switch (function) {
    case 0x0a:
        if (b->locks)
            return X_LOCKED;
        b->used = false;
        return 0;
    case 0x0c:
        if (b->locks == 0xff)
            return X_LOCK_COUNT;
        b->locks++;
        f->edx = (f->edx & 0xffff0000) | (b->base * 1024 >> 16);
        f->ebx = (f->ebx & 0xffff0000) | (b->base * 1024 & 0xffff);
        return 0;
    case 0x0d:
        if (!b->locks)
            return X_NOT_LOCKED;
        b->locks--;
        return 0;
    case 0x0e:
    case 0x8e:
        return handle_information(f, b, function == 0x8e);
    default:
        return resize(b, function == 0x0f ? (uint16_t)f->ebx : f->ebx);
    }
}

/* From low.asm: AH is the function; AX = 1 or AX = 0 with BL = error. */
void xms_call(struct c_frame *f)
{
    uint8_t function = (uint8_t)(f->eax >> 8), error = 0;
    uint16_t handle, ax = 1;

    switch (function) {
    case 0x00:
        f->eax = (f->eax & 0xffff0000) | 0x300;
        f->ebx = (f->ebx & 0xffff0000) | 0x300;
        f->edx = (f->edx & 0xffff0000) | 1;
        return;
    case 0x01:
        error = hma_used ? X_HMA_USED : 0;
        hma_used = true;
        break;
    case 0x02:
        error = !hma_used || text_seg == 0xffff ? X_HMA_FREE : 0;
        if (!error)
            hma_used = false;
        break;
    case 0x03:
    case 0x04:
    case 0x05:
    case 0x06:
        error = a20(function);
        break;
    case 0x07:
        ax = a20_is_on();
        f->ebx &= ~0xffu;
        break;
    case 0x08:
    case 0x88:
        error = query_free(f, function == 0x88);
        f->ebx = (f->ebx & ~0xffu) | error;
        return;
    case 0x09:
    case 0x89:
        error = allocate(function == 0x89 ? f->edx : (uint16_t)f->edx, &handle);
        if (!error)
            f->edx = (f->edx & 0xffff0000) | handle;
        break;
    case 0x0b:
        error = move(FP(f->ds, f->esi));
        break;
    case 0x0a:
    case 0x0c:
    case 0x0d:
    case 0x0e:
    case 0x0f:
    case 0x8e:
    case 0x8f:
        error = by_handle(f, function);
        break;
    case 0x10:
        error = X_UMB_NONE;
        f->edx &= 0xffff0000;
        break;
    case 0x11:
    case 0x12:
        error = X_UMB_SEGMENT;
        break;
    default:
        error = X_NOT_THERE;
        break;
    }
    if (error)
        f->ebx = (f->ebx & ~0xffu) | error;
    f->eax = (f->eax & 0xffff0000) | (error ? 0 : ax);
}
