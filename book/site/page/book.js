// What every page has: loading of scripts, storage, the theme's button, copying, the phone's list of chapters.
"use strict";

const BOOK = {
	home: document.body.dataset.home || ".",
	page: document.body.dataset.page,

	// Load a script of the book once. Returns a promise. Nothing can be fetched from file://, but scripts can be loaded.
	load(file) {
		BOOK.loaded ??= {};
		BOOK.loaded[file] ??= new Promise((resolve, reject) => {
			const script = document.createElement("script");

			script.src = `${BOOK.home}/${file}`;
			script.onload = () => {
				script.remove(); // The browser keeps the text of each script in the page, and the lab's is 30 MB.
				resolve();
			};
			script.onerror = () => reject(new Error(`cannot load ${file}`));
			document.head.append(script);
		});
		return BOOK.loaded[file];
	},

	style(file) {
		const link = document.createElement("link");

		link.rel = "stylesheet";
		link.href = `${BOOK.home}/${file}`;
		document.head.append(link);
	},

	// What is kept in this browser: a value of JSON for each name. Where a browser keeps nothing, it lasts as long as the page.
	memory: {},
	get(name, otherwise) {
		try {
			return JSON.parse(localStorage.getItem(`book:${name}`)) ?? otherwise;
		} catch {
			return BOOK.memory[name] ?? otherwise;
		}
	},
	put(name, value) {
		BOOK.memory[name] = value;
		try {
			localStorage.setItem(`book:${name}`, JSON.stringify(value));
		} catch {
			// Private windows and some browsers' file:// have no storage.
		}
	},

	// An element with properties and children.
	make(tag, properties = {}, ...children) {
		const element = Object.assign(document.createElement(tag), properties);

		element.append(...children);
		return element;
	},
};

function connectThemeButton() {
	const root = document.documentElement;
	const button = document.getElementById("theme");
	const show = () => {
		button.textContent = root.dataset.theme === "dark" ? "Light" : "Dark";
		button.setAttribute("aria-label", `Switch to the ${button.textContent.toLowerCase()} theme`);
	};

	button.onclick = () => {
		root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
		try {
			localStorage.setItem("theme", root.dataset.theme);
		} catch {
			// It lasts as long as the page.
		}
		show();
	};
	show();
}

// Commands without their prompts, or the whole text where nothing is typed.
function textToCopy(code) {
	const typed = [...code.querySelectorAll(".typed")];

	return typed.length ? typed.map((line) => line.textContent).join("\n") : code.querySelector("pre").textContent.replace(/\n$/, "");
}

async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		// No clipboard for a page from file:// in some browsers: the old way.
		const area = BOOK.make("textarea", { value: text });

		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}
}

function connectCopyButtons() {
	for (const button of document.querySelectorAll(".copy"))
		button.onclick = async () => {
			await copy(textToCopy(button.parentElement));
			button.textContent = "Copied";
			setTimeout(() => (button.textContent = "Copy"), 1500);
		};
}

// On a phone the list of chapters is closed until it is asked for.
function foldChapters() {
	const narrow = matchMedia("(max-width: 900px)"), chapters = document.getElementById("chapters");
	const fold = () => (chapters.open = !narrow.matches);

	narrow.addEventListener("change", fold);
	fold();
	chapters.classList.add("ready");
}

function filterErrors() {
	const filter = document.getElementById("filter");

	filter?.addEventListener("input", () => {
		for (const row of document.querySelectorAll("#errors tbody tr"))
			row.hidden = !row.textContent.toLowerCase().includes(filter.value.toLowerCase());
	});
}

// The lab's page shows another page, which has all of it.
if (BOOK.page !== "lab.html") {
	connectThemeButton();
	connectCopyButtons();
	foldChapters();
	filterErrors();
}
