#include "base/check.h"
#include "cli/plan_parts.h"
#include "cli/plan_words.h"
#include "cli/scenario_programs.h"
#include "report/human.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <stdio.h>

static const char *profile_text(enum client_profile profile)
{
    static const char *const words[] = {
        [PROFILE_RESILIENT] = "resilient",
        [PROFILE_APISERVICE] = "apiservice",
        [PROFILE_NONE] = "none (no failover)",
        [PROFILE_DIRECT] = "direct",
        [PROFILE_EXEC] = "exec",
    };

    CHECK((unsigned)profile < sizeof(words) / sizeof(words[0]));
    return words[profile];
}

static const char *rate_text(struct arena *arena, uint64_t rate_micro)
{
    char buffer[HUMAN_MAX];
    struct figure rate = figure_of((int64_t)rate_micro);

    return arena_printf(arena, "%s/s", human_figure(UNIT_RATIO, rate, buffer));
}

static const char *address_of(struct arena *arena, const struct scenario_node *node)
{
    if (node->kind == NODE_EXTERNAL) {
        return arena_printf(arena, " %s", node->url.text);
    }
    return node->port == 0 ? "" : arena_printf(arena, " :%u", (unsigned)node->port);
}

static void print_processes(struct arena *arena,
                            const char *title,
                            const struct scenario_node *nodes,
                            size_t count)
{
    const size_t shown_max = 8;

    if (count == 0) {
        return;
    }
    (void)printf("%-8s ", title);
    for (size_t i = 0; i < count && i < shown_max; i++) {
        (void)printf("%s%s%s", i == 0 ? "" : ", ", nodes[i].name, address_of(arena, &nodes[i]));
    }
    if (count > shown_max) {
        (void)printf(" ... %zu in all", count);
    }
    (void)fputs("\n", stdout);
}

static void print_nodes(struct arena *arena, const struct scenario *scenario)
{
    print_processes(arena, "nodes", scenario->nodes, scenario->node_count);
    print_processes(arena, "services", scenario->nodes + scenario->node_count,
                    scenario->process_count - scenario->node_count);
    if (scenario_programs_any(scenario)) {
        (void)puts("starts");
        scenario_programs_show(stdout, scenario);
    }
}

static const char *limit_text(struct arena *arena, nanos limit)
{
    return limit == NANOS_NEVER ? "without limit"
                                : arena_printf(arena, "%s at most", plan_time(arena, limit));
}

static void print_client(struct arena *arena, const struct scenario *scenario)
{
    const struct client_settings *client = &scenario->client;
    const struct health_check_settings *check = &client->health_check;

    (void)printf("client   %s", profile_text(client->profile));
    if (client->profile == PROFILE_DIRECT) {
        (void)printf(" %s", client->direct.text);
    }
    if (client->instances > 1) {
        (void)printf(", %" PRIu32 " instances", client->instances);
    }
    if (client->profile != PROFILE_EXEC) {
        (void)printf("; attempt %s, request %s", limit_text(arena, client->attempt_timeout),
                     limit_text(arena, client->request_deadline));
    }
    (void)fputs("\n", stdout);
    if (check->enabled && scenario_client_is_seen(client) && client->profile != PROFILE_NONE) {
        (void)printf("         health check %s every %s%s\n", utf8_printable(arena, check->path),
                     plan_time(arena, check->interval),
                     check->failed_only ? " of failed nodes" : "");
    }
}

static void print_question(struct arena *arena, const char *title, const struct question *question)
{
    (void)printf("%-8s %s %s: %s", title, http_method_word(question->method),
                 utf8_printable(arena, question->path), utf8_printable(arena, question->field));
}

static void print_questions(struct arena *arena, const struct scenario *scenario)
{
    const struct leader_settings *leader = &scenario->leader;

    if (leader->enabled) {
        print_question(arena, "leader", &leader->question);
        (void)printf(" %s %s\n", leader->is != NULL ? "is" : "same as",
                     utf8_printable(arena, leader->is != NULL ? leader->is : leader->same_as));
    }
    if (scenario->verify.enabled) {
        print_question(arena, "verify", &scenario->verify.question);
        (void)fputs("\n", stdout);
    }
}

static void print_traffic(struct arena *arena, const struct scenario *scenario)
{
    const struct traffic *traffic = &scenario->traffic;
    char count[HUMAN_MAX];

    if (traffic->request_count == 0 || traffic->rate_micro == 0) {
        (void)puts("traffic  none");
        return;
    }
    (void)printf(
        "traffic  %s, %s requests, disturbed from %s\n", rate_text(arena, traffic->rate_micro),
        human_count(scenario_request_count(scenario), count), plan_time(arena, traffic->slow));
    for (size_t i = 0; i < traffic->request_count; i++) {
        const struct traffic_request *request = &traffic->requests[i];
        (void)fputs("         ", stdout);
        if (traffic->request_count > 1) {
            (void)printf("%" PRIu32 " of %" PRIu64 ": ", request->weight, traffic->weight_total);
        }
        (void)printf("%s %s%s\n", http_method_word(request->method),
                     utf8_printable(arena, request->path),
                     request->idempotent ? "" : " (not idempotent)");
    }
}

static void print_chaos(struct arena *arena, const struct chaos *chaos)
{
    if (!chaos->enabled) {
        return;
    }
    (void)printf("chaos    one fault every %s from %s until %s, undone after %s\n",
                 plan_time(arena, chaos->every), plan_time(arena, chaos->from),
                 plan_time(arena, chaos->until), plan_time(arena, chaos->heal));
    (void)printf("         at least %" PRIu32 " healthy; weights: %s\n", chaos->keep_healthy,
                 plan_weights(arena, chaos));
}

static void print_expectations(struct arena *arena, const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct expectation *expectation = &scenario->expectations[i];
        (void)printf("%s%s %s", i == 0 ? "expect   " : "         ", expectation->name,
                     utf8_printable(arena, expectation->limit_text));
        if (expectation->fault != FAULT_NONE) {
            (void)printf(" (fault %s)", scenario->faults[expectation->fault].id);
        }
        (void)fputs("\n", stdout);
    }
}

void plan_summary_print(struct arena *arena, const struct scenario *scenario, uint64_t seed)
{
    (void)printf("%s (%s)\n", scenario->name, utf8_printable(arena, scenario->file));
    if (scenario->description[0] != '\0') {
        (void)printf("%s\n", utf8_printable(arena, scenario->description));
    }
    (void)printf("\nseed     %" PRIu64 "\n", seed);
    if (scenario->repeat > 1) {
        (void)printf("runs     %" PRIu32 "; this is the first, run i has seed + i\n",
                     scenario->repeat);
    }
    print_nodes(arena, scenario);
    print_client(arena, scenario);
    print_traffic(arena, scenario);
    print_questions(arena, scenario);
    print_chaos(arena, &scenario->chaos);
    print_expectations(arena, scenario);
}
