#include "report/report_text.h"

#include "base/text.h"
#include "report/advice.h"
#include "report/human.h"
#include "report/report_again.h"
#include "report/utf8.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { TERMINAL_WIDTH = 80, VERDICT_BYTES_MAX = 16 };

/* ---- Words and colours ---- */

static const char *verdict_upper(enum verdict verdict, char buffer[static VERDICT_BYTES_MAX])
{
    const char *word = verdict_word(verdict);
    size_t i = 0;

    for (; word[i] != '\0' && i + 1 < VERDICT_BYTES_MAX; i++) {
        buffer[i] = (char)toupper((unsigned char)word[i]);
    }
    buffer[i] = '\0';
    return buffer;
}

static const char *verdict_colour(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return "32";
    case VERDICT_FAIL:
        return "1;31";
    case VERDICT_KNOWN:
        return "36";
    case VERDICT_INCONCLUSIVE:
        return "1;33";
    case VERDICT_SKIPPED:
        break;
    }
    return "2";
}

static void print_verdict(FILE *out, enum verdict verdict, bool colour)
{
    char word[VERDICT_BYTES_MAX];

    if (colour) {
        (void)fprintf(out, "\033[%sm%s\033[0m", verdict_colour(verdict),
                      verdict_upper(verdict, word));
    } else {
        (void)fputs(verdict_upper(verdict, word), out);
    }
}

static const char *must_note(const struct scenario *scenario)
{
    switch (scenario->must) {
    case MUST_FAIL:
        return "must fail";
    case MUST_INCONCLUSIVE:
        return "must be inconclusive";
    case MUST_NOTHING:
        break;
    }
    return "";
}

/* ---- Headline ---- */

static struct figure
worst_of(struct arena *arena, const struct scenario_result *result, enum metric metric)
{
    struct pooled_figure pooled = verdict_pool(arena, result, metric, NODE_NONE);

    return pooled.n > 0 ? pooled.max : (struct figure){.state = FIGURE_ABSENT};
}

static bool is_bounded(const struct scenario *scenario, enum metric metric)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        if (scenario->expectations[i].metric == metric) {
            return true;
        }
    }
    return false;
}

struct headline report_text_headline(struct arena *arena, const struct scenario_result *result)
{
    const struct figure absent = {.state = FIGURE_ABSENT};
    struct headline headline = {
        .name = utf8_printable(arena, result->scenario->name),
        .verdict = result->verdict,
        .note = must_note(result->scenario),
        .switchover = worst_of(arena, result, METRIC_SWITCHOVER),
        .outage = worst_of(arena, result, METRIC_OUTAGE),
        .worst_latency = worst_of(arena, result, METRIC_WORST_LATENCY),
        .failed_requests = worst_of(arena, result, METRIC_FAILED_REQUESTS),
    };

    if (headline.worst_latency.state == FIGURE_ABSENT) {
        headline.worst_latency = worst_of(arena, result, METRIC_LATENCY_MAX);
    }
    /* A fault too short to show a switchover is no outage without end; only who asked hears
     * "never". */
    if (headline.switchover.state == FIGURE_UNRECOVERED &&
        !is_bounded(result->scenario, METRIC_SWITCHOVER)) {
        headline.switchover = absent;
    }
    if (result->interrupted) { /* what was cut off is neither recovered nor failed */
        headline.switchover = absent;
        headline.failed_requests = absent;
    }
    if (worst_of(arena, result, METRIC_REQUESTS).value == 0) {
        headline.failed_requests = absent;
    }
    return headline;
}

/* ---- Table ---- */

/* A blank before each, two around the name and before the verdict, which nobody pads. */
enum {
    SWITCHOVER_WIDTH = 10,
    OUTAGE_WIDTH = 9,
    LATENCY_WIDTH = 13,
    LATENCY_WIDTH_NARROW = 9,
    FAILED_WIDTH = 7,
    VERDICT_WIDTH = 12,
    FIXED_WIDTH = 2 + SWITCHOVER_WIDTH + 1 + OUTAGE_WIDTH + 1 + LATENCY_WIDTH + 1 + FAILED_WIDTH +
                  2 + VERDICT_WIDTH,
};

static size_t name_column(const struct report_table *table)
{
    const size_t least = sizeof("scenario") - 1;

    return table->name_width > least ? table->name_width : least;
}

static bool is_narrow(const struct report_table *table)
{
    return name_column(table) + FIXED_WIDTH > TERMINAL_WIDTH;
}

static int latency_column(const struct report_table *table)
{
    return is_narrow(table) ? LATENCY_WIDTH_NARROW : LATENCY_WIDTH;
}

static void print_padded(FILE *out, const char *text, size_t width)
{
    size_t used = utf8_width(text);

    (void)fprintf(out, "%s%*s", text, used < width ? (int)(width - used) : 0, "");
}

void report_text_table_head(FILE *out, const struct report_table *table)
{
    (void)fputs(table->colour ? "\033[1m" : "", out);
    print_padded(out, "scenario", name_column(table));
    (void)fprintf(out, "  %*s %*s %*s %*s  verdict%s\n", SWITCHOVER_WIDTH, "switchover",
                  OUTAGE_WIDTH, "outage", latency_column(table),
                  is_narrow(table) ? "worst" : "worst latency", FAILED_WIDTH, "failed",
                  table->colour ? "\033[0m" : "");
}

void report_text_table_row(FILE *out,
                           const struct report_table *table,
                           const struct headline *headline)
{
    char switchover[HUMAN_MAX];
    char outage[HUMAN_MAX];
    char latency[HUMAN_MAX];
    char failed[HUMAN_MAX];

    print_padded(out, headline->name, name_column(table));
    (void)fprintf(out, "  %*s %*s %*s %*s  ", SWITCHOVER_WIDTH,
                  human_figure(UNIT_NANOS, headline->switchover, switchover), OUTAGE_WIDTH,
                  human_figure(UNIT_NANOS, headline->outage, outage), latency_column(table),
                  human_figure(UNIT_NANOS, headline->worst_latency, latency), FAILED_WIDTH,
                  human_figure(UNIT_COUNT, headline->failed_requests, failed));
    print_verdict(out, headline->verdict, table->colour);
    (void)fputs(headline->note[0] != '\0' ? " *\n" : "\n", out);
}

void report_text_table_foot(FILE *out)
{
    (void)fputs("* demands to fail or to be inconclusive, and passes only then\n", out);
}

/* ---- One line ---- */

static void print_figure(FILE *out, const char *name, enum unit unit, struct figure figure)
{
    char text[HUMAN_MAX];

    if (figure.state != FIGURE_ABSENT) {
        (void)fprintf(out, "  %s %s", name, human_figure(unit, figure, text));
    }
}

void report_text_line(FILE *out, const struct headline *headline, bool colour)
{
    print_verdict(out, headline->verdict, colour);
    (void)fprintf(out, " %s", headline->name);
    print_figure(out, "switchover", UNIT_NANOS, headline->switchover);
    print_figure(out, "outage", UNIT_NANOS, headline->outage);
    print_figure(out, "worst latency", UNIT_NANOS, headline->worst_latency);
    print_figure(out, "failed", UNIT_COUNT, headline->failed_requests);
    if (headline->note[0] != '\0') {
        (void)fprintf(out, "  (%s)", headline->note);
    }
    (void)fputs("\n", out);
}

/* ---- Details ---- */

/* Breaks at blanks; later lines are indented deeper. */
static void print_wrapped(FILE *out, struct arena *arena, const char *text)
{
    const char *rest = utf8_printable(arena, text);
    size_t column = 2;

    (void)fputs("  ", out);
    for (bool first = true; *rest != '\0'; first = false) {
        const char *blank = strchrnul(rest, ' ');
        const char *word = arena_copy(arena, rest, (size_t)(blank - rest));
        size_t width = utf8_width(word);
        if (!first && column + 1 + width > TERMINAL_WIDTH) {
            (void)fputs("\n    ", out);
            column = 4;
        } else if (!first) {
            (void)fputs(" ", out);
            column++;
        }
        (void)fputs(word, out);
        column += width;
        rest = *blank == ' ' ? blank + 1 : blank;
    }
    (void)fputs("\n", out);
}

/* Rounded, but not so far that a missed limit looks met. */
static const char *actual_text(struct arena *arena, const struct expectation_result *judged)
{
    const struct expectation *expectation = judged->expectation;
    enum unit unit = metric_unit(expectation->metric);
    char actual[HUMAN_MAX];
    char limit[HUMAN_MAX];
    char exact[NANOS_TEXT_MAX];

    (void)human_figure(unit, judged->actual, actual);
    (void)human_figure(unit, figure_of(expectation->limit), limit);
    if (judged->actual.state == FIGURE_ABSENT) {
        return "not measured";
    }
    if (judged->actual.state == FIGURE_VALUE && unit == UNIT_NANOS && text_equal(actual, limit)) {
        return arena_printf(arena, "%s", nanos_text(judged->actual.value, exact));
    }
    return arena_printf(arena, "%s", actual);
}

static const char *where_text(struct arena *arena,
                              const struct scenario_result *result,
                              const struct expectation_result *judged)
{
    const char *run = "";
    const char *fault = "";

    if (judged->run != UINT32_MAX && result->run_count > 1) {
        run = arena_printf(arena, ", run %" PRIu32, judged->run);
    }
    if (judged->expectation->fault != FAULT_NONE) {
        uint32_t index = judged->expectation->fault;
        fault = arena_printf(arena, ", fault %s", result->scenario->faults[index].id);
    }
    return arena_printf(arena, "%s%s", run, fault);
}

static void print_missed(FILE *out, struct arena *arena, const struct scenario_result *result)
{
    for (size_t i = 0; i < result->result_count; i++) {
        const struct expectation_result *judged = &result->results[i];
        if (judged->verdict != VERDICT_FAIL) {
            continue;
        }
        print_wrapped(out, arena,
                      arena_printf(arena, "%s: %s, expected %s%s%s%s", judged->expectation->name,
                                   actual_text(arena, judged), judged->expectation->limit_text,
                                   where_text(arena, result, judged),
                                   judged->why != NULL ? "; " : "",
                                   judged->why != NULL ? judged->why : ""));
    }
}

static bool said_before(const struct reason_list *reasons, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_equal(reasons->items[i].code, reasons->items[index].code)) {
            return true;
        }
    }
    return false;
}

static void print_reasons(FILE *out, struct arena *arena, const struct reason_list *reasons)
{
    bool interrupted = reason_list_has(reasons, REASON_INTERRUPTED);

    for (size_t i = 0; i < reasons->count; i++) {
        if (interrupted && reasons->items[i].reason != REASON_INTERRUPTED) {
            continue; /* whatever else is missing follows from that */
        }
        print_wrapped(
            out, arena,
            arena_printf(arena, "%s: %s", reasons->items[i].code, reasons->items[i].text));
    }
    for (size_t i = 0; i < reasons->count; i++) {
        const char *advice = interrupted ? NULL : advice_for(reasons->items[i].code);
        if (advice != NULL && !said_before(reasons, i)) {
            print_wrapped(out, arena, arena_printf(arena, "-> %s", advice));
        }
    }
}

/* A pass that could not have failed is said to be one. */
static void
print_nothing_expected(FILE *out, struct arena *arena, const struct scenario_result *result)
{
    const struct scenario *scenario = result->scenario;

    if (scenario->expectation_count > 0 || scenario->must != MUST_NOTHING) {
        return;
    }
    (void)fprintf(out, "\n%s passed, for it expects nothing; %lld requests failed\n",
                  utf8_printable(arena, scenario->name),
                  (long long)worst_of(arena, result, METRIC_FAILED_REQUESTS).value);
}

void report_text_details(FILE *out,
                         struct arena *arena,
                         const struct scenario_result *result,
                         const char *report_path,
                         bool colour)
{
    const struct scenario *scenario = result->scenario;

    if (result->verdict == VERDICT_PASS) {
        print_nothing_expected(out, arena, result);
        return;
    }
    (void)fputs("\n", out);
    print_verdict(out, result->verdict, colour);
    (void)fprintf(out, " %s\n", utf8_printable(arena, scenario->name));
    if (scenario->known_why != NULL) {
        print_wrapped(out, arena, arena_printf(arena, "known issue: %s", scenario->known_why));
    }
    print_missed(out, arena, result);
    if (result->verdict == VERDICT_KNOWN) {
        return;
    }
    print_reasons(out, arena, &result->reasons);
    if (result->verdict == VERDICT_FAIL || result->verdict == VERDICT_INCONCLUSIVE) {
        report_again(out, arena, result, report_path);
    }
}

/* ---- Totals ---- */

void report_text_totals(FILE *out, const size_t counts[static REPORT_VERDICTS])
{
    static const char *const words[REPORT_VERDICTS] = {
        [VERDICT_PASS] = "passed",           [VERDICT_FAIL] = "failed",
        [VERDICT_KNOWN] = "failed as known", [VERDICT_INCONCLUSIVE] = "inconclusive",
        [VERDICT_SKIPPED] = "skipped",
    };
    const char *separator = "";

    for (size_t i = 0; i < REPORT_VERDICTS; i++) {
        if (counts[i] > 0) {
            (void)fprintf(out, "%s%zu %s", separator, counts[i], words[i]);
            separator = ", ";
        }
    }
}
