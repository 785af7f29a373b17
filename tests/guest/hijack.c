/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linked into a bygone-machine of its own: what somebody who has taken over the machine's process
 * would try.  BYGONE_HIJACK names one thing; the process ends with code 42 if it was refused, 43 if
 * it was done, or is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "core/main/confine.h"

#define HERE AT_FDCWD
static const char *own, *other;      /* folders: the machine's, somebody else's */
static const char *shared, *guarded; /* what DOS has as drives; the second is read-only */
static pid_t parent;                 /* to ask for it is not allowed either */
static char path[2][4096];

static const char *in(const char *folder, const char *name, unsigned i)
{
    snprintf(path[i], sizeof(path[i]), "%s/%s", folder, name);
    return path[i];
}

static long socket_address(long call, int fd)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = 9 << 8 };

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return syscall(call, fd, &a, sizeof(a));
}

static long execute(bool at)
{
    static char *const argv[] = { (char *)"true", NULL }, *const envp[] = { NULL };

    return at ? syscall(SYS_execveat, HERE, "/bin/true", argv, envp, 0)
              : syscall(SYS_execve, "/bin/true", argv, envp);
}

/* A child that was made counts as done; it must not go on as a second machine. */
static long child(long pid)
{
    if (pid == 0)
        _exit(0);
    return pid;
}

static void *opens(void *result)
{
    *(long *)result = openat(HERE, "/etc/passwd", O_RDONLY);
    return NULL;
}

static long in_a_thread(void)
{
    pthread_t thread;
    long result = -1;

    if (pthread_create(&thread, NULL, opens, &result))
        return 0; /* threads are allowed */
    pthread_join(thread, NULL);
    return result;
}

static long executable(bool later)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | (later ? 0 : PROT_EXEC), MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : later ? mprotect(p, 4096, PROT_READ | PROT_EXEC) : 0;
}

/* getpid() as a program of 32 bits asks for it: its numbers mean other calls. */
static long old_call(void)
{
    long result = SYS_getpid;

#ifdef __x86_64__
    result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "r8", "r9", "r10", "r11", "memory");
#endif
    return result;
}

static long attempt_path(const char *what)
{
    struct stat st;

    if (!strcmp(what, "own"))
        return openat(HERE, in(own, "made", 0), O_RDWR | O_CREAT | O_TRUNC, 0600) < 0 ||
                       rename(path[0], in(own, "renamed", 1)) < 0
                   ? -1
                   : unlink(path[1]);
    if (!strcmp(what, "open"))
        return syscall(SYS_open, "/etc/passwd", O_RDONLY);
    if (!strcmp(what, "openat"))
        return openat(HERE, "/etc/passwd", O_RDONLY);
    if (!strcmp(what, "openat-write"))
        return openat(HERE, in(other, "victim", 0), O_WRONLY);
    if (!strcmp(what, "openat-make"))
        return openat(HERE, in(other, "fresh", 0), O_WRONLY | O_CREAT, 0600);
    if (!strcmp(what, "openat-up"))
        return openat(HERE, in(own, "../victim", 0), O_RDONLY);
    if (!strcmp(what, "openat-proc"))
        return openat(HERE, "/proc/self/mem", O_RDWR);
    if (!strcmp(what, "creat"))
        return syscall(SYS_creat, in(other, "fresh", 0), 0600);
    if (!strcmp(what, "unlink"))
        return unlink(in(other, "victim", 0));
    if (!strcmp(what, "rename"))
        return rename(in(other, "victim", 0), in(other, "gone", 1));
    if (!strcmp(what, "rename-in"))
        return rename(in(other, "victim", 0), in(own, "taken", 1));
    if (!strcmp(what, "rmdir"))
        return rmdir(in(other, "empty", 0));
    if (!strcmp(what, "mkdir"))
        return mkdir(in(own, "folder", 0), 0700);
    if (!strcmp(what, "symlink"))
        return symlink("/etc/passwd", in(own, "link", 0));
    if (!strcmp(what, "link"))
        return link(in(other, "victim", 0), in(own, "link", 1));
    if (!strcmp(what, "chmod"))
        return chmod(in(own, "log", 0), 0777);
    if (!strcmp(what, "truncate"))
        return truncate(in(other, "victim", 0), 0);
    if (!strcmp(what, "mount"))
        return syscall(SYS_mount, "none", own, "tmpfs", 0, "");
    return stat("/", &st) ? -1 : -2;
}

/* By a descriptor of a folder that the machine holds for DOS: the one that is `folder`. */
static int held(const char *folder)
{
    struct stat wanted, st;

    if (stat(folder, &wanted))
        return -1;
    for (int fd = 3; fd < 256; fd++)
        if (fstat(fd, &st) == 0 && st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
            return fd;
    return -1;
}

static long attempt_shared(const char *what)
{
    if (!strcmp(what, "shared"))
        return openat(HERE, in(shared, "made", 0), O_RDWR | O_CREAT, 0600) < 0 ||
                       openat(held(shared), "made", O_RDONLY) < 0 ||
                       openat(HERE, in(guarded, "kept", 1), O_RDONLY) < 0
                   ? -1
                   : unlink(path[0]);
    if (!strcmp(what, "shared-up"))
        return openat(HERE, in(shared, "../other/victim", 0), O_RDONLY);
    if (!strcmp(what, "shared-held-up"))
        return openat(held(shared), "../other/victim", O_WRONLY);
    if (!strcmp(what, "shared-link"))
        return openat(HERE, in(shared, "link", 0), O_RDONLY);
    if (!strcmp(what, "shared-held-link"))
        return openat(held(shared), "link", O_WRONLY);
    if (!strcmp(what, "shared-folder-link"))
        return openat(HERE, in(shared, "folders/fresh", 0), O_WRONLY | O_CREAT, 0600);
    if (!strcmp(what, "shared-rename-out"))
        return rename(in(shared, "mine", 0), in(other, "victim", 1));
    if (!strcmp(what, "shared-rename-in"))
        return rename(in(other, "victim", 0), in(shared, "taken", 1));
    if (!strcmp(what, "shared-unlink"))
        return unlinkat(held(shared), "../other/victim", 0);
    if (!strcmp(what, "guarded-write"))
        return openat(HERE, in(guarded, "kept", 0), O_WRONLY | O_TRUNC);
    if (!strcmp(what, "guarded-make"))
        return openat(held(guarded), "fresh", O_WRONLY | O_CREAT, 0600);
    if (!strcmp(what, "guarded-mkdir"))
        return mkdirat(held(guarded), "folder", 0700);
    if (!strcmp(what, "guarded-unlink"))
        return unlink(in(guarded, "kept", 0));
    if (!strcmp(what, "guarded-rename"))
        return rename(in(guarded, "kept", 0), in(shared, "kept", 1));
    if (!strcmp(what, "shared-execve"))
        return syscall(SYS_execve, in(shared, "true", 0), NULL, NULL);
    if (!strcmp(what, "shared-symlink"))
        return symlink("/etc/passwd", in(shared, "fresh", 0));
    if (!strcmp(what, "shared-hardlink"))
        return link(in(other, "victim", 0), in(shared, "fresh", 1));
    return -2;
}

static long attempt_process(const char *what)
{
    struct clone_args args = { .exit_signal = SIGCHLD };

    if (!strcmp(what, "execve"))
        return execute(false);
    if (!strcmp(what, "execveat"))
        return execute(true);
    if (!strcmp(what, "fork"))
        return child(syscall(SYS_fork));
    if (!strcmp(what, "vfork"))
        return child(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, 0, 0, 0, 0));
    if (!strcmp(what, "clone"))
        return child(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    if (!strcmp(what, "clone3"))
        return child(syscall(SYS_clone3, &args, sizeof(args)));
    if (!strcmp(what, "ptrace"))
        return ptrace(PTRACE_SEIZE, parent, 0, 0);
    if (!strcmp(what, "kill"))
        return kill(parent, 0);
    if (!strcmp(what, "tgkill"))
        return syscall(SYS_tgkill, parent, parent, 0);
    if (!strcmp(what, "process_vm_readv"))
        return syscall(SYS_process_vm_readv, parent, NULL, 0, NULL, 0, 0);
    if (!strcmp(what, "unshare"))
        return syscall(SYS_unshare, CLONE_NEWUSER);
    if (!strcmp(what, "setuid"))
        return syscall(SYS_setuid, 65534);
    if (!strcmp(what, "thread"))
        return in_a_thread();
    if (!strcmp(what, "int80"))
        return old_call();
    return -2;
}

static long attempt_other(const char *what)
{
    char c = 'x';

    if (!strcmp(what, "socket"))
        return socket(AF_INET, SOCK_STREAM, 0);
    if (!strcmp(what, "socketpair"))
        return socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){ 0 });
    if (!strcmp(what, "connect"))
        return socket_address(SYS_connect, 0) < 0 && errno != ENOTSOCK ? -1 : 0;
    if (!strcmp(what, "bind"))
        return socket_address(SYS_bind, 0) < 0 && errno != ENOTSOCK ? -1 : 0;
    if (!strcmp(what, "mmap-exec"))
        return executable(false);
    if (!strcmp(what, "mprotect-exec"))
        return executable(true);
    if (!strcmp(what, "tiocsti"))
        return ioctl(0, TIOCSTI, &c) < 0 && errno != ENOTTY ? -1 : 0;
    if (!strcmp(what, "prctl"))
        return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (!strcmp(what, "io_uring"))
        return syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno != EFAULT ? -1 : 0;
    if (!strcmp(what, "bpf"))
        return syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM ? -1 : 0;
    return -2;
}

void confine_test(void)
{
    const char *what = getenv("BYGONE_HIJACK");
    long result;

    own = getenv("BYGONE_HIJACK_OWN");
    other = getenv("BYGONE_HIJACK_OTHER");
    if (!what || !own || !other || !getenv("BYGONE_HIJACK_PARENT"))
        return;
    parent = atoi(getenv("BYGONE_HIJACK_PARENT"));
    shared = getenv("BYGONE_HIJACK_SHARED");
    guarded = getenv("BYGONE_HIJACK_GUARDED");
    errno = 0;
    result = shared && guarded ? attempt_shared(what) : -2;
    if (result == -2)
        result = attempt_path(what);
    if (result == -2)
        result = attempt_process(what);
    if (result == -2)
        result = attempt_other(what);
    if (result == -2)
        _exit(44); /* no such thing */
    dprintf(2, "hijack: %s: %s\n", what, result < 0 ? strerror(errno) : "done");
    _exit(result < 0 ? 42 : 43);
}
