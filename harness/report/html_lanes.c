#include "report/html_timeline.h"

#include "base/text.h"
#include "report/markup.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STRIP_HEIGHT 14
#define GAP          3
#define LANE_HEIGHT  (2 * STRIP_HEIGHT + 3 * GAP)
#define CALM_MAX     6  /* lanes in which nothing happens, shown one by one */
#define SPOKEN_MAX   10 /* changes that a screen reader hears of */
#define LANES_MAX    200

/* ---- Words ---- */

static const char *
spoken(const struct timeline *timeline, const struct document_state_change *changes, size_t count)
{
    const struct page *page = timeline->page;
    const char *words = "";

    for (size_t i = 0; i < count && i < SPOKEN_MAX; i++) {
        words =
            arena_printf(page->arena, "%s%s%s from %s%s%s", words, i == 0 ? "" : ", ",
                         html_text(page, changes[i].state), html_time(page, changes[i].at_ms),
                         changes[i].why[0] == '\0' ? "" : " for ", html_text(page, changes[i].why));
    }
    return count <= SPOKEN_MAX
               ? words
               : arena_printf(page->arena, "%s and %zu more changes", words, count - SPOKEN_MAX);
}

/* For the script, which shows it under the pointer: a JSON list of [at, state, why, client], null
   if nobody knows, or there is too much to tell. */
static void put_data(const struct timeline *timeline,
                     const char *name,
                     const struct document_state_change *changes,
                     size_t count)
{
    const struct page *page = timeline->page;

    if (changes == NULL || count > page->detail->rows) {
        html_put(page, " data-%s=\"null\"", name);
        return;
    }
    html_put(page, " data-%s=\"[", name);
    for (size_t i = 0; i < count; i++) {
        const char *texts[] = {changes[i].state, utf8_printable(page->arena, changes[i].why)};
        html_put(page, "%s[%.9g", i == 0 ? "" : ",", changes[i].at_ms);
        for (size_t k = 0; k < 2; k++) {
            size_t capacity = 6 * strlen(texts[k]) + sizeof("\"\"");
            struct text json;
            text_init(&json, arena_alloc(page->arena, capacity), capacity);
            utf8_add_json(&json, texts[k]);
            html_put(page, ",%s", html_text(page, json.data));
        }
        html_put(page, ",%" PRId64 "]", changes[i].client);
    }
    html_put(page, "]\"");
}

/* ---- What the node could do ---- */

static void put_states(const struct timeline *timeline,
                       const struct document_node *node,
                       const char *state,
                       double y,
                       double height)
{
    const char *class = arena_printf(timeline->page->arena, "state-%s", state);
    struct html_blocks blocks = html_blocks_begin(timeline, class, node->state_count);

    for (size_t i = 0; i < node->state_count; i++) {
        double to = i + 1 < node->state_count ? node->states[i + 1].at_ms : INFINITY;
        if (text_equal(node->states[i].state, state)) {
            html_blocks_add(&blocks, node->states[i].at_ms, to, y, height);
        }
    }
    html_blocks_end(&blocks);
}

/* ---- What clients believed: how many of them thought so ---- */

enum belief { BELIEF_HEALTHY, BELIEF_PROBING, BELIEF_FAILED, BELIEFS };

static enum belief belief_of(const char *state)
{
    if (text_equal(state, "failed")) {
        return BELIEF_FAILED;
    }
    return text_equal(state, "probing") ? BELIEF_PROBING : BELIEF_HEALTHY;
}

#define CLIENTS_MAX 100000
#define HAIRLINES   1000 /* that many would fill the width */

/* The height of a block is the share of clients that believe it. What a client thought better of in
 * the same moment is seen too. */
static void put_beliefs(const struct timeline *timeline,
                        const struct document_node *node,
                        int64_t clients,
                        enum belief wanted)
{
    static const char *const classes[BELIEFS] = {"believed-healthy", "believed-probing",
                                                 "believed-failed"};
    unsigned char *believed = arena_alloc(timeline->page->arena, (size_t)clients);
    int64_t counts[BELIEFS] = {[BELIEF_HEALTHY] = clients};
    struct html_blocks blocks = html_blocks_begin(timeline, classes[wanted], node->believed_count);
    double from = -INFINITY;
    double begun = -INFINITY; /* when the first of those who believe it now did */

    for (size_t i = 0; i <= node->believed_count; i++) {
        double to = i < node->believed_count ? node->believed[i].at_ms : INFINITY;
        double below = wanted == BELIEF_PROBING ? (double)counts[BELIEF_FAILED] : 0;
        double height = STRIP_HEIGHT * (double)counts[wanted] / (double)clients;
        double bottom = LANE_HEIGHT - GAP - STRIP_HEIGHT * below / (double)clients;
        if (counts[wanted] > 0 && wanted == BELIEF_HEALTHY) {
            html_blocks_add(&blocks, from, to, bottom - 3, 3);
        } else if (counts[wanted] > 0) {
            double seen_to = fmax(to, begun + timeline->span_ms / HAIRLINES);
            html_blocks_add(&blocks, from, seen_to, bottom - height, height);
        }
        if (i < node->believed_count) {
            int64_t client = node->believed[i].client;
            bool was_believed = counts[wanted] > 0;
            counts[believed[client]]--;
            believed[client] = (unsigned char)belief_of(node->believed[i].state);
            counts[believed[client]]++;
            from = to;
            begun = was_believed ? begun : from;
        }
    }
    html_blocks_end(&blocks);
}

/* ---- Lanes ---- */

static bool is_calm(const struct document_node *node)
{
    return node->believed_count == 0 && node->state_count <= 1 &&
           (node->state_count == 0 || text_equal(node->states[0].state, "able"));
}

/* A client that tells nothing has no strip, rather than one that calls all nodes healthy. */
struct lane {
    const struct timeline *timeline;
    int64_t clients; /* 0: they do not tell */
};

static void put_strips(const struct lane *lane, const struct document_node *node)
{
    const struct timeline *timeline = lane->timeline;

    put_states(timeline, node, "able", GAP + STRIP_HEIGHT - 3, 3);
    put_states(timeline, node, "impaired", GAP + STRIP_HEIGHT / 2.0, STRIP_HEIGHT / 2.0);
    put_states(timeline, node, "unable", GAP, STRIP_HEIGHT);
    for (enum belief belief = 0; lane->clients > 0 && belief < BELIEFS; belief++) {
        put_beliefs(timeline, node, lane->clients, belief);
    }
}

static void put_lane(const struct lane *lane, const struct document_node *node)
{
    const struct timeline *timeline = lane->timeline;
    const struct page *page = timeline->page;
    const char *name = html_text(page, node->name);
    const char *believed = lane->clients == 0 ? "clients do not tell what they believe"
                           : node->believed_count == 0
                               ? "clients believed it healthy throughout"
                               : spoken(timeline, node->believed, node->believed_count);
    const struct html_row row = {
        .class = "row-lane",
        .label = arena_printf(page->arena,
                              "<svg class=\"key\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path "
                              "class=\"m o-ok c%u s4\" d=\"M8 8h0\"/></svg><bdi>%s</bdi>"
                              "<small class=\"strips\">%s</small>",
                              (unsigned)timeline->colours[node - timeline->run->nodes], name,
                              lane->clients == 0 ? "<i>state</i>" : "<i>state</i><i>believed</i>"),
        .words = arena_printf(
            page->arena, "%s was %s; %s%s", name, spoken(timeline, node->states, node->state_count),
            lane->clients > 0 && node->believed_count > 0 ? "clients believed it " : "", believed),
        .height = lane->clients > 0 ? LANE_HEIGHT : STRIP_HEIGHT + 2 * GAP,
    };

    html_row_begin(timeline, &row);
    put_strips(lane, node);
    html_row_overlay(timeline);
    html_put(page,
             "<span class=\"lane-data\" hidden=\"\" data-node=\"%s\" data-clients=\"%" PRId64 "\"",
             name, lane->clients);
    put_data(timeline, "states", node->states, node->state_count);
    put_data(timeline, "believed", lane->clients > 0 ? node->believed : NULL, node->believed_count);
    html_put(page, "></span>");
    html_row_end(timeline);
}

void html_lanes_legend(const struct timeline *timeline)
{
    static const char *const items[][2] = {
        {"state-able", "able"},
        {"state-impaired", "impaired"},
        {"state-unable", "unable, as the harness knows it"},
        {"believed-healthy", "healthy"},
        {"believed-probing", "probing"},
        {"believed-failed", "failed, as the client believed it"},
    };
    const struct page *page = timeline->page;
    bool told = html_run_is_told(timeline->run);
    int64_t clients = html_run_clients(page, timeline->run);
    size_t count = sizeof(items) / sizeof(items[0]);

    for (size_t i = 0; i < (told ? count : count / 2); i++) {
        html_put(page, "<li class=\"strip-key %s\">%s</li>", items[i][0], items[i][1]);
    }
    if (told && clients > 1) {
        html_put(page, "<li>higher: more of %" PRId64 " clients</li>", clients);
    }
}

static void
put_others(const struct timeline *timeline, const struct document_texts *names, const char *what)
{
    if (names->count > 0) {
        html_put(timeline->page,
                 "<div class=\"row row-calm\"><div class=\"label\">%zu more</div><div "
                 "class=\"track\"><details><summary>%s</summary>%s</details></div></div>\n",
                 names->count, what,
                 html_names_up_to(timeline->page, names, timeline->page->detail->rows));
    }
}

void html_lanes(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    struct arena *arena = timeline->page->arena;
    const struct lane lane = {timeline,
                              html_run_is_told(run) ? html_run_clients(timeline->page, run) : 0};
    size_t most =
        timeline->page->detail->rows < LANES_MAX ? timeline->page->detail->rows : LANES_MAX;
    const char **calm = ARENA_ARRAY(arena, const char *, run->node_count + 1);
    const char **others = ARENA_ARRAY(arena, const char *, run->node_count + 1);
    struct document_texts calm_names = {.items = calm};
    struct document_texts other_names = {.items = others};
    size_t drawn = 0;
    size_t calm_count = 0;

    if (lane.clients > CLIENTS_MAX) {
        html_put(timeline->page, "<p>Too many clients to draw what each believed.</p>\n");
        return;
    }
    for (size_t i = 0; i < run->node_count; i++) {
        calm_count += is_calm(&run->nodes[i]) ? 1 : 0;
    }
    for (size_t i = 0; i < run->node_count; i++) {
        const struct document_node *node = &run->nodes[i];
        if (is_calm(node) && calm_count > CALM_MAX) {
            calm[calm_names.count++] = node->name;
        } else if (drawn++ < most) {
            put_lane(&lane, node);
        } else {
            others[other_names.count++] = node->name;
        }
    }
    put_others(timeline, &calm_names,
               lane.clients > 0 ? "able all the time, and believed so" : "able all the time");
    put_others(timeline, &other_names, "not drawn, for there are too many");
}
