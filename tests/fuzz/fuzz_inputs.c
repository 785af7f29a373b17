/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saved states, profiles, images, sockets: everything that parses what somebody else has written.
 */
#include "tests/fuzz/targets.h"

int main(int argc, char **argv)
{
    const struct fuzz_target targets[] = {
        target_board_stream(), target_board_state(),    target_snapshot(),       target_profile(),
        target_keys(),         target_kernel(),         target_control_text(),   target_image(),
        target_control(),      target_console_server(), target_console_client(),
    };

    return fuzz_main(argc, argv, targets, sizeof(targets) / sizeof(targets[0]));
}
