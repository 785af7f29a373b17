/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The built-in drivers: CON, AUX/COMn, PRN/LPTn, CLOCK$ over the BIOS; the block driver is disk.c.
 */
#include "dos.h"

/* In the order of devices.asm. */
enum driver {
    D_CON,
    D_AUX,
    D_PRN,
    D_CLOCK,
    D_BLOCK,
    D_COM1,
    D_LPT1,
    D_LPT2,
    D_LPT3,
    D_COM2,
    D_COM3,
    D_COM4
};
enum {
    E_UNKNOWN_COMMAND = 3,
    E_WRITE_FAULT = 10,
    E_READ_FAULT = 11,
    E_PAPER = 9,
    E_DEVICE_READY = 2
};
enum { KEY_READ = 0x1000, KEY_PEEK = 0x1100, TEXT_END = 0x26, CTRL_Z = 26 };

static uint8_t scan_code; /* the second byte of an extended key */

/* ---- CON ---- */

static bool key_there(struct int_regs *r)
{
    *r = (struct int_regs){ .ax = KEY_PEEK, .ds = KSEG, .es = KSEG };
    call_int(0x16, r, 0);
    return !(r->flags & FLAG_ZERO);
}

/* Input that the machine's owner pipes in. */
static int text_in(void)
{
    static struct hostdos_request request;
    static uint8_t byte;

    if (!text_wanted)
        return -1;
    request = (struct hostdos_request){ .size = sizeof(request),
                                        .version = HOSTDOS_VERSION,
                                        .op = HOSTDOS_TEXT_IN,
                                        .len = 1,
                                        .buffer = KLINEAR(&byte) };
    out32(HOSTDOS_DOORBELL, KLINEAR(&request));
    if (in32(HOSTDOS_DOORBELL) != HOSTDOS_DONE)
        return -1;
    if (request.error == TEXT_END)
        return CTRL_Z;
    return request.error || !request.result ? -1 : byte;
}

static int text_ahead = -1;

static int con_peek(void)
{
    struct int_regs r;

    if (scan_code)
        return scan_code;
    if (text_ahead < 0)
        text_ahead = text_in();
    if (text_ahead >= 0)
        return text_ahead;
    if (!key_there(&r))
        return -1;
    return (uint8_t)r.ax == 0xe0 && r.ax >> 8 ? 0 : (uint8_t)r.ax;
}

static uint8_t con_read(void)
{
    struct int_regs r = { .ax = KEY_READ, .ds = KSEG, .es = KSEG };
    uint8_t c;

    if (scan_code) {
        c = scan_code;
        scan_code = 0;
        return c;
    }
    while (con_peek() < 0)
        halt();
    if (text_ahead >= 0) {
        c = (uint8_t)text_ahead;
        text_ahead = -1;
        return c == '\n' ? '\r' : c;
    }
    call_int(0x16, &r, 0);
    c = (uint8_t)r.ax;
    if (c == 0xe0 && r.ax >> 8)
        c = 0;
    if (c == 0)
        scan_code = (uint8_t)(r.ax >> 8);
    return c == 0 && !scan_code ? 3 : c; /* 0000h: Ctrl-Break's entry in the BIOS's buffer */
}

static void con_flush(void)
{
    struct int_regs r;

    scan_code = 0;
    while (key_there(&r)) {
        r = (struct int_regs){ .ax = KEY_READ, .ds = KSEG, .es = KSEG };
        call_int(0x16, &r, 0);
    }
}

static uint16_t con(struct device_request *q)
{
    int c;

    switch (q->command) {
    case CMD_READ:
        for (uint16_t i = 0; i < q->io.count; i++)
            put8(FP(FP_SEG(q->io.address), FP_OFF(q->io.address) + i), con_read());
        break;
    case CMD_PEEK:
        c = con_peek();
        if (c < 0)
            return STATUS_DONE | STATUS_BUSY;
        q->character = (uint8_t)c;
        break;
    case CMD_INPUT_FLUSH:
        con_flush();
        break;
    case CMD_WRITE:
    case CMD_WRITE_VERIFY:
        for (uint16_t i = 0; i < q->io.count; i++) {
            struct int_regs r = { .ds = KSEG, .es = KSEG };

            r.ax = get8(FP(FP_SEG(q->io.address), FP_OFF(q->io.address) + i));
            call_int(0x29, &r, 0);
        }
        break;
    default:
        break;
    }
    return STATUS_DONE;
}

/* ---- COMn over INT 14h, LPTn over INT 17h ---- */

enum {
    COM_SEND = 0x100,
    COM_RECEIVE = 0x200,
    COM_STATUS = 0x300,
    COM_TIMEOUT = 0x80,
    COM_DATA = 1
};

static uint16_t port_call(unsigned interrupt, uint16_t ax, uint16_t port)
{
    struct int_regs r = { .ax = ax, .dx = port, .ds = KSEG, .es = KSEG };

    call_int(interrupt, &r, 0);
    return r.ax;
}

static uint16_t com(struct device_request *q, uint16_t port)
{
    uint16_t wanted = q->io.count;

    switch (q->command) {
    case CMD_READ:
        for (q->io.count = 0; q->io.count < wanted; q->io.count++) {
            uint16_t ax;

            while (!(port_call(0x14, COM_STATUS, port) >> 8 & COM_DATA)) {
                if (break_pressed)
                    return STATUS_DONE | STATUS_ERROR | E_READ_FAULT;
                halt();
            }
            ax = port_call(0x14, COM_RECEIVE, port);
            if (ax >> 8 & COM_TIMEOUT)
                return STATUS_DONE | STATUS_ERROR | E_DEVICE_READY;
            put8(FP(FP_SEG(q->io.address), FP_OFF(q->io.address) + q->io.count), (uint8_t)ax);
        }
        break;
    case CMD_PEEK:
    case CMD_INPUT_STATUS:
        if (!(port_call(0x14, COM_STATUS, port) >> 8 & COM_DATA))
            return STATUS_DONE | STATUS_BUSY;
        q->character = 0; /* the UART cannot be looked into */
        break;
    case CMD_WRITE:
    case CMD_WRITE_VERIFY:
        for (q->io.count = 0; q->io.count < wanted; q->io.count++) {
            uint8_t c = get8(FP(FP_SEG(q->io.address), FP_OFF(q->io.address) + q->io.count));

            if (port_call(0x14, (uint16_t)(COM_SEND | c), port) >> 8 & COM_TIMEOUT)
                return STATUS_DONE | STATUS_ERROR | E_WRITE_FAULT;
        }
        break;
    default:
        break;
    }
    return STATUS_DONE;
}

enum {
    LPT_INIT = 0x100,
    LPT_STATUS = 0x200,
    LPT_TIMEOUT = 1,
    LPT_ERROR = 8,
    LPT_PAPER = 0x20,
    LPT_READY = 0x80,
    LPT_PORTS = 3
};

void printers_init(void)
{
    for (uint16_t port = 0; port < LPT_PORTS; port++)
        port_call(0x17, LPT_INIT, port);
}

static uint16_t lpt_error(uint8_t status)
{
    if (status & LPT_PAPER)
        return STATUS_DONE | STATUS_ERROR | E_PAPER;
    if (status & (LPT_ERROR | LPT_TIMEOUT))
        return STATUS_DONE | STATUS_ERROR | E_DEVICE_READY;
    return STATUS_DONE;
}

static uint16_t lpt(struct device_request *q, uint16_t port)
{
    uint16_t wanted = q->io.count, status;

    switch (q->command) {
    case CMD_WRITE:
    case CMD_WRITE_VERIFY:
    case CMD_OUTPUT_UNTIL_BUSY:
        for (q->io.count = 0; q->io.count < wanted; q->io.count++) {
            uint8_t c = get8(FP(FP_SEG(q->io.address), FP_OFF(q->io.address) + q->io.count));

            status = lpt_error((uint8_t)(port_call(0x17, c, port) >> 8));
            if (status & STATUS_ERROR)
                return status;
        }
        break;
    case CMD_READ:
        q->io.count = 0;
        break;
    case CMD_OUTPUT_STATUS:
        if (!(port_call(0x17, LPT_STATUS, port) >> 8 & LPT_READY))
            return STATUS_DONE | STATUS_BUSY;
        break;
    case CMD_PEEK:
    case CMD_INPUT_STATUS:
        return STATUS_DONE | STATUS_BUSY;
    default:
        break;
    }
    return STATUS_DONE;
}

/* ---- CLOCK$ ---- */

static uint16_t clock_device(struct device_request *q)
{
    uint8_t record[6];

    if (q->command == CMD_READ) {
        clock_read(record);
        if (q->io.count > sizeof(record))
            q->io.count = sizeof(record);
        far_copy(q->io.address, KFP(record), q->io.count);
    } else if (q->command == CMD_WRITE && q->io.count >= sizeof(record)) {
        far_copy(KFP(record), q->io.address, sizeof(record));
        clock_write(record);
    }
    return STATUS_DONE;
}

static uint16_t serve(struct device_request *q)
{
    switch ((enum driver)driver_id) {
    case D_CON:
        return con(q);
    case D_CLOCK:
        return clock_device(q);
    case D_BLOCK:
        return disk_request(q);
    case D_AUX:
    case D_COM1:
        return com(q, 0);
    case D_COM2:
    case D_COM3:
    case D_COM4:
        return com(q, (uint16_t)(driver_id - D_COM2 + 1));
    case D_PRN:
        return lpt(q, 0);
    default:
        return lpt(q, (uint16_t)(driver_id - D_LPT1));
    }
}

/* From low.asm: a request for one of the built-in drivers, anywhere in memory. */
void driver_request(struct c_frame *f)
{
    struct device_request q;
    uint32_t at = request_ptr;
    uint8_t length = get8(at);

    (void)f;
    if (length > sizeof(q))
        length = sizeof(q);
    memset(&q, 0, sizeof(q));
    far_copy(KFP(&q), at, length);
    q.status = serve(&q);
    far_copy(at, KFP(&q), length);
}
