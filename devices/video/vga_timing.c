/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: where the beam is.  The two input status registers and the next retrace are computed from
 * the virtual time and the CRTC's registers; nothing ticks.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "CRT Controller Registers".
 *
 * While a dispi mode is shown, the registers say nothing about the picture, and a frame of 60 Hz
 * around its resolution stands in.  Not modelled: skews, and the pixel values that status register
 * 1 can feed back (its bits 4 and 5 show a pattern while the picture is drawn).
 */
#include <string.h>

#include "devices/video/vga_chip.h"

enum { STATUS0_SENSE = 0x10, STATUS0_RETRACE = 0x80 };
enum { STATUS1_NO_DISPLAY = 0x01, STATUS1_RETRACE = 0x08 };

#define SECOND     1000000000u
#define DEFAULT_NS (SECOND / 60)
#define SHORTEST   (SECOND / 240) /* frames outside these are not what a monitor would show */
#define LONGEST    (SECOND / 10)

static void vbe_timing(const struct vga *vga, struct vga_timing *t)
{
    uint32_t lines = vga->vbe.height + vga->vbe.height / 16 + 8;

    t->line_dots = vga->vbe.width + vga->vbe.width / 4;
    t->frame_dots = t->line_dots * lines;
    t->hz = t->frame_dots * 60;
    t->display_dots = vga->vbe.width;
    t->display_end = t->line_dots * vga->vbe.height;
    t->retrace_start = t->display_end + 2 * t->line_dots;
    t->retrace_end = t->retrace_start + 3 * t->line_dots;
}

void vga_timing_compute(const struct vga *vga, struct vga_timing *timing)
{
    const uint8_t *crtc = vga->s.crtc;
    uint8_t over = crtc[CRTC_OVERFLOW];
    uint32_t dots = vga->s.seq[SEQ_CLOCKING] & CLOCKING_8DOT ? 8 : 9;
    uint32_t lines, display, start, length, step;

    memset(timing, 0, sizeof(*timing));
    if (vga_vbe_enabled(vga)) {
        vbe_timing(vga, timing);
        return;
    }
    if (vga->s.seq[SEQ_CLOCKING] & CLOCKING_HALF)
        dots *= 2;
    lines = (crtc[CRTC_V_TOTAL] | (over & 1) << 8 | (over & 0x20) << 4) + 2u;
    display = (crtc[CRTC_V_DISPLAY_END] | (over & 2) << 7 | (over & 0x40) << 3) + 1u;
    start = crtc[CRTC_V_RETRACE_START] | (over & 4) << 6 | (over & 0x80u) << 2;
    /* Retrace ends when the lower four bits of the line counter match. */
    length = (crtc[CRTC_V_RETRACE_END] - start) & 15;
    length = length ? length : 16;
    timing->hz = (vga->s.misc & MISC_CLOCK) == 4 ? 28322000 : 25175000;
    timing->line_dots = (crtc[CRTC_H_TOTAL] + 5u) * dots;
    timing->display_dots = (crtc[CRTC_H_DISPLAY_END] + 1u) * dots;
    step = timing->line_dots * (crtc[CRTC_MODE] & CMODE_HALF_LINES ? 2 : 1);
    timing->frame_dots = lines * step;
    timing->display_end = display * step;
    if (start < lines && (crtc[CRTC_MODE] & CMODE_RUN)) {
        timing->retrace_start = start * step;
        timing->retrace_end = timing->retrace_start + length * step;
    }
}

void vga_timing_update(struct vga *vga)
{
    struct vga_timing timing;

    vga_timing_compute(vga, &timing);
    if (!memcmp(&timing, &vga->timing, sizeof(timing)))
        return;
    vga->timing = timing;
    vga->s.frame_epoch = vga_now(vga);
    vga->frame_base = 0;
    vga_raster_forget(vga);
}

/* Dots since the epoch; by whole seconds first, so that 64 bits are enough. */
static uint64_t dots_at(const struct vga *vga, uint64_t now)
{
    uint64_t ns = now > vga->s.frame_epoch ? now - vga->s.frame_epoch : 0;

    return ns / SECOND * vga->timing.hz + ns % SECOND * vga->timing.hz / SECOND;
}

/* Dots since the start of the frame.  The division is left out while the frame is the same. */
static uint32_t beam(struct vga *vga, uint64_t now)
{
    uint64_t dots = dots_at(vga, now);

    if (dots - vga->frame_base >= vga->timing.frame_dots)
        vga->frame_base = dots - dots % vga->timing.frame_dots;
    return (uint32_t)(dots - vga->frame_base);
}

struct vga_beam vga_beam_at(struct vga *vga, uint64_t now)
{
    uint32_t dot = beam(vga, now);

    return (struct vga_beam){ .frame = vga->frame_base, .dot = dot };
}

/* The first time after now at which the beam is at a dot of the frame. */
static uint64_t time_of(struct vga *vga, uint64_t now, uint32_t dot)
{
    uint64_t dots = dots_at(vga, now);
    uint64_t target = dots - beam(vga, now) + dot % vga->timing.frame_dots;
    uint64_t at;

    if (target <= dots)
        target += vga->timing.frame_dots;
    at = vga->s.frame_epoch + vclock_tick_deadline(target, vga->timing.hz);
    return at > now ? at : now + 1;
}

/* Bit 4: a comparator on the DAC's outputs that tells firmware which monitor is connected. */
uint8_t vga_status0(struct vga *vga)
{
    const uint8_t *dac = vga->s.dac;
    uint8_t value = 0;

    if (dac[0] + dac[1] + dac[2] < 0x4e)
        value |= STATUS0_SENSE;
    if (vga->s.retrace_armed && vga_now(vga) >= vga->s.retrace_due)
        value |= STATUS0_RETRACE;
    return value;
}

uint8_t vga_status1(struct vga *vga)
{
    const struct vga_timing *t = &vga->timing;
    uint32_t at = beam(vga, vga_now(vga));

    if (at >= t->retrace_start && at < t->retrace_end)
        return STATUS1_RETRACE | STATUS1_NO_DISPLAY;
    if (at >= t->display_end || at % t->line_dots >= t->display_dots)
        return STATUS1_NO_DISPLAY;
    return (uint8_t)(at << 2 & 0x30);
}

/* The vertical interrupt comes at the end of the visible picture. */
void vga_retrace_arm(struct vga *vga)
{
    vga->s.retrace_armed = 1;
    vga->s.retrace_due = time_of(vga, vga_now(vga), vga->timing.display_end);
}

uint64_t vga_frame_ns(const struct vga *vga)
{
    uint64_t ns = vclock_ticks_to_ns(vga->timing.frame_dots, vga->timing.hz);

    return ns >= SHORTEST && ns <= LONGEST ? ns : DEFAULT_NS;
}

uint64_t vga_next_retrace(void *ctx, uint64_t now)
{
    struct vga *vga = ctx;
    const struct vga_timing *t = &vga->timing;
    uint64_t ns = vclock_ticks_to_ns(t->frame_dots, t->hz);

    if (ns < SHORTEST || ns > LONGEST || t->retrace_start == t->retrace_end)
        return now - now % DEFAULT_NS + DEFAULT_NS;
    return time_of(vga, now, t->retrace_start);
}
