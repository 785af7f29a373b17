/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_FIRMWARE_H
#define FIRMWARE_FIRMWARE_H

/* What runs inside the guest and is ours, assembled at build time. */

#include <stdint.h>

/* linuxboot.asm: an option ROM whose boot entry starts the kernel that fw_cfg offers. */
extern const uint8_t linuxboot_rom[];
extern const uint32_t linuxboot_rom_size;

/* Our own DOS: "hostdos.rom" is the option ROM that starts it, "kernel.bin" its kernel; all others are
 * the files of drive Z:.  Ends with name NULL. */
struct firmware_file {
    const char *name;
    const uint8_t *data;
    uint32_t size;
};
extern const struct firmware_file firmware_dos[];

/* The program of a fresh drive C:, for its folder LEDGER; empty where the build had no Pascal. */
extern const struct firmware_file firmware_drive_c[];

#endif
