# SPDX-License-Identifier: GPL-2.0-or-later
"""Those that run the benchmark's kernels: processes that take commands on their standard input.

Each waits, halted, between commands, so the processor time of its processes is that of the kernel;
it is read from the kernel's clock of each process, which a loaded host does not disturb much.
"""
import glob
import os
import select
import shutil
import struct
import subprocess
import time

ROW = 32
GUEST_ONLY, ONCE = 1, 8
# A contestant that says nothing for so long (seconds) has failed; hosts may be loaded.
PATIENCE = 300
# Still: less processor time than this in SETTLE seconds.
STILL = 60e-6
SETTLE = 0.002


class Failed(Exception):
    pass


class Kernel:
    def __init__(self, number, name, cls, flags, paged=False):
        self.number, self.name, self.cls, self.paged = number, name, cls, paged
        self.native = not flags & GUEST_ONLY
        self.once = bool(flags & ONCE)


def read_table(path, first):
    """The table of kernels at the beginning of an image."""
    with open(path, 'rb') as f:
        image = f.read()
    size = struct.unpack_from('<I', image, 4)[0]
    kernels = []
    for at in range(16, 16 + size, ROW):
        name, cls, flags = struct.unpack_from('<12s10sH', image, at)
        kernels.append(Kernel(first + len(kernels), name.rstrip(b'\0').decode(),
                              cls.rstrip(b'\0').decode(), flags))
    return kernels


def all_kernels(folder):
    kernels = read_table(os.path.join(folder, 'kernels16.bin'), 0)
    kernels += read_table(os.path.join(folder, 'kernels32.bin'), len(kernels))
    for k in [k for k in kernels if k.cls == 'int32']:
        kernels.append(Kernel(k.number, k.name, 'paged', 0, paged=True))
    return kernels


class Contestant:
    """halts: its processes are still while the guest halts."""

    def __init__(self, name, argv, halts=True):
        self.name, self.argv, self.halts = name, argv, halts
        self.process = None
        self.text = b''
        self.counts = {}
        self.base = 0

    def start(self):
        self.process = subprocess.Popen(self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, bufsize=0)
        self.wait(b'R')

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def read(self, n):
        """The next n characters from the line."""
        end = time.monotonic() + PATIENCE
        out = self.process.stdout
        while len(self.text) < n:
            ready, _, _ = select.select([out], [], [], max(0, end - time.monotonic()))
            data = os.read(out.fileno(), 4096) if ready else b''
            if not data:
                raise Failed(self.why(ready))
            self.text += data
        text, self.text = self.text[:n], self.text[n:]
        return text

    def why(self, ended):
        if not ended:
            return '%s: no answer in %d seconds' % (self.name, PATIENCE)
        self.process.wait()
        said = self.process.stderr.read().decode(errors='replace').strip().splitlines()
        return '%s ended with code %d%s' % (self.name, self.process.returncode,
                                            ': ' + said[-1] if said else '')

    def wait(self, char):
        while self.read(1) != char:
            pass

    def send(self, text):
        try:
            self.process.stdin.write(text.encode())
        except BrokenPipeError:
            raise Failed(self.why(True)) from None

    def pids(self):
        """The process and those below it."""
        pids = [self.process.pid]
        for pid in pids:
            try:
                with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
                    pids += [int(word) for word in f.read().split()]
            except OSError:
                pass
        return pids

    def cpu(self):
        """Processor seconds used so far: Linux' clock number of another process is ~pid * 8 + 2."""
        ns = 0
        for pid in self.pids():
            try:
                ns += time.clock_gettime_ns(~pid * 8 + 2)
            except OSError:
                pass
        return ns / 1e9

    def awake(self):
        """One of its threads runs, or would if the host let it."""
        for pid in self.pids():
            for task in glob.glob('/proc/%d/task/*/stat' % pid):
                try:
                    with open(task) as f:
                        if f.read().rpartition(') ')[2][:1] == 'R':
                            return True
                except OSError:
                    pass
        return False

    def still_cpu(self):
        now = self.cpu()
        for _ in range(200 if self.halts else 0):
            time.sleep(SETTLE)
            before, now = now, self.cpu()
            if now - before < STILL and not self.awake():
                break
        return now

    def run(self, kernel, passes):
        """Processor seconds, result, advance of the time-stamp counter."""
        self.send('%s%02X%08X' % ('P' if kernel.paged else 'K', kernel.number, passes))
        self.wait(b'S')
        before = self.still_cpu()
        self.send('G')
        self.wait(b'E')
        after = self.still_cpu() if self.halts else self.cpu()
        answer = self.read(16)
        self.wait(b'R')
        return after - before, int(answer[:8], 16), int(answer[8:], 16)

    def runs(self, kernel):
        return kernel.native or self.name != 'native'

    def find_base(self, kernel):
        """What a command costs beside the work: the answer goes out at the true speed of a serial
        line, and the guest waits for it busily.  kernel: a short one."""
        self.base = min(self.run(kernel, 1)[0] for _ in range(5))

    def work(self, kernel, passes):
        return max(self.run(kernel, passes)[0] - self.base, 1e-6)

    def calibrate(self, kernel, seconds):
        """Finds how many passes take about so long.  A loaded host now and then gives one run much
        too much time: the count must hold twice."""
        passes = 1
        used = self.work(kernel, 1)
        while not kernel.once and used < seconds / 2 and passes < 1 << 28:
            grown = passes * max(2, min(8, int(seconds / used)))
            passes = min(1 << 28, grown)
            used = min(self.work(kernel, passes), self.work(kernel, passes))
        self.counts[kernel.name, kernel.paged] = passes

    def measure(self, kernel):
        """Seconds for one pass, and the result."""
        passes = self.counts[kernel.name, kernel.paged]
        used, result, _ = self.run(kernel, passes)
        return max(used - self.base, 1e-6) / passes, result


def own_copy(folder, into, name):
    """An image in use is locked: each has one of its own."""
    return shutil.copy(os.path.join(folder, 'floppy.img'), os.path.join(into, name + '.img'))


def bygone(build, folder, into, name, *options):
    return Contestant(name, [os.path.join(build, 'gui/command/bygone'), 'boot',
                             own_copy(folder, into, name), '--memory', '16M', '--cpu',
                             'PentiumII', '--headless', '--serial', 'stdio', *options],
                      '--counted' not in options)


def qemu(folder, into):
    """None where it is not installed."""
    program = shutil.which('qemu-system-i386')
    if not program:
        return None
    return Contestant('tcg', [program, '-accel', 'tcg', '-m', '16', '-nodefaults', '-no-user-config',
                              '-vga', 'std', '-display', 'none', '-boot', 'a', '-drive',
                              'file=%s,if=floppy,format=raw' % own_copy(folder, into, 'tcg'),
                              '-serial', 'stdio'])


def native(folder):
    return Contestant('native', [os.path.join(folder, 'native'),
                                 os.path.join(folder, 'kernels16.bin'),
                                 os.path.join(folder, 'kernels32.bin')])
