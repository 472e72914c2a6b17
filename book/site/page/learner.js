// What a learner leaves behind: predictions, and what is done. All of it stays in this browser.
"use strict";

{
	// The line to write in below each question; and all of them again before "Check yourself", where the answers are known.
	function predictions() {
		const fields = [...document.querySelectorAll(".prediction")], check = document.getElementById("check-yourself");
		const answers = BOOK.get(`predict:${BOOK.page}`, {});

		if (!fields.length)
			return;
		const list = BOOK.make("ol", {});
		const again = BOOK.make("aside", { className: "predicted", hidden: true }, BOOK.make("h3", { textContent: "What you predicted" }), list);
		const show = () => {
			again.hidden = !Object.values(answers).some(Boolean);
			list.replaceChildren(...fields.map((field, i) =>
				BOOK.make("li", {}, field.parentElement.textContent.trim() + " ", BOOK.make("b", { textContent: answers[i] || "(nothing)" }))));
		};

		fields.forEach((field, i) => {
			field.value = answers[i] ?? "";
			field.oninput = () => {
				answers[i] = field.value;
				BOOK.put(`predict:${BOOK.page}`, answers);
				show();
			};
		});
		show();
		check?.before(again);
	}

	function doneBoxes() {
		const done = BOOK.get("done", {});

		for (const box of document.querySelectorAll("[data-done]")) {
			box.checked = Boolean(done[box.dataset.done]);
			box.onchange = () => {
				BOOK.put("done", { ...BOOK.get("done", {}), [box.dataset.done]: box.checked });
				markChapters();
			};
		}
	}

	function markChapters() {
		const done = BOOK.get("done", {});

		for (const link of document.querySelectorAll("[data-chapter]"))
			link.classList.toggle("finished", Boolean(done[link.dataset.chapter]));
	}

	function progressPage() {
		const place = document.getElementById("progress");

		if (!place)
			return;
		const lessons = [...document.querySelectorAll("[data-chapter]")].filter((a) => /^(step|full)/.test(a.dataset.chapter));
		const done = BOOK.get("done", {});
		const body = BOOK.make("tbody", {}, ...lessons.map((a) => {
			const name = a.dataset.chapter;
			const numbers = Object.keys(done).filter((key) => key.startsWith(`${name}#`) && done[key]).map((key) => key.split("#")[1]).sort();

			return BOOK.make("tr", {}, BOOK.make("td", {}, BOOK.make("a", { href: a.href, textContent: a.textContent })),
				BOOK.make("td", { textContent: done[name] ? "finished" : "" }), BOOK.make("td", { textContent: numbers.join(", ") }));
		}));
		const head = BOOK.make("thead", {}, BOOK.make("tr", {}, ...["Lesson", "State", "Exercises done"].map((t) => BOOK.make("th", { textContent: t }))));

		place.replaceChildren(BOOK.make("div", { className: "table" }, BOOK.make("table", {}, head, body)), exportButton(), importButton());
		if ("lab" in document.body.dataset)
			BOOK.load("page/lab-store.js").then(async () => place.append(await labFilesElement()));
	}

	const everything = () => Object.fromEntries(["done", ...Object.keys(localStorage).filter((k) => k.startsWith("book:predict:")).map((k) => k.slice(5))]
		.map((name) => [name, BOOK.get(name, {})]));

	function exportButton() {
		const button = BOOK.make("button", { type: "button", textContent: "Export to a file" });

		button.onclick = () => {
			const file = new Blob([JSON.stringify(everything(), null, "\t")], { type: "application/json" });
			const link = BOOK.make("a", { href: URL.createObjectURL(file), download: "containers-step-by-step.json" });

			link.click();
			URL.revokeObjectURL(link.href);
		};
		return button;
	}

	function importButton() {
		const field = BOOK.make("input", { type: "file", accept: "application/json" });

		field.onchange = async () => {
			try {
				for (const [name, value] of Object.entries(JSON.parse(await field.files[0].text())))
					if (/^(done$|predict:)/.test(name) && typeof value === "object")
						BOOK.put(name, value);
				progressPage();
				markChapters();
			} catch {
				alert("That is not a file that this page has exported.");
			}
		};
		return BOOK.make("label", { className: "import" }, "Import from a file ", field);
	}

	predictions();
	doneBoxes();
	markChapters();
	progressPage();
}
