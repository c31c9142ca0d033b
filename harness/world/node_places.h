/* Where nodes and services are: as clients see them, and where they listen themselves, which
   differs behind bascule-proxy and in networks of their own. It refuses to know who asks there.
   Addresses are IPv4 in host byte order. */
#ifndef BASCULE_WORLD_NODE_PLACES_H
#define BASCULE_WORLD_NODE_PLACES_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"
#include "world/node_networks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_place {
    const char *authority; /* "127.0.0.1:8080", or "example.org:9000" as the scenario names it */
    const char *url;       /* what a program can ask: "http://127.0.0.1:8080/v1" */
    const char *prefix;    /* before every path: "" or "/v1" */
    uint32_t address;
    uint16_t port;  /* 0: a service that listens nowhere */
    bool is_direct; /* authority is address and port, so that connections go there by themselves */
};

struct node_places {
    const struct node_place *seen;        /* by clients: nodes, services, and then client.direct */
    const struct node_place *own;         /* nodes and services: where the process listens */
    const struct node_networks *networks; /* NULL: none */
    size_t node_count;
    size_t process_count;
};

/* Names are looked up here and never again. Behind the proxy nodes hide on ports that are free now,
   unless they have networks of their own (networks, NULL: none, must live on); an external node,
   which has its port already, is seen on such a port instead. -1 and the reason if a name is
   unknown or no port is free. */
int node_places_init(struct node_places *places,
                     const struct scenario *scenario,
                     const struct node_networks *networks,
                     bool behind_proxy,
                     struct arena *arena,
                     struct error *reterr);

/* Where a process has to listen: a service on all sides if nodes come from networks of their own.
 */
uint32_t node_places_listening(const struct node_places *places, uint16_t process);
/* Where one process reaches another. */
uint32_t node_places_reached(const struct node_places *places, uint16_t from, uint16_t to);

/* "127.0.0.1" */
const char *node_places_address_text(struct arena *arena, uint32_t address);

/* node NODE_NONE: client.direct. */
const struct node_place *node_places_seen(const struct node_places *places, uint16_t node);

#endif
