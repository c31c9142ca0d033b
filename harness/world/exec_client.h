/* Client programs of the user's that speak bascule-client/1 (docs/your-client.md): one process an
   instance, with pipes in the loop. It gives them requests and orders, and tells what they say; it
   refuses to know what they do with it. A program that dies, or says what is not of the protocol,
   is a problem (client_died, client_protocol) that is told once; it is killed then, and nothing
   more is heard of it. */
#ifndef BASCULE_WORLD_EXEC_CLIENT_H
#define BASCULE_WORLD_EXEC_CLIENT_H

#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"
#include "world/guardian.h"
#include "world/loop.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

#define EXEC_CLIENT_READY_WITHIN (10 * NANOS_PER_S) /* from the order `start` */
#define EXEC_CLIENT_STOP_WITHIN  (2 * NANOS_PER_S)  /* from the order `stop` */
/* What a program has not read yet, beyond what the pipe holds. */
#define EXEC_CLIENT_UNREAD_MAX   ((size_t)64 * 1024 * 1024)

struct exec_client;

struct exec_client_settings {
    struct loop *loop;
    struct arena *arena; /* outlives the client */
    const struct scenario *scenario;
    struct guardian *guardian;      /* NULL: none is needed */
    const char *program;            /* absolute path */
    const char *const *words;       /* its arguments, itself the first, and a NULL after them */
    const char *const *environment; /* NAME=VALUE each, and a NULL after them */
    const char *folder;             /* where it runs */
    const char *options;            /* of `start`: a JSON object */
    const char *const *urls;        /* of the nodes, as the client is to ask them */
    /* For what it writes to stderr, client-N.log from 1; NULL: it goes where ours goes. */
    const char *logs_folder;
    uint32_t run;
    /* Called for SAID, STREAM_EVENT, STREAM_ENDED and PROBLEM; occurrence->at is CLOCK_MONOTONIC.
     */
    void (*report)(void *context, const struct occurrence *occurrence);
    void *context;
};

/* Starts nothing yet. */
struct exec_client *exec_client_new(const struct exec_client_settings *settings);
/* Kills and reaps what still lives; accepts NULL, returns NULL. */
struct exec_client *exec_client_free(struct exec_client *client);

/* Starts the processes; they may be slow to come up, so well before the nodes are ready. */
void exec_client_start(struct exec_client *client);
/* The nodes are ready: the order `start`. A READY of each instance follows, or a problem. */
void exec_client_begin(struct exec_client *client);
/* Has each instance said that it is ready? */
bool exec_client_is_ready(const struct exec_client *client);
/* Does each instance have that feature (CLIENT_FEATURE_...)? Once they are ready. */
bool exec_client_has(const struct exec_client *client, unsigned feature);
/* Did one of them give up, or was it given up? */
bool exec_client_is_broken(const struct exec_client *client);

/* Returns the CLOCK_MONOTONIC time. ANSWER or ERROR follows, unless the program breaks. */
nanos exec_client_give(struct exec_client *client, const struct world_request *request);
/* Nothing more is told of it; the program hears `cancel` if it understands that. */
void exec_client_withdraw(struct exec_client *client, uint16_t instance, uint32_t request);
/* False: the program cannot do that, or has left too many orders unanswered. */
bool exec_client_order(struct exec_client *client,
                       uint16_t instance,
                       enum client_order_kind order,
                       uint32_t fault,
                       uint16_t node);
/* Returns the CLOCK_MONOTONIC time. STREAM_EVENTs follow, with the node that the program names, and
   perhaps one STREAM_ENDED. The program must have the feature. */
nanos exec_client_open_stream(struct exec_client *client, const struct world_stream *what);
void exec_client_close_stream(struct exec_client *client, struct stream_ref ref);

/* The order `stop`, and the end of their input. */
void exec_client_stop(struct exec_client *client);
/* Their time is over now. */
void exec_client_kill(struct exec_client *client);
/* Processes that still live. */
uint32_t exec_client_running(const struct exec_client *client);

/* A line of the caller's own to every instance, line feed included: for finding out what a program
   makes of it. */
void exec_client_say(struct exec_client *client, const char *line);

/* Earliest time at which poll must be called; after every loop_wait. */
nanos exec_client_deadline(const struct exec_client *client);
void exec_client_poll(struct exec_client *client, nanos now);

#endif
