# shellcheck shell=bash disable=SC2034,SC2154 # used and set by the scripts that source it
#
# script.bash - reads a demo, lab/demos/NAME, and prints its parts. A line is a key and its text:
#
#   title     one line                        chapter   NAME NUMBER: where it is listed
#   needs     root v2 swap userns nft machine what the demo requires; machine: it always runs in the VM
#   about     what we are about to do         state     a command that prepares; shown and run first
#   ask       a question to predict           answer    short, after the commands
#   wrong     a common wrong answer           because   why it is wrong
#   run       a command                       mend      a command that shows the failure gone
#   shows     an extended regular expression that the output of the command above must match, with
#             blanks squeezed to one; the demo fails if it does not match
#   why       the rule                        read      the man page, and its section
#
# A line that begins with a tab continues the text above. # begins a comment.

declare -A text=()
kinds=() commands=() shows=()	# the commands in order: state, run or mend; and what each shows
wrongs=() reasons=()
demo=

read_demo() {
	local key rest line file=$toolkit/lab/demos/$1
	demo=$1 text=() kinds=() commands=() shows=() wrongs=() reasons=()
	[[ -n $1 && $1 != */* && -f $file ]] ||
		die "no such demo: '$1'; make demo lists all ${museum:=$(find "$toolkit/lab/demos" -type f | wc -l)}"
	while IFS= read -r line || [[ -n $line ]]; do
		case $line in
		'' | '#'*) continue ;;
		$'\t'*) go_on "${line#?}" && continue ;;
		esac
		read -r key rest <<<"$line"
		case $key in
		state | run | mend) kinds+=("$key") commands+=("$rest") shows+=('') ;;
		shows) shows[${#kinds[@]} - 1]=$rest ;;
		wrong) wrongs+=("$rest") ;;
		because) reasons+=("$rest") ;;
		title | chapter | needs | about | ask | answer | why | read) text[$key]=$rest ;;
		*) die "lab/demos/$1: unknown key '$key'; demo.d/script.bash lists the keys" ;;
		esac
	done <"$file"
	for key in title chapter about ask answer why read; do
		[[ -n ${text[$key]-} ]] || die "lab/demos/$1: the key '$key' is missing"
	done
}

# A continuation adds a line to a command, and more words to a text.
go_on() {
	case $key in
	state | run | mend) commands[${#kinds[@]} - 1]+=$'\n'$1 ;;
	shows) shows[${#kinds[@]} - 1]+=$1 ;;
	wrong) wrongs[${#wrongs[@]} - 1]+=" $1" ;;
	because) reasons[${#reasons[@]} - 1]+=" $1" ;;
	*) text[$key]+=" $1" ;;
	esac
}

# ---- Print -------------------------------------------------------------------------

bold='' dim='' red='' plain='' width=80
set_colours() {
	local columns
	if [[ -t 0 && -t 1 ]] && read -r _ columns < <(stty size) && ((columns > 20 && columns < 80)); then
		width=$columns
	fi
	[[ -t 1 && -z ${NO_COLOR-} ]] || return 0
	bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'
}

print_title() {
	local rule
	printf -v rule '%*s' $((width - 8 - ${#demo} - ${#text[title]})) ''
	printf '%s---- %s: %s %s%s\n\n' "$bold" "$demo" "${text[title]}" "${rule// /-}" "$plain"
}

# paragraph [LABEL] TEXT, 78 columns wide.
paragraph() {
	local label=${2+$1} words
	words=$(fold -s -w $((width - 2)) <<<"$*" | sed 's/ *$//')
	printf '%s%s%s%s\n\n' "$bold" "$label" "$plain" "${words#"$label"}"
}

print_wrong() {
	local i
	((${#wrongs[@]} == 0)) || printf '%sCommon wrong answers:%s\n' "$bold" "$plain"
	for i in "${!wrongs[@]}"; do
		fold -s -w $((width - 6)) <<<"\"${wrongs[i]}\" ${reasons[i]-}" | sed 's/ *$//; 1s/^/  - /; 1!s/^/    /'
	done
	((${#wrongs[@]} == 0)) || echo
}
