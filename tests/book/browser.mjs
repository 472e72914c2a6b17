// What the tests of the book share: Debian's Chromium by Playwright, the site from file:// and from a subdirectory of a
// server, and a page that keeps a record of what it did wrong.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../..");
export const site = path.resolve(process.env.BOOK_DIR ?? path.join(root, "build/book"));

const require = createRequire(path.join(root, "book/package.json"));
const { chromium } = require("playwright-core");
export const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// Milliseconds to wait for anything. 0: for ever, since a slow machine is no fault; tests/run ends a test that prints nothing.
const patience = Number(process.env.PATIENCE ?? 0);

export const launch = () =>
	chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--allow-file-access-from-files=false"] });

// Firefox speaks another protocol than Playwright's, which needs a Firefox of its own: so Puppeteer drives it.
export const launchFirefox = () =>
	require("puppeteer-core").launch({ browser: "firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr", timeout: 0 });

// A page with the lab open: what is on its terminals, and the lesson in its frame.
export class Lab {
	constructor(page) {
		this.page = page;
	}

	// Go to LESSON, a page of the book at BASE, and open the lab there.
	static async open(page, base, lesson) {
		const lab = new Lab(page);

		await page.goto(base + lesson);
		await page.click("#openlab");
		await lab.ready();
		return lab;
	}

	// Waits until the machine takes what is typed, and has the kept files; and until the lesson has heard of it: the frame
	// loads by itself, and can be the slower one.
	async ready() {
		await this.page.waitForFunction(() => ["ready", "failed"].includes(document.body?.dataset.state) && window.theLab?.files.ready, null, { timeout: patience });
		await this.lesson.waitForFunction(() => document.body?.dataset.page && !document.querySelector("#openlab, .run:disabled"), null, { timeout: patience });
	}

	get lesson() {
		return this.page.frames().find((frame) => frame.parentFrame() === this.page.mainFrame());
	}

	text(terminal = 0) {
		return this.page.evaluate((i) => window.theLab.terminals.text(i), terminal);
	}

	// Waits until what has been printed since ASKED matches PATTERN. Returns it.
	async wait(pattern, terminal = 0, asked = "") {
		const found = await this.page.waitForFunction(([i, source, flags, before]) => {
			const text = window.theLab.terminals.text(i).slice(before.length);

			return new RegExp(source, flags).test(text) && text;
		}, [terminal, pattern.source, pattern.flags, asked], { timeout: patience, polling: 50 });

		return found.jsonValue();
	}

	// Type COMMAND as a reader does; returns what it printed. PROMPT: what the terminal shows when it is over.
	async run(command, { terminal = 0, prompt = terminal ? "lab2#" : "lab#" } = {}) {
		const before = await this.text(terminal);

		await this.page.keyboard.type(command);
		await this.page.keyboard.press("Enter");
		return (await this.wait(new RegExp(`\\n[^]*\\n${prompt}$|\\n${prompt}$`), terminal, before)).slice(command.length);
	}
}

const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain" };

// Serve the book below /some/path/ on a free port of the loopback. Returns { url, close }.
export async function serve() {
	const below = "/some/path/";
	const server = http.createServer((request, response) => {
		const name = decodeURIComponent(new URL(request.url, "http://x").pathname);
		const file = path.join(site, path.normalize(name.slice(below.length)));

		if (!name.startsWith(below) || !fs.existsSync(file) || !fs.statSync(file).isFile()) {
			response.writeHead(404).end();
			return;
		}
		response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream" });
		fs.createReadStream(file).pipe(response);
	});

	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return { url: `http://127.0.0.1:${server.address().port}${below}`, close: () => server.close() };
}

export const fromDisk = `file://${site}/`;

// All pages of the book, but for the lab's own, and for the programs' sources unless SOURCES is true.
export function allPages(sources = false) {
	return fs.readdirSync(site, { recursive: true }).filter((file) => file.endsWith(".html") && file !== "lab.html")
		.filter((file) => sources || !file.startsWith("source")).sort();
}

// A page of BROWSER whose faults are collected: errors, and requests that leave BASE.
export async function openPage(browser, base, { width = 1280, height = 900, theme = "light" } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
	const page = await context.newPage();
	const faults = [];

	page.setDefaultTimeout(patience);
	page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
	page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
	page.on("request", (request) => {
		if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url()))
			faults.push(`a request to ${request.url()}`);
	});
	page.on("requestfailed", (request) => {
		// The lab's frame gives up one page for another.
		if (request.failure()?.errorText !== "net::ERR_ABORTED")
			faults.push(`not loaded: ${request.url()}`);
	});
	page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));
	return { page, context, faults };
}
