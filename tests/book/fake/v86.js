// A stand-in for v86: a "machine" that needs no state. Its shell echoes, and knows three commands; its channel keeps files.
class V86 {
	constructor(options) {
		this.listeners = {};
		this.files = new Map();
		this.line = ["", "", ""];
		this.states = [];
		this.prompts = ["lab# ", "lab2# "];
		this.bus = { send: (name, data) => this.receive(name, data) };
		this.buffers = [4, 0, 0, 0, 4].map((free) => ({ free, has_request() { return this.free > 0; } }));
		this.v86 = { cpu: { devices: { virtio_console: { virtio: { queues: this.buffers } } } } };
		this.options = options;
		options.wasm_fn({}).then(() => this.emit("emulator-started"));
	}

	add_listener(name, action) {
		this.listeners[name] = action;
	}

	emit(name, data) {
		this.listeners[name]?.(data);
	}

	print(terminal, text) {
		const bytes = new TextEncoder().encode(text);

		if (terminal === 2)
			bytes.forEach((byte) => this.emit("serial0-output-byte", byte));
		else
			this.emit(`virtio-console${terminal}-output-bytes`, bytes);
	}

	receive(name, data) {
		const [, terminal] = /^virtio-console(\d)-input-bytes$/.exec(name) ?? [];

		if (name.endsWith("-resize"))
			this.size = data;
		else if (this.takeBuffer(this.buffers[terminal * 4]))
			for (const key of new TextDecoder().decode(data))
				this.key(Number(terminal), key);
	}

	// What finds no buffer is lost, as in v86. The machine gives a buffer back after a while.
	takeBuffer(queue) {
		if (!queue.free)
			return false;
		queue.free--;
		setTimeout(() => queue.free++, 20);
		return true;
	}

	key(terminal, key) {
		if (key !== "\r") {
			this.line[terminal] += key;
			this.print(terminal, key);
			return;
		}
		const command = this.line[terminal];

		this.line[terminal] = "";
		this.print(terminal, `\r\n${this.shell(command)}${this.prompts[terminal]}`);
	}

	shell(command) {
		const [word, ...words] = command.split(" ");
		const number = /STEP=(\d)/.exec(command)?.[1];
		const step = `step${number}-${["pid", "uts", "mount", "pivot", "cgroup", "net"][number - 1]}`;

		if (word === "echo")
			return `${words.join(" ")}\r\n`;
		if (word === "states")
			return `states: ${this.states.join(" ")}\r\n`;
		if (word === "size")
			return `${this.size.join(" ")}\r\n`;
		if (command.startsWith("make start"))
			this.files.set(`${step}/${step}.c`, [Date.now(), btoa("int main(void)\n{\n\treturn 0; // TODO\n}\n")]);
		return `ran ${command}\r\n`;
	}

	// The page's channel, as book/machine/page.bash has it.
	serial_send_bytes(_, bytes) {
		if (bytes.length > 4096)
			throw new Error("the serial port has dropped something");
		this.line[2] += new TextDecoder().decode(bytes);
		for (let end; (end = this.line[2].indexOf("\n")) >= 0; ) {
			const [id, word, path, count = 0] = this.line[2].slice(0, end).split(" ");
			const data = this.line[2].slice(end + 1, end + 1 + Number(/^(put|add)$/.test(word) && count));

			this.line[2] = this.line[2].slice(end + 1 + data.length);
			this.print(2, `<${id}\n${this.answer(word, path, data)}>${id} 0\n`);
		}
	}

	answer(word, path, data) {
		if (word === "clock")
			this.states.push("clock");
		if (word === "second")
			this.print(1, this.prompts[1]);
		if (word === "put" || word === "add")
			this.files.set(path, [Date.now() + Math.random(), (word === "add" ? this.files.get(path)[1] : "") + data]);
		if (word === "remove")
			this.files.delete(path);
		if (word === "get")
			return `${this.files.get(path)[1]}\n`;
		if (word === "files")
			return [...this.files].map(([name, [time, text]]) => `${time} ${atob(text).length} ${name}\n`).join("");
		return "";
	}

	run() {
		this.states.push("run");
	}

	stop() {
		this.states.push("stop");
	}
}
