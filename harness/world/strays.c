#include "world/strays.h"

#include "base/nanos.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define TASKS     "/proc/self/task"
#define RETRY_NS  (2 * NANOS_PER_MS)
#define TRIES_MAX 1000

bool strays_begin(void)
{
    pid_t pid;
    do { /* the shell of a `<(...)` may be one that is over */
        pid = waitpid(-1, NULL, WNOHANG);
    } while (pid > 0);
    return pid < 0 && errno == ECHILD && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
}

/* Their numbers on one line. Returns how many there were. */
static size_t end_children(FILE *children, pid_t spared)
{
    size_t count = 0;
    char *line = NULL;
    size_t capacity = 0;
    char *rest = getline(&line, &capacity, children) > 0 ? line : NULL;
    while (rest != NULL) {
        char *from = rest;
        pid_t pid = (pid_t)strtol(from, &rest, 10);
        if (rest == from) {
            break;
        }
        if (pid != spared && pid > 0) {
            count++;
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, WNOHANG);
        }
    }
    free(line);
    return count;
}

static size_t end_all_children(DIR *tasks, pid_t spared)
{
    size_t count = 0;
    rewinddir(tasks);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char path[sizeof TASKS + sizeof task->d_name + sizeof "//children"];
        (void)snprintf(path, sizeof path, TASKS "/%s/children", task->d_name);
        FILE *children = task->d_name[0] == '.' ? NULL : fopen(path, "re");
        if (children != NULL) {
            count += end_children(children, spared);
            (void)fclose(children);
        }
    }
    return count;
}

void strays_end(pid_t spared)
{
    const struct timespec pause = {.tv_nsec = RETRY_NS};
    DIR *tasks = opendir(TASKS);
    for (int i = 0; tasks != NULL && i < TRIES_MAX && end_all_children(tasks, spared) > 0; i++) {
        (void)nanosleep(&pause, NULL);
    }
    if (tasks != NULL) {
        (void)closedir(tasks);
    }
}
