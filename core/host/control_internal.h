/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_HOST_CONTROL_INTERNAL_H
#define CORE_HOST_CONTROL_INTERNAL_H

#include <json-glib/json-glib.h>

#include "core/host/control.h"
#include "core/host/keys.h"
#include "core/machine.h"

#define CONTROL_FDS 8

/* One command in the making: filled by the control thread, executed on the machine thread. */
struct control_call {
    struct control_server *server;
    JsonObject *arguments;   /* checked against the command's list */
    JsonBuilder *result;     /* write one value; nothing written: {} */
    const char *error_class; /* NULL: success */
    char error[256];
    int *fds; /* descriptors this client has passed, by fdset id; -1: none */
    char (*fd_names)[32];
    bool later; /* the command answers by control_call_done() */
};

struct control_command {
    const char *name;
    /* "key:type" words; type s, i, b or a (array); a '?' behind it: may be left out. */
    const char *arguments;
    void (*run)(struct control_call *call);
};

extern const struct control_command control_commands[]; /* ends with name NULL */

struct machine *control_machine(struct control_server *server);
const struct control_actions *control_actions(struct control_server *server);
const char *control_name(struct control_server *server);
const char *control_uuid(struct control_server *server);
void control_fail(struct control_call *call, const char *error_class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends a call that set `later`. Machine thread. */
void control_call_done(struct control_call *call);
/* The descriptor behind "/dev/fdset/N" or the name given with getfd; -1 and the call failed. */
int control_fd(struct control_call *call, const char *filename);

/* The typing queue (control_type.c). */
struct typist;
struct typist *typist_new(struct machine *machine);
void typist_free(struct typist *typist);
struct typist *control_typist(struct control_server *server);
/* The machine has stopped: the call under way fails. */
void typist_stop(struct typist *typist);
/* Types the strokes one after the other as fast as the keyboard takes them; the call is answered
 * when the last is out.  gap_ns of virtual time lie between two strokes. */
void typist_type(struct typist *typist, const struct key_stroke *strokes, int count,
                 uint64_t gap_ns, struct control_call *call);
/* Types a text behind what it types already; not with a typist that has calls. */
void typist_text(struct typist *typist, const char *utf8);

#endif
