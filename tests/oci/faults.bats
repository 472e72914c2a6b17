#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2034,SC2031,SC2154,SC2317 # quoted so for the container's shell; set by helpers.bash; called from faults.bash
#
# The face that engines see, when things go wrong: every system call of create, start, exec and delete fails, or is the last one that box
# makes. After each, an engine does what engines do: delete --force. Then nothing may be left: no directory, cgroup, mount or process.

load ../helpers
load ../box/box
load ../box/faults

export BOX_ROOT=/run/box-oci-faults # in memory, and the chamber's own

setup_file() { box_setup_file; }

least=1 # an engine's failed call ends with status 1, and not with 125

setup() {
	needs root
	needs_faults
	open_ledger
	bundle=$BATS_TEST_TMPDIR/bundle root=$BATS_TEST_TMPDIR/root id=$(random_name c)
	mkdir "$bundle"
	"$BOX" oci spec --bundle "$bundle"
	sed -i "s|\"rootfs\"|\"$ROOTFS\"|; s|\[\"sh\"\]|[\"sleep\", \"1000\"]|; s|\"linux\": {|\"linux\": {\"cgroupsPath\": \"/$id\",|" "$bundle/config.json"
	echo '{"args": ["true"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >"$bundle/process.json"
	oci=("$BOX" oci --root "$root")
	[[ $CGROUP_ROOT ]] || oci+=(--cgroup-manager disabled)
}

teardown() {
	[[ -z ${root-} ]] || "$BOX" oci --root "$root" delete --force "$id"
	check_ledger
}

create() {
	"${oci[@]}" create --bundle "$bundle" --pid-file "$bundle/pid" "$id" </dev/null >"$bundle/out" 3>&- 2>&1 || fail "create: $(<"$bundle/out")"
}

# What an engine does after a call that failed.
afterwards() {
	local left
	"${oci[@]}" delete --force "$id" 2>"$bundle/said" || fail "$1, delete: status $?: $(<"$bundle/said")"
	"${oci[@]}" list >/dev/null # clears away what has no ID yet, but not a directory that has no marker yet, because it may be anybody's
	find "$root"/.new.* -empty -delete 2>/dev/null || :
	left=$(find "$root" -mindepth 1 ! -name .root)
	[[ -z $left ]] || fail "$1, left: $left"
	[[ ! -e $CGROUP_ROOT/$id ]] || fail "$1, left: its cgroup"
	wait_for none_of_ours "$1"
}

# No process of the container's, or of box's, is left.
none_of_ours() {
	local directory stat
	for directory in /proc/[0-9]*; do
		read -r stat 2>/dev/null <"$directory/stat" || continue
		[[ $stat != *' ('@(box|sleep|true)') '[!ZX]* ]] || return 1
	done
}

# each_call COMMAND...: of both sides of it, fails and is the last
each_call() {
	local how side
	for how in error kill; do
		for side in "${sides[@]}"; do
			every_call "$side" "$how" "${oci[@]}" "$@" </dev/null
			[[ $side == inside && $1 == exec ]] || ((calls > 10)) || fail "wanted: more than $calls calls of the $side"
			afterwards "no fault of the $side"
		done
	done
}

# bats test_tags=slow
@test "each call of create fails, or is the last: delete --force leaves nothing" {
	local sides=(outside inside)
	local late='box: cannot wait at the gate: *' # create has reported success by then, and may have ended
	before() { :; }
	each_call create --bundle "$bundle" --pid-file "$bundle/pid" "$id"
}

# bats test_tags=slow
@test "each call of start fails, or is the last: delete --force leaves nothing" {
	local sides=(outside)
	before() { create; }
	each_call start "$id"
}

# bats test_tags=slow
@test "each call of exec fails, or is the last: the container goes on, and delete --force leaves nothing" {
	local sides=(outside inside inmost)
	before() { create && "${oci[@]}" start "$id"; }
	each_call exec --process "$bundle/process.json" "$id"
}

# bats test_tags=slow
@test "each call of delete fails, or is the last: delete --force leaves nothing" {
	local sides=(outside)
	before() { create; }
	each_call delete --force "$id"
}
