/* A comparison with a bound: "< 5s", "at least 99.9%", "0". */
#include "base/text.h"
#include "scenario/reader.h"
#include "scenario/units.h"

#include <string.h>

#define COMPARISON_BYTES_MAX 80

static const char advice[] = "quote it, or write 'at least 1'";

/* Longer ones first where one begins with another. Words need a blank after them. */
static const struct {
    const char *sign;
    enum comparison comparison;
    bool is_word;
} operators[] = {
    {"<=", COMPARISON_AT_MOST, false},       {"<", COMPARISON_LESS, false},
    {">=", COMPARISON_AT_LEAST, false},      {">", COMPARISON_GREATER, false},
    {"==", COMPARISON_EQUAL, false},         {"below", COMPARISON_LESS, true},
    {"at most", COMPARISON_AT_MOST, true},   {"above", COMPARISON_GREATER, true},
    {"at least", COMPARISON_AT_LEAST, true}, {"exactly", COMPARISON_EQUAL, true},
};

static const char *example_of(enum unit unit)
{
    switch (unit) {
    case UNIT_NANOS:
        return "'below 5s' or '<= 250ms'";
    case UNIT_RATIO:
        return "'at least 99.9%' or '< 0.5'";
    case UNIT_COUNT:
        break;
    }
    return "'== 0' or 'at most 3'";
}

/* The text after the operator, or NULL if there is none. */
static const char *skip_operator(const char *text, enum comparison *ret)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        const char *rest = text + strlen(operators[i].sign);
        if (text_has_prefix(text, operators[i].sign) && (!operators[i].is_word || *rest == ' ')) {
            *ret = operators[i].comparison;
            return rest + strspn(rest, " ");
        }
    }
    return NULL;
}

static bool parse_limit(const char *text, enum unit unit, int64_t *ret)
{
    switch (unit) {
    case UNIT_NANOS:
        return nanos_parse(text, strlen(text), ret);
    case UNIT_RATIO:
        return units_parse_ratio(text, ret);
    case UNIT_COUNT:
        break;
    }
    return units_parse_whole(text, ret);
}

static void complain_about_limit(struct reader *reader,
                                 const struct yaml_value *value,
                                 const char *limit,
                                 const struct expectation *expectation)
{
    int64_t number = 0;
    enum unit unit = metric_unit(expectation->metric);
    const char *quoted = yaml_text_quote(reader->arena, limit);
    if (unit == UNIT_NANOS && units_parse_decimal(limit, &number)) {
        schema_complain(reader, value, "'%s' is a time: %s needs a unit (ms, s, m or h)",
                        expectation->name, quoted);
        return;
    }
    if (limit[0] == '\0') {
        schema_complain(reader, value, "'%s' is compared with nothing: write %s", expectation->name,
                        example_of(unit));
        return;
    }
    static const char *const kinds[] = {
        [UNIT_NANOS] = "a duration", [UNIT_COUNT] = "a whole number", [UNIT_RATIO] = "a ratio"};
    schema_complain(reader, value, "'%s' is compared with %s, like %s, not with %s",
                    expectation->name, kinds[unit], example_of(unit), quoted);
}

static void complain_about_form(struct reader *reader,
                                const struct yaml_value *value,
                                const struct expectation *expectation)
{
    enum unit unit = metric_unit(expectation->metric);
    schema_complain(reader, value, "'%s' needs a comparison like %s, not %s", expectation->name,
                    example_of(unit), yaml_value_describe(reader->arena, value));
}

static bool check_range(struct reader *reader,
                        const struct yaml_value *value,
                        const struct expectation *expectation,
                        int64_t limit)
{
    enum metric metric = expectation->metric;
    bool is_share =
        metric == METRIC_SUCCESS_RATIO || metric == METRIC_SHARE || metric == METRIC_HERD;
    if (is_share && limit > RATIO_ONE) {
        schema_complain(reader, value, "'%s' is never above 1 (100%%)", expectation->name);
        return false;
    }
    bool never = limit == 0 && expectation->comparison == COMPARISON_LESS;
    if (never) {
        schema_complain(reader, value, "'%s' is never below 0", expectation->name);
        return false;
    }
    return true;
}

static void take_bound(struct reader *reader,
                       const struct yaml_value *value,
                       const char *limit_text,
                       struct expectation *expectation)
{
    int64_t limit = 0;
    if (!parse_limit(limit_text, metric_unit(expectation->metric), &limit)) {
        complain_about_limit(reader, value, limit_text, expectation);
    } else if (check_range(reader, value, expectation, limit)) {
        expectation->limit = limit;
        expectation->limit_text = value->text;
    }
}

void read_comparison(struct reader *reader,
                     const struct yaml_value *value,
                     struct expectation *expectation)
{
    if (value->tag != NULL) {
        schema_complain_at(reader, value->at, "'%s' is a YAML tag here, no comparison: %s",
                           value->tag, advice);
        return;
    }
    if (value->kind != VALUE_SCALAR || yaml_value_is_null(value)) {
        complain_about_form(reader, value, expectation);
        return;
    }
    if (value->style == VALUE_BLOCK) {
        schema_complain(reader, value, "a block of text (| or >) begins here, no comparison: %s",
                        advice);
        return;
    }
    bool fits = strnlen(value->text, COMPARISON_BYTES_MAX + 1) <= COMPARISON_BYTES_MAX;
    const char *limit = fits ? skip_operator(value->text, &expectation->comparison) : NULL;
    if (limit != NULL) {
        take_bound(reader, value, limit, expectation);
        return;
    }
    int64_t number = 0;
    bool count = metric_unit(expectation->metric) == UNIT_COUNT;
    if (fits && count && units_parse_whole(value->text, &number)) {
        expectation->comparison = COMPARISON_EQUAL;
        expectation->limit = number;
        expectation->limit_text = value->text;
        return;
    }
    complain_about_form(reader, value, expectation);
}
