/* What a report says of the parameters of a fault: what its kind reads, and nothing else. */
#include "report/report_params.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>

static const uint8_t groups[] = {1, 0, GROUP_NONE, 1};

static void assert_params(struct fault fault, const char *expected)
{
    static struct scenario_node nodes[] = {
        {.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}};
    const struct scenario scenario = {.nodes = nodes, .node_count = 4};

    fault.hold = fault.hold == 0 ? NANOS_NEVER : fault.hold;
    fault.parameters.of_ppm = 500000;
    fault.parameters.ratio_ppm = 10000;
    json_t *params = report_params_value(&scenario, &fault);
    char *text = json_dumps(params, JSON_COMPACT);
    assert_string_equal(text, expected);
    free(text);
    json_decref(params);
}

static void test_params_of_each_kind(void **state)
{
    (void)state;
    assert_params((struct fault){.kind = FAULT_KILL}, "{}");
    assert_params((struct fault){.kind = FAULT_REFUSE, .hold = NANOS_PER_S}, "{\"for_ms\":1000.0}");
    assert_params((struct fault){.kind = FAULT_FLAP,
                                 .parameters = {.every = 2 * NANOS_PER_S,
                                                .down = 500 * NANOS_PER_MS,
                                                .how = FLAP_PAUSE}},
                  "{\"every_ms\":2000.0,\"down_ms\":500.0,\"how\":\"pause\"}");
    assert_params((struct fault){.kind = FAULT_RESET, .parameters.after_bytes = 7},
                  "{\"of\":0.5,\"after_bytes\":7}");
    assert_params((struct fault){.kind = FAULT_DELAY, .parameters.by = NANOS_PER_MS},
                  "{\"of\":0.5,\"by_ms\":1.0,\"jitter_ms\":0.0}");
    assert_params((struct fault){.kind = FAULT_SLOW_CLOSE, .parameters.by = NANOS_PER_S},
                  "{\"of\":0.5,\"by_ms\":1000.0,\"jitter_ms\":0.0}");
    assert_params((struct fault){.kind = FAULT_THROTTLE, .parameters.rate_bytes = 9},
                  "{\"of\":0.5,\"rate_bytes\":9}");
    assert_params((struct fault){.kind = FAULT_CORRUPT}, "{\"of\":0.5,\"ratio\":0.01}");
    assert_params((struct fault){.kind = FAULT_BLACKHOLE, .parameters.direction = DIRECTION_IN},
                  "{\"of\":0.5,\"direction\":\"in\"}");
    assert_params((struct fault){.kind = FAULT_PARTITION}, "{\"direction\":\"both\"}");
    assert_params((struct fault){.kind = FAULT_PARTITION,
                                 .parameters = {.direction = DIRECTION_OUT, .groups = groups}},
                  "{\"direction\":\"out\",\"groups\":[[\"b\"],[\"a\",\"d\"]]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params_of_each_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
