/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_UNIT_BOARD_RIG_H
#define TESTS_UNIT_BOARD_RIG_H

/* The whole board pc-pci-v1 without a CPU, with a floppy and a disk in memory, and random traffic
 * over all of it: ports, PCI configuration, memory, keys, time. */

#include "core/board_pc.h"
#include "core/state.h"

enum { RIG_FLOPPY = 1440 << 10, RIG_DISK = 4 << 20 };

struct rig {
    struct pc *pc;
    struct chardev line; /* on serial0 */
    uint8_t *floppy, *disk;
    bool intr; /* what the board has said to the CPU */
    unsigned inits, resets, power_offs, nmis;
};

struct rig *rig_new(void);
void rig_free(struct rig *rig);
/* Returns a hash of everything that was answered.  The exit port is not there. */
uint32_t rig_run(struct rig *rig, uint32_t seed, unsigned steps);
struct state_buffer rig_save(struct rig *rig);
/* Memory, media, lines and counters: all that a saved state does not hold. */
void rig_copy_contents(struct rig *to, const struct rig *from);

#endif
