# shellcheck shell=bash disable=SC2154 # set by lab/demo
#
# machine.bash - the VM that stays up between the demos of a sitting. lab/demo sources it.
#
# In build/machine: in and out are its streams, pid its process on the host (lab/panic ends it),
# lock is held by the demo that is shown. A keeper starts it, and ends it with the sitting: when the
# terminal's session is over. When nobody asks for a demo for 20 minutes it ends by itself.
machine=$toolkit/build/machine

# in_machine MODE NAME: show it there. Its status is the demo's.
in_machine() {
	local request
	[[ $1 == plain || $1 == cast || -t 0 ]] || die 'LIVE=1 needs a terminal'
	mkdir -p "$machine"
	exec {machine_lock}>"$machine/lock"
	flock --nonblock "$machine_lock" || die 'another demo is shown in the machine: wait for its end, or call make panic'
	printf '(In the VM: %s.)\n' "$why"
	if ! is_up || ! is_like_now; then
		start_machine
	fi
	request="pipe 0 0 dumb $1 $2"
	if [[ -t 0 && -t 1 ]]; then
		request="tty $(stty size) ${TERM:-dumb} $1 $2"
	fi
	trap end_machine EXIT
	echo "$request" >&"$machine_in"
	if [[ $request == tty* ]]; then
		on_terminal relay
	else
		relay
	fi
	trap - EXIT
	return "$machine_status"
}

is_up() {
	local pid
	pid=$(cat "$machine/pid" 2>/dev/null) && [[ -p $machine/in ]] && is_ours "$pid" || return 1
	exec {machine_in}<>"$machine/in" {machine_out}<"$machine/out"
}

# Not a stranger that was given its number.
is_ours() {
	grep -qsF lab_init= "/proc/$1/cmdline"
}

# It has a copy of the toolkit from when it started.
is_like_now() {
	local newer
	newer=$(find lab/common.bash lab/chamber lab/demo lab/demo.d lab/demos build/{chamber,escape,hog} step?-*/step?-* \
		-type f -newer "$machine/pid" -print -quit)
	[[ -n $newer ]] || return 0
	end_machine
	return 1
}

start_machine() {
	say 'starting the machine; it stays for the next demos'
	lab/vm --image
	rm -f "$machine"/{in,out,pid,log}
	mkfifo "$machine/in" "$machine/out"
	setsid "$toolkit/lab/demo" --keep "$(sitting)" <>"$machine/in" >/dev/null 2>"$machine/log" {machine_lock}>&- &
	# Opens when the keeper has opened it, too.
	exec {machine_in}<>"$machine/in" {machine_out}<"$machine/out"
	give_back "$machine"
}

# Who leads the session in which we were called? sudo may have given us one of our own. PID 1, if
# nobody does that can be seen from here: then the machine ends by itself alone. lab/cast is a sitting.
sitting() {
	local pid=$$ stat parent session leader=${LAB_SITTING:-1}
	while ((pid > 1)) && read -r stat 2>/dev/null <"/proc/$pid/stat"; do
		read -r _ parent _ session _ <<<"${stat##*) }"
		((leader > 1)) || leader=$session
		[[ $(cat "/proc/$pid/comm") != sudo ]] || leader=1
		pid=$parent
	done
	echo $((leader > 0 ? leader : 1))
}

# The keeper. Its stdin is the machine's.
keep_machine() {
	local session=$1
	lab/vm 'lab/demo --serve' <&0 >"$machine/out" &
	vm=$!
	echo "$vm" >"$machine/pid"
	give_back "$machine"
	while kill -0 "$vm" 2>/dev/null && [[ -d /proc/$session ]]; do
		sleep 1
	done
	kill "$vm" 2>/dev/null || :
	# There may be another by now.
	[[ $(cat "$machine/pid" 2>/dev/null) != "$vm" ]] || rm -f "$machine"/{in,out,pid}
}

# end_machine: by the number that was written down.
end_machine() {
	local pid
	pid=$(cat "$machine/pid" 2>/dev/null) || return 0
	! is_ours "$pid" || kill "$pid" 2>/dev/null || :
	rm -f "$machine"/{in,out,pid}
}

# In the machine: a line is a request, an RS and the status its end.
serve() {
	local kind rows columns term mode name status
	while read -r -t "${LAB_IDLE:-1200}" kind rows columns term mode name; do
		status=0
		if [[ $kind == tty ]]; then
			TERM=$term script -qefc "stty rows $rows cols $columns; lab/demo --$mode $name" /dev/null || status=$?
		else
			lab/demo "--$mode" "$name" </dev/null 2>&1 || status=$?
		fi
		printf '\036%s\n' "$status"
	done
}

# ---- The terminal ------------------------------------------------------------------------

# What comes is passed on as it comes; after the RS is the status.
relay() {
	local chunk status
	while :; do
		status=0
		IFS= read -r -d $'\036' -t 0.05 -u "$machine_out" chunk || status=$?
		printf %s "$chunk"
		((status > 128)) || break
	done
	((status == 0)) || die "the machine ended: $(tail -n 1 "$machine/log" 2>/dev/null)"
	read -r machine_status <&"$machine_out"
}

# Every key goes to the machine.
on_terminal() {
	local before typist
	before=$(stty -g)
	stty raw -echo
	cat </dev/tty >&"$machine_in" &
	typist=$!
	"$@"
	kill "$typist" 2>/dev/null || :
	stty "$before"
}
