#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Viewers from Debian before a machine: they show its screen, type and point, with TLS and without.
# Arguments: the build folder, and "long" for the large ones (remote-viewer, noVNC in Chromium).
set -u
build=$1
which=${2:-}
dir=$(mktemp -d /tmp/viewers-XXXXXX)
export XDG_RUNTIME_DIR="$dir" XDG_DATA_HOME="$dir" XDG_CONFIG_HOME="$dir/config" HOME="$dir"
unset DISPLAY WAYLAND_DISPLAY
bygone=$build/gui/command/bygone
machine=$dir/guest.bygone
cert=$dir/config/bygone/vnc-cert.pem
passed=0 failed=0 skipped=0 xvfb= viewer= placed=

end() {
    "$bygone" vnc "$machine" --stop >/dev/null 2>&1
    "$bygone" stop "$machine" >/dev/null 2>&1
    [ -z "$viewer" ] || kill "$viewer" 2>/dev/null
    [ -z "$xvfb" ] || kill "$xvfb" 2>/dev/null
    wait
    rm -rf "$dir"
    [ -z "$placed" ] || rm -rf "$placed"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

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
    tries=150
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
        "$bygone" screentext "$machine" 2>/dev/null | grep -v '^ *$' | sed 's/^/    /'
        tail -n 3 "$dir/viewer.log" "$dir/guest.d/vnc.log" 2>/dev/null | sed 's/^/    /'
    fi
}

have() {
    command -v "$1" >/dev/null 2>&1
}

guest_has() {
    "$bygone" screentext "$machine" | grep -Eq -- "$1"
}

# vnc OPTIONS...: serves the machine anew; sets $port.
vnc() {
    "$bygone" vnc "$machine" --stop >/dev/null 2>&1
    "$bygone" vnc "$machine" "$@" >"$dir/where" || return 1
    port=$(sed -n 's/.*viewers connect to .*::\([0-9]*\)$/\1/p' "$dir/where")
}

# The same picture as the machine's, but for `most` (of 1) that a JPEG takes; $1 is cut to its size.
same_picture() { # picture, most
    "$bygone" screenshot "$machine" "$dir/guest.png" || return 1
    difference=$(timeout 60 compare -metric RMSE "$1" "$dir/guest.png" null: 2>&1 |
        sed 's/.*(\(.*\))/\1/')
    awk -v d="$difference" -v m="$2" 'BEGIN { exit !(d != "" && d + 0 <= m) }'
}

# Is the guest's picture somewhere on the display?  It is looked for by where its frame of text
# begins: the corner of the viewer's window.
display_shows_guest() { # x, y of the picture on the display
    import -window root "$dir/root.png" && "$bygone" screenshot "$machine" "$dir/guest.png" &&
        size=$(identify -format '%wx%h' "$dir/guest.png") &&
        convert "$dir/root.png" -crop "$size+$1+$2" +repage "$dir/cut.png" &&
        same_picture "$dir/cut.png" "${3:-0.01}"
}

# The viewer's window: sets x and y of where the picture begins.
find_window() { # part of its name
    id=$(xdotool search --onlyvisible --name "$1" | tail -n 1)
    [ -n "$id" ] && eval "$(xdotool getwindowgeometry --shell "$id")" && [ "$HEIGHT" -ge 400 ] &&
        x=$X y=$Y
}

open_viewer() { # COMMAND...
    "$@" >"$dir/viewer.log" 2>&1 </dev/null &
    viewer=$!
}

close_viewer() {
    kill "$viewer" 2>/dev/null
    wait "$viewer" 2>/dev/null
    viewer=
}

# Typing and pointing: the guest echoes keys, and adds up movements in hexadecimal.
clear_line() {
    "$bygone" type "$machine" '{enter}'
}

mouse() {
    "$bygone" screentext "$machine" | sed -n 's/^X=\(....\) Y=\(....\) B=\(....\).*/\1 \2 \3/p'
}

# moved_by X Y: the sums now, less those of $before, in pixels (up is positive).
moved_by() {
    now=$(mouse)
    for n in 1 2; do
        a=$(echo "$before" | cut -d' ' -f$n)
        b=$(echo "$now" | cut -d' ' -f$n)
        d=$(((0x$b - 0x$a + 0x18000) % 0x10000 - 0x8000))
        [ "$d" = "$1" ] || return 1
        shift
    done
}

moved_right_and_down() { # by some pixels at least
    x_before=$(echo "$before" | cut -d' ' -f1) y_before=$(echo "$before" | cut -d' ' -f2)
    x_now=$(mouse | cut -d' ' -f1) y_now=$(mouse | cut -d' ' -f2)
    dx=$(((0x$x_now - 0x$x_before + 0x10000) % 0x10000))
    dy=$(((0x$y_before - 0x$y_now + 0x10000) % 0x10000))
    [ "$dx" -ge 12 ] && [ "$dx" -le 60 ] && [ "$dy" -ge 8 ] && [ "$dy" -le 40 ]
}

types_and_points() { # name, x and y of the picture
    clear_line
    xdotool mousemove $(($2 + 200)) $(($3 + 200))
    [ -z "${id:-}" ] || xdotool windowfocus "$id"
    sleep 0.5
    xdotool type --delay 60 "Hi_There \"{A;b} ~%\" $1"
    ok "$1_types" guest_has "Hi_There \"\{A;b\} ~%\" $1"
    before=$(mouse)
    xdotool mousemove_relative -- 50 30
    ok "$1_points" moved_by 50 -30
    xdotool mousedown 1
    ok "$1_presses_a_button" guest_has 'B=0001'
    xdotool mouseup 1
    ok "$1_lets_the_button_go" guest_has 'B=0000'
}

# ---- the machine and the display ----

head -c 368640 /dev/zero >"$dir/mouse.img"
dd if="$build/tests/guest/desk.bin" of="$dir/mouse.img" conv=notrunc 2>/dev/null
"$bygone" create "$machine" --template other --floppy "$dir/mouse.img" >/dev/null || exit 1
"$bygone" start "$machine" || exit 1
ok the_guest_is_ready guest_has 'X=.* Y=.* B='
printf 'secret99\n' >"$dir/pw"
printf 'ann:a longer secret\n' >"$dir/users"
chmod 600 "$dir/pw" "$dir/users"
for program in Xvfb import compare xdotool; do
    have $program || {
        skip 1 "$program is not there"
        finish
    }
done
Xvfb -noreset -displayfd 3 -screen 0 1280x1024x24 3>"$dir/display" >/dev/null 2>&1 &
xvfb=$!
ok a_display_comes_up test -s "$dir/display"
DISPLAY=:$(cat "$dir/display")
export DISPLAY

# ---- TigerVNC ----

tiger() { # name, options of the viewer...
    tiger_name=$1
    shift
    open_viewer xtigervncviewer -RemoteResize=0 -AlertOnFatalError=0 "$@" "127.0.0.1::$port"
    x=0 y=0
    ok "${tiger_name}_opens_a_window" find_window TigerVNC
    ok "${tiger_name}_shows_the_guest" display_shows_guest "$x" "$y"
}

small_viewers() {
    if have xtigervncviewer; then
        vnc
        tiger tigervnc
        types_and_points tigervnc "$x" "$y"
        close_viewer
        vnc --tls
        tiger tigervnc_tls -SecurityTypes=X509None "-X509CA=$cert"
        types_and_points tigervnc_tls "$x" "$y"
        close_viewer
        vnc --tls --password-file "$dir/pw"
        # "secret99" as TigerVNC's password files obscure it: DES with a key that all of them have.
        printf '\352\264\366\215\055\022\045\333' >"$dir/tigerpw"
        tiger tigervnc_password -SecurityTypes=X509Vnc "-X509CA=$cert" "-PasswordFile=$dir/tigerpw"
        close_viewer
    else
        skip 14 "xtigervncviewer is not there (package tigervnc-viewer)"
    fi
    if have vncsnapshot; then
        vnc
        ok vncsnapshot_of_rfb_3_3_connects vncsnapshot -quality 100 "127.0.0.1:$((port - 5900))" \
            "$dir/snap.jpg"
        ok vncsnapshot_shows_the_guest same_picture "$dir/snap.jpg" 0.03
    else
        skip 2 "vncsnapshot is not there"
    fi
    gtk_vnc
    command_line
}

# says CODE TEXT COMMAND...: does it end so, with that in what it says?
says() {
    code=$1 text=$2
    shift 2
    "$@" >"$dir/said" 2>&1
    [ $? = "$code" ] && grep -Fq -- "$text" "$dir/said"
}

command_line() {
    "$bygone" vnc "$machine" --stop
    ok stopping_what_does_not_run says 4 'is not shown by VNC' "$bygone" vnc "$machine" --stop
    ok beyond_this_computer_needs_both says 2 '--password-file FILE and --tls' \
        "$bygone" vnc "$machine" --listen 0.0.0.0
    chmod 644 "$dir/pw"
    ok a_readable_password_file_is_refused says 2 'chmod 600' \
        "$bygone" vnc "$machine" --password-file "$dir/pw"
    printf '\n[Vnc]\nUnix=guest.sock\nClipboard=type\n' >>"$machine"
    "$bygone" stop "$machine"
    "$bygone" start "$machine"
    ok the_profile_brings_it_up test -S "$dir/guest.sock"
    ok it_says_where says 0 "socket $dir/guest.sock" "$bygone" vnc "$machine"
    ok a_second_one_is_refused says 1 'is shown by VNC already' "$bygone" vnc "$machine" --tls
    ok view_names_the_file_for_virt_viewer says 0 "$dir/guest.d/view.vv" \
        env -u DISPLAY "$bygone" view "$machine"
    ok the_file_names_the_port grep -q '^port=59' "$dir/guest.d/view.vv"
    "$bygone" stop "$machine"
    ok it_ends_with_the_machine test ! -e "$dir/guest.sock"
    ok and_says_so grep -q 'guest has ended' "$dir/guest.d/vnc.log"
    ok no_machine_no_server says 4 'is not running' "$bygone" vnc "$machine"
}

# gtk-vnc, the library of gvncviewer, virt-viewer and others, looks for the certificate below the
# user's true home: it gets one of its own for the while.  Where the host has no user namespaces,
# VIEWERS_HOME=yes lets the certificate into the true one, if there is no other.
with_home() {
    home=$(getent passwd "$(id -u)" | cut -d: -f6)
    if [ -n "$placed" ] || { [ "${VIEWERS_HOME:-}" = yes ] && [ ! -e "$home/.pki" ]; }; then
        placed=$home/.pki
        mkdir -p "$placed/CA"
        cp "$cert" "$placed/CA/cacert.pem"
        "$@"
        return
    fi
    unshare -rm sh -c 'mount -t tmpfs none "$1" && mkdir -p "$1/.pki/CA" &&
        cp "$2" "$1/.pki/CA/cacert.pem" && cd / && shift 2 && exec "$@"' sh "$home" "$cert" "$@"
}

gtk_vnc() {
    have gvnccapture || {
        skip 4 "gvnccapture is not there (package gvncviewer)"
        return
    }
    vnc
    ok gtk_vnc_connects gvnccapture "127.0.0.1:$((port - 5900))" "$dir/gtk.png"
    ok gtk_vnc_shows_the_guest same_picture "$dir/gtk.png" 0
    vnc --tls
    if with_home true 2>/dev/null; then
        rm -f "$dir/gtk.png"
        ok gtk_vnc_connects_with_tls with_home gvnccapture "127.0.0.1:$((port - 5900))" \
            "$dir/gtk.png"
        ok gtk_vnc_shows_the_guest_with_tls same_picture "$dir/gtk.png" 0
    else
        skip 2 "no user namespace here, in which gtk-vnc could find the certificate"
    fi
}

# ---- the large ones ----

# remote-viewer puts a bar above the picture, and black around it: the picture is what differs.
find_picture() {
    find_window guest && import -window "$id" "$dir/window.png" &&
        "$bygone" screenshot "$machine" "$dir/guest.png" &&
        at=$(compare -metric RMSE -subimage-search "$dir/window.png" "$dir/guest.png" null: 2>&1 |
            sed -n 's/.*(\([0-9.e-]*\)) @ \([0-9]*\),\([0-9]*\).*/\1 \2 \3/p') &&
        [ -n "$at" ] && set -- $at && awk -v d="$1" 'BEGIN { exit !(d + 0 <= 0.01) }'
}

large_viewers() {
    if have remote-viewer; then
        vnc
        # Through `bygone view`, which writes the file and starts the viewer.
        "$bygone" view "$machine" >"$dir/viewer.log" 2>&1 || echo "view:F: $(cat "$dir/viewer.log")"
        ok remote_viewer_opens_a_window find_window guest
        viewer=$(xdotool getwindowpid "$id" 2>/dev/null)
        ok remote_viewer_shows_the_guest find_picture
        clear_line
        xdotool windowfocus "$id"
        xdotool mousemove $((x + WIDTH / 2)) $((y + HEIGHT / 2))
        sleep 1
        xdotool type --delay 60 'Hi_There "{A;b} ~%" gtk'
        ok remote_viewer_types guest_has 'Hi_There "\{A;b\} ~%" gtk'
        # It captures the mouse at a click and sends movements, of which the first places it.
        before=$(mouse)
        xdotool click 1
        sleep 1
        for step in 1 2 3 4 5; do
            xdotool mousemove_relative -- 6 4
            sleep 0.2
        done
        ok remote_viewer_points moved_right_and_down
        [ -z "$viewer" ] || close_viewer
        vnc --tls
        if with_home true 2>/dev/null; then
            remote_viewer_with_tls
            remote_viewer_with_password "$dir/pw" secret99
            remote_viewer_with_password "$dir/users" "{user}ann{password}a longer secret"
        else
            skip 8 "no user namespace here, in which gtk-vnc could find the certificate"
        fi
    else
        skip 12 "remote-viewer is not there (package virt-viewer)"
    fi
    novnc
}

# The .vv file's own "ca" is for SPICE alone: for VNC gtk-vnc looks below the user's home.
remote_viewer_with_tls() {
    env -u DISPLAY "$bygone" view "$machine" >"$dir/viewer.log" 2>&1
    open_viewer with_home remote-viewer "$dir/guest.d/view.vv"
    ok remote_viewer_opens_a_window_with_tls find_window guest
    ok remote_viewer_shows_the_guest_with_tls find_picture
    pid=$(xdotool getwindowpid "$id" 2>/dev/null)
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    close_viewer
}

# It takes X509Plain where that is offered, and asks for a user too, whose name it fills in with the
# host user's: without users in the file any will do.
remote_viewer_with_password() { # password file, [user,] password
    kind=${1##*/}
    vnc --tls --password-file "$1"
    env -u DISPLAY "$bygone" view "$machine" >"$dir/viewer.log" 2>&1
    open_viewer with_home remote-viewer "$dir/guest.d/view.vv"
    ok "remote_viewer_asks_for_${kind}" find_dialog
    xdotool windowfocus "$id"
    case $2 in
    "{user}"*)
        user=${2#"{user}"}
        xdotool key shift+Tab key ctrl+a
        xdotool type --delay 60 "${user%"{password}"*}"
        xdotool key Tab
        ;;
    esac
    xdotool type --delay 60 "${2##*"{password}"}"
    xdotool key Return
    ok "remote_viewer_opens_a_window_with_${kind}" find_window guest
    ok "remote_viewer_shows_the_guest_with_${kind}" find_picture
    pid=$(xdotool getwindowpid "$id" 2>/dev/null)
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    close_viewer
}

find_dialog() {
    id=$(xdotool search --onlyvisible --name 'Authentication required' | tail -n 1)
    [ -n "$id" ]
}

# noVNC in Chromium, which is asked over its debugging port what its canvas shows.
novnc() {
    pages=${NOVNC_PAGES:-/usr/share/novnc}
    if ! have chromium || [ ! -r "$pages/vnc.html" ]; then
        skip 14 "chromium or $pages/vnc.html is not there (packages chromium, novnc)"
        return
    fi
    uuid=$(sed -n 's/^Uuid=//p' "$machine")
    for secure in "" --tls; do
        "$bygone" vnc "$machine" --stop >/dev/null 2>&1
        "$build/vnc/bygone-vnc" --console "$dir/bygone/$uuid/console" --pages "$pages" --port 0 \
            --web 58${secure:+9}47 $secure --info "$dir/bygone/$uuid/vnc" 2>>"$dir/guest.d/vnc.log" &
        server=$!
        ok "novnc${secure}_is_served" test -s "$dir/bygone/$uuid/vnc"
        url="http${secure:+s}://localhost:58${secure:+9}47/vnc_lite.html"
        open_viewer chromium --headless=new --no-sandbox --disable-gpu --no-first-run \
            --ignore-certificate-errors --user-data-dir="$dir/chromium$secure" \
            --remote-debugging-port=0 --window-size=1000,700 "$url"
        ok "novnc${secure}_comes_up" test -s "$dir/chromium$secure/DevToolsActivePort"
        rm -f "$dir/canvas.png"
        ok "novnc${secure}_shows_the_guest" canvas_shows_guest "$secure"
        clear_line
        browser "$secure" type "Hi There"
        ok "novnc${secure}_types" guest_has "^Hi There"
        browser "$secure" mouse 200 200 none
        sleep 1
        before=$(mouse)
        browser "$secure" mouse 250 230 none
        ok "novnc${secure}_points" moved_by 50 -30
        browser "$secure" mouse 250 230 left
        ok "novnc${secure}_presses_a_button" guest_has 'B=0001'
        browser "$secure" mouse 250 230 none
        ok "novnc${secure}_lets_the_button_go" guest_has 'B=0000'
        close_viewer
        kill "$server" 2>/dev/null
        wait "$server" 2>/dev/null
    done
}

browser() { # "" or --tls, what to do...
    debugging=$(head -n 1 "$dir/chromium$1/DevToolsActivePort")
    shift
    "$(dirname "$0")/browser.py" "$debugging" "$@"
}

canvas_shows_guest() {
    browser "$1" canvas "$dir/canvas.png" && same_picture "$dir/canvas.png" 0.03
}

if [ "$which" = long ]; then
    large_viewers
else
    small_viewers
fi
finish
