#include "report/changes_write.h"

#include "report/changes_words.h"
#include "report/markdown.h"
#include "report/utf8.h"

#include <string.h>

/* What stands below the table. */
struct closing {
    const char *lines[5];
    size_t count;
};

static struct closing closing_of(struct arena *arena, const struct changes *changes)
{
    const char *needed = changes_words_needed(arena, changes);
    const char *scatter = changes_words_scatter(changes);
    const char *method = changes_words_method(arena, changes);
    struct closing closing = {.lines = {changes_words_verdict(arena, changes)}, .count = 1};

    if (needed != NULL) {
        closing.lines[closing.count++] = needed;
    }
    if (scatter != NULL) {
        closing.lines[closing.count++] = scatter;
    }
    if (method != NULL) {
        closing.lines[closing.count++] = method;
        closing.lines[closing.count++] = changes_words_limits(arena, changes);
    }
    return closing;
}

/* ---- Terminal ---- */

enum {
    METRIC_WIDTH = 13,
    SIDE_WIDTH_LEAST = 15,
    CHANGE_WIDTH = 8,
    P_WIDTH = 7,
    COUNTS_WIDTH = 5,
};

struct table {
    FILE *out;
    struct arena *arena;
    const struct changes *changes;
    struct changes_look look;
    int side_width; /* of BASE, and of HEAD */
};

static int blanks(const char *text, int width)
{
    size_t used = utf8_width(text);

    return used < (size_t)width ? width - (int)used : 0;
}

static void put_left(const struct table *table, const char *text, int width)
{
    (void)fprintf(table->out, "%s%*s", text, blanks(text, width), "");
}

static void put_right(const struct table *table, const char *text, int width)
{
    (void)fprintf(table->out, " %*s%s", blanks(text, width), "", text);
}

static const char *
side_text(const struct table *table, const struct changes_row *row, const struct changes_side *side)
{
    return changes_words_side(table->arena, row->metric, side, table->look.plain);
}

static int side_width(const struct table *table)
{
    size_t width = SIDE_WIDTH_LEAST;

    for (size_t i = 0; i < table->changes->count; i++) {
        const struct changes_scenario *scenario = &table->changes->scenarios[i];
        for (size_t k = 0; k < 2 * scenario->row_count; k++) {
            const struct changes_row *row = &scenario->rows[k / 2];
            size_t used = utf8_width(side_text(table, row, k % 2 == 0 ? &row->base : &row->head));
            width = used > width ? used : width;
        }
    }
    return (int)width;
}

static const char *colour_of(enum compare_outcome outcome)
{
    switch (outcome) {
    case COMPARE_WORSE:
        return "1;31";
    case COMPARE_BETTER:
        return "32";
    case COMPARE_TOO_FEW:
        return "1;33";
    case COMPARE_SAME:
    case COMPARE_ABSENT:
        break;
    }
    return "2";
}

static void put_head(const struct table *table)
{
    bool colour = table->look.colour;

    (void)fputs(colour ? "\033[1m" : "", table->out);
    put_left(table, "median", METRIC_WIDTH + 2);
    put_right(table, "BASE", table->side_width);
    put_right(table, "HEAD", table->side_width);
    put_right(table, "change", CHANGE_WIDTH);
    put_right(table, "p", P_WIDTH);
    put_right(table, "runs", COUNTS_WIDTH);
    (void)fputs(colour ? "\033[0m\n" : "\n", table->out);
}

static void put_row(const struct table *table, const struct changes_row *row)
{
    const char *outcome =
        changes_words_outcome(table->arena, &row->answer, table->changes->threshold);

    (void)fputs("  ", table->out);
    put_left(table, changes_words_metric(row->metric), METRIC_WIDTH);
    put_right(table, side_text(table, row, &row->base), table->side_width);
    put_right(table, side_text(table, row, &row->head), table->side_width);
    put_right(table, changes_words_change(table->arena, row), CHANGE_WIDTH);
    put_right(table, changes_words_p(table->arena, &row->answer), P_WIDTH);
    put_right(table, changes_words_counts(table->arena, row), COUNTS_WIDTH);
    if (outcome[0] != '\0' && table->look.colour) {
        (void)fprintf(table->out, "  \033[%sm%s\033[0m", colour_of(row->answer.outcome), outcome);
    } else if (outcome[0] != '\0') {
        (void)fprintf(table->out, "  %s", outcome);
    }
    (void)fputs("\n", table->out);
}

void changes_write_text(FILE *out,
                        struct arena *arena,
                        const struct changes *changes,
                        struct changes_look look)
{
    struct table table = {.out = out, .arena = arena, .changes = changes, .look = look};

    table.side_width = side_width(&table);
    put_head(&table);
    for (size_t i = 0; i < changes->count; i++) {
        const struct changes_scenario *scenario = &changes->scenarios[i];
        (void)fprintf(out, "%s\n", utf8_printable(arena, scenario->name));
        for (size_t k = 0; k < scenario->row_count; k++) {
            put_row(&table, &scenario->rows[k]);
        }
        for (size_t k = 0; k < scenario->note_count; k++) {
            (void)fprintf(out, "  ! %s\n", utf8_printable(arena, scenario->notes[k]));
        }
    }
    (void)fputs("\n", out);
    const struct closing closing = closing_of(arena, changes);
    for (size_t i = 0; i < closing.count; i++) {
        (void)fprintf(out, "%s\n", closing.lines[i]);
    }
}

/* ---- Markdown ---- */

static void put_markdown_row(FILE *out,
                             struct arena *arena,
                             const char *name,
                             const struct changes_row *row,
                             double threshold)
{
    const char *outcome = changes_words_outcome(arena, &row->answer, threshold);
    bool loud = row->answer.outcome == COMPARE_WORSE;

    (void)fprintf(out, "| %s | %s | %s | %s | %s | %s | %s | %s%s%s |\n", name,
                  changes_words_metric(row->metric),
                  changes_words_side(arena, row->metric, &row->base, false),
                  changes_words_side(arena, row->metric, &row->head, false),
                  markdown_text(arena, changes_words_change(arena, row)),
                  markdown_text(arena, changes_words_p(arena, &row->answer)),
                  changes_words_counts(arena, row), loud ? "❌ **" : "", outcome, loud ? "**" : "");
}

void changes_write_markdown(FILE *out, struct arena *arena, const struct changes *changes)
{
    const struct closing closing = closing_of(arena, changes);

    (void)fprintf(out, "## bascule compare: %s\n\n", markdown_text(arena, closing.lines[0]));
    (void)fputs("| scenario | median | BASE | HEAD | change | p | runs | |\n"
                "|---|---|--:|--:|--:|--:|--:|---|\n",
                out);
    for (size_t i = 0; i < changes->count; i++) {
        const struct changes_scenario *scenario = &changes->scenarios[i];
        const char *name = markdown_text(arena, scenario->name);
        for (size_t k = 0; k < scenario->row_count; k++) {
            put_markdown_row(out, arena, k == 0 ? name : "", &scenario->rows[k],
                             changes->threshold);
        }
    }
    (void)fputs("\n", out);
    for (size_t i = 0; i < changes->count; i++) {
        const struct changes_scenario *scenario = &changes->scenarios[i];
        for (size_t k = 0; k < scenario->note_count; k++) {
            (void)fprintf(out, "- %s: %s\n", markdown_text(arena, scenario->name),
                          markdown_text(arena, scenario->notes[k]));
        }
    }
    for (size_t i = 1; i < closing.count; i++) {
        (void)fprintf(out, "\n%s\n", markdown_text(arena, closing.lines[i]));
    }
}
