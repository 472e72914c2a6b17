# calls.awk - summarize a trace of strace -ff -ttt -y. Prints one line for each kind of call: GROUP, KEY, CALL and
# DETAILS, separated by tabs, in order of first appearance. Failed calls and COMMAND's own calls don't count.
#
# Input: PID TIME CALL(...) = RESULT, sorted by time.  -v command=/bin/true  -v rootfs=/path

function seen(group, key, call, detail,   id) {
	id = group "\t" key
	if (!(id in text)) {
		order[++kinds] = id
		text[id] = call
	}
	times[id]++
	if (detail != "" && !((id, detail) in known)) {
		known[id, detail] = 1
		details[id] = details[id] (details[id] == "" ? "" : " ") detail
	}
}

# The n-th quoted string of the call.
function quoted(n,   part) {
	split(line, part, "\"")
	return part[2 * n]
}

# The absolute path of PATH, which may name a descriptor, or be relative to the working directory.
function place(path,   fd) {
	if (path ~ /^\/proc\/self\/fd\/[0-9]+$/) {
		fd = path
		sub(/.*\//, "", fd)
		return (pid, fd) in leads ? leads[pid, fd] : leads[fd]
	}
	if (path == ".")
		return here[pid]
	return path ~ /^\// ? path : "/" path
}

function flags_of(text,   word, n, i, result) {
	n = split("RDONLY NOSUID NODEV NOEXEC", word, " ")
	for (i = 1; i <= n; i++)
		if (text ~ "MS_" word[i])
			result = result (result ? "|" : "") "MS_" word[i]
	return result
}

# ---- Namespaces -------------------------------------------------------------------

function namespaces(   rest) {
	rest = line
	while (match(rest, /CLONE_NEW[A-Z]+/)) {
		seen("namespaces", substr(rest, RSTART, RLENGTH), name "(" substr(rest, RSTART, RLENGTH) ")")
		rest = substr(rest, RSTART + RLENGTH)
	}
	if (line ~ /CLONE_INTO_CGROUP/)
		seen("cgroup", "join", "clone3(CLONE_INTO_CGROUP)")
}

# ---- Mounts -----------------------------------------------------------------------

function mounts(   source, target, where, fresh) {
	source = line ~ /^mount\("/ ? quoted(1) : ""
	target = line ~ /^mount\("/ ? quoted(2) : quoted(1)
	where = place(target)
	if (target ~ /^\/proc\/self\/fd\// || (target == "." && by_descriptor[pid]))
		seen("root", "descriptor", "mount on an opened directory", "")
	if (line ~ /MS_(PRIVATE|SLAVE)/)
		propagation(target)
	else if (line ~ /MS_REMOUNT/)
		remount(where, flags_of(line))
	else if (where ~ /(^|\/)(proc\/[a-z_]+|sys\/firmware|sys\/devices\/.*)$/ && where !~ /\/proc\/(bus|fs|irq|sys|sysrq-trigger)$/)
		seen("mounts", "masked", "mount over what is to be hidden:", short(where))
	else if (line ~ /MS_BIND/)
		bind(source, where)
	else
		filesystem(quoted(3), where, flags_of(line))
}

function propagation(target) {
	if (target == "/" && !pivoted[pid])
		seen("mounts", "private", "mount(\"/\", MS_REC|" (line ~ /MS_PRIVATE/ ? "MS_PRIVATE" : "MS_SLAVE") ")")
	else if (target == "." && pivoted[pid])
		seen("root", "old-private", "mount(\".\", MS_REC|" (line ~ /MS_PRIVATE/ ? "MS_PRIVATE" : "MS_SLAVE") ")")
}

function remount(where, flags) {
	if (where ~ /\/proc\/(bus|fs|irq|sys|sysrq-trigger)$/)
		seen("mounts", "read-only", "mount MS_BIND, then MS_REMOUNT|MS_RDONLY:", short(where))
	else if ((where == rootfs || where == "/") && flags ~ /RDONLY/)
		seen("mounts", "root-ro", "mount(ROOTFS, MS_REMOUNT|MS_RDONLY)")
	else if (short(where) in flags_at)
		flags_at[short(where)] = flags
}

function bind(source, where) {
	if (source ~ /^\/dev\/(null|zero|full|random|urandom|tty)$/)
		seen("mounts", "devices", "mount(MS_BIND):", short(where))
	else if (where == rootfs || (place(source) == where && where !~ /\/proc\//))
		seen("root", "bind", "mount(ROOTFS, ROOTFS, MS_BIND)")
	else if (where ~ /sys\/fs\/cgroup/)
		seen("cgroup", "view", "mount its cgroup on /sys/fs/cgroup")
}

function filesystem(type, where, flags,   key) {
	if (where ~ /sys\/fs\/cgroup/) {
		seen("cgroup", "view", "mount its cgroup on /sys/fs/cgroup")
		return
	}
	if (type == "overlay") {
		seen("root", "overlay", "mount(\"overlay\", upper layer over ROOTFS)")
		return
	}
	key = where
	if (!sub(/.*\/dev\//, "dev/", key) && !sub(/.*\//, "", key))
		return
	if (type == "tmpfs" && key !~ /^(dev|tmp|dev\/shm)$/)
		return
	seen("mounts", key, "mount(\"" type "\", \"" key "\")")
	flags_at[key] = flags
}

function short(where) {
	sub(/.*\/(proc|sys|dev)\//, "&", where)
	if (match(where, /\/(proc|sys|dev)\/[^\/].*$/))
		where = substr(where, RSTART + 1)
	return where ~ /^\// ? last(where) : where
}

function last(path) {
	sub(/.*\//, "", path)
	return path
}

# ---- Root -------------------------------------------------------------------------

function roots() {
	if (name == "pivot_root") {
		pivoted[pid] = 1
		seen("root", "pivot_root", line_without_result())
	} else if (name == "chroot")
		seen("root", "chroot", "chroot(\"" quoted(1) "\")")
	else if (name == "umount2" && pivoted[pid] && line ~ /MNT_DETACH/)
		seen("root", "detach", line_without_result())
	else if (name == "openat2" && line ~ /RESOLVE_IN_ROOT/)
		seen("root", "openat2", "openat2(RESOLVE_IN_ROOT)")
	else if (name == "move_mount") {
		seen("root", "descriptor", "mount on an opened directory", "")
		if (match(leads_to(), /\/etc\/[a-z.]+$/))
			seen("mounts", "etc", "move_mount:", substr(leads_to(), RSTART + 1))
	}
}

function leads_to(   rest) {
	rest = line
	sub(/.*, [0-9]+</, "", rest)
	sub(/>.*/, "", rest)
	return rest
}

function line_without_result(   rest) {
	rest = line
	sub(/\) += .*/, ")", rest)
	gsub(/[^"]*\/[^"]*\/(\.root)[^"]*/, ".root", rest)
	return rest
}

function moves(   path) {
	by_descriptor[pid] = name == "fchdir"
	if (name == "fchdir") {
		path = line
		sub(/^[^<]*</, "", path)
		sub(/>.*/, "", path)
		here[pid] = path
	} else
		here[pid] = quoted(1) ~ /^\// ? quoted(1) : rootfs
	if (name == "chdir" && quoted(1) == "/" && pivoted[pid])
		seen("root", "chdir", "chdir(\"/\")")
}

# ---- Files ------------------------------------------------------------------------

function opened(   path, fd) {
	if (!match(line, /= [0-9]+</))
		return
	fd = substr(line, RSTART + 2, RLENGTH - 3)
	path = substr(line, RSTART + RLENGTH)
	sub(/>.*/, "", path)
	leads[fd] = leads[pid, fd] = path	# threads share descriptors, and children inherit them
	if (path ~ /^\/proc\/[0-9]+\/fd$/)
		lists[pid] = 1
	if (line !~ /O_(WRONLY|RDWR)/)
		return
	if (path ~ /\/attr\/([a-z]+\/)?exec$/)
		seen("privileges", "lsm", "write /proc/self/attr/exec")
	else if (path ~ /oom_score_adj$/)
		seen("privileges", "oom", "write /proc/self/oom_score_adj")
	if (path ~ /cgroup/)
		limits(last(path))
}

function limits(file) {
	if (file == "cgroup.procs")
		seen("cgroup", "join", "write to cgroup.procs")
	else if (file == "cgroup.subtree_control")
		seen("cgroup", "enable", "write to cgroup.subtree_control")
	else if (file ~ /^memory\.(max|limit_in_bytes)$/)
		seen("cgroup", "memory", "write to " file)
	else if (file ~ /^memory\.(swap\.max|memsw)/)
		seen("cgroup", "swap", "write to " file)
	else if (file == "pids.max")
		seen("cgroup", "pids", "write to pids.max")
	else if (file ~ /^cpu\.(max|cfs_quota_us)$/)
		seen("cgroup", "cpu", "write to " file)
	else if (file ~ /^devices\.(deny|allow)$/)
		seen("cgroup", "devices-cgroup", "write to devices.deny, devices.allow")
}

function made(   path) {
	path = quoted(1)
	if (name ~ /^mkdir/ && path ~ /cgroup/ && path !~ rootfs)
		seen("cgroup", "mkdir", "mkdir in /sys/fs/cgroup")
	else if (name ~ /^mknod/ && line ~ /S_IFCHR/)
		seen("mounts", "devices", "mknod(S_IFCHR):", "dev/" last(path))
	else if (name ~ /^symlink/ && line ~ /(proc\/self\/fd|pts\/ptmx|kcore)/)
		seen("mounts", "links", "symlink:", "dev/" last(quoted(2)))
}

# ---- Network ----------------------------------------------------------------------

# The message types by number: strace prints their names only if it knows the socket's protocol.
function netlink() {
	if (line ~ /nlmsg_type=(RTM_NEWADDR|0x14)[ ,]/)
		seen("network", "address", "netlink RTM_NEWADDR")
	if (line ~ /nlmsg_type=(RTM_NEWROUTE|0x18)[ ,]/)
		seen("network", "route", "netlink RTM_NEWROUTE")
	if (line !~ /nlmsg_type=(RTM_NEWLINK|0x10)[ ,]/)
		return
	if (line ~ /0x[46]00|NLM_F_CREATE/)
		seen("network", "veth", "netlink RTM_NEWLINK (a pair of veth)")
	else if (line ~ /"lo"|ifi_index=1[,}]|"\\x00\\x00\\x00\\x00\\x01\\x00/)
		seen("network", "lo", "netlink RTM_NEWLINK (lo up)")
	else
		seen("network", "up", "netlink RTM_NEWLINK (up)")
}

# ---- Privileges -------------------------------------------------------------------

function privileges() {
	if (name == "capset")
		seen("privileges", "capset", "capset")
	else if (line ~ /PR_CAPBSET_DROP/)
		seen("privileges", "bounding", "prctl(PR_CAPBSET_DROP)")
	else if (line ~ /PR_CAP_AMBIENT/ && line !~ /RAISE/)
		seen("privileges", "ambient", "prctl(PR_CAP_AMBIENT, clear)")
	else if (line ~ /PR_SET_NO_NEW_PRIVS/)
		seen("privileges", "no_new_privs", "prctl(PR_SET_NO_NEW_PRIVS)")
	else if (line ~ /SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP/)
		seen("privileges", "seccomp", "seccomp(SECCOMP_SET_MODE_FILTER)")
	else if (line ~ /PR_SET_DUMPABLE/)
		seen("privileges", "dumpable", "prctl(PR_SET_DUMPABLE, 0)")
	else if (name ~ /^setgroups/)
		seen("privileges", "setgroups", "setgroups(0)")
	else if (name ~ /^setres[ug]id|^set[ug]id/)
		seen("privileges", "ids", "setuid, setgid")
	else if (line ~ /KEYCTL_JOIN_SESSION_KEYRING/)
		seen("privileges", "keyctl", "keyctl(KEYCTL_JOIN_SESSION_KEYRING)")
	else if (name == "prlimit64" && line ~ /^prlimit64\([^,]*, [A-Z_]+, {/ || name == "setrlimit")
		seen("privileges", "rlimit", "prlimit(RLIMIT_NOFILE)")
	else if (name == "bpf" && line ~ /BPF_PROG_TYPE_CGROUP_DEVICE/)
		seen("cgroup", "devices-cgroup", "bpf(BPF_PROG_TYPE_CGROUP_DEVICE)")
}

# ---- Exec -------------------------------------------------------------------------

function processes() {
	if (line ~ /PR_SET_PDEATHSIG/)
		seen("exec", "pdeathsig", "prctl(PR_SET_PDEATHSIG)")
	else if (line ~ /PR_SET_CHILD_SUBREAPER/)
		seen("exec", "subreaper", "prctl(PR_SET_CHILD_SUBREAPER)")
	else if (name == "close_range" || (lists[pid] && line ~ /F_SETFD, FD_CLOEXEC/))
		seen("exec", "descriptors", name == "close_range" ? name : "fcntl(FD_CLOEXEC), each descriptor")
	else if (name == "setsid" || name == "umask")
		seen("exec", name, name)
	else if (name == "execveat" || (name == "execve" && quoted(1) ~ /^\/proc\/self\/fd\//))
		seen("exec", "sealed", name " (a read-only copy of itself)")
	else if (name == "execve" && quoted(1) == command) {
		seen("exec", "exec", "execve(COMMAND)")
		over[pid] = 1
	}
}

{
	pid = $1
	line = $0
	sub(/^[0-9]+ [0-9.]+ /, "", line)
	name = line
	sub(/\(.*/, "", name)
}
over[pid] || name !~ /^[a-z]/ || line !~ / = [0-9]/ { next }
name ~ /^(clone|clone3|unshare)$/ && line !~ /CLONE_THREAD/ { namespaces() }
name == "sethostname" { seen("namespaces", "hostname", "sethostname") }
name ~ /^(open|dup)/ { opened() }
name == "mount" { mounts() }
name ~ /^(pivot_root|chroot|umount2|openat2|move_mount)$/ { roots() }
name ~ /^f?chdir$/ { moves() }
name ~ /^(mkdir|mknod|symlink)/ { made() }
name ~ /^send/ { netlink() }
name == "ioctl" && line ~ /SIOCSIFFLAGS.*"lo"/ { seen("network", "lo", "ioctl(SIOCSIFFLAGS, lo up)") }
name ~ /^(capset|prctl|seccomp|setgroups|setres[ug]id|set[ug]id|keyctl|prlimit64|setrlimit|bpf)/ { privileges() }
name ~ /^(prctl|close_range|fcntl|setsid|umask|exec)/ { processes() }

END {
	for (i = 1; i <= kinds; i++) {
		id = order[i]
		split(id, part, "\t")
		call = text[id] (details[id] == "" ? (times[id] > 1 ? " x" times[id] : "") : " " details[id])
		flags = part[2] in flags_at && part[1] == "mounts" ? flags_at[part[2]] : ""
		print part[1] "\t" part[2] "\t" call "\t" flags
	}
}
