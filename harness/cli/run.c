#include "base/check.h"
#include "cli/command.h"
#include "cli/run_all.h"
#include "cli/run_jobs.h"
#include "cli/run_options.h"
#include "cli/scenario_programs.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

/* Seeds that are drawn can be read by every JSON reader, those that count in doubles too. */
#define DRAWN_SEED_BITS 53

/* ---- Options ---- */

static int take_options(struct run_command *command, struct error *reterr)
{
    if (command->options->operand_count == 0) {
        return error_plain(reterr, "which scenario?");
    }
    return run_options_take(command, reterr);
}

static uint64_t drawn_seed(void)
{
    uint64_t seed = 0;

    CHECK(getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed));
    return seed >> (64 - DRAWN_SEED_BITS);
}

/* One seed for all that have none, so that one option repeats them all. */
static void settle_seed(struct run_command *command)
{
    bool wanted = false;

    for (size_t i = 0; i < command->inputs.count; i++) {
        wanted = wanted || !command->inputs.scenarios[i]->has_seed;
    }
    if (command->has_seed || !wanted) {
        return;
    }
    command->seed = drawn_seed();
    (void)printf("seed %" PRIu64 ", drawn; the same again with --seed %" PRIu64 "\n", command->seed,
                 command->seed);
}

/* ---- All of them ---- */

static bool may_reach(const struct run_command *command)
{
    return options_has(command->options, "allow-remote") ||
           scenario_programs_are_local(&command->inputs);
}

static int run_with(struct run_command *command)
{
    struct error error = {.text = ""};

    if (take_options(command, &error) < 0) {
        return command_misused(&command_run, utf8_printable(command->arena, error.text));
    }
    if (!inputs_read(&command->inputs, command->arena, command->options->operands,
                     command->options->operand_count, &command->overrides) ||
        !run_options_choose_by_tag(command) || !may_reach(command) ||
        !scenario_programs_check(&command->inputs)) {
        (void)fputs("nothing was started\n", stderr);
        return STATUS_USAGE;
    }
    if (run_all_prepare(command, &error) < 0) {
        (void)fprintf(stderr, "bascule run: %s\nnothing was started\n",
                      utf8_printable(command->arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    run_all_begin(command);
    settle_seed(command);
    run_view_begin(&command->view);
    run_jobs(command);
    run_all_finish(command);
    run_all_print_totals(command);
    run_all_print_folder(command);
    return ending_exit_status(&command->endings);
}

static int run(const struct options *options)
{
    struct arena arena;
    struct run_command command = {
        .name = "run",
        .arena = &arena,
        .options = options,
        .folder = "reports",
        .jobs = 1,
        .report = true,
        .latest = true,
    };

    arena_init(&arena, 0);
    int status = run_with(&command);
    arena_done(&arena);
    return status;
}

static const struct option_spec run_options[] = {
    {"output", "DIR", "folder for the reports (reports)", 'o'},
    {"jobs", "N", "scenarios at once, each in namespaces of its own (1)", 'j'},
    {"isolate", "auto|always|never", "a network of its own for each scenario (auto)", '\0'},
    {"tag", "TAG", "only scenarios that have this tag; may come again", '\0'},
    {"repeat", "N", "runs of each scenario, whatever it says itself", '\0'},
    {"seed", "N", "seed of every random choice", '\0'},
    {"set", "KEY=VALUE", "another value, as in --set traffic.rate=50/s", '\0'},
    {"client", "'CMD ARG...'", "this program in the place of every scenario's client", '\0'},
    {"port-base", "N", "node 0 listens on port N, node 1 on N + 1 ...", '\0'},
    {"allow-remote", NULL, "URLs of other machines are fine", '\0'},
    {"strict", NULL, "exit 3 if a scenario was skipped", '\0'},
    {"journal", NULL, "also write NAME.journal.jsonl, every event of the run", '\0'},
    {"format", "LIST", "what to write: json, html, junit, markdown (json)", '\0'},
    {"no-color", NULL, "no colours, as NO_COLOR=1 does", '\0'},
};

const struct command command_run = {
    .name = "run",
    .summary = "run scenarios and write a report of each",
    .operands = "SCENARIO|DIR...",
    .about = "Runs the scenarios one after the other and writes DIR/NAME.json of each. A folder\n"
             "is searched for *.yaml and *.yml. Nothing is started unless all are valid.\n"
             "\n"
             "Exit status 0: all passed, or failed as known; 1: one failed; 2: usage, or an\n"
             "invalid scenario; 3: inconclusive, or a report could not be written; 77: all\n"
             "were skipped; 130, 143: interrupted.\n",
    .example = "  bascule run scenarios/gate/kill-primary.yaml\n"
               "  bascule run --repeat 20 --seed 7 -o /tmp/reports scenarios/gate\n"
               "  bascule run --format json,html,junit,markdown scenarios/gate\n"
               "  bascule run -j 4 --client 'node my-client.mjs' scenarios/gate\n",
    .options = {run_options, sizeof(run_options) / sizeof(run_options[0])},
    .run = run,
};
