#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The self-checking floppy on the whole board: what comes out of the serial port must be the expected
# log to the last character, although the guest switches off right behind it.
# Usage: boot.sh BYGONE IMAGE EXPECTED
out=$(mktemp)
timeout 250 "$1" boot "$2" --cpu PentiumII --serial stdio --headless --debug-exit --engine own \
    </dev/null 2>&1 | tr -d '\r' >"$out"
if diff "$out" "$3"; then
    echo "1 passed, 0 failed, 0 skipped"
    status=0
else
    echo "0 passed, 1 failed, 0 skipped"
    status=1
fi
rm -f "$out"
exit $status
