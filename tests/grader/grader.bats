# How good the grader is: every wrong program has to fail and be told why, every right one has to pass.

# shellcheck disable=SC2154 # set by helpers
load ../helpers

# measure STEP: as tests/grader/matrix has it, which shows the matrix.
measure() {
	local least=5 wrong=12
	[[ $1 != 5 ]] || wrong=8	# and those of its limits
	[[ $1 != 5v ]] || least=3
	cd "$toolkit" || return
	# It moves us to a leaf, so that a chamber inside this one can have limits.
	! has_v2 || step5-cgroup/step5-cgroup "$ROOTFS" true
	tests/grader/matrix "$1" >"$BATS_TEST_TMPDIR/matrix" || fail "tests/grader/matrix: $(tail -n 3 "$BATS_TEST_TMPDIR/matrix")"
	grep '^# ' "$BATS_TEST_TMPDIR/matrix" >&3 || :
	! grep -A 2 '^not ok' "$BATS_TEST_TMPDIR/matrix" || fail "the grader errs"
	! grep -q '# skip' "$BATS_TEST_TMPDIR/matrix" || skip "needs cgroup v2 with memory, pids and cpu"
	(($(grep -c '/wrong/' "$BATS_TEST_TMPDIR/matrix") >= wrong)) || fail "wanted: $wrong wrong programs"
	(($(grep -c '/right/' "$BATS_TEST_TMPDIR/matrix") >= least)) || fail "wanted: $least right programs"
}

@test "step 1: every wrong program fails, and the hint names its mistake; every right one passes" { needs native && measure 1; }
@test "step 2: every wrong program fails, and the hint names its mistake; every right one passes" { needs native && measure 2; }
@test "step 3: every wrong program fails, and the hint names its mistake; every right one passes" { needs native && measure 3; }
@test "step 4: every wrong program fails, and the hint names its mistake; every right one passes" { needs native && measure 4; }
@test "step 5: every wrong program fails, and the hint names its mistake; every right one passes" { needs native && measure 5; }
@test "step 5's limits: every wrong program fails, and the hint names its mistake; every right one passes" { measure 5v; }
@test "step 6: every wrong program fails, and the hint names its mistake; every right one passes" { needs native && measure 6; }
