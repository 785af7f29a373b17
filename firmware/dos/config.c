/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CONFIG.SYS of the boot drive.  It is read twice: for the sizes of tables before these are made,
 * and for drivers and programs when there is memory for them.
 */
#include "dos.h"

enum {
    TEXT_SEGMENT = 0x7000,
    TEXT_MAX = 0x8000,
    LINE_SIZE = 128,
    ENVIRONMENT_SIZE = 256,
    FILES_MIN = 8,
    FILES_MAX = 255,
    BUFFERS_MAX = 20,
    FCBS_MAX = 16
};
enum { PCI_ADDRESS = 0xcf8, PCI_DATA = 0xcfc, PAM_C800 = 0x80000058, UMB_END = 0xd000 };

struct config config = {
    .files = 40,
    .buffers = 10,
    .last_drive = DRIVES,
    .fcbs = 4,
    .high = true,
    .umb = true,
    .shell = "Z:\\COMMAND.COM",
    .tail = " /P",
};

static char *environment;
static unsigned environment_used;
static uint16_t text_length;
static char line[LINE_SIZE];
static unsigned line_number;

/* ---- the text ---- */

static bool load_text(void)
{
    static char name[] = "A:\\CONFIG.SYS";
    struct sft *s;
    char copy[sizeof(name)];
    uint16_t done = 0;

    strcpy(copy, name);
    copy[0] = (char)('A' + boot_drive);
    text_length = 0;
    if (path_resolve_near(copy, sda.name1, 0) || sft_allocate(&s))
        return false;
    if (sft_open(s, MODE_READ)) {
        sft_drop(s);
        return false;
    }
    sft_read(s, FP(TEXT_SEGMENT, 0), TEXT_MAX, &done);
    sft_close(s);
    text_length = done;
    return true;
}

/* The next line without the blanks at its beginning. */
static bool next_line(uint16_t *at)
{
    unsigned n = 0;
    bool any = false;

    line_number++;
    while (*at < text_length) {
        uint8_t c = get8(FP(TEXT_SEGMENT, (*at)++));

        any = true;
        if (c == 0x1a) {
            *at = text_length;
            break;
        }
        if (c == '\n')
            break;
        if (c == '\r' || (!n && (c == ' ' || c == '\t')))
            continue;
        if (n < LINE_SIZE - 1)
            line[n++] = c == '\t' ? ' ' : (char)c;
    }
    line[n] = 0;
    return any;
}

static bool is_space(char c)
{
    return c == ' ' || c == '=' || c == ',' || c == ';';
}

/* Does the line begin with that word?  Then what follows it and its "=". */
static char *after(const char *word)
{
    char *p = line;

    for (; *word; word++, p++)
        if (upper((uint8_t)*p) != (uint8_t)*word)
            return NULL;
    if (*p && !is_space(*p))
        return NULL;
    while (*p && is_space(*p))
        p++;
    return p;
}

static unsigned number(const char **p)
{
    unsigned n = 0;

    while (**p >= '0' && **p <= '9')
        n = n * 10 + (unsigned)(*(*p)++ - '0');
    while (**p && is_space(**p))
        (*p)++;
    return n;
}

static unsigned clamp(unsigned n, unsigned low, unsigned high)
{
    return n < low ? low : n > high ? high : n;
}

/* Splits "PROGRAM tail" into config-sized pieces. */
static void split(const char *from, char *program, unsigned program_size, char *tail,
                  unsigned tail_size)
{
    unsigned n = 0;

    while (*from && *from != ' ' && *from != '/' && n < program_size - 1)
        program[n++] = *from++;
    program[n] = 0;
    for (n = 0; *from && n < tail_size - 1;)
        tail[n++] = *from++;
    tail[n] = 0;
}

static bool has_word(const char *text, const char *word)
{
    for (; *text; text++) {
        const char *a = text, *b = word;

        while (*b && upper((uint8_t)*a) == (uint8_t)*b)
            a++, b++;
        if (!*b)
            return true;
    }
    return false;
}

/* ---- what a line sets ---- */

static void set_variable(char *text)
{
    unsigned length = (unsigned)strlen(text) + 1;
    char *equals = strchr(text, '=') ? strchr(text, '=') : text;

    if (environment_used + length + 1 > ENVIRONMENT_SIZE)
        return;
    for (char *p = text; p < equals; p++)
        *p = (char)upper((uint8_t)*p);
    memcpy(environment + environment_used, text, length);
    environment_used += length;
    environment[environment_used] = 0;
}

static void set_country(const char *p)
{
    config.country = (uint16_t)number(&p);
    if (*p >= '0' && *p <= '9')
        config.page = (uint16_t)number(&p);
}

/* What is known and needs nothing here. */
static bool ignored(void)
{
    static const char *const words[] = { "REM",       "STACKS",     "NUMLOCK", "SWITCHES",
                                         "DRIVPARM",  "MULTITRACK", "ECHO",    "ACDLOAD",
                                         "DEVICE",    "DEVICEHIGH", "INSTALL", "INSTALLHIGH",
                                         "MENUCOLOR", "HISTORY" };

    if (!line[0] || line[0] == ';' || line[0] == '[')
        return true;
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (after(words[i]))
            return true;
    return false;
}

static void say_unknown(void)
{
    char digits[6];
    unsigned n = sizeof(digits) - 1, value = line_number;

    digits[n] = 0;
    do
        digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    console_text("Unrecognized command in CONFIG.SYS, line ");
    console_text(digits + n);
    console_text(": ");
    console_text(line);
    console_text("\r\n");
}

static void take_line(void)
{
    const char *p;

    if ((p = after("FILES")) || (p = after("FILESHIGH"))) {
        config.files = (uint8_t)clamp(number(&p), FILES_MIN, FILES_MAX);
    } else if ((p = after("BUFFERS")) || (p = after("BUFFERSHIGH"))) {
        config.buffers = (uint8_t)clamp(number(&p), 1, BUFFERS_MAX);
    } else if ((p = after("LASTDRIVE")) || (p = after("LASTDRIVEHIGH"))) {
        config.last_drive = (uint8_t)clamp((unsigned)(upper((uint8_t)*p) - 'A' + 1), 5, DRIVES);
    } else if ((p = after("FCBS")) || (p = after("FCBSHIGH"))) {
        config.fcbs = (uint8_t)clamp(number(&p), 1, FCBS_MAX);
    } else if ((p = after("DOS"))) {
        config.high = has_word(p, "HIGH") || !has_word(p, "LOW");
        config.umb = has_word(p, "UMB") && !has_word(p, "NOUMB");
    } else if ((p = after("BREAK"))) {
        config.break_on = has_word(p, "ON");
    } else if ((p = after("SHELL")) || (p = after("COMMAND"))) {
        split(p, config.shell, sizeof(config.shell), config.tail, sizeof(config.tail));
    } else if ((p = after("COUNTRY"))) {
        set_country(p);
    } else if ((p = after("SET"))) {
        set_variable((char *)(uintptr_t)p);
    } else if ((p = after("SETVER"))) {
        char name[14], version[8];
        const char *v = version;

        split(p, name, sizeof(name), version, sizeof(version));
        while (*v == ' ')
            v++;
        for (char *c = name; *c; c++)
            *c = (char)upper((uint8_t)*c);
        {
            unsigned major = number(&v);

            if (*v == '.')
                v++;
            setver_add(name, (uint8_t)major, (uint8_t)number(&v));
        }
    } else if (!ignored()) {
        say_unknown();
    }
}

/* First pass.  A line that begins with '?' asks in DOS; without a question it counts. */
void config_read(void)
{
    uint16_t at = 0;

    environment = kernel_alloc(ENVIRONMENT_SIZE);
    fset(root_psp, psp, environment, (uint16_t)(KSEG + (uint16_t)(uintptr_t)environment / 16));
    if (!load_text())
        return;
    line_number = 0;
    while (next_line(&at)) {
        if (line[0] == '?')
            memmove(line, line + 1, sizeof(line) - 1);
        take_line();
    }
}

/* ---- drivers and programs ---- */

/* INIT of one header; the first free segment behind the driver, 0: it does not stay. */
static uint16_t init_driver(uint16_t segment, uint16_t offset, uint32_t arguments, uint32_t end)
{
    struct device_request *q = (struct device_request *)sda.request;
    uint32_t header = FP(segment, offset), end_of;

    memset(q, 0, sizeof(sda.request));
    q->length = 26;
    q->command = CMD_INIT;
    q->init.end = end;
    q->init.arguments = arguments;
    q->init.drive = list_of_lists.block_devices;
    call_driver(header, KFP(q));
    end_of = q->init.end;
    if (q->status & STATUS_ERROR || end_of == header || !LINEAR(end_of) ||
        LINEAR(end_of) <= (uint32_t)segment * 16)
        return 0;
    if (device_attributes(header) & DEV_CHARACTER) {
        if (device_attributes(header) & DEV_CLOCK)
            list_of_lists.clock = header;
        if (device_attributes(header) & DEV_STDIN)
            list_of_lists.con = header;
    } else {
        uint32_t table = q->init.bpb_table;
        uint8_t units = q->init.units;

        put8(header + offsetof(struct device_header, name), units);
        for (uint8_t i = 0; i < units; i++)
            add_block_drive(header, i, FP(FP_SEG(table), get16(table + i * 2u)), 2);
    }
    return (uint16_t)((LINEAR(end_of) + 15) / 16);
}

/* Loads FILE to the largest block; its headers join the chain in front of the built-in ones. */
static void load_driver(const char *text)
{
    static char name[64], tail[LINE_SIZE];
    static struct {
        uint16_t segment, factor;
    } overlay;
    struct int_regs r = { .ax = 0x4b03, .ds = KSEG, .es = KSEG };
    uint16_t segment, largest, offset = 0, end = 0, ignore;

    split(text, name, sizeof(name), tail, sizeof(tail));
    if (has_word(name, "HIMEM") || has_word(name, "EMM386") || has_word(name, "SETVER"))
        return; /* what these do is built in */
    memory_allocate(NO_SEGMENT, &segment, &largest);
    if (memory_allocate(largest, &segment, &ignore))
        return;
    overlay.segment = overlay.factor = segment;
    r.dx = (uint16_t)(uintptr_t)name;
    r.bx = (uint16_t)(uintptr_t)&overlay;
    call_int(0x21, &r, 0);
    if (r.flags & FLAG_CARRY) {
        memory_free(segment);
        console_text("Bad or missing ");
        console_text(name);
        console_text("\r\n");
        return;
    }
    while (offset != 0xffff) {
        uint32_t header = FP(segment, offset);
        uint16_t next = get16(header),
                 top = init_driver(segment, offset, KFP(text), FP(segment + largest, 0));

        if (top) {
            end = top > end ? top : end;
            put32(header, list_of_lists.nul.next);
            list_of_lists.nul.next = header;
        }
        offset = next;
    }
    if (end <= segment) {
        memory_free(segment);
        return;
    }
    memory_resize(segment, (uint16_t)(end - segment), &ignore);
    memory_set_owner(segment, MCB_SYSTEM);
    memory_set_name(segment, "SD");
}

static void install(const char *text)
{
    static char name[64], tail[LINE_SIZE];

    split(text, name, sizeof(name), tail, sizeof(tail));
    if (!run_program(name, tail)) {
        console_text("Bad or missing ");
        console_text(name);
        console_text("\r\n");
    }
}

/* ---- upper memory ---- */

static void out_pci(uint32_t address, uint32_t value)
{
    out32(PCI_ADDRESS, address);
    out32(PCI_DATA, value);
}

/* The first segment behind the option ROMs. */
static uint16_t roms_end(void)
{
    uint16_t segment = 0xc000;

    while (segment < UMB_END) {
        if (get16(FP(segment, 0)) == 0xaa55 && get8(FP(segment, 2)))
            segment = (uint16_t)(segment + (get8(FP(segment, 2)) * 32u + 0x7f) / 0x80 * 0x80);
        else
            segment += 0x80;
        if (get16(FP(segment, 0)) != 0xaa55 && get16(FP(segment + 0x80, 0)) != 0xaa55)
            return segment;
    }
    return UMB_END;
}

/* The chipset's shadow RAM between the ROMs and the page frame: i440FX PAM, C8000h to CFFFFh. */
static void make_umbs(void)
{
    uint16_t start = roms_end();
    uint32_t pam;

    if (start < 0xc800)
        start = 0xc800;
    if (start + 0x100 > UMB_END)
        return;
    out32(PCI_ADDRESS, PAM_C800);
    pam = in32(PCI_DATA);
    out_pci(PAM_C800, pam | 0x33000000); /* register 5Bh */
    put16(FP(start, 0), 0x55aa);
    if (get16(FP(start, 0)) != 0x55aa) { /* not this chipset */
        out_pci(PAM_C800, pam);
        return;
    }
    memory_add_umb(start, UMB_END);
}

/* Second pass. */
void config_run(void)
{
    uint16_t at = 0;

    if (config.umb)
        make_umbs();
    if (!load_text())
        return;
    while (next_line(&at)) {
        uint8_t strategy = memory_strategy;
        char *device = after("DEVICE"), *high = after("DEVICEHIGH");
        char *program = after("INSTALL") ? after("INSTALL") : after("INSTALLHIGH");

        if (high) {
            memory_link_umb(true);
            memory_strategy = 0x80;
        }
        if (device || high)
            load_driver(device ? device : high);
        memory_strategy = strategy;
        memory_link_umb(false);
        if (program)
            install(program);
    }
}
