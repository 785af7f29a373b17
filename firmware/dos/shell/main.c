/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of the shell, its loop and its end. */
#include "shell.h"

struct shell shell KEPT_LAST;

void home_put(const void *place, const void *data, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        far_put8(home, (uint16_t)(NEAR16(place) + i), ((const uint8_t *)data)[i]);
}

static uint32_t home_get32(unsigned offset)
{
    return (uint32_t)home_get16(offset + 2) << 16 | home_get16(offset);
}

static void home_put32(unsigned offset, uint32_t value)
{
    far_put16(home, (uint16_t)offset, (uint16_t)value);
    far_put16(home, (uint16_t)(offset + 2), (uint16_t)(value >> 16));
}

static void set_vector(unsigned n, void (*handler)(void))
{
    struct dos_regs r = { .ax = (uint16_t)(0x2500 | n), .dx = NEAR16(handler), .ds = home };

    dos_call(&r);
}

static void exit_now(void) __attribute__((noreturn));
static void exit_now(void)
{
    struct dos_regs r = { .ax = (uint16_t)(0x4c00 | shell.exit_code) };

    far_put16(home, PSP_PARENT, shell.parent);
    home_put32(PSP_INT22, shell.parent_end);
    for (;;)
        dos(&r);
}

/* ---- the prompt ---- */

static void show_path(void)
{
    char path[PATH_MAX];
    unsigned error = directory_get(0, path);

    print("%c:", 'A' + drive_current());
    if (error)
        print("\\");
    else
        print("\\%s", path);
}

static void show_code(char code)
{
    static const char codes[] = "GLBQHE_$AFCS", *const texts[] = { ">",     "<",    "|",    "=",
                                                                   "\b \b", "\x1b", "\r\n", "$",
                                                                   "&",     ")",    "(",    " " };
    const char *at = strchr(codes, upper(code));

    switch (upper(code)) {
    case 'P':
        show_path();
        break;
    case 'N':
        print("%c", 'A' + drive_current());
        break;
    case 'D':
        print_date();
        break;
    case 'T':
        print_time();
        break;
    case 'V':
        print("MS-DOS Version 6.22");
        break;
    default:
        if (at && *at)
            print("%s", texts[at - codes]);
        break;
    }
}

void show_prompt(void)
{
    char prompt[LINE_SIZE];

    if (!env_get("PROMPT", prompt, sizeof(prompt)))
        copy_text(prompt, "$P$G", sizeof(prompt));
    for (const char *p = prompt; *p; p++) {
        if (*p != '$')
            print("%c", *p);
        else if (p[1])
            show_code(*++p);
    }
}

/* ---- commands ---- */

static bool change_drive(const char *line)
{
    unsigned drive;

    if (!is_letter(line[0]) || line[1] != ':' || *skip_separators(line + 2))
        return false;
    drive = (unsigned)(upper(line[0]) - 'A');
    if (drive_valid(drive))
        drive_select(drive);
    else
        say(M_BAD_DRIVE);
    return true;
}

/* A command without redirections. */
void run_line(const char *line)
{
    const struct internal *internal;
    static char name[PATH_MAX]; /* of no use once a program runs */
    const char *tail;
    unsigned n = 0;

    line = skip_separators(line);
    if (!*line || *line == ':' || change_drive(line))
        return;
    internal = find_internal(line, &tail);
    if (internal) {
        const char *p = skip_separators(tail);

        if (p[0] == '/' && p[1] == '?')
            help(internal->name);
        else
            internal->run(tail);
        return;
    }
    while (*line && !is_separator(*line) && *line != '/' && n < sizeof(name) - 1)
        name[n++] = *line++;
    name[n] = 0;
    run_program(name, line, false);
}

static void loop(void)
{
    char line[LINE_SIZE];

    while (!shell.stop) {
        shell.broken = false;
        if (shell.echo) {
            print("\r\n");
            show_prompt();
        }
        if (!read_line(line, sizeof(line))) {
            if (!shell.permanent)
                break;
            redirect_reset();
            continue;
        }
        run_redirected(line);
        shell.stop &= !shell.permanent;
    }
}

static void run_all(void) __attribute__((noreturn));
static void run_all(void)
{
    do {
        batch_loop(0);
        if (!shell.single)
            loop();
    } while (shell.permanent && !shell.single);
    exit_now();
}

/* DOS ended a process that is its own parent: an abort, or Ctrl-C inside of a command. */
void shell_restart(void)
{
    struct dos_regs r = { .ax = 0x4d00 };

    dos(&r);
    dir_reset();
    copy_reset();
    if (shell.doors)
        leave_door();
    redirect_reset();
    shell.base = 0;
    shell.high = false;
    if (r.ah == 1 && shell.depth)
        batch_ask();
    else if (!shell.depth)
        print("\r\n");
    if (shell.single && !shell.depth) {
        shell.exit_code = 255;
        exit_now();
    }
    run_all();
}

/* ---- the start ---- */

struct options {
    unsigned environment;
    bool startup; /* AUTOEXEC.BAT */
    char comspec[PATH_MAX];
    char command[LINE_SIZE]; /* of /C or /K */
};

/* /P /E:n /C command /K command, the folder of COMMAND.COM, a device */
static void parse_options(struct options *o)
{
    char tail[LINE_SIZE];
    unsigned length = far_get8(home, PSP_TAIL) & 0x7f;
    const char *p = tail;

    for (unsigned i = 0; i < length; i++)
        tail[i] = (char)far_get8(home, (uint16_t)(PSP_TAIL + 1 + i));
    tail[length] = 0;
    while (*(p = skip_separators(p))) {
        char word[PATH_MAX], option = upper(p[1]);

        if (*p == '/' && (option == 'C' || option == 'K')) {
            shell.single = option == 'C';
            copy_text(o->command, skip_separators(p + 2), sizeof(o->command));
            return;
        }
        p = next_word(p, word, sizeof(word));
        if (word[0] == '/' && option == 'P') {
            shell.permanent = o->startup = true;
        } else if (word[0] == '/' && option == 'E') {
            const char *digits = word + (word[2] == ':' ? 3 : 2);

            o->environment = parse_number(&digits);
        } else if (word[0] != '/' && !o->comspec[0]) {
            copy_text(o->comspec, word, sizeof(o->comspec));
        } else if (word[0] != '/') {
            command_ctty(word);
        }
    }
}

/* The program's own name, which is behind its environment; COMSPEC is that or as the option says.
 */
static void set_comspec(const struct options *o, uint16_t environment)
{
    char path[PATH_MAX] = "", other[PATH_MAX];
    uint16_t i = 0;
    unsigned n = 0;

    while (environment && far_get16(environment, i))
        i++;
    i = (uint16_t)(i + 4); /* two zeros and the count of the names */
    while (environment && n < sizeof(path) - 1 && far_get8(environment, i))
        path[n++] = (char)far_get8(environment, i++);
    path[n] = 0;
    home_put(own_path, path, sizeof(path));
    if (o->comspec[0]) {
        copy_text(path, o->comspec, sizeof(path));
        n = (unsigned)strlen(path);
        add_text(path, path[n - 1] == '\\' ? "COMMAND.COM" : "\\COMMAND.COM", sizeof(path));
    } else if (env_get("COMSPEC", other, sizeof(other))) {
        return;
    }
    env_set("COMSPEC", path);
}

static void start_up(void)
{
    struct found f;

    if (!find_first("\\AUTOEXEC.BAT", A_READ_ONLY | A_HIDDEN | A_SYSTEM, &f)) {
        run_redirected("\\AUTOEXEC.BAT");
        return;
    }
    env_set("PATH", "Z:\\");
}

/* The PSP is its own parent, so that no abort ends the shell. */
static void take_vectors(void)
{
    shell.parent = home_get16(PSP_PARENT);
    shell.parent_end = home_get32(PSP_INT22);
    if (!shell.permanent) {
        home_put(&shell_parent, &shell.parent, sizeof(shell.parent));
        home_put(&shell_parent_end, &shell.parent_end, sizeof(shell.parent_end));
    }
    far_put16(home, PSP_PARENT, home);
    home_put32(PSP_INT22, (uint32_t)home << 16 | NEAR16(process_end));
    set_vector(0x22, process_end);
    set_vector(0x23, int23);
    set_vector(0x24, int24);
    if (shell.permanent)
        set_vector(0x2e, int2e);
}

/* As the options say; false: the shell cannot be.  Apart, for its frame not to stay on the stack.
 */
static __attribute__((noinline)) bool begin(void)
{
    struct options o = { .environment = ENVIRONMENT_SIZE };
    uint16_t environment = home_get16(PSP_ENVIRONMENT);

    shell.echo = true;
    redirect_init();
    parse_options(&o);
    if (!env_init(o.environment)) {
        say(M_NO_MEMORY);
        return false;
    }
    set_comspec(&o, environment);
    take_vectors();
    if (o.startup)
        start_up();
    if (o.command[0])
        run_redirected(o.command);
    return true;
}

int com_main(void)
{
    if (!begin())
        return 255;
    run_all();
}

/* INT 2Eh: a command for this shell, from a program.  What it leaves is kept. */
void back_door(uint32_t segment, uint32_t offset)
{
    char line[LINE_SIZE];
    unsigned length = far_get8((uint16_t)segment, (uint16_t)offset);
    uint8_t base = shell.base;

    if (length > LINE_SIZE - 1)
        length = LINE_SIZE - 1;
    for (unsigned i = 0; i < length; i++)
        line[i] = (char)far_get8((uint16_t)segment, (uint16_t)(offset + 1 + i));
    line[length] = 0;
    shell.base = shell.depth;
    shell.doors++;
    run_redirected(line);
    shell.doors--;
    shell.base = base;
}
