#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds a .COM: com.py OUTPUT FOLDER COM.LD NEAR.PY STACK CC AS LD OBJCOPY NASM INCLUDE FILES -- ARGS

C goes through near.py as the kernel's does; FOLDER gets what lies between.
"""
import os
import subprocess
import sys


def run(*command):
    subprocess.run(command, check=True)


def main(target, folder, script, near, stack, cc, gas, ld, objcopy, nasm, include, *rest):
    files, args = rest[:rest.index("--")], rest[rest.index("--") + 1:]
    os.makedirs(folder, exist_ok=True)
    objects = []
    for source in files:
        base = os.path.join(folder, os.path.splitext(os.path.basename(source))[0])
        if source.endswith(".asm"):
            run(nasm, "-f", "elf32", "-D", "STACK=" + stack, "-o", base + ".o", source)
        else:
            run(cc, *args, "-I", include, "-S", "-o", base + ".s", source)
            run(sys.executable, near, base + ".s", base + "-near.s")
            run(gas, "--32", "-o", base + ".o", base + "-near.s")
        objects.append(base + ".o")
    elf = os.path.join(folder, "com.elf")
    run(ld, "-m", "elf_i386", "-T", script, "--no-warn-rwx-segments", "-z", "noexecstack",
        "-o", elf, *objects)
    run(objcopy, "-O", "binary", elf, target)


main(*sys.argv[1:])
