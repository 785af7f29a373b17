/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts about the host; see the header. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cpu/facts.h"
#include "core/cpu/xlat.h"

#define SLOW_MIPS 20.0 /* below it a guest's clock has to wait for the engine */

static void kvm_fact(struct engine_fact *f, const struct engine_probe *kvm)
{
    int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), error = errno;

    *f = (struct engine_fact){ .about = "kvm" };
    if (fd >= 0)
        close(fd);
    if (fd < 0 && error == ENOENT)
        snprintf(f->text, sizeof(f->text),
                 "there is no /dev/kvm: virtualization is off in the firmware, this computer is a "
                 "virtual machine itself, or the module kvm_intel or kvm_amd is not loaded");
    else if (fd < 0 && error == EACCES)
        snprintf(f->text, sizeof(f->text),
                 "you may not open /dev/kvm: become a member of the group kvm (sudo adduser USER "
                 "kvm) and log in anew");
    else if (fd < 0)
        snprintf(f->text, sizeof(f->text), "/dev/kvm cannot be opened: %s", strerror(error));
    else if (kvm && !kvm->usable)
        snprintf(f->text, sizeof(f->text), "KVM is there and cannot be used: %s", kvm->why_not);
    else if (kvm && kvm->mips < SLOW_MIPS)
        snprintf(f->text, sizeof(f->text),
                 "KVM is there but slow, %.1f million instructions a second: it emulates the "
                 "guest's code, as in a virtual machine inside another",
                 kvm->mips);
    else
        f->good = true;
    if (f->good)
        snprintf(f->text, sizeof(f->text), "KVM is there");
}

static void bmi2_fact(struct engine_fact *f)
{
    *f = (struct engine_fact){ .about = "bmi2", .good = xlat_has_bmi2() };
    snprintf(f->text, sizeof(f->text), "%s",
             f->good ? "the processor has the BMI2 instructions"
                     : "the processor has no BMI2 instructions: the translator does without them, "
                       "and code that works on memory is up to twice as slow");
}

static void fsgsbase_fact(struct engine_fact *f)
{
    *f = (struct engine_fact){ .about = "fsgsbase", .good = xlat_has_fsgsbase() };
    snprintf(f->text, sizeof(f->text), "%s",
             f->good ? "programs may set their segment bases"
                     : "programs may not set their segment bases (FSGSBASE, Linux 5.9 and a "
                       "processor of 2012): the translator asks the kernel, which costs little");
}

/* As the translator maps its code: once to write, once to execute. */
static void memory_fact(struct engine_fact *f)
{
    int fd = memfd_create("bygone-probe", MFD_CLOEXEC), error = errno;
    void *at = MAP_FAILED;

    *f = (struct engine_fact){ .about = "executable-memory" };
    if (fd >= 0 && ftruncate(fd, 4096) == 0) {
        at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
        error = errno;
    }
    if (fd >= 0)
        close(fd);
    f->good = at != MAP_FAILED;
    if (f->good)
        munmap(at, 4096);
    if (f->good)
        snprintf(f->text, sizeof(f->text), "code may be made in memory");
    else
        snprintf(f->text, sizeof(f->text),
                 "code may not be made in memory (%s), so the interpreter takes the translator's "
                 "place: SELinux (execmem), or the setting vm.memfd_noexec",
                 strerror(error));
}

static void overcommit_fact(struct engine_fact *f)
{
    char mode = '0';
    int fd = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);

    *f = (struct engine_fact){ .about = "overcommit" };
    if (fd >= 0) {
        if (read(fd, &mode, 1) != 1)
            mode = '0';
        close(fd);
    }
    f->good = mode != '2';
    snprintf(f->text, sizeof(f->text), "%s",
             f->good ? "memory may be reserved without being used"
                     : "vm.overcommit_memory is 2: the translator's tables, of which next to "
                       "nothing is used, count as if they were");
}

unsigned engine_facts(const struct engine_probe *kvm, struct engine_fact facts[ENGINE_FACTS])
{
    unsigned n = 0;

    kvm_fact(&facts[n++], kvm);
    bmi2_fact(&facts[n++]);
    fsgsbase_fact(&facts[n++]);
    memory_fact(&facts[n++]);
    overcommit_fact(&facts[n++]);
    return n;
}
