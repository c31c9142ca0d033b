#include "world/sim/sim_parts.h"

struct sim_record *sim_log_add(struct sim *sim, struct sim_log *log)
{
    struct sim_log_chunk *chunk = log->last;
    if (chunk == NULL || chunk->count == SIM_LOG_RECORDS) {
        chunk = ARENA_NEW(sim->arena, struct sim_log_chunk);
        *(log->last == NULL ? &log->first : &log->last->next) = chunk;
        log->last = chunk;
    }
    log->count++;
    return &chunk->records[chunk->count++];
}

void sim_log_append(const struct sim *sim, const struct sim_node *node, struct journal *journal)
{
    for (const struct sim_log_chunk *chunk = node->log.first; chunk != NULL; chunk = chunk->next) {
        for (size_t i = 0; i < chunk->count; i++) {
            const struct sim_record *record = &chunk->records[i];
            nanos end = record->end == NANOS_NEVER ? NANOS_NEVER : record->end - sim->t0;
            journal_append(journal, (struct event){.at = record->start - sim->t0,
                                                   .node = node->index,
                                                   .kind = EVENT_EXECUTED,
                                                   .executed = {
                                                       .end = end,
                                                       .body_hash = record->body_hash,
                                                       .answer_hash = record->answer_hash,
                                                       .request = record->request,
                                                       .incarnation = record->incarnation,
                                                       .status = record->status,
                                                       .method = record->method,
                                                       .executed = record->executed,
                                                       .cut = record->cut,
                                                   }});
        }
    }
}
