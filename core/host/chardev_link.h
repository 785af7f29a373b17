/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_CHARDEV_LINK_H
#define CORE_HOST_CHARDEV_LINK_H

/* What the back-ends of serial lines share: bytes between the chip and descriptors. */

#include "core/host/chardev.h"

enum { LINK_LINES = LINE_CTS | LINE_DSR | LINE_DCD }; /* somebody is there */

struct link {
    struct chardev chr; /* first member */
    struct chardev_setup setup;
    /* The far end: may be the same file twice, but not the same descriptor. -1: nobody, nothing. */
    int in, out;
    bool may_block;  /* not ours to make non-blocking: ask before each access */
    bool keep;       /* the descriptors are not closed with the peer */
    bool always;     /* `in` cannot be waited for: it is read whenever there is room */
    bool started;    /* bytes may flow */
    bool leaving;    /* the peer has gone, some of its bytes have not been taken yet */
    bool complained; /* of an error that goes on */
    unsigned
        patience_ms; /* how long a guest that takes nothing keeps a leaving peer; 0: for ever */
    /* The peer has gone and its descriptors are closed; lines are down.  May be NULL. */
    void (*gone)(struct link *link);
    /* Passes on what it can of len bytes, the chip having room; how many were used.  NULL: as they
     * are. */
    size_t (*pass)(struct link *link, const uint8_t *data, size_t len);
    void (*close)(struct link *link); /* the back-end's own descriptors; NULL: it has none */
    struct watch in_watch, out_watch, timer_watch;
    int timer;
    char peer[80]; /* who is there */
    char where[320];
    uint8_t data[4096];
    size_t at, used;
};

/* A zeroed back-end of `size` bytes that begins with a struct link. */
void *link_new(size_t size, const struct chardev_setup *setup);
/* chr->free of a back-end that has nothing to do before. */
void link_free(struct chardev *chr);
/* Somebody is there.  The link owns the descriptors unless `keep`. */
void link_attach(struct link *link, int in, int out, unsigned lines);
/* Nobody any more: lowers the lines, then tells `gone`. */
void link_detach(struct link *link);
void link_set_lines(struct link *link, unsigned lines);
/* Tells the machine's owner: "NAME (TARGET): TEXT". */
void link_log(struct link *link, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool link_open_socket(const struct chardev_setup *setup, struct chardev **chr, struct error *err);
bool link_open_pty(const struct chardev_setup *setup, struct chardev **chr, struct error *err);
bool link_open_tty(const struct chardev_setup *setup, struct chardev **chr, struct error *err);

#endif
