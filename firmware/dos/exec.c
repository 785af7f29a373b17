/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 21h/4Bh: programs and overlays, .COM and .EXE. */
#include "dos.h"

struct mz_header {
    uint16_t magic, last_bytes, pages, relocations, header_size, min_alloc, max_alloc;
    uint16_t ss, sp, checksum, ip, cs, relocation_table, overlay;
} PACKED;
enum { MAGIC_MZ = 0x5a4d, MAGIC_ZM = 0x4d5a };

struct exec_block {
    uint16_t environment;
    uint32_t tail, fcb1, fcb2;
    uint16_t sp, ss, ip, cs; /* filled in by 4B01h */
} PACKED;

struct program_start { /* for low_start_program */
    uint16_t sp, ss, ip, cs, psp, ax;
};

enum { EXEC_RUN, EXEC_LOAD, EXEC_OVERLAY = 3, EXEC_STATE = 5 };
enum { PARAGRAPH = 16, PSP_PARAGRAPHS = 16, COM_MAX = 0xff00, ENV_MAX = 0x8000 };

struct image { /* what is known of the file that is loaded */
    struct sft *file;
    struct mz_header mz;
    bool exe;
    uint32_t size;    /* bytes of the load image */
    uint16_t segment; /* where the image begins */
};

/* Reads from a position into any memory. */
static bool read_at(struct sft *s, uint32_t position, uint32_t to, uint32_t count)
{
    s->position = position;
    while (count) {
        uint16_t part = count > 0x8000 ? 0x8000 : (uint16_t)count, done;

        if (sft_read(s, to, part, &done) || !done)
            return false;
        count -= done;
        to = FP(FP_SEG(to) + (FP_OFF(to) + done) / PARAGRAPH, (FP_OFF(to) + done) % PARAGRAPH);
    }
    return true;
}

static unsigned read_header(struct image *image)
{
    struct mz_header *mz = &image->mz;
    uint32_t bytes;

    memset(mz, 0, sizeof(*mz));
    image->size = image->file->size;
    image->exe = false;
    if (!image->size)
        return E_FORMAT;
    if (image->size < sizeof(*mz)) /* no room for a header: a .COM, whatever it begins with */
        return E_OK;
    if (!read_at(image->file, 0, KFP(mz), sizeof(*mz)))
        return E_FORMAT;
    if (mz->magic != MAGIC_MZ && mz->magic != MAGIC_ZM)
        return E_OK;
    image->exe = true;
    bytes = (uint32_t)mz->pages * SECTOR;
    if (mz->last_bytes && mz->last_bytes < SECTOR && bytes)
        bytes -= SECTOR - mz->last_bytes;
    if (bytes > image->size)
        bytes = image->size;
    if (bytes < (uint32_t)mz->header_size * PARAGRAPH)
        return E_FORMAT;
    image->size = bytes - (uint32_t)mz->header_size * PARAGRAPH;
    return E_OK;
}

/* Adds `factor` to the words that the header's table names. */
static bool relocate(struct image *image, uint16_t factor)
{
    uint32_t table[32];
    uint32_t at = image->mz.relocation_table;

    for (unsigned left = image->mz.relocations; left;) {
        unsigned part = left < 32 ? left : 32;

        if (!read_at(image->file, at, KFP(table), part * 4))
            return false;
        for (unsigned i = 0; i < part; i++) {
            uint32_t place = FP(FP_SEG(table[i]) + image->segment, FP_OFF(table[i]));

            put16(place, (uint16_t)(get16(place) + factor));
        }
        at += part * 4;
        left -= part;
    }
    return true;
}

static unsigned load_overlay(struct image *image, uint32_t block)
{
    uint16_t segment = get16(block), factor = get16(block + 2);
    uint32_t start = image->exe ? (uint32_t)image->mz.header_size * PARAGRAPH : 0;

    image->segment = segment;
    if (!read_at(image->file, start, FP(segment, 0), image->size))
        return E_FORMAT;
    if (image->exe && !relocate(image, factor))
        return E_FORMAT;
    return E_OK;
}

/* Length of an environment with both its zeros; 0: too long. */
static uint32_t environment_length(uint16_t segment)
{
    uint32_t n = 0;

    while (n < ENV_MAX - 1) {
        if (!get8(FP(segment, n)) && (n == 0 || !get8(FP(segment, n - 1))))
            return n + 1;
        n++;
    }
    return 0;
}

/* A copy of the environment with the program's name behind it. */
static unsigned make_environment(uint16_t from, uint16_t *environment)
{
    static const uint8_t one[2] = { 1, 0 };
    unsigned name = (unsigned)strlen(sda.name1) + 1, error;
    uint32_t length = 2;
    uint16_t largest;

    if (!from)
        from = fget(sda.psp, psp, environment);
    if (from) {
        length = environment_length(from);
        if (!length)
            return E_ENVIRONMENT;
        if (length == 1)
            length = 2; /* an empty one has two zeros, too */
    }
    error = memory_allocate((uint16_t)((length + 2 + name + PARAGRAPH - 1) / PARAGRAPH),
                            environment, &largest);
    if (error)
        return error;
    far_fill(FP(*environment, 0), 0, 2);
    if (from)
        far_copy(FP(*environment, 0), FP(from, 0), length);
    if (length == 2)
        put16(FP(*environment, 0), 0);
    far_copy(FP(*environment, length), KFP(one), 2);
    far_copy(FP(*environment, length + 2), KFP(sda.name1), name);
    return E_OK;
}

/* The block that the program gets; `high`: the image goes to its end. */
static unsigned allocate(struct image *image, uint16_t *psp, uint16_t *size, bool *high)
{
    uint32_t paragraphs = (image->size + PARAGRAPH - 1) / PARAGRAPH + PSP_PARAGRAPHS;
    uint32_t least = paragraphs, most = NO_SEGMENT;
    uint16_t largest;

    *high = false;
    if (image->exe) { /* DOS counts whole pages, however much of the last one is used */
        paragraphs = least = (uint32_t)image->mz.pages * (SECTOR / PARAGRAPH) -
                             image->mz.header_size + PSP_PARAGRAPHS;
        least += image->mz.min_alloc;
        most = paragraphs + image->mz.max_alloc;
        if (!image->mz.min_alloc && !image->mz.max_alloc) {
            *high = true;
            most = NO_SEGMENT;
        }
    } else {
        if (image->size > COM_MAX)
            return E_FORMAT;
        least += 1; /* a stack of at least a paragraph */
    }
    memory_allocate(NO_SEGMENT, psp, &largest);
    if (least > largest)
        return E_MEMORY;
    if (most < least)
        most = least;
    *size = most < largest ? (uint16_t)most : largest;
    return memory_allocate(*size, psp, &largest);
}

/* The low byte of the name's last part, to name the memory block. */
static void name_block(uint16_t psp)
{
    const char *name = sda.name1;
    char text[9] = { 0 };

    for (const char *p = name; *p; p++)
        if (*p == '\\' || *p == ':')
            name = p + 1;
    for (unsigned i = 0; i < 8 && name[i] && name[i] != '.'; i++)
        text[i] = name[i];
    memory_set_name(psp, text);
}

/*
 * Turbo Pascal's CRT unit counts loops in 55 ms and divides by 55; on a fast processor the quotient
 * is too large (Runtime error 200).  Its start-up code is known by the division; it gets a call to
 * a division that ends at FFFFh (crt_divide of low.asm).
 */
static void patch_crt(uint16_t segment, uint32_t size)
{
    static const uint8_t find[] = { 0xf7, 0xd0, 0xf7, 0xd2, 0xb9, 0x37, 0x00, 0xf7, 0xf1 };
    const uint16_t target = (uint16_t)(uintptr_t)crt_divide;
    const uint8_t replace[] = {
        0x9a, (uint8_t)target, (uint8_t)(target >> 8), KSEG & 0xff, KSEG >> 8, 0x90, 0x90, 0x90,
        0x90
    };

    for (uint32_t at = 0; at + sizeof(find) <= size; at++) {
        uint32_t fp = FP(segment + at / PARAGRAPH, at % PARAGRAPH);
        uint8_t bytes[sizeof(find)];

        if (get8(fp) != find[0] || get8(fp + 1) != find[1])
            continue;
        far_copy(KFP(bytes), fp, sizeof(bytes));
        if (memcmp(bytes, find, sizeof(find)))
            continue;
        far_copy(fp, KFP(replace), sizeof(replace));
        return;
    }
}

static unsigned load_image(struct image *image, uint16_t psp, uint16_t size, bool high)
{
    uint32_t start = image->exe ? (uint32_t)image->mz.header_size * PARAGRAPH : 0;

    image->segment = (uint16_t)(psp + PSP_PARAGRAPHS);
    if (high)
        image->segment = (uint16_t)(psp + size - (image->size + PARAGRAPH - 1) / PARAGRAPH);
    if (!read_at(image->file, start, FP(image->segment, 0), image->size))
        return E_FORMAT;
    if (image->exe && !relocate(image, image->segment))
        return E_FORMAT;
    if (image->exe)
        patch_crt(image->segment, image->size);
    return E_OK;
}

/* FCB 1 and 2 name drives: 00h or, where there is none of that letter, FFh. */
static uint8_t drive_validity(uint16_t psp, uint16_t fcb)
{
    uint8_t drive = get8(FP(psp, fcb));

    return drive && !drive_exists((uint8_t)(drive - 1)) ? 0xff : 0;
}

static void fill_psp(uint16_t psp, uint16_t size, uint16_t environment,
                     const struct exec_block *block)
{
    psp_init(psp, (uint16_t)(psp + size));
    fset(psp, psp, int22, FP(R->cs, R->ip));
    fset(psp, psp, environment, environment);
    far_copy(FP(psp, offsetof(struct psp, fcb1)), block->fcb1, 12);
    far_copy(FP(psp, offsetof(struct psp, fcb2)), block->fcb2, 12);
    far_copy(FP(psp, offsetof(struct psp, tail)), block->tail, 128);
    psp_inherit(psp);
    set_program_version(psp, KFP(sda.name1));
}

static void entry_registers(const struct image *image, uint16_t psp, uint16_t size,
                            struct program_start *start)
{
    start->psp = psp;
    start->ax = (uint16_t)(drive_validity(psp, offsetof(struct psp, fcb1)) |
                           drive_validity(psp, offsetof(struct psp, fcb2)) << 8);
    if (image->exe) {
        start->cs = (uint16_t)(image->mz.cs + image->segment);
        start->ip = image->mz.ip;
        start->ss = (uint16_t)(image->mz.ss + image->segment);
        start->sp = image->mz.sp;
        return;
    }
    start->cs = start->ss = psp;
    start->ip = 0x100;
    start->sp = size >= 0x1000 ? 0xfffe : (uint16_t)(size * PARAGRAPH - 2);
    put16(FP(psp, start->sp), 0);
}

/* What a program gets when all is loaded: memory and PSP are there. */
static unsigned run(struct image *image, uint32_t block_fp, unsigned mode)
{
    struct exec_block block;
    struct program_start start;
    uint16_t environment, psp, size;
    unsigned error;
    bool high;

    far_copy(KFP(&block), block_fp, sizeof(block));
    error = make_environment(block.environment, &environment);
    if (error)
        return error;
    error = allocate(image, &psp, &size, &high);
    if (!error) {
        error = load_image(image, psp, size, high);
        if (error)
            memory_free(psp);
    }
    if (error) {
        memory_free(environment);
        return error;
    }
    memory_set_owner(environment, psp);
    memory_set_owner(psp, psp);
    name_block(psp);
    fill_psp(psp, size, environment, &block);
    entry_registers(image, psp, size, &start);
    sft_close(image->file);
    vector_set(0x22, FP(R->cs, R->ip));
    sda.psp = psp;
    sda.dta = FP(psp, offsetof(struct psp, tail));
    if (mode == EXEC_LOAD) {
        uint16_t result[4] = { (uint16_t)(start.sp - 2), start.ss, start.ip, start.cs };

        put16(FP(start.ss, start.sp - 2), start.ax);
        far_copy(block_fp + offsetof(struct exec_block, sp), KFP(result), 8);
        return E_OK;
    }
    start_program(&start);
}

unsigned sys_exec(void)
{
    unsigned mode = R->al, error;
    struct image image;
    uint32_t block = FP(R->es, R->bx);

    if (mode == EXEC_STATE) { /* the caller loaded the program itself and is about to enter it */
        set_program_version(get16(FP(R->ds, R->dx + 8)), get32(FP(R->ds, R->dx + 4)));
        return E_OK;
    }
    if (mode != EXEC_RUN && mode != EXEC_LOAD && mode != EXEC_OVERLAY)
        return E_FUNCTION;
    error = path_resolve(ds_dx(), sda.name1, 0);
    if (error)
        return error == E_DRIVE ? E_PATH : error;
    error = sft_allocate(&image.file);
    if (error)
        return error;
    error = sft_open(image.file, MODE_READ);
    if (error) {
        sft_drop(image.file);
        return error;
    }
    error = image.file->info & INFO_DEVICE ? E_ACCESS : read_header(&image);
    if (!error && mode == EXEC_OVERLAY) {
        error = load_overlay(&image, block);
        if (!error)
            R->ax = 0;
    } else if (!error) {
        error = run(&image, block, mode);
        if (!error)
            return E_OK; /* 4B01h; the file is closed */
    }
    sft_close(image.file);
    return error;
}
