/* Starts a stub as a process of its own group with clean signals and just the descriptors it shall
 * have. */
#ifndef BASCULE_WORLD_SPAWN_H
#define BASCULE_WORLD_SPAWN_H

#include <sys/types.h>

/* A copy of fd, which is closed, high enough that handing it over by number cannot step on another.
   -1 and errno on failure. */
int spawn_lifted(int fd);

/* control_fd and log_fd (both lifted) become CONTROL_FD and CONTROL_LOG_FD of the child; its
   standard input and output are /dev/null. Returns 0 or an errno. */
int spawn_stub(const char *program, int control_fd, int log_fd, pid_t *ret_pid);

#endif
