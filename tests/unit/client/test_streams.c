/* The streams of one client, step by step: which node, when, and what the caller gets. */
#include "core/client/policy_parts.h"
#include "core/client/streams.h"
#include "unit/cmocka_all.h"

#define NODES 3
#define SEED  7
#define MS    NANOS_PER_MS

/* ---- A policy that believes what a test says ---- */

static enum belief believed[NODES];
static uint16_t preferred;

static enum belief belief_said(const struct policy *policy, uint16_t node)
{
    (void)policy;
    return believed[node];
}

static uint16_t active_said(const struct policy *policy)
{
    (void)policy;
    return preferred;
}

static const struct profile said = {.belief = belief_said, .active = active_said};

struct fixture {
    struct arena arena;
    struct scenario scenario;
    struct traffic_stream entry;
    struct policy policy;
    struct streams *streams;
    struct stream_outputs outputs;
    nanos now;
    struct stream_ref ref; /* of the latest opening */
    uint16_t node;         /* its node */
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){.policy = {.profile = &said, .node_count = NODES}};
    arena_init(&fixture.arena, 0);
    for (uint16_t node = 0; node < NODES; node++) {
        believed[node] = BELIEF_HEALTHY;
    }
    preferred = 0;
    fixture.entry = (struct traffic_stream){
        .kind = STREAM_SSE, .path = "/events", .count = 1, .interval = 100 * MS};
    fixture.scenario = (struct scenario){
        .node_count = NODES,
        .client = {.profile = PROFILE_RESILIENT, .connect_timeout = 500 * MS, .instances = 1},
        .traffic = {.streams = &fixture.entry, .stream_count = 1},
    };
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    arena_done(&((struct fixture *)*state)->arena);
    return 0;
}

/* ---- Steps ---- */

static void step(struct fixture *fixture, struct stream_input input)
{
    streams_step(fixture->streams, fixture->now, &input, &fixture->outputs);
    for (uint32_t i = 0; i < fixture->outputs.count; i++) {
        const struct stream_output *output = &fixture->outputs.item[i];
        if (output->kind == STREAM_OUTPUT_OPEN) {
            fixture->ref = output->ref;
            fixture->node = output->open.node;
        }
    }
}

static const struct stream_output *output_at(const struct fixture *fixture, uint32_t index)
{
    assert_true(index < fixture->outputs.count);
    return &fixture->outputs.item[index];
}

/* Goes to the next deadline and handles one thing. */
static void ring(struct fixture *fixture)
{
    nanos at = streams_deadline(fixture->streams);

    assert_true(at != NANOS_NEVER);
    fixture->now = nanos_max(fixture->now, at);
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_DEADLINE});
}

static void begin(struct fixture *fixture)
{
    fixture->streams = streams_new(&fixture->arena, &fixture->scenario, &fixture->policy, 0, SEED);
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_BEGIN});
    ring(fixture);
}

static void opened(struct fixture *fixture)
{
    step(fixture,
         (struct stream_input){.kind = STREAM_INPUT_OPENED, .ref = fixture->ref, .status = 200});
    assert_int_equal(fixture->outputs.count, 0);
}

/* Was it passed on? */
static bool event(struct fixture *fixture, uint64_t number)
{
    step(fixture,
         (struct stream_input){.kind = STREAM_INPUT_EVENT, .ref = fixture->ref, .number = number});
    assert_int_equal(fixture->outputs.count, 1);
    assert_int_equal(output_at(fixture, 0)->kind, STREAM_OUTPUT_EVENT);
    return !output_at(fixture, 0)->event.dropped;
}

static void ends(struct fixture *fixture, enum outcome outcome, uint16_t status)
{
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_ENDED,
                                        .ref = fixture->ref,
                                        .outcome = outcome,
                                        .status = status});
}

static void beliefs(struct fixture *fixture)
{
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_BELIEFS});
}

static void assert_opens(const struct fixture *fixture, uint32_t index, uint16_t node)
{
    assert_int_equal(output_at(fixture, index)->kind, STREAM_OUTPUT_OPEN);
    assert_int_equal(output_at(fixture, index)->open.node, node);
    assert_int_equal(fixture->outputs.count, index + 1);
}

static void assert_closes(const struct fixture *fixture, enum outcome outcome, const char *why)
{
    assert_int_equal(output_at(fixture, 0)->kind, STREAM_OUTPUT_CLOSE);
    assert_int_equal(output_at(fixture, 0)->close.outcome, outcome);
    assert_string_equal(output_at(fixture, 0)->close.why, why);
}

/* Fails on every node, once each; the last failure opens nothing. */
static void fail_everywhere(struct fixture *fixture)
{
    for (uint32_t i = 0; i < NODES; i++) {
        ends(fixture, OUTCOME_REFUSED, 0);
        assert_int_equal(fixture->outputs.count, i + 1 < NODES);
    }
}

/* ---- Where it begins, when it moves ---- */

static void begins_where_requests_go(void **state)
{
    struct fixture *fixture = *state;

    preferred = 1;
    begin(fixture);
    assert_opens(fixture, 0, 1);
    assert_int_equal(output_at(fixture, 0)->open.last_event, 0);
    assert_int_equal(output_at(fixture, 0)->open.connect_limit, fixture->now + 500 * MS);
}

static void spread_streams_begin_on_different_nodes(void **state)
{
    struct fixture *fixture = *state;

    preferred = NODE_NONE;
    fixture->entry.count = 4;
    fixture->scenario.client.order = ORDER_ROUND_ROBIN;
    begin(fixture);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(fixture->ref.stream, i);
        assert_int_equal(fixture->node, i % NODES);
        if (i < 3) {
            ring(fixture);
        }
    }
}

static void instances_share_the_streams(void **state)
{
    struct fixture *fixture = *state;

    fixture->entry.count = 5;
    fixture->scenario.client.instances = 2;
    fixture->streams = streams_new(&fixture->arena, &fixture->scenario, &fixture->policy, 1, SEED);
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_BEGIN});
    ring(fixture);
    assert_int_equal(fixture->ref.stream, 1);
    assert_int_equal(fixture->ref.id, 1);
    ring(fixture);
    assert_int_equal(fixture->ref.stream, 3);
    assert_int_equal(fixture->ref.id, 3);
    assert_true(streams_deadline(fixture->streams) > fixture->now);
}

static void moves_at_once_on_an_error_an_end_and_5xx(void **state)
{
    static const struct {
        enum outcome outcome;
        uint16_t status;
    } endings[] = {
        {OUTCOME_RESET, 0},    {OUTCOME_REFUSED, 0},  {OUTCOME_CONNECT_TIMEOUT, 0},
        {OUTCOME_ANSWER, 503}, {OUTCOME_ANSWER, 200}, {OUTCOME_TRUNCATED, 200},
        {OUTCOME_ANSWER, 429},
    };

    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        struct fixture *fixture = *state;
        begin(fixture);
        opened(fixture);
        ends(fixture, endings[i].outcome, endings[i].status);
        assert_opens(fixture, 0, 1);
        assert_int_not_equal(output_at(fixture, 0)->ref.id, 0);
        fixture->now = 0;
    }
}

static void invariant_35_silence_is_noticed(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    (void)event(fixture, 1);
    assert_int_equal(streams_deadline(fixture->streams), fixture->now + STREAM_SILENCE_MIN);
    ring(fixture);
    assert_closes(fixture, OUTCOME_TIMEOUT, "silent");
    assert_opens(fixture, 1, 1);
}

static void silence_is_counted_in_intervals(void **state)
{
    struct fixture *fixture = *state;

    fixture->entry.interval = 700 * MS;
    begin(fixture);
    assert_int_equal(streams_deadline(fixture->streams), fixture->now + 2100 * MS);
}

static void a_sign_of_life_breaks_the_silence(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    fixture->now += 900 * MS;
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_ALIVE, .ref = fixture->ref});
    assert_int_equal(streams_deadline(fixture->streams), fixture->now + STREAM_SILENCE_MIN);
}

static void moves_off_an_ejected_node(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    believed[0] = BELIEF_FAILED;
    beliefs(fixture);
    (void)event(fixture, 1); /* which does not make it stay */
    ring(fixture);
    assert_int_equal(fixture->now, 0);
    assert_closes(fixture, OUTCOME_MOVED, "ejected");
    assert_opens(fixture, 1, 1);
    believed[0] = BELIEF_HEALTHY; /* and it does not move back */
    beliefs(fixture);
    assert_true(streams_deadline(fixture->streams) > fixture->now);
}

static void stays_where_no_other_node_is_in_rotation(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    believed[0] = believed[1] = believed[2] = BELIEF_FAILED;
    beliefs(fixture);
    assert_int_equal(streams_deadline(fixture->streams), STREAM_SILENCE_MIN);
    believed[2] = BELIEF_HEALTHY;
    beliefs(fixture);
    ring(fixture);
    assert_opens(fixture, 1, 2);
}

/* All nodes are ejected one by one at one instant, or the node is back before anybody looked. */
static void stays_if_the_reason_to_leave_is_gone(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    believed[0] = BELIEF_FAILED;
    beliefs(fixture);
    believed[1] = believed[2] = BELIEF_FAILED;
    beliefs(fixture);
    assert_int_equal(streams_deadline(fixture->streams), 0);
    ring(fixture);
    assert_int_equal(fixture->outputs.count, 0);
    assert_int_equal(streams_deadline(fixture->streams), STREAM_SILENCE_MIN);
}

static void asks_ejected_nodes_only_where_all_are(void **state)
{
    struct fixture *fixture = *state;

    believed[1] = BELIEF_FAILED;
    begin(fixture);
    ends(fixture, OUTCOME_RESET, 0);
    assert_opens(fixture, 0, 2);
    ends(fixture, OUTCOME_RESET, 0);
    assert_int_equal(fixture->outputs.count, 0); /* waits */
    believed[0] = believed[2] = BELIEF_FAILED;
    ring(fixture);
    assert_opens(fixture, 0, 0);
    ends(fixture, OUTCOME_RESET, 0);
    assert_opens(fixture, 0, 1);
}

/* ---- Backoff ---- */

static void invariant_35_waits_grow_with_full_jitter(void **state)
{
    struct fixture *fixture = *state;
    nanos most = STREAM_BACKOFF_BASE;
    bool differs = false;
    nanos before = -1;

    begin(fixture);
    for (int i = 0; i < 12; i++) {
        fail_everywhere(fixture);
        nanos wait = streams_deadline(fixture->streams) - fixture->now;
        assert_in_range(wait, 0, most);
        differs = differs || (i > 6 && before >= 0 && wait != before);
        before = wait;
        most = nanos_min(most * 2, STREAM_BACKOFF_MAX);
        ring(fixture);
        assert_opens(fixture, 0, 0);
    }
    assert_true(differs);
}

static void invariant_35_accept_and_close_is_no_success(void **state)
{
    struct fixture *fixture = *state;
    nanos longest = 0;

    begin(fixture);
    uint64_t number = 0;
    for (int i = 0; i < 30; i++) {
        for (int node = 0; node < NODES; node++) {
            opened(fixture);
            (void)event(fixture, ++number);
            ends(fixture, OUTCOME_ANSWER, 200);
        }
        longest = nanos_max(longest, streams_deadline(fixture->streams) - fixture->now);
        ring(fixture);
    }
    assert_true(longest > STREAM_BACKOFF_MAX / 2);
}

static void a_stable_stretch_forgets_the_waits(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    for (int i = 0; i < 8; i++) {
        fail_everywhere(fixture);
        ring(fixture);
    }
    opened(fixture);
    (void)event(fixture, 1);
    fixture->now += STREAM_STABLE;
    (void)event(fixture, 2);
    ends(fixture, OUTCOME_RESET, 0);
    assert_opens(fixture, 0, 1);
    ends(fixture, OUTCOME_RESET, 0);
    ends(fixture, OUTCOME_RESET, 0);
    assert_in_range(streams_deadline(fixture->streams) - fixture->now, 0, STREAM_BACKOFF_BASE);
}

/* ---- What the caller gets ---- */

static void invariant_34_resumes_after_the_last_event(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    assert_true(event(fixture, 41));
    assert_true(event(fixture, 42));
    ends(fixture, OUTCOME_RESET, 200);
    assert_int_equal(output_at(fixture, 0)->open.last_event, 42);
}

static void invariant_34_drops_what_it_knows(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    opened(fixture);
    assert_true(event(fixture, 41));
    assert_false(event(fixture, 41));
    assert_false(event(fixture, 12));
    assert_true(event(fixture, 43));
    assert_true(event(fixture, 0)); /* cannot be recognised */
    ends(fixture, OUTCOME_RESET, 200);
    assert_int_equal(output_at(fixture, 0)->open.last_event, 43);
}

static void invariant_34_closes_before_it_opens(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    struct stream_ref first = fixture->ref;
    ring(fixture);
    assert_int_equal(output_at(fixture, 0)->kind, STREAM_OUTPUT_CLOSE);
    assert_int_equal(output_at(fixture, 0)->ref.id, first.id);
    assert_opens(fixture, 1, 1);
    assert_int_not_equal(output_at(fixture, 1)->ref.id, first.id);
}

static void invariant_35_final_answers_end_it(void **state)
{
    static const uint16_t final[] = {204, 400, 401, 404};

    for (size_t i = 0; i < sizeof final / sizeof final[0]; i++) {
        struct fixture *fixture = *state;
        begin(fixture);
        ends(fixture, OUTCOME_ANSWER, final[i]);
        assert_int_equal(fixture->outputs.count, 0);
        assert_int_equal(streams_deadline(fixture->streams), NANOS_NEVER);
    }
}

/* ---- A browser's ---- */

static void a_browser_comes_back_to_the_same_node(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.client.profile = PROFILE_APISERVICE;
    begin(fixture);
    assert_int_equal(output_at(fixture, 0)->open.connect_limit, NANOS_NEVER);
    opened(fixture);
    (void)event(fixture, 5);
    preferred = 1;
    believed[0] = BELIEF_FAILED;
    beliefs(fixture);
    assert_int_equal(streams_deadline(fixture->streams), NANOS_NEVER); /* nor is silence noticed */
    ends(fixture, OUTCOME_RESET, 200);
    assert_int_equal(streams_deadline(fixture->streams), fixture->now + STREAM_BROWSER_RETRY);
    ring(fixture);
    assert_opens(fixture, 0, 0);
    assert_int_equal(output_at(fixture, 0)->open.last_event, 5);
}

static void a_browser_waits_as_long_as_it_was_told(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.client.profile = PROFILE_APISERVICE;
    begin(fixture);
    step(fixture, (struct stream_input){.kind = STREAM_INPUT_ENDED,
                                        .ref = fixture->ref,
                                        .outcome = OUTCOME_RESET,
                                        .retry = 700 * MS});
    assert_int_equal(streams_deadline(fixture->streams), fixture->now + 700 * MS);
    ring(fixture);
    ends(fixture, OUTCOME_REFUSED, 0); /* which says nothing new */
    assert_int_equal(streams_deadline(fixture->streams), fixture->now + 700 * MS);
}

static void a_browser_passes_duplicates_on(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.client.profile = PROFILE_NONE;
    begin(fixture);
    opened(fixture);
    assert_true(event(fixture, 5));
    assert_true(event(fixture, 5));
}

static void a_browser_gives_up_after_another_status(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.client.profile = PROFILE_APISERVICE;
    begin(fixture);
    ends(fixture, OUTCOME_ANSWER, 503);
    assert_int_equal(streams_deadline(fixture->streams), NANOS_NEVER);
}

static void a_browser_leaves_a_closed_websocket_closed(void **state)
{
    struct fixture *fixture = *state;

    fixture->scenario.client.profile = PROFILE_APISERVICE;
    fixture->entry.kind = STREAM_WEBSOCKET;
    begin(fixture);
    opened(fixture);
    ends(fixture, OUTCOME_RESET, 101);
    assert_int_equal(streams_deadline(fixture->streams), NANOS_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(begins_where_requests_go),
        TEST(spread_streams_begin_on_different_nodes),
        TEST(instances_share_the_streams),
        TEST(moves_at_once_on_an_error_an_end_and_5xx),
        TEST(invariant_35_silence_is_noticed),
        TEST(silence_is_counted_in_intervals),
        TEST(a_sign_of_life_breaks_the_silence),
        TEST(moves_off_an_ejected_node),
        TEST(stays_where_no_other_node_is_in_rotation),
        TEST(stays_if_the_reason_to_leave_is_gone),
        TEST(asks_ejected_nodes_only_where_all_are),
        TEST(invariant_35_waits_grow_with_full_jitter),
        TEST(invariant_35_accept_and_close_is_no_success),
        TEST(a_stable_stretch_forgets_the_waits),
        TEST(invariant_34_resumes_after_the_last_event),
        TEST(invariant_34_drops_what_it_knows),
        TEST(invariant_34_closes_before_it_opens),
        TEST(invariant_35_final_answers_end_it),
        TEST(a_browser_comes_back_to_the_same_node),
        TEST(a_browser_waits_as_long_as_it_was_told),
        TEST(a_browser_passes_duplicates_on),
        TEST(a_browser_gives_up_after_another_status),
        TEST(a_browser_leaves_a_closed_websocket_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
