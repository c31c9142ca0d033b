#include "scenario/scenario.h"

#include <string.h>

/* A rate is in millionths of a request a second, a time in billionths of a second. */
#define MICRO_NANOS UINT64_C(1000000000000000)

uint64_t scenario_request_count(const struct scenario *scenario)
{
    if (scenario->traffic.request_count == 0 || scenario->traffic.rate_micro == 0) {
        return 0;
    }
    __extension__ unsigned __int128 rate = scenario->traffic.rate_micro;
    uint64_t before = (uint64_t)(rate * (uint64_t)scenario->warmup / MICRO_NANOS);
    uint64_t after =
        (uint64_t)((rate * (uint64_t)scenario->duration + (MICRO_NANOS - 1)) / MICRO_NANOS);
    return before + after;
}

uint16_t scenario_node_index(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->node_count; i++) {
        if (strcmp(scenario->nodes[i].name, name) == 0) {
            return (uint16_t)i;
        }
    }
    return NODE_NONE;
}
