# shellcheck shell=bash disable=SC2016,SC2154 # quoted for another shell; set by helpers.bash
#
# box.bash - functions that the tests of box share. Load it after helpers.
#
#   box_run [OPTION]... COMMAND...   run COMMAND in a container of $ROOTFS, with --network none unless an option changes that
#   box_probe CALL [ARG]...          make a system call in a container; $probe is the program that makes it (tests/box/probe.c)
#   box ARGUMENT...                  run box with exactly these arguments
#   detach [OPTION]... COMMAND...    run COMMAND in the background, in the way of a step; sets $id
#   of ID FIELD                      print what inspect says of it
#   end_life                         for teardown: nothing may be left in $BOX_ROOT
#   says TEXT                        fail unless the last command succeeded, and its output was TEXT
#   complains [WORD]...              fail unless box itself failed, with status 125 and one line that contains all WORDs

probe=$toolkit/build/probe # the VM gets it from the host, because it has no compiler

box_setup_file() {
	local made
	[[ -x $ROOTFS/bin/busybox ]] || "$toolkit/lab/rootfs" busybox
	if [[ $toolkit/tests/box/probe.c -nt $probe ]] && command -v cc >/dev/null; then
		made=$(mktemp "$probe.XXXX") # other suites may build it at the same time, and PIDs are not unique across chambers
		cc -static -O2 -Wall -Wextra -Werror -o "$made" "$toolkit/tests/box/probe.c"
		chmod 755 "$made"
		mv "$made" "$probe"
	fi
	[[ -x $probe ]] || skip 'needs build/probe, which a machine with a compiler makes'
}

box_run() {
	local options=(--network none)
	while [[ ${1-} == -* ]]; do
		options+=("$1")
		case $1 in
		-[uwev] | --name | --cap-add | --cap-drop | --security-opt | --sysctl | --tmpfs) options+=("$2") && shift ;;
		esac
		shift
	done
	capture "$BOX" run "${options[@]}" "$ROOTFS" "$@"
}

box_probe() {
	box_run -v "$probe:/probe" /probe "$@"
}

says() {
	[[ $status == 0 && $output == "$1" ]] || fail "wanted: $1"
}

complains() {
	local word
	[[ $status == 125 && $output == '' && $stderr == box:\ * && $stderr != *$'\n'* ]] || fail 'wanted: status 125, and one line on stderr'
	for word; do
		[[ $stderr == *"$word"* ]] || fail "wanted: a line that says $word"
	done
}

# closed_to_others DIRECTORY: fail if another user can read, write or run anything below DIRECTORY, or find anything below its
# subdirectories. (root lists the paths, and another user tries each of them.)
# shellcheck disable=SC2016 # quoted for that user's shell
closed_to_others() {
	local open
	[[ $(find "$1" -mindepth 2 | wc -l) -gt 0 ]] || fail "wanted: something in $1 to look for"
	open=$(find "$1" -mindepth 2 -print0 | setpriv --reuid 4711 --regid 4711 --clear-groups bash -c '
		while read -r -d "" path; do
			[[ ! -e $path && ! -L $path ]] || echo "finds $path"
			[[ ! -r $path && ! -w $path && ! -x $path ]] || echo "opens $path"
			! "$path" 2>/dev/null </dev/null || echo "runs $path"
		done')
	open+=$(find "$1" -mindepth 1 -maxdepth 1 -print0 | setpriv --reuid 4711 --regid 4711 --clear-groups bash -c '
		while read -r -d "" path; do
			[[ ! -r $path && ! -w $path && ! -x $path ]] || echo "opens $path"
		done')
	[[ -z $open ]] || fail "wanted: nothing for others in $1; another user $open"
}

# ---- Containers in the background ------------------------------------------------

# What failed may have left containers; what went well has left none.
end_life() {
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		[[ ! -d $BOX_ROOT || -z $(ls "$BOX_ROOT") ]] || fail "left in ROOT: $(ls "$BOX_ROOT")" || return 1 # errexit is off in a teardown
		check_ledger
	else
		[[ ! -d $BOX_ROOT ]] || find "$BOX_ROOT" -mindepth 1 -maxdepth 1 -name '[!.]*' -printf '%f\0' | xargs -0r "$BOX" rm --force || :
		clear_away
	fi
}

box() { capture "$BOX" "$@"; }

detach() {
	local words
	container_words --detach "$@"
	box "${words[@]}"
	[[ $status == 0 && $stderr == '' && $output == +([a-zA-Z0-9_.-]) ]] || fail 'wanted: an ID'
	id=$output
}

remove() {
	box rm --force "$@"
	says ''
}

of() { "$BOX" inspect "$1" | sed -nE "s/^ *\"$2\": \"?([^\",]*)\"?,?\$/\\1/p"; }

comm_of() { cat "/proc/$(of "$1" pid)/comm"; }
log_says() { [[ $("$BOX" logs "$id") == "$1" ]]; }
ended() { [[ $(of "$1" status) == stopped ]]; }
ended_with() { [[ $(of "$1" exit) == "$2" ]] || fail "wanted: $2 as the status of $1; it is $(of "$1" exit)"; }

# make_host: set host to a directory of the host's, on the same mount as ROOT, with a secret and a program in it.
make_host() {
	host=/run/$(random_name host)
	secret=$(random_name secret)
	mkdir -p "$host/private"
	echo "$secret" >"$host/private/secret"
	cp "$probe" "$host/private/tell"
	untouched=$(state_of_host)
}

state_of_host() {
	find "$host" -printf '%P %y %m %s %T@ %l\n' | sort
	grep -F "$host" /proc/self/mountinfo || :
}

unharmed() {
	[[ $(state_of_host) == "$untouched" ]] || fail "wanted: $host as it was: $(diff <(echo "$untouched") <(state_of_host))"
	[[ ${output-} != *"$secret"* ]] || fail 'wanted: the secret is kept'
}

# trace_process PID ARGUMENT...: set tracer to a strace(1) of the process PID. A process has a tracer before strace says that it has
# attached, and runs on for a moment.
trace_process() {
	strace -o /dev/null "${@:2}" -p "$1" 3>&- 2>"$BATS_TEST_TMPDIR/tracer" &
	tracer=$!
	wait_for grep -q attached "$BATS_TEST_TMPDIR/tracer"
}

# kill_before_its_child_asks WORD...: run box with WORDs, and kill it when its child is about to ask for a signal at that end. Wait until the
# child has ended, too.
kill_before_its_child_asks() {
	local child trace=$BATS_TEST_TMPDIR/trace
	strace -f -qq -o "$trace" -e trace=prctl -e inject=prctl:delay_enter=1000000000 "$BOX" "$@" 3>&- &
	tracer=$!
	wait_for grep -q PDEATHSIG "$trace"
	child=$(grep -m 1 -o '^[0-9]*' "$trace")
	kill -KILL "$(init_of "$tracer")"
	wait_for grep -q 'killed by SIGKILL' "$trace"
	kill -KILL "$tracer"
	wait "$tracer" || :
	wait_for eval "[[ ! -e /proc/$child ]]"
}
