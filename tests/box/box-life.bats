#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: the life of a container, from run to rm, in the foreground and in the background; its PID 1, its terminal, and
# what can be asked of it from outside: ps, exec, stop, kill, rm, logs, stats, inspect.

load ../helpers
load ../steps/every-step
load box

# inside, launch and on_terminal run box then, in the way of a step.
# shellcheck disable=SC2034
STEP_BIN=$BOX STEP_OPTIONS=(run --network none)
export BOX_ROOT=/run/box-life # in memory, and the chamber's own

teardown() { end_life; }

# ---- In the foreground -----------------------------------------------------------

@test "a run in the foreground leaves nothing, whatever its end" {
	local code
	code=$(random_status)
	inside sh -c "exit $code"
	[[ $status == "$code" && -z $(ls "$BOX_ROOT") ]] || fail "wanted: status $code, and nothing left"
	inside "/$(random_name no)"
	[[ $status == 127 && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: status 127, and nothing left'
	inside /etc/passwd
	[[ $status == 126 && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: status 126, and nothing left'
	launch sh -c 'echo ready; exec sleep 1000'
	kill -KILL "$(init_of "$program")"
	await
	[[ $status == 137 && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: status 137, and nothing left'
}

@test "stdin is the caller's with -i, and ends; without -i there is none" {
	local word
	word=$(random_name)
	capture <<<"$word" "$BOX" run --network none -i "$ROOTFS" cat
	says "$word"
	capture <<<"$word" "$BOX" run --network none "$ROOTFS" cat
	says ''
	capture <<<"$word" "$BOX" run --network none -it "$ROOTFS" cat
	complains -t terminal
}

# Of those that can be caught, all but SIGCHLD and SIGPIPE, which are about box itself.
@test "every signal is passed on, with --init and without" {
	local name init names=(HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 ALRM TERM STKFLT CONT TSTP TTIN TTOU URG
		XCPU XFSZ VTALRM PROF WINCH IO PWR SYS)
	for init in --init --init=false; do
		launch "$init" sh -c 'for name; do trap "echo $name" $name; done; trap "exit 7" 36
			echo ready; while :; do sleep 1000 & wait $!; done' sh "${names[@]}"
		for name in "${names[@]}"; do
			kill -"$name" "$program"
			wait_for grep -qx "$name" "$out"
		done
		kill -36 "$program"
		await
		[[ $status == 7 ]] || fail 'wanted: a real-time signal, too'
	done
}

@test "what its box leaves when it is killed is cleared away by the next command" {
	local child
	launch --name=lost sh -c 'echo ready; exec sleep 1000'
	child=$(init_of "$program")
	kill -KILL "$program"
	await
	wait_for is_gone "$child"
	[[ -d $BOX_ROOT/lost ]] || fail 'wanted: something to clear away'
	box ps
	[[ $status == 0 && $output != *lost* && ! -e $BOX_ROOT/lost ]] || fail 'wanted: nothing'
	detach --name=lost sleep 1000
	kill -KILL "$(box_of lost)"
	wait_for no_more lost
	box kill lost
	complains lost
}

# Programs of the host may hold the network's lock, such as an nft that outlives its box.
@test "a signal ends a box that waits on its way up, and nothing is left" {
	local register holder name
	register=/run/box-net-$(stat -Lc %i /proc/self/ns/net)
	mkdir "$register"
	flock --no-fork "$register" sleep 1000 3>&- &
	holder=$!
	wait_for is_locked "$register"
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	for name in TERM INT HUP QUIT; do
		env --default-signal=HUP,INT,QUIT "$BOX" run "$ROOTFS" true >"$out" 2>"$err" 3>&- &
		program=$!
		wait_for waits_for_lock_of "$register"
		kill -"$name" "$program"
		await
		complains 'ended by a signal'
		[[ -z $(ls "$BOX_ROOT") ]] || fail "wanted: nothing left after SIG$name"
	done
	env --default-signal=HUP,INT,QUIT "$BOX" run -d "$ROOTFS" true >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for waits_for_lock_of "$register"
	kill "$program" # the foreground
	await
	[[ $status == 143 ]] || fail 'wanted: status 143'
	wait_for eval '[[ -z $(ls "$BOX_ROOT") ]]'
	[[ -z $(ls "$register") ]] || fail "wanted: an empty register; it has $(ls "$register")"
	kill "$holder"
	wait "$holder" || :
	rmdir "$register"
}

is_locked() { ! flock --nonblock "$1" true; }
waits_for_lock_of() { grep -q -- "-> FLOCK .*:$(stat -c %i "$1") " /proc/locks; }

# The process that looks after a detached container.
box_of() {
	local stat
	read -r stat <"/proc/$(of "$1" pid)/stat"
	stat=${stat##*) }
	read -r _ stat _ <<<"$stat"
	echo "$stat"
}

no_more() { "$BOX" ps >/dev/null && [[ ! -e $BOX_ROOT/$1 ]]; }

# ---- In the background -----------------------------------------------------------

@test "-d says the ID at once; output and status stay until rm" {
	local code
	code=$(random_status)
	detach sh -c "echo out; echo err >&2; echo kept >/kept; read -r _ </srv/fifo; exit $code"
	remove "$id"
	mkfifo "$ROOTFS/srv/fifo"
	detach --volume="$ROOTFS/srv:/srv" sh -c "echo out; echo err >&2; echo kept >/kept; read -r _ </srv/fifo; exit $code"
	[[ $(of "$id" status) == running && $(comm_of "$id") == sh ]] || fail 'wanted: a container that runs'
	echo go >"$ROOTFS/srv/fifo"
	rm "$ROOTFS/srv/fifo"
	wait_for ended "$id"
	ended_with "$id" "$code"
	box logs "$id"
	says $'out\nerr'
	remove "$id"
	box logs "$id"
	complains "$id" 'box ps'
}

@test "-d keeps what was written, on a file system that can carry an overlay" {
	local BOX_ROOT
	BOX_ROOT=$(mktemp -d /dev/shm/box-life.XXXX)
	detach sh -c 'echo kept >/srv/kept'
	wait_for ended "$id"
	[[ $(<"$BOX_ROOT/$id/upper/srv/kept") == kept ]] || fail 'wanted: its upper directory'
	remove "$id"
	rm -r "$BOX_ROOT"
}

# What is ready for the next container is in ROOT/.spare, and what the last one left.
on_the_disk() {
	box_run grep -o 'upperdir=[^,]*' /proc/self/mountinfo
	[[ $status == 0 && $output == upperdir="$BOX_ROOT"/[!.]*/upper ]] || fail "wanted: an overlay in $BOX_ROOT/ID"
}

@test "a directory is ready for the next container, unless the last box failed, or it is another user's" {
	local BOX_ROOT
	BOX_ROOT=$(mktemp -d /dev/shm/box-life.XXXX)
	(umask 077 && "$BOX" run --network none "$ROOTFS" true)
	[[ $(stat -c %a "$BOX_ROOT/.spare") == 700 ]] || fail "wanted: .spare with mode 700, it has $(stat -c %a "$BOX_ROOT/.spare")"
	on_the_disk
	box_run /nothing
	[[ $status == 127 ]] || fail 'wanted: a box that fails'
	on_the_disk
	box_run --explain -u nobody-there true # it fails before there is a directory for the next one
	[[ $(grep -A 1 'leave the directories' <<<"$stderr") == *' = -1 (No such file or directory)' ]] || fail 'wanted: the reason'
	on_the_disk
	"$BOX" run --network none "$ROOTFS" sleep 1000 &
	wait_for eval '[[ -d $(echo "$BOX_ROOT"/*/spare/work) ]]'
	kill -KILL $!
	wait $! || :
	on_the_disk
	chown -R 4711 "$BOX_ROOT/.spare"
	box_run stat -c %u /
	says 0
	on_the_disk
	rm -rf "$BOX_ROOT"
}

@test "the next container finds nothing of the last one's, nor anybody else" {
	local BOX_ROOT secret round
	BOX_ROOT=$(mktemp -d /dev/shm/box-life.XXXX)
	for round in 'chmod 700 /' 'chmod 700 /' 'chown 1 /'; do
		secret=$(random_name secret)
		detach --rm sh -c 'echo "$0"; mkdir "/opt/$0"; echo "$0" >"/opt/$0/$0"; '"$round" "$secret"
		wait_for no_more "$id"
		[[ -z $(find "$BOX_ROOT" -name "$secret"; grep -r "$secret" "$BOX_ROOT") ]] || fail 'wanted: nothing of what it wrote or said'
		box_run sh -c 'ls /opt; stat -c "%a %u" /'
		says '755 0'
	done
	rm -r "$BOX_ROOT"
}

@test "a process with files of an ended container still open can't write to a later container" {
	local BOX_ROOT marker looker
	BOX_ROOT=$(mktemp -d /dev/shm/box-life.XXXX)
	marker=$(random_name marker)
	mkfifo "$BATS_TEST_TMPDIR/go"
	box_run true # the second has spare directories
	says ''
	detach --rm sleep 1000
	nsenter --mount --target "$(of "$id" pid)" sh -c 'echo; read -r _; echo >"/opt/$0"; exec sleep 1000' "$marker" \
		<>"$BATS_TEST_TMPDIR/go" >"$BATS_TEST_TMPDIR/there" &
	looker=$!
	wait_for test -s "$BATS_TEST_TMPDIR/there"
	remove "$id"
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for eval '[[ $(<"/proc/$looker/comm") == sleep ]]'
	box_run ls /opt
	says ''
	box_run ls /opt
	says ''
	kill "$looker"
	wait "$looker" || :
	rm -r "$BOX_ROOT"
}

@test "-d --rm keeps nothing" {
	detach --rm sh -c 'echo said'
	wait_for no_more "$id"
	box ps
	[[ $status == 0 && $output != *"$id"* ]] || fail 'wanted: nothing'
}

@test "what is in no directory of PATH is not found, whether or not all of them can be searched" {
	local name
	name=$(random_name no)
	box run --network none --user 1000 --env PATH=/root/bin:/none:/etc:/bin "$ROOTFS" "$name"
	[[ $status == 127 && $stderr == *"$name"*'No such file'* ]] || fail 'wanted: status 127'
	box run --network none --user 1000 --env PATH=/root/bin:/none:/etc:/bin "$ROOTFS" passwd
	[[ $status == 126 && $stderr == *passwd*'Permission denied'* ]] || fail 'wanted: status 126'
}

@test "an option behind ROOTFS or ID is a command that is not there: the message says where options go" {
	box run --network none "$ROOTFS" --name true
	[[ $status == 127 && $stderr == *--name*'options come before ROOTFS'* ]] || fail 'wanted: where options go'
	box run -d --network none --name options "$ROOTFS" sleep 1000
	box exec options -t true
	[[ $status == 127 && $stderr == *-t*'options come before'*ID* ]] || fail 'wanted: where options go'
	box rm --force options
}

@test "-d of what can't start says why, and leaves nothing" {
	local name
	name=$(random_name no)
	box run -d --network none "$ROOTFS" "$name"
	[[ $status == 127 && $output == '' && $stderr == *"$name"* && $stderr != *$'\n'* ]] || fail "wanted: a line about $name"
	box run -d --network none --user "$name" "$ROOTFS" true
	complains "$name"
}

@test "-d lives on when its terminal and its caller are gone" {
	local name
	name=$(random_name)
	on_terminal 'timeout 1000 "$@"' --detach --name="$name" sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 1000 & wait $!; done'
	expect "$name"
	wait_for is_gone "$terminal"
	id=$name
	wait_for log_says ready
	[[ $(of "$name" status) == running ]] || fail 'wanted: a container that runs'
	remove "$name"
}

@test "who captures the output of -d does not wait for the container" {
	local said
	said=$("$BOX" run -d --network none "$ROOTFS" sleep 1000 2>&1)
	[[ $(of "$said" status) == running ]] || fail "wanted: a container that runs; box said $said"
	remove "$said"
}

@test "twenty at once have twenty IDs, and all run" {
	local n ids=() of_id programs=()
	for n in {1..20}; do
		"$BOX" run -d --network none "$ROOTFS" sleep 1000 >"$BATS_TEST_TMPDIR/id.$n" 3>&- &
		programs+=($!)
	done
	for n in "${programs[@]}"; do
		wait "$n" || fail 'wanted: status 0'
	done
	mapfile -t ids < <(cat "$BATS_TEST_TMPDIR"/id.* | sort -u)
	[[ ${#ids[@]} == 20 ]] || fail "wanted: 20 IDs; there are ${ids[*]}"
	for of_id in "${ids[@]}"; do
		[[ $of_id == [a-f]* && $(comm_of "$of_id") == sleep ]] || fail "wanted: $of_id runs, and is no number as a hostname"
	done
	remove "${ids[@]}"
}

@test "of ten that want one name, one gets it; rm frees it" {
	local n programs=() won=0
	for n in {1..10}; do
		"$BOX" run -d --name one --network none "$ROOTFS" sleep 1000 >/dev/null 2>"$BATS_TEST_TMPDIR/err.$n" 3>&- &
		programs+=($!)
	done
	for n in "${!programs[@]}"; do
		if wait "${programs[n]}"; then
			won=$((won + 1))
		else
			grep -q 'one is taken.*box rm one' "$BATS_TEST_TMPDIR/err.$((n + 1))" || fail "wanted: a line about the name; it says $(<"$BATS_TEST_TMPDIR/err.$((n + 1))")"
		fi
	done
	[[ $won == 1 ]] || fail "wanted: one; there are $won"
	remove one
	detach --name=one true
	wait_for ended one
	remove one
}

# What its box keeps, and its init.
@test "a container costs at most 300 KiB of memory besides its own" {
	needs native
	[[ -z ${BOX_BIN-} ]] || skip 'needs box as it is built'
	local n program_id kib all=()
	for n in 1 2 3 4; do
		detach --name="m$n" --init sleep 1000
		all+=("m$n")
	done
	for n in "${all[@]}"; do
		kib=0
		for program_id in "$(box_of "$n")" "$(of "$n" pid)"; do
			kib=$((kib + $(awk '/^Private_Dirty/ { print $2 }' "/proc/$program_id/smaps_rollup")))
		done
		((kib > 0 && kib <= 300)) || fail "wanted: at most 300 KiB; $n has $kib"
	done
	remove "${all[@]}"
}

# ---- kill, stop, rm --------------------------------------------------------------

@test "kill sends what it is told, SIGKILL if nothing; the status tells of it" {
	detach --name=victim sh -c 'trap "exit 9" USR1; echo ready; while :; do sleep 1000 & wait $!; done'
	wait_for log_says ready
	box kill victim USR1
	says ''
	wait_for ended victim
	ended_with victim 9
	box kill victim
	complains victim 'box ps'
	remove victim
	detach --name=victim sleep 1000
	box kill victim SIGNONE
	complains SIGNONE
	box kill victim
	says ''
	ended_with victim 137 # at once: kill has waited
	remove victim
}

@test "stop asks by SIGTERM, and waits for the end" {
	detach --name=polite sh -c 'trap "exit 6" TERM; echo ready; while :; do sleep 1000 & wait $!; done'
	wait_for log_says ready
	box stop --time 1000 polite
	says ''
	ended_with polite 6
	box stop polite # it has ended: nothing to do
	says ''
	remove polite
}

@test "stop kills who is deaf, when the time is over; several have the same time" {
	local since=$EPOCHREALTIME
	detach --name=deaf1 sleep 1000
	detach --name=deaf2 sh -c 'trap "" TERM; while :; do sleep 1000; done'
	box stop -t 1 deaf1 deaf2
	says ''
	((${EPOCHREALTIME/./} - ${since/./} >= 900000)) || fail 'wanted: a second'
	ended_with deaf1 137
	ended_with deaf2 137
	remove deaf1 deaf2
}

@test "options may stand behind what they are for" {
	detach --name=last sleep 1000
	box stop last --time 0
	says ''
	box rm last --force
	says ''
}

@test "an ID that can't be printed is an error" {
	capture sh -c '"$0" run --detach --rm --network none "$1" true >/dev/full' "$BOX" "$ROOTFS"
	complains 'No space left'
	wait_for eval '[[ -z $(ls "$BOX_ROOT") ]]'
}

@test "rm takes nothing along that somebody has mounted there, and says that it could not remove all" {
	detach --name=guest true
	wait_for ended guest
	mkdir -p "$BATS_TEST_TMPDIR/precious" "$BOX_ROOT/guest/upper/mnt"
	echo kept >"$BATS_TEST_TMPDIR/precious/file"
	mount --bind "$BATS_TEST_TMPDIR/precious" "$BOX_ROOT/guest/upper/mnt"
	box rm guest
	complains 'cannot remove' "$BOX_ROOT/guest"
	[[ -s $BATS_TEST_TMPDIR/precious/file ]] || fail 'wanted: what is not its own'
	umount "$BOX_ROOT/guest/upper/mnt"
	box rm --force guest || :
	rm -rf "$BOX_ROOT/guest"
}

@test "who leads the session is told when the terminal goes, and passes it on" {
	run python3 -c '
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
while b"ready" not in said:
    said += os.read(terminal, 100)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' \
		"$BOX" run --network none "$ROOTFS" sh -c 'trap "exit 9" HUP; echo ready; while :; do sleep 1000 & wait; done'
	[[ $status == 9 ]] || fail 'wanted: the 9 of the trap'
}

@test "rm of one that runs says what to do; --force does it" {
	detach --name=busy sleep 1000
	box rm busy
	complains busy 'box stop' --force
	[[ $(of busy status) == running ]] || fail 'wanted: it runs on'
	detach --name=over true
	wait_for ended over
	box rm over nosuch
	complains nosuch
	[[ -d $BOX_ROOT/over ]] || fail 'wanted: all, or none'
	box rm --force over busy
	says ''
	[[ -z $(ls "$BOX_ROOT") ]] || fail 'wanted: nothing left'
}

# A name is whole, or nobody's; a generated ID may be shortened.
@test "names match whole; the beginning of a generated ID is enough, if no other has it" {
	local ids=() word command
	detach --name=web1 sleep 1000
	detach --name=abcdefabcdef sleep 1000 # has the form of an ID, and is a name
	for word in web we w abcdef; do
		for command in 'rm --force' rm kill stop logs inspect stats; do
			# shellcheck disable=SC2086 # words
			box $command "$word"
			complains "no container $word"
		done
		box exec "$word" true
		complains "no container $word"
	done
	[[ $(of web1 status) == running && $(of abcdefabcdef status) == running ]] || fail 'wanted: both run on'
	box kill abcdefabcdef
	says ''
	remove web1 abcdefabcdef
	for _ in {1..7}; do # a to f begin an ID: two are alike
		detach true
		wait_for ended "$id"
		ids+=("$id")
	done
	word=$(printf '%.1s\n' "${ids[@]}" | sort | uniq -d | head -n 1)
	box inspect "$word"
	complains "$word" 'beginning of'
	box rm --force "$word"
	complains "$word" 'beginning of'
	for id in "${ids[@]}"; do
		[[ $(of "${id:0:11}" id) == "$id" ]] || fail "wanted: $id by ${id:0:11}"
	done
	detach --name="$word" true # a whole name wins over what it is the beginning of
	wait_for ended "$word"
	[[ $(of "$word" id) == "$word" ]] || fail "wanted: $word"
	for id in "${ids[@]}"; do
		remove "${id:0:11}"
	done
	remove "$word"
}

@test "--help helps, wherever an option may be; box alone lists the commands" {
	local words
	# shellcheck disable=SC2086 # several words
	for words in 'run -d' 'run --name x' 'exec -i' 'ps -q' 'stop x' 'kill x' 'rm x' 'logs x' 'update x'; do
		box $words --help
		[[ $status == 0 && $stderr == '' && $output == "usage: box ${words%% *} "*--* ]] || fail "wanted: the options of ${words%% *}"
	done
	# shellcheck disable=SC2086 # several words
	for words in '' --help -h help; do
		box $words
		[[ $status == 0 && $stderr == '' && $output == 'usage: box COMMAND'*' run '*' oci '* ]] || fail 'wanted: the commands'
	done
	box help oci
	[[ $status == 0 && $output == 'usage: box oci '*'box oci --help'* ]] || fail 'wanted: where its commands are'
	box ''
	complains 'unknown command ""'
	box run --network none "$ROOTFS" echo --help
	[[ $status == 0 && $output == --help ]] || fail "wanted: the command's own --help"
}

@test "invalid arguments of the commands are named, one line each" {
	local command
	for command in exec kill stop rm logs inspect stats; do
		box "$command" nosuch true 2>/dev/null
		[[ $status == 125 && $stderr == 'box: '@("there is no container nosuch"|"usage: box $command ")* && $stderr != *$'\n'* ]] || fail "wanted: one line of $command's"
	done
	for command in exec ps stop rm logs; do
		box "$command" --nonsense
		complains --nonsense
		box help "$command"
		[[ $status == 0 && $output == *"box $command"*--* ]] || fail "wanted: the options of $command"
	done
	for command in exec kill stop rm logs inspect; do
		box "$command"
		[[ $status == 125 && $stderr != *$'\n'* && $stderr == *ID* ]] || fail "wanted: $command wants an ID"
	done
	box inspect ../../etc
	complains ../../etc
	box ps --format xml
	complains xml json
	box stop --time soon x
	complains soon
}

# ---- ps, inspect, logs, stats ----------------------------------------------------

@test "ps is a table of 80 columns, and has nothing in it that moves the cursor" {
	needs native
	local line
	detach --name=long sh -c 'exec sleep 1000' "$(printf 'very %.0s' {1..40})"
	detach --name=evil sh -c 'exit 3' $'\033[2J\n'
	wait_for ended evil
	box ps
	[[ $status == 0 && ${lines[0]} == 'ID '*COMMAND*STATUS*CREATED*ADDRESS*PORTS && ${#lines[@]} == 3 ]] || fail 'wanted: a head and two rows'
	for line in "${lines[@]}"; do
		((${#line} <= 80)) || fail "wanted: at most 80 columns: $line"
		[[ $line != *[[:cntrl:]]* ]] || fail 'wanted: letters'
	done
	[[ ${lines[1]} == 'evil  sh -c exit 3'*'exited (3)'*' ago' && ${lines[2]} == 'long  sh -c '*'...  running '* ]] || fail 'wanted: what they do'
	[[ ${lines[1]%%exited*} == "${lines[0]%%STATUS*}"* && ${#lines[1]} -gt 40 ]] || [[ $(awk '{ print index($0, "exited") }' <<<"${lines[1]}") == "$(awk '{ print index($0, "STATUS") }' <<<"${lines[0]}")" ]] || fail 'wanted: columns'
	remove long evil
}

@test "ps: no container is younger than 0 s, even after somebody has set the clock back" {
	detach --name=young true
	wait_for ended young
	sed -i -E "s/(\"created\": )[0-9]+/\\1$((EPOCHSECONDS + 100000))/" "$BOX_ROOT/young/state.json"
	box ps
	[[ $status == 0 && $output == *young*' 0 s ago' ]] || fail 'wanted: 0 s'
	remove young
}

@test "ps --format json and inspect are JSON, and say what is known" {
	needs native python3
	detach --name=known --env=A=b --workdir=/srv sh -c 'exit 4'
	wait_for ended known
	box ps --format json
	python3 -c 'import json, sys
[one] = json.load(sys.stdin)
assert one["id"] == "known" and one["status"] == "stopped" and one["exit"] == 4, one
assert one["box"]["command"] == ["sh", "-c", "exit 4"] and "A=b" in one["box"]["environment"], one' <<<"$output"
	box inspect known
	python3 -c 'import json, sys
one = json.load(sys.stdin)
assert one["id"] == "known" and one["box"]["workdir"] == "/srv" and one["ociVersion"], one' <<<"$output"
	remove known
	box ps --format json
	says '[]'
}

# Names and contents are bytes on Linux. JSON has only Unicode.
@test "arguments, variables and paths may be any bytes; the record keeps each of them" {
	needs native python3
	local name=$'caf\xe9 100%41\n\xc3\xa9\x80' valid=$'caf\xc3\xa9 100%41 \\ "'
	copy_rootfs
	mkdir "$ROOTFS/srv/$name" "$ROOTFS/srv/$valid"
	detach --name=bytes --env="A=$name" --env="B=$valid" --workdir="/srv/$name" sh -c 'printf "%s\n" "$0" "$1" "$A" "$B" "$PWD"; exec sleep 1000' "$name" "$valid"
	wait_for eval '[[ $("$BOX" logs bytes | wc -l) == 8 ]]'
	capture "$BOX" logs bytes
	says "$name"$'\n'"$valid"$'\n'"$name"$'\n'"$valid"$'\n'"/srv/$name"
	box exec bytes sh -c 'printf "%s\n" "$A" "$B" "$PWD" "$0"' "$name"
	says "$name"$'\n'"$valid"$'\n'"/srv/$name"$'\n'"$name"
	box inspect bytes
	python3 -c 'import json, os, sys, urllib.parse
def text(value):
    return os.fsencode(value) if isinstance(value, str) else urllib.parse.unquote_to_bytes(value["percent-encoded"])
name, valid = map(os.fsencode, sys.argv[1:])
one = json.load(sys.stdin)["box"]
assert [text(word) for word in one["command"]][3:] == [name, valid], one
assert {b"A=" + name, b"B=" + valid} <= {text(pair) for pair in one["environment"]}, one
assert isinstance(one["command"][4], str), "what is Unicode is a string"
assert text(one["workdir"]) == b"/srv/" + name, one' "$name" "$valid" <<<"$output"
	box ps
	[[ $status == 0 && $output != *[$'\xe9\x80']* ]] || fail 'wanted: no bytes that are not letters'
	remove bytes
}

@test "logs --follow goes on until the end" {
	mkfifo "$ROOTFS/srv/fifo"
	detach --name=teller --volume="$ROOTFS/srv:/srv" sh -c 'echo one; while read -r word; do echo "$word"; done </srv/fifo'
	"$BOX" logs --follow teller >"$BATS_TEST_TMPDIR/said" 3>&- &
	program=$!
	exec {words}>"$ROOTFS/srv/fifo"
	wait_for grep -qx one "$BATS_TEST_TMPDIR/said"
	echo two >&"$words"
	wait_for grep -qx two "$BATS_TEST_TMPDIR/said"
	echo three >&"$words"
	exec {words}>&-
	wait "$program"
	[[ $(<"$BATS_TEST_TMPDIR/said") == $'one\ntwo\nthree' ]] || fail "wanted: all three; it said $(<"$BATS_TEST_TMPDIR/said")"
	rm "$ROOTFS/srv/fifo"
	remove teller
}

@test "-d: what is written to /dev/stdout again is added to the log" {
	detach sh -c 'echo one; echo two >/dev/stdout; echo three >/dev/stderr; echo four >>/dev/stdout; echo five'
	wait_for ended "$id"
	log_says $'one\ntwo\nthree\nfour\nfive' || fail "wanted: five lines; the log says $("$BOX" logs "$id")"
	remove "$id"
}

@test "-d: the log has a limit, at which a new one begins, and --follow goes on with it" {
	local all said
	mkfifo "$ROOTFS/srv/fifo"
	detach --log-opt=max-size=1k --volume="$ROOTFS/srv:/srv" sh -c 'while read -r word; do seq $word $((word + 99)); done </srv/fifo'
	"$BOX" logs --follow "$id" >"$BATS_TEST_TMPDIR/said" 3>&- &
	program=$!
	exec {words}>"$ROOTFS/srv/fifo"
	for word in {10..21}00; do
		echo "$word" >&"$words"
		wait_for grep -qx "$((word + 99))" "$BATS_TEST_TMPDIR/said"
	done
	exec {words}>&-
	wait "$program"
	all=$(seq 1000 2199) said=$(<"$BATS_TEST_TMPDIR/said")
	[[ $said == "$all" ]] || fail "wanted: --follow prints all; it printed $(wc -l <"$BATS_TEST_TMPDIR/said") lines"
	said=$("$BOX" logs "$id")
	[[ $all == *"$said" && ${#said} -ge 1024 && ${#said} -le 3072 ]] || fail "wanted: the last lines, in order; logs printed ${#said} bytes"
	remove "$id"
	rm "$ROOTFS/srv/fifo"
}

# strace stops box when it has renamed the log.
@test "-d: while box begins a new log, logs prints the old one, and --follow goes on with the new one" {
	local said=$BATS_TEST_TMPDIR/said begun=yes waiting tracer
	needs strace
	mkfifo "$ROOTFS/srv/fifo"
	detach --log-opt=max-size=1k --volume="$ROOTFS/srv:/srv" sh -c 'while read -r first last; do seq $first $last; done </srv/fifo'
	waiting=$(awk '$1 == "PPid:" { print $2 }' "/proc/$(of "$id" pid)/status")
	trace_process "$waiting" -e trace=/renameat -e inject=/renameat:signal=STOP:when=1
	exec {words}>"$ROOTFS/srv/fifo"
	echo 1000 1299 >&"$words"
	wait_for test -e "$BOX_ROOT/$id/log.1"
	box logs "$id"
	"$BOX" logs --follow "$id" >"$said" 3>&- {words}>&- &
	program=$!
	wait_for eval 'grep -qx 1000 "$said" || ! kill -0 "$program"'
	[[ -e $BOX_ROOT/$id/log ]] || begun=no
	kill -CONT "$waiting"
	[[ $begun == no ]] || fail 'wanted: no new log yet'
	[[ $status == 0 && $output == 1000$'\n'* ]] || fail 'wanted: what was there'
	echo 2000 2099 >&"$words" # few, so that this log stays the newest
	exec {words}>&-
	wait "$program" "$tracer"
	[[ $(<"$said") == "$(seq 1000 1299; seq 2000 2099)" ]] || fail "wanted: --follow prints all; it printed $(wc -l <"$said") lines"
	remove "$id"
	rm "$ROOTFS/srv/fifo"
}

@test "--log-opt: what it does not know" {
	local word
	for word in max-file=3 max-size 'max-size=' max-size=many; do
		box run -d --log-opt "$word" "$ROOTFS" true
		complains --log-opt max-size
	done
}

# A pipe belongs to whom it was created by; to open /dev/stdout is to open the pipe again.
@test "-u: its user can open /dev/stdin, /dev/stdout and /dev/stderr, which are pipes: run, -d and exec" {
	local ROOTFS=$toolkit/build/rootfs how words='cat /dev/stdin; echo out >/dev/stdout; echo err >/dev/stderr' all=$'in\nout\nerr' said
	for how in host auto; do
		said=$(echo in | "$BOX" run -i --userns "$how" --network none -u box "$ROOTFS" sh -c "$words" 2>&1 | cat)
		[[ $said == "$all" ]] || fail "run, --userns $how: $said"
		detach --userns="$how" --user=box sh -c "${words#*; }; exec sleep 1000"
		wait_for log_says "${all#*$'\n'}"
		said=$(echo in | "$BOX" exec -i -u box "$id" sh -c "$words" 2>&1 | cat)
		[[ $said == "$all" ]] || fail "exec, --userns $how: $said"
		remove "$id"
	done
}

@test "logs of one in the foreground says where they went" {
	launch --name=fore sh -c 'echo ready; exec sleep 1000'
	box logs fore
	complains fore -d
	box kill fore
	await
}

@test "stats tells of CPU time and of what isn't counted" {
	needs native
	detach --name=busy sh -c 'while :; do :; done'
	wait_for uses_much busy
	box stats busy
	has_v2 || [[ $output == *'cgroup_no_v1=all'* ]] || fail 'wanted: what is missing'
	box stop --time 0 busy
	box stats busy
	complains busy
	remove busy
}

# It computes all the time, but a busy machine gives it little of that.
uses_much() {
	local share
	share=$("$BOX" stats "$1" | sed -nE 's/^busy .* ([0-9.]+)%.*/\1/p')
	awk -v share="$share" 'BEGIN { exit !(share > 2) }'
}

@test "stats shows use and limits of memory, cpu and pids" {
	needs v2
	detach --name=busy --memory=64m --cpus=0.5 --pids-limit=7 sh -c 'sleep 1000 & while :; do :; done'
	wait_for has_bars busy
	remove busy
}

# On a busy machine, a look may be too short for the loop to use a twentieth of its limit, which is half of the first bar.
has_bars() {
	box stats
	[[ $status == 0 && $output =~ $1\ .*' of 64.0M'.*\[\|+\ *\].*%\ +2\ of\ 7 ]]
}

@test "stats lives on a terminal, follows its size, and leaves it as it was" {
	detach --name=shown sleep 1000
	export BOX
	on_terminal 'before=$(stty -g); tty; stty rows 20 cols 30; "$BOX" stats; [[ $(stty -g) == "$before" ]] && echo same' true
	expect '/dev/pts/'
	local device=${rest%%$'\r'*}
	expect 'shown'
	expect 'q quits'
	[[ $unseen != *'PIDS'* ]] || fail 'wanted: lines of 30 columns'
	stty -F "/dev/pts/$device" rows 20 cols 100
	expect 'PIDS'
	type_keys q
	expect same
	on_terminal '"$BOX" stats shown; echo "left-$?"' true
	expect 'q quits'
	type_keys $'\003'
	expect left-0
	remove shown
}

# ---- exec ------------------------------------------------------------------------

@test "exec runs a command in there, as the container's own would" {
	detach --name=host --hostname=harbour --workdir=/srv --env=A=b --user=box sleep 1000
	box exec -e C=d -e A=e host sh -c 'hostname; pwd; echo "$A $C"; id -un; readlink /proc/1/exe; exit 5'
	[[ $status == 5 && $output == $'harbour\n/srv\ne d\nbox\n'* ]] || fail 'wanted: what the container has'
	box exec -u root -w /tmp host sh -c 'id -u; pwd'
	says $'0\n/tmp'
	box exec host "/$(random_name no)"
	[[ $status == 127 ]] || fail 'wanted: status 127'
	box exec host /etc/passwd
	[[ $status == 126 ]] || fail 'wanted: status 126'
	box exec -w "/$(random_name no)" host true
	[[ $status == 125 && $stderr == *chdir* ]] || fail 'wanted: status 125'
	remove host
}

@test "exec has the namespaces, the cgroup, the capabilities and the filter of the container" {
	local what='readlink /proc/$0/ns/*; grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/$0/status; cat /proc/$0/cgroup; cat /proc/$0/limits'
	detach --name=like --cap-drop=CHOWN --ulimit=nofile=99:111 sleep 1000
	box exec like sh -c "$what" 1
	local own=$output
	box exec like sh -c "$what" self
	says "$own"
	[[ $own == *'NoNewPrivs:	1'*'Seccomp:	2'*'99 '*111* ]] || fail 'wanted: a wall'
	remove like
	detach --name=like --network=host --without=seccomp --without=caps sleep 1000
	box exec like sh -c "$what" 1
	own=$output
	box exec like sh -c "$what" self
	says "$own"
	remove like
}

@test "exec leaves nothing open in there but 0, 1 and 2, and gives its stdin only with -i" {
	local word
	word=$(random_name)
	detach --name=shut sleep 1000
	capture <<<"$word" "$BOX" exec -i shut sh -c 'cat; cd /proc/self/fd; echo *' 7</etc/passwd
	[[ $status == 0 && $output == "$word"$'\n0 1 2 3' ]] || fail 'wanted: three, and that of the directory'
	capture <<<"$word" "$BOX" exec shut cat
	says ''
	remove shut
}

@test "exec -d does not wait; exec otherwise ends with its caller" {
	detach --name=long sleep 1000
	box exec -d long sleep 2000
	says ''
	box exec long sh -c 'ps | grep -c "sleep [2]000"'
	says 1
	out=$BATS_TEST_TMPDIR/out
	"$BOX" exec long sh -c 'echo $$; exec sleep 3000' >"$out" 2>&1 3>&- &
	program=$!
	wait_for test -s "$out"
	box exec long kill -0 "$(<"$out")"
	says ''
	kill -KILL "$program"
	wait "$program" || :
	wait_for gone_inside long "$(<"$out")"
	remove long
}

gone_inside() { ! "$BOX" exec "$1" kill -0 "$2" 2>/dev/null; }

@test "exec passes signals on, and ends with its container" {
	detach --name=long sleep 1000
	out=$BATS_TEST_TMPDIR/out
	"$BOX" exec long sh -c 'trap "exit 8" TERM; echo ready; while :; do sleep 1000 & wait $!; done' >"$out" 2>&1 3>&- &
	program=$!
	wait_for grep -q ready "$out"
	kill -TERM "$program"
	status=0
	wait "$program" || status=$?
	[[ $status == 8 ]] || fail 'wanted: status 8'
	"$BOX" exec long sh -c 'echo again; exec sleep 1000' >"$out" 2>&1 3>&- &
	program=$!
	wait_for grep -q again "$out"
	box kill long
	status=0
	wait "$program" || status=$?
	[[ $status == 137 ]] || fail 'wanted: status 137'
	box exec long true
	complains long
	remove long
}

# Whatever the container does to its own PID 1 meanwhile.
@test "exec has the limits of --ulimit, and not those that PID 1 has set for itself" {
	local what='ulimit -n; ulimit -H -n; ulimit -v'
	inside --ulimit=nofile=99:111 sh -c "$what"
	local own=$output
	detach --name=few --ulimit=nofile=99:111 sh -c 'ulimit -n 4; ulimit -v 4000; echo ready; exec sleep 1000'
	wait_for log_says ready
	box exec few sh -c "$what"
	says "$own"
	remove few
}

@test "exec has the filter that the container started with, whatever the profile's file says now" {
	local profile=$BATS_TEST_TMPDIR/profile.json
	echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 62 } ] }' >"$profile"
	detach --name=filtered --security-opt="seccomp=$profile" sleep 1000
	echo '{ "defaultAction": "SCMP_ACT_ALLOW" }' >"$profile"
	box exec filtered mkdir /made
	[[ $status == 1 && $stderr == *'Timer expired'* ]] || fail 'wanted: ETIME'
	rm "$profile"
	box exec filtered mkdir /made
	[[ $status == 1 && $stderr == *'Timer expired'* ]] || fail 'wanted: ETIME, without the file'
	remove filtered
}

@test "exec in a frozen container says so at once" {
	local cgroup
	detach --name=cold sleep 1000
	cgroup=$(of cold cgroup)
	[[ -w $cgroup/cgroup.freeze ]] || { remove cold && skip 'needs cgroup v2'; }
	echo 1 >"$cgroup/cgroup.freeze"
	wait_for grep -qx 'frozen 1' "$cgroup/cgroup.events"
	capture timeout --foreground --kill-after=1 $((20 * TEST_SLOWNESS)) "$BOX" exec cold true
	complains cold paused 'box unpause cold'
	echo 0 >"$cgroup/cgroup.freeze"
	box exec cold true
	says ''
	remove cold
}

# Every process that opens the file waits for our permission, which never comes: fanotify(7).
never_opens() {
	exec python3 - "$1" <<-'EOF'
	import ctypes, os, sys
	CONTENT, ADD, OPEN_PERM, CWD = 4, 1, 0x10000, -100
	libc = ctypes.CDLL(None, use_errno=True)
	group = libc.fanotify_init(CONTENT, os.O_RDONLY)
	if libc.fanotify_mark(group, ADD, ctypes.c_uint64(OPEN_PERM), CWD, sys.argv[1].encode()):
	    sys.exit(os.strerror(ctypes.get_errno()))
	print("watches", flush=True)
	while os.read(group, 4096):
	    pass
	EOF
}

asks_to_open() { grep -q fanotify "/proc/$(pgrep -P "$1")/wchan" 2>/dev/null; }

@test "a signal ends an exec whose inner side waits for something that never comes" {
	local guard name inner
	detach --name=stuck sleep 1000
	never_opens "/proc/$(of stuck pid)/root/etc/passwd" >"$BATS_TEST_TMPDIR/guard" 3>&- &
	guard=$!
	wait_for grep -q watches "$BATS_TEST_TMPDIR/guard"
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	for name in TERM INT HUP QUIT; do
		env --default-signal=HUP,INT,QUIT "$BOX" exec -u box stuck true >"$out" 2>"$err" 3>&- &
		program=$!
		wait_for asks_to_open "$program"
		inner=$(pgrep -P "$program")
		kill -"$name" "$program"
		await
		complains 'ended by a signal'
		wait_for eval "[[ ! -e /proc/$inner ]]"
	done
	kill "$guard"
	wait "$guard" || :
	box exec -u box stuck true
	says ''
	remove stuck
}

@test "exec goes where PID 1 is, if the container keeps its processes in a cgroup below" {
	needs v2
	local cgroup
	detach --name=nested sleep 1000
	cgroup=$(of nested cgroup)
	mkdir "$cgroup/below"
	of nested pid >"$cgroup/below/cgroup.procs"
	echo +pids >"$cgroup/cgroup.subtree_control"
	box exec nested cat /proc/self/cgroup
	says 0::/below
	remove nested
}

@test "exec is within the container's limits" {
	needs v2
	detach --name=tight --pids-limit=4 sleep 1000
	box exec tight cat /sys/fs/cgroup/pids.current
	says 2
	box exec tight sh -c 'sleep 9 & sleep 9 & sleep 9 & sleep 9 & wait'
	[[ $status != 0 && $stderr == *fork* ]] || fail 'wanted: no room for five more'
	remove tight
}

# ---- The terminal ----------------------------------------------------------------

@test "-t: a terminal of its own, which is the console; Ctrl-C and Ctrl-Z are for its jobs" {
	on_terminal 'echo begin; stty -g >"$BATS_TEST_TMPDIR/before"; "$@"; echo "ended-$?"; stty -g | cmp - "$BATS_TEST_TMPDIR/before" && echo same; read -r answer; echo "<$answer>"' \
		--interactive --tty sh
	expect begin
	type_line 'tty; [ -c /dev/console ] && stat -c %t,%T /dev/console /dev/pts/0 | uniq | wc -l'
	expect /dev/pts/0
	expect 1
	stop_jobs
	type_line 'exec sh -c "exit 3"'
	expect ended-3
	expect same
	type_line last
	expect '<last>'
}

@test "-t: it has our window's size, and follows it" {
	on_terminal 'tty; stty rows 33 cols 77; "$@"' --interactive --tty sh -c \
		'trap "stty size" WINCH; stty size; while :; do sleep 1000 & wait $!; done'
	expect '/dev/pts/'
	local device=${rest%%$'\r'*}
	expect '33 77'
	stty -F "/dev/pts/$device" rows 44 cols 88
	expect '44 88'
	box ps
	box kill "$(awk '/running/ { print $1 }' <<<"$output")"
	wait_for is_gone "$terminal"
}

@test "-t: our terminal is as it was after an error, a signal, and a SIGKILL in there" {
	export BOX ROOTFS
	on_terminal 'stty -g >"$BATS_TEST_TMPDIR/before"; same() { stty -g | cmp - "$BATS_TEST_TMPDIR/before" && echo "same-$1"; }
		"$BOX" run --network none -it "$ROOTFS" /nosuch; same $?
		"$BOX" run --network none -it "$ROOTFS" sh -c "kill -TERM \$\$; exit 4"; same $?
		"$BOX" run --network none --name shot -it "$ROOTFS" sh -c "echo ready; exec sleep 1000"; same $?
		"$BOX" run --network none --name termed -it "$ROOTFS" sh -c "trap \"exit 5\" TERM; echo set; while :; do sleep 1000 & wait; done"; same $?' true
	expect same-127
	expect same-4
	expect ready
	box kill shot
	expect same-137
	expect 'set'
	kill -TERM "$(box_of termed)"
	expect same-5
}

@test "-t: when our terminal is gone, box waits for the end of who does not care" {
	on_terminal '"$@"; :' --name=alone --interactive --tty sh -c 'trap "" HUP; echo ready; while :; do sleep 1000; done'
	expect ready
	program=$(box_of alone)
	kill -KILL "$terminal"
	wait_for is_gone "$terminal"
	wait_for is_at_rest "$program"
	! is_gone "$program" || fail 'wanted: a box that waits'
	remove alone
}

@test "-t: all that was said last is seen" {
	on_terminal '"$@"' --tty sh -c 'for i in $(seq 1000); do echo "line $i"; done'
	expect 'line 1000'
	expect '(over)'
}

@test "-t: who runs as another user has its terminal" {
	on_terminal '"$@"' --tty --user=box sh -c 'echo again >/dev/stdout; stat -c %U /dev/pts/0'
	expect again
	expect box
	expect '(over)'
}

@test "-d -t: the log has what the terminal showed" {
	detach --tty sh -c 'tty; [ -t 0 ] && echo yes; exit 2'
	wait_for ended "$id"
	ended_with "$id" 2
	box logs "$id"
	says $'/dev/pts/0\r\nyes\r'
	remove "$id"
}

@test "exec -it: a shell in there, with job control" {
	detach --name=host sleep 1000
	export BOX
	on_terminal 'stty -g >"$BATS_TEST_TMPDIR/before"; "$BOX" exec -it host sh; echo "ended-$?"; stty -g | cmp - "$BATS_TEST_TMPDIR/before" && echo same' true
	type_line 'tty; echo me-$((40 + 1))'
	expect /dev/pts/0
	expect me-41
	type_line 'sh -c "echo run-\$((40 + 2)); exec sleep 1000"'
	expect run-42
	type_keys $'\003'
	type_line 'echo ended-$?'
	expect ended-130
	type_line 'exit 6'
	expect ended-6
	expect same
	remove host
}

@test "-it in the background stops, and waits for fg" {
	on_terminal 'set -m; "$@" & until [[ $(jobs) == *Stopped* ]]; do sleep 0.05; done; stty -a | grep -o " icanon"; fg >/dev/null; echo "ended-$?"' \
		--interactive --tty sh -c 'read -r word; echo "got-$word"; exit 9'
	expect icanon
	type_line word
	expect got-word
	expect ended-9
}

# ---- PID 1 -----------------------------------------------------------------------

# Three whose parents are gone, and who go themselves when they are told to.
@test "--init reaps what is orphaned; without it there are zombies" {
	local name orphans='for i in 1 2 3; do
			(sh -c "until [ -e /tmp/go ]; do sleep 0.05; done; echo >>/tmp/gone" &)
		done; exec sleep 1000'
	detach --name=tidy --init sh -c "$orphans"
	detach --name=untidy sh -c "$orphans"
	for name in tidy untidy; do
		wait_for "$BOX" exec "$name" sh -c 'ps -o args | grep -qx "sleep 1000"'
		box exec "$name" touch /tmp/go
	done
	wait_for has_zombies tidy 0
	wait_for has_zombies untidy 3
	remove tidy untidy
}

has_zombies() {
	[[ $("$BOX" exec "$1" sh -c '[ $(wc -l </tmp/gone) = 3 ] && cat /proc/[0-9]*/status | grep -c "^State:.Z"') == "$2" ]]
}

@test "--init ends as the command does, and can't do more than it" {
	inside --init sh -c 'kill -SEGV $$'
	[[ $status == 139 ]] || fail 'wanted: status 139'
	inside --init sh -c 'exit 7'
	[[ $status == 7 ]] || fail 'wanted: status 7'
	inside --init "/$(random_name no)"
	[[ $status == 127 && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: status 127, and nothing left'
	GIFT=$(random_name) inside --init sh -c 'what="^(Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups)"
		echo $$; grep -E "$what" /proc/1/status >/tmp/one; grep -E "$what" /proc/self/status | cmp - /tmp/one && cat /proc/1/environ'
	[[ $output == 2 && $stderr == *'/proc/1/environ'*'Permission denied' ]] ||
		fail 'wanted: an init like the command, which nobody inside can look into'
}

# Who is not root can't join an init that can't be looked into: so this one has nothing to hide.
@test "--init without root: exec joins it, and finds nothing of its caller's" {
	as_nobody unshare --user true || skip 'needs user namespaces without root'
	local program=/run/box-as-nobody
	local -x BOX_ROOT=$program.root GIFT
	install "$BOX" "$program"
	install -d -o 65534 "$BOX_ROOT"
	mount --bind "$ROOTFS" /mnt
	GIFT=$(random_name)
	capture as_nobody "$program" run -d --name mine --init /mnt sleep 1000
	says mine
	capture as_nobody "$program" exec mine sh -c 'tr -d "\\0" </proc/1/environ; ps | grep "[s]leep 1000"'
	[[ $status == 0 && $output == *' 2 root     sleep 1000' && $output != *"$GIFT"* && $output != *PATH=* ]] || fail 'wanted: the child of init, and no word of the environment'
	capture as_nobody "$program" rm --force mine
	says ''
	umount /mnt
	rm -r "$program" "$BOX_ROOT"
}

@test "who calls box without stdin, stdout and stderr finds nothing else in their place" {
	local code
	code=$(random_status)
	status=0
	"$BOX" run --init --network none -i "$ROOTFS" sh -c "readlink /proc/self/fd/0 /proc/\$\$/fd/[012] | grep -vx /dev/null || exit $code" <&- >&- 2>&- || status=$?
	[[ $status == "$code" ]] || fail "wanted: status $code"
}

@test "--init with -t: Ctrl-C is the command's" {
	on_terminal '"$@"; echo "ended-$?"' --init --interactive --tty sh -c 'echo ready; exec sleep 1000'
	expect ready
	type_keys $'\003'
	expect ended-130
}
