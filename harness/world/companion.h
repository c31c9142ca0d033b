/* A small process beside the harness, forked from it, that outlives it for as long as its work
   takes: the end of a socket tells it that the harness is gone, by whatever death. It refuses to
   know what the work is. */
#ifndef BASCULE_WORLD_COMPANION_H
#define BASCULE_WORLD_COMPANION_H

#include "base/error.h"

#include <sys/types.h>

struct companion {
    const char *name; /* of the process, at most 15 characters */
    const char *what; /* for a sentence: "a guardian process" */
    /* In the process, which ends when it returns. fd: its end of a SOCK_SEQPACKET pair. */
    void (*work)(void *context, int fd);
    void *context;
};

/* In a session of its own, and deaf to signals that end programs in good order, a terminal's among
   them. Returns its pid and gives the caller's end of the pair; -1 on failure. */
pid_t companion_start(const struct companion *companion, int *ret_fd, struct error *reterr);

#endif
