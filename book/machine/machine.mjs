// The tab's machine in Node.js: boot it, or restore a state; type on its terminals, and wait for what they print.
import fs from "node:fs";
import path from "node:path";
import { V86 } from "v86";

export const v86 = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../node_modules/v86/build");
const contents = (file) => {
	const bytes = fs.readFileSync(file);

	return { buffer: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) };
};

export const MEMORY = 256; // MiB
export const PAGE = 2; // the page's own channel; 0 is lab#, 1 is lab2#

// tsc=reliable: v86's clocks disagree while a slow host lags behind. norandmaps: v86 compiles code by address, and the
// next run of a program is faster if it has the same addresses.
const COMMAND_LINE = "console=ttyS0 quiet panic=-1 mitigations=off norandmaps cryptomgr.notests cgroup_no_v1=all psi=1 tsc=reliable";

export class Machine {
	// image: the directory that image made. guest: the directory of the initrd; state: a file to restore instead.
	constructor({ image, guest, state }) {
		const options = {
			wasm_path: path.join(v86, "v86.wasm"), bios: contents(path.join(image, "bios.bin")), vga_bios: contents(path.join(image, "vgabios.bin")),
			memory_size: MEMORY << 20, vga_memory_size: 2 << 20, virtio_console: true, disable_speaker: true, autostart: true,
		};

		if (state)
			options.initial_state = contents(state);
		else
			Object.assign(options, { bzimage: contents(path.join(image, "vmlinuz")), initrd: contents(path.join(guest, "initrd.img")), cmdline: COMMAND_LINE });
		this.emulator = new V86(options);
		this.text = ["", "", ""];
		this.readers = [[], [], []];
		const decoders = this.text.map(() => new TextDecoder());
		const got = (n, bytes) => {
			this.text[n] += decoders[n].decode(bytes, { stream: true });
			for (const reader of this.readers[n])
				reader(bytes);
		};

		this.emulator.add_listener("virtio-console0-output-bytes", (bytes) => got(0, bytes));
		this.emulator.add_listener("virtio-console1-output-bytes", (bytes) => got(1, bytes));
		this.emulator.add_listener("serial0-output-byte", (byte) => got(PAGE, Uint8Array.of(byte)));
		this.started = new Promise((resolve) => this.emulator.add_listener("emulator-started", resolve));
		this.requests = 0;
	}

	type(n, text) {
		const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;

		if (n === PAGE)
			this.emulator.serial_send_bytes(0, bytes);
		else
			this.emulator.bus.send(`virtio-console${n}-input-bytes`, bytes);
	}

	// Resolves when terminal n has printed what matches the pattern, from the position on.
	waitFor(n, pattern, from = 0) {
		return new Promise((resolve) => {
			const look = () => {
				const match = pattern.exec(this.text[n].slice(from));

				if (match) {
					this.readers[n] = this.readers[n].filter((reader) => reader !== look);
					resolve(match);
				}
			};

			this.readers[n].push(look);
			look();
		});
	}

	// A request of the page's (page.bash). Returns what it printed; throws if it failed.
	async ask(request) {
		const id = `n${++this.requests}`;
		const from = this.text[PAGE].length;

		this.type(PAGE, `${id} ${request}\n`);
		const [, answer, status] = await this.waitFor(PAGE, new RegExp(`<${id}\n([^]*)>${id} (\\d+)\n`), from);

		if (status !== "0")
			throw new Error(`the machine failed at ${request.slice(0, 60)}: ${answer}`);
		return answer;
	}

	// Set what a restored machine can't know: the time, and randomness of its own.
	async wake() {
		await this.ask(`clock ${Math.floor(Date.now() / 1000)}`);
		await this.ask(`seed ${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}`);
	}

	close() {
		this.emulator.destroy();
	}
}
