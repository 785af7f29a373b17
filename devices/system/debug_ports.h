/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_SYSTEM_DEBUG_PORTS_H
#define DEVICES_SYSTEM_DEBUG_PORTS_H

#include "core/device.h"

/* Ports 402h and E9h, where firmware and guests leave messages; with_exit adds F4h, by which a test
 * guest ends the machine with a status of its own. */
struct device *debug_ports_new(struct board *board, bool with_exit, struct error *err);

#endif
