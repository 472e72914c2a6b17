// The demos of lab/demos and their recordings in lab/casts: [{ name, title, chapter, order, cast }].
import fs from "node:fs";
import path from "node:path";
import { escape } from "./highlight.mjs";

export function recordings(root) {
	const casts = path.join(root, "lab/casts");
	const field = (text, name) => new RegExp(`^${name}\\s+(.*)`, "m").exec(text)?.[1];

	return fs.readdirSync(casts).filter((file) => file.endsWith(".cast")).map((file) => {
		const name = path.basename(file, ".cast"), scene = path.join(root, "lab/demos", name);
		const text = fs.existsSync(scene) ? fs.readFileSync(scene, "utf8") : "title the tour: all steps in half a minute\nchapter tour 1";
		const [chapter, order] = field(text, "chapter").split(" ");

		return { name, title: field(text, "title"), chapter, order: Number(order), cast: fs.readFileSync(path.join(casts, file), "utf8") };
	}).sort((a, b) => a.order - b.order);
}

// What a page shows of a recording. The player and the recording itself are fetched when the reader opens it.
export const recordingHtml = (recording) =>
	`<details class="recording" data-cast="${recording.name}"><summary>${escape(recording.title)}</summary>` +
	`<p class="note">The same on your machine: <code>sudo make ${recording.name === "tour" ? "tour" : `demo NAME=${recording.name}`}</code></p></details>\n`;

export function gallery(all, chapter) {
	const mine = all.filter((r) => r.chapter === chapter);

	return mine.length ? `<section class="recordings"><h3 id="recordings">Recordings</h3>\n${mine.map(recordingHtml).join("")}</section>\n` : "";
}

// As a script, since a page that was opened from a disk may not fetch anything.
export const castScript = (recording) => `BOOK.cast(${JSON.stringify(recording.name)}, ${JSON.stringify(recording.cast)});\n`;
