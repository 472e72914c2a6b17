#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: the ways out that others left open. Each test does what made the attack work, and fails on a box that lets
# it: tests/box/mutants has such boxes, and tests/box/box-mutants tries them. In the order of their numbers.

load ../helpers
load box

export BOX_ROOT=/run/box-cve # in memory, and the chamber's own

setup_file() {
	box_setup_file
}

setup() {
	make_host
	open_ledger
}

teardown() {
	rm -rf "$host"
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		check_ledger
	else
		clear_away
	fi
}

# ---- What a process brings along -------------------------------------------------

# Docker took "-u 1000" for a name, if the image had a user so called, and that one may be root.
@test "CVE-2016-3697: a number is no name" {
	copy_rootfs
	sed -i '1i 1000:x:0:0::/root:/bin/sh' "$ROOTFS/etc/passwd"
	sed -i '1i 1000:x:0:' "$ROOTFS/etc/group"
	box_run -u 1000 sh -c 'id -u; id -g'
	says $'1000\n1000'
	box_run -u 1000:1000 id -g
	says 1000
}

# A process on its way in is runtime's still, and /proc/PID/exe leads to the runtime's file. Root in there opened it,
# waited until it ran no more, and wrote. While it runs, its mode shows as well who may change it.
@test "CVE-2019-5736: who finds box's file inside can't change it" {
	needs root
	copy_rootfs
	cp "$BOX" "$host/box"
	local BOX=$host/box before
	before=$(stat -c '%a %Y' "$BOX" && sha256sum <"$BOX")
	# With this capability init can be looked into, which it tries to prevent.
	box_run --init --cap-add SYS_PTRACE sh -c 'exec 2>&1; readlink /proc/1/exe; chmod 777 /proc/1/exe; : >>/proc/1/exe; rm /proc/1/exe'
	[[ ${lines[0]} == / && ${lines[1]} == *'Read-only file system'* ]] || fail 'wanted: a read-only file'
	# The command may be a script, whose interpreter is then box itself.
	printf '#!/proc/self/exe\n' >"$ROOTFS/bin/evil"
	chmod +x "$ROOTFS/bin/evil"
	box_run evil
	# A box with the sanitizers has a loader, which is not in ROOTFS.
	[[ $output == '' ]] && [[ ($status == 125 && $stderr == *'unknown command "/bin/evil"'*) || ($status == 127 && ${BOX_BIN-} == *-sanitized) ]] ||
		fail "wanted: box's own error"
	[[ $(stat -c '%a %Y' "$BOX" && sha256sum <"$BOX") == "$before" ]] || fail "wanted: box's file as it was"
	rm "$BOX"
}

# The image's volumes lay over /proc, so that the runtime wrote labels to files of the image's. Nothing may.
@test "CVE-2019-16884: nothing is mounted over /proc" {
	copy_rootfs
	ln -s /proc "$ROOTFS/srv/link"
	ln -s ../proc/self "$ROOTFS/srv/self"
	local target
	for target in /proc /proc/sys /proc/self/attr /srv/link /srv/self/attr /srv/../proc; do
		box_run -v "$host:$target" true
		complains "$target" /proc
		box_run --tmpfs "$target" true
		complains "$target" /proc
	done
	unharmed
}

# The image's /proc was a link to a volume: procfs came to lie where another container could move it away, and what
# was to guard it guarded something else. 2023-27561 was the same, once more; 2026-41579 with /dev, where the
# runtime removed and made files.
@test "CVE-2019-19921, CVE-2023-27561, CVE-2026-41579: /proc, /sys and /dev are no links" {
	copy_rootfs
	local name target
	for name in proc sys dev; do
		mv "$ROOTFS/$name" "$ROOTFS/srv/real"
		for target in /mnt/private "$host/private" ../.././../..$host/private; do
			ln -sfn "$target" "$ROOTFS/$name"
			box_run -v "$host:/mnt" sh -c 'head -n 2 /proc/self/mountinfo; ls /mnt/private'
			complains "$name"
			[[ $stderr == *'Symbolic link loop'* || $stderr == *'levels of symbolic links'* ]] || fail 'wanted: ELOOP'
			unharmed
		done
		rm "$ROOTFS/$name"
		touch "$ROOTFS/$name"
		box_run true
		complains "$name"
		rm "$ROOTFS/$name"
		mv "$ROOTFS/srv/real" "$ROOTFS/$name"
	done
	# One directory higher, too: an image without /dev has no /dev/shm that leads elsewhere.
	rm -rf "${ROOTFS:?}/dev"
	mkdir "$ROOTFS/dev"
	ln -s "$host/private" "$ROOTFS/dev/shm"
	ln -s "$host/private" "$ROOTFS/dev/pts"
	box_run sh -c 'echo written >/dev/shm/written'
	[[ $status == 0 ]] || fail 'wanted: a /dev of its own'
	unharmed
}

# The runtime found where to mount, and mounted there by name; in between another container made a link of it.
# 2024-45310: with what was missing of the path it made directories, on the host. Here the shared volume's
# directory is a link every other time, to the host's, as an absolute path and from its own.
@test "CVE-2021-30465, CVE-2024-45310: a place that becomes a link is still in there" {
	needs native
	local shared=$BATS_TEST_TMPDIR/shared swapper i target rounds=20 seen=0
	for target in "$host/private" "../../../../../../../../$host/private"; do
		rm -rf "$shared"
		mkdir -p "$shared/place"
		ln -s "$target" "$shared/link"
		"$probe" swap "$shared/place" "$shared/link" 3>&- &
		swapper=$!
		for ((i = 0; i < rounds; i++)); do
			box_run -v "$shared:/shared" -v "$ROOTFS/etc:/shared/place/new/below" -v "$ROOTFS/etc/passwd:/shared/place/file" \
				--tmpfs /shared/place/tmpfs sh -c 'cat /shared/place/secret /shared/*/new/secret; echo x >/shared/place/written; echo done'
			unharmed
			[[ $output != *done* ]] || : $((seen++))
		done
		kill "$swapper"
		wait "$swapper" || :
	done
	((seen > 0)) || fail 'wanted: some that run'
}

# The same, standing still.
@test "CVE-2024-45310: what is missing of a path is made in there" {
	copy_rootfs
	ln -s "$host/private" "$ROOTFS/srv/absolute"
	ln -s "../../../../../../..$host/private" "$ROOTFS/srv/climbs"
	local name
	mkdir -p "$ROOTFS$host/private"
	for name in absolute climbs; do
		box_run -v "$ROOTFS/etc:/srv/$name/new/below" -v "$ROOTFS/etc/passwd:/srv/$name/file" --tmpfs "/srv/$name/tmpfs" \
			sh -c 'ls "$1/new"; ls "$1"' sh "$host/private"
		says $'below\nfile\nnew\ntmpfs'
		unharmed
	done
}

# A bug of the kernel's: who made a user and a cgroup namespace could mount a v1 hierarchy, and name the program that
# the host's root runs when a cgroup empties. It takes namespaces and mounts, which the container can't have.
@test "CVE-2022-0492: no cgroup that can be written, no way to one" {
	box_probe unshare 0x12000000 # CLONE_NEWUSER | CLONE_NEWCGROUP
	says EPERM
	box_probe mount @cgroup @/mnt @cgroup 0 @rdma
	says EPERM
	box_run sh -c 'unshare -Urm mount -t cgroup -o rdma c /mnt && echo mounted; mkdir /sys/fs/cgroup/x && echo made
		[ -f /sys/fs/cgroup/cgroup.procs ] || echo none
		find / -name release_agent; for file in $(find /sys/fs/cgroup -type f); do (: >>$file) && echo $file; done; :'
	[[ $status == 0 && $output == '' ]] || fail 'wanted: nothing to be written'
}

# The capabilities that exec added were inheritable, so a program's file could have more of them than its caller.
@test "CVE-2022-29162: exec hands no capability down" {
	needs root setpriv
	box_run --rm -d --name inherits sleep 1000
	local user
	for user in root box; do
		capture setpriv --inh-caps +chown,+sys_admin,+net_raw "$BOX" exec -u "$user" inherits sh -c 'grep -E "Cap(Inh|Amb)|NoNewPrivs" /proc/self/status | cut -f 2 | tr "\n" " "'
		says '0000000000000000 0000000000000000 1 '
	done
	"$BOX" rm --force inherits
}

# The runtime's descriptors were open while it went to the image's working directory and looked for its command:
# by /proc/self/fd both lay on the host. What the caller of box has open is no better.
@test "CVE-2024-21626: no descriptor is a way to the host" {
	needs native
	copy_rootfs
	local number words how
	exec {caller}<"$host"
	box_run --rm -d --name leaks sleep 1000
	for how in run exec; do
		[[ $how == run ]] && words=(run --network none "$ROOTFS") || words=(exec leaks)
		for number in {3..11}; do
			# Through ROOT/ID, the caller's, or a cgroup's; the image can bring such a link, too.
			for path in "/proc/self/fd/$number" "/proc/self/fd/$number/private" "/proc/self/fd/$number/../../${host##*/}/private"; do
				capture "$BOX" "${words[@]::${#words[@]}-1}" -w "$path" "${words[-1]}" cat secret private/secret
				complains "$path"
				unharmed
			done
			# A program of the host's as the command: then /proc/self/exe is the host's file.
			for path in "/proc/self/fd/$number/../../${host##*/}/private/tell" "/proc/self/fd/$number/private/tell"; do
				ln -sfn "$path" "$ROOTFS/bin/tell"
				capture "$BOX" "${words[@]}" tell getppid
				[[ $status == 12[67] && $output == '' ]] || fail "wanted: no program at $path"
			done
		done
	done
	exec {caller}<&-
	"$BOX" rm --force leaks
}

# Files of /proc are covered by the container's /dev/null. The image's was a link to what the attacker wanted to
# have, writable; or there was none, and nothing was covered.
@test "CVE-2025-31133: /dev/null is the real one, whatever the image has" {
	copy_rootfs
	local null
	for null in /proc/sys/kernel/core_pattern "$host/private/secret" file none; do
		rm -f "$ROOTFS/dev/null"
		case $null in
		/*) ln -s "$null" "$ROOTFS/dev/null" ;;
		file) echo "$secret" >"$ROOTFS/dev/null" ;;
		esac
		box_run sh -c 'stat -c %t:%T /dev/null /proc/interrupts /proc/keys; cat /proc/interrupts /proc/keys
			(: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo open; grep -cE "/(core_pattern|secret)" /proc/self/mountinfo'
		[[ $output == $'1:3\n1:3\n1:3\n0' ]] || fail 'wanted: all covered by /dev/null'
		unharmed
	done
	# A volume comes last: it can't be what covers.
	box_run -v "$host/private/secret:/dev/null" sh -c 'stat -c %t:%T /proc/keys; cat /proc/keys'
	says 1:3
}

# /dev/console is the terminal, mounted. Where it is mounted was a link of the image's, and before the covers lay there.
@test "CVE-2025-52565: /dev/console is a terminal, on a file of box's" {
	copy_rootfs
	rm -f "$ROOTFS/dev/console"
	ln -s /proc/sys/kernel/core_pattern "$ROOTFS/dev/console"
	box_run -t sh -c 'stat -c %F /dev/console; tty; stat -f -c %T /proc/sys/kernel/core_pattern; (: >>/proc/sys/kernel/core_pattern) 2>/dev/null && echo open'
	output=${output//$'\r'/}
	[[ $output == $'character special file\n/dev/pts/0\nproc' ]] || fail 'wanted: a terminal there, and the switch guarded'
	unharmed
}

# What the runtime wrote to files of /proc (labels, sysctls) went to others of the attacker's choice: his own
# /proc lay there, or links in it.
@test "CVE-2025-52881: a setting is written to the real /proc, and to nothing else" {
	copy_rootfs
	mkdir -p "$ROOTFS/proc/sys/net/ipv4"
	ln -s "$host/private/secret" "$ROOTFS/proc/sys/net/ipv4/ip_default_ttl"
	box_run --sysctl net.ipv4.ip_default_ttl=77 cat /proc/sys/net/ipv4/ip_default_ttl
	says 77
	box_run --sysctl net.ipv4.ip_default_ttl=77 -v "$host/private:/proc/sys/net" true
	complains /proc
	# As it is, so that a box that writes it does no harm.
	local name value
	value=$(</proc/sys/vm/swappiness)
	for name in vm.swappiness net/../vm.swappiness net.ipv4.../../vm.swappiness /vm.swappiness; do
		box_run --sysctl "$name=$value" true
		complains sysctl
	done
	unharmed
}
