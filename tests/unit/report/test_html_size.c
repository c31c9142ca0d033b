/* However much there is to show, a page stays small, and says what that took. */
#include "report/html.h"

#include "page_reader.h"
#include "scene.h"

#include "unit/cmocka_all.h"

#include <string.h>

static void a_minute_at_1000_a_second_is_small(void **state)
{
    struct drawn *drawn = *state;

    scene_stage(drawn);
    assert_true(strlen(drawn_text(drawn, RENDER_HTML)) < HTML_BYTES_MAX);
}

/* More of everything than a page can hold: all of it fits, and no failure goes missing. */
static void no_page_is_large(void **state)
{
    enum { NODES = 300, PHASES = 3000, DENSE = 24 };
    struct drawn *drawn = *state;
    struct scene *scene = scene_stage(drawn);
    struct document_run runs[DENSE];
    struct document_fault *faults = ARENA_ARRAY(&drawn->arena, struct document_fault, PHASES);
    struct document_node *nodes = ARENA_ARRAY(&drawn->arena, struct document_node, NODES);

    for (size_t i = 0; i < DENSE; i++) {
        runs[i] = drawn->run;
        runs[i].index = (int64_t)i;
    }
    drawn->document.runs = runs;
    drawn->document.run_count = DENSE;
    const char *page = drawn_text(drawn, RENDER_HTML);
    page_reader_assert_sound(page);
    assert_true(strlen(page) < HTML_BYTES_MAX);
    assert_non_null(strstr(page, "To keep the page small, a mark stands for"));
    assert_int_equal(drawn_times(page, "<tr><th scope=\"row\" class=\"n\"><a class=\"run-link\""),
                     drawn_times(page, "class=\"timeline\""));
    for (size_t i = 0; i < PHASES; i++) {
        faults[i] = scene->fault;
        faults[i].applied_ms = faults[i].effective_ms = scene_figure(3.0 * (double)i);
        faults[i].cleared_ms = scene_figure(3.0 * (double)i + 1);
    }
    for (size_t i = 0; i < NODES; i++) {
        nodes[i] = scene->nodes[0];
        nodes[i].name = arena_printf(&drawn->arena, "node-%zu", i);
    }
    for (size_t i = 0; i < DENSE; i++) {
        runs[i].faults = faults;
        runs[i].fault_count = PHASES;
        runs[i].nodes = nodes;
        runs[i].node_count = NODES;
    }
    page = drawn_text(drawn, RENDER_HTML);
    page_reader_assert_sound(page);
    assert_true(strlen(page) < HTML_BYTES_MAX);
    assert_non_null(strstr(page, "is drawn as one"));
    assert_non_null(strstr(page, "more nodes, which only the report's JSON has"));
    assert_non_null(strstr(page, "and 2999 more times"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_minute_at_1000_a_second_is_small, drawn_setup,
                                        drawn_teardown),
        cmocka_unit_test_setup_teardown(no_page_is_large, drawn_setup, drawn_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
