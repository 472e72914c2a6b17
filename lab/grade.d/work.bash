# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with the tools that source it after common.bash
#
# work.bash - find the learner's work, for lab/start, grade, hint, solution and watch.

works=$toolkit/work

# make STEP=3 exports STEP, and the tests would take its value for a program's name.
unset STEP

# find_step N TARGET: sets number, step, source (ours), work (the learner's file) and state (the directory in which
# hint and grade remember results). The message for a wrong N names make TARGET.
find_step() {
	local found
	number=${1-} found=("$toolkit/step${1:-0}"-*/step"${1:-0}"-*.c)
	[[ $number == [1-6] && -e ${found[0]} ]] || die "STEP=$number: N must be from 1 to 6; run make $2 STEP=N"
	source=${found[0]}
	step=$(basename "$source" .c)
	work=$works/$step/$step.c
	state=$works/.state/$step
}

# A path, relative to the working directory if it lies below it.
short() {
	[[ $1 == "$PWD"/* ]] && echo "${1#"$PWD"/}" || echo "$1"
}

# find_program [SRC]: sets program to the source file: SRC, the step's file in the directory SRC, or the learner's work.
find_program() {
	program=${1:-$work}
	[[ ! -d $program ]] || program=${program%/}/$step.c
	[[ -e $program ]] || if [[ -n ${1-} ]]; then
		die "there is no $program"
	else
		die "there is no $(short "$work") yet: make start STEP=$number"
	fi
}

# Build what the suite needs, and our program to compare with: a fresh checkout has none of it.
make_ours() {
	env -u MAKEFLAGS -u MAKELEVEL make -s -C "$toolkit" build/chamber build/rootfs "$step/$step" >&2
}

# build OUTPUT: compile the program, with the workbench.h beside it, or else with ours. Errors are the compiler's own.
build() {
	local compiler=("${CC:-cc}" -x c)
	case $program in *.cc | *.cpp | *.cxx) compiler=(g++ -x c++) ;; esac
	mkdir -p "${1%/*}"
	"${compiler[@]}" -O2 -static -Wall -Wextra -iquote "$toolkit/$step" -o "$1" "$program"
}
