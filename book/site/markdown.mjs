// The READMEs as they are, with what a page needs and a README doesn't: addresses that lead to pages of the book,
// anchors, tables that fit on a phone, pictures that follow the page's theme.
import fs from "node:fs";
import path from "node:path";
import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";
import { codeBlock, escape } from "./highlight.mjs";
import { pages, sourcePage } from "./pages.mjs";

const plain = (text) => text.replace(/[`*]/g, "");

// ROOT is the checkout. linked(file) is told of each file that a page links to.
export function markdown(root, linked) {
	const md = new MarkdownIt({ html: true });

	md.core.ruler.push("book", ({ tokens, env, Token }) => {
		headings(tokens);
		insertExtras(tokens, env.extras ?? {}, Token);
		insertFields(tokens, env.to, Token);
		labelCells(tokens);
		for (const token of tokens)
			for (const child of token.children ?? [])
				if (child.type === "link_open")
					child.attrSet("href", address(child.attrGet("href"), env.source, env.to));
	});
	md.renderer.rules.fence = (tokens, i) => codeBlock(tokens[i].content, tokens[i].info);
	// A browser breaks a line after a hyphen, and an option would begin on the next.
	md.renderer.rules.code_inline = (tokens, i) => `<code>${escape(tokens[i].content).replace(/(?<!\S)-[\w-]{1,24}/g, '<span class="option">$&</span>')}</code>`;
	md.renderer.rules.code_block = (tokens, i) => codeBlock(tokens[i].content, "");
	md.renderer.rules.table_open = () => '<div class="table"><table>\n';
	md.renderer.rules.table_close = () => "</table></div>\n";
	md.renderer.rules.image = (tokens, i, options, env) =>
		picture(path.join(root, path.dirname(env.source), tokens[i].attrGet("src")), tokens[i].content);
	return md;

	// Where HREF of the file SOURCE leads in the book, from the page TO.
	function address(href, source, to) {
		if (/^[a-z]+:/.test(href))
			return href;
		const [file, hash] = href.split("#");
		const target = file ? path.normalize(path.join(path.dirname(source), file)).replace(/\/$/, "") : source;
		const page = pages.find((p) => p.source === target || p.source === path.join(target, "README.md"));

		if (!page && !fs.existsSync(path.join(root, target)))
			throw new Error(`${source} links to ${href}, and there is no such file`);
		if (!page)
			linked(target);
		const there = page ? page.to : sourcePage(target);

		return (there === to ? "" : path.relative(path.dirname(to), there)) + (hash ? `#${hash}` : "");
	}
}

// As the forge has them, so that a link to a heading leads to it in both places.
function headings(tokens) {
	const slugger = new GithubSlugger();

	tokens.forEach((token, i) => {
		if (token.type === "heading_open")
			token.attrSet("id", slugger.slug(plain(tokens[i + 1].content)));
	});
}

// EXTRAS: HTML to put at the end of the section of that heading.
function insertExtras(tokens, extras, Token) {
	for (let i = tokens.length; i >= 0; i--) {
		const ends = i === tokens.length || (tokens[i].type === "heading_open" && tokens[i].tag === "h2");
		const begin = tokens.slice(0, i).findLastIndex((t) => t.type === "heading_open" && t.tag === "h2");
		const html = ends && begin >= 0 && extras[plain(tokens[begin + 1].content)];

		if (html)
			tokens.splice(i, 0, Object.assign(new Token("html_block", "", 0), { content: html }));
	}
}

// At the end of item N of these sections' numbered lists: what page/learner.js keeps.
const fields = {
	"Predict": (n) => `<input type="text" class="prediction" placeholder="Your prediction" autocomplete="off" aria-label="Your prediction for question ${n}">`,
	"Your turn": (n, page) => `<label class="done"><input type="checkbox" autocomplete="off" data-done="${page}#${n}"> exercise ${n} is done</label>`,
};

function insertFields(tokens, page, Token) {
	let field, count;

	for (let i = 0; i < tokens.length; i++) {
		const { type, tag, level, markup } = tokens[i];

		if (type === "heading_open" && tag === "h2")
			[field, count] = [fields[plain(tokens[i + 1].content)], 0];
		else if (field && type === "list_item_close" && level === 1 && markup === ".") {
			tokens.splice(endOfItem(tokens, i), 0, Object.assign(new Token("html_block", "", 0), { content: field(++count, page) }));
			i++;
		}
	}
}

// Where item CLOSE of a list ends: the blocks of code after a list belong to its last item.
function endOfItem(tokens, close) {
	let end = close + 2;

	while (tokens[end]?.type === "fence")
		end++;
	return tokens[close + 1].type === "ordered_list_close" && end > close + 2 ? end : close;
}

// On a phone a row becomes a card, and each cell says which column it is.
function labelCells(tokens) {
	let heads = [], column = 0;

	tokens.forEach((token, i) => {
		if (token.type === "thead_open")
			heads = [];
		else if (token.type === "th_open")
			heads.push(plain(tokens[i + 1].content));
		else if (token.type === "tr_open")
			column = 0;
		else if (token.type === "td_open")
			token.attrSet("data-column", heads[column++] ?? "");
	});
}

// In the page and not beside it: the reader may have chosen another theme than the system's.
function picture(file, text) {
	const svg = fs.readFileSync(file, "utf8")
		.replace(/<style>[\s\S]*?<\/style>\n?/, "").replace(/<title[\s\S]*?<\/title>\n?/, "")
		.replace(/ width="\d+"/, "").replace('role="img" aria-labelledby="t"', 'aria-hidden="true" focusable="false" class="picture"');

	return `<span class="figure" role="img" aria-label="${escape(text)}">${svg}</span>`;
}

// The sections of PAGE, whose text is TEXT, for the search: [{ id, heading, text }].
export function sections(md, text, page) {
	const found = [{ id: "", heading: "", text: "" }];
	const tokens = md.parse(text, page);

	tokens.forEach((token, i) => {
		if (token.type === "heading_open")
			found.push({ id: token.tag === "h1" ? "" : token.attrGet("id"), heading: plain(tokens[i + 1].content), text: "" });
		else if (token.type === "inline" && tokens[i - 1]?.type !== "heading_open")
			found.at(-1).text += ` ${token.children.map((child) => (child.type === "html_inline" ? "" : child.content || " ")).join("")}`;
		else if (["fence", "code_block", "html_block"].includes(token.type))
			found.at(-1).text += ` ${token.content.replace(/<[^>]+>/g, " ")}`;
	});
	return found.filter((section) => section.text.trim());
}
