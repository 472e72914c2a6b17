/* It has another's work compiled in. */
#include OTHER
