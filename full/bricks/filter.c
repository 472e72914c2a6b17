/*
 * filter.c - compiles the default profile when box is built, so that box run need not do it.
 *
 *   usage    filter <seccomp.json >filter.h
 */
#include <stdio.h>

#include "bricks/seccomp.h"

int main(void)
{
	static char text[1 << 16];
	const size_t length = fread(text, 1, sizeof text - 1, stdin);
	struct sock_fprog filter;
	struct error e = { 0 };

	if (profile_compile(text, DEFAULT_CAPABILITIES, &filter, &e) == -1) {
		fprintf(stderr, "seccomp.json: %s\n", e.text);
		return 1;
	}
	printf("static struct sock_filter default_filter[] = {\n");
	for (int i = 0; i < filter.len; i++)
		printf("\t{ 0x%02x, %d, %d, 0x%x },\n", filter.filter[i].code, filter.filter[i].jt, filter.filter[i].jf, filter.filter[i].k);
	printf("};\n\nstatic const char default_profile[] = {");
	for (size_t i = 0; i <= length; i++)
		printf("%s%d,", i % 24 ? " " : "\n\t", text[i]);
	printf("\n};\n");
	return 0;
}
