// terminals.mjs IMAGE STATE DIRECTORY - restore the tab's machine, and offer its terminals as sockets in DIRECTORY: 0 (lab#),
// 1 (lab2#), 2 (the page's channel). Prints "ready" when they are there; ends when stdin does.
import net from "node:net";
import path from "node:path";
import { Machine } from "../../book/machine/machine.mjs";

const [image, state, directory] = process.argv.slice(2);
const machine = new Machine({ image, state });

await machine.started;
await machine.wake();
for (const n of [0, 1]) // wider than any line that is typed, so that none is wrapped
	await machine.ask(`size ${n} 50 500`);
await Promise.all([0, 1, 2].map((n) => new Promise((resolve) => {
	const server = net.createServer((socket) => {
		machine.readers[n].push((bytes) => socket.write(bytes));
		socket.on("data", (bytes) => machine.type(n, bytes));
		socket.on("error", () => socket.destroy());
	});

	server.listen(path.join(directory, `${n}`), resolve);
})));
console.log("ready");
process.stdin.on("end", () => process.exit(0)).resume();
