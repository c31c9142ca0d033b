#include "world/guardian.h"

#include "base/check.h"
#include "world/private_folder.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOLD_WITHIN_S 1 /* a guardian that somebody stopped must not stop us */

#define FOLDER_RETRY_NS 10000000
#define FOLDER_TRIES    200

struct guardian {
    int fd;
    pid_t pid;
};

/* What it is told, one a packet. */
struct word {
    pid_t group;
    bool ended;
};

/* ---- in the guardian ---- */

struct groups {
    pid_t *items;
    size_t count;
    size_t capacity;
};

static void hear(struct groups *groups, const struct word *word)
{
    size_t place = 0;
    while (place < groups->count && groups->items[place] != word->group) {
        place++;
    }
    if (word->ended && place < groups->count) {
        groups->items[place] = groups->items[--groups->count];
    } else if (!word->ended && groups->count < groups->capacity) {
        groups->items[groups->count++] = word->group;
    }
}

/* What would keep it from its work, or somebody else from theirs: a terminal's signals, descriptors
   whose other end waits for their end, a folder. */
static void withdraw(int fd)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    (void)setsid();
    (void)!chdir("/");
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        (void)signal(ignored[i], SIG_IGN);
    }
    if (fd != STDIN_FILENO) {
        (void)dup2(fd, STDIN_FILENO);
    }
    (void)close_range(STDIN_FILENO + 1, UINT32_MAX, 0);
    (void)prctl(PR_SET_NAME, "bascule-guard");
}

/* What was killed may write until it is dead. */
static void remove_folder(const char *folder)
{
    const struct timespec pause = {.tv_nsec = FOLDER_RETRY_NS};
    for (int i = 0; i < FOLDER_TRIES && !private_folder_clear(folder); i++) {
        (void)nanosleep(&pause, NULL);
    }
}

_Noreturn static void guard(int fd, struct groups *groups, const char *folder)
{
    struct word word;
    ssize_t length;
    withdraw(fd);
    while ((length = recv(STDIN_FILENO, &word, sizeof word, 0)) > 0 ||
           (length < 0 && errno == EINTR)) {
        if (length == (ssize_t)sizeof word) {
            hear(groups, &word);
        }
    }
    for (size_t i = 0; i < groups->count; i++) {
        (void)kill(-groups->items[i], SIGKILL);
    }
    if (folder != NULL) {
        remove_folder(folder);
    }
    _exit(0);
}

/* ---- in the harness ---- */

bool guardian_is_needed(void)
{
    return getpid() != 1;
}

static int
start(struct guardian *guardian, struct groups *groups, const char *folder, struct error *reterr)
{
    int ends[2];
    const struct timeval patience = {.tv_sec = TOLD_WITHIN_S};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
        return error_os(reterr, errno, "cannot make a socket pair");
    }
    guardian->pid = fork();
    if (guardian->pid == 0) {
        close(ends[0]);
        guard(ends[1], groups, folder);
    }
    int kept_errno = errno;
    close(ends[1]);
    guardian->fd = ends[0];
    (void)setsockopt(guardian->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return guardian->pid > 0 ? 0 : error_os(reterr, kept_errno, "cannot start a guardian process");
}

struct guardian *guardian_new(size_t group_max, const char *folder, struct error *reterr)
{
    struct guardian *guardian = calloc(1, sizeof *guardian);
    struct groups groups = {
        .items = calloc(group_max, sizeof *groups.items),
        .capacity = group_max,
    };
    CHECK(guardian != NULL && groups.items != NULL);
    guardian->fd = -1;
    int status = start(guardian, &groups, folder, reterr);
    free(groups.items);
    return status < 0 ? guardian_free(guardian) : guardian;
}

struct guardian *guardian_free(struct guardian *guardian)
{
    if (guardian == NULL) {
        return NULL;
    }
    if (guardian->pid > 0) { /* before it can take the end of the socket for ours */
        (void)kill(guardian->pid, SIGKILL);
        (void)waitpid(guardian->pid, NULL, 0);
    }
    if (guardian->fd >= 0) {
        close(guardian->fd);
    }
    free(guardian);
    return NULL;
}

/* One that is gone cannot be told: the run goes on without. */
static void tell(struct guardian *guardian, const struct word *word)
{
    ssize_t sent;
    do {
        sent = send(guardian->fd, word, sizeof *word, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
}

void guardian_add(struct guardian *guardian, pid_t group)
{
    if (guardian != NULL) {
        tell(guardian, &(struct word){.group = group});
    }
}

void guardian_ended(struct guardian *guardian, pid_t group)
{
    if (guardian != NULL) {
        tell(guardian, &(struct word){.group = group, .ended = true});
    }
}
