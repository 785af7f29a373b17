/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the VNC server, a process of its own, tells of its viewers; and query-vnc. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/control/control_internal.h"

static bool same(JsonObject *a, JsonObject *b)
{
    static const char *const keys[] = { "host", "service", "family" };

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
        if (strcmp(json_object_get_string_member(a, keys[i]),
                   json_object_get_string_member(b, keys[i])))
            return false;
    return true;
}

/* Keeps the list of viewers. */
static void note(struct control_server *server, const char *event, JsonObject *client)
{
    JsonObject **viewers = control_viewers(server);
    unsigned at = 0;

    while (at < CONTROL_VIEWERS && (!viewers[at] || !same(viewers[at], client)))
        at++;
    if (at < CONTROL_VIEWERS)
        json_object_unref(g_steal_pointer(&viewers[at]));
    if (!strcmp(event, "VNC_DISCONNECTED"))
        return;
    for (at = 0; at < CONTROL_VIEWERS && viewers[at]; at++)
        ;
    if (at < CONTROL_VIEWERS)
        viewers[at] = json_object_ref(client);
}

void control_vnc_event(struct control_call *call)
{
    JsonObject *data = json_object_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;
    const char *event = control_string(call, "event");

    note(call->server, event, json_object_get_object_member(call->arguments, "client"));
    json_object_set_member(data, "server",
                           json_node_copy(json_object_get_member(call->arguments, "server")));
    json_object_set_member(data, "client",
                           json_node_copy(json_object_get_member(call->arguments, "client")));
    json_node_take_object(node, data);
    text = json_to_string(node, FALSE);
    control_server_event(call->server, event, text);
}

/* The VNC server leaves a file beside the control socket and locks it while it runs. */
static GKeyFile *vnc_file(struct control_server *server)
{
    g_autofree char *folder = g_path_get_dirname(control_path(server));
    g_autofree char *path = g_build_filename(folder, "vnc", NULL);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    GKeyFile *info = NULL;

    if (fd < 0)
        return NULL;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
        info = g_key_file_new();
        g_key_file_load_from_file(info, path, G_KEY_FILE_NONE, NULL);
    }
    close(fd);
    return info;
}

void control_query_vnc(struct control_call *call)
{
    g_autoptr(GKeyFile) info = vnc_file(call->server);
    g_autofree char *host = info ? g_key_file_get_string(info, "Vnc", "Listen", NULL) : NULL;
    g_autofree char *port = info ? g_key_file_get_string(info, "Vnc", "Port", NULL) : NULL;
    JsonObject **viewers = control_viewers(call->server);

    json_builder_begin_object(call->result);
    control_put_bool(call, "enabled", info != NULL);
    if (host && port) {
        control_put_string(call, "host", host);
        control_put_string(call, "family", strchr(host, ':') ? "ipv6" : "ipv4");
        control_put_string(call, "service", port);
        control_put_string(call, "auth",
                           g_key_file_get_boolean(info, "Vnc", "Tls", NULL)        ? "vencrypt"
                           : g_key_file_get_boolean(info, "Vnc", "Password", NULL) ? "vnc"
                                                                                   : "none");
        json_builder_set_member_name(call->result, "clients");
        json_builder_begin_array(call->result);
        for (unsigned i = 0; i < CONTROL_VIEWERS; i++) {
            JsonNode *node;

            if (!viewers[i])
                continue;
            node = json_node_new(JSON_NODE_OBJECT);
            json_node_set_object(node, viewers[i]);
            json_builder_add_value(call->result, node);
        }
        json_builder_end_array(call->result);
    }
    json_builder_end_object(call->result);
}
