/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_PROBE_H
#define CORE_CPU_PROBE_H

#include "core/cpu/cpu.h"

/* What a scratch machine of a few milliseconds has shown. */
struct engine_probe {
    bool usable;
    double mips;     /* million instructions a second: a real-mode loop with loads and stores */
    double port_ns;  /* one port write */
    double slice_ns; /* engines that do not count: what each run() costs beside the guest's work */
    char why_not[256]; /* if not usable */
};

void engine_probe(const struct cpu_ops *engine, struct engine_probe *probe);

/* The own engine: the translator where it can run, else the interpreter. */
const struct cpu_ops *engine_own(void);

/* "auto", "kvm", "own", "translate", "interpret": the engine to use, the measured figures and a
 * sentence that gives the reason.  NULL: asked for by name and not usable; `reason` says why. */
const struct cpu_ops *engine_choose(const char *wish, struct engine_probe *kvm,
                                    struct engine_probe *own, char reason[512]);

#endif
