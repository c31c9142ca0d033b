#include "cli/seed_run.h"

#include "cli/simulation.h"
#include "core/verdict.h"
#include "report/report_text.h"
#include "runner.h"

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    (void)context;
    (void)reterr;
    return simulation_open(settings);
}

/* A drawn fault hit a node that served nobody, or between two requests. Other seeds do better. */
static bool proves_nothing(const struct scenario_result *result)
{
    for (size_t i = 0; i < result->reasons.count; i++) {
        enum reason reason = result->reasons.items[i].reason;
        if (reason != REASON_NOT_MEASURED && reason != REASON_FAULT_UNCONFIRMED) {
            return false;
        }
    }
    return result->reasons.count > 0;
}

static enum seed_ending ending_of(const struct scenario_result *result)
{
    if (result->must_unmet) {
        return SEED_FAILED;
    }
    switch (result->verdict) {
    case VERDICT_FAIL:
        return SEED_FAILED;
    case VERDICT_KNOWN:
        return SEED_KNOWN;
    case VERDICT_PASS:
        return SEED_PASSED;
    case VERDICT_INCONCLUSIVE:
    case VERDICT_SKIPPED:
        break;
    }
    return proves_nothing(result) ? SEED_IDLE : SEED_INCONCLUSIVE;
}

static int64_t plain(struct figure figure)
{
    switch (figure.state) {
    case FIGURE_VALUE:
        return figure.value;
    case FIGURE_UNRECOVERED:
        return SEED_FIGURE_NEVER;
    case FIGURE_ABSENT:
        break;
    }
    return SEED_FIGURE_ABSENT;
}

static void
note(struct seed_outcome *outcome, struct arena *arena, const struct scenario_result *result)
{
    const struct headline headline = story_headline(arena, result);

    outcome->ending = ending_of(result);
    outcome->figures[SEED_SWITCHOVER] = plain(headline.switchover);
    outcome->figures[SEED_OUTAGE] = plain(headline.outage);
    outcome->figures[SEED_WORST_LATENCY] = plain(headline.worst_latency);
    outcome->figures[SEED_FAILED_REQUESTS] = plain(headline.failed_requests);
    for (size_t i = 0; i < result->run_count; i++) {
        outcome->virtual_ns += simulation_span(&result->runs[i]);
    }
}

struct seed_outcome seed_run(const struct scenario *scenario, uint64_t seed, uint32_t repeat)
{
    const struct runner_options options = {
        .open = open_world,
        .virtual_time = true,
        .has_seed = true,
        .seed = seed,
        .repeat = repeat,
    };
    struct seed_outcome outcome = {.seed = seed, .ending = SEED_INCONCLUSIVE};
    struct error error = {.text = ""};
    struct scenario_result result;
    struct arena arena;
    int signal;

    for (unsigned i = 0; i < SEED_FIGURES; i++) {
        outcome.figures[i] = SEED_FIGURE_ABSENT;
    }
    arena_init(&arena, 0);
    if (runner_run(&arena, scenario, &options, &result, &signal, &error) == 0) {
        note(&outcome, &arena, &result);
    }
    arena_done(&arena);
    return outcome;
}
