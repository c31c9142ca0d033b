/* The sockets that libcurl uses, by descriptor: what they wait for and which are connected; it
   refuses to know libcurl and HTTP. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_SOCKETS_H
#define BASCULE_WORLD_HTTP_CLIENT_SOCKETS_H

#include "base/arena.h"
#include "world/loop.h"

#include <stdbool.h>

struct http_client_sockets;

struct http_client_socket {
    struct loop_watch watch; /* first */
    struct http_client_sockets *sockets;
    void *owner;
    struct http_client_socket *next;  /* in the chain of connected ones */
    struct http_client_socket **link; /* what points here; NULL: in no chain */
    bool idle;                        /* connected, and nobody waits for anything */
};

struct http_client_sockets {
    struct arena *arena;
    struct loop *loop;
    void (*ready)(void *owner,
                  int fd,
                  unsigned events);     /* what was waited for, LOOP_READ | LOOP_WRITE */
    struct http_client_socket **chunks; /* they never move */
};

void http_client_sockets_init(struct http_client_sockets *sockets,
                              struct arena *arena,
                              struct loop *loop,
                              void (*ready)(void *owner, int fd, unsigned events));

/* A TCP socket over IPv4 that child processes do not inherit; -1 with errno on failure. */
int http_client_sockets_open(void);
/* interest 0: it is idle, or gone. An idle connection on which anything comes, an end or a byte
   that nobody asked for, is ended, so that libcurl finds it dead and does not use it. */
void http_client_sockets_watch(struct http_client_sockets *sockets,
                               int fd,
                               unsigned interest,
                               void *owner);
/* From now on, and until it is closed, it is in this chain. */
void http_client_sockets_connected(struct http_client_sockets *sockets,
                                   int fd,
                                   struct http_client_socket **chain);
/* Ends the connections that wait for nothing; their descriptors stay open until libcurl closes
 * them. */
void http_client_sockets_end_idle(struct http_client_socket *chain);
void http_client_sockets_close(struct http_client_sockets *sockets, int fd);

#endif
