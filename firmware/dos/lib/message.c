/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages about errors. */
#include "text.h"

void complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_to(STDERR, format, args);
    va_end(args);
}

const char *error_text(unsigned error)
{
    static const struct {
        uint8_t code;
        const char *text;
    } texts[] = {
        { 2, "File not found" },
        { 3, "Path not found" },
        { 4, "Too many open files" },
        { 5, "Access denied" },
        { 8, "Insufficient memory" },
        { 15, "Invalid drive specification" },
        { 16, "Cannot remove current directory" },
        { 17, "Not the same drive" },
        { 18, "File not found" },
        { 19, "Write protect error" },
        { 21, "Not ready" },
        { 32, "Sharing violation" },
        { 33, "Lock violation" },
        { 39, "Insufficient disk space" },
        { 80, "File already exists" },
        { 82, "Cannot make directory entry" },
        { 83, "The drive has failed" },
        { 112, "Insufficient disk space" },
    };

    for (unsigned i = 0; i < COUNT(texts); i++)
        if (texts[i].code == error)
            return texts[i].text;
    return "General failure";
}

void complain_error(unsigned error, const char *name)
{
    if (name)
        complain("%s - %s\r\n", error_text(error), name);
    else
        complain("%s\r\n", error_text(error));
}
