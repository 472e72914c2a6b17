// The book as a reader meets it, in Debian's Chromium: from a disk and from a server's subdirectory.
//
//   node --test tests/book/site.test.mjs          after make book
//   SHOTS=DIR node --test ...                     keeps a screenshot of each page in both themes and widths in DIR
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { allPages, axe, fromDisk, openPage, root, site } from "./browser.mjs";
import { browser, server, word } from "./stage.mjs";

const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

// Every page of FILES: no error, no request to elsewhere, nothing wider than the window.
async function visit(base, files, look, check = async () => {}) {
	const { page, context, faults } = await openPage(browser, base, look);

	for (const file of files) {
		await page.goto(base + file);
		const over = await page.evaluate(sideways);

		assert.equal(over, 0, `${file} is ${over} pixels wider than the window of ${look.width}`);
		await check(page, file);
		assert.deepEqual(faults, [], file);
	}
	await context.close();
}

for (const width of [1280, 390])
	for (const theme of ["light", "dark"])
		test(`from a disk, ${width} pixels wide, ${theme}: each page is whole`, () =>
			visit(fromDisk, allPages(), { width, theme }, async (page, file) => {
				if (process.env.SHOTS)
					await page.screenshot({ path: path.join(process.env.SHOTS, `${file.replace(/\W/g, "-")}-${width}-${theme}.png`), fullPage: true });
			}));

test("from a subdirectory of a server, each page and source is whole", () => visit(server.url, allPages(true), { width: 1280 }));

// The scripts are held back until something has been painted, as on a slow line.
for (const width of [1280, 390])
	test(`${width} pixels wide, nothing moves on a page when its scripts arrive`, async () => {
		const { page, context, faults } = await openPage(browser, server.url, { width });
		let release;

		await page.addInitScript(() => {
			window.moved = [];
			new PerformanceObserver((list) => window.moved.push(...list.getEntries().flatMap(({ sources }) => sources.map(({ node }) => node?.outerHTML?.slice(0, 60)))))
				.observe({ type: "layout-shift", buffered: true });
		});
		await page.route(/\/page\/(?!theme)[\w-]+\.js$/, async (route) => {
			await release.promise;
			await route.continue();
		});
		for (const file of allPages()) {
			release = {};
			release.promise = new Promise((resolve) => (release.now = resolve));
			await page.goto(server.url + file, { waitUntil: "commit" });
			await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
			release.now();
			await page.waitForLoadState("load");
			const moved = await page.evaluate(async () => {
				const frame = () => new Promise(requestAnimationFrame);

				await frame();
				await frame();
				await new Promise((resolve) => requestIdleCallback(resolve)); // by then the observer has been called
				return window.moved;
			});

			assert.deepEqual(moved, [], file);
		}
		assert.deepEqual(faults, []);
		await context.close();
	});

test("axe finds nothing serious, in both themes", async () => {
	for (const theme of ["light", "dark"])
		await visit(fromDisk, allPages(), { width: 1280, theme }, async (page, file) => {
			await page.evaluate(axe);
			const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
			const serious = violations.filter((v) => ["serious", "critical"].includes(v.impact))
				.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" ")}`);

			assert.deepEqual(serious, [], `${file}, ${theme}`);
		});
});

test("without scripts the text is there, and in less than 300 KB", async () => {
	const context = await browser.newContext({ javaScriptEnabled: false });
	const page = await context.newPage();
	const bodies = [];

	page.on("response", (response) => bodies.push(response.body()));
	await page.goto(server.url + "step1-pid/index.html");
	assert.match(await page.textContent("main"), /PID 1/);
	const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + body.length, 0);

	assert.ok(bytes > 10_000 && bytes < 300_000, `${bytes} bytes`);
	await context.close();
});

test("/ opens the search, the keyboard finds a page, Enter opens it", async () => {
	const { page, context, faults } = await openPage(browser, fromDisk);

	await page.goto(fromDisk + "step1-pid/index.html");
	await page.keyboard.press("/");
	await page.keyboard.type("evacuation");
	await page.waitForSelector("#search li a");
	assert.match(await page.textContent("#search li a"), /5 Limits/);
	assert.doesNotMatch(await page.textContent("#search"), /[`*]{2}|`\S+`/, "the text's Markdown shows");
	await page.keyboard.press("ArrowDown");
	await page.keyboard.press("Enter");
	await page.waitForURL(/step5-cgroup/);
	assert.deepEqual(faults, []);
	await context.close();
});

test("in both themes, what a command prints is dimmer than the command", async () => {
	for (const theme of ["light", "dark"]) {
		const { page, context } = await openPage(browser, fromDisk, { theme });

		await page.goto(fromDisk + "step1-pid/index.html");
		const [dim, typed, out] = await page.evaluate(() =>
			["nav a:not([aria-current])", ".console .typed", ".console .out"].map((selector) => getComputedStyle(document.querySelector(selector)).color));

		assert.equal(out, dim, theme);
		assert.notEqual(out, typed, theme);
		await context.close();
	}
});

test("no copy button covers code", async () => {
	for (const width of [1280, 390]) {
		const { page, context } = await openPage(browser, fromDisk, { width });

		for (const file of allPages()) {
			await page.goto(fromDisk + file);
			assert.deepEqual(await page.$$eval("div.code:has(> .copy)", (blocks) => blocks.filter((block) => {
				const pre = block.querySelector("pre");
				const code = pre.getBoundingClientRect().top + parseFloat(getComputedStyle(pre).paddingTop);

				return block.querySelector(".copy").getBoundingClientRect().bottom > code + 1;
			}).map((block) => block.textContent.slice(0, 60))), [], `${file}, ${width} pixels wide`);
		}
		await context.close();
	}
});

test("a copy button copies the commands without their prompts", async () => {
	const { page, context } = await openPage(browser, server.url);

	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	await page.goto(server.url + "step1-pid/index.html");
	const block = page.locator(".console").first();
	const typed = await block.locator(".typed").allTextContents();

	await block.locator(".copy").click();
	await page.waitForFunction(() => document.querySelector(".console .copy").textContent === "Copied");
	assert.equal(await page.evaluate(() => navigator.clipboard.readText()), typed.join("\n"));
	assert.doesNotMatch(typed.join("\n"), /lab#/);
	await context.close();
});

test("a command of several lines is typed to its end", async () => {
	const { page, context } = await openPage(browser, server.url);

	await page.goto(server.url + "full/index.html");
	const lines = await page.locator(".console .in:has-text('blob() {') ~ .in.more").allTextContents();

	assert.match(lines[0], /^> cp /);
	assert.match(lines[2], /^> }$/);
	await context.close();
});

test("the theme that was chosen stays", async () => {
	const { page, context } = await openPage(browser, server.url, { theme: "light" });

	await page.goto(server.url + "index.html");
	await page.click("#theme");
	await page.goto(server.url + "step2-uts/index.html");
	assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
	await context.close();
});

test("predictions and progress are kept, shown again, exported and imported", async () => {
	const { page, context } = await openPage(browser, server.url);
	const word = `forty-${Math.floor(Math.random() * 1e6)}`;

	await page.goto(server.url + "step1-pid/index.html");
	await page.fill(".prediction >> nth=0", word);
	await page.check(".done input >> nth=0");
	await page.reload();
	assert.equal(await page.inputValue(".prediction >> nth=0"), word);
	assert.match(await page.textContent(".predicted"), new RegExp(word));
	await page.goto(server.url + "progress.html");
	assert.match(await page.textContent("#progress table"), /1 PID/);
	const [download] = await Promise.all([page.waitForEvent("download"), page.click("text=Export to a file")]);
	const saved = fs.readFileSync(await download.path(), "utf8");

	assert.match(saved, new RegExp(word));
	await page.evaluate(() => localStorage.clear());
	await page.setInputFiles("#progress input[type=file]", { name: "x.json", mimeType: "application/json", buffer: Buffer.from(saved) });
	await page.waitForFunction((text) => Object.values(localStorage).some((value) => value.includes(text)), word);
	await page.goto(server.url + "step1-pid/index.html");
	assert.equal(await page.inputValue(".prediction >> nth=0"), word);
	await context.close();
});

test("every recording can be opened, and one plays to its end", async () => {
	const { page, context, faults } = await openPage(browser, fromDisk);

	await page.goto(fromDisk + "recordings.html");
	const names = await page.locator("details.recording").evaluateAll((all) => all.map((d) => d.dataset.cast));

	assert.deepEqual([...names].sort(), fs.readdirSync(path.join(root, "lab/casts")).filter((f) => f.endsWith(".cast")).map((f) => f.slice(0, -5)).sort());
	for (const name of names) {
		const recording = page.locator(`details[data-cast="${name}"]`);

		await recording.locator("summary").click();
		await recording.locator(".ap-player").waitFor();
		await recording.locator("summary").click();
	}
	await page.reload();
	const first = page.locator('details[data-cast="hostname"]');

	await first.locator("summary").click();
	await first.locator("select").selectOption("4");
	await page.waitForFunction(async () => {
		const { player } = document.querySelector('details[data-cast="hostname"]');
		const length = await player.getDuration();

		return length > 0 && (await player.getCurrentTime()) >= length - 0.5;
	}, null, { timeout: 0 });
	assert.deepEqual(faults, []);
	await context.close();
});

test("a call that is pointed at lights up in the program and in what --explain printed; each has its place there", async () => {
	const { page, context, faults } = await openPage(browser, fromDisk);

	for (const file of allPages().filter((name) => name.startsWith("step"))) {
		await page.goto(fromDisk + file);
		await page.click("details.calls > summary");
		const [program, told] = await page.locator(".calls .sides > *").evaluateAll((sides) =>
			sides.map((side) => [...new Set([...side.querySelectorAll("[data-call]")].map((line) => line.dataset.call))]));

		assert.ok(told.length > 5, `${file}: ${told.length} calls`);
		assert.deepEqual(told.filter((reason) => !program.includes(reason)), [], `${file}: not in the program; record the calls anew: book/record`);
		await page.locator(".calls .sides > * >> nth=1").locator("[data-call]").first().hover();
		assert.ok(await page.locator(".calls .sides > * >> nth=0").locator(".lit").count() > 0, `${file}: nothing lights up`);
	}
	assert.deepEqual(faults, []);
	await context.close();
});

for (const width of [1280, 390])
	test(`${width} pixels wide, a program and what --explain printed fit into the window`, async () => {
		const { page, context } = await openPage(browser, fromDisk, { width });

		for (const file of allPages().filter((name) => name.startsWith("step"))) {
			await page.goto(fromDisk + file);
			await page.click("details.calls > summary");
			assert.equal(await page.evaluate(sideways), 0, file);
		}
		await context.close();
	});

test("each message on the page of all errors can be read without the row above it", async () => {
	const { page, context } = await openPage(browser, fromDisk);

	await page.goto(fromDisk + "errors.html");
	assert.deepEqual(await page.$$eval("#errors td", (cells) => cells.map((cell) => cell.textContent).filter((text) => /^the same($|[:,])/.test(text))), []);
	await context.close();
});

test("an indented block is code, with its lines as they are", async () => {
	const { page, context } = await openPage(browser, fromDisk);

	await page.goto(fromDisk + "index.html");
	assert.match(await page.$eval("#the-house + div.code", ({ textContent }) => textContent), /^step1-pid.*\n *full\/ +box/);
	await context.close();
});

test("on a phone, no table shows the heads of its columns beside its cards", async () => {
	const { page, context } = await openPage(browser, fromDisk, { width: 390 });

	for (const file of allPages()) {
		await page.goto(fromDisk + file);
		assert.deepEqual(await page.$$eval(".table th", (heads) => heads.filter((head) => head.getBoundingClientRect().right > 0 && head.checkVisibility()).map((head) => head.textContent)), [], file);
	}
	await context.close();
});

test("an exercise ends with its commands, and then with the box to tick", async () => {
	const { page, context } = await openPage(browser, fromDisk);

	await page.goto(fromDisk + "step1-pid/index.html");
	assert.deepEqual(await page.$$eval("main > label.done", (boxes) => boxes.map((box) => `${box.previousElementSibling.className}: ${box.textContent.trim()}`)).then((all) => all.slice(0, 2)),
		["code console: exercise 1 is done", "code console: exercise 2 is done"]);
	await context.close();
});

test("the page of all errors finds a message", async () => {
	const { page, context } = await openPage(browser, fromDisk);

	await page.goto(fromDisk + "errors.html");
	const all = await page.locator("#errors tbody tr").count();

	await page.fill("#filter", "Too many open files");
	const left = await page.locator("#errors tbody tr:visible").count();

	assert.ok(all > 50 && left > 0 && left < 5, `${left} of ${all}`);
	await context.close();
});

test("each link within the book leads to a page, and to a place on it", () => {
	const pages = new Set(allPages(true)), labLink = /^[./]*lab\.html#/;
	const ids = Object.fromEntries([...pages].map((file) => [file, new Set([...fs.readFileSync(path.join(site, file), "utf8").matchAll(/ id="([^"]+)"/g)].map((m) => m[1]))]));
	const wrong = [];

	for (const file of pages)
		for (const [, href] of fs.readFileSync(path.join(site, file), "utf8").matchAll(/<a [^>]*href="([^"]*)"/g)) {
			if (/^[a-z]+:/.test(href))
				continue;
			const inBook = labLink.test(href) ? path.relative(path.dirname(file), href.replace(labLink, "")) : href;
			const [to, id] = inBook.split("#");
			const target = to ? path.normalize(path.join(path.dirname(file), to)) : file;

			if (!pages.has(target) || (id && !ids[target].has(id)))
				wrong.push(`${file}: ${href}`);
		}
	assert.deepEqual(wrong, []);
});
