# lab/watch: a learner's file is graded again whenever it is saved, on a screen.

# shellcheck disable=SC2030,SC2031,SC2154 # bats sets these, and helpers
load ../helpers

# Work goes to a copy of the toolkit, so that the checkout's work/ stays the reader's.
setup() {
	lab=$BATS_TEST_TMPDIR/toolkit
	mkdir "$lab"
	cp -a "$toolkit"/{lab,tests,full,step?-*,Makefile} "$lab"
	mkdir "$lab/build"
	cp -a "$toolkit"/build/{chamber,rootfs,escape,hog} "$lab/build"
	export GRADE_PATIENCE=$((60 * TEST_SLOWNESS)) # a machine that is slow is no program that hangs
	cd "$lab" || return
	open_ledger
}

# drive N PYTHON: PYTHON looks at make watch STEP=N, and presses its keys. "file" is the learner's, and "right" what
# is in ours. see(text) waits until text is on the screen, frame() is what is on it now, without its colours.
# shellcheck disable=SC2001 # of every line
drive() {
	needs native python3 inotifywait
	run env STEP="$1" python3 - 3>&- <<-EOF
		import os, pathlib, pexpect, random, re, signal, subprocess, termios
		step = next(pathlib.Path('.').glob('step' + os.environ.pop('STEP') + '-*')).name
		ours, file = pathlib.Path(step, step + '.c'), pathlib.Path('work', step, step + '.c')
		file.parent.mkdir(parents=True)
		for header in ours.parent.glob('*.h'):
		    (file.parent / header.name).write_text(header.read_text())
		right = ours.read_text()
		def change(old, new):
		    assert old in right, old
		    return right.replace(old, new)
		def broken():
		    return 'int nonsense_%d = nonsense;' % random.randrange(10 ** 9)
		def running(word):
		    def says(pid):
		        try: return word in open('/proc/%s/cmdline' % pid).read()
		        except OSError: return False
		    return [int(pid) for pid in os.listdir('/proc') if pid.isdigit() and says(pid)]
		def name_in(text):
		    return text.split()[1]
		class Screen:
		    def __init__(self, *words, **more):
		        words = words or ('lab/watch', step[4])
		        self.child = pexpect.spawn(words[0], list(words[1:]), encoding='utf8', timeout=300 * $TEST_SLOWNESS, dimensions=(30, 90), **more)
		        self.said = ''
		    def read(self):
		        self.said += self.child.read_nonblocking(65536, 120 * $TEST_SLOWNESS)
		    def frame(self):
		        last = self.said.rsplit('\033[H', 1)[-1].split('\033[J')[0]
		        return re.sub(r'\033\[[0-9;?]*[a-zA-Z]', '', last).replace('\r', '')
		    def see(self, *texts):
		        while not all(text in self.frame() for text in texts):
		            try: self.read()
		            except (pexpect.EOF, pexpect.TIMEOUT) as end: raise SystemExit('wanted: %s; %s, and the screen shows:\\n%s' % (texts, type(end).__name__, self.frame()))
		    def press(self, key):
		        self.child.send(key)
		    def wait(self):
		        try:
		            while True: self.read()
		        except pexpect.EOF: pass
		        self.child.close()
		        return self.child.exitstatus if self.child.exitstatus is not None else -self.child.signalstatus
		$(sed 's/^\t*//' <<<"$2")
	EOF
	[[ $status == 0 ]] || fail 'the screen did otherwise'
}

@test "a save is graded: what passes now, what fails now, the first failure, and what comes next" {
	drive 1 "
		file.write_text(broken())
		screen = Screen()
		screen.see('It does not compile', 'nonsense', 'error:', 'step 1: 0 of 11')
		file.write_text(right)
		screen.see('All 11 tests of step 1 pass', 'make start STEP=2', 'step 1: 11 of 11', '1 ######')
		file.write_text(change('mount(\"proc\", \"/proc\"', 'mount(\"proc\", \"/mnt\"'))
		screen.see('now fails   /proc shows', 'fails  /proc shows', 'wanted  /proc/1', 'brick proc', 'graded at')
		assert 'All 11' not in screen.frame()
		file.write_text(right)
		screen.see('now passes  /proc shows', 'All 11 tests', 'graded at')
		assert 'now fails' not in screen.frame()
		screen.press('q')
		assert screen.wait() == 0
		assert '11 of 11' in screen.said.rsplit('\033[?1049l', 1)[1]
	"
	[[ $(<work/.state/step1-pid/grade) == '11 of 11' ]] || fail 'wanted: the progress that make grade knows of'
}

@test "step 3: a real mistake is shown, and mended" {
	drive 3 "
		file.write_text(change('mount(\"proc\", \"proc\"', 'mount(\"proc\", \"tmp\"'))
		screen = Screen()
		screen.see('fails  /proc shows', 'wanted  /proc/1', 'brick proc', 'Also failing', 'graded at')
		file.write_text(right)
		screen.see('now passes  /proc shows', 'All 18 tests of step 3 pass', '3 ######')
		screen.press('q')
		assert screen.wait() == 0
	"
}

@test "step 5 without its limits is watched here, and says where the limits are asked" {
	! has_v2 || skip 'needs a host without limits'
	drive 5 "
		file.write_text(change('mount(\"proc\", \"proc\"', 'mount(\"proc\", \"tmp\"'))
		screen = Screen()
		screen.see('fails  /proc shows', 'brick proc', 'graded at')
		file.write_text(right)
		screen.see('need cgroup v2: make grade STEP=5', '5 ###...', 'step 5: 15 of 29', 'graded at')
		screen.press('q')
		assert screen.wait() == 0
	"
}

@test "however an editor saves, it is seen: in place, by rename, in pieces, after a deletion" {
	drive 1 "
		file.write_text(broken())
		screen = Screen()
		screen.see('nonsense')
		def save_in_place(text):
		    with open(file, 'w') as to: to.write(text)
		def save_by_rename(text):
		    # vim, with its probe and its backup
		    pathlib.Path(file.parent, '4913').touch()
		    pathlib.Path(file.parent, '4913').unlink()
		    file.rename(str(file) + '~')
		    file.write_text(text)
		    pathlib.Path(str(file) + '~').unlink()
		def save_over(text):
		    new = file.with_suffix('.tmp')
		    new.write_text(text)
		    new.rename(file)
		def save_in_pieces(text):
		    with open(file, 'w') as to:
		        for letter in text:
		            to.write(letter)
		            to.flush()
		def save_anew(text):
		    file.unlink()
		    screen.see('is gone', 'make start STEP=1')
		    file.write_text(text)
		def save_directory(text):
		    subprocess.run(['rm', '-r', file.parent])
		    screen.see('is gone')
		    file.parent.mkdir()
		    file.write_text(text)
		for save in 2 * [save_in_place, save_by_rename, save_over, save_in_pieces, save_anew, save_directory]:
		    text = broken()
		    save(text)
		    screen.see(name_in(text))
		header = broken()
		(file.parent / 'mine.h').write_text(header)
		file.write_text('#include \"mine.h\"')
		screen.see(name_in(header))
		header = broken()
		(file.parent / 'mine.h').write_text(header)
		screen.see(name_in(header))
		screen.press('\003')
		assert screen.wait() == 0
	"
}

@test "where saves are not reported, it looks from time to time" {
	needs root
	drive 1 "
		pathlib.Path('lab/setup').write_text('#!/bin/sh')
		file.write_text(broken())
		screen = Screen('unshare', '--mount', 'bash', '-c', 'mount --bind /dev/null \$(command -v inotifywait); exec lab/watch 1')
		screen.see('nonsense')
		for _ in range(3):
		    text = broken()
		    file.write_text(text)
		    screen.see(name_in(text))
		screen.press('q')
		assert screen.wait() == 0
	"
}

@test "a save during a run begins another: the one before is ended, with all that it started" {
	drive 1 "
		endless = 'int main(void) { for (;;); }'
		file.write_text(endless)
		screen = Screen()
		screen.see('0 of 11 done')
		file.write_text(right)
		screen.see('All 11 tests of step 1 pass')
		assert not running('--stream'), 'the run before goes on'
		file.write_text(endless)
		screen.see('grading')
		screen.press('q')
		assert screen.wait() == 0
	"
}

@test "a program that never ends is ended, and said to be so" {
	export GRADE_PATIENCE=3
	drive 1 "
		file.write_text('int main(void) { for (;;); }')
		screen = Screen()
		screen.see('fails  COMMAND is PID 1', 'it never ended', 'graded at')
		screen.press('q')
		assert screen.wait() == 0
	"
}

@test "keys: hint, solution, help, run again" {
	needs strace
	drive 2 "
		file.write_text(change('CLONE_NEWUTS', '0'))
		screen = Screen(env={**os.environ, 'PAGER': 'cat', 'LESS': ''})
		screen.see('fails  ', 'graded at')
		screen.press('?')
		screen.see('Ctrl-C')
		screen.press(' ')
		screen.see('fails  ')
		screen.press('h')
		screen.see('Hint 1 of 3', 'press h again')
		screen.press('h')
		screen.see('Hint 2 of 3', '(7)')
		screen.press('s')
		screen.see('Show our solution anyway? y/N')
		screen.press('n')
		screen.see('fails  ')
		screen.press('s')
		screen.see('y/N')
		screen.press('y')
		while 'CLONE_NEWUTS' not in screen.said.rsplit('--- yours', 1)[-1]: screen.read()
		screen.press('q')
		screen.see('fails  ')
		os.remove(file.parent.parent / '.state' / step / 'grade')
		screen.press('r')
		screen.see('grading')
		screen.see('graded at')
		assert (file.parent.parent / '.state' / step / 'grade').exists()
		screen.press('q')
		assert screen.wait() == 0
	"
}

@test "the terminal is as it was, after Ctrl-Z, signals, and an end by SIGKILL; a new size is used at once" {
	drive 1 "
		file.write_text(broken())
		shell = Screen('bash', '--norc', env={**os.environ, 'PS1': 'ready> '})
		def modes():
		    return termios.tcgetattr(shell.child.child_fd)
		def wait_for(text):
		    while text not in shell.said: shell.read()
		    shell.said = shell.said.split(text, 1)[1]
		wait_for('ready> ')
		before = modes()
		shell.press('make watch STEP=1\r')
		shell.see('nonsense')
		assert modes() != before
		shell.press('\032')
		wait_for('Stopped')
		wait_for('ready> ')
		shell.press('fg\r')
		shell.see('nonsense')
		shell.child.setwinsize(10, 40)
		while max(map(len, shell.frame().split('\n'))) > 40 or len(shell.frame().split('\n')) > 10: shell.read()
		shell.child.setwinsize(30, 90)
		shell.press('q')
		wait_for('ready> ')
		shell.press('exit\r')
		shell.wait()
		for end, code in ('q', 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, 137):
		    screen = Screen('bash', '-c', 'echo [\$(stty -g)]; lab/watch 1; echo status-\$?; echo [\$(stty -g)]')
		    screen.see('nonsense')
		    if end == 'q': screen.press('q')
		    else: [os.kill(pid, end) for pid in running('grade.d/watch') if os.getpgid(pid) == os.tcgetpgrp(screen.child.child_fd)]
		    screen.wait()
		    after = screen.said.rsplit('\033[?1049l', 1)[1]
		    assert 'status-%d' % code in after, (end, after)
		    assert re.search(r'\[(.*?)\]', screen.said)[1] == re.search(r'\[(.*?)\]', after)[1], end
	"
}

@test "when the terminal is closed, nothing goes on" {
	drive 1 "
		file.write_text('int main(void) { for (;;); }')
		screen = Screen()
		screen.see('0 of 11 done')
		os.close(screen.child.child_fd)
		os.waitpid(screen.child.pid, 0)
	"
}

@test "a terminal that knows no escapes gets none; without a terminal it says so" {
	drive 1 "
		file.write_text(broken())
		screen = Screen(env={**os.environ, 'TERM': 'dumb'})
		while 'nonsense' not in screen.said: screen.read()
		screen.press('q')
		assert screen.wait() == 0
		assert '\033' not in screen.said
	"
	run lab/watch 1 </dev/null
	[[ $status == 125 && ${#lines[@]} == 1 && $output == *'make grade STEP=1'* ]] || fail 'wanted: what to do instead'
}
