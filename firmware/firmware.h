/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_FIRMWARE_H
#define FIRMWARE_FIRMWARE_H

/* What runs inside the guest and is ours, assembled at build time. */

#include <stdint.h>

/* linuxboot.asm: an option ROM whose boot entry starts the kernel that fw_cfg offers. */
extern const uint8_t linuxboot_rom[];
extern const uint32_t linuxboot_rom_size;

#endif
