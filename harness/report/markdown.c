#include "report/markdown.h"

#include "base/text.h"
#include "report/advice.h"
#include "report/document_words.h"
#include "report/human.h"
#include "report/markup.h"
#include "report/report_text.h"
#include "report/story.h"
#include "report/utf8.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* ---- Text ---- */

/* A reference cannot be read as markup, neither by Markdown nor by HTML. ':' and '@' make links and
   mentions even so, unless something invisible stands behind. */
#define APART "&#8288;"

static const char *cut(struct arena *arena, const char *string)
{
    size_t length = utf8_prefix(string, MARKDOWN_TEXT_MAX);

    return string[length] == '\0' ? string : arena_printf(arena, "%.*s ...", (int)length, string);
}

const char *markdown_text(struct arena *arena, const char *string)
{
    static const char plain[] = " -.,;/%=+";
    const size_t most = sizeof("&#126;" APART) - 1;
    const char *line = utf8_printable(arena, cut(arena, string));
    char *result = arena_alloc(arena, strlen(line) * most + 1);
    char *out = result;

    for (const char *at = line; *at != '\0'; at++) {
        bool letter = isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80;
        bool apart = (*at == ':' && at[1] != ' ') || *at == '@' || strncasecmp(at, "www.", 4) == 0;
        if (letter || strchr(plain, *at) != NULL || (*at == ':' && at[1] == ' ')) {
            *out++ = *at;
        } else {
            out += snprintf(out, most + 1, "&#%d;", *at);
        }
        if (apart) {
            out = stpcpy(out, APART);
        }
    }
    *out = '\0';
    return result;
}

/* A block of code that whatever stands in the text cannot end. */
static void put_command(FILE *out, struct arena *arena, const char *command)
{
    const char *text = utf8_printable(arena, command);
    int longest = 2;

    for (const char *at = strchr(text, '`'); at != NULL; at = strchr(at, '`')) {
        int run = (int)strspn(at, "`");
        longest = run > longest ? run : longest;
        at += run;
    }
    for (int fence = 0; fence < 2; fence++) {
        for (int i = 0; i <= longest; i++) {
            (void)fputc('`', out);
        }
        (void)fprintf(out, fence == 0 ? "sh\n%s\n" : "\n", text);
    }
}

static const char *sign_of(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return "✅";
    case VERDICT_FAIL:
        return "❌";
    case VERDICT_KNOWN:
        return "🟡";
    case VERDICT_INCONCLUSIVE:
        return "❔";
    case VERDICT_SKIPPED:
        break;
    }
    return "⏭️";
}

/* ---- The table of scenarios ---- */

static enum verdict
verdict_of_all(const struct document *documents, size_t count, size_t counts[REPORT_VERDICTS])
{
    static const enum verdict order[] = {VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_PASS,
                                         VERDICT_KNOWN, VERDICT_SKIPPED};

    for (size_t i = 0; i < count; i++) {
        counts[document_words_verdict(documents[i].verdict)]++;
    }
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (counts[order[i]] > 0) {
            return order[i];
        }
    }
    return VERDICT_INCONCLUSIVE;
}

static const char *cell(struct arena *arena, enum unit unit, struct figure figure)
{
    char text[HUMAN_MAX];

    return arena_printf(arena, "%s", human_figure(unit, figure, text));
}

static void put_row(FILE *out, struct arena *arena, const struct document *document)
{
    struct headline headline = story_headline_read(arena, document);
    bool note = headline.note[0] != '\0';

    (void)fprintf(
        out, "| %s | <code>%s</code> | %s | %s | %s | %s | %s%s%s%s |\n", sign_of(headline.verdict),
        markdown_text(arena, document->name), cell(arena, UNIT_NANOS, headline.switchover),
        cell(arena, UNIT_NANOS, headline.outage), cell(arena, UNIT_NANOS, headline.worst_latency),
        cell(arena, UNIT_COUNT, headline.failed_requests), verdict_word(headline.verdict),
        note ? " (" : "", headline.note, note ? ")" : "");
}

static void
put_table(FILE *out, struct arena *arena, const struct document *documents, size_t count)
{
    size_t counts[REPORT_VERDICTS] = {0};

    (void)fprintf(out, "## %s bascule: ", sign_of(verdict_of_all(documents, count, counts)));
    report_text_totals(out, counts);
    (void)fputs("\n\n"
                "| | scenario | switchover | outage | worst latency | failed | verdict |\n"
                "|---|---|--:|--:|--:|--:|---|\n",
                out);
    for (size_t i = 0; i < count; i++) {
        put_row(out, arena, &documents[i]);
    }
}

/* ---- What is not well ---- */

static void put_expectations(FILE *out, struct arena *arena, const struct document *document)
{
    if (document->expectation_count == 0) {
        return;
    }
    (void)fputs("\n<details><summary>All expectations</summary>\n\n"
                "| | metric | limit | actual | where |\n"
                "|---|---|--:|--:|---|\n",
                out);
    for (size_t i = 0; i < document->expectation_count; i++) {
        const struct document_expectation *expectation = &document->expectations[i];
        const char *where = document_words_where(arena, document, expectation);
        (void)fprintf(out, "| %s | <code>%s</code> | %s | %s | %s |\n",
                      sign_of(document_words_verdict(expectation->verdict)),
                      markdown_text(arena, expectation->metric),
                      markdown_text(arena, expectation->expected),
                      markdown_text(arena, document_words_actual(arena, expectation)),
                      markdown_text(arena, text_has_prefix(where, ", ") ? where + 2 : where));
    }
    (void)fputs("\n</details>\n", out);
}

static void put_surroundings(FILE *out, struct arena *arena, const struct document *document)
{
    (void)fprintf(out,
                  "\n<details><summary>Where it ran</summary>\n\n"
                  "- scenario <code>%s</code>, seed %s, %zu run%s\n",
                  markdown_text(arena, document->file), document->seed, document->run_count,
                  document->run_count == 1 ? "" : "s");
    if (document_words_simulated(document)) {
        (void)fputs("- in virtual time\n", out);
    } else {
        (void)fprintf(out, "- %s, %s, %" PRId64 " processor%s, isolation: %s\n",
                      markdown_text(arena, document->os), markdown_text(arena, document->kernel),
                      document->cpus, document->cpus == 1 ? "" : "s",
                      markdown_text(arena, document->isolation));
    }
    (void)fprintf(
        out, "- bascule %s (%s)%s%s\n\n</details>\n", markdown_text(arena, document->tool_version),
        markdown_text(arena, document->tool_commit), document->started_at == NULL ? "" : ", begun ",
        document->started_at == NULL ? "" : markdown_text(arena, document->started_at));
}

static void put_reasons(FILE *out, struct arena *arena, const struct story *story)
{
    size_t told =
        story->reason_count < MARKDOWN_REASONS_MAX ? story->reason_count : MARKDOWN_REASONS_MAX;

    for (size_t i = 0; i < told; i++) {
        const char *advice = advice_for(story->reasons[i].code);
        (void)fprintf(out, "- <code>%s</code>: %s", markdown_text(arena, story->reasons[i].code),
                      markdown_text(arena, story->reasons[i].text));
        if (advice != NULL) {
            (void)fprintf(out, " → %s", markdown_text(arena, advice));
        }
        (void)fputs("\n", out);
    }
    if (told < story->reason_count) {
        (void)fprintf(out, "- and %zu more\n", story->reason_count - told);
    }
}

static void put_trouble(FILE *out, struct arena *arena, const struct document *document)
{
    const struct story story = story_read(arena, document);

    (void)fprintf(out, "\n### %s <code>%s</code>\n\n", sign_of(story.verdict),
                  markdown_text(arena, document->name));
    if (document->description[0] != '\0') {
        (void)fprintf(out, "%s\n\n", markdown_text(arena, document->description));
    }
    if (story.known_why != NULL) {
        (void)fprintf(out, "- known issue: %s\n", markdown_text(arena, story.known_why));
    }
    for (size_t i = 0; i < story.missed_count; i++) {
        (void)fprintf(out, "- **missed** %s\n", markdown_text(arena, story.missed[i]));
    }
    put_reasons(out, arena, &story);
    if (document->run_count > 0) {
        (void)fputs("\nTo see it again:\n\n", out);
        put_command(out, arena, document_words_replay(arena, document));
    }
    put_expectations(out, arena, document);
    put_surroundings(out, arena, document);
}

int markdown_write(FILE *out,
                   const struct document *documents,
                   size_t count,
                   struct arena *arena,
                   struct error *reterr)
{
    size_t troubles = 0;

    put_table(out, arena, documents, count);
    for (size_t i = 0; i < count; i++) {
        enum verdict verdict = document_words_verdict(documents[i].verdict);
        if (verdict != VERDICT_PASS && ++troubles <= MARKDOWN_DETAILS_MAX) {
            put_trouble(out, arena, &documents[i]);
        }
    }
    if (troubles > MARKDOWN_DETAILS_MAX) {
        (void)fprintf(out, "\nAnd %zu more: see the reports.\n", troubles - MARKDOWN_DETAILS_MAX);
    }
    if (fflush(out) != 0 || ferror(out)) {
        return error_os(reterr, errno, "cannot write the Markdown");
    }
    return 0;
}
