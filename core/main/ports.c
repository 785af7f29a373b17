/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports of the profile to ports of the board; see the header. */
#include <stdio.h>
#include <string.h>

#include "core/host/chardev.h"
#include "core/host/printer.h"
#include "core/main/ports.h"

static struct {
    struct waiter *waiter;
    struct chardev *serial[4];
    struct printer *parallel[3];
    char serial_name[4][16], parallel_name[3][16], symlink[4][512];
} ports;

static bool open_serial(const struct profile *p, unsigned i, const char *runtime,
                        struct pc_config *pc, void (*log)(void *ctx, const char *text),
                        struct error *err)
{
    const struct profile_port *from = &p->serial[i];
    struct chardev_setup setup = { .target = from->target,
                                   .name = ports.serial_name[i],
                                   .symlink = ports.symlink[i],
                                   .waiter = ports.waiter,
                                   .log = log };

    pc->has_serial[i] = from->present || i == 0;
    pc->serial_at[i] =
        (struct pc_serial){ .port = from->port, .irq = from->irq, .fast = from->fast };
    if (!from->target)
        return true;
    snprintf(ports.serial_name[i], sizeof(ports.serial_name[i]), "Serial %u", i + 1);
    snprintf(ports.symlink[i], sizeof(ports.symlink[i]), "%s/serial%u", runtime, i + 1);
    if (!chardev_open(&setup, &ports.serial[i], err))
        return false;
    pc->serial[i] = ports.serial[i];
    return true;
}

static bool open_parallel(const struct profile *p, unsigned i, struct pc_config *pc,
                          void (*log)(void *ctx, const char *text), struct error *err)
{
    const struct profile_port *from = &p->parallel[i];
    struct printer_setup setup = { .target = from->target,
                                   .name = ports.parallel_name[i],
                                   .job = p->name,
                                   .waiter = ports.waiter,
                                   .log = log };

    snprintf(ports.parallel_name[i], sizeof(ports.parallel_name[i]), "Parallel %u", i + 1);
    if (from->target && !printer_open(&setup, &ports.parallel[i], err))
        return false;
    pc->parallel[i] = (struct pc_parallel){ .present = from->present,
                                            .printer = ports.parallel[i],
                                            .port = from->port,
                                            .irq = from->irq,
                                            .job_seconds = from->job_seconds };
    return true;
}

bool ports_open(const struct profile *profile, const char *runtime, struct pc_config *pc,
                void (*log)(void *ctx, const char *text), struct error *err)
{
    ports.waiter = waiter_new(err);
    if (!ports.waiter)
        return false;
    for (unsigned i = 0; i < 4; i++)
        if (!open_serial(profile, i, runtime, pc, log, err))
            return false;
    for (unsigned i = 0; i < 3; i++)
        if (!open_parallel(profile, i, pc, log, err))
            return false;
    return true;
}

void ports_start(struct machine *machine)
{
    for (unsigned i = 0; i < 4; i++)
        if (ports.serial[i])
            chardev_start(ports.serial[i]);
    for (unsigned i = 0; i < 3; i++)
        if (ports.parallel[i])
            printer_start(ports.parallel[i]);
    waiter_start(ports.waiter, machine);
}

void ports_keep_jobs(void)
{
    for (unsigned i = 0; i < 3; i++)
        if (ports.parallel[i])
            printer_keep_job(ports.parallel[i]);
}

void ports_stop(void)
{
    waiter_stop(ports.waiter);
}

void ports_close(void)
{
    for (unsigned i = 0; i < 4; i++)
        if (ports.serial[i])
            ports.serial[i]->free(ports.serial[i]);
    for (unsigned i = 0; i < 3; i++)
        if (ports.parallel[i])
            ports.parallel[i]->free(ports.parallel[i]);
    waiter_free(ports.waiter);
    ports.waiter = NULL;
}

void ports_tell(void (*tell)(const char *sentence))
{
    char sentence[700];

    for (unsigned i = 0; i < 4; i++)
        if (ports.serial[i] && !strncmp(chardev_where(ports.serial[i]), "pty", 3)) {
            snprintf(sentence, sizeof(sentence), "%s is %s, also %s", ports.serial_name[i],
                     chardev_where(ports.serial[i]), ports.symlink[i]);
            tell(sentence);
        }
}
