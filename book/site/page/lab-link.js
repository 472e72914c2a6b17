// A lesson's side of the lab: the link that opens it, and a button at each command that types it into its terminal.
"use strict";

{
	const tell = (message) => parent !== window && parent.postMessage({ book: BOOK.page, ...message }, "*");
	const here = () => `${BOOK.home}/lab.html#${BOOK.page}${location.hash}`;
	const link = document.getElementById("openlab");
	let lab = null;     // null: this page is not in the lab. Else what the lab says of itself: starting, ready, failed

	const followLink = () => (link.href = here());
	const sayWhere = () => tell({ hash: location.hash, title: document.title, theme: document.documentElement.dataset.theme });

	// The commands of a console block: { line, terminal, text }. What is typed in a container goes to the terminal in which
	// its prompt appeared first: lab2# may be used meanwhile.
	function commandsOf(block) {
		const found = [], startedAt = {};
		let host = "lab#";

		for (const line of block.querySelectorAll(".in")) {
			const prompt = line.dataset.at, text = line.querySelector(".typed").textContent;

			if (line.classList.contains("more")) {
				found.at(-1).text += `\n${text}`;
				continue;
			}
			if (/^lab2?#$/.test(prompt))
				host = prompt;
			startedAt[prompt] ??= host;
			found.push({ line, terminal: startedAt[prompt], text, inLab: /^(lab2?|step\d|box)#$/.test(prompt) });
		}
		return found.filter(({ inLab }) => inLab);
	}

	// Without the lab, a button opens it at the section that the button stands in.
	function openAt(line) {
		const before = [...document.querySelectorAll("main [id]")].filter((place) => place.compareDocumentPosition(line) & Node.DOCUMENT_POSITION_FOLLOWING);

		location.href = `${BOOK.home}/lab.html#${BOOK.page}#${before.at(-1)?.id ?? ""}`;
	}

	function addButton({ line, terminal, text }) {
		const button = BOOK.make("button", { type: "button", className: "run", textContent: "▸" });

		button.setAttribute("aria-label", `Type into ${terminal} ${text}`);
		button.onclick = () => lab ? tell({ terminal, type: text }) : openAt(line);
		line.prepend(button);
	}

	// Why a button does nothing, or what it does.
	function explainButtons(why) {
		for (const button of document.querySelectorAll(".run")) {
			button.disabled = Boolean(lab) && lab !== "ready";
			button.title = !lab ? "Open the lab, which types this for you" : lab === "ready" ? "Type this into the lab" : why || "The lab is starting";
		}
	}

	function enterLab() {
		link.remove();
		addEventListener("hashchange", sayWhere);
		document.getElementById("theme").addEventListener("click", sayWhere);
		// The frame shows the book. All else would take the lesson's place, or refuse to be framed.
		for (const outside of document.querySelectorAll('a[href^="http"]'))
			Object.assign(outside, { target: "_blank", rel: "noopener" });
	}

	addEventListener("message", ({ source, data }) => {
		if (source !== parent || source === window || typeof data?.lab !== "string")
			return;
		if (!lab)
			enterLab();
		lab = data.lab;
		explainButtons(data.why);
	});
	addEventListener("hashchange", followLink);
	for (const block of document.querySelectorAll("main .console"))
		commandsOf(block).forEach(addButton);
	followLink();
	explainButtons();
	sayWhere();
}
