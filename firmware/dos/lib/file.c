/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of DOS. */
#include "dos.h"

uint8_t far_get8(uint16_t segment, uint16_t offset)
{
    uint8_t value;

    __asm__ volatile("movw %w1, %%fs; movb %%fs:(%2), %0"
                     : "=q"(value)
                     : "r"(segment), "r"((uint32_t)offset)
                     : "memory");
    return value;
}

uint16_t far_get16(uint16_t segment, uint16_t offset)
{
    uint16_t value;

    __asm__ volatile("movw %w1, %%fs; movw %%fs:(%2), %0"
                     : "=r"(value)
                     : "r"(segment), "r"((uint32_t)offset)
                     : "memory");
    return value;
}

void far_put8(uint16_t segment, uint16_t offset, uint8_t value)
{
    __asm__ volatile("movw %w0, %%fs; movb %1, %%fs:(%2)"
                     :
                     : "r"(segment), "q"(value), "r"((uint32_t)offset)
                     : "memory");
}

void far_put16(uint16_t segment, uint16_t offset, uint16_t value)
{
    __asm__ volatile("movw %w0, %%fs; movw %1, %%fs:(%2)"
                     :
                     : "r"(segment), "r"(value), "r"((uint32_t)offset)
                     : "memory");
}

bool dos(struct dos_regs *r)
{
    r->ds = r->es = own_segment();
    return dos_call(r);
}

static unsigned with(struct dos_regs *r)
{
    return dos(r) ? r->ax : 0;
}

static unsigned with_path(uint16_t ax, const char *path)
{
    struct dos_regs r = { .ax = ax, .dx = NEAR16(path) };

    return with(&r);
}

unsigned file_open(const char *path, unsigned mode, unsigned *handle)
{
    struct dos_regs r = { .ax = (uint16_t)(0x3d00 | mode), .dx = NEAR16(path) };
    unsigned error = with(&r);

    *handle = r.ax;
    return error;
}

unsigned file_create(const char *path, unsigned attr, unsigned *handle)
{
    struct dos_regs r = { .ax = 0x3c00, .cx = (uint16_t)attr, .dx = NEAR16(path) };
    unsigned error = with(&r);

    *handle = r.ax;
    return error;
}

unsigned file_close(unsigned handle)
{
    struct dos_regs r = { .ax = 0x3e00, .bx = (uint16_t)handle };

    return with(&r);
}

static unsigned transfer(uint16_t ax, unsigned handle, const void *data, unsigned count,
                         unsigned *done)
{
    struct dos_regs r = {
        .ax = ax, .bx = (uint16_t)handle, .cx = (uint16_t)count, .dx = NEAR16(data)
    };
    unsigned error = with(&r);

    *done = error ? 0 : r.ax;
    return error;
}

unsigned file_read(unsigned handle, void *to, unsigned count, unsigned *done)
{
    return transfer(0x3f00, handle, to, count, done);
}

unsigned file_write(unsigned handle, const void *from, unsigned count, unsigned *done)
{
    return transfer(0x4000, handle, from, count, done);
}

unsigned file_seek(unsigned handle, unsigned whence, int32_t by, uint32_t *position)
{
    struct dos_regs r = { .ax = (uint16_t)(0x4200 | whence),
                          .bx = (uint16_t)handle,
                          .cx = (uint16_t)((uint32_t)by >> 16),
                          .dx = (uint16_t)by };
    unsigned error = with(&r);

    if (position)
        *position = (uint32_t)r.dx << 16 | r.ax;
    return error;
}

unsigned file_delete(const char *path)
{
    return with_path(0x4100, path);
}

unsigned file_rename(const char *from, const char *to)
{
    struct dos_regs r = { .ax = 0x5600, .dx = NEAR16(from), .di = NEAR16(to) };

    return with(&r);
}

unsigned file_attr(const char *path, unsigned *attr)
{
    struct dos_regs r = { .ax = 0x4300, .dx = NEAR16(path) };
    unsigned error = with(&r);

    *attr = r.cx;
    return error;
}

unsigned file_set_attr(const char *path, unsigned attr)
{
    struct dos_regs r = { .ax = 0x4301, .cx = (uint16_t)attr, .dx = NEAR16(path) };

    return with(&r);
}

unsigned file_time(unsigned handle, uint16_t *time, uint16_t *date)
{
    struct dos_regs r = { .ax = 0x5700, .bx = (uint16_t)handle };
    unsigned error = with(&r);

    *time = r.cx;
    *date = r.dx;
    return error;
}

unsigned file_set_time(unsigned handle, uint16_t time, uint16_t date)
{
    struct dos_regs r = { .ax = 0x5701, .bx = (uint16_t)handle, .cx = time, .dx = date };

    return with(&r);
}

unsigned directory_make(const char *path)
{
    return with_path(0x3900, path);
}

unsigned directory_remove(const char *path)
{
    return with_path(0x3a00, path);
}

unsigned directory_change(const char *path)
{
    return with_path(0x3b00, path);
}

unsigned directory_get(unsigned drive, char *to)
{
    struct dos_regs r = { .ax = 0x4700, .dx = (uint16_t)drive, .si = NEAR16(to) };

    to[0] = 0;
    return with(&r);
}

unsigned true_name(const char *path, char *to)
{
    struct dos_regs r = { .ax = 0x6000, .si = NEAR16(path), .di = NEAR16(to) };

    return with(&r);
}

static void set_dta(struct found *f)
{
    struct dos_regs r = { .ax = 0x1a00, .dx = NEAR16(f) };

    dos(&r);
}

unsigned find_first(const char *pattern, unsigned attr, struct found *f)
{
    struct dos_regs r = { .ax = 0x4e00, .cx = (uint16_t)attr, .dx = NEAR16(pattern) };

    set_dta(f);
    return with(&r);
}

unsigned find_next(struct found *f)
{
    struct dos_regs r = { .ax = 0x4f00 };

    set_dta(f);
    return with(&r);
}

bool handle_is_device(unsigned handle)
{
    struct dos_regs r = { .ax = 0x4400, .bx = (uint16_t)handle };

    return !dos(&r) && (r.dx & 0x80);
}

unsigned handle_duplicate(unsigned handle, unsigned *copy)
{
    struct dos_regs r = { .ax = 0x4500, .bx = (uint16_t)handle };
    unsigned error = with(&r);

    *copy = r.ax;
    return error;
}

unsigned handle_force(unsigned from, unsigned to)
{
    struct dos_regs r = { .ax = 0x4600, .bx = (uint16_t)from, .cx = (uint16_t)to };

    return with(&r);
}

unsigned drive_current(void)
{
    struct dos_regs r = { .ax = 0x1900 };

    dos(&r);
    return r.al;
}

void drive_select(unsigned drive)
{
    struct dos_regs r = { .ax = 0x0e00, .dx = (uint16_t)drive };

    dos(&r);
}

bool drive_valid(unsigned drive)
{
    unsigned before = drive_current();
    bool there;

    drive_select(drive);
    there = drive_current() == drive;
    drive_select(before);
    return there;
}

bool drive_free(unsigned drive, uint32_t *bytes)
{
    struct dos_regs r = { .ax = 0x3600, .dx = (uint16_t)drive };
    uint32_t cluster, most;

    dos(&r);
    if (r.ax == 0xffff)
        return false;
    cluster = (uint32_t)r.ax * r.cx;
    most = cluster ? 0xffffffff / cluster : 0;
    *bytes = r.bx < most ? cluster * r.bx : cluster * most;
    return true;
}

unsigned path_name(const char *path)
{
    unsigned name = 0;

    for (unsigned i = 0; path[i]; i++)
        if (path[i] == '\\' || path[i] == '/' || path[i] == ':')
            name = i + 1;
    return name;
}

bool has_wildcards(const char *s)
{
    return strchr(s, '*') || strchr(s, '?');
}

uint8_t read_key(void)
{
    struct dos_regs r = { .ax = 0x0700 };

    dos(&r);
    return r.al;
}
