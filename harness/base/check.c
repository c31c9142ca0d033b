#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void check_failed(const char *file, int line, const char *condition)
{
    (void)fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
    abort();
}

void check_memory_failed(void)
{
    (void)fflush(stdout);
    (void)fputs("bascule: out of memory\n", stderr);
    _exit(MEMORY_STATUS);
}
