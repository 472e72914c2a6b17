# What the six sources promise, as sources: they build everywhere, each is the one before plus one
# primitive, they can be read, and --explain tells what is done.

# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers
load ../helpers

steps=(step1-pid step2-uts step3-mount step4-pivot step5-cgroup step6-net)

source_of() { echo "$toolkit/$1/$1.c"; }

# without_words FILE: the source but for what may differ by its nature: the header comment, and the
# lines that hold the step's own name and usage.
without_words() {
	sed -e '1,/^ \*\//d' -e '/^#define STEP /d' -e '/^\tusage = /d' "$1"
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

# The kernel's headers are where the distribution keeps them, behind musl's own.
@test "musl-gcc builds them, -Wall -Wextra -Werror" {
	builds_with musl-gcc -static -idirafter /usr/include -idirafter "/usr/include/$(gcc -print-multiarch)"
}

@test "on arm64 they build, and say their --help" { builds_for aarch64; }

@test "on i386 they build, and say their --help" { builds_for i686; }

builds_for() {
	local step emulator=qemu-${1/i686/i386}-static
	needs "$emulator" "$1-linux-gnu-gcc" # where a distribution has none, lab/setup asks for none
	builds_with "$1-linux-gnu-gcc" -static
	for step in "${steps[@]}"; do
		run "$emulator" "$BATS_TEST_TMPDIR/$step" --help
		[[ $status == 0 && $output == "usage: $step "* ]] || fail "wanted: $step's --help"
		[[ $output == "$("$toolkit/$step/$step" --help)" ]] || fail "wanted: the same --help as here"
	done
}

@test "each is two files, and as one file it builds anywhere" {
	local n step
	for n in 1 2 3 4 5 6; do
		step=${steps[n - 1]}
		[[ $(cd "$toolkit/$step" && echo *.[ch]) == "$step.c workbench.h" ]] || fail "$step: wanted: $step.c and workbench.h"
		make -s -C "$toolkit" one-file STEP=$n >"$BATS_TEST_TMPDIR/whole.c"
		! grep -n '^#include *"' "$BATS_TEST_TMPDIR/whole.c" || fail "$step includes a file of ours"
		run cc -Wall -Wextra -Werror -o "$BATS_TEST_TMPDIR/whole" "$BATS_TEST_TMPDIR/whole.c"
		[[ $status == 0 && -z $output ]] || fail "$step"
		[[ $("$BATS_TEST_TMPDIR/whole" --help) == "$("$toolkit/$step/$step" --help)" ]] || fail "wanted: the same --help"
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
		printf '%s\n' "$@" | grep -qxF -e "$(tr -s '[:space:]' ' ' <<<"$line" | sed 's/^ //; s/ $//')" ||
			fail "this line is gone, and the lesson replaces it with nothing: $line"
	done < <(diff <(echo "$before") <(echo "$after") | sed -n 's/^< //p')
	added=$(diff <(without_comments <<<"$before") <(without_comments <<<"$after") | sed -n 's/^> //p' | count_code)
	echo "adds $added lines of code, of $budget"
	((added <= budget))
}

@test "step 2 is step 1 and a hostname: at most 35 lines" {
	# The child is handed more than its command now.
	adds step1-pid step2-uts 35 \
		'static int inside(void *command)' 'static int outside(char **command)' 'return become(command);' \
		'clone(inside, stack + sizeof stack, flags, command),' '"clone(inside, stack, %s, command)", names_of(flags));' \
		'return outside(read_options(argc, argv, 1));'
}

@test "step 3 is step 2 and a mount table: at most 160 lines" {
	# Propagation is explained, /proc becomes the proc of ROOTFS, and two arguments are needed.
	adds step2-uts step3-mount 160 \
		"/* Borrowed from step 3: without it, our /proc would cover the host's. */" \
		'mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));' \
		'c.command = read_options(argc, argv, 1);'
}

@test "step 4 is step 3 and pivot_root for chroot: at most 20 lines" {
	adds step3-mount step4-pivot 20 \
		'if (with("chroot")) {' \
		'DO("make ROOTFS the root of every path", chroot("."));' \
		'{ "chroot", "chroot(2): ROOTFS is /" },' \
		'c.rootfs = rest[0];'
}

@test "step 5 is step 4 and limits: at most 210 lines" {
	# What follows the wait needs the status kept.
	adds step4-pivot step5-cgroup 210 'return wait_for_end();' 'struct container c = { .hostname = "container" };'
}

@test "step 6 is step 5 and a network: at most 180 lines" {
	adds step5-cgroup step6-net 180 'struct container c = { .hostname = "container", .limits = { "64M", "64", "0.5" } };'
}

# ---- They can be read ------------------------------------------------------------

@test "workbench.h is the same file in all six" {
	local step
	for step in "${steps[@]}"; do
		cmp "$toolkit/step1-pid/workbench.h" "$toolkit/$step/workbench.h" || fail "$step has another: make workbench copies step 1's"
	done
}

@test "the idea comes first: step 1 begins inside by line 20, and outside ends by line 50" {
	local ends
	line_of() { grep -nm 1 "^static int $1(" "$(source_of step1-pid)" | cut -d : -f 1; }
	ends=$(awk '/^static int outside\(/ { on = 1 } on && /^}/ { print FNR; exit }' "$(source_of step1-pid)")
	echo "inside begins on line $(line_of inside), outside on line $(line_of outside) and ends on line $ends"
	(($(line_of inside) <= 20 && $(line_of inside) < $(line_of outside) && ends <= 50))
}

@test "in every step inside and outside come before all else" {
	local step others
	for step in "${steps[@]}"; do
		others=$(grep -oE '^(static )?[a-z][a-z_ ]+ \*?[a-z_]+\(.*[^;]$' "$(source_of "$step")" | sed 's/(.*//; s/.*[ *]//' | head -n 2)
		[[ $others == $'inside\noutside' ]] || fail "$step begins with ${others//$'\n'/ and }"
	done
}

@test "no function is longer than 40 lines" {
	local step
	for step in "${steps[@]}"; do
		run awk -v step="$step" '
			/^[a-z].*\)$/ { start = FNR; name = $0 }
			/^}/ { if (start && FNR - start + 1 > 40) print step ": " FNR - start + 1 " lines: " name; start = 0 }' \
			"$(source_of "$step")" "$toolkit/$step/workbench.h"
		[[ -z $output ]] || fail 'too long'
	done
}

# Aims: when one pinches, look for what to leave out, and never squeeze.
@test "no file is longer than a reader's patience" {
	local n lines budgets=(70 90 265 275 515 715)
	for n in 1 2 3 4 5 6; do
		lines=$(wc -l <"$(source_of "${steps[n - 1]}")")
		((lines <= budgets[n - 1])) || fail "${steps[n - 1]} has $lines lines, and may have ${budgets[n - 1]}"
	done
	lines=$(wc -l <"$toolkit/step1-pid/workbench.h")
	((lines <= 415)) || fail "workbench.h has $lines lines, and may have 415"
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
