# SPDX-License-Identifier: GPL-2.0-or-later
"""The table and the picture of a benchmark run."""
import math

# Class: title, slowdown against native at most, times faster than TCG at least (None: no target).
CLASSES = {
    'int16': ('16-bit integer loops', 2.0, 4),
    'int32': ('32-bit flat integer', 1.7, 4),
    'string': ('string instructions', 1.2, 25),
    'x87': ('x87', 1.2, 20),
    'call': ('call/return heavy', 2.0, 4),
    'indirect': ('indirect dispatch', 3.0, 3),
    'paged': ('paged 32-bit integer', 2.6, 2.5),
    'codepage': ('data, stack on code pages', 3.0, 50),
    'patched': ('patched immediates', 20.0, 10),
    'planar': ('planar VGA read + write', None, 4),
    'mode13': ('mode 13h byte stores', None, 3),
    'port': ('port reads', None, 1.6),
    'cold': ('cold code, run 7 times', None, None),
}
COUNTED_MOST = 1.2
COLD_LEAST = 3.0  # million guest instructions translated in a second
INTERPRET_LEAST = 100.0  # million instructions in a second, on int16
LINUX_LEAST = 3.0  # times faster than TCG
# cold: made instructions, see kernels/kernels32.asm
COLD_INSNS = 16384 * 11

HEAD = ('%-26s %10s %10s %10s %10s | %7s %7s %7s | %7s %8s' %
        ('us for one pass', 'native', 'translate', 'interpret', 'TCG', 'x native', 'x faster',
         'counted', 'M/s', 'interp'))
LEGEND = """\
x native: translate / native.  x faster: TCG / translate.  counted: with --counted / without.
M/s, interp: million guest instructions a second under translate and interpret."""


def geomean(values):
    values = [v for v in values if v]
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else None


def ratio(a, b):
    return a / b if a and b else None


def number(value, digits=2):
    return '-' if value is None else '%.*f' % (digits, value)


class Row:
    """What was measured of a kernel: seconds by contestant, guest instructions of one pass."""

    def __init__(self, kernel):
        self.kernel, self.seconds, self.insns = kernel, {}, None

    def take(self, name, seconds):
        self.seconds[name] = min(seconds, self.seconds.get(name, seconds))

    def get(self, name):
        return self.seconds.get(name)

    def slowdown(self):
        return ratio(self.get('translate'), self.get('native'))

    def faster(self):
        return ratio(self.get('tcg'), self.get('translate'))

    def counted(self):
        return ratio(self.get('counted'), self.get('translate'))

    def mips(self, name):
        return ratio(self.insns, self.get(name) and self.get(name) * 1e6)

    def line(self):
        micro = [None if self.get(c) is None else self.get(c) * 1e6
                 for c in ('native', 'translate', 'interpret', 'tcg')]
        return ('  %-24s %10s %10s %10s %10s | %7s %7s %7s | %7s %8s' %
                (self.kernel.name, *(number(m, 2) for m in micro), number(self.slowdown()),
                 number(self.faster()), number(self.counted()), number(self.mips('translate'), 0),
                 number(self.mips('interpret'), 0)))


class Verdict:
    """A sentence about one target: title, what was measured, what is wanted, met or missed."""

    def __init__(self, title, found, wanted, at_most, unit='x'):
        self.title, self.found, self.wanted, self.unit = title, found, wanted, unit
        self.at_most = at_most
        self.met = None if found is None else found <= wanted if at_most else found >= wanted

    def line(self):
        word = 'not measured' if self.met is None else 'met' if self.met else 'MISSED'
        return '%-44s %8s %-4s at %-5s %6g   %s' % (
            self.title, number(self.found), self.unit, 'most' if self.at_most else 'least',
            self.wanted, word)


def class_line(cls, rows):
    title, most, least = CLASSES[cls]
    wanted = ['at most %g x native' % most] if most else []
    wanted += ['%g x faster than TCG' % least] if least else []
    mean = [geomean([r.slowdown() for r in rows]), geomean([r.faster() for r in rows]),
            geomean([r.counted() for r in rows]), geomean([r.mips('translate') for r in rows]),
            geomean([r.mips('interpret') for r in rows])]
    return '%-26s %43s | %7s %7s %7s | %7s %8s' % (
        title, ', '.join(wanted) or 'geometric means', *(number(m) for m in mean[:3]),
        number(mean[3], 0), number(mean[4], 0))


def verdicts(rows):
    found = []
    by_class = {cls: [r for r in rows if r.kernel.cls == cls] for cls in CLASSES}
    for cls, members in by_class.items():
        title, most, least = CLASSES[cls]
        if members and most:
            found.append(Verdict(title + ', against native',
                                 geomean([r.slowdown() for r in members]), most, True))
        if members and least:
            found.append(Verdict(title + ', faster than TCG',
                                 geomean([r.faster() for r in members]), least, False))
    if by_class['int16']:
        found.append(Verdict('interpreter, 16-bit integer loops',
                             geomean([r.mips('interpret') for r in by_class['int16']]),
                             INTERPRET_LEAST, False, 'M/s'))
    if by_class['cold']:
        seconds = by_class['cold'][0].get('translate')
        found.append(Verdict('cold code, translated',
                             ratio(COLD_INSNS / 1e6, seconds), COLD_LEAST, False, 'M/s'))
    counted = [r.counted() for r in rows if r.counted()]
    if counted:
        found.append(Verdict('counted time, against itself', geomean(counted), COUNTED_MOST, True))
    return found


def linux_verdict(seconds):
    return Verdict("Debian's 686 kernel, faster than TCG",
                   ratio(seconds.get('tcg'), seconds.get('translate')), LINUX_LEAST, False)


def table(rows, remarks, linux):
    lines = [HEAD, '-' * len(HEAD)]
    for cls in CLASSES:
        members = [r for r in rows if r.kernel.cls == cls]
        if members:
            lines += [class_line(cls, members)] + [r.line() for r in members] + ['']
    if linux:
        lines += ["Debian's 686 kernel to its first user process, processor seconds: "
                  + ', '.join('%s %.2f' % item for item in linux.items()), '']
    judged = verdicts(rows) + ([linux_verdict(linux)] if linux else [])
    lines += [v.line() for v in judged]
    met, missed = (sum(v.met is wanted for v in judged) for wanted in (True, False))
    lines += ['%d targets met, %d missed' % (met, missed), '', LEGEND] + remarks
    return '\n'.join(lines) + '\n'


COLOURS = {'translate': '#2a6f97', 'tcg': '#c1666b', 'interpret': '#a9a9a9'}
LEFT, TOP, BAR, WIDE = 130, 60, 6, 640


def plot(rows):
    """Slowdown against native on a logarithmic scale; without native, against translate."""
    shown = []
    for cls in CLASSES:
        shown += [r for r in rows if r.kernel.cls == cls]
    top = 4.0  # powers of ten
    bottom = -0.5
    height = TOP + len(shown) * (3 * BAR + 6) + 20

    def x(value):
        return LEFT + WIDE * (min(max(math.log10(value), bottom), top) - bottom) / (top - bottom)

    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
           'font-size="11">' % (LEFT + WIDE + 60, height), '<rect width="100%" height="100%" fill="white"/>',
           '<text x="10" y="18" font-size="14">Slowdown against the host itself (* no such thing: '
           'against translate)</text>']
    for n, (name, colour) in enumerate(COLOURS.items()):
        out.append('<rect x="%d" y="28" width="10" height="10" fill="%s"/><text x="%d" y="37">%s</text>'
                   % (LEFT + n * 100, colour, LEFT + 14 + n * 100, name))
    for power in range(0, 5):
        at = x(10 ** power)
        out.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ccc"/><text x="%.1f" y="%d" '
                   'text-anchor="middle">%d</text>' % (at, TOP - 4, at, height - 10, at, TOP - 8, 10 ** power))
    y = TOP
    for r in shown:
        base = r.get('native') or r.get('translate')
        label = r.kernel.name + (' (paged)' if r.kernel.paged else '')
        out.append('<text x="%d" y="%d" text-anchor="end">%s%s</text>'
                   % (LEFT - 6, y + 2 * BAR + 1, label, '' if r.get('native') else ' *'))
        for name, colour in COLOURS.items():
            value = ratio(r.get(name), base)
            if value:
                a, b = sorted((x(1), x(value)))
                out.append('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="%s"><title>%s</title></rect>'
                           % (a, y, max(b - a, 1), BAR - 1, colour, number(value)))
            y += BAR
        y += 6
    out.append('</svg>')
    return '\n'.join(out) + '\n'
