#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fetches Debian's i386 kernels for the guest tests, once, without touching the host's packages: apt
# works on lists of its own below FOLDER.  Ends with a sentence and code 1 where that cannot be.
# Usage: fetch.sh FOLDER shell|installer
set -u
folder=$1
what=$2
here=$(dirname "$(readlink -f "$0")")
suite=bookworm

fail() {
    echo "$*"
    exit 1
}

case $what in
shell) done=$folder/initramfs ;;
installer) done=$folder/installer.gz ;;
*) fail "fetch.sh: shell or installer, not $what" ;;
esac
[ ! -e "$done" ] || exit 0
command -v apt-get >/dev/null 2>&1 || fail "no apt-get to fetch Debian's i386 kernels with"
mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" || fail "$folder cannot be made"
cd "$folder" || fail "$folder cannot be entered"
exec 9>lock
flock 9
[ ! -e "$done" ] || exit 0
cat >sources.list <<EOF
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main
EOF
apt() {
    tool=$1
    shift
    "$tool" -o APT::Architecture=i386 -o APT::Architectures=i386 -o Dir::State::lists="$folder/lists" \
        -o Dir::Cache="$folder/cache" -o Dir::State::status=/dev/null -o Debug::NoLocking=1 \
        -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o APT::Sandbox::User= -o Acquire::http::Timeout=20 -o Acquire::Languages=none \
        -o Acquire::Retries=1 "$@" </dev/null
}
apt apt-get -qq update >log 2>&1 || fail "Debian's i386 packages cannot be reached: $(tail -n 1 log)"

# unpack PACKAGE: fetches and unpacks it into a folder of its name.
unpack() {
    rm -rf "$1" ./"$1"_*.deb
    apt apt-get -qq download "$1" >log 2>&1 || fail "$1 cannot be fetched: $(tail -n 1 log)"
    dpkg-deb -x ./"$1"_*.deb "$1" || fail "$1 cannot be unpacked"
    rm -f ./"$1"_*.deb
}

if [ "$what" = shell ]; then
    image=$(apt apt-cache depends linux-image-686 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1)
    [ -n "$image" ] || fail "Debian names no 686 kernel"
    unpack "$image"
    unpack busybox-static
    cp "$image"/boot/vmlinuz-* vmlinuz
    python3 "$here/initramfs.py" busybox-static/bin/busybox "$here/init" initramfs.new ||
        fail "the initramfs cannot be made"
    rm -rf "$image" busybox-static
    mv initramfs.new initramfs
else
    package=debian-installer-12-netboot-i386
    unpack $package
    images=$package/usr/lib/debian-installer/images/12/i386/text/debian-installer/i386
    cp "$images/linux" installer
    mv "$images/initrd.gz" installer.gz
    rm -rf $package
fi
