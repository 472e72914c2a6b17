// The search over all pages: the button, or "/". The index is loaded when it is first asked for.
"use strict";

{
	const most = 12;
	const dialog = BOOK.make("dialog", { id: "search" });
	const field = BOOK.make("input", { type: "search", placeholder: "Search the book", autocomplete: "off" });
	const results = BOOK.make("ol", {});
	let search, texts;

	field.setAttribute("aria-label", "Search the book");
	dialog.setAttribute("aria-label", "Search");
	dialog.append(field, results);
	document.body.append(dialog);

	BOOK.index = (options, json, all) => {
		search = MiniSearch.loadJSON(json, options);
		texts = all;
	};

	async function open() {
		dialog.showModal();
		field.select();
		await BOOK.load("vendor/minisearch.js");
		await BOOK.load("page/index.js");
		show();
	}

	// A few words of the section around the first of the words that were found.
	function excerpt(id, terms) {
		const text = texts[id].replace(/\s+/g, " ");
		const at = Math.max(0, ...terms.map((term) => text.toLowerCase().indexOf(term)));
		const from = Math.max(0, at - 50);

		return (from ? "… " : "") + text.slice(from, from + 140) + " …";
	}

	function show() {
		const found = search && field.value ? search.search(field.value, { prefix: true, fuzzy: 0.1, boost: { heading: 3 } }) : [];

		results.replaceChildren(...found.slice(0, most).map((one) => {
			const link = BOOK.make("a", { href: `${BOOK.home}/${one.to}` },
				BOOK.make("strong", { textContent: `${one.short}: ${one.heading}` }),
				BOOK.make("span", { textContent: excerpt(one.id, one.terms) }));

			link.onclick = () => dialog.close();
			return BOOK.make("li", {}, link);
		}));
		if (field.value && search && !found.length)
			results.append(BOOK.make("li", { className: "note", textContent: "Nothing found." }));
	}

	function move(by) {
		const links = [...results.querySelectorAll("a")];
		const next = links[links.indexOf(document.activeElement) + by];

		(next ?? field).focus();
	}

	field.addEventListener("input", show);
	dialog.addEventListener("keydown", (event) => {
		if (event.key === "ArrowDown" || event.key === "ArrowUp") {
			event.preventDefault();
			move(event.key === "ArrowDown" ? 1 : -1);
		} else if (event.key === "Enter" && document.activeElement === field) {
			results.querySelector("a")?.click();
		}
	});
	dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
	document.addEventListener("keydown", (event) => {
		const typing = event.target.closest("input, textarea, [contenteditable], .asciinema-player, .xterm");

		if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
			event.preventDefault();
			open();
		}
	});

	document.getElementById("find").onclick = open;
}
