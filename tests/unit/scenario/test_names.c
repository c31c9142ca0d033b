#include "scenario/names.h"
#include "scenario/scenario.h"
#include "unit/cmocka_all.h"

static void test_kinds_know_their_class(void **state)
{
    (void)state;
    assert_string_equal(fault_kind_word(FAULT_WRONG_ROLE), "wrong_role");
    assert_int_equal(fault_kind_class(FAULT_KILL), FAULT_CLASS_PROCESS);
    assert_int_equal(fault_kind_class(FAULT_GRAY), FAULT_CLASS_ANSWER);
    assert_int_equal(fault_kind_class(FAULT_SWITCH_TO), FAULT_CLASS_CLIENT);
    assert_int_equal(fault_kind_class(FAULT_FLAP), FAULT_CLASS_PROCESS);
    assert_int_equal(fault_kind_class(FAULT_CORRUPT), FAULT_CLASS_WIRE);
    assert_int_equal(fault_kind_class(FAULT_BLACKHOLE), FAULT_CLASS_PACKET);
    assert_true(fault_kind_opens(FAULT_PAUSE));
    assert_false(fault_kind_opens(FAULT_RESET_FAILED));
    assert_true(fault_kind_takes_for(FAULT_SLOW));
    assert_false(fault_kind_takes_for(FAULT_RESTART));
}

static void test_who_counts_hits(void **state)
{
    (void)state;
    assert_true(fault_kind_counts_hits(FAULT_RESPOND));
    assert_false(fault_kind_counts_hits(FAULT_REFUSE));
    assert_false(fault_kind_counts_hits(FAULT_KILL));
    assert_false(fault_kind_counts_hits(FAULT_SWITCH_TO));
    assert_false(fault_kind_counts_hits(FAULT_FLAP));
    assert_true(fault_kind_counts_hits(FAULT_RESET));
    assert_true(fault_kind_counts_hits(FAULT_PARTITION));
    assert_true(fault_kind_needs_hits(FAULT_BLACKHOLE));
    assert_true(fault_kind_needs_hits(FAULT_SLOW));
    assert_false(fault_kind_needs_hits(FAULT_PARTITION));
    assert_false(fault_kind_needs_hits(FAULT_REFUSE));
}

static void test_metrics_know_unit_and_scope(void **state)
{
    (void)state;
    assert_string_equal(metric_word(METRIC_LATENCY_P999), "latency.p999");
    assert_int_equal(metric_unit(METRIC_SWITCHOVER), UNIT_NANOS);
    assert_int_equal(metric_unit(METRIC_RELAPSES), UNIT_COUNT);
    assert_int_equal(metric_unit(METRIC_ATTEMPTS_PER_REQUEST), UNIT_RATIO);
    assert_int_equal(metric_scope(METRIC_OUTAGE), METRIC_SCOPE_DISTURBANCE);
    assert_int_equal(metric_scope(METRIC_FAILED_REQUESTS), METRIC_SCOPE_RUN);
}

static void test_lists_are_whole(void **state)
{
    size_t count = 0;
    (void)state;
    assert_string_equal(fault_kind_words(&count)[FAULT_KINDS - 1], "reset_failed");
    assert_int_equal(count, FAULT_KINDS);
    assert_string_equal(metric_words(&count)[METRICS - 1], "herd");
    assert_int_equal(count, METRICS);
    assert_string_equal(http_method_words(&count)[METHOD_PATCH], "PATCH");
    assert_int_equal(count, HTTP_METHODS);
}

static void test_post_and_patch_are_not_idempotent(void **state)
{
    (void)state;
    assert_false(http_method_is_idempotent(METHOD_POST));
    assert_false(http_method_is_idempotent(METHOD_PATCH));
    assert_true(http_method_is_idempotent(METHOD_DELETE));
    assert_true(http_method_is_idempotent(METHOD_PUT));
    assert_true(http_method_is_idempotent(METHOD_GET));
}

static uint64_t count_of(uint64_t rate_micro, nanos warmup, nanos duration)
{
    struct scenario scenario = {
        .warmup = warmup,
        .duration = duration,
        .traffic = {.rate_micro = rate_micro, .request_count = 1},
    };
    return scenario_request_count(&scenario);
}

static void test_requests_are_counted_by_their_due_time(void **state)
{
    (void)state;
    assert_int_equal(count_of(200000000, 0, NANOS_PER_S), 200);
    assert_int_equal(count_of(200000000, NANOS_PER_S, NANOS_PER_S), 400);
    /* Due at 0, 400 and 800 ms; at -400 and -800 ms. */
    assert_int_equal(count_of(2500000, NANOS_PER_S, NANOS_PER_S), 5);
    /* The first nanosecond after a due time makes one more; the due time itself does not. */
    assert_int_equal(count_of(1000000, 0, 2 * NANOS_PER_S), 2);
    assert_int_equal(count_of(1000000, 0, 2 * NANOS_PER_S + 1), 3);
    assert_int_equal(count_of(1000000, 2 * NANOS_PER_S, 1), 3);
    assert_int_equal(count_of(1000000, 2 * NANOS_PER_S - 1, 1), 2);
    assert_int_equal(count_of(0, NANOS_PER_S, NANOS_PER_S), 0);
    /* No overflow at the limits of both. */
    assert_int_equal(count_of(UINT64_C(1000000000000), 0, SCENARIO_DURATION_MAX),
                     UINT64_C(86400000000));
}

static void test_no_requests_without_a_mix(void **state)
{
    struct scenario scenario = {.duration = NANOS_PER_S, .traffic = {.rate_micro = 1000000}};
    (void)state;
    assert_int_equal(scenario_request_count(&scenario), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_know_their_class),
        cmocka_unit_test(test_who_counts_hits),
        cmocka_unit_test(test_metrics_know_unit_and_scope),
        cmocka_unit_test(test_lists_are_whole),
        cmocka_unit_test(test_post_and_patch_are_not_idempotent),
        cmocka_unit_test(test_requests_are_counted_by_their_due_time),
        cmocka_unit_test(test_no_requests_without_a_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
