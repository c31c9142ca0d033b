/* The inside of the engine, shared by its files: its state, and what each file does with it. */
#ifndef BASCULE_ENGINE_PARTS_H
#define BASCULE_ENGINE_PARTS_H

#include "attempts.h"
#include "base/prng.h"
#include "core/client/policy.h"
#include "core/client/streams.h"
#include "core/journal.h"
#include "core/pacer.h"
#include "core/plan.h"
#include "engine.h"
#include "world/world.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_state {
    REQUEST_STATE_TO_COME,
    REQUEST_STATE_OPEN,
    REQUEST_STATE_ENDED,
};

struct request_slot {
    uint16_t mix;
    uint8_t state;
    bool gives_up; /* its caller, after traffic.cancel */
};

struct fault_slot {
    uint16_t *nodes;
    size_t count;
};

struct stream_slot {
    uint32_t opening; /* OPENING_NONE: it is not out in the world */
    uint16_t node;
};

struct engine {
    const struct engine_settings *settings;
    const struct scenario *scenario;
    struct world *world;
    const struct world_ops *ops;
    struct arena *arena;
    struct plan plan;
    size_t next_step;
    struct pacer pacer;
    struct prng targets;
    struct policy **policies;         /* one a client instance */
    struct streams **streams;         /* likewise; NULL without streams */
    struct stream_slot *stream_slots; /* by number */
    uint32_t stream_count;
    struct alerts *alerts;
    uint32_t alert_count;
    struct request_slot *requests;
    struct fault_slot *faults;
    struct attempts attempts;
    uint32_t open;            /* requests */
    uint32_t next_cancel;     /* requests before it are not given up any more */
    nanos cancel_at;          /* not before that */
    nanos status_at;          /* clients are asked for their status then; NANOS_NEVER: not at all */
    uint64_t due, ok, failed; /* measured ones, for progress */
    uint64_t turns;
    nanos now; /* sampled once a turn */
    nanos traffic_end;
    nanos progress_at;
    uint16_t serving; /* who served last */
    bool spoilt;      /* somebody needed died: nothing measured from here on is of use */
    bool traffic_over;
    uint32_t refusals;   /* of the order that the clients were given last ... */
    const char *refusal; /* ... and why the last of them refused */
    int signal;
};

/* engine_record.c: one line of the journal each. */
void engine_record(struct engine *engine, struct event event);
void engine_record_phase(struct engine *engine, nanos at, enum phase phase);
void engine_record_problem(
    struct engine *engine, nanos at, uint16_t node, enum reason reason, const char *text);

/* engine_client.c: inputs into the clients, and their outputs into the world. */
uint16_t engine_client_of(const struct engine *engine, uint32_t request);
void engine_step(struct engine *engine, uint16_t client, const struct input *input);
/* event carries time, node, status, outcome, attempt and attempts; the rest is filled in. */
void engine_end_request(struct engine *engine, uint32_t request, struct event event);
/* Takes an attempt back from the world; it must be out no more, or the run be over. */
void engine_cancel(struct engine *engine, const struct attempt_out *attempt, enum outcome outcome);

/* engine_streams.c: the long-lived callers. */
void engine_streams_init(struct engine *engine);
void engine_streams_begin(struct engine *engine);
nanos engine_streams_deadline(const struct engine *engine);
void engine_do_stream_deadlines(struct engine *engine);
void engine_stream_seen(struct engine *engine, const struct occurrence *seen);
/* The client's policy changed its mind about a node. */
void engine_streams_beliefs(struct engine *engine, uint16_t client);
/* Takes all of them back from the world. */
void engine_streams_end(struct engine *engine);

/* engine_faults.c: the steps of the plan that are due. */
void engine_do_faults(struct engine *engine);

/* engine_occurrences.c: whatever the world saw since. */
void engine_do_occurrences(struct engine *engine);

/* engine_status.c: what clients say of the nodes, asked now and then while there is traffic. */
void engine_status_init(struct engine *engine);
void engine_do_status(struct engine *engine);

/* engine_alerts.c: incidents, from what clients believe. */
void engine_alerts_init(struct engine *engine);
void engine_alerts_believe(struct engine *engine, uint16_t client, const struct output *output);
/* Those that are over by then; before anything else of that moment. */
void engine_do_alerts(struct engine *engine, nanos until);

#endif
