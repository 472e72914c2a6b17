// The book: the checkout's READMEs as a site in build/book, made by Eleventy. Everything that it writes is plain HTML and
// classic scripts with relative addresses: a page that was opened from a stick may load nothing else.
import fs from "node:fs";
import path from "node:path";
import MiniSearch from "minisearch";
import { callsHtml } from "./calls.mjs";
import { codeBlock, colourRules, escape, lines } from "./highlight.mjs";
import { markdown, sections } from "./markdown.mjs";
import { extra, isLesson, pages, sourcePage } from "./pages.mjs";
import { castScript, gallery, recordingHtml, recordings } from "./recordings.mjs";
import { vendor } from "./vendor.mjs";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const root = path.resolve(here, "../..");
const read = (file) => fs.readFileSync(path.join(root, file), "utf8");
const out = process.env.BOOK_DIR ?? path.join(root, "build/book");
// The machine of the lab, if book/build has laid it there. Without it, the book has no trace of the lab.
const lab = fs.existsSync(path.join(out, "lab/about.js"));
const title = (text) => /^# (.*)/m.exec(text)[1].replace(/`/g, "");

const programs = pages.filter((page) => page.source.startsWith("step")).flatMap((page) => {
	const directory = path.dirname(page.source);

	return fs.readdirSync(path.join(root, directory)).filter((f) => /\.[ch]$/.test(f)).map((f) => path.join(directory, f));
});

const stepNames = pages.map((page) => path.dirname(page.source)).filter((directory) => directory.startsWith("step"));

export default function (eleventy) {
	const linked = new Set(programs);
	const md = markdown(root, (file) => linked.add(file));
	const casts = recordings(root);

	for (const page of pages)
		Object.assign(page, { text: read(page.source), title: title(read(page.source)) });
	const found = pages.flatMap((page) => sections(md, page.text, page).map((section) => ({ ...section, page })));

	eleventy.setLibrary("md", md);
	eleventy.amendLibrary("md", () => md.enable("code")); // Eleventy has turned indented blocks off.
	eleventy.addFilter("to", (target, from) => path.relative(path.dirname(from), target) || path.basename(target));
	eleventy.addGlobalData("pages", [...pages, ...extra]);
	eleventy.addGlobalData("layout", "page.njk");
	eleventy.addGlobalData("lab", lab);
	eleventy.addGlobalData("eleventyComputed", { permalink: (data) => data.to });

	for (const page of pages) {
		const { text, ...data } = page;
		const i = pages.indexOf(page);

		eleventy.addTemplate(`${page.to}.md`, text, {
			...data, previous: pages[i - 1], next: pages[i + 1], lesson: isLesson(page),
			contents: found.filter((s) => s.page === page && s.id),
			extras: {
				"The program": callsHtml(root, path.dirname(page.source)),
				[page.chapter === "tour" ? "Failures on cue" : "Break it"]: gallery(casts, page.chapter),
			},
		});
	}
	eleventy.addTemplate("errors.html", errorsPage(md), { to: "errors.html", title: "All errors", short: "All errors", wide: true });
	eleventy.addTemplate("recordings.html", recordingsPage(casts), { to: "recordings.html", title: "All recordings" });
	if (lab)
		eleventy.addTemplate("lab.html", "", { to: "lab.html", title: "The lab", layout: "lab.njk", steps: stepNames.join(" ") });
	for (const file of linked)
		eleventy.addTemplate(sourcePage(file) + ".html", sourceHtml(file), { to: sourcePage(file), title: file, wide: true });

	eleventy.addPassthroughCopy({ [path.join(here, "page")]: "page" }, { filter: (file) => lab || !path.basename(file).startsWith("lab") });
	eleventy.on("eleventy.after", () => {
		const write = (file, text) => {
			fs.mkdirSync(path.dirname(path.join(out, file)), { recursive: true });
			fs.writeFileSync(path.join(out, file), text);
		};

		for (const recording of casts)
			write(`casts/${recording.name}.js`, castScript(recording));
		write("page/index.js", searchScript(found));
		write("page/code.css", colourRules());
		vendor(write, lab);
	});
	return {
		dir: { input: here, output: out, layouts: "layouts", includes: "layouts" },
		markdownTemplateEngine: false, htmlTemplateEngine: false, templateFormats: ["md", "html"],
	};
}

function sourceHtml(file) {
	const language = path.extname(file).slice(1);
	const text = fs.statSync(path.join(root, file)).isFile() ? read(file) : fs.readdirSync(path.join(root, file)).join("\n");
	const html = lines(text, language).map((line, i) => `<span class="line" id="L${i + 1}"><a class="number" href="#L${i + 1}">${i + 1}</a>${line}</span>`);

	return `<h1>${escape(file)}</h1>\n<div class="code source"><pre tabindex="0">${html.join("")}</pre></div>\n`;
}

// Rows of cells, in which "the same" is replaced by what it means: on a page with a search, the row above may be hidden.
function saidWhole(rows) {
	let message = "";

	return rows.map(([first, ...others], i) => {
		if (!first.startsWith("the same"))
			message = /`(.+?)`/.exec(first)?.[1];
		return [
			first.replace(/^the same: /, () => `\`${message.replace(/: [^:]*$/, "")}\`: `).replace(/^the same, /, () => `\`${message}\`, `),
			...others.map((cell, k) => (cell === "the same" ? rows[i - 1][k + 1] : cell)),
		];
	});
}

// Each lesson's "When it fails" in one table.
function errorsPage(md) {
	const rows = pages.flatMap((page) => {
		const part = /^## When it fails\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(page.text)?.[1] ?? "";

		return saidWhole(part.split("\n").filter((line) => /^\|(?! ?-|-| message| what)/.test(line)).map((line) => line.replace(/^\| ?| ?\|$/g, "").split(/ \| /)))
			.map((cells) => ({ page, cells }));
	});
	const cell = (text, page) => md.renderInline(text, page);

	return `<h1>All errors</h1>
<p>Every message of the course that has an entry under "When it fails": what it says, the rule behind it, and what to do.</p>
<p><label>Search the messages <input type="search" id="filter"></label></p>
<div class="table" id="errors"><table><thead><tr><th>Where</th><th>Message</th><th>Rule</th><th>Remedy</th></tr></thead><tbody>
${rows.map(({ page, cells }) =>
		`<tr><td data-column="Where"><a href="${page.to}#when-it-fails">${escape(page.short)}</a></td>` +
		["Message", "Rule", "Remedy"].map((name, i) => `<td data-column="${name}">${cell(cells[i] ?? "", { ...page, to: "errors.html" })}</td>`).join("") + "</tr>").join("\n")}
</tbody></table></div>\n`;
}

function recordingsPage(casts) {
	const chapters = pages.filter((page) => casts.some((c) => c.chapter === page.chapter));

	return `<h1>All recordings</h1>
<p>What goes wrong with containers, one short scene each. Space pauses, the arrow keys go back and forth, f fills the screen.</p>
${chapters.map((page) => `<h2 id="${page.chapter}">${escape(page.title)}</h2>\n${casts.filter((c) => c.chapter === page.chapter).map(recordingHtml).join("")}`).join("\n")}`;
}

function searchScript(found) {
	const options = { fields: ["heading", "text"], storeFields: ["to", "short", "heading"] };
	const index = new MiniSearch(options);

	index.addAll(found.map(({ id, heading, text, page }, i) => ({
		id: i, to: page.to + (id ? `#${id}` : ""), short: page.short, heading: heading || page.title, text,
	})));
	return `BOOK.index(${JSON.stringify(options)}, ${JSON.stringify(JSON.stringify(index))}, ${JSON.stringify(found.map((s) => s.text.trim()))});\n`;
}
