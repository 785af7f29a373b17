#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same LEDGER.EXE: two machines with our own DOS on one folder lock against each other; FreeDOS
# from its floppy runs it; DOSBox (where it is installed) does, too.
#
# test_ledger.sh BYGONE LEDGER.EXE IMAGES
set -u
bygone=$1
exe=$2
images=$3
dir=$(mktemp -d /tmp/bygone-ledger-XXXXXX)
export XDG_DATA_HOME="$dir/data" XDG_CONFIG_HOME="$dir/config" XDG_STATE_HOME="$dir/state"
export XDG_CACHE_HOME="$dir/cache" XDG_RUNTIME_DIR="$dir/run" HOME="$dir"
mkdir -m 700 "$dir/run"
machines=
passed=0
failed=0
skipped=0

end() {
    for m in $machines; do
        "$bygone" stop "$m" >/dev/null 2>&1
    done
    rm -rf "$dir"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

# check TITLE COMMAND...
check() {
    title=$1
    shift
    if "$@" >"$dir/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$title: failed"
        cat "$dir/out"
    fi
}

# shows MACHINE TEXT: comes on its screen
shows() {
    "$bygone" wait "$1" --text "$2" --timeout 60 || {
        "$bygone" screentext "$1"
        return 1
    }
}

keys() {
    "$bygone" type "$1" "$2" || exit 1
}

two_machines() {
    mkdir "$dir/shop"
    cp "$exe" "$dir/shop/LEDGER.EXE"
    for m in one two; do
        "$bygone" create "$dir/$m.bygone" --template msdos || exit 1
        printf '\n[Dos]\nBoot=yes\n\n[Folder C]\nPath=%s\n' "$dir/shop" >>"$dir/$m.bygone"
        machines="$machines $dir/$m.bygone"
        "$bygone" start "$dir/$m.bygone" || exit 1
        check "$m at its prompt" shows "$dir/$m.bygone" 'C:\\>'
        keys "$dir/$m.bygone" 'ledger{enter}'
        check "$m runs LEDGER" shows "$dir/$m.bygone" 'Evergreen Nursery'
    done
    keys "$dir/one.bygone" '{enter}'
    check "one edits" shows "$dir/one.bygone" 'Mill Lane'
    keys "$dir/two.bygone" '{enter}'
    check "two is refused" shows "$dir/two.bygone" 'in use on another computer'
    keys "$dir/one.bygone" '{end} Ltd{enter}'
    check "one saved" shows "$dir/one.bygone" 'Adler Bakery Ltd'
    keys "$dir/two.bygone" '{enter}'
    check "two has it now, as it was changed" shows "$dir/two.bygone" 'Adler Bakery Ltd'
    keys "$dir/two.bygone" '{end} & Co{enter}'
    check "one sees what two wrote" shows "$dir/one.bygone" 'Adler Bakery Ltd & Co'
    # Killed while it has a record: nothing committed is lost, nothing stays locked.
    keys "$dir/one.bygone" '{enter}'
    check "one edits again" shows "$dir/one.bygone" 'Mill Lane'
    "$bygone" stop "$dir/one.bygone" >/dev/null 2>&1
    keys "$dir/two.bygone" '{enter}'
    check "the lock went with one" shows "$dir/two.bygone" 'Mill Lane'
    keys "$dir/two.bygone" '{esc}{alt-x}'
    check "two is back at its prompt" shows "$dir/two.bygone" 'C:\\>'
}

on_freedos() {
    if [ ! -f "$images/freedos-1440.img" ]; then
        echo "SKIP: LEDGER on FreeDOS: no image"
        skipped=$((skipped + 1))
        return
    fi
    cp "$images/freedos-1440.img" "$dir/freedos.img"
    chmod u+w "$dir/freedos.img"
    mcopy -i "$dir/freedos.img" "$exe" ::LEDGER.EXE || exit 1
    "$bygone" create "$dir/freedos.bygone" --template msdos --floppy "$dir/freedos.img" || exit 1
    machines="$machines $dir/freedos.bygone"
    "$bygone" start "$dir/freedos.bygone" || exit 1
    check "FreeDOS at its prompt" shows "$dir/freedos.bygone" 'A:\\>'
    keys "$dir/freedos.bygone" 'ledger{enter}'
    check "FreeDOS runs LEDGER" shows "$dir/freedos.bygone" 'Evergreen Nursery'
    keys "$dir/freedos.bygone" '{insert}'
    check "FreeDOS: a new customer" shows "$dir/freedos.bygone" 'New customer'
    keys "$dir/freedos.bygone" 'Finch and Sons{enter}'
    check "FreeDOS: saved" shows "$dir/freedos.bygone" '1006  Finch and Sons'
    keys "$dir/freedos.bygone" '{alt-x}'
    check "FreeDOS: back at the prompt" shows "$dir/freedos.bygone" 'A:\\>'
    "$bygone" stop "$dir/freedos.bygone" >/dev/null 2>&1
    check "FreeDOS: the customer is on the floppy" sh -c \
        "mtype -i '$dir/freedos.img' ::CUSTOMER.DAT | grep -aq 'Finch and Sons'"
}

in_dosbox() {
    for program in dosbox Xvfb xdotool; do
        command -v $program >/dev/null && continue
        echo "SKIP: LEDGER in DOSBox: there is no $program"
        skipped=$((skipped + 1))
        return
    done
    mkdir "$dir/box"
    cp "$exe" "$dir/box/LEDGER.EXE"
    printf '[autoexec]\nmount c "%s"\nc:\nledger\nif not errorlevel 1 echo ended > DONE.TXT\nexit\n' \
        "$dir/box" >"$dir/box.conf"
    Xvfb -displayfd 5 -screen 0 800x600x24 -nolisten tcp 5>"$dir/display" >/dev/null 2>&1 &
    server=$!
    for _ in $(seq 60); do
        [ -s "$dir/display" ] && break
        sleep 0.5
    done
    DISPLAY=:$(cat "$dir/display")
    export DISPLAY
    SDL_AUDIODRIVER=dummy timeout 120 dosbox -conf "$dir/box.conf" >"$dir/box.log" 2>&1 &
    box=$!
    for _ in $(seq 60); do
        [ -s "$dir/box/CUSTOMER.DAT" ] && [ -s "$dir/box/INVOICE.DAT" ] && break
        sleep 0.5
    done
    sleep 3
    # No window manager gives the focus: the pointer does.
    xdotool mousemove 300 200
    xdotool key --delay 200 Insert
    sleep 1
    xdotool type --delay 150 'finch'
    xdotool key --delay 200 Return
    sleep 2
    [ -z "${LEDGER_PICTURE:-}" ] || import -window root "$LEDGER_PICTURE"
    check "DOSBox: saved" grep -aq finch "$dir/box/CUSTOMER.DAT"
    xdotool key --delay 200 alt+x
    wait $box
    check "DOSBox: it ended well" grep -q ended "$dir/box/DONE.TXT"
    [ -s "$dir/box/DONE.TXT" ] || cat "$dir/box.log"
    kill $server
}

two_machines
on_freedos
in_dosbox
end
