#!/usr/bin/env node
// tests/book/figures.mjs - measure the book with its lab in Chromium, and print the rows of book/README.md's table. After make tab,
// on a quiet machine.
import fs from "node:fs";
import path from "node:path";
import { fromDisk, Lab, launch, openPage, serve, site } from "./browser.mjs";

const browser = await launch();
const server = await serve();
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const row = (name, aim, measured) => console.log(`| ${name} | ${aim} | ${measured} |`);

const sizeOf = (directory) => fs.readdirSync(directory, { recursive: true }).map((file) => fs.statSync(path.join(directory, file)))
	.filter((stat) => stat.isFile()).reduce((sum, stat) => sum + stat.size, 0);

// Median of three fresh profiles, in ms: from the click to a machine that takes keys.
async function clickToPrompt(base) {
	const times = [];

	for (let i = 0; i < 3; i++) {
		const { page, context } = await openPage(browser, base);

		await page.goto(base + "step1-pid/index.html");
		const start = performance.now();

		await page.click("#openlab");
		await page.waitForFunction(() => document.body?.dataset.state === "ready");
		times.push(performance.now() - start);
		await context.close();
	}
	return median(times);
}

// In the page: from a key to the first change of what is on the screen.
const keyToEcho = (page) => page.evaluate(async () => {
	const { terminals } = window.theLab, terminal = terminals.terminals[0], times = [];

	for (const key of "echo the quick brown fox") {
		const start = performance.now();

		await new Promise((resolve) => {
			const listener = terminal.onWriteParsed(() => {
				listener.dispose();
				resolve();
			});

			terminal.input(key);
		});
		times.push(performance.now() - start);
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
	return times;
});

// First paint in ms, the sum of layout shifts, and the bytes of all that was loaded.
async function firstPage(width) {
	const { page, context } = await openPage(browser, server.url, { width });
	let bytes = 0;

	page.on("response", async (response) => (bytes += (await response.body()).length));
	await page.goto(server.url + "step1-pid/index.html");
	const [paint, shift] = await page.evaluate(async () => {
		const entries = (type) => new Promise((resolve) => {
			new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true });
			setTimeout(() => resolve([]), 1000);
		});

		return [performance.getEntriesByName("first-contentful-paint")[0].startTime, (await entries("layout-shift")).reduce((sum, one) => sum + one.value, 0)];
	});

	await context.close();
	return { paint, shift, bytes };
}

// The renderers of this browser: { id, cpuTime (s) } each.
async function renderers() {
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send("SystemInfo.getProcessInfo");

	await session.detach();
	return processInfo.filter(({ type }) => type === "renderer");
}

const memoryOf = (pid) => Number(/^Pss: +(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) * 1024;

// Part of a core that the renderers use in so many seconds.
async function load(duration) {
	const used = async () => (await renderers()).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
	const before = await used();

	await new Promise((resolve) => setTimeout(resolve, duration * 1000));
	return (await used() - before) / duration;
}

const hide = (page, hidden) => page.evaluate((value) => {
	Object.defineProperty(document, "hidden", { value, configurable: true });
	document.dispatchEvent(new Event("visibilitychange"));
}, hidden);

row("", "aim", "measured");
row("---", "---", "---");
row("click to `lab#`, from a server on this machine", "2 s", seconds(await clickToPrompt(server.url)));
row("click to `lab#`, from a disk", "4 s", seconds(await clickToPrompt(fromDisk)));

const { page } = await openPage(browser, server.url);
const lab = await Lab.open(page, server.url, "step1-pid/index.html");

row("key to echo, median", "30 ms", `${median(await keyToEcho(page)).toFixed(0)} ms`);
await page.keyboard.press("Control+c");
const started = performance.now();

await page.click("#reset");
await page.waitForFunction(() => document.body.dataset.state === "ready");
row("Reset to `lab#`", "1 s", seconds(performance.now() - started));
await lab.ready();
await new Promise((resolve) => setTimeout(resolve, 10_000));
row("memory of the tab, 10 s after a reset", "700 MiB", `${Math.round((await renderers()).reduce((sum, { id }) => sum + memoryOf(id), 0) / 2 ** 20)} MiB`);
row("an idle machine, page shown", "", `${Math.round(100 * await load(10))} % of a core`);
await hide(page, true);
row("the same, page hidden", "5 %", `${(100 * await load(10)).toFixed(1)} % of a core`);

const { paint, shift, bytes } = await firstPage(1280);
const { shift: shiftOnPhone } = await firstPage(390);

row("first paint of step 1, from a server on this machine", "1 s", seconds(paint));
row("layout shift, 1280 and 390 pixels wide", "0", `${shift.toFixed(3)} and ${shiftOnPhone.toFixed(3)}`);
row("first page, without the lab", "300 KB", `${Math.round(bytes / 1000)} KB`);
row("the machine's state", "30 MB", megabytes(fs.readdirSync(path.join(site, "lab")).filter((file) => file.startsWith("state-")).reduce((sum, file) => sum + fs.statSync(path.join(site, "lab", file)).size, 0)));
row("all of the book", "45 MB", megabytes(sizeOf(site)));
await browser.close();
server.close();
