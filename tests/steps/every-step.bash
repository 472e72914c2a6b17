# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # quoted for the container's shell; shared with helpers.bash
#
# every-step.bash - what every step promises, as checks that a step's suite calls one by one:
#
#   load ../helpers
#   load every-step
#   # bats test_tags=brick:pid
#   @test "COMMAND is PID 1" { check_pid; }
#
# First the bricks, one check each; then what all steps promise, whatever their bricks are: exit statuses, signals, the
# terminal, errors. At the end are the functions that the checks use. ROOTFS is a copy of build/rootfs that a test may
# write to. Its /srv/marker has random content.

# On a kernel without limits, step 5 is tested without its cgroup, like step 6.
[[ $STEP != step5* ]] || has_v2 || STEP_OPTIONS=(--without cgroup)

[[ ! -d ${BATS_FILE_TMPDIR-}/rootfs ]] || ROOTFS=$BATS_FILE_TMPDIR/rootfs

setup_file() {
	[[ $STEP != step[12]* ]] || return 0
	[[ -x $ROOTFS/bin/busybox ]] || "$toolkit/lab/rootfs" busybox
	cp -a "$ROOTFS" "$BATS_FILE_TMPDIR/rootfs"
	ROOTFS=$BATS_FILE_TMPDIR/rootfs
	random_name marker >"$ROOTFS/srv/marker"
	[[ -x $ROOTFS/usr/local/bin/escape ]] || cc -static -o "$ROOTFS/usr/local/bin/escape" "$toolkit/lab/escape.c"
}

# ---- The bricks ------------------------------------------------------------------

check_pid() {
	inside sh -c 'echo $$'
	says 1
}

check_proc() {
	inside sh -c 'echo /proc/[0-9]*'
	says /proc/1
}

check_uts() {
	local name before
	name=$(random_name)
	before=$(</proc/sys/kernel/hostname)
	inside --hostname="$name" hostname
	says "$name"
	[[ $(</proc/sys/kernel/hostname) == "$before" ]] || fail "the host's name is $(</proc/sys/kernel/hostname) now"
}

check_root() {
	inside cat /srv/marker
	says "$(<"$ROOTFS/srv/marker")"
}

# On a read-only file system, opening a file for writing fails. Where it succeeds, nothing is written.
check_sys() {
	inside sh -c 'cd /sys/module/kernel/parameters && cat panic && : >>panic'
	[[ $status != 0 && $output == "$(</sys/module/kernel/parameters/panic)" && $stderr == *'Read-only file system'* ]] ||
		fail 'wanted: a /sys that can be read, and not be written'
}

check_dev() {
	inside sh -c 'echo gone >/dev/null && cat /dev/null && head -c 2 /dev/zero | od -An -tx1 &&
		head -c 9 /dev/random | wc -c && head -c 9 /dev/urandom | wc -c
		for name in null zero full random urandom tty; do [ -c /dev/$name ] || echo no $name; done
		echo lost >/dev/full'
	[[ $status != 0 && $(tr -s ' \n' ' ' <<<"$output") == ' 00 00 9 9 ' && $stderr == *'No space left'* ]] ||
		fail 'wanted: devices that do what they are there for'
}

check_tmp() {
	local name
	name=$(random_name)
	: >"$ROOTFS/tmp/$name"
	inside sh -c 'ls -A /tmp && echo "$0" >/tmp/mine && cat /tmp/mine && stat -c %a /tmp' "$name"
	says "$name"$'\n1777'
	rm "$ROOTFS/tmp/$name"
	[[ -z $(ls -A "$ROOTFS/tmp") ]] || fail "it wrote to ROOTFS: $(ls -A "$ROOTFS/tmp")"
}

# The container has only ROOTFS mounted and what belongs in it, and nothing of the host's tree.
check_detach() {
	local marker=$BATS_TEST_TMPDIR/marker above
	random_name host >"$marker"
	inside sh -c 'while read -r _ _ _ _ point _; do echo "$point"; done </proc/self/mountinfo
		for above in / /.. /../.. /tmp /tmp/* /proc/1/root /proc/1/cwd/.. /proc/self/root/..; do
			[ ! -e "$above/$0" ] || echo "the host is at $above"
		done
		[ . -ef / ] || echo "the host is where it stands"' "$marker"
	for above in "${lines[@]}"; do
		[[ $above =~ ^/((proc|sys|sys/fs/cgroup|dev|dev/.*|tmp)?)$ ]] || fail "wanted: nothing of the host's, such as $above"
	done
	[[ $status == 0 && $output == /$'\n'* ]] || fail 'wanted: a root mount of its own'
}

# ---- Exit statuses ---------------------------------------------------------------

check_status() {
	local code
	code=$(random_status)
	inside sh -c "exit $code"
	[[ $status == "$code" ]] || fail "wanted: status $code"
	inside true
	says ''
}

# Without the brick pid: a PID 1 would not receive a signal from inside for which it has no handler.
check_status_of_signal() {
	local names=(HUP TERM USR1 PIPE KILL) name
	name=${names[RANDOM % 5]}
	inside --without=pid sh -c "kill -$name \$\$"
	[[ $status == $((128 + $(kill -l "$name"))) ]] || fail "wanted: 128 and the number of SIG$name"
}

check_status_of_no_command() {
	inside_loudly 127 "/$(random_name no)"
	inside_loudly 127 "$(random_name no)"
}

check_status_of_not_executable() {
	inside_loudly 126 /etc/passwd
	inside_loudly 126 /etc
}

# If the program itself fails, it exits with status 125, prints one line, and runs no COMMAND.
check_usage_errors() {
	local option word all
	option=--$(random_name no)
	step "$option" true
	complains "$option"
	step --without
	complains --without
	step
	complains usage
	[[ $STEP == step[12]* ]] || { step "$ROOTFS" && complains usage; }
	word=$(random_name no)
	step --without "$word" true
	read -ra all < <(bricks)
	complains "$word" "${all[@]}"
}

# Options end at the first argument that is not an option, or at --.
check_words_are_passed_on() {
	inside sh -c 'echo "$0,$*,$#"' --explain --without pid '' -- 'a  b'
	says '--explain,--without pid  -- a  b,5'
	local words
	container_words -- sh -c 'echo "$0"' --help
	step "${words[@]}"
	says --help
}

check_help() {
	local brick columns
	step --help
	[[ $status == 0 && $stderr == '' && $output == *--explain*--without* ]] || fail 'wanted: the options, on stdout'
	for brick in $(bricks); do
		grep -Eq "^ +$brick +[^ ]" <<<"$output" || fail "wanted: a line about the brick $brick"
	done
	columns=$(sed -nE 's/^( +(--)?[^ ]+( [^ ]+)? +)[^ ].*/\1/p' <<<"$output" | awk '{ print length }' | sort -u)
	[[ $columns =~ ^[0-9]+$ ]] || fail "wanted: one column for what is said of them; they are:"$'\n'"$columns"
}

# The user nobody runs the program through a descriptor, because its path may lead through directories that are closed to others.
check_not_root() {
	local words=(true) remedy=sudo
	[[ $STEP == step[12]* ]] || words=(/ true)
	capture as_nobody /proc/self/fd/9 "${words[@]}" 9<"$STEP_BIN"
	[[ $STEP == step[56]* ]] || remedy='unshare --user --map-root-user'
	complains root sudo "$remedy"
}

# For steps 1 to 4, it is enough to be root of a user namespace.
check_user_namespace() {
	as_nobody unshare --user --map-root-user true || skip 'needs user namespaces without root'
	local words
	[[ $STEP == step[12]* ]] || mount --bind "$ROOTFS" /mnt
	ROOTFS=/mnt container_words sh -c 'echo $$ $(id -u)'
	capture as_nobody unshare --user --map-root-user /proc/self/fd/9 "${words[@]}" 9<"$STEP_BIN"
	[[ $STEP == step[12]* ]] || umount /mnt
	says '1 0'
}

# ---- What COMMAND gets -----------------------------------------------------------

check_streams() {
	local word
	word=$(random_name)
	capture <<<"$word" inside_bare sh -c 'cat; echo "$0" >&2; echo "$PS1$GIFT"' "$word"
	[[ $status == 0 && $output == "$word"$'\n'"${STEP%%-*}# $word" && $stderr == "$word" ]] ||
		fail "wanted: $word from stdin and on stderr, and the prompt ${STEP%%-*}#"
}

# COMMAND has no signals blocked or ignored, and no descriptors open, that its caller did not have. (A shell may unblock
# signals.)
check_nothing_leaks() {
	inside grep -E '^Sig(Blk|Ign)' /proc/self/status
	says "$(grep -E '^Sig(Blk|Ign)' /proc/self/status)"
	local of_a_command='grep -E "^Sig(Blk|Ign)" /proc/self/status; cd /proc/self/fd; echo *'
	inside sh -c "$of_a_command"
	# STEP_SH: a shell that runs under the same restrictions as the program (lab/grade.d/cage.c)
	says "$("${STEP_SH:-sh}" -c "$of_a_command" 2>/dev/null)"
}

# ---- Signals ---------------------------------------------------------------------

check_signals_are_passed_on() {
	local name code
	for name in TERM INT HUP; do
		code=$(random_status)
		launch sh -c "trap 'exit $code' $name; echo ready; sleep 1000 & wait"
		kill -$name "$program"
		await
		[[ $status == "$code" ]] || fail "wanted: status $code, of COMMAND's trap for SIG$name"
	done
}

# A PID 1 ignores signals for which it has no handler, so the program kills it after one second. The programs wait side by side.
# None is a shell's: a shell of -c has a handler for SIGINT until its exec.
check_signals_end_the_deaf() {
	local name programs=() since
	for name in TERM INT HUP; do
		# shellcheck disable=SC2046 # one argument or none
		launch $(beside) tail -f /etc/passwd
		programs+=("$program") since=$EPOCHREALTIME
		kill -$name "$program"
	done
	for program in "${programs[@]}"; do
		await
		[[ $status == 137 ]] || fail 'wanted: status 137, of SIGKILL'
	done
	((${EPOCHREALTIME/./} - ${since/./} >= 900000)) || fail 'wanted: a second for COMMAND to end by itself'
}

check_kill_ends_it() {
	local child
	launch sh -c 'sleep 1000 & echo ready; wait'
	child=$(init_of "$program")
	kill -KILL "$program"
	await
	[[ $status == 137 ]] || fail 'wanted: the end of the program'
	wait_for is_gone "$child"
	inside true # sweeps what the kernel leaves
}

# The race: the program dies before the container has set its parent-death signal. strace delays the container at that
# point. When strace is killed, too, the container continues, and must notice that the program is dead.
check_kill_has_no_race() {
	needs strace
	local words container tracer
	container_words echo ran
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	strace -D -f -qq -o /dev/null -e trace=prctl -e inject=prctl:delay_enter=1000000000 \
		"$STEP_BIN" "${words[@]}" >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for has_held_child
	[[ -n $container ]] || { finish && fail 'wanted: a container that asks to die with the program, by prctl'; }
	wait_for is_at_rest "$program" "$container"
	kill -KILL "$program"
	finish
	kill -KILL "$tracer"
	wait_for is_gone "$container"
	output=$(<"$out")
	[[ $status == 137 && $output == '' ]] || fail 'wanted: no COMMAND, since the program was dead by then'
	inside true # sweeps what the kernel leaves
}

# If a process ignores SIGCHLD, the kernel reaps its children, and waiting for them fails.
check_ignored_sigchld() {
	local code words
	code=$(random_status)
	container_words sh -c "exit $code"
	status=0
	env --ignore-signal=CHLD "$STEP_BIN" "${words[@]}" || status=$?
	[[ $status == "$code" ]] || fail "wanted: status $code"
}

# ---- The terminal ----------------------------------------------------------------

# In a shell in a container on a terminal, Ctrl-C and Ctrl-Z affect its jobs. Afterwards, the caller can read from the terminal.
check_terminal() {
	local word
	word=$(random_name)
	on_terminal 'echo begin; "$@"; read -r answer; echo "<$answer>"' sh
	expect begin
	stop_jobs
	type_line 'exec true'
	type_line "$word"
	expect "<$word>"
}

# timeout runs the program in the background, where it must not change the foreground process group.
check_terminal_is_not_stolen() {
	local word
	word=$(random_name)
	on_terminal 'timeout 1000 "$@"; echo ended-$?; read -r answer; echo "<$answer>"' true
	expect ended-0
	type_line "$word"
	expect "<$word>"
}

# ---- Narration -------------------------------------------------------------------

# stdout belongs to COMMAND. Narration goes to stderr, the inside's part after the outside's.
check_explain() {
	local word
	word=$(random_name)
	inside --explain echo "$word"
	says "$word"
	[[ $stderr == outside*clone*$'\n'inside*mount*"execvp(\"echo\""* ]] || fail 'wanted: the calls of both sides'
	! grep -Eq '^ *= |= -?[0-9]+( \([^)]*\))? = ' <<<"$stderr" || fail 'wanted: each result once'
}

# Before each call, the program waits for Enter. Without a terminal, this is an error.
check_pause() {
	local enters=0 before words
	container_words --explain=pause true
	capture setsid --wait "$STEP_BIN" "${words[@]}"
	[[ $status == 125 && $output == '' && $stderr == *terminal* ]] || fail 'wanted: status 125, and a line about the terminal'
	on_terminal '"$@"' --explain=pause sh -c 'echo ran-$((40 + 2))'
	expect outside
	until shows '(over)'; do
		before=$unseen
		type_line '' || break # it has ended since
		enters=$((enters + 1))
		wait_for shows_or_is_over "$before?"
	done
	((enters > 5)) || fail "wanted: an Enter for each call; it took $enters"
	expect ran-42
}

# ---- Functions for the checks ----------------------------------------------------

# Print the bricks of this step, as the design lists them.
bricks() {
	local own=([1]='pid proc' [2]=uts [3]='sys dev tmp chroot' [4]='bind pivot detach' [5]='cgroup evacuate cgroupns' [6]='net veth')
	local list="${own[*]:1:${STEP:4:1}}"
	((${STEP:4:1} < 4)) || list=${list/ chroot/}
	echo "$list"
}

says() {
	[[ $status == 0 && $output == "$1" ]] || fail "wanted: $1"
}

# complains WORD...: the program itself failed, and printed one line that contains all WORDs.
complains() {
	local word
	[[ $status == 125 && $output == '' && $stderr != *$'\n'* ]] || fail 'wanted: status 125, and one line on stderr'
	for word; do
		[[ $stderr == *"$word"* ]] || fail "wanted: a line that says $word"
	done
}

# inside_loudly STATUS COMMAND...: COMMAND can't be run; the program exits with STATUS, and prints a line that names COMMAND.
inside_loudly() {
	local words wanted=$1
	shift
	container_words "$@"
	step "${words[@]}"
	[[ $status == "$wanted" && $output == '' && $stderr == *"$1"* && $stderr != *$'\n'* ]] || fail "wanted: one line that says $1"
}

inside_bare() {
	local words
	container_words "$@"
	GIFT=${!#} "$STEP_BIN" "${words[@]}"
}

as_nobody() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# Print the option for a container that runs beside another one: with the same subnet, it would wait until the other has ended.
beside() {
	[[ $STEP != step6* ]] || echo "--subnet=$(random_subnet)"
}

# Like start, but the program does not ignore SIGINT, and this returns when COMMAND has printed something.
launch() {
	local words
	container_words "$@"
	out=$(mktemp "$BATS_TEST_TMPDIR/out.XXXX") err=$BATS_TEST_TMPDIR/err
	env --default-signal=HUP,INT,QUIT "$STEP_BIN" "${words[@]}" >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for has_spoken_or_ended
	[[ -s $out ]] || { await && fail 'wanted: a COMMAND that runs'; }
}

# Like finish, for a program that may never end.
await() {
	wait_for is_gone "$program"
	finish
}

has_spoken_or_ended() { [[ -s $out ]] || is_gone "$program"; }

# A zombie counts as gone.
is_gone() {
	local stat
	! read -r stat 2>/dev/null <"/proc/$1/stat" || [[ ${stat##*) } == [ZX]* ]]
}

# Set container to the child that strace holds. (When strace starts, it has a test child for a moment.)
has_held_child() {
	local child
	container=
	for child in $(<"/proc/$program/task/$program/children"); do
		# skip helper programs, such as nft
		[[ $(readlink "/proc/$child/ns/mnt") != "$(readlink "/proc/$program/ns/mnt")" ]] || continue
		tracer=$(sed -n 's/^TracerPid:\t//p' "/proc/$child/status")
		[[ ${tracer:-0} == 0 || $tracer == "$program" ]] || { container=$child && break; }
	done 2>/dev/null
	[[ -n $container ]] || is_gone "$program"
}

# Are these processes asleep, or held by a tracer, and still in the same system calls as the last times?
is_at_rest() {
	local pid stat now=
	for pid; do
		is_gone "$pid" && return
		read -r stat <"/proc/$pid/stat"
		[[ ${stat##*) } == [St]* ]] || return
		now+=$(</proc/"$pid"/syscall)
	done
	[[ $now == "${at_rest-}" ]] && ((++rests > 3)) && return
	[[ $now == "${at_rest-}" ]] || rests=0
	at_rest=$now
	return 1
}

# In the shell on the terminal, Ctrl-C ends the first job, and Ctrl-Z stops the second.
stop_jobs() {
	type_line 'sh -c "echo run-\$((40 + 2)); exec sleep 1000"'
	expect run-42
	type_keys $'\003'
	type_line 'echo ended-$?'
	expect ended-130
	type_line 'sh -c "echo run-\$((40 + 3)); exec sleep 1000"'
	expect run-43
	type_keys $'\032'
	type_line 'echo stopped-$?'
	expect stopped-148
}

# on_terminal SCRIPT ARGUMENT...: run the bash script SCRIPT on a terminal of its own. In it, "$@" is the program with the
# arguments that inside would pass. The output goes to the file $screen, and ends with (over).
on_terminal() {
	local script="$1; echo '(over)'" words
	shift
	container_words "$@"
	set -- "$STEP_BIN" "${words[@]}"
	screen=$(mktemp "$BATS_TEST_TMPDIR/screen.XXXX") seen=0 # the last terminal may have something to say still
	exec {keys}> >(SHELL=$BASH exec env --default-signal=HUP,INT,QUIT script --quiet --flush \
		--command "${BASH@Q} -c ${script@Q} terminal ${*@Q}" /dev/null >"$screen" 2>&1 3>&-)
	terminal=$!
}

# If the terminal is gone, writing fails; the next expect reports it.
type_keys() { printf '%s' "$1" >&"$keys" || :; }
type_line() { type_keys "$1"$'\r'; }

# expect PATTERN: wait until the screen shows PATTERN, after what was expected before.
expect() {
	wait_for shows_or_is_over "$1"
	shows "$1" || fail "wanted on the screen: $1; it shows: $(<"$screen")"
	seen=$((seen + ${#unseen} - ${#rest}))
}

# From the longest end that begins with it: bash finds that in one go, where "#*$1" takes minutes over 100,000 characters.
# shellcheck disable=SC2295 # it is a pattern
shows() {
	local before
	unseen=
	IFS= read -r -d '' unseen <"$screen" || unseen=${unseen:seen}
	before=${unseen%%$1*}
	rest=${unseen:${#before}}
	rest=${rest#$1}
	[[ $before != "$unseen" ]]
}

shows_or_is_over() { shows "$1" || [[ $unseen == *'(over)'* ]] || is_gone "$terminal"; }
