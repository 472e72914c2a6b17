# shellcheck shell=bash disable=SC2013,SC2015,SC2016,SC2034,SC2154 # quoted for the container's shell; shared with helpers.bash
#
# every-job.bash - what every step promises to the shell that starts it: Ctrl-Z, fg and bg, Ctrl-C, ignored
# signals, closed descriptors. Load it after every-step: it uses its terminal (on_terminal, expect, type_keys).
#
# set -m gives a script on that terminal job control. The script prints its job's PID as "job-PID.". The checks that wait
# for more than a second run only on steps 1, 4 and 5: workbench.h is the same in all steps.

# ---- Ctrl-Z, fg, bg --------------------------------------------------------------

# After Ctrl-Z, the calling shell reads from the terminal; after fg, COMMAND does. COMMAND is first PID 1 alone, then a pipeline,
# whose last process says that it is ready: one that PID 1 still had to start would not have been there for Ctrl-Z.
check_stop() {
	local word code command
	for command in 'echo ready; read -r code; exit $code' 'cat | { echo ready; read -r code; exit $code; }'; do
		word=$(random_name) code=$(random_status)
		on_terminal 'set -m; "$@"; echo "stopped-$? job-$(jobs -p)."; read -r line; echo "<$line>"; fg >/dev/null; echo "ended-$?"' \
			sh -c "$command"
		expect ready
		type_keys $'\032'
		expect 'stopped-14[78] '
		expect_stopped
		type_line "$word"
		expect "<$word>"
		type_keys "$code"$'\r\004\004'	# in one write: after the first line, there may be no reader any more
		expect "ended-$code"
	done
}

# In the background, COMMAND stops as soon as it reads from the terminal, whether it was started there or moved there by bg.
# (It is head, because BusyBox's read waits in poll(2) first, which does not count as reading.)
check_background() {
	local word start
	for start in '"$@" & echo "job-$!."' '"$@"; bg >/dev/null; echo "job-$(jobs -p)."'; do
		word=$(random_name)
		on_terminal "set -m; $start"'; read -r line; echo "<$line>"; fg >/dev/null; echo "ended-$?"' \
			sh -c 'echo ready; exec head -n 1'
		if [[ $start != *'&'* ]]; then
			expect ready
			type_keys $'\032'
		fi
		expect_stopped
		type_line "$word"
		expect "<$word>"
		type_line "$word"
		expect ended-0
	done
}

# Without job control, a background job does not read from the terminal: the shell gives it /dev/null.
check_background_of_a_script() {
	on_terminal '"$@" & wait "$!"; echo "ended-$?"' cat
	expect ended-0
}

# A shell with job control, in a shell with job control.
check_shell_jobs() {
	local word
	word=$(random_name)
	on_terminal 'set -m; "$@"; echo "ended-$?"; read -r line; echo "<$line>"' sh
	stop_jobs
	type_line 'exec true' # the status may be an error: in the container, dash can't name its caller's process group
	expect 'ended-[0-9]'
	type_line "$word"
	expect "<$word>"
}

# COMMAND ends in the background, while another job is in the foreground, and must not take the terminal from it.
check_terminal_is_not_taken() {
	local word fifo=$BATS_TEST_TMPDIR/fifo
	word=$(random_name)
	mkfifo "$fifo"
	exec {hold}<>"$fifo"
	FIFO=$fifo on_terminal 'set -m; "$@" <"$FIFO"; bg >/dev/null; echo "job-$(jobs -p)."
		bash -c "echo front; read -r line; echo \"<\$line>\"; read -r line; echo \"<\$line>\""; echo "read-$?"' \
		sh -c 'echo ready; read -r line'
	expect ready
	type_keys $'\032'
	expect front
	find_job
	echo >&"$hold"
	exec {hold}>&-
	wait_for is_gone "$job"
	type_line "$word-1"
	expect "<$word-1>"
	type_line "$word-2" # a read(2) that has begun continues, even if the terminal is taken away
	expect "<$word-2>"
	expect read-0
}

# ---- Ctrl-C ----------------------------------------------------------------------

# A COMMAND with a handler for SIGINT survives the first Ctrl-C, and the second one, too.
check_ctrl_c_is_commands_own() {
	local code
	code=$(random_status)
	on_terminal 'trap : INT; "$@"; echo "ended-$?"' \
		sh -c 'trap "echo caught-\$((40 + 2))" INT; echo ready; until read -r code && [ "$code" ]; do :; done; exit "$code"'
	expect ready
	for _ in 1 2 3; do
		expect_reader
		type_keys $'\003'
		expect caught-42
	done
	outlive_a_second
	type_line "$code"
	expect "ended-$code"
}

# The first Ctrl-C is left to COMMAND. A PID 1 without a handler does not receive it, so the second one ends it. A shell has a
# handler until its exec, so there is none here.
check_second_ctrl_c() {
	on_terminal 'trap : INT; "$@"; echo "ended-$?"' cat
	type_line ready
	expect $'ready\r\nready'
	type_keys $'\003'
	outlive_a_second
	! shows 'ended-' || fail "wanted: a COMMAND that outlives the first Ctrl-C; the screen shows: $(<"$screen")"
	type_keys $'\003'
	expect 'ended-13[07]'
}

# The terminal sends SIGINT to its foreground process group. A COMMAND that has left the session is not in it, so it gets no
# SIGINT, neither from the terminal nor from the program. The second Ctrl-C ends it.
check_ctrl_c_outside_of_its_session() {
	on_terminal 'trap : INT; "$@"; echo "ended-$?"' \
		setsid sh -c 'trap "echo caught" INT; echo ready; while :; do read -r line; done'
	expect ready
	type_keys $'\003'
	outlive_a_second
	! shows 'ended-' || fail "wanted: a COMMAND that outlives the first Ctrl-C; the screen shows: $(<"$screen")"
	type_keys $'\003'
	expect 'ended-13[07]'
	! grep -q caught "$screen" || fail "wanted: Ctrl-C from the terminal alone; the screen shows: $(<"$screen")"
}

check_ctrl_c_without_pid() {
	on_terminal 'trap : INT; "$@"; echo "ended-$?"' --without=pid sh -c 'echo ready; exec sleep 1000'
	expect ready
	type_keys $'\003'
	expect ended-130
}

check_python() {
	needs python3
	local code
	code=$(random_status)
	on_terminal 'trap : INT; "$@"; echo "ended-$?"' python3 -q
	expect '>>> '
	expect_reader
	type_keys $'\003'
	expect KeyboardInterrupt
	expect_reader
	type_keys $'\003'
	expect KeyboardInterrupt
	outlive_a_second
	type_line 'print(40 + 2)'
	expect '42'
	type_line "exit($code)"
	expect "ended-$code"
}

# ---- Ignored signals -------------------------------------------------------------

# Signals that are ignored at the start stay ignored, as nohup(1) and background jobs of scripts require.
check_ignored_signals() {
	local name code words fifo=$BATS_TEST_TMPDIR/fifo hold programs=() codes=()
	mkfifo "$fifo"
	exec {hold}<>"$fifo"
	for name in HUP INT TERM QUIT; do
		code=$(random_status)
		# shellcheck disable=SC2046 # one argument or none
		container_words $(beside) sh -c "echo ready; read -r line; exit $code"
		out=$(mktemp "$BATS_TEST_TMPDIR/out.XXXX") err=$BATS_TEST_TMPDIR/err
		env --default-signal=HUP,INT,QUIT env --ignore-signal="$name" "$STEP_BIN" "${words[@]}" <"$fifo" >"$out" 2>"$err" 3>&- &
		program=$!
		wait_for has_spoken_or_ended
		kill -"$name" "$program"
		programs+=("$program") codes+=("$code")
	done
	outlive_a_second
	printf '\n\n\n\n' >&"$hold"
	for program in "${programs[@]}"; do
		await
		[[ $status == "${codes[0]}" ]] || fail "wanted: status ${codes[0]}: it was told to ignore the signal"
		codes=("${codes[@]:1}")
	done
	exec {hold}>&-
}

# Ctrl-C in a script ends the foreground job. The background jobs continue.
check_ctrl_c_in_a_script() {
	local code fifo=$BATS_TEST_TMPDIR/fifo hold
	code=$(random_status)
	mkfifo "$fifo"
	exec {hold}<>"$fifo"
	FIFO=$fifo on_terminal 'trap : INT; "$@" <"$FIFO" & wait; echo "interrupted-$?"; wait "$!"; echo "ended-$?"' \
		sh -c 'echo ready; read -r code; exit "$code"'
	expect ready
	wait_for is_at_rest "$(init_of "$terminal")" # the script waits by now: a trap before that would interrupt nothing
	type_keys $'\003'
	expect interrupted-130
	outlive_a_second
	echo "$code" >&"$hold"
	expect "ended-$code"
	exec {hold}>&-
}

# ---- Closed descriptors ----------------------------------------------------------

# COMMAND gets the descriptors that its caller has open, and no others. Its exit status tells which ones it has.
check_closed_descriptors() {
	local closed option words code
	for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		code=7
		[[ $closed != *'<&-'* ]] || code=$((code & ~1))
		[[ $closed =~ 2 ]] && code=$((code & ~4))
		[[ " $closed" != *' >&-'* ]] || code=$((code & ~2))
		for option in '' --explain; do
			# shellcheck disable=SC2086 # one argument or none
			container_words $option sh -c 'for fd in 0 1 2; do [ -e /proc/self/fd/$fd ] && have=$((have | 1 << fd)); done; exit $((have + 40))'
			status=0
			eval '"$STEP_BIN" "${words[@]}"' "</dev/null >$BATS_TEST_TMPDIR/out 2>$BATS_TEST_TMPDIR/err $closed" || status=$?
			output=$(<"$BATS_TEST_TMPDIR/out") stderr=$(<"$BATS_TEST_TMPDIR/err")
			[[ $status == $((code + 40)) && $output == '' ]] || fail "wanted: status $((code + 40)) with $option $closed"
			[[ $option == '' || $closed == *'2>&-'* || $stderr == outside*execvp* ]] || fail "wanted: the whole story with $closed"
			[[ $option != '' || $stderr == '' ]] || fail "wanted: no word with $closed"
		done
	done
}

# strace holds the program right after clone, before it tells the container to go on through a pipe. If that pipe were one of
# the descriptors 0 to 2, narration would write to it, and the container would go on too early.
check_start_waits_for_the_host() {
	needs strace
	local words closed container tracer
	container_words --explain sh -c 'echo ran'
	out=$BATS_TEST_TMPDIR/out
	for closed in '' '<&- 2>&-'; do
		eval 'strace -D -qq -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:delay_exit=1000000000' \
			'"$STEP_BIN" "${words[@]}" 3>&-' ">$out 2>/dev/null $closed &"
		program=$!
		wait_for has_container_or_output
		[[ -s $out ]] || wait_for is_at_rest "$container"
		[[ ! -s $out ]] || fail "wanted: a COMMAND that waits for the host's part, with $closed"
		kill -KILL "$tracer"
		status=0
		wait "$program" || status=$?
		output=$(<"$out")
		says ran
	done
}

# ---- --explain=pause -------------------------------------------------------------

# Press Ctrl-C at each pause in turn: the program prints one line about it, and leaves nothing behind (the ledger checks that).
# Runs on step 1, which has the fewest pauses, and on step 5, which has most to clean up. STRIDE: on a slow machine with many
# pauses, test only every STRIDE-th, beginning with a random one.
check_ctrl_c_at_each_pause() {
	local stride=${1:-1} enters count
	enters=$((RANDOM % stride))
	while :; do
		on_terminal 'trap : INT; "$@"; echo "ended-$?"' --explain=pause true
		press_enter "$enters"
		shows '(over)' || type_keys $'\003'
		expect '(over)'
		if grep -q ended-0 "$screen"; then	# there was no pause left, even if the end took its time
			grep -q execvp "$screen" || fail "wanted: an end by Ctrl-C, after $enters times Enter; the screen shows: $(<"$screen")"
			break
		fi
		# Before the program blocks signals, the kernel ends it, and it prints nothing.
		count=$(grep -c "$STEP: " "$screen" || :)
		((count == 1 || count == 0)) && grep -q "ended-1$((count ? 25 : 30))" "$screen" ||
			fail "wanted: one line that says why, after $enters times Enter; the screen shows: $(<"$screen")"
		enters=$((enters + stride))
	done
	((enters > 5)) || fail "wanted: some pauses; there were $enters"
}

# ---- Functions for the checks ----------------------------------------------------

# Press Enter N times, and wait until nothing more is printed: the program pauses, or has ended. If the wait is too short on a
# slow machine, the test presses Ctrl-C at an earlier pause, which is as good.
press_enter() {
	local before='' rests=0
	((!$1)) || type_keys "$(printf '%*s' "$1" '' | tr ' ' '\r')"
	wait_for is_paused_or_over
}

is_paused_or_over() {
	shows '(over)' && return
	[[ $unseen == "$before" && $unseen == *'# '* ]] || rests=0
	before=$unseen
	((++rests > 4))
}

# Wait until anything that ends a container one second after a signal has had time to do so.
outlive_a_second() { sleep 1.4; }

# Wait until COMMAND, the last process, waits for keys. If a signal came before, between its look at its signals and its wait, it would
# handle it only at the next key.
expect_reader() { wait_for is_at_rest "$(family "$terminal" | tail -n 1)"; }

# Set tracer to the program's strace, and container to the program's child that is in another mount namespace. (When strace
# starts, the program has test children for a moment. They are in its own, and a child that has ended is in none.)
has_container_or_output() {
	local child mounts
	container=
	tracer=$(sed -n 's/^TracerPid:\t//p' "/proc/$program/status")
	for child in $(<"/proc/$program/task/$program/children"); do
		mounts=$(readlink "/proc/$child/ns/mnt") || continue
		[[ $mounts == "$(readlink "/proc/$program/ns/mnt")" ]] || container=$child
	done 2>/dev/null
	((tracer > 0)) && [[ -n $container || -s $out ]]
}

# Set job to the PID that the script has printed.
find_job() {
	wait_for says_job
	job=$(sed -n 's/.*job-\([0-9]\+\)\..*/\1/p' "$screen")
}

says_job() { grep -q 'job-[0-9]\+\.' "$screen" || is_gone "$terminal"; }

# The job and all its descendants are stopped and stay stopped: none of them uses any CPU time.
expect_stopped() {
	local job before round
	find_job
	wait_for is_stopped "$job"
	before=$(cpu_time "$job")
	for round in {1..10}; do
		sleep 0.03
		is_stopped "$job" && [[ $(cpu_time "$job") == "$before" ]] ||
			fail "wanted: processes that stay stopped; they are: $(stats_of "$job")"
	done
}

# Print PID and the PIDs of all its descendants.
family() {
	local child
	echo "$1"
	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		family "$child"
	done
}

stats_of() {
	local pid
	for pid in $(family "$1"); do
		cat "/proc/$pid/stat" 2>/dev/null || :
	done
}

is_stopped() {
	local all
	mapfile -t all < <(stats_of "$1")
	((${#all[@]} > 1)) || return
	all=("${all[@]##*) }")
	[[ ${all[*]%% *} =~ ^T(\ T)*$ ]]
}

cpu_time() {
	stats_of "$1" | sed 's/.*) //' | awk '{ sum += $12 + $13 } END { print sum }'
}
