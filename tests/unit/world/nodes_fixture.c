#include "unit/world/nodes_fixture.h"

#include "unit/cmocka_all.h"
#include "world/port.h"

#include <stdlib.h>
#include <sys/wait.h>

#define PATIENCE (20 * NANOS_PER_S)
#define QUIET    (20 * NANOS_PER_MS)

static void take_event(void *context, const struct process_event *event)
{
    struct nodes *nodes = context;
    assert_true(nodes->event_count < TOLD_MAX);
    nodes->events[nodes->event_count++] = *event;
    injector_see(nodes->injector, event);
}

static void take_occurrence(void *context, const struct occurrence *occurrence)
{
    struct nodes *nodes = context;
    assert_true(nodes->occurrence_count < TOLD_MAX);
    nodes->occurrences[nodes->occurrence_count++] = *occurrence;
}

static nanos hands_now(void *context)
{
    (void)context;
    return loop_clock();
}

static enum process_state hands_state(void *context, uint16_t node)
{
    const struct nodes *nodes = context;
    return supervisor_state(nodes->supervisor, node);
}

static void hands_start(void *context, uint16_t node)
{
    const struct nodes *nodes = context;
    supervisor_start(nodes->supervisor, node);
}

static bool hands_signal(void *context, uint16_t node, int signal)
{
    const struct nodes *nodes = context;
    return supervisor_signal(nodes->supervisor, node, signal);
}

static uint64_t hands_order(void *context, uint16_t node, struct control_order *order)
{
    const struct nodes *nodes = context;
    return supervisor_order(nodes->supervisor, node, order);
}

static uint64_t hands_hits(void *context, uint16_t node, uint32_t fault)
{
    const struct nodes *nodes = context;
    return supervisor_hits(nodes->supervisor, node, fault);
}

/* Of nodes alone: there is no proxy and no packet filter here. */
static const struct injector_hands hands = {
    .now = hands_now,
    .state = hands_state,
    .start = hands_start,
    .signal = hands_signal,
    .order = hands_order,
    .hits = hands_hits,
};

static void open_both(struct nodes *nodes)
{
    const struct supervisor_settings supervisor = {
        .loop = nodes->loop,
        .arena = &nodes->arena,
        .scenario = &nodes->scenario,
        .stub_program = fake_node_program(),
        .places = &nodes->places,
        .log_capacity = 16,
        .report = take_event,
        .context = nodes,
    };
    nodes->supervisor = supervisor_new(&supervisor);
    const struct injector_settings injector = {
        .arena = &nodes->arena,
        .scenario = &nodes->scenario,
        .hands = &hands,
        .report = take_occurrence,
        .context = nodes,
    };
    nodes->injector = injector_new(&injector);
}

int nodes_set_up(void **state)
{
    struct nodes *nodes = calloc(1, sizeof *nodes);
    struct error error = {.text = ""};
    arena_init(&nodes->arena, 0);
    nodes->loop = loop_new(&error);
    assert_non_null(nodes->loop);
    assert_int_equal(port_find_free(&nodes->port, 1, &error), 0);
    nodes->node = (struct scenario_node){.name = "a", .port = nodes->port};
    nodes->faults[FAULT_INDEX_KILL] = (struct fault){.kind = FAULT_KILL, .id = "kill-1"};
    nodes->faults[FAULT_INDEX_RESPOND] = (struct fault){
        .kind = FAULT_RESPOND, .id = "respond-2", .parameters = {.ratio_ppm = RATIO_ONE}};
    nodes->faults[FAULT_INDEX_PAUSE] = (struct fault){.kind = FAULT_PAUSE, .id = "pause-3"};
    nodes->scenario = (struct scenario){
        .name = "nodes",
        .nodes = &nodes->node,
        .node_count = 1,
        .process_count = 1,
        .faults = nodes->faults,
        .fault_count = FAULT_INDEXES,
    };
    assert_int_equal(
        node_places_init(&nodes->places, &nodes->scenario, NULL, false, &nodes->arena, &error), 0);
    open_both(nodes);
    *state = nodes;
    return 0;
}

int nodes_tear_down(void **state)
{
    struct nodes *nodes = *state;
    supervisor_free(nodes->supervisor);
    loop_free(nodes->loop);
    arena_done(&nodes->arena);
    free(nodes);
    return 0;
}

static void turn(struct nodes *nodes, nanos until)
{
    nanos limit = nanos_min(until, supervisor_deadline(nodes->supervisor, loop_clock()));
    (void)loop_wait(nodes->loop, nanos_min(limit, injector_deadline(nodes->injector)));
    supervisor_poll(nodes->supervisor, loop_clock());
    injector_poll(nodes->injector, loop_clock());
}

static const struct process_event *find_event(const struct nodes *nodes,
                                              enum process_event_kind kind)
{
    for (size_t i = 0; i < nodes->event_count; i++) {
        if (nodes->events[i].kind == kind) {
            return &nodes->events[i];
        }
    }
    return NULL;
}

static const struct occurrence *find(const struct nodes *nodes, enum occurrence_kind kind)
{
    for (size_t i = 0; i < nodes->occurrence_count; i++) {
        if (nodes->occurrences[i].kind == kind) {
            return &nodes->occurrences[i];
        }
    }
    return NULL;
}

const struct process_event *nodes_await_event(struct nodes *nodes, enum process_event_kind kind)
{
    nanos limit = loop_clock() + PATIENCE;
    while (find_event(nodes, kind) == NULL) {
        assert_true(loop_clock() < limit);
        turn(nodes, limit);
    }
    return find_event(nodes, kind);
}

const struct occurrence *nodes_await(struct nodes *nodes, enum occurrence_kind kind)
{
    nanos limit = loop_clock() + PATIENCE;
    while (find(nodes, kind) == NULL) {
        assert_true(loop_clock() < limit);
        turn(nodes, limit);
    }
    return find(nodes, kind);
}

void nodes_start(struct nodes *nodes, enum fake_node part)
{
    fake_node_play(part);
    supervisor_start(nodes->supervisor, 0);
    if (part != FAKE_NODE_STARTS && part != FAKE_NODE_LIES && part != FAKE_NODE_FAILS) {
        (void)nodes_await_event(nodes, PROCESS_EVENT_READY);
    }
}

void nodes_await_zombie(void)
{
    siginfo_t info;
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
}

size_t nodes_count_events(const struct nodes *nodes, enum process_event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < nodes->event_count; i++) {
        count += nodes->events[i].kind == kind;
    }
    return count;
}

size_t nodes_count(const struct nodes *nodes, enum occurrence_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < nodes->occurrence_count; i++) {
        count += nodes->occurrences[i].kind == kind;
    }
    return count;
}

void nodes_settle(struct nodes *nodes)
{
    size_t before;
    do {
        before = nodes->event_count;
        nanos limit = loop_clock() + QUIET;
        while (loop_clock() < limit) {
            turn(nodes, limit);
        }
    } while (nodes->event_count != before);
}
