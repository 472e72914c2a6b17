"""stream.py - run jobs, several at a time, and report each result as an event.

An event is a dictionary with "place", "job", "part" and one of these:
    plan: N                        the job has N tests
    test: NAME, outcome, why       the outcome is passed, failed, or skipped (why: the reason)
    said: LINE                     output that belongs to the test before it
    end: STATUS, wall, cpu         the job has ended; times in seconds
"""
import dataclasses
import functools
import os
import re
import select
import signal
import subprocess
import tempfile
import threading
import time

from jobs import command, titles

USUAL_PACE = 0.3        # seconds for an empty test on an idle machine
PATIENCE = int(os.environ.get("TEST_PATIENCE", 600))    # on such a machine, a job without output for so many seconds hangs


def measure_pace():
    """Return how many times slower than usual this machine is now. All limits are multiplied by it."""
    with tempfile.NamedTemporaryFile("w", suffix=".bats") as suite:
        suite.write('@test "nothing" { :; }\n')
        suite.flush()
        start = time.monotonic()
        subprocess.run(["bats", "--tap", suite.name], stdout=subprocess.DEVNULL, check=True)
    return max(1, round((time.monotonic() - start) / USUAL_PACE))


class Stream:
    def __init__(self, jobs, tell, at_once):
        self.todo, self.running, self.processes = list(jobs), [], set()
        self.tell_all, self.at_once = tell, at_once
        self.changed = threading.Condition()    # also the lock of all that the workers share
        self.slowness = measure_pace()
        self.over = False

    def run(self):
        workers = [threading.Thread(target=self.work, daemon=True) for _ in range(self.at_once)]
        try:
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        finally:
            with self.changed:
                self.over = True
                for process in self.processes:
                    os.killpg(process.pid, signal.SIGTERM)

    def work(self):
        while job := self.take():
            try:
                self.run_job(job)
            finally:
                with self.changed:
                    self.running.remove(job)
                    self.changed.notify_all()

    def take(self):
        """Return the first job that may start beside the running ones; wait for one if need be. None: no jobs are left."""
        with self.changed:
            while self.todo and not self.over:
                lanes = [job.lane for job in self.running]
                for job in self.todo:
                    if "alone" not in lanes and not (lanes and job.lane == "alone") and (job.lane == "-" or job.lane not in lanes):
                        self.todo.remove(job)
                        self.running.append(job)
                        return job
                self.changed.wait()
        return None

    def tell(self, job, **event):
        """One event at a time, since its line is written in pieces. None after the end: the events are being counted."""
        with self.changed:
            if not self.over:
                self.tell_all({"place": job.place, "job": job.name, "part": job.part, **event})

    def run_job(self, job):
        """Run a job to its end. If it hangs, the test that hangs has failed, and the job starts again with the tests after it."""
        tell = functools.partial(self.tell, job)
        start, cpu, status, hung = time.monotonic(), 0, 0, True
        while hung and not self.over:
            tests = job.names or titles(job)
            hung, done, status, used = self.run_once(job, tell)
            cpu += used
            if not hung:
                break
            rest = [name for name in tests or () if name not in done]
            tell(test=rest[0] if rest else "it comes to an end", outcome="failed", why="")
            tell(said=f"no output for {PATIENCE * self.slowness} s")
            job = dataclasses.replace(job, names=tuple(rest[1:]))
            status = 1
            hung = bool(job.names)
        tell(end=status, wall=round(time.monotonic() - start, 1), cpu=round(cpu, 1))

    def run_once(self, job, tell):
        words, more = command(job)
        words = ["env", "--default-signal", *words]  # under nohup, or in the background of a script, signals are ignored
        env = {**os.environ, "TEST_SLOWNESS": str(self.slowness), **more}
        done, plan = [], None
        try:
            with self.changed:
                if self.over:
                    return False, done, 1, 0
                process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                           start_new_session=True, env=env)
                self.processes.add(process)
        except OSError as trouble:
            tell(test="it starts", outcome="failed", why="")
            tell(said=str(trouble))
            return False, done, 1, 0
        for line in lines_of(process.stdout, PATIENCE * self.slowness):
            if line is None:
                with self.changed:
                    self.processes.discard(process)
                    os.killpg(process.pid, signal.SIGTERM)
                reap(process)
                return True, done, 1, 0
            if number := re.fullmatch(r"1\.\.(\d+)", line):
                plan = int(number[1])
                tell(plan=plan)
            elif result := re.match(r"(not )?ok \d+( - )? ?(.*)", line):
                name, _, why = result[3].partition(" # skip")
                done.append(name)
                tell(test=name, outcome="failed" if result[1] else "skipped" if " # skip" in line else "passed", why=why.strip())
            else:
                tell(said=line.removeprefix("# "))
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self.changed:      # once it is reaped, nobody may signal its PID
            self.processes.discard(process)
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status = os.waitstatus_to_exitcode(status)
        if plan is None or len(done) < plan or status not in (0, 1):
            tell(test="it comes to an end", outcome="failed", why="")
            tell(said=f"status {status} after {len(done)} of {plan} tests")
        return False, done, status, usage.ru_utime + usage.ru_stime


def lines_of(pipe, patience):
    """Yield the lines from PIPE, and None if nothing arrives for PATIENCE seconds."""
    rest, descriptor = b"", pipe.fileno()
    while True:
        if not select.select([descriptor], [], [], patience)[0]:
            yield None
            return
        data = os.read(descriptor, 65536)
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode(errors="replace") for line in lines)
        if not data:
            if rest:
                yield rest.decode(errors="replace")
            pipe.close()
            return


def reap(process):
    """Wait for a job that was told to end, and for everything that it has started. A chamber ends what runs in it."""
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
