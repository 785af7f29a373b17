/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of a machine that does not run: bytes into the control socket, packets into the
 * console socket, and packets from a machine gone bad into the client library.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
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
#include "tests/fuzz/targets.h"

static void need(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

/* ---- a machine, and the thread it lives on ---- */

static struct machine *machine;
static struct control_server *control;
static struct console_server *console;
static pthread_t thread;
static atomic_bool ending;
static char control_path[64], console_path[64];

static void *live(void *arg)
{
    (void)arg;
    while (!atomic_load(&ending)) { /* after "quit" it returns at once and still serves */
        machine_run(machine);
        usleep(200);
    }
    return NULL;
}

static void on_status(void *ctx, enum machine_status status, const char *why)
{
    (void)ctx;
    (void)status;
    (void)why;
    if (control)
        control_server_status(control);
    if (console)
        console_server_status(console);
}

static void stop_running(void *arg)
{
    (void)arg;
    machine_pause(machine, MACHINE_PAUSED, NULL);
}

static void end(void *arg)
{
    (void)arg;
    machine_quit(machine);
}

static void tear_down(void)
{
    atomic_store(&ending, true);
    machine_post(machine, end, NULL);
    pthread_join(thread, NULL);
    control_server_free(control);
    console_server_free(console);
    control = NULL;
    console = NULL;
    machine_free(machine);
}

static bool act_insert(void *ctx, const char *drive, int fd, const char *label, bool read_only,
                       struct error *err)
{
    (void)ctx;
    (void)label;
    (void)read_only;
    if (fd >= 0)
        close(fd);
    return error_set(err, "there is no drive %.40s", drive);
}

static void set_up(void)
{
    static const struct control_actions actions = { .insert = act_insert };
    static uint8_t bios[128 << 10], vgabios[32 << 10];
    struct machine_config config = {
        .pc = { .memory = 1 << 20,
                .bios = bios,
                .bios_size = sizeof(bios),
                .vgabios = vgabios,
                .vgabios_size = sizeof(vgabios),
                .vram = 1 << 20 },
        .engine = &interp_ops,
        .time = TIME_PACED,
        .events = { .status = on_status },
    };
    struct error err;

    if (machine)
        return;
    memset(bios, 0xf4, sizeof(bios)); /* HLT, should somebody start it */
    snprintf(control_path, sizeof(control_path), "/tmp/bygone-fuzz-%d.control", (int)getpid());
    snprintf(console_path, sizeof(console_path), "/tmp/bygone-fuzz-%d.console", (int)getpid());
    machine = machine_new(&config, &err);
    need(machine, "machine");
    control = control_server_new(machine, "fuzz", "3c5bd0a5-3a0e-4f1c-8d64-1d9c6d3c5b11",
                                 control_path, &actions, &err);
    need(control, "control");
    console = console_server_new(machine, "fuzz", console_path, &err);
    need(console, "console");
    need(!pthread_create(&thread, NULL, live, NULL), "thread");
    atexit(tear_down);
}

static int connect_to(const char *path, int type)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

    strcpy(addr.sun_path, path);
    need(fd >= 0 && !connect(fd, (struct sockaddr *)&addr, sizeof(addr)), path);
    return fd;
}

/* False: the other side has closed. */
static bool read_away(int fd, int patience_ms)
{
    struct pollfd pfd = { .fd = fd, .events = POLLIN };
    char buf[4096];

    while (poll(&pfd, 1, patience_ms) > 0)
        if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
            return false;
    return true;
}

static void send_with_fd(int fd, const void *data, size_t size, int passed)
{
    char room[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec iov = { (void *)data, size };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)
    };
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &passed, sizeof(int));
    (void)sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* ---- control ---- */

/* The machine has answered all of it when it closes: it has read to the end of what was sent. */
static void one_control(const void *ctx, const uint8_t *data, size_t size)
{
    static const char hello[] = "{\"execute\":\"qmp_capabilities\"}";
    static int null = -1;
    size_t at = 0;
    int fd;

    (void)ctx;
    set_up();
    if (null < 0)
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
    fd = connect_to(control_path, SOCK_STREAM);
    if (!size || data[0] != '!') /* without negotiation now and then */
        (void)send(fd, hello, sizeof(hello) - 1, MSG_NOSIGNAL);
    if (size & 1)
        send_with_fd(fd, " ", 1, null);
    while (at < size) {
        ssize_t n = send(fd, data + at, size - at < 700 ? size - at : 700, MSG_NOSIGNAL);

        if (n <= 0)
            break;
        at += (size_t)n;
        if (!read_away(fd, 0))
            break;
    }
    shutdown(fd, SHUT_WR);
    while (read_away(fd, 1000))
        ;
    close(fd);
    machine_post(machine, stop_running, NULL);
}

struct fuzz_target target_control(void)
{
#define WITH(name, arguments) "{\"execute\":\"" name "\",\"arguments\":{" arguments "}}\r\n"
    static const char words[] =
        "{\"execute\":\"query-status\"}{\"execute\":\"query-commands\",\"id\":[1,{\"a\":null}]}"
        "{\"execute\":\"query-name\"}{\"execute\":\"query-version\"}{\"execute\":\"stop\"}";
    static const char keys[] = WITH("send-key", "\"keys\":[{\"type\":\"qcode\",\"data\":\"ret\"}]")
        WITH("__org.bygone_type", "\"text\":\"dir{enter}\",\"gap-ms\":1")
            WITH("__org.bygone_screen-text", "");
    static const char files[] = WITH("getfd", "\"fdname\":\"x\"")
        WITH("screendump", "\"filename\":\"x\",\"format\":\"png\"") WITH("add-fd", "")
            WITH("pmemsave", "\"val\":0,\"size\":100,\"filename\":\"/dev/fdset/0\"")
                WITH("eject", "\"device\":\"floppy0\"")
                    WITH("__org.bygone_insert",
                         "\"drive\":\"floppy0\",\"filename\":\"/dev/fdset/0\",\"label\":\"a.img\"");
    static const char look[] = WITH("human-monitor-command", "\"command-line\":\"info registers\"")
        WITH("human-monitor-command", "\"command-line\":\"x/3i $cs.base+$eip\"")
            WITH("human-monitor-command", "\"command-line\":\"xp/4xb 0xa0000\"")
                WITH("human-monitor-command", "\"command-line\":\"info device vga\"")
                    WITH("human-monitor-command", "\"command-line\":\"info mem\"")
                        WITH("query-block", "") WITH("query-qmp-schema", "")
                            WITH("input-send-event", "\"events\":[{\"type\":\"rel\",\"data\":"
                                                     "{\"axis\":\"x\",\"value\":5}}]")
                                WITH("blockdev-open-tray", "\"id\":\"cdrom0\",\"force\":true")
                                    WITH("system_powerdown", "") WITH("query-vnc", "");
    /* What was wrong once. */
    static const char once[] = WITH("getfd", "\"fdname\":\"x\"") WITH(
        "pmemsave", "\"val\":9223372036854775807,\"size\":9223372036854775807,\"filename\":\"x\"")
        WITH("send-key", "\"keys\":[{\"type\":5,\"data\":null}]");
    static const struct fuzz_seed seeds[] = {
        { words, sizeof(words) - 1 }, { keys, sizeof(keys) - 1 }, { files, sizeof(files) - 1 },
        { once, sizeof(once) - 1 },   { look, sizeof(look) - 1 }, { 0 }
    };

    return (struct fuzz_target){
        .name = "control",
        .one = one_control,
        .seeds = seeds,
        .most = 8192,
        .dictionary = "{\n}\n[\n]\n\"\n\\\n:\n,\nnull\ntrue\n1e999\n-9223372036854775808\n"
                      "9223372036854775807\n4294967296\n\"id\":\n\\u0000\n\\ud800\n\xff\n\x1b\n"
                      "[[[[[[[[[[[[[[[[\n{\"a\":{\"a\":{\"a\":\n\"type\":5\n\"data\":null\n"
                      "\"val\":-1\n\"size\":9223372036854775807\n!\n\"execute\":\"quit\"\n"
                      "\"execute\":\"system_reset\"\n\"execute\":\"query-kvm\"\n"
                      "\"execute\":\"query-fdsets\"\n\"execute\":\"memsave\"\n/3i\n/4xb\n$eip\n"
                      "\"execute\":\"__org.bygone_engine\"\n\"execute\":\"__org.bygone_save\"",
    };
}

/* ---- console, the machine's side ---- */

/* Input: per packet two bytes of length and kind, then the packet. */
static void one_console_server(const void *ctx, const uint8_t *data, size_t size)
{
    struct console_message hello = {
        .type = CONSOLE_HELLO, .hello = { CONSOLE_VERSION, CONSOLE_PIXELS | CONSOLE_TEXT, "" }
    };
    size_t at = 0;
    int fd;

    (void)ctx;
    set_up();
    fd = connect_to(console_path, SOCK_SEQPACKET);
    if (size && data[0] & 0x80)
        (void)send(fd, &hello, console_length(CONSOLE_HELLO), MSG_NOSIGNAL);
    while (at + 2 < size) {
        struct console_message m = { 0 };
        size_t n = data[at] & 0x7f;

        if (n > size - at - 2)
            n = size - at - 2;
        memcpy(&m, data + at + 2, n);
        if (data[at + 1] < 200) { /* mostly something it knows, of the right length */
            m.type = data[at + 1] % 5 ? CONSOLE_WANT + data[at + 1] % 4 : CONSOLE_HELLO;
            (void)send(fd, &m, console_length(m.type), MSG_NOSIGNAL | MSG_DONTWAIT);
        } else {
            (void)send(fd, &m, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        at += 2 + n;
        if (!read_away(fd, 0))
            break;
    }
    read_away(fd, 2);
    close(fd);
}

struct fuzz_target target_console_server(void)
{
    return (
        struct fuzz_target){ .name = "console-server", .one = one_console_server, .most = 1024 };
}

/* ---- console, the client's side ---- */

/* A surface that fits its file, so that what comes after it has something to point into. */
static void good_surface(int fd, uint16_t width, uint16_t height)
{
    struct console_message m = { .type = CONSOLE_SURFACE };
    int memfd = memfd_create("surface", MFD_CLOEXEC);

    m.surface.width = width;
    m.surface.height = height;
    m.surface.pitch = width;
    m.surface.buffer_len = (uint32_t)width * height * 4;
    m.surface.aspect_num = m.surface.aspect_den = 1;
    need(memfd >= 0 && !ftruncate(memfd, 2 * (off_t)m.surface.buffer_len), "memfd");
    send_with_fd(fd, &m, console_length(m.type), memfd);
    close(memfd);
}

/* Reads every pixel that a frame says has changed, as a window would. */
static void look(const struct console_client *client, const struct console_message *m)
{
    volatile uint32_t pixel = 0;

    if (m->type != CONSOLE_FRAME)
        return;
    for (unsigned i = 0; i < m->frame.rect_count; i++) {
        const struct screen_rect *r = &m->frame.rects[i];

        for (unsigned y = r->y; y < (unsigned)r->y + r->h; y++)
            for (unsigned x = r->x; x < (unsigned)r->x + r->w; x++)
                pixel = client->pixels[m->frame.buffer][y * client->surface.surface.pitch + x];
    }
    (void)pixel;
}

static void one_packet(int fd, const uint8_t *data, size_t size, uint8_t kind)
{
    static const uint32_t types[] = { CONSOLE_HELLO,       CONSOLE_SURFACE, CONSOLE_FRAME,
                                      CONSOLE_TEXT_SCREEN, CONSOLE_LEDS,    CONSOLE_LIGHTS,
                                      CONSOLE_STATUS,      CONSOLE_FRAME };
    static struct console_message m;
    int memfd;

    if (kind % 16 == 0) {
        good_surface(fd, (uint16_t)(1 + kind), (uint16_t)(1 + size));
        return;
    }
    memset(&m, 0, sizeof(m));
    memcpy(&m, data, size);
    if (kind & 0x80)
        m.type = types[kind & 7];
    if (m.type == CONSOLE_FRAME && kind & 0x40) {
        m.frame.buffer &= 1;
        m.frame.rect_count %= 4;
        for (unsigned i = 0; i < m.frame.rect_count; i++) {
            m.frame.rects[i].x %= 64;
            m.frame.rects[i].y %= 64;
            m.frame.rects[i].w %= 64;
            m.frame.rects[i].h %= 64;
        }
    }
    if (kind & 0x20) {
        memfd = memfd_create("small", MFD_CLOEXEC);
        need(memfd >= 0 && !ftruncate(memfd, kind * 97), "memfd");
        send_with_fd(fd, &m, kind & 0x80 ? console_length(m.type) : size, memfd);
        close(memfd);
    } else {
        (void)send(fd, &m, kind & 0x80 ? console_length(m.type) : size,
                   MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

static void one_console_client(const void *ctx, const uint8_t *data, size_t size)
{
    struct console_client client = { .fd = -1 };
    static struct console_message m;
    size_t at = 0;
    int ends[2], result = 0;

    (void)ctx;
    need(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
    client.fd = ends[0];
    while (at + 2 < size && result >= 0) {
        size_t n = data[at];

        if (n > size - at - 2)
            n = size - at - 2;
        one_packet(ends[1], data + at + 2, n, data[at + 1]);
        at += 2 + n;
        while ((result = console_receive(&client, &m)) > 0)
            look(&client, &m);
    }
    close(ends[1]);
    console_disconnect(&client);
}

struct fuzz_target target_console_client(void)
{
    return (
        struct fuzz_target){ .name = "console-client", .one = one_console_client, .most = 2048 };
}
