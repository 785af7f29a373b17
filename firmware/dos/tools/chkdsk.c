/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CHKDSK: arguments and report. */
#include "chkdsk.h"

static const char help[] =
    "Checks a disk and displays a status report.\r\n\r\n"
    "CHKDSK [drive:][[path]filename] [/F] [/V]\r\n\r\n"
    "  filename  files that are looked at for parts that do not lie together\r\n"
    "  /F        corrects what is wrong\r\n"
    "  /V        names every file\r\n\r\n"
    "ERRORLEVEL: 0 all is right, 255 errors were found.\r\n";

enum { FOUND = 255 };

struct volume volume;

static void announce(void)
{
    static bool told;

    if (!told && !volume.fix)
        print("Errors found, F parameter not specified\r\n"
              "Corrections will not be written to disk\r\n\r\n");
    told = true;
    volume.errors = true;
}

void problem(const char *format, ...)
{
    va_list args;

    announce();
    va_start(args, format);
    print_to(STDOUT, format, args);
    va_end(args);
    print("\r\n");
}

static int fail(const char *text)
{
    print("%s\r\n", text);
    return FOUND;
}

static void print_volume(void)
{
    static char pattern[] = "A:\\*.*";
    struct boot_sector boot;
    char label[12] = { 0 }, date[16], time[16];
    struct found f;

    pattern[0] = (char)('A' + volume.drive);
    if (label_find(volume.drive, &volume.dpb, label) && !find_first(pattern, A_LABEL, &f)) {
        date_text(date, f.date);
        time_text(time, f.time);
        print("Volume %s created %s %s\r\n", label, date, time);
    }
    if (!sector_read(volume.drive, 0, &boot) && boot.signature == EXTENDED_BOOT)
        print_serial(boot.serial);
    print("\r\n");
}

static void report(void)
{
    uint32_t clusters = volume.dpb.highest_cluster - 1ul, size = cluster_bytes();
    uint32_t free = 0, bad = 0;
    struct dos_regs r = { .ax = 0, .ds = own_segment(), .es = own_segment() };

    for (uint32_t c = 2; c <= volume.dpb.highest_cluster; c++) {
        free += fat_get(c) == 0;
        bad += fat_get(c) == BAD_CLUSTER;
    }
    print("\r\n%,13u bytes total disk space\r\n", clusters * size);
    if (bad)
        print("%,13u bytes in bad sectors\r\n", bad * size);
    if (volume.hidden_files)
        print("%,13u bytes in %u hidden files\r\n", volume.hidden_clusters * size,
              volume.hidden_files);
    if (volume.directories)
        print("%,13u bytes in %u directories\r\n", volume.directory_clusters * size,
              volume.directories);
    if (volume.user_files)
        print("%,13u bytes in %u user files\r\n", volume.user_clusters * size, volume.user_files);
    print("%,13u bytes available on disk\r\n\r\n", free * size);
    print("%,13u bytes in each allocation unit\r\n", size);
    print("%,13u total allocation units on disk\r\n", clusters);
    print("%,13u available allocation units on disk\r\n\r\n", free);
    int_call(&r, 0x12);
    print("%,13u total bytes memory\r\n", (uint32_t)r.ax * 1024);
    r = (struct dos_regs){ .ax = 0x4a00, .bx = 0xffff, .ds = own_segment(), .es = own_segment() };
    dos_call(&r);
    print("%,13u bytes free\r\n", (uint32_t)r.bx * 16);
}

static int check(void)
{
    int code;

    print_volume();
    code = fat_load();
    if (code)
        return code;
    if ((fat_get(0) & 0xff) != volume.media) {
        announce();
        print("Probable non-DOS disk\r\n");
        if (!ask_yes("Continue"))
            return FOUND;
        fat_put(0, (uint16_t)((volume.wide ? 0xff00 : 0xf00) | volume.media));
    }
    fat_compare();
    walk_all();
    if (volume.crossed) {
        announce();
        walk_crossed();
    }
    lost_chains();
    if (volume.fix && !fat_store())
        problem("Disk error writing FAT");
    if (volume.fix)
        drive_forget(volume.drive);
    report();
    if (volume.fragments && !volume.fragmented)
        print("\r\nAll specified file(s) are contiguous\r\n");
    return volume.errors ? FOUND : 0;
}

static int choose_drive(unsigned drive)
{
    struct boot_sector boot;

    volume.drive = drive;
    switch (drive_kind(drive)) {
    case DRIVE_NONE:
        return fail("Invalid drive specification");
    case DRIVE_REMOTE:
        return fail("Cannot CHKDSK a network drive: the host keeps its own folders in order");
    case DRIVE_SUBST:
        return fail("Cannot CHKDSK a SUBSTed drive");
    case DRIVE_FAT:
        break;
    }
    if (!drive_dpb(drive, &volume.dpb))
        return fail("Invalid drive specification");
    if (sector_read(drive, 0, &boot))
        return fail("Disk error reading sector 0");
    volume.media = boot.bpb.sector_size == SECTOR ? boot.bpb.media : 0xf0;
    return 0;
}

int com_main(void)
{
    static char name[128];
    char tail[LINE_SIZE], word[PATH_MAX], *at = tail, given[PATH_MAX] = "";
    unsigned drive = drive_current();
    int code;

    command_tail(tail, sizeof(tail));
    while (next_word(&at, word, sizeof(word))) {
        if (!strcmp(word, "/?")) {
            print("%s", help);
            return 0;
        }
        if (!strcmp(word, "/F"))
            volume.fix = true;
        else if (!strcmp(word, "/V"))
            volume.verbose = true;
        else if (word[0] == '/') {
            bad_switch(word);
            return FOUND;
        } else if (*given) {
            bad_parameter(word);
            return FOUND;
        } else {
            strcpy(given, word);
        }
    }
    if (is_letter(given[0]) && given[1] == ':')
        drive = (unsigned)(given[0] - 'A');
    code = choose_drive(drive);
    if (code)
        return code;
    if (*given && drive_of(given) < 0) {
        if (true_name(given, name))
            return fail("Path not found");
        volume.fragments = name;
    }
    return check();
}
