/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "gui/window/lights.h"

enum { LIGHT_MS = 100, BUSY_MS = 3000 };

enum drive_kind light_kind(const struct light *l)
{
    return !strncmp(l->drive, "floppy", 6) ? DRIVE_FLOPPY
           : !strncmp(l->drive, "disk", 4) ? DRIVE_DISK
                                           : DRIVE_CD;
}

char light_letter(const struct light *l)
{
    char last = l->drive[0] ? l->drive[strlen(l->drive) - 1] : 0;

    if (last < '0' || last > '9')
        return 0;
    switch (light_kind(l)) {
    case DRIVE_FLOPPY:
        return (char)('A' + last - '0');
    case DRIVE_DISK:
        return last == '0' ? 'C' : 0;
    default:
        return 0;
    }
}

void lights_take(struct light lights[DRIVES], const struct console_message *m, uint64_t now)
{
    for (unsigned i = 0; i < DRIVES; i++) {
        struct light *l = &lights[i];
        char name[sizeof(l->drive)];

        snprintf(name, sizeof(name), "%.*s", (int)sizeof(name) - 1, m->lights.drive[i]);
        if (strcmp(name, l->drive)) {
            l->used_at = 0;
        } else if (m->lights.requests[i] != l->requests) {
            l->used_at = now;
            l->lit_until = now + LIGHT_MS;
        }
        memcpy(l->drive, name, sizeof(name));
        l->requests = m->lights.requests[i];
        l->has_media = m->lights.has_media[i] != 0;
        l->write_protected = m->lights.write_protected[i] != 0;
    }
}

void lights_busy(const struct light lights[DRIVES], uint64_t now, char *text, size_t size)
{
    size_t used = 0;

    text[0] = 0;
    for (unsigned i = 0; i < DRIVES && lights[i].drive[0] && used < size; i++) {
        const struct light *l = &lights[i];
        char name[32];

        if (!l->used_at || now - l->used_at > BUSY_MS || l->write_protected ||
            light_kind(l) == DRIVE_CD)
            continue;
        if (light_letter(l))
            snprintf(name, sizeof(name), "drive %c", light_letter(l));
        else
            snprintf(name, sizeof(name), "another disk (%.15s)", l->drive);
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 used ? ", " : "At work a moment ago: ", name);
    }
    if (used && used < size)
        snprintf(text + used, size - used, ". Files may be open.");
}
