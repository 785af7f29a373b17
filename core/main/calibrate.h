/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_MAIN_CALIBRATE_H
#define CORE_MAIN_CALIBRATE_H

/*
 * How fast KVM is here, measured once per host and kept in the user's cache: a limited speed under
 * KVM is a part of it, and shall be the same part at every start.
 */

#include "core/cpu/probe.h"

/* Reads the figure, or measures and keeps it, and puts it in place of the one in `kvm`, which must
 * be usable.  Opens files: before the machine is confined. */
void calibrate_start(struct engine_probe *kvm);
/* The same figure later, where there is one. */
void calibrate_again(struct engine_probe *kvm);

#endif
