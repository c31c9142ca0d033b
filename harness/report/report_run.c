#include "report/report_run.h"

#include "core/measure.h"
#include "report/report_params.h"
#include "report/value.h"

#include <stdio.h>

/* What the many small writers below share. */
struct view {
    const struct scenario *scenario;
    const struct measurement *measurement;
};

static json_t *node_name(const struct scenario *scenario, uint16_t node)
{
    return node == NODE_NONE ? json_null() : value_text(scenario->nodes[node].name);
}

static json_t *node_names(const struct scenario *scenario, const uint16_t *nodes, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        value_push(array, node_name(scenario, nodes[i]));
    }
    return array;
}

static json_t *leader_value(const struct fault_record *record)
{
    if (record->leader_said == NULL) {
        return json_null();
    }
    json_t *value = json_object();
    value_put(value, "said", value_text(record->leader_said));
    value_put(value, "age_ms",
              record->applied == NANOS_NEVER ? json_null()
                                             : value_ms(record->applied - record->leader_asked));
    return value;
}

static json_t *fault_value(const struct view *view, const struct fault_record *record)
{
    const struct fault *fault = &view->scenario->faults[record->fault];
    bool confirmed = record->confirmed_by != CONFIRMED_BY_NOTHING;
    json_t *value = json_object();

    value_put(value, "id", value_text(fault->id));
    value_put(value, "kind", value_text(fault_kind_word(fault->kind)));
    value_put(value, "targets", node_names(view->scenario, record->targets, record->target_count));
    value_put(value, "params", report_params_value(view->scenario, fault));
    value_put(value, "planned_ms", value_ms(record->planned));
    value_put(value, "applied_ms", value_ms(record->applied));
    value_put(value, "effective_ms", value_ms(record->effective));
    value_put(value, "cleared_ms", value_ms(record->cleared));
    value_put(value, "confirmed_by",
              value_text(confirmed ? confirmed_by_word(record->confirmed_by) : NULL));
    value_put(value, "refused", value_text(record->refusal));
    value_put(value, "hits",
              fault_kind_counts_hits(fault->kind) ? value_count(record->hits) : json_null());
    value_put(value, "leader", leader_value(record));
    return value;
}

static json_t *fault_ids(const struct view *view, const struct disturbance *disturbance)
{
    json_t *array = json_array();

    for (size_t i = 0; i < disturbance->fault_count; i++) {
        uint32_t fault = view->measurement->faults[disturbance->faults[i]].fault;
        value_push(array, value_text(view->scenario->faults[fault].id));
    }
    return array;
}

static void put_disturbance_figures(json_t *value, const struct disturbance *disturbance)
{
    const struct {
        const char *key;
        enum unit unit;
        struct figure figure;
    } figures[] = {
        {"switchover_ms", UNIT_NANOS, disturbance->switchover},
        {"first_success_ms", UNIT_NANOS, disturbance->first_success},
        {"detection_ms", UNIT_NANOS, disturbance->detection},
        {"outage_ms", UNIT_NANOS, disturbance->outage},
        {"worst_latency_ms", UNIT_NANOS, disturbance->worst_latency},
        {"failed_requests", UNIT_COUNT, disturbance->failed_requests},
        {"slow_requests", UNIT_COUNT, disturbance->slow_requests},
        {"relapses", UNIT_COUNT, disturbance->relapses},
        {"failback_ms", UNIT_NANOS, disturbance->failback},
        {"stream_switchover_ms", UNIT_NANOS, disturbance->stream_switchover},
    };

    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        value_put(value, figures[i].key, value_figure(figures[i].unit, figures[i].figure));
    }
}

static json_t *disturbance_value(const struct view *view, const struct disturbance *disturbance)
{
    bool by_fault = disturbance->kind == DISTURBANCE_FAULT;
    json_t *value = json_object();

    value_put(value, "faults", fault_ids(view, disturbance));
    value_put(value, "kind", value_text(by_fault ? "fault" : "recovery"));
    value_put(value, "targets",
              node_names(view->scenario, disturbance->targets, disturbance->target_count));
    value_put(value, "was_active", json_boolean(disturbance->was_active));
    value_put(value, "onset_ms", value_ms(disturbance->onset));
    value_put(value, "end_ms", value_ms(disturbance->end));
    put_disturbance_figures(value, disturbance);
    value_put(value, "recovered", json_boolean(disturbance->recovered));
    value_put(value, "unrecovered_why",
              value_text(disturbance->recovered ? NULL : disturbance->unrecovered_why));
    value_put(value, "served_by",
              node_names(view->scenario, disturbance->served_by, disturbance->served_by_count));
    return value;
}

static json_t *metrics_value(const struct view *view)
{
    json_t *metrics = json_object();
    char key[sizeof("share.") + SCENARIO_NAME_MAX];

    for (unsigned i = 0; i < METRICS; i++) {
        enum metric metric = (enum metric)i;
        if (metric_scope(metric) == METRIC_SCOPE_RUN && metric != METRIC_SHARE) {
            value_put(metrics, metric_word(metric),
                      value_figure(metric_unit(metric), view->measurement->metrics[i]));
        }
    }
    for (size_t i = 0; view->measurement->share != NULL && i < view->scenario->node_count; i++) {
        (void)snprintf(key, sizeof(key), "share.%s", view->scenario->nodes[i].name);
        value_put(metrics, key, value_figure(UNIT_RATIO, view->measurement->share[i]));
    }
    return metrics;
}

static json_t *latency_value(const struct latency_summary *latency)
{
    json_t *value = json_object();

    value_put(value, "p50", value_figure(UNIT_NANOS, latency->p50));
    value_put(value, "p90", value_figure(UNIT_NANOS, latency->p90));
    value_put(value, "p99", value_figure(UNIT_NANOS, latency->p99));
    value_put(value, "p999", value_figure(UNIT_NANOS, latency->p999));
    value_put(value, "max", value_figure(UNIT_NANOS, latency->max));
    return value;
}

static json_t *states_value(const struct node_measurement *node)
{
    json_t *array = json_array();

    for (size_t i = 0; i < node->state_count; i++) {
        const struct state_change *change = &node->states[i];
        json_t *value = json_object();
        value_put(value, "at_ms", value_ms(change->at));
        value_put(value, "state", value_text(ability_word((enum ability)change->state)));
        value_put(value, "why", value_text(change->why));
        value_push(array, value);
    }
    return array;
}

static json_t *believed_value(const struct node_measurement *node)
{
    json_t *array = json_array();

    for (size_t i = 0; i < node->believed_count; i++) {
        const struct state_change *change = &node->believed[i];
        json_t *value = json_object();
        value_put(value, "at_ms", value_ms(change->at));
        value_put(value, "client", value_count(change->client));
        value_put(value, "state", value_text(belief_word((enum belief)change->state)));
        value_put(value, "why", value_text(change->why));
        value_push(array, value);
    }
    return array;
}

static json_t *node_value(const struct view *view, size_t index)
{
    static const struct node_measurement nothing;
    const struct node_measurement *node =
        view->measurement->nodes != NULL ? &view->measurement->nodes[index] : &nothing;
    json_t *value = json_object();
    char url[sizeof("http://127.0.0.1:65535")];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u",
                   (unsigned)view->scenario->nodes[index].port);
    value_put(value, "name", value_text(view->scenario->nodes[index].name));
    value_put(value, "url", value_text(url));
    value_put(value, "requests", value_count(node->requests));
    value_put(value, "successes", value_count(node->successes));
    value_put(value, "failures", value_count(node->failures));
    value_put(value, "retries", value_count(node->retries));
    value_put(value, "hedges_won", value_count(node->hedges_won));
    value_put(value, "hedges_lost", value_count(node->hedges_lost));
    value_put(value, "ejections", value_count(node->ejections));
    value_put(value, "breaker_opened", value_count(node->breaker_opened));
    value_put(value, "latency", latency_value(&node->latency));
    value_put(value, "states", states_value(node));
    value_put(value, "believed", believed_value(node));
    return value;
}

static json_t *lateness_value(const struct lateness *lateness)
{
    json_t *value = json_object();

    value_put(value, "p50", value_ms(lateness->p50));
    value_put(value, "p99", value_ms(lateness->p99));
    value_put(value, "max", value_ms(lateness->max));
    return value;
}

static json_t *harness_value(const struct measurement *measurement)
{
    json_t *value = json_object();

    value_put(value, "resolution_ms",
              value_ms(measurement->resolution == 0 ? NANOS_NEVER : measurement->resolution));
    value_put(value, "start_lateness_ms", lateness_value(&measurement->start_lateness));
    value_put(value, "fault_lateness_ms", lateness_value(&measurement->fault_lateness));
    value_put(value, "turn_lateness_ms", lateness_value(&measurement->turn_lateness));
    return value;
}

static json_t *by_node_value(const struct view *view)
{
    const struct measurement *measurement = view->measurement;
    json_t *by_node = json_object();

    for (size_t i = 0; i < view->scenario->node_count; i++) {
        json_t *counts = json_array();
        for (size_t j = 0; j < measurement->bucket_count; j++) {
            value_push(counts, value_count(measurement->timeline_by_node[i][j]));
        }
        value_put(by_node, view->scenario->nodes[i].name, counts);
    }
    return by_node;
}

static json_t *timeline_value(const struct view *view)
{
    const struct measurement *measurement = view->measurement;
    json_t *value = json_object();
    json_t *due = json_array();
    json_t *ok = json_array();
    json_t *failed = json_array();
    json_t *slow = json_array();
    json_t *p99 = json_array();

    for (size_t i = 0; i < measurement->bucket_count; i++) {
        const struct timeline_bucket *bucket = &measurement->timeline[i];
        value_push(due, value_count(bucket->due));
        value_push(ok, value_count(bucket->ok));
        value_push(failed, value_count(bucket->failed));
        value_push(slow, value_count(bucket->slow));
        value_push(p99, value_ms(bucket->due == 0 ? NANOS_NEVER : bucket->p99));
    }
    value_put(value, "bucket_ms", value_count(TIMELINE_BUCKET_NS / NANOS_PER_MS));
    value_put(value, "due", due);
    value_put(value, "ok", ok);
    value_put(value, "failed", failed);
    value_put(value, "slow", slow);
    value_put(value, "p99_ms", p99);
    value_put(value, "by_node", by_node_value(view));
    return value;
}

static json_t *mark_value(const struct view *view, const struct mark *mark)
{
    json_t *value = json_object();

    value_put(value, "t_ms", value_ms(mark->at));
    value_put(value, "latency_ms", value_ms(mark->latency));
    value_put(value, "node", node_name(view->scenario, mark->node));
    value_put(value, "outcome", value_text(mark_outcome_word(mark->outcome)));
    value_put(value, "count", value_count(mark->count));
    return value;
}

/* The exit status, or how else it ended. */
static json_t *hook_end_value(const struct hook_result *hook)
{
    if (!hook->known) {
        return json_null();
    }
    return hook->end == HOOK_EXITED ? value_count(hook->exit_status)
                                    : value_text(hook_end_word(hook->end));
}

static json_t *hook_value(const struct alert_record *alert)
{
    if (!alert->raised_hook.known && !alert->cleared_hook.known) {
        return json_null();
    }
    json_t *value = json_object();

    value_put(value, "failed", hook_end_value(&alert->raised_hook));
    value_put(value, "healthy", hook_end_value(&alert->cleared_hook));
    return value;
}

static json_t *alerts_value(const struct view *view)
{
    json_t *array = json_array();

    for (size_t i = 0; i < view->measurement->alert_count; i++) {
        const struct alert_record *alert = &view->measurement->alerts[i];
        json_t *value = json_object();
        value_put(value, "node", node_name(view->scenario, alert->node));
        value_put(value, "raised_ms", value_ms(alert->raised));
        value_put(value, "cleared_ms", value_ms(alert->cleared));
        value_put(value, "why", value_text(alert->why));
        value_put(value, "hook", hook_value(alert));
        value_push(array, value);
    }
    return array;
}

static json_t *status_value(const struct view *view, const struct status_record *status)
{
    json_t *value = json_object();
    json_t *nodes = json_array();

    for (size_t i = 0; i < status->node_count; i++) {
        const struct node_status *said = &status->nodes[i];
        json_t *node = json_object();
        value_put(node, "name", node_name(view->scenario, said->node));
        value_put(node, "state", value_text(belief_word((enum belief)said->belief)));
        value_put(node, "latency_ms", value_ms(said->latency == 0 ? NANOS_NEVER : said->latency));
        value_push(nodes, node);
    }
    value_put(value, "at_ms", value_ms(status->at));
    value_put(value, "client", value_count(status->client));
    value_put(value, "active", node_name(view->scenario, status->active));
    value_put(value, "nodes", nodes);
    return value;
}

static json_t *statuses_value(const struct view *view)
{
    json_t *array = json_array();

    for (size_t i = 0; i < view->measurement->status_count; i++) {
        value_push(array, status_value(view, &view->measurement->statuses[i]));
    }
    return array;
}

static void put_records(json_t *value, const struct view *view)
{
    json_t *faults = json_array();
    json_t *disturbances = json_array();
    json_t *nodes = json_array();
    json_t *marks = json_array();

    for (size_t i = 0; i < view->measurement->fault_count; i++) {
        value_push(faults, fault_value(view, &view->measurement->faults[i]));
    }
    for (size_t i = 0; i < view->measurement->disturbance_count; i++) {
        value_push(disturbances, disturbance_value(view, &view->measurement->disturbances[i]));
    }
    for (size_t i = 0; i < view->scenario->node_count; i++) {
        value_push(nodes, node_value(view, i));
    }
    for (size_t i = 0; i < view->measurement->mark_count; i++) {
        value_push(marks, mark_value(view, &view->measurement->marks[i]));
    }
    value_put(value, "faults", faults);
    value_put(value, "disturbances", disturbances);
    value_put(value, "metrics", metrics_value(view));
    value_put(value, "nodes", nodes);
    value_put(value, "alerts", alerts_value(view));
    value_put(value, "status", statuses_value(view));
    value_put(value, "status_left_out", value_count(view->measurement->statuses_left_out));
    value_put(value, "harness", harness_value(view->measurement));
    value_put(value, "timeline", timeline_value(view));
    value_put(value, "marks", marks);
}

json_t *report_run_value(const struct scenario *scenario, const struct run_result *run)
{
    struct view view = {.scenario = scenario, .measurement = &run->measurement};
    json_t *value = json_object();

    value_put(value, "index", value_count(run->index));
    value_put(value, "seed", value_seed(run->seed));
    value_put(value, "verdict", value_text(verdict_word(run->verdict)));
    value_put(value, "reasons", value_reasons(&run->reasons));
    value_put(value, "rerun_of",
              run->rerun_of == UINT32_MAX ? json_null() : value_count(run->rerun_of));
    put_records(value, &view);
    return value;
}
