/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bar of menus. */
#include "edit.h"

struct entry {
    const char *text, *key; /* text NULL: a line */
    char letter;
    enum command command;
};
struct menu {
    const char *name;
    const struct entry *entries;
    unsigned count, width;
};

static const struct entry file_entries[] = {
    { "New", "", 'N', DO_NEW },         { "Open...", "", 'O', DO_OPEN },
    { "Save", "", 'S', DO_SAVE },       { "Save As...", "", 'A', DO_SAVE_AS },
    { NULL, NULL, 0, DO_NOTHING },      { "Print...", "", 'P', DO_PRINT },
    { NULL, NULL, 0, DO_NOTHING },      { "Exit", "", 'X', DO_EXIT },
};
static const struct entry edit_entries[] = {
    { "Cut", "Shift+Del", 'T', DO_CUT },
    { "Copy", "Ctrl+Ins", 'C', DO_COPY },
    { "Paste", "Shift+Ins", 'P', DO_PASTE },
    { "Clear", "Del", 'E', DO_CLEAR },
};
static const struct entry search_entries[] = {
    { "Find...", "", 'F', DO_FIND },
    { "Repeat Last Find", "F3", 'R', DO_AGAIN },
    { "Change...", "", 'C', DO_CHANGE },
};
static const struct entry help_entries[] = {
    { "Keys", "F1", 'K', DO_HELP },
    { "About...", "", 'A', DO_ABOUT },
};
static const struct menu menus[MENUS] = {
    { "File", file_entries, COUNT(file_entries), 16 },
    { "Edit", edit_entries, COUNT(edit_entries), 22 },
    { "Search", search_entries, COUNT(search_entries), 26 },
    { "Help", help_entries, COUNT(help_entries), 16 },
};

/* Help is at the right edge. */
static unsigned menu_x(unsigned n)
{
    unsigned x = 2;

    if (n == MENUS - 1)
        return columns - 7;
    while (n--)
        x += (unsigned)strlen(menus[n].name) + 2;
    return x;
}

void menu_bar(int open)
{
    put_string(0, 0, columns, "", C_MENU);
    for (unsigned i = 0; i < MENUS; i++) {
        unsigned x = menu_x(i), length = (unsigned)strlen(menus[i].name);
        bool on = open == (int)i;

        put_char(x, 0, ' ', on ? C_MENU_ON : C_MENU);
        put_string(x + 1, 0, length + 1, menus[i].name, on ? C_MENU_ON : C_MENU);
        put_char(x + 1, 0, menus[i].name[0], on ? C_LETTER_ON : C_LETTER);
    }
}

int menu_by_letter(char letter)
{
    for (unsigned i = 0; i < MENUS; i++)
        if (letter && menus[i].name[0] == letter)
            return (int)i;
    return -1;
}

int menu_by_column(unsigned x)
{
    for (unsigned i = 0; i < MENUS; i++)
        if (x >= menu_x(i) && x < menu_x(i) + strlen(menus[i].name) + 2)
            return (int)i;
    return -1;
}

static unsigned box_x(unsigned n)
{
    unsigned x = menu_x(n) - 1, width = menus[n].width + 4;

    return x + width > columns - 2 ? columns - 2 - width : x;
}

static void draw_open(unsigned n, unsigned chosen)
{
    const struct menu *m = &menus[n];
    unsigned x = box_x(n);

    put_box(x, 1, m->width + 4, m->count + 2, C_MENU);
    for (unsigned i = 0; i < m->count; i++) {
        const struct entry *e = &m->entries[i];
        bool on = i == chosen;
        const char *at;

        if (!e->text) {
            for (unsigned k = 1; k < m->width + 3; k++)
                put_char(x + k, 2 + i, '\xc4', C_MENU);
            continue;
        }
        put_string(x + 1, 2 + i, m->width + 2, "", on ? C_MENU_ON : C_MENU);
        put_string(x + 2, 2 + i, 0, e->text, on ? C_MENU_ON : C_MENU);
        put_string(x + 2 + m->width - (unsigned)strlen(e->key), 2 + i, 0, e->key,
                   on ? C_MENU_ON : C_MENU);
        for (at = e->text; upper(*at) != e->letter; at++)
            continue;
        put_char(x + 2 + (unsigned)(at - e->text), 2 + i, *at, on ? C_LETTER_ON : C_LETTER);
    }
}

static unsigned step(const struct menu *m, unsigned chosen, int by)
{
    do
        chosen = (chosen + m->count + (unsigned)by) % m->count;
    while (!m->entries[chosen].text);
    return chosen;
}

/* The entry under the mouse, or -1. */
static int entry_at(unsigned n)
{
    const struct menu *m = &menus[n];

    if (mouse_x <= box_x(n) || mouse_x >= box_x(n) + m->width + 3 || mouse_y < 2 ||
        mouse_y >= 2 + m->count || !m->entries[mouse_y - 2].text)
        return -1;
    return (int)mouse_y - 2;
}

static int by_letter(const struct menu *m, unsigned key)
{
    char letter = key < 128 ? upper((char)key) : key_alt_letter(key);

    for (unsigned i = 0; i < m->count; i++)
        if (letter && m->entries[i].letter == letter)
            return (int)i;
    return -1;
}

struct state {
    unsigned menu, chosen;
    bool open;
};

/* True: the menus are left, with a command or none. */
static bool press(struct state *s, enum command *command)
{
    int n = mouse_y == 0 ? menu_by_column(mouse_x) : -1, entry = s->open ? entry_at(s->menu) : -1;

    *command = entry >= 0 ? menus[s->menu].entries[entry].command : DO_NOTHING;
    if (n < 0)
        return true;
    *s = (struct state){ (unsigned)n, 0, true };
    return false;
}

static bool menu_key(struct state *s, unsigned key, enum command *command)
{
    const struct menu *m = &menus[s->menu];
    int n;

    *command = DO_NOTHING;
    if (key == K_ESC || key == K_ALT || key == K_F10)
        return true;
    if (key == K_PRESS)
        return press(s, command);
    if (key == K_LEFT || key == K_RIGHT) {
        s->menu = (s->menu + (key == K_LEFT ? MENUS - 1 : 1)) % MENUS;
        s->chosen = 0;
    } else if (!s->open) {
        n = menu_by_letter(key < 128 ? upper((char)key) : key_alt_letter(key));
        if (n >= 0)
            s->menu = (unsigned)n;
        s->open = n >= 0 || key == K_ENTER || key == K_DOWN || key == K_UP;
    } else if (key == K_DOWN || key == K_UP) {
        s->chosen = step(m, s->chosen, key == K_DOWN ? 1 : -1);
    } else if (key == K_ENTER) {
        *command = m->entries[s->chosen].command;
        return true;
    } else {
        n = by_letter(m, key);
        if (n >= 0)
            *command = m->entries[n].command;
        return n >= 0;
    }
    return false;
}

enum command menu_run(int first)
{
    struct state s = { first < 0 ? 0 : (unsigned)first, 0, first >= 0 };
    enum command command;

    do {
        window_draw();
        menu_bar((int)s.menu);
        if (s.open)
            draw_open(s.menu, s.chosen);
        screen_show(columns, 0, false);
    } while (!menu_key(&s, key_wait(), &command));
    return command;
}
