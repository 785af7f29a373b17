/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The targets FUZZ_TARGETS under libFuzzer; of several, an input's first byte chooses one.  Where
 * BYGONE_SEEDS names a folder, their seeds and their words (words.dict) are written there first.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/targets.h"

enum { MOST_TARGETS = 8 };

static struct fuzz_target targets[MOST_TARGETS];
static unsigned count;

static FILE *create(const char *folder, const char *name)
{
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "w");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

/* In libFuzzer's form: a quoted word a line. */
static void write_words(FILE *to, const char *words)
{
    bool inside = false;

    for (const char *p = words; words && *p; p++) {
        if (!inside)
            fputc('"', to);
        inside = *p != '\n';
        if (inside)
            fprintf(to, "\\x%02x", (unsigned char)*p);
        else
            fputs("\"\n", to);
    }
    if (inside)
        fputs("\"\n", to);
}

static void write_seeds(const char *folder)
{
    FILE *words = create(folder, "words.dict");

    fputs("\"\\x00\"\n", words); /* an empty file would be refused */

    for (unsigned i = 0; i < count; i++) {
        const struct fuzz_seed *seed = targets[i].seeds;

        write_words(words, targets[i].dictionary);
        for (unsigned n = 0; seed && seed[n].data; n++) {
            char name[64];
            FILE *file;

            snprintf(name, sizeof(name), "seed-%s-%u", targets[i].name, n);
            file = create(folder, name);
            if (count > 1)
                fputc((int)i, file);
            fwrite(seed[n].data, 1, seed[n].size, file);
            fclose(file);
        }
    }
    fclose(words);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct fuzz_target list[] = { FUZZ_TARGETS };

    (void)argc;
    (void)argv;
    count = sizeof(list) / sizeof(list[0]);
    memcpy(targets, list, sizeof(list));
    if (getenv("BYGONE_SEEDS"))
        write_seeds(getenv("BYGONE_SEEDS"));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fuzz_target *target = &targets[0];

    if (count > 1) {
        if (!size)
            return 0;
        target = &targets[*data++ % count];
        size--;
    }
    if (size <= target->most)
        target->one(target->ctx, data, size);
    return 0;
}
