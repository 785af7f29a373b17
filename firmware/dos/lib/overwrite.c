/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May a file be overwritten? */
#include "args.h"
#include "copy.h"
#include "text.h"

/* Whether our COMMAND.COM has started the program from a batch file, or is there for it alone. */
static bool in_batch(void)
{
    uint16_t parent = *(uint16_t *)psp_at(PSP_PARENT);

    return far_get16(parent, PSP_SHELL) == SHELL_MARK && far_get8(parent, PSP_SHELL + 2);
}

void overwrite_begin(uint8_t *mode)
{
    const struct option options[] = { { "Y", OPTION_SET, mode, OVERWRITE_YES },
                                      { "-Y", OPTION_SET, mode, OVERWRITE_ASK } };
    char text[ARG_TEXT];
    const char *s = text;

    if (*mode != OVERWRITE_DEFAULT)
        return;
    environment("COPYCMD", text, sizeof(text));
    while (s && *(s = skip_separators(s)) == '/')
        s = option_parse(s + 1, options, COUNT(options));
    if (*mode == OVERWRITE_DEFAULT)
        *mode = in_batch() ? OVERWRITE_YES : OVERWRITE_ASK;
}

bool overwrite_allowed(uint8_t *mode, const char *path)
{
    char question[LONG_PATH + 40], key;
    struct found f;

    if (*mode == OVERWRITE_YES ||
        find_first(path, A_READ_ONLY | A_HIDDEN | A_SYSTEM, &f) != 0)
        return true;
    format_text(question, sizeof(question), "Overwrite %s (Yes/No/All)? ", path);
    key = ask_key(question, "YAN");
    if (key == 'A')
        *mode = OVERWRITE_YES;
    return key != 'N';
}
