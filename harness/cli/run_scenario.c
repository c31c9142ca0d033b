#include "cli/run_scenario.h"

#include "base/check.h"
#include "base/text.h"
#include "cli/programs.h"
#include "cli/run_logs.h"
#include "cli/run_options.h"
#include "cli/scenario_programs.h"
#include "cli/simulation.h"
#include "core/trace.h"
#include "report/journal_jsonl.h"
#include "report/report_json.h"
#include "report/report_text.h"
#include "report/utf8.h"
#include "runner.h"
#include "world/loop.h"
#include "world/real.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One scenario under way. */
struct scenario_run {
    struct run_command *command;
    struct arena arena;
    const struct scenario *scenario;
    struct journal_jsonl journal;
    const char *logs_path; /* NULL: nobody writes logs */
    nanos shown_at;        /* of a simulation, in real time */
    bool journal_open;
    bool journal_broken; /* told once, then left alone */
    bool journal_written;
};

int64_t run_scenario_clock(void)
{
    struct timespec now;

    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return now.tv_sec * NANOS_PER_S + now.tv_nsec;
}

static const char *missing_program(struct arena *arena, const struct scenario *scenario)
{
    const char *folder = scenario_programs_folder(arena, scenario);

    for (size_t i = 0; i < scenario->requires_count; i++) {
        if (!programs_exists(scenario->requires[i], folder, getenv("PATH"))) {
            return scenario->requires[i];
        }
    }
    return NULL;
}

/* The result of a scenario that was never begun. */
static void not_run(struct scenario_run *run,
                    struct scenario_result *ret,
                    enum verdict verdict,
                    const char *code,
                    const char *text)
{
    const struct run_command *command = run->command;
    bool own_seed = !command->has_seed && run->scenario->has_seed;

    *ret = (struct scenario_result){
        .scenario = run->scenario,
        .seed = own_seed ? run->scenario->seed : command->seed,
        .verdict = verdict,
        .simulated = command->simulated,
        .started_realtime = command->simulated ? 0 : run_scenario_clock(),
    };
    reason_list_add(&ret->reasons, &run->arena, REASONS, code, text);
}

static void show_progress(void *context, const struct progress *progress)
{
    struct scenario_run *run = context;
    struct run_command *command = run->command;

    if (command->simulated) { /* ten times a second of virtual time is too often */
        nanos now = loop_clock();
        if (now < run->shown_at + PROGRESS_PERIOD) {
            return;
        }
        run->shown_at = now;
    }
    command->listener.progress(command->listener.context, progress);
}

void run_scenario_unwritten(struct run_command *command, const struct error *error)
{
    struct arena arena;

    arena_init(&arena, 0);
    command->listener.complain(command->listener.context,
                               arena_printf(&arena, "%s: %s", reason_code(REASON_REPORT_UNWRITTEN),
                                            utf8_printable(&arena, error->text)));
    arena_done(&arena);
    command->write_failed = true;
}

/* Never ends the scenario: its report is worth more than its journal. */
static void write_journal(struct scenario_run *run,
                          const struct run_result *run_result,
                          const struct journal *journal)
{
    struct error error = {.text = ""};

    if (run->journal_broken) {
        return;
    }
    if (!run->journal_open) {
        const char *path = arena_printf(&run->arena, "%s/%s.journal.jsonl", run->command->folder,
                                        run->scenario->name);
        run->journal_open = journal_jsonl_open(&run->journal, &run->arena, path, &error) == 0;
    }
    if (!run->journal_open ||
        journal_jsonl_add(&run->journal, run_result->scenario, run_result, journal, &error) < 0) {
        run->journal_broken = true;
        run_scenario_unwritten(run->command, &error);
    }
}

static void print_trace_line(void *context, const char *text)
{
    (void)context;
    (void)puts(text);
}

static void print_trace(struct scenario_run *run,
                        const struct run_result *run_result,
                        const struct journal *journal)
{
    struct arena scratch;

    arena_init(&scratch, 0);
    (void)printf("%s, run %" PRIu32 ", seed %" PRIu64 "\n", run->scenario->name, run_result->index,
                 run_result->seed);
    trace(&scratch, run_result, journal, print_trace_line, NULL);
    (void)puts("");
    arena_done(&scratch);
}

static int take_journal(void *context,
                        const struct scenario_result *result,
                        const struct run_result *run_result,
                        const struct journal *journal,
                        struct error *reterr)
{
    struct scenario_run *run = context;

    (void)result;
    (void)reterr;
    if (run->command->journal) {
        write_journal(run, run_result, journal);
    }
    if (run->command->trace) {
        print_trace(run, run_result, journal);
    }
    return 0;
}

static void finish_journal(struct scenario_run *run)
{
    struct error error = {.text = ""};

    if (!run->journal_open) {
        return;
    }
    if (run->journal_broken) {
        journal_jsonl_abandon(&run->journal);
        return;
    }
    run->journal_written = journal_jsonl_commit(&run->journal, &error) == 0;
    if (!run->journal_written) {
        run_scenario_unwritten(run->command, &error);
    }
}

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    struct scenario_run *run = context;
    const struct run_command *command = run->command;
    if (command->simulated) {
        return simulation_open(settings);
    }
    struct real_programs programs = {
        .stub = command->stub_program,
        .proxy = command->proxy_program,
        .logs_folder = run->logs_path,
    };
    scenario_programs_find(&run->arena, run->scenario, &programs);
    return real_new(settings, &programs, reterr);
}

static int prepare_logs(struct scenario_run *run, struct error *reterr)
{
    if (run->command->simulated || !scenario_programs_need_logs(run->scenario)) {
        return 0;
    }
    run->logs_path = run_logs_prepare(&run->arena, run->command->folder, run->scenario, reterr);
    return run->logs_path != NULL ? 0 : -1;
}

static void execute(struct scenario_run *run, struct scenario_result *ret)
{
    struct run_command *command = run->command;
    struct error error = {.text = ""};
    const struct runner_options options = {
        .open = open_world,
        .virtual_time = command->simulated,
        .schedules = command->schedules,
        .has_seed = command->has_seed || !run->scenario->has_seed,
        .seed = command->seed,
        .repeat = command->repeat,
        .progress = command->simulated && !command->view.live ? NULL : show_progress,
        .journal = command->journal || command->trace ? take_journal : NULL,
        .context = run,
    };

    if (prepare_logs(run, &error) < 0 ||
        runner_run(&run->arena, run->scenario, &options, ret, &command->signal, &error) < 0) {
        not_run(run, ret, VERDICT_INCONCLUSIVE, "harness",
                arena_copy(&run->arena, error.text, strlen(error.text)));
    }
    finish_journal(run);
    for (size_t i = 0; i < ret->run_count; i++) {
        command->virtual_ns += simulation_span(&ret->runs[i]);
        command->turns += ret->runs[i].turns;
    }
}

/* One of an earlier run would be taken for that of the new report. */
static void remove_old_journal(const struct scenario_run *run)
{
    char path[PATH_MAX];
    struct text text;

    text_init(&text, path, sizeof(path));
    text_printf(&text, "%s/%s.journal.jsonl", run->command->folder, run->scenario->name);
    if (!text.overflowed && !run->journal_written) {
        (void)unlink(path);
    }
}

/* Returns the report's file name in the folder, NULL if it could not be written. */
static const char *write_report(struct scenario_run *run, const struct scenario_result *result)
{
    struct run_command *command = run->command;
    struct error error = {.text = ""};
    const char *name = arena_printf(command->arena, "%s.json", run->scenario->name);
    const char *path = arena_printf(&run->arena, "%s/%s", command->folder, name);

    if (!command->report) {
        return NULL;
    }
    const char *logs = run->logs_path != NULL ? run_logs_name(&run->arena, run->scenario) : NULL;
    if (report_json_write(path, result, &command->environment, logs, &error) < 0) {
        run_scenario_unwritten(command, &error);
        return NULL;
    }
    remove_old_journal(run);
    if (formats_render(&command->formats, command->folder, run->scenario->name, &error) < 0) {
        run_scenario_unwritten(command, &error);
    }
    return name;
}

static const char *
details_of(struct scenario_run *run, const struct scenario_result *result, const char *report)
{
    struct run_command *command = run->command;
    const char *path =
        report == NULL ? NULL : arena_printf(&run->arena, "%s/%s", command->folder, report);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    CHECK(out != NULL);
    const struct story story = story_of(&run->arena, result, path);
    report_text_story(out, &run->arena, &story, command->colour);
    CHECK(fclose(out) == 0);
    const char *kept = arena_copy(command->arena, text, length);
    free(text);
    return kept;
}

static struct ending
ending_of(struct scenario_run *run, const struct scenario_result *result, const char *report)
{
    return (struct ending){
        .headline = story_headline(run->command->arena, result),
        .verdict = result->verdict,
        .must_unmet = result->must_unmet,
        .report = report,
        .details = details_of(run, result, report),
    };
}

/* The end of the run: from the result to what is kept of it. */
static struct ending ended(struct scenario_run *run, struct scenario_result *result)
{
    const struct run_command *command = run->command;

    result->options = run_options_to_repeat(command, run->scenario, &run->arena);
    result->again = command->again;
    result->settings = command->overrides.settings;
    result->setting_count = command->overrides.setting_count;
    result->port_base = command->overrides.port_base;
    result->client = command->overrides.client;
    struct ending ending = ending_of(run, result, write_report(run, result));
    arena_done(&run->arena);
    return ending;
}

struct ending run_scenario(struct run_command *command, const struct scenario *scenario)
{
    struct scenario_run run = {.command = command, .scenario = scenario};
    struct scenario_result result;

    arena_init(&run.arena, 0);
    const char *missing = command->simulated ? NULL : missing_program(&run.arena, scenario);
    if (missing != NULL) {
        not_run(&run, &result, VERDICT_SKIPPED, "requires",
                arena_printf(&run.arena, "'%s' is not on PATH", missing));
    } else {
        execute(&run, &result);
    }
    return ended(&run, &result);
}

struct ending run_scenario_not_run(struct run_command *command,
                                   const struct scenario *scenario,
                                   enum verdict verdict,
                                   const char *code,
                                   const char *text)
{
    struct scenario_run run = {.command = command, .scenario = scenario};
    struct scenario_result result;

    arena_init(&run.arena, 0);
    not_run(&run, &result, verdict, code, text);
    return ended(&run, &result);
}
