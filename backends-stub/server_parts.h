/* The inside of the server, for its two files: the turn, and the listener whose port a fault may
   close. */
#ifndef BASCULE_STUB_SERVER_PARTS_H
#define BASCULE_STUB_SERVER_PARTS_H

#include "backends-stub/http.h"
#include "backends-stub/node.h"
#include "backends-stub/server.h"

#include <stdbool.h>
#include <stdint.h>

struct server {
    struct node node;
    struct http *http; /* NULL before the settings came */
    int epoll_fd;
    int timer_fd;
    int signal_fd;
    int control_fd;
    int listen_fd; /* -1: not listening */
    uint32_t connection_max;
    uint64_t listen_sequence; /* of the order that made it listen */
    bool ready;
    bool done;
    nanos listen_at; /* this and the next two: NANOS_NEVER when there is nothing to do */
    nanos exit_at;
    nanos accept_at; /* end of a pause: there were too many connections */
    nanos armed_at;  /* where the timer stands */
};

/* server.c */
void server_watch(struct server *server, int fd, uint32_t events, void *tag);
void server_unwatch(struct server *server, int fd);

/* server_listen.c: tries for so long where the port is taken; the harness is told of failure. */
int server_listen_start(struct server *server, nanos patience, struct error *reterr);
/* Listens, or does not, as the behaviour `refuse` wants it. */
int server_listen_follow(struct server *server, struct error *reterr);
void server_listen_accept(struct server *server, unsigned max);
/* After a pause. */
void server_listen_again(struct server *server);

#endif
