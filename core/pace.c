/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping step; see the header. */
#include "core/pace.h"
#include "core/speed.h"

#define PERIOD_NS     1000000u   /* of work and rest, where work is not shorter than the next: */
#define LEAST_WORK_NS 20000u     /* entering and leaving the guest costs some of this */
#define MOST_OWED_NS  500000000u /* a guest is not put to sleep for longer */

uint64_t pace_meter(struct pace *pace, uint64_t v, int64_t lag)
{
    pace->behind = lag > PACE_LAG_NS;
    if (pace->behind) {
        v += (uint64_t)(lag - PACE_LAG_NS);
        lag = PACE_LAG_NS;
    }
    pace->lead = -lag;
    return v;
}

/* Part of the time that is work; 1 or more: all of it. */
static double duty(uint64_t speed, double mips)
{
    return mips > 0 ? (double)speed / SPEED_UNIT / mips : 1;
}

uint64_t pace_slice(uint64_t speed, double mips)
{
    double part = duty(speed, mips);
    uint64_t work = part < 1 ? (uint64_t)(part * PERIOD_NS) : PERIOD_NS;

    return work < LEAST_WORK_NS ? LEAST_WORK_NS : work;
}

void pace_worked(struct pace *pace, uint64_t speed, double mips, uint64_t ns)
{
    double part = duty(speed, mips);

    if (part >= 1)
        return;
    pace->owed += (uint64_t)((double)ns * (1 / part - 1));
    if (pace->owed > MOST_OWED_NS)
        pace->owed = MOST_OWED_NS;
}

void pace_rested(struct pace *pace, uint64_t ns)
{
    pace->owed -= ns < pace->owed ? ns : pace->owed;
}
