#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2154 # quoted so for the container's shell; helpers.bash uses and sets them
#
# box without root, and box's containers without root: a user namespace, its map, what it costs, what forbids it.
# Two users live in the chamber: learner, to whom /etc/subuid lends IDs, and lonely, who has one.

load ../helpers
load box
load faults

# The toolkit may lie where these users may not go, and a chamber's own directories can carry no overlay.
setup_file() {
	[[ -x $ROOTFS/bin/busybox ]] || "$toolkit/lab/rootfs" busybox
	local old
	while read -r old; do # of a run that was killed: nobody holds it; a new one may not be held yet
		flock --nonblock "$old" rm -rf "$old" || :
	done < <(find "$toolkit/build" -maxdepth 1 -name 'rootless.*' -mmin +1)
	DISK=$(mktemp -d "$toolkit/build/rootless.XXXXXX")
	flock --no-fork "$DISK" sleep infinity >/dev/null 2>&1 3>&- &
	HOLDER=$!
	export DISK HOLDER
	chmod 755 "$DISK"
	mount --bind "$DISK" /srv
	cp -a "$ROOTFS" /srv/rootfs
	chown -R --no-dereference 4321:4321 /srv/rootfs
	cp "$BOX" /srv/box
	printf '%s\n' learner:x:4321:4321::/srv/learner:/bin/sh lonely:x:4322:4322::/srv/lonely:/bin/sh >>/etc/passwd
	printf 'learner:200000:65536\n' >/etc/subuid
	printf 'learner:300000:65536\n' >/etc/subgid
	install -d -o 4321 -g 4321 /srv/learner
	install -d -o 4322 -g 4322 /srv/lonely
	mkdir /srv/none
	[[ ! -c /dev/net/tun ]] || chmod 666 /dev/net/tun
}

teardown_file() {
	umount /srv
	kill "$HOLDER"
	rm -rf "$DISK"
}

setup() {
	unset BOX_ROOT XDG_DATA_HOME
	who=learner path=$PATH
	# box's directory for all containers of a user is made once, and stays.
	mkdir -p /srv/learner/.local/share/box/.root /srv/lonely/.local/share/box/.root
	chmod 700 /srv/learner/.local/share/box/.root /srv/lonely/.local/share/box/.root
	chown -R 4321:4321 /srv/learner
	chown -R 4322:4322 /srv/lonely
	open_ledger
}

# as_user COMMAND...: as $who, with $path to look for programs
as_user() {
	user_words
	"${words[@]}" "$@"
}

# start_as_user COMMAND...: in the background, as $program
start_as_user() {
	user_words
	"${words[@]}" "$@" 3>&- &
	program=$!
}

user_words() {
	local id=4321
	[[ $who == learner ]] || id=4322
	words=(setpriv --reuid "$id" --regid "$id" --clear-groups env -C / HOME="/srv/$who" USER="$who" PATH="$path")
}

needs_tun() {
	[[ -c /dev/net/tun ]] || skip 'needs /dev/net/tun'
}

# box_run [OPTION]... COMMAND...: by $who
box_run() {
	local options=()
	while [[ ${1-} == -* ]]; do
		options+=("$1")
		case $1 in
		-e | --name) options+=("$2") && shift ;;
		esac
		shift
	done
	capture as_user /srv/box run "${options[@]}" /srv/rootfs "$@"
}

says() {
	[[ $status == 0 && $output == "$1" && $stderr == '' ]] || fail "wanted: $1"
}

# refuses WORD...: one line that has the words, and nothing left
refuses() {
	complains "$@"
	nothing_left
}

# Nothing of a container is left in its owner's directory.
nothing_left() {
	local directory=${1:-/srv/$who/.local/share/box}
	local left=("$directory"/*)
	[[ ${left[*]} == "$directory/*" ]] || fail "wanted: nothing left, not ${left[*]}"
}

# ---- One user, and more ------------------------------------------------------------

# bats test_tags=brick:user
@test "with one ID, its root is the caller" {
	local name
	who=lonely name=$(random_name)
	box_run -v/srv/lonely:/mnt sh -c 'id -u; cat /proc/self/setgroups; set -- $(cat /proc/self/uid_map); echo $*; touch /mnt/$0' "$name"
	says $'0\ndeny\n0 4322 1'
	[[ $(stat -c %u:%g "/srv/lonely/$name") == 4322:4322 ]] || fail 'wanted: a file of the caller'
	rm "/srv/lonely/$name"
	box_run sh -c 'touch /x && chown 1 /x'
	[[ $status == 1 && $stderr == *'/x: Invalid argument'* ]] || fail 'wanted: no second user'
	box_run -u5 true
	refuses setresuid /etc/subuid
}

@test "with subordinate IDs there are other users, and their files are nobody's outside" {
	needs newuidmap newgidmap
	local name
	name=$(random_name)
	box_run -v/srv/learner:/mnt sh -c 'set -- $(cat /proc/self/uid_map) - $(cat /proc/self/gid_map); echo $*
		touch /mnt/$0 && chown 5:7 /mnt/$0' "$name"
	says '0 4321 1 1 200000 65536 - 0 4321 1 1 300000 65536'
	[[ $(stat -c %u:%g "/srv/learner/$name") == 200004:300006 ]] || fail 'wanted: a file of the lent IDs'
	rm "/srv/learner/$name"
	box_run -u1000 sh -c 'id -u; grep Groups /proc/self/status | wc -w'
	says $'1000\n1'
}

@test "/etc/subuid may name the user by number, and lend several ranges" {
	needs newuidmap newgidmap
	cp /etc/subuid "$BATS_TEST_TMPDIR/subuid"
	printf 'lonely:1:1\n4321:400000:10\nlearner:500000:20\n' >/etc/subuid
	box_run sh -c 'set -- $(cat /proc/self/uid_map); echo $*'
	cp "$BATS_TEST_TMPDIR/subuid" /etc/subuid
	says '0 4321 1 1 400000 10 11 500000 20'
}

# ---- What it writes, and where that goes -----------------------------------------------

@test "what it writes lies in the caller's home while it runs; ROOTFS is as it was; files of all users go with it" {
	needs newuidmap newgidmap
	local name upper
	name=$(random_name)
	upper=/srv/learner/.local/share/box/$name/upper
	mkfifo -m 666 "$BATS_TEST_TMPDIR/go"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	start_as_user /srv/box run --name "$name" -i /srv/rootfs sh -c 'mkdir -m 700 /d /d/e; touch /d/e/f; chown -R 5:5 /d; touch /made; read -r _' \
		<>"$BATS_TEST_TMPDIR/go"
	wait_for test -e "$upper/made"
	[[ $(stat -c %u "$upper/d/e/f") == 200004 && ! -e /srv/rootfs/made ]] || fail 'wanted: a file of a lent ID, outside of ROOTFS'
	echo >"$BATS_TEST_TMPDIR/go"
	wait "$program"
	nothing_left
}

@test "after box was killed, the next one removes what the container's users wrote" {
	needs newuidmap newgidmap
	local name
	name=$(random_name)
	start_as_user /srv/box run --name "$name" /srv/rootfs sh -c 'mkdir -m 700 /d; touch /d/f; chown -R 5:5 /d; touch /made; sleep 1000'
	wait_for test -e "/srv/learner/.local/share/box/$name/upper/made"
	kill -KILL "$program"
	wait "$program" || :
	[[ -e /srv/learner/.local/share/box/$name ]] || fail 'nobody was there to remove it, and it is gone'
	box_run true
	says ''
	nothing_left
}

@test "flags that the host's mounts have, it can't lose: nosuid and nodev stay on a read-only root and volume" {
	mount --bind /srv/rootfs /srv/rootfs
	mount -o remount,bind,nosuid,nodev /srv/rootfs
	who=lonely
	box_run --read-only --write-through -v/srv/rootfs/opt:/mnt:ro sh -c 'awk "\$5 == \"/\" || \$5 == \"/mnt\" { print \$5, \$6 }" /proc/self/mountinfo | sed "s/,[a-z]*atime//"'
	umount /srv/rootfs
	says $'/ ro,nosuid,nodev\n/mnt ro,nosuid,nodev'
}

@test "with the host's network /sys is the host's, read-only" {
	box_run --network=host sh -c 'ls /sys/class/net/lo/mtu; echo 1 >/sys/class/net/lo/mtu'
	[[ $status != 0 && $output == /sys/class/net/lo/mtu && $stderr == *'ead-only'* ]] || fail 'wanted: a /sys, read-only'
}

@test "exec joins its user namespace, too" {
	local name
	name=$(random_name)
	who=lonely
	start_as_user /srv/box run --name "$name" /srv/rootfs sh -c 'readlink /proc/self/ns/user >/ns; exec sleep 1000'
	wait_for test -s "/srv/lonely/.local/share/box/$name/upper/ns"
	capture as_user /srv/box exec "$name" sh -c 'id -u; [ "$(readlink /proc/self/ns/user)" = "$(cat /ns)" ] && echo same'
	as_user /srv/box kill "$name"
	wait "$program" || :
	[[ $output == $'0\nsame' ]] || fail 'wanted: root of the same namespace'
	nothing_left
}

@test "a host that forbids to execute memory files unasked can still run an ordinary user's own box; one that forbids it says so" {
	local level
	needs root
	[[ -e /proc/sys/vm/memfd_noexec ]] || skip 'needs vm.memfd_noexec'
	cp /srv/box /srv/lonely/box
	chown 4322 /srv/lonely/box
	who=lonely
	user_words
	for level in 1 2; do # the sysctl belongs to a PID namespace
		capture unshare --pid --fork --mount-proc sh -c 'echo $0 >/proc/sys/vm/memfd_noexec && exec "$@"' $level \
			"${words[@]}" /srv/lonely/box run /srv/rootfs echo runs
		[[ $level == 2 ]] || [[ $status == 0 && $output == runs ]] || fail 'wanted: a container'
	done
	complains memfd_noexec=2 'Permission denied'
	capture unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"' 2 \
		"$BOX" run --network none --cap-add SYS_ADMIN "$ROOTFS" echo runs
	[[ $status == 0 && $output == runs ]] || fail 'wanted: a container of root, whose box needs no copy'
	rm /srv/lonely/box
}

@test "a ROOTFS below a directory that the user may not enter: the message names the permission" {
	mkdir -m 700 /srv/closed
	mkdir -p /srv/closed/open/rootfs
	capture as_user /srv/box run /srv/closed/open/rootfs true
	complains /srv/closed/open/rootfs 'execute permission' 'namei -l'
	# A relative path is looked up from the working directory, and needs no permission above it until box enters ROOTFS.
	cd /srv/closed/open
	capture setpriv --reuid 4321 --regid 4321 --clear-groups env HOME=/srv/learner /srv/box run rootfs true
	cd /
	stderr=${stderr##*$'\n'} # without newuidmap, a warning comes first
	complains rootfs 'execute permission' 'namei -l' # musl's realpath(3) finds it, and box then says where; glibc's does not
	nothing_left
	rm -r /srv/closed
}

@test "root of a user namespace that has borrowed the host's network is an ordinary user: no network, a directory in its home" {
	capture as_user unshare -Ur /srv/box run /srv/rootfs sh -c 'id -u; ls /sys/class/net'
	says $'0\nlo'
	capture as_user unshare -Ur /srv/box run --userns auto /srv/rootfs sh -c 'id -u'
	says 0
	nothing_left
}

@test "--userns auto: root can raise a hard limit, as without it, and exec has it, too" {
	needs root
	bash -c 'ulimit -n 100; ulimit -n 200' 2>/dev/null || skip 'needs CAP_SYS_RESOURCE'
	own_rootfs
	ulimit -n 2000
	auto --ulimit=nofile=3000:4000 sh -c 'ulimit -n; ulimit -Hn'
	says $'3000\n4000'
	auto --ulimit=nofile=500 sh -c 'ulimit -n; ulimit -Hn'
	says $'500\n500'
	local name
	name=$(random_name)
	auto -d --ulimit=nofile=3000:4000 --name "$name" sleep 1000
	says "$name"
	BOX_ROOT=/srv/box-root capture /srv/box exec "$name" sh -c 'ulimit -n; ulimit -Hn'
	BOX_ROOT=/srv/box-root /srv/box rm --force "$name"
	says $'3000\n4000'
}

@test "cp, top and rename work without root; copies belong to the container's root, or to the caller" {
	local name
	name=$(random_name)
	for who in lonely learner; do
		[[ $who == lonely ]] || command -v newuidmap >/dev/null || continue
		box_run -d --name "$name" sleep 1000
		says "$name"
		echo "$name" >"/srv/$who/word"
		capture as_user /srv/box cp "/srv/$who/word" "$name:/"
		says ''
		capture as_user /srv/box exec "$name" sh -c 'stat -c %u:%g /word; cat /word'
		says $'0:0\n'"$name"
		capture as_user /srv/box cp "$name:/word" "/srv/$who/back"
		says ''
		[[ $(stat -c %U "/srv/$who/back") == "$who" && $(<"/srv/$who/back") == "$name" ]] || fail "wanted: a file of $who"
		capture as_user /srv/box top "$name"
		[[ $status == 0 && $output == *' 1 '*'sleep 1000' ]] || fail 'wanted: PID 1'
		capture as_user /srv/box kill "$name"
		capture as_user /srv/box rename "$name" "$name.old"
		says ''
		capture as_user /srv/box rm "$name.old"
		says ''
		nothing_left
	done
}

# ---- When things go wrong -------------------------------------------------------------

# fails_everywhere OPTION...: box of $who
fails_everywhere() {
	local side how
	needs_faults
	user_words
	for side in outside inside; do
		for how in error kill; do
			every_call "$side" "$how" "${words[@]}" /srv/box run "$@" /srv/rootfs true
			((calls > 50)) || fail "wanted: more than $calls calls to try"
		done
	done
}

afterwards() {
	local tries=$((100 * TEST_SLOWNESS))
	until as_user /srv/box ps >/dev/null && (nothing_left) 2>/dev/null; do
		((tries--)) || fail "$1 left $(echo "/srv/$who/.local/share/box"/*)"
		sleep 0.02
	done
}

# bats test_tags=slow
@test "each call fails, or is the last, of a box with one ID" {
	who=lonely
	fails_everywhere
}

# bats test_tags=slow
@test "each call fails, or is the last, of a box with IDs that were lent to it, and with a network" {
	needs newuidmap newgidmap slirp4netns
	needs_tun
	fails_everywhere --network=bridge
}

# ---- Root's containers -------------------------------------------------------------

# auto [OPTION]... COMMAND...: by root, with --userns auto
auto() {
	local options=()
	while [[ ${1-} == -* ]]; do
		options+=("$1")
		case $1 in
		-e | --name) options+=("$2") && shift ;;
		esac
		shift
	done
	mkdir -p /srv/box-root/.root
	chmod go= /srv/box-root/.root
	BOX_ROOT=/srv/box-root capture /srv/box run --network none --userns auto "${options[@]}" "$auto_rootfs" "$@"
}

# A ROOTFS of root's, as root has it.
own_rootfs() {
	auto_rootfs=/srv/root-fs
	[[ -d $auto_rootfs ]] || cp -a "$ROOTFS" "$auto_rootfs"
}

# bats test_tags=brick:user
@test "--userns auto: root inside owns ROOTFS's files, and outside is nobody" {
	needs root
	own_rootfs
	local secret=/srv/secret
	install -m 600 /dev/null "$secret"
	auto -v/srv:/mnt sh -c 'set -- $(cat /proc/self/uid_map); echo $*; id -u; stat -c %u:%g /bin /etc/passwd; chmod 600 /etc/passwd && echo mine; cat /mnt/secret'
	rm "$secret"
	[[ $output == $'0 1879048192 65536\n0\n0:0\n0:0\nmine' && $stderr == *'/mnt/secret'*'ermission denied'* ]] || fail 'wanted: owner of ROOTFS, and not of the secret'
	[[ $(stat -c %a:%u "$auto_rootfs/etc/passwd") == 644:0 ]] || fail 'wanted: ROOTFS as it was'
	nothing_left /srv/box-root
}

@test "--userns auto: a volume may lie below a directory that only root may enter" {
	needs root
	own_rootfs
	local name private=/srv/private
	name=$(random_name)
	mkdir -m 700 "$private"
	mkdir -m 755 "$private/below"
	install -m 666 /dev/null "$private/below/file"
	echo "$name" >"$private/below/file"
	auto -v"$private/below:/mnt" -v"$private/below/file:/srv/file:ro" sh -c 'cat /mnt/file /srv/file; echo more >>/srv/file'
	rm -r "$private"
	[[ $output == "$name"$'\n'"$name" && $stderr == *'ead-only'* ]] || fail 'wanted: both volumes'
	nothing_left /srv/box-root
}

@test "--userns auto: what is written is not root's outside, and each container has IDs of its own" {
	needs root
	own_rootfs
	local name other box programs=()
	name=$(random_name) other=$(random_name)
	mkdir -p /srv/box-root/.root
	for box in "$name" "$other"; do
		BOX_ROOT=/srv/box-root /srv/box run --network none --userns auto --name "$box" "$auto_rootfs" sh -c 'touch /tmp/x /x; exec sleep 1000' 3>&- &
		programs+=("$!")
		wait_for test -e "/srv/box-root/$box/upper/x"
	done
	owners=$(stat -c %u "/srv/box-root/$name/upper/x" "/srv/box-root/$other/upper/x")
	for box in "${programs[@]}"; do
		kill -KILL "$(init_of "$box")"
		wait "$box" || :
	done
	[[ $owners == $'1879048192\n1879113728' ]] || fail "wanted: two owners, not $owners"
	nothing_left /srv/box-root
}

@test "--userns auto, and without root: another user reads, runs and writes nothing of a container's" {
	needs root
	own_rootfs
	local name make='cp /bin/busybox /id; chmod 4755 /id; chmod 777 /; echo ready >/ready; exec sleep 1000'
	name=$(random_name)
	auto -d -e "SECRET=$name" --name "$name" sh -c "$make"
	says "$name"
	wait_for test -e "/srv/box-root/$name/upper/ready"
	closed_to_others /srv/box-root
	[[ $(stat -c %a:%g "/srv/box-root/$name") == "710:$(stat -c %g "/srv/box-root/$name/upper")" ]] || fail 'wanted: a way in for its root alone'
	BOX_ROOT=/srv/box-root /srv/box rm --force "$name"
	nothing_left /srv/box-root
	for who in lonely learner; do
		box_run -d -e "SECRET=$name" --name "$name" sh -c "$make"
		[[ $status == 0 && $output == "$name" ]] || fail "wanted: $name" # where newuidmap is missing, box warns
		wait_for test -e "/srv/$who/.local/share/box/$name/upper/ready"
		closed_to_others "/srv/$who/.local/share/box"
		as_user /srv/box rm --force "$name"
		nothing_left
	done
}

@test "--userns auto takes the IDs that /etc/subuid lends to containers" {
	needs root
	own_rootfs
	cp /etc/subuid /etc/subgid "$BATS_TEST_TMPDIR"
	echo containers:700000:1000 >>/etc/subuid
	echo containers:800000:2000 >>/etc/subgid
	auto sh -c 'set -- $(cat /proc/self/uid_map /proc/self/gid_map); echo $*'
	cp "$BATS_TEST_TMPDIR/subuid" "$BATS_TEST_TMPDIR/subgid" /etc
	says '0 700000 1000 0 800000 1000'
}

# lends USERS [GROUPS]: what /etc/subuid and /etc/subgid say from now on; lends_as_before ends that
lends() {
	[[ -e $BATS_TEST_TMPDIR/subuid ]] || cp /etc/subuid /etc/subgid /etc/passwd /etc/group "$BATS_TEST_TMPDIR"
	printf %s "$1" >/etc/subuid
	printf %s "${2-$1}" >/etc/subgid
}

lends_as_before() {
	cp "$BATS_TEST_TMPDIR"/{subuid,subgid,passwd,group} /etc
}

# maps USERS [GROUPS]: that is the container's
maps() {
	auto sh -c 'set -- $(cat /proc/self/uid_map) - $(cat /proc/self/gid_map); echo $*'
	[[ $status == 0 && $output == "0 $1 - 0 ${2-$1}" && $stderr == '' ]] || fail "wanted: the IDs $1 and ${2-$1}"
}

@test "an ordinary user's ranges that overlap, or contain the user's own ID: a line that names them" {
	needs newuidmap
	lends $'learner:200000:65536\nlearner:265000:1000\n' $'learner:300000:65536\n'
	box_run true
	refuses /etc/subuid learner 200000:65536 265000:1000
	lends $'learner:200000:65536\n' $'learner:4000:1000\n'
	box_run true
	refuses /etc/subgid learner 4000:1000 4321
	lends $'learner:200000:65536\nlearner:265536:1000\n' $'learner:300000:65536\n'
	box_run true
	says ''
	lends_as_before
}

@test "--userns auto takes no ID that is a user's, whatever is lent: neither one that there is, nor one that there may be" {
	needs root
	own_rootfs
	lends $'root:1000:1\nroot:100000:65536\n'
	maps '100000 65536'
	lends $'root:1000:1\nroot:20000:1000\n'
	auto true
	complains /etc/subuid root root:2000000000:1048576
	lends $'root:1000:65536\nroot:0:200000\n'
	maps '65536 65536'
	echo big:x:165535:165535::/:/bin/sh >>/etc/passwd
	maps '65536 65536'
	lends $'root:100000:65536\nroot:300000:65536\n'
	maps '300000 65536' '100000 65536'
	echo big:x:365535: >>/etc/group
	maps '300000 65536' '100000 65536'
	echo big:x:165535: >>/etc/group
	auto true
	complains /etc/subgid root root:2000000000:1048576
	lends ''
	echo huge:x:1879048192:5::/:/bin/sh >>/etc/passwd
	maps '1879113728 65536' '1879048192 65536'
	lends_as_before
	nothing_left /srv/box-root
}

@test "--userns auto takes no ID that is lent to somebody else, nor one that does not exist" {
	needs root
	own_rootfs
	lends $'learner:100000:65536\nroot:100000:65536\nroot:165536:65536\n'
	maps '165536 65536'
	lends $'root:100000:65536\nlearner:165535:1\nlearner:165536:1\n0:300000:70000\n'
	maps '300000 65536'
	lends $'learner:0:4294967295\nroot:100000:65536\n'
	auto true
	complains /etc/subuid root root:2000000000:1048576
	lends $'learner:1879048192:1\n'
	maps '1879113728 65536'
	lends $'containers:4294901759:65536\n'
	maps '4294901759 65536'
	lends_as_before
}

@test "--userns auto: a line of root's that can't be read is named; those of others are theirs" {
	needs root
	own_rootfs
	local line
	for line in root:18446744073709551615:2 root:4294967295:1 root:4294901760:65536 root:-1:65536 root:1e5:65536 root:100000 root:100000:0 \
		root:100000:65536:1 'root: 100000:65536' root::; do
		lends "other:1:1"$'\n'"$line"$'\n'
		auto true
		complains '/etc/subuid, line 2' root:100000:65536
	done
	lends "$(printf '%s\n' junk : ::: other:1 other:-1:1 other:99999999999999999999:1 4294967295:1:1 "$(printf '%600s' x)root:1:1" root:100000:65536)"
	maps '100000 65536'
	lends $'containers:100000:65536\n' ''
	auto true
	complains /etc/subgid containers
	lends_as_before
	nothing_left /srv/box-root
}

@test "--userns auto: no two that run have an ID in common, whatever BOX_ROOT is, and though there may be no more" {
	needs root
	own_rootfs
	local name programs=() owners
	lends $'root:100000:131072\n' $'root:300000:65536\nroot:400000:65536\n'
	for name in root other; do
		mkdir -p "/srv/box-$name/.root"
		BOX_ROOT=/srv/box-$name /srv/box run --network none --userns auto --name "$name" "$auto_rootfs" sh -c 'touch /x; exec sleep 1000' 3>&- &
		programs+=("$!")
		wait_for test -e "/srv/box-$name/$name/upper/x"
	done
	owners=$(stat -c %u:%g /srv/box-root/root/upper/x /srv/box-other/other/upper/x)
	auto true
	kill -KILL "$(init_of "${programs[0]}")"
	wait "${programs[0]}" || :
	[[ $owners == $'100000:300000\n165536:400000' ]] || fail "wanted: two owners, not $owners"
	complains /etc/subuid root root:2000000000:1048576
	maps '100000 65536' '300000 65536'
	kill -KILL "$(init_of "${programs[1]}")"
	wait "${programs[1]}" || :
	lends_as_before
	nothing_left /srv/box-root
	nothing_left /srv/box-other
	rm -r /srv/box-other
}

@test "--userns auto --write-through: root inside writes ROOTFS as root, and mounts nothing on the host" {
	needs root
	own_rootfs
	local name
	name=$(random_name)
	auto --write-through touch "/opt/$name"
	says ''
	[[ $(stat -c %u "$auto_rootfs/opt/$name") == 0 ]] || fail 'wanted: a file of root'
	rm "$auto_rootfs/opt/$name"
}

@test "--userns auto: a ROOTFS whose owners can't be translated is refused" {
	needs root native # in a chamber it lies on an overlay
	mkdir -p /opt/rootfs/{proc,sys,dev,tmp}
	auto_rootfs=/opt/rootfs auto true
	[[ $status == 125 && $stderr == box:*MOUNT_ATTR_IDMAP*'--userns host'* && $stderr != *$'\n'* ]] || fail 'wanted: one line with the remedy'
	rm -r /opt/rootfs
	nothing_left /srv/box-root
}

# ---- Limits ------------------------------------------------------------------------

@test "a limit that can't be had is refused, and how to have it said" {
	box_run --memory=64m true
	refuses 'systemd-run --user --scope'
}

# delegate: a cgroup for learner, below which root hands out controllers
delegate() {
	mkdir -p /srv/box-root/.root
	BOX_ROOT=/srv/box-root /srv/box run --network none --memory 64m --pids-limit 64 /srv/rootfs true
	delegated=$CGROUP_ROOT/$(random_name delegated)
	mkdir "$delegated"
	chown 4321:4321 "$delegated" "$delegated"/cgroup.{procs,subtree_control}
}

take_back() {
	briefly rmdir "$delegated"/{box,evacuated} "$delegated" "$CGROUP_ROOT/box" || :
}

@test "limits hold in a cgroup that was delegated, again and again" {
	needs v2 root
	delegate
	who=learner
	for round in 1 2; do
		capture sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$delegated/$([[ $round == 1 ]] || echo evacuated/)cgroup.procs" \
			setpriv --reuid 4321 --regid 4321 --clear-groups env HOME=/srv/learner PATH=/srv/none \
			/srv/box run --memory 32m --pids-limit 20 /srv/rootfs sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /proc/self/cgroup'
		[[ $round == 1 || $stderr == "$before" ]] || break
		before=$stderr
		[[ $output == $'33554432\n20\n0::/' ]] || break
	done
	[[ ! -d $delegated/evacuated/evacuated ]] || status=nested
	take_back
	[[ $status == 0 && $output == $'33554432\n20\n0::/' ]] || fail 'wanted: its limits'
	nothing_left
}

# ---- The network -------------------------------------------------------------------

@test "without root it has no network by default, but lo" {
	who=lonely
	box_run sh -c 'ls /sys/class/net'
	says lo
}

answers() {
	[[ $(printf 'GET /index.html HTTP/1.0\r\n\r\n' | timeout $((5 * TEST_SLOWNESS)) busybox nc 127.0.0.1 "$1" 2>/dev/null) == *"$2"* ]]
}

# connected PROGRAM: a container is on the network by PROGRAM, has its addresses, publishes a port, and takes it along
connected() {
	local name port
	name=$(random_name) port=$((RANDOM % 20000 + 10000))
	start_as_user /srv/box run --name "$name" --network bridge -p "$port:80" /srv/rootfs sh -c \
		'ip -o -4 addr show dev tap0; cat /etc/resolv.conf; ip route; mkdir /www; echo "$0" >/www/index.html; exec httpd -f -h /www' "$name" \
		>"$BATS_TEST_TMPDIR/said"
	wait_for answers "$port" "$name"
	output=$(<"$BATS_TEST_TMPDIR/said") stderr=
	[[ $output == *'inet 10.0.2.100/24'*'nameserver 10.0.2.3'*'default via 10.0.2.2'* ]] || fail 'wanted: address, name server, route'
	[[ $(processes_of "$1") == *" $(init_of "$program")"* ]] || fail "wanted: $1 for it"
	if [[ ${2-} == kill ]]; then
		kill -KILL "$program"
	else
		as_user /srv/box kill "$name" KILL
	fi
	wait "$program" || :
	wait_for no_process_of "$1"
	box_run true
	nothing_left
}

# By the words of the call: pasta's program may be passt, or passt.avx2.
processes_of() { pgrep -af "^$1 "; }
no_process_of() { ! processes_of "$1" >/dev/null; }

# only PROGRAM: $path has no other of the two
only() {
	path=/srv/only-$1
	mkdir -p "$path"
	ln -sf "$(command -v "$1")" "$path"
	[[ ! -e $(command -v pasta.avx2) ]] || ln -sf "$(command -v pasta.avx2)" "$path"
}

# bats test_tags=brick:slirp
# bats test_tags=brick:slirp
@test "--network bridge without root: tap0 leads out" {
	needs slirp4netns
	needs_tun
	box_run --network=bridge sh -c 'ip route | head -n 1'
	says 'default via 10.0.2.2 dev tap0 '
}

@test "slirp4netns, without root: an address, a name server, published ports" {
	needs slirp4netns busybox
	needs_tun
	connected slirp4netns
}

@test "slirp4netns ends with box, though it was killed" {
	needs slirp4netns busybox
	needs_tun
	connected slirp4netns kill
}

@test "pasta, without root, if slirp4netns is missing" {
	needs root pasta busybox
	needs_tun
	only pasta
	ip link add out0 type veth peer name out1
	ip addr add 10.99.0.2/24 dev out0
	ip link set out0 up && ip link set out1 up
	ip route add default via 10.99.0.1
	connected pasta # not on the left of ||, where none of its checks would end it
	ip link delete out0
}

@test "more ports than pasta's arguments hold are an error, and not left out" {
	path=/srv/counted:$PATH
	mkdir "${path%%:*}"
	printf '#!/bin/sh\nexit 127\n' >/srv/counted/slirp4netns # as if it were not there
	printf '#!/bin/sh\necho $$\nexec sleep 1000\n' >/srv/counted/pasta
	chmod 755 /srv/counted/*
	box_run --network=bridge -p{10000..10500}:10000 true
	stderr=${stderr##*$'\n'} # without newuidmap, a warning comes first
	refuses '--publish 103' pasta slirp4netns
	box_run --network=bridge -p{10000..10300}:10000 true
	[[ $status == 0 ]] || fail 'wanted: a container'
}

@test "a published port that is taken is named" {
	needs slirp4netns busybox
	needs_tun
	local port=$((RANDOM % 20000 + 10000)) server
	busybox httpd -f -p "127.0.0.1:$port" -h /srv/none 3>&- &
	server=$!
	wait_for answers "$port" 404
	box_run --network=bridge "-p$port:80" true
	kill "$server"
	wait "$server" || :
	refuses "--publish $port" 'in use'
}

@test "without slirp4netns and pasta it says which to install" {
	path=/srv/none who=lonely
	box_run --network=bridge true
	refuses slirp4netns passt '--network none'
}

# ---- What forbids it, and what helps -----------------------------------------------------

@test "an ordinary user can't go without a user namespace" {
	box_run --userns=host true
	refuses '--userns host' sudo
	box_run --without=user true
	refuses 'user namespace'
}

@test "where newuidmap is missing it says so, and goes on with one ID" {
	path=/srv/none
	box_run sh -c 'set -- $(cat /proc/self/uid_map); echo $*'
	[[ $output == '0 4321 1' && $stderr == 'box: '*newuidmap*uidmap* && $stderr != *$'\n'* ]] || fail 'wanted: one ID, and why'
}

@test "a newuidmap that may not is named, with what it has to be" {
	needs newuidmap newgidmap
	mkdir -p /srv/weak
	cp "$(command -v newuidmap)" "$(command -v newgidmap)" /srv/weak # and not set-user-ID
	path=/srv/weak
	box_run true
	[[ $status == 125 && ${stderr##*$'\n'} == box:*newuidmap*set-user-ID*/etc/subuid* ]] || fail 'wanted: the reason'
	nothing_left
}

@test "a bad line in /etc/subuid is named" {
	cp /etc/subuid "$BATS_TEST_TMPDIR/subuid"
	for line in learner:many:65536 learner:200000 learner:200000:0 learner:4294967295:2; do
		printf 'other:1:1\n%s\n' "$line" >/etc/subuid
		box_run true
		refuses '/etc/subuid, line 2' learner:100000:65536
	done
	cp "$BATS_TEST_TMPDIR/subuid" /etc/subuid
}

@test "user.max_user_namespaces=0 is named, and what turns it" {
	needs root
	own_rootfs
	mkdir -p /srv/box-root/.root
	# In a user namespace the switch is that namespace's own.
	BOX_ROOT=/srv/box-root capture unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces
		exec /srv/box run --network none --userns auto "$0" true' "$auto_rootfs"
	[[ $status == 125 && $stderr == box:*'No space left'*'sysctl -w user.max_user_namespaces='* && $stderr != *$'\n'* ]] || fail 'wanted: the switch'
	nothing_left /srv/box-root
}

# with_switch NAME VALUE ERROR: box run, where the kernel has the switch kernel.NAME, and clone3 fails so
with_switch() {
	capture as_root_mounts "$1" "$2" "$3"
}

as_root_mounts() {
	unshare --mount sh -c 'mount -t tmpfs none /proc/sys/kernel && echo "$1" >"/proc/sys/kernel/$0" && shift && exec "$@"' "$1" "$2" \
		setpriv --reuid 4322 --regid 4322 --clear-groups env HOME=/srv/lonely \
		strace -f -qq -o /dev/null -e trace=clone3 -e "inject=clone3:error=$3" /srv/box run /srv/rootfs true
}

@test "Debian's and Ubuntu's switches are named, and a seccomp filter" {
	needs root strace
	who=lonely
	with_switch unprivileged_userns_clone 0 EPERM
	refuses 'sysctl -w kernel.unprivileged_userns_clone=1'
	with_switch apparmor_restrict_unprivileged_userns 1 EPERM
	refuses AppArmor 'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
	with_switch apparmor_restrict_unprivileged_userns 0 ENOSYS
	refuses 'seccomp=unconfined'
}

@test "a /proc that an outer container masks is named" {
	needs root
	who=lonely
	capture unshare --mount sh -c 'mount -t tmpfs none /proc/acpi || mount -t tmpfs none /proc/fs; exec "$@"' sh \
		setpriv --reuid 4322 --regid 4322 --clear-groups env HOME=/srv/lonely /srv/box run /srv/rootfs true
	refuses 'mount("proc"' 'systempaths=unconfined'
}
