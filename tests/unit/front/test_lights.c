/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lights of the drives, and what the closing question says of them. */
#include <stdio.h>
#include <string.h>

#include "gui/window/lights.h"
#include "tests/check_main.h"

static struct light lights[DRIVES];
static struct console_message message;
static char text[200];

static void begin(void)
{
    static const char *const names[DRIVES] = { "floppy0", "floppy1", "disk0",
                                               "disk1",   "disk2",   "cdrom0" };

    memset(lights, 0, sizeof(lights));
    message = (struct console_message){ .type = CONSOLE_LIGHTS };
    for (unsigned i = 0; i < DRIVES; i++) {
        snprintf(message.lights.drive[i], sizeof(message.lights.drive[i]), "%s", names[i]);
        message.lights.requests[i] = 100;
    }
    lights_take(lights, &message, 1000);
}

static const char *busy(uint64_t now)
{
    lights_busy(lights, now, text, sizeof(text));
    return text;
}

START_TEST(drives_have_the_letters_of_dos)
{
    begin();
    ck_assert_int_eq(light_letter(&lights[0]), 'A');
    ck_assert_int_eq(light_letter(&lights[1]), 'B');
    ck_assert_int_eq(light_letter(&lights[2]), 'C');
    ck_assert_int_eq(light_letter(&lights[3]), 0);
    strcpy(lights[0].drive, "cdrom0");
    ck_assert_int_eq(light_letter(&lights[0]), 0);
    ck_assert_int_eq(light_kind(&lights[0]), DRIVE_CD);
    lights[0].drive[0] = 0;
    ck_assert_int_eq(light_letter(&lights[0]), 0);
}
END_TEST

START_TEST(a_light_is_lit_for_a_moment_after_a_request)
{
    begin();
    ck_assert_uint_eq(lights[2].lit_until, 0); /* what was before we looked is no work */
    message.lights.requests[2]++;
    lights_take(lights, &message, 5000);
    ck_assert_uint_eq(lights[2].lit_until, 5100);
    ck_assert_uint_eq(lights[0].lit_until, 0);
    lights_take(lights, &message, 9000);
    ck_assert_uint_eq(lights[2].lit_until, 5100);
}
END_TEST

START_TEST(drives_at_work_are_named)
{
    begin();
    ck_assert_str_eq(busy(1500), "");
    message.lights.requests[2]++;
    lights_take(lights, &message, 5000);
    ck_assert_str_eq(busy(6000), "At work a moment ago: drive C. Files may be open.");
    message.lights.requests[0]++;
    message.lights.requests[1]++;
    message.lights.requests[3]++;
    message.lights.write_protected[1] = 1; /* nothing can be lost there */
    lights_take(lights, &message, 7000);
    ck_assert_str_eq(busy(7000), "At work a moment ago: drive A, drive C, another disk (disk1). "
                                 "Files may be open.");
    ck_assert_str_eq(busy(9000), "At work a moment ago: drive A, another disk (disk1). "
                                 "Files may be open.");
    ck_assert_str_eq(busy(60000), "");
    for (size_t size = 1; size < sizeof(text); size++) { /* cut, never beyond */
        memset(text, '#', sizeof(text));
        lights_busy(lights, 7000, text, size);
        ck_assert_uint_lt(strlen(text), size);
    }
}
END_TEST

START_TEST(another_drive_in_its_place_is_not_busy)
{
    begin();
    message.lights.requests[3]++;
    lights_take(lights, &message, 5000);
    strcpy(message.lights.drive[3], "disk3");
    lights_take(lights, &message, 5001);
    ck_assert_str_eq(busy(5001), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lights");

    CHECK_CASE(suite, "lights", drives_have_the_letters_of_dos,
               a_light_is_lit_for_a_moment_after_a_request, drives_at_work_are_named,
               another_drive_in_its_place_is_not_busy);
    return check_main(suite);
}
