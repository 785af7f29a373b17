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

/* Keeps the list of viewers; of those that look alike (Unix sockets have no address) any will do.
 */
static void note(struct control_call *call, const char *event, JsonObject *data)
{
    struct control_viewer *viewers = control_viewers(call->server);
    JsonObject *client = json_object_get_object_member(data, "client");
    unsigned at = 0;

    if (strcmp(event, "VNC_CONNECTED"))
        while (at < CONTROL_VIEWERS &&
               (!viewers[at].data || viewers[at].owner != call->client ||
                !same(json_object_get_object_member(viewers[at].data, "client"), client)))
            at++;
    else
        at = CONTROL_VIEWERS;
    if (at < CONTROL_VIEWERS)
        json_object_unref(g_steal_pointer(&viewers[at].data));
    if (!strcmp(event, "VNC_DISCONNECTED"))
        return;
    for (at = 0; at < CONTROL_VIEWERS && viewers[at].data; at++)
        ;
    if (at < CONTROL_VIEWERS)
        viewers[at] = (struct control_viewer){ json_object_ref(data), call->client };
}

static void tell(struct control_server *server, const char *event, JsonObject *data)
{
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autofree char *text = NULL;

    json_node_set_object(node, data);
    text = json_to_string(node, FALSE);
    control_server_event(server, event, text);
}

void control_vnc_event(struct control_call *call)
{
    static const char *const sides[] = { "server", "client" };
    g_autoptr(JsonObject) data = json_object_new();
    const char *event = control_string(call, "event");

    for (unsigned i = 0; i < G_N_ELEMENTS(sides); i++)
        json_object_set_member(data, sides[i],
                               json_node_copy(json_object_get_member(call->arguments, sides[i])));
    note(call, event, data);
    tell(call->server, event, data);
}

void control_viewers_drop(struct control_server *server, struct control_client *client)
{
    struct control_viewer *viewers = control_viewers(server);

    for (unsigned i = 0; i < CONTROL_VIEWERS; i++) {
        if (!viewers[i].data || viewers[i].owner != client)
            continue;
        tell(server, "VNC_DISCONNECTED", viewers[i].data);
        json_object_unref(g_steal_pointer(&viewers[i].data));
    }
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

/* In QEMU's words: security type, subtype. */
static const char *auth_name(GKeyFile *info)
{
    bool password = g_key_file_get_boolean(info, "Vnc", "Password", NULL);

    if (g_key_file_get_boolean(info, "Vnc", "Tls", NULL))
        return password ? "vencrypt+x509+vnc" : "vencrypt+x509+none";
    return password ? "vnc" : "none";
}

static void put_address(struct control_call *call, GKeyFile *info)
{
    g_autofree char *host = g_key_file_get_string(info, "Vnc", "Listen", NULL);
    g_autofree char *port = g_key_file_get_string(info, "Vnc", "Port", NULL);
    g_autofree char *web = g_key_file_get_string(info, "Vnc", "Web", NULL);
    g_autofree char *path = g_key_file_get_string(info, "Vnc", "Unix", NULL);
    bool tcp = port && strcmp(port, "0");

    if (path && !tcp) {
        control_put_string(call, "host", "");
        control_put_string(call, "service", path);
        control_put_string(call, "family", "unix");
        return;
    }
    control_put_string(call, "host", !host || !strcmp(host, "localhost") ? "127.0.0.1" : host);
    control_put_string(call, "service", tcp ? port : web ? web : "0");
    control_put_string(call, "family", host && strchr(host, ':') ? "ipv6" : "ipv4");
}

void control_query_vnc(struct control_call *call)
{
    g_autoptr(GKeyFile) info = vnc_file(call->server);
    const struct control_viewer *viewers = control_viewers(call->server);

    json_builder_begin_object(call->result);
    control_put_bool(call, "enabled", info != NULL);
    if (info) {
        put_address(call, info);
        control_put_string(call, "auth", auth_name(info));
        json_builder_set_member_name(call->result, "clients");
        json_builder_begin_array(call->result);
        for (unsigned i = 0; i < CONTROL_VIEWERS; i++)
            if (viewers[i].data)
                json_builder_add_value(call->result, json_node_copy(json_object_get_member(
                                                         viewers[i].data, "client")));
        json_builder_end_array(call->result);
    }
    json_builder_end_object(call->result);
}
