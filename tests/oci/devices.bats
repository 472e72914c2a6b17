#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# The rules for devices that an engine gives: the kernel runs box's program each time a device is used. Any cgroup2 file system will do.

load ../helpers
load ../box/box

setup() {
	needs root
	stat -f -c %T /sys/fs/cgroup/unified /sys/fs/cgroup 2>/dev/null | grep -q cgroup2fs || skip 'needs a cgroup2 file system'
	bundle=$BATS_TEST_TMPDIR/bundle
	mkdir "$bundle"
}

export BOX_ROOT=/run/box-devices # in memory, and the chamber's own

setup_file() { box_setup_file; }

# A bundle whose command is SCRIPT, with these RULES.
make_bundle() {
	local script=$1 rules=$2
	rm -f "$bundle/config.json"
	"$BOX" oci spec --bundle "$bundle"
	sed -i -e "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sh\", \"-c\", \"$script\"]|; s|\"CAP_KILL\"|\"CAP_KILL\", \"CAP_MKNOD\"|" \
		-e "s|\"linux\": {|\"linux\": {\"cgroupsPath\": \"/test-$BATS_TEST_NUMBER/c\", \"resources\": {\"devices\": [$rules]},|" "$bundle/config.json"
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
