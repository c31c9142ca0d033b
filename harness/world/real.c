#include "world/real.h"

#include "base/check.h"
#include "world/http_client.h"
#include "world/injector.h"
#include "world/loop.h"
#include "world/supervisor.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

/* A turn drains what is ready, but not for ever: a flood of answers must not hold back the faults.
 */
#define DRAIN_PASSES  64
/* Logs that did not grow for this long are complete. */
#define LOGS_QUIET    (100 * NANOS_PER_MS)
#define RELEASE_LIMIT (1 * NANOS_PER_S)

struct real {
    struct world world;
    struct real_settings settings;
    struct loop *loop;
    struct supervisor *supervisor;
    struct injector *injector;
    struct http_client *http;
    nanos t0; /* CLOCK_MONOTONIC */
    bool prepared;
    bool interrupt_told;
    bool doubt;       /* a node will not become ready */
    bool was_stopped; /* some node was stopped at some time, and may hold requests */
    uint32_t not_ready;
    struct occurrence *queue; /* CLOCK_MONOTONIC times; a ring that grows */
    size_t first, count, capacity;
};

static struct real *real_of(struct world *world)
{
    return (struct real *)(void *)world;
}

static void queue_grow(struct real *real)
{
    size_t capacity = real->capacity == 0 ? 1024 : real->capacity * 2;
    struct occurrence *queue = calloc(capacity, sizeof *queue);
    CHECK(queue != NULL);
    for (size_t i = 0; i < real->count; i++) {
        queue[i] = real->queue[(real->first + i) % real->capacity];
    }
    free(real->queue);
    real->queue = queue;
    real->capacity = capacity;
    real->first = 0;
}

static void enqueue(void *context, const struct occurrence *occurrence)
{
    struct real *real = context;
    if (real->count == real->capacity) {
        queue_grow(real);
    }
    real->queue[(real->first + real->count++) % real->capacity] = *occurrence;
}

static void process_event(void *context, const struct process_event *event)
{
    struct real *real = context;
    if (event->kind == PROCESS_EVENT_READY && !real->prepared) {
        real->not_ready--;
    }
    real->doubt = real->doubt || event->kind == PROCESS_EVENT_NOT_READY;
    real->was_stopped = real->was_stopped || event->kind == PROCESS_EVENT_STOPPED;
    injector_see(real->injector, event);
}

/* Waits once, then takes all that is ready, so that no deadline is judged before an answer that is
 * there. */
static void turn(struct real *real, nanos until)
{
    nanos limit = nanos_min(until, http_client_deadline(real->http));
    limit = nanos_min(limit, supervisor_deadline(real->supervisor, loop_clock()));
    limit = nanos_min(limit, injector_deadline(real->injector));
    int ready = loop_wait(real->loop, limit);
    for (int pass = 0; ready > 0 && pass < DRAIN_PASSES; pass++) {
        ready = loop_wait(real->loop, 0);
    }
    nanos now = loop_clock();
    http_client_poll(real->http, now);
    supervisor_poll(real->supervisor, now);
    injector_poll(real->injector, now);
}

static void look_for_signal(struct real *real)
{
    int signal = loop_signal(real->loop);
    if (signal == 0 || real->interrupt_told) {
        return;
    }
    real->interrupt_told = true;
    struct occurrence interrupt = {
        .at = loop_clock(),
        .kind = OCCURRENCE_INTERRUPT,
        .node = NODE_NONE,
        .signal = signal,
    };
    enqueue(real, &interrupt);
}

static bool real_prepare(struct world *world)
{
    struct real *real = real_of(world);
    real->not_ready = (uint32_t)real->settings.scenario->node_count;
    for (uint16_t node = 0; node < real->settings.scenario->node_count; node++) {
        supervisor_start(real->supervisor, node);
    }
    while (real->not_ready > 0 && !real->doubt && !real->interrupt_told) {
        turn(real, NANOS_NEVER);
        look_for_signal(real);
    }
    real->prepared = real->not_ready == 0;
    return real->prepared && !real->interrupt_told;
}

static void real_start_clock(struct world *world, nanos lead)
{
    real_of(world)->t0 = loop_clock() + lead;
}

static nanos real_now(struct world *world)
{
    return loop_clock() - real_of(world)->t0;
}

static nanos absolute(const struct real *real, nanos at)
{
    return at == NANOS_NEVER ? NANOS_NEVER : at + real->t0;
}

static void real_wait(struct world *world, nanos until)
{
    struct real *real = real_of(world);
    nanos limit = absolute(real, until);
    do {
        turn(real, real->count > 0 ? 0 : limit);
        look_for_signal(real);
    } while (real->count == 0 && loop_clock() < limit);
}

static bool real_next(struct world *world, struct occurrence *ret)
{
    struct real *real = real_of(world);
    if (real->count == 0) {
        return false;
    }
    *ret = real->queue[real->first];
    ret->at -= real->t0;
    real->first = (real->first + 1) % real->capacity;
    real->count--;
    return true;
}

static nanos real_start_attempt(struct world *world, const struct world_attempt *attempt)
{
    struct real *real = real_of(world);
    struct world_attempt translated = *attempt;
    translated.connect_limit = absolute(real, attempt->connect_limit);
    return http_client_start(real->http, &translated) - real->t0;
}

/* It may have ended in the same turn, with the news still in the queue: that is not told any more.
 */
static bool forget_queued(struct real *real, struct attempt_ref ref, bool *ret_sent)
{
    bool ended = false;
    size_t kept = 0;
    for (size_t i = 0; i < real->count; i++) {
        const struct occurrence *occurrence = &real->queue[(real->first + i) % real->capacity];
        bool of_attempt =
            occurrence->kind == OCCURRENCE_ATTEMPT_ENDED || occurrence->kind == OCCURRENCE_HEADERS;
        if (of_attempt && occurrence->attempt.ref.id == ref.id) {
            ended = ended || occurrence->kind == OCCURRENCE_ATTEMPT_ENDED;
            *ret_sent = occurrence->attempt.sent;
            continue;
        }
        real->queue[(real->first + kept++) % real->capacity] = *occurrence;
    }
    real->count = kept;
    return ended;
}

static bool real_cancel_attempt(struct world *world, uint16_t client, struct attempt_ref ref)
{
    (void)client; /* ids are unique over all clients */
    struct real *real = real_of(world);
    bool sent = false;
    if (real->count > 0 && forget_queued(real, ref, &sent)) {
        return sent;
    }
    return http_client_cancel(real->http, ref);
}

static void real_drop_connections(struct world *world, uint16_t client, uint16_t node)
{
    http_client_drop(real_of(world)->http, client, node);
}

static void real_apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    injector_apply(real_of(world)->injector, fault, node);
}

static void real_clear_fault(struct world *world, uint32_t fault, uint16_t node)
{
    injector_clear(real_of(world)->injector, fault, node);
}

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
static void let_nodes_finish(struct real *real)
{
    nanos limit = loop_clock() + RELEASE_LIMIT;
    injector_release(real->injector);
    while (injector_awaited(real->injector) > 0 && loop_clock() < limit) {
        turn(real, limit);
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
            turn(real, quiet);
        }
        after = records_so_far(real);
    } while (after != before && loop_clock() < limit);
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

static void tell_problem(struct real *real, enum reason reason, const char *text)
{
    struct occurrence problem = {
        .at = loop_clock(),
        .kind = OCCURRENCE_PROBLEM,
        .node = NODE_NONE,
        .problem = {.text = text, .reason = reason},
    };
    enqueue(real, &problem);
}

static void real_finish(struct world *world, struct journal *journal)
{
    struct real *real = real_of(world);
    if (real->prepared) {
        let_nodes_finish(real);
    }
    struct log_reading reading = {.real = real, .journal = journal};
    bool full;
    supervisor_visit_logs(real->supervisor, append_log, &reading, &full);
    if (full) {
        tell_problem(real, REASON_LOG_FULL, "the execution log of a node ran full");
    }
    if (http_client_starved(real->http) > 0) {
        tell_problem(
            real, REASON_OVERLOAD,
            "the harness ran out of descriptors or ports; lower the rate, or raise ulimit -n");
    }
    struct timespec realtime;
    clock_gettime(CLOCK_REALTIME, &realtime);
    nanos since_t0 = loop_clock() - real->t0;
    journal->t0_monotonic = real->t0;
    journal->t0_realtime = realtime.tv_sec * NANOS_PER_S + realtime.tv_nsec - since_t0;
}

static const struct world_ops real_ops = {
    .prepare = real_prepare,
    .start_clock = real_start_clock,
    .now = real_now,
    .wait = real_wait,
    .next = real_next,
    .start_attempt = real_start_attempt,
    .cancel_attempt = real_cancel_attempt,
    .drop_connections = real_drop_connections,
    .apply_fault = real_apply_fault,
    .clear_fault = real_clear_fault,
    .finish = real_finish,
};

/* Every request may reach a node more than once: by its retries, and late, after it was given up.
 */
static uint32_t log_capacity(const struct scenario *scenario)
{
    uint64_t attempts = scenario->client.retry_attempts < 4 ? scenario->client.retry_attempts : 4;
    uint64_t records = scenario_request_count(scenario) * attempts + 1024;
    return records > UINT32_MAX ? UINT32_MAX : (uint32_t)records;
}

static int real_open(struct real *real, struct error *reterr)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    const struct real_settings *settings = &real->settings;
    real->loop = loop_new(reterr);
    if (real->loop == NULL || loop_take_signals(real->loop, signals, 3, reterr) < 0) {
        return -1;
    }
    const struct supervisor_settings supervisor = {
        .loop = real->loop,
        .arena = settings->arena,
        .scenario = settings->scenario,
        .stub_program = settings->stub_program,
        .seed = settings->seed,
        .log_capacity = log_capacity(settings->scenario),
        .report = process_event,
        .context = real,
    };
    real->supervisor = supervisor_new(&supervisor);
    const struct injector_settings injector = {
        .arena = settings->arena,
        .scenario = settings->scenario,
        .supervisor = real->supervisor,
        .report = enqueue,
        .context = real,
    };
    real->injector = injector_new(&injector);
    const struct http_client_settings http = {
        .loop = real->loop,
        .scenario = settings->scenario,
        .run = settings->run,
        .report = enqueue,
        .context = real,
    };
    real->http = http_client_new(&http, reterr);
    return real->http == NULL ? -1 : 0;
}

struct world *real_new(const struct real_settings *settings, struct error *reterr)
{
    struct real *real = ARENA_NEW(settings->arena, struct real);
    real->world.ops = &real_ops;
    real->settings = *settings;
    real->t0 = loop_clock();
    if (real_open(real, reterr) < 0) {
        return real_free(&real->world);
    }
    return &real->world;
}

struct world *real_free(struct world *world)
{
    if (world == NULL) {
        return NULL;
    }
    struct real *real = real_of(world);
    if (real->http != NULL) {
        http_client_free(real->http);
    }
    supervisor_free(real->supervisor);
    loop_free(real->loop);
    free(real->queue);
    return NULL;
}
