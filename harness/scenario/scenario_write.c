#include "scenario/scenario_write.h"

#include "base/check.h"
#include "scenario/defaults.h"
#include "scenario/units.h"
#include "scenario/write_sections.h"

#include <inttypes.h>
#include <string.h>

static void write_comment(struct writing *writing, const char *comment)
{
    while (comment != NULL && *comment != '\0') {
        size_t length = strcspn(comment, "\n");
        writing_add(writing, length > 0 ? "# " : "#");
        writing_add(writing, arena_copy(writing->arena, comment, length));
        writing_add(writing, "\n");
        comment += length + (comment[length] == '\n');
    }
}

static void write_known_issue(struct writing *writing, const struct scenario *scenario)
{
    writing_begin(writing, "known_issue");
    writing_key(writing, "why");
    writing_prose(writing, scenario->known_why);
    writing_key(writing, "fails");
    writing_texts(writing, scenario->known_fails, scenario->known_fails_count);
    writing_end(writing);
}

static void write_must(struct writing *writing, const struct scenario *scenario)
{
    writing_key(writing, "must");
    writing_add(writing, scenario->must == MUST_FAIL ? "fail" : "inconclusive");
    if (scenario->must_reason != NULL) {
        writing_printf(writing, ":%s", scenario->must_reason);
    }
}

static void write_head(struct writing *writing, const struct scenario *scenario)
{
    writing_key(writing, "name");
    writing_text(writing, scenario->name);
    if (scenario->description[0] != '\0') {
        writing_key(writing, "description");
        writing_prose(writing, scenario->description);
    }
    if (scenario->tag_count > 0) {
        writing_key(writing, "tags");
        writing_texts(writing, scenario->tags, scenario->tag_count);
    }
    if (scenario->requires_count > 0) {
        writing_key(writing, "requires");
        writing_texts(writing, scenario->requires, scenario->requires_count);
    }
    if (scenario->known_why != NULL) {
        write_known_issue(writing, scenario);
    }
    if (scenario->must != MUST_NOTHING) {
        write_must(writing, scenario);
    }
}

static void write_times(struct writing *writing, const struct scenario *scenario)
{
    if (scenario->has_seed) {
        writing_key(writing, "seed");
        writing_printf(writing, "%" PRIu64, scenario->seed);
    }
    if (scenario->repeat != 1) {
        writing_key(writing, "repeat");
        writing_printf(writing, "%" PRIu32, scenario->repeat);
    }
    writing_key(writing, "warmup");
    writing_duration(writing, scenario->warmup);
    writing_key(writing, "duration");
    writing_duration(writing, scenario->duration);
}

static void write_alerts(struct writing *writing, const struct alert_settings *alerts)
{
    if (alerts->command.count == 0) {
        return;
    }
    writing_add(writing, "\n");
    writing_key(writing, "alerts");
    writing_open(writing, "{");
    writing_key(writing, "command");
    writing_texts(writing, alerts->command.words, alerts->command.count);
    writing_close(writing, "}");
}

static void write_question(struct writing *writing, const struct question *question)
{
    writing_key(writing, question->method == METHOD_GET ? "get" : "post");
    writing_text(writing, question->path);
    if (question->body != NULL) {
        writing_key(writing, "body");
        writing_text(writing, question->body);
    }
    writing_key(writing, "field");
    writing_text(writing, question->field);
}

static void write_leader(struct writing *writing, const struct leader_settings *leader)
{
    if (!leader->enabled) {
        return;
    }
    writing_key(writing, "leader");
    writing_open(writing, "{");
    write_question(writing, &leader->question);
    writing_key(writing, leader->is != NULL ? "is" : "same_as");
    writing_text(writing, leader->is != NULL ? leader->is : leader->same_as);
    writing_close(writing, "}");
}

static void write_verify(struct writing *writing, const struct verify_settings *verify)
{
    if (!verify->enabled) {
        return;
    }
    writing_key(writing, "verify");
    writing_open(writing, "{");
    write_question(writing, &verify->question);
    writing_close(writing, "}");
}

static void write_limit(struct writing *writing, const char *limit)
{
    int64_t number = 0;
    if (units_parse_whole(limit, &number)) {
        writing_add(writing, limit);
    } else {
        writing_text(writing, limit);
    }
}

void write_expectations(struct writing *writing, const struct scenario *scenario, uint32_t fault)
{
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        if (scenario->expectations[i].fault == fault) {
            writing_key(writing, scenario->expectations[i].name);
            write_limit(writing, scenario->expectations[i].limit_text);
        }
    }
}

static void write_expect(struct writing *writing, const struct scenario *scenario)
{
    size_t before = writing->length;
    writing_add(writing, "\n");
    writing_begin(writing, "expect");
    size_t empty = writing->length;
    write_expectations(writing, scenario, FAULT_NONE);
    writing_end(writing);
    if (writing->length == empty) {
        writing->length = before;
        writing->data[before] = '\0';
    }
}

const char *scenario_write(struct arena *arena,
                           const struct scenario *scenario,
                           const char *comment,
                           const char *const *fault_comments)
{
    struct writing writing;
    CHECK(!scenario->chaos.enabled);
    writing_init(&writing, arena);
    write_comment(&writing, comment);
    writing_add(&writing, "schema: bascule/scenario/1");
    write_head(&writing, scenario);
    write_times(&writing, scenario);
    writing_add(&writing, "\n");
    write_nodes(&writing, scenario);
    write_services(&writing, scenario);
    writing_add(&writing, "\n");
    write_client(&writing, scenario);
    writing_add(&writing, "\n");
    write_traffic(&writing, &scenario->traffic);
    write_leader(&writing, &scenario->leader);
    write_verify(&writing, &scenario->verify);
    write_faults(&writing, scenario, fault_comments);
    write_alerts(&writing, &scenario->alerts);
    write_expect(&writing, scenario);
    writing_add(&writing, "\n");
    return writing.data;
}
