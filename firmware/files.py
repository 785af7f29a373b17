#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the files of our own DOS as C arrays with a table of their names.

files.py OUTPUT.c TABLE NAME FILE NAME FILE ...
"""
import sys

import rom


def main(target, title, *words):
    table = ""
    with open(target, "w", encoding="ascii") as out:
        out.write('#include <stddef.h>\n\n#include "firmware/firmware.h"\n\n')
        for i, (name, path) in enumerate(zip(words[::2], words[1::2])):
            with open(path, "rb") as f:
                data = f.read()
            out.write("static const uint8_t file%d[%d] = {%s\n};\n\n"
                      % (i, max(len(data), 1), rom.array(data or b"\0")))
            table += '    { "%s", file%d, %d },\n' % (name, i, len(data))
        out.write("const struct firmware_file %s[] = {\n%s    { NULL, NULL, 0 },\n};\n"
                  % (title, table))


main(*sys.argv[1:])
