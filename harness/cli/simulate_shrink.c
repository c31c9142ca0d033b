#include "cli/simulate_shrink.h"

#include "base/text.h"
#include "cli/command.h"
#include "cli/simulation.h"
#include "report/atomic_file.h"
#include "report/shell_word.h"
#include "report/utf8.h"
#include "runner.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "shrink.h"
#include "version.h"
#include "world/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct shrinking {
    struct run_command *command;
    const struct scenario *scenario;
    struct arena arena;
    nanos shown_at;
};

static void show_progress(void *context, uint32_t tries, const struct scenario *smallest)
{
    struct shrinking *s = context;
    char text[256];

    if (!s->command->view.live || loop_clock() < s->shown_at + PROGRESS_PERIOD) {
        return;
    }
    s->shown_at = loop_clock();
    (void)snprintf(text, sizeof(text), "shrinking %s  %" PRIu32 " tries  %zu faults left",
                   s->scenario->name, tries, smallest->fault_count);
    progress_show_text(&s->command->view.line, text);
}

/* ---- the proof ---- */

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    (void)context;
    (void)reterr;
    return simulation_open(settings);
}

static bool fails_so(struct arena *arena, const struct scenario_result *result, const char *broken)
{
    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *judged = &result->results[i];
        const char *text = arena_printf(arena, "%s %s", judged->expectation->name,
                                        judged->expectation->limit_text);
        if (judged->verdict == VERDICT_FAIL && text_equal(text, broken)) {
            return true;
        }
    }
    return false;
}

/* What was written is read, and run, as anybody else would. */
static int prove(struct shrinking *s, const char *path, const char *text, const char *broken)
{
    static const struct scenario_overrides no_overrides;
    const struct runner_options options = {.open = open_world, .virtual_time = true};
    const struct scenario_source source = {.file = path, .bytes = text, .length = strlen(text)};
    struct error error = {.text = ""};
    struct diagnostics diagnostics;
    struct scenario_result result;
    struct scenario scenario;
    int signal;

    diagnostics_init(&diagnostics, &s->arena);
    if (scenario_read(&s->arena, &source, &no_overrides, &diagnostics, &scenario) < 0) {
        (void)fputs(diagnostics_render(&s->arena, &diagnostics, text, source.length), stderr);
        run_view_complain(&s->command->view, "the shrunk scenario cannot be read: nothing written");
        return -1;
    }
    if (runner_run(&s->arena, &scenario, &options, &result, &signal, &error) < 0 ||
        !fails_so(&s->arena, &result, broken)) {
        run_view_complain(&s->command->view,
                          "the shrunk scenario does not fail again: nothing written");
        return -1;
    }
    return 0;
}

/* ---- the file ---- */

static void tell(const struct shrinking *s, const struct shrink_result *result, const char *path)
{
    struct arena *arena = s->command->arena;
    const char *file = utf8_printable(arena, shell_word(arena, path));
    size_t faults = result->smallest->fault_count;

    (void)printf("\n%s, seed %" PRIu64 ": shrunk to %zu fault%s in %" PRIu32 " simulations\n",
                 s->scenario->name, result->seed, faults, faults == 1 ? "" : "s", result->tries);
    (void)printf("  %s: %s\n", result->broken, result->actual);
    (void)printf("  -> written: %s\n", file);
    (void)printf("  -> again: bascule simulate %s\n", file);
    (void)printf("  -> for real: bascule run %s\n", file);
}

static int write_smallest(struct shrinking *s, const struct shrink_result *result)
{
    const struct run_command *command = s->command;
    struct error error = {.text = ""};
    const char *path =
        arena_printf(&s->arena, "%s/%s.yaml", command->folder, result->smallest->name);
    const char *comment = shrink_comment(&s->arena, s->scenario, result, BASCULE_VERSION, path);
    const char *text = scenario_write(&s->arena, result->smallest, comment, result->fault_comments);

    if (prove(s, path, text, result->broken) < 0) {
        return STATUS_INCONCLUSIVE;
    }
    if (atomic_file_prepare_folder(command->folder, &error) < 0 ||
        atomic_file_put(path, text, strlen(text), &error) < 0) {
        run_view_complain(&s->command->view, utf8_printable(&s->arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    tell(s, result, path);
    return STATUS_FAILED;
}

static void complain_of_passing(struct shrinking *s, uint64_t seed)
{
    run_view_complain(&s->command->view,
                      arena_printf(&s->arena,
                                   "%s: seed %" PRIu64
                                   " fails no expectation: there is nothing to shrink",
                                   s->scenario->name, seed));
}

int simulate_shrink(struct run_command *command, const struct scenario *scenario, uint64_t seed)
{
    struct shrinking s = {.command = command, .scenario = scenario};
    const struct shrink_options options = {
        .seed = seed,
        .progress = show_progress,
        .context = &s,
    };
    struct error error = {.text = ""};
    struct shrink_result result;

    arena_init(&s.arena, 0);
    int shrunk = shrink(&s.arena, scenario, &options, &result, &error);
    progress_clear(&command->view.line);
    int status = STATUS_INCONCLUSIVE;
    if (shrunk == 0) {
        status = write_smallest(&s, &result);
    } else if (shrunk > 0) {
        complain_of_passing(&s, seed);
        status = STATUS_USAGE;
    } else {
        run_view_complain(&command->view, utf8_printable(&s.arena, error.text));
    }
    arena_done(&s.arena);
    return status;
}

int simulate_shrink_all(struct run_command *command)
{
    bool failed = false;
    bool doubtful = false;

    simulation_leave_signals(); /* nothing is half written whenever it ends */
    for (size_t i = 0; i < command->inputs.count; i++) {
        const struct scenario *scenario = command->inputs.scenarios[i];
        const char *unfit = simulation_cannot(scenario);
        if (unfit != NULL) {
            run_view_complain(&command->view, arena_printf(command->arena, "%s: skipped: %s",
                                                           scenario->name, unfit));
            continue;
        }
        bool own_seed = !command->has_seed && scenario->has_seed;
        int status = simulate_shrink(command, scenario, own_seed ? scenario->seed : command->seed);
        failed = failed || status == STATUS_FAILED;
        doubtful = doubtful || status == STATUS_INCONCLUSIVE;
    }
    if (failed) {
        return STATUS_FAILED;
    }
    return doubtful ? STATUS_INCONCLUSIVE : STATUS_USAGE;
}
