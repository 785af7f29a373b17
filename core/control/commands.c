/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the control socket: the table, and those that ask about or run the machine. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/control/control_internal.h"
#include "core/host/picture.h"
#include "core/speed.h"

const char *control_string(struct control_call *call, const char *key)
{
    return json_object_has_member(call->arguments, key)
               ? json_object_get_string_member(call->arguments, key)
               : NULL;
}

int64_t control_int(struct control_call *call, const char *key, int64_t standard)
{
    return json_object_has_member(call->arguments, key)
               ? json_object_get_int_member(call->arguments, key)
               : standard;
}

bool control_bool(struct control_call *call, const char *key)
{
    return json_object_get_boolean_member_with_default(call->arguments, key, FALSE);
}

void control_put_string(struct control_call *call, const char *key, const char *value)
{
    json_builder_set_member_name(call->result, key);
    json_builder_add_string_value(call->result, value);
}

void control_put_int(struct control_call *call, const char *key, int64_t value)
{
    json_builder_set_member_name(call->result, key);
    json_builder_add_int_value(call->result, value);
}

void control_put_bool(struct control_call *call, const char *key, bool value)
{
    json_builder_set_member_name(call->result, key);
    json_builder_add_boolean_value(call->result, value);
}

/* ---- running ---- */

static void query_status(struct control_call *call)
{
    struct machine *m = control_machine(call->server);
    enum machine_status status = machine_status(m);
    g_autofree char *why = g_utf8_make_valid(machine_why(m), -1);
    struct machine_stats stats;

    machine_get_stats(m, &stats);
    json_builder_begin_object(call->result);
    control_put_string(call, "status", machine_status_name(status));
    control_put_bool(call, "singlestep", false);
    control_put_bool(call, "running", status == MACHINE_RUNNING);
    control_put_string(call, "__org.bygone_why", why);
    control_put_int(call, "__org.bygone_virtual-ns", (int64_t)stats.virtual_ns);
    control_put_int(call, "__org.bygone_dropped-ns", (int64_t)stats.dropped_ns);
    control_put_int(call, "__org.bygone_instructions", (int64_t)stats.insns);
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
    control_server_shutdown(call->server, "host-qmp-quit");
    machine_quit(control_machine(call->server));
}

static void system_reset(struct control_call *call)
{
    machine_reset(control_machine(call->server));
}

static void system_powerdown(struct control_call *call)
{
    pc_power_button(machine_pc(control_machine(call->server)));
    control_server_event(call->server, "POWERDOWN", NULL);
}

static void system_wakeup(struct control_call *call)
{
    control_fail(call, "GenericError", "Unable to wake up: guest is not in suspended state");
}

/* ---- who and what ---- */

static void qmp_capabilities(struct control_call *call)
{
    if (json_object_has_member(call->arguments, "enable") &&
        json_array_get_length(json_object_get_array_member(call->arguments, "enable")))
        control_fail(call, "GenericError", "This server does not support capability oob");
}

static void query_version(struct control_call *call)
{
    json_builder_begin_object(call->result);
    json_builder_set_member_name(call->result, "qemu");
    json_builder_begin_object(call->result);
    control_put_int(call, "micro", 0);
    control_put_int(call, "minor", CONTROL_VERSION_MINOR);
    control_put_int(call, "major", CONTROL_VERSION_MAJOR);
    json_builder_end_object(call->result);
    control_put_string(call, "package", CONTROL_PACKAGE);
    json_builder_end_object(call->result);
}

static void query_name(struct control_call *call)
{
    json_builder_begin_object(call->result);
    control_put_string(call, "name", control_name(call->server));
    json_builder_end_object(call->result);
}

static void query_uuid(struct control_call *call)
{
    json_builder_begin_object(call->result);
    control_put_string(call, "UUID", control_uuid(call->server));
    json_builder_end_object(call->result);
}

static void query_kvm(struct control_call *call)
{
    const char *name = machine_cpu(control_machine(call->server))->ops->name;

    json_builder_begin_object(call->result);
    control_put_bool(call, "enabled", !strcmp(name, "kvm"));
    control_put_bool(call, "present", access("/dev/kvm", F_OK) == 0);
    json_builder_end_object(call->result);
}

static void query_cpus_fast(struct control_call *call)
{
    static const char *const places[] = { "socket-id", "core-id", "thread-id" };

    json_builder_begin_array(call->result);
    json_builder_begin_object(call->result);
    control_put_int(call, "cpu-index", 0);
    control_put_string(call, "qom-path", "/machine/cpu[0]");
    control_put_int(call, "thread-id", syscall(SYS_gettid)); /* this is the machine thread */
    json_builder_set_member_name(call->result, "props");
    json_builder_begin_object(call->result);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++)
        control_put_int(call, places[i], 0);
    json_builder_end_object(call->result);
    control_put_string(call, "target", "i386");
    json_builder_end_object(call->result);
    json_builder_end_array(call->result);
}

static void put_chardev(struct control_call *call, const char *label, const char *filename)
{
    g_autofree char *valid = g_utf8_make_valid(filename, -1);

    json_builder_begin_object(call->result);
    control_put_string(call, "label", label);
    control_put_string(call, "filename", valid);
    control_put_bool(call, "frontend-open", true);
    json_builder_end_object(call->result);
}

static void query_chardev(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    char label[16];

    json_builder_begin_array(call->result);
    for (unsigned i = 0; i < 4; i++) {
        const char *where = a->serial ? a->serial(a->ctx, i) : NULL;

        snprintf(label, sizeof(label), "serial%u", i);
        if (device_find(machine_board(control_machine(call->server)), label))
            put_chardev(call, label, where ? where : "null");
    }
    put_chardev(call, "control", control_path(call->server));
    json_builder_end_array(call->result);
}

static void query_commands(struct control_call *call)
{
    json_builder_begin_array(call->result);
    for (const struct control_command *c = control_commands; c->name; c++) {
        json_builder_begin_object(call->result);
        control_put_string(call, "name", c->name);
        json_builder_end_object(call->result);
    }
    json_builder_end_array(call->result);
}

static void query_schema(struct control_call *call)
{
    control_schema(call->result);
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
    control_put_string(call, "text", utf8);
    control_put_int(call, "columns", text.columns);
    control_put_int(call, "rows", text.rows);
    control_put_int(call, "cursor-column", text.cursor_column);
    control_put_int(call, "cursor-row", text.cursor_row);
    control_put_bool(call, "cursor-visible", text.cursor_visible);
    json_builder_end_object(call->result);
    free(utf8);
}

static void human_monitor(struct control_call *call)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *valid = NULL;

    if (control_int(call, "cpu-index", 0)) {
        control_fail(call, "GenericError", "Parameter 'cpu-index' expects a CPU number: 0");
        return;
    }
    control_monitor(call->server, control_string(call, "command-line"), out);
    g_string_replace(out, "\n", "\r\n", 0); /* as a terminal gets it, and scripts split it */
    valid = g_utf8_make_valid(out->str, (gssize)out->len);
    call->value = json_node_init_string(json_node_alloc(), valid);
}

/* ---- what the process does ---- */

static void save(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };

    if (!a->save || !a->save(a->ctx, &err))
        control_fail(call, "GenericError", "%s", err.text);
}

static void engine(struct control_call *call)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };
    char report[1024] = "{}";

    if (!a->engine || !a->engine(a->ctx, control_string(call, "engine"), report, &err)) {
        control_fail(call, "GenericError", "%s", err.text);
        return;
    }
    call->value = json_from_string(report, NULL);
    assert(call->value);
}

/* Tells how fast the processor is, or makes it so. */
static void speed(struct control_call *call)
{
    struct machine *m = control_machine(call->server);
    const char *wish = control_string(call, "speed");
    struct machine_stats stats;
    uint64_t wanted = machine_speed(m);
    char text[SPEED_TEXT];

    if (wish && !speed_parse(wish, &wanted)) {
        control_fail(call, "GenericError", "Parameter 'speed' expects " SPEED_WORDS "%s",
                     speed_list());
        return;
    }
    if (wish)
        machine_set_speed(m, wanted);
    machine_get_stats(m, &stats);
    json_builder_begin_object(call->result);
    control_put_string(call, "speed", speed_text(wanted, text));
    control_put_int(call, "instructions-per-second", (int64_t)wanted);
    control_put_bool(call, "reached", !stats.behind);
    json_builder_end_object(call->result);
}

#define TRAY "device?:str id?:str"

const struct control_command control_commands[] = {
    { "qmp_capabilities", "enable?:[QMPCapability]", "", qmp_capabilities, true },
    { "query-version", "", "VersionInfo", query_version, true },
    { "query-commands", "", "[CommandInfo]", query_commands, true },
    { "query-qmp-schema", "", "[SchemaInfo]", query_schema, true },
    { "query-name", "", "NameInfo", query_name, true },
    { "query-uuid", "", "UuidInfo", query_uuid, true },
    { "query-vnc", "", "VncInfo", control_query_vnc, true },
    { "query-kvm", "", "KvmInfo", query_kvm, false },
    { "query-status", "", "StatusInfo", query_status, false },
    { "query-cpus-fast", "", "[CpuInfoFast]", query_cpus_fast, false },
    { "query-block", "", "[BlockInfo]", control_query_block, false },
    { "query-chardev", "", "[ChardevInfo]", query_chardev, false },
    { "query-mice", "", "[MouseInfo]", control_query_mice, false },
    { "stop", "", "", stop, false },
    { "cont", "", "", cont, false },
    { "quit", "", "", quit, false },
    { "system_reset", "", "", system_reset, false },
    { "system_powerdown", "", "", system_powerdown, false },
    { "system_wakeup", "", "", system_wakeup, false },
    { "eject", TRAY " force?:bool", "", control_eject, false },
    { "blockdev-open-tray", TRAY " force?:bool", "", control_open_tray, false },
    { "blockdev-close-tray", TRAY, "", control_close_tray, false },
    { "blockdev-remove-medium", "id:str", "", control_remove_medium, false },
    { "blockdev-change-medium",
      TRAY " filename:file format?:str force?:bool read-only-mode?:BlockdevChangeReadOnlyMode", "",
      control_change_medium, false },
    { "send-key", "keys:[KeyValue] hold-time?:int", "", control_send_key, false },
    { "input-send-event", "device?:str head?:int events:[InputEvent]", "", control_send_event,
      false },
    { "screendump", "filename:file device?:str head?:int format?:ImageFormat", "",
      control_screendump, false },
    { "pmemsave", "val:int size:int filename:file", "", control_pmemsave, false },
    { "memsave", "val:int size:int filename:file cpu-index?:int", "", control_memsave, false },
    { "getfd", "fdname:str", "", control_getfd, true },
    { "closefd", "fdname:str", "", control_closefd, true },
    { "add-fd", "fdset-id?:int opaque?:str", "AddfdInfo", control_add_fd, true },
    { "remove-fd", "fdset-id:int fd?:int", "", control_remove_fd, true },
    { "query-fdsets", "", "[FdsetInfo]", control_query_fdsets, true },
    { "human-monitor-command", "command-line:str cpu-index?:int", "str", human_monitor, false },
    { "__org.bygone_insert", "drive:str filename:file label:str read-only?:bool", "",
      control_insert, false },
    { "__org.bygone_screen-text", "", "__org.bygone_ScreenText", screen_text, false },
    { "__org.bygone_type", "text:str gap-ms?:int", "", control_type_text, false },
    { "__org.bygone_save", "", "", save, false },
    { "__org.bygone_engine", "engine?:str", "any", engine, false },
    { "__org.bygone_speed", "speed?:str", "__org.bygone_Speed", speed, false },
    { "__org.bygone_vnc-server", "server:VncServerInfo", "", control_vnc_server, true },
    { "__org.bygone_vnc-event",
      "event:__org.bygone_VncEvent server:VncServerInfo client:VncClientInfo", "",
      control_vnc_event, true },
    { NULL, NULL, NULL, NULL, false },
};
