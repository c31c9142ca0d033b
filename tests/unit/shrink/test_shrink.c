/* Whole shrinkings, with the real simulation: the result is small, valid, fails in the same way,
   and is the same each time. */
#include "runner.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "shrink.h"
#include "unit/cmocka_all.h"
#include "world/sim/sim.h"

#include <string.h>

/* The client gives a stopped node five seconds; the other faults are mere distraction. */
static const char stopped_among_others[] = "name: stopped-among-others\n"
                                           "description: The reason is one of many.\n"
                                           "tags: [slow]\n"
                                           "warmup: 1s\n"
                                           "duration: 40s\n"
                                           "nodes: 4\n"
                                           "client: {profile: apiservice, instances: 2}\n"
                                           "traffic:\n"
                                           "  rate: 100/s\n"
                                           "  requests:\n"
                                           "    - {path: /api/raft/status, weight: 3}\n"
                                           "    - {path: /api/providers}\n"
                                           "faults:\n"
                                           "  - {at: 3120ms, for: 2s, slow: backup-1, by: 3ms}\n"
                                           "  - {at: 5s..6s, for: 3s, kill: backup-2}\n"
                                           "  - {at: 12345ms, for: 15677ms, pause: current}\n"
                                           "  - {at: 30s, for: 1s, slow: backup-3, by: 2ms}\n"
                                           "expect:\n"
                                           "  outage: < 5s\n"
                                           "  lost: 0\n";

struct shrinking {
    struct arena arena;
    struct scenario scenario;
    struct shrink_result result;
    struct error error;
    uint32_t calls;
    int status;
};

static void count_call(void *context, uint32_t tries, const struct scenario *smallest)
{
    struct shrinking *shrinking = context;
    shrinking->calls++;
    assert_int_equal(tries, shrinking->calls);
    assert_non_null(smallest);
}

static void read_scenario(struct arena *arena, const char *yaml, struct scenario *ret)
{
    struct diagnostics diagnostics;
    struct scenario_source source = {.file = "x.yaml", .bytes = yaml, .length = strlen(yaml)};
    diagnostics_init(&diagnostics, arena);
    if (scenario_read(arena, &source, NULL, &diagnostics, ret) < 0) {
        fail_msg("%s", diagnostics_render(arena, &diagnostics, yaml, strlen(yaml)));
    }
}

static void begin(struct shrinking *shrinking, const char *yaml, uint64_t seed, uint32_t tries_max)
{
    *shrinking = (struct shrinking){.status = -2};
    arena_init(&shrinking->arena, 0);
    read_scenario(&shrinking->arena, yaml, &shrinking->scenario);
    struct shrink_options options = {
        .seed = seed,
        .tries_max = tries_max,
        .progress = count_call,
        .context = shrinking,
    };
    shrinking->status = shrink(&shrinking->arena, &shrinking->scenario, &options,
                               &shrinking->result, &shrinking->error);
}

static const char *text_of(struct shrinking *shrinking)
{
    const char *comment = shrink_comment(&shrinking->arena, &shrinking->scenario,
                                         &shrinking->result, "1.2.3", "reports/x.yaml");
    return scenario_write(&shrinking->arena, shrinking->result.smallest, comment,
                          shrinking->result.fault_comments);
}

static void holds(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
}

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    (void)context;
    (void)reterr;
    return sim_new(settings);
}

/* What was written must fail when it is run by itself, for the same expectation. */
static void fails_when_run(struct shrinking *shrinking, const char *text, const char *name)
{
    struct scenario scenario;
    struct scenario_result result;
    struct error error = {.os_errno = 0};
    struct runner_options options = {.open = open_world, .virtual_time = true};
    int signal = 0;
    read_scenario(&shrinking->arena, text, &scenario);
    assert_int_equal(runner_run(&shrinking->arena, &scenario, &options, &result, &signal, &error),
                     0);
    assert_int_equal(result.verdict, VERDICT_FAIL);
    assert_int_equal(result.result_count, 1);
    assert_int_equal(result.results[0].verdict, VERDICT_FAIL);
    assert_string_equal(result.results[0].expectation->name, name);
}

static void test_one_fault_of_four(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking, stopped_among_others, 7, 0);
    assert_int_equal(shrinking.status, 0);
    assert_string_equal(shrinking.result.failure, "outage");
    assert_string_equal(shrinking.result.broken, "outage < 5s");
    assert_int_equal(shrinking.result.seed, 7);
    const struct scenario *smallest = shrinking.result.smallest;
    const char *text = text_of(&shrinking);
    assert_string_equal(smallest->name, "stopped-among-others-seed-7");
    assert_int_equal(smallest->fault_count, 1);
    assert_int_equal(smallest->faults[0].kind, FAULT_PAUSE);
    assert_int_equal(smallest->faults[0].target, TARGET_NODES);
    assert_int_equal(smallest->node_count, 2);
    assert_int_equal(smallest->client.instances, 1);
    assert_int_equal(smallest->traffic.request_count, 1);
    assert_int_equal(smallest->warmup, 0);
    assert_true(smallest->duration <= 10 * NANOS_PER_S);
    holds(text, "\nseed: 7\n");
    holds(text, "{at: 1s, ");
    holds(text, "pause: primary");
    holds(text, "  # primary is stopped");
    holds(text, "# outage < 5s fails: 5.");
    holds(text, "bascule run reports/x.yaml");
    fails_when_run(&shrinking, text, "outage");
    arena_done(&shrinking.arena);
}

/* Two silent nodes cost a request two attempts of a second each, one of them alone only one. */
static void test_two_faults_of_six(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking,
          "name: two\n"
          "duration: 60s\n"
          "nodes: 4\n"
          "client: {attempt_timeout: 1s}\n"
          "traffic: {rate: 50/s}\n"
          "faults:\n"
          "  - {at: 1s, for: 1s, slow: primary, by: 1ms}\n"
          "  - {at: 22100ms..22600ms, for: 9s, pause: backup-1}\n"
          "  - {at: 20s, for: 1s, slow: backup-2, by: 1ms}\n"
          "  - {at: 23s, for: 1s, slow: backup-3, by: 1ms}\n"
          "  - {at: 22s..22500ms, for: 9s, id: mine, hang: primary}\n"
          "  - {at: 40s, for: 1s, kill: backup-2}\n"
          "expect: {worst_latency: < 1500ms}\n",
          4, 0);
    const struct scenario *smallest = shrinking.result.smallest;
    assert_int_equal(shrinking.status, 0);
    assert_int_equal(smallest->fault_count, 2);
    assert_string_equal(smallest->faults[0].id, "mine");
    assert_string_equal(smallest->faults[1].id, "pause-2");
    assert_true(smallest->faults[0].at_from <= smallest->faults[1].at_from);
    assert_int_equal(smallest->faults[0].at_from, NANOS_PER_S);
    assert_int_equal(smallest->faults[1].at_from % (100 * NANOS_PER_MS), 0);
    assert_int_equal(smallest->faults[1].at_from, smallest->faults[1].at_to);
    assert_int_equal(smallest->node_count, 3);
    assert_true(smallest->duration <= 3 * NANOS_PER_S);
    fails_when_run(&shrinking, text_of(&shrinking), "worst_latency");
    arena_done(&shrinking.arena);
}

static void test_the_same_each_time(void **state)
{
    struct shrinking once;
    struct shrinking again;
    (void)state;
    begin(&once, stopped_among_others, 8, 0);
    begin(&again, stopped_among_others, 8, 0);
    assert_int_equal(once.status, 0);
    assert_int_equal(once.result.tries, again.result.tries);
    assert_string_equal(text_of(&once), text_of(&again));
    arena_done(&once.arena);
    arena_done(&again.arena);
}

static void test_few_tries(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking, stopped_among_others, 7, 5);
    assert_int_equal(shrinking.status, 0);
    assert_int_equal(shrinking.calls, 5);
    assert_int_equal(shrinking.result.tries, 5);
    fails_when_run(&shrinking, text_of(&shrinking), "outage");
    arena_done(&shrinking.arena);
}

static void test_what_passes_is_not_shrunk(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking,
          "name: fine\n"
          "faults: [{at: 2s, kill: primary}]\n"
          "expect: {switchover: < 4s}\n",
          3, 0);
    assert_int_equal(shrinking.status, 1);
    assert_non_null(strstr(shrinking.error.text, "'fine' does not fail with seed 3"));
    arena_done(&shrinking.arena);
}

/* Of what is known to fail nobody wants to hear: the news comes first. */
static void test_news_before_known_issues(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking,
          "name: known\n"
          "duration: 20s\n"
          "client: {profile: apiservice}\n"
          "known_issue: {why: it waits, fails: [switchover]}\n"
          "faults: [{at: 2s, for: 8s, pause: primary}]\n"
          "expect: {switchover: < 4s, outage: < 3s}\n",
          3, 0);
    assert_int_equal(shrinking.status, 0);
    assert_string_equal(shrinking.result.failure, "switchover, outage");
    assert_string_equal(shrinking.result.broken, "outage < 3s");
    assert_null(shrinking.result.smallest->known_why);
    arena_done(&shrinking.arena);
}

static void test_a_figure_pooled_over_runs(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking,
          "name: pooled\n"
          "repeat: 3\n"
          "duration: 20s\n"
          "client: {attempt_timeout: 1s}\n"
          "faults: [{at: 2s, for: 8s, pause: primary}, {at: 12s, for: 3s, kill: primary}]\n"
          "expect: {outage.max: < 900ms}\n",
          3, 0);
    assert_int_equal(shrinking.status, 0);
    assert_string_equal(shrinking.result.broken, "outage.max < 900ms");
    assert_int_equal(shrinking.result.seed, 3);
    assert_int_equal(shrinking.result.smallest->repeat, 1);
    assert_int_equal(shrinking.result.smallest->fault_count, 1);
    fails_when_run(&shrinking, text_of(&shrinking), "outage.max");
    arena_done(&shrinking.arena);
}

/* Of several runs the one that fails is shrunk, with its own seed. */
static void test_a_later_run_fails(void **state)
{
    struct shrinking shrinking;
    uint64_t seed = 1;
    (void)state;
    for (;; seed++) {
        begin(&shrinking,
              "name: later\n"
              "repeat: 2\n"
              "client: {profile: none}\n"
              "faults: [{at: 2s, for: 4s, kill: one}]\n"
              "expect: {outage: < 900ms}\n",
              seed, 0);
        if (shrinking.status == 0 && shrinking.result.seed == seed + 1) {
            break;
        }
        assert_true(seed < 100);
        arena_done(&shrinking.arena);
    }
    assert_int_equal(shrinking.result.smallest->seed, seed + 1);
    fails_when_run(&shrinking, text_of(&shrinking), "outage");
    arena_done(&shrinking.arena);
}

/* A fault's own expectation goes where the fault goes. */
static void test_an_expectation_of_a_fault(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking,
          "name: carried\n"
          "duration: 30s\n"
          "client: {profile: apiservice}\n"
          "faults:\n"
          "  - {at: 2s, for: 1s, slow: backup-2, by: 5ms}\n"
          "  - {at: 4s, for: 8s, id: mine, hang: one, expect: {outage: < 4s}}\n"
          "  - {at: 4s, for: 8s, id: sure, hang: primary, expect: {outage: < 4s}}\n",
          3, 0);
    assert_int_equal(shrinking.status, 0);
    assert_int_equal(shrinking.result.smallest->fault_count, 1);
    assert_int_equal(shrinking.result.smallest->expectation_count, 1);
    assert_int_equal(shrinking.result.smallest->expectations[0].fault, 0);
    fails_when_run(&shrinking, text_of(&shrinking), "outage");
    arena_done(&shrinking.arena);
}

static void test_long_names_are_cut(void **state)
{
    struct shrinking shrinking;
    (void)state;
    begin(&shrinking,
          "name: a234567890123456789012345678901234567890123456789012345678901234\n"
          "duration: 20s\n"
          "client: {profile: apiservice}\n"
          "faults: [{at: 2s, for: 8s, pause: primary}]\n"
          "expect: {outage: < 3s}\n",
          UINT64_MAX, 10);
    assert_int_equal(shrinking.status, 0);
    assert_string_equal(shrinking.result.smallest->name,
                        "a2345678901234567890123456789012345678-seed-18446744073709551615");
    arena_done(&shrinking.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_fault_of_four),
        cmocka_unit_test(test_two_faults_of_six),
        cmocka_unit_test(test_the_same_each_time),
        cmocka_unit_test(test_few_tries),
        cmocka_unit_test(test_what_passes_is_not_shrunk),
        cmocka_unit_test(test_news_before_known_issues),
        cmocka_unit_test(test_a_figure_pooled_over_runs),
        cmocka_unit_test(test_a_later_run_fails),
        cmocka_unit_test(test_an_expectation_of_a_fault),
        cmocka_unit_test(test_long_names_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
