// A program beside what --explain prints of it. A line of the source that makes a call, and the lines that tell of it,
// have the same reason; so that is what ties them together.
import fs from "node:fs";
import path from "node:path";
import { escape, lines } from "./highlight.mjs";

// The reason of each line of a source: of the call that begins there, and of the lines that go on with it. TOLD: the
// reasons that were printed.
function reasonsOf(source, told) {
	let reason = "", depth = 0;

	return source.split("\n").map((line) => {
		const begins = [...line.matchAll(/"((?:\\.|[^"\\])*)"/g)].map((literal) => literal[1]).find((text) => told.has(text));
		const bare = line.replace(/"(\\.|[^"\\])*"/g, "");

		if (begins)
			[reason, depth] = [begins, 0];
		const mine = reason;

		depth += (bare.match(/\(/g) ?? []).length - (bare.match(/\)/g) ?? []).length;
		if (depth <= 0)
			reason = "";
		return mine;
	});
}

// The same for what --explain printed: "side  # reason", and the call below it.
function reasonsOfOutput(output) {
	let reason = "";

	return output.map((line) => {
		const begins = /^(?:inside|outside) +# (.*)$/.exec(line);

		reason = begins ? begins[1] : line.startsWith("        ") ? reason : "";
		return reason;
	});
}

const numbered = (html, reasons) =>
	html.map((line, i) => `<span class="line"${reasons[i] ? ` data-call="${escape(reasons[i])}" tabindex="0"` : ""}>${line || " "}</span>`).join("");

const pane = (name, html, reasons) =>
	`<div class="code"><div class="name">${escape(name)}</div><pre tabindex="0">${numbered(html, reasons)}</pre></div>\n`;

const sourcePane = (root, file, told) => {
	const text = fs.readFileSync(path.join(root, file), "utf8").replace(/\n$/, "");

	return pane(file, lines(text, "c"), reasonsOf(text, told));
};

// HTML for the step in DIRECTORY: what was recorded of its program (a command, and what it printed), and the sources beside
// it, the step's own first. "" if nothing was recorded.
export function callsHtml(root, directory) {
	const recorded = path.join(root, "book/calls", `${directory}.txt`);

	if (!fs.existsSync(recorded))
		return "";
	const [command, ...output] = fs.readFileSync(recorded, "utf8").replace(/\n$/, "").split("\n");
	const reasons = reasonsOfOutput(output), told = new Set(reasons.filter(Boolean));
	const sources = [`${directory}/${directory}.c`, `${directory}/workbench.h`].filter((file) => fs.existsSync(path.join(root, file)));

	return `<details class="calls"><summary>The program, and what <code>--explain</code> prints of it, side by side</summary>
<div class="sides"><div class="sources">${sources.map((file) => sourcePane(root, file, told)).join("")}</div>
${pane(command, output.map(escape), reasons)}</div>
</details>\n`;
}
