#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the caller's shell; set by helpers.bash
#
# box: what a command inherits from the caller of run and exec, and what it does not: a test for each row of the table in
# full/README.md, but for those that box-bricks, box-life and box-privilege test.

load ../helpers
load box

export BOX_ROOT=/run/box-inherit # in memory, and the chamber's own

setup_file() { box_setup_file; }

setup() {
	open_ledger
	options=(--network none --security-opt seccomp=unconfined -v "$probe:/probe")
}

teardown() {
	local id
	for id in "$BOX_ROOT"/*; do
		[[ ! -d $id ]] || "$BOX" rm --force "${id##*/}"
	done
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		check_ledger
	else
		clear_away
	fi
}

# A zombie counts as gone.
is_gone() {
	local stat
	! read -r stat 2>/dev/null <"/proc/$1/stat" || [[ ${stat##*) } == [ZX]* ]]
}

# in_both SCRIPT COMMAND...: run COMMAND with run, and with exec in a container that another caller has started. The bash script
# SCRIPT is the caller of both, and "$@" in it is the box command. Sets $run and $exec to the output.
in_both() {
	local script=$1
	shift
	[[ -d $BOX_ROOT/heir ]] || "$BOX" run -d --name heir "${options[@]}" "$ROOTFS" sleep 1000
	capture bash -c "$script" - "$BOX" run "${options[@]}" "$ROOTFS" "$@"
	run=$output
	[[ $status == 0 ]] || fail 'wanted: status 0 of run'
	capture bash -c "$script" - "$BOX" exec heir "$@"
	exec=$output
	[[ $status == 0 ]] || fail 'wanted: status 0 of exec'
}

are_both() { [[ $run == "$1" && $exec == "$1" ]] || fail "wanted: $1 with run and with exec; they are $run and $exec"; }

@test "no signal that box's caller ignores or blocks" {
	local glibc='s/^(SigIgn:\t0{7})[01][08](0{7})$/\100\2/' # 32 and 33 are its own: whom make starts ignores them
	in_both 'exec env --ignore-signal=TERM,INT,QUIT,HUP,USR1 --block-signal=USR2,TERM "$@"' grep -E '^Sig(Blk|Ign)' /proc/self/status
	run=$(sed -E "$glibc" <<<"$run") exec=$(sed -E "$glibc" <<<"$exec")
	are_both $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
}

# There, the shell has SIGINT ignored.
@test "a command with --init in a script's background can be interrupted" {
	out=$BATS_TEST_TMPDIR/out
	: >"$out"
	env --ignore-signal=INT "$BOX" run --init --network none "$ROOTFS" sh -c 'echo ready; exec sleep 1000' >"$out" 3>&- &
	program=$!
	wait_for test -s "$out"
	kill -INT "$program"
	wait_for is_gone "$program"
	status=0
	wait "$program" || status=$?
	[[ $status == 130 ]] || fail 'wanted: status 130'
}

@test "no variable" {
	in_both 'export GIFT=given HOME=/gift PATH=$PATH:/gift; "$@"' sh -c 'echo "${GIFT-none},$HOME,${PATH##*:}"'
	are_both none,/root,/bin
}

@test "not the umask" {
	in_both 'umask 077; "$@"' sh -c umask
	are_both 0022
}

@test "not the securebits" {
	needs root setpriv
	in_both 'exec setpriv --securebits +no_setuid_fixup "$@"' /probe prctl 27 # PR_GET_SECUREBITS
	are_both 0
}

@test "not the session keyring" {
	local words=(keyctl 0 -3 0) callers # KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING
	callers=$("$probe" "${words[@]}")
	[[ $callers != E* ]] || skip 'needs a kernel with keys'
	in_both '"$@"' /probe "${words[@]}"
	[[ $run == [0-9]* && $exec == [0-9]* && $run != "$callers" && $exec != "$callers" ]] ||
		fail "wanted: others than $callers; they are $run and $exec"
}

# alarm(2), which is number 37, returns the seconds that were left.
@test "no timer" {
	needs perl
	[[ $(uname -m) == x86_64 ]] || skip 'needs alarm(2)'
	local script='exec perl -e "alarm 1000; exec @ARGV" "$@"'
	capture bash -c "$script" - "$probe" 37 0
	((output > 900)) || fail 'wanted: that execve(2) keeps a timer'
	in_both "$script" /probe 37 0
	are_both 0
}

@test "the limits, the nice value and the OOM score" {
	local script='ulimit -n 77; echo 300 >/proc/self/oom_score_adj; exec nice -n 3 "$@"'
	local words=(sh -c 'ulimit -n; cut -d " " -f 19 /proc/self/stat; cat /proc/self/oom_score_adj') callers
	callers=$(bash -c "$script" - "${words[@]}")
	in_both "$script" "${words[@]}"
	[[ $callers == 77* ]] && are_both "$callers"
}

# Field 41 is the scheduling policy. 3 is SCHED_BATCH, which every user may choose.
@test "the scheduling policy, the CPU affinity and the I/O priority" {
	needs chrt taskset ionice
	local cpu
	cpu=$(taskset -cp $$)
	cpu=${cpu##*[ ,-]}
	in_both "exec chrt -b 0 taskset -c $cpu ionice -c 3 \"\$@\"" \
		sh -c 'cut -d " " -f 41 /proc/self/stat; sed -n "s/Cpus_allowed_list:\t//p" /proc/self/status; ionice -p $$'
	are_both $'3\n'"$cpu"$'\nidle'
}

@test "-d keeps no directory of its caller busy, and no file open or locked" {
	local place=$BATS_TEST_TMPDIR/place words
	mkdir "$place"
	"$BOX" run -d --name free --network none "$ROOTFS" sleep 1000
	for words in "run -d --network none $ROOTFS" 'exec -d free'; do
		mount -t tmpfs tmpfs "$place"
		# shellcheck disable=SC2086
		(cd "$place" && exec 9>lock && flock 9 && "$BOX" $words sleep 1000 >/dev/null)
		flock --nonblock "$place/lock" true || fail "wanted: no lock, with $words"
		umount "$place" || fail "wanted: a directory that nobody uses, with $words"
	done
}
