/* Whole runs through engine and runner: the same seed gives the same journal, and other seeds other
 * ones, also where nothing is drawn by the scenario. */
#include "unit/sim/bench.h"

#include "runner.h"
#include "scenario/scenario_read.h"

static const char text[] = "name: whole\n"
                           "duration: 3s\n"
                           "warmup: 200ms\n"
                           "traffic: {rate: 200/s}\n"
                           "faults:\n"
                           "  - {at: 500ms, for: 1s, kill: primary}\n"
                           "  - {at: 700ms, for: 1s, pause: backup-1}\n"
                           "  - {at: 2s, for: 500ms, slow: all, by: 20ms, jitter: 10ms}\n"
                           "  - {at: 2s, for: 500ms, delay: primary, by: 5ms, jitter: 5ms}\n"
                           "  - {at: 2200ms, for: 200ms, blackhole: primary}\n";

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    (void)context;
    (void)reterr;
    return sim_new(settings);
}

/* Of every field, so that padding does not count. */
static uint64_t fields_of(uint64_t hash, const struct event *event)
{
    const uint64_t fields[] = {
        (uint64_t)event->at,
        event->sequence,
        event->node,
        event->kind,
        event->kind == EVENT_EXECUTED ? event->executed.answer_hash : 0,
        event->kind == EVENT_ATTEMPT_END ? event->attempt_end.body_hash : 0,
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        hash = (hash ^ fields[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static int keep_digest(void *context,
                       const struct scenario_result *result,
                       const struct run_result *run,
                       const struct journal *journal,
                       struct error *reterr)
{
    uint64_t *digest = context;
    (void)result;
    (void)run;
    (void)reterr;
    *digest = 0;
    for (size_t i = 0; i < journal->count; i++) {
        *digest = fields_of(*digest, journal_at(journal, i));
    }
    return 0;
}

static enum verdict run_with(uint64_t seed, uint64_t *ret_digest)
{
    struct arena arena;
    struct scenario scenario;
    struct diagnostics diagnostics;
    struct scenario_result result;
    struct error error = {.text = ""};
    int signal = 0;
    arena_init(&arena, 0);
    diagnostics_init(&diagnostics, &arena);
    const struct scenario_source source = {
        .file = "whole.yaml", .bytes = text, .length = sizeof text - 1};
    const struct scenario_overrides none = {.setting_count = 0};
    assert_int_equal(scenario_read(&arena, &source, &none, &diagnostics, &scenario), 0);
    const struct runner_options options = {
        .open = open_world,
        .virtual_time = true,
        .has_seed = true,
        .seed = seed,
        .journal = keep_digest,
        .context = ret_digest,
    };
    assert_int_equal(runner_run(&arena, &scenario, &options, &result, &signal, &error), 0);
    assert_int_equal(signal, 0);
    enum verdict verdict = result.verdict;
    arena_done(&arena);
    return verdict;
}

static void test_same_seed_same_journal(void **state)
{
    uint64_t first = 0;
    uint64_t second = 0;
    (void)state;
    assert_int_equal(run_with(7, &first), VERDICT_PASS);
    assert_int_equal(run_with(7, &second), VERDICT_PASS);
    assert_int_equal(first, second);
}

static void test_every_seed_is_another_run(void **state)
{
    uint64_t digests[20];
    (void)state;
    for (size_t i = 0; i < 20; i++) {
        run_with(i, &digests[i]);
        for (size_t k = 0; k < i; k++) {
            assert_true(digests[i] != digests[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_journal),
        cmocka_unit_test(test_every_seed_is_another_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
