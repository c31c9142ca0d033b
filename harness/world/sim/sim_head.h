/* The head of an answer as the stub writes it, and what a client makes of an answer of which bytes
   were changed on the way; it refuses to know time and connections. */
#ifndef BASCULE_WORLD_SIM_SIM_HEAD_H
#define BASCULE_WORLD_SIM_SIM_HEAD_H

#include "base/nanos.h"

#include <stdbool.h>
#include <stdint.h>

/* As long as its text. */
struct sim_head {
    const char *node;
    uint16_t status;
    uint32_t body_bytes;
    nanos retry_after;
    bool typed; /* has a body that is JSON */
};
uint32_t sim_head_bytes(const struct sim_head *head);

/* What a client makes of an answer of which bytes were changed on the way. */
struct sim_damage {
    bool no_http;       /* or a status that is none */
    bool endless;       /* head or body never come to an end */
    uint16_t status;    /* instead; 0: as sent */
    bool cut;           /* the body looks shorter */
    uint32_t cut_bytes; /* then its length */
    uint64_t body;      /* mixed into its hash; 0: as sent */
};
void sim_damage_add(struct sim_damage *damage,
                    const struct sim_head *head,
                    uint64_t place,
                    unsigned char bit);

#endif
