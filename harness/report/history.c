#include "report/history.h"

#include "base/check.h"
#include "base/text.h"
#include "core/sample.h"
#include "report/document_words.h"
#include "report/utf8.h"
#include "report/value.h"

#include <math.h>

#define SCHEMA         "bascule/history/1"
#define BESIDE_DRAWING 60 /* columns of a line that are no drawing: its name and its figures */

/* ---- Series ---- */

static bool is_of(const struct archive_report *a, const struct archive_report *b)
{
    return text_equal(a->name, b->name) && (a->started_at == NULL) == (b->started_at == NULL);
}

bool history_next(const struct archive *archive, struct history_series *series)
{
    const struct archive_report *end = archive->items + archive->count;
    const struct archive_report *begin =
        series->reports == NULL ? archive->items : series->reports + series->count;

    *series = (struct history_series){.reports = begin};
    while (begin + series->count < end && is_of(begin, begin + series->count)) {
        series->count++;
    }
    return series->count > 0;
}

struct document_figure history_figure_of(const struct archive_report *report,
                                         enum history_figure figure)
{
    return figure == HISTORY_SWITCHOVER ? report->switchover_ms : report->outage_ms;
}

static struct document_figure figure_of_value(double value)
{
    bool never = isinf(value);

    return (struct document_figure){.value = never ? 0 : value,
                                    .state = never ? DOCUMENT_NEVER : DOCUMENT_VALUE};
}

struct history_summary
history_summarize(const struct history_series *series, enum history_figure figure, size_t drawn_max)
{
    struct history_summary summary = {.last = {.state = DOCUMENT_ABSENT}};
    struct arena scratch;
    size_t count = 0;

    arena_init(&scratch, 0);
    double *values = ARENA_ARRAY(&scratch, double, series->count + 1);
    for (size_t i = 0; i < series->count; i++) {
        struct document_figure value = history_figure_of(&series->reports[i], figure);
        bool drawn = i + drawn_max >= series->count;
        if (value.state == DOCUMENT_ABSENT) {
            continue;
        }
        summary.last = value;
        values[count++] = value.state == DOCUMENT_NEVER ? (double)INFINITY : value.value;
        if (drawn && value.state == DOCUMENT_VALUE) {
            summary.highest = fmax(summary.highest, value.value);
        }
    }
    if (count > 0) {
        struct sample sample = sample_of(&scratch, values, count);
        summary.median = figure_of_value(sample_median(sample));
        summary.worst = figure_of_value(sample.values[count - 1]);
    }
    arena_done(&scratch);
    return summary;
}

/* ---- Terminal ---- */

static const char *const figure_words[] = {"switchover", "outage"};

static const char *block_of(struct document_figure figure, double highest, bool plain)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const letters[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    const size_t levels = sizeof(blocks) / sizeof(blocks[0]);

    if (figure.state != DOCUMENT_VALUE) {
        return figure.state == DOCUMENT_NEVER ? "!" : " ";
    }
    double part = highest > 0 ? fmax(figure.value, 0) / highest : 0;
    size_t level = (size_t)(part * (double)levels);
    level = level < levels ? level : levels - 1;
    return plain ? letters[level] : blocks[level];
}

static char mark_of(const char *verdict)
{
    static const struct {
        const char *verdict;
        char mark;
    } marks[] = {{"pass", '.'}, {"fail", 'F'}, {"known", 'k'}, {"inconclusive", '?'}};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (text_equal(marks[i].verdict, verdict)) {
            return marks[i].mark;
        }
    }
    return 's';
}

static size_t first_drawn(const struct history_series *series)
{
    return series->count > HISTORY_TEXT_MAX ? series->count - HISTORY_TEXT_MAX : 0;
}

struct drawing {
    FILE *out;
    struct arena *arena;
    const struct history_series *series;
    bool plain;
    const char *gap; /* between what is drawn and its figures */
};

static void put_spark(const struct drawing *drawing, enum history_figure figure)
{
    const struct history_series *series = drawing->series;
    struct history_summary summary = history_summarize(series, figure, HISTORY_TEXT_MAX);
    const char *word = figure_words[figure];

    (void)fprintf(drawing->out, "  %-10s  ", word);
    for (size_t i = first_drawn(series); i < series->count; i++) {
        struct document_figure value = history_figure_of(&series->reports[i], figure);
        (void)fputs(block_of(value, summary.highest, drawing->plain), drawing->out);
    }
    (void)fprintf(drawing->out, "%slast %s, median %s, worst %s\n", drawing->gap,
                  document_words_figure(drawing->arena, word, summary.last),
                  document_words_figure(drawing->arena, word, summary.median),
                  document_words_figure(drawing->arena, word, summary.worst));
}

static void put_title(const struct drawing *drawing)
{
    const struct history_series *series = drawing->series;
    const struct archive_report *first = &series->reports[0];
    const struct archive_report *last = &series->reports[series->count - 1];

    (void)fprintf(drawing->out, "%s  %zu report%s", utf8_printable(drawing->arena, first->name),
                  series->count, series->count == 1 ? "" : "s");
    if (first->started_at == NULL) {
        (void)fputs(", simulated, in order of their files", drawing->out);
    } else if (series->count == 1) {
        (void)fprintf(drawing->out, ", %.10s", utf8_printable(drawing->arena, first->started_at));
    } else {
        (void)fprintf(drawing->out, ", %.10s to %.10s",
                      utf8_printable(drawing->arena, first->started_at),
                      utf8_printable(drawing->arena, last->started_at));
    }
    _Static_assert(HISTORY_TEXT_MAX == 40, "the sentence says so");
    (void)fprintf(drawing->out, "%s\n", first_drawn(series) > 0 ? "; the latest 40 are drawn" : "");
}

static void put_series(const struct drawing *drawing)
{
    const struct history_series *series = drawing->series;

    put_title(drawing);
    for (unsigned i = 0; i < HISTORY_FIGURES; i++) {
        put_spark(drawing, (enum history_figure)i);
    }
    (void)fprintf(drawing->out, "  %-10s  ", "verdict");
    for (size_t i = first_drawn(series); i < series->count; i++) {
        (void)fputc(mark_of(series->reports[i].verdict), drawing->out);
    }
    (void)fprintf(drawing->out, "  last %s\n",
                  utf8_printable(drawing->arena, series->reports[series->count - 1].verdict));
}

void history_write_text(FILE *out,
                        struct arena *arena,
                        const struct archive *archive,
                        struct history_look look)
{
    struct history_series series = {.reports = NULL};
    struct drawing drawing = {.out = out, .arena = arena, .series = &series, .plain = look.plain};

    while (history_next(archive, &series)) {
        size_t drawn = series.count - first_drawn(&series);
        bool fits = look.columns == 0 || drawn + BESIDE_DRAWING <= look.columns;
        drawing.gap = fits ? "  " : "\n              ";
        put_series(&drawing);
    }
    (void)fputs("\nA column a report: its worst run, from 0 to the highest;\n"
                "! never, blank: no such figure.\n"
                "Verdicts: . pass, F fail, k known, ? inconclusive, s skipped\n",
                out);
}

/* ---- JSON ---- */

static json_t *json_of_figure(struct document_figure figure)
{
    if (figure.state == DOCUMENT_VALUE) {
        return json_real(figure.value);
    }
    return figure.state == DOCUMENT_NEVER ? json_string("unrecovered") : json_null();
}

static json_t *json_of_summary(const struct history_series *series, enum history_figure figure)
{
    struct history_summary summary = history_summarize(series, figure, HISTORY_TEXT_MAX);
    json_t *object = json_object();

    value_put(object, "last", json_of_figure(summary.last));
    value_put(object, "median", json_of_figure(summary.median));
    value_put(object, "worst", json_of_figure(summary.worst));
    return object;
}

static json_t *json_of_report(const struct archive_report *report)
{
    json_t *object = json_object();

    value_put(object, "file", value_text(report->path));
    value_put(object, "started_at", value_text(report->started_at));
    value_put(object, "verdict", value_text(report->verdict));
    value_put(object, "runs", value_count(report->run_count));
    value_put(object, "switchover_ms", json_of_figure(report->switchover_ms));
    value_put(object, "outage_ms", json_of_figure(report->outage_ms));
    return object;
}

static json_t *json_of_series(const struct history_series *series)
{
    json_t *object = json_object();
    json_t *reports = json_array();

    for (size_t i = 0; i < series->count; i++) {
        value_push(reports, json_of_report(&series->reports[i]));
    }
    value_put(object, "name", value_text(series->reports[0].name));
    value_put(object, "simulated", json_boolean(series->reports[0].started_at == NULL));
    value_put(object, "switchover_ms", json_of_summary(series, HISTORY_SWITCHOVER));
    value_put(object, "outage_ms", json_of_summary(series, HISTORY_OUTAGE));
    value_put(object, "reports", reports);
    return object;
}

void history_write_json(FILE *out, const struct archive *archive)
{
    struct history_series series = {.reports = NULL};
    json_t *object = json_object();
    json_t *scenarios = json_array();

    while (history_next(archive, &series)) {
        value_push(scenarios, json_of_series(&series));
    }
    value_put(object, "schema", value_text(SCHEMA));
    value_put(object, "scenarios", scenarios);
    (void)json_dumpf(object, out, VALUE_DUMP_FLAGS | JSON_INDENT(2));
    (void)fputs("\n", out);
    json_decref(object);
}
