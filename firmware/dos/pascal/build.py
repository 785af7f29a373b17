#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds a DOS program from Pascal: build.py OUTPUT.EXE FOLDER FPC NASM START.ASM MAIN.PAS

Debian has Free Pascal's compiler for this computer and the source of everything else.  From it come,
all inside FOLDER: the compiler for the 8086 (kept from one time to the next), then the run-time
library, Free Vision and the program, in the memory model large.  Debian's source is without the
start-up code, so it is START.ASM.

build.py --check FPC: is all of that there?  Says what is not.
"""
import glob
import os
import subprocess
import sys

SOURCES = "/usr/share/fpcsrc"
CROSS = "ppcross8086"


def run(folder, *command):
    """Quiet unless it fails: the compiler has hints about its own library by the hundred."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode:
        sys.stderr.write(done.stdout.decode("utf-8", "replace")[-4000:])
        sys.exit("%s failed" % os.path.basename(command[0]))


def ask(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


class Tools:
    """Where Debian's compiler, its units, its messages and the source lie."""

    def __init__(self, fpc):
        self.version = ask(fpc, "-iV")
        self.compiler = os.path.realpath(ask(fpc, "-PB"))
        self.home = os.path.dirname(self.compiler)
        self.source = os.path.join(SOURCES, self.version)
        self.units = glob.glob(os.path.join(self.home, "units", "*", "rtl*"))
        self.messages = os.path.join(self.home, "msg", "errore.msg")

    def missing(self):
        needed = [os.path.join(self.source, "compiler", "pp.pas"),
                  os.path.join(self.source, "rtl", "msdos", "system.pp"),
                  os.path.join(self.source, "packages", "fv", "src", "app.pas"), self.messages]
        return [path for path in needed if not os.path.exists(path)]


def build_compiler(tools, folder):
    units = ["-Fu" + path for path in tools.units]
    at = os.path.join(tools.source, "compiler")
    run(folder, tools.compiler, "-n", *units, "-FUhost", "-FEhost",
        os.path.join(at, "utils", "msg2inc.pp"))
    run(folder, os.path.join(folder, "host", "msg2inc"), tools.messages, "msg", "msg")
    places = [at] + [os.path.join(at, sub) for sub in ("i8086", "x86", "systems")]
    # "." first: the messages as they were written here
    run(folder, tools.compiler, "-n", "-O1", "-di8086", *units, "-Fi.",
        *["-Fi" + path for path in places], *["-Fu" + path for path in places],
        "-FUhost", "-FE.", "-o" + CROSS, os.path.join(at, "pp.pas"))


def build_program(tools, folder, target, main):
    rtl = os.path.join(tools.source, "rtl")
    packages = os.path.join(tools.source, "packages")
    includes = [os.path.join(rtl, sub) for sub in
                ("inc", "i8086", "msdos", "objpas", "objpas/sysutils", "objpas/classes")]
    units = [os.path.join(rtl, sub) for sub in ("msdos", "inc", "objpas")]
    for sub in ("fv/src", "rtl-console/src/msdos", "rtl-console/src/inc", "rtl-extra/src/msdos",
                "rtl-extra/src/inc"):
        includes.append(os.path.join(packages, sub))
        units.append(os.path.join(packages, sub))
    compile_ = [os.path.join(folder, CROSS), "-n", "-Tmsdos", "-WmLarge", "-Os", "-CX", "-XX",
                "-FUdos", *["-Fi" + path for path in includes]]
    run(folder, *compile_, "-Us", "-Sg", os.path.join(rtl, "msdos", "system.pp"))
    run(folder, *compile_, "-Fudos", "-Fu" + os.path.dirname(main),
        *["-Fu" + path for path in units], "-o" + target, main)


def build(target, folder, fpc, nasm, start, main):
    tools = Tools(fpc)
    folder, target, start, main = map(os.path.abspath, (folder, target, start, main))
    for sub in ("host", "dos"):
        os.makedirs(os.path.join(folder, sub), exist_ok=True)
    kept = os.path.join(folder, "version")
    if not os.path.exists(kept) or open(kept, encoding="ascii").read() != tools.version:
        build_compiler(tools, folder)
        with open(kept, "w", encoding="ascii") as f:
            f.write(tools.version)
    run(folder, nasm, "-f", "obj", "-o", os.path.join("dos", "prt0l.o"), start)
    build_program(tools, folder, target, main)


def check(fpc):
    missing = Tools(fpc).missing()
    if missing:
        print("there is no " + missing[0])
    return 1 if missing else 0


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        sys.exit(check(sys.argv[2]))
    build(*sys.argv[1:])
