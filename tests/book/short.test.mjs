// The book as make book makes it, without the machine: one page, from the disk. site.test.mjs reads all of them.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fromDisk, launch, openPage, site } from "./browser.mjs";

test("a page of the book opens from the disk, searches, and is no wider than a phone", async () => {
	const browser = await launch();
	const { page, faults } = await openPage(browser, fromDisk, { width: 390 });

	await page.goto(fromDisk + "step1-pid/index.html");
	assert.match(await page.textContent("main h1"), /PID 1/);
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0);
	await page.keyboard.press("/");
	await page.keyboard.type("evacuation");
	assert.match(await page.textContent("#search li a"), /5 Limits/);
	assert.equal(await page.locator("#openlab, .run").count(), 0, "a button for a lab that isn't there");
	assert.deepEqual(faults, []);
	await browser.close();
});

test("a book without the machine has no part of the lab", () => {
	const files = fs.readdirSync(site, { recursive: true }).filter((file) => /^lab\.html|^page\/lab|xterm|codemirror/.test(file));

	assert.deepEqual(files, []);
	assert.ok(fs.existsSync(path.join(site, "vendor/LICENSES.txt")));
});
