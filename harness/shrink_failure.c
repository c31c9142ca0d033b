/* How a run fails, and whether another one fails in the same way. Pure. */
#include "base/text.h"
#include "shrink_parts.h"

#include <string.h>

#define NAMES_MAX 1000

/* A real run comes out a little different from a simulated one: what is only just missed may be met
   there. */
#define EXCESS_NANOS      (100 * NANOS_PER_MS)
#define EXCESS_NANOS_PART 10
#define EXCESS_COUNT      5
#define EXCESS_RATIO      10000

/* docs/metrics.md, "quiet". */
#define QUIET          (1 * NANOS_PER_S)
#define QUIET_REQUESTS 10

/* Was there time to recover within the limit, and to be seen undisturbed after that? */
static bool had_time(const struct expectation_result *result, const struct run_result *run)
{
    if (result->disturbance == DISTURBANCE_NONE) {
        return true;
    }
    const struct disturbance *disturbance = &run->measurement.disturbances[result->disturbance];
    nanos quiet = nanos_max(QUIET, QUIET_REQUESTS * run->measurement.resolution);
    return disturbance->end - disturbance->onset >= nanos_add(result->expectation->limit, quiet);
}

static enum failing how_it_fails(const struct expectation_result *result,
                                 const struct run_result *run)
{
    if (result->actual.state == FIGURE_UNRECOVERED) {
        return had_time(result, run) ? FAILING_UNRECOVERED : FAILING_CUT_OFF;
    }
    return result->why != NULL ? FAILING_BY_RELAPSE : FAILING_BY_FIGURE;
}

static int64_t excess_of(const struct expectation_result *result)
{
    const struct expectation *expectation = result->expectation;
    int64_t excess = result->actual.value - expectation->limit;
    bool below = expectation->comparison == COMPARISON_AT_LEAST ||
                 expectation->comparison == COMPARISON_GREATER;
    bool either = expectation->comparison == COMPARISON_EQUAL;
    if (result->actual.state != FIGURE_VALUE) {
        return INT64_MAX;
    }
    return below || (either && excess < 0) ? -excess : excess;
}

struct failure failure_of(const struct scenario_result *whole,
                          const struct expectation_result *result)
{
    const struct run_result *run = &whole->runs[result->run != UINT32_MAX ? result->run : 0];
    return (struct failure){
        .name = result->expectation->name,
        .limit_text = result->expectation->limit_text,
        .of_fault = result->expectation->fault != FAULT_NONE,
        .how = how_it_fails(result, run),
        .excess = excess_of(result),
    };
}

/* Of what was more than enough half may go, of what was hardly enough nothing below half. */
int64_t failure_least_excess(const struct expectation *expectation, int64_t excess)
{
    int64_t plenty = EXCESS_COUNT;
    switch (metric_unit(expectation->metric)) {
    case UNIT_NANOS:
        plenty = nanos_max(EXCESS_NANOS, expectation->limit / EXCESS_NANOS_PART);
        break;
    case UNIT_RATIO:
        plenty = EXCESS_RATIO;
        break;
    case UNIT_COUNT:
        break;
    }
    int64_t half = excess / 2 + excess % 2;
    return half < plenty ? half : plenty;
}

static bool is_known(const struct scenario *scenario, const struct expectation *expectation)
{
    for (size_t i = 0; i < scenario->known_fails_count; i++) {
        if (strcmp(scenario->known_fails[i], expectation->name) == 0) {
            return true;
        }
    }
    return false;
}

/* The first one, but news before what is known to fail; NULL: none fails. */
const struct expectation_result *failure_find(const struct scenario_result *result)
{
    const struct expectation_result *known = NULL;
    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *own = &result->results[i];
        if (own->verdict != VERDICT_FAIL) {
            continue;
        }
        if (!is_known(result->scenario, own->expectation)) {
            return own;
        }
        known = known != NULL ? known : own;
    }
    return known;
}

const char *failure_names(struct arena *arena, const struct scenario_result *result)
{
    char buffer[NAMES_MAX];
    struct text names;
    text_init(&names, buffer, sizeof(buffer));
    for (size_t i = 0; i < result->result_count; i++) {
        if (result->results[i].verdict == VERDICT_FAIL) {
            text_printf(&names, "%s%s", names.length > 0 ? ", " : "",
                        result->results[i].expectation->name);
        }
    }
    return arena_copy(arena, names.data, names.length);
}

/* The worst of those that are the same expectation (several faults may carry it); false: none fails
   as it has to. */
bool failure_again(const struct shrinker *shrinker,
                   const struct scenario_result *result,
                   struct failure *ret)
{
    bool found = false;
    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *own = &result->results[i];
        if (own->verdict != VERDICT_FAIL ||
            !edit_is_failure(&shrinker->failure, own->expectation)) {
            continue;
        }
        struct failure failure = failure_of(result, own);
        bool plain = failure.how <= shrinker->failure.how;
        bool clear = failure.how != FAILING_BY_FIGURE || failure.excess >= shrinker->excess_min;
        if (plain && clear && (!found || failure.excess > ret->excess)) {
            *ret = failure;
            found = true;
        }
    }
    /* Names must outlive the run. */
    ret->name = shrinker->failure.name;
    ret->limit_text = shrinker->failure.limit_text;
    return found;
}

bool failure_at_all(const struct failure *failure, const struct scenario_result *result)
{
    for (size_t i = 0; i < result->result_count; i++) {
        if (result->results[i].verdict == VERDICT_FAIL &&
            edit_is_failure(failure, result->results[i].expectation)) {
            return true;
        }
    }
    return false;
}
