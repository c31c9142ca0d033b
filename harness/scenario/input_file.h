/* Opens files that a user names for reading: regular ones, pipes as `<(...)` makes them, and named
   pipes, for which nobody waits who never comes. It refuses to know what is in them. */
#ifndef BASCULE_SCENARIO_INPUT_FILE_H
#define BASCULE_SCENARIO_INPUT_FILE_H

#include <stdbool.h>

/* A descriptor, close-on-exec, to be read until its end; -1 and errno. Of a named pipe it waits up
   to 1 s for somebody who writes into it: without one it reads as empty. */
int input_file_open(const char *path);

/* Whether it may be read once more: a pipe is empty then. */
bool input_file_is_regular(const char *path);

#endif
