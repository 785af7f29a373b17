/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Find, Repeat Last Find, Change. */
#include "edit.h"

static char what[FIND_SIZE], with[FIND_SIZE];
static bool match_case, whole_word;

static bool word_char(uint32_t at)
{
    char c;

    if (at >= text_size)
        return false;
    c = (char)text_at(at);
    return is_letter(c) || is_digit(c) || c == '_';
}

static bool found_at(uint32_t at)
{
    uint32_t length = (uint32_t)strlen(what);

    if (length > text_size - at)
        return false;
    for (uint32_t i = 0; i < length; i++) {
        char c = (char)text_at(at + i);

        if (c != what[i] && (match_case || upper(c) != upper(what[i])))
            return false;
    }
    return !whole_word || (!(at && word_char(at - 1)) && !word_char(at + length));
}

/* The first place in [from, to), or text_size. */
static uint32_t search(uint32_t from, uint32_t to)
{
    for (; from < to; from++)
        if (found_at(from))
            return from;
    return text_size;
}

static void select_found(uint32_t at)
{
    ed.anchor = at;
    cursor_go(at + (uint32_t)strlen(what));
    ed.selecting = true;
}

void find_again(void)
{
    uint32_t from = ed.selecting ? selection_start() + 1 : ed.cursor, at;

    if (!what[0]) {
        find_ask();
        return;
    }
    if (from > text_size)
        from = text_size;
    at = search(from, text_size);
    if (at == text_size)
        at = search(0, from);
    if (at == text_size || !found_at(at))
        message("\"%s\" is not in the text.", what);
    else
        select_found(at);
}

/* The word at the cursor, or what is selected in a line. */
static void suggest(void)
{
    uint32_t from = selection_start(), to = selection_end();
    unsigned n = 0;

    if (from == to) {
        while (from && word_char(from - 1))
            from--;
        to = from;
        while (word_char(to))
            to++;
    }
    if (from == to || to - from >= FIND_SIZE || line_end(from) < to)
        return;
    while (from < to)
        what[n++] = (char)text_at(from++);
    what[n] = 0;
}

/* The controls that both boxes have: field, check boxes. */
static void read_boxes(const struct control *c)
{
    match_case = c[0].state;
    whole_word = c[1].state;
}

void find_ask(void)
{
    struct control controls[] = {
        { .kind = D_INPUT, .x = 14, .y = 2, .width = 22, .value = what, .size = sizeof(what),
          .fresh = true },
        { .kind = D_LABEL, .x = 2, .y = 2, .text = "Find What:" },
        { .kind = D_CHECK, .x = 2, .y = 4, .text = "Match Case", .state = match_case },
        { .kind = D_CHECK, .x = 20, .y = 4, .text = "Whole Word", .state = whole_word },
        { .kind = D_BUTTON, .x = 8, .y = 6, .text = "OK" },
        { .kind = D_BUTTON, .x = 20, .y = 6, .text = "Cancel" },
    };
    struct dialog d = { .title = "Find", .width = 38, .height = 8, .controls = controls,
                        .count = COUNT(controls) };

    suggest();
    controls[0].state = (unsigned)strlen(what);
    if (dialog_run(&d) != 4 || !what[0])
        return;
    read_boxes(controls + 2);
    find_again();
}

static bool replace_found(uint32_t at)
{
    unsigned length = (unsigned)strlen(with);

    if (length > text_room() + strlen(what)) {
        message("There is no memory left for more text.");
        return false;
    }
    edit_delete(at, (uint32_t)strlen(what));
    return !length || edit_insert(with, length);
}

/* From the cursor on, round the whole text once; `verify` asks at each place. */
static void change(bool verify)
{
    uint32_t at = selection_start(), old = (uint32_t)strlen(what), new = (uint32_t)strlen(with);
    uint32_t start = at, count = 0;
    bool wrapped = false;
    char text[60];

    for (;;) {
        uint32_t limit = wrapped ? start : text_size;
        int answer = 0;

        at = search(at, limit);
        if (at >= limit) {
            if (wrapped)
                break;
            wrapped = true;
            at = 0;
            continue;
        }
        if (verify) {
            select_found(at);
            window_follow();
            answer = ask("Change this one?");
        }
        if (answer < 0)
            break;
        if (answer == 0 && !replace_found(at))
            break;
        if (answer == 0 && wrapped)
            start += new - old;
        at += answer == 0 ? new : old;
        count += answer == 0;
    }
    ed.selecting = false;
    format_text(text, sizeof(text), "%u changed.", count);
    message("%s", text);
}

void find_change(void)
{
    struct control controls[] = {
        { .kind = D_INPUT, .x = 14, .y = 2, .width = 22, .value = what, .size = sizeof(what),
          .fresh = true },
        { .kind = D_LABEL, .x = 2, .y = 2, .text = "Find What:" },
        { .kind = D_INPUT, .x = 14, .y = 4, .width = 22, .value = with, .size = sizeof(with),
          .fresh = true },
        { .kind = D_LABEL, .x = 2, .y = 4, .text = "Change To:" },
        { .kind = D_CHECK, .x = 2, .y = 6, .text = "Match Case", .state = match_case },
        { .kind = D_CHECK, .x = 20, .y = 6, .text = "Whole Word", .state = whole_word },
        { .kind = D_BUTTON, .x = 2, .y = 8, .text = "Verify" },
        { .kind = D_BUTTON, .x = 13, .y = 8, .text = "Change All" },
        { .kind = D_BUTTON, .x = 28, .y = 8, .text = "Cancel" },
    };
    struct dialog d = { .title = "Change", .width = 40, .height = 10, .controls = controls,
                        .count = COUNT(controls) };
    int button;

    suggest();
    controls[0].state = (unsigned)strlen(what);
    controls[2].state = (unsigned)strlen(with);
    button = dialog_run(&d);
    if ((button != 6 && button != 7) || !what[0])
        return;
    read_boxes(controls + 4);
    change(button == 6);
}
