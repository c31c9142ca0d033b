/* The event loop: descriptors, one absolute timer and signals, on CLOCK_MONOTONIC; it refuses to
   know HTTP or nodes. One thread. The only file that speaks epoll. */
#ifndef BASCULE_WORLD_LOOP_H
#define BASCULE_WORLD_LOOP_H

#include "base/error.h"
#include "base/nanos.h"

enum {
    LOOP_READ = 1 << 0,
    LOOP_WRITE = 1 << 1,
    LOOP_HANGUP =
        1 << 2, /* an interest only: errors and hang-ups, which come with the others too */
};

struct loop;

/* Embedded by its user; must stay in place while watched. events: LOOP_READ | LOOP_WRITE, errors
   and hang-ups count as both. Zero but for the first two at the start. */
struct loop_watch {
    int fd;
    void (*ready)(struct loop_watch *watch, unsigned events);
    unsigned watched; /* the loop's own: the interest it holds, 0: none */
};

struct loop *loop_new(struct error *reterr); /* NULL on failure */
struct loop *loop_free(struct loop *loop);   /* accepts NULL, returns NULL */

nanos loop_clock(void); /* CLOCK_MONOTONIC now */

/* interest 0 removes it, always before its descriptor number can be in use again; `ready` is not
   called for it any more, also not in the same pass. Adding or changing fails only when the kernel
   is out of memory. */
int loop_watch(struct loop *loop,
               struct loop_watch *watch,
               unsigned interest,
               struct error *reterr);

/* Like interest 0, for a descriptor that is closed right after this call and has no copy: closing
   it takes it out of the kernel's list, without a system call of its own. */
void loop_forget(struct loop *loop, struct loop_watch *watch);

/* Blocks these signals for the process and reports them through the loop instead, but for those
   that are ignored; loop_signal gives the first one received, 0 if none; call it again for the
   next. loop_free leaves them blocked. */
int loop_take_signals(struct loop *loop, const int *signals, int count, struct error *reterr);
int loop_signal(struct loop *loop);

/* As nohup ignores SIGHUP, and a shell SIGINT for a job in the background: who did so wants it to
   stay. Once it is blocked, it would come all the same. */
bool loop_signal_is_ignored(int signal);

/* Waits until something is ready or until the absolute CLOCK_MONOTONIC time (NANOS_NEVER: no limit;
   a past time: only looks), and calls `ready` of what is. One pass handles at most a bounded batch;
   returns how many were ready, so that a caller who wants all calls again with a past time until 0
   comes back. */
int loop_wait(struct loop *loop, nanos until);

#endif
