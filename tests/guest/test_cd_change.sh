#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# CDs by command line and control socket: made, booted, refused in one sentence, changed.
# test_cd_change.sh BYGONE; TEST_PROGRAMS is where the boot sectors are.
set -u
bygone=$1
dir=$(mktemp -d)
export XDG_DATA_HOME="$dir/data" XDG_RUNTIME_DIR="$dir/run" XDG_CACHE_HOME="$dir/cache"
mkdir -m 700 "$dir/data" "$dir/run"
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0

clean_up() {
    "$bygone" stop "$dir/m.bygone" >"$dir/out" 2>&1
    rm -rf "$dir"
}
trap clean_up EXIT

if ! command -v xorriso >/dev/null 2>&1; then
    echo "SKIP: there is no xorriso"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi

ok() {
    passed=$((passed + 1))
}

bad() {
    failed=$((failed + 1))
    printf 'test_cd_change.sh:F: %s\n' "$*"
    sed 's/^/    /' "$dir/out" "$dir/err"
}

run() {
    want=$1
    shift
    timeout 120 "$bygone" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    if [ "$code" = "$want" ]; then ok; else bad "bygone $*: code $code, not $want"; fi
}

complains() {
    if [ "$(wc -l <"$dir/err")" = 1 ] && grep -qE "^bygone: .*$1" "$dir/err"; then
        ok
    else
        bad "not the one sentence \"$1\""
    fi
}

says() {
    if grep -qE "$1" "$dir/out"; then ok; else bad "the output has no \"$1\""; fi
}

# iso NAME PROGRAM: a CD that boots a program without emulating a disk.
iso() {
    mkdir "$dir/$1"
    cp "$TEST_PROGRAMS/$2.bin" "$dir/$1/boot.bin"
    xorriso -as mkisofs -quiet -V "$1" -b boot.bin -no-emul-boot -boot-load-size 4 \
        -o "$dir/$1.iso" "$dir/$1" >"$dir/err" 2>&1 || bad "xorriso"
}

# control COMMAND FILE-OR-"-" ARGUMENTS: one QMP command, with the file's descriptor where given;
# FD stands for its name.
control() {
    python3 - "$(echo "$dir"/run/bygone/*/control)" "$@" >"$dir/out" 2>"$dir/err" <<'END'
import json, socket, sys
path, command, name, arguments = sys.argv[1:]
s = socket.socket(socket.AF_UNIX)
s.connect(path)
f = s.makefile('r')
f.readline()
def execute(command, arguments, fds=()):
    text = json.dumps({'execute': command, 'arguments': arguments}).encode()
    socket.send_fds(s, [text], fds)
    while True:
        answer = json.loads(f.readline())
        if 'event' not in answer:
            return answer
execute('qmp_capabilities', {})
if name != '-':
    with open(name, 'rb') as image:
        number = execute('add-fd', {}, [image.fileno()])['return']['fdset-id']
    arguments = arguments.replace('FD', '/dev/fdset/%d' % number)
print(json.dumps(execute(command, json.loads(arguments))))
END
}

insert() {
    control __org.bygone_insert "$2" \
        "{\"drive\": \"$1\", \"filename\": \"FD\", \"label\": \"$2\"}"
}

iso good exit
iso other halt
head -c 1474560 /dev/zero >"$dir/floppy.img"
head -c 40000 "$dir/good.iso" >"$dir/short.iso"
echo text >"$dir/text.iso"

# El Torito: the program on the CD ends the machine with its code.
run 43 boot "$dir/good.iso" --headless --debug-exit --engine own

for case in 'floppy.img:not one of a CD' 'short.iso:not a multiple of 2048' \
    'text.iso:not a multiple of 512' 'none.iso:cannot be opened'; do
    run 2 create "$dir/x.bygone" --cdrom "$dir/${case%%:*}"
    complains "${case#*:}"
done
if [ -e "$dir/x.bygone" ]; then bad "a wrong profile was left"; else ok; fi
run 2 boot "$dir/good.iso" "$dir/good.iso" "$dir/good.iso" --headless
complains 'no drive left'
run 0 create "$dir/x.bygone" --disk 1M --disk 1M --disk 1M --cdrom none
run 0 check "$dir/x.bygone"
sed -i 's/^Image=/Position=secondary-master\nImage=/' "$dir/x.bygone"
run 2 check "$dir/x.bygone"
complains 'secondary-master of \[Cdrom\] is taken'
sed -i 's/secondary-master/tertiary/' "$dir/x.bygone"
run 2 check "$dir/x.bygone"
complains 'accepted is primary-master'

# Changing while the machine runs.
run 0 create "$dir/m.bygone" --cdrom "$dir/other.iso" --floppy "$dir/floppy.img" --engine own
run 0 start "$dir/m.bygone"
for name in good other; do
    insert cdrom0 "$dir/$name.iso"
    says '"return": \{\}'
done
insert cdrom0 "$dir/floppy.img"
says 'not one of a CD'
insert floppy0 "$dir/good.iso"
says 'no floppy image'
insert cdrom1 "$dir/good.iso"
says 'There is no drive cdrom1'
control eject - '{"device": "cdrom0"}'
says '"return": \{\}'
insert cdrom0 "$dir/good.iso"
says '"return": \{\}'
run 0 save "$dir/m.bygone"
run 0 start "$dir/m.bygone"
run 0 stop "$dir/m.bygone"
printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" = 0 ]
