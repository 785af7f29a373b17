#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs lockstep on Debian's 686 kernel, which tests/guest/linux/fetch.sh brings; without it, skips
# and says why.
# Usage: kernel.sh LOCKSTEP FOLDER INSTRUCTIONS
here=$(dirname "$(readlink -f "$0")")
folder=${BYGONE_LINUX:-$2}
if ! why=$(sh "$here/../guest/linux/fetch.sh" "$folder" shell); then
    echo "SKIP: $why"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
exec "$1" --kernel "$folder/vmlinuz" --initrd "$folder/initramfs" \
    --cmdline 'console=ttyS0 panic=-1' --memory 96 --insns "$3"
