#include "base/arena.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/scenario_programs.h"

#include <stdio.h>

static int check(const struct options *options)
{
    static const struct scenario_overrides no_overrides;
    struct inputs inputs;
    struct arena arena;

    if (options->operand_count == 0) {
        return command_misused(&command_check, "which scenario?");
    }
    arena_init(&arena, 0);
    bool good =
        inputs_read(&inputs, &arena, options->operands, options->operand_count, &no_overrides);
    good = scenario_programs_check(&inputs) && good;
    if (good) {
        (void)printf("%zu %s valid\n", inputs.count,
                     inputs.count == 1 ? "scenario is" : "scenarios are");
    }
    arena_done(&arena);
    return good ? STATUS_GOOD : STATUS_USAGE;
}

const struct command command_check = {
    .name = "check",
    .summary = "read and validate scenarios, start nothing",
    .operands = "SCENARIO|DIR...",
    .about = "Reads every scenario and prints all mistakes with their places. A folder is\n"
             "searched for *.yaml and *.yml. Exit status 0: all are valid; 2: one is not.\n",
    .example = "  bascule check scenarios/\n",
    .run = check,
};
