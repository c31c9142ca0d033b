#include "report/archive.h"

#include "base/check.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *archive_metric_word(enum archive_metric metric)
{
    static const char *const words[] = {"switchover", "outage", "worst_latency", "failed_requests",
                                        "success_ratio"};

    CHECK((unsigned)metric < ARCHIVE_METRICS);
    return words[metric];
}

/* ---- Runs ---- */

static struct document_figure worse(struct document_figure a, struct document_figure b)
{
    if (a.state == DOCUMENT_ABSENT || b.state == DOCUMENT_NEVER) {
        return b;
    }
    if (b.state == DOCUMENT_ABSENT || a.state == DOCUMENT_NEVER) {
        return a;
    }
    return a.value >= b.value ? a : b;
}

static struct archive_run run_of(const struct document_run *run)
{
    struct archive_run taken = {.figures = {{.state = DOCUMENT_ABSENT}}};
    struct document_figure *figures = taken.figures;

    for (size_t i = 0; i < run->disturbance_count; i++) {
        const struct document_disturbance *disturbance = &run->disturbances[i];
        if (!disturbance->was_active) {
            continue;
        }
        figures[ARCHIVE_SWITCHOVER] =
            worse(figures[ARCHIVE_SWITCHOVER], disturbance->switchover_ms);
        figures[ARCHIVE_OUTAGE] = worse(figures[ARCHIVE_OUTAGE], disturbance->outage_ms);
        figures[ARCHIVE_WORST_LATENCY] =
            worse(figures[ARCHIVE_WORST_LATENCY], disturbance->worst_latency_ms);
    }
    figures[ARCHIVE_FAILED_REQUESTS] = document_metric(run, "failed_requests");
    figures[ARCHIVE_SUCCESS_RATIO] = document_metric(run, "success_ratio");
    return taken;
}

static bool is_doubted(const struct document_run *run)
{
    if (!text_equal(run->verdict, "inconclusive")) {
        return false;
    }
    for (size_t i = 0; i < run->reasons.count; i++) {
        const char *code = run->reasons.items[i].code;
        if (!text_equal(code, "within_error") && !text_equal(code, "not_measured")) {
            return true;
        }
    }
    return false;
}

static void
take_runs(struct arena *arena, const struct document *document, struct archive_report *ret)
{
    ret->runs = ARENA_ARRAY(arena, struct archive_run, document->run_count + 1);
    for (size_t i = 0; i < document->run_count; i++) {
        const struct document_run *run = &document->runs[i];
        if (run->superseded) {
            continue;
        }
        if (is_doubted(run)) {
            ret->doubted++;
            continue;
        }
        if (run->resolution_ms.state == DOCUMENT_VALUE &&
            run->resolution_ms.value > ret->resolution_ms) {
            ret->resolution_ms = run->resolution_ms.value;
        }
        ret->runs[ret->run_count++] = run_of(run);
    }
}

/* ---- Reports ---- */

static const char *copy(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

static const char *joined(struct arena *arena, const struct document_texts *texts)
{
    const char *line = "";

    for (size_t i = 0; i < texts->count; i++) {
        line = arena_printf(arena, "%s%s%s", line, i == 0 ? "" : " ", texts->items[i]);
    }
    return line;
}

static bool expects(const struct document *document, const char *metric)
{
    size_t length = strlen(metric);

    for (size_t i = 0; i < document->expectation_count; i++) {
        const char *other = document->expectations[i].metric;
        if (strncmp(other, metric, length) == 0 &&
            (other[length] == '\0' || other[length] == '.')) {
            return true;
        }
    }
    return false;
}

static struct archive_report record_of(struct arena *arena, const struct document *document)
{
    struct document_headline headline = document_headline(document);
    struct archive_report report = {
        .path = copy(arena, document->path),
        .name = copy(arena, document->name),
        .sha256 = copy(arena, document->sha256),
        .seed = copy(arena, document->seed),
        .settings = joined(arena, &document->settings),
        .machine = arena_printf(arena, "%" PRId64 " processor%s, %s %s", document->cpus,
                                document->cpus == 1 ? "" : "s", document->os, document->kernel),
        .version = copy(arena, document->tool_version),
        .started_at = copy(arena, document->started_at),
        .verdict = copy(arena, document->verdict),
        .target_ms = document->target_ms,
        .expects_switchover = expects(document, "switchover"),
        .switchover_ms = headline.switchover_ms,
        .outage_ms = headline.outage_ms,
    };

    take_runs(arena, document, &report);
    return report;
}

/* A run of this moment, or in virtual time the run of this seed, is one run, however often its
   report was copied. */
static bool is_known(const struct archive *archive, const struct archive_report *report)
{
    for (size_t i = 0; i < archive->count; i++) {
        const struct archive_report *other = &archive->items[i];
        if (text_equal(other->name, report->name) && text_equal(other->seed, report->seed) &&
            text_equal(other->started_at, report->started_at) &&
            text_equal(other->sha256, report->sha256) &&
            text_equal(other->settings, report->settings) &&
            other->run_count == report->run_count) {
            return true;
        }
    }
    return false;
}

static void append(struct archive *archive, struct arena *arena, struct archive_report report)
{
    if (archive->count == archive->capacity) {
        size_t capacity = archive->capacity == 0 ? 64 : 2 * archive->capacity;
        struct archive_report *items = ARENA_ARRAY(arena, struct archive_report, capacity);
        for (size_t i = 0; i < archive->count; i++) {
            items[i] = archive->items[i];
        }
        archive->items = items;
        archive->capacity = capacity;
    }
    archive->items[archive->count++] = report;
}

int archive_add(struct archive *archive,
                struct arena *arena,
                const char *path,
                struct error *reterr)
{
    struct arena scratch;
    struct document document;

    arena_init(&scratch, 0);
    int status = document_read(&document, &scratch, path, reterr);
    if (status == 0) {
        struct archive_report report = record_of(arena, &document);
        if (is_known(archive, &report)) {
            archive->copies++;
        } else {
            append(archive, arena, report);
        }
    }
    arena_done(&scratch);
    return status;
}

static int by_name_and_start(const void *left, const void *right)
{
    const struct archive_report *a = left;
    const struct archive_report *b = right;
    int order = strcmp(a->name, b->name);

    if (order == 0) {
        order = (a->started_at == NULL) - (b->started_at == NULL);
    }
    if (order == 0 && a->started_at != NULL) {
        order = strcmp(a->started_at, b->started_at);
    }
    return order != 0 ? order : strcmp(a->path, b->path);
}

void archive_sort(struct archive *archive)
{
    if (archive->count > 0) {
        qsort(archive->items, archive->count, sizeof(*archive->items), by_name_and_start);
    }
}
