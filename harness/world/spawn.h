/* Starts a stub or the proxy as a process of its own group with clean signals and just the
 * descriptors it shall have. */
#ifndef BASCULE_WORLD_SPAWN_H
#define BASCULE_WORLD_SPAWN_H

#include <sys/types.h>

/* A copy of fd, which is closed, high enough that handing it over by number cannot step on another.
   -1 and errno on failure. */
int spawn_lifted(int fd);

#define SPAWN_FD_FIRST 3

/* Our own helper programs. fds (all lifted) become SPAWN_FD_FIRST, SPAWN_FD_FIRST + 1 ... of the
   child; its standard input and output are /dev/null. Returns 0 or an errno. */
int spawn_helper(const char *program, const int *fds, int fd_count, pid_t *ret_pid);

#endif
