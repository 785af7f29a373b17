/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file becomes another. */
#include "copy.h"
#include "text.h"

enum { NONE = 0xffff, COPY_PARAGRAPHS = 0xf00, E_ACCESS = 5, E_FULL = 112 };

static uint16_t segment;
static unsigned buffer_size;
static const char *target;
static unsigned source_handle = NONE, target_handle = NONE;

bool copy_begin(void)
{
    unsigned got;

    segment = block_take(COPY_PARAGRAPHS, &got);
    buffer_size = got * 16;
    return segment != 0;
}

void copy_break(void)
{
    if (source_handle != NONE)
        file_close(source_handle);
    if (target_handle != NONE) {
        bool device = handle_is_device(target_handle);

        file_close(target_handle);
        if (!device)
            file_delete(target);
    }
    source_handle = target_handle = NONE;
}

/* Whether there is room for `size` bytes where a file of that name gives back its own. */
static bool has_room(const char *to, uint32_t size)
{
    unsigned drive = is_letter(to[0]) && to[1] == ':' ? (unsigned)(upper(to[0]) - 'A' + 1) : 0;
    struct found old;
    uint32_t bytes;

    if (!drive_free(drive, &bytes))
        return true;
    if (find_first(to, A_READ_ONLY | A_HIDDEN | A_SYSTEM, &old))
        old.size = 0;
    return size <= bytes || size - bytes <= old.size;
}

static enum copy_result copy_data(unsigned *error)
{
    unsigned done, written;

    for (;;) {
        break_poll();
        *error = far_read(source_handle, segment, 0, buffer_size, &done);
        if (*error)
            return COPY_SOURCE;
        if (!done)
            return COPY_DONE;
        *error = far_write(target_handle, segment, 0, done, &written);
        if (*error)
            return *error == E_FULL ? COPY_FULL : COPY_WRITE;
        if (written < done && !handle_is_device(target_handle)) {
            *error = E_FULL;
            return COPY_FULL;
        }
    }
}

/* The target is open: data, time, and both closed. */
static enum copy_result finish(unsigned *error)
{
    enum copy_result result = copy_data(error);
    uint16_t time, date;
    unsigned handle = target_handle;

    if (result == COPY_DONE && !handle_is_device(handle) &&
        !file_time(source_handle, &time, &date))
        file_set_time(handle, time, date);
    if (result == COPY_DONE) {
        *error = file_close(handle);
        if (!*error) {
            target_handle = NONE;
            file_close(source_handle);
            source_handle = NONE;
            return COPY_DONE;
        }
        result = COPY_WRITE;
    }
    copy_break();
    return result;
}

enum copy_result copy_file(const char *from, const char *to, unsigned *error)
{
    uint32_t size = 0;
    unsigned handle;

    *error = 0;
    if (same_file(from, to))
        return COPY_SELF;
    *error = file_open(from, OPEN_READ, &handle);
    if (*error)
        return COPY_SOURCE;
    source_handle = handle;
    if (!handle_is_device(handle)) {
        file_seek(handle, SEEK_FROM_END, 0, &size);
        file_seek(handle, SEEK_FROM_START, 0, NULL);
    }
    if (!has_room(to, size)) {
        copy_break();
        *error = E_FULL;
        return COPY_FULL;
    }
    *error = file_create(to, 0, &handle);
    if (*error) {
        copy_break();
        return COPY_TARGET;
    }
    target = to;
    target_handle = handle;
    return finish(error);
}

void copy_complain(enum copy_result result, unsigned error, const char *from, const char *to)
{
    switch (result) {
    case COPY_DONE:
        break;
    case COPY_SELF:
        complain("File cannot be copied onto itself - %s\r\n", from);
        break;
    case COPY_SOURCE:
        complain_error(error, from);
        break;
    case COPY_TARGET:
        complain("File creation error - %s: %s\r\n", to, error_text(error));
        break;
    case COPY_FULL:
        complain("Insufficient disk space - %s\r\n", to);
        break;
    case COPY_WRITE:
        complain("Write error - %s: %s\r\n", to, error_text(error));
        break;
    }
}
