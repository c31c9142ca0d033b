#include "world/real_parts.h"

#include <time.h>

/* Logs that did not grow for this long are complete. */
#define LOGS_QUIET    (100 * NANOS_PER_MS)
#define RELEASE_LIMIT (1 * NANOS_PER_S)
#define HOOKS_LIMIT   (1 * NANOS_PER_S)

static void count_records(void *context, const struct execution_log *log)
{
    uint64_t *count = context;
    *count += execution_log_count(log);
}

static uint64_t records_so_far(struct real *real)
{
    uint64_t count = 0;
    bool full;
    supervisor_visit_logs(real->supervisor, count_records, &count, &full);
    return count;
}

/* A node that was stopped executes what it holds once it goes on: wait until its log stays as it
 * is. */
void real_release(struct world *world)
{
    struct real *real = (struct real *)(void *)world;
    nanos limit = loop_clock() + RELEASE_LIMIT;

    if (!real->prepared || real->released) {
        return;
    }
    real->released = true;
    injector_release(real->injector);
    while (injector_awaited(real->injector) > 0 && loop_clock() < limit) {
        real_turn(real, limit);
    }
    if (!real->was_stopped) {
        return;
    }
    uint64_t before;
    uint64_t after = records_so_far(real);
    do {
        before = after;
        nanos quiet = nanos_min(limit, loop_clock() + LOGS_QUIET);
        while (loop_clock() < quiet) {
            real_turn(real, quiet);
        }
        after = records_so_far(real);
    } while (after != before && loop_clock() < limit);
}

/* What still runs for an alert gets a moment more, and is killed then. */
static void let_hooks_finish(struct real *real)
{
    nanos limit = real->interrupt_told ? 0 : loop_clock() + HOOKS_LIMIT;
    if (real->notifier == NULL) {
        return;
    }
    while (notifier_under_way(real->notifier) > 0 && loop_clock() < limit) {
        real_turn(real, limit);
    }
    notifier_stop(real->notifier);
}

/* Clients have been told already. A second interrupt ends the patience. */
static void let_commands_stop(struct real *real)
{
    supervisor_stop(real->supervisor, loop_clock());
    while (supervisor_living(real->supervisor) > 0) {
        real_turn(real, NANOS_NEVER);
        if (loop_signal(real->loop) != 0) {
            supervisor_kill(real->supervisor);
        }
    }
}

struct log_reading {
    struct real *real;
    struct journal *journal;
};

static void append_log(void *context, const struct execution_log *log)
{
    struct log_reading *reading = context;
    nanos t0 = reading->real->t0;
    for (uint32_t i = 0; i < execution_log_count(log); i++) {
        const struct execution_record *record = &log->records[i];
        if (atomic_load_explicit(&record->committed, memory_order_acquire) == 0 ||
            record->run != reading->real->settings.run) {
            continue;
        }
        nanos end = atomic_load_explicit(&record->end, memory_order_acquire);
        journal_append(reading->journal,
                       (struct event){.at = record->start - t0,
                                      .node = log->header->node,
                                      .kind = EVENT_EXECUTED,
                                      .executed = {
                                          .end = end == 0 ? NANOS_NEVER : end - t0,
                                          .body_hash = record->body_hash,
                                          .answer_hash = record->answer_hash,
                                          .request = record->request,
                                          .incarnation = log->header->incarnation,
                                          .status = record->status,
                                          .method = record->method,
                                          .executed = (record->flags & EXECUTION_EXECUTED) != 0,
                                          .cut = (record->flags & EXECUTION_CUT) != 0,
                                      }});
    }
}

void real_finish(struct world *world, struct journal *journal)
{
    struct real *real = (struct real *)(void *)world;
    real_release(world);
    let_hooks_finish(real);
    real_client_finish(real);
    let_commands_stop(real);
    struct log_reading reading = {.real = real, .journal = journal};
    bool full;
    supervisor_visit_logs(real->supervisor, append_log, &reading, &full);
    if (full) {
        real_problem(real, REASON_LOG_FULL, "the execution log of a node ran full");
    }
    if (http_client_starved(real->http) > 0) {
        real_problem(
            real, REASON_OVERLOAD,
            "the harness ran out of descriptors or ports; lower the rate, or raise ulimit -n");
    }
    struct timespec realtime;
    clock_gettime(CLOCK_REALTIME, &realtime);
    nanos since_t0 = loop_clock() - real->t0;
    journal->t0_monotonic = real->t0;
    journal->t0_realtime = realtime.tv_sec * NANOS_PER_S + realtime.tv_nsec - since_t0;
}
