/* The process beside the harness that starts hooks, bounds them and ends them, so that no start
   disturbs what is timed, and nothing of them outlives a harness that is killed. It knows nothing
   of alerts: lines come in on a socket, and how each hook ended goes out. */
#ifndef BASCULE_WORLD_HOOK_RUNNER_H
#define BASCULE_WORLD_HOOK_RUNNER_H

#include "base/error.h"
#include "base/nanos.h"
#include "core/journal.h"

#include <stdint.h>
#include <sys/types.h>

#define HOOK_RUNNER_AT_ONCE  4
#define HOOK_RUNNER_LINE_MAX 2048

struct hook_runner_settings {
    const char *program;        /* absolute path */
    const char *const *command; /* its arguments, itself the first, and a NULL after them */
    const char *folder;         /* where it runs */
    nanos limit;                /* of each hook's life, from its start */
};

/* One packet each. Orders wait in the socket until one of HOOK_RUNNER_AT_ONCE hooks is over. */
struct hook_order {
    uint32_t alert;
    char line[HOOK_RUNNER_LINE_MAX]; /* its standard input; only the bytes in use are sent */
};

struct hook_report {
    nanos at; /* CLOCK_MONOTONIC */
    uint32_t alert;
    enum hook_end end;   /* EXITED, SIGNALLED, TIMED_OUT or NOT_STARTED */
    uint8_t exit_status; /* EXITED */
};

/* Gives the caller's end of a SOCK_SEQPACKET pair. Once that is closed, by whatever death, the
   runner kills every hook with its whole process group, and ends. A hook that leaves its group on
   purpose is lost from sight; inside a PID namespace the kernel ends that too. Returns the runner's
   pid, -1 on failure. */
pid_t hook_runner_start(const struct hook_runner_settings *settings,
                        int *ret_fd,
                        struct error *reterr);

#endif
