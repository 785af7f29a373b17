/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the kernel's entry to the first shell: tables, vectors, drives, places in memory. */
#include "dos.h"

enum { STANDARD_HANDLES = 5, DEFAULT_SFTS = 5, INT21 = 0x21, DPBS = 12, BUFFERS_AT_START = 4 };

struct sda sda __attribute__((section(".sda")));
struct list_of_lists list_of_lists = {
    .share_retries = 3,
    .share_delay = 1,
    .sector_size = SECTOR,
    .nul = { .next = FP(KSEG, 0), .attributes = DEV_CHARACTER | DEV_NUL, .name = "NUL     " },
    .is_386 = 1,
};
uint16_t root_psp;

static uint16_t heap_end; /* offset: the kernel's tables grow upwards from its data */
static struct hostdos_hello hello;

void *kernel_alloc(unsigned size)
{
    uint16_t at = heap_end;

    heap_end = (uint16_t)(heap_end + ((size + 15) & ~15u));
    memset((void *)(uintptr_t)at, 0, size);
    return (void *)(uintptr_t)at;
}

/* Block drivers of CONFIG.SYS come when the tables are closed: room for some is kept. */
static struct dpb *block_dpb(void)
{
    static struct dpb dpbs[DPBS];
    static unsigned used;

    return used < DPBS ? &dpbs[used++] : NULL;
}

static void set_vectors(void)
{
    static const struct {
        uint8_t n;
        void (*entry)(void);
    } vectors[] = {
        { 0x00, int0_entry },    { 0x1b, int1b_entry }, { 0x20, int20_entry },
        { 0x21, int21_entry },   { 0x22, int_iret },    { 0x23, int23_default },
        { 0x24, int24_default }, { 0x25, int25_entry }, { 0x26, int26_entry },
        { 0x27, int27_entry },   { 0x28, int_iret },    { 0x29, int29_entry },
        { 0x2a, int2a_entry },   { 0x2e, int2e_entry }, { 0x2f, int2f_entry },
    };

    for (unsigned i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        vector_set(vectors[i].n, KFP(vectors[i].entry));
    for (unsigned n = 0x2b; n <= 0x2d; n++)
        vector_set(n, KFP(int_iret));
    /* INT 30h and 31h hold a far jump, where CALL 5 ends with A20 off. */
    put8(FP(0, 0xc0), 0xea);
    put32(FP(0, 0xc1), KFP(cpm_entry));
}

static struct sft_block *new_sfts(unsigned count)
{
    struct sft_block *block = kernel_alloc((unsigned)(sizeof(*block) + count * sizeof(struct sft)));

    block->next = FP(0, 0xffff);
    block->count = (uint16_t)count;
    return block;
}

/* Handles 0 to 4 of the kernel's process, and so of every program. */
static void open_standard(void)
{
    static const char *const names[] = { "CON", "AUX", "PRN" };
    static const uint8_t device_of[STANDARD_HANDLES] = { 0, 0, 0, 1, 2 };

    for (unsigned i = 0; i < 3; i++) {
        char name[4], path[8];
        struct sft *s;

        strcpy(name, names[i]);
        if (path_resolve_near(name, path, 0) || sft_allocate(&s))
            continue;
        sft_open(s, MODE_BOTH);
        s->references = 0;
        for (unsigned h = 0; h < STANDARD_HANDLES; h++) {
            if (device_of[h] != i)
                continue;
            put8(FP(root_psp, offsetof(struct psp, jft) + h), (uint8_t)sft_index(s));
            s->references++;
        }
    }
}

static void make_process(void)
{
    uint8_t *psp = kernel_alloc(256);

    root_psp = (uint16_t)(KSEG + (uint16_t)(uintptr_t)psp / 16);
    sda.psp = root_psp;
    psp_init(root_psp, root_psp);
    fset(root_psp, psp, parent, root_psp);
    sda.dta = FP(root_psp, 0x80);
}

/* All letters; host folders have theirs. */
static void make_drives(void)
{
    list_of_lists.cds = KFP(cds_table);
    for (unsigned i = 0; i < DRIVES; i++) {
        struct cds *c = &cds_table[i];

        strcpy(c->path, "A:\\");
        c->path[0] = (char)('A' + i);
        c->root_length = 2;
        c->cluster = c->redirector = c->user = 0xffff;
        if (hello.drives[i] == HOSTDOS_NO_DRIVE)
            continue;
        host_drives[i] = hello.drives[i];
        c->flags = CDS_NETWORK | CDS_PHYSICAL;
    }
}

/* A drive letter for a unit of a block driver; `first`: the lowest letter that it may get. */
bool add_block_drive(uint32_t header, uint8_t unit, uint32_t bpb, uint8_t first)
{
    static struct dpb *last;
    uint8_t drive = first;
    struct dpb *d;

    while (drive < DRIVES && cds_table[drive].flags)
        drive++;
    if (drive == DRIVES)
        return false;
    d = block_dpb();
    if (!d)
        return false;
    d->drive = drive;
    d->unit = unit;
    d->device = header;
    d->next = FP(0, 0xffff);
    fat_fill_dpb(KFP(d), bpb);
    d->unread = 0xff;
    if (last)
        last->next = KFP(d);
    else
        list_of_lists.dpb = KFP(d);
    last = d;
    cds_table[drive].flags = CDS_PHYSICAL;
    cds_table[drive].dpb = KFP(d);
    list_of_lists.block_devices++;
    return true;
}

/* Floppies are A: and B:, partitions follow from C: on. */
static void add_disks(void)
{
    unsigned count = disk_init();

    for (unsigned unit = 0; unit < count; unit++)
        add_block_drive(KFP(&block_header), (uint8_t)unit, disk_bpb(unit),
                        disk_is_floppy(unit) ? 0 : 2);
}

/* The text goes to the HMA or behind the tables; `*end` is the first free segment. */
static void place_text(uint16_t *end)
{
    uint16_t size = (uint16_t)((uintptr_t)text_end - 0x10), segment = 0xffff;

    list_of_lists.dpb = list_of_lists.dpb ? list_of_lists.dpb : FP(0, 0xffff);
    *end = (uint16_t)(KSEG + (heap_end + 15u) / 16);
    if (!config.high || !xms_take_hma()) {
        segment = (uint16_t)(*end - 1);
        *end = (uint16_t)(*end + (size + 15u) / 16);
    }
    far_copy(FP(segment, 0x10), FP(text_seg, 0x10), size);
    move_text(segment);
}

static void make_memory(uint16_t first)
{
    uint16_t top = (uint16_t)(get16(FP(0, 0x413)) << 6);

    list_of_lists.first_mcb = first;
    fset(first, mcb, type, MCB_LAST);
    fset(first, mcb, owner, MCB_FREE);
    fset(first, mcb, size, (uint16_t)(top - first - 1));
    sda.memory_top = top;
}

/* Runs a program as INT 21h/4Bh does; false: it cannot be. */
bool run_program(const char *program, const char *tail_text)
{
    static struct {
        uint16_t environment;
        uint32_t tail, fcb1, fcb2;
    } PACKED block;
    static uint8_t tail[130], fcb[16];
    struct int_regs r = { .ax = 0x4b00, .ds = KSEG, .es = KSEG };
    unsigned length = (unsigned)strlen(tail_text);

    tail[0] = (uint8_t)length;
    memcpy(tail + 1, tail_text, length);
    tail[1 + length] = '\r';
    block.environment = 0;
    block.tail = KFP(tail);
    block.fcb1 = block.fcb2 = KFP(fcb);
    r.dx = (uint16_t)(uintptr_t)program;
    r.bx = (uint16_t)(uintptr_t)&block;
    call_int(INT21, &r, 0);
    return !(r.flags & FLAG_CARRY);
}

/* The first program; when it ends, the machine does or it begins again. */
static __attribute__((noreturn)) void shell(void)
{
    static char command[128];
    static char tail[128];
    bool ends = host_startup(command, sizeof(command) - 8);

    for (;;) {
        struct int_regs r = { .ax = 0x4d00, .ds = KSEG, .es = KSEG };

        strcpy(tail, config.tail);
        if (*command && strlen(tail) + strlen(command) + 6 < sizeof(tail)) {
            strcpy(tail + strlen(tail), ends ? " /C " : " /K ");
            strcpy(tail + strlen(tail), command);
        }
        if (!run_program(config.shell, tail)) {
            console_text("Bad or missing command interpreter: ");
            console_text(config.shell);
            console_text("\r\n");
            if (ends)
                host_exit(125);
            for (;;)
                halt();
        }
        call_int(INT21, &r, 0);
        if (ends)
            host_exit(r.ax & 0xff);
        *command = 0;
    }
}

void kernel_main(void)
{
    uint16_t first;

    heap_end = (uint16_t)(uintptr_t)bss_end;
    sda.error_drive = 0xff;
    sda.drive = boot_drive;
    nls_init();
    if (host_hello(&hello, 0))
        text_wanted = hello.text;
    list_of_lists.nul.next = KFP(&con_header);
    list_of_lists.nul.strategy = (uint16_t)(uintptr_t)driver_strategy;
    list_of_lists.nul.interrupt = (uint16_t)(uintptr_t)nul_entry;
    list_of_lists.con = KFP(&con_header);
    list_of_lists.clock = KFP(&clock_header);
    list_of_lists.boot_drive = (uint8_t)(boot_drive + 1);
    set_vectors();
    xms_init();
    cds_table = kernel_alloc(DRIVES * sizeof(struct cds));
    list_of_lists.last_drive = DRIVES;
    list_of_lists.sft = KFP(new_sfts(DEFAULT_SFTS));
    make_drives();
    nls_load(hello.code_page, hello.country);
    make_process();
    add_disks();
    buffers_init(BUFFERS_AT_START);
    open_standard();
    printers_init();
    config_read();
    list_of_lists.last_drive = config.last_drive;
    sda.break_flag = config.break_on;
    if (config.country)
        nls_load(config.page ? config.page : hello.code_page, config.country);
    if (config.buffers > BUFFERS_AT_START)
        buffers_init(config.buffers);
    ((struct sft_block *)NEAR(list_of_lists.sft))->next =
        KFP(new_sfts((unsigned)(config.files > DEFAULT_SFTS ? config.files - DEFAULT_SFTS : 1)));
    place_text(&first);
    make_memory(first);
    config_run();
    shell();
}
