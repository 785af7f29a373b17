/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text on the control socket: where a command ends, how it is read, how answers are written. */
#include <string.h>
#include <time.h>

#include "core/control/control_internal.h"

#define MAX_DEPTH 256 /* of braces; the JSON library goes as deep in its stack */

/* Bytes that no JSON text has: with one of them a client brings the parser to a known state. */
static bool resets(char byte)
{
    return (uint8_t)byte == 0xff || ((uint8_t)byte < 32 && !g_ascii_isspace(byte));
}

static enum control_found in_string(struct control_scan *scan, char ch)
{
    if (scan->escaped)
        scan->escaped = false;
    else if (ch == '\\')
        scan->escaped = true;
    else if (ch == scan->quote)
        scan->quote = 0;
    return CONTROL_MORE;
}

static enum control_found outside(struct control_scan *scan, char ch)
{
    if (ch == '"' || ch == '\'') {
        if (!scan->depth)
            return CONTROL_GARBAGE;
        scan->quote = ch;
    } else if (ch == '{' || ch == '[') {
        scan->started = true;
        if (++scan->depth > MAX_DEPTH)
            return CONTROL_GARBAGE;
    } else if (ch == '}' || ch == ']') {
        if (--scan->depth < 0)
            return CONTROL_GARBAGE;
        if (!scan->depth)
            return CONTROL_COMMAND;
    } else if (!scan->started && !g_ascii_isspace(ch)) {
        return CONTROL_GARBAGE;
    }
    return CONTROL_MORE;
}

enum control_found control_scan(struct control_scan *scan, const char *text, gsize length)
{
    enum control_found found = CONTROL_MORE;

    while (scan->at < length && found == CONTROL_MORE) {
        char ch = text[scan->at++];

        if (resets(ch)) { /* several in a row are one */
            while (scan->at < length && resets(text[scan->at]))
                scan->at++;
            return CONTROL_GARBAGE;
        }
        found = scan->quote ? in_string(scan, ch) : outside(scan, ch);
    }
    if (found == CONTROL_GARBAGE) /* nobody knows where the next begins: on the next line */
        while (scan->at < length && text[scan->at] != '\n')
            scan->at++;
    return found;
}

/* Single-quoted strings as the JSON library wants them. */
static GString *double_quoted(const char *text, gsize length)
{
    GString *out = g_string_sized_new(length + 16);
    char quote = 0;

    for (gsize i = 0; i < length; i++) {
        char ch = text[i];

        if (quote && ch == '\\' && i + 1 < length) {
            if (text[++i] != '\'')
                g_string_append_c(out, '\\');
            g_string_append_c(out, text[i]);
        } else if (quote && ch == quote) {
            quote = 0;
            g_string_append_c(out, '"');
        } else if (!quote && (ch == '"' || ch == '\'')) {
            quote = ch;
            g_string_append_c(out, '"');
        } else {
            if (quote && ch == '"')
                g_string_append_c(out, '\\');
            g_string_append_c(out, ch);
        }
    }
    return out;
}

/* Of all objects of a text: the members met, and those that are in the objects at their ends. */
struct members {
    guint met, kept;
};

static void count_member(JsonParser *parser, JsonObject *object, const char *name, gpointer members)
{
    (void)parser, (void)object, (void)name;
    ((struct members *)members)->met++;
}

static void count_kept(JsonParser *parser, JsonObject *object, gpointer members)
{
    (void)parser;
    ((struct members *)members)->kept += json_object_get_size(object);
}

JsonNode *control_parse(const char *text, gsize length, const char **problem)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    struct members members = { 0 };
    GString *plain;
    JsonNode *root = NULL;

    *problem = "Invalid JSON syntax";
    if (!g_utf8_validate(text, (gssize)length, NULL))
        return NULL;
    g_signal_connect(parser, "object-member", G_CALLBACK(count_member), &members);
    g_signal_connect(parser, "object-end", G_CALLBACK(count_kept), &members);
    plain = double_quoted(text, length);
    if (json_parser_load_from_data(parser, plain->str, (gssize)plain->len, NULL))
        root = json_parser_steal_root(parser);
    g_string_free(plain, TRUE);
    /* The library lets the last of two members win; which one the client meant nobody knows. */
    if (root && members.met != members.kept) {
        *problem = "JSON parse error, duplicate key";
        g_clear_pointer(&root, json_node_unref);
    }
    return root;
}

static char *ascii(const char *text)
{
    GString *out = g_string_new(NULL);

    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar u = g_utf8_get_char(p);

        if (u < 0x7f)
            g_string_append_c(out, (char)u);
        else if (u < 0x10000)
            g_string_append_printf(out, "\\u%04x", u);
        else
            g_string_append_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (u >> 10), 0xdc00 + (u & 0x3ff));
    }
    g_string_append(out, "\r\n");
    return g_string_free(out, FALSE);
}

char *control_text(JsonNode *node)
{
    g_autofree char *text = json_to_string(node, FALSE);

    return ascii(text);
}

char *control_reply(JsonNode *id, JsonNode *result, const char *error_class, const char *desc)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);
    char *text;

    if (error_class) {
        JsonObject *error = json_object_new();
        g_autofree char *valid = g_utf8_make_valid(desc, -1); /* a cut may go through a character */

        json_object_set_string_member(error, "class", error_class);
        json_object_set_string_member(error, "desc", valid);
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
    text = control_text(node);
    json_node_unref(node);
    return text;
}

char *control_event_text(const char *event, const char *data)
{
    struct timespec ts;
    g_autofree char *line = NULL;

    clock_gettime(CLOCK_REALTIME, &ts);
    line = g_strdup_printf("{\"timestamp\":{\"seconds\":%lld,\"microseconds\":%ld},"
                           "\"event\":\"%s\"%s%s}",
                           (long long)ts.tv_sec, ts.tv_nsec / 1000, event, data ? ",\"data\":" : "",
                           data ? data : "");
    return ascii(line);
}
