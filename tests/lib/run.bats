# tests/run: with a toolkit of three tests and a machine that is a directory.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # quoted for another shell; bats and helpers set these
load ../helpers

setup() {
	needs native python3
	open_ledger
	house=$BATS_TEST_TMPDIR/house
	mkdir -p "$house"/{tests/steps,lab}
	cp -R "$toolkit"/tests/{run,lib} "$house/tests"
	rm "$house/tests/lib/run.bats"
	printf 'build:\n\t@:\n' >"$house/Makefile"
	machine 'cd "$0/../.." && exec bash -c "${!#}"'
	suite step1-one passes : 'is skipped here' '[[ $LAB_WHERE == vm ]] || skip "needs the moon"'
	jobs 'test here - tests/steps/*.bats'
}

# machine SCRIPT: what the house's lab/vm does.
machine() {
	printf '#!/bin/bash\n%s\n' "${1/\$0\/..\/../$house}" >"$house/lab/vm"
	chmod 755 "$house/lab/vm"
}

# suite NAME [TITLE BODY]...
suite() {
	local file=$house/tests/steps/$1.bats
	shift
	: >"$file"
	while (($#)); do
		printf '@test "%s" { %s; }\n' "$1" "$2" >>"$file"
		shift 2
	done
}

jobs() {
	printf '%s\n' "$@" >"$house/tests/jobs"
}

# Run the house's tests/run. With few seconds of patience, since some jobs hang.
run_house() {
	capture env TEST_PATIENCE="${patience-600}" "$house/tests/run" "$@"
}

ends_with() {
	[[ ${lines[-1]} == "$1" ]] || fail "wanted: $1"
}

@test "what is skipped here runs in the VM" {
	run_house test
	ends_with '2 passed, 0 failed, 0 skipped'
	[[ $status == 0 ]] || fail 'wanted: success'
	grep -q '"place": "vm".*"is skipped here".*passed' "$house/build/test/events" || fail 'wanted: the test in the VM'
	! grep -q '"place": "vm".*"passes"' "$house/build/test/events" || fail 'wanted: that test alone'
}

@test "a job for arm64 runs in the machine for arm64" {
	machine '[[ "$1 $2" == "--arch arm64" ]] && cd "$0/../.." && exec bash -c "${!#}"'
	jobs 'test here - tests/steps/*.bats' 'proof arm64 - tests/steps/*.bats'
	run_house proof
	ends_with '2 passed, 0 failed, 0 skipped'
	grep -q '"place": "arm64".*"passes"' "$house/build/proof/events" || fail 'wanted: the tests of arm64'
}

@test "a test that fails is named at the end, with what it printed" {
	suite step1-one breaks 'echo because; false'
	run_house test
	ends_with '0 passed, 1 failed, 0 skipped'
	[[ $status == 1 && $output == *'FAILED tests/steps/step1-one.bats: breaks (here)'*because* ]] || fail 'wanted: its name and its output'
}

@test "a suite that ends early has failed" {
	printf '#!/bin/sh\necho 1..2; echo ok 1 one; exit 0\n' >"$house/tests/steps/early"
	chmod 755 "$house/tests/steps/early"
	jobs 'test here - tests/steps/early' 'test here - tests/steps/*.bats'
	run_house test
	ends_with '3 passed, 1 failed, 0 skipped'
}

@test "what jobs print at the same time is told apart, in long lines, too" {
	local name
	for name in one two three; do
		printf '#!/bin/bash\nprintf -v line %%09000d 0; echo 1..1; for n in {1..200}; do echo "# $line"; done; echo ok 1 loud\n' >"$house/tests/steps/$name"
		chmod 755 "$house/tests/steps/$name"
	done
	jobs 'test here - tests/steps/[!s]*' 'test here - tests/steps/*.bats'
	run_house test
	ends_with '5 passed, 0 failed, 0 skipped'
	[[ $(grep -c '^{.*00000"}$' "$house/build/test/events") == 600 ]] || fail 'wanted: each line whole'
}

@test "a test that ran nowhere fails the proof, and not the test" {
	suite step2-two never 'skip "needs the sun"'
	jobs 'test here - tests/steps/*.bats' 'proof vm - tests/steps/step1-one.bats'
	run_house test
	ends_with '2 passed, 0 failed, 1 skipped'
	[[ $status == 0 && $output == *'never: needs the sun'* ]] || fail 'wanted: the reason'
	run_house proof
	ends_with '1 passed, 1 failed, 0 skipped' # step1-one: one of its tests had already run in the VM
	[[ $status == 1 && $output == *'ran nowhere: needs the sun'* ]] || fail 'wanted: the reason'
	run_house --sum
	ends_with '2 passed, 1 failed, 0 skipped'
	[[ $status == 1 ]] || fail 'wanted: a failure'
}

@test "a test that hangs has failed, and those after it run" {
	suite step1-one first : hangs 'sleep infinity' last :
	patience=5 run_house test
	ends_with '2 passed, 1 failed, 0 skipped'
	[[ $output == *': hangs (here)'* ]] || fail 'wanted: the name of the one that hangs'
}

@test "after a machine that hangs or crashes, another one runs the rest, and only the rest" {
	suite step1-one first '[[ $LAB_WHERE == vm ]] || skip' second '[[ $LAB_WHERE == vm ]] || skip'
	machine 'cd "$0/../.." && if mkdir hung; then echo up; exec sleep infinity; fi
		bash -c "${!#}" | if mkdir crashed; then grep -m 1 -B 9 \"first\"; printf "{ half"; exit 3; else cat; fi'
	patience=20 run_house test
	ends_with '2 passed, 0 failed, 0 skipped'
	[[ $output == *'machine 1 printed nothing for'*'machine 2 ended with status 3'* ]] || fail 'wanted: what happened'
	[[ $(grep -c '"place": "vm".*"first"' "$house/build/test/events") == 1 ]] || fail 'wanted: no test twice'
}

@test "signals are not ignored in a test, even if they are in whoever starts it" {
	suite step1-one 'can be interrupted' '! bash -c "trap -p" | grep -E "SIG(INT|HUP)"'
	trap '' INT HUP
	run_house test
	ends_with '1 passed, 0 failed, 0 skipped'
	trap - INT HUP
}

@test "Ctrl-C ends what runs, and the results so far are told" {
	local runner
	# Not bash's own child: for a moment, it would miss the signal.
	suite step1-one first : waits 'sh -c "echo \$\$ >pid; exec sleep infinity"' last :
	suite step2-two never :
	jobs 'test here all tests/steps/*.bats'
	# In the background, SIGINT would be ignored.
	env --default-signal=INT "$house/tests/run" test >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	runner=$!
	wait_for test -s "$house/pid"
	wait_for grep -q '"first".*passed' "$house"/build/test.*/events # the result of the test before can come later than that
	kill -INT "$runner"
	status=0
	wait "$runner" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/out")
	[[ $status == 130 && $output == *'1 passed, 0 failed, 0 skipped' ]] || fail 'wanted: 130, and one test'
	wait_for test ! -e "/proc/$(<"$house/pid")"
	! grep -q step2-two "$house/build/test/events" || fail 'wanted: nothing of a job that never began'
}

@test "what a job still prints when Ctrl-C has ended it does not count" {
	local runner
	# To count so many events takes longer than to print the last one.
	printf '#!/bin/bash\ntrap "echo not ok 3 late; exit" TERM; echo 1..3; echo ok 1 first; yes "# x" | head -n 50000; echo ok 2 second; exec 3<>never; read -u 3\n' >"$house/tests/steps/chatty"
	chmod 755 "$house/tests/steps/chatty"
	mkfifo "$house/never"
	jobs 'test here all tests/steps/chatty' 'test here all tests/steps/*.bats'
	env --default-signal=INT "$house/tests/run" test >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	runner=$!
	wait_for compgen -G "$house/build/test.*/events" >"$BATS_TEST_TMPDIR/events"
	wait_for grep -q '"second".*passed' "$house"/build/test.*/events
	kill -INT "$runner"
	wait "$runner" || [[ $? == 130 ]] || fail 'wanted: 130'
	output=$(<"$BATS_TEST_TMPDIR/out")
	[[ $output == *'2 passed, 0 failed, 0 skipped' ]] || fail 'wanted: what it had printed before'
}

@test "a machine that never starts is a failure, not a hang" {
	machine 'exit 125'
	run_house test
	ends_with '1 passed, 1 failed, 1 skipped'
	[[ $output == *'the machine runs to the end'*'ended with status 125'* ]] || fail 'wanted: what happened'
}

@test "STEP and JOB choose; what does not exist is one line" {
	suite step2-two two :
	run_house test 2
	ends_with '1 passed, 0 failed, 0 skipped'
	run_house here:tests/steps/step2-two.bats
	ends_with '1 passed, 0 failed, 0 skipped'
	for words in 'test 7' steps/step2-two.bats; do
		# shellcheck disable=SC2086 # words
		run_house $words
		[[ $status == 1 && $stderr == tests/run:* && $stderr != *$'\n'* ]] || fail 'wanted: one line'
	done
}

@test "a suite that no row names is an error" {
	jobs 'test here - tests/steps/step1-*.bats'
	suite step2-two two :
	run_house test
	[[ $status == 1 && $stderr == *step2-two.bats*row* ]] || fail 'wanted: its name'
}

@test "after a failure outside of a chamber, a test's own processes are ended, and no others" {
	local own stranger
	sleep 1000 3>&- &
	own=$!
	env -u BATS_TEST_TMPDIR sleep 1000 3>&- &
	stranger=$!
	wait_for grep -qx sleep "/proc/$stranger/comm"
	# execve(2) sets the name first, and the environment, by which it is known, later.
	wait_for eval 'grep -qx sleep "/proc/$own/comm" && grep -qz ^BATS_TEST_TMPDIR= "/proc/$own/environ"'
	(unset LAB_CHAMBER && clear_away)
	wait "$own" || [[ $? == 137 ]] || fail 'wanted: its own one is killed'
	kill "$stranger" || fail "wanted: a stranger's runs on"
	wait "$stranger" || :
}
