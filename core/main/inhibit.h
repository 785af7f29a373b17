/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_INHIBIT_H
#define CORE_MAIN_INHIBIT_H

/*
 * A host that shuts down waits for the machine to save itself: a process beside the machine holds a
 * "delay" lock of logind (org.freedesktop.login1.Manager.Inhibit on the system bus) and sends the
 * machine SIGTERM when the shutdown is prepared.  It ends, and the lock with it, when the machine
 * has ended.  So nothing of the bus is in the machine's own process.
 */

/* Before any thread and before anything is opened that must not be held by another process.
 * Without a system bus there is nothing to do. */
void inhibit_start(const char *machine_name, int close_fd);

#endif
