/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bygone-machine: one machine, headless, in a process of its own.  Started by `bygone`, never by
 * hand.  It reads the profile, builds the board, opens the console and the control socket, and runs
 * until the guest or somebody ends it.
 *
 * Descriptor 3, if given with --ready-fd, gets one line once the machine runs: "ready" or "error:
 * SENTENCE".
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/console.h"
#include "core/control/control.h"
#include "core/cpu/probe.h"
#include "core/host/image.h"
#include "core/machine.h"
#include "core/main/calibrate.h"
#include "core/main/confine.h"
#include "core/main/dos.h"
#include "core/main/drives.h"
#include "core/main/inhibit.h"
#include "core/main/kept.h"
#include "core/main/kernel.h"
#include "core/main/ports.h"
#include "core/speed.h"
#include "profiles/profile.h"

enum { EXIT_PROFILE = 2, EXIT_HOST = 3 };

static const char *opt_profile, *opt_engine, *opt_debug_log;
static const char *opt_trace, *opt_translation_log;
static gint opt_ready_fd = -1, opt_ns_per_insn;
static gboolean opt_counted, opt_paused, opt_no_bursts, opt_no_confinement, opt_perf_map;

static const GOptionEntry options[] = {
    { "engine", 0, 0, G_OPTION_ARG_STRING, &opt_engine, "auto, kvm, own, translate, interpret",
      "NAME" },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &opt_ready_fd, "where to report that it runs", "N" },
    { "debug-log", 0, 0, G_OPTION_ARG_FILENAME, &opt_debug_log,
      "where the firmware's messages go (\"-\": standard error)", "FILE" },
    { "trace", 0, 0, G_OPTION_ARG_STRING, &opt_trace,
      "devices whose register traffic goes to standard error, or all", "NAMES" },
    { "counted", 0, 0, G_OPTION_ARG_NONE, &opt_counted,
      "time by instructions executed: repeats to the bit", NULL },
    { "ns-per-insn", 0, 0, G_OPTION_ARG_INT, &opt_ns_per_insn,
      "with --counted: virtual time of one instruction (50)", "N" },
    { "translation-log", 0, 0, G_OPTION_ARG_FILENAME, &opt_translation_log,
      "where the translator writes what it translates, and why its code was left", "FILE" },
    { "perf-map", 0, 0, G_OPTION_ARG_NONE, &opt_perf_map,
      "names of translated code for perf, in /tmp/perf-PID.map", NULL },
    { "no-bursts", 0, 0, G_OPTION_ARG_NONE, &opt_no_bursts,
      "KVM also does what the interpreter does better (for measurements)", NULL },
    { "no-confinement", 0, 0, G_OPTION_ARG_NONE, &opt_no_confinement,
      "for debugging: the guest runs without Landlock and seccomp", NULL },
    { "paused", 0, 0, G_OPTION_ARG_NONE, &opt_paused, "do not start yet", NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
};

struct process {
    struct profile *profile;
    struct machine *machine;
    struct image_hub *images;
    struct console_server *console;
    struct control_server *control;
    char *runtime, *state_path;
    FILE *debug;
    int lock_fd, log_fd;
    struct engine_probe kvm, own;
    char reason[512];
    struct kernel kernel; /* until the board has it */
    struct confine_report confined;
    struct error doubt; /* what is not as it was when the resumed state was saved */
};

static struct process proc = { .lock_fd = -1, .log_fd = -1 };
static pthread_mutex_t proc_lock = PTHREAD_MUTEX_INITIALIZER; /* of proc.machine, for post() */

/* From other threads; when the machine has gone, nobody is left to be told. */
static void post(void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&proc_lock);
    if (proc.machine)
        machine_post(proc.machine, fn, arg);
    pthread_mutex_unlock(&proc_lock);
}

static void log_line(const char *text)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *when = g_date_time_format(now, "%F %T");

    if (proc.log_fd >= 0)
        dprintf(proc.log_fd, "%s %s\n", when, text);
}

static int fail(int code, const char *sentence)
{
    if (opt_ready_fd >= 0)
        dprintf(opt_ready_fd, "error: %s\n", sentence);
    else
        fprintf(stderr, "bygone: %s\n", sentence);
    log_line(sentence);
    return code;
}

static int fail_list(const GPtrArray *problems)
{
    for (unsigned i = 0; i < problems->len; i++)
        fail(EXIT_PROFILE, problems->pdata[i]);
    return EXIT_PROFILE;
}

/* ---- the machine's own folder ---- */

static bool copy_rom(const char *from, const char *to, struct error *err)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    gsize length;

    if (g_file_test(to, G_FILE_TEST_EXISTS))
        return true;
    if (!g_file_get_contents(from, &data, &length, &error))
        return error_set(err, "the firmware is missing (Debian package seabios): %s",
                         error->message);
    if (!g_file_set_contents(to, data, (gssize)length, &error))
        return error_set(err, "the firmware cannot be copied: %s", error->message);
    return true;
}

static bool load_rom(const char *name, const char *file, uint32_t most, const uint8_t **data,
                     uint32_t *size, struct error *err)
{
    g_autofree char *from = g_build_filename("/usr/share/seabios", file, NULL);
    g_autofree char *to = g_build_filename(proc.profile->folder, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text;
    gsize length;

    if (!copy_rom(from, to, err))
        return false;
    if (!g_file_get_contents(to, &text, &length, &error))
        return error_set(err, "the firmware cannot be read: %s", error->message);
    if (!length || length > most || (most > 65536 && length != 131072 && length != 262144)) {
        g_free(text);
        return error_set(err,
                         "%s has %u bytes and is no firmware of this board; remove it and it "
                         "is copied anew",
                         to, (unsigned)length);
    }
    *data = (const uint8_t *)text;
    *size = (uint32_t)length;
    return true;
}

static bool open_folder(struct error *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    g_autofree char *lock_path = g_build_filename(proc.profile->folder, "lock", NULL);
    g_autofree char *log_path = g_build_filename(proc.profile->folder, "log", NULL);

    if (g_mkdir_with_parents(proc.profile->folder, 0755) < 0)
        return error_set(err, "the machine's folder %s cannot be made: %s", proc.profile->folder,
                         strerror(errno));
    proc.lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (proc.lock_fd < 0 || fcntl(proc.lock_fd, F_OFD_SETLK, &lock) < 0)
        return error_set(err, "%s is running already", proc.profile->name);
    proc.log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    proc.state_path = g_build_filename(proc.profile->folder, "state", NULL);
    proc.runtime = profile_runtime_dir(proc.profile, true);
    return true;
}

/* ---- media ---- */

static void poll_images(void *arg)
{
    image_hub_poll(arg);
}

static void images_ready(void *ctx) /* on the worker thread */
{
    (void)ctx;
    post(poll_images, proc.images);
}

static bool put_image(struct media_hub *hub, const char *name, const struct profile_image *image,
                      struct error *err)
{
    struct media *media;

    if (!image->file)
        return true;
    media = image_open(proc.images, image->file, image->read_only ? IMAGE_READ_ONLY : 0, err);
    if (!media)
        return error_prefix(err, "%s", name);
    drive_set_media(media_drive(hub, name), media);
    return true;
}

static bool prepare(void *ctx, struct media_hub *hub, struct error *err)
{
    const struct profile *p = proc.profile;
    char name[16];

    (void)ctx;
    if (!put_image(hub, "floppy0", &p->floppy[0], err) ||
        !put_image(hub, "floppy1", &p->floppy[1], err))
        return false;
    for (unsigned i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "disk%u", i);
        if (!put_image(hub, name, &p->disk[i], err))
            return false;
    }
    return drives_put_cdroms(p, proc.images, hub, err);
}

static bool insert(void *ctx, const char *drive_name, int fd, const char *label, bool read_only,
                   struct error *err)
{
    (void)ctx;
    return drives_insert(proc.images, machine_board(proc.machine)->media, drive_name, fd, label,
                         read_only, err);
}

/* What the person who starts the machine should know. */
static void tell(const char *sentence)
{
    if (opt_ready_fd >= 0)
        dprintf(opt_ready_fd, "note: %s\n", sentence);
    else
        fprintf(stderr, "bygone: %s\n", sentence);
}

/* ---- saving ---- */

static bool save(void *ctx, struct error *err)
{
    g_autofree char *fresh = g_strconcat(proc.state_path, ".new", NULL);
    g_autofree char *media = g_strconcat(proc.state_path, ".media", NULL);
    int fd = open(fresh, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int dir;
    bool ok;

    (void)ctx;
    if (fd < 0)
        return error_set(err, "%s: %s", fresh, strerror(errno));
    ok = dos_save(proc.machine, proc.state_path, err) && machine_save(proc.machine, fd, err);
    if (ok && fsync(fd) < 0)
        ok = error_set(err, "%s: %s", fresh, strerror(errno));
    close(fd);
    ok = ok && kept_write(media, machine_board(proc.machine)->media, err);
    if (ok && rename(fresh, proc.state_path) < 0)
        ok = error_set(err, "%s: %s", proc.state_path, strerror(errno));
    if (!ok) {
        unlink(fresh);
        return false;
    }
    dir = open(proc.profile->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
    /* What happens from here on would not be in the state: the machine ends. */
    machine_pause(proc.machine, MACHINE_PAUSED, "saved");
    ports_keep_jobs();
    machine_quit(proc.machine);
    log_line("saved");
    return true;
}

static bool resume(struct error *err)
{
    int fd = open(proc.state_path, O_RDONLY | O_CLOEXEC);
    g_autofree char *used = g_strconcat(proc.state_path, ".resumed", NULL);
    g_autofree char *media = g_strconcat(proc.state_path, ".media", NULL);
    struct media_hub *hub = machine_board(proc.machine)->media;
    bool ok;

    if (fd < 0)
        return errno == ENOENT || error_set(err, "%s: %s", proc.state_path, strerror(errno));
    media_hub_hold(hub); /* a write that was under way: not into another disk */
    ok = machine_load(proc.machine, fd, err);
    close(fd);
    ok = ok && dos_resume(proc.state_path, &proc.doubt, err);
    if (!ok)
        return error_prefix(err, "%s", proc.state_path);
    /* The disks go on from here; resuming this state again would harm them. */
    if (rename(proc.state_path, used) < 0)
        return error_set(err, "%s: %s", proc.state_path, strerror(errno));
    log_line("resumed");
    kept_compare(media, hub, tell, &proc.doubt);
    if (!proc.doubt.text[0])
        media_hub_release(hub);
    return true;
}

/* ---- engine ---- */

static bool report_engine(void *ctx, const char *wish, char report[1024], struct error *err)
{
    const struct cpu_ops *ops = machine_cpu(proc.machine)->ops;
    struct machine_stats stats;
    g_autofree char *reason = NULL;

    (void)ctx;
    if (wish) {
        ops = engine_choose(wish, &proc.kvm, &proc.own, proc.reason);
        if (!ops)
            return error_set(err, "%.250s", proc.reason);
        calibrate_again(&proc.kvm);
        if (!machine_set_engine(proc.machine, ops, ops == &kvm_ops ? proc.kvm.mips : proc.own.mips,
                                proc.kvm.slice_ns, err))
            return false;
    }
    machine_get_stats(proc.machine, &stats);
    reason = g_strescape(proc.reason, NULL);
    snprintf(report, 1024,
             "{\"engine\": \"%s\", \"reason\": \"%s\", \"kvm-mips\": %.1f, \"own-mips\": %.1f, "
             "\"kvm-port-ns\": %.0f, \"own-port-ns\": %.0f, \"mips\": %.1f, \"rescues\": %llu, "
             "\"rescue-instructions\": %llu, \"confinement\": \"%s\"}",
             ops->name, reason, proc.kvm.mips, proc.own.mips, proc.kvm.port_ns, proc.own.port_ns,
             stats.mips, (unsigned long long)stats.rescues, (unsigned long long)stats.rescue_insns,
             proc.confined.text);
    return true;
}

/* ---- the guest's clock ---- */

/* A guest that was not running, or only starts anew, finds the time that it is. */
static void follow_clock(void)
{
    if (proc.machine && !opt_counted && profile_clock_follows(proc.profile))
        pc_follow_clock(machine_pc(proc.machine), profile_wall(proc.profile));
}

static void on_clock_set(void *ctx, int64_t offset)
{
    g_autofree char *data = g_strdup_printf(
        "{\"offset\": %" G_GINT64_FORMAT ", \"qom-path\": \"/machine/rtc\"}", offset);

    (void)ctx;
    if (proc.control)
        control_server_event(proc.control, "RTC_CHANGE", data);
}

/* ---- events ---- */

static void on_status(void *ctx, enum machine_status status, const char *why)
{
    (void)ctx;
    if (status == MACHINE_RUNNING) {
        follow_clock();
        if (proc.machine)
            media_hub_release(machine_board(proc.machine)->media);
    }
    if (proc.console)
        console_server_status(proc.console);
    if (proc.control)
        control_server_status(proc.control);
    if (why && why[0])
        log_line(why);
}

static void on_reset(void *ctx, bool by_guest)
{
    (void)ctx;
    follow_clock();
    if (proc.control)
        control_server_reset(proc.control, by_guest);
}

static void on_log(void *ctx, const char *text)
{
    (void)ctx;
    log_line(text);
}

static void on_debug_char(void *ctx, uint16_t port, uint8_t c)
{
    (void)ctx;
    (void)port;
    if (proc.debug)
        putc(c, proc.debug);
}

/* Told to end: as the profile says.  Where its way cannot be gone, the next safest is: a guest that
 * hears no power button is saved, as is one that was asked to switch off and has not. */
static void terminate(void *arg)
{
    static bool asked, ended;
    struct machine *m = proc.machine;
    struct error err = { { 0 } };

    (void)arg;
    if (ended) /* told again on the way out */
        return;

    if (proc.profile->on_terminate == TERMINATE_SHUTDOWN && !asked &&
        machine_status(m) == MACHINE_RUNNING && pc_hears_power_button(machine_pc(m))) {
        pc_power_button(machine_pc(m));
        asked = true;
        log_line("told to end: the guest was asked to switch off");
        return;
    }
    ended = true;
    if (proc.profile->on_terminate != TERMINATE_OFF && machine_status(m) != MACHINE_SHUTDOWN &&
        machine_status(m) != MACHINE_FAILED && !save(NULL, &err)) {
        log_line(err.text);
        fail(EXIT_HOST, err.text);
    }
    if (proc.control)
        control_server_shutdown(proc.control, "host-signal");
    machine_quit(m);
}

static void *signal_thread(void *arg)
{
    sigset_t set;
    int sig;

    (void)arg;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    for (;;) {
        sigwait(&set, &sig);
        post(terminate, NULL);
    }
    return NULL;
}

/* ---- from profile to machine ---- */

static enum x86_model model_of(const char *name)
{
    for (int i = 0; i < CPU_MODELS; i++)
        if (!strcmp(name, x86_model_name((enum x86_model)i)))
            return (enum x86_model)i;
    return CPU_486;
}

/* Where the choice is ours: a limited speed that the own engine reaches is counted out by it, which
 * is even to the instruction; KVM can only work and rest. */
static void prefer_counting(struct machine_config *config)
{
    char text[SPEED_TEXT];

    if (!config->speed || config->engine->counts ||
        proc.own.mips * SPEED_UNIT < (double)config->speed)
        return;
    config->engine = engine_own();
    g_snprintf(
        proc.reason, sizeof(proc.reason),
        "%s: it counts the instructions of the speed %s, and does %.1f million a second here",
        config->engine == &interp_ops ? "interpreter" : "translator",
        speed_text(config->speed, text), proc.own.mips);
}

static bool choose_engine(struct machine_config *config, struct error *err)
{
    const char *wish = opt_engine ? opt_engine : proc.profile->engine;

    if (opt_counted && !strcmp(wish, "auto"))
        wish = "own"; /* only engines that count can be counted */
    config->engine = engine_choose(wish, &proc.kvm, &proc.own, proc.reason);
    if (!config->engine)
        return error_set(err, "%.250s", proc.reason);
    if (opt_counted && config->engine == &kvm_ops)
        return error_set(err, "KVM cannot count instructions; --counted needs --engine own");
    if (proc.kvm.usable)
        calibrate_start(&proc.kvm);
    if (!strcmp(wish, "auto"))
        prefer_counting(config);
    config->mips = config->engine == &kvm_ops ? proc.kvm.mips : proc.own.mips;
    config->slice_ns = proc.kvm.slice_ns;
    config->rescue = &interp_ops;
    config->stay = engine_own();
    config->bursts = !opt_no_bursts;
    config->rescue_may_stay = !strcmp(wish, "auto");
    log_line(proc.reason);
    return true;
}

static bool build(struct error *err)
{
    const struct profile *p = proc.profile;
    struct machine_config config = {
        .time = opt_counted ? TIME_COUNTED : TIME_PACED,
        .ns_per_insn =
            opt_ns_per_insn > 0 && opt_ns_per_insn <= 1000000 ? (uint32_t)opt_ns_per_insn : 0,
        .events = { on_status, on_reset, on_log, on_debug_char, NULL, on_clock_set },
        .prepare = prepare,
    };

    config.speed = p->speed;
    config.pc.memory = p->memory;
    config.pc.cpu = model_of(p->cpu);
    config.pc.debug_exit = p->debug_exit;
    config.pc.disk_fast = p->disk_fast;
    config.pc.wall_start = profile_wall(p);
    config.pc.wall_frozen = p->clock == CLOCK_FROZEN;
    g_strlcpy(config.pc.boot, p->boot, sizeof(config.pc.boot));
    drives_configure(p, &config.pc);
    if (!ports_open(p, proc.runtime, &config.pc, on_log, err) || /* forks: before any thread */
        !dos_open(p, opt_counted, &config.pc, err))
        return false;
    proc.images = image_hub_new(opt_counted, images_ready, NULL, err);
    if (!proc.images || !choose_engine(&config, err) ||
        !load_rom("bios.bin", "bios-256k.bin", 262144, &config.pc.bios, &config.pc.bios_size,
                  err) ||
        !load_rom("vgabios.bin", "vgabios-stdvga.bin", 65536, &config.pc.vgabios,
                  &config.pc.vgabios_size, err))
        return false;
    if (!translate_log_open(opt_translation_log, opt_perf_map, err))
        return false;
    config.pc.linux_boot = p->kernel ? &proc.kernel.boot : NULL;
    proc.machine = machine_new(&config, err);
    kernel_unload(&proc.kernel);
    g_free((void *)config.pc.bios);
    g_free((void *)config.pc.vgabios);
    return proc.machine != NULL;
}

static void set_traces(void)
{
    g_auto(GStrv) names = g_strsplit(opt_trace ? opt_trace : "", ",", -1);

    for (struct device *dev = machine_board(proc.machine)->devices; dev; dev = dev->next)
        if (g_strv_contains((const char *const *)names, dev->name) ||
            g_strv_contains((const char *const *)names, "all"))
            dev->trace_mask = UINT32_MAX;
}

static const char *serial_target(void *ctx, unsigned port)
{
    (void)ctx;
    return proc.profile->serial[port].present ? proc.profile->serial[port].target : NULL;
}

static void type_text(void *ctx, const char *utf8)
{
    (void)ctx;
    if (proc.control)
        control_server_type(proc.control, utf8);
}

static void type_stroke(void *ctx, unsigned evdev, bool down)
{
    (void)ctx;
    if (proc.control)
        control_server_stroke(proc.control, evdev, down);
}

static bool open_sockets(struct error *err)
{
    static const struct console_typing typing = { .text = type_text, .stroke = type_stroke };
    const struct control_actions actions = {
        .save = save, .engine = report_engine, .insert = insert, .serial = serial_target
    };
    g_autofree char *console = g_build_filename(proc.runtime, "console", NULL);
    g_autofree char *control = g_build_filename(proc.runtime, "control", NULL);

    proc.console = console_server_new(proc.machine, proc.profile->name, console, err);
    if (!proc.console)
        return false;
    proc.control = control_server_new(proc.machine, proc.profile->name, proc.profile->uuid, control,
                                      &actions, err);
    if (proc.control)
        console_server_on_typing(proc.console, &typing);
    return proc.control != NULL;
}

static void close_all(void)
{
    struct machine *m;

    control_server_free(proc.control);
    console_server_free(proc.console);
    ports_stop();
    kernel_unload(&proc.kernel);
    pthread_mutex_lock(&proc_lock);
    m = proc.machine;
    proc.machine = NULL;
    pthread_mutex_unlock(&proc_lock);
    machine_free(m);
    ports_close();
    dos_close();
    image_hub_free(proc.images);
    if (proc.runtime)
        rmdir(proc.runtime);
    g_free(proc.runtime);
    g_free(proc.state_path);
    profile_free(proc.profile);
    if (proc.debug && proc.debug != stderr)
        fclose(proc.debug);
    if (proc.log_fd >= 0)
        close(proc.log_fd);
    if (proc.lock_fd >= 0)
        close(proc.lock_fd);
}

static void block_signals(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigset_t set;

    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool confine_early(struct error *err)
{
    const struct confine_paths paths = { proc.profile->folder, proc.runtime, dos_folder };

    if (!opt_no_confinement)
        return confine_files(&paths, &proc.confined, err);
    fputs("bygone-machine: --no-confinement: a guest that breaks out of this machine can do all "
          "that you can.\n",
          stderr);
    g_strlcpy(proc.confined.text, "none (--no-confinement)", sizeof(proc.confined.text));
    return true;
}

static bool confine_late(struct error *err)
{
    g_autofree char *line = NULL;

    if (!opt_no_confinement && !confine_calls(&proc.confined, err))
        return false;
    line = g_strconcat("confinement: ", proc.confined.text, NULL);
    log_line(line);
    if (confine_test)
        confine_test();
    return true;
}

/* The machine waits for somebody to decide. */
static void tell_doubt(void)
{
    if (opt_ready_fd >= 0)
        dprintf(opt_ready_fd, "doubt: %s\n", proc.doubt.text);
    else
        fprintf(stderr, "bygone: %s\n", proc.doubt.text);
}

static int run(void)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    struct error err = { { 0 } };
    pthread_t signals;
    int code;

    proc.profile = profile_load(opt_profile, problems, NULL);
    if (proc.profile)
        profile_check_images(proc.profile, problems);
    if (problems->len)
        return fail_list(problems);
    if (proc.profile->kernel && !kernel_load(&proc.kernel, proc.profile, &err))
        return fail(EXIT_PROFILE, err.text);
    if (proc.profile->on_terminate != TERMINATE_OFF)
        inhibit_start(proc.profile->name, opt_ready_fd);
    /* From here on the order is that of confine.h. */
    kvm_open();
    translate_open(opt_perf_map);
    if (!open_folder(&err) || !build(&err) || !confine_early(&err) || !resume(&err) ||
        !open_sockets(&err))
        return fail(EXIT_HOST, err.text);
    set_traces();
    ports_start(proc.machine);
    dos_start(proc.machine);
    ports_tell(tell);
    pthread_create(&signals, NULL, signal_thread, NULL);
    pthread_detach(signals);
    if (!confine_late(&err))
        return fail(EXIT_HOST, err.text);
    if (proc.doubt.text[0])
        machine_pause(proc.machine, MACHINE_PAUSED, proc.doubt.text);
    else if (!opt_paused)
        machine_start(proc.machine);
    if (proc.doubt.text[0])
        tell_doubt();
    if (opt_ready_fd >= 0) {
        dprintf(opt_ready_fd, "ready\n");
        close(opt_ready_fd);
        opt_ready_fd = -1;
    }
    code = machine_run(proc.machine);
    log_line("ended");
    return code;
}

/* The library would read the host's time zone again and again; later its file is out of reach. */
static void pin_time_zone(void)
{
    g_autoptr(GTimeZone) zone = g_time_zone_new_local();
    g_autoptr(GTimeZone) again = NULL;

    g_setenv("TZ", g_time_zone_get_identifier(zone), FALSE);
    again = g_time_zone_new_local(); /* kept by the library as long as TZ names it */
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("PROFILE");
    g_autoptr(GError) error = NULL;
    int code;

    setlocale(LC_ALL, "");
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc != 2) {
        fprintf(stderr, "bygone-machine: %s\n", error ? error->message : "one profile, please");
        return EXIT_PROFILE;
    }
    opt_profile = argv[1];
    pin_time_zone();
    block_signals();
    if (opt_debug_log)
        proc.debug = strcmp(opt_debug_log, "-") ? fopen(opt_debug_log, "we") : stderr;
    if (proc.debug)
        setvbuf(proc.debug, NULL, _IOLBF, 0);
    code = run();
    close_all();
    return code;
}
