/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words, switches and names of a command's tail. */
#include "files.h"
#include "shell.h"

char *trim(char *s)
{
    unsigned n;

    while (*s == ' ' || *s == '\t')
        s++;
    n = (unsigned)strlen(s);
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        s[--n] = 0;
    return s;
}

const char *next_word(const char *s, char *to, unsigned size)
{
    unsigned n = 0;

    s = skip_separators(s);
    while (*s && !is_separator(*s)) {
        if (n < size - 1)
            to[n++] = *s;
        s++;
    }
    to[n] = 0;
    return s;
}

static bool ends_word(char c)
{
    return !c || is_separator(c) || c == '/' || c == '+';
}

bool parse_args(struct args *a, const char *tail)
{
    char *p = a->text;

    a->words = a->options = 0;
    copy_text(a->text, tail, sizeof(a->text));
    while (*(p = skip_separators(p))) {
        bool option = *p == '/';
        char **list = option ? a->option : a->word;
        unsigned *count = option ? &a->options : &a->words;

        if (*count == WORDS) {
            say(M_TOO_MANY);
            return false;
        }
        if (option)
            *p++ = 0; /* ends a word that stands before it */
        list[(*count)++] = p;
        if (*p == '+' && !option)
            p++;
        else
            while (!ends_word(*p))
                p++;
        if (option) {
            char keep = *p;

            *p = 0;
            upper_text(list[*count - 1]);
            *p = keep;
        }
        if (is_separator(*p))
            *p++ = 0;
    }
    return true;
}

unsigned complete_pattern(char *path, unsigned size)
{
    unsigned n = (unsigned)strlen(path);

    if (has_wildcards(path))
        return 0;
    if (n && is_directory(path)) {
        if (path[n - 1] != '\\' && path[n - 1] != ':')
            add_text(path, "\\", size);
        add_text(path, "*.*", size);
    } else if (!n) {
        copy_text(path, "*.*", size);
    }
    return 0;
}
