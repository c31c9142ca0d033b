#include "cli/simulate_seeds.h"

#include "cli/run_all.h"
#include "cli/seed_pool.h"
#include "cli/seed_tally.h"
#include "cli/simulate_shrink.h"
#include "cli/simulation.h"
#include "cli/speed.h"
#include "report/utf8.h"
#include "world/loop.h"

#include <inttypes.h>
#include <stdio.h>

/* A scenario that breaks so many workers is given up. */
#define BROKEN_MAX 16

struct searching {
    const struct seed_search *search;
    struct run_command *command;
    struct seed_pool pool;
    struct seed_tally *tallies; /* one a scenario */
    struct seed_tally *tally;   /* of the scenario under way */
    struct arena scratch;       /* of the scenario under way */
    nanos begin;                /* of it */
};

/* ---- while it goes on ---- */

static uint64_t broken(const struct searching *s)
{
    return s->tally->counts[SEED_BROKEN];
}

static void take_outcome(void *context, const struct seed_outcome *outcome, const char *died)
{
    struct searching *s = context;

    seed_tally_add(s->tally, outcome);
    if (died != NULL) {
        run_view_complain(&s->command->view,
                          arena_printf(&s->scratch, "%s, seed %" PRIu64 ": its process was %s",
                                       s->tally->scenario->name, outcome->seed, died));
    }
}

static void show_progress(struct searching *s)
{
    const struct seed_tally *tally = s->tally;
    double wall = (double)(loop_clock() - s->begin);
    struct arena arena;

    if (!s->command->view.live) {
        return;
    }
    arena_init(&arena, 0);
    progress_show_text(&s->command->view.line,
                       arena_printf(&arena,
                                    "%s  %" PRIu64 "/%" PRIu64 " seeds  failed %" PRIu64
                                    "  %s runs/s  %s x real time",
                                    tally->scenario->name, tally->done, tally->planned,
                                    tally->counts[SEED_FAILED],
                                    speed_ratio(&arena, (double)tally->done * NANOS_PER_S, wall),
                                    speed_ratio(&arena, (double)tally->virtual_ns, wall)));
    arena_done(&arena);
}

/* Runs of one seed: unless told otherwise one, for its neighbours have their own turn. */
static uint32_t repeat_of(const struct run_command *command)
{
    return command->repeat != 0 ? command->repeat : 1;
}

static uint64_t first_seed(const struct run_command *command, const struct scenario *scenario)
{
    return !command->has_seed && scenario->has_seed ? scenario->seed : command->seed;
}

static void search_scenario(struct searching *s, const struct scenario *scenario)
{
    struct ending_list *endings = &s->command->endings;
    struct seed_order order = {
        .scenario = scenario,
        .seed = first_seed(s->command, scenario),
        .repeat = repeat_of(s->command),
    };
    uint64_t ordered = 0;
    nanos shown_at = 0;

    while (s->tally->done < s->tally->planned && endings->signal == 0) {
        bool enough = broken(s) >= BROKEN_MAX;
        for (; ordered < s->tally->planned && !enough && seed_pool_has_room(&s->pool); ordered++) {
            seed_pool_order(&s->pool, &order);
            order.seed++;
        }
        if (s->pool.busy == 0) {
            return; /* given up, or there are no workers left */
        }
        (void)loop_wait(s->pool.loop, shown_at + PROGRESS_PERIOD);
        if (loop_clock() >= shown_at + PROGRESS_PERIOD) {
            shown_at = loop_clock();
            show_progress(s);
        }
        endings->signal = loop_signal(s->pool.loop);
    }
}

/* ---- how a scenario ended ---- */

/* The seed that is told about: the first that failed, else the first that is in doubt. */
static bool telling_seed(const struct seed_tally *tally, enum verdict verdict, uint64_t *ret_seed)
{
    static const enum seed_ending tell[] = {SEED_FAILED, SEED_INCONCLUSIVE, SEED_IDLE};

    for (size_t i = 0; i < sizeof(tell) / sizeof(tell[0]); i++) {
        if (tally->counts[tell[i]] > 0 && verdict != VERDICT_PASS && verdict != VERDICT_KNOWN) {
            *ret_seed = tally->first[tell[i]];
            return true;
        }
    }
    return false;
}

/* It runs once more in this process, for all that there is to say, and to write, of it. */
static void tell_seed(const struct searching *s, struct ending *ending, uint64_t seed)
{
    struct run_command once = *s->command;

    once.has_seed = true;
    once.seed = seed;
    once.repeat = repeat_of(s->command);
    struct ending told = run_scenario(&once, s->tally->scenario);
    s->command->endings.write_failed = s->command->endings.write_failed || once.write_failed;
    ending->details = told.details;
    ending->report = told.report;
}

static void end_scenario(struct searching *s, const struct scenario *scenario)
{
    struct run_command *command = s->command;
    nanos wall = loop_clock() - s->begin;
    enum verdict verdict = seed_tally_verdict(s->tally, command->endings.strict);
    struct ending *ending = &command->endings.items[command->endings.count++];
    uint64_t seed;

    *ending = (struct ending){
        .headline = {.name = scenario->name, .verdict = verdict, .note = ""},
        .verdict = verdict,
        .details = "",
    };
    progress_clear(&command->view.line);
    seed_tally_line(stdout, &s->scratch, s->tally, wall);
    if (!command->view.terse) {
        seed_tally_figures(stdout, &s->scratch, s->tally);
    }
    (void)fflush(stdout);
    if (telling_seed(s->tally, verdict, &seed) && command->endings.signal == 0) {
        tell_seed(s, ending, seed);
    }
}

static void end_unfit(struct searching *s, const struct scenario *scenario, const char *unfit)
{
    struct run_command *command = s->command;
    struct ending *ending = &command->endings.items[command->endings.count++];

    *ending = run_scenario_not_run(command, scenario, VERDICT_SKIPPED, "simulation", unfit);
    run_view_ended(&command->view, ending);
}

static void search_all(struct searching *s)
{
    const struct inputs *inputs = &s->command->inputs;

    for (size_t i = 0; i < inputs->count && s->command->endings.signal == 0; i++) {
        const struct scenario *scenario = inputs->scenarios[i];
        const char *unfit = simulation_cannot(scenario);
        if (unfit != NULL) {
            end_unfit(s, scenario, unfit);
            continue;
        }
        s->tally = &s->tallies[i];
        arena_init(&s->scratch, 0);
        seed_tally_init(s->tally, &s->scratch, scenario, s->search->count);
        s->begin = loop_clock();
        search_scenario(s, scenario);
        end_scenario(s, scenario);
        arena_done(&s->scratch);
    }
}

/* ---- the end ---- */

static bool any_report(const struct ending_list *endings)
{
    for (size_t i = 0; i < endings->count; i++) {
        if (endings->items[i].report != NULL) {
            return true;
        }
    }
    return false;
}

static void print_end(const struct searching *s, nanos wall)
{
    const struct run_command *command = s->command;
    struct arena *arena = command->arena;
    uint64_t runs = 0;
    nanos virtual_ns = 0;

    for (size_t i = 0; i < command->inputs.count; i++) {
        runs += s->tallies[i].done;
        virtual_ns += s->tallies[i].virtual_ns;
    }
    run_view_details(&command->endings);
    run_all_print_interruption(command);
    run_all_print_totals(command);
    (void)printf("; %" PRIu64 " runs in %s, %s runs/s, %s x real time", runs,
                 speed_time(arena, wall),
                 speed_ratio(arena, (double)runs * NANOS_PER_S, (double)wall),
                 speed_ratio(arena, (double)virtual_ns, (double)wall));
    if (any_report(&command->endings)) {
        run_all_print_folder(command);
    } else {
        (void)puts("");
    }
}

static void shrink_first(const struct searching *s)
{
    struct run_command *command = s->command;
    bool any = false;

    for (size_t i = 0; i < command->endings.count; i++) {
        const struct seed_tally *tally = &s->tallies[i];
        if (tally->counts[SEED_FAILED] > 0) {
            any = true;
            (void)simulate_shrink(command, tally->scenario, tally->first[SEED_FAILED]);
        }
    }
    if (!any) {
        (void)puts("no seed failed: there is nothing to shrink");
    }
}

static int open_pool(struct searching *s, struct error *reterr)
{
    size_t jobs = s->command->jobs;

    if (jobs > s->search->count) {
        jobs = (size_t)s->search->count;
    }
    s->pool = (struct seed_pool){.outcome = take_outcome, .context = s};
    return seed_pool_open(&s->pool, s->command->arena, jobs, reterr);
}

void simulate_seeds(const struct seed_search *search)
{
    struct run_command *command = search->command;
    struct searching s = {.search = search, .command = command};
    struct error error = {.text = ""};
    nanos begin = loop_clock();

    s.tallies = ARENA_ARRAY(command->arena, struct seed_tally, command->inputs.count);
    if (open_pool(&s, &error) < 0) {
        run_view_complain(&command->view, utf8_printable(command->arena, error.text));
        seed_pool_close(&s.pool);
        return; /* no ending: inconclusive */
    }
    search_all(&s);
    nanos wall = loop_clock() - begin;
    seed_pool_close(&s.pool);
    simulation_leave_signals();
    print_end(&s, wall);
    if (search->shrink && command->endings.signal == 0) {
        shrink_first(&s);
    }
}
