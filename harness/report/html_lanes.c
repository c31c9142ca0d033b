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

/* For the script, which shows it under the pointer: a JSON list of [at, state, why, client]. */
static void put_data(const struct timeline *timeline,
                     const char *name,
                     const struct document_state_change *changes,
                     size_t count)
{
    const struct page *page = timeline->page;

    html_put(page, " data-%s=\"[", name);
    for (size_t i = 0; i < count; i++) {
        const char *texts[] = {changes[i].state, changes[i].why};
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
    html_put(timeline->page, "<path class=\"state-%s\" d=\"", state);
    for (size_t i = 0; i < node->state_count; i++) {
        double to = i + 1 < node->state_count ? node->states[i + 1].at_ms : INFINITY;
        if (text_equal(node->states[i].state, state)) {
            html_block(timeline, node->states[i].at_ms, to, y, height);
        }
    }
    html_put(timeline->page, "\"/>");
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

static int64_t clients_of(const struct document_run *run)
{
    int64_t clients = 1;

    for (size_t i = 0; i < run->node_count; i++) {
        for (size_t k = 0; k < run->nodes[i].believed_count; k++) {
            int64_t client = run->nodes[i].believed[k].client;
            clients = client + 1 > clients ? client + 1 : clients;
        }
    }
    return clients;
}

#define CLIENTS_MAX 100000

/* The height of a block is the share of clients that believe it. */
static void put_beliefs(const struct timeline *timeline,
                        const struct document_node *node,
                        int64_t clients,
                        enum belief wanted)
{
    static const char *const names[BELIEFS] = {"healthy", "probing", "failed"};
    unsigned char *believed = arena_alloc(timeline->page->arena, (size_t)clients);
    int64_t counts[BELIEFS] = {[BELIEF_HEALTHY] = clients};
    double from = -INFINITY;

    html_put(timeline->page, "<path class=\"believed-%s\" d=\"", names[wanted]);
    for (size_t i = 0; i <= node->believed_count; i++) {
        double to = i < node->believed_count ? node->believed[i].at_ms : INFINITY;
        double below = wanted == BELIEF_PROBING ? (double)counts[BELIEF_FAILED] : 0;
        double height = STRIP_HEIGHT * (double)counts[wanted] / (double)clients;
        double bottom = LANE_HEIGHT - GAP - STRIP_HEIGHT * below / (double)clients;
        if (counts[wanted] > 0) {
            height = wanted == BELIEF_HEALTHY ? 3 : height;
            html_block(timeline, from, to, bottom - height, height);
        }
        if (i < node->believed_count) {
            int64_t client = node->believed[i].client;
            counts[believed[client]]--;
            believed[client] = (unsigned char)belief_of(node->believed[i].state);
            counts[believed[client]]++;
            from = to;
        }
    }
    html_put(timeline->page, "\"/>");
}

/* ---- Lanes ---- */

static bool is_calm(const struct document_node *node)
{
    return node->state_count <= 1 && node->believed_count == 0;
}

static void
put_lane(const struct timeline *timeline, const struct document_node *node, int64_t clients)
{
    const struct page *page = timeline->page;
    const char *name = html_text(page, node->name);
    const char *believed = node->believed_count == 0
                               ? "healthy throughout"
                               : spoken(timeline, node->believed, node->believed_count);
    uint8_t colour = timeline->colours[node - timeline->run->nodes];
    const struct html_row row = {
        .class = "row-lane",
        .label = arena_printf(page->arena,
                              "<svg class=\"key\" viewBox=\"0 0 16 16\" aria-hidden=\"true\"><path "
                              "class=\"m o-ok c%u s4\" d=\"M8 8h0\"/></svg><bdi>%s</bdi>"
                              "<small class=\"strips\"><i>state</i><i>believed</i></small>",
                              (unsigned)colour, name),
        .words = arena_printf(page->arena, "%s was %s; clients believed it %s", name,
                              spoken(timeline, node->states, node->state_count), believed),
        .height = LANE_HEIGHT,
    };

    html_row_begin(timeline, &row);
    put_states(timeline, node, "able", GAP + STRIP_HEIGHT - 3, 3);
    put_states(timeline, node, "impaired", GAP + STRIP_HEIGHT / 2.0, STRIP_HEIGHT / 2.0);
    put_states(timeline, node, "unable", GAP, STRIP_HEIGHT);
    for (enum belief belief = 0; belief < BELIEFS; belief++) {
        put_beliefs(timeline, node, clients, belief);
    }
    html_row_overlay(timeline);
    html_put(page, "<span class=\"lane-data\" hidden=\"\" data-node=\"%s\"", name);
    put_data(timeline, "states", node->states, node->state_count);
    put_data(timeline, "believed", node->believed, node->believed_count);
    html_put(page, "></span>");
    html_row_end(timeline);
}

void html_lanes_legend(const struct timeline *timeline)
{
    static const struct {
        const char *class;
        const char *path;
        const char *words;
    } keys[] = {
        {"state-able", "M0 11h24v3h-24z", "able"},
        {"state-impaired", "M0 7h24v7h-24z", "impaired"},
        {"state-unable", "M0 0h24v14h-24z", "unable, as the harness knows it"},
        {"believed-healthy", "M0 11h24v3h-24z", "healthy"},
        {"believed-probing", "M0 0h24v14h-24z", "probing"},
        {"believed-failed", "M0 0h24v14h-24z", "failed, as the client believed it"},
    };

    html_put(timeline->page, "<ul class=\"legend\">");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        html_put(timeline->page,
                 "<li><svg viewBox=\"0 0 24 14\" class=\"strip\" aria-hidden=\"true\"><path "
                 "class=\"%s\" d=\"%s\"/></svg>%s</li>",
                 keys[i].class, keys[i].path, keys[i].words);
    }
    html_put(timeline->page, "</ul>\n");
}

static void put_calm(const struct timeline *timeline, const char *names, size_t count)
{
    html_put(timeline->page,
             "<div class=\"row row-calm\"><div class=\"label\">%zu more</div><div "
             "class=\"track\"><details><summary>able all the time, and believed so</summary>"
             "%s</details></div></div>\n",
             count, names);
}

void html_lanes(const struct timeline *timeline)
{
    const struct document_run *run = timeline->run;
    int64_t clients = clients_of(run);
    size_t calm = 0;
    size_t drawn = 0;

    for (size_t i = 0; i < run->node_count; i++) {
        calm += is_calm(&run->nodes[i]) ? 1 : 0;
    }
    if (clients > CLIENTS_MAX) {
        html_put(timeline->page, "<p>Too many clients to draw what each believed.</p>\n");
        return;
    }
    struct document_texts names = {.count = 0};
    const char **quiet = ARENA_ARRAY(timeline->page->arena, const char *, run->node_count + 1);
    for (size_t i = 0; i < run->node_count; i++) {
        if ((is_calm(&run->nodes[i]) && calm > CALM_MAX) || drawn == LANES_MAX) {
            quiet[names.count++] = run->nodes[i].name;
        } else {
            put_lane(timeline, &run->nodes[i], clients);
            drawn++;
        }
    }
    names.items = quiet;
    if (names.count > 0) {
        put_calm(timeline, html_names(timeline->page, &names), names.count);
    }
}
