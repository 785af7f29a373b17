/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket's text without the socket: framing, parser, check of every command's
 * arguments. */
#include <stdlib.h>
#include <string.h>

#include "core/control/control_internal.h"
#include "tests/fuzz/targets.h"

#define COMMAND(name, arguments) "{\"execute\":\"" name "\",\"arguments\":{" arguments "}}\n"

static void check(const char *members, JsonObject *arguments)
{
    char problem[256] = "";

    if (!control_check(members, arguments, problem) && strlen(problem) < 10)
        abort(); /* refused without a sentence */
}

static void one_command(const char *text, gsize length)
{
    const char *problem = NULL;
    JsonNode *root = control_parse(text, length, &problem);
    char *reply;

    if (!root) {
        if (!problem)
            abort(); /* refused without a sentence */
        return;
    }
    if (JSON_NODE_HOLDS_OBJECT(root)) {
        JsonObject *object = json_node_get_object(root);
        JsonNode *name = json_object_get_member(object, "execute");
        JsonNode *arguments = json_object_get_member(object, "arguments");
        bool named =
            name && JSON_NODE_HOLDS_VALUE(name) && json_node_get_value_type(name) == G_TYPE_STRING;

        for (const struct control_command *c = control_commands;
             c->name && arguments && JSON_NODE_HOLDS_OBJECT(arguments); c++)
            if (!named || !strcmp(c->name, json_node_get_string(name)))
                check(c->arguments, json_node_get_object(arguments));
    }
    reply = control_reply(root, json_node_copy(root), NULL, NULL);
    for (const char *p = reply; *p; p++)
        if ((unsigned char)*p >= 0x80)
            abort(); /* the wire is ASCII */
    g_free(reply);
    json_node_unref(root);
}

static void one_text(const void *ctx, const uint8_t *data, size_t size)
{
    struct control_scan scan = { 0 };
    gsize at = 0, seen = 0;

    (void)ctx;
    while (seen < size) {
        enum control_found found;

        seen += 1 + seen % 7; /* it comes in pieces */
        seen = seen < size ? seen : size;
        while ((found = control_scan(&scan, (const char *)data + at, seen - at)) != CONTROL_MORE) {
            if (!scan.at || scan.at > seen - at)
                abort();
            if (found == CONTROL_COMMAND)
                one_command((const char *)data + at, scan.at);
            at += scan.at;
            scan = (struct control_scan){ 0 };
        }
    }
}

struct fuzz_target target_control_text(void)
{
    static const char keys[] =
        COMMAND("send-key", "\"keys\":[{\"type\":\"qcode\",\"data\":\"ret\"},"
                            "{'type':'number','data':30}],\"hold-time\":5")
            COMMAND("input-send-event",
                    "\"events\":[{\"type\":\"key\",\"data\":{\"down\":true,\"key\":{\"type\":"
                    "\"qcode\",\"data\":\"a\"}}},{\"type\":\"abs\",\"data\":{\"axis\":\"x\","
                    "\"value\":100}},{\"type\":\"btn\",\"data\":{\"button\":\"left\","
                    "\"down\":false}}]");
    static const char media[] =
        COMMAND("blockdev-change-medium", "\"id\":\"cdrom0\",\"filename\":\"/dev/fdset/0\","
                                          "\"read-only-mode\":\"retain\",\"force\":true")
            COMMAND("__org.bygone_vnc-event",
                    "\"event\":\"VNC_CONNECTED\",\"server\":{\"host\":\"a\",\"service\":\"1\","
                    "\"family\":\"ipv4\",\"websocket\":false},\"client\":{\"host\":\"b\","
                    "\"service\":\"2\",\"family\":\"ipv6\",\"websocket\":true}");
    static const char odd[] = "\xff{'execute': 'x\\'\"\\u00e4'}\x01[[[]]]{\"execute\":\"stop\"}";
    static const struct fuzz_seed seeds[] = {
        { keys, sizeof(keys) - 1 }, { media, sizeof(media) - 1 }, { odd, sizeof(odd) - 1 }, { 0 }
    };

    return (struct fuzz_target){
        .name = "control-text",
        .one = one_text,
        .seeds = seeds,
        .most = 4096,
        .dictionary =
            "{\n}\n[\n]\n\"\n'\n\\\n\\'\n:\n,\nnull\ntrue\n-1\n1e99\n9223372036854775808\n"
            "\\u0000\n\\ud800\n\xff\n\x01\n\"type\":\n\"data\":\n\"execute\":\n"
            "\"arguments\":{\n\"qcode\"\n\"number\"\n\"rel\"\n\"events\":[\n\"keys\":[\n"
            "[[[[[[[[[[[[[[[[[[[[[[[[\n{\"a\":{\"a\":\n/*\n//\n\"id\":",
    };
}
