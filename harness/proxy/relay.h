/* The relay before one node: its listener, the faults in force there, and its connections; it
   refuses to know who orders the faults. Accepting pauses where descriptors run out, and goes on by
   itself; a connection waits in the backlog meanwhile. */
#ifndef BASCULE_PROXY_RELAY_H
#define BASCULE_PROXY_RELAY_H

#include "base/error.h"
#include "proxy/pair.h"
#include "proxy/proxy_control.h"

#define RELAY_FAULTS_MAX 64 /* in force at once */

struct relay {
    struct proxy_relay order;
    struct pair_owner pairs;
    struct loop_watch listener; /* fd -1: nobody can connect */
    struct alarm accept_again;  /* off: not paused */
    int spare_fd;               /* a socket towards the node, for the next connection; -1: none */
    uint64_t pairs_max;
    struct fault *faults[RELAY_FAULTS_MAX]; /* in the order in which they were set */
    size_t fault_count;
};

/* Must stay in place. pairs_max: connections at once. */
void relay_init(struct relay *relay,
                const struct proxy_relay *order,
                struct loop *loop,
                struct flow_kit *kit,
                uint64_t pairs_max);
int relay_listen(struct relay *relay, uint64_t seed, struct error *reterr);

/* -1 for an order that makes no sense (unknown kind, number taken, too many), or where the port is
   lost. ret_hits: connections that it hits now. */
int relay_set(struct relay *relay,
              const struct proxy_fault *order,
              uint64_t *ret_hits,
              struct error *reterr);
/* ret_hits: connections that it touched; 0 for an unknown number. */
int relay_clear(struct relay *relay, uint32_t fault, uint64_t *ret_hits, struct error *reterr);

void relay_done(struct relay *relay);

#endif
