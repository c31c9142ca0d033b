#include "world/sim/sim_parts.h"

void sim_rule_add(struct sim *sim, struct sim_rule rule)
{
    struct sim_rule *added = ARENA_NEW(sim->arena, struct sim_rule);
    *added = rule;
    added->next = sim->rules;
    sim->rules = added;
}

uint64_t sim_rule_remove(struct sim *sim, uint32_t number)
{
    struct sim_rule **place = &sim->rules;
    while (*place != NULL && (*place)->number != number) {
        place = &(*place)->next;
    }
    struct sim_rule *removed = *place;
    if (removed == NULL) {
        return 0;
    }
    *place = removed->next;
    return removed->packets;
}

/* The same for all packets of a connection. */
static bool
chooses(const struct sim *sim, const struct sim_rule *rule, const struct sim_connection *connection)
{
    struct prng prng;
    if (rule->of_ppm >= RATIO_ONE) {
        return true;
    }
    prng_init(&prng, sim->settings.seed ^ ((uint64_t)rule->number << 32), connection->number);
    return prng_chance(&prng, rule->of_ppm);
}

bool sim_packet_vanishes(struct sim *sim, struct sim_connection *connection, enum direction way)
{
    for (struct sim_rule *rule = sim->rules; rule != NULL; rule = rule->next) {
        bool meant = rule->direction == DIRECTION_BOTH || rule->direction == way;
        if (meant && rule->node == connection->node->index && chooses(sim, rule, connection)) {
            rule->packets++;
            return true;
        }
    }
    return false;
}
