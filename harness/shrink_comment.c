/* What the smallest scenario is about, in sentences. */
#include "base/check.h"
#include "base/text.h"
#include "report/human.h"
#include "shrink_parts.h"

#include <inttypes.h>
#include <string.h>

#define LINE_BYTES_MAX 400

static const struct expectation_result *result_of(const struct shrinker *shrinker)
{
    const struct scenario_result *result = shrinker->result;
    const struct expectation_result *worst = NULL;
    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *own = &result->results[i];
        bool fails =
            own->verdict == VERDICT_FAIL && edit_is_failure(&shrinker->failure, own->expectation);
        if (fails && (worst == NULL || own->actual.state > worst->actual.state ||
                      own->actual.value > worst->actual.value)) {
            worst = own;
        }
    }
    return worst;
}

const char *shrink_actual(struct arena *arena, const struct shrinker *shrinker)
{
    const struct expectation_result *result = result_of(shrinker);
    char figure[HUMAN_MAX];
    CHECK(result != NULL);
    if (result->actual.state == FIGURE_UNRECOVERED &&
        result->expectation->metric == METRIC_SWITCHOVER) {
        return "callers do not recover";
    }
    human_figure(metric_unit(result->expectation->metric), result->actual, figure);
    if (result->why == NULL) {
        return arena_printf(arena, "%s", figure);
    }
    /* The advice after it is not for here. */
    return arena_printf(arena, "%s, but %.*s", figure, (int)strcspn(result->why, ";"), result->why);
}

static const char *deed_of(enum fault_kind kind)
{
    static const char *const deeds[FAULT_KINDS] = {
        [FAULT_KILL] = "is killed",
        [FAULT_TERMINATE] = "is told to end",
        [FAULT_PAUSE] = "is stopped (it accepts connections, and never answers)",
        [FAULT_RESTART] = "is started again",
        [FAULT_REFUSE] = "refuses connections",
        [FAULT_RESPOND] = "answers with errors",
        [FAULT_SLOW] = "answers late",
        [FAULT_HANG] = "takes requests and never answers",
        [FAULT_STALL] = "stops in the middle of its answers",
        [FAULT_TRUNCATE] = "breaks off its answers",
        [FAULT_TRICKLE] = "answers byte by byte",
        [FAULT_GRAY] = "fails requests while its health endpoint looks fine",
        [FAULT_UNHEALTHY] = "answers requests while its health endpoint fails",
        [FAULT_WRONG_ROLE] = "refuses writes",
        [FAULT_FLAP] = "goes down and comes up again, over and over",
        [FAULT_RESET] = "has its connections reset",
        [FAULT_DELAY] = "is far away: its bytes come late",
        [FAULT_THROTTLE] = "has hardly any bandwidth",
        [FAULT_CORRUPT] = "has its bytes damaged on the way",
        [FAULT_SLOW_CLOSE] = "has its connections end late",
        [FAULT_BLACKHOLE] = "loses its packets",
        [FAULT_PARTITION] = "is cut off from the other nodes",
    };
    return deeds[kind];
}

static void
add_targets(struct text *line, const struct scenario *scenario, const struct fault_record *record)
{
    for (size_t i = 0; i < record->target_count; i++) {
        text_printf(line, "%s%s", i > 0 ? " and " : "", scenario->nodes[record->targets[i]].name);
    }
}

static void
add_deed(struct text *line, const struct scenario *scenario, const struct fault_record *record)
{
    const struct fault *fault = &scenario->faults[record->fault];
    const char *deed = deed_of(fault->kind);
    if (fault->kind == FAULT_SWITCH_TO || fault->kind == FAULT_RESET_FAILED) {
        text_add(line, "the client is told to ");
        text_add(line, fault->kind == FAULT_SWITCH_TO ? "move to " : "forget its failed nodes");
        add_targets(line, scenario, record);
        return;
    }
    if (fault->kind == FAULT_ISOLATE) {
        text_add(line, "the client is told to keep off ");
        add_targets(line, scenario, record);
        return;
    }
    add_targets(line, scenario, record);
    if (record->target_count > 1) {
        text_add(line, ", each of them,");
    }
    if (deed != NULL) {
        text_printf(line, " %s", deed);
    } else {
        text_printf(line, " suffers '%s'", fault_kind_word(fault->kind));
    }
}

static void add_figures(struct text *line, const struct disturbance *disturbance)
{
    char time[HUMAN_MAX];
    const struct figure *failed = &disturbance->failed_requests;
    const struct figure *slow = &disturbance->slow_requests;
    if (disturbance->switchover.state == FIGURE_UNRECOVERED) {
        text_add(line, "; callers do not recover");
    } else {
        text_printf(line, "; switchover %s",
                    human_figure(UNIT_NANOS, disturbance->switchover, time));
    }
    if (failed->state == FIGURE_VALUE && failed->value > 0) {
        text_printf(line, ", %" PRId64 " failed", failed->value);
    }
    if (slow->state == FIGURE_VALUE && slow->value > 0) {
        text_printf(line, ", %" PRId64 " slow", slow->value);
    }
}

static void
add_harm(struct text *line, const struct shrinker *shrinker, const struct fault_record *record)
{
    const struct measurement *measurement = &shrinker->result->runs[0].measurement;
    if (!record->opens || record->disturbance == DISTURBANCE_NONE) {
        return;
    }
    const struct disturbance *disturbance = &measurement->disturbances[record->disturbance];
    const struct fault_record *first =
        disturbance->fault_count > 0 ? &measurement->faults[disturbance->faults[0]] : record;
    if (first->fault != record->fault) {
        text_printf(line, ", while callers still suffer from %s",
                    shrinker->smallest->faults[first->fault].id);
    } else if (!disturbance->was_active) {
        text_add(line, "; nobody was asking it");
    } else {
        add_figures(line, disturbance);
    }
}

const char *const *shrink_fault_comments(struct arena *arena, const struct shrinker *shrinker)
{
    const struct scenario *scenario = shrinker->smallest;
    const char **comments = ARENA_ARRAY(arena, const char *, scenario->fault_count);
    for (uint32_t i = 0; i < scenario->fault_count; i++) {
        const struct fault_record *record = shrink_record(shrinker, i);
        char buffer[LINE_BYTES_MAX];
        struct text line;
        text_init(&line, buffer, sizeof(buffer));
        if (record == NULL) {
            continue;
        }
        add_deed(&line, scenario, record);
        add_harm(&line, shrinker, record);
        comments[i] = arena_copy(arena, line.data, line.length);
    }
    return comments;
}

const char *shrink_comment(struct arena *arena,
                           const struct scenario *scenario,
                           const struct shrink_result *result,
                           const char *version,
                           const char *path)
{
    return arena_printf(arena,
                        "%s fails: %s.\n"
                        "The smallest schedule found that fails as seed %" PRIu64
                        " of %s does, after %" PRIu32 " tries.\n"
                        "Written by bascule %s.\n"
                        "\n"
                        "  bascule simulate %s    in virtual time\n"
                        "  bascule run %s         with real processes",
                        result->broken, result->actual, result->seed, scenario->file, result->tries,
                        version, path, path);
}
