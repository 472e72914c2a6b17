"""report.py - record the events of a stream, show its progress, and sum up the results."""
import collections
import json
import sys
import time

from jobs import Job


def minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


class Progress:
    """Record each event. On a terminal, keep one line up to date; elsewhere, print a line for each job that ends."""

    def __init__(self, path):
        self.file = open(path, "a")
        self.start = time.monotonic()
        self.total = self.done = self.tests = 0
        self.running = {}       # (place, job, part) -> [tests done, of how many, failed, skipped]
        self.live = sys.stdout.isatty()

    def expect(self, count):
        self.total += count

    def say(self, text):
        print(("\r\x1b[K" if self.live else "") + text, flush=True)

    def take(self, event):
        print(json.dumps(event), file=self.file, flush=True)
        key = event["place"], event["job"], event["part"]
        state = self.running.setdefault(key, [0, "?", 0, 0])
        if "plan" in event:
            state[1] = event["plan"]
        elif "test" in event:
            self.tests += 1
            state[0] += 1
            state[2] += event["outcome"] == "failed"
            state[3] += event["outcome"] == "skipped"
            if event["outcome"] == "failed":
                self.say(f"  FAILED {event['job']}: {event['test']} ({event['place']})")
        elif "end" in event:
            del self.running[key]
            self.done += 1
            if not self.live:
                count, _, failed, skipped = state
                self.say(f"  {self.done} of {self.total} jobs, {minutes(time.monotonic() - self.start)}  {key[0]:7} {key[1]}: "
                         f"{count - failed - skipped} passed, {failed} failed, {skipped} skipped ({event['wall']} s)")
        if self.live:
            self.show()

    def show(self):
        running = "  ".join(f"{place}: {job.split('/')[-1]} {state[0]}/{state[1]}" for (place, job, _), state in self.running.items())
        line = f"{self.done} of {self.total} jobs, {self.tests} tests, {minutes(time.monotonic() - self.start)}  {running}"
        print("\r\x1b[K" + line[:terminal_width() - 1], end="", flush=True)

    def clear(self):
        if self.live:
            print("\r\x1b[K", end="", flush=True)


def terminal_width():
    import shutil
    return shutil.get_terminal_size().columns


# ---- Sum up ----------------------------------------------------------------------

class Test:
    def __init__(self):
        self.outcomes = {}      # place -> passed, failed, or skipped
        self.said = []
        self.why = ""

    @property
    def outcome(self):
        for outcome in "failed", "passed":
            if outcome in self.outcomes.values():
                return outcome
        return "skipped"


def read_events(path):
    try:
        return [json.loads(line) for line in open(path)]
    except FileNotFoundError:
        return []


def tests_of(events):
    """Return (subject, name) -> Test, which has the outcome for each place."""
    tests, last = collections.defaultdict(Test), {}
    for event in events:
        key = event["place"], event["job"], event["part"]
        subject = Job("", event["place"], "-", event["job"]).subject
        if "test" in event:
            last[key] = tests[subject, event["test"]]
            where = event["place"] + "".join(f", {word}" for word in event["job"].split()[:-1] if word != "as-step")
            if last[key].outcomes.get(where) != "failed":
                last[key].outcomes[where] = event["outcome"]
            last[key].why = event["why"] or last[key].why
        elif "said" in event and key in last:
            last[key].said.append(event["said"])
    return tests


def names_with(events, place, job, outcome):
    """Return the tests of a job that had this outcome in this place, in order."""
    return [event["test"] for event in events
            if event.get("outcome") == outcome and event["place"] == place and event["job"] == job]


def sum_up(tests, nowhere_fails, show_matrix=True):
    """Print what failed or was skipped, then the line with the sums. Return True if nothing failed."""
    counts = collections.Counter()
    matrix = [(name, test) for (subject, name), test in tests.items() if subject == "tests/steps/matrix"]
    if matrix and show_matrix:
        print("\nThe kill matrix: what was left out or made wrong, and the test that noticed")
        for name, test in sorted(matrix):
            verdict = [line for line in test.said if line.startswith("killed by")]
            print(f"  {name:40} {(verdict or [test.outcome])[0].removeprefix('killed by ')}")
    for (subject, name), test in tests.items():
        outcome, where = test.outcome, ", ".join(place for place, each in test.outcomes.items() if each == "failed")
        if outcome == "skipped" and nowhere_fails:
            outcome, where = "failed", f"it ran nowhere: {test.why}"
        counts[outcome] += 1
        if outcome == "failed":
            print(f"\nFAILED {subject}: {name} ({where})")
            print("".join(f"    {line}\n" for line in test.said), end="")
        elif outcome == "skipped":
            print(f"  skipped {subject}: {name}: {test.why}")
    print(f"\n{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    return counts["failed"] == 0 and counts["passed"] > 0


def write_times(events, path):
    """Write the wall-clock and CPU seconds of each job."""
    with open(path, "w") as file:
        for event in events:
            if "end" in event:
                print(f"{event['wall']:8} {event['cpu']:8}  {event['place']:8} {event['job']}", file=file)
