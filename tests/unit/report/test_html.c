#include "report/html.h"

#include "drawn.h"
#include "page_reader.h"

#include "unit/cmocka_all.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define KIB       ((size_t)1024)
#define MARKS     3000
#define BUCKETS   600
#define FEW_RUNS  3
#define MANY_RUNS (HTML_RUNS_DRAWN_MAX + 6)

/* ---- A run in which something happened ---- */

struct scene {
    const char *names[3];
    struct document_fault fault;
    struct document_disturbance disturbance;
    struct document_node nodes[3];
    struct document_state_change states[3];
    struct document_state_change believed[2];
    struct document_metric metrics[2];
    struct document_mark *marks;
    struct document_bucket *buckets;
};

static struct document_figure figure(double value)
{
    return (struct document_figure){.value = value, .state = DOCUMENT_VALUE};
}

static void fill_nodes(struct scene *scene)
{
    scene->states[0] = (struct document_state_change){.at_ms = -1000, .state = "able", .why = ""};
    scene->states[1] =
        (struct document_state_change){.at_ms = 2000, .state = "unable", .why = "kill-1"};
    scene->states[2] = (struct document_state_change){.at_ms = 5000, .state = "able", .why = ""};
    scene->believed[0] =
        (struct document_state_change){.at_ms = 2000.4, .state = "failed", .why = "reset"};
    scene->believed[1] =
        (struct document_state_change){.at_ms = 5400, .state = "healthy", .why = "trial"};
    for (size_t i = 0; i < 3; i++) {
        scene->nodes[i] = (struct document_node){.name = scene->names[i],
                                                 .url = "http://127.0.0.1:8080",
                                                 .states = scene->states,
                                                 .state_count = i == 0 ? 3 : 1,
                                                 .believed = scene->believed,
                                                 .believed_count = i == 0 ? 2 : 0};
    }
}

static void fill_traffic(struct scene *scene, struct arena *arena)
{
    static const char *const outcomes[] = {"ok",           "failed",      "slow",
                                           "answered_4xx", "unavoidable", "cancelled"};

    scene->marks = arena_array(arena, MARKS, sizeof(scene->marks[0]));
    scene->buckets = arena_array(arena, BUCKETS, sizeof(scene->buckets[0]));
    for (uint32_t i = 0; i < MARKS; i++) {
        scene->marks[i] = (struct document_mark){.t_ms = 20.0 * i,
                                                 .latency_ms = 1 + i % 997,
                                                 .node = i % 4 == 3 ? UINT32_MAX : i % 4,
                                                 .outcome = outcomes[i % 6],
                                                 .count = 1 + i % 300};
    }
    for (uint32_t i = 0; i < BUCKETS; i++) {
        scene->buckets[i] =
            (struct document_bucket){.due = 100, .ok = 90, .failed = i % 7, .slow = i % 5};
    }
}

static void fill_run(struct scene *scene, struct document_run *run)
{
    scene->fault = (struct document_fault){.id = "kill-1",
                                           .kind = "kill",
                                           .targets = {scene->names, 1},
                                           .params = "for 3.000 s",
                                           .planned_ms = 2000,
                                           .applied_ms = figure(2000),
                                           .effective_ms = figure(2000.5),
                                           .cleared_ms = figure(5000),
                                           .confirmed_by = "exit"};
    scene->disturbance = (struct document_disturbance){.faults = {&scene->fault.id, 1},
                                                       .targets = {scene->names, 1},
                                                       .served_by = {scene->names + 1, 1},
                                                       .kind = "fault",
                                                       .was_active = true,
                                                       .recovered = true,
                                                       .onset_ms = 2000,
                                                       .end_ms = 5000,
                                                       .switchover_ms = figure(1500.25),
                                                       .first_success_ms = figure(1.5),
                                                       .detection_ms = figure(0.37),
                                                       .outage_ms = figure(5.4)};
    scene->metrics[0] = (struct document_metric){"requests", figure(60000)};
    scene->metrics[1] = (struct document_metric){"failed_requests", figure(1234)};
    *run = (struct document_run){.seed = "7",
                                 .verdict = "fail",
                                 .rerun_of = -1,
                                 .faults = &scene->fault,
                                 .fault_count = 1,
                                 .disturbances = &scene->disturbance,
                                 .disturbance_count = 1,
                                 .metrics = scene->metrics,
                                 .metric_count = 2,
                                 .nodes = scene->nodes,
                                 .node_count = 3,
                                 .resolution_ms = figure(1),
                                 .bucket_ms = 100,
                                 .timeline = scene->buckets,
                                 .bucket_count = BUCKETS,
                                 .marks = scene->marks,
                                 .mark_count = MARKS,
                                 .duration_ms = 60000};
}

static struct scene *stage(struct drawn *drawn)
{
    static const char *const names[] = {"primary", "backup-1", "backup-2"};
    struct scene *scene = ARENA_NEW(&drawn->arena, struct scene);

    memcpy(scene->names, names, sizeof(names));
    fill_nodes(scene);
    fill_traffic(scene, &drawn->arena);
    fill_run(scene, &drawn->run);
    drawn->document.text = "name: kill\n";
    drawn->document.sha256 = "0123";
    return scene;
}

/* Every text that comes from elsewhere. */
static void poison(struct drawn *drawn, struct scene *scene)
{
    const char **hostile = ARENA_NEW(&drawn->arena, const char *);

    *hostile = drawn_hostile;
    drawn->document.name = drawn->document.file = drawn->document.text = drawn_hostile;
    drawn->document.sha256 = drawn->document.os = drawn->document.kernel = drawn_hostile;
    drawn->document.isolation = drawn->document.tool_version = drawn_hostile;
    drawn->document.tool_commit = drawn->document.seed = drawn_hostile;
    drawn->document.started_at = drawn->document.known_why = drawn_hostile;
    drawn->document.path = drawn_hostile;
    drawn->document.settings = (struct document_texts){hostile, 1};
    drawn->reason = (struct document_reason){drawn_hostile, drawn_hostile};
    drawn->expectations[1].metric = drawn->expectations[0].fault = drawn_hostile;
    drawn->run.seed = drawn_hostile;
    scene->fault.id = scene->fault.kind = scene->fault.params = drawn_hostile;
    scene->fault.confirmed_by = scene->disturbance.unrecovered_why = drawn_hostile;
    scene->metrics[1].name = drawn_hostile;
    for (size_t i = 0; i < 3; i++) {
        scene->names[i] = scene->nodes[i].name = scene->nodes[i].url = drawn_hostile;
        scene->states[i].state = scene->states[i].why = drawn_hostile;
    }
    scene->believed[0].state = scene->believed[0].why = drawn_hostile;
}

static size_t times(const char *page, const char *words)
{
    size_t found = 0;

    for (const char *at = strstr(page, words); at != NULL; at = strstr(at + 1, words)) {
        found++;
    }
    return found;
}

/* ---- Tests ---- */

static void it_says_what_a_reviewer_asks(void **state)
{
    static const char *const said[] = {"id=\"verdict\"",
                                       "id=\"expectations\"",
                                       "id=\"timeline\"",
                                       "id=\"repeats\"",
                                       "id=\"nodes\"",
                                       "id=\"harness\"",
                                       "id=\"scenario\"",
                                       "id=\"environment\"",
                                       ">FAIL</span>",
                                       "1.500 s",
                                       "hit <b><bdi>primary",
                                       "confirmed: exit",
                                       "0.37 ms",
                                       "<bdi>backup-1</bdi>",
                                       "class=\"at bracket",
                                       "class=\"held\"",
                                       "class=\"state-unable\"",
                                       "class=\"believed-failed\"",
                                       "bascule replay r/kill.json"};
    struct drawn *drawn = *state;

    stage(drawn);
    const char *page = drawn_text(drawn, RENDER_HTML);
    page_reader_assert_sound(page);
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
        if (strstr(page, said[i]) == NULL) {
            fail_msg("not on the page: %s", said[i]);
        }
    }
}

static void text_from_elsewhere_is_data(void **state)
{
    struct drawn *drawn = *state;
    struct scene *scene = stage(drawn);

    poison(drawn, scene);
    const char *page = drawn_text(drawn, RENDER_HTML);
    page_reader_assert_sound(page);
    assert_null(strstr(page, "<script>alert"));
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)"));
}

static void a_minute_at_1000_a_second_is_small(void **state)
{
    struct drawn *drawn = *state;

    stage(drawn);
    assert_true(strlen(drawn_text(drawn, RENDER_HTML)) < 600 * KIB);
}

static void the_worst_run_is_open_and_few_are_drawn(void **state)
{
    struct drawn *drawn = *state;
    struct document_run runs[MANY_RUNS];
    struct document_disturbance worst;

    struct scene *scene = stage(drawn);
    drawn->run.mark_count = 10;
    for (size_t i = 0; i < MANY_RUNS; i++) {
        runs[i] = drawn->run;
        runs[i].index = (int64_t)i;
    }
    worst = scene->disturbance;
    worst.switchover_ms.state = DOCUMENT_NEVER;
    runs[2].disturbances = &worst;
    drawn->document.runs = runs;
    drawn->document.run_count = FEW_RUNS;
    const char *page = drawn_text(drawn, RENDER_HTML);
    page_reader_assert_sound(page);
    assert_non_null(strstr(page, "id=\"run-2\" data-run=\"2\" open=\"\""));
    assert_int_equal(times(page, "data-run=\"0\" open"), 0);
    assert_true(strstr(page, "id=\"run-2\"") < strstr(page, "id=\"run-0\""));
    assert_non_null(strstr(page, "<b>never recovered</b>"));
    drawn->document.run_count = MANY_RUNS;
    page = drawn_text(drawn, RENDER_HTML);
    assert_int_equal(times(page, "class=\"timeline\""), HTML_RUNS_DRAWN_MAX);
    assert_int_equal(times(page, "class=\"run-link\""), HTML_RUNS_DRAWN_MAX);
}

static void odd_documents_are_drawn_too(void **state)
{
    struct drawn *drawn = *state;

    struct scene *scene = stage(drawn);
    drawn->document.run_count = 0;
    drawn->document.expectation_count = 0;
    drawn->document.verdict = "skipped";
    page_reader_assert_sound(drawn_text(drawn, RENDER_HTML));
    drawn->document.run_count = 1;
    scene->fault.applied_ms = scene->fault.effective_ms = scene->fault.cleared_ms =
        (struct document_figure){.state = DOCUMENT_ABSENT};
    scene->fault.confirmed_by = NULL;
    drawn->run.duration_ms = 0;
    drawn->run.bucket_count = drawn->run.mark_count = 0;
    page_reader_assert_sound(drawn_text(drawn, RENDER_HTML));
    drawn->run.fault_count = drawn->run.disturbance_count = drawn->run.node_count = 0;
    page_reader_assert_sound(drawn_text(drawn, RENDER_HTML));
}

static void the_policy_lets_only_its_own_script_run(void **state)
{
    struct drawn *drawn = *state;

    stage(drawn);
    const char *page = drawn_text(drawn, RENDER_HTML);
    const char *script = strstr(page, "<script>") + strlen("<script>");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned char base64[64];
    unsigned count = 0;

    assert_int_equal(EVP_Digest(script, (size_t)(strstr(script, "</script>") - script), digest,
                                &count, EVP_sha256(), NULL),
                     1);
    (void)EVP_EncodeBlock(base64, digest, (int)count);
    const char *policy =
        arena_printf(&drawn->arena, "script-src 'sha256-%s'", (const char *)base64);
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_non_null(strstr(page, policy));
    assert_null(strstr(page, "script-src 'unsafe"));
}

static void the_index_leads_to_pages_the_worst_first(void **state)
{
    struct drawn *drawn = *state;
    struct error error = {.text = ""};
    struct document documents[2];
    char *text = NULL;
    size_t length = 0;

    stage(drawn);
    documents[0] = documents[1] = drawn->document;
    documents[0].verdict = "pass";
    documents[0].name = "good";
    documents[0].path = "r/good.json";
    documents[1].path = "r/\"><script>.json";
    documents[1].name = drawn_hostile;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(html_index_write(out, documents, 2, &drawn->arena, &error), 0);
    (void)fclose(out);
    page_reader_assert_sound(text);
    assert_non_null(strstr(text, "href=\"./good.html\""));
    assert_non_null(strstr(text, "href=\"./%22%3E%3Cscript%3E.html\""));
    assert_true(strstr(text, "badge badge-fail") < strstr(text, "badge badge-pass"));
    free(text);
}

static void a_stream_that_is_full_is_an_error(void **state)
{
    struct drawn *drawn = *state;
    struct error error = {.text = ""};
    FILE *full = fopen("/dev/full", "we");

    stage(drawn);
    assert_non_null(full);
    assert_int_equal(html_write(full, &drawn->document, &drawn->arena, &error), -1);
    assert_non_null(strstr(error.text, "r/kill.json"));
    (void)fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_says_what_a_reviewer_asks, drawn_setup, drawn_teardown),
        cmocka_unit_test_setup_teardown(text_from_elsewhere_is_data, drawn_setup, drawn_teardown),
        cmocka_unit_test_setup_teardown(a_minute_at_1000_a_second_is_small, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(the_worst_run_is_open_and_few_are_drawn, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(odd_documents_are_drawn_too, drawn_setup, drawn_teardown),
        cmocka_unit_test_setup_teardown(the_policy_lets_only_its_own_script_run, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(the_index_leads_to_pages_the_worst_first, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(a_stream_that_is_full_is_an_error, drawn_setup,
                                        drawn_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
