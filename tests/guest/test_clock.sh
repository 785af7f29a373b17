#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The clock policies of a profile, as a guest sees them: at power-on, after save and resume, after
# the guest has set its clock.  Arguments: bygone, folder of the guest programs.
set -u
bygone=$1
programs=$2
dir=$(mktemp -d /tmp/clock-XXXXXX)
export XDG_RUNTIME_DIR="$dir" XDG_DATA_HOME="$dir" HOME="$dir"
unset DISPLAY WAYLAND_DISPLAY
machine=$dir/clock.bygone
passed=0 failed=0

end() {
    "$bygone" stop "$machine" >/dev/null 2>&1
    rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' HUP INT TERM

cp "$programs/clock.bin" "$dir/clock.img"
truncate -s 368640 "$dir/clock.img"

# policy TEXT: the profile says so from now on.
policy() {
    sed -i "s/^Clock=.*/Clock=$1/" "$machine"
}

# on TEXT: a new machine of that policy runs.
on() {
    "$bygone" stop "$machine" >/dev/null 2>&1
    rm -rf "$machine" "$dir/clock.d"
    "$bygone" create "$machine" --template other --memory 2M --floppy "$dir/clock.img" >/dev/null
    policy "$1"
    "$bygone" start "$machine" --engine own
}

# ok NAME REGEX: the screen comes to show it.
ok() {
    if "$bygone" wait "$machine" --text "$2" --timeout 120 2>/dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$1:F: not $2 but: $("$bygone" screentext "$machine" | head -n 1)"
    fi
}

again() {
    "$bygone" save "$machine"
    [ -z "${1:-}" ] || policy "$1"
    "$bygone" start "$machine" --engine own
}

year() { # difference to the host's
    echo $(($(date +%Y) + $1)) | sed 's/^\(..\)/\1 /'
}

on fixed:1991-05-06T12:00
ok a_fixed_clock_begins_there '^19 91-05-06 12:0[0-2]:'
"$bygone" type "$machine" y
ok the_guest_sets_it '^19 92-05-06 12:'
# Another moment in the profile is for the next power-on: the guest goes on from where it was.
again fixed:1995-01-01
ok a_fixed_clock_goes_on_after_a_resume '^19 92-05-06 12:'

on frozen:1991-05-06T12:00
ok a_frozen_clock_is_there '^19 91-05-06 12:00:00 '
ticks=$("$bygone" screentext "$machine" | sed -n 's/.* \([0-9A-F]*\)$/\1/p' | head -n 1)
ok the_timer_goes_on "^19 91-05-06 12:00:00 (?!$ticks|0000)"
sleep 2
ok the_frozen_clock_stands_still '^19 91-05-06 12:00:00 '
again
ok and_after_a_resume '^19 91-05-06 12:00:00 '

on host
ok the_hosts_clock "^$(year 0)-"
again offset:-3y
ok a_policy_of_the_host_is_followed_after_a_resume "^$(year -3)-"

on offset:-20y
ok an_offset_of_years "^$(year -20)-"
: >"$dir/events"
python3 - "$(find "$dir/bygone" -name control)" >"$dir/events" <<'EOF' &
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(120)
s.connect(sys.argv[1])
s.sendall(b'{"execute": "qmp_capabilities"}')
for line in s.makefile():
    print(line, end='', flush=True)
    if 'RTC_CHANGE' in line:
        break
EOF
listener=$!
tries=100
until grep -q '"return"' "$dir/events" || [ $tries = 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
done
"$bygone" type "$machine" y
ok a_guest_that_sets_its_clock_is_ahead "^$(year -19)-"
wait $listener
if grep RTC_CHANGE "$dir/events" | grep -Eq '"offset" *: *316[0-9]{5}|"offset" *: *315[0-9]{5}'; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
    echo "its_owner_is_told:F: $(cat "$dir/events")"
fi
again
ok and_stays_ahead_after_a_resume "^$(year -19)-"
again offset:-30y
ok whatever_the_policy_then_is "^$(year -29)-"

echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
