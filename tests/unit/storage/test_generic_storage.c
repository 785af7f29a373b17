/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generic tests for the storage chips. */
#include "tests/check_main.h"
#include "tests/unit/storage/storage_chips.h"

int main(void)
{
    Suite *suite = suite_create("storage chips");

    generic_tests(suite, &chip_i82077);
    generic_tests(suite, &chip_ata);
    generic_tests(suite, &chip_atapi);
    generic_tests(suite, &chip_piix3_ide);
    generic_tests(suite, &chip_hostdos);
    return check_main(suite);
}
