/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FIRMWARE_DOS_TOOLS_FORMAT_H
#define FIRMWARE_DOS_TOOLS_FORMAT_H

#include "tool.h"

enum { EXIT_DONE, EXIT_BREAK = 3, EXIT_ERROR, EXIT_NO, EXIT_HELP = -1 };
enum { BLANK_KEPT = 1 };

struct options {
    int drive; /* 0 = A: */
    unsigned kb, cylinders, sectors;
    bool quick, unconditional, one_side, small, eight, automatic, has_label;
    char label[11];
};

struct job {
    const struct options *options;
    unsigned drive;
    struct bpb bpb;
    unsigned cylinders, bad; /* clusters marked bad */
    uint32_t serial;
};

/* Formats what is in the drive and writes an empty file system; an exit code. */
int format_disk(struct job *j);

extern const uint8_t boot_code[448];

#endif
