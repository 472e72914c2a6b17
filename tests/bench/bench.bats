# make bench is worth what tests/bench/limit.c is: it has to make the system calls of the step.

# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers
load ../helpers

setup_file() {
	# The VM runs the one that was compiled here: compiling takes minutes there.
	export LIMIT=$toolkit/build/bench/limit
	mkdir -p "${LIMIT%/*}"
	if [[ $toolkit/tests/bench/limit.c -nt $LIMIT ]]; then
		cc -O2 -static -Wall -Wextra -Werror -o "$LIMIT" "$toolkit/tests/bench/limit.c"
	fi
}

# A container that has ended keeps its cable for some milliseconds.
cable_is_gone() {
	[[ ! -e /sys/class/net/step6-0a060000 ]]
}

# trace NAME WORD...: what WORD... asks of the kernel, from both sides, into the file NAME
trace() {
	local name=$BATS_TEST_TMPDIR/$1 side sides
	wait_for cable_is_gone
	strace -ff -qq -s 200 -o "$name" "${@:2}"
	mapfile -t sides < <(printf '%s\n' "$name".* | sort -t . -k 2n)
	((${#sides[@]} == 2)) || fail "not two sides: ${sides[*]}"
	for side in "${sides[@]}"; do
		sed -n '/^geteuid/,$p; /^prctl(PR_SET_PDEATHSIG/,/^execve/p' "$side"
	done | compare_by >"$name"
}

# Without the numbers that differ each time. What libc does on its own account is left out: its memory,
# and how it reads mounts, directories, addresses and names. Of a netlink message its length remains.
compare_by() {
	sed -E '
		/^(brk|getpid|getrandom|mmap|munmap|close|bind|getsockname|recvmsg|recvfrom|ioctl|getdents64|socket)\(/d
		/^read\(/{ /"\\0", 1\)/!d }
		/NLM_F_DUMP|\|0x300|O_DIRECTORY|\/proc\/self\/mounts|AT_EMPTY_PATH/d
		/^newfstatat.*cgroup/d
		s/^sendto.*\], ([0-9]+), 0, .*/sendto, length \1/
		s/step5-[0-9a-f]+/step5-N/g
		s/^(\w+)\([0-9]+,/\1(FD,/
		s/^(execve|rt_sigtimedwait|wait4)\(.*/\1/
		s/0x[0-9a-f]+|\b[0-9]{3,}\b/N/g
		s/" *, [0-9]+\)/")/
		s/ +=.*//'
}

# same_calls STEP LIMIT WORD...: of the step with WORD..., and of limit with the word LIMIT
same_calls() {
	local step=$toolkit/$1/$1 number=$2 words=(/bin/true)
	[[ $1 == step[12]* ]] || words=("$ROOTFS" /bin/true)
	shift 2
	"$step" "$@" "${words[@]}" # it evacuates, limit does not
	trace step "$step" "$@" "${words[@]}"
	trace limit "$LIMIT" "$number" "${words[@]}"
	run diff "$BATS_TEST_TMPDIR/step" "$BATS_TEST_TMPDIR/limit"
	[[ $status == 0 ]] || fail "limit's calls (>) are not the step's (<)"
}

@test "limit makes the system calls of step 1" { needs native && same_calls step1-pid 1; }
@test "limit makes the system calls of step 2" { needs native && same_calls step2-uts 2; }
@test "limit makes the system calls of step 3" { needs native && same_calls step3-mount 3; }
@test "limit makes the system calls of step 4" { needs native && same_calls step4-pivot 4; }
@test "limit makes the system calls of step 5, without limits" { needs native && same_calls step5-cgroup 5- --without cgroup; }
@test "limit makes the system calls of step 6, without limits" { needs native && same_calls step6-net 6- --without cgroup; }
@test "limit makes the system calls of step 5" { needs v2 && same_calls step5-cgroup 5; }
@test "limit makes the system calls of step 6" { needs v2 && same_calls step6-net 6; }

# ---- box -------------------------------------------------------------------------

# What a container has: its mounts, and which namespaces are its own. Without numbers, and without the paths
# of the overlay's own directories.
has() {
	# shellcheck disable=SC2016 # for the container's shell
	"$@" /bin/sh -c 'cat /proc/self/mountinfo; for n in /proc/self/ns/*; do echo "${n##*/} $(readlink "$n")"; done' |
		sed -E 's/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ //; s/lowerdir=.*//; s,^/[^ ]*//deleted,/,' | while read -r name inode rest; do
		case $inode in
		[a-z]*:\[*) [[ $inode != "$(readlink "/proc/self/ns/$name")" ]] || echo "$name is the host's" ;;
		*) echo "$name $inode $rest" ;;
		esac
	done
}

@test "limit-box makes the mounts and the namespaces of box" {
	needs native
	local root=/run/bench-box
	cc -O2 -static -Wall -Wextra -Werror -o "$BATS_FILE_TMPDIR/limit-box" "$toolkit/tests/bench/limit-box.c"
	BOX_ROOT=$root "$BOX" run --network none "$ROOTFS" true
	BOX_ROOT=$root has "$BOX" run --network none "$ROOTFS" >"$BATS_TEST_TMPDIR/box"
	has "$BATS_FILE_TMPDIR/limit-box" "$root" "$ROOTFS" >"$BATS_TEST_TMPDIR/limit"
	[[ -s $BATS_TEST_TMPDIR/box && $(<"$BATS_TEST_TMPDIR/box") == *' /dev/mqueue '*"user is the host's"* ]] || fail "no mounts: $(<"$BATS_TEST_TMPDIR/box")"
	run diff "$BATS_TEST_TMPDIR/box" "$BATS_TEST_TMPDIR/limit"
	[[ $status == 0 ]] || fail "limit-box's mounts (>) are not box's (<)"
}

@test "the plot of box's speed names each program, with its median" {
	needs jq
	local plot
	plot=$("$toolkit/book/pictures/speed" <<-'END'
		{ "kernel": "6.1.4-lab", "cpus": 1, "rounds": 60, "results": [
		{ "name": "limit", "median_ms": 2.38, "p25_ms": 2.20, "p75_ms": 2.65 },
		{ "name": "box", "median_ms": 3.02, "p25_ms": 2.83, "p75_ms": 3.30 },
		{ "name": "crun", "median_ms": 19.80, "p25_ms": 18.30, "p75_ms": 21.30 } ] }
	END
	)
	[[ $plot == *'bare calls 2.4; box 3.0; crun 19.8'*'>bare calls<'*'>2.4<'*'class="box"'*'>3.0<'*'>crun<'*'>19.8<'* ]] || fail "$plot"
	[[ $plot == *'60 rounds'*'1 CPU, Linux 6.1<'* && $plot == *prefers-color-scheme* ]] || fail "$plot"
}
