/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FORMAT: what is asked, and what is said.  formatdisk.c does the work. */
#include "format.h"

static const char help[] =
    "Formats a disk for use with MS-DOS.\r\n\r\n"
    "FORMAT drive: [/V[:label]] [/Q] [/U] [/F:size]\r\n"
    "FORMAT drive: [/V[:label]] [/Q] [/U] [/T:tracks /N:sectors]\r\n"
    "FORMAT drive: [/V[:label]] [/Q] [/U] [/1] [/4]\r\n"
    "FORMAT drive: [/Q] [/U] [/1] [/4] [/8]\r\n\r\n"
    "  /V[:label]   the volume's label; asked for if it is not given\r\n"
    "  /Q           quick: only clears FAT and root directory\r\n"
    "  /U           unconditional: every track is formatted anew\r\n"
    "  /F:size      160 180 320 360 720 1.2 1.44 2.88\r\n"
    "  /T:n /N:n    tracks on a side, sectors on a track\r\n"
    "  /1           one side\r\n"
    "  /4           360K (in a 1.2 MB drive)\r\n"
    "  /8           eight sectors on a track\r\n\r\n"
    "ERRORLEVEL: 0 done, 3 ended by Ctrl-C, 4 an error, 5 \"no\" was the answer.\r\n";

static int fatal(const char *text)
{
    print("%s\r\n", text);
    return EXIT_ERROR;
}

/* ---- arguments ---- */

static bool number_of(const char *text, unsigned *n)
{
    uint32_t value = parse_number(&text);

    *n = value;
    return !*text && value && value < 1000;
}

/* "1.44MB", "1440", "720K" in kilobytes; 0: none of them. */
static unsigned size_of(const char *text)
{
    static const struct {
        char text[5];
        uint16_t kb;
    } sizes[] = { { "160", 160 },   { "180", 180 },   { "320", 320 },  { "360", 360 },
                  { "720", 720 },   { "1200", 1200 }, { "1.2", 1200 }, { "1440", 1440 },
                  { "1.44", 1440 }, { "2880", 2880 }, { "2.88", 2880 } };

    for (unsigned i = 0; i < COUNT(sizes); i++) {
        unsigned n = (unsigned)strlen(sizes[i].text);
        const char *unit = text + n;

        if (memcmp(text, sizes[i].text, n) != 0)
            continue;
        if (!*unit || (strchr(sizes[i].text, '.') ? !strcmp(unit, "M") || !strcmp(unit, "MB")
                                                  : !strcmp(unit, "K") || !strcmp(unit, "KB")))
            return sizes[i].kb;
    }
    return 0;
}

/* One switch; 0, or the exit code. */
static int take_switch(struct options *o, const char *word)
{
    const char *value;

    if (!strcmp(word, "/Q"))
        o->quick = true;
    else if (!strcmp(word, "/U"))
        o->unconditional = true;
    else if (!strcmp(word, "/1"))
        o->one_side = true;
    else if (!strcmp(word, "/4"))
        o->small = true;
    else if (!strcmp(word, "/8"))
        o->eight = true;
    else if (!strcmp(word, "/AUTOTEST"))
        o->automatic = true;
    else if (!strcmp(word, "/S"))
        return fatal("/S cannot be done: this DOS comes from the machine, no disk can start it");
    else if (!strcmp(word, "/B") || !strcmp(word, "/C"))
        return 0;
    else if ((value = switch_value(word, "V"))) {
        if (*value && !label_parse(value, o->label))
            return fatal("Invalid characters in volume label");
        o->has_label = *value != 0;
    } else if ((value = switch_value(word, "F"))) {
        o->kb = size_of(value);
        if (!o->kb) {
            bad_parameter(word);
            return EXIT_ERROR;
        }
    } else if ((value = switch_value(word, "T")) || (value = switch_value(word, "N"))) {
        if (!number_of(value, word[1] == 'T' ? &o->cylinders : &o->sectors)) {
            bad_parameter(word);
            return EXIT_ERROR;
        }
    } else {
        bad_switch(word);
        return EXIT_ERROR;
    }
    return 0;
}

/* `/V:MY LABEL` may have blanks: they belong to it up to the next switch. */
static void join_label(char *tail)
{
    char *s = tail;

    for (; *s; s++)
        if (s[0] == '/' && upper(s[1]) == 'V' && s[2] == ':')
            break;
    if (!*s)
        return;
    for (s += 3; *s && *s != '/'; s++)
        if (*s == ' ')
            *s = BLANK_KEPT;
    while (s[-1] == BLANK_KEPT)
        *--s = ' ';
}

static int check_options(const struct options *o)
{
    bool shape = o->cylinders || o->sectors, old = o->one_side || o->small || o->eight;

    if (o->drive < 0)
        return fatal("Required parameter missing -");
    if ((o->kb && (shape || old)) || (shape && old) || (o->eight && o->has_label))
        return fatal("Parameters not compatible");
    if (shape && (!o->cylinders || !o->sectors))
        return fatal("Must enter both /T and /N parameters");
    switch (drive_kind((unsigned)o->drive)) {
    case DRIVE_NONE:
        return fatal("Invalid drive specification");
    case DRIVE_REMOTE:
        return fatal("Cannot FORMAT a network drive");
    case DRIVE_SUBST:
        return fatal("Cannot FORMAT a SUBSTed drive");
    case DRIVE_FAT:
        break;
    }
    if (!drive_removable((unsigned)o->drive) && (o->kb || shape || old))
        return fatal("Parameters not supported by drive");
    return 0;
}

static int take_arguments(struct options *o)
{
    char tail[LINE_SIZE], word[64], *at = tail;
    int code;

    o->drive = -1;
    command_tail(tail, sizeof(tail));
    join_label(tail);
    while (next_word(&at, word, sizeof(word))) {
        for (char *s = word; *s; s++)
            if (*s == BLANK_KEPT)
                *s = ' ';
        if (!strcmp(word, "/?")) {
            print("%s", help);
            return EXIT_HELP;
        }
        if (word[0] == '/') {
            code = take_switch(o, word);
            if (code)
                return code;
        } else if (o->drive >= 0 || drive_of(word) < 0) {
            bad_parameter(word);
            return EXIT_ERROR;
        } else {
            o->drive = drive_of(word);
        }
    }
    return check_options(o);
}

/* ---- one disk ---- */

static void give_label(const struct options *o, const struct dpb *d)
{
    char text[ANSWER], label[11];
    unsigned drive = (unsigned)o->drive;

    if (o->has_label) {
        label_set(drive, d, o->label);
        return;
    }
    if (o->automatic || o->eight)
        return;
    for (;;) {
        print("Volume label (11 characters, ENTER for none)? ");
        if (!read_answer(text, sizeof(text)) || !*text)
            return;
        if (label_parse(text, label)) {
            label_set(drive, d, label);
            return;
        }
        print("Invalid characters in volume label\r\n");
    }
}

static void report(const struct dpb *d, const struct bpb *b, unsigned bad, uint32_t serial)
{
    uint32_t cluster = (uint32_t)b->cluster_sectors * SECTOR;
    uint32_t clusters = d->highest_cluster - 1u;

    print("\r\n%,13u bytes total disk space\r\n", clusters * cluster);
    if (bad)
        print("%,13u bytes in bad sectors\r\n", bad * cluster);
    print("%,13u bytes available on disk\r\n\r\n", (clusters - bad) * cluster);
    print("%,13u bytes in each allocation unit.\r\n", cluster);
    print("%,13u allocation units available on disk.\r\n\r\n", clusters - bad);
    print_serial(serial);
}

static int format_one(const struct options *o)
{
    struct job job = { .options = o, .drive = (unsigned)o->drive };
    struct dpb d;
    int code = format_disk(&job);

    if (code)
        return code;
    drive_forget(job.drive);
    if (!drive_dpb(job.drive, &d))
        return fatal("Invalid media or Track 0 bad - disk unusable");
    print("\r\nFormat complete.\r\n\r\n");
    give_label(o, &d);
    report(&d, &job.bpb, job.bad, job.serial);
    drive_forget(job.drive);
    return EXIT_DONE;
}

int com_main(void)
{
    struct options o = { 0 };
    char answer[ANSWER];
    int code;

    break_with(EXIT_BREAK);
    code = take_arguments(&o);
    if (code)
        return code == EXIT_HELP ? EXIT_DONE : code;
    if (!drive_removable((unsigned)o.drive)) {
        if (!o.automatic) {
            print("\r\nWARNING: ALL DATA ON NON-REMOVABLE DISK\r\nDRIVE %c: WILL BE LOST!\r\n",
                  'A' + o.drive);
            if (!ask_yes("Proceed with Format"))
                return EXIT_NO;
        }
        return format_one(&o);
    }
    do {
        if (!o.automatic) {
            print("Insert new diskette for drive %c:\r\nand press ENTER when ready...",
                  'A' + o.drive);
            read_answer(answer, sizeof(answer));
            print("\r\n");
        }
        code = format_one(&o);
    } while (!o.automatic && ask_yes("\r\nFormat another"));
    return code;
}
