#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The terminal and the window as their users see them: a machine boots GRUB's floppy, the terminal
# shows it inside tmux, the window on a display of Xvfb.  Argument: the build folder.
set -u
build=$1
image=/usr/lib/grub-rescue/grub-rescue-floppy.img
dir=$(mktemp -d /tmp/front-XXXXXX)
export XDG_RUNTIME_DIR="$dir" XDG_DATA_HOME="$dir" HOME="$dir"
unset DISPLAY WAYLAND_DISPLAY TMUX
bygone=$build/gui/command/bygone
machine=$dir/guest.bygone
passed=0 failed=0 skipped=0 xvfb= window=

end() {
    "$bygone" stop "$machine" >/dev/null 2>&1
    "$bygone" stop "$dir/slow.bygone" >/dev/null 2>&1
    "$bygone" stop DOS >/dev/null 2>&1
    "$bygone" stop "$dir/pointer.bygone" >/dev/null 2>&1
    tm kill-server 2>/dev/null
    [ -z "$window" ] || kill "$window" 2>/dev/null
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

tm() {
    tmux -f /dev/null -S "$dir/tmux" "$@"
}

finish() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ]
    exit
}

skip() { # number of tests, reason
    echo "SKIP: $2"
    skipped=$((skipped + $1))
}

# within COMMAND...: waits until it succeeds.
within() {
    tries=600 # two minutes: a loaded computer boots GRUB slowly
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}

# ok NAME COMMAND...: a test.
ok() {
    name=$1
    shift
    if within "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$name:F: $*"
        tm capture-pane -p 2>/dev/null | sed 's/^/    /'
    fi
}

pane_has() {
    tm capture-pane -p | grep -Eq -- "$1"
}

guest_has() {
    "$bygone" screentext "$machine" | grep -Eq -- "$1"
}

terminal() { # locale
    command="LC_ALL=$1 '$build/gui/terminal/bygone-terminal' '$machine'; stty -a; exec sleep 600"
    tm respawn-pane -k "$command" 2>/dev/null || tm -u new-session -d -x 80 -y 26 "$command"
}

[ -r "$image" ] || {
    skip 1 "$image is not there (package grub-rescue-pc)"
    finish
}
cp "$image" "$dir/grub.img"
truncate -s 1474560 "$dir/grub.img"
# A disk to insert: another floppy that is no copy of the first.
truncate -s 737280 "$dir/other.img"
"$bygone" create "$machine" --template other --floppy "$dir/grub.img" >/dev/null || exit 1
"$bygone" start "$machine" || exit 1

# ---- the terminal ----

if ! command -v tmux >/dev/null 2>&1; then
    skip 15 "tmux is not there"
else
    terminal C.UTF-8
    ok terminal_shows_the_guest pane_has 'GNU GRUB'
    ok lines_are_unicode pane_has '┌────'
    tm send-keys Down
    ok arrow_keys_reach_the_guest pane_has '\*GNU \(aka'
    tm send-keys c
    ok letters_reach_the_guest pane_has 'grub>'
    tm send-keys -l 'echo "Bygone {A;b} ~%"'
    tm send-keys Enter
    ok shifted_characters_are_typed_and_echoed pane_has '^ *Bygone \{A;b\} ~%'
    tm send-keys -l 'echo 123'
    tm send-keys Home Delete BSpace End Left BSpace
    ok editing_keys_reach_the_guest guest_has 'grub> cho 13'
    tm send-keys C-a C-k
    ok control_keys_reach_the_guest guest_has '^ *grub> *$'
    tm resize-window -x 40 -y 8
    ok a_small_terminal_shows_the_cursors_part pane_has '^ *grub> *$'
    tm resize-window -x 80 -y 26
    tm send-keys C-]
    ok the_last_line_tells_the_status pane_has 'guest: running +d detach'
    tm send-keys i
    tm send-keys -l "$dir/nothing.img"
    tm send-keys Enter
    ok a_missing_image_is_said_so pane_has 'nothing.img could not be opened: No such file'
    tm send-keys Escape
    sleep 0.3
    tm send-keys C-] i
    tm send-keys -l "$dir/other.img"
    tm send-keys Enter
    ok an_image_is_inserted pane_has 'The disk is in drive A'
    tm send-keys C-] d
    ok detaching_restores_the_terminal pane_has 'guest goes on; .*'
    ok the_line_discipline_is_as_before pane_has ' icanon '
    "$bygone" type "$machine" '{esc}' 2>/dev/null
    # A text that comes faster than the guest reads: its BIOS keeps 15 keys, and drops more.
    head -c 368640 /dev/zero >"$dir/slow.img"
    dd if="$build/tests/guest/slow.bin" of="$dir/slow.img" conv=notrunc 2>/dev/null
    "$bygone" create "$dir/slow.bygone" --template other --floppy "$dir/slow.img" >/dev/null &&
        "$bygone" start "$dir/slow.bygone"
    grub=$machine machine=$dir/slow.bygone
    terminal C.UTF-8
    ok the_slow_guest_is_ready pane_has '^READY'
    tm send-keys -l 'the quick brown fox jumps over the lazy dog, and nothing is lost'
    ok a_pasted_text_is_typed_whole pane_has '^the quick .* lazy dog, and nothing is lost *$'
    "$bygone" stop "$machine"
    machine=$grub
    terminal C
    ok lines_are_ascii_without_utf8 pane_has '\+-----'
fi

# ---- the window ----

near() { # picture of the window, of the guest: are they the same but for the filter?
    difference=$(timeout 60 compare -metric RMSE "$1" "$2" null: 2>&1 | sed 's/.*(\(.*\))/\1/')
    awk -v d="$difference" 'BEGIN { exit !(d != "" && d + 0 < 0.03) }'
}

# Above the bar, which is found by its colour and is as wide as the window, the picture must fill a
# shape of 4:3 and be what the machine says its screen is.
window_shows_the_guest() {
    import -window root "$dir/root.png" &&
        "$bygone" screenshot "$machine" "$dir/guest.png" || return 1
    convert "$dir/root.png" -fill black +opaque '#24262b' -trim -format '%w %X %Y' info: |
        tr -d + >"$dir/bar"
    read -r w x y <"$dir/bar"
    h=$((w * 3 / 4))
    y=$((y - 1 - h)) # a line of another colour is the bar's upper edge
    [ "$w" -ge 320 ] && [ "$y" -ge 0 ] &&
        convert "$dir/root.png" -crop "${w}x$h+$x+$y" +repage "$dir/cut.png" &&
        [ "$(identify -format '%k' "$dir/cut.png")" -gt 1 ] &&
        convert "$dir/guest.png" -resize "${w}x$h!" "$dir/wanted.png" &&
        near "$dir/cut.png" "$dir/wanted.png"
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

lack=
for program in Xvfb import compare; do
    command -v $program >/dev/null 2>&1 || lack=$program
done
if [ -n "$lack" ]; then
    skip 3 "$lack is not there"
else
    Xvfb -displayfd 3 -screen 0 1280x1024x24 3>"$dir/display" >/dev/null 2>&1 &
    xvfb=$!
    ok a_display_comes_up test -s "$dir/display"
    DISPLAY=:$(cat "$dir/display")
    export DISPLAY
    "$build/gui/window/bygone-window" "$machine" >"$dir/window.log" 2>&1 &
    window=$!
    ok the_window_shows_the_guest_in_four_to_three window_shows_the_guest
    cat "$dir/window.log"
    if command -v xdotool >/dev/null 2>&1; then
        xdotool mousemove 640 400
        xdotool key c
        ok keys_in_the_window_reach_the_guest guest_has 'grub>'
        xdotool type --delay 60 'echo Hi_There'
        ok shift_in_the_window_reaches_the_guest guest_has 'grub> echo Hi_There'
    else
        skip 2 "xdotool is not there, so nothing is typed into the window"
    fi
    "$bygone" stop "$machine"
    ok the_window_closes_with_the_machine gone "$window"
    gone "$window" && window=
fi

# ---- a guest that takes positions ----

# xdotool moves the desktop's pointer to the middle of a cell; the guest draws a letter there.
to_cell() { # column, row
    read -r w x y <"$dir/bar"
    h=$((w * 3 / 4))
    xdotool mousemove $((x + (2 * $1 + 1) * w / 160)) $((y - 1 - h + (2 * $2 + 1) * h / 50))
}

cell_has() { # column, row, letter
    "$bygone" screentext "$pointer" |
        awk -v c="$1" -v r="$2" -v l="$3" 'NR == r + 1 && substr($0, c + 1, 1) == l { ok = 1 }
            END { exit !ok }'
}

pointer=$dir/pointer.bygone
if [ -z "$lack" ] && command -v xdotool >/dev/null 2>&1; then
    cp "$build/tests/guest/pointer.bin" "$dir/pointer.img"
    truncate -s 1474560 "$dir/pointer.img"
    "$bygone" create "$pointer" --template other --floppy "$dir/pointer.img" >/dev/null
    "$bygone" start "$pointer"
    "$build/gui/window/bygone-window" "$pointer" >>"$dir/window.log" 2>&1 &
    window=$!
    "$bygone" wait "$pointer" --text 'backdoor ready' >/dev/null
    bar_there() {
        import -window root "$dir/root.png" &&
            convert "$dir/root.png" -fill black +opaque '#24262b' -trim -format '%w %X %Y' info: |
            tr -d + >"$dir/bar"
        read -r w x y <"$dir/bar"
        [ "${w:-0}" -ge 320 ]
    }
    ok the_window_of_a_pointing_guest bar_there
    for at in '10 3' '70 20' '0 0' '79 23' '33 12'; do
        # shellcheck disable=SC2086
        to_cell $at
        # shellcheck disable=SC2086
        ok "the_guest_points_without_capture_$at" cell_has $at A
    done
    xdotool mousedown 1
    ok a_button_is_seen_where_it_is_pressed cell_has 33 12 B
    to_cell 50 5
    ok a_drag_goes_on cell_has 50 5 B
    xdotool mouseup 1
    ok and_ends cell_has 50 5 A
    xdotool mousedown 3
    ok the_other_button_too cell_has 50 5 C
    xdotool mouseup 3
    "$bygone" stop "$pointer"
    ok its_window_closes gone "$window"
    gone "$window" && window=
else
    skip 11 "no display or no xdotool: nothing points"
fi
if command -v tmux >/dev/null 2>&1; then
    "$bygone" stop "$machine" >/dev/null 2>&1
    ok the_terminal_says_that_the_machine_has_ended pane_has 'guest has ended'
fi

# ---- run, without a profile: our own DOS ----

dos_has() {
    "$bygone" screentext DOS | grep -Eq -- "$1"
}

start_dos() {
    (
        unset DISPLAY
        "$bygone" run </dev/null >"$dir/run.log" 2>&1
    ) && grep -Fq 'neither a display nor a terminal' "$dir/run.log"
}

ok without_a_profile_dos_starts start_dos
ok dos_is_at_its_prompt dos_has '^C:\\>'
"$bygone" type DOS 'ver{enter}' >/dev/null
ok dos_says_what_it_is dos_has 'Bygone DOS'
if command -v tmux >/dev/null 2>&1; then
    tm respawn-pane -k "unset DISPLAY; '$bygone' run; exec sleep 600"
    ok run_attaches_a_terminal pane_has 'Bygone DOS'
    tm send-keys -l 'echo typed, seen > seen.txt'
    tm send-keys Enter
    tm send-keys -l 'type seen.txt'
    tm send-keys Enter
    ok what_is_typed_is_run pane_has '^typed, seen'
    ok files_are_in_a_folder grep -rqi 'typed, seen' "$dir/bygone"
    tm send-keys C-] d
else
    skip 3 "tmux is not there"
fi
if [ -z "$lack" ]; then
    "$bygone" run >"$dir/window.log" 2>&1 &
    window=$!
    machine=DOS
    ok run_opens_a_window window_shows_the_guest
    "$bygone" stop DOS
    ok which_ends_with_the_machine gone "$window"
    gone "$window" && window=
else
    "$bygone" stop DOS
    skip 2 "$lack is not there"
fi
finish
