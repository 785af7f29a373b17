/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's picture: taken out of the console's buffers, enlarged and put in its place. */
#include <stdlib.h>
#include <string.h>

#include "gui/window/window.h"

static SDL_Texture *texture(struct window *w, int access, int width, int height, SDL_ScaleMode mode)
{
    SDL_Texture *t = SDL_CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, access, width, height);

    if (t)
        SDL_SetTextureScaleMode(t, mode);
    return t;
}

static void drop(SDL_Texture **t)
{
    if (*t)
        SDL_DestroyTexture(*t);
    *t = NULL;
}

static void free_taps(struct view *v)
{
    free(v->columns);
    free(v->rows);
    v->columns = v->rows = NULL;
}

void view_free(struct window *w)
{
    drop(&w->view.guest);
    drop(&w->view.large);
    free_taps(&w->view);
    free(w->view.pixels);
    w->view.pixels = NULL;
}

static void upload(struct window *w, const struct screen_rect *r)
{
    const struct console_message *s = &w->console.surface;
    const uint32_t *from = w->console.pixels[w->view.buffer];
    SDL_Rect rect = { r->x, r->y, r->w, r->h };

    if (!from || (!w->view.guest && !w->view.pixels) || !r->w || !r->h)
        return;
    from += (size_t)r->y * s->surface.pitch + r->x;
    if (w->view.guest)
        SDL_UpdateTexture(w->view.guest, &rect, from, (int)s->surface.pitch * 4);
    for (unsigned y = r->y; w->view.pixels && y < (unsigned)r->y + r->h; y++) {
        memcpy(w->view.pixels + (size_t)y * s->surface.width + r->x, from, r->w * sizeof(*from));
        from += s->surface.pitch;
    }
    if (SDL_RectEmpty(&w->view.fresh))
        w->view.fresh = rect;
    else
        SDL_UnionRect(&w->view.fresh, &rect, &w->view.fresh);
}

static void all_fresh(struct window *w)
{
    w->view.fresh =
        (SDL_Rect){ 0, 0, w->console.surface.surface.width, w->console.surface.surface.height };
}

static void upload_all(struct window *w)
{
    const struct screen_rect all = { 0, 0, w->console.surface.surface.width,
                                     w->console.surface.surface.height };

    upload(w, &all);
}

bool view_surface(struct window *w)
{
    int width = w->console.surface.surface.width, height = w->console.surface.surface.height;

    view_free(w);
    if (w->view.surface)
        w->view.pixels = calloc((size_t)width * (size_t)height, sizeof(uint32_t));
    else
        w->view.guest =
            texture(w, SDL_TEXTUREACCESS_STREAMING, width, height, SDL_ScaleModeNearest);
    /* Black until the first frame: both buffers are still empty. */
    upload_all(w);
    return w->view.guest || w->view.pixels;
}

void view_frame(struct window *w, const struct console_message *m)
{
    w->view.buffer = m->frame.buffer;
    for (unsigned i = 0; i < m->frame.rect_count; i++)
        upload(w, &m->frame.rects[i]);
}

void view_lost(struct window *w, bool textures_too)
{
    if (textures_too && w->console.surface.type) {
        view_surface(w);
        paint_free(w);
    }
    all_fresh(w);
}

/* The first step: whole factors, no filter.  NULL: the renderer cannot, so the filter does all. */
static SDL_Texture *enlarge(struct window *w, const struct geometry *g)
{
    struct view *v = &w->view;
    int width = w->console.surface.surface.width * g->pre_x;
    int height = w->console.surface.surface.height * g->pre_y;

    if (v->large && (v->large_x != g->pre_x || v->large_y != g->pre_y))
        drop(&v->large);
    if (!v->large) {
        v->large = texture(w, SDL_TEXTUREACCESS_TARGET, width, height, SDL_ScaleModeLinear);
        v->large_x = g->pre_x;
        v->large_y = g->pre_y;
        all_fresh(w);
    }
    if (v->large && !SDL_RectEmpty(&v->fresh)) {
        SDL_Rect to = { v->fresh.x * g->pre_x, v->fresh.y * g->pre_y, v->fresh.w * g->pre_x,
                        v->fresh.h * g->pre_y };

        SDL_SetTextureScaleMode(v->guest, SDL_ScaleModeNearest);
        if (SDL_SetRenderTarget(w->renderer, v->large) < 0)
            drop(&v->large);
        else
            SDL_RenderCopy(w->renderer, v->guest, &v->fresh, &to);
        SDL_SetRenderTarget(w->renderer, NULL);
        v->fresh = (SDL_Rect){ 0 };
    }
    return v->large;
}

/* ---- without a graphics card ---- */

bool view_attach(struct window *w)
{
    SDL_Surface *s = SDL_GetWindowSurface(w->sdl);

    if (!s || s->format->BytesPerPixel != 4 || s->format->Rmask != 0xff0000 ||
        s->format->Gmask != 0xff00 || s->format->Bmask != 0xff)
        return false;
    paint_free(w);
    if (w->renderer)
        SDL_DestroyRenderer(w->renderer);
    w->renderer = SDL_CreateSoftwareRenderer(s);
    w->view.surface = w->renderer ? s : NULL;
    return w->renderer != NULL;
}

static bool make_taps(struct view *v, int width, int height)
{
    const struct geometry *g = &v->geometry;

    if (v->columns && v->rows && v->tapped.w == g->w && v->tapped.h == g->h)
        return true;
    free_taps(v);
    v->columns = calloc((size_t)g->w, sizeof(*v->columns));
    v->rows = calloc((size_t)g->h, sizeof(*v->rows));
    if (!v->columns || !v->rows)
        return false;
    soft_taps(v->columns, g->w, width);
    soft_taps(v->rows, g->h, height);
    v->tapped = *g;
    return true;
}

SDL_Rect view_draw_fresh(struct window *w)
{
    struct view *v = &w->view;
    const struct console_message *s = &w->console.surface;
    struct soft_picture picture = { v->pixels, s->surface.width, s->surface.height };
    const struct geometry *g = &v->geometry;
    SDL_Rect fresh = v->fresh, room = { 0, 0, v->surface->w, v->surface->h }, to = { 0 };
    int x0, y0, x1, y1;

    v->fresh = (SDL_Rect){ 0 };
    if (SDL_RectEmpty(&fresh) || !v->pixels || !make_taps(v, picture.width, picture.height))
        return to;
    soft_span(g->w, picture.width, fresh.x, fresh.w, &x0, &x1);
    soft_span(g->h, picture.height, fresh.y, fresh.h, &y0, &y1);
    to = (SDL_Rect){ g->x + x0, g->y + y0, x1 - x0, y1 - y0 };
    /* A window of a few pixels has less room than the smallest picture. */
    if (!SDL_IntersectRect(&to, &room, &to) || SDL_LockSurface(v->surface) < 0)
        return (SDL_Rect){ 0 };
    x0 = to.x - g->x;
    y0 = to.y - g->y;
    soft_scale(&picture, v->columns, v->rows, x0, y0, x0 + to.w, y0 + to.h,
               (uint32_t *)((uint8_t *)v->surface->pixels + to.y * v->surface->pitch) + to.x,
               v->surface->pitch / 4);
    SDL_UnlockSurface(v->surface);
    return to;
}

/* ---- drawing ---- */

void view_draw(struct window *w)
{
    const struct console_message *s = &w->console.surface;
    struct geometry *g = &w->view.geometry;
    SDL_Texture *from = w->view.guest;
    SDL_Rect to;

    if (!from && !w->view.pixels)
        return;
    geometry_fit(g, s->surface.width, s->surface.height, s->surface.aspect_num,
                 s->surface.aspect_den, w->width, w->height - bar_height(w), w->scaling);
    if (w->view.pixels) {
        SDL_RenderFlush(w->renderer);
        all_fresh(w);
        view_draw_fresh(w);
        return;
    }
    if (!g->direct && (g->pre_x > 1 || g->pre_y > 1))
        from = enlarge(w, g);
    else
        drop(&w->view.large);
    if (!from)
        from = w->view.guest;
    if (from == w->view.guest)
        SDL_SetTextureScaleMode(from, g->direct ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
    to = (SDL_Rect){ g->x, g->y, g->w, g->h };
    SDL_RenderCopy(w->renderer, from, NULL, &to);
}
