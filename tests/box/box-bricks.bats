#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: what each brick of its wall is there for (full/bricks/wall.c), and what box does where the steps do otherwise.
# tests/steps/matrix leaves out each brick, and a test tagged with it has to fail; what a step has proven, tests/box/box-steps
# asks of box.

load ../helpers
load box

export BOX_ROOT=/run/box-bricks # in memory, and the chamber's own

setup_file() { box_setup_file; }

# ---- Namespaces ------------------------------------------------------------------

# bats test_tags=brick:ipc
@test "ipc: it sees no message queue of the host's" {
	local queue
	queue=$(ipcmk --queue)
	queue=${queue##* }
	box_run sh -c 'wc -l </proc/sysvipc/msg'
	ipcrm --queue-id "$queue"
	says 1 # the header
}

# bats test_tags=brick:detach
@test "detach: nothing of the host's tree is left" {
	local name
	name=$(random_name)
	mkdir "/mnt/$name"
	mount -t tmpfs "$name" "/mnt/$name"
	box_run sh -c 'grep "$0" /proc/self/mountinfo; ls -d /mnt/"$0" /tmp/mnt/"$0" /.root' "$name"
	umount "/mnt/$name"
	rmdir "/mnt/$name"
	[[ $status == 1 && $output == '' && $(grep -c 'No such file' <<<"$stderr") == 3 ]] || fail "wanted: no sign of the host"
	box_run sh -c 'awk "{ print \$5 }" /proc/self/mountinfo | head -n 1; grep -c " /tmp" /proc/self/mountinfo'
	[[ $output == $'/\n0' ]] || fail 'wanted: a root mount, and nothing on /tmp'
}

@test "net: it has lo alone, and that is up" {
	box_run sh -c 'cat /proc/net/dev | tail -n +3 | cut -d : -f 1; ip -oneline link show lo | grep -c LOWER_UP'
	says $'    lo\n1'
}

@test "an OOM kill is told: of PID 1, and of a child" {
	needs v2
	box_run --memory=24m --memory-swap=24m hog 90
	[[ $status == 137 && $stderr == *'box: killed by the kernel: '*' wanted more than the 25165824 bytes of --memory' ]] ||
		fail 'wanted: 137, and a line that says why'
	box_run --memory=24m --memory-swap=24m sh -c 'hog 90 >/dev/null; exit 7'
	[[ $status == 7 && $stderr == *'killed by the kernel'* ]] || fail "wanted: the shell's 7, and a line that says why"
}

is_gone() { [[ ! -e /proc/$1 ]]; }

@test "a container that fills its pids.max: exec says that there is no room, and stop ends all of it" {
	local pid child children
	needs v2
	capture "$BOX" run --network none --detach --name=full --pids-limit=9 -v "$probe:/probe" "$ROOTFS" /probe fill
	wait_for eval '[[ $("$BOX" logs full) == EAGAIN ]]'
	pid=$("$BOX" inspect full | sed -n 's/^ *"pid": \([0-9]*\),*$/\1/p')
	read -ra children <<<"$(<"/proc/$pid/task/$pid/children")"
	((${#children[@]} == 8)) || fail "wanted: 8 children, not ${children[*]}"
	capture "$BOX" exec full true
	complains 'Resource temporarily unavailable' --pids-limit
	capture "$BOX" stop --time 0 full
	[[ $status == 0 ]] || fail 'wanted: an end'
	for child in "$pid" "${children[@]}"; do
		wait_for is_gone "$child"
	done
	"$BOX" rm full
}

@test "--device-read-bps and --device-write-bps hold for the disk that PATH is on" {
	local before
	needs v2 vm
	disk=$(mktemp -d "$toolkit/build/disk.XXXX")
	box_run --device-write-bps="$disk:512k" --device-read-bps="$disk:1m" cat /sys/fs/cgroup/io.max
	[[ $status == 0 && $output == +([0-9]):+([0-9])' rbps=1048576 wbps=524288 '* ]] || fail 'wanted: both limits'
	before=${EPOCHREALTIME/[.,]/}
	box_run --device-write-bps="$disk:512k" -v "$disk:/mnt" dd if=/dev/zero of=/mnt/file bs=64k count=32 oflag=direct
	[[ $status == 0 ]] || fail 'wanted: 2 MiB written'
	((${EPOCHREALTIME/[.,]/} - before >= 3000000)) || fail 'wanted: 2 MiB, at 512 KiB a second, to take 3 s at least'
	rm -r "$disk"
	box_run --device-write-bps=/proc:1m true
	complains /proc disk
}

# ---- Files -----------------------------------------------------------------------

# bats test_tags=brick:overlay
@test "overlay: what it writes and removes does not reach ROOTFS" {
	copy_rootfs
	random_name >"$ROOTFS/srv/file"
	box_run sh -c 'rm /srv/file && echo new >/srv/other && cat /srv/other && rm -r /etc && mkdir /etc && ls -A /etc'
	[[ $output == new* && -s $ROOTFS/srv/file && ! -e $ROOTFS/srv/other && -e $ROOTFS/etc/passwd ]] || fail 'wanted: a ROOTFS as it was'
}

@test "--write-through writes to ROOTFS, shows what is mounted below it, and fails where that is read-only" {
	copy_rootfs
	mount -t tmpfs tmpfs "$ROOTFS/srv"
	random_name >"$ROOTFS/srv/below"
	box_run --write-through sh -c 'cat /srv/below; echo through >/root/file'
	says "$(<"$ROOTFS/srv/below")"
	[[ $(<"$ROOTFS/root/file") == through ]] || fail 'wanted: a file in ROOTFS'
	umount "$ROOTFS/srv"
	mount --bind "$ROOTFS" "$ROOTFS"
	mount -o remount,bind,ro "$ROOTFS"
	box_run --write-through sh -c ': >/root/file'
	umount "$ROOTFS"
	[[ $status == 1 && $stderr == *'Read-only file system'* ]] || fail 'wanted: a container that may not write'
}

# stays_writable [OPTION]...: what root can write in there, by a walk through all of /: but for the files of its own process
# in /proc, and /proc/keys and its like, which are /dev/null.
stays_writable() {
	box_run -v "$probe:/probe:ro" "$@" /probe writable
	[[ $status == 0 && $stderr == '' ]] || fail 'wanted: a walk'
	writable=$(grep -v -e '^/proc/1/' -e '^/proc/keys$' -e '^/proc/kcore$' -e '^/proc/interrupts$' -e '^/proc/latency_stats$' -e '^/proc/timer_' -e '^/proc/sched_debug$' \
		-e '^/proc/pressure/' <<<"$output" | sort | paste -sd ' ') # /proc/pressure: a watch of one's own, which changes nothing
}

devices='/dev/ /dev/full /dev/mqueue/ /dev/null /dev/pts/ptmx /dev/random /dev/shm/ /dev/urandom /dev/zero'

@test "--read-only: what can be written all the same is /dev, and what an option says" {
	stays_writable --read-only
	[[ $writable == "$devices" ]] || fail "wanted: $devices"
	mkdir "$BATS_TEST_TMPDIR/shared"
	stays_writable --read-only --tmpfs /tmp -v "$BATS_TEST_TMPDIR/shared:/mnt" -v "$BATS_TEST_TMPDIR:/srv:ro"
	[[ $writable == "$devices /mnt/ /tmp/" ]] || fail "wanted: $devices /mnt/ /tmp/"
	stays_writable
	[[ " $writable " == *' / '*' /etc/ '*' /etc/hosts '* ]] || fail 'wanted: without it, much more'
}

@test "--read-only --write-through: the mounts below ROOTFS are read-only, too" {
	copy_rootfs
	mount -t tmpfs none "$ROOTFS/srv"
	mkdir "$ROOTFS/srv/deep"
	mount -t tmpfs none "$ROOTFS/srv/deep"
	stays_writable --read-only --write-through
	[[ $writable == "$devices" ]] || fail "wanted: $devices"
	mount --bind "$ROOTFS" "$ROOTFS"
	mount -o remount,bind,ro "$ROOTFS"
	stays_writable --read-only --write-through
	umount "$ROOTFS"
	umount -R "$ROOTFS/srv"
	[[ $writable == "$devices" ]] || fail "wanted: $devices"
}

# bats test_tags=brick:read-only
@test "read-only: --read-only is for its root, and not for /tmp and /dev" {
	box_run --read-only --tmpfs=/tmp sh -c 'echo >/tmp/x && echo >/dev/null && echo >/root/x'
	[[ $status == 1 && $stderr == *'/root/x: Read-only file system'* ]] || fail 'wanted: a root that refuses'
}

# bats test_tags=brick:mask
@test "mask: the kernel's switches can't be thrown, and its secrets are not shown" {
	box_run --cap-add=ALL sh -c 'for path in /proc/sys/vm/swappiness /proc/sys/kernel/core_pattern; do (: >>$path); done; :'
	[[ $(grep -c 'Read-only file system' <<<"$stderr") == 2 ]] || fail 'wanted: two refusals'
	local secrets='cat /proc/timer_list /proc/keys /proc/interrupts; for directory in /sys/firmware /proc/acpi /proc/dynamic_debug; do
		[ ! -d $directory ] || ls -A $directory; done'
	box_run --cap-add=ALL --without=mask sh -c "$secrets"
	[[ $status == 0 && $output == *CPU0* ]] || fail 'wanted: something to hide'
	box_run --cap-add=ALL sh -c "$secrets"
	says ''
}

# bats test_tags=brick:etc
@test "etc: hosts, hostname and resolv.conf are true in there, and ROOTFS's stay as they are" {
	local name
	name=$(random_name)
	box_run --hostname="$name" --dns=10.9.8.7 sh -c 'cat /etc/hostname /etc/resolv.conf; grep -c "$0" /etc/hosts; ping -c 1 -W 1 localhost 2>&1 | head -n 1' "$name"
	[[ $output == "$name"$'\nnameserver 10.9.8.7\n1\nPING localhost (127.0.0.1)'* ]] || fail 'wanted: its name and its server'
}

# bats test_tags=brick:volume
@test "volume: it is there, where the container would find its place, and nowhere on the host" {
	local outside=$BATS_TEST_TMPDIR/outside source=$BATS_TEST_TMPDIR/source target
	copy_rootfs
	mkdir "$outside" "$source"
	random_name >"$source/marker"
	ln -s "$outside" "$ROOTFS/mnt/absolute"
	ln -s "../../../../../../../../../../../..$outside" "$ROOTFS/mnt/relative"
	for target in /mnt/absolute /mnt/relative "/mnt/../../../../..$outside" /mnt/new/deep; do
		box_run --volume="$source:$target" cat "$target/marker"
		says "$(<"$source/marker")"
		[[ -z $(ls -A "$outside") && ! -e $ROOTFS$outside ]] || fail "wanted: nothing new on the host"
	done
	mkdir -p "$ROOTFS$outside"
	box_run --volume="$source:/mnt/relative" cat "$outside/marker"
	says "$(<"$source/marker")"
}

# bats test_tags=brick:volume
@test "volume: what is mounted in it later appears on the other side as its propagation says" {
	local how seen source=$BATS_TEST_TMPDIR/source fifo=$BATS_TEST_TMPDIR/source/fifo
	mkdir -p "$source/host" "$source/box"
	mkfifo "$fifo"
	mount --bind "$source" "$source"
	mount --make-shared "$source"
	for how in '' :rslave :rshared; do
		# shellcheck disable=SC2034 # start uses both
		STEP_BIN=$BOX STEP_OPTIONS=(run --network none)
		start --cap-add=SYS_ADMIN --volume="$source:/mnt$how" sh -c 'mount -t tmpfs inside /mnt/box && echo up && cat /mnt/fifo && ls /mnt/host; umount /mnt/box'
		wait_for grep -q up "$out"
		mount -t tmpfs outside "$source/host"
		: >"$source/host/seen"
		! grep -q "inside $source/box" /proc/mounts && seen=no || seen=yes
		[[ $how$seen == :rsharedyes || $how$seen == @(|:rslave)no ]] || fail "$how: seen on the host: $seen"
		echo go >"$fifo"
		finish
		umount "$source/host"
		says "up"$'\ngo'"${how:+$'\nseen'}"
	done
	umount "$source"
	mount --bind "$source" "$source"
	mount --make-private "$source"
	box_run --volume="$source:/mnt:rslave" true
	complains "$source" shared
	umount "$source"
}

# bats test_tags=brick:volume
@test "etc: a link that leads nowhere gives way in there, and stays in ROOTFS" {
	copy_rootfs
	rm -f "$ROOTFS/etc/resolv.conf"
	ln -s ../run/systemd/resolve/stub-resolv.conf "$ROOTFS/etc/resolv.conf"
	box_run --dns=192.0.2.7 cat /etc/resolv.conf
	says 'nameserver 192.0.2.7'
	[[ $(readlink "$ROOTFS/etc/resolv.conf") == ../run/* ]] || fail "wanted: the link"
	box_run --write-through --dns=192.0.2.7 sh -c 'cat /etc/hostname >/dev/null && ! cat /etc/resolv.conf 2>/dev/null'
	says ''
	[[ $(readlink "$ROOTFS/etc/resolv.conf") == ../run/* ]] || fail "wanted: the link"
}

@test "--dns is an address, --hostname one word" {
	local word
	for word in foo '' $'192.0.2.7\nsearch evil'; do
		box_run --dns="$word" true
		complains --dns 'name server'
	done
	for word in $'x\n192.0.2.7 evil' 'a b'; do
		box_run --hostname="$word" true
		complains --hostname blank
	done
	word=$(printf 'h%.0s' {1..64})
	box_run --hostname="$word" hostname
	says "$word"
	box_run --hostname="${word}h" true
	complains --hostname 64
}

@test "a BOX_ROOT that mount options can contain is long enough, and a longer one is an error that says so" {
	local part root=$BOX_ROOT
	part=$(printf 'p%.0s' {1..250})
	BOX_ROOT=$root/${part:0:50}
	until ((${#BOX_ROOT} > 1640)); do
		BOX_ROOT+=/$part
	done
	BOX_ROOT+=/$(printf 'q%.0s' $(seq $((1900 - 1 - ${#BOX_ROOT}))))
	box_run --name "$(printf 'n%.0s' {1..64})" sh -c 'echo written >/file && cat /file'
	says written
	BOX_ROOT+=q
	box_run true
	complains BOX_ROOT 1901 1900
	BOX_ROOT+=$(printf "/$part%.0s" {1..20})
	box_run true
	complains BOX_ROOT 1900
	BOX_ROOT=$root
}

@test "etc: a hosts file of the host's that ends within a line" {
	printf '127.0.0.1 localhost\n192.0.2.1 last' >"$BATS_TEST_TMPDIR/hosts"
	mount --bind "$BATS_TEST_TMPDIR/hosts" /etc/hosts
	box_run --network=host --add-host=more:192.0.2.2 --hostname=ship tail -n 3 /etc/hosts
	umount /etc/hosts
	says $'192.0.2.1 last\n127.0.1.1\tship\n192.0.2.2\tmore'
}

# It would be below what everybody sees.
@test "a volume or a tmpfs on a link to the root: 125, and a line that names it" {
	local target
	copy_rootfs
	ln -s / "$ROOTFS/mnt/top"
	for target in /mnt/top /mnt/..; do
		box_run -v "$BATS_TEST_TMPDIR:$target" true
		complains "$target"
		box_run --tmpfs "$target" true
		complains "$target"
	done
	box_run --tmpfs /srv --tmpfs "/mnt/..//srv" true
	complains 'box: --tmpfs /mnt/..//srv: another mount has the same DST'
}

@test "--tmpfs takes what docker's does: flags of any file system, and tmpfs's own" {
	box_run --tmpfs=/srv:rw,noexec,nosuid,size=65536k sh -c 'grep " /srv " /proc/self/mounts'
	[[ $status == 0 && $output == *nosuid,nodev,noexec*size=64k* || $output == *nosuid,nodev,noexec*size=65536k* ]] || fail 'wanted: the flags, and the size'
	box_run --tmpfs=/srv:exec,mode=700 sh -c 'cp /bin/busybox /srv/true; /srv/true; stat -c %a /srv'
	says 700
	box_run --tmpfs=/srv:noatime,nodiratime,sync,dirsync sh -c 'grep -o " /srv .*" /proc/self/mounts'
	[[ $status == 0 && $output == *[,\ ]sync,*dirsync,*noatime,nodiratime* ]] || fail 'wanted: these flags'
	box_run --tmpfs=/srv:defaults,noatime,strictatime,async sh -c 'grep -o " /srv .*" /proc/self/mounts'
	[[ $status == 0 && $output != *noatime* && $output != *relatime* ]] || fail 'wanted: the last of them'
	box_run --tmpfs=/srv:ro touch /srv/file
	[[ $status == 1 && $stderr == *Read-only* ]] || fail 'wanted: nothing written'
	box_run --tmpfs=/etc/passwd true
	complains /etc/passwd 'Not a directory'
	box_run --tmpfs=/srv:size=zz true
	complains /srv 'tmpfs(5)'
}

@test "a directory on a file, and a file on a directory: a line that says what goes where" {
	box_run -v "$BATS_TEST_TMPDIR:/etc/passwd" true
	complains "$BATS_TEST_TMPDIR:/etc/passwd" 'directory can only be mounted on a directory'
	box_run -v /etc/passwd:/srv true
	complains /etc/passwd:/srv 'file on a file'
}

@test "a volume may take the place of /etc/hosts, and none that of anything in /proc" {
	local file=$BATS_TEST_TMPDIR/file
	random_name >"$file"
	box_run --volume="$file:/etc/hosts" cat /etc/hosts
	says "$(<"$file")"
	box_run --volume="$file:/proc/version" true
	complains /proc
}

@test "mounts are sorted by depth, and what is written to the upper one stays out of the lower one" {
	local a=$BATS_TEST_TMPDIR/a b=$BATS_TEST_TMPDIR/b
	mkdir -p "$a" "$b/sub"
	random_name >"$a/marker"
	box_run -v "$b:/data" --tmpfs /data/sub sh -c 'echo >/data/sub/file; grep -c " /data" /proc/self/mounts'
	says 2
	[[ -z $(ls "$b/sub") ]] || fail "wanted: nothing in the host's directory; it has $(ls "$b/sub")"
	box_run -v "$a:/data/sub" -v "$b:/data" cat /data/sub/marker
	says "$(<"$a/marker")"
	box_run -v "$a/marker:/data/./x/..//sub/file" --tmpfs /data/sub --tmpfs /data cat /data/sub/file
	says "$(<"$a/marker")"
	box_run -v "$a:/data/" --tmpfs /srv/../data true
	complains /srv/../data DST omit
}

@test "a volume on /etc, /dev or /sys does not hide box's own mounts below it" {
	local etc=$BATS_TEST_TMPDIR/etc file=$BATS_TEST_TMPDIR/file name
	mkdir "$etc"
	random_name >"$file"
	random_name >"$etc/marker"
	random_name >"$etc/hosts"
	name=$(random_name)
	box_run --hostname="$name" -v "$etc:/etc" sh -c 'cat /etc/hostname; grep -c "$0" /etc/hosts; cat /etc/marker' "$name"
	says "$name"$'\n1\n'"$(<"$etc/marker")"
	box_run --hostname="$name" -v "$etc:/etc" -v "$file:/etc//hosts" cat /etc/hosts /etc/hostname
	says "$(<"$file")$name"
	box_run -v "$etc:/etc" -v "$file:/etc/new" cat /etc/new
	says "$(<"$file")"
	rm "$etc/hostname"
	box_run -v "$etc:/etc:ro" sh -c 'grep -c localhost /etc/hosts; cat /etc/hostname'
	[[ $status == 1 && $output == 2 && ! -e $etc/hostname ]] || fail 'wanted: a hosts, and no file that can not be made'
	box_run -v "$file:/etc//hosts" cat /etc/hosts
	says "$(<"$file")"
	box_run -v /dev:/dev sh -c 'touch "/dev/shm/$0" "/dev/mqueue/$0"; ls /dev/pts' "$name"
	says ptmx
	[[ ! -e /dev/shm/$name && ! -e /dev/mqueue/$name ]] || fail "wanted: nothing in the host's /dev"
	box_run -v /sys:/sys sh -c 'ls -A /sys/firmware'
	says ''
}

# ---- Least privilege -------------------------------------------------------------

# bats test_tags=brick:rlimit
@test "rlimit: --ulimit" {
	local soft=$((RANDOM % 500 + 20))
	box_run --ulimit="nofile=$soft:$((soft + 1))" sh -c 'ulimit -S -n; ulimit -H -n'
	says "$soft"$'\n'"$((soft + 1))"
	box_run --ulimit=nofile=3 true
	complains /etc/passwd # box itself needs one more, to look for the user, and says so
	[[ $stderr == *'No file descriptors available'* || $stderr == *'Too many open files'* ]] || fail 'wanted: why'
}

# CVE-2024-21626: what a caller has left open is no way out.
# bats test_tags=brick:close
@test "close: no descriptor but 0, 1 and 2, and no signal blocked or ignored" {
	# 32 and 33 are glibc's own, and no program's to set: whom make starts ignores them.
	capture env --default-signal "$BOX" run --network none "$ROOTFS" \
		grep -E '^Sig(Blk|Ign)' /proc/self/status
	output=$(sed -E 's/^(SigIgn:\t0{7})[01][08](0{7})$/\100\2/' <<<"$output")
	says $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000'
	box_run sh -c 'cd /proc/self/fd; echo *' 7</ 9<"$ROOTFS"
	says '0 1 2 3' # 3 is where echo * reads
}

# bats test_tags=brick:caps
@test "caps: it has podman's 11 capabilities, and gains none" {
	box_run grep -E '^(Cap|NoNew)' /proc/self/status
	[[ ${output//[$'\t ']/} == CapInh:0000000000000000*CapPrm:00000000800405fb*CapEff:00000000800405fb*CapBnd:00000000800405fb*CapAmb:0000000000000000*NoNewPrivs:1 ]] ||
		fail 'wanted: 800405fb, and nothing inherited'
	box_run mount -t tmpfs none /mnt
	[[ $status == 1 ]] || fail 'wanted: no mount'
	box_run --cap-drop=ALL --cap-add=chown grep CapEff /proc/self/status
	[[ $output == *0000000000000001 ]] || fail 'wanted: CAP_CHOWN'
}

@test "--cap-add and --cap-drop mean the same in any order" {
	local words
	for words in '--cap-add=net_admin --cap-drop=all' '--cap-drop=all --cap-add=net_admin'; do
		# shellcheck disable=SC2086
		box_run $words grep CapEff /proc/self/status
		[[ $output == *0000000000001000 ]] || fail "wanted: CAP_NET_ADMIN alone, with $words"
	done
	for words in '--cap-add=all --cap-drop=mknod' '--cap-drop=mknod --cap-add=all'; do
		# shellcheck disable=SC2086
		box_run $words sh -c 'mknod /null c 1 3'
		[[ $status != 0 && $stderr == *'not permitted'* ]] || fail "wanted: no CAP_MKNOD, with $words"
	done
}

# bats test_tags=brick:sysctl
@test "--sysctl turns a setting of the container's, and not of the host's" {
	local ttl=$((RANDOM % 100 + 100)) hosts
	hosts=$(</proc/sys/net/ipv4/ip_default_ttl)
	box_run --sysctl=net.ipv4.ip_default_ttl="$ttl" cat /proc/sys/net/ipv4/ip_default_ttl
	says "$ttl"
	[[ $(</proc/sys/net/ipv4/ip_default_ttl) == "$hosts" ]] || fail "wanted: $hosts, on the host"
}

@test "--sysctl never turns a setting of the host's" {
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni)
	box_run --without=net --sysctl=net.ipv4.ip_forward=1 true
	complains --sysctl host
	box_run --without=ipc --sysctl=kernel.shmmni=1234 true
	complains --sysctl host
	[[ $(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni) == "$before" ]] || fail 'wanted: the host as it was'
	box_run --sysctl=net.ipv4.nothing=1 true
	complains --sysctl nothing
}

# bats test_tags=brick:seccomp
@test "seccomp: a filter is on, and a call that it does not know fails" {
	box_run grep -E '^Seccomp:' /proc/self/status
	says $'Seccomp:\t2'
	box_run unshare --user true
	[[ $status == 1 && $stderr == *'not permitted'* ]] || fail 'wanted: no namespaces'
	box_run --security-opt=seccomp=unconfined grep -E '^Seccomp:' /proc/self/status
	says $'Seccomp:\t0'
}

# bats test_tags=brick:terminal
@test "terminal: with -t it has one of its own" {
	capture script --quiet --return --command "$BOX run --network none -t ${ROOTFS@Q} sh -c 'tty; ls /dev/pts'" /dev/null
	[[ $status == 0 && $output == /dev/pts/0* ]] || fail 'wanted: /dev/pts/0'
}

# ---- Environment -----------------------------------------------------------------

@test "HOSTNAME is its hostname, also for exec, unless --env says otherwise" {
	local name
	name=$(random_name)
	box_run --hostname="$name" sh -c 'env | grep ^HOSTNAME='
	says "HOSTNAME=$name"
	box_run --env=HOSTNAME=mine --hostname="$name" sh -c 'env | grep ^HOSTNAME='
	says HOSTNAME=mine
	"$BOX" run -d --name "$name" --network none "$ROOTFS" sleep 1000
	capture "$BOX" exec "$name" env
	[[ $status == 0 && $output == *"HOSTNAME=$name"* ]] || fail "wanted: HOSTNAME=$name"
	"$BOX" rm --force "$name"
}

@test "its environment: PATH, HOME, HOSTNAME, what --env says, and nothing of the caller's" {
	GIFT=given capture "$BOX" run --network none -e GIFT -e A=1 -e A=2 "$ROOTFS" env
	[[ $(sort <<<"$output") == $'A=2\nGIFT=given\nHOME=/root\nHOSTNAME='*$'\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' && ${#lines[@]} == 5 ]] ||
		fail 'wanted: five variables'
	box_run --env=PATH=/bin:/usr/bin env
	[[ $output == *PATH=/bin:/usr/bin* && $(grep -c ^PATH= <<<"$output") == 1 ]] || fail 'wanted: one PATH'
}

@test "without -i it has no stdin" {
	capture "$BOX" run --network none "$ROOTFS" wc -c <<<something
	says 0
	capture "$BOX" run --network none -i "$ROOTFS" wc -c <<<something
	says 10
}

# Ctrl-C is the terminal's to hand out: box does not pass it on a second time.
@test "Ctrl-C from the terminal reaches the command once" {
	# A second signal would come with the first: wait for the first, and then a little longer.
	local script='n=0 i=0; caught() { n=$((n + 1)); echo caught $n; }; trap caught INT; echo ready
		while [ $i -lt 50 ]; do sleep 0.01; i=$((i + (n > 0))); done; exit $n'
	capture env --default-signal=INT python3 - "$BOX" run --network none -i "$ROOTFS" sh -c "$script" <<'END' # a test in the background ignores it
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
while True:
    try:
        new = os.read(fd, 1024)
    except OSError:
        break
    if not new:
        break
    if b"ready" in new:
        os.write(fd, b"\003")
    said += new
print(said.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
	[[ $status == 1 && $output == *'caught 1'* ]] || fail 'wanted: one signal'
}
# As in a privileged container: the root of its cgroup namespace holds us ourselves. A limit that a populated cgroup could
# hand out, at the price of being "threaded", is no other.
# bats test_tags=brick:evacuate
@test "evacuate: who is in the way of a limit moves to a leaf" {
	needs v2
	local house leaf option file value
	"$BOX" run --network none --memory 31m --pids-limit 9 "$ROOTFS" true # hands controllers to the cgroups here
	while read -r option file value; do
		house=$CGROUP_ROOT/$(random_name house)
		mkdir "$house"
		capture bash -c 'echo 0 >"$0/cgroup.procs" && exec unshare --cgroup --mount bash -c "umount \"\$0\" && mount -t cgroup2 cgroup2 \"\$0\" && \"\$@\" && exit" "$@"' \
			"$house" "$CGROUP_ROOT" "$BOX" run --network none "$option" "$ROOTFS" cat "/sys/fs/cgroup/$file"
		for leaf in "$house"/{evacuated,box,}; do
			[[ ! -d $leaf ]] || wait_for rmdir "$leaf"
		done
		says "$value"
	done <<-END
		--memory=31m memory.max $((31 << 20))
		--pids-limit=9 pids.max 9
	END
}
