/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket's server: clients, their queues, negotiation, dispatch, events.  One thread
 * waits for all of them and never blocks; see control.h for what runs where.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/control/control_internal.h"

#define MAX_CLIENTS  16
#define LINE_MAX_LEN (1u << 20) /* a longer command is refused and its client cut off */
#define LAST_MS      200        /* for the last answers to go out when the machine ends */
#define CHATTY_NS    1000000000

struct control_client {
    int fd;                 /* -1: free */
    bool negotiated, ended; /* ended: it will send nothing more */
    GString *in, *out;      /* out: under the lock */
    struct control_scan scan;
    struct control_call *running;
    gint64 taken; /* host time (us) when it last took something, or had nothing to take */
};

struct chatty { /* what waits of an event that may come often */
    gint64 sent;
    char *line;
};

struct control_server {
    struct machine *machine;
    char name[64], uuid[40], path[108];
    struct control_actions actions;
    struct typist *typist;
    struct control_pointer pointer;
    enum machine_status status; /* last told */
    int listen_fd, wake_fd;
    pthread_t thread;
    pthread_mutex_t lock; /* of clients' fd, negotiated and out, and of what follows */
    pthread_cond_t cond;  /* something has been done on the machine thread, or ending */
    struct control_call *done;
    struct chatty chatty[8]; /* by place in control_events */
    struct control_viewer vnc, viewers[CONTROL_VIEWERS];
    atomic_bool ending;
    struct control_client clients[MAX_CLIENTS]; /* the rest is the control thread's */
    struct control_call *calls;
    struct control_fd fds[CONTROL_FDS];
};

struct machine *control_machine(struct control_server *s)
{
    return s->machine;
}

const struct control_actions *control_actions(struct control_server *s)
{
    return &s->actions;
}

const char *control_name(struct control_server *s)
{
    return s->name;
}

const char *control_uuid(struct control_server *s)
{
    return s->uuid;
}

const char *control_path(struct control_server *s)
{
    return s->path;
}

struct typist *control_typist(struct control_server *s)
{
    return s->typist;
}

struct control_pointer *control_pointer(struct control_server *s)
{
    return &s->pointer;
}

struct control_fd *control_fds(struct control_server *s)
{
    return s->fds;
}

struct control_viewer *control_viewers(struct control_server *s)
{
    return s->viewers;
}

struct control_viewer *control_vnc(struct control_server *s)
{
    return &s->vnc;
}

void control_fail(struct control_call *call, const char *error_class, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(call->error, sizeof(call->error), fmt, ap);
    va_end(ap);
    call->error_class = error_class;
}

/* ---- sending ---- */

static void wake(struct control_server *s)
{
    uint64_t one = 1;
    ssize_t ignored = write(s->wake_fd, &one, sizeof(one));

    (void)ignored;
}

/* Takes text.  What the control thread queues it also sends, before it waits again. */
static void queue(struct control_server *s, struct control_client *c, char *text)
{
    pthread_mutex_lock(&s->lock);
    if (!c->out->len)
        c->taken = g_get_monotonic_time();
    g_string_append(c->out, text);
    pthread_mutex_unlock(&s->lock);
    g_free(text);
}

static void answer(struct control_server *s, struct control_client *c, JsonNode *id,
                   const char *error_class, const char *desc)
{
    queue(s, c, control_reply(id, NULL, error_class, desc));
}

/* Under the lock. */
static void to_all(struct control_server *s, const char *line)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        struct control_client *c = &s->clients[i];

        if (c->fd < 0 || !c->negotiated || c->out->len > CONTROL_QUEUE)
            continue;
        if (!c->out->len)
            c->taken = g_get_monotonic_time();
        g_string_append(c->out, line);
    }
}

static struct chatty *chatty_of(struct control_server *s, const char *event)
{
    for (unsigned i = 0; control_events[i].name; i++)
        if (control_events[i].chatty && !strcmp(control_events[i].name, event))
            return &s->chatty[i % G_N_ELEMENTS(s->chatty)];
    return NULL;
}

void control_server_event(struct control_server *s, const char *event, const char *data)
{
    char *line = control_event_text(event, data);
    struct chatty *chatty = chatty_of(s, event);
    gint64 now = g_get_monotonic_time();

    pthread_mutex_lock(&s->lock);
    if (chatty && chatty->sent && now - chatty->sent < CHATTY_NS / 1000) {
        g_free(chatty->line);
        chatty->line = g_steal_pointer(&line);
    } else {
        if (chatty)
            chatty->sent = now;
        to_all(s, line);
    }
    pthread_mutex_unlock(&s->lock);
    g_free(line);
    wake(s);
}

/* Sends what has waited long enough; how many ms until the next must go, -1: none waits. */
static int send_chatty(struct control_server *s)
{
    gint64 now = g_get_monotonic_time();
    int next = -1;

    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < G_N_ELEMENTS(s->chatty); i++) {
        struct chatty *chatty = &s->chatty[i];
        gint64 left = (CHATTY_NS / 1000 - (now - chatty->sent)) / 1000;

        if (!chatty->line)
            continue;
        if (left > 0) {
            next = next < 0 || left < next ? (int)left + 1 : next;
            continue;
        }
        to_all(s, chatty->line);
        chatty->sent = now;
        g_free(g_steal_pointer(&chatty->line));
    }
    pthread_mutex_unlock(&s->lock);
    return next;
}

/* False: it has gone. */
static bool flush(struct control_server *s, struct control_client *c)
{
    bool good = true;

    pthread_mutex_lock(&s->lock);
    while (c->out->len) {
        ssize_t n = send(c->fd, c->out->str, c->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            good = errno == EAGAIN;
            break;
        }
        g_string_erase(c->out, 0, n);
        c->taken = g_get_monotonic_time();
    }
    pthread_mutex_unlock(&s->lock);
    return good;
}

/* ---- calls ---- */

void control_call_done(struct control_call *call)
{
    struct control_server *s = call->server;

    pthread_mutex_lock(&s->lock);
    call->next_done = s->done;
    s->done = call;
    pthread_mutex_unlock(&s->lock);
    wake(s);
}

static void *background(void *arg)
{
    struct control_call *call = arg;

    call->work(call);
    control_call_done(call);
    return NULL;
}

void control_call_background(struct control_call *call, void (*work)(struct control_call *call))
{
    call->work = work; /* begins when the control thread sees it: the call is that thread's */
}

static bool start_work(struct control_call *call)
{
    if (!call->work || call->has_thread || call->error_class)
        return false;
    call->has_thread = pthread_create(&call->thread, NULL, background, call) == 0;
    if (!call->has_thread)
        control_fail(call, "GenericError", "The host has no thread left for this");
    return call->has_thread;
}

struct errand {
    struct control_call *call;
    void (*fn)(struct control_call *call);
    bool finished;
};

static void run_errand(void *arg)
{
    struct errand *errand = arg;
    struct control_server *s = errand->call->server;

    errand->fn(errand->call);
    pthread_mutex_lock(&s->lock);
    errand->finished = true;
    pthread_cond_broadcast(&s->cond);
    pthread_mutex_unlock(&s->lock);
}

bool control_on_machine(struct control_call *call, void (*fn)(struct control_call *call))
{
    struct control_server *s = call->server;
    struct errand errand = { call, fn, false };

    machine_post(s->machine, run_errand, &errand);
    pthread_mutex_lock(&s->lock);
    while (!errand.finished && !atomic_load(&s->ending))
        pthread_cond_wait(&s->cond, &s->lock);
    pthread_mutex_unlock(&s->lock);
    if (!errand.finished)
        control_fail(call, "GenericError", "The machine has ended");
    return errand.finished;
}

bool control_write(struct control_call *call, const void *data, size_t size)
{
    const uint8_t *p = data;
    struct stat st;
    bool file = fstat(call->fd, &st) == 0 && S_ISREG(st.st_mode);

    while (size) {
        struct pollfd pfd = { .fd = call->fd, .events = POLLOUT };
        ssize_t n;

        if (atomic_load(&call->server->ending)) {
            control_fail(call, "GenericError", "The machine has ended");
            return false;
        }
        if (!file && poll(&pfd, 1, 100) <= 0)
            continue;
        n = write(call->fd, p, file || size < 4096 ? size : 4096); /* a pipe takes that at once */
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            control_fail(call, "GenericError", "The file could not be written: %s",
                         strerror(errno));
            return false;
        }
        p += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static void run_posted(void *arg)
{
    struct control_call *call = arg;

    call->command->run(call);
    if (!call->later)
        control_call_done(call);
}

static struct control_call *call_new(struct control_server *s, struct control_client *c,
                                     const struct control_command *command, JsonObject *arguments,
                                     JsonNode *id)
{
    struct control_call *call = g_new0(struct control_call, 1);

    call->server = s;
    call->client = c;
    call->command = command;
    call->arguments = arguments ? json_object_ref(arguments) : json_object_new();
    call->id = id ? json_node_copy(id) : NULL;
    call->result = json_builder_new();
    call->fd = -1;
    call->next = s->calls;
    s->calls = call;
    return call;
}

static void call_free(struct control_server *s, struct control_call *call)
{
    struct control_call **at = &s->calls;

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    if (call->has_thread)
        pthread_join(call->thread, NULL);
    if (call->fd >= 0)
        close(call->fd);
    if (call->id)
        json_node_unref(call->id);
    if (call->value)
        json_node_unref(call->value);
    json_object_unref(call->arguments);
    g_object_unref(call->result);
    g_free(call);
}

static void answer_call(struct control_server *s, struct control_call *call)
{
    JsonNode *result = call->error_class ? NULL
                       : call->value     ? g_steal_pointer(&call->value)
                                         : json_builder_get_root(call->result);

    if (call->client) {
        call->client->running = NULL;
        queue(s, call->client, control_reply(call->id, result, call->error_class, call->error));
    } else if (result) {
        json_node_unref(result);
    }
    call_free(s, call);
}

static void answer_done(struct control_server *s)
{
    struct control_call *done, *first = NULL;

    pthread_mutex_lock(&s->lock);
    done = s->done;
    s->done = NULL;
    pthread_mutex_unlock(&s->lock);
    while (done) { /* last came first */
        struct control_call *next = done->next_done;

        done->next_done = first;
        first = done;
        done = next;
    }
    while (first) {
        struct control_call *next = first->next_done;

        if (!start_work(first))
            answer_call(s, first);
        first = next;
    }
}

/* ---- dispatch ---- */

static const struct control_command *find_command(const char *name)
{
    for (const struct control_command *c = control_commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

/* Everything is checked, and the descriptor there, before anything happens. */
static bool prepare(struct control_call *call)
{
    const char *list = call->command->arguments;
    struct control_member member;
    char problem[256];

    if (!control_check(list, call->arguments, problem)) {
        control_fail(call, "GenericError", "%s", problem);
        return false;
    }
    while (control_next_member(&list, &member))
        if (!strcmp(member.type, "file") && json_object_has_member(call->arguments, member.name))
            return control_fd_resolve(call, control_string(call, member.name));
    return true;
}

static void execute(struct control_server *s, struct control_client *c, const char *name,
                    JsonObject *arguments, JsonNode *id)
{
    const struct control_command *command = find_command(name);
    struct control_call *call;
    bool negotiating = command && !strcmp(name, "qmp_capabilities");

    if (negotiating == c->negotiated || !command) {
        g_autofree char *desc =
            !c->negotiated ? g_strdup("Expecting capabilities negotiation with 'qmp_capabilities'")
            : negotiating
                ? g_strdup("Capabilities negotiation is already complete, command ignored")
                : g_strdup_printf("The command %.60s has not been found", name);

        answer(s, c, id, "CommandNotFound", desc);
        return;
    }
    call = call_new(s, c, command, arguments, id);
    c->running = call;
    if (!prepare(call)) {
        answer_call(s, call);
    } else if (command->local) {
        command->run(call);
        if (negotiating && !call->error_class) {
            pthread_mutex_lock(&s->lock);
            c->negotiated = true;
            pthread_mutex_unlock(&s->lock);
        }
        answer_call(s, call);
    } else {
        machine_post(s->machine, run_posted, call);
    }
}

static void take_object(struct control_server *s, struct control_client *c, JsonObject *object)
{
    JsonNode *id = json_object_get_member(object, "id");
    JsonNode *name = json_object_get_member(object, "execute");
    JsonNode *args = json_object_get_member(object, "arguments");
    g_autoptr(GList) members = json_object_get_members(object);

    for (GList *m = members; m; m = m->next)
        if (strcmp(m->data, "id") && strcmp(m->data, "execute") && strcmp(m->data, "arguments")) {
            g_autofree char *desc =
                g_strdup_printf("QMP input member '%.60s' is unexpected", (char *)m->data);

            answer(s, c, id, "GenericError", desc);
            return;
        }
    if (!name)
        answer(s, c, id, "GenericError", "QMP input lacks member 'execute'");
    else if (!JSON_NODE_HOLDS_VALUE(name) || json_node_get_value_type(name) != G_TYPE_STRING)
        answer(s, c, id, "GenericError", "QMP input member 'execute' must be a string");
    else if (args && !JSON_NODE_HOLDS_OBJECT(args))
        answer(s, c, id, "GenericError", "QMP input member 'arguments' must be an object");
    else
        execute(s, c, json_node_get_string(name), args ? json_node_get_object(args) : NULL, id);
}

static void take_command(struct control_server *s, struct control_client *c, gsize length)
{
    const char *problem;
    JsonNode *root = control_parse(c->in->str, length, &problem);

    if (!root)
        answer(s, c, NULL, "GenericError", problem);
    else if (!JSON_NODE_HOLDS_OBJECT(root))
        answer(s, c, NULL, "GenericError", "QMP input must be a JSON object");
    else
        take_object(s, c, json_node_get_object(root));
    if (root)
        json_node_unref(root);
}

/* Bytes that wait for a client; and for how long it has taken none of them (us). */
static gsize unread(struct control_server *s, struct control_client *c, gint64 *waited)
{
    gsize length;

    pthread_mutex_lock(&s->lock);
    length = c->out->len;
    *waited = g_get_monotonic_time() - c->taken;
    pthread_mutex_unlock(&s->lock);
    return length;
}

/* It has so much to read that nothing more is done for it. */
static bool held(struct control_server *s, struct control_client *c)
{
    gint64 waited;

    return unread(s, c, &waited) > CONTROL_QUEUE;
}

/* Executes what is complete in the buffer, one command at a time. */
static void take_commands(struct control_server *s, struct control_client *c)
{
    while (!c->running && !held(s, c)) {
        enum control_found found = control_scan(&c->scan, c->in->str, c->in->len);
        gsize length = c->scan.at;

        if (found == CONTROL_MORE)
            return;
        c->scan = (struct control_scan){ 0 };
        if (found == CONTROL_COMMAND)
            take_command(s, c, length);
        else
            answer(s, c, NULL, "GenericError", "Invalid JSON syntax");
        g_string_erase(c->in, 0, (gssize)length);
    }
}

/* ---- clients ---- */

/* False: it has gone. */
static bool read_client(struct control_server *s, struct control_client *c)
{
    char data[16384], control[CMSG_SPACE(sizeof(int) * 8)];
    struct iovec iov = { data, sizeof(data) };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    ssize_t n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    for (struct cmsghdr *m = CMSG_FIRSTHDR(&msg); m; m = CMSG_NXTHDR(&msg, m)) {
        size_t count = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int fds[8];

        if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
            continue;
        memcpy(fds, CMSG_DATA(m), count * sizeof(int));
        for (size_t i = 0; i < count; i++)
            control_fd_arrived(s, c, fds[i]);
    }
    c->ended = n == 0;
    g_string_append_len(c->in, data, n);
    return c->in->len <= LINE_MAX_LEN;
}

static void accept_client(struct control_server *s)
{
    static const char greeting[] =
        "{\"QMP\":{\"version\":{\"qemu\":{\"micro\":0,\"minor\":%d,\"major\":%d},"
        "\"package\":\"%s\"},\"capabilities\":[]}}\r\n";
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);
    struct control_client *c;
    unsigned i;

    if (fd < 0)
        return;
    for (i = 0; i < MAX_CLIENTS && s->clients[i].fd >= 0; i++)
        ;
    if (i == MAX_CLIENTS || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        (peer.uid != getuid() && peer.uid != 0)) {
        close(fd);
        return;
    }
    c = &s->clients[i];
    pthread_mutex_lock(&s->lock);
    *c = (struct control_client){ .fd = fd,
                                  .in = g_string_new(NULL),
                                  .out = g_string_new(NULL),
                                  .taken = g_get_monotonic_time() };
    pthread_mutex_unlock(&s->lock);
    queue(s, c,
          g_strdup_printf(greeting, CONTROL_VERSION_MINOR, CONTROL_VERSION_MAJOR, CONTROL_PACKAGE));
}

static void drop_client(struct control_server *s, struct control_client *c)
{
    control_fds_drop(s, c);
    control_viewers_drop(s, c);
    pthread_mutex_lock(&s->lock);
    close(c->fd);
    c->fd = -1;
    g_string_free(c->in, TRUE);
    g_string_free(c->out, TRUE);
    pthread_mutex_unlock(&s->lock);
    if (c->running)
        c->running->client = NULL; /* runs to its end; nobody hears of it */
    c->running = NULL;
}

/* One client's turn; false: drop it. */
static bool serve_client(struct control_server *s, struct control_client *c, short revents)
{
    gint64 waited;
    gsize left;

    if (revents & (POLLHUP | POLLERR | POLLNVAL))
        return false;
    if (revents & POLLIN && !read_client(s, c))
        return false;
    take_commands(s, c);
    if (!flush(s, c))
        return false;
    take_commands(s, c); /* that may have made room */
    if (!flush(s, c))
        return false;
    left = unread(s, c, &waited);
    if (left > CONTROL_QUEUE && waited > CONTROL_PATIENCE_MS * 1000)
        return false;
    return !c->ended || c->running || left;
}

static void *serve(void *arg)
{
    struct control_server *s = arg;
    struct pollfd fds[MAX_CLIENTS + 2];

    while (!atomic_load(&s->ending)) {
        int timeout = send_chatty(s);
        uint64_t count;

        for (unsigned i = 0; i < MAX_CLIENTS; i++) {
            struct control_client *c = &s->clients[i];
            gint64 waited;
            gsize left = c->fd >= 0 ? unread(s, c, &waited) : 0;
            bool full = left > CONTROL_QUEUE;

            fds[i] = (struct pollfd){ .fd = c->fd, .events = left ? POLLOUT : 0 };
            if (!full && !c->running && !c->ended)
                fds[i].events |= POLLIN;
            if (full && (timeout < 0 || timeout > 500))
                timeout = 500;
        }
        fds[MAX_CLIENTS] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
        fds[MAX_CLIENTS + 1] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
        if (poll(fds, MAX_CLIENTS + 2, timeout) < 0)
            continue;
        if (fds[MAX_CLIENTS + 1].revents && read(s->wake_fd, &count, sizeof(count)) < 0)
            continue;
        answer_done(s);
        for (unsigned i = 0; i < MAX_CLIENTS; i++)
            if (s->clients[i].fd >= 0 && !serve_client(s, &s->clients[i], fds[i].revents))
                drop_client(s, &s->clients[i]);
        if (fds[MAX_CLIENTS].revents)
            accept_client(s);
    }
    return NULL;
}

/* ---- the machine's side ---- */

static const char *status_event(struct control_server *s, enum machine_status status, char **data)
{
    switch (status) {
    case MACHINE_RUNNING:
        return "RESUME";
    case MACHINE_SHUTDOWN:
        *data = g_strdup("{\"guest\":true,\"reason\":\"guest-shutdown\"}");
        return "SHUTDOWN";
    case MACHINE_IO_ERROR:
        *data = control_io_error(s->machine);
        control_server_event(s, "BLOCK_IO_ERROR", *data);
        g_free(g_steal_pointer(data));
        return "STOP";
    default:
        return "STOP";
    }
}

void control_server_status(struct control_server *s)
{
    enum machine_status status = machine_status(s->machine);
    g_autofree char *data = NULL;
    const char *event;

    if (status != MACHINE_RUNNING)
        typist_stop(s->typist);
    if (status == s->status || status == MACHINE_PRELAUNCH)
        return;
    event = status_event(s, status, &data);
    /* From one way of standing still to another. */
    if (strcmp(event, "STOP") || s->status == MACHINE_RUNNING)
        control_server_event(s, event, data);
    s->status = status;
}

void control_server_reset(struct control_server *s, bool by_guest)
{
    control_server_event(s, "RESET",
                         by_guest ? "{\"guest\":true,\"reason\":\"guest-reset\"}"
                                  : "{\"guest\":false,\"reason\":\"host-qmp-system-reset\"}");
}

void control_server_shutdown(struct control_server *s, const char *reason)
{
    g_autofree char *data = g_strdup_printf("{\"guest\":false,\"reason\":\"%s\"}", reason);

    control_server_event(s, "SHUTDOWN", data);
}

/* ---- making and ending ---- */

struct control_server *control_server_new(struct machine *machine, const char *name,
                                          const char *uuid, const char *path,
                                          const struct control_actions *actions, struct error *err)
{
    struct control_server *s = calloc(1, sizeof(*s));
    struct sockaddr_un addr = { .sun_family = AF_UNIX };

    assert(s);
    s->machine = machine;
    s->actions = *actions;
    s->status = machine_status(machine);
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->uuid, sizeof(s->uuid), "%s", uuid);
    snprintf(s->path, sizeof(s->path), "%s", path);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        s->clients[i].fd = -1;
    for (unsigned i = 0; i < CONTROL_FDS; i++)
        s->fds[i].fd = -1;
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(path);
    if (s->listen_fd < 0 || bind(s->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        chmod(path, 0600) < 0 || listen(s->listen_fd, MAX_CLIENTS) < 0) {
        error_set(err, "the control socket %s could not be made: %s", path, strerror(errno));
        if (s->listen_fd >= 0)
            close(s->listen_fd);
        free(s);
        return NULL;
    }
    s->wake_fd = eventfd(0, EFD_CLOEXEC);
    s->typist = typist_new(machine);
    control_drives_watch(s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->cond, NULL);
    pthread_create(&s->thread, NULL, serve, s);
    return s;
}

/* Answers that are ready, to those who take them. */
static void last_answers(struct control_server *s)
{
    gint64 end = g_get_monotonic_time() + LAST_MS * 1000;
    bool waiting = true;

    answer_done(s);
    while (waiting && g_get_monotonic_time() < end) {
        waiting = false;
        for (unsigned i = 0; i < MAX_CLIENTS; i++)
            if (s->clients[i].fd >= 0 && s->clients[i].out->len)
                waiting |= flush(s, &s->clients[i]) && s->clients[i].out->len;
        if (waiting)
            g_usleep(5000);
    }
}

void control_server_free(struct control_server *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->ending, true);
    pthread_cond_broadcast(&s->cond);
    pthread_mutex_unlock(&s->lock);
    wake(s);
    pthread_join(s->thread, NULL);
    last_answers(s);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        if (s->clients[i].fd >= 0)
            drop_client(s, &s->clients[i]);
    typist_free(s->typist);
    while (s->calls) /* the machine thread ended before it came to them */
        call_free(s, s->calls);
    for (unsigned i = 0; i < G_N_ELEMENTS(s->chatty); i++)
        g_free(s->chatty[i].line);
    media_hub_on_tray(machine_board(s->machine)->media, NULL, NULL);
    close(s->listen_fd);
    close(s->wake_fd);
    unlink(s->path);
    pthread_cond_destroy(&s->cond);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
