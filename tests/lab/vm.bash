# shellcheck shell=bash
#
# vm.bash - what the suites of lab/vm share.

# talk PROGRAM [ARG...]: type what the dialogue on stdin says, on a terminal of 33 by 101:
# pairs of lines, what to wait for and what to type.
talk() {
	python3 -c '
import pexpect, sys
words = iter(sys.stdin.read().splitlines())
child = pexpect.spawn(sys.argv[1], sys.argv[2:], timeout=None, encoding="utf-8", dimensions=(33, 101))
child.logfile_read = sys.stdout
for expected in words:
    if child.expect_exact([expected, pexpect.EOF]):
        sys.exit("not seen: " + expected)
    typed = next(words)
    if typed == "^C": child.sendintr()
    else: child.sendline(typed)
    if "44 111" in typed: child.setwinsize(44, 111)
child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)' "$@"
}

# A PATH that has QEMU and what a system always has.
qemu_alone() {
	local program
	mkdir -p "$TMPDIR/bin"
	for program in sh dirname stty uname $(compgen -c qemu-system-); do
		ln -sf "$(command -v "$program")" "$TMPDIR/bin"
	done
	printf '%s\n' "$TMPDIR/bin"
}
