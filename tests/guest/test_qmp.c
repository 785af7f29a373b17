/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket as a plain QMP client sees it: a whole machine and its server run in this
 * process, the client here knows nothing but JSON and a socket.
 */
#include <errno.h>
#include <glib.h>
#include <json-glib/json-glib.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/control/control.h"
#include "core/host/keys.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"
#include "tests/guest/outside.h"

enum { PATIENCE_MS = 60000 }; /* until a test that waits in vain is said to have failed */

static struct bench *bench;
static struct bench_bytes image;
static struct control_server *server;
static pthread_t machine_thread;
static char folder[] = "/tmp/bygone-qmp-XXXXXX", path[64];

/* ---- the machine ---- */

static void status_changed(struct bench *b, enum machine_status status)
{
    (void)b;
    (void)status;
    if (server)
        control_server_status(server);
}

static void was_reset(struct bench *b, bool by_guest)
{
    (void)b;
    control_server_reset(server, by_guest);
}

static void *run_machine(void *arg)
{
    machine_run(bench->machine);
    return arg;
}

static bool save(void *ctx, struct error *err)
{
    (void)ctx;
    return error_set(err, "saving fails in this test");
}

static void start(void)
{
    const struct control_actions actions = { .save = save };
    struct error err = { { 0 } };

    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/control", folder);
    image = bench_boot_image("halt", 368640);
    outside_start();
    bench = bench_new(&(struct bench_setup){
        .floppy = image, .memory = 2, .paced = true, .disk_fast = true, .confine_later = true });
    guest_confine_files(folder);
    machine_start(bench->machine); /* before anybody is told of events */
    bench->status_changed = status_changed;
    bench->was_reset = was_reset;
    server = control_server_new(bench->machine, "A \"test\"",
                                "f9ea2a41-5f0a-4a94-8d2c-1d2a3a1f0c11", path, &actions, &err);
    ck_assert_msg(server != NULL, "%s", err.text);
    guest_confine_calls();
    ck_assert_int_eq(pthread_create(&machine_thread, NULL, run_machine, NULL), 0);
}

static void post_quit(void *arg)
{
    machine_quit(arg);
}

static void end(void)
{
    machine_post(bench->machine, post_quit, bench->machine);
    pthread_join(machine_thread, NULL);
    control_server_free(server);
    server = NULL;
    ck_assert_int_ne(access(path, F_OK), 0);
    bench_free(bench);
    free(image.data);
    rmdir(folder);
}

/* ---- the client ---- */

struct client {
    int fd;
    GString *in;
    GPtrArray *events; /* names, as they came */
    JsonNode *answer;  /* the last one */
};

/* False: the server has hung up. */
static bool receive(struct client *c, int timeout_ms)
{
    struct pollfd pfd = { .fd = c->fd, .events = POLLIN };
    char data[65536];
    ssize_t n;

    ck_assert_msg(poll(&pfd, 1, timeout_ms) == 1, "no answer");
    n = read(c->fd, data, sizeof(data));
    if (n <= 0)
        return false;
    for (ssize_t i = 0; i < n; i++)
        ck_assert_msg((uint8_t)data[i] < 0x80, "the wire is ASCII");
    g_string_append_len(c->in, data, n);
    return true;
}

/* The next line as JSON, NULL: the server has hung up. */
static JsonNode *next_node(struct client *c)
{
    JsonNode *node;
    char *end_of_line;

    while (!(end_of_line = strstr(c->in->str, "\r\n")))
        if (!receive(c, PATIENCE_MS))
            return NULL;
    *end_of_line = 0;
    node = json_from_string(c->in->str, NULL);
    ck_assert_msg(node && JSON_NODE_HOLDS_OBJECT(node), "not a JSON object: %s", c->in->str);
    g_string_erase(c->in, 0, end_of_line - c->in->str + 2);
    return node;
}

static struct client *open_client(void)
{
    struct client *c = g_new0(struct client, 1);

    c->in = g_string_new(NULL);
    c->events = g_ptr_array_new_with_free_func(g_free);
    c->fd = outside_unix(path);
    ck_assert_int_ge(c->fd, 0);
    c->answer = next_node(c);
    ck_assert_ptr_nonnull(c->answer);
    return c;
}

static void close_client(struct client *c)
{
    close(c->fd);
    g_string_free(c->in, TRUE);
    g_ptr_array_unref(c->events);
    json_node_unref(c->answer);
    g_free(c);
}

static void send_text(struct client *c, const char *text, int fd)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec iov = { (void *)text, strlen(text) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (fd >= 0) {
        struct cmsghdr *cmsg;

        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
    }
    ck_assert(sendmsg(c->fd, &msg, MSG_NOSIGNAL) == (ssize_t)strlen(text));
}

/* The next answer; events on the way are put aside.  False: the server has hung up. */
static bool next_answer(struct client *c)
{
    JsonNode *node;

    while ((node = next_node(c))) {
        JsonObject *o = json_node_get_object(node);

        if (!json_object_has_member(o, "event")) {
            json_node_unref(c->answer);
            c->answer = node;
            return true;
        }
        ck_assert(json_object_has_member(o, "timestamp"));
        g_ptr_array_add(c->events, g_strdup(json_object_get_string_member(o, "event")));
        json_node_unref(node);
    }
    return false;
}

static JsonObject *answer(struct client *c)
{
    return json_node_get_object(c->answer);
}

/* Sends a command as it is written here; the answer must be good. */
static JsonNode *ask(struct client *c, const char *text)
{
    send_text(c, text, -1);
    ck_assert(next_answer(c));
    ck_assert_msg(json_object_has_member(answer(c), "return"), "%s", text);
    return json_object_get_member(answer(c), "return");
}

static void refused(struct client *c, const char *text, const char *error_class)
{
    JsonObject *error;

    send_text(c, text, -1);
    ck_assert(next_answer(c));
    ck_assert_msg(json_object_has_member(answer(c), "error"), "accepted: %s", text);
    error = json_object_get_object_member(answer(c), "error");
    ck_assert_str_eq(json_object_get_string_member(error, "class"), error_class);
    ck_assert_uint_gt(strlen(json_object_get_string_member(error, "desc")), 5);
}

static const char *description(struct client *c)
{
    return json_object_get_string_member(json_object_get_object_member(answer(c), "error"), "desc");
}

static struct client *negotiated_client(void)
{
    struct client *c = open_client();

    ask(c, "{\"execute\": \"qmp_capabilities\"}\r\n");
    return c;
}

static const char *status(struct client *c)
{
    JsonNode *value = ask(c, "{\"execute\": \"query-status\"}");

    return json_object_get_string_member(json_node_get_object(value), "status");
}

static const char *io_status(struct client *c, const char *device)
{
    JsonArray *drives = json_node_get_array(ask(c, "{\"execute\": \"query-block\"}"));

    for (unsigned i = 0; i < json_array_get_length(drives); i++) {
        JsonObject *drive = json_array_get_object_element(drives, i);

        if (!strcmp(json_object_get_string_member(drive, "device"), device))
            return json_object_get_string_member(drive, "io-status");
    }
    return "no such drive";
}

/* Waits for an event that was not there yet. */
static void expect_event(struct client *c, const char *name)
{
    for (;;) {
        JsonNode *node;

        for (unsigned i = 0; i < c->events->len; i++)
            if (!strcmp(c->events->pdata[i], name)) {
                g_ptr_array_remove_index(c->events, i);
                return;
            }
        node = next_node(c);
        ck_assert_msg(node != NULL, "no %s came", name);
        g_ptr_array_add(c->events, g_strdup(json_object_get_string_member_with_default(
                                       json_node_get_object(node), "event", "an answer")));
        json_node_unref(node);
    }
}

/* ---- tests ---- */

START_TEST(greets_and_negotiates_once)
{
    struct client *c = open_client();
    JsonObject *qmp = json_object_get_object_member(answer(c), "QMP");
    JsonObject *version;

    ck_assert_ptr_nonnull(qmp);
    ck_assert_ptr_nonnull(json_object_get_array_member(qmp, "capabilities"));
    version = json_object_get_object_member(json_object_get_object_member(qmp, "version"), "qemu");
    ck_assert(json_object_has_member(version, "major") &&
              json_object_has_member(version, "minor") && json_object_has_member(version, "micro"));
    refused(c, "{\"execute\": \"query-status\"}", "CommandNotFound");
    refused(c, "{\"execute\": \"stop\"}", "CommandNotFound");
    ask(c, "{\"execute\": \"qmp_capabilities\"}");
    refused(c, "{\"execute\": \"qmp_capabilities\"}", "CommandNotFound");
    ck_assert_str_eq(status(c), "running");
    close_client(c);
}
END_TEST

START_TEST(stops_goes_on_and_resets)
{
    struct client *c = negotiated_client();

    g_ptr_array_set_size(c->events, 0);
    ask(c, "{\"execute\": \"stop\"}");
    expect_event(c, "STOP");
    ck_assert_str_eq(status(c), "paused");
    ask(c, "{\"execute\": \"stop\"}"); /* once more does no harm, and is no event */
    ck_assert_uint_eq(c->events->len, 0);
    refused(c, "{\"execute\": \"__org.bygone_type\", \"arguments\": {\"text\": \"a\"}}",
            "GenericError");
    ask(c, "{\"execute\": \"system_reset\"}");
    expect_event(c, "RESET");
    ck_assert_str_eq(status(c), "paused");
    ask(c, "{\"execute\": \"cont\"}");
    expect_event(c, "RESUME");
    ck_assert_str_eq(status(c), "running");
    ask(c, "{\"execute\": \"system_reset\"}");
    expect_event(c, "RESET");
    ck_assert_str_eq(status(c), "running");
    close_client(c);
}
END_TEST

START_TEST(says_what_it_is_and_can)
{
    static const char *const names[] = { "query-status", "stop",          "cont",
                                         "system_reset", "send-key",      "quit",
                                         "add-fd",       "screendump",    "pmemsave",
                                         "query-name",   "query-commands" };
    struct client *c = negotiated_client();
    JsonObject *o;
    JsonArray *list;

    o = json_node_get_object(ask(c, "{\"execute\": \"query-name\"}"));
    ck_assert_str_eq(json_object_get_string_member(o, "name"), "A \"test\"");
    o = json_node_get_object(ask(c, "{\"execute\": \"query-uuid\"}"));
    ck_assert_uint_eq(strlen(json_object_get_string_member(o, "UUID")), 36);
    o = json_node_get_object(ask(c, "{\"execute\": \"query-kvm\"}"));
    ck_assert(!json_object_get_boolean_member(o, "enabled"));
    ck_assert(json_object_has_member(
        json_node_get_object(ask(c, "{\"execute\": \"query-version\"}")), "qemu"));
    list = json_node_get_array(ask(c, "{\"execute\": \"query-commands\"}"));
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        bool found = false;

        for (unsigned k = 0; k < json_array_get_length(list); k++)
            found |= !strcmp(
                json_object_get_string_member(json_array_get_object_element(list, k), "name"),
                names[i]);
        ck_assert_msg(found, "%s is not listed", names[i]);
    }
    close_client(c);
}
END_TEST

START_TEST(echoes_ids_of_all_kinds)
{
    static const char *const ids[] = {
        "null",
        "true",
        "5",
        "-1.5",
        "\"text\"",
        "\"\\u00fc\xc3\x9f\xf0\x9f\x98\x80\"",
        "[1, {\"a\": 2}, []]",
        "{\"x\": null, \"y\": [false]}",
        "\"\"",
    };
    struct client *c = negotiated_client();

    for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++)
        for (unsigned bad = 0; bad < 2; bad++) {
            g_autofree char *text = g_strdup_printf("{\"id\": %s, \"execute\": \"%s\"}\n", ids[i],
                                                    bad ? "no-such" : "query-name");
            JsonNode *wanted = json_from_string(ids[i], NULL);
            JsonNode *id;

            if (bad)
                refused(c, text, "CommandNotFound");
            else
                ask(c, text);
            id = json_object_get_member(answer(c), "id");
            if (!wanted) /* json-glib's word for null */
                ck_assert(id && JSON_NODE_HOLDS_NULL(id));
            else
                ck_assert_msg(id && json_node_equal(id, wanted), "id %s", ids[i]);
            if (wanted)
                json_node_unref(wanted);
        }
    ask(c, "{\"execute\": \"query-name\"}");
    ck_assert(!json_object_has_member(answer(c), "id"));
    close_client(c);
}
END_TEST

START_TEST(wrong_arguments_are_refused_before_any_effect)
{
    static const char *const wrong[] = {
        "{\"execute\": \"stop\", \"arguments\": {\"x\": 1}}",
        "{\"execute\": \"stop\", \"arguments\": []}",
        "{\"execute\": \"stop\", \"arguments\": \"\"}",
        "{\"execute\": \"stop\", \"execute\": \"query-name\"}",
        "{\"execute\": \"query-name\", \"arguments\": {\"a\": 1}, \"arguments\": {}}",
        "{\"execute\": [\"stop\"]}",
        "{\"arguments\": {}}",
        "{}",
        "[\"stop\"]",
        "{\"execute\": \"send-key\"}",
        "{\"execute\": \"send-key\", \"arguments\": {\"keys\": 5}}",
        "{\"execute\": \"send-key\", \"arguments\": {\"keys\": []}}",
        "{\"execute\": \"send-key\", \"arguments\": {\"keys\": [5]}}",
        "{\"execute\": \"send-key\", \"arguments\": {\"keys\": [{\"type\": \"qcode\"}]}}",
        "{\"execute\": \"send-key\", \"arguments\": {\"keys\": [{\"type\": 1, \"data\": 2}]}}",
        "{\"execute\": \"send-key\", \"arguments\": "
        "{\"keys\": [{\"type\": \"qcode\", \"data\": \"no-such-key\"}]}}",
        "{\"execute\": \"send-key\", \"arguments\": "
        "{\"keys\": [{\"type\": \"qcode\", \"data\": \"a\"}], \"hold-time\": \"long\"}}",
        "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 0, \"filename\": \"/dev/fdset/0\"}}",
        "{\"execute\": \"pmemsave\", \"arguments\": "
        "{\"val\": \"0\", \"size\": 1, \"filename\": \"/dev/fdset/0\"}}",
        "{\"execute\": \"pmemsave\", \"arguments\": "
        "{\"val\": 1.5, \"size\": 1, \"filename\": \"/dev/fdset/0\"}}",
        "{\"execute\": \"screendump\", \"arguments\": {\"filename\": null}}",
        "{\"execute\": \"__org.bygone_type\", \"arguments\": {\"text\": \"{no-such-key}\"}}",
        "{\"execute\": \"__org.bygone_type\", \"arguments\": {\"text\": \"\xe2\x82\xac\"}}",
        "{\"execute\": \"__org.bygone_engine\", \"arguments\": {\"engine\": \"none\"}}",
        "{\"execute\": \"__org.bygone_speed\", \"arguments\": {\"speed\": \"fast\"}}",
        "{\"execute\": \"__org.bygone_speed\", \"arguments\": {\"speed\": \"0\"}}",
        "{\"execute\": \"__org.bygone_save\"}",
        "{\"execute\": \"add-fd\"}",
        "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"x\"}}",
    };
    struct client *c = negotiated_client();

    g_ptr_array_set_size(c->events, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++)
        refused(c, wrong[i], "GenericError");
    refused(c, "{\"execute\": \"eject\", \"arguments\": {\"device\": \"disk7\"}}",
            "DeviceNotFound");
    ck_assert_str_eq(status(c), "running");
    ck_assert_uint_eq(c->events->len, 0);
    close_client(c);
}
END_TEST

static int pass(struct client *c)
{
    int fd = memfd_create("passed", MFD_CLOEXEC);

    ck_assert_int_ge(fd, 0);
    send_text(c, "{\"execute\": \"add-fd\"}", fd);
    ck_assert(next_answer(c));
    ck_assert(json_object_has_member(answer(c), "return"));
    ck_assert_int_eq(
        json_object_get_int_member(json_object_get_object_member(answer(c), "return"), "fdset-id"),
        0);
    return fd;
}

static void forget(struct client *c)
{
    ask(c, "{\"execute\": \"remove-fd\", \"arguments\": {\"fdset-id\": 0}}");
}

START_TEST(writes_into_passed_descriptors_only)
{
    struct bench_bytes bios = bench_file("/usr/share/seabios/bios-256k.bin");
    struct client *c = negotiated_client();
    uint8_t data[64] = { 0 };
    int fd = pass(c);

    ask(c, "{\"execute\": \"screendump\", \"arguments\": "
           "{\"filename\": \"/dev/fdset/0\", \"format\": \"png\"}}");
    ck_assert_int_gt(pread(fd, data, 8, 0), 0);
    ck_assert_int_eq(memcmp(data, "\x89PNG\r\n\x1a\n", 8), 0);
    close(fd);
    forget(c);
    fd = pass(c);
    refused(c,
            "{\"execute\": \"screendump\", \"arguments\": "
            "{\"filename\": \"/dev/fdset/0\", \"format\": \"gif\"}}",
            "GenericError");
    ask(c, "{\"execute\": \"screendump\", \"arguments\": {\"filename\": \"/dev/fdset/0\"}}");
    ck_assert_int_gt(pread(fd, data, 2, 0), 0);
    ck_assert_int_eq(memcmp(data, "P6", 2), 0);
    close(fd);
    forget(c);
    fd = pass(c);
    refused(c,
            "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 4611686018427387904, "
            "\"size\": 4611686018427387904, \"filename\": \"/dev/fdset/0\"}}",
            "GenericError");
    ask(c, "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 4294967232, \"size\": 64, "
           "\"filename\": \"/dev/fdset/0\"}}");
    ck_assert_int_eq(pread(fd, data, 64, 0), 64);
    ck_assert_int_eq(memcmp(data, bios.data + bios.size - 64, 64), 0);
    close(fd);
    forget(c);
    refused(c,
            "{\"execute\": \"screendump\", \"arguments\": {\"filename\": "
            "\"/tmp/bygone-no-such-picture.png\"}}",
            "GenericError");
    ck_assert_ptr_nonnull(strstr(description(c), "add-fd"));
    ck_assert_int_ne(access("/tmp/bygone-no-such-picture.png", F_OK), 0);
    refused(c,
            "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 0, \"size\": 1, "
            "\"filename\": \"/dev/fdset/0\"}}",
            "GenericError");
    free(bios.data);
    close_client(c);
}
END_TEST

START_TEST(keys_are_taken)
{
    struct client *c = negotiated_client();

    ask(c, "{\"execute\": \"send-key\", \"arguments\": {\"keys\": [{\"type\": \"qcode\", "
           "\"data\": \"ctrl\"}, {\"type\": \"qcode\", \"data\": \"c\"}], \"hold-time\": 5}}");
    ask(c, "{\"execute\": \"__org.bygone_type\", \"arguments\": "
           "{\"text\": \"a{enter}\", \"gap-ms\": 1}}");
    close_client(c);
}
END_TEST

static atomic_int releases;

/* The BIOS's key buffer is nearly full from the first key on. */
static void key_of_slow_reader(void *ctx, unsigned evdev, bool down)
{
    struct memory *memory = machine_board(bench->machine)->memory;

    (void)ctx;
    (void)evdev;
    mem_write(memory, 0x41a, 0x1e, 2);
    mem_write(memory, 0x41c, 0x1e + 2 * 12, 2);
    releases += !down;
}

static void read_slowly(void *arg)
{
    (void)arg;
    mem_write(machine_board(bench->machine)->memory, 0x41a, 0, 4);
    machine_pc(bench->machine)->input.key = key_of_slow_reader;
}

/* Else the key repeats: the next press waits for the reader, the release does not. */
START_TEST(a_key_is_released_before_the_reader_comes)
{
    struct client *c = negotiated_client();

    machine_post(bench->machine, read_slowly, NULL);
    send_text(c,
              "{\"execute\": \"__org.bygone_type\", \"arguments\": "
              "{\"text\": \"ab\", \"gap-ms\": 1}}\n",
              -1);
    for (unsigned n = 0; n < 400 && !releases; n++)
        usleep(10000);             /* the next press would come after 5 s */
    ck_assert_int_ge(releases, 1); /* two if the firmware emptied the buffer meanwhile */
    close_client(c);
}
END_TEST

/* As a guest does that opens the tray, closes it and locks it. */
static void move_tray(void *arg)
{
    struct drive *d = media_drive(machine_board(bench->machine)->media, "cdrom0");
    struct error err;

    (void)arg;
    d->cdrom = true;
    drive_open_tray(d, false, &err);
    drive_close_tray(d, &err);
    d->locked = true;
}

START_TEST(characters_become_strokes)
{
    static const unsigned short alt_129[] = { 56, 79, 79, 80, 80, 73, 73, 56 };
    struct key_stroke strokes[KEY_CHAR_STROKES];
    const char *text = "\xc3\xbc\xe2\x82\xac\xc0\x80\xf0\x9f\x98\x80z";

    ck_assert_int_eq(key_strokes('a', strokes), 2);
    ck_assert_int_eq(key_strokes('A', strokes), 4);
    ck_assert_uint_eq(strokes[0].evdev, 42);
    ck_assert_uint_eq(key_next_char(&text), 0xfc);
    ck_assert_int_eq(key_strokes(0xfc, strokes), 8); /* 81h in code page 437 */
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(strokes[i].evdev, alt_129[i]);
    ck_assert(strokes[0].down && strokes[1].down && !strokes[2].down && !strokes[7].down);
    ck_assert_uint_eq(key_next_char(&text), 0x20ac);
    ck_assert_int_eq(key_strokes(0x20ac, strokes), 0);
    ck_assert_uint_eq(key_next_char(&text), 0xfffd); /* NUL in two bytes is no UTF-8 */
    ck_assert_uint_eq(key_next_char(&text), 0xfffd);
    ck_assert_uint_eq(key_next_char(&text), 0x1f600);
    ck_assert_uint_eq(key_next_char(&text), 'z');
}
END_TEST

/* Of an event that may come often one goes out a second, and the last one always. */
START_TEST(chatty_events_are_held_back)
{
    struct client *c = negotiated_client();
    JsonObject *data;
    JsonNode *node;

    for (unsigned i = 0; i < 50; i++) {
        g_autofree char *text = g_strdup_printf("{\"offset\": %u}", i);

        control_server_event(server, "RTC_CHANGE", text);
    }
    node = next_node(c);
    data = json_object_get_object_member(json_node_get_object(node), "data");
    ck_assert_int_eq(json_object_get_int_member(data, "offset"), 0);
    json_node_unref(node);
    node = next_node(c); /* all between them are gone */
    data = json_object_get_object_member(json_node_get_object(node), "data");
    ck_assert_int_eq(json_object_get_int_member(data, "offset"), 49);
    json_node_unref(node);
    close_client(c);
}
END_TEST

START_TEST(a_tray_that_moves_is_told)
{
    struct client *c = negotiated_client();

    ask(c, "{\"execute\": \"query-status\"}");
    machine_post(bench->machine, move_tray, NULL);
    expect_event(c, "DEVICE_TRAY_MOVED");
    expect_event(c, "DEVICE_TRAY_MOVED");
    refused(c, "{\"execute\": \"eject\", \"arguments\": {\"device\": \"ide1-cd0\"}}",
            "GenericError");
    ck_assert_ptr_nonnull(strstr(description(c), "locked"));
    ask(c, "{\"execute\": \"blockdev-open-tray\", \"arguments\": "
           "{\"id\": \"cdrom0\", \"force\": true}}");
    expect_event(c, "DEVICE_TRAY_MOVED");
    ask(c, "{\"execute\": \"blockdev-close-tray\", \"arguments\": {\"id\": \"cdrom0\"}}");
    expect_event(c, "DEVICE_TRAY_MOVED");
    close_client(c);
}
END_TEST

static void nothing_done(void *ctx, bool ok)
{
    (void)ctx;
    (void)ok;
}

/* A write to drive B while the host's disk is full. */
static void fail_medium(void *arg)
{
    static uint8_t bytes[1474560];
    struct board *board = machine_board(bench->machine);
    struct drive *drive = media_drive(board->media, "floppy1");
    struct media *media = media_memory_new(bytes, sizeof(bytes), false);
    struct media_op op;

    (void)arg;
    media_memory_fail(media, 0, ENOSPC);
    drive_set_media(drive, media);
    media_op_init(&op, board->clock, drive, nothing_done, NULL);
    media_op_start(&op, MEDIA_WRITE, 0, bytes, 512, vclock_now(board->clock) + 1000);
    media_op_done(&op);
}

static void take_medium(void *arg)
{
    (void)arg;
    drive_set_media(media_drive(machine_board(bench->machine)->media, "floppy1"), NULL);
}

START_TEST(a_failing_host_stops_the_machine_and_is_told)
{
    struct client *c = negotiated_client();
    JsonObject *event, *data;
    JsonNode *node;

    ask(c, "{\"execute\": \"query-status\"}");
    machine_post(bench->machine, fail_medium, NULL);
    node = next_node(c);
    event = json_node_get_object(node);
    ck_assert_str_eq(json_object_get_string_member(event, "event"), "BLOCK_IO_ERROR");
    data = json_object_get_object_member(event, "data");
    ck_assert_str_eq(json_object_get_string_member(data, "operation"), "write");
    ck_assert_str_eq(json_object_get_string_member(data, "action"), "stop");
    ck_assert(json_object_get_boolean_member(data, "nospace"));
    ck_assert_str_eq(json_object_get_string_member(data, "device"), "floppy1");
    ck_assert_str_eq(json_object_get_string_member(data, "node-name"), "#floppy1");
    ck_assert_str_eq(json_object_get_string_member(data, "reason"), "No space left on device");
    json_node_unref(node);
    expect_event(c, "STOP");
    ck_assert_str_eq(status(c), "io-error");
    ck_assert_str_eq(io_status(c, "floppy1"), "nospace");
    ck_assert_str_eq(io_status(c, "floppy0"), "ok");
    ask(c, "{\"execute\": \"cont\"}");
    expect_event(c, "RESUME");
    ck_assert_str_eq(io_status(c, "floppy1"), "ok");
    machine_post(bench->machine, take_medium, NULL);
    close_client(c);
}
END_TEST

/* Even where the folder lets everybody in. */
START_TEST(other_users_are_turned_away)
{
    if (getuid() != 0) {
        check_skip("only root can be somebody else");
        return;
    }
    ck_assert(outside_stranger(folder, path)); /* not even a greeting */
}
END_TEST

START_TEST(broken_text_is_answered_and_can_be_left)
{
    struct client *c = negotiated_client();

    refused(c, "{\"execute\": }", "GenericError");
    refused(c, "}", "GenericError");
    refused(c, "nonsense", "GenericError");
    refused(c, "{\"execute\": \"query-name\" \x01", "GenericError");
    ask(c, "{\"execute\": \"query-name\"}");
    refused(c, "{\"never\": \"ends\xff", "GenericError");
    ask(c, "\r\n \t{\"execute\"\r\n: \"query-name\"}\r\n");
    send_text(
        c, "{\"execute\": \"query-name\", \"id\": 1}\xff{\"execute\": \"query-name\", \"id\": 2}",
        -1);
    ck_assert(next_answer(c));
    ck_assert_int_eq(json_object_get_int_member(answer(c), "id"), 1);
    ck_assert(next_answer(c));
    ck_assert(json_object_has_member(answer(c), "error"));
    ck_assert(next_answer(c));
    ck_assert_int_eq(json_object_get_int_member(answer(c), "id"), 2);
    close_client(c);
}
END_TEST

START_TEST(two_clients_at_once)
{
    struct client *a = negotiated_client(), *b = negotiated_client(), *silent = open_client();

    ask(a, "{\"execute\": \"stop\"}");
    expect_event(b, "STOP");
    ck_assert_str_eq(status(b), "paused");
    send_text(a, "{\"execute\": \"query-status\", \"id\": \"a\"}", -1);
    send_text(b, "{\"execute\": \"query-status\", \"id\": \"b\"}", -1);
    ck_assert(next_answer(b));
    ck_assert_str_eq(json_object_get_string_member(answer(b), "id"), "b");
    ck_assert(next_answer(a));
    ck_assert_str_eq(json_object_get_string_member(answer(a), "id"), "a");
    ask(b, "{\"execute\": \"cont\"}");
    expect_event(a, "RESUME");
    close_client(b);
    ck_assert_str_eq(status(a), "running");
    refused(silent, "{\"execute\": \"query-status\"}", "CommandNotFound");
    ck_assert_uint_eq(silent->events->len, 0); /* events only after negotiation */
    close_client(a);
    close_client(silent);
}
END_TEST

/* Sends without waiting for anything; reads what comes, if told to.  False: was cut off. */
static bool flood(struct client *c, const uint8_t *data, size_t size, bool reads)
{
    static char sink[65536];

    for (size_t at = 0; at < size;) {
        struct pollfd pfd = { .fd = c->fd, .events = POLLOUT | (reads ? POLLIN : 0) };
        ssize_t n;

        if (poll(&pfd, 1, reads ? PATIENCE_MS : 200) <= 0)
            return true; /* full */
        if (pfd.revents & POLLIN && read(c->fd, sink, sizeof(sink)) <= 0)
            return false;
        if (!(pfd.revents & (POLLOUT | POLLHUP | POLLERR)))
            continue;
        n = send(c->fd, data + at, size - at < 4096 ? size - at : 4096,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN)
            return false;
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

START_TEST(a_megabyte_of_garbage_harms_nobody)
{
    const size_t size = (1u << 20) + 65536;
    struct client *c = negotiated_client(), *other = negotiated_client();
    uint8_t *data = malloc(size);
    uint32_t seed = 99;

    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        data[i] = (uint8_t)(seed >> 24);
    }
    flood(c, data, size, true);
    ck_assert_str_eq(status(other), "running");
    close_client(c);
    c = negotiated_client();
    memset(data, 'a', size);
    memcpy(data, "{\"execute\": \"", 13);
    while (flood(c, data, size, true)) /* a command that never ends is cut off */
        ;
    ck_assert_str_eq(status(other), "running");
    free(data);
    close_client(c);
    close_client(other);
}
END_TEST

START_TEST(a_client_that_never_reads_harms_nobody)
{
    static const char text[] = "{\"execute\": \"query-commands\"}";
    struct client *c = negotiated_client(), *other = negotiated_client();
    GString *many = g_string_new(NULL);

    for (unsigned i = 0; i < 2000; i++)
        g_string_append(many, text);
    flood(c, (const uint8_t *)many->str, many->len, false);
    ck_assert_str_eq(status(other), "running");
    ask(other, "{\"execute\": \"stop\"}");
    ask(other, "{\"execute\": \"cont\"}");
    expect_event(other, "RESUME");
    g_string_free(many, TRUE);
    close_client(c);
    close_client(other);
}
END_TEST

START_TEST(more_clients_than_there_is_room_for)
{
    struct client *c = negotiated_client();
    int fds[40];

    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++) {
        fds[i] = outside_unix(path);
        ck_assert_int_ge(fds[i], 0);
    }
    ck_assert_str_eq(status(c), "running");
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    ck_assert_str_eq(status(c), "running");
    close_client(c);
}
END_TEST

START_TEST(quit_says_so_and_ends)
{
    struct client *c = negotiated_client(), *other = negotiated_client();

    ask(c, "{\"execute\": \"quit\"}");
    expect_event(other, "SHUTDOWN");
    pthread_join(machine_thread, NULL);
    ck_assert_int_eq(pthread_create(&machine_thread, NULL, run_machine, NULL), 0);
    close_client(c);
    close_client(other);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 0);
    tcase_add_checked_fixture(tcase, start, end);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    const TTest *const tests[] = {
        greets_and_negotiates_once,
        stops_goes_on_and_resets,
        says_what_it_is_and_can,
        echoes_ids_of_all_kinds,
        wrong_arguments_are_refused_before_any_effect,
        writes_into_passed_descriptors_only,
        keys_are_taken,
        a_key_is_released_before_the_reader_comes,
        characters_become_strokes,
        chatty_events_are_held_back,
        a_tray_that_moves_is_told,
        a_failing_host_stops_the_machine_and_is_told,
        other_users_are_turned_away,
        broken_text_is_answered_and_can_be_left,
        two_clients_at_once,
        a_megabyte_of_garbage_harms_nobody,
        a_client_that_never_reads_harms_nobody,
        more_clients_than_there_is_room_for,
        quit_says_so_and_ends,
    };
    Suite *suite = suite_create("control socket");

    add(suite, "qmp", tests, G_N_ELEMENTS(tests));
    return guest_main(suite);
}
