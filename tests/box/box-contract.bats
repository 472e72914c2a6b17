# What box's source promises, as a source: it can be read in a weekend, and its parsers hold (make lint looks for mistakes).

# shellcheck disable=SC2013,SC2046,SC2154,SC2164 # names are words; bats sets these, and helpers, and ends where cd fails
load ../helpers

setup() {
	needs native gcc
	cd "$toolkit/full"
	sources=(*/*.c)
	# The program that runs while box is built, and the stand-ins for glibc, are no part of it. box-unpack is another program.
	mapfile -t written < <(printf '%s\n' */*.[ch] | grep -v -e filter.c -e fortify.c -e ^unpack/)
	open_ledger
}

# As the steps' lines are counted (contract.bats): no comment, no blank line, no lone brace.
count_code() {
	local file all=0
	for file; do
		all=$((all + $(gcc -w -fpreprocessed -dD -E -P "$file" | grep -Evc '^[[:space:]]*[{}]?;?[[:space:]]*$')))
	done
	echo "$all"
}

@test "at most 8075 lines of C, and 1650 for engines" {
	run count_code $(printf '%s\n' "${written[@]}" | grep -v ^oci/)
	((output <= 8075)) || fail "wanted: at most 8075 lines of code"
	run count_code oci/*.[ch]
	((output <= 1650)) || fail "wanted: at most 1650 lines of code"
}

# It parses what strangers send, so it has to be read even more closely.
@test "at most 1500 lines of C in box-unpack, besides what it shares with box" {
	run count_code unpack/*.[ch]
	((output <= 1500)) || fail "wanted: at most 1500 lines of code"
}

@test "box has nothing of the libraries that parse images, and make builds it without them" {
	run nm box
	[[ $output == *' T main'* && $output != *archive_read* && $output != *inflate* ]] || fail 'wanted: no parser of images in box'
	run make -s LIBC=glibc OUT="$BATS_TEST_TMPDIR" BOX="$BATS_TEST_TMPDIR/box" UNPACK=
	[[ $status == 0 && -z $output && -x $BATS_TEST_TMPDIR/box && ! -e $BATS_TEST_TMPDIR/box-unpack ]] || fail 'wanted: box alone, without a word'
}

@test "no file of over 500 lines, and no function of over 60" {
	for file in "${sources[@]}"; do
		(($(wc -l <"$file") <= 500)) || fail "$file is too long"
		run awk -v file="$file" '
			/^[a-z].*\)$/ { start = FNR; name = $0 }
			/^}/ { if (start && FNR - start + 1 > 60) print file ": " FNR - start + 1 " lines: " name; start = 0 }' "$file"
		[[ -z $output ]] || fail 'too long'
	done
}

# The mutants are tried in make proof; that each of their commands still fits is seen at once.
@test "each command of tests/box/mutants changes a file" {
	for script in "$toolkit"/tests/box/mutants/*.sed; do
		cp "$(sed -n 's/^# file: *//p' "$script")" "$BATS_TEST_TMPDIR/before"
		while IFS= read -r line; do
			sed -E -z "$line" "$BATS_TEST_TMPDIR/before" >"$BATS_TEST_TMPDIR/after"
			! cmp -s "$BATS_TEST_TMPDIR"/{before,after} || fail "$script changes nothing by $line"
			mv "$BATS_TEST_TMPDIR"/{after,before}
		done < <(grep ^s "$script")
	done
}

# A layer is a directory. What is linked tells who calls whom; tsort fails where calls go in a circle.
@test "calls go down the layers, from cli over oci, life and bricks to base, and never in a circle" {
	for file in "${sources[@]}"; do
		gcc -c -w -D_FILE_OFFSET_BITS=64 -I. -I../build/full -o "$BATS_TEST_TMPDIR/${file//\//-}.o" "$file"
	done
	cd "$BATS_TEST_TMPDIR"
	calls_between -- *.o >calls
	(($(wc -l <calls) > 150)) || fail 'wanted: the calls'
	run tsort calls
	[[ $status == 0 ]] || fail 'wanted: no circle'
	run awk 'BEGIN { rank["base"] = 1; rank["bricks"] = 2; rank["life"] = rank["unpack"] = 3; rank["oci"] = 4; rank["cli"] = 5 }
		{ split($1, caller, "-"); split($2, called, "-"); if (rank[caller[1]] < rank[called[1]]) print }' calls
	[[ -z $output ]] || fail 'wanted: no call upwards'
}

# Only what a header declares is for others: all else is static.
@test "every function that others call is declared in a header, with what it does" {
	for name in $(sed -nE 's/^[a-z][a-z_ ]*[ *]([a-z_]+)\(.*[^;]$/\1/p' "${sources[@]}" | sort -u); do
		grep -qE "^static .*\b$name\(" "${sources[@]}" && continue
		[[ $name == main || $name == __* ]] || grep -qE "\b$name\b" -- */*.h || fail "$name is neither static nor in a header"
	done
}

@test "no goto, no global but what narration keeps" {
	! grep -nE '\bgoto\b' "${sources[@]}" || fail 'there is a goto'
	run grep -nE '^(bool|int|char|const char|struct [a-z]+|unsigned|size_t|pid_t)[ *]+[a-z_, ]+( = .*)?;' "${sources[@]}"
	[[ $output == 'base/say.c:'*'bool explain, paused;'$'\n'*'const char *side = "outside";'$'\nbase/wait.c:'*'bool interrupted;' ]] ||
		fail 'wanted: explain, paused, side and interrupted'
}

@test "its parsers take, or refuse in a line, all that the fuzzers have found" {
	run "$toolkit/tests/fuzz/run" --replay
	[[ $status == 0 && -z $output ]] || fail 'wanted: not a word'
}

@test "glibc and musl build it" {
	run make -s LIBC=glibc OUT="$BATS_TEST_TMPDIR" BOX="$BATS_TEST_TMPDIR/box" "$BATS_TEST_TMPDIR/box"
	[[ $status == 0 && -z $output ]] || fail 'wanted: box, without a word'
	run "$BATS_TEST_TMPDIR/box" version
	[[ $status == 0 && $output == 'box '* ]] || fail 'wanted: a box that runs'
}
