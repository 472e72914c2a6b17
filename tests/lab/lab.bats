# What the tools in lab/ promise: chamber, rootfs, setup, shell, escape, hog, and the make targets.
# lab/vm has tests of its own. What does not depend on the kernel is tested natively: emulation is slow.

# shellcheck disable=SC2016 # quoted so, it is for the shell inside
# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers
load ../helpers

chamber() {
	run --separate-stderr "$toolkit/lab/chamber" "$@"
}

# A chamber as it is on the machine itself: this one's writes go nowhere, though it is inside another.
outer_chamber() {
	run --separate-stderr env -u LAB_CHAMBER "$toolkit/lab/chamber" "$@"
}

# Start one in the background that says "ready" when its command runs. Sets $program.
# (A script's background job ignores SIGINT, unless it is started otherwise.)
start_with=(env --default-signal=INT)
start_chamber() {
	mkfifo "$BATS_TEST_TMPDIR/ready"
	"${start_with[@]}" "$toolkit/lab/chamber" "$@" >"$BATS_TEST_TMPDIR/ready" 3>&- &
	program=$!
	read -r line <"$BATS_TEST_TMPDIR/ready"
	[[ $line == ready ]]
}

# ---- A copy --------------------------------------------------------------------------

@test "a copy of the toolkit has neither the book nor what runs now" {
	local house=$BATS_TEST_TMPDIR/house
	mkdir -p "$house"/{.git,lab,book/{site,node_modules},build/{book,book-fake,tab,labs,machine,rootfs}}
	cp "$toolkit/lab/common.bash" "$house/lab"
	capture bash -c '. "$1/lab/common.bash" && toolkit_tar . | tar -t | sort' copy "$house"
	[[ $output == $'./\n./book/\n./book/site/\n./build/\n./build/rootfs/\n./lab/\n./lab/common.bash' ]] || fail 'wanted: the rest, and nothing else'
}

# ---- chamber ---------------------------------------------------------------------

@test "a chamber has a hostname of its own" {
	host=$(hostname)
	chamber bash -c "hostname && hostname $(random_name)"
	[[ $output == lab && $(hostname) == "$host" ]]
}

# Root can type on every terminal that it can open: so can a submission in its grader's chamber.
@test "a chamber that is on no terminal sees none of the machine's, and has its own; one that is on one sees it" {
	needs root script
	local said=$BATS_TEST_TMPDIR/said
	export toolkit said
	script -qec 'tty >"$said.tty"; setsid --wait "$toolkit/lab/chamber" sh -c "ls /dev/pts; script -qec tty /dev/null" </dev/null >"$said" 2>/dev/null
		"$toolkit/lab/chamber" tty >"$said.chamber"' /dev/null >/dev/null
	[[ $(tr -d '\r' <"$said") == $'ptmx\n/dev/pts/0' ]] || fail "wanted: ptmx alone, and a terminal of its own, not $(<"$said")"
	[[ $(<"$said.chamber") == "$(<"$said.tty")" ]] || fail "wanted: the terminal that it is on, not $(<"$said.chamber")"
}

@test "a chamber has lo alone, and it is up" {
	ip link add "dummy$$" type dummy 2>/dev/null || ip link add "dummy$$" type veth
	chamber bash -c 'cd /sys/class/net && echo * && ping -q -c 1 -w 9 127.0.0.1 >/dev/null && echo up'
	ip link delete "dummy$$"
	[[ $output == $'lo\nup' ]] || fail 'not lo alone, or not up'
}

@test "mounts in a chamber stay in it, and are shared there" {
	chamber bash -c 'mount -t tmpfs mine /mnt && findmnt -n -o SOURCE,PROPAGATION /mnt && findmnt -n -o PROPAGATION /'
	[[ ${lines[0]} =~ ^mine\ +shared$ && ${lines[1]} == shared ]] || fail 'not shared'
	run findmnt -n -o SOURCE /mnt
	[[ $output != mine ]]
}

# On a directory made for it: a chamber that lets it through must not cost the machine anything.
@test "what is written in a chamber is gone with it" {
	needs root
	directory=/etc/$(random_name)
	mkdir -p "$directory/below"
	echo kept >"$directory/changed"
	outer_chamber bash -c 'cd "$0" && echo mine >changed && echo mine >new && rm -r below && mkdir below && cat changed new && ls below' "$directory"
	found=$(cd "$directory" && echo * "$(<changed)")
	rm -r "$directory"
	[[ $status == 0 && $output == $'mine\nmine' ]] || fail 'cannot write'
	[[ $found == 'below changed kept' ]] || fail "it reached the host: $found"
}

@test "a chamber has none of this machine's disks" {
	needs root
	outer_chamber bash -c 'find /dev -type b; echo x >/dev/null; : </dev/zero; echo >/dev/stdout; stat -c %t:%T /dev/ptmx; [[ -c /dev/pts/ptmx ]]'
	[[ $status == 0 && $output == $'\n5:2' && -z $stderr ]] || fail 'not a /dev of its own'
}

@test "what is written in the toolkit's directory stays" {
	file=$toolkit/build/$(random_name)
	outer_chamber bash -c "echo mine >$file"
	[[ $(<"$file") == mine ]]
	rm "$file"
}

@test "a chamber's working directory is the caller's" {
	cd "$BATS_TEST_TMPDIR"
	chamber pwd
	[[ $output == "$BATS_TEST_TMPDIR" ]]
}

@test "a chamber passes on standard input, output, error and the exit status" {
	run --separate-stderr "$toolkit/lab/chamber" sh -c 'cat; echo err >&2; exit 7' <<<input
	[[ $status == 7 && $output == input && $stderr == err ]]
	chamber sh -c 'kill -KILL $$'
	[[ $status == 137 ]]
	run -127 --separate-stderr "$toolkit/lab/chamber" "$(random_name)"
	[[ $stderr == *'No such file or directory'* ]]
	chamber /etc
	[[ $status == 126 ]]
	chamber
	[[ $status == 125 && $stderr == *usage:* ]]
}

@test "the command is not PID 1, and PIDs are those of a host" {
	chamber sh -c 'echo $$ && ps -o pid= -p 1 && ps -e -o pid= >/tmp/all && wc -l </tmp/all'
	((lines[0] > 1 && lines[1] == 1 && lines[2] == 3)) || fail 'not PIDs of its own'
	[[ ! -e /proc/sys/kernel/ns_last_pid ]] || ((lines[0] > 1000))
}

@test "PID 1 reaps orphans" {
	chamber timeout $((60 * TEST_SLOWNESS)) bash -c '
		(sh -c "echo \$\$ >$0; exit" &)
		until [[ -s $0 ]] && ! [[ -e /proc/$(<$0) ]]; do :; done' "$BATS_TEST_TMPDIR/pid"
	[[ $status == 0 ]] || fail 'it is still there'
}

@test "a process left behind ends with the chamber" {
	time=$((RANDOM + 100000)).$RANDOM
	chamber bash -c "setsid sleep $time >/dev/null 2>&1 </dev/null & until pgrep -f '[s]leep $time' >/dev/null; do :; done"
	[[ $status == 0 ]]
	run ! pgrep -f "sleep $time"
}

@test "a chamber's cgroup is the root of its tree, and goes with all that is below it" {
	needs root
	[[ -n $CGROUP_ROOT ]] || skip 'needs cgroup v2'
	chamber bash -c "mkdir -p $CGROUP_ROOT/a/b && tail -n 1 /proc/self/cgroup && grep -c . $CGROUP_ROOT/cgroup.procs && ls -d $CGROUP_ROOT/a/b"
	[[ ${lines[0]} == 0::/ && ${lines[2]} == "$CGROUP_ROOT/a/b" ]] || fail 'not a root of its own'
	((lines[1] >= 2)) || fail 'its processes are elsewhere'
	compgen -G "$CGROUP_ROOT/chamber-*" && fail 'it is still there' || :
}

@test "in the VM a chamber has all controllers" {
	needs vm root
	read -r controllers <"$CGROUP_ROOT/cgroup.controllers"
	for name in cpu io memory pids; do
		[[ " $controllers " == *" $name "* ]] || fail "no $name among: $controllers"
	done
}

@test "SIGHUP, SIGINT and SIGTERM end all that is in a chamber" {
	time=$((RANDOM + 100000)).$RANDOM
	for signal in HUP:129 INT:130 TERM:143; do
		start_chamber bash -c "trap '' HUP INT TERM; setsid sleep $time & echo ready; wait"
		kill -s "${signal%:*}" "$program"
		status=0
		wait "$program" || status=$?
		[[ $status == "${signal#*:}" ]] || fail "$signal"
		! pgrep -f "sleep $time" || fail "left after $signal"
		rm "$BATS_TEST_TMPDIR/ready"
	done
}

@test "a signal that a chamber's caller ignores does not end it" {
	local hold signal
	mkfifo "$BATS_TEST_TMPDIR/keys"
	exec {hold}<>"$BATS_TEST_TMPDIR/keys"
	for signal in HUP INT TERM; do
		start_with=(env --ignore-signal="$signal")
		start_chamber bash -c 'echo ready; read -r code; exit "$code"' <"$BATS_TEST_TMPDIR/keys"
		kill -s "$signal" "$program"
		echo 37 >&"$hold"
		status=0
		wait "$program" || status=$?
		[[ $status == 37 ]] || fail "it was told to ignore SIG$signal"
		rm "$BATS_TEST_TMPDIR/ready"
	done
	exec {hold}>&-
}

@test "a chamber does its part before its command runs, with closed descriptors, too" {
	local closed
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		status=0
		eval '"$toolkit/lab/chamber" bash -c "[[ \$(</proc/sys/kernel/hostname) == lab ]] && exit 37"' "$closed" || status=$?
		[[ $status == 37 ]] || fail "wanted: 37 with $closed"
	done
}

# The read(2) that has begun goes on whoever has the terminal: so there are two.
# bats test_tags=native
@test "a chamber that ends in the background leaves the terminal to the foreground" {
	needs native python3
	mkfifo "$BATS_TEST_TMPDIR/keys"
	cat >"$BATS_TEST_TMPDIR/script" <<-'END'
		set -m
		lab/chamber sh -c 'echo ready; read line' <>"$1"
		bg >/dev/null
		job=$(jobs -p) bash -c 'echo front; while [[ -e /proc/$job ]]; do sleep 0.05; done; read -r; read -r; echo over'
	END
	drive "
		keys = os.open('$BATS_TEST_TMPDIR/keys', os.O_RDWR)
		shell = open_terminal('bash', '$BATS_TEST_TMPDIR/script', '$BATS_TEST_TMPDIR/keys')
		shell.expect_exact('ready')
		shell.send('\x1a')
		shell.expect_exact('front')
		os.write(keys, b'\n')
		shell.sendline('')
		shell.sendline('')
		shell.expect_exact('over')
	"
}

@test "SIGKILL ends all that is in a chamber, and the next one sweeps its cgroup" {
	time=$((RANDOM + 100000)).$RANDOM
	start_chamber bash -c "setsid sleep $time & echo ready; wait"
	kill -KILL "$program"
	wait "$program" || :
	wait_for eval "! pgrep -f 'sleep $time'"
	wait_for sweeps
}

@test "a cgroup that is only called like a chamber's is nobody's to sweep" {
	needs root
	[[ -n $CGROUP_ROOT ]] || skip 'needs cgroup v2'
	local one=$CGROUP_ROOT/chamber-$((1 << 23)) # no PID is so high
	mkdir "$one"
	"$toolkit/lab/chamber" true
	rmdir "$one" || fail 'it is gone'
}

# Who has no command line any more may still be in its cgroup.
sweeps() {
	"$toolkit/lab/chamber" true || return
	[[ -z $CGROUP_ROOT ]] || ! compgen -G "$CGROUP_ROOT/chamber-*"
}

@test "a chamber can be in a chamber" {
	chamber "$toolkit/lab/chamber" sh -c 'hostname; ps -e -o pid= >/tmp/all; wc -l </tmp/all; cat /sys/class/net/lo/ifindex'
	[[ $output == $'lab\n3\n1' ]]
}

# What an unprivileged user may run: the toolkit may lie where nobody else can read it.
as_nobody() {
	local tools=$BATS_TEST_TMPDIR/tools
	mkdir -p "$tools/lab" "$tools/build"
	cp "$toolkit"/lab/{chamber,shell,setup,common.bash} "$tools/lab"
	cp "$toolkit/build/chamber" "$tools/build"
	chmod -R a+rX "$tools" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR"
	cd "$tools" || return
	run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

@test "without root a chamber is made by a user namespace" {
	needs root
	as_nobody unshare --user --map-root-user true
	[[ $status == 0 ]] || skip 'needs user namespaces without root'
	as_nobody lab/chamber bash -c 'id -u; hostname; ps -e -o pid= >/tmp/all; wc -l </tmp/all; cat /sys/class/net/lo/ifindex; exit 3'
	[[ $status == 3 && $output == $'0\nlab\n3\n1' ]] || fail 'not as with root'
}

@test "without root and user namespaces a chamber names the switch and the remedy" {
	needs root
	run --separate-stderr unshare --user --map-user=1000 --keep-caps bash -c \
		'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" true' "$toolkit/lab/chamber"
	[[ $status == 125 && $stderr == *user.max_user_namespaces=0*'use sudo'*'sysctl -w user.max_user_namespaces='* ]]
}

# ---- rootfs ----------------------------------------------------------------------

# bats test_tags=native
@test "rootfs makes a root file system, and the second time nothing" {
	needs native
	dir=$BATS_TEST_TMPDIR/rootfs
	run --separate-stderr "$toolkit/lab/rootfs" busybox "$dir"
	[[ $status == 0 ]] || fail 'not made'
	for path in proc sys dev tmp root home/box etc/passwd etc/group etc/hosts etc/resolv.conf etc/profile var/www/index.html; do
		[[ -e $dir/$path ]] || fail "no $path"
	done
	[[ $(stat -c %a "$dir/tmp") == 1777 ]]
	run --separate-stderr chroot "$dir" sh -c '. /etc/os-release; echo $ID $NAME; id -u box; for p in ps mount umount hostname ip ping httpd wget nc grep sed awk dd sleep kill; do type $p >/dev/null || echo no $p; done'
	[[ $output == $'box Box\n1000' ]] || fail 'not whole'
	before=$(stat -c %i.%Z "$dir" "$dir/bin")
	"$toolkit/lab/rootfs" busybox "$dir"
	[[ $(stat -c %i.%Z "$dir" "$dir/bin") == "$before" ]] || fail 'made anew'
}

# bats test_tags=native
@test "rootfs leaves the prompt to the environment" {
	needs native
	run --separate-stderr chroot "$ROOTFS" env PS1="${name:=$(random_name)}" sh -l -c 'echo "$PS1"'
	[[ $output == "$name" ]]
}

# bats test_tags=native
@test "rootfs makes it anew when the recipe changed" {
	needs native
	dir=$BATS_TEST_TMPDIR/rootfs
	"$toolkit/lab/rootfs" busybox "$dir"
	touch "$dir/mine"
	echo other >"$dir/.made-by-lab-rootfs"
	"$toolkit/lab/rootfs" busybox "$dir"
	[[ ! -e $dir/mine && -x $dir/bin/busybox ]]
}

# bats test_tags=native
@test "rootfs never leaves half of one" {
	needs native
	mkdir "$BATS_TEST_TMPDIR/stubs" "$BATS_TEST_TMPDIR/there"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/stubs/cp"
	chmod +x "$BATS_TEST_TMPDIR/stubs/cp"
	PATH=$BATS_TEST_TMPDIR/stubs:$PATH run "$toolkit/lab/rootfs" busybox "$BATS_TEST_TMPDIR/there/rootfs"
	[[ $status != 0 && -z $(ls -A "$BATS_TEST_TMPDIR/there") ]]
}

# bats test_tags=native
@test "rootfs does not touch a directory that it did not make" {
	needs native
	mkdir "$BATS_TEST_TMPDIR/mine"
	touch "$BATS_TEST_TMPDIR/mine/file"
	run --separate-stderr "$toolkit/lab/rootfs" busybox "$BATS_TEST_TMPDIR/mine"
	[[ $status == 125 && $stderr == *"$BATS_TEST_TMPDIR/mine"*'another DIR'* && $(ls -A "$BATS_TEST_TMPDIR/mine") == file ]]
}

# bats test_tags=native
@test "rootfs refuses a file system that is mounted noexec" {
	needs native root
	chamber bash -c 'mount -t tmpfs -o noexec tmpfs /mnt && ! "$0" busybox /mnt/rootfs && ls -A /mnt' "$toolkit/lab/rootfs"
	[[ $status == 0 && -z $output && $stderr == */mnt/rootfs*noexec*'name a DIR'* ]]
}

# bats test_tags=native
@test "rootfs refuses a share" {
	needs native
	mkdir "$BATS_TEST_TMPDIR/stubs" "$BATS_TEST_TMPDIR/there"
	for type in virtiofs 9p vboxsf drvfs fuse.vmhgfs-fuse; do
		printf '#!/bin/sh\necho %s rw\n' "$type" >"$BATS_TEST_TMPDIR/stubs/findmnt"
		chmod +x "$BATS_TEST_TMPDIR/stubs/findmnt"
		PATH=$BATS_TEST_TMPDIR/stubs:$PATH run --separate-stderr "$toolkit/lab/rootfs" busybox "$BATS_TEST_TMPDIR/there/rootfs"
		[[ $status == 125 && $stderr == *"$type"*'name a DIR'* && -z $(ls -A "$BATS_TEST_TMPDIR/there") ]] || fail "$type"
	done
}

# bats test_tags=native
@test "rootfs unpacks a tarball, if its checksum is right" {
	needs native
	cd "$BATS_TEST_TMPDIR"
	mkdir -p tree/{proc,sys,dev,tmp} no-tree/etc
	random_name >tree/name
	tar -C tree -czf tree.tar.gz .
	tar -C no-tree -czf no-tree.tar.gz .
	read -r sum _ < <(sha256sum tree.tar.gz)

	run --separate-stderr "$toolkit/lab/rootfs" --sha256 "$(printf 0%.0s {1..64})" alpine tree.tar.gz here
	[[ $status == 125 && $stderr == *tree.tar.gz*checksum* && ! -e here ]] || fail 'took a wrong checksum'
	run --separate-stderr "$toolkit/lab/rootfs" alpine no-tree.tar.gz here
	[[ $status == 125 && $stderr == *'it has no /proc'* && ! -e here ]] || fail 'took no root file system'
	run --separate-stderr "$toolkit/lab/rootfs" alpine "$(random_name).tar.gz" here
	[[ $status == 125 && $stderr == *'cannot read'* ]] || fail 'took no tarball'
	run --separate-stderr "$toolkit/lab/rootfs" --sha256 "$sum" alpine tree.tar.gz here
	[[ $status == 0 ]] && cmp tree/name here/name || fail 'not unpacked'
	run ! compgen -G '.rootfs.*'
}

# bats test_tags=native
@test "rootfs debian asks for a minimal one, from this machine's sources" {
	needs native
	mkdir "$BATS_TEST_TMPDIR/stubs"
	printf '#!/bin/sh\necho "$@" >%s/asked; touch "$3/here"\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/stubs/mmdebstrap"
	chmod +x "$BATS_TEST_TMPDIR/stubs/mmdebstrap"
	PATH=$BATS_TEST_TMPDIR/stubs:$PATH run "$toolkit/lab/rootfs" debian "$BATS_TEST_TMPDIR/rootfs"
	[[ $status == 0 && -e $BATS_TEST_TMPDIR/rootfs/here ]] || fail 'not made'
	read -r variant suite directory source <"$BATS_TEST_TMPDIR/asked"
	[[ $variant == --variant=minbase && -n $suite && $directory == "$BATS_TEST_TMPDIR"/* ]] || fail 'not a minimal one'
	[[ ! -e /etc/debian_version ]] || [[ -s $source ]] || fail 'not from here'
}

# bats test_tags=native
@test "rootfs downloads no Alpine whose checksum is not the one it knows" {
	needs native
	mkdir "$BATS_TEST_TMPDIR/stubs"
	printf '#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done; echo forged >"$2"\n' >"$BATS_TEST_TMPDIR/stubs/curl"
	chmod +x "$BATS_TEST_TMPDIR/stubs/curl"
	PATH=$BATS_TEST_TMPDIR/stubs:$PATH run --separate-stderr "$toolkit/lab/rootfs" alpine "$BATS_TEST_TMPDIR/rootfs"
	[[ $status == 125 && $stderr == *checksum* && ! -e $BATS_TEST_TMPDIR/rootfs ]]
}

# ---- setup -----------------------------------------------------------------------

# bats test_tags=native
@test "setup has nothing to do where everything is there" {
	needs native
	run "$toolkit/lab/setup" build
	[[ $status == 0 && -z $output ]]
}

# bats test_tags=native
@test "setup lists a part's packages" {
	needs native
	run --separate-stderr "$toolkit/lab/setup" --list build
	[[ $status == 0 && $'\n'$output$'\n' == *$'\n'busybox*$'\n'* && $output == *make* && $output != *bats* ]]
	run --separate-stderr "$toolkit/lab/setup" --list nothing
	[[ $status == 125 && $stderr == *"'nothing'"*'the parts are build, test, vm, '*' and '* ]]
}

# A machine with nothing but one package manager, which takes note of what it is asked.
bare_machine() {
	stubs=$BATS_TEST_TMPDIR/stubs
	rm -rf "$stubs"
	mkdir "$stubs"
	for name in bash awk sort sed dirname tail cat mktemp rm; do
		ln -s "$(command -v "$name")" "$stubs/$name"
	done
	[[ -z ${1-} ]] || printf '#!/bin/sh\necho "$@" >>%s/asked\n%s\n' "$BATS_TEST_TMPDIR" "${2-}" >"$stubs/$1"
	chmod +x "$stubs"/* 2>/dev/null || :
	sed 's|/usr/|/nowhere/|g; s|/sbin||g' "$toolkit/lab/setup" >"$BATS_TEST_TMPDIR/setup"
	cp "$toolkit/lab/common.bash" "$BATS_TEST_TMPDIR"
}

# bats test_tags=native
@test "setup asks the package manager at hand for what is missing" {
	needs native root
	for manager in 'apt-get gcc libc6-dev busybox-static' 'dnf gcc glibc-static busybox' 'pacman gcc glibc busybox' 'apk gcc musl-dev busybox-static'; do
		read -r name packages <<<"$manager"
		bare_machine "$name"
		PATH=$stubs run bash "$BATS_TEST_TMPDIR/setup" build
		[[ $status == 0 ]] || fail "$name"
		asked=" $(<"$BATS_TEST_TMPDIR/asked") "
		for package in $packages; do
			[[ $asked == *" $package "* ]] || fail "$name was not asked for $package, but: $asked"
		done
		rm "$BATS_TEST_TMPDIR/asked"
	done
}

# bats test_tags=native
@test "setup updates the list of packages when the first try fails" {
	needs native root
	bare_machine apt-get "[ \"\$1\" = update ] && : >$BATS_TEST_TMPDIR/updated; [ -e $BATS_TEST_TMPDIR/updated ]"
	PATH=$stubs run bash "$BATS_TEST_TMPDIR/setup" build
	[[ $status == 0 && $(grep -c ^install "$BATS_TEST_TMPDIR/asked") == 2 && $(grep -c ^update "$BATS_TEST_TMPDIR/asked") == 1 ]]
}

# bats test_tags=native
@test "setup names the packages where it can't install them" {
	needs native root
	bare_machine
	PATH=$stubs run bash "$BATS_TEST_TMPDIR/setup" build
	[[ $status == 125 && $output == *busybox-static* ]] || fail 'no package manager'
	bare_machine apt-get
	chmod -R a+rX "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	setpriv=$(command -v setpriv)
	PATH=$stubs run "$setpriv" --reuid 65534 --regid 65534 --clear-groups bash "$BATS_TEST_TMPDIR/setup" build
	[[ $status == 125 && $output == *busybox-static*"'sudo lab/setup build'"* && ! -e $BATS_TEST_TMPDIR/asked ]] || fail 'not root'
}

# ---- shell -----------------------------------------------------------------------

# drive PYTHON: talk to terminals by pexpect. open_terminal() starts a program on one, ask() types a
# command and gives what it printed, wait_for_foreground() waits until a program has the terminal.
# shellcheck disable=SC2001
drive() {
	run env toolkit="$toolkit" TERM=dumb LAB_WHERE=vm python3 - <<-EOF
		import os, pexpect
		def open_terminal(*words):
		    return pexpect.spawn(words[0], list(words[1:]), cwd=os.environ['toolkit'], encoding='utf8', timeout=120 * $TEST_SLOWNESS)
		def ask(terminal, text, prompt='lab# '):
		    terminal.sendline(text)
		    terminal.expect_exact(prompt)
		    return terminal.before.replace('\r', '').split('\n', 1)[1]
		def wait_for_foreground(terminal, name):
		    while open('/proc/%d/comm' % os.tcgetpgrp(terminal.child_fd)).read().strip() != name: pass
		$(sed 's/^\t*//' <<<"$1")
	EOF
	[[ $status == 0 ]] || fail 'the terminal did otherwise'
}

# bats test_tags=native
@test "the lab greets in four lines at most, and its shell is nobody's own" {
	needs native python3
	export HISTFILE=$BATS_TEST_TMPDIR/history LC_ALL=C PS1=mine MINE=mine
	drive "
		lab = open_terminal('lab/shell')
		lab.expect_exact('lab# ')
		greeting = lab.before.split('\n')
		assert 'lab/shell --join' in lab.before
		assert len(greeting) <= 5 and max(map(len, greeting)) <= 82, greeting
		assert ask(lab, 'hostname; pwd') == 'lab\n' + os.environ['toolkit'] + '\n'
		assert ask(lab, 'echo \$LC_ALL \$MINE') == 'C.UTF-8\n'
		assert 'step' not in ask(lab, 'echo \$PATH')
		lab.sendline('exit 3')
		lab.expect(pexpect.EOF)
		lab.close()
		assert lab.exitstatus == 3, lab.exitstatus
	"
	[[ ! -e $HISTFILE ]]
}

# bats test_tags=native
@test "job control works in the lab, and the terminal comes back" {
	needs native python3
	drive "
		lab = open_terminal('bash', '-c', 'lab/shell; read -p back? answer; echo got \$answer')
		lab.expect_exact('lab# ')
		lab.sendline('sleep 1000')
		wait_for_foreground(lab, 'sleep')
		lab.sendintr()
		lab.expect_exact('lab# ')
		assert ask(lab, 'echo \$?').strip() == '130'
		lab.sendline('sleep 1000')
		wait_for_foreground(lab, 'sleep')
		lab.sendcontrol('z')
		lab.expect_exact('lab# ')
		assert 'Stopped' in ask(lab, 'jobs')
		ask(lab, 'kill -9 %1; wait')
		lab.sendline('exit')
		lab.expect_exact('back?')
		lab.sendline('here')
		lab.expect_exact('got here')
	"
}

# bats test_tags=native
@test "Ctrl-C ends a chamber that has the terminal" {
	needs native python3
	drive "
		chamber = open_terminal('lab/chamber', 'sh', '-c', 'echo ready; sleep 1000')
		chamber.expect_exact('ready')
		chamber.sendintr()
		chamber.expect(pexpect.EOF)
		chamber.close()
		assert chamber.exitstatus == 130, chamber.exitstatus
	"
}

@test "a second terminal joins the newest lab" {
	needs python3 root
	drive "
		old = open_terminal('lab/shell')
		old.expect_exact('lab# ')
		new = open_terminal('lab/shell')
		new.expect_exact('lab# ')
		second = open_terminal('lab/shell', '--join')
		second.expect_exact('lab2# ')
		namespaces = 'readlink /proc/self/ns/{cgroup,ipc,mnt,net,pid,uts}; tail -n 1 /proc/self/cgroup'
		assert ask(second, namespaces, 'lab2# ') == ask(new, namespaces) != ask(old, namespaces)
		new.sendline('exit')
		new.expect(pexpect.EOF)
		second.expect(pexpect.EOF)
		old.sendline('exit')
		old.expect(pexpect.EOF)
	"
}

# bats test_tags=native
@test "a second terminal says it when there is no lab" {
	needs native
	copy_toolkit --exclude=./build
	run --separate-stderr "$copy/lab/shell" --join
	[[ $status == 125 && $stderr == *'no lab is running'*'make lab'* ]]
}

@test "the lab takes a script for its input" {
	LAB_WHERE=vm run --separate-stderr "$toolkit/lab/shell" <<<'hostname; exit 5'
	[[ $status == 5 && $output == lab && -z $stderr ]]
}

# ---- escape, hog -----------------------------------------------------------------

@test "escape leaves a chroot" {
	needs root
	copy_rootfs
	name=$(random_name)
	echo "$name" >"/$name"
	run --separate-stderr chroot "$ROOTFS" /usr/local/bin/escape cat "/$name"
	rm "/$name"
	[[ $status == 0 && $output == "$name" && $stderr == *'1. '*'2. '*'3. '*out* ]] || fail 'still inside'
	[[ -z $(ls -A "$ROOTFS/tmp") ]] || fail 'it left its directory'
}

@test "escape says that there is no way out when there is none" {
	needs root
	copy_rootfs
	run --separate-stderr unshare --mount --propagation private bash -c \
		'mount --bind "$0" "$0" && cd "$0" && pivot_root . . && umount -l . && exec chroot . escape cat /etc/os-release' "$ROOTFS"
	[[ $status == 1 && -z $output && $stderr == *'no way out'* ]]
}

@test "hog says how far it got, and has what it says" {
	run python3 -c 'import resource, subprocess, sys
subprocess.run([sys.argv[1], "64"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$toolkit/build/hog"
	[[ ${lines[0]} == 'hog: 1 MiB' && ${lines[63]} == 'hog: 64 MiB' ]] || fail 'it does not say'
	((lines[64] >= 64 * 1024)) || fail 'it has less'
}

@test "hog stops where memory ends" {
	run --separate-stderr bash -c 'ulimit -v 30000; exec "$0"' "$toolkit/build/hog"
	[[ $status == 1 && $output == *"hog: ${#lines[@]} MiB" && $stderr == *"more than ${#lines[@]} MiB"* ]]
	((${#lines[@]} > 15 && ${#lines[@]} < 30))
	run --separate-stderr "$toolkit/build/hog" much
	[[ $status == 2 && $stderr == *"'much'"* ]]
}

# ---- make ------------------------------------------------------------------------

# bats test_tags=native
@test "make help names every target" {
	needs native
	run make -s -C "$toolkit" help
	for target in build lab tour vm diff test proof bench clean help; do
		[[ $output == *"make $target "* ]] || fail "no $target"
	done
}

# bats test_tags=native
@test "make diff shows what a step adds" {
	needs native
	run --separate-stderr make -s -C "$toolkit" diff STEP=2
	[[ $status == 0 && $output == *+*sethostname* && $output != *'new here'* ]] || fail 'no diff'
	for step in '' 1 7 x; do
		run make -s -C "$toolkit" diff STEP=$step
		[[ $status != 0 && $output == *'2 to 6'* ]] || fail "took '$step'"
	done
}

# bats test_tags=native
@test "make builds from clean, again nothing, and cleans all" {
	needs native
	copy_toolkit --exclude=./build
	run make -C "$copy" CFLAGS=-O0
	[[ $status == 0 && -x $copy/step1-pid/step1-pid && -x $copy/build/escape && -x $copy/build/rootfs/bin/sh ]] || fail 'not built'
	run make -C "$copy" CFLAGS=-O0
	[[ $status == 0 ]] && ! grep '^cc ' <<<"$output" || fail 'built again' # mktemp may put a cc into the path
	run make -s -C "$copy" clean
	[[ $status == 0 && ! -e $copy/build && ! -e $copy/step1-pid/step1-pid ]] || fail 'not clean'
}

# bats test_tags=native
@test "run through sudo, nothing of what make makes belongs to root" {
	needs native root
	copy_toolkit --exclude=./build
	chown -R 4242:4243 "$copy"
	SUDO_UID=4242 SUDO_GID=4243 run make -C "$copy" CFLAGS=-O0
	[[ $status == 0 ]]
	SUDO_UID=4242 SUDO_GID=4243 LAB_WHERE=vm run "$copy/lab/shell" <<<'exit 0'
	[[ $status == 0 ]]
	run find "$copy" '(' ! -uid 4242 -o ! -gid 4243 ')'
	[[ -z $output ]] || fail 'not given back'
}
