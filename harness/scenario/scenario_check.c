/* Rules that need more than one section: the limits of a run, and what is demanded of its
 * outcome. */
#include "scenario/reader.h"

#include <inttypes.h>
#include <string.h>

/* The value of a key of the file itself, else the file's first value: places for complaints. */
static struct source_at place_of(const struct reader *reader, const char *key)
{
    const struct yaml_value *value = yaml_value_get(reader->root, key);
    return value != NULL ? value->at : reader->root->at;
}

static void check_length(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    if (scenario->warmup + scenario->duration > SCENARIO_DURATION_MAX) {
        schema_complain_at(reader, place_of(reader, "duration"),
                           "'warmup' and 'duration' together exceed 24h");
    }
}

static void check_request_count(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    uint64_t count = scenario_request_count(scenario);
    if (count <= SCENARIO_REQUESTS_MAX) {
        return;
    }
    const struct yaml_value *traffic = yaml_value_get(reader->root, "traffic");
    const struct yaml_value *rate = traffic != NULL ? yaml_value_get(traffic, "rate") : NULL;
    schema_complain_at(reader, rate != NULL ? rate->at : place_of(reader, "duration"),
                       "rate and duration make %" PRIu64 " requests a run, at most %d are possible",
                       count, SCENARIO_REQUESTS_MAX);
}

/* Each event is a line of the journal, as each request is. */
static void check_event_count(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    uint64_t count = 0;
    for (size_t i = 0; i < scenario->traffic.stream_count; i++) {
        const struct traffic_stream *stream = &scenario->traffic.streams[i];
        nanos length = scenario->warmup + scenario->duration;
        count += stream->count * (uint64_t)(length / stream->interval);
    }
    const struct yaml_value *traffic = yaml_value_get(reader->root, "traffic");
    if (count <= SCENARIO_REQUESTS_MAX || traffic == NULL) {
        return;
    }
    schema_complain(reader, yaml_value_get(traffic, "streams"),
                    "streams and duration make %" PRIu64 " events a run, at most %d are possible",
                    count, SCENARIO_REQUESTS_MAX);
}

static bool is_expected(const struct reader *reader, const char *name)
{
    const struct expectation_link *link = reader->expectations;
    while (link != NULL && strcmp(link->item.name, name) != 0) {
        link = link->next;
    }
    return link != NULL;
}

static void check_known_issue(struct reader *reader)
{
    const struct yaml_value *issue = yaml_value_get(reader->root, "known_issue");
    const struct yaml_value *fails =
        issue != NULL && issue->kind == VALUE_MAP ? yaml_value_get(issue, "fails") : NULL;
    for (size_t i = 0; fails != NULL && fails->kind == VALUE_LIST && i < fails->count; i++) {
        const struct yaml_value *name = fails->items[i];
        if (yaml_value_is_text(name) && !is_expected(reader, name->text)) {
            schema_complain(reader, name,
                            "'known_issue' names %s, which is not among the expectations",
                            yaml_text_quote(reader->arena, name->text));
        }
    }
}

static void check_must(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    if (scenario->must != MUST_NOTHING && scenario->known_why != NULL) {
        schema_complain_at(reader, place_of(reader, "must"),
                           "'must' and 'known_issue' exclude each other");
    }
    bool judged = reader->expectations != NULL || (reader->broken & SECTION_EXPECT);
    if (scenario->must == MUST_FAIL && !judged) {
        schema_complain_at(reader, place_of(reader, "must"),
                           "'must: fail' needs an expectation that can fail");
    }
}

void check_run(struct reader *reader)
{
    bool run_known = !(reader->broken & SECTION_RUN);
    check_must(reader);
    if (run_known) {
        check_length(reader);
    }
    if (run_known && !(reader->broken & SECTION_TRAFFIC)) {
        check_request_count(reader);
    }
    if (run_known && !(reader->broken & (SECTION_TRAFFIC | SECTION_STREAMS))) {
        check_event_count(reader);
    }
    if (!(reader->broken & (SECTION_EXPECT | SECTION_FAULTS))) {
        check_known_issue(reader);
    }
}
