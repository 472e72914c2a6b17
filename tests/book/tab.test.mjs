// The tab's machine, in Node.js: what the page asks of it, and the learner's tools. tests/book/tab prepares it.
import assert from "node:assert";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import vm from "node:vm";
import { script } from "../../book/machine/characters.mjs";
import { Machine } from "../../book/machine/machine.mjs";

const { TAB_IMAGE: image, TAB_STATE: state } = process.env;
const random = (count) => crypto.getRandomValues(new Uint8Array(count));
const base64 = (text) => Buffer.from(text).toString("base64");
const restore = async () => {
	const restored = new Machine({ image, state: `${state}/state.bin.zst` });

	await restored.started;
	await restored.wake();
	return restored;
};

// Type a command at lab#; returns what the terminal shows until the next prompt, or until the pattern.
async function lab(command, pattern = /\n[^\n]*lab# $/) {
	const from = machine.text[0].length;

	machine.type(0, `${command}\n`);
	await machine.waitFor(0, pattern, from + command.length);
	return machine.text[0].slice(from).replace(/\x1b\[[?\d;]*[a-zA-Z]|\r/g, "");
}

// Press a key that a program waits for, and wait for what it shows then.
async function press(key, pattern) {
	const from = machine.text[0].length;

	machine.type(0, key);
	await machine.waitFor(0, pattern, from);
}

async function put(file, text) {
	const parts = base64(text).match(/.{1,3000}/g);

	for (const [i, part] of parts.entries())
		await machine.ask(`${i ? "add" : "put"} ${file} ${part.length}\n${part}`);
}

const get = async (file) => Buffer.from(await machine.ask(`get ${file}`), "base64").toString();
let machine;

before(async () => { machine = await restore(); });
after(() => machine.close());

test("the page decodes what the build encodes, whatever its length", () => {
	const page = vm.createContext({});

	vm.runInContext(fs.readFileSync(new URL("../../book/site/page/lab-bytes.js", import.meta.url), "utf8") + "this.LabBytes = LabBytes;", page);
	for (let count = 0; count < 64; count++) {
		const bytes = random(count);

		vm.runInContext(script("this.text = ", bytes, ";").toString("utf16le").slice(1), page);
		assert.deepEqual([...page.LabBytes.decode(page.text, count)], [...bytes]);
	}
});

test("make tab-sources says where to find the sources that a mirror lacks", () => {
	const place = fs.mkdtempSync(path.join(os.tmpdir(), "tab-sources-"));

	fs.writeFileSync(`${place}/apt-get`, '#!/bin/sh\ncase " $* " in *" bats="*) exit 100 ;; esac\n', { mode: 0o755 });
	const { status, stderr } = spawnSync("book/machine/sources", [`${place}/sources`], { encoding: "utf8", env: { ...process.env, PATH: `${place}:${process.env.PATH}` } });

	fs.rmSync(place, { recursive: true });
	assert.equal(status, 125);
	assert.match(stderr, /\n +https:\/\/snapshot\.debian\.org\/package\/bats\/[\d.-]+\/\n/);
	assert.equal(stderr.match(/snapshot\.debian/g).length, 1);
});

test("two machines from one state draw different random numbers", async () => {
	const other = await restore();
	const draw = "run head -c 16 /dev/urandom | base64";
	const [one, two] = [await machine.ask(draw), await other.ask(draw)];

	other.close();
	assert.notEqual(one, two);
});

test("the clock is set", async () => {
	const seconds = Number(await machine.ask("run date +%s"));

	assert.ok(Math.abs(Date.now() / 1000 - seconds) < 120, `${seconds}`);
});

test("files below work/ come and go, and no others", async () => {
	const text = `${random(8)}\n`.padEnd(8000, "of a page's file\n");

	await put("step1-pid/mine.c", text);
	assert.equal(await get("step1-pid/mine.c"), text);
	assert.match(await machine.ask("files"), new RegExp(`^[\\d.]+ ${text.length} step1-pid/mine\\.c$`, "m"));
	assert.match(await lab("wc -c work/step1-pid/mine.c"), new RegExp(`\n${text.length} `));
	await machine.ask("remove step1-pid/mine.c");
	assert.doesNotMatch(await machine.ask("files"), /mine/);
	await assert.rejects(put("../README.md", "mine"), /does not lie below work/);
	await assert.rejects(get("step1-pid/../../README.md"), /does not lie below work/);
});

test("a second terminal joins the lab", async () => {
	await machine.ask("second");
	await machine.waitFor(1, /lab2# $/);
	assert.match(await lab("tty"), /\n\/dev\/pts\/0\n/);
	machine.type(1, "tty; hostname joined; echo d'one'\n");
	await machine.waitFor(1, /\/dev\/pts\/1\r\ndone\r/);
	assert.match(await lab("hostname"), /\njoined\n/);
	await lab("hostname lab");
});

// Type a command that shows prompts of its own; returns what it printed, and its status.
const play = (command) => lab(`${command}; echo "status $?"`, /status \d+\r\n[^\n]*lab# $/);

test("the lab plays the demos, with limits for those that need them, and says in one line which one it can't", async () => {
	for (const name of ["fork", "oom", "threaded", "forward-drop"])
		assert.match(await play(`lab/demo ${name} </dev/null`), /\nstatus 0\n/);
	assert.match(await play("lab/demo swap </dev/null"), /\nlab\/demo: swap requires swap, [^\n]*\nstatus 125\n/);
	assert.match(await lab("cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*/"), /\n0::\/\nls: cannot access/);
});

test("LIVE=1 waits for a key at each command", async () => {
	await lab("lab/demo --live fork", /\[ask\] Enter [^\n]*help/);
	await press("q", /lab# $/);
});

test("all steps of the tour show what they promise", async () => {
	assert.match(await play("lab/tour </dev/null"), /You have seen all of this run [^\n]*\nstatus 0\n/);
});

test("the lens compares a container with its host, once and again and again", async () => {
	await lab("step2-uts/step2-uts --hostname lensed sh -c ': >/tmp/up; exec sleep 1000' & until [ -e /tmp/up ]; do sleep 0.1; done");
	assert.match(await lab("lab/lens $!"), /hostname +lab +\| lensed/);
	await lab("lab/lens --watch $!", /q quits/);
	await press("q", /lab# $/);
	assert.match(await lab("kill %1; wait; hostname"), /\nlab\n/);
});

test("make builds nothing, and every tool of the learner's is there", async () => {
	assert.match(await lab("make -s && echo status $?"), /make -s.*\nstatus 0\n/);
	assert.match(await lab("cc --version; python3 -c 'import selectors, subprocess, termios' && echo status $?"), /\nstatus 0\n/);
});

test("cc warns of a learner's mistakes alone", async () => {
	assert.match(await play("cc -Wall -o /tmp/x step1-pid/step1-pid.c"), /step1-pid\.c[^\n]*\nstatus 0\n/);
	assert.match(await play("echo 'int main(void) { return foo(); }' >/tmp/x.c; cc -Wall -c -o /tmp/x.o /tmp/x.c"), /implicit declaration of function 'foo'/);
});

test("make watch grades a step again when it is saved", async () => {
	await lab("rm -rf work; make start STEP=1");
	await lab("make watch STEP=1", /fails/);
	const saved = machine.text[0].length;

	await put("step1-pid/step1-pid.c", await machine.ask("run cat step1-pid/step1-pid.c"));
	await machine.waitFor(0, /now passes/, saved);
	await press("q", /lab# $/);
});

test("a right step 1 passes, a wrong one gets a hint", async () => {
	await lab("rm -rf work; make start STEP=1");
	assert.match(await lab("make grade STEP=1"), /make hint STEP=1/);
	assert.match(await lab("make hint STEP=1"), /Hint 1 of 3/);
	await put("step1-pid/step1-pid.c", await machine.ask("run cat step1-pid/step1-pid.c"));
	const start = process.cpuUsage();

	assert.match(await lab("make grade STEP=1"), /All tests of step 1 pass/);
	const { user, system } = process.cpuUsage(start);

	console.log(`# make grade STEP=1: ${((user + system) / 1e6).toFixed(0)} s of CPU time`);
});
