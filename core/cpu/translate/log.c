/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The translation log and the map for perf.  Both files are opened before the machine is confined
 * and are the process's; what was counted is each translator's own.
 *
 * The map's format: Linux, tools/perf/Documentation/jit-interface.txt.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cpu/cpu.h"
#include "core/cpu/translate/log.h"

enum { ROWS = 1024, PLACES = 1 << 15, TRIES = 64, TOP = 12 };

/* How often something happened at an instruction. */
struct place {
    uint64_t count; /* 0: free */
    uint32_t linear;
    uint16_t row, why;
};

struct xlat_log {
    uint64_t count[WHY_COUNTED];
    uint64_t by_row[WHY_REASONS - WHY_COUNTED][ROWS];
    struct place places[PLACES]; /* by hash; those that find no room are not listed */
};

static FILE *lines, *map;

static bool open_file(FILE **file, const char *path, int flags, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0644);

    *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!*file)
        return error_set(err, "%s cannot be written: %s", path, strerror(errno));
    setvbuf(*file, NULL, _IOLBF, 0);
    return true;
}

bool translate_log_open(const char *path, bool perf_map, struct error *err)
{
    char name[64];

    if (path && !open_file(&lines, path, 0, err))
        return false;
    /* Its name is known to all, in a folder of all. */
    snprintf(name, sizeof(name), "/tmp/perf-%ld.map", (long)getpid());
    return !perf_map || open_file(&map, name, O_NOFOLLOW, err);
}

struct xlat_log *xlat_log_new(void)
{
    return lines ? calloc(1, sizeof(struct xlat_log)) : NULL;
}

static struct place *place_of(struct xlat_log *log, enum xlat_reason why, uint32_t linear)
{
    uint32_t slot = (linear ^ (uint32_t)why << 24) * 2654435761u >> 17;

    for (unsigned n = 0; n < TRIES; n++, slot = (slot + 1) % PLACES) {
        struct place *p = &log->places[slot];

        if (!p->count || (p->linear == linear && p->why == why))
            return p;
    }
    return NULL;
}

void xlat_log_count(struct xlat_log *log, enum xlat_reason why)
{
    log->count[why]++;
}

void xlat_log_insn(struct xlat_log *log, enum xlat_reason why, const struct insn *i,
                   uint32_t linear)
{
    struct place *p = place_of(log, why, linear);

    if (i->row >= ROWS) /* there is no such instruction */
        return;
    log->by_row[why - WHY_COUNTED][i->row]++;
    if (!p)
        return;
    p->linear = linear;
    p->row = i->row;
    p->why = (uint16_t)why;
    p->count++;
}

static const char *mode_text(const struct xlat_mode *m)
{
    return m->real ? "real" : m->user ? "user" : "system";
}

void xlat_log_block(const struct xlat *t, const struct xlat_code *code, unsigned handlers)
{
    const struct xlat_mode *m = &t->modes[code->mode];
    uint32_t linear = m->cs_base + code->eip, size = code->end - code->indirect;

    if (map)
        fprintf(map, "%lx %x guest %08x\n", (unsigned long)(uintptr_t)(t->rx + code->indirect),
                size, linear);
    if (lines)
        fprintf(lines,
                "block %08x physical %08x %s%s %u: %u bytes, %u instructions, %u of them calls; "
                "host %u bytes\n",
                linear, code->phys, mode_text(m), m->paging ? " paged" : "", m->code32 ? 32 : 16,
                code->block->bytes, code->count, handlers, size);
}

/* ---- the end ---- */

static int more_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->count < y->count) - (x->count > y->count);
}

static void put(const char *name, const struct place *p, bool where)
{
    const struct insn_row *row = &insn_rows[p->row];

    fprintf(lines, "%s: %llu %s (%s%02x)", name, (unsigned long long)p->count, row->name,
            row->map == MAP_TWO ? "0f " : "", row->opcode);
    if (where)
        fprintf(lines, " at %08x", p->linear);
    putc('\n', lines);
}

static void put_rows(const char *name, const uint64_t rows[ROWS])
{
    struct place sorted[ROWS];
    unsigned count = 0;

    for (unsigned n = 0; n < ROWS; n++) {
        if (rows[n])
            sorted[count++] = (struct place){ .count = rows[n], .row = (uint16_t)n };
    }
    qsort(sorted, count, sizeof(sorted[0]), more_first);
    for (unsigned n = 0; n < count; n++)
        put(name, &sorted[n], false);
}

/* The most frequent ones; `places` is sorted. */
static void put_places(const char *name, const struct place *places, enum xlat_reason why)
{
    for (unsigned n = 0, count = 0; n < PLACES && places[n].count && count < TOP; n++) {
        if (places[n].why == why) {
            put(name, &places[n], true);
            count++;
        }
    }
}

void xlat_log_free(struct xlat_log *log)
{
    static const char *const names[WHY_REASONS] = {
        [WHY_ENTERED] = "entered",
        [WHY_LINK] = "left to be linked",
        [WHY_INDIRECT] = "left for an unknown target",
        [WHY_DONE] = "left in the middle of a block, or where another page lies",
        [WHY_BUDGET] = "left at the end of the budget",
        [WHY_FILLED] = "left for a page",
        [WHY_MODE] = "interpreted for its mode",
        [WHY_COLD] = "interpreted while cold",
        [WHY_SHORT] = "interpreted for the budget",
        [WHY_GIVEN_UP] = "interpreted for good",
        [WHY_HANDLER] = "handler called",
        [WHY_RESUME] = "left to the interpreter",
        [WHY_FAULT] = "fault, left to the interpreter",
        [WHY_WORSENED] = "fault, translated anew",
    };

    if (log && lines) {
        qsort(log->places, PLACES, sizeof(log->places[0]), more_first);
        for (unsigned n = 0; n < WHY_COUNTED; n++)
            fprintf(lines, "%s: %llu\n", names[n], (unsigned long long)log->count[n]);
        for (unsigned n = WHY_COUNTED; n < WHY_REASONS; n++) {
            put_rows(names[n], log->by_row[n - WHY_COUNTED]);
            put_places(names[n], log->places, (enum xlat_reason)n);
        }
    }
    free(log);
}
