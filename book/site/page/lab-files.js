// The learner's files below work/ in the machine, and their copies in the browser's store.
"use strict";

// What is kept: larger files are programs and logs, and the channel's lines have no other names.
const labKeeps = (path, size) => size <= 256 << 10 && /^[\w.+/-]+$/.test(path);

class LabFiles extends EventTarget {
	constructor(machine) {
		super();
		this.machine = machine;
		this.seen = new Map();      // path -> time and size, as the machine has them
		this.ready = false;         // false: the machine doesn't have the kept files yet
		this.queue = Promise.resolve();
	}

	// One after the other: a look while files are written would take the half for the whole.
	oneByOne(action) {
		const result = this.queue.then(action);

		this.queue = result.catch(() => {});
		return result;
	}

	// Write the kept files into a machine that has just been restored.
	putBack() {
		this.ready = false;
		this.seen.clear();
		return this.oneByOne(async () => {
			for (const { path, data } of await labStore.all())
				await this.put(path, data);
			this.ready = true;
			await this.look();
		});
	}

	// In pieces: the machine's serial port holds 4096 bytes, and drops the rest. Base64 can be cut after four characters.
	async put(path, data) {
		const most = 3000;

		for (let at = 0; at === 0 || at < data.length; at += most) {
			const piece = data.slice(at, at + most);

			await this.machine.ask(`${at ? "add" : "put"} ${path} ${piece.length}`, piece);
		}
	}

	// Keep what has changed in the machine since the last time. Tells listeners of each file: an event "file", its detail the path.
	poll() {
		return this.oneByOne(() => this.ready && this.look());
	}

	async look() {
		const there = new Map((await this.machine.ask("files")).split("\n").filter(Boolean).map((line) => {
			const [time, size, path] = /^(\S+) (\d+) (.*)$/.exec(line).slice(1);

			return [path, { stamp: `${time} ${size}`, size: Number(size) }];
		}));

		for (const [path, { stamp, size }] of there)
			if (this.seen.get(path) !== stamp && labKeeps(path, size)) {
				await labStore.put({ path, data: (await this.machine.ask(`get ${path}`)).replace(/\s/g, "") });
				this.seen.set(path, stamp);
				this.dispatchEvent(new CustomEvent("file", { detail: path }));
			}
		for (const path of this.seen.keys())
			if (!there.has(path)) {
				await labStore.remove(path);
				this.seen.delete(path);
				this.dispatchEvent(new CustomEvent("file", { detail: path }));
			}
	}

	has(path) {
		return this.seen.has(path);
	}

	// The text of a kept file, or null.
	async read(path) {
		const file = (await labStore.all()).find((one) => one.path === path);

		return file ? new TextDecoder().decode(labBytes(file.data)) : null;
	}

	// Write TEXT to a file, in the browser first: what is there survives a machine that stops.
	write(path, text) {
		const data = labBase64(new TextEncoder().encode(text));

		return this.oneByOne(async () => {
			await labStore.put({ path, data });
			await this.put(path, data);
			await this.look();
		});
	}

	forget() {
		return this.oneByOne(async () => {
			for (const path of this.seen.keys())
				await this.machine.ask(`remove ${path}`);
			this.seen.clear();
		});
	}
}
