# shellcheck shell=bash
#
# common.bash - functions that the tools in lab/ share. Sourcing it only defines functions and two variables:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/common.bash"

toolkit=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
tool=lab/${0##*/}

# die TEXT...: the lab itself failed, not the command that it runs. Exits with status 125, as the steps do.
die() {
	printf '%s: %s\n' "$tool" "$*" >&2
	exit 125
}

# say TEXT...: one line of progress, on stderr.
say() {
	printf '%s: %s\n' "$tool" "$*" >&2
}

# stage WHAT COMMAND...: run COMMAND, which takes long. Prints WHAT, and then how long it took.
# COMMAND's output is shown only if it fails.
stage() {
	local what=$1 start=$SECONDS log
	shift
	log=$(mktemp)
	printf '%s: %s ...' "$tool" "$what" >&2
	if "$@" >"$log" 2>&1; then
		printf ' %s s\n' $((SECONDS - start)) >&2
		rm -f "$log"
	else
		printf ' failed\n' >&2
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "could not finish: $what (its last lines are above)"
	fi
}

# need PART COMMAND...: install lab/setup's PART if one of the commands is missing.
need() {
	local part=$1 command
	shift
	for command; do
		if ! PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null; then
			"$toolkit/lab/setup" "$part"
			return
		fi
	done
}

# The directory for files that outlive a checkout. Under sudo, it is in the user's home, not in root's.
cache_dir() {
	local home=$HOME base=${XDG_CACHE_HOME-}
	if [[ -n ${SUDO_USER-} && $EUID -eq 0 ]]; then
		base=
		home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
	fi
	printf '%s\n' "${base:-$home/.cache}/containers-step-by-step"
}

# fingerprint [FILE...]: print a short checksum of the files, or of stdin. Directories in the cache have it in their names.
fingerprint() {
	cat "$@" | sha256sum | cut -c1-16
}

# lock_cache DIRECTORY OTHER: create DIRECTORY, and set lock to a descriptor on which no other process has a lock now. OTHER:
# whom to name if that takes a while.
lock_cache() {
	[[ -d ${1%/*} ]] || { mkdir -p "${1%/*}" && give_back "${1%/*}"; }
	mkdir -p "$1"
	exec {lock}>>"$1/lock"
	flock --wait 5 "$lock" || { say "waiting for $2" && flock "$lock"; }
}

# make_entry DIRECTORY COMMAND...: create DIRECTORY, KIND-FINGERPRINT, in the cache, whose lock the caller holds. COMMAND fills
# it, and gets the name that it has until then as its last argument. Unfinished directories beside it are removed, and
# others of its kind that were not used for a week.
make_entry() {
	local entry=$1 cache=${1%/*} new kind
	shift
	kind=${entry##*/}
	rm -rf "$cache"/new.*
	find "$cache" -mindepth 1 -maxdepth 1 -name "${kind%%-*}-*" -mtime +7 -exec rm -rf {} +
	new=$(mktemp -d "$cache/new.XXXXXX")
	"$@" "$new"
	chmod 755 "$new"
	mv "$new" "$entry"
}

# give_back PATH...: under sudo, change the owner to the user who called sudo.
give_back() {
	if [[ -n ${SUDO_UID-} && $EUID -eq 0 ]]; then
		chown -R -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" -- "$@"
	fi
}

# toolkit_tar OPTION... FILE...: write a tar file of the toolkit's FILEs to stdout (".": all of it), without what no copy needs: the
# history, the book with its parts and the tab's machine, and the records of the labs that run.
toolkit_tar() {
	tar -C "$toolkit" --exclude=./.git --exclude=./book/node_modules --exclude=./build/{book,tab}* --exclude=./build/{labs,machine} -c "$@"
}

# If make ran as root, its files belong to root, and the user can't add files beside them.
check_build() {
	local place
	for place in "$toolkit"/build{,/grade,/running,/machine}; do
		[[ ! -e $place || -w $place ]] || die "$place belongs to another user: sudo chown -R \"\$USER\" $toolkit/build"
	done
}

# birth_of PID: print the process's start time, in clock ticks since boot: proc(5), /proc/PID/stat, field 22. The kernel
# reuses PIDs; a PID and a start time identify one process. The second field, the name, may contain blanks.
birth_of() {
	local stat fields
	read -r stat 2>/dev/null <"/proc/$1/stat" || return
	read -ra fields <<<"${stat##*) }"
	echo "${fields[19]}"
}

# is_recorded FILE: true if the process whose PID is FILE's name is still the one that wrote FILE. Another lab may remove
# FILE at any time, and bash ends where $(<FILE) finds none.
is_recorded() {
	local birth
	read -r birth 2>/dev/null <"$1" && [[ $(birth_of "${1##*/}") == "$birth" ]]
}

# Record this process, so that lab/panic knows that the lab started it. The record stays valid across exec.
write_down() {
	local running=$toolkit/build/running record
	mkdir -p "$running" 2>/dev/null && birth_of "$BASHPID" 2>/dev/null >"$running/$BASHPID" || return 0
	for record in "$running"/*; do
		[[ ! -s $record ]] || is_recorded "$record" || rm -f "$record" # an empty one is being written
	done
	give_back "$running"
}

cgroup2_mount() {
	findmnt -n -l -t cgroup2 -o TARGET | tail -n 1
}

# lend_limits ARGUMENT...: in a lab, run this tool again with these arguments, so that the chambers that it creates have limits, and
# exit with its status; elsewhere, do nothing. For that, the lab's cgroup has to enable controllers, which it can't while it
# has processes: cgroups(7), "No internal processes". So they wait in a leaf, and come back.
lend_limits() {
	local result=0
	[[ ${LAB_CHAMBER-} == 1 && -z ${LAB_LENDS-} ]] || return 0
	lender=$(cgroup2_mount)
	[[ $(cat "$lender/cgroup.controllers" 2>/dev/null) == *cpu*memory*pids* ]] || return 0
	[[ $(cat "$lender/cgroup.subtree_control") != *cpu*memory*pids* ]] || return 0
	mkdir "$lender/lent" 2>/dev/null || return 0 # another tool has them
	trap : INT # Ctrl-C is for the tool
	trap take_limits_back EXIT
	move_processes "$lender" "$lender/lent"
	echo '+cpu +memory +pids' >"$lender/cgroup.subtree_control" || :
	LAB_LENDS=1 "$toolkit/$tool" "$@" || result=$?
	exit "$result"
}

take_limits_back() {
	echo '-cpu -memory -pids' >"$lender/cgroup.subtree_control" || :
	move_processes "$lender/lent" "$lender"
	rmdir "$lender/lent"
}

# move_processes FROM TO: both are cgroups. A process that has ended meanwhile is no error; one that has appeared comes along.
move_processes() {
	local pids pid rounds=5
	while ((rounds--)) && mapfile -t pids <"$1/cgroup.procs" && ((${#pids[@]} > 0)); do
		for pid in "${pids[@]}"; do
			echo "$pid" 2>/dev/null >"$2/cgroup.procs" || :
		done
	done
}

# in_own_mounts COMMAND...: run COMMAND so that nobody else sees what it mounts. A chamber that starts meanwhile would have these mounts,
# too, and would lose them when the directories go.
in_own_mounts() {
	if [[ $EUID = 0 ]]; then
		unshare --mount "$@"
	else
		"$@" # mmdebstrap and others unshare for themselves
	fi
}

# Without root, the lab needs a user namespace. True if this host allows one.
can_unshare_user() {
	unshare --user --map-root-user --mount true 2>/dev/null
}

# Print the sysctl that forbids user namespaces, and the command that changes it.
why_no_user_namespace() {
	local switch forbids allows
	while read -r switch forbids allows; do
		if [[ $(cat "/proc/sys/${switch//.//}" 2>/dev/null) == "$forbids" ]]; then
			printf "needs root, or a user namespace, which %s=%s forbids; use sudo, or 'sudo sysctl -w %s=%s'\n" \
				"$switch" "$forbids" "$switch" "$allows"
			return
		fi
	done <<-'EOF'
		kernel.apparmor_restrict_unprivileged_userns 1 0
		kernel.unprivileged_userns_clone 0 1
		user.max_user_namespaces 0 10000
	EOF
	printf 'needs root, or a user namespace, which is not allowed here; use sudo\n'
}

# Print the path of the distribution's BusyBox, if it is static: a container has no shared libraries for it.
static_busybox() {
	local name path
	for name in busybox.static busybox-static busybox; do
		if path=$(command -v "$name") && ! ldd "$path" >/dev/null 2>&1; then
			printf '%s\n' "$path"
			return
		fi
	done
	return 1
}
