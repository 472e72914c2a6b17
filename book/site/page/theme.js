// Before anything is painted: the theme that the reader chose last, or the system's.
(() => {
	let chosen = null;

	try {
		chosen = localStorage.getItem("theme");
	} catch {
		// A browser may keep no storage for files: the system's theme it is.
	}
	document.documentElement.dataset.theme =
		chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
})();
