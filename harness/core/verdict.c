#include "core/verdict.h"

#include "base/check.h"
#include "base/text.h"
#include "core/verdict_parts.h"

#include <string.h>

const char *verdict_word(enum verdict verdict)
{
    static const char *const words[] = {
        [VERDICT_PASS] = "pass",       [VERDICT_FAIL] = "fail",
        [VERDICT_KNOWN] = "known",     [VERDICT_INCONCLUSIVE] = "inconclusive",
        [VERDICT_SKIPPED] = "skipped",
    };

    CHECK((size_t)verdict < sizeof(words) / sizeof(words[0]));
    return words[verdict];
}

static bool is_listed(const struct reason_list *list, const char *code, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].code, code) && text_equal(list->items[i].text, text)) {
            return true;
        }
    }
    return false;
}

void reason_list_add(struct reason_list *list,
                     struct arena *arena,
                     enum reason reason,
                     const char *code,
                     const char *text)
{
    if (is_listed(list, code, text)) {
        return;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
        struct reason_text *items = ARENA_ARRAY(arena, struct reason_text, capacity);
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct reason_text){
        .reason = reason,
        .code = code,
        .text = text,
    };
}

bool reason_list_has(const struct reason_list *list, enum reason reason)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].reason == reason) {
            return true;
        }
    }
    return false;
}

static int64_t subtract_saturated(int64_t a, int64_t b)
{
    int64_t difference = 0;

    if (__builtin_sub_overflow(a, b, &difference)) {
        return a < b ? INT64_MIN : INT64_MAX;
    }
    return difference;
}

/* Figures are integers, so a strict bound is the next whole number. */
static int64_t value_shortfall(int64_t value, enum comparison comparison, int64_t limit)
{
    switch (comparison) {
    case COMPARISON_LESS:
        return subtract_saturated(value, subtract_saturated(limit, 1));
    case COMPARISON_AT_MOST:
        return subtract_saturated(value, limit);
    case COMPARISON_EQUAL:
        return value >= limit ? subtract_saturated(value, limit) : subtract_saturated(limit, value);
    case COMPARISON_AT_LEAST:
        return subtract_saturated(limit, value);
    case COMPARISON_GREATER:
        return subtract_saturated(subtract_saturated(limit, -1), value);
    }
    CHECK(false);
    return 0;
}

int64_t verdict_shortfall(struct figure actual, enum comparison comparison, int64_t limit)
{
    CHECK(actual.state != FIGURE_ABSENT);
    if (actual.state == FIGURE_UNRECOVERED) {
        bool is_lower = comparison == COMPARISON_AT_LEAST || comparison == COMPARISON_GREATER;
        return is_lower ? INT64_MIN : INT64_MAX;
    }
    return value_shortfall(actual.value, comparison, limit);
}

struct expectation_result
verdict_judge(const struct expectation *expectation, struct figure actual, nanos error_ns)
{
    bool is_time = metric_unit(expectation->metric) == UNIT_NANOS;
    struct expectation_result result = {
        .expectation = expectation,
        .actual = actual,
        .error = is_time ? error_ns : 0,
        .verdict = VERDICT_INCONCLUSIVE,
        .reason = REASON_NOT_MEASURED,
        .disturbance = DISTURBANCE_NONE,
    };

    if (actual.state == FIGURE_ABSENT) {
        return result;
    }
    int64_t shortfall = verdict_shortfall(actual, expectation->comparison, expectation->limit);
    if (shortfall <= 0) {
        result.verdict = VERDICT_PASS;
        result.reason = REASONS;
    } else if (actual.state == FIGURE_VALUE && shortfall <= result.error) {
        result.reason = REASON_WITHIN_ERROR;
    } else {
        result.verdict = VERDICT_FAIL;
        result.reason = REASONS;
    }
    return result;
}

/* Too many of these were counted one by one. Too few can be the work of noise, and with a full
   execution log `lost` is the log's fault. */
bool verdict_is_noise_proof(const struct expectation_result *result,
                            const struct reason_list *reasons)
{
    const struct expectation *expectation = result->expectation;
    enum metric metric = expectation->metric;

    if (result->actual.state != FIGURE_VALUE || result->actual.value < expectation->limit ||
        expectation->comparison == COMPARISON_GREATER) {
        return false;
    }
    if (metric == METRIC_LOST) {
        return !reason_list_has(reasons, REASON_LOG_FULL);
    }
    return metric == METRIC_DUPLICATES || metric == METRIC_CORRUPTED;
}

bool verdict_reason_is_global(enum reason reason)
{
    return reason != REASON_WITHIN_ERROR && reason != REASON_NOT_MEASURED;
}

const char *verdict_nanos_text(struct arena *arena, nanos value)
{
    nanos size = value < 0 ? -value : value;
    nanos grain = 1;
    char buffer[NANOS_TEXT_MAX];

    while (size / grain >= 10000 && grain < NANOS_PER_MS) {
        grain *= 10;
    }
    value = (size + grain / 2) / grain * grain * (value < 0 ? -1 : 1);
    return arena_printf(arena, "%s", nanos_text(value, buffer));
}

/* Up to six decimals, no zeros at the end. */
static const char *ratio_text(struct arena *arena, int64_t ratio)
{
    char *text = arena_printf(arena, "%lld.%06lld", (long long)(ratio / RATIO_ONE),
                              (long long)(ratio % RATIO_ONE));
    size_t length = strlen(text);

    while (text[length - 1] == '0') {
        length--;
    }
    if (text[length - 1] == '.') {
        length--;
    }
    text[length] = '\0';
    return text;
}

const char *verdict_figure_text(struct arena *arena, enum metric metric, struct figure figure)
{
    if (figure.state == FIGURE_ABSENT) {
        return "not measured";
    }
    if (figure.state == FIGURE_UNRECOVERED) {
        return "unrecovered";
    }
    switch (metric_unit(metric)) {
    case UNIT_NANOS:
        return verdict_nanos_text(arena, figure.value);
    case UNIT_COUNT:
        return arena_printf(arena, "%lld", (long long)figure.value);
    case UNIT_RATIO:
        return ratio_text(arena, figure.value);
    }
    CHECK(false);
    return "";
}
