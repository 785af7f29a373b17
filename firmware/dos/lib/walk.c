/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folders, depth first.  What each depth needs lies in an array, not on the stack; the folder behind
 * the present one is looked for before that is entered, so that it may be deleted.
 */
#include "files.h"
#include "text.h"

enum { E_FILE = 2, E_PATH = 3, E_NO_MORE = 18 };

void walk_begin(struct walk *w, const char *folder, bool deep, unsigned attr)
{
    copy_text(w->folder, folder, sizeof(w->folder));
    w->depth = w->error = w->too_long = 0;
    w->last = WALK_END;
    w->deep = deep;
    w->attr = (uint8_t)(A_DIRECTORY | A_READ_ONLY | attr);
    w->level[0].more = false;
    w->level[0].length = (uint8_t)strlen(w->folder);
}

/* From what was found on to the next folder that has a name and room for it. */
static void settle(struct walk *w, unsigned error)
{
    struct level *l = &w->level[w->depth];

    for (; !error; error = find_next(&l->next)) {
        if (!(l->next.attr & A_DIRECTORY) || l->next.name[0] == '.')
            continue;
        if (w->depth < WALK_DEPTH && l->length + strlen(l->next.name) + 1 <= FOLDER_MAX)
            break;
        complain("Path too long - %s%s\r\n", w->folder, l->next.name);
        w->too_long++;
    }
    if (error && error != E_FILE && error != E_NO_MORE)
        w->error = error;
    l->more = !error;
}

static void look_below(struct walk *w)
{
    struct level *l = &w->level[w->depth];
    char pattern[LONG_PATH];

    join_path(pattern, w->folder, "*.*");
    settle(w, find_first(pattern, w->attr, &l->next));
}

enum walk_event walk_next(struct walk *w)
{
    struct level *l = &w->level[w->depth];
    char name[NAME_MAX];

    break_poll();
    if (w->last == WALK_LEAVE) {
        if (!w->depth)
            return w->last = WALK_END;
        l = &w->level[--w->depth];
        w->folder[l->length] = 0;
    } else if (w->last == WALK_ENTER && w->deep) {
        look_below(w);
    } else if (w->last == WALK_END) {
        return w->last = WALK_ENTER;
    }
    if (!l->more)
        return w->last = WALK_LEAVE;
    copy_text(name, l->next.name, sizeof(name));
    settle(w, find_next(&l->next));
    strcpy(w->folder + l->length, name);
    strcpy(w->folder + strlen(w->folder), "\\");
    w->level[++w->depth].length = (uint8_t)strlen(w->folder);
    w->level[w->depth].more = false;
    return w->last = WALK_ENTER;
}

void walk_skip(struct walk *w)
{
    w->level[w->depth].more = false;
    w->last = WALK_LEAVE;
}

bool walk_more(const struct walk *w)
{
    return w->depth && w->level[w->depth - 1].more;
}
