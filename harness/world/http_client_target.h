/* Where attempts go: places as libcurl takes them; it refuses to know who goes there. */
#ifndef BASCULE_WORLD_HTTP_CLIENT_TARGET_H
#define BASCULE_WORLD_HTTP_CLIENT_TARGET_H

#include "base/arena.h"
#include "base/error.h"
#include "scenario/scenario.h"
#include "world/node_places.h"

#include <stddef.h>
#include <stdint.h>

struct curl_slist;

struct http_client_target {
    const struct node_place *place;
    struct curl_slist *connect_to; /* NULL: where the URL says */
};

struct http_client_targets {
    struct http_client_target
        *items; /* nodes and services as seen, direct, then where they listen */
    size_t process_count;
};

/* places NULL: just as the scenario says. */
int http_client_targets_init(struct http_client_targets *targets,
                             const struct scenario *scenario,
                             const struct node_places *places,
                             struct arena *arena,
                             struct error *reterr);

/* How clients see it; NODE_NONE: client.direct. */
const struct http_client_target *http_client_targets_seen(const struct http_client_targets *targets,
                                                          uint16_t node);
/* Where the process listens. */
const struct http_client_target *http_client_targets_own(const struct http_client_targets *targets,
                                                         uint16_t node);

#endif
