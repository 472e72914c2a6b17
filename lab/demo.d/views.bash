# shellcheck shell=bash disable=SC2154 # set by lab/demo
#
# views.bash - what LIVE=1 shows in tmux: the demo's terminal, on the host, on the left; on the right a shell
# in the container, as soon as there is one; below them the lens on both. lab/demo sources it.
#
# A container is here the first process of the demo's chamber that is in other namespaces than the chamber.
# The containers of most demos end at once. To see one that stays, start it in the demo's shell (!).
panes=()

open_views() {
	local columns tries=40
	[[ -n ${TMUX-} ]] && command -v tmux >/dev/null || return 0
	open_view lens -v -l 45%
	open_view container -h -l 40%
	give_back build/views
	# tmux sets the terminal's new size a little later.
	until read -r _ columns < <(stty size) && [[ $columns == "$(tmux display-message -p -t "$TMUX_PANE" '#{pane_width}')" ]] || ((!tries--)); do
		sleep 0.05
	done
}

# open_view WHAT OPTION...: recorded with tmux's server for lab/panic. The pane option @lab marks it as ours.
open_view() {
	local pane
	pane=$(tmux split-window -d "${@:2}" -t "$TMUX_PANE" -P -F '#{pane_id}' "cd '$toolkit' && exec lab/demo --beside $1")
	tmux set-option -p -t "$pane" @lab "$toolkit"
	mkdir -p build/views
	echo "${TMUX%%,*}" >"build/views/$pane"
	panes+=("$pane")
}

close_views() {
	local pane
	for pane in "${panes[@]}"; do
		tmux kill-pane -t "$pane" 2>/dev/null || :
		rm -f "build/views/$pane"
	done
}

beside() {
	local one
	while :; do
		echo "$1: no container yet"
		until one=$(container); do
			sleep 0.3
		done
		clear
		# shellcheck disable=SC2086 # two words
		"show_$1" $one
	done
}

# The shell is killed when its container ends; bash's message about that is discarded.
show_container() {
	{ PS1='container# ' nsenter --target "$1" --all sh 2>&3 3>&- || :; } 3>&2 2>/dev/null
}

# Runs until another container starts; the last state stays on the screen. The lens runs in the demo's chamber, as its
# host side is the chamber: there the container has another PID.
show_lens() {
	local lens next user=() pid
	((EUID == 0)) || user=(--user --preserve-credentials)
	pid=$(awk '$1 == "NSpid:" { print $3 }' "/proc/$1/status" 2>/dev/null) || return 0
	nsenter --target "$2" --mount --uts --ipc --net --pid "${user[@]}" setpriv --pdeathsig TERM "$toolkit/build/lens" --watch "$pid" </dev/tty &
	lens=$!
	while next=$(container || echo "$1 $2") && [[ $next == "$1 $2" ]] && kill -0 "$lens" 2>/dev/null; do
		sleep 0.3
	done
	kill "$lens" 2>/dev/null || :
	wait "$lens" 2>/dev/null || :
}

# Prints, for the newest demo, the PIDs of the container and of the chamber's PID 1.
container() {
	local chamber init='' found
	chamber=$(find build/running -type f -printf '%T@ %f\n' | sort -rn | awk '{ print $2 }' | while read -r pid; do
		[[ $(readlink "/proc/$pid/exe") != */chamber ]] || { echo "$pid" && break; }
	done)
	read -r init _ 2>/dev/null <"/proc/${chamber:-none}/task/$chamber/children" || [[ -n $init ]] || return
	found=$(first_other "$init" "$init") && echo "$found $init"
}

# first_other PID INIT: print PID or its first descendant that is in another namespace than INIT.
first_other() {
	local child kind children=()
	for kind in pid mnt uts net user; do
		[[ /proc/$1/ns/$kind -ef /proc/$2/ns/$kind || ! -e /proc/$1/ns/$kind ]] || { echo "$1" && return; }
	done
	read -ra children 2>/dev/null <"/proc/$1/task/$1/children" || :
	for child in "${children[@]}"; do
		! first_other "$child" "$2" || return 0
	done
	return 1
}
