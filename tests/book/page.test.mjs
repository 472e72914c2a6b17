// The lab's page with a stand-in for the machine (fake/): everything that the page itself does. lab.test.mjs has the real one.
//
//   BOOK_DIR=build/book-fake node --test tests/book/page.test.mjs
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { axe, fromDisk, openPage, site } from "./browser.mjs";
import { browser, inLab, places, word } from "./stage.mjs";

for (const [place, base] of places) {
	test(`from ${place}: the lab opens beside the lesson, and takes what is typed`, () =>
		inLab(base, "step1-pid/index.html#by-hand", async (lab, page) => {
			const said = word();

			assert.match(await lab.run(`echo ${said}`), new RegExp(`^${said}$`, "m"));
			assert.match(page.url(), /lab\.html#step1-pid\/index\.html#by-hand$/);
			assert.match(lab.lesson.url(), /step1-pid\/index\.html#by-hand$/);
		}));

	test(`from ${place}: the lesson changes and the machine stays; Back, Forward and reload find the lesson`, () =>
		inLab(base, "step1-pid/index.html", async (lab, page) => {
			const said = word();
			const at = (step) => page.waitForFunction((name) => location.hash.startsWith(`#${name}`), step);
			const shown = (step) => page.frameLocator("#lesson").locator(`body[data-page^="${step}"]`).waitFor({ state: "attached" });

			await lab.run(`echo ${said}`);
			await lab.lesson.click("a[rel=next]");
			await at("step2-uts");
			assert.match(await lab.text(), new RegExp(said));
			await page.goBack();
			await at("step1-pid");
			await shown("step1-pid");
			await page.goForward();
			await at("step2-uts");
			await shown("step2-uts");
			assert.match(await lab.text(), new RegExp(said));
			await page.reload();
			await lab.ready();
			await shown("step2-uts");
		}));

	test(`from ${place}: what is started and edited is there after a reload and a reset, until it is forgotten`, () =>
		inLab(base, "step1-pid/index.html", async (lab, page) => {
			const said = word(), editor = page.locator(".cm-content");
			const save = () => page.keyboard.press("Control+s").then(() => page.locator("#editor [role=status]", { hasText: /^Saved/ }).waitFor());

			await page.click("#edit");
			await page.click("#editor >> text=Start");
			await editor.waitFor();
			await editor.click();
			await page.keyboard.press("Control+Home");
			await page.keyboard.insertText(`// ${said}\n${"// long enough to go in pieces\n".repeat(300)}`);
			await save();
			await page.reload();
			await lab.ready();
			await page.click("#edit");
			await editor.filter({ hasText: `// ${said}` }).waitFor();
			await page.click("#reset");
			await lab.ready();
			assert.match(await page.evaluate(async () => atob(await window.theLab.machine.ask("get step1-pid/step1-pid.c"))), new RegExp(`${said}\n(// long.*\n){300}int main`));

			await page.click("#about");
			const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Export my files")]);
			const exported = execFileSync("tar", ["xOf", await download.path(), "work/step1-pid/step1-pid.c"], { encoding: "utf8" });

			assert.match(exported, new RegExp(`^// ${said}\\n(// long.*\\n){300}int main`));
			page.once("dialog", (dialog) => dialog.accept());
			await page.click("text=Forget my files");
			await page.waitForSelector("#note >> text=None.");
			await page.reload();
			await lab.ready();
			assert.equal(await page.evaluate(() => window.theLab.machine.ask("files")), "");
		}));
}

test("what is typed while the machine has no buffer free for it waits, and is not lost", () =>
	inLab(fromDisk, "step1-pid/index.html", async (lab) => {
		const words = Array.from({ length: 20 }, word).join(" ");

		assert.match(await lab.run(`echo ${words}`), new RegExp(words.replaceAll(" ", "\\s+")));
	}));

test("a button types its command into the terminal that the prompt names; a container's goes where it was started", () =>
	inLab(fromDisk, "step4-pivot/index.html", async (lab) => {
		const block = lab.lesson.locator(".console", { has: lab.lesson.locator('[data-at="lab2#"]') }).first();
		const commands = await block.locator(".in:not(.more)").evaluateAll((all) => all.map((line) => [line.dataset.at, line.querySelector(".typed").textContent]));

		for (const [i, [prompt, command]] of commands.entries()) {
			await block.locator(".run").nth(i).click();
			await lab.wait(new RegExp(command.slice(0, 30).replace(/[^\w ]/g, "\\$&")), prompt === "lab2#" ? 1 : 0);
		}
		assert.equal(await lab.page.getAttribute("#tab-1", "aria-selected"), commands.at(-1)[0] === "lab2#" ? "true" : "false");
	}));

test("every command in a console block of a lesson has a button, and no button leaves its block", () =>
	inLab(fromDisk, "step6-net/index.html", async (lab) => {
		const without = await lab.lesson.locator(".console .in:not(.more)").evaluateAll((all) =>
			all.filter((line) => /^(lab2?|step\d|box)#$/.test(line.dataset.at) && !line.querySelector(".run:enabled")).map((line) => line.textContent));

		assert.deepEqual(without, []);
	}));

test("by keyboard: F6 leaves the terminal, the arrows choose another one, the splitter moves", () =>
	inLab(fromDisk, "step1-pid/index.html", async (lab, page) => {
		await page.keyboard.press("F6");
		await page.keyboard.press("ArrowRight");
		await lab.wait(/lab2#/, 1);
		await page.keyboard.press("ArrowDown");
		const said = word();

		assert.match(await lab.run(`echo ${said}`, { terminal: 1 }), new RegExp(said));
		await page.focus("#splitter");
		const before = Number(await page.getAttribute("#splitter", "aria-valuenow"));

		await page.keyboard.press("ArrowLeft");
		assert.equal(Number(await page.getAttribute("#splitter", "aria-valuenow")), before + 5);
	}));

test("the machine is told the size of its terminal, and the theme follows the lesson's", () =>
	inLab(fromDisk, "step1-pid/index.html", async (lab, page) => {
		const size = await page.evaluate(() => [window.theLab.terminals.terminals[0].rows, window.theLab.terminals.terminals[0].cols].join(" "));

		assert.match(await lab.run("size"), new RegExp(`^${size}$`, "m"));
		await lab.lesson.click("#theme");
		await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
	}));

test("the machine sleeps while the page is hidden, and has the right time when it goes on", () =>
	inLab(fromDisk, "step1-pid/index.html", async (lab, page) => {
		const hide = (hidden) => page.evaluate((value) => {
			Object.defineProperty(document, "hidden", { value, configurable: true });
			document.dispatchEvent(new Event("visibilitychange"));
		}, hidden);
		const states = () => lab.run("states");

		assert.match(await states(), /^states: clock$/m);
		await hide(true);
		await page.waitForSelector("#status >> text=Asleep");
		await hide(false);
		assert.match(await states(), /^states: clock stop run clock$/m);
	}));

test("what differs in the tab is said at the page that it concerns", () =>
	inLab(fromDisk, "step5-cgroup/index.html", async (lab, page) => {
		await page.waitForSelector("#differs >> text=A line that differs.");
		await lab.lesson.click("a[rel=next]");
		await page.waitForSelector("#differs", { state: "hidden" });
	}));

test("axe finds nothing serious in the lab, its editor and its note, in both themes and widths", async () => {
	for (const look of [{ theme: "light", width: 1280 }, { theme: "dark", width: 390 }])
		await inLab(fromDisk, "step1-pid/index.html", async (lab, page) => {
			const check = async (what) => {
				await page.evaluate(axe);
				const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));

				assert.deepEqual(violations.filter((v) => ["serious", "critical"].includes(v.impact)).map((v) => `${v.id}: ${v.nodes[0].html}`), [], `${what}, ${look.theme}`);
				assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
			};

			await check("terminal");
			await page.click("#edit");
			await page.click("#editor >> text=Start");
			await page.locator(".cm-content").waitFor();
			await check("editor");
			await page.click("#about");
			await page.waitForSelector("#note[open]"); // it comes when the kept files have been read
			await check("note");
		}, look);
});

// A copy of the book in which something is broken: what the reader is told.
async function told(broken, init = () => {}) {
	const copy = fs.mkdtempSync(path.join(site, "../broken-"));

	try {
		fs.cpSync(site, copy, { recursive: true });
		broken(copy);
		const { page, context } = await openPage(browser, `file://${copy}/`);

		await page.addInitScript(init);
		await page.goto(`file://${copy}/step1-pid/index.html`);
		await page.click("#openlab");
		await page.waitForSelector("body[data-state=failed]");
		const text = await page.textContent("#status");

		await context.close();
		return text;
	} finally {
		fs.rmSync(copy, { recursive: true });
	}
}

test("a part that is missing, no WebAssembly, no memory: one plain line", async () => {
	const v86 = (copy, text) => fs.writeFileSync(path.join(copy, "lab/v86.js"), `LAB.v86 = ${JSON.stringify(text)};`);

	assert.match(await told((copy) => fs.rmSync(path.join(copy, "lab/state-0.js"))), /lab\/state-0\.js is missing/);
	assert.match(await told(() => {}, () => delete globalThis.WebAssembly), /no WebAssembly/);
	assert.match(await told((copy) => v86(copy, "class V86 { constructor() { throw new RangeError('Array buffer allocation failed'); } }")), /700 MiB of memory/);
});

test("a link to the lab opens nothing but pages of the book", async () => {
	const { page, context } = await openPage(browser, fromDisk);

	for (const hash of ["javascript:alert(1)", "https://example.org/x.html", "../../etc/passwd", "//example.org/x.html", "lab.html"]) {
		await page.goto("about:blank");
		await page.goto(`${fromDisk}lab.html#${hash}`);
		await page.waitForFunction(() => location.hash === "#index.html");
	}
	await context.close();
});
