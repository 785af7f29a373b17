#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds a .COM: com.py OUTPUT FOLDER COM.LD NEAR.PY STACK CC AS LD OBJCOPY AR NASM LIB FILES -- ARGS

C goes through near.py as the kernel's does; FOLDER gets what lies between.  Of the files in LIB only
those are linked that the program needs.
"""
import os
import subprocess
import sys


def run(*command):
    subprocess.run(command, check=True)


def main(target, folder, script, near, stack, cc, gas, ld, objcopy, ar, nasm, library, *rest):
    files, args = rest[:rest.index("--")], rest[rest.index("--") + 1:]
    os.makedirs(folder, exist_ok=True)
    objects, shared = [], []
    for source in files:
        ours = not os.path.samefile(os.path.dirname(source), library)
        base = os.path.splitext(os.path.basename(source))[0]
        base = os.path.join(folder, base if ours else "lib-" + base)
        if source.endswith(".asm"):
            run(nasm, "-f", "elf32", "-D", "STACK=" + stack, "-o", base + ".o", source)
        else:
            run(cc, *args, "-I", library, "-S", "-o", base + ".s", source)
            run(sys.executable, near, base + ".s", base + "-near.s")
            run(gas, "--32", "-o", base + ".o", base + "-near.s")
        (objects if ours else shared).append(base + ".o")
    archive = os.path.join(folder, "lib.a")
    if os.path.exists(archive):
        os.remove(archive)
    run(ar, "rcs", archive, *shared)
    elf = os.path.join(folder, "com.elf")
    run(ld, "-m", "elf_i386", "-T", script, "--no-warn-rwx-segments", "-z", "noexecstack",
        "-o", elf, *objects, archive)
    run(objcopy, "-O", "binary", elf, target)


main(*sys.argv[1:])
