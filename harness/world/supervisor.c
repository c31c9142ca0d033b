#include "world/supervisor_parts.h"

#include "base/check.h"
#include "world/port.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* While a stop or a continuation is awaited: a pidfd does not tell of either, so it is asked again
 * this soon. */
#define STOP_POLL (100 * NANOS_PER_US)

/* After SIGKILL members of a group are gone in no time, unless the kernel cannot let go of one. */
#define GROUP_WITHIN (2 * NANOS_PER_S)

void process_tell(struct process *process, struct process_event event)
{
    if (process->supervisor->stopping) {
        return;
    }
    event.node = process->node;
    process->supervisor->settings.report(process->supervisor->settings.context, &event);
}

void process_not_ready(struct process *process, bool port_was_taken, const char *text)
{
    if (process->not_ready_told) {
        return;
    }
    process->not_ready_told = true;
    process->ready_limit = NANOS_NEVER;
    process_tell(process, (struct process_event){.at = loop_clock(),
                                                 .kind = PROCESS_EVENT_NOT_READY,
                                                 .port_was_taken = port_was_taken,
                                                 .text = text});
}

const char *process_name(const struct process *process)
{
    return process->supervisor->settings.scenario->nodes[process->node].name;
}

enum node_kind process_kind(const struct process *process)
{
    return process->supervisor->settings.scenario->nodes[process->node].kind;
}

const char *process_noun(const struct process *process)
{
    return process->node < process->supervisor->settings.scenario->node_count ? "node" : "service";
}

uint16_t process_port(const struct process *process)
{
    return process->supervisor->settings.places->own[process->node].port;
}

uint32_t process_address(const struct process *process)
{
    return process->supervisor->settings.places->own[process->node].address;
}

void process_close_watch(struct process *process, struct loop_watch *watch)
{
    if (watch->fd < 0) {
        return;
    }
    loop_watch(process->supervisor->settings.loop, watch, 0, NULL);
    close(watch->fd);
    watch->fd = -1;
}

static const char *exit_text(struct process *process, const siginfo_t *info)
{
    struct arena *arena = process->supervisor->settings.arena;
    if (info->si_code == CLD_EXITED) {
        return arena_printf(arena, "exited with status %d", info->si_status);
    }
    return arena_printf(arena, "ended by signal %d (%s)", info->si_status,
                        strsignal(info->si_status));
}

/* Reaped are the members that became ours when their parents ended. */
static bool group_lives(const struct process *process)
{
    while (waitpid(-process->pid, NULL, WNOHANG) > 0) {
    }
    return kill(-process->pid, 0) == 0 || errno != ESRCH;
}

/* The whole group is gone. */
static void process_over(struct process *process)
{
    bool was_ready = process->state != PROCESS_STARTING;
    const char *text = process->exit_text;
    guardian_ended(process->supervisor->settings.guardian, process->pid);
    process->state = PROCESS_DOWN;
    process->group_limit = NANOS_NEVER;
    if (!was_ready) {
        process_not_ready(process, false,
                          arena_printf(process->supervisor->settings.arena,
                                       "%s '%s' %s before it was ready%s", process_noun(process),
                                       process_name(process), text, process_log_tail(process)));
    }
    process_tell(process, (struct process_event){.at = loop_clock(),
                                                 .kind = PROCESS_EVENT_EXITED,
                                                 .was_ready = was_ready,
                                                 .port_accepts = port_ask(process_address(process),
                                                                          process_port(process)) ==
                                                                 PORT_ACCEPTS,
                                                 .text = text});
}

/* Members of the group may outlive its leader for a moment. */
static void look_for_group(struct process *process, nanos now)
{
    if (!group_lives(process) || process->group_limit <= now) {
        process_over(process);
    }
}

static void process_ended(struct process *process, const siginfo_t *info)
{
    /* A member of the group that outlives its leader still is the node: end it before the node
     * counts as down. */
    kill(-process->pid, SIGKILL);
    process_close_watch(process, &process->pidfd);
    process_close_watch(process, &process->control);
    readiness_stop(&process->readiness);
    process->stop_asked = false;
    process->continue_asked = false;
    process->ready_limit = NANOS_NEVER;
    process->kill_at = NANOS_NEVER;
    process->exit_text = exit_text(process, info);
    process->group_limit = loop_clock() + GROUP_WITHIN;
    look_for_group(process, loop_clock());
}

static void bind_failed(struct process *process, int os_errno)
{
    struct arena *arena = process->supervisor->settings.arena;
    uint16_t port = process_port(process);
    if (os_errno == EADDRINUSE) {
        char owner[PORT_OWNER_TEXT_MAX];
        port_owner_text(port, owner);
        process_not_ready(
            process, true,
            arena_printf(arena,
                         "port %u of node '%s' is taken by %s; stop it, or choose other "
                         "ports with --port-base",
                         port, process_name(process), owner));
        return;
    }
    process_not_ready(process, false,
                      arena_printf(arena, "node '%s' cannot listen on port %u: %s",
                                   process_name(process), port, strerror(os_errno)));
}

/* Its word is not enough: a node that nobody can reach would be measured as one that fails. */
static void became_ready(struct process *process, nanos at)
{
    const struct supervisor_settings *settings = &process->supervisor->settings;
    uint16_t port = process_port(process);
    if (port_ask(process_address(process), port) == PORT_REFUSES) {
        bool hidden = port != settings->places->seen[process->node].port;
        process_not_ready(process, false,
                          arena_printf(settings->arena,
                                       "node '%s' says it is ready, but nothing listens on port "
                                       "%u%s",
                                       process_name(process), port,
                                       hidden ? ", its own behind the proxy" : ""));
        return;
    }
    process->state = PROCESS_READY;
    process->ready_limit = NANOS_NEVER;
    process_tell(process, (struct process_event){.at = at, .kind = PROCESS_EVENT_READY});
}

static void control_reported(struct process *process, const struct control_report *report)
{
    CHECK(report->version == CONTROL_VERSION);
    switch ((enum control_report_kind)report->kind) {
    case CONTROL_READY:
        became_ready(process, report->at);
        return;
    case CONTROL_FAILED:
        bind_failed(process, report->os_errno);
        return;
    case CONTROL_ACK:
        process_tell(process, (struct process_event){.at = report->at,
                                                     .kind = PROCESS_EVENT_ACK,
                                                     .sequence = report->sequence,
                                                     .hits = report->hits});
        return;
    }
    CHECK(false && "a report of a known kind");
}

static void control_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    struct process *process = (struct process *)(void *)watch;
    struct control_report report;
    ssize_t length;
    while ((length = recv(process->control.fd, &report, sizeof report, MSG_DONTWAIT)) ==
           (ssize_t)sizeof report) {
        control_reported(process, &report);
        if (process->control.fd < 0) {
            return;
        }
    }
    if (length >= 0 || (errno != EAGAIN && errno != EINTR)) {
        process_close_watch(process, &process->control); /* its end is told by the pidfd */
    }
}

static void pidfd_ready(struct loop_watch *watch, unsigned events)
{
    (void)events;
    struct process *process =
        (struct process *)(void *)((char *)watch - offsetof(struct process, pidfd));
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)process->pidfd.fd, &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid != 0) {
        control_ready(&process->control, LOOP_READ); /* its last words come before its end */
        process_ended(process, &info);
    }
}

struct supervisor *supervisor_new(const struct supervisor_settings *settings)
{
    struct supervisor *supervisor = ARENA_NEW(settings->arena, struct supervisor);
    supervisor->settings = *settings;
    supervisor->count = settings->scenario->process_count;
    supervisor->processes = ARENA_ARRAY(settings->arena, struct process, supervisor->count);
    for (size_t i = 0; i < supervisor->count; i++) {
        supervisor->processes[i] = (struct process){
            .control = {.fd = -1, .ready = control_ready},
            .pidfd = {.fd = -1, .ready = pidfd_ready},
            .supervisor = supervisor,
            .ready_limit = NANOS_NEVER,
            .group_limit = NANOS_NEVER,
            .kill_at = NANOS_NEVER,
            .node = (uint16_t)i,
        };
    }
    return supervisor;
}

enum process_state supervisor_state(const struct supervisor *supervisor, uint16_t node)
{
    return supervisor->processes[node].state;
}

bool supervisor_signal(struct supervisor *supervisor, uint16_t node, int signal)
{
    struct process *process = &supervisor->processes[node];
    if (process->state == PROCESS_DOWN || process_kind(process) == NODE_EXTERNAL) {
        return false;
    }
    if (process->group_limit != NANOS_NEVER) { /* its leader has ended, the rest is ending */
        return true;
    }
    if (signal == SIGSTOP) {
        process->stop_asked = true;
    } else if (signal == SIGCONT) {
        process->continue_asked = process->stop_asked || process->state == PROCESS_STOPPED;
    }
    return kill(-process->pid, signal) == 0;
}

uint64_t supervisor_order(struct supervisor *supervisor, uint16_t node, struct control_order *order)
{
    struct process *process = &supervisor->processes[node];
    if (process->control.fd < 0 ||
        (process->state != PROCESS_READY && process->state != PROCESS_STOPPED)) {
        return 0;
    }
    order->version = CONTROL_VERSION;
    order->sequence = ++process->sequence;
    if (send(process->control.fd, order, sizeof *order, MSG_DONTWAIT | MSG_NOSIGNAL) !=
        (ssize_t)sizeof *order) {
        return 0;
    }
    return order->sequence;
}

nanos supervisor_deadline(const struct supervisor *supervisor, nanos now)
{
    nanos deadline = NANOS_NEVER;
    for (size_t i = 0; i < supervisor->count; i++) {
        const struct process *process = &supervisor->processes[i];
        deadline = nanos_min(deadline, process->ready_limit);
        deadline = nanos_min(deadline, process->kill_at);
        deadline = nanos_min(deadline, readiness_deadline(&process->readiness));
        if (process->group_limit != NANOS_NEVER) {
            deadline = nanos_min(deadline, now + STOP_POLL);
        }
        if (process->stop_asked || process->continue_asked) {
            deadline = nanos_min(deadline, now + STOP_POLL);
        }
    }
    return deadline;
}

static void look_for_stop(struct process *process)
{
    siginfo_t info = {0};
    if (waitid(P_PIDFD, (id_t)process->pidfd.fd, &info, WSTOPPED | WCONTINUED | WNOHANG) < 0 ||
        info.si_pid == 0) {
        return;
    }
    nanos now = loop_clock();
    if (process->stop_asked) { /* seen now, or over already: a continuation tells of the stop before
                                  it */
        process->stop_asked = false;
        process->state = PROCESS_STOPPED;
        process_tell(process, (struct process_event){.at = now, .kind = PROCESS_EVENT_STOPPED});
    }
    if (info.si_code == CLD_CONTINUED && process->continue_asked) {
        process->continue_asked = false;
        process->state = PROCESS_READY;
        process_tell(process, (struct process_event){.at = now, .kind = PROCESS_EVENT_CONTINUED});
    }
}

static void process_poll(struct process *process, nanos now)
{
    if (process->stop_asked || process->continue_asked) {
        look_for_stop(process);
    }
    if (process->group_limit != NANOS_NEVER) {
        look_for_group(process, now);
    }
    if (readiness_poll(&process->readiness, now)) {
        command_ready(process);
    }
    if (process->kill_at <= now) {
        process->kill_at = NANOS_NEVER;
        kill(-process->pid, SIGKILL);
    }
    if (process->ready_limit > now) {
        return;
    }
    if (process_kind(process) != NODE_STUB) {
        command_late(process);
        return;
    }
    process_not_ready(process, false,
                      arena_printf(process->supervisor->settings.arena,
                                   "node '%s' was not ready within 10 s", process_name(process)));
}

void supervisor_poll(struct supervisor *supervisor, nanos now)
{
    for (size_t i = 0; i < supervisor->count; i++) {
        process_poll(&supervisor->processes[i], now);
    }
}

struct supervisor *supervisor_free(struct supervisor *supervisor)
{
    if (supervisor == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < supervisor->count; i++) {
        struct process *process = &supervisor->processes[i];
        readiness_stop(&process->readiness);
        if (process->state != PROCESS_DOWN && process->pid > 0) {
            kill(-process->pid, SIGKILL);
        }
    }
    for (size_t i = 0; i < supervisor->count; i++) {
        struct process *process = &supervisor->processes[i];
        if (process->state != PROCESS_DOWN && process->pid > 0) {
            while (waitpid(-process->pid, NULL, 0) > 0) { /* all of the group that are ours */
            }
            guardian_ended(supervisor->settings.guardian, process->pid);
            process->state = PROCESS_DOWN;
        }
        process_close_watch(process, &process->pidfd);
        process_close_watch(process, &process->control);
        for (struct log_node *log = process->logs; log != NULL; log = log->next) {
            execution_log_close(&log->log);
        }
    }
    return NULL;
}
