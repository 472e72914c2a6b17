// The learner's files of the lab, kept in this browser: { path (below work/), data (base64) } each. Export and forget them.
"use strict";

const labStore = {
	// Where a browser keeps nothing, they last as long as the page.
	memory: new Map(),

	// The store, or null.
	database() {
		labStore.opened ??= new Promise((resolve) => {
			try {
				const request = indexedDB.open("containers-step-by-step", 1);

				request.onupgradeneeded = () => request.result.createObjectStore("work", { keyPath: "path" });
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => resolve(null);
			} catch {
				resolve(null);
			}
		});
		return labStore.opened;
	},

	// Do ACTION(store) in one transaction. Resolves to the result of the request that it returns, when all is on the disk.
	async transact(mode, action) {
		const transaction = (await labStore.database()).transaction("work", mode);
		const request = action(transaction.objectStore("work"));

		return new Promise((resolve, reject) => {
			transaction.oncomplete = () => resolve(request.result);
			transaction.onerror = transaction.onabort = () => reject(transaction.error);
		});
	},

	async all() {
		return (await labStore.database()) ? labStore.transact("readonly", (store) => store.getAll()) : [...labStore.memory.values()];
	},

	async put(file) {
		labStore.memory.set(file.path, file);
		if (await labStore.database())
			await labStore.transact("readwrite", (store) => store.put(file));
	},

	async remove(path) {
		labStore.memory.delete(path);
		if (await labStore.database())
			await labStore.transact("readwrite", (store) => store.delete(path));
	},

	async clear() {
		labStore.memory.clear();
		if (await labStore.database())
			await labStore.transact("readwrite", (store) => store.clear());
	},
};

const labBytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const labBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

// FILES as an archive that tar reads: for each a header of 512 bytes (see tar(5), "ustar"), then its bytes in whole blocks.
function labTar(files) {
	const block = 512, encoder = new TextEncoder();
	const octal = (number, width) => number.toString(8).padStart(width - 1, "0") + "\0";
	const parts = files.flatMap(({ path, data }) => {
		const bytes = labBytes(data), header = new Uint8Array(block);
		const write = (text, at) => header.set(encoder.encode(text), at);

		write(`work/${path}`, 0);
		write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(bytes.length, 12) + octal(Math.floor(Date.now() / 1000), 12), 100);
		write("        0", 148);    // the checksum counts itself as spaces
		write("ustar\x0000", 257);
		write(octal(header.reduce((sum, byte) => sum + byte), 7) + " ", 148);
		return [header, bytes, new Uint8Array((block - bytes.length % block) % block)];
	});

	return new Blob([...parts, new Uint8Array(2 * block)], { type: "application/x-tar" });
}

// A list of the kept files, with buttons. FORGET: also called when the reader forgets them.
async function labFilesElement(forget = async () => {}) {
	const files = (await labStore.all()).filter(({ path }) => !path.startsWith("."));
	const kept = (await labStore.database()) ? "kept in this browser alone" : "lost with this page: this browser keeps nothing";
	const save = BOOK.make("button", { type: "button", textContent: "Export my files" });
	const drop = BOOK.make("button", { type: "button", textContent: "Forget my files" });
	const element = BOOK.make("section", { className: "files" }, BOOK.make("h2", { textContent: "Your files of the lab" }));

	if (!files.length) {
		element.append(BOOK.make("p", { className: "note", textContent: "None. What you write below work/ in the lab is kept here." }));
		return element;
	}
	save.onclick = async () => {
		const link = BOOK.make("a", { href: URL.createObjectURL(labTar(await labStore.all())), download: "work.tar" });

		link.click();
		URL.revokeObjectURL(link.href);
	};
	drop.onclick = async () => {
		if (!confirm("Forget all your files of the lab? There is no way back."))
			return;
		await forget();
		await labStore.clear();
		element.replaceWith(await labFilesElement(forget));
	};
	element.append(BOOK.make("p", { className: "note", textContent: `What you have written below work/, ${kept}.` }),
		BOOK.make("ul", {}, ...files.map(({ path }) => BOOK.make("li", {}, BOOK.make("code", { textContent: `work/${path}` })))), save, " ", drop);
	return element;
}
