/* Clients that nobody can look into: who served is what the nodes' logs say, and nothing else. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

static const struct rule by_nobody_known = {
    .node = NODE_NONE, .status = 200, .outcome = OUTCOME_ANSWER, .after = 4 * MS};

static void become(struct builder *builder, enum client_profile profile)
{
    builder->scenario.client.profile = profile;
}

static void
arrive(struct builder *builder, uint32_t request, uint16_t node, nanos at, uint64_t answer_hash)
{
    builder_executed(builder, at, node, request, answer_hash, true);
}

/* A request that a program says it got an answer to, with the hash of it. */
static uint32_t told(struct builder *builder, nanos due, uint64_t hash)
{
    uint32_t request = builder->next_request++;

    builder_event(builder, (struct event){.at = due,
                                          .node = NODE_NONE,
                                          .kind = EVENT_REQUEST,
                                          .request = {.started = due, .request = request}});
    builder_event(builder, (struct event){.at = due + 4 * MS,
                                          .node = BACKUP_2, /* its word, which measures nothing */
                                          .kind = EVENT_REQUEST_END,
                                          .request_end = {.body_hash = hash,
                                                          .request = request,
                                                          .attempt = ATTEMPT_NONE,
                                                          .status = 200,
                                                          .outcome = OUTCOME_ANSWER,
                                                          .has_body_hash = hash != 0}});
    return request;
}

static void programs_features(struct builder *builder, uint8_t features)
{
    builder_event(builder, (struct event){.at = -1 * S,
                                          .node = NODE_NONE,
                                          .kind = EVENT_CLIENT,
                                          .program = {.features = features}});
}

static void the_logs_tell_who_served(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    become(&builder, PROFILE_DIRECT);
    for (size_t i = 0; i < 4; i++) {
        nanos due = (nanos)i * 5 * MS;
        uint32_t request = builder_request(&builder, due, MIX_GET, &by_nobody_known);
        if (i == 0) { /* tried in vain first */
            arrive(&builder, request, PRIMARY, due, 1);
        }
        arrive(&builder, request, BACKUP_1, due + 1 * MS, 1);
    }
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->share[BACKUP_1], 1000000);
    ASSERT_VALUE(measured->share[PRIMARY], 0);
    ASSERT_VALUE(measured->metrics[METRIC_ATTEMPTS_PER_REQUEST], 1250000);
    ASSERT_VALUE(measured->metrics[METRIC_SWITCHES], 0);
    assert_int_equal(measured->requests[0].node, BACKUP_1);
    ASSERT_ABSENT(measured->metrics[METRIC_KNOWN_BAD]);
    ASSERT_ABSENT(measured->metrics[METRIC_WRONG_EJECTIONS]);
    builder_done(&builder);
}

static void of_two_that_ran_it_the_body_decides(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    become(&builder, PROFILE_EXEC);
    uint32_t request = told(&builder, 0, 0xA);
    arrive(&builder, request, PRIMARY, 1 * MS, 0xA);
    arrive(&builder, request, BACKUP_1, 2 * MS, 0xB);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->requests[0].node, PRIMARY);
    ASSERT_VALUE(measured->metrics[METRIC_CORRUPTED], 0);
    builder_done(&builder);
}

/* The last word of a node after the caller had its answer is not what he got. */
static void what_ran_later_did_not_serve(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    become(&builder, PROFILE_EXEC);
    uint32_t request = told(&builder, 0, 0);
    arrive(&builder, request, BACKUP_1, 1 * MS, 0xA);
    arrive(&builder, request, PRIMARY, 700 * MS, 0xA);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->requests[0].node, BACKUP_1);
    assert_int_equal(measured->requests[0].attempts, 2);
    ASSERT_ABSENT(measured->metrics[METRIC_CORRUPTED]); /* nobody told a hash */
    builder_done(&builder);
}

static void an_answer_that_no_node_gave_is_corrupted(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    become(&builder, PROFILE_EXEC);
    arrive(&builder, told(&builder, 0, 0xA), PRIMARY, 1 * MS, 0xB);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_CORRUPTED], 1);
    builder_done(&builder);
}

static void
arrive_as(struct builder *builder, uint32_t request, nanos at, uint16_t status, bool cut, nanos end)
{
    builder_event(builder, (struct event){.at = at,
                                          .node = PRIMARY,
                                          .kind = EVENT_EXECUTED,
                                          .executed = {.end = end,
                                                       .answer_hash = 0xA,
                                                       .request = request,
                                                       .status = status,
                                                       .executed = true,
                                                       .cut = cut}});
}

/* Each is told as a 200 that ends 4 ms after it was due. */
static void an_answer_is_explained_by_one_like_it(void **state)
{
    static const struct {
        uint64_t hash;
        nanos end;
        nanos after;
        uint16_t status;
        bool cut, explained;
    } cases[] = {
        {.status = 200, .end = 2 * MS, .explained = true},
        {.status = 200, .end = NANOS_NEVER, .explained = true}, /* its node died over it */
        {.status = 503, .end = 2 * MS, .explained = false},
        {.status = 200, .end = 2 * MS, .cut = true, .explained = false},
        {.status = 200, .end = NANOS_NEVER, .cut = true, .explained = false},
        {.hash = 0xB, .status = 200, .end = 2 * MS, .cut = true, .explained = true}, /* corrupted */
        {.status = 200, .end = 900 * MS, .after = 700 * MS, .explained = false},
    };
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    become(&builder, PROFILE_EXEC);
    for (size_t i = 0; i < CASES; i++) {
        nanos due = (nanos)i * 10 * MS;
        nanos end = cases[i].end == NANOS_NEVER ? NANOS_NEVER : due + cases[i].end;
        arrive_as(&builder, told(&builder, due, cases[i].hash), due + cases[i].after + 1 * MS,
                  cases[i].status, cases[i].cut, end);
    }
    uint32_t twice = told(&builder, 100 * MS, 0); /* any of two explains it */
    arrive_as(&builder, twice, 101 * MS, 200, true, 102 * MS);
    arrive_as(&builder, twice, 102 * MS, 200, false, 103 * MS);
    (void)told(&builder, 110 * MS, 0); /* nobody saw it */
    const struct measurement *measured = builder_measure(&builder);

    for (size_t i = 0; i < CASES; i++) {
        assert_int_equal(measured->requests[i].explained, cases[i].explained);
    }
    assert_true(measured->requests[CASES].explained);
    assert_false(measured->requests[CASES + 1].explained);
    ASSERT_VALUE(measured->metrics[METRIC_CORRUPTED], 1);
    builder_done(&builder);
}

static void without_logs_nobody_served(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 1 * S);
    become(&builder, PROFILE_EXEC);
    for (size_t i = 0; i < BUILDER_NODES; i++) {
        builder.nodes[i].kind = NODE_COMMAND;
    }
    told(&builder, 0, 0xA);
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_VALUE(measured->metrics[METRIC_SUCCESSES], 1);
    ASSERT_ABSENT(measured->share[BACKUP_2]);
    ASSERT_ABSENT(measured->metrics[METRIC_SWITCHES]);
    ASSERT_ABSENT(measured->metrics[METRIC_ATTEMPTS_PER_REQUEST]);
    ASSERT_ABSENT(measured->metrics[METRIC_LOST]);
    ASSERT_ABSENT(measured->metrics[METRIC_DUPLICATES]);
    builder_done(&builder);
}

static void beliefs_are_measured_where_they_are_told(void **state)
{
    (void)state;
    for (int tells = 0; tells < 2; tells++) {
        struct builder builder;
        builder_init(&builder, 200, 5 * S);
        become(&builder, PROFILE_EXEC);
        programs_features(&builder, tells ? CLIENT_FEATURE_TELEMETRY : CLIENT_FEATURE_STATUS);
        builder_belief(&builder, 3 * S, 0, PRIMARY, BELIEF_FAILED);
        const struct measurement *measured = builder_measure(&builder);
        if (tells) {
            ASSERT_VALUE(measured->metrics[METRIC_WRONG_EJECTIONS], 1);
        } else {
            ASSERT_ABSENT(measured->metrics[METRIC_WRONG_EJECTIONS]);
        }
        ASSERT_ABSENT(measured->metrics[METRIC_KNOWN_BAD]); /* attempts are not seen */
        builder_done(&builder);
    }
}

/* A stub among them tells of itself only, so that it tells nothing; and nobody is said to have
   failed where nobody can know who serves. */
static void one_node_without_a_log_hides_who_served(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    become(&builder, PROFILE_EXEC);
    builder.nodes[PRIMARY].kind = NODE_COMMAND;
    builder_fault(&builder, FAULT_KILL, 1U << PRIMARY, 3 * S, 6 * S);
    for (nanos due = 0; due < 10 * S; due += 5 * MS) {
        uint32_t request = builder_request(&builder, due, MIX_GET, &by_nobody_known);
        arrive(&builder, request, BACKUP_1, due + 1 * MS, 1);
    }
    const struct measurement *measured = builder_measure(&builder);

    ASSERT_ABSENT(measured->share[BACKUP_1]);
    ASSERT_ABSENT(measured->metrics[METRIC_ATTEMPTS_PER_REQUEST]);
    ASSERT_ABSENT(measured->disturbances[0].first_success);
    ASSERT_ABSENT(measured->disturbances[0].failback);
    assert_true(measured->disturbances[0].was_active);
    assert_true(measured->disturbances[0].recovered);
    builder_done(&builder);
}

/* What a node's log ends in the 2 s before shows that it serves. */
static void a_stub_is_active_by_its_log(void **state)
{
    (void)state;
    for (int serves = 0; serves < 2; serves++) {
        struct builder builder;
        builder_init(&builder, 200, 10 * S);
        become(&builder, PROFILE_DIRECT);
        builder_fault(&builder, FAULT_KILL, 1U << PRIMARY, 3 * S, NANOS_NEVER);
        for (nanos due = 0; due < 3 * S; due += 5 * MS) {
            uint32_t request = builder_request(&builder, due, MIX_GET, &by_nobody_known);
            bool lately = due >= 900 * MS;
            arrive(&builder, request, lately && !serves ? BACKUP_1 : PRIMARY, due - 50 * MS, 1);
        }
        const struct measurement *measured = builder_measure(&builder);
        assert_int_equal(measured->disturbances[0].was_active, serves);
        builder_done(&builder);
    }
}

/* Its nodes are well, and yet nobody is served: no dark time excuses that. */
static void a_service_is_always_active_and_never_dark(void **state)
{
    static const uint16_t balancer[] = {BUILDER_NODES};
    struct scenario_node processes[BUILDER_NODES + 1];
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    become(&builder, PROFILE_DIRECT);
    for (size_t i = 0; i < BUILDER_NODES; i++) {
        processes[i] = builder.nodes[i];
    }
    processes[BUILDER_NODES] = (struct scenario_node){.name = "balancer", .kind = NODE_COMMAND};
    builder.scenario.nodes = processes;
    builder.scenario.process_count = BUILDER_NODES + 1;
    builder.faults[0] =
        (struct fault){.kind = FAULT_KILL, .id = "kill-1", .nodes = balancer, .node_count = 1};
    builder.scenario.fault_count = 1;
    for (enum event_kind kind = EVENT_FAULT_PLANNED; kind <= EVENT_FAULT_EFFECTIVE; kind++) {
        builder_event(&builder, (struct event){.at = 3 * S,
                                               .node = BUILDER_NODES,
                                               .kind = (uint8_t)kind,
                                               .fault = {.was_up = true}});
    }
    builder_event(&builder,
                  (struct event){.at = 5 * S, .node = BUILDER_NODES, .kind = EVENT_FAULT_CLEARED});
    builder_event(&builder, (struct event){.at = 3 * S,
                                           .node = BUILDER_NODES,
                                           .kind = EVENT_NODE,
                                           .node_change = {.state = NODE_STATE_EXITED}});
    builder_event(&builder, (struct event){.at = 5 * S,
                                           .node = BUILDER_NODES,
                                           .kind = EVENT_NODE,
                                           .node_change = {.state = NODE_STATE_READY}});
    builder_refuse(&builder, 3 * S, 4 * S, 1 * MS);
    builder_traffic(&builder);
    arrive(&builder, 0, PRIMARY, 0, 1);
    const struct measurement *measured = builder_measure(&builder);

    assert_int_equal(measured->disturbance_count, 1);
    assert_true(measured->disturbances[0].was_active);
    assert_true(measured->disturbances[0].recovered);
    ASSERT_ABSENT(measured->disturbances[0].failback); /* it serves nobody itself */
    ASSERT_VALUE(measured->metrics[METRIC_UNAVOIDABLE], 0);
    ASSERT_VALUE(measured->metrics[METRIC_FAILED_REQUESTS], 200);
    builder_done(&builder);
}

/* It served nobody directly, but those who did needed it. */
static void a_leader_is_always_active(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 10 * S);
    builder_fault(&builder, FAULT_KILL, 1U << BACKUP_2, 3 * S, NANOS_NEVER);
    builder.faults[0].target = TARGET_LEADER;
    builder_event(&builder, (struct event){.at = 2900 * MS,
                                           .node = BACKUP_2,
                                           .kind = EVENT_LEADER,
                                           .leader = {.text = "role: leader"}});
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);

    assert_true(measured->disturbances[0].was_active);
    assert_string_equal(measured->faults[0].leader_said, "role: leader");
    assert_int_equal(measured->faults[0].leader_asked, 2900 * MS);
    builder_done(&builder);
}

static void verified(struct builder *builder, uint32_t request, uint16_t status, bool found)
{
    builder_event(builder, (struct event){
                               .at = 9 * S,
                               .node = PRIMARY,
                               .kind = EVENT_VERIFIED,
                               .verified = {.request = request, .status = status, .found = found}});
}

static void a_write_that_is_not_found_is_lost(void **state)
{
    (void)state;
    for (int answered = 0; answered < 2; answered++) {
        struct builder builder;
        builder_init(&builder, 200, 1 * S);
        builder.scenario.verify.enabled = true;
        verified(&builder, 0, 200, true);
        verified(&builder, 1, 200, false);
        verified(&builder, 2, answered ? 200 : 0, answered);
        const struct measurement *measured = builder_measure(&builder);
        if (answered) {
            ASSERT_VALUE(measured->metrics[METRIC_LOST], 1);
        } else { /* of one nobody knows */
            ASSERT_ABSENT(measured->metrics[METRIC_LOST]);
        }
        builder_done(&builder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_logs_tell_who_served),
        cmocka_unit_test(of_two_that_ran_it_the_body_decides),
        cmocka_unit_test(what_ran_later_did_not_serve),
        cmocka_unit_test(an_answer_that_no_node_gave_is_corrupted),
        cmocka_unit_test(an_answer_is_explained_by_one_like_it),
        cmocka_unit_test(without_logs_nobody_served),
        cmocka_unit_test(one_node_without_a_log_hides_who_served),
        cmocka_unit_test(a_stub_is_active_by_its_log),
        cmocka_unit_test(beliefs_are_measured_where_they_are_told),
        cmocka_unit_test(a_service_is_always_active_and_never_dark),
        cmocka_unit_test(a_leader_is_always_active),
        cmocka_unit_test(a_write_that_is_not_found_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
