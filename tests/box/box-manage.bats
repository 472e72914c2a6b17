#!/usr/bin/env bats
# shellcheck shell=bats disable=SC2016,SC2030,SC2031,SC2154 # quoted so for the container's shell; set by helpers.bash
#
# box: the commands that docker's users know, in docker's spelling: kill --signal, wait, ps with filters, pause, rename, top, cp,
# update. (box-life.bats has the others.)

load ../helpers
load box

# detach runs box then, in the way of a step.
# shellcheck disable=SC2034
STEP_BIN=$BOX STEP_OPTIONS=(run --network none)
export BOX_ROOT=/run/box-manage # in memory, and the chamber's own

teardown() { end_life; }

# ---- kill and wait ---------------------------------------------------------------

@test "kill --signal sends one signal to several; real-time signals have names" {
	local name
	for name in one two; do
		detach --name="$name" sh -c 'trap "exit 37" 37; trap "exit 63" 63; echo ready; while :; do sleep 1000 & wait $!; done'
		wait_for log_says ready
	done
	box kill -s SIGRTMIN+3 one two
	says ''
	wait_for ended one
	wait_for ended two
	ended_with one 37
	ended_with two 37
	remove one two
	detach --name=one sh -c 'trap "exit 63" 63; echo ready; while :; do sleep 1000 & wait $!; done'
	wait_for log_says ready
	box kill one RTMAX-1
	says ''
	wait_for ended one
	ended_with one 63
	remove one
}

@test "kill sends nothing unless all run, and the signal is one" {
	local word
	detach --name=alive sleep 1000
	detach --name=over true
	wait_for ended over
	box kill alive over
	complains over 'not running' 'box ps'
	box kill alive nosuch alive
	complains nosuch
	for word in RTMIN-1 RTMIN+31 RTMAX+1 RTMIN+ NONE 0 65; do
		box kill --signal "$word" alive
		complains --signal "$word"
	done
	[[ $(of alive status) == running ]] || fail 'wanted: it runs on'
	box kill alive alive
	says ''
	ended_with alive 137
	remove alive over
}

@test "wait prints the status of each when it has ended" {
	local code
	code=$(random_status)
	mkfifo "$BATS_TEST_TMPDIR/go"
	detach --name=slow --volume="$BATS_TEST_TMPDIR:/go" sh -c "read -r _ </go/go; exit $code"
	detach --name=over sh -c 'exit 3'
	"$BOX" wait slow over >"$BATS_TEST_TMPDIR/waited" 3>&- &
	program=$!
	wait_for waits_for_the_end
	[[ ! -s $BATS_TEST_TMPDIR/waited ]] || fail 'wanted: nothing yet'
	echo >"$BATS_TEST_TMPDIR/go"
	wait "$program" || fail 'wanted: status 0'
	[[ $(<"$BATS_TEST_TMPDIR/waited") == "$code"$'\n'3 ]] || fail "wanted: $code and 3; it says $(<"$BATS_TEST_TMPDIR/waited")"
	box wait over slow
	says 3$'\n'"$code"
	remove slow over
}

# The lock on a container's directory is what it waits for.
waits_for_the_end() { grep -q -- "-> FLOCK .*:$(stat -c %i "$BOX_ROOT/slow") " /proc/locks; }

@test "wait: a container without a record has no status to print" {
	detach --name=passing --rm sleep 1000
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	"$BOX" wait passing >"$out" 2>"$err" 3>&- &
	program=$!
	wait_for eval 'grep -q -- "-> FLOCK .*:$(stat -c %i "$BOX_ROOT/passing") " /proc/locks'
	box kill passing
	says ''
	finish
	complains passing status --rm
	box wait
	complains ID
	box wait passing
	complains passing
}

# ---- ps and inspect --------------------------------------------------------------

@test "ps -q prints IDs only, and --filter chooses: all keys, one of the values of each" {
	local name
	for name in web-a web-b db; do
		detach --name="$name" sleep 1000
	done
	box kill db
	box ps -q
	says $'db\nweb-a\nweb-b'
	box ps -aq --filter name=web
	says $'web-a\nweb-b'
	box ps -q -f name=web-a -f id=db
	says ''
	box ps -q -f name=web-a -f name=db
	says $'db\nweb-a'
	box ps --quiet --filter status=exited
	says db
	box ps -q -f status=exited -f status=running -f id=web-b
	says web-b
	box ps --all --filter name=db
	[[ $status == 0 && ${#lines[@]} == 2 && ${lines[1]} == db* ]] || fail 'wanted: a head, and db'
	box ps --format json --filter name=web-b
	[[ $status == 0 && $output == *'"id": "web-b"'* && $output != *web-a* ]] || fail 'wanted: web-b as JSON'
	box ps --filter label=x
	complains label=x name= id= status=
	box ps --filter status=created
	complains created running paused exited
	box ps --filter web
	complains web name=
	for name in '^web-a$' 'web-*' /db; do # docker takes a regular expression
		box ps --filter "name=$name"
		complains "$name" 'not a pattern'
	done
	remove web-a web-b db
}

@test "ps --no-trunc prints the whole command" {
	local long
	long=$(printf 'very %.0s' {1..90})
	detach --name=long sh -c : "$long"
	wait_for ended long
	box ps --no-trunc
	[[ $status == 0 && ${lines[1]} == *"sh -c : $long"* ]] || fail 'wanted: all of it'
	box ps
	[[ ${lines[1]} == *...* ]] || fail 'wanted: a part of it'
	remove long
}

# xterm takes U+009B, a single character, for the beginning of a sequence.
@test "no output and no message passes on a control character, be it of ASCII or of Unicode" {
	local word=$'a\u009bb\u0085c\x1bd\x7fe\u00a0f'
	detach --name=odd sh -c 'sleep 1000' "$word"
	box ps
	[[ $status == 0 && $output == *$'a??b??c?d?e\u00a0f'* ]] || fail 'wanted: no control character'
	box exec --user "$word" odd true
	complains $'no user "a??b??c?d?e\u00a0f"'
	remove odd
}

@test "inspect tells when a container started and ended" {
	local before after
	before=$(date -u +%FT%T.%N)
	detach --name=timed sleep 1000
	[[ $(of timed startedAt) > $before && $(of timed startedAt) == ????-??-??T??:??:??.?????????Z ]] || fail "wanted: later than $before"
	[[ $("$BOX" inspect timed) != *finishedAt* && $(of timed oomKilled) == false ]] || fail 'wanted: no end yet'
	after=$(date -u +%FT%T.%N)
	box kill timed
	[[ $(of timed finishedAt) > $after && $(of timed startedAt) < $after ]] || fail "wanted: an end after $after"
	remove timed
}

@test "inspect tells whether the OOM killer killed a process of the container, and not only PID 1" {
	needs v2
	detach --name=greedy --memory=16m sh -c '(x=$(head -c 64m /dev/zero | tr "\0" x)); exit 5'
	wait_for ended greedy
	ended_with greedy 5
	[[ $(of greedy oomKilled) == true ]] || fail 'wanted: true'
	detach --name=frugal --memory=16m true
	wait_for ended frugal
	[[ $(of frugal oomKilled) == false ]] || fail 'wanted: false'
	remove greedy frugal
}

# ---- pause -----------------------------------------------------------------------

# Skip where a container has no cgroup of cgroup v2.
needs_freezer() {
	local cgroup
	detach --name=probe sleep 1000
	cgroup=$(of probe cgroup)
	remove probe
	[[ -n $cgroup ]] || skip 'needs cgroup v2'
}

counts() { wc -l <"$BOX_ROOT/$1/log"; }
has_counted() { (($(counts "$1") > ${2:-0})); }

@test "pause freezes all processes, unpause lets them go on; ps and inspect show it" {
	needs_freezer
	local before
	detach --name=busy sh -c '(while :; do echo a; usleep 1000; done) & wait'
	detach --name=idle sleep 1000
	wait_for has_counted busy
	box pause busy idle
	says ''
	before=$(counts busy)
	grep -qx 'frozen 1' "$(of busy cgroup)/cgroup.events" || fail 'wanted: a frozen cgroup'
	box ps -q --filter status=paused
	says $'busy\nidle'
	box ps --filter name=busy
	[[ ${lines[1]} == busy*paused* && $(of busy status) == paused ]] || fail 'wanted: paused'
	box pause idle
	complains idle 'paused already'
	box exec busy true
	complains busy 'box unpause busy'
	box unpause busy idle
	says ''
	wait_for has_counted busy "$before"
	[[ $(of busy status) == running ]] || fail 'wanted: running'
	box unpause busy
	complains busy 'not paused'
	remove busy idle
}

@test "stop, kill and rm --force end a paused container" {
	needs_freezer
	local name
	for name in stopped killed told removed; do
		detach --name="$name" sh -c 'trap "exit 6" TERM; echo ready; while :; do sleep 1000 & wait $!; done'
		wait_for log_says ready
	done
	box pause stopped killed told removed
	says ''
	box stop --time 1000 stopped
	says ''
	ended_with stopped 6
	box kill killed
	says ''
	ended_with killed 137
	box kill told TERM
	says ''
	wait_for ended told
	ended_with told 6
	remove removed stopped killed told
	for name in {1..10}; do # the cgroup of one that SIGKILL ends may be gone when box opens it
		detach --name="again-$name" sleep 1000
		box pause "again-$name"
		box kill "again-$name"
		says ''
		remove "again-$name"
	done
}

@test "pause and unpause want running containers with a cgroup, and change none unless all are" {
	local command
	needs_freezer
	detach --name=alive sleep 1000
	detach --name=over true
	wait_for ended over
	detach --name=bare --without=cgroup sleep 1000
	for command in pause unpause; do
		box "$command" alive over
		complains over 'not running'
		box "$command"
		complains ID
		box "$command" alive nosuch
		complains nosuch
	done
	box pause alive bare
	complains bare cgroup
	[[ $(of alive status) == running ]] || fail 'wanted: it runs on'
	remove alive over bare
}

# ---- rename ----------------------------------------------------------------------

@test "rename gives a stopped container another name, with all that it has" {
	local old new
	detach sh -c 'echo said; exit 4'
	old=$id
	new=$(random_name new)
	wait_for ended "$old"
	box rename "$old" "$new"
	says ''
	[[ $(of "$new" id) == "$new" && ! -e $BOX_ROOT/$old ]] || fail "wanted: $new only"
	ended_with "$new" 4
	box logs "$new"
	says said
	box rm "${new:0:5}" # a name can't be shortened
	complains "${new:0:5}"
	box wait "$old"
	complains "$old"
	remove "$new"
}

@test "rename refuses a name that is taken or not one, and a running container" {
	local word
	detach --name=first true
	detach --name=second sleep 1000
	wait_for ended first
	mkdir "$BOX_ROOT/mine"
	for word in second first mine; do
		box rename first "$word"
		complains "$word" taken
	done
	for word in ../up .hidden '' 'a b'; do
		box rename first "$word"
		complains name
	done
	box rename second third
	complains second 'is running' 'box stop second'
	box rename nosuch third
	complains nosuch
	box rename first
	complains usage
	box rename first second third
	complains usage
	rmdir "$BOX_ROOT/mine"
	[[ $(of first id) == first && $(of second status) == running ]] || fail 'wanted: both as they were'
	remove first second
}

# ---- top and attach --------------------------------------------------------------

@test "top lists the processes with their PIDs on the host and in the container, with a cgroup and without" {
	local option pid word
	for option in --init=false --without=cgroup; do
		detach --name=busy "$option" sh -c 'read -r _ </dev/ptmx' $'\033[2J' # it waits, and needs no other process for that
		"$BOX" run -d --name other --network none "$ROOTFS" sleep 2000 >/dev/null
		pid=$(of busy pid)
		box exec -d -u 4711 busy sleep 987
		says ''
		box top busy
		[[ $status == 0 && $stderr == '' && ${#lines[@]} == 3 ]] || fail 'wanted: a head and two processes'
		[[ ${lines[0]} =~ ^\ +PID\ +INSIDE\ +UID\ +TIME\ +COMMAND$ ]] || fail 'wanted: a head'
		[[ ${lines[1]} =~ ^\ +$pid\ +1\ +0\ +00:00:00\ +sh\ -c\ read.*\ \?\[2J$ ]] || fail "wanted: PID 1, which is $pid here, and nothing that moves the cursor"
		[[ ${lines[2]} =~ ^\ +([0-9]+)\ +([0-9]+)\ +4711\ +00:00:00\ +sleep\ 987$ ]] || fail 'wanted: sleep, as user 4711'
		[[ ${BASH_REMATCH[2]} == "$("$BOX" exec busy pidof sleep)" ]] || fail "wanted: the container's PID"
		[[ $(tr '\0' ' ' <"/proc/${BASH_REMATCH[1]}/cmdline") == 'sleep 987 ' ]] || fail "wanted: the host's PID"
		for word in -ef '-o pid' aux; do
			# shellcheck disable=SC2086 # words
			box top busy $word
			complains 'no options of ps' 'box exec'
		done
		remove busy other
		box top busy
		complains busy
	done
}

@test "attach says what to use instead" {
	local words
	for words in any '--sig-proxy=false any' '--no-stdin --detach-keys ctrl-a any' --help; do
		# shellcheck disable=SC2086 # words
		box attach $words
		complains 'no attach' 'logs --follow' 'exec -it'
	done
	capture "$BOX" help attach
	complains 'no attach'
}

@test "what other programs do is a line that names them" {
	box images
	complains 'no images' 'skopeo inspect'
	box build .
	complains 'no build' buildah 'podman build'
	box push any
	complains 'no push' 'skopeo copy'
	box start any
	complains 'no start' 'box run'
	box restart any
	complains 'no restart' 'box run' systemd
	box help build
	complains 'no build'
}

# ---- cp --------------------------------------------------------------------------

# A directory with one of each, in $BATS_TEST_TMPDIR.
make_tree() {
	local tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/sub/deep"
	head -c 300000 /dev/urandom >"$tree/sub/deep/big"
	echo text >"$tree/sub/-odd * name"
	ln -s /etc/shadow "$tree/link"
	chmod 2750 "$tree/sub/deep/big"
	chmod 1711 "$tree/sub"
	touch -d @1000000000 "$tree/sub/-odd * name" "$tree/sub"
}

# as_listed DIRECTORY: types, modes, times and contents below it
as_listed() { (cd "$1" && find . -printf '%P %y %m %l %T@\n' | sed -E '/ l /s/ [0-9.]+$//; /^ d|deep/s/ [0-9.]+$//' | sort && find . -type f -exec sha256sum {} + | sort); }

@test "cp copies files and directories into a container and out of it, with modes, times and links" {
	make_tree
	detach --name=store sleep 1000
	box cp "$BATS_TEST_TMPDIR/tree" store:/srv
	says ''
	box exec store stat -c '%u:%g %a' /srv/tree/sub/deep/big
	says '0:0 2750'
	box cp store:/srv/tree "$BATS_TEST_TMPDIR/back"
	says ''
	chmod 0750 "$BATS_TEST_TMPDIR/tree/sub/deep/big" # see below
	diff <(as_listed "$BATS_TEST_TMPDIR/tree") <(as_listed "$BATS_TEST_TMPDIR/back") || fail 'wanted: the same'
	box cp store:srv/tree/. "$BATS_TEST_TMPDIR/back"
	says ''
	[[ ! -e $BATS_TEST_TMPDIR/back/tree ]] || fail 'wanted: what is in it, not itself'
	echo "$BATS_TEST_NAME" >"$BATS_TEST_TMPDIR/back/new"
	box cp "$BATS_TEST_TMPDIR/back/new" store:/etc/os-release # replaces the file
	says ''
	box cp store:/etc/os-release "$BATS_TEST_TMPDIR"
	says ''
	[[ $(<"$BATS_TEST_TMPDIR/os-release") == "$BATS_TEST_NAME" ]] || fail 'wanted: the new text'
	box cp store:/proc/1/comm "$BATS_TEST_TMPDIR/comm" # has no size
	[[ $status == 0 && $(<"$BATS_TEST_TMPDIR/comm") == sleep ]] || fail 'wanted: sleep'
	remove store
}

@test "cp gives no set-user-ID program of a container to the caller, and copies no FIFO" {
	detach --name=evil sh -c 'mkdir /t; cp /bin/busybox /t/su; chmod 6755 /t/su; mkfifo /t/fifo; echo ready; sleep 1000'
	wait_for log_says ready
	box cp evil:/t "$BATS_TEST_TMPDIR/t"
	[[ $status == 0 && $stderr == *warning*fifo* && $stderr != *$'\n'* ]] || fail 'wanted: a warning about the FIFO'
	[[ $(stat -c %a "$BATS_TEST_TMPDIR/t/su") == 755 && ! -e $BATS_TEST_TMPDIR/t/fifo ]] || fail 'wanted: no bit, and no FIFO'
	remove evil
}

@test "cp: paths of the container resolve in the container, and a link that comes last is copied as a link" {
	local outside=$BATS_TEST_TMPDIR/outside
	mkdir "$outside"
	echo secret >"$outside/secret"
	detach --name=links sh -c 'ln -s "$0" /d; ln -s ../../../../../../../.. /up; ln -s /etc/passwd /l; echo ready; sleep 1000' "$outside"
	wait_for log_says ready
	box cp links:/d/secret "$BATS_TEST_TMPDIR/out"
	complains secret 'No such file'
	box cp links:/up/etc/os-release "$BATS_TEST_TMPDIR/out"
	says ''
	cmp "$BATS_TEST_TMPDIR/out" "$ROOTFS/etc/os-release" || fail "wanted: the container's"
	echo new >"$BATS_TEST_TMPDIR/new"
	box cp "$BATS_TEST_TMPDIR/new" links:/d/secret
	complains
	box cp "$BATS_TEST_TMPDIR/new" links:/up/made
	says ''
	[[ ! -e /made && $("$BOX" exec links cat /made) == new && $(<"$outside/secret") == secret ]] || fail 'wanted: a file in the container'
	box cp links:/l "$BATS_TEST_TMPDIR/l"
	[[ $status == 0 && $(readlink "$BATS_TEST_TMPDIR/l") == /etc/passwd ]] || fail 'wanted: a link'
	remove links
}

# The container exchanges a directory and a link to the host's directory, again and again.
@test "cp follows no link that a container puts in the place of a directory meanwhile (CVE-2018-15664)" {
	local outside=$BATS_TEST_TMPDIR/outside n
	mkdir -p "$outside" "$BATS_TEST_TMPDIR/in/d"
	echo secret >"$outside/x"
	echo pushed >"$BATS_TEST_TMPDIR/in/d/pushed"
	detach --name=swap sh -c 'mkdir -p /from/d /to; echo mine >/from/d/x; ln -s "$0" /from/l; echo ready
		while :; do rm -rf /to/d; mkdir /to/d; rm -rf /to/d; ln -s "$0" /to/d; done &
		while :; do mv /from/d /from/e; mv /from/l /from/d; mv /from/d /from/l; mv /from/e /from/d; done' "$outside"
	wait_for log_says ready
	for n in {1..150}; do
		rm -rf "$BATS_TEST_TMPDIR/out"
		"$BOX" cp swap:/from "$BATS_TEST_TMPDIR/out" 2>/dev/null || :
		"$BOX" cp swap:/from/d/x "$BATS_TEST_TMPDIR/one" 2>/dev/null || :
		"$BOX" cp "$BATS_TEST_TMPDIR/in/." swap:/to 2>/dev/null || :
		"$BOX" cp "$BATS_TEST_TMPDIR/in/d/pushed" swap:/to/d/one 2>/dev/null || :
		! grep -rqs secret "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/one" || fail "wanted: nothing of the host's (round $n)"
	done
	[[ $(ls "$outside") == x && $(<"$outside/x") == secret ]] || fail "wanted: the host's directory as it was"
	[[ $(<"$BATS_TEST_TMPDIR/one") == mine ]] || fail 'wanted: a copy of what is in the container'
	remove swap
}

@test "cp into a container with a user namespace: the files belong to its root" {
	needs root
	make_tree
	detach --name=mapped --userns=auto sleep 1000
	box cp "$BATS_TEST_TMPDIR/tree" mapped:/srv/
	says ''
	box exec mapped sh -c 'stat -c %u:%g /srv/tree /srv/tree/link /srv/tree/sub/deep/big'
	says $'0:0\n0:0\n0:0'
	box cp mapped:/srv/tree/sub/deep/big "$BATS_TEST_TMPDIR/big"
	says ''
	cmp "$BATS_TEST_TMPDIR/big" "$BATS_TEST_TMPDIR/tree/sub/deep/big" || fail 'wanted: the same'
	[[ $(stat -c %u:%g "$BATS_TEST_TMPDIR/big") == 0:0 ]] || fail "wanted: the caller's"
	remove mapped
}

@test "cp: a directory is not copied into itself, and what it can't do is said in a line" {
	mkdir "$BATS_TEST_TMPDIR/v"
	echo a >"$BATS_TEST_TMPDIR/v/a"
	detach --name=here --volume="$BATS_TEST_TMPDIR/v:/v" sleep 1000
	detach --name=over true
	wait_for ended over
	box cp "$BATS_TEST_TMPDIR/v" here:/v/sub
	says ''
	[[ $(ls "$BATS_TEST_TMPDIR/v/sub") == a ]] || fail 'wanted: one level'
	box cp here:/etc/nothing "$BATS_TEST_TMPDIR"
	complains /etc/nothing 'No such file'
	box cp "$BATS_TEST_TMPDIR/nothing" here:/
	complains "$BATS_TEST_TMPDIR/nothing" 'No such file'
	box cp "$BATS_TEST_TMPDIR/v" here:/etc/passwd
	complains passwd
	box cp "$BATS_TEST_TMPDIR/v/a" here:/no/such/directory
	complains
	box cp "$BATS_TEST_TMPDIR/v/a" "here:/$(printf '%0300d' 0)"
	complains 255
	box cp "$BATS_TEST_TMPDIR/v/a" "here:/v$(printf '%05000d' 0 | sed 's/00/0\//g')"
	complains 4095
	box cp here:/v over:/v
	complains ID:PATH
	box cp /v "$BATS_TEST_TMPDIR"
	complains ID:PATH
	box cp here: "$BATS_TEST_TMPDIR"
	complains ID:PATH
	box cp here:/v
	complains usage
	cd "$BATS_TEST_TMPDIR"
	echo dash >-
	for word in 'here:/v -' '- here:/v'; do # docker's tar
		# shellcheck disable=SC2086 # words
		box cp $word
		complains tar ./-
	done
	[[ $(<-) == dash && ! -e v/- ]] || fail 'wanted: no copy'
	box cp ./- here:/v
	says ''
	[[ $(<v/-) == dash ]] || fail 'wanted: the file'
	box cp over:/etc/passwd "$BATS_TEST_TMPDIR"
	complains over 'not running'
	remove here over
}

# docker-cp(1)
@test "cp: a DEST that ends with a slash is a directory" {
	local place=$BATS_TEST_TMPDIR
	detach --name=here sh -c 'mkdir /d; echo ready; exec sleep 1000'
	wait_for log_says ready
	echo a >"$place/file"
	for word in here:/no/ here:/d/no/ here:/etc/passwd/; do
		box cp "$place/file" "$word"
		complains "${word#*:}" 'not a directory'
	done
	box cp here:/etc/passwd "$place/no/"
	complains "$place/no/" 'not a directory'
	box exec here sh -c 'ls -d /no /d/*'
	[[ $output == '' && ! -e $place/no ]] || fail 'wanted: nothing new'
	box cp "$place/file" here:/d/
	says ''
	box exec here cat /d/file
	says a
	box cp here:/d "$place/new/"
	says ''
	[[ $(<"$place/new/file") == a ]] || fail 'wanted: a new directory'
	remove here
}

@test "cp: a directory that can't be read to its end is not copied as if it could" {
	needs strace
	detach --name=source sh -c 'mkdir /d && touch /d/file && exec sleep 1000'
	wait_for "$BOX" exec source test -e /d/file
	capture strace -f -qq -o /dev/null -e inject=getdents64:error=EIO:when=3+ "$BOX" cp source:/d "$BATS_TEST_TMPDIR"
	complains 'cannot copy: "d": I' # musl says "I/O error"
	remove source
}

@test "options of docker's cp, ps, rm and update that box does not have say why, and what to do instead" {
	local word
	detach --name=here sleep 1000
	for word in 'ps -l' 'ps --last 1' 'rm -v here' 'cp -a here:/bin .' 'cp -L here:/bin .' 'update --memory-reservation 1m here'; do
		# shellcheck disable=SC2086 # words
		box $word
		complains --
		[[ $stderr != *unknown* ]] || fail "wanted: an answer to box $word"
	done
	box cp -q here:/etc/passwd "$BATS_TEST_TMPDIR"
	says ''
	remove here
}

# ---- update ----------------------------------------------------------------------

@test "update changes the limits of a running container, whether it had any or not" {
	needs v2
	local options
	for options in '' '--memory=64m --pids-limit=50 --cpus=1'; do
		# shellcheck disable=SC2086 # words
		detach --name=tight $options sleep 1000
		detach --name=other sleep 1000
		box update --memory 32m --memory-swap 48m --cpus 0.5 --pids-limit 7 tight other
		says ''
		box exec tight sh -c 'cd /sys/fs/cgroup; cat memory.max memory.swap.max cpu.max pids.max'
		says $'33554432\n16777216\n50000 100000\n7'
		[[ $(of tight memory) == 33554432 && $(of tight cpus) == 50000 && $(of tight pids) == 7 ]] || fail 'wanted: inspect tells of it'
		box exec other cat /sys/fs/cgroup/pids.max
		says 7
		box update tight --pids-limit -1
		says ''
		box exec tight sh -c 'cd /sys/fs/cgroup; cat memory.max cpu.max pids.max'
		says $'33554432\n50000 100000\nmax'
		remove tight other
	done
}

@test "update: what it does not know, and what it can't change" {
	detach --name=alive sleep 1000
	detach --name=bare --without=cgroup sleep 1000
	detach --name=over true
	wait_for ended over
	box update alive
	complains --memory --pids-limit
	box update --memory 64m --memory-swap 32m alive
	complains --memory-swap
	box update --memory-swap 32m alive
	complains --memory
	box update --memory much alive
	complains --memory much
	box update --pids-limit 5 over
	complains over 'not running'
	box update --pids-limit 5 bare
	complains bare cgroup
	box update --pids-limit 5
	complains ID
	box update --restart no alive
	complains --restart daemon
	box update --cpu-shares 512 alive
	complains --cpu-shares --cpus
	has_v2 || { box update --pids-limit 5 alive && complains cgroup; }
	remove alive bare over
}
