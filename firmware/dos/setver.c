/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The version that each program is told (SETVER): by name, else 6.22. */
#include "dos.h"

enum { ENTRIES = 16, NAME_SIZE = 13 };

static struct {
    char name[NAME_SIZE];
    uint8_t major, minor;
} table[ENTRIES];

uint16_t version_override; /* INT 2Fh/122Fh: high byte the minor; 0: none */

void setver_add(const char *name, uint8_t major, uint8_t minor)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (table[i].name[0] && strcmp(table[i].name, name))
            continue;
        if (strlen(name) >= NAME_SIZE)
            return;
        strcpy(table[i].name, name);
        table[i].major = major;
        table[i].minor = minor;
        return;
    }
}

void set_program_version(uint16_t psp, uint32_t name)
{
    char path[PATH_SIZE];
    const char *last;

    fset(psp, psp, version[0], version_override ? (uint8_t)version_override : 6);
    fset(psp, psp, version[1], version_override ? (uint8_t)(version_override >> 8) : 22);
    far_string(path, name, sizeof(path));
    for (char *p = path; *p; p++)
        *p = (char)upper((uint8_t)*p);
    last = path_last(path);
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (!table[i].name[0] || strcmp(table[i].name, last))
            continue;
        fset(psp, psp, version[0], table[i].major);
        fset(psp, psp, version[1], table[i].minor);
    }
}
