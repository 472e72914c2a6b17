/* It takes all processes that there are. */
#include <unistd.h>

int main(void)
{
	for (;;)
		fork();
}
