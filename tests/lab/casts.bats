# The recordings: they show what the demos and the tour print now, they are small, and they can be played
# where there is neither Linux nor asciinema. Each demo's own is compared in demos.bats, where it is run.

# shellcheck shell=bats disable=SC2001,SC2016,SC2030,SC2031,SC2154 # set by helpers.bash
load ../helpers

setup() {
	export MAKELEVEL=1
	open_ledger
}

copy_recorder() {
	copy=$BATS_TEST_TMPDIR/toolkit
	mkdir -p "$copy/lab"
	cp -R "$toolkit"/lab/{cast,casts,common.bash} "$copy/lab"
}

# compare SED...: a recording against itself, with this done to it.
compare() {
	capture bash -c 'cd "$0" && lab/cast --text pivot-shared | sed "$@" | lab/cast --compare pivot-shared' "$copy" "$@"
}

@test "a recording that says something else is noticed, and other numbers are not" {
	needs native python3
	copy_recorder
	compare -e 's/x/x/'
	[[ $status == 0 && -z $output ]] || fail 'it is not the same as itself'
	compare -E 's/[0-9]+/4321/g; s/  +/ /g'
	[[ $status == 0 ]] || fail 'other numbers and blanks count'
	compare -e 's/Invalid argument/Device or resource busy/'
	[[ $status != 0 && $output == *'> '*'Device or resource busy'* ]] || fail 'another errno is not noticed'
	compare -e '/^lab#/d'
	[[ $status != 0 ]] || fail 'a missing command is not noticed'
}

@test "there is one for each demo and the tour, and no other; they are small, and 80 by 24" {
	needs native python3
	local name file
	for name in $("$toolkit/lab/demo" --names) tour; do
		[[ -s $toolkit/lab/casts/$name.cast ]] || fail "$name has none: make casts"
	done
	for file in "$toolkit"/lab/casts/*.cast; do
		name=$(basename "$file" .cast)
		[[ $name == tour || -e $toolkit/lab/demos/$name ]] || fail "no demo has the name $name: remove $file"
		(($(stat -c %s "$file") < 20000)) || fail "$file has more than 20 kB"
		[[ $(head -n 1 "$file") == *'"width": 80, "height": 24'* ]] || fail "$file is of another size"
	done
}

@test "lab/casts/play plays one with Python alone" {
	needs native python3
	capture python3 "$toolkit/lab/casts/play" "$toolkit/lab/casts/pivot-shared.cast" 1000
	[[ $status == 0 ]] || fail 'it does not'
	"$toolkit/lab/cast" --compare pivot-shared < <(sed 's/\x1b\[[0-9]*m//g' <<<"$output" | tr -d '\r') || fail 'something else came out'
	capture python3 "$toolkit/lab/casts/play" "$toolkit/Makefile"
	[[ $status == 1 && $stderr == *"recording"* && $stderr != *Traceback* ]] || fail 'no word on a file that is none'
}

# All but what came before, and the time that it took.
steps_of() {
	sed -n '/^---- Step /,/ in [0-9]* s[.]$/p'
}

@test "a name that is none is refused in one line, before anything is recorded" {
	needs native
	capture "$toolkit/lab/cast" fork nonsense
	[[ $status == 125 && $stderr == *"'nonsense'"* && $stderr != *$'\n'* && -z $output ]] || fail
}

# It was recorded in the VM, where the host's files are the same for everybody.
@test "the tour's recording says what the tour says" {
	needs vm v2 python3
	# Step 5 moves us to a leaf, so that a chamber inside this one can have limits.
	"$toolkit/step5-cgroup/step5-cgroup" "$ROOTFS" true
	run --separate-stderr "$toolkit/lab/tour"
	[[ $status == 0 ]] || fail "status $status"
	diff <("$toolkit/lab/cast" --text tour | steps_of | "$toolkit/lab/cast" --normal) \
		<(steps_of <<<"$output" | "$toolkit/lab/cast" --normal) || fail 'lab/casts/tour.cast says something else: make casts'
}
