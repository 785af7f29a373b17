/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_CONTROL_CONTROL_INTERNAL_H
#define CORE_CONTROL_CONTROL_INTERNAL_H

#include <json-glib/json-glib.h>
#include <pthread.h>

#include "core/control/control.h"
#include "core/host/keys.h"
#include "core/machine.h"

#define CONTROL_VERSION_MAJOR 7 /* whose commands these are: QEMU 7.2's */
#define CONTROL_VERSION_MINOR 2
#define CONTROL_PACKAGE       "Bygone 0.1"

/* ---- types (schema.c) ---- */

/*
 * Members of an object are written "name:type other?:type": '?' may be left out.  A type is
 * str, int, bool, any, a name of control_types[], "[TYPE]" for an array, or "file": a string that
 * names a descriptor, which is then in call->fd.
 */
enum control_kind { CONTROL_ENUM, CONTROL_OBJECT };
struct control_type {
    const char *name;
    enum control_kind kind;
    const char *members;  /* of an enum: its values; NULL: the names of keys */
    const char *variants; /* NULL, or "member value=TYPE value=TYPE": more members by its value */
};
extern const struct control_type control_types[]; /* ends with name NULL */

struct control_event_type {
    const char *name, *members;
    bool chatty; /* one a second */
};
extern const struct control_event_type control_events[]; /* ends with name NULL */

struct control_member {
    char name[48], type[48];
    bool optional;
};
/* Steps through a list of members; false: that was the last. */
bool control_next_member(const char **list, struct control_member *member);
/* Does the object have just these members with these types?  If not, one sentence. */
bool control_check(const char *members, JsonObject *object, char problem[256]);
/* All commands, events and types, as query-qmp-schema gives them. */
void control_schema(JsonBuilder *builder);

/* ---- calls ---- */

struct control_client;

/* One command under way.  Made and answered by the control thread. */
struct control_call {
    struct control_server *server;
    struct control_client *client; /* NULL: has gone meanwhile */
    const struct control_command *command;
    JsonNode *id;            /* NULL: none */
    JsonObject *arguments;   /* checked against the command's list */
    JsonBuilder *result;     /* write an object or an array; nothing written: {} */
    JsonNode *value;         /* or give any value here; the call's */
    const char *error_class; /* NULL: success */
    char error[256];
    int fd; /* of the "file" argument; closed with the call unless set to -1 */
    char label[128];
    bool later; /* the command answers by control_call_done() */
    pthread_t thread;
    bool has_thread;
    void (*work)(struct control_call *call);
    void *data; /* of the command */
    struct control_call *next, *next_done;
};

struct control_command {
    const char *name;
    const char *arguments; /* members */
    const char *result;    /* a type; "" for {} */
    void (*run)(struct control_call *call);
    bool local; /* runs on the control thread: does not touch the machine */
};
extern const struct control_command control_commands[]; /* ends with name NULL */

struct machine *control_machine(struct control_server *server);
const struct control_actions *control_actions(struct control_server *server);
const char *control_name(struct control_server *server);
const char *control_uuid(struct control_server *server);
const char *control_path(struct control_server *server);
void control_fail(struct control_call *call, const char *error_class, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends a call that set `later`.  Any thread. */
void control_call_done(struct control_call *call);
/* What remains is done by work(call), on a thread of its own, which also frees call->data. */
void control_call_background(struct control_call *call, void (*work)(struct control_call *call));
/* From there: runs fn(call) on the machine thread and waits; false: the machine has ended. */
bool control_on_machine(struct control_call *call, void (*fn)(struct control_call *call));
/* From there: writes without ever hanging; false: call failed. */
bool control_write(struct control_call *call, const void *data, size_t size);

/* Arguments that were checked already. */
const char *control_string(struct control_call *call, const char *key);
int64_t control_int(struct control_call *call, const char *key, int64_t standard);
bool control_bool(struct control_call *call, const char *key);
/* Members of the result. */
void control_put_string(struct control_call *call, const char *key, const char *value);
void control_put_int(struct control_call *call, const char *key, int64_t value);
void control_put_bool(struct control_call *call, const char *key, bool value);

/* ---- text (wire.c) ---- */

/* Where in a client's text the first command ends; fed as the text grows. */
struct control_scan {
    gsize at; /* looked at so far */
    int depth;
    char quote; /* inside a string; 0: not */
    bool escaped, started;
};
enum control_found { CONTROL_MORE, CONTROL_COMMAND, CONTROL_GARBAGE };
/* COMMAND: text[0..scan->at) is one; GARBAGE: these bytes are none and to be thrown away. */
enum control_found control_scan(struct control_scan *scan, const char *text, gsize length);
/* Parses one command; single-quoted strings are strings too.  NULL: no JSON, or a key occurs twice
 * in an object; *problem says which. */
JsonNode *control_parse(const char *text, gsize length, const char **problem);
/* As it goes out: ASCII and CRLF (g_free). */
char *control_text(JsonNode *node);
/* A reply; takes result (NULL: {}). */
char *control_reply(JsonNode *id, JsonNode *result, const char *error_class, const char *desc);
/* An event of this moment; data as for control_server_event(). */
char *control_event_text(const char *event, const char *data);

/* ---- descriptors (files.c); control thread only, but for what runs on the machine thread ---- */

#define CONTROL_FDS 32

struct control_fd {
    int fd;                        /* -1: free */
    uint64_t order;                /* in which they came */
    int set;                       /* number of its fdset; -1: by name; -2: nobody took it yet */
    char name[64];                 /* getfd's */
    char opaque[128];              /* add-fd's */
    struct control_client *client; /* whose it is: goes with it */
};
struct control_fd *control_fds(struct control_server *server);
/* A descriptor has arrived from a client. */
void control_fd_arrived(struct control_server *server, struct control_client *client, int fd);
void control_fds_drop(struct control_server *server, struct control_client *client);
/* Puts what the call's "file" argument names into call->fd; false: failed. */
bool control_fd_resolve(struct control_call *call, const char *filename);

void control_add_fd(struct control_call *call);
void control_remove_fd(struct control_call *call);
void control_query_fdsets(struct control_call *call);
void control_getfd(struct control_call *call);
void control_closefd(struct control_call *call);
void control_screendump(struct control_call *call);
void control_pmemsave(struct control_call *call);
void control_memsave(struct control_call *call);

/* ---- drives (drives.c) ---- */

void control_query_block(struct control_call *call);
void control_eject(struct control_call *call);
void control_open_tray(struct control_call *call);
void control_close_tray(struct control_call *call);
void control_change_medium(struct control_call *call);
void control_remove_medium(struct control_call *call);
void control_insert(struct control_call *call);
void control_drives_watch(struct control_server *server);
/* BLOCK_IO_ERROR's data (g_free). */
char *control_io_error(struct machine *machine);

/* ---- input (input.c) ---- */

void control_send_key(struct control_call *call);
void control_send_event(struct control_call *call);
void control_type_text(struct control_call *call);
void control_query_mice(struct control_call *call);
/* What input-send-event said last. */
struct control_pointer {
    unsigned buttons; /* held */
    int64_t x, y;     /* an axis that is not told stays */
};
struct control_pointer *control_pointer(struct control_server *server);

/* ---- VNC (vnc.c) ---- */

#define CONTROL_VIEWERS 64
struct control_viewer {
    JsonObject *data;             /* of its events: server, client; NULL: free */
    struct control_client *owner; /* who told of it, and with whom it goes */
};
/* Control thread. */
struct control_viewer *control_viewers(struct control_server *server);
/* The VNC server itself: its data are where it listens. */
struct control_viewer *control_vnc(struct control_server *server);
/* The client has gone: so have the viewers it told of. */
void control_viewers_drop(struct control_server *server, struct control_client *client);
void control_vnc_event(struct control_call *call);
void control_vnc_server(struct control_call *call);
void control_query_vnc(struct control_call *call);

/* ---- the monitor for people (monitor.c, monitor_info.c) ---- */

/* Runs a line; what it prints is appended.  Machine thread. */
void control_monitor(struct control_server *server, const char *line, GString *out);
bool control_monitor_info(struct control_server *server, const char *what, const char *rest,
                          GString *out);
void control_monitor_info_help(GString *out);
void control_monitor_fields(const struct field *fields, const void *base, GString *out);
/* Physical address behind a linear one; false: not mapped. */
bool control_translate(struct memory *memory, const struct x86_state *x, uint32_t linear,
                       uint32_t *phys);
/* Reads memory that is RAM or ROM; registers of devices would be changed by looking: all ones. */
void control_peek(struct memory *memory, uint32_t phys, void *buf, size_t size);

/* ---- typing (typing.c) ---- */

struct typist;
struct typist *typist_new(struct machine *machine);
void typist_free(struct typist *typist);
struct typist *control_typist(struct control_server *server);
/* The machine has stopped: the calls that wait fail, the texts are forgotten. */
void typist_stop(struct typist *typist);
/* Types the strokes behind what waits already, as fast as the keyboard takes them; the call (NULL:
 * none) is answered when the last is out.  gap_ns of virtual time lie between two strokes.  False:
 * too much waits already. */
bool typist_type(struct typist *typist, const struct key_stroke *strokes, int count,
                 uint64_t gap_ns, struct control_call *call);

#endif
