/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 24h: asks what shall become of an error of a device.  Resident: it calls nothing of the
 * other files. */
#include "shell.h"

enum { WRITING = 1, CAN_FAIL = 8, CAN_RETRY = 0x10, CAN_IGNORE = 0x20, DEVICE = 0x80 };
enum { IGNORE, RETRY, ABORT, FAIL };
enum { CTRL_C = 3, CTRL_Z = 0x1a };

/* To the screen, wherever standard output goes. */
static void show(const char *s)
{
    for (; *s; s++)
        resident_show((uint8_t)*s);
}

static uint8_t device_name(uint32_t device, unsigned i)
{
    uint8_t value;

    __asm__ volatile("movw %w1, %%fs; movb %%fs:(%2), %0"
                     : "=q"(value)
                     : "r"(device >> 16), "r"((device + 10 + i) & 0xffff));
    return value;
}

static void show_what(unsigned flags, unsigned drive, unsigned code, uint32_t device)
{
    static const char *const errors[] = {
        "Write protect error", "Invalid unit",
        "Not ready",           "Invalid device request",
        "Data error",          "Invalid device request",
        "Seek error",          "Invalid media type",
        "Sector not found",    "Printer out of paper error",
        "Write fault error",   "Read fault error",
        "General failure",
    };
    static char where[10] = "drive A";

    where[6] = (char)('A' + drive);
    if (flags & DEVICE) {
        memcpy(where, "device ", 7);
        for (unsigned i = 0; i < 8; i++)
            where[i] = (char)device_name(device, i);
        where[8] = 0;
    }
    show("\r\n");
    show(errors[code < COUNT(errors) ? code : COUNT(errors) - 1]);
    show(flags & WRITING ? " writing " : " reading ");
    show(flags & DEVICE ? "device " : "");
    show(where);
    show("\r\n");
}

uint32_t critical(uint32_t ax, uint32_t code, uint32_t device)
{
    unsigned flags = ax >> 8;
    bool retry = flags & CAN_RETRY, ignore = flags & CAN_IGNORE, fail = flags & CAN_FAIL;

    for (;;) {
        char key, text[2] = { 0 };
        int answer = -1;

        show_what(flags, ax & 0xff, code & 0xff, device);
        show("Abort");
        show(retry ? ", Retry" : "");
        show(ignore ? ", Ignore" : "");
        show(fail ? ", Fail?" : "?");
        key = (char)resident_key();
        if (key >= 'a' && key <= 'z')
            key = (char)(key - 'a' + 'A');
        text[0] = key;
        if (key == 'A' || key == CTRL_C)
            answer = ABORT;
        else if (key == 'R' && retry)
            answer = RETRY;
        else if (key == 'I' && ignore)
            answer = IGNORE;
        else if (fail && (key == 'F' || key == CTRL_Z)) /* also at the end of input */
            answer = FAIL;
        if (key >= ' ')
            show(text);
        show("\r\n");
        if (answer >= 0)
            return (uint32_t)answer;
    }
}
