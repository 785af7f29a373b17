/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Printers that are a file or a folder of the host: jobs, names, and what is never lost. */
#include <dirent.h>
#include <fcntl.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/host/printer.h"
#include "tests/check_main.h"

static char folder[64], target[100], log_text[2048];
static struct waiter *waiter;
static struct printer *printer;
static unsigned writables;

static void writable(void *ctx)
{
    (void)ctx;
    writables++;
}

static void note(void *ctx, const char *text)
{
    size_t used = strlen(log_text);

    (void)ctx;
    snprintf(log_text + used, sizeof(log_text) - used, "%s\n", text);
}

static void open_printer(const char *kind, const char *below)
{
    struct printer_setup setup = {
        .target = target, .name = "Parallel 1", .job = "My/PC", .log = note
    };
    struct error err = { { 0 } };

    snprintf(target, sizeof(target), "%s:%s%s", kind, folder, below);
    waiter = waiter_new(&err);
    ck_assert_ptr_nonnull(waiter);
    setup.waiter = waiter;
    ck_assert_msg(printer_open(&setup, &printer, &err), "%s", err.text);
    printer->writable = writable;
    writables = 0;
}

static void close_printer(void)
{
    printer->free(printer);
    waiter_free(waiter);
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    log_text[0] = 0;
    strcpy(folder, "/tmp/bygone-print-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    char command[200];

    snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", folder, folder);
    ck_assert_int_eq(system(command), 0);
}

/* As the port does it: a character that is not taken is offered again. */
static bool print(const char *text)
{
    time_t end = time(NULL) + 20;

    while (*text) {
        if (printer->write(printer, (uint8_t)*text))
            text++;
        else if (time(NULL) > end)
            return false;
        else
            waiter_turn(waiter, 20);
    }
    return true;
}

/* Number of files whose names match; the last one's name and text. */
static char found[256], content[256];

static unsigned count(const char *pattern)
{
    struct dirent *entry;
    DIR *dir = opendir(folder);
    unsigned n = 0;
    regex_t regex;

    ck_assert_int_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    while ((entry = readdir(dir))) {
        char path[400];
        FILE *f;

        if (regexec(&regex, entry->d_name, 0, NULL, 0) != 0)
            continue;
        n++;
        snprintf(found, sizeof(found), "%s", entry->d_name);
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        f = fopen(path, "r");
        memset(content, 0, sizeof(content));
        ck_assert_uint_lt(fread(content, 1, sizeof(content) - 1, f), sizeof(content));
        fclose(f);
    }
    closedir(dir);
    regfree(&regex);
    return n;
}

#define WHOLE "^My_PC-[0-9]{8}-[0-9]{6}-[0-9]+\\.prn$"
#define PARTS "^\\.My_PC-[0-9]{8}-[0-9]{6}-[0-9]+\\.prn\\.part$"

START_TEST(each_job_becomes_a_file_when_it_ends)
{
    time_t before = time(NULL), after;
    char early[32], late[32];
    struct tm tm;

    setup();
    open_printer("folder", "");
    printer_start(printer);
    ck_assert(print("first page"));
    ck_assert_uint_ne(printer->job, 0);
    ck_assert_uint_eq(count(WHOLE), 0);
    ck_assert_uint_eq(count(PARTS), 1);
    printer->end_job(printer);
    ck_assert_uint_eq(printer->job, 0);
    ck_assert(print("second"));
    close_printer(); /* the machine is switched off: that ends a job too */
    after = time(NULL);
    ck_assert_uint_eq(count(PARTS), 0);
    ck_assert_uint_eq(count(WHOLE), 2);
    ck_assert(!strcmp(content, "first page") || !strcmp(content, "second"));
    strftime(early, sizeof(early), "My_PC-%Y%m%d-%H%M%S", localtime_r(&before, &tm));
    strftime(late, sizeof(late), "My_PC-%Y%m%d-%H%M%S", localtime_r(&after, &tm));
    ck_assert_int_ge(strncmp(found, early, strlen(early)), 0);
    ck_assert_int_le(strncmp(found, late, strlen(late)), 0);
    teardown();
}
END_TEST

START_TEST(job_in_which_nothing_is_printed_leaves_no_file)
{
    setup();
    open_printer("folder", "");
    printer_start(printer);
    ck_assert(!printer->write(printer, 'x')); /* the port asks, and is reset before the answer */
    printer->end_job(printer);
    for (unsigned i = 0; i < 10; i++)
        waiter_turn(waiter, 20);
    close_printer();
    ck_assert_uint_eq(count(WHOLE), 0);
    ck_assert_uint_eq(count(PARTS), 0);
    teardown();
}
END_TEST

START_TEST(open_job_of_a_saved_machine_goes_on)
{
    uint64_t job;

    setup();
    open_printer("folder", "");
    printer_start(printer);
    ck_assert(print("begun"));
    job = printer->job;
    printer_keep_job(printer);
    close_printer();
    ck_assert_uint_eq(count(WHOLE), 0);
    ck_assert_uint_eq(count(PARTS), 1);

    open_printer("folder", "");
    printer->resume_job(printer, job);
    printer_start(printer); /* gives names to others, not to this one */
    ck_assert(print(" and ended"));
    ck_assert_uint_eq(printer->job, job);
    ck_assert_uint_eq(count(WHOLE), 0);
    printer->end_job(printer);
    close_printer();
    ck_assert_uint_eq(count(PARTS), 0);
    ck_assert_uint_eq(count(WHOLE), 1);
    ck_assert_str_eq(content, "begun and ended");
    teardown();
}
END_TEST

START_TEST(resumed_job_may_end_at_once)
{
    uint64_t job;

    setup();
    open_printer("folder", "");
    ck_assert(print("begun"));
    job = printer->job;
    printer_keep_job(printer);
    close_printer();
    open_printer("folder", "");
    printer->resume_job(printer, job);
    printer_start(printer);
    printer->end_job(printer); /* before the folder has answered */
    ck_assert(print("another"));
    ck_assert_uint_ne(printer->job, job);
    close_printer();
    ck_assert_uint_eq(count(PARTS), 0);
    ck_assert_uint_eq(count(WHOLE), 2);
    teardown();
}
END_TEST

START_TEST(what_a_killed_machine_left_is_given_its_name)
{
    setup();
    open_printer("folder", "");
    ck_assert(print("half a page"));
    printer_keep_job(printer); /* closes without ending it, as a kill does */
    close_printer();
    ck_assert_uint_eq(count(PARTS), 1);
    open_printer("folder", "");
    printer_start(printer);
    close_printer();
    ck_assert_uint_eq(count(PARTS), 0);
    ck_assert_uint_eq(count(WHOLE), 1);
    ck_assert_str_eq(content, "half a page");
    teardown();
}
END_TEST

START_TEST(job_that_another_machine_writes_is_left_alone)
{
    struct printer *first;
    struct waiter *first_waiter;

    setup();
    open_printer("folder", "");
    ck_assert(print("mine"));
    first = printer;
    first_waiter = waiter;
    open_printer("folder", "");
    printer_start(printer);
    ck_assert(print("yours"));
    ck_assert_uint_ne(printer->job, first->job);
    close_printer();
    ck_assert_uint_eq(count(PARTS), 1);
    ck_assert_uint_eq(count(WHOLE), 1);
    ck_assert_str_eq(content, "yours");
    printer = first;
    waiter = first_waiter;
    close_printer();
    ck_assert_uint_eq(count(WHOLE), 2);
    teardown();
}
END_TEST

START_TEST(name_that_is_taken_is_not_written_over)
{
    char path[400];
    FILE *f;

    setup();
    open_printer("folder", "");
    ck_assert(print("new"));
    snprintf(path, sizeof(path), "%s/My_PC-%08llu-%06llu-%u.prn", folder,
             (unsigned long long)(printer->job / 1000000000),
             (unsigned long long)(printer->job / 1000 % 1000000), (unsigned)(printer->job % 1000));
    f = fopen(path, "w");
    fputs("old", f);
    fclose(f);
    close_printer();
    ck_assert_uint_eq(count(WHOLE), 2);
    f = fopen(path, "r");
    ck_assert_int_eq(fgetc(f), 'o');
    fclose(f);
    teardown();
}
END_TEST

START_TEST(folder_that_cannot_be_written_is_a_printer_offline)
{
    char command[200];

    setup();
    open_printer("folder", "/later");
    printer_start(printer);
    ck_assert(!printer->write(printer, 'x'));
    for (unsigned i = 0; i < 1000 && printer->status == PRINTER_READY; i++)
        waiter_turn(waiter, 20);
    ck_assert_int_eq(printer->status, PRINTER_OFFLINE);
    ck_assert_ptr_nonnull(strstr(log_text, "No such file or directory"));
    ck_assert(!printer->write(printer, 'x'));
    snprintf(command, sizeof(command), "mkdir %s/later", folder);
    ck_assert_int_eq(system(command), 0);
    for (unsigned i = 0; i < 1000 && printer->status != PRINTER_READY; i++)
        waiter_turn(waiter, 20);
    ck_assert_int_eq(printer->status, PRINTER_READY);
    ck_assert_uint_gt(writables, 0);
    ck_assert(print("x"));
    close_printer();
    strcat(folder, "/later");
    ck_assert_uint_eq(count(WHOLE), 1);
    ck_assert_str_eq(content, "x");
    *strrchr(folder, '/') = 0;
    teardown();
}
END_TEST

START_TEST(full_disk_is_paper_that_has_run_out)
{
    struct printer_setup full = { .target = "file:/dev/full", .name = "Parallel 2", .log = note };
    struct error err;

    setup();
    full.waiter = waiter = waiter_new(&err);
    ck_assert(printer_open(&full, &printer, &err));
    printer->writable = writable;
    ck_assert(!printer->write(printer, 'x'));
    ck_assert_int_eq(printer->status, PRINTER_NO_PAPER);
    ck_assert_str_eq(log_text, "Parallel 2 (file:/dev/full): No space left on device\n");
    printer_start(printer);
    writables = 0;
    for (unsigned i = 0; i < 1000 && !writables; i++) /* tried again by itself */
        waiter_turn(waiter, 20);
    ck_assert_uint_gt(writables, 0);
    close_printer();
    teardown();
}
END_TEST

START_TEST(file_takes_everything_in_a_row)
{
    struct printer_setup bad = { .target = "file:/no/such/folder/x", .name = "Parallel 1" };
    struct error err;

    setup();
    for (unsigned i = 0; i < 2; i++) {
        open_printer("file", "/paper");
        printer_start(printer);
        ck_assert(print("page"));
        printer->end_job(printer);
        close_printer();
    }
    ck_assert_uint_eq(count("^paper$"), 1);
    ck_assert_str_eq(content, "pagepage");
    bad.waiter = waiter = waiter_new(&err);
    ck_assert(!printer_open(&bad, &printer, &err));
    ck_assert_str_eq(err.text, "Parallel 1: the file /no/such/folder/x cannot be written: No such "
                               "file or directory");
    waiter_free(waiter);
    teardown();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("printer");

    CHECK_CASE(suite, "jobs", each_job_becomes_a_file_when_it_ends,
               job_in_which_nothing_is_printed_leaves_no_file, open_job_of_a_saved_machine_goes_on,
               resumed_job_may_end_at_once, what_a_killed_machine_left_is_given_its_name,
               job_that_another_machine_writes_is_left_alone,
               name_that_is_taken_is_not_written_over);
    CHECK_CASE(suite, "trouble", folder_that_cannot_be_written_is_a_printer_offline,
               full_disk_is_paper_that_has_run_out, file_takes_everything_in_a_row);
    return check_main(suite);
}
