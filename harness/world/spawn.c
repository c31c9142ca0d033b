#include "world/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHILD_FD_MIN 16 /* above the descriptors that the child gets by number */

extern char **environ;

/* The descriptors that the child inherits by number; above CHILD_FD_MIN so that dup2 in the child
 * cannot step on one. */
int spawn_lifted(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FD_MIN);
    int kept_errno = errno;
    close(fd);
    errno = kept_errno;
    return high;
}

int spawn_helper(const char *program, const int *fds, int fd_count, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < fd_count; i++) {
        posix_spawn_file_actions_adddup2(&actions, fds[i], SPAWN_FD_FIRST + i);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, SPAWN_FD_FIRST + fd_count);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    char *name = strdup(program);
    char *arguments[] = {name, NULL};
    int failure = posix_spawn(ret_pid, program, &actions, &attributes, arguments, environ);
    free(name);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}
