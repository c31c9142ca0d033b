#include "world/guardian.h"

#include "base/check.h"
#include "world/companion.h"
#include "world/private_folder.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
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

struct ward {
    struct groups groups;
    const char *folder; /* NULL: none */
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

/* What would keep others from theirs: descriptors whose other end waits for their end, a folder. */
static void let_go(int fd)
{
    (void)!chdir("/");
    if (fd != STDIN_FILENO) {
        (void)dup2(fd, STDIN_FILENO);
    }
    (void)close_range(STDIN_FILENO + 1, UINT32_MAX, 0);
}

/* What was killed may write until it is dead. */
static void remove_folder(const char *folder)
{
    const struct timespec pause = {.tv_nsec = FOLDER_RETRY_NS};
    for (int i = 0; i < FOLDER_TRIES && !private_folder_clear(folder); i++) {
        (void)nanosleep(&pause, NULL);
    }
}

static void guard(void *context, int fd)
{
    struct ward *ward = context;
    struct word word;
    ssize_t length;
    let_go(fd);
    while ((length = recv(STDIN_FILENO, &word, sizeof word, 0)) > 0 ||
           (length < 0 && errno == EINTR)) {
        if (length == (ssize_t)sizeof word) {
            hear(&ward->groups, &word);
        }
    }
    for (size_t i = 0; i < ward->groups.count; i++) {
        (void)kill(-ward->groups.items[i], SIGKILL);
    }
    if (ward->folder != NULL) {
        remove_folder(ward->folder);
    }
}

/* ---- in the harness ---- */

bool guardian_is_needed(void)
{
    return getpid() != 1;
}

struct guardian *guardian_new(size_t group_max, const char *folder, struct error *reterr)
{
    const struct timeval patience = {.tv_sec = TOLD_WITHIN_S};
    struct guardian *guardian = calloc(1, sizeof *guardian);
    struct ward ward = {
        .groups =
            {
                .items = calloc(group_max, sizeof *ward.groups.items),
                .capacity = group_max,
            },
        .folder = folder,
    };
    const struct companion companion = {
        .name = "bascule-guard",
        .what = "a guardian process",
        .work = guard,
        .context = &ward,
    };
    CHECK_MEMORY(guardian != NULL && ward.groups.items != NULL);
    guardian->pid = companion_start(&companion, &guardian->fd, reterr);
    free(ward.groups.items);
    if (guardian->pid < 0) {
        free(guardian);
        return NULL;
    }
    (void)setsockopt(guardian->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return guardian;
}

struct guardian *guardian_free(struct guardian *guardian)
{
    if (guardian == NULL) {
        return NULL;
    }
    (void)kill(guardian->pid, SIGKILL); /* before it can take the end of the socket for ours */
    (void)waitpid(guardian->pid, NULL, 0);
    close(guardian->fd);
    free(guardian);
    return NULL;
}

pid_t guardian_pid(const struct guardian *guardian)
{
    return guardian != NULL ? guardian->pid : 0;
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
