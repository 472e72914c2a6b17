#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# Step 3: files of its own. Volumes are of step 3, too, and are kept by the steps that follow.

load ../helpers
load every-step
load every-job
load every-rootfs

# bats test_tags=brick:pid,grade
@test "COMMAND is PID 1" { check_pid; }

# bats test_tags=brick:proc,grade
@test "/proc shows the container's processes alone" { check_proc; }

# bats test_tags=brick:uts,grade
@test "--hostname NAME is its name, and not the host's" { check_uts; }

# bats test_tags=brick:chroot,prev,grade
@test "ROOTFS is its root directory" { check_root; }

# bats test_tags=brick:sys,grade
@test "/sys can be read, and not written" { check_sys; }

# bats test_tags=brick:dev,grade
@test "/dev has the devices that everybody needs, and each works" { check_dev; }

# bats test_tags=brick:tmp,grade
@test "/tmp is empty, for everybody, and not ROOTFS's" { check_tmp; }

# bats test_tags=brick:dev,grade
@test "/dev has the usual links" {
	inside sh -c 'for name in fd stdin stdout stderr; do readlink /dev/$name; done; cd /dev && echo *
		echo to stdout >>/dev/stdout; echo to stderr >>/dev/stderr; cat /dev/stdin /dev/fd/0' </dev/null
	[[ $status == 0 && $stderr == 'to stderr' ]] || fail 'wanted: a line on stderr'
	says $'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\nfd full null ptmx pts random stderr stdin stdout tty urandom zero\nto stdout'
}

# bats test_tags=brick:dev,grade
@test "/dev/ptmx makes terminals of its own: two containers have a first one each" {
	local first script='exec 9<>/dev/ptmx && cd /dev/pts && echo [0-9]* && exec sleep 1000'
	launch sh -c "$script"
	[[ $(<"$out") == 0 ]] || fail "wanted: 0; it has $(<"$out")"
	first=$program
	launch sh -c "$script"
	[[ $(<"$out") == 0 ]] || fail "wanted: 0; the second one has $(<"$out")"
	kill -KILL "$(init_of "$first")" "$(init_of "$program")"
	wait "$first" || :
	finish
}

# bats test_tags=brick:dev,grade
@test "/dev/tty is the caller's terminal" {
	local word
	word=$(random_name)
	on_terminal '"$@"' sh -c 'echo "<$0>" >/dev/tty; read -r line </dev/tty; echo "[$line]"' "$word"
	expect "<$word>"
	type_line "$word"
	expect "\[$word\]"
}

# The chamber's mounts are shared, as systemd leaves them.
# bats test_tags=mutant:shared,grade
@test "the host sees none of its mounts" {
	local before
	[[ $(findmnt -no PROPAGATION /) == shared ]] || fail 'wanted, for this test: a shared /'
	before=$(findmnt -A)
	launch sh -c 'echo ready; exec sleep 1000'
	[[ $(findmnt -A) == "$before" ]] || fail "the host's mounts: $(diff <(echo "$before") <(findmnt -A))"
	[[ $(<"/proc/$(init_of "$program")/mountinfo") == *' /proc '* ]] || fail 'wanted: mounts of its own'
	kill -KILL "$(init_of "$program")"
	finish
	[[ $status == 137 ]] || fail 'wanted: status 137, of SIGKILL'
}

# bats test_tags=own,prev
@test "the chroot is no wall: who is root climbs out" {
	local marker=$BATS_TEST_TMPDIR/marker
	random_name host >"$marker"
	inside cat "$marker"
	[[ $status != 0 && $output == '' ]] || fail "wanted: a root directory that hides the host's"
	inside escape cat "$marker"
	says "$(<"$marker")"
}

# bats test_tags=own
@test "without chroot the host's files are seen" {
	random_name host >"$BATS_TEST_TMPDIR/marker"
	inside --without=chroot cat "$BATS_TEST_TMPDIR/marker"
	says "$(<"$BATS_TEST_TMPDIR/marker")"
}

# ---- As every step with a ROOTFS -------------------------------------------------

# bats test_tags=grade
@test "ROOTFS is never written to" { check_rootfs_is_not_written; }
@test "ROOTFS may be read-only" { check_read_only_rootfs; }
@test "ROOTFS may be named by any path" { check_rootfs_paths; }
@test "ROOTFS missing, a file, or without proc, sys, dev or tmp: 125, and a line that names it" { check_bad_rootfs; }
@test "COMMAND without its interpreter: 127" { check_missing_interpreter; }
@test "PATH is the usual one" { check_path; }
# bats test_tags=grade
@test "a volume shows the host's files, and what is mounted below" { check_volume; }
# bats test_tags=mutant:ro,grade
@test "a :ro volume refuses writes, in what is mounted below, too" { check_read_only_volume; }
@test "volumes may be several, files, and relative" { check_more_volumes; }
@test "a volume without a target in ROOTFS: 125, and a line that says which to make" { check_volume_without_target; }
@test "a volume stays in ROOTFS, whatever dots and links say" { check_volume_stays_in_rootfs; }
@test "a volume that is none: 125, and a line that shows it" { check_volume_words; }
# bats test_tags=own
@test "ROOTFS in a directory that is gone: 125, and a line that names it" { check_deleted_rootfs; }
# bats test_tags=own
@test "a volume on what /tmp or /dev hides: 125, and a line that says what hides it" { check_volume_on_hidden_target; }
# bats test_tags=own
@test "a volume on a link to the root: 125, and a line that names it" { check_volume_on_the_root; }
# bats test_tags=own
@test "1,100 volumes need no more descriptors than one" { check_many_volumes; }

# ---- As every step ---------------------------------------------------------------

# bats test_tags=grade
@test "exit status: COMMAND's own" { check_status; }
@test "exit status: 128+N when signal N killed it" { check_status_of_signal; }
# bats test_tags=grade
@test "exit status: 127 when COMMAND isn't there" { check_status_of_no_command; }
# bats test_tags=grade
@test "exit status: 126 when COMMAND can't be run" { check_status_of_not_executable; }
@test "bad options, an unknown brick, a missing word: 125, and a line that names them" { check_usage_errors; }
@test "options end at the first word that is none" { check_words_are_passed_on; }
@test "--help lists the options and the bricks" { check_help; }
@test "not root: it says so, and what helps" { check_not_root; }
@test "root of a user namespace is root enough" { check_user_namespace; }
@test "stdin, stdout, stderr and the environment are COMMAND's" { check_streams; }
# bats test_tags=grade
@test "COMMAND gets no signal blocked or ignored, and no descriptor, of the program's" { check_nothing_leaks; }
@test "SIGTERM, SIGINT and SIGHUP are passed on, and COMMAND's status comes back" { check_signals_are_passed_on; }
@test "a COMMAND that goes on gets SIGKILL a second later" { check_signals_end_the_deaf; }
@test "SIGKILL to the program ends the container" { check_kill_ends_it; }
# bats test_tags=mutant:pollhup
@test "SIGKILL to the program, before the container knows of it, ends it too" { check_kill_has_no_race; }
@test "a caller that ignores SIGCHLD gets the exit status all the same" { check_ignored_sigchld; }
@test "a shell on a terminal has job control, and its caller the terminal back" { check_terminal; }
@test "in the background it leaves the terminal alone" { check_terminal_is_not_stolen; }
# What the shell that starts it relies on.
# bats test_tags=own
@test "Ctrl-Z stops all of it, and fg lets it go on" { check_stop; }
# bats test_tags=own
@test "in the background it stops when it reads, and doesn't spin" { check_background; }
# bats test_tags=own
@test "in the background of a script it ends as it should" { check_background_of_a_script; }
# bats test_tags=own
@test "with stdin, stdout or stderr closed it does the same" { check_closed_descriptors; }
# bats test_tags=own
@test "COMMAND waits until the host has done its part, with closed descriptors, too" { check_start_waits_for_the_host; }
# bats test_tags=narration
@test "--explain tells the calls of both sides on stderr" { check_explain; }
