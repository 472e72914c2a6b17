#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: least privilege by default. Who the command is, what it may, and what it may ask of the kernel.

load ../helpers
load box

export BOX_ROOT=/run/box-privilege # in memory, and the chamber's own

setup_file() {
	box_setup_file
}

# refuses NAME ERRNO [ARG]...: in the container that call fails with ERRNO
refuses() {
	box_probe "$1" "${@:3}"
	[[ $status == 0 && $output == "$2" ]] || fail "wanted: $1 ${*:3} is answered with $2"
}

# ---- Capabilities ----------------------------------------------------------------

# As in /proc/PID/status: inheritable, permitted, effective, bounding, ambient; and no_new_privs.
capabilities='grep -E "^(Cap|NoNewPrivs)" /proc/self/status | cut -f 2 | tr "\n" " "'
none=0000000000000000 eleven=00000000800405fb

# bats test_tags=brick:caps
@test "root has podman's eleven capabilities, and hands none down" {
	box_run sh -c "$capabilities"
	says "$none $eleven $eleven $eleven $none 1 "
}

# bats test_tags=brick:caps
@test "another user has none, and root's are the most it could get" {
	box_run -u box sh -c "$capabilities"
	says "$none $none $none $eleven $none 1 "
}

@test "what box's caller has and hands down is not the container's" {
	needs root setpriv
	capture setpriv --inh-caps +sys_admin,+chown --ambient-caps +sys_admin,+chown "$BOX" run --network none "$ROOTFS" sh -c "$capabilities"
	says "$none $eleven $eleven $eleven $none 1 "
	capture setpriv --securebits +no_setuid_fixup "$BOX" run --network none -u box "$ROOTFS" sh -c "$capabilities"
	says "$none $none $none $eleven $none 1 "
}

@test "--cap-add and --cap-drop" {
	box_run --cap-drop ALL sh -c "$capabilities"
	says "$none $none $none $none $none 1 "
	box_run --cap-drop ALL --cap-add cap_net_raw sh -c "$capabilities"
	says "$none 0000000000002000 0000000000002000 0000000000002000 $none 1 "
	box_run --cap-add NO_SUCH true
	complains NO_SUCH 'capabilities(7)'
}

# bats test_tags=brick:caps
@test "a set-user-ID program gives nothing" {
	copy_rootfs
	cp "$ROOTFS/bin/busybox" "$ROOTFS/opt/id"
	chmod 4755 "$ROOTFS/opt/id"
	box_run -u box /opt/id -u
	says 1000
}

@test "--privileged: all capabilities, and no filter" {
	needs root
	box_run --privileged sh -c 'grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status | cut -f 2'
	[[ $status == 0 && ${lines[0]} == "$(sed -n 's/^CapBnd:\t//p' /proc/self/status)" && ${lines[1]} == 0 && ${lines[2]} == 0 ]] ||
		fail 'wanted: the capabilities that we have, no no_new_privs, no filter'
}

# Its root is the user on the host; in there it has no more than root's container.
@test "an ordinary user's container has no more" {
	needs root setpriv
	local mine
	mine=$(mktemp -d /run/mine.XXXXXX)
	cp -a "$ROOTFS" "$mine/rootfs"
	install "$BOX" "$mine/box"
	chown 1000 "$mine"
	capture setpriv --reuid 1000 --regid 1000 --clear-groups env HOME="$mine" BOX_ROOT="$mine/root" \
		"$mine/box" run "$mine/rootfs" sh -c "$capabilities; grep ^Seccomp: /proc/self/status; unshare -U true || mount -t tmpfs none /mnt || id -u"
	rm -rf "$mine"
	says "$none $eleven $eleven $eleven $none 1 "$'Seccomp:\t2\n0'
}

# ---- System calls ----------------------------------------------------------------

# bats test_tags=brick:seccomp
@test "no namespace is to be had, which would give all capabilities in there" {
	refuses unshare EPERM 0x10000000
	refuses clone EPERM 0x10000011 # CLONE_NEWUSER | SIGCHLD
	refuses clone3 ENOSYS 0 0
	box_run sh -c 'true & wait $!; echo $?'
	says 0
}

# bats test_tags=brick:seccomp
@test "no key, no program in the kernel, no descriptor of another's, no old door" {
	refuses keyctl EPERM 0
	refuses bpf EPERM 0
	refuses io_uring_setup EPERM 0
	refuses mount EPERM
	refuses personality EPERM 0x0040000 # ADDR_NO_RANDOMIZE
	refuses personality 0 0xffffffff
	refuses socket EPERM 40 1 0 # AF_VSOCK
	refuses socket EPERM 38 5 0 # AF_ALG
	refuses socket EAFNOSUPPORT 4095 1 0
	refuses socket 3 2 1 0
}

@test "a call that the profile's authors did not know is not there" {
	refuses 9999 ENOSYS
	refuses 0x7fffffff ENOSYS
}

# Some kernels have no 32-bit system calls: a CONFIG option, a boot parameter, or a hypervisor turns them off.
has_32_bit_calls() {
	[[ $(uname -m) == x86_64 ]] && "$probe" i386 20 >/dev/null 2>&1 # getpid
}

# The same filter applies to calls with x32's numbers and to 32-bit calls.
# bats test_tags=brick:seccomp
@test "x32 is no way around the filter" {
	[[ $(uname -m) == x86_64 ]] || skip 'needs x86-64'
	refuses 0x40000027 ENOSYS # x32's getpid
}

# bats test_tags=brick:seccomp
@test "32-bit calls are no way around the filter" {
	has_32_bit_calls || skip 'needs a kernel with 32-bit calls'
	box_run -v "$probe:/probe" /probe i386 20
	says 1 # getpid
	box_run -v "$probe:/probe" /probe i386 288 0
	says EPERM # keyctl
	box_run -v "$probe:/probe" /probe i386 310 0x10000000
	says EPERM # unshare
}

@test "with a capability come the calls that it is good for" {
	needs root
	box_run --cap-add SYS_ADMIN sh -c 'mount -t tmpfs none /mnt && echo mounted'
	says mounted
	box_probe keyctl 0
	says EPERM
	box_run --cap-add SYS_TIME -v "$probe:/probe" /probe clock_settime 99 0
	[[ $output == E* && $output != EPERM ]] || fail 'wanted: another answer than of the filter'
}

@test "--security-opt seccomp=unconfined: the kernel itself answers" {
	box_run --security-opt seccomp=unconfined -v "$probe:/probe" /probe keyctl 4095
	says EOPNOTSUPP
	box_run --security-opt seccomp=unconfined grep '^Seccomp:' /proc/self/status
	says $'Seccomp:\t0'
}

# ---- A profile of one's own ------------------------------------------------------

# profile TEXT: runs probe with it; the call and its arguments follow
with_profile() {
	echo "$1" >"$BATS_TEST_TMPDIR/profile.json"
	box_run --security-opt "seccomp=$BATS_TEST_TMPDIR/profile.json" -v "$probe:/probe" /probe "${@:2}"
}

@test "a profile in Docker's format: actions, errors, arguments" {
	local rules='{ "names": ["mkdirat", "no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95 },
		{ "names": ["kill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 62,
		  "args": [{ "index": 1, "value": 12, "op": "SCMP_CMP_GE" }, { "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }] },
		{ "names": ["getppid"], "action": "SCMP_ACT_KILL_PROCESS" }'
	local profile="{ \"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [$rules] }"
	with_profile "$profile" mkdirat -100 @/x 0700
	says EOPNOTSUPP
	with_profile "$profile" unlinkat -100 @/x 0
	says ENOENT
	with_profile "$profile" kill 1 12
	says ETIME
	with_profile "$profile" kill 1 0
	says 0
	with_profile "$profile" getppid
	[[ $status == 159 ]] || fail 'wanted: killed by SIGSYS'
	# What is allowed by default is allowed by its own name alone.
	with_profile "$profile" 0x40000102 -100 @/x 0700 # x32's mkdirat
	says ENOSYS
	with_profile "$profile" 9999
	says ENOSYS
}

@test "a profile that does not name the 32-bit architecture kills its calls" {
	has_32_bit_calls || skip 'needs a kernel with 32-bit calls'
	with_profile '{ "defaultAction": "SCMP_ACT_ALLOW" }' i386 20
	[[ $status == 159 && $output == '' ]] || fail 'wanted: killed by SIGSYS'
}

@test "a profile's conditions: capabilities and architectures" {
	local profile='{ "defaultAction": "SCMP_ACT_ALLOW", "archMap": [
		{ "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] } ], "syscalls": [
		{ "names": ["mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "includes": { "caps": ["CAP_CHOWN"] } },
		{ "names": ["unlinkat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "includes": { "caps": ["CAP_CHOWN", "CAP_BPF"] } },
		{ "names": ["chdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "excludes": { "caps": ["CAP_CHOWN"] } },
		{ "names": ["umask"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "includes": { "arches": ["s390x"] } },
		{ "names": ["setsid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "includes": { "arches": ["arm64", "amd64"], "minKernel": "4.8" } } ] }'
	with_profile "$profile" mkdirat -100 @/x 0700
	says EOPNOTSUPP
	with_profile "$profile" unlinkat -100 @/proc 0x200
	says EBUSY
	with_profile "$profile" chdir @/
	says 0
	with_profile "$profile" umask 022
	says 18
	with_profile "$profile" setsid
	says EOPNOTSUPP
}

# What box itself does on its way needs no place in the profile: this one allows what a static program does.
@test "the filter is the last thing, and holds for exec and init" {
	local profile='{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 95, "syscalls": [ { "action": "SCMP_ACT_ALLOW", "names": [
		"execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "getrandom", "mmap",
		"mprotect", "newfstatat", "fstat", "ioctl", "write", "writev", "exit_group", "rt_sigprocmask" ] } ] }'
	with_profile "$profile" getpid
	says EOPNOTSUPP
	echo '{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": ["keyctl"], "action": "SCMP_ACT_ERRNO", "errnoRet": 62 } ] }' >"$BATS_TEST_TMPDIR/profile.json"
	cd "$BATS_TEST_TMPDIR"
	box_run --rm -d --name filtered --init --security-opt seccomp=profile.json -v "$probe:/probe" sleep 1000
	[[ $status == 0 ]] || fail 'wanted: a container in the background'
	cd /
	capture "$BOX" exec filtered /probe keyctl 0
	says ETIME
	capture "$BOX" exec filtered sh -c 'grep ^Seccomp: /proc/1/status; ls -l /proc/1/fd /proc/1/exe'
	[[ ${lines[0]} == $'Seccomp:\t2' && $output != *"$BATS_TEST_TMPDIR"* && $output != *"$BOX_ROOT"* && $output != *'-> /'* ]] ||
		fail 'wanted: init is filtered, too, and shows nothing of the host'
	capture "$BOX" rm --force filtered
}

@test "a profile that can't be read fails before anything is made" {
	local profile=$BATS_TEST_TMPDIR/profile.json text
	box_run --security-opt seccomp=/no/such true
	complains /no/such 'No such file'
	while read -r text; do
		echo "${text%%#*}" >"$profile"
		box_run --explain --security-opt "seccomp=$profile" true
		complains "$profile" "${text##*# }"
	done <<-'END'
		{ "defaultAction":                                                                              # line 2
		[]                                                                                              # defaultAction
		{ "defaultAction": "SCMP_ACT_NONE" }                                                            # SCMP_ACT_NONE
		{ "defaultAction": 1 }                                                                          # defaultAction
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_ERRNO", "names": ["execve"] }] }                  # allow execve
		{ "defaultAction": "SCMP_ACT_ERRNO" }                                                           # allow execve
		{ "defaultAction": "SCMP_ACT_KILL", "syscalls": [{ "action": "SCMP_ACT_ALLOW", "names": ["execveat"] }] }                 # allow execve
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{}] }                                         # action
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG" }] }               # "names"
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG", "names": ["kill"], "args": [{ "index": 9, "value": 1, "op": "SCMP_CMP_EQ" }] }] }  # index
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG", "names": ["kill"], "args": [{ "index": 0, "value": 1, "op": "==" }] }] }           # "=="
		{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": "SCMP_ARCH_X86" }                         # architectures must be a list
		{ "defaultAction": "SCMP_ACT_ALLOW", "archMap": [{ "subArchitectures": "SCMP_ARCH_X86" }] }     # archMap[0]: subArchitectures must be a list
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": {} }                                           # syscalls must be a list
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG", "names": ["kill", 1] }] }                   # syscalls[0]: each element of names must be a JSON string
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG", "names": ["kill"], "args": {} }] }          # syscalls[0]: args must be a list
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG", "names": ["kill"], "includes": { "caps": "CAP_KILL" } }] }    # syscalls[0]: caps must be a list
		{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{ "action": "SCMP_ACT_LOG", "names": ["kill"], "excludes": "CAP_KILL" }] }                # must be JSON objects
	END
	! compgen -G "$BOX_ROOT/*" || fail 'wanted: nothing in ROOT'
}

@test "--explain says which capabilities are dropped, if there are any" {
	box_run --explain --cap-drop=ALL --cap-add=CHOWN true
	[[ $status == 0 && $stderr == *'prctl(PR_CAPBSET_DROP, each of 0x1fffffffffe)'* ]] || fail 'wanted: all but the first'
	box_run --explain --privileged true
	[[ $status == 0 && $stderr == *capset* && $stderr != *PR_CAPBSET_DROP* ]] || fail 'wanted: no such call'
}

# ---- Users -----------------------------------------------------------------------

# as WORD: who is that? The IDs, the groups, HOME.
as() {
	box_run -u "$1" sh -c 'echo "$(id -u):$(id -g) $(id -G) $HOME"'
}

@test "--user takes names of ROOTFS's, and numbers" {
	copy_rootfs
	printf 'sane:x:77:88::/home/sane:/bin/sh\n\nbroken\n:x:1:1::/:\nbad:x:-1:0::/:\nbig:x:4294967295:0::/:\nlost:x:78:88::relative:\n' >>"$ROOTFS/etc/passwd"
	printf 'many:x:89:root,sane\nmore:x:90:insane,sane\nnone:x:91:insane\n' >>"$ROOTFS/etc/group"
	as sane && says '77:88 88 89 90 /home/sane'
	as 77 && says '77:88 88 89 90 /home/sane'
	as sane:none && says '77:91 91 /home/sane'
	as sane:12 && says '77:12 12 /home/sane'
	as 4242 && says '4242:0 0 /'
	as 4242:43 && says '4242:43 43 /'
	as lost && says '78:88 88 /'
	as 0 && says '0:0 0 89 /root'
	box_run -u sane -e HOME=/mine sh -c 'echo $HOME'
	says /mine
	as nobody-here && complains nobody-here /etc/passwd
	as sane:nothing && complains nothing /etc/group
	as big && complains big
	as bad && complains bad
	as 4294967295 && complains 4294967295
	as '' && complains USER:GROUP
	as sane: && complains USER:GROUP
}

@test "without /etc/passwd there are numbers; one that is no file is an error, and no wait" {
	copy_rootfs
	rm "$ROOTFS/etc/passwd" "$ROOTFS/etc/group"
	as 5:6 && says '5:6 6 /'
	as root && complains root
	mkfifo "$ROOTFS/etc/passwd"
	as 5 && complains /etc/passwd
	rm "$ROOTFS/etc/passwd"
	ln -s /proc/self/exe "$ROOTFS/etc/passwd" # box, still
	as 5 && complains /etc/passwd
	ln -sf /etc/users "$ROOTFS/etc/passwd"
	echo 'me:x:5:7::/:' >"$ROOTFS/etc/users"
	as me && says '5:7 7 /'
	truncate -s 17M "$ROOTFS/etc/users"
	as me && complains /etc/passwd
}

@test "--user: a table of a megabyte, 200 groups and long names count in full; /dev/null is an empty table" {
	local long
	copy_rootfs
	long=$(printf 'l%.0s' {1..300})
	{
		printf 'user%d:x:%d:5::/home:/bin/sh\n' {20000..69999}{,}
		echo "last:x:77:88::/home/last:/bin/sh"
		echo "$long:x:78:88::/home/long:/bin/sh"
	} >"$ROOTFS/etc/passwd"
	[[ $(stat -c %s "$ROOTFS/etc/passwd") -gt 1400000 ]] || fail 'wanted: a large table'
	printf 'group%d:x:%d:last\n' {1001..1200}{,} >"$ROOTFS/etc/group"
	echo "few:x:99:$long" >>"$ROOTFS/etc/group"
	as last && says "77:88 88 $(seq -s ' ' 1001 1200) /home/last"
	as "$long" && says '78:88 88 99 /home/long'
	as 78 && says '78:88 88 99 /home/long'
	printf 'group%d:x:%d:last\n' {100001..165537}{,} >"$ROOTFS/etc/group"
	as last && complains last /etc/group 65536
	box_run -v /dev/null:/etc/passwd -v /dev/null:/etc/group -u 5:6 sh -c 'echo "$(id -u):$(id -g) $HOME"'
	says '5:6 /'
	box_run -v /dev/null:/etc/passwd sh -c 'id -u'
	says 0
}

# ---- What comes along ------------------------------------------------------------

# bats test_tags=brick:close
@test "no descriptor of box's, or of its caller's, gets in" {
	exec {leak}</ {more}<"$BATS_TEST_TMPDIR" 77</etc
	box_run ls /proc/self/fd
	exec {leak}<&- {more}<&- 77<&-
	says $'0\n1\n2\n3' # ls has the directory
}

@test "--workdir is a directory in there" {
	box_run -w /etc pwd
	says /etc
	box_run pwd
	says /
	box_run -w etc pwd
	complains /
	box_run -w /no/such pwd
	complains /no/such
	box_run -w /etc/passwd pwd
	complains /etc/passwd
	copy_rootfs
	mkdir -m 700 "$ROOTFS/mine"
	box_run -u box -w /mine pwd
	complains /mine
}

# ---- box's own file --------------------------------------------------------------

# waiting: a box that waits, whose words and environment are in $words and $variable; its PID is $program
waiting() {
	local fifo=$BATS_TEST_TMPDIR/fifo
	mkfifo "$fifo"
	MARK=$1 "${@:2}" run --network none -i -e MARK "$ROOTFS" sh -c 'echo "$MARK $*"; read -r line || :' sh 'a b' '' c <"$fifo" >"$BATS_TEST_TMPDIR/said" &
	program=$!
	exec {writer}>"$fifo"
	wait_for test -s "$BATS_TEST_TMPDIR/said"
	[[ $(<"$BATS_TEST_TMPDIR/said") == "$1 a b  c" ]] || fail 'wanted: words and environment as they were'
}

@test "as root it runs on as a file on a read-only mount that is nowhere" {
	needs root strace
	waiting "$(random_name)" "$BOX"
	[[ $(readlink "/proc/$program/exe") == / && $(</proc/$program/comm) == box ]] || fail 'wanted: a mount of its own'
	[[ $(stat -Lc %i "/proc/$program/exe") == "$(stat -Lc %i "$BOX")" ]] || fail 'wanted: the same file'
	# To be written it is too busy, while it runs: its mode tells.
	run chmod a-x "/proc/$program/exe"
	[[ $output == *'Read-only file system'* ]] || fail 'wanted: no way to write'
	exec {writer}>&-
	wait "$program"
	# So does exec, before it looks for the container.
	capture strace -e trace=open_tree,mount_setattr,execveat -o "$BATS_TEST_TMPDIR/trace" "$BOX" exec no-such true
	complains no-such
	[[ $(grep -c ' = [0-9]' "$BATS_TEST_TMPDIR/trace") == 3 ]] || fail 'wanted: a copy, and once'
}

@test "a user whose file it is runs on as a sealed copy in memory" {
	needs root setpriv strace
	local mine
	mine=$(mktemp -d /run/mine.XXXXXX)
	chown 1000 "$mine"
	install -o 1000 "$BOX" "$mine/box"
	install -o 0 "$BOX" "$mine/theirs"
	capture setpriv --reuid 1000 --regid 1000 --clear-groups env BOX_ROOT="$mine" \
		strace -e trace=execve,execveat -o "$mine/trace" "$mine/box" run /no/such
	[[ $(grep -c execveat "$mine/trace") == 1 ]] && grep -q 'execveat.*AT_EMPTY_PATH) = 0' "$mine/trace" || fail 'wanted: one copy, and once'
	complains /no/such
	# Of root's file there is no need: it can't be written.
	capture setpriv --reuid 1000 --regid 1000 --clear-groups env BOX_ROOT="$mine" \
		strace -e trace=execve,execveat -o "$mine/trace" "$mine/theirs" run /no/such
	complains /no/such
	grep -q '^execve(.* = 0$' "$mine/trace" || fail 'wanted: a trace'
	! grep -q execveat "$mine/trace" || fail 'wanted: no copy of what is not its own'
	rm -r "$mine"
}
