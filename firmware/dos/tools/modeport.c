/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MODE: serial ports and printers. */
#include "mode.h"

enum { LINE_CONTROL = 3, DIVISOR_ACCESS = 0x80, BASE_RATE = 115200, ESC = 27 };

uint16_t serial_base(unsigned port)
{
    return far_get16(0x40, (uint16_t)(port * 2));
}

uint16_t printer_base(unsigned port)
{
    return far_get16(0x40, (uint16_t)(8 + port * 2));
}

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
}

/* ---- COMn ---- */

struct line {
    uint32_t baud;
    char parity;        /* N E O M S */
    uint8_t data, stop; /* stop: 1, 2, 15 for 1.5 */
    char retry;         /* 0: not told */
};

/* In full or the first two digits of what MS-DOS knows. */
static bool take_baud(const char *text, struct line *l)
{
    static const uint32_t rates[] = { 110,  150,  300,   600,   1200,  2400,
                                      4800, 9600, 19200, 38400, 57600, 115200 };
    uint32_t n = parse_number(&text);

    for (unsigned i = 0; i < COUNT(rates); i++) {
        uint32_t two = rates[i];

        while (two >= 100)
            two /= 10;
        if (!*text && (n == rates[i] || (n == two && rates[i] <= 19200))) {
            l->baud = rates[i];
            return true;
        }
    }
    return false;
}

static bool take_retry(const char *text, char *retry)
{
    if (text[1] || !strchr("BPN", text[0]) || !text[0])
        return false;
    *retry = text[0];
    return true;
}

/* The field with this number of a line `BAUD,PARITY,DATA,STOP,RETRY`. */
static bool take_field(struct line *l, unsigned field, const char *text)
{
    switch (field) {
    case 0:
        return take_baud(text, l);
    case 1:
        l->parity = text[0];
        return !text[1] && strchr("NEOMS", text[0]);
    case 2:
        l->data = (uint8_t)(text[0] - '0');
        return !text[1] && l->data >= 5 && l->data <= 8;
    case 3:
        l->stop = !strcmp(text, "1.5") ? 15 : (uint8_t)(text[0] - '0');
        return l->stop == 15 || (!text[1] && (l->stop == 1 || l->stop == 2));
    default:
        return take_retry(text, &l->retry);
    }
}

/* INT 14h knows rates up to 9600 and two parities: it gets the nearest, the UART all. */
static void set_line(unsigned port, const struct line *l)
{
    static const uint16_t bios_rates[] = { 110, 150, 300, 600, 1200, 2400, 4800, 9600 };
    uint16_t base = serial_base(port), divisor = (uint16_t)(BASE_RATE / l->baud);
    struct dos_regs r = { .dx = (uint16_t)port, .ds = own_segment(), .es = own_segment() };
    uint8_t control = (uint8_t)(l->data - 5), rate = 7;

    for (uint8_t i = 0; i < COUNT(bios_rates); i++)
        if (bios_rates[i] == l->baud)
            rate = i;
    if (l->stop != 1)
        control |= 4;
    r.ax = (uint16_t)(rate << 5 | control | (l->parity == 'E' ? 0x18 : l->parity == 'O' ? 8 : 0));
    int_call(&r, 0x14);
    control |= (uint8_t)(l->parity == 'E'   ? 0x18
                         : l->parity == 'O' ? 0x08
                         : l->parity == 'M' ? 0x28
                         : l->parity == 'S' ? 0x38
                                            : 0);
    __asm__ volatile("cli");
    out8((uint16_t)(base + LINE_CONTROL), control | DIVISOR_ACCESS);
    out8(base, (uint8_t)divisor);
    out8((uint16_t)(base + 1), (uint8_t)(divisor >> 8));
    out8((uint16_t)(base + LINE_CONTROL), control);
    __asm__ volatile("sti");
}

static bool set_retry(unsigned offset, unsigned port, char retry)
{
    uint16_t segment = resident_part(retry != 'N');

    if (!segment)
        return retry == 'N';
    far_put8(segment, (uint16_t)(offset + port), retry == 'N' ? 0 : 1);
    return true;
}

static bool is_retrying(unsigned offset, unsigned port)
{
    uint16_t segment = resident_part(false);

    return segment && far_get8(segment, (uint16_t)(offset + port));
}

void serial_status(unsigned port)
{
    print("\r\nStatus for device COM%u:\r\n------------------------\r\nRetry=%s\r\n", port + 1,
          is_retrying(offsetof(struct resident, serial_retry), port) ? "P" : "NONE");
}

int mode_serial(unsigned port, char *rest)
{
    static const char *const names[] = { "BAUD", "PARITY", "DATA", "STOP", "RETRY" };
    struct line l = { .parity = 'E', .data = 7 };
    char text[16];

    for (unsigned field = 0; *skip_separators(rest) || field == 0; field++) {
        unsigned named = field;

        if (*rest == ' ')
            rest = skip_separators(rest);
        for (unsigned i = 0; i < COUNT(names); i++) {
            unsigned n = (unsigned)strlen(names[i]);

            if (!memcmp(rest, names[i], n) && rest[n] == '=') {
                named = i;
                rest += n + 1;
            }
        }
        next_value(&rest, text, sizeof(text));
        if (named > 4 || (*text && !take_field(&l, named, text))) {
            print("Invalid parameter - %s\r\n", text);
            return 1;
        }
    }
    if (!l.baud)
        return fail("Invalid baud rate specified");
    if (!l.stop)
        l.stop = l.baud == 110 ? 2 : 1;
    set_line(port, &l);
    if (l.retry && !set_retry(offsetof(struct resident, serial_retry), port, l.retry))
        return fail("Insufficient memory");
    print("\r\nCOM%u: %u,%c,%u,%s,%c\r\n", port + 1, l.baud, l.parity + 'a' - 'A', l.data,
          l.stop == 15  ? "1.5"
          : l.stop == 2 ? "2"
                        : "1",
          l.retry && l.retry != 'N' ? 'p' : '-');
    return 0;
}

/* ---- LPTn ---- */

static unsigned rerouted_to(unsigned port)
{
    uint16_t segment = resident_part(false);

    return segment ? far_get8(segment, (uint16_t)(offsetof(struct resident, redirect) + port))
                   : NOT_REROUTED;
}

static void say_route(unsigned port)
{
    unsigned serial = rerouted_to(port);

    if (serial == NOT_REROUTED)
        print("LPT%u: not rerouted\r\n", port + 1);
    else
        print("LPT%u: rerouted to COM%u:\r\n", port + 1, serial + 1);
}

void printer_status(unsigned port)
{
    print("\r\nStatus for device LPT%u:\r\n------------------------\r\n", port + 1);
    say_route(port);
    print("Retry=%s\r\n\r\nCode page operation not supported on this device\r\n",
          is_retrying(offsetof(struct resident, printer_retry), port) ? "P" : "NONE");
}

static int reroute(unsigned port, const char *to)
{
    unsigned serial = (unsigned)(to[3] - '1');
    uint16_t segment;

    if (memcmp(to, "COM", 3) != 0 || serial >= SERIAL_PORTS ||
        (to[4] && strcmp(to + 4, ":") != 0)) {
        print("Invalid parameter - %s\r\n", to);
        return 1;
    }
    if (!serial_base(serial)) {
        print("Illegal device name - COM%u\r\n", serial + 1);
        return 1;
    }
    segment = resident_part(true);
    if (!segment)
        return fail("Insufficient memory");
    far_put8(segment, (uint16_t)(offsetof(struct resident, redirect) + port), (uint8_t)serial);
    print("\r\n");
    say_route(port);
    return 0;
}

static bool printer_byte(unsigned port, uint8_t c)
{
    struct dos_regs r = { .ax = c, .dx = (uint16_t)port, .ds = own_segment(), .es = own_segment() };

    int_call(&r, 0x17);
    return !(r.ah & 0x29);
}

static int set_shape(unsigned port, unsigned columns, unsigned lines)
{
    bool good = true;

    if (columns)
        good = printer_byte(port, columns == 132 ? 15 : 18);
    if (good && lines)
        good = printer_byte(port, ESC) && printer_byte(port, lines == 8 ? '0' : '2');
    if (!good)
        return fail("Printer error");
    if (columns)
        print("LPT%u: set for %u\r\n", port + 1, columns);
    if (lines)
        print("Printer lines per inch set\r\n");
    return 0;
}

int mode_printer(unsigned port, char *rest)
{
    static const char *const names[] = { "COLS", "LINES", "RETRY" };
    unsigned shape[2] = { 0, 0 };
    uint16_t segment;
    char text[16], retry = 0;

    if (*rest == '=')
        return reroute(port, skip_separators(rest));
    segment = resident_part(false);
    if (segment)
        far_put8(segment, (uint16_t)(offsetof(struct resident, redirect) + port), NOT_REROUTED);
    if (!printer_base(port)) {
        print("Illegal device name - LPT%u\r\n", port + 1);
        return 1;
    }
    for (unsigned field = 0; *skip_separators(rest); field++) {
        unsigned named = field;
        const char *number = text;

        if (*rest == ' ')
            rest = skip_separators(rest);
        for (unsigned i = 0; i < COUNT(names); i++) {
            unsigned n = (unsigned)strlen(names[i]);

            if (!memcmp(rest, names[i], n) && rest[n] == '=') {
                named = i;
                rest += n + 1;
            }
        }
        next_value(&rest, text, sizeof(text));
        if (!*text)
            continue;
        if (named < 2)
            shape[named] = (unsigned)parse_number(&number);
        if (named > 2 || (named == 2 && !take_retry(text, &retry)) ||
            (named == 0 && shape[0] != 80 && shape[0] != 132) ||
            (named == 1 && shape[1] != 6 && shape[1] != 8) || (named < 2 && *number)) {
            print("Invalid parameter - %s\r\n", text);
            return 1;
        }
    }
    print("\r\n");
    say_route(port);
    if (retry && !set_retry(offsetof(struct resident, printer_retry), port, retry))
        return fail("Insufficient memory");
    print(is_retrying(offsetof(struct resident, printer_retry), port)
              ? "Infinite retry on parallel printer time-out\r\n"
              : "No retry on parallel printer time-out\r\n");
    return set_shape(port, shape[0], shape[1]);
}
