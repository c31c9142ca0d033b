/* What is expected: metrics by name, each with a comparison. */
#include "base/text.h"
#include "scenario/reader.h"

#include <string.h>

static const struct {
    const char *ending;
    enum pooled pooled;
} pools[] = {
    {".min", POOLED_MIN},
    {".p50", POOLED_P50},
    {".p95", POOLED_P95},
    {".max", POOLED_MAX},
};

static const char share_prefix[] = "share.";

static enum metric metric_of(const char *name)
{
    size_t count = 0;
    const char *const *words = metric_words(&count);
    size_t metric = 0;
    while (metric < count && (metric == METRIC_SHARE || strcmp(words[metric], name) != 0)) {
        metric++;
    }
    return (enum metric)metric;
}

static enum metric parse_share(struct reader *reader,
                               const struct yaml_value *key,
                               const char *name,
                               struct expectation *expectation)
{
    const char *node = name + strlen(share_prefix);
    if (reader->broken & SECTION_NODES) {
        return METRICS;
    }
    expectation->node = scenario_node_index(reader->scenario, node);
    if (expectation->node == NODE_NONE) {
        schema_complain(reader, key, "there is no node %s", yaml_text_quote(reader->arena, node));
        return METRICS;
    }
    if (expectation->node >= reader->scenario->node_count) {
        schema_complain(reader, key, "'%s' is a service: 'share' is for nodes", node);
        return METRICS;
    }
    return METRIC_SHARE;
}

static const char *cut_pool(struct arena *arena, const char *name, enum pooled *ret)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
        size_t tail = strlen(pools[i].ending);
        if (length > tail && strcmp(name + length - tail, pools[i].ending) == 0) {
            *ret = pools[i].pooled;
            return arena_copy(arena, name, length - tail);
        }
    }
    return name;
}

static void
complain_about_metric(struct reader *reader, const struct yaml_value *key, const char *name)
{
    size_t count = 0;
    const char *const *words = metric_words(&count);
    if (strcmp(name, metric_word(METRIC_SHARE)) == 0) {
        schema_complain(reader, key, "'share' needs a node, like 'share.primary'");
        return;
    }
    schema_complain(reader, key, "unknown metric %s%s", yaml_text_quote(reader->arena, key->text),
                    schema_suggest(reader, name, words, count));
}

/* METRICS after a complaint. "latency.max" is a metric, "switchover.max" one with a pool. */
static enum metric
parse_metric(struct reader *reader, const struct yaml_value *key, struct expectation *expectation)
{
    enum metric metric = metric_of(key->text);
    if (metric != METRICS) {
        return metric;
    }
    const char *name = cut_pool(reader->arena, key->text, &expectation->pooled);
    if (text_has_prefix(name, share_prefix)) {
        return parse_share(reader, key, name, expectation);
    }
    metric = metric_of(name);
    if (metric == METRICS) {
        complain_about_metric(reader, key, name);
    }
    return metric;
}

static bool fits_fault(struct reader *reader,
                       const struct yaml_value *key,
                       const struct expectation *expectation)
{
    bool of_run = metric_scope(expectation->metric) == METRIC_SCOPE_RUN &&
                  expectation->metric != METRIC_FAILED_REQUESTS;
    if (expectation->fault != FAULT_NONE && of_run) {
        schema_complain(
            reader, key,
            "'%s' is a figure of the whole run: it belongs under the scenario's 'expect'",
            expectation->name);
        return false;
    }
    return true;
}

static void
append(struct reader *reader, const struct expectation *expectation, struct source_at limit_at)
{
    struct expectation_link *link = ARENA_NEW(reader->arena, struct expectation_link);
    *link = (struct expectation_link){.item = *expectation, .limit_at = limit_at};
    if (reader->last_expectation != NULL) {
        reader->last_expectation->next = link;
    } else {
        reader->expectations = link;
    }
    reader->last_expectation = link;
    reader->scenario->expectation_count++;
}

static void read_pair(struct reader *reader, const struct yaml_pair *pair, uint32_t fault)
{
    struct expectation expectation = {
        .node = NODE_NONE,
        .fault = fault,
        .name = pair->key->text,
        .at = pair->key->at,
    };
    expectation.metric = parse_metric(reader, pair->key, &expectation);
    if (expectation.metric == METRICS) {
        return;
    }
    bool fits = fits_fault(reader, pair->key, &expectation);
    read_comparison(reader, pair->value, &expectation);
    if (fits && expectation.limit_text != NULL) {
        append(reader, &expectation, pair->value->at);
    }
}

void read_expectations(struct reader *reader, const struct yaml_value *value, uint32_t fault)
{
    if (value->kind != VALUE_MAP) {
        schema_mismatch(reader, value, "expect", "a mapping of metrics to comparisons");
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        read_pair(reader, &value->pairs[i], fault);
    }
}

void read_expect(struct reader *reader, const struct yaml_value *value)
{
    if (value != NULL) {
        read_expectations(reader, value, FAULT_NONE);
    }
}
