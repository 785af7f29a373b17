/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LEDGER, the business program of a fresh drive C:, on our own DOS: typed at, its screen, files and
 * print are read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/board_pc.h"
#include "core/host/printer.h"
#include "firmware/firmware.h"
#include "tests/check_main.h"
#include "tests/guest/dos_bench.h"

/* As in firmware/dos/ledger/store.pas */
#define LOCK_BASE 1000000000ll

static struct printer *printer;
static struct waiter *waiter;
static char print_target[96];

static void plug_printer(struct pc_config *pc)
{
    struct printer_setup setup = { .target = print_target, .name = "Parallel 1", .job = "DOS" };
    struct error err;

    snprintf(print_target, sizeof(print_target), "file:%s/PRINT.TXT", dos_folder);
    setup.waiter = waiter = waiter_new(&err);
    ck_assert_msg(printer_open(&setup, &printer, &err), "%s", err.text);
    pc->parallel[0] = (struct pc_parallel){ .printer = printer, .job_seconds = 2 };
}

static void put_program(void)
{
    char name[96];

    for (const char *const *file =
             (const char *const[]){ "CUSTOMER.DAT", "INVOICE.DAT", "PRINT.TXT", NULL };
         *file; file++) {
        snprintf(name, sizeof(name), "%s/%s", dos_folder, *file);
        unlink(name);
    }
    ck_assert_ptr_nonnull(firmware_drive_c[0].name);
    dos_put_bytes("LEDGER.EXE", firmware_drive_c[0].data, firmware_drive_c[0].size);
}

static struct bench *start(void)
{
    struct bench *b;

    put_program();
    b = dos_start_with((struct bench_setup){ .memory = 8, .configure = plug_printer });
    printer_start(printer);
    dos_types(b, "ledger\n", "Evergreen Nursery");
    return b;
}

static void stop(struct bench *b)
{
    dos_stop(b);
    printer->free(printer);
    waiter_free(waiter);
}

static void leave(struct bench *b)
{
    bench_type(b, "{alt-x}");
    dos_expect(b, "C:\\>");
    dos_types(b, "if not errorlevel 1 echo no error\n", "\nno error");
}

static bool holds(struct bench_bytes file, const char *text)
{
    return file.data && memmem(file.data, file.size, text, strlen(text));
}

START_TEST(a_menu_opens_and_a_customer_is_added_found_and_kept)
{
    struct bench *b = start();
    struct bench_bytes file;

    bench_type(b, "{f10}{right}{right}{down}");
    dos_expect(b, "Invoice for customer");
    bench_type(b, "{esc}{esc}{insert}");
    dos_expect(b, "New customer");
    bench_type(b, "Finch and Sons\t9 Quay\tPortside\t555 0000\n");
    dos_expect(b, "1006  Finch and Sons                  Portside");
    file = dos_get("CUSTOMER.DAT");
    ck_assert(holds(file, "Finch and Sons"));
    free(file.data);
    bench_type(b, "{f7}dunmore\n");
    bench_run_ms(b, 500);
    bench_type(b, "\n");
    dos_expect(b, "Customer 1004");
    bench_type(b, "{esc}{delete}");
    dos_expect(b, "Delete Dunmore Pharmacy?");
    bench_type(b, "y");
    bench_run_ms(b, 1000);
    ck_assert(!bench_on_screen(b, "Dunmore"));
    leave(b);
    dos_types(b, "ledger\n", "Finch and Sons");
    ck_assert(!bench_on_screen(b, "Dunmore"));
    leave(b);
    stop(b);
}
END_TEST

START_TEST(an_invoice_is_entered_summed_and_printed)
{
    struct bench *b = start();
    struct bench_bytes paper;

    bench_type(b, "{down}{f8}");
    dos_expect(b, "New invoice");
    bench_type(b, "\t7.5\t\tDesk lamp\t3\t19.99\tBulb\t10\t0.35\t");
    dos_expect(b, "Total             68.23"); /* 59.97 + 3.50 + 7.5 % of it, 4.76 */
    bench_type(b, "\n{f3}{down}");
    dos_expect(b, "5002  ");
    bench_type(b, "{f9}");
    dos_expect(b, "Invoice 5002 went to LPT1");
    bench_type(b, "\n");
    leave(b);
    paper = dos_get("PRINT.TXT");
    ck_assert(holds(paper, "Brook & Daughters\r\n3 Harbour Street\r\nWesthaven\r\n"));
    ck_assert(holds(paper, "Desk lamp                              3       19.99           59.97"));
    ck_assert(holds(paper, "Tax 7.50 %                4.76"));
    ck_assert(holds(paper, "Total                    68.23"));
    ck_assert_uint_eq(paper.data[paper.size - 1], '\f');
    free(paper.data);
    stop(b);
}
END_TEST

START_TEST(fifty_lines_windows_and_reports)
{
    struct bench *b = start();

    for (unsigned i = 0; i < 3; i++) {
        bench_type(b, "{alt-w}2");
        bench_run_ms(b, 1000);
        dos_expect(b, "Evergreen Nursery");
        bench_type(b, "{f5}");
        bench_run_ms(b, 500);
        bench_type(b, "{f5}");
        bench_type(b, "{alt-p}u");
        dos_expect(b, "Unpaid invoices");
        dos_expect(b, "Together                                 172.20");
        bench_type(b, "{alt-f3}{alt-p}t");
        dos_expect(b, "Turnover by customer");
        dos_expect(b, "Brook & Daughters                       1             172.20");
        bench_type(b, "{alt-f3}{f2}");
    }
    leave(b);
    stop(b);
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
    struct bench *b = start();

    bench_type(b, "{f8}{end}{backspace}{backspace}{backspace}{backspace}77\n");
    dos_expect(b, "No customer has this number");
    bench_type(b, "\n{esc}{insert}");
    dos_expect(b, "New customer");
    bench_type(b, "\n");
    dos_expect(b, "A customer needs a name");
    bench_type(b, "\n");
    bench_run_ms(b, 500);
    bench_type(b, "{esc}");
    leave(b);
    dos_put("CUSTOMER.DAT", "something else");
    dos_types(b, "ledger\nif errorlevel 1 echo refused\n", "\nrefused");
    dos_expect(b, "CUSTOMER.DAT cannot be opened");
    stop(b);
}
END_TEST

/* ---- another computer, played by a process that is not confined ---- */

static int to_other[2], from_other[2];

static void be_other(void)
{
    char path[96], order;
    int fd = -1;

    snprintf(path, sizeof(path), "%s/CUSTOMER.DAT", dos_folder);
    while (read(to_other[0], &order, 1) == 1) {
        struct flock lock = { .l_type = order == '+' ? F_WRLCK : F_UNLCK,
                              .l_whence = SEEK_SET,
                              .l_start = LOCK_BASE + 1,
                              .l_len = 1 };

        if (fd < 0)
            fd = open(path, O_RDWR | O_CLOEXEC);
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0 || write(from_other[1], &order, 1) != 1)
            _exit(1);
    }
    _exit(0);
}

static void tell_other(char order)
{
    char answer = 0;

    ck_assert_int_eq(write(to_other[1], &order, 1), 1);
    ck_assert_int_eq(read(from_other[0], &answer, 1), 1);
    ck_assert_int_eq(answer, order);
}

START_TEST(a_customer_that_another_computer_has_is_refused_by_name)
{
    struct bench *b;
    pid_t other;

    ck_assert(pipe2(to_other, O_CLOEXEC) == 0 && pipe2(from_other, O_CLOEXEC) == 0);
    other = fork();
    if (other == 0) {
        close(to_other[1]);
        be_other();
    }
    close(from_other[1]);
    b = start();
    tell_other('+');
    bench_type(b, "\n");
    dos_expect(b, "is in use on another computer");
    dos_expect(b, "Customer 1001, Adler Bakery,");
    tell_other('-');
    bench_type(b, "\n"); /* Retry */
    dos_expect(b, "14 Mill Lane");
    bench_type(b, "{esc}");
    leave(b);
    stop(b);
    close(to_other[1]);
    waitpid(other, NULL, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("LEDGER");

    CHECK_CASE(suite, "LEDGER", a_menu_opens_and_a_customer_is_added_found_and_kept,
               an_invoice_is_entered_summed_and_printed, fifty_lines_windows_and_reports,
               what_cannot_be_is_said, a_customer_that_another_computer_has_is_refused_by_name);
    return dos_bench_main(suite);
}
