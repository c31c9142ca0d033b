/* Rules about chaos: there must be time for a fault and its end, and a node to hit. */
#include "base/text.h"
#include "scenario/held.h"
#include "scenario/reader.h"

#include <inttypes.h>
#include <string.h>

static const char id_prefix[] = "chaos-";

/* The value of a key of the section, else the section. */
static struct source_at place_of(const struct reader *reader, const char *key)
{
    const struct yaml_value *value = yaml_value_get(yaml_value_get(reader->root, "chaos"), key);
    return value != NULL ? value->at : reader->scenario->chaos.at;
}

static void check_times(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    const struct chaos *chaos = &scenario->chaos;
    nanos last = scenario->duration - chaos->heal;
    char from[NANOS_TEXT_MAX];
    char heal[NANOS_TEXT_MAX];
    char end[NANOS_TEXT_MAX];
    nanos_text(chaos->from, from);
    nanos_text(chaos->heal, heal);
    nanos_text(scenario->duration, end);
    if (last <= chaos->from) {
        schema_complain_at(reader, chaos->at,
                           "no fault of %s ('heal') fits between %s ('from') and the end of "
                           "traffic (duration: %s)",
                           heal, from, end);
    } else if (chaos->until <= chaos->from) {
        schema_complain_at(reader, place_of(reader, "until"), "'until' must come after 'from' (%s)",
                           from);
    } else if (chaos->until > last) {
        char limit[NANOS_TEXT_MAX];
        schema_complain_at(reader, place_of(reader, "until"),
                           "a fault drawn last would not be undone before traffic ends (duration: "
                           "%s): 'until' must be at most %s",
                           end, nanos_text(last, limit));
    }
}

static void check_count(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    uint64_t count = scenario_chaos_stretches(&scenario->chaos);
    if (count + scenario->fault_count > SCENARIO_FAULTS_MAX) {
        schema_complain_at(reader, place_of(reader, "every"),
                           "chaos draws up to %" PRIu64 " faults, with those written at most %d "
                           "are possible",
                           count, SCENARIO_FAULTS_MAX);
    }
}

static void check_reach(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    const struct held *held = held_find(reader->arena, scenario);
    size_t free = 0;
    for (size_t node = 0; node < scenario->node_count; node++) {
        free += held_throughout(&held[node], scenario->chaos.from, scenario->chaos.until) ? 0 : 1;
    }
    if (free <= scenario->chaos.keep_healthy) {
        schema_complain_at(reader, scenario->chaos.at,
                           "chaos finds no node to hit: faults of the file hold, or may hold, %zu "
                           "of %zu nodes all the time, and it keeps %" PRIu32 " healthy",
                           scenario->node_count - free, scenario->node_count,
                           scenario->chaos.keep_healthy);
    }
}

static void check_nodes(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    if (scenario->chaos.keep_healthy >= scenario->node_count) {
        schema_complain_at(reader, place_of(reader, "keep_healthy"),
                           "chaos finds no node to hit: there %s %zu, and it keeps %" PRIu32
                           " healthy ('keep_healthy')",
                           scenario->node_count == 1 ? "is" : "are", scenario->node_count,
                           scenario->chaos.keep_healthy);
    } else if (!(reader->broken & (SECTION_FAULTS | SECTION_RUN))) {
        check_reach(reader);
    }
}

static void check_ids(struct reader *reader)
{
    const struct scenario *scenario = reader->scenario;
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const char *id = scenario->faults[i].id;
        if (text_has_prefix(id, id_prefix) &&
            strspn(id + strlen(id_prefix), "0123456789") == strlen(id) - strlen(id_prefix)) {
            schema_complain_at(reader, scenario->faults[i].source,
                               "the id '%s' is one of those that faults of chaos get", id);
        }
    }
}

void check_chaos(struct reader *reader)
{
    if (!reader->scenario->chaos.enabled || (reader->broken & SECTION_CHAOS)) {
        return;
    }
    if (!(reader->broken & SECTION_RUN)) {
        check_times(reader);
    }
    if (!(reader->broken & SECTION_NODES)) {
        check_nodes(reader);
    }
    if (!(reader->broken & SECTION_FAULTS)) {
        check_count(reader);
        check_ids(reader);
    }
}
