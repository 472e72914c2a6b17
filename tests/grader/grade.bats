# lab/start, grade, hint, solution: a learner's way through a step, and how good the grader is.

# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154 # quoted for others to expand; no path has blanks; bats sets these, and helpers
load ../helpers

# Work goes to a copy of the toolkit, so that the checkout's work/ stays the reader's.
setup() {
	lab=$BATS_TEST_TMPDIR/toolkit
	mkdir "$lab"
	cp -a "$toolkit"/{lab,tests,full,step?-*,Makefile} "$lab"
	mkdir "$lab/build"
	cp -a "$toolkit"/build/{chamber,rootfs,escape,hog} "$lab/build"
	export GRADE_PATIENCE=$((60 * TEST_SLOWNESS)) # a machine that is slow is no program that hangs
	cd "$lab" || return
	open_ledger
}

source_of() { echo step"$1"-*/*.c; }

work_of() { echo work/step"$1"-*/*.c; }

# ---- Start, and begin anew -------------------------------------------------------

@test "a skeleton compiles without a warning, has TODOs with reasons, and none of the new calls" {
	local n compiler
	needs native
	for n in 1 2 3 4 5 6; do
		run lab/start $n
		[[ $status == 0 && $output == *TODO*"make grade STEP=$n"* ]] || fail "wanted: what comes next"
		for compiler in gcc clang; do
			command -v "$compiler" >/dev/null || continue
			run "$compiler" -Wall -Wextra -Werror -O2 -o "$BATS_TEST_TMPDIR/program" $(work_of $n)
			[[ $status == 0 && -z $output ]] || fail "$compiler: step $n"
		done
	done
	for n in 1:CLONE_NEWPID 2:sethostname 3:sysfs 4:SYS_pivot_root 5:CLONE_NEWCGROUP 6:RTM_NEWLINK; do
		! sed '/\/\*/,/\*\//d; s/\/\*.*//; /"/d' $(work_of "${n%:*}") | grep -v 'snprintf\|clone_flags' | grep "${n#*:}" ||
			fail "the skeleton of step ${n%:*} gives ${n#*:} away"
	done
}

@test "what a skeleton's TODO says is what the source says" {
	local reason
	needs native
	lab/start 4
	grep -o 'TODO.*\|^	 \*   .*' $(work_of 4) | sed 's/.*\*   //; s/TODO [a-z, ]*: //; s/: [a-z_0-9]*(2).*//' | grep -v TODO >reasons
	[[ $(wc -l <reasons) -ge 3 ]] || fail 'wanted: three reasons'
	while read -r reason; do
		grep -qF "\"$reason\"" $(source_of 4) || fail "the source doesn't say: $reason"
	done <reasons
}

# bats test_tags=slow
@test "the tests of the step before pass on a skeleton" {
	local n before=step1-pid step
	needs native
	for n in 2 3 4 5 6; do
		step=$(basename step$n-*)
		lab/start $n
		cc -O2 -static -o "$BATS_TEST_TMPDIR/$step" $(work_of $n)
		run env STEP="$step" STEP_BIN="$BATS_TEST_TMPDIR/$step" bats --tap --filter-tags 'grade,!own' "tests/steps/$before.bats"
		[[ $status == 0 && $output != *'not ok'* ]] || fail "$step: $(grep -A 9 '^not ok' <<<"$output")"
		before=$step
	done
}

@test "FROM=previous is the step before, under the new name" {
	needs native
	make start STEP=3 FROM=previous
	diff <(sed 's/step2-uts/step3-mount/g' step2-uts/step2-uts.c) work/step3-mount/step3-mount.c
	run lab/start 1 previous
	[[ $status == 125 && $output == *'before step 1'* && ! -e work/step1-pid ]] || fail 'wanted: there is none'
	make reset STEP=3 FROM=previous
	! grep -q TODO work/step3-mount/step3-mount.c || fail 'wanted: the step before, again'
	run lab/start 3 nothing
	[[ $status == 125 && $output == *'FROM=nothing'* ]] || fail 'wanted: what it can be, though the work is there'
}

@test "work is never overwritten: start leaves it, reset keeps a copy and says so" {
	local word
	needs native
	word=$(random_name)
	lab/start 2
	echo "/* $word */" >>work/step2-uts/step2-uts.c
	run make start STEP=2
	[[ $output == *'left as it is'* ]] && grep -q "$word" work/step2-uts/step2-uts.c || fail 'wanted: what was there'
	run make reset STEP=2
	[[ $output == *step2-uts.c.1* ]] && grep -q "$word" work/step2-uts/step2-uts.c.1 || fail 'wanted: a copy'
	! grep -q "$word" work/step2-uts/step2-uts.c || fail 'wanted: a new one'
	make start STEP=3
	echo "/* again $word */" >>work/step2-uts/step2-uts.c
	make reset STEP=all
	grep -q "again $word" work/step2-uts/step2-uts.c.2 && grep -q "$word" work/step2-uts/step2-uts.c.1 || fail 'wanted: both copies'
	[[ ! -e work/step3-mount/step3-mount.c.1 ]] || fail 'wanted: no copy of what nobody has touched'
}

@test "workbench.h comes along; reset keeps a copy of one that was changed" {
	local word
	needs native
	word=$(random_name)
	lab/start 2
	cmp step2-uts/workbench.h work/step2-uts/workbench.h
	make reset STEP=2
	[[ ! -e work/step2-uts/workbench.h.1 ]] || fail 'wanted: no copy of what nobody has touched'
	echo "/* $word */" >>work/step2-uts/workbench.h
	run make reset STEP=2
	[[ $output == *workbench.h.1* ]] && grep -q "$word" work/step2-uts/workbench.h.1 || fail 'wanted: a copy'
	cmp step2-uts/workbench.h work/step2-uts/workbench.h
}

@test "a submission is one file, or two; one without a workbench.h gets ours" {
	local word=nonsense_$RANDOM
	needs native
	mkdir alone both
	lab/one-file 1 >one.c
	cp step1-pid/step1-pid.c alone
	cp step1-pid/{step1-pid.c,workbench.h} both
	for source in one.c alone/step1-pid.c both; do
		run lab/grade 1 "$source"
		[[ $status == 0 && $output == *'11 of 11'* ]] || fail "$source: wanted: it is right"
	done
	sed -i "1i #error $word" both/workbench.h
	run lab/grade 1 both
	[[ $status == 1 && $output == *"both/workbench.h:1:"*"$word"* ]] || fail 'wanted: its own'
	run lab/grade 1 alone
	[[ $status == 0 ]] || fail "wanted: ours, after another's"
	run lab/grade 1 nowhere
	[[ $status == 125 && ${#lines[@]} == 1 && $output == *nowhere* ]] || fail 'wanted: one line'
	run lab/solution 1 both
	[[ $output == *'makes no call that yours does not make'*'Your workbench.h is not ours'* && $output != *"$word"* ]] || fail "wanted: the step's file alone"
}

@test "a step that is none, or not begun: one line that says what to do" {
	local tool
	needs native
	for tool in start grade hint solution; do
		run lab/$tool 7
		[[ $status == 125 && ${#lines[@]} == 1 && $output == *"make $tool STEP=N"* ]] || fail "$tool"
	done
	for tool in grade hint solution; do
		run lab/$tool 3
		[[ $status == 125 && ${#lines[@]} == 1 && $output == *'make start STEP=3'* ]] || fail "$tool"
	done
}

# bats test_tags=slow
@test "where nothing has been built yet, grade and hint build what they need" {
	needs native
	rm -f step3-mount/step3-mount
	lab/start 3
	run lab/grade 3
	[[ $status == 1 && $output == *'of 18.'*'This is the work of the brick chroot'* ]] || fail 'wanted: what the first that fails is about'
	rm -f step3-mount/step3-mount
	run lab/hint 3
	[[ $output == *'Your program does not '* ]] || fail 'wanted: what is wrong'
}

# ---- Grade -----------------------------------------------------------------------

# bats test_tags=slow
@test "our own programs pass" {
	local n
	needs native
	for n in 1 2 3 4; do
		run lab/grade $n "$(source_of $n)"
		[[ $status == 0 && $output == *"All tests of step $n pass"* && $output != *'  NO  '* ]] || fail "step $n"
	done
}

@test "a grade shows what was wanted and what came, explains the first, and counts all steps" {
	needs native
	lab/start 3
	run lab/grade 3
	[[ $status == 1 && $output == *'  ok  COMMAND is PID 1'* ]] || fail 'wanted: what holds'
	[[ $output =~ NO\ \ ROOTFS\ is\ its\ root\ directory$'\n'\ +wanted\ \ marker-[0-9a-f]+$'\n'\ +got ]] || fail 'wanted: the lines'
	[[ $output == *'This is the work of the brick chroot'* && $output =~ 3\ [0-9]+/[0-9]+ ]] || fail 'wanted: a sentence, and how far'
	cp "$(source_of 3)" work/step3-mount/
	run make grade STEP=3
	[[ $status == 0 && $output == *'3 done'* ]] || fail 'wanted: done'
}

@test "what does not compile is told by the compiler, and nothing is run" {
	needs native
	echo 'int main(void) { return nonsense; }' >wrong.c
	run lab/grade 1 wrong.c
	[[ $status == 1 && $output == *nonsense* && $output == *'does not compile'* && $output != *' ok '* ]] || fail
}

# Step N, both files as one, changed by a sed script (-E -z), in wrong.c.
change() {
	lab/one-file "$1" >whole.c
	sed -E -z "$2" whole.c >wrong.c
	! cmp -s wrong.c whole.c || fail "$2 changes nothing"
}

@test "what explains the first failure is about that failure" {
	needs native
	# The old root is hidden, and still there.
	change 4 's/umount2\([^)]*\)/mount("tmpfs", "tmp", "tmpfs", 0, "mode=1777")/'
	run lab/grade 4 wrong.c
	[[ $output == *"so are its mounts."*'the work of the brick detach'* ]] || fail 'wanted: the brick detach'
	change 1 's/waitpid\(child, &status/waitpid(1, \&status/'
	run lab/grade 1 wrong.c
	[[ $output == *'ended with 125; stderr'* && $output != *'never ran'* ]] || fail 'wanted: what is sure'
}

# bats test_tags=slow
@test "a program that never ends: the grade and the hint do, and say so" {
	local begun=$SECONDS
	needs native strace
	unset GRADE_PATIENCE
	echo 'int main(void) { for (;;); }' >wrong.c
	run lab/grade 1 wrong.c
	[[ $status == 1 && $output == *'it never ended'*'this test was not run'*'First failure: '*'It never ended'* && $output != *unbound* ]] || fail
	run lab/hint --all 1 wrong.c
	[[ $output == *'never ends'* ]] || fail 'wanted: that it never ends'
	((SECONDS - begun < 90 * TEST_SLOWNESS)) || fail "it took $((SECONDS - begun)) s"
}

@test "where root has built, a user is told how to get build/ back: in one line" {
	local words
	needs native root
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	for words in 'grade 1 step1-pid/step1-pid.c' 'hint 1 step1-pid/step1-pid.c' 'demo fork'; do
		# shellcheck disable=SC2086 # several words
		run setpriv --reuid 65534 --clear-groups env MAKELEVEL=1 lab/$words
		[[ $status == 125 && ${#lines[@]} == 1 && $output == *'sudo chown -R "$USER" '*build ]] || fail "$words"
	done
}

# ---- Exercises -------------------------------------------------------------------

# Sets right and wrong to the answers to exercise N-E: scripts, or sources, or what a sed script makes of ours
# (of the README's, where that has the source).
answers() {
	local answer=tests/grader/exercises/$1 ours
	right=$answer.right.sh wrong=$answer.wrong.sh
	if [[ -e $answer.right.c ]]; then
		right=$answer.right.c wrong=$answer.wrong.c
	elif [[ -e $answer.sed ]]; then
		ours=$(source_of "${1%-*}") right=right.c wrong=wrong.c
		cp "$ours" wrong.c
		cp "${ours%/*}/workbench.h" .
		[[ $1 != 1-3 ]] || sed -n '/^```c$/,/^```$/{/^```/d;p}' step1-pid/README.md >wrong.c
		sed -E -z -f "$answer.sed" wrong.c >right.c
		! cmp -s right.c wrong.c || fail "$answer.sed changes nothing"
	fi
}

try_exercise() {
	local right wrong
	answers "$1"
	run lab/grade --exercise "${1%-*}" "${1#*-}" "$right"
	[[ $status == 0 && $output == *"ok  exercise ${1#*-}"* ]] || fail "exercise $1: wanted: it is done"
	run lab/grade --exercise "${1%-*}" "${1#*-}" "$wrong"
	[[ $status == 1 && $output == *'NO  wanted: '*got:* ]] || fail "exercise $1: wanted: it is not"
}

# bats test_tags=slow
@test "exercises: what is right is done, and what the README begins with is not" {
	local exercise
	needs native strace
	for exercise in 1-1 1-2 1-3 1-4 2-4 3-1 3-5 4-3 4-4 6-1 6-2 6-4; do
		try_exercise "$exercise"
	done
	run lab/grade --exercise 4 2 step4-pivot/step4-pivot.c
	[[ $status == 0 ]] || fail 'exercise 4-2: wanted: it is done'
	run lab/grade --exercise 4 2 step3-mount/step3-mount.c
	[[ $status == 1 ]] || fail 'exercise 4-2: wanted: it is not'
}

# The VM has no compiler: it is given programs.
# bats test_tags=slow
@test "exercises of step 5" {
	local exercise right wrong ours=$toolkit/build/grader/ex-5-5
	if command -v cc; then
		answers 5-5
		mkdir -p "$toolkit/build/grader"
		cc -O2 -static -w -o "$ours.right" "$right"
		cc -O2 -static -w -o "$ours.wrong" "$wrong"
	fi
	needs v2
	# It moves us to a leaf, so that a chamber inside this one can have limits.
	"$toolkit/step5-cgroup/step5-cgroup" "$ROOTFS" true
	for exercise in 5-1 5-3; do
		try_exercise "$exercise"
	done
	run lab/grade --exercise 5 5 "$ours.right"
	[[ $status == 0 ]] || fail 'exercise 5-5: wanted: it is done'
	run lab/grade --exercise 5 5 "$ours.wrong"
	[[ $status == 1 ]] || fail 'exercise 5-5: wanted: it is not'
}

@test "an exercise that has no check, or no answer: one line that says so" {
	needs native
	run lab/grade --exercise 1 42
	[[ ${#lines[@]} == 1 && $output == *'step 1 has no exercise 42; it has 1 2 3 4' ]] || fail 'no exercise'
	run lab/grade --exercise 3 2
	[[ ${#lines[@]} == 1 && $output == *'exercise 2 of step 3 has no check'*' 1 5' ]] || fail 'no check'
	run make grade STEP=1 EX=1
	[[ $output == *work/step1-pid/ex1.sh* ]] || fail 'no answer'
}

# ---- Hint ------------------------------------------------------------------------

@test "a hint has three layers, each asked for again, and begins anew when something else is wrong" {
	needs native strace
	lab/start 2
	run make hint STEP=2
	[[ $output == *'Hint 1 of 3'*'sethostname'* || $output == *'Hint 1 of 3'*'UTS namespace'* ]] || fail 'wanted: what is wrong'
	run make hint STEP=2
	[[ $output == *'Hint 2 of 3'*'(7)'* || $output == *'Hint 2 of 3'*'(2)'* ]] || fail 'wanted: a man page'
	run make hint STEP=2
	[[ $output == *'Hint 3 of 3'*'step2-uts.c, line '* ]] || fail 'wanted: a line'
	sed -i 's,/\* TODO uts: CLONE.*,flags |= CLONE_NEWUTS;,' work/step2-uts/step2-uts.c
	run make hint STEP=2
	[[ $output == *'Hint 1 of 3'*hostname* ]] || fail 'wanted: another first hint'
	# What is random in it makes no other hint of it.
	sed -E -z -f tests/steps/mutants/hostname-short.sed step2-uts/step2-uts.c >work/step2-uts/step2-uts.c
	make hint STEP=2
	run make hint STEP=2
	[[ $output == *'Hint 2 of 3'*'sethostname(2)'* ]] || fail 'wanted: the second layer'
	cp step2-uts/step2-uts.c work/step2-uts/
	run make hint STEP=2
	[[ $output == *'all tests pass'* ]] || fail 'wanted: nothing to hint at'
}

# bats test_tags=slow
@test "a hint is about the test that fails, and not about what is right in another way" {
	needs native strace
	lab/start 3
	run lab/hint --all 3
	[[ $output == *ROOTFS* && $output != *'"/proc"'* ]] || fail 'wanted: nothing of /proc, as ROOTFS is not even entered'
	sed -i 's,^\t/\* TODO proc.*,\tchdir(c->rootfs); chroot("."); chdir("/");\n&,' work/step3-mount/step3-mount.c
	run lab/hint --all 3
	[[ $output == *"kernel's devices"*'Ours, step3-mount/step3-mount.c, line '*sysfs* && $output != *'not the right one'* ]] || fail 'wanted: /sys'
}

# bats test_tags=slow
@test "a hint's line is where it says, in both files" {
	local what file line
	needs native strace
	for what in 's/pipe2\(go, O_CLOEXEC\)/pipe2(go, 0)/=pipe2(go, O_CLOEXEC)' \
		's/mount\("proc", "\/proc"/mount("proc", "\/mnt"/=mount("proc", "/proc"'; do
		lab/one-file 1 | sed -E -z "${what%%=*}" >wrong.c
		run lab/hint --all 1 wrong.c
		[[ $output =~ Ours,\ ([^,]*),\ line\ ([0-9]+) ]] || fail 'wanted: a place'
		file=${BASH_REMATCH[1]} line=${BASH_REMATCH[2]}
		sed -n "$line,$((line + 2))p" "$file" | grep -qF "${what#*=}" || fail "$file, line $line: wanted ${what#*=}"
		echo "$file"
	done >places
	[[ $(paste -sd ' ' places) == 'step1-pid/workbench.h step1-pid/step1-pid.c' ]] || fail 'wanted: a line of each file'
}

# bats test_tags=slow
@test "a program that makes no child is told so, and shown ours that does" {
	needs native strace
	echo 'int main(void) { return 0; }' >wrong.c
	run lab/hint --all 1 wrong.c
	[[ $output == *'before it creates a child'*'clone(2)'*'Ours, step1-pid/'*'clone(inside'* ]] || fail
}

# ---- What the README shows -------------------------------------------------------

# Its block that begins with "$ sudo make WORDS", in what that said now, but for names and numbers.
readme_holds() {
	local shown
	shown=$(awk -v first="$ sudo make $1" '$0 == "```" { on = 0 } on && $0 != "..."; $0 == first { on = 1 }' "$toolkit/README.md")
	[[ $(wc -l <<<"$shown") -ge 6 ]] || fail "the README has no block: make $1"
	shown=$(plainly <<<"$shown" | grep -vxF -f <(plainly <<<"$output") || :)
	[[ -z $shown ]] || fail "make $1 does not say: $shown"
}

plainly() { sed 's/marker-[0-9a-f]*/marker/' | lab/cast --normal; }

# bats test_tags=slow
@test "the README's grade, demo and tour are what they say" {
	needs native root
	lab/start 3
	run lab/grade 3
	readme_holds 'grade STEP=3'
	run env MAKELEVEL=1 "$toolkit/lab/demo" pivot-no-mount
	readme_holds 'demo NAME=pivot-no-mount'
	run env MAKELEVEL=1 "$toolkit/lab/tour" 1 2 3 4
	readme_holds tour
}

# ---- Solution --------------------------------------------------------------------

@test "the solution is the difference first, then the reasons" {
	needs native
	lab/start 4
	run make solution STEP=4
	[[ $output == *'-	/* TODO bind'*'+	if (with("bind"))'*$'\nWhy our program'*'inside():'*'put the old root on its /tmp'*step4-pivot/README.md* ]] || fail
	cp step4-pivot/step4-pivot.c work/step4-pivot/
	run lab/solution 3 <(lab/grade.d/skeleton step2-uts/step2-uts.c step3-mount/step3-mount.c)
	[[ $output == *'make it read-only, with everything below'* && $output != *'- struct mount_attr'* ]] || fail 'wanted: reasons alone'
	run make solution STEP=4
	[[ $output == *'makes no call that yours does not'* && $output != *@@* ]] || fail 'wanted: no difference'
}
