#include "report/report_text.h"

#include "base/text.h"
#include "report/advice.h"
#include "report/human.h"
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

static bool said_before(const struct story *story, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_equal(story->reasons[i].code, story->reasons[index].code)) {
            return true;
        }
    }
    return false;
}

static void print_reasons(FILE *out, struct arena *arena, const struct story *story)
{
    for (size_t i = 0; i < story->reason_count; i++) {
        print_wrapped(
            out, arena,
            arena_printf(arena, "%s: %s", story->reasons[i].code, story->reasons[i].text));
    }
    for (size_t i = 0; i < story->reason_count; i++) {
        const char *advice = advice_for(story->reasons[i].code);
        if (advice != NULL && !said_before(story, i)) {
            print_wrapped(out, arena, arena_printf(arena, "-> %s", advice));
        }
    }
}

/* In one piece, however long, so that it can be copied. */
static void print_again(FILE *out, struct arena *arena, const struct story *story)
{
    for (size_t i = 0; i < story->again_count; i++) {
        (void)fprintf(out, "  -> %s: %s\n", story->again[i].what,
                      utf8_printable(arena, story->again[i].text));
    }
}

void report_text_story(FILE *out, struct arena *arena, const struct story *story, bool colour)
{
    if (story->verdict == VERDICT_PASS) {
        if (story->unasked != NULL) {
            (void)fprintf(out, "\n%s\n", utf8_printable(arena, story->unasked));
        }
        return;
    }
    (void)fputs("\n", out);
    print_verdict(out, story->verdict, colour);
    (void)fprintf(out, " %s\n", utf8_printable(arena, story->name));
    if (story->known_why != NULL) {
        print_wrapped(out, arena, arena_printf(arena, "known issue: %s", story->known_why));
    }
    for (size_t i = 0; i < story->missed_count; i++) {
        print_wrapped(out, arena, story->missed[i]);
    }
    if (story->verdict == VERDICT_KNOWN) {
        return;
    }
    print_reasons(out, arena, story);
    if (story->verdict == VERDICT_FAIL || story->verdict == VERDICT_INCONCLUSIVE) {
        print_again(out, arena, story);
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
