#include "unit/engine/stage.h"

#include "engine.h"
#include "scenario/scenario_read.h"
#include "unit/cmocka_all.h"
#include "world/sim/sim.h"

#include <string.h>

#define SEED 7

struct stage stage;

int stage_set_up(void **state)
{
    (void)state;
    arena_init(&stage.arena, 0);
    journal_init(&stage.journal, &stage.arena, 1000000);
    return 0;
}

int stage_tear_down(void **state)
{
    (void)state;
    arena_done(&stage.arena);
    return 0;
}

struct world *stage_read(const char *text)
{
    struct diagnostics diagnostics;
    const struct scenario_source source = {
        .file = "case.yaml", .bytes = text, .length = strlen(text)};
    diagnostics_init(&diagnostics, &stage.arena);
    if (scenario_read(&stage.arena, &source, NULL, &diagnostics, &stage.scenario) < 0) {
        fail_msg("%s", diagnostics_render(&stage.arena, &diagnostics, text, strlen(text)));
    }
    const struct world_settings settings = {
        .arena = &stage.arena, .scenario = &stage.scenario, .seed = SEED};
    return sim_new(&settings);
}

int stage_run(struct world *world)
{
    const struct engine_settings settings = {
        .scenario = &stage.scenario, .seed = SEED, .world = world, .journal = &stage.journal};
    return engine_run(&stage.arena, &settings).signal;
}

size_t stage_count(enum event_kind kind)
{
    size_t found = 0;
    for (size_t i = 0; i < stage.journal.count; i++) {
        found += journal_at(&stage.journal, i)->kind == kind;
    }
    return found;
}

size_t stage_count_ends(enum outcome outcome)
{
    size_t found = 0;
    for (size_t i = 0; i < stage.journal.count; i++) {
        const struct event *event = journal_at(&stage.journal, i);
        found += event->kind == EVENT_REQUEST_END && event->request_end.outcome == outcome;
    }
    return found;
}

const struct event *stage_first(enum event_kind kind)
{
    for (size_t i = 0; i < stage.journal.count; i++) {
        if (journal_at(&stage.journal, i)->kind == kind) {
            return journal_at(&stage.journal, i);
        }
    }
    return NULL;
}
