#include "report/changes_write.h"

#include "report/changes_words.h"
#include "report/value.h"

#include <math.h>

#define SCHEMA "bascule/comparison/1"

/* Never is "unrecovered", as in reports. */
static json_t *number(double value)
{
    if (isinf(value)) {
        return value > 0 ? json_string("unrecovered") : json_null();
    }
    return json_real(value);
}

/* INFINITY either way has no number. */
static json_t *finite_or_null(double value)
{
    return isinf(value) ? json_null() : json_real(value);
}

static json_t *json_of_side(const struct changes_side *side)
{
    json_t *object = json_object();
    bool any = side->sample.count > 0;
    struct sample_interval interval = {.known = false};

    if (any) {
        interval = sample_median_interval(side->sample);
    }
    value_put(object, "n", value_count(side->sample.count));
    value_put(object, "missing", value_count(side->missing));
    value_put(object, "median", any ? number(sample_median(side->sample)) : json_null());
    value_put(object, "low", interval.known ? number(interval.low) : json_null());
    value_put(object, "high", interval.known ? number(interval.high) : json_null());
    value_put(object, "mean", any ? number(sample_mean(side->sample)) : json_null());
    return object;
}

static const char *word_of(const struct compare_answer *answer)
{
    static const char *const words[] = {
        [COMPARE_ABSENT] = "absent", [COMPARE_SAME] = "same",       [COMPARE_WORSE] = "worse",
        [COMPARE_BETTER] = "better", [COMPARE_TOO_FEW] = "too_few",
    };

    return words[answer->outcome];
}

static json_t *json_of_row(const struct changes_row *row)
{
    const struct compare_answer *answer = &row->answer;
    json_t *object = json_object();

    value_put(object, "metric", value_text(archive_metric_word(row->metric)));
    value_put(object, "outcome", value_text(word_of(answer)));
    value_put(object, "base", json_of_side(&row->base));
    value_put(object, "head", json_of_side(&row->head));
    value_put(object, "shift", answer->tested ? finite_or_null(answer->shift) : json_null());
    value_put(object, "change", answer->tested ? finite_or_null(answer->change) : json_null());
    value_put(object, "p", answer->tested ? json_real(answer->p) : json_null());
    value_put(object, "p_holm", answer->tested ? json_real(answer->holm) : json_null());
    value_put(object, "cliffs_delta", answer->tested ? json_real(answer->delta) : json_null());
    value_put(object, "detectable",
              answer->detectable > 0 ? json_real(answer->detectable) : json_null());
    return object;
}

static json_t *json_of_scenario(const struct changes_scenario *scenario)
{
    json_t *object = json_object();
    json_t *rows = json_array();

    for (size_t i = 0; i < scenario->row_count; i++) {
        value_push(rows, json_of_row(&scenario->rows[i]));
    }
    value_put(object, "name", value_text(scenario->name));
    value_put(object, "base_reports", value_count(scenario->base_reports));
    value_put(object, "head_reports", value_count(scenario->head_reports));
    value_put(object, "base_runs", value_count(scenario->base_runs));
    value_put(object, "head_runs", value_count(scenario->head_runs));
    value_put(object, "figures", rows);
    value_put(object, "notes", value_texts(scenario->notes, scenario->note_count));
    return object;
}

static const char *verdict_of(const struct changes *changes)
{
    if (changes->total.worse > 0) {
        return "worse";
    }
    return changes_is_open(changes) ? "too_few" : "same";
}

void changes_write_json(FILE *out, struct arena *arena, const struct changes *changes)
{
    json_t *object = json_object();
    json_t *scenarios = json_array();

    for (size_t i = 0; i < changes->count; i++) {
        value_push(scenarios, json_of_scenario(&changes->scenarios[i]));
    }
    value_put(object, "schema", value_text(SCHEMA));
    value_put(object, "verdict", value_text(verdict_of(changes)));
    value_put(object, "summary", value_text(changes_words_verdict(arena, changes)));
    value_put(object, "threshold", json_real(changes->threshold));
    value_put(object, "level", json_real(COMPARE_LEVEL));
    value_put(object, "family", value_count(changes->total.family));
    value_put(object, "runs_needed",
              changes->total.runs_needed > 0 ? value_count(changes->total.runs_needed)
                                             : json_null());
    value_put(object, "scenarios", scenarios);
    (void)json_dumpf(object, out, VALUE_DUMP_FLAGS | JSON_INDENT(2));
    (void)fputs("\n", out);
    json_decref(object);
}
