/* The same of a report that was read back. */
#include "base/text.h"
#include "report/document_words.h"
#include "report/shell_word.h"
#include "report/story.h"
#include "report/utf8.h"

#include <inttypes.h>

struct headline story_headline_read(struct arena *arena, const struct document *document)
{
    struct document_headline worst = document_headline(document);

    return (struct headline){
        .name = utf8_printable(arena, document->name),
        .verdict = document_words_verdict(document->verdict),
        .note = document_words_note(document),
        .switchover = document_words_number(UNIT_NANOS, worst.switchover_ms),
        .outage = document_words_number(UNIT_NANOS, worst.outage_ms),
        .worst_latency = document_words_number(UNIT_NANOS, worst.worst_latency_ms),
        .failed_requests = document_words_number(UNIT_COUNT, worst.failed_requests),
    };
}

static void tell_missed(struct arena *arena, const struct document *document, struct story *story)
{
    const char **missed = ARENA_ARRAY(arena, const char *, document->expectation_count + 1);

    for (size_t i = 0; i < document->expectation_count; i++) {
        const struct document_expectation *expectation = &document->expectations[i];
        if (text_equal(expectation->verdict, "fail")) {
            missed[story->missed_count++] =
                document_words_expectation(arena, document, expectation);
        }
    }
    story->missed = missed;
}

static void tell_reasons(struct arena *arena, const struct document *document, struct story *story)
{
    const struct document_reasons *reasons = &document->reasons;
    bool interrupted = document_has_reason(document, "interrupted");
    struct document_reason *told = ARENA_ARRAY(arena, struct document_reason, reasons->count + 1);

    for (size_t i = 0; i < reasons->count; i++) {
        if (!interrupted || text_equal(reasons->items[i].code, "interrupted")) {
            told[story->reason_count++] = reasons->items[i];
        }
    }
    story->reasons = told;
}

/* Settings, ports and repetitions are in the report, the scenario's file may be anywhere by now. A
   report without a run has nothing to replay. */
static void tell_again(struct arena *arena, const struct document *document, struct story *story)
{
    const char *path = shell_word(arena, document->path);

    if (document->run_count > 0) {
        story->again[story->again_count++] =
            (struct story_again){.what = "again", .text = document_words_replay(arena, document)};
    }
    if (document->run_count > 0 && document_words_simulated(document)) {
        story->again[story->again_count++] = (struct story_again){
            .what = "for real", .text = arena_printf(arena, "bascule replay %s", path)};
    }
    story->again[story->again_count++] =
        (struct story_again){.what = "all of it", .text = document->path};
}

static const char *known_text(struct arena *arena, const struct document *document)
{
    size_t failed = 0;
    size_t counted = 0;

    for (size_t i = 0; i < document->run_count; i++) {
        const struct document_run *run = &document->runs[i];
        counted += !run->superseded;
        failed += !run->superseded && text_equal(run->verdict, "fail");
    }
    return story_known_text(arena, document->known_why, failed, counted);
}

struct story story_read(struct arena *arena, const struct document *document)
{
    struct story story = {
        .name = document->name,
        .verdict = document_words_verdict(document->verdict),
        .known_why = document->known_why,
    };

    if (story.verdict == VERDICT_KNOWN && story.known_why != NULL) {
        story.known_why = known_text(arena, document);
    }

    if (document->expectation_count == 0 && story.verdict == VERDICT_PASS &&
        document_words_note(document)[0] == '\0') {
        struct document_headline worst = document_headline(document);
        story.unasked = arena_printf(
            arena, "%s passed, for it expects nothing; %" PRId64 " requests failed", document->name,
            document_words_number(UNIT_COUNT, worst.failed_requests).value);
    }
    tell_missed(arena, document, &story);
    tell_reasons(arena, document, &story);
    tell_again(arena, document, &story);
    return story;
}
