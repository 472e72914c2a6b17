// What the tests of the book share: Debian's Chromium by Playwright, the site from file:// and from a subdirectory of a
// server, and a page that keeps a record of what it did wrong.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { createRequire } from "node:module";

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../..");
export const site = path.join(root, "build/book");

const require = createRequire(path.join(root, "book/package.json"));
const { chromium } = require("playwright-core");
export const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const launch = () =>
	chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--allow-file-access-from-files=false"] });

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

// All pages of the book, but for the programs' sources unless SOURCES is true.
export function allPages(sources = false) {
	return fs.readdirSync(site, { recursive: true }).filter((file) => file.endsWith(".html"))
		.filter((file) => sources || !file.startsWith("source")).sort();
}

// A page of BROWSER whose faults are collected: errors, and requests that leave BASE.
export async function openPage(browser, base, { width = 1280, height = 900, theme = "light" } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce" });
	const page = await context.newPage();
	const faults = [];

	page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
	page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
	page.on("request", (request) => {
		if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url()))
			faults.push(`a request to ${request.url()}`);
	});
	page.on("requestfailed", (request) => faults.push(`not loaded: ${request.url()}`));
	page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));
	return { page, context, faults };
}
