# shellcheck shell=bash disable=SC2034 # the tests use these variables
#
# helpers.bash - functions that the test files share. Each file begins with:  load ../helpers
#
#   bats tests/steps/step4-pivot.bats                  run a step's suite on our own program
#   STEP_BIN=PATH bats tests/steps/step4-pivot.bats    run it on another program, as the grader does
#   STEP=step4-pivot bats tests/steps/step1-pid.bats   run step 1's suite on step 4's program
#
# Every file runs in a chamber (lab/chamber), so that tests can't break anything on the machine itself. After each test,
# the helpers check a ledger: mounts, cgroups, links, hostname, processes and the files of ROOTFS must be the same as
# before. If not, the test fails and prints the difference.
#
#   inside [--option=value]... COMMAND...   run COMMAND in a container of $STEP_BIN. For programs that take a
#                                           ROOTFS (step 3 and later), ROOTFS is inserted.
#   step ARGUMENT...                        run $STEP_BIN with exactly these arguments
#   capture COMMAND...                      run COMMAND as it is
#       All three set $status, $output (stdout), $lines (of stdout) and $stderr, as bats' run does.
#   start [--option=value]... COMMAND...    like inside, but in the background. Sets $program to its PID;
#                                           its output is in the files $out and $err.
#   finish                                  wait for $program; sets $status, $output and $stderr
#   init_of PID                             print the host's PID of the container's PID 1
#   needs v2|root|native|vm|kvm|COMMAND...  skip the test where it can't run
#   wait_for COMMAND...                     wait until COMMAND succeeds; fails after a generous time limit
#   random_name [PREFIX], random_subnet     print a value that no program can know beforehand
#   copy_rootfs                             set $ROOTFS to a copy that the test may write to
#   copy_toolkit [OPTION...]                set $copy to a copy of the toolkit that the test may write to. OPTION: tar's
#   fail TEXT                               fail, and print TEXT and the program's last status and output
#
# Tags tell what a test proves:   # bats test_tags=brick:pid,prev
#   brick:NAME    fails if the brick is left out (tests/steps/matrix checks this on every step that has the
#                 brick: later steps borrow the tests of the step that introduced it)
#   prev          fails on the program of the previous step (so it uses no option that is new)
#   mutant:NAME   fails on tests/steps/mutants/NAME
#   own           applies to its own step only, and is never borrowed
#   grade         tests what the lesson promises, on anybody's program (lab/grade): it uses no --explain,
#                 --without or --help, and does not depend on our wording
bats_require_minimum_version 1.5.0

toolkit=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
export LAB_WHERE=${LAB_WHERE:-native}
# How many times slower this machine is than an idle one; tests/run measures it. Every time limit is multiplied by it: a
# limit ends a test that hangs; it does not measure speed.
if [[ -z ${TEST_SLOWNESS-} ]]; then
	[[ $LAB_WHERE == native ]] && TEST_SLOWNESS=1 || TEST_SLOWNESS=5
fi
export TEST_SLOWNESS

# bats runs this file once before it runs a file's tests. At that time, enter a chamber, and start bats again in it. A test
# file that must run outside (because it starts VMs) sets IN_CHAMBER=no before it loads us. In the VM, LAB_CHAMBER=none runs
# a file without a chamber, on the machine as it booted.
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
BOX=${BOX_BIN:-$toolkit/full/box}	# make proof also tests one that was built with sanitizers

# The mount point of the first cgroup2. The programs use the same one.
CGROUP_ROOT=
while [[ -z $CGROUP_ROOT ]] && read -r _ point type _; do
	[[ $type != cgroup2 ]] || CGROUP_ROOT=$point
done </proc/self/mounts

has_v2() {
	local controllers
	read -r controllers 2>/dev/null <"$CGROUP_ROOT/cgroup.controllers" || return 1
	[[ $controllers == *cpu* && $controllers == *memory* && $controllers == *pids* ]]
}

# On a kernel without limits, step 6 is tested without its cgroup, because limits are only a part of it.
STEP_OPTIONS=()
if [[ $STEP == step6* ]] && ! has_v2; then
	STEP_OPTIONS=(--without cgroup)
fi

# Set words to the arguments of $STEP_BIN: its options, ROOTFS if it takes one, and the command.
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

# Like bats' run --separate-stderr, but much faster. Processes that COMMAND leaves behind don't block it.
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
	: >"$out" 2>"$err" # a test may look for words before the child has opened them: an earlier start's would be there
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

# calls_between OBJECT...: print "CALLER CALLED" for each two object files of which one takes a name from the other. tsort fails
# where calls go in a circle.
calls_between() {
	nm -A -P "$@" | awk '
		$3 ~ /^[BCDRT]$/ { home[$2] = $1 }
		$3 == "U" { who[++calls] = $1; what[calls] = $2 }
		END { for (i in who) if (what[i] in home && home[what[i]] != who[i]) print who[i], home[what[i]] }' | sort -u
}

random_name() {
	printf '%s-%04x%04x' "${1:-box}" $RANDOM $RANDOM
}

# Print an exit status that does not occur by chance: not an error's (1, 2), a signal's, or one of ours.
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

copy_toolkit() {
	copy=$BATS_TEST_TMPDIR/toolkit
	mkdir "$copy"
	bash -c '. "$0/lab/common.bash" && toolkit_tar "$@"' "$toolkit" --exclude=./build/{bench,proof,test}* "$@" . | tar -C "$copy" -x
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

# A test file with its own setup or teardown calls these two. set +T keeps bats from tracing each of their lines, which would
# take half of the time.
open_ledger() {
	local processes
	ledger=$BATS_TEST_TMPDIR/ledger
	set +T
	processes=(/proc/[0-9]*)
	there=" ${processes[*]#/proc/} " owner=$BASHPID
	write_ledger >"$ledger"
	set -T
	: >"$ledger.opened"
}

# The kernel removes some things late, such as network namespaces, one after the other. They have five seconds, and more on a slow machine.
check_ledger() {
	local tries=$((${LEDGER_TRIES:-100} * TEST_SLOWNESS)) before now
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

# Uses builtins only: a process that is started here would be in the ledger. Leave out zombies of this shell: it will reap them. Leave
# out children of processes that were there before the test: they are bats', which starts some late. A test's are ours, or PID 1's.
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
		[[ $there == *" $parent "* && $parent != 1 && $parent != "$owner" ]] || [[ $state == Z* && $parent == "$owner" ]] ||
			echo "process ${stat%%)*})"
	done
	[[ ! -e $ledger.opened ]] || list_written
}

# Leave out the leaf for evacuated processes and box's parent cgroup, which may stay, and systemd's cgroups, which come and go.
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

# List the files of ROOTFS that were changed: no test may write to it. The kernel makes no difference, so it is not checked in
# the VM again.
list_written() {
	local path
	[[ $LAB_WHERE == native && $ROOTFS == "$toolkit/build/rootfs" && -d $ROOTFS ]] || return 0
	while read -r path; do
		echo "written $path"
	done < <(find "$ROOTFS" -xdev -cnewer "$ledger.opened")
}

# After a failure, remove what the test has left behind, so that the next test starts clean. On the machine itself
# (IN_CHAMBER=no), new things may belong to anybody, so end only the test's own processes.
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

# The test's processes have its directory in their environment.
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
