/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VGA: registers that change while the beam draws.  A write that alters the picture is noted with
 * the scan line from which it counts, if the beam is inside the picture; the frame's first such
 * write also keeps the registers as they were.  Nothing is drawn then.  Whoever asks for the
 * picture of a frame with notes gets it line by line, the way the CRTC's counters went; a frame
 * without (nearly all) is drawn as ever. Source: IBM PS/2 Hardware Interface Technical Reference,
 * "CRT Controller Registers" and "Programming Considerations".
 *
 * The CRTC takes the start address at the vertical retrace, and the preset row scan and byte
 * panning with it; all else counts from the next line, or from this one if the beam has not yet
 * left its visible part.  Video memory is not followed: each line shows what is there when it is
 * drawn.  In modes whose lines are repeated one picture line stands for two or more scan lines and
 * shows the first of them.  Notes are not saved with the machine: no guest can see them, and the
 * next frame is right again.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/video/vga_view.h"

enum { EVENTS = 4096, STARTS = 4 };

struct event {
    uint32_t value;
    uint16_t line;
    uint8_t file, index;
};

/* One frame with changes. */
struct vga_log {
    uint64_t frame;
    unsigned count; /* 0: there were none; further ones than EVENTS count from the next frame */
    struct vga_state base;
    struct event events[EVENTS];
};

struct vga_raster {
    struct vga_log logs[2];
    unsigned newest;
    /* Start addresses and the frames from which they count, the newest last. */
    struct {
        uint64_t frame;
        uint16_t address;
    } starts[STARTS];
};

struct vga_raster *vga_raster_new(void)
{
    struct vga_raster *raster = calloc(1, sizeof(*raster));

    if (!raster)
        abort();
    return raster;
}

void vga_raster_free(struct vga_raster *raster)
{
    free(raster);
}

static uint16_t start_of(const struct vga_state *s)
{
    return (uint16_t)(s->crtc[CRTC_START_HIGH] << 8 | s->crtc[CRTC_START_LOW]);
}

void vga_raster_forget(struct vga *vga)
{
    struct vga_raster *raster = vga->raster;

    raster->logs[0].count = raster->logs[1].count = 0;
    for (unsigned i = 0; i < STARTS; i++) {
        raster->starts[i].frame = 0;
        raster->starts[i].address = start_of(&vga->s);
    }
}

/* ---- writes ---- */

static void apply(struct vga_state *s, const struct event *event)
{
    switch (event->file) {
    case FILE_DAC:
        for (unsigned i = 0; i < 3; i++)
            s->dac[3 * event->index + i] = (uint8_t)(event->value >> (8 * i));
        break;
    case FILE_DAC_MASK:
        s->dac_mask = (uint8_t)event->value;
        break;
    case FILE_ATTR:
        s->attr[event->index] = (uint8_t)event->value;
        break;
    case FILE_ATTR_INDEX:
        s->attr_index = (uint8_t)event->value;
        break;
    case FILE_SEQ:
        s->seq[event->index] = (uint8_t)event->value;
        break;
    default:
        s->crtc[event->index] = (uint8_t)event->value;
        break;
    }
}

static void note_start(struct vga *vga, const struct vga_beam *beam, const struct event *event)
{
    const struct vga_timing *t = &vga->timing;
    struct vga_raster *raster = vga->raster;
    uint64_t frame = beam->frame + t->frame_dots * (beam->dot < t->retrace_start ? 1ull : 2ull);
    uint16_t address = start_of(&vga->s);

    if (event->index == CRTC_START_HIGH)
        address = (uint16_t)((address & 0xff) | event->value << 8);
    else
        address = (uint16_t)((address & 0xff00) | event->value);
    if (raster->starts[STARTS - 1].frame != frame)
        memmove(raster->starts, raster->starts + 1, (STARTS - 1) * sizeof(raster->starts[0]));
    raster->starts[STARTS - 1].frame = frame;
    raster->starts[STARTS - 1].address = address;
}

void vga_raster_note(struct vga *vga, enum vga_file file, uint8_t index, uint32_t value)
{
    const struct vga_timing *t = &vga->timing;
    struct vga_raster *raster = vga->raster;
    struct vga_log *log = &raster->logs[raster->newest];
    struct vga_beam beam = vga_beam_at(vga, vga_now(vga));
    uint32_t visible = t->display_dots < t->line_dots ? t->display_dots : t->line_dots;
    struct event event = { .value = value, .file = file, .index = index };

    if (file == FILE_CRTC && (index == CRTC_START_HIGH || index == CRTC_START_LOW)) {
        note_start(vga, &beam, &event);
        return;
    }
    if (beam.dot >= t->display_end || beam.dot < visible)
        return;
    event.line = (uint16_t)((beam.dot + t->line_dots - visible) / t->line_dots);
    if (!log->count || log->frame != beam.frame) {
        raster->newest ^= 1;
        log = &raster->logs[raster->newest];
        log->frame = beam.frame;
        log->count = 0;
        log->base = vga->s;
    }
    if (log->count < EVENTS)
        log->events[log->count++] = event;
}

/* ---- what is seen ---- */

const struct vga_state *vga_log_base(const struct vga_log *log)
{
    return &log->base;
}

static const struct vga_log *find_log(const struct vga *vga, uint64_t frame)
{
    for (unsigned i = 0; i < 2; i++)
        if (vga->raster->logs[i].count && vga->raster->logs[i].frame == frame)
            return &vga->raster->logs[i];
    return NULL;
}

static uint32_t start_at(const struct vga *vga, uint64_t frame)
{
    unsigned i = STARTS - 1;

    while (i > 0 && vga->raster->starts[i].frame > frame)
        i--;
    return vga->raster->starts[i].address;
}

/* In mid-frame that is the last whole one if it had changes, so that what happens in each frame is
 * seen whole; if it had none, the picture with the registers of now. */
const struct vga_log *vga_raster_shown(struct vga *vga, uint32_t *start)
{
    struct vga_beam beam = vga_beam_at(vga, vga_now(vga));
    uint64_t frame = beam.frame;
    const struct vga_log *log;

    if (beam.dot < vga->timing.display_end && frame >= vga->timing.frame_dots)
        frame -= vga->timing.frame_dots;
    log = find_log(vga, frame);
    *start = start_at(vga, log ? frame : beam.frame);
    return log;
}

/* The counters of the CRTC as the beam goes down. */
struct walk {
    uint32_t address, row_scan, repeat;
    bool split; /* below the line compare */
};

static void next_line(const struct vga_view *view, uint32_t scan, struct walk *walk)
{
    if (!walk->split && scan + 1 == view->bands[0].end) {
        walk->split = true;
        walk->address = view->bands[1].address;
        walk->row_scan = walk->repeat = 0;
    } else if (++walk->repeat >= view->doubled) {
        walk->repeat = 0;
        if (walk->row_scan == view->lines_per_row - 1) {
            walk->row_scan = 0;
            walk->address += view->offset;
        } else {
            walk->row_scan = (walk->row_scan + 1) & 0x1f;
        }
    }
}

/* Line y of the picture: decodes it, and tells what differs from the pixels there. */
static void draw_line(struct vga *vga, const struct walk *walk, uint32_t y, uint32_t *pixels,
                      bool all, uint64_t now, struct vga_damage *damage)
{
    struct vga_shadow *shadow = vga->shadow;
    const struct vga_view *view = &shadow->view;
    uint32_t pan = view->bands[walk->split].pan, width = shadow->shown_width;
    uint32_t left = 0, right = width;

    if (view->kind == VIEW_BLANK || view->kind == VIEW_PACKED)
        pan = 0;
    if (view->kind == VIEW_TEXT)
        vga_text_line(vga, &shadow->past, walk->address, walk->row_scan,
                      view->columns + (pan ? 1 : 0), now);
    else
        vga_line_decode(vga, walk->address, walk->row_scan, view->columns + (pan ? 1 : 0), y);
    while (!all && left < width && pixels[left] == shadow->line[left + pan])
        left++;
    while (!all && right > left && pixels[right - 1] == shadow->line[right - 1 + pan])
        right--;
    memcpy(pixels + left, shadow->line + left + pan, (right - left) * sizeof(*pixels));
    vga_damage_add(damage, left, y, right - left, right > left ? 1 : 0);
}

/* After registers in shadow->past have changed. */
static void change_view(struct vga *vga, uint32_t start, uint64_t now)
{
    struct vga_shadow *shadow = vga->shadow;
    uint32_t a = shadow->view.font[0], b = shadow->view.font[1];

    vga_view_make(vga, &shadow->past, start, now, &shadow->view);
    if (shadow->view.kind == VIEW_TEXT && (shadow->view.font[0] != a || shadow->view.font[1] != b))
        vga_text_fonts(vga);
}

void vga_raster_draw(struct vga *vga, const struct vga_log *log, uint32_t start, uint32_t *pixels,
                     uint32_t pitch, bool all, uint64_t now, struct vga_damage *damage)
{
    struct vga_shadow *shadow = vga->shadow;
    struct vga_view *view = &shadow->view;
    uint32_t step = shadow->next.line_step, height = shadow->next.height;
    struct walk walk = { .address = shadow->next.bands[0].address,
                         .row_scan = shadow->next.bands[0].row_scan };
    unsigned done = 0;

    shadow->past = log ? log->base : vga->s;
    *view = shadow->next;
    if (view->kind == VIEW_TEXT)
        vga_text_fonts(vga);
    shadow->valid = false; /* the next frame is compared with none */
    for (uint32_t scan = 0; scan / step < height; scan++) {
        unsigned before = done;

        while (log && done < log->count && log->events[done].line <= scan)
            apply(&shadow->past, &log->events[done++]);
        if (done != before)
            change_view(vga, start, now);
        if (scan % step == 0)
            draw_line(vga, &walk, scan / step, pixels + (size_t)(scan / step) * pitch, all, now,
                      damage);
        next_line(view, scan, &walk);
    }
}
