#include "world/real_parts.h"

#include "base/check.h"
#include "world/strays.h"

/* A turn drains what is ready, but not for ever: a flood of answers must not hold back the faults.
 */
#define DRAIN_PASSES 64

static struct real *real_of(struct world *world)
{
    return (struct real *)(void *)world;
}

void real_tell(void *context, const struct occurrence *occurrence)
{
    struct real *real = context;
    occurrences_add(&real->seen, occurrence);
}

void real_problem(struct real *real, enum reason reason, const char *text)
{
    struct occurrence problem = {
        .at = loop_clock(),
        .kind = OCCURRENCE_PROBLEM,
        .node = NODE_NONE,
        .problem = {.text = text, .reason = reason},
    };
    real_tell(real, &problem);
}

void real_process_event(void *context, const struct process_event *event)
{
    struct real *real = context;
    if (event->kind == PROCESS_EVENT_READY && !real->prepared) {
        real->not_ready--;
    }
    real->doubt = real->doubt || event->kind == PROCESS_EVENT_NOT_READY;
    real->was_stopped = real->was_stopped || event->kind == PROCESS_EVENT_STOPPED;
    injector_see(real->injector, event);
}

void real_proxy_event(void *context, const struct proxy_event *event)
{
    struct real *real = context;
    switch (event->kind) {
    case PROXY_EVENT_READY:
        real->not_ready--;
        return;
    case PROXY_EVENT_FAILED:
        real->doubt = true;
        real_problem(real, event->port_was_taken ? REASON_PORT_TAKEN : REASON_PROXY_DIED,
                     event->text);
        return;
    case PROXY_EVENT_DIED:
        real->doubt = true;
        real_problem(real, REASON_PROXY_DIED, event->text);
        return;
    case PROXY_EVENT_ACK:
        injector_see_proxy(real->injector, event);
        return;
    }
    CHECK(false && "an event of a known kind");
}

/* Waits once, then takes all that is ready, so that no deadline is judged before an answer that is
 * there. */
void real_turn(struct real *real, nanos until)
{
    nanos limit = nanos_min(until, http_client_deadline(real->http));
    limit = nanos_min(limit, supervisor_deadline(real->supervisor, loop_clock()));
    limit = nanos_min(limit, injector_deadline(real->injector));
    limit = nanos_min(limit, look_ups_deadline(real->look_ups));
    if (real->client != NULL) {
        limit = nanos_min(limit, exec_client_deadline(real->client));
    }
    if (real->streams != NULL) {
        limit = nanos_min(limit, stream_client_deadline(real->streams));
    }
    int ready = loop_wait(real->loop, limit);
    for (int pass = 0; ready > 0 && pass < DRAIN_PASSES; pass++) {
        ready = loop_wait(real->loop, 0);
    }
    nanos now = loop_clock();
    http_client_poll(real->http, now);
    if (real->streams != NULL) {
        stream_client_poll(real->streams, now);
    }
    supervisor_poll(real->supervisor, now);
    injector_poll(real->injector, now);
    look_ups_poll(real->look_ups, now);
    if (real->client != NULL) {
        exec_client_poll(real->client, now);
    }
}

void real_look_for_signal(struct real *real)
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
    real_tell(real, &interrupt);
}

/* What the client by `direct` asks: a load balancer that begins before its nodes do would find
   them all down, and believe it for the first seconds of the run. */
static bool is_in_front(const struct scenario *scenario, uint16_t node)
{
    return scenario->client.profile == PROFILE_DIRECT && node >= scenario->node_count &&
           scenario->nodes[node].port == scenario->client.direct.port;
}

static uint32_t count_in_front(const struct scenario *scenario)
{
    uint32_t count = 0;
    for (uint16_t node = 0; node < scenario->process_count; node++) {
        count += is_in_front(scenario, node);
    }
    return count;
}

static void start_processes(struct real *real, bool in_front)
{
    const struct scenario *scenario = real->settings.scenario;
    for (uint16_t node = 0; node < scenario->process_count; node++) {
        if (is_in_front(scenario, node) == in_front) {
            supervisor_start(real->supervisor, node);
        }
    }
}

static void wait_for_ready(struct real *real)
{
    while (real->not_ready > 0 && !real->doubt && !real->interrupt_told) {
        real_turn(real, NANOS_NEVER);
        real_look_for_signal(real);
    }
}

static bool real_prepare(struct world *world)
{
    struct real *real = real_of(world);
    const struct scenario *scenario = real->settings.scenario;
    uint32_t in_front = count_in_front(scenario);
    real->not_ready = (uint32_t)scenario->process_count - in_front + (real->proxy != NULL);
    start_processes(real, false);
    if (real->client != NULL) {
        exec_client_start(real->client);
    }
    wait_for_ready(real);
    if (in_front > 0 && real->not_ready == 0) {
        real->not_ready = in_front;
        start_processes(real, true);
        wait_for_ready(real);
    }
    real->prepared = real->not_ready == 0 && real_client_prepare(real);
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
        real_turn(real, real->seen.count > 0 ? 0 : limit);
        real_look_for_signal(real);
    } while (real->seen.count == 0 && loop_clock() < limit);
}

static bool real_next(struct world *world, struct occurrence *ret)
{
    struct real *real = real_of(world);
    if (!occurrences_take(&real->seen, ret)) {
        return false;
    }
    ret->at -= real->t0;
    return true;
}

static nanos real_start_attempt(struct world *world, const struct world_attempt *attempt)
{
    struct real *real = real_of(world);
    struct world_attempt translated = *attempt;
    translated.connect_limit = absolute(real, attempt->connect_limit);
    return http_client_start(real->http, &translated) - real->t0;
}

static bool real_cancel_attempt(struct world *world, uint16_t client, struct attempt_ref ref)
{
    (void)client; /* ids are unique over all clients */
    struct real *real = real_of(world);
    bool sent = false;
    bool ended = occurrences_forget_attempt(&real->seen, ref, &sent);
    return ended ? sent : http_client_cancel(real->http, ref);
}

static nanos real_start_stream(struct world *world, const struct world_stream *stream)
{
    struct real *real = real_of(world);
    if (real->client != NULL) {
        return exec_client_open_stream(real->client, stream) - real->t0;
    }
    struct world_stream translated = *stream;
    translated.connect_limit = absolute(real, stream->connect_limit);
    return stream_client_start(real->streams, &translated) - real->t0;
}

static void real_close_stream(struct world *world, struct stream_ref ref)
{
    struct real *real = real_of(world);
    bool ended = occurrences_forget_stream(&real->seen, ref);
    if (real->client != NULL) {
        exec_client_close_stream(real->client, ref);
    } else if (!ended) {
        stream_client_close(real->streams, ref);
    }
}

static void real_drop_connections(struct world *world, uint16_t client, uint16_t node)
{
    http_client_drop(real_of(world)->http, client, node);
}

static uint16_t real_served_by(struct world *world, uint32_t request)
{
    struct real *real = real_of(world);
    return real->served == NULL ? NODE_NONE : served_by(real->served, real->supervisor, request);
}

static void real_look_up(struct world *world, const struct world_lookup *lookup)
{
    struct real *real = real_of(world);
    struct world_lookup translated = *lookup;
    translated.limit = absolute(real, lookup->limit);
    look_ups_ask(real->look_ups, &translated);
}

static void real_apply_fault(struct world *world, uint32_t fault, uint16_t node)
{
    injector_apply(real_of(world)->injector, fault, node);
}

static void real_clear_fault(struct world *world, uint32_t fault, uint16_t node)
{
    injector_clear(real_of(world)->injector, fault, node);
}

static void real_tell_alert(struct world *world, const struct world_alert *alert)
{
    struct real *real = real_of(world);
    if (real->notifier != NULL) {
        notifier_tell(real->notifier, alert);
    }
}

static void real_close(struct world *world)
{
    struct real *real = real_of(world);
    exec_client_free(real->client);
    stream_client_free(real->streams);
    look_ups_free(real->look_ups);
    notifier_free(real->notifier);
    proxy_link_free(real->proxy);
    supervisor_free(real->supervisor); /* it may be asking whether one is ready */
    if (real->http != NULL) {
        http_client_free(real->http);
    }
    served_free(real->served);
    if (real->ends_strays) {
        strays_end(guardian_pid(real->guardian));
    }
    private_folder_remove(&real->folder); /* before nobody is left who would */
    guardian_free(real->guardian);
    packet_filter_free(real->filter);
    node_networks_free(real->networks);
    loop_free(real->loop);
}

static const struct world_ops real_ops = {
    .prepare = real_prepare,
    .start_clock = real_start_clock,
    .now = real_now,
    .wait = real_wait,
    .next = real_next,
    .start_attempt = real_start_attempt,
    .cancel_attempt = real_cancel_attempt,
    .start_stream = real_start_stream,
    .close_stream = real_close_stream,
    .drop_connections = real_drop_connections,
    .give_request = real_give_request,
    .withdraw_request = real_withdraw_request,
    .order_client = real_order_client,
    .served_by = real_served_by,
    .look_up = real_look_up,
    .apply_fault = real_apply_fault,
    .clear_fault = real_clear_fault,
    .tell_alert = real_tell_alert,
    .release = real_release,
    .finish = real_finish,
    .close = real_close,
};

struct world *real_new(const struct world_settings *settings,
                       const struct real_programs *programs,
                       struct error *reterr)
{
    struct real *real = ARENA_NEW(settings->arena, struct real);
    real->world.ops = &real_ops;
    real->settings = *settings;
    real->programs = *programs;
    real->t0 = loop_clock();
    occurrences_init(&real->seen, settings->arena);
    if (real_open(real, reterr) < 0) {
        real_close(&real->world);
        return NULL;
    }
    return &real->world;
}
