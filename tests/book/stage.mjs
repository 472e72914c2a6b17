// What the files of tests with a server share: the browser and the server, up before the first test and down after the last.
import assert from "node:assert/strict";
import { after } from "node:test";
import { fromDisk, Lab, launch, openPage, serve } from "./browser.mjs";

export const browser = await launch();
export const server = await serve();
export const places = [["a disk", fromDisk], ["a server", server.url]];

after(async () => {
	await browser.close();
	server.close();
});

export const word = () => `w${Math.random().toString(36).slice(2, 10)}`;

// A fresh browser profile with the lab open at LESSON; checks at the end that the page did nothing wrong.
export async function inLab(base, lesson, work, look = {}) {
	const { page, context, faults } = await openPage(browser, base, look);

	try {
		await work(await Lab.open(page, base, lesson), page);
		assert.deepEqual(faults, []);
	} finally {
		await context.close();
	}
}
