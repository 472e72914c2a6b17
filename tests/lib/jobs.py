"""jobs.py - read the table tests/jobs, and turn a job into a command."""
import dataclasses
import glob
import os
import re

TABLE = "tests/jobs"
TARGETS, PLACES = ("test", "proof", "engines"), ("here", "vm", "systemd", "arm64", "engines", "engines-systemd")
OPTIONS = ("rootless", "cgroupfs")      # of a program that prints TAP
WORDS = ("bare", "sanitized", "as-step", "slow", *OPTIONS)
SANITIZERS = "-g -fsanitize=address,undefined -fno-sanitize-recover=undefined"
OF_A_REAL_ROOT = "the real root"  # occurs in the titles of as-step's tests that need no chamber


@dataclasses.dataclass(frozen=True)
class Job:
    target: str
    place: str
    lane: str       # "-", "alone", or a name that only one running job has at a time
    name: str       # modifiers and a path, as in the table
    names: tuple = None     # titles of the tests to run; None: all
    part: int = 0           # tells apart the jobs that share a suite

    @property
    def path(self):
        return self.name.split()[-1]

    @property
    def words(self):
        return self.name.split()[:-1]

    @property
    def tags(self):
        """Of a suite, only the tests with this tag; "!tag": only those without it. As for bats --filter-tags."""
        if "bare" in self.words:
            return "brick:cgroup" if "/steps/" in self.path else "bare"
        return "slow" if "slow" in self.words else "!slow" if self.target == "test" else None

    @property
    def subject(self):
        """The job without its place and all modifiers but as-step: results for the same subject belong together."""
        return " ".join([word for word in self.words if word == "as-step"] + [self.path])


def read_table():
    """Return all jobs in the order of the table. A file that matches two rows belongs to the first."""
    jobs, seen = [], set()
    for number, line in enumerate(open(TABLE), 1):
        fields = line.split("#")[0].split()
        if not fields:
            continue
        where = f"{TABLE}:{number}"
        if len(fields) < 4 or fields[0] not in TARGETS or fields[1] not in PLACES or set(fields[3:-1]) - set(WORDS):
            raise SystemExit(f"{where}: a row needs a target, a place, a lane and a job: {line.strip()}")
        paths = sorted(glob.glob(fields[-1]))
        if not paths:
            raise SystemExit(f"{where}: no file matches {fields[-1]}")
        for path in paths:
            name = " ".join(fields[3:-1] + [path])
            if (fields[1], name) not in seen:
                seen.add((fields[1], name))
                jobs.append(Job(fields[0], fields[1], fields[2], name))
    run = {job.path for job in jobs if job.place in ("here", "vm")}
    for path in glob.glob("tests/*/*.bats") + glob.glob("tests/unit/*.c"):
        if path not in run:
            raise SystemExit(f"{TABLE}: {path} matches no row, so it would never run; add a row for it")
    return jobs


def titles(job):
    """Return the titles of a suite in order; None if they are known only when the job runs."""
    if not job.path.endswith(".bats") or "as-step" in job.words:
        return None
    found, tags, wanted = [], [], job.tags
    for line in open(job.path):
        title = re.match(r'@test "(.*)" \{', line)
        if title and (not wanted or (wanted.strip("!") in tags) != wanted.startswith("!")):
            found.append(re.sub(r"\\(.)", r"\1", title[1]))
        tags = line.strip().partition("test_tags=")[2].split(",") if line.startswith("# bats test_tags=") else []
    return found


def command(job):
    """Return the command line, and what to add to the environment."""
    words, names, env = [], job.names, {}
    pattern = "^(" + "|".join(re.sub(r"([][\\.*^$+?(){}|/])", r"\\\1", name) for name in names or ()) + ")$"
    if "sanitized" in job.words:
        env = {"SANITIZE": SANITIZERS, "ASAN_OPTIONS": "detect_leaks=0",
               "BOX_BIN": os.path.abspath("build/full/box-sanitized")}
    if "bare" in job.words:
        env["IN_CHAMBER"] = "no"
    if "as-step" in job.words:
        words = ["tests/box/box-steps", os.path.basename(job.path)]
        if names or "bare" in job.words:
            words.append(pattern if names else OF_A_REAL_ROOT)
    elif job.path.endswith(".bats"):
        words = ["bats", "--tap"] + (["--filter", pattern] if names else [])
        words += ["--filter-tags", job.tags] if job.tags else []
        words.append(job.path)
    elif job.path.endswith(".c"):
        words = ["tests/unit/run", job.path]
    elif job.path.endswith(".md"):
        words = ["tests/lab/readme", job.path]      # each block depends on those before it: always run all
    else:
        words = [job.path, *(f"--{word}" for word in job.words if word in OPTIONS), *(names or ())]
    return words, env
