/* What a caller asks of a stream of events, read and judged; it refuses to know what then happens.
 */
#ifndef BASCULE_STUB_API_STREAM_H
#define BASCULE_STUB_API_STREAM_H

#include "backends-stub/api_routes.h"
#include "base/nanos.h"

#include <stdbool.h>
#include <stdint.h>

#define API_INTERVAL_USUAL NANOS_PER_S
#define API_INTERVAL_MIN   NANOS_PER_MS
#define API_INTERVAL_MAX   NANOS_PER_HOUR

/* Texts as they came; NULL: nothing was said. */
struct api_wish {
    const char *interval;
    const char *last_event;
    /* Of a WebSocket's opening. */
    const char *upgrade;
    const char *connection;
    const char *key;
    const char *version;
};

/* False for what is no duration between the limits. */
bool api_wish_interval(const struct api_wish *wish, nanos *ret);
/* The event after which to go on; UINT64_MAX if none was named that can be one. */
uint64_t api_wish_last_event(const struct api_wish *wish);

/* 0, or the status that turns the request away, with *ret_why. */
unsigned api_wish_refused(const struct api_wish *wish,
                          enum api_route route,
                          enum http_method method,
                          const char **ret_why);

#endif
