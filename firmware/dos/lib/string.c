/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and strings. */
#include "dos.h"

void *memcpy(void *to, const void *from, size_t count)
{
    char *t = to;
    const char *f = from;

    __asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(count) : : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    char *t = to;
    const char *f = from;

    if (t <= f)
        return memcpy(to, from, count);
    while (count--)
        t[count] = f[count];
    return to;
}

void *memset(void *to, int value, size_t count)
{
    char *t = to;

    __asm__ volatile("rep stosb" : "+D"(t), "+c"(count) : "a"(value) : "memory");
    return to;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a, *y = b;

    for (; count; count--, x++, y++)
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
    return memcpy(to, from, strlen(from) + 1);
}

bool copy_text(char *to, const char *from, unsigned size)
{
    unsigned n = (unsigned)strlen(from);
    bool fits = n < size;

    if (!fits)
        n = size - 1;
    memcpy(to, from, n);
    to[n] = 0;
    return fits;
}

bool add_text(char *to, const char *from, unsigned size)
{
    unsigned n = (unsigned)strlen(to);

    return copy_text(to + n, from, size - n);
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

char *strchr(const char *s, int c)
{
    for (;; s++) {
        if (*s == (char)c)
            return (char *)s;
        if (!*s)
            return NULL;
    }
}

char *strrchr(const char *s, int c)
{
    const char *last = NULL;

    for (; *s; s++)
        if (*s == (char)c)
            last = s;
    return (char *)last;
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

void upper_text(char *s)
{
    for (; *s; s++)
        *s = upper(*s);
}

bool same_text(const char *a, const char *b)
{
    while (*a && upper(*a) == upper(*b))
        a++, b++;
    return !*a && !*b;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c)
{
    return upper(c) >= 'A' && upper(c) <= 'Z';
}

bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '=';
}

char *skip_separators(const char *s)
{
    while (is_separator(*s))
        s++;
    return (char *)s;
}

uint32_t parse_number(const char **s)
{
    uint32_t n = 0;

    while (is_digit(**s))
        n = n * 10 + (uint32_t)(*(*s)++ - '0');
    return n;
}
