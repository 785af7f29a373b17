/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's picture: taken out of the console's buffers, enlarged and put in its place. */
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

void view_free(struct window *w)
{
    drop(&w->view.guest);
    drop(&w->view.large);
}

static void upload(struct window *w, const struct screen_rect *r)
{
    const struct console_message *s = &w->console.surface;
    const uint32_t *from = w->console.pixels[w->view.buffer];
    SDL_Rect rect = { r->x, r->y, r->w, r->h };

    if (!from || !w->view.guest || !r->w || !r->h)
        return;
    SDL_UpdateTexture(w->view.guest, &rect, from + (size_t)r->y * s->surface.pitch + r->x,
                      (int)s->surface.pitch * 4);
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
    view_free(w);
    w->view.guest = texture(w, SDL_TEXTUREACCESS_STREAMING, w->console.surface.surface.width,
                            w->console.surface.surface.height, SDL_ScaleModeNearest);
    /* Black until the first frame: both buffers are still empty. */
    upload_all(w);
    return w->view.guest != NULL;
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

void view_draw(struct window *w)
{
    const struct console_message *s = &w->console.surface;
    struct geometry *g = &w->view.geometry;
    SDL_Texture *from = w->view.guest;
    SDL_Rect to;

    if (!from)
        return;
    geometry_fit(g, s->surface.width, s->surface.height, s->surface.aspect_num,
                 s->surface.aspect_den, w->width, w->height - bar_height(w), w->scaling);
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
