#include "changes_maker.h"

#include "base/text.h"

#include "unit/cmocka_all.h"

static struct arena arena;

int changes_maker_begin(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    return 0;
}

int changes_maker_end(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

struct arena *changes_maker_arena(void)
{
    return &arena;
}

static struct document_figure figure_of(double value)
{
    if (value < 0) {
        bool never = value > MISSING;
        return (struct document_figure){.state = never ? DOCUMENT_NEVER : DOCUMENT_ABSENT};
    }
    return (struct document_figure){.value = value, .state = DOCUMENT_VALUE};
}

void set_run(struct archive_report *report, size_t run, enum archive_metric metric, double value)
{
    report->runs[run].figures[metric] = figure_of(value);
}

void set_figure(struct archive_report *report, enum archive_metric metric, double value)
{
    for (size_t i = 0; i < report->run_count; i++) {
        set_run(report, i, metric, value);
    }
}

struct archive_report *
add_report(struct archive *archive, const char *name, const double *values, size_t count)
{
    enum { REPORTS_MAX = 8 };

    if (archive->items == NULL) {
        archive->items = ARENA_ARRAY(&arena, struct archive_report, REPORTS_MAX);
    }
    assert_true(archive->count < REPORTS_MAX);
    struct archive_report *report = &archive->items[archive->count++];
    *report = (struct archive_report){
        .path = arena_printf(&arena, "%s-%zu.json", name, archive->count),
        .name = name,
        .sha256 = "1f0a",
        .seed = "1",
        .settings = "",
        .machine = "2 processors, Linux 6.1",
        .version = "0.1",
        .started_at = arena_printf(&arena, "2026-01-01T00:00:%02zuZ", archive->count),
        .verdict = "pass",
        .expects_switchover = true,
        .resolution_ms = 5,
        .runs = ARENA_ARRAY(&arena, struct archive_run, count + 1),
        .run_count = count,
    };
    for (size_t i = 0; i < count; i++) {
        set_run(report, i, ARCHIVE_SWITCHOVER, values[i]);
    }
    set_figure(report, ARCHIVE_OUTAGE, 1);
    set_figure(report, ARCHIVE_WORST_LATENCY, 1);
    set_figure(report, ARCHIVE_FAILED_REQUESTS, 0);
    set_figure(report, ARCHIVE_SUCCESS_RATIO, 1);
    return report;
}

struct archive_report *
add_around(struct archive *archive, const char *name, double middle, double step, size_t count)
{
    double *values = ARENA_ARRAY(&arena, double, count + 1);

    for (size_t i = 0; i < count; i++) {
        values[i] = middle + step * ((double)i - (double)(count - 1) / 2);
    }
    return add_report(archive, name, values, count);
}

struct changes compare_archives(struct archive *base, struct archive *head)
{
    const struct compare_rules rules = {.threshold = 0.1};
    struct error error = {.text = ""};
    struct changes changes;

    if (changes_make(&changes, &arena, base, head, rules, &error) != 0) {
        fail_msg("%s", error.text);
    }
    return changes;
}

const struct changes_row *row_of(const struct changes_scenario *scenario,
                                 enum archive_metric metric)
{
    for (size_t i = 0; i < scenario->row_count; i++) {
        if (scenario->rows[i].metric == metric) {
            return &scenario->rows[i];
        }
    }
    return NULL;
}

bool has_note(const struct changes_scenario *scenario, const char *note)
{
    for (size_t i = 0; i < scenario->note_count; i++) {
        if (text_equal(scenario->notes[i], note)) {
            return true;
        }
    }
    return false;
}
