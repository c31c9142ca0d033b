/* A scenario that is written and read again runs the same, event by event. */
#include "core/chaos.h"
#include "core/trace.h"
#include "runner.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "unit/cmocka_all.h"
#include "world/sim/sim.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define SEED 5

/* Every line of the run's trace; the last one holds a digest of all events. */
struct told {
    uint64_t hash;
    uint32_t lines;
    char last[200];
};

static struct arena arena;

static struct world *
open_world(void *context, const struct world_settings *settings, struct error *reterr)
{
    (void)context;
    (void)reterr;
    return sim_new(settings);
}

static void take_line(void *context, const char *text)
{
    struct told *told = context;
    told->lines++;
    for (const char *c = text; *c != '\0'; c++) {
        told->hash = (told->hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    }
    (void)snprintf(told->last, sizeof(told->last), "%s", text);
}

static int take_journal(void *context,
                        const struct scenario_result *result,
                        const struct run_result *run,
                        const struct journal *journal,
                        struct error *reterr)
{
    struct arena scratch;
    (void)result;
    (void)reterr;
    arena_init(&scratch, 0);
    trace(&scratch, run, journal, take_line, context);
    arena_done(&scratch);
    return 0;
}

static struct told tell(const struct scenario *scenario)
{
    struct told told = {.lines = 0};
    struct scenario_result result;
    struct error error = {.os_errno = 0};
    int signal = 0;
    struct runner_options options = {
        .open = open_world,
        .virtual_time = true,
        .has_seed = true,
        .seed = SEED,
        .repeat = 1,
        .journal = take_journal,
        .context = &told,
    };
    assert_int_equal(runner_run(&arena, scenario, &options, &result, &signal, &error), 0);
    return told;
}

static void written_runs_the_same(const char *path)
{
    struct diagnostics diagnostics;
    struct scenario scenario;
    struct scenario again;
    arena_init(&arena, 0);
    diagnostics_init(&diagnostics, &arena);
    assert_int_equal(scenario_load(&arena, path, NULL, &diagnostics, &scenario), 0);
    const char *text =
        scenario_write(&arena, chaos_resolve(&arena, &scenario, SEED), "A comment.", NULL);
    struct scenario_source source = {.file = path, .bytes = text, .length = strlen(text)};
    assert_int_equal(scenario_read(&arena, &source, NULL, &diagnostics, &again), 0);
    struct told first = tell(&scenario);
    struct told second = tell(&again);
    if (first.hash != second.hash || first.lines != second.lines) {
        fail_msg("%s runs otherwise once it is written:\n%s\n%s\n%s", path, text, first.last,
                 second.last);
    }
    assert_true(first.lines > 5);
    arena_done(&arena);
}

static void test_written_runs_the_same(void **state)
{
    glob_t files = {.gl_pathc = 0};
    (void)state;
    /* Those of real/ have no simulation. */
    assert_int_equal(glob("scenarios/[!r]*/*.yaml", 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 30);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        written_runs_the_same(files.gl_pathv[i]);
    }
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_runs_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
