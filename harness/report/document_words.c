#include "report/document_words.h"

#include "base/text.h"
#include "report/human.h"
#include "report/shell_word.h"
#include "scenario/names.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Numbers ---- */

/* "switchover.p95" is of switchover, but "latency.p95" a metric of its own. */
enum unit document_words_unit(const char *metric)
{
    size_t length = strcspn(metric, ".");
    enum unit unit = UNIT_RATIO;

    for (unsigned i = 0; i < METRICS; i++) {
        const char *word = metric_word((enum metric)i);
        if (text_equal(word, metric)) {
            return metric_unit((enum metric)i);
        }
        if (strncmp(word, metric, length) == 0 && (word[length] == '\0' || word[length] == '.')) {
            unit = metric_unit((enum metric)i);
        }
    }
    return unit;
}

struct figure document_words_number(enum unit unit, struct document_figure figure)
{
    static const double scales[] = {
        [UNIT_NANOS] = (double)NANOS_PER_MS, [UNIT_COUNT] = 1, [UNIT_RATIO] = (double)RATIO_ONE};
    /* The largest doubles that are in the range, whole nanoseconds and not "never". */
    const double most = 9e18;

    if (figure.state != DOCUMENT_VALUE) {
        bool never = figure.state == DOCUMENT_NEVER;
        return (struct figure){.state = never ? FIGURE_UNRECOVERED : FIGURE_ABSENT};
    }
    return figure_of((int64_t)fmax(-most, fmin(most, round(figure.value * scales[unit]))));
}

enum verdict document_words_verdict(const char *word)
{
    for (unsigned i = 0; i < VERDICT_SKIPPED; i++) {
        if (text_equal(verdict_word((enum verdict)i), word)) {
            return (enum verdict)i;
        }
    }
    return VERDICT_SKIPPED;
}

/* ---- Texts ---- */

const char *
document_words_figure(struct arena *arena, const char *metric, struct document_figure figure)
{
    enum unit unit = document_words_unit(metric);
    char text[HUMAN_MAX];

    return arena_printf(arena, "%s", human_figure(unit, document_words_number(unit, figure), text));
}

static struct document_figure limit_of(const struct document_expectation *expectation)
{
    return (struct document_figure){.value = expectation->limit, .state = DOCUMENT_VALUE};
}

const char *document_words_actual(struct arena *arena,
                                  const struct document_expectation *expectation)
{
    enum unit unit = document_words_unit(expectation->metric);
    struct figure actual = document_words_number(unit, expectation->actual);
    const char *text = document_words_figure(arena, expectation->metric, expectation->actual);
    const char *limit = document_words_figure(arena, expectation->metric, limit_of(expectation));
    char exact[NANOS_TEXT_MAX];

    if (actual.state == FIGURE_ABSENT) {
        return "not measured";
    }
    if (actual.state == FIGURE_VALUE && unit == UNIT_NANOS && text_equal(text, limit)) {
        return arena_printf(arena, "%s", nanos_text(actual.value, exact));
    }
    return text;
}

const char *document_words_where(struct arena *arena,
                                 const struct document *document,
                                 const struct document_expectation *expectation)
{
    const char *run = "";

    if (expectation->run >= 0 && document->run_count > 1) {
        run = arena_printf(arena, ", run %" PRId64, expectation->run);
    }
    return expectation->fault == NULL
               ? run
               : arena_printf(arena, "%s, fault %s", run, expectation->fault);
}

const char *document_words_expectation(struct arena *arena,
                                       const struct document *document,
                                       const struct document_expectation *expectation)
{
    const char *why = expectation->why;

    return arena_printf(arena, "%s: %s, expected %s%s%s%s", expectation->metric,
                        document_words_actual(arena, expectation), expectation->expected,
                        document_words_where(arena, document, expectation), why != NULL ? "; " : "",
                        why != NULL ? why : "");
}

/* What was demanded stands in the reason that says how it ended. */
const char *document_words_note(const struct document *document)
{
    for (size_t i = 0; i < document->reasons.count; i++) {
        const struct document_reason *reason = &document->reasons.items[i];
        if (text_equal(reason->code, "must")) {
            bool fails = text_has_prefix(reason->text, "failed") ||
                         text_has_prefix(reason->text, "it had to fail");
            return fails ? "must fail" : "must be inconclusive";
        }
    }
    return "";
}

bool document_words_simulated(const struct document *document)
{
    return text_equal(document->isolation, "simulation");
}

const char *document_words_replay(struct arena *arena, const struct document *document)
{
    return arena_printf(arena, "bascule replay%s %s",
                        document_words_simulated(document) ? " --simulate" : "",
                        shell_word(arena, document->path));
}
