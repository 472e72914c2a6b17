#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2154 # quoted for others to expand; bats sets these
#
# lab/vm for arm64: emulated on x86-64. Making its image takes minutes; the suites of the steps run in it, too (tests/jobs).

bats_require_minimum_version 1.5.0
load vm

setup_file() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	export TMPDIR=$BATS_FILE_TMPDIR SECRET=$((RANDOM + 1))$RANDOM
}

@test "a bundle for arm64 starts anywhere, and its programs are for arm64" {
	local bundle=$TMPDIR/bundle-arm64
	lab/vm --arch arm64 --bundle "$bundle"
	[ "$(grep -c '@[A-Z]*@' "$bundle"/start.* "$bundle/README.txt" | grep -vc ':0$')" = 0 ]
	run talk env PATH="$(qemu_alone)" TMPDIR="$TMPDIR" "$bundle/start.sh" <<-EOF
	lab#
	stty size; uname -m; echo built \$(make build | grep -c step)
	lab#
	step4-pivot/step4-pivot build/rootfs sh -c 'echo pid \$\$'; full/box run --network none build/rootfs expr $SECRET + 1
	$((SECRET + 1))
	exit
	EOF
	echo "$output"
	[[ "$output" = *"33 101"*aarch64*"built 0"*"pid 1"* ]]
	[ "$status" -eq 0 ]
}
