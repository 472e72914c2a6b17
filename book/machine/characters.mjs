// Binary data as characters of 15 bits, which book/site/page/lab-bytes.js decodes in the page.
const FIRST = 0x3000;
const BITS = 15;

// Returns the bytes as a classic script in UTF-16 (a Buffer): the text before, a string, the text after.
export function script(before, bytes, after) {
	const characters = new Uint16Array(Math.ceil((bytes.length * 8) / BITS));
	let held = 0;
	let bits = 0;
	let next = 0;

	for (const byte of bytes) {
		held = (held << 8) | byte;
		bits += 8;
		if (bits >= BITS) {
			bits -= BITS;
			characters[next++] = FIRST + (held >> bits);
			held &= (1 << bits) - 1;
		}
	}
	if (bits > 0)
		characters[next++] = FIRST + (held << (BITS - bits));
	return Buffer.concat([Buffer.from(`\ufeff${before}"`, "utf16le"), Buffer.from(characters.buffer), Buffer.from(`"${after}`, "utf16le")]);
}
