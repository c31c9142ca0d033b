#include "shrink.h"

#include "base/check.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "shrink_parts.h"

#include <inttypes.h>
#include <string.h>

#define TRIES_MAX    2000
/* A bound on work that is the same on every machine: some ten seconds. */
#define REQUESTS_MAX UINT64_C(6000000)
#define FIRST_RUNS   40 /* however long the first run is, that many like it */

/* What makes every further try cheaper comes first. */
static bool (*const passes[])(struct shrinker *) = {
    shrink_pass_expectations, shrink_pass_chance, shrink_pass_end,        shrink_pass_faults,
    shrink_pass_targets,      shrink_pass_nodes,  shrink_pass_holds,      shrink_pass_gaps,
    shrink_pass_traffic,      shrink_pass_end,    shrink_pass_parameters, shrink_pass_round,
    shrink_pass_ids,
};

#define PASSES       (sizeof(passes) / sizeof(passes[0]))
#define ROUGH_PASSES 4 /* after which only faults are left that matter */

static bool reduce(struct shrinker *shrinker, size_t pass_count)
{
    bool any = false;
    for (size_t i = 0; i < pass_count; i++) {
        any = passes[i](shrinker) || any;
    }
    return any;
}

static int reduce_all(struct shrinker *shrinker, struct error *reterr)
{
    reduce(shrinker, ROUGH_PASSES);
    if (!shrink_be_strict(shrinker)) {
        return error_plain(reterr,
                           "the schedule of seed %" PRIu64 " does not fail as a file: a fault that "
                           "'%s' needs hits nothing",
                           shrinker->seed, shrinker->failure.name);
    }
    do {
        while (reduce(shrinker, PASSES) && !shrink_is_spent(shrinker)) {
        }
    } while (shrink_pass_clear(shrinker));
    return 0;
}

/* A copy of its own: written and read once more. */
static const struct scenario *keep(struct arena *arena, const struct scenario *smallest)
{
    struct diagnostics diagnostics;
    struct scenario *kept = ARENA_NEW(arena, struct scenario);
    const char *text = scenario_write(arena, smallest, NULL, NULL);
    struct scenario_source source = {
        .file = smallest->file,
        .bytes = text,
        .length = strlen(text),
    };
    diagnostics_init(&diagnostics, arena);
    int status = scenario_read(arena, &source, NULL, &diagnostics, kept);
    CHECK(status == 0);
    return kept;
}

static int
run(struct shrinker *shrinker, struct arena *arena, struct shrink_result *ret, struct error *reterr)
{
    int status = shrink_begin(shrinker, arena, &ret->failure, reterr);
    if (status == 0) {
        status = reduce_all(shrinker, reterr);
    }
    if (status == 0) {
        ret->smallest = keep(arena, shrinker->smallest);
        ret->tries = shrinker->tries;
        ret->seed = shrinker->seed;
        ret->broken =
            arena_printf(arena, "%s %s", shrinker->failure.name, shrinker->failure.limit_text);
        ret->actual = shrink_actual(arena, shrinker);
        ret->fault_comments = shrink_fault_comments(arena, shrinker);
    }
    return status;
}

int shrink(struct arena *arena,
           const struct scenario *scenario,
           const struct shrink_options *options,
           struct shrink_result *ret,
           struct error *reterr)
{
    uint32_t tries_max = options->tries_max > 0 ? options->tries_max : TRIES_MAX;
    uint64_t requests = FIRST_RUNS * scenario_request_count(scenario);
    struct shrinker shrinker = {
        .scenario = scenario,
        .options = options,
        .seed = options->seed,
        .lenient = true,
        .tries_max = tries_max,
        .requests_left = requests > REQUESTS_MAX ? requests : REQUESTS_MAX,
    };
    *ret = (struct shrink_result){.tries = 0};
    int status = run(&shrinker, arena, ret, reterr);
    arena_done(&shrinker.kept);
    arena_done(&shrinker.draft);
    return status;
}
