/* Packets that vanish: rules of the kernel's filter in the run's own network namespace, with a
   count of what each dropped. Only to be used inside isolation_fork. The only file that speaks
   libnftables. */
#ifndef BASCULE_WORLD_PACKET_FILTER_H
#define BASCULE_WORLD_PACKET_FILTER_H

#include "base/error.h"
#include "scenario/scenario.h"
#include "world/node_networks.h"

#include <stdint.h>

struct packet_filter;

/* Would the kernel and the library let us drop packets and count them? Tried with rules that hit
   nothing and are taken away again. -1 and the reason if not. */
int packet_filter_try(struct error *reterr);

/* NULL and the reason if the kernel or the library does not let us. */
struct packet_filter *packet_filter_new(struct error *reterr);
/* Removes every rule; accepts NULL, returns NULL. */
struct packet_filter *packet_filter_free(struct packet_filter *filter);

/* From its return on, packets of TCP connections between clients and the node's port are dropped,
   without an answer, in that direction (IN: to the node); established connections too. of_ppm:
   share of the connections, chosen by the client's port, so that all packets of one share its fate.
   number tells the rules apart; one a fault and node. */
int packet_filter_drop(struct packet_filter *filter,
                       uint32_t number,
                       uint16_t port,
                       enum direction direction,
                       uint32_t of_ppm,
                       struct error *reterr);

/* Who may exchange packets with whom: the groups of nodes, each node with a network of its own. */
struct packet_filter_parts {
    const struct node_networks *networks;
    const uint8_t *groups; /* one a node; GROUP_NONE: may talk to all */
    uint16_t node_count;
    enum direction direction; /* IN: only packets to group 0 are dropped; OUT: only those from it */
};

/* From its return on, packets between nodes of different groups are dropped, without an answer,
   on established connections too. number: as above. */
int packet_filter_part(struct packet_filter *filter,
                       uint32_t number,
                       const struct packet_filter_parts *parts,
                       struct error *reterr);

/* Takes the rules of that number away and gives how many packets they dropped. */
int packet_filter_pass(struct packet_filter *filter,
                       uint32_t number,
                       uint64_t *ret_packets,
                       struct error *reterr);

#endif
