# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared with lab/grade, lab/hint and tests/grader/matrix
#
# suite.bash - run a step's tests on somebody's program.
#
# Only tests tagged "grade" are run. They cover what the lesson promises: the container, COMMAND's exit status,
# and COMMAND's environment. They leave out what belongs to the workbench (--explain, --without, --help, signals,
# the terminal), the wording of our messages, and precautions that only our source takes.
#
#   run_suite STEP PROGRAM [TITLE]   run all of them, or one. Sets
#       titles            in the file's order
#       outcome[TITLE]    ok, no, skip, endless (it never ended), or lost (the suite ended before it)
#       details[TITLE]    what the test printed, or why it was skipped
#   on_result TITLE           called as soon as TITLE's outcome is known; define it after sourcing this file
#   until_first_failure=yes   stop at the first failure; the remaining tests are lost
#   GRADE_TAGS=TAG            run only the tests that have this tag as well
#   GRADE_PATIENCE=SECONDS    time limit for one test

suite_of() {
	echo "$toolkit/tests/steps/$1.bats"
}

titles_of() {
	awk -v tag="${GRADE_TAGS-}" '
		/^# bats test_tags=(.*,)?grade(,|$)/ { wanted = tag == "" || index($0 ",", "=" tag ",") || index($0 ",", "," tag ","); next }
		/^@test / && wanted { sub(/^@test "/, ""); sub(/" \{.*$/, ""); print }
		{ wanted = 0 }' "$(suite_of "$1")"
}

on_result() { :; }

run_suite() {
	local step=$1 program=$2 title workers
	declare -gA outcome=() details=()
	mapfile -t titles < <(titles_of "$step")
	[[ -z ${3-} ]] || titles=("$3")
	for title in "${titles[@]}"; do
		outcome[$title]=lost
	done
	workers=$(count_workers)
	if ((workers == 1)); then
		run_tests "${titles[@]}"
	else
		run_tests_in_parallel
	fi
}

# Tests run one at a time where limits are measured, in the slow VM, and in a search for the first failure.
count_workers() {
	local cpus
	cpus=$(nproc)
	if [[ -n ${until_first_failure-} || $step == step5* || ${LAB_WHERE-native} != native ]] || ((${#titles[@]} == 1)); then
		echo 1
	else
		echo $((cpus < 4 ? cpus : 4))
	fi
}

# Each worker has its own chamber. Worker i of n takes tests i, i+n, i+2n and so on, so that early tests still run early.
run_tests_in_parallel() {
	local line results worker
	exec {results}< <(
		on_result() { print_result "$1"; }
		for ((worker = 0; worker < workers; worker++)); do
			run_share &
		done
		wait
	)
	while IFS= read -r line <&"$results"; do
		read_result "$line"
	done
	exec {results}<&-
}

run_share() {
	local mine=() i
	for ((i = worker; i < ${#titles[@]}; i += workers)); do
		mine+=("${titles[i]}")
	done
	run_tests "${mine[@]}"
}

# run_tests TITLE...: a test that hangs ends its chamber, so the remaining tests get another round. After two hangs, we give up.
run_tests() {
	local missing failed passed='' round=0 hung=0
	while find_missing "$@" && ((round++ < 3 && hung < 2)); do
		run_round
		[[ -z ${until_first_failure-} || -z $failed ]] || break
	done
}

find_missing() {
	local title
	missing=()
	for title; do
		[[ ${outcome[$title]} != lost ]] || missing+=("$title")
	done
	((${#missing[@]}))
}

# One chamber, which ends when this process does, even by SIGKILL. A test that prints nothing for long is hanging.
run_round() {
	local line tap chamber status patience said='' title pace='' begun=${EPOCHREALTIME/./}
	failed=
	exec {tap}< <(cd "$toolkit" && STEP=$step STEP_BIN=$program LEDGER_TRIES=$(ledger_tries) exec setpriv --pdeathsig TERM setsid \
		lab/chamber lab/grade.d/ask "$(suite_of "$step")" "${missing[@]}" 2>/dev/null </dev/null)
	chamber=$!
	while status=0 && set_patience && { IFS= read -r -t "$patience" line <&"$tap" || status=$?; } && ((status == 0)); do
		take_line
		[[ -z ${until_first_failure-} || -z $failed ]] || break
	done
	exec {tap}<&-
	kill "$chamber" 2>/dev/null || :
	wait "$chamber" 2>/dev/null || :
	((status <= 128)) || blame_next
}

# The kernel removes network namespaces and cgroups with a delay, so steps 5 and 6 get more tries. What steps 1 to 4
# leave behind doesn't go away by itself: more tries would only cost time.
ledger_tries() {
	[[ $step == step[56]* ]] && echo 40 || echo 10
}

# Sets patience, in seconds. It depends on the machine's speed: some seconds, plus twenty times what it took to create
# the chamber and load the suite. After one test has passed, and while none has hung, a silence is more suspicious: 4, not 8.
set_patience() {
	patience=8
	[[ -n $passed && $hung == 0 ]] || patience=4
	patience=${GRADE_PATIENCE:-$((patience + ${pace:-3000} * 20 / 1000))}
	[[ ${LAB_WHERE-native} == native ]] || patience=120
}

# A test's output comes before its verdict. All other lines only show that the suite is alive.
take_line() {
	case $line in
	ready) pace=$(((${EPOCHREALTIME/./} - begun) / 1000)) ;;
	'ok '*' # skip'*)
		title=${line#ok * }
		note skip "${title% \# skip*}" "${line##*\# skip }"
		said=''
		;;
	'ok '*)
		passed=yes
		note ok "${line#ok * }" ''
		said=''
		;;
	'not ok '*)
		failed=yes
		note no "${line#not ok * }" "$said"
		said=''
		;;
	'# '*) said+=${line#\# }$'\n' ;;
	esac
}

# The first test that still has no result is the one that never ended.
blame_next() {
	for title in "${missing[@]}"; do
		if [[ ${outcome[$title]} == lost ]]; then
			failed=yes hung=$((hung + 1))
			note endless "$title" ''
			return
		fi
	done
}

# note OUTCOME TITLE DETAILS
note() {
	outcome[$2]=$1 details[$2]=$3
	on_result "$2"
}

# ---- Results as lines, for other processes: outcome, title, details --------------------------------

print_suite() {
	local title
	for title in "${titles[@]}"; do
		print_result "$title"
	done
}

# One write of less than PIPE_BUF (4096) bytes is atomic: lines of several workers don't mix in the pipe.
print_result() {
	local LC_ALL=C said=${details[$1]-}
	said=${said:0:3000}
	printf '%s\t%s\t%s\n' "${outcome[$1]}" "$1" "${said//$'\n'/$'\036'}"
}

read_suite() {
	local line title
	declare -gA outcome=() details=()
	titles=()
	while IFS= read -r line; do
		title=${line#*$'\t'}
		titles+=("${title%%$'\t'*}")
		read_result "$line"
	done
}

read_result() {
	local result title said
	IFS=$'\t' read -r result title said <<<"$1"
	note "$result" "$title" "${said//$'\036'/$'\n'}"
}

# ---- Where ----------------------------------------------------------------------------------------

# ask_suite STEP PROGRAM [TITLE]: run_suite, here or in the VM. Limits need cgroup v2. A program of step 6 that
# runs without limits is tested here. With GRADE_HERE=yes, so is every program: tests that need limits are skipped.
ask_suite() {
	local result
	if runs_here "$1" "$2"; then
		run_suite "$@"
		return
	fi
	say "step ${1:4:1} needs cgroup v2 with memory, pids and cpu, which this host lacks; testing in the VM"
	result=$("$toolkit/lab/vm" "LAB_WHERE=vm lab/grade --suite $1 ${2#"$toolkit/"} ${3+${3@Q}}" </dev/null) ||
		die 'the VM ended before the tests did'
	read_suite <<<"$result"
}

runs_here() {
	[[ -z ${GRADE_HERE-} ]] || return 0
	[[ $1 != step[56]* ]] || has_v2 && return
	[[ $1 == step6* ]] && "$toolkit/lab/chamber" "$2" --without cgroup "$toolkit/build/rootfs" true 2>/dev/null
}

# limits_for_step ARGUMENT...: see lend_limits.
limits_for_step() {
	[[ $step != step[56]* ]] || lend_limits "$@"
}

has_v2() {
	local point controllers
	point=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	controllers=$(cat "$point/cgroup.controllers" 2>/dev/null) || return 1
	[[ $controllers == *cpu*memory*pids* ]]
}
