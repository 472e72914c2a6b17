#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: the commands that docker's users know, in docker's spelling: kill --signal, wait, ps with filters, pause, rename, top, cp,
# update. (box-life.bats has the others.)

load ../helpers
load box

# detach runs box then, in the way of a step.
# shellcheck disable=SC2034
STEP_BIN=$BOX STEP_OPTIONS=(run --network none)
export BOX_ROOT=/run/box-manage # in memory, and the chamber's own

teardown() { end_life; }

# ---- kill and wait ---------------------------------------------------------------

@test "kill --signal sends one signal to several; real-time signals have names" {
	local name
	for name in one two; do
		detach --name="$name" sh -c 'trap "exit 37" 37; trap "exit 63" 63; echo ready; while :; do sleep 1000 & wait $!; done'
		wait_for log_says ready
	done
	box kill -s SIGRTMIN+3 one two
	says ''
	wait_for ended one
	wait_for ended two
	ended_with one 37
	ended_with two 37
	remove one two
	detach --name=one sh -c 'trap "exit 63" 63; echo ready; while :; do sleep 1000 & wait $!; done'
	wait_for log_says ready
	box kill one RTMAX-1
	says ''
	wait_for ended one
	ended_with one 63
	remove one
}

@test "kill sends nothing unless all run, and the signal is one" {
	local word
	detach --name=alive sleep 1000
	detach --name=over true
	wait_for ended over
	box kill alive over
	complains over 'not running' 'box ps'
	box kill alive nosuch alive
	complains nosuch
	for word in RTMIN-1 RTMIN+31 RTMAX+1 RTMIN+ NONE 0 65; do
		box kill --signal "$word" alive
		complains --signal "$word"
	done
	[[ $(of alive status) == running ]] || fail 'wanted: it runs on'
	box kill alive alive
	says ''
	ended_with alive 137
	remove alive over
}

@test "wait prints the status of each when it has ended" {
	local code
	code=$(random_status)
	mkfifo "$BATS_TEST_TMPDIR/go"
	detach --name=slow --volume="$BATS_TEST_TMPDIR:/go" sh -c "read -r _ </go/go; exit $code"
	detach --name=over sh -c 'exit 3'
	"$BOX" wait slow over >"$BATS_TEST_TMPDIR/waited" 3>&- &
	program=$!
	wait_for waits_for_the_end
	[[ ! -s $BATS_TEST_TMPDIR/waited ]] || fail 'wanted: nothing yet'
	echo >"$BATS_TEST_TMPDIR/go"
	wait "$program" || fail 'wanted: status 0'
	[[ $(<"$BATS_TEST_TMPDIR/waited") == "$code"$'\n'3 ]] || fail "wanted: $code and 3; it says $(<"$BATS_TEST_TMPDIR/waited")"
	box wait over slow
	says 3$'\n'"$code"
	remove slow over
}

# The lock on a container's directory is what it waits for.
waits_for_the_end() { grep -q -- "-> FLOCK .*:$(stat -c %i "$BOX_ROOT/slow") " /proc/locks; }

@test "wait: a container without a record has no status to print" {
	detach --name=passing --rm sleep 1000
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	"$BOX" wait passing >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for eval 'grep -q -- "-> FLOCK .*:$(stat -c %i "$BOX_ROOT/passing") " /proc/locks'
	box kill passing
	says ''
	finish
	complains passing status --rm
	box wait
	complains ID
	box wait passing
	complains passing
}
