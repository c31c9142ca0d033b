#include "cli/replay_schedule.h"

#include "base/text.h"
#include "core/chaos.h"
#include "core/plan.h"
#include "report/human.h"
#include "report/report_params.h"
#include "report/utf8.h"

#include <inttypes.h>

/* One run under examination. */
struct matching {
    struct arena *arena;
    const char *path;
    struct error *reterr;
    const struct scenario *scenario; /* resolved */
    struct plan plan;
    bool *taken; /* one a step of the plan */
    const struct recorded_run *run;
    size_t run_index;
    struct fault *faults; /* explicit copies */
    uint16_t **drawn;     /* of each fault those that the seed chose; NULL: it did not */
    uint16_t **nodes;     /* of each fault those that were hit; NULL: not yet known */
};

static int edited(const struct matching *m, size_t fault, const char *key, const char *why)
{
    return error_plain(m->reterr, "%s: error: the report was edited: runs[%zu].faults[%zu].%s %s",
                       m->path, m->run_index, fault, key, why);
}

static const char *shown(const struct matching *m, const char *text)
{
    return utf8_printable(m->arena, text);
}

/* As exact as a report is. */
static int64_t microseconds(nanos time)
{
    nanos half = time < 0 ? -NANOS_PER_US / 2 : NANOS_PER_US / 2;

    return (time + half) / NANOS_PER_US;
}

static const char *time_text(const struct matching *m, int64_t us)
{
    char text[NANOS_TEXT_MAX];

    return arena_printf(m->arena, "%s", nanos_text(us * NANOS_PER_US, text));
}

/* ---- One fault ---- */

static int find_fault(const struct matching *m, size_t index, uint32_t *ret)
{
    const struct recorded_fault *recorded = &m->run->faults[index];

    for (uint32_t i = 0; i < m->scenario->fault_count; i++) {
        if (text_equal(m->scenario->faults[i].id, recorded->id)) {
            *ret = i;
            return 0;
        }
    }
    return edited(m, index, "id",
                  arena_printf(m->arena, "is '%s', which neither the scenario nor its seed has",
                               shown(m, recorded->id)));
}

static int check_kind(const struct matching *m, size_t index, const struct fault *fault)
{
    const struct recorded_fault *recorded = &m->run->faults[index];
    const char *kind = fault_kind_word(fault->kind);
    const char *params = report_params_text(m->arena, m->scenario, fault);

    if (!text_equal(recorded->kind, kind)) {
        return edited(m, index, "kind",
                      arena_printf(m->arena, "is '%s', but the scenario says '%s'",
                                   shown(m, recorded->kind), kind));
    }
    if (!text_equal(recorded->params, params)) {
        return edited(m, index, "params",
                      arena_printf(m->arena, "are %s, but the scenario says %s",
                                   shown(m, recorded->params), params));
    }
    return 0;
}

/* Each application of the plan is there once. */
static int take_step(const struct matching *m, size_t index, uint32_t fault)
{
    const struct recorded_fault *recorded = &m->run->faults[index];

    for (size_t i = 0; i < m->plan.step_count; i++) {
        const struct plan_step *step = &m->plan.steps[i];
        if (step->fault == fault && !step->undo && !m->taken[i] &&
            microseconds(step->at) == recorded->planned_us) {
            m->taken[i] = true;
            return 0;
        }
    }
    return edited(m, index, "planned_ms",
                  arena_printf(m->arena, "is %s, but seed %" PRIu64 " gives '%s' another time",
                               time_text(m, recorded->planned_us), m->run->seed, recorded->id));
}

/* ---- Its targets ---- */

static size_t nodes_wanted(const struct scenario *scenario, const struct fault *fault)
{
    size_t nodes = scenario->node_count;

    switch (fault->target) {
    case TARGET_NODES:
        return fault->node_count;
    case TARGET_CURRENT:
    case TARGET_ONE:
    case TARGET_LEADER:
        return 1;
    case TARGET_ALL:
        return nodes;
    case TARGET_OTHERS:
        return nodes - 1;
    case TARGET_MINORITY:
        return (nodes - 1) / 2;
    case TARGET_MAJORITY:
        break;
    }
    return nodes / 2 + 1;
}

static bool holds(const uint16_t *nodes, size_t count, uint16_t node)
{
    for (size_t i = 0; i < count; i++) {
        if (nodes[i] == node) {
            return true;
        }
    }
    return false;
}

/* Names to numbers; each once, and only such as the scenario permits. */
static int
read_targets(const struct matching *m, size_t index, const struct fault *fault, uint16_t *ret_nodes)
{
    const struct recorded_fault *recorded = &m->run->faults[index];

    for (size_t i = 0; i < recorded->target_count; i++) {
        uint16_t node = scenario_node_index(m->scenario, recorded->targets[i]);
        bool meant = fault->target == TARGET_NODES ? holds(fault->nodes, fault->node_count, node)
                                                   : node < m->scenario->node_count;
        bool foreign = node == NODE_NONE || holds(ret_nodes, i, node) || !meant;
        if (foreign) {
            return edited(m, index, "targets",
                          arena_printf(m->arena, "has '%s', which cannot be",
                                       shown(m, recorded->targets[i])));
        }
        ret_nodes[i] = node;
    }
    return 0;
}

static int check_targets(const struct matching *m, size_t index, uint32_t number)
{
    const struct recorded_fault *recorded = &m->run->faults[index];
    const struct fault *fault = &m->scenario->faults[number];
    size_t wanted = nodes_wanted(m->scenario, fault);

    if (fault->target == TARGET_LEADER && recorded->target_count == 0) {
        return 0; /* nobody led then: it is asked for again */
    }
    if (recorded->target_count != wanted) {
        return edited(m, index, "targets",
                      arena_printf(m->arena, "has %zu nodes, but there must be %zu",
                                   recorded->target_count, wanted));
    }
    uint16_t *nodes = ARENA_ARRAY(m->arena, uint16_t, wanted);
    if (read_targets(m, index, fault, nodes) < 0) {
        return -1;
    }
    for (size_t i = 0; m->drawn[number] != NULL && i < wanted; i++) {
        if (!holds(m->drawn[number], wanted, nodes[i])) {
            return edited(m, index, "targets",
                          arena_printf(m->arena, "has '%s', which seed %" PRIu64 " does not choose",
                                       recorded->targets[i], m->run->seed));
        }
    }
    for (size_t i = 0; m->nodes[number] != NULL && i < wanted; i++) {
        if (!holds(m->nodes[number], wanted, nodes[i])) {
            return edited(m, index, "targets", "differ from those of the first time");
        }
    }
    m->nodes[number] = nodes;
    return 0;
}

/* ---- All faults of a run ---- */

/* In the order in which a run draws them, whether it came to all of them or not. */
static void draw_targets(struct matching *m)
{
    const struct scenario *scenario = m->scenario;
    struct prng prng;

    m->drawn = ARENA_ARRAY(m->arena, uint16_t *, scenario->fault_count);
    prng_init(&prng, m->run->seed, PRNG_STREAM_TARGETS);
    for (size_t i = 0; i < m->plan.step_count; i++) {
        uint32_t number = m->plan.steps[i].fault;
        const struct fault *fault = &scenario->faults[number];
        if (plan_target_is_drawn(fault->target) && m->drawn[number] == NULL) {
            m->drawn[number] = ARENA_ARRAY(m->arena, uint16_t, scenario->node_count);
            (void)plan_targets(scenario, fault, NODE_NONE, &prng, m->drawn[number]);
        }
    }
}

static int match_fault(const struct matching *m, size_t index)
{
    uint32_t number = FAULT_NONE;

    if (find_fault(m, index, &number) < 0 ||
        check_kind(m, index, &m->scenario->faults[number]) < 0 || take_step(m, index, number) < 0) {
        return -1;
    }
    return check_targets(m, index, number);
}

/* What came to an early end need not have come to all of its faults. */
static int check_complete(const struct matching *m)
{
    for (size_t i = 0; i < m->plan.step_count && !m->run->inconclusive; i++) {
        const struct plan_step *step = &m->plan.steps[i];
        if (!step->undo && !m->taken[i]) {
            return error_plain(
                m->reterr, "%s: error: the report was edited: runs[%zu].faults has no '%s' at %s",
                m->path, m->run_index, m->scenario->faults[step->fault].id,
                time_text(m, microseconds(step->at)));
        }
    }
    return 0;
}

/* Those that were not recorded stay as the scenario has them. */
static const struct scenario *make_explicit(const struct matching *m)
{
    struct scenario *copy = ARENA_NEW(m->arena, struct scenario);

    *copy = *m->scenario;
    copy->faults = ARENA_ARRAY(m->arena, struct fault, copy->fault_count);
    for (size_t i = 0; i < copy->fault_count; i++) {
        struct fault *fault = &copy->faults[i];
        *fault = m->scenario->faults[i];
        fault->at_from = m->plan.fault_at[i];
        fault->at_to = m->plan.fault_at[i];
        if (m->nodes[i] != NULL && fault->target != TARGET_NODES) {
            fault->node_count = nodes_wanted(copy, fault);
            fault->nodes = m->nodes[i];
            fault->target = TARGET_NODES;
        }
    }
    return copy;
}

static int match_run(struct matching *m, const struct scenario **ret)
{
    plan_make(&m->plan, m->arena, m->scenario, m->run->seed);
    m->taken = ARENA_ARRAY(m->arena, bool, m->plan.step_count);
    m->nodes = ARENA_ARRAY(m->arena, uint16_t *, m->scenario->fault_count);
    draw_targets(m);
    for (size_t i = 0; i < m->run->fault_count; i++) {
        if (match_fault(m, i) < 0) {
            return -1;
        }
    }
    if (check_complete(m) < 0) {
        return -1;
    }
    *ret = make_explicit(m);
    return 0;
}

/* ---- All runs ---- */

/* Run i of a scenario has its seed + i, a rerun that of the run that it replaces. */
static int check_seed(const struct recorded_report *report,
                      size_t index,
                      uint64_t expected,
                      const char *path,
                      struct error *reterr)
{
    const struct recorded_run *run = &report->runs[index];

    if (run->rerun_of != UINT32_MAX) {
        expected = report->runs[run->rerun_of].seed;
    }
    if (run->seed == expected) {
        return 0;
    }
    return error_plain(reterr,
                       "%s: error: the report was edited: runs[%zu].seed is %" PRIu64
                       ", but from scenario.seed follows %" PRIu64,
                       path, index, run->seed, expected);
}

int replay_schedule_make(struct replay_schedule *ret,
                         struct arena *arena,
                         const struct scenario *scenario,
                         const struct recorded_report *report,
                         const char *path,
                         struct error *reterr)
{
    uint64_t seed = report->seed;

    *ret =
        (struct replay_schedule){.runs = ARENA_ARRAY(arena, struct replay_run, report->run_count)};
    for (size_t i = 0; i < report->run_count; i++) {
        struct matching m = {
            .arena = arena,
            .path = path,
            .reterr = reterr,
            .run = &report->runs[i],
            .run_index = i,
        };
        const struct scenario *explicit;
        if (check_seed(report, i, seed, path, reterr) < 0) {
            return -1;
        }
        seed += m.run->rerun_of == UINT32_MAX ? 1 : 0;
        m.scenario = chaos_resolve(arena, scenario, m.run->seed);
        if (match_run(&m, &explicit) < 0) {
            return -1;
        }
        if (!m.run->superseded) {
            ret->runs[ret->count++] = (struct replay_run){
                .index = (uint32_t)i, .seed = m.run->seed, .scenario = explicit};
        }
    }
    return 0;
}
