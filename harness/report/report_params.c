#include "report/report_params.h"

#include "base/check.h"
#include "report/value.h"

#include <stdlib.h>
#include <string.h>

static json_t *statuses_value(const struct fault_parameters *parameters)
{
    json_t *array = json_array();

    for (uint32_t i = 0; i < parameters->status_count; i++) {
        value_push(array, value_count(parameters->statuses[i]));
    }
    return array;
}

/* Those of the answer faults; only what the kind reads. */
static void put_answer_params(json_t *params, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;

    if (parameters->status_count > 0) {
        value_put(params, "statuses", statuses_value(parameters));
    }
    if (parameters->path != NULL) {
        value_put(params, "path", value_text(parameters->path));
    }
    if (fault->kind == FAULT_RESPOND) {
        value_put(params, "retry_after_ms", value_ms(parameters->retry_after));
        value_put(params, "after_commit", json_boolean(parameters->after_commit));
    }
    if (fault->kind == FAULT_SLOW) {
        value_put(params, "by_ms", value_ms(parameters->by));
        value_put(params, "jitter_ms", value_ms(parameters->jitter));
    }
    if (fault->kind == FAULT_STALL || fault->kind == FAULT_TRUNCATE) {
        value_put(params, "after_bytes", value_count(parameters->after_bytes));
    }
    if (fault->kind == FAULT_TRICKLE) {
        value_put(params, "rate_bytes", value_count(parameters->rate_bytes));
    }
    value_put(params, "ratio", value_ratio(parameters->ratio_ppm));
}

static const char *direction_word(enum direction direction)
{
    static const char *const words[] = {
        [DIRECTION_BOTH] = "both", [DIRECTION_IN] = "in", [DIRECTION_OUT] = "out"};

    CHECK((unsigned)direction < sizeof(words) / sizeof(words[0]));
    return words[direction];
}

static json_t *group_value(const struct scenario *scenario, const uint8_t *groups, uint8_t group)
{
    json_t *array = json_array();

    for (size_t node = 0; node < scenario->node_count; node++) {
        if (groups[node] == group) {
            value_push(array, value_text(scenario->nodes[node].name));
        }
    }
    return array;
}

/* The group that was cut off comes first. */
static json_t *groups_value(const struct scenario *scenario, const uint8_t *groups)
{
    json_t *array = json_array();
    uint8_t count = 0;

    for (size_t node = 0; node < scenario->node_count; node++) {
        if (groups[node] != GROUP_NONE && groups[node] >= count) {
            count = (uint8_t)(groups[node] + 1);
        }
    }
    for (uint8_t group = 0; group < count; group++) {
        value_push(array, group_value(scenario, groups, group));
    }
    return array;
}

static void put_wire_params(json_t *params, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;

    value_put(params, "of", value_ratio(parameters->of_ppm));
    if (fault->kind == FAULT_RESET) {
        value_put(params, "after_bytes", value_count(parameters->after_bytes));
    }
    if (fault->kind == FAULT_DELAY || fault->kind == FAULT_SLOW_CLOSE) {
        value_put(params, "by_ms", value_ms(parameters->by));
        value_put(params, "jitter_ms", value_ms(parameters->jitter));
    }
    if (fault->kind == FAULT_THROTTLE) {
        value_put(params, "rate_bytes", value_count(parameters->rate_bytes));
    }
    if (fault->kind == FAULT_CORRUPT) {
        value_put(params, "ratio", value_ratio(parameters->ratio_ppm));
    }
    if (fault->kind == FAULT_BLACKHOLE) {
        value_put(params, "direction", value_text(direction_word(parameters->direction)));
    }
}

static void
put_other_params(json_t *params, const struct scenario *scenario, const struct fault *fault)
{
    const struct fault_parameters *parameters = &fault->parameters;

    if (fault->kind == FAULT_FLAP) {
        value_put(params, "every_ms", value_ms(parameters->every));
        value_put(params, "down_ms", value_ms(parameters->down));
        value_put(params, "how", value_text(fault_kind_word(scenario_fault_acts_as(fault))));
    } else if (fault->kind == FAULT_PARTITION) {
        value_put(params, "direction", value_text(direction_word(parameters->direction)));
        if (parameters->groups != NULL) {
            value_put(params, "groups", groups_value(scenario, parameters->groups));
        }
    } else if (fault_kind_class(fault->kind) == FAULT_CLASS_WIRE ||
               fault->kind == FAULT_BLACKHOLE) {
        put_wire_params(params, fault);
    }
}

json_t *report_params_value(const struct scenario *scenario, const struct fault *fault)
{
    json_t *params = json_object();

    put_other_params(params, scenario, fault);
    if (fault->hold != NANOS_NEVER) {
        value_put(params, "for_ms", value_ms(fault->hold));
    }
    if (fault_kind_class(fault->kind) == FAULT_CLASS_ANSWER && fault->kind != FAULT_REFUSE) {
        put_answer_params(params, fault);
    }
    return params;
}

/* Other tools write 3000.0 as 3000. */
static json_t *with_reals_only(const json_t *params)
{
    char *text = json_dumps(params, VALUE_DUMP_FLAGS);

    CHECK(text != NULL);
    json_t *copy = json_loads(text, JSON_DECODE_INT_AS_REAL, NULL);
    CHECK(copy != NULL);
    free(text);
    return copy;
}

const char *report_params_dump(struct arena *arena, const json_t *params)
{
    json_t *copy = with_reals_only(params);
    char *text = json_dumps(copy, VALUE_DUMP_FLAGS | JSON_COMPACT | JSON_SORT_KEYS);

    CHECK(text != NULL);
    json_decref(copy);
    const char *kept = arena_copy(arena, text, strlen(text));
    free(text);
    return kept;
}

const char *
report_params_text(struct arena *arena, const struct scenario *scenario, const struct fault *fault)
{
    json_t *params = report_params_value(scenario, fault);
    const char *text = report_params_dump(arena, params);

    json_decref(params);
    return text;
}
