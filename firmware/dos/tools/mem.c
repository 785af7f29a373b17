/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MEM: how much memory there is and what uses it. */
#include "tool.h"

static const char help[] = "Displays the amount of used and free memory in the system.\r\n\r\n"
                           "MEM [/CLASSIFY | /DEBUG | /FREE | /MODULE modulename] [/PAGE]\r\n\r\n"
                           "  /C, /CLASSIFY       programs with their sizes, and the summary\r\n"
                           "  /D, /DEBUG          all blocks, and the summary\r\n"
                           "  /F, /FREE           free blocks\r\n"
                           "  /M, /MODULE name    what one program uses\r\n"
                           "  /P, /PAGE           waits after each screen\r\n";

enum { BLOCKS = 160, MODULES = 40, UMA = 0xa000, KB = 1024, NAME = 9 };
enum { OWNER_FREE = 0, OWNER_SYSTEM = 8 };

struct block {
    uint16_t segment, owner; /* of its contents; PSP */
    uint32_t size;           /* bytes, with the header */
    bool upper, environment;
    char name[NAME]; /* of whom it belongs to */
};
static struct block blocks[BLOCKS];
static unsigned block_count;

struct sums {
    uint32_t low_total, low_free, upper_total, upper_free, xms_total, xms_free, ems_total, ems_free;
    uint32_t largest_low, largest_upper, reserved;
};

/* ---- output by pages ---- */

static bool paged;

static void line(const char *format, ...)
{
    static unsigned lines;
    unsigned rows = far_get8(0x40, 0x84);
    char text[LINE_SIZE];
    va_list args;

    va_start(args, format);
    print_to(STDOUT, format, args);
    va_end(args);
    put_text(STDOUT, "\r\n");
    if (!paged || ++lines < (rows ? rows : 24) - 1)
        return;
    lines = 0;
    print("Press any key to continue . . .");
    if (handle_is_device(STDIN))
        wait_key();
    else if (!read_answer(text, sizeof(text)))
        paged = false;
}

/* "12,345   (12K)", right-aligned in 17 columns */
static const char *amount(char *to, uint32_t bytes)
{
    char kb[12];

    format_text(kb, sizeof(kb), "(%,uK)", (bytes + KB / 2) / KB);
    format_text(to, 20, "%,9u %7s", bytes, kb);
    return to;
}

/* ---- the chain of blocks ---- */

static void take_name(struct block *b, uint16_t header, uint16_t owner)
{
    for (unsigned i = 0; i < 8; i++)
        b->name[i] = (char)far_get8(header, 8 + i);
    if (owner == OWNER_SYSTEM) { /* two characters; a driver is told by its own header */
        bool driver = b->name[0] == 'S' && b->name[1] == 'D';

        b->name[2] = 0;
        strcpy(b->name, "MSDOS");
        if (driver && (far_get16(b->segment, 4) & 0x8000)) {
            for (unsigned i = 0; i < 8; i++)
                b->name[i] = (char)far_get8(b->segment, 10 + i);
            for (unsigned i = 8; i-- && b->name[i] == ' ';)
                b->name[i] = 0;
        } else if (driver) {
            strcpy(b->name, "DRIVER");
        }
    }
    for (unsigned i = 0; b->name[i]; i++)
        if ((uint8_t)b->name[i] < ' ')
            b->name[i] = 0;
}

static bool add_block(uint16_t header)
{
    struct block *b = &blocks[block_count++];
    uint16_t owner = far_get16(header, 1), own = own_segment();

    memset(b, 0, sizeof(*b));
    b->segment = (uint16_t)(header + 1);
    b->size = ((uint32_t)far_get16(header, 3) + 1) * 16;
    b->upper = header >= UMA;
    b->owner = owner == own ? OWNER_FREE : owner; /* MEM itself is gone soon */
    if (b->owner == OWNER_FREE)
        return true;
    take_name(b, owner == OWNER_SYSTEM ? header : (uint16_t)(owner - 1), owner);
    b->environment = owner != OWNER_SYSTEM && owner != b->segment &&
                     far_get16(owner, PSP_ENVIRONMENT) == b->segment;
    return true;
}

/* False: the chain is broken. */
static bool read_chain(void)
{
    struct list_of_lists l = list_of_lists();
    struct dos_regs link = { .ax = 0x5802 }, r = { .ax = 0x5803, .bx = 1 };
    uint16_t header = far_get16(l.segment, (uint16_t)(l.offset - 2));
    bool good = true;

    dos(&link);
    dos(&r);
    for (;;) {
        uint8_t type = far_get8(header, 0);

        if ((type != 'M' && type != 'Z') || block_count == BLOCKS) {
            good = block_count == BLOCKS;
            break;
        }
        /* What covers the video memory is no program's. */
        if (!(far_get16(header, 1) == OWNER_SYSTEM && far_get8(header, 8) == 'S' &&
              far_get8(header, 9) == 'C'))
            add_block(header);
        if (type == 'Z')
            break;
        header = (uint16_t)(header + far_get16(header, 3) + 1);
    }
    r = (struct dos_regs){ .ax = 0x5803, .bx = link.al };
    dos(&r);
    return good;
}

/* The bytes of the free run that begins at a block; 0: it is not free. */
static uint32_t free_run(unsigned first)
{
    uint32_t bytes = 0;

    for (unsigned i = first; i < block_count && blocks[i].owner == OWNER_FREE &&
                             blocks[i].upper == blocks[first].upper &&
                             (i == first || blocks[i].segment - 1u == blocks[i - 1].segment - 1u +
                                                                          blocks[i - 1].size / 16);
         i++)
        bytes += blocks[i].size;
    return bytes;
}

/* ---- sums ---- */

static void sum_extended(struct sums *s)
{
    struct list_of_lists l = list_of_lists();
    struct dos_regs r = { .ax = 0x4300 };
    struct dos_regs entry = { .ax = 0x4310 };
    unsigned handle;

    s->xms_total = (uint32_t)far_get16(l.segment, l.offset + 0x45u) * KB;
    r.ds = r.es = entry.ds = entry.es = own_segment();
    int_call(&r, 0x2f);
    if (r.al == 0x80) {
        uint32_t total = 0;

        int_call(&entry, 0x2f);
        xms_free((uint32_t)entry.es << 16 | entry.bx, &total);
        s->xms_free = total * KB;
        if (s->xms_free > s->xms_total)
            s->xms_total = s->xms_free + 64 * KB;
    }
    if (!file_open("EMMXXXX0", OPEN_READ, &handle)) {
        bool device = handle_is_device(handle);

        file_close(handle);
        r = (struct dos_regs){ .ax = 0x4200, .ds = own_segment(), .es = own_segment() };
        if (device)
            int_call(&r, 0x67);
        if (device && !r.ah) {
            s->ems_total = r.dx * 16ul * KB;
            s->ems_free = r.bx * 16ul * KB;
        }
    }
}

static void sum(struct sums *s)
{
    struct dos_regs r = { .ax = 0, .ds = own_segment(), .es = own_segment() };

    memset(s, 0, sizeof(*s));
    int_call(&r, 0x12);
    s->low_total = (uint32_t)((r.ax + 63u) & ~63u) * KB;
    for (unsigned i = 0; i < block_count; i++) {
        uint32_t run = free_run(i), *largest;

        if (blocks[i].upper)
            s->upper_total += blocks[i].size;
        if (!run)
            continue;
        if (blocks[i].upper)
            s->upper_free += blocks[i].size;
        else
            s->low_free += blocks[i].size;
        largest = blocks[i].upper ? &s->largest_upper : &s->largest_low;
        if (run - 16 > *largest)
            *largest = run - 16;
    }
    s->reserved = 1024ul * KB - s->low_total - s->upper_total;
    sum_extended(s);
}

static void row(const char *name, uint32_t total, uint32_t free)
{
    total = (total + KB / 2) / KB;
    free = (free + KB / 2) / KB;
    line("%-17s %,8uK  %,8uK  %,8uK", name, total, total - free, free);
}

static void summary(const struct sums *s)
{
    struct dos_regs r = { .ax = 0x3306 };
    uint32_t total = s->low_total + s->upper_total + s->reserved + s->xms_total;
    uint32_t free = s->low_free + s->upper_free + s->xms_free;

    line("%-17s %9s  %9s  %9s", "Memory Type", "Total", "Used", "Free");
    line("----------------  ---------  ---------  ---------");
    row("Conventional", s->low_total, s->low_free);
    row("Upper", s->upper_total, s->upper_free);
    row("Reserved", s->reserved, 0);
    row("Extended (XMS)", s->xms_total, s->xms_free);
    line("----------------  ---------  ---------  ---------");
    row("Total memory", total, free);
    line("");
    row("Total under 1 MB", s->low_total + s->upper_total, s->low_free + s->upper_free);
    line("");
    if (s->ems_total) {
        line("Total Expanded (EMS)                 %,9uK (%,u bytes)", s->ems_total / KB,
             s->ems_total);
        line("Free Expanded (EMS)                  %,9uK (%,u bytes)", s->ems_free / KB,
             s->ems_free);
    }
    line("Largest executable program size      %,9uK (%,u bytes)", (s->largest_low + KB / 2) / KB,
         s->largest_low);
    line("Largest free upper memory block      %,9uK (%,u bytes)", (s->largest_upper + KB / 2) / KB,
         s->largest_upper);
    dos(&r);
    if (r.dh & 0x10)
        line("MS-DOS is resident in the high memory area.");
    else
        line("MS-DOS is resident in conventional memory.");
}

/* ---- /C ---- */

struct module {
    char name[NAME];
    uint32_t low, upper;
};

static void classify(const struct sums *s)
{
    static struct module modules[MODULES];
    unsigned count = 1;
    char a[20], b[20], c[20];

    strcpy(modules[0].name, "MSDOS");
    modules[0].low = (uint32_t)(blocks[0].segment - 1u) * 16; /* what lies below the chain */
    for (unsigned i = 0; i < block_count; i++) {
        unsigned m = 0;

        if (blocks[i].owner == OWNER_FREE)
            continue;
        while (m < count && strcmp(modules[m].name, blocks[i].name) != 0)
            m++;
        if (m == MODULES)
            continue;
        if (m == count)
            strcpy(modules[count++].name, blocks[i].name);
        *(blocks[i].upper ? &modules[m].upper : &modules[m].low) += blocks[i].size;
    }
    line("Modules using memory below 1 MB:");
    line("");
    line("  %-8s %17s  %17s  %17s", "Name", "Total", "Conventional", "Upper Memory");
    line("  --------  ----------------   ----------------   ----------------");
    for (unsigned m = 0; m < count; m++)
        line("  %-8s %17s  %17s  %17s", modules[m].name,
             amount(a, modules[m].low + modules[m].upper), amount(b, modules[m].low),
             amount(c, modules[m].upper));
    line("  %-8s %17s  %17s  %17s", "Free", amount(a, s->low_free + s->upper_free),
         amount(b, s->low_free), amount(c, s->upper_free));
    line("");
    line("Memory Summary:");
    line("");
    summary(s);
}

/* ---- /D, /F, /M ---- */

static const char *kind(const struct block *b)
{
    if (b->owner == OWNER_FREE)
        return "Free";
    if (b->owner == OWNER_SYSTEM)
        return strcmp(b->name, "MSDOS") != 0 ? "Device driver" : "System Data";
    if (b->owner == b->segment)
        return "Program";
    return b->environment ? "Environment" : "Data";
}

static void detail(const struct sums *s)
{
    char a[20];

    line("Conventional Memory Detail:");
    line("");
    line("  Segment  %17s  %-8s  Type", "Total", "Name");
    line("  -------   ----------------  --------  -------------");
    line("   00000   %17s  %-8s  %s", amount(a, 1024), "", "Interrupt Vectors");
    line("   00040   %17s  %-8s  %s", amount(a, 256), "", "ROM Communication Area");
    line("   00050   %17s  %-8s  %s", amount(a, 256), "", "DOS Communication Area");
    line("   00060   %17s  %-8s  %s", amount(a, (blocks[0].segment - 1ul - 0x60) * 16), "MSDOS",
         "System Data");
    for (unsigned i = 0; i < block_count; i++) {
        if (blocks[i].upper && (!i || !blocks[i - 1].upper)) {
            line("");
            line("Upper Memory Detail:");
            line("");
            line("  Segment  %17s  %-8s  Type", "Total", "Name");
            line("  -------   ----------------  --------  -------------");
        }
        line("   %05x   %17s  %-8s  %s", blocks[i].segment - 1u, amount(a, blocks[i].size),
             blocks[i].name, kind(&blocks[i]));
    }
    line("");
    line("Memory Summary:");
    line("");
    summary(s);
}

static void show_free(bool upper)
{
    uint32_t total = 0;
    char a[20];

    line("Free %s Memory:", upper ? "Upper" : "Conventional");
    line("");
    line("  Segment  %17s", "Total");
    line("  -------   ----------------");
    for (unsigned i = 0; i < block_count; i++) {
        if (blocks[i].owner != OWNER_FREE || blocks[i].upper != upper)
            continue;
        line("   %05x   %17s", blocks[i].segment - 1u, amount(a, blocks[i].size));
        total += blocks[i].size;
    }
    line("");
    line("  Total Free: %14s", amount(a, total));
    line("");
}

static int module(const char *name)
{
    uint32_t total = 0;
    char a[20];

    for (unsigned i = 0; i < block_count; i++) {
        const struct block *b = &blocks[i];

        if (b->owner == OWNER_FREE || !same_text(b->name, name))
            continue;
        if (!total) {
            line("%s is using the following memory:", b->name);
            line("");
            line("  Segment  Region  %17s  Type", "Total");
            line("  -------  ------   ----------------  -------------");
        }
        line("   %05x   %-6s  %17s  %s", b->segment - 1u, b->upper ? "1" : "", amount(a, b->size),
             kind(b));
        total += b->size;
    }
    if (!total) {
        line("%s is not currently in memory.", name);
        return 1;
    }
    line("                   ----------------");
    line("  Total Size:      %17s", amount(a, total));
    return 0;
}

/* ---- arguments ---- */

static bool is_switch(const char *word, const char *full)
{
    unsigned n = (unsigned)strlen(word);

    return n >= 2 && word[0] == '/' && n - 1 <= strlen(full) && !memcmp(word + 1, full, n - 1);
}

int com_main(void)
{
    char tail[LINE_SIZE], word[32], *at = tail, name[32] = "";
    char mode = 0;
    struct sums sums;

    command_tail(tail, sizeof(tail));
    while (next_word(&at, word, sizeof(word))) {
        char wanted = is_switch(word, "CLASSIFY")                            ? 'C'
                      : is_switch(word, "DEBUG")                             ? 'D'
                      : is_switch(word, "FREE")                              ? 'F'
                      : is_switch(word, "MODULE") || switch_value(word, "M") ? 'M'
                      : switch_value(word, "MODULE")                         ? 'M'
                                                                             : 0;

        if (!strcmp(word, "/?")) {
            print("%s", help);
            return 0;
        }
        if (is_switch(word, "PAGE")) {
            paged = true;
            continue;
        }
        if (!wanted)
            return word[0] == '/' ? bad_switch(word) : bad_parameter(word);
        if (mode) {
            print("Only one of /C, /D, /F and /M can be there\r\n");
            return 1;
        }
        mode = wanted;
        if (mode != 'M')
            continue;
        if (strchr(word, ':'))
            copy_text(name, strchr(word, ':') + 1, sizeof(name));
        else
            next_word(&at, name, sizeof(name));
        if (!*name || *name == '/') {
            print("Required parameter missing\r\n");
            return 1;
        }
    }
    if (!read_chain()) {
        print("The chain of memory blocks is broken\r\n");
        return 1;
    }
    sum(&sums);
    print("\r\n");
    if (mode == 'C')
        classify(&sums);
    else if (mode == 'D')
        detail(&sums);
    else if (mode == 'M')
        return module(name);
    else if (mode == 'F') {
        show_free(false);
        if (sums.upper_total)
            show_free(true);
    } else
        summary(&sums);
    return 0;
}
