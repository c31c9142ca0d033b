/* What attempts send, what a stub says to it, and how long both are; it refuses to know time and
   connections. */
#ifndef BASCULE_WORLD_SIM_SIM_MESSAGE_H
#define BASCULE_WORLD_SIM_SIM_MESSAGE_H

#include "base/nanos.h"
#include "scenario/names.h"
#include "world/world.h"

#include <stdbool.h>
#include <stdint.h>

struct sim;
struct sim_node;

/* The length of an answer's body: what is fixed, and how often it tells what else. */
struct sim_body {
    uint16_t fixed;
    uint8_t names; /* of the node */
    uint8_t roles; /* leader or follower */
    uint8_t beats; /* that the node has lived for */
};

/* Of one kind of request. */
struct sim_message {
    const char *path;
    enum http_method method;
    bool own_connection;
    bool logged;     /* the execution log tells of it */
    bool keyed;      /* carries an Idempotency-Key ... */
    bool own_key;    /* ... that the scenario wrote, the same each time */
    bool numbered;   /* the body differs from request to request */
    uint16_t status; /* when no fault says otherwise */
    uint32_t request_bytes;
    uint32_t key;         /* own_key: the number of the first kind of request that carries it */
    struct sim_body body; /* of the answer */
    uint64_t path_hash;
    uint64_t body_hash; /* of the request */
};

void sim_messages_init(struct sim *sim);
const struct sim_message *sim_message_of(const struct sim *sim, const struct world_attempt *what);
uint64_t sim_mix(uint64_t a, uint64_t b);
/* Of a number as it is written. */
uint32_t sim_digits(uint64_t number);
/* up: how long the node has been ready. */
uint32_t sim_body_bytes(const struct sim_body *body, const struct sim_node *node, nanos up);

#endif
