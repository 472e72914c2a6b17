#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2154 # quoted so for another shell; helpers.bash uses and sets them
#
# box run oci:DIR[:TAG]: an image in place of ROOTFS. (box-unpack.bats tests what box-unpack makes of images.)
#
#   image <<<SCRIPT      make the layout $image as the script says (tests/box/image); rootfs() is a layer with ROOTFS
#   image_run WORD...    box run --network none "${with[@]}" oci:$image$tag WORD...; a $tag begins with a colon
#   images               the digests of the images that are unpacked
#   refuses WORD...      image_run fails with one line that contains all WORDs, and leaves nothing

load ../helpers
load box

export BOX_ROOT=/run/box-image # the chamber's own

setup_file() {
	[[ -x $ROOTFS/bin/busybox ]] || "$toolkit/lab/rootfs" busybox
	tar -C "$ROOTFS" -cf "$BATS_FILE_TMPDIR/rootfs.tar" .
}

setup() {
	open_ledger
	needs native python3 jq
	[[ -x ${BOX%/*}/box-unpack ]] || skip 'needs box-unpack, which a machine with libarchive makes'
	image=$BATS_TEST_TMPDIR/$(random_name image) tag='' with=()
	word=$(random_name word)
}

image() {
	{
		echo "def rootfs(): layer(raw=open('$BATS_FILE_TMPDIR/rootfs.tar', 'rb').read(), pack=None)"
		cat
	} | "$toolkit/tests/box/image" "$image"
}

image_run() {
	capture "$BOX" run --network none "${with[@]}" "oci:$image$tag" "$@"
}

images() {
	ls -A "$BOX_ROOT/.images"
}

# digest_of TAG: what index.json has for it
digest_of() {
	jq -r --arg tag "$1" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $tag).digest[7:]' "$image/index.json"
}

refuses() {
	image_run true
	complains "$@"
	[[ ! -d $BOX_ROOT/.images || -z $(images) ]] || fail "left: $(images)"
}

teardown() {
	[[ -z ${tracer-} ]] || kill -KILL "$tracer" 2>/dev/null || :
	[[ ${place-} != /tmp/image.* ]] || rm -rf "$place"
	[[ -z ${BATS_TEST_COMPLETED-} || ! -d $BOX_ROOT ]] || "$BOX" prune >/dev/null
	end_life
}

# ---- What runs -----------------------------------------------------------------------

@test "an image runs as its config says, and what the command line says comes first" {
	image <<-E
		config["config"] = {"Env": ["ONE=$word", "TWO=2", "PATH=/bin:/$word"], "User": "box", "WorkingDir": "/srv/$word",
		                    "Entrypoint": ["echo", "entry"], "Cmd": ["of", "$word"]}
		rootfs(); layer(d("srv/$word")); oci()
	E
	image_run
	says "entry of $word"
	image_run other "$word"
	says "entry other $word"
	with=(--entrypoint pwd)
	image_run
	says "/srv/$word"
	with=(--entrypoint sh)
	image_run -c 'echo "$ONE $TWO $PATH $(id -u) $(id -g) $HOME"'
	says "$word 2 /bin:/$word 1000 1000 /home/box"
	echo TWO=3 >"$BATS_TEST_TMPDIR/env"
	with=(--entrypoint sh --env-file "$BATS_TEST_TMPDIR/env" -u 0:7 -w /etc)
	image_run -c 'echo "$ONE $TWO $(pwd) $(id -u) $(id -g)"'
	says "$word 3 /etc 0 7"
	with+=(-e ONE=4)
	image_run -c 'echo "$ONE"'
	says 4
}

@test "--entrypoint comes before COMMAND with a ROOTFS, too" {
	box_run --entrypoint=echo "$word" 2
	says "$word 2"
	box_run --entrypoint=pwd
	says /
	box_run --entrypoint= echo "$word"
	says "$word"
}

@test "an image without a config runs a shell as root in /, and has the user's groups if it names one" {
	image <<-'E'
		config["config"] = None
		rootfs(); oci("plain")
		config["config"] = {"User": "me"}
		rootfs(); layer(f("etc/passwd", "me:x:77:78::/:/bin/sh\n"), f("etc/group", "me:x:78:\nmore:x:4242:me\n")); oci("groups")
	E
	tag=:plain
	image_run
	[[ $status == 0 && -z $output$stderr ]] || fail 'wanted: a shell with no input'
	image_run sh -c 'id -u; pwd'
	says $'0\n/'
	tag=:groups
	image_run id -G
	says '78 4242'
	with=(-u 5)
	image_run id -G
	says 0
}

# With -e, the name alone of a variable means the host's. An image must not ask for it.
@test "an image gets no variable of the host by naming it" {
	image <<<'config["config"] = {"Env": ["SECRET", "", "=", "MINE=1"]}; rootfs(); oci()'
	SECRET=$word image_run env
	[[ $status == 0 && $output == *MINE=1* && $output != *SECRET* && $output != *"$word"* ]] || fail "wanted: nothing of the host's"
}

@test "box stop sends the image's stop signal, unless --stop-signal names another" {
	image <<-E
		config["config"] = {"StopSignal": "SIGUSR1", "Cmd": ["sh", "-c", "trap 'exit 41' USR1; trap 'exit 42' INT; echo ready; while :; do sleep 1; done"]}
		rootfs(); oci("good"); config["config"]["StopSignal"] = "$word"; rootfs(); oci("bad")
	E
	for signal in '' INT; do
		with=(-d ${signal:+--stop-signal "$signal"}) tag=:good
		image_run
		id=$output
		wait_for log_says ready
		box stop --time 1000 "$id"
		ended_with "$id" "$([[ -z $signal ]] && echo 41 || echo 42)"
		remove "$id"
	done
	with=() tag=:bad
	image_run true
	complains 'stop signal' "$word" --stop-signal
}

@test "what a container writes stays out of its image" {
	image <<<'rootfs(); oci()'
	image_run sh -c "echo $word >/etc/mine; rm /etc/os-release"
	says ''
	image_run ls /etc/mine /etc/os-release
	[[ $status != 0 && $output == /etc/os-release ]] || fail 'wanted: the image as it was'
	for with in --write-through --without=overlay; do
		image_run touch /etc/mine
		complains "${with%=*}" overlay box\ unpack
	done
}

# ---- Unpacked once -------------------------------------------------------------------

@test "an image is unpacked once, by its digest: under a second tag, and without box-unpack" {
	image <<-E
		rootfs(); layer(f("one", "$word-1")); oci("first")
		change("index.json", lambda i: i.update(manifests=i["manifests"] + [dict(i["manifests"][0], annotations={"org.opencontainers.image.ref.name": "same:$word"})]))
	E
	tag=:first
	image_run cat /one
	says "$word-1"
	[[ $(images) == "$(digest_of first)" ]] || fail 'wanted: one image, by its digest'
	cp "$BOX" "$BATS_TEST_TMPDIR/box"
	tag=:same:$word
	PATH=/nowhere BOX=$BATS_TEST_TMPDIR/box image_run /bin/cat /one
	says "$word-1"
	image <<<"rootfs(); layer(f('one', '$word-2')); oci('second')"
	tag=:second
	PATH=/nowhere BOX=$BATS_TEST_TMPDIR/box image_run true
	complains box-unpack 'not installed' libarchive
	image_run cat /one
	says "$word-2"
	[[ $(images | sort) == "$(printf '%s\n' "$(digest_of first)" "$(digest_of second)" | sort)" ]] || fail 'wanted: two images'
	tag=''
	image_run cat /one
	complains several first second
}

@test "box-unpack is found beside a box that a container could not write to, and in PATH" {
	image <<<"rootfs(); layer(f('one', '$word')); oci()"
	place=$(mktemp -d /tmp/image.XXXXXX)
	mkdir "$place/other"
	cp "$BOX" "$place/other/box"
	cp "${BOX%/*}/box-unpack" "$place"
	PATH=/bin:$place BOX=$place/other/box image_run cat /one
	says "$word"
	box prune
	mv "$place/other/box" "$place"
	cd "$place"
	PATH=/bin BOX=./box image_run cat /one
	says "$word"
	box prune
	PATH=/bin:$place capture env box run --network none "oci:$image" cat /one
	says "$word"
}

@test "--explain tells once that the image is unpacked, and not in the next run" {
	image <<<"rootfs(); oci()"
	with=(--explain)
	image_run true
	[[ $status == 0 && $(grep -c "box-unpack $image" <<<"$stderr") == 1 ]] || fail 'wanted: one line about box-unpack'
	image_run true
	[[ $status == 0 && $stderr != *box-unpack* && $stderr != *.images\"* ]] || fail 'wanted: no line about it'
}

@test "ten containers at once find one image, and all run" {
	image <<<"rootfs(); layer(f('one', '$word')); oci()"
	local all=()
	for i in {1..10}; do
		"$BOX" run --network none "oci:$image" cat /one >"$BATS_TEST_TMPDIR/out.$i" 2>&1 &
		all+=($!)
	done
	for i in "${all[@]}"; do
		wait "$i" || status=$?
	done
	[[ $(cat "$BATS_TEST_TMPDIR"/out.*) == "$(printf "$word%.0s" {1..10})" ]] || fail "wanted: ten times $word; $(cat "$BATS_TEST_TMPDIR"/out.*)"
	[[ $(images) == "$(digest_of latest)" ]] || fail "wanted: one image, and nothing half done; $(images)"
}

@test "a caller that ignores the ends of its children runs an image, too" {
	image <<<"rootfs(); layer(f('one', '$word')); oci()"
	capture env --ignore-signal=CHLD "$BOX" run --network none "oci:$image" cat /one
	says "$word"
}

# box-unpack has a lock on the image until it has ended, which is after the image got its name.
@test "a container waits for an image that is still locked" {
	image <<<"rootfs(); layer(f('one', '$word')); oci()"
	image_run true
	flock --no-fork --exclusive "$BOX_ROOT/.images/$(digest_of latest)" sleep 1000 3>&- &
	holder=$!
	held() { grep -qE "^[0-9]+: FLOCK +ADVISORY +WRITE $holder " /proc/locks; }
	wait_for held
	"$BOX" run --network none "oci:$image" cat /one >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	program=$!
	waits_or_ends() { grep -qE -- "-> FLOCK +ADVISORY +READ $program " /proc/locks || ! kill -0 "$program" 2>/dev/null; }
	wait_for waits_or_ends
	kill "$holder"
	wait "$holder" || :
	wait "$program" || :
	[[ $(<"$BATS_TEST_TMPDIR/out") == "$word" ]] || fail "wanted: the word; $(<"$BATS_TEST_TMPDIR/out")"
}

@test "an image with several platforms is this machine's" {
	image <<-E
		rootfs(); far = blob(manifest(), MANIFEST, platform={"os": "linux", "architecture": "vax"}); layers.clear()
		rootfs(); layer(f("near", "$word")); near = blob(manifest(), MANIFEST, platform={"os": "linux", "architecture": machine}); layers.clear()
		layer(f("both", "")); oci("x")
		change("index.json", lambda i: i.update(manifests=[blob({"schemaVersion": 2, "manifests": [far, near]}, INDEX)]))
	E
	image_run cat /near
	says "$word"
}

# ---- prune ---------------------------------------------------------------------------

@test "prune removes images that no container uses, also in the background, and nothing else" {
	image <<<"rootfs(); layer(f('one', '1')); oci('one'); rootfs(); layer(f('two', '')); oci('two')"
	box prune
	says ''
	tag=:one with=(-d --name "$word")
	image_run sleep 1000
	says "$word"
	tag=:two with=()
	image_run true
	theirs=("$word" "$(digest_of one).$word" ".$(digest_of two).$word")
	mkdir "${theirs[@]/#/$BOX_ROOT/.images/}" "$BOX_ROOT/.images/.$(digest_of two).box-unpack"
	box prune
	says "$(digest_of two)"
	[[ $(images | sort) == "$(printf '%s\n' "$(digest_of one)" "${theirs[@]}" | sort)" ]] || fail 'wanted: the image in use, and what is not ours'
	box exec "$word" cat /one
	says 1
	remove "$word"
	box prune
	says "$(digest_of one)"
	[[ $(images | sort) == "$(printf '%s\n' "${theirs[@]}" | sort)" ]] || fail 'wanted: no image'
	rmdir "${theirs[@]/#/$BOX_ROOT/.images/}"
	tag=:one
	image_run cat /one
	says 1
	box prune now
	complains 'usage: box prune'
}

# strace holds box right before it ends.
@test "an image is free as soon as its container has ended, while box still has to end" {
	local program init
	needs strace
	image <<<"rootfs(); oci('one')"
	with=(-d --name "$word")
	image_run sleep 1000
	init=$(of "$word" pid)
	program=$(ps -o ppid= -p "$init" | tr -d ' ')
	trace_process "$program" -e trace=exit_group -e inject=exit_group:delay_enter=1000000000
	kill -KILL "$init"
	wait_for flock --nonblock "$BOX_ROOT/.images/$(images)" true
	[[ -e /proc/$program ]] || fail 'wanted: a box that still has to end'
	kill -KILL "$tracer"
	remove "$word"
}

@test "docker-archive: a tar of docker save runs as a layout does, by each of its names, and is unpacked once" {
	local name
	image <<<"config['config'] = {'Cmd': ['sh', '-c', 'echo $word']}; rootfs(); docker('name:$word')"
	for name in "$image" "$image:$word" "$image:name:$word"; do
		capture "$BOX" run --network none "docker-archive:$name"
		says "$word"
		[[ $(images) == $(tar -xOf "$image" manifest.json | jq -r '.[0].Config' | grep -o '[0-9a-f]\{64\}') ]] || fail 'wanted: one image, by the digest of its config'
	done
	cp "$BOX" "$BATS_TEST_TMPDIR/box"
	PATH=/nowhere capture "$BATS_TEST_TMPDIR/box" run --network none "docker-archive:$image"
	says "$word"
	for name in "$image:other" "$image:"; do
		capture "$BOX" run --network none "docker-archive:$name" true
		complains "name:$word"
	done
	"$BOX" prune >/dev/null
	capture "$BOX" run --network none "oci:$image" true
	complains "docker-archive:$image"
	truncate -s 3000 "$image"
	capture "$BOX" run --network none "docker-archive:$image" true
	complains "$image"
	[[ -z $(images) ]] || fail 'wanted: nothing left'
}

@test "docker-archive: of several images in a tar, none runs without its tag, though all are unpacked" {
	local name
	image <<-E
		for name in "first", "second":
		    config["config"] = {"Cmd": ["echo", name + " $word"]}
		    rootfs()
		    docker(name + ":1")
	E
	for name in first second; do
		box run --network none "docker-archive:$image:$name:1"
		says "$name $word"
	done
	box run --network none "docker-archive:$image"
	complains 'several images' first:1 second:1
}

# ---- What fails ----------------------------------------------------------------------

@test "a wrong tag, several images, and what is no layout are one line each, and leave nothing" {
	image <<<"rootfs(); oci('first'); layer(f('x', '')); oci('second:$word')"
	refuses "$image" several first "second:$word"
	tag=:third refuses '"third"' first "second:$word"
	tag=: refuses '""' first
	local layout=$image
	image=$BATS_TEST_TMPDIR/$word
	refuses "$image" 'No such file'
	mkdir "$image"
	refuses "$image" 'neither the directory of an OCI layout' skopeo
	tar -C "$layout" -cf "$BATS_TEST_TMPDIR/tar" .
	image=$BATS_TEST_TMPDIR/tar
	tag=:first refuses 'neither the directory of an OCI layout' skopeo
	image=''
	refuses 'No such file'
	box run --network none "docker-archive:$BATS_TEST_TMPDIR/tar" true
	complains 'neither the directory of an OCI layout' skopeo
	box run --network none "docker://$word" true
	complains "skopeo copy docker://$word oci:DIR:TAG" 'box run oci:DIR:TAG'
	box run --network none "oci:$layout:first"
	[[ $status == 0 ]] || fail 'wanted: the layout is good'
}

@test "a byte that has changed is noticed, and a mended image is unpacked" {
	image <<<"layer(f('one', '$word')); rootfs(); oci()"
	local layer
	layer=$image/blobs/sha256/$(jq -r '.layers[0].digest[7:]' "$image/blobs/sha256/$(digest_of latest)")
	cp "$layer" "$BATS_TEST_TMPDIR/good"
	printf X | dd of="$layer" bs=1 seek=20 conv=notrunc status=none
	refuses digest "${layer##*/}"
	cp "$BATS_TEST_TMPDIR/good" "$layer"
	image_run cat /one
	says "$word"
}

# refuses_another_digest FILE: box-unpack finds another digest than box in FILE, and leaves $BATS_TEST_TMPDIR/place empty.
refuses_another_digest() {
	mkdir "$BATS_TEST_TMPDIR/place"
	capture "${BOX%/*}/box-unpack" --digest "$(printf 0%.0s {1..64})" -- "$image" "$BATS_TEST_TMPDIR/place/bundle"
	complains "$1" changed
	[[ -z $(ls -A "$BATS_TEST_TMPDIR/place") ]] || fail 'wanted: nothing'
}

# A box that has read one index.json must not get the image of another under its name.
@test "an index.json that changes between two looks gives no image" {
	image <<<"rootfs(); oci()"
	refuses_another_digest index.json
	capture "${BOX%/*}/box-unpack" --digest "$(digest_of latest)" -- "$image" "$BATS_TEST_TMPDIR/place/bundle"
	says ''
	rm -r "$BATS_TEST_TMPDIR/place"
}

@test "the manifest.json of docker save that changes between two looks gives no image, either" {
	image <<<"rootfs(); docker()"
	refuses_another_digest manifest.json
	rm -r "$BATS_TEST_TMPDIR/place"
}

@test "an index.json that is hostile is one line" {
	image <<<"rootfs(); oci()"
	local good
	good=$(<"$image/index.json")
	for bad in '' '[]' '{"manifests": 1}' '{"manifests": [1]}' '{"manifests": [null, {"digest": 5}]}' "${good/sha256:/sha256:..\/}" \
		"${good/sha256:/sha512:}" "${good/sha256:????????/sha256:}" "{\"manifests\": [], ${good#?}"; do
		printf %s "$bad" >"$image/index.json"
		refuses index.json
	done
	rm "$image/index.json"
	mkfifo "$image/index.json"
	refuses index.json
	rm "$image/index.json"
	ln -s /dev/zero "$image/index.json"
	refuses index.json
	[[ ! -e $BOX_ROOT/.images/none && -z $(ls "$BOX_ROOT") ]] || fail 'wanted: nothing'
}

@test "a signal to box ends box-unpack, and nothing is left" {
	needs zstd
	image <<<'layer(*[f(f"file{i}", "") for i in range(10)]); endless(); oci()'
	for signal in TERM KILL; do
		"$BOX" run --network none "oci:$image" true 3>&- &
		program=$!
		begun() { compgen -G "$BOX_ROOT/.images/.*.box-unpack/rootfs/file9" >/dev/null; }
		wait_for begun
		kill -s "$signal" "$program"
		wait "$program" || :
		cleaned() { [[ -z $(images) ]]; }
		wait_for cleaned
	done
}

@test "box-unpack does not begin when box has been killed already" {
	needs strace
	[[ $BOX != *-sanitized ]] || skip "needs a box without a sanitizer's own calls"
	image <<<'rootfs(); oci()'
	kill_before_its_child_asks run --network none "oci:$image" true
	[[ -z $(images) ]] || fail 'wanted: no image'
}

@test "a terminal sees a bar while an image is unpacked, and then the command" {
	image <<<"rootfs(); layer(f('one', '$word')); oci()"
	run script -qec "$BOX run --network none oci:$image cat /one" /dev/null
	[[ $status == 0 && $output == *$'\r['*'%'*'MB'*$'\r\e[K'*"$word"* ]] || fail 'wanted: a bar that is erased, and the word'
	run script -qec "$BOX run --network none oci:$image cat /one" /dev/null
	[[ $status == 0 && $output == "$word" ]] || fail 'wanted: no bar'
}

# ---- An ordinary user ----------------------------------------------------------------

@test "an ordinary user's images have the owners of the user's map, and prune removes them" {
	needs newuidmap
	grep -q ^learner /etc/passwd || echo learner:x:4321:4321::/:/bin/sh >>/etc/passwd
	echo learner:200000:65536 >/etc/subuid
	echo learner:300000:65536 >/etc/subgid
	image <<<"config['config'] = {'User': '12:34'}; rootfs(); layer(f('mine', '', uid=12, gid=34)); oci()"
	place=$(mktemp -d /tmp/image.XXXXXX)
	cp -r "$image" "$place/layout"
	cp "$BOX" "$place/box"
	cp "${BOX%/*}/box-unpack" "$place"
	chmod -R go=rX "$place"
	install -d -o 4321 -g 4321 "$place/home"
	as_learner() {
		capture setpriv --reuid 4321 --regid 4321 --clear-groups env -C / HOME=/ USER=learner BOX_ROOT="$place/home/box" "$place/box" "$@"
	}
	as_learner run --network none "oci:$place/layout" sh -c 'echo $(id -u) $(id -g) $(stat -c "%u %g" /mine)'
	says '12 34 12 34'
	[[ $(stat -c '%u %g' "$place/home/box/.images/"*/rootfs/mine) == '200011 300033' ]] || fail 'wanted: owners of the map'
	as_learner prune
	[[ $status == 0 && $output =~ ^[0-9a-f]{64}$ && -z $(ls -A "$place/home/box/.images") ]] || fail 'wanted: no image'
}
