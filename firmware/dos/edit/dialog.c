/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogue boxes: labels, fields, check boxes, a list, buttons. */
#include "edit.h"

static unsigned left, top; /* of the box */

static unsigned field_shift(const struct control *c)
{
    return c->state >= c->width ? c->state - c->width + 1 : 0;
}

static void draw_list(const struct dialog *d, const struct control *c, bool focus)
{
    unsigned first = c->state >= c->height ? c->state - c->height + 1 : 0;

    for (unsigned i = 0; i < c->height; i++) {
        bool there = first + i < d->list_count, chosen = there && first + i == c->state;

        put_string(left + c->x, top + c->y + i, c->width, there ? d->list[first + i] : "",
                   chosen ? focus ? C_BUTTON : C_SELECTED : C_FIELD);
    }
}

static void draw_control(const struct dialog *d, const struct control *c, bool focus)
{
    unsigned x = left + c->x, y = top + c->y;
    char text[40];

    if (c->kind == D_LABEL) {
        put_string(x, y, 0, c->text, C_BOX);
    } else if (c->kind == D_INPUT) {
        put_string(x, y, c->width, c->value + field_shift(c), C_FIELD);
    } else if (c->kind == D_CHECK) {
        format_text(text, sizeof(text), "[%c] %s", c->state ? 'X' : ' ', c->text);
        put_string(x, y, 0, text, focus ? C_BUTTON : C_BOX);
    } else if (c->kind == D_BUTTON) {
        format_text(text, sizeof(text), "< %s >", c->text);
        put_string(x, y, 0, text, focus ? C_BUTTON : C_BOX);
    } else {
        draw_list(d, c, focus);
    }
}

static void draw(const struct dialog *d)
{
    const struct control *f = &d->controls[d->focus];
    unsigned length = d->title ? (unsigned)strlen(d->title) : 0;

    left = d->width < columns ? (columns - d->width) / 2 : 0;
    top = d->height < rows ? (rows - d->height) / 2 : 0;
    window_draw();
    put_box(left, top, d->width, d->height, C_BOX);
    if (length) {
        put_char(left + (d->width - length) / 2 - 1, top, ' ', C_BOX);
        put_string(left + (d->width - length) / 2, top, length + 1, d->title, C_BOX);
    }
    for (unsigned i = 0; i < d->count; i++)
        draw_control(d, &d->controls[i], i == d->focus);
    if (f->kind == D_INPUT)
        screen_show(left + f->x + f->state - field_shift(f), top + f->y, false);
    else
        screen_show(columns, 0, false);
}

static void choose_row(struct dialog *d, struct control *list, unsigned row)
{
    struct control *field = &d->controls[0];

    if (row >= d->list_count)
        return;
    list->state = row;
    copy_text(field->value, d->list[row], field->size);
    field->state = (unsigned)strlen(field->value);
    field->fresh = true;
}

static void input_key(struct control *c, unsigned key)
{
    unsigned length = (unsigned)strlen(c->value);
    bool fresh = c->fresh;

    c->fresh = false;
    if (key == K_LEFT && c->state)
        c->state--;
    else if (key == K_RIGHT && c->state < length)
        c->state++;
    else if (key == K_HOME)
        c->state = 0;
    else if (key == K_END)
        c->state = length;
    else if (key == K_BACK && c->state)
        c->state--, memmove(c->value + c->state, c->value + c->state + 1, length - c->state);
    else if (key == K_DELETE && c->state < length)
        memmove(c->value + c->state, c->value + c->state + 1, length - c->state);
    else if (key >= 32 && key < 256) {
        if (fresh)
            c->value[length = c->state = 0] = 0;
        if (length + 1 < c->size) {
            memmove(c->value + c->state + 1, c->value + c->state, length - c->state + 1);
            c->value[c->state++] = (char)key;
        }
    }
}

static void list_key(struct dialog *d, struct control *c, unsigned key)
{
    unsigned last = d->list_count ? d->list_count - 1 : 0, to = c->state;

    if (key == K_DOWN)
        to++;
    else if (key == K_UP)
        to -= to != 0;
    else if (key == K_PAGE_DOWN)
        to += c->height;
    else if (key == K_PAGE_UP)
        to -= to < c->height ? to : c->height;
    else if (key == K_HOME)
        to = 0;
    else if (key == K_END)
        to = last;
    for (unsigned i = 1; key > 32 && key < 256 && i <= d->list_count; i++)
        if (upper(d->list[(c->state + i) % d->list_count][0]) == upper((char)key)) {
            to = (c->state + i) % d->list_count;
            break;
        }
    choose_row(d, c, to < last ? to : last);
}

static void next(struct dialog *d, bool back)
{
    do
        d->focus = (d->focus + (back ? d->count - 1 : 1)) % d->count;
    while (d->controls[d->focus].kind == D_LABEL);
}

/* A press of the mouse; true: on a button. */
static bool press(struct dialog *d)
{
    for (unsigned i = 0; i < d->count; i++) {
        struct control *c = &d->controls[i];
        unsigned width = c->width, height = c->kind == D_LIST ? c->height : 1;

        if (c->kind == D_LABEL)
            continue;
        if (c->kind != D_INPUT && c->kind != D_LIST)
            width = (unsigned)strlen(c->text) + 4;
        if (mouse_x < left + c->x || mouse_x >= left + c->x + width || mouse_y < top + c->y ||
            mouse_y >= top + c->y + height)
            continue;
        d->focus = i;
        if (c->kind == D_CHECK)
            c->state = !c->state;
        if (c->kind == D_LIST)
            choose_row(d, c,
                       mouse_y - top - c->y +
                           (c->state >= c->height ? c->state - c->height + 1 : 0));
        return c->kind == D_BUTTON;
    }
    return false;
}

static int first_button(const struct dialog *d)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->controls[i].kind == D_BUTTON)
            return (int)i;
    return -1;
}

/* A letter chooses a button where there is nothing to type. */
static int button_of_letter(const struct dialog *d, unsigned key)
{
    char letter = key > 32 && key < 128 ? upper((char)key) : key_alt_letter(key);
    bool types = d->controls[d->focus].kind == D_INPUT || d->controls[d->focus].kind == D_LIST;

    if (!letter || (types && key < 256))
        return -1;
    for (unsigned i = 0; i < d->count; i++)
        if (d->controls[i].kind == D_BUTTON && upper(d->controls[i].text[0]) == letter)
            return (int)i;
    return -1;
}

int dialog_run(struct dialog *d)
{
    for (;;) {
        struct control *c = &d->controls[d->focus];
        unsigned key;
        int button;

        draw(d);
        key = key_wait();
        c = &d->controls[d->focus];
        button = button_of_letter(d, key);
        if (button >= 0)
            return button;
        if (key == K_ESC)
            return -1;
        if (key == K_PRESS && press(d))
            return (int)d->focus;
        if (key == K_PRESS)
            continue;
        if (key == K_ENTER)
            return c->kind == D_BUTTON ? (int)d->focus : first_button(d);
        if (key == K_TAB || key == K_SHIFT_TAB)
            next(d, key == K_SHIFT_TAB);
        else if (c->kind == D_BUTTON && key == ' ')
            return (int)d->focus;
        else if (c->kind == D_BUTTON && (key == K_LEFT || key == K_RIGHT))
            next(d, key == K_LEFT);
        else if (c->kind == D_CHECK && key == ' ')
            c->state = !c->state;
        else if (c->kind == D_INPUT)
            input_key(c, key);
        else if (c->kind == D_LIST)
            list_key(d, c, key);
    }
}

enum { TEXT_MAX = 1024, LINES_MAX = 22 };

/* Fits a text into labels, lines broken at line feeds and, where they are too long, at blanks. */
static unsigned make_labels(char *text, struct control *labels, unsigned *width)
{
    unsigned count = 0, most = columns - 8;

    *width = 24;
    while (*text && count < LINES_MAX) {
        char *end = text, *blank = NULL;
        unsigned length;

        while (*end && *end != '\n' && (unsigned)(end - text) < most) {
            if (*end == ' ')
                blank = end;
            end++;
        }
        if (*end && *end != '\n' && blank)
            end = blank;
        length = (unsigned)(end - text);
        if (length > *width)
            *width = length;
        labels[count] =
            (struct control){ .kind = D_LABEL, .x = 3, .y = 2 + count, .text = text };
        count++;
        text = end;
        if (*text)
            *text++ = 0;
    }
    return count;
}

static int box(char *text, const char *const *buttons, unsigned button_count)
{
    static struct control controls[LINES_MAX + 3];
    unsigned width, count = make_labels(text, controls, &width), x = 0;
    struct dialog d = { .controls = controls, .focus = count };
    int chosen;

    for (unsigned i = 0; i < button_count; i++)
        x += (unsigned)strlen(buttons[i]) + 6;
    x = (width + 6 - x + 2) / 2;
    for (unsigned i = 0; i < button_count; i++) {
        controls[count + i] =
            (struct control){ .kind = D_BUTTON, .x = x, .y = count + 3, .text = buttons[i] };
        x += (unsigned)strlen(buttons[i]) + 6;
    }
    d.count = count + button_count;
    d.width = width + 6;
    d.height = count + 5;
    chosen = dialog_run(&d);
    return chosen < 0 ? -1 : chosen - (int)count;
}

void message(const char *format, ...)
{
    static const char *const ok[] = { "OK" };
    static char text[TEXT_MAX];
    va_list args;
    const char *what;

    va_start(args, format);
    what = va_arg(args, const char *);
    va_end(args);
    format_text(text, sizeof(text), format, what);
    box(text, ok, 1);
}

int ask(const char *what)
{
    static const char *const buttons[] = { "Yes", "No", "Cancel" };
    char text[160];
    int chosen;

    copy_text(text, what, sizeof(text));
    chosen = box(text, buttons, COUNT(buttons));
    return chosen == 2 ? -1 : chosen;
}
