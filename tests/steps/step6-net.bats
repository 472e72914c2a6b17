#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# Step 6: a network of its own, and a cable to the host. All traffic is the chamber's own.

load ../helpers
load every-step
load every-job
load every-rootfs

PATIENCE=$((5 * TEST_SLOWNESS)) # seconds for an answer

# What BusyBox has for networks is the host's, too. Static as it is, it must not meet the host's libraries.
box() {
	exec chroot "$ROOTFS" "$@"
}

# network PREFIX: sets subnet to one in 10.0.0.0/8 that nobody can know, and host and container to its
# first two addresses.
network() {
	local bits=$((32 - $1)) number
	number=$(((RANDOM << 15 | RANDOM) >> (30 - $1 + 8) << bits | 10 << 24))
	subnet=$(dotted $number)/$1 host=$(dotted $((number + 1))) container=$(dotted $((number + 2)))
}

dotted() {
	printf '%d.%d.%d.%d' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255))
}

# launch, for a second container beside the first: with streams of its own.
launch_another() {
	BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/another.XXXX") launch "$@"
}

# End it from the host: PID 1 can't ignore this.
stop() {
	kill -KILL "$(init_of "$program")"
	finish
}

# What is known of the host's network: links, addresses, routes. Not what changes by itself, as IPv6's do.
links() {
	echo /sys/class/net/*
	ip -oneline -4 address
	ip route | sed 's/ linkdown//' # a cable's other end comes up when it does
}

# The kernel takes a network namespace down after its last process: some milliseconds later.
is_as_before() {
	[[ $(links) == "$before" ]]
}

soon_as_before() {
	local deadline=$((SECONDS + 10 * TEST_SLOWNESS))
	until is_as_before; do
		((SECONDS < deadline)) || fail "left behind: $(diff <(echo "$before") <(links))"
		sleep 0.02
	done
}

answers() {
	(box ping -q -c 1 -W "$PATIENCE" "$1") >/dev/null
}

# serve PORT: the host's httpd; it shows ROOTFS's marker.
serve() {
	box httpd -f -p "$1" -h /srv 3>&- &
	server=$!
	wait_for has_page "127.0.0.1:$1/marker"
}

has_page() {
	found=$(box wget -q -O - "http://$1" 2>/dev/null)
}

# A cable of the host's own, with an address if one is given: for those who would see it, or collide.
lay_own_cable() {
	own=$(random_name own)
	ip link add "$own" type veth peer name "${own/own/far}"
	ip link set "$own" up
	[[ -z ${1-} ]] || ip address add "$1" dev "$own"
}

take_own_cable() {
	ip link delete "$own"
}

# ---- The bricks of the steps before ----------------------------------------------

# The first of all tests: it is what evacuates.
# bats test_tags=brick:cgroup,brick:evacuate,brick:cgroupns,grade
@test "it has limits, and sees its cgroup as the root" {
	needs v2
	[[ $(</proc/self/cgroup) == 0::/ && -e $CGROUP_ROOT/cgroup.type ]] ||
		skip 'needs a chamber whose processes nobody has moved'
	local memory
	memory=$((RANDOM % 900 + 2))
	inside --memory="${memory}M" cat /sys/fs/cgroup/memory.max /proc/self/cgroup
	says $((memory << 20))$'\n0::/'
}

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

# ---- A network of its own --------------------------------------------------------

# bats test_tags=brick:net,brick:veth,prev,grade
@test "it has two interfaces, lo and eth0, and both are up" {
	inside ip -oneline link
	[[ $status == 0 && $(cut -d ' ' -f 2 <<<"$output" | cut -d @ -f 1) == $'lo:\neth0' ]] || fail 'wanted: lo and eth0'
	[[ $(grep -c '<.*\<UP,LOWER_UP\>.*>' <<<"$output") == 2 ]] || fail 'wanted: both up'
}

# bats test_tags=brick:net,grade
@test "it sees none of the host's interfaces, and has ports of its own" {
	local word server found
	lay_own_cable
	serve 8080
	word=$(random_name)
	inside sh -c "cat /proc/net/dev; wget -q -O - http://127.0.0.1:8080/marker
		echo $word >/tmp/marker && httpd -p 8080 -h /tmp && wget -q -O - http://127.0.0.1:8080/marker"
	[[ $status == 0 && $output == *" lo:"* && $output != *"$own"* && $output != *"$found"* && $output == *$'\n'"$word" ]] ||
		fail 'wanted: no interface and no page of the host, and one of its own on the same port'
	kill "$server"
	take_own_cable
}

# bats test_tags=brick:net,brick:veth,prev,mutant:prefix,grade
@test "addresses and routes are those of 10.6.0.0/30, unless told otherwise" {
	launch sh -c 'echo "$(ip -oneline -4 address show eth0; ip route)"; exec sleep 1000'
	[[ $(ip -oneline -4 address) == *' 10.6.0.1/30 '* ]] || fail "the host has $(ip -oneline -4 address)"
	stop
	[[ $output == *' 10.6.0.2/30 '* ]] || fail 'wanted: 10.6.0.2/30'
	[[ $output == *'default via 10.6.0.1 dev eth0'* && $output == *'10.6.0.0/30 dev eth0'* ]] || fail 'wanted: two routes'
}

# bats test_tags=brick:net,brick:veth,mutant:prefix,grade
@test "--subnet: the host has its first address, the container its second" {
	local prefix
	for prefix in 30 29 24 $((RANDOM % 12 + 9)); do
		network "$prefix"
		launch --subnet="$subnet" sh -c 'echo "$(ip -oneline -4 address show eth0; ip route)"; exec sleep 1000'
		[[ $(ip -oneline -4 address) == *" $host/$prefix "* ]] || fail "the host has $(ip -oneline -4 address)"
		answers "$container" || fail "$container does not answer"
		stop
		[[ $output == *" $container/$prefix "* && $output == *"default via $host dev eth0"* ]] ||
			fail "wanted: $container/$prefix, and a route by $host"
		[[ $output == *"${subnet%/*}/$prefix dev eth0"* ]] || fail "wanted: a route to $subnet"
	done
}

# bats test_tags=mutant:lo-down,grade
@test "its lo works" {
	inside sh -c "ping -q -c 1 -W $PATIENCE 127.0.0.1 && ip -oneline -4 address show lo"
	[[ $status == 0 && $output == *' 127.0.0.1/8 '* ]] || fail 'wanted: an answer, and the usual address'
}

# ---- The cable -------------------------------------------------------------------

# bats test_tags=brick:net,brick:veth,prev,grade
@test "ping goes both ways" {
	launch sh -c "ping -q -c 1 -W $PATIENCE 10.6.0.1; echo \$?; exec sleep 1000"
	wait_for grep -qx '[0-9][0-9]*' "$out" # an empty line is ping's
	answers 10.6.0.2 || fail 'wanted: an answer from the container'
	stop
	[[ $output == *$'\n0' ]] || fail 'wanted: an answer from the host'
}

# bats test_tags=brick:net,brick:veth,grade
@test "HTTP goes both ways" {
	local word server found
	word=$(random_name)
	network 30
	serve 8080
	launch --subnet="$subnet" sh -c "wget -q -O - http://$host:8080/marker; echo $word >/tmp/index.html
		exec httpd -f -p 8081 -h /tmp"
	wait_for has_page "$container:8081/"
	[[ $found == "$word" ]] || fail "the container says: $found"
	stop
	kill "$server"
	[[ $output == "$(<"$ROOTFS/srv/marker")" ]] || fail "wanted: the host's page"
}

# bats test_tags=brick:net,brick:veth,grade
@test "two containers at once, with two subnets: the host reaches both, and both the host" {
	local first first_container first_out first_err
	network 30
	first_container=$container
	launch --subnet="$subnet" sh -c "ping -q -c 1 -W $PATIENCE $host >/dev/null && echo answered; exec sleep 1000"
	first=$program first_out=$out first_err=$err
	while [[ $container == "$first_container" ]]; do
		network 30
	done
	launch_another --subnet="$subnet" sh -c "ping -q -c 1 -W $PATIENCE $host >/dev/null && echo answered; exec sleep 1000"
	answers "$first_container" || fail 'wanted: an answer from the first'
	answers "$container" || fail 'wanted: an answer from the second'
	stop
	says_answered
	answers "$first_container" || fail 'the first ended with the second'
	program=$first out=$first_out err=$first_err
	stop
	says_answered
}

says_answered() {
	[[ $output == answered && -z $stderr ]] || fail 'wanted: an answer from the host'
}

# bats test_tags=own
@test "without veth there is lo alone, and it is up" {
	inside --without=veth sh -c 'ip -oneline link | cut -d " " -f 2; ping -q -c 1 -W 5 127.0.0.1 >/dev/null && echo answered
		ping -c 1 -W 1 10.6.0.1 2>&1'
	[[ $status != 0 && $output == $'lo:\nanswered\n'*'Network is unreachable' ]] || fail 'wanted: lo, and no way to the host'
}

# bats test_tags=own
@test "without net it has the host's interfaces, and the host gets none" {
	local before
	lay_own_cable
	before=$(links)
	inside --without=net cat /proc/net/dev
	[[ $status == 0 && $output == *"$own:"* && $output != *eth0:* ]] || fail "wanted: $own"
	is_as_before || fail "wanted: the host's links as they were"
	take_own_cable
}

# ---- Nothing is left behind ------------------------------------------------------

# bats test_tags=brick:net
@test "no link, address or route is left on the host: after success, failure, signals" {
	local before words signal
	before=$(links)
	for words in true false /etc; do
		inside "$words"
		soon_as_before
	done
	for signal in TERM KILL; do
		launch sh -c 'trap "exit 3" TERM; echo ready; sleep 1000 & wait'
		! is_as_before || fail 'wanted: a cable'
		kill -"$signal" "$program"
		finish
		soon_as_before
	done
	inside true # sweeps what the kernel leaves of the one that was killed
}

# bats test_tags=brick:veth
@test "the same subnet can be used again at once" {
	local words
	container_words true
	capture bash -c 'for _ in 1 2 3 4 5 6; do "$@" || exit; done' - "$STEP_BIN" "${words[@]}"
	says ''
}

# bats test_tags=grade
@test "no setting of the host's kernel is another, while it runs and after" {
	local before forward=/proc/sys/net/ipv4/ip_forward forwards
	forwards=$(<$forward)
	echo 0 >$forward
	before=$(settings)
	launch sh -c 'echo ready; exec sleep 1000'
	[[ $(settings) == "$before" ]] || fail "while it runs: $(diff <(echo "$before") <(settings))"
	stop
	[[ $(settings) == "$before" ]] || fail "after: $(diff <(echo "$before") <(settings))"
	echo "$forwards" >$forward
}

# But for those of interfaces, which come and go with them.
settings() {
	grep -rs . /proc/sys/net/ipv4 /proc/sys/net/core |
		awk '!/\/(conf|neigh)\// || /\/(conf|neigh)\/(all|default|lo)\//' | sort
}

# ---- Collisions, and words that are none -----------------------------------------

# bats test_tags=brick:veth
@test "the same subnet twice: one line that says so, and the first is none the worse" {
	local before first first_out first_err
	network 29
	launch --subnet="$subnet" sh -c 'echo ready; exec sleep 1000'
	first=$program first_out=$out first_err=$err before=$(links)
	inside --subnet="$subnet" true
	complains "$subnet" --subnet
	is_as_before || fail "wanted: the links of the first: $(diff <(echo "$before") <(links))"
	answers "$container" || fail 'wanted: an answer from the first'
	program=$first out=$first_out err=$first_err
	stop
	[[ $output == ready && -z $stderr ]] || fail 'wanted: a first that knows nothing of the second'
}

@test "a subnet that an interface of the host is in, or that is in its: one line that names it" {
	local before taken
	network 24
	lay_own_cable "$host/24"
	before=$(links)
	for taken in "${host%.*}.128/25" 10.0.0.0/8; do
		inside --subnet="$taken" true
		complains "$taken" "$own"
		is_as_before || fail "wanted: the host's links as they were: $(diff <(echo "$before") <(links))"
	done
	take_own_cable
}

@test "a subnet next to an interface's is free" {
	network 24
	lay_own_cable "$host/25"
	inside --subnet="${host%.*}.128/25" ping -q -c 1 -W "$PATIENCE" "${host%.*}.129"
	[[ $status == 0 ]] || fail 'wanted: an answer'
	take_own_cable
}

@test "a bad CIDR is one line that shows it" {
	local word
	for word in '' 10.6.0.0 10.6.0.0/ /30 10.6.0/24 10.6.0.0.0/24 10.6.0.256/30 10.6.0.0/33 10.6.0.0/32 10.6.0.0/31 \
		10.6.0.0/0 10.6.0.0/-8 10.6.0.0/30x '10.6.0.0/30 ' ' 10.6.0.0/30' '10.6.0.0/ 30' 10.6.0.1/30 10.6.0.64/25 \
		10.6.0.0/255.255.255.252 fd00::/64 eth0 a.b.c.d/30; do
		status=0
		output=$("$STEP_BIN" "${STEP_OPTIONS[@]}" --subnet "$word" "$ROOTFS" true 2>"$BATS_TEST_TMPDIR/err") || status=$?
		stderr=$(<"$BATS_TEST_TMPDIR/err")
		complains "--subnet" "$word" 10.6.0.0/30
	done
}

@test "what no host can have as an address is no subnet" {
	local word
	for word in 0.0.0.0/8 127.6.0.0/30 224.0.0.0/30; do
		inside --subnet="$word" true
		complains
	done
}

# Root without CAP_NET_ADMIN may have a network namespace, and no cable.
@test "what the kernel refuses is reported as the kernel's error" {
	local before words
	before=$(links)
	container_words true
	capture setpriv --bounding-set=-net_admin "$STEP_BIN" "${words[@]}"
	complains 'Operation not permitted'
	is_as_before || fail "left behind: $(diff <(echo "$before") <(links))"
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
# bats test_tags=narration
@test "--explain tells a request that the kernel refuses once" {
	local words
	container_words --explain true
	capture setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$STEP_BIN" "${words[@]}"
	[[ $status == 125 && $stderr == *' = -1 ('* ]] || fail 'wanted: a request that is refused'
	! grep -Eq '^ *= |= -?[0-9]+( \([^)]*\))? = ' <<<"$stderr" || fail 'wanted: each result once'
}

# bats test_tags=narration
@test "--explain tells the calls of both sides on stderr" { check_explain; }
