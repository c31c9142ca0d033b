#include "world/http_client_target.h"

#include "base/check.h"

#include <curl/curl.h>

/* "HOST:PORT:" of the URL may be empty: whatever it names. */
static void
target_init(struct http_client_target *target, const struct node_place *place, struct arena *arena)
{
    *target = (struct http_client_target){.place = place};
    if (place->is_direct) {
        return;
    }
    target->connect_to = ARENA_NEW(arena, struct curl_slist);
    target->connect_to->data = arena_printf(
        arena, "::%s:%u", node_places_address_text(arena, place->address), (unsigned)place->port);
}

int http_client_targets_init(struct http_client_targets *targets,
                             const struct scenario *scenario,
                             const struct node_places *places,
                             struct arena *arena,
                             struct error *reterr)
{
    struct node_places plain;
    size_t count = scenario->process_count;
    if (places == NULL) {
        if (node_places_init(&plain, scenario, NULL, false, arena, reterr) < 0) {
            return -1;
        }
        places = &plain;
    }
    targets->process_count = count;
    targets->items = ARENA_ARRAY(arena, struct http_client_target, 2 * count + 1);
    for (size_t i = 0; i <= count; i++) {
        target_init(&targets->items[i], &places->seen[i], arena);
    }
    for (size_t i = 0; i < count; i++) {
        target_init(&targets->items[count + 1 + i], &places->own[i], arena);
    }
    return 0;
}

const struct http_client_target *http_client_targets_seen(const struct http_client_targets *targets,
                                                          uint16_t node)
{
    CHECK(node == NODE_NONE || node < targets->process_count);
    return &targets->items[node == NODE_NONE ? targets->process_count : node];
}

const struct http_client_target *http_client_targets_own(const struct http_client_targets *targets,
                                                         uint16_t node)
{
    CHECK(node < targets->process_count);
    return &targets->items[targets->process_count + 1 + node];
}
