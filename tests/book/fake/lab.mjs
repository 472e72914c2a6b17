// fake/lab.mjs DIR: a lab for the page whose machine is a stand-in (v86.js here), so that the page can be tested without
// building the real one.
import fs from "node:fs";
import path from "node:path";
import { script } from "../../../book/machine/characters.mjs";

const here = path.dirname(new URL(import.meta.url).pathname);
const [dir] = process.argv.slice(2);
const write = (file, text) => fs.writeFileSync(path.join(dir, file), text);

fs.mkdirSync(dir, { recursive: true });
write("about.js", `var LAB = ${JSON.stringify({
	parts: 1, part: 4, bytes: 3, wasmBytes: 8, memory: 1, state: [], screen: ["lab# ", ""], differs: [{ page: "step5-cgroup/index.html", text: "A line that differs." }],
})};\n`);
write("v86.js", `LAB.v86 = ${JSON.stringify(fs.readFileSync(path.join(here, "v86.js"), "utf8"))};\n`);
write("wasm.js", script("LAB.wasm = ", Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), ";\n"));
write("state-0.js", script("LAB.state[0] = ", Buffer.from([1, 2, 3]), ";\n"));
