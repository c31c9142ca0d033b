/* How a call ends: in a failed CHECK, or for want of memory, found out in a child process so that
 * the test lives on. */
#ifndef BASCULE_TESTS_ABORTS_H
#define BASCULE_TESTS_ABORTS_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The wait status of a child that calls it; what it printed is dropped. -1 without a child. */
static inline int call_status(void (*call)(void *argument), void *argument)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(null, STDERR_FILENO);
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){.rlim_cur = 0});
        (void)signal(SIGABRT, SIG_DFL);
        call(argument);
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

static inline bool call_aborts(void (*call)(void *argument), void *argument)
{
    int status = call_status(call, argument);

    return status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
