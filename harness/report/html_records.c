#include "report/html_parts.h"

#include "base/text.h"
#include "report/meaning.h"

#include <inttypes.h>
#include <stdlib.h>

#define NAMES_MAX   50
#define CHANGES_MAX 300

static size_t shown_of(const struct page *page, size_t count)
{
    return count < page->detail->rows ? count : page->detail->rows;
}

/* A fold with a table of so many rows; `columns` are cells. */
static void begin(const struct page *page,
                  const struct document_run *run,
                  const char *what,
                  size_t count,
                  const char *columns)
{
    html_put(page,
             "<details class=\"more\"><summary>%s of run %" PRId64 " (%zu)</summary>\n"
             "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"%s of run %" PRId64
             "\"><table><thead><tr>%s</tr></thead>\n<tbody>\n",
             what, run->index, count, what, run->index, columns);
}

static void end(const struct page *page, size_t shown, size_t count)
{
    html_put(page, "</tbody></table></div>\n");
    html_rows_left_out(page, shown, count, "rows");
    html_put(page, "</details>\n");
}

/* ---- Faults ---- */

static void put_fault(const struct page *page, const struct document_fault *fault)
{
    const char *held =
        fault->confirmed_by == NULL ? NULL : meaning_of_confirmation(fault->confirmed_by);

    html_put(page,
             "<tr><th scope=\"row\"><bdi>%s</bdi></th><td>%s</td><td>%s</td>"
             "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
             "<td class=\"n\">%s</td><td>%s%s%s</td><td class=\"n\">%s</td><td>%s%s%s</td></tr>\n",
             html_text(page, fault->id), html_text(page, fault->kind),
             html_names_up_to(page, &fault->targets, NAMES_MAX), html_time(page, fault->planned_ms),
             html_ms(page, fault->applied_ms), html_ms(page, fault->effective_ms),
             html_ms(page, fault->cleared_ms),
             fault->confirmed_by == NULL ? "nothing" : html_text(page, fault->confirmed_by),
             held == NULL ? "" : ": ", held == NULL ? "" : held,
             html_figure(page, "requests", fault->hits), html_text(page, fault->params),
             fault->refused == NULL ? "" : " refused: ",
             fault->refused == NULL ? "" : html_text(page, fault->refused));
}

static void put_faults(const struct page *page, const struct document_run *run)
{
    size_t shown = shown_of(page, run->fault_count);

    begin(page, run, "Faults", run->fault_count,
          "<th scope=\"col\">Fault</th><th scope=\"col\">kind</th><th scope=\"col\">targets</th>"
          "<th scope=\"col\" class=\"n\">planned</th><th scope=\"col\" class=\"n\">applied</th>"
          "<th scope=\"col\" class=\"n\">effective</th><th scope=\"col\" class=\"n\">cleared</th>"
          "<th scope=\"col\">confirmed by</th><th scope=\"col\" class=\"n\">hits</th>"
          "<th scope=\"col\">parameters</th>");
    for (size_t i = 0; i < shown; i++) {
        put_fault(page, &run->faults[i]);
    }
    end(page, shown, run->fault_count);
}

/* ---- Alerts ---- */

static void put_alerts(const struct page *page, const struct document_run *run)
{
    size_t shown = shown_of(page, run->alert_count);

    begin(page, run, "Alerts", run->alert_count,
          "<th scope=\"col\">Node</th><th scope=\"col\" class=\"n\">raised</th>"
          "<th scope=\"col\" class=\"n\">cleared</th><th scope=\"col\">why</th>");
    for (size_t i = 0; i < shown; i++) {
        const struct document_alert *alert = &run->alerts[i];
        html_put(page,
                 "<tr><th scope=\"row\"><bdi>%s</bdi></th><td class=\"n\">%s</td>"
                 "<td class=\"n\">%s</td><td>%s</td></tr>\n",
                 html_text(page, alert->node), html_time(page, alert->raised_ms),
                 html_ms(page, alert->cleared_ms), html_text(page, alert->why));
    }
    end(page, shown, run->alert_count);
}

/* ---- What nodes could do and clients believed ---- */

struct change {
    const struct document_node *node;
    const struct document_state_change *change;
};

static int compare_changes(const void *left, const void *right)
{
    const struct change *a = left;
    const struct change *b = right;

    if (a->change->at_ms != b->change->at_ms) {
        return a->change->at_ms < b->change->at_ms ? -1 : 1;
    }
    if (a->node != b->node) {
        return a->node < b->node ? -1 : 1;
    }
    if (a->change->client != b->change->client) {
        return a->change->client < b->change->client ? -1 : 1;
    }
    return a->change < b->change ? -1 : a->change > b->change;
}

static void put_change(const struct page *page, const struct change *change, bool many)
{
    const struct document_state_change *new = change->change;
    const char *suspicion = new->client < 0 ? NULL : meaning_of_suspicion(new->why);
    const char *who = new->client < 0 ? "harness"
                      : !many         ? "client"
                                      : arena_printf(page->arena, "client %" PRId64, new->client);

    html_put(page,
             "<tr><td class=\"n\">%s</td><th scope=\"row\"><bdi>%s</bdi></th><td>%s</td>"
             "<td>%s</td><td>%s</td></tr>\n",
             html_time(page, new->at_ms), html_text(page, change->node->name), who,
             html_text(page, new->state),
             suspicion != NULL ? suspicion : html_text(page, new->why));
}

/* That a node is able at first goes without saying. */
static void put_changes(const struct page *page, const struct document_run *run)
{
    bool many = html_run_clients(page, run) > 1;
    size_t count = 0;

    for (size_t i = 0; i < run->node_count; i++) {
        count += run->nodes[i].state_count + run->nodes[i].believed_count;
    }
    struct change *changes = ARENA_ARRAY(page->arena, struct change, count + 1);
    count = 0;
    for (size_t i = 0; i < run->node_count; i++) {
        const struct document_node *node = &run->nodes[i];
        for (size_t k = 0; k < node->state_count; k++) {
            if (k > 0 || !text_equal(node->states[k].state, "able")) {
                changes[count++] = (struct change){node, &node->states[k]};
            }
        }
        for (size_t k = 0; k < node->believed_count; k++) {
            changes[count++] = (struct change){node, &node->believed[k]};
        }
    }
    if (count == 0) {
        return;
    }
    qsort(changes, count, sizeof(changes[0]), compare_changes);
    size_t shown = shown_of(page, count < CHANGES_MAX ? count : CHANGES_MAX);
    begin(page, run, "What nodes could do and clients believed", count,
          "<th scope=\"col\" class=\"n\">from</th><th scope=\"col\">Node</th>"
          "<th scope=\"col\">according to</th><th scope=\"col\">state</th><th "
          "scope=\"col\">why</th>");
    for (size_t i = 0; i < shown; i++) {
        put_change(page, &changes[i], many);
    }
    end(page, shown, count);
}

void html_records(const struct page *page, const struct document_run *run)
{
    if (!html_run_is_full(page, run)) {
        return;
    }
    if (run->fault_count > 0) {
        put_faults(page, run);
    }
    put_changes(page, run);
    if (run->alert_count > 0) {
        put_alerts(page, run);
    }
}
