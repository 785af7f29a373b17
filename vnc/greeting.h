/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_GREETING_H
#define VNC_GREETING_H

/*
 * The first part of RFB, which libvncserver does not do: versions 3.3, 3.7 and 3.8, security types
 * None, VNC authentication and VeNCrypt 0.2 (X509None, X509Vnc, X509Plain; Plain where the channel
 * is encrypted already).  No input and output here: bytes go in, bytes come out.
 * Sources: RFC 6143 section 7.1; rfbproto.rst of the community, "VeNCrypt".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vnc/passwords.h"

enum greeting_state {
    GREETING_VERSION,
    GREETING_TYPE,
    GREETING_VENCRYPT, /* its version */
    GREETING_SUBTYPE,
    GREETING_TLS,      /* the caller makes the channel secure, then calls greeting_secured() */
    GREETING_RESPONSE, /* to the challenge */
    GREETING_LENGTHS,  /* of user name and password */
    GREETING_PLAIN,
    GREETING_DONE,   /* ClientInit is next */
    GREETING_DENIED, /* a wrong password */
    GREETING_BROKEN, /* the viewer cannot do what is offered, or what it sends makes no sense */
};

struct greeting_rules {
    bool tls;                          /* nothing is said before TLS */
    const struct passwords *passwords; /* NULL: none is asked for */
    const char *refusal;               /* NULL, or: nobody is let in, and this is why */
};

struct greeting {
    const struct greeting_rules *rules;
    enum greeting_state state;
    unsigned minor; /* of the version: 3, 7, 8 */
    uint32_t subtype;
    size_t need; /* bytes that greeting_feed() takes next */
    uint8_t challenge[16];
    uint32_t user_length, secret_length;
    enum access access; /* when DONE */
    uint8_t out[512];   /* to be sent, by the caller, before anything else */
    size_t out_length;
};

#define GREETING_MOST 512 /* never needs more bytes at once */

/* challenge: 16 random bytes. */
void greeting_start(struct greeting *greeting, const struct greeting_rules *rules,
                    const uint8_t challenge[16]);
/* Takes `need` bytes; while there is a state that reads. */
void greeting_feed(struct greeting *greeting, const uint8_t *data);
void greeting_secured(struct greeting *greeting);
bool greeting_reads(const struct greeting *greeting);

#endif
