#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Shortens what gcc -m16 makes of calls.

near.py INPUT.s OUTPUT.s [LIST]      converts one file
near.py --scan LIST FILE...          LIST: the functions of a program that keep the long frame

A 32-bit near call is 6 bytes long in a 16-bit segment.  Pushing any word and calling with 16 bits is
4, and leaves the same frame: the word stands where the upper half of the return address would.  All
returns then drop it, which is as right after a 32-bit call, whose upper half is 0.

Who takes no arguments from the stack does not care how large the return address is: a call of 3
bytes, a return of one.  With LIST all functions are called so but those it names: who has arguments
on the stack (gcc's -fdump-rtl-expand, beside the .s as .expand, tells), whose address is taken, who
is called or written in assembly, and who jumps to one of them at its end.  A name that is not global
stands behind its file's.
"""
import os
import re
import sys

CALL = re.compile(r"^\tcall\t([A-Za-z_.][\w.]*)$")
JUMP = re.compile(r"^\tjmp\t([A-Za-z_][\w.]*)$")
LABEL = re.compile(r"^([A-Za-z_][\w.]*):")
TYPE = re.compile(r"^\t\.type\t([\w.]+), @function")
ALIAS = re.compile(r"^\t\.set\t([\w.]+),\s*([\w.]+)")
NAME = re.compile(r"(?<![\w.])[A-Za-z_][\w.]*")


def read(path):
    with open(path, encoding="ascii", errors="replace") as f:
        return f.read().split("\n")


def base_of(path):
    return os.path.splitext(os.path.basename(path))[0]


class Source:
    """A .s of gcc: its functions, which of them are global, jumps, and addresses that are taken."""

    def __init__(self, path):
        self.path = path
        self.base = base_of(path)
        self.lines = read(path)
        self.functions = {m.group(1) for m in map(TYPE.match, self.lines) if m}
        self.globals = {line[8:].strip() for line in self.lines if line.startswith("\t.globl\t")}

    def key(self, name):
        own = name in self.functions and name not in self.globals
        return self.base + ":" + name if own else name

    def edges(self):
        inside = None
        for line in self.lines:
            label, jump, alias = LABEL.match(line), JUMP.match(line), ALIAS.match(line)
            if label and label.group(1) in self.functions:
                inside = label.group(1)
            elif jump:
                yield self.key(inside), self.key(jump.group(1))
            elif alias:
                yield self.key(alias.group(1)), self.key(alias.group(2))

    def taken(self):
        for line in self.lines:
            if CALL.match(line) or JUMP.match(line) or LABEL.match(line):
                continue
            if re.match(r"^\t\.(globl|type|size|set|section|file|ident|string|ascii)\b", line):
                continue
            for name in NAME.findall(line):
                yield self.key(name)

    def with_arguments(self):
        name = None
        for line in read(os.path.join(os.path.dirname(self.path), self.base + ".expand")):
            if line.startswith(";; Function "):
                name = line.split("(")[1].split(",")[0]
            elif "virtual-incoming-args" in line:
                yield self.key(name)


def scan(target, paths):
    sources, names = [], set()
    for path in paths:
        if path.endswith(".asm"):
            for line in read(path):
                if re.match(r"\s*(extern|global)\s", line):
                    names |= set(NAME.findall(line.split(";")[0])) - {"extern", "global"}
        elif path.endswith(".s"):
            sources.append(Source(path))
    edges = []
    known = {source.key(name) for source in sources for name in source.functions}
    for source in sources:
        called = {source.key(m.group(1)) for m in map(CALL.match, source.lines) if m}
        names |= called - known
        names |= set(source.taken()) | set(source.with_arguments())
        edges += source.edges()
    grown = True
    while grown:
        before = len(names)
        for a, b in edges:
            if a in names or b in names:
                names |= {a, b}
        grown = len(names) > before
    # Names of variables stay in it; nobody calls them.
    with open(target, "w", encoding="ascii") as f:
        f.write("\n".join(sorted(names)))


def convert(source, target, names):
    text = Source(source)
    out, inside = [], None

    def is_long(name):
        return names is None or text.key(name) in names

    for line in text.lines:
        call, label = CALL.match(line), LABEL.match(line)
        if label and label.group(1) in text.functions:
            inside = label.group(1)
        if call and is_long(call.group(1)):
            out += ["\tpushw\t%ax", "\tcallw\t" + call.group(1)]
        elif call:
            out.append("\tcallw\t" + call.group(1))
        elif line == "\tret":
            out.append("\tretw\t$2" if is_long(inside) else "\tretw")
        else:
            out.append(line)
    with open(target, "w", encoding="ascii") as f:
        f.write("\n".join(out))


def main():
    if sys.argv[1] == "--scan":
        scan(sys.argv[2], sys.argv[3:])
    else:
        convert(sys.argv[1], sys.argv[2],
                set(read(sys.argv[3])) if len(sys.argv) > 3 else None)


main()
