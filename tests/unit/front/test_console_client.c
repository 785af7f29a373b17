/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side of the console against a machine that sends nonsense. */
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/console.h"
#include "tests/check_main.h"

static struct console_client client;
static int machine; /* the other end */

static void begin(void)
{
    int fds[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    client = (struct console_client){ .fd = fds[0] };
    machine = fds[1];
}

static void end(void)
{
    console_disconnect(&client);
    ck_assert_int_eq(client.fd, -1);
    close(machine);
}

/* Sends with up to two copies of a descriptor. */
static void give(const void *data, size_t length, int fd, int copies)
{
    char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
    struct iovec iov = { (void *)data, length };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
    int fds[2] = { fd, fd };

    if (copies) {
        struct cmsghdr *c;

        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE((size_t)copies * sizeof(int));
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)copies * sizeof(int));
        memcpy(CMSG_DATA(c), fds, (size_t)copies * sizeof(int));
    }
    ck_assert_int_eq(sendmsg(machine, &msg, 0), (ssize_t)length);
}

static int receive(struct console_message *m)
{
    return console_receive(&client, m);
}

static int file_of(off_t bytes, int seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, bytes), 0);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static struct console_message surface_of(uint16_t w, uint16_t h)
{
    struct console_message m = { .type = CONSOLE_SURFACE };

    m.surface.width = w;
    m.surface.height = h;
    m.surface.pitch = w;
    m.surface.buffer_len = (uint32_t)w * h * 4;
    m.surface.aspect_num = m.surface.aspect_den = 1;
    return m;
}

/* Gives a surface; the client's answer. */
static int offer(const struct console_message *m, off_t bytes, int seals)
{
    struct console_message got;
    int fd = file_of(bytes, seals), result;

    give(m, console_length(m->type), fd, 1);
    close(fd);
    result = receive(&got);
    return result;
}

static unsigned open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

START_TEST(a_good_surface_is_mapped_and_its_frames_are_taken)
{
    struct console_message m = surface_of(64, 48), got;

    begin();
    ck_assert_int_eq(receive(&got), 0); /* nothing yet */
    ck_assert_int_eq(offer(&m, 2 * 64 * 48 * 4, F_SEAL_SHRINK), 1);
    ck_assert_uint_eq(client.surface.surface.width, 64);
    ck_assert_uint_eq(client.pixels[1][64 * 48 - 1], 0);
    m = (struct console_message){ .type = CONSOLE_FRAME };
    m.frame.buffer = 1;
    m.frame.rect_count = 1;
    m.frame.rects[0] = (struct screen_rect){ 0, 0, 64, 48 };
    give(&m, console_length(m.type), -1, 0);
    ck_assert_int_eq(receive(&got), 1);
    ck_assert_uint_eq(got.frame.rect_count, 1);
    end();
}
END_TEST

START_TEST(a_file_smaller_than_it_says_is_refused)
{
    struct console_message m = surface_of(64, 48);

    begin();
    ck_assert_int_eq(offer(&m, 2 * 64 * 48 * 4 - 1, F_SEAL_SHRINK), -1);
    ck_assert_ptr_null(client.pixels[0]);
    end();
}
END_TEST

START_TEST(a_file_that_can_shrink_is_refused)
{
    struct console_message m = surface_of(64, 48);

    begin();
    ck_assert_int_eq(offer(&m, 2 * 64 * 48 * 4, F_SEAL_GROW), -1);
    end();
}
END_TEST

START_TEST(a_surface_without_a_file_is_refused)
{
    struct console_message m = surface_of(64, 48), got;

    begin();
    give(&m, console_length(m.type), -1, 0);
    ck_assert_int_eq(receive(&got), -1);
    end();
}
END_TEST

START_TEST(sizes_that_contradict_each_other_are_refused)
{
    for (int i = 0; i < 9; i++) {
        struct console_message m = surface_of(64, 48);

        if (i == 0)
            m.surface.width = 0;
        else if (i == 1)
            m.surface.height = 0;
        else if (i == 2)
            m.surface.width = SCREEN_MAX_W + 1;
        else if (i == 3)
            m.surface.pitch = 63;
        else if (i == 4)
            m.surface.pitch = 65;
        else if (i == 5)
            m.surface.pitch = 0x40000000; /* x 48 x 4 wraps in 32 bits */
        else if (i == 6)
            m.surface.buffer_len--;
        else if (i == 7)
            m.surface.aspect_num = 0;
        else
            m.surface.aspect_den = 0;
        begin();
        ck_assert_msg(offer(&m, 1 << 20, F_SEAL_SHRINK) == -1, "case %d", i);
        end();
    }
}
END_TEST

START_TEST(rectangles_outside_the_picture_are_refused)
{
    static const struct screen_rect bad[] = {
        { 1, 0, 64, 48 },       { 0, 1, 64, 48 },       { 64, 0, 1, 1 },
        { 65535, 0, 65535, 1 }, { 0, 65535, 1, 65535 },
    };

    for (unsigned i = 0; i < 5; i++) {
        struct console_message m = surface_of(64, 48), got;

        begin();
        ck_assert_int_eq(offer(&m, 2 * 64 * 48 * 4, F_SEAL_SHRINK), 1);
        m = (struct console_message){ .type = CONSOLE_FRAME };
        m.frame.rect_count = 2;
        m.frame.rects[1] = bad[i];
        give(&m, console_length(m.type), -1, 0);
        ck_assert_msg(receive(&got) == -1, "rectangle %u", i);
        end();
    }
}
END_TEST

START_TEST(frames_need_a_surface_a_buffer_and_a_fair_count)
{
    for (int i = 0; i < 3; i++) {
        struct console_message m = surface_of(64, 48), got;

        begin();
        if (i)
            ck_assert_int_eq(offer(&m, 2 * 64 * 48 * 4, F_SEAL_SHRINK), 1);
        m = (struct console_message){ .type = CONSOLE_FRAME };
        m.frame.buffer = i == 1 ? 2 : 0;
        m.frame.rect_count = i == 2 ? 2 * SCREEN_RECTS + 1 : 0;
        give(&m, console_length(m.type), -1, 0);
        ck_assert_msg(receive(&got) == -1, "case %d", i);
        end();
    }
}
END_TEST

START_TEST(a_packet_cut_short_is_refused_at_any_length)
{
    static const uint32_t types[] = { CONSOLE_HELLO, CONSOLE_FRAME,  CONSOLE_TEXT_SCREEN,
                                      CONSOLE_LEDS,  CONSOLE_LIGHTS, CONSOLE_STATUS };

    for (unsigned i = 0; i < 6; i++) {
        struct console_message m = { .type = types[i] }, got;
        uint32_t whole = console_length(types[i]);

        for (uint32_t length = 1; length < whole; length += 1 + length / 7) {
            begin();
            give(&m, length, -1, 0);
            ck_assert_msg(receive(&got) == -1, "type %u, %u of %u bytes", types[i], length, whole);
            end();
        }
    }
}
END_TEST

START_TEST(a_packet_longer_than_any_is_refused)
{
    static char data[sizeof(struct console_message) + 1] = { CONSOLE_LEDS };
    struct console_message got;

    begin();
    give(data, sizeof(data), -1, 0);
    ck_assert_int_eq(receive(&got), -1);
    end();
}
END_TEST

START_TEST(a_text_screen_larger_than_any_is_refused)
{
    struct console_message m = { .type = CONSOLE_TEXT_SCREEN }, got;

    begin();
    m.text.columns = 133;
    m.text.rows = 25;
    give(&m, console_length(m.type), -1, 0);
    ck_assert_int_eq(receive(&got), -1);
    end();
}
END_TEST

START_TEST(texts_without_an_end_are_given_one)
{
    struct console_message m, got;

    begin();
    memset(&m, 'x', sizeof(m));
    m.type = CONSOLE_STATUS;
    give(&m, console_length(m.type), -1, 0);
    ck_assert_int_eq(receive(&got), 1);
    ck_assert_uint_eq(strlen(got.status.status), sizeof(got.status.status) - 1);
    ck_assert_uint_eq(strlen(got.status.why), sizeof(got.status.why) - 1);
    m.type = CONSOLE_LIGHTS;
    give(&m, console_length(m.type), -1, 0);
    ck_assert_int_eq(receive(&got), 1);
    ck_assert_uint_eq(strlen(got.lights.drive[CONSOLE_DRIVES - 1]),
                      sizeof(got.lights.drive[CONSOLE_DRIVES - 1]) - 1);
    m.type = CONSOLE_HELLO;
    give(&m, console_length(m.type), -1, 0);
    ck_assert_int_eq(receive(&got), 1);
    ck_assert_uint_eq(strlen(got.hello.name), sizeof(got.hello.name) - 1);
    end();
}
END_TEST

START_TEST(descriptors_nobody_asked_for_are_closed)
{
    struct console_message m = { .type = CONSOLE_LEDS }, got;
    unsigned before;
    int fd = file_of(4096, F_SEAL_SHRINK);

    begin();
    before = open_files();
    for (int copies = 1; copies <= 2; copies++) {
        give(&m, console_length(m.type), fd, copies);
        ck_assert_int_eq(receive(&got), 1);
    }
    ck_assert_uint_eq(open_files(), before);
    close(fd);
    end();
}
END_TEST

START_TEST(a_type_of_a_later_version_is_no_harm)
{
    struct console_message m = { .type = 9999 }, got;

    begin();
    give(&m, 64, -1, 0);
    ck_assert_int_eq(receive(&got), 1);
    ck_assert_uint_eq(got.type, 9999);
    end();
}
END_TEST

START_TEST(a_machine_that_has_gone_is_noticed)
{
    struct console_message got;

    begin();
    shutdown(machine, SHUT_RDWR);
    ck_assert_int_eq(receive(&got), -1);
    ck_assert(!console_want(&client, 0));
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("console client");

    CHECK_CASE(suite, "surface", a_good_surface_is_mapped_and_its_frames_are_taken,
               a_file_smaller_than_it_says_is_refused, a_file_that_can_shrink_is_refused,
               a_surface_without_a_file_is_refused, sizes_that_contradict_each_other_are_refused,
               rectangles_outside_the_picture_are_refused,
               frames_need_a_surface_a_buffer_and_a_fair_count);
    CHECK_CASE(suite, "packets", a_packet_cut_short_is_refused_at_any_length,
               a_packet_longer_than_any_is_refused, a_text_screen_larger_than_any_is_refused,
               texts_without_an_end_are_given_one, descriptors_nobody_asked_for_are_closed,
               a_type_of_a_later_version_is_no_harm, a_machine_that_has_gone_is_noticed);
    return check_main(suite);
}
