// Recordings: the player comes with the first one that is opened.
"use strict";

{
	const casts = {};

	BOOK.cast = (name, text) => (casts[name] = text);

	async function play(details) {
		const name = details.dataset.cast;
		const place = BOOK.make("div", { className: "player" });

		details.append(place);
		if (!BOOK.player)
			BOOK.style("vendor/asciinema-player.css");
		BOOK.player = true;
		await Promise.all([BOOK.load("vendor/asciinema-player.js"), BOOK.load(`casts/${name}.js`)]);
		create(details, place);
		details.append(speeds(details, place));
	}

	function create(details, place, options = {}) {
		details.player = AsciinemaPlayer.create({ data: casts[details.dataset.cast] }, place, {
			autoPlay: true, idleTimeLimit: 3, fit: "width", terminalFontSize: "15px", theme: "asciinema", preload: true, ...options,
		});
		details.player.addEventListener("ended", () => (details.dataset.ended = "yes"));
	}

	// The player takes its speed when it is made: so another speed makes it anew, at the same place.
	function speeds(details, place) {
		const choose = BOOK.make("select", {}, ...[0.5, 1, 1.5, 2, 4].map((s) => BOOK.make("option", { value: s, textContent: `${s} ×`, selected: s === 1 })));
		const wide = BOOK.make("button", { type: "button", textContent: "Theatre" });

		choose.onchange = async () => {
			const startAt = await details.player.getCurrentTime();

			details.player.dispose();
			create(details, place, { speed: Number(choose.value), startAt });
		};
		wide.setAttribute("aria-pressed", "false");
		wide.onclick = () => wide.setAttribute("aria-pressed", String(details.classList.toggle("theatre")));
		return BOOK.make("p", { className: "speeds" }, BOOK.make("label", {}, "Speed ", choose), " ", wide);
	}

	for (const details of document.querySelectorAll("details.recording"))
		details.addEventListener("toggle", () => details.open && !details.player && !details.querySelector(".player") && play(details));
}
