/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every chip that has the generic tests, driven by fuzz input: port traffic, clock steps and its
 * own poke.  A chip must stay alive and clean under the sanitizers, whatever a guest does to it.
 */
#include "tests/chips.h"
#include "tests/fuzz/driver.h"

#ifdef FUZZ_LIBFUZZER
#include <stdlib.h>
#include <string.h>

/* libFuzzer has no options of ours: the chip is named by BYGONE_CHIP. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct generic_chip *chip;
    const char *name = getenv("BYGONE_CHIP");

    for (unsigned i = 0; !chip && all_chips[i]; i++)
        if (name && !strcmp(all_chips[i]->name, name))
            chip = all_chips[i];
    if (!chip)
        abort();
    return generic_fuzz(chip, data, size);
}
#else
enum { MAX_CHIPS = 64 };

static void one(const void *ctx, const uint8_t *data, size_t size)
{
    generic_fuzz(ctx, data, size);
}

int main(int argc, char **argv)
{
    struct fuzz_target targets[MAX_CHIPS];
    unsigned count = 0;

    for (; all_chips[count] && count < MAX_CHIPS; count++)
        targets[count] = (struct fuzz_target){
            .name = all_chips[count]->name, .one = one, .ctx = all_chips[count], .most = 4096
        };
    return fuzz_main(argc, argv, targets, count);
}
#endif
