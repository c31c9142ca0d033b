#include "core/measure_parts.h"

#include <string.h>

#define HEALTH_PATH "/api/health"

static bool has_full_ratio(const struct fault *fault)
{
    return fault->parameters.ratio_ppm >= RATIO_ONE;
}

/* An answer of 4xx is an answer: only statuses from 500 on keep one from coming. */
static bool only_fails(const struct fault *fault)
{
    for (uint32_t i = 0; i < fault->parameters.status_count; i++) {
        if (fault->parameters.statuses[i] < 500) {
            return false;
        }
    }
    return true;
}

static bool has_path(const struct fault *fault, const char *path)
{
    return fault->parameters.path == NULL || strcmp(fault->parameters.path, path) == 0;
}

static bool is_health(const char *path)
{
    return strcmp(path, HEALTH_PATH) == 0;
}

static bool is_write(enum http_method method)
{
    return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH ||
           method == METHOD_DELETE;
}

static bool respond_blocks(const struct fault *fault, const char *path)
{
    bool matches = fault->parameters.path == NULL ? !is_health(path) : has_path(fault, path);

    return matches && has_full_ratio(fault) && only_fails(fault);
}

/* On the wire a node is cut off only where no connection, and no answer, gets through. */
static bool wire_blocks(const struct fault *fault)
{
    bool spares_some = fault->parameters.of_ppm < RATIO_ONE ||
                       (fault->kind == FAULT_RESET && fault->parameters.after_bytes > 0);

    return !spares_some;
}

static bool fault_blocks(const struct fault *fault, const struct traffic_request *request)
{
    switch (fault->kind) {
    case FAULT_KILL:
    case FAULT_TERMINATE:
    case FAULT_PAUSE:
    case FAULT_RESTART:
    case FAULT_REFUSE:
    case FAULT_FLAP:
        return true;
    case FAULT_RESET:
    case FAULT_BLACKHOLE:
        return wire_blocks(fault);
    case FAULT_RESPOND:
        return respond_blocks(fault, request->path);
    case FAULT_GRAY:
        return !is_health(request->path) && only_fails(fault);
    case FAULT_HANG:
    case FAULT_STALL:
    case FAULT_TRUNCATE:
        return has_path(fault, request->path) && has_full_ratio(fault);
    case FAULT_UNHEALTHY:
        return is_health(request->path);
    case FAULT_WRONG_ROLE:
        return is_write(request->method);
    case FAULT_SLOW:
    case FAULT_TRICKLE:
    case FAULT_DELAY:
    case FAULT_THROTTLE:
    case FAULT_CORRUPT:
    case FAULT_SLOW_CLOSE:
    case FAULT_PARTITION:
    case FAULT_SWITCH_TO:
    case FAULT_ISOLATE:
    case FAULT_RESET_FAILED:
    case FAULT_KINDS:
        break;
    }
    return false;
}

bool measure_harm_blocks(const struct measuring *m,
                         const struct effect *effect,
                         const struct traffic_request *request)
{
    if (effect->fault == FAULT_NONE) {
        return true;
    }
    return fault_blocks(&m->scenario->faults[m->ret->faults[effect->fault].fault], request);
}

bool measure_harm_disables(const struct fault *fault)
{
    /* No fault but those of a path, a role or the health endpoint spares a GET of "/". */
    static const struct traffic_request any = {.method = METHOD_GET, .path = "/"};

    return fault->parameters.path == NULL && fault_blocks(fault, &any);
}
