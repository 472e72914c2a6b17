#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# An engine's cgroups: the rules for devices, where the kernel runs box's program each time one is used, and the scopes of systemd. Any cgroup2
# file system will do for the first, and for what systemd is asked. What it then does needs a machine that it has booted.

load ../helpers
load ../box/box

setup() {
	open_ledger
	needs root
	stat -f -c %T /sys/fs/cgroup/unified /sys/fs/cgroup 2>/dev/null | grep -q cgroup2fs || skip 'needs a cgroup2 file system'
	bundle=$BATS_TEST_TMPDIR/bundle
	mkdir "$bundle"
}

export BOX_ROOT=/run/box-cgroups # in memory, and the chamber's own

setup_file() { box_setup_file; }

teardown() {
	[[ ! ${name-} ]] || "$BOX" oci --root "$BOX_ROOT" delete --force "$name"
	[[ -z ${BATS_TEST_COMPLETED-} ]] || check_ledger
}

# A bundle whose command is SCRIPT, with these RULES.
make_bundle() {
	local script=$1 rules=$2
	rm -f "$bundle/config.json"
	"$BOX" oci spec --bundle "$bundle"
	sed -i -e "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sh\", \"-c\", \"$script\"]|; s|\"CAP_KILL\"|\"CAP_KILL\", \"CAP_MKNOD\"|" \
		-e "s|\"linux\": {|\"linux\": {\"cgroupsPath\": \"/test-$BATS_TEST_NUMBER\", \"resources\": {\"devices\": [$rules]},|" "$bundle/config.json"
}

# No driver has the major number 60, which is for local use: who may open such a device learns that there is none.
look_at() {
	local number=$((RANDOM % 200))
	make_bundle "mknod /dev/own c 60 $number; head -c1 /dev/own; echo x >/dev/own; head -c1 /dev/zero \| wc -c" "${1//NUMBER/$number}"
	capture "$BOX" --root "$BATS_TEST_TMPDIR/root" run --bundle "$bundle" one
}

@test "what no rule allows is refused; a container's usual devices are not" {
	look_at '{"allow": false, "access": "rwm"}'
	[[ $status == 0 && $output == 1 && $stderr == *head*'not permitted'*'create'*'not permitted'* ]] || fail 'wanted: refused twice, and /dev/zero'
}

@test "a rule allows what it names: the type, the number and the access" {
	local deny='{"allow": false, "access": "rwm"}'
	look_at "$deny, {\"allow\": true, \"type\": \"c\", \"major\": 60, \"minor\": NUMBER, \"access\": \"r\"}"
	[[ $output == 1 && $stderr == *head*'No such device'*'not permitted'* ]] || fail 'wanted: read, and not write'
	look_at "$deny, {\"allow\": true, \"type\": \"c\", \"major\": 60}"
	[[ $output == 1 && $stderr != *'not permitted'* ]] || fail 'wanted: all'
	look_at "$deny, {\"allow\": true, \"type\": \"b\", \"major\": 60, \"access\": \"rw\"}"
	[[ $output == 1 && $stderr == *head*'not permitted'*'not permitted'* ]] || fail 'wanted: nothing, for another type'
	look_at "$deny, {\"allow\": true, \"type\": \"c\", \"major\": 61}"
	[[ $output == 1 && $stderr == *head*'not permitted'*'not permitted'* ]] || fail 'wanted: nothing, for another number'
}

@test "limits without a cgroupsPath apply: box chooses the cgroup, and --cgroup-manager disabled has none" {
	name=chosen-$RANDOM
	make_bundle 'mknod /dev/own c 60 1; head -c1 /dev/own' '{"allow": false, "access": "rwm"}'
	sed -i "s|\"cgroupsPath\": \"[^\"]*\", ||" "$bundle/config.json"
	box oci --root "$BOX_ROOT" run --bundle "$bundle" "$name"
	[[ $status != 0 && $stderr == *'not permitted'* ]] || fail 'wanted: a rule'
	[[ -z $(find /sys/fs/cgroup -maxdepth 2 -name "$name") ]] || fail 'wanted: no cgroup left'
	box oci --root "$BOX_ROOT" --cgroup-manager disabled run --bundle "$bundle" "$name"
	[[ $stderr == *'No such device'* ]] || fail 'wanted: no rule'
}

@test "the last rule that fits decides" {
	look_at '{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 60, "access": "w"}'
	[[ $output == 1 && $stderr == *head*'No such device'*'not permitted'* ]] || fail 'wanted: read, and not write'
	look_at '{"allow": false, "type": "c", "access": "rwm"}, {"allow": true, "access": "rwm"}'
	[[ $output == 1 && $stderr != *'not permitted'* ]] || fail 'wanted: all'
}

@test "a rule of the wrong kind is a line that names it" {
	make_bundle true '{"allow": true, "type": "x"}'
	capture "$BOX" --root "$BATS_TEST_TMPDIR/root" run --bundle "$bundle" one
	[[ $status == 1 && $stderr == *'.linux.resources.devices[0]'*'"x"'* ]] || fail 'wanted: the path'
}

@test "box run: who may create devices may use none but the usual, and those of --device as it says" {
	local number=$((RANDOM % 200))
	capture "$BOX" run --network none --cap-add MKNOD "$ROOTFS" sh -c "mknod /dev/own c 60 $number; head -c1 /dev/own; head -c1 /dev/zero | wc -c"
	[[ $output == 1 && $stderr == *head*'not permitted'* ]] || fail 'wanted: refused'
	mknod "$BATS_TEST_TMPDIR/own" c 60 "$number"
	capture "$BOX" run --network none --device "$BATS_TEST_TMPDIR/own:/dev/own:r" "$ROOTFS" sh -c 'head -c1 /dev/own; echo x >/dev/own'
	[[ $stderr == *head*'No such device'*create*'not permitted'* ]] || fail 'wanted: read, and not write'
	capture "$BOX" run --network none --privileged "$ROOTFS" sh -c "mknod /dev/own c 60 $number; head -c1 /dev/own"
	[[ $stderr == *'No such device'* ]] || fail 'wanted: all'
}

# ---- systemd ----------------------------------------------------------------------

boot_by_systemd() {
	[[ -d /run/systemd/system ]] || skip 'needs a machine that systemd has booted'
	name=test$RANDOM
	"$BOX" oci spec --bundle "$bundle"
	sed -i -e "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sh\", \"-c\", \"sleep 1000; exit\"]|" "$bundle/config.json"
}

# oci COMMAND...: an engine's call. The second of runc's and crun's ways to say it is --cgroup-manager=systemd.
oci() { capture "$BOX" oci --root "$BOX_ROOT" --systemd-cgroup "$@"; }

in_cgroup() {
	sed -i "s|\"linux\": {|\"linux\": {\"cgroupsPath\": \"$1\", \"resources\": {\"memory\": {\"limit\": 33554432}, \"pids\": {\"limit\": 50}},|" "$bundle/config.json"
}

# bats test_tags=bare
@test "systemd: a container is born in its scope, with its limits; the scope ends with it" {
	local scope said=$BATS_TEST_TMPDIR/said
	boot_by_systemd
	scope=/sys/fs/cgroup/machine.slice/test-$name.scope
	in_cgroup "machine.slice:test:$name"
	"$BOX" oci --root "$BOX_ROOT" --systemd-cgroup create --bundle "$bundle" --pid-file "$BATS_TEST_TMPDIR/pid" "$name" </dev/null &>"$said" 3>&-
	[[ ! -s $said ]] || fail "wanted: not a word, and not $(<"$said")"
	oci start "$name"
	grep -qx "$(<"$BATS_TEST_TMPDIR/pid")" "$scope/cgroup.procs" || fail 'wanted: its PID 1 in the scope'
	[[ $(<"$scope/memory.max") == 33554432 && $(<"$scope/pids.max") == 50 ]] || fail 'wanted: the limits'
	systemctl is-active "test-$name.scope" || fail 'wanted: a scope that systemd knows'
	oci ps --format json "$name"
	[[ $output == *"$(<"$BATS_TEST_TMPDIR/pid")"* ]] || fail 'wanted: its PID'
	oci delete --force "$name"
	[[ $status == 0 && ! -e $scope ]] || fail 'wanted: nothing'
	wait_for eval '! systemctl is-active "test-$name.scope"'
}

# bats test_tags=bare
@test "systemd: a container that joins the PID namespace of another is in its scope" {
	local other first
	boot_by_systemd
	in_cgroup "machine.slice:test:$name"
	unshare --pid --fork --kill-child sleep 1000 3>&- &
	other=$!
	first=$(wait_for pgrep -P "$other")
	sed -i "s|\"type\": \"pid\"|&, \"path\": \"/proc/$first/ns/pid\"|" "$bundle/config.json"
	"$BOX" oci --root "$BOX_ROOT" --systemd-cgroup create --bundle "$bundle" --pid-file "$BATS_TEST_TMPDIR/pid" "$name" \
		</dev/null &>"$BATS_TEST_TMPDIR/said" 3>&- || fail "wanted: a container, and not $(<"$BATS_TEST_TMPDIR/said")"
	grep -qx "$(<"$BATS_TEST_TMPDIR/pid")" "/sys/fs/cgroup/machine.slice/test-$name.scope/cgroup.procs" || fail 'wanted: its PID 1 in the scope'
	[[ $(readlink "/proc/$(<"$BATS_TEST_TMPDIR/pid")/ns/pid") == "$(readlink "/proc/$first/ns/pid")" ]] || fail 'wanted: in that namespace'
	oci delete --force "$name"
	kill -KILL "$first"
}

# bats test_tags=bare
@test "systemd: what it says about a scope that it can't create is in the message" {
	boot_by_systemd
	in_cgroup "machine.slice:test:$name"
	systemd-run --quiet --scope --unit "test-$name.scope" sleep 1000 3>&- &
	wait_for systemctl is-active "test-$name.scope"
	oci --log "$bundle/log" create --bundle "$bundle" "$name"
	[[ $status == 1 && $(<"$bundle/log") == *"test-$name.scope"*'already'* ]] || fail 'wanted: that there is one already'
	systemctl stop "test-$name.scope"
}

limits() { (cd "/sys/fs/cgroup/machine.slice/test-$name.scope" && echo "$(<memory.max) $(<pids.max) $(<cpu.max) $(<cpu.weight)"); }

# bats test_tags=bare
@test "systemd: the limits stay when systemd reads its units again, and so do those of update" {
	local limits='"memory": {"limit": 67108864}, "cpu": {"quota": 25000, "period": 100000, "shares": 512}'
	boot_by_systemd
	in_cgroup "machine.slice:test:$name"
	sed -i 's|"pids": {"limit": 50}|"pids": {"limit": 50}, "cpu": {"quota": 12500, "period": 50000, "shares": 512}|' "$bundle/config.json"
	"$BOX" oci --root "$BOX_ROOT" --systemd-cgroup create --bundle "$bundle" "$name" </dev/null &>"$BATS_TEST_TMPDIR/said" 3>&-
	oci start "$name"
	systemctl daemon-reload
	systemctl set-property --runtime "test-$name.scope" IOAccounting=yes # it writes all of them again
	[[ $(limits) == '33554432 50 12500 50000 20' ]] || fail "wanted: the limits, and not $(limits)"
	oci update --resources - "$name" <<<"{$limits}"
	[[ $status == 0 && $output == '' && $stderr == '' ]] || fail 'wanted: not a word'
	systemctl daemon-reload
	systemctl set-property --runtime "test-$name.scope" IOAccounting=no
	[[ $(limits) == '67108864 50 25000 100000 20' ]] || fail "wanted: the new limits, and not $(limits)"
}

# bats test_tags=bare
@test "systemd: a path that is not SLICE:PREFIX:NAME is a line that says so" {
	boot_by_systemd
	in_cgroup "/test/$name"
	oci create --bundle "$bundle" "$name"
	[[ $status == 1 && $stderr == *SLICE:PREFIX:NAME* ]] || fail 'wanted: the format'
}

# stand_in: programs that answer in the place of systemd's. $asked has what they were asked, and the scope is always $scope.
stand_in() {
	asked=$BATS_TEST_TMPDIR/asked scope=$CGROUP_ROOT/test$RANDOM.slice/stand-in.scope name=test$RANDOM
	mkdir "$BATS_TEST_TMPDIR/bin"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	cat >"$BATS_TEST_TMPDIR/bin/systemd-run" <<-E
		#!/usr/bin/env bash
		echo "\$*" >>"$asked"
		while [[ \$1 == --* ]]; do shift; done
		mkdir -p "$scope"
		echo \$\$ >"$scope/cgroup.procs"
		exec "\$@"
	E
	printf '#!/bin/sh\necho "$*" >>"%s"\n' "$asked" >"$BATS_TEST_TMPDIR/bin/systemctl"
	chmod 755 "$BATS_TEST_TMPDIR/bin/"*
	"$BOX" oci spec --bundle "$bundle"
	sed -i "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sleep\", \"1000\"]|" "$bundle/config.json"
}

# What was in the scope to make it ends when box has closed its input.
is_alone_in_scope() { [[ $(<"$scope/cgroup.procs") == "$1" ]]; }

@test "systemd is asked for a scope of its own files, in the usual slice if none is named, and to stop it" {
	stand_in
	sed -i "s|\"linux\": {|&\"cgroupsPath\": \":test:$name\", |" "$bundle/config.json"
	oci create --bundle "$bundle" --pid-file "$bundle/pid" "$name" 3>&- </dev/null
	[[ $status == 0 ]] || fail 'wanted: a container'
	[[ $(<"$asked") == "--system --scope --quiet --collect --slice=system.slice --unit=test-$name.scope --property=Delegate=yes "* ]] || fail "wanted: a scope, and not $(<"$asked")"
	grep -qx "$(<"$bundle/pid")" "$scope/cgroup.procs" || fail 'wanted: PID 1 in the scope'
	wait_for is_alone_in_scope "$(<"$bundle/pid")"
	rm "$asked"
	oci delete --force "$name"
	[[ $status == 0 && ! -e $scope && $(<"$asked") == '--system stop stand-in.scope' ]] || fail 'wanted: no scope'
	sed -i 's|":test:|"some.slice::|' "$bundle/config.json"
	oci create --bundle "$bundle" "$name" 3>&- </dev/null
	grep -q -e "--slice=some.slice --unit=$name.scope " "$asked" || fail "wanted: this slice and name, and not $(<"$asked")"
	oci delete --force "$name"
	rmdir "${scope%/*}"
}

# The stand-in enables no controllers.
@test "systemd is told each limit as a property, in its own units, by create and by update" {
	stand_in
	cp "$bundle/config.json" "$bundle/before"
	in_cgroup ":test:$name"
	sed -i 's|"limit": 33554432|&, "reservation": 1048576, "swap": 50331648|; s|"limit": 50}|"limit": -1}, "cpu": {"quota": 12345, "period": 50000, "shares": 512, "cpus": "0"}, "blockIO": {"weight": 500}|' "$bundle/config.json"
	oci create --bundle "$bundle" "$name" 3>&- </dev/null
	[[ $status == 1 && $stderr == *'memory.low=1048576'* ]] || fail 'wanted: no controllers'
	[[ $(head -n 1 "$asked") == *' --property=MemoryLow=1048576 --property=MemoryMax=33554432 --property=MemorySwapMax=16777216 --property=CPUWeight=20 --property=CPUQuotaPeriodSec=50000us --property=CPUQuota=24.69% --property=AllowedCPUs=0 --property=TasksMax=infinity --property=IOWeight=4950 sh -c '* ]] ||
		fail "wanted: the limits, and not $(<"$asked")"
	[[ $(tail -n 1 "$asked") == '--system stop stand-in.scope' && ! -e $scope ]] || fail 'wanted: no scope'
	sed "s|\"linux\": {|&\"cgroupsPath\": \":test:$name\", |" "$bundle/before" >"$bundle/config.json"
	oci create --bundle "$bundle" "$name" 3>&- </dev/null
	rm "$asked"
	oci update --resources - "$name" <<<'{"memory": {"limit": 67108864}, "cpu": {"quota": -1}}'
	[[ $(<"$asked") == '--system set-property --runtime stand-in.scope MemoryMax=67108864 CPUQuota=' ]] || fail "wanted: the new limits, and not $(<"$asked")"
	oci delete --force "$name"
	rmdir "${scope%/*}"
}

@test "what systemd says about a scope that it does not create is in the message, which names the other way" {
	stand_in
	printf '#!/bin/sh\necho "Failed to start transient scope unit: %s" >&2\nexit 1\n' "$name" >"$BATS_TEST_TMPDIR/bin/systemd-run"
	sed -i "s|\"linux\": {|&\"cgroupsPath\": \":test:$name\", |" "$bundle/config.json"
	oci create --bundle "$bundle" "$name" 3>&- </dev/null
	[[ $status == 1 && $stderr == *"transient scope unit: $name"*'--cgroup-manager cgroupfs'* ]] || fail 'wanted: its words'
	rm "$BATS_TEST_TMPDIR/bin/systemd-run"
	PATH=$BATS_TEST_TMPDIR/bin oci create --bundle "$bundle" "$name" 3>&- </dev/null
	[[ $status == 1 && $stderr == *'systemd-run: No such file'* ]] || fail 'wanted: what is missing'
}

# ---- Where it is, and what is left of it ------------------------------------------

# create in the cgroup PATH, with what else config.json has before "linux"
create_in() {
	rm -f "$bundle/config.json"
	"$BOX" oci spec --bundle "$bundle"
	sed -i -e "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sleep\", \"1000\"]|" -e "s|\"linux\": {|${2-}\"linux\": {\"cgroupsPath\": \"$1\",|" "$bundle/config.json"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" "${3-one}" 3>&- </dev/null
}

@test "box create is killed when there is a cgroup: delete --force removes it" {
	local path=$CGROUP_ROOT/test-$BATS_TEST_NUMBER
	printf '#!/bin/sh\nkill -KILL $PPID\n' >"$bundle/hook"
	chmod 755 "$bundle/hook"
	create_in "/test-$BATS_TEST_NUMBER" "\"hooks\": {\"createRuntime\": [{\"path\": \"$bundle/hook\"}]}, "
	[[ $status == 137 && -e $path ]] || fail 'wanted: a cgroup that is left'
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
	[[ $status == 0 && ! -e $path ]] || fail 'wanted: nothing left'
}

@test "a cgroupsPath that is not below the root cgroup, or has names that no path can have, is refused" {
	local path
	for path in / '' .. /../x /x/../../y "/$(printf '%300d' 1)" "$(printf '/%0200d' 1 2 3 4 5 6 7)"; do
		create_in "$path"
		[[ $status == 1 && $stderr == *'below the root cgroup'* && $stderr != *$'\n'* ]] || fail "wanted: $path refused"
	done
}

@test "a cgroup with processes is refused: they would end with the container" {
	create_in "/test-$BATS_TEST_NUMBER"
	[[ $status == 0 ]] || fail 'wanted: created'
	create_in "//test-$BATS_TEST_NUMBER/" '' two
	[[ $status == 1 && $stderr == *'there are processes in it'* ]] || fail 'wanted: refused'
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" state one
	[[ $output == *'"created"'* ]] || fail 'wanted: the first one as it was'
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
}

@test "a cgroup that is frozen is refused: the container would never start" {
	local path=$CGROUP_ROOT/test-$BATS_TEST_NUMBER
	mkdir "$path"
	echo 1 >"$path/cgroup.freeze"
	rm -f "$bundle/config.json"
	"$BOX" oci spec --bundle "$bundle"
	sed -i -e "s|\"rootfs\"|\"$ROOTFS\"|; s|\"linux\": {|&\"cgroupsPath\": \"/test-$BATS_TEST_NUMBER\",|" "$bundle/config.json"
	capture timeout $((10 * TEST_SLOWNESS)) "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one 3>&- </dev/null
	echo 0 >"$path/cgroup.freeze"
	rmdir "$path"
	[[ $status == 1 && $stderr == *"test-$BATS_TEST_NUMBER"*frozen* ]] || fail 'wanted: refused'
}

@test "a limit whose controller this machine lacks is a line that names both, and leaves nothing" {
	! has_v2 || skip 'needs a machine that lacks a controller'
	create_in "/test-$BATS_TEST_NUMBER"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
	sed -i 's|"linux": {|&"resources": {"pids": {"limit": 50}}, |' "$bundle/config.json"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one
	[[ $status == 1 && $stderr == *'pids.max=50'*'the controller "pids"'* && $stderr != *'No such file or directory'* && $stderr != *$'\n'* ]] || fail 'wanted: the limit, and its controller'
	[[ ! -e $CGROUP_ROOT/test-$BATS_TEST_NUMBER ]] || fail 'wanted: no cgroup'
}

@test "a period without a quota is set, as runc and crun do it" {
	create_in "/test-$BATS_TEST_NUMBER"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
	sed -i 's|"linux": {|&"resources": {"cpu": {"period": 50000}}, |' "$bundle/config.json"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one 3>&- </dev/null
	[[ $stderr == *'cpu.max=max 50000'* || $(<"$CGROUP_ROOT/test-$BATS_TEST_NUMBER/cpu.max") == 'max 50000' ]] || fail 'wanted: the period'
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
}

# Kubernetes asks for none of each size that a Pod does not want.
@test "of huge pages, 0 means none; of an RDMA device, what is missing has no limit" {
	local limit
	for limit in '"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]=hugetlb.2MB.max=0' '"rdma": {"one": {"hcaObjects": 5}}=rdma.max=one hca_object=5'; do
		create_in "/test-$BATS_TEST_NUMBER"
		capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
		sed -i "s|\"linux\": {|&\"resources\": {${limit%%=*}}, |" "$bundle/config.json"
		capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one 3>&- </dev/null
		[[ $stderr == *"${limit#*=}"* || ($status == 0 && $(<"$CGROUP_ROOT/test-$BATS_TEST_NUMBER/hugetlb.2MB.max") == 0) ]] || fail "wanted: ${limit#*=}"
		capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
	done
}

# The kernel refuses this rate, as it does for crun and runc; so does a cgroup without the controller.
@test "a rate of 0 for a disk is asked for like any other: it doesn't end the list" {
	create_in "/test-$BATS_TEST_NUMBER"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
	sed -i 's|"linux": {|&"resources": {"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 0}, {"major": 8, "minor": 16, "rate": 1000}]}}, |' "$bundle/config.json"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one 3>&- </dev/null
	[[ $status == 1 && $stderr == *'io.max=8:0 rbps=0'* ]] || fail 'wanted: the first'
	[[ ! -e $CGROUP_ROOT/test-$BATS_TEST_NUMBER ]] || fail 'wanted: no cgroup'
}

@test "a file that no cgroup has is a line that says so, and so is a key that is no file" {
	create_in "/test-$BATS_TEST_NUMBER"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" delete --force one
	sed -i 's|"linux": {|&"resources": {"unified": {"pids.nosuch": "50"}}, |' "$bundle/config.json"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one
	[[ $status == 1 && $stderr == *'pids.nosuch=50: its cgroup has no such file'* && $stderr != *$'\n'* ]] || fail 'wanted: the file'
	sed -i 's|pids.nosuch|nosuch|' "$bundle/config.json"
	capture "$BOX" oci --root "$BATS_TEST_TMPDIR/root" create --bundle "$bundle" one
	[[ $status == 1 && $stderr == *'.linux.resources: unified.nosuch:'*CONTROLLER.NAME* && $stderr != *$'\n'* ]] || fail 'wanted: the key'
	[[ ! -e $CGROUP_ROOT/test-$BATS_TEST_NUMBER ]] || fail 'wanted: no cgroup'
}

# ---- All processes ----------------------------------------------------------------

# PID 1 is a shell, which has no handler for SIGTERM and waits for its children.
@test "kill sends a signal to PID 1 alone, and kill --all to every process; ps lists them" {
	local root=$BATS_TEST_TMPDIR/root
	"$BOX" oci spec --bundle "$bundle"
	sed -i -e "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sh\", \"-c\", \"sleep 1000 \\& sleep 1000 \\& wait; wait\"]|" \
		-e "s|\"linux\": {|\"linux\": {\"cgroupsPath\": \"/test-$BATS_TEST_NUMBER\",|" "$bundle/config.json"
	"$BOX" oci --root "$root" create --bundle "$bundle" one </dev/null &>"$bundle/said" 3>&-
	"$BOX" oci --root "$root" start one
	wait_for eval '[[ $("$BOX" oci --root "$root" ps one | wc -l) == 4 ]]'
	"$BOX" oci --root "$root" kill one TERM
	capture "$BOX" oci --root "$root" state one
	[[ $output == *'"running"'* ]] || fail 'wanted: a PID 1 that has no handler'
	"$BOX" oci --root "$root" kill --all one TERM
	wait_for eval '"$BOX" oci --root "$root" state one | grep -q "\"stopped\""'
	"$BOX" oci --root "$root" delete one
}
