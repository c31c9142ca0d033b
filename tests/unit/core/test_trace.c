/* The story of a run. 200 requests a second, answered by the primary after 2 ms unless a rule says
 * otherwise. */
#include "core/trace.h"

#include "unit/cmocka_all.h"
#include "unit/core/journal_builder.h"

#include <stdio.h>
#include <string.h>

enum { STORY_LINES_MAX = 300, STORY_BYTES_MAX = 1100 };

struct told {
    char lines[STORY_LINES_MAX][STORY_BYTES_MAX];
    size_t count;
};

static struct told told;

static void keep(void *context, const char *text)
{
    struct told *to = context;

    assert_true(to->count < STORY_LINES_MAX);
    assert_true(strlen(text) < STORY_BYTES_MAX);
    (void)snprintf(to->lines[to->count++], STORY_BYTES_MAX, "%s", text);
}

static void tell(struct builder *builder)
{
    struct run_result run = {.seed = 7, .scenario = &builder->scenario};

    run.measurement = *builder_measure(builder);
    verdict_run(&builder->arena, &builder->scenario, &builder->journal, &run);
    told.count = 0;
    trace(&builder->scratch, &run, &builder->journal, keep, &told);
    assert_true(told.count > 0);
}

/* The lines of the story from that one on; NULL ends the list. */
static void assert_told(size_t from, const char *const *lines)
{
    for (size_t i = 0; lines[i] != NULL; i++) {
        assert_true(from + i < told.count);
        assert_string_equal(told.lines[from + i], lines[i]);
    }
}

static size_t line_with(const char *part)
{
    for (size_t i = 0; i < told.count; i++) {
        if (strstr(told.lines[i], part) != NULL) {
            return i;
        }
    }
    fail_msg("no line holds '%s'", part);
    return 0;
}

static struct event belief_of(nanos at, uint16_t node, enum belief belief, const char *why)
{
    return (struct event){.at = at,
                          .node = node,
                          .kind = EVENT_BELIEF,
                          .belief = {.why = why, .belief = (uint8_t)belief}};
}

/* A request that fails over from a primary that refuses. */
static void add_moved(struct builder *builder, nanos due)
{
    uint32_t request = builder->next_request++;

    builder_event(builder, (struct event){.at = due,
                                          .node = NODE_NONE,
                                          .kind = EVENT_REQUEST,
                                          .request = {.started = due, .request = request}});
    uint32_t first = builder_attempt(builder, request, PURPOSE_REQUEST, PRIMARY, due);
    builder_attempt_end(builder, first, request, due + 1 * MS, OUTCOME_REFUSED, 0);
    uint32_t second = builder_attempt(builder, request, PURPOSE_REQUEST, BACKUP_1, due + 1 * MS);
    builder_attempt_end(builder, second, request, due + 3 * MS, OUTCOME_ANSWER, 200);
    builder_event(builder, (struct event){.at = due + 3 * MS,
                                          .node = BACKUP_1,
                                          .kind = EVENT_REQUEST_END,
                                          .request_end = {.request = request,
                                                          .attempt = second,
                                                          .status = 200,
                                                          .attempts = 2,
                                                          .outcome = OUTCOME_ANSWER}});
}

static void add_probe(struct builder *builder, nanos at, uint16_t node, enum outcome outcome)
{
    uint32_t attempt = builder_attempt(builder, REQUEST_NONE, PURPOSE_PROBE, node, at);

    builder_attempt_end(builder, attempt, REQUEST_NONE, at + 1 * MS, outcome,
                        outcome == OUTCOME_ANSWER ? 200 : 0);
}

static void the_same_is_counted_and_the_rest_told(void **state)
{
    static const char *const lines[] = {
        "        0.000000  phase traffic_begin",
        "    0.002..0.997  200 requests served by primary, after at most 2.000 ms",
        "    0.051..0.151  2 probes passed",
        "        1.000000  fault kill-1 planned on primary: kill, for 10s",
        "        1.000000  fault kill-1 applied to primary, which was up",
        "        1.000000  fault kill-1 effective on primary, confirmed by nothing",
        ("        1.003000  request 200 (GET /api/raft/status) served by backup-1, after 3.000 ms: "
         "primary refused, backup-1 200"),
        "        1.003500  client believes primary failed: refused",
        "        1.003500  client prefers backup-1",
        ("    1.008..1.018  3 requests served by backup-1, after at most 3.000 ms: "
         "primary refused, backup-1 200"),
        "    1.301..1.401  2 probes of primary failed: refused",
        "        2.000000  phase traffic_end",
        NULL,
    };
    const struct rule usual = builder_status(200);
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 2 * S);
    for (int64_t i = 0; i < 200; i++) {
        builder_request(&builder, i * 5 * MS, MIX_GET, &usual);
    }
    add_probe(&builder, 50 * MS, PRIMARY, OUTCOME_ANSWER);
    add_probe(&builder, 150 * MS, BACKUP_1, OUTCOME_ANSWER);
    builder_fault(&builder, FAULT_KILL, 1, 1 * S, 10 * S);
    for (int64_t i = 0; i < 4; i++) {
        add_moved(&builder, 1 * S + i * 5 * MS);
    }
    builder_event(&builder, belief_of(1003500000, PRIMARY, BELIEF_FAILED, "refused"));
    builder_event(&builder,
                  (struct event){.at = 1003500000, .node = BACKUP_1, .kind = EVENT_ACTIVE});
    add_probe(&builder, 1300 * MS, PRIMARY, OUTCOME_REFUSED);
    add_probe(&builder, 1400 * MS, PRIMARY, OUTCOME_REFUSED);
    tell(&builder);
    assert_told(0, lines);
    builder_done(&builder);
}

static void requests_end_in_many_ways(void **state)
{
    static const char *const endings[] = {
        ("request 0 (GET /api/raft/status) failed with 503 by primary, disturbed, after 2.000 ms: "
         "primary 503"),
        "1 request answered 404 by primary, after 2.000 ms",
        ("request 2 (GET /api/raft/status) failed: timeout, disturbed, after 1500.000 ms: primary "
         "timeout"),
        ("request 3 (POST /api/reservations) served by primary, disturbed, after 700.000 ms: "
         "primary 200"),
    };
    const struct rule broken = builder_status(503);
    const struct rule missing = builder_status(404);
    const struct rule late = builder_held(0, 1 * S, PRIMARY, 715 * MS);
    const struct rule silent = {.node = PRIMARY, .outcome = OUTCOME_TIMEOUT, .after = 1500 * MS};
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 2 * S);
    builder_request(&builder, 0 * MS, MIX_GET, &broken);
    builder_request(&builder, 5 * MS, MIX_GET, &missing);
    builder_request(&builder, 10 * MS, MIX_GET, &silent);
    builder_request(&builder, 15 * MS, MIX_POST, &late);
    tell(&builder);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        const char *line = told.lines[line_with(endings[i])];
        assert_string_equal(line + strlen(line) - strlen(endings[i]), endings[i]);
    }
    builder_done(&builder);
}

static void trials_are_told(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 2 * S);
    builder_event(&builder, (struct event){.node = NODE_NONE, .kind = EVENT_REQUEST});
    uint32_t attempt = builder_attempt(&builder, 0, PURPOSE_TRIAL, PRIMARY, 0);
    builder_attempt_end(&builder, attempt, 0, 1 * MS, OUTCOME_ANSWER, 200);
    builder_event(&builder, (struct event){.at = 1 * MS,
                                           .node = PRIMARY,
                                           .kind = EVENT_REQUEST_END,
                                           .request_end = {.attempt = attempt,
                                                           .status = 200,
                                                           .attempts = 1,
                                                           .outcome = OUTCOME_ANSWER}});
    tell(&builder);
    (void)line_with("served by primary, after 1.000 ms: primary 200 (trial)");
    builder_done(&builder);
}

/* One is as it should be, one runs twice, one is for nobody, one comes after its caller has gone,
   and one is answered without being executed. */
static void executions_are_told_where_they_tell_something(void **state)
{
    const struct rule usual = builder_status(200);
    const struct rule silent = {.node = PRIMARY, .outcome = OUTCOME_TIMEOUT, .after = 500 * MS};
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 2 * S);
    builder_request(&builder, 0 * MS, MIX_GET, &usual);
    builder_request(&builder, 5 * MS, MIX_GET, &usual);
    builder_request(&builder, 10 * MS, MIX_GET, &silent);
    builder_request(&builder, 15 * MS, MIX_GET, &silent);
    builder_executed(&builder, 1 * MS, PRIMARY, 0, 0, true);
    builder_executed(&builder, 6 * MS, PRIMARY, 1, 0, true);
    builder_executed(&builder, 6500 * NANOS_PER_US, BACKUP_1, 1, 0, true);
    builder_executed(&builder, 11 * MS, PRIMARY, 2, 0, true);
    builder_executed(&builder, 16 * MS, PRIMARY, 3, 0, false);
    builder_executed(&builder, 900 * MS, PRIMARY, 3, 0, true);
    tell(&builder);
    size_t told_count = 0;
    for (size_t i = 0; i < told.count; i++) {
        told_count += strstr(told.lines[i], "executed by") != NULL;
    }
    assert_int_equal(told_count, 3);
    (void)line_with("0.006500  request 1 (GET) executed by backup-1 once more");
    (void)line_with("0.011000  request 2 (GET) executed by primary though no answer came");
    (void)line_with("0.900000  request 3 (GET) executed by primary after its end");
    builder_done(&builder);
}

/* More kinds of lines than are kept at a time: told early, and each request once. */
static void no_request_gets_lost_between_many_kinds(void **state)
{
    struct builder builder;
    uint64_t count = 0;

    (void)state;
    builder_init(&builder, 200, 2 * S);
    for (int64_t i = 0; i < 200; i++) {
        const struct rule rule = builder_status((uint16_t)(400 + i % 50));
        builder_request(&builder, i * 5 * MS, MIX_GET, &rule);
    }
    tell(&builder);
    for (size_t i = 0; i < told.count; i++) {
        unsigned long part;
        bool timed = told.lines[i][0] == ' ';
        if (timed && sscanf(told.lines[i], "%*s %lu", &part) == 1) { // NOLINT(cert-err34-c)
            count += part;
        }
    }
    assert_int_equal(count, 200);
    builder_done(&builder);
}

static void every_kind_of_event_has_its_words(void **state)
{
    static const char *const lines[] = {
        "        0.100000  node primary is exited, unplanned: signal 9",
        "        0.100000  client 2: client panics: every node is ejected",
        "        0.100000  client 2: client panics no longer",
        "        0.100000  client 1: command kill-1: refused, all is?well",
        "        0.100000  fault kill-1 failed on backup-1: no such process",
        "        0.100000  alert 4: backup-1 failed: timeout",
        "        0.100000  alert 5: backup-1 is healthy again: trial",
        "        0.100000  hook of alert 4: exited, status 3",
        "        0.100000  hook of alert 5: timeout",
        "        0.100000  the harness stood still for 300.000 ms",
        "        0.100000  problem node_died of backup-2: alone",
        NULL,
    };
    const struct event events[] = {
        {.node = PRIMARY,
         .kind = EVENT_NODE,
         .node_change = {.why = "signal 9", .state = NODE_STATE_EXITED}},
        {.node = NODE_NONE, .kind = EVENT_PANIC, .client = {.client = 2, .on = true}},
        {.node = NODE_NONE, .kind = EVENT_PANIC, .client = {.client = 2}},
        {.node = NODE_NONE, .kind = EVENT_COMMAND, .command = {.why = "all is\nwell", .client = 1}},
        {.node = BACKUP_1, .kind = EVENT_FAULT_FAILED, .fault = {.text = "no such process"}},
        {.node = BACKUP_1,
         .kind = EVENT_ALERT,
         .alert = {.why = "timeout", .alert = 4, .raised = true}},
        {.node = BACKUP_1, .kind = EVENT_ALERT, .alert = {.why = "trial", .alert = 5}},
        {.node = BACKUP_1, .kind = EVENT_ALERT_HOOK, .hook = {.alert = 4, .exit_status = 3}},
        {.node = BACKUP_1,
         .kind = EVENT_ALERT_HOOK,
         .hook = {.alert = 5, .end = HOOK_TIMED_OUT, .exit_status = 3}},
        {.node = NODE_NONE, .kind = EVENT_STALL, .turn = {.lateness = 300 * MS}},
        {.node = NODE_NONE, .kind = EVENT_TURN, .turn = {.lateness = 300 * MS}},
        {.node = BACKUP_1, .kind = EVENT_STATUS, .status = {.belief = BELIEF_FAILED}},
        {.node = BACKUP_2,
         .kind = EVENT_PROBLEM,
         .problem = {.text = "alone", .reason = REASON_NODE_DIED}},
    };
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 2 * S);
    builder.scenario.client.instances = 3;
    builder_fault(&builder, FAULT_KILL, 1, 1 * S, 10 * S);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct event event = events[i];
        event.at = 100 * MS;
        builder_event(&builder, event);
    }
    tell(&builder);
    assert_told(line_with("node primary"), lines);
    builder_done(&builder);
}

static void faults_tell_their_parameters(void **state)
{
    static const struct {
        enum fault_kind kind;
        struct fault_parameters parameters;
        const char *words;
    } cases[] = {
        {FAULT_RESPOND,
         {.statuses = {503, 500}, .status_count = 2, .ratio_ppm = 500000, .retry_after = 2 * S},
         "respond, status 503 500, ratio 50%, retry after 2s, for 10s"},
        {FAULT_SLOW,
         {.ratio_ppm = 1234567, .by = 700 * MS, .jitter = 100 * MS, .path = "/ws"},
         "slow, ratio 123.4567%, path /ws, by 700ms, jitter 100ms, for 10s"},
        {FAULT_BLACKHOLE,
         {.of_ppm = 250000, .direction = DIRECTION_IN, .after_bytes = 1},
         "blackhole, of 25%, inwards, for 10s"},
        {FAULT_CORRUPT,
         {.of_ppm = 500000, .ratio_ppm = 10000},
         "corrupt, ratio 1%, of 50%, for 10s"},
        {FAULT_RESET, {.of_ppm = 1000000, .after_bytes = 9}, "reset, after 9 bytes, for 10s"},
        {FAULT_FLAP,
         {.every = 500 * MS, .down = 100 * MS, .how = FLAP_PAUSE},
         "flap, pause 100ms, every 500ms, for 10s"},
    };
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 20 * S);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t fault = builder_fault(&builder, cases[i].kind, 1, (nanos)(i + 1) * S, 10 * S);
        builder.faults[fault].parameters = cases[i].parameters;
        builder.faults[fault].hold = 10 * S;
    }
    tell(&builder);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *line = told.lines[line_with(cases[i].words)];
        assert_string_equal(strstr(line, ": ") + 2, cases[i].words);
    }
    builder_done(&builder);
}

static void warm_up_is_told_too_with_its_worst_latency(void **state)
{
    struct rule slow = builder_held(0, 1 * S, PRIMARY, 0);
    struct rule usual = builder_status(200);
    struct builder builder;

    (void)state;
    slow.after = 4 * MS;
    slow.at_least = -1 * S;
    usual.at_least = -1 * S;
    builder_init(&builder, 200, 1 * S);
    builder_request(&builder, -1 * S, MIX_GET, &slow);
    builder_request(&builder, -5 * MS, MIX_GET, &usual);
    tell(&builder);
    assert_string_equal(told.lines[0],
                        "  -0.996..-0.003  2 requests served by primary, after at most 4.000 ms");
    builder_done(&builder);
}

static void the_end_tells_what_came_of_it(void **state)
{
    static const char *const lines[] = {
        ("disturbance kill-1 on primary, 1.000000..3.000000, active, switchover 3.000 ms, first "
         "success 3.000 ms, outage 6.000 ms, worst latency 3.000 ms, failed 0, slow 0, relapses 0, "
         "served by backup-1"),
        ("requests 600, successes 600, failed_requests 0, answered_4xx 0, unavoidable 0, switches "
         "1, known_bad 0, wrong_ejections 0, attempts_per_request 1.000000, latency.p50 3.000 ms, "
         "latency.max 3.000 ms"),
        "expected switchover < 2ms: 3.000 ms, fail",
        "verdict of built, seed 7: fail",
        NULL,
    };
    struct expectation expectation = {.metric = METRIC_SWITCHOVER,
                                      .comparison = COMPARISON_LESS,
                                      .limit = 2 * MS,
                                      .fault = FAULT_NONE,
                                      .node = NODE_NONE,
                                      .name = "switchover",
                                      .limit_text = "< 2ms"};
    struct builder builder;

    (void)state;
    builder_init(&builder, 200, 3 * S);
    builder.scenario.expectations = &expectation;
    builder.scenario.expectation_count = 1;
    builder_fault(&builder, FAULT_KILL, 1, 1 * S, NANOS_NEVER);
    builder_answer(&builder, 1 * S, 3 * S, BACKUP_1, 3 * MS);
    builder_traffic(&builder);
    tell(&builder);
    assert_told(line_with("disturbance"), lines);
    assert_ptr_not_equal(strstr(told.lines[told.count - 1], "journal: "), NULL);
    builder_done(&builder);
}

/* The last line of a journal with that one event in it. */
static void digest_of(struct event event, char line[static STORY_BYTES_MAX])
{
    struct builder builder;

    builder_init(&builder, 200, 1 * S);
    builder_fault(&builder, FAULT_KILL, 1, 500 * MS, 10 * S);
    builder_event(&builder, event);
    tell(&builder);
    (void)snprintf(line, STORY_BYTES_MAX, "%s", told.lines[told.count - 1]);
    builder_done(&builder);
}

static void any_change_of_the_journal_shows(void **state)
{
    const struct event base = {.at = 1,
                               .node = PRIMARY,
                               .kind = EVENT_BELIEF,
                               .belief = {.why = "probe", .belief = BELIEF_FAILED}};
    struct event others[] = {base, base, base, base, base, base};
    char first[STORY_BYTES_MAX];
    char again[STORY_BYTES_MAX];

    (void)state;
    others[0].at = 2;
    others[1].node = BACKUP_1;
    others[2].belief.why = "probes";
    others[3].belief.belief = BELIEF_PROBING;
    others[4].belief.client = 1;
    others[5] = (struct event){.at = 1, .node = PRIMARY, .kind = EVENT_ACTIVE};
    digest_of(base, first);
    digest_of(base, again);
    assert_string_equal(first, again);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        digest_of(others[i], again);
        assert_string_not_equal(first, again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_counted_and_the_rest_told),
        cmocka_unit_test(requests_end_in_many_ways),
        cmocka_unit_test(trials_are_told),
        cmocka_unit_test(executions_are_told_where_they_tell_something),
        cmocka_unit_test(no_request_gets_lost_between_many_kinds),
        cmocka_unit_test(every_kind_of_event_has_its_words),
        cmocka_unit_test(faults_tell_their_parameters),
        cmocka_unit_test(warm_up_is_told_too_with_its_worst_latency),
        cmocka_unit_test(the_end_tells_what_came_of_it),
        cmocka_unit_test(any_change_of_the_journal_shows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
