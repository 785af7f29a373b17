/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_X86_FIELDS_H
#define CORE_CPU_X86_FIELDS_H

#include "core/cpu/x86.h"
#include "core/device.h"

#define X86_STATE_VERSION 1

/* Every byte of struct x86_state, by name, for state_save_item. */
extern const struct field x86_fields[];

#endif
