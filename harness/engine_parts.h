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
    bool gives_up;     /* its caller, after traffic.cancel */
    bool acknowledged; /* answered with 2xx */
};

struct fault_slot {
    uint16_t *nodes;
    size_t count;
};

struct stream_slot {
    uint32_t opening; /* OPENING_NONE: it is not out in the world */
    uint16_t node;
};

/* What a node said when it was asked whether it leads. */
struct leader_answer {
    nanos at; /* NANOS_NEVER: it does not */
    const char *said;
};

/* A write that is looked for after the run. */
struct verification {
    uint32_t request; /* REQUEST_NONE: the place is free */
    uint16_t asked;   /* so often */
    uint16_t first;   /* the node that was asked first */
    bool unheard;     /* a node gave no answer at all */
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
    struct streams **streams;         /* likewise; NULL without streams, too */
    struct external *external;        /* NULL: the client is one of ours */
    struct stream_slot *stream_slots; /* by number */
    uint32_t stream_count;
    struct alerts *alerts;
    struct leader_answer *leaders; /* by node; NULL: nobody asks */
    nanos leader_ask_at;           /* NANOS_NEVER: not now */
    struct verification *verifications;
    bool *deaf;         /* by node: gave no answer to the last question of verification */
    uint32_t verifying; /* of them that are out */
    uint32_t alert_count;
    struct request_slot *requests;
    struct fault_slot *faults;
    struct attempts attempts;
    uint32_t open;                       /* requests */
    uint32_t next_cancel;                /* requests before it are not given up any more */
    nanos cancel_at;                     /* not before that */
    struct status_asking *status_asking; /* of programs; NULL: the clients are policies */
    nanos status_at;          /* clients are asked for their status then; NANOS_NEVER: not at all */
    uint64_t due, ok, failed; /* measured ones, for progress */
    uint64_t turns;
    nanos now; /* sampled once a turn */
    nanos traffic_end;
    nanos progress_at;
    uint16_t serving; /* who served last */
    bool deserted;    /* the client is gone: nothing more will be answered */
    bool spoilt;      /* somebody needed died: nothing measured from here on is of use */
    bool traffic_over;
    uint32_t refusals;   /* of the order that the clients were given last ... */
    const char *refusal; /* ... and why the last of them refused */
    int signal;
};

/* Clients of our own. */
static inline uint16_t engine_policy_count(const struct engine *engine)
{
    return engine->external != NULL ? 0 : (uint16_t)engine->scenario->client.instances;
}

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
/* Fills in the client. */
void engine_stream_open(struct engine *engine, const struct world_stream *stream);
/* The client's policy changed its mind about a node. */
void engine_streams_beliefs(struct engine *engine, uint16_t client);
/* Takes all of them back from the world. */
void engine_streams_end(struct engine *engine);

/* engine_faults.c: the steps of the plan that are due. */
void engine_do_faults(struct engine *engine);
/* So many clients refused the order; engine->refusal says why the last of them did. */
void engine_record_refusal(struct engine *engine, uint32_t fault, uint16_t node, uint32_t refusals);

/* engine_occurrences.c: whatever the world saw since. */
void engine_do_occurrences(struct engine *engine);

/* The lookup of every question for the leader; those of verification are places. */
#define LOOKUP_LEADER UINT32_MAX

/* engine_leader.c: which node leads, asked shortly before a fault wants to know. */
void engine_leader_init(struct engine *engine);
nanos engine_leader_deadline(const struct engine *engine);
/* Asks, if it is time to. */
void engine_leader_ask(struct engine *engine);
void engine_leader_hear(struct engine *engine, const struct occurrence *seen);
/* The node that said so last, recorded as the reason for that fault; NODE_NONE: none did. */
uint16_t engine_leader_find(struct engine *engine, uint32_t fault);

/* engine_verify.c: after the traffic, whether each acknowledged write is there. */
void engine_verify(struct engine *engine);
void engine_verify_hear(struct engine *engine, const struct occurrence *seen);

/* engine_external.c: a client that is a program. Where it is none only init,
   abandon and end may be called, and do nothing. */
void engine_external_init(struct engine *engine);
/* Returns when it was given. */
nanos engine_external_give(struct engine *engine, uint32_t request, uint16_t mix);
void engine_external_cancel(struct engine *engine, uint32_t request);
/* Takes an open request back: the run is over. */
void engine_external_abandon(struct engine *engine, uint32_t request);
/* Nothing that the program says from here on matters. */
void engine_external_end(struct engine *engine);
/* switch_to or reset_failed. */
void engine_external_command(struct engine *engine, uint32_t fault, uint16_t node);
void engine_external_said(struct engine *engine, const struct occurrence *seen);
void engine_external_streams_begin(struct engine *engine);

/* engine_status.c: what clients say of the nodes, asked now and then while there is traffic. */
void engine_status_init(struct engine *engine);
void engine_do_status(struct engine *engine);
/* A piece of a program's answer. */
void engine_status_said(struct engine *engine, const struct occurrence *seen);

/* engine_alerts.c: incidents, from what clients believe. */
void engine_alerts_init(struct engine *engine);
void engine_alerts_believe(struct engine *engine, uint16_t client, const struct output *output);
/* Those that are over by then; before anything else of that moment. */
void engine_do_alerts(struct engine *engine, nanos until);

#endif
