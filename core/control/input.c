/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that press keys and move the pointer. */
#include <string.h>

#include "core/control/control_internal.h"

#define MAX_STROKES 4096
#define MAX_EVENTS  64

static uint64_t clamp_ms(int64_t ms, int64_t most)
{
    return (uint64_t)(ms < 1 ? 1 : ms > most ? most : ms) * 1000000u;
}

static bool running(struct control_call *call)
{
    if (machine_status(control_machine(call->server)) == MACHINE_RUNNING)
        return true;
    control_fail(call, "GenericError", "The machine is not running");
    return false;
}

static void type(struct control_call *call, const struct key_stroke *strokes, int count,
                 uint64_t gap_ns)
{
    if (running(call) && !typist_type(control_typist(call->server), strokes, count, gap_ns, call))
        control_fail(call, "GenericError", "Too much waits to be typed already");
}

void control_type_text(struct control_call *call)
{
    static struct key_stroke strokes[MAX_STROKES]; /* the machine thread is one */
    char problem[256];
    int count = key_parse(control_string(call, "text"), strokes, MAX_STROKES, problem);

    if (count < 0)
        control_fail(call, "GenericError", "%s", problem);
    else
        type(call, strokes, count, clamp_ms(control_int(call, "gap-ms", 20), 1000));
}

/* ---- keys ---- */

/* Scan codes of set 1 as QMP has them: those behind E0h with bit 7 set. */
static unsigned key_by_number(int64_t number)
{
    static const unsigned char extended[][2] = {
        { 0x1c, 96 },  { 0x1d, 97 },  { 0x35, 98 },  { 0x37, 99 },  { 0x38, 100 }, { 0x47, 102 },
        { 0x48, 103 }, { 0x49, 104 }, { 0x4b, 105 }, { 0x4d, 106 }, { 0x4f, 107 }, { 0x50, 108 },
        { 0x51, 109 }, { 0x52, 110 }, { 0x53, 111 }, { 0x5b, 125 }, { 0x5c, 126 }, { 0x5d, 127 },
    };

    if (number > 0 && number <= 0x58)
        return (unsigned)number; /* evdev's numbers began as these */
    for (unsigned i = 0; i < G_N_ELEMENTS(extended); i++)
        if (number == (0x80 | extended[i][0]))
            return extended[i][1];
    return 0;
}

static unsigned key_value(struct control_call *call, JsonObject *value)
{
    unsigned key;

    if (!strcmp(json_object_get_string_member(value, "type"), "qcode"))
        return key_by_name(json_object_get_string_member(value, "data"));
    key = key_by_number(json_object_get_int_member(value, "data"));
    if (!key)
        control_fail(call, "GenericError", "There is no key with the scan code %lld",
                     (long long)json_object_get_int_member(value, "data"));
    return key;
}

void control_send_key(struct control_call *call)
{
    JsonArray *keys = json_object_get_array_member(call->arguments, "keys");
    unsigned count = json_array_get_length(keys);
    struct key_stroke strokes[32];

    if (!count || count > 16) {
        control_fail(call, "GenericError", "Parameter 'keys' takes 1 to 16 keys");
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned key = key_value(call, json_array_get_object_element(keys, i));

        if (!key)
            return;
        strokes[i] = (struct key_stroke){ (unsigned short)key, true };
        strokes[2 * count - 1 - i] = (struct key_stroke){ (unsigned short)key, false };
    }
    type(call, strokes, (int)(2 * count), clamp_ms(control_int(call, "hold-time", 100), 10000));
}

/* ---- events ---- */

struct gesture { /* what a list of events adds up to for the pointer */
    int64_t dx, dy, wheel;
    int64_t x, y; /* -1: no position */
    unsigned buttons;
    bool any;
};

static void button(struct gesture *g, JsonObject *data)
{
    static const struct {
        const char *name;
        unsigned button;
    } names[] = { { "left", BUTTON_LEFT },
                  { "right", BUTTON_RIGHT },
                  { "middle", BUTTON_MIDDLE },
                  { "side", BUTTON_SIDE },
                  { "extra", BUTTON_EXTRA } };
    const char *name = json_object_get_string_member(data, "button");
    bool down = json_object_get_boolean_member(data, "down");

    g->any = true;
    if (!strncmp(name, "wheel-", 6)) { /* sideways: PS/2 mice have none */
        g->wheel += !down                         ? 0
                    : !strcmp(name, "wheel-up")   ? 1
                    : !strcmp(name, "wheel-down") ? -1
                                                  : 0;
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (!strcmp(names[i].name, name))
            g->buttons = down ? g->buttons | names[i].button : g->buttons & ~names[i].button;
}

static void move(struct gesture *g, const char *type, JsonObject *data)
{
    bool vertical = !strcmp(json_object_get_string_member(data, "axis"), "y");
    int64_t value = json_object_get_int_member(data, "value");

    g->any = true;
    if (!strcmp(type, "rel"))
        *(vertical ? &g->dy : &g->dx) += CLAMP(value, -32767, 32767);
    else
        *(vertical ? &g->y : &g->x) = CLAMP(value, 0, 32767);
}

static void point(struct input *input, const struct gesture *g, struct control_pointer *last)
{
    if (g->x >= 0)
        last->x = g->x;
    if (g->y >= 0)
        last->y = g->y;
    if ((g->x >= 0 || g->y >= 0) && input->pointer_absolute)
        input->pointer_absolute(input->absolute_ctx, (unsigned)(last->x * 65535 / 32767),
                                (unsigned)(last->y * 65535 / 32767), (int)g->wheel, g->buttons);
    else if (input->pointer)
        input->pointer(input->pointer_ctx, (int)CLAMP(g->dx, -32767, 32767),
                       (int)CLAMP(g->dy, -32767, 32767), (int)g->wheel, g->buttons);
}

/* Keys are looked at before the first event has its effect. */
static bool keys_known(struct control_call *call, JsonArray *events)
{
    for (unsigned i = 0; i < json_array_get_length(events); i++) {
        JsonObject *event = json_array_get_object_element(events, i);

        if (!strcmp(json_object_get_string_member(event, "type"), "key") &&
            !key_value(call, json_object_get_object_member(
                                 json_object_get_object_member(event, "data"), "key")))
            return false;
    }
    return true;
}

void control_send_event(struct control_call *call)
{
    struct input *input = &machine_pc(control_machine(call->server))->input;
    JsonArray *events = json_object_get_array_member(call->arguments, "events");
    struct control_pointer *last = control_pointer(call->server);
    struct gesture g = { .x = -1, .y = -1, .buttons = last->buttons };

    if (json_array_get_length(events) > MAX_EVENTS) {
        control_fail(call, "GenericError", "Parameter 'events' takes at most %d events",
                     MAX_EVENTS);
        return;
    }
    if (!running(call) || !keys_known(call, events))
        return;
    for (unsigned i = 0; i < json_array_get_length(events); i++) {
        JsonObject *event = json_array_get_object_element(events, i);
        JsonObject *data = json_object_get_object_member(event, "data");
        const char *kind = json_object_get_string_member(event, "type");

        if (!strcmp(kind, "btn"))
            button(&g, data);
        else if (strcmp(kind, "key"))
            move(&g, kind, data);
        else if (input->key)
            input->key(input->key_ctx, key_value(call, json_object_get_object_member(data, "key")),
                       json_object_get_boolean_member(data, "down"));
    }
    last->buttons = g.buttons;
    if (g.any)
        point(input, &g, last);
}

static void put_mouse(struct control_call *call, const char *name, int index, bool current,
                      bool absolute)
{
    json_builder_begin_object(call->result);
    control_put_string(call, "name", name);
    control_put_int(call, "index", index);
    control_put_bool(call, "current", current);
    control_put_bool(call, "absolute", absolute);
    json_builder_end_object(call->result);
}

void control_query_mice(struct control_call *call)
{
    const struct input *input = &machine_pc(control_machine(call->server))->input;
    bool absolute = input->pointer_absolute && input->absolute;

    json_builder_begin_array(call->result);
    if (input->pointer_absolute)
        put_mouse(call, "vmmouse", 1, absolute, true);
    if (input->pointer)
        put_mouse(call, "PS/2 Mouse", 0, !absolute, false);
    json_builder_end_array(call->result);
}
