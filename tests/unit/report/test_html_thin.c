/* Fewer marks tell the same: no request is lost, and none changes its outcome. */
#include "report/html_thin.h"

#include "unit/cmocka_all.h"

#include <math.h>
#include <string.h>

enum { RUNS = 5, MARKS = 3000, OUTCOMES = 3, SHORT = 40, LEAST = 60 };

static const char *const outcomes[OUTCOMES] = {"ok", "failed", "slow"};

struct stage {
    struct arena arena;
    struct document document;
    struct document_run runs[RUNS];
    struct html_detail detail;
    size_t order[RUNS];
    struct page page;
};

/* Many answers of one length, and a slope of what was slow or failed. */
static struct document_mark *make_marks(struct arena *arena)
{
    struct document_mark *marks = ARENA_ARRAY(arena, struct document_mark, MARKS);

    for (uint32_t i = 0; i < MARKS; i++) {
        bool bad = i % 10 == 9;
        uint32_t cell = i / 5;
        marks[i] = (struct document_mark){.t_ms = 50.0 * cell,
                                          .latency_ms = bad ? 700 + (i % 100) * 13 : 1.049,
                                          .node = bad ? UINT32_MAX : i % 3,
                                          .outcome = outcomes[bad ? 1 + i % 20 / 10 : 0],
                                          .count = 1 + i % 7};
    }
    return marks;
}

static int set_up(void **state)
{
    struct arena arena = {.chunks = NULL};
    struct stage *stage = NULL;

    arena_init(&arena, 0);
    stage = ARENA_NEW(&arena, struct stage);
    stage->arena = arena;
    for (size_t i = 0; i < RUNS; i++) {
        stage->runs[i] = (struct document_run){.index = (int64_t)i,
                                               .marks = make_marks(&stage->arena),
                                               .mark_count = i == 3 ? SHORT : MARKS,
                                               .duration_ms = 30000};
        stage->order[i] = RUNS - 1 - i;
    }
    stage->document = (struct document){.runs = stage->runs, .run_count = RUNS};
    stage->page = (struct page){.arena = &stage->arena,
                                .document = &stage->document,
                                .detail = &stage->detail,
                                .order = stage->order,
                                .drawn_count = RUNS};
    *state = stage;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *stage = *state;
    struct arena arena = stage->arena;

    arena_done(&arena);
    return 0;
}

static uint64_t requests_of(const struct document_mark *marks, size_t count, const char *outcome)
{
    uint64_t requests = 0;

    for (size_t i = 0; i < count; i++) {
        requests += strcmp(marks[i].outcome, outcome) == 0 ? marks[i].count : 0;
    }
    return requests;
}

static void assert_same_requests(const struct document_run *run, const struct html_marks *thin)
{
    for (size_t i = 0; i < OUTCOMES; i++) {
        assert_true(requests_of(thin->items, thin->count, outcomes[i]) ==
                    requests_of(run->marks, run->mark_count, outcomes[i]));
    }
}

static void room_for_all_leaves_all(void **state)
{
    struct stage *stage = *state;

    stage->detail.marks = SIZE_MAX;
    for (size_t i = 0; i < RUNS; i++) {
        struct html_marks thin = html_thin(&stage->page, &stage->runs[i]);
        assert_false(thin.is_thinned);
        assert_ptr_equal(thin.items, stage->runs[i].marks);
        assert_true(thin.calm.cell_ms == 50 && thin.others.octaves == 0.25);
    }
}

static void the_worst_and_the_first_keep_theirs(void **state)
{
    struct stage *stage = *state;
    size_t total = 0;

    stage->detail.marks = 9000;
    for (size_t i = 0; i < RUNS; i++) {
        struct html_marks thin = html_thin(&stage->page, &stage->runs[i]);
        assert_int_equal(thin.is_thinned, i == 1 || i == 2);
        assert_same_requests(&stage->runs[i], &thin);
        total += thin.count;
    }
    assert_true(total <= stage->detail.marks);
}

static void little_room_is_kept_to(void **state)
{
    static const size_t rooms[] = {6000, 1000, 300, 30, 1};
    struct stage *stage = *state;

    for (size_t k = 0; k < sizeof(rooms) / sizeof(rooms[0]); k++) {
        stage->detail.marks = rooms[k];
        for (size_t i = 0; i < RUNS; i++) {
            struct html_marks thin = html_thin(&stage->page, &stage->runs[i]);
            assert_same_requests(&stage->runs[i], &thin);
            assert_true(thin.count <= rooms[k] ||
                        thin.count <= (i == 0 || i == RUNS - 1 ? OUTCOMES : LEAST));
        }
    }
}

/* A mark stands where those that it stands for stood, but for the size of its cell. */
static void marks_stay_in_their_cells(void **state)
{
    struct stage *stage = *state;
    const struct document_run *run = &stage->runs[2];

    stage->detail.marks = 7000;
    struct html_marks thin = html_thin(&stage->page, run);
    assert_true(thin.is_thinned);
    for (size_t i = 0; i < run->mark_count; i++) {
        const struct document_mark *mark = &run->marks[i];
        const struct html_cells *cells = html_cells_of(&thin, mark->outcome);
        bool found = false;
        for (size_t k = 0; k < thin.count && !found; k++) {
            const struct document_mark *other = &thin.items[k];
            double octaves = log2(mark->latency_ms / other->latency_ms);
            found = strcmp(other->outcome, mark->outcome) == 0 && other->t_ms <= mark->t_ms &&
                    mark->t_ms < other->t_ms + cells->cell_ms && octaves > -0.01 &&
                    octaves < cells->octaves + 0.1;
        }
        assert_true(found);
    }
}

/* One time, one latency, or figures that no run has. */
static void odd_marks_come_to_an_end(void **state)
{
    struct stage *stage = *state;
    struct document_mark marks[] = {
        {.t_ms = 0, .latency_ms = 0, .node = 0, .outcome = "ok", .count = UINT32_MAX},
        {.t_ms = 0, .latency_ms = 0, .node = 1, .outcome = "ok", .count = UINT32_MAX},
        {.t_ms = 0, .latency_ms = 0x1p53, .node = 2, .outcome = "ok", .count = 1},
        {.t_ms = 0, .latency_ms = -0x1p53, .node = 2, .outcome = "failed", .count = 1},
    };

    stage->detail.marks = 1;
    stage->page.drawn_count = 1;
    stage->runs[RUNS - 1].marks = marks;
    stage->runs[RUNS - 1].mark_count = 4;
    struct html_marks thin = html_thin(&stage->page, &stage->runs[RUNS - 1]);
    assert_in_range(thin.count, 2, 4);
}

#define WITH_STAGE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STAGE(room_for_all_leaves_all),  WITH_STAGE(the_worst_and_the_first_keep_theirs),
        WITH_STAGE(little_room_is_kept_to),   WITH_STAGE(marks_stay_in_their_cells),
        WITH_STAGE(odd_marks_come_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
