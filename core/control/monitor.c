/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor for people: lines as QEMU's monitor takes them, for looking into a machine.  Nothing
 * here changes what the guest sees, but for the few commands that say so by their name.
 */
#include <stdlib.h>
#include <string.h>

#include "core/control/control_internal.h"
#include "core/cpu/insn.h"

#define MOST_UNITS 4096 /* that x and xp print at once */

/* ---- memory ---- */

enum { PDE_P = 1, PDE_PS = 0x80 };

static uint32_t peek_dword(struct memory *memory, uint32_t phys)
{
    uint32_t value;

    control_peek(memory, phys, &value, sizeof(value));
    return value;
}

bool control_translate(struct memory *memory, const struct x86_state *x, uint32_t linear,
                       uint32_t *phys)
{
    uint32_t mask = mem_cpu_mask(memory), pde, pte;

    *phys = linear & mask;
    if (!(x->cr0 & CR0_PG))
        return true;
    pde = peek_dword(memory, ((x->cr3 & 0xfffff000u) + (linear >> 22) * 4) & mask);
    if (!(pde & PDE_P))
        return false;
    if (pde & PDE_PS && x->cr4 & CR4_PSE) {
        *phys = ((pde & 0xffc00000u) | (linear & 0x3fffffu)) & mask;
        return true;
    }
    pte = peek_dword(memory, ((pde & 0xfffff000u) + (linear >> 12 & 0x3ff) * 4) & mask);
    *phys = ((pte & 0xfffff000u) | (linear & 0xfffu)) & mask;
    return pte & PDE_P;
}

void control_peek(struct memory *memory, uint32_t phys, void *buf, size_t size)
{
    uint8_t *to = buf;

    while (size) {
        const uint8_t *page = mem_page(memory, phys)->read;
        size_t n = MEM_PAGE - phys % MEM_PAGE;

        n = n < size ? n : size;
        if (page)
            memcpy(to, page + phys % MEM_PAGE, n);
        else
            memset(to, 0xff, n);
        phys += (uint32_t)n;
        to += n;
        size -= n;
    }
}

/* ---- addresses ---- */

/* A register's value by its name in an address; false: there is none. */
static bool register_value(const struct x86_state *x, const char *name, size_t n, uint32_t *value)
{
    static const char *const gpr[] = { "eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi" };
    static const char *const seg[] = { "es", "cs", "ss", "ds", "fs", "gs" };
    const struct {
        const char *name;
        uint32_t value;
    } others[] = { { "eip", x->eip },       { "pc", x->seg[1].base + x->eip },
                   { "eflags", x->eflags }, { "cr0", x->cr0 },
                   { "cr2", x->cr2 },       { "cr3", x->cr3 },
                   { "cr4", x->cr4 } };

    for (unsigned i = 0; i < 8; i++)
        if (strlen(gpr[i]) == n && !strncmp(gpr[i], name, n))
            return *value = x->gpr[i], true;
    for (unsigned i = 0; i < 6; i++) {
        if (n == 2 && !strncmp(seg[i], name, n))
            return *value = x->seg[i].selector, true;
        if (n == 7 && !strncmp(seg[i], name, 2) && !strncmp(name + 2, ".base", 5))
            return *value = x->seg[i].base, true;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(others); i++)
        if (strlen(others[i].name) == n && !strncmp(others[i].name, name, n))
            return *value = others[i].value, true;
    return false;
}

/* Numbers and $registers joined by + and -. */
static bool address(const struct x86_state *x, const char *text, uint32_t *result, GString *out)
{
    bool minus = false;

    *result = 0;
    for (;;) {
        uint32_t value = 0;
        char *end;

        text += strspn(text, " ()");
        if (*text == '$') {
            size_t n = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz0123456789.");

            if (!register_value(x, text + 1, n, &value)) {
                g_string_append_printf(out, "There is no register %.*s\n", (int)n + 1, text);
                return false;
            }
            end = (char *)text + 1 + n;
        } else {
            value = (uint32_t)strtoull(text, &end, 0);
            if (end == text) {
                g_string_append(out, "An address is numbers and $registers with + and - between "
                                     "them, such as 0x7c00 or $cs.base+$eip\n");
                return false;
            }
        }
        *result += minus ? 0u - value : value;
        text = end + strspn(end, " ()");
        if (!*text)
            return true;
        minus = *text == '-';
        if (*text++ != '+' && !minus) {
            g_string_append(out, "Between the parts of an address stands + or -\n");
            return false;
        }
    }
}

/* ---- x and xp ---- */

struct view {
    struct memory *memory;
    struct x86_state x;
    bool linear;
    uint32_t at;
    unsigned count, size;
    char format;
    enum insn_cpu level;
};

/* False: not mapped. */
static bool fetch(const struct view *v, uint32_t at, uint8_t *buf, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint32_t phys = at + i;

        if (v->linear && !control_translate(v->memory, &v->x, at + i, &phys))
            return false;
        control_peek(v->memory, phys, buf + i, 1);
    }
    return true;
}

/* How much of an instruction can be had. */
static unsigned fetch_some(const struct view *v, uint32_t at, uint8_t *buf, unsigned most)
{
    unsigned n = 0;

    while (n < most && fetch(v, at + n, buf + n, 1))
        n++;
    return n;
}

static void print_code(struct view *v, GString *out)
{
    bool code32 = v->x.cr0 & CR0_PE && v->x.seg[1].attr & SEG_DB;

    while (v->count--) {
        uint8_t bytes[15];
        struct insn insn;
        char text[128];
        unsigned avail = fetch_some(v, v->at, bytes, sizeof(bytes));
        enum insn_error error =
            avail ? insn_decode(&insn, bytes, avail, code32, v->level) : INSN_OK;
        unsigned length;

        if (!avail) {
            g_string_append_printf(out, "%08x: Cannot access memory\n", v->at);
            return;
        }
        if (error == INSN_OK)
            insn_format(&insn, v->at, text, sizeof(text));
        else
            g_snprintf(text, sizeof(text), "(bad)");
        length = error == INSN_OK ? insn.len : 1;
        g_string_append_printf(out, "%08x:  ", v->at);
        for (unsigned i = 0; i < 8; i++)
            g_string_append_printf(out, i < length ? "%02x " : "   ", i < length ? bytes[i] : 0);
        g_string_append_printf(out, " %s\n", text);
        v->at += length;
    }
}

static void print_unit(const struct view *v, const uint8_t *bytes, GString *out)
{
    uint32_t value = 0;
    int32_t sign;

    for (unsigned i = 0; i < v->size; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    sign = v->size == 1 ? (int8_t)value : v->size == 2 ? (int16_t)value : (int32_t)value;
    if (v->format == 'd')
        g_string_append_printf(out, " %d", sign);
    else if (v->format == 'u')
        g_string_append_printf(out, " %u", value);
    else if (v->format == 'o')
        g_string_append_printf(out, " %#o", value);
    else if (v->format == 'c')
        g_string_append_printf(out, value >= 32 && value < 127 ? " '%c'" : " '\\x%02x'", value);
    else
        g_string_append_printf(out, " 0x%0*x", (int)v->size * 2, value);
}

static void print_memory(struct view *v, GString *out)
{
    unsigned line = v->format == 'c' ? 8 : 16 / v->size;

    for (unsigned i = 0; i < v->count; i++, v->at += v->size) {
        uint8_t bytes[4];

        if (i % line == 0)
            g_string_append_printf(out, "%s%08x:", i ? "\n" : "", v->at);
        if (!fetch(v, v->at, bytes, v->size)) {
            g_string_append(out, " Cannot access memory\n");
            return;
        }
        print_unit(v, bytes, out);
    }
    g_string_append_c(out, '\n');
}

/* "/8xb": how many, how shown, of what size; all may be left out. */
static bool parse_format(struct view *v, const char *text, GString *out)
{
    char *end = (char *)text;
    bool good = true;

    v->count = 1;
    v->format = 'x';
    v->size = 4;
    if (*text == '/') {
        text++;
        v->count = g_ascii_isdigit(*text) ? (unsigned)strtoul(text, &end, 10) : 1;
        for (text = g_ascii_isdigit(*text) ? end : text; *text && *text != ' '; text++) {
            if (strchr("xduoci", *text))
                v->format = *text;
            else if (strchr("bhw", *text))
                v->size = *text == 'b' ? 1 : *text == 'h' ? 2 : 4;
            else
                good = false;
        }
    }
    if (v->format == 'c')
        v->size = 1;
    if (good && v->count >= 1 && v->count <= MOST_UNITS)
        return true;
    g_string_append_printf(out,
                           "A format is /COUNT FORMAT SIZE without blanks: a count up to %d, x d u "
                           "o c or i, and b, h or w\n",
                           MOST_UNITS);
    return false;
}

static void examine(struct machine *m, const char *line, bool linear, GString *out)
{
    struct view *v = g_new0(struct view, 1);
    const char *rest = strchr(line, ' ');

    v->memory = machine_board(m)->memory;
    v->linear = linear;
    v->level = insn_model_level(machine_cpu(m)->model);
    machine_cpu(m)->ops->get(machine_cpu(m), &v->x);
    if (parse_format(v, line, out) && address(&v->x, rest ? rest : "", &v->at, out)) {
        if (v->format == 'i')
            print_code(v, out);
        else
            print_memory(v, out);
    }
    g_free(v);
}

/* ---- the line ---- */

/* Commands that are the same here and on the socket. */
static const struct {
    const char *name, *command, *summary;
} plain[] = {
    { "stop", "stop", "stops the machine" },
    { "cont", "cont", "lets it go on (also: c)" },
    { "c", "cont", NULL },
    { "system_reset", "system_reset", "presses the reset button" },
    { "system_powerdown", "system_powerdown", "presses the power button" },
    { "quit", "quit", "switches the machine off (also: q)" },
    { "q", "quit", NULL },
};

static void help(GString *out)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(plain); i++)
        if (plain[i].summary)
            g_string_append_printf(out, "%-18s %s\n", plain[i].name, plain[i].summary);
    g_string_append(out, "x/FMT ADDRESS      shows memory as the CPU sees it; FMT: 8xb, 4xw, 10i\n"
                         "xp/FMT ADDRESS     shows memory by physical address\n");
    control_monitor_info_help(out);
}

static void run_plain(struct control_server *server, const char *command, GString *out)
{
    const struct control_command *c = control_commands;
    struct control_call call = { .server = server, .arguments = json_object_new(), .fd = -1 };

    while (strcmp(c->name, command))
        c++;
    c->run(&call);
    if (call.error_class)
        g_string_append_printf(out, "Error: %s\n", call.error);
    json_object_unref(call.arguments);
}

void control_monitor(struct control_server *server, const char *line, GString *out)
{
    struct machine *m = control_machine(server);
    g_autofree char *text = g_strstrip(g_strdup(line));
    size_t n = strcspn(text, " /");
    const char *rest = text + n + strspn(text + n, " ");

    if (!text[0])
        return;
    if (!strcmp(text, "help") || !strcmp(text, "?") || g_str_has_prefix(text, "help ")) {
        help(out);
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(plain); i++)
        if (!strcmp(plain[i].name, text)) {
            run_plain(server, plain[i].command, out);
            return;
        }
    if (n == 4 && !strncmp(text, "info", 4)) {
        g_autofree char *what = g_strndup(rest, strcspn(rest, " "));
        const char *more = rest + strlen(what);

        if (!what[0])
            control_monitor_info_help(out);
        else if (!control_monitor_info(server, what, more + strspn(more, " "), out))
            g_string_append_printf(out, "There is no \"info %.40s\"; help lists what there is\n",
                                   what);
    } else if (n == 1 && text[0] == 'x') {
        examine(m, text + n, true, out);
    } else if (n == 2 && !strncmp(text, "xp", 2)) {
        examine(m, text + n, false, out);
    } else {
        g_string_append_printf(out, "unknown command: '%.60s'\n", text);
    }
}
