#include "report/html_parts.h"

#include "base/text.h"

#include <inttypes.h>

#include <stdlib.h>

struct document_figure html_worse(struct document_figure a, struct document_figure b)
{
    if (a.state == DOCUMENT_ABSENT || b.state == DOCUMENT_NEVER) {
        return b;
    }
    if (b.state == DOCUMENT_ABSENT || a.state == DOCUMENT_NEVER) {
        return a;
    }
    return a.value >= b.value ? a : b;
}

/* Above 0 if a is worse. */
static int compare_figures(struct document_figure a, struct document_figure b)
{
    if (a.state != b.state) {
        return a.state > b.state ? 1 : -1;
    }
    if (a.state != DOCUMENT_VALUE || a.value == b.value) {
        return 0;
    }
    return a.value > b.value ? 1 : -1;
}

static int compare_disturbances(const struct document_disturbance *a,
                                const struct document_disturbance *b)
{
    int order = compare_figures(a->switchover_ms, b->switchover_ms);

    order = order != 0 ? order : compare_figures(a->outage_ms, b->outage_ms);
    return order != 0 ? order : compare_figures(a->worst_latency_ms, b->worst_latency_ms);
}

const struct document_disturbance *html_worst_disturbance(const struct document_run *run)
{
    const struct document_disturbance *worst = NULL;

    for (size_t i = 0; i < run->disturbance_count; i++) {
        const struct document_disturbance *disturbance = &run->disturbances[i];
        if (disturbance->was_active &&
            (worst == NULL || compare_disturbances(disturbance, worst) > 0)) {
            worst = disturbance;
        }
    }
    return worst;
}

static bool bounds_switchover(const struct document *document)
{
    for (size_t i = 0; i < document->expectation_count; i++) {
        if (text_has_prefix(document->expectations[i].metric, "switchover")) {
            return true;
        }
    }
    return false;
}

struct document_headline html_run_headline(const struct document *document,
                                           const struct document_run *run)
{
    struct document_headline worst = {.failed_requests = document_metric(run, "failed_requests")};

    for (size_t i = 0; i < run->disturbance_count; i++) {
        const struct document_disturbance *disturbance = &run->disturbances[i];
        if (disturbance->was_active) {
            worst.switchover_ms = html_worse(worst.switchover_ms, disturbance->switchover_ms);
            worst.outage_ms = html_worse(worst.outage_ms, disturbance->outage_ms);
            worst.worst_latency_ms =
                html_worse(worst.worst_latency_ms, disturbance->worst_latency_ms);
        }
    }
    if (worst.switchover_ms.state == DOCUMENT_NEVER && !bounds_switchover(document)) {
        worst.switchover_ms.state = DOCUMENT_ABSENT;
    }
    return worst;
}

/* ---- Order ---- */

static int rank_of(const struct document_run *run)
{
    static const char *const order[] = {"skipped", "pass", "known", "inconclusive", "fail"};
    int rank = 0;

    for (int i = 0; i < (int)(sizeof(order) / sizeof(order[0])); i++) {
        rank = text_equal(order[i], run->verdict) ? i : rank;
    }
    return run->superseded ? -1 : rank;
}

struct ranked {
    size_t index;
    int rank;
    struct document_headline headline;
};

/* The worst first. */
static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    int order = b->rank - a->rank;

    if (order == 0) {
        order = compare_figures(b->headline.switchover_ms, a->headline.switchover_ms);
    }
    if (order == 0) {
        order = compare_figures(b->headline.outage_ms, a->headline.outage_ms);
    }
    if (order == 0) {
        order = compare_figures(b->headline.worst_latency_ms, a->headline.worst_latency_ms);
    }
    if (order == 0) {
        order = a->index < b->index ? -1 : a->index > b->index;
    }
    return order;
}

void html_runs_order(struct page *page)
{
    const struct document *document = page->document;
    size_t count = document->run_count;
    struct ranked *ranked = ARENA_ARRAY(page->arena, struct ranked, count + 1);
    size_t *order = ARENA_ARRAY(page->arena, size_t, count + 1);

    for (size_t i = 0; i < count; i++) {
        ranked[i] = (struct ranked){.index = i,
                                    .rank = rank_of(&document->runs[i]),
                                    .headline = html_run_headline(document, &document->runs[i])};
    }
    qsort(ranked, count, sizeof(ranked[0]), compare_ranked);
    for (size_t i = 0; i < count; i++) {
        order[i] = ranked[i].index;
    }
    page->order = order;
    page->drawn_count = count < page->detail->runs ? count : page->detail->runs;
}

bool html_run_is_full(const struct page *page, const struct document_run *run)
{
    for (size_t i = 0; i < page->drawn_count && i < page->detail->full; i++) {
        if (run == &page->document->runs[page->order[i]]) {
            return true;
        }
    }
    return false;
}

/* ---- Clients ---- */

/* Those that tell nothing have no figure that rests on it, however it went. */
bool html_run_is_told(const struct document_run *run)
{
    if (document_metric(run, "wrong_ejections").state != DOCUMENT_ABSENT) {
        return true;
    }
    for (size_t i = 0; i < run->node_count; i++) {
        if (run->nodes[i].believed_count > 0) {
            return true;
        }
    }
    return false;
}

int64_t html_run_clients(const struct page *page, const struct document_run *run)
{
    int64_t clients = page->document->instances > 1 ? page->document->instances : 1;

    for (size_t i = 0; i < run->node_count; i++) {
        for (size_t k = 0; k < run->nodes[i].believed_count; k++) {
            int64_t client = run->nodes[i].believed[k].client;
            clients = client + 1 > clients ? client + 1 : clients;
        }
    }
    return clients;
}

/* ---- Folds ---- */

void html_run_begin(const struct page *page, const struct document_run *run, const char *part)
{
    const struct document_run *worst = &page->document->runs[page->order[0]];
    struct document_headline headline = html_run_headline(page->document, run);

    if (page->document->run_count == 1) {
        html_put(page, "<div class=\"run\" id=\"%s-%" PRId64 "\">\n", part, run->index);
        return;
    }
    html_put(page,
             "<details class=\"run\" id=\"%s-%" PRId64 "\" data-run=\"%" PRId64 "\"%s>\n"
             "<summary>Run %" PRId64 " %s switchover %s, outage %s%s%s</summary>\n",
             part, run->index, run->index, run == worst ? " open=\"\"" : "", run->index,
             html_badge(page, run->verdict), html_ms(page, headline.switchover_ms),
             html_ms(page, headline.outage_ms), run == worst ? " · the worst" : "",
             run->superseded ? " · replaced by a rerun" : "");
}

void html_run_end(const struct page *page)
{
    html_put(page, page->document->run_count == 1 ? "</div>\n" : "</details>\n");
}
