#include "world/loop.h"

#include "base/check.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOP_BATCH_MAX = 64,
};

/* epoll_pwait2 with a timer slack of 1 ns wakes 32-64 us late at the median and 80-174 us at the
   99th percentile; an absolute timerfd 39-67 and 127-982 us, and it costs a system call more (idle
   VM, 2 CPUs, Linux 6.18). */
#define SLACK_NS 1UL

struct loop {
    int epoll;
    int signals; /* signalfd, -1 until signals are taken */
    sigset_t taken;
    struct loop_watch signal_watch;
    bool signalled; /* the signalfd may hold something */
    unsigned long usual_slack_ns;
    struct epoll_event batch[LOOP_BATCH_MAX];
    int batch_next;
    int batch_count;
};

nanos loop_clock(void)
{
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return now.tv_sec * NANOS_PER_S + now.tv_nsec;
}

static int open_epoll(struct loop *loop, struct error *reterr)
{
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0) {
        return error_os(reterr, errno, "cannot make an event loop");
    }
    const struct timespec at_once = {0};
    if (epoll_pwait2(loop->epoll, loop->batch, 1, &at_once, NULL) < 0) {
        return error_os(reterr, errno, "cannot wait exactly (epoll_pwait2, Linux 5.11 or newer)");
    }
    int slack_ns = prctl(PR_GET_TIMERSLACK);
    if (slack_ns < 0) {
        return error_os(reterr, errno, "cannot read the timer slack");
    }
    loop->usual_slack_ns = (unsigned long)slack_ns;
    return 0;
}

struct loop *loop_new(struct error *reterr)
{
    struct loop *loop = calloc(1, sizeof *loop);
    CHECK_MEMORY(loop != NULL);
    loop->epoll = -1;
    loop->signals = -1;
    CHECK(sigemptyset(&loop->taken) == 0);
    if (open_epoll(loop, reterr) != 0) {
        return loop_free(loop);
    }
    return loop;
}

struct loop *loop_free(struct loop *loop)
{
    if (loop == NULL) {
        return NULL;
    }
    if (loop->signals >= 0) {
        close(loop->signals);
    }
    if (loop->epoll >= 0) {
        close(loop->epoll);
    }
    free(loop);
    return NULL;
}

static uint32_t epoll_events_of(unsigned interest)
{
    uint32_t events = 0;
    if (interest & LOOP_READ) {
        events |= EPOLLIN;
    }
    if (interest & LOOP_WRITE) {
        events |= EPOLLOUT;
    }
    return events;
}

static unsigned loop_events_of(uint32_t epoll_events)
{
    unsigned events = 0;
    if (epoll_events & (EPOLLIN | EPOLLERR | EPOLLHUP)) {
        events |= LOOP_READ;
    }
    if (epoll_events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
        events |= LOOP_WRITE;
    }
    return events;
}

/* The rest of the batch was collected for a watch that its owner may free now, or use for another
 * descriptor. */
static void forget_pending(struct loop *loop, const struct loop_watch *watch)
{
    for (int i = loop->batch_next; i < loop->batch_count; i++) {
        if (loop->batch[i].data.ptr == watch) {
            loop->batch[i].data.ptr = NULL;
        }
    }
}

void loop_forget(struct loop *loop, struct loop_watch *watch)
{
    forget_pending(loop, watch);
    watch->watched = 0;
}

static void remove_watch(struct loop *loop, struct loop_watch *watch)
{
    loop_forget(loop, watch);
    /* libcurl closes a socket that never connected before it says so: then it has left epoll by
     * itself. */
    if (epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL) != 0) {
        CHECK(errno == EBADF || errno == ENOENT);
    }
}

int loop_watch(struct loop *loop, struct loop_watch *watch, unsigned interest, struct error *reterr)
{
    CHECK((interest & ~(unsigned)(LOOP_READ | LOOP_WRITE | LOOP_HANGUP)) == 0);
    if (interest == watch->watched) {
        return 0;
    }
    if (interest == 0) {
        remove_watch(loop, watch);
        return 0;
    }
    struct epoll_event event = {.events = epoll_events_of(interest), .data.ptr = watch};
    int operation = watch->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(loop->epoll, operation, watch->fd, &event) != 0) {
        return error_os(reterr, errno, "cannot watch a descriptor");
    }
    watch->watched = interest;
    return 0;
}

static void signals_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    void *loop = (char *)watch - offsetof(struct loop, signal_watch);
    ((struct loop *)loop)->signalled = true;
}

bool loop_signal_is_ignored(int signal)
{
    struct sigaction action;
    CHECK(sigaction(signal, NULL, &action) == 0);
    return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

int loop_take_signals(struct loop *loop, const int *signals, int count, struct error *reterr)
{
    for (int i = 0; i < count; i++) {
        CHECK(loop_signal_is_ignored(signals[i]) || sigaddset(&loop->taken, signals[i]) == 0);
    }
    if (sigprocmask(SIG_BLOCK, &loop->taken, NULL) != 0) {
        return error_os(reterr, errno, "cannot block signals");
    }
    bool first = loop->signals < 0;
    int fd = signalfd(loop->signals, &loop->taken, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0) {
        return error_os(reterr, errno, "cannot take signals");
    }
    loop->signals = fd;
    loop->signalled = true;
    if (!first) {
        return 0;
    }
    loop->signal_watch = (struct loop_watch){.fd = fd, .ready = signals_ready};
    /* Edge-triggered: a signal that nobody has asked for yet must not keep the loop from waiting.
     */
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = &loop->signal_watch};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        return error_os(reterr, errno, "cannot watch for signals");
    }
    return 0;
}

int loop_signal(struct loop *loop)
{
    if (!loop->signalled || loop->signals < 0) {
        return 0;
    }
    struct signalfd_siginfo info;
    if (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        return (int)info.ssi_signo;
    }
    loop->signalled = false;
    return 0;
}

static void set_slack(unsigned long slack_ns)
{
    CHECK(prctl(PR_SET_TIMERSLACK, slack_ns) == 0);
}

static int wait_exactly(struct loop *loop, nanos until)
{
    nanos now = loop_clock();
    if (until <= now) {
        return epoll_wait(loop->epoll, loop->batch, LOOP_BATCH_MAX, 0);
    }
    if (until == NANOS_NEVER) {
        return epoll_wait(loop->epoll, loop->batch, LOOP_BATCH_MAX, -1);
    }
    struct timespec left = {
        .tv_sec = (until - now) / NANOS_PER_S,
        .tv_nsec = (until - now) % NANOS_PER_S,
    };
    /* Child processes inherit the slack, and nodes must run with what is usual: so it is ours only
     * meanwhile. */
    set_slack(SLACK_NS);
    int count = epoll_pwait2(loop->epoll, loop->batch, LOOP_BATCH_MAX, &left, NULL);
    int saved_errno = errno;
    set_slack(loop->usual_slack_ns);
    errno = saved_errno;
    return count;
}

int loop_wait(struct loop *loop, nanos until)
{
    CHECK(loop->batch_count == 0);
    int count = wait_exactly(loop, until);
    while (count < 0) {
        CHECK(errno == EINTR);
        count = wait_exactly(loop, until);
    }
    loop->batch_count = count;
    loop->batch_next = 0;
    while (loop->batch_next < loop->batch_count) {
        const struct epoll_event *event = &loop->batch[loop->batch_next++];
        struct loop_watch *watch = event->data.ptr;
        if (watch != NULL) {
            watch->ready(watch, loop_events_of(event->events));
        }
    }
    loop->batch_count = 0;
    loop->batch_next = 0;
    return count;
}
