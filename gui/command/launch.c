/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting machines and front ends: run, start, boot. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/host/image_probe.h"
#include "gui/command/command.h"

#define READY_FD 3

char *program(const char *name, const char *folder)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = self ? g_path_get_dirname(self) : g_strdup(".");
    char *path = g_build_filename(dir, name, NULL);

    if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
        return path;
    g_free(path);
    return g_build_filename(dir, "..", "..", folder, name, NULL);
}

static void child_setup(gpointer data)
{
    int *fds = data; /* write end, foreground */

    if (fds[0] != READY_FD) {
        dup2(fds[0], READY_FD);
        close(fds[0]);
    } else {
        fcntl(READY_FD, F_SETFD, 0);
    }
    if (!fds[1]) {
        setsid();
        signal(SIGHUP, SIG_IGN);
    }
}

/* The machine that was started last waits: its files are not as they were when it was saved. */
static bool doubted;

/* The first line of the new process: "ready", or complaints until the pipe ends. */
static int wait_ready(int fd)
{
    FILE *in = fdopen(fd, "r");
    char line[1024];
    int code = CODE_FAILED;
    bool said = false;

    while (fgets(line, sizeof(line), in)) {
        g_strchomp(line);
        if (!strcmp(line, "ready")) {
            code = CODE_OK;
            break;
        }
        if (g_str_has_prefix(line, "note: ")) {
            fprintf(stderr, "bygone: %s.\n", line + 6);
            continue;
        }
        if (g_str_has_prefix(line, "doubt: ")) {
            complain(CODE_DOS, "%s", line + 7);
            complain(CODE_DOS, "The machine is paused: `bygone resume` goes on, `bygone reset` and "
                               "`bygone resume` start fresh.");
            doubted = true;
            continue;
        }
        complain(CODE_FAILED, "%s", g_str_has_prefix(line, "error: ") ? line + 7 : line);
        said = true;
    }
    fclose(in);
    if (code != CODE_OK && !said)
        complain(CODE_FAILED, "the machine's process ended at once; its log may say why.");
    return code;
}

bool engine_known(const char *wish, int *code)
{
    static const char *const names[] = { "auto", "kvm", "own", "translate", "interpret", NULL };

    if (!wish || g_strv_contains(names, wish))
        return true;
    *code = complain(CODE_WRONG,
                     "--engine %s: accepted are auto, kvm, own, translate and interpret.", wish);
    return false;
}

int launch_machine(const struct profile *p, const struct launch *how, GPid *pid)
{
    g_autofree char *machine = program("bygone-machine", "core/main");
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD;
    GPid child = 0;
    int fds[2], setup[2], code, status;

    if (!engine_known(how->engine, &code))
        return code;
    g_ptr_array_add(argv, machine);
    g_ptr_array_add(argv, (char *)"--ready-fd=3");
    if (how->engine) {
        g_ptr_array_add(argv, (char *)"--engine");
        g_ptr_array_add(argv, (char *)how->engine);
    }
    if (how->debug_log) {
        g_ptr_array_add(argv, (char *)"--debug-log");
        g_ptr_array_add(argv, (char *)how->debug_log);
    }
    if (how->translation_log) {
        g_ptr_array_add(argv, (char *)"--translation-log");
        g_ptr_array_add(argv, (char *)how->translation_log);
    }
    if (how->perf_map)
        g_ptr_array_add(argv, (char *)"--perf-map");
    if (how->counted)
        g_ptr_array_add(argv, (char *)"--counted");
    g_ptr_array_add(argv, p->path);
    g_ptr_array_add(argv, NULL);
    if (pipe2(fds, O_CLOEXEC) < 0)
        return complain(CODE_HOST, "no pipe: %s.", strerror(errno));
    setup[0] = fds[1];
    setup[1] = how->foreground;
    flags |= how->foreground ? G_SPAWN_CHILD_INHERITS_STDIN | G_SPAWN_LEAVE_DESCRIPTORS_OPEN
                             : G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL |
                                   G_SPAWN_LEAVE_DESCRIPTORS_OPEN;
    if (!g_spawn_async(NULL, (char **)argv->pdata, NULL, flags, child_setup, setup, &child,
                       &error)) {
        close(fds[0]);
        close(fds[1]);
        return complain(CODE_HOST, "%s.", error->message);
    }
    close(fds[1]);
    code = wait_ready(fds[0]);
    if (code != CODE_OK) {
        waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status))
            code = WEXITSTATUS(status);
    }
    if (pid)
        *pid = child;
    return code;
}

struct helper {
    int ready_fd, log_fd;
};

static void helper_setup(gpointer data)
{
    const struct helper *helper = data;
    int fds[2] = { helper->ready_fd, false };

    if (helper->log_fd >= 0)
        dup2(helper->log_fd, STDERR_FILENO);
    child_setup(fds);
}

int launch_helper(char **argv, int log_fd)
{
    g_autoptr(GError) error = NULL;
    struct helper helper = { .log_fd = log_fd };
    int fds[2], code, status;
    GPid child;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return complain(CODE_HOST, "no pipe: %s.", strerror(errno));
    helper.ready_fd = fds[1];
    if (!g_spawn_async(NULL, argv, NULL,
                       G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                           G_SPAWN_STDERR_TO_DEV_NULL | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                       helper_setup, &helper, &child, &error)) {
        close(fds[0]);
        close(fds[1]);
        return complain(CODE_HOST, "%s.", error->message);
    }
    close(fds[1]);
    code = wait_ready(fds[0]);
    if (code != CODE_OK && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
        WEXITSTATUS(status))
        code = WEXITSTATUS(status);
    return code;
}

static int run_program(const char *path, const char *argument)
{
    const char *argv[] = { path, argument, NULL };
    g_autoptr(GError) error = NULL;
    int status;

    if (!g_spawn_sync(NULL, (char **)argv, NULL,
                      G_SPAWN_CHILD_INHERITS_STDIN | G_SPAWN_LEAVE_DESCRIPTORS_OPEN, NULL, NULL,
                      NULL, NULL, &status, &error))
        return complain(CODE_HOST, "%s.", error->message);
    return WIFEXITED(status) ? WEXITSTATUS(status) : CODE_FAILED;
}

static bool has_display(void)
{
    return g_getenv("DISPLAY") || g_getenv("WAYLAND_DISPLAY");
}

static bool has_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int attach(const struct profile *p, bool headless)
{
    g_autofree char *window = program("bygone-window", "gui/window");
    g_autofree char *terminal = program("bygone-terminal", "gui/terminal");

    if (headless)
        return CODE_OK;
    if (has_display())
        return run_program(window, p->path);
    if (has_terminal())
        return run_program(terminal, p->path);
    printf("%s runs; there is neither a display nor a terminal to show it on.\n", p->name);
    return CODE_OK;
}

/* ---- run and start ---- */

#define RESCUE_IMAGE "/usr/lib/grub-rescue/grub-rescue-floppy.img"

/* The machine of those who have none yet: Debian's GRUB floppy, copied into the library. */
static char *ready_made(int *code)
{
    g_autofree char *library = profile_library();
    g_autofree char *image = g_build_filename(library, "GRUB.img", NULL);
    g_autofree char *path = g_build_filename(library, "GRUB" PROFILE_SUFFIX, NULL);
    g_autofree char *data = NULL, *problem = NULL;
    g_autoptr(GError) error = NULL;
    struct profile_new what = { .name = "GRUB", .template_id = "other" };
    gsize length;

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return g_steal_pointer(&path);
    g_mkdir_with_parents(library, 0755);
    if (!g_file_test(image, G_FILE_TEST_EXISTS)) {
        char *padded;

        if (!g_file_get_contents(RESCUE_IMAGE, &data, &length, &error)) {
            *code = complain(CODE_HOST, "%s (Debian package grub-rescue-pc).", error->message);
            return NULL;
        }
        padded = g_malloc0(length > 1474560 ? length : 1474560);
        memcpy(padded, data, length);
        if (!g_file_set_contents(image, padded, length > 1474560 ? (gssize)length : 1474560,
                                 &error))
            *code = complain(CODE_HOST, "%s.", error->message);
        g_free(padded);
        if (error)
            return NULL;
    }
    what.floppy[0] = image;
    if (!profile_create(path, &what, &problem)) {
        *code = complain(CODE_FAILED, "%s", problem);
        return NULL;
    }
    return g_steal_pointer(&path);
}

static int start_profile(const char *name, const struct launch *how, bool show)
{
    g_autofree char *made = NULL;
    struct control_client *client;
    struct profile *p;
    int code = CODE_OK, vnc = CODE_OK;

    if (!engine_known(how->engine, &code))
        return code;
    if (!name) {
        made = dos_built() ? dos_machine(&code) : ready_made(&code);
        name = made;
        if (!name)
            return code;
    }
    p = open_profile(name, &code);
    if (!p)
        return code;
    client = open_control(p, false, &code);
    if (client) {
        control_disconnect(client);
        if (!show)
            code = complain(CODE_FAILED, "%s is running already.", p->name);
    } else {
        code = launch_machine(p, how, NULL);
        if (code == CODE_OK && p->vnc.present)
            vnc = vnc_start(p);
    }
    if (code == CODE_OK && doubted && !(show && (has_display() || has_terminal())))
        code = CODE_DOS; /* nobody sees the machine wait */
    else if (code == CODE_OK)
        code = show ? attach(p, false) : vnc;
    profile_free(p);
    return code;
}

int command_run(int argc, char **argv)
{
    g_autofree char *engine = NULL, *debug_log = NULL, *as = NULL;
    gboolean headless = FALSE, as_text = FALSE;
    const GOptionEntry entries[] = {
        { "as", 0, 0, G_OPTION_ARG_STRING, &as, "where in DOS a folder lies; else it is C:\\",
          "'C:\\NAME'" },
        { "headless", 0, 0, G_OPTION_ARG_NONE, &headless,
          "a folder or program: no window, no terminal", NULL },
        { "text", 0, 0, G_OPTION_ARG_NONE, &as_text,
          "a folder or program: its text to standard output, standard input to it", NULL },
        { "engine", 0, 0, G_OPTION_ARG_STRING, &engine, "auto, kvm, own, translate, interpret",
          "NAME" },
        { "debug-log", 0, 0, G_OPTION_ARG_FILENAME, &debug_log, "the firmware's messages", "FILE" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    struct launch how = { 0 };
    int code;

    if (!parse(&argc, &argv, entries, 0, 64, &code))
        return code;
    how.engine = engine;
    how.debug_log = debug_log;
    if (argc > 1 && (g_file_test(argv[1], G_FILE_TEST_IS_DIR) || dos_is_program(argv[1]))) {
        how.foreground = true;
        return dos_run(&(struct dos_run){ .as = as, .headless = headless, .text = as_text }, &how,
                       argv + 1, argc - 1);
    }
    if (as || headless || as_text || argc > 2)
        return complain(CODE_WRONG,
                        argc > 1 ? "run: %s is neither a folder nor a program of DOS."
                                 : "run: --as, --headless and --text go with a folder "
                                   "or a program.",
                        argv[1]);
    return start_profile(argc > 1 ? argv[1] : NULL, &how, true);
}

int command_start(int argc, char **argv)
{
    g_autofree char *engine = NULL, *debug_log = NULL;
    const GOptionEntry entries[] = {
        { "engine", 0, 0, G_OPTION_ARG_STRING, &engine, "auto, kvm, own, translate, interpret",
          "NAME" },
        { "debug-log", 0, 0, G_OPTION_ARG_FILENAME, &debug_log, "the firmware's messages", "FILE" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    int code;

    if (!parse(&argc, &argv, entries, 1, 1, &code))
        return code;
    return start_profile(argv[1], &(struct launch){ .engine = engine, .debug_log = debug_log },
                         false);
}

/* ---- boot ---- */

/* What a file is by its contents; false: complained. */
static bool probe_image(const char *path, struct image_info *info, int *code)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct error err;
    bool good;

    if (fd < 0) {
        *code = complain(CODE_WRONG, "%s: %s.", path, strerror(errno));
        return false;
    }
    good = image_probe(fd, path, info, &err);
    if (!good)
        *code = complain(CODE_WRONG, "%s", err.text);
    close(fd);
    return good;
}

/* Sorts images into drives by what they are; false: complained. */
static bool sort_images(char **images, int count, struct profile_new *what, int *code)
{
    unsigned floppies = 0, disks = 0, cdroms = 0;

    for (int i = 0; i < count; i++) {
        struct image_info info;

        if (!probe_image(images[i], &info, code))
            return false;
        if (info.kind == IMAGE_CDROM && cdroms < PROFILE_CDROMS) {
            what->cdrom[cdroms++] = images[i];
        } else if (info.kind == IMAGE_FLOPPY && profile_is_floppy_size(info.size) && floppies < 2) {
            what->floppy_read_only[floppies] = access(images[i], W_OK) != 0;
            what->floppy[floppies++] = images[i];
        } else if (info.kind != IMAGE_CDROM && disks < 4) {
            what->disk_read_only[disks] = access(images[i], W_OK) != 0;
            what->disk[disks++] = images[i];
        } else {
            *code =
                complain(CODE_WRONG,
                         "%s: there is no drive left for this %s; a machine takes two floppies, "
                         "two CDs and four disks and CDs together.",
                         images[i], image_kind_name(info.kind));
            return false;
        }
    }
    if (disks + cdroms > 4) {
        *code = complain(CODE_WRONG, "there are four positions for disks and CDs together.");
        return false;
    }
    if (floppies)
        what->boot = cdroms ? "adc" : "ac";
    else
        what->boot = cdroms ? "dca" : "ca";
    return true;
}

static GPid foreground_child;

static void forward_signal(int sig)
{
    if (foreground_child > 0)
        kill(foreground_child, sig);
}

static int boot_profile(const char *path, const struct launch *how, bool headless, bool *ran)
{
    int code, status = 0;
    struct profile *p = open_profile(path, &code);

    if (!p)
        return code;
    signal(SIGTERM, forward_signal);
    signal(SIGINT, forward_signal);
    code = launch_machine(p, how, &foreground_child);
    if (code == CODE_OK) {
        *ran = true;
        if (!headless) {
            attach(p, false);
            kill(foreground_child, SIGTERM);
        }
        while (waitpid(foreground_child, &status, 0) < 0 && errno == EINTR)
            ;
        code = WIFEXITED(status) ? WEXITSTATUS(status) : CODE_FAILED;
    }
    profile_free(p);
    return code;
}

static void remove_folder(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *full = g_build_filename(path, name, NULL);

        if (g_file_test(full, G_FILE_TEST_IS_DIR) && !g_file_test(full, G_FILE_TEST_IS_SYMLINK))
            remove_folder(full);
        else
            g_unlink(full);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(path);
}

int boot_new(const struct profile_new *what, const struct launch *how, bool headless, bool *ran)
{
    g_autofree char *dir = g_dir_make_tmp("bygone-XXXXXX", NULL), *path = NULL, *problem = NULL;
    int code;

    *ran = false;
    if (!dir)
        return complain(CODE_HOST, "no temporary folder could be made.");
    path = g_build_filename(dir, "boot" PROFILE_SUFFIX, NULL);
    if (profile_create(path, what, &problem))
        code = boot_profile(path, how, headless, ran);
    else
        code = complain(CODE_FAILED, "%s", problem);
    remove_folder(dir);
    return code;
}

int command_boot(int argc, char **argv)
{
    g_autofree char *engine = NULL, *debug_log = NULL, *memory = NULL, *serial = NULL, *cpu = NULL;
    g_autofree char *speed = NULL, *kernel = NULL, *initrd = NULL, *append = NULL;
    g_autofree char *translation_log = NULL;
    gboolean headless = FALSE, debug_exit = FALSE, counted = FALSE, perf_map = FALSE;
    const GOptionEntry entries[] = {
        { "kernel", 0, 0, G_OPTION_ARG_FILENAME, &kernel, "a Linux kernel to start", "FILE" },
        { "initrd", 0, 0, G_OPTION_ARG_FILENAME, &initrd, "its initial RAM disk", "FILE" },
        { "append", 0, 0, G_OPTION_ARG_STRING, &append, "its command line", "TEXT" },
        { "memory", 0, 0, G_OPTION_ARG_STRING, &memory,
          "such as 16M (the default; 128M with --kernel)", "SIZE" },
        { "cpu", 0, 0, G_OPTION_ARG_STRING, &cpu, "486, Pentium or PentiumII", "MODEL" },
        { "serial", 0, 0, G_OPTION_ARG_STRING, &serial,
          "first port: stdio, pty, tcp-listen:PORT, a file ...; see the manual", "WHERE" },
        { "headless", 0, 0, G_OPTION_ARG_NONE, &headless, "no window, no terminal", NULL },
        { "debug-exit", 0, 0, G_OPTION_ARG_NONE, &debug_exit,
          "a write of N to port F4h ends with code 2N+1", NULL },
        { "speed", 0, 0, G_OPTION_ARG_STRING, &speed,
          "of the processor: full, 386DX-33, 11.4 ...; see `bygone speed`", "SPEED" },
        { "counted", 0, 0, G_OPTION_ARG_NONE, &counted, "time by instructions executed", NULL },
        { "engine", 0, 0, G_OPTION_ARG_STRING, &engine, "auto, kvm, own, translate, interpret",
          "NAME" },
        { "debug-log", 0, 0, G_OPTION_ARG_FILENAME, &debug_log, "the firmware's messages", "FILE" },
        { "translation-log", 0, 0, G_OPTION_ARG_FILENAME, &translation_log,
          "what the translator does", "FILE" },
        { "perf-map", 0, 0, G_OPTION_ARG_NONE, &perf_map, "names of translated code for perf(1)",
          NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    struct profile_new what = { .name = "boot", .template_id = "other" };
    bool ran;
    int code;

    if (!parse(&argc, &argv, entries, 0, 6, &code) ||
        !sort_images(argv + 1, argc - 1, &what, &code))
        return code;
    if (!kernel && (initrd || append || argc < 2))
        return complain(CODE_WRONG, initrd || append
                                        ? "boot: --initrd and --append go with --kernel FILE."
                                        : "boot: name an image, or a kernel with --kernel FILE.");
    what.kernel = kernel;
    what.initrd = initrd;
    what.cmdline = append;
    what.memory = memory ? memory : kernel ? "128M" : "16M";
    what.cpu = cpu;
    what.serial = serial;
    what.speed = speed;
    what.debug_exit = debug_exit;
    what.passing = true;
    return boot_new(&what,
                    &(struct launch){ .engine = engine,
                                      .debug_log = debug_log,
                                      .translation_log = translation_log,
                                      .perf_map = perf_map,
                                      .counted = counted,
                                      .foreground = true },
                    headless || (serial && !strcmp(serial, "stdio")), &ran);
}
