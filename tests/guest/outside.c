/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process beside a confined test; see the header. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check_main.h"
#include "tests/guest/outside.h"

enum wish { CONNECT_UNIX, CONNECT_TCP, OPEN, STRANGER, REMOVE };

struct request {
    enum wish wish;
    int number; /* port, or flags of open() */
    char path[2][108];
};

struct answer {
    int result; /* -1, or a descriptor comes with it, or what was asked */
};

static int helper = -1;

/* ---- there ---- */

static int connect_to(const struct sockaddr *address, socklen_t size)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, address, size) == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };

    snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
    return connect_to((struct sockaddr *)&a, sizeof(a));
}

static int connect_tcp(int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port) };

    return connect_to((struct sockaddr *)&a, sizeof(a));
}

static int stranger(const char *folder, const char *path)
{
    int code = 0;
    pid_t pid;

    if (chmod(folder, 0755) < 0 || chmod(path, 0666) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        char byte;
        int fd = setresuid(65534, 65534, 65534) < 0 ? -1 : connect_unix(path);

        _exit(fd < 0 ? 2 : read(fd, &byte, 1) > 0);
    }
    return waitpid(pid, &code, 0) == pid && WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static int remove_folder(const char *folder)
{
    pid_t pid = fork();
    int code = -1;

    if (pid == 0) {
        execlp("rm", "rm", "-rf", "--", folder, (char *)NULL);
        _exit(127);
    }
    return waitpid(pid, &code, 0) == pid && code == 0 ? 0 : -1;
}

/* Is it a descriptor that has to be passed? */
static bool serve(const struct request *r, int *result)
{
    switch (r->wish) {
    case CONNECT_UNIX:
        *result = connect_unix(r->path[0]);
        return *result >= 0;
    case CONNECT_TCP:
        *result = connect_tcp(r->number);
        return *result >= 0;
    case OPEN:
        *result = open(r->path[0], r->number | O_CLOEXEC);
        return *result >= 0;
    case STRANGER:
        *result = stranger(r->path[0], r->path[1]);
        return false;
    default:
        *result = remove_folder(r->path[0]);
        return false;
    }
}

static void answer(int line, int result, bool passed)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct answer a = { passed ? 0 : result };
    struct iovec iov = { &a, sizeof(a) };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (passed) {
        struct cmsghdr *cmsg;

        msg.msg_control = control;
        msg.msg_controllen = sizeof(control);
        cmsg = CMSG_FIRSTHDR(&msg);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &result, sizeof(result));
    }
    if (sendmsg(line, &msg, MSG_NOSIGNAL) < 0)
        _exit(1);
    if (passed)
        close(result); /* or a peer that hangs up would still be there */
}

void outside_start(void)
{
    struct request r;
    int line[2], result;
    pid_t pid;

    if (helper >= 0)
        close(helper);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line), 0);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0) {
        close(line[1]);
        helper = line[0];
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(line[0]);
    while (recv(line[1], &r, sizeof(r), 0) == sizeof(r)) {
        bool passed = serve(&r, &result);

        answer(line[1], result, passed);
    }
    _exit(0);
}

/* ---- here ---- */

static int ask(enum wish wish, int number, const char *path, const char *path2)
{
    char control[CMSG_SPACE(sizeof(int))];
    struct request r = { .wish = wish, .number = number };
    struct answer a = { -1 };
    struct iovec iov = { &a, sizeof(a) };
    struct msghdr msg = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
    };
    struct cmsghdr *cmsg;
    int fd;

    snprintf(r.path[0], sizeof(r.path[0]), "%s", path ? path : "");
    snprintf(r.path[1], sizeof(r.path[1]), "%s", path2 ? path2 : "");
    ck_assert_int_eq(send(helper, &r, sizeof(r), MSG_NOSIGNAL), (ssize_t)sizeof(r));
    ck_assert_int_eq(recvmsg(helper, &msg, MSG_CMSG_CLOEXEC), (ssize_t)sizeof(a));
    cmsg = CMSG_FIRSTHDR(&msg);
    if (!cmsg)
        return a.result;
    memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
    return fd;
}

int outside_unix(const char *path)
{
    return ask(CONNECT_UNIX, 0, path, NULL);
}

int outside_tcp(unsigned port)
{
    return ask(CONNECT_TCP, (int)port, NULL, NULL);
}

int outside_open(const char *path, int flags)
{
    return ask(OPEN, flags, path, NULL);
}

bool outside_stranger(const char *folder, const char *socket)
{
    return ask(STRANGER, 0, folder, socket) == 0;
}

void outside_remove(const char *folder)
{
    ck_assert_int_eq(ask(REMOVE, 0, folder, NULL), 0);
}
