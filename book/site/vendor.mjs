// The parts of others that a page loads, as classic scripts, and their licences in one file.
import fs from "node:fs";
import path from "node:path";

const modules = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), "../node_modules");
const parts = {
	"asciinema-player": { "asciinema-player.js": "dist/bundle/asciinema-player.min.js", "asciinema-player.css": "dist/bundle/asciinema-player.css" },
	minisearch: { "minisearch.js": "dist/umd/index.js" },
};

// A source map would be fetched, and is not there.
const withoutMap = (text) => text.replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*/g, "");

export function vendor(write) {
	const licences = [];

	for (const [name, files] of Object.entries(parts)) {
		const home = path.join(modules, name);
		const about = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
		const licence = fs.readdirSync(home).find((file) => /^licen[sc]e/i.test(file));

		for (const [to, from] of Object.entries(files))
			write(`vendor/${to}`, withoutMap(fs.readFileSync(path.join(home, from), "utf8")));
		licences.push(`== ${name} ${about.version}, ${about.license}\n\n${licence ? fs.readFileSync(path.join(home, licence), "utf8") : ""}`);
	}
	write("vendor/LICENSES.txt", licences.join("\n"));
}
