/* What a scenario means where it says nothing: the one place of the defaults, for reading and for
   writing. Those of faults are scenario_fault_defaults. */
#ifndef BASCULE_SCENARIO_DEFAULTS_H
#define BASCULE_SCENARIO_DEFAULTS_H

#include "base/arena.h"
#include "scenario/scenario.h"

#include <stddef.h>

#define DEFAULTS_NODES      3
#define DEFAULTS_FIRST_PORT 8080
#define DEFAULTS_WARMUP     (1 * NANOS_PER_S)
#define DEFAULTS_DURATION   (10 * NANOS_PER_S)
#define CLIENT_PROFILES     (PROFILE_NONE + 1) /* that `profile` may name */
#define CLIENT_ORDERS       (ORDER_RANDOM + 1)

#define STREAM_KINDS       (STREAM_WEBSOCKET + 1)
#define STOP_SIGNALS       7
/* The value of a variable that the harness passes on. */
#define DEFAULTS_PASSED_ON "from-environment"

/* By enum client_profile. */
extern const char *const client_profile_words[PROFILE_EXEC + 1];
/* By enum client_order. */
extern const char *const client_order_words[CLIENT_ORDERS];
extern const struct stub_settings defaults_stub;
/* A stub without a name, a port and a URL. */
extern const struct scenario_node defaults_node;
/* What `stop` may send, and its words. */
extern const int stop_signals[STOP_SIGNALS];
extern const char *const stop_signal_words[STOP_SIGNALS];
/* Of a method that is not GET `idempotent` follows the method. */
extern const struct traffic_request defaults_request;
/* By enum stream_kind. */
extern const char *const stream_kind_words[STREAM_KINDS];
/* Of count and interval; kind and path have to be said. */
extern const struct traffic_stream defaults_stream;

struct client_settings defaults_client(enum client_profile profile, size_t node_count);
struct traffic defaults_traffic(void);
const char *defaults_node_name(struct arena *arena, size_t index);
const char *defaults_fault_id(struct arena *arena, enum fault_kind kind, size_t index);

#endif
