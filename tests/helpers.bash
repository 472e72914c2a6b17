# shellcheck shell=bash disable=SC2034 # what is set here is for the tests
#
# helpers.bash - what the test files share. Each begins with:  load ../helpers
#
#   bats tests/steps/step4-pivot.bats                  a step's suite, on its own program
#   STEP_BIN=PATH bats tests/steps/step4-pivot.bats    the same, on somebody else's: the grader
#   STEP=step4-pivot bats tests/steps/step1-pid.bats   what step 1 promised, asked of step 4
#
# Whoever runs a file, it runs in a chamber (lab/chamber), so nothing that a test breaks is the
# machine's own. After each test a ledger is checked: mounts, cgroups, links, hostname, processes,
# and the files of ROOTFS are what they were, or the test fails with the difference.
#
#   inside [--option=value]... COMMAND...   run COMMAND in a container of $STEP_BIN. ROOTFS is put in
#                                           for the programs that take one (step 3 and later).
#   step WORD...                            run $STEP_BIN with these words, and no others
#   capture COMMAND...                      run COMMAND, as it is
#       All three set $status, $output (stdout), its $lines and $stderr, as bats' run does.
#   start [--option=value]... COMMAND...    like inside, but in the background. Sets $program, its PID;
#                                           what it says is in $out and $err.
#   finish                                  wait for it; sets $status, $output and $stderr
#   init_of PID                             the host's PID of the container's PID 1
#   needs v2|root|native|vm|kvm|COMMAND...  skip the test where it can't run
#   wait_for COMMAND...                     until COMMAND succeeds; fails after a generous while
#   random_name [PREFIX], random_subnet     so that no program can know the answer beforehand
#   copy_rootfs                             sets $ROOTFS to a copy that the test may write to
#   fail TEXT                               with the text; says also what the program said last
#
# Tags say what a test proves:   # bats test_tags=brick:pid,prev
#   brick:NAME    fails when the brick is left out (tests/steps/matrix tries it, on every step that has the
#                 brick: later steps borrow the tests of the step that brought it)
#   prev          fails on the program of the step before (so it uses no option that is new)
#   mutant:NAME   fails on tests/steps/mutants/NAME
#   own           is for its own step alone: never borrowed
#   grade         is what the lesson promises, and asks of anybody's program (lab/grade): no --explain,
#                 --without or --help, and no wording of ours
bats_require_minimum_version 1.5.0

toolkit=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
export LAB_WHERE=${LAB_WHERE:-native}
# How many times slower this machine is than an idle one; tests/run measures it. Every time limit is multiplied by it: a
# limit is there to end a test that hangs, not to measure.
if [[ -z ${TEST_SLOWNESS-} ]]; then
	[[ $LAB_WHERE == native ]] && TEST_SLOWNESS=1 || TEST_SLOWNESS=5
fi
export TEST_SLOWNESS

# bats runs this file once before a file's tests: then go into a chamber, and begin again there.
# A file that has to be outside (it starts VMs) says IN_CHAMBER=no before it loads us, and one that
# runs in the VM may be told LAB_CHAMBER=none, to meet the machine as it booted.
enter_chamber() {
	local words
	[[ -z ${LAB_CHAMBER-} && ${IN_CHAMBER-yes} == yes && -z ${BATS_TEST_NUMBER-} ]] || return 0
	mapfile -d '' -t words <"/proc/$$/cmdline"
	rm -rf "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR"-*.source_file
	exec "$toolkit/lab/chamber" "${words[@]}" >&3
}
enter_chamber

# ---- The program -----------------------------------------------------------------

if [[ -z ${STEP-} ]]; then
	STEP=${BATS_TEST_FILENAME##*/}
	STEP=${STEP%.bats}
fi
STEP_BIN=${STEP_BIN:-$toolkit/$STEP/$STEP}
[[ $STEP_BIN == /* ]] || STEP_BIN=$PWD/$STEP_BIN
ROOTFS=$toolkit/build/rootfs
BOX=${BOX_BIN:-$toolkit/full/box}	# make proof has one with sanitizers, too

# Where the first cgroup2 is mounted: the programs look there, too.
CGROUP_ROOT=
while [[ -z $CGROUP_ROOT ]] && read -r _ point type _; do
	[[ $type != cgroup2 ]] || CGROUP_ROOT=$point
done </proc/self/mounts

has_v2() {
	local controllers
	read -r controllers 2>/dev/null <"$CGROUP_ROOT/cgroup.controllers" || return 1
	[[ $controllers == *cpu* && $controllers == *memory* && $controllers == *pids* ]]
}

# Step 6 is more than limits: where the kernel has none to offer, the rest is tested without them.
STEP_OPTIONS=()
if [[ $STEP == step6* ]] && ! has_v2; then
	STEP_OPTIONS=(--without cgroup)
fi

# Set words to what $STEP_BIN takes: its options, ROOTFS if it has one, and the command.
container_words() {
	words=("${STEP_OPTIONS[@]}")
	while [[ ${1-} == --* ]]; do
		words+=("$1")
		shift
	done
	[[ $STEP == step[12]* ]] || words+=("$ROOTFS")
	words+=("$@")
}

step() {
	capture "$STEP_BIN" "$@"
}

# As bats' run --separate-stderr, at a fraction of its price; and what COMMAND leaves running can't hold it up.
capture() {
	local said=$BATS_TEST_TMPDIR/stdout complained=$BATS_TEST_TMPDIR/stderr
	status=0
	"$@" >"$said" 2>"$complained" || status=$?
	IFS= read -r -d '' output <"$said" || output=${output%"${output##*[!$'\n']}"}
	IFS= read -r -d '' stderr <"$complained" || stderr=${stderr%"${stderr##*[!$'\n']}"}
	mapfile -t lines <"$said"
}

inside() {
	local words
	container_words "$@"
	step "${words[@]}"
}

start() {
	local words
	container_words "$@"
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	"$STEP_BIN" "${words[@]}" >"$out" 2>"$err" 3>&- &
	program=$!
}

finish() {
	status=0
	wait "$program" || status=$?
	output=$(<"$out") stderr=$(<"$err")
}

init_of() {
	local child
	read -r child _ <"/proc/$1/task/$1/children" || [[ -n $child ]] && echo "$child"
}

# ---- Around a test ---------------------------------------------------------------

needs() {
	local what
	for what; do
		case $what in
		v2) has_v2 || skip 'needs cgroup v2 with memory, pids and cpu' ;;
		root) [[ $EUID == 0 && $(</proc/self/uid_map) =~ ^\ +0\ +0\ +4294967295$ ]] || skip 'needs real root' ;;
		native | vm) [[ $LAB_WHERE == "$what" ]] || skip "needs to run ${what/vm/in the VM}${what/native/ly}" ;;
		kvm) [[ -w /dev/kvm ]] || skip 'needs KVM' ;;
		*) command -v "$what" >/dev/null || skip "needs $what" ;;
		esac
	done
}

wait_for() {
	local deadline=$((SECONDS + 60 * TEST_SLOWNESS))
	until "$@"; do
		((SECONDS < deadline)) || fail "waited in vain for: $*"
		sleep 0.02
	done
}

random_name() {
	printf '%s-%04x%04x' "${1:-box}" $RANDOM $RANDOM
}

# An exit status that nobody has by chance: no error's (1, 2), no signal's, and none of ours.
random_status() {
	echo $((RANDOM % 100 + 20))
}

random_subnet() {
	printf '10.%d.%d.%d/30' $((RANDOM % 200 + 20)) $((RANDOM % 256)) $((RANDOM % 64 * 4))
}

copy_rootfs() {
	cp -a "$ROOTFS" "$BATS_TEST_TMPDIR/rootfs"
	ROOTFS=$BATS_TEST_TMPDIR/rootfs
}

fail() {
	printf '%s\n' "$*"
	[[ -z ${status-} ]] || printf 'status: %s\nstdout: %s\nstderr: %s\n' "$status" "${output-}" "${stderr-}"
	return 1
}

# ---- The ledger ------------------------------------------------------------------

setup() {
	open_ledger
}

teardown() {
	if [[ -n ${BATS_TEST_COMPLETED-} ]]; then
		check_ledger
	else
		clear_away
	fi
}

# A test file with a setup or teardown of its own calls these two. bats looks at each line that a
# function runs (set -T): not at these, or they would take half of the time.
open_ledger() {
	ledger=$BATS_TEST_TMPDIR/ledger
	set +T
	write_ledger >"$ledger"
	set -T
	: >"$ledger.opened"
}

# What takes its time to go (a network namespace does) has two seconds, and more where all is slow.
check_ledger() {
	local tries=$((${LEDGER_TRIES:-40} * TEST_SLOWNESS)) before now
	set +T
	read -r -d '' before <"$ledger" || :
	until write_ledger >"$ledger.now" && ! read -r -d '' now <"$ledger.now" && { [[ $now == "$before" ]] || is_balanced; }; do
		if ! ((tries--)); then
			echo 'left behind (>), or taken away (<):'
			diff "$ledger" "$ledger.now" | grep '^[<>]' || :
			clear_away
			return 1
		fi
		sleep 0.05
	done
}

# A process of an earlier test, or of bats, may have ended meanwhile.
is_balanced() {
	! diff "$ledger" "$ledger.now" | grep -q -e '^>' -e '^< [^p]'
}

# By builtins alone: a process started here would be in it. Zombies of this shell's are its own affair.
write_ledger() {
	local line directory stat state parent
	while read -r line; do
		echo "mount $line"
	done </proc/self/mountinfo
	for line in /sys/class/net/*/flags; do
		read -r state <"$line"
		echo "link $line $state"
	done
	while read -r line; do
		echo "route $line"
	done </proc/net/route
	read -r line </proc/sys/kernel/hostname
	echo "hostname $line"
	list_cgroups "$CGROUP_ROOT"
	for directory in /proc/[0-9]*; do
		read -r stat 2>/dev/null <"$directory/stat" || continue
		state=${stat##*) }
		parent=${state:2}
		parent=${parent%% *}
		[[ $parent == 2 || ${directory#/proc/} == 2 ]] || [[ $state == Z* && $parent == "$$" ]] ||
			echo "process ${stat%%)*})"
	done
	[[ ! -e $ledger.opened ]] || list_written
}

# The leaf for evacuated processes may stay, and the one that box has all its containers' in; systemd's own
# come and go.
list_cgroups() {
	local directory
	for directory in "${1:-/nowhere}"/*/; do
		case $directory in
		*'*/' | */evacuated/ | *.slice/ | *.scope/ | *.service/ | *.mount/) ;;
		*/box/) list_cgroups "${directory%/}" ;;
		*) echo "cgroup $directory" && list_cgroups "${directory%/}" ;;
		esac
	done
}

# A ROOTFS is never written to. The kernel that is asked makes no difference: once is enough.
list_written() {
	local path
	[[ $LAB_WHERE == native && $ROOTFS == "$toolkit/build/rootfs" && -d $ROOTFS ]] || return 0
	while read -r path; do
		echo "written $path"
	done < <(find "$ROOTFS" -xdev -cnewer "$ledger.opened")
}

# After a failure: what the test left, so that the next one starts clean. What is new on the machine itself (IN_CHAMBER=no)
# may be anybody's: there, only the test's own processes are ended.
clear_away() {
	local kind what more changes
	if [[ -z ${LAB_CHAMBER-} && $LAB_WHERE == native ]]; then
		end_own_processes
		return
	fi
	write_ledger >"$ledger.now"
	changes=$(diff "$ledger" "$ledger.now" | sed -n 's/^> //p' | sort -r)
	while read -r kind what more; do
		case $kind in
		process) kill -KILL "$what" 2>/dev/null || : ;;
		cgroup) briefly rmdir "$what" ;;
		link) ip link delete "$(basename "${what%/flags}")" 2>/dev/null || : ;;
		mount) umount -l "$(awk '{ print $4 }' <<<"$more")" 2>/dev/null || : ;;
		esac
	done <<<"$changes"
	sed -n 's/^hostname //p' "$ledger" >/proc/sys/kernel/hostname
}

# They have the test's directory in their environment.
end_own_processes() {
	local directory
	for directory in /proc/[0-9]*; do
		[[ ${directory#/proc/} != "$$" ]] || continue
		! grep -qszFx "BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR" "$directory/environ" || kill -KILL "${directory#/proc/}" 2>/dev/null || :
	done
}

briefly() {
	local tries=$((40 * TEST_SLOWNESS))
	until "$@" 2>/dev/null || ! ((tries--)); do
		sleep 0.05
	done
}
