# shellcheck shell=bash disable=SC2154 # set by lab/demo
#
# machine.bash - the VM that stays up from one demo to the next. lab/demo sources it.
#
# In build/machine, in and out are the VM's streams, pid is its process on the host (lab/panic ends it),
# and the running demo holds lock. A keeper starts the VM and ends it together with the terminal's session.
# The VM ends by itself when no demo is requested for 20 minutes.
machine=$toolkit/build/machine

# in_machine MODE NAME: play the demo in the VM. Returns the demo's status.
in_machine() {
	local request
	[[ $1 == plain || $1 == cast || -t 0 ]] || die 'LIVE=1 requires a terminal'
	mkdir -p "$machine"
	exec {machine_lock}>"$machine/lock"
	flock --nonblock "$machine_lock" || die 'another demo is running in the VM; wait for it to end, or run make panic'
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

# Is PID our VM, and not another process that got its PID?
is_ours() {
	is_recorded "$toolkit/build/running/$1"
}

# Is the VM's copy of the toolkit up to date? If not, end the VM.
is_like_now() {
	local newer
	newer=$(find lab/common.bash lab/chamber lab/demo lab/demo.d lab/demos build/{chamber,escape,hog} step?-*/step?-* \
		-type f -newer "$machine/pid" -print -quit)
	[[ -n $newer ]] || return 0
	end_machine
	return 1
}

start_machine() {
	say 'starting the VM; it stays up for the next demos'
	lab/vm --image
	rm -f "$machine"/{in,out,pid,log}
	mkfifo "$machine/in" "$machine/out"
	setsid "$toolkit/lab/demo" --keep "$(sitting)" <>"$machine/in" >/dev/null 2>"$machine/log" {machine_lock}>&- &
	# Opening a FIFO blocks until the keeper has opened it, too.
	exec {machine_in}<>"$machine/in" {machine_out}<"$machine/out"
	give_back "$machine"
}

# Prints the PID of the leader of the session that the VM belongs to: the user's session, where sudo has created
# one of its own. Prints 1 if we can't see that leader; then only the idle timeout ends the VM. lab/cast sets LAB_SITTING.
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

# The keeper. Its stdin becomes the VM's.
keep_machine() {
	local session=$1
	# The PID comes before out is open: then the demo goes on, and the next one looks for it.
	(echo "$BASHPID" >"$machine/pid" && exec lab/vm 'lab/demo --serve' >"$machine/out") <&0 &
	vm=$!
	while kill -0 "$vm" 2>/dev/null && [[ -d /proc/$session ]]; do
		sleep 1
	done
	kill "$vm" 2>/dev/null || :
	# Another VM may have been started by now.
	[[ $(cat "$machine/pid" 2>/dev/null) != "$vm" ]] || rm -f "$machine"/{in,out,pid}
}

# end_machine: end the VM whose PID is in build/machine/pid.
end_machine() {
	local pid
	pid=$(cat "$machine/pid" 2>/dev/null) || return 0
	! is_ours "$pid" || kill "$pid" 2>/dev/null || :
	rm -f "$machine"/{in,out,pid}
}

# Runs in the VM. Each line is a request; after the demo's output, an RS and the status end the answer.
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

# Print the VM's output as it arrives; the status follows the RS.
relay() {
	local LC_ALL=C byte	# byte by byte: with a timeout, read could drop the RS
	while IFS= read -r -N 1 -u "$machine_out" byte; do
		if [[ $byte == $'\036' ]]; then
			read -r machine_status <&"$machine_out"
			return
		fi
		printf %s "$byte"
	done
	die "the VM has ended: $(tail -n 1 "$machine/log" 2>/dev/null)"
}

# Pass every key to the VM.
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
