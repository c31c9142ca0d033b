#include "base/text.h"
#include "cli/command.h"
#include "cli/run_all.h"
#include "cli/run_jobs.h"
#include "cli/run_options.h"
#include "cli/simulate_seeds.h"
#include "cli/simulate_shrink.h"
#include "cli/simulation.h"
#include "cli/speed.h"
#include "report/utf8.h"
#include "world/loop.h"

#include <inttypes.h>
#include <stdio.h>

#define SEEDS_MAX    10000000
#define SEED_DEFAULT 1

/* ---- Options ---- */

static int take_seeds(struct seed_search *search, struct error *reterr)
{
    const struct run_command *command = search->command;
    uint64_t last;

    if (options_number(command->options, "seeds", (struct option_range){1, SEEDS_MAX},
                       &search->count, reterr) < 0) {
        return -1;
    }
    if (search->count > 0 && __builtin_add_overflow(command->seed, search->count - 1, &last)) {
        return error_plain(reterr, "there are not %" PRIu64 " seeds from %" PRIu64 " on",
                           search->count, command->seed);
    }
    if (search->count == 0 && search->shrink && (command->trace || command->report)) {
        return error_plain(reterr, "option '--shrink' of a single seed writes the shrunk scenario "
                                   "only; for the report as well, add '--seeds 1'");
    }
    if (search->count > 0 && command->trace) {
        return error_plain(reterr, "option '--trace' shows single runs, not those of '--seeds'");
    }
    return 0;
}

/* Whoever names a folder for reports wants them; the shrunk scenario goes there as well. */
static int take_options(struct seed_search *search, struct error *reterr)
{
    struct run_command *command = search->command;
    const struct options *options = command->options;

    if (options->operand_count == 0) {
        return error_plain(reterr, "which scenario?");
    }
    search->shrink = options_has(options, "shrink");
    command->report = options_has(options, "report") || options_has(options, "journal") ||
                      options_has(options, "format") ||
                      (options_has(options, "output") && !search->shrink);
    command->trace = options_has(options, "trace");
    if (run_options_take(command, reterr) < 0) {
        return -1;
    }
    return take_seeds(search, reterr);
}

/* ---- Single runs ---- */

static void print_speed(const struct run_command *command, nanos wall)
{
    struct arena *arena = command->arena;

    if (command->virtual_ns > 0 && wall > 0) {
        (void)printf("; %s in %s, %s x real time, %s engine turns/s",
                     speed_time(arena, command->virtual_ns), speed_time(arena, wall),
                     speed_ratio(arena, (double)command->virtual_ns, (double)wall),
                     speed_ratio(arena, (double)command->turns * NANOS_PER_S, (double)wall));
    }
}

static void print_end(const struct run_command *command, nanos wall)
{
    run_all_print_totals(command);
    print_speed(command, wall);
    if (command->report) {
        run_all_print_folder(command);
    } else {
        (void)puts("");
    }
}

/* ---- All of them ---- */

static void simulate_all(const struct seed_search *search)
{
    struct run_command *command = search->command;
    nanos begin = loop_clock();

    if (search->count > 0) {
        simulate_seeds(search);
        return;
    }
    command->view.rows = command->view.rows && !command->trace;
    run_view_begin(&command->view);
    run_jobs(command);
    nanos wall = loop_clock() - begin;
    run_all_finish(command);
    print_end(command, wall);
}

static bool is_named(const struct run_command *command, const struct scenario *scenario)
{
    for (size_t i = 0; i < command->options->operand_count; i++) {
        if (text_equal(command->options->operands[i], scenario->file)) {
            return true;
        }
    }
    return false;
}

/* In a folder there may be such that cannot; who names one has to be told. */
static bool can_simulate(const struct run_command *command)
{
    bool good = true;

    for (size_t i = 0; i < command->inputs.count; i++) {
        const struct scenario *scenario = command->inputs.scenarios[i];
        const char *unfit = simulation_cannot(scenario);
        if (unfit != NULL && is_named(command, scenario)) {
            (void)fprintf(stderr, "%s: error: it cannot be simulated: %s\n",
                          utf8_printable(command->arena, scenario->file), unfit);
            good = false;
        }
    }
    return good;
}

static int read_inputs(struct run_command *command)
{
    if (!inputs_read(&command->inputs, command->arena, command->options->operands,
                     command->options->operand_count, &command->overrides) ||
        !run_options_choose_by_tag(command) || !can_simulate(command)) {
        (void)fputs("nothing was simulated\n", stderr);
        return -1;
    }
    return 0;
}

static int simulate_with(struct seed_search *search)
{
    struct run_command *command = search->command;
    struct error error = {.text = ""};

    if (take_options(search, &error) < 0) {
        return command_misused(&command_simulate, utf8_printable(command->arena, error.text));
    }
    if (read_inputs(command) < 0) {
        return STATUS_USAGE;
    }
    if (run_all_prepare(command, &error) < 0) {
        (void)fprintf(stderr, "bascule simulate: %s\nnothing was simulated\n",
                      utf8_printable(command->arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    run_all_begin(command);
    if (search->shrink && search->count == 0) {
        return simulate_shrink_all(command);
    }
    simulate_all(search);
    return ending_exit_status(&command->endings);
}

static uint32_t processors(void)
{
    struct environment environment;

    environment_read(&environment);
    return environment.cpus;
}

static int simulate(const struct options *options)
{
    struct arena arena;
    struct run_command command = {
        .name = "simulate",
        .arena = &arena,
        .options = options,
        .folder = "reports",
        .simulated = true,
        .jobs = processors(),
        .seed = SEED_DEFAULT,
    };
    struct seed_search search = {.command = &command};

    simulation_keep_memory();
    arena_init(&arena, 0);
    int status = simulate_with(&search);
    arena_done(&arena);
    return status;
}

static const struct option_spec simulate_options[] = {
    {"seed", "N", "seed of every random choice (the scenario's, else 1)", '\0'},
    {"seeds", "N", "that many seeds, one after the other from that one on", '\0'},
    {"shrink", NULL, "cut the first failing seed down to the smallest scenario", '\0'},
    {"output", "DIR", "write reports, into this folder (reports)", 'o'},
    {"report", NULL, "write DIR/NAME.json; with --seeds: of the first failing seed", '\0'},
    {"journal", NULL, "also write NAME.journal.jsonl, every event of the run", '\0'},
    {"format", "LIST", "what to write: json, html, junit, markdown (json)", '\0'},
    {"trace", NULL, "print what happened, a line an event", '\0'},
    {"jobs", "N", "processes at once for --seeds (one a processor)", 'j'},
    {"tag", "TAG", "only scenarios that have this tag; may come again", '\0'},
    {"repeat", "N", "runs of each scenario (with --seeds: of each seed, 1)", '\0'},
    {"set", "KEY=VALUE", "another value, as in --set traffic.rate=50/s", '\0'},
    {"strict", NULL, "exit 3 if a scenario was skipped or a seed proved nothing", '\0'},
    {"no-color", NULL, "no colours, as NO_COLOR=1 does", '\0'},
};

const struct command command_simulate = {
    .name = "simulate",
    .summary = "run scenarios in virtual time, with one seed or with many",
    .operands = "SCENARIO|DIR...",
    .about =
        "Runs the scenarios in virtual time, thousands of times faster than for real and the\n"
        "same each time. With --seeds it looks for a seed that fails; with --shrink it writes\n"
        "the smallest scenario that still fails so, DIR/NAME-seed-N.yaml, for bascule run.\n"
        "Nothing is started, and nothing written that was not asked for.\n"
        "\n"
        "Exit status 0: all passed, or failed as known; 1: one failed; 2: usage, an invalid\n"
        "scenario, or a seed to shrink (without --seeds) that does not fail; 3: inconclusive,\n"
        "or a file could not be written; 77: all were skipped; 130, 143: interrupted.\n",
    .example = "  bascule simulate scenarios/gate\n"
               "  bascule simulate --seeds 1000 scenarios/gate\n"
               "  bascule simulate --seed 417 --shrink scenarios/gate/kill-primary.yaml\n",
    .options = {simulate_options, sizeof(simulate_options) / sizeof(simulate_options[0])},
    .run = simulate,
};
