/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is the same for all engines.
 */

#include "core/cpu/cpu.h"

void cpu_reset(struct cpu *cpu, bool init)
{
    struct x86_state state;
    struct error err = { 0 };

    cpu->ops->get(cpu, &state);
    x86_reset(&state, cpu->model, init);
    /* A reset state is a valid one: no engine refuses it. */
    cpu->ops->set(cpu, &state, &err);
}
