# shellcheck shell=bash disable=SC2094,SC2153,SC2154,SC2317 # a file with two places; set by others; called by name
#
# player.bash - type a demo's commands and let them answer: the start-up file of the very shell in
# which they run (lab/demo starts it, in a chamber), so that state, messages and $? are a shell's own.
#
#   DEMO NAME   DEMO_MODE plain|cast|live   DEMO_FROM the place to begin at; what is before runs untyped
#
# Ends with 0; 125 if something was not as promised; 64 + N in live: begin anew at place N.
# Its names begin with demo_, or are those of script.bash: the commands have all others.
exec 2>&3 3>&-
set +m		# the shell's own remarks on jobs are not the demo's
tool=lab/demo toolkit=$PWD
die() { printf '%s: %s\n' "$tool" "$*" >&2; exit 125; }
# shellcheck source-path=SCRIPTDIR
. lab/demo.d/script.bash
[[ ${LAB_CHAMBER-} == 1 ]] || die 'the player runs in a chamber alone: call lab/demo'

demo_status=0 demo_failed=0 demo_path=$PATH demo_own_path=$PATH
demo_main() {
	local place=0 item items
	read_demo "$DEMO"
	set_colours
	demo_open_output
	mapfile -t items < <(demo_items)
	print_title
	for item in "${items[@]}"; do
		demo_go=yes
		((place < DEMO_FROM)) || demo_wait "$item" "$place"
		[[ $demo_go == skip ]] || demo_"${item%% *}" "${item#* }"
		((++place))
	done
	[[ $DEMO_MODE != live ]] || { demo_key 'The end. r: again.' && demo_obey "$place"; }
	exit "$demo_failed"
}

# What happens, in order: a word, and for a command its number.
demo_items() {
	local i
	echo about
	for i in "${!kinds[@]}"; do
		[[ ${kinds[i]} != state ]] || echo "command $i"
	done
	echo ask
	for i in "${!kinds[@]}"; do
		[[ ${kinds[i]} != run ]] || echo "command $i"
	done
	echo answer
	[[ " ${kinds[*]} " != *' mend '* ]] || echo mended
	for i in "${!kinds[@]}"; do
		[[ ${kinds[i]} != mend ]] || echo "command $i"
	done
	echo read
}

demo_about() { paragraph "${text[about]}"; }
demo_ask() {
	[[ " ${kinds[*]} " != *' state '* ]] || echo
	paragraph '? ' "${text[ask]}"
	demo_hear
}
demo_answer() {
	echo
	paragraph Answer: "${text[answer]}"
	print_wrong
	paragraph Why: "${text[why]}"
}
demo_mended() { printf '%sCompare:%s\n' "$bold" "$plain"; }
demo_read() { echo; printf '%sRead:%s %s\n' "$bold" "$plain" "${text[read]}"; }

# The answer, before the reveal.
demo_hear() {
	case $DEMO_MODE in
	plain) [[ ! -t 0 ]] || { IFS= read -r -e -p 'Your answer: ' && echo; } ;;
	cast) sleep 5 ;;
	esac
}

# ---- A command -----------------------------------------------------------------------

# The output goes through a file without a name, so that no broken mount is in the way. Each of the
# two descriptors has its own place in it.
demo_open_output() {
	local file
	file=$(mktemp)
	exec {demo_in}>>"$file" {demo_out}<"$file"
	rm "$file"
}

demo_command() {
	local said squeezed
	demo_type "${commands[$1]}"
	demo_run "$1"
	IFS= read -r -d '' said <&"$demo_out"
	printf %s "$said"
	[[ -z $said || $said == *$'\n' ]] || echo
	squeezed=$(tr -s '[:space:]' ' ' <<<"$said")
	if [[ -n ${shows[$1]} && ! $squeezed =~ ${shows[$1]} ]]; then
		printf '%sNot what was promised:%s %s\n' "$red" "$plain" "${shows[$1]}"
		demo_failed=125
	fi
	[[ $DEMO_MODE != cast ]] || sleep 1
}

demo_run() {
	PATH=$demo_path
	(exit "$demo_status")
	eval "${commands[$1]}" </dev/null >&"$demo_in" 2>&1
	demo_status=$? demo_path=$PATH PATH=$demo_own_path
}

demo_type() {
	local line prompt='lab# '
	while IFS= read -r line; do
		printf '%s%s' "$bold" "$prompt"
		case $DEMO_MODE-$((place < DEMO_FROM)) in
		live-0) demo_by_hand "$line" "${LIVE_PACE:-0.04}" 1 ;;
		cast-0) demo_by_hand "$line" 0.15 5 ;;
		*) printf %s "$line" ;;
		esac
		printf '%s\n' "$plain"
		prompt='> '
	done <<<"$1"
}

# At a human pace: so many characters at a time.
demo_by_hand() {
	local i
	for ((i = 0; i < ${#1}; i += $3)); do
		printf %s "${1:i:$3}"
		sleep "$2"
	done
}

# ---- Live ------------------------------------------------------------------------------

demo_keys='Enter: go on   b: back one   s: skip   !: a shell, in this very state   w: the wrong answers
r: reset, from the start   q: end'

demo_wait() {
	[[ $DEMO_MODE == live && $1 != about && $1 != mended ]] || return 0
	demo_key "${1%% *}"
	demo_obey "$2"
}

# What comes next stands in the way only until a key is pressed.
demo_key() {
	local said="[$1] Enter b s ! w r q, ?: help "
	printf '%s%s%s' "$dim" "$said" "$plain"
	IFS= read -rsn1 demo_pressed || demo_pressed=q
	printf '\r%*s\r' ${#said} ''
}

demo_obey() {
	local before
	while :; do
		case $demo_pressed in
		'' | ' ') return ;;
		b) before=$(demo_before "$1") && exit $((64 + before)) ;;
		s) demo_go=skip && return ;;
		'!') demo_shell ;;
		w) print_wrong ;;
		r) clear 2>/dev/null; exit 64 ;;
		q) exit "$demo_failed" ;;
		*) printf '%s%s%s\n' "$dim" "$demo_keys" "$plain" ;;
		esac
		demo_key again
	done
}

# The last place before PLACE at which live waits.
demo_before() {
	local i
	for ((i = $1 - 1; i > 0; i--)); do
		[[ ${items[i]} == mended ]] || break
	done
	echo $((i > 0 ? i : 0))
}

# A line of this very shell is read and run, until exit or Ctrl-D.
demo_shell() {
	local demo_line
	printf '%sA shell, in this very state. exit: back to the demo.%s\n' "$dim" "$plain"
	trap : INT
	while IFS= read -r -e -p 'lab# ' demo_line && [[ $demo_line != exit ]]; do
		history -s "$demo_line"
		(exit "$demo_status")
		eval "$demo_line"
		demo_status=$?
	done
	trap - INT
	echo
}

demo_main
