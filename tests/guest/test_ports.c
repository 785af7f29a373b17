/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that talk over their serial ports and print, with real peers on the host. */
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/host/chardev.h"
#include "core/host/printer.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"
#include "tests/guest/outside.h"

enum { PEERS = 4, STEPS = 4000 }; /* of 5 ms */

static struct waiter *waiter;
static struct chardev *lines[4];
static struct printer *printer;
static char folder[64], targets[4][128], pty_link[128], print_target[128];
static int listener, peers[PEERS];
static struct bench *b;

/* ---- the host's side ---- */

static void tcp_address(struct sockaddr_in *a, unsigned port)
{
    *a = (struct sockaddr_in){ .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                               .sin_port = htons((uint16_t)port) };
}

static int listen_somewhere(unsigned *port)
{
    struct sockaddr_in a;
    socklen_t size = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    tcp_address(&a, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &size), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

/* COM1 serves TCP, COM2 is a TCP client, COM3 serves a Unix socket, COM4 is a pseudo terminal. */
static void setup(void)
{
    unsigned port;

    outside_start();
    signal(SIGPIPE, SIG_IGN);
    strcpy(folder, "/tmp/bygone-ports-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    close(listen_somewhere(&port));
    snprintf(targets[0], sizeof(targets[0]), "tcp-listen:%u", port);
    listener = listen_somewhere(&port);
    snprintf(targets[1], sizeof(targets[1]), "tcp:127.0.0.1:%u", port);
    snprintf(targets[2], sizeof(targets[2]), "unix-listen:%s/socket", folder);
    strcpy(targets[3], "pty");
    snprintf(pty_link, sizeof(pty_link), "%s/pty", folder);
    snprintf(print_target, sizeof(print_target), "folder:%s", folder);
    for (unsigned i = 0; i < PEERS; i++)
        peers[i] = -1;
}

static void close_ports(void)
{
    for (unsigned i = 0; i < 4; i++) {
        if (lines[i])
            lines[i]->free(lines[i]);
        lines[i] = NULL;
    }
    if (printer)
        printer->free(printer);
    printer = NULL;
    waiter_free(waiter);
    waiter = NULL;
}

static void plug_serial(struct pc_config *pc)
{
    static const char *const names[] = { "Serial 1", "Serial 2", "Serial 3", "Serial 4" };
    struct error err;

    close_ports();
    waiter = waiter_new(&err);
    for (unsigned i = 0; i < 4; i++) {
        struct chardev_setup line = {
            .target = targets[i], .name = names[i], .symlink = pty_link, .waiter = waiter
        };

        ck_assert_msg(chardev_open(&line, &lines[i], &err), "%s", err.text);
        pc->has_serial[i] = true;
        pc->serial[i] = lines[i];
    }
}

static void plug_printer(struct pc_config *pc)
{
    struct printer_setup setup = { .target = print_target, .name = "Parallel 1", .job = "DOS" };
    struct error err;

    close_ports();
    setup.waiter = waiter = waiter_new(&err);
    ck_assert_msg(printer_open(&setup, &printer, &err), "%s", err.text);
    pc->parallel[0] = (struct pc_parallel){ .printer = printer, .job_seconds = 2 };
}

static void start_lines(void)
{
    for (unsigned i = 0; i < 4; i++)
        chardev_start(lines[i]);
}

static void connect_peer(unsigned i)
{
    char path[108];

    switch (i) {
    case 0:
        peers[0] = outside_tcp((unsigned)atoi(strchr(targets[0], ':') + 1));
        break;
    case 1:
        peers[1] =
            accept4(listener, NULL, NULL, SOCK_CLOEXEC); /* its helper is under way by itself */
        break;
    case 2:
        snprintf(path, sizeof(path), "%s/socket", folder);
        peers[2] = outside_unix(path);
        break;
    default:
        peers[3] = outside_open(pty_link, O_RDWR | O_NOCTTY);
        break;
    }
    ck_assert_int_ge(peers[i], 0);
}

static void hang_up(unsigned i)
{
    close(peers[i]);
    peers[i] = -1;
}

static void teardown(void)
{
    bench_free(b);
    close_ports();
    for (unsigned i = 0; i < PEERS; i++)
        if (peers[i] >= 0)
            hang_up(i);
    close(listener);
    outside_remove(folder);
}

/* ---- both sides ---- */

static void step(void)
{
    bench_run_ms(b, 5);
    waiter_turn(waiter, 1);
}

/* Runs until the guest has told that much of the modem lines since the last call. */
static void guest_tells(const char *text)
{
    for (unsigned i = 0; i < STEPS && !strstr(b->debug, text); i++)
        step();
    ck_assert_msg(strstr(b->debug, text) != NULL, "the guest told \"%s\", not \"%s\"", b->debug,
                  text);
    memset(b->debug, 0, sizeof(b->debug));
    b->debug_length = 0;
}

/* What the peer sends comes back with upper and lower case exchanged. */
static void echoes(unsigned i, const char *text, const char *expected)
{
    char back[256] = { 0 };
    size_t used = 0, want = strlen(expected);

    ck_assert(write(peers[i], text, strlen(text)) == (ssize_t)strlen(text));
    for (unsigned n = 0; n < STEPS && used < want; n++) {
        struct pollfd pfd = { .fd = peers[i], .events = POLLIN };

        step();
        if (poll(&pfd, 1, 0) > 0) {
            ssize_t got = read(peers[i], back + used, want - used);

            ck_assert_int_gt(got, 0);
            used += (size_t)got;
        }
    }
    ck_assert_str_eq(back, expected);
}

/* What is opened by name is open then; the folder is what a machine's own folder is. */
static struct bench *new_machine(struct bench_setup *setup)
{
    struct bench *made;

    setup->confine_later = true;
    made = bench_new(setup);
    guest_confine_files(folder);
    guest_confine_calls();
    return made;
}

static struct bench *echo_machine(struct bench_bytes *image, bool paced)
{
    *image = bench_boot_image("serial", 1474560);
    b = new_machine(&(struct bench_setup){
        .floppy = *image, .disk_fast = true, .paced = paced, .configure = plug_serial });
    start_lines();
    return b;
}

START_TEST(four_ports_answer_four_kinds_of_peers)
{
    static const char *const up[] = { "1+", "2+", "3+", "4+" }, *const down[] = { "1-", "2-", "3-",
                                                                                  "4-" };
    struct bench_bytes image;

    setup();
    echo_machine(&image, false);
    guest_tells("!");
    for (unsigned i = 0; i < PEERS; i++) {
        connect_peer(i);
        if (i != 1) /* it was there before the guest looked */
            guest_tells(up[i]);
    }
    for (unsigned i = 0; i < PEERS; i++)
        echoes(i, "HelloPort", "hELLOpORT");
    for (unsigned i = 0; i < PEERS; i++)
        ck_assert(write(peers[i], "AllAtOnce", 9) == 9);
    for (unsigned i = 0; i < PEERS; i++)
        echoes(i, "", "aLLaToNCE");
    for (unsigned i = 0; i < PEERS; i++) { /* each vanishes, and comes again */
        hang_up(i);
        guest_tells(down[i]);
        connect_peer(i);
        guest_tells(up[i]);
        echoes(i, "again", "AGAIN");
    }
    teardown();
    free(image.data);
}
END_TEST

START_TEST(resumed_guest_sees_that_its_peer_is_gone)
{
    struct bench_bytes image, state;
    struct error err = { { 0 } };

    guest_unconfined("a machine that is resumed opens its ports anew");
    setup();
    echo_machine(&image, false);
    guest_tells("!");
    connect_peer(0);
    guest_tells("1+");
    echoes(0, "before", "BEFORE");
    state = bench_save(b);
    bench_renew(b, NULL);
    hang_up(0);
    ck_assert_msg(bench_load(b, state, &err), "%s", err.text);
    start_lines();
    guest_tells("1-");
    connect_peer(0);
    guest_tells("1+");
    echoes(0, "after", "AFTER");
    free(state.data);
    teardown();
    free(image.data);
}
END_TEST

/* ---- with the waiting thread, as bygone-machine does it ---- */

static void *machine_thread(void *arg)
{
    machine_start(arg);
    machine_run(arg);
    return NULL;
}

static void end_machine(void *arg)
{
    machine_quit(arg);
}

START_TEST(waiting_thread_wakes_the_machine)
{
    struct bench_bytes image;
    pthread_t thread;
    char back[1] = { 0 };

    setup();
    echo_machine(&image, true);
    waiter_start(waiter, b->machine);
    pthread_create(&thread, NULL, machine_thread, b->machine);
    connect_peer(0);
    /* The guest may still be on its way: it is called until it answers. */
    for (unsigned i = 0; i < 60 && back[0] != 'H'; i++) {
        struct pollfd pfd = { .fd = peers[0], .events = POLLIN };

        ck_assert(write(peers[0], "h", 1) == 1);
        if (poll(&pfd, 1, 1000) > 0)
            ck_assert(read(peers[0], back, 1) == 1);
    }
    ck_assert_int_eq(back[0], 'H');
    ck_assert(write(peers[0], "xyz", 3) == 3);
    for (unsigned i = 0; i < 100 && back[0] != 'Z'; i++) {
        struct pollfd pfd = { .fd = peers[0], .events = POLLIN };

        ck_assert_int_gt(poll(&pfd, 1, 60000), 0);
        ck_assert(read(peers[0], back, 1) == 1);
    }
    ck_assert_int_eq(back[0], 'Z');
    machine_post(b->machine, end_machine, b->machine);
    pthread_join(thread, NULL);
    waiter_stop(waiter);
    teardown();
    free(image.data);
}
END_TEST

/* ---- printing ---- */

/* The text of the only job, which is there when it has ended. */
static const char *printed(void)
{
    static char text[512];
    struct dirent *entry;
    DIR *dir = opendir(folder);
    char path[400];

    text[0] = 0;
    while ((entry = readdir(dir))) {
        FILE *f;

        if (strncmp(entry->d_name, "DOS-", 4) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        f = fopen(path, "r");
        text[fread(text, 1, sizeof(text) - 1, f)] = 0;
        fclose(f);
    }
    closedir(dir);
    return text;
}

START_TEST(freedos_prints_into_the_folder_across_a_saved_state)
{
    struct bench_bytes image = bench_freedos(), state;
    struct error err = { { 0 } };

    if (!image.data)
        return;
    guest_unconfined("a machine that is resumed opens its printer anew");
    setup();
    b = new_machine(
        &(struct bench_setup){ .floppy = image, .disk_fast = true, .configure = plug_printer });
    printer_start(printer);
    ck_assert_msg(bench_wait(b, "A:\\>", 60000), "no prompt; the screen:\n%s", bench_screen(b));
    bench_type(b, "echo Dear Sir or Madam > a.txt{enter}");
    bench_type(b, "copy a.txt lpt1{enter}");
    for (unsigned i = 0; i < STEPS && !printer->job; i++)
        step();
    ck_assert_msg(printer->job != 0, "nothing was printed; the screen:\n%s", bench_screen(b));
    ck_assert_str_eq(printed(), "");
    state = bench_save(b);
    printer_keep_job(printer);
    bench_renew(b, NULL);
    ck_assert_msg(bench_load(b, state, &err), "%s", err.text);
    printer_start(printer);
    for (unsigned i = 0; i < STEPS && !printed()[0]; i++)
        step();
    ck_assert_str_eq(printed(), "Dear Sir or Madam \r\n");
    ck_assert_uint_eq(printer->job, 0);
    free(state.data);
    teardown();
    free(image.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ports");

    CHECK_CASE(suite, "serial", four_ports_answer_four_kinds_of_peers,
               resumed_guest_sees_that_its_peer_is_gone, waiting_thread_wakes_the_machine);
    CHECK_CASE(suite, "printing", freedos_prints_into_the_folder_across_a_saved_state);
    return guest_main(suite);
}
