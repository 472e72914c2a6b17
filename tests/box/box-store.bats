#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2010,SC2016,SC2030,SC2031,SC2143,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box's directory, and what belongs to a name there: whose are directories, records, cgroups? Nothing of anybody else's is
# touched, wherever BOX_ROOT is; and nobody else on the host has any part in what box keeps.

load ../helpers
load box

setup_file() {
	box_setup_file
}

# On a file system that can carry an overlay: what a container writes lies in there then.
setup() {
	BOX_ROOT=$(mktemp -d /dev/shm/box-store.XXXX)
	chmod 711 "$BOX_ROOT"
	export BOX_ROOT
	open_ledger
}

teardown() {
	local root
	for root in "$BOX_ROOT"*; do
		BOX_ROOT=$root soon "$BOX" ps | awk 'NR > 1 { print $1 }' | BOX_ROOT=$root soon xargs -r "$BOX" rm --force || :
		rm -rf "$root"
	done
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		check_ledger
	else
		clear_away
	fi
}

box() { capture "$BOX" "$@"; }

# soon COMMAND...: end it if it waits for somebody who opens the other end of a pipe.
soon() { timeout $((20 * TEST_SLOWNESS)) "$@"; }

# detach NAME COMMAND...: in BOX_ROOT
detach() {
	box run -d --name "$1" --network none "${OPTIONS[@]}" "$ROOTFS" "${@:2}"
	says "$1"
}
OPTIONS=()

field() { "$BOX" inspect "$1" | sed -nE "s/^ *\"$2\": \"?([^\",]*)\"?,?\$/\1/p"; }
has_ended() { [[ $(field "$1" status) == stopped ]]; }
runs() { [[ -e /proc/$1/stat && $(<"/proc/$1/comm") == sleep ]]; }

# Everything of it that a change would change: contents, owners, modes, and when each was last touched.
state_of() {
	find "$1" -printf '%P %y %m %U %G %n %s %T@ %C@ %l\n' | sort
	find "$1" -type f -exec sha256sum {} + | sort
}

# Each command of box's, on each of these names: it says what it likes.
all_commands() (
	set +e
	for command in ps 'ps --format json' stats; do
		# shellcheck disable=SC2086 # words
		"$BOX" $command
	done
	for name; do
		for command in inspect logs stats stop kill rm 'rm --force'; do
			# shellcheck disable=SC2086 # words
			"$BOX" $command "$name"
		done
		"$BOX" exec "$name" true
		"$BOX" run --network none --name "$name" "$ROOTFS" true
		"$BOX" run --detach --network none --name "$name" "$ROOTFS" true
	done
	"$BOX" run --network none "$ROOTFS" true
	"$BOX" run --network none "$ROOTFS" touch /made
	:
) >/dev/null 2>&1

# ---- Whose a directory is --------------------------------------------------------

@test "the directories of other people in BOX_ROOT are left as they are, whatever is in them" {
	local ours=$BATS_TEST_TMPDIR/ours name before
	local record='{ "ociVersion": "1.0.2", "id": "forged", "status": "running", "pid": 1, "created": 1, "box": { "born": 1 } }'
	"$BOX" run --network none "$ROOTFS" true
	cp -a "$BOX_ROOT/.spare" "$ours" # has a marker, to be forged
	rm -r "$BOX_ROOT/.spare"
	mkdir -p "$BOX_ROOT"/{alice/upper,empty,abcdefabcdef,.spare/{upper,work,old},.new.1,runc,link,hard,pipe,foreign,record,open,text}
	echo mine | tee "$BOX_ROOT"/{alice/t,alice/upper/t,abcdefabcdef/t,.spare/old/t,.new.1/t,file} >/dev/null
	ln -s /etc "$BOX_ROOT/away"
	echo '{ "id": "x", "init_process_pid": 1 }' >"$BOX_ROOT/runc/state.json"
	echo "$record" | tee "$BOX_ROOT"/{record,link,hard,pipe,foreign,open,text}/state.json >/dev/null
	cp "$ours/.box" "$BOX_ROOT/linked" # of which there is one link, in contrast to the next
	ln -s ../linked "$BOX_ROOT/link/.box"
	mv "$ours" "$BOX_ROOT/.ours" && ours=$BOX_ROOT/.ours
	ln "$ours/.box" "$BOX_ROOT/hard/.box"
	mkfifo "$BOX_ROOT/pipe/.box"
	cp "$ours/.box" "$BOX_ROOT/foreign/.box"
	chown 4711 "$BOX_ROOT/foreign/.box"
	tr b B <"$ours/.box" >"$BOX_ROOT/text/.box"
	cp "$ours/.box" "$BOX_ROOT/open/.box"
	chmod 777 "$BOX_ROOT/open"
	for name in "$BOX_ROOT"/{,.}[a-z]*; do
		[[ -d $name && ! -L $name ]] || continue
		exec {lock}<"$name"
		flock --shared "$lock" # and nobody waits for it
	done
	before=$(state_of "$BOX_ROOT" | grep -v '^ d\|^\.root\b')
	capture soon "$BOX" ps
	[[ $status == 0 && ${#lines[@]} == 1 ]] || fail 'wanted: a head, and no row'
	for name in runc record link hard pipe foreign open text; do
		[[ $stderr == *"$BOX_ROOT/$name "* ]] || fail "wanted: a word about $name"
	done
	all_commands alice empty abcdefabcdef .spare .new.1 runc link hard pipe foreign record open text file away ../alice . ''
	diff <(echo "$before") <(state_of "$BOX_ROOT" | grep -v '^ d\|^\.root\b') || fail 'wanted: all of it as it was'
	box run --network none --name alice "$ROOTFS" true
	complains "$BOX_ROOT/alice"
	box rm --force alice
	complains "$BOX_ROOT/alice"
}

@test "a tree deeper than box may have descriptors is removed" {
	local deep
	deep=$(printf 'd/%.0s' {1..1100})
	detach deep sh -c 'mkdir -p "/$0" && touch "/$0/file" && mkdir -m 0 "/$0/closed" && mkdir "/$0/d" && touch "/$0/d/file"' "$deep"
	wait_for has_ended deep
	[[ -e $BOX_ROOT/deep/upper/$deep/d/file ]] || fail 'wanted: a deep tree'
	capture sh -c 'ulimit -n 1024; exec "$0" rm deep' "$BOX"
	says ''
	[[ $stderr == '' && ! -e $BOX_ROOT/deep ]] || fail 'wanted: nothing of it'
}

@test "a directory on its way is swept if it has a marker, and left if it has none" {
	"$BOX" run --network none "$ROOTFS" true
	mv "$BOX_ROOT/.spare" "$BOX_ROOT/.new.1a2b"
	mkdir "$BOX_ROOT/.new.3c4d"
	"$BOX" ps
	[[ ! -e $BOX_ROOT/.new.1a2b && -d $BOX_ROOT/.new.3c4d ]] || fail 'wanted: its own gone, and no other'
}

@test "a BOX_ROOT of another user's, or where others may write, is refused, and not touched" {
	local mode before
	mkdir -p "$BOX_ROOT/alice"
	echo mine >"$BOX_ROOT/alice/t"
	for mode in '1777 0' '775 0' '757 0' '755 4711'; do
		chmod "${mode% *}" "$BOX_ROOT"
		chown "${mode#* }" "$BOX_ROOT"
		before=$(state_of "$BOX_ROOT")
		box ps
		complains BOX_ROOT "$BOX_ROOT"
		box oci --root "$BOX_ROOT" list
		[[ $status == 1 && $stderr == box:*"$BOX_ROOT"*' --root '* && $stderr != *$'\n'* ]] || fail 'wanted: one line that names the option'
		box run --network none "$ROOTFS" true
		complains BOX_ROOT "$BOX_ROOT"
		all_commands alice
		[[ $(state_of "$BOX_ROOT") == "$before" ]] || fail "wanted: $BOX_ROOT as it was, with mode and owner $mode"
	done
	chown 0 "$BOX_ROOT"
	chmod 755 "$BOX_ROOT"
	box run --network none "$ROOTFS" true
	says ''
}

# ---- Records ---------------------------------------------------------------------

@test "a record that is too large for a file is an error that says so, and nothing is left" {
	capture sh -c 'ulimit -f 1; exec "$@"' sh "$BOX" run --network none --env "TEXT=$(printf '%4096s' x)" "$ROOTFS" true
	complains "container's record" 'File too large'
	[[ $(ls "$BOX_ROOT") == '' ]] || fail 'wanted: nothing'
}

@test "a record that can't be read is kept, with all that its container wrote, and named in a line" {
	local text
	detach it sh -c 'echo kept >/srv/kept'
	wait_for has_ended it
	for text in '' '{ "id": "it"' '[]' '{}'; do
		echo "$text" >"$BOX_ROOT/it/state.json"
		box ps
		[[ $status == 0 && ${#lines[@]} == 1 && $stderr == box:*"$BOX_ROOT/it/state.json"* && $stderr != *$'\n'* ]] || fail 'wanted: one line that names it'
		box inspect it
		complains "$BOX_ROOT/it/state.json" 'rm --force'
		box rm it
		complains "$BOX_ROOT/it/state.json" 'rm --force'
		"$BOX" run --network none "$ROOTFS" true
		[[ $(<"$BOX_ROOT/it/upper/srv/kept") == kept && $(<"$BOX_ROOT/it/state.json") == "$text" ]] || fail 'wanted: all of it'
	done
	mkfifo "$BOX_ROOT/pipe"
	mv "$BOX_ROOT/pipe" "$BOX_ROOT/it/state.json"
	capture soon "$BOX" ps
	[[ $status == 0 && $stderr == *"$BOX_ROOT/it/state.json"* ]] || fail 'wanted: a line about it'
	box rm --force it
	says ''
	[[ ! -e $BOX_ROOT/it ]] || fail 'wanted: nothing left'
}

@test "rm --force of a running container whose record can't be read says what to do" {
	local keeper
	detach it sleep 1000
	keeper=$(fuser "$BOX_ROOT/it" 2>/dev/null)
	echo junk >"$BOX_ROOT/it/state.json"
	capture soon "$BOX" rm --force it
	complains "$BOX_ROOT/it" fuser
	kill -KILL "$keeper"
	wait_for "$BOX" rm --force it
	[[ ! -e $BOX_ROOT/it ]] || fail 'wanted: nothing left'
}

@test "a container that fills the disk leaves its record, its log and its files" {
	local root=$BOX_ROOT
	mkdir "$BOX_ROOT/small"
	mount -t tmpfs -o size=1m,nr_inodes=100,mode=711 none "$BOX_ROOT/small"
	BOX_ROOT=$BOX_ROOT/small
	detach full sh -c 'echo said; echo kept >/kept
		dd if=/dev/zero of=/space bs=4k 2>/dev/null
		for i in $(seq 100); do touch /inode.$i || break; done 2>/dev/null
		exit 3'
	wait_for has_ended full
	[[ $(field full exit) == 3 && $("$BOX" logs full) == said && $(<"$BOX_ROOT/full/upper/kept") == kept ]] || fail 'wanted: what it left'
	capture "$BOX" ps
	[[ $output == *full*'exited (3)'* && $stderr == '' ]] || fail 'wanted: a row'
	box run -d --network none "$ROOTFS" true
	complains 'No space left'
	box rm full
	says ''
	wait_for eval '! fuser --silent --mount "$BOX_ROOT"' # at its end, box gives back the lock before it closes the log
	umount "$BOX_ROOT"
	BOX_ROOT=$root
}

@test "a copy of a container's directory, here or elsewhere, does not speak for the container" {
	local pid
	detach it sleep 1000
	pid=$(field it pid)
	cp -a "$BOX_ROOT" "$BOX_ROOT.backup"
	cp -a "$BOX_ROOT/it" "$BOX_ROOT/it.backup"
	BOX_ROOT=$BOX_ROOT.backup box ps
	[[ $status == 0 && $output == *'it '*exited* && $output != *running* ]] || fail 'wanted: nobody who runs there'
	BOX_ROOT=$BOX_ROOT.backup box kill it
	complains it
	BOX_ROOT=$BOX_ROOT.backup box rm --force it
	says ''
	"$BOX" rm --force it.backup
	runs "$pid" || fail 'wanted: it runs on'
	box ps
	[[ $output == *'it '*running* ]] || fail 'wanted: it runs on'
}

# ---- Who may look ----------------------------------------------------------------

@test "another user of the host reads, runs and writes nothing of a container's" {
	local secret options
	secret=$(random_name secret)
	"$BOX" run --network none "$ROOTFS" true # so that there is a spare one, too
	for options in '' --init -t; do
		# shellcheck disable=SC2206 # one argument or none
		OPTIONS=(-e "SECRET=$secret" $options)
		detach it sh -c 'cp /bin/busybox /srv/id; chmod 4755 /srv/id; chmod 777 /srv; echo "$SECRET"; echo ready >/srv/ready; exec sleep 1000'
		wait_for test -e "$BOX_ROOT/it/upper/srv/ready"
		closed_to_others "$BOX_ROOT"
		[[ $(stat -c %a "$BOX_ROOT/it" "$BOX_ROOT"/it/{state.json,log,spare}) == $'700\n600\n600\n700' ]] ||
			fail "wanted: 700 and 600, not $(stat -c '%a %n' "$BOX_ROOT/it" "$BOX_ROOT"/it/*)"
		[[ -u $BOX_ROOT/it/upper/srv/id ]] || fail 'wanted: a set-user-ID program to try'
		"$BOX" kill it
		wait_for has_ended it
		closed_to_others "$BOX_ROOT"
		"$BOX" rm it
	done
	rm -r "$BOX_ROOT"
	(umask 0 && "$BOX" run --network none "$ROOTFS" true)
	[[ $(stat -c %a "$BOX_ROOT" "$BOX_ROOT/.spare") == $'711\n700' ]] || fail 'wanted: 711 and 700'
}

@test "what is told of a container's variables is not to be read in the processes of box" {
	local secret
	secret=$(random_name secret)
	OPTIONS=(-e "SECRET=$secret" --init)
	detach it sleep 1000
	[[ $("$BOX" exec it sh -c 'echo "$SECRET"') == "$secret" ]] || fail 'wanted: the variable in there'
	! grep -qsFf <(echo "$secret") /proc/[0-9]*/cmdline || fail 'wanted: nothing of it'
	"$BOX" rm --force it
}

# ---- Cgroups ---------------------------------------------------------------------

cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }

@test "two BOX_ROOTs, one name: each has its own cgroup, and neither ends the other's" {
	local first second other=$BOX_ROOT.other
	detach same sleep 1000
	first=$(field same pid)
	BOX_ROOT=$other "$BOX" run --network none --name same "$ROOTFS" true
	runs "$first" || fail 'wanted: the first runs on when the second has ended'
	BOX_ROOT=$other detach same sleep 1000
	second=$(BOX_ROOT=$other field same pid)
	[[ -z $CGROUP_ROOT || $(cgroup_of "$first") != "$(cgroup_of "$second")" ]] || fail "wanted: two cgroups, not $(cgroup_of "$first")"
	kill -KILL "$(awk '{ print $4 }' "/proc/$second/stat")" # its box: somebody else clears away
	wait_for eval '! runs '"$second"
	wait_for eval '[[ $(BOX_ROOT='"$other"' "$BOX" ps) != *same* ]]'
	runs "$first" || fail 'wanted: the first runs on when the second was swept'
	BOX_ROOT=$other detach same sleep 1000
	second=$(BOX_ROOT=$other field same pid)
	"$BOX" rm --force same
	runs "$second" || fail 'wanted: the second runs on when the first was removed'
}

@test "a cgroup that exists already is an error that names it, and its processes live" {
	local cgroup sleeper box=$CGROUP_ROOT/box
	[[ -n $CGROUP_ROOT && -w $CGROUP_ROOT ]] || skip 'needs a cgroup2 hierarchy'
	"$BOX" run --network none "$ROOTFS" true
	cgroup=$box/taken.$(stat -c %D "$BOX_ROOT/.spare").$(printf %x "$(stat -c %i "$BOX_ROOT/.spare")")
	mkdir "$cgroup"
	sleep 1000 3>&- &
	sleeper=$!
	wait_for runs "$sleeper" # until its exec, it has the name of the shell
	echo "$sleeper" >"$cgroup/cgroup.procs"
	box run --network none --name taken "$ROOTFS" true
	complains "$cgroup" rmdir
	"$BOX" ps
	runs "$sleeper" && [[ -d $cgroup ]] || fail 'wanted: a cgroup as it was'
	kill "$sleeper"
	wait "$sleeper" || :
	wait_for rmdir "$cgroup"
	! compgen -G "$BOX_ROOT/*" >/dev/null || fail 'wanted: nothing left'
}

@test "the cgroups that a container has created in its own end with it, and so do the processes in them" {
	local marker cgroup box=$CGROUP_ROOT/box
	[[ -n $CGROUP_ROOT && -w $CGROUP_ROOT ]] || skip 'needs a cgroup2 hierarchy'
	marker=$((RANDOM + 100000))
	box run --network none --privileged --without pid --name nested "$ROOTFS" sh -c '
		mkdir -p /sys/fs/cgroup/one/two/three /sys/fs/cgroup/one/.hidden /sys/fs/cgroup/four && cd /sys/fs/cgroup/one/.hidden || exit
		sh -c "echo 0 >cgroup.procs && exec sleep $0" >/dev/null 2>&1 &
		until grep -q "[0-9]" cgroup.procs; do :; done
		cat /proc/self/cgroup' "$marker"
	[[ $status == 0 && $stderr == '' ]] || fail 'wanted: cgroups in its cgroup'
	cgroup=$(compgen -G "$box/nested.*") && fail "wanted: no $cgroup"
	! pgrep -f "sleep $marker" || fail 'wanted: no process of it'
}
