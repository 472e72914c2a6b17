#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2034,SC2154 # quoted so for another shell; helpers.bash uses and sets them
#
# box unpack: images become bundles, and no image, however hostile, does anything else.
#
#   image <<<SCRIPT        make the image $image as the script says (tests/box/image)
#   unpack [OPTION]...     unpack $image into $bundle
#   attempt, refuse_all    try many images that must be refused
#   refuses WORD...        unpack fails with one line that contains all WORDs, and leaves nothing

load ../helpers
load box

setup_file() {
	[[ -x $ROOTFS/bin/busybox ]] || "$toolkit/lab/rootfs" busybox
}

setup() {
	open_ledger
	needs native python3 zstd jq
	[[ -x ${BOX%/*}/box-unpack ]] || skip 'needs box-unpack, which a machine with libarchive makes'
	place=$BATS_TEST_TMPDIR/place image=$BATS_TEST_TMPDIR/$(random_name image)
	bundle=$place/$(random_name bundle)
	root=$bundle/rootfs
	word=$(random_name word)
	mkdir "$place"
}

image() {
	"$toolkit/tests/box/image" "$image"
}

unpack() {
	box unpack "$@" "$image" "$bundle"
}

unpacks() {
	unpack
	[[ $status == 0 && -z $output && -z $stderr ]] || fail 'wanted: a bundle, without a word'
}

refuses() {
	unpack "${options[@]}"
	complains "$@"
	[[ -z $(ls -A "$place") ]] || fail "left behind: $(ls -A "$place")"
}

# attempt SCRIPT WORD...: an image that is to be refused, with these words. refuse_all makes all of them, and tries each.
attempt() {
	scripts+="at(${#attempts[@]}); $1"$'\n'
	attempts+=("$(printf '%s\037' "${@:2}")")
}

refuse_all() {
	local base=$image words
	image <<<"$scripts"
	for i in "${!attempts[@]}"; do
		IFS=$'\037' read -ra words <<<"${attempts[i]}"
		image=$base.$i
		refuses "${words[@]}"
	done
}

# of_config FILTER: what jq finds in config.json
of_config() {
	jq -rc "$1" "$bundle/config.json"
}

# attribute NAME FILE: an extended attribute
attribute() {
	python3 -c 'import os, sys; sys.stdout.buffer.write(os.getxattr(sys.argv[2], sys.argv[1]))' "$@"
}

as_learner() {
	setpriv --reuid 4321 --regid 4321 --clear-groups env -C / HOME=/ USER=learner "$@"
}

# For an ordinary user: the toolkit may be where this user can't go.
learner_setup() {
	grep -q ^learner /etc/passwd || echo learner:x:4321:4321::/:/bin/sh >>/etc/passwd
	echo learner:200000:65536 >/etc/subuid
	echo learner:300000:65536 >/etc/subgid
	place=$(mktemp -d /tmp/unpack.XXXXXX)
	cp "$BOX" "$place/box"
	cp "${BOX%/*}/box-unpack" "$place"
	chmod 755 "$place" "$place"/box*
	image=$place/image
	install -d -o 4321 -g 4321 "$place/home"
	bundle=$place/home/bundle root=$place/home/bundle/rootfs
}

teardown() {
	! mountpoint -q "${place-/nowhere}" || umount "$place"
	[[ ${place-} != /tmp/unpack.* ]] || rm -rf "$place"
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then check_ledger; else clear_away; fi
}

# ---- What an image is -------------------------------------------------------------

# What is in a root file system, but for /srv.
list_files() {
	(cd "$1" && find . -mindepth 1 -path ./srv -prune -o -type d -printf '%p %m %U %G %T@ %n\n' -o -printf '%p %y %m %U %G %s %T@ %l %n\n') | sort
}

@test "unpack makes a bundle that runs, from gzip, zstd and plain layers" {
	tar --format=posix -C "$ROOTFS" -cf "$BATS_TEST_TMPDIR/rootfs.tar" .
	image <<-E
		layer(raw=open("$BATS_TEST_TMPDIR/rootfs.tar", "rb").read())
		layer(f("srv/first", "$word-1"), pack="zstd")
		layer(f("srv/second", "$word-2"), pack=None)
		oci()
	E
	unpacks
	[[ $(<"$root/srv/first") == "$word-1" && $(<"$root/srv/second") == "$word-2" ]] || fail 'wanted: the words of both layers'
	run diff <(list_files "$ROOTFS") <(list_files "$root")
	[[ -z $output ]] || fail 'wanted: the files as they were'
	box run --network none "$root" cat /srv/first /srv/second
	[[ $output == "$word-1$word-2" ]] || fail 'wanted: a container that reads the words'
}

@test "a layout in a tar, and a tar of docker save, unpack as well" {
	image <<-E
		layer(f("one", "$word"))
		oci("$word")
	E
	tar -C "$image" -cf "$image.tar" .
	box unpack "$image.tar:$word" "$bundle"
	says ''
	[[ $(<"$root/one") == "$word" ]] || fail 'wanted: the word'
	rm -r "$bundle" "$image"
	image <<-E
		layer(f("one", "$word"), pack=None)
		layer(f("two", "$word"))
		layers.append(layers[0])
		docker("docker.io/library/box:$word")
	E
	unpacks
	[[ $(cat "$root/one" "$root/two") == "$word$word" ]] || fail 'wanted: both words'
	rm -r "$bundle"
	box unpack "$image:$word" "$bundle"
	says ''
	rm -r "$bundle"
	box unpack "$image:nothing" "$bundle"
	complains "$image" '"nothing"' "docker.io/library/box:$word"
	sed -i "s|{\"architecture\": \"|{\"Architecture\": \"|" "$image" # in the config, whose name is its digest
	box unpack "$image" "$bundle"
	complains digest .json
}

@test "several images in a tar of docker save: each by its tag, and none without" {
	image <<-E
		layer(f("one", "$word"))
		docker("first:$word")
		layer(f("two", "$word"))
		docker("second:2")
	E
	box unpack "$image" "$bundle"
	complains "$image" 'several images' "first:$word" second:2
	[[ ! -e $bundle ]] || fail 'wanted: nothing'
	box unpack "$image:$word" "$bundle"
	[[ $status == 0 && $(ls "$root") == one ]] || fail 'wanted: the first'
	rm -r "$bundle"
	box unpack "$image:second:2" "$bundle"
	[[ $status == 0 && $(ls "$root") == two ]] || fail 'wanted: the second'
}

@test "unpack takes the names of images that box run takes" {
	image <<<"layer(f('one', '$word')); oci('$word')"
	box unpack "oci:$image:$word" "$bundle"
	says ''
	[[ $(<"$root/one") == "$word" ]] || fail 'wanted: the word'
	rm -r "$bundle" "$image"
	image <<<"layer(f('one', '$word')); docker('box:$word')"
	box unpack "docker-archive:$image:$word" "$bundle"
	says ''
	[[ $(<"$root/one") == "$word" ]] || fail 'wanted: the word'
	rm -r "$bundle"
	box unpack "docker://$word" "$bundle"
	complains "docker://$word" 'skopeo copy docker://'
}

@test "a file that is not a tar is refused by its name" {
	echo "$word" >"$place/$word"
	box unpack "$place/$word" "$bundle"
	complains "$place/$word" 'not a tar'
	: >"$place/$word"
	box unpack "$place/$word" "$bundle"
	complains "$place/$word" 'not a tar'
}

@test "a layer keeps owners, modes, times, hard links, links, FIFOs, devices and extended attributes" {
	needs root
	local attributes="{'user.word': '$word'}"
	# Before Linux 6.6, no file on a tmpfs has such attributes.
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.test", b"")' "$place" 2>/dev/null || attributes={}
	image <<-E
		layer(d("dir", mode=0o3750, uid=12, gid=34, mtime=1000000001.25),
		      f("dir/file", "$word", mode=0o6711, uid=56, gid=78, mtime=1000000002.5, xattrs=$attributes),
		      h("dir/hard", "dir/file"), s("dir/soft", "/nowhere/$word", uid=9, gid=10, mtime=1000000003),
		      p("dir/fifo", mode=0o600), n("dir/null", "c", 1, 3, mode=0o666), n("dir/disk", "b", 7, 200),
		      f("dir/able", "", xattrs={"security.capability": "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}),
		      f("dir/überall", ""), f("/absolute", "$word"))
		oci()
	E
	unpacks
	run find "$root/dir" "$root/absolute" -printf '%P %y %m %U %G %T@ %l\n'
	run sort <<<"$output"
	[[ ${lines[0]} == ' d 3750 12 34 1000000001.2500000000 ' && ${lines[1]} == ' f 644 0 0 '* ]] || fail 'wanted: the directory'
	[[ $output == *'file f 6711 56 78 1000000002.5000000000 '* && $output == *"soft l 777 9 10 1000000003.0000000000 /nowhere/$word"* &&
		$output == *'fifo p 600 '* && $output == *'null c 666 '* && $output == *'disk b 644 '* && $output == *'überall f'* ]] || fail 'wanted: all members'
	[[ $root/dir/file -ef $root/dir/hard && $(stat -c '%t %T' "$root/dir/null" "$root/dir/disk") == $'1 3\n7 c8' ]] || fail 'wanted: the link, the devices'
	[[ $attributes == {} || $(attribute user.word "$root/dir/file") == "$word" ]] || fail 'wanted: the attribute'
	[[ $(attribute security.capability "$root/dir/able" | od -An -tx1) == ' 01 00 00 02 00 04 00 00'* ]] || fail 'wanted: the capability'
	[[ $(<"$root/absolute") == "$word" && ! -e /absolute ]] || fail 'wanted: the absolute name in the bundle'
}

@test "a sparse file keeps its size and its contents" {
	(cd "$BATS_TEST_TMPDIR" && truncate -s 5M sparse && printf %s "$word" | dd of=sparse bs=1 seek=3000000 conv=notrunc status=none &&
		tar --sparse -cf sparse.tar sparse)
	image <<-E
		layer(raw=open("$BATS_TEST_TMPDIR/sparse.tar", "rb").read())
		oci()
	E
	unpacks
	cmp "$BATS_TEST_TMPDIR/sparse" "$root/sparse"
	(($(stat -c %b "$root/sparse") < 1000)) || fail 'wanted: a file with holes'
}

@test "whiteouts hide what lower layers have, and nothing of their own layer, in any order" {
	image <<-E
		layer(f("a/one", ""), f("a/two", ""), d("b/deep/er"), f("b/deep/er/x", ""), f("b/y", ""), d("c"), f("c/old", ""), f("d", ""),
		      d("e"), f("e/z", ""), d("f/sub"), f("f/sub/old", ""), s("g", "a"))
		layer(f("a/.wh.one", ""), f("a/.wh.missing", ""), f(".wh.b", ""), f("c/new", "$word"), f("c/.wh..wh..opq", ""),
		      f("d", "$word"), f(".wh.d", ""), f(".wh.e", ""), f("e", "$word"), d("f/sub"), f("f/sub/new", "$word"), f("f/.wh.sub", ""),
		      f(".wh.g", ""), f(".wh..wh.plnk", ""))
		oci()
	E
	unpacks
	run find "$root" -mindepth 1 -printf '%P\n'
	[[ $(sort <<<"$output" | xargs) == 'a a/two c c/new d e f f/sub f/sub/new' && $(<"$root/d") == "$word" ]] || fail 'wanted: what the layers leave'
}

@test "a member replaces another kind of file, and writes below a link of a lower layer" {
	image <<-E
		layer(d("dir"), f("dir/x", ""), f("file", ""), s("link", "file"), d("run"), d("var"), s("var/run", "/run"), s("out", "../../../../run"))
		layer(f("dir", "$word"), d("file"), f("file/y", ""), f("link", "$word"), f("var/run/here", "$word"), f("out/there", "$word"),
		      f("link", "$word-2"), h("hard", "/var/run/here"))
		oci()
	E
	unpacks
	[[ -f $root/dir && -f $root/file/y && -f $root/link && $(<"$root/link") == "$word-2" ]] || fail 'wanted: the new kinds'
	[[ -L $root/var/run && $(<"$root/run/here") == "$word" && $(<"$root/run/there") == "$word" && ! -e /run/here && ! -e /run/there ]] || fail 'wanted: below /run of the bundle'
	[[ $root/hard -ef $root/run/here ]] || fail 'wanted: the hard link'
}

@test "config.json has the image's process, with its user, and what every container has" {
	needs root jq
	image <<-E
		layer(f("etc/passwd", "root:x:0:0::/:/bin/sh\nme:x:$((RANDOM + 1000)):77::/:/bin/sh\n"), f("etc/group", "me:x:77:\nmore:x:4242:me\n"))
		config["config"].update(User="me", Entrypoint=["/bin/echo", "$word"], Cmd=["a", "b c"], Env=["A=$word"], WorkingDir="/srv/$word",
		                        Labels={"name": "$word", "org.opencontainers.image.os": "mine"}, StopSignal="SIGUSR1")
		oci()
	E
	unpacks
	[[ $(of_config .process.args) == "[\"/bin/echo\",\"$word\",\"a\",\"b c\"]" && $(of_config .process.cwd) == "/srv/$word" ]] || fail 'wanted: args, cwd'
	[[ $(of_config .process.env) == "[\"A=$word\",\"PATH="*'"]' ]] || fail 'wanted: env, and a PATH'
	[[ $(of_config '.process.user | [.uid, .gid, .additionalGids[]]') == "[$(awk -F: '/^me/ { print $3 }' "$root/etc/passwd"),77,4242]" ]] || fail 'wanted: the user'
	[[ $(of_config '.annotations | [.name, .["org.opencontainers.image.os"], .["org.opencontainers.image.stopSignal"]]') == "[\"$word\",\"mine\",\"SIGUSR1\"]" ]] || fail 'wanted: labels'
	[[ $(of_config '.hostname, .process.noNewPrivileges, .root.path') == $'null\ntrue\nrootfs' ]] || fail 'wanted: no host name'
	[[ $(of_config '[.linux.namespaces[].type]') == '["pid","network","ipc","uts","mount","cgroup"]' ]] || fail 'wanted: six namespaces'
	[[ $(of_config '.process.capabilities.bounding | length') == 11 && $(of_config '.process.capabilities | has("inheritable")') == false ]] || fail 'wanted: eleven capabilities'
	[[ $(of_config '.linux.maskedPaths | index("/proc/kcore") != null') == true && $(of_config '.linux.readonlyPaths | index("/proc/sys") != null') == true ]] || fail 'wanted: masks'
	[[ $(stat -c %a "$bundle") == 700 ]] || fail 'wanted: a bundle whose set-user-ID files are not for others'
}

@test "box's command line for engines, and another runtime, run the bundle" {
	needs root crun
	tar --format=posix -C "$ROOTFS" -cf "$BATS_TEST_TMPDIR/rootfs.tar" .
	image <<-E
		layer(raw=open("$BATS_TEST_TMPDIR/rootfs.tar", "rb").read())
		config["config"].update(Entrypoint=["/bin/sh", "-c", "echo $word; id -u"], User="box")
		oci()
	E
	unpacks
	box oci run --bundle "$bundle" "$word"
	says "$word"$'\n'1000
	capture crun --cgroup-manager=disabled --root "$BATS_TEST_TMPDIR/state" run --bundle "$bundle" "$word"
	[[ $status == 0 && $output == "$word"$'\n'1000 ]] || fail 'wanted: the word, from the user box'
}

@test "a tag chooses one of several images, and an index the one for this machine" {
	image <<-E
		layer(f("one", "$word-1")); oci("first")
		layer(f("two", "$word-2")); oci("second:$word")
	E
	refuses "$image:TAG" 'several' first "second:$word"
	box unpack "$image:second:$word" "$bundle"
	says ''
	[[ $(<"$root/two") == "$word-2" ]] || fail 'wanted: the second image'
	box unpack "$image:third" "$place/other"
	complains '"third"' first "second:$word"
	image <<-E
		change("index.json", lambda i: [m["annotations"].update({"io.containerd.image.name": f"docker.io/{n}:first",
		                                "org.opencontainers.image.ref.name": "first"}) for n, m in enumerate(i["manifests"])] and i)
	E
	box unpack "$image:first" "$place/other"
	complains several docker.io/0:first docker.io/1:first
	box unpack "$image:docker.io/1:first" "$place/other"
	says ''
	[[ $(<"$place/other/rootfs/two") == "$word-2" ]] || fail 'wanted: the image with that name'
	rm -r "$place/other"
	rm -r "$image" "$bundle"
	image <<-E
		layer(f("far", "")); far = blob(manifest(), MANIFEST, platform={"os": "linux", "architecture": "vax"}); layers.clear()
		layer(f("near", "")); near = blob(manifest(), MANIFEST, platform={"os": "linux", "architecture": machine}); layers.clear()
		layer(f("both", "")); oci("x")
		change("index.json", lambda i: i.update(manifests=[blob({"schemaVersion": 2, "manifests": [far, near]}, INDEX)]))
	E
	unpacks
	[[ -e $root/near ]] || fail "wanted: this machine's image"
	rm -r "$bundle"
	sed -i "s/\"$(jq -r .manifests[0].digest "$image/index.json")\"/X/" "$image/index.json"
	"$toolkit/tests/box/image" "$image.new" <<-E
		layer(f("far", "")); far = blob(manifest(), MANIFEST, platform={"os": "linux", "architecture": "vax"}); layers.clear()
		layer(f("near", "")); near = blob(manifest(), MANIFEST, platform={"os": "plan9", "architecture": machine}); layers.clear()
		layer(f("both", "")); oci("x")
		change("index.json", lambda i: i.update(manifests=[far, near]))
	E
	image=$image.new
	refuses linux/vax plan9/
}

@test "nothing replaces what is there, but an empty directory" {
	image <<-E
		layer(f("one", "$word")); oci()
	E
	mkdir "$bundle"
	unpacks
	[[ $(<"$root/one") == "$word" ]] || fail 'wanted: the word'
	unpack
	complains "$bundle" 'not an empty directory'
	bundle=$place/file
	echo "$word" >"$bundle"
	unpack
	complains "$bundle" 'not an empty directory'
	[[ $(<"$bundle") == "$word" && $(find "$place" -mindepth 1 -maxdepth 1 -name '.*') == '' ]] || fail 'wanted: all as it was'
	cd "$place"
	box unpack "../${image##*/}" relative/
	says ''
	[[ $(<relative/rootfs/one) == "$word" ]] || fail 'wanted: a bundle at a relative path'
	box unpack "$image" missing/bundle
	complains missing 'No such file'
}

@test "pull names the program that downloads images, and unpack one that is not there" {
	box pull "$word"
	complains "skopeo copy docker://$word oci:" 'box unpack'
	cp "$BOX" "$place/box"
	PATH=/nowhere capture "$place/box" unpack x y
	complains box-unpack 'not installed' libarchive
	box unpack
	complains usage
	capture "${BOX%/*}/box-unpack" --help
	[[ $status == 0 && $output == 'usage: box unpack '*'box help unpack'* ]] || fail 'wanted: how to call it'
	box unpack --nonsense x y
	complains --nonsense usage
	box unpack --help
	[[ $status == 0 && $output == *IMAGE*BUNDLE*--max-size*--max-entries* ]] || fail 'wanted: a help'
	box unpack "$place/$word" y
	complains "$place/$word" 'No such file'
}

# ---- An ordinary user --------------------------------------------------------------

@test "an ordinary user keeps owners in a user namespace, and is told what can't be kept" {
	needs newuidmap jq
	learner_setup
	image <<-E
		layer(f("mine", "$word", uid=12, gid=34), f("far", "", uid=100000, gid=5, mode=0o4755), n("null", "c", 1, 3), n("zero", "c", 1, 5))
		oci()
	E
	capture as_learner "$place/box" unpack "$image" "$bundle"
	[[ $status == 0 && $stderr == *'1 file kept as root'*'"far"'*$'\n'*'2 files not created'*'"null"'* ]] || fail 'wanted: two warnings'
	[[ $(stat -c '%u %g %a' "$root/mine" "$root/far") == $'200011 300033 644\n4321 300004 755' && ! -e $root/null ]] || fail 'wanted: owners of the map'
	[[ $(of_config '.linux.uidMappings[1]') == '{"containerID":1,"hostID":200000,"size":65536}' && $(of_config '.linux.namespaces[6].type') == user ]] ||
		fail 'wanted: the map in config.json'
	capture as_learner "$place/box" unpack "$image:nothing" "$place/home/other"
	complains nothing
	[[ $(ls -A "$place/home") == bundle ]] || fail 'wanted: nothing else'
}

@test "a failure of an ordinary user's unpack removes what belongs to other IDs, too" {
	needs newuidmap
	learner_setup
	image <<-E
		layer(d("deep", uid=12, gid=34, mode=0o700), f("deep/file", "", uid=56), f("x/../y", ""))
		oci()
	E
	capture as_learner "$place/box" unpack "$image" "$bundle"
	complains 'x/../y'
	[[ -z $(ls -A "$place/home") ]] || fail "left behind: $(ls -A "$place/home")"
}

# ---- Hostile images ----------------------------------------------------------------

# hostile SCRIPT WORD...: a layer with these members is refused
hostile() {
	attempt "layer(f('before', ''), $1); oci()" blobs/sha256/ "${@:2}"
}

@test "no member leaves the bundle" {
	echo "$word" >"$BATS_TEST_TMPDIR/outside"
	hostile 'f("../outside", "x")' '"../outside"'
	hostile 'f("a/../../outside", "x")' '"a/../../outside"'
	hostile 'd("..")' '".."'
	hostile 's("evil", "../.."), f("evil/outside", "x")' '"evil/outside"' 'symbolic link'
	hostile "s('evil', '$BATS_TEST_TMPDIR'), f('evil/outside', 'x')" '"evil/outside"' 'symbolic link'
	hostile 's("a", "."), s("a/b", ".."), f("a/b/outside", "x")' '"a/b"' 'symbolic link'
	hostile 'h("hard", "../../outside")' '"hard"' '"../../outside"'
	hostile "h('hard', '$BATS_TEST_TMPDIR/outside')" '"hard"' outside
	hostile 's("up", "../../.."), h("hard", "up/outside")' '"hard"'
	hostile 'f(".wh...", "")' '".wh..."'
	hostile 'f(".wh..", "")' '".wh.."'
	hostile 'f(".wh.", "")' '".wh."'
	hostile 'f("../.wh.outside", "")' '"../.wh.outside"'
	hostile 's("evil", ".."), f("evil/.wh.outside", "")' '"evil/.wh.outside"'
	hostile 's("evil", "../.."), f("evil/.wh..wh..opq", "")' '"evil/.wh..wh..opq"'
	hostile 'f(".", "x")' 'root'
	hostile 'h(".", "before")' 'root'
	refuse_all
	[[ $(<"$BATS_TEST_TMPDIR/outside") == "$word" ]] || fail 'wanted: the file outside as it was'
}

@test "links of a lower layer lead nowhere but into the bundle" {
	echo "$word" >"$BATS_TEST_TMPDIR/outside"
	mkdir "$BATS_TEST_TMPDIR/dir"
	echo "$word" >"$BATS_TEST_TMPDIR/dir/file"
	image <<-E
		layer(s("far", "$BATS_TEST_TMPDIR"), s("up", "../../../../../../../.."), s("proc", "/proc/self/root"), d("${BATS_TEST_TMPDIR:1}"))
		layer(f("far/outside", "x"), f("up/there", "x"), f("far/dir/.wh.file", ""), f("up/${BATS_TEST_TMPDIR:1}/dir/.wh..wh..opq", ""))
		oci()
	E
	unpacks
	[[ $(<"$BATS_TEST_TMPDIR/outside") == "$word" && $(<"$BATS_TEST_TMPDIR/dir/file") == "$word" ]] || fail 'wanted: the files outside as they were'
	[[ $(<"$root$BATS_TEST_TMPDIR/outside") == x && -f $root/there && ! -e /there ]] || fail 'wanted: the files in the bundle'
}

@test "a name can't be of any length, and a message contains no control characters" {
	hostile 'f("n" * 300, "")' 'File name too long'
	hostile 'f("d/" * 3000 + "x", "")' 'longer than'
	hostile 'f("../\x1b[31m\n$word", "")' '../?[31m?'
	hostile 'f("file", ""), f("file/below", "")' '"file/below"' 'Not a directory'
	hostile 'h("hard", "missing")' '"hard"' missing
	hostile 'd("dir"), h("hard", "dir")' '"hard"'
	refuse_all
}

@test "a bomb does not go off" {
	options=(--max-size 64m)
	image <<-E
		layer(raw=bytes(65 << 20)); oci()
	E
	refuses --max-size 67108864
	rm -r "$image"
	image <<-E
		layer(f("zeros", bytes(40 << 20))); layer(f("more", bytes(40 << 20)), pack="zstd"); oci()
	E
	refuses --max-size blobs/sha256/
	rm -r "$image"
	(cd "$BATS_TEST_TMPDIR" && truncate -s 4T sparse && tar --sparse -cf sparse.tar sparse)
	image <<-E
		layer(raw=open("$BATS_TEST_TMPDIR/sparse.tar", "rb").read()); oci()
	E
	refuses --max-size '"sparse"'
	rm -r "$image"
	options=(--max-entries 100)
	image <<-E
		layer(*[f(str(i), "") for i in range(60)]); layer(*[f(str(i), "") for i in range(60)]); oci()
	E
	refuses --max-entries 100
}

@test "a million members are the most" {
	image <<-E
		one = pack_tar([f(".wh..wh.note", "")])[:512]	# which asks nothing of the file system
		layer(raw=one * 1000001 + bytes(1024), pack="zstd"); oci()
	E
	refuses --max-entries 1000000
}

@test "a truncated archive is refused" {
	image <<-E
		layer(f("file", "$word" * 100000), pack=None); layer(f("next", "$word" * 1000)); oci("x")
	E
	local blob size
	for blob in "$image"/blobs/sha256/*; do
		size=$(stat -c %s "$blob")
		cp "$blob" "$BATS_TEST_TMPDIR/kept"
		truncate -s $((size / 2)) "$blob"
		refuses "${blob##*/}" "the image says $size"
		cp "$BATS_TEST_TMPDIR/kept" "$blob"
		rm "$blob"
		refuses "${blob##*/}" 'No such file'
		cp "$BATS_TEST_TMPDIR/kept" "$blob"
	done
	unpacks
	rm -r "$bundle" "$image"
	for raw in 'pack_tar([f("file", bytes(9000))])[:4000]' 'b"no tar" * 1000'; do
		image <<<"layer(raw=$raw); oci()"
		refuses blobs/sha256/
		rm -r "$image"
	done
	image <<<'layer(f("x", "")); data, media, diff = layers.pop(); layers.append((data[:40], media, diff)); oci()'
	refuses truncated
}

@test "a byte that has changed anywhere is noticed by its digest" {
	image <<-E
		layer(f("file", "$word" * 1000), pack=None); layer(f("next", "$word" * 1000)); layer(f("last", "$word"), pack="zstd"); oci("x")
	E
	local blob
	for blob in "$image"/blobs/sha256/*; do
		cp "$blob" "$BATS_TEST_TMPDIR/kept"
		python3 -c 'import random, sys; f = open(sys.argv[1], "r+b"); d = f.read(); i = random.randrange(len(d)); f.seek(i); f.write(bytes([d[i] ^ 1]))' "$blob"
		refuses "${blob##*/}" digest "sha256:${blob##*/}"
		cp "$BATS_TEST_TMPDIR/kept" "$blob"
	done
	rm -r "$image"
	image <<<"layer(f('x', '$word')); layers[0] = (*layers[0][:2], digest(b'other')); oci()"
	refuses 'digest of its contents'
}

# damage FILE EXPRESSION WORD...: I is the content of FILE
damage() {
	attempt "layer(f('x', '')); oci(); change('$1', lambda I: $2)" "${@:3}"
}

# in_manifest EXPRESSION WORD...: M is the manifest
in_manifest() {
	attempt "layer(f('x', '')); M = manifest(); $1; oci(); change('index.json', lambda I: I.update(manifests=[blob(M, MANIFEST)]))" "${@:2}"
}

# in_config EXPRESSION WORD...: C is the part of the config that says what to run
in_config() {
	attempt "layer(f('x', '')); C = config['config']; $1; oci()" "${@:2}"
}

@test "wrong media types and wrong types of JSON are refused by name" {
	damage oci-layout '[]' oci-layout imageLayoutVersion
	damage oci-layout 'I.update(imageLayoutVersion="2.0.0")' '"2.0.0"'
	damage oci-layout 'I.update(imageLayoutVersion=1)' imageLayoutVersion 'a string'
	damage index.json '"text"' index.json
	damage index.json 'I.update(manifests={})' manifests 'an array'
	damage index.json 'I.update(manifests=[])' 'no manifest'
	damage index.json 'I.update(manifests=[1])' index.json mediaType
	damage index.json 'I["manifests"][0].update(mediaType="text/plain")' text/plain
	damage index.json 'I["manifests"][0].update(mediaType=CONFIG)' 'media type'
	damage index.json 'I["manifests"][0].update(size=1.5)' '"size"' 'an integer'
	damage index.json 'I["manifests"][0].update(size=-1)' '"size"' positive
	damage index.json 'I["manifests"][0].update(digest="sha256:../../../etc/passwd")' 'sha256:../../../etc/passwd'
	damage index.json 'I["manifests"][0].update(digest="md5:" + "0" * 64)' md5:0
	damage index.json 'I["manifests"][0].update(digest=None)' '"digest" is missing'
	in_manifest 'M.update(layers="x")' '"layers"' 'an array'
	in_manifest 'M.update(layers=["x"])' 'an object'
	in_manifest 'M.update(config=[])' '"config"' 'an object'
	in_manifest 'M.update(schemaVersion=1)' schemaVersion
	in_manifest 'M["layers"][0].update(mediaType=MANIFEST)' 'does not belong'
	in_manifest 'M["config"].update(mediaType="application/vnd.helm")' helm
	in_manifest 'M.update(mediaType=INDEX)' 'is not what'
	in_manifest 'M.update(manifests=[])' 'is not what'
	in_manifest 'M.update(layers=M["layers"] * 501)' 500
	in_manifest 'M.update(layers=M["layers"] * 2)' '1 digests' '2 layers'
	in_config 'config["config"] = []' '"config"' 'an object'
	in_config 'C["Env"] = [1]' '"Env"' strings
	in_config 'C["Cmd"] = "x"' '"Cmd"' 'an array'
	in_config "C['User'] = 'nobody-$word'" '"User"' "nobody-$word"
	in_config 'C["Labels"] = {"a": 1}' label '"a"'
	in_config 'C["WorkingDir"] = "x"' WorkingDir
	in_config 'config["os"] = "plan9"' plan9
	refuse_all
}

@test "files of a layout that are no JSON, too large, or no files, are refused" {
	image <<<'layer(f("x", "")); oci()'
	echo '{' >"$image/index.json"
	refuses index.json 'line 2'
	head -c 5000000 /dev/zero | tr '\0' ' ' >"$image/index.json"
	refuses index.json larger
	rm "$image/index.json"
	mkfifo "$image/index.json"
	refuses index.json 'regular file'
	rm "$image/index.json"
	ln -s /etc/passwd "$image/index.json"
	refuses index.json
	rm "$image/oci-layout"
	refuses "$image" neither
}

@test "nothing that random changes make of an image crashes box, or leaves anything" {
	local rounds=${ROUNDS:-100}
	tar --format=posix -C "$ROOTFS" -cf "$BATS_TEST_TMPDIR/etc.tar" etc home
	image <<-E
		layer(raw=open("$BATS_TEST_TMPDIR/etc.tar", "rb").read(), pack=None); oci()
	E
	run timeout $((rounds * 2 * TEST_SLOWNESS)) python3 - "$image" "$BOX" "$bundle" "$rounds" <<-'E'
		import hashlib, json, os, random, shutil, subprocess, sys
		image, box, bundle, rounds = *sys.argv[1:4], int(sys.argv[4])
		index = open(image + "/index.json", "rb").read()
		def blob(data):
		    name = hashlib.sha256(data).hexdigest()
		    open(f"{image}/blobs/sha256/{name}", "wb").write(data)
		    return "sha256:" + name
		def load(name):
		    return json.load(open(f"{image}/blobs/sha256/{name[7:]}"))
		def flip(data):
		    data = bytearray(data)
		    for _ in range(random.choice((1, 2, 10))):
		        data[random.randrange(len(data))] = random.choice((0, 0x2e, 0x2f, 0x31, 0x7b, 0xff, random.randrange(256)))
		    return bytes(data)
		manifest = load(json.loads(index)["manifests"][0]["digest"])
		config = load(manifest["config"]["digest"])
		tar = open(f"{image}/blobs/sha256/{manifest['layers'][0]['digest'][7:]}", "rb").read()
		for i in range(rounds):
		    new = index
		    if i % 2:
		        data = bytearray(tar)
		        at = random.choice([j for j in range(0, len(data), 512) if data[j + 257:j + 262] == b"ustar"])
		        data[at:at + 512] = flip(data[at:at + 512])
		        if random.random() < 0.8:      # with a valid checksum
		            data[at + 148:at + 156] = b" " * 8
		            data[at + 148:at + 156] = b"%06o\0 " % sum(data[at:at + 512])
		        name = blob(bytes(data))
		        c = json.dumps({**config, "rootfs": {"type": "layers", "diff_ids": [name]}}).encode()
		        m = json.dumps({**manifest, "config": {**manifest["config"], "digest": blob(c), "size": len(c)},
		                        "layers": [{**manifest["layers"][0], "digest": name}]}).encode()
		        entry = json.loads(index)
		        entry["manifests"][0].update(digest=blob(m), size=len(m))
		        new = json.dumps(entry).encode()
		    else:
		        new = flip(index)
		    open(image + "/index.json", "wb").write(new)
		    done = subprocess.run([box, "unpack", image, bundle], capture_output=True)
		    text = done.stderr.decode(errors="replace")
		    if done.returncode == 0:
		        shutil.rmtree(bundle)
		    elif done.returncode != 125 or text.count("\n") != 1 or "killed" in text:
		        sys.exit(f"round {i}: status {done.returncode}: {text}")
		    if os.listdir(os.path.dirname(bundle)):
		        sys.exit(f"round {i}: left behind: {text}")
		    for name in os.listdir(image + "/blobs/sha256") if i % 50 == 49 else []:
		        if name not in str(manifest) + index.decode():
		            os.unlink(f"{image}/blobs/sha256/{name}")
	E
	[[ $status == 0 && -z $output ]] || fail 'wanted: no crash'
}

@test "a full disk and closed descriptors leave nothing half done" {
	image <<-E
		layer(f("first", "$word"), f("large", bytes(3 << 20)))
		oci()
	E
	mount -t tmpfs -o size=1m full "$place"
	unpack
	complains '"large"' 'No space left on device'
	[[ -z $(ls -A "$place") ]] || fail 'wanted: nothing left'
	umount "$place"
	tar -C "$image" -cf "$image.tar" .
	"$BOX" unpack "$image.tar" "$bundle" <&- >&- 2>&-
	[[ $(<"$root/first") == "$word" && -s $bundle/config.json ]] || fail 'wanted: a bundle'
}

@test "a directory that can't be read to its end keeps nothing that a whiteout hides" {
	needs strace
	image <<<"layer(f('d/one'), f('d/two')); layer(f('.wh.d')); oci()"
	capture strace -f -qq -o /dev/null -e inject=getdents64:error=EIO "$BOX" unpack "$image" "$bundle"
	complains 'Input/output error'
}

@test "a caller that ignores the ends of its children unpacks an image, too" {
	image <<<"layer(f('first', '$word')); oci()"
	capture env --ignore-signal=CHLD "$BOX" unpack "$image" "$bundle"
	[[ $status == 0 && $(<"$root/first") == "$word" ]] || fail 'wanted: a bundle'
}

# ---- Walls -------------------------------------------------------------------------

# An image that takes longer than we look at it. (A FIFO can't be a layer.)
endless_image() {
	image <<<'layer(*[f(f"file{i}", "") for i in range(10)]); endless(); oci()'
}

@test "the process that reads the image has a root, a network and rights of its own, and few system calls" {
	needs root
	endless_image
	start_unpack
	inner() { child=$(<"/proc/$program/task/$program/children") && child=${child% } && grep -q '^Seccomp:.2' "/proc/$child/status"; }
	wait_for inner
	kill -STOP "$child"
	run cat "/proc/$child/status"
	[[ $output == *'NoNewPrivs:'?'1'* && $output == *CapEff:?000000008800001b* && $output == *CapPrm:?000000008800001b* && $output == *CapBnd:?0000000000000000* ]] ||
		fail 'wanted: six capabilities at most, for good'
	for kind in mnt net ipc uts cgroup; do
		[[ ! /proc/$child/ns/$kind -ef /proc/self/ns/$kind ]] || fail "wanted: another $kind namespace"
	done
	[[ /proc/$child/root -ef $place/.${bundle##*/}.box-unpack/rootfs ]] || fail 'wanted: rootfs as its root'
	[[ $(<"/proc/$child/net/dev") != *eth* ]] || fail 'wanted: no network'
	run ls -l "/proc/$child/fd"
	[[ $(grep -c -- '->' <<<"$output") -le 7 ]] || fail 'wanted: few descriptors'
	[[ $(awk '/core file size/ { print $5 }' "/proc/$child/limits") == 0 ]] || fail 'wanted: no core'
	run awk '$5 == "/" { print $6 }' "/proc/$child/mountinfo"
	[[ $output == *nosuid* && $output == *nodev* && $output == *noexec* && ${#lines[@]} == 1 ]] || fail 'wanted: one mount'
	kill -CONT "$child"
	kill "$program"
	finish
	complains 'ended by a signal'
}

# Sets $program to an unpack that has begun to write.
start_unpack() {
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	env --default-signal=HUP,INT "$BOX" unpack "$image" "$bundle" >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for test -e "$place/.${bundle##*/}.box-unpack/rootfs/file9"
}

@test "a signal ends unpack, and nothing is left; what SIGKILL leaves, the next one removes" {
	endless_image
	local signal
	for signal in TERM INT HUP; do
		start_unpack
		kill -s "$signal" "$program"
		finish
		complains 'ended by a signal'
		[[ -z $(ls -A "$place") ]] || fail 'wanted: nothing left'
	done
	start_unpack
	unpack
	complains 'another box unpack'
	kill -KILL "$program"
	wait "$program" || :
	[[ -d $place/.${bundle##*/}.box-unpack && ! -e $bundle ]] || fail 'wanted: what SIGKILL leaves'
	inside_is_gone() { ! pgrep -f "^box-unpack $image" >/dev/null; }
	wait_for inside_is_gone
	rm -r "$image"
	image <<<"layer(f('one', '$word')); oci()"
	unpacks
	[[ $(ls -A "$place") == "${bundle##*/}" && $(ls -A "$root") == one ]] || fail 'wanted: the bundle, and nothing else'
}

@test "the process that reads the image ends with box unpack, though that is killed at once" {
	needs strace
	[[ $BOX != *-sanitized ]] || skip "needs a box without a sanitizer's own calls"
	image <<<"layer(f('one', '$word')); oci()"
	kill_before_its_child_asks unpack "$image" "$bundle"
	[[ -z $(ls -A "$place/.${bundle##*/}.box-unpack/rootfs") ]] || fail 'wanted: no file'
}

@test "a terminal sees a bar, and a pipe nothing" {
	image <<<'layer(f("one", "")); oci()'
	run script -qec "$BOX unpack $image $bundle" /dev/null
	[[ $status == 0 && $output == *$'\r['*'%'*'MB'*$'\r\e[K'* ]] || fail 'wanted: a bar that is erased'
	rm -r "$bundle"
	unpacks
}
