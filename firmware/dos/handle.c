/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Handles: a program's job file table (JFT), the system file table (SFT), what an entry does. */
#include "dos.h"

/* ---- JFT ---- */

/* Where a program keeps the SFT index of a handle. */
bool jft_place(uint16_t psp, uint16_t handle, uint32_t *at)
{
    uint32_t table;

    if (handle >= fget(psp, psp, jft_size))
        return false;
    table = fget(psp, psp, jft_pointer);
    *at = FP(FP_SEG(table), FP_OFF(table) + handle);
    return true;
}

static unsigned jft_free(uint16_t *handle, uint32_t *at)
{
    uint16_t size = fget(sda.psp, psp, jft_size);

    for (uint16_t i = 0; i < size; i++) {
        if (jft_place(sda.psp, i, at) && get8(*at) == JFT_CLOSED) {
            *handle = i;
            return E_OK;
        }
    }
    return E_HANDLES;
}

/* ---- SFT ---- */

struct sft *sft_at(unsigned index)
{
    struct sft_block *block = NEAR(list_of_lists.sft);

    for (;;) {
        if (index < block->count)
            return &block->sft[index];
        index -= block->count;
        if (FP_OFF(block->next) == 0xffff)
            return NULL;
        block = NEAR(block->next);
    }
}

unsigned sft_index(const struct sft *s)
{
    unsigned i = 0;

    while (sft_at(i) != s)
        i++;
    return i;
}

unsigned sft_allocate(struct sft **out)
{
    struct sft *s;

    for (unsigned i = 0; (s = sft_at(i)) != NULL; i++) {
        if (s->references)
            continue;
        memset(s, 0, sizeof(*s));
        s->references = SFT_BUSY;
        *out = s;
        return E_OK;
    }
    return E_HANDLES;
}

void sft_drop(struct sft *s)
{
    s->references = 0;
}

unsigned handle_sft(uint16_t handle, struct sft **s)
{
    uint32_t at;
    uint8_t index;

    if (!jft_place(sda.psp, handle, &at))
        return E_HANDLE;
    index = get8(at);
    *s = index == JFT_CLOSED ? NULL : sft_at(index);
    if (!*s || !(*s)->references)
        return E_HANDLE;
    sda.current_sft = KFP(*s);
    return E_OK;
}

/* One more handle for it; devices that count openings are told. */
bool sft_duplicate(struct sft *s)
{
    if ((s->info & INFO_DEVICE) && (device_attributes(s->device) & DEV_OPEN))
        device_command(s->device, CMD_OPEN);
    s->references++;
    return true;
}

static void open_device(struct sft *s)
{
    s->device = sda.device;
    s->info = device_info(sda.device);
    s->attr = A_ARCHIVE;
    s->size = s->position = 0;
    clock_stamp(&s->time, &s->date);
    far_copy(KFP(s->name), sda.device + offsetof(struct device_header, name), 8);
    memset(s->name + 8, ' ', 3);
    if (device_attributes(sda.device) & DEV_OPEN)
        device_command(sda.device, CMD_OPEN);
}

/* Opens what path_resolve() has found into an entry of sft_allocate(). */
unsigned sft_open(struct sft *s, uint16_t mode)
{
    unsigned error = E_OK;

    s->mode = mode;
    s->owner = sda.psp;
    sda.current_sft = KFP(s);
    if (sda.device)
        open_device(s);
    else
        error = fs_open(s, mode);
    if (!error)
        s->references = 1;
    return error;
}

/* how: CREATE_NEW, CREATE_REPLACE, or CREATE_KEEP with *action as INT 21h/6C00h's CX. */
unsigned sft_create(struct sft *s, uint16_t mode, uint8_t attr, enum create how, uint16_t *action)
{
    unsigned error = E_OK;

    s->mode = mode;
    s->owner = sda.psp;
    sda.current_sft = KFP(s);
    if (sda.device) {
        open_device(s);
        *action = 1;
    } else {
        error = fs_create(s, mode, attr, how, action);
    }
    if (!error)
        s->references = 1;
    return error;
}

/* PRN and LPT1 to LPT3: the print job ends with the last handle. */
static void end_print_job(const struct sft *s)
{
    if (!memcmp(s->name, "PRN", 3))
        host_print_end(0);
    else if (!memcmp(s->name, "LPT", 3))
        host_print_end((uint16_t)(s->name[3] - '1'));
}

unsigned sft_close(struct sft *s)
{
    unsigned error = E_OK;

    sda.current_sft = KFP(s);
    if (s->info & INFO_DEVICE) {
        if (device_attributes(s->device) & DEV_OPEN)
            device_command(s->device, CMD_CLOSE);
        if (s->references <= 1 || s->references == SFT_BUSY)
            end_print_job(s);
        s->references = s->references == SFT_BUSY ? 0 : (uint16_t)(s->references - 1);
        return E_OK;
    }
    error = fs_close(s);
    return error;
}

static unsigned read_device(struct sft *s, uint32_t to, uint16_t count, uint16_t *done)
{
    unsigned error;

    *done = 0;
    if (s->info & INFO_NUL)
        return E_OK;
    if (!(s->info & INFO_NOT_EOF)) /* told to be at its end */
        return E_OK;
    if (!(s->info & INFO_RAW) && (s->info & INFO_STDIN)) {
        console_read_cooked(s, to, count, done);
        return E_OK;
    }
    if (s->info & INFO_RAW) {
        *done = count;
        if (s->info & INFO_STDIN)
            while (device_peek(s->device) < 0)
                halt();
        return device_transfer(s->device, CMD_READ, to, done);
    }
    /* Cooked, not the console: up to Ctrl-Z or CR. */
    while (*done < count) {
        uint16_t one = 1;

        check_break();
        error = device_transfer(s->device, CMD_READ, to, &one);
        if (error || !one)
            return error;
        if (get8(to) == 0x1a)
            break;
        ++*done;
        if (get8(to) == '\r')
            break;
        to = FP(FP_SEG(to), FP_OFF(to) + 1);
    }
    return E_OK;
}

unsigned sft_read(struct sft *s, uint32_t to, uint16_t count, uint16_t *done)
{
    *done = 0;
    sda.current_sft = KFP(s);
    if ((s->mode & MODE_ACCESS) == MODE_WRITE)
        return E_ACCESS;
    if (s->info & INFO_DEVICE)
        return read_device(s, to, count, done);
    if (!count)
        return E_OK;
    return fs_read(s, to, count, done);
}

static unsigned write_device(struct sft *s, uint32_t from, uint16_t count, uint16_t *done)
{
    s->info |= INFO_NOT_EOF;
    *done = count;
    if (s->info & INFO_NUL)
        return E_OK;
    if ((s->info & INFO_RAW) || !(s->info & INFO_STDOUT)) {
        if (!(s->info & INFO_RAW)) { /* cooked: Ctrl-Z ends it */
            check_break();
            for (uint16_t i = 0; i < count; i++)
                if (get8(FP(FP_SEG(from), FP_OFF(from) + i)) == 0x1a)
                    count = i;
        }
        if (count) {
            uint16_t part = count;
            unsigned error = device_transfer(s->device, CMD_WRITE, from, &part);

            if (error)
                *done = part;
            return error;
        }
        return E_OK;
    }
    for (uint16_t i = 0; i < count; i++) {
        uint8_t c = get8(FP(FP_SEG(from), FP_OFF(from) + i));

        if (c == 0x1a)
            break;
        if (!(i & 15))
            check_break();
        console_put_device(s->device, c);
    }
    return E_OK;
}

unsigned sft_write(struct sft *s, uint32_t from, uint16_t count, uint16_t *done)
{
    *done = 0;
    sda.current_sft = KFP(s);
    if ((s->mode & MODE_ACCESS) == MODE_READ || (s->mode & MODE_ACCESS) == MODE_EXECUTE)
        return E_ACCESS;
    if (s->info & INFO_DEVICE)
        return write_device(s, from, count, done);
    return fs_write(s, from, count, done);
}

/* ---- handles ---- */

/* A free handle for an entry that is open. */
static void give(uint32_t at, uint16_t handle, struct sft *s)
{
    put8(at, (uint8_t)sft_index(s));
    R->ax = handle;
}

unsigned handle_close(uint16_t handle)
{
    struct sft *s;
    uint32_t at;
    unsigned error = handle_sft(handle, &s);

    if (error)
        return error;
    jft_place(sda.psp, handle, &at);
    error = sft_close(s);
    put8(at, JFT_CLOSED);
    return error;
}

/* The steps that opening and creating share: a handle, an entry, the name. */
static unsigned begin(uint32_t name, uint16_t *handle, uint32_t *at, struct sft **s)
{
    unsigned error = path_resolve(name, sda.name1, 0);

    if (error)
        return error == E_DRIVE ? E_PATH : error;
    error = jft_free(handle, at);
    return error ? error : sft_allocate(s);
}

unsigned handle_open(uint32_t name, uint16_t mode)
{
    uint16_t handle;
    uint32_t at;
    struct sft *s;
    unsigned error;

    if ((mode & MODE_ACCESS) > MODE_BOTH || (mode & MODE_SHARING) > 0x40)
        return E_MODE;
    error = begin(name, &handle, &at, &s);
    if (error)
        return error;
    error = sft_open(s, mode);
    if (error) {
        sft_drop(s);
        return error;
    }
    give(at, handle, s);
    return E_OK;
}

unsigned handle_create(uint32_t name, uint16_t mode, uint8_t attr, enum create how,
                       uint16_t *action)
{
    uint16_t handle;
    uint32_t at;
    struct sft *s;
    unsigned error = begin(name, &handle, &at, &s);

    if (error)
        return error;
    if (attr & (A_LABEL | A_DIRECTORY)) {
        sft_drop(s);
        return E_ACCESS;
    }
    error = sft_create(s, mode, attr, how, action);
    if (error) {
        sft_drop(s);
        return error;
    }
    give(at, handle, s);
    return E_OK;
}

unsigned sys_close(void)
{
    unsigned error = handle_close(R->bx);

    if (!error)
        R->ah = 0;
    return error;
}

unsigned sys_duplicate(void)
{
    struct sft *s;
    uint16_t handle;
    uint32_t at;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    error = jft_free(&handle, &at);
    if (error)
        return error;
    sft_duplicate(s);
    give(at, handle, s);
    return E_OK;
}

unsigned sys_force_duplicate(void)
{
    struct sft *s, *old;
    uint32_t at;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    if (!jft_place(sda.psp, R->cx, &at))
        return E_HANDLE;
    if (R->cx == R->bx)
        return E_OK;
    if (!handle_sft(R->cx, &old))
        handle_close(R->cx);
    sft_duplicate(s);
    put8(at, (uint8_t)sft_index(s));
    return E_OK;
}

/* INT 21h/67h: a JFT of BX handles, in a memory block of its own beyond 20. */
unsigned sys_set_handle_count(void)
{
    uint16_t psp = sda.psp, old = fget(psp, psp, jft_size), size = R->bx, segment = psp, largest;
    uint32_t from = fget(psp, psp, jft_pointer), to;
    unsigned error;

    if (size <= JFT_SIZE) {
        if (old <= JFT_SIZE)
            return E_OK;
        size = JFT_SIZE;
    }
    for (uint32_t i = size; i < old; i++)
        if (get8(FP(FP_SEG(from), FP_OFF(from) + i)) != JFT_CLOSED)
            return E_HANDLES;
    to = FP(psp, offsetof(struct psp, jft));
    if (size > JFT_SIZE) {
        error = memory_allocate((uint16_t)((size + 15u) / 16), &segment, &largest);
        if (error)
            return error;
        to = FP(segment, 0);
    }
    for (uint32_t i = 0; i < size; i++)
        put8(FP(FP_SEG(to), FP_OFF(to) + i),
             i < old ? get8(FP(FP_SEG(from), FP_OFF(from) + i)) : JFT_CLOSED);
    fset(psp, psp, jft_size, size);
    fset(psp, psp, jft_pointer, to);
    if (FP_SEG(from) != psp)
        memory_free(FP_SEG(from));
    return E_OK;
}
