/*
 * replay.c - what libFuzzer's main would do with files: give each to the target, once. So the fuzzers are built, and what
 * they have found is tried, where there is no clang.
 */
#undef main /* box's has another name here */
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
		if (!file)
			err(1, "%s", argv[i]);
		size_t length = fread(word, 1, sizeof word, file);
		if (ferror(file))
			errx(1, "%s: cannot be read", argv[i]);
		fclose(file);
		LLVMFuzzerTestOneInput(word, length);
	}
	return 0;
}
