/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_EDIT_EDIT_H
#define FIRMWARE_DOS_EDIT_EDIT_H

/*
 * EDIT.COM, a full-screen editor.  The text is kept as the bytes of its file: carriage returns, tabs
 * and what follows the last line break stay as they are.  A position is an offset into these bytes.
 */

#include "dos.h"

enum { TAB_SIZE = 8, FIND_SIZE = 65 };

/* ---- text.c: the bytes, in memory of other segments, with a gap where they change ---- */

extern uint32_t text_size, clip_size;

/* Takes the memory that DOS has; false: there is none. */
bool text_open(void);
void text_clear(void);
/* Bytes that can be added. */
uint32_t text_room(void);
/* 0..text_size - 1 */
uint8_t text_at(uint32_t at);
/* False: no room, nothing has changed. */
bool text_insert(uint32_t at, const void *bytes, unsigned count);
void text_delete(uint32_t at, uint32_t count);
/* Appends what a file has from its position on; DOS's error, or TEXT_FULL. */
enum { TEXT_FULL = 0x1000, TEXT_SHORT = 0x1001 };
unsigned text_read(unsigned handle, uint32_t count);
/* DOS's error; TEXT_SHORT: the disk is full. */
unsigned text_write(unsigned handle, uint32_t from, uint32_t count);
/* The clipboard becomes these bytes, false: no room for them. */
bool clip_take(uint32_t from, uint32_t count);
bool clip_insert(uint32_t at);

/* Bytes of the line break at a position, 0: there is none. */
unsigned break_at(uint32_t at);
uint32_t line_start(uint32_t at);
uint32_t line_end(uint32_t at);
/* The start of the next line, or text_size where there is none. */
uint32_t line_next(uint32_t at);
uint32_t column_of(uint32_t at);
/* The position in the line that begins at `start` which is at a column or, in a tab, before it. */
uint32_t at_column(uint32_t start, uint32_t column);

/* ---- screen.c: a picture of the screen in memory, brought to the display by screen_show() ---- */

enum color {
    C_TEXT,
    C_SELECTED,
    C_FRAME,
    C_TITLE,
    C_MENU,
    C_MENU_ON,
    C_LETTER,
    C_LETTER_ON,
    C_STATUS,
    C_SCROLL,
    C_BOX,
    C_FIELD,
    C_BUTTON,
    C_SHADOW,
};
extern unsigned columns, rows;
extern bool monochrome;

/* Keeps what is on the screen; `tall`: as many rows as the adapter has. */
bool screen_open(bool tall);
void screen_close(void);
void put_char(unsigned x, unsigned y, char c, enum color color);
/* At most `width` columns, the rest blanks; width 0: as long as the text is. */
void put_string(unsigned x, unsigned y, unsigned width, const char *s, enum color color);
void put_box(unsigned x, unsigned y, unsigned width, unsigned height, enum color color);
/* Shows the picture, the cursor at (x, y); x beyond the right edge: none.  big: overwriting. */
void screen_show(unsigned x, unsigned y, bool big);

/* ---- keys.c ---- */

enum key { /* below 100h: characters */
    K_SCAN = 0x100,
    K_F1 = K_SCAN + 0x3b,
    K_F3 = K_SCAN + 0x3d,
    K_F6 = K_SCAN + 0x40,
    K_F10 = K_SCAN + 0x44,
    K_SHIFT_TAB = K_SCAN + 0x0f,
    K_HOME = K_SCAN + 0x47,
    K_UP = K_SCAN + 0x48,
    K_PAGE_UP = K_SCAN + 0x49,
    K_LEFT = K_SCAN + 0x4b,
    K_RIGHT = K_SCAN + 0x4d,
    K_END = K_SCAN + 0x4f,
    K_DOWN = K_SCAN + 0x50,
    K_PAGE_DOWN = K_SCAN + 0x51,
    K_INSERT = K_SCAN + 0x52,
    K_DELETE = K_SCAN + 0x53,
    K_CTRL_LEFT = K_SCAN + 0x73,
    K_CTRL_RIGHT = K_SCAN + 0x74,
    K_CTRL_END = K_SCAN + 0x75,
    K_CTRL_PAGE_DOWN = K_SCAN + 0x76,
    K_CTRL_HOME = K_SCAN + 0x77,
    K_CTRL_PAGE_UP = K_SCAN + 0x84,
    K_CTRL_UP = K_SCAN + 0x8d,
    K_CTRL_DOWN = K_SCAN + 0x91,
    K_CTRL_INSERT = K_SCAN + 0x92,
    K_CTRL_DELETE = K_SCAN + 0x93,
    K_ALT = 0x200, /* alone */
    K_PRESS,       /* the mouse's left button went down at mouse_x, mouse_y */
    K_DRAG,        /* it is still down, and the mouse moved */
    K_ENTER = 13,
    K_ESC = 27,
    K_BACK = 8,
    K_TAB = 9,
};
#define CTRL(c) ((c)&31)

extern unsigned mouse_x, mouse_y;

void keys_open(void);
void keys_close(void);
void mouse_visible(bool visible);
/* Waits, idle, for a key or the mouse. */
unsigned key_wait(void);
bool key_shift(void);
/* The letter that Alt came with, else 0. */
char key_alt_letter(unsigned key);

/* ---- window.c ---- */

struct editor {
    char path[PATH_MAX]; /* "": not named yet */
    bool changed, overwrite, selecting;
    bool lf_only; /* new line breaks are a line feed alone */
    bool ctrl_z;  /* the file ended with one; it is not part of the text */
    uint32_t cursor, line, anchor;
    uint32_t top, top_line, left;
    uint32_t wanted; /* column that Up and Down try to keep */
};
extern struct editor ed;

unsigned window_height(void);
unsigned window_width(void);
/* Scrolls until the cursor is in the window. */
void window_follow(void);
void window_draw(void);
/* The same, and shows it. */
void window_show(const char *hint);
/* The position at a place of the screen in the window. */
uint32_t window_position(unsigned x, unsigned y);

/* ---- move.c: the cursor and what changes the text at it ---- */

void cursor_set(uint32_t at);
/* The same and remembers its column. */
void cursor_go(uint32_t at);
uint32_t selection_start(void);
uint32_t selection_end(void);
void selection_delete(void);
bool edit_insert(const void *bytes, unsigned count);
void edit_delete(uint32_t from, uint32_t count);
/* A key of the text window. */
void edit_key(unsigned key);
void edit_cut(void);
void edit_copy(void);
void edit_paste(void);

/* ---- dialog.c ---- */

enum control_kind { D_LABEL, D_INPUT, D_CHECK, D_BUTTON, D_LIST };
struct control {
    enum control_kind kind;
    unsigned x, y, width, height; /* in the box */
    const char *text;
    char *value;    /* D_INPUT */
    unsigned size;  /* of it */
    unsigned state; /* D_INPUT: cursor; D_CHECK: 1 is on; D_LIST: the chosen row */
    bool fresh;     /* D_INPUT: a character replaces all of it */
};
struct dialog {
    const char *title;
    unsigned width, height;
    struct control *controls;
    unsigned count, focus;
    const char (*list)[16]; /* of D_LIST, whose choice goes into the first control */
    unsigned list_count;
};
/* The button that was chosen (its control), or -1: Esc.  Enter stands for the first button. */
int dialog_run(struct dialog *d);
/* A box with OK; line feeds part the lines. */
void message(const char *text, ...);
/* 0 yes, 1 no, -1 neither */
int ask(const char *text);

/* ---- menu.c ---- */

enum command {
    DO_NOTHING,
    DO_NEW,
    DO_OPEN,
    DO_SAVE,
    DO_SAVE_AS,
    DO_PRINT,
    DO_EXIT,
    DO_CUT,
    DO_COPY,
    DO_PASTE,
    DO_CLEAR,
    DO_FIND,
    DO_AGAIN,
    DO_CHANGE,
    DO_HELP,
    DO_ABOUT,
};
enum { MENUS = 4 };
void menu_bar(int open);
/* The menu of a letter, of a column; -1: none. */
int menu_by_letter(char letter);
int menu_by_column(unsigned x);
/* first -1: only the bar, until a menu is chosen. */
enum command menu_run(int first);

/* ---- disk.c ---- */

/* Begins an empty text. */
void disk_new(void);
/* Loads a file, or begins a new one of that name; false: it said why not. */
bool disk_load(const char *path);
bool disk_save(void);
bool disk_save_as(void);
void disk_open(void);
void disk_print(void);
/* The text may go: saved, or not wanted. */
bool disk_leave(void);

/* ---- find.c ---- */

void find_ask(void);
void find_again(void);
void find_change(void);

#endif
