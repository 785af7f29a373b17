/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mouse as guests see it: VMware's backdoor by a guest that knows nothing else, moved over the
 * console socket as a window does, and a DOS mouse driver with and without the backdoor.
 */
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/console.h"
#include "core/screen.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

enum { COLUMNS = 80, ROWS = 25, FLOPPY = 1474560, TURNS = 600 };

static struct screen_text text;

static const uint8_t *cell(unsigned x, unsigned y)
{
    return text.cells + 2 * (y * COLUMNS + x);
}

static void look(struct bench *b)
{
    struct board *board = machine_board(b->machine);

    ck_assert(board->screen->text(board->screen_ctx, &text));
    ck_assert_uint_eq(text.columns, COLUMNS);
    ck_assert_uint_ge(text.rows, ROWS);
}

/* How many cells have this character and background, and the last of them. */
static unsigned find(uint8_t character, uint8_t background, unsigned *x, unsigned *y)
{
    unsigned count = 0;

    for (unsigned i = 0; i < COLUMNS * (ROWS - 1); i++) {
        if (text.cells[2 * i] != character || text.cells[2 * i + 1] >> 4 != background)
            continue;
        count++;
        *x = i % COLUMNS;
        *y = i / COLUMNS;
    }
    return count;
}

/* ---- by the console socket ---- */

static struct console_server *server;
static struct console_client client;

static void connect_console(struct bench *b)
{
    char folder[] = "/tmp/bygone-pointer-XXXXXX", path[64];
    struct error err;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/console", folder);
    guest_confine_files(folder);
    server = console_server_new(b->machine, "pointer", path, &err);
    ck_assert_msg(server != NULL, "%s", err.text);
    ck_assert_msg(console_connect(&client, path, 0, &err), "%s", err.text);
    guest_confine_calls();
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void disconnect_console(void)
{
    console_disconnect(&client);
    console_server_free(server);
}

/* Runs until the socket says whether the guest takes positions. */
static bool wait_mode(struct bench *b, bool absolute)
{
    struct console_message m;

    for (unsigned i = 0; i < TURNS; i++) {
        bench_run_ms(b, 1);
        while (console_receive(&client, &m) > 0)
            if (m.type == CONSOLE_POINTER_MODE && m.pointer_mode.absolute == absolute)
                return true;
        usleep(1000);
    }
    return false;
}

static void point(unsigned x, unsigned y, int wheel, unsigned buttons)
{
    struct console_message m = { .type = CONSOLE_POSITION };

    m.position.x = (uint16_t)x;
    m.position.y = (uint16_t)y;
    m.position.wheel = (int16_t)wheel;
    m.position.buttons = (uint16_t)buttons;
    ck_assert(console_send(&client, &m));
}

/* Until the server's thread has taken all that was sent. */
static void wait_taken(void)
{
    int left = 1;

    while (left) {
        ck_assert_int_eq(ioctl(client.fd, SIOCOUTQ, &left), 0);
        usleep(1000);
    }
}

/* The packet travels through a thread of the server: the guest is given time until it has drawn. */
static bool shown(struct bench *b, unsigned x, unsigned y, uint8_t character, unsigned attribute)
{
    for (unsigned i = 0; i < TURNS; i++) {
        bench_run_ms(b, 10);
        look(b);
        if (cell(x, y)[0] == character && cell(x, y)[1] == attribute)
            return true;
        usleep(500);
    }
    return false;
}

static void run_backdoor(const struct cpu_ops *engine)
{
    struct bench_bytes image = bench_boot_image("pointer", FLOPPY);
    struct bench *b = bench_new(&(struct bench_setup){
        .floppy = image, .disk_fast = true, .engine = engine, .confine_later = true });
    unsigned wheel = 0, at_x, at_y;

    connect_console(b);
    ck_assert_msg(bench_wait(b, "backdoor", engine ? 600000 : 20000), "no guest:\n%s",
                  bench_screen(b));
    ck_assert_msg(bench_on_screen(b, "backdoor ready"), "%s", bench_screen(b));
    ck_assert(wait_mode(b, true));
    for (unsigned i = 0; i < (engine ? 10 : 120); i++) {
        unsigned x = i * 5431u % 65536, y = i * 9973u % 62000; /* all but the last row */
        unsigned buttons = i % 8, column = x * COLUMNS / 65536, row = y * ROWS / 65536;
        uint8_t letter =
            (uint8_t)('A' + ((buttons & BUTTON_LEFT ? 1 : 0) | (buttons & BUTTON_RIGHT ? 2 : 0) |
                             (buttons & BUTTON_MIDDLE ? 4 : 0)));

        point(x, y, i % 3 ? 0 : -1, buttons);
        wheel += i % 3 ? 0 : 1;
        ck_assert_msg(shown(b, column, row, letter, 0x10 | (wheel & 15)),
                      "position %u,%u: cell %u,%u has %c, not %c:\n%s", x, y, column, row,
                      cell(column, row)[0], letter, bench_screen(b));
        ck_assert_uint_eq(find(letter, 1, &at_x, &at_y), 1); /* and nowhere else */
    }
    machine_reset(b->machine);
    ck_assert(wait_mode(b, false));
    disconnect_console();
    bench_free(b);
    free(image.data);
}

START_TEST(the_backdoor_points_at_every_cell)
{
    run_backdoor(NULL);
}
END_TEST

/* More clicks than the guest can take switch its pointer off, and everybody hears of it. */
START_TEST(too_many_clicks_switch_the_pointer_off)
{
    struct bench_bytes image = bench_boot_image("pointer", FLOPPY);
    struct bench *b = bench_new(
        &(struct bench_setup){ .floppy = image, .disk_fast = true, .confine_later = true });

    connect_console(b);
    ck_assert(bench_wait(b, "backdoor ready", 20000));
    ck_assert(wait_mode(b, true));
    for (unsigned i = 0; i < 100; i++)
        point(i, i, 0, i & 1);
    wait_taken(); /* all of them come before the guest's next instruction */
    ck_assert(wait_mode(b, false));
    point(1, 1, 0, 0);
    bench_run_ms(b, 100);
    ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
    disconnect_console();
    bench_free(b);
    free(image.data);
}
END_TEST

START_TEST(the_backdoor_works_under_kvm)
{
    if (bench_kvm())
        run_backdoor(&kvm_ops);
}
END_TEST

/* A pointer at work is saved; the resumed machine goes on taking positions. */
START_TEST(a_resumed_machine_still_points)
{
    struct bench_bytes image = bench_boot_image("pointer", FLOPPY), state;
    struct bench *b = bench_new(&(struct bench_setup){ .floppy = image, .disk_fast = true });
    struct input *input = &machine_pc(b->machine)->input;
    struct error err = { { 0 } };

    ck_assert(bench_wait(b, "backdoor ready", 20000));
    input->pointer_absolute(input->absolute_ctx, 30000, 30000, 0, 0);
    state = bench_save(b); /* with the packet unread */
    bench_renew(b, NULL);
    input = &machine_pc(b->machine)->input;
    ck_assert(!input->absolute);
    ck_assert_msg(bench_load(b, state, &err), "%s", err.text);
    ck_assert(input->absolute);
    ck_assert(shown(b, 30000 * COLUMNS / 65536, 30000 * ROWS / 65536, 'A', 0x10));
    input->pointer_absolute(input->absolute_ctx, 100, 100, 0, BUTTON_LEFT);
    ck_assert(shown(b, 0, 0, 'B', 0x10));
    bench_free(b);
    free(state.data);
    free(image.data);
}
END_TEST

/* ---- a DOS mouse driver ---- */

static void put_program(struct bench_bytes image, const char *program, const char *name)
{
    char path[4096];
    struct bench_bytes code;

    snprintf(path, sizeof(path), TEST_PROGRAMS "/%s.bin", program);
    code = bench_file(path);
    ck_assert_msg(code.data != NULL, "%s is missing", path);
    ck_assert(fat12_write(image, name, code));
    free(code.data);
}

static struct bench *dos_with_driver(struct bench_bytes *image, const char *line, const char *says)
{
    struct bench *b;

    *image = bench_freedos();
    if (!image->data)
        return NULL;
    put_program(*image, "mouse", "MOUSE.COM");
    put_program(*image, "point", "POINT.COM");
    b = bench_new(&(struct bench_setup){ .floppy = *image, .disk_fast = true });
    ck_assert_msg(bench_wait(b, "A:\\>", 60000), "no prompt:\n%s", bench_screen(b));
    bench_type(b, "point{enter}");
    ck_assert_msg(bench_wait(b, "no mouse driver", 10000), "%s", bench_screen(b));
    bench_type(b, line);
    ck_assert_msg(bench_wait(b, says, 10000), "%s", bench_screen(b));
    bench_type(b, "point{enter}");
    ck_assert_msg(bench_wait(b, "pointing", 10000), "%s", bench_screen(b));
    ck_assert(shown(b, 40, 12, 'A', 0x1e));
    return b;
}

static void end_dos(struct bench *b, struct bench_bytes image)
{
    bench_type(b, " ");
    ck_assert_msg(bench_wait(b, "A:\\>", 10000), "%s", bench_screen(b));
    bench_free(b);
    free(image.data);
}

START_TEST(a_dos_driver_takes_positions)
{
    struct bench_bytes image;
    struct bench *b = dos_with_driver(&image, "mouse{enter}", "mouse: positions");
    struct input *input = b ? &machine_pc(b->machine)->input : NULL;

    if (!b)
        return;
    ck_assert(input->absolute);
    for (unsigned i = 1; i < 40; i++) {
        unsigned x = i * 7919u % 65536, y = i * 4507u % 65536;

        input->pointer_absolute(input->absolute_ctx, x, y, 0, i & 1 ? BUTTON_RIGHT : 0);
        ck_assert_msg(shown(b, x * COLUMNS / 65536, y * ROWS / 65536, i & 1 ? 'C' : 'A', 0x1e),
                      "%u,%u:\n%s", x, y, bench_screen(b));
    }
    end_dos(b, image);
}
END_TEST

START_TEST(a_dos_driver_takes_movements)
{
    static const int steps[][2] = { { 8, 0 },    { 0, 8 },  { -80, -16 }, { 1, 1 },    { -1000, 0 },
                                    { 0, -400 }, { 16, 8 }, { 2000, 0 },  { 0, 1000 }, { -8, -8 } };
    struct bench_bytes image;
    struct bench *b = dos_with_driver(&image, "mouse /r{enter}", "mouse: movements");
    struct input *input = b ? &machine_pc(b->machine)->input : NULL;
    int x = 320, y = 100;

    if (!b)
        return;
    ck_assert(!input->absolute);
    for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        input->pointer(input->pointer_ctx, steps[i][0], steps[i][1], 0, i & 1 ? BUTTON_LEFT : 0);
        x += steps[i][0];
        y += steps[i][1];
        x = x < 0 ? 0 : x > 639 ? 639 : x;
        y = y < 0 ? 0 : y > 199 ? 199 : y;
        bench_run_ms(b, 300); /* long ways come in many packets */
        ck_assert_msg(shown(b, (unsigned)x / 8, (unsigned)y / 8, i & 1 ? 'B' : 'A', 0x1e),
                      "step %u, %d,%d:\n%s", i, x, y, bench_screen(b));
    }
    end_dos(b, image);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("pointer");

    if (argc > 1 && !strcmp(argv[1], "kvm")) {
        CHECK_CASE(suite, "kvm", the_backdoor_works_under_kvm);
        return guest_main(suite);
    }
    CHECK_CASE(suite, "backdoor", the_backdoor_points_at_every_cell, a_resumed_machine_still_points,
               too_many_clicks_switch_the_pointer_off);
    CHECK_CASE(suite, "dos", a_dos_driver_takes_positions, a_dos_driver_takes_movements);
    return guest_main(suite);
}
