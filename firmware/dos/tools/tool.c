/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the command line, questions and answers. */
#include "tool.h"

void command_tail(char *to, unsigned size)
{
    unsigned length = *psp_at(PSP_TAIL), n = 0;

    while (n < length && n < size - 1 && psp_at(PSP_TAIL + 1)[n] != '\r') {
        to[n] = (char)psp_at(PSP_TAIL + 1)[n];
        n++;
    }
    to[n] = 0;
}

bool next_word(char **at, char *word, unsigned size)
{
    char *s = skip_separators(*at);
    unsigned n = 0;

    while (*s && !is_separator(*s) && (*s != '/' || !n)) {
        if (n < size - 1)
            word[n++] = upper(*s);
        s++;
    }
    word[n] = 0;
    *at = s;
    return n != 0;
}

const char *switch_value(const char *word, const char *name)
{
    unsigned n = (unsigned)strlen(name);

    if (word[0] != '/' || memcmp(word + 1, name, n) != 0)
        return NULL;
    word += 1 + n;
    if (!*word)
        return word;
    return *word == ':' ? word + 1 : NULL;
}

int bad_switch(const char *word)
{
    print("Invalid switch - %s\r\n", word);
    return 1;
}

int bad_parameter(const char *word)
{
    print("Invalid parameter - %s\r\n", word);
    return 1;
}

int drive_of(const char *word)
{
    return is_letter(word[0]) && word[1] == ':' && !word[2] ? upper(word[0]) - 'A' : -1;
}

bool read_answer(char *to, unsigned size)
{
    unsigned n = 0, done;
    char line[LINE_SIZE];

    *to = 0;
    if (handle_is_device(STDIN)) {
        if (file_read(STDIN, line, sizeof(line), &done) || !done)
            return false;
        while (n < done && n < size - 1 && line[n] != '\r' && line[n] != '\n') {
            to[n] = line[n];
            n++;
        }
        to[n] = 0;
        return true;
    }
    for (;;) {
        char c;

        if (file_read(STDIN, &c, 1, &done) || !done)
            return n != 0;
        if (c == '\n')
            return true;
        if (c != '\r' && n < size - 1)
            to[n++] = c;
        to[n] = 0;
    }
}

bool ask_yes(const char *question)
{
    char answer[ANSWER];

    for (;;) {
        struct dos_regs r = { .ax = 0x6523 };

        print("%s (Y/N)?", question);
        if (!read_answer(answer, sizeof(answer)))
            return false;
        r.dl = (uint8_t)answer[0];
        if (dos(&r))
            r.ax = upper(answer[0]) == 'Y' ? 1 : upper(answer[0]) == 'N' ? 0 : 2;
        if (r.ax < 2)
            return r.ax == 1;
    }
}

void wait_key(void)
{
    char answer[ANSWER];

    if (handle_is_device(STDIN)) {
        struct dos_regs r = { .ax = 0x0800 }; /* Ctrl-C ends the program here */

        dos(&r);
        if (!r.al)
            dos(&(struct dos_regs){ .ax = 0x0800 });
    } else {
        read_answer(answer, sizeof(answer));
    }
    print("\r\n");
}

void break_with(uint8_t code)
{
    struct dos_regs r = { .ax = 0x2523, .dx = NEAR16(break_exit) };

    break_code = code;
    dos(&r);
}
