# What the six sources promise, as sources: they build alone and everywhere, each is the one before
# plus one primitive, and --explain tells what is done.

# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers
load ../helpers

steps=(step1-pid step2-uts step3-mount step4-pivot step5-cgroup step6-net)

source_of() { echo "$toolkit/$1/$1.c"; }

# without_words FILE: the source but for what may differ by its nature: the header comment, and the
# lines that hold the step's own name and usage.
without_words() {
	sed -e '1,/^ \*\//d' -e '/^#define \(STEP\|USAGE\|REMEDY\) /d' "$1"
}

# without_comments: the code of stdin, a statement's lines as they are.
without_comments() {
	sed 's,/\*[^*]*\*/,,' | awk '/\/\*/ { comment = 1 } !comment { print } /\*\// { comment = 0 }'
}

# Lines that say something: not blank, and no lone brace.
count_code() {
	grep -Evc '^[[:space:]]*[{}]?;?[[:space:]]*$' || :
}

# ---- They build ------------------------------------------------------------------

builds_with() {
	local compiler=$1 step
	needs "$compiler"
	shift
	for step in "${steps[@]}"; do
		run "$compiler" -Wall -Wextra -Werror "$@" -o "$BATS_TEST_TMPDIR/$step" "$(source_of "$step")"
		[[ $status == 0 && -z $output ]] || fail "wanted: $step, without a word from $compiler"
	done
}

@test "gcc builds them, -Wall -Wextra -Werror" {
	builds_with gcc
	builds_with gcc -O2
}

@test "clang builds them, -Wall -Wextra -Werror" {
	builds_with clang
	builds_with clang -O2
}

@test "on arm64 they build, and say their --help" {
	local step
	needs qemu-aarch64-static
	builds_with aarch64-linux-gnu-gcc -static
	for step in "${steps[@]}"; do
		run qemu-aarch64-static "$BATS_TEST_TMPDIR/$step" --help
		[[ $status == 0 && $output == "usage: $step "* ]] || fail "wanted: $step's --help"
		[[ $output == "$("$toolkit/$step/$step" --help)" ]] || fail "wanted: the same --help as here"
	done
}

# No project header: a step includes the system's alone.
@test "each is one file" {
	local step
	for step in "${steps[@]}"; do
		run grep -n '^#include *"' "$(source_of "$step")"
		[[ -z $output ]] || fail "$step includes a file of ours"
		[[ $(find "$toolkit/$step" -name '*.[ch]' | wc -l) == 1 ]] || fail "$step is more than one file"
	done
}

# ---- The diff is the lesson ------------------------------------------------------

# adds BEFORE AFTER BUDGET [LINE...]: AFTER is BEFORE and more. Only the LINEs may be gone.
adds() {
	local before after budget=$3 line added
	before=$(without_words "$(source_of "$1")")
	after=$(without_words "$(source_of "$2")")
	shift 3
	while IFS= read -r line; do
		[[ " $* " == *" $(tr -s '[:space:]' ' ' <<<"$line" | sed 's/^ //; s/ $//') "* ]] ||
			fail "this line is gone, and the lesson replaces it with nothing: $line"
	done < <(diff <(echo "$before") <(echo "$after") | sed -n 's/^< //p')
	added=$(diff <(without_comments <<<"$before") <(without_comments <<<"$after") | sed -n 's/^> //p' | count_code)
	echo "adds $added lines of code, of $budget"
	((added <= budget))
}

@test "step 2 is step 1 and a hostname: at most 25 lines" {
	adds step1-pid step2-uts 25
}

@test "step 3 is step 2 and a mount table: at most 120 lines" {
	# The loan is explained, and /proc becomes the proc of ROOTFS.
	adds step2-uts step3-mount 120 \
		'/* On loan from step 3: without it the host would get our /proc. */' \
		'mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));'
}

@test "step 4 is step 3 and pivot_root for chroot: at most 40 lines" {
	adds step3-mount step4-pivot 40 \
		'if (with("chroot")) {' \
		'DO("make ROOTFS the root of every path", chroot("."));' \
		'DO("and stand in it", chdir("/"));' \
		'{ "chroot", "chroot(2): ROOTFS is /", false },'
}

@test "step 5 is step 4 and limits: at most 150 lines" {
	# What follows the wait needs the status kept.
	adds step4-pivot step5-cgroup 150 'return wait_for_end(c);'
}

@test "step 6 is step 5 and a network: at most 170 lines" {
	adds step5-cgroup step6-net 170
}

# ---- They can be read ------------------------------------------------------------

@test "the workbench is the same text in all six" {
	local step first
	first=$(sed -n '/^\/\* ---- Workbench/,$p' "$(source_of step1-pid)")
	[[ $(wc -l <<<"$first") -gt 100 ]] || fail 'there is no workbench in step 1'
	for step in "${steps[@]}"; do
		run diff <(echo "$first") <(sed -n '/^\/\* ---- Workbench/,$p' "$(source_of "$step")")
		[[ $status == 0 ]] || fail "$step has another"
	done
}

@test "the idea comes first: on the first screens are inside and outside, on the last the workbench" {
	local step places
	for step in "${steps[@]}"; do
		places=$(grep -noE '^static int (inside|outside)\(.*[^;]$|^/\* ---- Workbench' "$(source_of "$step")" | sed 's/:.*//' | paste -sd ' ')
		read -r inside outside workbench <<<"$places"
		((inside < outside && outside < workbench && inside < 120)) ||
			fail "$step: inside, outside and the workbench begin on lines $places"
	done
}

@test "no function is longer than 40 lines" {
	local step
	for step in "${steps[@]}"; do
		run awk -v step="$step" '
			/^[a-z].*\)$/ { start = FNR; name = $0 }
			/^}/ { if (start && FNR - start + 1 > 40) print step ": " FNR - start + 1 " lines: " name; start = 0 }' \
			"$(source_of "$step")"
		[[ -z $output ]] || fail 'too long'
	done
}

@test "no file is longer than a reader's patience" {
	local step lines longest=950
	for step in "${steps[@]}"; do
		lines=$(wc -l <"$(source_of "$step")")
		((lines <= longest)) || fail "$step has $lines lines, and may have $longest"
	done
}

# ---- --explain tells what is done ------------------------------------------------

# tells_the_truth STEP WORD...: what it says is what strace sees, on both sides, in order.
tells_the_truth() {
	local words
	needs strace python3
	STEP=$1 STEP_BIN=$toolkit/$1/$1
	shift
	STEP_OPTIONS=(--explain "${STEP_OPTIONS[@]}")
	container_words "$@"
	strace -f -s 256 -o "$BATS_TEST_TMPDIR/trace" "$STEP_BIN" "${words[@]}" \
		>"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/narration" || :
	[[ ! -s $BATS_TEST_TMPDIR/stdout ]] || fail "wanted: nothing on stdout, which is the command's"
	"$toolkit/tests/steps/narration" "$BATS_TEST_TMPDIR/trace" "$BATS_TEST_TMPDIR/narration" ||
		fail "$STEP $*: it tells another story"
}

@test "step 1 tells what it does" {
	tells_the_truth step1-pid true
	tells_the_truth step1-pid --without=proc no-such-command
}

@test "step 2 tells what it does" { tells_the_truth step2-uts true; }

@test "step 3 tells what it does" {
	tells_the_truth step3-mount --volume=/etc:/mnt:ro true
	tells_the_truth step3-mount --without=chroot true
}

@test "step 4 tells what it does" {
	tells_the_truth step4-pivot --volume=/etc:/mnt:ro true
	tells_the_truth step4-pivot --without=bind true
}

# The first run finds processes in the way, and moves them; the second doesn't.
@test "step 5 tells what it does" {
	needs v2
	tells_the_truth step5-cgroup true
	tells_the_truth step5-cgroup --memory=max true
}

@test "step 5 without limits tells what it does" { tells_the_truth step5-cgroup --without=cgroup true; }

@test "step 6 tells what it does" {
	needs v2
	tells_the_truth step6-net true
}

@test "step 6 without limits tells what it does" { tells_the_truth step6-net --without=cgroup true; }
