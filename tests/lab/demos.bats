# The failure museum: every demo fails as it promises, with this errno or message, and what it compares
# with does not. And what makes it a show: the list, the keys of LIVE=1, the machine that stays, make panic.
#
# What needs cgroup v2, or a machine to leave marks on, is shown in the VM when it isn't here: those run there.

# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for a demo; set by helpers.bash
load ../helpers

# Step 5 moves us to a leaf, so that a chamber inside this one can have limits.
setup_file() {
	! has_v2 || "$toolkit/step5-cgroup/step5-cgroup" "$ROOTFS" true
}

setup() {
	# make comes with what it has built: so it is for this toolkit.
	export MAKELEVEL=1
	open_ledger
}

# A chamber as on the machine itself: what one demo writes is not there for the next one.
demo() {
	capture env -u LAB_CHAMBER "${copy:-$toolkit}/lab/demo" "$@" </dev/null
}

# fails NAME MESSAGE: the demo says MESSAGE (an extended regular expression, of one line) before its
# answer, and never where it compares.
fails() {
	[[ $LAB_WHERE == vm || $("$toolkit/lab/demo" --place "$1") == here ]] || skip "is shown in the VM"
	demo "$1"
	# Overlays can't be piled up for ever: where this machine is a container itself, the chamber warns.
	[[ $status == 0 && (-z $stderr || $stderr == *'an overlay on /'*) ]] ||
		fail "$1 is not as promised"
	sed -n '/^?/,/^Answer:/p' <<<"$output" | sed '/^lab#/d; /^> /d' | grep -qE -- "$2" || fail "wanted: $2"
	[[ $output == *$'\nCompare:\n'* ]] || fail "it compares with nothing"
	! sed -n '/^Compare:/,/^Read:/p' <<<"$output" | sed '/^lab#/d; /^> /d' | grep -E -- "$2" || fail "wanted: no $2 where it compares"
	! comparable "$1" || "$toolkit/lab/cast" --compare "$1" <<<"$output" || fail "lab/casts/$1.cast says something else: make casts"
}

# Other systems have other words for the same errors. In the VM the words are known; what was compared
# here need not be compared there.
comparable() {
	if [[ $LAB_WHERE == vm ]]; then
		grep -qE '^needs.* (v2|machine)' "$toolkit/lab/demos/$1"
	else
		(. /etc/os-release && [[ $ID$VERSION_ID == debian12 ]])
	fi
}

# ---- Each of them ----------------------------------------------------------------

@test "fork: not PID 1" { fails fork '^[0-9]{2,}$'; }
@test "cannot-fork: Cannot fork" { fails cannot-fork '[Cc]annot fork|fork: Cannot allocate memory'; }
@test "ps-lie: the host's PID 1" { fails ps-lie '^ +1 chamber$'; }
@test "chroot-no-proc: /proc must be mounted" { fails chroot-no-proc 'mount -t proc'; }
@test "chroot-kill: the host's sleep dies of SIGTERM" { fails chroot-kill '^143$'; }
@test "pid1-sigterm: still here" { fails pid1-sigterm '^still here$'; }
@test "zombies: Z, a child of PID 1" { fails zombies ' 1 Z'; }
@test "orphans: PPID 1" { fails orphans ' 1 sleep$'; }
@test "hostname: the host's is changed" { fails hostname '^the host is box$'; }

@test "empty-rootfs: ENOENT" { fails empty-rootfs 'No such file or directory'; }
@test "no-loader: ENOENT, though the file is there" { fails no-loader '/bin/cat.*: No such file or directory'; }
@test "noexec: EACCES" { fails noexec 'busybox: Permission denied'; }
@test "remembered-path: /usr/bin/ls, ENOENT" { fails remembered-path '/usr/bin/ls: No such file or directory'; }
@test "escape: out of a chroot" { fails escape 'escape: 3.*: out$'; }
@test "leaked-mount: the host's /proc is covered" { fails leaked-mount '/proc/self/.: No such file or directory'; }
@test "bind-private: 0, and shared" { fails bind-private '^shared$'; }
@test "bind-readonly: 0, and written to" { fails bind-readonly '^mine$'; }

@test "pivot-shared: EINVAL" { fails pivot-shared 'pivot_root.*: Invalid argument'; }
@test "pivot-no-mount: EBUSY" { fails pivot-no-mount 'pivot_root.*/box/mnt.*[Rr]esource busy'; }
@test "pivot-no-mount: EINVAL on a tmpfs" { fails pivot-no-mount 'pivot_root.*/mnt/box/mnt.*Invalid argument'; }
@test "pivot-put-old: EBUSY" { fails pivot-put-old 'pivot_root.*/old.*[Rr]esource busy'; }
@test "pivot-initramfs: EINVAL" { fails pivot-initramfs 'pivot_root.*: Invalid argument'; }
@test "pivot-old-root: the host's files" { fails pivot-old-root '^etc$'; }
@test "pivot-no-command: command not found" { fails pivot-no-command 'pivot_root: command not found'; }

@test "busy-enable: EBUSY" { fails busy-enable 'write error: Device or resource busy'; }
@test "busy-join: EBUSY" { fails busy-join 'write error: Device or resource busy'; }
@test "busy-rmdir: EBUSY" { fails busy-rmdir 'rmdir: .*[Rr]esource busy'; }
@test "threaded: EOPNOTSUPP" { fails threaded 'write error: Operation not supported'; }
@test "oom-hidden: status 0" { fails oom-hidden '^status 0$'; }
@test "late-limit: 64 MiB of 32" { fails late-limit '^hog: 64 MiB$'; }
@test "oom: 137" { fails oom '^Memory cgroup out of memory: Killed process .*hog'; }
@test "swap: 64 MiB of 32" { fails swap '^hog: 64 MiB$'; }
@test "fork-bomb: EAGAIN" { fails fork-bomb 'Cannot fork|unavailable'; }
@test "throttled: nr_throttled" { fails throttled '^nr_throttled [1-9]'; }
@test "cpu-count: the host's" { fails cpu-count "^nproc: the host's$"; }

@test "net-empty: ENETUNREACH" { fails net-empty 'Network is unreachable'; }
@test "lo-down: ENETUNREACH" { fails lo-down '127.0.0.1.*: Network is unreachable'; }
@test "veth-one-end: no answer" { fails veth-one-end '100% packet loss'; }
@test "no-route: ENETUNREACH" { fails no-route 'Network is unreachable'; }
@test "forward-drop: no answer" { fails forward-drop '100% packet loss'; }

@test "leaked-fd: the host's /usr" { fails leaked-fd '^/proc/self/fd/9/../usr$'; }
@test "sys-admin: written to" { fails sys-admin '^mine$'; }
@test "nobody: EACCES" { fails nobody "secret': Permission denied"; }

@test "each demo has its test, its recording, and all its parts, in 80 columns" {
	needs native
	local name
	for name in "$toolkit"/lab/demos/*; do
		name=${name##*/}
		grep -q "fails $name '\|fails $name \"" "$BATS_TEST_FILENAME" || fail "$name has no test here"
		[[ -s $toolkit/lab/casts/$name.cast ]] || fail "$name has no recording: make casts"
		grep -q ^wrong "$toolkit/lab/demos/$name" || fail "$name knows no wrong answer"
		capture "$toolkit/lab/demo" --notes "$name"
		[[ $status == 0 ]] || fail "$name"
		! grep -E '.{81}' <<<"$output" || fail "$name: wider than 80 columns"
	done
}

@test "a demo whose failure does not come has failed, and so has one whose comparison fails" {
	needs native root
	copy_toolkit
	sed -i '/^run/s/--propagation unchanged/--propagation private/' "$copy/lab/demos/pivot-shared"
	demo pivot-shared
	[[ $status == 125 && $output == *'promised'*': Invalid argument'* ]] || fail 'mended, and not noticed'
	sed -i '/^mend/s/--fork //' "$copy/lab/demos/cannot-fork"
	demo cannot-fork
	[[ $status == 125 && $output == *'promised'*': ^done $'* ]] || fail 'not mended, and not noticed'
}

@test "in a lab, whose cgroup has processes, a demo has limits; then the lab is as it was before" {
	needs v2
	capture env -u LAB_CHAMBER "$toolkit/lab/chamber" bash -c 'cd "$1"; for turn in 1 2; do lab/demo oom </dev/null || exit; done
		cat /proc/self/cgroup /sys/fs/cgroup/cgroup.subtree_control; ls -d /sys/fs/cgroup/*/' lab "$toolkit"
	[[ $output == *$'\n137\n'*$'\n0::/' && $stderr == *'cannot access'* ]] || fail 'wanted: an OOM kill, no controllers, and no cgroup below'
}

# ---- The list --------------------------------------------------------------------

@test "make demo lists all by chapter" {
	needs native
	capture "$toolkit/lab/demo"
	[[ $status == 0 ]]
	for chapter in processes hostname files pivot_root cgroups network privilege; do
		grep -qx "$chapter" <<<"$output" || fail "no $chapter"
	done
	for name in "$toolkit"/lab/demos/*; do
		[[ $(grep -c "^  ${name##*/} " <<<"$output") == 1 ]] || fail "${name##*/} is not there once"
	done
	! grep -E '.{81}' <<<"$output" || fail 'wider than 80 columns'
}

@test "a NAME that is none, a part that is none, and words that are none are said" {
	needs native
	demo no-such-demo
	[[ $status == 125 && $stderr == *"'no-such-demo'"*'make demo'* && -z $output ]] || fail 'NAME'
	demo ../demo
	[[ $status == 125 && $stderr == *"'../demo'"* ]] || fail 'path'
	demo --what
	[[ $status == 125 && $stderr == *usage:* ]] || fail 'option'
	demo --live fork
	[[ $status == 125 && $stderr == *terminal* ]] || fail 'no terminal'
	copy_toolkit
	echo 'nonsense    yes' >>"$copy/lab/demos/fork"
	demo fork
	[[ $status == 125 && $stderr == *"lab/demos/fork: "*"'nonsense'"* ]] || fail 'part'
}

@test "the instructor knows what to say at each reveal" {
	needs native
	for name in "$toolkit"/lab/demos/*; do
		grep -q "^| ${name##*/} | .* | .* | .* |$" "$toolkit/lab/instructor.md" || fail "lab/instructor.md has no line for ${name##*/}"
	done
}

# ---- The panic button, and the card ----------------------------------------------

# What a learner types on their own machine; here the machine is a chamber.
@test "a lost /proc: make panic tells what brings it back, and that does, without a reboot" {
	needs native root
	copy_toolkit
	cd "$copy"
	capture lab/chamber bash -c '
		lose() { unshare --pid --fork --mount --propagation unchanged sh -c "mount -t proc proc /proc"; }
		back() { [[ -e /proc/self/stat ]] && echo back; }
		lose && ! back && ! lab/panic && umount /proc && back || exit 1
		lose && lose && umount /proc && ! back && umount /proc && back || exit 2
		lose && cd /proc && ! umount /proc && cd - && mount -t proc proc /proc && back || exit 3
		lab/panic'
	[[ $status == 0 && $(grep -c '^back$' <<<"$output") == 3 && $output == *'/proc is there'* ]] || fail 'it does not come back'
	[[ $stderr == *'lost its /proc'*'umount /proc'*'mount -t proc proc /proc'* ]] || fail 'panic does not say how'
}

@test "make panic ends what runs from this directory, and nothing else" {
	needs native root
	copy_toolkit
	local ours theirs given
	(cd "$copy" && . lab/common.bash && write_down && exec lab/chamber sleep 1000) 3>&- &
	ours=$!
	"$toolkit/lab/chamber" sleep 1000 3>&- &
	theirs=$!
	wait_for grep -q "$copy/build/chamber" "/proc/$ours/cmdline"
	# Two whose numbers were ours once, before they were given to them.
	bash -c 'exec -a lab_init=guest sleep 1000' 3>&- &
	given=$!
	wait_for grep -q lab_init= "/proc/$given/cmdline"
	echo 1 | tee "$copy/build/running/$theirs" "$copy/build/running/$given" "$copy/build/running/$$" >/dev/null
	capture "$copy/lab/panic"
	[[ $status == 0 && $output == "Ended a chamber (process $ours)."* ]] || fail 'not that one, or not that one alone'
	[[ $output != *"process $given)"* ]] || fail 'it ended one that has the number of an old machine'
	! kill -0 "$ours" 2>/dev/null && kill "$theirs" && kill "$given"
	wait "$theirs" "$given" || :
	capture "$copy/lab/panic"
	[[ $status == 0 && $output != *Ended* ]] || fail 'it does not forget'
}

# ---- On a terminal ---------------------------------------------------------------

# talk SCRIPT: Python that talks to the demo, "talk", on a terminal.
talk() {
	capture env -u LAB_CHAMBER LIVE_PACE=0 python3 -c '
import os, pexpect, sys
def begin(*words):
    return pexpect.spawn(sys.argv[1], list(words), timeout=int(sys.argv[2]), encoding="utf-8", dimensions=(50, 100),
                         env=dict(os.environ, TERM="dumb", NO_COLOR="1"))
def end(demo, wanted=0):
    demo.expect(pexpect.EOF)
    demo.close()
    if demo.exitstatus != wanted:
        sys.exit("status %s" % demo.exitstatus)
'"$1" "${copy:-$toolkit}/lab/demo" $((20 * TEST_SLOWNESS))
	[[ $status == 0 ]] || fail 'no such conversation'
}

@test "on a terminal the question waits for an answer, and nothing else waits" {
	needs native python3
	talk '
demo = begin("cannot-fork")
demo.expect("[?] .*Your answer: ")
if not demo.expect(["annot", pexpect.TIMEOUT], timeout=1):
    sys.exit("it did not wait")
demo.sendline("nothing")
demo.expect("annot (fork|allocate).*Answer:.*Compare:.*done.*Read:")
end(demo)'
}

# random_name: no demo can know it.
@test "LIVE=1: Enter types and runs, b goes back one, s skips, ! is a shell in that very state, w, ?, r, q" {
	needs native python3
	talk '
demo = begin("--live", "hostname")
hint = r"\[\w+\] Enter b s ! w r q"
demo.expect("---- hostname: .*" + hint)
demo.send("?")
demo.expect("back one.*" + hint)
demo.send("w")
demo.expect("box both times.*" + hint)
demo.send("\r")
demo.expect("[?] .*" + hint)
if not demo.expect(["lab#", pexpect.TIMEOUT], timeout=0.5):
    sys.exit("it did not wait")
demo.send("\r")
demo.expect("lab# unshare --uts.*the host is lab.*" + hint)
demo.send("s")                      # the one that renames the host
demo.expect(hint)
demo.send("!")
demo.expect("lab# ")
demo.sendline("x=4; hostname; echo said$((x + 3))")
demo.expect("lab\r\nsaid7\r\n")
demo.sendline("hostname '"${name:=$(random_name)}"'")
demo.sendline("exit")
demo.expect(hint)
demo.send("!")
demo.sendline("hostname; echo x is $x")
demo.expect("'"$name"'\r\nx is 4")
demo.sendline("exit")
demo.expect(hint)
demo.send("b")                      # begins anew, in a new chamber, up to here
demo.expect("---- hostname: .*lab# unshare --uts.*" + hint)
demo.send("\r")
demo.expect("lab# sh -c .*the host is box.*" + hint)
demo.send("r")
demo.expect("---- hostname: .*" + hint)
demo.send("q")
end(demo)'
}

@test "LIVE=1: a command in the shell is ended by Ctrl-C, and the shell is still there" {
	needs native python3
	talk '
demo = begin("--live", "orphans")
demo.expect("Enter b")
demo.send("!")
demo.expect("lab# ")
import random, subprocess, time
line, deadline = "sleep %d" % random.randrange(1000, 1000000), time.monotonic() + demo.timeout
demo.sendline(line)
while subprocess.call(["pgrep", "-fx", line], stdout=subprocess.DEVNULL):
    if time.monotonic() > deadline:
        sys.exit("it did not start")
demo.sendintr()
demo.sendline("echo alive$((2 + 1))")
demo.expect("alive3")
demo.sendline("exit")
demo.expect("Enter b")
demo.send("q")
end(demo)'
}

# on PANE TEXT: it has come there.
on() { tmux -L "$server" capture-pane -p -t "0.$1" | grep -q -- "$2"; }

@test "LIVE=1 in tmux: the host, the container that lives in it, and the lens on both" {
	needs native root tmux
	local server before
	copy_toolkit # the views look into build/running, where a demo in another chamber would forget ours
	server=$(random_name) before=$(hostname)
	hostname "$(random_name)"
	env -u TMUX -u LAB_CHAMBER LIVE_PACE=0 TERM=xterm tmux -L "$server" -f /dev/null new-session -d -x 110 -y 60 \
		"$copy/lab/demo --live pivot-old-root; sleep 1000" 3>&-
	wait_for on 0 'Enter b'
	[[ $(tmux -L "$server" list-panes | wc -l) == 3 ]] || fail 'not three panes'
	tmux -L "$server" send-keys -t 0.0 '!' "step4-pivot/step4-pivot --hostname ${name:=$(random_name)} build/rootfs sh" Enter
	wait_for on 1 'container#'
	tmux -L "$server" send-keys -t 0.1 'hostname; echo $((40 + 2))' Enter
	wait_for on 1 '^42$'
	on 1 "^$name$" || fail 'another container'
	wait_for on 2 'HOST .*CONTAINER'
	wait_for on 2 "hostname  *lab .*| $name" # the lens's host is the demo's
	[[ $(tmux -L "$server" capture-pane -p -t 0.0 | grep -c -- '-----$') == 1 ]] || fail 'wanted: a first line as wide as the pane'
	tmux -L "$server" send-keys -t 0.0 exit Enter exit Enter
	wait_for on 0 'Enter b'
	wait_for on 1 ' yet$'
	! on 1 'Killed\|nsenter' || fail "wanted: no word of bash on the container's end"
	tmux -L "$server" send-keys -t 0.0 q
	wait_for eval '[[ $(tmux -L "$server" list-panes | wc -l) == 1 ]]'
	tmux -L "$server" kill-server
	hostname "$before"
}

@test "a lab goes on where another removes a record that it is reading" {
	echo 1 >"$BATS_TEST_TMPDIR/record"
	capture bash -ec '. lab/common.bash; birth_of() { rm "$record"; }; record=$1; is_recorded "$1" || echo on' - "$BATS_TEST_TMPDIR/record"
	[[ $output == on && -z $stderr ]] || fail 'wanted: on, and no word about the record'
}

@test "make panic closes the panes that a killed demo has left in tmux, and no other" {
	needs native root tmux
	local server
	copy_toolkit
	server=$(random_name)
	env -u TMUX -u LAB_CHAMBER LIVE_PACE=0 TERM=xterm tmux -L "$server" -f /dev/null new-session -d -x 160 -y 60 \
		"bash -c 'echo \$\$ >$copy/pid; exec $copy/lab/demo --live pivot-old-root'" 3>&-
	tmux -L "$server" set-option -g remain-on-exit on
	tmux -L "$server" split-window -d -v -t 0.0 'sleep 1000' 3>&-
	wait_for on 0 'Enter b'
	[[ $(tmux -L "$server" list-panes | wc -l) == 4 ]] || fail 'not four panes'
	kill -KILL "$(<"$copy/pid")"
	capture "$copy/lab/panic"
	[[ $status == 0 && $(grep -c '^Closed' <<<"$output") == 2 ]] || fail 'panic'
	[[ $(tmux -L "$server" list-panes | wc -l) == 2 ]] || fail 'wanted: the panes that it has not opened'
	tmux -L "$server" kill-server
}

# ---- The machine that stays ------------------------------------------------------

# A machine that is none: it runs the command here, and counts how often it was started.
fake_machine() {
	copy_toolkit
	cat >"$copy/lab/vm" <<-'END'
		#!/bin/bash
		[[ $1 != --image ]] || exit 0
		. "${0%/*}/common.bash" && cd "$toolkit"
		echo started >>started
		write_down
		LAB_WHERE=vm exec -a lab_init=none bash -c 'setpriv --pdeathsig KILL bash -c "$0"; exit' "$1"
	END
	printf 'needs     machine\n' | tee -a "$copy/lab/demos/fork" >>"$copy/lab/demos/hostname"
}

gone() { [[ ! -e $copy/build/machine/pid ]]; }

@test "what a chamber can't give comes from the VM, which stays for the next demo, until make panic" {
	needs native root
	fake_machine
	demo fork
	[[ $status == 0 && $output == '(In the VM: '*'---- fork'*Read:* ]] || fail 'not in the machine'
	demo hostname
	[[ $status == 0 && $output == *'---- hostname'*Read:* ]] || fail 'not in the machine'
	[[ $(<"$copy/started") == started ]] || fail 'more than one start'
	sed -i 's/^shows.*/shows never/' "$copy/lab/demos/fork"
	demo fork
	[[ $status == 125 && $(wc -l <"$copy/started") == 2 ]] || fail 'a toolkit that has changed needs a new machine, and a status'
	capture "$copy/lab/panic"
	[[ $status == 0 && $output == *machine* ]] || fail 'panic'
	wait_for gone
}

@test "the machine ends by itself, after a while, and with its sitting" {
	needs native root
	fake_machine
	LAB_IDLE=1 demo fork
	wait_for gone
	capture setsid --wait env -u LAB_CHAMBER "$copy/lab/demo" fork </dev/null
	[[ $status == 0 ]]
	wait_for gone
}

@test "LIVE=1 in the machine: the keys get there, and the terminal is as it was" {
	needs native root python3
	fake_machine
	talk '
import termios
demo = begin("--live", "fork")
before = termios.tcgetattr(demo.fileno())
demo.expect("Enter b")
demo.send("!")
demo.expect("lab# ")
demo.sendline("stty size; echo $LAB_WHERE")
demo.expect("50 100\r+\nvm")
demo.sendline("exit")
demo.expect("Enter b")
demo.send("q")
end(demo)'
	"$copy/lab/panic"
	wait_for gone
}
