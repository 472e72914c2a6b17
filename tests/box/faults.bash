# shellcheck shell=bash disable=SC2154 # set by helpers.bash
#
# faults.bash - make each system call of box fail, or kill box at it. Load it after helpers. Not for the VM, which has no compiler.
#
#   needs_faults                            skip the test where tests/box/fault.c can't be used
#   every_call SIDE error|kill COMMAND...   COMMAND is a box command that succeeds; SIDE is one of its processes
#                                           (tests/box/fault.c). Run COMMAND once for each of the process's system calls, which
#                                           fails, or at which the process is killed. box must print one clear line, or none.
#                                           After each run, call afterwards "call N of ...". Sets $calls to the number of calls.
#                                           Before each run, before COMMAND... is called. Unless the test has one of its own,
#                                           COMMAND runs without a fault: so the directory that box prepares for the next
#                                           container is always the same, and each call keeps its number.
#   $least                                  the smallest exit status of a COMMAND that has failed: 125
#   $late                                   a pattern: the line of a process whose call fails when COMMAND may have succeeded

needs_faults() {
	needs native cc
	[[ $(uname -m) == x86_64 ]] || skip "needs x86-64"
	[[ $BOX != *-sanitized ]] || skip "needs a box without a sanitizer's own calls"
	fault=$BATS_FILE_TMPDIR/fault
	[[ -x $fault ]] || cc -O2 -static -Wall -Wextra -Werror -o "$fault" "$toolkit/tests/box/fault.c"
}

least=125
late=

before() {
	"$@"
}

every_call() {
	local n=0 call said which
	# shellcheck disable=SC2034 # the caller uses calls
	while calls=$n n=$((n + 1)); do
		before "${@:3}" >"$BATS_TEST_TMPDIR/out" 2>&1 || fail "after call $((n - 1)) of the $1: status $?: $(<"$BATS_TEST_TMPDIR/out")"
		status=0
		timeout $((20 * TEST_SLOWNESS)) "$fault" "$1" "$n" "$2" "${@:3}" 2>"$BATS_TEST_TMPDIR/said" 3>"$BATS_TEST_TMPDIR/call" \
			>"$BATS_TEST_TMPDIR/out" || status=$?
		read -r _ call <"$BATS_TEST_TMPDIR/call"
		[[ $call != none ]] || break
		which="call $n of the $1, number $call"
		mapfile -t said < <(grep -v '^new[ug]idmap: ' "$BATS_TEST_TMPDIR/said") # box's line refers to theirs
		((${#said[@]} <= 1 && status != 124)) || fail "$which: status $status, and it says: ${said[*]}"
		# shellcheck disable=SC2053 # late is a pattern
		((${#said[@]} == 0)) || [[ ${said[0]} == box:\ warning:\ * || (${said[0]} == box:\ * && $status -ge $least) || ${said[0]} == $late ]] ||
			fail "$which: ${said[0]}"
		afterwards "$which"
	done
}
