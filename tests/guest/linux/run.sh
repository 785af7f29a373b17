#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs test_linux on what fetch.sh brings; without it, skips and says why.
# Usage: run.sh TEST_LINUX shell|installer|memtest FOLDER
here=$(dirname "$(readlink -f "$0")")
folder=${BYGONE_LINUX:-$3}
if [ "$2" = memtest ]; then
    folder=/boot
    [ -e $folder/memtest86+ia32.bin ] || {
        echo "SKIP: no memtest86+ia32.bin (Debian package memtest86+)"
        echo "0 passed, 0 failed, 1 skipped"
        exit 0
    }
elif ! why=$(sh "$here/fetch.sh" "$folder" "$2"); then
    echo "SKIP: $why"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
exec "$1" "$2" "$folder"
