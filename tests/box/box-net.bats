#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2119,SC2120,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: --network. The chamber is the host; a network namespace beside it, at the end of a cable, is the world outside,
# which knows no way to the bridge's subnet.

load ../helpers
load ../steps/every-step
load box

# inside and launch run box then, in the way of a step.
STEP_BIN=$BOX STEP_OPTIONS=(run)
export BOX_ROOT=/run/box-net-tests # in memory, and the chamber's own

HOST=198.51.100.1 OUTSIDE=198.51.100.2
PATIENCE=$((5 * TEST_SLOWNESS)) # seconds for a page

# ---- The world outside -----------------------------------------------------------

setup_file() {
	local switch=/proc/sys/net/bridge/bridge-nf-call-iptables
	[[ ! -e $switch ]] || echo 0 >$switch # or what is wrong with addresses at the bridge is mended on the way
	"$BOX" run "$ROOTFS" true # makes BOX_ROOT
	unshare --net sleep infinity 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/outside"
	wait_for has_network_of_its_own "$!"
	ip link add cable type veth peer name eth0 netns "$!"
	ip address add $HOST/24 dev cable
	ip link set cable up
	outside ip link set lo up
	outside ip address add $OUTSIDE/24 dev eth0
	outside ip link set eth0 up
	page=$(random_name outside)
	mkdir "$BATS_FILE_TMPDIR/www" && echo "$page" >"$BATS_FILE_TMPDIR/www/index.html"
	# "outside" would be a shell that waits for the server, and a kill would end that shell alone. bats --tap waits for the server.
	nsenter --net="/proc/$(<"$BATS_FILE_TMPDIR/outside")/ns/net" busybox httpd -f -p 80 -h "$BATS_FILE_TMPDIR/www" 3>&- &
	echo $! >"$BATS_FILE_TMPDIR/httpd"
	wait_for fetch outside $OUTSIDE
	build_echo
}

teardown_file() {
	kill -KILL "$(<"$BATS_FILE_TMPDIR/httpd")" "$(<"$BATS_FILE_TMPDIR/outside")"
}

has_network_of_its_own() {
	[[ ! /proc/$1/ns/net -ef /proc/self/ns/net ]]
}

outside() {
	nsenter --net="/proc/$(<"$BATS_FILE_TMPDIR/outside")/ns/net" "$@"
}

# fetch here|outside HOST[:PORT][/FILE]: sets found to the page there. What is dropped is waited for no longer than it takes.
fetch() {
	local where=()
	[[ $1 == here ]] || where=(outside)
	found=$("${where[@]}" timeout -s KILL "$PATIENCE" busybox wget -q -O - "http://$2" 2>/dev/null)
}

# The same from a new container. PID 1 is the shell, because it would not let timeout end it.
fetch_inside() {
	inside sh -c "timeout $PATIENCE wget -q -O - $1; :"
}

# BusyBox has no server for UDP.
build_echo() {
	cc -static -o "$BATS_FILE_TMPDIR/echo" -x c - <<-'EOF'
		#include <arpa/inet.h>
		#include <stdlib.h>
		int main(int argc, char *argv[])
		{
			struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[argc - 1])) };
			int fd = socket(AF_INET, SOCK_DGRAM, 0);
			char word[512];
			for (bind(fd, (void *)&a, sizeof a);;) {
				socklen_t size = sizeof a;
				ssize_t length = recvfrom(fd, word, sizeof word, 0, (void *)&a, &size);
				sendto(fd, word, length, 0, (void *)&a, size);
			}
		}
	EOF
}

# send here|outside HOST PORT WORD: by UDP; sets found to what comes back.
send() {
	local where=()
	[[ $1 == here ]] || where=(outside)
	found=$("${where[@]}" timeout "$PATIENCE" bash -c 'exec 3<>"/dev/udp/$0/$1" && echo "$2" >&3 && head -n 1 <&3' "$2" "$3" "$4" 2>/dev/null)
	[[ $found == "$4" ]]
}

# ---- Around a test ---------------------------------------------------------------

# What the ledger does not know of: rules, settings, and what box writes down.
host_state() {
	nft list ruleset
	sysctl net.ipv4.ip_forward net.ipv4.conf.{all,default}.{forwarding,accept_redirects,route_localnet}
	ls "$BOX_ROOT" # what is hidden is for the next container
	compgen -G '/run/box-net-4*' || :
}

setup() {
	started=()
	open_ledger
	host_state >"$BATS_TEST_TMPDIR/host"
}

teardown() {
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		diff "$BATS_TEST_TMPDIR/host" <(host_state) || fail 'left behind (>), or taken away (<)' || return 1 # errexit is off in a teardown
		check_ledger
	else
		((${#started[@]} == 0)) || kill -KILL "${started[@]}" || :
		"$BOX" run --network none "$ROOTFS" true || :
		nft flush ruleset
		clear_away
	fi
}

# serve [--OPTION=VALUE]...: a container with a page of its own; sets page, address and program
serve() {
	page=$(random_name page)
	launch "$@" sh -c "echo $page >/srv/index.html; hostname -i; echo ready; exec httpd -f -h /srv"
	started+=("$program")
	wait_for grep -q '^10\.\|^172\.' "$out"
	address=$(grep -m 1 '^10\.\|^172\.' "$out")
	address=${address%% *}
	wait_for fetch here "$address"
}

# launch, for a container beside the last: with streams of its own.
serve_another() {
	BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/another.XXXX") serve "$@"
}

# stop [PID]...: end containers, the last one if none is named. PID 1 can't ignore this.
stop() {
	local pid
	for pid in "${@:-$program}"; do
		kill -KILL "$(init_of "$pid")"
		wait "$pid" || :
	done
}

shows_page() {
	fetch "$@" || :
	[[ $found == "$page" ]] || fail "wanted: $page at $2, from $1; it is: ${found:-nothing}"
}

shows_nothing() {
	local PATIENCE=1
	fetch "$@" || :
	[[ -z $found ]] || fail "wanted: nothing at $2, from $1; it is: $found"
}

random_port() {
	echo $((RANDOM % 20000 + 10000))
}

# ---- none and host ---------------------------------------------------------------

@test "a box0 of the host's own is left as it is" {
	[[ ! -e /sys/class/net/box0 ]] || fail 'wanted: no bridge yet'
	ip link add box0 type bridge
	ip address add 192.0.2.1/24 dev box0
	inside true
	[[ $status == 125 && $stderr == box:\ *box0*'ip link delete'* && $stderr != *$'\n'* ]] || fail 'wanted: one line that names it'
	[[ $(ip -o -4 address show box0) == *192.0.2.1/24* ]] || fail 'wanted: its address'
	ip link delete box0
	inside true
	[[ $status == 0 && ! -e /sys/class/net/box0 ]] || fail 'wanted: a bridge that came and went'
}

@test "a table of the host's own that is called box is left as it is" {
	local before
	nft -f - <<<'table ip box { chain mine { counter accept; }; }'
	before=$(nft list ruleset)
	inside true
	complains 'table ip box' 'nft delete table'
	"$BOX" ps
	[[ $(nft list ruleset) == "$before" ]] || fail 'wanted: the table as it was'
	nft delete table ip box
	inside true
	says ''
}

@test "a port that is published twice is said to be" {
	local port
	port=$(random_port)
	inside --publish="$port:80" --publish="$port:81" true
	complains "$port" twice
}

@test "ping goes both ways, and between containers" {
	serve
	capture ping -c 1 -W "$PATIENCE" "$address"
	[[ $status == 0 ]] || fail 'wanted: an answer of the container'
	inside --cap-add=net_raw sh -c "ping -c 1 -W $PATIENCE 10.88.0.1 && ping -c 1 -W $PATIENCE $address"
	[[ $status == 0 && $output == *' 0% packet loss'*' 0% packet loss'* ]] || fail 'wanted: answers of the host and of the other'
	stop
}

@test "none: lo alone, and it is up" {
	inside --network=none sh -c 'ip -oneline link | cut -d " " -f 2; ip -oneline address show lo; ip route'
	[[ $status == 0 && $output == lo:* && $output != *eth* && $output == *127.0.0.1/8* && $output == *::1/128* && $output != *default* ]] ||
		fail 'wanted: lo, up, with its two addresses'
}

@test "host: the host's interfaces, and no namespace" {
	inside --network=host readlink /proc/self/ns/net
	says "$(readlink /proc/self/ns/net)"
}

@test "without veth: lo alone; without net: the host's" {
	inside --without=veth ls /sys/class/net
	says lo
	inside --without=net readlink /proc/self/ns/net
	says "$(readlink /proc/self/ns/net)"
}

# ---- bridge ----------------------------------------------------------------------

@test "an address, a route, a name: all true in /etc/hosts" {
	local name
	name=$(random_name host)
	inside --hostname="$name" sh -c 'ip -oneline -4 address show eth0; ip route; cat /etc/hosts /proc/sys/net/ipv4/ping_group_range'
	[[ $status == 0 && $output == *' 10.88.0.2/16 '* && $output == *'default via 10.88.0.1 dev eth0'* &&
		$output == *$'10.88.0.2\t'"$name"* && $output == *$'0\t2147483647' ]] || fail 'wanted: 10.88.0.2, by 10.88.0.1'
}

@test "a published port: from the host, by any of its addresses, and from outside" {
	local port
	port=$(random_port)
	serve --publish="$port:80"
	shows_page here "127.0.0.1:$port"
	shows_page here "$HOST:$port"
	shows_page here "10.88.0.1:$port"
	shows_page outside "$HOST:$port"
	stop
}

@test "a published port of UDP" {
	local port word
	port=$(random_port) word=$(random_name)
	launch --publish="$port:53/udp" --volume="$BATS_FILE_TMPDIR/echo:/bin/udp-echo:ro" sh -c 'echo ready; exec udp-echo 53'
	started+=("$program")
	wait_for send here 10.88.0.2 53 "$word"
	send here 127.0.0.1 "$port" "$word" || fail 'wanted: an answer by 127.0.0.1'
	send here $HOST "$port" "$word" || fail "wanted: an answer by $HOST"
	send outside $HOST "$port" "$word" || fail 'wanted: an answer to outside'
	stop
}

@test "a container reaches its own published port by the host's addresses, also where bridges call iptables" {
	local port name on switch=/proc/sys/net/bridge/bridge-nf-call-iptables
	[[ -e $switch ]] || modprobe br_netfilter 2>/dev/null || skip 'needs br_netfilter'
	port=$(random_port) name=$(random_name)
	for on in 0 1; do
		echo $on >$switch
		serve --name="$name" --publish="$port:80"
		capture "$BOX" exec "$name" timeout -s KILL "$PATIENCE" wget -q -O - "http://$HOST:$port/"
		echo 0 >$switch
		says "$page"
		stop
	done
}

@test "containers have the MTU of the host's way out" {
	ip route add default via $OUTSIDE
	ip link set cable mtu 1400
	inside cat /sys/class/net/eth0/mtu
	ip link set cable mtu 1500
	says 1400
	inside cat /sys/class/net/eth0/mtu
	ip route delete default via $OUTSIDE
	says 1500
}

# A client outside that stays: the same source port, whatever has the port of the host.
open_client() {
	coproc client { outside bash -c 'exec 3<>"/dev/udp/$0/$1"
		while read -r word; do
			echo "$word" >&3
			echo "$(timeout "$2" head -n 1 <&3)" # a read of bash takes a letter of each packet
		done' $HOST "$1" "$PATIENCE" 2>/dev/null; }
	client_pid=$client_PID # bash unsets the other
}

close_client() {
	kill "$client_pid"
	wait "$client_pid" || :
}

# answer WORD: sets found to what the client gets for it.
answer() {
	echo "$1" >&"${client[1]}"
	read -r -t $((2 * PATIENCE)) -u "${client[0]}" found || found=nothing
}

# serve_udp [OPTION]...: the same as serve, on UDP's port 53, where each packet is sent back.
serve_udp() {
	launch "$@" --volume="$BATS_FILE_TMPDIR/echo:/bin/udp-echo:ro" sh -c 'hostname -i; echo ready; exec udp-echo 53'
	started+=("$program")
	address=$(grep -m 1 '^10\.' "$out") && address=${address%% *}
	wait_for send here "$address" 53 up
}

@test "a published port of UDP is the new container's also for clients that were there before" {
	local port client client_pid others
	port=$(random_port)
	open_client "$port"
	serve # so that the bridge stays
	others=$program
	answer early
	[[ $found == '' ]] || fail "wanted: no answer yet, not $found"
	serve_udp --publish="$port:53/udp"
	answer first
	[[ $found == first ]] || fail "wanted: an answer of the container, not $found"
	stop
	BATS_TEST_TMPDIR=$(mktemp -d "$BATS_TEST_TMPDIR/another.XXXX") serve # takes its address
	others+=" $program"
	serve_udp --publish="$port:53/udp"
	answer second
	[[ $found == second ]] || fail "wanted: an answer of the next container, not $found"
	close_client
	# shellcheck disable=SC2086 # words
	stop $others "$program"
}

@test "when the container of a published port of UDP has ended, the host's own programs can have its clients" {
	local port client client_pid other host
	port=$(random_port)
	open_client "$port"
	serve # so that the bridge stays
	other=$program
	serve_udp --publish="$port:53/udp"
	answer first
	[[ $found == first ]] || fail "wanted: an answer of the container, not $found"
	stop
	"$BATS_FILE_TMPDIR/echo" "$port" 3>&- &
	host=$!
	wait_for send here $HOST "$port" up
	answer second
	kill "$host"
	wait "$host" || :
	[[ $found == second ]] || fail "wanted: an answer of the host's program, not $found"
	close_client
	stop "$other"
}

@test "containers reach the world, which need not know them, and each other; by a published port, too" {
	local first port
	port=$(random_port)
	fetch_inside http://$OUTSIDE/
	says "$(<"$BATS_FILE_TMPDIR/www/index.html")"
	serve --publish="$port:80"
	first=$program
	fetch_inside "http://$address/"
	says "$page"
	fetch_inside "http://$HOST:$port/"
	says "$page"
	stop "$first"
}

@test "what is not published, outside does not reach, though it knows the way" {
	serve
	outside ip route add 10.88.0.0/16 via $HOST
	shows_nothing outside "$address"
	outside ip route delete 10.88.0.0/16
	stop
}

# route_localnet opens the host's 127.0.0.1 to all at the bridge.
@test "the host's 127.0.0.1 is out of reach, even for a container that may set its routes" {
	local server port
	port=$(random_port)
	busybox httpd -f -p "127.0.0.1:$port" -h "$BATS_FILE_TMPDIR/www" 3>&- &
	server=$!
	wait_for fetch here "127.0.0.1:$port"
	inside --cap-add=NET_ADMIN --sysctl=net.ipv4.conf.all.route_localnet=1 sh -c "ip address delete 127.0.0.1/8 dev lo && ip route add 127.0.0.1 via 10.88.0.1 || exit 9
		timeout 1 wget -q -O - http://127.0.0.1:$port/; :"
	kill "$server"
	[[ $status == 0 && -z $output ]] || fail 'wanted: nothing'
}

@test "twenty at once have twenty addresses" {
	local i pids=()
	for i in {1..20}; do
		"$BOX" run "$ROOTFS" sh -c 'hostname -i; exec sleep 1000' 3>&- >"$BATS_TEST_TMPDIR/address.$i" &
		pids+=($!)
	done
	started+=("${pids[@]}")
	wait_for are_twenty
	[[ $(sort -u "$BATS_TEST_TMPDIR"/address.* | wc -l) == 20 ]] || fail "they are: $(sort "$BATS_TEST_TMPDIR"/address.*)"
	stop "${pids[@]}"
}

are_twenty() {
	[[ $(cat "$BATS_TEST_TMPDIR"/address.* | wc -l) == 20 ]]
}

@test "an address is another's as long as its container lives" {
	local pids=() addresses=()
	serve
	pids+=("$program") addresses+=("$address")
	serve_another
	pids+=("$program") addresses+=("$address")
	stop "${pids[0]}"
	serve_another
	pids+=("$program") addresses+=("$address")
	[[ ${addresses[1]} != "${addresses[0]}" && ${addresses[1]} != "${addresses[2]}" ]] || fail "it is ${addresses[*]}"
	shows_page here "${addresses[2]}"
	stop "${pids[1]}" "${pids[2]}"
}

# ---- The host's firewall ---------------------------------------------------------

@test "a policy of DROP for what is forwarded: box0 passes, until it is gone" {
	local port before
	port=$(random_port)
	nft -f - <<-'EOF'
		table ip filter {
			chain FORWARD {
				type filter hook forward priority filter; policy drop;
				iifname "other" accept
			}
		}
		table inet strict {
			chain forwarded {
				type filter hook forward priority 10; policy drop;
			}
		}
	EOF
	before=$(nft list ruleset)
	serve --publish="$port:80"
	shows_page outside "$HOST:$port"
	outside ip route add 10.88.0.0/16 via $HOST
	shows_nothing outside "$address"
	outside ip route delete 10.88.0.0/16
	fetch_inside http://$OUTSIDE/
	says "$(<"$BATS_FILE_TMPDIR/www/index.html")"
	stop
	[[ $(nft list ruleset) == "$before" ]] || fail "left: $(diff <(echo "$before") <(nft list ruleset))"
	nft flush ruleset
}

@test "without nft: a line that names its package, and nothing left" {
	local nft
	nft=$(type -P nft)
	mv "$nft" "$nft.away"
	inside true
	mv "$nft.away" "$nft"
	complains nft nftables
}

# ---- The end ---------------------------------------------------------------------

@test "the last container takes all of it along, and the host is set as it was" {
	local first before
	sysctl -q net.ipv4.conf.all.accept_redirects=0
	before=$(host_state)
	serve --publish="$(random_port):80"
	first=$program
	inside true
	[[ -e /sys/class/net/box0 && $(</proc/sys/net/ipv4/ip_forward) == 1 ]] || fail 'wanted: a bridge, for the first'
	shows_page here "$address"
	stop "$first"
	[[ $(host_state) == "$before" ]] || fail "left: $(diff <(echo "$before") <(host_state))"
	sysctl -q net.ipv4.conf.all.accept_redirects=1
}

@test "a setting of the host that somebody else changes meanwhile stays" {
	sysctl -q net.ipv4.conf.all.accept_redirects=0
	serve
	sysctl -q net.ipv4.conf.all.accept_redirects=1
	stop
	[[ $(sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.accept_redirects) == $'0\n1' ]] || fail 'wanted: what was set meanwhile'
	serve
	sysctl -q net.ipv4.ip_forward=0 net.ipv4.conf.all.accept_redirects=0
	stop
	[[ $(sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.accept_redirects) == $'0\n0' ]] || fail 'wanted: what was set meanwhile'
	sysctl -q net.ipv4.conf.all.accept_redirects=1
}

@test "a host that forwards already goes on to" {
	echo 1 >/proc/sys/net/ipv4/ip_forward
	inside true
	[[ $(</proc/sys/net/ipv4/ip_forward) == 1 ]] || fail 'wanted: a host that forwards'
	echo 0 >/proc/sys/net/ipv4/ip_forward
	sysctl -q net.ipv4.conf.all.accept_redirects=1
}

@test "kill -9 of box: the next box takes its address, ports and the bridge" {
	local port other
	port=$(random_port)
	serve --publish="$port:80"
	other=$program
	serve_another
	kill -KILL "$other"
	wait "$other" || :
	wait_for is_swept_of "tcp.$port"
	[[ -e /sys/class/net/box0 && $(nft list map ip box ports) != *"$port"* ]] || fail 'wanted: a bridge, and no port'
	shows_page here "$address"
	kill -KILL "$program"
	wait "$program" || :
	wait_for is_swept_of gateway
}

# A process that is killed takes a moment to let go of its lock.
is_swept_of() {
	"$BOX" run --network none "$ROOTFS" true
	! compgen -G "/run/box-net-4*/$1" >/dev/null
}

@test "entries of containers whose directories are gone are removed, though there are several" {
	local BOX_ROOT=$BATS_TEST_TMPDIR/gone
	export BOX_ROOT
	local first
	serve --without=cgroup --publish="$(random_port):80/udp" # nobody could find its cgroup any more
	first=$program
	serve_another --without=cgroup --publish="$(random_port):80"
	kill -KILL "$first" "$program"
	wait "$first" "$program" || :
	wait_for eval '! ip -brief link show type veth | grep -q box'
	rm -r "$BOX_ROOT"
	inside true
	[[ $status == 0 && $stderr == '' ]] || fail 'wanted: status 0'
	! compgen -G '/run/box-net-4*' >/dev/null || fail 'wanted: no register'
}

@test "a bridge that somebody has deleted comes anew" {
	serve
	ip link delete box0
	fetch_inside http://$OUTSIDE/
	says "$(<"$BATS_FILE_TMPDIR/www/index.html")"
	stop
}

# ---- Collisions ------------------------------------------------------------------

@test "a port twice: a line that names who has it" {
	local port name server
	port=$(random_port) name=$(random_name)
	serve --name="$name" --publish="$port:80"
	inside --publish="$port:80" true
	complains "$port" "$name"
	shows_page outside "$HOST:$port"
	inside --publish="$port:80/udp" true
	says ''
	stop
	inside --publish="$port:80" --publish="$port:81" true
	complains "$port"
	busybox httpd -f -p "$port" -h "$BATS_FILE_TMPDIR/www" 3>&- &
	server=$!
	wait_for fetch here "127.0.0.1:$port"
	inside --publish="$port:80" true
	complains "$port" 'of the host'
	kill "$server"
}

@test "a subnet that the host knows as another's is left alone" {
	ip link add own type veth peer name far
	ip address add 10.88.77.1/24 dev own
	ip link set own up
	inside sh -c 'hostname -i; ip route'
	ip link delete own
	[[ $status == 0 && $output == 10.89.0.2* && $output == *'default via 10.89.0.1 '* ]] || fail 'wanted: 10.89.0.2'
}

# ---- What it says ----------------------------------------------------------------

@test "--dns is its name server; without it the host's, but none on the host's loopback" {
	local resolved=/run/systemd/resolve/resolv.conf
	touch /etc/resolv.conf # the chamber's
	cp /etc/resolv.conf "$BATS_TEST_TMPDIR/resolv.conf"
	printf 'nameserver 127.0.0.53\nnameserver 192.0.2.7\nsearch example.org\n' >/etc/resolv.conf
	inside cat /etc/resolv.conf
	says $'nameserver 192.0.2.7\nsearch example.org'
	inside --dns=192.0.2.9 cat /etc/resolv.conf
	says $'nameserver 192.0.2.9\nsearch example.org'
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	mkdir -p "${resolved%/*}"
	echo 'nameserver 192.0.2.8' >$resolved
	inside cat /etc/resolv.conf
	says 'nameserver 192.0.2.8'
	rm $resolved
	cp "$BATS_TEST_TMPDIR/resolv.conf" /etc/resolv.conf
}

@test "the host's resolv.conf is read as resolv.conf(5) has it, and to its end" {
	local long network
	touch /etc/resolv.conf # the chamber's
	cp /etc/resolv.conf "$BATS_TEST_TMPDIR/resolv.conf"
	printf 'nameserver\t127.0.0.53\nnameserver  ::1\n# nameserver 192.0.2.1\n; nameserver 127.0.0.1\nnameserver\t192.0.2.7\noptions ndots:3' >/etc/resolv.conf
	inside cat /etc/resolv.conf
	says $'# nameserver 192.0.2.1\n; nameserver 127.0.0.1\nnameserver\t192.0.2.7\noptions ndots:3'
	inside --dns=192.0.2.9 --dns=192.0.2.8 cat /etc/resolv.conf
	says $'nameserver 192.0.2.9\nnameserver 192.0.2.8\n# nameserver 192.0.2.1\n; nameserver 127.0.0.1\noptions ndots:3'
	inside --network=host --dns=192.0.2.9 grep -v '^[#;]' /etc/resolv.conf
	says $'nameserver 192.0.2.9\noptions ndots:3'
	printf '# nameserver 192.0.2.1\nnameserver 127.0.0.53\n' >/etc/resolv.conf
	mkdir -p /run/systemd/resolve
	echo 'nameserver 192.0.2.8' >/run/systemd/resolve/resolv.conf
	inside cat /etc/resolv.conf
	says 'nameserver 192.0.2.8'
	rm /run/systemd/resolve/resolv.conf
	long=$(printf '# %d\n' {1..10000}) # more than /dev had room for, too
	printf '%s\nnameserver 192.0.2.6\n' "$long" >/etc/resolv.conf
	for network in bridge host; do
		inside --network=$network cat /etc/resolv.conf
		says "$long"$'\nnameserver 192.0.2.6'
	done
	cp "$BATS_TEST_TMPDIR/resolv.conf" /etc/resolv.conf
}

@test "on the host's network, a container has the host's name and the names in its hosts file" {
	local name own
	name=$(random_name) own=$(random_name own)
	[[ -e $BATS_TEST_TMPDIR/hosts ]] || cp /etc/hosts "$BATS_TEST_TMPDIR/hosts"
	echo "192.0.2.5 $name" >>/etc/hosts # the chamber's
	inside --network=host sh -c 'hostname; cat /etc/hostname; grep -c "$0" /etc/hosts' "$name"
	says "$HOSTNAME"$'\n'"$HOSTNAME"$'\n1'
	inside --network=host --hostname="$own" sh -c 'hostname; cat /etc/hostname; grep -c -e "$0" -e "$1" /etc/hosts' "$name" "$own"
	says "$own"$'\n'"$own"$'\n2'
	cp "$BATS_TEST_TMPDIR/hosts" /etc/hosts
	inside grep -c "$name" /etc/hosts
	[[ $output == 0 ]] || fail 'wanted: no name of the host on another network'
}

# Of a name that no interface has, the kernel would ask modprobe(8) first, which takes longer than the container.
@test "without the bridge, no interface is asked for but lo" {
	needs strace
	capture strace -f -qq -e trace=ioctl -o "$BATS_TEST_TMPDIR/lo" "$BOX" run --network none "$ROOTFS" true
	capture strace -f -qq -e trace=ioctl -o "$BATS_TEST_TMPDIR/nothing" "$BOX" run --network host "$ROOTFS" true
	run grep -ho 'ifr_name="[^"]*"' "$BATS_TEST_TMPDIR"/{lo,nothing}
	[[ $output == 'ifr_name="lo"' ]] || fail 'wanted: lo alone, of the network that box has created'
}

@test "--explain says every request, of both sides" {
	local word
	inside --explain --publish="$(random_port):80" true
	[[ $status == 0 ]] || fail 'wanted: success'
	for word in 'RTM_NEWLINK bridge box0' 'RTM_NEWADDR box0 10.88.0.1/16' 'RTM_NEWLINK veth box' 'RTM_NEWADDR eth0 10.88.0.2/16' \
		'RTM_NEWLINK eth0 IFF_UP' 'RTM_NEWROUTE default' 'masquerade' 'add element ip box ports' 'RTM_DELLINK box0'; do
		[[ $stderr == *"$word"* ]] || fail "wanted: $word"
	done
}

# ---- The promise -----------------------------------------------------------------

@test "box run --memory 64m --cpus 0.5 --network bridge -p 8080:80 ROOTFS httpd -f serves a page to the host" {
	needs v2
	"$BOX" run --memory 64m --cpus 0.5 --network bridge -p 8080:80 "$ROOTFS" httpd -f 3>&- &
	program=$!
	started+=("$program")
	wait_for fetch here 127.0.0.1:8080/etc/os-release
	[[ $found == "$(<"$ROOTFS/etc/os-release")" ]] || fail "wanted: ROOTFS's page; it is: $found"
	stop
}

@test "on a host without limits, the same command without them serves the page, too" {
	"$BOX" run --network bridge -p 8080:80 "$ROOTFS" httpd -f 3>&- &
	program=$!
	started+=("$program")
	wait_for fetch here 127.0.0.1:8080/etc/os-release
	[[ $found == "$(<"$ROOTFS/etc/os-release")" ]] || fail "wanted: ROOTFS's page; it is: $found"
	stop
}
