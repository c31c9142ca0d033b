#include "world/proxy_link.h"

#include "base/check.h"
#include "world/port.h"
#include "world/spawn.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct proxy_link {
    struct loop_watch control; /* first: the callback finds the link from it */
    struct loop_watch pidfd;
    struct proxy_link_settings settings;
    pid_t pid; /* 0: not running */
    uint64_t sequence;
    bool failed_told;
};

static void tell(struct proxy_link *link, struct proxy_event event)
{
    link->settings.report(link->settings.context, &event);
}

static void tell_failed(struct proxy_link *link, bool port_was_taken, const char *text)
{
    link->failed_told = true;
    tell(link, (struct proxy_event){.at = loop_clock(),
                                    .kind = PROXY_EVENT_FAILED,
                                    .port_was_taken = port_was_taken,
                                    .text = text});
}

static void close_watch(struct proxy_link *link, struct loop_watch *watch)
{
    if (watch->fd >= 0) {
        (void)loop_watch(link->settings.loop, watch, 0, NULL);
        close(watch->fd);
        watch->fd = -1;
    }
}

static void pidfd_ready(struct loop_watch *watch, unsigned events)
{
    struct proxy_link *link =
        (struct proxy_link *)(void *)((char *)watch - offsetof(struct proxy_link, pidfd));
    siginfo_t info = {0};
    (void)events;
    if (waitid(P_PIDFD, (id_t)link->pidfd.fd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0) {
        return;
    }
    close_watch(link, &link->pidfd);
    close_watch(link, &link->control);
    guardian_ended(link->settings.guardian, link->pid);
    link->pid = 0;
    if (!link->failed_told) {
        tell(link, (struct proxy_event){
                       .at = loop_clock(),
                       .kind = PROXY_EVENT_DIED,
                       .text = arena_printf(
                           link->settings.arena, "bascule-proxy ended by itself (%s %d)",
                           info.si_code == CLD_EXITED ? "status" : "signal", info.si_status)});
    }
}

static void listen_failed(struct proxy_link *link, const struct proxy_report *report)
{
    const struct scenario_node *node = &link->settings.scenario->nodes[report->node];
    uint16_t port = link->settings.places->seen[report->node].port;
    char owner[PORT_OWNER_TEXT_MAX] = "";
    if (report->os_errno == EADDRINUSE) {
        port_owner_text(port, owner);
    }
    const char *text = arena_printf(
        link->settings.arena, "port %u of node '%s' cannot be taken by the proxy: %s%s%s", port,
        node->name, strerror(report->os_errno), owner[0] != '\0' ? ", held by " : "", owner);
    tell_failed(link, report->os_errno == EADDRINUSE, text);
}

static void reported(struct proxy_link *link, const struct proxy_report *report)
{
    CHECK(report->version == PROXY_CONTROL_VERSION);
    switch ((enum proxy_report_kind)report->kind) {
    case PROXY_READY:
        tell(link, (struct proxy_event){.at = report->at, .kind = PROXY_EVENT_READY});
        return;
    case PROXY_FAILED:
        listen_failed(link, report);
        return;
    case PROXY_ACK:
        tell(link, (struct proxy_event){.at = report->at,
                                        .kind = PROXY_EVENT_ACK,
                                        .sequence = report->sequence,
                                        .hits = report->hits});
        return;
    }
    CHECK(false && "a report of a known kind");
}

static void control_ready(struct loop_watch *watch, unsigned events)
{
    struct proxy_link *link = (struct proxy_link *)(void *)watch;
    struct proxy_report report;
    ssize_t length = sizeof report;
    (void)events;
    while (watch->fd >= 0 && (length = recv(watch->fd, &report, sizeof report, MSG_DONTWAIT)) ==
                                 (ssize_t)sizeof report) {
        reported(link, &report);
    }
    if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) {
        close_watch(link, &link->control); /* its end is told by the pidfd */
    }
}

static uint64_t send_order(struct proxy_link *link, struct proxy_order *order, int flags)
{
    order->version = PROXY_CONTROL_VERSION;
    order->sequence = ++link->sequence;
    if (link->control.fd < 0 || send(link->control.fd, order, sizeof *order,
                                     flags | MSG_NOSIGNAL) != (ssize_t)sizeof *order) {
        return 0;
    }
    return order->sequence;
}

uint64_t proxy_link_order(struct proxy_link *link, struct proxy_order *order)
{
    return send_order(link, order, MSG_DONTWAIT);
}

/* Before anything is timed: a thousand relays may have to wait until the proxy has read some. */
#define RELAYS_WITHIN_S 5

static bool give_relays(struct proxy_link *link)
{
    const struct scenario *scenario = link->settings.scenario;
    const struct node_places *places = link->settings.places;
    const struct timeval patience = {.tv_sec = RELAYS_WITHIN_S};
    (void)setsockopt(link->control.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    for (uint16_t node = 0; node < scenario->node_count; node++) {
        struct proxy_order order = {
            .kind = PROXY_RELAY,
            .relay = {.node = node,
                      .public_port = places->seen[node].port,
                      .upstream_port = places->own[node].port,
                      .upstream_address = places->own[node].address},
        };
        if (send_order(link, &order, 0) == 0) {
            return false;
        }
    }
    struct proxy_order start = {.kind = PROXY_START, .start = {.seed = link->settings.seed}};
    return send_order(link, &start, 0) != 0;
}

static const char *launch(struct proxy_link *link)
{
    int control[2];
    struct error error = {.text = ""};
    struct arena *arena = link->settings.arena;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0) {
        return arena_printf(arena, "cannot make a socket pair: %s", strerror(errno));
    }
    int fds[] = {spawn_lifted(control[1])};
    int failure = spawn_helper(link->settings.program, fds, 1, &link->pid);
    close(fds[0]);
    link->control.fd = control[0];
    if (failure != 0) {
        link->pid = 0;
        close_watch(link, &link->control);
        return arena_printf(arena, "cannot start '%s': %s", link->settings.program,
                            strerror(failure));
    }
    guardian_add(link->settings.guardian, link->pid);
    link->pidfd.fd = pidfd_open(link->pid, 0);
    if (link->pidfd.fd < 0 ||
        loop_watch(link->settings.loop, &link->pidfd, LOOP_READ, &error) < 0 ||
        loop_watch(link->settings.loop, &link->control, LOOP_READ, &error) < 0 ||
        !give_relays(link)) {
        return arena_printf(arena, "cannot talk to bascule-proxy");
    }
    return NULL;
}

struct proxy_link *proxy_link_new(const struct proxy_link_settings *settings)
{
    struct proxy_link *link = ARENA_NEW(settings->arena, struct proxy_link);
    *link = (struct proxy_link){
        .control = {.fd = -1, .ready = control_ready},
        .pidfd = {.fd = -1, .ready = pidfd_ready},
        .settings = *settings,
    };
    const char *failure = launch(link);
    if (failure != NULL) {
        tell_failed(link, false, failure);
    }
    return link;
}

struct proxy_link *proxy_link_free(struct proxy_link *link)
{
    if (link == NULL) {
        return NULL;
    }
    if (link->pid > 0) {
        kill(-link->pid, SIGKILL);
        waitpid(link->pid, NULL, 0);
        guardian_ended(link->settings.guardian, link->pid);
    }
    close_watch(link, &link->pidfd);
    close_watch(link, &link->control);
    return NULL;
}
