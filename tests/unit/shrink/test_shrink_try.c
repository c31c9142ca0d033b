/* What a draft must do to be taken: fail the same expectation, as clearly, with a node to spare,
   and not only by the luck of one seed. */
#include "core/plan.h"
#include "scenario/scenario_read.h"
#include "shrink_parts.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define TRIES 100

/* The control client stays with the first node, come what may: it is down from 2s to 5s. */
static const char down_for_three_seconds[] = "name: down\n"
                                             "duration: 9s\n"
                                             "client: {profile: none}\n"
                                             "traffic: {rate: 50/s}\n"
                                             "faults: [{at: 2s, for: 3s, kill: primary}]\n"
                                             "expect: {outage: < 1s, failed_requests: == 0}\n";

struct trying {
    struct arena arena;
    struct scenario scenario;
    struct shrink_options options;
    struct shrinker shrinker;
};

static void begin(struct trying *trying, const char *yaml, uint64_t seed)
{
    struct diagnostics diagnostics;
    struct error error = {.os_errno = 0};
    struct scenario_source source = {.file = "x.yaml", .bytes = yaml, .length = strlen(yaml)};
    const char *names = NULL;
    *trying = (struct trying){.options = {.seed = seed}};
    arena_init(&trying->arena, 0);
    diagnostics_init(&diagnostics, &trying->arena);
    if (scenario_read(&trying->arena, &source, NULL, &diagnostics, &trying->scenario) < 0) {
        fail_msg("%s", diagnostics_render(&trying->arena, &diagnostics, yaml, strlen(yaml)));
    }
    trying->shrinker = (struct shrinker){
        .scenario = &trying->scenario,
        .options = &trying->options,
        .seed = seed,
        .lenient = true,
        .tries_max = TRIES,
        .requests_left = UINT64_MAX,
    };
    assert_int_equal(shrink_begin(&trying->shrinker, &trying->arena, &names, &error), 0);
    assert_true(shrink_be_strict(&trying->shrinker));
}

static void end(struct trying *trying)
{
    arena_done(&trying->shrinker.kept);
    arena_done(&trying->shrinker.draft);
    arena_done(&trying->arena);
}

static void test_the_first_failing_expectation_counts(void **state)
{
    struct trying trying;
    (void)state;
    begin(&trying, down_for_three_seconds, 1);
    struct shrinker *shrinker = &trying.shrinker;
    assert_string_equal(shrinker->failure.name, "outage");
    assert_int_equal(shrinker->failure.how, FAILING_BY_FIGURE);
    assert_true(shrinker->failure.excess > 2 * NANOS_PER_S);
    assert_int_equal(shrinker->excess_min, 100 * NANOS_PER_MS);
    /* It goes: what is left fails, but nothing that was asked about. */
    struct scenario *draft = shrink_draft(shrinker);
    draft->expectations[0] = draft->expectations[1];
    draft->expectation_count = 1;
    assert_false(shrink_try(shrinker, draft));
    end(&trying);
}

static bool try_hold(struct shrinker *shrinker, nanos hold)
{
    struct scenario *draft = shrink_draft(shrinker);
    draft->faults[0].hold = hold;
    return shrink_try(shrinker, draft);
}

static void test_a_limit_must_be_missed_clearly(void **state)
{
    struct trying trying;
    (void)state;
    begin(&trying, down_for_three_seconds, 1);
    assert_false(try_hold(&trying.shrinker, 900 * NANOS_PER_MS));
    assert_false(try_hold(&trying.shrinker, 1010 * NANOS_PER_MS));
    assert_true(try_hold(&trying.shrinker, 1200 * NANOS_PER_MS));
    assert_int_equal(trying.shrinker.smallest->faults[0].hold, 1200 * NANOS_PER_MS);
    end(&trying);
}

static void forget_seen(struct shrinker *shrinker)
{
    memset(shrinker->seen, 0, shrinker->seen_capacity * sizeof(*shrinker->seen));
}

static void test_what_is_not_valid_or_known_costs_no_try(void **state)
{
    struct trying trying;
    (void)state;
    begin(&trying, down_for_three_seconds, 1);
    struct shrinker *shrinker = &trying.shrinker;
    uint32_t tries = shrinker->tries;
    struct scenario *draft = shrink_draft(shrinker);
    draft->duration = 1 * NANOS_PER_S; /* the fault comes later */
    assert_false(shrink_try(shrinker, draft));
    assert_false(shrink_try(shrinker, shrink_draft(shrinker)));
    assert_int_equal(shrinker->tries, tries);
    assert_false(try_hold(shrinker, 500 * NANOS_PER_MS));
    assert_false(try_hold(shrinker, 500 * NANOS_PER_MS));
    assert_int_equal(shrinker->tries, tries + 1);
    end(&trying);
}

static void test_one_node_stays_free(void **state)
{
    struct trying trying;
    (void)state;
    begin(&trying, down_for_three_seconds, 1);
    struct shrinker *shrinker = &trying.shrinker;
    struct scenario *draft = shrink_draft(shrinker);
    assert_true(edit_drop_node(&shrinker->draft, draft, 2));
    assert_true(shrink_try(shrinker, draft));
    draft = shrink_draft(shrinker);
    assert_true(edit_drop_node(&shrinker->draft, draft, 1));
    assert_false(shrink_try(shrinker, draft));
    shrinker->spare = false;
    forget_seen(shrinker);
    draft = shrink_draft(shrinker);
    assert_true(edit_drop_node(&shrinker->draft, draft, 1));
    assert_true(shrink_try(shrinker, draft));
    end(&trying);
}

/* Whether the word `one` means the primary with that seed. */
static bool means_primary(uint64_t seed)
{
    struct prng targets;
    prng_init(&targets, seed, PRNG_STREAM_TARGETS);
    struct scenario scenario = {.node_count = 3};
    struct fault fault = {.target = TARGET_ONE};
    uint16_t nodes[3];
    assert_int_equal(plan_targets(&scenario, &fault, 0, &targets, nodes), 1);
    return nodes[0] == 0;
}

static void test_other_seeds_must_not_become_luck(void **state)
{
    struct trying trying;
    uint64_t seed = 1;
    (void)state;
    while (!means_primary(seed) || means_primary(seed + 1)) {
        seed++;
    }
    begin(&trying, down_for_three_seconds, seed);
    struct shrinker *shrinker = &trying.shrinker;
    assert_int_equal(shrinker->others, 3);
    shrinker->spare = false; /* a drawn target may be any node */
    struct scenario *draft = shrink_draft(shrinker);
    draft->faults[0].target = TARGET_ONE;
    assert_false(shrink_try(shrinker, draft));
    /* While it is only about fewer faults they do not count. */
    shrinker->lenient = true;
    forget_seen(shrinker);
    draft = shrink_draft(shrinker);
    draft->faults[0].target = TARGET_ONE;
    assert_true(shrink_try(shrinker, draft));
    end(&trying);
}

static bool try_end(struct shrinker *shrinker, nanos duration)
{
    struct scenario *draft = shrink_draft(shrinker);
    edit_end(&shrinker->draft, draft, duration);
    return shrink_try(shrinker, draft);
}

/* A switchover that is only cut off by the end is no longer known to be too long. */
static void test_the_end_must_not_make_it_vague(void **state)
{
    struct trying trying;
    (void)state;
    begin(&trying,
          "name: stopped\n"
          "duration: 20s\n"
          "client: {profile: apiservice, attempt_timeout: 2s}\n"
          "traffic: {rate: 50/s}\n"
          "faults: [{at: 2s, for: 4s, pause: primary}]\n"
          "expect: {switchover: < 1500ms}\n",
          1);
    struct shrinker *shrinker = &trying.shrinker;
    assert_int_equal(shrinker->failure.how, FAILING_UNRECOVERED);
    assert_false(try_end(shrinker, 4500 * NANOS_PER_MS));
    shrinker->failure.how = FAILING_BY_FIGURE;
    assert_false(try_end(shrinker, 4600 * NANOS_PER_MS));
    shrinker->failure.how = FAILING_UNRECOVERED;
    forget_seen(shrinker);
    assert_true(try_end(shrinker, 4600 * NANOS_PER_MS));
    end(&trying);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_failing_expectation_counts),
        cmocka_unit_test(test_a_limit_must_be_missed_clearly),
        cmocka_unit_test(test_what_is_not_valid_or_known_costs_no_try),
        cmocka_unit_test(test_one_node_stays_free),
        cmocka_unit_test(test_other_seeds_must_not_become_luck),
        cmocka_unit_test(test_the_end_must_not_make_it_vague),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
