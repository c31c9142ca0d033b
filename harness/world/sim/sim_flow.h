/* One direction of a connection through the relay before its node, in virtual time: what came in,
   what the proxy's own shaper makes of it, and when that leaves. It refuses to know who the two
   ends are, scenarios and events. Bytes are counted, not kept; which of them were changed is told.
 */
#ifndef BASCULE_WORLD_SIM_SIM_FLOW_H
#define BASCULE_WORLD_SIM_SIM_FLOW_H

#include "base/arena.h"
#include "base/nanos.h"
#include "proxy/proxy_control.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_ending {
    SIM_OPEN,
    SIM_FIN,
    SIM_RST,
};

/* The relay before one node: its faults, and memory for what its connections need. */
struct sim_relay;

/* A connection through a relay. */
struct sim_pair;

struct sim_yield {
    uint64_t bytes;
    enum sim_ending ending; /* after those bytes */
};

struct sim_relay *sim_relay_new(struct arena *arena, uint64_t seed);

/* False for a fault that the proxy would refuse. ret_hits: open connections that it takes hold of.
 */
bool sim_relay_set(struct sim_relay *relay, const struct proxy_fault *order, uint64_t *ret_hits);
/* Gives the connections that it touched. */
uint64_t sim_relay_clear(struct sim_relay *relay, uint32_t fault);

/* owner: of the caller. flipped is told of each changed byte of what the node sends: its number on
   this connection, and the bit. */
struct sim_pair *sim_pair_new(struct sim_relay *relay,
                              void *owner,
                              void (*flipped)(void *owner, uint64_t place, unsigned char bit));
void sim_pair_free(struct sim_pair *pair);

/* The faults changed since the pair was last asked, or it is new: the caller asks for both
   directions, and where SIM_RST comes back, both ends are reset at once. */
bool sim_pair_is_stale(const struct sim_pair *pair);
enum sim_ending sim_pair_follow(struct sim_pair *pair, nanos now);
struct sim_pair *sim_relay_pairs(struct sim_relay *relay);
struct sim_pair *sim_pair_next(struct sim_pair *pair);
void *sim_pair_owner(struct sim_pair *pair);

/* Something arrived from the sender of that direction. */
void sim_pair_add(struct sim_pair *pair, enum proxy_direction way, struct sim_yield came);
/* Until the receiver can be reached nothing leaves; directions start unblocked. */
void sim_pair_block(struct sim_pair *pair, enum proxy_direction way, bool blocked);
/* What leaves now; all zero: nothing. Call it until then. */
struct sim_yield sim_pair_take(struct sim_pair *pair, enum proxy_direction way, nanos now);
/* When to ask again; NANOS_NEVER: not before something arrives. */
nanos sim_pair_next_at(const struct sim_pair *pair, enum proxy_direction way);

#endif
