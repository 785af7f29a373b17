/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls of a running machine; any other ends the process.  A call comes onto the list
 * with the reason it is needed; what only names a path comes with errors (Landlock) or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "core/main/confine.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1
/* The leak check at the end stops all threads from a process of its own: not here. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}
#else
#define SANITIZED 0
#endif

/* Allowed whatever the arguments are. */
static const int plain[] = {
    /* descriptors that are open */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(poll),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(ppoll),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(dup),
    SCMP_SYS(eventfd2),
    SCMP_SYS(memfd_create),
    /* sockets that are open */
    SCMP_SYS(accept4),
    SCMP_SYS(sendto),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    /* files by name: Landlock lets through the machine's own folder */
    SCMP_SYS(openat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(getdents64),
    /* and the folders that DOS has as drives */
    SCMP_SYS(openat2),
    SCMP_SYS(mkdirat),
    SCMP_SYS(renameat2),
    SCMP_SYS(fchmod),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(fremovexattr),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    /* memory, without making it executable: see add_restricted() */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* threads and time */
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(membarrier),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(timer_create),
    SCMP_SYS(timer_settime),
    SCMP_SYS(timer_delete), /* of KVM: how long the guest may run */
    /* signals to itself, and the end */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(wait4), /* for helpers made before */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

#if SANITIZED
static const int for_sanitizers[] = {
    SCMP_SYS(readlink), SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(sysinfo),
    SCMP_SYS(getppid),  SCMP_SYS(pipe2),     SCMP_SYS(msync),
};
#endif

/* Refused, not fatal: libraries try these and do without. */
static const struct {
    int call;
    uint16_t error;
} refused[] = {
    { SCMP_SYS(clone3), ENOSYS }, /* its flags lie in memory; the C library falls back on clone */
    { SCMP_SYS(statx), ENOSYS },      { SCMP_SYS(prlimit64), EPERM },
    { SCMP_SYS(readlink), EACCES }, /* time zone */
    { SCMP_SYS(readlinkat), EACCES }, { SCMP_SYS(sysinfo), EPERM },
};

/* Requests of serial lines, terminals and sockets; not TIOCSTI, which types into the user's shell.
 */
static const unsigned long requests[] = {
    TCGETS,     TCSETS,     TCSETSW,     TCSETSF, TIOCMGET, TIOCMSET, TIOCMBIS,
    TIOCMBIC,   TIOCMIWAIT, TIOCGICOUNT, TCSBRK,  TCSBRKP,  TIOCSBRK, TIOCCBRK,
    TCFLSH,     TIOCOUTQ,   TIOCGWINSZ,  TCXONC,  FIONREAD, FIONBIO,  0x802c542a,
    0x402c542b, 0x402c542c, 0x402c542d, /* TCGETS2, TCSETS2, TCSETSW2, TCSETSF2 */
};
#define KVM_TYPE                                                                                   \
    0xae00u /* all of KVM's requests: its descriptors are the only ones that know them */

static const int commands[] = {
    /* of fcntl */
    F_GETFL,     F_SETFL,      F_GETFD,     F_SETFD,     F_DUPFD_CLOEXEC,
    F_OFD_SETLK, F_OFD_SETLKW, F_OFD_GETLK, F_ADD_SEALS, F_GET_SEALS,
};

static int add_plain(scmp_filter_ctx f)
{
    int failed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(plain) && !failed; i++)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, plain[i], 0);
#if SANITIZED
    for (size_t i = 0; i < G_N_ELEMENTS(for_sanitizers) && !failed; i++)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, for_sanitizers[i], 0);
#endif
    for (size_t i = 0; i < G_N_ELEMENTS(refused) && !failed; i++) {
        failed = seccomp_rule_add(f, SCMP_ACT_ERRNO(refused[i].error), refused[i].call, 0);
        failed = failed == -EEXIST && SANITIZED ? 0 : failed;
    }
    return failed;
}

static int add_restricted(scmp_filter_ctx f)
{
    const unsigned prots[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
    int failed = 0;

    /* Executable memory is refused, not fatal: an engine that comes too late with it says so. */
    for (size_t i = 0; i < G_N_ELEMENTS(prots) && !failed; i++) {
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, (int)prots[i], 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
        if (!failed)
            failed = seccomp_rule_add(f, SCMP_ACT_ERRNO(EACCES), (int)prots[i], 1,
                                      SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC));
    }
    for (size_t i = 0; i < G_N_ELEMENTS(requests) && !failed; i++)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, requests[i]));
    if (!failed)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xff00u, KVM_TYPE));
    for (size_t i = 0; i < G_N_ELEMENTS(commands) && !failed; i++)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                                  SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffu, (unsigned)commands[i]));
    /* A new thread, never a new process; signals to threads of this process only. */
    if (!failed)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
    if (!failed)
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    if (!failed) /* of an open file, never of a path */
        failed =
            seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(utimensat), 1, SCMP_A1(SCMP_CMP_EQ, 0));
    if (!failed) /* the translator's segment base, where the processor cannot set it by itself */
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(arch_prctl), 1,
                                  SCMP_A0(SCMP_CMP_EQ, 0x1001 /* ARCH_SET_GS */));
    if (!failed) /* names of threads */
        failed = seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                                  SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    return failed;
}

static int make_filter(scmp_filter_ctx f)
{
    int failed = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

    if (!failed)
        failed = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
    if (!failed) /* the kernel's own answer from seccomp_load() */
        failed = seccomp_attr_set(f, SCMP_FLTATR_API_SYSRAWRC, 1);
    if (!failed)
        failed = add_plain(f);
    return failed ? failed : add_restricted(f);
}

bool confine_calls(struct confine_report *report, struct error *err)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    size_t used = strlen(report->text);
    int failed = f ? make_filter(f) : -ENOMEM;
    bool made = !failed;

    if (made)
        failed = seccomp_load(f);
    seccomp_release(f);
    if (made && (failed == -EINVAL || failed == -ENOSYS)) {
        g_snprintf(report->text + used, sizeof(report->text) - used, ", no seccomp in this kernel");
        return true;
    }
    if (failed)
        return error_set(err, "the machine cannot be confined: seccomp: %s", strerror(-failed));
    g_snprintf(report->text + used, sizeof(report->text) - used, ", seccomp");
    return true;
}
