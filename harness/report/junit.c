#include "report/junit.h"

#include "base/text.h"
#include "report/document_words.h"
#include "report/markup.h"
#include "report/story.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MS_PER_S 1000.0

/* What became of a case, and the element that says so. */
enum ending {
    ENDING_PASSED,
    ENDING_FAILED,
    ENDING_DOUBTFUL,
    ENDING_SKIPPED,
    ENDINGS,
};

struct test_case {
    const char *name;
    enum ending ending;
    const char *type;    /* of a failure or an error */
    const char *message; /* NULL of one that passed */
};

struct suite {
    struct arena *arena;
    const struct document *document;
    struct test_case *cases;
    size_t case_count;
    size_t counts[ENDINGS];
    double time_s;
};

/* ---- Cases ---- */

static bool is_announced(const struct document *document, const char *metric)
{
    for (size_t i = 0; document->known_why != NULL && i < document->known_fails.count; i++) {
        if (text_equal(document->known_fails.items[i], metric)) {
            return true;
        }
    }
    return false;
}

static bool is_taken(const struct suite *suite, const char *name)
{
    for (size_t i = 0; i < suite->case_count; i++) {
        if (text_equal(suite->cases[i].name, name)) {
            return true;
        }
    }
    return false;
}

/* Faults may expect the same as the scenario, or each other; two cases of one name would be one. */
static const char *name_of(const struct suite *suite,
                           const struct document_expectation *expectation)
{
    struct arena *arena = suite->arena;
    const char *plain = arena_printf(arena, "%s %s", expectation->metric, expectation->expected);
    const char *name = plain;

    if (is_taken(suite, name) && expectation->fault != NULL) {
        plain = arena_printf(arena, "%s, fault %s", plain, expectation->fault);
        name = plain;
    }
    for (size_t n = 2; is_taken(suite, name); n++) {
        name = arena_printf(arena, "%s #%zu", plain, n);
    }
    return name;
}

static void add_case(struct suite *suite, struct test_case test_case)
{
    suite->cases[suite->case_count++] = test_case;
    suite->counts[test_case.ending]++;
}

static void add_expectation(struct suite *suite, const struct document_expectation *expectation)
{
    struct arena *arena = suite->arena;
    const struct document *document = suite->document;
    const char *message = document_words_expectation(arena, document, expectation);
    struct test_case test_case = {
        .name = name_of(suite, expectation),
        .type = expectation->verdict,
        .message = message,
    };

    if (text_equal(expectation->verdict, "inconclusive")) {
        test_case.ending = ENDING_DOUBTFUL;
    } else if (text_equal(expectation->verdict, "fail")) {
        bool known = is_announced(document, expectation->metric);
        test_case.ending = known ? ENDING_SKIPPED : ENDING_FAILED;
        if (known) {
            test_case.message =
                arena_printf(arena, "known issue: %s (%s)", document->known_why, message);
        }
    }
    add_case(suite, test_case);
}

static enum ending ending_of(const struct document *document)
{
    switch (document_words_verdict(document->verdict)) {
    case VERDICT_FAIL:
        return ENDING_FAILED;
    case VERDICT_INCONCLUSIVE:
        return ENDING_DOUBTFUL;
    case VERDICT_SKIPPED:
        return ENDING_SKIPPED;
    case VERDICT_PASS:
    case VERDICT_KNOWN:
        break;
    }
    return ENDING_PASSED;
}

static const char *reasons_text(struct arena *arena, const struct document *document)
{
    const struct story story = story_read(arena, document);
    const char *text = "";

    for (size_t i = 0; i < story.reason_count; i++) {
        text = arena_printf(arena, "%s%s%s: %s", text, i == 0 ? "" : "; ", story.reasons[i].code,
                            story.reasons[i].text);
    }
    return text[0] == '\0' ? arena_printf(arena, "the verdict is %s", document->verdict) : text;
}

/* Where expectations do not show it: the scenario failed or was in doubt as a whole, demanded to
   fail, expected nothing or was not run. */
static void add_verdict(struct suite *suite)
{
    enum ending ending = ending_of(suite->document);

    if (suite->case_count > 0 && (ending == ENDING_PASSED || suite->counts[ending] > 0)) {
        return;
    }
    add_case(suite, (struct test_case){
                        .name = "verdict",
                        .ending = ending,
                        .type = suite->document->verdict,
                        .message = reasons_text(suite->arena, suite->document),
                    });
}

/* Of what runs in virtual time the length of the traffic. */
static double time_of(const struct document *document)
{
    double ms = 0;

    if (document->wall_ms.state == DOCUMENT_VALUE) {
        return document->wall_ms.value / MS_PER_S;
    }
    for (size_t i = 0; i < document->run_count; i++) {
        ms += document->runs[i].duration_ms;
    }
    return ms / MS_PER_S;
}

/* One that must fail is judged as a whole: its expectations are there to be missed. */
static struct suite suite_of(struct arena *arena, const struct document *document)
{
    struct suite suite = {
        .arena = arena,
        .document = document,
        .cases = ARENA_ARRAY(arena, struct test_case, document->expectation_count + 1),
        .time_s = time_of(document),
    };
    bool demanded = document_words_note(document)[0] != '\0';

    for (size_t i = 0; i < document->expectation_count && !demanded; i++) {
        add_expectation(&suite, &document->expectations[i]);
    }
    add_verdict(&suite);
    return suite;
}

/* ---- Elements ---- */

/* An attribute has one line: readers would make blanks of the others' ends. */
static const char *attribute(struct arena *arena, const char *text)
{
    char *line = arena_copy(arena, text, strlen(text));

    for (char *at = line; *at != '\0'; at++) {
        if (*at == '\n' || *at == '\t') {
            *at = ' ';
        }
    }
    return markup_text(arena, line);
}

static void put_property(FILE *out, struct arena *arena, const char *name, const char *value)
{
    (void)fprintf(out, "      <property name=\"%s\" value=\"%s\"/>\n", attribute(arena, name),
                  attribute(arena, value));
}

static const char *number(struct arena *arena, struct document_figure figure)
{
    switch (figure.state) {
    case DOCUMENT_NEVER:
        return "unrecovered";
    case DOCUMENT_VALUE:
        return arena_printf(arena, "%.15g", figure.value);
    case DOCUMENT_ABSENT:
        break;
    }
    return "";
}

/* The worst, and of one run the only one: for times and counts that is the largest. */
static void put_properties(FILE *out, struct arena *arena, const struct document *document)
{
    (void)fputs("    <properties>\n", out);
    put_property(out, arena, "verdict", document->verdict);
    if (document->description[0] != '\0') {
        put_property(out, arena, "description", document->description);
    }
    put_property(out, arena, "seed", document->seed);
    put_property(out, arena, "runs", arena_printf(arena, "%zu", document->run_count));
    put_property(out, arena, "target_ms", arena_printf(arena, "%.15g", document->target_ms));
    put_property(out, arena, "isolation", document->isolation);
    put_property(out, arena, "bascule",
                 arena_printf(arena, "%s (%s)", document->tool_version, document->tool_commit));
    for (size_t i = 0; i < document->summary_count; i++) {
        const struct document_pool *pool = &document->summary[i];
        bool ratio = document_words_unit(pool->metric) == UNIT_RATIO;
        put_property(out, arena, pool->metric, number(arena, ratio ? pool->min : pool->max));
    }
    (void)fputs("    </properties>\n", out);
}

/* What a person needs who sees nothing but the case. */
static void put_body(FILE *out, struct arena *arena, const struct document *document)
{
    const struct story story = story_read(arena, document);

    (void)fprintf(out, "\n%s\n", markup_text(arena, document->file));
    for (size_t i = 0; i < story.missed_count; i++) {
        (void)fprintf(out, "%s\n", markup_text(arena, story.missed[i]));
    }
    for (size_t i = 0; i < story.reason_count; i++) {
        (void)fprintf(out, "%s: %s\n", markup_text(arena, story.reasons[i].code),
                      markup_text(arena, story.reasons[i].text));
    }
    for (size_t i = 0; i < story.again_count; i++) {
        (void)fprintf(out, "%s: %s\n", story.again[i].what,
                      markup_text(arena, story.again[i].text));
    }
}

static void put_case(FILE *out, const struct suite *suite, const struct test_case *test_case)
{
    static const char *const elements[] = {
        [ENDING_FAILED] = "failure", [ENDING_DOUBTFUL] = "error", [ENDING_SKIPPED] = "skipped"};
    struct arena *arena = suite->arena;
    const struct document *document = suite->document;
    const char *element = elements[test_case->ending];

    (void)fprintf(out, "    <testcase name=\"%s\" classname=\"bascule.%s\" time=\"%.3f\"",
                  attribute(arena, test_case->name), attribute(arena, document->name),
                  suite->time_s / (double)suite->case_count);
    if (test_case->ending == ENDING_PASSED) {
        (void)fprintf(out, ">\n      <system-out>%s</system-out>\n    </testcase>\n",
                      markup_text(arena, test_case->message));
        return;
    }
    (void)fprintf(out, ">\n      <%s message=\"%s\"", element,
                  attribute(arena, test_case->message));
    /* Some readers show the attribute, others the text. */
    if (test_case->ending == ENDING_SKIPPED) {
        (void)fprintf(out, ">%s</skipped>\n    </testcase>\n",
                      markup_text(arena, test_case->message));
        return;
    }
    (void)fprintf(out, " type=\"%s\">", attribute(arena, test_case->type));
    put_body(out, arena, document);
    (void)fprintf(out, "</%s>\n    </testcase>\n", element);
}

/* Times in UTC, to the second and without a zone, as the format has it. */
static void put_timestamp(FILE *out, struct arena *arena, const struct document *document)
{
    static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
    const char *time = document->started_at == NULL ? "" : document->started_at;
    size_t i = 0;

    while (pattern[i] != '\0' &&
           (pattern[i] == 'd' ? time[i] >= '0' && time[i] <= '9' : time[i] == pattern[i])) {
        i++;
    }
    if (pattern[i] == '\0') {
        (void)fprintf(out, " timestamp=\"%s\"", attribute(arena, arena_copy(arena, time, i)));
    }
}

static void put_suite(FILE *out, const struct suite *suite)
{
    struct arena *arena = suite->arena;
    const struct document *document = suite->document;

    (void)fprintf(out,
                  "  <testsuite name=\"%s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "skipped=\"%zu\" time=\"%.3f\"",
                  attribute(arena, document->name), suite->case_count, suite->counts[ENDING_FAILED],
                  suite->counts[ENDING_DOUBTFUL], suite->counts[ENDING_SKIPPED], suite->time_s);
    put_timestamp(out, arena, document);
    (void)fprintf(out, " file=\"%s\">\n", attribute(arena, document->file));
    put_properties(out, arena, document);
    for (size_t i = 0; i < suite->case_count; i++) {
        put_case(out, suite, &suite->cases[i]);
    }
    (void)fputs("  </testsuite>\n", out);
}

int junit_write(FILE *out,
                const struct document *documents,
                size_t count,
                struct arena *arena,
                struct error *reterr)
{
    struct suite *suites = ARENA_ARRAY(arena, struct suite, count + 1);
    struct suite all = {.time_s = 0};

    for (size_t i = 0; i < count; i++) {
        suites[i] = suite_of(arena, &documents[i]);
        all.case_count += suites[i].case_count;
        all.counts[ENDING_FAILED] += suites[i].counts[ENDING_FAILED];
        all.counts[ENDING_DOUBTFUL] += suites[i].counts[ENDING_DOUBTFUL];
        all.time_s += suites[i].time_s;
    }
    (void)fprintf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuites name=\"bascule\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "time=\"%.3f\">\n",
                  all.case_count, all.counts[ENDING_FAILED], all.counts[ENDING_DOUBTFUL],
                  all.time_s);
    for (size_t i = 0; i < count; i++) {
        put_suite(out, &suites[i]);
    }
    (void)fputs("</testsuites>\n", out);
    if (fflush(out) != 0 || ferror(out)) {
        return error_os(reterr, errno, "cannot write the JUnit XML");
    }
    return 0;
}
