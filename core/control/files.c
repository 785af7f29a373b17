/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors that clients passed, and the commands that write files into them. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/control/control_internal.h"
#include "core/host/picture.h"

enum { FD_NAMED = -1, FD_WAITING = -2 };

static void drop(struct control_fd *f)
{
    close(f->fd);
    f->fd = -1;
}

static struct control_fd *place(struct control_server *s)
{
    struct control_fd *fds = control_fds(s);

    for (unsigned i = 0; i < CONTROL_FDS; i++)
        if (fds[i].fd < 0)
            return &fds[i];
    return NULL;
}

void control_fd_arrived(struct control_server *s, struct control_client *client, int fd)
{
    struct control_fd *fds = control_fds(s), *f = place(s);
    uint64_t order = 0;

    for (unsigned i = 0; i < CONTROL_FDS; i++)
        order = fds[i].order >= order ? fds[i].order + 1 : order;
    if (f)
        *f = (struct control_fd){ .fd = fd, .set = FD_WAITING, .client = client, .order = order };
    else
        close(fd);
}

void control_fds_drop(struct control_server *s, struct control_client *client)
{
    for (struct control_fd *f = control_fds(s); f < control_fds(s) + CONTROL_FDS; f++)
        if (f->fd >= 0 && f->client == client)
            drop(f);
}

/* The one that came first of those that nobody took yet. */
static struct control_fd *arrived(struct control_call *call)
{
    struct control_fd *fds = control_fds(call->server), *first = NULL;

    for (struct control_fd *f = fds; f < fds + CONTROL_FDS; f++)
        if (f->fd >= 0 && f->set == FD_WAITING && f->client == call->client &&
            (!first || f->order < first->order))
            first = f;
    if (!first)
        control_fail(call, "GenericError", "No file descriptor supplied via SCM_RIGHTS");
    return first;
}

static struct control_fd *in_set(struct control_server *s, int64_t set)
{
    for (struct control_fd *f = control_fds(s); f < control_fds(s) + CONTROL_FDS; f++)
        if (f->fd >= 0 && f->set == set)
            return f;
    return NULL;
}

static struct control_fd *named(struct control_call *call, const char *name)
{
    struct control_fd *fds = control_fds(call->server);

    for (struct control_fd *f = fds; f < fds + CONTROL_FDS; f++)
        if (f->fd >= 0 && f->set == FD_NAMED && f->client == call->client && !strcmp(f->name, name))
            return f;
    return NULL;
}

bool control_fd_resolve(struct control_call *call, const char *filename)
{
    static const char prefix[] = "/dev/fdset/";
    const char *number = filename + sizeof(prefix) - 1;
    struct control_fd *f = NULL;
    char *end;

    if (!strncmp(filename, prefix, sizeof(prefix) - 1) && g_ascii_isdigit(*number)) {
        unsigned long n = strtoul(number, &end, 10);

        f = *end || n > INT32_MAX ? NULL : in_set(call->server, (int64_t)n);
        call->fd = f ? fcntl(f->fd, F_DUPFD_CLOEXEC, 3) : -1;
    } else if ((f = named(call, filename))) { /* such a one is used up */
        call->fd = f->fd;
        f->fd = -1;
    }
    if (call->fd < 0) {
        control_fail(call, "GenericError",
                     "The machine opens no files by name; pass a descriptor with add-fd and give "
                     "/dev/fdset/N instead of %.80s",
                     filename);
        return false;
    }
    snprintf(call->label, sizeof(call->label), "%s", f->opaque[0] ? f->opaque : filename);
    return true;
}

void control_add_fd(struct control_call *call)
{
    bool given = json_object_has_member(call->arguments, "fdset-id");
    int64_t set = control_int(call, "fdset-id", 0);
    struct control_fd *f;

    if (set < 0 || set > INT32_MAX) {
        control_fail(call, "GenericError",
                     "Parameter 'fdset-id' expects a non-negative value below 2147483648");
        return;
    }
    while (!given && in_set(call->server, set))
        set++;
    f = arrived(call);
    if (!f)
        return;
    f->set = (int)set;
    if (control_string(call, "opaque"))
        snprintf(f->opaque, sizeof(f->opaque), "%s", control_string(call, "opaque"));
    json_builder_begin_object(call->result);
    control_put_int(call, "fdset-id", set);
    control_put_int(call, "fd", f->fd);
    json_builder_end_object(call->result);
}

void control_remove_fd(struct control_call *call)
{
    int64_t set = control_int(call, "fdset-id", -1), fd = control_int(call, "fd", -1);
    bool found = false;

    for (struct control_fd *f = control_fds(call->server);
         set >= 0 && f < control_fds(call->server) + CONTROL_FDS; f++)
        if (f->fd >= 0 && f->set == set && (fd < 0 || f->fd == fd)) {
            drop(f);
            found = true;
        }
    if (!found)
        control_fail(call, "GenericError", "File descriptor named 'fdset-id:%lld' not found",
                     (long long)set);
}

static void put_set(struct control_call *call, int set)
{
    struct control_fd *fds = control_fds(call->server);

    json_builder_begin_object(call->result);
    control_put_int(call, "fdset-id", set);
    json_builder_set_member_name(call->result, "fds");
    json_builder_begin_array(call->result);
    for (struct control_fd *f = fds; f < fds + CONTROL_FDS; f++) {
        if (f->fd < 0 || f->set != set)
            continue;
        json_builder_begin_object(call->result);
        control_put_int(call, "fd", f->fd);
        if (f->opaque[0])
            control_put_string(call, "opaque", f->opaque);
        json_builder_end_object(call->result);
    }
    json_builder_end_array(call->result);
    json_builder_end_object(call->result);
}

void control_query_fdsets(struct control_call *call)
{
    struct control_fd *fds = control_fds(call->server);

    json_builder_begin_array(call->result);
    for (struct control_fd *f = fds; f < fds + CONTROL_FDS; f++)
        if (f->fd >= 0 && f->set >= 0 && in_set(call->server, f->set) == f)
            put_set(call, f->set);
    json_builder_end_array(call->result);
}

void control_getfd(struct control_call *call)
{
    const char *name = control_string(call, "fdname");
    struct control_fd *f = arrived(call), *old;

    if (!f)
        return;
    if (!name[0] || g_ascii_isdigit(name[0]) || strlen(name) >= sizeof(f->name)) {
        control_fail(call, "GenericError",
                     "Parameter 'fdname' expects a name not starting with a digit, of at most 63 "
                     "bytes");
        drop(f);
        return;
    }
    old = named(call, name);
    if (old)
        drop(old);
    f->set = FD_NAMED;
    snprintf(f->name, sizeof(f->name), "%s", name);
}

void control_closefd(struct control_call *call)
{
    struct control_fd *f = named(call, control_string(call, "fdname"));

    if (f)
        drop(f);
    else
        control_fail(call, "GenericError", "File descriptor named '%.60s' not found",
                     control_string(call, "fdname"));
}

/* ---- the screen ---- */

struct shot {
    struct screen_mode mode;
    uint32_t *pixels;
};

/* Packed into memory first: only control_write() is sure never to hang. */
static void write_shot(struct control_call *call)
{
    struct shot *shot = call->data;
    int memory = memfd_create("screendump", MFD_CLOEXEC);
    const char *format = control_string(call, "format");
    struct error err;
    uint8_t buf[65536];
    ssize_t n;

    if (memory < 0) {
        control_fail(call, "GenericError", "The picture has no room: %s", strerror(errno));
    } else if (!picture_write(memory, shot->pixels, shot->mode.width, shot->mode.height,
                              shot->mode.width, format && !strcmp(format, "png"), &err)) {
        control_fail(call, "GenericError", "%s", err.text);
    } else {
        lseek(memory, 0, SEEK_SET);
        while ((n = read(memory, buf, sizeof(buf))) > 0 && control_write(call, buf, (size_t)n))
            ;
    }
    if (memory >= 0)
        close(memory);
    free(shot->pixels);
    free(shot);
}

void control_screendump(struct control_call *call)
{
    struct board *board = machine_board(control_machine(call->server));
    struct shot *shot = calloc(1, sizeof(*shot));
    struct screen_rect rects[SCREEN_RECTS];
    uint32_t serial;

    assert(shot);
    if (control_int(call, "head", 0)) {
        control_fail(call, "GenericError", "Parameter 'head' expects the number of a screen: 0");
        free(shot);
        return;
    }
    board->screen->mode(board->screen_ctx, &shot->mode, &serial);
    shot->pixels = calloc((size_t)shot->mode.width * shot->mode.height, sizeof(uint32_t));
    assert(shot->pixels);
    board->screen->draw(board->screen_ctx, shot->pixels, shot->mode.width, true,
                        vclock_now(board->clock), rects);
    board->pictures++;
    call->data = shot;
    control_call_background(call, write_shot);
}

/* ---- memory ---- */

#define SLICE (1u << 20) /* of one moment; copying it takes a fraction of a millisecond */

struct save {
    int64_t at, left;
    size_t size;
    bool linear;
    uint8_t data[SLICE];
};

/* A linear range, page by page; false: not all of it is mapped. */
static bool copy_linear(struct machine *m, struct save *save)
{
    struct memory *memory = machine_board(m)->memory;
    struct x86_state x;

    machine_cpu(m)->ops->get(machine_cpu(m), &x);
    for (size_t done = 0; done < save->size;) {
        uint32_t linear = (uint32_t)(save->at + (int64_t)done), phys;
        size_t n = MEM_PAGE - linear % MEM_PAGE;

        n = n < save->size - done ? n : save->size - done;
        if (!control_translate(memory, &x, linear, &phys))
            return false;
        control_peek(memory, phys, save->data + done, n);
        done += n;
    }
    return true;
}

static void copy(struct control_call *call)
{
    struct machine *m = control_machine(call->server);
    struct save *save = call->data;

    save->size = save->left < SLICE ? (size_t)save->left : SLICE;
    if (!save->linear)
        control_peek(machine_board(m)->memory, (uint32_t)save->at, save->data, save->size);
    else if (!copy_linear(m, save))
        control_fail(call, "GenericError", "Invalid addr 0x%016llx/size %lld specified",
                     (long long)save->at, (long long)save->left);
}

static void save_slices(struct control_call *call)
{
    struct save *save = call->data;

    while (save->left > 0 && control_on_machine(call, copy) && !call->error_class &&
           control_write(call, save->data, save->size)) {
        save->at += (int64_t)save->size;
        save->left -= (int64_t)save->size;
    }
    free(save);
}

static void save_memory(struct control_call *call, bool linear)
{
    int64_t at = control_int(call, "val", 0), size = control_int(call, "size", 0);
    struct save *save;

    if (at < 0 || size < 0 || at > 1ll << 32 || size > (1ll << 32) - at) {
        control_fail(call, "GenericError", "The range does not lie below 4 GB");
        return;
    }
    if (control_int(call, "cpu-index", 0)) {
        control_fail(call, "GenericError", "Parameter 'cpu-index' expects a CPU number: 0");
        return;
    }
    save = malloc(sizeof(*save));
    assert(save);
    save->at = at;
    save->left = size;
    save->linear = linear;
    call->data = save;
    control_call_background(call, save_slices);
}

void control_pmemsave(struct control_call *call)
{
    save_memory(call, false);
}

void control_memsave(struct control_call *call)
{
    save_memory(call, true);
}
