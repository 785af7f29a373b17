/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and strings, near and far. */
#include "dos.h"

uint8_t get8(uint32_t fp)
{
    fs_set(FP_SEG(fp));
    return *(volatile uint8_t __seg_fs *)(uintptr_t)FP_OFF(fp);
}

/* A word at FFFFh goes round the segment's end, as on an 8086: here it would be an exception. */
static uint32_t second_half(uint32_t fp, unsigned by)
{
    return FP(FP_SEG(fp), FP_OFF(fp) + by);
}

uint16_t get16(uint32_t fp)
{
    if (FP_OFF(fp) == 0xffff)
        return (uint16_t)(get8(fp) | get8(second_half(fp, 1)) << 8);
    fs_set(FP_SEG(fp));
    return *(volatile uint16_t __seg_fs *)(uintptr_t)FP_OFF(fp);
}

uint32_t get32(uint32_t fp)
{
    if (FP_OFF(fp) > 0xfffc)
        return get16(fp) | (uint32_t)get16(second_half(fp, 2)) << 16;
    fs_set(FP_SEG(fp));
    return *(volatile uint32_t __seg_fs *)(uintptr_t)FP_OFF(fp);
}

void put8(uint32_t fp, uint8_t value)
{
    fs_set(FP_SEG(fp));
    *(volatile uint8_t __seg_fs *)(uintptr_t)FP_OFF(fp) = value;
}

void put16(uint32_t fp, uint16_t value)
{
    if (FP_OFF(fp) == 0xffff) {
        put8(fp, (uint8_t)value);
        put8(second_half(fp, 1), (uint8_t)(value >> 8));
        return;
    }
    fs_set(FP_SEG(fp));
    *(volatile uint16_t __seg_fs *)(uintptr_t)FP_OFF(fp) = value;
}

void put32(uint32_t fp, uint32_t value)
{
    if (FP_OFF(fp) > 0xfffc) {
        put16(fp, (uint16_t)value);
        put16(second_half(fp, 2), (uint16_t)(value >> 16));
        return;
    }
    fs_set(FP_SEG(fp));
    *(volatile uint32_t __seg_fs *)(uintptr_t)FP_OFF(fp) = value;
}

uint32_t ds_dx(void)
{
    return FP(R->ds, R->dx);
}

uint32_t vector_get(unsigned n)
{
    return get32(n * 4);
}

void vector_set(unsigned n, uint32_t fp)
{
    interrupts_off();
    put32(n * 4, fp);
    interrupts_on();
}

/* One piece that wraps in neither segment, upwards. */
static void copy_piece(uint32_t to, uint32_t from, uint32_t count)
{
    __asm__ volatile("pushw %%es\n\t"
                     "pushw %%ds\n\t"
                     "movw %w3, %%es\n\t"
                     "movw %w4, %%ds\n\t"
                     "movl %%ecx, %%edx\n\t"
                     "shrl $2, %%ecx\n\t"
                     "rep movsl\n\t"
                     "movl %%edx, %%ecx\n\t"
                     "andl $3, %%ecx\n\t"
                     "rep movsb\n\t"
                     "popw %%ds\n\t"
                     "popw %%es"
                     : "+c"(count), "+D"((uint32_t){ FP_OFF(to) }), "+S"((uint32_t){ FP_OFF(from) })
                     : "a"(FP_SEG(to)), "b"(FP_SEG(from))
                     : "edx", "memory");
}

static uint32_t until_wrap(uint32_t fp, uint32_t count)
{
    uint32_t room = 0x10000 - FP_OFF(fp);

    return count < room ? count : room;
}

void far_copy(uint32_t to, uint32_t from, uint32_t count)
{
    while (count) {
        uint32_t piece = until_wrap(to, until_wrap(from, count));

        copy_piece(to, from, piece);
        to = FP(FP_SEG(to), FP_OFF(to) + piece);
        from = FP(FP_SEG(from), FP_OFF(from) + piece);
        count -= piece;
    }
}

void far_fill(uint32_t to, uint8_t value, uint32_t count)
{
    while (count--) {
        put8(to, value);
        to = FP(FP_SEG(to), FP_OFF(to) + 1);
    }
}

bool far_string(char *to, uint32_t from, unsigned size)
{
    while (size--) {
        *to = (char)get8(from);
        if (!*to++)
            return true;
        from = FP(FP_SEG(from), FP_OFF(from) + 1);
    }
    to[-1] = 0;
    return false;
}

void *memcpy(void *to, const void *from, size_t count)
{
    void *d = to;

    __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(count) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (d <= s)
        return memcpy(to, from, count);
    while (count--)
        d[count] = s[count];
    return to;
}

void *memset(void *to, int value, size_t count)
{
    void *d = to;

    __asm__ volatile("rep stosb" : "+D"(d), "+c"(count) : "a"(value) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a, *y = b;

    for (; count--; x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *s)
{
    size_t n = 0;

    while (s[n])
        n++;
    return n;
}

char *strcpy(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
    return to;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

char *strchr(const char *s, int c)
{
    for (; *s; s++)
        if (*s == (char)c)
            return (char *)(uintptr_t)s;
    return NULL;
}
