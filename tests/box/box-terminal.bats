#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box and its caller's terminal: a container without -t has no way to it; what is typed there, and what its keys
# mean, comes and goes through box all the same.

load ../helpers
load ../steps/every-step
load ../steps/every-job
load box

# on_terminal runs box then, in the way of a step.
# shellcheck disable=SC2034
STEP_BIN=$BOX STEP_OPTIONS=(run --network none)
export BOX_ROOT=/run/box-terminal # in memory, and the chamber's own

setup_file() {
	box_setup_file
}

# ---- No way to it ----------------------------------------------------------------

# attack NAME WORD...: run a program that types wherever it can; is there something to read on the terminal after it? In a container, it is
# $type NAME: as a child of the first process, which then writes to /tried that it has been tried, and as that process.
script_of_attack='
	attack() {
		local round
		"${@:2}" || echo "failed-$?"
		for ((round = 0; round < 50 * 60 * TEST_SLOWNESS; round++)); do
			[[ $1 != self && ! -s $tried/$1 ]] || break
			sleep 0.02
		done
		if read -r -t 0; then IFS= read -r line; echo "$1: typed <$line>"; else echo "$1: silence"; fi
		while read -r -t 0; do read -r line; done
	}
'

type='/probe type echo-me; echo tried >/tried/$0; exec /probe type echo-me'

prepare_attack() {
	export probe BOX ROOTFS type tried=$BATS_TEST_TMPDIR/tried
	rm -rf "$tried"
	mkdir -m 777 "$tried"
}

# attacks OPTION...: a container with these options types what it can
attacks() {
	prepare_attack
	on_terminal "$script_of_attack"'
		attack it "$BOX" run --network none -v "$probe:/probe" -v "$tried:/tried" '"${*@Q}"' "$ROOTFS" sh -c "$type" it'
	expect 'it: silence'
	expect '(over)'
	[[ -s $tried/it ]] || fail "wanted: a container that tries, with $*; the screen shows: $(<"$screen")"
	! grep -e 'a terminal at' -e 'typed at' "$screen" || fail "wanted: no terminal, with $*; the screen shows: $(<"$screen")"
}

@test "a process that shares the terminal can type on it: the attack of these tests works" {
	needs root
	export probe
	on_terminal "$script_of_attack"' attack self "$probe" type echo-me' true
	expect 'self: typed <echo-me>'
	expect '(over)'
}

@test "without -t a container can't type on its caller's terminal, by no descriptor, and by no path" {
	local options
	for options in '' -i --init '-i --init' '-u box' '--cap-add SYS_ADMIN'; do
		# shellcheck disable=SC2086 # words
		attacks $options
	done
}

@test "without -t a container can't type on its caller's terminal, even with bricks left out" {
	needs root
	local options
	for options in --privileged '-i --privileged --init' '--security-opt seccomp=unconfined' '--without seccomp' '--without terminal' \
		'-i -t --without terminal' '--without close' '--without caps' '--without dev --without seccomp' '-d --rm --without terminal' \
		'-d -i -t --rm --without terminal' '--without pid'; do
		# shellcheck disable=SC2086 # words
		attacks $options
	done
}

@test "without -t a container in a user namespace can't type on its caller's terminal" {
	needs root
	local BOX_ROOT
	BOX_ROOT=$(mktemp -d /dev/shm/box-terminal.XXXX)
	chmod 711 "$BOX_ROOT"
	as_nobody unshare --user true || skip 'needs user namespaces'
	attacks -i --userns auto
	rm -r "$BOX_ROOT"
}

@test "without -t a command of exec can't type on its caller's terminal" {
	local options name
	for options in '' --privileged '--without terminal --without seccomp'; do
		prepare_attack
		# shellcheck disable=SC2086 # words
		"$BOX" run -d --name there --network none $options -v "$probe:/probe" -v "$tried:/tried" "$ROOTFS" sleep 1000
		on_terminal "$script_of_attack"'
			attack plain "$BOX" exec there sh -c "$type" plain
			attack input "$BOX" exec -i there sh -c "$type" input
			attack gone "$BOX" exec -d there sh -c "$type" gone' true
		expect 'plain: silence'
		expect 'input: silence'
		expect 'gone: silence'
		expect '(over)'
		! grep -e 'a terminal at' -e 'typed at' "$screen" || fail 'wanted: no terminal'
		for name in plain input gone; do
			[[ -s $tried/$name ]] || fail "wanted: a command that tries: $name"
		done
		"$BOX" rm --force there
	done
}

# The second wall: a terminal that did get in. The kernel reads 32 bits of the request, whatever the others are.
@test "the filter refuses to type on any terminal: TIOCSTI and TIOCLINUX, whatever stands above their 32 bits" {
	local request
	for request in 0x5412 0x541c 0x100005412 0xffffffff00005412 0x8000000000005412 0x10000541c 0xffffffff0000541c; do
		box_probe ioctl 0 "$request" @x
		says EPERM
		box_run --security-opt seccomp=unconfined -v "$probe:/probe" /probe ioctl 0 "$request" @x
		says ENOTTY
	done
	! "$probe" i386 20 >/dev/null || { # not every kernel has that door
		box_probe i386 54 0 0x5412 0
		says EPERM
	}
	for request in 0x5410 0x5411 0x5413 0x541b 0x541d 0x5401 0x5402 0x4412 0x5492 0xffffffff80045430; do
		box_probe ioctl 0 "$request" @x
		says ENOTTY
	done
	needs root
	box_run --cap-add SYS_ADMIN -v "$probe:/probe" /probe ioctl 0 0x100005412 @x
	says EPERM
}

# ---- All the same ----------------------------------------------------------------

@test "what it says on stdout and stderr comes in order, and all of it; what is typed arrives, until Ctrl-D" {
	on_terminal '"$@"; echo "ended-$?"; read -r line; echo "<$line>"' --interactive sh -c \
		'for i in 1 2 3; do echo "out-$i"; echo "err-$i" >&2; done; echo ready; while read -r line; do echo "got-$line"; done; seq 20000; exit 4'
	expect $'out-1\r\nerr-1\r\nout-2\r\nerr-2\r\nout-3\r\nerr-3\r\n'
	expect ready
	type_line one
	expect got-one
	type_line two
	expect got-two
	type_keys $'\004'
	expect $'\n19999\r\n20000\r\n'
	expect ended-4
	type_line after
	expect '<after>'
}

@test "a terminal that is read late gets all of it, with -t and without" {
	local tty
	for tty in --tty=false --tty; do
		run python3 -c '
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.waitpid(pid, 0)
said = b""
try:
    while True: # a read may get only the first lines: the kernel takes them over one after the other
        said += os.read(terminal, 4096)
except OSError: # EIO: that was all
    print(said.count(b"word"))' "$BOX" run --network none "$tty" "$ROOTFS" sh -c 'for i in 1 2 3 4; do echo word word word word word word word word word word word word word word word word word word word word; done'
		[[ $output == 80 ]] || fail "wanted: 80 words, not $output"
	done
}

@test "a stream that is no terminal goes in as it is" {
	export BOX ROOTFS
	on_terminal 'echo piped | "$BOX" run -i --network none "$ROOTFS" sh -c "cat; readlink /proc/self/fd/0 >&2" 2>"$BATS_TEST_TMPDIR/said"; : >"$BATS_TEST_TMPDIR/file"
		"$BOX" run --network none "$ROOTFS" sh -c "stat -Lc %i /proc/self/fd/1" >"$BATS_TEST_TMPDIR/file"; stat -c %i "$BATS_TEST_TMPDIR/file" | cmp - "$BATS_TEST_TMPDIR/file" && echo same' true
	expect piped
	expect same
	[[ $(<"$BATS_TEST_TMPDIR/said") == pipe:* ]] || fail 'wanted: the pipe'
}

@test "its user can open its pipes again, and so can root in a user namespace" {
	on_terminal '"$@"' --interactive --user=box sh -c 'echo again-$((1 + 1)) >/dev/stdout; echo err-$((1 + 1)) >/dev/stderr; : </dev/stdin && echo in-$((1 + 1))'
	expect again-2
	expect err-2
	expect in-2
	expect '(over)'
}

# A shell that sleeps, and says it when the program runs: between fork and exec, its child would miss Ctrl-C.
sleeps='sh -c "echo ready; exec sleep 1000"'

# The whole job hears of it, as on the terminal itself: not PID 1 alone.
@test "Ctrl-C is the command's, and its children's; who handles it goes on" {
	local init
	for init in --init=false --init; do
		on_terminal '"$@"; echo "ended-$?"' "$init" sh -c "trap 'echo caught' INT; $sleeps; echo after; exit 7"
		expect ready
		type_keys $'\003'
		expect caught
		expect after
		expect ended-7
	done
	on_terminal '"$@"; echo "ended-$?"' --init sh -c "$sleeps"
	expect ready
	type_keys $'\003'
	expect ended-130
}

# The shell of -c has a handler of its own until it executes cat: what cat answers shows that there is none any more.
@test "a second Ctrl-C ends a PID 1 that has no handler for it, and no other" {
	on_terminal '"$@"; echo "ended-$?"' --interactive sh -c "trap 'trap - INT; exec cat' INT; $sleeps"
	expect ready
	type_keys $'\003'
	type_line once
	expect $'once\r\nonce'
	type_keys $'\003'
	expect ended-137
	on_terminal '"$@"; echo "ended-$?"' sh -c "trap 'echo caught' INT; $sleeps; $sleeps; exit 7"
	expect ready
	type_keys $'\003'
	expect caught
	expect ready
	type_keys $'\003'
	expect caught
	expect ended-7
}

@test "Ctrl-Z stops the container and box; fg goes on, and bg" {
	local init
	for init in --init=false --init; do
		on_terminal 'set -m; "$@"; echo "stopped-$?"; read -r word; echo "<$word>"; bg; echo "bg-$?"; read -r word; echo "<$word>"; fg >/dev/null; echo "ended-$?"' \
			"$init" --interactive sh -c 'echo ready; read -r word; echo "got-$word"; exit 9'
		expect ready
		type_keys $'\032'
		expect stopped-148
		type_line first
		expect '<first>'
		expect bg-0
		type_line second
		expect '<second>'
		type_line third
		expect got-third
		expect ended-9
	done
}

# PID 1 and its child stand still, or spin: their state tells.
@test "Ctrl-Z leaves nobody in there running" {
	local init first
	for init in --init=false --init; do
		on_terminal 'set -m; "$@"; echo "stopped-$?"; read -r word; fg >/dev/null; echo "ended-$?"' "$init" --name=still sh -c \
			'while :; do :; done & echo ready; while :; do :; done'
		expect ready
		type_keys $'\032'
		expect stopped-148
		first=$("$BOX" inspect still | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
		wait_for stand_still "$first"
		type_line on
		wait_for runs "$first"
		"$BOX" kill still
		expect ended-137
	done
}

# All but an init, which has nothing to do.
stand_still() {
	local pid stat
	for pid in "$1" $(children_of "$1"); do
		[[ $(<"/proc/$pid/comm") != init ]] || continue
		read -r stat <"/proc/$pid/stat"
		[[ ${stat##*) } == T* ]] || return
	done
}

runs() { ! stand_still "$1"; }

children_of() {
	local child
	for child in $(<"/proc/$1/task/$1/children"); do
		echo "$child"
		children_of "$child"
	done
}

@test "in the background it takes no key from the shell, and waits for fg" {
	local first
	export go=$BATS_TEST_TMPDIR/go
	mkfifo "$go"
	on_terminal 'set -m; "$@" & : <"$go"; read -r word; echo "<$word>"; fg >/dev/null; echo "ended-$?"' --interactive --name=back sh -c 'echo ready; read -r word; echo "got-$word"; exit 9'
	expect ready
	type_line first # and the shell does not read it yet
	first=$("$BOX" inspect back | sed -n 's/.*"pid": \([0-9]*\).*/\1/p')
	wait_for is_at_rest "$(ps -o ppid= -p "$first" | tr -d ' ')" "$first"
	: >"$go"
	expect '<first>'
	type_line second
	expect got-second
	expect ended-9
	on_terminal 'timeout 1000 "$@"; echo "ended-$?"; read -r word; echo "<$word>"' --interactive true
	expect ended-0
	type_line third
	expect '<third>'
}

@test "when the terminal goes, the container hears of it, unless nohup said that it should not" {
	on_terminal '"$@"' --interactive --name=told sh -c 'trap "echo hup >/told; exit" HUP; echo ready; while :; do sleep 1000 & wait $!; done'
	expect ready
	kill -KILL "$terminal"
	wait_for no_box told
	on_terminal 'nohup "$@" >"$BATS_TEST_TMPDIR/nohup" 2>&1' --name=deaf sh -c 'echo ready; sleep 1000; exit 3'
	wait_for grep -q ready "$BATS_TEST_TMPDIR/nohup" # nohup itself writes there first
	kill -KILL "$terminal"
	wait_for is_gone "$terminal"
	[[ $("$BOX" ps) == *deaf*running* ]] || fail 'wanted: it goes on'
	"$BOX" kill deaf
	wait_for no_box deaf
}

no_box() { "$BOX" ps >/dev/null && [[ ! -e $BOX_ROOT/$1 ]]; }

@test "the terminal's mode, and its foreground, are as they were" {
	export BOX ROOTFS
	on_terminal 'stty -g >"$BATS_TEST_TMPDIR/before"; "$BOX" run -i --network none "$ROOTFS" sh -c "stty raw; stty -echo; exit 5"; echo "ended-$?"
		stty -g | cmp - "$BATS_TEST_TMPDIR/before" && ps -o tpgid=,pgid= -p $$ | { read -r front own; ((front == own)) && echo same; }' true
	expect ended-5
	expect same
}

# ---- --explain=pause -------------------------------------------------------------

# Ctrl-C at each of its pauses, in turn: at most one line about it, no command, nothing left behind.
@test "Ctrl-C at each pause of --explain=pause ends it, and nothing is left" {
	local enters=0 count
	while :; do
		on_terminal 'trap : INT; "$@"; echo "ended-$?"' --explain=pause true
		press_enter "$enters"
		! shows 'ended-0' || break
		type_keys $'\003'
		expect 'ended-[01]' # 0 when it was about to clean up
		count=$(grep -c '^box: ' "$screen" || :)
		((count < 2)) || fail "wanted: one line, after $enters times Enter; the screen shows: $(<"$screen")"
		[[ -z $(find "$BOX_ROOT" -mindepth 1 -maxdepth 1 ! -name '.*' -print) ]] || fail "left behind: $(ls -A "$BOX_ROOT")"
		enters=$((enters + 3)) # each third: they are many
	done
	((enters > 5)) || fail "wanted: some pauses; there were $enters"
}
