/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MODE: which device, the screen, the keyboard, code pages. */
#include "mode.h"

static const char help[] =
    "Configures system devices.\r\n\r\n"
    "Serial port:       MODE COMm[:] [BAUD=b] [PARITY=p] [DATA=d] [STOP=s] [RETRY=r]\r\n"
    "                   MODE COMm[:] b[,p[,d[,s[,r]]]]\r\n"
    "Printer:           MODE LPTn[:] [COLS=c] [LINES=l] [RETRY=r]\r\n"
    "Redirect printing: MODE LPTn[:]=COMm[:]\r\n"
    "Display:           MODE 40|80|BW40|BW80|CO40|CO80|MONO[,n]\r\n"
    "                   MODE CON[:] [COLS=c] [LINES=n]\r\n"
    "Typematic rate:    MODE CON[:] RATE=r DELAY=d\r\n"
    "Device status:     MODE [device] [/STATUS]\r\n"
    "Code pages:        MODE device CP [/STATUS]\r\n\r\n"
    "Rates of serial ports: 110 to 115200.  Retry: P again and again, B as the device\r\n"
    "says, N none.\r\n";

int fail(const char *text)
{
    print("%s\r\n", text);
    return 1;
}

bool next_value(char **at, char *value, unsigned size)
{
    char *s = *at;
    unsigned n = 0;

    while (*s == ' ' || *s == '\t')
        s++;
    while (*s && *s != ',' && *s != ' ' && *s != '\t') {
        if (n < size - 1)
            value[n++] = *s;
        s++;
    }
    value[n] = 0;
    if (*s == ',')
        s++;
    *at = s;
    return n != 0;
}

/* ---- the screen ---- */

static unsigned columns_now(void)
{
    return far_get16(0x40, 0x4a);
}

static unsigned lines_now(void)
{
    unsigned rows = far_get8(0x40, 0x84);

    return rows ? rows + 1 : 25;
}

static void video(uint16_t ax, uint16_t bx)
{
    struct dos_regs r = { .ax = ax, .bx = bx, .ds = own_segment(), .es = own_segment() };

    int_call(&r, 0x10);
}

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
}

/* A picture of 350 lines, as INT 10h/1201h should make it and not every BIOS does.  Values: IBM VGA
 * Technical Reference, text modes of 350 lines; the last one protects the timing again. */
static void set_350_lines(void)
{
    static const uint8_t timing[][2] = { { 0x11, 0x05 }, { 0x06, 0xbf }, { 0x07, 0x1f },
                                         { 0x10, 0x83 }, { 0x12, 0x5d }, { 0x15, 0x63 },
                                         { 0x16, 0xba }, { 0x11, 0x85 } };

    uint16_t crtc = far_get16(0x40, 0x63); /* colour or monochrome */

    for (unsigned i = 0; i < COUNT(timing); i++) {
        out8(crtc, timing[i][0]);
        out8((uint16_t)(crtc + 1), timing[i][1]);
    }
    out8(0x3c2,
         crtc == 0x3b4 ? 0xa6 : 0xa7); /* 28 MHz, signs of the synchronisation for 350 lines */
}

/* A text mode with so many lines, by the height of its picture and of its characters. */
static int set_screen(unsigned mode, unsigned lines)
{
    if (lines != 25 && lines != 43 && lines != 50)
        return fail("Invalid parameter: 25, 43 or 50 lines are possible");
    video(lines == 43 ? 0x1201 : 0x1202, 0x30);
    video((uint16_t)mode, 0);
    if (lines == 43)
        set_350_lines();
    if (lines != 25)
        video(0x1112, 0);
    if (lines != lines_now()) {
        print("The display has %u lines, not %u\r\n", lines_now(), lines);
        return 1;
    }
    return 0;
}

static unsigned mode_of(unsigned columns, bool colour)
{
    return (columns == 40 ? 0u : 2u) + colour;
}

/* "CO80,50"; -1: this is no display's name. */
static int display(const char *name, char *rest)
{
    static const struct {
        char name[5];
        uint8_t mode;
    } names[] = { { "40", 1 },   { "80", 3 },   { "BW40", 0 }, { "BW80", 2 },
                  { "CO40", 1 }, { "CO80", 3 }, { "MONO", 7 } };
    char text[16];
    const char *number = text;
    unsigned lines = 25;

    for (unsigned i = 0; i < COUNT(names); i++) {
        if (strcmp(name, names[i].name) != 0)
            continue;
        if (*rest == ',')
            rest++;
        if (next_value(&rest, text, sizeof(text))) {
            lines = (unsigned)parse_number(&number);
            if (*number) {
                print("Invalid parameter - %s\r\n", text);
                return 1;
            }
        }
        return set_screen(names[i].mode, lines);
    }
    return -1;
}

static void console_status(void)
{
    print("\r\nStatus for device CON:\r\n----------------------\r\nColumns=%u\r\nLines=%u\r\n"
          "\r\nCode page operation not supported on this device\r\n",
          columns_now(), lines_now());
}

struct console {
    unsigned columns, lines, rate, delay;
};

static int set_console(const struct console *c)
{
    if ((c->rate != 0) != (c->delay != 0))
        return fail("Rate and delay must be specified together");
    if (c->rate) {
        struct dos_regs r = { .ax = 0x0305,
                              .bx = (uint16_t)((c->delay - 1) << 8 | (32 - c->rate)),
                              .ds = own_segment(),
                              .es = own_segment() };

        if (c->rate > 32 || c->delay > 4)
            return fail("Invalid parameter: rates are 1 to 32, delays 1 to 4");
        int_call(&r, 0x16);
    }
    if (!c->columns && !c->lines)
        return 0;
    if (c->columns && c->columns != 40 && c->columns != 80)
        return fail("Invalid parameter: 40 or 80 columns are possible");
    return set_screen(mode_of(c->columns ? c->columns : columns_now(), true),
                      c->lines ? c->lines : lines_now());
}

static int console(char *rest)
{
    struct console c = { 0 };
    const struct {
        const char *name;
        unsigned *value;
    } names[] = { { "COLS=", &c.columns },
                  { "LINES=", &c.lines },
                  { "RATE=", &c.rate },
                  { "DELAY=", &c.delay } };
    char text[32];
    bool any = false;

    while (next_value(&rest, text, sizeof(text))) {
        unsigned i = 0;

        while (i < COUNT(names) && memcmp(text, names[i].name, strlen(names[i].name)) != 0)
            i++;
        if (i < COUNT(names)) {
            const char *number = text + strlen(names[i].name);

            *names[i].value = (unsigned)parse_number(&number);
            if (*number || !*names[i].value)
                i = COUNT(names);
        }
        if (i == COUNT(names)) {
            print("Invalid parameter - %s\r\n", text);
            return 1;
        }
        any = true;
    }
    if (!any) {
        console_status();
        return 0;
    }
    return set_console(&c);
}

/* ---- code pages ---- */

static int code_page(const char *device, char *rest)
{
    struct dos_regs r = { .ax = 0x6601 };
    char text[32];
    const char *number;

    dos(&r);
    next_value(&rest, text, sizeof(text));
    if (!*text || text[0] == '/') {
        print("Active code page for the system is %u\r\n", r.bx);
        return fail("Code page operation not supported on this device");
    }
    number = strchr(text, '=');
    number = number ? number + 1 : "";
    if (!memcmp(text, "SEL", 3) && !strcmp(device, "CON") && parse_number(&number) == r.bx) {
        print("Code page %u is active\r\n", r.bx);
        return 0;
    }
    return fail("Code page operation not supported on this device: its characters are the "
                "machine's (CodePage= in its profile)");
}

/* ---- all of it ---- */

static int all_status(void)
{
    for (unsigned i = 0; i < PRINTERS; i++)
        if (printer_base(i))
            printer_status(i);
    console_status();
    for (unsigned i = 0; i < SERIAL_PORTS; i++)
        if (serial_base(i))
            serial_status(i);
    return 0;
}

static bool take_status(char *tail)
{
    static const char *const names[] = { "/STATUS", "/STA" };

    for (unsigned i = 0; i < COUNT(names); i++) {
        unsigned n = (unsigned)strlen(names[i]);

        for (char *s = tail; *s; s++)
            if (!memcmp(s, names[i], n)) {
                memset(s, ' ', n);
                return true;
            }
    }
    return false;
}

/* COMn or LPTn with what follows. */
static int port(const char *name, char *rest, bool status)
{
    bool printer = name[0] == 'L';
    unsigned number = (unsigned)(name[3] - '1');

    if (number >= (printer ? PRINTERS : SERIAL_PORTS) || name[4] ||
        (!printer && !serial_base(number))) {
        print("Illegal device name - %s\r\n", name);
        return 1;
    }
    if (status || (!printer && !*skip_separators(rest))) {
        (printer ? printer_status : serial_status)(number);
        return 0;
    }
    return printer ? mode_printer(number, rest) : mode_serial(number, rest);
}

int com_main(void)
{
    char tail[LINE_SIZE], name[16], *at = tail;
    unsigned n = 0;
    bool status;
    int code;

    command_tail(tail, sizeof(tail));
    upper_text(tail);
    at = skip_separators(tail);
    if (!memcmp(at, "/?", 2)) {
        print("%s", help);
        return 0;
    }
    status = take_status(tail);
    at = skip_separators(tail);
    if (*at == '/')
        return bad_switch(at);
    while (*at && *at != ':' && !is_separator(*at) && n < sizeof(name) - 1)
        name[n++] = *at++;
    name[n] = 0;
    if (*at == ':')
        at++;
    while (*at == ' ')
        at++;
    if (!n)
        return all_status();
    if (!memcmp(at, "CP", 2) || !memcmp(at, "CODEPAGE", 8))
        return code_page(name, at + (at[1] == 'P' ? 2 : 8));
    if (!strcmp(name, "CON")) {
        if (!status)
            return console(at);
        console_status();
        return 0;
    }
    if (!memcmp(name, "COM", 3) || !memcmp(name, "LPT", 3))
        return port(name, at, status);
    code = display(name, at);
    return code < 0 ? bad_parameter(name) : code;
}
