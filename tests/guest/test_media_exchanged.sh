#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A saved machine whose images were exchanged or written to meanwhile waits, and says why; what it
# wrote itself before it was saved is no change.
# test_media_exchanged.sh BYGONE PROGRAMS
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
        printf 'test_media_exchanged.sh:F: %s\n' "$what"
        sed 's/^/    /' "$dir/out"
    fi
}

# ends CODE COMMAND...
ends() {
    expected=$1
    shift
    timeout 200 "$bygone" "$@" >"$dir/out" 2>&1 </dev/null
    code=$?
    [ $code = "$expected" ] || echo "ended with $code, not $expected" >>"$dir/out"
    [ $code = "$expected" ]
}

run() {
    check "bygone $*" ends 0 "$@"
}

says() {
    grep -q "$1" "$dir/out"
}

is() {
    ends 0 monitor "$m" info status && says "$1"
}

# goes_on: the machine runs without a word.
goes_on() {
    ends 0 start "$m" && [ ! -s "$dir/out" ] && is running
}

# waits SENTENCE [COMMAND]: it is paused, and the sentence and the choices are said.
waits() {
    ends 125 "${2:-start}" "$m" && says "$1" && says '`bygone resume` goes on' && is paused
}

image() { # name, size
    truncate -s "$2" "$dir/$1"
    dd if="$programs/write.bin" of="$dir/$1" conv=notrunc status=none
}

# another FILE: a copy of it in its place.
another() {
    cp "$dir/$1" "$dir/copy" && mv "$dir/copy" "$dir/$1"
}

image a.img 1474560
image b.img 1474560
image c.img 2M
truncate -s 700k "$dir/x.iso"
printf '\001CD001\001' | dd of="$dir/x.iso" bs=1 seek=32768 conv=notrunc status=none
check create ends 0 create "$m" --engine own --memory 4M --floppy "$dir/a.img" --floppy "$dir/b.img" \
    --disk "$dir/c.img" --cdrom "$dir/x.iso"
cp "$dir/a.img" "$dir/before"

# What the guest wrote is its own.
run start "$m"
tries=100
while cmp -s "$dir/a.img" "$dir/before" && [ $tries -gt 0 ]; do
    tries=$((tries - 1))
    sleep 0.2
done
check "the guest has written" [ $tries -gt 0 ]
run save "$m"
check "nothing has changed" goes_on

# The disk: another file, another content, another size, another name.
run save "$m"
another c.img
check "another disk" waits 'c\.img (disk0) is another file than when this machine was saved\. Going on may damage'
run resume "$m"
check "it goes on" is running
run save "$m"
check "once" goes_on
run save "$m"
printf x | dd of="$dir/c.img" bs=1 seek=5000 conv=notrunc status=none
check "a disk that was written to" waits 'c\.img (disk0) was written to after this machine was saved\.'
check "the log has it" grep -q 'c\.img (disk0) was written to' "$dir/m.d/log"
run reset "$m"
run resume "$m"
check "it starts fresh" is running
run save "$m"
truncate -s 4M "$dir/c.img"
check "a disk of another size" waits 'c\.img (disk0) has another size than' run
run save "$m"
cp "$dir/c.img" "$dir/d.img"
sed -i 's/=c\.img/=d.img/' "$m"
check "a disk of another name" waits 'disk0 was c\.img when this machine was saved, now it is d\.img\. Going on may damage'
run save "$m"

# Floppies and CDs behind the same names.
another b.img
check "another floppy" waits 'b\.img (floppy1) is another file than'
run save "$m"
another x.iso
check "another CD" waits 'x\.iso (cdrom0) is another file than .* Going on may mislead the guest'
run save "$m"
another a.img
another x.iso
check "two at once: the first is named" waits 'a\.img (floppy0) is another file than'
check "one sentence" [ "$(grep -c 'another file' "$dir/out")" = 1 ]

# The right file that is away is waited for, and no change when it is back.
run save "$m"
mv "$dir/d.img" "$dir/away"
check "a disk that is away" ends 2 start "$m"
check "it is named" says 'd\.img'
mv "$dir/away" "$dir/d.img"
check "and is back" goes_on

# States of old know no files, only names and sizes.
run save "$m"
sed -i '/^Inode=\|^Modified/d' "$dir/m.d/state.media"
another d.img
check "a state of old" goes_on
run stop "$m"
another d.img
check "a machine that was switched off cares for nothing" goes_on
run stop "$m"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
