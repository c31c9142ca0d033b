/* One relayed connection: the client's socket, the node's, and a flow each way; it refuses to know
   which faults there are, it holds the grips of those that hit it.

   A pair lives on the heap from pair_open until both ends are through or one is reset; it takes
   itself out of the owner's list then. An end of input is relayed as such (half-closed connections
   work), a reset as a reset, and a node that refuses resets the client. */
#ifndef BASCULE_PROXY_PAIR_H
#define BASCULE_PROXY_PAIR_H

#include "proxy/flow.h"
#include "world/loop.h"

#include <stdint.h>

struct pair;

/* Of one node. */
struct pair_owner {
    struct loop *loop;
    struct flow_kit *kit;
    struct pair *first;
    uint64_t seed;
    uint64_t opened; /* pairs so far: the number of the next one */
    uint64_t open;
    uint16_t node_port;
    uint32_t node_address; /* host byte order */
};

/* Takes both sockets; node_fd is not connected yet. The faults are those in force, in the order in
   which they were set; each decides now whether it hits. */
void pair_open(struct pair_owner *owner,
               int client_fd,
               int node_fd,
               struct fault *const *faults,
               size_t fault_count);

/* A fault begins, or ends, on all open pairs. pairs_set gives how many it hits. */
uint64_t pairs_set(struct pair_owner *owner, struct fault *fault);
void pairs_clear(struct pair_owner *owner, const struct fault *fault);

void pairs_close(struct pair_owner *owner);

#endif
