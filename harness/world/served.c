#include "world/served.h"

#include "base/check.h"

#include <stdlib.h>

/* How far the log of one incarnation was read. */
struct reading {
    struct reading *next;
    uint32_t record;
    uint16_t node;
    uint16_t incarnation;
};

struct execution {
    nanos start; /* 0: none so far */
    uint16_t node;
};

struct served {
    struct arena *arena;
    struct reading *readings;
    struct execution *executions; /* by request; memory is taken where it is touched */
    uint64_t request_count;
    uint32_t run;
};

struct served *served_new(struct arena *arena, uint64_t request_count, uint32_t run)
{
    struct served *served = ARENA_NEW(arena, struct served);
    *served = (struct served){
        .arena = arena,
        .executions = calloc(request_count + 1, sizeof *served->executions),
        .request_count = request_count,
        .run = run,
    };
    CHECK_MEMORY(served->executions != NULL);
    return served;
}

struct served *served_free(struct served *served)
{
    if (served != NULL) {
        free(served->executions);
        served->executions = NULL;
    }
    return NULL;
}

static struct reading *reading_of(struct served *served, const struct execution_log_header *header)
{
    struct reading *reading = served->readings;
    while (reading != NULL &&
           (reading->node != header->node || reading->incarnation != header->incarnation)) {
        reading = reading->next;
    }
    if (reading == NULL) {
        reading = ARENA_NEW(served->arena, struct reading);
        *reading = (struct reading){
            .next = served->readings,
            .node = header->node,
            .incarnation = header->incarnation,
        };
        served->readings = reading;
    }
    return reading;
}

static void note(struct served *served, const struct execution_record *record, uint16_t node)
{
    if (record->run != served->run || record->request >= served->request_count) {
        return;
    }
    struct execution *execution = &served->executions[record->request];
    if (record->start >= execution->start) {
        *execution = (struct execution){.start = record->start, .node = node};
    }
}

static void read_log(void *context, const struct execution_log *log)
{
    struct served *served = context;
    struct reading *reading = reading_of(served, log->header);
    uint32_t count = execution_log_count(log);
    while (reading->record < count) {
        const struct execution_record *record = &log->records[reading->record];
        bool committed = atomic_load_explicit(&record->committed, memory_order_acquire) != 0;
        if (!committed && reading->record + 1 == count) {
            return; /* it is being written */
        }
        if (committed) {
            note(served, record, log->header->node);
        }
        reading->record++;
    }
}

uint16_t served_by(struct served *served, const struct supervisor *supervisor, uint32_t request)
{
    bool full;
    CHECK(request < served->request_count);
    supervisor_visit_logs(supervisor, read_log, served, &full);
    const struct execution *execution = &served->executions[request];
    return execution->start == 0 ? NODE_NONE : execution->node;
}
