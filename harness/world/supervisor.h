/* Nodes and services as processes: start, signal, see what became of them, and talk on the control
   channels of stubs. It refuses to know faults. What it sees is told through one callback, with
   CLOCK_MONOTONIC times. */
#ifndef BASCULE_WORLD_SUPERVISOR_H
#define BASCULE_WORLD_SUPERVISOR_H

#include "backends-stub/control.h"
#include "backends-stub/execution_log.h"
#include "base/arena.h"
#include "base/nanos.h"
#include "scenario/scenario.h"
#include "world/guardian.h"
#include "world/http_client.h"
#include "world/loop.h"
#include "world/node_networks.h"
#include "world/node_places.h"

#include <stdbool.h>
#include <stdint.h>

/* A node that is not ready this long after its start (plus its own start_delay) never will be. */
#define SUPERVISOR_READY_WITHIN (10 * NANOS_PER_S)

enum process_state {
    PROCESS_DOWN,
    PROCESS_STARTING,
    PROCESS_READY,
    PROCESS_STOPPED, /* seen stopped by SIGSTOP */
};

enum process_event_kind {
    PROCESS_EVENT_READY,
    PROCESS_EVENT_EXITED,  /* reaped, and no member of its group lives */
    PROCESS_EVENT_STOPPED, /* the group's first process is; the others got the signal with it */
    PROCESS_EVENT_CONTINUED,
    PROCESS_EVENT_ACK,       /* the stub obeyed an order */
    PROCESS_EVENT_NOT_READY, /* could not be started, could not bind, took too long, or said that it
                                is ready while nobody listens on its port; text says which */
};

struct process_event {
    nanos at;
    enum process_event_kind kind;
    uint16_t node;
    bool port_accepts;   /* EXITED: somebody listens on its port all the same */
    bool was_ready;      /* EXITED: it had been ready since it was started */
    bool port_was_taken; /* NOT_READY */
    uint64_t sequence;   /* ACK: of the order */
    uint64_t hits;       /* ACK */
    const char *text;    /* EXITED, NOT_READY: why; lives as long as the supervisor */
};

struct supervisor;

/* For nodes and services of kind NODE_COMMAND. */
struct supervisor_programs {
    const char *const *paths;   /* by node and service */
    const char *folder;         /* of the scenario's file */
    const char *private_folder; /* "$(dir)" */
    const char *logs_folder;    /* NULL: what they write is lost */
};

struct supervisor_settings {
    struct loop *loop;
    struct arena *arena; /* outlives the supervisor */
    const struct scenario *scenario;
    const char *stub_program;
    const struct node_places *places;
    const struct node_networks *networks; /* of nodes; NULL: all live in the caller's network */
    struct supervisor_programs programs;
    struct http_client *http;  /* asks whether they are ready; NULL: there are only stubs */
    struct guardian *guardian; /* NULL: none is needed */
    uint64_t seed;
    uint32_t log_capacity; /* records of one execution log */
    void (*report)(void *context, const struct process_event *event);
    void *context;
};

struct supervisor *supervisor_new(const struct supervisor_settings *settings);
/* Kills and reaps what still lives, and frees; accepts NULL, returns NULL. */
struct supervisor *supervisor_free(struct supervisor *supervisor);

enum process_state supervisor_state(const struct supervisor *supervisor, uint16_t node);

/* Starts a node that is down; READY or NOT_READY follows. One that is external is only asked. */
void supervisor_start(struct supervisor *supervisor, uint16_t node);

/* To the node's whole process group. False if it is down. EXITED, STOPPED or CONTINUED follow as
 * they are seen. */
bool supervisor_signal(struct supervisor *supervisor, uint16_t node, int signal);

/* Stops what is not a stub in good order, all at once: the stop signal, and SIGKILL to what is
   still there when its time is over. From here on nothing is told. supervisor_living: how many of
   them have not ended; supervisor_kill: their time is over now. */
void supervisor_stop(struct supervisor *supervisor, nanos now);
size_t supervisor_living(const struct supervisor *supervisor);
void supervisor_kill(struct supervisor *supervisor);

/* Sends an order; its ACK carries the returned sequence. 0 if the node is not ready or cannot take
 * it. */
uint64_t
supervisor_order(struct supervisor *supervisor, uint16_t node, struct control_order *order);

/* Earliest time at which poll must be called. */
nanos supervisor_deadline(const struct supervisor *supervisor, nanos now);
/* Looks for stops and continuations that were asked for, and for nodes that are late. */
void supervisor_poll(struct supervisor *supervisor, nanos now);

/* Requests that an answer fault changed on that node, over all of its incarnations, dead ones too.
 */
uint64_t supervisor_hits(const struct supervisor *supervisor, uint16_t node, uint32_t fault);

/* Calls visit for each execution log of each node, oldest incarnation first; *ret_full is set if
 * one ran full. */
void supervisor_visit_logs(const struct supervisor *supervisor,
                           void (*visit)(void *context, const struct execution_log *log),
                           void *context,
                           bool *ret_full);

#endif
