/* One try: a draft becomes a file, the file a scenario, the scenario a run in virtual time. */
#include "runner.h"
#include "scenario/held.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "shrink_parts.h"
#include "world/sim/sim.h"

#include <string.h>

/* Seeds beside the one that failed. */
#define OTHERS 3

/* What shrink_be_strict needs. */
#define TRIES_OF_STRICTNESS 2

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    (void)context;
    (void)reterr;
    return sim_new(settings);
}

int shrink_simulate(struct arena *arena,
                    const struct scenario *scenario,
                    uint64_t seed,
                    struct scenario_result *ret,
                    struct error *reterr)
{
    struct runner_options options = {
        .open = open_world,
        .virtual_time = true,
        .has_seed = true,
        .seed = seed,
    };
    int signal = 0;
    return runner_run(arena, scenario, &options, ret, &signal, reterr);
}

bool shrink_is_spent(const struct shrinker *shrinker)
{
    uint32_t kept = shrinker->lenient ? TRIES_OF_STRICTNESS : 0;
    return shrinker->tries + kept >= shrinker->tries_max || shrinker->requests_left == 0;
}

const struct fault_record *shrink_record(const struct shrinker *shrinker, uint32_t fault)
{
    const struct measurement *measurement = &shrinker->result->runs[0].measurement;
    for (size_t i = 0; i < measurement->fault_count; i++) {
        if (measurement->faults[i].fault == fault) {
            return &measurement->faults[i];
        }
    }
    return NULL;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash != 0 ? hash : 1;
}

/* True if it was there already. Half of the table stays free, for each try adds one at most. */
static bool remember(struct shrinker *shrinker, uint64_t hash)
{
    size_t at = hash % shrinker->seen_capacity;
    while (shrinker->seen[at] != 0 && shrinker->seen[at] != hash) {
        at = (at + 1) % shrinker->seen_capacity;
    }
    bool known = shrinker->seen[at] == hash;
    shrinker->seen[at] = hash;
    return known;
}

static struct scenario *read_back(struct shrinker *shrinker, const struct scenario *draft)
{
    struct arena *arena = &shrinker->draft;
    struct diagnostics diagnostics;
    struct scenario *scenario = ARENA_NEW(arena, struct scenario);
    const char *text = scenario_write(arena, draft, NULL, NULL);
    struct scenario_source source = {
        .file = shrinker->scenario->file,
        .bytes = text,
        .length = strlen(text),
    };
    diagnostics_init(&diagnostics, arena);
    if (scenario_read(arena, &source, NULL, &diagnostics, scenario) < 0 ||
        remember(shrinker, hash_of(text))) {
        return NULL;
    }
    for (size_t i = 0; shrinker->lenient && i < scenario->fault_count; i++) {
        scenario->faults[i].by_chance = draft->faults[i].by_chance;
    }
    return scenario;
}

struct scenario *shrink_draft(struct shrinker *shrinker)
{
    struct arena *arena = &shrinker->draft;
    const struct scenario *smallest = shrinker->smallest;
    arena_done(arena);
    struct scenario *draft = ARENA_NEW(arena, struct scenario);
    *draft = *smallest;
    draft->faults = ARENA_ARRAY(arena, struct fault, smallest->fault_count);
    draft->nodes = ARENA_ARRAY(arena, struct scenario_node, smallest->process_count);
    draft->expectations = ARENA_ARRAY(arena, struct expectation, smallest->expectation_count);
    for (size_t i = 0; i < smallest->fault_count; i++) {
        draft->faults[i] = smallest->faults[i];
    }
    for (size_t i = 0; i < smallest->process_count; i++) {
        draft->nodes[i] = smallest->nodes[i];
    }
    for (size_t i = 0; i < smallest->expectation_count; i++) {
        draft->expectations[i] = smallest->expectations[i];
    }
    return draft;
}

static bool is_held(const struct held *held, nanos at)
{
    for (size_t i = 0; i < held->count; i++) {
        if (at >= held->spans[i].from && at < held->spans[i].until) {
            return true;
        }
    }
    return false;
}

static bool are_all_held(const struct held *held, size_t node_count, nanos at)
{
    for (size_t i = 0; i < node_count; i++) {
        if (!is_held(&held[i], at)) {
            return false;
        }
    }
    return true;
}

/* Is there always a node that a client could turn to? It changes only where a fault begins. */
static bool has_spare(struct arena *arena, const struct scenario *scenario)
{
    const struct held *held = held_find(arena, scenario);
    for (size_t i = 0; i < scenario->node_count; i++) {
        for (size_t k = 0; k < held[i].count; k++) {
            if (are_all_held(held, scenario->node_count, held[i].spans[k].from)) {
                return false;
            }
        }
    }
    return true;
}

static void accept(struct shrinker *shrinker,
                   const struct scenario *scenario,
                   const struct scenario_result *result)
{
    arena_done(&shrinker->kept);
    shrinker->kept = shrinker->draft;
    shrinker->draft = (struct arena){.chunks = NULL};
    shrinker->smallest = scenario;
    shrinker->result = result;
}

static void count_try(struct shrinker *shrinker, const struct scenario *scenario)
{
    uint64_t requests = scenario_request_count(scenario) + 1;
    shrinker->tries++;
    shrinker->requests_left -=
        requests < shrinker->requests_left ? requests : shrinker->requests_left;
}

static bool fails_with(struct shrinker *shrinker, const struct scenario *scenario, uint64_t seed)
{
    struct arena arena;
    struct scenario_result result;
    struct error error = {.os_errno = 0};
    arena_init(&arena, 0);
    bool fails = shrink_simulate(&arena, scenario, seed, &result, &error) == 0 &&
                 failure_at_all(&shrinker->failure, &result);
    arena_done(&arena);
    return fails;
}

/* A real run is like one more seed: what did not depend on this one must not come to. Fewer faults
   are worth more than that. */
static bool is_as_sure(struct shrinker *shrinker, const struct scenario *scenario, uint32_t *ret)
{
    uint32_t failed = 0;
    for (uint32_t i = 1; i <= OTHERS && !shrinker->lenient; i++) {
        uint32_t left = OTHERS - i;
        failed += fails_with(shrinker, scenario, shrinker->seed + i) ? 1 : 0;
        if (failed + left < shrinker->others) {
            return false;
        }
    }
    *ret = failed;
    return true;
}

static void tell(const struct shrinker *shrinker)
{
    const struct shrink_options *options = shrinker->options;
    if (options->progress != NULL) {
        options->progress(options->context, shrinker->tries, shrinker->smallest);
    }
}

bool shrink_test(struct shrinker *shrinker, const struct scenario *draft)
{
    struct failure failure = {.name = NULL};
    struct error error = {.os_errno = 0};
    struct scenario *scenario = read_back(shrinker, draft);
    if (scenario == NULL) {
        return false;
    }
    bool spare = has_spare(&shrinker->draft, scenario);
    if (shrinker->spare && !spare) {
        return false;
    }
    count_try(shrinker, scenario);
    struct scenario_result *result = ARENA_NEW(&shrinker->draft, struct scenario_result);
    uint32_t others = 0;
    bool fails = shrink_simulate(&shrinker->draft, scenario, shrinker->seed, result, &error) == 0 &&
                 failure_again(shrinker, result, &failure) &&
                 is_as_sure(shrinker, scenario, &others);
    if (fails) {
        shrinker->failure = failure;
        shrinker->spare = spare;
        shrinker->others = others;
        accept(shrinker, scenario, result);
    }
    tell(shrinker);
    return fails;
}

bool shrink_try(struct shrinker *shrinker, const struct scenario *draft)
{
    return !shrink_is_spent(shrinker) && shrink_test(shrinker, draft);
}
