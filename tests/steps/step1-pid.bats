#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# Step 1: COMMAND is PID 1, and /proc agrees.

load ../helpers
load every-step
load every-job

# bats test_tags=brick:pid,grade
@test "COMMAND is PID 1" { check_pid; }

# bats test_tags=brick:proc,grade
@test "/proc shows the container's processes alone" { check_proc; }

# bats test_tags=brick:pid,brick:proc,grade
@test "ps lists two processes: the shell, and itself" {
	inside sh -c 'ps; :'
	[[ $status == 0 && ${#lines[@]} == 3 && ${lines[1]} =~ ^\ *1\ .*sh && ${lines[2]} =~ ^\ *2\ .*ps ]] ||
		fail 'wanted: a header, sh as 1 and ps as 2'
}

# bats test_tags=own
@test "without proc, /proc tells the host's story" {
	inside --without=proc sh -c 'echo $$ $(cat /proc/$0/comm)' $$
	says "1 $(</proc/$$/comm)"
}

# bats test_tags=own
@test "without pid, COMMAND is one of the host's processes" {
	inside --without=pid --without=proc sh -c '[ /proc/self/ns/pid -ef /proc/$PPID/ns/pid ] && echo $$'
	[[ $status == 0 && $output -gt 1 ]] || fail 'wanted: a common PID'
}

# bats test_tags=brick:pid,mutant:shared,grade
@test "the host's /proc is unharmed, while it runs and after" {
	local before
	before=$(</proc/self/mountinfo)
	launch sh -c 'echo ready; exec sleep 1000'
	[[ $(</proc/self/mountinfo) == "$before" ]] || fail "the host's mounts: $(diff <(echo "$before") /proc/self/mountinfo)"
	[[ $(</proc/$$/comm) == bash && -e /proc/$program ]] || fail "the host's /proc is lost"
	# One process, two PIDs: the host's, and 1.
	child=$(init_of "$program")
	[[ $(grep NSpid "/proc/$child/status") =~ [^0-9]${child}[[:space:]]+1$ ]] || fail "its PIDs: $(grep NSpid "/proc/$child/status")"
	kill -KILL "$child"
	finish
	[[ $status == 137 && $(</proc/self/mountinfo) == "$before" ]] || fail "wanted: 137, and the host's mounts as they were"
}

# bats test_tags=brick:pid,grade
@test "no signal from inside touches a PID 1 that has no handler for it" {
	local code
	code=$(random_status)
	inside sh -c "kill -TERM \$\$; kill -KILL \$\$; sh -c 'kill -TERM \$PPID; kill -KILL \$PPID'; exit $code"
	[[ $status == "$code" ]] || fail "wanted: status $code"
}

# The middle shell dies first; the orphan waits until it has another parent, and says which.
# bats test_tags=brick:pid,grade
@test "an orphan gets PID 1 as parent, and a shell as PID 1 reaps it" {
	inside sh -c '
		sh -c "sh -c \"\$0\" \$\$ &" "
			until read -r _ _ _ parent _ </proc/self/stat && [ \$parent != \$0 ]; do :; done
			echo \$parent" | cat
		looks=0
		until set -- /proc/[0-9]* && [ $# = 1 ] || [ $$ != 1 ] || [ $((looks += 1)) = 500 ]; do (:); done
		echo $$ $*'
	says $'1\n1 /proc/1'
}

# bats test_tags=brick:pid,grade
@test "when PID 1 ends, so do all others" {
	local inode
	inside sh -c 'sleep 1000 >/dev/null 2>&1 3>&- 4>&- & readlink /proc/self/ns/pid'
	inode=$output
	[[ $inode == pid:* ]] || fail 'wanted: a PID namespace'
	for process in /proc/[0-9]*; do
		[[ $(readlink "$process/ns/pid") != "$inode" ]] || fail "still there: $(<"$process/comm")"
	done
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
# bats test_tags=mutant:terminal
@test "a shell on a terminal has job control, and its caller the terminal back" { check_terminal; }
# bats test_tags=mutant:stolen
@test "in the background it leaves the terminal alone" { check_terminal_is_not_stolen; }
# What the shell that starts it relies on.
# bats test_tags=own,mutant:ctrl-z
@test "Ctrl-Z stops all of it, and fg lets it go on" { check_stop; }
# bats test_tags=own,mutant:background
@test "in the background it stops when it reads, and doesn't spin" { check_background; }
# bats test_tags=own
@test "in the background of a script it ends as it should" { check_background_of_a_script; }
# bats test_tags=own
@test "with stdin, stdout or stderr closed it does the same" { check_closed_descriptors; }
# bats test_tags=own,mutant:streams
@test "COMMAND waits until the host has done its part, with closed descriptors, too" { check_start_waits_for_the_host; }
# bats test_tags=own
@test "a shell inside has jobs of its own when its caller has" { check_shell_jobs; }
# bats test_tags=own,mutant:stolen
@test "when it ends in the background, the terminal stays with the foreground" { check_terminal_is_not_taken; }
# bats test_tags=own,mutant:ctrl-c-own
@test "Ctrl-C is COMMAND's own affair" { check_ctrl_c_is_commands_own; }
# bats test_tags=own,mutant:ctrl-c
@test "a second Ctrl-C ends a PID 1 that has no handler" { check_second_ctrl_c; }
# bats test_tags=own
@test "a COMMAND that has left its session hears nothing of Ctrl-C; the second one ends it" { check_ctrl_c_outside_of_its_session; }
# bats test_tags=own,mutant:nohup
@test "what its caller ignores stays ignored" { check_ignored_signals; }
# bats test_tags=own
@test "Ctrl-C leaves alone what a script has in the background" { check_ctrl_c_in_a_script; }
# bats test_tags=narration
@test "Ctrl-C at each pause of --explain=pause ends it, with one line and nothing left" { check_ctrl_c_at_each_pause; }
# bats test_tags=own
@test "without pid, the first Ctrl-C ends it" { check_ctrl_c_without_pid; }
# bats test_tags=own
@test "Ctrl-C at python's prompt is python's" { check_python; }
# bats test_tags=narration
@test "--explain tells the calls of both sides on stderr" { check_explain; }
# bats test_tags=narration
@test "--explain=pause waits for Enter before each call" { check_pause; }
