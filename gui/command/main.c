/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bygone: the command line. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cpu/facts.h"
#include "core/cpu/probe.h"
#include "core/speed.h"
#include "gui/command/command.h"

int complain(int code, const char *fmt, ...)
{
    va_list ap;

    fputs("bygone: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return code;
}

int complain_all(int code, const GPtrArray *problems)
{
    for (unsigned i = 0; i < problems->len; i++)
        complain(code, "%s", (const char *)problems->pdata[i]);
    return code;
}

static const struct command *find(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (!strcmp(c->name, name))
            return c;
    return NULL;
}

bool parse(int *argc, char ***argv, const GOptionEntry *entries, int least, int most, int *code)
{
    const struct command *c = find((*argv)[0]);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    *code = CODE_OK;
    g_option_context_set_help_enabled(context, FALSE);
    for (int i = 1; i < *argc; i++) {
        if (!strcmp((*argv)[i], "--help") || !strcmp((*argv)[i], "-h")) {
            printf("Usage: bygone %s %s\n\n%s\n", c->name, c->arguments, c->summary);
            if (entries && entries[0].long_name)
                puts("\nOptions:");
            for (const GOptionEntry *e = entries; e && e->long_name; e++)
                printf("  --%s%s%s\t%s\n", e->long_name, e->arg_description ? " " : "",
                       e->arg_description ? e->arg_description : "", e->description);
            return false;
        }
    }
    if (entries)
        g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, &error)) {
        *code = complain(CODE_WRONG, "%s: %s; see `bygone %s --help`.", c->name, error->message,
                         c->name);
        return false;
    }
    if (*argc > 1 && !strcmp((*argv)[1], "--")) {
        memmove(*argv + 1, *argv + 2, sizeof(char *) * (size_t)(*argc - 1));
        (*argc)--;
    }
    if (*argc - 1 < least || *argc - 1 > most) {
        *code = complain(CODE_WRONG, "usage: bygone %s %s", c->name, c->arguments);
        return false;
    }
    return true;
}

struct profile *open_profile(const char *name, int *code)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *problem = NULL;
    g_autofree char *path = profile_find(name, false, &problem);
    struct profile *p;

    if (!path) {
        *code = complain(CODE_WRONG, "%s", problem);
        return NULL;
    }
    p = profile_load(path, problems, NULL);
    if (!p)
        *code = complain_all(CODE_WRONG, problems);
    return p;
}

struct control_client *open_control(const struct profile *p, bool must, int *code)
{
    g_autofree char *dir = profile_runtime_dir(p, false);
    g_autofree char *path = g_build_filename(dir, "control", NULL);
    struct control_client *client = control_connect(path);

    if (!client && must)
        *code = complain(CODE_STOPPED, "%s is not running.", p->name);
    return client;
}

JsonNode *ask(const char *name, const char *command, const char *arguments, int *code)
{
    g_autofree char *problem = NULL;
    struct profile *p = open_profile(name, code);
    struct control_client *client = p ? open_control(p, true, code) : NULL;
    JsonNode *value = NULL;

    if (client) {
        value = control_execute(client, command, arguments, -1, &problem);
        if (!value)
            *code = complain(CODE_FAILED, "%s: %s", p->name, problem);
    }
    control_disconnect(client);
    profile_free(p);
    return value;
}

/* ---- stop, save, type ---- */

int simple(int argc, char **argv, const char *command)
{
    JsonNode *value;
    int code;

    if (!parse(&argc, &argv, NULL, 1, 1, &code))
        return code;
    value = ask(argv[1], command, NULL, &code);
    if (value)
        json_node_unref(value);
    return code;
}

/* Until the process has let go of its lock, a new start would be refused. */
static int wait_end(const char *name)
{
    int code = CODE_OK;
    struct profile *p = open_profile(name, &code);
    g_autofree char *path = p ? g_build_filename(p->folder, "lock", NULL) : NULL;
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = p ? open(path, O_RDWR | O_CLOEXEC) : -1;

    if (fd >= 0) {
        while (fcntl(fd, F_OFD_SETLKW, &lock) < 0 && errno == EINTR)
            ;
        close(fd);
    }
    profile_free(p);
    return code;
}

static int command_stop(int argc, char **argv)
{
    int code = simple(argc, argv, "quit");

    return code == CODE_OK && argc == 2 && argv[1][0] != '-' ? wait_end(argv[1]) : code;
}

static int command_save(int argc, char **argv)
{
    int code = simple(argc, argv, "__org.bygone_save");

    return code == CODE_OK && argc == 2 && argv[1][0] != '-' ? wait_end(argv[1]) : code;
}

static int command_type(int argc, char **argv)
{
    g_autofree char *text = NULL, *arguments = NULL;
    gint gap = 20;
    const GOptionEntry entries[] = {
        { "gap", 0, 0, G_OPTION_ARG_INT, &gap, "virtual ms between two strokes (20)", "MS" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    JsonNode *value;
    int code;

    if (!parse(&argc, &argv, entries, 2, 2, &code))
        return code;
    text = control_quote(argv[2]);
    arguments = g_strdup_printf("{\"text\": %s, \"gap-ms\": %d}", text, gap);
    value = ask(argv[1], "__org.bygone_type", arguments, &code);
    if (value)
        json_node_unref(value);
    return code;
}

/* ---- the screen ---- */

static int command_screentext(int argc, char **argv)
{
    JsonNode *value;
    int code;

    if (!parse(&argc, &argv, NULL, 1, 1, &code))
        return code;
    value = ask(argv[1], "__org.bygone_screen-text", NULL, &code);
    if (!value)
        return code;
    fputs(json_object_get_string_member(json_node_get_object(value), "text"), stdout);
    json_node_unref(value);
    return code;
}

static bool add_fd(struct control_client *client, int fd, char path[64], char **problem)
{
    JsonNode *value = control_execute(client, "add-fd", NULL, fd, problem);

    if (!value)
        return false;
    snprintf(path, 64, "/dev/fdset/%d",
             (int)json_object_get_int_member(json_node_get_object(value), "fdset-id"));
    json_node_unref(value);
    return true;
}

static int command_screenshot(int argc, char **argv)
{
    g_autofree char *problem = NULL, *arguments = NULL;
    struct control_client *client = NULL;
    struct profile *p;
    JsonNode *value = NULL;
    char path[64];
    int code, fd = -1;

    if (!parse(&argc, &argv, NULL, 2, 2, &code) || !(p = open_profile(argv[1], &code)))
        return code;
    client = open_control(p, true, &code);
    if (client) {
        fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
            code = complain(CODE_FAILED, "%s: %s.", argv[2], strerror(errno));
    }
    if (fd >= 0 && add_fd(client, fd, path, &problem)) {
        arguments = g_strdup_printf("{\"filename\": \"%s\", \"format\": \"%s\"}", path,
                                    g_str_has_suffix(argv[2], ".ppm") ? "ppm" : "png");
        value = control_execute(client, "screendump", arguments, -1, &problem);
    }
    if (fd >= 0) {
        close(fd);
        if (!value)
            code = complain(CODE_FAILED, "%s", problem);
    }
    if (value)
        json_node_unref(value);
    control_disconnect(client);
    profile_free(p);
    return code;
}

/* 1: it is there, 0: not yet, -1: the machine has gone. */
static int look_for(struct control_client *client, GRegex *regex)
{
    g_autofree char *problem = NULL;
    JsonNode *value = control_execute(client, "__org.bygone_screen-text", NULL, -1, &problem);
    int found = 0;

    if (!value)
        return problem && strstr(problem, "has ended") ? -1 : 0;
    found = g_regex_match(regex, json_object_get_string_member(json_node_get_object(value), "text"),
                          0, NULL);
    json_node_unref(value);
    return found;
}

static int command_wait(int argc, char **argv)
{
    g_autofree char *text = NULL;
    gdouble timeout = 60;
    const GOptionEntry entries[] = {
        { "text", 0, 0, G_OPTION_ARG_STRING, &text, "a regular expression", "REGEX" },
        { "timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout, "seconds (60)", "S" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GRegex) regex = NULL;
    struct control_client *client = NULL;
    struct profile *p;
    gint64 end;
    int code, found = 0;

    if (!parse(&argc, &argv, entries, 1, 1, &code))
        return code;
    if (!text)
        return complain(CODE_WRONG, "wait: --text REGEX says what to wait for.");
    regex = g_regex_new(text, G_REGEX_MULTILINE, 0, &error);
    if (!regex)
        return complain(CODE_WRONG, "wait: %s.", error->message);
    p = open_profile(argv[1], &code);
    client = p ? open_control(p, true, &code) : NULL;
    end = g_get_monotonic_time() + (gint64)(timeout * 1e6);
    while (client && !(found = look_for(client, regex)) && g_get_monotonic_time() < end)
        g_usleep(50000);
    if (client && found < 0)
        code = complain(CODE_STOPPED, "%s has ended.", p->name);
    else if (client && !found)
        code = complain(CODE_TIMEOUT, "\"%s\" did not appear within %g seconds.", text, timeout);
    control_disconnect(client);
    profile_free(p);
    return code;
}

/* ---- list, check, create ---- */

static void list_one(const char *path)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *base = g_path_get_basename(path);
    g_autofree char *problem = NULL, *state = NULL;
    struct profile *p = profile_load(path, problems, NULL);
    struct control_client *client;
    const char *status = "stopped";
    JsonNode *value = NULL;
    int code;

    if (!p) {
        printf("%-24s %-12s %s\n", base, "broken", (const char *)problems->pdata[0]);
        return;
    }
    client = open_control(p, false, &code);
    if (client)
        value = control_execute(client, "query-status", NULL, -1, &problem);
    state = g_build_filename(p->folder, "state", NULL);
    if (value)
        status = json_object_get_string_member(json_node_get_object(value), "status");
    else if (g_file_test(state, G_FILE_TEST_EXISTS))
        status = "saved";
    printf("%-24s %-12s %s\n", p->name, status, p->path);
    if (value)
        json_node_unref(value);
    control_disconnect(client);
    profile_free(p);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int command_list(int argc, char **argv)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *library = profile_library();
    GDir *dir;
    const char *name;
    int code;

    if (!parse(&argc, &argv, NULL, 0, 0, &code))
        return code;
    dir = g_dir_open(library, 0, NULL);
    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, PROFILE_SUFFIX))
            g_ptr_array_add(paths, g_build_filename(library, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, by_name);
    for (unsigned i = 0; i < paths->len; i++)
        list_one(paths->pdata[i]);
    if (!paths->len)
        printf("No machines in %s yet; `bygone create NAME` makes one.\n", library);
    return CODE_OK;
}

static bool same_rom(const char *copy, const char *original)
{
    g_autofree char *a = NULL, *b = NULL;
    gsize an, bn;

    return !g_file_get_contents(copy, &a, &an, NULL) ||
           !g_file_get_contents(original, &b, &bn, NULL) || (an == bn && !memcmp(a, b, an));
}

static int command_check(int argc, char **argv)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *problem = NULL, *path = NULL, *rom = NULL;
    struct control_client *client = NULL;
    struct profile *p;
    int code;

    if (!parse(&argc, &argv, NULL, 1, 1, &code))
        return code;
    path = profile_find(argv[1], false, &problem);
    if (!path)
        return complain(CODE_WRONG, "%s", problem);
    p = profile_load(path, problems, warnings);
    if (p) {
        client = open_control(p, false, &code);
        if (!client)
            profile_check_images(p, problems);
        rom = g_build_filename(p->folder, "bios.bin", NULL);
        if (!same_rom(rom, "/usr/share/seabios/bios-256k.bin"))
            printf("%s: the firmware differs from the distribution's present one; the machine "
                   "keeps its own.\n",
                   p->name);
    }
    if (p)
        profile_explain_disks(p, warnings);
    for (unsigned i = 0; i < warnings->len; i++)
        printf("%s\n", (const char *)warnings->pdata[i]);
    if (problems->len)
        complain_all(code = CODE_WRONG, problems);
    else
        printf("%s: everything is there%s.\n", p->name, client ? ", and it is running" : "");
    control_disconnect(client);
    profile_free(p);
    return code;
}

/* --disk SIZE makes an empty image beside the profile; anything else names a file. */
static char *disk_image(const char *profile, const char *disk, unsigned n, bool *made, int *code)
{
    g_autofree char *stem = g_strndup(profile, strlen(profile) - strlen(PROFILE_SUFFIX));
    g_autofree char *path = g_strdup_printf("%s-disk%u.img", stem, n);
    g_autofree char *dir = g_path_get_dirname(path);
    uint64_t bytes;
    int fd;

    if (g_file_test(disk, G_FILE_TEST_EXISTS) || !profile_parse_size(disk, &bytes))
        return g_strdup(disk);
    if (bytes < 1u << 20 || bytes > 2048ull << 30) {
        *code = complain(CODE_WRONG, "--disk %s: an image has 1M to 2048G.", disk);
        return NULL;
    }
    bytes -= bytes % (16 * 63 * 512); /* whole cylinders */
    g_mkdir_with_parents(dir, 0755);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0) {
        *code = complain(CODE_FAILED, "%s: %s.", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
            unlink(path);
        }
        return NULL;
    }
    close(fd);
    *made = true;
    return g_steal_pointer(&path);
}

static char *new_path(const char *name)
{
    g_autofree char *problem = NULL;

    return profile_find(name, true, &problem);
}

/* Writes the profile and looks at it as `start` would; a wrong one is taken away again. */
static int create_profile(const char *path, const struct profile_new *what)
{
    g_autofree char *problem = NULL;
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    struct profile *p;

    if (!profile_create(path, what, &problem))
        return complain(CODE_FAILED, "%s", problem);
    p = profile_load(path, problems, NULL);
    if (p)
        profile_check_images(p, problems);
    profile_free(p);
    if (problems->len) {
        unlink(path);
        return complain_all(CODE_WRONG, problems);
    }
    printf("%s\n", path);
    return CODE_OK;
}

static int create(const char *name, struct profile_new *what, char **floppies, char **disks,
                  char **cdroms)
{
    g_autofree char *path = new_path(name);
    char *images[4] = { NULL };
    bool made[4] = { false };
    int code = CODE_OK;

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return complain(CODE_FAILED, "%s is there already.", path);
    if ((floppies && g_strv_length(floppies) > 2) || (disks && g_strv_length(disks) > 4))
        return complain(CODE_WRONG, "there are two floppy drives and four disks.");
    if (cdroms && g_strv_length(cdroms) > PROFILE_CDROMS)
        return complain(CODE_WRONG, "there are at most two CD-ROM drives.");
    for (unsigned i = 0; cdroms && cdroms[i]; i++)
        what->cdrom[i] = strcmp(cdroms[i], "none") ? cdroms[i] : "";
    for (unsigned i = 0; floppies && floppies[i]; i++)
        what->floppy[i] = floppies[i];
    for (unsigned i = 0; disks && disks[i] && code == CODE_OK; i++)
        what->disk[i] = images[i] = disk_image(path, disks[i], i, &made[i], &code);
    if (code == CODE_OK)
        code = create_profile(path, what);
    for (unsigned i = 0; i < 4; i++) {
        if (made[i] && code != CODE_OK)
            unlink(images[i]);
        g_free(images[i]);
    }
    return code;
}

static void list_templates(void)
{
    printf("%-12s %-20s %-10s %7s %5s  %s\n", "TEMPLATE", "FOR", "CPU", "MEMORY", "DISK", "CLOCK");
    for (const struct profile_template *t = profile_templates; t->id; t++)
        printf("%-12s %-20s %-10s %7s %5s  %s\n", t->id, t->title, t->cpu, t->memory, t->disk,
               strcmp(t->clock, "utc") ? "local time" : "UTC");
}

/* --disk preset is the template's size; of a template that there is not, create_profile() tells. */
static void use_preset(char **disks, const char *template_id)
{
    const struct profile_template *t = profile_template(template_id ? template_id : "msdos");

    for (; t && disks && *disks; disks++) {
        if (strcmp(*disks, "preset"))
            continue;
        g_free(*disks);
        *disks = g_strdup(t->disk);
    }
}

static int command_create(int argc, char **argv)
{
    g_auto(GStrv) floppies = NULL, disks = NULL, cdroms = NULL;
    g_autofree char *template_id = NULL, *memory = NULL, *engine = NULL, *cpu = NULL,
                    *serial = NULL, *speed = NULL;
    gboolean debug_exit = FALSE;
    const GOptionEntry entries[] = {
        { "template", 0, 0, G_OPTION_ARG_STRING, &template_id,
          "by guest OS (msdos); list shows all", "T" },
        { "floppy", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &floppies, "image for drive A, then B",
          "IMG" },
        { "disk", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &disks,
          "image, or a size for a new one, or preset: the template's", "IMG|SIZE|preset" },
        { "cdrom", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &cdroms, "ISO image, or none: empty drive",
          "ISO" },
        { "memory", 0, 0, G_OPTION_ARG_STRING, &memory, "such as 16M", "SIZE" },
        { "cpu", 0, 0, G_OPTION_ARG_STRING, &cpu, "486, Pentium or PentiumII", "MODEL" },
        { "serial", 0, 0, G_OPTION_ARG_STRING, &serial,
          "first port: stdio, pty, tcp-listen:PORT, a file ...; see the manual", "WHERE" },
        { "debug-exit", 0, 0, G_OPTION_ARG_NONE, &debug_exit, "port F4h ends the machine", NULL },
        { "engine", 0, 0, G_OPTION_ARG_STRING, &engine, "auto, kvm, own, translate, interpret",
          "NAME" },
        { "speed", 0, 0, G_OPTION_ARG_STRING, &speed,
          "of the processor: full, 386DX-33, 11.4 ...; see `bygone speed`", "SPEED" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    struct profile_new what = { 0 };
    int code;

    if (!parse(&argc, &argv, entries, 0, 1, &code))
        return code;
    if (template_id && !strcmp(template_id, "list")) {
        list_templates();
        return CODE_OK;
    }
    if (argc != 2)
        return complain(CODE_WRONG, "usage: bygone create FILE [OPTIONS]");
    use_preset(disks, template_id);
    what.template_id = template_id;
    what.memory = memory;
    what.engine = engine;
    what.speed = speed;
    what.cpu = cpu;
    what.serial = serial;
    what.debug_exit = debug_exit;
    return create(argv[1], &what, floppies, disks, cdroms);
}

/* ---- engine ---- */

/* What the host lacks, or has, a sentence a line. */
static void print_facts(const struct engine_probe *kvm, bool good_too)
{
    struct engine_fact facts[ENGINE_FACTS];
    unsigned count = engine_facts(kvm, facts);

    for (unsigned i = 0; i < count; i++)
        if (good_too || !facts[i].good)
            printf("%s %s\n", facts[i].good ? "has:         " : "lacks:       ", facts[i].text);
}

static void put_probe(JsonBuilder *b, const char *name, const struct engine_probe *probe)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_object(b);
    json_builder_set_member_name(b, "usable");
    json_builder_add_boolean_value(b, probe->usable);
    json_builder_set_member_name(b, "mips");
    json_builder_add_double_value(b, probe->mips);
    json_builder_set_member_name(b, "port-ns");
    json_builder_add_double_value(b, probe->port_ns);
    json_builder_set_member_name(b, "why-not");
    json_builder_add_string_value(b, probe->why_not);
    json_builder_end_object(b);
}

static void put_facts(JsonBuilder *b, const struct engine_probe *kvm)
{
    struct engine_fact facts[ENGINE_FACTS];
    unsigned count = engine_facts(kvm, facts);

    json_builder_set_member_name(b, "host");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < count; i++) {
        json_builder_begin_object(b);
        json_builder_set_member_name(b, "about");
        json_builder_add_string_value(b, facts[i].about);
        json_builder_set_member_name(b, "good");
        json_builder_add_boolean_value(b, facts[i].good);
        json_builder_set_member_name(b, "text");
        json_builder_add_string_value(b, facts[i].text);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void print_json(JsonNode *node)
{
    g_autofree char *text = json_to_string(node, TRUE);

    puts(text);
    json_node_unref(node);
}

static int engine_here(const char *wish, bool json)
{
    struct engine_probe kvm, own;
    char reason[512];
    const struct cpu_ops *ops = engine_choose(wish, &kvm, &own, reason);
    const struct engine_probe *asked = kvm.usable || kvm.why_not[0] ? &kvm : NULL;

    if (json) {
        g_autoptr(JsonBuilder) b = json_builder_new();

        json_builder_begin_object(b);
        json_builder_set_member_name(b, "engine");
        json_builder_add_string_value(b, ops ? ops->name : "");
        json_builder_set_member_name(b, "reason");
        json_builder_add_string_value(b, reason);
        put_probe(b, "kvm", &kvm);
        put_probe(b, "own", &own);
        put_facts(b, asked);
        json_builder_end_object(b);
        print_json(json_builder_get_root(b));
        return ops ? CODE_OK : CODE_HOST;
    }
    if (kvm.usable)
        printf("KVM:          %8.1f million instructions a second, %6.0f ns a port write\n",
               kvm.mips, kvm.port_ns);
    else
        printf("KVM:          not used: %s\n",
               kvm.why_not[0] ? kvm.why_not : "another engine was asked for");
    printf("own engine:   %8.1f million instructions a second, %6.0f ns a port write\n", own.mips,
           own.port_ns);
    print_facts(asked, true);
    if (!ops)
        return complain(CODE_HOST, "%s.", reason);
    printf("chosen:       %s\n", reason);
    return CODE_OK;
}

static int command_engine(int argc, char **argv)
{
    g_autofree char *wish = NULL, *arguments = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        { "engine", 0, 0, G_OPTION_ARG_STRING, &wish, "auto, kvm, own, translate, interpret",
          "NAME" },
        { "json", 0, 0, G_OPTION_ARG_NONE, &json, "for programs", NULL },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };
    JsonNode *value;
    JsonObject *o;
    int code;

    if (!parse(&argc, &argv, entries, 0, 1, &code))
        return code;
    if (!engine_known(wish, &code))
        return code;
    if (argc == 1)
        return engine_here(wish ? wish : "auto", json);
    if (wish)
        arguments = g_strdup_printf("{\"engine\": \"%s\"}", wish);
    value = ask(argv[1], "__org.bygone_engine", arguments, &code);
    if (!value)
        return code;
    if (json) {
        print_json(value);
        return code;
    }
    o = json_node_get_object(value);
    printf("%s: %s\n", json_object_get_string_member(o, "engine"),
           json_object_get_string_member(o, "reason"));
    printf("%.1f million instructions a second lately, %lld rescues\n",
           json_object_get_double_member(o, "mips"),
           (long long)json_object_get_int_member(o, "rescues"));
    printf("confinement: %s\n", json_object_get_string_member(o, "confinement"));
    print_facts(NULL, false);
    json_node_unref(value);
    return code;
}

/* ---- speed ---- */

static int list_speeds(void)
{
    char units[SPEED_TEXT];

    printf("%-12s as fast as the engine goes\n", "full");
    for (const struct speed_name *n = speed_names; n->name; n++) {
        g_ascii_formatd(units, sizeof(units), "%.6g", (double)n->speed / SPEED_UNIT);
        printf("%-12s %8s compute units (million instructions a second)\n", n->name, units);
    }
    printf("or a number of compute units, such as 7.5\n");
    return CODE_OK;
}

static int command_speed(int argc, char **argv)
{
    g_autofree char *arguments = NULL;
    JsonNode *value;
    JsonObject *o;
    uint64_t speed;
    int code;

    if (!parse(&argc, &argv, NULL, 0, 2, &code))
        return code;
    if (argc == 1)
        return list_speeds();
    if (argc == 3 && !speed_parse(argv[2], &speed))
        return complain(CODE_WRONG, "speed %s: accepted are " SPEED_WORDS "%s.", argv[2],
                        speed_list());
    if (argc == 3)
        arguments = g_strdup_printf("{\"speed\": \"%s\"}", argv[2]);
    value = ask(argv[1], "__org.bygone_speed", arguments, &code);
    if (!value)
        return code;
    o = json_node_get_object(value);
    printf("%s", json_object_get_string_member(o, "speed"));
    if (json_object_get_int_member(o, "instructions-per-second"))
        printf(" (%.6g compute units)",
               (double)json_object_get_int_member(o, "instructions-per-second") / SPEED_UNIT);
    printf("%s\n", json_object_get_boolean_member(o, "reached")
                       ? ""
                       : "; this computer's engine does not reach that");
    json_node_unref(value);
    return code;
}

const struct command commands[] = {
    { "run", "[MACHINE|FOLDER|PROGRAM [ARGUMENTS]]",
      "Starts a machine (or continues a saved one) and shows it.  Without one: our own DOS, with "
      "the library's folder drive-c as C:.  A folder becomes drive C: of DOS; a program of DOS "
      "(.EXE, .COM, .BAT) runs from its folder, and its exit code is the command's.",
      command_run },
    { "start", "MACHINE", "Starts a machine without showing it; returns once it runs.",
      command_start },
    { "stop", "MACHINE", "Switches a running machine off.", command_stop },
    { "save", "MACHINE", "Saves a running machine and ends it; run or start goes on from there.",
      command_save },
    { "pause", "MACHINE", "Stops a running machine for a while.", command_pause },
    { "resume", "MACHINE", "Lets a paused machine go on.", command_resume },
    { "reset", "MACHINE", "Presses the reset button.", command_reset },
    { "show", "MACHINE", "Shows a running machine in a window or the terminal.", command_show },
    { "media", "MACHINE DRIVE FILE", "Puts an image into a drive: a, b, cd.", command_media },
    { "eject", "MACHINE [DRIVE]", "Takes the medium out of a drive.", command_eject },
    { "monitor", "MACHINE [COMMAND]", "Looks into a running machine; `help` lists how.",
      command_monitor },
    { "list", "", "Lists the machines of the library and their states.", command_list },
    { "check", "MACHINE", "Checks a profile and what it names.", command_check },
    { "create", "FILE", "Makes a new profile.", command_create },
    { "boot", "[IMAGE...] [--kernel FILE]", "Starts images or a Linux kernel without a profile.",
      command_boot },
    { "screentext", "MACHINE", "Prints the text screen.", command_screentext },
    { "screenshot", "MACHINE FILE.png", "Writes a picture of the screen.", command_screenshot },
    { "type", "MACHINE TEXT",
      "Types on the machine's keyboard; {enter} {esc} {f1} {ctrl-c} are keys.", command_type },
    { "wait", "MACHINE", "Waits until a text is on the screen.", command_wait },
    { "vnc", "MACHINE", "Shows a running machine to VNC viewers.", command_vnc },
    { "view", "MACHINE", "Opens a VNC viewer on a running machine.", command_view },
    { "engine", "[MACHINE]", "Says which CPU engine is used, and why.", command_engine },
    { "speed", "[MACHINE [SPEED]]", "Says how fast a machine's processor is, or makes it so.",
      command_speed },
    { NULL, NULL, NULL, NULL },
};

static void usage(FILE *to)
{
    fputs(
        "Usage: bygone COMMAND ...\n\nMACHINE is a profile's path, or its name in the library.\n\n",
        to);
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, "  %-11s %s\n", c->name, c->summary);
    fputs(
        "\nFrom the source, by its ./bygone: `test` runs the tests, `bench` compares the speed of\n"
        "the engines with the host itself and with QEMU (`bench --help`).\n",
        to);
    fputs("\n`bygone COMMAND --help` tells more; the manual is bygone(1).\n", to);
}

int main(int argc, char **argv)
{
    const struct command *c;

    setlocale(LC_ALL, "");
    if (argc < 2) {
        usage(stderr);
        return CODE_WRONG;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        usage(stdout);
        return CODE_OK;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("bygone 0.1");
        return CODE_OK;
    }
    c = find(argv[1]);
    if (!c)
        return complain(CODE_WRONG, "there is no command \"%s\"; see `bygone --help`.", argv[1]);
    return c->run(argc - 1, argv + 1);
}
