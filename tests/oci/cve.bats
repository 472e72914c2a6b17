#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2154 # quoted so for the container's shell; set by helpers.bash; used there
#
# The ways out that others left open (tests/box/box-cve.bats says what each was), by the face that engines see: here a config.json asks for the
# mounts, the directory and the settings, and process.json for what exec runs. In the order of their numbers.

load ../helpers
load ../box/box

export BOX_ROOT=/run/box-oci-cve # in memory, and the chamber's own

setup_file() { box_setup_file; }

setup() {
	open_ledger
	needs root
	needs jq
	bundle=$BATS_TEST_TMPDIR/bundle root=$BATS_TEST_TMPDIR/root id=$(random_name c)
	mkdir "$bundle"
	make_host
	copy_rootfs
	"$BOX" oci spec --bundle "$bundle"
	edit '.root = {path: $rootfs, readonly: false}' --arg rootfs "$ROOTFS"
}

teardown() {
	[[ -z ${root-} ]] || "$BOX" oci --root "$root" delete --force "$id"
	[[ -z ${host-} ]] || rm -rf "$host"
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		check_ledger
	else
		clear_away
	fi
}

# edit FILTER [OPTION]...: change config.json by jq(1)
edit() {
	jq "$@" <"$bundle/config.json" >"$bundle/edited"
	mv "$bundle/edited" "$bundle/config.json"
}

oci() { capture "$BOX" oci --root "$root" --cgroup-manager disabled "$@"; }

# run_with FILTER COMMAND...: run COMMAND in a container whose config.json FILTER has changed
run_with() {
	cp "$bundle/config.json" "$bundle/before"
	edit "$1 | .process.args = \$ARGS.positional" --args -- "${@:2}"
	oci run --bundle "$bundle" "$id" 3>&-
	mv "$bundle/before" "$bundle/config.json"
}

# begin: start a container that sleeps
begin() {
	edit '.process.args = ["sleep", "1000"]'
	oci create --bundle "$bundle" "$id" 3>&- </dev/null
	[[ $status == 0 ]] || fail 'wanted: created'
	oci start "$id"
}

# exec_with DIRECTORY COMMAND...
exec_with() {
	jq -n '{cwd: $cwd, env: ["PATH=/bin"], user: {uid: 0, gid: 0}, args: $ARGS.positional}' --arg cwd "$1" --args -- "${@:2}" >"$bundle/process.json"
	oci exec --process "$bundle/process.json" "$id" 3>&-
}

refuses() {
	local word
	[[ $status != 0 && $output == '' && $stderr == box:\ * && $stderr != *$'\n'* ]] || fail 'wanted: one line on stderr'
	for word; do
		[[ $stderr == *"$word"* ]] || fail "wanted: a line that says $word"
	done
}

volume() { printf '.mounts += [{destination: "%s", type: "bind", source: "%s", options: ["rbind"]}]' "$2" "$1"; }

@test "CVE-2016-3697: a number is no name" {
	sed -i '1i 1000:x:0:0::/root:/bin/sh' "$ROOTFS/etc/passwd"
	sed -i '1i 1000:x:0:' "$ROOTFS/etc/group"
	run_with '.process.user = {uid: 1000, gid: 1000}' sh -c 'id -u; id -g'
	says $'1000\n1000'
}

@test "CVE-2019-5736: a command that is box's own file gets box's error, and can't change it" {
	cp "$BOX" "$host/box"
	local BOX=$host/box before
	before=$(stat -c '%a %Y' "$BOX" && sha256sum <"$BOX")
	printf '#!/proc/self/exe\n' >"$ROOTFS/bin/evil"
	chmod +x "$ROOTFS/bin/evil"
	run_with . evil
	[[ $status != 0 && $output == '' ]] || fail "wanted: box's own error"
	begin
	exec_with / evil
	[[ $status != 0 && $output == '' ]] || fail "wanted: box's own error, from exec, too"
	[[ $(stat -c '%a %Y' "$BOX" && sha256sum <"$BOX") == "$before" ]] || fail "wanted: box's file as it was"
	rm "$BOX"
}

# While it waits for start, PID 1 is box: another container that shares its processes finds it.
@test "CVE-2019-5736: who shares the processes of a container that waits for start can't change box's file" {
	local pid
	edit '.process.args = ["sleep", "1000"]'
	oci create --bundle "$bundle" --pid-file "$bundle/pid" "$id" 3>&- </dev/null
	pid=$(<"$bundle/pid")
	edit "(.linux.namespaces[] | select(.type == \"pid\")).path = \"/proc/$pid/ns/pid\" | .process.capabilities |= map_values(. + [\"CAP_SYS_PTRACE\", \"CAP_DAC_OVERRIDE\"])"
	edit '.process.args = ["sh", "-c", "exec 2>&1; readlink /proc/1/exe; chmod 777 /proc/1/exe; : >>/proc/1/exe"]'
	capture "$BOX" oci --root "$root" --cgroup-manager disabled run --bundle "$bundle" "$id-other" 3>&-
	[[ $output != *"$BOX"* && ${#lines[@]} == 3 ]] || fail 'wanted: a file without a name, and two errors'
}

@test "CVE-2019-16884: nothing is mounted over /proc" {
	ln -s /proc "$ROOTFS/srv/link"
	ln -s ../proc/self "$ROOTFS/srv/self"
	local target
	for target in /proc /proc/sys /proc/self/attr /srv/link /srv/self/attr /srv/../proc; do
		run_with "$(volume "$host" "$target")" true
		refuses "$target" /proc
		run_with ".mounts += [{destination: \"$target\", type: \"tmpfs\"}]" true
		refuses "$target" /proc
	done
	unharmed
}

@test "CVE-2019-19921, CVE-2023-27561, CVE-2026-41579: /proc, /sys and /dev are no links" {
	local name target
	for name in proc sys dev; do
		mv "$ROOTFS/$name" "$ROOTFS/srv/real"
		for target in /mnt/private "$host/private" ../.././../..$host/private; do
			ln -sfn "$target" "$ROOTFS/$name"
			run_with ".mounts |= [{destination: \"/mnt\", type: \"bind\", source: \"$host\", options: [\"rbind\"]}] + ." ls /mnt/private
			[[ $status != 0 ]] || fail 'wanted: no container'
			unharmed
		done
		rm "$ROOTFS/$name"
		mv "$ROOTFS/srv/real" "$ROOTFS/$name"
	done
}

@test "CVE-2021-30465, CVE-2024-45310: a place that becomes a link is still in there" {
	needs native
	local shared=$BATS_TEST_TMPDIR/shared swapper i target seen=0
	for target in "$host/private" "../../../../../../../../$host/private"; do
		rm -rf "$shared"
		mkdir -p "$shared/place"
		ln -s "$target" "$shared/link"
		"$probe" swap "$shared/place" "$shared/link" 3>&- &
		swapper=$!
		for ((i = 0; i < 20; i++)); do
			run_with "$(volume "$shared" /shared) | $(volume /etc /shared/place/new/below) | $(volume /etc/hosts /shared/place/file)" \
				sh -c 'cat /shared/place/secret /shared/*/new/secret; echo x >/shared/place/written; echo done'
			unharmed
			[[ $output != *done* ]] || : $((seen++))
		done
		kill "$swapper"
		wait "$swapper" || :
	done
	((seen > 0)) || fail 'wanted: some that run'
}

@test "CVE-2024-45310: what is missing of a path is made in there" {
	local name target
	mkdir -p "$ROOTFS$host/private"
	for name in absolute climbs; do
		[[ $name == absolute ]] && target=$host/private || target=../../../../../../..$host/private
		ln -s "$target" "$ROOTFS/srv/$name"
		run_with "$(volume /etc "/srv/$name/new/below") | $(volume /etc/hosts "/srv/$name/file")" sh -c 'ls "$1/new"; ls "$1"' sh "$host/private"
		says $'below\nfile\nnew'
		unharmed
	done
}

@test "CVE-2022-0492: no cgroup that can be written, no way to one" {
	run_with . sh -c 'mkdir /sys/fs/cgroup/x && echo made; mount -t cgroup -o rdma c /mnt && echo mounted; find / -name release_agent
		for file in $(find /sys/fs/cgroup -type f); do (: >>$file) && echo $file; done; :'
	[[ $status == 0 && $output == '' ]] || fail 'wanted: nothing to be written'
}

@test "CVE-2022-29162: exec hands no capability down" {
	begin
	jq -n '{cwd: "/", env: ["PATH=/bin"], user: {uid: 0, gid: 0}, args: ["grep", "-cE", "Cap(Inh|Amb):.0*$", "/proc/self/status"]}' >"$bundle/process.json"
	capture setpriv --inh-caps +chown,+sys_admin,+net_raw "$BOX" oci --root "$root" exec --process "$bundle/process.json" "$id" 3>&-
	says 2
}

@test "CVE-2024-21626: no descriptor is a way to the host" {
	needs native
	local number path caller
	exec {caller}<"$host"
	begin
	for number in {3..11}; do
		for path in "/proc/self/fd/$number" "/proc/self/fd/$number/private" "/proc/self/fd/$number/../../${host##*/}/private"; do
			exec_with "$path" cat secret private/secret
			[[ $status == 255 ]] || fail "wanted: no such directory for exec: $path"
			unharmed
		done
	done
	oci delete --force "$id"
	for number in {3..11}; do
		run_with ".process.cwd = \"/proc/self/fd/$number/../../${host##*/}/private\"" cat secret
		[[ $status != 0 ]] || fail 'wanted: no such directory'
		unharmed
		ln -sfn "/proc/self/fd/$number/private/tell" "$ROOTFS/bin/tell"
		run_with . tell getppid
		[[ $status != 0 && $output == '' ]] || fail 'wanted: no program of the host'
	done
	exec {caller}<&-
}

@test "CVE-2025-31133: /dev/null is the real one, whatever the image has" {
	local null
	for null in /proc/sys/kernel/core_pattern "$host/private/secret" file none; do
		rm -f "$ROOTFS/dev/null"
		case $null in
		/*) ln -s "$null" "$ROOTFS/dev/null" ;;
		file) echo "$secret" >"$ROOTFS/dev/null" ;;
		esac
		run_with '.linux.maskedPaths = ["/proc/interrupts", "/proc/keys"]' sh -c 'stat -c %t:%T /dev/null /proc/interrupts /proc/keys
			cat /proc/interrupts /proc/keys; (: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo open; grep -cE "/(core_pattern|secret)" /proc/self/mountinfo'
		[[ $output == $'1:3\n1:3\n1:3\n0' ]] || fail 'wanted: all covered by /dev/null'
		unharmed
	done
}

@test "CVE-2025-52565: /dev/console is a terminal, on a file of box's" {
	rm -f "$ROOTFS/dev/console"
	ln -s /proc/sys/kernel/core_pattern "$ROOTFS/dev/console"
	edit '.process.terminal = true | .process.args = ["sh", "-c", "stat -c %F /dev/console; tty; (: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo open"]'
	capture script -qec "'$BOX' oci --root '$root' --cgroup-manager disabled run --bundle '$bundle' $id" /dev/null </dev/null
	[[ ${output//[$'\r\4']/} == *$'character special file\n/dev/pts/0' ]] || fail 'wanted: a terminal there, and the switch guarded'
}

@test "CVE-2025-52881: a setting is written to the real /proc, and to nothing else" {
	local name value
	mkdir -p "$ROOTFS/proc/sys/net/ipv4"
	ln -s "$host/private/secret" "$ROOTFS/proc/sys/net/ipv4/ip_default_ttl"
	run_with '.linux.sysctl = {"net.ipv4.ip_default_ttl": "77"}' cat /proc/sys/net/ipv4/ip_default_ttl
	says 77
	# As it is, so that a box that writes it does no harm.
	value=$(</proc/sys/vm/swappiness)
	for name in vm.swappiness net/../vm.swappiness net.ipv4.../../vm.swappiness /vm.swappiness; do
		run_with ".linux.sysctl = {\"$name\": \"$value\"}" true
		refuses sysctl
	done
	unharmed
}
