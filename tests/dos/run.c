/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The suite's first program: runs what RUN.LST names, line by line, "DRIVE PROGRAM ARGUMENTS" each,
 * with the path of the log in front of the arguments.  Says "ALL DONE" at the end; as a shell,
 * without arguments, it stays then.
 */
#include "firmware/dos/lib/dos.h"

enum { LIST = 2048 };

static char list[LIST], log_path[] = "?:\\CONF.LOG";

static void note(const char *text)
{
    unsigned handle, done;

    if (file_open(log_path, OPEN_BOTH, &handle) && file_create(log_path, 0, &handle))
        return;
    file_seek(handle, SEEK_FROM_END, 0, &(uint32_t){ 0 });
    file_write(handle, text, (unsigned)strlen(text), &done);
    file_close(handle);
    print("%s", text);
}

static void run(unsigned home, char *line)
{
    struct {
        uint16_t environment, tail[2], fcb1[2], fcb2[2];
    } PACKED block = { 0 };
    struct dos_regs r = { .ax = 0x4b00, .bx = NEAR16(&block) };
    char path[PATH_MAX], text[LINE_SIZE], tail[PATH_MAX];
    uint8_t fcb[20] = { 0 };
    bool carry;

    char *arguments = strchr(line + 2, ' ');

    if (arguments)
        *arguments++ = 0;
    format_text(path, sizeof(path), "%c:\\%s.COM", 'A' + home, line + 2);
    format_text(tail, sizeof(tail), " %s %s\r", log_path, arguments ? arguments : "");
    memmove(tail + 1, tail, strlen(tail) + 1);
    tail[0] = (char)(strlen(tail + 1) - 1);
    block.tail[0] = NEAR16(tail);
    block.fcb1[0] = block.fcb2[0] = NEAR16(fcb);
    block.tail[1] = block.fcb1[1] = block.fcb2[1] = own_segment();
    format_text(text, sizeof(text), "drive %c: %s\r\n", line[0], line + 2);
    note(text);
    drive_select((unsigned)(upper(line[0]) - 'A'));
    r.dx = NEAR16(path);
    carry = dos(&r);
    drive_select(home);
    if (carry) {
        format_text(text, sizeof(text), "%s cannot be run: error %u\r\n", path, r.ax);
    } else {
        r = (struct dos_regs){ .ax = 0x4d00 };
        dos(&r);
        format_text(text, sizeof(text), "%s exit %x\r\n", line + 2, r.ax);
    }
    note(text);
}

int com_main(void)
{
    unsigned home = drive_current(), handle, count = 0;
    char *line = list;

    log_path[0] = (char)('A' + home);
    if (file_open("RUN.LST", OPEN_READ, &handle) ||
        file_read(handle, list, sizeof(list) - 1, &count)) {
        put_text(STDERR, "RUN.LST is not there\r\n");
        return 1;
    }
    file_close(handle);
    list[count] = 0;
    while (*line) {
        char *end = line;

        while (*end && *end != '\r' && *end != '\n')
            end++;
        while (*end == '\r' || *end == '\n')
            *end++ = 0;
        if (*line)
            run(home, line);
        line = end;
    }
    print("ALL DONE\r\n");
    while (!*psp_at(PSP_TAIL))
        read_key();
    return 0;
}
