#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# Step 4: the host's tree is gone.

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

# bats test_tags=brick:sys,grade
@test "/sys can be read, and not written" { check_sys; }

# bats test_tags=brick:dev,grade
@test "/dev has the devices that everybody needs, and each works" { check_dev; }

# bats test_tags=brick:tmp,grade
@test "/tmp is empty, for everybody, and not ROOTFS's" { check_tmp; }

# bats test_tags=brick:bind,brick:pivot,grade
@test "ROOTFS is its root directory" { check_root; }

# bats test_tags=brick:pivot,brick:detach,prev,mutant:detach,grade
@test "the host's files are gone, and so are its mounts" { check_detach; }

# bats test_tags=prev,grade
@test "what climbs out of a chroot stays in" {
	local marker=$BATS_TEST_TMPDIR/marker
	random_name host >"$marker"
	inside escape cat "$marker"
	[[ $status != 0 && $output == '' ]] || fail "wanted: no way out"
}

# bats test_tags=brick:bind,mutant:rec,grade
@test "what is mounted below ROOTFS comes along" {
	mount -t tmpfs tmpfs "$ROOTFS/srv"
	random_name below >"$ROOTFS/srv/below"
	inside cat /srv/below
	says "$(<"$ROOTFS/srv/below")"
	umount "$ROOTFS/srv"
}

# bats test_tags=mutant:shared,grade
@test "the host sees none of its mounts, and keeps its own" {
	local before
	[[ $(findmnt -no PROPAGATION /) == shared ]] || fail 'wanted, for this test: a shared /'
	before=$(</proc/self/mountinfo)
	launch sh -c 'echo ready; exec sleep 1000'
	[[ $(</proc/self/mountinfo) == "$before" ]] || fail "the host's mounts: $(diff <(echo "$before") /proc/self/mountinfo)"
	kill -KILL "$(init_of "$program")"
	finish
	[[ $status == 137 && $(</proc/self/mountinfo) == "$before" ]] || fail "wanted: 137, and the host's mounts as they were"
}

# bats test_tags=own
@test "without bind, pivot_root says EINVAL or EBUSY" {
	inside --without=bind true
	complains pivot_root README.md
	[[ $stderr == *'Invalid argument'* || $stderr == *busy* ]] || fail 'wanted: EINVAL or EBUSY'
}

# bats test_tags=own
@test "without pivot the host's files are seen" {
	random_name host >"$BATS_TEST_TMPDIR/marker"
	inside --without=pivot cat "$BATS_TEST_TMPDIR/marker"
	says "$(<"$BATS_TEST_TMPDIR/marker")"
}

# bats test_tags=own
@test "without detach the host's tree is under /tmp" {
	random_name host >"$BATS_TEST_TMPDIR/marker"
	inside --without=detach cat "/tmp$BATS_TEST_TMPDIR/marker"
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
# bats test_tags=own
@test "a shell inside has jobs of its own when its caller has" { check_shell_jobs; }
# bats test_tags=own
@test "when it ends in the background, the terminal stays with the foreground" { check_terminal_is_not_taken; }
# bats test_tags=own
@test "Ctrl-C is COMMAND's own affair" { check_ctrl_c_is_commands_own; }
# bats test_tags=own
@test "a second Ctrl-C ends a PID 1 that has no handler" { check_second_ctrl_c; }
# bats test_tags=own
@test "a COMMAND that has left its session hears nothing of Ctrl-C; the second one ends it" { check_ctrl_c_outside_of_its_session; }
# bats test_tags=own
@test "what its caller ignores stays ignored" { check_ignored_signals; }
# bats test_tags=own
@test "Ctrl-C leaves alone what a script has in the background" { check_ctrl_c_in_a_script; }
# bats test_tags=narration
@test "--explain tells the calls of both sides on stderr" { check_explain; }
