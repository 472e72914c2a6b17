# shellcheck shell=bash disable=SC2016,SC2154 # quoted for the container's shell; set by helpers.bash
#
# every-rootfs.bash - what every step with a ROOTFS (step 3 and later) promises about ROOTFS and about volumes. Load it after
# every-step.

# ---- ROOTFS ----------------------------------------------------------------------

# The container gets a PATH of its own: the caller's could name directories that ROOTFS does not have.
check_path() {
	local words
	container_words sh -c 'echo "$PATH"'
	capture env PATH=/nowhere "$STEP_BIN" "${words[@]}"
	says /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

# Print everything that find can tell about the files, except the access times.
manifest() {
	find "$ROOTFS" -printf '%p %i %M %n %U %G %s %T@ %C@ %l\n'
}

check_rootfs_is_not_written() {
	local before
	before=$(manifest)
	mkdir "$BATS_TEST_TMPDIR/source"
	inside --volume="$BATS_TEST_TMPDIR/source:/mnt" --volume="$BATS_TEST_TMPDIR/source:/opt:ro" \
		sh -c 'echo >/tmp/x; echo >/mnt/x'
	[[ $status == 0 && -e $BATS_TEST_TMPDIR/source/x ]] || fail 'wanted: a volume and a /tmp to write to'
	[[ $(manifest) == "$before" ]] || fail "it wrote to ROOTFS: $(diff <(echo "$before") <(manifest))"
}

check_read_only_rootfs() {
	local marker
	marker=$(<"$ROOTFS/srv/marker")
	mkdir "$BATS_TEST_TMPDIR/ro"
	mount --bind "$ROOTFS" "$BATS_TEST_TMPDIR/ro"
	mount -o remount,bind,ro "$BATS_TEST_TMPDIR/ro"
	ROOTFS=$BATS_TEST_TMPDIR/ro
	inside sh -c 'cat /srv/marker; echo >/tmp/x && : >/srv/marker'
	umount "$ROOTFS"
	[[ $status != 0 && $output == "$marker" && $stderr == *'Read-only file system'* ]] ||
		fail 'wanted: a container on a ROOTFS that can only be read'
}

# ROOTFS may be any path to the directory: relative, through a symbolic link, or through /proc.
check_rootfs_paths() {
	local marker
	marker=$(<"$ROOTFS/srv/marker")
	ln -s "$ROOTFS" "$BATS_TEST_TMPDIR/link"
	ln -s /proc/self/cwd "$BATS_TEST_TMPDIR/here"
	cd "$ROOTFS" || return
	for ROOTFS in . ./ srv/.. "../${PWD##*/}" "$BATS_TEST_TMPDIR/link" /proc/self/cwd /proc/self/cwd/srv/.. "$BATS_TEST_TMPDIR/here"; do
		inside cat /srv/marker
		says "$marker"
	done
}

check_bad_rootfs() {
	local name
	ROOTFS=$BATS_TEST_TMPDIR/$(random_name no)
	inside true
	complains "$ROOTFS"
	: >"$ROOTFS"
	inside true
	complains "$ROOTFS"
	rm "$ROOTFS"
	mkdir -p "$ROOTFS"/{proc,sys,dev,tmp}
	for name in proc sys dev tmp; do
		rmdir "$ROOTFS/$name"
		inside true
		complains "$ROOTFS/$name"
		mkdir "$ROOTFS/$name"
	done
	rmdir "$ROOTFS/tmp"
	ln -s /srv "$ROOTFS/tmp"
	inside true
	complains "$ROOTFS/tmp"
}

# A deleted directory has no path any more. The error must name it as the user did.
check_deleted_rootfs() {
	local name
	mkdir "$BATS_TEST_TMPDIR/deleted"
	ln -s "$BATS_TEST_TMPDIR/deleted" "$BATS_TEST_TMPDIR/link"
	cd "$BATS_TEST_TMPDIR/deleted" || return
	rmdir "$BATS_TEST_TMPDIR/deleted"
	for name in . ./. .. ./.. /proc/self/cwd "$BATS_TEST_TMPDIR/link"; do
		ROOTFS=$name inside true
		complains "$name"
		[[ $stderr != *null* ]] || fail "wanted: a line about $name"
	done
}

# The shell says "not found" about a file that exists: the missing file is its interpreter or loader.
check_missing_interpreter() {
	echo "#!/nowhere/$(random_name)" >"$ROOTFS/opt/lost"
	chmod +x "$ROOTFS/opt/lost"
	inside_loudly 127 /opt/lost
}

# ---- Volumes ---------------------------------------------------------------------

# Set source to a directory of the host with a marker in it, and a mount below it with another marker.
make_source() {
	source=$BATS_TEST_TMPDIR/source
	mkdir -p "$source/below"
	random_name volume >"$source/marker"
	mount -t tmpfs tmpfs "$source/below"
	random_name below >"$source/below/marker"
}

check_volume() {
	local source word
	word=$(random_name)
	make_source
	inside --volume="$source:/mnt" sh -c 'cat /mnt/marker /mnt/below/marker; echo "$0" >/mnt/new; echo "$0" >/mnt/below/new' "$word"
	says "$(cat "$source/marker" "$source/below/marker")"
	[[ $(cat "$source/new" "$source/below/new") == "$word"$'\n'"$word" ]] || fail "wanted: $word, written by the container"
	umount "$source/below"
}

check_read_only_volume() {
	local source
	make_source
	inside --volume="$source:/mnt:ro" sh -c 'cat /mnt/marker /mnt/below/marker
		echo >/mnt/new; echo >/mnt/below/new; echo >>/mnt/marker; rm /mnt/marker; :'
	says "$(cat "$source/marker" "$source/below/marker")"
	[[ $(grep -c 'Read-only file system' <<<"$stderr") == 4 ]] || fail 'wanted: four refusals'
	[[ $(find "$source" -name new) == '' && -w $source/below ]] || fail 'wanted: a source as it was, and writable on the host'
	umount "$source/below"
}

check_more_volumes() {
	local file=$BATS_TEST_TMPDIR/file
	random_name file >"$file"
	mkdir "$BATS_TEST_TMPDIR/directory"
	random_name directory >"$BATS_TEST_TMPDIR/directory/marker"
	cd "$BATS_TEST_TMPDIR" || return
	inside --volume=file:/etc/hosts --volume=./directory:/opt:ro --volume="$file:/etc/group" \
		cat /etc/hosts /opt/marker /etc/group
	says "$(cat file directory/marker file)"
}

check_volume_without_target() {
	local target
	target=/mnt/$(random_name)/deep
	inside --volume="$BATS_TEST_TMPDIR:$target" true
	complains "$target"
	[[ ! -e $ROOTFS/${target%/*} ]] || fail 'it made a directory in ROOTFS'
}

# The target exists in ROOTFS, but the mounts on /tmp and /dev hide it. So the error must not tell the user to create it.
check_volume_on_hidden_target() {
	local target cover said
	for target in /tmp/hidden /tmp/hidden/deep /dev/shm; do
		cover=${target:0:4}
		mkdir -p "$ROOTFS$target"
		inside --volume="$BATS_TEST_TMPDIR:$target" true
		complains "$target"
		said=${stderr//"$BATS_TEST_TMPDIR"/} said=${said//"$target"/}
		[[ $said =~ $cover && $stderr != *'ROOTFS has no'* ]] || fail "wanted: a line that says what hides $target"
	done
	: >"$BATS_TEST_TMPDIR/seen"
	inside --without=tmp --volume="$BATS_TEST_TMPDIR:/tmp/hidden" ls /tmp/hidden/seen
	says /tmp/hidden/seen
	rm -r "$ROOTFS"/{tmp/hidden,dev/shm}
}

# A mount on the root directory would be hidden below the root mount.
check_volume_on_the_root() {
	local target
	ln -s / "$ROOTFS/mnt/top"
	ln -s ../.. "$ROOTFS/mnt/up"
	for target in /mnt/top /mnt/up /mnt/top/. /mnt/.. /srv/../mnt/top; do
		inside --volume="$BATS_TEST_TMPDIR:$target" true
		complains "$target"
	done
	rm "$ROOTFS"/mnt/{top,up}
}

# More volumes than descriptors: the program must close each volume's descriptors.
check_many_volumes() {
	local count=1100 words=() i
	for ((i = 0; i < count; i++)); do
		words+=(--volume="$BATS_TEST_TMPDIR:/mnt:ro")
	done
	random_name >"$BATS_TEST_TMPDIR/marker"
	echo >>"$BATS_TEST_TMPDIR/marker"
	ulimit -n 64
	inside "${words[@]}" sh -c 'cat /mnt/marker; grep -c " /mnt " /proc/self/mountinfo'
	says "$(<"$BATS_TEST_TMPDIR/marker")"$'\n'"$count"
}

# A target that would lead out of ROOTFS on the host leads to the same path in ROOTFS.
check_volume_stays_in_rootfs() {
	local outside=$BATS_TEST_TMPDIR/outside dots=../../../../../../../../../../../.. target
	mkdir -p "$BATS_TEST_TMPDIR/source" "$outside" "$ROOTFS$outside"
	random_name volume >"$BATS_TEST_TMPDIR/source/marker"
	ln -s "$outside" "$ROOTFS/mnt/absolute"
	ln -s "$dots$outside" "$ROOTFS/mnt/relative"
	ln -s "$dots" "$ROOTFS/mnt/top"
	for target in "/$dots$outside" /mnt/absolute /mnt/relative "/mnt/top$outside"; do
		inside --volume="$BATS_TEST_TMPDIR/source:$target" cat "$outside/marker"
		[[ $status == 125 ]] || says "$(<"$BATS_TEST_TMPDIR/source/marker")"
	done
	rmdir "$ROOTFS$outside"
	for target in "/$dots$outside" /mnt/absolute /mnt/relative "/mnt/top$outside"; do
		inside --volume="$BATS_TEST_TMPDIR/source:$target" true
		complains "$target"
	done
	rm "$ROOTFS"/mnt/{absolute,relative,top}
}

check_volume_words() {
	local word
	for word in "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR:" "$BATS_TEST_TMPDIR:mnt" "$BATS_TEST_TMPDIR:/mnt:rx" \
		":/mnt" "$BATS_TEST_TMPDIR/$(random_name no):/mnt" "$BATS_TEST_TMPDIR:/mnt:ro:ro"; do
		inside --volume="$word" true
		complains "$word"
	done
}
