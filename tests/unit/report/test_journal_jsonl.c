#include "report/journal_jsonl.h"

#include "report/journal_event.h"

#include "fixture.h"
#include "unit/cmocka_all.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static char line_buffer[2 * JOURNAL_EVENT_BYTES_MAX];

/* The line of one event; the caller frees it. */
static json_t *line_of(const struct fixture *fixture, struct event event)
{
    struct text line;

    text_init(&line, line_buffer, sizeof(line_buffer));
    journal_event_add(&line, &fixture->scenario, &event);
    assert_false(line.overflowed);
    assert_true(line.length <= JOURNAL_EVENT_BYTES_MAX);
    assert_int_equal(strcspn(line.data, "\n"), line.length - 1);
    json_t *value = json_loads(line.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(value);
    return value;
}

static void assert_line(struct fixture *fixture, struct event event, const char *expected)
{
    json_decref(line_of(fixture, event));
    line_buffer[strcspn(line_buffer, "\n")] = '\0';
    assert_string_equal(line_buffer, expected);
}

static void test_requests(void **state)
{
    assert_line(*state,
                (struct event){.at = -5000000,
                               .sequence = 3,
                               .node = NODE_NONE,
                               .kind = EVENT_REQUEST,
                               .request = {.started = -4999000, .request = 7, .client = 1}},
                "{\"at\":-5000000,\"seq\":3,\"event\":\"request\",\"request\":7,"
                "\"started\":-4999000,\"client\":1,\"mix\":0}");
    assert_line(*state,
                (struct event){
                    .node = NODE_NONE, .kind = EVENT_REQUEST, .request = {.started = NANOS_NEVER}},
                "{\"at\":0,\"seq\":0,\"event\":\"request\",\"request\":0,\"started\":null,"
                "\"client\":0,\"mix\":0}");
    assert_line(
        *state,
        (struct event){
            .node = NODE_NONE,
            .kind = EVENT_REQUEST_END,
            .request_end = {.attempt = ATTEMPT_NONE, .attempts = 2, .outcome = OUTCOME_TIMEOUT}},
        "{\"at\":0,\"seq\":0,\"event\":\"request_end\",\"request\":0,\"attempt\":null,"
        "\"client\":0,\"outcome\":\"timeout\",\"status\":0,\"attempts\":2}");
}

static void test_attempts(void **state)
{
    assert_line(
        *state,
        (struct event){
            .node = 1,
            .kind = EVENT_ATTEMPT,
            .attempt = {.attempt = 4000000000, .request = REQUEST_NONE, .purpose = PURPOSE_PROBE}},
        "{\"at\":0,\"seq\":0,\"event\":\"attempt\",\"node\":\"backup-1\","
        "\"attempt\":4000000000,\"request\":null,\"client\":0,\"purpose\":\"probe\"}");
    assert_line(*state,
                (struct event){.kind = EVENT_ATTEMPT_END,
                               .attempt_end = {.body_hash = 0x00FF,
                                               .status = 200,
                                               .outcome = OUTCOME_ANSWER,
                                               .sent = true,
                                               .reused = true}},
                "{\"at\":0,\"seq\":0,\"event\":\"attempt_end\",\"node\":\"primary\","
                "\"attempt\":0,\"request\":0,\"client\":0,\"outcome\":\"answer\","
                "\"status\":200,\"sent\":true,\"reused\":true,\"body_hash\":\"00000000000000ff\"}");
    assert_line(
        *state,
        (struct event){.kind = EVENT_ATTEMPT_END, .attempt_end = {.outcome = OUTCOME_REFUSED}},
        "{\"at\":0,\"seq\":0,\"event\":\"attempt_end\",\"node\":\"primary\","
        "\"attempt\":0,\"request\":0,\"client\":0,\"outcome\":\"refused\","
        "\"status\":0,\"sent\":false,\"reused\":false,\"body_hash\":null}");
}

static void test_faults(void **state)
{
    assert_line(
        *state,
        (struct event){.kind = EVENT_FAULT_CLEARED,
                       .fault = {.fault = 1, .confirmed_by = CONFIRMED_BY_STUB, .hits = INT64_MAX}},
        "{\"at\":0,\"seq\":0,\"event\":\"fault_cleared\",\"node\":\"primary\","
        "\"fault\":1,\"confirmed_by\":\"stub\",\"hits\":9223372036854775807}");
    assert_line(*state, (struct event){.kind = EVENT_FAULT_APPLIED, .fault = {.was_up = true}},
                "{\"at\":0,\"seq\":0,\"event\":\"fault_applied\",\"node\":\"primary\","
                "\"fault\":0,\"was_up\":true}");
    assert_line(*state, (struct event){.kind = EVENT_FAULT_FAILED, .fault = {.text = NULL}},
                "{\"at\":0,\"seq\":0,\"event\":\"fault_failed\",\"node\":\"primary\","
                "\"fault\":0,\"text\":null}");
}

static void test_what_nodes_executed(void **state)
{
    assert_line(*state,
                (struct event){.kind = EVENT_EXECUTED,
                               .executed = {.end = 12,
                                            .body_hash = UINT64_MAX,
                                            .request = 3,
                                            .incarnation = 1,
                                            .status = 201,
                                            .method = METHOD_POST,
                                            .executed = true}},
                "{\"at\":0,\"seq\":0,\"event\":\"executed\",\"node\":\"primary\",\"end\":12,"
                "\"request\":3,\"method\":\"POST\",\"status\":201,\"incarnation\":1,"
                "\"executed\":true,\"cut\":false,\"body_hash\":\"ffffffffffffffff\","
                "\"answer_hash\":\"0000000000000000\"}");
}

static void test_alerts(void **state)
{
    assert_line(*state,
                (struct event){.kind = EVENT_ALERT,
                               .alert = {.why = "timeout", .alert = 4, .raised = true}},
                "{\"at\":0,\"seq\":0,\"event\":\"alert\",\"node\":\"primary\","
                "\"alert\":4,\"raised\":true,\"why\":\"timeout\"}");
    assert_line(*state,
                (struct event){.kind = EVENT_ALERT_HOOK, .hook = {.alert = 4, .exit_status = 3}},
                "{\"at\":0,\"seq\":0,\"event\":\"alert_hook\",\"node\":\"primary\","
                "\"alert\":4,\"end\":\"exited\",\"status\":3}");
    assert_line(*state,
                (struct event){.kind = EVENT_ALERT_HOOK, .hook = {.alert = 4, .end = HOOK_CUT}},
                "{\"at\":0,\"seq\":0,\"event\":\"alert_hook\",\"node\":\"primary\","
                "\"alert\":4,\"end\":\"cut\",\"status\":null}");
}

static void test_status(void **state)
{
    assert_line(*state,
                (struct event){.at = 12,
                               .node = 1,
                               .kind = EVENT_STATUS,
                               .status = {.asked = 10,
                                          .latency = 1200000,
                                          .client = 3,
                                          .belief = BELIEF_PROBING,
                                          .active = true}},
                "{\"at\":12,\"seq\":0,\"event\":\"status\",\"node\":\"backup-1\","
                "\"client\":3,\"asked\":10,\"belief\":\"probing\",\"latency\":1200000,"
                "\"active\":true}");
    assert_line(*state, (struct event){.kind = EVENT_STATUS},
                "{\"at\":0,\"seq\":0,\"event\":\"status\",\"node\":\"primary\","
                "\"client\":0,\"asked\":0,\"belief\":\"healthy\",\"latency\":null,"
                "\"active\":false}");
}

/* Each kind is a line of valid JSON, and the least time does not overflow. */
static void test_every_kind_has_its_word(void **state)
{
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        struct event event = {.at = INT64_MIN, .node = NODE_NONE, .kind = (uint8_t)i};
        if (i == EVENT_NODE) {
            event.node_change.why = "";
        }
        json_t *line = line_of(*state, event);
        assert_string_equal(json_string_value(json_object_get(line, "event")),
                            event_kind_word((enum event_kind)i));
        assert_int_equal(json_integer_value(json_object_get(line, "at")), INT64_MIN);
        assert_null(json_object_get(line, "node"));
        json_decref(line);
    }
}

static void test_hostile_text(void **state)
{
    json_t *line =
        line_of(*state, (struct event){.kind = EVENT_PROBLEM,
                                       .problem = {.text = "\"\\\n\r\t\x01\x7F\xFE\xC3\xA9",
                                                   .reason = REASON_NODE_DIED}});

    assert_string_equal(json_string_value(json_object_get(line, "text")),
                        "\"\\\n\r\t\x01\x7F\xEF\xBF\xBD\xC3\xA9");
    assert_string_equal(json_string_value(json_object_get(line, "reason")), "node_died");
    json_decref(line);
}

static void test_a_very_long_text_is_cut(void **state)
{
    struct fixture *fixture = *state;
    char *text = arena_alloc(&fixture->arena, 100000);

    memset(text, '\x01', 99999);
    json_t *line =
        line_of(fixture, (struct event){.kind = EVENT_PROBLEM, .problem = {.text = text}});
    assert_int_equal(json_string_length(json_object_get(line, "text")), JOURNAL_EVENT_STRING_MAX);
    json_decref(line);
}

/* ---- The file ---- */

static void fill_journal(struct journal *journal, struct arena *arena, size_t count)
{
    journal_init(journal, arena, count);
    journal->t0_realtime = 1767268800000000123;
    journal->t0_monotonic = 456;
    for (size_t i = 0; i < count; i++) {
        journal_append(journal, (struct event){.at = (nanos)i,
                                               .kind = EVENT_TURN,
                                               .node = NODE_NONE,
                                               .turn.lateness = 1});
    }
}

static void test_runs_follow_one_another(void **state)
{
    enum { EVENTS = 20000 }; /* several flushes */
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    struct journal_jsonl writer;
    struct journal journal;
    const char *path = fixture_path(fixture, "sample.journal.jsonl");

    fill_journal(&journal, &fixture->arena, EVENTS);
    assert_int_equal(journal_jsonl_open(&writer, &fixture->arena, path, &error), 0);
    for (uint32_t run = 0; run < 2; run++) {
        fixture->result.runs[0].index = run;
        fixture->result.runs[0].rerun_of = run == 0 ? UINT32_MAX : 0;
        assert_int_equal(journal_jsonl_add(&writer, &fixture->scenario, &fixture->result.runs[0],
                                           &journal, &error),
                         0);
    }
    assert_int_equal(fixture_files(fixture), 0);
    assert_int_equal(journal_jsonl_commit(&writer, &error), 0);

    char *text = fixture_read(fixture, path);
    size_t lines = 0;
    uint32_t runs = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        if (strstr(line, "\"event\":\"run\"") != NULL) {
            assert_int_equal(lines, runs * (EVENTS + 1));
            json_t *head = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
            assert_int_equal(json_integer_value(json_object_get(head, "run")), runs);
            assert_int_equal(json_is_null(json_object_get(head, "rerun_of")), runs == 0);
            assert_string_equal(json_string_value(json_object_get(head, "seed")),
                                "18446744073709551615");
            assert_int_equal(json_integer_value(json_object_get(head, "t0_realtime")),
                             1767268800000000123);
            assert_string_equal(json_string_value(fixture_at(head, "scenario/faults/1/path")),
                                "/a");
            assert_true(json_is_null(fixture_at(head, "scenario/faults/0/hold_ns")));
            json_decref(head);
            runs++;
        }
    }
    assert_int_equal(runs, 2);
    assert_int_equal(lines, 2 * (EVENTS + 1));
}

static void test_a_full_disk_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct error error = {.text = ""};
    struct journal_jsonl writer;
    struct journal journal;
    struct rlimit limit;
    const char *path = fixture_path(fixture, "sample.journal.jsonl");

    fill_journal(&journal, &fixture->arena, 10000);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 100000, .rlim_max = limit.rlim_max}),
        0);
    assert_int_equal(journal_jsonl_open(&writer, &fixture->arena, path, &error), 0);
    int added =
        journal_jsonl_add(&writer, &fixture->scenario, &fixture->result.runs[0], &journal, &error);
    journal_jsonl_abandon(&writer);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, before);
    assert_int_equal(added, -1);
    assert_non_null(strstr(error.text, path));
    assert_int_equal(fixture_files(fixture), 0);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(test_requests),
        WITH_FIXTURE(test_attempts),
        WITH_FIXTURE(test_faults),
        WITH_FIXTURE(test_what_nodes_executed),
        WITH_FIXTURE(test_alerts),
        WITH_FIXTURE(test_status),
        WITH_FIXTURE(test_every_kind_has_its_word),
        WITH_FIXTURE(test_hostile_text),
        WITH_FIXTURE(test_a_very_long_text_is_cut),
        WITH_FIXTURE(test_runs_follow_one_another),
        WITH_FIXTURE(test_a_full_disk_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
