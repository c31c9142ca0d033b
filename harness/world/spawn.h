/* Starts programs as processes of their own group with clean signals and just the descriptors they
 * shall have. */
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

/* A program of the user's. */
struct spawn_program {
    const char *program;            /* its path */
    const char *const *words;       /* argv, and a NULL after them */
    const char *const *environment; /* NAME=VALUE each, and a NULL after them */
    const char *folder;             /* where it runs; NULL: here */
    int fds[3];                     /* standard input, output and error; -1: /dev/null */
};

/* It has these three descriptors and no other. Returns 0 or an errno, which also tells of a program
   that cannot be run. */
int spawn_program(const struct spawn_program *what, pid_t *ret_pid);

#endif
