/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEVICES_SYSTEM_FW_CFG_H
#define DEVICES_SYSTEM_FW_CFG_H

/*
 * The firmware configuration device (ports 510h, 511h, 514h-51Bh): how the board tells SeaBIOS what
 * it is made of.
 */

#include "core/device.h"

enum {
    FW_CFG_SIGNATURE = 0x0000,
    FW_CFG_ID = 0x0001,
    FW_CFG_RAM_SIZE = 0x0003,
    FW_CFG_NOGRAPHIC = 0x0004,
    FW_CFG_CPUS = 0x0005,
    FW_CFG_NUMA = 0x000d,
    FW_CFG_KERNEL_ADDR = 0x0007,
    FW_CFG_KERNEL_SIZE = 0x0008,
    FW_CFG_INITRD_ADDR = 0x000a,
    FW_CFG_INITRD_SIZE = 0x000b,
    FW_CFG_BOOT_MENU = 0x000e,
    FW_CFG_MAX_CPUS = 0x000f,
    FW_CFG_KERNEL_DATA = 0x0011,
    FW_CFG_INITRD_DATA = 0x0012,
    FW_CFG_CMDLINE_ADDR = 0x0013,
    FW_CFG_CMDLINE_SIZE = 0x0014,
    FW_CFG_CMDLINE_DATA = 0x0015,
    FW_CFG_SETUP_ADDR = 0x0016,
    FW_CFG_SETUP_SIZE = 0x0017,
    FW_CFG_SETUP_DATA = 0x0018,
    FW_CFG_FILE_DIR = 0x0019,
    FW_CFG_FILE_FIRST = 0x0020,
    FW_CFG_ARCH = 0x8000, /* keys of the architecture: ACPI tables, SMBIOS, IRQ 0 override */
};

struct device *fw_cfg_new(struct board *board, struct error *err);
/*
 * What the guest can read, while the board is made: data is copied.  Files get their keys from the
 * order of their names, so two boards with the same files have the same keys.  False: the name is
 * taken or too long (55 characters), or the table is full.
 */
bool fw_cfg_add_file(struct device *dev, const char *name, const void *data, uint32_t len);
/* The same under a fixed key below FW_CFG_FILE_FIRST or from FW_CFG_ARCH on; replaces what was
 * there. */
bool fw_cfg_add_key(struct device *dev, uint16_t key, const void *data, uint32_t len);

#endif
