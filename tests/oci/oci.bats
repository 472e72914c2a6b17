#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# The face that engines see: what config.json may contain, the states of a container, and what is left behind. tests/oci/replay has the
# rest: what is in a container.

load ../helpers
load ../box/box

export BOX_ROOT=/run/box-oci-face # in memory, and the chamber's own

setup_file() { box_setup_file; }

setup() {
	open_ledger
	needs root
	bundle=$BATS_TEST_TMPDIR/bundle root=$BATS_TEST_TMPDIR/root id=$(random_name c) within=()
	mkdir "$bundle"
	"$BOX" oci spec --bundle "$bundle"
	change "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sleep\", \"1000\"]|"
}

teardown() {
	[[ -z ${root-} ]] || "$BOX" oci --root "$root" delete --force "$id"
	if [[ ${holding-} ]]; then
		kill -KILL "$holding" # unshare(1) ignores SIGTERM
		wait "$holding" || :
	fi
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		check_ledger
	else
		clear_away
	fi
}

# Run a command of the face, by ${within[@]}. Its errors also go to $log, as JSON.
oci() {
	log=$BATS_TEST_TMPDIR/log
	capture "${within[@]}" "$BOX" oci --root "$root" --log "$log" --log-format json --cgroup-manager disabled "$@"
}

change() {
	sed -i "$1" "$bundle/config.json"
}

# edit ARGUMENT...: change it by jq(1), for what is more than a line
edit() {
	jq "$@" "$bundle/config.json" >"$bundle/edited"
	mv "$bundle/edited" "$bundle/config.json"
}

create() {
	oci create --bundle "$bundle" --pid-file "$bundle/pid" "$@" "$id" 3>&- </dev/null
	[[ $status != 0 ]] || pid=$(<"$bundle/pid")
}

begin() {
	create
	oci start "$id"
	[[ $status == 0 ]] || fail 'wanted: started'
}

state_is() {
	oci state "$id"
	[[ $status == 0 && $stderr == '' && $output == *"\"status\": \"$1\""* ]] || fail "wanted: $1"
}

refuses() {
	local word
	[[ $status == 1 ]] || fail 'wanted: status 1'
	for word; do
		[[ $stderr == *"$word"* && $(<"$log") == *"$word"* ]] || fail "wanted, on stderr and in the log: $word"
	done
	[[ ! -e $root/$id ]] || fail 'wanted: nothing left'
}

ended() { [[ ! -e /proc/$1 || $(<"/proc/$1/stat") == *') Z '* ]]; }

@test "created, running, stopped, gone: the states of a container" {
	create
	state_is created
	[[ $output == *"\"pid\": $pid,"* ]] || fail "wanted: PID $pid"
	oci start "$id"
	state_is running
	oci kill "$id" KILL
	wait_for ended "$pid"
	state_is stopped
	[[ $output == *'"pid": 0,'* ]] || fail 'wanted: PID 0'
	oci delete "$id"
	[[ $status == 0 && ! -e $root/$id ]]
	oci state "$id"
	refuses 'container does not exist'
}

# While start opens the gate, the kernel can wake up the container that waits there before there is anything to read.
@test "a container that is woken up too early goes on waiting for its start" {
	needs strace
	create
	trace_process "$pid" -e trace=read -e inject=read:error=EAGAIN:when=1
	oci start "$id"
	wait_for eval 'ended "$pid" || grep -qx sleep "/proc/$pid/comm"'
	state_is running
}

@test "start works once, and delete refuses a running container" {
	create
	oci start "$id"
	oci start "$id"
	[[ $status == 1 && $stderr == *'container not running'* ]] || fail 'wanted: refused'
	oci delete "$id"
	[[ $status == 1 && $stderr == *"$id is running"* ]] || fail 'wanted: refused'
	state_is running
}

@test "delete removes a container that was created and never started" {
	create
	oci delete "$id"
	[[ $status == 0 && ! -e $root/$id ]] || fail 'wanted: gone'
	wait_for ended "$pid"
}

@test "an unknown ID: delete --force says nothing, and every other command that it does not exist" {
	oci delete --force "$id"
	[[ $status == 0 && $output$stderr == '' ]] || fail 'wanted: silence'
	for command in start state kill delete pause; do
		oci "$command" "$id"
		refuses 'container does not exist'
	done
}

@test "an ID that is in use is refused, and its container stays" {
	create
	oci create --bundle "$bundle" "$id" 3>&-
	[[ $status == 1 && $stderr == *'already exists'* ]] || fail 'wanted: refused'
	state_is created
}

@test "an ID can't be a path, begin with a dot, or be empty" {
	local wrong
	for wrong in ../x x/y . .. .x 'x y' ''; do
		oci create --bundle "$bundle" "$wrong" 3>&-
		[[ $status == 1 && $stderr == *ID* ]] || fail "wanted: \"$wrong\" refused"
	done
}

@test "a value of the wrong type is refused by its JSON path" {
	change 's|"cwd": "/"|"cwd": 7|'
	create
	refuses .process.cwd 'a string is wanted' 'a whole number'
}

@test "an element of a list is named by its number" {
	change 's|\["sleep", "1000"\]|["sleep", {}]|'
	create
	refuses '.process.args[1]' 'a string is wanted'
}

@test "a file that is not there is named, with the call, and how to begin one" {
	rm "$bundle/config.json"
	create
	refuses 'open(' "$bundle/config.json" 'No such file' 'box oci spec'
}

@test "--help helps, with a command and without; box oci alone, too" {
	local words
	# shellcheck disable=SC2086 # several words
	for words in '' --help help "--root $root --help"; do
		capture "$BOX" oci $words
		[[ $status == 0 && $stderr == '' && $output == 'usage: box oci '*--root*' create '* ]] || fail 'wanted: the commands'
	done
	# shellcheck disable=SC2086 # several words
	for words in create 'create x' run spec; do
		capture "$BOX" oci $words --help
		[[ $status == 0 && $stderr == '' && $output == "usage: box oci [OPTION]... ${words%% *} "*--bundle* ]] || fail 'wanted: its options'
	done
	oci state --help
	[[ $status == 0 && $stderr == '' && $output == 'usage: '*' state ID'* && ! -e $log ]] || fail 'wanted: how it is called'
	oci create --nonsense x
	refuses 'unknown option --nonsense' --help
}

@test "a key that is missing is named" {
	change 's|"path": "'"$ROOTFS"'", ||'
	create
	refuses .root.path 'it is missing'
}

@test "a version that is not 1.x is refused, and a later 1.x is not" {
	change 's|"1.0.2"|"2.0.0"|'
	create
	refuses .ociVersion 2.0.0
	change 's|"2.0.0"|"1.9.0"|'
	create
	[[ $status == 0 ]] || fail 'wanted: created'
}

@test "an unknown key is ignored" {
	change 's|"root":|"tomorrow": {"linux": 1}, "root":|'
	create
	[[ $status == 0 ]] || fail 'wanted: created'
}

@test "a command that is not there fails at create, in the words that engines look for" {
	change "s|sleep|$(random_name no)|"
	create
	refuses 'executable file not found in $PATH'
}

@test "a command that may not be executed fails at create with: permission denied" {
	change 's|\["sleep", "1000"\]|["/etc/passwd"]|'
	create
	refuses 'permission denied'
}

@test "a directory, and a file in PATH that may not be executed, fail at create, too: permission denied" {
	local name
	name=$(random_name file)
	change 's|\["sleep", "1000"\]|["/tmp"]|'
	create
	refuses 'permission denied'
	copy_rootfs
	: >"$ROOTFS/bin/$name"
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|; s|\[\"/tmp\"\]|[\"$name\"]|"
	create
	refuses "$name" 'permission denied'
	printf '#!/bin/sh\necho found\n' >"$ROOTFS/sbin/$name"
	chmod 755 "$ROOTFS/sbin/$name"
	change 's|"PATH=[^"]*"|"PATH=/bin:/sbin"|'
	oci run --bundle "$bundle" "$id" 3>&-
	says found
}

# An engine's hook of KIND, which is a shell script.
hook() {
	printf '#!/bin/sh\n%s\n' "$2" >"$bundle/hook"
	chmod 755 "$bundle/hook"
	change "s|\"root\":|\"hooks\": {\"$1\": [{\"path\": \"$bundle/hook\", \"timeout\": ${3-100}}]}, \"root\":|"
}

# While box sets them, its root directory is still the host's.
@test "a sysctl goes to a procfs, and through no link of the root file system to a file of the host's" {
	needs jq
	local victim=$BATS_TEST_TMPDIR/victim
	copy_rootfs
	echo "the host's" >"$victim"
	mkdir -p "$ROOTFS/proc/sys/net/ipv4"
	ln -s "$victim" "$ROOTFS/proc/sys/net/ipv4/ip_forward"
	edit --arg root "$ROOTFS" '.root.path = $root | .mounts = [] | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
	create
	[[ $status == 1 && $stderr == *sysctl*'no procfs'* ]] || fail 'wanted: an error that says so'
	[[ $(<"$victim") == "the host's" ]] || fail 'wanted: as it was'
}

@test "the path of a device may have more slashes than it needs" {
	needs jq
	edit '.linux.devices = [{"path": "/dev//sub///null", "type": "c", "major": 1, "minor": 3, "fileMode": 438}]'
	create
	[[ $status == 0 && -c /proc/$pid/root/dev/sub/null ]] || fail 'wanted: the device'
}

@test "a hook gets the state on its standard input, and starts in the bundle" {
	hook prestart 'cat >seen'
	create
	[[ $(<"$bundle/seen") == *"\"id\": \"$id\""*'"status": "creating"'*"\"pid\": $pid"* ]] || fail "wanted: the state, not $(<"$bundle/seen")"
}

@test "a hook that fails before start fails create" {
	hook createRuntime 'exit 3'
	create
	refuses "$bundle/hook" 'exit status 3'
}

@test "a hook that takes longer than its timeout is killed, and fails create" {
	hook createRuntime 'exec sleep 1000' 1
	create
	refuses "$bundle/hook" 'timeout of 1 s'
}

@test "a timeout of weeks is none of a second" {
	hook createRuntime 'sleep 1; echo "$$" >ended' 4294968 # in ms, more than 32 bits by 704
	create
	[[ $status == 0 && -s $bundle/ended ]] || fail 'wanted: a hook that may end by itself'
}

@test "a bundle's path may be any bytes, also for hooks and for exec" {
	needs jq
	hook createRuntime 'cat >seen'
	change "s|\"hooks\": {|&\"poststop\": [{\"path\": \"$bundle/hook\"}], |"
	cp -a "$bundle" "$bundle"$'\xe9'
	bundle=$bundle$'\xe9'
	create
	[[ $status == 0 && $(jq -r .bundle "$bundle/seen") == "${bundle%?}?" ]] || fail 'wanted: a state, with what JSON can say of the path'
	rm "$bundle/seen"
	oci start "$id"
	oci exec "$id" true
	[[ $status == 0 ]] || fail 'wanted: the container has its config still'
	oci delete --force "$id"
	[[ $status == 0 && $stderr == '' && -s $bundle/seen ]] || fail 'wanted: the last hook, too'
}

@test "a hook after the start only warns" {
	hook poststart 'exit 3'
	create
	oci start "$id"
	[[ $status == 0 && $stderr == *warning*'exit status 3'* ]] || fail 'wanted: a warning'
	state_is running
}

# late_hooks POINT: two hooks there, of which the first fails, and one at the end; each writes its name to $bundle/seen.
late_hooks() {
	printf '#!/bin/sh\necho "$1" >>"%s/seen"\nexit "$2"\n' "$bundle" >"$bundle/hook"
	chmod 755 "$bundle/hook"
	change "s|\"root\":|\"hooks\": {\"$1\": [{\"path\": \"$bundle/hook\", \"args\": [\"hook\", \"one\", \"3\"]}, {\"path\": \"$bundle/hook\", \"args\": [\"hook\", \"two\", \"0\"]}]}, &|"
	change "s|\"hooks\": {|&\"poststop\": [{\"path\": \"$bundle/hook\", \"args\": [\"hook\", \"end\", \"0\"]}], |"
}

@test "when a hook after the start fails, the others still run, as with crun" {
	late_hooks poststart
	run_sh true
	[[ $status == 0 && $stderr == *warning*'exit status 3'* && $(<"$bundle/seen") == $'one\ntwo\nend' ]] || fail 'wanted: all of them'
}

@test "if create fails in a hook, those for the end run, as with runc: they undo what the hooks before did" {
	late_hooks createRuntime
	create
	refuses "$bundle/hook" 'exit status 3'
	[[ $(<"$bundle/seen") == $'one\nend' ]] || fail 'wanted: the end, and nothing between'
	rm "$bundle/seen"
	change 's|"one", "3"|"one", "0"|'
	create
	oci create --bundle "$bundle" "$id" 3>&-
	[[ $status == 1 && $(<"$bundle/seen") == $'one\ntwo' ]] || fail "wanted: no hook when an ID is another container's"
}

@test "descriptors are closed in the container, but for those of --preserve-fds" {
	local kept
	kept=$(random_name kept)
	change 's|\["sleep", "1000"\]|["sh", "-c", "cat <\&3; [ ! -e /proc/self/fd/4 ]"]|'
	oci run --bundle "$bundle" --preserve-fds 1 "$id" 3<<<"$kept" 4</dev/null
	says "$kept"
	oci run --bundle "$bundle" --preserve-fds all "$id" 3>&-
	refuses --preserve-fds all 'not a whole number'
}

@test "the sockets that systemd gives to the engine are for PID 1, which it can tell by its environment" {
	local sent
	sent=$(random_name sent)
	change 's|"env": \[|&"LISTEN_PID=7", |; s|\["sleep", "1000"\]|["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID $$; cat <\&3"]|'
	LISTEN_FDS=1 LISTEN_PID=$$ oci run --bundle "$bundle" "$id" 3<<<"$sent"
	says $'1 1 1\n'"$sent"
}

@test "run --keep leaves the container that has ended, for delete" {
	change 's|\["sleep", "1000"\]|["sh", "-c", "exit 7"]|'
	oci run --keep --bundle "$bundle" "$id" 3>&-
	[[ $status == 7 ]] || fail 'wanted: its status'
	state_is stopped
	oci list --quiet
	says "$id"
	oci delete "$id"
	[[ $status == 0 && ! -e $root/$id ]] || fail 'wanted: gone'
}

@test "run and exec give the terminal that they are called from" {
	local line="'$BOX' oci --root '$root' --cgroup-manager disabled"
	change 's|"process": {|&"terminal": true, |; s|\["sleep", "1000"\]|["sh", "-c", "tty; stty size; read line; echo $line \| rev"]|'
	capture script -qec "stty cols 77 rows 33; $line run --bundle '$bundle' $id" /dev/null <<<abc
	[[ $status == 0 && $output == *'/dev/pts/0'*'33 77'*cba* ]] || fail 'wanted: a terminal of this size, and what was typed'
	change 's|"terminal": true, ||; s|"args": .*|"args": ["sleep", "1000"],|'
	begin
	capture script -qec "stty cols 77 rows 33; $line exec --tty $id sh -c 'tty; stty size; exit 7'" /dev/null </dev/null
	[[ $status == 7 && $output == *'/dev/pts/0'*'33 77'* ]] || fail 'wanted: a terminal of this size'
}

@test "a terminal has the size that process.json gives" {
	begin
	echo '{"args": ["stty", "size"], "cwd": "/", "env": ["PATH=/bin"], "terminal": true, "consoleSize": {"height": 33, "width": 77}}' >"$bundle/process.json"
	capture script -qec "'$BOX' oci --root '$root' exec --process '$bundle/process.json' $id" /dev/null </dev/null
	[[ $status == 0 && $output == *'33 77'* ]] || fail 'wanted: the size'
}

@test "a /dev that is read-only has its devices, what is mounted there, and the terminal" {
	change '/"destination": "\/dev"/s|"options": \[|&"ro", |; s|"process": {|&"terminal": true, |'
	change 's|\["sleep", "1000"\]|["sh", "-c", "echo gone >/dev/null; echo -n to >/dev/shm/file; tty; touch /dev/own"]|'
	capture script -qec "'$BOX' oci --root '$root' --cgroup-manager disabled run --bundle '$bundle' $id" /dev/null </dev/null
	[[ $output == *'/dev/pts/0'*'/dev/own: Read-only file system'* ]] || fail 'wanted: only /dev/own is refused'
}

@test "the last hooks, too, have the filter" {
	hook startContainer ''
	change 's|"linux": {|&"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5}]}, |'
	change 's|"path": "[^"]*/hook"|"path": "/bin/mkdir", "args": ["mkdir", "/dev/shm/own"]|; s|\["sleep", "1000"\]|["true"]|'
	oci run --bundle "$bundle" "$id" 3>&-
	[[ $status != 0 && $stderr == *mkdir*'Input/output error'* ]] || fail 'wanted: the hook is refused'
}

@test "several conditions on one argument are as many rules" {
	change 's|"linux": {|&"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [{"index": 0, "value": 7, "op": "SCMP_CMP_EQ"}, {"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]}]}, |'
	change 's|\["sleep", "1000"\]|["sh", "-c", "kill -0 1"]|'
	oci run --bundle "$bundle" "$id" 3>&-
	[[ $stderr == *'Input/output error'* ]] || fail 'wanted: refused'
}

# 2^64 - 1 is the process -1, and the mask is of the upper half: it is 0 for the process 1.
@test "arguments of system calls are compared by all of their 64 bits, as with crun" {
	local rule
	for rule in '"value": 18446744073709551615, "op": "SCMP_CMP_EQ"' '"value":18446744069414584320,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"' \
		'"value": 9223372036854775807, "op": "SCMP_CMP_GT"'; do
		cp "$bundle/config.json" "$bundle/before"
		change "s|\"linux\": {|&\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"kill\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 5, \"args\": [{\"index\": 0, $rule}]}]}, |"
		run_sh "kill -0 1; echo \$?"
		[[ $output == $([[ $rule == *MASKED* ]] && echo 1 || echo 0) ]] || fail "wanted: what $rule says of the process 1"
		as_crun
		change 's#kill -0 1#kill -0 -1 2>\&1#'
		oci run --bundle "$bundle" "$id"
		[[ $output == *'No such process'* || $output == *'Input/output error'* ]] || fail 'wanted: an answer'
		as_crun
		mv "$bundle/before" "$bundle/config.json"
	done
}

# filter PROFILE: what config.json has for seccomp
filter() { edit --argjson profile "$1" '.linux.seccomp = $profile'; }

@test "an errnoRet that is no number, or of an action that takes none, is refused, as by crun; null is none" {
	local one
	needs jq
	for one in '"SCMP_ACT_KILL", "errnoRet": 5' '"SCMP_ACT_ALLOW", "errnoRet": 5' '"SCMP_ACT_LOG", "errnoRet": 5' '"SCMP_ACT_ERRNO", "errnoRet": "5"' '"SCMP_ACT_TRACE", "errnoRet": []'; do
		filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"mkdir\"], \"action\": $one}]}"
		create
		refuses .linux.seccomp errnoRet
	done
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 5}'
	create
	refuses .linux.seccomp defaultErrnoRet SCMP_ACT_ALLOW
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": null, "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": null}]}'
	change 's|"sleep"|"mkdir"|'
	oci run --bundle "$bundle" "$id"
	[[ $stderr == *'not permitted'* ]] || fail 'wanted: EPERM'
}

@test "an architecture of a filter that nobody knows is refused, as by crun and runc; one of another machine is not" {
	local one
	needs jq
	for one in '"SCMP_ARCH_PDP11"' '"PDP11"' '""' 7; do
		filter "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_X86_64\", $one]}"
		create
		refuses .linux.seccomp architecture
	done
	filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64", "SCMP_ARCH_S390X", "SCMP_ARCH_PPC64LE"]}'
	create
	state_is created
}

@test "a list or a number of a filter that is of another type is refused by its place, and not taken for one that is missing" {
	local path place
	needs jq
	while read -r path place; do
		filter '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO",
			"args": [{"index": 0, "value": 1, "valueTwo": 1, "op": "SCMP_CMP_MASKED_EQ"}]}]}'
		edit --arg path "$path" '.linux.seccomp |= setpath($path | split(".") | map(tonumber? // .); true)'
		create
		refuses ".linux.seccomp: $place"
	done <<-'END'
		architectures              architectures must be a list
		architectures.0            each element of architectures must be a JSON string
		syscalls                   syscalls must be a list
		syscalls.0                 each element of syscalls must be a JSON object
		syscalls.0.names           syscalls[0]: names must be a list
		syscalls.0.names.0         syscalls[0]: each element of names must be a JSON string
		syscalls.0.args            syscalls[0]: args must be a list
		syscalls.0.args.0          syscalls[0]: each element of args must be a JSON object
		syscalls.0.args.0.valueTwo an argument must have
	END
}

@test "SCMP_ACT_TRACE: without a tracer, the call does not exist, as with crun" {
	change 's|"linux": {|&"seccomp": {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_TRACE"}]}, |'
	run_sh 'mkdir /dev/shm/own 2>\&1'
	[[ $output == *'Function not implemented'* ]] || fail 'wanted: no such call'
	as_crun
}

@test "kill with the signal 0 sends nothing, and finds out whether there is a process" {
	begin
	oci kill "$id" 0
	[[ $status == 0 ]] || fail 'wanted: it runs'
	oci kill "$id" KILL
	wait_for ended "$pid"
	oci kill "$id" 0
	[[ $status == 1 && $stderr == *'container not running'* ]] || fail 'wanted: it has ended'
}

@test "exec runs a process.json, and exits with 255 if it can't" {
	begin
	echo '{"args": ["sh", "-c", "echo $0; exit 7", "here"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >"$bundle/process.json"
	oci exec --process "$bundle/process.json" "$id" 3>&-
	[[ $status == 7 && $output == here ]] || fail 'wanted: its output and status'
	sed -i 's|"sh"|"/no/sh"|' "$bundle/process.json"
	oci exec --process "$bundle/process.json" "$id" 3>&-
	[[ $status == 255 && $stderr == *'executable file not found in $PATH'* ]] || fail 'wanted: status 255'
	oci exec "$id" /no/sh 3>&-
	[[ $status == 255 && $stderr == *'executable file not found in $PATH'* ]] || fail 'wanted: status 255, without a process.json, too'
	oci exec none sh
	[[ $status == 255 && $stderr == *'container does not exist'* ]] || fail 'wanted: status 255, without a container, too'
}

# It would find no namespaces to join, and build the rest of the wall in the host's: the ledger shows what that does to the host's mounts.
@test "exec fails if the container ends meanwhile, and changes nothing on the host" {
	local process=$BATS_TEST_TMPDIR/process.json entering gate
	give_rootfs_away
	change "s|{\"type\": \"pid\"}|&, {\"type\": \"user\"}|; s|\"linux\": {|&\"uidMappings\": $(map 100000), \"gidMappings\": $(map 100000),|"
	begin
	mkfifo "$process"
	"$BOX" oci --root "$root" exec --process "$process" "$id" 3>&- </dev/null >"$bundle/out" 2>&1 &
	entering=$!
	exec {gate}>"$process" # it reads this when it has found the container
	oci kill "$id" KILL
	wait_for eval '[[ ! -e /proc/$pid ]]'
	echo '{"args": ["true"], "cwd": "/", "env": []}' >&"$gate"
	exec {gate}>&-
	status=0
	wait "$entering" || status=$?
	[[ $status == 255 && $(<"$bundle/out") == *"$id has ended"* ]] || fail "wanted: it has ended; exec said: $(<"$bundle/out")"
	oci delete "$id"
	rm -r "/run/$id"
}

@test "exec without --process runs a command as the container's own process" {
	local value
	value=$(random_name value)
	change "s|\"PATH=|\"OWN=$value\", \"PATH=|; s|\"cwd\": \"/\"|\"cwd\": \"/tmp\"|"
	begin
	oci exec "$id" sh -c 'echo $OWN $PWD; grep -E "CapPrm|NoNewPrivs" /proc/1/status /proc/self/status | cut -d : -f 2-'
	[[ $status == 0 && ${lines[0]} == "$value /tmp" ]] || fail 'wanted: its environment and directory'
	[[ ${lines[1]} == "${lines[3]}" && ${lines[2]} == "${lines[4]}" ]] || fail 'wanted: the rights of PID 1'
	oci exec "$id"
	[[ $status != 0 && $stderr == *--process* ]] || fail 'wanted: what is missing'
}

@test "a capability that this kernel or box does not know is left out, and ALL is none" {
	local known
	run_sh 'grep ^Cap /proc/self/status'
	known=$output
	change 's/"\(bounding\|effective\|permitted\)": \[/&"ALL", "CAP_OF_TOMORROW", /'
	oci run --bundle "$bundle" "$id"
	[[ $known == *CapBnd:* ]] || fail 'wanted: the capabilities'
	says "$known"
}

# The stderr of create is the container's, so a warning there would be in its log.
@test "a capability that is left out is a warning: in the log, as with runc, or on stderr if there is none" {
	local process=$BATS_TEST_TMPDIR/process.json
	change 's/"bounding": \[/&"CAP_OF_TOMORROW", "CAP_OF_NEVER", /'
	create
	[[ $status == 0 && $stderr == '' && $(<"$log") == *'"level": "warning"'*.process.capabilities.bounding*CAP_OF_TOMORROW*CAP_OF_NEVER* ]] ||
		fail 'wanted: a line in the log, and nothing on stderr'
	rm "$log"
	echo '{"args": ["/bin/true"], "cwd": "/", "capabilities": {"bounding": ["CAP_OF_YESTERDAY"]}}' >"$process"
	oci start "$id"
	oci exec --process "$process" "$id"
	[[ $status == 0 && $stderr == '' && $(<"$log") == *'"level": "warning"'*CAP_OF_YESTERDAY* ]] || fail 'wanted: the same of exec'
	capture "$BOX" oci --root "$root" exec --process "$process" "$id"
	[[ $status == 0 && $stderr == 'box: warning: '*CAP_OF_YESTERDAY* && $stderr != *$'\n'* ]] || fail 'wanted: a line on stderr'
	capture "$BOX" oci --root "$root" --log "$log" exec --process "$process" "$id"
	[[ $(<"$log") == *'level=warning msg='*CAP_OF_YESTERDAY* ]] || fail 'wanted: a line of text'
}

@test "exec of a process.json without capabilities has the container's, as with crun and runc; with empty ones it has none" {
	create
	oci start "$id"
	echo '{"args": ["grep", "CapPrm", "/proc/self/status"], "cwd": "/", "env": ["PATH=/bin"]}' >"$bundle/process.json"
	oci exec --process "$bundle/process.json" "$id" 3>&-
	says "$(grep CapPrm "/proc/$pid/status")"
	sed -i 's|{|{"capabilities": {"bounding": []}, |' "$bundle/process.json"
	oci exec --process "$bundle/process.json" "$id" 3>&-
	says $'CapPrm:\t0000000000000000'
}

@test "exec --detach with a terminal needs a socket: nobody would hold the terminal" {
	create
	oci start "$id"
	echo '{"args": ["sleep", "1000"], "cwd": "/", "env": ["PATH=/bin"], "terminal": true}' >"$bundle/process.json"
	oci exec --detach --process "$bundle/process.json" "$id" 3>&-
	[[ $status == 255 && $stderr == *--console-socket* ]] || fail 'wanted: refused'
}

@test "an inheritable capability needs no permitted one" {
	change 's|"inheritable": \[[^]]*\]||; s|"capabilities": {|"capabilities": {"inheritable": ["CAP_KILL"], |; s|"permitted": \[[^]]*\]|"permitted": ["CAP_CHOWN"]|; s|"effective": \[[^]]*\]|"effective": ["CAP_CHOWN"]|'
	change 's|\["sleep", "1000"\]|["grep", "-E", "Cap(Inh\|Prm)", "/proc/self/status"]|'
	oci run --bundle "$bundle" "$id" 3>&-
	[[ $(tr -d '\t ' <<<"$output") == $'CapInh:0000000000000020\nCapPrm:'* ]] || fail 'wanted: CAP_KILL'
}

@test "the process starts in a directory that its user may not enter, as under runc" {
	cp -a "$ROOTFS" "$bundle/rootfs"
	mkdir -m 700 "$bundle/rootfs/closed"
	change "s|\"$ROOTFS\"|\"rootfs\"|; s|\"uid\": 0|\"uid\": 1000|; s|\"cwd\": \"/\"|\"cwd\": \"/closed\"|"
	change 's|\["sleep", "1000"\]|["sh", "-c", "pwd; ls . 2>\&1"]|'
	oci run --bundle "$bundle" "$id" 3>&-
	[[ $output == /closed$'\n'*'Permission denied' ]] || fail 'wanted: there, and no access'
}

@test "an inheritable capability stays when the user is not root, who has no others" {
	change 's|"capabilities": {|&"inheritable": ["CAP_KILL"], |; s|"uid": 0|"uid": 1000|'
	change 's|\["sleep", "1000"\]|["grep", "-E", "Cap(Inh\|Prm\|Eff)", "/proc/self/status"]|'
	oci run --bundle "$bundle" "$id" 3>&-
	[[ $(tr -d '\t ' <<<"$output") == $'CapInh:0000000000000020\nCapPrm:0000000000000000\nCapEff:0000000000000000' ]] || fail 'wanted: CAP_KILL'
}

@test "a terminal needs a socket, and a socket a terminal" {
	create --console-socket "$bundle/none"
	refuses --console-socket process.terminal
	change 's|"process": {|"process": {"terminal": true, |'
	create
	refuses --console-socket process.terminal
	create --console-socket "$bundle/none"
	refuses "$bundle/none" 'No such file'
}

@test "list and delete leave the directories of other runtimes alone" {
	local other
	other=$(random_name other)
	mkdir -p "$root/$other"
	echo '{}' >"$root/$other/status"
	create
	oci list
	[[ $status == 0 && $output == *"$id"* && $output != *"$other"* ]] || fail 'wanted: not listed'
	oci delete "$id"
	oci delete --force "$other"
	[[ $status == 0 ]] || fail 'wanted: no error'
	create
	state_is created
	[[ -e $root/$other/status ]] || fail 'wanted: left alone'
}

# Its engine asks how it has ended, and then deletes it.
@test "no command of a person sweeps away an engine's container that has ended" {
	local BOX_ROOT=$root other command
	other=$(random_name other)
	begin
	kill -KILL "$pid"
	wait_for ended "$pid"
	for command in "run --network none $ROOTFS true" "run --detach --network none --name $other $ROOTFS sleep 1000" 'ps --all' "exec $other true" prune \
		"update --pids-limit max $other" "stop --time 0 $other" "logs $other" "rm $other" ps "rm $other"; do
		# shellcheck disable=SC2086 # several words
		capture "$BOX" $command 3>&- </dev/null
		state_is stopped
	done
	[[ $status == 0 ]] || fail 'wanted: its state'
	oci delete "$id"
	[[ $status == 0 && ! -e $root/$id ]] || fail 'wanted: deleted by the engine'
}

@test "delete --force removes a container whose box create was killed before it could write the record" {
	hook createRuntime 'kill -KILL $PPID'
	create || :
	[[ $status == 137 && -e $root/$id ]] || fail 'wanted: a directory that is left'
	oci delete --force "$id"
	[[ $status == 0 && ! -e $root/$id ]] || fail 'wanted: nothing left'
}

@test "whenever box create is killed, delete --force removes what it has left" {
	local creator try start=${EPOCHREALTIME/[.,]/} took left=0
	create
	took=$((${EPOCHREALTIME/[.,]/} - start))
	oci delete --force "$id"
	for try in {1..15}; do
		"$BOX" oci --root "$root" --cgroup-manager disabled create --bundle "$bundle" "$id" 3>&- </dev/null >/dev/null 2>&1 &
		creator=$!
		sleep "$(printf '%d.%06d' $((RANDOM * took / 32768 / 1000000)) $((RANDOM * took / 32768 % 1000000)))"
		kill -KILL "$creator" 2>/dev/null || :
		wait "$creator" || :
		[[ ! -e $root/$id ]] || left=$((left + 1))
		oci delete --force "$id"
		[[ $status == 0 && ! -e $root/$id ]] || fail "wanted: nothing left, in try $try"
	done
	((left > 0)) || fail 'wanted: something to remove, in some tries'
}

@test "delete --force that comes during create waits for it, and removes what it has created" {
	local creator deleter gate=$BATS_TEST_TMPDIR/gate
	mkfifo "$gate"
	hook createRuntime "echo >$gate; read -r _ <$gate"
	"$BOX" oci --root "$root" --cgroup-manager disabled create --bundle "$bundle" --pid-file "$bundle/pid" "$id" 3>&- </dev/null >/dev/null 2>&1 &
	creator=$!
	read -r _ <"$gate" # there is a directory, and no record yet
	"$BOX" oci --root "$root" delete --force "$id" 3>&- &
	deleter=$!
	wait_for init_of "$deleter" # its child waits for the lock
	echo >"$gate"
	wait "$creator" || fail 'wanted: created'
	wait "$deleter"
	[[ ! -e $root/$id ]] || fail 'wanted: nothing left'
	wait_for ended "$(<"$bundle/pid")"
}

# run_sh SCRIPT: create, start, wait and delete, with this script as the command.
run_sh() {
	change "s#\[\"sleep\", \"1000\"\]#[\"sh\", \"-c\", \"$1\"]#"
	oci run --bundle "$bundle" "$id"
}

@test "a tmpfs with tmpcopyup begins with what the directory has, and the directory stays as it is" {
	local made
	made=$(random_name)
	change 's|"mounts": \[|&{"destination": "/etc", "type": "tmpfs", "options": ["tmpcopyup", "size=1m"]},|'
	run_sh "stat -f -c %T /etc; stat -c '%a %u' /etc /etc/os-release; grep -c ^NAME /etc/os-release; echo $made >/etc/$made; cat /etc/$made"
	[[ $status == 0 && $output == "tmpfs"$'\n'"$(stat -c '%a %u' "$ROOTFS/etc" "$ROOTFS/etc/os-release")"$'\n1\n'"$made" ]] || fail 'wanted: a copy'
	[[ ! -e $ROOTFS/etc/$made ]] || fail 'wanted: an unchanged ROOTFS'
	change 's|"tmpcopyup", ||'
	oci run --bundle "$bundle" "$id"
	[[ $stderr == *os-release*'No such file'* ]] || fail 'wanted: an empty tmpfs without it'
}

@test "remount changes a mount that is there, as with crun and runc" {
	change 's|"mounts": \[|&{"destination": "/mnt", "type": "tmpfs"}, {"destination": "/mnt", "type": "tmpfs", "options": ["remount", "ro", "size=1m"]}, {"destination": "/srv", "type": "bind", "source": "/srv", "options": ["bind"]}, {"destination": "/srv", "type": "none", "options": ["remount", "bind", "nosuid", "ro"]},|'
	run_sh "cut -d ' ' -f 5,6 /proc/self/mountinfo | grep -e '^/mnt ' -e '^/srv ' | sort"
	says $'/mnt ro,relatime\n/srv ro,nosuid,relatime'
	as_crun
}

# On a shared mount, a new one is shared.
@test "a propagation is for file systems, too, and not only for the host's files, as with runc" {
	change 's|"mounts": \[|&{"destination": "/mnt", "type": "tmpfs", "options": ["shared"]}, {"destination": "/mnt/unlike", "type": "tmpfs", "options": ["tmpcopyup", "private"]}, {"destination": "/mnt/alike", "type": "tmpfs"}, {"destination": "/mnt/received", "type": "tmpfs", "options": ["rslave"]}, {"destination": "/srv", "type": "tmpfs", "options": ["runbindable", "ro"]},|'
	run_sh "grep -E ' /(mnt|srv)' /proc/self/mountinfo | cut -d - -f 1 | cut -d ' ' -f 5,7- | tr -d 0-9"
	says $'/mnt shared: \n/mnt/unlike \n/mnt/alike shared: \n/mnt/received \n/srv unbindable '
}

@test "rootfsPropagation is that of the root mount" {
	run_sh "grep -c ' / [^ ]* shared:' /proc/self/mountinfo; true"
	[[ $output == 0 ]] || fail 'wanted: a private root'
	change 's|"linux": {|&"rootfsPropagation": "rshared", |'
	oci run --bundle "$bundle" "$id"
	[[ $output == 1 ]] || fail 'wanted: a shared root'
	change 's|"rshared"|"often"|'
	oci run --bundle "$bundle" "$id"
	refuses .linux.rootfsPropagation often
}

# A link of the image's must lead the cover to where the container would read.
@test "maskedPaths and readonlyPaths may be anywhere in the container, and links lead where they lead there" {
	copy_rootfs
	mkdir -p "$ROOTFS/deep/secret"
	echo secret >"$ROOTFS/deep/file"
	echo secret >"$ROOTFS/deep/secret/file"
	ln -s /deep "$ROOTFS/link"
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|; s|\"readonly\": true|\"readonly\": false|"
	change 's|"maskedPaths": \[|&"/link/file", "/link/secret", "/no/such", |; s|"readonlyPaths": \[|&"/srv", |'
	run_sh 'cat /deep/file; ls /deep/secret; touch /srv/x /tmp/y; ls /srv /tmp'
	[[ $output == $'/srv:\n\n/tmp:\ny' ]] || fail 'wanted: nothing to see, and /srv read-only'
}

@test "make install puts box where PREFIX and DESTDIR say, and box-oci is the face for engines" {
	needs native make
	make -s -C "$toolkit/full" install DESTDIR="$BATS_TEST_TMPDIR/image" PREFIX=/usr
	run "$BATS_TEST_TMPDIR/image/usr/bin/box" version
	[[ $output == box\ * ]] || fail 'wanted: the version'
	run "$BATS_TEST_TMPDIR/image/usr/bin/box-oci" --version
	[[ $output == *'box version '*$'\n'commit:* ]] || fail 'wanted: what engines read'
}

@test "a person never meets this face by accident: what follows ROOTFS or an ID is the command's" {
	capture "$BOX" run --network none "$ROOTFS" echo --bundle x --process y
	[[ $status == 0 && $output == '--bundle x --process y' ]] || fail 'wanted: people'"'"'s box run'
	"$BOX" run -d --network none --name there "$ROOTFS" sleep 1000
	capture "$BOX" exec there echo --process y --pid-file z
	[[ $status == 0 && $output == '--process y --pid-file z' ]] || fail 'wanted: people'"'"'s box exec'
	capture "$BOX" kill there TERM
	[[ $status == 0 ]] || fail 'wanted: people'"'"'s box kill'
	capture "$BOX" start there
	[[ $status == 125 && $stderr == *'no start'* ]] || fail 'wanted: what people have in the place of start'
	"$BOX" rm --force there
}

@test "an engine of an ordinary user: a mount that is a slave of the host's, and a device that nobody there can create" {
	local shared=$BATS_TEST_TMPDIR/shared
	mkdir "$shared"
	mount -t tmpfs shared "$shared"
	mount --make-shared "$shared"
	change "s|\"/sys/fs/cgroup\".*}|&, {\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$shared\", \"options\": [\"rbind\", \"rslave\"]}|"
	change 's|"/mnt".*}|&, {"destination": "/dev/own", "type": "bind", "source": "/dev/null", "options": ["bind", "slave"]}|'
	change 's|"sleep", "1000"|"sh", "-c", "ls -l /dev/own /dev/zero; grep /mnt /proc/self/mountinfo"|'
	capture unshare --user --map-root-user --mount --propagation slave "$BOX" oci --root "$root" --cgroup-manager disabled run --bundle "$bundle" "$id"
	umount "$shared"
	[[ $status == 0 && $stderr == '' && $output == crw-rw-rw-*crw-rw-rw-*' / /mnt '*master:* ]] || fail 'wanted: two devices, and a slave'
}

@test "an AppArmor profile that can't be applied is an error that names it; to be unconfined is none" {
	local profile
	profile=$(random_name profile)
	change "s|\"noNewPrivileges\"|\"apparmorProfile\": \"$profile\", &|"
	create
	refuses "AppArmor profile $profile" exec aa-status
	change "s|$profile|unconfined|"
	create
	state_is created
}

@test "no AppArmor profile is taken by a file that the image has in the place of procfs: CVE-2019-16884" {
	local original=$ROOTFS
	copy_rootfs
	mkdir -p "$ROOTFS/proc/self/attr/apparmor"
	: >"$ROOTFS/proc/self/attr/apparmor/exec"
	change "s|$original|$ROOTFS|; s|\"noNewPrivileges\"|\"apparmorProfile\": \"some\", &|; /\"destination\": \"\\/proc\"/d"
	create
	refuses 'AppArmor profile some' procfs
}

@test "the log has JSON, or quoted text, whatever a path contains; another format is refused" {
	local path=$BATS_TEST_TMPDIR/$'no "such\351'
	oci create --bundle "$path" "$id"
	[[ $stderr == *"$path"* ]] || fail 'wanted: the path, byte by byte'
	[[ $(<"$log") == '{"level": "error", "msg": "--bundle '*'no \"such?: No such file'*'", "time": "'*'Z"}' ]] || fail "wanted: JSON, not $(<"$log")"
	capture "$BOX" oci --root "$root" --log "$log.text" create --bundle "$path" "$id"
	[[ $(<"$log.text") == 'time="'*'" level=error msg="--bundle '*'no \"such?: No such file'*'"' ]] || fail "wanted: quoted text, not $(<"$log.text")"
	capture "$BOX" oci --root "$root" --log-format xml list
	[[ $status == 1 && $stderr == *--log-format*xml* ]] || fail 'wanted: refused'
	capture "$BOX" oci --root "$root" --cgroup-manager other list
	[[ $status == 1 && $stderr == *--cgroup-manager*other* ]] || fail 'wanted: refused'
}

@test "a relative --root begins where the caller is, as with crun and runc" {
	cd "$BATS_TEST_TMPDIR"
	root=./root
	create
	root=$BATS_TEST_TMPDIR/root
	state_is created
}

@test "features names all that runc does, and box takes what it names: mount options, actions of seccomp" {
	local word mounts='' rules='' known
	capture "$BOX" oci features
	known=$output
	[[ $status == 0 && $known == *'"rro"'*'"idmap"'* ]] || fail 'wanted: what engines look for'
	for word in $(runc features 2>/dev/null | grep -o '"\(SCMP_ACT_\|SCMP_CMP_\)[^"]*"' || :) $(runc features 2>/dev/null | grep -o '^ *"[a-z]*",*$' | tr -d ', ' || :); do
		[[ $known == *"$word"* || $word == @('"acl"'|'"noacl"') ]] || fail "wanted: $word"
	done
	for word in $(grep '"mountOptions"' <<<"$known" | grep -o '"[a-z]*"' | tr -d '"'); do
		[[ $word == @(mountOptions|bind|rbind|idmap|ridmap|remount) ]] || mounts+="{\"destination\": \"/mnt/$word\", \"type\": \"tmpfs\", \"options\": [\"$word\"]}, "
	done
	while read -r word; do
		rules+=", {\"names\": [\"kexec_load\"], \"action\": $word}"
	done < <(grep -o '"SCMP_ACT_[^"]*"' <<<"$known" | grep -v NOTIFY) # which needs an agent
	while read -r word; do
		rules+=", {\"names\": [\"kexec_load\"], \"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 0, \"value\": 1, \"op\": $word}]}"
	done < <(grep -o '"SCMP_CMP_[^"]*"' <<<"$known")
	change "s#\"mounts\": \[#&$mounts#; s#\"linux\": {#&\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [${rules#, }]}, #"
	copy_rootfs
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|"
	run_sh 'grep -c /mnt/ /proc/self/mountinfo'
	((status == 0 && output > 50)) || fail 'wanted: a mount for each'
}

# ---- Fields that few engines use ---------------------------------------------------

# as_crun: fail unless crun's container prints the same. Without crun, there is nothing to compare.
as_crun() {
	local ours=$output
	command -v crun >/dev/null || return 0
	capture crun --root "$root" --cgroup-manager=disabled run --bundle "$bundle" "$id-crun"
	[[ $output == "$ours" ]] || fail "crun is unlike box, which says: $ours"
}

# mounted OPTIONS: set lines to what the container's mountinfo has of a bind of a tmpfs with these options, and of another one in it. Both have
# the options $source on the host.
mounted() {
	local point
	mkdir -p "$bundle/tree"
	mount -t tmpfs top "$bundle/tree"
	mkdir "$bundle/tree/below"
	mount -t tmpfs below "$bundle/tree/below"
	for point in tree tree/below; do
		mount -o "remount,bind,${source-rw}" "$bundle/$point"
	done
	cp "$bundle/config.json" "$bundle/before"
	change "s|\"mounts\": \[|&{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$bundle/tree\", \"options\": [\"rbind\", $1]},|"
	run_sh "cut -d ' ' -f 5,6 /proc/self/mountinfo | grep ^/mnt"
	[[ $1 != '"r'* || $1 == @('"rprivate"'|*atime*|*symfollow*) ]] || as_crun # of these, crun drops what the source restricts, and 1.8 can't do the others
	mv "$bundle/before" "$bundle/config.json"
	umount -R "$bundle/tree"
}

@test "an attribute of a bind is for its own mount; with an r before it, for the mounts below it, too" {
	local word
	for word in ro nosuid nodev noexec noatime nodiratime nosymfollow; do
		mounted "\"$word\""
		[[ ${lines[0]} == /mnt\ *$word* && ${lines[1]} == /mnt/below\ * && ${lines[1]} != *$word* ]] || fail "wanted: $word for /mnt alone"
		mounted "\"r$word\""
		[[ ${lines[0]} == /mnt\ *$word* && ${lines[1]} == /mnt/below\ *$word* ]] || fail "wanted: $word for both"
	done
}

@test "rrw, rsuid and so on take an attribute from a bind and the mounts below it" {
	local word source
	for word in rw:ro suid:nosuid dev:nodev exec:noexec; do
		source=${word#*:}
		mounted '"rprivate"'
		[[ ${lines[0]} == /mnt\ *$source* && ${lines[1]} == /mnt/below\ *$source* ]] || fail "wanted: the source's $source"
		mounted "\"r${word%:*}\""
		[[ ${#lines[@]} == 2 && $output != *$source* ]] || fail "wanted: no $source"
	done
}

@test "a word that only begins like a recursive attribute is the file system's" {
	change 's|"mounts": \[|&{"destination": "/mnt", "type": "tmpfs", "options": ["rsync"]},|'
	create
	refuses rsync 'Invalid argument'
}

# idmapped WORDS: run a container with a bind of a directory with two files, which root and user 1000 own; WORDS are of that mount.
idmapped() {
	mkdir -p "$bundle/owned"
	mountpoint -q "$bundle/owned" || mount -t tmpfs owned "$bundle/owned"
	touch "$bundle/owned/"{root,other}
	chown 1000:2000 "$bundle/owned/other"
	cp "$bundle/config.json" "$bundle/before"
	change "s|\"mounts\": \[|&{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$bundle/owned\", $1},|"
	run_sh "stat -c '%n %u %g' /mnt/root /mnt/other"
	mv "$bundle/before" "$bundle/config.json"
	[[ $stderr != *"can't translate owners"* ]] || skip 'needs a kernel that translates the owners of a tmpfs'
}

map() { echo "[{\"containerID\": 0, \"hostID\": $1, \"size\": 10000}]"; }

@test "uidMappings and gidMappings of a mount translate the owners of its files" {
	idmapped "\"options\": [\"rbind\", \"idmap\"], \"uidMappings\": $(map 100000), \"gidMappings\": $(map 200000)"
	[[ $output == $'/mnt/root 100000 200000\n/mnt/other 101000 202000' ]] || fail 'wanted: other owners'
	idmapped "\"options\": [\"rbind\", \"ridmap\"], \"uidMappings\": $(map 300000), \"gidMappings\": $(map 200000)"
	[[ $output == $'/mnt/root 300000 200000\n/mnt/other 301000 202000' ]] || fail 'wanted: other owners'
	idmapped '"options": ["rbind"]'
	[[ $output == $'/mnt/root 0 0\n/mnt/other 1000 2000' ]] || fail 'wanted: the owners'
	umount "$bundle/owned"
}

# Let user 100000, who is root of a user namespace here, own the root file system.
give_rootfs_away() {
	root=/run/$id/root # others can't enter the test's own directory
	mkdir -p "$root"
	cp -a "$ROOTFS" "/run/$id/rootfs"
	chown -R 100000:100000 "/run/$id/rootfs"
	change "s|\"path\": \"[^\"]*\"|\"path\": \"/run/$id/rootfs\"|"
}

@test "idmap without mappings takes those of the user namespace, and without either it is refused" {
	give_rootfs_away
	idmapped '"options": ["rbind", "idmap"]'
	[[ $status == 1 && $stderr == *'idmap needs uidMappings'* ]] || fail 'wanted: refused'
	change "s|{\"type\": \"pid\"}|&, {\"type\": \"user\"}|; s|\"linux\": {|&\"uidMappings\": $(map 100000), \"gidMappings\": $(map 100000),|"
	idmapped '"options": ["rbind", "idmap"]'
	[[ $output == $'/mnt/root 0 0\n/mnt/other 1000 2000' ]] || fail 'wanted: owners as on the host'
	idmapped '"options": ["rbind"]'
	[[ $output == $'/mnt/root 65534 65534\n/mnt/other 65534 65534' ]] || fail 'wanted: nobody'
	umount "$bundle/owned"
	rm -r "/run/$id"
}

@test "mappings of a mount that is no bind, and only one of the two, are refused" {
	change "s|\"mounts\": \[|&{\"destination\": \"/mnt\", \"type\": \"tmpfs\", \"options\": [\"idmap\"]},|"
	create
	refuses '.mounts[0]' 'bind mounts only'
	change "s|\"options\": \[\"idmap\"\]|\"uidMappings\": $(map 1)|"
	create
	refuses '.mounts[0]' 'both uidMappings and gidMappings'
}

@test "personality: LINUX32 changes what uname says, and anything else is refused" {
	run_sh 'uname -m'
	[[ $output == "$(uname -m)" ]] || fail "wanted: the machine's own"
	change 's|"linux": {|&"personality": {"domain": "LINUX32"}, |'
	oci run --bundle "$bundle" "$id"
	[[ $status == 0 && $output != "$(uname -m)" ]] || fail 'wanted: another machine'
	as_crun
	change 's|"LINUX32"|"LINUX"|'
	oci run --bundle "$bundle" "$id"
	[[ $output == "$(uname -m)" ]] || fail "wanted: the machine's own"
	change 's|"LINUX"|"PLAN9"|'
	create
	refuses .linux.personality LINUX32
}

@test "timeOffsets shift the clocks of a new time namespace, for exec and hooks in it, and for nobody else" {
	local ours theirs
	[[ -e /proc/self/ns/time ]] || skip 'needs time namespaces'
	change 's|"linux": {|&"timeOffsets": {"boottime": {"secs": 1000000, "nanosecs": 5}, "monotonic": {"secs": 3}}, |'
	create
	refuses .linux.timeOffsets 'a new time namespace'
	change 's|{"type": "pid"}|&, {"type": "time"}|'
	hook createRuntime 'read -r seconds _ </proc/uptime; echo "$seconds" >seen'
	create
	[[ $status == 0 ]] || fail 'wanted: created'
	state_is created
	read -r ours _ </proc/uptime
	((${ours%.*} < 1000000 && $(cut -d. -f1 "$bundle/seen") < 1000000)) || fail "wanted: the host's clock for the host and its hook"
	oci start "$id"
	state_is running # it is found by its start time
	read -r theirs _ < <("$BOX" oci --root "$root" exec "$id" /bin/cat /proc/uptime 3>&-)
	((${theirs%.*} >= 1000000)) || fail "wanted: an exec with the container's clock, not $theirs"
	run cat "/proc/$pid/timens_offsets"
	[[ $output =~ monotonic\ +3\ +0.*boottime\ +1000000\ +5$ ]] || fail 'wanted: the offsets'
}

# hold OPTION...: start a process in the new namespaces of these options of unshare(1), by ${within[@]}, and set $holder to its PID. Root of a
# user namespace is 100000 here, without --map-root-user.
hold() {
	"${within[@]}" unshare "$@" --fork --kill-child sleep 1000 3>&- &
	holding=$!
	wait_for eval 'holder=$(init_of "$holding") && [[ $holder ]]'
	[[ $* != *--user* ]] || echo '0 100000 65536' | tee "/proc/$holder/uid_map" >"/proc/$holder/gid_map"
}

@test "a time namespace by its path: the container has its clocks, and is found by the host's" {
	local theirs
	[[ -e /proc/self/ns/time ]] || skip 'needs time namespaces'
	hold --time --boottime 2000000
	change "s|{\"type\": \"pid\"}|&, {\"type\": \"time\", \"path\": \"/proc/$holder/ns/time\"}|"
	begin
	state_is running
	read -r theirs _ < <("$BOX" oci --root "$root" exec "$id" /bin/cat /proc/uptime 3>&-)
	((${theirs%.*} >= 2000000)) || fail "wanted: its clock, not $theirs"
}

@test "a user namespace by its path: the container is root there, and shares what belongs to it and what belongs to the host" {
	local kind words='' nets
	nets=$(random_name net)
	give_rootfs_away
	hold --user --uts --ipc
	ip netns add "$nets"
	for kind in uts ipc user; do
		words+="{\"type\": \"$kind\", \"path\": \"/proc/$holder/ns/$kind\"}, "
	done
	change "s#{\"type\": \"\(uts\|ipc\)\"}, ##g; s#{\"type\": \"network\"}#{\"type\": \"network\", \"path\": \"/run/netns/$nets\"}#; /\"hostname\"/d"
	change "s#\"namespaces\": \[#&$words#; s#\"noNewPrivileges\"#\"oomScoreAdj\": 900, &#"
	run_sh 'for kind in user uts ipc net; do readlink /proc/self/ns/$kind; done; cat /proc/self/uid_map /proc/self/oom_score_adj; id -u'
	local ours=$output
	as_crun
	[[ $ours == "$(readlink "/proc/$holder/ns/"{user,uts,ipc})"$'\n'"net:[$(stat -c %i "/run/netns/$nets")]"$'\n'*0*100000*65536$'\n900\n0' ]] ||
		fail "wanted: the namespaces by their paths, not $ours"
	change 's#"sh", "-c", "[^"]*"#"sleep", "1000"#'
	begin
	oci exec "$id" /bin/readlink /proc/self/ns/user
	[[ $output == "$(readlink "/proc/$holder/ns/user")" ]] || fail 'wanted: an exec in that user namespace'
	oci delete --force "$id"
	ip netns delete "$nets"
	umount /run/netns
	rm -r "/run/$id"
}

# Before it joins that user namespace, it has no rights over the other one.
@test "a user namespace by its path, for an ordinary user: the container shares what belongs to it" {
	give_rootfs_away
	within=(setpriv --reuid 4711 --regid 4711 --clear-groups)
	hold --map-root-user --uts
	wait_for grep -q 4711 "/proc/$holder/uid_map"
	change "s#{\"type\": \"uts\"}#{\"type\": \"uts\", \"path\": \"/proc/$holder/ns/uts\"}, {\"type\": \"user\", \"path\": \"/proc/$holder/ns/user\"}#"
	change 's#{"type": "network"}, ##; /"hostname"/d; s#\["sleep", "1000"\]#["sh", "-c", "for kind in user uts; do readlink /proc/self/ns/$kind; done; id -u"]#'
	cp "$BOX" "/run/$id/box"
	cp "$bundle/config.json" "/run/$id"
	chown 4711 "$root"
	capture "${within[@]}" "/run/$id/box" oci --root "$root" --cgroup-manager disabled run --bundle "/run/$id" "$id"
	says "$(readlink "/proc/$holder/ns/"{user,uts})"$'\n0'
	rm -r "/run/$id"
}

@test "oomScoreAdj and rlimits are those of config.json in a new user namespace, too" {
	give_rootfs_away
	change "s|{\"type\": \"pid\"}|&, {\"type\": \"user\"}|; s|\"linux\": {|&\"uidMappings\": $(map 100000), \"gidMappings\": $(map 100000),|"
	change 's|"noNewPrivileges"|"oomScoreAdj": 900, &|'
	run_sh 'cat /proc/self/oom_score_adj; ulimit -n'
	says $'900\n1024'
	as_crun
	rm -r "/run/$id"
}

@test "rlimits have a soft and a hard limit; the largest number is none, and half of it is a limit" {
	change 's|"soft": 1024, "hard": 1024}|"soft": 77, "hard": 99}, {"type": "RLIMIT_CORE", "soft": 18446744073709551615, "hard": 18446744073709551615}|'
	change 's|"rlimits": \[|&{"type": "RLIMIT_FSIZE", "soft": 9223372036854775807, "hard": 9223372036854775807}, |'
	run_sh 'ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc; set -- $(grep file.size /proc/self/limits); echo $4 $5'
	says $'77\n99\nunlimited\nunlimited\n9223372036854775807 9223372036854775807'
	as_crun
}

@test "a type of rlimit that is there twice is refused: the runtime-spec wants an error" {
	change 's|"rlimits": \[|&{"type": "RLIMIT_NOFILE", "soft": 7, "hard": 7}, |'
	create
	refuses .process.rlimits RLIMIT_NOFILE twice
}

# A limit that nobody applies must not look like one that holds.
@test "limits that only cgroup v1 has are refused; 0 and false ask for none" {
	local limit
	needs jq
	for limit in memory.kernel memory.kernelTCP memory.swappiness memory.disableOOMKiller cpu.realtimeRuntime cpu.realtimePeriod blockIO.leafWeight network.classID; do
		cp "$bundle/config.json" "$bundle/before"
		edit --arg path "$limit" '.linux.resources |= setpath($path | split("."); 7)'
		[[ $limit != *disable* ]] || change 's|: 7$|: true|'
		create
		refuses ".linux.resources.${limit/.classID/}"
		mv "$bundle/before" "$bundle/config.json"
	done
	edit '.linux.resources.memory = {"swappiness": 0, "disableOOMKiller": false, "kernel": -1}'
	create
	state_is created
}

@test "what box does not do for a process, its memory, its devices and its filter is refused; to ask for nothing is not" {
	local path
	needs jq
	cp "$bundle/config.json" "$bundle/before"
	for path in '.process.scheduler={"policy": "SCHED_BATCH"}' '.process.ioPriority={"class": "IOPRIO_CLASS_IDLE", "priority": 0}' \
		'.linux.seccomp.flags=["SECCOMP_FILTER_FLAG_LOG"]' .linux.resources.memory.checkBeforeUpdate=true \
		'.linux.resources.blockIO.weightDevice=[{"major": 8, "minor": 0, "weight": 500}]'; do
		edit '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW"} | '"$path"
		create
		refuses "${path%%=*}: "
		cp "$bundle/before" "$bundle/config.json"
	done
	edit '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "flags": []} | .process.scheduler = null |
		.linux.resources = {"memory": {"checkBeforeUpdate": false}, "blockIO": {"weightDevice": []}}'
	create
	state_is created
}

@test "resources of the wrong kind are a line that names them: RDMA, other files, swap without memory" {
	local -A wrong=(['"rdma": {"one": {"hcaHandles": "many"}}']=.rdma.hcaHandles ['"rdma": {"one": 7}']=.rdma ['"rdma": []']=.rdma ['"unified": 7']=.unified
		['"memory": {"swap": 1000000}']=memory.limit ['"memory": {"limit": -1, "swap": 1000000}']=memory.limit
		['"memory": {"limit": 2000000, "swap": 1000000}']=memory.limit)
	local one
	for one in "${!wrong[@]}"; do
		cp "$bundle/config.json" "$bundle/before"
		change "s|\"linux\": {|&\"resources\": {$one}, |"
		create
		refuses .linux.resources "${wrong[$one]}"
		mv "$bundle/before" "$bundle/config.json"
	done
}

@test "umask is that of the process, and 022 if there is none" {
	run_sh umask
	says 0022
	as_crun
	change 's|"uid": 0, "gid": 0|&, "umask": 63|'
	oci run --bundle "$bundle" "$id"
	says 0077
	as_crun
}

@test "a user or group of 4294967295 is refused: for the kernel, it means to stay who one is" {
	local key
	for key in uid gid; do
		change "s|\"$key\": 0|\"$key\": 4294967295|"
		create
		refuses ".process.user.$key" 4294967295
		change "s|\"$key\": 4294967295|\"$key\": 4294967294|"
	done
	run_sh 'id -u; id -g'
	says $'4294967294\n4294967294'
}

@test "an SELinux label is refused, of the process and of the mounts; an empty one is none" {
	change 's|"noNewPrivileges"|"selinuxLabel": "system_u:system_r:container_t:s0", &|'
	create
	refuses .process.selinuxLabel SELinux
	change 's|"selinuxLabel": "[^"]*"|"selinuxLabel": ""|; s|"linux": {|&"mountLabel": "system_u:object_r:container_file_t:s0", |'
	create
	refuses .linux.mountLabel SELinux
	change 's|"mountLabel": "[^"]*"|"mountLabel": ""|'
	create
	state_is created
}

@test "a mount namespace by its path: the container's root becomes that of all in it; box's own is refused" {
	hold --mount
	change "s#{\"type\": \"mount\"}#{\"type\": \"mount\", \"path\": \"/proc/self/ns/mnt\"}#"
	create
	refuses /proc/self/ns/mnt "box's own mount namespace"
	change "s#/proc/self/ns/mnt#/proc/$holder/ns/mnt#"
	run_sh 'readlink /proc/self/ns/mnt; grep ^ID= /etc/os-release'
	says "$(readlink "/proc/$holder/ns/mnt")"$'\nID=box'
	[[ $(<"/proc/$holder/root/etc/os-release") == *ID=box* ]] || fail 'wanted: what crun and runc do'
}

@test "a path that is no namespace, or another kind, is a line that names it, and leaves nothing" {
	local wrong
	for wrong in /proc/self/ns/no /proc/self/ns/ipc /etc/hosts; do
		change "s#{\"type\": \"uts\"[^}]*}#{\"type\": \"uts\", \"path\": \"$wrong\"}#"
		create
		refuses "$wrong"
	done
}

# namespaces_of PID: the lines that the hooks below write.
namespaces_of() { readlink "/proc/$1/ns/"{cgroup,ipc,net,pid,user,uts}; }

@test "hooks run in the host's namespaces, and createContainer in the container's, also when it joins some" {
	local kind point hooks=''
	hold --uts --ipc --net --pid
	for kind in uts ipc pid; do
		change "s#{\"type\": \"$kind\"}#{\"type\": \"$kind\", \"path\": \"/proc/$holder/ns/$kind\"}#"
	done
	change "s#{\"type\": \"network\"}#{\"type\": \"network\", \"path\": \"/proc/$holder/ns/net\"}#; /\"hostname\"/d"
	printf '#!/bin/sh\ncd /proc/self/ns && exec /bin/readlink cgroup ipc net pid user uts >"$1"\n' >"$bundle/hook"
	chmod 755 "$bundle/hook"
	for point in prestart createRuntime createContainer poststart poststop; do
		hooks+="\"$point\": [{\"path\": \"$bundle/hook\", \"args\": [\"hook\", \"$bundle/$point\"]}], "
	done
	change "s#\"root\":#\"hooks\": {${hooks%, }}, &#; s#\"sleep\", \"1000\"#\"true\"#"
	oci run --bundle "$bundle" "$id"
	[[ $status == 0 ]] || fail 'wanted: a run'
	for point in prestart createRuntime poststart poststop; do
		[[ $(<"$bundle/$point") == "$(namespaces_of self)" ]] || fail "wanted for $point: the host's namespaces"
	done
	for kind in uts ipc net pid; do
		grep -qxF "$(readlink "/proc/$holder/ns/$kind")" "$bundle/createContainer" || fail "wanted for createContainer: $kind of the container"
	done
}

@test "domainname is the NIS domain name, as crun has it; without a UTS namespace, it would be the host's" {
	local name
	name=$(random_name domain)
	change "s|\"hostname\"|\"domainname\": \"$name\", &|"
	run_sh 'cat /proc/sys/kernel/domainname'
	says "$name"
	as_crun
	[[ $(</proc/sys/kernel/domainname) != "$name" ]] || fail "wanted: the host's as it was"
	change 's|, {"type": "uts"}||; s|"hostname": "box",||'
	create
	refuses .domainname "the host's"
}

@test "the sysctl kernel.domainname is the container's, for docker --domainname; without a UTS namespace, it would be the host's" {
	local name
	name=$(random_name domain)
	change "s|\"linux\": {|&\"sysctl\": {\"kernel.domainname\": \"$name\"}, |"
	run_sh 'cat /proc/sys/kernel/domainname'
	says "$name"
	as_crun
	[[ $(</proc/sys/kernel/domainname) != "$name" ]] || fail "wanted: the host's as it was"
	change 's|, {"type": "uts"}||; s|"hostname": "box",||'
	oci run --bundle "$bundle" "$id" 3>&-
	refuses kernel/domainname 'the host'
}

@test "a type of namespace that is there twice is refused, as by runc; and so are annotations that are no strings" {
	change 's|{"type": "uts"}|&, {"type": "uts", "path": "/proc/self/ns/uts"}|'
	create
	refuses .linux.namespaces twice
	change 's|, {"type": "uts", "path": "/proc/self/ns/uts"}||; s|"root":|"annotations": {"some": 7}, &|'
	create
	refuses .annotations 'some: a string'
}

# devices TEXT: let linux.devices be these.
devices() { change "s|\"linux\": {|&\"devices\": [$1], |"; }

@test "devices may be anywhere in the container, and links lead where they lead there" {
	copy_rootfs
	ln -s /etc "$ROOTFS/mnt/out"
	ln -s ../../../mnt/deep "$ROOTFS/mnt/up"
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|"
	devices '{"path": "/mnt/a/b", "type": "c", "major": 1, "minor": 5, "fileMode": 416, "uid": 7, "gid": 8}, {"path": "/mnt/out/box-test", "type": "b", "major": 7, "minor": 200}, {"path": "/mnt/up/fifo", "type": "p"}, {"path": "/dev/shm/x/y", "type": "c", "major": 1, "minor": 3}'
	change 's|"mounts": \[|&{"destination": "/mnt/deep", "type": "tmpfs"},|'
	run_sh "stat -c '%n %F %t %T %a %u %g' /mnt/a/b /etc/box-test /mnt/deep/fifo /dev/shm/x/y; stat -c '%a %u' /mnt/a"
	[[ ! -e /etc/box-test && ! -e /mnt/deep ]] || fail 'wanted: nothing outside'
	says '/mnt/a/b character special file 1 5 640 7 8
/etc/box-test block special file 7 c8 666 0 0
/mnt/deep/fifo fifo 0 0 666 0 0
/dev/shm/x/y character special file 1 3 666 0 0
755 0'
}

@test "without a mount on /dev, the usual devices are in the root, as with crun; if the host's files are mounted there, they stay as they are" {
	copy_rootfs
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|; /\"destination\": \"\/dev/d; /newinstance/d"
	run_sh 'ls -l /dev'
	[[ $status == 0 && $output == *crw-rw-rw-*full*crw-rw-rw-*null*zero* && $output != *shm* ]] || fail 'wanted: the devices'
	mkdir "$bundle/dev"
	change "s|\"mounts\": \[|&{\"destination\": \"/dev\", \"type\": \"bind\", \"source\": \"$bundle/dev\"},|"
	devices '{"path": "/dev/one", "type": "c", "major": 1, "minor": 3}, {"path": "/dev/below/one", "type": "c", "major": 1, "minor": 3}'
	oci run --bundle "$bundle" "$id"
	says 'total 0'
}

@test "a missing process.cwd is created, for any user and in a read-only root, as crun and runc do" {
	local missing
	missing=$(random_name)
	copy_rootfs
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|; s|\"cwd\": \"/\"|\"cwd\": \"/$missing/below\"|; s|\"uid\": 0, \"gid\": 0|\"uid\": 7, \"gid\": 8, \"umask\": 63|"
	run_sh "pwd; stat -c '%u %g %a' ."
	says "/$missing/below"$'\n0 0 755'
	rm -r "${ROOTFS:?}/$missing"
	as_crun
	change "s|$missing/below|etc/passwd|"
	oci run --bundle "$bundle" "$id"
	refuses etc/passwd 'Not a directory'
}

@test "a mount on a link that leads nowhere is where it leads to in the container, whose missing directories are created, as with runc" {
	local kind link
	copy_rootfs
	ln -s /mnt/a "$ROOTFS/over"
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|"
	for kind in '"bind", "source": "/etc/passwd"' "\"bind\", \"source\": \"$bundle\"" '"tmpfs"'; do
		for link in /mnt/a/b ../mnt/a/b ../../../mnt/a/b a/b /over/b; do
			rm -rf "${ROOTFS:?}"/mnt/*
			ln -s "$link" "$ROOTFS/mnt/link"
			cp "$bundle/config.json" "$bundle/before"
			change "s|\"mounts\": \[|&{\"destination\": \"/mnt/link\", \"type\": $kind},|"
			run_sh "cut -d ' ' -f 5 /proc/self/mountinfo | grep mnt"
			mv "$bundle/before" "$bundle/config.json"
			says /mnt/a/b
		done
	done
	ln -sfn link "$ROOTFS/mnt/link"
	change "s|\"mounts\": \[|&{\"destination\": \"/mnt/link\", \"type\": \"tmpfs\"},|"
	create
	refuses /mnt/link loop
}

# asks NAME: let the filter ask the agent at $bundle/agent about the call NAME. It answers with ENOMEDIUM.
asks() {
	change "s|\"linux\": {|&\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"$bundle/agent\", \"listenerMetadata\": \"$id's\", \"syscalls\": [{\"names\": [\"$1\"], \"action\": \"SCMP_ACT_NOTIFY\"}]},|"
}

begin_agent() {
	needs python3
	"$toolkit/tests/oci/agent" "$bundle/agent" "$bundle/asked" 3>&- &
	holding=$!
	wait_for test -S "$bundle/agent"
}

@test "a filter can ask an agent: it gets the listener, with the state and its metadata, of the container and of each exec" {
	begin_agent
	asks mkdir
	change 's|"noNewPrivileges"|"noNewPrivileges": false, "ignored"|' # the filter is loaded early
	run_sh 'mkdir /dev/x 2>\&1; grep Seccomp: /proc/self/status'
	says "mkdir: can't create directory '/dev/x': No medium found"$'\nSeccomp:\t2'
	as_crun
	change 's|"noNewPrivileges": false, "ignored"|"noNewPrivileges"|; s#"sh", "-c", "[^"]*"#"sleep", "1000"#'
	create
	wait_for grep -qxF '{"ociVersion": "1.0.2", "fds": ["seccompFd"], "pid": '"$pid, \"metadata\": \"$id's\", \"state\": {\"ociVersion\": \"1.0.2\", \"id\": \"$id\", \"status\": \"creating\", \"pid\": $pid, \"bundle\": \"$bundle\", \"annotations\": {}}}" "$bundle/asked"
	oci start "$id"
	oci exec "$id" /bin/mkdir /dev/x 3>&-
	[[ $status == 1 && $stderr == *'No medium found'* ]] || fail "wanted: the agent's answer"
	wait_for grep -q "^{.*\"pid\": [0-9]*, \"metadata\".*\"status\": \"running\", \"pid\": $pid," "$bundle/asked"
	! grep running "$bundle/asked" | grep "\"pid\": $pid, \"metadata\"" || fail 'wanted: the process of exec'
}

@test "an agent is asked about execve, too; whoever asks needs one that listens, and can't ask about sendmsg" {
	asks execve
	create
	refuses "$bundle/agent" agent 'No such file'
	begin_agent
	create
	[[ $status == 0 ]] || fail 'wanted: created'
	oci start "$id"
	wait_for ended "$pid" # the agent refuses the command
	oci delete "$id"
	within=(timeout $((20 * TEST_SLOWNESS))) # box would wait for an agent that waits for box
	change 's|"execve"|"sendmsg"|'
	create
	refuses .linux.seccomp sendmsg
	change 's|"action": "SCMP_ACT_NOTIFY"|&, "args": [{"index": 2, "value": 16384, "op": "SCMP_CMP_EQ"}]|'
	create
	refuses .linux.seccomp sendmsg
	change 's|"SCMP_ACT_ALLOW", \("listenerPath.*\)"names": \["sendmsg"\], "action": "SCMP_ACT_NOTIFY", "args": [^]]*\]|"SCMP_ACT_NOTIFY", \1"names": ["mkdir"], "action": "SCMP_ACT_ALLOW"|'
	create
	refuses .linux.seccomp sendmsg
	change 's|SCMP_ACT_NOTIFY", |SCMP_ACT_ALLOW", |; s|"action": "SCMP_ACT_ALLOW"|"action": "SCMP_ACT_NOTIFY"|; s|"listenerPath"|"ignored"|'
	create
	refuses .linux.seccomp listenerPath
}

@test "a profile of box run can't ask an agent" {
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}' >"$bundle/profile"
	capture "$BOX" run --security-opt "seccomp=$bundle/profile" "$ROOTFS" true
	complains "$bundle/profile" SCMP_ACT_NOTIFY
}

# root's limit is lower than what is asked for, as engines do, and root may not raise it.
@test "a RLIMIT_MEMLOCK that root may not raise stays as it is; any other is an error that names it" {
	change 's|"rlimits": \[{"type": "RLIMIT_NOFILE"|"rlimits": [{"type": "RLIMIT_MEMLOCK"|; s|"soft": 1024, "hard": 1024|"soft": 67108864, "hard": 67108864|'
	change 's#\["sleep", "1000"\]#["sh", "-c", "ulimit -l"]#'
	log=$BATS_TEST_TMPDIR/log
	capture setpriv --bounding-set=-sys_resource bash -c 'ulimit -l 100; "$@"' - "$BOX" oci --root "$root" --cgroup-manager disabled run --bundle "$bundle" "$id"
	says 100
	change 's|RLIMIT_MEMLOCK|RLIMIT_NOFILE|'
	capture setpriv --bounding-set=-sys_resource bash -c 'ulimit -n 100; "$@"' - "$BOX" oci --root "$root" --log "$log" --cgroup-manager disabled run --bundle "$bundle" "$id"
	refuses RLIMIT_NOFILE 'not permitted'
}

@test "the annotation run.oci.keep_original_groups keeps the groups of the engine's user, as with crun: podman --group-add keep-groups" {
	run_as_groups() { setpriv --groups 4711,4712 --regid 0 "$@"; }
	change 's|"root":|"annotations": {"run.oci.keep_original_groups": "1"}, &|'
	change 's#\["sleep", "1000"\]#["sh", "-c", "id -G; exec sleep 1000"]#'
	run_as_groups "$BOX" oci --root "$root" --cgroup-manager disabled create --bundle "$bundle" "$id" 3>&- >"$bundle/groups" </dev/null
	oci start "$id"
	wait_for grep -qx '0 4711 4712' "$bundle/groups"
	capture run_as_groups "$BOX" oci --root "$root" exec "$id" id -G
	says '0 4711 4712'
	change 's|"run.oci.keep_original_groups": "1"|"run.oci.keep_original_groups": "0"|'
	oci delete --force "$id"
	run_as_groups "$BOX" oci --root "$root" --cgroup-manager disabled create --bundle "$bundle" "$id" 3>&- >"$bundle/groups" </dev/null
	oci start "$id"
	wait_for grep -qx 0 "$bundle/groups"
}

@test "the numbers of a user need no /etc/passwd and no /etc/group, whatever is there" {
	local kind
	copy_rootfs
	change "s|\"path\": \"[^\"]*\"|\"path\": \"$ROOTFS\"|; s|\"uid\": 0, \"gid\": 0|\"uid\": 4711, \"gid\": 4712, \"additionalGids\": [4713]|"
	for kind in 'rm -f' 'mkfifo' 'mkdir'; do
		rm -rf "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
		$kind "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
		run_sh 'echo $HOME; grep -e ^[UG]id: -e ^Groups: /proc/self/status'
		[[ ${lines[*]} == '/ Uid:'?4711?4711?4711?4711' Gid:'?4712?4712?4712?4712' Groups:'?4713' ' ]] || fail 'wanted: the numbers, and no home'
	done
}

# A directory has the name, and a name has at most 255 bytes. crun 1.8 ("cannot create state directory") and runc 1.1 ("file name too long") fail
# with 256 bytes, too.
@test "an ID has up to 255 bytes, and one of more is refused by its rule" {
	id=$(printf 'x%.0s' {1..255})
	create
	state_is created
	oci delete --force "$id"
	id+=x
	create
	[[ $status == 1 && $stderr == *'1 to 255'* ]] || fail 'wanted: the rule'
	id=x
}

@test "the config.json that spec writes hides the paths that box run hides" {
	local listing="cut -d ' ' -f 5 /proc/self/mountinfo | grep -e ^/proc/ -e ^/sys/ | grep -v cgroup | sort"
	local theirs
	run_sh "$listing"
	theirs=$output
	[[ $theirs == *proc/keys* && $(<"$bundle/config.json") == *'"/proc/dynamic_debug"'* ]] || fail 'wanted: a list' # not every kernel has the last
	capture "$BOX" run --network none "$ROOTFS" sh -c "$listing"
	says "$theirs"
}
