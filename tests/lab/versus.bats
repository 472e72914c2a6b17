#!/usr/bin/env bats
#
# lab/versus: what it marks is what the runtime really did and the step did not.
# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers

load ../helpers

# versus STEP: its output, and in skipped the marked calls, one a line
versus() {
	needs native root strace jq "${RUNTIME:-crun}"
	capture "$toolkit/lab/versus" "STEP=$1"
	((status == 0)) || fail "lab/versus STEP=$1"
	skipped=$(sed -n 's/^! -  *//p' <<<"$output")
	while IFS= read -r line; do
		((${#line} <= 80)) || fail "wider than 80: $line"
	done <<<"$output"
}

lacks() {
	local call
	for call; do
		[[ $skipped == *"$call"* ]] || fail "not marked: $call"
	done
}

has() {
	local call
	for call; do
		[[ $skipped != *"$call"* ]] || fail "marked: $call"
		grep -q "^  .*$call" <<<"$output" || fail "not shown: $call"
	done
}

hardening=('seccomp(SECCOMP' 'capset' 'PR_CAPBSET_DROP' 'PR_SET_NO_NEW_PRIVS' 'setgroups' 'openat2(RESOLVE_IN_ROOT)' 'execveat'
	'close_range')

# altered STEP LINE: the step with LINE in it, right before it becomes the command
altered() {
	"$toolkit/lab/one-file" "$1" >"$BATS_TEST_TMPDIR/whole.c"
	awk -v line="$2" '/^\texecvp\(/ && !done { print line; done = 1 } { print }' "$BATS_TEST_TMPDIR/whole.c" >"$BATS_TEST_TMPDIR/altered.c"
	! cmp -s "$BATS_TEST_TMPDIR/whole.c" "$BATS_TEST_TMPDIR/altered.c" || fail "no execvp in step $1"
	cc -static -o "$BATS_TEST_TMPDIR/altered" "$BATS_TEST_TMPDIR/altered.c"
	export STEP_BIN=$BATS_TEST_TMPDIR/altered
}

@test "step 1 has a PID namespace, and no name, network or root of its own" {
	versus 1
	has 'CLONE_NEWPID' 'mount("proc", "proc")'
	lacks "${hardening[@]}" 'CLONE_NEWUTS' 'CLONE_NEWNET' 'pivot_root' 'mknod(S_IFCHR)' 'mount("sysfs", "sys")'
}

@test "step 2 adds the UTS namespace" {
	versus 2
	has 'CLONE_NEWPID' 'CLONE_NEWUTS' 'sethostname'
	lacks "${hardening[@]}" 'CLONE_NEWNET' 'pivot_root'
}

@test "step 3 adds mounts, and has chroot for pivot_root" {
	versus 3
	has 'chroot' 'mount("sysfs", "sys")' 'dev/null'
	lacks "${hardening[@]}" 'CLONE_NEWNET' 'pivot_root' 'umount2'
}

@test "step 4 adds pivot_root, and lacks what hardens" {
	versus 4
	has 'pivot_root' 'umount2' 'mount(ROOTFS, ROOTFS, MS_BIND)'
	lacks "${hardening[@]}" 'CLONE_NEWNET' 'CLONE_NEWIPC' 'write to cgroup.procs' 'mount over what is to be hidden' 'PR_SET_DUMPABLE'
}

@test "step 5 adds limits, where there are some" {
	versus 5
	has 'pivot_root'
	lacks "${hardening[@]}" 'CLONE_NEWNET'
	if has_v2; then
		has 'memory.max' 'pids.max' 'cpu.max'
	else
		[[ $stderr == *'no cgroup v2'* ]] || fail 'says nothing of the limits that it leaves out'
		lacks 'write to cgroup.procs' 'pids.max'
	fi
}

@test "step 6 adds a network, and more of it than the runtime" {
	versus 6
	has 'CLONE_NEWNET' 'lo up'
	grep -q '^  netlink RTM_NEWLINK (a pair of veth)$' <<<"$output" || fail 'the runtime has no veth of its own'
	lacks "${hardening[@]}" 'CLONE_NEWIPC'
}

@test "box lacks nothing of what hardens" {
	versus full
	has "${hardening[@]}" 'CLONE_NEWIPC' 'CLONE_NEWNET' 'pivot_root' 'mount over what is to be hidden' 'mount on an opened directory'
}

@test "each call that the step makes after all is marked no more, and no other" {
	local line marked=0 before
	versus 4
	before=$(wc -l <<<"$skipped")
	altered 4 '	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); syscall(SYS_close_range, 100, 200, 0); setsid();'
	versus 4
	has 'PR_SET_NO_NEW_PRIVS' 'close_range' 'setsid'
	lacks 'seccomp(SECCOMP' 'capset'
	marked=$(wc -l <<<"$skipped")
	((before - marked == 3)) || fail "$before marked before, $marked now"
}

@test "a call that fails is none" {
	altered 4 '	prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0);'
	versus 4
	lacks 'PR_SET_NO_NEW_PRIVS'
}

@test "flags of a mount that the runtime has and the step has not are marked" {
	versus 4
	! grep -q 'MS_NOEXEC on dev/pts' <<<"$skipped" || fail 'marked, though the step has it'
	sed '/"devpts"/s/MS_NOSUID | MS_NOEXEC/MS_NOSUID/' "$toolkit/step4-pivot/step4-pivot.c" >"$BATS_TEST_TMPDIR/weak.c"
	! cmp -s "$toolkit/step4-pivot/step4-pivot.c" "$BATS_TEST_TMPDIR/weak.c" || fail 'step 4 mounts devpts otherwise now'
	cc -static -I "$toolkit/step4-pivot" -o "$BATS_TEST_TMPDIR/weak" "$BATS_TEST_TMPDIR/weak.c"
	STEP_BIN=$BATS_TEST_TMPDIR/weak versus 4
	lacks 'MS_NOEXEC on dev/pts'
}

@test "every call that is marked is explained, and the CVEs are where they belong" {
	local text
	versus 1
	text=$(tr -s ' \n' ' ' <<<"$output")
	! grep -A 1 '^!' <<<"$output" | grep -B 1 -x '' || fail 'a mark without a reason'
	[[ $text == *'execveat (a read-only copy of itself)'*CVE-2019-5736* ]]
	[[ $text == *'close_range'*CVE-2024-21626* ]]
	[[ $text == *'mount on an opened directory'*CVE-2021-30465* ]]
}

@test "a wide terminal is used, and a narrow one is given 80 columns" {
	local size longest
	needs native root strace jq crun python3
	for size in 40:80 80:80 130:130; do
		capture python3 -c '
import os, pexpect, sys
run = pexpect.spawn(sys.argv[1], ["STEP=4"], dimensions=(24, int(sys.argv[2])), timeout=60 * int(os.environ["TEST_SLOWNESS"]), encoding="utf8")
print(run.read())' "$toolkit/lab/versus" "${size%:*}"
		longest=$(tr -d '\r' <<<"$output" | wc -L)
		((longest > ${size#*:} - 15 && longest <= ${size#*:})) || fail "$longest columns on ${size%:*}"
	done
}

@test "runc is compared as well" {
	RUNTIME=runc versus 4
	[[ $output == *'runc version'* ]]
	has 'pivot_root'
	lacks 'seccomp(SECCOMP' 'capset' 'PR_SET_NO_NEW_PRIVS' 'execveat' 'FD_CLOEXEC'
	RUNTIME=runc versus full
	has 'seccomp(SECCOMP' 'capset' 'PR_SET_NO_NEW_PRIVS' 'execveat'
}

@test "a wrong step, runtime or program is named" {
	needs native root
	capture "$toolkit/lab/versus" STEP=7
	((status == 125)) && [[ $stderr == *'1 to 6, or full'* ]] || fail 'STEP=7'
	RUNTIME=podman capture "$toolkit/lab/versus" STEP=4
	((status == 125)) && [[ $stderr == *RUNTIME=podman* ]] || fail 'RUNTIME=podman'
	STEP_BIN=/bin/false capture "$toolkit/lab/versus" STEP=4
	((status == 125)) && [[ $stderr == *'/bin/false failed'* ]] || fail 'STEP_BIN=/bin/false'
}
