/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of what goes over the control socket: one list for checking arguments and for
 * query-qmp-schema.  Names and members are QEMU 7.2's, cut to what a machine here has.
 */
#include <stdio.h>
#include <string.h>

#include "core/control/control_internal.h"

const struct control_type control_types[] = {
    { "RunState", CONTROL_ENUM,
      "debug inmigrate internal-error io-error paused postmigrate prelaunch finish-migrate "
      "restore-vm running save-vm shutdown suspended watchdog guest-panicked colo",
      NULL },
    { "StatusInfo", CONTROL_OBJECT,
      "running:bool singlestep:bool status:RunState __org.bygone_why:str "
      "__org.bygone_virtual-ns:int __org.bygone_dropped-ns:int __org.bygone_instructions:int",
      NULL },
    { "QMPCapability", CONTROL_ENUM, "oob", NULL },
    { "VersionTriple", CONTROL_OBJECT, "major:int minor:int micro:int", NULL },
    { "VersionInfo", CONTROL_OBJECT, "qemu:VersionTriple package:str", NULL },
    { "CommandInfo", CONTROL_OBJECT, "name:str", NULL },
    { "NameInfo", CONTROL_OBJECT, "name?:str", NULL },
    { "UuidInfo", CONTROL_OBJECT, "UUID:str", NULL },
    { "KvmInfo", CONTROL_OBJECT, "enabled:bool present:bool", NULL },
    { "SysEmuTarget", CONTROL_ENUM, "i386", NULL },
    { "CpuInstanceProperties", CONTROL_OBJECT,
      "socket-id?:int die-id?:int core-id?:int thread-id?:int", NULL },
    { "CpuInfoFast", CONTROL_OBJECT,
      "cpu-index:int qom-path:str thread-id:int props?:CpuInstanceProperties target:SysEmuTarget",
      NULL },
    { "MouseInfo", CONTROL_OBJECT, "name:str index:int current:bool absolute:bool", NULL },
    { "ChardevInfo", CONTROL_OBJECT, "label:str filename:str frontend-open:bool", NULL },
    { "BlockDeviceIoStatus", CONTROL_ENUM, "ok failed nospace", NULL },
    { "BlockdevCacheInfo", CONTROL_OBJECT, "writeback:bool direct:bool no-flush:bool", NULL },
    { "BlockdevDetectZeroesOptions", CONTROL_ENUM, "off on unmap", NULL },
    { "ImageInfo", CONTROL_OBJECT, "filename:str format:str virtual-size:int", NULL },
    { "BlockDeviceInfo", CONTROL_OBJECT,
      "file:str node-name?:str ro:bool drv:str backing_file_depth:int encrypted:bool "
      "detect_zeroes:BlockdevDetectZeroesOptions bps:int bps_rd:int bps_wr:int iops:int "
      "iops_rd:int iops_wr:int image:ImageInfo cache:BlockdevCacheInfo write_threshold:int",
      NULL },
    { "BlockInfo", CONTROL_OBJECT,
      "device:str qdev?:str type:str removable:bool locked:bool inserted?:BlockDeviceInfo "
      "tray_open?:bool io-status?:BlockDeviceIoStatus",
      NULL },
    { "BlockdevChangeReadOnlyMode", CONTROL_ENUM, "retain read-only read-write", NULL },
    { "NetworkAddressFamily", CONTROL_ENUM, "ipv4 ipv6 unix vsock unknown", NULL },
    { "VncBasicInfo", CONTROL_OBJECT,
      "host:str service:str family:NetworkAddressFamily websocket:bool", NULL },
    { "VncServerInfo", CONTROL_OBJECT,
      "host:str service:str family:NetworkAddressFamily websocket:bool auth?:str", NULL },
    { "VncClientInfo", CONTROL_OBJECT,
      "host:str service:str family:NetworkAddressFamily websocket:bool x509_dname?:str "
      "sasl_username?:str",
      NULL },
    { "VncInfo", CONTROL_OBJECT,
      "enabled:bool host?:str family?:NetworkAddressFamily service?:str auth?:str "
      "clients?:[VncClientInfo]",
      NULL },
    { "__org.bygone_VncEvent", CONTROL_ENUM, "VNC_CONNECTED VNC_INITIALIZED VNC_DISCONNECTED",
      NULL },
    { "FdsetFdInfo", CONTROL_OBJECT, "fd:int opaque?:str", NULL },
    { "FdsetInfo", CONTROL_OBJECT, "fdset-id:int fds:[FdsetFdInfo]", NULL },
    { "AddfdInfo", CONTROL_OBJECT, "fdset-id:int fd:int", NULL },
    { "ImageFormat", CONTROL_ENUM, "ppm png", NULL },
    { "QKeyCode", CONTROL_ENUM, NULL, NULL },
    { "KeyValueKind", CONTROL_ENUM, "number qcode", NULL },
    { "IntWrapper", CONTROL_OBJECT, "data:int", NULL },
    { "QKeyCodeWrapper", CONTROL_OBJECT, "data:QKeyCode", NULL },
    { "KeyValue", CONTROL_OBJECT, "type:KeyValueKind",
      "type number=IntWrapper qcode=QKeyCodeWrapper" },
    { "InputButton", CONTROL_ENUM,
      "left middle right wheel-up wheel-down side extra wheel-left wheel-right", NULL },
    { "InputAxis", CONTROL_ENUM, "x y", NULL },
    { "InputKeyEvent", CONTROL_OBJECT, "key:KeyValue down:bool", NULL },
    { "InputBtnEvent", CONTROL_OBJECT, "button:InputButton down:bool", NULL },
    { "InputMoveEvent", CONTROL_OBJECT, "axis:InputAxis value:int", NULL },
    { "InputKeyEventWrapper", CONTROL_OBJECT, "data:InputKeyEvent", NULL },
    { "InputBtnEventWrapper", CONTROL_OBJECT, "data:InputBtnEvent", NULL },
    { "InputMoveEventWrapper", CONTROL_OBJECT, "data:InputMoveEvent", NULL },
    { "InputEventKind", CONTROL_ENUM, "key btn rel abs", NULL },
    { "InputEvent", CONTROL_OBJECT, "type:InputEventKind",
      "type key=InputKeyEventWrapper btn=InputBtnEventWrapper rel=InputMoveEventWrapper "
      "abs=InputMoveEventWrapper" },
    { "ShutdownCause", CONTROL_ENUM,
      "none host-error host-qmp-quit host-qmp-system-reset host-signal host-ui guest-shutdown "
      "guest-reset guest-panic subsystem-reset snapshot-load",
      NULL },
    { "IoOperationType", CONTROL_ENUM, "read write", NULL },
    { "BlockErrorAction", CONTROL_ENUM, "ignore report stop", NULL },
    { "SchemaMetaType", CONTROL_ENUM, "builtin enum array object command event", NULL },
    { "JSONType", CONTROL_ENUM, "string int boolean value", NULL },
    { "SchemaInfoEnumMember", CONTROL_OBJECT, "name:str", NULL },
    { "SchemaInfoObjectMember", CONTROL_OBJECT, "name:str type:str default?:any", NULL },
    { "SchemaInfoObjectVariant", CONTROL_OBJECT, "case:str type:str", NULL },
    { "SchemaInfoBuiltin", CONTROL_OBJECT, "json-type:JSONType", NULL },
    { "SchemaInfoEnum", CONTROL_OBJECT, "members:[SchemaInfoEnumMember] values:[str]", NULL },
    { "SchemaInfoArray", CONTROL_OBJECT, "element-type:str", NULL },
    { "SchemaInfoObject", CONTROL_OBJECT,
      "members:[SchemaInfoObjectMember] tag?:str variants?:[SchemaInfoObjectVariant]", NULL },
    { "SchemaInfoCommand", CONTROL_OBJECT, "arg-type:str ret-type:str allow-oob?:bool", NULL },
    { "SchemaInfoEvent", CONTROL_OBJECT, "arg-type:str", NULL },
    { "SchemaInfo", CONTROL_OBJECT, "name:str meta-type:SchemaMetaType",
      "meta-type builtin=SchemaInfoBuiltin enum=SchemaInfoEnum array=SchemaInfoArray "
      "object=SchemaInfoObject command=SchemaInfoCommand event=SchemaInfoEvent" },
    { "__org.bygone_ScreenText", CONTROL_OBJECT,
      "text:str columns:int rows:int cursor-column:int cursor-row:int cursor-visible:bool", NULL },
    { "__org.bygone_Speed", CONTROL_OBJECT, "speed:str instructions-per-second:int reached:bool",
      NULL },
    { NULL, CONTROL_ENUM, NULL, NULL },
};

const struct control_event_type control_events[] = {
    { "SHUTDOWN", "guest:bool reason:ShutdownCause", false },
    { "POWERDOWN", "", false },
    { "RESET", "guest:bool reason:ShutdownCause", false },
    { "STOP", "", false },
    { "RESUME", "", false },
    { "DEVICE_TRAY_MOVED", "device:str id:str tray-open:bool", false },
    { "BLOCK_IO_ERROR",
      "device:str node-name?:str operation:IoOperationType action:BlockErrorAction nospace?:bool "
      "reason:str",
      false },
    { "RTC_CHANGE", "offset:int qom-path:str", true },
    { "VNC_CONNECTED", "server:VncServerInfo client:VncBasicInfo", false },
    { "VNC_INITIALIZED", "server:VncServerInfo client:VncClientInfo", false },
    { "VNC_DISCONNECTED", "server:VncServerInfo client:VncClientInfo", false },
    { NULL, NULL, false },
};

/* ---- reading the lists ---- */

/* The next word into buf (cut to size); false: none. */
static bool next_word(const char **list, char *buf, size_t size)
{
    size_t n;

    *list += strspn(*list, " ");
    n = strcspn(*list, " ");
    if (!n)
        return false;
    snprintf(buf, size, "%.*s", (int)n, *list);
    *list += n;
    return true;
}

bool control_next_member(const char **list, struct control_member *member)
{
    char word[96], *colon;
    size_t n;

    if (!next_word(list, word, sizeof(word)))
        return false;
    colon = strchr(word, ':');
    n = (size_t)(colon - word);
    member->optional = word[n - 1] == '?';
    snprintf(member->name, sizeof(member->name), "%.*s", (int)(n - member->optional), word);
    snprintf(member->type, sizeof(member->type), "%s", colon + 1);
    return true;
}

static const struct control_type *find_type(const char *name)
{
    const struct control_type *t = control_types;

    while (t->name && strcmp(t->name, name))
        t++;
    return t->name ? t : NULL;
}

/* The type of the members that a union has beside its own; false: none for that value. */
static bool variant(const struct control_type *type, const char *value, char out[48])
{
    const char *list = type->variants;
    char word[96];
    size_t n = strlen(value);

    next_word(&list, word, sizeof(word)); /* the member that decides */
    while (next_word(&list, word, sizeof(word)))
        if (!strncmp(word, value, n) && word[n] == '=') {
            snprintf(out, 48, "%s", word + n + 1);
            return true;
        }
    return false;
}

/* ---- checking ---- */

static bool wrong(char problem[256], const char *name, const char *expected)
{
    snprintf(problem, 256, "Invalid parameter type for '%.60s', expected: %s", name, expected);
    return false;
}

static bool holds(JsonNode *node, GType type)
{
    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

static bool check_enum(const struct control_type *type, const char *name, JsonNode *node,
                       char problem[256])
{
    const char *list = type->members, *value;
    char word[48];

    if (!holds(node, G_TYPE_STRING))
        return wrong(problem, name, "string");
    value = json_node_get_string(node);
    if (!list && key_by_name(value))
        return true;
    while (list && next_word(&list, word, sizeof(word)))
        if (!strcmp(word, value))
            return true;
    snprintf(problem, 256, "Parameter '%.60s' does not accept value '%.60s'", name, value);
    return false;
}

static bool check_members(const char *prefix, const char *members, JsonObject *object,
                          char problem[256]);

static bool check_object(const struct control_type *type, const char *name, JsonNode *node,
                         char problem[256])
{
    g_autofree char *all = NULL;
    char word[48], extra[48];
    const char *list = type->variants;
    JsonNode *tag;

    if (!JSON_NODE_HOLDS_OBJECT(node))
        return wrong(problem, name, "object");
    if (!list)
        return check_members(name, type->members, json_node_get_object(node), problem);
    next_word(&list, word, sizeof(word));
    tag = json_object_get_member(json_node_get_object(node), word);
    if (!tag || !holds(tag, G_TYPE_STRING) || !variant(type, json_node_get_string(tag), extra))
        /* The members' own check knows what to say. */
        return check_members(name, type->members, json_node_get_object(node), problem) &&
               wrong(problem, name, type->name);
    all = g_strconcat(type->members, " ", find_type(extra)->members, NULL);
    return check_members(name, all, json_node_get_object(node), problem);
}

static bool check_value(const char *type, const char *name, JsonNode *node, char problem[256])
{
    const struct control_type *t;

    if (!strcmp(type, "str") || !strcmp(type, "file"))
        return holds(node, G_TYPE_STRING) || wrong(problem, name, "string");
    if (!strcmp(type, "int"))
        return holds(node, G_TYPE_INT64) || wrong(problem, name, "integer");
    if (!strcmp(type, "bool"))
        return holds(node, G_TYPE_BOOLEAN) || wrong(problem, name, "boolean");
    if (type[0] == '[') {
        g_autofree char *element = g_strndup(type + 1, strlen(type) - 2);
        JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

        for (unsigned i = 0; array && i < json_array_get_length(array); i++) {
            g_autofree char *at = g_strdup_printf("%s[%u]", name, i);

            if (!check_value(element, at, json_array_get_element(array, i), problem))
                return false;
        }
        return array || wrong(problem, name, "array");
    }
    t = find_type(type);
    if (!t) /* any */
        return true;
    return t->kind == CONTROL_ENUM ? check_enum(t, name, node, problem)
                                   : check_object(t, name, node, problem);
}

/* Members of an inner object are called by the whole way to them: "keys[0].data". */
static char *full_name(const char *prefix, const char *name)
{
    return g_strdup_printf("%s%s%s", prefix, prefix[0] ? "." : "", name);
}

static bool check_members(const char *prefix, const char *members, JsonObject *object,
                          char problem[256])
{
    g_autoptr(GList) given = json_object_get_members(object);
    struct control_member member;

    for (GList *m = given; m; m = m->next) {
        g_autofree char *name = full_name(prefix, m->data);
        const char *list = members;
        bool found = false;

        while (!found && control_next_member(&list, &member))
            found = !strcmp(member.name, m->data);
        if (!found) {
            snprintf(problem, 256, "Parameter '%.120s' is unexpected", name);
            return false;
        }
        if (!check_value(member.type, name, json_object_get_member(object, m->data), problem))
            return false;
    }
    for (const char *list = members; control_next_member(&list, &member);)
        if (!member.optional && !json_object_has_member(object, member.name)) {
            g_autofree char *name = full_name(prefix, member.name);

            snprintf(problem, 256, "Parameter '%.120s' is missing", name);
            return false;
        }
    return true;
}

bool control_check(const char *members, JsonObject *object, char problem[256])
{
    return check_members("", members, object, problem);
}

/* ---- introspection ---- */

struct schema {
    JsonBuilder *b;
    GHashTable *seen;
};

static void put(struct schema *s, const char *key, const char *value)
{
    json_builder_set_member_name(s->b, key);
    json_builder_add_string_value(s->b, value);
}

static void begin(struct schema *s, const char *name, const char *meta)
{
    json_builder_begin_object(s->b);
    put(s, "name", name);
    put(s, "meta-type", meta);
}

static void emit(struct schema *s, const char *name);

static const char *wire_type(const char *type)
{
    return strcmp(type, "file") ? type : "str";
}

static void emit_members(struct schema *s, const char *list)
{
    struct control_member member;

    while (control_next_member(&list, &member))
        emit(s, wire_type(member.type));
}

/* An object type of these members, which may be nobody's but a command's or an event's. */
static void put_object(struct schema *s, const char *name, const char *list, const char *variants)
{
    struct control_member member;
    char word[96];

    begin(s, name, "object");
    json_builder_set_member_name(s->b, "members");
    json_builder_begin_array(s->b);
    while (control_next_member(&list, &member)) {
        json_builder_begin_object(s->b);
        put(s, "name", member.name);
        put(s, "type", wire_type(member.type));
        if (member.optional) {
            json_builder_set_member_name(s->b, "default");
            json_builder_add_null_value(s->b);
        }
        json_builder_end_object(s->b);
    }
    json_builder_end_array(s->b);
    if (variants) {
        next_word(&variants, word, sizeof(word));
        put(s, "tag", word);
        json_builder_set_member_name(s->b, "variants");
        json_builder_begin_array(s->b);
        while (next_word(&variants, word, sizeof(word))) {
            char *equals = strchr(word, '=');

            *equals = 0;
            json_builder_begin_object(s->b);
            put(s, "case", word);
            put(s, "type", equals + 1);
            json_builder_end_object(s->b);
        }
        json_builder_end_array(s->b);
    }
    json_builder_end_object(s->b);
}

static void put_enum(struct schema *s, const struct control_type *type)
{
    const char *list = type->members, *key = NULL;
    char word[48];

    begin(s, type->name, "enum");
    for (unsigned pass = 0; pass < 2; pass++) {
        unsigned n = 0;

        json_builder_set_member_name(s->b, pass ? "members" : "values");
        json_builder_begin_array(s->b);
        for (list = type->members;;) {
            if (list ? !next_word(&list, word, sizeof(word)) : !(key = key_nth_name(n++)))
                break;
            if (!type->members)
                snprintf(word, sizeof(word), "%s", key);
            if (!pass) {
                json_builder_add_string_value(s->b, word);
                continue;
            }
            json_builder_begin_object(s->b);
            put(s, "name", word);
            json_builder_end_object(s->b);
        }
        json_builder_end_array(s->b);
    }
    json_builder_end_object(s->b);
}

static void emit_variants(struct schema *s, const char *variants)
{
    char word[96];

    next_word(&variants, word, sizeof(word));
    while (next_word(&variants, word, sizeof(word)))
        emit(s, strchr(word, '=') + 1);
}

/* Puts a type, and those it is made of, once. */
static void emit(struct schema *s, const char *name)
{
    static const char *const builtin[][2] = {
        { "str", "string" }, { "int", "int" }, { "bool", "boolean" }, { "any", "value" }
    };
    const struct control_type *type = find_type(name);

    if (!g_hash_table_add(s->seen, g_strdup(name)))
        return;
    if (name[0] == '[') {
        g_autofree char *element = g_strndup(name + 1, strlen(name) - 2);

        begin(s, name, "array");
        put(s, "element-type", element);
        json_builder_end_object(s->b);
        emit(s, element);
    } else if (!type) {
        for (unsigned i = 0; i < G_N_ELEMENTS(builtin); i++)
            if (!strcmp(builtin[i][0], name)) {
                begin(s, name, "builtin");
                put(s, "json-type", builtin[i][1]);
                json_builder_end_object(s->b);
            }
    } else if (type->kind == CONTROL_ENUM) {
        put_enum(s, type);
    } else {
        put_object(s, name, type->members, type->variants);
        emit_members(s, type->members);
        if (type->variants)
            emit_variants(s, type->variants);
    }
}

/* The type of a command's or an event's members; "q_empty" if it has none. */
static char *arguments_type(struct schema *s, const char *name, const char *members)
{
    char *type;

    if (!members[0])
        return g_strdup("q_empty");
    type = g_strdup_printf("q_obj_%s-arg", name);
    put_object(s, type, members, NULL);
    emit_members(s, members);
    return type;
}

void control_schema(JsonBuilder *builder)
{
    struct schema s = { builder, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL) };

    json_builder_begin_array(builder);
    put_object(&s, "q_empty", "", NULL);
    for (const struct control_command *c = control_commands; c->name; c++) {
        g_autofree char *type = arguments_type(&s, c->name, c->arguments);

        begin(&s, c->name, "command");
        put(&s, "arg-type", type);
        put(&s, "ret-type", c->result[0] ? c->result : "q_empty");
        json_builder_set_member_name(builder, "allow-oob");
        json_builder_add_boolean_value(builder, FALSE);
        json_builder_end_object(builder);
        if (c->result[0])
            emit(&s, c->result);
    }
    for (const struct control_event_type *e = control_events; e->name; e++) {
        g_autofree char *type = arguments_type(&s, e->name, e->members);

        begin(&s, e->name, "event");
        put(&s, "arg-type", type);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    g_hash_table_unref(s.seen);
}
