#include "world/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

#define CHILD_FD_MIN 16 /* above the descriptors that the child gets by number */

int spawn_lifted(int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FD_MIN);
    int kept_errno = errno;
    close(fd);
    errno = kept_errno;
    return high;
}

struct plan {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

/* Signals that were blocked or ignored here are neither there. */
static void plan_init(struct plan *plan)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&plan->actions);
    posix_spawnattr_init(&plan->attributes);
    posix_spawnattr_setpgroup(&plan->attributes, 0);
    posix_spawnattr_setsigmask(&plan->attributes, &none);
    posix_spawnattr_setsigdefault(&plan->attributes, &all);
    posix_spawnattr_setflags(&plan->attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETSIGDEF);
}

static void plan_done(struct plan *plan)
{
    posix_spawnattr_destroy(&plan->attributes);
    posix_spawn_file_actions_destroy(&plan->actions);
}

/* posix_spawn leaves them as they are, but is declared as if it did not. */
static char *const *unchanged(const char *const *words)
{
    return (char *const *)(uintptr_t)words;
}

int spawn_helper(const char *program, const int *fds, int fd_count, pid_t *ret_pid)
{
    struct plan plan;
    plan_init(&plan);
    posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&plan.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int i = 0; i < fd_count; i++) {
        posix_spawn_file_actions_adddup2(&plan.actions, fds[i], SPAWN_FD_FIRST + i);
    }
    posix_spawn_file_actions_addclosefrom_np(&plan.actions, SPAWN_FD_FIRST + fd_count);
    const char *const words[] = {program, NULL};
    int failure =
        posix_spawn(ret_pid, program, &plan.actions, &plan.attributes, unchanged(words), environ);
    plan_done(&plan);
    return failure;
}

int spawn_program(const struct spawn_program *what, pid_t *ret_pid)
{
    struct plan plan;
    plan_init(&plan);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (what->fds[fd] >= 0) {
            posix_spawn_file_actions_adddup2(&plan.actions, what->fds[fd], fd);
        } else {
            posix_spawn_file_actions_addopen(&plan.actions, fd, "/dev/null", O_RDWR, 0);
        }
    }
    posix_spawn_file_actions_addclosefrom_np(&plan.actions, STDERR_FILENO + 1);
    if (what->folder != NULL) {
        posix_spawn_file_actions_addchdir_np(&plan.actions, what->folder);
    }
    int failure = posix_spawn(ret_pid, what->program, &plan.actions, &plan.attributes,
                              unchanged(what->words), unchanged(what->environment));
    plan_done(&plan);
    return failure;
}
