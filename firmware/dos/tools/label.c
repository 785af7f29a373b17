/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LABEL: names a volume. */
#include "tool.h"

static const char help[] =
    "Creates, changes, or deletes the volume label of a disk.\r\n\r\n"
    "LABEL [drive:][label]\r\n\r\n"
    "  label  up to 11 characters.  Without it LABEL shows the present one and asks;\r\n"
    "         an empty answer deletes it.\r\n";

enum { OK, FAILED = 1 };

/* Shows what there is; whether there is a label. */
static bool show(unsigned drive, const struct dpb *d)
{
    struct boot_sector boot;
    char label[12] = { 0 };
    bool there = label_find(drive, d, label);

    if (there)
        print("Volume in drive %c is %s\r\n", 'A' + drive, label);
    else
        print("Volume in drive %c has no label\r\n", 'A' + drive);
    if (!sector_read(drive, 0, &boot) && boot.signature == EXTENDED_BOOT)
        print_serial(boot.serial);
    return there;
}

static int set(unsigned drive, const struct dpb *d, const char *label)
{
    unsigned error = label_set(drive, d, label);

    if (!error) {
        drive_forget(drive);
        return OK;
    }
    print(error == 0xffff       ? "Cannot make directory entry\r\n"
          : (error & 0xff) == 0 ? "Write protect error: the label is not changed\r\n"
                                : "Error writing to the disk\r\n");
    return FAILED;
}

static int ask(unsigned drive, const struct dpb *d)
{
    bool there = show(drive, d);
    char text[ANSWER], label[11];

    for (;;) {
        print("Volume label (11 characters, ENTER for none)? ");
        if (!read_answer(text, sizeof(text)))
            return OK;
        if (!*text)
            break;
        if (label_parse(text, label))
            return set(drive, d, label);
        print("Invalid characters in volume label\r\n");
    }
    if (!there || !ask_yes("\r\nDelete current volume label"))
        return OK;
    return set(drive, d, NULL);
}

int com_main(void)
{
    char tail[LINE_SIZE], label[11], *at = tail;
    unsigned drive = drive_current();
    struct dpb d;

    command_tail(tail, sizeof(tail));
    if (strchr(tail, '/')) {
        char word[8];

        at = strchr(tail, '/');
        next_word(&at, word, sizeof(word));
        if (strcmp(word, "/?") != 0)
            return bad_switch(word);
        print("%s", help);
        return OK;
    }
    at = skip_separators(tail);
    if (is_letter(at[0]) && at[1] == ':') {
        drive = (unsigned)(upper(at[0]) - 'A');
        at = skip_separators(at + 2);
    }
    switch (drive_kind(drive)) {
    case DRIVE_NONE:
        print("Invalid drive specification\r\n");
        return FAILED;
    case DRIVE_SUBST:
        print("Cannot LABEL a SUBSTed drive\r\n");
        return FAILED;
    case DRIVE_REMOTE:
        print("Cannot LABEL a network drive: the label of a host folder is fixed\r\n");
        return FAILED;
    case DRIVE_FAT:
        break;
    }
    if (!drive_dpb(drive, &d)) {
        print("Invalid drive specification\r\n");
        return FAILED;
    }
    if (!*at)
        return ask(drive, &d);
    if (!label_parse(at, label)) {
        print("Invalid characters in volume label\r\n");
        return FAILED;
    }
    return set(drive, &d, label);
}
