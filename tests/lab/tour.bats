# What make tour promises. Where the kernel is emulated one look at the whole is enough.

# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers
load ../helpers

setup() {
	# make comes with what it has built: so it is for this toolkit.
	export MAKELEVEL=1
	open_ledger
}

tour() {
	run --separate-stderr "${copy:-$toolkit}/lab/tour" "$@"
}

# says PATTERN: the output has such a line; ... is anything
says() {
	local line
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2053 # a pattern
		[[ $line != ${1//.../*} ]] || return 0
	done
	fail "does not say: $1"
}

# A program that is no container at all: it becomes COMMAND.
break_step() {
	cat >"$copy/$1/$1" <<-'END'
		#!/bin/bash
		while [[ $1 == -* ]]; do shift 2; done
		[[ $0 == */step[12]* ]] || shift
		exec "$@"
	END
	chmod +x "$copy/$1/$1"
}

@test "steps 1 to 4 and box: what is typed, what it says, without a brick, and a table of what was seen" {
	needs native
	tour 1 2 3 4 7
	[[ $status == 0 ]] || fail "status $status"
	for step in 1 2 3 4 7; do
		says "---- Step $step: ..."
	done
	says "lab# step1-pid/step1-pid sh -c 'echo I am PID \$\$'"
	says 'I am PID 1'
	says 'lab# step1-pid/step1-pid --without proc ps ...'
	says '1     PID namespace  ... PID 1...'
	says '      without proc ... chamber'
	says '2     UTS namespace  ... box, ... lab'
	says '      without uts ... lab, ...'
	says '3     mount namespace... "Box"; ..."'
	says '      without chroot ... host...'
	says '4     pivot_root ... no way out'
	says '      without detach ... etc, usr...'
	says '7     box: less than root ... not permitted'
	says '      without caps ... /disk'
	says '... in ... s.'
}

@test "all six steps, and box" {
	needs v2
	# Step 5 moves us to a leaf, so that a chamber inside this one can have limits.
	"$toolkit/step5-cgroup/step5-cgroup" "$ROOTFS" true
	tour
	[[ $status == 0 ]] || fail "status $status"
	says '5     cgroup ... [23]? MiB: ... 137'
	says '      without cgroup ... 64 MiB'
	says '6     network namespace, veth ... 10.6.0.2; ... 1 ...'
	says '      without veth ... unreachable'
	says '7     box: less than root ... not permitted'
}

@test "80 columns are enough, and there is no colour where there is no terminal" {
	needs native
	tour 1 2 3 4 7
	for line in "${lines[@]}"; do
		((${#line} <= 80)) || fail "too wide: $line"
		[[ $line != *$'\e'* ]] || fail "coloured: $line"
	done
}

@test "a step that does not show what it promises is said, and fails the tour" {
	needs native
	copy_toolkit
	for step in step1-pid step2-uts step3-mount step4-pivot; do
		break_step "$step"
	done
	tour 1 2 3 4
	[[ $status == 125 && $stderr == *'4 of 4 steps'* ]] || fail "all are broken, and the tour goes on: status $status"
	for step in 1 2 3 4; do
		says "$step     ... not as promised"
	done
	cp "$toolkit/step1-pid/step1-pid" "$copy/step1-pid"
	tour 1 2
	[[ $status == 125 && $stderr == *'1 of 2 steps'* ]] || fail "one is broken, and the tour goes on: status $status"
	says '1     ... PID 1...'
	says '2     ... not as promised'
}

@test "a brick that holds nothing is said, and fails the tour" {
	needs native
	copy_toolkit
	cat >"$copy/step2-uts/step2-uts" <<-END
		#!/bin/bash
		[[ \$1 != --without ]] || shift 2
		exec "$toolkit/step2-uts/step2-uts" "\$@"
	END
	tour 2
	[[ $status == 125 ]] || fail "status $status"
	says '2     UTS namespace ... box, ... lab'
	says '      without uts ... not as promised'
}

@test "what this machine can't do comes from the VM, in one boot, and it says so" {
	needs native
	copy_toolkit
	mv "$copy/lab/chamber" "$copy/lab/real-chamber"
	cat >"$copy/lab/chamber" <<-'END'
		#!/bin/bash
		[[ $* != *cgroup.controllers* ]] || exit 1
		exec "${0%/*}/real-chamber" "$@"
	END
	chmod +x "$copy/lab/chamber"
	cat >"$copy/lab/vm" <<-'END'
		#!/bin/bash
		echo "$*" >>"${0%/*}/called"
		[[ $1 != --image ]] || exit 0
		printf 'lab# hog\nhog: 30 MiB\nstep5-cgroup: killed by the kernel: it\nlab# echo $?\n137\n\036'
		printf 'lab# hog\nhog: 64 MiB\nlab# echo $?\n0\n\036'
		printf 'lab# ls\neth0\nlo\n inet 127.0.0.1/8 lo\n inet 10.6.0.2/30 eth0\n1 packets received\n\036'
		printf 'lab# ls\nlo\n inet 127.0.0.1/8 lo\n'
	END
	tour 1 5 6
	says 'In the VM: ...cgroup v2...'
	says '5     cgroup ... 30 MiB: ... 137'
	says '6     network ... 10.6.0.2; ... 1 ...'
	says '(no answer)'
	says '      without veth ... not as promised'
	[[ $status == 125 && $(<"$copy/lab/called") == $'--image\nlab/chamber lab/tour --play 5 6' ]] ||
		fail "status $status; the VM was called so: $(<"$copy/lab/called")"
}

@test "on a terminal it waits for Enter after each step but the last" {
	needs native python3
	run python3 - "$toolkit/lab/tour" <<-'END'
		import os, pexpect, sys
		tour = pexpect.spawn(sys.argv[1], ["1", "2"], timeout=60 * int(os.environ["TEST_SLOWNESS"]), encoding="utf-8")
		tour.expect("Step 1.*without proc.*Enter")
		if tour.expect([pexpect.TIMEOUT, "Step 2"], timeout=1):
		    sys.exit("it did not wait")
		tour.sendline()
		tour.expect("Step 2.*without uts.* in [0-9]+ s")
		tour.expect(pexpect.EOF)
		tour.close()
		sys.exit(tour.exitstatus)
	END
	[[ $status == 0 ]] || fail "status $status"
}

@test "through sudo, it makes what is missing, and all that it makes is the user's" {
	needs native root
	copy_toolkit
	rm -rf "$copy/build/rootfs" "$copy/step1-pid/step1-pid"
	chown -R 1234:1234 "$copy"
	run env -u MAKELEVEL -u MAKEFLAGS -u LAB_WHERE SUDO_USER=somebody SUDO_UID=1234 SUDO_GID=1234 "$copy/lab/tour" 1
	[[ $status == 0 ]] || fail "status $status"
	[[ -x $copy/build/rootfs/bin/sh && -x $copy/step1-pid/step1-pid ]] || fail 'nothing was built'
	run find "$copy" ! -uid 1234 ! -path '*/build/rootfs/home/box*'
	[[ -z $output ]] || fail "not the user's"
}

@test "a step that is none is an error that says which there are" {
	needs native
	tour 8
	[[ $status == 125 && $stderr == "lab/tour: "*"'8'"*"1 to 7" ]] || fail 'not said'
}
