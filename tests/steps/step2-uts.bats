#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# Step 2: a hostname of its own.

load ../helpers
load every-step
load every-job

# bats test_tags=brick:pid,grade
@test "COMMAND is PID 1" { check_pid; }

# bats test_tags=brick:proc,grade
@test "/proc shows the container's processes alone" { check_proc; }

# bats test_tags=brick:uts,grade
@test "--hostname NAME is its name, and not the host's" { check_uts; }

# bats test_tags=brick:uts,prev,grade
@test "without --hostname it is called container" {
	inside hostname
	says container
}

# bats test_tags=brick:uts,grade
@test "the host keeps its name while the container runs, and when that takes another" {
	local before
	before=$(hostname)
	launch --hostname="$(random_name)" sh -c 'hostname "$0" && echo ready && exec sleep 1000' "$(random_name)"
	[[ $(hostname) == "$before" ]] || fail "the host is called $(hostname) now"
	kill -KILL "$(init_of "$program")"
	finish
	[[ $(hostname) == "$before" ]] || fail "the host is called $(hostname) now"
}

# bats test_tags=own
@test "without uts nobody's name is touched" {
	inside --without=uts --hostname="$(random_name)" hostname
	says "$(hostname)"
}

# bats test_tags=own
@test "a hostname has 1 to 64 bytes: others are refused" {
	local longest
	printf -v longest '%064d' $((RANDOM + 1))
	inside --hostname="$longest" hostname
	says "$longest"
	inside --hostname="x$longest" true
	complains "x$longest" 64
	inside --hostname= true
	complains --hostname 64
}

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
