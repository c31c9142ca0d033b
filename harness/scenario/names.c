#include "scenario/names.h"

#include "base/check.h"

static const char *const kind_words[] = {
#define FAULT_KIND(name, word, class, opens, undone) [FAULT_##name] = (word),
#include "scenario/fault_kinds.def"
#undef FAULT_KIND
};

static const struct {
    enum fault_class class;
    bool opens;
    bool takes_for;
} kinds[] = {
#define FAULT_KIND(name, word, class, opens, undone)                                               \
    [FAULT_##name] = {FAULT_CLASS_##class, (opens), (undone)},
#include "scenario/fault_kinds.def"
#undef FAULT_KIND
};

static const char *const metrics_words[] = {
#define METRIC(name, word, unit, scope) [METRIC_##name] = (word),
#include "scenario/metrics.def"
#undef METRIC
};

static const struct {
    enum unit unit;
    enum metric_scope scope;
} metrics[] = {
#define METRIC(name, word, unit, scope) [METRIC_##name] = {UNIT_##unit, METRIC_SCOPE_##scope},
#include "scenario/metrics.def"
#undef METRIC
};

static const char *const method_words[] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS",
};

const char *fault_kind_word(enum fault_kind kind)
{
    CHECK(kind < FAULT_KINDS);
    return kind_words[kind];
}

enum fault_class fault_kind_class(enum fault_kind kind)
{
    CHECK(kind < FAULT_KINDS);
    return kinds[kind].class;
}

bool fault_kind_opens(enum fault_kind kind)
{
    CHECK(kind < FAULT_KINDS);
    return kinds[kind].opens;
}

bool fault_kind_takes_for(enum fault_kind kind)
{
    CHECK(kind < FAULT_KINDS);
    return kinds[kind].takes_for;
}

bool fault_kind_suits_chaos(enum fault_kind kind)
{
    return fault_kind_takes_for(kind) && fault_kind_class(kind) != FAULT_CLASS_CLIENT &&
           kind != FAULT_FLAP && kind != FAULT_PARTITION;
}

bool fault_kind_counts_hits(enum fault_kind kind)
{
    enum fault_class class = fault_kind_class(kind);

    return (class == FAULT_CLASS_ANSWER && kind != FAULT_REFUSE) || class == FAULT_CLASS_WIRE ||
           class == FAULT_CLASS_PACKET;
}

bool fault_kind_needs_hits(enum fault_kind kind)
{
    return fault_kind_counts_hits(kind) && kind != FAULT_PARTITION;
}

const char *metric_word(enum metric metric)
{
    CHECK(metric < METRICS);
    return metrics_words[metric];
}

enum unit metric_unit(enum metric metric)
{
    CHECK(metric < METRICS);
    return metrics[metric].unit;
}

enum metric_scope metric_scope(enum metric metric)
{
    CHECK(metric < METRICS);
    return metrics[metric].scope;
}

const char *http_method_word(enum http_method method)
{
    CHECK(method < HTTP_METHODS);
    return method_words[method];
}

bool http_method_is_idempotent(enum http_method method)
{
    return method != METHOD_POST && method != METHOD_PATCH;
}

const char *const *fault_kind_words(size_t *ret_count)
{
    *ret_count = FAULT_KINDS;
    return kind_words;
}

const char *const *metric_words(size_t *ret_count)
{
    *ret_count = METRICS;
    return metrics_words;
}

const char *const *http_method_words(size_t *ret_count)
{
    *ret_count = HTTP_METHODS;
    return method_words;
}
