#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes codepage_tables.c: what 80h to FFh are in Unicode, in capitals, and where they sort.

Run by hand when a code page is added: codepage.py > codepage_tables.c.  The mappings are those of
Python's codecs, which follow the tables of the Unicode consortium.  Capitals: the letter's own
where the page has it, else the one without accent (as DOS does it); sorting: letters by the one
without accent, everything else by code.
"""
import unicodedata

PAGES = [437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869]


def decode(page, byte):
    try:
        return bytes([byte]).decode("cp%d" % page)
    except UnicodeDecodeError:
        return None


def plain(char):
    return unicodedata.normalize("NFD", char)[0]


def upper(page, byte):
    char = decode(page, byte)
    if char is None or not char.isalpha() or len(char.upper()) != 1:
        return byte
    for wanted in (char.upper(), plain(char.upper())):
        try:
            code = wanted.encode("cp%d" % page)
        except UnicodeEncodeError:
            continue
        if len(code) == 1:
            return code[0]
    return byte


def collate(page, byte):
    char = decode(page, byte)
    special = {"ß": "S", "Æ": "A", "æ": "A", "Ø": "O", "ø": "O", "Œ": "O", "œ": "O"}
    base = special.get(char, plain(char) if char and char.isalpha() else "")
    if base and base.isascii() and base.isalpha():
        return ord(base.upper())
    return upper(page, byte)


def rows(values, form, per):
    out = ""
    for i in range(0, len(values), per):
        out += "          " + ", ".join(form % v for v in values[i:i + per]) + ",\n"
    return out


print('/* SPDX-License-Identifier: GPL-2.0-or-later */')
print('/* Made by codepage.py: code pages of DOS.  0 in Unicode: no such character. */')
print('#include "core/host/dos/codepage.h"\n')
print('/* clang-format off */')
print('const struct codepage codepages[] = {')
for page in PAGES:
    high = range(0x80, 0x100)
    print('    { .number = %d,\n      .unicode = {' % page)
    print(rows([ord(decode(page, b) or "\0") for b in high], "0x%04x", 10), end="")
    print('      },\n      .upper = {')
    print(rows([upper(page, b) for b in high], "0x%02x", 14), end="")
    print('      },\n      .collate = {')
    print(rows([collate(page, b) for b in high], "0x%02x", 14), end="")
    print('      } },')
print('    { 0 },\n};')
