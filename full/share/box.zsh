#compdef box
#
# box.zsh - completion of box's command line for zsh, which finds it as _box. All words come from box's help, so they are those of the
# box that you have.

_box() {
	local box=$words[1] command=$words[2] last=$words[CURRENT-1] help
	local -a all
	if (( CURRENT == 2 )) || [[ $CURRENT == 3 && $command == help ]]; then
		all=(${(f)"$($box help 2>/dev/null | sed -nE 's/^  ([a-z]+) +(.*)/\1:\2/p')"})
		_describe command all
		return
	fi
	help=$($box help $command 2>/dev/null)
	if [[ $PREFIX == -* ]]; then
		all=(${(f)"$(sed -nE 's/^  (-., )? *(--[a-z-]+).* {2,}(.*)/\2:\3/p' <<<$help)"})
		_describe option all
	elif [[ $last == --without ]]; then
		all=(${(f)"$(sed -nE 's/^      ([a-z][a-z-]*) +(.*)/\1:\2/p' <<<$help)"})
		_describe brick all
	elif [[ ${help%%$'\n'*} == *ID* ]]; then
		all=(${(f)"$($box ps --quiet 2>/dev/null)"})
		_describe container all
	else
		_files
	fi
}

_box "$@"
