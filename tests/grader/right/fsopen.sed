# steps: 1 2
# what: the new mount calls: fsopen, fsmount, move_mount
s/mount\("proc", "\/proc", "proc", MS_NOSUID \| MS_NODEV \| MS_NOEXEC, NULL\)/({ int f = syscall(430, "proc", 1); syscall(431, f, 6, NULL, NULL, 0); int m = syscall(432, f, 1, 0); syscall(429, m, "", -100, "\/proc", 4); })/
