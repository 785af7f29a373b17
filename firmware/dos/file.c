/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INT 21h calls on files by handle and by name. */
#include "dos.h"

unsigned sys_open(void)
{
    return handle_open(ds_dx(), R->al);
}

unsigned sys_create(void)
{
    uint16_t action;

    return handle_create(ds_dx(), MODE_BOTH, (uint8_t)R->cx, CREATE_REPLACE, &action);
}

unsigned sys_create_new(void)
{
    uint16_t action;

    return handle_create(ds_dx(), MODE_BOTH, (uint8_t)R->cx, CREATE_NEW, &action);
}

/* INT 21h/5Ah: a file of a name that is not there yet; the name is put behind the path. */
unsigned sys_create_temporary(void)
{
    static const char letters[] = "ABCDEFGHIJKLMNOP";
    uint32_t name = ds_dx(), end = name;
    uint32_t seed = get32(FP(0, 0x46c)) + (uint32_t)sda.psp * 0x10001;
    char text[10];
    uint8_t last = 0;

    for (uint8_t c; (c = get8(end)) != 0; end++)
        last = c;
    if (last && last != '\\' && last != '/' && last != ':') {
        put8(end, '\\');
        end++;
    }
    for (unsigned tries = 0; tries < 256; tries++) {
        uint16_t action;
        unsigned error;

        for (unsigned i = 0; i < 8; i++)
            text[i] = letters[seed >> i * 4 & 15];
        text[8] = 0;
        far_copy(end, KFP(text), 9);
        error = handle_create(name, MODE_BOTH, (uint8_t)R->cx, CREATE_NEW, &action);
        if (error != E_EXISTS)
            return error;
        seed = seed * 1103515245u + 12345;
    }
    return E_EXISTS;
}

/* INT 21h/6C00h */
unsigned sys_extended_open(void)
{
    uint32_t name = FP(R->ds, R->si);
    uint8_t there = R->dl & 15, absent = R->dl >> 4;
    uint16_t mode = (uint16_t)(R->bx & 0x7fff), action = 1;
    unsigned error;

    if (R->al || there > 2 || absent > 1 || R->dh || (mode & MODE_ACCESS) > MODE_BOTH)
        return E_FUNCTION;
    if (!there && !absent)
        return E_FUNCTION;
    if (!absent) { /* only what exists */
        error = handle_open(name, mode);
        if (error || there == 1) {
            if (!error)
                R->cx = action;
            return error;
        }
        error = handle_close(R->ax);
        if (error)
            return error;
        error = handle_create(name, mode, (uint8_t)R->cx, CREATE_REPLACE, &action);
    } else {
        static const uint8_t how[] = { CREATE_NEW, CREATE_KEEP, CREATE_REPLACE };

        error = handle_create(name, mode, (uint8_t)R->cx, how[there], &action);
    }
    if (!error)
        R->cx = action;
    return error;
}

unsigned sys_read(void)
{
    struct sft *s;
    uint16_t done;
    unsigned error = handle_sft(R->bx, &s);

    if (!error)
        error = sft_read(s, ds_dx(), R->cx, &done);
    if (!error)
        R->ax = done;
    return error;
}

unsigned sys_write(void)
{
    struct sft *s;
    uint16_t done;
    unsigned error = handle_sft(R->bx, &s);

    if (!error)
        error = sft_write(s, ds_dx(), R->cx, &done);
    if (!error)
        R->ax = done;
    return error;
}

unsigned sys_seek(void)
{
    struct sft *s;
    uint32_t offset = (uint32_t)R->cx << 16 | R->dx;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    if (R->al > 2)
        return E_FUNCTION;
    if (s->info & INFO_DEVICE) {
        R->ax = R->dx = 0;
        return E_OK;
    }
    if (R->al == 1)
        offset += s->position;
    else if (R->al == 2)
        offset += fs_size(s);
    s->position = offset;
    R->ax = (uint16_t)offset;
    R->dx = (uint16_t)(offset >> 16);
    return E_OK;
}

unsigned sys_delete(void)
{
    unsigned error = path_resolve(ds_dx(), sda.name1, 0);

    if (error)
        return error == E_DRIVE ? E_PATH : error;
    if (sda.device)
        return E_ACCESS;
    return fs_delete();
}

unsigned sys_rename(void)
{
    unsigned error = path_resolve(FP(R->es, R->di), sda.name2, 0);
    struct cds *to;

    if (error)
        return error == E_DRIVE ? E_PATH : error;
    if (sda.device)
        return E_ACCESS;
    to = path_cds();
    error = path_resolve(ds_dx(), sda.name1, 0);
    if (error)
        return error == E_DRIVE ? E_PATH : error;
    if (sda.device)
        return E_ACCESS;
    if (to != path_cds())
        return E_DEVICE;
    return fs_rename();
}

unsigned sys_attributes(void)
{
    unsigned error = path_resolve(ds_dx(), sda.name1, 0);
    uint16_t attr;

    if (error)
        return error == E_DRIVE ? E_PATH : error;
    if (R->al > 1)
        return E_FUNCTION;
    if (sda.device)
        return E_FILE;
    if (R->al == 1) {
        if (R->cx & ~(A_READ_ONLY | A_HIDDEN | A_SYSTEM | A_ARCHIVE | A_DIRECTORY))
            return E_ACCESS;
        return fs_set_attributes(R->cx);
    }
    error = fs_get_attributes(&attr);
    if (!error) {
        R->cx = attr;
        R->ax = attr;
    }
    return error;
}

unsigned sys_make_directory(void)
{
    unsigned error = path_resolve(ds_dx(), sda.name1, 0);

    if (error)
        return error == E_DRIVE ? E_PATH : error;
    return sda.device ? E_ACCESS : fs_make_directory();
}

unsigned sys_remove_directory(void)
{
    unsigned error = path_resolve(ds_dx(), sda.name1, 0);

    if (error)
        return E_PATH;
    if (sda.device)
        return E_PATH;
    for (uint8_t i = 0; i < list_of_lists.last_drive; i++) {
        struct cds *c = cds_of(i);

        if (c && !strcmp(c->path, sda.name1))
            return E_CURRENT;
    }
    return fs_remove_directory();
}

/* INT 21h/57h: time and date of an open file; 02h-04h (extended attributes) are not there. */
unsigned sys_file_time(void)
{
    struct sft *s;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    if (R->al == 0) {
        if (s->info & INFO_DEVICE)
            clock_stamp(&s->time, &s->date);
        R->cx = s->time;
        R->dx = s->date;
        return E_OK;
    }
    if (R->al != 1)
        return E_FUNCTION;
    if (s->info & INFO_DEVICE)
        return E_OK;
    s->time = R->cx;
    s->date = R->dx;
    return fs_set_time(s);
}

unsigned sys_lock(void)
{
    struct sft *s;
    unsigned error = handle_sft(R->bx, &s);

    if (error)
        return error;
    if (R->al > 1 || (s->info & INFO_DEVICE))
        return E_FUNCTION;
    return fs_lock(s, R->al, (uint32_t)R->cx << 16 | R->dx, (uint32_t)R->si << 16 | R->di);
}

unsigned sys_commit(void)
{
    struct sft *s;
    unsigned error = handle_sft(R->bx, &s);

    if (error || (s->info & INFO_DEVICE))
        return error;
    return fs_commit(s);
}

/* ---- disk space ---- */

unsigned sys_disk_space(void)
{
    struct disk_space space;
    struct cds *c = cds_of_call(R->dl);

    if (!c) {
        R->ax = 0xffff;
        error_remember(E_DRIVE);
        return E_OK;
    }
    if (fs_space(cds_behind(c), &space)) {
        R->ax = 0xffff;
        return E_OK;
    }
    R->ax = space.cluster_sectors;
    R->bx = space.free;
    R->cx = space.sector_size;
    R->dx = space.clusters;
    return E_OK;
}

/* INT 21h/1Bh, 1Ch: the media byte lies at DS:BX. */
static unsigned drive_data(uint8_t drive)
{
    static uint8_t media;
    struct disk_space space;
    struct cds *c = cds_of_call(drive);

    if (!c || fs_space(cds_behind(c), &space)) {
        R->al = 0xff;
        return E_OK;
    }
    media = space.media;
    R->al = (uint8_t)space.cluster_sectors;
    R->cx = space.sector_size;
    R->dx = space.clusters;
    R->ds = KSEG;
    R->bx = (uint16_t)(uintptr_t)&media;
    return E_OK;
}

unsigned sys_default_drive_data(void)
{
    return drive_data(0);
}

unsigned sys_drive_data(void)
{
    return drive_data(R->dl);
}

/* INT 21h/1Fh, 32h: DPB of a local drive at DS:BX. */
static unsigned drive_dpb(uint8_t drive)
{
    struct cds *c = cds_of_call(drive);

    if (!c || is_network(c = cds_behind(c)) || fat_check_media(NEAR(c->dpb))) {
        error_remember(E_DRIVE);
        R->al = 0xff;
        return E_OK;
    }
    R->ds = FP_SEG(c->dpb);
    R->bx = FP_OFF(c->dpb);
    R->al = 0;
    return E_OK;
}

unsigned sys_default_dpb(void)
{
    return drive_dpb(0);
}

unsigned sys_get_dpb(void)
{
    return drive_dpb(R->dl);
}
