/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the control socket; all run on the machine thread. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/host/control_internal.h"
#include "core/host/picture.h"

static const char *string(struct control_call *call, const char *key)
{
    return json_object_has_member(call->arguments, key)
               ? json_object_get_string_member(call->arguments, key)
               : NULL;
}

static int64_t integer(struct control_call *call, const char *key, int64_t standard)
{
    return json_object_has_member(call->arguments, key)
               ? json_object_get_int_member(call->arguments, key)
               : standard;
}

static void member_string(JsonBuilder *b, const char *key, const char *value)
{
    json_builder_set_member_name(b, key);
    json_builder_add_string_value(b, value);
}

static void member_int(JsonBuilder *b, const char *key, int64_t value)
{
    json_builder_set_member_name(b, key);
    json_builder_add_int_value(b, value);
}

static void member_bool(JsonBuilder *b, const char *key, bool value)
{
    json_builder_set_member_name(b, key);
    json_builder_add_boolean_value(b, value);
}

/* ---- running ---- */

static void query_status(struct control_call *call)
{
    struct machine *m = control_machine(call->server);
    enum machine_status status = machine_status(m);
    struct machine_stats stats;

    machine_get_stats(m, &stats);
    json_builder_begin_object(call->result);
    member_string(call->result, "status", machine_status_name(status));
    member_bool(call->result, "singlestep", false);
    member_bool(call->result, "running", status == MACHINE_RUNNING);
    member_string(call->result, "__org.bygone_why", machine_why(m));
    member_int(call->result, "__org.bygone_virtual-ns", (int64_t)stats.virtual_ns);
    member_int(call->result, "__org.bygone_dropped-ns", (int64_t)stats.dropped_ns);
    member_int(call->result, "__org.bygone_instructions", (int64_t)stats.insns);
    json_builder_end_object(call->result);
}

static void stop(struct control_call *call)
{
    struct machine *m = control_machine(call->server);

    if (machine_status(m) == MACHINE_RUNNING)
        machine_pause(m, MACHINE_PAUSED, NULL);
}

static void cont(struct control_call *call)
{
    struct machine *m = control_machine(call->server);

    if (machine_status(m) == MACHINE_FAILED)
        control_fail(call, "GenericError", "The machine cannot go on: %s", machine_why(m));
    else
        machine_start(m);
}

static void quit(struct control_call *call)
{
    control_server_event(call->server, "SHUTDOWN",
                         "{\"guest\": false, \"reason\": \"host-qmp-quit\"}");
    machine_quit(control_machine(call->server));
}

static void system_reset(struct control_call *call)
{
    machine_reset(control_machine(call->server));
}

/* ---- who and what ---- */

static void query_version(struct control_call *call)
{
    json_builder_begin_object(call->result);
    json_builder_set_member_name(call->result, "qemu");
    json_builder_begin_object(call->result);
    member_int(call->result, "micro", 0);
    member_int(call->result, "minor", 2);
    member_int(call->result, "major", 7);
    json_builder_end_object(call->result);
    member_string(call->result, "package", "Bygone 0.1");
    json_builder_end_object(call->result);
}

static void query_name(struct control_call *call)
{
    json_builder_begin_object(call->result);
    member_string(call->result, "name", control_name(call->server));
    json_builder_end_object(call->result);
}

static void query_uuid(struct control_call *call)
{
    json_builder_begin_object(call->result);
    member_string(call->result, "UUID", control_uuid(call->server));
    json_builder_end_object(call->result);
}

static void query_kvm(struct control_call *call)
{
    const char *name = machine_cpu(control_machine(call->server))->ops->name;

    json_builder_begin_object(call->result);
    member_bool(call->result, "enabled", !strcmp(name, "kvm"));
    member_bool(call->result, "present", access("/dev/kvm", F_OK) == 0);
    json_builder_end_object(call->result);
}

static void query_commands(struct control_call *call)
{
    json_builder_begin_array(call->result);
    for (const struct control_command *c = control_commands; c->name; c++) {
        json_builder_begin_object(call->result);
        member_string(call->result, "name", c->name);
        json_builder_end_object(call->result);
    }
    json_builder_begin_object(call->result);
    member_string(call->result, "name", "qmp_capabilities");
    json_builder_end_object(call->result);
    json_builder_end_array(call->result);
}

/* ---- descriptors ---- */

static int last_fd(struct control_call *call)
{
    for (int i = CONTROL_FDS - 1; i >= 0; i--)
        if (call->fds[i] >= 0 && !call->fd_names[i][0])
            return i;
    control_fail(call, "GenericError", "No file descriptor supplied via SCM_RIGHTS");
    return -1;
}

static void add_fd(struct control_call *call)
{
    int n = last_fd(call);

    if (n < 0)
        return;
    snprintf(call->fd_names[n], sizeof(call->fd_names[n]), "/dev/fdset/%d", n);
    json_builder_begin_object(call->result);
    member_int(call->result, "fdset-id", n);
    member_int(call->result, "fd", call->fds[n]);
    json_builder_end_object(call->result);
}

static void getfd(struct control_call *call)
{
    int n = last_fd(call);

    if (n >= 0)
        snprintf(call->fd_names[n], sizeof(call->fd_names[n]), "%.31s", string(call, "fdname"));
}

static void close_fd(struct control_call *call, int fd)
{
    for (unsigned i = 0; i < CONTROL_FDS; i++)
        if (call->fds[i] == fd)
            call->fds[i] = -1;
    close(fd);
}

/* ---- screen ---- */

static void screendump(struct control_call *call)
{
    struct board *board = machine_board(control_machine(call->server));
    const char *format = string(call, "format");
    int fd = control_fd(call, string(call, "filename"));
    struct screen_rect rects[SCREEN_RECTS];
    struct screen_mode mode;
    struct error err;
    uint32_t *pixels, serial;

    if (fd < 0)
        return;
    if (format && strcmp(format, "png") && strcmp(format, "ppm")) {
        control_fail(call, "GenericError", "Parameter 'format' is png or ppm, not '%.40s'", format);
        return;
    }
    board->screen->mode(board->screen_ctx, &mode, &serial);
    pixels = calloc((size_t)mode.width * mode.height, sizeof(*pixels));
    assert(pixels);
    board->screen->draw(board->screen_ctx, pixels, mode.width, true, vclock_now(board->clock),
                        rects);
    board->pictures++;
    if (!picture_write(fd, pixels, mode.width, mode.height, mode.width,
                       format && !strcmp(format, "png"), &err))
        control_fail(call, "GenericError", "%s", err.text);
    free(pixels);
    close_fd(call, fd);
}

static void screen_text(struct control_call *call)
{
    struct board *board = machine_board(control_machine(call->server));
    static struct screen_text text; /* large; the machine thread is one */
    char *utf8;

    if (!board->screen->text(board->screen_ctx, &text)) {
        control_fail(call, "GenericError",
                     "The guest is in a graphics mode; take a picture with screendump");
        return;
    }
    utf8 = screen_text_utf8(&text);
    json_builder_begin_object(call->result);
    member_string(call->result, "text", utf8);
    member_int(call->result, "columns", text.columns);
    member_int(call->result, "rows", text.rows);
    member_int(call->result, "cursor-column", text.cursor_column);
    member_int(call->result, "cursor-row", text.cursor_row);
    member_bool(call->result, "cursor-visible", text.cursor_visible);
    json_builder_end_object(call->result);
    free(utf8);
}

static void pmemsave(struct control_call *call)
{
    struct memory *memory = machine_board(control_machine(call->server))->memory;
    int64_t at = integer(call, "val", 0), size = integer(call, "size", 0);
    int fd = control_fd(call, string(call, "filename"));
    uint8_t buf[MEM_PAGE];

    if (fd < 0)
        return;
    if (at < 0 || size < 0 || at > 1ll << 32 || size > (1ll << 32) - at) {
        control_fail(call, "GenericError", "The range does not lie below 4 GB");
        return;
    }
    while (size > 0) {
        size_t n = size < (int64_t)sizeof(buf) ? (size_t)size : sizeof(buf);

        mem_dma_read(memory, (uint32_t)at, buf, n);
        if (write(fd, buf, n) != (ssize_t)n) {
            control_fail(call, "GenericError", "The file could not be written: %s",
                         strerror(errno));
            break;
        }
        at += (int64_t)n;
        size -= (int64_t)n;
    }
    close_fd(call, fd);
}

/* ---- keys ---- */

#define MAX_STROKES 4096

static void type_text(struct control_call *call)
{
    static struct key_stroke strokes[MAX_STROKES];
    char problem[256];
    int count = key_parse(string(call, "text"), strokes, MAX_STROKES, problem);
    int64_t gap = integer(call, "gap-ms", 20);

    if (count < 0)
        control_fail(call, "GenericError", "%s", problem);
    else if (machine_status(control_machine(call->server)) != MACHINE_RUNNING)
        control_fail(call, "GenericError", "The machine is not running");
    else
        typist_type(control_typist(call->server), strokes, count,
                    (uint64_t)(gap < 1      ? 1
                               : gap > 1000 ? 1000
                                            : gap) *
                        1000000u,
                    call);
}

/* A member's string, "" if it is no string or not there. */
static const char *string_in(JsonObject *object, const char *key)
{
    JsonNode *node = object ? json_object_get_member(object, key) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

static unsigned key_value(struct control_call *call, JsonNode *node)
{
    JsonObject *o = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *name = !strcmp(string_in(o, "type"), "qcode") ? string_in(o, "data") : "";
    unsigned key = key_by_name(name);

    if (!key)
        control_fail(call, "GenericError", "Parameter 'keys' has no known qcode in it: '%.40s'",
                     name);
    return key;
}

static void send_key(struct control_call *call)
{
    JsonArray *keys = json_object_get_array_member(call->arguments, "keys");
    unsigned count = json_array_get_length(keys);
    struct key_stroke strokes[32];
    int64_t hold = integer(call, "hold-time", 100);

    if (!count || count > 16) {
        control_fail(call, "GenericError", "Parameter 'keys' takes 1 to 16 keys");
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned key = key_value(call, json_array_get_element(keys, i));

        if (!key)
            return;
        strokes[i] = (struct key_stroke){ (unsigned short)key, true };
        strokes[2 * count - 1 - i] = (struct key_stroke){ (unsigned short)key, false };
    }
    if (machine_status(control_machine(call->server)) != MACHINE_RUNNING)
        control_fail(call, "GenericError", "The machine is not running");
    else
        typist_type(control_typist(call->server), strokes, (int)(2 * count),
                    (uint64_t)(hold < 1       ? 1
                               : hold > 10000 ? 10000
                                              : hold) *
                        1000000u,
                    call);
}

/* ---- what the process does ---- */

static void save(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };

    if (!a->save || !a->save(a->ctx, &err))
        control_fail(call, "GenericError", "%s", err.text);
}

static void copy_member(JsonObject *object, const gchar *name, JsonNode *node, gpointer builder)
{
    (void)object;
    json_builder_set_member_name(builder, name);
    json_builder_add_value(builder, json_node_copy(node));
}

static void engine(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };
    char report[1024] = "{}";
    JsonNode *node;

    if (!a->engine || !a->engine(a->ctx, string(call, "engine"), report, &err)) {
        control_fail(call, "GenericError", "%s", err.text);
        return;
    }
    json_builder_begin_object(call->result);
    node = json_from_string(report, NULL);
    assert(node);
    json_object_foreach_member(json_node_get_object(node), copy_member, call->result);
    json_builder_end_object(call->result);
    json_node_unref(node);
}

static void insert(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };
    int fd = control_fd(call, string(call, "filename"));
    bool read_only =
        json_object_get_boolean_member_with_default(call->arguments, "read-only", FALSE);

    if (fd < 0)
        return;
    for (unsigned i = 0; i < CONTROL_FDS; i++)
        if (call->fds[i] == fd)
            call->fds[i] = -1;
    if (!a->insert ||
        !a->insert(a->ctx, string(call, "drive"), fd, string(call, "label"), read_only, &err))
        control_fail(call, "GenericError", "%s", err.text);
}

static void eject(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };

    if (!a->insert || !a->insert(a->ctx, string(call, "device"), -1, "", false, &err))
        control_fail(call, "GenericError", "%s", err.text);
}

const struct control_command control_commands[] = {
    { "query-status", "", query_status },
    { "query-version", "", query_version },
    { "query-name", "", query_name },
    { "query-uuid", "", query_uuid },
    { "query-kvm", "", query_kvm },
    { "query-commands", "", query_commands },
    { "stop", "", stop },
    { "cont", "", cont },
    { "quit", "", quit },
    { "system_reset", "", system_reset },
    { "send-key", "keys:a hold-time:i?", send_key },
    { "screendump", "filename:s format:s?", screendump },
    { "pmemsave", "val:i size:i filename:s", pmemsave },
    { "add-fd", "", add_fd },
    { "getfd", "fdname:s", getfd },
    { "eject", "device:s", eject },
    { "__org.bygone_insert", "drive:s filename:s label:s read-only:b?", insert },
    { "__org.bygone_screen-text", "", screen_text },
    { "__org.bygone_type", "text:s gap-ms:i?", type_text },
    { "__org.bygone_save", "", save },
    { "__org.bygone_engine", "engine:s?", engine },
    { NULL, NULL, NULL },
};
