#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a person puts into a drive is there at the next start and after a resume; what a program
# exchanges by the control socket is not, and a resumed guest hears of that.
# test_media_kept.sh BYGONE PROGRAMS
set -u
bygone=$1
programs=$2
dir=$(mktemp -d)
export XDG_DATA_HOME="$dir/data" XDG_RUNTIME_DIR="$dir/run" XDG_CACHE_HOME="$dir/cache"
mkdir -m 700 "$dir/data" "$dir/run"
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0
m=$dir/m.bygone
nothing='not inserted'

clean_up() {
    "$bygone" stop "$m" >"$dir/out" 2>&1
    rm -rf "$dir"
}
trap clean_up EXIT

check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'test_media_kept.sh:F: %s\n' "$what"
        sed 's/^/    /' "$dir/out"
    fi
}

run() {
    check "bygone $*" try "$@"
}

try() {
    timeout 200 "$bygone" "$@" >"$dir/out" 2>&1 </dev/null
}

# in DRIVE NAME: what `info block` shows there.
in_drive() {
    try monitor "$m" info block && grep -q "^$1.*$2" "$dir/out"
}

says() {
    grep -q "$1" "$dir/out"
}

has() {
    cp "$m" "$dir/out"
    grep -qx "$1" "$m"
}

for name in a b c; do
    truncate -s 1474560 "$dir/$name.img"
    dd if="$programs/halt.bin" of="$dir/$name.img" conv=notrunc status=none
done
truncate -s 700k "$dir/x.iso"
printf '\001CD001\001' | dd of="$dir/x.iso" bs=1 seek=32768 conv=notrunc status=none
run create "$m" --engine own --memory 4M --floppy "$dir/a.img" --cdrom ''
sed -i 's/^\[Floppy A\]/# which disk\n[Floppy A]/' "$m"
cp "$m" "$dir/first"
run start "$m"

# A person's exchange, by save and by power cycle.
run media "$m" a "$dir/b.img"
check "it is silent" [ ! -s "$dir/out" ]
check "the profile has the image" has 'File=b.img'
sed 's/^File=.*/File=b.img/' "$dir/first" >"$dir/expected"
check "and nothing else is changed" cmp -s "$m" "$dir/expected"
run save "$m"
run start "$m"
check "a resumed machine has it" in_drive floppy0 b.img
run stop "$m"
run start "$m"
check "so has one that was switched off" in_drive floppy0 b.img

# For once.
run media "$m" a "$dir/c.img" --once
check "it is in" in_drive floppy0 c.img
check "but not in the profile" has 'File=b.img'
run save "$m"
run start "$m"
check "a resume says that the medium is another" says 'floppy0 had c.img .*now it has b.img'
check "and which is in" in_drive floppy0 b.img
run save "$m"
run start "$m"
check "nothing is said of what is as it was" [ ! -s "$dir/out" ]

# A write-protected one, and a CD.
run media "$m" a "$dir/c.img" --read-only
check "the protection is kept" has 'ReadOnly=true'
run media "$m" cd "$dir/x.iso"
check "the CD is kept" has 'Image=x.iso'
run stop "$m"
run start "$m"
check "the CD is in" in_drive cdrom0 x.iso

# Programs by the control socket change no file.
cp "$m" "$dir/before"
python3 - "$(echo "$dir"/run/bygone/*/control)" >"$dir/out" 2>&1 <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile('r')
f.readline()
for text in ({"execute": "qmp_capabilities"},
             {"execute": "eject", "arguments": {"id": "floppy0", "force": True}}):
    s.sendall(json.dumps(text).encode())
    while 'return' not in json.loads(f.readline()):
        pass
END
check "a program took it out" in_drive floppy0 "$nothing"
check "the profile stays" cmp -s "$m" "$dir/before"

# A person takes both out.
run media "$m" a "$dir/b.img"
run eject "$m" a
run eject "$m" cd
check "no file" [ "$(grep -c '^File=\|^Image=\|^ReadOnly=' "$m")" = 0 ]
run stop "$m"
run start "$m"
check "the floppy drive is empty" in_drive floppy0 "$nothing"
check "the CD drive is empty" in_drive cdrom0 "$nothing"
run stop "$m"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
