/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SUBST: a drive letter for a folder, by the drive's current directory structure. */
#include "tool.h"

static const char help[] = "Associates a path with a drive letter.\r\n\r\n"
                           "SUBST [drive1: [drive2:]path]\r\n"
                           "SUBST drive1: /D\r\n\r\n"
                           "  drive1:         the letter that the path gets\r\n"
                           "  [drive2:]path   an existing folder\r\n"
                           "  /D              deletes the letter of a path\r\n\r\n"
                           "Without parameters SUBST lists the present ones.\r\n";

enum { CDS_SIZE = 0x58, CDS_FLAGS = 0x43, CDS_DPB = 0x45, CDS_CLUSTER = 0x49, CDS_ROOT = 0x4f };
enum { CDS_PATH_MAX = 67, IS_NETWORK = 0x8000, IS_PHYSICAL = 0x4000, IS_SUBST = 0x1000 };

static struct list_of_lists lists;
static unsigned last_drive;

/* Where the structure of a drive lies. */
static uint16_t cds_segment, cds_first;

static uint16_t cds_of(unsigned drive)
{
    return (uint16_t)(cds_first + drive * CDS_SIZE);
}

static uint16_t flags_of(unsigned drive)
{
    return far_get16(cds_segment, (uint16_t)(cds_of(drive) + CDS_FLAGS));
}

static void path_of(unsigned drive, char *to)
{
    unsigned root = far_get16(cds_segment, (uint16_t)(cds_of(drive) + CDS_ROOT)), n = 0;

    for (; n < root && n < CDS_PATH_MAX; n++)
        to[n] = (char)far_get8(cds_segment, (uint16_t)(cds_of(drive) + n));
    if (n == 2)
        to[n++] = '\\';
    to[n] = 0;
}

static int list(void)
{
    char path[CDS_PATH_MAX + 2];

    for (unsigned i = 0; i < last_drive; i++) {
        if (!(flags_of(i) & IS_SUBST))
            continue;
        path_of(i, path);
        print("%c: => %s\r\n", 'A' + i, path);
    }
    return 0;
}

static void write_cds(unsigned drive, const char *path, unsigned root, uint16_t flags, uint32_t dpb)
{
    uint16_t at = cds_of(drive);

    for (unsigned i = 0; i <= strlen(path); i++)
        far_put8(cds_segment, (uint16_t)(at + i), (uint8_t)path[i]);
    far_put16(cds_segment, (uint16_t)(at + CDS_DPB), (uint16_t)dpb);
    far_put16(cds_segment, (uint16_t)(at + CDS_DPB + 2), (uint16_t)(dpb >> 16));
    for (unsigned i = 0; i < 6; i += 2)
        far_put16(cds_segment, (uint16_t)(at + CDS_CLUSTER + i), 0xffff);
    far_put16(cds_segment, (uint16_t)(at + CDS_ROOT), (uint16_t)root);
    far_put16(cds_segment, (uint16_t)(at + CDS_FLAGS), flags);
}

/* The DPB of a drive that has a block device of its own; 0: none. */
static uint32_t own_dpb(unsigned drive)
{
    uint16_t offset = far_get16(lists.segment, lists.offset);
    uint16_t segment = far_get16(lists.segment, lists.offset + 2);

    while (offset != 0xffff) {
        uint16_t next = far_get16(segment, offset + 0x19u);

        if (far_get8(segment, offset) == drive)
            return (uint32_t)segment << 16 | offset;
        segment = far_get16(segment, offset + 0x1bu);
        offset = next;
    }
    return 0;
}

static int say(const char *text)
{
    print("%s\r\n", text);
    return 1;
}

static int remove_letter(unsigned drive)
{
    char root[] = "A:\\";
    uint32_t dpb = own_dpb(drive);

    if (drive >= last_drive || drive == drive_current() || !(flags_of(drive) & IS_SUBST))
        return say("Invalid parameter");
    root[0] = (char)('A' + drive);
    write_cds(drive, root, 2, dpb ? IS_PHYSICAL : 0, dpb);
    return 0;
}

static int add_letter(unsigned drive, const char *text)
{
    char path[128];
    unsigned attr, behind, length;
    uint16_t at;

    if (drive >= last_drive || drive == drive_current())
        return say("Invalid parameter");
    if (flags_of(drive) & IS_SUBST)
        return say("Drive already SUBSTed");
    if (flags_of(drive) & IS_NETWORK)
        return say("Cannot SUBST a network drive");
    if (has_wildcards(text) || true_name(text, path) || path[1] != ':')
        return say("Path not found");
    length = (unsigned)strlen(path);
    if (length > 3 && path[length - 1] == '\\')
        path[--length] = 0;
    if (length >= CDS_PATH_MAX)
        return say("Path not found");
    if (length > 3 && (file_attr(path, &attr) || !(attr & A_DIRECTORY)))
        return say("Path not found");
    behind = (unsigned)(path[0] - 'A');
    if (behind >= last_drive || behind == drive)
        return say("Invalid parameter");
    at = cds_of(behind);
    write_cds(drive, path, length > 3 ? length : 2,
              (uint16_t)((flags_of(behind) & (IS_NETWORK | IS_PHYSICAL)) | IS_SUBST),
              (uint32_t)far_get16(cds_segment, (uint16_t)(at + CDS_DPB + 2)) << 16 |
                  far_get16(cds_segment, (uint16_t)(at + CDS_DPB)));
    return 0;
}

int com_main(void)
{
    char tail[LINE_SIZE], word[3][PATH_MAX], next[PATH_MAX], *at = tail;
    unsigned words = 0;
    bool delete = false;
    int drive;

    command_tail(tail, sizeof(tail));
    while (next_word(&at, next, sizeof(next))) {
        if (!strcmp(next, "/?")) {
            print("%s", help);
            return 0;
        }
        if (!strcmp(next, "/D"))
            delete = true;
        else if (next[0] == '/')
            return bad_switch(next);
        else if (words == 2)
            return say("Incorrect number of parameters");
        else
            strcpy(word[words++], next);
    }
    lists = list_of_lists();
    cds_first = far_get16(lists.segment, lists.offset + 0x16u);
    cds_segment = far_get16(lists.segment, lists.offset + 0x18u);
    last_drive = far_get8(lists.segment, lists.offset + 0x21u);
    if (!words && !delete)
        return list();
    if (words != (delete ? 1 : 2))
        return say("Incorrect number of parameters");
    drive = drive_of(word[0]);
    if (drive < 0)
        return bad_parameter(word[0]);
    return delete ? remove_letter((unsigned)drive) : add_letter((unsigned)drive, word[1]);
}
