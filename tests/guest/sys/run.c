/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs stage 2 of the system guest (sys.asm) on the interpreter alone, without a board: RAM, a
 * serial port that is always ready, ports E9h and F4h.  Compares the log with the expected one.
 *
 *   sys-run STAGE2 EXPECTED [--print]
 *
 * One line of the log is one check.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bus.h"
#include "core/cpu/cpu.h"
#include "core/memory.h"
#include "core/vclock.h"

enum { RAM_SIZE = 16 << 20, STAGE2 = 0x10000, STAGE2_MAX = 0x20000, LOG_MAX = 1 << 16 };
enum { COM1 = 0x3f8, LSR = 5, LSR_EMPTY = 0x60, EXIT = 0xf4 };

static char log_text[LOG_MAX];
static size_t log_len;
static bool finished;
static struct cpu *cpu;

static uint32_t com1_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)dev;
    (void)size;
    return offset == LSR ? LSR_EMPTY : 0;
}

static void com1_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    static bool dlab;

    (void)dev;
    (void)size;
    if (offset == 3)
        dlab = value & 0x80;
    if (offset == 0 && !dlab && log_len < LOG_MAX - 1)
        log_text[log_len++] = (char)value;
}

static uint32_t exit_read(struct device *dev, uint32_t offset, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)size;
    return 0xff;
}

static void exit_write(struct device *dev, uint32_t offset, uint32_t value, unsigned size)
{
    (void)dev;
    (void)offset;
    (void)value;
    (void)size;
    finished = true;
    cpu->ops->kick(cpu);
}

static uint8_t intack(void *ctx)
{
    (void)ctx;
    return 0;
}

static void ferr(void *ctx, bool level)
{
    (void)ctx;
    (void)level;
}

static bool load(const char *path, uint8_t *at, size_t room)
{
    FILE *file = fopen(path, "rb");
    size_t len;

    if (!file)
        return false;
    len = fread(at, 1, room, file);
    fclose(file);
    return len != 0;
}

/* As the boot sector leaves it. */
static void begin(void)
{
    struct x86_state x;

    cpu->ops->get(cpu, &x);
    x.seg[S_CS].selector = STAGE2 >> 4;
    x.seg[S_CS].base = STAGE2;
    x.eip = 0;
    x.gpr[R_ESP] = 0x7c00;
    cpu->ops->set(cpu, &x, NULL);
}

static bool run(const char *stage2)
{
    static const struct port_range com1 = {
        .count = 8, .sizes = 1, .read = com1_read, .write = com1_write
    };
    static const struct port_range leave = {
        .count = 1, .sizes = 1, .read = exit_read, .write = exit_write
    };
    const struct cpu_slice slice = { .insns = 100000 };
    uint8_t *ram = aligned_alloc(4096, RAM_SIZE);
    struct cpu_host host = {
        .bus = bus_new(), .memory = mem_new(), .clock = vclock_new(), .intack = intack, .ferr = ferr
    };
    struct error err = { 0 };
    bool ok;

    memset(ram, 0, RAM_SIZE);
    mem_add_ram(host.memory, "ram", 0, RAM_SIZE, 0, ram, &err);
    bus_add(host.bus, NULL, &com1, COM1, &err);
    bus_add(host.bus, NULL, &leave, EXIT, &err);
    cpu = interp_ops.create(CPU_PENTIUM2, &host, &err);
    ok = cpu && load(stage2, ram + STAGE2, STAGE2_MAX);
    if (ok) {
        begin();
        for (unsigned i = 0; i < 1000 && !finished; i++)
            if (cpu->ops->run(cpu, &slice) == CPU_EXIT_SHUTDOWN)
                break;
    }
    if (cpu)
        cpu->ops->destroy(cpu);
    vclock_free(host.clock);
    bus_free(host.bus);
    mem_free(host.memory);
    free(ram);
    return ok;
}

/* Line by line; a missing line counts as failed. */
static unsigned compare(char *want, unsigned *passed)
{
    char *got = log_text;
    unsigned failed = 0;

    while (*want) {
        size_t want_len = strcspn(want, "\n"), got_len = strcspn(got, "\n");

        if (want_len == got_len && memcmp(want, got, want_len) == 0) {
            (*passed)++;
        } else {
            printf("expected: %.*s\n     got: %.*s\n", (int)want_len, want, (int)got_len, got);
            failed++;
        }
        want += want_len + (want[want_len] == '\n');
        got += got_len + (got[got_len] == '\n');
    }
    return failed;
}

int main(int argc, char **argv)
{
    static char expected[LOG_MAX];
    unsigned passed = 0, failed;

    if (argc < 3) {
        fprintf(stderr, "usage: %s STAGE2 EXPECTED [--print]\n", argv[0]);
        return EXIT_FAILURE;
    }
    if (!run(argv[1])) {
        fprintf(stderr, "%s: cannot be loaded\n", argv[1]);
        return EXIT_FAILURE;
    }
    if (argc > 3) {
        fputs(log_text, stdout);
        return EXIT_SUCCESS;
    }
    if (!load(argv[2], (uint8_t *)expected, sizeof expected - 1)) {
        fprintf(stderr, "%s: cannot be read\n", argv[2]);
        return EXIT_FAILURE;
    }
    failed = compare(expected, &passed);
    printf("%u passed, %u failed, 0 skipped\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
