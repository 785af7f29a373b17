#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Starts FreeDOS again and again, each time in a machine and a process of its own, until A:\> is
# there.  Arguments: the build folder, how often, the engine.
set -u
build=$1 times=${2:-100} engine=${3:-own}
image=${BYGONE_IMAGES:-}/freedos-1440.img
limit=60
[ "$engine" = kvm ] && limit=300
dir=$(mktemp -d /tmp/starts-XXXXXX)
export XDG_RUNTIME_DIR="$dir" XDG_DATA_HOME="$dir" HOME="$dir"
bygone=$build/gui/command/bygone
passed=0 failed=0 slowest=0
trap '"$bygone" stop "$dir/$n/fd.bygone" >/dev/null 2>&1; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
n=0
[ -r "$image" ] || {
    echo "SKIP: BYGONE_IMAGES/freedos-1440.img is not there"
    echo "0 passed, 0 failed, $times skipped"
    exit
}
while [ $n -lt "$times" ]; do
    n=$((n + 1))
    mkdir "$dir/$n"
    profile=$dir/$n/fd.bygone
    cp "$image" "$dir/$n/fd.img"
    "$bygone" create "$profile" --template freedos --floppy "$dir/$n/fd.img" >/dev/null
    begin=$(date +%s%3N)
    if "$bygone" start "$profile" --engine "$engine" &&
        "$bygone" wait "$profile" --text 'A:\\>' --timeout $limit; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "start $n:F: no prompt"
        "$bygone" screentext "$profile" 2>/dev/null | grep -v '^ *$' | sed 's/^/    /'
    fi
    took=$(($(date +%s%3N) - begin))
    [ $took -le $slowest ] || slowest=$took
    "$bygone" stop "$profile" >/dev/null 2>&1
    rm -rf "${dir:?}/$n"
done
echo "slowest: $slowest ms; load $(cut -d' ' -f1 /proc/loadavg)"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
