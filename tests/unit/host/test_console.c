/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console socket of a machine that does not run, from greeting to frame; and what a screen dump
 * over the control socket does to it.  This thread is the machine thread.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/console.h"
#include "core/control/control.h"
#include "core/machine.h"
#include "tests/check_main.h"

enum { WIDTH = 320, HEIGHT = 200, TRIES = 2000 };

static struct machine *machine;
static struct console_server *console;
static struct control_server *control;
static struct console_client client;
static struct console_message got;
static char console_path[64], control_path[64];

static void out(uint16_t port, uint32_t value, unsigned size)
{
    bus_out(machine_board(machine)->bus, port, value, size);
}

/* 32 bits a pixel, the window at A0000 linear, the screen on. */
static void set_mode(void)
{
    static const uint16_t dispi[4][2] = { { 1, WIDTH }, { 2, HEIGHT }, { 3, 32 }, { 4, 1 } };

    out(0xcf8, 0x80001004, 4);
    out(0xcfc, 3, 2);
    out(0x3c2, 0x63, 1);
    for (unsigned i = 0; i < 4; i++) {
        out(0x1ce, dispi[i][0], 2);
        out(0x1cf, dispi[i][1], 2);
    }
    out(0x3c4, 0x0e04, 2);
    out(0x3c4, 0x0f02, 2);
    out(0x3ce, 0x0506, 2);
    bus_in(machine_board(machine)->bus, 0x3da, 1);
    out(0x3c0, 0x20, 1);
}

static void setup(void)
{
    static const struct control_actions actions = { 0 };
    static uint8_t bios[128 << 10], vgabios[32 << 10];
    struct machine_config config = {
        .pc = { .memory = 1 << 20,
                .bios = bios,
                .bios_size = sizeof(bios),
                .vgabios = vgabios,
                .vgabios_size = sizeof(vgabios),
                .vram = 1 << 20 },
        .engine = &interp_ops,
        .time = TIME_COUNTED,
    };
    struct error err;

    snprintf(console_path, sizeof(console_path), "/tmp/bygone-test-%d.console", (int)getpid());
    snprintf(control_path, sizeof(control_path), "/tmp/bygone-test-%d.control", (int)getpid());
    machine = machine_new(&config, &err);
    ck_assert_msg(machine != NULL, "%s", machine ? "" : err.text);
    console = console_server_new(machine, "old one", console_path, &err);
    ck_assert_msg(console != NULL, "%s", console ? "" : err.text);
    control = control_server_new(machine, "old one", "", control_path, &actions, &err);
    ck_assert_msg(control != NULL, "%s", control ? "" : err.text);
    machine_quit(machine); /* so that machine_run() serves what was posted and returns */
    set_mode();
    ck_assert_msg(console_connect(&client, console_path, CONSOLE_PIXELS, &err), "%s", err.text);
}

static void teardown(void)
{
    console_disconnect(&client);
    control_server_free(control);
    console_server_free(console);
    machine_free(machine);
}

/* The next message of that type, whatever comes before it; false: none. */
static bool receive(uint32_t type, unsigned tries)
{
    while (tries-- > 0) {
        int n;

        machine_run(machine);
        while ((n = console_receive(&client, &got)) > 0)
            if (got.type == type)
                return true;
        ck_assert_int_eq(n, 0);
        usleep(1000);
    }
    return false;
}

static bool next_frame(unsigned tries)
{
    ck_assert(console_want(&client, 0));
    if (!receive(CONSOLE_FRAME, tries))
        return false;
    ck_assert(console_ack(&client, got.frame.seq));
    return true;
}

static uint32_t pixel(unsigned x, unsigned y)
{
    return client.pixels[got.frame.buffer][y * client.surface.surface.pitch + x];
}

static void put(unsigned x, unsigned y)
{
    mem_write(machine_board(machine)->memory, 0xa0000 + (y * WIDTH + x) * 4, 0xff0000, 4);
}

START_TEST(first_message_both_ways_is_hello)
{
    ck_assert(receive(CONSOLE_HELLO, TRIES));
    ck_assert_uint_eq(got.hello.version, CONSOLE_VERSION);
    ck_assert_str_eq(got.hello.name, "old one");
    ck_assert(receive(CONSOLE_STATUS, TRIES));
    ck_assert_str_eq(got.status.status, "prelaunch");
    ck_assert_uint_eq(console_server_clients(console), 1);
}
END_TEST

/* What a chip that takes positions would have been told. */
static unsigned position_x, position_y, position_buttons, positions;
static char typed[CONSOLE_TYPE_BYTES];

static void take_position(void *ctx, unsigned x, unsigned y, int wheel, unsigned buttons)
{
    (void)ctx;
    (void)wheel;
    position_x = x;
    position_y = y;
    position_buttons = buttons;
    positions++;
}

static void take_text(void *ctx, const char *utf8)
{
    (void)ctx;
    snprintf(typed, sizeof(typed), "%s", utf8);
}

START_TEST(positions_reach_only_a_guest_that_asked_for_them)
{
    struct console_message m = { .type = CONSOLE_POSITION,
                                 .position = { .x = 65535, .y = 7, .buttons = BUTTON_LEFT } };
    struct input *input = &machine_pc(machine)->input;

    input->pointer_absolute = take_position;
    ck_assert(receive(CONSOLE_POINTER_MODE, TRIES));
    ck_assert_uint_eq(got.pointer_mode.absolute, input->absolute);
    input->absolute = false;
    ck_assert(console_send(&client, &m));
    ck_assert(next_frame(TRIES)); /* so that what was sent before it has been taken */
    ck_assert_uint_eq(positions, 0);
    input->absolute = true;
    input->absolute_changed(input->absolute_changed_ctx, true);
    ck_assert(receive(CONSOLE_POINTER_MODE, TRIES));
    ck_assert_uint_eq(got.pointer_mode.absolute, 1);
    ck_assert(console_send(&client, &m));
    put(1, 1);
    ck_assert(next_frame(TRIES));
    ck_assert_uint_eq(positions, 1);
    ck_assert_uint_eq(position_x, 65535);
    ck_assert_uint_eq(position_y, 7);
    ck_assert_uint_eq(position_buttons, BUTTON_LEFT);
}
END_TEST

START_TEST(text_is_typed_if_it_ends)
{
    struct console_message m = { .type = CONSOLE_TYPE };

    console_server_on_typing(console, &(struct console_typing){ .text = take_text });
    ck_assert(receive(CONSOLE_HELLO, TRIES));
    memset(m.type_text.utf8, 'x', sizeof(m.type_text.utf8));
    ck_assert(console_send(&client, &m));
    put(2, 2);
    ck_assert(next_frame(TRIES));
    ck_assert_str_eq(typed, "");
    snprintf(m.type_text.utf8, sizeof(m.type_text.utf8), "gr\xc3\xbc\xc3\x9f");
    ck_assert(console_send(&client, &m));
    put(3, 3);
    ck_assert(next_frame(TRIES));
    ck_assert_str_eq(typed, "gr\xc3\xbc\xc3\x9f");
}
END_TEST

START_TEST(who_wants_gets_a_surface_and_a_frame_of_all_of_it)
{
    put(7, 3);
    ck_assert(next_frame(TRIES));
    ck_assert_uint_eq(client.surface.surface.width, WIDTH);
    ck_assert_uint_eq(client.surface.surface.height, HEIGHT);
    ck_assert_uint_eq(got.frame.rects[0].w, WIDTH);
    ck_assert_uint_eq(pixel(7, 3) & 0xffffff, 0xff0000);
    ck_assert_uint_eq(pixel(8, 3) & 0xffffff, 0);
}
END_TEST

START_TEST(when_nothing_changed_there_is_no_frame)
{
    ck_assert(next_frame(TRIES));
    ck_assert(!next_frame(50));
}
END_TEST

START_TEST(a_frame_names_only_what_changed)
{
    ck_assert(next_frame(TRIES));
    put(10, 40);
    ck_assert(next_frame(TRIES));
    ck_assert_uint_eq(got.frame.rect_count, 1);
    ck_assert_uint_eq(got.frame.rects[0].y, 40);
    ck_assert_uint_eq(got.frame.rects[0].h, 1);
    ck_assert_uint_eq(pixel(10, 40) & 0xffffff, 0xff0000);
}
END_TEST

/* ---- beside the control socket ---- */

static void send_with_fd(int fd, const char *text, int passed)
{
    char room[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec iov = { (void *)text, strlen(text) };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)
    };
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &passed, sizeof(int));
    ck_assert_int_gt(sendmsg(fd, &msg, MSG_NOSIGNAL), 0);
}

static void dump(int file)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct pollfd pfd = { .fd = fd, .events = POLLIN };
    char text[4096];
    size_t used = 0;
    ssize_t n = 1;

    strcpy(addr.sun_path, control_path);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    send_with_fd(fd,
                 "{\"execute\":\"qmp_capabilities\"}"
                 "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"x\"}}"
                 "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"x\"},\"id\":\"end\"}",
                 file);
    shutdown(fd, SHUT_WR);
    for (unsigned tries = 0; n > 0 && tries < TRIES; tries++) {
        machine_run(machine);
        if (poll(&pfd, 1, 1) <= 0)
            continue;
        n = recv(fd, text + used, sizeof(text) - 1 - used, 0);
        used += n > 0 ? (size_t)n : 0;
    }
    text[used] = 0;
    ck_assert_msg(strstr(text, "\"end\"") && !strstr(text, "error"), "%s", text);
    close(fd);
}

START_TEST(what_changed_before_a_screen_dump_is_still_shown)
{
    int file = memfd_create("picture", MFD_CLOEXEC);
    char head[3] = "";

    ck_assert(next_frame(TRIES));
    put(30, 20);
    dump(file);
    ck_assert_int_eq(pread(file, head, 2, 0), 2);
    ck_assert_str_eq(head, "P6");
    ck_assert(next_frame(TRIES));
    ck_assert_uint_eq(pixel(30, 20) & 0xffffff, 0xff0000);
    close(file);
}
END_TEST

static unsigned keys[4], key_count;

static void on_key(void *ctx, unsigned evdev, bool down)
{
    (void)ctx;
    if (key_count < 4)
        keys[key_count++] = evdev << 1 | down;
}

START_TEST(keys_come_to_the_keyboard_in_order)
{
    struct input *input = &machine_pc(machine)->input;

    input->key = on_key;
    key_count = 0;
    ck_assert(console_send_key(&client, 30, true));
    ck_assert(console_send_key(&client, 30, false));
    for (unsigned tries = 0; key_count < 2 && tries < TRIES; tries++) {
        machine_run(machine);
        usleep(1000);
    }
    ck_assert_uint_eq(key_count, 2);
    ck_assert_uint_eq(keys[0], 61);
    ck_assert_uint_eq(keys[1], 60);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("console");
    TCase *tcase = tcase_create("socket");
    const TTest *tests[] = { first_message_both_ways_is_hello,
                             who_wants_gets_a_surface_and_a_frame_of_all_of_it,
                             when_nothing_changed_there_is_no_frame,
                             a_frame_names_only_what_changed,
                             what_changed_before_a_screen_dump_is_still_shown,
                             keys_come_to_the_keyboard_in_order,
                             positions_reach_only_a_guest_that_asked_for_them,
                             text_is_typed_if_it_ends };

    tcase_set_timeout(tcase, 0);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    return check_main(suite);
}
