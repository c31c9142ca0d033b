/* A network of its own for each node, for faults between nodes: a network namespace with a loopback
   interface and a wire (a veth pair) to the caller's namespace, which routes between the nodes. So
   a node is reached at an address of its own, and what one node sends another passes the packet
   filter's forward hook. It refuses to know processes and faults. Only to be used inside
   isolation_fork, by a process of one thread. Addresses are IPv4 in host byte order. */
#ifndef BASCULE_WORLD_NODE_NETWORKS_H
#define BASCULE_WORLD_NODE_NETWORKS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct node_networks;

/* Once at a time. Takes 1 to 2 ms a node. NULL and the reason if the kernel does not let us;
   nothing is left behind then. */
struct node_networks *node_networks_new(size_t node_count, struct error *reterr);
/* The namespaces vanish as soon as nobody lives in them; the wires are gone on return. Accepts
   NULL, returns NULL. */
struct node_networks *node_networks_free(struct node_networks *networks);

/* Where the node is reached, and where it has to listen: 127.0.0.1 if networks is NULL. */
uint32_t node_networks_address(const struct node_networks *networks, uint16_t node);

/* Where the node in turn reaches the caller's namespace: 127.0.0.1 if networks is NULL. */
uint32_t node_networks_home_address(const struct node_networks *networks, uint16_t node);

/* What the caller starts from here on lives in the node's network, until it leaves. Both accept
   NULL and then do nothing. 0 or an errno. */
int node_networks_enter(const struct node_networks *networks, uint16_t node);
void node_networks_leave(const struct node_networks *networks);

#endif
