#include "runner.h"

#include "base/check.h"
#include "core/chaos.h"
#include "engine.h"
#include "world/loop.h"

#include <time.h>

/* Events of a run: enough for 20 million requests with a few attempts each; past it the run is
 * log_full. */
#define JOURNAL_EVENTS_MAX (UINT64_C(256) * 1024 * 1024)
/* Noise may be cured by another run, but not for ever: at most 2 + repeat / 4 reruns a scenario. */
#define RERUNS_MIN         2
#define RERUNS_PART        4

struct runner {
    struct arena *arena; /* what stays */
    const struct scenario *scenario;
    const struct runner_options *options;
    struct scenario_result *result;
    uint32_t planned; /* runs, reruns included */
    int signal;
};

static nanos wall_now(const struct runner *runner)
{
    return runner->options->virtual_time ? 0 : loop_clock();
}

static int64_t realtime_now(const struct runner *runner)
{
    struct timespec now;

    if (runner->options->virtual_time) {
        return 0;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * NANOS_PER_S + now.tv_nsec;
}

static void show(void *context, struct progress *progress)
{
    const struct runner *runner = context;
    progress->run = (uint32_t)runner->result->run_count;
    progress->run_count = runner->planned;
    runner->options->progress(runner->options->context, progress);
}

static int drive(struct runner *runner,
                 struct arena *arena,
                 struct run_result *run,
                 struct journal *journal,
                 struct error *reterr)
{
    const struct world_settings settings = {
        .arena = arena,
        .scenario = run->scenario,
        .run = run->index,
        .seed = run->seed,
    };
    struct world *world = runner->options->open(runner->options->context, &settings, reterr);
    if (world == NULL) {
        return -1;
    }
    const struct engine_settings engine = {
        .scenario = run->scenario,
        .seed = run->seed,
        .world = world,
        .journal = journal,
        .progress = runner->options->progress == NULL ? NULL : show,
        .context = runner,
    };
    struct engine_end end = engine_run(arena, &engine);
    runner->signal = end.signal;
    run->turns = end.turns;
    world->ops->close(world);
    return 0;
}

/* One run, measured and judged; its journal lives no longer than that. */
static int run_once(struct runner *runner, struct run_result *run, struct error *reterr)
{
    struct arena run_arena;
    struct arena scratch;
    struct journal journal;
    arena_init(&run_arena, 0);
    arena_init(&scratch, 0);
    journal_init(&journal, &run_arena, JOURNAL_EVENTS_MAX);
    run->started_realtime = realtime_now(runner);
    nanos begin = wall_now(runner);
    int status = drive(runner, &run_arena, run, &journal, reterr);
    if (status == 0) {
        run->wall_ns = wall_now(runner) - begin;
        measure(runner->arena, &scratch, run->scenario, &journal, &run->measurement);
        verdict_run(runner->arena, run->scenario, &journal, run);
        if (runner->options->journal != NULL) {
            status = runner->options->journal(runner->options->context, runner->result, run,
                                              &journal, reterr);
        }
        measure_forget_requests(&run->measurement);
    }
    arena_done(&scratch);
    arena_done(&run_arena);
    return status;
}

static struct run_result *add_run(struct runner *runner, uint32_t number, uint32_t rerun_of)
{
    struct scenario_result *result = runner->result;
    const struct scenario *const *schedules = runner->options->schedules;
    uint64_t seed = result->seed + number;
    struct run_result *run = &result->runs[result->run_count];
    *run = (struct run_result){
        .index = (uint32_t)result->run_count,
        .rerun_of = rerun_of,
        .seed = seed,
        .scenario = schedules != NULL ? schedules[number]
                                      : chaos_resolve(runner->arena, runner->scenario, seed),
    };
    return run;
}

/* A rerun repeats the seed of the run that it replaces: only the noise shall differ. */
static int
run_with_reruns(struct runner *runner, uint32_t number, uint32_t *reruns_left, struct error *reterr)
{
    struct run_result *run = add_run(runner, number, UINT32_MAX);
    for (;;) {
        if (run_once(runner, run, reterr) < 0) {
            return -1;
        }
        runner->result->run_count++;
        if (runner->signal != 0 || *reruns_left == 0 || !verdict_wants_rerun(run)) {
            return 0;
        }
        --*reruns_left;
        runner->planned++;
        run->superseded = true;
        run = add_run(runner, number, run->index);
    }
}

int runner_run(struct arena *arena,
               const struct scenario *scenario,
               const struct runner_options *options,
               struct scenario_result *ret,
               int *ret_signal,
               struct error *reterr)
{
    uint32_t repeat = options->repeat > 0 ? options->repeat : scenario->repeat;
    /* There is no noise in virtual time. */
    uint32_t reruns = options->virtual_time ? 0 : RERUNS_MIN + repeat / RERUNS_PART;
    CHECK(options->has_seed || scenario->has_seed);
    *ret = (struct scenario_result){
        .scenario = scenario,
        .seed = options->has_seed ? options->seed : scenario->seed,
        .simulated = options->virtual_time,
        .runs = ARENA_ARRAY(arena, struct run_result, (size_t)repeat + reruns),
    };
    struct runner runner = {
        .arena = arena,
        .scenario = scenario,
        .options = options,
        .result = ret,
        .planned = repeat,
    };
    ret->started_realtime = realtime_now(&runner);
    nanos begin = wall_now(&runner);
    for (uint32_t i = 0; i < repeat && runner.signal == 0; i++) {
        if (run_with_reruns(&runner, i, &reruns, reterr) < 0) {
            return -1;
        }
    }
    ret->interrupted = runner.signal != 0;
    ret->wall_ns = wall_now(&runner) - begin;
    verdict_scenario(arena, ret);
    *ret_signal = runner.signal;
    return 0;
}
