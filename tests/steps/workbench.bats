#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2034,SC2154 # set by helpers.bash, or for it
#
# What only a copy of a step shows: a learner's typo in its source, and calls that fail when no kernel would let
# them fail on demand. Each copy is built here, with the same workbench.h beside it. STEP_SOURCES=DIR takes the
# steps from DIR, which is how these tests were seen to fail.

STEP=step1-pid
load ../helpers

steps=(step1-pid step2-uts step3-mount step4-pivot step5-cgroup step6-net)

setup() {
	needs cc
	open_ledger
}

# build STEP SED [CC-WORD...]: a copy of it, changed by a sed script, becomes the program under test.
build() {
	local copy=$BATS_TEST_TMPDIR/$1
	STEP=$1
	rm -rf "$copy"
	cp -r "${STEP_SOURCES:-$toolkit}/$1" "$copy"
	sed -i "$2" "$copy/$1.c"
	STEP_BIN=$copy/$1.copy
	cc -o "$STEP_BIN" "$copy/$1.c" "${@:3}"
	STEP_OPTIONS=()
	[[ $STEP != step[56]* ]] || STEP_OPTIONS=(--without cgroup)
}

# A C file with a call that fails; the linker puts it in the place of libc's.
failing() {
	printf '#include <errno.h>\n#include <stddef.h>\n#include <sys/types.h>\n%s\n' "$1" >"$BATS_TEST_TMPDIR/failing.c"
	echo "$BATS_TEST_TMPDIR/failing.c"
}

complains() {
	local word
	[[ $status == 125 && $output == '' && $stderr != *$'\n'* ]] || fail 'wanted: status 125, and one line on stderr'
	for word; do
		[[ $stderr == *"$word"* ]] || fail "wanted: a line that says $word"
	done
}

@test "with(), given a brick that the step doesn't have: 125, and a line with the brick and the list" {
	local step brick
	for step in "${steps[@]}"; do
		build "$step" 's/with("proc")/with("prox")/'
		inside true
		complains '"prox"'
		for brick in $("$STEP_BIN" --help | sed -n 's/^      \([a-z]*\) .*/\1/p'); do
			[[ " $stderr " == *" $brick "* ]] || fail "wanted: the brick $brick in the list"
		done
	done
}

@test "out of memory: 125, and a line that says so" {
	local step name
	for step in "${steps[@]:2}"; do
		for name in calloc strdup; do
			build "$step" '' "$(failing "void *__wrap_$name(void) { errno = ENOMEM; return NULL; }")" "-Wl,--wrap=$name"
			inside --volume="$BATS_TEST_TMPDIR:/mnt" true
			complains memory
		done
	done
}

# Else it would ask for ever, as fast as it can.
@test "when it can't wait for signals it ends, and so does the container" {
	build step1-pid '' "$(failing 'int __wrap_sigwaitinfo(void) { errno = EINVAL; return -1; }')" -Wl,--wrap=sigwaitinfo
	start sleep 1000
	wait_for is_gone "$program"
	finish
	complains sigwaitinfo 'nvalid argument'
}

is_gone() {
	local stat
	! read -r stat 2>/dev/null <"/proc/$1/stat" || [[ ${stat##*) } == [ZX]* ]]
}

# The kernel's answer to a request is an NLMSG_ERROR, with 0 for success. Whatever else comes is no success.
@test "step 6: a netlink answer that is cut off, or is none: 125, and a line about it" {
	local answer
	for answer in '0, 0' '4, NLMSG_ERROR' 'sizeof *h, NLMSG_ERROR' 'sizeof *h + 2, NLMSG_ERROR' '64, NLMSG_DONE' '64, RTM_NEWLINK'; do
		build step6-net '' "$(failing '#include <string.h>
			#include <linux/rtnetlink.h>
			static ssize_t answer(struct nlmsghdr *h, size_t size, unsigned length, int type)
			{
				memset(h, 0, size);
				h->nlmsg_len = length;
				h->nlmsg_type = type;
				return length;
			}
			ssize_t __wrap_recv(int fd, void *h_, size_t size, int flags)
			{
				struct nlmsghdr *h = h_;
				(void)fd, (void)flags;
				return answer(h, size, '"$answer"');
			}')" -Wl,--wrap=recv
		inside true
		complains recv
	done
}
