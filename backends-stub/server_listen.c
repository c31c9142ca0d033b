/* Who may connect: accepting, pausing where there are too many, and closing the port. */
#include "backends-stub/clock.h"
#include "backends-stub/listener.h"
#include "backends-stub/server_parts.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define REOPEN_LIMIT NANOS_PER_S /* somebody may hold the port for a moment */
#define ACCEPT_PAUSE (10 * NANOS_PER_MS)

static void accept_pause(struct server *server)
{
    if (server->accept_at == NANOS_NEVER) {
        server_unwatch(server, server->listen_fd);
    }
    server->accept_at = nanos_add(clock_now(), ACCEPT_PAUSE);
}

void server_listen_accept(struct server *server, unsigned max)
{
    for (unsigned i = 0; i < max; i++) {
        struct sockaddr_in peer;
        int fd = http_is_full(server->http) ? -1 : listener_accept(server->listen_fd, &peer);

        if (fd >= 0) {
            http_add(server->http, fd, &peer);
        } else if (http_is_full(server->http) || !listener_is_drained(errno)) {
            accept_pause(server);
            return;
        } else {
            return;
        }
    }
}

void server_listen_again(struct server *server)
{
    server->accept_at = NANOS_NEVER;
    server_watch(server, server->listen_fd, EPOLLIN, &server->listen_fd);
}

int server_listen_start(struct server *server, nanos patience, struct error *reterr)
{
    const struct control_settings *settings = &server->node.settings;

    uint32_t address = settings->address != 0 ? settings->address : INADDR_LOOPBACK;
    server->listen_fd = listener_open(address, settings->port, settings->backlog, patience, reterr);
    if (server->listen_fd < 0) {
        control_send(server->control_fd, (struct control_report){
                                             .kind = CONTROL_FAILED,
                                             .sequence = server->listen_sequence,
                                             .at = clock_now(),
                                             .os_errno = reterr->os_errno,
                                         });
        return -1;
    }
    server->node.refusing = false;
    server_listen_again(server);
    return 0;
}

/* Who has connected is served, also where nobody had accepted it yet. */
static void stop_listening(struct server *server)
{
    server->node.refusing = true;
    server_listen_accept(server, SERVER_CONNECTIONS_MAX);
    accept_pause(server);
    server->accept_at = NANOS_NEVER;
    (void)close(server->listen_fd);
    server->listen_fd = -1;
    http_pump(server->http);
    http_close_idle(server->http);
}

int server_listen_follow(struct server *server, struct error *reterr)
{
    bool refuse = behaviours_have(&server->node.behaviours, FAULT_REFUSE);

    if (!server->ready || refuse == (server->listen_fd < 0)) {
        return 0;
    }
    if (refuse) {
        stop_listening(server);
        return 0;
    }
    return server_listen_start(server, REOPEN_LIMIT, reterr);
}
