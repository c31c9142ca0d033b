/* A TCP server on the loop of the test that does what it is told, byte for byte, good HTTP or not.
 */
#ifndef BASCULE_TESTS_RAW_SERVER_H
#define BASCULE_TESTS_RAW_SERVER_H

#include "world/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAW_REQUEST_MAX 4096

struct raw_server;

struct raw_connection {
    struct loop_watch watch; /* first; fd -1: closed */
    struct raw_server *server;
    struct raw_connection *next;
    char request[RAW_REQUEST_MAX]; /* what came since the last whole request, NUL-terminated */
    size_t length;
    unsigned requests; /* whole ones */
    bool ended;        /* the other side closed it */
};

struct raw_server {
    struct loop *loop;
    struct loop_watch listener; /* first but one; fd -1: closed */
    uint16_t port;
    /* Both may be NULL. `serve` sees a whole request in `request`. */
    void (*greet)(struct raw_connection *connection);
    void (*serve)(struct raw_connection *connection);
    void *context;                      /* the test's */
    const char *answer;                 /* for the ready-made ones below */
    struct raw_connection *connections; /* newest first; freed by raw_server_done */
    unsigned accepted;
    unsigned requests;
    unsigned ended;
};

void raw_server_init(struct raw_server *server, struct loop *loop, int backlog);
void raw_server_done(struct raw_server *server);
/* The port refuses from now on. */
void raw_server_close_listener(struct raw_server *server);

void raw_send(struct raw_connection *connection, const char *bytes);
/* As much of it as the socket takes; returns how much, -1 once the other side is gone. */
long raw_send_some(struct raw_connection *connection, const char *bytes, size_t length);
void raw_close(struct raw_connection *connection);
void raw_reset(struct raw_connection *connection); /* RST instead of FIN */

/* Ready-made `serve`s: send `answer`, and then keep, close or reset the connection. */
void raw_answer(struct raw_connection *connection);
void raw_answer_and_close(struct raw_connection *connection);
void raw_answer_and_reset(struct raw_connection *connection);

#endif
