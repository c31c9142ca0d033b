#include "scenario/scenario.h"

#include "base/text.h"

#include <string.h>

/* A rate is in millionths of a request a second, a time in billionths of a second. */
#define MICRO_NANOS UINT64_C(1000000000000000)

#define GRAY_STATUS   503
#define CORRUPT_RATIO 10000 /* 1% of the bytes spares hardly an answer */

const char *scenario_header(const struct traffic_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (text_equal_caseless(request->headers[i].name, name)) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

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

bool scenario_request_is_numbered_write(const struct traffic_request *request)
{
    bool reads = request->method == METHOD_GET || request->method == METHOD_HEAD ||
                 request->method == METHOD_OPTIONS;

    return !reads && request->body != NULL && strstr(request->body, "$(request)") != NULL;
}

uint32_t scenario_stream_callers(const struct traffic *traffic)
{
    uint32_t callers = 0;
    for (size_t i = 0; i < traffic->stream_count; i++) {
        callers += traffic->streams[i].count;
    }
    return callers;
}

const struct traffic_stream *scenario_stream(const struct traffic *traffic, uint32_t caller)
{
    size_t entry = 0;
    while (caller >= traffic->streams[entry].count) {
        caller -= traffic->streams[entry].count;
        entry++;
    }
    return &traffic->streams[entry];
}

uint64_t
scenario_fault_applications(const struct scenario *scenario, const struct fault *fault, nanos at)
{
    nanos window = nanos_min(fault->hold, scenario->duration - at);

    if (fault->kind != FAULT_FLAP || window <= 0 || fault->parameters.every <= 0) {
        return 1;
    }
    return (uint64_t)((window - 1) / fault->parameters.every) + 1;
}

enum fault_kind scenario_fault_acts_as(const struct fault *fault)
{
    if (fault->kind != FAULT_FLAP) {
        return fault->kind;
    }
    return fault->parameters.how == FLAP_PAUSE ? FAULT_PAUSE : FAULT_KILL;
}

struct fault_parameters scenario_fault_defaults(enum fault_kind kind)
{
    struct fault_parameters parameters = {
        .ratio_ppm = RATIO_ONE,
        .after_bytes = 1,
        .of_ppm = RATIO_ONE,
    };
    if (kind == FAULT_GRAY) {
        parameters.statuses[0] = GRAY_STATUS;
        parameters.status_count = 1;
    } else if (kind == FAULT_CORRUPT) {
        parameters.ratio_ppm = CORRUPT_RATIO;
    } else if (kind == FAULT_RESET) {
        parameters.after_bytes = 0;
    }
    return parameters;
}

bool scenario_has_fault(const struct scenario *scenario, enum fault_kind kind)
{
    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (scenario->faults[i].kind == kind) {
            return true;
        }
    }
    return false;
}

bool scenario_may_have(const struct scenario *scenario, enum fault_class class)
{
    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (fault_kind_class(scenario->faults[i].kind) == class) {
            return true;
        }
    }
    for (unsigned kind = 0; scenario->chaos.enabled && kind < FAULT_KINDS; kind++) {
        if (scenario->chaos.weights[kind] > 0 && fault_kind_class((enum fault_kind)kind) == class) {
            return true;
        }
    }
    return false;
}

uint64_t scenario_chaos_stretches(const struct chaos *chaos)
{
    if (!chaos->enabled || chaos->until <= chaos->from) {
        return 0;
    }
    return (uint64_t)((chaos->until - chaos->from - 1) / chaos->every) + 1;
}

bool scenario_url_is_local(const struct scenario_url *url)
{
    static const char network[] = "127.";
    bool numeric = url->host[strspn(url->host, "0123456789.")] == '\0';
    return strcmp(url->host, "localhost") == 0 ||
           (numeric && strncmp(url->host, network, strlen(network)) == 0);
}

bool scenario_has_node(const struct scenario *scenario, enum node_kind kind)
{
    for (size_t i = 0; i < scenario->process_count; i++) {
        if (scenario->nodes[i].kind == kind) {
            return true;
        }
    }
    return false;
}

uint16_t scenario_node_index(const struct scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->process_count; i++) {
        if (strcmp(scenario->nodes[i].name, name) == 0) {
            return (uint16_t)i;
        }
    }
    return NODE_NONE;
}
