#include "cli/run_jobs.h"

#include "base/check.h"
#include "cli/simulation.h"
#include "cli/worker.h"
#include "world/isolation.h"
#include "world/real.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

/* ---- one after the other ---- */

/* Between two runs a signal waits, blocked, until the next run or this takes it. */
static int signal_between(void)
{
    sigset_t signals;
    const struct timespec at_once = {.tv_sec = 0};
    CHECK(sigemptyset(&signals) == 0 && sigaddset(&signals, SIGINT) == 0 &&
          sigaddset(&signals, SIGTERM) == 0 && sigaddset(&signals, SIGHUP) == 0);
    int signal = sigtimedwait(&signals, NULL, &at_once);
    return signal > 0 ? signal : 0;
}

static struct ending run_here(struct run_command *command, const struct scenario *scenario)
{
    const char *unfit = command->simulated ? simulation_cannot(scenario) : NULL;
    if (unfit != NULL) {
        return run_scenario_not_run(command, scenario, VERDICT_SKIPPED, "simulation", unfit);
    }
    if (!command->simulated && real_needs_filter(scenario)) {
        return run_scenario_not_run(
            command, scenario, VERDICT_SKIPPED, "isolation",
            "faults on packets need namespaces, which are not to be had here");
    }
    return run_scenario(command, scenario);
}

static void run_in_turn(struct run_command *command)
{
    struct ending_list *endings = &command->endings;
    for (size_t i = 0; i < command->inputs.count && endings->signal == 0; i++) {
        struct ending *ending = &endings->items[endings->count++];
        *ending = run_here(command, command->inputs.scenarios[i]);
        run_view_ended(&command->view, ending);
        endings->signal = command->signal != 0 ? command->signal
                          : command->simulated ? simulation_signal()
                                               : signal_between();
    }
}

/* ---- several at once ---- */

struct jobs {
    struct run_command *command;
    struct loop *loop;
    struct worker *workers; /* one a scenario */
    bool *done;
    size_t started;
    size_t running;
    size_t shown; /* all before this one are */
};

static size_t index_of(const struct jobs *jobs, const struct worker *worker)
{
    return (size_t)(worker - jobs->workers);
}

/* The live line tells of the first that is still under way: the one that the others' results wait
 * for. */
static void worker_progress(void *context, struct worker *worker, const struct progress *progress)
{
    struct jobs *jobs = context;
    if (index_of(jobs, worker) == jobs->shown) {
        run_view_progress(&jobs->command->view, progress);
    }
}

static void worker_complaint(void *context, struct worker *worker, const char *text)
{
    struct jobs *jobs = context;
    (void)worker;
    run_view_complain(&jobs->command->view, text);
}

static void show_finished(struct jobs *jobs)
{
    struct ending_list *endings = &jobs->command->endings;
    while (jobs->shown < jobs->started && jobs->done[jobs->shown]) {
        struct ending *ending = &endings->items[endings->count++];
        *ending = jobs->workers[jobs->shown++].ending;
        run_view_ended(&jobs->command->view, ending);
    }
}

static void worker_over(void *context, struct worker *worker)
{
    struct jobs *jobs = context;
    struct run_command *command = jobs->command;
    if (!worker->ended) {
        worker->ending = run_scenario_not_run(command, worker->scenario, VERDICT_INCONCLUSIVE,
                                              "harness", worker->died);
    }
    command->write_failed = command->write_failed || worker->write_failed;
    if (command->endings.signal == 0) {
        command->endings.signal = worker->signal;
    }
    jobs->running--;
    jobs->done[index_of(jobs, worker)] = true;
    show_finished(jobs);
}

static void start_next(struct jobs *jobs)
{
    struct run_command *command = jobs->command;
    const struct scenario *scenario = command->inputs.scenarios[jobs->started];
    struct worker *worker = &jobs->workers[jobs->started++];
    struct error error = {.text = ""};
    if (worker_start(worker, command, jobs->loop, scenario, &error) == 0) {
        jobs->running++;
        return;
    }
    worker->ending = run_scenario_not_run(command, scenario, VERDICT_INCONCLUSIVE, "harness",
                                          arena_printf(command->arena, "%s", error.text));
    jobs->done[index_of(jobs, worker)] = true;
    show_finished(jobs);
}

/* The first signal lets each run end and write what it measured; another one does not wait for
 * that. */
static void pass_on_signal(struct jobs *jobs, int signal)
{
    bool again = jobs->command->endings.signal != 0;
    if (!again) {
        jobs->command->endings.signal = signal;
    }
    for (size_t i = 0; i < jobs->started; i++) {
        worker_signal(&jobs->workers[i], again ? SIGKILL : signal);
    }
}

/* On the host's network ports can collide: one at a time. */
static bool host_is_taken(const struct jobs *jobs)
{
    for (size_t i = 0; i < jobs->started; i++) {
        if (!jobs->done[i] && worker_needs_host(jobs->workers[i].scenario)) {
            return true;
        }
    }
    return false;
}

static bool may_start(const struct jobs *jobs)
{
    const struct run_command *command = jobs->command;
    return jobs->started < command->inputs.count && jobs->running < command->jobs &&
           command->endings.signal == 0 &&
           !(worker_needs_host(command->inputs.scenarios[jobs->started]) && host_is_taken(jobs));
}

static void run_at_once(struct jobs *jobs)
{
    struct run_command *command = jobs->command;
    while (jobs->running > 0 ||
           (jobs->started < command->inputs.count && command->endings.signal == 0)) {
        while (may_start(jobs)) {
            start_next(jobs);
        }
        if (jobs->running > 0) {
            (void)loop_wait(jobs->loop, NANOS_NEVER);
        }
        int signal;
        while ((signal = loop_signal(jobs->loop)) != 0) {
            pass_on_signal(jobs, signal);
        }
    }
}

static void run_in_workers(struct run_command *command)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct error error = {.text = ""};
    struct jobs jobs = {.command = command, .loop = loop_new(&error)};
    const struct worker_events events = {
        .progress = worker_progress,
        .complaint = worker_complaint,
        .over = worker_over,
        .context = &jobs,
    };
    if (jobs.loop == NULL || loop_take_signals(jobs.loop, signals, 3, &error) < 0) {
        run_scenario_unwritten(command, &error);
        loop_free(jobs.loop);
        return;
    }
    jobs.workers = ARENA_ARRAY(command->arena, struct worker, command->inputs.count);
    jobs.done = ARENA_ARRAY(command->arena, bool, command->inputs.count);
    for (size_t i = 0; i < command->inputs.count; i++) {
        jobs.workers[i].events = &events;
    }
    run_at_once(&jobs);
    loop_free(jobs.loop);
}

/* ---- both ---- */

int run_jobs_prepare(struct run_command *command, struct error *reterr)
{
    struct error error = {.text = ""};
    command->isolated = command->isolate != ISOLATE_NEVER && isolation_is_permitted(&error);
    if (command->isolated || command->isolate == ISOLATE_NEVER) {
        return 0;
    }
    if (command->isolate == ISOLATE_ALWAYS) {
        return error_plain(reterr, "isolation is not permitted here: %s", error.text);
    }
    (void)fprintf(stderr,
                  "bascule %s: no isolation here (%s): scenarios run one after the other, on the "
                  "host's ports\n",
                  command->name, error.text);
    return 0;
}

void run_jobs(struct run_command *command)
{
    if (command->isolated) {
        run_in_workers(command);
    } else {
        run_in_turn(command);
    }
    command->endings.write_failed = command->endings.write_failed || command->write_failed;
}
