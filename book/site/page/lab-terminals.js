// The lab's terminals, as tabs: xterm.js, one for each console of the machine.
"use strict";

class LabTerminals {
	// MACHINE: types and sizes go there. onSecond(): called before lab2# is first shown; resolves when its shell has started.
	constructor(machine, onSecond) {
		this.machine = machine;
		this.onSecond = onSecond;
		this.names = ["lab#", "lab2#"];
		this.tabs = this.names.map((_, i) => document.getElementById(`tab-${i}`));
		this.panels = this.names.map((_, i) => document.getElementById(`terminal-${i}`));
		this.now = 0;
		this.active = false;        // false: nothing else than reading, because the machine isn't there
		this.terminals = this.names.map((name, i) => this.make(name, i));
		this.connectTabs();
		new ResizeObserver(() => this.fit()).observe(document.getElementById("terminals"));
		this.follow(document.documentElement.dataset.theme);
	}

	make(name, i) {
		const terminal = new Terminal({
			fontFamily: getComputedStyle(document.body).getPropertyValue("--code-font"), fontSize: innerWidth < 700 ? 12 : 13,
			cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches, scrollback: 5000, minimumContrastRatio: 4.5,
			screenReaderMode: BOOK.get("lab:aloud", false),
		});
		const fit = new FitAddon.FitAddon();

		terminal.loadAddon(fit);
		terminal.fitAddon = fit;
		terminal.onData((text) => this.active && this.machine.type(i, text));
		terminal.onResize(({ rows, cols }) => this.machine.size(i, rows, cols));
		terminal.attachCustomKeyEventHandler((event) => this.leave(event));
		terminal.labName = name;
		return terminal;
	}

	// Tab belongs to the shell, which completes words by it. So another key leads out: F6 goes to the tabs.
	leave(event) {
		if (event.key !== "F6")
			return true;
		if (event.type === "keydown")
			this.tabs[this.now].focus();
		event.preventDefault();
		return false;
	}

	connectTabs() {
		this.tabs.forEach((tab, i) => {
			tab.onclick = () => this.show(i);
			tab.onkeydown = (event) => {
				const to = { ArrowLeft: 0, Home: 0, ArrowRight: 1, End: 1 }[event.key];

				if (event.key === "ArrowDown" || event.key === "F6") {
					event.preventDefault();
					this.terminals[this.now].focus();
				} else if (to !== undefined) {
					event.preventDefault();
					this.show(to, { focus: false });
					this.tabs[to].focus();
				}
			};
		});
	}

	// Show terminal I. Resolves when its shell is there.
	async show(i, { focus = true } = {}) {
		this.now = i;
		this.tabs.forEach((tab, other) => {
			tab.setAttribute("aria-selected", String(other === i));
			tab.tabIndex = other === i ? 0 : -1;
			this.panels[other].hidden = other !== i;
		});
		this.open(i);
		this.fit();
		if (focus)
			this.terminals[i].focus();
		if (i === 1 && this.active)
			await (this.second ??= this.onSecond().then(() => this.prompted(1)));
	}

	// xterm measures its letters when it is opened: so only in a panel that can be seen.
	open(i) {
		const terminal = this.terminals[i];

		if (terminal.element)
			return;
		terminal.open(this.panels[i]);
		terminal.textarea.setAttribute("aria-label", `Terminal ${terminal.labName} F6 leaves it.`);
	}

	fit() {
		const terminal = this.terminals[this.now];

		if (!terminal.element)
			return;
		terminal.fitAddon.fit();
		this.machine.size(this.now, terminal.rows, terminal.cols);
	}

	// Begin anew, with what was on the screens when the machine was saved. READY: the machine takes what is typed.
	reset(screens, ready) {
		this.active = ready;
		this.second = null;
		this.terminals.forEach((terminal, i) => {
			terminal.reset();
			terminal.write(screens[i] ?? "");
		});
	}

	start() {
		this.active = true;
		this.fit();
	}

	write(i, bytes) {
		this.terminals[i].write(bytes);
	}

	// Type TEXT, one command, and Enter. Several lines go as one paste, so that a Tab in them completes nothing.
	async type(i, text) {
		await this.show(i);
		if (text.includes("\n"))
			this.terminals[i].paste(text);
		else
			this.machine.type(i, text);
		this.machine.type(i, "\r");
	}

	// What is on the screen of terminal I and above it.
	text(i) {
		const buffer = this.terminals[i].buffer.active;
		const lines = Array.from({ length: buffer.length }, (_, y) => buffer.getLine(y))
			.map((line, y) => (y && !line.isWrapped ? "\n" : "") + line.translateToString(true));

		return lines.join("").trimEnd();
	}

	// Resolves when terminal I waits at its prompt.
	prompted(i) {
		return new Promise((resolve) => {
			const look = () => {
				const { active } = this.terminals[i].buffer;
				const line = active.getLine(active.baseY + active.cursorY)?.translateToString(true) ?? "";

				if (line.trimEnd() !== this.names[i])
					return;
				listener.dispose();
				resolve();
			};
			const listener = this.terminals[i].onWriteParsed(look);

			look();
		});
	}

	follow(theme) {
		const style = getComputedStyle(document.documentElement);
		const colour = (name) => style.getPropertyValue(name).trim();
		const bright = theme === "dark";

		for (const terminal of this.terminals)
			terminal.options.theme = {
				background: colour("--paper"), foreground: colour("--text"), cursor: colour("--text"), cursorAccent: colour("--paper"),
				selectionBackground: bright ? "#264f78" : "#b6d7ff",
				black: bright ? "#6e7681" : "#24292f", red: colour("--bad"), green: colour("--host"), yellow: bright ? "#e3b341" : "#7d4e00",
				blue: colour("--link"), magenta: bright ? "#d2a8ff" : "#8250df", cyan: bright ? "#56d4dd" : "#1b7c83", white: bright ? "#b1bac4" : "#57606a",
				brightBlack: bright ? "#8b949e" : "#57606a", brightRed: bright ? "#ffa198" : "#a40e26", brightGreen: bright ? "#7ee787" : "#116329",
				brightYellow: bright ? "#f2cc60" : "#633c01", brightBlue: bright ? "#a5d6ff" : "#0550ae", brightMagenta: bright ? "#e2c5ff" : "#6639ba",
				brightCyan: bright ? "#b3f0ff" : "#0b5c63", brightWhite: bright ? "#f0f6fc" : "#24292f",
			};
	}

	readAloud(on) {
		BOOK.put("lab:aloud", on);
		for (const terminal of this.terminals)
			terminal.options.screenReaderMode = on;
	}
}
