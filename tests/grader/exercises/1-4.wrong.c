/* It becomes COMMAND: nobody passes on, or reaps. */
#include <unistd.h>

int main(int argc, char *argv[])
{
	return argc < 2 || execvp(argv[1], argv + 1);
}
