/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters from and to the standard handles: INT 21h/01h-0Ch, the line editor, Ctrl-C. */
#include "dos.h"

enum {
    CTRL_C = 3,
    BACKSPACE = 8,
    TAB = 9,
    LF = 10,
    CR = 13,
    CTRL_P = 16,
    CTRL_S = 19,
    CTRL_X = 24,
    CTRL_Z = 26,
    ESCAPE = 27,
    DELETE = 127
};
enum {
    KEY_F1 = 0x3b,
    KEY_F2,
    KEY_F3,
    KEY_F4,
    KEY_F5,
    KEY_F6,
    KEY_LEFT = 0x4b,
    KEY_RIGHT = 0x4d,
    KEY_INSERT = 0x52,
    KEY_DELETE
};
enum { LINE_MAX = 128, BDA_KEY_HEAD = 0x41a, BDA_KEY_TAIL = 0x41c };

uint8_t console_column;
static bool printer_echo;
static char cooked[LINE_MAX + 3]; /* a line that 3Fh has begun to hand out: max, length, text */
static uint8_t cooked_next, cooked_length;

static struct sft *standard(unsigned handle)
{
    struct sft *s;

    return handle_sft((uint16_t)handle, &s) ? NULL : s;
}

static bool is_device(const struct sft *s)
{
    return s && (s->info & INFO_DEVICE);
}

/* ---- Ctrl-C ---- */

static __attribute__((noreturn)) void ctrl_c(void)
{
    device_command(list_of_lists.con, CMD_INPUT_FLUSH);
    console_text("^C\r\n");
    break_pressed = 0;
    ctrl_break_raise();
}

/* Before most functions, if BREAK is on, and before each character. */
void check_break(void)
{
    int c;

    if (break_pressed)
        ctrl_c();
    if (get16(FP(0, BDA_KEY_HEAD)) == get16(FP(0, BDA_KEY_TAIL)))
        return;
    c = device_peek(list_of_lists.con);
    if (c == CTRL_C)
        ctrl_c();
    if (c == CTRL_S) {
        uint16_t one = 1;

        device_transfer(list_of_lists.con, CMD_READ, KFP(&sda.one_byte), &one);
        while (device_peek(list_of_lists.con) < 0)
            halt();
        one = 1;
        device_transfer(list_of_lists.con, CMD_READ, KFP(&sda.one_byte), &one);
        if (sda.one_byte == CTRL_C)
            ctrl_c();
    }
}

/* ---- out ---- */

static void put_device(uint32_t header, uint8_t c)
{
    uint16_t one = 1;

    if (device_attributes(header) & DEV_FAST) {
        struct int_regs r = { .ax = c, .ds = KSEG, .es = KSEG };

        call_int(0x29, &r, 0);
        return;
    }
    sda.one_byte = c;
    device_transfer(header, CMD_WRITE, KFP(&sda.one_byte), &one);
}

static void put_raw(uint8_t c)
{
    struct sft *s = standard(1);
    uint16_t one = 1;

    if (!s)
        return;
    if (is_device(s)) {
        put_device(s->device, c);
        return;
    }
    sda.one_byte = c;
    sft_write(s, KFP(&sda.one_byte), 1, &one);
}

/* To a console by INT 21h/40h: its column counts for tabs. */
void console_put_device(uint32_t header, uint8_t c)
{
    if (c == TAB) {
        do
            console_put_device(header, ' ');
        while (console_column & 7);
        return;
    }
    if (c == CR)
        console_column = 0;
    else if (c == BACKSPACE)
        console_column -= console_column > 0;
    else if (c >= ' ')
        console_column++;
    put_device(header, c);
}

/* One character with tabs expanded and the column known. */
void console_put(uint8_t c)
{
    if (c == TAB) {
        do
            console_put(' ');
        while (console_column & 7);
        return;
    }
    if (c == CR)
        console_column = 0;
    else if (c == BACKSPACE)
        console_column -= console_column > 0;
    else if (c >= ' ')
        console_column++;
    put_raw(c);
    if (printer_echo) {
        struct sft *s = standard(4);
        uint16_t one = 1;

        sda.one_byte = c;
        if (s)
            sft_write(s, KFP(&sda.one_byte), 1, &one);
    }
}

void console_text(const char *text)
{
    while (*text)
        console_put((uint8_t)*text++);
}

/* Control characters as ^X. */
static void echo(uint8_t c)
{
    if (c < ' ' && c != TAB && c != CR && c != LF && c != BACKSPACE) {
        console_put('^');
        c += '@';
    }
    console_put(c);
}

/* ---- in ---- */

/* Programs that wait are where resident ones work. */
static void idle(void)
{
    struct int_regs r = { .ds = KSEG, .es = KSEG };

    if (!sda.error_mode)
        call_int(0x28, &r, 0);
    halt();
}

static bool ready(struct sft *s)
{
    if (!s)
        return false;
    if (is_device(s))
        return device_peek(s->device) >= 0;
    return s->position < s->size;
}

/* One byte of standard input; at a file's end Ctrl-Z. */
static uint8_t get_raw(void)
{
    struct sft *s = standard(0);
    uint16_t one = 1;

    if (!s)
        return CTRL_Z;
    if (!is_device(s))
        return sft_read(s, KFP(&sda.one_byte), 1, &one) || !one ? CTRL_Z : sda.one_byte;
    while (!ready(s))
        idle();
    if (device_transfer(s->device, CMD_READ, KFP(&sda.one_byte), &one) || !one)
        return CTRL_Z; /* NUL, a device that fails: the end of input */
    return sda.one_byte;
}

static uint8_t get_checked(void)
{
    for (;;) {
        uint8_t c = get_raw();

        if (c == CTRL_C && is_device(standard(0)))
            ctrl_c();
        if (c != CTRL_P || !is_device(standard(0)))
            return c;
        printer_echo = !printer_echo;
    }
}

/* ---- the line editor ---- */

struct editor {
    char *line;           /* what was typed */
    unsigned length, max; /* without the CR */
    const char *template; /* the line before, at `from` */
    unsigned from, template_length;
    bool insert;
    uint8_t start; /* column */
};

static void add(struct editor *e, uint8_t c)
{
    if (e->length >= e->max) {
        put_raw(7);
        return;
    }
    e->line[e->length++] = (char)c;
    echo(c);
    if (!e->insert && e->from < e->template_length)
        e->from++;
}

static void erase(struct editor *e)
{
    uint8_t c;
    unsigned width = 1;

    if (!e->length)
        return;
    c = (uint8_t)e->line[--e->length];
    if (c == TAB) {
        uint8_t column = e->start;

        for (unsigned i = 0; i < e->length; i++) {
            uint8_t d = (uint8_t)e->line[i];

            column = d == TAB ? (uint8_t)((column + 8) & ~7) : (uint8_t)(column + 1 + (d < ' '));
        }
        width = console_column > column ? (unsigned)(console_column - column) : 1u;
    } else if (c < ' ') {
        width = 2;
    }
    while (width--)
        console_text("\b \b");
    if (e->from)
        e->from--;
}

/* Where the next `c` is in the template behind the current place; 0: nowhere. */
static unsigned template_find(const struct editor *e, uint8_t c)
{
    for (unsigned i = e->from + 1; i < e->template_length; i++)
        if ((uint8_t)e->template[i] == c)
            return i;
    return 0;
}

static void copy_to(struct editor *e, unsigned end)
{
    while (e->from < end && e->length < e->max) {
        uint8_t c = (uint8_t)e->template[e->from];
        bool insert = e->insert;

        e->insert = true;
        add(e, c);
        e->insert = insert;
        e->from++;
    }
}

/* Begins again below; the typed line is forgotten or (F5) becomes the template. */
static void restart(struct editor *e, bool keep, char *store)
{
    console_put(keep ? '@' : '\\');
    console_text("\r\n");
    while (console_column < e->start)
        console_put(' ');
    if (keep) {
        memcpy(store, e->line, e->length);
        e->template = store;
        e->template_length = e->length;
    }
    e->length = e->from = 0;
    e->insert = false;
}

static void extended_key(struct editor *e, uint8_t key, char *store)
{
    unsigned at;

    switch (key) {
    case KEY_F1:
    case KEY_RIGHT:
        copy_to(e, e->from < e->template_length ? e->from + 1 : e->from);
        break;
    case KEY_F2:
        at = template_find(e, get_checked());
        if (at)
            copy_to(e, at);
        break;
    case KEY_F3:
        copy_to(e, e->template_length);
        break;
    case KEY_F4:
        at = template_find(e, get_checked());
        if (at)
            e->from = at;
        break;
    case KEY_F5:
        restart(e, true, store);
        break;
    case KEY_F6:
        add(e, CTRL_Z);
        break;
    case KEY_LEFT:
        erase(e);
        break;
    case KEY_INSERT:
        e->insert = !e->insert;
        break;
    case KEY_DELETE:
        if (e->from < e->template_length)
            e->from++;
        break;
    default:
        break;
    }
}

/* Fills buffer[2..] (as 0Ah: [0] is the room, [1] the length) from the keyboard, CR at its end. */
static void edit(uint8_t *buffer)
{
    static char typed[256], store[256], template[256];
    struct editor e = { .line = typed, .template = template, .start = console_column };

    if (!buffer[0])
        return;
    e.max = buffer[0] - 1u;
    e.template_length = buffer[1];
    if (e.template_length > e.max || buffer[2 + e.template_length] != CR)
        e.template_length = 0;
    memcpy(template, buffer + 2, e.template_length);
    for (;;) {
        uint8_t c = get_checked();

        if (c == CR)
            break;
        if (c == 0)
            extended_key(&e, get_checked(), store);
        else if (c == BACKSPACE || c == DELETE)
            erase(&e);
        else if (c == ESCAPE || c == CTRL_X)
            restart(&e, false, store);
        else if (c == LF)
            console_text("\r\n");
        else
            add(&e, c);
    }
    buffer[1] = (uint8_t)e.length;
    memcpy(buffer + 2, typed, e.length);
    buffer[2 + e.length] = CR;
    console_put(CR);
}

/* From a file: a line up to its CR, no editing; LF behind it is eaten. */
static void read_line(uint8_t *buffer)
{
    unsigned length = 0;

    if (!buffer[0])
        return;
    for (;;) {
        uint8_t c;

        check_break(); /* its own echo may be what it reads */
        c = get_raw();
        if (c == CR || c == CTRL_Z)
            break;
        if (c == LF)
            continue;
        if (length < buffer[0] - 1u)
            buffer[2 + length++] = c;
        echo(c);
    }
    buffer[1] = (uint8_t)length;
    buffer[2 + length] = CR;
    console_put(CR);
}

/* INT 21h/3Fh from a cooked device: whole lines, with CR LF. */
void console_read_cooked(struct sft *s, uint32_t to, uint16_t count, uint16_t *done)
{
    uint16_t n = 0;

    (void)s;
    if (cooked_next >= cooked_length) {
        cooked[0] = (char)LINE_MAX;
        edit((uint8_t *)cooked);
        console_put(LF);
        cooked_length = (uint8_t)cooked[1];
        cooked[2 + cooked_length] = CR;
        cooked_length++;
        cooked[2 + cooked_length] = LF;
        cooked_length++;
        cooked_next = 0;
        if (cooked[2] == CTRL_Z) { /* the end of input */
            cooked_next = cooked_length;
            cooked[2 + cooked[1]] = CR;
            *done = 0;
            return;
        }
    }
    while (n < count && cooked_next < cooked_length) {
        put8(FP(FP_SEG(to), FP_OFF(to) + n), (uint8_t)cooked[2 + cooked_next]);
        n++;
        cooked_next++;
    }
    if (cooked_next >= cooked_length)
        cooked[2 + (uint8_t)cooked[1]] = CR; /* the template of the next line */
    *done = n;
}

/* ---- INT 21h ---- */

unsigned sys_read_echo(void)
{
    uint8_t c = get_checked();

    echo(c);
    R->al = c;
    return E_OK;
}

unsigned sys_write_char(void)
{
    check_break();
    console_put(R->dl);
    R->al = R->dl;
    return E_OK;
}

static void put_handle(unsigned handle, uint8_t c)
{
    struct sft *s = standard(handle);
    uint16_t one = 1;

    sda.one_byte = c;
    if (s)
        sft_write(s, KFP(&sda.one_byte), 1, &one);
}

unsigned sys_read_aux(void)
{
    struct sft *s = standard(3);
    uint16_t one = 1;

    check_break();
    sda.one_byte = CTRL_Z;
    if (s)
        sft_read(s, KFP(&sda.one_byte), 1, &one);
    R->al = sda.one_byte;
    return E_OK;
}

unsigned sys_write_aux(void)
{
    check_break();
    put_handle(3, R->dl);
    return E_OK;
}

unsigned sys_write_printer(void)
{
    check_break();
    put_handle(4, R->dl);
    return E_OK;
}

unsigned sys_direct(void)
{
    if (R->dl != 0xff) {
        R->al = R->dl;
        put_raw(R->dl);
        return E_OK;
    }
    if (ready(standard(0))) {
        R->al = get_raw();
        R->flags &= (uint16_t)~FLAG_ZERO;
    } else {
        host_idle(HOSTDOS_IDLE_POLL);
        R->al = 0;
        R->flags |= FLAG_ZERO;
    }
    return E_OK;
}

unsigned sys_read_raw(void)
{
    R->al = get_raw();
    return E_OK;
}

unsigned sys_read_quiet(void)
{
    R->al = get_checked();
    return E_OK;
}

unsigned sys_write_string(void)
{
    uint32_t at = ds_dx();
    uint8_t c;

    check_break();
    while ((c = get8(at)) != '$') {
        console_put(c);
        at = FP(FP_SEG(at), FP_OFF(at) + 1);
    }
    R->al = '$';
    return E_OK;
}

unsigned sys_read_line(void)
{
    static uint8_t buffer[260];
    uint32_t user = ds_dx();

    far_copy(KFP(buffer), user, 2);
    far_copy(KFP(buffer), user, buffer[0] + 2u);
    if (is_device(standard(0)) && !(standard(0)->info & INFO_NUL))
        edit(buffer);
    else
        read_line(buffer);
    if (buffer[0])
        far_copy(user + 1, KFP(buffer + 1), buffer[1] + 2u);
    return E_OK;
}

unsigned sys_input_status(void)
{
    check_break();
    R->al = ready(standard(0)) ? 0xff : 0;
    if (!R->al)
        host_idle(HOSTDOS_IDLE_POLL);
    return E_OK;
}

unsigned sys_flush_and_read(void)
{
    struct sft *s = standard(0);

    if (is_device(s))
        device_command(s->device, CMD_INPUT_FLUSH);
    switch (R->al) {
    case 1:
        return sys_read_echo();
    case 6:
        return sys_direct();
    case 7:
        return sys_read_raw();
    case 8:
        return sys_read_quiet();
    case 10:
        return sys_read_line();
    default:
        R->al = 0;
        return E_OK;
    }
}
