// What runs in the worker, below v86's own source: the machine. Messages to it:
//
//   { start: { wasm, state, memory } }    restore the machine from STATE, with MEMORY MiB
//   { input: TERMINAL, bytes }            0: lab#, 1: lab2#, 2: the page's own channel
//   { size: TERMINAL, rows, columns }
//   { run: true | false }
//
// and from it: { started }, { output: TERMINAL, bytes }, { failed: TEXT }.
"use strict";

// Its source is taken as text, so it uses nothing from outside.
function labWorker() {
	const channel = 2, flushAfter = 2, typeAgainAfter = 10, bufferSize = 1024;
	const waiting = [[], [], []];
	const typed = [[], []];
	let emulator, timer, typing;

	const flush = () => {
		timer = 0;
		waiting.forEach((chunks, terminal) => {
			if (!chunks.length)
				return;
			const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
			let at = 0;

			for (const chunk of chunks.splice(0)) {
				bytes.set(chunk, at);
				at += chunk.length;
			}
			self.postMessage({ output: terminal, bytes }, [bytes.buffer]);
		});
	};
	// The machine writes in small pieces: what comes within FLUSHAFTER ms goes out as one.
	const collect = (terminal) => (data) => {
		waiting[terminal].push(typeof data === "number" ? Uint8Array.of(data) : new Uint8Array(data));
		timer ||= setTimeout(flush, flushAfter);
	};

	// The machine lends v86 some buffers, of a page each. If none is left, because a busy computer runs the machine slowly,
	// v86 drops what is typed. So it waits here.
	const hasBuffer = (terminal) => emulator.v86.cpu.devices.virtio_console.virtio.queues[terminal ? 2 * terminal + 2 : 0].has_request();

	function type() {
		typed.forEach((pieces, terminal) => {
			while (pieces.length && hasBuffer(terminal))
				emulator.bus.send(`virtio-console${terminal}-input-bytes`, pieces.shift());
		});
		typing = typed.some((pieces) => pieces.length) && setTimeout(type, typeAgainAfter);
	}

	function add(terminal, bytes) {
		for (let at = 0; at < bytes.length; at += bufferSize)
			typed[terminal].push(bytes.subarray(at, at + bufferSize));
		typing || type();
	}

	// What was needed only to restore the state, three times its size, is freed when garbage is collected. That would be when memory
	// grows, and an idle machine's doesn't. So claim a lot of it, which costs nothing as long as nobody writes to it.
	function free() {
		for (let i = 0; i < 16; i++)
			new ArrayBuffer(64 << 20);
	}

	function start({ wasm, state, memory }) {
		emulator = new V86({
			// v86 fills the machine's memory with zeros before it restores it. It is new, so it has zeros; written, it takes real memory.
			wasm_fn: async (imports) => ({ ...(await WebAssembly.instantiate(wasm, imports)).exports, zero_memory() {} }),
			initial_state: { buffer: state }, memory_size: memory << 20, vga_memory_size: 2 << 20, autostart: true,
			virtio_console: true, disable_keyboard: true, disable_mouse: true, disable_speaker: true,
		});
		emulator.add_listener("virtio-console0-output-bytes", collect(0));
		emulator.add_listener("virtio-console1-output-bytes", collect(1));
		emulator.add_listener("serial0-output-byte", collect(channel));
		emulator.add_listener("emulator-started", () => {
			self.postMessage({ started: true });
			state.transfer?.(0); // v86's closures keep it, and the page has another for Reset.
			setTimeout(free, 1000);
			setTimeout(free, 4000); // The first may only end a collection that had begun before there was garbage.
		});
	}

	self.onmessage = ({ data }) => {
		if (data.start)
			start(data.start);
		else if (data.input === channel)
			emulator.serial_send_bytes(0, data.bytes);
		else if (data.input !== undefined)
			add(data.input, data.bytes);
		else if (data.size !== undefined) // Linux 6.1 reads the two numbers in the other order than v86 writes them.
			emulator.bus.send(`virtio-console${data.size}-resize`, [data.rows, data.columns]);
		else if (data.run !== undefined)
			data.run ? emulator.run() : emulator.stop();
	};
	self.addEventListener("unhandledrejection", (event) => self.postMessage({ failed: String(event.reason) }));
}
