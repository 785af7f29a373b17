/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line. */
#include "args.h"
#include "text.h"

void args_tail(char *to, unsigned size)
{
    const uint8_t *tail = psp_at(PSP_TAIL);
    unsigned n = 0;

    while (n < tail[0] && n < size - 1 && tail[n + 1] != '\r') {
        to[n] = (char)tail[n + 1];
        n++;
    }
    to[n] = 0;
}

static bool ends_option(char c)
{
    return !c || is_separator(c) || c == '/';
}

/* How well `s` fits: the name's length and 1, 0: not at all. */
static unsigned fits(const struct option *o, const char *s)
{
    unsigned n = 0;

    for (; o->name[n]; n++)
        if (upper(s[n]) != o->name[n])
            return 0;
    if (o->kind == OPTION_SET && !ends_option(s[n]))
        return 0;
    if (o->kind == OPTION_NUMBER && !is_digit(s[n]) && !(s[n] == ':' && is_digit(s[n + 1])))
        return 0;
    return n + 1;
}

static const char *bad_option(const char *s)
{
    char name[ARG_TEXT];
    unsigned n = 0;

    while (n < sizeof(name) - 1 && !ends_option(s[n])) {
        name[n] = s[n];
        n++;
    }
    name[n] = 0;
    complain("Invalid switch - /%s\r\n", name);
    return NULL;
}

const char *option_parse(const char *s, const struct option *options, unsigned count)
{
    const struct option *best = NULL;
    const char *begin = s;
    unsigned most = 0, n = 0;

    for (const struct option *o = options; o < options + count; o++) {
        if (fits(o, s) > most) {
            most = fits(o, s);
            best = o;
        }
    }
    if (!best)
        return bad_option(begin);
    s += most - 1;
    if (best->kind == OPTION_SET) {
        *(uint8_t *)best->to = best->set;
        return s;
    }
    if (*s == ':')
        s++;
    if (best->kind == OPTION_NUMBER) {
        *(uint32_t *)best->to = parse_number(&s);
        return ends_option(*s) ? s : bad_option(begin);
    }
    while (!ends_option(*s) || (*s == ',' && best->kind == OPTION_LIST)) {
        if (n < ARG_TEXT - 1)
            ((char *)best->to)[n++] = *s;
        s++;
    }
    ((char *)best->to)[n] = 0;
    return n ? s : bad_option(begin);
}

/* The word at s, with a zero behind it to *to, which goes on; where it ends, NULL: in quotes. */
static const char *take_word(const char *s, char **to, bool *quoted)
{
    char *t = *to;

    *quoted = *s == '"';
    if (*quoted) {
        for (s++;; s++) {
            if (!*s)
                return NULL;
            if (*s == '"' && *++s != '"')
                break;
            *t++ = *s;
        }
    } else {
        while (!ends_option(*s) && *s != '"')
            *t++ = *s++;
    }
    *t++ = 0;
    *to = t;
    return s;
}

enum args_result args_parse_text(struct args *a, const char *s, const struct option *options,
                                 unsigned count, unsigned most_words)
{
    char *to = a->text;

    memset(a, 0, sizeof(*a));
    while (*(s = skip_separators(s))) {
        bool quoted;

        if (*s == '/') {
            if (s[1] == '?')
                return ARGS_HELP;
            s = option_parse(s + 1, options, count);
            if (!s)
                return ARGS_BAD;
            continue;
        }
        if (a->words == most_words) {
            complain("Too many parameters - %s\r\n", s);
            return ARGS_BAD;
        }
        a->word[a->words] = to;
        s = take_word(s, &to, &quoted);
        if (!s) {
            complain("Parameter format not correct\r\n");
            return ARGS_BAD;
        }
        if (quoted)
            a->quoted |= 1u << a->words;
        a->words++;
    }
    return ARGS_GOOD;
}

enum args_result args_parse(struct args *a, const struct option *options, unsigned count,
                            unsigned most_words)
{
    char tail[LINE_SIZE];

    args_tail(tail, sizeof(tail));
    return args_parse_text(a, tail, options, count, most_words);
}

bool environment(const char *name, char *to, unsigned size)
{
    uint16_t segment = *(uint16_t *)psp_at(PSP_ENVIRONMENT);
    unsigned at = 0, n;

    to[0] = 0;
    while (segment && far_get8(segment, (uint16_t)at)) {
        for (n = 0; name[n] && upper((char)far_get8(segment, (uint16_t)at)) == name[n]; n++)
            at++;
        if (!name[n] && far_get8(segment, (uint16_t)at) == '=') {
            for (n = 0; n < size - 1 && (to[n] = (char)far_get8(segment, (uint16_t)++at)); n++)
                ;
            to[n] = 0;
            return true;
        }
        while (far_get8(segment, (uint16_t)at))
            at++;
        at++;
    }
    return false;
}
