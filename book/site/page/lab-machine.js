// The machine: its files are loaded once, and it is restored from its state, in a worker, as often as you like.
"use strict";

const LAB_TERMINALS = 2, LAB_CHANNEL = 2;

class LabMachine {
	// ON: what to do when the machine has something to say.
	//   output(terminal, bytes)    a terminal prints
	//   loaded(part)               PART of the files, from 0 to 1, have been loaded
	//   failed(text)               one line for the reader; the machine is gone
	constructor(on) {
		this.on = on;
		this.encoder = new TextEncoder();
	}

	// Load the machine's files. Rejects with an error whose message is for the reader.
	async load() {
		if (typeof WebAssembly !== "object")
			throw new Error("This browser has no WebAssembly, which the lab needs. Any current browser has it.");
		await this.script("lab/about.js");
		let done = 0;
		const files = ["lab/v86.js", "lab/wasm.js", ...Array.from({ length: LAB.parts }, (_, i) => `lab/state-${i}.js`)];

		await Promise.all(files.map((file) => this.script(file).then(() => this.on.loaded(++done / files.length))));
		this.wasm = await WebAssembly.compile(LabBytes.decode(LAB.wasm, LAB.wasmBytes));
		this.state = this.joinParts();
	}

	async script(file) {
		try {
			await BOOK.load(file);
		} catch {
			throw new Error(`The lab can't start: ${file} is missing, or can't be read. Copy the whole directory of the book again.`);
		}
	}

	// The parts of the state as bytes. The text that they were is let go: it is larger.
	joinParts() {
		const state = new Uint8Array(LAB.bytes);
		let at = 0;

		for (const text of LAB.state.splice(0)) {
			const bytes = LabBytes.decode(text, Math.min(LAB.part, LAB.bytes - at));

			state.set(bytes, at);
			at += bytes.length;
		}
		return state;
	}

	// Restore the machine, with a clock that is right and randomness of its own. Ends the one that was there.
	async boot() {
		this.end();
		this.asked = new Map();
		this.answers = "";
		this.decoder = new TextDecoder();
		await this.startWorker();
		await this.ask(`seed ${LabMachine.randomHex(32)}`);
		await this.setClock();
	}

	startWorker() {
		const url = URL.createObjectURL(new Blob([LAB.v86, "\n;(", labWorker.toString(), ")();"], { type: "text/javascript" }));
		const worker = (this.worker = new Worker(url));

		return new Promise((resolve, reject) => {
			const fail = (text) => {
				worker.onerror = worker.onmessage = null; // The first failure is the cause of any other.
				this.end();
				reject(new Error(LabMachine.reason(text)));
				this.on.failed(LabMachine.reason(text));
			};

			worker.onerror = (event) => fail(event.message);
			worker.onmessage = ({ data }) => {
				if (data.failed)
					fail(data.failed);
				else if (data.output === LAB_CHANNEL)
					this.hear(data.bytes);
				else if (data.output !== undefined)
					this.on.output(data.output, data.bytes);
				else if (data.started)
					resolve();
			};
			worker.postMessage({ start: { wasm: this.wasm, state: this.state.buffer, memory: LAB.memory } });
			URL.revokeObjectURL(url);
		});
	}

	end() {
		this.worker?.terminate();
		this.worker = null;
		for (const { reject } of this.asked?.values() ?? [])
			reject(new Error("the machine was reset"));
	}

	type(terminal, text) {
		const bytes = this.encoder.encode(text);

		this.worker?.postMessage({ input: terminal, bytes });
	}

	size(terminal, rows, columns) {
		this.worker?.postMessage({ size: terminal, rows, columns });
	}

	sleep() {
		this.worker?.postMessage({ run: false });
	}

	async wake() {
		this.worker?.postMessage({ run: true });
		await this.setClock();
	}

	setClock() {
		return this.ask(`clock ${(Date.now() / 1000).toFixed(2)}`);
	}

	// Ask the machine on the page's own channel, as book/machine/page.bash has it: one line, and DATA that it calls for.
	// Resolves to the answer's text.
	ask(line, data = "") {
		const id = (this.lastId = (this.lastId ?? 0) + 1);

		return new Promise((resolve, reject) => {
			if (!this.worker)
				return reject(new Error("there is no machine"));
			this.asked.set(id, { resolve, reject, line });
			this.type(LAB_CHANNEL, `${id} ${line}\n${data}`);
		});
	}

	hear(bytes) {
		const text = this.decoder.decode(bytes, { stream: true });

		this.answers += text;
		for (let found; text.includes(">") && (found = /<(\d+)\r?\n([^]*?)>\1 (\d+)\r?\n/.exec(this.answers)); ) {
			const [all, id, answer, status] = found;
			const asked = this.asked.get(Number(id));

			this.answers = this.answers.slice(found.index + all.length);
			this.asked.delete(Number(id));
			if (status === "0")
				asked?.resolve(answer);
			else
				asked?.reject(new Error(`${asked.line.slice(0, 60)}: ${answer.trim() || `status ${status}`}`));
		}
	}

	static randomHex(bytes) {
		return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
	}

	// What the reader is told of an error of the worker's.
	static reason(text) {
		return /memory|RangeError|allocation/i.test(text)
			? "The lab needs about 700 MiB of memory, and the browser refused it. Close other tabs, and press Reset."
			: `The lab has stopped: ${text}. Press Reset.`;
	}
}
