# shellcheck shell=bash
#
# rows.bash - run a table of an engine's commands under two runtimes, and compare what comes of them. Sourced by the programs beside it.
#
# A table (ENGINE.rows) has paragraphs: a title, and lines for bash. Their standard output and their exit status have to be the same
# under both runtimes. A title that ends in [cgroup] needs the controllers of cgroup v2, and one that ends in [chamber] needs to be
# without them. One that ends in another word, such as [pods], needs the program to have set has_WORD to yes. The output is TAP, and a
# table of seconds. With SHOW=yes in the environment, it has what the rows print, too.
#
# The program that sources this file sets has_cgroup (yes or no) and place (a directory), and defines two functions:
#
#   use_runtime NAME    from now on, commands use this runtime
#   after_row           remove what a row has left

# in_machine PROGRAM [ARG...]: on any other machine, run PROGRAM in the one with the engines instead, and exit as it does.
in_machine() {
	[[ ${LAB_WHERE-} != vm ]] || return 0
	exec lab/vm --engines --memory 2G "SHOW=${SHOW-} TEST_SLOWNESS=$((5 * ${TEST_SLOWNESS:-1})) ${*@Q}" </dev/null
}

# blocks LANGUAGE TEXT: print the lesson's blocks that have a line with this text.
blocks() {
	awk -v fence="\`\`\`$1" -v text="$2" '
		$0 == fence { inside = 1; block = ""; found = 0; next }
		/^```$/ && inside { inside = 0; if (found) printf "%s", block }
		inside { block = block $0 "\n"; if (index($0, text)) found = 1 }
	' full/README.md
}

# run_rows FILE REFERENCE [PATTERN]: run FILE's rows, or those whose titles match PATTERN, under REFERENCE and under box.
run_rows() {
	local reference=$2 pattern=${3:-.} number=0 title code
	local -a titles=() codes=()
	while IFS= read -r -d '' title && IFS= read -r -d '' code; do
		has_need "$title" || continue
		[[ $title =~ $pattern ]] || continue
		titles+=("$title") codes+=("$code")
	done < <(paragraphs "$1")
	echo "1..${#titles[@]}"
	for title in "${titles[@]}"; do
		compare_row "$title" "${codes[number]}" $((++number))
	done
	printf '# %-55s %8s %8s\n' 'seconds under' "$reference" box
	sed 's/^/# /' "$place/times"
}

# Is there what a row with this TITLE needs?
has_need() {
	local need=${1##*[}
	case $1 in
	*'[chamber]') [[ ${has_cgroup:-no} = no ]] ;;
	*'['*']') need=has_${need%]} && [[ ${!need-no} = yes ]] ;;
	esac
}

# Print title and code of each paragraph of FILE, with a NUL after each.
paragraphs() {
	awk 'BEGIN { RS = "" } !/^#/ { end = index($0, "\n"); printf "%s%c%s%c", substr($0, 1, end - 1), 0, substr($0, end + 1), 0 }' "$1"
}

compare_row() {
	local title=$1 code=$2 number=$3 runtime
	local -A took=()
	for runtime in "$reference" box; do
		try_row "$runtime" "$code" "$place/$runtime"
	done
	printf '%-55s %8s %8s\n' "$title" "${took[$reference]}" "${took[box]}" >>"$place/times"
	if grep -q '^in vain: ' "$place/$reference/result" || [[ $(<"$place/$reference/result") = 'exit status '[!0]* ]]; then
		echo "not ok $number - $title"
		echo "# under $reference, it only fails; the row compares nothing:"
		cat "$place/$reference"/{result,errors} | head -n 9 | sed 's/^/# /'
		return
	fi
	if cmp -s "$place"/{"$reference",box}/result; then
		echo "ok $number - $title"
		[[ -z ${SHOW-} ]] || sed 's/^/# /' "$place/box/result"
		return
	fi
	echo "not ok $number - $title"
	{ diff -u --label "$reference" --label box "$place"/{"$reference",box}/result || :; } | sed 's/^/# /'
	for runtime in "$reference" box; do
		head -n 5 "$place/$runtime/errors" | sed "s/^/# $runtime's stderr: /"
	done
}

# try_row RUNTIME CODE PLACE: write CODE's output and status to PLACE/result, and its seconds to took.
try_row() {
	local runtime=$1 code=$2 place=$3 start status=0 milliseconds
	mkdir -p "$place"
	: >"$place/result"
	start=${EPOCHREALTIME/./}
	(use_runtime "$runtime" && eval "$code") </dev/null >>"$place/result" 2>"$place/errors" || status=$?
	milliseconds=$(((${EPOCHREALTIME/./} - start) / 1000))
	took[$runtime]=$((milliseconds / 1000)).$(printf %02d $((milliseconds % 1000 / 10)))
	echo "exit status $status" >>"$place/result"
	after_row
}

# on_terminal COMMAND...: run a command on a terminal, and print its output up to the line "all". Then type Enter, for which the
# program in the container waits: engines, under any runtime, can lose the last output of one that has ended. Exit as the command does.
on_terminal() {
	local line typed seen=no
	rm -f "$place/typed"
	mkfifo "$place/typed"
	exec {typed}<>"$place/typed"
	SHELL=$BASH script -qec "$(declare -f "$1")"$'\n'"runtime=$runtime; ${*@Q}" /dev/null <&"$typed" | while IFS= read -r line; do
		line=${line%%$'\r'*} # some engines print a second carriage return
		case $seen-$line in
		no-all) seen=yes && echo >&"$typed" ;;
		no-*) printf '%s\n' "$line" ;;
		esac
	done
}

# must COMMAND...: run a command that has to succeed, such as one that starts a container: without it, a row would compare errors.
must() {
	"$@" || in_vain "$*"
}

# Say it in the row's result, wherever its output goes.
in_vain() {
	echo "in vain: $1" >>"$place/result"
	return 1
}

# wait_for CODE [SECONDS]: run CODE until it succeeds, and print its output; for 20 seconds, multiplied by how slow the machine is.
# Where a try is costly, set interval to more seconds between two of them.
wait_for() {
	local code=$1 end=$((SECONDS + ${2:-20} * ${TEST_SLOWNESS:-1})) output
	until output=$(eval "$code" 2>/dev/null); do
		((SECONDS < end)) || { echo "in vain: $code"; return 1; }
		sleep "${interval-0.05}"
	done
	[[ -z $output ]] || printf '%s\n' "$output"
}
