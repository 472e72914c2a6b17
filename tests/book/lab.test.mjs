// The lab in a browser tab, with the real machine: what a reader does with it, from a disk and from a server's subdirectory.
//
//   make tab; node --test tests/book/lab.test.mjs
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fromDisk, launchFirefox, root } from "./browser.mjs";
import { inLab, places, server, word } from "./stage.mjs";

async function reset(lab) {
	await lab.page.click("#reset");
	await lab.ready();
}

for (const [place, base] of places)
	test(`from ${place}: a shell, a second one, the right time, and a new machine after a reset`, () =>
		inLab(base, "step1-pid/index.html", async (lab, page) => {
			const said = word();

			assert.match(await lab.run(`echo ${said} >/tmp/${said}; uname -m`), /i686/);
			const seconds = /^(\d+)$/m.exec(await lab.run("date +%s"))[1];

			assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 120, `the machine's clock says ${seconds}`);
			await page.click("#tab-1");
			await lab.wait(/lab2#$/, 1);
			assert.match(await lab.run(`cat /tmp/${said}`, { terminal: 1 }), new RegExp(said));
			await reset(lab);
			assert.match(await lab.run(`cat /tmp/${said}`), /No such file/);
		}));

test("no two machines have the same randomness, though both come from one state", () =>
	inLab(fromDisk, "step1-pid/index.html", async (lab) => {
		const random = async () => /^( [0-9a-f]{2}){16}$/m.exec(await lab.run("head -c 16 /dev/urandom | od -An -tx1"))[0];
		const first = await random();

		await reset(lab);
		assert.notEqual(await random(), first);
	}));

test("the buttons of a lesson's blocks type into both terminals: step 4's three roots", () =>
	inLab(fromDisk, "step4-pivot/index.html", async (lab) => {
		const block = lab.lesson.locator(".console", { has: lab.lesson.locator('[data-at="lab2#"]') }).first();
		const prompts = await block.locator(".in:not(.more)").evaluateAll((all) => all.map((line) => line.dataset.at));
		const next = (prompt, all) => new RegExp(`${{ "lab#": "(lab|step\\d)#", "step4#": "(lab|step4)#", "lab2#": "lab2#" }[prompt]}$`).test(all);

		for (const [i, prompt] of prompts.entries()) {
			const terminal = prompt === "lab2#" ? 1 : 0;
			const before = await lab.text(terminal);

			await block.locator(".run").nth(i).click();
			await lab.wait(/\n[^\n]*#$/, terminal, before);
			assert.ok(next(prompt, await lab.text(terminal)));
		}
		assert.match(await lab.text(1), /not mounted here/);
	}));

test("step 5: the kernel kills what passes the limit; step 6: ping answers; box runs", () =>
	inLab(server.url, "step5-cgroup/index.html", async (lab) => {
		assert.match(await lab.run("step5-cgroup/step5-cgroup --memory 32M build/rootfs hog 64; echo status $?"), /status 137/);
		assert.match(await lab.run("step6-net/step6-net build/rootfs ping -c 1 10.6.0.1"), /64 bytes from 10\.6\.0\.1/);
		assert.match(await lab.run("full/box run --network none build/rootfs grep Seccomp: /proc/self/status"), /Seccomp:\s+2/);
	}));

test("a step is compiled in the tab, and the program runs", () =>
	inLab(fromDisk, "step4-pivot/index.html", async (lab) => {
		assert.match(await lab.run("cc -o /tmp/mine step4-pivot/step4-pivot.c && /tmp/mine build/rootfs cat /etc/hostname"), /^box$/m);
	}));

test("step 1 in the editor: started, graded wrong, mended, graded right, and found again after a reload", () =>
	inLab(fromDisk, "step1-pid/index.html", async (lab, page) => {
		const editor = page.locator(".cm-content"), said = word();
		const solution = fs.readFileSync(path.join(root, "step1-pid/step1-pid.c"), "utf8");
		const grade = async () => {
			const before = await lab.text();

			await page.click("#editor >> text=Grade");
			return /step1-pid: (\d+) of (\d+)\./.exec(await lab.wait(/step1-pid: \d+ of \d+\.[^]*lab#$/, 0, before)).slice(1).map(Number);
		};

		await page.click("#edit");
		await page.click("#editor >> text=Start");
		await editor.waitFor({ timeout: 0 });
		const [passed, all] = await grade();

		assert.ok(passed < all, `${passed} of ${all}`);
		await editor.click();
		await page.keyboard.press("Control+a");
		await page.keyboard.insertText(`// ${said}\n${solution}`);
		const [mended, sum] = await grade();

		assert.equal(mended, sum);
		await page.reload();
		await lab.ready();
		assert.match(await lab.run("head -n 1 work/step1-pid/step1-pid.c"), new RegExp(said));
		await page.click("#edit");
		await editor.filter({ hasText: said }).waitFor();
	}));

test("Firefox opens the book from the disk, and the lab in it", async () => {
	const firefox = await launchFirefox();

	try {
		const page = await firefox.newPage();
		const faults = [];

		page.on("pageerror", (error) => faults.push(error.message));
		page.on("request", (request) => /^(file|blob|data):/.test(request.url()) || faults.push(`a request to ${request.url()}`));
		await page.goto(`${fromDisk}step1-pid/index.html`);
		await page.click("#openlab");
		await page.waitForFunction(() => document.body?.dataset.state === "ready", { timeout: 0 });
		await page.keyboard.type("uname -m");
		await page.keyboard.press("Enter");
		await page.waitForFunction(() => /\ni686\nlab#$/.test(window.theLab.terminals.text(0)), { timeout: 0 });
		assert.deepEqual(faults, []);
	} finally {
		await firefox.close();
	}
});
