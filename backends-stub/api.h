/* The API of the frontend that the stub stands in for: a request's path and body in, status and
   JSON out; it refuses to know HTTP libraries, faults and sockets.

   Nodes share no state: what a node answers follows from its settings, its clock and the request.
   Of a stream (`.../events/stream`, `/ws`) only the opening is here. */
#ifndef BASCULE_STUB_API_H
#define BASCULE_STUB_API_H

#include "backends-stub/api_routes.h"
#include "backends-stub/api_stream.h"
#include "base/nanos.h"
#include "scenario/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Who answers. */
struct api {
    const char *name;
    uint16_t node; /* node 0 leads */
    uint16_t incarnation;
    uint16_t peer_port;    /* 0: none known */
    nanos up;              /* how long the node has been serving */
    int64_t wall_ms;       /* Unix time */
    bool wrong_role;       /* does not lead, whatever its number */
    uint64_t reservations; /* made so far; counted here */
    uint64_t requests;     /* answered so far; counted here */
};

struct api_request {
    enum http_method method; /* HTTP_METHODS: one that has no name here */
    const char *path;        /* unescaped, without the query */
    const char *body;        /* NULL: none */
    size_t body_length;
    bool body_too_large; /* only its beginning is here */
    struct api_wish wish;
};

struct api_answer {
    unsigned status;
    char *body; /* JSON, from malloc, ownership to the caller; NULL: none */
    size_t body_length;
    const char *allow;  /* of the path; NULL if there is no such path */
    const char *stream; /* the path of one that now begins; NULL: this is all */
    bool is_websocket;  /* of that stream */
};

struct api_answer api_execute(struct api *api, struct api_request request);
/* The answer of a node that fails so on purpose. */
struct api_answer api_failure(unsigned status);
struct api_answer api_not_leader(const struct api *api, unsigned status);

/* Where a node of the wrong role says that the leader is: "http://127.0.0.1:PORT" or "unknown". */
#define API_LEADER_MAX 32
const char *api_leader(const struct api *api, char buffer[static API_LEADER_MAX]);

#endif
