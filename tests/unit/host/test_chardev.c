/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What serial lines are connected to: sockets, terminals, files, ports of the host. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/unit/host/line_bench.h"

/* ---- peers ---- */

static int tcp_listener(unsigned *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    a.sin_port = htons((uint16_t)*port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* A port that was free a moment ago. */
static unsigned free_port(void)
{
    unsigned port = 0;

    close(tcp_listener(&port));
    return port;
}

static int tcp_peer(unsigned port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static int unix_socket(const char *path, bool listens)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(a.sun_path, path);
    if (listens) {
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
        ck_assert_int_eq(listen(fd, 4), 0);
    } else {
        ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    }
    return fd;
}

static void say(int fd, const char *text)
{
    ck_assert(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

/* What the peer reads within a time, up to a length. */
static const char *hear(int fd, size_t most)
{
    static char text[300];
    struct pollfd pfd = { .fd = fd, .events = POLLIN };
    size_t used = 0;
    ssize_t n = 1;

    while (used < most && n > 0 && poll(&pfd, 1, 10000) > 0) {
        n = read(fd, text + used, most - used);
        used += n > 0 ? (size_t)n : 0;
    }
    text[used] = 0;
    return text;
}

static const char *awaited;

static bool has_come(void)
{
    return near_end.used >= strlen(awaited) &&
           !memcmp(near_end.got + near_end.used - strlen(awaited), awaited, strlen(awaited));
}

static void expect(const char *text)
{
    awaited = text;
    ck_assert_msg(line_until(has_come), "\"%s\" has not come", text);
}

static char *tcp_target(const char *form, unsigned port)
{
    static char target[64];

    snprintf(target, sizeof(target), form, port);
    return target;
}

/* ---- servers ---- */

START_TEST(server_takes_one_peer_at_a_time_and_tells_the_next)
{
    unsigned port = free_port();
    int first, second;

    line_setup();
    line_open(tcp_target("tcp-listen:%u", port));
    ck_assert(line_down());
    ck_assert_uint_eq(line_send("nobody there"), 12);
    first = tcp_peer(port);
    ck_assert(line_until(line_up));
    ck_assert_ptr_nonnull(strstr(chardev_where(near_end.chr), "(127.0.0.1:"));
    say(first, "hello");
    expect("hello");
    ck_assert_uint_eq(line_send("answer"), 6);
    ck_assert_str_eq(hear(first, 6), "answer");
    second = tcp_peer(port);
    line_settle();
    ck_assert_ptr_nonnull(strstr(hear(second, 200), "Serial 1 is in use (127.0.0.1:"));
    close(second);
    say(first, "still there");
    expect("still there");
    close(first);
    ck_assert(line_until(line_down));
    second = tcp_peer(port);
    ck_assert(line_until(line_up));
    say(second, "next");
    expect("next");
    close(second);
    line_teardown();
}
END_TEST

START_TEST(server_listens_on_loopback_unless_told_otherwise)
{
    char address[64];
    FILE *in;
    char line[300];
    unsigned port = free_port();
    bool found = false;

    line_setup();
    line_open(tcp_target("tcp-listen:%u", port));
    snprintf(address, sizeof(address), "0100007F:%04X 00000000:0000 0A", port);
    in = fopen("/proc/net/tcp", "r");
    while (fgets(line, sizeof(line), in))
        found = found || strstr(line, address);
    fclose(in);
    ck_assert(found);
    line_teardown();
}
END_TEST

START_TEST(unix_server_replaces_a_dead_socket_but_no_living_one)
{
    static char target[128];
    struct chardev *chr;
    struct error err;
    struct stat st;
    int other, peer;

    line_setup();
    other = unix_socket(in_folder("s"), true);
    snprintf(target, sizeof(target), "unix-listen:%s", in_folder("s"));
    ck_assert(!chardev_open(
        &(struct chardev_setup){ .target = target, .name = "Serial 1", .waiter = waiter }, &chr,
        &err));
    ck_assert_ptr_nonnull(strstr(err.text, "somebody listens there already"));
    close(other);
    line_open(target);
    ck_assert_int_eq(stat(in_folder("s"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    peer = unix_socket(in_folder("s"), false);
    ck_assert(line_until(line_up));
    say(peer, "unix");
    expect("unix");
    close(peer);
    ck_assert(line_until(line_down));
    line_close();
    ck_assert_int_ne(stat(in_folder("s"), &st), 0);
    line_teardown();
}
END_TEST

START_TEST(unix_server_leaves_what_is_not_its_own)
{
    static char target[128];
    struct chardev *chr;
    struct error err;
    struct stat st;
    int fd, peer;

    line_setup();
    snprintf(target, sizeof(target), "unix-listen:%s", in_folder("s"));
    fd = open(in_folder("s"), O_WRONLY | O_CREAT, 0600); /* a file */
    say(fd, "a letter");
    close(fd);
    ck_assert(!chardev_open(
        &(struct chardev_setup){ .target = target, .name = "Serial 1", .waiter = waiter }, &chr,
        &err));
    ck_assert_msg(strstr(err.text, "a file of that name, which is no socket") != NULL, "%s",
                  err.text);
    ck_assert_int_eq(stat(in_folder("s"), &st), 0);
    ck_assert_int_eq(st.st_size, 8);
    unlink(in_folder("s"));
    line_open(target);
    unlink(in_folder("s")); /* and somebody else takes the place */
    peer = unix_socket(in_folder("s"), true);
    line_close();
    ck_assert_int_eq(stat(in_folder("s"), &st), 0);
    close(peer);
    unlink(in_folder("s"));
    line_teardown();
}
END_TEST

START_TEST(unix_server_is_removed_when_its_process_is_killed)
{
    static char target[128];
    struct chardev *chr;
    struct error err;
    struct stat st;
    pid_t pid;

    line_setup();
    snprintf(target, sizeof(target), "unix-listen:%s", in_folder("s"));
    pid = fork();
    if (pid == 0) {
        chardev_open(
            &(struct chardev_setup){ .target = target, .name = "Serial 1", .waiter = waiter }, &chr,
            &err);
        raise(SIGKILL);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    for (unsigned i = 0; i < 6000 && stat(in_folder("s"), &st) == 0; i++)
        usleep(10000);
    ck_assert_int_ne(stat(in_folder("s"), &st), 0);
    line_teardown();
}
END_TEST

START_TEST(address_that_is_taken_is_one_sentence)
{
    unsigned port = 0;
    int other = tcp_listener(&port);
    struct chardev *chr;
    struct error err;

    line_setup();
    ck_assert(!chardev_open(&(struct chardev_setup){ .target = tcp_target("tcp-listen:%u", port),
                                                     .name = "Serial 2",
                                                     .waiter = waiter },
                            &chr, &err));
    ck_assert_ptr_nonnull(strstr(err.text, "Serial 2: tcp-listen:"));
    ck_assert_ptr_nonnull(strstr(err.text, "Address already in use"));
    close(other);
    line_teardown();
}
END_TEST

/* ---- clients ---- */

START_TEST(client_connects_and_connects_again)
{
    unsigned port = 0;
    int listener = tcp_listener(&port), peer;

    line_setup();
    line_open(tcp_target("tcp:127.0.0.1:%u", port));
    for (unsigned i = 0; i < 3; i++) {
        ck_assert(line_until(line_up));
        peer = accept(listener, NULL, NULL);
        ck_assert_uint_eq(line_send("to"), 2);
        ck_assert_str_eq(hear(peer, 2), "to");
        say(peer, "from");
        expect("from");
        close(peer);
        ck_assert(line_until(line_down));
    }
    close(listener);
    line_teardown();
}
END_TEST

START_TEST(client_waits_for_a_server_that_comes_later)
{
    unsigned port = free_port();
    const char *complaint;
    int listener;

    line_setup();
    line_open(tcp_target("tcp:127.0.0.1:%u", port));
    for (unsigned i = 0; i < 60; i++) /* 1.2 s: refused at 0, 250 and 750 ms */
        waiter_turn(waiter, 20);
    ck_assert(line_down());
    complaint = strstr(near_end.log, "Connection refused; trying again");
    ck_assert_ptr_nonnull(complaint);
    ck_assert_ptr_null(strstr(complaint + 12, "refused")); /* said once */
    listener = tcp_listener(&port);
    ck_assert(line_until(line_up));
    close(listener);
    line_teardown();
}
END_TEST

START_TEST(unix_client_connects)
{
    static char target[128];
    int listener, peer;

    line_setup();
    listener = unix_socket(in_folder("s"), true);
    snprintf(target, sizeof(target), "unix:%s", in_folder("s"));
    line_open(target);
    ck_assert(line_until(line_up));
    peer = accept(listener, NULL, NULL);
    say(peer, "x");
    expect("x");
    close(peer);
    ck_assert(line_until(line_down));
    close(listener);
    line_teardown();
}
END_TEST

START_TEST(name_that_does_not_exist_is_told)
{
    line_setup();
    line_open("tcp:no-such-host.invalid:1");
    for (unsigned i = 0; i < 1000 && !near_end.log[0]; i++)
        waiter_turn(waiter, 20);
    ck_assert_ptr_nonnull(strstr(near_end.log, "no-such-host.invalid: "));
    ck_assert(line_down());
    line_teardown();
}
END_TEST

/* ---- slow ones ---- */

static bool was_told(void)
{
    return near_end.writables > 0;
}

START_TEST(peer_that_does_not_read_holds_up_the_transmitter_only)
{
    static char block[65537];
    unsigned port = free_port();
    size_t sent = 0, heard = 0, n;
    int peer;

    memset(block, 'x', 65536);
    line_setup();
    line_open(tcp_target("tcp-listen:%u", port));
    peer = tcp_peer(port);
    ck_assert(line_until(line_up));
    do
        sent += n = line_send(block);
    while (n == 65536 && sent < 100u << 20);
    ck_assert_uint_lt(sent, 100u << 20); /* full at some time, and no call has waited */
    ck_assert_uint_eq(line_send("y"), 0);
    say(peer, "other way"); /* which stays open */
    expect("other way");
    near_end.writables = 0;
    while (heard < sent) {
        ssize_t got = read(peer, block, sizeof(block) - 1);

        ck_assert_int_gt(got, 0);
        heard += (size_t)got;
    }
    ck_assert(line_until(was_told));
    ck_assert_uint_eq(line_send("z"), 1);
    ck_assert_str_eq(hear(peer, 1), "z");
    close(peer);
    line_teardown();
}
END_TEST

START_TEST(guest_takes_what_a_peer_left_behind)
{
    static char text[20001];
    unsigned port = free_port();
    int peer;

    memset(text, 'a', 20000);
    line_setup();
    near_end.room = 10;
    line_open(tcp_target("tcp-listen:%u", port));
    peer = tcp_peer(port);
    ck_assert(line_until(line_up));
    say(peer, text);
    close(peer);
    line_settle();
    ck_assert_uint_eq(near_end.used, 10);
    ck_assert(line_up()); /* the rest is still under way */
    while (near_end.used < 20000) {
        near_end.room++;
        near_end.chr->hungry(near_end.chr);
    }
    near_end.room++;
    near_end.chr->hungry(near_end.chr);
    ck_assert(line_until(line_down));
    ck_assert_uint_eq(near_end.used, 20000);
    line_teardown();
}
END_TEST

START_TEST(guest_that_takes_nothing_does_not_keep_a_peer_for_ever)
{
    unsigned port = free_port();
    int peer;

    line_setup();
    near_end.room = 1;
    line_open(tcp_target("tcp-listen:%u", port));
    peer = tcp_peer(port);
    ck_assert(line_until(line_up));
    say(peer, "nobody reads this");
    close(peer);
    ck_assert(line_until(line_down));
    peer = tcp_peer(port);
    ck_assert(line_until(line_up));
    close(peer);
    line_teardown();
}
END_TEST

/* ---- pseudo terminals ---- */

START_TEST(pty_follows_who_opens_it)
{
    char link[128], path[128];
    ssize_t n;
    int peer;

    line_setup();
    strcpy(link, in_folder("serial1"));
    line_open_with(&(struct chardev_setup){ .target = "pty", .symlink = link });
    ck_assert(line_down());
    ck_assert_uint_eq(line_send("lost"), 4);
    n = readlink(link, path, sizeof(path) - 1);
    ck_assert_int_gt(n, 0);
    path[n] = 0;
    ck_assert_ptr_nonnull(strstr(near_end.log, path)); /* told */
    for (unsigned i = 0; i < 3; i++) {
        peer = open(link, O_RDWR | O_NOCTTY);
        ck_assert_int_ge(peer, 0);
        ck_assert(line_until(line_up));
        ck_assert_uint_eq(line_send("raw\n\x03"), 5);
        ck_assert_str_eq(hear(peer, 5), "raw\n\x03");
        say(peer, "in\r\x7f");
        expect("in\r\x7f");
        close(peer);
        ck_assert(line_until(line_down));
    }
    peer = open(link, O_RDWR | O_NOCTTY);
    say(peer, "short visit");
    close(peer);
    expect("short visit");
    ck_assert(line_until(line_down));
    line_close();
    ck_assert_int_lt(readlink(link, path, sizeof(path)), 0);
    line_teardown();
}
END_TEST

/* ---- files, standard input and output ---- */

START_TEST(file_is_appended_to)
{
    static char target[128];
    char text[32] = { 0 };
    FILE *f;

    line_setup();
    snprintf(target, sizeof(target), "file:%s", in_folder("out"));
    for (unsigned i = 0; i < 2; i++) {
        line_open(target);
        ck_assert(line_up());
        ck_assert_uint_eq(line_send("abc"), 3);
        line_close();
    }
    f = fopen(in_folder("out"), "r");
    ck_assert_uint_eq(fread(text, 1, 31, f), 6);
    ck_assert_str_eq(text, "abcabc");
    fclose(f);
    line_teardown();
}
END_TEST

START_TEST(full_disk_holds_up_the_transmitter_and_is_told_once)
{
    line_setup();
    line_open("file:/dev/full");
    ck_assert_uint_eq(line_send("abc"), 0);
    ck_assert_uint_eq(line_send("abc"), 0);
    ck_assert_str_eq(near_end.log,
                     "Serial 1 (file:/dev/full): No space left on device; the guest waits\n");
    line_teardown();
}
END_TEST

START_TEST(places_that_cannot_be_opened_are_one_sentence)
{
    static const char *const targets[] = { "file:/no/such/folder/file",
                                           "tty:/no/such/port",
                                           "tty:/dev/null",
                                           "unix-listen:/no/such/folder/s",
                                           "tcp-listen:no-such-host.invalid:1",
                                           "mystery" };
    struct chardev *chr;

    line_setup();
    for (unsigned i = 0; i < 6; i++) {
        struct error err = { { 0 } };

        ck_assert(!chardev_open(
            &(struct chardev_setup){ .target = targets[i], .name = "Serial 3", .waiter = waiter },
            &chr, &err));
        ck_assert_msg(!strncmp(err.text, "Serial 3: ", 10) && !strchr(err.text, '\n'), "%s",
                      err.text);
        ck_assert_ptr_null(chr);
    }
    line_open("none");
    ck_assert_ptr_null(near_end.chr);
    line_teardown();
}
END_TEST

/* Runs the body with other files as standard input and output. */
static void with_stdio(int in, int out, void (*body)(int far_in, int far_out), int far_in,
                       int far_out)
{
    int kept[2] = { dup(0), dup(1) };

    fflush(stdout);
    dup2(in, 0);
    dup2(out, 1);
    line_open("stdio");
    body(far_in, far_out);
    line_close();
    fflush(stdout);
    dup2(kept[0], 0);
    dup2(kept[1], 1);
    close(kept[0]);
    close(kept[1]);
}

static void talk(int far_in, int far_out)
{
    say(far_out, "typed");
    expect("typed");
    close(far_out);
    line_settle();
    ck_assert(line_up()); /* the end of the input is not the end of the line */
    ck_assert_uint_eq(line_send("shown"), 5);
    ck_assert_str_eq(hear(far_in, 5), "shown");
}

START_TEST(stdio_goes_both_ways_and_outlives_its_input)
{
    int in[2], out[2];

    line_setup();
    ck_assert(pipe(in) == 0 && pipe(out) == 0);
    with_stdio(in[0], out[1], talk, out[0], in[1]);
    close(in[0]);
    close(out[0]);
    close(out[1]);
    line_teardown();
}
END_TEST

static void take_slowly(int far_in, int far_out)
{
    (void)far_out;
    near_end.room = 0;
    close(far_in);
    line_settle();
    while (near_end.used < 6) { /* long after the writer has gone */
        near_end.room++;
        near_end.chr->hungry(near_end.chr);
        line_settle();
    }
    ck_assert_int_eq(memcmp(near_end.got, "script", 6), 0);
}

START_TEST(stdio_keeps_what_a_script_wrote_in_advance)
{
    int in[2], null = open("/dev/null", O_WRONLY), file;

    line_setup();
    near_end.room = 0;
    ck_assert(pipe(in) == 0);
    say(in[1], "script");
    with_stdio(in[0], null, take_slowly, in[1], -1);
    close(in[0]);
    near_end.used = 0; /* the same from a file, which cannot be waited for */
    file = open(in_folder("in"), O_RDWR | O_CREAT, 0600);
    say(file, "script");
    lseek(file, 0, SEEK_SET);
    with_stdio(file, null, take_slowly, dup(0), -1);
    close(file);
    close(null);
    line_teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chardev");

    CHECK_CASE(suite, "servers", server_takes_one_peer_at_a_time_and_tells_the_next,
               server_listens_on_loopback_unless_told_otherwise,
               unix_server_replaces_a_dead_socket_but_no_living_one,
               unix_server_leaves_what_is_not_its_own,
               unix_server_is_removed_when_its_process_is_killed,
               address_that_is_taken_is_one_sentence);
    CHECK_CASE(suite, "clients", client_connects_and_connects_again,
               client_waits_for_a_server_that_comes_later, unix_client_connects,
               name_that_does_not_exist_is_told);
    CHECK_CASE(suite, "slow ones", peer_that_does_not_read_holds_up_the_transmitter_only,
               guest_takes_what_a_peer_left_behind,
               guest_that_takes_nothing_does_not_keep_a_peer_for_ever);
    CHECK_CASE(suite, "pty", pty_follows_who_opens_it);
    CHECK_CASE(
        suite, "files", file_is_appended_to, full_disk_holds_up_the_transmitter_and_is_told_once,
        places_that_cannot_be_opened_are_one_sentence, stdio_goes_both_ways_and_outlives_its_input,
        stdio_keeps_what_a_script_wrote_in_advance);
    return check_main(suite);
}
