#include "core/plan.h"

#include "base/arena.h"
#include "base/check.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/plan_words.h"
#include "cli/scenario_programs.h"
#include "core/chaos.h"
#include "report/human.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

enum { TIME_WIDTH = 12, WHAT_WIDTH_MAX = 44, PHASES_SHOWN = 3 };

/* ---- Words ---- */

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

/* ---- Summary ---- */

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

static void print_summary(struct arena *arena, const struct scenario *scenario, uint64_t seed)
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

/* ---- Timeline ---- */

static void print_moment(struct arena *arena, nanos at, const char *what)
{
    (void)printf("%*s  %s\n", TIME_WIDTH, plan_time(arena, at), what);
}

static const char *note_of(struct arena *arena, const struct fault *fault)
{
    const char *note = fault->id;

    if (fault->at_from != fault->at_to) {
        note = arena_printf(arena, "%s, drawn from %s..%s", note, plan_time(arena, fault->at_from),
                            plan_time(arena, fault->at_to));
    }
    if (plan_target_is_drawn(fault->target)) {
        note = arena_printf(arena, "%s, nodes drawn when it is due", note);
    }
    return arena_printf(arena, "%s%s", note, plan_parameters(arena, fault));
}

static const char *note_of_step(struct arena *arena,
                                const struct scenario *scenario,
                                const struct plan *plan,
                                const struct plan_step *step)
{
    const struct fault *fault = &scenario->faults[step->fault];
    const char *note = note_of(arena, fault);
    uint64_t phases = scenario_fault_applications(scenario, fault, plan->fault_at[step->fault]);

    if (phases == 1) {
        return note;
    }
    if (step->phase > 0) {
        return arena_printf(arena, "%s, %" PRIu32 " of %" PRIu64, fault->id, step->phase + 1,
                            phases);
    }
    return arena_printf(arena, "%s, %" PRIu64 " times, every %s", note, phases,
                        plan_time(arena, fault->parameters.every));
}

static const char *hold_of(struct arena *arena, const struct fault *fault)
{
    return fault->hold == NANOS_NEVER
               ? ""
               : arena_printf(arena, " for %s", plan_time(arena, fault->hold));
}

static const char *
step_text(struct arena *arena, const struct scenario *scenario, const struct plan_step *step)
{
    const struct fault *fault = &scenario->faults[step->fault];
    const char *kind = fault_kind_word(fault->kind);

    if (step->undo) {
        return arena_printf(arena, "end of %s", fault->id);
    }
    if (fault->kind == FAULT_RESET_FAILED) {
        return kind;
    }
    if (fault->kind == FAULT_FLAP) {
        nanos down = nanos_min(fault->parameters.down, fault->hold);
        return arena_printf(arena, "%s: %s %s for %s", kind,
                            fault_kind_word(scenario_fault_acts_as(fault)),
                            plan_target(arena, scenario, fault), plan_time(arena, down));
    }
    return arena_printf(arena, "%s %s%s", kind, plan_target(arena, scenario, fault),
                        hold_of(arena, fault));
}

/* What a reader is told of a long flap is its beginning. */
static bool is_shown(const struct plan_step *step)
{
    return step->phase < PHASES_SHOWN;
}

static size_t
widest_step(struct arena *arena, const struct scenario *scenario, const struct plan *plan)
{
    size_t widest = 0;

    for (size_t i = 0; i < plan->step_count; i++) {
        if (!is_shown(&plan->steps[i])) {
            continue;
        }
        size_t width = utf8_width(step_text(arena, scenario, &plan->steps[i]));
        widest = width > widest && width <= WHAT_WIDTH_MAX ? width : widest;
    }
    return widest;
}

/* In place of those that are not shown. */
static void print_rest(struct arena *arena,
                       const struct scenario *scenario,
                       const struct plan *plan,
                       const struct plan_step *step)
{
    const struct fault *fault = &scenario->faults[step->fault];
    nanos first = plan->fault_at[step->fault];
    uint64_t phases = scenario_fault_applications(scenario, fault, first);
    nanos last = first + (nanos)(phases - 1) * fault->parameters.every;

    if (step->phase == PHASES_SHOWN && !step->undo) {
        print_moment(arena, step->at,
                     arena_printf(arena, "and %" PRIu64 " more of %s, the last at %s",
                                  phases - PHASES_SHOWN, fault->id, plan_time(arena, last)));
    }
}

static void print_timeline(struct arena *arena, const struct scenario *scenario, uint64_t seed)
{
    struct plan plan;

    plan_make(&plan, arena, scenario, seed);
    size_t width = widest_step(arena, scenario, &plan);
    (void)fputs("\n", stdout);
    if (scenario->warmup > 0) {
        print_moment(arena, -scenario->warmup, "warm-up begins");
    }
    print_moment(arena, 0, "traffic begins");
    for (size_t i = 0; i < plan.step_count; i++) {
        const struct plan_step *step = &plan.steps[i];
        if (!is_shown(step)) {
            print_rest(arena, scenario, &plan, step);
            continue;
        }
        const char *what = step_text(arena, scenario, step);
        const char *note = note_of_step(arena, scenario, &plan, step);
        print_moment(arena, step->at,
                     step->undo ? what : arena_printf(arena, "%-*s  %s", (int)width, what, note));
    }
    print_moment(arena, scenario->duration, "traffic ends");
}

/* ---- Command ---- */

/* As `run` would choose it: the option, the scenario, or a drawn one. */
static uint64_t choose_seed(const struct scenario *scenario, bool has_seed, uint64_t seed)
{
    if (has_seed) {
        return seed;
    }
    if (scenario->has_seed) {
        return scenario->seed;
    }
    CHECK(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
    return seed >> 11;
}

static int print_plan(struct arena *arena, const struct options *options)
{
    static const struct scenario_overrides no_overrides;
    struct error error = {.text = ""};
    struct inputs inputs;
    uint64_t seed = 0;

    if (options_number(options, "seed", (struct option_range){0, UINT64_MAX}, &seed, &error) < 0) {
        return command_misused(&command_plan, utf8_printable(arena, error.text));
    }
    if (!inputs_read(&inputs, arena, options->operands, options->operand_count, &no_overrides)) {
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < inputs.count; i++) {
        const struct scenario *scenario = inputs.scenarios[i];
        uint64_t chosen = choose_seed(scenario, options_has(options, "seed"), seed);
        (void)fputs(i == 0 ? "" : "\n\n", stdout);
        print_summary(arena, scenario, chosen);
        print_timeline(arena, chaos_resolve(arena, scenario, chosen), chosen);
    }
    return STATUS_GOOD;
}

static int plan(const struct options *options)
{
    struct arena arena;

    if (options->operand_count == 0) {
        return command_misused(&command_plan, "which scenario?");
    }
    arena_init(&arena, 0);
    int status = print_plan(&arena, options);
    arena_done(&arena);
    return status;
}

static const struct option_spec plan_options[] = {
    {"seed", "N", "seed of every random choice", '\0'},
};

const struct command command_plan = {
    .name = "plan",
    .summary = "print the resolved timeline of a scenario, start nothing",
    .operands = "SCENARIO",
    .about = "Prints what a run would do and when, every random time drawn from the seed.\n",
    .example = "  bascule plan --seed 7 scenarios/gate/kill-primary.yaml\n",
    .options = {plan_options, sizeof(plan_options) / sizeof(plan_options[0])},
    .run = plan,
};
