// The book's pages, in reading order: which file of the checkout each one is, and where it lies in the book.

export const pages = [
	{ source: "README.md", to: "index.html", short: "Start", chapter: "tour" },
	{ source: "step1-pid/README.md", to: "step1-pid/index.html", short: "1 PID", chapter: "processes" },
	{ source: "step2-uts/README.md", to: "step2-uts/index.html", short: "2 Hostname", chapter: "hostname" },
	{ source: "step3-mount/README.md", to: "step3-mount/index.html", short: "3 Files, chroot", chapter: "files" },
	{ source: "step4-pivot/README.md", to: "step4-pivot/index.html", short: "4 pivot_root", chapter: "pivot_root" },
	{ source: "step5-cgroup/README.md", to: "step5-cgroup/index.html", short: "5 Limits", chapter: "cgroups" },
	{ source: "step6-net/README.md", to: "step6-net/index.html", short: "6 Network", chapter: "network" },
	{ source: "full/README.md", to: "full/index.html", short: "box", chapter: "privilege" },
	{ source: "lab/instructor.md", to: "lab/instructor.html", short: "For instructors" },
];

// Pages that are made from the others.
export const extra = [
	{ to: "errors.html", short: "All errors" },
	{ to: "recordings.html", short: "All recordings" },
	{ to: "progress.html", short: "Your progress" },
];

export const isLesson = (page) => /^(step|full)/.test(page.source ?? "");

// A file of the checkout as a page: the programs, and whatever a lesson links to.
export const sourcePage = (file) => `source/${file}.html`;
