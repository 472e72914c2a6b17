/*
 * replay.c - what libFuzzer's main would do with files: give each to the target, once. So the fuzzers are built, and what
 * they have found is tried, where there is no clang.
 */
#undef main		/* box's has another name here */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char *argv[])
{
	static uint8_t word[1 << 20];

	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");
		size_t length = file ? fread(word, 1, sizeof word, file) : 0;

		if (!file || ferror(file))
			err(1, "%s", argv[i]);
		fclose(file);
		LLVMFuzzerTestOneInput(word, length);
	}
	return 0;
}
