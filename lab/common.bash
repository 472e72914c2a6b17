# shellcheck shell=bash
#
# common.bash - what the tools in lab/ share. Source it; it only defines things:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/common.bash"

toolkit=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd -P)
tool=lab/${0##*/}

# The lab itself failed, not the command that it was to run: 125, as the steps have it.
die() {
	printf '%s: %s\n' "$tool" "$*" >&2
	exit 125
}

# One line of progress.
say() {
	printf '%s: %s\n' "$tool" "$*" >&2
}

# stage WHAT COMMAND...: long work says what it is doing, and how long it took.
# COMMAND's output is kept back, and shown when it fails.
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

# Where things live that outlast a checkout. Under sudo it is the user's place, not root's.
cache_dir() {
	local home=$HOME base=${XDG_CACHE_HOME-}
	if [[ -n ${SUDO_USER-} && $EUID -eq 0 ]]; then
		base=
		home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
	fi
	printf '%s\n' "${base:-$home/.cache}/containers-step-by-step"
}

# give_back PATH...: what sudo made belongs to the user who called sudo.
give_back() {
	if [[ -n ${SUDO_UID-} && $EUID -eq 0 ]]; then
		chown -R -h "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" -- "$@"
	fi
}

# What make as root has built is root's, and we have to write beside it.
check_build() {
	local place
	for place in "$toolkit"/build{,/grade,/running,/machine}; do
		[[ ! -e $place || -w $place ]] || die "$place is another user's: sudo chown -R \"\$USER\" $toolkit/build"
	done
}

# When PID began, in clock ticks since boot: the 22nd field of its stat, behind a name that may have blanks. A PID is given
# again; with this it is one process's.
birth_of() {
	local stat fields
	read -r stat 2>/dev/null <"/proc/$1/stat" || return
	read -ra fields <<<"${stat##*) }"
	echo "${fields[19]}"
}

# is_recorded FILE: is the process that FILE is named after the one that has written it?
is_recorded() {
	[[ -s $1 && $(birth_of "${1##*/}") == "$(<"$1")" ]]
}

# For lab/panic: this process, or what it becomes, is one that we started.
write_down() {
	local running=$toolkit/build/running record
	mkdir -p "$running" 2>/dev/null && birth_of "$BASHPID" 2>/dev/null >"$running/$BASHPID" || return 0
	for record in "$running"/*; do
		is_recorded "$record" || rm -f "$record"
	done
	give_back "$running"
}

# Without root the lab lives in a user namespace. Is one to be had?
can_unshare_user() {
	unshare --user --map-root-user --mount true 2>/dev/null
}

# Which switch forbids it, and what turns it.
why_no_user_namespace() {
	local switch forbids allows
	while read -r switch forbids allows; do
		if [[ $(cat "/proc/sys/${switch//.//}" 2>/dev/null) == "$forbids" ]]; then
			printf "it needs root, or a user namespace, which %s=%s forbids: use sudo, or 'sudo sysctl -w %s=%s'\n" \
				"$switch" "$forbids" "$switch" "$allows"
			return
		fi
	done <<-'EOF'
		kernel.apparmor_restrict_unprivileged_userns 1 0
		kernel.unprivileged_userns_clone 0 1
		user.max_user_namespaces 0 10000
	EOF
	printf 'it needs root, or a user namespace, which is not allowed here: use sudo\n'
}

# The distribution's BusyBox, if it is static: then it needs no other file.
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
