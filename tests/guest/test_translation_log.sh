#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the translator tells of its work: the log, and the map for perf.
# test_translation_log.sh BYGONE IMAGE, a floppy that ends the machine by itself
set -u
bygone=$1
image=$2
dir=$(mktemp -d)
export XDG_DATA_HOME="$dir/data" XDG_RUNTIME_DIR="$dir/run" XDG_CACHE_HOME="$dir/cache"
mkdir -m 700 "$dir/data" "$dir/run"
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0
trap 'rm -rf "$dir"' EXIT

check() {
    what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'test_translation_log.sh:F: %s\n' "$what"
        sed 's/^/    /' "$dir/out"
    fi
}

# boot ARGUMENT...: its process is in $pid while it runs.
boot() {
    timeout 300 "$bygone" boot "$image" --cpu PentiumII --headless --debug-exit --counted "$@" \
        >"$dir/out" 2>&1 </dev/null
}

# The sum of the counts in the lines that begin so.
sum() {
    awk -v start="$1: " 'index($0, start) == 1 && !/ at / { sub(start, ""); n += $1 } END { print n + 0 }' \
        "$dir/log"
}

if ! boot --engine translate && grep -q 'translator: ' "$dir/out"; then
    echo "SKIP: no translator on this host"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi

maps() {
    find /tmp -maxdepth 1 -name 'perf-*.map' -newer "$dir/before" 2>/dev/null
}

touch "$dir/before"
boot --engine translate --translation-log "$dir/log" --perf-map
grep '^block ' "$dir/log" >"$dir/blocks"
check "each block has its line" [ "$(wc -l <"$dir/blocks")" -gt 100 ]
check "of this form" [ "$(grep -cvE '^block [0-9a-f]{8} physical [0-9a-f]{8} (real|system|user)( paged)? (16|32): [1-9][0-9]* bytes, [1-9][0-9]* instructions, [0-9]+ of them calls; host [1-9][0-9]* bytes$' "$dir/blocks")" = 0 ]
check "real mode among them" grep -q ' real 16: ' "$dir/blocks"
check "protected mode with paging too" grep -q ' paged 32: ' "$dir/blocks"
check "translated code was entered" [ "$(sum entered)" -gt 100 ]
check "and left by instructions" [ "$(sum 'left to the interpreter')" -gt 0 ]
check "handlers were called" [ "$(sum 'handler called')" -gt 0 ]
# Whoever wrote as many lines is ours: other machines may be looked at meanwhile.
ours=
for map in $(maps); do
    [ "$(wc -l <"$map")" != "$(wc -l <"$dir/blocks")" ] || ours=$map
done
check "the map has as many names as there were blocks" [ -n "$ours" ]
if [ -n "$ours" ]; then
    check "in perf's form" [ "$(grep -cvE '^[0-9a-f]+ [0-9a-f]+ guest [0-9a-f]{8}$' "$ours")" = 0 ]
    rm -f "$ours"
fi

boot --engine interpret --translation-log "$dir/log"
check "the interpreter has nothing to tell" [ ! -s "$dir/log" ]

boot --engine translate --translation-log "$dir/none/log"
code=$?
check "a file that cannot be written is an error" [ "$code" -ne 0 ]
check "that names it" grep -q "$dir/none/log cannot be written: No such file" "$dir/out"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
