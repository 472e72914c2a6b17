// The parts of others that a page loads, as classic scripts, and their licences in one file.
import fs from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const modules = path.resolve(here, "../node_modules");
const parts = {
	"asciinema-player": { "asciinema-player.js": "dist/bundle/asciinema-player.min.js", "asciinema-player.css": "dist/bundle/asciinema-player.css" },
	minisearch: { "minisearch.js": "dist/umd/index.js" },
};
const labParts = {
	"@xterm/xterm": { "xterm.js": "lib/xterm.js", "xterm.css": "css/xterm.css" },
	"@xterm/addon-fit": { "xterm-fit.js": "lib/addon-fit.js" },
	v86: {},
};

// A source map would be fetched, and is not there.
const withoutMap = (text) => text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*/g, "");

function licence(name) {
	const home = path.join(modules, name);
	const about = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
	const file = fs.readdirSync(home).find((one) => /^licen[sc]e/i.test(one));

	return `== ${name} ${about.version}, ${about.license}\n\n${file ? fs.readFileSync(path.join(home, file), "utf8") : ""}`;
}

function copy(all, write) {
	for (const [name, files] of Object.entries(all))
		for (const [to, from] of Object.entries(files))
			write(`vendor/${to}`, withoutMap(fs.readFileSync(path.join(modules, name, from), "utf8")));
	return Object.keys(all);
}

// The editor comes as modules, which a page from a disk may not load: so they become one classic script.
// Returns the names of the packages that are in it.
function bundleEditor(write) {
	const { outputFiles, metafile } = buildSync({
		entryPoints: [path.join(here, "codemirror.mjs")], bundle: true, minify: true, format: "iife", globalName: "CodeMirror",
		target: "es2020", charset: "utf8", legalComments: "none", metafile: true, write: false,
	});
	const names = Object.keys(metafile.inputs).map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);

	write("vendor/codemirror.js", outputFiles[0].text);
	return [...new Set(names.filter(Boolean))].sort();
}

// Write what the pages load to vendor/; what the lab loads, too, if WITHLAB.
export function vendor(write, withLab) {
	const names = [...copy(parts, write), ...(withLab ? [...copy(labParts, write), ...bundleEditor(write)] : [])];

	write("vendor/LICENSES.txt", names.map(licence).join("\n"));
}
