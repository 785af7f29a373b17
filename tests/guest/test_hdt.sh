#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SYSLINUX on a FAT floppy with the Hardware Detection Tool: real and protected mode in turns, and a
# program that reads at the very end of the address space where there is no disk.
# test_hdt.sh BYGONE
set -u
bygone=$1
engine=${BYGONE_TEST_ENGINE:-interpret}
modules=/usr/lib/syslinux/modules/bios
dir=$(mktemp -d)
export XDG_DATA_HOME="$dir/data" XDG_RUNTIME_DIR="$dir/run" MTOOLSRC="$dir/mtoolsrc"
mkdir -m 700 "$dir/data" "$dir/run"
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0
trap '"$bygone" stop "$dir/hdt.bygone" >/dev/null 2>&1; rm -rf "$dir"' EXIT

run() {
    if timeout 300 "$@" >"$dir/out" 2>&1 </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'test_hdt.sh:F: %s\n' "$*"
        sed 's/^/    /' "$dir/out"
        "$bygone" screentext "$dir/hdt.bygone"
    fi
}

for tool in mformat mcopy syslinux; do
    command -v "$tool" >/dev/null 2>&1 || {
        printf 'SKIP: there is no %s\n0 passed, 0 failed, 1 skipped\n' "$tool"
        exit 0
    }
done
printf 'DEFAULT hdt.c32\nPROMPT 0\n' >"$dir/syslinux.cfg"
run mformat -C -i "$dir/f.img" -f 1440 ::
for module in hdt libcom32 libutil libmenu libgpl; do
    run mcopy -i "$dir/f.img" "$modules/$module.c32" ::
done
run mcopy -i "$dir/f.img" "$dir/syslinux.cfg" ::
run syslinux --install "$dir/f.img"
run "$bygone" create "$dir/hdt.bygone" --floppy "$dir/f.img" --cpu PentiumII --memory 32M --engine "$engine"
run "$bygone" start "$dir/hdt.bygone"
run "$bygone" wait "$dir/hdt.bygone" --text 'Main Menu' --timeout 280
run "$bygone" type "$dir/hdt.bygone" '{down}{enter}'
run "$bygone" wait "$dir/hdt.bygone" --text 'MB detected' --timeout 120
printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
