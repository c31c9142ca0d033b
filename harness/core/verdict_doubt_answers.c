/* Did a client that is a program get the answers that it told of? The nodes' logs know. */
#include "core/verdict_parts.h"

/* Answers of one sort that the client made up. */
struct invention {
    uint64_t count;
    const struct request_record *first; /* by its end */
};

static void add(struct invention *invention, const struct request_record *record)
{
    if (invention->count++ == 0 || record->ended < invention->first->ended) {
        invention->first = record;
    }
}

/* Every node keeps a log, and a log that ran full is no witness. */
static bool logs_testify(const struct doubts *doubts)
{
    const struct scenario *scenario = doubts->scenario;

    for (size_t node = 0; node < scenario->node_count; node++) {
        if (scenario->nodes[node].kind != NODE_STUB) {
            return false;
        }
    }
    return !reason_list_has(doubts->list, REASON_LOG_FULL);
}

/* A service may answer by itself, and a damaged status line says anything. */
static bool statuses_testify(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (scenario->faults[i].kind == FAULT_CORRUPT) {
            return false;
        }
    }
    return scenario->process_count == scenario->node_count;
}

static void tell_unseen(const struct doubts *doubts, const struct invention *unseen)
{
    if (unseen->count > 0) {
        verdict_doubt_add(
            doubts, REASON_CLIENT_PROTOCOL,
            arena_printf(doubts->arena,
                         "the client answered %llu requests that no node has seen (does it pass "
                         "X-Request-Id on?)",
                         (unsigned long long)unseen->count));
    }
}

static void tell_unexplained(const struct doubts *doubts, const struct invention *unexplained)
{
    if (unexplained->count > 0) {
        verdict_doubt_add(
            doubts, REASON_CLIENT_PROTOCOL,
            arena_printf(doubts->arena,
                         "the client answered %llu requests with a status that no node gave in "
                         "a whole answer, the first of them request %u with %u",
                         (unsigned long long)unexplained->count, unexplained->first->request,
                         unexplained->first->status));
    }
}

/* A 5xx may be the client's own way to say that it failed: it counts as a failure in any case. */
static bool needs_explanation(const struct request_record *record)
{
    return record->outcome == OUTCOME_ANSWER && record->status < 500 && !record->explained;
}

static bool is_after_fault(const struct measurement *measurement, const struct invention *invention)
{
    return invention->count == 0 || measurement->first_fault <= invention->first->ended;
}

bool verdict_doubt_answers(const struct doubts *doubts)
{
    const struct measurement *measurement = doubts->measurement;
    struct invention unseen = {.count = 0};
    struct invention unexplained = {.count = 0};

    if (!scenario_client_is_external(&doubts->scenario->client) || !logs_testify(doubts)) {
        return false;
    }
    bool by_status = statuses_testify(doubts->scenario);
    for (size_t i = 0; i < measurement->request_count; i++) {
        const struct request_record *record = &measurement->requests[i];
        if (record->success && record->attempts == 0) {
            add(&unseen, record);
        } else if (by_status && needs_explanation(record)) {
            add(&unexplained, record);
        }
    }
    tell_unseen(doubts, &unseen);
    tell_unexplained(doubts, &unexplained);
    return unseen.count + unexplained.count > 0 && is_after_fault(measurement, &unseen) &&
           is_after_fault(measurement, &unexplained);
}
