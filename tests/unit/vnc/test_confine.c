/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a viewer's process can still do after it is confined, each tried in a child of its own. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "vnc/confine.h"

enum { CANNOT = 99 };

static int files(void)
{
    return open("/etc/hostname", O_RDONLY);
}

static int new_file(void)
{
    return open("/tmp/bygone-confine-test", O_WRONLY | O_CREAT, 0600);
}

static int internet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static int local(void)
{
    return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static int program(void)
{
    return execl("/bin/true", "true", NULL);
}

static int process(void)
{
    return fork();
}

static int code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? -1
               : 0;
}

static int other(void)
{
    return kill(getppid(), 0);
}

static int memory(void)
{
    void *p = malloc(1 << 20);

    return p ? 0 : -1;
}

/* 0: it can; an errno; or less the signal that ended it. */
static int attempt(int (*what)(void), bool pages, bool twice)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        if (!confine(pages) || (twice && !confine(false)))
            _exit(CANNOT);
        _exit(what() >= 0 ? 0 : errno);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static bool possible(void)
{
#if defined(__SANITIZE_ADDRESS__) || !defined(__x86_64__)
    check_skip("no filter in this build (a sanitizer's own calls are not in its list)");
    return false;
#else
    if (attempt(memory, false, false) == CANNOT) {
        check_skip("this kernel has no seccomp filters");
        return false;
    }
    return true;
#endif
}

START_TEST(it_can_work)
{
    if (!possible())
        return;
    ck_assert_int_eq(attempt(memory, false, false), 0);
    ck_assert_int_eq(attempt(local, false, false), 0);
}
END_TEST

START_TEST(it_opens_no_file_and_reaches_nobody)
{
    if (!possible())
        return;
    ck_assert_int_eq(attempt(files, false, false), EACCES);
    ck_assert_int_eq(attempt(new_file, false, false), EACCES);
    ck_assert_int_eq(attempt(internet, false, false), EACCES);
}
END_TEST

START_TEST(other_attempts_end_it)
{
    if (!possible())
        return;
    ck_assert_int_eq(attempt(program, false, false), -SIGSYS);
    ck_assert_int_eq(attempt(process, false, false), -SIGSYS);
    ck_assert_int_eq(attempt(code, false, false), -SIGSYS);
    ck_assert_int_eq(attempt(other, false, false), -SIGSYS);
}
END_TEST

START_TEST(pages_are_read_until_that_is_given_up)
{
    if (!possible())
        return;
    ck_assert_int_eq(attempt(files, true, false), 0);
    ck_assert_int_eq(attempt(new_file, true, false), EACCES);
    ck_assert_int_eq(attempt(files, true, true), EACCES);
    ck_assert_int_eq(attempt(program, true, false), -SIGSYS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confine");

    CHECK_CASE(suite, "confine", it_can_work, it_opens_no_file_and_reaches_nobody,
               other_attempts_end_it, pages_are_read_until_that_is_given_up);
    return check_main(suite);
}
