#include "base/arena.h"
#include "base/check.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/plan_parts.h"
#include "core/chaos.h"
#include "report/utf8.h"

#include <stdio.h>
#include <sys/random.h>

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
        plan_summary_print(arena, scenario, chosen);
        plan_timeline_print(arena, chaos_resolve(arena, scenario, chosen), chosen);
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
