#include "cli/run_all.h"

#include "base/check.h"
#include "cli/programs.h"
#include "cli/run_jobs.h"
#include "cli/simulation.h"
#include "report/atomic_file.h"
#include "report/utf8.h"
#include "world/loop.h"
#include "world/real.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* ---- Preparation ---- */

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int prepare_folder(const struct run_command *command, struct error *reterr)
{
    if (atomic_file_prepare_folder(command->folder, reterr) == 0) {
        return 0;
    }
    struct error cause = *reterr;
    *reterr = (struct error){.text = ""};
    return error_plain(reterr, "%s: %s", reason_code(REASON_REPORT_UNWRITTEN), cause.text);
}

/* Those that will be skipped need nothing. */
static bool needs_proxy(const struct run_command *command)
{
    for (size_t i = 0; i < command->inputs.count; i++) {
        const struct scenario *scenario = command->inputs.scenarios[i];
        if (real_needs_proxy(scenario) && (command->isolated || !real_needs_filter(scenario))) {
            return true;
        }
    }
    return false;
}

int run_all_prepare(struct run_command *command, struct error *reterr)
{
    if (command->report && prepare_folder(command, reterr) < 0) {
        return -1;
    }
    if (command->simulated) {
        environment_simulated(&command->environment);
        return 0;
    }
    command->stub_program = programs_find_stub(command->arena, reterr);
    if (command->stub_program == NULL || run_jobs_prepare(command, reterr) < 0) {
        return -1;
    }
    if (needs_proxy(command)) {
        command->proxy_program = programs_find_proxy(command->arena, reterr);
        if (command->proxy_program == NULL) {
            return -1;
        }
    }
    raise_descriptor_limit();
    environment_read(&command->environment);
    return 0;
}

/* ---- Begin and end ---- */

/* A signal waits until somebody who can end a run in good order takes it. */
static void hold_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t held;

    CHECK(sigemptyset(&held) == 0);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        CHECK(loop_signal_is_ignored(signals[i]) || sigaddset(&held, signals[i]) == 0);
    }
    CHECK(sigprocmask(SIG_BLOCK, &held, NULL) == 0);
}

static size_t longest_name(const struct inputs *inputs)
{
    size_t longest = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        size_t width = utf8_width(inputs->scenarios[i]->name);
        longest = width > longest ? width : longest;
    }
    return longest;
}

static void show_progress(void *context, const struct progress *progress)
{
    struct run_command *command = context;

    run_view_progress(&command->view, progress);
}

static void show_complaint(void *context, const char *text)
{
    struct run_command *command = context;

    run_view_complain(&command->view, text);
}

void run_all_begin(struct run_command *command)
{
    if (command->simulated) {
        simulation_note_signals();
    } else {
        hold_signals();
    }
    command->started_realtime = run_scenario_clock();
    command->endings.items = ARENA_ARRAY(command->arena, struct ending, command->inputs.count);
    run_view_init(&command->view, command->name, longest_name(&command->inputs),
                  options_has(command->options, "no-color"));
    command->colour = command->view.colour;
    command->listener = (struct run_listener){
        .progress = show_progress,
        .complain = show_complaint,
        .context = command,
    };
}

static size_t written_reports(const struct run_command *command, struct latest_report *ret_reports)
{
    size_t written = 0;

    for (size_t i = 0; i < command->endings.count; i++) {
        const struct ending *ending = &command->endings.items[i];
        if (ending->report != NULL) {
            ret_reports[written++] = (struct latest_report){
                .name = ending->headline.name,
                .file = ending->report,
                .verdict = ending->verdict,
            };
        }
    }
    return written;
}

static void write_latest(struct run_command *command)
{
    struct latest_report *reports =
        ARENA_ARRAY(command->arena, struct latest_report, command->endings.count + 1);
    const struct latest latest = {
        .started_realtime = command->started_realtime,
        .exit_status = ending_exit_status(&command->endings),
        .reports = reports,
        .report_count = written_reports(command, reports),
    };
    struct error error = {.text = ""};

    if (latest_write(command->folder, &latest, &error) < 0) {
        run_scenario_unwritten(command, &error);
        command->endings.write_failed = true;
    }
}

/* Of the reports of this run alone: others in the folder may be of any age. */
static void write_index(struct run_command *command)
{
    const char **files = ARENA_ARRAY(command->arena, const char *, command->endings.count + 1);
    struct error error = {.text = ""};
    size_t count = 0;

    for (size_t i = 0; i < command->endings.count; i++) {
        if (command->endings.items[i].report != NULL) {
            files[count++] = command->endings.items[i].report;
        }
    }
    if (count > 0 &&
        formats_render_index(&command->formats, command->folder, files, count, &error) < 0) {
        run_scenario_unwritten(command, &error);
        command->endings.write_failed = true;
    }
}

void run_all_finish(struct run_command *command)
{
    write_index(command);
    if (command->latest) {
        write_latest(command);
    }
    run_view_finish(&command->view, &command->endings);
    run_all_print_interruption(command);
}

void run_all_print_interruption(const struct run_command *command)
{
    size_t left = command->inputs.count - command->endings.count;

    if (command->endings.signal != 0) {
        (void)printf("\ninterrupted by SIG%s", sigabbrev_np(command->endings.signal));
        if (left > 0) {
            (void)printf(", %zu of %zu scenarios not begun", left, command->inputs.count);
        }
        (void)fputs("\n", stdout);
    }
}

void run_all_print_totals(const struct run_command *command)
{
    size_t counts[REPORT_VERDICTS];

    for (unsigned i = 0; i < REPORT_VERDICTS; i++) {
        counts[i] = ending_count(&command->endings, (enum verdict)i);
    }
    (void)fputs("\n", stdout);
    report_text_totals(stdout, counts);
}

void run_all_print_folder(const struct run_command *command)
{
    size_t length = strlen(command->folder);
    bool slash = length > 0 && command->folder[length - 1] == '/';

    (void)printf("; reports in %s%s\n", utf8_printable(command->arena, command->folder),
                 slash ? "" : "/");
}
