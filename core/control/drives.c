/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives and their media. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/control/control_internal.h"

/* ---- finding ---- */

/* What other monitors call them. */
static const char *const aliases[][2] = {
    { "ide1-cd0", "cdrom0" }, { "ide0-hd0", "disk0" }, { "ide0-hd1", "disk1" },
    { "ide1-hd0", "disk2" },  { "ide1-hd1", "disk3" },
};

static bool removable(const struct drive *d)
{
    return d->cdrom || !strncmp(d->name, "floppy", 6);
}

/* A disk without an image is no drive of the machine. */
static bool there(const struct drive *d)
{
    return d->media || removable(d);
}

static struct drive *find(struct control_call *call)
{
    struct media_hub *hub = machine_board(control_machine(call->server))->media;
    const char *name = control_string(call, "id");

    if (!name == !control_string(call, "device")) {
        control_fail(call, "GenericError", "Need exactly one of 'device' and 'id'");
        return NULL;
    }
    name = name ? name : control_string(call, "device");
    for (struct drive *d = media_drives(hub); d; d = d->next) {
        if (there(d) && !strcmp(d->name, name))
            return d;
        for (unsigned i = 0; i < G_N_ELEMENTS(aliases); i++)
            if (there(d) && !strcmp(aliases[i][0], name) && !strcmp(aliases[i][1], d->name))
                return d;
    }
    control_fail(call, "DeviceNotFound", "Device '%.60s' not found", name);
    return NULL;
}

static struct drive *find_removable(struct control_call *call)
{
    struct drive *d = find(call);

    if (!d || removable(d))
        return d;
    control_fail(call, "GenericError", "Device '%s' is not removable", d->name);
    return NULL;
}

/* ---- query-block ---- */

static void put_image(struct control_call *call, const struct media *media)
{
    g_autofree char *label = g_utf8_make_valid(media->label, -1);

    json_builder_set_member_name(call->result, "image");
    json_builder_begin_object(call->result);
    control_put_string(call, "filename", label);
    control_put_string(call, "format", "raw");
    control_put_int(call, "virtual-size", (int64_t)media->size);
    json_builder_end_object(call->result);
    json_builder_set_member_name(call->result, "cache");
    json_builder_begin_object(call->result);
    control_put_bool(call, "writeback", true);
    control_put_bool(call, "direct", false);
    control_put_bool(call, "no-flush", false);
    json_builder_end_object(call->result);
}

#define NODE_NAME 32
/* The medium in a drive, beside the drive itself: as QEMU names what nobody gave a name. */
static const char *name_node(const char *drive, char name[NODE_NAME])
{
    snprintf(name, NODE_NAME, "#%s", drive);
    return name;
}

static void put_inserted(struct control_call *call, const struct drive *drive)
{
    const struct media *media = drive->media;
    char node_name[NODE_NAME];
    static const char *const limits[] = { "bps",     "bps_rd",  "bps_wr",         "iops",
                                          "iops_rd", "iops_wr", "write_threshold" };
    g_autofree char *label = g_utf8_make_valid(media->label, -1);

    json_builder_set_member_name(call->result, "inserted");
    json_builder_begin_object(call->result);
    control_put_string(call, "file", label);
    control_put_string(call, "node-name", name_node(drive->name, node_name));
    control_put_bool(call, "ro", media->read_only);
    control_put_string(call, "drv", "raw");
    control_put_int(call, "backing_file_depth", 0);
    control_put_bool(call, "encrypted", false);
    control_put_string(call, "detect_zeroes", "off");
    for (unsigned i = 0; i < G_N_ELEMENTS(limits); i++)
        control_put_int(call, limits[i], 0);
    put_image(call, media);
    json_builder_end_object(call->result);
}

static const char *io_status(const struct drive *drive, const struct media_failure *failure)
{
    if (!failure || strcmp(failure->drive, drive->name))
        return "ok";
    return failure->error == ENOSPC ? "nospace" : "failed";
}

void control_query_block(struct control_call *call)
{
    struct media_hub *hub = machine_board(control_machine(call->server))->media;
    const struct media_failure *failure = machine_failure(control_machine(call->server));

    json_builder_begin_array(call->result);
    for (const struct drive *d = media_drives(hub); d; d = d->next) {
        if (!there(d))
            continue;
        json_builder_begin_object(call->result);
        control_put_string(call, "device", d->name);
        control_put_string(call, "qdev", d->name);
        control_put_string(call, "type", "unknown");
        control_put_bool(call, "removable", removable(d));
        control_put_bool(call, "locked", d->locked);
        if (d->media)
            put_inserted(call, d);
        if (d->cdrom)
            control_put_bool(call, "tray_open", d->tray_open);
        control_put_string(call, "io-status", io_status(d, failure));
        json_builder_end_object(call->result);
    }
    json_builder_end_array(call->result);
}

/* ---- trays and media ---- */

/* False: the guest holds it; the call failed.  A floppy drive has no tray to be held. */
static bool open_tray(struct control_call *call, struct drive *d, bool force)
{
    struct error err;

    if (!d->cdrom || drive_open_tray(d, force, &err))
        return true;
    control_fail(call, "GenericError",
                 "Device '%s' is locked and force was not specified, wait for tray to open and try "
                 "again",
                 d->name);
    return false;
}

static bool insert(struct control_call *call, struct drive *d, bool read_only, const char *label)
{
    const struct control_actions *a = control_actions(call->server);
    struct error err = { "The process around this machine does not offer that" };
    int fd = call->fd;

    call->fd = -1;
    if (a->insert && a->insert(a->ctx, d->name, fd, label, read_only, &err))
        return true;
    control_fail(call, "GenericError", "%s", err.text);
    return false;
}

/* Opens the tray, changes the medium, closes it; a refused image leaves all as it was. */
static void exchange(struct control_call *call, struct drive *d, bool force, bool read_only,
                     const char *label)
{
    bool was_open = d->tray_open, done;
    struct error err;

    if (!open_tray(call, d, force))
        return;
    done = insert(call, d, read_only, label);
    if (d->cdrom && (done || !was_open) && !drive_close_tray(d, &err) && done)
        control_fail(call, "GenericError", "%s", err.text);
}

void control_open_tray(struct control_call *call)
{
    struct drive *d = find_removable(call);

    if (d)
        open_tray(call, d, control_bool(call, "force"));
}

void control_close_tray(struct control_call *call)
{
    struct drive *d = find_removable(call);
    struct error err;

    if (d && d->cdrom && !drive_close_tray(d, &err))
        control_fail(call, "GenericError", "%s", err.text);
}

void control_eject(struct control_call *call)
{
    struct drive *d = find_removable(call);

    if (d && open_tray(call, d, control_bool(call, "force")))
        insert(call, d, false, "");
}

void control_remove_medium(struct control_call *call)
{
    struct drive *d = find_removable(call);

    if (!d)
        return;
    if (d->cdrom && !d->tray_open)
        control_fail(call, "GenericError", "Tray of device '%s' is not open", d->name);
    else
        insert(call, d, false, "");
}

void control_change_medium(struct control_call *call)
{
    struct drive *d = find_removable(call);
    const char *mode = control_string(call, "read-only-mode");
    const char *format = control_string(call, "format");
    bool read_only = mode ? !strcmp(mode, "read-only") : false;

    if (!d)
        return;
    if (format && strcmp(format, "raw")) {
        control_fail(call, "GenericError", "Unknown driver '%.40s'; images here are raw", format);
        return;
    }
    if (d->media && (!mode || !strcmp(mode, "retain")))
        read_only = d->media->read_only && !d->cdrom;
    exchange(call, d, control_bool(call, "force"), read_only, call->label);
}

/* The form of the windows: a label of their own. */
void control_insert(struct control_call *call)
{
    struct media_hub *hub = machine_board(control_machine(call->server))->media;
    const char *name = control_string(call, "drive");
    struct drive *d = media_drives(hub);

    while (d && (!there(d) || strcmp(d->name, name)))
        d = d->next;
    if (!d || !removable(d)) {
        control_fail(call, "GenericError", "There is no drive %.40s whose medium can be changed",
                     name);
        return;
    }
    exchange(call, d, false, control_bool(call, "read-only"), control_string(call, "label"));
}

/* ---- events ---- */

static void moved(void *ctx, struct drive *d)
{
    g_autofree char *data = g_strdup_printf("{\"device\":\"%s\",\"id\":\"%s\",\"tray-open\":%s}",
                                            d->name, d->name, d->tray_open ? "true" : "false");

    control_server_event(ctx, "DEVICE_TRAY_MOVED", data);
}

void control_drives_watch(struct control_server *server)
{
    media_hub_on_tray(machine_board(control_machine(server))->media, moved, server);
}

char *control_io_error(struct machine *machine)
{
    const struct media_failure *failure = machine_failure(machine);
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    JsonObject *data = json_object_new();
    char node_name[NODE_NAME];

    json_object_set_string_member(data, "device", failure->drive);
    if (failure->drive[0])
        json_object_set_string_member(data, "node-name", name_node(failure->drive, node_name));
    json_object_set_string_member(data, "operation",
                                  failure->kind == MEDIA_READ ? "read" : "write");
    json_object_set_string_member(data, "action", "stop");
    json_object_set_boolean_member(data, "nospace", failure->error == ENOSPC);
    json_object_set_string_member(data, "reason", g_strerror(failure->error));
    json_node_take_object(node, data);
    return json_to_string(node, FALSE);
}
