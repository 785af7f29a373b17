#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A FreeDOS hard disk from nothing: an empty one by `bygone create`, partition and file system by
# Debian's tools, then booted to its prompt and written to.  Twice: with the shape that the disk has
# by its size, and with one that no BIOS translation gives and that only its partition table tells.
# test_hard_disk.sh BYGONE IMAGES; BYGONE_TEST_ENGINE names the engine
set -u
bygone=$1
engine=${BYGONE_TEST_ENGINE:-interpret}
images=${BYGONE_IMAGES:-$2}
modules=/usr/lib/syslinux/modules/bios
mbr=/usr/lib/syslinux/mbr/mbr.bin
dir=$(mktemp -d)
export XDG_DATA_HOME="$dir/data" XDG_RUNTIME_DIR="$dir/run" XDG_CACHE_HOME="$dir/cache"
export MTOOLSRC="$dir/mtoolsrc" MTOOLS_SKIP_CHECK=1
mkdir -m 700 "$dir/data" "$dir/run"
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0

clean_up() {
    for m in "$dir"/*.bygone; do
        [ ! -e "$m" ] || "$bygone" stop "$m" >"$dir/out" 2>&1
    done
    rm -rf "$dir"
}
trap clean_up EXIT

skip() {
    printf 'SKIP: %s\n0 passed, 0 failed, 1 skipped\n' "$*"
    exit 0
}

run() {
    if timeout 300 "$@" >"$dir/out" 2>&1 </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'test_hard_disk.sh:F: %s\n' "$*"
        sed 's/^/    /' "$dir/out"
    fi
}

says() {
    if grep -qE "$1" "$dir/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'test_hard_disk.sh:F: the output has no "%s"\n' "$1"
        sed 's/^/    /' "$dir/out"
    fi
}

[ "$engine" != kvm ] || [ -w /dev/kvm ] || skip "no KVM here: /dev/kvm cannot be opened"
[ -f "$images/freedos-1440.img" ] || skip "freedos-1440.img is not there; BYGONE_IMAGES names its folder"
for tool in mpartition mformat mcopy syslinux; do
    command -v "$tool" >/dev/null 2>&1 || skip "there is no $tool"
done
[ -f "$mbr" ] && [ -f "$modules/chain.c32" ] || skip "Debian's syslinux-common is not installed"

# dos_disk NAME HEADS SECTORS: makes NAME.bygone with a bootable disk.
dos_disk() {
    name=$1
    heads=$2
    sectors=$3
    image=$dir/$name-disk0.img
    run "$bygone" create "$dir/$name.bygone" --disk 32M --template freedos --engine "$engine"
    all=$(($(stat -c %s "$image") / 512))
    cylinders=$((all / heads / sectors))
    length=$((cylinders * heads * sectors - sectors))
    printf 'drive p: file="%s" partition=1\ndrive c: file="%s" offset=%d\n' \
        "$image" "$image" $((sectors * 512)) >"$MTOOLSRC"
    run mpartition -I -t $cylinders -h "$heads" -s "$sectors" p:
    run mpartition -c -t $cylinders -h "$heads" -s "$sectors" p:
    run mpartition -a p:
    run mformat -h "$heads" -s "$sectors" -T $length -H "$sectors" c:
    run mcopy -i "$images/freedos-1440.img" ::COMMAND.COM ::KERNEL.SYS "$dir"
    printf 'DEFAULT dos\nLABEL dos\n  COM32 chain.c32\n  APPEND freedos=/KERNEL.SYS\n' \
        >"$dir/syslinux.cfg"
    printf '@echo off\r\necho It has begun.\r\n' >"$dir/AUTOEXEC.BAT"
    run mcopy -o "$dir/COMMAND.COM" "$dir/KERNEL.SYS" "$dir/syslinux.cfg" "$dir/AUTOEXEC.BAT" \
        "$modules/chain.c32" "$modules/libcom32.c32" "$modules/libutil.c32" c:
    run syslinux --offset $((sectors * 512)) -i "$image"
    run dd if="$mbr" of="$image" conv=notrunc bs=440 count=1
    rm -f "$dir/COMMAND.COM" "$dir/KERNEL.SYS"
}

for shape in 16/63 255/63; do
    m=dos${shape%/*}
    dos_disk "$m" "${shape%/*}" "${shape#*/}"
    run "$bygone" check "$dir/$m.bygone"
    says "Disk 0 was made with ${shape%/*} heads and ${shape#*/} sectors by its partition table"
    run "$bygone" start "$dir/$m.bygone"
    run "$bygone" wait "$dir/$m.bygone" --text '^C:.>' --timeout 240
    run "$bygone" screentext "$dir/$m.bygone"
    says 'C: HD1.*CHS= +0-1-1'
    says '^It has begun'
    run "$bygone" type "$dir/$m.bygone" 'copy command.com again.com{enter}'
    run "$bygone" wait "$dir/$m.bygone" --text 'again.com' --timeout 120
    run "$bygone" type "$dir/$m.bygone" 'echo written > a.txt{enter}type a.txt{enter}'
    run "$bygone" wait "$dir/$m.bygone" --text '^written' --timeout 120
    sleep 2
    run "$bygone" stop "$dir/$m.bygone"
    run mtype c:a.txt
    says '^written'
    run mcopy c:AGAIN.COM "$dir"
    run mcopy c:COMMAND.COM "$dir"
    run cmp "$dir/AGAIN.COM" "$dir/COMMAND.COM"
    rm -f "$dir"/*.COM
done
printf '%d passed, %d failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" = 0 ]
