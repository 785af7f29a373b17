/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searches by handle-style calls: INT 21h/4Eh, 4Fh. */
#include "dos.h"

enum { DTA_RESULT = 21 };

static void result(void)
{
    struct found found = { 0 };

    found.attr = sda.found.attr;
    found.time = sda.found.time;
    found.date = sda.found.date;
    found.size = sda.found.size;
    name_from_fcb(sda.found.name, found.name);
    far_copy(sda.dta, KFP(&sda.search), sizeof(sda.search));
    far_copy(FP(FP_SEG(sda.dta), FP_OFF(sda.dta) + DTA_RESULT), KFP(&found), sizeof(found));
}

/* A device's name is found as a file of no length. */
static void found_device(void)
{
    memset(&sda.found, 0, sizeof(sda.found));
    memset(sda.found.name, ' ', 11);
    far_copy(KFP(sda.found.name), sda.device + offsetof(struct device_header, name), 8);
    sda.found.attr = 0x40;
    clock_stamp(&sda.found.time, &sda.found.date);
    memset(&sda.search, 0, sizeof(sda.search));
}

/* A device is in every folder, and in \DEV, but not in one that does not exist. */
static bool folder_exists(void)
{
    char *last = (char *)path_last(sda.name1);
    bool there;

    if (last - sda.name1 <= 3)
        return true;
    last[-1] = 0;
    there = !strcmp(sda.name1 + 2, "\\DEV") || !fs_is_directory();
    last[-1] = '\\';
    return there;
}

unsigned sys_find_first(void)
{
    unsigned error = path_resolve(ds_dx(), sda.name1, PATH_WILD);

    if (error)
        return error == E_DRIVE ? E_PATH : error == E_FILE ? E_NO_MORE : error;
    sda.search_attr = (uint8_t)R->cx;
    if (sda.device) {
        if (!folder_exists())
            return E_PATH;
        found_device();
    } else {
        error = fs_find_first();
        if (error)
            return error;
    }
    result();
    R->ax = 0;
    return E_OK;
}

unsigned sys_find_next(void)
{
    unsigned error;

    far_copy(KFP(&sda.search), sda.dta, sizeof(sda.search));
    if (!sda.search.drive)
        return E_NO_MORE;
    sda.search_attr = sda.search.attr;
    error = fs_find_next();
    if (error)
        return error;
    result();
    R->ax = 0;
    return E_OK;
}

unsigned sys_set_dta(void)
{
    sda.dta = ds_dx();
    return E_OK;
}

unsigned sys_get_dta(void)
{
    R->es = FP_SEG(sda.dta);
    R->bx = FP_OFF(sda.dta);
    return E_OK;
}
