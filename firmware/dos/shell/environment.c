/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The environment: strings NAME=VALUE, each with a zero, and a zero behind the last. */
#include "shell.h"

static char at(unsigned i)
{
    return (char)far_get8(shell.environment, (uint16_t)i);
}

static void put(unsigned i, char c)
{
    far_put8(shell.environment, (uint16_t)i, (uint8_t)c);
}

/* Behind the string at i. */
static unsigned next(unsigned i)
{
    while (at(i))
        i++;
    return i + 1;
}

static unsigned end(void)
{
    unsigned i = 0;

    while (at(i))
        i = next(i);
    return i;
}

static bool find(const char *name, unsigned *place)
{
    unsigned length = (unsigned)strlen(name);

    for (unsigned i = 0; at(i); i = next(i)) {
        unsigned n = 0;

        while (n < length && upper(at(i + n)) == upper(name[n]))
            n++;
        if (n == length && at(i + n) == '=') {
            *place = i;
            return true;
        }
    }
    return false;
}

bool env_get(const char *name, char *to, unsigned size)
{
    unsigned i, n = 0;

    to[0] = 0;
    if (!find(name, &i))
        return false;
    for (i += (unsigned)strlen(name) + 1; at(i) && n < size - 1; i++)
        to[n++] = at(i);
    to[n] = 0;
    return true;
}

static void remove(unsigned place)
{
    unsigned from = next(place), last = end();

    while (from <= last)
        put(place++, at(from++));
}

bool env_set(const char *name, const char *value)
{
    unsigned i, needed = (unsigned)(strlen(name) + strlen(value)) + 2;

    if (find(name, &i))
        remove(i);
    if (!*value)
        return true;
    i = end();
    if (i + needed + 1 > shell.environment_size)
        return false;
    for (const char *s = name; *s; s++)
        put(i++, upper(*s));
    put(i++, '=');
    for (const char *s = value; *s; s++)
        put(i++, *s);
    put(i++, 0);
    put(i, 0);
    return true;
}

void env_show(void)
{
    for (unsigned i = 0; at(i); i = next(i)) {
        for (unsigned n = i; at(n); n++)
            print("%c", at(n));
        print("\r\n");
    }
}

/* A block of our own with what the parent's has. */
bool env_init(unsigned size)
{
    uint16_t parent = home_get16(PSP_ENVIRONMENT);
    struct dos_regs r = { .ax = 0x4800 };
    unsigned used = 0;

    if (parent)
        while (far_get8(parent, (uint16_t)used) || far_get8(parent, (uint16_t)(used + 1)))
            used++;
    used = used ? used + 1 : 0; /* with the last string's zero */
    if (size < used + 128)
        size = used + 128;
    r.bx = (uint16_t)((size + 15) / 16);
    if (dos(&r))
        return false;
    shell.environment = r.ax;
    shell.environment_size = (uint16_t)(r.bx * 16);
    for (unsigned i = 0; i < used; i++)
        put(i, (char)far_get8(parent, (uint16_t)i));
    put(used, 0);
    put(used + 1, 0);
    far_put16(home, PSP_ENVIRONMENT, shell.environment);
    return true;
}

/* ---- SET, PATH, PROMPT ---- */

static void set_or_say(const char *name, const char *value)
{
    if (!env_set(name, value))
        say(M_NO_ENVIRONMENT);
}

void command_set(const char *tail)
{
    char name[LINE_SIZE];
    char *equals;

    while (*tail == ' ' || *tail == '\t')
        tail++;
    if (!*tail) {
        env_show();
        return;
    }
    copy_text(name, tail, sizeof(name));
    equals = strchr(name, '=');
    if (!equals || equals == name) {
        say(M_SYNTAX);
        return;
    }
    *equals = 0;
    set_or_say(name, equals + 1);
}

void command_path(const char *tail)
{
    char path[LINE_SIZE * 2];

    while (*tail == ' ' || *tail == '\t' || *tail == '=')
        tail++;
    if (!*tail) {
        if (env_get("PATH", path, sizeof(path)))
            print("PATH=%s\r\n", path);
        else
            print("No Path\r\n");
        return;
    }
    copy_text(path, tail, sizeof(path));
    upper_text(path);
    set_or_say("PATH", strcmp(trim(path), ";") ? path : "");
}

void command_prompt(const char *tail)
{
    while (is_separator(*tail))
        tail++;
    set_or_say("PROMPT", tail);
}
