/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of the shell, its loop and its end. */
#include "shell.h"

struct shell shell;

static char command[LINE_SIZE]; /* of /C or /K */

static void set_vector(unsigned n, void (*handler)(void))
{
    struct dos_regs r = { .ax = (uint16_t)(0x2500 | n), .dx = NEAR16(handler) };

    dos(&r);
}

static void exit_now(void) __attribute__((noreturn));
static void exit_now(void)
{
    struct dos_regs r = { .ax = (uint16_t)(0x4c00 | shell.exit_code) };

    *(uint16_t *)psp_at(PSP_PARENT) = shell.parent;
    *(uint32_t *)psp_at(PSP_INT22) = shell.parent_end;
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
    char name[PATH_MAX];
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
    redirect_reset();
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
};

/* /P /E:n /C command /K command, the folder of COMMAND.COM, a device */
static void parse_options(struct options *o)
{
    static char tail[LINE_SIZE];
    unsigned length = *psp_at(PSP_TAIL) & 0x7f;
    const char *p = tail;

    memcpy(tail, psp_at(PSP_TAIL + 1), length);
    tail[length] = 0;
    while (*(p = skip_separators(p))) {
        char word[PATH_MAX], option = upper(p[1]);

        if (*p == '/' && (option == 'C' || option == 'K')) {
            shell.single = option == 'C';
            copy_text(command, skip_separators(p + 2), sizeof(command));
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

/* COMSPEC: as the option says, or the program's own name, which is behind its environment. */
static void set_comspec(const struct options *o, uint16_t environment)
{
    char path[PATH_MAX];
    uint16_t i = 0;
    unsigned n = 0;

    if (o->comspec[0]) {
        copy_text(path, o->comspec, sizeof(path));
        n = (unsigned)strlen(path);
        add_text(path, path[n - 1] == '\\' ? "COMMAND.COM" : "\\COMMAND.COM", sizeof(path));
    } else {
        if (!environment || env_get("COMSPEC", path, sizeof(path)))
            return;
        while (far_get16(environment, i))
            i++;
        i = (uint16_t)(i + 4); /* two zeros and the count of the names */
        while (n < sizeof(path) - 1 && far_get8(environment, i))
            path[n++] = (char)far_get8(environment, i++);
        path[n] = 0;
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

int com_main(void)
{
    struct options o = { .environment = ENVIRONMENT_SIZE };
    uint16_t environment = *(uint16_t *)psp_at(PSP_ENVIRONMENT);

    shell.echo = true;
    redirect_init();
    parse_options(&o);
    if (!env_init(o.environment)) {
        say(M_NO_MEMORY);
        return 255;
    }
    set_comspec(&o, environment);
    shell.parent = *(uint16_t *)psp_at(PSP_PARENT);
    shell.parent_end = *(uint32_t *)psp_at(PSP_INT22);
    *(uint16_t *)psp_at(PSP_PARENT) = own_segment();
    *(uint32_t *)psp_at(PSP_INT22) = (uint32_t)own_segment() << 16 | NEAR16(process_end);
    set_vector(0x22, process_end);
    set_vector(0x23, int23);
    set_vector(0x24, int24);
    if (shell.permanent)
        set_vector(0x2e, int2e);
    if (o.startup)
        start_up();
    if (command[0])
        run_redirected(command);
    run_all();
}

/* INT 2Eh: a command for this shell, from a program. */
void back_door(uint32_t segment, uint32_t offset)
{
    char line[LINE_SIZE];
    struct dos_regs r = { .ax = 0x5100 }, set = { .ax = 0x5000, .bx = own_segment() };
    unsigned length = far_get8((uint16_t)segment, (uint16_t)offset);
    /* where DOS goes on when the program that calls ends */
    uint32_t stack = *(uint32_t *)psp_at(0x2e);

    if (length > LINE_SIZE - 1)
        length = LINE_SIZE - 1;
    for (unsigned i = 0; i < length; i++)
        line[i] = (char)far_get8((uint16_t)segment, (uint16_t)(offset + 1 + i));
    line[length] = 0;
    dos(&r);
    dos(&set);
    run_redirected(line);
    *(uint32_t *)psp_at(0x2e) = stack;
    set.bx = r.bx;
    dos(&set);
}
