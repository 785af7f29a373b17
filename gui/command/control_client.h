/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_COMMAND_CONTROL_CLIENT_H
#define GUI_COMMAND_CONTROL_CLIENT_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

struct control_client;

/* Connects to a control socket and negotiates; NULL: nobody is there. */
struct control_client *control_connect(const char *path);
void control_disconnect(struct control_client *client);

/*
 * Executes one command and waits for its answer.  arguments: a JSON object as text, or NULL; fd: a
 * descriptor to pass along, or -1.  Returns the value (json_node_unref) or NULL and a sentence in
 * problem (g_free).
 */
JsonNode *control_execute(struct control_client *client, const char *command, const char *arguments,
                          int fd, char **problem);

/* A string as JSON text with its quotes (g_free). */
char *control_quote(const char *text);

#endif
