/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plain QMP client: one command at a time, events are passed over. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gui/command/control_client.h"

struct control_client {
    int fd;
    GString *in;
};

static char *read_line(struct control_client *c)
{
    for (;;) {
        char *end = strstr(c->in->str, "\r\n");
        char data[4096];
        ssize_t n;

        if (end) {
            char *line = g_strndup(c->in->str, (gsize)(end - c->in->str));

            g_string_erase(c->in, 0, end - c->in->str + 2);
            return line;
        }
        n = read(c->fd, data, sizeof(data));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL;
        g_string_append_len(c->in, data, n);
    }
}

static bool send_text(struct control_client *c, const char *text, int fd)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec iov = { (void *)text, strlen(text) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    struct cmsghdr *cmsg;

    if (fd >= 0) {
        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
    }
    return sendmsg(c->fd, &msg, MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

char *control_quote(const char *text)
{
    JsonNode *node = json_node_new(JSON_NODE_VALUE);
    char *quoted;

    json_node_set_string(node, text);
    quoted = json_to_string(node, FALSE);
    json_node_unref(node);
    return quoted;
}

JsonNode *control_execute(struct control_client *c, const char *command, const char *arguments,
                          int fd, char **problem)
{
    g_autofree char *text =
        g_strdup_printf("{\"execute\": \"%s\"%s%s}\r\n", command,
                        arguments ? ", \"arguments\": " : "", arguments ? arguments : "");
    char *line;

    *problem = NULL;
    if (!send_text(c, text, fd)) {
        *problem = g_strdup("The machine has ended.");
        return NULL;
    }
    while ((line = read_line(c))) {
        JsonNode *root = json_from_string(line, NULL), *value = NULL;
        JsonObject *o = root && JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
        bool answer =
            o && (json_object_has_member(o, "return") || json_object_has_member(o, "error"));

        if (answer && json_object_has_member(o, "return"))
            value = json_node_copy(json_object_get_member(o, "return"));
        else if (answer)
            *problem = g_strdup(json_object_get_string_member_with_default(
                json_object_get_object_member(o, "error"), "desc", "The command failed"));
        if (root)
            json_node_unref(root);
        g_free(line);
        if (answer)
            return value;
    }
    *problem = g_strdup("The machine has ended.");
    return NULL;
}

struct control_client *control_connect(const char *path)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    struct control_client *c = g_new0(struct control_client, 1);
    g_autofree char *problem = NULL;
    char *greeting;
    JsonNode *node;

    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    c->in = g_string_new(NULL);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
        !(greeting = read_line(c))) {
        control_disconnect(c);
        return NULL;
    }
    g_free(greeting);
    node = control_execute(c, "qmp_capabilities", NULL, -1, &problem);
    if (!node) {
        control_disconnect(c);
        return NULL;
    }
    json_node_unref(node);
    return c;
}

void control_disconnect(struct control_client *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    g_string_free(c->in, TRUE);
    g_free(c);
}
