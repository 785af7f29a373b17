/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "info": what the machine is doing, from its state tables and maps. */
#include <stddef.h>
#include <string.h>

#include "core/control/control_internal.h"
#include "core/speed.h"
#include "devices/pci/pci.h"

#define MOST_RANGES 512 /* that "info mem" prints */

/* ---- state tables ---- */

static uint64_t element(const struct field *f, const void *base, uint32_t i)
{
    uint64_t value = 0;

    memcpy(&value, (const uint8_t *)base + f->offset + (size_t)i * f->size, f->size);
    return value;
}

static void print_field(const struct field *f, const void *base, GString *out)
{
    const char *name = strncmp(f->name, "s.", 2) ? f->name : f->name + 2;

    if (f->kind == FIELD_CLOCK) {
        const struct vtimer *timer =
            (const struct vtimer *)(const void *)((const uint8_t *)base + f->offset);

        if (vtimer_armed(timer))
            g_string_append_printf(out, "%s: at %" G_GUINT64_FORMAT " ns\n", name, timer->deadline);
        else
            g_string_append_printf(out, "%s: idle\n", name);
        return;
    }
    g_string_append_printf(out, "%s:", name);
    for (uint32_t i = 0; i < f->count && i < 4096; i++) {
        if (f->count > 16 && i % 16 == 0)
            g_string_append_printf(out, "\n  %04x:", i);
        g_string_append_printf(out, " %0*" G_GINT64_MODIFIER "x", 2 * f->size, element(f, base, i));
    }
    if (f->count > 4096)
        g_string_append_printf(out, "\n  and %u more", f->count - 4096);
    g_string_append_c(out, '\n');
}

void control_monitor_fields(const struct field *fields, const void *base, GString *out)
{
    for (const struct field *f = fields; f && f->name; f++)
        print_field(f, base, out);
}

static unsigned field_of(const struct device *dev, const char *name, uint32_t i)
{
    for (const struct field *f = dev->cls->fields; f->name; f++)
        if (!strcmp(f->name, name) && i < f->count)
            return (unsigned)element(f, dev, i);
    return 0;
}

/* ---- the CPU ---- */

static void info_registers(struct machine *m, GString *out)
{
    static const char *const gpr[] = { "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI" };
    static const char order[] = { 0, 3, 1, 2, 6, 7, 5, 4 };
    static const char *const seg[] = { "ES", "CS", "SS", "DS", "FS", "GS" };
    struct x86_state x;

    machine_cpu(m)->ops->get(machine_cpu(m), &x);
    for (unsigned i = 0; i < 8; i++)
        g_string_append_printf(out, "%s=%08x%c", gpr[(int)order[i]], x.gpr[(int)order[i]],
                               i % 4 == 3 ? '\n' : ' ');
    g_string_append_printf(out, "EIP=%08x EFL=%08x CPL=%u HLT=%u A20=%u\n", x.eip, x.eflags,
                           x.cr0 & CR0_PE ? (x.seg[2].attr & SEG_DPL) >> 5 : 0, x.halted,
                           mem_a20(machine_board(m)->memory));
    for (unsigned i = 0; i < 6; i++)
        g_string_append_printf(out, "%s =%04x %08x %08x %04x\n", seg[i], x.seg[i].selector,
                               x.seg[i].base, x.seg[i].limit, x.seg[i].attr);
    g_string_append_printf(out, "LDT=%04x %08x %08x %04x\nTR =%04x %08x %08x %04x\n",
                           x.ldtr.selector, x.ldtr.base, x.ldtr.limit, x.ldtr.attr, x.tr.selector,
                           x.tr.base, x.tr.limit, x.tr.attr);
    g_string_append_printf(out, "GDT=     %08x %08x\nIDT=     %08x %08x\n", x.gdtr.base,
                           x.gdtr.limit, x.idtr.base, x.idtr.limit);
    g_string_append_printf(out, "CR0=%08x CR2=%08x CR3=%08x CR4=%08x\n", x.cr0, x.cr2, x.cr3,
                           x.cr4);
    g_string_append_printf(out, "DR0=%08x DR1=%08x DR2=%08x DR3=%08x\nDR6=%08x DR7=%08x\n", x.dr[0],
                           x.dr[1], x.dr[2], x.dr[3], x.dr[6], x.dr[7]);
    g_string_append_printf(out, "FCW=%04x FSW=%04x [ST=%u] FTW=%04x\n", x.fpu.fcw, x.fpu.fsw,
                           x.fpu.fsw >> 11 & 7, x.fpu.ftw);
    for (unsigned i = 0; i < 8; i++)
        g_string_append_printf(out, "FPR%u=%016" G_GINT64_MODIFIER "x %04x%c", i, x.fpu.mant[i],
                               x.fpu.exp[i], i % 2 ? '\n' : ' ');
}

/* Neighbouring pages of the same rights. */
struct range {
    uint64_t from, to;
    uint32_t rights; /* 0: none */
    unsigned printed;
};

static void range_end(struct range *r, GString *out)
{
    if (r->rights && r->printed++ < MOST_RANGES)
        g_string_append_printf(out,
                               "%08" G_GINT64_MODIFIER "x-%09" G_GINT64_MODIFIER
                               "x %08" G_GINT64_MODIFIER "x %c%c%c\n",
                               r->from, r->to, r->to - r->from, r->rights & 4 ? 'u' : '-', 'r',
                               r->rights & 2 ? 'w' : '-');
}

static void range_add(struct range *r, uint64_t from, uint64_t size, uint32_t rights, GString *out)
{
    rights = rights & 1 ? rights & 7 : 0;
    if (rights != r->rights || from != r->to) {
        range_end(r, out);
        r->from = from;
        r->rights = rights;
    }
    r->to = from + size;
}

static void info_mem(struct machine *m, GString *out)
{
    struct memory *memory = machine_board(m)->memory;
    struct range range = { 0 };
    uint32_t mask = mem_cpu_mask(memory), directory[1024], table[1024];
    struct x86_state x;

    machine_cpu(m)->ops->get(machine_cpu(m), &x);
    if (!(x.cr0 & CR0_PG)) {
        g_string_append(out, "PG disabled\n");
        return;
    }
    control_peek(memory, x.cr3 & 0xfffff000u & mask, directory, sizeof(directory));
    for (unsigned i = 0; i < 1024; i++) {
        uint64_t at = (uint64_t)i << 22;
        bool large = directory[i] & 0x80 && x.cr4 & CR4_PSE;

        if (!(directory[i] & 1) || large) {
            range_add(&range, at, 4 << 20, directory[i], out);
            continue;
        }
        control_peek(memory, directory[i] & 0xfffff000u & mask, table, sizeof(table));
        for (unsigned k = 0; k < 1024; k++)
            range_add(&range, at + ((uint64_t)k << 12), 4096,
                      table[k] & (directory[i] | 0xfffffff8u), out);
    }
    range_end(&range, out);
    if (range.printed > MOST_RANGES)
        g_string_append_printf(out, "and %u ranges more\n", range.printed - MOST_RANGES);
}

/* ---- the board ---- */

static void info_pic(struct machine *m, GString *out)
{
    const struct device *pic = machine_pc(m)->pic;

    for (uint32_t i = 0; i < 2; i++) {
        unsigned elcr = field_of(pic, "s.elcr", i), line = field_of(pic, "s.line", i);
        unsigned edge = field_of(pic, "s.edge", i);

        g_string_append_printf(out,
                               "pic%u: irr=%02x imr=%02x isr=%02x irq_base=%02x elcr=%02x "
                               "lines=%02x\n",
                               i, (edge & ~elcr & 0xff) | (line & elcr), field_of(pic, "s.imr", i),
                               field_of(pic, "s.isr", i), field_of(pic, "s.icw2", i) & 0xf8, elcr,
                               line);
    }
}

static void info_irq(struct machine *m, GString *out)
{
    const struct device *pic = machine_pc(m)->pic;

    for (unsigned i = 0; i < 16; i++) {
        unsigned bit = 1u << (i & 7), chip = i / 8;

        g_string_append_printf(out, "%2u: %s%s%s%s\n", i,
                               field_of(pic, "s.line", chip) & bit ? "high" : "low",
                               field_of(pic, "s.imr", chip) & bit ? ", masked" : "",
                               field_of(pic, "s.isr", chip) & bit ? ", in service" : "",
                               field_of(pic, "s.elcr", chip) & bit ? ", level" : "");
    }
}

static void print_span(void *ctx, const struct mem_span *span)
{
    static const char *const kinds[] = { "ram", "rom", "i/o", "rom, writes to ram" };

    g_string_append_printf(ctx, "  %08x-%08x (%s): %s\n", span->base, span->base + span->size - 1,
                           kinds[span->kind], span->name);
}

static void info_mtree(struct machine *m, GString *out)
{
    const struct bus *bus = machine_board(m)->bus;
    const struct device *owner, *last = NULL;
    unsigned from = 0;

    g_string_append(out, "memory\n");
    mem_spans(machine_board(m)->memory, print_span, out);
    g_string_append(out, "I/O\n");
    for (unsigned port = 0; port <= 0x10000; port++) {
        owner = port < 0x10000 ? bus_owner(bus, (uint16_t)port) : NULL;
        if (owner == last)
            continue;
        if (last)
            g_string_append_printf(out, "  %04x-%04x: %s\n", from, port - 1, last->name);
        from = port;
        last = owner;
    }
}

static void print_roms(void *ctx, const struct mem_span *span)
{
    if (span->kind != MEM_RAM && span->kind != MEM_MMIO)
        g_string_append_printf(ctx, "addr=%08x size=0x%06x mem=rom name=\"%s\"\n", span->base,
                               span->size, span->name);
}

static void info_roms(struct machine *m, GString *out)
{
    mem_spans(machine_board(m)->memory, print_roms, out);
}

static void print_bars(const struct pci_device *pci, GString *out)
{
    for (unsigned i = 0; i < 7; i++) {
        const struct pci_bar *bar = &pci->bars[i];
        uint32_t value =
            pci_get32(pci->config, i == PCI_BAR_ROM ? PCI_ROM : PCI_BAR0 + 4 * i) & ~0xfu;

        if (bar->size)
            g_string_append_printf(out, "      BAR%u: %s at 0x%08x [0x%08x]\n", i,
                                   bar->io ? "I/O" : "32 bit memory", value, value + bar->size - 1);
    }
}

static void info_pci(struct machine *m, GString *out)
{
    for (unsigned devfn = 0; devfn < 256; devfn++) {
        const struct pci_device *pci = pci_bus_device(machine_pc(m)->pci, devfn);

        if (!pci)
            continue;
        g_string_append_printf(out, "  Bus  0, device %3u, function %u: %s\n", devfn >> 3,
                               devfn & 7, pci->dev.name);
        g_string_append_printf(out, "    class %02x%02x: PCI device %04x:%04x\n",
                               pci->config[PCI_CLASS + 2], pci->config[PCI_CLASS + 1],
                               pci_get16(pci->config, PCI_VENDOR),
                               pci_get16(pci->config, PCI_DEVICE));
        if (pci->config[PCI_INTERRUPT_PIN])
            g_string_append_printf(out, "      IRQ %u, pin %c\n", pci->config[PCI_INTERRUPT_LINE],
                                   'A' + (pci->config[PCI_INTERRUPT_PIN] - 1) % 4);
        print_bars(pci, out);
    }
}

static void info_block(struct machine *m, GString *out)
{
    for (const struct drive *d = media_drives(machine_board(m)->media); d; d = d->next) {
        bool removable = d->cdrom || !strncmp(d->name, "floppy", 6);

        if (!d->media && !removable)
            continue;
        if (d->media)
            g_string_append_printf(out, "%s (#%s): %s (raw%s)\n", d->name, d->name, d->media->label,
                                   d->media->read_only ? ", read-only" : "");
        else
            g_string_append_printf(out, "%s: [not inserted]\n", d->name);
        g_string_append_printf(out, "    Attached to:      %s\n", d->name);
        if (removable)
            g_string_append_printf(out, "    Removable device: %slocked, tray %s\n",
                                   d->locked ? "" : "not ", d->tray_open ? "open" : "closed");
        if (d->media)
            g_string_append(out, "    Cache mode:       writeback\n");
        g_string_append_printf(out, "    Requests:         %u reads, %u writes\n", d->reads,
                               d->writes);
    }
}

static void info_status(struct machine *m, GString *out)
{
    enum machine_status status = machine_status(m);

    if (status == MACHINE_RUNNING)
        g_string_append(out, "VM status: running\n");
    else
        g_string_append_printf(out, "VM status: paused (%s)%s%s\n", machine_status_name(status),
                               machine_why(m)[0] ? ": " : "", machine_why(m));
}

static void info_version(struct machine *m, GString *out)
{
    (void)m;
    g_string_append_printf(out, "%s (commands of QEMU %d.%d)\n", CONTROL_PACKAGE,
                           CONTROL_VERSION_MAJOR, CONTROL_VERSION_MINOR);
}

static void info_mice(struct machine *m, GString *out)
{
    const struct input *input = &machine_pc(m)->input;

    g_string_append_printf(out, "%c Mouse #0: PS/2 Mouse\n", input->absolute ? ' ' : '*');
    if (input->pointer_absolute)
        g_string_append_printf(out, "%c Mouse #1: vmmouse (absolute)\n",
                               input->absolute ? '*' : ' ');
}

static void info_cpus(struct machine *m, GString *out)
{
    char speed[SPEED_TEXT];

    g_string_append_printf(out, "* CPU #0: %s, engine %s, speed %s\n",
                           x86_model_name(machine_cpu(m)->model), machine_cpu(m)->ops->name,
                           speed_text(machine_speed(m), speed));
}

static void info_chardev(struct machine *m, GString *out)
{
    for (unsigned i = 0; i < 4; i++) {
        char name[16];

        g_snprintf(name, sizeof(name), "serial%u", i);
        if (device_find(machine_board(m), name))
            g_string_append_printf(out, "%s\n", name);
    }
}

static void info_devices(struct machine *m, GString *out)
{
    for (const struct device *d = machine_board(m)->devices; d; d = d->next)
        g_string_append_printf(out, "%-12s %s\n", d->name, d->cls->name);
}

/* ---- which ---- */

static const struct {
    const char *name, *summary;
    void (*print)(struct machine *m, GString *out);
} infos[] = {
    { "registers", "the CPU's registers", info_registers },
    { "mem", "linear memory that is mapped", info_mem },
    { "mtree", "who is where in memory and among the ports", info_mtree },
    { "pic", "the interrupt controllers", info_pic },
    { "irq", "the interrupt lines", info_irq },
    { "pci", "the functions on the PCI bus", info_pci },
    { "block", "drives and media", info_block },
    { "status", "does the machine run?", info_status },
    { "cpus", "the processor and its engine", info_cpus },
    { "mice", "pointing devices", info_mice },
    { "chardev", "serial ports", info_chardev },
    { "roms", "firmware", info_roms },
    { "version", "this program's version", info_version },
    { "devices", "the chips, for info device NAME", info_devices },
};

/* Chips that have a short name. */
static const struct {
    const char *name;
    size_t offset; /* in struct pc */
} chips[] = {
    { "pit", offsetof(struct pc, pit) }, { "rtc", offsetof(struct pc, rtc) },
    { "dma", offsetof(struct pc, dma) }, { "ide", offsetof(struct pc, ide) },
    { "vga", offsetof(struct pc, vga) }, { "fdc", offsetof(struct pc, fdc) },
    { "kbc", offsetof(struct pc, kbc) },
};

void control_monitor_info_help(GString *out)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(infos); i++)
        g_string_append_printf(out, "info %-13s %s\n", infos[i].name, infos[i].summary);
    for (unsigned i = 0; i < G_N_ELEMENTS(chips); i++)
        g_string_append_printf(out, "info %-13s that chip's whole state\n", chips[i].name);
    g_string_append(out, "info device NAME   any chip's whole state\n");
}

static void print_device(const struct device *dev, GString *out)
{
    g_string_append_printf(out, "%s (%s)\n", dev->name, dev->cls->name);
    control_monitor_fields(dev->cls->fields, dev, out);
}

bool control_monitor_info(struct control_server *server, const char *what, const char *rest,
                          GString *out)
{
    struct machine *m = control_machine(server);

    for (unsigned i = 0; i < G_N_ELEMENTS(infos); i++)
        if (!strcmp(infos[i].name, what)) {
            infos[i].print(m, out);
            return true;
        }
    for (unsigned i = 0; i < G_N_ELEMENTS(chips); i++)
        if (!strcmp(chips[i].name, what)) {
            print_device(*(struct device **)(void *)((char *)machine_pc(m) + chips[i].offset), out);
            return true;
        }
    if (!strcmp(what, "name") || !strcmp(what, "uuid")) {
        g_string_append_printf(out, "%s\n",
                               !strcmp(what, "name") ? control_name(server) : control_uuid(server));
        return true;
    }
    if (!strcmp(what, "device")) {
        const struct device *dev = device_find(machine_board(m), rest);

        if (dev)
            print_device(dev, out);
        else
            g_string_append_printf(out, "There is no chip \"%.40s\"; info devices lists them\n",
                                   rest);
        return true;
    }
    return false;
}
