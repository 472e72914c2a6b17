// A program beside what --explain printed: what is pointed at lights up on both sides.
"use strict";

for (const calls of document.querySelectorAll("details.calls")) {
	const all = [...calls.querySelectorAll("[data-call]")];
	const panes = [...calls.querySelectorAll("pre")];

	const light = (line) => {
		const same = line ? all.filter((other) => other.dataset.call === line.dataset.call) : [];

		all.forEach((other) => other.classList.toggle("lit", same.includes(other)));
		for (const pane of panes) {
			const first = same.find((other) => pane.contains(other));

			if (first && !pane.contains(line))
				pane.scrollTo({ top: first.offsetTop - pane.offsetTop - pane.clientHeight / 3, behavior: "smooth" });
		}
	};

	for (const line of all) {
		line.addEventListener("mouseenter", () => light(line));
		line.addEventListener("focus", () => light(line));
	}
	calls.addEventListener("mouseleave", () => light(null));
}
