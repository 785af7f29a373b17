/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of SORT.  A temporary file has them one behind the other, each with its length before it; as
 * many as there are buffers for become one, until one pass is left, which goes to standard output.
 */
#include "args.h"
#include "sort.h"

enum { STREAMS = 16, NONE = 0xffff, WRITE_BUFFER = 2048, E_FULL = 112 };

unsigned runs;

static struct temporary {
    char path[PATH_MAX + NAME_MAX];
    unsigned handle;
} from = { .handle = NONE }, to = { .handle = NONE };

static struct stream {
    uint32_t position, left; /* of what was not read */
    uint32_t buffer;         /* linear */
    unsigned at, used;       /* in it */
} stream[STREAMS];
static unsigned stream_size; /* of the buffers */

static uint8_t buffer[WRITE_BUFFER];
static unsigned used;

static bool failed(unsigned error, const struct temporary *t)
{
    complain_error(error, t->path);
    return false;
}

/* ---- the files ---- */

static bool create_in(const char *folder, struct temporary *t)
{
    struct dos_regs r = { .ax = 0x5a00, .dx = NEAR16(t->path) };
    unsigned n = (unsigned)strlen(folder);

    copy_text(t->path, folder, PATH_MAX - NAME_MAX);
    if (!n || strlen(t->path) != n)
        return false;
    if (t->path[n - 1] != '\\' && t->path[n - 1] != ':')
        add_text(t->path, "\\", PATH_MAX);
    if (dos(&r))
        return false;
    t->handle = r.ax;
    return true;
}

static bool create(struct temporary *t)
{
    static const char *const names[] = { "TEMP", "TMP" };
    char folder[ARG_TEXT];

    for (unsigned i = 0; i < COUNT(names); i++)
        if (environment(names[i], folder, sizeof(folder)) && create_in(folder, t))
            return true;
    if (create_in(".", t))
        return true;
    complain("No temporary file could be made; TEMP can name a folder for it\r\n");
    return false;
}

static void delete(struct temporary *t)
{
    if (t->handle == NONE)
        return;
    file_close(t->handle);
    file_delete(t->path);
    t->handle = NONE;
}

void runs_delete(void)
{
    delete(&from);
    delete(&to);
}

/* ---- writing ---- */

static bool flush(void)
{
    unsigned done, error;

    break_poll();
    error = file_write(to.handle, buffer, used, &done);
    if (!error && done < used)
        error = E_FULL;
    used = 0;
    return !error || failed(error, &to);
}

static bool put(const uint8_t *data, unsigned count)
{
    while (count--) {
        if (used == WRITE_BUFFER && !flush())
            return false;
        buffer[used++] = *data++;
    }
    return true;
}

bool run_begin(uint32_t bytes)
{
    if (to.handle == NONE && !create(&to))
        return false;
    runs++;
    return put((const uint8_t *)&bytes, sizeof(bytes));
}

bool run_add(uint32_t line)
{
    unsigned left = 2 + line_length(line);

    line += LINE_LENGTH;
    while (left--) {
        if (used == WRITE_BUFFER && !flush())
            return false;
        buffer[used++] = linear_get8(line++);
    }
    return true;
}

bool run_end(void)
{
    return !used || flush();
}

/* ---- merging ---- */

static bool refill(struct stream *s)
{
    unsigned n = s->used - s->at, most = stream_size - n, done, error;

    break_poll();
    far_copy(s->buffer, s->buffer + s->at, n);
    s->at = 0;
    if (most > s->left)
        most = (unsigned)s->left;
    error = file_seek(from.handle, SEEK_FROM_START, (int32_t)s->position, NULL);
    if (!error)
        error = far_read(from.handle, (uint16_t)(s->buffer >> 4), (uint16_t)n, most, &done);
    if (error || done < most)
        return failed(error ? error : 30, &from);
    s->used = n + most;
    s->position += most;
    s->left -= most;
    return true;
}

/* The line at the stream's begin, with the field that runs do not have. */
static uint32_t line_of(const struct stream *s)
{
    return s->buffer + s->at - LINE_LENGTH;
}

static bool is_empty(const struct stream *s)
{
    return s->at == s->used && !s->left;
}

/* Sees to it that all of the stream's next line is in its buffer. */
static bool prepare(struct stream *s)
{
    if (is_empty(s))
        return true;
    if (s->used - s->at < 2 && !refill(s))
        return false;
    return s->used - s->at >= 2 + line_length(line_of(s)) || refill(s);
}

/* The next run of the file into stream n. */
static bool open_run(unsigned n, uint32_t *position)
{
    struct stream *s = &stream[n];
    uint32_t bytes;
    unsigned done, error = file_seek(from.handle, SEEK_FROM_START, (int32_t)*position, NULL);

    if (!error)
        error = file_read(from.handle, &bytes, sizeof(bytes), &done);
    if (error || done < sizeof(bytes))
        return failed(error ? error : 30, &from);
    *s = (struct stream){ .position = *position + sizeof(bytes),
                          .left = bytes,
                          .buffer = block.begin + 16 + (uint32_t)n * stream_size };
    *position = s->position + bytes;
    return prepare(s);
}

/* The streams' lines in their order, to a run or, the last time, to standard output. */
static bool merge_streams(unsigned count, bool last)
{
    for (;;) {
        struct stream *best = NULL;

        for (struct stream *s = stream; s < stream + count; s++)
            if (!is_empty(s) && (!best || line_compare(line_of(s), line_of(best)) < 0))
                best = s;
        if (!best)
            return true;
        if (last)
            line_show(line_of(best));
        else if (!run_add(line_of(best)))
            return false;
        if (last && !out_good())
            return false;
        best->at += 2 + line_length(line_of(best));
        if (!prepare(best))
            return false;
    }
}

static bool merge_group(unsigned count, uint32_t *position, bool last)
{
    uint32_t bytes = 0;

    for (unsigned i = 0; i < count; i++) {
        uint32_t begin = *position;

        if (!open_run(i, position))
            return false;
        bytes += *position - begin - sizeof(bytes);
    }
    if (!last && !run_begin(bytes))
        return false;
    return merge_streams(count, last) && (last || run_end());
}

bool runs_merge(void)
{
    unsigned most = block.size / 65536 < STREAMS ? block.size / 65536 : STREAMS;
    bool last;

    if (most < 2)
        most = 2;
    stream_size = (block.size - 16) / most & ~15u;
    if (stream_size > SEGMENT_MOST)
        stream_size = SEGMENT_MOST;
    do {
        unsigned left = runs;
        uint32_t position = 0;

        delete(&from);
        from = to;
        to.handle = NONE;
        last = runs <= most;
        runs = 0;
        while (left) {
            unsigned count = left < most ? left : most;

            if (!merge_group(count, &position, last))
                return false;
            left -= count;
        }
    } while (!last);
    return true;
}
