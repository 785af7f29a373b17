#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Whoever starts a machine, its process is confined: looked up in /proc/PID/status, thread by thread.
# The command line starts one, and boots one for no front end, for the terminal and for the window.
# Argument: the build folder.
set -u
build=$1
programs=$build/tests/guest
dir=$(mktemp -d /tmp/bygone-fronts-XXXXXX)
export XDG_RUNTIME_DIR="$dir" XDG_DATA_HOME="$dir" HOME="$dir" BYGONE_BIN="$build"
unset DISPLAY WAYLAND_DISPLAY TMUX
bygone=$build/gui/command/bygone
passed=0 failed=0 skipped=0 xvfb= front=

tm() {
    tmux -f /dev/null -S "$dir/tmux" "$@"
}

# The machines of this test: their environment names its folder.
machines() {
    for p in /proc/[0-9]*; do
        case $(readlink "$p/exe" 2>/dev/null) in
        */bygone-machine)
            if tr '\0' '\n' <"$p/environ" 2>/dev/null | grep -qx "XDG_RUNTIME_DIR=$dir"; then
                echo "${p#/proc/}"
            fi
            ;;
        esac
    done
}

end_machines() {
    for pid in $(machines); do
        kill "$pid" 2>/dev/null
    done
    tries=300
    while [ -n "$(machines)" ] && [ "$tries" -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.2
    done
    [ -z "$front" ] || kill "$front" 2>/dev/null
    front=
}

end() {
    end_machines
    tm kill-server 2>/dev/null
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

# A machine confines itself before its guest's first instruction, but some time after its start.
confined() {
    pid=$(machines)
    [ -n "$pid" ] || return 1
    for status in /proc/"$pid"/task/*/status; do
        grep -qx 'NoNewPrivs:	1' "$status" && grep -qx 'Seccomp:	2' "$status" || return 1
    done
}

# expect NAME: within two minutes there is a machine, and it is confined.
expect() {
    tries=600
    until confined; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ]; then
            failed=$((failed + 1))
            echo "test_confined_fronts.sh:F: $1: the machine is not confined (process \"$(machines)\")"
            sed 's/^/    /' "$dir/out"
            end_machines
            return
        fi
        sleep 0.2
    done
    passed=$((passed + 1))
    end_machines
}

skip() {
    echo "SKIP: $1"
    skipped=$((skipped + 1))
}

head -c 1474560 /dev/zero >"$dir/idle.img"
dd if="$programs/idle.bin" of="$dir/idle.img" conv=notrunc 2>"$dir/out"

"$bygone" create "$dir/m.bygone" --floppy "$dir/idle.img" >"$dir/out" 2>&1
"$bygone" start "$dir/m.bygone" >"$dir/out" 2>&1 </dev/null
expect 'bygone start'

"$bygone" boot "$dir/idle.img" --headless >"$dir/out" 2>&1 </dev/null &
front=$!
expect 'bygone boot --headless'

if command -v tmux >/dev/null 2>&1; then
    tm -u new-session -d -x 80 -y 26 "'$bygone' boot '$dir/idle.img'" >"$dir/out" 2>&1
    expect 'bygone boot in a terminal'
else
    skip 'tmux is not there'
fi

if command -v Xvfb >/dev/null 2>&1; then
    Xvfb -displayfd 3 -screen 0 1024x768x24 3>"$dir/display" >"$dir/out" 2>&1 &
    xvfb=$!
    tries=300
    while [ ! -s "$dir/display" ] && [ "$tries" -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.2
    done
    DISPLAY=:$(cat "$dir/display") SDL_VIDEODRIVER=x11 "$bygone" boot "$dir/idle.img" \
        >"$dir/out" 2>&1 </dev/null &
    front=$!
    expect 'bygone boot on a display'
else
    skip 'Xvfb is not there'
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
