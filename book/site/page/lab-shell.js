// The lab's page: the lesson in a frame, the lab beside it. The lesson changes, the machine stays.
// The address of the lesson is the page's hash, so that a reload or a bookmark finds it again.
"use strict";

{
	const byId = (id) => document.getElementById(id);
	const frame = byId("lesson"), status = byId("status"), narrow = matchMedia("(max-width: 900px)");
	const machine = new LabMachine({ output: (terminal, bytes) => output(terminal, bytes), loaded: (part) => (byId("loaded").value = part), failed: fail });
	const files = new LabFiles(machine);
	const steps = document.body.dataset.steps.split(" ");
	let terminals, editor, lesson = "index.html", state = "starting", why = "", printed = false, asleep = false, polling;

	// ---- The lesson ----

	// A page of the book, with a place on it perhaps; nothing else goes into the frame.
	const isPage = (address) => /^(?!lab\.html)[\w-]+(\/[\w.-]+)*\.html(#[\w-]*)?$/.test(address) && !address.includes("..");
	const wanted = () => decodeURIComponent(location.hash.slice(1));
	const differs = () => globalThis.LAB?.differs ?? [];
	const tellLesson = () => frame.contentWindow.postMessage({ lab: state, why }, "*");

	function showLesson() {
		lesson = isPage(wanted()) ? wanted() : "index.html";
		frame.contentWindow.location.replace(new URL(lesson, location.href.split("#")[0]).href);
	}

	// Back and Forward move the frame themselves. A hash that somebody typed has no state yet.
	addEventListener("popstate", ({ state: known }) => known || showLesson());

	addEventListener("message", ({ source, data }) => {
		if (source !== frame.contentWindow || typeof data?.book !== "string")
			return;
		if (data.type)
			type(data.terminal, data.type);
		else
			follow(data);
	});

	// The lesson in the frame says where it is, and its theme.
	function follow({ book, hash, title, theme }) {
		lesson = book + hash;
		if (!isPage(lesson))
			return;
		history.replaceState({ lesson }, "", `#${lesson}`);
		document.title = `${title} · in the lab`;
		document.documentElement.dataset.theme = theme;
		terminals?.follow(theme);
		showDifference();
		tellLesson();
	}

	function showDifference() {
		const lines = differs().filter(({ page }) => page === lesson.split("#")[0]).map((one) => one.text);

		byId("differs").hidden = !lines.length;
		byId("differs").textContent = `In this tab: ${lines.join(" ")}`;
	}

	// ---- The machine ----

	function output(terminal, bytes) {
		terminals.write(terminal, bytes);
		printed = true;
	}

	function become(name, text = "") {
		[state, why] = [name, text];
		document.body.dataset.state = name;
		status.textContent = text;
		status.classList.toggle("bad", name === "failed");
		byId("loaded").hidden = name !== "starting";
		byId("reset").disabled = name === "starting" || !machine.state;
		showDifference();
		tellLesson();
	}

	function fail(text) {
		become("failed", text);
	}

	async function open() {
		become("starting", "Loading the lab …");
		try {
			await machine.load();
			terminals = new LabTerminals(machine, () => machine.ask("second"));
			editor = new LabEditor(byId("editor"), steps, files, (command) => type("lab#", command));
			terminals.show(0, { focus: false });
			window.theLab = { machine, terminals, files, editor };
			await restore();
		} catch (error) {
			fail(error.message);
		}
	}

	// The machine as it was when the book was made, with the learner's files.
	async function restore() {
		become("starting", "Restoring …");
		asleep = false;
		terminals.reset(LAB.screen, false);
		await machine.boot();
		terminals.start();
		become("ready");
		terminals.show(0, { focus: !matchMedia("(pointer: coarse)").matches }); // On a phone, focus opens the keyboard.
		files.putBack().then(sleepOrWake).catch((error) => state === "ready" && become("ready", `Your files are not back: ${error.message}`));
	}

	async function reset() {
		try {
			await restore();
		} catch (error) {
			fail(error.message);
		}
	}

	async function type(terminal, text) {
		if (state !== "ready")
			return;
		await terminals.type(terminal === "lab2#" ? 1 : 0, text);
	}

	// A look at work/ now and then, but only when something has happened in the terminals.
	function poll() {
		clearInterval(polling);
		polling = setInterval(() => {
			if (printed && state === "ready" && !document.hidden) {
				printed = false;
				files.poll().catch(() => {});
			}
		}, 3000);
	}

	// A hidden page's machine stops, and has the right time when it goes on.
	async function sleepOrWake() {
		if (state !== "ready" || document.hidden === asleep)
			return;
		asleep = document.hidden;
		become("ready", asleep ? "Asleep" : "");
		await (asleep ? machine.sleep() : machine.wake());
	}

	// ---- The panel ----

	function toggleEditor() {
		const open = byId("editor").hidden;

		byId("editor").hidden = !open;
		byId("edit").setAttribute("aria-pressed", String(open));
		document.body.classList.toggle("editing", open);
		if (open && editor)
			editor.open(steps.find((step) => lesson.startsWith(step)) ?? editor.step);
	}

	async function about() {
		const note = byId("note") ?? BOOK.make("dialog", { id: "note" });
		const aloud = BOOK.make("input", { type: "checkbox", checked: BOOK.get("lab:aloud", false), onchange: () => terminals?.readAloud(aloud.checked) });
		const close = BOOK.make("button", { type: "button", textContent: "Close", onclick: () => note.close() });
		const facts = [
			"A PC in WebAssembly (v86), with Debian's Linux kernel and the course's tools. It runs in this page; nothing leaves it.",
			"One CPU, 32 bits, no network outside the machine. It is slower than your computer: a first command takes a second.",
			"Reset gives you a new machine. A reload or Close ends it. Your files in work/ are kept, and put back.",
			"While this page is hidden, the machine sleeps.",
			"In a terminal Tab completes; F6 leads out of it, to the tabs.",
			...differs().map((one) => one.text),
		];

		note.setAttribute("aria-label", "This lab");
		note.replaceChildren(BOOK.make("div", { className: "top" }, BOOK.make("h2", { textContent: "This lab" }), close), BOOK.make("ul", {}, ...facts.map((text) => BOOK.make("li", { textContent: text }))),
			BOOK.make("label", {}, aloud, " Let a screen reader read what the terminals print"), await labFilesElement(() => files.forget()));
		document.body.append(note);
		note.showModal();
	}

	// ---- The two sides ----

	function sizeTo(percent) {
		const size = Math.min(80, Math.max(20, Math.round(percent)));

		document.body.style.setProperty("--lab", `${size}%`);
		byId("splitter").setAttribute("aria-valuenow", size);
		byId("splitter").setAttribute("aria-orientation", narrow.matches ? "horizontal" : "vertical");
		BOOK.put(`lab:size:${narrow.matches}`, size);
	}

	const ownSize = () => sizeTo(BOOK.get(`lab:size:${narrow.matches}`, narrow.matches ? 45 : 50));

	function connectSplitter() {
		const splitter = byId("splitter");

		splitter.onpointerdown = (event) => splitter.setPointerCapture(event.pointerId);
		splitter.onpointermove = (event) => {
			if (splitter.hasPointerCapture(event.pointerId))
				sizeTo(100 - 100 * (narrow.matches ? event.clientY / innerHeight : event.clientX / innerWidth));
		};
		splitter.onkeydown = (event) => {
			const by = { ArrowLeft: 5, ArrowUp: 5, ArrowRight: -5, ArrowDown: -5 }[event.key];

			if (by) {
				event.preventDefault();
				sizeTo(Number(splitter.getAttribute("aria-valuenow")) + by);
			}
		};
		narrow.addEventListener("change", ownSize);
		ownSize();
	}

	byId("reset").onclick = reset;
	byId("edit").onclick = toggleEditor;
	byId("about").onclick = about;
	byId("close").onclick = () => (location.href = lesson);
	document.addEventListener("visibilitychange", () => sleepOrWake().catch(() => {}));
	connectSplitter();
	showLesson();
	open();
	poll();
}
