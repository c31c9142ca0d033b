#include "fake_runner.h"

#include "base/text.h"
#include "runner.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct fake_runner fake_runner;

static enum verdict verdict_of(const char *name)
{
    if (text_has_prefix(name, "fail")) {
        return VERDICT_FAIL;
    }
    if (text_has_prefix(name, "doubt") || text_has_prefix(name, "stop")) {
        return VERDICT_INCONCLUSIVE;
    }
    return VERDICT_PASS;
}

static void block_report(const char *name)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s/%s.json", fake_runner.block_folder, name);
    (void)mkdir(path, 0777);
}

static int tell_journal(struct arena *arena,
                        const struct runner_options *options,
                        const struct scenario_result *result,
                        struct error *reterr)
{
    struct journal journal;

    if (options->journal == NULL) {
        return 0;
    }
    journal_init(&journal, arena, 10);
    journal_append(&journal, (struct event){.kind = EVENT_PHASE, .node = NODE_NONE});
    return options->journal(options->context, result, &result->runs[0], &journal, reterr);
}

int runner_run(struct arena *arena,
               const struct scenario *scenario,
               const struct runner_options *options,
               struct scenario_result *ret,
               int *ret_signal,
               struct error *reterr)
{
    size_t call = fake_runner.count++;
    (void)snprintf(fake_runner.names[call], sizeof(fake_runner.names[call]), "%s", scenario->name);
    fake_runner.seeds[call] = options->has_seed ? options->seed : scenario->seed;
    fake_runner.repeats[call] = options->repeat;

    if (text_has_prefix(scenario->name, "broken")) {
        return error_plain(reterr, "the world is out of order");
    }
    *ret = (struct scenario_result){
        .scenario = scenario,
        .seed = fake_runner.seeds[call],
        .runs = ARENA_NEW(arena, struct run_result),
        .run_count = 1,
        .verdict = verdict_of(scenario->name),
    };
    ret->runs[0].rerun_of = UINT32_MAX;
    ret->runs[0].scenario = scenario;
    ret->runs[0].verdict = ret->verdict;
    *ret_signal = text_has_prefix(scenario->name, "stop") ? SIGTERM : 0;
    if (text_has_prefix(scenario->name, "block")) {
        block_report(scenario->name);
    }
    return tell_journal(arena, options, ret, reterr);
}
