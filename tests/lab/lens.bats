#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2154 # quoted so for another shell; shared with helpers.bash
#
# lab/lens: what it says of a container is what lsns, findmnt, ip and the kernel's files say. The
# containers are made by the steps, by unshare, bwrap and crun.

load ../helpers

lens=$toolkit/build/lens

# A copy: others may write to build/rootfs meanwhile.
[[ ! -d ${BATS_FILE_TMPDIR-}/rootfs ]] || ROOTFS=$BATS_FILE_TMPDIR/rootfs
setup_file() { cp -a "$ROOTFS" "$BATS_FILE_TMPDIR/rootfs"; }

# run_step STEP [--option=value]... COMMAND...: in the background; sets $program, and $init when COMMAND runs.
run_step() {
	STEP=$1 STEP_BIN=$toolkit/$1/$1
	STEP_OPTIONS=()
	[[ $STEP != step[56]* ]] || has_v2 || STEP_OPTIONS=(--without cgroup)
	sweep
	start "${@:2}"
	wait_for has_become_or_ended "$program"
	[[ -n $init ]] || { finish && fail "wanted: a container of $STEP"; }
}

# Where there are limits, a run moves what is in the way to a leaf, and takes away what others left.
sweep() {
	[[ $STEP != step[56]* ]] || ! has_v2 || STEP=step5-cgroup STEP_BIN=$toolkit/step5-cgroup/step5-cgroup inside true
}

# The program has a child, which is no longer the program, and has its arguments, which execve(2) sets last.
has_become() {
	read -r init _ <"/proc/$1/task/$1/children" || [[ -n $init ]] || return
	[[ -e /proc/$init/exe && ! /proc/$init/exe -ef /proc/$1/exe ]] && read -r -d '' _ <"/proc/$init/cmdline"
} 2>/dev/null

runs() { has_become "$program" && has_name "$1" "$init"; }

runs_or_ended() { runs "$1" || is_gone "$program"; }

has_become_or_ended() { has_become "$1" || is_gone "$1"; }

stop() {
	local pid=${1:-$program}
	kill -KILL "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
	sweep
}

# ask FILTER [WORD...]: what jq finds in the lens's JSON.
ask() {
	jq -c -r "$1" <<<"$json"
}

look_at() {
	json=$("$lens" --json "$1")
	container=$(jq -r .pid <<<"$json")
}

# equals WHAT OURS THEIRS
equals() {
	[[ $2 == "$3" ]] || fail "$1: the lens says <$2>, and <$3> is right"
}

# ---- Compared with the tools ------------------------------------------------------

# agrees PID: the lens, given PID, tells the truth of the container that it finds.
agrees() {
	look_at "$1"
	[[ $(ask .ended) == false ]] || fail "it has ended: $json"
	agrees_on_processes
	agrees_on_namespaces
	agrees_on_mounts
	agrees_on_users
	agrees_on_links
}

agrees_on_processes() {
	local pids
	pids=$(sed -n 's/^NSpid:\t//p' "/proc/$container/status")
	equals 'PID inside' "$(ask .container.pid)" "${pids##*$'\t'}"
	equals 'PID outside' "$(ask .host.pid)" "$container"
	[[ /proc/$container/ns/pid -ef /proc/self/ns/pid ]] ||
		equals 'all PIDs inside' "$(ask '[.processes[].container] | sort | join(" ")')" \
			"$(nsenter -t "$container" -p unshare -m sh -c 'mount -t proc proc /proc && echo /proc/[0-9]*' |
				grep -o '[0-9]*' | sort -n | head -n -1 | paste -sd ' ')"
}

agrees_on_namespaces() {
	local type inode
	while read -r type inode; do
		equals "$type namespace" "$(ask ".container.namespaces.$type")" "$inode"
		equals "own $type namespace" "$(ask ".same.$type")" \
			"$([[ /proc/$container/ns/$type -ef /proc/self/ns/$type ]] && echo true || echo false)"
	done < <(lsns --noheadings --raw --output TYPE,NS --task "$container")
	equals hostname "$(ask .container.hostname)" "$(nsenter -t "$container" -u uname -n)"
	equals 'cgroup from outside' "$(ask .host.cgroup)" "$(sed -n 's/^0:://p' "/proc/$container/cgroup")"
	equals 'cgroup from inside' "$(ask .container.cgroup)" \
		"$(nsenter -t "$container" -C sed -n 's/^0:://p' "/proc/$container/cgroup")"
}

agrees_on_mounts() {
	equals mounts "$(ask .container.mounts)" "$(wc -l <"/proc/$container/mountinfo")"
	equals 'shared mounts' "$(ask .container.mounts_shared)" "$(grep -c ' shared:' "/proc/$container/mountinfo")"
	equals 'host mounts' "$(ask .host.mounts)" "$(wc -l </proc/self/mountinfo)"
	equals 'root directory' "$(ask .container.root)" "$(readlink "/proc/$container/root")"
	equals 'root mount' "$(ask '.container | select(.root_mount) | [.root_mount, .root_type, .propagation] | join(" ")')" \
		"$(findmnt -N "$container" -n -l -o TARGET,SOURCE,FSTYPE,PROPAGATION | awk '$1 == "/" { root = $2 " " $3 " " $4 } END { printf root }' | sed 's/private,//; s/,/, /')"
}

agrees_on_users() {
	local map
	for map in uid_map gid_map; do
		equals "$map" "$(ask ".container.${map}[] | join(\" \")")" "$(tr -s ' ' <"/proc/$container/$map" | sed 's/^ //')"
	done
}

# The peer is the interface of the host that has the number that ip shows after the @.
agrees_on_links() {
	local theirs='[.[] | [.ifindex, .ifname, (.flags | index("UP") != null), ([.addr_info[] | "\(.local)/\(.prefixlen)"] | sort)]] | sort'
	local ours='[.[] | [.index, .name, .up, (.addresses | sort)]] | sort' index name peer
	# Addresses of IPv6 that come by themselves come when they will.
	local mine='map(map(arrays |= map(select(startswith("fe80") | not))))'
	equals 'interfaces' "$(ask ".container.interfaces | $ours | $mine")" "$(nsenter -t "$container" -n ip -json address | jq -c "$theirs | $mine")"
	equals "host's interfaces" "$(ask ".host.interfaces | $ours | $mine")" "$(ip -json address | jq -c "$theirs | $mine")"
	while read -r name index; do
		peer=$(ip -json link | jq -r ".[] | select(.ifindex == $index) | .ifname")
		equals "peer of $name" "$(ask ".container.interfaces[] | select(.name == \"$name\") | .peer")" "$peer"
		equals "peer of $peer" "$(ask ".host.interfaces[] | select(.name == \"$peer\") | .peer")" "$name"
	done < <(nsenter -t "$container" -n ip -json link | jq -r '.[] | select(.link_netnsid and .ifname != "deep" and .ifname != "mac") | "\(.ifname) \(.link_index)"')
}

# Two of them, so that an interface of one could be taken for the other's.
agrees_on_step() {
	local step=$1
	run_step "$step" sleep 1000
	agrees "$init"
	equals 'the program outside' "$("$lens" --json "$program" | jq .pid)" "$init"
	stop
}

@test "it is right on step 1, step 2 and step 3" {
	agrees_on_step step1-pid
	agrees_on_step step2-uts
	agrees_on_step step3-mount
	[[ $(ask .container.root) == "$ROOTFS" && $(ask .container.root_mount) == null ]] || fail "not a chroot: $json"
}

@test "it is right on step 4" { agrees_on_step step4-pivot; }

@test "it is right on step 5" { agrees_on_step step5-cgroup; }

no_cable() { ! compgen -G '/sys/class/net/step6-*' >/dev/null; }

@test "it is right on step 6, and on two of them" {
	agrees_on_step step6-net
	wait_for no_cable
	run_step step6-net --subnet="$(random_subnet)" sleep 1000
	first=$init first_program=$program
	run_step step6-net --subnet="$(random_subnet)" sleep 1000
	agrees "$first"
	peer=$(ask '.container.interfaces[] | select(.name == "eth0") | .peer')
	agrees "$init"
	[[ $(ask '.container.interfaces[] | select(.name == "eth0") | .peer') == step6-* && $peer == step6-* ]]
	stop "$first_program"
	stop
}

@test "it is right on a container of unshare" {
	unshare --pid --fork --kill-child --mount --uts --ipc --net --cgroup --user --map-root-user sh -c 'mount -t proc proc /proc; hostname '"$(random_name)"'; exec sleep 1000' &
	program=$!
	wait_for runs sleep
	agrees "$program"
	[[ $(ask '[.same[]] | map(select(.)) | length') == 1 ]] || fail "wanted: the time namespace alone the same: $json"
	stop
}

has_name() {
	local name
	read -r name <"/proc/$2/comm" && [[ $name == "$1" ]]
} 2>/dev/null

@test "it is right on a container of bwrap" {
	needs native bwrap
	bwrap --unshare-all --hostname "$(random_name)" --ro-bind / / --proc /proc --dev /dev --die-with-parent sleep 1000 &
	program=$!
	wait_for is_child_of bwrap sleep
	agrees "$program"
	stop
}

# By its name. The first children of box are no container: they set the firewall.
@test "it is right on a container of box" {
	needs root "$toolkit/full/box"
	id=$(random_name)
	"$toolkit/full/box" run --name "$id" --hostname "$id-host" "$ROOTFS" sleep 1000 >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	program=$!
	wait_for runs_or_ended sleep
	agrees "$id"
	[[ $(ask .container.hostname) == "$id-host" ]] || fail "wanted: the hostname $id-host: $json"
	kill -KILL "$init"
	wait "$program" || :
	# They are for the boxes to come, and stay.
	rmdir "$CGROUP_ROOT/box" 2>/dev/null || :
	ip link delete box0 2>/dev/null || :
}

# bwrap has a PID 1 of its own between.
is_child_of() {
	local child
	read -r init _ <"/proc/$program/task/$program/children" || [[ -n $init ]] || return
	read -r child _ <"/proc/$init/task/$init/children" || [[ -n $child ]] || return
	has_name "$1" "$init" && has_name "$2" "$child"
} 2>/dev/null

# crun wants no cgroup2 beside v1: in a mount namespace of its own there is none.
@test "it is right on a container of crun" {
	needs native crun
	copy_rootfs
	cd "$BATS_TEST_TMPDIR"
	crun spec
	jq '.process.args = ["sleep", "1000"] | .process.terminal = false | .hostname = "crun" | del(.linux.resources)' \
		config.json >new && mv new config.json
	id=$(random_name)
	in_crun run --detach --pid-file pid "$id" 3>&-
	agrees "$(<pid)"
	[[ $(ask .container.hostname) == crun && $(ask .container.pid) == 1 ]]
	in_crun delete --force "$id"
}

in_crun() {
	unshare --mount sh -c 'umount -l /sys/fs/cgroup/unified 2>/dev/null; exec "$@"' - \
		crun --root "$BATS_TEST_TMPDIR/crun" --cgroup-manager=disabled "$@" </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/crun.err"
}

@test "a veth in a chain of namespaces, and a macvlan, have their peers" {
	mac=yes
	unshare --net sleep 1000 &
	near=$!
	unshare --net sleep 1000 &
	far=$!
	wait_for has_own_net "$near"
	wait_for has_own_net "$far"
	ip link add here type veth peer name there netns "$near"
	nsenter -t "$near" -n ip address add 10.7.0.1 peer 10.7.0.2/32 dev there
	nsenter -t "$near" -n ip link add deep type veth peer name deeper netns "$far"
	ip link add link here name mac netns "$near" type macvlan 2>/dev/null || mac=no
	agrees "$near"
	equals 'the peer of what leads elsewhere' "$(ask '.container.interfaces[] | select(.name == "deep") | .peer')" null
	[[ $mac == no ]] || equals 'the device below mac' "$(ask '.container.interfaces[] | select(.name == "mac") | .peer')" here
	ip link delete here
	stop "$near"
	stop "$far"
}

has_own_net() { [[ -e /proc/$1/ns/net && ! /proc/$1/ns/net -ef /proc/self/ns/net ]]; }

# ---- Limits -----------------------------------------------------------------------

@test "it shows limits and use as the kernel counts them" {
	needs v2
	memory=$((RANDOM % 32 + 32)) pids=$((RANDOM % 50 + 10)) cpus=0.$((RANDOM % 8 + 1))
	run_step step5-cgroup --memory="${memory}M" --pids=$pids --cpus=$cpus sh -c 'sleep 1000 & sleep 1000 & wait'
	cgroup=$(echo "$CGROUP_ROOT"/step5-*)
	wait_for holds_three
	agrees "$program"
	equals limits "$(ask '.container | [.memory.limit, .swap.limit, .pids.limit, .cpu.limit] | join(" ")')" "$((memory << 20)) 0 $pids $cpus"
	equals processes "$(ask .container.pids.use)" 3
	wait_for memory_agrees # once the sleeps are what they are
	capture "$lens" "$program"
	[[ $output =~ memory.*\ of\ ${memory}M ]] || fail 'wanted: the limit of memory'
	[[ $output =~ pids\ .*\|\ \[[#.]{10}\]\ 3\ of\ $pids ]] || fail 'wanted: a bar of processes'
	stop
}

holds_three() { [[ $(wc -l <"$cgroup/cgroup.procs") == 3 ]]; }
memory_agrees() { look_at "$program" && [[ $(ask .container.memory.use) == "$(<"$cgroup/memory.current")" ]]; }

@test "it counts OOM kills, and shows the pressure of a CPU limit" {
	needs v2
	run_step step5-cgroup --memory=32M --cpus=0.1 sh -c '(tail -n 1 /dev/zero); while :; do :; done'
	cgroup=$(echo "$CGROUP_ROOT"/step5-*)
	wait_for grep -q 'oom_kill 1' "$cgroup/memory.events"
	wait_for grep -q '^some avg10=[1-9]' "$cgroup/cpu.pressure"
	look_at "$program"
	equals 'OOM kills' "$(ask .container.oom_kills)" 1
	wait_for uses_about_a_tenth # who took more than the quota of a period has none in the next ones
	stop
}

uses_about_a_tenth() {
	look_at "$program"
	[[ $(ask '.container.pressure.cpu > 1 and .container.cpu.use > 0.02 and .container.cpu.use < 0.5') == true ]]
}

# All cgroups above count; the tightest limit is the one that holds.
@test "a limit further up counts, and is said to come from there" {
	needs v2
	outer=$CGROUP_ROOT/$(random_name)
	run_step step5-cgroup --memory=64M sleep 1000
	mkdir "$outer"
	echo +memory +pids >"$outer/cgroup.subtree_control"
	mkdir "$outer/inner"
	echo 48M >"$outer/memory.max"
	echo 64M >"$outer/inner/memory.max"
	echo "$init" >"$outer/inner/cgroup.procs"
	look_at "$init"
	equals limit "$(ask '.container.memory | [.limit, .by] | join(" ")')" "$((48 << 20)) /${outer##*/}"
	capture "$lens" "$init"
	[[ $output == *"of 48M"*"by /${outer##*/}"* ]] || fail 'wanted: whose limit it is'
	stop
	wait_for rmdir "$outer/inner"
	rmdir "$outer"
}

# A hierarchy of version 1, made of files: the machine's own is not for tests.
@test "limits on cgroup v1 are read there" {
	needs native root
	sleep 1000 &
	program=$!
	tree=$BATS_TEST_TMPDIR/v1
	mkdir -p "$tree/memory/a/b" "$tree/pids/a/b" "$tree/cpu/a/b"
	echo 33554432 >"$tree/memory/a/memory.limit_in_bytes"
	echo 9223372036854771712 >"$tree/memory/a/b/memory.limit_in_bytes"
	echo 16777216 | tee "$tree/memory/a/memory.usage_in_bytes" >"$tree/memory/a/b/memory.usage_in_bytes"
	printf 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n' >"$tree/memory/a/b/memory.oom_control"
	echo 20 >"$tree/pids/a/b/pids.max"
	echo 30 >"$tree/pids/a/pids.max"
	echo 7 >"$tree/pids/a/b/pids.current"
	echo 25000 >"$tree/cpu/a/b/cpu.cfs_quota_us"
	echo 50000 >"$tree/cpu/a/b/cpu.cfs_period_us"
	echo 5 >"$tree/cpu/a/b/cpuacct.usage"
	printf '9:memory:/a/b\n8:pids:/a/b\n7:cpu,cpuacct:/a/b\n0::/\n' >"$tree/cgroup"
	for controller in memory pids cpu; do
		echo "50 1 0:9$controller / $tree/$controller rw - cgroup cgroup rw,$controller"
	done >"$tree/mountinfo"
	look_at_v1
	equals limits "$(ask '.container | [.memory.limit, .memory.use, .memory.by, .pids.limit, .pids.use, .cpu.limit, .oom_kills, .swap] | map(tostring) | join(" ")')" \
		'33554432 16777216 /a 20 7 0.5 3 null'
	echo 9223372036854771712 >"$tree/memory/a/memory.limit_in_bytes"
	look_at_v1
	equals 'no limit' "$(ask '.container.memory | [.limit, .use] | map(tostring) | join(" ")')" 'null 16777216'
	stop
}

look_at_v1() {
	json=$(unshare --mount sh -c 'mount --bind $1/cgroup /proc/$2/cgroup && mount --bind $1/mountinfo /proc/$$/mountinfo &&
		exec "$0" --json $2' "$lens" "$tree" "$program")
}

# ---- Which process is meant -------------------------------------------------------

# The kernel takes any bytes for a name; JSON takes UTF-8 alone.
@test "a hostname that is no UTF-8 leaves the JSON whole" {
	unshare --pid --fork --kill-child --mount-proc --uts sh -c 'printf "a\377b" >/proc/sys/kernel/hostname; exec sleep 1000' &
	program=$!
	wait_for runs sleep
	"$lens" --json "$program" >"$BATS_TEST_TMPDIR/json"
	python3 -c 'import json, sys; print(json.loads(open(sys.argv[1], "rb").read().decode())["container"]["hostname"])' \
		"$BATS_TEST_TMPDIR/json" >"$BATS_TEST_TMPDIR/hostname"
	equals hostname "$(<"$BATS_TEST_TMPDIR/hostname")" 'a?b'
	stop
}

@test "it says that the program outside is not the container" {
	run_step step4-pivot sleep 1000
	capture "$lens" "$program"
	[[ $status == 0 && ${lines[0]} == "$init: sleep 1000" && ${lines[1]} == "$program (step4-pivot) runs it from outside"* ]] ||
		fail 'wanted: a line about the program outside'
	capture "$lens" "$init"
	[[ $output != *outside* && $output == *"other than here: mnt pid uts;"* ]] || fail 'wanted: the container alone'
	stop
}

@test "it answers: which terminal is this?" {
	capture "$lens" $$
	[[ $output == *'no container, or you are in it'* && $output != *' other'* ]] || fail 'wanted: no container'
}

@test "a container of box is found by its name" {
	needs native
	name=$(random_name)
	mkdir -p "$BATS_TEST_TMPDIR/box/$name"
	sleep 1000 &
	program=$!
	echo "{\"id\": \"pid\", \"pid\": $program}" >"$BATS_TEST_TMPDIR/box/$name/state.json"
	BOX_ROOT=$BATS_TEST_TMPDIR/box look_at "$name"
	equals PID "$container" "$program"
	echo "{\"pid\":0}" >"$BATS_TEST_TMPDIR/box/$name/state.json"
	BOX_ROOT=$BATS_TEST_TMPDIR/box refuses "$name" "$name" 'no process'
	stop
}

@test "bad words get one clear line" {
	needs native
	gone=$(sh -c 'echo $$')
	refuses "$gone" "$gone" 'no process'
	refuses no-such-container no-such-container box
	refuses ../box ../box box
	refuses 0 PID
	refuses 99999999999999 PID
	refuses 12x PID
	refuses ''
	refuses --no-such --no-such --json
	refuses '1 2' 1 2
	refuses '--json --watch 1' --json --watch
	refuses '--watch 1' terminal
}

# refuses WORDS TEXT...
refuses() {
	local text
	# shellcheck disable=SC2086 # words
	capture "$lens" $1 </dev/null
	[[ $status == 1 && -z $output && $stderr == lab/lens:* && $stderr != *$'\n'* ]] || fail "wanted: status 1, and one line, for: $1"
	for text in "${@:2}"; do
		[[ $stderr == *"$text"* ]] || fail "wanted: a line that says $text"
	done
}

@test "without root it shows what it may, and says who sees the rest" {
	needs native root
	sleep 1000 &
	program=$!
	capture setpriv --reuid=65534 --regid=65534 --clear-groups /proc/self/fd/9 "$program" 9<"$lens"
	[[ $status == 0 && $stderr == '' && $output == *"PID "*"| $program"*'?'*"sudo lab/lens $program"* ]] || fail 'wanted: what is to be seen, and a hint'
	stop
}

@test "without root it sees all of a container that is one's own" {
	needs root
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user true || skip 'needs user namespaces without root'
	setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user --pid --fork --kill-child --uts --net \
		sh -c 'hostname mine; exec sleep 1000' &
	program=$!
	wait_for runs sleep
	json=$(setpriv --reuid=65534 --regid=65534 --clear-groups /proc/self/fd/9 --json "$program" 9<"$lens")
	equals 'what it sees' "$(ask '[.container.hostname, .host.uid, .container.uid, .container.interfaces[0].index] | join(" ")')" 'mine 65534 0 1'
	stop
}

# ---- A process that goes away -----------------------------------------------------

# The lens is stopped at each of its calls in turn, and the process ends there.
@test "a process that ends while it is read is no error" {
	needs native strace
	local call
	for call in {1..60..3}; do
		ends_at openat "$call"
	done
	for call in 1 5 9 13 17; do
		ends_at newfstatat "$call"
	done
	ends_at clone 1
	# Between two looks, it is the first that is shown.
	ends_at poll 1
	[[ $output == *'last seen'*"| $program"*interfaces* && $output != *'| ?'* ]] || fail 'wanted: all of the last state'
}

ends_at() {
	sleep 1000 &
	program=$!
	wait_for has_name sleep "$program"
	rm -f "$BATS_TEST_TMPDIR/trace"
	strace -D -qq -o "$BATS_TEST_TMPDIR/trace" -e trace="/^($1|fork|vfork|clone3|ppoll)\$" -e inject="/^($1)\$:signal=STOP:when=$2" \
		"$lens" "$program" >"$BATS_TEST_TMPDIR/said" 2>"$BATS_TEST_TMPDIR/complained" 3>&- &
	watcher=$!
	wait_for is_held_or_gone "$watcher"
	stop
	kill -CONT "$watcher" 2>/dev/null || :
	status=0
	wait "$watcher" || status=$?
	output=$(<"$BATS_TEST_TMPDIR/said") stderr=$(<"$BATS_TEST_TMPDIR/complained")
	[[ $status == 0 && $stderr == '' && $output == *"$program"* ]] || [[ $status == 1 && $stderr == *'no process'* ]] ||
		fail "wanted: no error, though it ended at $1 number $2"
	[[ $2 -lt 10 || $status == 0 ]] || fail "wanted: status 0, since it was there when the lens began"
}

is_held_or_gone() { is_gone "$1" || grep -q 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/trace"; } 2>/dev/null

is_gone() {
	local stat
	! read -r stat 2>/dev/null <"/proc/$1/stat" || [[ ${stat##*) } == [ZX]* ]]
}

# It ends when its parent is no longer a shell, which would wait for it.
@test "a zombie has ended" {
	needs native
	bash -c 'while [[ $(</proc/$$/comm) == bash ]]; do :; done & echo $!; exec sleep 1000' >"$BATS_TEST_TMPDIR/pid" &
	program=$!
	wait_for test -s "$BATS_TEST_TMPDIR/pid"
	wait_for is_gone "$(<"$BATS_TEST_TMPDIR/pid")"
	capture "$lens" "$(<"$BATS_TEST_TMPDIR/pid")"
	[[ $status == 0 && $output == *'has ended'* ]] || fail 'wanted: that it has ended'
	equals 'the end' "$("$lens" --json "$(<"$BATS_TEST_TMPDIR/pid")" | jq .ended)" true
	stop
}

# ---- How it looks -----------------------------------------------------------------

# on_a_terminal COMMAND...: what it writes there, as it is.
on_a_terminal() {
	env -u NO_COLOR TERM=xterm script --quiet --return --command "${*@Q}" /dev/null </dev/null
}

@test "only what differs is coloured, on a terminal, unless NO_COLOR is set" {
	needs native
	local esc=$'\033'
	run_step step2-uts sleep 1000
	capture on_a_terminal "$lens" "$program"
	grep -q "^hostname .*| $esc\[1;36mcontainer$esc\[0m" <<<"$output" || fail 'wanted: a coloured hostname'
	grep -q "^mnt ns .*$esc\[1;36m[0-9]* other" <<<"$output" || fail 'wanted: a coloured namespace'
	! grep -E '^(net ns|user map|root )' <<<"$output" | grep -q "$esc" || fail 'wanted: no colour where all is the same'
	[[ $(grep -c "same" <<<"$output") -gt 2 ]] || fail 'wanted: what is the same'
	capture on_a_terminal env NO_COLOR=1 "$lens" "$program"
	[[ $output == *container* && $output != *"$esc"* ]] || fail 'wanted: NO_COLOR heard'
	capture on_a_terminal env TERM=dumb "$lens" "$program"
	[[ $output != *"$esc"* ]] || fail 'wanted: no colour on a dumb terminal'
	capture "$lens" "$program"
	[[ $output != *"$esc"* ]] || fail 'wanted: no colour in a pipe'
	stop
}

@test "it fits into 80 columns, whatever the names are" {
	needs native
	local long
	printf -v long '%0100d' 0
	mkdir -p "$BATS_TEST_TMPDIR/$long"
	run_step step2-uts --hostname="${long:0:64}" sh -c "printf '\033[2Jname' >/proc/self/comm; mount -t tmpfs $long$long '$BATS_TEST_TMPDIR/$long' ; sleep 1000 & wait # $long$long"
	wait_for has_name $'\e[2Jname' "$init"
	capture "$lens" "$program"
	[[ $output == *000*...*000* ]] || fail 'wanted: long names, shortened'
	[[ $(awk 'length > 80' <<<"$output") == '' ]] || fail 'wanted: at most 80 columns'
	[[ $output == *'1 ?[2Jname'* && $output != *$'\e'* ]] || fail 'wanted: names that do not speak to the terminal'
	capture script -qec "stty cols 60; NO_COLOR=1 '$lens' $program" /dev/null
	[[ $output == *HOST*CONTAINER* && $(tr -d '\r' <<<"$output" | awk 'length > 60') == '' ]] || fail 'wanted: at most the 60 columns of the terminal'
	stop
}

# ---- --watch ----------------------------------------------------------------------

# watch_on WIDTH HEIGHT: the lens on a terminal of tmux, from a shell that says how the terminal is after it.
watch_on() {
	tmux=(tmux -f /dev/null -L "$(random_name)")
	env -u TMUX "${tmux[@]}" new-session -d -x "$1" -y "$2" \
		"stty -g >'$BATS_TEST_TMPDIR/before'; echo a line before; '$lens' --watch $program; echo \"ended-\$?\"; stty -g >'$BATS_TEST_TMPDIR/after'; exec sleep 1000" 3>&-
}

shows() {
	screen=$("${tmux[@]}" capture-pane -p)
	[[ $screen == *"$1"* ]]
}

# left STATUS: the terminal is as it was.
left() {
	wait_for shows "ended-$1"
	wait_for test -s "$BATS_TEST_TMPDIR/after"
	[[ $screen == *'a line before'* && $screen != *CONTAINER* ]] || fail "wanted: the screen from before: $screen"
	equals 'cursor, screen' "$("${tmux[@]}" display-message -p '#{cursor_flag} #{alternate_on} #{wrap_flag}')" '1 0 1'
	equals 'the terminal' "$(<"$BATS_TEST_TMPDIR/after")" "$(<"$BATS_TEST_TMPDIR/before")"
}

close_tmux() {
	"${tmux[@]}" kill-server
	stop
}

@test "--watch follows the container, and keeps the last state when it ends" {
	needs native tmux
	mkfifo "$BATS_TEST_TMPDIR/go"
	run_step step2-uts sh -c "read -r _ <'$BATS_TEST_TMPDIR/go'; hostname later; sleep 1000; :"
	watch_on 80 50
	wait_for shows '| container'
	echo >"$BATS_TEST_TMPDIR/go"
	wait_for shows '| later'
	wait_for shows '| 3 sleep'
	kill -KILL "$init"
	wait_for shows 'it has ended'
	[[ $screen == *'| later'*"interfaces"*'q quits'* ]] || fail "wanted: the last state: $screen"
	"${tmux[@]}" send-keys q
	left 0
	close_tmux
}

shows_all() { shows "$init: sleep 1000" && [[ $screen == *interfaces* && $screen != *scroll* ]]; }

@test "--watch fits itself to the window, and scrolls" {
	needs native tmux
	run_step step2-uts sleep 1000
	watch_on 80 50
	wait_for shows '| container'
	"${tmux[@]}" resize-window -x 50 -y 12
	wait_for shows 'j and k scroll'
	[[ $screen == "$init: sleep 1000"* && $(wc -l <<<"$screen") == 12 && $screen != *interfaces* ]] || fail "wanted: its first lines: $screen"
	for ((i = 0; i < 40; i++)); do
		"${tmux[@]}" send-keys j
	done
	wait_for shows interfaces
	[[ $screen != *'sleep 1000'* ]] || fail "wanted: its last lines: $screen"
	"${tmux[@]}" resize-window -x 100 -y 60
	wait_for shows_all
	# Nothing makes it look again then, but the window.
	kill -KILL "$init"
	wait_for shows 'it has ended'
	"${tmux[@]}" resize-window -x 80 -y 12
	wait_for shows 'j and k scroll'
	"${tmux[@]}" send-keys C-c
	left 0
	close_tmux
}

@test "--watch gives the terminal back when it is told to end" {
	needs native tmux
	run_step step2-uts sleep 1000
	watch_on 80 50
	wait_for shows '| container'
	kill -TERM "$(pgrep -f "^$lens --watch $program\$")"
	left 143
	close_tmux
}

# A screen that is cleared, or drawn in pieces, flickers.
@test "--watch clears the screen once, and draws each picture in one go" {
	needs native strace
	sleep 1000 &
	program=$!
	: >"$BATS_TEST_TMPDIR/trace"
	exec {keys}> >(TERM=xterm exec script --quiet --flush --command \
		"strace -qq -s 100000 -e trace=write -e signal=none -o '$BATS_TEST_TMPDIR/trace' '$lens' --watch $program" /dev/null >/dev/null 2>&1 3>&-)
	terminal=$!
	wait_for has_drawn 3
	printf q >&"$keys"
	wait_for is_gone "$terminal"
	exec {keys}>&-
	pictures=$(grep 'HOST' "$BATS_TEST_TMPDIR/trace")
	[[ $(grep -c '2J' "$BATS_TEST_TMPDIR/trace") == 1 ]] || fail 'wanted: a screen that is cleared once'
	[[ $(grep -vc '^write(1, "\\33\[H.*\\33\[Jq quits' <<<"$pictures") == 0 ]] || fail "wanted: pictures in one piece: $pictures"
	stop
}

has_drawn() { [[ $(grep -c 'q quits' "$BATS_TEST_TMPDIR/trace") -ge $1 ]]; }

@test "calls between its files never go in a circle" {
	needs native gcc
	for file in "$toolkit"/lab/lens.d/*.c; do
		gcc -c -w -o "$BATS_TEST_TMPDIR/$(basename "$file" .c).o" "$file"
	done
	cd "$BATS_TEST_TMPDIR" || fail
	calls_between -- *.o >calls
	(($(wc -l <calls) > 10)) || fail 'wanted: the calls'
	run tsort calls
	[[ $status == 0 ]] || fail 'wanted: no circle'
}
