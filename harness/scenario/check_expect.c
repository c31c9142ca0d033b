/* Rules about expectations: what cannot be measured, and bounds that the scenario cannot show. */
#include "scenario/reader.h"

#include <inttypes.h>

#define QUIET                                                                                      \
    (1 * NANOS_PER_S) /* callers must be seen undisturbed for that long before the fault ends */
#define INTERVALS_PER_BOUND 10

/* What the faults of the scenario bring about, found once. */
struct fault_facts {
    bool opens;    /* some fault opens a disturbance */
    bool returns;  /* some node is able again before traffic ends */
    bool switches; /* some fault is switch_to */
    bool *opening; /* for each fault */
    struct check_hold *holds;
};

static struct fault_facts gather(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    struct fault_facts facts = {
        .opening = ARENA_ARRAY(reader->arena, bool, scenario->fault_count),
        .holds = ARENA_ARRAY(reader->arena, struct check_hold, scenario->fault_count),
        .opens = scenario->chaos.enabled,
        .returns = scenario->chaos.enabled,
    };
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault *fault = &scenario->faults[i];
        facts.opening[i] = check_opens(scenario, fault);
        facts.holds[i] = check_hold(scenario, fault);
        facts.opens = facts.opens || facts.opening[i];
        facts.returns = facts.returns || check_returns(scenario, fault);
        facts.switches = facts.switches || fault->kind == FAULT_SWITCH_TO;
    }
    return facts;
}

static bool needs_telemetry(enum metric metric)
{
    return metric == METRIC_DETECTION || metric == METRIC_WRONG_EJECTIONS ||
           metric == METRIC_KNOWN_BAD || metric == METRIC_STATUS_STALE;
}

static bool is_of_streams(enum metric metric)
{
    return metric == METRIC_STREAM_SWITCHOVER || metric == METRIC_STREAM_GAP ||
           metric == METRIC_STREAM_LOST || metric == METRIC_STREAM_DUPLICATED;
}

/* Streams are callers too, but only these figures can be told from them alone. */
static bool can_do_without_requests(const struct scenario *scenario, enum metric metric)
{
    return is_of_streams(metric) || metric_unit(metric) == UNIT_COUNT || needs_telemetry(metric) ||
           (metric == METRIC_SWITCHOVER && scenario->traffic.stream_count > 0);
}

/* Why the metric can have no value in this scenario, NULL if it can. */
static const char *why_unmeasurable(struct reader *reader,
                                    const struct fault_facts *facts,
                                    const struct expectation *expectation)
{
    const struct scenario *scenario = reader->scenario;
    enum metric metric = expectation->metric;
    bool client_known = !(reader->broken & SECTION_CLIENT);
    bool idle = !(reader->broken & (SECTION_TRAFFIC | SECTION_RUN)) &&
                scenario_request_count(scenario) == 0;
    if (client_known && needs_telemetry(metric) && scenario->client.profile == PROFILE_NONE) {
        return "profile 'none' never takes a node out of rotation";
    }
    if (client_known && scenario_client_spreads(&scenario->client) &&
        (metric == METRIC_FIRST_SUCCESS || metric == METRIC_SWITCHES)) {
        return "the client spreads load, so no node is the active one";
    }
    const char *hidden = check_kinds_hide(reader, metric);
    if (hidden != NULL) {
        return hidden;
    }
    if (is_of_streams(metric) && scenario->traffic.stream_count == 0 &&
        !(reader->broken & SECTION_STREAMS)) {
        return "there is no stream in 'traffic'";
    }
    if (idle && !can_do_without_requests(scenario, metric)) {
        return "there is no traffic";
    }
    if (reader->broken & (SECTION_FAULTS | SECTION_CHAOS | SECTION_RUN)) {
        return NULL;
    }
    if (metric_scope(metric) == METRIC_SCOPE_DISTURBANCE && !facts->opens) {
        return "no fault opens a disturbance";
    }
    if (metric == METRIC_SWITCH_TIME && !facts->switches) {
        return "there is no 'switch_to' among the faults";
    }
    if ((metric == METRIC_FAILBACK || metric == METRIC_HERD) && !facts->returns) {
        return "no fault is undone before traffic ends, so no node returns";
    }
    return NULL;
}

static bool is_upper(enum comparison comparison)
{
    return comparison == COMPARISON_LESS || comparison == COMPARISON_AT_MOST ||
           comparison == COMPARISON_EQUAL;
}

static const char *hold_text(struct arena *arena, const struct check_hold *hold)
{
    char length[NANOS_TEXT_MAX];
    nanos_text(hold->length, length);
    switch (hold->end) {
    case HOLD_FOR:
        return arena_printf(arena, "lasts %s (its 'for')", length);
    case HOLD_RESTART:
        return arena_printf(arena, "lasts %s (until the restart at line %u)", length, hold->line);
    case HOLD_READY:
        return "lasts only until the node is ready (its 'start_delay')";
    case HOLD_STARTED:
        return arena_printf(arena, "lasts until the node is ready again (its 'ready.within': %s)",
                            length);
    case HOLD_DOWN:
        return arena_printf(arena, "lasts %s each time (its 'down')", length);
    case HOLD_LAST:
        return arena_printf(arena, "lasts only %s the last time", length);
    case HOLD_HEAL:
        return arena_printf(arena, "lasts %s (the 'heal' of chaos)", length);
    case HOLD_TRAFFIC:
        break;
    }
    return arena_printf(arena, "lasts %s (until traffic ends)", length);
}

static void demand_hold(struct reader *reader,
                        const struct expectation_link *link,
                        const char *fault,
                        const struct check_hold *hold)
{
    nanos needed = nanos_add(link->item.limit, QUIET);
    if (hold->length >= needed) {
        return;
    }
    char bound[NANOS_TEXT_MAX];
    char enough[NANOS_TEXT_MAX];
    schema_complain_at(reader, link->limit_at,
                       "a switchover in %s cannot be shown: %s %s, it would have to last %s",
                       nanos_text(link->item.limit, bound), fault, hold_text(reader->arena, hold),
                       nanos_text(needed, enough));
}

static void check_against_hold(struct reader *reader,
                               const struct fault_facts *facts,
                               const struct expectation_link *link,
                               size_t index)
{
    const struct fault *fault = &reader->scenario->faults[index];
    if (facts->opening[index] && fault->at_to < reader->scenario->duration) {
        demand_hold(reader, link, arena_printf(reader->arena, "fault '%s'", fault->id),
                    &facts->holds[index]);
    }
}

static void check_against_heal(struct reader *reader, const struct expectation_link *link)
{
    const struct chaos *chaos = &reader->scenario->chaos;
    if (chaos->enabled && !(reader->broken & SECTION_CHAOS)) {
        const struct check_hold hold = {.length = chaos->heal, .end = HOLD_HEAL};
        demand_hold(reader, link, "a random fault", &hold);
    }
}

static void check_holds(struct reader *reader,
                        const struct fault_facts *facts,
                        const struct expectation_link *link)
{
    const struct expectation *expectation = &link->item;
    bool known = !(reader->broken & (SECTION_FAULTS | SECTION_RUN));
    if (!known || expectation->metric != METRIC_SWITCHOVER || !is_upper(expectation->comparison)) {
        return;
    }
    if (expectation->fault != FAULT_NONE) {
        check_against_hold(reader, facts, link, expectation->fault);
        return;
    }
    size_t before = reader->mistakes;
    for (size_t i = 0; i < reader->scenario->fault_count && reader->mistakes == before; i++) {
        check_against_hold(reader, facts, link, i);
    }
    if (reader->mistakes == before) {
        check_against_heal(reader, link);
    }
}

static bool depends_on_rate(enum metric metric)
{
    return metric == METRIC_SWITCHOVER || metric == METRIC_FIRST_SUCCESS ||
           metric == METRIC_OUTAGE || metric == METRIC_FAILBACK || metric == METRIC_SWITCH_TIME;
}

/* The slowest stream decides when the last one has moved. */
static void check_stream_resolution(struct reader *reader, const struct expectation_link *link)
{
    const struct traffic *traffic = &reader->scenario->traffic;
    nanos interval = 0;
    nanos enough = link->item.limit / INTERVALS_PER_BOUND;
    if (link->item.metric != METRIC_STREAM_SWITCHOVER || (reader->broken & SECTION_STREAMS)) {
        return;
    }
    for (size_t i = 0; i < traffic->stream_count; i++) {
        interval = nanos_max(interval, traffic->streams[i].interval);
    }
    if (interval <= enough) {
        return;
    }
    char every[NANOS_TEXT_MAX];
    char bound[NANOS_TEXT_MAX];
    schema_complain_at(reader, link->limit_at,
                       "with an event every %s a bound of %s cannot be resolved: it takes %d "
                       "intervals or more",
                       nanos_text(interval, every), nanos_text(link->item.limit, bound),
                       INTERVALS_PER_BOUND);
}

static void check_resolution(struct reader *reader, const struct expectation_link *link)
{
    uint64_t rate = reader->scenario->traffic.rate_micro;
    nanos limit = link->item.limit;
    bool known = !(reader->broken & SECTION_TRAFFIC);
    if (!known || rate == 0 || !depends_on_rate(link->item.metric)) {
        return;
    }
    uint64_t interval = (uint64_t)RATIO_ONE * (uint64_t)NANOS_PER_S / rate;
    if (interval <= (uint64_t)limit / INTERVALS_PER_BOUND) {
        return;
    }
    char every[NANOS_TEXT_MAX];
    char bound[NANOS_TEXT_MAX];
    uint64_t nanos_per_rate = INTERVALS_PER_BOUND * (uint64_t)NANOS_PER_S;
    uint64_t enough = limit > 0 ? (nanos_per_rate + (uint64_t)limit - 1) / (uint64_t)limit : 0;
    const char *cure =
        enough > 0 ? arena_printf(reader->arena, "%" PRIu64 "/s", enough) : "no rate";
    schema_complain_at(reader, link->limit_at,
                       "with a request every %s a bound of %s cannot be resolved: %s would do",
                       nanos_text((nanos)interval, every), nanos_text(limit, bound), cure);
}

static void check_expectation(struct reader *reader,
                              const struct fault_facts *facts,
                              const struct expectation_link *link)
{
    const struct expectation *expectation = &link->item;
    const char *why = why_unmeasurable(reader, facts, expectation);
    if (why != NULL) {
        schema_complain_at(reader, expectation->at, "'%s' cannot be measured: %s",
                           expectation->name, why);
        return;
    }
    if (expectation->fault != FAULT_NONE && !(reader->broken & SECTION_FAULTS) &&
        !fault_kind_opens(reader->scenario->faults[expectation->fault].kind)) {
        schema_complain_at(
            reader, expectation->at, "'%s' cannot be measured here: '%s' opens no disturbance",
            expectation->name, fault_kind_word(reader->scenario->faults[expectation->fault].kind));
        return;
    }
    check_holds(reader, facts, link);
    check_resolution(reader, link);
    check_stream_resolution(reader, link);
}

void check_expectations(struct reader *reader)
{
    struct fault_facts facts = gather(reader);
    for (const struct expectation_link *link = reader->expectations; link != NULL;
         link = link->next) {
        check_expectation(reader, &facts, link);
    }
}
