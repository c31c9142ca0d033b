#include "world/supervisor_parts.h"

#include "base/check.h"
#include "world/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void send_settings(struct process *process)
{
    const struct scenario *scenario = process->supervisor->settings.scenario;
    const struct scenario_node *node = &scenario->nodes[process->node];
    const struct scenario_node *peer = &scenario->nodes[process->node == 0 ? 1 : 0];
    struct control_order order = {
        .version = CONTROL_VERSION,
        .kind = CONTROL_SETTINGS,
        .settings =
            {
                .seed = process->supervisor->settings.seed,
                .latency = node->stub.latency,
                .start_delay = node->stub.start_delay,
                .idle_close = node->stub.idle_close,
                .exit_after = node->stub.exit_after,
                .backlog = node->stub.backlog,
                .port = process_port(process),
                .peer_port = scenario->node_count > 1 ? peer->port : 0,
                .node = process->node,
                .incarnation = process->incarnation,
                .address = process_address(process),
            },
    };
    size_t length = strlen(node->name);
    CHECK(length < sizeof order.settings.name);
    memcpy(order.settings.name, node->name, length + 1);
    /* Cannot block: the socket is new and its buffer is empty. A stub that has ended already is
     * told by the pidfd. */
    ssize_t sent = send(process->control.fd, &order, sizeof order, MSG_NOSIGNAL);
    CHECK(sent == (ssize_t)sizeof order || errno == EPIPE || errno == ECONNRESET);
}

/* 0 or an errno. */
static int spawn_there(struct process *process, const int fds[2])
{
    const struct supervisor_settings *settings = &process->supervisor->settings;
    int failure = node_networks_enter(settings->networks, process->node);
    if (failure != 0) {
        return failure;
    }
    failure = spawn_helper(settings->stub_program, fds, 2, &process->pid);
    node_networks_leave(settings->networks);
    return failure;
}

/* Starts the process; gives the text of a failure, or NULL. */
static const char *launch(struct process *process, int control[2], int log_fd)
{
    struct supervisor *supervisor = process->supervisor;
    struct arena *arena = supervisor->settings.arena;
    struct error error = {0};
    _Static_assert(CONTROL_FD == SPAWN_FD_FIRST && CONTROL_LOG_FD == SPAWN_FD_FIRST + 1,
                   "the stub finds them by number");
    const int fds[] = {control[1], log_fd};
    int failure = spawn_there(process, fds);
    close(control[1]);
    close(log_fd);
    if (failure != 0) {
        close(control[0]);
        return arena_printf(arena, "cannot start '%s' for node '%s': %s",
                            supervisor->settings.stub_program, process_name(process),
                            strerror(failure));
    }
    guardian_add(supervisor->settings.guardian, process->pid);
    process->control.fd = control[0];
    process->pidfd.fd = pidfd_open(process->pid, 0);
    if (process->pidfd.fd < 0 ||
        loop_watch(supervisor->settings.loop, &process->pidfd, LOOP_READ, &error) < 0 ||
        loop_watch(supervisor->settings.loop, &process->control, LOOP_READ, &error) < 0) {
        kill(-process->pid, SIGKILL);
        waitpid(process->pid, NULL, 0);
        guardian_ended(supervisor->settings.guardian, process->pid);
        process_close_watch(process, &process->pidfd);
        process_close_watch(process, &process->control);
        return arena_printf(arena, "cannot watch node '%s': %s", process_name(process),
                            error_is_set(&error) ? error.text : strerror(errno));
    }
    process->state = PROCESS_STARTING;
    send_settings(process);
    return NULL;
}

void supervisor_start(struct supervisor *supervisor, uint16_t node)
{
    struct process *process = &supervisor->processes[node];
    CHECK(process->state == PROCESS_DOWN);
    struct arena *arena = supervisor->settings.arena;
    process->not_ready_told = false;
    if (process_kind(process) != NODE_STUB) {
        command_start(process);
        return;
    }
    process->incarnation = (uint16_t)(process->logs == NULL ? 0 : process->incarnation + 1);
    struct log_node *log = ARENA_NEW(arena, struct log_node);
    struct error error = {0};
    int log_fd = -1;
    int control[2];
    if (execution_log_create(&log->log, supervisor->settings.log_capacity, node,
                             process->incarnation, &log_fd, &error) < 0) {
        process_not_ready(process, false, arena_copy(arena, error.text, strlen(error.text)));
        return;
    }
    *(process->newest_log == NULL ? &process->logs : &process->newest_log->next) = log;
    process->newest_log = log;
    log_fd = spawn_lifted(log_fd);
    if (log_fd < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0) {
        const char *why = strerror(errno);
        if (log_fd >= 0) {
            close(log_fd);
        }
        process_not_ready(
            process, false,
            arena_printf(arena, "cannot start node '%s': %s", process_name(process), why));
        return;
    }
    control[1] = spawn_lifted(control[1]);
    const char *failure = launch(process, control, log_fd);
    if (failure != NULL) {
        process_not_ready(process, false, failure);
        return;
    }
    nanos start_delay = supervisor->settings.scenario->nodes[node].stub.start_delay;
    process->ready_limit = nanos_add(loop_clock(), nanos_add(SUPERVISOR_READY_WITHIN, start_delay));
}
