/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_CONFINE_H
#define VNC_CONFINE_H

#include <stdbool.h>

/*
 * From here on the process has the few system calls that serving a viewer takes: no program is
 * started, no file is opened (with `files`: for reading only, until it is called again without), no
 * socket is made but a Unix one.  Anything else ends the process.  False: this kernel cannot.
 */
bool confine(bool files);

#endif
