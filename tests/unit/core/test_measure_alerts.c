/* Incidents of a run, and what came of the program that was told of them. */
#include "unit/cmocka_all.h"
#include "unit/core/journal_builder.h"

static void alert(struct builder *builder, nanos at, uint16_t node, uint32_t number, bool raised)
{
    builder_event(builder,
                  (struct event){.at = at,
                                 .node = node,
                                 .kind = EVENT_ALERT,
                                 .alert = {.why = "reset", .alert = number, .raised = raised}});
}

static void
hook(struct builder *builder, nanos at, uint16_t node, uint32_t number, struct hook_result result)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = node,
                                          .kind = EVENT_ALERT_HOOK,
                                          .hook = {.alert = number,
                                                   .end = (uint8_t)result.end,
                                                   .exit_status = result.exit_status}});
}

/* Told late, backup-1's end of an incident comes after the primary's beginning. */
static void incidents_are_told_apart(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    alert(&builder, 1 * S, BACKUP_1, 0, true);
    alert(&builder, 4 * S, PRIMARY, 1, true);
    alert(&builder, 3 * S, BACKUP_1, 2, false);
    alert(&builder, 5 * S, BACKUP_1, 3, true);
    alert(&builder, 6 * S, BACKUP_1, 4, false);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->alert_count, 3);
    assert_int_equal(measured->alerts[0].node, BACKUP_1);
    assert_int_equal(measured->alerts[0].raised, 1 * S);
    assert_int_equal(measured->alerts[0].cleared, 3 * S);
    assert_string_equal(measured->alerts[0].why, "reset");
    assert_int_equal(measured->alerts[1].node, PRIMARY);
    assert_true(measured->alerts[1].cleared == NANOS_NEVER);
    assert_int_equal(measured->alerts[2].raised, 5 * S);
    assert_int_equal(measured->alerts[2].cleared, 6 * S);
    for (size_t i = 0; i < 3; i++) {
        assert_false(measured->alerts[i].raised_hook.known);
        assert_false(measured->alerts[i].cleared_hook.known);
    }
    builder_done(&builder);
}

static void hooks_belong_to_their_alerts(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    alert(&builder, 1 * S, BACKUP_1, 0, true);
    alert(&builder, 3 * S, BACKUP_1, 1, false);
    alert(&builder, 4 * S, PRIMARY, 2, true);
    hook(&builder, 5 * S, BACKUP_1, 1, (struct hook_result){.end = HOOK_EXITED, .exit_status = 3});
    hook(&builder, 6 * S, BACKUP_1, 0, (struct hook_result){.end = HOOK_TIMED_OUT});
    hook(&builder, 6 * S, BACKUP_1, 99, (struct hook_result){.end = HOOK_CUT});
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->alert_count, 2);
    assert_true(measured->alerts[0].raised_hook.known);
    assert_int_equal(measured->alerts[0].raised_hook.end, HOOK_TIMED_OUT);
    assert_true(measured->alerts[0].cleared_hook.known);
    assert_int_equal(measured->alerts[0].cleared_hook.end, HOOK_EXITED);
    assert_int_equal(measured->alerts[0].cleared_hook.exit_status, 3);
    assert_false(measured->alerts[1].raised_hook.known);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incidents_are_told_apart),
        cmocka_unit_test(hooks_belong_to_their_alerts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
