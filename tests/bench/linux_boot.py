# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's 686 kernel to its first user process: processor seconds under translate and under TCG.

Without the kernel's messages: our serial line takes its true time for each, which the kernel spends
in a loop, and QEMU's takes none.
"""
import os
import shutil
import subprocess

import contestants

# That process's prompt.
SIGN = b'bygone> '


def commands(build, folder):
    kernel, initrd = (os.path.join(folder, name) for name in ('vmlinuz', 'initramfs'))
    line = 'console=ttyS0,115200 quiet'
    found = {'translate': [os.path.join(build, 'gui/command/bygone'), 'boot', '--kernel', kernel,
                           '--initrd', initrd, '--append', line, '--memory', '128M', '--cpu',
                           'PentiumII', '--engine', 'translate', '--headless', '--serial', 'stdio']}
    qemu = shutil.which('qemu-system-i386')
    if qemu:
        found['tcg'] = [qemu, '-accel', 'tcg', '-cpu', 'pentium2', '-m', '128', '-nodefaults', '-vga',
                        'std', '-display', 'none', '-serial', 'stdio', '-kernel', kernel, '-initrd',
                        initrd, '-append', line]
    return found


def once(name, argv):
    part = contestants.Contestant(name, argv)
    text = b''
    part.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, bufsize=0)
    try:
        while SIGN not in text:
            text = text[-len(SIGN):] + part.read(1)
        return part.cpu()
    finally:
        part.stop()


def fetch(build):
    """The folder of kernel and initramfs, and why there is none."""
    folder = os.environ.get('BYGONE_LINUX', os.path.join(build, 'tests/guest/linux'))
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../guest/linux/fetch.sh')
    done = subprocess.run(['sh', script, os.path.abspath(folder), 'shell'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return folder, done.stdout.decode(errors='replace').strip() if done.returncode else None


def times(build, repeats, remarks):
    """Least seconds by contestant; empty, with a remark, where the kernel is not to be had."""
    folder, why = fetch(build)
    if why is not None:
        remarks.append('No Linux kernel: %s' % why)
        return {}
    least = {}
    for _ in range(repeats):
        for name, argv in commands(build, folder).items():
            try:
                used = once(name, argv)
            except contestants.Failed as why:
                remarks.append('Linux: %s' % why)
                continue
            least[name] = min(used, least.get(name, used))
    return least
