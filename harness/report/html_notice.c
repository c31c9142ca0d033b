/* Who noticed a disturbance: clients by what they believed, and the node that served next. */
#include "report/html_parts.h"

#include "base/text.h"
#include "report/meaning.h"

#include <inttypes.h>

#define SAME_MS 0.0015 /* reports round to a microsecond */

static bool is_target(const struct document_disturbance *disturbance, const char *name)
{
    for (size_t i = 0; i < disturbance->targets.count; i++) {
        if (text_equal(disturbance->targets.items[i], name)) {
            return true;
        }
    }
    return false;
}

/* Clients that took a target out of rotation while the disturbance lasted. */
struct notice {
    size_t clients;
    size_t nodes;                                     /* that were taken out */
    const struct document_state_change *first, *last; /* the last client's first */
    const struct document_node *first_node;
};

/* True if the node was taken out by anybody. firsts: of each client. */
static bool add_node(struct notice *notice,
                     const struct document_node *node,
                     const struct document_disturbance *disturbance,
                     const struct document_state_change **firsts)
{
    bool out = false;

    for (size_t i = 0; i < node->believed_count; i++) {
        const struct document_state_change *change = &node->believed[i];
        const struct document_state_change **own = &firsts[change->client];
        if (change->at_ms < disturbance->onset_ms - SAME_MS ||
            change->at_ms >= disturbance->end_ms || !text_equal(change->state, "failed")) {
            continue;
        }
        out = true;
        notice->clients += *own == NULL ? 1 : 0;
        *own = *own == NULL || change->at_ms < (*own)->at_ms ? change : *own;
        if (notice->first == NULL || change->at_ms < notice->first->at_ms) {
            notice->first = change;
            notice->first_node = node;
        }
    }
    return out;
}

static struct notice notice_of(const struct page *page,
                               const struct document_run *run,
                               const struct document_disturbance *disturbance)
{
    int64_t clients = html_run_clients(page, run);
    const struct document_state_change **firsts =
        ARENA_ARRAY(page->arena, const struct document_state_change *, (size_t)clients + 1);
    struct notice notice = {.clients = 0};

    for (size_t i = 0; i < run->node_count; i++) {
        if (is_target(disturbance, run->nodes[i].name)) {
            bool out = add_node(&notice, &run->nodes[i], disturbance, firsts);
            notice.nodes += out ? 1 : 0;
        }
    }
    for (int64_t i = 0; i < clients; i++) {
        if (firsts[i] != NULL && (notice.last == NULL || firsts[i]->at_ms > notice.last->at_ms)) {
            notice.last = firsts[i];
        }
    }
    return notice;
}

static const char *by_what(const struct page *page, const struct document_state_change *change)
{
    const char *suspicion = meaning_of_suspicion(change->why);

    return suspicion != NULL
               ? suspicion
               : arena_printf(page->arena, "<code>%s</code>", html_text(page, change->why));
}

static void put_detection(const struct page *page,
                          const struct document_run *run,
                          const struct document_disturbance *disturbance)
{
    struct notice notice = notice_of(page, run, disturbance);
    int64_t clients = html_run_clients(page, run);
    const char *after = html_ms(page, disturbance->detection_ms);

    if (notice.first == NULL || notice.last == NULL) {
        html_put(page, "The client took it out of rotation after <b>%s</b>. ", after);
        return;
    }
    const char *first_node =
        html_names(page, &(const struct document_texts){&notice.first_node->name, 1});
    const char *who = disturbance->targets.count == 1
                          ? first_node
                          : arena_printf(page->arena, "%zu of the %zu hit nodes", notice.nodes,
                                         disturbance->targets.count);
    const char *which =
        disturbance->targets.count == 1 ? "" : arena_printf(page->arena, ", %s first,", first_node);
    if (clients == 1) {
        html_put(page, "The client took %s out of rotation%s after <b>%s</b>, for %s. ", who, which,
                 after, by_what(page, notice.last));
        return;
    }
    html_put(page,
             "%zu of %" PRId64 " clients took %s out of rotation: the first (client %" PRId64
             ") after <b>%s</b>, for %s",
             notice.clients, clients, who, notice.first->client,
             html_time(page, notice.first->at_ms - disturbance->onset_ms),
             by_what(page, notice.first));
    if (notice.clients > 1) {
        html_put(page, "; the last (client %" PRId64 ") after <b>%s</b>, for %s",
                 notice.last->client, after, by_what(page, notice.last));
    }
    html_put(page, ". ");
}

static void put_no_detection(const struct page *page, const struct document_run *run)
{
    const char *profile = page->document->profile;

    if (html_run_is_told(run)) {
        html_put(page, "No client took it out of rotation in this time. ");
    } else if (profile != NULL && text_equal(profile, "none")) {
        html_put(page, "No client could: this one has no failover. ");
    } else {
        html_put(page, "What the client believes of nodes it does not tell. ");
    }
}

/* The first that served and was not hit. */
static const char *helper_of(const struct page *page,
                             const struct document_disturbance *disturbance)
{
    for (size_t i = 0; i < disturbance->served_by.count; i++) {
        const struct document_texts name = {&disturbance->served_by.items[i], 1};
        if (!is_target(disturbance, name.items[0])) {
            return html_names(page, &name);
        }
    }
    return "Another node";
}

void html_story_notice(const struct page *page,
                       const struct document_run *run,
                       const struct document_disturbance *disturbance)
{
    if (disturbance->detection_ms.state == DOCUMENT_VALUE) {
        put_detection(page, run, disturbance);
    } else if (disturbance->kind[0] != 'r') {
        put_no_detection(page, run);
    }
    if (disturbance->first_success_ms.state == DOCUMENT_VALUE) {
        html_put(page, "%s served after <b>%s</b>. ", helper_of(page, disturbance),
                 html_ms(page, disturbance->first_success_ms));
    } else if (disturbance->served_by.count == 0 && html_run_is_told(run)) {
        html_put(page, "No node served a request in this time. ");
    }
}
