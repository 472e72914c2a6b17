# shellcheck shell=bash disable=SC2154 # set by helpers.bash
#
# faults.bash - each system call of a box fails, or is its last. Load it after helpers. Natively alone: the VM has no compiler.
#
#   needs_faults                            skips where tests/box/fault.c can't be used
#   every_call SIDE error|kill COMMAND...   COMMAND is a box that succeeds; SIDE is the process (tests/box/fault.c). Call after
#                                           call, until there are no more, with one clear line or none; after each,
#                                           afterwards "call N of ..." is called. Sets $calls, how many there were.
#                                           Before each, COMMAND runs as it is: the directory that it leaves to the next
#                                           one is always alike, and so a call keeps its number

needs_faults() {
	needs native cc
	[[ $(uname -m) == x86_64 ]] || skip "needs x86-64"
	[[ $BOX != *-sanitized ]] || skip "needs a box without a sanitizer's own calls"
	fault=$BATS_FILE_TMPDIR/fault
	[[ -x $fault ]] || cc -O2 -static -Wall -Wextra -Werror -o "$fault" "$toolkit/tests/box/fault.c"
}

every_call() {
	local n=0 call said which
	# shellcheck disable=SC2034 # for our caller
	while calls=$n n=$((n + 1)); do
		"${@:3}" >"$BATS_TEST_TMPDIR/out" 2>&1 || fail "after call $((n - 1)) of the $1: status $?: $(<"$BATS_TEST_TMPDIR/out")"
		status=0
		timeout $((20 * TEST_SLOWNESS)) "$fault" "$1" "$n" "$2" "${@:3}" 2>"$BATS_TEST_TMPDIR/said" 3>"$BATS_TEST_TMPDIR/call" \
			>"$BATS_TEST_TMPDIR/out" || status=$?
		read -r _ call <"$BATS_TEST_TMPDIR/call"
		[[ $call != none ]] || break
		which="call $n of the $1, number $call"
		mapfile -t said < <(grep -v '^new[ug]idmap: ' "$BATS_TEST_TMPDIR/said") # box's line points at theirs
		((${#said[@]} <= 1 && status != 124)) || fail "$which: status $status, and it says: ${said[*]}"
		((${#said[@]} == 0)) || [[ ${said[0]} == box:\ warning:\ * || (${said[0]} == box:\ * && $status -ge 125) ]] ||
			fail "$which: ${said[0]}"
		afterwards "$which"
	done
}
