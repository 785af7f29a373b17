/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's side of the console socket.  One thread waits on the sockets and queues what comes;
 * the machine thread takes it from the queue, draws and sends.  Sends never block.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/console.h"
#include "core/input.h"
#include "core/machine.h"
#include "core/media.h"

#define MAX_CLIENTS 16
#define MAX_QUEUE   1024 /* a client that floods is read no further until the machine catches up */

struct client {
    int fd; /* -1: free */
    uint32_t id;
    uint32_t features;
    bool greeted, want, missed, new_text;
    uint32_t sent, acked;           /* frame numbers */
    uint64_t sent_at, min_interval; /* host ns */
};

struct incoming {
    struct incoming *next;
    uint32_t client;
    struct console_message message; /* the part that clients send is small, but this is simple */
};

struct console_server {
    struct machine *machine;
    char name[64], path[108];
    int listen_fd, wake_fd;
    pthread_t thread;
    struct vtimer timer;
    atomic_bool ending;

    pthread_mutex_t lock; /* of clients and queue; recursive: input can bring about an event */
    struct client clients[MAX_CLIENTS];
    uint32_t next_id;
    struct incoming *first, **last;
    unsigned queued;

    /* machine thread only */
    uint32_t *canvas; /* what draw() fills */
    uint8_t *buffers;
    int memfd;
    struct console_message surface;
    uint32_t mode_serial, seq;
    unsigned pictures; /* of the board, when the canvas was drawn last */
    struct screen_rect previous[SCREEN_RECTS];
    unsigned previous_count;
    struct screen_text text;
    struct console_message lights;
    unsigned leds;
    struct console_typing typing;
};

static uint64_t host_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* ---- sending (lock held) ---- */

static void send_to(struct client *c, const struct console_message *m, uint32_t length, int fd)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec iov = { (void *)m, length };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    struct cmsghdr *cmsg;

    if (c->fd < 0 || !c->greeted)
        return;
    if (fd >= 0) {
        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
    }
    /* An event that does not fit means a client that reads nothing: it is cut off. */
    if (sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && m->type != CONSOLE_FRAME)
        shutdown(c->fd, SHUT_RDWR);
}

static void send_all(struct console_server *s, const struct console_message *m, int fd,
                     uint32_t features)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        if (!features || (s->clients[i].features & features))
            send_to(&s->clients[i], m, console_length(m->type), fd);
}

static struct console_message status_message(struct console_server *s)
{
    struct console_message m = { .type = CONSOLE_STATUS };

    snprintf(m.status.status, sizeof(m.status.status), "%s",
             machine_status_name(machine_status(s->machine)));
    snprintf(m.status.why, sizeof(m.status.why), "%s", machine_why(s->machine));
    return m;
}

/* ---- drawing (machine thread, lock held) ---- */

static bool new_surface(struct console_server *s, const struct screen_mode *mode)
{
    uint32_t bytes = (uint32_t)mode->width * mode->height * 4;

    if (s->buffers)
        munmap(s->buffers, 2 * (size_t)s->surface.surface.buffer_len);
    if (s->memfd >= 0)
        close(s->memfd);
    s->buffers = NULL;
    s->surface = (struct console_message){ .type = CONSOLE_SURFACE };
    s->memfd = memfd_create("console", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (s->memfd < 0 || ftruncate(s->memfd, 2 * (off_t)bytes) < 0)
        return false;
    s->buffers = mmap(NULL, 2 * (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->memfd, 0);
    if (s->buffers == MAP_FAILED) {
        s->buffers = NULL;
        return false;
    }
    fcntl(s->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
    s->surface.surface.width = mode->width;
    s->surface.surface.height = mode->height;
    s->surface.surface.pitch = mode->width;
    s->surface.surface.buffer_len = bytes;
    s->surface.surface.aspect_num = mode->aspect_num;
    s->surface.surface.aspect_den = mode->aspect_den;
    s->surface.surface.text = mode->text;
    s->previous_count = 0;
    return true;
}

static void copy_rects(struct console_server *s, unsigned buffer, const struct screen_rect *rects,
                       unsigned count)
{
    uint32_t pitch = s->surface.surface.pitch;
    uint32_t *to = (uint32_t *)(s->buffers + (size_t)buffer * s->surface.surface.buffer_len);

    for (unsigned i = 0; i < count; i++)
        for (unsigned y = rects[i].y; y < (unsigned)rects[i].y + rects[i].h; y++)
            memcpy(to + (size_t)y * pitch + rects[i].x, s->canvas + (size_t)y * pitch + rects[i].x,
                   rects[i].w * sizeof(uint32_t));
}

/* May the buffer of frame seq - 1 be written?  Its readers have answered or are too slow. */
static bool buffer_free(const struct console_server *s, uint64_t now)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        const struct client *c = &s->clients[i];

        if (c->fd >= 0 && c->sent != c->acked && now - c->sent_at < CONSOLE_ACK_MS * 1000000u)
            return false;
    }
    return true;
}

static bool wants(const struct client *c, uint32_t feature, uint64_t now)
{
    return c->fd >= 0 && c->greeted && c->want && (c->features & feature) &&
           now - c->sent_at >= c->min_interval;
}

static bool anyone(const struct console_server *s, uint32_t feature, uint64_t now)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        if (wants(&s->clients[i], feature, now))
            return true;
    return false;
}

static bool check_mode(struct console_server *s, bool *fresh)
{
    struct board *board = machine_board(s->machine);
    struct screen_mode mode;
    uint32_t serial;

    *fresh = false;
    board->screen->mode(board->screen_ctx, &mode, &serial);
    if (s->surface.type && serial == s->mode_serial)
        return true;
    s->mode_serial = serial;
    if (!new_surface(s, &mode))
        return false;
    *fresh = true;
    send_all(s, &s->surface, s->memfd, CONSOLE_PIXELS);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        s->clients[i].acked = s->clients[i].sent;
    return true;
}

static void send_frames(struct console_server *s, const struct screen_rect *rects, unsigned count,
                        uint64_t now)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        struct client *c = &s->clients[i];
        struct console_message m = { .type = CONSOLE_FRAME };

        if (!wants(c, CONSOLE_PIXELS, now)) {
            c->missed = c->missed || count;
            continue;
        }
        if (!count && !c->missed)
            continue;
        m.frame.seq = s->seq;
        m.frame.buffer = s->seq & 1;
        m.frame.text = s->surface.surface.text;
        if (c->missed) {
            m.frame.rects[0] =
                (struct screen_rect){ 0, 0, s->surface.surface.width, s->surface.surface.height };
            m.frame.rect_count = 1;
        } else {
            memcpy(m.frame.rects, rects, count * sizeof(*rects));
            m.frame.rect_count = (uint8_t)count;
        }
        c->missed = c->want = false;
        c->sent = s->seq;
        c->sent_at = now;
        send_to(c, &m, console_length(m.type), -1);
    }
}

static void draw_pixels(struct console_server *s, uint64_t now)
{
    struct board *board = machine_board(s->machine);
    struct screen_rect rects[SCREEN_RECTS];
    bool fresh, missed = false;
    unsigned count;

    if (!check_mode(s, &fresh))
        return;
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        missed = missed || (wants(&s->clients[i], CONSOLE_PIXELS, now) && s->clients[i].missed);
    fresh |= s->pictures != board->pictures;
    s->pictures = board->pictures;
    count = board->screen->draw(board->screen_ctx, s->canvas, s->surface.surface.pitch, fresh,
                                vclock_now(board->clock), rects);
    if (!count && !missed)
        return;
    s->seq++;
    copy_rects(s, s->seq & 1, s->previous, s->previous_count);
    copy_rects(s, s->seq & 1, rects, count);
    memcpy(s->previous, rects, sizeof(rects));
    s->previous_count = count;
    send_frames(s, rects, count, now);
}

static void draw_text(struct console_server *s)
{
    struct board *board = machine_board(s->machine);
    struct console_message m = { .type = CONSOLE_TEXT_SCREEN };
    bool changed;

    if (!board->screen->text(board->screen_ctx, &m.text))
        m.text = (struct screen_text){ 0 }; /* no columns: a graphics mode */
    changed = memcmp(&m.text, &s->text, sizeof(m.text)) != 0;
    s->text = m.text;
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        struct client *c = &s->clients[i];

        c->new_text = c->new_text || changed;
        if (c->fd < 0 || !(c->features & CONSOLE_TEXT) || !c->new_text || !c->want)
            continue;
        c->new_text = false;
        if (!(c->features & CONSOLE_PIXELS))
            c->want = false;
        send_to(c, &m, console_length(m.type), -1);
    }
}

static void send_lights(struct console_server *s, struct client *only)
{
    struct console_message m = { .type = CONSOLE_LIGHTS };
    unsigned n = 0;

    for (struct drive *d = media_drives(machine_board(s->machine)->media); d && n < CONSOLE_DRIVES;
         d = d->next) {
        if (!d->media && strncmp(d->name, "floppy", 6))
            continue;
        snprintf(m.lights.drive[n], sizeof(m.lights.drive[n]), "%.15s", d->name);
        m.lights.requests[n] = d->reads + d->writes;
        m.lights.has_media[n] = d->media != NULL;
        m.lights.write_protected[n] = d->media && d->media->read_only;
        n++;
    }
    if (only) {
        send_to(only, &m, console_length(m.type), -1);
    } else if (memcmp(&m, &s->lights, console_length(m.type))) {
        s->lights = m;
        send_all(s, &m, -1, 0);
    }
}

/* Draws if somebody wants and can take it, and sets the timer for the next look. */
static void pump(struct console_server *s)
{
    struct board *board = machine_board(s->machine);
    uint64_t now = host_now(), virtual_now = vclock_now(board->clock), next;
    bool open = false;

    if (!board->screen)
        return;
    pthread_mutex_lock(&s->lock);
    send_lights(s, NULL);
    if (anyone(s, CONSOLE_TEXT, now))
        draw_text(s);
    if (anyone(s, CONSOLE_PIXELS, now) && buffer_free(s, now))
        draw_pixels(s, now);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        open = open || (s->clients[i].fd >= 0 && s->clients[i].want);
    pthread_mutex_unlock(&s->lock);
    if (!open || vtimer_armed(&s->timer))
        return;
    /* At a retrace, when the frame is whole: what changes in mid-frame would flicker. */
    next = board->screen->next_retrace(board->screen_ctx, virtual_now + 10000000);
    vtimer_arm(&s->timer, next);
}

static void retrace(void *ctx)
{
    pump(ctx);
}

/* ---- what clients say (machine thread) ---- */

static void greet(struct console_server *s, struct client *c, const struct console_message *m)
{
    struct console_message reply = {
        .type = CONSOLE_HELLO,
        .hello = { .version = CONSOLE_VERSION, .features = CONSOLE_PIXELS | CONSOLE_TEXT },
    };
    struct console_message leds = { .type = CONSOLE_LEDS };
    struct console_message mode = { .type = CONSOLE_POINTER_MODE };
    struct console_message status = status_message(s);

    if (m->hello.version != CONSOLE_VERSION) {
        shutdown(c->fd, SHUT_RDWR);
        return;
    }
    c->greeted = c->missed = c->new_text = true;
    c->features = m->hello.features;
    memcpy(reply.hello.name, s->name, sizeof(reply.hello.name));
    send_to(c, &reply, console_length(reply.type), -1);
    send_to(c, &status, console_length(status.type), -1);
    leds.leds.leds = (uint8_t)machine_pc(s->machine)->input.leds;
    send_to(c, &leds, console_length(leds.type), -1);
    mode.pointer_mode.absolute = machine_pc(s->machine)->input.absolute;
    send_to(c, &mode, console_length(mode.type), -1);
    send_lights(s, c);
    if (s->surface.type && (c->features & CONSOLE_PIXELS))
        send_to(c, &s->surface, console_length(s->surface.type), s->memfd);
}

static void take(struct console_server *s, struct client *c, const struct console_message *m)
{
    struct input *input = &machine_pc(s->machine)->input;

    if (m->type == CONSOLE_HELLO && !c->greeted)
        greet(s, c, m);
    if (!c->greeted)
        return;
    switch (m->type) {
    case CONSOLE_WANT:
        c->want = true;
        c->min_interval = (uint64_t)m->want.min_interval_us * 1000u;
        break;
    case CONSOLE_ACK:
        c->acked = m->ack.seq;
        break;
    case CONSOLE_KEY:
        if (m->key.typed && s->typing.stroke)
            s->typing.stroke(s->typing.ctx, m->key.evdev, m->key.down != 0);
        else if (input->key)
            input->key(input->key_ctx, m->key.evdev, m->key.down != 0);
        break;
    case CONSOLE_POINTER:
        if (input->pointer)
            input->pointer(input->pointer_ctx, m->pointer.dx, m->pointer.dy, m->pointer.wheel,
                           m->pointer.buttons);
        break;
    case CONSOLE_POSITION:
        if (input->pointer_absolute && input->absolute)
            input->pointer_absolute(input->absolute_ctx, m->position.x, m->position.y,
                                    m->position.wheel, m->position.buttons);
        break;
    case CONSOLE_TYPE:
        if (s->typing.text && memchr(m->type_text.utf8, 0, sizeof(m->type_text.utf8)))
            s->typing.text(s->typing.ctx, m->type_text.utf8);
        break;
    default:
        break;
    }
}

void console_server_on_typing(struct console_server *s, const struct console_typing *typing)
{
    s->typing = *typing;
}

static void drain_queue(void *arg)
{
    struct console_server *s = arg;
    struct incoming *in;

    pthread_mutex_lock(&s->lock);
    in = s->first;
    s->first = NULL;
    s->last = &s->first;
    s->queued = 0;
    while (in) {
        struct incoming *next = in->next;

        /* Of one that has gone too: its last words may be keys let go. */
        for (unsigned i = 0; i < MAX_CLIENTS; i++)
            if (s->clients[i].id == in->client)
                take(s, &s->clients[i], &in->message);
        free(in);
        in = next;
    }
    pthread_mutex_unlock(&s->lock);
    /* A stopped machine has no retraces: its screen is drawn when asked for. */
    if (machine_status(s->machine) != MACHINE_RUNNING || !vtimer_armed(&s->timer))
        pump(s);
}

void console_server_status(struct console_server *s)
{
    struct console_message m = status_message(s);

    pthread_mutex_lock(&s->lock);
    send_all(s, &m, -1, 0);
    pthread_mutex_unlock(&s->lock);
}

static void leds_changed(void *ctx, unsigned leds)
{
    struct console_server *s = ctx;
    struct console_message m = { .type = CONSOLE_LEDS, .leds = { .leds = (uint8_t)leds } };

    pthread_mutex_lock(&s->lock);
    send_all(s, &m, -1, 0);
    pthread_mutex_unlock(&s->lock);
}

static void absolute_changed(void *ctx, bool absolute)
{
    struct console_server *s = ctx;
    struct console_message m = { .type = CONSOLE_POINTER_MODE,
                                 .pointer_mode = { .absolute = absolute } };

    pthread_mutex_lock(&s->lock);
    send_all(s, &m, -1, 0);
    pthread_mutex_unlock(&s->lock);
}

unsigned console_server_clients(struct console_server *s)
{
    unsigned n = 0;

    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        n += s->clients[i].fd >= 0;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* ---- the waiting thread ---- */

static void accept_client(struct console_server *s)
{
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c = NULL;

    if (fd < 0)
        return;
    pthread_mutex_lock(&s->lock);
    s->next_id++;
    /* In turn, so that the last words of one that has gone find its place as it was. */
    for (unsigned i = 0; i < MAX_CLIENTS && !c; i++)
        if (s->clients[(s->next_id + i) % MAX_CLIENTS].fd < 0)
            c = &s->clients[(s->next_id + i) % MAX_CLIENTS];
    if (c)
        *c = (struct client){ .fd = fd, .id = s->next_id };
    else
        close(fd);
    pthread_mutex_unlock(&s->lock);
}

/* False: the client has gone. */
static bool read_client(struct console_server *s, struct client *c)
{
    struct incoming *in = calloc(1, sizeof(*in));
    ssize_t n;

    assert(in);
    n = recv(c->fd, &in->message, sizeof(in->message), MSG_DONTWAIT);
    if (n <= 0 || (uint32_t)n < console_length(in->message.type)) {
        free(in);
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    in->client = c->id;
    *s->last = in;
    s->last = &in->next;
    s->queued++;
    return true;
}

static void read_clients(struct console_server *s, const struct pollfd *fds)
{
    bool any = false;

    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        struct client *c = &s->clients[i];

        if (c->fd < 0 || fds[i].fd != c->fd || !fds[i].revents)
            continue;
        if (read_client(s, c)) {
            any = true;
        } else {
            close(c->fd);
            c->fd = -1;
        }
    }
    pthread_mutex_unlock(&s->lock);
    if (any)
        machine_post(s->machine, drain_queue, s);
}

static void *wait_thread(void *arg)
{
    struct console_server *s = arg;
    struct pollfd fds[MAX_CLIENTS + 2];

    while (!atomic_load(&s->ending)) {
        bool full;

        pthread_mutex_lock(&s->lock);
        full = s->queued >= MAX_QUEUE;
        for (unsigned i = 0; i < MAX_CLIENTS; i++)
            fds[i] = (struct pollfd){ .fd = full ? -1 : s->clients[i].fd, .events = POLLIN };
        pthread_mutex_unlock(&s->lock);
        fds[MAX_CLIENTS] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
        fds[MAX_CLIENTS + 1] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
        if (poll(fds, MAX_CLIENTS + 2, full ? 10 : -1) < 0)
            continue;
        if (fds[MAX_CLIENTS].revents)
            accept_client(s);
        read_clients(s, fds);
    }
    return NULL;
}

struct console_server *console_server_new(struct machine *machine, const char *name,
                                          const char *path, struct error *err)
{
    struct console_server *s = calloc(1, sizeof(*s));
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    pthread_mutexattr_t recursive;

    assert(s);
    s->machine = machine;
    s->memfd = -1;
    s->last = &s->first;
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->path, sizeof(s->path), "%s", path);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        s->clients[i].fd = -1;
    s->listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    unlink(path);
    if (s->listen_fd < 0 || bind(s->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        chmod(path, 0600) < 0 || listen(s->listen_fd, 4) < 0) {
        error_set(err, "the console socket %s could not be made: %s", path, strerror(errno));
        if (s->listen_fd >= 0)
            close(s->listen_fd);
        free(s);
        return NULL;
    }
    s->wake_fd = eventfd(0, EFD_CLOEXEC);
    s->canvas = calloc((size_t)SCREEN_MAX_W * SCREEN_MAX_H, sizeof(uint32_t));
    assert(s->canvas && s->wake_fd >= 0);
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&s->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    vtimer_init(&s->timer, machine_board(machine)->clock, retrace, s);
    machine_pc(machine)->input.leds_changed = leds_changed;
    machine_pc(machine)->input.leds_ctx = s;
    machine_pc(machine)->input.absolute_changed = absolute_changed;
    machine_pc(machine)->input.absolute_changed_ctx = s;
    pthread_create(&s->thread, NULL, wait_thread, s);
    return s;
}

void console_server_free(struct console_server *s)
{
    uint64_t one = 1;
    ssize_t ignored;

    if (!s)
        return;
    atomic_store(&s->ending, true);
    ignored = write(s->wake_fd, &one, sizeof(one));
    (void)ignored;
    pthread_join(s->thread, NULL);
    machine_pc(s->machine)->input.leds_changed = NULL;
    machine_pc(s->machine)->input.absolute_changed = NULL;
    vtimer_done(&s->timer);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        if (s->clients[i].fd >= 0)
            close(s->clients[i].fd);
    while (s->first) {
        struct incoming *in = s->first;

        s->first = in->next;
        free(in);
    }
    if (s->buffers)
        munmap(s->buffers, 2 * (size_t)s->surface.surface.buffer_len);
    if (s->memfd >= 0)
        close(s->memfd);
    close(s->listen_fd);
    close(s->wake_fd);
    unlink(s->path);
    pthread_mutex_destroy(&s->lock);
    free(s->canvas);
    free(s);
}
