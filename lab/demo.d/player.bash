# shellcheck shell=bash disable=SC2094,SC2153,SC2154,SC2317 # a file with two places; set by others; called by name
#
# player.bash - types a demo's commands and runs them. It is the start-up file of the shell in which they
# run (lab/demo starts that shell in a chamber), so state, messages and $? are those of a real shell.
#
#   DEMO NAME   DEMO_MODE plain|cast|live   DEMO_FROM the place to start at; earlier commands run without delay
#
# Exits with 0; with 125 if the output was not as promised; in live mode with 64 + N to start again at place N.
# Its names begin with demo_ or come from script.bash. All other names are free for the demo's commands.
exec 2>&3 3>&-
set +m		# no job messages from this shell in the demo's output
tool=lab/demo toolkit=$PWD
die() { printf '%s: %s\n' "$tool" "$*" >&2; exit 125; }
# shellcheck source-path=SCRIPTDIR
. lab/demo.d/script.bash
[[ ${LAB_CHAMBER-} == 1 ]] || die 'the player runs only in a chamber: use lab/demo'

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
	[[ $DEMO_MODE != live ]] || { demo_key 'End of the demo. r: restart' && demo_obey "$place"; }
	exit "$demo_failed"
}

# Prints what happens, in order: one word per line, and for a command its number.
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

# Asks for the viewer's answer before the reveal.
demo_hear() {
	case $DEMO_MODE in
	plain) [[ ! -t 0 ]] || { IFS= read -r -e -p 'Your answer: ' && echo; } ;;
	cast) sleep 5 ;;
	esac
}

# ---- A command -----------------------------------------------------------------------

# The output goes through an unlinked file, which works even after a demo has broken the mounts. Two
# descriptors, one for writing and one for reading, have separate file offsets.
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
		printf '%sNot as promised; expected:%s %s\n' "$red" "$plain" "${shows[$1]}"
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

# demo_by_hand TEXT DELAY N: type N characters at a time, at a human pace.
demo_by_hand() {
	local i
	for ((i = 0; i < ${#1}; i += $3)); do
		printf %s "${1:i:$3}"
		sleep "$2"
	done
}

# ---- Live ------------------------------------------------------------------------------

demo_keys='Enter: next   b: back one   s: skip   !: open a shell in this state   w: show the wrong answers
r: restart in a new chamber   q: quit'

demo_wait() {
	[[ $DEMO_MODE == live && $1 != about && $1 != mended ]] || return 0
	demo_key "${1%% *}"
	demo_obey "$2"
}

# Shows what comes next, and erases it when a key is pressed.
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

# Prints the last place before PLACE at which live mode waits.
demo_before() {
	local i
	for ((i = $1 - 1; i > 0; i--)); do
		[[ ${items[i]} == mended ]] || break
	done
	echo $((i > 0 ? i : 0))
}

# Reads lines and runs them in this same shell, until exit or Ctrl-D.
demo_shell() {
	local demo_line
	printf '%sA shell in this state of the demo. exit returns to the demo.%s\n' "$dim" "$plain"
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
