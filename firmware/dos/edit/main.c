/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EDIT.COM: its command line and its loop. */
#include "edit.h"

void handler_23(void);
void handler_24(void);

static const char usage[] = "Edits a text file.\r\n\r\n"
                            "EDIT [[drive:][path]filename] [/B] [/H]\r\n\r\n"
                            "  /B  Monochrome colors.\r\n"
                            "  /H  As many lines as the screen can show.\r\n\r\n"
                            "F1 in the editor lists its keys.\r\n";

static const char keys[] = "Arrows, Home, End, PgUp, PgDn  move\n"
                           "Ctrl+Left, Ctrl+Right    by words\n"
                           "Ctrl+Home, Ctrl+End      text\n"
                           "Ctrl+Up, Ctrl+Down       scroll\n"
                           "Shift and these          select\n"
                           "Shift+Del, Ctrl+Ins   cut, copy\n"
                           "Shift+Ins                 paste\n"
                           "Del, Ctrl+T      character, word\n"
                           "Ctrl+Y, Ctrl+Q Y     cut a line\n"
                           "Ctrl+N        insert a line here\n"
                           "Ctrl+Q F, F3          find, again\n"
                           "Ctrl+Q A                 change\n"
                           "Ins                   overwrite\n"
                           "Tab, Shift+Tab    indent, undo it\n"
                           "Ctrl+P      next key as it is\n"
                           "Alt                       menus";

static void vector(uint8_t n, void (*handler)(void))
{
    struct dos_regs r = { .ax = (uint16_t)(0x2500 | n), .dx = NEAR16(handler) };

    dos(&r);
}

/* True: the editor ends. */
static bool run(enum command command)
{
    switch (command) {
    case DO_NEW:
        if (disk_leave())
            disk_new();
        break;
    case DO_OPEN:
        disk_open();
        break;
    case DO_SAVE:
        disk_save();
        break;
    case DO_SAVE_AS:
        disk_save_as();
        break;
    case DO_PRINT:
        disk_print();
        break;
    case DO_EXIT:
        return disk_leave();
    case DO_CUT:
        edit_cut();
        break;
    case DO_COPY:
        edit_copy();
        break;
    case DO_PASTE:
        edit_paste();
        break;
    case DO_CLEAR:
        if (ed.selecting)
            selection_delete();
        break;
    case DO_FIND:
        find_ask();
        break;
    case DO_AGAIN:
        find_again();
        break;
    case DO_CHANGE:
        find_change();
        break;
    case DO_HELP:
        message("%s", keys);
        break;
    case DO_ABOUT:
        message("EDIT, a text editor for DOS.\nPart of Bygone.");
        break;
    case DO_NOTHING:
        break;
    }
    return false;
}

/* The mouse in the text, on the bar or at the edges. */
static enum command mouse(unsigned event)
{
    unsigned bottom = 2 + window_height();

    if (event == K_PRESS && mouse_y == 0)
        return menu_by_column(mouse_x) < 0 ? DO_NOTHING : menu_run(menu_by_column(mouse_x));
    if (mouse_y < 2 || mouse_y >= bottom)
        return DO_NOTHING;
    if (mouse_x == columns - 1) {
        if (event == K_PRESS)
            edit_key(mouse_y == 2            ? K_CTRL_UP
                     : mouse_y == bottom - 1 ? K_CTRL_DOWN
                     : mouse_y < rows / 2    ? K_PAGE_UP
                                             : K_PAGE_DOWN);
        return DO_NOTHING;
    }
    if (event == K_DRAG && !ed.selecting) {
        ed.anchor = ed.cursor;
        ed.selecting = true;
    } else if (event == K_PRESS) {
        ed.selecting = false;
    }
    cursor_go(window_position(mouse_x, mouse_y));
    return DO_NOTHING;
}

static void loop(void)
{
    enum command command;

    do {
        unsigned key;
        int menu;

        window_show(NULL);
        key = key_wait();
        menu = menu_by_letter(key_alt_letter(key));
        command = DO_NOTHING;
        if (key == K_ALT || key == K_F10)
            command = menu_run(-1);
        else if (menu >= 0)
            command = menu_run(menu);
        else if (key == K_F1)
            command = DO_HELP;
        else if (key == K_F3 || key == CTRL('L'))
            command = DO_AGAIN;
        else if (key == K_PRESS || key == K_DRAG)
            command = mouse(key);
        else
            edit_key(key);
    } while (!run(command));
}

struct options {
    char path[LINE_SIZE];
    bool mono, tall, help;
};

/* False: it has something that is no option, which it says. */
static bool parse(struct options *o)
{
    char *p = (char *)psp_at(PSP_TAIL + 1), word[LINE_SIZE];

    p[psp_at(PSP_TAIL)[0]] = 0;
    while (*(p = skip_separators(p))) {
        unsigned n = 0;

        do
            word[n++] = *p++;
        while (*p && *p != '/' && !is_separator(*p));
        word[n] = 0;
        if (word[0] != '/')
            strcpy(o->path, word);
        else if (same_text(word, "/B"))
            o->mono = true;
        else if (same_text(word, "/H"))
            o->tall = true;
        else if (same_text(word, "/?"))
            o->help = true;
        else if (!same_text(word, "/G") && !same_text(word, "/NOHI")) {
            upper_text(word);
            print("Invalid switch - %s\r\n", word);
            return false;
        }
    }
    return true;
}

int com_main(void)
{
    static struct options o;

    if (!parse(&o))
        return 1;
    if (o.help) {
        print("%s", usage);
        return 0;
    }
    monochrome = o.mono;
    if (!screen_open(o.tall)) {
        print("EDIT needs a text mode of 40 to 132 columns and at most 50 lines.\r\n");
        return 1;
    }
    if (!text_open()) {
        print("Out of memory\r\n");
        return 1;
    }
    vector(0x23, handler_23);
    vector(0x24, handler_24);
    keys_open();
    if (o.path[0])
        disk_load(o.path);
    loop();
    keys_close();
    screen_close();
    return 0;
}
