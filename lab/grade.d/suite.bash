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
#   until_first_failure=yes   the rest is lost
#   GRADE_TAGS=TAG            of those tagged "grade", only those that have this tag, too
#   GRADE_PATIENCE=SECONDS    how long a test may take

titles_of() {
	awk -v tag="${GRADE_TAGS-}" '
		/^# bats test_tags=(.*,)?grade(,|$)/ { wanted = tag == "" || index($0 ",", "=" tag ",") || index($0 ",", "," tag ","); next }
		/^@test / && wanted { sub(/^@test "/, ""); sub(/" \{.*$/, ""); print }
		{ wanted = 0 }' "$toolkit/tests/steps/$1.bats"
}

# What a title is as a pattern, for bats.
literally() {
	sed 's/[][\\.*^$+?(){}|/]/\\&/g' <<<"$1"
}

run_suite() {
	local step=$1 program=$2 title missing failed passed='' round=0 hung=0
	declare -gA outcome=() details=()
	mapfile -t titles < <(titles_of "$step")
	[[ -z ${3-} ]] || titles=("$3")
	for title in "${titles[@]}"; do
		outcome[$title]=lost
	done
	# What hangs takes the suite along: the others get another round. What hangs twice hangs ever.
	while missing=$(lost_titles) && [[ -n $missing ]] && ((round++ < 3 && hung < 2)); do
		run_round
		[[ -z ${until_first_failure-} || -z $failed ]] || break
	done
}

lost_titles() {
	local title
	for title in "${titles[@]}"; do
		[[ ${outcome[$title]} != lost ]] || literally "$title"
	done | paste -sd '|'
}

# One bats in one chamber. Whatever says nothing for long is hanging.
run_round() {
	local line tap chamber status patience current='' title
	failed=
	exec {tap}< <(cd "$toolkit" && STEP=$step STEP_BIN=$program exec setsid lab/chamber bats --tap \
		--filter-tags grade --filter "^($missing)\$" "tests/steps/$step.bats" 2>/dev/null </dev/null)
	chamber=$!
	while status=0 && set_patience && { IFS= read -r -t "$patience" line <&"$tap" || status=$?; } && ((status == 0)); do
		[[ -z ${until_first_failure-} || -z $failed || ! $line =~ ^(not\ )?ok\  ]] || break
		take_line
	done
	exec {tap}<&-
	kill "$chamber" 2>/dev/null || :
	wait "$chamber" 2>/dev/null || :
	((status <= 128)) || blame_next
}

# Nobody waits long for a program that has shown nothing yet, or has hung before.
set_patience() {
	patience=${GRADE_PATIENCE:-10}
	[[ -n $passed && $hung == 0 ]] || patience=${GRADE_PATIENCE:-6}
	[[ ${LAB_WHERE-native} == native ]] || patience=120
}

take_line() {
	case $line in
	'ok '*' # skip'*)
		title=${line#ok * }
		details[${title% \# skip*}]=${line##*\# skip }
		outcome[${title% \# skip*}]=skip
		current=
		;;
	'ok '*) outcome[${line#ok * }]=ok current='' passed=yes ;;
	'not ok '*) current=${line#not ok * } failed=yes outcome[${line#not ok * }]=no ;;
	'# '*) [[ -z $current ]] || details[$current]+=${line#\# }$'\n' ;;
	esac
}

# The first one that is still lost is the one that never ended.
blame_next() {
	for title in "${titles[@]}"; do
		if [[ ${outcome[$title]} == lost ]]; then
			outcome[$title]=endless failed=yes hung=$((hung + 1))
			return
		fi
	done
}

# The suite as lines, for those who are not in this shell: outcome, title, details.
print_suite() {
	local title
	for title in "${titles[@]}"; do
		printf '%s\t%s\t%s\n' "${outcome[$title]}" "$title" "$(tr '\n' '\036' <<<"${details[$title]-}")"
	done
}

read_suite() {
	local result title detail
	declare -gA outcome=() details=()
	titles=()
	while IFS=$'\t' read -r result title detail; do
		titles+=("$title")
		outcome[$title]=$result
		details[$title]=$(tr '\036' '\n' <<<"$detail")
	done
}

# ---- Where ----------------------------------------------------------------------------------------

# ask_suite STEP PROGRAM [TITLE]: run_suite, here or in the VM. Limits need cgroup v2; a program of step 6
# that can do without them may be asked here.
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
	[[ $1 != step[56]* ]] || has_v2 && return
	[[ $1 == step6* ]] && "$toolkit/lab/chamber" "$2" --without cgroup "$toolkit/build/rootfs" true 2>/dev/null
}

has_v2() {
	local point controllers
	point=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	controllers=$(cat "$point/cgroup.controllers" 2>/dev/null) || return 1
	[[ $controllers == *cpu*memory*pids* ]]
}
