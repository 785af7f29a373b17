#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shortens what gcc -m16 makes of calls: near.py INPUT.s OUTPUT.s

A 32-bit near call is 6 bytes long in a 16-bit segment.  Pushing any word and calling with 16 bits is
4, and leaves the same frame: the word stands where the upper half of the return address would.  All
returns then drop it, which is as right after a 32-bit call, whose upper half is 0.
"""
import re
import sys

CALL = re.compile(r"^\tcall\t([A-Za-z_.][\w.]*)$")


def main(source, target):
    with open(source, encoding="ascii") as f:
        lines = f.read().split("\n")
    out = []
    for line in lines:
        match = CALL.match(line)
        if match:
            out += ["\tpushw\t%ax", "\tcallw\t" + match.group(1)]
        elif line == "\tret":
            out.append("\tretw\t$2")
        else:
            out.append(line)
    with open(target, "w", encoding="ascii") as f:
        f.write("\n".join(out))


main(*sys.argv[1:])
