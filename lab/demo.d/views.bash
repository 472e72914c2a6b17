# shellcheck shell=bash disable=SC2154 # set by lab/demo
#
# views.bash - what LIVE=1 shows in tmux: the host, where the demo is typed, on the left; on the right a
# shell in the container, as soon as one lives; below the lens on both. lab/demo sources it.
#
# A container here is the first process of the demo's chamber that is in other namespaces than the
# chamber itself. Most demos' containers live for a moment: start one that stays in the demo's shell (!).
panes=()

open_views() {
	[[ -n ${TMUX-} ]] && command -v tmux >/dev/null || return 0
	panes+=("$(tmux split-window -d -v -l 45% -P -F '#{pane_id}' "cd '$toolkit' && exec lab/demo --beside lens")")
	panes+=("$(tmux split-window -d -h -l 40% -P -F '#{pane_id}' "cd '$toolkit' && exec lab/demo --beside container")")
}

close_views() {
	local pane
	for pane in "${panes[@]}"; do
		tmux kill-pane -t "$pane" 2>/dev/null || :
	done
}

beside() {
	local one
	while :; do
		echo "$1: none yet"
		until one=$(container); do
			sleep 0.3
		done
		clear
		"show_$1" "$one"
	done
}

# The shell ends with its container.
show_container() {
	PS1='container# ' nsenter --target "$1" --all sh || :
}

# Until there is another one; the last state stays.
show_lens() {
	local lens next
	build/lens --watch "$1" </dev/tty &
	lens=$!
	while next=$(container || echo "$1") && [[ $next == "$1" ]] && kill -0 "$lens" 2>/dev/null; do
		sleep 0.3
	done
	kill "$lens" 2>/dev/null || :
	wait "$lens" 2>/dev/null || :
}

# Of the newest demo.
container() {
	local chamber init=''
	chamber=$(find build/running -type f -printf '%T@ %f\n' | sort -rn | awk '{ print $2 }' | while read -r pid; do
		[[ $(readlink "/proc/$pid/exe") != */chamber ]] || { echo "$pid" && break; }
	done)
	read -r init _ 2>/dev/null <"/proc/${chamber:-none}/task/$chamber/children" || [[ -n $init ]] || return
	first_other "$init" "$init"
}

# first_other PID INIT: PID or what it has started, if it is in another namespace than INIT.
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
