/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>

#include "tests/chips.h"
#include "tests/unit/audio/chip_pc_speaker.h"
#include "tests/unit/dma/chip_i8237.h"
#include "tests/unit/input/chip_i8042.h"
#include "tests/unit/input/chip_vmmouse.h"
#include "tests/unit/interrupt/chip_i8259.h"
#include "tests/unit/interrupt/chip_isa_share.h"
#include "tests/unit/pci/chips.h"
#include "tests/unit/serial/chips.h"
#include "tests/unit/storage/storage_chips.h"
#include "tests/unit/system/chips.h"
#include "tests/unit/timer/chip_i8254.h"
#include "tests/unit/timer/chip_mc146818.h"
#include "tests/unit/video/chip_vga.h"

const struct generic_chip *const all_chips[] = {
    &chip_i8259,      &chip_i8254,   &chip_mc146818, &chip_i8237,        &chip_i8042,
    &chip_i440fx,     &chip_piix3,   &chip_piix4_pm, &chip_ata,          &chip_atapi,
    &chip_i82077,     &chip_i16550,  &chip_parallel, &chip_parallel_spp, &chip_isa_share,
    &chip_piix3_ide,  &chip_fw_cfg,  &chip_vga,      &chip_debug_ports,  &chip_vmmouse,
    &chip_pc_speaker, &chip_hostdos, NULL,
};
