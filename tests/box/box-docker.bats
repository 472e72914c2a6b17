#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box run: options that docker's users type, beyond those of the bricks' own suites, and docker's options that box answers instead.

load ../helpers
load box

export BOX_ROOT=/run/box-docker # in memory, and the chamber's own

setup_file() { box_setup_file; }

@test "--env-file: a line is a variable, --env replaces it, and a comment is none" {
	local file=$BATS_TEST_TMPDIR/variables name word
	name=$(random_name)
	printf '%s\n' '# A=0' "A=$name and more" '  B=2' '' 'EMPTY=' 'OURS' 'NOBODYS' 'A2=x=y' >"$file"
	OURS=$name box_run --env-file="$file" -e B=3 sh -c 'echo "$A,$B,$EMPTY,$OURS,$A2"; env | grep -c NOBODYS'
	[[ $output == "$name and more,3,,$name,x=y"$'\n0' ]] || fail 'wanted: the variables'
	box_run -e B=3 --env-file="$file" sh -c 'echo "$B"'
	says 3
	printf 'A=1\r\nOURS\r\n\r\n# A=2\r\nB=a\rb\r\n' >"$file" # as Windows ends lines
	OURS=$name box_run --env-file="$file" sh -c 'echo "$A,$OURS,$B," | od -An -c'
	[[ ${output//[ $'\n']/} == "1,$name,a\\rb,\\n" ]] || fail 'wanted: only the carriage return within a line'
	echo '=x' >"$file"
	box_run --env-file="$file" true
	complains "$file" 'name is missing'
	for word in 'export A=1' 'A B'; do
		echo "$word" >"$file"
		box_run --env-file="$file" true
		complains "$file" "\"$word\"" blank
	done
	box_run --env-file="$file.not" true
	complains "$file.not" 'No such file'
}

@test "exec --env-file: the same; its variables replace the container's" {
	local file=$BATS_TEST_TMPDIR/variables name
	name=$(random_name)
	printf '%s\n' "A=$name" 'B=2' 'OURS' >"$file"
	"$BOX" run -d --network none --name alive -e A=old -e C=kept "$ROOTFS" sleep 1000
	OURS=$name capture "$BOX" exec -e B=3 --env-file="$file" alive sh -c 'echo "$A,$B,$C,$OURS"'
	says "$name,3,kept,$name"
	capture "$BOX" exec --env-file="$file.not" alive true
	complains "$file.not" 'No such file'
	"$BOX" rm --force alive
}

@test "--group-add: the user has more groups, by name or number; exec has them, too" {
	box_run -u box --group-add=4321 --group-add=tty sh -c 'id -G'
	[[ " $output " == *' 4321 '* && " $output " == *' 5 '* ]] || fail 'wanted: both groups'
	box_run --group-add=nobody-has-this true
	complains --group-add nobody-has-this
	"$BOX" run -d --network none --name grouped --group-add 4321 "$ROOTFS" sleep 1000
	capture "$BOX" exec grouped id -G
	[[ " $output " == *' 4321 '* ]] || fail 'wanted: the group in exec'
	"$BOX" rm --force grouped
}

@test "--mount: a bind whose SRC has a colon, read-only or not, and a tmpfs" {
	local source=$BATS_TEST_TMPDIR/a:b
	mkdir "$source"
	box_run --mount="type=bind,src=$source,dst=/mnt" --mount=type=tmpfs,target=/srv,tmpfs-size=1m,tmpfs-mode=700 \
		sh -c 'echo hello >/mnt/file; stat -c %a /srv; df -k /srv | awk "END { print \$2 }"'
	says $'700\n1024'
	[[ $(<"$source/file") == hello ]] || fail 'wanted: the file'
	box_run --mount="type=bind,source=$source,destination=/mnt,readonly" sh -c 'cat /mnt/file; echo x >/mnt/file'
	[[ $status != 0 && $output == hello && $stderr == *'ead-only'* ]] || fail 'wanted: a read-only mount'
}

@test "--mount: what it does not know" {
	local word
	for word in dst=/mnt type=volume,dst=/mnt type=bind,dst=/mnt type=bind,src=/usr type=tmpfs,src=/usr,dst=/mnt type=bind,src=/usr,dst=mnt \
		type=bind,src=/usr,dst=/mnt,nope=1 type=bind,src=/no/such,dst=/mnt type=bind,src=/usr,dst=/mnt,bind-propagation=some; do
		box_run --mount="$word" true
		complains --mount
	done
}

@test "--mount: docker's and podman's other keys do what box does anyway, or say why not, and what to use" {
	local word
	mkdir "$BATS_TEST_TMPDIR/source"
	for word in consistency={cached,delegated,consistent,default} bind-recursive=enabled bind-propagation={private,rprivate}; do
		box_run --mount="type=bind,src=$BATS_TEST_TMPDIR/source,dst=/mnt,readonly,$word" sh -c 'grep -c " /mnt ro" /proc/self/mountinfo'
		says 1
	done
	box_run --mount=type=tmpfs,dst=/mnt,consistency=cached true
	says ''
	for word in bind-recursive={disabled,writable,readonly} bind-propagation={unbindable,runbindable,some,z,rw} relabel={public,"shared|private"} consistency=some; do
		box_run --mount="type=bind,src=/usr,dst=/mnt,$word" true
		complains --mount "$word: " 'use '
		[[ $stderr != *tmpfs-size* ]] || fail 'wanted: an answer, and no list of all keys'
	done
	for word in bind-recursive=enabled relabel=shared; do
		box_run --mount="type=tmpfs,dst=/mnt,$word" true
		complains --mount "${word%=*}"
	done
}

@test "--mount: relabel means nothing without SELinux, as -v's z" {
	[[ ! -e /sys/fs/selinux/enforce ]] || skip 'needs a kernel without SELinux'
	local word
	for word in relabel=shared relabel=private; do
		box_run --mount="type=bind,src=$BATS_TEST_TMPDIR,dst=/mnt,$word" true
		says ''
	done
}

@test "docker's volumes are not box's, and each way to ask for one says so" {
	local word
	for word in --mount=type=volume,src=data,dst=/mnt --mount=src=data,dst=/mnt --mount=type=volume,src=data,dst=/mnt,volume-nocopy \
		--volume=data:/mnt --volume=data:/mnt:ro; do
		box_run "$word" true
		complains data 'box keeps no volumes'
	done
	box_run --volume="$BATS_TEST_TMPDIR/no-such:/mnt" true
	complains no-such 'No such file'
	[[ $stderr != *volumes* ]] || fail 'wanted: a path that is not there, and no word about volumes'
}

@test "-v: z and Z mean nothing without SELinux, and an unknown option is one" {
	[[ ! -e /sys/fs/selinux/enforce ]] || skip 'needs a kernel without SELinux'
	box_run -v "$BATS_TEST_TMPDIR:/mnt:ro,Z" -v "$BATS_TEST_TMPDIR:/srv:z" sh -c 'touch /srv/here; touch /mnt/not'
	[[ -e $BATS_TEST_TMPDIR/here && ! -e $BATS_TEST_TMPDIR/not ]] || fail 'wanted: one of them read-only'
	box_run -v "$BATS_TEST_TMPDIR:/mnt:nocopy" true
	complains nocopy rslave
}

@test "--device: a device of the host, there or elsewhere; nothing that is none" {
	box_run --device=/dev/zero:/dev/nought sh -c 'head -c 2 /dev/nought | od -An -tx1'
	says ' 00 00'
	box_run --device=/etc/passwd true
	complains --device /etc/passwd
	box_run --device=/dev/zero:/dev/nought:x true
	complains --device '"x"'
	box_run --device=/dev/no-such true
	complains /dev/no-such
	box_run --device=/dev/zero:rwm head -c 1 /dev/zero # as in docker, what follows is an access, unless it is a path
	[[ $status == 0 ]] || fail 'wanted: the device'
	box_run --device=/dev/zero:rx true
	complains --device '"rx"'
}

@test "--device: less than all access, with a DST and without" {
	needs root
	local word result
	[[ -c /dev/kmsg ]] || skip 'needs /dev/kmsg'
	for word in r:denied rm:denied w:granted rwm:granted; do
		result=${word#*:} word=${word%:*}
		box_run --device="/dev/kmsg:/dev/log:$word" sh -c '(: >/dev/log) 2>/dev/null && echo granted || echo denied'
		says "$result"
		box_run --device="/dev/kmsg:$word" sh -c '(: >/dev/kmsg) 2>/dev/null && echo granted || echo denied'
		says "$result"
	done
}

@test "--shm-size, in docker's spelling of a size" {
	box_run sh -c 'df -k /dev/shm | awk "END { print \$2 }"'
	says 65536
	box_run --shm-size=1.5mb sh -c 'df -k /dev/shm | awk "END { print \$2 }"'
	says 1536
	box_run --shm-size=.5m sh -c 'df -k /dev/shm | awk "END { print \$2 }"'
	says 512
	box_run --shm-size=. true
	complains --shm-size '"."'
}

@test "--add-host: lines of /etc/hosts; host-gateway is the host, and an address may be in brackets" {
	box_run --add-host=db:10.1.2.3 --add-host=six=fd00::1 --add-host=gate:host-gateway sh -c 'tail -n 3 /etc/hosts'
	says $'10.1.2.3\tdb\nfd00::1\tsix\n127.0.0.1\tgate'
	box_run --add-host='six:[fd00::2]' --add-host='local=[::1]' --add-host='four:[10.1.2.3]' sh -c 'tail -n 3 /etc/hosts'
	says $'fd00::2\tsix\n::1\tlocal\n10.1.2.3\tfour'
	for word in db db:10.1.2.300 :10.1.2.3 'd b:10.1.2.3' db: db:[ db:[] db:[::1 db:::1] 'db:[[::1]]' 'db:[host-gateway]'; do
		box_run --add-host="$word" true
		complains --add-host "$word"
	done
}

@test "--stop-signal: stop sends it, and not SIGTERM" {
	"$BOX" run -d --network none --name stopped --stop-signal USR1 "$ROOTFS" \
		sh -c 'trap "echo got it; exit 3" USR1; trap "exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	wait_for eval '[[ $("$BOX" logs stopped) == ready ]]'
	"$BOX" stop stopped
	[[ $("$BOX" logs stopped) == $'ready\ngot it' && $("$BOX" inspect stopped) == *'"exit": 3'* ]] || fail 'wanted: status 3'
	"$BOX" rm stopped
	box_run --stop-signal=NONE true
	complains --stop-signal NONE
}

@test "stop --signal: it sends this one, and not the container's" {
	"$BOX" run -d --network none --name stopped --stop-signal USR1 "$ROOTFS" \
		sh -c 'trap "exit 3" USR1; trap "exit 4" TERM; trap "exit 5" USR2; echo ready; while :; do sleep 0.1; done'
	wait_for eval '[[ $("$BOX" logs stopped) == ready ]]'
	capture "$BOX" stop --signal=NONE stopped
	complains --signal NONE
	"$BOX" stop --time 100 --signal USR2 stopped
	[[ $("$BOX" inspect stopped) == *'"exit": 5'* ]] || fail 'wanted: status 5'
	"$BOX" rm stopped
}

@test "--security-opt no-new-privileges: box sets it anyway, and with --privileged, too" {
	local option
	for option in --security-opt=no-new-privileges --privileged\ --security-opt=no-new-privileges:true --user=0; do
		# shellcheck disable=SC2086 # words
		box_run $option sed -n 's/NoNewPrivs:\t//p' /proc/self/status
		says 1
	done
	box_run --privileged sed -n 's/NoNewPrivs:\t//p' /proc/self/status
	says 0
	box_run --security-opt=no-new-privileges:false true
	complains --security-opt
}

@test "-d -i: its standard input is open, and nobody writes to it" {
	"$BOX" run -d -i --network none --name open "$ROOTFS" sh -c 'echo ready; cat; echo over'
	wait_for eval '[[ $("$BOX" logs open) == ready ]]'
	[[ $("$BOX" exec open readlink /proc/1/fd/0) == pipe:* ]] || fail 'wanted: a pipe'
	"$BOX" rm --force open
	"$BOX" run -d --network none --name shut "$ROOTFS" sh -c 'cat; echo over'
	wait_for eval '[[ $("$BOX" logs shut) == over ]]'
	"$BOX" rm --force shut
}

# The chamber hands out no cpuset: this runs on the VM as it booted, too (tests/jobs).
# bats test_tags=bare
@test "--cpuset-cpus: it runs on these CPUs alone; a CPU that is not there is one line" {
	needs v2
	grep -q cpuset "$CGROUP_ROOT/cgroup.controllers" || skip 'needs the controller cpuset'
	box_run --cpuset-cpus=0 sed -n 's/Cpus_allowed_list:\t//p' /proc/self/status
	says 0
	box_run --cpuset-cpus=0-4000 true
	complains '0-4000' 'no such CPU'
	box_run --cpuset-cpus=many true
	complains many
	"$BOX" run -d --network none --name wide "$ROOTFS" sleep 1000
	"$BOX" update --cpuset-cpus 0 wide
	capture "$BOX" exec wide sed -n 's/Cpus_allowed_list:\t//p' /proc/1/status
	says 0
	capture "$BOX" update --cpuset-cpus 0-4000 wide
	complains '0-4000' 'no such CPU'
	"$BOX" rm --force wide
}

@test "options of docker's that box does not have say why, and what to do instead" {
	local option
	for option in restart=always label=a=b link=db volumes-from=a cpu-shares=2 gpus=all pid=host ipc=host health-cmd=true \
		log-driver=none pull=always platform=linux/arm64 memory-reservation=1m stop-timeout=3 ip=10.88.0.9 publish-all; do
		box_run "--$option" true
		complains "--${option%%=*}: " ' '
		[[ $stderr != *unknown* ]] || fail 'wanted: an answer'
	done
	capture "$BOX" help run
	[[ $status == 0 && $output == *--name* && $output != *--restart* ]] || fail 'wanted: none of them in the help'
}
