#include "world/supervisor_parts.h"

uint64_t supervisor_hits(const struct supervisor *supervisor, uint16_t node, uint32_t fault)
{
    uint64_t hits = 0;
    for (const struct log_node *log = supervisor->processes[node].logs; log != NULL;
         log = log->next) {
        hits += execution_log_hits(&log->log, fault);
    }
    return hits;
}

void supervisor_visit_logs(const struct supervisor *supervisor,
                           void (*visit)(void *context, const struct execution_log *log),
                           void *context,
                           bool *ret_full)
{
    *ret_full = false;
    for (size_t i = 0; i < supervisor->count; i++) {
        for (const struct log_node *log = supervisor->processes[i].logs; log != NULL;
             log = log->next) {
            visit(context, &log->log);
            *ret_full = *ret_full || execution_log_is_full(&log->log);
        }
    }
}
