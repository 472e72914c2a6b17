# shellcheck shell=bash disable=SC2034,SC2154 # for the tools that source it, after common.bash
#
# work.bash - where the learner's work is, for lab/start, grade, hint and solution.

works=$toolkit/work

# make STEP=3 puts it into the environment, where the tests take it for a program's name.
unset STEP

# find_step N TARGET: sets number, step, source (ours), work (theirs) and state (what hint and grade
# remember). TARGET is for the message.
find_step() {
	local found
	number=${1-} found=("$toolkit/step${1:-0}"-*/step"${1:-0}"-*.c)
	[[ $number == [1-6] && -e ${found[0]} ]] || die "which step? make $2 STEP=N, N from 1 to 6"
	source=${found[0]}
	step=$(basename "$source" .c)
	work=$works/$step/$step.c
	state=$works/.state/$step
}

# A path as one types it here.
short() {
	[[ $1 == "$PWD"/* ]] && echo "${1#"$PWD"/}" || echo "$1"
}

# find_program [SRC]: sets program to the source that is to be looked at. SRC may be a directory that has it.
find_program() {
	program=${1:-$work}
	[[ ! -d $program ]] || program=${program%/}/$step.c
	[[ -e $program ]] || if [[ -n ${1-} ]]; then
		die "there is no $program"
	else
		die "there is no $(short "$work") yet: make start STEP=$number"
	fi
}

# What the suite needs, and ours, to compare with: a fresh checkout has none of it.
make_ours() {
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$toolkit" build/chamber build/rootfs "$step/$step" >&2
}

# build OUTPUT: the program, with the workbench.h beside it, or else with ours. A failure is the compiler's to tell.
build() {
	local compiler=("${CC:-cc}" -x c)
	case $program in *.cc | *.cpp | *.cxx) compiler=(g++ -x c++) ;; esac
	mkdir -p "${1%/*}"
	"${compiler[@]}" -O2 -static -Wall -Wextra -iquote "$toolkit/$step" -o "$1" "$program"
}
