/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last line: opened by Ctrl+], it says how the machine is and takes one letter. */
#include <glib.h>
#include <linux/input-event-codes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gui/terminal/terminal.h"

void line_say(struct terminal *t, const char *text, uint64_t for_ns)
{
    snprintf(t->says, sizeof(t->says), "%s", text);
    t->mode = LINE_SAYS;
    t->until = for_ns ? now_ns() + for_ns : 0;
    t->stale = true;
}

static const char *status_word(const struct terminal *t)
{
    if (!strcmp(t->status, "io-error"))
        return "waiting";
    if (!strcmp(t->status, "internal-error"))
        return "stopped by an error";
    return t->status[0] ? t->status : "connecting";
}

void line_text(const struct terminal *t, char *text, size_t size, int *cursor)
{
    bool paused = !strcmp(t->status, "paused") || !strcmp(t->status, "io-error");

    *cursor = -1;
    switch (t->mode) {
    case LINE_MENU:
        snprintf(text, size,
                 "%s: %s   d detach  p power off  s save  i insert  r reset  c Ctrl+Alt+Del  %s"
                 "Esc back",
                 t->front.name, status_word(t), paused ? "g go on  " : "");
        break;
    case LINE_POWER:
        snprintf(text, size, "Switch %s off? What is not on its disks is lost. (y/n)",
                 t->front.name);
        break;
    case LINE_PATH:
        snprintf(text, size, "Floppy image for drive A: %s", t->path);
        *cursor = (int)g_utf8_strlen(text, -1);
        break;
    case LINE_SAYS:
        snprintf(text, size, "%s", t->says);
        break;
    default:
        text[0] = 0;
        break;
    }
}

/* ---- actions ---- */

/* In the action's thread. */
static void done(void *ctx, enum front_action action, char *problem)
{
    const struct answer answer = { action, problem };
    struct terminal *t = ctx;

    if (write(t->answers[1], &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
        g_free(problem);
}

void line_answer(struct terminal *t, struct answer *answer)
{
    bool ending = answer->action == FRONT_POWER_OFF || answer->action == FRONT_SAVE;

    if (answer->problem && !(ending && strstr(answer->problem, "has ended"))) {
        if (ending)
            t->saving = t->switched_off = false;
        line_say(t, answer->problem, 0);
    } else if (answer->action == FRONT_INSERT) {
        line_say(t, "The disk is in drive A.", 2000000000u);
    }
    g_free(answer->problem);
}

static void hide(struct terminal *t)
{
    t->mode = LINE_HIDDEN;
    t->stale = true;
}

static void start(struct terminal *t, enum front_action action, const char *argument)
{
    hide(t);
    if (action == FRONT_SAVE)
        line_say(t, "Saving...", 600000000000u);
    t->saving = action == FRONT_SAVE;
    t->switched_off = action == FRONT_POWER_OFF;
    front_start(&t->front, action, argument, done, t);
}

/* ---- keys ---- */

static void menu_key(struct terminal *t, const struct decoded *d)
{
    struct decoded host = { .kind = DECODED_KEY, .evdev = KEY_RIGHTBRACE, .mods = MOD_CTRL };
    struct key_stroke strokes[DECODED_STROKES];
    int count;

    hide(t);
    if (d->kind == DECODED_HOST) { /* twice: the guest's after all */
        count = decoded_strokes(&host, false, strokes);
        for (int i = 0; i < count; i++)
            t->queue[(t->queue_first + t->queue_count++) % QUEUE] = strokes[i];
        return;
    }
    switch (d->mods ? 0 : d->letter) {
    case 'd':
        t->leave = LEAVE_DETACHED;
        break;
    case 'p':
        t->mode = LINE_POWER;
        break;
    case 's':
        start(t, FRONT_SAVE, NULL);
        break;
    case 'i':
        t->mode = LINE_PATH;
        t->path[t->path_length = 0] = 0;
        break;
    case 'r':
        start(t, FRONT_RESET, NULL);
        break;
    case 'c':
        start(t, FRONT_CTRL_ALT_DEL, NULL);
        break;
    case 'g':
        start(t, FRONT_CONTINUE, NULL);
        break;
    default:
        break;
    }
}

/* "~/x" is in the home folder, as a shell has it. */
static char *full_path(const char *path)
{
    if (path[0] == '~' && path[1] == '/')
        return g_build_filename(g_get_home_dir(), path + 2, NULL);
    return g_canonicalize_filename(path, NULL);
}

static void insert(struct terminal *t)
{
    char *trimmed = g_strstrip(g_strdup(t->path)), *path;
    size_t length = strlen(trimmed);

    /* A file dragged onto a terminal arrives in quotes. */
    if (length > 1 && (trimmed[0] == '\'' || trimmed[0] == '"') &&
        trimmed[length - 1] == trimmed[0]) {
        trimmed[length - 1] = 0;
        memmove(trimmed, trimmed + 1, length - 1);
    }
    path = full_path(trimmed);
    if (trimmed[0])
        start(t, FRONT_INSERT, path);
    else
        hide(t);
    g_free(path);
    g_free(trimmed);
}

static void path_key(struct terminal *t, const struct decoded *d, const char *bytes, int length)
{
    if (d->kind == DECODED_HOST || (d->kind == DECODED_KEY && d->evdev == KEY_ESC)) {
        hide(t);
    } else if (d->kind == DECODED_KEY && d->evdev == KEY_ENTER) {
        insert(t);
    } else if (d->kind == DECODED_KEY && d->evdev == KEY_BACKSPACE) {
        while (t->path_length && ((unsigned char)t->path[--t->path_length] & 0xc0) == 0x80)
            ;
        t->path[t->path_length] = 0;
    } else if (d->kind == DECODED_KEY && d->evdev == KEY_U && d->mods == MOD_CTRL) {
        t->path[t->path_length = 0] = 0;
    } else if ((unsigned char)bytes[0] >= ' ' && bytes[0] != '\177' &&
               t->path_length + length < (int)sizeof(t->path)) {
        memcpy(t->path + t->path_length, bytes, (size_t)length);
        t->path[t->path_length += length] = 0;
    }
}

void line_key(struct terminal *t, const struct decoded *d, const char *bytes, int length)
{
    t->stale = true;
    switch (t->mode) {
    case LINE_MENU:
        menu_key(t, d);
        break;
    case LINE_POWER:
        if (d->letter == 'y' || d->letter == 'Y')
            start(t, FRONT_POWER_OFF, NULL);
        else
            hide(t);
        break;
    case LINE_PATH:
        path_key(t, d, bytes, length);
        break;
    default:
        hide(t);
        break;
    }
}
