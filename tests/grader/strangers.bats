# lab/grade --vm: what strangers wrote harms nothing but its own mark.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # bats sets these, and helpers
IN_CHAMBER=no
load ../helpers

# Every submission once: each has a machine to itself. Of the tests, those of /proc: two are enough to lose.
setup_file() {
	[[ $LAB_WHERE == native ]] || return 0
	local hand_in=$BATS_FILE_TMPDIR/hand-in right=alice/right-step1.c
	mkdir -p "$hand_in/alice"
	cp "$toolkit/step1-pid/step1-pid.c" "$hand_in/$right"
	cp "$toolkit"/tests/grader/strangers/*.c "$hand_in"
	sed -i "s,OTHER,\"$hand_in/$right\"," "$hand_in/includes-step1.c"
	(cd "$hand_in" && sha256sum -- *.c */*.c) >"$BATS_FILE_TMPDIR/before"
	"$toolkit/lab/grade" --vm --tag brick:proc --time $((240 * TEST_SLOWNESS)) --test-time 40 "$hand_in" >"$BATS_FILE_TMPDIR/said" 2>&1
}

setup() {
	needs native
	hand_in=$BATS_FILE_TMPDIR/hand-in
	grades=$hand_in.grades
}
teardown() { :; }

# marked NAME VERDICT PASSED: of its two tests
marked() {
	run grep "^$1.c," "$grades/grades.csv"
	[[ $output == "$1.c,1,$2,$3,2,"* ]] || fail "wanted: $2, $3 of 2: $(cat "$BATS_FILE_TMPDIR/said" "$grades/${1//\//+}.c.txt")"
}

@test "a right submission passes, beside all the others" { marked alice/right-step1 pass 2; }

@test "one that fakes the output, rewrites the tests and ends bats has no mark" {
	marked fakes-step1 fail 0
	! grep -q '  ok  ' "$grades/fakes-step1.c.txt" || fail 'wanted: nothing that holds'
}

@test "one that looks for others' work, and for ours, finds none" {
	marked reads-step1 fail 0
	! grep -Eq 'alice|step1-pid.c|hangs' "$grades/reads-step1.c.txt" || fail "it found: $(cat "$grades/reads-step1.c.txt")"
}

@test "one that includes another's work does not compile" {
	marked includes-step1 fail 0
	grep -q 'No such file' "$grades/includes-step1.c.txt" || fail "wanted: the compiler's word"
	! grep -q 'CLONE_NEWPID' "$grades/includes-step1.c.txt" || fail "it shows another's work"
}

@test "one that never ends, takes all processes, or wipes the disk, has no mark" {
	marked hangs-step1 fail 0
	marked forks-step1 fail 0
	marked wipes-step1 fail 0
	grep -q 'it never ended' "$grades/hangs-step1.c.txt" || fail 'wanted: that it never ended'
}

@test "each has a line and a report, and nobody's work is another" {
	[[ $(head -n 1 "$grades/grades.csv") == submission,step,verdict,passed,of,note && $(wc -l <"$grades/grades.csv") == 8 ]] ||
		fail "$(cat "$grades/grades.csv")"
	[[ $(find "$grades" -name '*.txt' -size +0 | wc -l) == 7 ]] || fail "$(ls -l "$grades")"
	(cd "$hand_in" && sha256sum --quiet -c "$BATS_FILE_TMPDIR/before") || fail 'a submission has changed'
	! LC_ALL=C grep -q $'\e' "$grades"/*.txt || fail 'a report may write to the terminal'
}

@test "one that takes too long is said to be out of time" {
	hand_in=$BATS_TEST_TMPDIR/hand-in grades=$BATS_TEST_TMPDIR/hand-in.grades
	mkdir "$hand_in"
	cp "$toolkit/step1-pid/step1-pid.c" "$hand_in/late-step1.c"
	run "$toolkit/lab/grade" --vm --tag brick:proc --time 1 "$hand_in"
	[[ $status == 0 && $(tail -n 1 "$grades/grades.csv") == 'late-step1.c,1,fail,0,2,"out of time after 1 s"' ]] || fail
}

# What does not compile needs no machine.
@test "whatever its name, each has a line that says why, and a report of its own" {
	local name
	hand_in=$BATS_TEST_TMPDIR/hand-in grades=$BATS_TEST_TMPDIR/hand-in.grades
	mkdir -p "$hand_in/alice" "$hand_in/a/b/c"
	ln -s /etc/passwd "$hand_in/link-step1.c"
	for name in alice/x-step1.c alice-x-step1.c alice+x-step1.c 'Jörg, "J." step1.c' $'new\nline-step1.c' a/b/c/deep-step2.cc deep-step2.c nobody.c; do
		echo "#error $RANDOM" >"$hand_in/$name"
	done
	run "$toolkit/lab/grade" --vm "$hand_in"
	[[ $status == 0 && $output == *'9 graded'* ]] || fail
	run cat "$grades/grades.csv"
	[[ ${#lines[@]} == 10 && $output == *'nobody.c,,fail,0,0,"not graded: its name has no step'* && $output == *'link-step1.c,1,fail,0,0,"not graded:'* &&
		$output == *$'\n"Jörg, ""J."" step1.c",1,fail,0,11,"does not compile"'* && $output == *$'\na/b/c/deep-step2.cc,2,fail'* ]] || fail
	[[ $(find "$grades" -name '*.txt' -size +0 | wc -l) == 9 ]] || fail "$(ls -l "$grades")"
	[[ $(cat "$grades"/*.txt | grep -c '#error') -ge 7 ]] || fail "wanted: the compiler's word"
}

@test "a workbench.h beside a submission is its own, and nobody else's" {
	local word other
	hand_in=$BATS_TEST_TMPDIR/hand-in grades=$BATS_TEST_TMPDIR/hand-in.grades
	word=theirs_$RANDOM other=shared_$RANDOM
	mkdir -p "$hand_in"/{alice,bob,carol,dave}
	# Each shows by an error what it has included: theirs, or ours, which has a usage.
	tee "$hand_in"/{alice,bob,carol,dave}/mine-step1.c "$hand_in"/{eve,mallory}-step1.c >/dev/null <<-'END'
		#include "workbench.h"
		_Static_assert(sizeof usage == 1, "ours");
	END
	echo "#error $word" >"$hand_in/alice/workbench.h"
	echo "#error $other" >"$hand_in/workbench.h"
	ln -s ../alice/workbench.h "$hand_in/carol/workbench.h"
	mkdir "$hand_in/dave/workbench.h"
	run "$toolkit/lab/grade" --vm "$hand_in"
	[[ $status == 0 && $output == *'6 graded'* ]] || fail
	grep -q "$word" "$grades/alice+mine-step1.c.txt" || fail 'wanted: her own'
	[[ $(cat "$grades"/*.txt | grep -c "$word") == $(grep -c "$word" "$grades/alice+mine-step1.c.txt") ]] || fail 'wanted: in nobody else'
	! grep "$other" "$grades"/*.txt || fail 'what lies among several programs is in one of them'
	for name in bob+mine carol+mine dave+mine eve mallory; do
		grep -q '"ours"' "$grades/$name-step1.c.txt" || fail "$name: wanted: ours: $(cat "$grades/$name-step1.c.txt")"
	done
}
