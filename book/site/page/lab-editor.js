// The editor of a learner's step, work/stepN-x/stepN-x.c: CodeMirror, and buttons for what make does with the file.
"use strict";

const LAB_COMMANDS = [["grade", "Grade"], ["hint", "Hint"], ["watch", "Watch"], ["solution", "Solution"]];

class LabEditor {
	// ELEMENT: where it goes. STEPS: the steps' names. FILES: a LabFiles. type(command): type it at lab#.
	constructor(element, steps, files, type) {
		Object.assign(this, { element, steps, files, type, step: steps[0] });
		this.build();
		files.addEventListener("file", (event) => event.detail === this.path && this.take());
		addEventListener("beforeunload", (event) => this.changed && event.preventDefault());
	}

	get path() {
		return `${this.step}/${this.step}.c`;
	}

	get number() {
		return this.steps.indexOf(this.step) + 1;
	}

	build() {
		const button = (label, action) => BOOK.make("button", { type: "button", textContent: label, onclick: action });

		this.choice = BOOK.make("select", {}, ...this.steps.map((name) => BOOK.make("option", { value: name, textContent: name })));
		this.choice.onchange = () => this.open(this.choice.value);
		this.startButton = button("Start", () => this.type(`make start STEP=${this.number}`));
		this.saveButton = button("Save", () => this.save());
		this.commands = LAB_COMMANDS.map(([target, label]) => button(label, () => this.make(target)));
		this.note = BOOK.make("span", { className: "note" });
		this.note.setAttribute("role", "status");
		this.place = BOOK.make("div", { className: "place" });
		this.element.append(BOOK.make("div", { className: "tools" }, BOOK.make("label", {}, "Step ", this.choice),
			this.startButton, this.saveButton, ...this.commands, this.note), this.place);
	}

	// Show the editor on STEP. What has not been saved stays.
	async open(step) {
		if (step !== this.step && this.changed && !confirm(`Leave ${this.path} without saving it?`)) {
			this.choice.value = this.step;
			return;
		}
		await this.load();
		if (step !== this.step)
			this.changed = false;
		this.step = this.choice.value = step;
		await this.take();
	}

	// CodeMirror comes with the first look at the editor.
	async load() {
		if (this.view)
			return;
		await BOOK.load("vendor/codemirror.js");
		const { EditorView } = CodeMirror;

		this.view ??= new EditorView({ parent: this.place, state: this.stateOf("") });
	}

	stateOf(text) {
		const { EditorState, EditorView, HighlightStyle, basicSetup, cpp, indentUnit, indentWithTab, keymap, syntaxHighlighting, tags } = CodeMirror;
		const style = HighlightStyle.define([
			{ tag: [tags.keyword, tags.processingInstruction], color: "var(--bad)" }, { tag: [tags.string, tags.number], color: "var(--link)" },
			{ tag: tags.comment, color: "var(--dim)" }, { tag: [tags.typeName, tags.macroName], color: "var(--container)" },
		]);
		const keys = [{ key: "Mod-s", run: () => (this.save(), true) }, { key: "F6", run: () => (document.getElementById("edit").focus(), true) }, indentWithTab];

		return EditorState.create({
			doc: text,
			extensions: [
				keymap.of(keys), basicSetup, cpp(), indentUnit.of("\t"), EditorState.tabSize.of(8), syntaxHighlighting(style),
				EditorView.contentAttributes.of({ "aria-label": `work/${this.path}. F6 leaves the editor.` }),
				EditorView.updateListener.of((update) => update.docChanged && this.mark(true)),
			],
		});
	}

	get text() {
		return this.view.state.doc.toString();
	}

	// Take the file as the machine has it now, unless the reader has changed it here.
	async take() {
		if (!this.view)
			return;
		const text = await this.files.read(this.path);

		this.there = text !== null;
		if (this.there && this.changed) {
			if (text !== this.taken)
				this.say("It has changed in the lab, too. Save keeps what you see here.");
			return;
		}
		this.taken = text;
		if (!this.there || text !== this.text)
			this.view.setState(this.stateOf(text ?? ""));
		this.mark(false);
	}

	mark(changed) {
		this.changed = changed && this.there;
		this.place.hidden = !this.there;
		this.startButton.disabled = this.there;
		this.startButton.title = this.there ? `work/${this.path} is there already` : `make start STEP=${this.number}`;
		this.saveButton.disabled = !this.changed;
		for (const [i, [target]] of LAB_COMMANDS.entries()) {
			this.commands[i].disabled = !this.there;
			this.commands[i].title = this.there ? `make ${target} STEP=${this.number}` : "first press Start";
		}
		this.say(!this.there ? `There is no work/${this.path} yet. Press Start.` : this.changed ? "Not saved yet." : "Saved.");
	}

	say(text) {
		this.note.textContent = text;
	}

	async save() {
		if (!this.changed)
			return;
		const text = this.text;

		this.taken = text;
		await this.files.write(this.path, text);
		this.mark(this.text !== text);
	}

	async make(target) {
		await this.save();
		await this.type(`make ${target} STEP=${this.number}`);
	}
}
