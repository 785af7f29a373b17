/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket's wire: clients, framing, negotiation, dispatch, events. */
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
#include <time.h>
#include <unistd.h>

#include "core/host/control_internal.h"

#define MAX_CLIENTS  8
#define LINE_MAX_LEN (1u << 20) /* a longer command is refused and its client cut off */
#define MAX_DEPTH    256        /* of braces; the JSON library goes as deep in its stack */

struct client {
    int fd; /* -1: free */
    bool negotiated;
    GString *in;
    int fds[CONTROL_FDS];
    char fd_names[CONTROL_FDS][32];
};

struct control_server {
    struct machine *machine;
    char name[64], uuid[40], path[108];
    struct control_actions actions;
    struct typist *typist, *pasting; /* for commands, for the texts of viewers */
    int listen_fd, wake_fd;
    pthread_t thread;
    pthread_mutex_t lock; /* of clients' fd and negotiated, and of `finished` */
    pthread_cond_t cond;
    bool finished; /* the machine thread has answered the call under way */
    atomic_bool ending;
    struct client clients[MAX_CLIENTS];
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

void control_server_type(struct control_server *s, const char *utf8)
{
    if (machine_status(s->machine) == MACHINE_RUNNING)
        typist_text(s->pasting, utf8);
}

struct typist *control_typist(struct control_server *s)
{
    return s->typist;
}

void control_fail(struct control_call *call, const char *error_class, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(call->error, sizeof(call->error), fmt, ap);
    va_end(ap);
    call->error_class = error_class;
}

int control_fd(struct control_call *call, const char *filename)
{
    static const char prefix[] = "/dev/fdset/";
    char *end;
    unsigned long n;

    if (!strncmp(filename, prefix, sizeof(prefix) - 1)) {
        n = strtoul(filename + sizeof(prefix) - 1, &end, 10);
        if (!*end && n < CONTROL_FDS && call->fds[n] >= 0)
            return call->fds[n];
    }
    for (unsigned i = 0; i < CONTROL_FDS; i++)
        if (call->fds[i] >= 0 && !strcmp(call->fd_names[i], filename))
            return call->fds[i];
    control_fail(call, "GenericError",
                 "The machine opens no files by name; pass a descriptor with add-fd and give "
                 "/dev/fdset/N instead of %.80s",
                 filename);
    return -1;
}

/* ---- sending ---- */

static void send_line(struct client *c, const char *text)
{
    size_t length = strlen(text);

    while (length) {
        ssize_t n = send(c->fd, text, length, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) { /* gone, or reads nothing for seconds (SO_SNDTIMEO) */
            shutdown(c->fd, SHUT_RDWR);
            return;
        }
        text += n;
        length -= (size_t)n;
    }
}

static char *to_text(JsonNode *node)
{
    JsonGenerator *generator = json_generator_new();
    char *text, *ascii;
    GString *out = g_string_new(NULL);

    json_generator_set_root(generator, node);
    text = json_generator_to_data(generator, NULL);
    for (const char *p = text; *p; p = g_utf8_next_char(p)) { /* the wire is ASCII */
        gunichar u = g_utf8_get_char(p);

        if (u < 0x80)
            g_string_append_c(out, (char)u);
        else if (u < 0x10000)
            g_string_append_printf(out, "\\u%04x", u);
        else
            g_string_append_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (u >> 10), 0xdc00 + (u & 0x3ff));
    }
    g_string_append(out, "\r\n");
    g_free(text);
    g_object_unref(generator);
    ascii = g_string_free(out, FALSE);
    return ascii;
}

static void send_node(struct client *c, JsonNode *node)
{
    char *text = to_text(node);

    send_line(c, text);
    g_free(text);
}

void control_server_event(struct control_server *s, const char *event, const char *data)
{
    struct timespec ts;
    char *line;

    clock_gettime(CLOCK_REALTIME, &ts);
    line = g_strdup_printf("{\"timestamp\": {\"seconds\": %lld, \"microseconds\": %ld}, "
                           "\"event\": \"%s\"%s%s}\r\n",
                           (long long)ts.tv_sec, ts.tv_nsec / 1000, event,
                           data ? ", \"data\": " : "", data ? data : "");
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        if (s->clients[i].fd >= 0 && s->clients[i].negotiated &&
            send(s->clients[i].fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT) !=
                (ssize_t)strlen(line))
            shutdown(s->clients[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&s->lock);
    g_free(line);
}

static void reply(struct client *c, JsonNode *id, JsonNode *result, const char *error_class,
                  const char *desc)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    if (error_class) {
        JsonObject *error = json_object_new();

        json_object_set_string_member(error, "class", error_class);
        json_object_set_string_member(error, "desc", desc);
        json_object_set_object_member(object, "error", error);
    } else {
        if (!result) {
            result = json_node_new(JSON_NODE_OBJECT);
            json_node_take_object(result, json_object_new());
        }
        json_object_set_member(object, "return", result);
    }
    if (id)
        json_object_set_member(object, "id", json_node_copy(id));
    json_node_take_object(node, object);
    send_node(c, node);
    json_node_unref(node);
}

/* ---- executing ---- */

void control_call_done(struct control_call *call)
{
    struct control_server *s = call->server;

    pthread_mutex_lock(&s->lock);
    s->finished = true;
    pthread_cond_signal(&s->cond);
    pthread_mutex_unlock(&s->lock);
}

struct posted {
    const struct control_command *command;
    struct control_call *call;
};

static void run_posted(void *arg)
{
    struct posted *p = arg;
    struct control_call *call = p->call;

    p->command->run(call);
    if (!call->later || call->error_class)
        control_call_done(call);
}

/* True: the machine thread has answered; false: it is ending. */
static bool run_on_machine(struct control_server *s, const struct control_command *command,
                           struct control_call *call)
{
    struct posted posted = { command, call };
    bool done;

    s->finished = false;
    machine_post(s->machine, run_posted, &posted);
    pthread_mutex_lock(&s->lock);
    while (!s->finished && !atomic_load(&s->ending))
        pthread_cond_wait(&s->cond, &s->lock);
    done = s->finished;
    pthread_mutex_unlock(&s->lock);
    return done;
}

static bool type_fits(JsonNode *node, char type)
{
    switch (type) {
    case 's':
        return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING;
    case 'i':
        return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64;
    case 'b':
        return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_BOOLEAN;
    default:
        return JSON_NODE_HOLDS_ARRAY(node);
    }
}

/* Everything is checked before anything happens. */
static bool check_arguments(const struct control_command *command, struct control_call *call)
{
    g_auto(GStrv) list = g_strsplit(command->arguments, " ", -1);
    g_autoptr(GList) members = json_object_get_members(call->arguments);

    for (GList *m = members; m; m = m->next) {
        bool found = false;

        for (unsigned i = 0; list[i] && !found; i++) {
            size_t n = strlen(m->data);

            if (strncmp(list[i], m->data, n) || list[i][n] != ':')
                continue;
            found = true;
            if (!type_fits(json_object_get_member(call->arguments, m->data), list[i][n + 1])) {
                control_fail(call, "GenericError", "Parameter '%.60s' has the wrong type",
                             (const char *)m->data);
                return false;
            }
        }
        if (!found) {
            control_fail(call, "GenericError", "Parameter '%.60s' is unexpected",
                         (const char *)m->data);
            return false;
        }
    }
    for (unsigned i = 0; list[i] && list[i][0]; i++) {
        g_autofree char *key = g_strndup(list[i], (gsize)(strchr(list[i], ':') - list[i]));

        if (!strchr(list[i], '?') && !json_object_has_member(call->arguments, key)) {
            control_fail(call, "GenericError", "Parameter '%.60s' is missing", key);
            return false;
        }
    }
    return true;
}

static const struct control_command *find_command(const char *name)
{
    for (const struct control_command *c = control_commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

static void execute(struct control_server *s, struct client *c, const char *name,
                    JsonObject *arguments, JsonNode *id)
{
    const struct control_command *command = find_command(name);
    struct control_call call = { .server = s,
                                 .arguments = arguments ? arguments : json_object_new(),
                                 .fds = c->fds,
                                 .fd_names = c->fd_names };
    bool negotiating = !strcmp(name, "qmp_capabilities");

    if (negotiating && !c->negotiated) {
        pthread_mutex_lock(&s->lock);
        c->negotiated = true;
        pthread_mutex_unlock(&s->lock);
        reply(c, id, NULL, NULL, NULL);
    } else if (!c->negotiated || negotiating || !command) {
        g_autofree char *desc =
            negotiating ? g_strdup("Capabilities negotiation is already complete, command ignored")
            : c->negotiated
                ? g_strdup_printf("The command %.60s has not been found", name)
                : g_strdup("Expecting capabilities negotiation with 'qmp_capabilities'");

        reply(c, id, NULL, "CommandNotFound", desc);
    } else if (!check_arguments(command, &call)) {
        reply(c, id, NULL, call.error_class, call.error);
    } else {
        call.result = json_builder_new();
        if (run_on_machine(s, command, &call))
            reply(c, id, call.error_class ? NULL : json_builder_get_root(call.result),
                  call.error_class, call.error);
        g_object_unref(call.result);
    }
    if (!arguments)
        json_object_unref(call.arguments);
}

static void take_line(struct control_server *s, struct client *c, const char *line, gssize length)
{
    JsonParser *parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonNode *root, *args;
    JsonObject *object;

    if (!g_utf8_validate(line, length, NULL) ||
        !json_parser_load_from_data(parser, line, length, &error) ||
        !(root = json_parser_get_root(parser))) {
        reply(c, NULL, NULL, "GenericError", "Invalid JSON syntax");
    } else if (!JSON_NODE_HOLDS_OBJECT(root)) {
        reply(c, NULL, NULL, "GenericError", "QMP input must be a JSON object");
    } else {
        object = json_node_get_object(root);
        args = json_object_get_member(object, "arguments");
        if (!json_object_has_member(object, "execute") ||
            !type_fits(json_object_get_member(object, "execute"), 's'))
            reply(c, json_object_get_member(object, "id"), NULL, "GenericError",
                  "QMP input lacks member 'execute'");
        else if (args && !JSON_NODE_HOLDS_OBJECT(args))
            reply(c, json_object_get_member(object, "id"), NULL, "GenericError",
                  "QMP input member 'arguments' must be an object");
        else
            execute(s, c, json_object_get_string_member(object, "execute"),
                    args ? json_node_get_object(args) : NULL, json_object_get_member(object, "id"));
    }
    g_object_unref(parser);
}

/* ---- framing: a command ends where its braces do ---- */

/* Length of the first complete JSON value in the text, 0: not complete, -1: no such thing. */
static gssize complete(const char *text, gsize length)
{
    int depth = 0;
    bool string = false, started = false;

    for (gsize i = 0; i < length; i++) {
        char ch = text[i];

        if (string) {
            if (ch == '\\')
                i++;
            else if (ch == '"')
                string = false;
            continue;
        }
        if (ch == '"') {
            string = started = true;
        } else if (ch == '{' || ch == '[') {
            if (++depth > MAX_DEPTH)
                return -1;
            started = true;
        } else if (ch == '}' || ch == ']') {
            if (--depth < 0)
                return -1;
            if (depth == 0)
                return (gssize)i + 1;
        } else if (!started && !g_ascii_isspace(ch)) {
            return -1;
        }
    }
    return 0;
}

static void drop_fds(struct client *c)
{
    for (unsigned i = 0; i < CONTROL_FDS; i++)
        if (c->fds[i] >= 0) {
            close(c->fds[i]);
            c->fds[i] = -1;
        }
}

static void take_fd(struct client *c, int fd)
{
    for (unsigned i = 0; i < CONTROL_FDS; i++)
        if (c->fds[i] < 0) {
            c->fds[i] = fd;
            c->fd_names[i][0] = 0;
            return;
        }
    close(fd);
}

static ssize_t receive(struct client *c, char *data, size_t size)
{
    char control[CMSG_SPACE(sizeof(int) * CONTROL_FDS)];
    struct iovec iov = { data, size };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    ssize_t n = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    for (struct cmsghdr *m = CMSG_FIRSTHDR(&msg); m; m = CMSG_NXTHDR(&msg, m)) {
        size_t count = (m->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        int fds[CONTROL_FDS];

        if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS)
            continue;
        memcpy(fds, CMSG_DATA(m), count * sizeof(int));
        for (size_t i = 0; i < count; i++)
            take_fd(c, fds[i]);
    }
    return n ? n : -1;
}

/* Executes the complete commands in the buffer; false: what is there is too long for one. */
static bool take_commands(struct control_server *s, struct client *c)
{
    while (!atomic_load(&s->ending)) {
        gssize length = complete(c->in->str, c->in->len);

        if (length == 0)
            return c->in->len < LINE_MAX_LEN;
        if (length < 0) {
            reply(c, NULL, NULL, "GenericError", "Invalid JSON syntax");
            g_string_truncate(c->in, 0);
            return true;
        }
        take_line(s, c, c->in->str, length);
        g_string_erase(c->in, 0, length);
    }
    return true;
}

/* Bytes that no JSON text has: with one of them a client brings the parser to a known state. */
static bool resets_parser(char byte)
{
    return (uint8_t)byte == 0xff || ((uint8_t)byte < 32 && !g_ascii_isspace(byte));
}

static bool read_client(struct control_server *s, struct client *c)
{
    char data[4096];
    ssize_t n = receive(c, data, sizeof(data));

    if (n < 0)
        return false;
    for (ssize_t i = 0; i < n; i++) {
        if (!resets_parser(data[i])) {
            g_string_append_c(c->in, data[i]);
        } else if (!i || !resets_parser(data[i - 1])) {
            take_commands(s, c);
            g_string_truncate(c->in, 0);
            reply(c, NULL, NULL, "GenericError", "Invalid JSON syntax");
        }
    }
    return take_commands(s, c);
}

/* ---- clients ---- */

static void accept_client(struct control_server *s)
{
    static const char greeting[] =
        "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, "
        "\"package\": \"Bygone 0.1\"}, \"capabilities\": []}}\r\n";
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    struct timeval patience = { .tv_sec = 5 };
    struct ucred peer = { 0 };
    socklen_t size = sizeof(peer);
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
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    pthread_mutex_lock(&s->lock);
    s->clients[i].negotiated = false;
    s->clients[i].fd = fd;
    pthread_mutex_unlock(&s->lock);
    s->clients[i].in = g_string_new(NULL);
    for (unsigned n = 0; n < CONTROL_FDS; n++)
        s->clients[i].fds[n] = -1;
    send_line(&s->clients[i], greeting);
}

static void drop_client(struct control_server *s, struct client *c)
{
    pthread_mutex_lock(&s->lock);
    close(c->fd);
    c->fd = -1;
    pthread_mutex_unlock(&s->lock);
    drop_fds(c);
    g_string_free(c->in, TRUE);
    c->in = NULL;
}

static void *wait_thread(void *arg)
{
    struct control_server *s = arg;
    struct pollfd fds[MAX_CLIENTS + 2];

    while (!atomic_load(&s->ending)) {
        for (unsigned i = 0; i < MAX_CLIENTS; i++)
            fds[i] = (struct pollfd){ .fd = s->clients[i].fd, .events = POLLIN };
        fds[MAX_CLIENTS] = (struct pollfd){ .fd = s->listen_fd, .events = POLLIN };
        fds[MAX_CLIENTS + 1] = (struct pollfd){ .fd = s->wake_fd, .events = POLLIN };
        if (poll(fds, MAX_CLIENTS + 2, -1) < 0)
            continue;
        for (unsigned i = 0; i < MAX_CLIENTS; i++)
            if (fds[i].revents && !read_client(s, &s->clients[i]))
                drop_client(s, &s->clients[i]);
        if (fds[MAX_CLIENTS].revents)
            accept_client(s);
    }
    return NULL;
}

struct control_server *control_server_new(struct machine *machine, const char *name,
                                          const char *uuid, const char *path,
                                          const struct control_actions *actions, struct error *err)
{
    struct control_server *s = calloc(1, sizeof(*s));
    struct sockaddr_un addr = { .sun_family = AF_UNIX };

    assert(s);
    s->machine = machine;
    s->actions = *actions;
    snprintf(s->name, sizeof(s->name), "%s", name);
    snprintf(s->uuid, sizeof(s->uuid), "%s", uuid);
    snprintf(s->path, sizeof(s->path), "%s", path);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        s->clients[i].fd = -1;
    s->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(path);
    if (s->listen_fd < 0 || bind(s->listen_fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        chmod(path, 0600) < 0 || listen(s->listen_fd, 4) < 0) {
        error_set(err, "the control socket %s could not be made: %s", path, strerror(errno));
        if (s->listen_fd >= 0)
            close(s->listen_fd);
        free(s);
        return NULL;
    }
    s->wake_fd = eventfd(0, EFD_CLOEXEC);
    s->typist = typist_new(machine);
    s->pasting = typist_new(machine);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->cond, NULL);
    pthread_create(&s->thread, NULL, wait_thread, s);
    return s;
}

void control_server_status(struct control_server *s)
{
    if (machine_status(s->machine) == MACHINE_RUNNING)
        return;
    typist_stop(s->typist);
    typist_stop(s->pasting);
}

void control_server_free(struct control_server *s)
{
    uint64_t one = 1;
    ssize_t ignored;

    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->ending, true);
    pthread_cond_signal(&s->cond);
    pthread_mutex_unlock(&s->lock);
    ignored = write(s->wake_fd, &one, sizeof(one));
    (void)ignored;
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < MAX_CLIENTS; i++)
        if (s->clients[i].fd >= 0)
            drop_client(s, &s->clients[i]);
    typist_free(s->typist);
    typist_free(s->pasting);
    close(s->listen_fd);
    close(s->wake_fd);
    unlink(s->path);
    pthread_cond_destroy(&s->cond);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
