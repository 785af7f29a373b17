/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole machines for tests; see the header. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cpu/probe.h"
#include "core/host/keys.h"
#include "core/host/picture.h"
#include "core/screen.h"
#include "tests/check_main.h"
#include "tests/guest/confined.h"
#include "tests/guest/machine_bench.h"

#define FIRMWARE "/usr/share/seabios/"

/* ---- files ---- */

/* What was read once: in a confined process it can be had again. */
static struct kept {
    struct kept *next;
    char *path;
    struct bench_bytes bytes;
} * kept_files;

static struct bench_bytes read_file(const char *path)
{
    struct bench_bytes bytes = { NULL, 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return bytes;
    if (fstat(fd, &st) == 0) {
        bytes.size = (size_t)st.st_size;
        bytes.data = malloc(bytes.size + 1);
        if (read(fd, bytes.data, bytes.size) != (ssize_t)bytes.size) {
            free(bytes.data);
            bytes = (struct bench_bytes){ NULL, 0 };
        }
    }
    close(fd);
    return bytes;
}

struct bench_bytes bench_file(const char *path)
{
    struct bench_bytes copy = { NULL, 0 };
    struct kept *k = kept_files;

    while (k && strcmp(k->path, path) != 0)
        k = k->next;
    if (!k) {
        struct bench_bytes bytes = read_file(path);

        if (!bytes.data)
            return bytes;
        k = calloc(1, sizeof(*k));
        *k = (struct kept){ kept_files, strdup(path), bytes };
        kept_files = k;
    }
    copy = (struct bench_bytes){ malloc(k->bytes.size + 1), k->bytes.size };
    memcpy(copy.data, k->bytes.data, k->bytes.size);
    return copy;
}

struct bench_bytes bench_freedos(void)
{
    const char *images = getenv("BYGONE_IMAGES");
    struct bench_bytes bytes;
    char path[4096];

    snprintf(path, sizeof(path), "%s/freedos-1440.img", images && *images ? images : TEST_IMAGES);
    bytes = bench_file(path);
    if (!bytes.data)
        check_skip("freedos-1440.img is not there; BYGONE_IMAGES names its folder");
    return bytes;
}

struct bench_bytes bench_boot_image(const char *name, size_t size)
{
    struct bench_bytes code, image;
    char path[4096];

    snprintf(path, sizeof(path), TEST_PROGRAMS "/%s.bin", name);
    code = bench_file(path);
    ck_assert_msg(code.data != NULL, "%s is missing", path);
    ck_assert_uint_le(code.size, size);
    image = (struct bench_bytes){ calloc(1, size), size };
    memcpy(image.data, code.data, code.size);
    free(code.data);
    return image;
}

bool bench_kvm(void)
{
    static struct engine_probe probe;
    static bool done;

    if (!done)
        engine_probe(&kvm_ops, &probe);
    done = true;
    if (!probe.usable) {
        char reason[300];

        snprintf(reason, sizeof(reason), "no KVM here: %s", probe.why_not);
        check_skip(reason);
    }
    return probe.usable;
}

/* ---- events ---- */

static void on_status(void *ctx, enum machine_status status, const char *why)
{
    struct bench *b = ctx;

    if (status == MACHINE_IO_ERROR)
        b->pauses++;
    if (b->status_changed)
        b->status_changed(b, status);
    (void)why;
}

static void on_reset(void *ctx, bool by_guest)
{
    struct bench *b = ctx;

    b->resets++;
    if (b->was_reset)
        b->was_reset(b, by_guest);
}

static void on_log(void *ctx, const char *text)
{
    struct bench *b = ctx;
    size_t used = strlen(b->log);

    snprintf(b->log + used, sizeof(b->log) - used, "%s\n", text);
}

static void on_debug_char(void *ctx, uint16_t port, uint8_t c)
{
    struct bench *b = ctx;

    if (b->debug_length < sizeof(b->debug) - 1)
        b->debug[b->debug_length++] = (char)c;
    if (b->debug_written)
        b->debug_written(b, port, c);
}

/* ---- making ---- */

static bool prepare(void *ctx, struct media_hub *hub, struct error *err)
{
    struct bench *b = ctx;

    (void)err;
    b->floppy = b->disk = NULL;
    if (b->setup.floppy.data) {
        b->floppy = media_memory_new(b->setup.floppy.data, b->setup.floppy.size, false);
        drive_set_media(media_drive(hub, "floppy0"), b->floppy);
    }
    if (b->setup.disk.data) {
        b->disk = media_memory_new(b->setup.disk.data, b->setup.disk.size, false);
        drive_set_media(media_drive(hub, "disk0"), b->disk);
    }
    if (b->setup.cdrom.data)
        drive_set_media(media_drive(hub, "cdrom0"),
                        media_memory_new(b->setup.cdrom.data, b->setup.cdrom.size, true));
    return true;
}

/* BYGONE_TEST_ENGINE=translate runs the tests that name no engine on the translator. */
static const struct cpu_ops *default_engine(void)
{
    const char *name = getenv("BYGONE_TEST_ENGINE");

    return name && !strcmp(name, translate_ops.name) ? &translate_ops : &interp_ops;
}

static void make(struct bench *b)
{
    struct bench_bytes bios = bench_file(FIRMWARE "bios-256k.bin");
    struct bench_bytes vgabios = bench_file(FIRMWARE "vgabios-stdvga.bin");
    const struct cpu_ops *engine = b->setup.engine ? b->setup.engine : default_engine();
    struct machine_config config = {
        .engine = engine,
        .time = b->setup.paced || !engine->counts ? TIME_PACED : TIME_COUNTED,
        .rescue = engine->counts ? NULL : &interp_ops,
        .bursts = b->setup.bursts,
        .speed = b->setup.speed,
        .prepare = prepare,
        .prepare_ctx = b,
        .events = { on_status, on_reset, on_log, on_debug_char, b },
    };
    struct error err = { { 0 } };

    ck_assert_msg(bios.data && vgabios.data, "the firmware is missing (Debian package seabios)");
    config.pc.memory = (b->setup.memory ? b->setup.memory : 4) << 20;
    config.pc.cpu = b->setup.cpu;
    config.pc.bios = bios.data;
    config.pc.bios_size = (uint32_t)bios.size;
    config.pc.vgabios = vgabios.data;
    config.pc.vgabios_size = (uint32_t)vgabios.size;
    config.pc.has_serial[0] = true;
    config.pc.serial[0] = b->setup.serial;
    config.pc.linux_boot = b->setup.linux_boot;
    config.pc.debug_exit = b->setup.debug_exit;
    config.pc.disk_fast = b->setup.disk_fast;
    config.pc.wall_start = 674470800; /* 17 May 1991, 9:00 */
    config.pc.vram = 1u << 20;
    config.pc.cdrom[2] = b->setup.cdrom.data != NULL;
    snprintf(config.pc.boot, sizeof(config.pc.boot), "%s", b->setup.boot ? b->setup.boot : "ac");
    if (engine == &kvm_ops) {
        struct engine_probe probe;

        engine_probe(engine, &probe);
        config.mips = probe.mips;
        config.slice_ns = probe.slice_ns;
    }
    if (b->setup.configure)
        b->setup.configure(&config.pc);
    b->machine = machine_new(&config, &err);
    ck_assert_msg(b->machine != NULL, "%s", err.text);
    free(bios.data);
    free(vgabios.data);
}

struct bench *bench_new(const struct bench_setup *setup)
{
    struct bench *b = calloc(1, sizeof(*b));

    b->setup = *setup;
    guest_open_engines();
    make(b);
    if (!b->setup.confine_later) {
        guest_confine_files(NULL);
        guest_confine_calls();
    }
    return b;
}

void bench_renew(struct bench *b, const struct cpu_ops *engine)
{
    machine_free(b->machine);
    if (engine)
        b->setup.engine = engine;
    make(b);
}

void bench_free(struct bench *b)
{
    if (!b)
        return;
    machine_free(b->machine);
    free(b);
}

/* ---- running ---- */

uint64_t bench_now(struct bench *b)
{
    struct machine_stats stats;

    machine_get_stats(b->machine, &stats);
    return stats.virtual_ns;
}

uint64_t bench_insns(struct bench *b)
{
    struct machine_stats stats;

    machine_get_stats(b->machine, &stats);
    return stats.insns;
}

void bench_run_ms(struct bench *b, unsigned ms)
{
    machine_run_until(b->machine, bench_now(b) + ms * BENCH_MS);
}

bool bench_run_while_not(struct bench *b, bool (*predicate)(struct bench *b, void *arg), void *arg,
                         unsigned ms)
{
    uint64_t end = bench_now(b) + ms * BENCH_MS;

    while (!predicate(b, arg)) {
        uint64_t now = bench_now(b);

        if (now >= end)
            return false;
        machine_run_until(b->machine, now + 10 * BENCH_MS);
        if (machine_status(b->machine) != MACHINE_RUNNING)
            return predicate(b, arg);
    }
    return true;
}

static bool text_there(struct bench *b, void *arg)
{
    return bench_on_screen(b, arg);
}

bool bench_wait(struct bench *b, const char *text, unsigned ms)
{
    return bench_run_while_not(b, text_there, (void *)text, ms);
}

void bench_type(struct bench *b, const char *text)
{
    struct input *input = &machine_pc(b->machine)->input;
    struct key_stroke strokes[256];
    char problem[256];
    int count = key_parse(text, strokes, 256, problem);

    ck_assert_msg(count > 0, "%s", problem);
    for (int i = 0; i < count; i++) {
        input->key(input->key_ctx, strokes[i].evdev, strokes[i].down);
        bench_run_ms(b, 30);
    }
}

/* ---- looking ---- */

char *bench_screen(struct bench *b)
{
    static struct screen_text text;
    struct board *board = machine_board(b->machine);

    if (!board->screen->text(board->screen_ctx, &text))
        return calloc(1, 1);
    return screen_text_utf8(&text);
}

bool bench_on_screen(struct bench *b, const char *text)
{
    char *screen = bench_screen(b);
    bool found = strstr(screen, text) != NULL;

    free(screen);
    return found;
}

/* ---- saved states ---- */

struct bench_bytes bench_save(struct bench *b)
{
    int fd = memfd_create("state", MFD_CLOEXEC);
    struct bench_bytes state;
    struct error err = { { 0 } };
    off_t size;

    ck_assert_int_ge(fd, 0);
    ck_assert_msg(machine_save(b->machine, fd, &err), "%s", err.text);
    size = lseek(fd, 0, SEEK_END);
    ck_assert_int_gt(size, 0);
    state = (struct bench_bytes){ malloc((size_t)size), (size_t)size };
    ck_assert(pread(fd, state.data, state.size, 0) == (ssize_t)state.size);
    close(fd);
    return state;
}

bool bench_load(struct bench *b, struct bench_bytes state, struct error *err)
{
    int fd = memfd_create("state", MFD_CLOEXEC);
    bool ok;

    ck_assert_int_ge(fd, 0);
    ck_assert(write(fd, state.data, state.size) == (ssize_t)state.size);
    ck_assert(lseek(fd, 0, SEEK_SET) == 0);
    ok = machine_load(b->machine, fd, err);
    close(fd);
    return ok;
}
