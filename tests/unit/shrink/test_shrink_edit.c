/* Edits of a scenario: what refers to what is gone must follow, and the rest stay as it was. */
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "shrink_parts.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

struct editing {
    struct arena arena;
    struct scenario scenario;
};

static void begin(struct editing *editing, const char *yaml)
{
    struct diagnostics diagnostics;
    struct scenario_source source = {.file = "x.yaml", .bytes = yaml, .length = strlen(yaml)};
    arena_init(&editing->arena, 0);
    diagnostics_init(&diagnostics, &editing->arena);
    int status = scenario_read(&editing->arena, &source, NULL, &diagnostics, &editing->scenario);
    assert_int_equal(status, 0);
}

/* Whether a part of the scenario, written, reads so. */
static void expect_part(struct editing *editing, const char *part)
{
    const char *text = scenario_write(&editing->arena, &editing->scenario, NULL, NULL);
    if (strstr(text, part) == NULL) {
        fail_msg("expected:\n%s\nin:\n%s", part, text);
    }
}

static void test_faults_take_their_expectations_along(void **state)
{
    static const bool keep[] = {false, true, false, true};
    struct editing editing;
    (void)state;
    begin(&editing, "name: x\n"
                    "faults:\n"
                    "  - {at: 1s, pause: primary, for: 8s, expect: {switchover: < 1s}}\n"
                    "  - {at: 2s, pause: backup-1, for: 7s, expect: {outage: < 2s}}\n"
                    "  - {at: 3s, kill: primary, expect: {outage: < 3s}}\n"
                    "  - {at: 4s, kill: backup-2, expect: {outage: < 4s}}\n"
                    "expect: {failed_requests: 0}\n");
    edit_faults(&editing.scenario, keep);
    expect_part(&editing, "faults:\n"
                          "  - {at: 2s, for: 7s, id: pause-2, pause: backup-1, "
                          "expect: {outage: < 2s}}\n"
                          "  - {at: 4s, id: kill-4, kill: backup-2, expect: {outage: < 4s}}\n");
    assert_int_equal(editing.scenario.expectation_count, 3);
    assert_int_equal(editing.scenario.expectations[0].fault, FAULT_NONE);
    arena_done(&editing.arena);
}

static void test_an_earlier_end(void **state)
{
    struct editing editing;
    (void)state;
    begin(&editing, "name: x\n"
                    "faults:\n"
                    "  - {at: 6s, kill: primary, expect: {outage: < 1s}}\n"
                    "  - {at: 2s..4s, kill: backup-1, expect: {outage: < 2s}}\n"
                    "  - {at: 4s..5s, kill: backup-2}\n");
    edit_end(&editing.arena, &editing.scenario, 5 * NANOS_PER_S);
    expect_part(&editing, "duration: 5s\n");
    expect_part(&editing, "faults:\n"
                          "  - {at: 2s..4s, id: kill-2, kill: backup-1, expect: {outage: < 2s}}\n");
    assert_int_equal(editing.scenario.fault_count, 1);
    arena_done(&editing.arena);
}

static void test_a_node_goes(void **state)
{
    struct editing editing;
    (void)state;
    begin(&editing, "name: x\n"
                    "nodes: 5\n"
                    "client: {profile: apiservice}\n"
                    "faults:\n"
                    "  - {at: 1s, kill: [primary, backup-3]}\n"
                    "  - {at: 2s, partition: primary, groups: [[primary], [backup-3, backup-2], "
                    "[backup-4]]}\n"
                    "expect: {share.backup-4: < 50%}\n");
    assert_false(edit_drop_node(&editing.arena, &editing.scenario, 0));
    assert_false(edit_drop_node(&editing.arena, &editing.scenario, 3));
    assert_false(edit_drop_node(&editing.arena, &editing.scenario, 4));
    assert_true(edit_drop_node(&editing.arena, &editing.scenario, 2));
    assert_true(edit_drop_node(&editing.arena, &editing.scenario, 1));
    expect_part(&editing, "nodes:\n"
                          "  - {name: primary}\n"
                          "  - {name: backup-3, port: 8083}\n"
                          "  - {name: backup-4, port: 8084}\n");
    expect_part(&editing, "kill: [primary, backup-3]}\n");
    expect_part(&editing, "groups: [[primary], [backup-3], [backup-4]]}\n");
    expect_part(&editing, "share.backup-4: < 50%\n");
    assert_int_equal(editing.scenario.expectations[0].node, 2);
    expect_part(&editing, "client:\n  profile: apiservice\n\n");
    arena_done(&editing.arena);
}

static void test_the_last_node_stays(void **state)
{
    struct editing editing;
    (void)state;
    begin(&editing, "name: x\nnodes: 1\n");
    assert_false(edit_drop_node(&editing.arena, &editing.scenario, 0));
    arena_done(&editing.arena);
}

static void test_targets_become_names(void **state)
{
    static const uint16_t nodes[] = {1, 2};
    struct editing editing;
    (void)state;
    begin(&editing, "name: x\n"
                    "faults:\n"
                    "  - {at: 1s, kill: others}\n"
                    "  - {at: 2s, partition: minority}\n");
    edit_target(&editing.arena, &editing.scenario, &editing.scenario.faults[0], nodes, 2);
    edit_target(&editing.arena, &editing.scenario, &editing.scenario.faults[1], nodes, 1);
    expect_part(&editing, "  - {at: 1s, kill: [backup-1, backup-2]}\n"
                          "  - {at: 2s, partition: backup-1}\n");
    assert_int_equal(editing.scenario.faults[1].parameters.groups[1], 0);
    assert_int_equal(editing.scenario.faults[1].parameters.groups[2], 1);
    arena_done(&editing.arena);
}

static void test_only_the_failing_expectation(void **state)
{
    static const struct failure failure = {
        .name = "outage",
        .limit_text = "< 2s",
        .of_fault = true,
    };
    struct editing editing;
    (void)state;
    begin(&editing, "name: x\n"
                    "faults:\n"
                    "  - {at: 1s, kill: primary, expect: {outage: < 2s, switchover: < 2s}}\n"
                    "  - {at: 2s, kill: backup-1, expect: {outage: < 2s}}\n"
                    "  - {at: 2s, kill: backup-2, expect: {outage: < 3s}}\n"
                    "expect: {outage: < 2s}\n");
    edit_expectations(&editing.scenario, &failure);
    assert_int_equal(editing.scenario.expectation_count, 2);
    assert_int_equal(editing.scenario.expectations[0].fault, 0);
    assert_int_equal(editing.scenario.expectations[1].fault, 1);
    arena_done(&editing.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_take_their_expectations_along),
        cmocka_unit_test(test_an_earlier_end),
        cmocka_unit_test(test_a_node_goes),
        cmocka_unit_test(test_the_last_node_stays),
        cmocka_unit_test(test_targets_become_names),
        cmocka_unit_test(test_only_the_failing_expectation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
