/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the VNC server, a process of its own, tells of its viewers; and query-vnc. */
#include <string.h>

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
    struct control_viewer *viewers = control_viewers(server), *listens = control_vnc(server);

    if (listens->data && listens->owner == client)
        json_object_unref(g_steal_pointer(&listens->data));
    for (unsigned i = 0; i < CONTROL_VIEWERS; i++) {
        if (!viewers[i].data || viewers[i].owner != client)
            continue;
        tell(server, "VNC_DISCONNECTED", viewers[i].data);
        json_object_unref(g_steal_pointer(&viewers[i].data));
    }
}

void control_vnc_server(struct control_call *call)
{
    struct control_viewer *listens = control_vnc(call->server);

    if (listens->data && listens->owner != call->client) {
        control_fail(call, "GenericError", "There is a VNC server of this machine already");
        return;
    }
    g_clear_pointer(&listens->data, json_object_unref);
    *listens = (struct control_viewer){
        json_object_ref(json_object_get_object_member(call->arguments, "server")), call->client
    };
}

void control_query_vnc(struct control_call *call)
{
    static const char *const keys[] = { "host", "service", "family", "auth" };
    const struct control_viewer *viewers = control_viewers(call->server);
    JsonObject *listens = control_vnc(call->server)->data;

    json_builder_begin_object(call->result);
    control_put_bool(call, "enabled", listens != NULL);
    if (listens) {
        for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++)
            if (json_object_has_member(listens, keys[i]))
                control_put_string(call, keys[i], json_object_get_string_member(listens, keys[i]));
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
