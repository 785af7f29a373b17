/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child processes that act for a confined machine; see the header. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/host/helper.h"

enum { CHILD_FD = 3 };

static void run_child(int fd, void (*serve)(int fd, const void *ctx), const void *ctx)
{
    int null = open("/dev/null", O_RDWR);

    /* Nothing of the machine stays open here: its locks and pipes must end with it. */
    for (int i = 0; i < CHILD_FD; i++)
        dup2(null, i);
    if (null < 0 || dup2(fd, CHILD_FD) < 0)
        _exit(1);
    close_range(CHILD_FD + 1, ~0u, 0);
    signal(SIGPIPE, SIG_IGN);
    serve(CHILD_FD, ctx);
    _exit(0);
}

bool helper_start(struct helper *helper, void (*serve)(int fd, const void *ctx), const void *ctx,
                  struct error *err)
{
    int ends[2];

    *helper = (struct helper){ .fd = -1, .pid = -1 };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_set(err, "no socket for a helper process: %s", strerror(errno));
    helper->pid = fork();
    if (helper->pid == 0)
        run_child(ends[1], serve, ctx);
    close(ends[1]);
    if (helper->pid < 0) {
        close(ends[0]);
        return error_set(err, "no helper process: %s", strerror(errno));
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    helper->fd = ends[0];
    return true;
}

void helper_stop(struct helper *helper, bool at_once)
{
    if (helper->fd < 0)
        return;
    close(helper->fd);
    helper->fd = -1;
    if (at_once)
        kill(helper->pid, SIGKILL);
    while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

bool helper_send(int fd, const void *message, size_t size, int pass)
{
    struct iovec iov = { (void *)message, size };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

    if (pass >= 0) {
        msg.msg_control = &control;
        msg.msg_controllen = sizeof(control.space);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &pass, sizeof(pass));
    }
    return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)size;
}

int helper_receive(int fd, void *message, size_t size, int *passed)
{
    struct iovec iov = { message, size };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr msg = { .msg_iov = &iov,
                          .msg_iovlen = 1,
                          .msg_control = &control,
                          .msg_controllen = sizeof(control.space) };
    ssize_t n;

    *passed = -1;
    do
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    if (msg.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS)
        memcpy(passed, CMSG_DATA(&control.header), sizeof(*passed));
    return n > 0 ? 1 : -1;
}
