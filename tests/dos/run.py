#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the conformance suite on a DOS and judges its log.

  run.py own|freedos|dosbox --machine MACHINE --programs FOLDER [--images FOLDER] [--log FILE]

On our own DOS every check must hold, and every function of functions.txt must be looked at.  What
FreeDOS and DOSBox do otherwise is explained in differences.txt, one by one: an unexplained
difference fails, and an explained one that no longer happens fails, too.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Programs in the order they run in; those that use the current drive also run on a FAT one.
PROGRAMS = "files find memory process fcbs sharing country lfns devices console structs disk mux".split()
ON_FAT = "files find fcbs sharing country devices structs disk".split()
HELPERS = "run child fuzz".split()
CONFIG = "FILES=40\r\nBUFFERS=20\r\nLASTDRIVE=Z\r\nDOS=HIGH,UMB\r\nSHELL=%s\r\n"
PATIENCE_S = 100
SELECTED = []
LINE = re.compile(r"^(\w+) ([0-9A-F]{2}/\S* .*?): (?:(ok|absent)|got (.*))$")


class Skip(Exception):
    pass


def run_list(home, fat):
    if SELECTED:
        return "\r\n".join(line.replace("?", home) for line in SELECTED) + "\r\n"
    lines = ["%s %s" % (home, name.upper()) for name in PROGRAMS]
    if fat:
        lines += ["%s %s" % (fat, name.upper()) for name in ON_FAT]
    return "\r\n".join(lines) + "\r\n"


def program_files(options):
    return [os.path.join(options.programs, name.upper() + ".COM") for name in HELPERS + PROGRAMS]


def put(folder, name, text):
    with open(os.path.join(folder, name), "w", newline="", encoding="ascii") as f:
        f.write(text)


def read_log(path):
    try:
        with open(path, encoding="cp437") as f:
            return f.read().splitlines()
    except FileNotFoundError:
        sys.exit("there is no log: not one program ran")


def run_machine(options, *arguments):
    """Whether it came to its end; what it says only if it did not.  It gives up by itself before
    its time is over, and tells where the guest is and what it called last."""
    env = dict(os.environ)
    env.setdefault("DOS_SUITE_HOST_SECONDS", str(options.patience - 10))
    env.setdefault("DOS_SUITE_SECONDS", str(options.patience * 10)) # of the guest's time
    try:
        ended = subprocess.run([options.machine] + list(arguments), timeout=options.patience,
                               env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        print("The machine did not even give up within %u s; it was ended." % options.patience)
        return False
    if ended.returncode:
        print(ended.stdout.decode("utf-8", "replace"))
    return ended.returncode == 0


def on_own(options, work):
    drive = os.path.join(work, "c")
    floppy = os.path.join(work, "a.img")
    os.mkdir(drive)
    for path in program_files(options):
        shutil.copy(path, drive)
    put(drive, "RUN.LST", run_list("C", "A"))
    put(drive, "CONFIG.SYS", CONFIG % "C:\\RUN.COM")
    subprocess.run(["mformat", "-C", "-f", "1440", "-i", floppy, "::"], check=True)
    ended = run_machine(options, "own", drive, floppy)
    return read_log(os.path.join(drive, "CONF.LOG")), ended


def on_freedos(options, work):
    source = os.path.join(options.images, "freedos-1440.img")
    image = os.path.join(work, "a.img")
    if not os.path.exists(source):
        raise Skip("%s is not there" % source)
    shutil.copy(source, image)
    put(work, "RUN.LST", run_list("A", None))
    put(work, "CONFIG.SYS", CONFIG % "A:\\RUN.COM")
    files = [os.path.join(work, "RUN.LST"), os.path.join(work, "CONFIG.SYS")]
    subprocess.run(["mcopy", "-o", "-i", image] + files + program_files(options) + ["::"], check=True)
    ended = run_machine(options, "floppy", image)
    log = os.path.join(work, "CONF.LOG")
    subprocess.run(["mcopy", "-n", "-i", image, "::CONF.LOG", log], check=False)
    return read_log(log), ended


def run_dosbox(work, drive):
    env = dict(os.environ, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy", HOME=work)
    try:
        subprocess.run(
            ["dosbox", "-conf", os.path.join(work, "dosbox.conf"), "-c", "mount c " + drive, "-c",
             "c:", "-c", "run /x", "-c", "exit"],
            env=env, timeout=30, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired:
        pass


def on_dosbox(options, work):
    """DOSBox ends at some calls that it does not know: then the next program goes on."""
    if not shutil.which("dosbox"):
        raise Skip("dosbox is not installed")
    drive = os.path.join(work, "c")
    os.mkdir(drive)
    for path in program_files(options):
        shutil.copy(path, drive)
    put(work, "dosbox.conf", "[cpu]\ncore=normal\ncycles=max\n[mixer]\nnosound=true\n")
    left = run_list("C", None).split("\r\n")
    log_path = os.path.join(drive, "CONF.LOG")
    while any(left):
        put(drive, "RUN.LST", "\r\n".join(left))
        run_dosbox(work, drive)
        begun = sum(line.startswith("drive ") for line in read_log(log_path))
        rest = run_list("C", None).split("\r\n")[begun:]
        if len(rest) >= len(left):
            return read_log(log_path), False
        left = rest
    return read_log(log_path), True


SYSTEMS = {"own": on_own, "freedos": on_freedos, "dosbox": on_dosbox}


class Result:
    def __init__(self, drive, program, check, outcome, got):
        self.drive, self.program, self.check, self.outcome, self.got = \
            drive, program, check, outcome, got

    def __str__(self):
        return "drive %s %s %s: %s" % (self.drive, self.program, self.check,
                                       "got " + self.got if self.got else self.outcome)


def parse(lines):
    """The log's results, and what is wrong with the log itself."""
    results, broken, drive, running, start = [], [], "?", None, 0
    for line in lines:
        match, ends = LINE.match(line), re.match(r"^\w+ ends: (\d+) checks", line)
        if line.startswith("drive "):
            if running:
                broken.append("drive %s %s did not come to its end" % (drive, running))
            drive, running = line[6], None
        elif line.endswith(" begins"):
            running, start = line.split()[0], len(results)
        elif ends:
            if int(ends[1]) != sum(1 for r in results[start:] if r.outcome != "absent"):
                broken.append("drive %s %s lost lines" % (drive, running))
            running = None
        elif re.match(r"^\w+ exit ", line):
            if running:
                broken.append("drive %s %s did not come to its end" % (drive, running))
            running = None
        elif match:
            results.append(Result(drive, match[1], match[2], match[3] or "got", match[4]))
        else:
            broken.append("drive %s: %s" % (drive, line))
    if running:
        broken.append("drive %s %s did not come to its end" % (drive, running))
    return results, broken


def explained(system):
    """differences.txt: lines "SYSTEM PROGRAM CHECK", the reason for all of them indented below."""
    entries, group, reason = {}, [], ""
    with open(os.path.join(HERE, "differences.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if line.startswith("#") or not line.strip():
                continue
            if line[0].isspace():
                reason = line.strip()
                continue
            if reason:
                group, reason = [], ""
            which, key = line.strip().split(" ", 1)
            if which not in SYSTEMS:
                sys.exit("differences.txt:%u: there is no system %s" % (number, which))
            if (which, key) in entries:
                sys.exit("differences.txt:%u: %s is there twice" % (number, line.strip()))
            group.append((which, key))
            entries[which, key] = number
    if not reason:
        sys.exit("differences.txt: %s %s has no reason" % group[0])
    return {key for which, key in entries if which == system}


def missing_functions(results):
    looked_at = {result.check.split(" ", 1)[0] for result in results}
    missing = []
    with open(os.path.join(HERE, "functions.txt"), encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                number = line.split()[0]
                if not any(tag.startswith(number) for tag in looked_at):
                    missing.append(line.strip())
    return missing


def print_table(results):
    table = {}
    for result in results:
        table.setdefault(result.check.split(" ", 1)[0], set()).add(result.program)
    for tag in sorted(table):
        print(tag, " ".join(sorted(table[tag])))


def sort_out(system, results, reasons):
    """How many are as expected, which are explained, which are not."""
    passed, happened, failures = 0, set(), []
    for result in results:
        key = "%s %s" % (result.program, result.check)
        if result.outcome == "ok":
            passed += 1
        elif key in reasons and (system != "own" or result.outcome == "absent"):
            happened.add(key)
        else:
            failures.append(str(result))
    return passed, happened, failures


def judge(system, lines, ended):
    results, broken = parse(lines)
    reasons = explained(system)
    passed, happened, failures = sort_out(system, results, reasons)
    for text in broken: # "drive C structs did not come to its end"
        key = text.split(" ", 2)[-1]
        if key in reasons and system != "own":
            happened.add(key)
        else:
            failures.append(text)
    if not ended:
        failures.append("the machine did not come to its end")
    if system == "own" and not SELECTED:
        failures += ["not looked at: " + function for function in missing_functions(results)]
    if not SELECTED:
        failures += ["explained, but does not happen: " + key for key in sorted(reasons - happened)]
    for failure in failures:
        print("%s:E: %s" % (system, failure))
    print("%s: %u checks, %u as expected, %u explained differences" %
          (system, len(results), passed, len(happened)))
    return passed, len(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=sorted(SYSTEMS))
    parser.add_argument("--machine", required=True)
    parser.add_argument("--programs", required=True)
    parser.add_argument("--images", default="", help="where BYGONE_IMAGES is not set")
    parser.add_argument("--log", help="keeps the log there")
    parser.add_argument("--table", action="store_true", help="prints which program looks at what")
    parser.add_argument("--patience", type=int, default=PATIENCE_S, metavar="SECONDS",
                        help="of the host's time for the whole run")
    parser.add_argument("--run", action="append", default=[], metavar="LINE",
                        help="only this, as \"? FUZZ 100000 1\": drive (?: the suite's), program, "
                        "arguments; may be there more than once")
    parser.add_argument("--fuzz", nargs=2, type=int, metavar=("SEEDS", "CALLS"),
                        help="only random calls: so many seeds, so many calls each")
    options = parser.parse_args()
    options.images = os.environ.get("BYGONE_IMAGES", options.images)
    SELECTED.extend(options.run)
    if options.fuzz:
        SELECTED.extend("? FUZZ %u %u" % (options.fuzz[1], n + 1) for n in range(options.fuzz[0]))
    with tempfile.TemporaryDirectory(prefix="dos-suite-", dir=options.programs) as work:
        try:
            lines, ended = SYSTEMS[options.system](options, work)
        except Skip as why:
            print("SKIP: %s" % why)
            print("0 passed, 0 failed, 1 skipped")
            return 0
    if options.log:
        with open(options.log, "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
    passed, failed = judge(options.system, lines, ended)
    if options.table:
        print_table(parse(lines)[0])
    print("%u passed, %u failed, 0 skipped" % (passed, failed))
    return 1 if failed else 0


sys.exit(main())
