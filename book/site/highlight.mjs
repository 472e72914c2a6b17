// Code in colours: Shiki for the languages that it knows, and our own reading of a console block, which is
// a conversation: prompts, what is typed, and what comes back.
import { createHighlighter } from "shiki";

const languages = ["c", "shellscript", "diff", "json", "javascript"];
const names = { sh: "shellscript", bash: "shellscript", h: "c", json: "json", c: "c", diff: "diff", mjs: "javascript", js: "javascript" };
const themes = { light: "github-light-high-contrast", dark: "github-dark-default" };
const shiki = await createHighlighter({ themes: Object.values(themes), langs: languages });

export const escape = (text) =>
	text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

// Shiki writes both themes' colours beside each word. There are a dozen pairs, so each gets a class, and what has the colour of plain
// text gets nothing: a page is less than half as long.
const plainText = Object.entries(themes).map(([kind, name]) => `--shiki-${kind}:${shiki.getTheme(name).fg}`).join(";").toLowerCase();
const classes = new Map();

function named(html) {
	return html.replace(/<span style="([^"]*)">([^<]*)<\/span>/g, (_, style, text) => {
		if (style.toLowerCase() === plainText)
			return text;
		if (!classes.has(style))
			classes.set(style, `k${classes.size}`);
		return `<span class="${classes.get(style)}">${text}</span>`;
	});
}

// The style sheet of those classes, when all pages have been made.
export function colourRules() {
	return [...classes].map(([style, name]) => `.${name} { ${style} }\n`).join("");
}

// Lines of HTML for TEXT in LANGUAGE; no language that we know: plain text.
export function lines(text, language) {
	const lang = names[language];
	const plain = text.replace(/\n$/, "").split("\n");

	if (!lang)
		return plain.map(escape);
	const html = named(shiki.codeToHtml(plain.join("\n"), { lang, themes, defaultColor: false }));
	return html.replace(/^<pre[^>]*><code>|<\/code><\/pre>$/g, "").split("\n")
		.map((line) => line.replace(/^<span class="line">|<\/span>$/g, ""));
}

const prompts = /^(lab2?#|step[1-6]#|box#|root@lab|\$) ?(.*)$/;

// A console block. Whose prompt it is decides the colour, and into which terminal the lab types the line. A command goes on in lines
// that begin with "> ", as tests/lab/readme reads them.
export function consoleLines(text) {
	let typing = false;

	return text.replace(/\n$/, "").split("\n").map((line) => {
		const [, prompt, command] = prompts.exec(line) ?? [];

		if (prompt) {
			const side = /^(step|box)/.test(prompt) ? "container" : "host";

			typing = true;
			return `<span class="in" data-at="${prompt}"><b class="prompt ${side}">${prompt}</b> <span class="typed">${escape(command)}</span></span>`;
		}
		typing &&= line.startsWith("> ");
		if (typing)
			return `<span class="in more"><b class="prompt host">&gt;</b> <span class="typed">${escape(line.slice(2))}</span></span>`;
		return `<span class="out">${escape(line)}</span>`;
	});
}

export function codeBlock(text, info) {
	const language = info.trim().split(/\s+/)[0];
	const isConsole = language === "console" || (language === "text" && /^\$ /.test(text));
	const body = isConsole ? consoleLines(text) : lines(text, language);

	const copy = `<button type="button" class="copy" aria-label="Copy the ${isConsole ? "commands" : "code"}">Copy</button>`;

	return `<div class="code${isConsole ? " console" : ""}"><pre tabindex="0">${body.join("\n")}\n</pre>${copy}</div>\n`;
}
