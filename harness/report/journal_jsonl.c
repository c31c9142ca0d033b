#include "report/journal_jsonl.h"

#include "base/check.h"
#include "base/text.h"
#include "report/journal_event.h"
#include "report/value.h"
#include "scenario/defaults.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 256 * 1024 };

_Static_assert(JOURNAL_EVENT_BYTES_MAX < BUFFER_BYTES / 2, "room for a line after a flush");

/* ---- The line of the run ---- */

static json_t *requests_value(const struct traffic *traffic)
{
    json_t *array = json_array();

    for (size_t i = 0; i < traffic->request_count; i++) {
        json_t *value = json_object();
        value_put(value, "method", value_text(http_method_word(traffic->requests[i].method)));
        value_put(value, "path", value_text(traffic->requests[i].path));
        value_put(value, "idempotent", json_boolean(traffic->requests[i].idempotent));
        value_push(array, value);
    }
    return array;
}

static json_t *streams_value(const struct traffic *traffic)
{
    json_t *array = json_array();

    for (size_t i = 0; i < traffic->stream_count; i++) {
        json_t *value = json_object();
        value_put(value, "kind", value_text(stream_kind_words[traffic->streams[i].kind]));
        value_put(value, "path", value_text(traffic->streams[i].path));
        value_put(value, "count", value_count(traffic->streams[i].count));
        value_put(value, "interval_ns", json_integer(traffic->streams[i].interval));
        value_push(array, value);
    }
    return array;
}

static json_t *exact(nanos value)
{
    return value == NANOS_NEVER ? json_null() : json_integer(value);
}

static const char *target_word_of(const struct fault *fault)
{
    return fault->target == TARGET_LEADER ? "leader" : "nodes";
}

static json_t *faults_value(const struct scenario *scenario)
{
    json_t *array = json_array();

    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = &scenario->faults[i];
        json_t *value = json_object();
        value_put(value, "id", value_text(fault->id));
        value_put(value, "kind", value_text(fault_kind_word(fault->kind)));
        value_put(value, "path", value_text(fault->parameters.path));
        value_put(value, "ratio_ppm", value_count(fault->parameters.ratio_ppm));
        value_put(value, "of_ppm", value_count(fault->parameters.of_ppm));
        value_put(value, "after_bytes", value_count(fault->parameters.after_bytes));
        value_put(value, "target", value_text(target_word_of(fault)));
        value_put(value, "acts_as", value_text(fault_kind_word(scenario_fault_acts_as(fault))));
        value_put(value, "hold_ns", exact(fault->hold));
        value_push(array, value);
    }
    return array;
}

static json_t *scenario_value(const struct scenario *scenario)
{
    static const char *const kinds[] = {
        [NODE_STUB] = "stub", [NODE_COMMAND] = "command", [NODE_EXTERNAL] = "external"};
    json_t *nodes = json_array();
    json_t *node_kinds = json_array();
    json_t *services = json_array();
    json_t *value = json_object();

    for (size_t i = 0; i < scenario->process_count; i++) {
        bool is_node = i < scenario->node_count;
        value_push(is_node ? nodes : services, value_text(scenario->nodes[i].name));
        if (is_node) {
            value_push(node_kinds, value_text(kinds[scenario->nodes[i].kind]));
        }
    }
    value_put(value, "name", value_text(scenario->name));
    value_put(value, "duration_ns", exact(scenario->duration));
    value_put(value, "warmup_ns", exact(scenario->warmup));
    value_put(value, "rate_micro", value_count(scenario->traffic.rate_micro));
    value_put(value, "slow_ns", exact(scenario->traffic.slow));
    value_put(value, "nodes", nodes);
    value_put(value, "node_kinds", node_kinds);
    value_put(value, "services", services);
    value_put(value, "verify", json_boolean(scenario->verify.enabled));
    value_put(value, "clients", value_count(scenario->client.instances));
    value_put(value, "profile", value_text(client_profile_words[scenario->client.profile]));
    value_put(value, "order", value_text(client_order_words[scenario->client.order]));
    value_put(value, "requests", requests_value(&scenario->traffic));
    value_put(value, "streams", streams_value(&scenario->traffic));
    value_put(value, "faults", faults_value(scenario));
    return value;
}

static json_t *run_value(const struct scenario *scenario,
                         const struct run_result *run,
                         const struct journal *journal)
{
    bool rerun = run->rerun_of != UINT32_MAX;
    bool timeless = journal->t0_realtime == 0 && journal->t0_monotonic == 0;
    json_t *value = json_object();

    value_put(value, "event", value_text("run"));
    value_put(value, "schema", value_text("bascule/journal/1"));
    value_put(value, "run", value_count(run->index));
    value_put(value, "rerun_of", rerun ? value_count(run->rerun_of) : json_null());
    value_put(value, "seed", value_seed(run->seed));
    value_put(value, "t0_realtime", timeless ? json_null() : exact(journal->t0_realtime));
    value_put(value, "t0_monotonic", timeless ? json_null() : exact(journal->t0_monotonic));
    value_put(value, "scenario", scenario_value(scenario));
    return value;
}

static int write_run_line(struct journal_jsonl *writer,
                          const struct scenario *scenario,
                          const struct run_result *run,
                          const struct journal *journal,
                          struct error *reterr)
{
    json_t *value = run_value(scenario, run, journal);
    char *line = json_dumps(value, VALUE_DUMP_FLAGS | JSON_COMPACT);

    CHECK(line != NULL);
    json_decref(value);
    int written = atomic_file_write(&writer->file, line, strlen(line), reterr);
    free(line);
    return written < 0 ? -1 : atomic_file_write(&writer->file, "\n", 1, reterr);
}

/* ---- The file ---- */

int journal_jsonl_open(struct journal_jsonl *writer,
                       struct arena *arena,
                       const char *path,
                       struct error *reterr)
{
    writer->buffer = arena_alloc(arena, BUFFER_BYTES);
    return atomic_file_open(&writer->file, arena, path, reterr);
}

static int flush(struct journal_jsonl *writer, struct text *lines, struct error *reterr)
{
    CHECK(!lines->overflowed);
    int written = atomic_file_write(&writer->file, lines->data, lines->length, reterr);
    text_init(lines, writer->buffer, BUFFER_BYTES);
    return written;
}

int journal_jsonl_add(struct journal_jsonl *writer,
                      const struct scenario *scenario,
                      const struct run_result *run,
                      const struct journal *journal,
                      struct error *reterr)
{
    struct text lines;

    if (write_run_line(writer, scenario, run, journal, reterr) < 0) {
        return -1;
    }
    text_init(&lines, writer->buffer, BUFFER_BYTES);
    for (size_t i = 0; i < journal->count; i++) {
        journal_event_add(&lines, scenario, journal_at(journal, i));
        if (lines.length > BUFFER_BYTES / 2 && flush(writer, &lines, reterr) < 0) {
            return -1;
        }
    }
    return flush(writer, &lines, reterr);
}

int journal_jsonl_commit(struct journal_jsonl *writer, struct error *reterr)
{
    return atomic_file_commit(&writer->file, reterr);
}

void journal_jsonl_abandon(struct journal_jsonl *writer)
{
    atomic_file_abandon(&writer->file);
}
