#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes an initramfs of busybox and an init: a cpio archive in the "newc" form.

initramfs.py BUSYBOX INIT OUTPUT
"""
import stat
import sys


def entry(number, name, mode, data=b"", device=(0, 0)):
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, device[0], device[1], len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return pad(head) + pad(data)


def pad(data):
    return data + bytes(-len(data) % 4)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def main(busybox, init, target):
    members = [(folder, stat.S_IFDIR | 0o755) for folder in "bin dev proc sys tmp".split()]
    members += [
        ("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1)),
        ("bin/busybox", stat.S_IFREG | 0o755, read(busybox)),
        ("bin/sh", stat.S_IFLNK | 0o777, b"busybox"),
        ("init", stat.S_IFREG | 0o755, read(init)),
        ("TRAILER!!!", 0),
    ]
    with open(target, "wb") as f:
        for number, member in enumerate(members):
            f.write(entry(number, *member))


main(*sys.argv[1:])
