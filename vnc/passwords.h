/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_PASSWORDS_H
#define VNC_PASSWORDS_H

/*
 * Who may look.  A password file has one entry a line: the first line without a colon is the
 * password, the second such line one that only looks; lines "user:password" are for viewers that
 * send a user name.  Empty lines and lines that begin with # are passed over.
 */

#include <stdbool.h>
#include <stdint.h>

struct error;

enum access { ACCESS_NONE, ACCESS_VIEW, ACCESS_FULL };

struct password {
    char user[64]; /* "": any user name will do */
    char secret[128];
    enum access access;
};

struct passwords {
    struct password list[64];
    unsigned count;
};

/* Reads a file that nobody else may be able to read. */
bool passwords_read(struct passwords *passwords, const char *path, struct error *err);
/* The same from a text, which need not end with 0; `name` is for the sentences. */
bool passwords_parse(struct passwords *passwords, const char *text, unsigned length,
                     const char *name, struct error *err);
bool passwords_have_plain(const struct passwords *passwords); /* entries without a user */
bool passwords_have_users(const struct passwords *passwords);

/* A viewer's answer to VNC authentication's challenge: DES, eight characters count. */
enum access passwords_vnc(const struct passwords *passwords, const uint8_t challenge[16],
                          const uint8_t response[16]);
enum access passwords_user(const struct passwords *passwords, const char *user, const char *secret);

#endif
