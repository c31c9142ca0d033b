#include "cli/plan_parts.h"
#include "cli/plan_words.h"
#include "core/plan.h"
#include "report/utf8.h"

#include <inttypes.h>
#include <stdio.h>

enum { TIME_WIDTH = 12, WHAT_WIDTH_MAX = 44, PHASES_SHOWN = 3 };

static void print_moment(struct arena *arena, nanos at, const char *what)
{
    (void)printf("%*s  %s\n", TIME_WIDTH, plan_time(arena, at), what);
}

static const char *note_of(struct arena *arena, const struct fault *fault)
{
    const char *note = fault->id;

    if (fault->at_from != fault->at_to) {
        note = arena_printf(arena, "%s, drawn from %s..%s", note, plan_time(arena, fault->at_from),
                            plan_time(arena, fault->at_to));
    }
    if (plan_target_is_drawn(fault->target)) {
        note = arena_printf(arena, "%s, nodes drawn when it is due", note);
    }
    return arena_printf(arena, "%s%s", note, plan_parameters(arena, fault));
}

static const char *note_of_step(struct arena *arena,
                                const struct scenario *scenario,
                                const struct plan *plan,
                                const struct plan_step *step)
{
    const struct fault *fault = &scenario->faults[step->fault];
    const char *note = note_of(arena, fault);
    uint64_t phases = scenario_fault_applications(scenario, fault, plan->fault_at[step->fault]);

    if (phases == 1) {
        return note;
    }
    if (step->phase > 0) {
        return arena_printf(arena, "%s, %" PRIu32 " of %" PRIu64, fault->id, step->phase + 1,
                            phases);
    }
    return arena_printf(arena, "%s, %" PRIu64 " times, every %s", note, phases,
                        plan_time(arena, fault->parameters.every));
}

static const char *hold_of(struct arena *arena, const struct fault *fault)
{
    return fault->hold == NANOS_NEVER
               ? ""
               : arena_printf(arena, " for %s", plan_time(arena, fault->hold));
}

static const char *
step_text(struct arena *arena, const struct scenario *scenario, const struct plan_step *step)
{
    const struct fault *fault = &scenario->faults[step->fault];
    const char *kind = fault_kind_word(fault->kind);

    if (step->undo) {
        return arena_printf(arena, "end of %s", fault->id);
    }
    if (fault->kind == FAULT_RESET_FAILED) {
        return kind;
    }
    if (fault->kind == FAULT_FLAP) {
        nanos down = nanos_min(fault->parameters.down, fault->hold);
        return arena_printf(arena, "%s: %s %s for %s", kind,
                            fault_kind_word(scenario_fault_acts_as(fault)),
                            plan_target(arena, scenario, fault), plan_time(arena, down));
    }
    return arena_printf(arena, "%s %s%s", kind, plan_target(arena, scenario, fault),
                        hold_of(arena, fault));
}

/* What a reader is told of a long flap is its beginning. */
static bool is_shown(const struct plan_step *step)
{
    return step->phase < PHASES_SHOWN;
}

static size_t
widest_step(struct arena *arena, const struct scenario *scenario, const struct plan *plan)
{
    size_t widest = 0;

    for (size_t i = 0; i < plan->step_count; i++) {
        if (!is_shown(&plan->steps[i])) {
            continue;
        }
        size_t width = utf8_width(step_text(arena, scenario, &plan->steps[i]));
        widest = width > widest && width <= WHAT_WIDTH_MAX ? width : widest;
    }
    return widest;
}

/* In place of those that are not shown. */
static void print_rest(struct arena *arena,
                       const struct scenario *scenario,
                       const struct plan *plan,
                       const struct plan_step *step)
{
    const struct fault *fault = &scenario->faults[step->fault];
    nanos first = plan->fault_at[step->fault];
    uint64_t phases = scenario_fault_applications(scenario, fault, first);
    nanos last = first + (nanos)(phases - 1) * fault->parameters.every;

    if (step->phase == PHASES_SHOWN && !step->undo) {
        print_moment(arena, step->at,
                     arena_printf(arena, "and %" PRIu64 " more of %s, the last at %s",
                                  phases - PHASES_SHOWN, fault->id, plan_time(arena, last)));
    }
}

void plan_timeline_print(struct arena *arena, const struct scenario *scenario, uint64_t seed)
{
    struct plan plan;

    plan_make(&plan, arena, scenario, seed);
    size_t width = widest_step(arena, scenario, &plan);
    (void)fputs("\n", stdout);
    if (scenario->warmup > 0) {
        print_moment(arena, -scenario->warmup, "warm-up begins");
    }
    print_moment(arena, 0, "traffic begins");
    for (size_t i = 0; i < plan.step_count; i++) {
        const struct plan_step *step = &plan.steps[i];
        if (!is_shown(step)) {
            print_rest(arena, scenario, &plan, step);
            continue;
        }
        const char *what = step_text(arena, scenario, step);
        const char *note = note_of_step(arena, scenario, &plan, step);
        print_moment(arena, step->at,
                     step->undo ? what : arena_printf(arena, "%-*s  %s", (int)width, what, note));
    }
    print_moment(arena, scenario->duration, "traffic ends");
    if (scenario_request_count(scenario) > 0) {
        print_moment(arena, nanos_add(scenario->duration, plan_drain(scenario)),
                     "the last request is over, at the latest");
    }
}
