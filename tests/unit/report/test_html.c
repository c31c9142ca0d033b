#include "report/html.h"

#include "drawn.h"
#include "page_reader.h"
#include "scene.h"

#include "unit/cmocka_all.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define FEW_RUNS  3
#define MANY_RUNS (HTML_RUNS_DRAWN_MAX + 6)

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
    drawn->document.path = drawn->document.description = drawn->document.profile = drawn_hostile;
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
                                       "id=\"brief\"",
                                       "id=\"words\"",
                                       "The first node dies.",
                                       "1000 requests a second for 60 s by the built-in",
                                       "client resilient to 3 nodes",
                                       "<b>kill <bdi>primary</bdi></b> at <b>2.000 s</b>",
                                       "until 5.000 s: its process is killed",
                                       "confirmed: its process was seen to end",
                                       "out of rotation after <b>0.37 ms</b>",
                                       "for a reset connection",
                                       "Callers no longer noticed after <b>1.500 s</b>",
                                       "<b>No</b>: 1 of 3 expectations is missed",
                                       "<li>failed_requests: 1,234, expected == 0</li>",
                                       "0.37 ms",
                                       "<bdi>backup-1</bdi>",
                                       "class=\"at bracket",
                                       "class=\"held\"",
                                       "class=\"state-unable\"",
                                       "class=\"believed-failed\"",
                                       "bascule replay r/kill.json"};
    struct drawn *drawn = *state;

    scene_stage(drawn);
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
    struct scene *scene = scene_stage(drawn);

    poison(drawn, scene);
    const char *page = drawn_text(drawn, RENDER_HTML);
    page_reader_assert_sound(page);
    assert_null(strstr(page, "<script>alert"));
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)"));
}

/* Nobody believes a client that says nothing to have called all nodes healthy. */
static void a_client_that_tells_nothing_has_no_beliefs(void **state)
{
    struct drawn *drawn = *state;
    struct scene *scene = scene_stage(drawn);

    assert_non_null(strstr(drawn_text(drawn, RENDER_HTML), "<i>believed</i>"));
    scene->nodes[0].believed_count = 0;
    scene->disturbance.detection_ms.state = DOCUMENT_ABSENT;
    const char *page = drawn_text(drawn, RENDER_HTML);
    assert_null(strstr(page, "<i>believed</i>"));
    assert_null(strstr(page, "path class=\"believed-healthy"));
    assert_non_null(strstr(page, "What the client believes of nodes it does not tell."));
    drawn->document.profile = "none";
    assert_non_null(strstr(drawn_text(drawn, RENDER_HTML), "this one has no failover"));
    scene->metrics[1] = (struct document_metric){"wrong_ejections", scene_figure(0)};
    page = drawn_text(drawn, RENDER_HTML);
    assert_non_null(strstr(page, "<i>believed</i>"));
    assert_non_null(strstr(page, "No client took it out of rotation"));
    assert_null(strstr(page, "a node that was well"));
    scene->metrics[1] = (struct document_metric){"wrong_ejections", scene_figure(67)};
    page = drawn_text(drawn, RENDER_HTML);
    assert_non_null(strstr(page, "clients took out a node that was well <b>67</b> times."));
}

static void what_is_slow_and_what_is_a_model_is_said(void **state)
{
    struct drawn *drawn = *state;
    struct scene *scene = scene_stage(drawn);

    scene->disturbance.slow_requests = scene_figure(3);
    const char *page = drawn_text(drawn, RENDER_HTML);
    assert_non_null(strstr(page, "3 were slow (over 500 ms)"));
    assert_null(strstr(page, "This is a model."));
    drawn->document.isolation = "simulation";
    assert_non_null(strstr(drawn_text(drawn, RENDER_HTML), "This is a model."));
}

static void of_many_clients_the_first_and_the_last_are_named(void **state)
{
    static const struct document_state_change believed[] = {
        {.at_ms = 1999, .state = "failed", .why = "probe", .client = 3},
        {.at_ms = 2010, .state = "failed", .why = "timeout", .client = 7},
        {.at_ms = 2020, .state = "healthy", .why = "trial", .client = 7},
        {.at_ms = 2030, .state = "failed", .why = "refused", .client = 5},
        {.at_ms = 2040, .state = "failed", .why = "reset", .client = 7},
        {.at_ms = 5000, .state = "failed", .why = "probe", .client = 9},
    };
    struct drawn *drawn = *state;
    struct scene *scene = scene_stage(drawn);

    drawn->document.instances = 20;
    scene->nodes[0].believed = believed;
    scene->nodes[0].believed_count = sizeof(believed) / sizeof(believed[0]);
    scene->disturbance.detection_ms = scene_figure(30);
    assert_non_null(strstr(
        drawn_text(drawn, RENDER_HTML),
        "2 of 20 clients took <bdi>primary</bdi> out of rotation: the first (client 7) "
        "after <b>10.0 ms</b>, for a request without an answer in time; the last (client 5) after "
        "<b>30.0 ms</b>, for a refused connection."));
}

static void the_worst_bracket_has_a_place_in_any_crowd(void **state)
{
    enum { CROWD = 500 };
    struct drawn *drawn = *state;
    struct scene *scene = scene_stage(drawn);
    struct document_disturbance *crowd =
        ARENA_ARRAY(&drawn->arena, struct document_disturbance, CROWD);

    for (size_t i = 0; i < CROWD; i++) {
        crowd[i] = scene->disturbance;
        crowd[i].onset_ms = 100.0 * (double)i;
        crowd[i].switchover_ms = scene_figure(i == CROWD - 100 ? 2000 : 50);
    }
    drawn->run.disturbances = crowd;
    drawn->run.disturbance_count = CROWD;
    const char *page = drawn_text(drawn, RENDER_HTML);
    assert_int_equal(drawn_times(page, "class=\"at bracket worst left-of\""), 1);
    assert_non_null(strstr(page, "--t:40000;--w:2000;"));
    assert_in_range(drawn_times(page, "class=\"at bracket"), 5, 64);
}

static void the_worst_run_is_open_and_few_are_drawn(void **state)
{
    struct drawn *drawn = *state;
    struct document_run runs[MANY_RUNS];
    struct document_disturbance worst;

    struct scene *scene = scene_stage(drawn);
    drawn->run.mark_count = drawn->run.bucket_count = 10;
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
    assert_int_equal(drawn_times(page, "data-run=\"0\" open"), 0);
    assert_true(strstr(page, "id=\"run-2\"") < strstr(page, "id=\"run-0\""));
    assert_non_null(strstr(page, "<b>never recovered</b>"));
    drawn->document.run_count = MANY_RUNS;
    page = drawn_text(drawn, RENDER_HTML);
    assert_int_equal(drawn_times(page, "class=\"timeline\""), HTML_RUNS_DRAWN_MAX);
    assert_int_equal(drawn_times(page, "class=\"run-link\""), HTML_RUNS_DRAWN_MAX);
}

static void odd_documents_are_drawn_too(void **state)
{
    struct drawn *drawn = *state;

    struct scene *scene = scene_stage(drawn);
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

    scene_stage(drawn);
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

    scene_stage(drawn);
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

    scene_stage(drawn);
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
        cmocka_unit_test_setup_teardown(a_client_that_tells_nothing_has_no_beliefs, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(what_is_slow_and_what_is_a_model_is_said, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(of_many_clients_the_first_and_the_last_are_named,
                                        drawn_setup, drawn_teardown),
        cmocka_unit_test_setup_teardown(the_worst_bracket_has_a_place_in_any_crowd, drawn_setup,
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
