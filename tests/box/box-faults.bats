#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154,SC2317 # quoted so for the container's shell; set by helpers.bash; called from faults.bash
#
# box, when things go wrong: every system call on the way up fails, or is the last one that box makes; what can't be
# written, and what can't be run. After each: one clear line or none, and after the next box command nothing is left.

load ../helpers
load box
load faults

export BOX_ROOT=/run/box-faults # in memory, and the chamber's own

setup_file() {
	[[ -x $ROOTFS/bin/busybox ]] || "$toolkit/lab/rootfs" busybox
	"$BOX" run --network none "$ROOTFS" true # makes what all containers share
}

box_run() {
	capture "$BOX" run --network none "$@"
}

# In the background. Sets $program, and its $child, which is the container's PID 1, when it has said something.
start_box() {
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	: >"$out"
	"$BOX" run --network none "$@" >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for test -s "$out"
	child=$(init_of "$program")
}

is_gone() {
	local stat
	! read -r stat 2>/dev/null <"/proc/$1/stat" || [[ ${stat##*) } == [ZX]* ]]
}

# What the last box could not clear away itself, this one does: when the container, whom the kernel kills with its
# box, has gone.
nothing_is_left() {
	local tries=$((100 * TEST_SLOWNESS))
	until "$BOX" ps >/dev/null && [[ $(echo "$BOX_ROOT"/*) == "$BOX_ROOT/*" ]]; do
		((tries--)) || fail "$1 left $(echo "$BOX_ROOT"/*)"
		sleep 0.02
	done
}

# ---- Every system call ------------------------------------------------------------

# run_fails outside|inside error|kill [OPTION]...
run_fails() {
	needs_faults
	every_call "$1" "$2" "$BOX" run --network none "${@:3}" "$ROOTFS" true
	((calls > 50)) || fail "wanted: more than $calls calls to try"
}

afterwards() {
	nothing_is_left "$1,"
}

# bats test_tags=slow
@test "each call of the outside fails: one line or none, and nothing is left" { run_fails outside error; }
# bats test_tags=slow
@test "each call of the inside fails: one line or none, and nothing is left" { run_fails inside error; }
# bats test_tags=slow
@test "box is killed at each call: nothing runs on, and the next box clears away" { run_fails outside kill; }
# bats test_tags=slow
@test "the inside is killed at each call: box clears away" { run_fails inside kill; }
# bats test_tags=slow
@test "each call fails, or is the last, with a user namespace" {
	local side
	for side in outside inside; do
		run_fails "$side" error --userns=auto
		run_fails "$side" kill --userns=auto
	done
}
# bats test_tags=slow
@test "each call fails, or is the last, with a terminal" {
	local side
	for side in outside inside; do
		run_fails "$side" error --tty
		run_fails "$side" kill --tty
	done
}
# bats test_tags=slow
@test "each call fails, or is the last, of the box that makes the bridge" {
	afterwards() {
		nothing_is_left "$1,"
		[[ ! -e /sys/class/net/box0 ]] && ! compgen -G '/run/box-net-*' || fail "$1 left the bridge, or the register"
	}
	run_fails outside error --network=bridge
	run_fails outside kill --network=bridge
}
# bats test_tags=slow
@test "each call fails, or is the last, with a cable to the bridge" {
	local side taken
	needs_faults
	BOX_ROOT=/run/box-neighbour "$BOX" run --detach --rm --name neighbour "$ROOTFS" sleep 1000 # so that there is a bridge
	taken=$(ls /run/box-net-*)
	afterwards() {
		nothing_is_left "$1,"
		[[ $(ls /run/box-net-*) == "$taken" ]] || fail "$1 left an address"
	}
	for side in outside inside; do
		run_fails "$side" error --network=bridge
		run_fails "$side" kill --network=bridge
	done
	BOX_ROOT=/run/box-neighbour "$BOX" kill neighbour
}

# bats test_tags=slow
@test "each call of exec fails, or is the last: nothing more runs in there, and the next one works" {
	local side namespace
	needs_faults
	start_box --name it "$ROOTFS" sh -c 'echo ready; exec sleep 1000'
	namespace=$(readlink "/proc/$child/ns/pid")
	afterwards() { wait_for one_lives_in "$namespace" "after $1"; }
	for side in outside inside inmost; do
		every_call "$side" error "$BOX" exec it true
		every_call "$side" kill "$BOX" exec it true
		[[ $side == inside ]] || ((calls > 30)) || fail "wanted: more than $calls calls of the $side"
		capture "$BOX" exec it echo "$side"
		[[ $status == 0 && $output == "$side" ]] || fail 'wanted: a container that goes on'
	done
	"$BOX" kill it
	wait "$program" || :
	nothing_is_left it
}

one_lives_in() {
	[[ $(find /proc/[0-9]*/ns/pid -maxdepth 0 -printf '%l\n' 2>/dev/null | grep -cFx "$1") == 1 ]]
}

# ---- SIGKILL -----------------------------------------------------------------------

@test "SIGKILL to box ends the container, and the next box clears away" {
	start_box "$ROOTFS" sh -c 'sleep 1000 & echo ready; wait'
	kill -KILL "$program"
	status=0
	wait "$program" || status=$?
	[[ $status == 137 ]] || fail 'wanted: 137'
	wait_for is_gone "$child"
	nothing_is_left it
}

@test "SIGKILL to the init, to the command: box says 137, and clears away by itself" {
	local command words
	for words in '' --init; do
		# shellcheck disable=SC2086 # one argument or none
		start_box $words "$ROOTFS" sh -c 'echo ready; exec sleep 1000'
		command=$child
		[[ -z $words || $RANDOM -gt 16384 ]] || command=$(init_of "$child")
		kill -KILL "$command"
		status=0
		wait "$program" || status=$?
		[[ $status == 137 && -z $(ls "$BOX_ROOT") ]] || fail "wanted: 137, and an empty directory; it has $(ls "$BOX_ROOT")"
	done
}

# ---- Its own directory -------------------------------------------------------------

@test "a full disk: one line, and nothing is left on it" {
	local left
	mount -t tmpfs -o size=1m,nr_inodes=40 none /mnt
	dd if=/dev/zero of=/mnt/full bs=4k 2>/dev/null || :
	BOX_ROOT=/mnt/box box_run "$ROOTFS" true
	left=$(ls /mnt/box 2>/dev/null || :)
	[[ $status == 0 ]] || complains space
	rm /mnt/full
	while : >"/mnt/$RANDOM"; do :; done 2>/dev/null # inodes
	BOX_ROOT=/mnt/box box_run "$ROOTFS" true
	left+=$(ls /mnt/box 2>/dev/null || :)
	umount /mnt
	complains space
	[[ -z $left ]] || fail "left: $left"
}

@test "a directory that can't be written: one line that names it" {
	mount -t tmpfs -o ro none /mnt
	BOX_ROOT=/mnt/box box_run "$ROOTFS" true
	umount /mnt
	complains /mnt/box 'Read-only file system'
	BOX_ROOT=/etc/passwd/box box_run "$ROOTFS" true
	complains /etc/passwd
	BOX_ROOT=relative box_run "$ROOTFS" true
	complains BOX_ROOT relative
}

@test "in a chroot that is no mount point: one line that says how to make it one, which works" {
	local place=/mnt/chroot directory
	mount -t tmpfs none /mnt
	mkdir -p $place/{proc,dev,var}
	cp "$BOX" $place/box
	cp -a "$ROOTFS" $place/rootfs
	mount --rbind /proc $place/proc
	mount --rbind /dev $place/dev
	for directory in /usr /lib /lib64; do # a box with the sanitizers is linked dynamically
		[[ ! -e $directory ]] || { mkdir -p "$place$directory" && mount --rbind "$directory" "$place$directory"; }
	done
	mount --make-rprivate /mnt
	unset BOX_ROOT
	capture chroot $place /box run --network none /rootfs echo here
	complains 'Invalid argument' 'unshare --mount' --rbind
	mount --rbind $place $place
	mount --make-shared /mnt
	capture chroot $place /box run --network none /rootfs echo here
	mount --make-private /mnt
	umount --lazy $place
	complains 'Invalid argument' 'unshare --mount' --rbind
	capture unshare --mount sh -c 'mount --rbind "$0" "$0" && exec chroot "$0" /box run --network none /rootfs echo here' $place
	umount --recursive /mnt
	says here
}

# ---- ROOTFS ------------------------------------------------------------------------

@test "ROOTFS: a link is fine; a file, or nothing, is one line that names it" {
	ln -s "$ROOTFS" "$BATS_TEST_TMPDIR/link"
	box_run "$BATS_TEST_TMPDIR/link" cat /etc/os-release
	[[ $status == 0 && $output == "$(<"$ROOTFS/etc/os-release")" ]] || fail 'wanted: what the link leads to'
	box_run /etc/passwd true
	complains /etc/passwd
	box_run "$BATS_TEST_TMPDIR/no" true
	complains "$BATS_TEST_TMPDIR/no"
}

@test "ROOTFS on a file system that is mounted noexec: 126, and a line that says so" {
	local option
	mount -t tmpfs -o noexec none /mnt
	cp -a "$ROOTFS" /mnt/rootfs
	for option in --init=false --write-through; do
		box_run "$option" /mnt/rootfs true
		[[ $status == 126 && $stderr == box:\ *noexec* && $stderr != *$'\n'* ]] || fail 'wanted: 126, and a word about noexec'
	done
	umount /mnt
}

# ---- Words -------------------------------------------------------------------------

@test "a name with a slash, or too long, is one line that shows it" {
	local name
	for name in a/b ../a / . '' -a "$(printf '%065d' 0)"; do
		box_run --name="$name" "$ROOTFS" true
		complains --name "$name"
	done
}

@test "10,000 arguments arrive" {
	mapfile -t words < <(seq 10000)
	box_run "$ROOTFS" sh -c 'echo $# $1 ${10000}' - "${words[@]}"
	[[ $status == 0 && $output == '10000 1 10000' ]] || fail 'wanted: all of them'
}

@test "two containers with one name: the second is refused, and the first is none the worse" {
	local name
	name=$(random_name)
	start_box --name "$name" -i "$ROOTFS" sh -c 'echo ready; read -r line; exit 7' < <(wait_for test -e "$BATS_TEST_TMPDIR/go" && echo)
	box_run --name "$name" "$ROOTFS" true
	complains "$name" --name
	: >"$BATS_TEST_TMPDIR/go"
	status=0
	wait "$program" || status=$?
	[[ $status == 7 ]] || fail 'wanted: the 7 of the first'
	box_run --name "$name" "$ROOTFS" true
	[[ $status == 0 ]] || fail 'wanted: the name, once it is free'
}

# ---- Commands that mean no good ----------------------------------------------------

@test "a command that forks and exits leaves nobody" {
	box_run "$ROOTFS" sh -c 'sleep 1000 & (setsid sleep 1001 &) ; echo $$; exit 3'
	[[ $status == 3 && $output == 1 && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: 3, and an empty directory'
	[[ $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ') != *'sleep 100'[01]* ]] || fail 'somebody sleeps on'
}

@test "a command that ignores SIGTERM ends when box stop's patience does" {
	start_box --name deaf "$ROOTFS" sh -c 'trap "" TERM; echo ready; while :; do sleep 1000; done'
	capture "$BOX" stop --time 1 deaf
	[[ $status == 0 ]] || fail 'wanted: an end'
	status=0
	wait "$program" || status=$?
	[[ $status == 137 && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: 137, and an empty directory'
}

@test "200 started at once: all of them run, and nothing is left" {
	local i
	needs native
	for ((i = 0; i < 200; i++)); do
		"$BOX" run --network none "$ROOTFS" echo "$i" 3>&- &
	done >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
	wait
	[[ ! -s $BATS_TEST_TMPDIR/err ]] || fail "it says: $(sort "$BATS_TEST_TMPDIR/err" | uniq -c)"
	[[ $(sort -n "$BATS_TEST_TMPDIR/out") == "$(seq 0 199)" ]] || fail 'wanted: 200 lines'
	nothing_is_left it
}
