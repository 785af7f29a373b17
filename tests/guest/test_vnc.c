/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bygone-vnc before a whole machine that runs in this process: libvncclient as a good viewer, a
 * bare socket as a bad one.  Argument: the program.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <rfb/rfbclient.h>

#include "core/console.h"
#include "core/input.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { PATIENCE_MS = 60000 }; /* until a test that waits in vain is said to have failed */

static const char *program;
static struct bench *bench;
static struct bench_bytes image;
static struct console_server *console;
static pthread_t machine_thread;
static char folder[] = "/tmp/bygone-vnct-XXXXXX", path[64], info_path[64], pw_path[64];
static pid_t server;
static int port, server_errors;

/* What the machine was given. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char events[8192], typed[4096];
static void (*real_key)(void *ctx, unsigned evdev, bool down);

static uint64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- the machine ---- */

static void note(const char *format, ...)
{
    size_t n;
    va_list ap;

    pthread_mutex_lock(&lock);
    n = strlen(events);
    va_start(ap, format);
    vsnprintf(events + n, sizeof(events) - n, format, ap);
    va_end(ap);
    pthread_mutex_unlock(&lock);
}

static void on_key(void *ctx, unsigned evdev, bool down)
{
    note("k%u%c ", evdev, down ? '+' : '-');
    real_key(ctx, evdev, down);
}

static void on_pointer(void *ctx, int dx, int dy, int wheel, unsigned buttons)
{
    (void)ctx;
    note("m%d,%d,%d,%u ", dx, dy, wheel, buttons);
}

static void on_absolute(void *ctx, unsigned x, unsigned y, int wheel, unsigned buttons)
{
    (void)ctx;
    note("p%u,%u,%d,%u ", x, y, wheel, buttons);
}

static void on_type(void *ctx, const char *utf8)
{
    (void)ctx;
    pthread_mutex_lock(&lock);
    strncat(typed, utf8, sizeof(typed) - strlen(typed) - 1);
    pthread_mutex_unlock(&lock);
}

static void *run_machine(void *arg)
{
    machine_run(bench->machine);
    return arg;
}

static void set_absolute(void *arg)
{
    struct input *input = &machine_pc(bench->machine)->input;

    input->absolute = arg != NULL;
    input->absolute_changed(input->absolute_changed_ctx, input->absolute);
}

static void start_machine(void)
{
    struct error err = { { 0 } };
    struct input *input;

    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/console", folder);
    snprintf(info_path, sizeof(info_path), "%s/info", folder);
    snprintf(pw_path, sizeof(pw_path), "%s/pw", folder);
    image = bench_boot_image("echo", 368640);
    guest_unconfined("the test starts the VNC server and is its viewer");
    bench = bench_new(
        &(struct bench_setup){ .floppy = image, .memory = 2, .paced = true, .disk_fast = true });
    console = console_server_new(bench->machine, "Old \"PC\"", path, &err);
    ck_assert_msg(console != NULL, "%s", err.text);
    console_server_on_typing(console, &(struct console_typing){ .text = on_type });
    input = &machine_pc(bench->machine)->input;
    real_key = input->key;
    input->key = on_key;
    input->pointer = on_pointer;
    input->pointer_absolute = on_absolute;
    events[0] = typed[0] = 0;
    machine_start(bench->machine);
    /* Keys that come while the BIOS still sets up the keyboard are lost, as on any PC. */
    ck_assert_msg(bench_wait(bench, "READY", 60000), "the screen:\n%s", bench_screen(bench));
    ck_assert_int_eq(pthread_create(&machine_thread, NULL, run_machine, NULL), 0);
}

static void post_quit(void *arg)
{
    machine_quit(arg);
}

static void end_machine(void)
{
    char command[128];

    machine_post(bench->machine, post_quit, bench->machine);
    pthread_join(machine_thread, NULL);
    console_server_free(console);
    bench_free(bench);
    free(image.data);
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* ---- bygone-vnc ---- */

/* What it says on its ready descriptor; server_errors is its standard error. */
static const char *launch(const char *const options[])
{
    static char said[512];
    const char *argv[24] = { program,    "--console",      path,  "--info",
                             info_path,  "--ready-fd",     "9",   "--pages",
                             "/nowhere", "--certificates", folder };
    int ready[2], errors[2], n = 11;
    size_t got = 0;
    ssize_t r;

    for (unsigned i = 0; options && options[i]; i++)
        argv[n++] = options[i];
    ck_assert(pipe2(ready, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0);
    server = fork();
    if (server == 0) {
        dup2(ready[1], 9);
        dup2(errors[1], STDERR_FILENO);
        execv(program, (char **)argv);
        _exit(127);
    }
    close(ready[1]);
    close(errors[1]);
    while (got < sizeof(said) - 1 && (r = read(ready[0], said + got, sizeof(said) - 1 - got)) > 0)
        got += (size_t)r;
    said[got] = 0;
    close(ready[0]);
    server_errors = errors[0];
    return said;
}

/* A password file with that text is given along unless it is NULL. */
static void begin(const char *passwords, const char *const options[])
{
    const char *all[12] = { "--password-file", pw_path };
    char text[512] = "";
    int fd, n = passwords ? 2 : 0;

    start_machine();
    if (passwords) {
        fd = open(pw_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ck_assert_int_eq(write(fd, passwords, strlen(passwords)), (ssize_t)strlen(passwords));
        close(fd);
    }
    for (unsigned i = 0; options && options[i]; i++)
        all[n++] = options[i];
    all[n] = NULL;
    ck_assert_str_eq(launch(all), "ready\n");
    fd = open(info_path, O_RDONLY);
    ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
    close(fd);
    ck_assert_int_eq(sscanf(strstr(text, "Port="), "Port=%d", &port), 1);
}

static int reap(void)
{
    int status = 0;

    ck_assert_int_eq(waitpid(server, &status, 0), server);
    close(server_errors);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void end(void)
{
    kill(server, SIGTERM);
    ck_assert_int_eq(reap(), 0);
    ck_assert_int_ne(access(info_path, F_OK), 0);
    end_machine();
}

/* Waits until the text of `where` is there. */
static void expect_in(const char *where, const char *text)
{
    uint64_t stop = now_ms() + PATIENCE_MS;
    bool found = false;

    while (!found && now_ms() < stop) {
        pthread_mutex_lock(&lock);
        found = strstr(where, text) != NULL;
        pthread_mutex_unlock(&lock);
        if (!found)
            usleep(10000);
    }
    ck_assert_msg(found, "\"%s\" is not in \"%s\"", text, where);
}

/* ---- a good viewer ---- */

static const char *say_user, *say_password;

static char *get_password(rfbClient *c)
{
    (void)c;
    return strdup(say_password ? say_password : "");
}

static rfbCredential *get_credential(rfbClient *c, int type)
{
    rfbCredential *credential = calloc(1, sizeof(*credential));
    char file[96];

    (void)c;
    snprintf(file, sizeof(file), "%s/vnc-cert.pem", folder);
    if (type == rfbCredentialTypeX509) {
        credential->x509Credential.x509CACertFile = strdup(file);
    } else {
        credential->userCredential.username = strdup(say_user ? say_user : "");
        credential->userCredential.password = strdup(say_password ? say_password : "");
    }
    return credential;
}

static void quiet(const char *format, ...)
{
    (void)format;
}

/* NULL: not let in. */
static rfbClient *view(const char *user, const char *password)
{
    static const uint32_t types[] = { rfbVeNCrypt, rfbVncAuth, rfbNoAuth };
    rfbClient *c = rfbGetClient(8, 3, 4);

    rfbClientLog = rfbClientErr = quiet;
    say_user = user;
    say_password = password;
    c->GetPassword = get_password;
    c->GetCredential = get_credential;
    c->canHandleNewFBSize = TRUE;
    c->appData.encodingsString = "zrle copyrect hextile raw";
    c->serverHost = strdup("127.0.0.1");
    c->serverPort = port;
    SetClientAuthSchemes(c, types, 3);
    return rfbInitClient(c, NULL, NULL) ? c : NULL;
}

static void leave(rfbClient *c)
{
    free(c->frameBuffer);
    rfbClientCleanup(c);
}

/* Lets the viewer work until check(c, arg) holds. */
static void until(rfbClient *c, bool (*check)(rfbClient *c, const void *arg), const void *arg)
{
    uint64_t stop = now_ms() + PATIENCE_MS;

    while (!check(c, arg)) {
        ck_assert_msg(now_ms() < stop, "the viewer waits in vain");
        if (WaitForMessage(c, 50000) > 0)
            ck_assert_msg(HandleRFBServerMessage(c), "the server has hung up");
    }
}

static bool has_size(rfbClient *c, const void *arg)
{
    const int *size = arg;

    return c->width == size[0] && c->height == size[1];
}

/* Is the viewer's picture the machine's, as another client of the console sees it? */
static bool same_picture(rfbClient *c, const void *arg)
{
    static struct console_client other;
    static struct console_message m;
    struct error err;
    uint64_t stop = now_ms() + 5000;
    bool same = false;

    (void)arg;
    ck_assert(console_connect(&other, path, CONSOLE_PIXELS, &err));
    console_want(&other, 0);
    do {
        struct pollfd pfd = { .fd = other.fd, .events = POLLIN };

        poll(&pfd, 1, 100);
        m.type = 0;
        ck_assert_int_ge(console_receive(&other, &m), 0);
    } while (m.type != CONSOLE_FRAME && now_ms() < stop);
    if (m.type == CONSOLE_FRAME && other.surface.surface.width == c->width &&
        other.surface.surface.height == c->height) {
        const uint32_t *mine = (const uint32_t *)c->frameBuffer;
        const uint32_t *its = other.pixels[m.frame.buffer];

        same = true;
        for (int y = 0; y < c->height && same; y++)
            for (int x = 0; x < c->width && same; x++) {
                uint32_t p = mine[y * c->width + x], q = its[y * c->width + x];
                uint32_t red = p >> c->format.redShift & 255;

                same = red == (q >> 16 & 255) &&
                       (p >> c->format.greenShift & 255) == (q >> 8 & 255) &&
                       (p >> c->format.blueShift & 255) == (q & 255);
            }
    }
    console_disconnect(&other);
    return same;
}

static bool is_lit(rfbClient *c, const void *arg)
{
    const uint32_t *pixels = (const uint32_t *)c->frameBuffer;

    (void)arg;
    for (int i = 0; i < c->width * c->height; i++)
        if (pixels[i] & 0xffffff)
            return true;
    return false;
}

static void press(rfbClient *c, uint32_t keysym)
{
    SendKeyEvent(c, keysym, TRUE);
    SendKeyEvent(c, keysym, FALSE);
}

static bool has_left_text(rfbClient *c, const void *arg)
{
    return !has_size(c, arg);
}

static const int text_size[] = { 720, 400 };

START_TEST(a_viewer_sees_what_the_machine_shows_and_types)
{
    rfbClient *c;

    begin(NULL, NULL);
    c = view(NULL, NULL);
    ck_assert_ptr_nonnull(c);
    ck_assert_str_eq(c->desktopName, "Old \"PC\"");
    until(c, is_lit, NULL);
    until(c, has_size, text_size);
    press(c, 'a');
    press(c, 0xffe1);
    expect_in(events, "k30+ k30- k42+ k42- ");
    until(c, same_picture, NULL);
    press(c, 'g');
    until(c, has_left_text, text_size);
    until(c, is_lit, NULL);
    until(c, same_picture, NULL);
    press(c, 't');
    until(c, has_size, text_size);
    until(c, same_picture, NULL);
    leave(c);
    end();
}
END_TEST

START_TEST(keys_are_released_when_a_viewer_goes)
{
    rfbClient *c;

    begin(NULL, NULL);
    c = view(NULL, NULL);
    ck_assert_ptr_nonnull(c);
    SendKeyEvent(c, 0xffe3, TRUE);
    SendKeyEvent(c, 'x', TRUE);
    SendPointerEvent(c, 5, 5, 1);
    expect_in(events, "k29+ k45+ m0,0,0,1 ");
    leave(c);
    expect_in(events, "k29- k45- m0,0,0,0 ");
    end();
}
END_TEST

START_TEST(the_pointer_is_relative_or_absolute_as_the_guest_wants)
{
    uint64_t stop = now_ms() + PATIENCE_MS;
    rfbClient *c;

    begin(NULL, NULL);
    c = view(NULL, NULL);
    ck_assert_ptr_nonnull(c);
    until(c, has_size, text_size);
    SendPointerEvent(c, 100, 100, 0);
    SendPointerEvent(c, 110, 95, 0);
    SendPointerEvent(c, 110, 95, 8);
    SendPointerEvent(c, 110, 95, 0);
    SendPointerEvent(c, 110, 95, 16);
    expect_in(events, "m10,-5,0,0 m0,0,1,0 m0,0,-1,0 ");
    machine_post(bench->machine, set_absolute, bench);
    /* Until the news have got about, which may be between a press and its end. */
    while (!strstr(events, "p65535,0,0,2 p65535,0,0,0 ") && now_ms() < stop) {
        SendPointerEvent(c, 719, 0, 4);
        SendPointerEvent(c, 719, 0, 0);
        usleep(50000);
    }
    expect_in(events, "p65535,0,0,2 p65535,0,0,0 ");
    leave(c);
    end();
}
END_TEST

START_TEST(passwords_decide_who_may_look_and_who_may_type)
{
    rfbClient *c;

    begin("topsecret\nonlylook\n", NULL);
    ck_assert_ptr_null(view(NULL, "wrong"));
    c = view(NULL, "onlylook");
    ck_assert_ptr_nonnull(c);
    until(c, is_lit, NULL);
    press(c, 'v');
    SendPointerEvent(c, 1, 1, 1);
    leave(c);
    c = view(NULL, "topsecret");
    ck_assert_ptr_nonnull(c);
    press(c, 'f');
    expect_in(events, "k33+ k33- ");
    ck_assert_ptr_null(strstr(events, "k47"));
    ck_assert_ptr_null(strchr(events, 'm'));
    leave(c);
    end();
}
END_TEST

START_TEST(who_guesses_has_to_wait)
{
    uint64_t stop = now_ms() + PATIENCE_MS;
    rfbClient *c = NULL;

    begin("topsecret\n", NULL);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_ptr_null(view(NULL, "wrong"));
    ck_assert_ptr_null(view(NULL, "topsecret")); /* not listened to */
    while (!c && now_ms() < stop) {
        usleep(200000);
        c = view(NULL, "topsecret");
    }
    ck_assert_ptr_nonnull(c);
    leave(c);
    end();
}
END_TEST

START_TEST(tls_with_each_kind_of_password)
{
    static const char *const tls[] = { "--tls", NULL };
    static const struct {
        const char *file, *user, *password;
        bool fits;
    } cases[] = {
        { NULL, NULL, NULL, true },
        { "topsecret\n", NULL, "topsecret", true },
        { "topsecret\n", NULL, "other", false },
        { "ann:a longer one\n", "ann", "a longer one", true },
        { "ann:a longer one\n", "ann", "a longer two", false },
        { "ann:a longer one\n", "bob", "a longer one", false },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        rfbClient *c;

        begin(cases[i].file, tls);
        c = view(cases[i].user, cases[i].password);
        ck_assert_msg((c != NULL) == cases[i].fits, "case %u", i);
        if (c) {
            until(c, is_lit, NULL);
            until(c, same_picture, NULL);
            leave(c);
        }
        end();
    }
}
END_TEST

START_TEST(beyond_this_computer_both_are_needed)
{
    static const char *const alone[] = { "--listen", "0.0.0.0", NULL };
    static const char *const encrypted[] = { "--listen", "::", "--tls", NULL };
    const char *const open_one[] = { "--listen", "0.0.0.0", "--password-file", pw_path, NULL };
    static const char *const nonsense[] = { "--listen", "example.org", NULL };

    start_machine();
    ck_assert_ptr_nonnull(strstr(launch(alone), "--password-file FILE and --tls.\n"));
    ck_assert_int_eq(reap(), 2);
    ck_assert_ptr_nonnull(strstr(launch(encrypted), "TLS: --password-file FILE.\n"));
    ck_assert_int_eq(reap(), 2);
    ck_assert_ptr_nonnull(strstr(launch(open_one), "TLS: --tls.\n"));
    ck_assert_int_eq(reap(), 2);
    ck_assert_ptr_nonnull(strstr(launch(nonsense), "no address"));
    ck_assert_int_eq(reap(), 2);
    end_machine();
}
END_TEST

/* ---- a bare socket ---- */

static int connect_tcp(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = { PATIENCE_MS / 1000, 0 };

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static void get(int fd, void *data, size_t length)
{
    size_t got = 0;

    while (got < length) {
        ssize_t n = recv(fd, (char *)data + got, length - got, 0);

        ck_assert_msg(n > 0, "the server says nothing more");
        got += (size_t)n;
    }
}

static void put(int fd, const void *data, size_t length)
{
    ck_assert_int_eq(send(fd, data, length, MSG_NOSIGNAL), (ssize_t)length);
}

/* Up to and with ServerInit. */
static void greet(int fd)
{
    uint8_t data[256];
    uint32_t length;

    get(fd, data, 12);
    ck_assert_mem_eq(data, "RFB 003.008\n", 12);
    put(fd, "RFB 003.008\n", 12);
    get(fd, data, 2);
    ck_assert_mem_eq(data, "\1\1", 2);
    put(fd, "\1", 1);
    get(fd, data, 4);
    ck_assert_mem_eq(data, "\0\0\0", 4);
    put(fd, "\1", 1);
    get(fd, data, 24);
    memcpy(&length, data + 20, 4);
    get(fd, data, ntohl(length));
}

/* A viewer that knows QEMU's extended keys, LED state and pointer motion. */
static int qemu_viewer(void)
{
    static const uint8_t message[] = {
        2, 0, 0, 4, /* SetEncodings: raw, -258, -261, -257 */
        0, 0, 0, 0, 0xff, 0xff, 0xfe, 0xfe, 0xff, 0xff, 0xfe, 0xfb, 0xff, 0xff, 0xfe, 0xff,
    };
    int fd = connect_tcp();

    greet(fd);
    put(fd, message, sizeof(message));
    return fd;
}

/* The next FramebufferUpdate of one rectangle that is none: its encoding; *x as sent. */
static int pseudo(int fd, unsigned *x)
{
    uint8_t data[16];

    get(fd, data, sizeof(data));
    ck_assert_mem_eq(data, "\0\0\0\1", 4);
    *x = (unsigned)data[4] << 8 | data[5];
    return (int)((uint32_t)data[12] << 24 | (uint32_t)data[13] << 16 | (uint32_t)data[14] << 8 |
                 data[15]);
}

static void extended_key(int fd, unsigned code, bool down)
{
    const uint8_t message[12] = { 255, 0, 0, down, 0, 0, 0, 'v', 0, 0, 0, (uint8_t)code };

    put(fd, message, sizeof(message));
}

static void set_caps(void *arg)
{
    struct input *input = &machine_pc(bench->machine)->input;

    (void)arg;
    input->leds_changed(input->leds_ctx, LED_CAPS);
}

START_TEST(scan_codes_lights_and_movements_are_qemus)
{
    static const uint8_t moved[] = { 5, 0, 0x80, 0x01, 0x7f, 0xfe };
    uint8_t leds;
    unsigned x;
    int fd;

    begin(NULL, NULL);
    fd = qemu_viewer();
    ck_assert_int_eq(pseudo(fd, &x), -258);
    ck_assert_int_eq(pseudo(fd, &x), -261);
    get(fd, &leds, 1);
    ck_assert_int_eq(pseudo(fd, &x), -257);
    ck_assert_uint_eq(x, 0);
    extended_key(fd, 0xc8, true); /* the arrow, not 8 of the keypad; whatever the keysym says */
    extended_key(fd, 0xc8, false);
    expect_in(events, "k103+ k103- ");
    put(fd, moved, sizeof(moved));
    expect_in(events, "m2,-1,0,0 ");
    machine_post(bench->machine, set_caps, NULL);
    ck_assert_int_eq(pseudo(fd, &x), -261);
    get(fd, &leds, 1);
    ck_assert_uint_eq(leds, LED_CAPS);
    machine_post(bench->machine, set_absolute, bench);
    ck_assert_int_eq(pseudo(fd, &x), -257);
    ck_assert_uint_eq(x, 1);
    close(fd);
    end();
}
END_TEST

START_TEST(a_clipboard_is_typed_when_asked_for)
{
    static const char *const on[] = { "--clipboard", NULL };
    static const uint8_t cut[] = { 6, 0, 0, 0, 0, 0, 0, 4, 'd', 0xe9, '\n', 'r' };

    for (unsigned allowed = 0; allowed < 2; allowed++) {
        int fd;

        begin(NULL, allowed ? on : NULL);
        fd = qemu_viewer();
        put(fd, cut, sizeof(cut));
        extended_key(fd, 0x1d, true);
        extended_key(fd, 0x38, true);
        extended_key(fd, 0x2f, true);
        extended_key(fd, 0x2f, false);
        extended_key(fd, 0x3b, true);
        if (allowed) {
            expect_in(typed, "d\303\251\nr");
            expect_in(events, "k29+ k56+ k29- k56- k59+ ");
        } else {
            expect_in(events, "k29+ k56+ k47+ k47- k59+ ");
            ck_assert_str_eq(typed, "");
        }
        close(fd);
        end();
    }
}
END_TEST

static void read_ticks(void *arg)
{
    *(volatile uint32_t *)arg = mem_read(machine_board(bench->machine)->memory, 0x500, 4);
}

static uint32_t ticks(void)
{
    volatile uint32_t value = UINT32_MAX;

    machine_post(bench->machine, read_ticks, (void *)&value);
    while (value == UINT32_MAX)
        usleep(1000);
    return value;
}

START_TEST(a_viewer_that_stops_reading_holds_up_nobody)
{
    static const uint8_t all[] = { 3, 0, 0, 0, 0, 0, 2, 0xd0, 1, 0x90 };
    uint32_t before;
    rfbClient *c;
    int fd;

    begin(NULL, NULL);
    fd = connect_tcp();
    greet(fd);
    for (unsigned i = 0; i < 500; i++) /* 576 MB of raw pixels, which nobody reads */
        put(fd, all, sizeof(all));
    c = view(NULL, NULL);
    ck_assert_ptr_nonnull(c);
    until(c, is_lit, NULL);
    for (unsigned i = 0; i < 5; i++) {
        press(c, 'q');
        usleep(100000);
        until(c, same_picture, NULL);
    }
    before = ticks();
    expect_in(events, "k16+ k16- k16+ k16- k16+ k16- k16+ k16- k16+ k16- ");
    while (ticks() < before + 10)
        usleep(20000);
    leave(c);
    close(fd);
    end();
}
END_TEST

START_TEST(nonsense_ends_only_its_own_viewer)
{
    unsigned seed = 5;
    rfbClient *c;

    begin(NULL, NULL);
    c = view(NULL, NULL);
    ck_assert_ptr_nonnull(c);
    for (unsigned i = 0; i < 60; i++) {
        uint8_t junk[400];
        int fd = connect_tcp();

        for (unsigned j = 0; j < sizeof(junk); j++)
            junk[j] = (uint8_t)rand_r(&seed);
        if (i % 3) {
            greet(fd);
            junk[0] = (uint8_t)(i / 3); /* each message type, cut short or odd */
        }
        send(fd, junk, sizeof(junk), MSG_NOSIGNAL);
        shutdown(fd, SHUT_WR);
        while (recv(fd, junk, sizeof(junk), 0) > 0)
            ;
        close(fd);
    }
    press(c, 'z');
    expect_in(events, "k44+ k44- ");
    until(c, same_picture, NULL);
    leave(c);
    end();
}
END_TEST

START_TEST(strangers_are_few_and_viewers_too)
{
    int strangers[4], viewers[8], fd;
    char data[64];

    begin(NULL, NULL);
    for (unsigned i = 0; i < 4; i++) {
        strangers[i] = connect_tcp();
        get(strangers[i], data, 12);
    }
    fd = connect_tcp(); /* one too many from here: hung up */
    ck_assert_int_le(recv(fd, data, sizeof(data), 0), 0);
    close(fd);
    for (unsigned i = 0; i < 4; i++)
        close(strangers[i]);
    for (unsigned i = 0; i < 8; i++) {
        viewers[i] = -1;
        for (unsigned tries = 0; viewers[i] < 0 && tries < 1000; tries++) {
            fd = connect_tcp(); /* until the strangers are known to have gone */
            if (recv(fd, data, 12, MSG_PEEK) > 0)
                viewers[i] = fd;
            else
                close(fd);
        }
        greet(viewers[i]);
    }
    fd = connect_tcp();
    get(fd, data, 12);
    put(fd, "RFB 003.008\n", 12);
    get(fd, data, 5 + 7);
    ck_assert_int_eq(data[0], 0);
    ck_assert_mem_eq(data + 5, "There a", 7);
    close(fd);
    for (unsigned i = 0; i < 8; i++)
        close(viewers[i]);
    end();
}
END_TEST

START_TEST(a_unix_socket_is_served_too)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    const char *options[] = { "--port", "0", "--unix", to.sun_path, NULL };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(to.sun_path, sizeof(to.sun_path), "/tmp/bygone-vnct-%d.sock", (int)getpid());
    begin(NULL, options);
    ck_assert_int_eq(port, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    greet(fd);
    close(fd);
    end();
    ck_assert_int_ne(access(to.sun_path, F_OK), 0);
}
END_TEST

START_TEST(a_path_that_is_taken_is_left_alone)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const char *options[] = { "--port", "0", "--unix", at.sun_path, NULL };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/bygone-vnct-%d.sock", (int)getpid());
    start_machine();
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_ptr_nonnull(strstr(launch(options), "somebody listens there already"));
    ck_assert_int_eq(reap(), 1);
    close(fd);
    unlink(at.sun_path);
    fd = open(at.sun_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_ptr_nonnull(strstr(launch(options), "a file of that name, which is no socket"));
    ck_assert_int_eq(reap(), 1);
    ck_assert_int_eq(access(at.sun_path, F_OK), 0);
    close(fd);
    unlink(at.sun_path);
    end_machine();
}
END_TEST

START_TEST(it_ends_with_the_machine_and_says_so)
{
    char said[256] = "";
    rfbClient *c;
    int status;

    begin(NULL, NULL);
    c = view(NULL, NULL);
    ck_assert_ptr_nonnull(c);
    usleep(1100000); /* a connection that breaks within a second is not tried again */
    end_machine();
    ck_assert_int_gt(read(server_errors, said, sizeof(said) - 1), 0);
    ck_assert_str_eq(said, "bygone-vnc: the machine has ended, and with it its VNC server.\n");
    close(server_errors);
    ck_assert_int_eq(waitpid(server, &status, 0), server);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    while (WaitForMessage(c, 1000000) >= 0 && HandleRFBServerMessage(c))
        ;
    leave(c);
}
END_TEST

/* What libvncclient keeps to itself is not ours. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libvncclient\nleak:libgnutls\nleak:libtasn1\n";
}

int main(int argc, char **argv)
{
    Suite *suite = suite_create("VNC");

    if (argc != 2) {
        fputs("usage: test_vnc BYGONE-VNC\n", stderr);
        return 2;
    }
    program = argv[1];
    signal(SIGPIPE, SIG_IGN);
    CHECK_CASE(suite, "viewer", a_viewer_sees_what_the_machine_shows_and_types,
               keys_are_released_when_a_viewer_goes,
               the_pointer_is_relative_or_absolute_as_the_guest_wants,
               scan_codes_lights_and_movements_are_qemus, a_clipboard_is_typed_when_asked_for,
               a_unix_socket_is_served_too, a_path_that_is_taken_is_left_alone,
               it_ends_with_the_machine_and_says_so);
    CHECK_CASE(suite, "who", passwords_decide_who_may_look_and_who_may_type,
               who_guesses_has_to_wait, tls_with_each_kind_of_password,
               beyond_this_computer_both_are_needed);
    CHECK_CASE(suite, "hostile", a_viewer_that_stops_reading_holds_up_nobody,
               nonsense_ends_only_its_own_viewer, strangers_are_few_and_viewers_too);
    return guest_main(suite);
}
