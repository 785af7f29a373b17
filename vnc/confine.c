/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A seccomp filter: a list of system calls, some with a look at their arguments. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include "vnc/confine.h"

#if defined(__x86_64__)

/* Clone flags of a thread: it shares everything. */
#define THREAD_FLAGS 0x00010f00u /* CLONE_THREAD, SIGHAND, FILES, FS, VM */

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
#define REFUSE(e)   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (e))
/* If it is that call, the next `n` instructions decide, else they are passed over. */
#define CALL(name, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, n)
#define ALLOWED(name) CALL(name, 1), ALLOW
#define REFUSED(name) CALL(name, 1), REFUSE(ENOSYS)
#define LOW(n)        args[n] /* little-endian: the lower half */

static struct sock_filter filter[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
    KILL,
    LOAD(nr),
    /* what moves the bytes */
    ALLOWED(read),
    ALLOWED(write),
    ALLOWED(writev),
    ALLOWED(recvmsg),
    ALLOWED(sendmsg),
    ALLOWED(recvfrom),
    ALLOWED(sendto),
    ALLOWED(poll),
    ALLOWED(ppoll),
    ALLOWED(select),
    ALLOWED(pselect6),
    ALLOWED(shutdown),
    ALLOWED(close),
    ALLOWED(fcntl),
    ALLOWED(fstat),
    ALLOWED(lseek),
    ALLOWED(setsockopt),
    ALLOWED(getsockopt),
    ALLOWED(getpeername),
    ALLOWED(getsockname),
    ALLOWED(socketpair),
    ALLOWED(connect),
    /* memory, time, threads, the end */
    ALLOWED(munmap),
    ALLOWED(mremap),
    ALLOWED(brk),
    ALLOWED(madvise),
    ALLOWED(futex),
    ALLOWED(clock_gettime),
    ALLOWED(gettimeofday),
    ALLOWED(nanosleep),
    ALLOWED(alarm),
    ALLOWED(clock_nanosleep),
    ALLOWED(getrandom),
    ALLOWED(getpid),
    ALLOWED(gettid),
    ALLOWED(getuid),
    ALLOWED(uname),
    ALLOWED(sched_yield),
    ALLOWED(set_robust_list),
    ALLOWED(rseq),
    ALLOWED(rt_sigaction),
    ALLOWED(rt_sigprocmask),
    ALLOWED(rt_sigreturn),
    ALLOWED(sigaltstack),
    ALLOWED(tgkill),
    ALLOWED(restart_syscall),
    ALLOWED(exit),
    ALLOWED(exit_group),
    /* the C library does without them */
    REFUSED(clone3),
    REFUSED(open),
    /* fstat() by its other name; no paths */
    CALL(newfstatat, 4),
    LOAD(LOW(3)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, AT_EMPTY_PATH, 0, 1),
    ALLOW,
    REFUSE(EACCES),
    /* sockets of this host only: the console's */
    CALL(socket, 4),
    LOAD(LOW(0)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 1),
    ALLOW,
    REFUSE(EACCES),
    /* no memory that is executable */
    CALL(mmap, 4),
    LOAD(LOW(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
    ALLOW,
    KILL,
    CALL(mprotect, 4),
    LOAD(LOW(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
    ALLOW,
    KILL,
    /* threads, no processes */
    CALL(clone, 5),
    LOAD(LOW(0)),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, THREAD_FLAGS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THREAD_FLAGS, 0, 1),
    ALLOW,
    KILL,
    /* For pages: reading a file, and giving that up later. */
    CALL(openat, 4),
    LOAD(LOW(2)),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 1, 0),
    REFUSE(EACCES), /* FOR_OPENAT: may become ALLOW */
    REFUSE(EACCES),
    CALL(prctl, 1),
    KILL, /* FOR_PRCTL: may become ALLOW */
    KILL,
};

enum { COUNT = sizeof(filter) / sizeof(filter[0]), FOR_OPENAT = COUNT - 5, FOR_PRCTL = COUNT - 2 };

static bool install(void)
{
    struct sock_fprog program = { .len = COUNT, .filter = filter };

#if defined(__SANITIZE_ADDRESS__)
    (void)program;
    return true; /* the sanitizer's own calls are not in the list */
#else
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
#endif
}

#else

static bool install(void)
{
    return true; /* the list is for x86-64 */
}

#endif

bool confine(bool files)
{
#if defined(__x86_64__)
    filter[FOR_OPENAT] = files ? (struct sock_filter)ALLOW : (struct sock_filter)REFUSE(EACCES);
    filter[FOR_PRCTL] = files ? (struct sock_filter)ALLOW : (struct sock_filter)KILL;
#else
    (void)files;
#endif
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && install();
}
