/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CPU_FACTS_H
#define CORE_CPU_FACTS_H

/* What this host offers the engines, and what it lacks, in sentences for the person who owns it. */

#include "core/cpu/probe.h"

enum { ENGINE_FACTS = 8 };

struct engine_fact {
    const char *about; /* "kvm", "bmi2", "fsgsbase", "executable-memory", "overcommit" */
    bool good;         /* nothing is missing */
    char text[320];
};

/* Fills facts, returns how many.  kvm: what the probe found; NULL: it was not asked. */
unsigned engine_facts(const struct engine_probe *kvm, struct engine_fact facts[ENGINE_FACTS]);

#endif
