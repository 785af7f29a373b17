/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on files goes to a redirector (INT 2Fh/11h) on network drives, else to the FAT code.  Paths
 * are in sda.name1 and name2, the drive's CDS in sda.current_cds, as redirectors expect.
 */
#include "dos.h"

/* INT 2Fh/11xxh; es_di: what ES:DI points at; word: on the stack.  Fills *r. */
static unsigned redirect(uint8_t function, void *es_di, uint16_t word, struct int_regs *r)
{
    uint16_t cx = r->cx, bx = r->bx, dx = r->dx;

    memset(r, 0, sizeof(*r));
    r->ax = (uint16_t)(0x1100 | function);
    r->bx = bx;
    r->cx = cx;
    r->dx = dx;
    r->ds = r->es = KSEG;
    r->di = (uint16_t)(uintptr_t)es_di;
    r->flags = FLAG_CARRY; /* nobody answers: carry stays */
    call_int(0x2f, r, word);
    if (r->flags & FLAG_CARRY)
        return r->ax >> 8 == 0x11 ? E_FUNCTION : r->ax;
    return E_OK;
}

/* INT 21h/5Eh and 5Fh as far as only a network's redirector knows them: the caller's registers, its
 * AX on the stack. */
unsigned fs_network(uint8_t function)
{
    struct int_regs r = { .ax = (uint16_t)(0x1100 | function),
                          .bx = R->bx,
                          .cx = R->cx,
                          .dx = R->dx,
                          .si = R->si,
                          .di = R->di,
                          .ds = R->ds,
                          .es = R->es,
                          .flags = FLAG_CARRY };

    call_int(0x2f, &r, R->ax);
    if (r.flags & FLAG_CARRY)
        return r.ax >> 8 == 0x11 ? E_FUNCTION : r.ax;
    R->ax = r.ax;
    R->bx = r.bx;
    R->cx = r.cx;
    R->dx = r.dx;
    return E_OK;
}

static unsigned redirect_path(uint8_t function, uint16_t word)
{
    struct int_regs r = { 0 };

    return redirect(function, NEAR(sda.current_cds), word, &r);
}

static bool remote(void)
{
    return is_network(path_cds());
}

static bool remote_file(const struct sft *s)
{
    return (s->info & INFO_NETWORK) != 0;
}

/* ---- by name ---- */

unsigned fs_open(struct sft *s, uint16_t mode)
{
    struct int_regs r = { 0 };

    if (has_wildcards(sda.name1))
        return E_FILE;
    return remote() ? redirect(0x16, s, mode & 0xff, &r) : fat_open(s, mode);
}

unsigned fs_create(struct sft *s, uint16_t mode, uint8_t attr, enum create how, uint16_t *action)
{
    struct int_regs r = { 0 };
    unsigned error;

    if (!remote())
        return fat_create(s, mode, attr, how, action);
    if (how == CREATE_KEEP) {
        sda.action = 0x11;
        sda.create_attr = attr;
        sda.extended_mode = mode;
        r.cx = attr;
        error = redirect(0x2e, s, attr, &r);
        *action = r.cx;
        return error;
    }
    *action = how == CREATE_NEW ? 2 : 3;
    r.cx = 0;
    error = redirect(0x17, s, (uint16_t)(attr | (how == CREATE_NEW ? 0x100 : 0)), &r);
    if (!error && (r.cx == 2 || r.cx == 3))
        *action = r.cx;
    s->mode = mode;
    return error;
}

unsigned fs_delete(void)
{
    return remote() ? redirect_path(0x13, 0) : fat_delete();
}

unsigned fs_rename(void)
{
    return remote() ? redirect_path(0x11, 0) : fat_rename();
}

unsigned fs_make_directory(void)
{
    return remote() ? redirect_path(0x03, 0) : fat_make_directory();
}

unsigned fs_remove_directory(void)
{
    return remote() ? redirect_path(0x01, 0) : fat_remove_directory();
}

unsigned fs_is_directory(void)
{
    return remote() ? redirect_path(0x05, 0) : fat_is_directory();
}

unsigned fs_get_attributes(uint16_t *attr)
{
    struct int_regs r = { 0 };
    unsigned error;

    if (!remote())
        return fat_get_attributes(attr);
    error = redirect(0x0f, NEAR(sda.current_cds), 0, &r);
    *attr = r.ax;
    return error;
}

unsigned fs_set_attributes(uint16_t attr)
{
    return remote() ? redirect_path(0x0e, attr) : fat_set_attributes((uint8_t)attr);
}

/* Pattern in name1, attributes in search_attr: fills sda.search and sda.found. */
unsigned fs_find_first(void)
{
    return remote() ? redirect_path(0x1b, 0) : fat_find_first();
}

unsigned fs_find_next(void)
{
    struct int_regs r = { 0 };

    if (sda.search.drive & 0x80)
        return redirect(0x1c, NULL, 0, &r);
    return fat_find_next();
}

unsigned fs_space(struct cds *c, struct disk_space *space)
{
    struct int_regs r = { 0 };
    unsigned error;

    if (!is_network(c))
        return fat_space(NEAR(c->dpb), space);
    sda.current_cds = KFP(c);
    strcpy(sda.name1, "A:\\");
    sda.name1[0] = c->path[0];
    error = redirect(0x0c, c, 0, &r);
    space->cluster_sectors = (uint8_t)r.ax;
    space->media = 0xf8;
    space->clusters = r.bx;
    space->sector_size = r.cx;
    space->free = r.dx;
    return error;
}

/* ---- open files ---- */

unsigned fs_close(struct sft *s)
{
    struct int_regs r = { 0 };
    unsigned error;

    if (!remote_file(s)) {
        error = s->references <= 1 || s->references == SFT_BUSY ? fat_close(s) : fat_commit(s);
        s->references = s->references == SFT_BUSY ? 0 : (uint16_t)(s->references - 1);
        return error;
    }
    if (s->references == SFT_BUSY)
        s->references = 1;
    error = redirect(0x06, s, 0, &r); /* counts down itself; FFFFh: it was the last */
    if (s->references == SFT_BUSY)
        s->references = 0;
    return error;
}

/* The redirector takes the DTA as its buffer. */
static unsigned redirect_transfer(uint8_t function, struct sft *s, uint32_t buffer, uint16_t count,
                                  uint16_t *done)
{
    struct int_regs r = { .cx = count };
    uint32_t dta = sda.dta;
    unsigned error;

    sda.dta = buffer;
    error = redirect(function, s, 0, &r);
    sda.dta = dta;
    *done = error ? 0 : r.cx;
    return error;
}

unsigned fs_read(struct sft *s, uint32_t to, uint16_t count, uint16_t *done)
{
    if (remote_file(s))
        return redirect_transfer(0x08, s, to, count, done);
    return fat_read(s, to, count, done);
}

unsigned fs_write(struct sft *s, uint32_t from, uint16_t count, uint16_t *done)
{
    unsigned error;

    if (remote_file(s))
        error = redirect_transfer(0x09, s, from, count, done);
    else
        error = fat_write(s, from, count, done);
    if (!error && (s->mode & MODE_COMMIT))
        error = fs_commit(s);
    return error;
}

/* How long it is now; another machine may have written. */
uint32_t fs_size(struct sft *s)
{
    struct int_regs r = { 0 };

    if (remote_file(s) && (s->mode & MODE_SHARING) && !redirect(0x21, s, 0, &r))
        return (uint32_t)r.dx << 16 | r.ax;
    return s->size;
}

unsigned fs_commit(struct sft *s)
{
    struct int_regs r = { 0 };

    return remote_file(s) ? redirect(0x07, s, 0, &r) : fat_commit(s);
}

unsigned fs_set_time(struct sft *s)
{
    s->info |= INFO_KEEP_TIME;
    s->info &= (uint16_t)~INFO_NOT_EOF;
    return E_OK;
}

unsigned fs_lock(struct sft *s, uint8_t unlock, uint32_t start, uint32_t length)
{
    struct int_regs r = { .bx = unlock, .cx = 1 };

    if (!remote_file(s))
        return share_lock(s, unlock, start, length);
    sda.lock_start = start;
    sda.lock_length = length;
    r.dx = (uint16_t)(uintptr_t)&sda.lock_start;
    return redirect(0x0a, s, 0, &r);
}

/* A program has ended: what redirectors keep for it. */
void redirect_end_owner(uint16_t psp)
{
    struct int_regs r = { 0 };

    (void)psp;
    redirect(0x22, NULL, 0, &r);
}
