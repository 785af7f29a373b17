#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fills in the checksums of an assembled option ROM and writes it, or a C array of it.

rom.py ROM OUTPUT
rom.py ROM NAME OUTPUT.c
"""
import sys


def close(rom, start, end, at):
    """Sets the byte at `at` so that the bytes of start to end add up to zero."""
    rom[at] = 0
    rom[at] = -sum(rom[start:end]) & 0xFF


def load(source):
    """The image with its checksums."""
    with open(source, "rb") as f:
        rom = bytearray(f.read())
    if rom[0:2] != b"\x55\xaa" or rom[2] * 512 != len(rom):
        sys.exit("%s: not an option ROM whose length byte is true" % source)
    pnp = rom[0x1A] | rom[0x1B] << 8
    if rom[pnp:pnp + 4] != b"$PnP":
        sys.exit("%s: no PnP header" % source)
    close(rom, pnp, pnp + rom[pnp + 5] * 16, pnp + 9)
    close(rom, 0, len(rom), len(rom) - 1)
    return rom


def array(data):
    """The bytes between the braces of a C array."""
    return "".join(("\n    " if i % 12 == 0 else " ") + "0x%02x," % b for i, b in enumerate(data))


def main(source, *rest):
    rom = load(source)
    if len(rest) == 1:
        with open(rest[0], "wb") as f:
            f.write(rom)
        return
    name, target = rest
    with open(target, "w", encoding="ascii") as f:
        f.write('#include "firmware/firmware.h"\n\nconst uint8_t %s[%d] = {' % (name, len(rom)))
        f.write(array(rom))
        f.write("\n};\nconst uint32_t %s_size = %d;\n" % (name, len(rom)))


if __name__ == "__main__":
    main(*sys.argv[1:])
