#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The command line: help, exit codes, one sentence for each mistake, and a machine's whole life.
# test_cli.sh BYGONE PROGRAMS IMAGES: the program, where the boot sectors are, where FreeDOS is.
set -u
bygone=$1
programs=$2
images=${BYGONE_IMAGES:-$3}
dir=$(mktemp -d)
export XDG_DATA_HOME="$dir/data" XDG_RUNTIME_DIR="$dir/run" XDG_CACHE_HOME="$dir/cache"
mkdir -m 700 "$dir/data" "$dir/run"
unset DISPLAY WAYLAND_DISPLAY
passed=0
failed=0
skipped=0

clean_up() {
    for m in "$dir"/*.bygone; do
        [ ! -e "$m" ] || "$bygone" stop "$m" >"$dir/out" 2>&1
    done
    rm -rf "$dir"
}
trap clean_up EXIT

ok() {
    passed=$((passed + 1))
}

bad() {
    failed=$((failed + 1))
    printf 'test_cli.sh:F: %s\n' "$*"
    sed 's/^/    /' "$dir/out" "$dir/err"
}

skip() {
    skipped=$((skipped + 1))
    printf 'SKIP: %s\n' "$*"
}

# run CODE ARGUMENT...: the exit code must be that one.
run() {
    want=$1
    shift
    timeout 120 "$bygone" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    if [ "$code" = "$want" ]; then ok; else bad "bygone $*: code $code, not $want"; fi
}

# says PATTERN: standard output has it; complains PATTERN: standard error has it, in one line.
says() {
    if grep -qE "$1" "$dir/out"; then ok; else bad "the output has no \"$1\""; fi
}

complains() {
    if grep -qE "^bygone: .*$1" "$dir/err"; then ok; else bad "no complaint \"$1\""; fi
}

one_sentence() {
    if [ "$(wc -l <"$dir/err")" = 1 ] && grep -qE '^bygone: .+' "$dir/err"; then
        ok
    else
        bad "not one sentence"
    fi
}

# ---- help ----

run 0 --help
says '^Usage: bygone COMMAND'
commands=$(sed -n 's/^  \([a-z]*\) .*/\1/p' "$dir/out")
for c in run start stop save list check create boot screentext screenshot type wait engine \
    pause resume reset show media eject monitor; do
    case " $(echo $commands) " in
    *" $c "*) ok ;;
    *) bad "help does not list $c" ;;
    esac
done
for c in $commands; do
    run 0 "$c" --help
    says "^Usage: bygone $c"
    run 2 "$c" --no-such-option
    one_sentence
done
run 0 --version
run 2
run 2 no-such-command
one_sentence
for c in start stop save check create screentext screenshot type wait boot \
    pause resume reset show media eject monitor; do
    run 2 "$c"
    one_sentence
done
run 2 start no-such-machine
one_sentence
run 2 stop a b
one_sentence

# ---- mistakes of a profile ----

floppy() {
    dd if=/dev/zero of="$2" bs=1024 count=360 2>"$dir/err"
    [ -z "$1" ] || dd if="$programs/$1.bin" of="$2" conv=notrunc 2>"$dir/err"
}
floppy '' "$dir/empty.img"
floppy halt "$dir/halt.img"
cat >"$dir/wrong.bygone" <<END
[Machine]
FormatVersion=1
Uuid=f9ea2a41-5f0a-4a94-8d2c-1d2a3a1f0c12
Board=no-such-board
Memory=99999T
Cpu=Z80
Engine=auto

[Floppy A]
File=missing.img

[Disk 0]
File=also-missing.img
END
for c in check start run; do
    run 2 "$c" "$dir/wrong.bygone"
    for mistake in 'line 4: Board' 'line 5: Memory' 'line 6: Cpu' 'missing.img' 'also-missing.img'; do
        complains "$mistake"
    done
    if [ "$(wc -l <"$dir/err")" = 5 ]; then ok; else bad "not five sentences"; fi
    if [ -e "$dir/wrong.d" ]; then bad "$c wrote wrong.d"; else ok; fi
done
if [ -z "$(ls "$dir/run")" ]; then ok; else bad "something was started"; fi
echo nonsense >"$dir/nonsense.bygone"
run 2 check "$dir/nonsense.bygone"
one_sentence
run 2 start "$dir/nonsense.bygone"
rm "$dir/nonsense.bygone" "$dir/wrong.bygone"

# ---- create ----

before=$(ls "$dir")
run 2 create "$dir/x.bygone" --floppy "$dir/no.img" --disk 20M --memory 3Q --cpu 8086
complains 'Memory'
complains 'Cpu'
complains 'no.img'
run 2 create "$dir/x.bygone" --disk 999999G
run 1 create "$dir/x.bygone" --template no-such
one_sentence
run 0 create --template list
says 'win95 .*Pentium '
says 'linux-1990s .*UTC'
run 2 create --template msdos
one_sentence
run 0 create "$dir/preset.bygone" --template os2 --disk preset
if [ "$(stat -c %s "$dir/preset-disk0.img")" -gt 1000000000 ]; then ok; else bad "no preset disk"; fi
rm "$dir/preset.bygone" "$dir/preset-disk0.img"
run 2 create "$dir/x.bygone" --engine fast
run 1 create "$dir/x.bygone" --serial tcp:nowhere
complains '--serial tcp:nowhere: accepted is'
one_sentence
if [ "$before" = "$(ls "$dir")" ]; then ok; else bad "create left something: $(ls "$dir")"; fi
run 0 create "$dir/m.bygone" --floppy "$dir/halt.img" --disk 20M --memory 4M --engine own
says '/m.bygone$'
run 1 create "$dir/m.bygone"
one_sentence
if [ "$(stat -c %s "$dir/m-disk0.img")" -gt 20000000 ]; then ok; else bad "no disk of 20 MB"; fi
run 0 check "$dir/m.bygone"
says 'everything is there'
run 0 create named --floppy "$dir/empty.img"
run 0 list
says '^named +stopped'

# ---- kernels ----

run 2 boot
one_sentence
run 2 boot --append quiet "$dir/halt.img"
complains '--initrd and --append go with --kernel'
run 2 boot --kernel "$dir/gone" --headless
complains 'gone, which cannot be opened'
run 2 boot --kernel "$dir/empty.img" --headless
complains 'empty.img is no Linux kernel'
one_sentence
run 2 boot --kernel "$programs/kernel20b.bin" --memory 1M --headless
complains 'needs at least 3 MB of memory to start; the machine has 1 MB'
one_sentence
run 2 boot --kernel "$programs/kernel0.bin" --initrd "$dir/halt.img" --headless
complains 'too old to take an initrd'
one_sentence
run 2 boot --kernel "$programs/kernel200.bin" --append "$(printf '%0300d' 0)" --headless
complains 'has 300 characters; this kernel takes at most 255'
"$bygone" boot --kernel "$programs/kernel20b.bin" --append 'hello there' --memory 4M --engine own \
    --serial "$dir/kernel.txt" --headless >"$dir/out" 2>"$dir/err" </dev/null &
boot=$!
for i in $(seq 200); do
    ! grep -qs 'cmdline \[hello there\]' "$dir/kernel.txt" || break
    sleep 0.2
done
if grep -qs 'cmdline \[hello there\]' "$dir/kernel.txt"; then ok; else bad "the kernel was not started"; fi
kill $boot
wait $boot

# ---- one at a time ----

for c in stop save screentext pause resume reset show eject monitor; do
    run 4 "$c" "$dir/m.bygone"
    one_sentence
done
run 4 screenshot "$dir/m.bygone" "$dir/m.png"
run 4 type "$dir/m.bygone" x
run 2 start "$dir/m.bygone" --engine fast
one_sentence
run 0 start "$dir/m.bygone"
run 1 start "$dir/m.bygone"
one_sentence
run 0 create "$dir/second.bygone" --floppy "$dir/empty.img" --engine own
sed -i "s,empty.img,halt.img," "$dir/second.bygone"
run 2 start "$dir/second.bygone"
complains 'in use'
one_sentence
if [ -e "$dir/second.d" ]; then bad "start wrote second.d"; else ok; fi
run 2 boot "$dir/halt.img" --headless
complains 'in use'
run 0 check "$dir/m.bygone"
says 'is running'
run 5 wait "$dir/m.bygone" --text 'never there' --timeout 0.3
one_sentence
run 2 wait "$dir/m.bygone"
run 2 wait "$dir/m.bygone" --text '('
one_sentence
run 1 type "$dir/m.bygone" '{no-such-key}'
one_sentence
run 1 type "$dir/m.bygone" '€'
one_sentence
run 1 screenshot "$dir/m.bygone" "$dir/no/such/folder.png"
one_sentence
run 0 engine "$dir/m.bygone"
says '^(translate|interpret)'

# ---- while it runs ----

run 0 pause "$dir/m.bygone"
cp "$dir/m.bygone" "$XDG_DATA_HOME/bygone/m.bygone"
run 0 list
says '^m +paused'
rm "$XDG_DATA_HOME/bygone/m.bygone"
run 0 pause "$dir/m.bygone"
run 0 resume "$dir/m.bygone"
run 0 reset "$dir/m.bygone"
run 0 show "$dir/m.bygone"
says 'neither a display nor a terminal'
run 0 monitor "$dir/m.bygone" info status
says 'running'
run 0 monitor "$dir/m.bygone" no-such-thing
says 'unknown command'
printf 'info version\nexit\nstop\n' |
    timeout 60 "$bygone" monitor "$dir/m.bygone" >"$dir/out" 2>"$dir/err"
says 'Bygone'
run 0 monitor "$dir/m.bygone" info status
says 'running'
floppy '' "$dir/other.img"
run 0 media "$dir/m.bygone" b "$dir/other.img"
run 0 monitor "$dir/m.bygone" info block
says '^floppy1 \(#floppy1\): other.img'
run 2 eject "$dir/m.bygone"
one_sentence
complains 'floppy0 or floppy1'
run 0 eject "$dir/m.bygone" B:
run 0 media "$dir/m.bygone" floppy1 "$dir/other.img" --read-only
run 0 monitor "$dir/m.bygone" info block
says '^floppy1 \(#floppy1\): other.img .*read-only'
run 0 eject "$dir/m.bygone" floppy0
run 0 eject "$dir/m.bygone"
run 1 eject "$dir/m.bygone"
one_sentence
run 1 eject "$dir/m.bygone" disk0
one_sentence
run 1 eject "$dir/m.bygone" nowhere
one_sentence
run 2 media "$dir/m.bygone" a "$dir/no.img"
one_sentence
run 2 media "$dir/m.bygone" a "$dir"
one_sentence
run 1 media "$dir/m.bygone" nowhere "$dir/other.img"
one_sentence
run 1 media "$dir/m.bygone" a /proc/version
one_sentence
run 4 media "$dir/second.bygone" a "$dir/other.img"
one_sentence
run 0 media "$dir/m.bygone" a "$dir/halt.img"
if bash -c '. "$1" && COMP_WORDS=(bygone mon) COMP_CWORD=1 && PATH=$2:$PATH && _bygone &&
    [ "${COMPREPLY[*]}" = monitor ]' bash "$(dirname "$0")/../../docs/completion/bygone" \
    "$(dirname "$bygone")" >"$dir/out" 2>"$dir/err"; then ok; else bad "no completion"; fi
run 2 engine "$dir/m.bygone" --engine fast
# Confined as it is, it gets no more executable memory: what it needs was made before.
"$bygone" engine >"$dir/out" 2>"$dir/err"
if grep -q '^own engine: .*[0-9]' "$dir/out" && grep -q '^chosen: *translator' "$dir/out"; then
    for e in interpret translate own interpret own; do
        run 0 engine "$dir/m.bygone" --engine "$e"
        if [ "$e" = interpret ]; then says '^interpret:'; else says '^translate:'; fi
        says '^confinement: .*seccomp'
    done
else
    skip "the translator is not chosen here"
fi
run 0 stop "$dir/m.bygone"
"$bygone" engine >"$dir/out" 2>"$dir/err"
if grep -qE '^KVM: +[0-9.]+ million' "$dir/out"; then
    run 0 start "$dir/m.bygone" --engine kvm
    run 0 engine "$dir/m.bygone"
    says '^kvm'
    says '^confinement: .*seccomp'
    run 0 stop "$dir/m.bygone"
else
    skip "there is no KVM for a confined machine"
fi
run 4 stop "$dir/m.bygone"
run 0 start "$dir/second.bygone"
run 0 stop "$dir/second.bygone"

# ---- ports ----

run 2 boot "$dir/empty.img" --headless --serial tty:/no/such/port
complains 'Serial 1: the serial port /no/such/port cannot be used'
run 0 create "$dir/ports.bygone" --floppy "$dir/halt.img" --serial pty --engine own
printf '\n[Parallel 1]\nTarget=folder:prints\n' >>"$dir/ports.bygone"
run 2 check "$dir/ports.bygone"
complains 'Parallel 1: there is no folder .*/prints'
mkdir "$dir/prints"
run 0 start "$dir/ports.bygone"
complains 'Serial 1 is pty \(/dev/pts/[0-9]+\), also .*/serial1'
pty=$(echo "$dir"/run/bygone/*/serial1)
if [ -c "$pty" ]; then ok; else bad "$pty is no terminal"; fi
run 0 stop "$dir/ports.bygone"
if [ -e "$pty" ]; then bad "$pty is still there"; else ok; fi

# ---- our own DOS ----

mkdir "$dir/c"
printf '\270\007\114\315\041' >"$dir/c/SEVEN.COM" # MOV AX,4C07h; INT 21h
printf '@echo off\r\nseven\r\nif errorlevel 7 if not errorlevel 8 echo it was %%1\r\n' >"$dir/c/t.bat"
run 7 run "$dir/c/SEVEN.COM" --headless --text
run 7 run "$dir/c/t.bat" seven --headless --text
says '^it was seven$'

# ---- a life with FreeDOS ----

if [ -f "$images/freedos-1440.img" ]; then
    cp "$images/freedos-1440.img" "$dir/dos.img"
    chmod u+w "$dir/dos.img"
    run 0 create "$dir/dos.bygone" --floppy "$dir/dos.img" --template freedos --engine own
    run 0 start "$dir/dos.bygone"
    run 0 wait "$dir/dos.bygone" --text '^A:.>' --timeout 100
    run 0 type "$dir/dos.bygone" 'echo one two{enter}'
    run 0 wait "$dir/dos.bygone" --text '^one two' --timeout 60
    run 0 screentext "$dir/dos.bygone"
    says '^A:.>echo one two'
    run 0 screenshot "$dir/dos.bygone" "$dir/dos.png"
    if python3 - "$dir/dos.png" <<'END'; then ok; else bad "dos.png is no valid PNG"; fi
import struct, sys, zlib
data = open(sys.argv[1], 'rb').read()
assert data[:8] == b'\x89PNG\r\n\x1a\n'
at, body, last = 8, b'', b''
while at < len(data):
    length, last = struct.unpack('>I4s', data[at:at + 8])
    chunk = data[at + 8:at + 8 + length]
    assert struct.unpack('>I', data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(last + chunk)
    if last == b'IHDR':
        width, height, depth, colour = struct.unpack('>IIBB', chunk[:10])
    if last == b'IDAT':
        body += chunk
    at += 12 + length
assert last == b'IEND' and at == len(data)
row = 1 + width * depth * {0: 1, 2: 3, 3: 1, 6: 4}[colour] // 8
pixels = zlib.decompress(body)
assert len(pixels) == row * height and (width, height) in ((720, 400), (640, 400)), (width, height)
assert len(set(pixels)) > 2
END
    run 0 save "$dir/dos.bygone"
    run 4 screentext "$dir/dos.bygone"
    run 0 list
    cp "$dir/dos.bygone" "$XDG_DATA_HOME/bygone/copy.bygone"
    run 0 start "$dir/dos.bygone"
    run 0 screentext "$dir/dos.bygone"
    says '^one two'
    run 0 type "$dir/dos.bygone" 'ver{enter}'
    run 0 wait "$dir/dos.bygone" --text 'FreeCom version' --timeout 60
    run 0 stop "$dir/dos.bygone"
    rm "$XDG_DATA_HOME/bygone/copy.bygone"
    # A damaged state: refused, kept, and nothing runs.
    run 0 start "$dir/dos.bygone"
    run 0 save "$dir/dos.bygone"
    printf 'X' | dd of="$dir/dos.d/state" bs=1 seek=5000 conv=notrunc 2>"$dir/err"
    run 3 start "$dir/dos.bygone"
    one_sentence
    if [ -f "$dir/dos.d/state" ]; then ok; else bad "the damaged state is gone"; fi
    run 4 stop "$dir/dos.bygone"
else
    skip "freedos-1440.img is not there; BYGONE_IMAGES names its folder"
fi

# ---- boot ----

floppy leave "$dir/leave.img"
run 43 boot "$dir/leave.img" --headless --serial stdio --debug-exit --engine own
says '^hello from the guest'
run 43 boot "$dir/leave.img" --headless --debug-exit --engine own --counted
run 43 boot "$dir/leave.img" --headless --serial "$dir/serial.txt" --debug-exit --engine own
if grep -q '^hello from the guest' "$dir/serial.txt"; then ok; else bad "no text in serial.txt"; fi
run 2 boot "$dir/no.img" --headless
one_sentence
run 2 boot "$dir" --headless
one_sentence
run 2 boot "$dir/leave.img" --headless --memory 3
complains 'Memory'
run 2 boot "$dir/leave.img" --headless --cpu Z80
complains 'Cpu'
run 2 boot "$dir/leave.img" --headless --engine fast
one_sentence
if ls -d "${TMPDIR:-/tmp}"/bygone-?????? >"$dir/out" 2>"$dir/err"; then
    for left in "${TMPDIR:-/tmp}"/bygone-??????; do
        # Other machines may run; ours would name our image.
        if grep -qs "$dir/" "$left/boot.bygone"; then bad "boot left $left"; fi
    done
fi

# ---- no KVM ----

if unshare -m true 2>"$dir/err"; then
    hide='mount --bind /dev/null /dev/kvm 2>/dev/null || [ ! -e /dev/kvm ] || exit 99; exec "$@"'
    timeout 60 unshare -m sh -c "$hide" sh "$bygone" boot "$dir/leave.img" --headless \
        --debug-exit --engine kvm >"$dir/out" 2>"$dir/err" </dev/null
    code=$?
    if [ "$code" = 99 ]; then
        skip "/dev/kvm cannot be hidden here"
    else
        if [ "$code" = 3 ]; then ok; else bad "without KVM: code $code, not 3"; fi
        one_sentence
        complains 'KVM'
        unshare -m sh -c "$hide" sh "$bygone" engine >"$dir/out" 2>"$dir/err" </dev/null
        says '^chosen: +(translator|interpreter): .*KVM'
        timeout 60 unshare -m sh -c "$hide" sh "$bygone" boot "$dir/leave.img" --headless \
            --debug-exit >"$dir/out" 2>"$dir/err" </dev/null
        code=$?
        if [ "$code" = 43 ]; then ok; else bad "without KVM, auto: code $code, not 43"; fi
    fi
else
    skip "mount namespaces are not allowed here"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
