#include "backends-stub/server_parts.h"

#include "backends-stub/clock.h"
#include "backends-stub/digest.h"
#include "base/check.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_MAX        64
#define ACCEPTS_MAX       256 /* a turn, so that nobody starves */
#define DESCRIPTORS_SPARE 32

/* What became ready in one turn; handled in a fixed order whatever the kernel's. */
struct turn {
    bool control;
    bool signal;
    bool timer;
    bool listener;
};

void server_watch(struct server *server, int fd, uint32_t events, void *tag)
{
    struct epoll_event event = {.events = events, .data.ptr = tag};

    CHECK(epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

void server_unwatch(struct server *server, int fd)
{
    CHECK(epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, fd, NULL) == 0);
}

static void watch_for_http(void *arg, struct http_watch *watched, uint32_t events)
{
    struct server *server = arg;
    struct epoll_event event = {.events = events, .data.ptr = watched};
    int change = watched->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    if (events == watched->watched) {
        return;
    }
    if (events == 0) {
        change = EPOLL_CTL_DEL;
    }
    CHECK(epoll_ctl(server->epoll_fd, change, watched->fd, &event) == 0);
    watched->watched = events;
}

static void report(struct server *server, enum control_report_kind kind, uint64_t sequence)
{
    control_send(server->control_fd,
                 (struct control_report){.kind = kind, .sequence = sequence, .at = clock_now()});
}

static int become_ready(struct server *server, struct error *reterr)
{
    nanos now = 0;

    server->listen_at = NANOS_NEVER;
    if (server_listen_start(server, 0, reterr) != 0) {
        return -1;
    }
    now = clock_now();
    server->node.ready_at = now;
    server->exit_at = nanos_add(now, server->node.settings.exit_after);
    server->ready = true;
    report(server, CONTROL_READY, server->listen_sequence);
    return server_listen_follow(server, reterr);
}

static int
take_settings(struct server *server, const struct control_order *order, struct error *reterr)
{
    struct node *node = &server->node;

    if (server->http != NULL) {
        return error_plain(reterr, "settings came twice");
    }
    node->settings = order->settings;
    node->settings.name[CONTROL_NAME_MAX - 1] = '\0';
    node->behaviours.seed = node->settings.seed;
    node->api = (struct api){
        .name = node->settings.name,
        .node = node->settings.node,
        .incarnation = node->settings.incarnation,
        .peer_port = node->settings.peer_port,
    };
    server->http = http_new(node, (struct http_watcher){.arg = server, .watch = watch_for_http},
                            server->connection_max, reterr);
    if (server->http == NULL) {
        return -1;
    }
    server_watch(server, http_descriptor(server->http), EPOLLIN, server->http);
    server->listen_sequence = order->sequence;
    server->listen_at = nanos_add(clock_now(), node->settings.start_delay);
    return 0;
}

static int obey(struct server *server, const struct control_order *order, struct error *reterr)
{
    struct behaviours *behaviours = &server->node.behaviours;
    struct control_report ack = {.kind = CONTROL_ACK, .sequence = order->sequence};

    if (order->kind == CONTROL_SETTINGS) {
        return take_settings(server, order, reterr);
    }
    if (server->http == NULL || order->kind > CONTROL_CLEAR) {
        return error_plain(reterr, "an order of kind %u came out of place", (unsigned)order->kind);
    }
    if (order->kind == CONTROL_CLEAR) {
        ack.hits = behaviours_clear(behaviours, order->clear);
    } else if (behaviours_set(behaviours, &order->behaviour) != 0) {
        return error_plain(reterr, "behaviour %u makes no sense",
                           (unsigned)order->behaviour.behaviour);
    }
    if (server->ready) {
        server->listen_sequence = order->sequence;
    }
    if (server_listen_follow(server, reterr) != 0) {
        return -1;
    }
    ack.at = clock_now();
    control_send(server->control_fd, ack);
    return 0;
}

static int take_orders(struct server *server, struct error *reterr)
{
    struct control_order order;
    int got = control_receive(server->control_fd, &order, reterr);

    while (got > 0) {
        if (obey(server, &order, reterr) != 0) {
            return -1;
        }
        got = control_receive(server->control_fd, &order, reterr);
    }
    server->done = server->done || got == 0;
    return error_is_set(reterr) ? -1 : 0;
}

static int expire(struct server *server, struct error *reterr)
{
    nanos now = clock_now();

    if (server->http == NULL || server->done) {
        return 0;
    }
    http_expire(server->http, now);
    server->done = server->done || server->exit_at <= now;
    if (server->accept_at <= now) {
        server_listen_again(server);
    }
    return server->listen_at <= now ? become_ready(server, reterr) : 0;
}

/* An absolute time: exact to the nanosecond asked for, where timeouts count milliseconds. */
static void arm_timer(struct server *server)
{
    nanos at = nanos_min(nanos_min(server->listen_at, server->exit_at), server->accept_at);
    struct itimerspec spec = {0};

    if (server->http != NULL) {
        at = nanos_min(at, http_deadline(server->http));
    }
    if (at == server->armed_at) {
        return;
    }
    server->armed_at = at;
    if (at != NANOS_NEVER) {
        spec.it_value.tv_sec = at / NANOS_PER_S;
        spec.it_value.tv_nsec = at % NANOS_PER_S;
    }
    CHECK(timerfd_settime(server->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0);
}

static void timer_rang(struct server *server)
{
    uint64_t times = 0;

    if (read(server->timer_fd, &times, sizeof times) > 0) {
        server->armed_at = NANOS_NEVER;
    }
}

static void wait_for_events(struct server *server, struct turn *turn)
{
    struct epoll_event events[EVENTS_MAX];
    int timeout_ms = server->http == NULL ? -1 : http_timeout_ms(server->http);
    int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, timeout_ms);

    CHECK(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; i++) {
        void *tag = events[i].data.ptr;

        if (tag == &server->control_fd) {
            turn->control = true;
        } else if (tag == &server->signal_fd) {
            turn->signal = true;
        } else if (tag == &server->timer_fd) {
            turn->timer = true;
        } else if (tag == &server->listen_fd) {
            turn->listener = true;
        } else if (tag != server->http) {
            struct http_watch *watched = tag;

            watched->ready(watched, events[i].events);
        }
    }
}

static int run_turn(struct server *server, struct error *reterr)
{
    struct turn turn = {0};

    arm_timer(server);
    wait_for_events(server, &turn);
    if (turn.signal) {
        server->done = true;
        return 0;
    }
    if (turn.timer) {
        timer_rang(server);
    }
    if (turn.control && take_orders(server, reterr) != 0) {
        return -1;
    }
    if (expire(server, reterr) != 0) {
        return -1;
    }
    if (turn.listener && server->listen_fd >= 0 && server->accept_at == NANOS_NEVER) {
        server_listen_accept(server, ACCEPTS_MAX);
    }
    if (server->http != NULL && !server->done) {
        http_pump(server->http);
    }
    return 0;
}

static struct server *
server_new(int control_fd, int log_fd, uint32_t descriptor_max, struct error *reterr)
{
    struct server *server = calloc(1, sizeof *server);
    sigset_t signals;

    CHECK_MEMORY(server != NULL);
    server->control_fd = control_fd;
    server->listen_fd = -1;
    server->listen_at = NANOS_NEVER;
    server->exit_at = NANOS_NEVER;
    server->accept_at = NANOS_NEVER;
    server->armed_at = NANOS_NEVER;
    server->connection_max = descriptor_max < SERVER_CONNECTIONS_MAX + DESCRIPTORS_SPARE
                                 ? descriptor_max - DESCRIPTORS_SPARE
                                 : SERVER_CONNECTIONS_MAX;
    if (execution_log_open(&server->node.log, log_fd, reterr) != 0) {
        free(server);
        return NULL;
    }
    CHECK(sigemptyset(&signals) == 0 && sigaddset(&signals, SIGTERM) == 0);
    CHECK(sigprocmask(SIG_SETMASK, &signals, NULL) == 0);
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    server->signal_fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    CHECK(server->epoll_fd >= 0 && server->timer_fd >= 0 && server->signal_fd >= 0);
    /* libcrypto takes a millisecond the first time: not in a request. */
    (void)digest_first8(NULL, 0);
    server_watch(server, server->control_fd, EPOLLIN, &server->control_fd);
    server_watch(server, server->timer_fd, EPOLLIN, &server->timer_fd);
    server_watch(server, server->signal_fd, EPOLLIN, &server->signal_fd);
    return server;
}

static void server_free(struct server *server)
{
    if (server->listen_fd >= 0) {
        (void)close(server->listen_fd);
    }
    http_free(server->http);
    (void)close(server->signal_fd);
    (void)close(server->timer_fd);
    (void)close(server->epoll_fd);
    replays_done(&server->node.replays);
    execution_log_close(&server->node.log);
    free(server);
}

int server_run(int control_fd, int log_fd, uint32_t descriptor_max, struct error *reterr)
{
    struct server *server = server_new(control_fd, log_fd, descriptor_max, reterr);
    int status = server == NULL ? -1 : 0;

    while (status == 0 && !server->done) {
        status = run_turn(server, reterr);
    }
    if (server != NULL) {
        server_free(server);
    }
    (void)close(log_fd);
    (void)close(control_fd);
    return status;
}
