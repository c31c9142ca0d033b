#include "report/changes_words.h"

#include "base/check.h"
#include "report/document_words.h"

#include <math.h>

#define SMALLEST_P 0.0001

const char *changes_words_metric(enum archive_metric metric)
{
    static const char *const words[] = {"switchover", "outage", "worst latency", "failed",
                                        "success ratio"};

    CHECK((unsigned)metric < ARCHIVE_METRICS);
    return words[metric];
}

/* ---- Cells ---- */

static bool is_time(enum archive_metric metric)
{
    return metric != ARCHIVE_FAILED_REQUESTS && metric != ARCHIVE_SUCCESS_RATIO;
}

static const char *value_text(struct arena *arena, enum archive_metric metric, double value)
{
    bool never = isinf(value);

    return document_words_figure(
        arena, archive_metric_word(metric),
        (struct document_figure){.value = never ? 0 : value,
                                 .state = never ? DOCUMENT_NEVER : DOCUMENT_VALUE});
}

/* Of what is mostly one number the mean says more than an interval. */
static const char *mean_text(struct arena *arena, struct sample sample, double median)
{
    double mean = sample_mean(sample);

    return fabs(mean - median) < 1e-9 ? "" : arena_printf(arena, ", mean %.4g", mean);
}

static const char *
interval_text(struct arena *arena, struct sample sample, double median, bool plain)
{
    struct sample_interval interval = sample_median_interval(sample);
    const char *sign = plain ? "+-" : "±";

    if (!interval.known || isinf(median) || !(median > 0)) {
        return "";
    }
    if (isinf(interval.high)) {
        return " .. never";
    }
    double reach = fmax(interval.high - median, median - interval.low);
    return arena_printf(arena, " %s %.0f%%", sign, 100 * reach / median);
}

const char *changes_words_side(struct arena *arena,
                               enum archive_metric metric,
                               const struct changes_side *side,
                               bool plain)
{
    if (side->sample.count == 0) {
        return "not measured";
    }
    double median = sample_median(side->sample);
    return arena_printf(arena, "%s%s", value_text(arena, metric, median),
                        is_time(metric) ? interval_text(arena, side->sample, median, plain)
                                        : mean_text(arena, side->sample, median));
}

/* Where base is 0, or the figure itself a ratio, parts of it would say nothing. */
static const char *shift_text(struct arena *arena, const struct changes_row *row)
{
    const struct compare_answer *answer = &row->answer;

    if (isinf(answer->shift)) {
        return answer->shift > 0 ? "never" : "recovers";
    }
    if (row->metric == ARCHIVE_SUCCESS_RATIO || isinf(answer->change)) {
        return is_time(row->metric) ? arena_printf(arena, "%+.1f ms", answer->shift)
                                    : arena_printf(arena, "%+.4g", answer->shift);
    }
    return arena_printf(arena, "%+.1f%%", 100 * answer->change);
}

const char *changes_words_change(struct arena *arena, const struct changes_row *row)
{
    const struct compare_answer *answer = &row->answer;

    switch (answer->outcome) {
    case COMPARE_ABSENT:
        return "";
    case COMPARE_SAME:
        if (answer->too_small) {
            break;
        }
        return answer->tested ? "~" : "=";
    case COMPARE_TOO_FEW:
        return "?";
    case COMPARE_WORSE:
    case COMPARE_BETTER:
        break;
    }
    return shift_text(arena, row);
}

const char *changes_words_p(struct arena *arena, const struct compare_answer *answer)
{
    if (!answer->tested || answer->outcome == COMPARE_TOO_FEW) {
        return "-";
    }
    if (answer->holm < SMALLEST_P) {
        return "<0.0001";
    }
    return arena_printf(arena, answer->holm < 0.01 ? "%.4f" : "%.3f", answer->holm);
}

const char *changes_words_counts(struct arena *arena, const struct changes_row *row)
{
    return arena_printf(arena, "%zu+%zu", row->base.sample.count, row->head.sample.count);
}

static bool is_blind(const struct compare_answer *answer, double threshold)
{
    return answer->outcome == COMPARE_SAME && answer->detectable > threshold;
}

const char *
changes_words_outcome(struct arena *arena, const struct compare_answer *answer, double threshold)
{
    switch (answer->outcome) {
    case COMPARE_ABSENT:
        return "left out";
    case COMPARE_SAME:
        if (is_blind(answer, threshold)) {
            return arena_printf(arena, "finds from %+.0f%%", 100 * answer->detectable);
        }
        return answer->too_small ? "small" : "";
    case COMPARE_WORSE:
        return "WORSE";
    case COMPARE_BETTER:
        return "better";
    case COMPARE_TOO_FEW:
        return "too few";
    }
    return "";
}

/* ---- Sentences ---- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

const char *changes_words_verdict(struct arena *arena, const struct changes *changes)
{
    const struct compare_total *total = &changes->total;
    const char *better = "";

    if (total->better > 0) {
        better = arena_printf(arena, "; %zu better", total->better);
    }
    if (total->worse > 0) {
        return arena_printf(arena, "WORSE: %zu figure%s%s", total->worse, plural(total->worse),
                            better);
    }
    if (changes->compared == 0) {
        return "nothing to compare: no scenario has figures in both";
    }
    if (total->too_few > 0) {
        return arena_printf(arena, "too few runs to say: %zu figure%s%s", total->too_few,
                            plural(total->too_few), better);
    }
    if (changes->unusable > 0) {
        return arena_printf(arena, "nothing can be said of %zu scenario%s: no run of it counts%s",
                            changes->unusable, plural(changes->unusable), better);
    }
    return arena_printf(arena, "nothing is worse%s", better);
}

const char *changes_words_method(struct arena *arena, const struct changes *changes)
{
    size_t family = changes->total.family;

    if (family == 0) {
        return NULL;
    }
    return arena_printf(arena, "%zu figure%s tested%s at 5%% (Mann-Whitney, one-sided, p by Holm)",
                        family, plural(family), family == 1 ? "" : " together");
}

const char *changes_words_limits(struct arena *arena, const struct changes *changes)
{
    return arena_printf(arena, "changes up to %.4g%%, or within the resolution, are none",
                        100 * changes->threshold);
}

const char *changes_words_needed(struct arena *arena, const struct changes *changes)
{
    size_t runs = changes->total.runs_needed;

    if (runs == 0) {
        return NULL;
    }
    return arena_printf(arena, "%zu runs on each side would do: bascule run --repeat %zu", runs,
                        runs);
}

const char *changes_words_scatter(const struct changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct changes_scenario *scenario = &changes->scenarios[i];
        for (size_t k = 0; k < scenario->row_count; k++) {
            if (is_blind(&scenario->rows[k].answer, changes->threshold)) {
                return "finds from: so widely scattered that a smaller rise would probably be "
                       "missed; more runs find it";
            }
        }
    }
    return NULL;
}
