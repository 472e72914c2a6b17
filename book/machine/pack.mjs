// pack.mjs STATE DIFFERS DIRECTORY - write what the page loads into DIRECTORY, from the directory STATE and the file DIFFERS: classic scripts, each of which sets fields of LAB.
//
//   about.js     LAB = { parts, part, bytes, wasmBytes, memory, screen, differs, made }
//   v86.js       LAB.v86 = the source text of v86;   wasm.js   LAB.wasm = v86's code, as characters (page/lab-bytes.js)
//   state-K.js   LAB.state[K] = part K of the compressed state, as characters
import fs from "node:fs";
import path from "node:path";
import { script } from "./characters.mjs";
import { MEMORY, v86 } from "./machine.mjs";

const PART = 4 << 20; // bytes of a part; the last one is shorter

// The lines of the file differs: a page, and what is different there in the tab.
function differences(file) {
	return fs.readFileSync(file, "utf8").split("\n").filter((line) => line && !line.startsWith("#")).map((line) => {
		const [, page, text] = /^(\S+)\s+(.*)$/.exec(line);

		return { page, text };
	});
}

const [from, differs, to] = process.argv.slice(2);
const state = fs.readFileSync(path.join(from, "state.bin.zst"));
const wasm = fs.readFileSync(path.join(v86, "v86.wasm"));
const parts = Math.ceil(state.length / PART);
const about = {
	parts, part: PART, bytes: state.length, wasmBytes: wasm.length, memory: MEMORY, state: [],
	screen: [JSON.parse(fs.readFileSync(path.join(from, "screen.json"), "utf8")), ""], differs: differences(differs), made: new Date().toISOString().slice(0, 10),
};

fs.mkdirSync(to, { recursive: true });
const write = (file, text) => fs.writeFileSync(path.join(to, file), text);

write("about.js", `var LAB = ${JSON.stringify(about)};\n`);
write("v86.js", `LAB.v86 = ${JSON.stringify(fs.readFileSync(path.join(v86, "libv86.js"), "utf8"))};\n`);
write("wasm.js", script("LAB.wasm = ", wasm, ";\n"));
for (let k = 0; k < parts; k++)
	write(`state-${k}.js`, script(`LAB.state[${k}] = `, state.subarray(k * PART, (k + 1) * PART), ";\n"));
