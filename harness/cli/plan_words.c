#include "cli/plan_words.h"

#include "report/human.h"
#include "report/utf8.h"

#include <inttypes.h>

const char *plan_time(struct arena *arena, nanos time)
{
    char buffer[NANOS_TEXT_MAX];

    return arena_printf(arena, "%s", nanos_text(time, buffer));
}

static const char *
list_of_nodes(struct arena *arena, const struct scenario *scenario, const struct fault *fault)
{
    const char *list = "";

    for (size_t i = 0; i < fault->node_count; i++) {
        list = arena_printf(arena, "%s%s%s", list, i == 0 ? "" : ", ",
                            scenario->nodes[fault->nodes[i]].name);
    }
    return list;
}

const char *
plan_target(struct arena *arena, const struct scenario *scenario, const struct fault *fault)
{
    size_t nodes = scenario->node_count;

    switch (fault->target) {
    case TARGET_NODES:
        return list_of_nodes(arena, scenario, fault);
    case TARGET_CURRENT:
        return "the current node";
    case TARGET_ALL:
        return "all nodes";
    case TARGET_OTHERS:
        return "all but the current node";
    case TARGET_ONE:
        return arena_printf(arena, "one of %zu nodes", nodes);
    case TARGET_MINORITY:
        return arena_printf(arena, "a minority (%zu of %zu)", (nodes - 1) / 2, nodes);
    case TARGET_LEADER:
        return "the node that says that it leads";
    case TARGET_MAJORITY:
        break;
    }
    return arena_printf(arena, "a majority (%zu of %zu)", nodes / 2 + 1, nodes);
}

const char *plan_parameters(struct arena *arena, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;
    const char *text = "";
    char ratio[HUMAN_MAX];

    for (uint32_t i = 0; i < parameters->status_count; i++) {
        text = arena_printf(arena, "%s%s%u", text, i == 0 ? ", status " : " ",
                            (unsigned)parameters->statuses[i]);
    }
    if (parameters->by > 0) {
        text = arena_printf(arena, "%s, by %s", text, plan_time(arena, parameters->by));
    }
    if (parameters->jitter > 0) {
        text = arena_printf(arena, "%s +- %s", text, plan_time(arena, parameters->jitter));
    }
    if (parameters->after_bytes != scenario_fault_defaults(fault->kind).after_bytes) {
        text = arena_printf(arena, "%s, after %" PRIu64 " B", text, parameters->after_bytes);
    }
    if (parameters->rate_bytes > 0) {
        text = arena_printf(arena, "%s, %" PRIu64 " B/s", text, parameters->rate_bytes);
    }
    if (parameters->of_ppm < RATIO_ONE) {
        text = arena_printf(arena, "%s, of %s of the connections", text,
                            human_figure(UNIT_RATIO, figure_of(parameters->of_ppm), ratio));
    }
    if (parameters->direction != DIRECTION_BOTH) {
        text = arena_printf(arena, "%s, direction %s", text,
                            parameters->direction == DIRECTION_IN ? "in" : "out");
    }
    if (parameters->ratio_ppm < RATIO_ONE) {
        text = arena_printf(arena, "%s, ratio %s", text,
                            human_figure(UNIT_RATIO, figure_of(parameters->ratio_ppm), ratio));
    }
    if (parameters->retry_after > 0) {
        text = arena_printf(arena, "%s, retry after %s", text,
                            plan_time(arena, parameters->retry_after));
    }
    if (parameters->after_commit) {
        text = arena_printf(arena, "%s, after commit", text);
    }
    if (parameters->path != NULL) {
        text = arena_printf(arena, "%s, %s", text, utf8_printable(arena, parameters->path));
    }
    return text;
}

const char *plan_weights(struct arena *arena, const struct chaos *chaos)
{
    const char *list = "";

    for (unsigned kind = 0; kind < FAULT_KINDS; kind++) {
        if (chaos->weights[kind] > 0) {
            list = arena_printf(arena, "%s%s%s %" PRIu32, list, list[0] == '\0' ? "" : ", ",
                                fault_kind_word((enum fault_kind)kind), chaos->weights[kind]);
        }
    }
    return list;
}
