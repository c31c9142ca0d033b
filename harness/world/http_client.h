/* HTTP attempts on the loop through libcurl: one attempt is one request on one node, nothing is
   retried, followed or decided here. Only the files http_client*.c speak libcurl. Each (client,
   node) pair keeps its own pool of connections, so that they can be dropped together and
   independent clients share nothing. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_H
#define BASCULE_WORLD_HTTP_CLIENT_H

#include "base/error.h"
#include "base/nanos.h"
#include "core/client/policy.h"
#include "world/loop.h"
#include "world/node_places.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

struct http_client;
struct http_client_attempt;

/* Takes an answer that is passed on as it comes, and may have no end. */
struct http_client_sink {
    /* These two only write down what came, from inside the loop's wait. False: that is enough, and
       it ends as TRUNCATED. content_type: NULL without one. */
    bool (*headers)(void *context, uint16_t status, const char *content_type);
    bool (*body)(void *context, const char *bytes, size_t length);
    /* From http_client_poll: as with attempts, and nothing follows. */
    void (*ended)(void *context, enum outcome outcome, nanos at);
    void *context;
};

/* A question of the harness's own, instead of a stream of events. */
struct http_client_question {
    enum http_method method; /* GET or POST */
    const char *body;        /* POST: stays where it is until it has ended */
    bool fresh;              /* not over a connection that was used before */
};

struct http_client_opening {
    const char *path;    /* stays where it is until it has ended */
    uint64_t last_event; /* for Last-Event-ID; 0: none */
    nanos connect_limit; /* CLOCK_MONOTONIC; NANOS_NEVER: none */
    uint16_t client;
    uint16_t node;
    const struct http_client_question *question; /* to the process itself; NULL: a stream */
    const struct http_client_sink *sink;         /* stays, too */
};

struct http_client_settings {
    struct loop *loop;
    const struct scenario *scenario;  /* client.instances, client.keepalive */
    const struct node_places *places; /* NULL: just as the scenario says */
    uint32_t run;                     /* the RUN of X-Request-Id "RUN-NUMBER" */
    /* Called for HEADERS and ATTEMPT_ENDED; occurrence->at is CLOCK_MONOTONIC. Never called from
       inside http_client_start, _cancel or _drop: what is known at once is reported by the next
       http_client_poll. */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context;
};

struct http_client *http_client_new(const struct http_client_settings *settings,
                                    struct error *reterr);
struct http_client *http_client_free(struct http_client *client);

/* Starts at once; returns the CLOCK_MONOTONIC time of it. what->connect_limit is CLOCK_MONOTONIC
   here. what->node NODE_NONE: to client.direct. */
nanos http_client_start(struct http_client *client, const struct world_attempt *what);
/* Forgets it; true if its request may have reached the node. The connection it used is closed. */
bool http_client_cancel(struct http_client *client, struct attempt_ref ref);
/* Closes the pair's idle connections now and its busy ones when their attempt ends. */
void http_client_drop(struct http_client *client, uint16_t client_index, uint16_t node);

/* A GET of a stream of events, on a connection of its own, or a question to where the process
   listens, past the proxy; the handle is good until it has ended or is closed. */
struct http_client_attempt *http_client_open(struct http_client *client,
                                             const struct http_client_opening *opening,
                                             nanos *ret_started);
void http_client_close(struct http_client *client, struct http_client_attempt *attempt);

/* Earliest time at which poll must be called, NANOS_NEVER if none (curl's timers, results known at
 * once). */
nanos http_client_deadline(const struct http_client *client);
/* Runs what is due and reports what ended. Call it after every loop_wait. */
void http_client_poll(struct http_client *client, nanos now);

/* Attempts started, and neither reported as ended nor cancelled. */
uint32_t http_client_in_flight(const struct http_client *client);
/* Attempts that ended REFUSED only because this process or host ran out of descriptors, ports or
 * memory. */
uint32_t http_client_starved(const struct http_client *client);

#endif
