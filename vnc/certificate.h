/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VNC_CERTIFICATE_H
#define VNC_CERTIFICATE_H

/*
 * The certificate of this host and user, one for all machines, in $XDG_CONFIG_HOME/bygone: vnc.pem
 * with the key, for nobody else to read, and vnc-cert.pem, which viewers may be given.  Made when
 * it is needed first; who has one of his own puts it in place of vnc.pem.
 */

#include <stdbool.h>

#include <gnutls/gnutls.h>

struct error;

struct certificate {
    gnutls_certificate_credentials_t credentials;
    char fingerprint[32 * 3]; /* SHA-256, as "AB:CD:..." */
};

/* Loads it from the folder, or makes it there; NULL: the user's folder. */
bool certificate_open(struct certificate *certificate, const char *folder, struct error *err);
void certificate_close(struct certificate *certificate);

#endif
