# shellcheck shell=bash disable=SC2034,SC2154 # for those who source it: lab/grade, lab/hint, tests/grader/matrix
#
# suite.bash - a step's tests, asked of somebody's program.
#
# Those tagged "grade" are asked: what the lesson promises of the container, of COMMAND's exit status, and
# of what COMMAND finds. Not asked are the workbench's manners (--explain, --without, --help, signals, the
# terminal), the words of our messages, and what only our source goes out of its way for.
#
#   run_suite STEP PROGRAM [TITLE]   all of them, or one. Sets
#       titles            in the file's order
#       outcome[TITLE]    ok, no, skip, endless (it never ended), or lost (the suite broke off before it)
#       details[TITLE]    what the test said, or why it was skipped
#   on_result TITLE           called as soon as TITLE's outcome is known; define it after this file
#   until_first_failure=yes   the rest is lost
#   GRADE_TAGS=TAG            of those tagged "grade", only those that have this tag, too
#   GRADE_PATIENCE=SECONDS    how long a test may take

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

# Where limits are measured, or all is slow, a test has the machine to itself. So has a search for one failure.
count_workers() {
	local cpus
	cpus=$(nproc)
	if [[ -n ${until_first_failure-} || $step == step5* || ${LAB_WHERE-native} != native ]] || ((${#titles[@]} == 1)); then
		echo 1
	else
		echo $((cpus < 4 ? cpus : 4))
	fi
}

# Each worker has a chamber of its own, and every so many'th test: the first ones are asked first.
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

# run_tests TITLE...: what hangs takes a chamber along: the others get another round. What hangs twice hangs ever.
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

# One chamber, which ends when we do, whatever ends us. What says nothing for long is hanging.
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

# A network namespace takes its time to go, and a cgroup may. What steps 1 to 4 have left behind stays.
ledger_tries() {
	[[ $step == step[56]* ]] && echo 40 || echo 10
}

# Nobody waits long for a program that has shown nothing yet, or has hung before. How long that is, the machine
# says: twenty times what it took for a chamber and the suite, and some seconds.
set_patience() {
	patience=8
	[[ -n $passed && $hung == 0 ]] || patience=4
	patience=${GRADE_PATIENCE:-$((patience + ${pace:-3000} * 20 / 1000))}
	[[ ${LAB_WHERE-native} == native ]] || patience=120
}

# What a test has to say comes before its verdict. Other lines are a sign of life.
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

# The first one that is still missing is the one that never ended.
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

# ---- As lines, for those who are not in this shell: outcome, title, details ------------------------

print_suite() {
	local title
	for title in "${titles[@]}"; do
		print_result "$title"
	done
}

# In one write, which no other gets into: a pipe takes 4096 bytes whole.
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

# ask_suite STEP PROGRAM [TITLE]: run_suite, here or in the VM. Limits need cgroup v2; a program of step 6
# that can do without them may be asked here. So may all, for GRADE_HERE=yes: what needs limits is skipped then.
ask_suite() {
	local result
	if runs_here "$1" "$2"; then
		run_suite "$@"
		return
	fi
	say "step ${1:4:1} needs cgroup v2 with memory, pids and cpu, which this host lacks: asking in the VM"
	result=$("$toolkit/lab/vm" "LAB_WHERE=vm lab/grade --suite $1 ${2#"$toolkit/"} ${3+${3@Q}}" </dev/null) ||
		die 'the VM did not come to its end'
	read_suite <<<"$result"
}

runs_here() {
	[[ -z ${GRADE_HERE-} ]] || return 0
	[[ $1 != step[56]* ]] || has_v2 && return
	[[ $1 == step6* ]] && "$toolkit/lab/chamber" "$2" --without cgroup "$toolkit/build/rootfs" true 2>/dev/null
}

has_v2() {
	local point controllers
	point=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	controllers=$(cat "$point/cgroup.controllers" 2>/dev/null) || return 1
	[[ $controllers == *cpu*memory*pids* ]]
}
