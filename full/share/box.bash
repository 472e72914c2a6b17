# shellcheck shell=bash
#
# box.bash - completion of box's command line for bash. All words come from box's help, so they are those of the box that you have.

# _box_options HELP: the options in a command's help
_box_options() {
	sed -nE 's/^  (-., )? *(--[a-z-]+).*/\2/p' <<<"$1"
}

# _box_values HELP OPTION: the values of an option that takes one of a few: --network none|host|bridge
_box_values() {
	[[ $2 != --without ]] || sed -nE 's/^      ([a-z][a-z-]*) .*/\1/p' <<<"$1"
	sed -nE "s/^  (-., )? *$2 ([a-z]+(\\|[a-z]+)+) .*/\\2/p" <<<"$1" | tr '|' '\n'
}

_box() {
	local box=${COMP_WORDS[0]} command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} help='' words=''
	if ((COMP_CWORD == 1)) || [[ $COMP_CWORD == 2 && $command == help ]]; then
		words=$("$box" help 2>/dev/null | sed -nE 's/^  ([a-z]+) .*/\1/p')
	else
		help=$("$box" help "$command" 2>/dev/null)
		if [[ $word == -* ]]; then
			words=$(_box_options "$help")
		elif [[ $last == --* ]]; then
			words=$(_box_values "$help" "$last")
		elif [[ ${help%%$'\n'*} == *ID* ]]; then
			words=$("$box" ps --quiet 2>/dev/null)
		fi
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _box box
