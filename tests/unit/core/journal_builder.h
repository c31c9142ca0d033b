/* Builds small journals for tests of measure: traffic at a rate, rules for what becomes of it,
   faults with their times. Three nodes (primary, backup-1, backup-2), one GET entry and one POST
   entry in the mix, slow at 500 ms. */
#ifndef BASCULE_TESTS_JOURNAL_BUILDER_H
#define BASCULE_TESTS_JOURNAL_BUILDER_H

#include "base/arena.h"
#include "core/measure.h"

#define MS NANOS_PER_MS
#define S  NANOS_PER_S

#define BUILDER_FAULTS_MAX 16
#define BUILDER_RULES_MAX  24

enum { PRIMARY, BACKUP_1, BACKUP_2, BUILDER_NODES };

enum { MIX_GET, MIX_POST, BUILDER_MIX };

/* What becomes of requests due in [from, to); the first rule that fits holds. */
struct rule {
    nanos from;
    nanos to;
    uint32_t every; /* only requests whose number divides by it; 0: all */
    uint16_t node;  /* NODE_NONE: no attempt is made */
    uint16_t status;
    enum outcome outcome;
    nanos after;    /* ends so long after its due time ... */
    nanos at_least; /* ... but never before this time */
};

struct builder {
    struct arena arena;
    struct arena scratch;
    struct scenario scenario;
    struct scenario_node nodes[BUILDER_NODES];
    struct traffic_request mix[BUILDER_MIX];
    struct fault faults[BUILDER_FAULTS_MAX];
    struct journal journal;
    struct rule rules[BUILDER_RULES_MAX];
    size_t rule_count;
    uint64_t rate;
    uint32_t next_request;
    uint32_t next_attempt;
    struct measurement measurement;
};

void builder_init(struct builder *builder, uint64_t rate, nanos duration);
void builder_done(struct builder *builder);

/* Distance of two due times; the rate divides a second. */
nanos builder_interval(const struct builder *builder);
/* How many requests are due in [from, to), and the last due time before a moment. */
int64_t builder_due(const struct builder *builder, nanos from, nanos to);
nanos builder_last_due(const struct builder *builder, nanos before);

/* A fault on the nodes of a bit mask: planned and applied at `at`, effective then too, cleared at
   `cleared` (or NANOS_NEVER). Returns its index; the fault may be refined in builder->faults before
   builder_measure. */
uint32_t builder_fault(
    struct builder *builder, enum fault_kind kind, unsigned mask, nanos at, nanos cleared);
/* The same fault once more: a further down phase of a flap. */
void builder_apply(struct builder *builder, uint32_t index, unsigned mask, nanos at, nanos cleared);
void builder_rule(struct builder *builder, struct rule rule);
/* By the primary after 2 ms, with that status. */
struct rule builder_status(uint16_t status);
/* 200 by that node after 2 ms, but not before a time. */
struct rule builder_held(nanos from, nanos to, uint16_t node, nanos at_least);
/* Answers with 200 by that node so long after the due time. */
void builder_answer(struct builder *builder, nanos from, nanos to, uint16_t node, nanos after);
/* No answer: ends so long after the due time. */
void builder_refuse(struct builder *builder, nanos from, nanos to, nanos after);

/* One request with one attempt, as the rule says; returns its id. Due times must rise. */
uint32_t builder_request(struct builder *builder, nanos due, uint16_t mix, const struct rule *rule);
/* All requests of the traffic, by the rules; without one: 200 by the primary after 2 ms. */
void builder_traffic(struct builder *builder);
void builder_event(struct builder *builder, struct event event);
void builder_belief(
    struct builder *builder, nanos at, uint16_t client, uint16_t node, enum belief belief);
/* A further attempt of a request. */
uint32_t builder_attempt(struct builder *builder,
                         uint32_t request,
                         enum attempt_purpose purpose,
                         uint16_t node,
                         nanos start);
void builder_attempt_end(struct builder *builder,
                         uint32_t attempt,
                         uint32_t request,
                         nanos at,
                         enum outcome outcome,
                         uint16_t status);
void builder_executed(struct builder *builder,
                      nanos at,
                      uint16_t node,
                      uint32_t request,
                      uint64_t answer_hash,
                      bool executed);

/* Ends the traffic after the scenario's duration and the drain 5 s later, and measures. */
const struct measurement *builder_measure(struct builder *builder);

#endif
