#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# Step 5: limits by cgroup v2, and a cgroup namespace.

load ../helpers
load every-step
load every-job
load every-rootfs

# Every test in a cgroup that hands controllers out and holds no process, as on most hosts. Where it
# is to be otherwise, the test makes itself a house (below).
setup() {
	! has_v2 || hand_out_by_hand "$CGROUP_ROOT"
	open_ledger
}

# As step 5 does it. A real root, the one without a type, may keep its processes.
hand_out_by_hand() {
	[[ $(<"$1/cgroup.subtree_control") != *cpu*memory*pids* ]] || return 0
	until echo '+cpu +memory +pids' 2>/dev/null >"$1/cgroup.subtree_control"; do
		[[ -e $1/cgroup.type ]]
		mkdir -p "$1/evacuated"
		move_all "$1" "$1/evacuated"
	done
}

move_all() {
	local pid
	while read -r pid; do
		echo "$pid" 2>/dev/null >"$2/cgroup.procs" || :
	done <"$1/cgroup.procs"
}

random() {
	echo $((RANDOM % ($2 - $1 + 1) + $1))
}

# launch, for a second container beside the first: with streams of its own, and in step 6 a subnet.
launch_another() {
	# shellcheck disable=SC2046 # one argument or none
	BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/another.XXXX") launch $(beside) "$@"
}

# End it from the host: PID 1 can't ignore this.
stop() {
	kill -KILL "$(init_of "$program")"
	finish
}

# The cgroup of the container that was launched last.
its_cgroup() {
	echo "$CGROUP_ROOT$(sed -n 's/^0:://p' "/proc/$(init_of "$program")/cgroup")"
}

cgroups() {
	echo "$CGROUP_ROOT"/{,*/}*/
}

oom_line() {
	echo "$STEP: killed by the kernel: it wanted more than the $1 of --memory"
}

# ---- A house: the root of a cgroup namespace, that holds its processes itself ----

# make_house [CONTROLLERS]: a cgroup that is given them, or all that there are.
make_house() {
	local above=$CGROUP_ROOT
	if (($#)); then
		above=$CGROUP_ROOT/$(random_name above)
		mkdir "$above"
		echo "$1" >"$above/cgroup.subtree_control"
	fi
	house=$above/$(random_name house)
	mkdir "$house"
}

# COMMAND lives in the house, as in a privileged container, and sees no cgroup above it. bash stays
# there beside it.
in_house() {
	bash -c 'echo 0 >"$1/cgroup.procs" && shift && exec unshare --cgroup --mount "$@"' - \
		"$house" "${house_switches[@]}" bash -c 'umount "$1" && mount -t cgroup2 cgroup2 "$1" &&
			shift && "$@" && exit' - "$CGROUP_ROOT" "$@"
}

house_switches=()

# "Leaves nothing behind" allows for the leaf, and for the cgroup that holds box's.
leave_house() {
	local leaf
	for leaf in "$house"/{evacuated,box}; do
		[[ ! -d $leaf ]] || wait_for rmdir "$leaf"
	done
	wait_for rmdir "$house"
	[[ ${house%/*} == "$CGROUP_ROOT" ]] || rmdir "${house%/*}"
}

inside_house() {
	local words
	container_words "$@"
	capture in_house "$STEP_BIN" "${words[@]}"
}

# ---- The bricks of the steps before ----------------------------------------------

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

# bats test_tags=brick:pivot,brick:detach,grade
@test "the host's files are gone, and so are its mounts" { check_detach; }

# ---- Limits ----------------------------------------------------------------------

# bats test_tags=brick:cgroup,prev,grade
@test "it has 64M and no swap, 64 processes and half a CPU, unless told otherwise" {
	needs v2
	inside sh -c 'cd /sys/fs/cgroup && cat memory.max memory.swap.max pids.max cpu.max'
	says $'67108864\n0\n64\n50000 100000'
}

# bats test_tags=brick:cgroup,grade
@test "the limits are the ones that were asked for" {
	needs v2
	local memory pids percent
	memory=$(random 2 900) pids=$(random 2 4000) percent=$(random 11 99)
	inside --memory="${memory}M" --pids="$pids" --cpus="0.$percent" \
		sh -c 'cd /sys/fs/cgroup && cat memory.max memory.swap.max pids.max cpu.max'
	says $((memory << 20))$'\n0\n'"$pids"$'\n'"${percent}000 100000"
}

# bats test_tags=brick:cgroup,mutant:swap
@test "more memory than --memory is an OOM kill: 137, and a line that says so" {
	needs v2
	local limit name
	limit=$(random 20 40) name=$(random_name hog)
	[[ $(wc -l </proc/swaps) -gt 1 ]] || skip 'needs swap: without it nothing can hide the limit'

	inside --memory="${limit}M" sh -c "cp /usr/local/bin/hog /tmp/$name && exec /tmp/$name $((limit + 60))"
	[[ $status == 137 && $stderr == "$(oom_line "${limit}M")" ]] || fail 'wanted: 137, and a line that says why'
	[[ $output =~ \ ([0-9]+)\ MiB$ ]] && ((BASH_REMATCH[1] < limit && BASH_REMATCH[1] > limit - 8)) ||
		fail "wanted: it had almost $limit MiB"
	[[ $(dmesg) == *"Killed process "+([0-9])" ($name)"* ]] || fail 'the kernel says nothing of it'
}

# bats test_tags=brick:cgroup,grade
@test "less than --memory is no OOM kill" {
	needs v2
	local limit
	limit=$(random 20 40)
	inside --memory="${limit}M" hog $((limit - 6))
	[[ $status == 0 && -z $stderr && $output == *" $((limit - 6)) MiB" ]] || fail 'wanted: all of it, and no complaint'
}

# bats test_tags=brick:cgroup,grade
@test "at --memory the kernel kills, and memory.events counts it" {
	needs v2
	local limit
	limit=$(random 20 40)
	inside --memory="${limit}M" sh -c 'hog "$0" >/dev/null; grep "^oom_kill " /sys/fs/cgroup/memory.events; exit 7' \
		$((limit + 50))
	[[ $status == 7 && $output == 'oom_kill 1' ]] || fail "wanted: the shell's 7, and one OOM kill"
}

# bats test_tags=brick:cgroup
@test "an OOM kill of a child is told, though the status is the shell's" {
	needs v2
	inside --memory=24M sh -c 'hog 90 >/dev/null; grep "^oom_kill " /sys/fs/cgroup/memory.events; exit 7'
	[[ $status == 7 && $output == 'oom_kill 1' && $stderr == *"$(oom_line 24M)" ]] || fail "wanted: the shell's 7, one OOM kill in memory.events, and a line that says so"
}

# bats test_tags=brick:cgroup,grade
@test "a kill that was not for memory is not blamed on memory" {
	needs v2
	launch sh -c 'cat /sys/fs/cgroup/pids.max; exec sleep 1000'
	stop
	[[ $status == 137 && -z $stderr && $output == 64 ]] || fail 'wanted: 137, and no word about memory'
}

# bats test_tags=brick:cgroup,grade
@test "fork fails at --pids, and works below" {
	needs v2
	local limit
	limit=$(random 4 25)
	inside --pids="$limit" sh -c 'i=0; while i=$((i + 1)); echo $i; do sleep 1000 & done'
	[[ $status != 0 && $stderr == *"can't fork"* && $output == *$'\n'"$limit" ]] || fail "wanted: $limit processes"
}

# A second of work: without a limit it would use a second of CPU time. /proc/uptime counts in 1/100 s.
work='now() { read t _ </proc/uptime; t=${t%.*}${t#*.}; }
	now; start=$t
	until [ $((t - start)) -ge 100 ]; do now; done
	echo elapsed $((t - start)); cat /sys/fs/cgroup/cpu.stat'

value() {
	awk -v name="$1" '$1 == name { print $2 }' <<<"$output"
}

# bats test_tags=brick:cgroup,grade
@test "it gets no more CPU time than --cpus, and is throttled for that" {
	needs v2
	local percent
	percent=$(random 12 30)
	inside --cpus="0.$percent" sh -c "$work"
	[[ $status == 0 ]] || fail 'wanted: a command that can do its work'
	(($(value nr_throttled) > 0)) || fail 'wanted: throttled'
	# In microseconds, with two periods for its start. A quarter more, as an emulated CPU that has to wait
	# counts that as use; without a limit it would be all of the time.
	(($(value usage_usec) <= (percent + 25) * ($(value elapsed) + 20) * 100)) ||
		fail "wanted: about $percent %"
}

@test "with --cpus max nobody throttles it" {
	needs v2
	inside --cpus=max sh -c "$work"
	[[ $status == 0 && $(value nr_throttled) == 0 ]] || fail 'wanted: no throttling'
	(($(value usage_usec) > 0)) || fail
}

# bats test_tags=brick:cgroup,grade
@test "the limits can be read inside, and not changed" {
	needs v2
	inside sh -c 'cd /sys/fs/cgroup
		for file in memory.max memory.swap.max pids.max cpu.max cgroup.procs cgroup.kill; do
			(echo 1 >$file) 2>&1 && echo "could write $file"
		done
		mkdir below 2>&1 && echo "could make a cgroup"
		cat memory.max pids.max >&2'
	[[ $output != *could\ [wm]* && $(grep -c 'Read-only file system' <<<"$output") == 7 ]] || fail 'wanted: a read-only file system, seven times'
	[[ $stderr == $'67108864\n64' ]] || fail 'wanted: the limits of memory and pids'
}

# Were it put in its cgroup, or the limits written, while the command runs: held up at each write,
# the program would come too late.
# bats test_tags=brick:cgroup,mutant:late-limits,grade
@test "the limits hold from the command's first instruction" {
	needs v2 strace
	local words memory pids delay=$((150000 + 50000 * TEST_SLOWNESS)) # where all is slow, the command is
	memory=$(random 60 99) pids=$(random 20 60)
	container_words --memory="${memory}M" --pids="$pids" sh -c 'cd /sys/fs/cgroup
		cat /proc/self/cgroup memory.max memory.swap.max pids.max cpu.max'
	capture strace --quiet=all -o /dev/null -e trace=write,sendto -e "inject=write:delay_enter=$delay" \
		"$STEP_BIN" "${words[@]}"
	says $'0::/\n'$((memory << 20))$'\n0\n'"$pids"$'\n50000 100000'
}

# bats test_tags=brick:cgroup
@test "two containers at once have limits of their own" {
	needs v2
	local first first_out first_err
	launch sh -c 'echo ready; exec sleep 1000'
	first=$program first_out=$out first_err=$err
	launch_another --memory=30M --pids=7 sh -c 'hog 60 >&2; echo ready; exec sleep 1000'
	[[ $(<"$(its_cgroup)/memory.max") == $((30 << 20)) && $(<"$(its_cgroup)/pids.max") == 7 ]] || fail 'the limits of the second'
	stop
	[[ $stderr == *"$(oom_line 30M)" ]] || fail 'wanted: an OOM kill in the second'
	program=$first out=$first_out err=$first_err
	[[ $(<"$(its_cgroup)/memory.max") == $((64 << 20)) && $(<"$(its_cgroup)/pids.max") == 64 ]] || fail 'the limits of the first'
	stop
	[[ $output == ready && -z $stderr ]] || fail 'wanted: a first that knows nothing of the second'
}

# ---- The cgroup namespace --------------------------------------------------------

# bats test_tags=brick:cgroup,brick:cgroupns,prev,grade
@test "it sees its cgroup as the root" {
	needs v2
	inside cat /proc/self/cgroup
	says 0::/
}

# bats test_tags=brick:cgroup,grade
@test "the host sees it in a cgroup of its own, which the program stays out of" {
	needs v2
	launch sh -c 'echo ready; exec sleep 1000'
	[[ $(its_cgroup) == "$CGROUP_ROOT"/?* && $(<"$(its_cgroup)/cgroup.procs") == "$(init_of "$program")" ]] ||
		fail "in $(its_cgroup): $(<"$(its_cgroup)/cgroup.procs")"
	stop
}

# bats test_tags=own
@test "without cgroupns it sees where the host has put it" {
	needs v2
	inside --without=cgroupns cat /proc/self/cgroup
	[[ $status == 0 && $output == 0::/?* ]] || fail 'wanted: a cgroup below the root'
}

# bats test_tags=own
@test "without cgroup nothing limits it, and it is in the host's cgroup" {
	local mine
	mine=$(grep ^0:: /proc/self/cgroup)
	inside --without=cgroup --memory=24M --pids=1 sh -c 'hog 60 | tail -n 1; grep ^0:: /proc/self/cgroup; ls /sys/fs/cgroup'
	[[ $status == 0 && -z $stderr && $output == $'hog: 60 MiB\n'"$mine" ]] || fail "wanted: no limits, and the host's cgroup"
}

# ---- Nothing is left behind ------------------------------------------------------

# bats test_tags=brick:cgroup,grade
@test "its cgroup is gone afterwards: after success, failure and an OOM kill" {
	needs v2
	local before words
	before=$(cgroups)
	for words in 'true' 'false' '/etc' 'hog 64'; do
		# shellcheck disable=SC2086
		inside --memory=16M $words
		[[ $(cgroups) == "$before" ]] || fail "left behind: $(cgroups)"
	done
	inside sh -c 'sleep 1000 & sleep 1000 & exec cat /sys/fs/cgroup/memory.max'
	[[ $output == 67108864 && $(cgroups) == "$before" ]] || fail "left behind: $(cgroups)"
}

# bats test_tags=brick:cgroup
@test "its cgroup is gone after a signal to the program" {
	needs v2
	local before signal
	before=$(cgroups)
	for signal in TERM HUP; do
		launch sh -c 'trap "exit 3" TERM HUP; echo ready; sleep 1000 & wait'
		[[ $(its_cgroup) != "$CGROUP_ROOT"/ && $(cgroups) != "$before" ]] || fail 'wanted: a cgroup'
		kill -"$signal" "$program"
		finish
		[[ $status == 3 && $(cgroups) == "$before" ]] || fail "left behind: $(cgroups)"
	done
}

# bats test_tags=brick:cgroup
@test "what a program that was killed could not remove, the next one does" {
	needs v2
	local before left
	before=$(cgroups)
	launch sh -c 'echo ready; exec sleep 1000'
	left=$(its_cgroup)
	kill -KILL "$program"
	finish
	wait_for grep -qx 'populated 0' "$left/cgroup.events"
	inside cat /sys/fs/cgroup/pids.max
	says 64
	[[ $(cgroups) == "$before" ]] || fail "left behind: $(cgroups)"
}

# They share the tree of cgroups, and nothing else: PIDs say nothing about who owns one.
# bats test_tags=brick:cgroup,own
@test "two runs that have the same PID, in two PID namespaces, have two cgroups" {
	needs v2
	local fifo=$BATS_TEST_TMPDIR/fifo hold limit words programs=() before
	before=$(cgroups)
	mkfifo "$fifo"
	exec {hold}<>"$fifo"
	for limit in 11 12; do
		# shellcheck disable=SC2046 # one argument or none
		container_words $(beside) --pids="$limit" sh -c 'cat /sys/fs/cgroup/pids.max; read -r _; cat /sys/fs/cgroup/pids.max'
		out=$(mktemp "$BATS_TEST_TMPDIR/out.XXXX") err=$out.err
		unshare --pid --fork "$STEP_BIN" "${words[@]}" <"$fifo" >"$out" 2>"$err" 3>&- &
		program=$! programs+=("$!:$out:$limit")
		wait_for has_spoken_or_ended
	done
	printf '\n\n' >&"$hold"
	for program in "${programs[@]}"; do
		limit=${program##*:} out=${program#*:} program=${program%%:*}
		out=${out%:*} err=${out%:*}.err
		await
		says "$limit"$'\n'"$limit"
	done
	exec {hold}>&-
	[[ $(cgroups) == "$before" ]] || fail "left behind: $(cgroups)"
}

# strace holds the first run when it has made its cgroup, and nobody is in it yet.
# bats test_tags=brick:cgroup,own
@test "a run leaves alone what another one has just made, in another PID namespace, too" {
	needs v2 strace
	local before words first tracer made
	before=$(cgroups)
	container_words --pids=13 cat /sys/fs/cgroup/pids.max
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	strace -D -qq -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:delay_enter=1000000000 \
		"$STEP_BIN" "${words[@]}" >"$out" 2>"$err" 3>&- &
	program=$! first=$!
	wait_for has_new_cgroup
	made=$(cgroups)
	wait_for is_at_rest "$first"
	# shellcheck disable=SC2046 # one argument or none
	container_words $(beside) true
	capture unshare --pid --fork "$STEP_BIN" "${words[@]}"
	[[ $status == 0 && $(cgroups) == "$made" ]] || fail 'wanted: a second run, and the cgroup of the first'
	tracer=$(sed -n 's/^TracerPid:\t//p' "/proc/$first/status")
	((tracer > 0)) && kill -KILL "$tracer"
	finish
	says 13
}

has_new_cgroup() { [[ $(cgroups) != "$before" ]] || is_gone "$program"; }

# bats test_tags=brick:cgroup,grade
@test "it takes nothing from a neighbour: limits, processes, controllers" {
	needs v2
	local neighbour handed_out member
	neighbour=$CGROUP_ROOT/$(random_name neighbour)
	handed_out=$(<"$CGROUP_ROOT/cgroup.subtree_control")
	mkdir "$neighbour"
	echo 50M >"$neighbour/memory.max"
	echo 11 >"$neighbour/pids.max"
	sleep 1000 3>&- &
	member=$!
	echo "$member" >"$neighbour/cgroup.procs"

	inside cat /sys/fs/cgroup/pids.max
	says 64
	[[ $(<"$neighbour/memory.max") == $((50 << 20)) && $(<"$neighbour/pids.max") == 11 ]] || fail 'its limits'
	[[ $(<"$neighbour/cgroup.procs") == "$member" ]] || fail 'its process'
	[[ $(<"$CGROUP_ROOT/cgroup.subtree_control") == "$handed_out" ]] || fail 'the controllers'
	kill "$member"
	wait "$member" || :
	wait_for rmdir "$neighbour"
}

# ---- Where it is hard ------------------------------------------------------------

# bats test_tags=brick:cgroup,brick:evacuate,mutant:one-by-one
@test "in a privileged container: the processes move to a leaf, and the limits hold" {
	needs v2
	make_house
	inside_house --memory=31M sh -c 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max; exec hog 60 >&2'
	[[ $status == 137 && $output == $'0::/\n'$((31 << 20)) && $stderr == *"$(oom_line 31M)" ]] || fail 'wanted: an OOM kill at 31M, and its cgroup as the root'
	[[ $(<"$house/cgroup.type") == domain ]] || fail "the cgroup is $(<"$house/cgroup.type") now"
	[[ $(<"$house/cgroup.subtree_control") == *cpu*memory*pids* ]] || fail 'no controllers are handed out'
	inside_house cat /sys/fs/cgroup/pids.max
	leave_house
}

# Whatever the leaf is called.
# bats test_tags=brick:evacuate,mutant:one-by-one,grade
@test "where processes are in the way, they move to a leaf, and the limits hold" {
	needs v2
	local leaf
	make_house
	inside_house --memory=31M sh -c 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max'
	says $'0::/\n'$((31 << 20))
	[[ $(<"$house/cgroup.type") == domain ]] || fail "the cgroup is $(<"$house/cgroup.type") now"
	for leaf in "$house"/*/; do
		[[ ! -d $leaf ]] || wait_for rmdir "$leaf"
	done
	leave_house
}

# bats test_tags=brick:evacuate
@test "who was there before is moved, to a leaf that may be there already, and lives on" {
	needs v2
	local resident
	make_house
	mkdir "$house/evacuated"
	sleep 1000 3>&- &
	resident=$!
	echo "$resident" >"$house/cgroup.procs"
	capture in_house bash -c '"$0" "$@" && cat /proc/self/cgroup' "$STEP_BIN" "${STEP_OPTIONS[@]}" "$ROOTFS" true
	[[ $status == 0 && $output == 0::/?* ]] || fail 'wanted: the caller in a leaf'
	grep -qx "$resident" "$house/evacuated/cgroup.procs" || fail 'wanted: the resident in a leaf'
	kill "$resident"
	wait "$resident" || :
	leave_house
}

@test "without evacuate: EBUSY, and nobody is moved" {
	needs v2
	make_house
	local resident
	sleep 1000 3>&- &
	resident=$!
	echo "$resident" >"$house/cgroup.procs"
	inside_house --without=evacuate true
	complains 'esource busy' # which libc has more words for it?
	grep -qx "$resident" "$house/cgroup.procs" || fail 'the resident has been moved'
	kill "$resident"
	wait "$resident" || :
	leave_house
}

# In the VM as it booted, outside of any chamber.
# bats test_tags=brick:cgroup
@test "the real root may hold processes: nobody is moved" {
	needs v2
	local mine
	[[ ! -e $CGROUP_ROOT/cgroup.type ]] || skip 'needs the real root of all cgroups'
	echo '-cpu -memory -pids' 2>/dev/null >"$CGROUP_ROOT/cgroup.subtree_control" || skip 'needs a root that nobody has built on'
	mine=$(</proc/self/cgroup)
	inside cat /sys/fs/cgroup/pids.max
	says 64
	[[ $(</proc/self/cgroup) == "$mine" && ! -e $CGROUP_ROOT/evacuated ]] || fail 'wanted: everybody where they were'
}

# They show as 0 in cgroup.procs: whoever sees them so can't move them.
@test "processes of another PID namespace in the way: it says so" {
	needs v2
	make_house
	house_switches=(--pid --fork --mount-proc)
	inside_house true
	complains "$CGROUP_ROOT" 'PID namespace'
	leave_house
}

names_the_ways_out() {
	complains 'make vm'
	[[ $stderr =~ cgroup_no_v1=|systemd.unified_cgroup_hierarchy=1 ]] || fail 'wanted: the option for the kernel'
}

@test "a cgroup2 without the controllers: it names the kernel option and the VM" {
	local given one
	if ! has_v2; then
		step "$ROOTFS" true
		names_the_ways_out
		return
	fi
	given=('' '+cpu +pids' '+memory +pids')
	if echo +cpuset 2>/dev/null >"$CGROUP_ROOT/cgroup.subtree_control"; then
		given+=('+cpuset +memory +pids')
	fi
	for one in "${given[@]}"; do
		make_house "$one"
		inside_house true
		leave_house
		names_the_ways_out
	done
}

@test "no cgroup2 at all: it names the kernel option and the VM" {
	capture unshare --mount bash -c 'while umount --lazy "$1" 2>/dev/null; do :; done; shift; exec "$@"' - \
		"$CGROUP_ROOT" "$STEP_BIN" "$ROOTFS" true
	names_the_ways_out
}

# bats test_tags=own
@test "without /proc there is no telling where cgroup2 is: it says that, and doesn't blame cgroup v1" {
	capture unshare --mount bash -c 'umount --lazy /proc; exec "$@"' - "$STEP_BIN" "$ROOTFS" true
	complains /proc/
	[[ $stderr != *cgroup_no_v1* ]] || fail 'wanted: nothing about cgroup v1'
}

# bats test_tags=narration
@test "--explain tells a write that failed once" {
	needs v2
	make_house
	inside_house --without=evacuate --explain true
	leave_house
	[[ $status == 125 && $stderr == *' = -1 ('* ]] || fail 'wanted: a write that fails'
	! grep -Eq '^ *= |= -?[0-9]+( \([^)]*\))? = ' <<<"$stderr" || fail 'wanted: each result once'
}

# bats test_tags=narration
@test "--explain says of the leaf that it is made" {
	needs v2
	make_house
	inside_house --explain true
	[[ $status == 0 && $stderr == *leaf*"$CGROUP_ROOT/evacuated"* ]] || fail 'wanted: a word about the leaf'
	leave_house
}

# ---- The words for limits --------------------------------------------------------

bad_words() {
	local option=$1 word
	shift
	for word; do
		status=0
		output=$("$STEP_BIN" --"$option" "$word" "$ROOTFS" true 2>"$BATS_TEST_TMPDIR/err") || status=$?
		stderr=$(<"$BATS_TEST_TMPDIR/err")
		complains "--$option" "$word" max
	done
}

@test "a bad SIZE is one line that shows it" {
	bad_words memory '' 0 -1 -64M +64M ' 64M' '64M ' 64MB 64m8 M 64X 1.5G 1e9 0x4000000 64M64M \
		1023K 1048575 Max maximum 18446744073709551616 16777216T 99999999999999999999999 $'64M\t'
}

@test "a bad N is one line that shows it" {
	bad_words pids '' 0 -1 +5 ' 5' '5 ' 5K 1.5 1e3 0x10 none Max 4294967297 18446744073709551617
}

@test "a bad X is one line that shows it" {
	bad_words cpus '' 0 0.001 -1 -0.5 +0.5 ' 1' '1 ' 1,5 1..5 . 1e1 0x1 50% inf nan Max 99999999999
}

# bats test_tags=brick:cgroup
@test "SIZE is in bytes, K, M, G or T" {
	needs v2
	local kilo
	kilo=$(($(random 500 9000) * 4))
	while read -r word value; do
		inside --memory="$word" cat /sys/fs/cgroup/memory.max
		says "$value"
	done <<-END
		${kilo}K $((kilo << 10))
		$((kilo << 10)) $((kilo << 10))
		3G $((3 << 30))
		2T $((2 << 40))
	END
}

# bats test_tags=brick:cgroup
@test "the smallest limits that are accepted are enough for a start" {
	needs v2
	inside --memory=1M --pids=1 --cpus=0.01 true
	[[ $status == 0 && -z $stderr ]] || fail 'wanted: a start'
	inside --memory=1048576 --pids=2 --cpus=0.05 sh -c 'cd /sys/fs/cgroup && cat memory.max pids.max cpu.max'
	says $'1048576\n2\n5000 100000'
}

# bats test_tags=brick:cgroup
@test "max takes a limit away" {
	needs v2
	inside --memory=max --pids=max --cpus=max sh -c 'cd /sys/fs/cgroup && cat memory.max memory.swap.max pids.max cpu.max'
	says $'max\nmax\nmax\nmax 100000'
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
# bats test_tags=grade
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
@test "stdin, stdout, stderr and the environment are COMMAND's" { check_streams; }
# bats test_tags=grade
@test "COMMAND gets no signal blocked or ignored, and no descriptor, of the program's" { check_nothing_leaks; }
@test "SIGTERM, SIGINT and SIGHUP are passed on, and COMMAND's status comes back" { check_signals_are_passed_on; }
@test "a COMMAND that goes on gets SIGKILL a second later" { check_signals_end_the_deaf; }
@test "SIGKILL to the program ends the container" { check_kill_ends_it; }
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
@test "Ctrl-C at each pause of --explain=pause ends it, with one line and nothing left" {
	needs v2
	check_ctrl_c_at_each_pause 7
}
# bats test_tags=narration
@test "--explain tells the calls of both sides on stderr" { check_explain; }
