#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2030,SC2031,SC2154 # set by bats, and by helpers.bash
#
# lab/doctor, on machines that are made of files: a directory in the place of /.

load ../helpers

# machine: a good one, pure cgroup v2, with root, in $DOCTOR_ROOT. The tests make it worse. It is made of
# files, so another kernel says nothing new of it.
machine() {
	needs native
	export DOCTOR_ROOT=$BATS_TEST_TMPDIR/machine
	local kind
	mkdir -p "$DOCTOR_ROOT"/{dev,run,tries,proc/self/ns,proc/sys/kernel,proc/sys/user,sys/fs/cgroup}
	put /proc/version 'Linux version 6.1.0-18-amd64'
	put /proc/sys/kernel/osrelease 6.1.0-18-amd64
	put /proc/filesystems $'nodev\ttmpfs\nnodev\toverlay'
	put /proc/meminfo $'MemTotal:        8000000 kB\nMemAvailable:    6000000 kB\nSwapTotal:       2097148 kB'
	for kind in pid uts mnt cgroup net user; do
		put /proc/self/ns/$kind ''
		put /proc/sys/user/max_${kind}_namespaces 31000
	done
	user 0 000001ffffffffff
	put /proc/self/uid_map '         0          0 4294967295'
	mounts 'shared:1' rw,relatime ext4
	cgroup2 /sys/fs/cgroup rw 'cpuset cpu io memory hugetlb pids rdma'
}

put() {
	mkdir -p "$DOCTOR_ROOT${1%/*}"
	printf '%s\n' "$2" >"$DOCTOR_ROOT$1"
}

# user UID CAPABILITIES [BOUNDING-SET]
user() {
	put /proc/self/status "$(printf 'Name:\tbash\nUid:\t%s\t%s\t%s\t%s\nCapEff:\t%s\nCapBnd:\t%s' "$1" "$1" "$1" "$1" "$2" "${3:-$2}")"
}

# mounts PROPAGATION OPTIONS TYPE: of /, where the toolkit lies, too.
mounts() {
	put /proc/self/mountinfo "22 1 8:1 / / $2 ${1:+$1 }- $3 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid shared:2 - proc proc rw
24 22 0:22 / /sys rw,nosuid shared:3 - sysfs sysfs rw"
}

mount_line() { printf '%s\n' "$1" >>"$DOCTOR_ROOT/proc/self/mountinfo"; }

# cgroup2 POINT OPTIONS CONTROLLERS
cgroup2() {
	mount_line "30 24 0:26 / $1 $2 shared:4 - cgroup2 cgroup2 rw"
	put "$1/cgroup.controllers" "$3"
}

cgroup1() {
	local controllers
	for controllers; do
		mount_line "31 24 0:27 / /sys/fs/cgroup/$controllers rw shared:5 - cgroup cgroup rw,$controllers"
	done
}

no_cgroup2() {
	sed -i '/ - cgroup2 /d' "$DOCTOR_ROOT/proc/self/mountinfo"
	rm -rf "$DOCTOR_ROOT/sys/fs/cgroup"
}

# What the attempt NAME says, on this machine.
fails() { put "/tries/$1" "$2"; }

doctor() { capture "$toolkit/lab/doctor"; }

# diagnosis STATUS NEXT: the exit status, and what the last line says.
diagnosis() {
	[[ $status == "$1" && $stderr == '' ]] || fail "wanted: status $1"
	[[ ${lines[-1]} == "Next: "$2* ]] || fail "wanted at the end: Next: $2"
	[[ $(awk 'length > 80' <<<"$output") == '' ]] || fail 'wanted: lines that fit'
}

# finds VERDICT STEPS TEXT [REMEDY]: a line that says so; one that is no PASS has its remedy below it.
finds() {
	local line verdict steps text
	for ((line = 0; line < ${#lines[@]}; line++)); do
		read -r verdict steps text <<<"${lines[line]}"
		[[ $verdict == "$1" && $steps == "$2" && $text == *"$3"* ]] || continue
		[[ $1 == PASS || ${lines[line + 1]} == *' -> '*"${4-}"* ]] || fail "wanted: the remedy ${4-} below: ${lines[line]}"
		return
	done
	fail "wanted: $1, steps $2: $3"
}

all_pass() { ! grep -E '^(FAIL|BLOCKED)' <<<"$output" || fail 'wanted: PASS, and nothing else'; }

@test "a good machine: pure v2, root" {
	machine
	doctor
	all_pass
	finds PASS 5,6 'cgroup v2, with cpu, memory and pids'
	finds PASS 1-6 'you are root'
	diagnosis 0 'make lab (all steps'
}

@test "hybrid: step 5 and 6 are for the VM" {
	machine
	cgroup2 /sys/fs/cgroup/unified rw ''
	sed -i '\, /sys/fs/cgroup rw ,d' "$DOCTOR_ROOT/proc/self/mountinfo"
	cgroup1 memory pids cpu,cpuacct
	doctor
	finds FAIL 5,6 'cpu memory pids on v1 (hybrid)' systemd.unified_cgroup_hierarchy=1
	diagnosis 0 'make lab; for steps 5 and 6: make vm'
}

@test "cgroup v1 alone, and none at all" {
	machine
	no_cgroup2
	doctor
	finds FAIL 5,6 'no cgroups are mounted' 'make vm'
	cgroup1 memory pids cpu,cpuacct
	doctor
	finds FAIL 5,6 'cgroup v1 alone' 'make vm'
	diagnosis 0 'make lab; for steps 5 and 6: make vm'
}

@test "cgroup v2 that is another's branch, lacks controllers, or is read-only" {
	machine
	put /sys/fs/cgroup/cgroup.type domain
	doctor
	finds PASS 5,6 'step 5 evacuates'
	diagnosis 0 'make lab (all steps'
	put /sys/fs/cgroup/cgroup.controllers 'cpuset memory pids'
	doctor
	finds BLOCKED 5,6 'without cpu:' 'make vm'
	diagnosis 0 'make lab; for steps 5 and 6: make vm'
	no_cgroup2
	cgroup2 /sys/fs/cgroup ro 'cpu memory pids'
	doctor
	finds BLOCKED 5,6 read-only privileged
}

@test "no root: user namespaces carry steps 1 to 4" {
	machine
	user 1000 0000000000000000
	doctor
	finds FAIL 5,6 'not root' 'sudo make lab'
	finds PASS 1-4 'user namespaces'
	diagnosis 0 'sudo make lab (all steps'
}

@test "each switch that forbids user namespaces is named, with what turns it" {
	machine
	user 1000 0000000000000000
	local switch
	for switch in kernel.apparmor_restrict_unprivileged_userns=1=0 kernel.unprivileged_userns_clone=0=1 \
		user.max_user_namespaces=0=10000; do
		IFS='=' read -r name bad good <<<"$switch"
		put "/proc/sys/${name//.//}" "$bad"
		doctor
		finds BLOCKED 1-4 "$name=$bad" "sysctl -w $name=$good"
		diagnosis 0 'sudo make lab'
		put "/proc/sys/${name//.//}" "$good"
		doctor
		finds PASS 1-4 'user namespaces'
	done
	fails userns 'unshare: unshare failed: Operation not permitted'
	doctor
	finds BLOCKED 1-4 'Operation not permitted' sudo
}

@test "without root, user namespaces and cgroup v2, sudo opens the lab" {
	machine
	no_cgroup2
	user 1000 0000000000000000
	doctor
	diagnosis 0 'make lab; for steps 5 and 6: make vm'
	put /proc/sys/kernel/apparmor_restrict_unprivileged_userns 1
	doctor
	diagnosis 0 'sudo make lab; for steps 5 and 6: make vm'
}

@test "for root AppArmor's switch is in nobody's way" {
	machine
	put /proc/sys/kernel/apparmor_restrict_unprivileged_userns 1
	doctor
	finds BLOCKED full apparmor_restrict_unprivileged_userns=1
	diagnosis 0 'make lab (all steps'
}

@test "root of a user namespace has no cgroups" {
	machine
	put /proc/self/uid_map '         0       1000          1'
	doctor
	finds BLOCKED 5,6 'root of a user namespace'
	diagnosis 0 'make lab; for steps 5 and 6: make vm'
}

@test "a privileged container will do, another will not" {
	machine
	put /.dockerenv ''
	put /sys/fs/cgroup/cgroup.type domain
	doctor
	finds PASS 1-6 'privileged container of Docker'
	diagnosis 0 'make lab (all steps'
	user 1000 0000000000000000 000001ffffffffff
	doctor
	finds PASS 1-6 'privileged container of Docker'
	user 1000 0000000000000000 00000000a80425fb
	doctor
	finds BLOCKED 1-6 'container of Docker' --privileged
	# All but CAP_SYS_ADMIN.
	user 0 000001ffffdfffff
	doctor
	finds BLOCKED 1-6 'container of Docker' --privileged
	finds BLOCKED 1-6 'without CAP_SYS_ADMIN' --privileged
	diagnosis 0 'make vm'
	mv "$DOCTOR_ROOT/.dockerenv" "$DOCTOR_ROOT/run/.containerenv"
	doctor
	finds BLOCKED 1-6 'container of Podman'
}

@test "what no file tells is tried: proc, tmpfs, overlay, veth" {
	machine
	fails overlay 'mount: unknown filesystem type overlay'
	doctor
	finds FAIL lab 'no overlay' modprobe
	diagnosis 0 'make lab (all steps'
	fails veth 'Error: Unknown device type.'
	doctor
	finds FAIL 6 'no veth' modprobe
	diagnosis 0 'make lab; for steps 5 and 6: make vm'
	fails proc 'mount: permission denied'
	doctor
	finds BLOCKED 1-6 'permission denied' --privileged
	diagnosis 0 'make vm'
	rm "$DOCTOR_ROOT"/tries/*
	put /proc/filesystems $'nodev\toverlay'
	doctor
	finds FAIL 3-6 'no tmpfs'
}

@test "WSL2 will do, WSL1 will not" {
	machine
	put /proc/version 'Linux version 5.15.153.1-microsoft-standard-WSL2 (root@build)'
	put /proc/sys/kernel/osrelease 5.15.153.1-microsoft-standard-WSL2
	doctor
	finds PASS 1-6 WSL2
	all_pass
	no_cgroup2
	cgroup1 memory pids cpu
	doctor
	finds FAIL 5,6 'cgroup v1 alone' .wslconfig
	put /proc/version 'Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)'
	put /proc/sys/kernel/osrelease 4.4.0-19041-Microsoft
	doctor
	finds FAIL 1-6 WSL1 'wsl --set-version'
	diagnosis 1 'another machine'
}

@test "an old kernel goes to the VM; no Linux goes nowhere" {
	machine
	put /proc/sys/kernel/osrelease 5.10.0-28-amd64
	doctor
	finds FAIL 3-6 5.12 'make vm'
	diagnosis 0 'make vm'
	put /proc/sys/kernel/osrelease 5.12.0
	doctor
	all_pass
	rm "$DOCTOR_ROOT/proc/sys/kernel/osrelease"
	doctor
	finds FAIL 1-6 'not Linux' bundle
	diagnosis 1 'another machine'
}

@test "the root file system's place: noexec, or a share" {
	machine
	mounts shared:1 rw,nosuid,noexec ext4
	cgroup2 /sys/fs/cgroup rw 'cpu memory pids'
	doctor
	finds BLOCKED 1-6 noexec remount,exec
	diagnosis 0 'make vm'
	machine
	mount_line "40 22 0:50 / $toolkit rw,relatime - 9p C:\\134 rw"
	doctor
	finds FAIL 3-6 'is on 9p' 'own disk'
	machine
	mount_line "40 22 0:50 / ${toolkit}er rw,noexec,relatime - 9p C:\\134 rw"
	mount_line "41 22 0:50 / ${toolkit%?} rw,noexec,relatime - 9p C:\\134 rw"
	doctor
	all_pass
}

@test "/ shared, private, and the initramfs" {
	machine
	doctor
	finds PASS 1-6 '/ is shared'
	mounts '' rw,relatime ext4
	cgroup2 /sys/fs/cgroup rw 'cpu memory pids'
	doctor
	finds PASS 1-6 '/ is private'
	all_pass
	mounts '' rw rootfs
	cgroup2 /sys/fs/cgroup rw 'cpu memory pids'
	doctor
	finds FAIL 4-6 initramfs 'make vm'
}

@test "a limit of namespaces is named" {
	machine
	put /proc/sys/user/max_net_namespaces 0
	doctor
	finds BLOCKED 1-6 user.max_net_namespaces=0 'sysctl -w user.max_net_namespaces='
	diagnosis 0 'make vm'
}

@test "a FORWARD policy of DROP is named, and is in no step's way" {
	machine
	fails forward '-P FORWARD DROP'
	doctor
	finds BLOCKED 6 DROP iptables
	diagnosis 0 'make lab (all steps'
}

@test "where neither the steps nor the VM can run, it fails" {
	machine
	user 0 00000000a80425fb
	put /.dockerenv ''
	put /proc/meminfo $'MemTotal: 900000 kB\nMemAvailable: 500000 kB'
	doctor
	finds FAIL vm '1200 MiB' 'end other programs'
	diagnosis 1 'another machine'
	machine
	rm "$DOCTOR_ROOT/.dockerenv"
	fails machine no
	no_cgroup2
	doctor
	finds FAIL vm 'x86-64' bundle
	diagnosis 1 'make lab, for steps 1 to 4'
}

@test "without QEMU and a compiler: lab/setup has them" {
	machine
	fails qemu no
	fails compiler 'cc: not found'
	doctor
	finds FAIL vm 'no QEMU' 'lab/setup vm'
	finds FAIL 1-6 'no C compiler' 'lab/setup build'
	diagnosis 0 'make lab'
	put /dev/kvm ''
	rm "$DOCTOR_ROOT"/tries/*
	doctor
	finds PASS vm '/dev/kvm'
}

# It agrees with what the steps meet here: in the VM all of it passes, natively it is as it is.
@test "on this machine it tries for itself, and leaves nothing behind" {
	unset DOCTOR_ROOT
	doctor
	[[ $stderr == '' && ${lines[-1]} == 'Next: '* ]] || fail 'wanted: a diagnosis'
	finds PASS 1-6 procfs
	finds PASS 6 'veth pairs'
	has_v2 && finds PASS 5,6 'cgroup v2' || finds FAIL 5,6 v1
	capture "$toolkit/lab/doctor" word
	[[ $status == 125 && $stderr == *usage:* ]] || fail 'wanted: one clear line'
}
