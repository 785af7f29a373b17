/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_INPUT_PS2_H
#define DEVICES_INPUT_PS2_H

/*
 * The plug between the 8042 and what hangs on it.  The device keeps its bytes until the controller
 * takes them: that is what the clock line of the real cable does.
 */

#include "core/device.h"

struct ps2_device {
    /* A byte waits to be sent. */
    bool (*ready)(const struct device *dev);
    /* Takes that byte; only if ready. */
    uint8_t (*take)(struct device *dev);
    /* A byte from the host has come over the cable. */
    void (*receive)(struct device *dev, uint8_t byte);
    struct device *dev;
};

#endif
