/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bench of the guest tests is confined as a machine is, before the guest runs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

static struct bench *fresh(void)
{
    return bench_new(&(struct bench_setup){ .memory = 2 });
}

START_TEST(no_file_can_be_opened)
{
    struct bench *b = fresh();

    ck_assert_int_lt(open("/etc/passwd", O_RDONLY | O_CLOEXEC), 0);
    ck_assert_int_eq(errno, EACCES);
    ck_assert_int_lt(open("/tmp/bygone-none", O_RDWR | O_CREAT | O_CLOEXEC, 0600), 0);
    ck_assert_int_eq(errno, EACCES);
    bench_run_ms(b, 10);
    bench_free(b);
}
END_TEST

START_TEST(no_memory_becomes_executable)
{
    struct bench *b = fresh();

    ck_assert_ptr_eq(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     MAP_FAILED);
    ck_assert_int_eq(errno, EACCES);
    bench_free(b);
}
END_TEST

START_TEST(a_socket_is_the_end)
{
    fresh();
    socket(AF_INET, SOCK_STREAM, 0);
    printf("a socket was made\n");
}
END_TEST

START_TEST(a_program_is_the_end)
{
    fresh();
    execl("/bin/true", "true", (char *)NULL);
    printf("a program was run\n");
}
END_TEST

START_TEST(a_process_is_the_end)
{
    fresh();
    if (fork() == 0)
        _exit(0);
    printf("a process was made\n");
}
END_TEST

/* A second machine needs nothing that is out of reach, on each own engine. */
START_TEST(machines_can_be_made_and_exchanged)
{
    struct bench *b = fresh();

    for (unsigned i = 0; i < 3; i++) {
        bench_run_ms(b, 100);
        ck_assert_int_eq(machine_status(b->machine), MACHINE_RUNNING);
        bench_renew(b, NULL);
    }
    bench_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confined bench");
    TCase *deaths = tcase_create("deaths");

    CHECK_CASE(suite, "refusals", no_file_can_be_opened, no_memory_becomes_executable,
               machines_can_be_made_and_exchanged);
    tcase_set_timeout(deaths, 0);
    tcase_add_test_raise_signal(deaths, a_socket_is_the_end, SIGSYS);
    tcase_add_test_raise_signal(deaths, a_program_is_the_end, SIGSYS);
    tcase_add_test_raise_signal(deaths, a_process_is_the_end, SIGSYS);
    suite_add_tcase(suite, deaths);
    return guest_main(suite);
}
