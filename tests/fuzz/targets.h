/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

/* What takes input from outside other than through a chip's ports. */

#include "tests/fuzz/driver.h"

/* fuzz_state.c: a saved state into the whole board, as bytes and by values; a snapshot file. */
struct fuzz_target target_board_stream(void);
struct fuzz_target target_board_state(void);
struct fuzz_target target_snapshot(void);
/* fuzz_text.c: a profile; the words of `type`; a Linux kernel. */
struct fuzz_target target_profile(void);
struct fuzz_target target_keys(void);
struct fuzz_target target_kernel(void);
/* fuzz_images.c: recognising an image, and the shape of a disk in it. */
struct fuzz_target target_image(void);
/* fuzz_control.c: the control socket's text, without a machine. */
struct fuzz_target target_control_text(void);
/* fuzz_sockets.c: bytes into the control socket; packets into the console socket, both ways. */
struct fuzz_target target_control(void);
struct fuzz_target target_console_server(void);
struct fuzz_target target_console_client(void);
/* fuzz_vnc.c: what viewers and browsers say before and after they are let in; the password file. */
struct fuzz_target target_vnc_greeting(void);
struct fuzz_target target_vnc_request(void);
struct fuzz_target target_vnc_frames(void);
struct fuzz_target target_vnc_input(void);
struct fuzz_target target_vnc_passwords(void);

#endif
