#include "report/document_run.h"

#include "base/text.h"
#include "report/human.h"
#include "report/utf8.h"

#include <math.h>
#include <string.h>

#define TEXT_OF_PARAMETERS 1024
#define BUCKET_MS_MAX      86400000.0

/* ---- Faults ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static void add_scalar(struct text *line, const char *key, const json_t *value)
{
    char buffer[HUMAN_MAX];

    if (json_is_number(value) && ends_with(key, "_ms")) {
        double ms = json_number_value(value);
        bool plausible = ms >= 0 && ms < 1e12;
        nanos time = plausible ? (nanos)(ms * (double)NANOS_PER_MS) : 0;
        text_printf(line, "%.*s %s", (int)(strlen(key) - 3), key, human_time(time, buffer));
    } else if (json_is_number(value) && ends_with(key, "_bytes")) {
        text_printf(line, "%.*s %.15g bytes", (int)(strlen(key) - 6), key,
                    json_number_value(value));
    } else if (json_is_string(value)) {
        text_printf(line, "%s %s", key, json_string_value(value));
    } else if (json_is_number(value)) {
        text_printf(line, "%s %.6g", key, json_number_value(value));
    } else if (json_is_true(value)) {
        text_add(line, key);
    }
}

static void add_item(struct text *line, const json_t *item)
{
    if (json_is_string(item)) {
        text_add(line, json_string_value(item));
    } else {
        text_printf(line, "%.6g", json_number_value(item));
    }
}

/* Groups of nodes are lists of lists; nothing is deeper. */
static void add_items(struct text *line, const json_t *list)
{
    size_t index;
    const json_t *item;

    json_array_foreach(list, index, item)
    {
        text_add(line, index == 0 ? "" : ", ");
        if (!json_is_array(item)) {
            add_item(line, item);
            continue;
        }
        for (size_t i = 0; i < json_array_size(item); i++) {
            text_add(line, i == 0 ? "[" : ", ");
            add_item(line, json_array_get(item, i));
        }
        text_add(line, json_array_size(item) == 0 ? "[]" : "]");
    }
}

/* What goes without saying, or is told by the times of the fault. */
static bool says_nothing(const char *key, const json_t *value)
{
    bool whole = strcmp(key, "ratio") == 0 || strcmp(key, "of") == 0;
    const char *direction = json_string_value(value);

    return json_is_false(value) || json_is_null(value) || strcmp(key, "for_ms") == 0 ||
           (whole && json_number_value(value) == 1) ||
           (json_is_number(value) && json_number_value(value) == 0) ||
           (strcmp(key, "direction") == 0 && direction != NULL && strcmp(direction, "both") == 0);
}

/* For people: its members one after the other. */
static const char *parameters_text(const struct place *fault)
{
    struct place place = take_object(fault, "params");
    char buffer[TEXT_OF_PARAMETERS];
    struct text line;
    const char *key;
    json_t *value;

    text_init(&line, buffer, sizeof(buffer));
    json_object_foreach((json_t *)(uintptr_t)place.value, key, value)
    {
        if (says_nothing(key, value)) {
            continue;
        }
        text_add(&line, line.length > 0 ? ", " : "");
        if (json_is_array(value)) {
            text_printf(&line, "%s ", key);
            add_items(&line, value);
        } else {
            add_scalar(&line, key, value);
        }
    }
    return arena_printf(fault->taking->arena, "%s%s", utf8_repaired(fault->taking->arena, buffer),
                        line.overflowed ? " ..." : "");
}

static void read_fault(const struct place *place, struct document_fault *ret)
{
    *ret = (struct document_fault){
        .id = take_text(place, "id"),
        .kind = take_text(place, "kind"),
        .targets = take_texts(place, "targets"),
        .params = parameters_text(place),
        .planned_ms = take_number(place, "planned_ms"),
        .applied_ms = take_figure(place, "applied_ms"),
        .effective_ms = take_figure(place, "effective_ms"),
        .cleared_ms = take_figure(place, "cleared_ms"),
        .confirmed_by = take_text_or_null(place, "confirmed_by"),
        .refused = take_text_if_there(place, "refused"),
        .hits = take_figure(place, "hits"),
    };
}

static void read_disturbance(const struct place *place, struct document_disturbance *ret)
{
    static const char *const kinds[] = {"fault", "recovery", NULL};

    *ret = (struct document_disturbance){
        .faults = take_texts(place, "faults"),
        .targets = take_texts(place, "targets"),
        .served_by = take_texts(place, "served_by"),
        .kind = take_word(place, "kind", kinds),
        .unrecovered_why = take_text_or_null(place, "unrecovered_why"),
        .was_active = take_flag(place, "was_active"),
        .recovered = take_flag(place, "recovered"),
        .onset_ms = take_number(place, "onset_ms"),
        .end_ms = take_number(place, "end_ms"),
        .switchover_ms = take_figure(place, "switchover_ms"),
        .first_success_ms = take_figure(place, "first_success_ms"),
        .detection_ms = take_figure(place, "detection_ms"),
        .outage_ms = take_figure(place, "outage_ms"),
        .worst_latency_ms = take_figure(place, "worst_latency_ms"),
        .failed_requests = take_figure(place, "failed_requests"),
        .slow_requests = take_figure(place, "slow_requests"),
        .relapses = take_figure(place, "relapses"),
        .failback_ms = take_figure(place, "failback_ms"),
        .stream_switchover_ms = take_figure(place, "stream_switchover_ms"),
    };
}

/* ---- Nodes ---- */

static const struct document_state_change *
read_changes(const struct place *node, const char *key, bool has_client, size_t *ret_count)
{
    struct place list = take_list(node, key, ret_count);
    struct document_state_change *changes =
        ARENA_ARRAY(node->taking->arena, struct document_state_change, *ret_count + 1);

    for (size_t i = 0; i < *ret_count; i++) {
        struct place place = take_item(&list, i);
        changes[i] = (struct document_state_change){
            .at_ms = take_number(&place, "at_ms"),
            .state = take_text(&place, "state"),
            .why = take_text(&place, "why"),
            .client = has_client ? take_count(&place, "client") : -1,
        };
    }
    return changes;
}

static void read_node(const struct place *place, struct document_node *ret)
{
    struct place latency = take_object(place, "latency");

    *ret = (struct document_node){
        .name = take_text(place, "name"),
        .url = take_text(place, "url"),
        .requests = take_count(place, "requests"),
        .successes = take_count(place, "successes"),
        .failures = take_count(place, "failures"),
        .retries = take_count(place, "retries"),
        .hedges_won = take_count(place, "hedges_won"),
        .hedges_lost = take_count(place, "hedges_lost"),
        .ejections = take_count(place, "ejections"),
        .breaker_opened = take_count(place, "breaker_opened"),
        .p50_ms = take_figure(&latency, "p50"),
        .p90_ms = take_figure(&latency, "p90"),
        .p99_ms = take_figure(&latency, "p99"),
        .p999_ms = take_figure(&latency, "p999"),
        .max_ms = take_figure(&latency, "max"),
    };
    ret->states = read_changes(place, "states", false, &ret->state_count);
    ret->believed = read_changes(place, "believed", true, &ret->believed_count);
}

/* ---- Traffic ---- */

static void read_metrics(const struct place *run, struct document_run *ret)
{
    struct place place = take_object(run, "metrics");
    struct arena *arena = run->taking->arena;
    struct document_metric *metrics =
        ARENA_ARRAY(arena, struct document_metric, json_object_size(place.value) + 1);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)place.value, key, value)
    {
        struct place member = take_member(&place, key);
        metrics[ret->metric_count++] = (struct document_metric){
            .name = arena_copy(arena, key, strlen(key)),
            .figure = take_figure_at(&member),
        };
    }
    ret->metrics = metrics;
}

static uint32_t count_in(const struct place *list, size_t index)
{
    const json_t *value = json_array_get(list->value, index);
    json_int_t count = json_integer_value(value);

    if (!json_is_integer(value) || count < 0 || count > UINT32_MAX) {
        struct place place = take_item(list, index);
        take_complain(&place, "is no count");
        return 0;
    }
    return (uint32_t)count;
}

static void read_timeline(const struct place *run, struct document_run *ret)
{
    struct place place = take_object(run, "timeline");
    size_t counts[5];
    struct place due = take_list(&place, "due", &counts[0]);
    struct place ok = take_list(&place, "ok", &counts[1]);
    struct place failed = take_list(&place, "failed", &counts[2]);
    struct place slow = take_list(&place, "slow", &counts[3]);
    struct place p99 = take_list(&place, "p99_ms", &counts[4]);
    struct document_bucket *buckets =
        ARENA_ARRAY(run->taking->arena, struct document_bucket, counts[0] + 1);

    struct place bucket = take_member(&place, "bucket_ms");

    ret->bucket_ms = take_number(&place, "bucket_ms");
    if (!(ret->bucket_ms > 0 && ret->bucket_ms <= BUCKET_MS_MAX)) {
        take_complain(&bucket, "is no length of a bucket");
    }
    for (size_t i = 1; i < sizeof(counts) / sizeof(counts[0]); i++) {
        if (counts[i] != counts[0]) {
            take_complain(&place, "has lists of different lengths");
        }
    }
    for (size_t i = 0; i < counts[0] && !run->taking->failed; i++) {
        struct place latency = take_item(&p99, i);
        buckets[i] = (struct document_bucket){
            .due = count_in(&due, i),
            .ok = count_in(&ok, i),
            .failed = count_in(&failed, i),
            .slow = count_in(&slow, i),
            .p99_ms = take_figure_at(&latency),
        };
    }
    ret->timeline = buckets;
    ret->bucket_count = counts[0];
    ret->duration_ms = ret->bucket_ms * (double)counts[0];
}

static uint32_t node_of_mark(const struct place *mark, const struct document_run *run)
{
    const char *name = take_text_or_null(mark, "node");

    for (uint32_t i = 0; name != NULL && i < run->node_count; i++) {
        if (strcmp(run->nodes[i].name, name) == 0) {
            return i;
        }
    }
    if (name != NULL) {
        struct place place = take_member(mark, "node");
        take_complain(&place, "is '%.60s', which is none of the run's nodes", name);
    }
    return UINT32_MAX;
}

static void read_marks(const struct place *run, struct document_run *ret)
{
    static const char *const outcomes[] = {"ok",          "failed",    "slow", "answered_4xx",
                                           "unavoidable", "cancelled", NULL};
    struct place list = take_list(run, "marks", &ret->mark_count);
    struct document_mark *marks =
        ARENA_ARRAY(run->taking->arena, struct document_mark, ret->mark_count + 1);

    for (size_t i = 0; i < ret->mark_count && !run->taking->failed; i++) {
        struct place place = take_item(&list, i);
        int64_t count = take_count(&place, "count");
        marks[i] = (struct document_mark){
            .t_ms = take_number(&place, "t_ms"),
            .latency_ms = take_number(&place, "latency_ms"),
            .node = node_of_mark(&place, ret),
            .outcome = take_word(&place, "outcome", outcomes),
            .count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count,
        };
    }
    ret->marks = marks;
}

/* ---- The run ---- */

static void read_alert(const struct place *place, struct document_alert *ret)
{
    *ret = (struct document_alert){
        .node = take_text(place, "node"),
        .why = take_text(place, "why"),
        .raised_ms = take_number(place, "raised_ms"),
        .cleared_ms = take_figure(place, "cleared_ms"),
    };
}

static struct document_lateness lateness_of(const struct place *harness, const char *key)
{
    struct place place = take_object(harness, key);

    return (struct document_lateness){
        .p50_ms = take_number(&place, "p50"),
        .p99_ms = take_number(&place, "p99"),
        .max_ms = take_number(&place, "max"),
    };
}

/* One function for each list of a run whose items are objects. */
#define READ_ITEMS(run, key, type, reader, ret_items, ret_count)                                   \
    do {                                                                                           \
        struct place list_ = take_list((run), (key), &(ret_count));                                \
        struct type *items_ = ARENA_ARRAY((run)->taking->arena, struct type, (ret_count) + 1);     \
        for (size_t i_ = 0; i_ < (ret_count); i_++) {                                              \
            struct place place_ = take_item(&list_, i_);                                           \
            reader(&place_, &items_[i_]);                                                          \
        }                                                                                          \
        (ret_items) = items_;                                                                      \
    } while (false)

void document_run_read(const struct place *place, struct document_run *ret)
{
    struct place harness = take_object(place, "harness");
    struct place index = take_member(place, "index");

    *ret = (struct document_run){
        .index = take_count(place, "index"),
        .seed = document_seed_read(place),
        .verdict = take_word(place, "verdict", document_verdicts),
        .reasons = document_reasons_read(place),
        .rerun_of = take_count_or_null(place, "rerun_of", (int64_t)place->index - 1),
        .resolution_ms = take_figure(&harness, "resolution_ms"),
        .start_lateness = lateness_of(&harness, "start_lateness_ms"),
        .fault_lateness = lateness_of(&harness, "fault_lateness_ms"),
        .turn_lateness = lateness_of(&harness, "turn_lateness_ms"),
    };
    if (ret->index != (int64_t)place->index) {
        take_complain(&index, "is not %zu", place->index);
    }
    READ_ITEMS(place, "faults", document_fault, read_fault, ret->faults, ret->fault_count);
    READ_ITEMS(place, "disturbances", document_disturbance, read_disturbance, ret->disturbances,
               ret->disturbance_count);
    READ_ITEMS(place, "nodes", document_node, read_node, ret->nodes, ret->node_count);
    READ_ITEMS(place, "alerts", document_alert, read_alert, ret->alerts, ret->alert_count);
    read_metrics(place, ret);
    read_timeline(place, ret);
    read_marks(place, ret);
}
