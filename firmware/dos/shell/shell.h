/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_SHELL_SHELL_H
#define FIRMWARE_DOS_SHELL_SHELL_H

/*
 * COMMAND.COM, by the behaviour of MS-DOS 6.22's (Microsoft MS-DOS 6 User's Guide and Reference,
 * "Command Reference").
 */

#include "dos.h"

enum { WORDS = 10, ENVIRONMENT_SIZE = 1024, NESTING = 8, TAIL_MAX = 126 };

/* ---- text.c ---- */

enum message {
    M_NONE,
    M_BAD_COMMAND,
    M_FILE_NOT_FOUND,
    M_PATH_NOT_FOUND,
    M_ACCESS_DENIED,
    M_NO_MEMORY,
    M_BAD_DRIVE,
    M_BAD_DIRECTORY,
    M_BAD_SWITCH,
    M_TOO_MANY,
    M_MISSING,
    M_SYNTAX,
    M_NO_LABEL,
    M_NO_ENVIRONMENT,
    M_CANNOT_MAKE,
    M_CANNOT_REMOVE,
    M_DUPLICATE,
    M_CREATE,
    M_ONTO_ITSELF,
    M_DISK_FULL,
    M_BAD_DATE,
    M_BAD_TIME,
    M_BAD_DEVICE,
    M_BAD_PAGE,
    M_NESTING,
    M_CANNOT_EXECUTE,
    M_NO_BATCH,
    M_ON_OFF,
    M_CRITICAL,
    M_LINE_LONG,
    M_COUNT
};
/* The text with CR LF, to standard output. */
void say(enum message m);
/* DOS's error in the shell's words; `name`: of what it is about, or NULL. */
void say_error(unsigned error, const char *name);
void help(const char *command);

/* ---- state ---- */

struct batch {
    char path[PATH_MAX];
    char args[LINE_SIZE];    /* the words, each with a zero */
    uint8_t word[WORDS * 4]; /* their offsets in args */
    uint8_t words, shift;
    uint32_t position; /* of the next line */
    bool echo;         /* when it began */
};

extern struct shell {
    bool permanent, single, echo, stop; /* stop: EXIT */
    uint16_t environment, environment_size, parent;
    uint32_t parent_end; /* INT 22h of a secondary shell */
    uint8_t doors;       /* commands of programs (INT 2Eh) that run */
    uint8_t exit_code;   /* ERRORLEVEL */
    bool broken;         /* Ctrl-C: the batch file asks */
    bool high;           /* LOADHIGH: programs above 640 KB */
    uint8_t depth;       /* batch files that run */
    uint8_t base;        /* those of them that a program's command (INT 2Eh) leaves alone */
    struct batch batch[NESTING];
} shell;

/* ---- resident.asm ---- */
/* Variables that the shell still has after a program; the last are cut behind what is in use. */
#define KEPT      __attribute__((section(".bss.kept")))
#define KEPT_LAST __attribute__((section(".bss.kept_last")))
extern uint16_t home;       /* the segment of the resident part, and PSP */
extern uint8_t bss_start[]; /* where the variables that are kept begin */
/* Offsets in the resident part */
extern char exec_path[2 * PATH_MAX], own_path[PATH_MAX], comspec_path[PATH_MAX];
extern uint8_t exec_tail[TAIL_MAX + 4], exec_fcbs[2 * 37];
extern uint16_t shell_parent;
extern uint32_t shell_parent_end;
void int23(void), int24(void), int2e(void), process_end(void);
/* Runs what exec_ fields say; DOS's error.  All variables but those that are kept are lost. */
uint32_t run_resident(uint32_t kept);
void leave_door(void) __attribute__((noreturn));
void home_put(const void *place, const void *data, unsigned size);
static inline uint16_t home_get16(unsigned offset)
{
    return far_get16(home, (uint16_t)offset);
}
/* For critical.c, which is resident */
void resident_show(uint32_t c);
uint32_t resident_key(void);

/* ---- main.c ---- */
void shell_restart(void) __attribute__((noreturn));
void run_line(const char *line);
void show_prompt(void);

/* ---- line.c ---- */
/* A line of the keyboard or of standard input; false: its end. */
bool read_line(char *to, unsigned size);
/* A key of the choice, which it echoes with a new line. */
char ask(const char *question, const char *choice);

/* ---- parse.c ---- */
struct args { /* words and switches of a command's tail, in a copy */
    char text[LINE_SIZE];
    char *word[WORDS];
    unsigned words;
    char *option[WORDS]; /* without `/`, in upper case */
    unsigned options;
};
bool parse_args(struct args *a, const char *tail);
/* Drops white space at both ends, in place. */
char *trim(char *s);
/* Makes `X`, `X\` and `X\DIR` into patterns; error of DOS. */
unsigned complete_pattern(char *path, unsigned size);
/* The next word, upper case or not, into `to`; where it ends. */
const char *next_word(const char *s, char *to, unsigned size);

/* ---- internal.c ---- */
struct internal {
    const char *name;
    void (*run)(const char *tail);
    bool dots; /* `CD..`, `ECHO.` need no space */
};
const struct internal *find_internal(const char *line, const char **tail);
void command_path(const char *tail);
bool verify_get(void);
void verify_set(bool on);
/* ---- the files of the commands ---- */
void command_dir(const char *tail);
void dir_reset(void); /* after an abort: gives its memory back */
void command_copy(const char *tail);
void copy_reset(void); /* after an abort: VERIFY as it was before /V */
void command_if(const char *tail);
void command_for(const char *tail);
void command_goto(const char *tail);
void command_shift(const char *tail);
void command_call(const char *tail);
void command_pause(const char *tail);
void command_date(const char *tail);
void command_time(const char *tail);
void command_set(const char *tail);
void command_path(const char *tail);
void command_prompt(const char *tail);
void command_ctty(const char *tail);
void command_vol(const char *tail);
bool print_label(unsigned drive); /* 0: current, 1 = A: */

/* ---- batch.c ---- */
/* Runs a batch file to its end, in the place of the one that runs or (call) inside of it. */
void batch_run(const char *path, const char *name, const char *tail, bool call);
void batch_loop(unsigned depth);
/* Ctrl-C: asks; ends all batch files. */
void batch_ask(void);
void batch_expand(const char *line, char *to, unsigned size);

/* ---- redirect.c ---- */
/* Runs a line with its redirections and pipes. */
void run_redirected(const char *line);
void redirect_reset(void); /* after an abort: standard handles as at the start */
void redirect_init(void);

/* ---- program.c ---- */
/* A program or a batch file by its name; false: there is none. */
void run_program(const char *name, const char *tail, bool call);

/* ---- environment.c ---- */
bool env_get(const char *name, char *to, unsigned size);
/* value "": removed; false: no room. */
bool env_set(const char *name, const char *value);
bool env_init(unsigned size);
void env_show(void);

/* ---- clock.c, critical.c ---- */
void print_date(void);
void print_time(void);
uint32_t critical(uint32_t ax, uint32_t code, uint32_t device);
void back_door(uint32_t segment, uint32_t offset);

#endif
