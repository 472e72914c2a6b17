# lab/grade --vm: what strangers wrote harms nothing but its own mark.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # bats sets these, and helpers
IN_CHAMBER=no
load helpers

# Every submission once: each has a machine to itself. Of the tests, those of /proc: two are enough to lose.
setup_file() {
	[[ $LAB_WHERE == native ]] || return 0
	local hand_in=$BATS_FILE_TMPDIR/hand-in right=alice/right-step1.c
	mkdir -p "$hand_in/alice"
	cp "$toolkit/step1-pid/step1-pid.c" "$hand_in/$right"
	cp "$toolkit"/tests/grader/strangers/*.c "$hand_in"
	sed -i "s,OTHER,\"$hand_in/$right\"," "$hand_in/includes-step1.c"
	(cd "$hand_in" && sha256sum -- *.c */*.c) >"$BATS_FILE_TMPDIR/before"
	"$toolkit/lab/grade" --vm --tag brick:proc --time 240 --test-time 40 "$hand_in" >"$BATS_FILE_TMPDIR/said" 2>&1
}

setup() {
	needs native
	hand_in=$BATS_FILE_TMPDIR/hand-in
	grades=$hand_in.grades
}
teardown() { :; }

# marked NAME VERDICT PASSED: of its two tests
marked() {
	run grep "^$1," "$grades/grades.csv"
	[[ $output == "$1,1,$2,$3,2,"* ]] || fail "wanted: $2, $3 of 2: $(cat "$BATS_FILE_TMPDIR/said" "$grades/${1//\//-}.txt")"
}

@test "a right submission passes, beside all the others" { marked alice/right-step1 pass 2; }

@test "one that fakes the output, rewrites the tests and ends bats has no mark" {
	marked fakes-step1 fail 0
	! grep -q '  ok  ' "$grades/fakes-step1.txt" || fail 'wanted: nothing that holds'
}

@test "one that looks for others' work, and for ours, finds none" {
	marked reads-step1 fail 0
	! grep -Eq 'alice|step1-pid.c|hangs' "$grades/reads-step1.txt" || fail "it found: $(cat "$grades/reads-step1.txt")"
}

@test "one that includes another's work does not compile" {
	marked includes-step1 fail 0
	grep -q 'No such file' "$grades/includes-step1.txt" || fail "wanted: the compiler's word"
	! grep -q 'CLONE_NEWPID' "$grades/includes-step1.txt" || fail "it shows another's work"
}

@test "one that never ends, takes all processes, or wipes the disk, has no mark" {
	marked hangs-step1 fail 0
	marked forks-step1 fail 0
	marked wipes-step1 fail 0
	grep -q 'it never ended' "$grades/hangs-step1.txt" || fail 'wanted: that it never ended'
}

@test "each has a line and a report, and nobody's work is another" {
	[[ $(head -n 1 "$grades/grades.csv") == submission,step,verdict,passed,of,note && $(wc -l <"$grades/grades.csv") == 8 ]] ||
		fail "$(cat "$grades/grades.csv")"
	[[ $(find "$grades" -name '*.txt' -size +0 | wc -l) == 7 ]] || fail "$(ls -l "$grades")"
	(cd "$hand_in" && sha256sum --quiet -c "$BATS_FILE_TMPDIR/before") || fail 'a submission has changed'
	! LC_ALL=C grep -q $'\e' "$grades"/*.txt || fail 'a report may write to the terminal'
}
