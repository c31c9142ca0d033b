/* The first run, which tells what is to be shrunk, and the first scenarios that stand for it. */
#include "core/chaos.h"
#include "shrink_parts.h"

#include <inttypes.h>
#include <string.h>

static const char *name_of(struct arena *arena, const struct scenario *scenario, uint64_t seed)
{
    const char *ending = arena_printf(arena, "-seed-%" PRIu64, seed);
    int room = SCENARIO_NAME_MAX - (int)strlen(ending);
    return arena_printf(arena, "%.*s%s", room, scenario->name, ending);
}

/* What the scenario says of itself is not true of the smallest one. */
static struct scenario *
make_first(struct arena *arena, const struct scenario *scenario, uint64_t seed)
{
    struct scenario *first = ARENA_NEW(arena, struct scenario);
    *first = *chaos_resolve(arena, scenario, seed);
    first->name = name_of(arena, scenario, seed);
    first->description = arena_printf(
        arena, "The smallest schedule found that fails as seed %" PRIu64 " of %s does.", seed,
        scenario->name);
    first->tags = NULL;
    first->tag_count = 0;
    first->known_why = NULL;
    first->known_fails = NULL;
    first->known_fails_count = 0;
    first->must = MUST_NOTHING;
    first->must_reason = NULL;
    /* It lives in another folder. */
    first->alerts = (struct alert_settings){.command = {.count = 0}};
    first->has_seed = true;
    first->seed = seed;
    first->repeat = 1;
    return first;
}

static int complain_about_pass(const struct shrinker *shrinker, struct error *reterr)
{
    error_plain(reterr, "nothing to shrink: '%s' does not fail with seed %" PRIu64,
                shrinker->scenario->name, shrinker->options->seed);
    return 1;
}

/* Which seed it was, and how it failed. A figure pooled over several runs has no seed of its own:
   it must be seen in the first. */
static int
look(struct shrinker *shrinker, struct arena *arena, const char **ret_names, struct error *reterr)
{
    struct scenario_result result;
    struct failure *failure = &shrinker->failure;
    if (shrink_simulate(&shrinker->draft, shrinker->scenario, shrinker->seed, &result, reterr) <
        0) {
        return -1;
    }
    const struct expectation_result *failed = failure_find(&result);
    if (failed == NULL) {
        return complain_about_pass(shrinker, reterr);
    }
    *failure = failure_of(&result, failed);
    failure->name = arena_copy(arena, failure->name, strlen(failure->name));
    failure->limit_text = arena_copy(arena, failure->limit_text, strlen(failure->limit_text));
    shrinker->excess_min = failure_least_excess(failed->expectation, failure->excess);
    shrinker->seed = failed->run != UINT32_MAX ? result.runs[failed->run].seed : shrinker->seed;
    *ret_names = failure_names(arena, &result);
    return 0;
}

/* What hits nothing may matter all the same, since it takes part in a disturbance: then the node
   may as well be dead. */
static struct scenario *kill_unhit(struct shrinker *shrinker)
{
    struct scenario *draft = shrink_draft(shrinker);
    for (uint32_t i = 0; i < draft->fault_count; i++) {
        const struct fault_record *record = shrink_record(shrinker, i);
        struct fault *fault = &draft->faults[i];
        if (record == NULL || (record->hits == 0 && fault_kind_needs_hits(fault->kind))) {
            fault->kind = FAULT_KILL;
            fault->parameters = scenario_fault_defaults(FAULT_KILL);
        }
    }
    return draft;
}

bool shrink_be_strict(struct shrinker *shrinker)
{
    shrinker->lenient = false;
    memset(shrinker->seen, 0, shrinker->seen_capacity * sizeof(*shrinker->seen));
    if (shrink_test(shrinker, shrink_draft(shrinker))) {
        return true;
    }
    shrinker->failure.how = FAILING_UNRECOVERED;
    return shrink_test(shrinker, kill_unhit(shrinker));
}

int shrink_begin(struct shrinker *shrinker,
                 struct arena *arena,
                 const char **ret_names,
                 struct error *reterr)
{
    shrinker->seen_capacity = 4 * (size_t)shrinker->tries_max + 4;
    shrinker->seen = ARENA_ARRAY(arena, uint64_t, shrinker->seen_capacity);
    int status = look(shrinker, arena, ret_names, reterr);
    if (status != 0) {
        return status;
    }
    shrinker->smallest = make_first(arena, shrinker->scenario, shrinker->seed);
    if (!shrink_test(shrinker, shrink_draft(shrinker))) {
        return error_plain(reterr,
                           "'%s' of seed %" PRIu64 " does not fail by itself with a plain schedule",
                           shrinker->failure.name, shrinker->seed);
    }
    return 0;
}
