#include "world/hook_runner.h"

#include "world/companion.h"
#include "world/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOCKET_FD 3

struct hook {
    pid_t pid; /* 0: the slot is free */
    int pidfd;
    uint32_t alert;
    nanos limit; /* NANOS_NEVER: it was killed already */
};

struct runner {
    const struct hook_runner_settings *settings;
    struct hook hooks[HOOK_RUNNER_AT_ONCE];
};

/* ---- a hook ---- */

/* In the child: becomes the hook, or tells why not. */
_Noreturn static void
become_hook(const struct hook_runner_settings *settings, int line_fd, int failure_fd, pid_t parent)
{
    sigset_t none;
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int signal_number = 1; signal_number < NSIG; signal_number++) {
        (void)signal(signal_number, SIG_DFL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() == parent && chdir(settings->folder) == 0 &&
        dup2(line_fd, STDIN_FILENO) == STDIN_FILENO) {
        /* execve takes what it never writes to as writable. */
        union {
            const char *const *given;
            char *const *taken;
        } arguments = {.given = settings->command};
        (void)execve(settings->program, arguments.taken, environ);
    }
    int failure = errno;
    (void)!write(failure_fd, &failure, sizeof failure);
    _exit(127);
}

/* A pipe with the whole line in it and its end behind; a line is shorter than any pipe's buffer. */
static int open_line(const char *line, size_t length)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -1;
    }
    bool written = write(ends[1], line, length) == (ssize_t)length;
    close(ends[1]);
    if (!written) {
        close(ends[0]);
        return -1;
    }
    return ends[0];
}

/* Waits until the child runs the program: 0, or the errno that kept it from doing so. */
static int hear_child(int failure_fd)
{
    int failure = 0;
    ssize_t length;
    do {
        length = read(failure_fd, &failure, sizeof failure);
    } while (length < 0 && errno == EINTR);
    return length == (ssize_t)sizeof failure ? failure : 0;
}

static pid_t fork_hook(const struct hook_runner_settings *settings, int line_fd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        return -1;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become_hook(settings, line_fd, ends[1], parent);
    }
    close(ends[1]);
    bool failed = pid > 0 && hear_child(ends[0]) != 0;
    close(ends[0]);
    if (failed) {
        (void)waitpid(pid, NULL, 0);
        return -1;
    }
    return pid;
}

static int hook_start(struct hook *hook,
                      const struct hook_runner_settings *settings,
                      const struct hook_order *order,
                      size_t length)
{
    int line_fd = open_line(order->line, length);
    if (line_fd < 0) {
        return -1;
    }
    pid_t pid = fork_hook(settings, line_fd);
    close(line_fd);
    if (pid < 0) {
        return -1;
    }
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        (void)kill(-pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return -1;
    }
    *hook = (struct hook){
        .pid = pid,
        .pidfd = pidfd,
        .alert = order->alert,
        .limit = nanos_add(loop_clock(), settings->limit),
    };
    return 0;
}

/* Its leader has ended, or is killed: ends what is left of its group. Orphans come to the runner,
   which is their reaper, so that nothing of the group is left, not even a zombie. */
static void hook_bury(struct hook *hook, siginfo_t *ret_info)
{
    (void)waitid(P_PIDFD, (id_t)hook->pidfd, ret_info, WEXITED | WNOWAIT);
    (void)kill(-hook->pid, SIGKILL);
    while (waitpid(-hook->pid, NULL, 0) > 0 || errno == EINTR) {
    }
    close(hook->pidfd);
    hook->pid = 0;
}

/* ---- the runner ---- */

static void report(struct hook_report told)
{
    told.at = loop_clock();
    (void)send(SOCKET_FD, &told, sizeof told, MSG_NOSIGNAL);
}

static void hook_over(struct hook *hook)
{
    siginfo_t info = {0};
    bool timed_out = hook->limit == NANOS_NEVER;
    hook_bury(hook, &info);
    bool exited = info.si_code == CLD_EXITED;
    enum hook_end by_itself = exited ? HOOK_EXITED : HOOK_SIGNALLED;
    report((struct hook_report){
        .alert = hook->alert,
        .end = timed_out ? HOOK_TIMED_OUT : by_itself,
        .exit_status = (uint8_t)(exited && !timed_out ? info.si_status : 0),
    });
}

static struct hook *free_hook(struct runner *runner)
{
    for (int i = 0; i < HOOK_RUNNER_AT_ONCE; i++) {
        if (runner->hooks[i].pid == 0) {
            return &runner->hooks[i];
        }
    }
    return NULL;
}

static void take_order(struct runner *runner)
{
    struct hook_order order;
    ssize_t length = recv(SOCKET_FD, &order, sizeof order, MSG_DONTWAIT);
    if (length < (ssize_t)offsetof(struct hook_order, line)) {
        return;
    }
    size_t line_length = (size_t)length - offsetof(struct hook_order, line);
    if (hook_start(free_hook(runner), runner->settings, &order, line_length) < 0) {
        report((struct hook_report){.alert = order.alert, .end = HOOK_NOT_STARTED});
    }
}

static void kill_late(struct runner *runner)
{
    nanos now = loop_clock();
    for (int i = 0; i < HOOK_RUNNER_AT_ONCE; i++) {
        struct hook *hook = &runner->hooks[i];
        if (hook->pid != 0 && hook->limit <= now) {
            (void)kill(-hook->pid, SIGKILL);
            hook->limit = NANOS_NEVER;
        }
    }
}

static int wait_ms(const struct runner *runner)
{
    nanos limit = NANOS_NEVER;
    for (int i = 0; i < HOOK_RUNNER_AT_ONCE; i++) {
        if (runner->hooks[i].pid != 0) {
            limit = nanos_min(limit, runner->hooks[i].limit);
        }
    }
    if (limit == NANOS_NEVER) {
        return -1;
    }
    return (int)(nanos_max(limit - loop_clock(), 0) / NANOS_PER_MS) + 1;
}

/* False once nobody is there to run hooks for. */
static bool turn(struct runner *runner)
{
    struct pollfd ready[1 + HOOK_RUNNER_AT_ONCE] = {
        {.fd = SOCKET_FD, .events = free_hook(runner) != NULL ? POLLIN | POLLRDHUP : POLLRDHUP},
    };
    for (int i = 0; i < HOOK_RUNNER_AT_ONCE; i++) {
        bool under_way = runner->hooks[i].pid != 0;
        ready[1 + i] =
            (struct pollfd){.fd = under_way ? runner->hooks[i].pidfd : -1, .events = POLLIN};
    }
    if (poll(ready, 1 + HOOK_RUNNER_AT_ONCE, wait_ms(runner)) < 0) {
        return errno == EINTR;
    }
    if ((ready[0].revents & (POLLHUP | POLLRDHUP | POLLERR)) != 0) {
        return false;
    }
    for (int i = 0; i < HOOK_RUNNER_AT_ONCE; i++) {
        if (ready[1 + i].revents != 0) {
            hook_over(&runner->hooks[i]);
        }
    }
    kill_late(runner);
    if ((ready[0].revents & POLLIN) != 0) {
        take_order(runner);
    }
    return true;
}

/* With nothing of the harness's open: others wait for the end of what it holds. */
static int leave_harness(int fd)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = STDIN_FILENO; standard <= STDERR_FILENO; standard++) {
        if (null < 0 || dup2(null, standard) < 0) {
            return -1;
        }
    }
    int moved = fd == SOCKET_FD ? fcntl(fd, F_SETFD, FD_CLOEXEC) : dup3(fd, SOCKET_FD, O_CLOEXEC);
    return moved < 0 ? -1 : close_range(SOCKET_FD + 1, UINT_MAX, 0);
}

static void run(void *context, int fd)
{
    struct runner *runner = context;
    if (leave_harness(fd) < 0) {
        return;
    }
    while (turn(runner)) {
    }
    for (int i = 0; i < HOOK_RUNNER_AT_ONCE; i++) {
        if (runner->hooks[i].pid != 0) {
            siginfo_t info;
            (void)kill(-runner->hooks[i].pid, SIGKILL);
            hook_bury(&runner->hooks[i], &info);
        }
    }
}

pid_t hook_runner_start(const struct hook_runner_settings *settings,
                        int *ret_fd,
                        struct error *reterr)
{
    struct runner runner = {.settings = settings};
    const struct companion companion = {
        .name = "bascule-hooks",
        .what = "a process for hooks",
        .work = run,
        .context = &runner,
    };
    return companion_start(&companion, ret_fd, reterr);
}
