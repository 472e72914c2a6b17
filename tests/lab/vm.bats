#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2035,SC2154,SC2164 # quoted for others to expand; bats sets these, and ends where cd fails
#
# lab/vm: the throwaway machine. Booting is what costs, so few machines answer many tests.

bats_require_minimum_version 1.5.0
load vm

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.."
	export TMPDIR=$BATS_FILE_TMPDIR
	export A=$TMPDIR/a B=$TMPDIR/b
	export SECRET=$((RANDOM + 1))$RANDOM STATUS=$((RANDOM % 100 + 10)) # with a 0 first it would be octal
	lab/vm --image
	mkdir "$A" "$B"
	run_two_machines
}

# The first machine waits for the end of its stdin, which comes when the second has run:
# so there were two at once. The second has a reader that leaves.
run_two_machines() {
	local first feed
	head -c 200000 /dev/urandom >"$A/sent"
	printf '%-512s' "$SECRET" >"$A/disk"
	mkfifo "$A/stdin"
	lab/vm --memory 768M --cpus 1 --disk "$A/disk" "$(first_command)" <"$A/stdin" >"$A/out" 2>"$A/err" &
	first=$!
	exec {feed}>"$A/stdin"
	lab/vm 'ls -d /marker-* 2>&1; echo said; yes' 2>"$B/err" </dev/null {feed}>&- |
		head -n 2 >"$B/out"
	printf '%s\n' "${PIPESTATUS[0]}" >"$B/status"
	cat "$A/sent" >&"$feed"
	exec {feed}>&-
	wait "$first" && true
	printf '%s\n' "$?" >"$A/status"
}

first_command() {
	cat <<-EOC
	touch /marker-$SECRET
	cat >/tmp/stdin
	cat /tmp/stdin
	{
		echo "pwd \$PWD" && ls lab/vm
		echo "where \$LAB_WHERE"
		echo "controllers \$(cat /sys/fs/cgroup/cgroup.controllers)"
		echo "cgroup \$(cat /proc/self/cgroup)"
		echo "cgroups mounted \$(grep -c ' - cgroup2\? ' /proc/self/mountinfo)"
		echo "root \$(findmnt -n -o PROPAGATION /)"
		echo "swap \$(awk 'NR == 2 { print \$3 }' /proc/swaps)"
		echo "links \$(ip -o link | cut -d: -f2 | tr -d '\n')"
		echo "ping \$(ping -c 1 -W 5 127.0.0.1 | grep -o '1 received')"
		echo "host \$(hostname)"
		echo "cpus \$(nproc) memory \$(awk '/MemTotal/ { print int(\$2 / 1024 / 100) }' /proc/meminfo)"
		for kind in veth bridge dummy; do ip link add one type \$kind && ip link del one && echo "can \$kind"; done
		nft add table ip one && echo can nft
		mkdir -p /tmp/{low,up,work,all} && echo "$SECRET" >/tmp/low/file &&
			mount -t overlay -o lowerdir=/tmp/low,upperdir=/tmp/up,workdir=/tmp/work overlay /tmp/all &&
			echo "overlay \$(cat /tmp/all/file)"
		truncate -s 8M /tmp/disk && mke2fs -q /tmp/disk && mount -o loop /tmp/disk /mnt && echo can loop
		ip tuntap add mode tun name one && echo can tun
		echo "disk \$(tr -d ' ' </dev/vdd)" && echo changed >/dev/vdd && sync
		echo reopened >/dev/stderr
	} >&2
	(sleep 1000 &)
	exit $STATUS
	EOC
}

said() {
	grep -qxF -- "$1" "$A/err" || { cat "$A/err"; return 1; }
}

@test "the exit status is the command's" {
	[ "$(cat "$A/status")" = "$STATUS" ]
}

@test "stdin arrives and stdout returns, byte for byte" {
	cmp "$A/sent" "$A/out"
}

@test "stderr is apart from stdout, and can be reopened" {
	said reopened
}

@test "the command stands in a copy of the toolkit" {
	said "pwd /containers-step-by-step"
	said lab/vm
	said "where vm"
}

@test "cgroup v2 is all there is, with every controller, and the command is in its root" {
	for controller in cpuset cpu io memory pids; do
		grep -q "^controllers .*\b$controller\b" "$A/err"
	done
	said "cgroup 0::/"
	said "cgroups mounted 1"
}

@test "mounts propagate, as systemd leaves them" {
	said "root shared"
}

@test "there is swap" {
	said "swap 262140"
}

@test "--disk is /dev/vdd, and what the machine writes to it is forgotten" {
	said "disk $SECRET"
	[ "$(tr -d ' ' <"$A/disk")" = "$SECRET" ]
}

@test "there is no network but loopback, which is up" {
	said "links  lo"
	said "ping 1 received"
}

@test "it has a name of its own, and the memory and processors that were asked for" {
	said "host vm"
	grep -qx 'cpus 1 memory [67]' "$A/err"
}

@test "the drivers that the lessons need load by themselves" {
	for driver in veth bridge dummy nft loop tun; do
		said "can $driver"
	done
	said "overlay $SECRET"
}

@test "two machines run at once, and neither sees the other's files" {
	cat "$B/err"
	grep -q "cannot access '/marker-" "$B/out"
	grep -qx said "$B/out"
}

@test "it ends when nobody reads its output" {
	tail -v -n 5 "$B"/*
	[ "$(cat "$B/status")" = 141 ]
}

@test "--init systemd: systemd is PID 1, the command one of its services" {
	run --separate-stderr lab/vm --init systemd \
		'cat /proc/1/comm /proc/self/cgroup; cat /proc/swaps; findmnt -n -o PROPAGATION /; exit 3' </dev/null
	[ "$status" -eq 3 ]
	[ "${lines[0]}" = systemd ]
	[ "${lines[1]}" = "0::/system.slice/guest.service" ]
	[[ "${lines[3]}" = /dev/vdc* ]]
	[ "${lines[4]}" = shared ]
}

# When sed has answered, it runs: before that, the shell's child might miss Ctrl-C.
@test "without a command it is a shell on the terminal, of its size; Ctrl-C is the shell's" {
	run talk lab/vm <<-EOF
	vm#
	stty size; sed -u s/a/4/
	33 101
	ba
	b4
	^C
	vm#
	until [ "\$(stty size)" = "44 111" ]; do :; done; echo grown\$((20 + 4))
	grown24
	exit 9
	EOF
	echo "$output"
	[ "$status" -eq 9 ]
}

@test "the terminal is as it was afterwards" {
	run talk bash -c 'before=$(stty -g); lab/vm --memory 40M; [ "$(stty -g)" = "$before" ] && echo same' </dev/null
	[[ "$output" = *same* ]]
}

@test "a bundle starts with QEMU alone, and forgets" {
	local bundle=$TMPDIR/bundle copy=$TMPDIR/toolkit how=auto
	mkdir "$copy"
	bash -c '. lab/common.bash && toolkit_tar "$@"' copy --exclude=./build/{bench,proof,test}* . | tar -C "$copy" -x
	mkdir "$copy/build/book"
	echo "$SECRET" >"$copy/build/book/index.html"
	"$copy/lab/vm" --bundle "$bundle"
	[ "$(cd "$bundle" && echo *)" = "README.txt book initrd.img root.qcow2 start.bat start.sh swap.qcow2 toolkit.tar vmlinuz" ]
	[ "$(cat "$bundle/book/index.html")" = "$SECRET" ]
	[ "$(tar -t -f "$bundle/toolkit.tar" ./build/book 2>&1 | grep -c index)" = 0 ]
	grep -q $'\r$' "$bundle/start.bat"
	before=$(cd "$bundle" && sha256sum -- *.* vmlinuz)
	grep -q kvm "$(. lab/common.bash && cache_dir)/accelerator" || how=tcg
	run talk env PATH="$(qemu_alone)" TMPDIR="$TMPDIR" "$bundle/start.sh" "$how" <<-EOF
	lab#
	stty size; ls -d lab/vm; echo \$(($SECRET + 1))
	$((SECRET + 1))
	exit
	EOF
	echo "$output"
	[[ "$output" = *"33 101"* ]]
	[ "$status" -eq 0 ]
	[ "$(cd "$bundle" && sha256sum -- *.* vmlinuz)" = "$before" ]
}

@test "where programs for another architecture can't run, one line names the packages" {
	local foreign=arm64 unable=$TMPDIR/unable
	[ "$(uname -m)" != aarch64 ] || foreign=amd64
	mkdir "$unable"
	printf '#!/bin/sh\nexit 1\n' >"$unable/unshare"
	chmod 755 "$unable/unshare"
	# A machine that knows the emulator doesn't need unshare, so hide what it knows.
	run --separate-stderr unshare --user --map-root-user --mount sh -c 'mount -t tmpfs tmpfs /proc/sys/fs/binfmt_misc &&
		PATH=$0:$PATH && exec lab/vm.d/foreign "$1" true' "$unable" "$foreign"
	[ "$status" -eq 125 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" = *"$foreign"*qemu-user-static* ]]
}

@test "a machine that fails: 125, and what it said last" {
	run --separate-stderr lab/vm 'echo last-words >/dev/console; poweroff -f; sleep 1000' </dev/null
	[ "$status" -eq 125 ]
	[[ "$stderr" = *last-words*"lab/vm: the machine ended before the command did"* ]]
}

# machine_of PID: the machine that PID has started.
machine_of() {
	ps -o pid= --ppid "$1" | tr -d ' '
}

@test "killed by any signal, it takes its machine along and leaves nothing" {
	local signal vm machine
	for signal in TERM INT HUP KILL; do
		# In the background, SIGINT would be ignored.
		env --default-signal lab/vm "sleep 1000" </dev/null >"$TMPDIR/killed" 2>&1 3>&- &
		vm=$!
		until [ "$(ps -o comm= -p "$vm")" = host ] && machine=$(machine_of "$vm") && [ -n "$machine" ]; do
			[[ "$(ps -o stat= -p "$vm")" = [^Z]* ]]
		done
		kill -"$signal" "$vm"
		wait "$vm" || :
		# After a SIGKILL it is the kernel that ends the machine, in its own time.
		while [ "$signal" = KILL ] && [[ "$(ps -o stat= -p "$machine")" = [^Z]* ]]; do :; done
		[[ "$(ps -o stat= -p "$machine")" != [^Z]* ]]
	done
	run ls "$TMPDIR"
	[[ "$output" != *lab-vm* ]]
}

@test "bad words: one line that names them, 125" {
	local word
	for word in "--memory 3x" "--memory -1G" "--cpus 0" "--disk /nosuch" "--init foo" "--peer a" "--peer a,b" "--arch foo" "--arch" "--what" \
		"--memory" "two words" "--tty true"; do
		# shellcheck disable=SC2086
		run --separate-stderr lab/vm $word </dev/null
		[ "$status" -eq 125 ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ "$stderr" = "lab/vm: "*"${word%% *}"* || "$word" = "two words" ]]
	done
	run --separate-stderr lab/vm --bundle lab
	[ "$status" -eq 125 ]
	[[ "$stderr" = "lab/vm: lab exists"* ]]
}
