#include "base/check.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/programs.h"
#include "cli/run_jobs.h"
#include "report/atomic_file.h"
#include "report/utf8.h"
#include "world/real.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

#define PORT_MAX        65535
#define REPEAT_MAX      10000
#define JOBS_MAX        256
/* Seeds that are drawn can be read by every JSON reader, those that count in doubles too. */
#define DRAWN_SEED_BITS 53

/* ---- Options ---- */

static int check_formats(const char *formats, struct error *reterr)
{
    if (formats == NULL || text_equal(formats, "json")) {
        return 0;
    }
    return error_plain(reterr, "unknown format '%s': reports are written as json", formats);
}

static int check_settings(const struct scenario_overrides *overrides, struct error *reterr)
{
    for (size_t i = 0; i < overrides->setting_count; i++) {
        const char *setting = overrides->settings[i];
        if (setting[0] == '=' || strchr(setting, '=') == NULL) {
            return error_plain(reterr, "option '--set' wants KEY=VALUE, not '%s'", setting);
        }
    }
    return 0;
}

static int take_isolate(struct run_command *command, struct error *reterr)
{
    static const char *const words[] = {"auto", "always", "never"};
    const char *word = options_value(command->options, "isolate");

    for (size_t i = 0; word != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_equal(word, words[i])) {
            command->isolate = (enum isolate)i;
            return 0;
        }
    }
    return word == NULL
               ? 0
               : error_plain(reterr, "option '--isolate' wants auto, always or never, not '%s'",
                             word);
}

static int take_options(struct run_command *command, struct error *reterr)
{
    const struct options *options = command->options;
    const char *folder = options_value(options, "output");
    uint64_t repeat = 0;
    uint64_t port_base = 0;
    uint64_t jobs = 1;

    if (options->operand_count == 0) {
        return error_plain(reterr, "which scenario?");
    }
    command->folder = folder != NULL ? folder : "reports";
    command->overrides.settings =
        options_values(options, command->arena, "set", &command->overrides.setting_count);
    if (options_number(options, "repeat", (struct option_range){1, REPEAT_MAX}, &repeat, reterr) <
            0 ||
        options_number(options, "seed", (struct option_range){0, UINT64_MAX}, &command->seed,
                       reterr) < 0 ||
        options_number(options, "port-base", (struct option_range){1, PORT_MAX}, &port_base,
                       reterr) < 0 ||
        options_number(options, "jobs", (struct option_range){1, JOBS_MAX}, &jobs, reterr) < 0 ||
        take_isolate(command, reterr) < 0 ||
        check_formats(options_value(options, "format"), reterr) < 0 ||
        check_settings(&command->overrides, reterr) < 0) {
        return -1;
    }
    command->has_seed = options_has(options, "seed");
    command->repeat = (uint32_t)repeat;
    command->jobs = (uint32_t)jobs;
    command->overrides.port_base = (uint16_t)port_base;
    command->journal = options_has(options, "journal");
    command->endings.strict = options_has(options, "strict");
    return 0;
}

/* ---- Choice of scenarios ---- */

static bool has_tag(const struct scenario *scenario, const char *const *tags, size_t tag_count)
{
    for (size_t i = 0; i < scenario->tag_count; i++) {
        for (size_t k = 0; k < tag_count; k++) {
            if (text_equal(scenario->tags[i], tags[k])) {
                return true;
            }
        }
    }
    return false;
}

/* All were checked before: a mistake in a scenario that is not chosen is a mistake as well. */
static bool choose_by_tag(struct run_command *command)
{
    size_t tag_count = 0;
    const char *const *tags = options_values(command->options, command->arena, "tag", &tag_count);
    struct inputs *inputs = &command->inputs;
    size_t kept = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        if (tag_count == 0 || has_tag(inputs->scenarios[i], tags, tag_count)) {
            inputs->scenarios[kept++] = inputs->scenarios[i];
        }
    }
    if (kept == 0) {
        (void)fprintf(stderr, "bascule run: no scenario has the tag '%s' (%zu read)\n",
                      utf8_printable(command->arena, tags[tag_count - 1]), inputs->count);
    }
    inputs->count = kept;
    return kept > 0;
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

/* ---- Preparation ---- */

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* A signal waits until somebody who can end a run in good order takes it. */
static void hold_signals(void)
{
    sigset_t signals;

    CHECK(sigemptyset(&signals) == 0);
    CHECK(sigaddset(&signals, SIGINT) == 0);
    CHECK(sigaddset(&signals, SIGTERM) == 0);
    CHECK(sigaddset(&signals, SIGHUP) == 0);
    CHECK(sigprocmask(SIG_BLOCK, &signals, NULL) == 0);
}

static const char *shell_quoted(struct arena *arena, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,%@+";

    return word[strspn(word, plain)] == '\0' ? word : arena_printf(arena, "'%s'", word);
}

/* What somebody has to say again to get a run like this one; the seed and the file come with each
 * scenario. */
static const char *options_to_repeat(const struct run_command *command)
{
    struct arena *arena = command->arena;
    const char *text = "";

    for (size_t i = 0; i < command->overrides.setting_count; i++) {
        text = arena_printf(arena, "%s%s--set %s", text, text[0] != '\0' ? " " : "",
                            shell_quoted(arena, command->overrides.settings[i]));
    }
    if (command->overrides.port_base != 0) {
        text = arena_printf(arena, "%s%s--port-base %u", text, text[0] != '\0' ? " " : "",
                            command->overrides.port_base);
    }
    if (command->repeat != 0) {
        text = arena_printf(arena, "%s%s--repeat %u", text, text[0] != '\0' ? " " : "",
                            command->repeat);
    }
    return text;
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

static int prepare(struct run_command *command, struct error *reterr)
{
    command->repeat_options = options_to_repeat(command);
    if (atomic_file_prepare_folder(command->folder, reterr) < 0) {
        struct error cause = *reterr;
        *reterr = (struct error){.text = ""};
        return error_plain(reterr, "%s: %s", reason_code(REASON_REPORT_UNWRITTEN), cause.text);
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

static size_t longest_name(const struct inputs *inputs)
{
    size_t longest = 0;

    for (size_t i = 0; i < inputs->count; i++) {
        size_t width = utf8_width(inputs->scenarios[i]->name);
        longest = width > longest ? width : longest;
    }
    return longest;
}

/* ---- All of them ---- */

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

static void finish(struct run_command *command)
{
    size_t left = command->inputs.count - command->endings.count;
    int status = ending_exit_status(&command->endings);
    struct latest_report *reports =
        ARENA_ARRAY(command->arena, struct latest_report, command->endings.count + 1);
    const struct latest latest = {
        .started_realtime = command->started_realtime,
        .exit_status = status,
        .reports = reports,
        .report_count = written_reports(command, reports),
    };
    struct error error = {.text = ""};

    if (latest_write(command->folder, &latest, &error) < 0) {
        run_scenario_unwritten(command, &error);
        command->endings.write_failed = true;
    }
    run_view_finish(&command->view, &command->endings);
    if (command->endings.signal != 0) {
        (void)printf("\ninterrupted by SIG%s", sigabbrev_np(command->endings.signal));
        if (left > 0) {
            (void)printf(", %zu of %zu scenarios not begun", left, command->inputs.count);
        }
        (void)fputs("\n", stdout);
    }
    size_t counts[REPORT_VERDICTS];
    for (unsigned i = 0; i < REPORT_VERDICTS; i++) {
        counts[i] = ending_count(&command->endings, (enum verdict)i);
    }
    (void)fputs("\n", stdout);
    report_text_totals(stdout, counts);
    size_t length = strlen(command->folder);
    bool slash = length > 0 && command->folder[length - 1] == '/';
    (void)printf("; reports in %s%s\n", utf8_printable(command->arena, command->folder),
                 slash ? "" : "/");
}

static int run_all(struct run_command *command)
{
    hold_signals();
    command->started_realtime = run_scenario_clock();
    command->endings.items = ARENA_ARRAY(command->arena, struct ending, command->inputs.count);
    settle_seed(command);
    run_view_init(&command->view, longest_name(&command->inputs),
                  options_has(command->options, "no-color"));
    command->colour = command->view.colour;
    run_view_begin(&command->view);
    run_jobs(command);
    finish(command);
    return ending_exit_status(&command->endings);
}

static int run_with(struct run_command *command)
{
    struct error error = {.text = ""};

    if (take_options(command, &error) < 0) {
        return command_misused(&command_run, utf8_printable(command->arena, error.text));
    }
    if (!inputs_read(&command->inputs, command->arena, command->options->operands,
                     command->options->operand_count, &command->overrides) ||
        !choose_by_tag(command)) {
        (void)fputs("nothing was started\n", stderr);
        return STATUS_USAGE;
    }
    if (prepare(command, &error) < 0) {
        (void)fprintf(stderr, "bascule run: %s\nnothing was started\n",
                      utf8_printable(command->arena, error.text));
        return STATUS_INCONCLUSIVE;
    }
    return run_all(command);
}

static int run(const struct options *options)
{
    struct arena arena;
    struct run_command command = {.arena = &arena, .options = options};

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
    {"port-base", "N", "node 0 listens on port N, node 1 on N + 1 ...", '\0'},
    {"strict", NULL, "exit 3 if a scenario was skipped", '\0'},
    {"journal", NULL, "also write NAME.journal.jsonl, every event of the run", '\0'},
    {"format", "json", "what to write reports as", '\0'},
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
               "  bascule run --repeat 20 --seed 7 -o /tmp/reports scenarios/gate\n",
    .options = {run_options, sizeof(run_options) / sizeof(run_options[0])},
    .run = run,
};
