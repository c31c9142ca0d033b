/* What clients say of the nodes, beside what was so. */
#include "unit/cmocka_all.h"
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

/* One letter a node: healthy, failed, probing, or '-' where the answer does not tell of it. */
static void
said_by(struct builder *builder, nanos at, uint16_t client, uint16_t active, const char *beliefs)
{
    for (uint32_t node = 0; node < BUILDER_NODES; node++) {
        enum belief belief = BELIEF_HEALTHY;

        if (beliefs[node] == '-') {
            continue;
        }
        if (beliefs[node] != 'h') {
            belief = beliefs[node] == 'f' ? BELIEF_FAILED : BELIEF_PROBING;
        }
        builder_event(builder, (struct event){.at = at,
                                              .node = (uint16_t)node,
                                              .kind = EVENT_STATUS,
                                              .status = {.asked = at - 3 * MS,
                                                         .latency = 2 * MS * node,
                                                         .client = client,
                                                         .belief = (uint8_t)belief,
                                                         .active = node == active}});
    }
}

static void said(struct builder *builder, nanos at, const char *beliefs)
{
    said_by(builder, at, 0, NODE_NONE, beliefs);
}

/* What the client says at each full second, the same until the next of them. */
static void said_from(struct builder *builder, nanos from, nanos to, const char *beliefs)
{
    for (nanos at = from; at < to; at += S) {
        said(builder, at, beliefs);
    }
}

static void attempt_ended(
    struct builder *builder, nanos at, uint16_t client, uint16_t node, enum outcome outcome)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = (uint16_t)node,
                                          .kind = EVENT_ATTEMPT_END,
                                          .attempt_end = {.request = 0,
                                                          .client = client,
                                                          .status = 500,
                                                          .outcome = (uint8_t)outcome}});
}

static struct figure stale(struct builder *builder)
{
    return builder_measure(builder)->metrics[METRIC_STATUS_STALE];
}

static void without_an_answer_nothing_is_measured(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 5 * S);
    said(&builder, -1 * S, "hhh");
    said(&builder, 9 * S, "hhh"); /* traffic is over */
    builder_traffic(&builder);
    ASSERT_ABSENT(stale(&builder));
    assert_int_equal(builder.measurement.status_count, 0);
    builder_done(&builder);
}

struct stale_case {
    const char *first;  /* said up to 3 s */
    const char *middle; /* ... at 4 s and 5 s */
    const char *last;   /* ... from 6 s on */
    int64_t stale_ns;
};

/* The primary is down from 3.2 s to 5.5 s. */
static void from_the_change_to_the_first_right_answer(void **state)
{
    static const struct stale_case cases[] = {
        {"hhh", "fhh", "hhh", 0},
        {"hhh", "hhh", "hhh", 2300 * MS}, /* until it is well again by itself */
        {"hhh", "phh", "phh", 0},         /* to try is neither */
        {"hhh", "fhh", "fhh", 3500 * MS}, /* to the end of traffic */
        {"hfh", "ffh", "hhh", 6 * S},     /* from the beginning: never so */
        {"hhh", "ffh", "hhh", 2 * S},     /* from when it was first said */
        {"hhh", "-hh", "hhh", 0},         /* silent about it */
        {"fhh", "fhh", "hhh", 3200 * MS}, /* wrong, until it came true */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, 9 * S);
        builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3200 * MS, 5500 * MS);
        said_from(&builder, 0, 4 * S, cases[i].first);
        said_from(&builder, 4 * S, 6 * S, cases[i].middle);
        said_from(&builder, 6 * S, 9 * S, cases[i].last);
        ASSERT_VALUE(stale(&builder), cases[i].stale_ns);
        builder_done(&builder);
    }
}

static void the_first_right_answer_ends_it(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 1200 * MS, 4500 * MS);
    said_from(&builder, 0, 3 * S, "hhh");
    said(&builder, 3 * S, "fhh");
    said(&builder, 4 * S, "hhh"); /* wrong once more: a stretch of its own */
    said_from(&builder, 5 * S, 7 * S, "fhh");
    said_from(&builder, 7 * S, 9 * S, "hhh");
    ASSERT_VALUE(stale(&builder), 2500 * MS); /* 4.5 s to 7 s; 1.2 s to 3 s is shorter */
    builder_done(&builder);
}

static void nobody_is_wrong_about_an_impaired_node(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder_fault(&builder, FAULT_SLOW, 1 << PRIMARY | 1 << BACKUP_1, 0, NANOS_NEVER);
    said_from(&builder, 0, 9 * S, "fhh");
    ASSERT_VALUE(stale(&builder), 0);
    builder_done(&builder);
}

static void an_isolated_node_may_be_said_to_be_failed(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder_fault(&builder, FAULT_ISOLATE, 1 << BACKUP_1, 1500 * MS, 5500 * MS);
    said_from(&builder, 0, 2 * S, "hhh");
    said_from(&builder, 2 * S, 8 * S, "hfh"); /* two seconds longer than it was */
    said(&builder, 8 * S, "hhh");
    ASSERT_VALUE(stale(&builder), 2 * S);
    builder_done(&builder);
}

/* The health endpoint of a gray node is fine: who did not see a request fail cannot know. */
static void a_hidden_fault_counts_from_when_the_client_saw_it(void **state)
{
    static const struct {
        uint16_t client;
        uint16_t node;
        enum outcome outcome;
        int64_t stale_ns;
    } cases[] = {
        {0, BACKUP_1, OUTCOME_ANSWER, 2600 * MS}, /* 3.4 s to 6 s */
        {0, BACKUP_1, OUTCOME_TIMEOUT, 2600 * MS}, {0, BACKUP_1, OUTCOME_BEATEN, 0},
        {0, BACKUP_1, OUTCOME_CANCELLED, 0},       {0, BACKUP_2, OUTCOME_ANSWER, 0},
        {1, BACKUP_1, OUTCOME_ANSWER, 0}, /* another client, which said so by 4 s */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, 9 * S);
        builder.scenario.client.instances = 2;
        builder_fault(&builder, FAULT_GRAY, 1 << BACKUP_1, 2 * S, 7 * S);
        attempt_ended(&builder, 1900 * MS, 0, BACKUP_1, OUTCOME_ANSWER); /* before it */
        attempt_ended(&builder, 3400 * MS, cases[i].client, cases[i].node, cases[i].outcome);
        attempt_ended(&builder, 3900 * MS, cases[i].client, cases[i].node, cases[i].outcome);
        attempt_ended(&builder, 3900 * MS, 7, BACKUP_1, OUTCOME_ANSWER); /* was not asked */
        for (nanos at = 0; at < 9 * S; at += S) {
            said_by(&builder, at, 0, NODE_NONE, at < 6 * S || at >= 7 * S ? "hhh" : "hfh");
            said_by(&builder, at, 1, NODE_NONE, at < 4 * S || at >= 7 * S ? "hhh" : "hfh");
        }
        ASSERT_VALUE(stale(&builder), cases[i].stale_ns);
        builder_done(&builder);
    }
}

/* It dies at 4.3 s without ceasing to be gray in between. */
static void what_hides_no_more_counts_from_there(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder_fault(&builder, FAULT_GRAY, 1 << BACKUP_1, 2 * S, 9 * S);
    builder_fault(&builder, FAULT_KILL, 1 << BACKUP_1, 4300 * MS, NANOS_NEVER);
    said_from(&builder, 0, 6 * S, "hhh");
    said_from(&builder, 6 * S, 9 * S, "hfh");
    ASSERT_VALUE(stale(&builder), 1700 * MS);
    builder_done(&builder);
}

/* backup-1 serves from 3.5 s to 6.5 s. */
static void the_active_node_is_one_that_serves(void **state)
{
    static const struct {
        nanos from, to; /* when backup-1 is said to be the active one */
        int64_t stale_ns;
    } cases[] = {
        {4 * S, 7 * S, 0},
        {3 * S, 6 * S, 0}, /* told a moment before, left a moment before: it served beside each */
        {8 * S, 8 * S, 1 * S},  /* never told: wrong at 5 s only, as at 4 s and 6 s both served */
        {1 * S, 7 * S, 2 * S},  /* wrong at 1 s and 2 s */
        {4 * S, 12 * S, 2 * S}, /* wrong at 8 s and from then on */
    };
    enum { LAST = 10 };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct builder builder;
        builder_init(&builder, 200, LAST * S);
        builder_answer(&builder, 3500 * MS, 6500 * MS, BACKUP_1, 2 * MS);
        builder_traffic(&builder);
        for (nanos at = 0; at < LAST * S; at += S) {
            bool moved = at >= cases[i].from && at < cases[i].to;
            said_by(&builder, at, 0, moved ? BACKUP_1 : PRIMARY, "hhh");
        }
        ASSERT_VALUE(stale(&builder), cases[i].stale_ns);
        builder_done(&builder);
    }
}

/* The client of an idle page; it does not matter whom it prefers. */
static void without_successes_any_node_may_be_active(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    for (nanos at = 0; at < 9 * S; at += S) {
        said_by(&builder, at, 0, BACKUP_1, "hhh");
    }
    builder_request(&builder, 4500 * MS, MIX_GET, &(struct rule){.status = 200, .after = 2 * MS});
    ASSERT_VALUE(stale(&builder), 0);
    builder_done(&builder);
}

static void a_client_without_an_active_node_names_none(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder_traffic(&builder);
    said_from(&builder, 0, 9 * S, "hhh");
    ASSERT_VALUE(stale(&builder), 0);
    assert_int_equal(builder.measurement.statuses[0].active, NODE_NONE);
    builder_done(&builder);
}

/* Client 1 answers at the same moments, and always the same. */
static void only_what_is_new_is_reported(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 9 * S);
    builder.scenario.client.instances = 2;
    for (nanos at = 0; at < 9 * S; at += S) {
        said_by(&builder, at, 0, at < 5 * S ? PRIMARY : BACKUP_1, at < 3 * S ? "hhh" : "hhf");
        said_by(&builder, at, 1, PRIMARY, "h-h");
    }
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->status_count, 4);
    assert_int_equal(measured->statuses_left_out, 0);
    assert_int_equal(measured->statuses[0].at, 0);
    assert_int_equal(measured->statuses[0].client, 0);
    assert_int_equal(measured->statuses[0].active, PRIMARY);
    assert_int_equal(measured->statuses[0].node_count, 3);
    assert_int_equal(measured->statuses[1].client, 1);
    assert_int_equal(measured->statuses[1].node_count, 2);
    assert_int_equal(measured->statuses[1].nodes[1].node, BACKUP_2);
    assert_int_equal(measured->statuses[1].nodes[1].latency, 4 * MS);
    assert_int_equal(measured->statuses[2].at, 3 * S);
    assert_int_equal(measured->statuses[2].nodes[2].belief, BELIEF_FAILED);
    assert_int_equal(measured->statuses[3].at, 5 * S);
    assert_int_equal(measured->statuses[3].active, BACKUP_1);
    builder_done(&builder);
}

static void a_report_tells_no_more_than_a_thousand(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1200 * S);
    for (nanos at = 0; at < 1200 * S; at += S) {
        said(&builder, at, at / S % 2 == 0 ? "hhh" : "hhp");
    }
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->status_count, 1000);
    assert_int_equal(measured->statuses_left_out, 200);
    assert_int_equal(measured->statuses[999].at, 999 * S);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_answer_nothing_is_measured),
        cmocka_unit_test(from_the_change_to_the_first_right_answer),
        cmocka_unit_test(the_first_right_answer_ends_it),
        cmocka_unit_test(nobody_is_wrong_about_an_impaired_node),
        cmocka_unit_test(an_isolated_node_may_be_said_to_be_failed),
        cmocka_unit_test(a_hidden_fault_counts_from_when_the_client_saw_it),
        cmocka_unit_test(what_hides_no_more_counts_from_there),
        cmocka_unit_test(the_active_node_is_one_that_serves),
        cmocka_unit_test(without_successes_any_node_may_be_active),
        cmocka_unit_test(a_client_without_an_active_node_names_none),
        cmocka_unit_test(only_what_is_new_is_reported),
        cmocka_unit_test(a_report_tells_no_more_than_a_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
