// Binary data in a classic script, which is all that a page from a disk may load. Two bytes of UTF-16 hold 15 bits, as one
// of the 32768 characters from U+3000 on: 7 % more than the data itself. Base64 would be 33 %. The script begins with a
// byte-order mark, which browsers prefer to any other statement of its encoding.
const LabBytes = {
	FIRST: 0x3000,
	BITS: 15,

	// Returns the count bytes that the characters hold.
	decode(characters, count) {
		const bytes = new Uint8Array(count);
		let held = 0;
		let bits = 0;
		let next = 0;

		for (let i = 0; next < count; i++) {
			held = (held << LabBytes.BITS) | (characters.charCodeAt(i) - LabBytes.FIRST);
			bits += LabBytes.BITS;
			while (bits >= 8 && next < count) {
				bits -= 8;
				bytes[next++] = held >> bits;
				held &= (1 << bits) - 1;
			}
		}
		return bytes;
	},
};
