#include "scenario/scenario_write.h"

#include "base/check.h"
#include "base/text.h"
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

static void write_texts(struct writing *writing, const char *const *texts, size_t count)
{
    writing_open(writing, "[");
    for (size_t i = 0; i < count; i++) {
        writing_item(writing);
        writing_text(writing, texts[i]);
    }
    writing_close(writing, "]");
}

static void write_known_issue(struct writing *writing, const struct scenario *scenario)
{
    writing_begin(writing, "known_issue");
    writing_key(writing, "why");
    writing_prose(writing, scenario->known_why);
    writing_key(writing, "fails");
    write_texts(writing, scenario->known_fails, scenario->known_fails_count);
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
        write_texts(writing, scenario->tags, scenario->tag_count);
    }
    if (scenario->requires_count > 0) {
        writing_key(writing, "requires");
        write_texts(writing, scenario->requires, scenario->requires_count);
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

static void write_node(struct writing *writing, const struct scenario_node *node, size_t index)
{
    static const struct written_field fields[] = {
        {WRITTEN_FIELD(struct stub_settings, latency, "latency", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, start_delay, "start_delay", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, idle_close, "idle_close", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, exit_after, "exit_after", WRITTEN_DURATION)},
        {WRITTEN_FIELD(struct stub_settings, backlog, "backlog", WRITTEN_COUNT)},
    };
    writing_add(writing, "\n  - ");
    writing_open(writing, "{");
    writing_key(writing, "name");
    writing_text(writing, node->name);
    if (node->port != DEFAULTS_FIRST_PORT + index) {
        writing_key(writing, "port");
        writing_printf(writing, "%u", node->port);
    }
    writing_map(writing, "stub", fields, sizeof(fields) / sizeof(fields[0]), &node->stub,
                &defaults_stub);
    writing_close(writing, "}");
}

static bool is_default_node(struct arena *arena, const struct scenario_node *node, size_t index)
{
    const struct stub_settings *stub = &node->stub;
    return node->port == DEFAULTS_FIRST_PORT + index &&
           text_equal(node->name, defaults_node_name(arena, index)) &&
           stub->latency == defaults_stub.latency &&
           stub->start_delay == defaults_stub.start_delay &&
           stub->idle_close == defaults_stub.idle_close &&
           stub->exit_after == defaults_stub.exit_after && stub->backlog == defaults_stub.backlog;
}

static void write_nodes(struct writing *writing, const struct scenario *scenario)
{
    size_t usual = 0;
    while (usual < scenario->node_count &&
           is_default_node(writing->arena, &scenario->nodes[usual], usual)) {
        usual++;
    }
    if (usual == scenario->node_count) {
        writing_key(writing, "nodes");
        writing_printf(writing, "%zu", usual);
        return;
    }
    writing_begin(writing, "nodes");
    for (size_t i = 0; i < scenario->node_count; i++) {
        write_node(writing, &scenario->nodes[i], i);
    }
    writing_end(writing);
}

static void write_alerts(struct writing *writing, const struct alert_settings *alerts)
{
    if (alerts->command_count == 0) {
        return;
    }
    writing_add(writing, "\n");
    writing_key(writing, "alerts");
    writing_open(writing, "{");
    writing_key(writing, "command");
    write_texts(writing, alerts->command, alerts->command_count);
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
    writing_add(&writing, "\n");
    write_client(&writing, scenario);
    writing_add(&writing, "\n");
    write_traffic(&writing, &scenario->traffic);
    write_faults(&writing, scenario, fault_comments);
    write_alerts(&writing, &scenario->alerts);
    write_expect(&writing, scenario);
    writing_add(&writing, "\n");
    return writing.data;
}
