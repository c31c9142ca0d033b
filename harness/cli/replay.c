#include "base/text.h"
#include "cli/command.h"
#include "cli/replay_schedule.h"
#include "cli/run_all.h"
#include "cli/run_jobs.h"
#include "cli/run_options.h"
#include "cli/scenario_programs.h"
#include "cli/simulation.h"
#include "report/report_read.h"
#include "report/shell_word.h"
#include "report/utf8.h"
#include "scenario/scenario_read.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Never the report's own folder by itself: it would be replaced. */
/* Not below `reports`: who compares that folder, or draws its history, means what was run. */
#define FOLDER_DEFAULT "replays"

struct replaying {
    struct run_command *command;
    const char *path;
    const char *local; /* the scenario's own file, whose programs may be started; NULL */
    struct recorded_report report;
    struct replay_schedule schedule;
    bool has_run;
    uint64_t run; /* --run: index in the report */
};

/* ---- Options ---- */

static int take_options(struct replaying *replay, struct error *reterr)
{
    struct run_command *command = replay->command;
    const struct options *options = command->options;

    if (options->operand_count < 1 || options->operand_count > 2) {
        return error_plain(reterr, options->operand_count == 0
                                       ? "which report?"
                                       : "one report, and its scenario's file, at a time");
    }
    replay->path = options->operands[0];
    replay->local = options->operand_count == 2 ? options->operands[1] : NULL;
    replay->has_run = options_has(options, "run");
    command->simulated = options_has(options, "simulate");
    if (options_number(options, "run", (struct option_range){0, UINT32_MAX}, &replay->run, reterr) <
        0) {
        return -1;
    }
    return run_options_take(command, reterr);
}

/* ---- The scenario ---- */

static int read_scenario(struct replaying *replay, struct scenario **ret)
{
    struct arena *arena = replay->command->arena;
    const struct recorded_report *report = &replay->report;
    const struct scenario_source source = {
        .file = arena_printf(arena, "%s: %s", replay->path, report->file),
        .bytes = report->text,
        .length = report->text_length,
    };
    const struct scenario_overrides overrides = {
        .settings = report->settings,
        .setting_count = report->setting_count,
        .port_base = report->port_base,
        .client = report->client,
    };
    struct diagnostics diagnostics;

    *ret = ARENA_NEW(arena, struct scenario);
    diagnostics_init(&diagnostics, arena);
    if (scenario_read(arena, &source, &overrides, &diagnostics, *ret) < 0) {
        (void)fputs(diagnostics_render(arena, &diagnostics, source.bytes, source.length), stderr);
        return -1;
    }
    (*ret)->file = replay->local != NULL ? replay->local : report->file;
    replay->command->overrides = overrides;
    return 0;
}

/* ---- The runs ---- */

static int choose_run(struct replaying *replay, struct error *reterr)
{
    struct replay_schedule *schedule = &replay->schedule;

    if (schedule->count == 0) {
        return error_plain(reterr,
                           "%s: error: its scenario was not run: there is nothing to replay",
                           utf8_printable(replay->command->arena, replay->path));
    }
    for (size_t i = 0; replay->has_run && i < schedule->count; i++) {
        if (schedule->runs[i].index == replay->run) {
            schedule->runs[0] = schedule->runs[i];
            schedule->count = 1;
            return 0;
        }
    }
    if (replay->has_run) {
        return error_plain(reterr, "%s: error: there is no run %" PRIu64 " that counts",
                           utf8_printable(replay->command->arena, replay->path), replay->run);
    }
    return 0;
}

static int settle(struct replaying *replay, struct error *reterr)
{
    struct run_command *command = replay->command;
    struct arena *arena = command->arena;
    struct scenario *scenario;

    if (report_read(&replay->report, arena, replay->path, reterr) < 0 ||
        read_scenario(replay, &scenario) < 0 ||
        replay_schedule_make(&replay->schedule, arena, scenario, &replay->report,
                             utf8_printable(arena, replay->path), reterr) < 0 ||
        choose_run(replay, reterr) < 0) {
        return -1;
    }
    size_t count = replay->schedule.count;
    const struct scenario **schedules = ARENA_ARRAY(arena, const struct scenario *, count);
    for (size_t i = 0; i < count; i++) {
        schedules[i] = replay->schedule.runs[i].scenario;
    }
    command->schedules = schedules;
    command->repeat = (uint32_t)count;
    command->has_seed = true;
    command->seed = replay->schedule.runs[0].seed;
    command->inputs.scenarios = ARENA_NEW(arena, struct scenario *);
    command->inputs.scenarios[command->inputs.count++] = scenario;
    return 0;
}

/* ---- Programs ---- */

/* The very scenario of the report, as the user has it. */
static bool is_same_file(const struct replaying *replay, const struct scenario *local)
{
    return local->text_length == replay->report.text_length &&
           memcmp(local->text, replay->report.text, local->text_length) == 0;
}

/* What would be started is vouched for by the user's own file: settings of the report add nothing
   to it. */
static bool is_vouched_for(const struct replaying *replay)
{
    static const struct scenario_overrides no_overrides;
    struct arena *arena = replay->command->arena;
    struct diagnostics diagnostics;
    struct scenario local;

    diagnostics_init(&diagnostics, arena);
    if (scenario_load(arena, replay->local, &no_overrides, &diagnostics, &local) < 0) {
        inputs_complain(replay->local, &diagnostics);
        return false;
    }
    if (!is_same_file(replay, &local)) {
        (void)fprintf(stderr, "bascule replay: %s is not the scenario of the report\n",
                      utf8_printable(arena, replay->local));
        return false;
    }
    if (!scenario_programs_are_same(&local, replay->command->inputs.scenarios[0])) {
        (void)fputs("bascule replay: settings of the report change what would be started\n",
                    stderr);
        return false;
    }
    return true;
}

/* A report comes from anywhere: what it would start is shown, and wants a word. */
static bool may_start(const struct replaying *replay)
{
    const struct run_command *command = replay->command;
    const struct scenario *scenario = command->inputs.scenarios[0];

    if (replay->local != NULL && !is_vouched_for(replay)) {
        return false;
    }
    if (command->simulated || !scenario_programs_any(scenario)) {
        return true;
    }
    if (replay->local != NULL || options_has(command->options, "allow-commands")) {
        return scenario_programs_check(&command->inputs);
    }
    (void)fputs("bascule replay: it would start\n", stderr);
    scenario_programs_show(stderr, scenario);
    (void)fputs("if that is as it should be, say --allow-commands, or name the scenario's file\n",
                stderr);
    return false;
}

static bool may_reach(const struct replaying *replay)
{
    const struct run_command *command = replay->command;
    return command->simulated || options_has(command->options, "allow-remote") ||
           scenario_programs_are_local(&command->inputs);
}

static bool can_simulate(const struct replaying *replay)
{
    const struct run_command *command = replay->command;
    const char *unfit = command->simulated ? simulation_cannot(command->inputs.scenarios[0]) : NULL;
    if (unfit != NULL) {
        (void)fprintf(stderr, "bascule replay: it cannot be simulated: %s\n", unfit);
    }
    return unfit == NULL;
}

/* The report that is replayed must outlive its replay. */
static int check_folder(const struct replaying *replay, struct error *reterr)
{
    const struct run_command *command = replay->command;
    const char *target = arena_printf(command->arena, "%s/%s.json", command->folder,
                                      command->inputs.scenarios[0]->name);
    struct stat here;
    struct stat there;

    if (command->report && stat(target, &there) == 0 && stat(replay->path, &here) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
        return error_plain(reterr,
                           "%s: error: the replay's report would take its place: another folder, "
                           "with -o, would not",
                           utf8_printable(command->arena, replay->path));
    }
    return 0;
}

/* ---- All of it ---- */

static const char *again(const struct replaying *replay)
{
    const struct run_command *command = replay->command;
    const char *run =
        replay->has_run ? arena_printf(command->arena, " --run %" PRIu64, replay->run) : "";
    const char *allow = options_has(command->options, "allow-commands") ? " --allow-commands" : "";

    const char *remote = options_has(command->options, "allow-remote") ? " --allow-remote" : "";
    const char *local =
        replay->local == NULL
            ? ""
            : arena_printf(command->arena, " %s", shell_word(command->arena, replay->local));

    return arena_printf(command->arena, "bascule replay%s%s%s%s %s%s",
                        command->simulated ? " --simulate" : "", allow, remote, run,
                        shell_word(command->arena, replay->path), local);
}

static void print_beginning(const struct replaying *replay)
{
    const struct run_command *command = replay->command;
    size_t count = replay->schedule.count;

    (void)printf("%s: %zu run%s, seed %" PRIu64 ", recorded as %s by bascule %s\n",
                 utf8_printable(command->arena, replay->path), count, count == 1 ? "" : "s",
                 command->seed, utf8_printable(command->arena, replay->report.verdict),
                 replay->report.version);
}

static int run_it(struct replaying *replay)
{
    struct run_command *command = replay->command;

    command->again = again(replay);
    run_all_begin(command);
    print_beginning(replay);
    run_view_begin(&command->view);
    run_jobs(command);
    run_all_finish(command);
    run_all_print_totals(command);
    if (command->report) {
        run_all_print_folder(command);
    } else {
        (void)puts("");
    }
    return ending_exit_status(&command->endings);
}

static int replay_with(struct replaying *replay)
{
    struct run_command *command = replay->command;
    struct error error = {.text = ""};

    if (take_options(replay, &error) < 0) {
        return command_misused(&command_replay, utf8_printable(command->arena, error.text));
    }
    if (settle(replay, &error) < 0 || check_folder(replay, &error) < 0 || !can_simulate(replay) ||
        !may_reach(replay) || !may_start(replay)) {
        if (error_is_set(&error)) { /* else all is said */
            (void)fprintf(stderr, "%s\n", error.text);
        }
        (void)fputs("nothing was replayed\n", stderr);
        return STATUS_USAGE;
    }
    if (run_all_prepare(command, &error) < 0) {
        (void)fprintf(stderr, "bascule replay: %s\nnothing was replayed\n",
                      utf8_printable(command->arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    return run_it(replay);
}

static int replay(const struct options *options)
{
    struct arena arena;
    struct run_command command = {
        .name = "replay",
        .arena = &arena,
        .options = options,
        .folder = FOLDER_DEFAULT,
        .jobs = 1,
        .report = true,
    };
    struct replaying replaying = {.command = &command};

    arena_init(&arena, 0);
    int status = replay_with(&replaying);
    arena_done(&arena);
    return status;
}

static const struct option_spec replay_options[] = {
    {"simulate", NULL, "in virtual time, whatever the report is of", '\0'},
    {"run", "N", "only that run of the report; they count from 0", '\0'},
    {"output", "DIR", "folder for the new report (" FOLDER_DEFAULT ")", 'o'},
    {"isolate", "auto|always|never", "a network of its own (auto)", '\0'},
    {"allow-commands", NULL, "start programs that the report's scenario names", '\0'},
    {"allow-remote", NULL, "URLs of other machines are fine", '\0'},
    {"journal", NULL, "also write NAME.journal.jsonl, every event of the run", '\0'},
    {"format", "LIST", "what to write: json, html, junit, markdown (json)", '\0'},
    {"no-color", NULL, "no colours, as NO_COLOR=1 does", '\0'},
};

const struct command command_replay = {
    .name = "replay",
    .summary = "run again what a report recorded",
    .operands = "REPORT.json [SCENARIO]",
    .about =
        "Runs the scenario that a report holds with the recorded seeds, settings, times and\n"
        "targets, for real or in virtual time, and judges it anew. Runs that a rerun took the\n"
        "place of are left out. A report whose schedule does not follow from its scenario and\n"
        "its seed was edited, and is refused. Programs that it would start are only shown,\n"
        "unless they are allowed, or the scenario's own unchanged file is named as well.\n"
        "\n"
        "Exit status as of bascule run; 2 also: no report, of another version, or edited, or\n"
        "one that would start programs and may not.\n",
    .example = "  bascule replay reports/kill-primary.json\n"
               "  bascule replay --simulate --run 3 reports/kill-primary.json\n",
    .options = {replay_options, sizeof(replay_options) / sizeof(replay_options[0])},
    .run = replay,
};
