/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef GUI_COMMAND_COMMAND_H
#define GUI_COMMAND_COMMAND_H

#include <glib.h>
#include <stdbool.h>

#include "gui/command/control_client.h"
#include "profiles/profile.h"

/* Exit codes a script can rely on; the manual lists them. */
enum {
    CODE_OK = 0,
    CODE_FAILED = 1,  /* the command could not be carried out */
    CODE_WRONG = 2,   /* wrong usage, or mistakes in a profile */
    CODE_HOST = 3,    /* the host lacks something */
    CODE_STOPPED = 4, /* the machine is not running */
    CODE_TIMEOUT = 5, /* wait: the text did not come */
    CODE_DOS = 125,   /* a program of DOS was to run, whose own codes are 0 to 255 */
};

struct command {
    const char *name, *arguments, *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};
extern const struct command commands[]; /* ends with name NULL */

/* Prints "bygone: ..." to standard error and returns code. */
int complain(int code, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
int complain_all(int code, const GPtrArray *problems);

/* Parses options; the rest of argv must be `least` to `most` words.  False: *code is the exit code
 * (help or a mistake). */
bool parse(int *argc, char ***argv, const GOptionEntry *entries, int least, int most, int *code);

/* Loads the profile of a path or name; NULL: complained, *code says how. */
struct profile *open_profile(const char *name, int *code);
/* The control socket of a running machine; NULL: it is not running (complained, if `must`). */
struct control_client *open_control(const struct profile *profile, bool must, int *code);

/* Opens profile and control of `name`, executes one command, closes; NULL: complained. */
JsonNode *ask(const char *name, const char *command, const char *arguments, int *code);

/* A whole command that takes a machine and executes that: the exit code. */
int simple(int argc, char **argv, const char *command);

struct launch {
    const char *engine; /* NULL: the profile's */
    const char *debug_log;
    bool foreground; /* keeps standard input and output, and is waited for */
    const char *translation_log;
    bool perf_map;
    bool counted;
};
/* Is it the name of an engine, or NULL?  If not, has complained. */
bool engine_known(const char *wish, int *code);
/* Starts bygone-machine and returns once it runs (0) or has complained (a code).  pid may be NULL.
 */
int launch_machine(const struct profile *profile, const struct launch *how, GPid *pid);
/* Where a program of this build is: beside this one, or in that build folder (g_free). */
char *program(const char *name, const char *folder);
/* Starts a program of its own session that says "ready", or what is wrong, on descriptor 3.  Its
 * standard output and error are thrown away, or (log_fd not -1) the latter goes there. */
int launch_helper(char **argv, int log_fd);
/* Shows a running machine in a window or the terminal, until the person leaves it. */
int attach(const struct profile *profile, bool headless);

/* Makes a profile for one run, runs it, removes it.  ran: the code is the machine's. */
int boot_new(const struct profile_new *what, const struct launch *how, bool headless, bool *ran);

/* Has this build our own DOS? */
bool dos_built(void);
/* The profile of the machine that `run` without arguments starts; NULL: complained. */
char *dos_machine(int *code);
bool dos_is_program(const char *path);
struct dos_run {
    const char *as; /* where a folder lies; NULL: it is C:\ */
    bool headless, text;
};
/* Runs a folder, or a program with its arguments. */
int dos_run(const struct dos_run *how, const struct launch *launch, char **words, int count);

int command_run(int argc, char **argv);
int command_start(int argc, char **argv);
int command_boot(int argc, char **argv);
int command_vnc(int argc, char **argv);
int command_view(int argc, char **argv);
/* Starts the VNC server of a running machine as its profile says; a code. */
int vnc_start(const struct profile *profile);

int command_pause(int argc, char **argv);
int command_resume(int argc, char **argv);
int command_reset(int argc, char **argv);
int command_show(int argc, char **argv);
int command_media(int argc, char **argv);
int command_eject(int argc, char **argv);
int command_monitor(int argc, char **argv);

#endif
