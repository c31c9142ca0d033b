/* Streams in virtual time: what the shared clock numbers, and what faults do to one that is open.
 */
#include "unit/sim/bench.h"

#include <stdio.h>
#include <string.h>

#define MS NANOS_PER_MS
#define S  NANOS_PER_S

static struct stream_ref open_one(struct bench *bench, uint16_t node, uint64_t last_event)
{
    static uint32_t id;
    const struct traffic_stream *what = &bench->scenario.traffic.streams[0];
    const struct world_stream stream = {
        .ref = {.id = id++, .stream = 0},
        .connect_limit = bench_now(bench) + 500 * MS,
        .path = what->path,
        .interval = what->interval,
        .last_event = last_event,
        .kind = what->kind,
        .node = node,
    };
    bench->world->ops->start_stream(bench->world, &stream);
    return stream.ref;
}

static void open_bench(struct bench *bench, const char *kind, const char *faults)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "traffic:\n  rate: 0/s\n  streams:\n"
                   "    - {kind: %s, path: '/s?x=1', interval: 100ms}\n%s",
                   kind, faults);
    bench_open(bench, text, 1);
}

/* A stream of the first node that is open for half a second when this fault comes. */
static struct stream_ref open_and_hit(struct bench *bench, const char *fault)
{
    char text[100];
    (void)snprintf(text, sizeof text, "faults: [{at: 0s, for: 9s, %s}]\n", fault);
    open_bench(bench, "sse", text);
    struct stream_ref ref = open_one(bench, 0, 0);
    bench_run(bench, 500 * MS);
    bench_apply(bench, 0, 0);
    return ref;
}

static size_t events(const struct bench *bench)
{
    size_t count = 0;
    while (bench_seen(bench, OCCURRENCE_STREAM_EVENT, count) != NULL) {
        count++;
    }
    return count;
}

static uint64_t number_of(const struct bench *bench, size_t event)
{
    return bench_seen(bench, OCCURRENCE_STREAM_EVENT, event)->stream.number;
}

static void assert_ended(const struct bench *bench, enum outcome outcome, uint16_t status)
{
    const struct occurrence *end = bench_seen(bench, OCCURRENCE_STREAM_ENDED, 0);
    assert_non_null(end);
    assert_string_equal(outcome_word(end->stream.outcome), outcome_word(outcome));
    assert_int_equal(end->stream.status, status);
}

static void events_follow_the_clock(void **state)
{
    struct bench *bench = *state;
    open_bench(bench, "sse", "");
    open_one(bench, 0, 0);
    bench_run(bench, 1050 * MS);
    assert_int_equal(bench_seen(bench, OCCURRENCE_STREAM_OPENED, 0)->stream.status, 200);
    assert_in_range(events(bench), 10, 11);
    for (size_t i = 1; i < events(bench); i++) {
        nanos apart = bench_seen(bench, OCCURRENCE_STREAM_EVENT, i)->at -
                      bench_seen(bench, OCCURRENCE_STREAM_EVENT, i - 1)->at;
        assert_int_equal(number_of(bench, i), number_of(bench, i - 1) + 1);
        assert_in_range(apart, 99 * MS, 101 * MS);
    }
}

static void another_node_goes_on_where_the_first_was(void **state)
{
    struct bench *bench = *state;
    open_bench(bench, "websocket", "");
    struct stream_ref first = open_one(bench, 0, 0);
    bench_run(bench, 550 * MS);
    size_t before = events(bench);
    uint64_t last = number_of(bench, before - 1);
    assert_int_equal(bench_seen(bench, OCCURRENCE_STREAM_OPENED, 0)->stream.status, 101);
    bench->world->ops->close_stream(bench->world, first);
    bench_run(bench, 1050 * MS);
    assert_int_equal(events(bench), before);
    open_one(bench, 1, last);
    bench_run(bench, 1090 * MS);
    assert_in_range(events(bench), before + 4, before + 6); /* what was missed, at once */
    assert_int_equal(number_of(bench, before), last + 1);
}

static void a_killed_node_ends_its_streams(void **state)
{
    struct bench *bench = *state;
    open_bench(bench, "sse", "faults: [{at: 1s, kill: primary}]\n");
    open_one(bench, 0, 0);
    bench_run(bench, 1 * S);
    bench_apply(bench, 0, 0);
    bench_run(bench, 2 * S);
    assert_ended(bench, OUTCOME_TRUNCATED, 200);
    open_one(bench, 0, 0);
    bench_run(bench, 3 * S);
    assert_string_equal(outcome_word(bench_seen(bench, OCCURRENCE_STREAM_ENDED, 1)->stream.outcome),
                        "refused");
}

/* Paused or behind a wall a stream is silent, and comes back with all that it owes. */
static void a_silent_node_owes_its_events(void **state)
{
    static const char *const faults[] = {"pause: primary", "blackhole: primary"};
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[100];
        (void)snprintf(text, sizeof text, "faults: [{at: 1s, for: 1s, %s}]\n", faults[i]);
        open_bench(bench, "sse", text);
        open_one(bench, 0, 0);
        bench_run(bench, 1 * S);
        bench_apply(bench, 0, 0);
        bench_run(bench, 1010 * MS);
        size_t before = events(bench);
        bench_run(bench, 2 * S);
        assert_int_equal(events(bench), before);
        bench_clear(bench, 0, 0);
        bench_run(bench, 4 * S);
        assert_in_range(events(bench), before + 29, before + 31);
        assert_int_equal(number_of(bench, events(bench) - 1) - number_of(bench, 0),
                         events(bench) - 1);
        assert_null(bench_seen(bench, OCCURRENCE_STREAM_ENDED, 0));
        bench_close(bench);
    }
    open_bench(bench, "sse", "");
}

static void faults_of_the_answer_meet_the_opening(void **state)
{
    struct bench *bench = *state;
    open_bench(bench, "sse", "faults: [{at: 0s, for: 9s, respond: primary, status: 503}]\n");
    bench_apply(bench, 0, 0);
    bench_run(bench, 100 * MS);
    open_one(bench, 0, 0);
    bench_run(bench, 200 * MS);
    assert_ended(bench, OUTCOME_ANSWER, 503);
    assert_int_equal(events(bench), 0);
}

/* The next item meets the fault; what was silenced stays silent on this connection. */
static void faults_of_the_answer_meet_an_open_stream(void **state)
{
    static const struct {
        const char *fault;
        bool ends;
    } cases[] = {
        {"gray: primary", true},
        {"respond: primary, status: 503", true},
        {"hang: primary", false},
        {"stall: primary", false},
    };
    struct bench *bench = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_and_hit(bench, cases[i].fault);
        bench_run(bench, 510 * MS);
        size_t before = events(bench);
        bench_run(bench, 1500 * MS);
        bench_clear(bench, 0, 0);
        bench_run(bench, 2500 * MS);
        assert_int_equal(events(bench), before);
        assert_int_equal(bench_seen(bench, OCCURRENCE_STREAM_ENDED, 0) != NULL, cases[i].ends);
        bench_close(bench);
    }
    open_bench(bench, "sse", "");
}

static void a_node_that_refuses_ends_its_streams_well(void **state)
{
    struct bench *bench = *state;
    open_and_hit(bench, "refuse: primary");
    bench_run(bench, 700 * MS);
    assert_ended(bench, OUTCOME_ANSWER, 200);
    assert_int_equal(bench_seen(bench, OCCURRENCE_STREAM_ENDED, 0)->stream.retry, 100 * MS);
}

/* The stub says that it lives where events are far apart. */
static void signs_of_life_come_between_events(void **state)
{
    struct bench *bench = *state;
    bench_open(bench, "traffic: {rate: 0/s, streams: [{kind: sse, path: /s, interval: 10s}]}\n", 1);
    open_one(bench, 0, 0);
    bench_run(bench, 5 * S);
    assert_int_equal(events(bench), 0);
    assert_non_null(bench_seen(bench, OCCURRENCE_STREAM_ALIVE, 3));
}

static void a_truncated_stream_ends(void **state)
{
    struct bench *bench = *state;
    open_and_hit(bench, "truncate: primary");
    bench_run(bench, 700 * MS);
    assert_ended(bench, OUTCOME_TRUNCATED, 200);
}

static void a_reset_on_the_wire_ends_a_stream(void **state)
{
    struct bench *bench = *state;
    open_and_hit(bench, "reset: primary");
    bench_run(bench, 700 * MS);
    assert_ended(bench, OUTCOME_TRUNCATED, 200);
}

static void a_slow_node_is_late_and_keeps_the_order(void **state)
{
    struct bench *bench = *state;
    open_and_hit(bench, "slow: primary, by: 40ms");
    bench_run(bench, 510 * MS);
    size_t before = events(bench);
    bench_run(bench, 1510 * MS);
    assert_in_range(events(bench), before + 9, before + 10);
    nanos late = bench_seen(bench, OCCURRENCE_STREAM_EVENT, before + 1)->at -
                 bench_seen(bench, OCCURRENCE_STREAM_EVENT, 0)->at;
    assert_in_range(late % (100 * MS), 39 * MS, 41 * MS);
}

static void a_closed_stream_is_never_heard_of_again(void **state)
{
    struct bench *bench = *state;
    struct stream_ref ref = open_and_hit(bench, "pause: primary");
    bench_run(bench, 1000 * MS);
    size_t before = events(bench);
    bench->world->ops->close_stream(bench->world, ref);
    open_one(bench, 1, 0);
    bench_clear(bench, 0, 0);
    bench_run(bench, 1001 * MS);
    assert_null(bench_seen(bench, OCCURRENCE_STREAM_ENDED, 0));
    assert_int_equal(events(bench), before);
}

static int set_up(void **state)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    *state = &bench;
    return 0;
}

static int tear_down(void **state)
{
    bench_close(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_follow_the_clock),
        TEST(another_node_goes_on_where_the_first_was),
        TEST(a_killed_node_ends_its_streams),
        TEST(a_silent_node_owes_its_events),
        TEST(faults_of_the_answer_meet_the_opening),
        TEST(faults_of_the_answer_meet_an_open_stream),
        TEST(a_node_that_refuses_ends_its_streams_well),
        TEST(signs_of_life_come_between_events),
        TEST(a_truncated_stream_ends),
        TEST(a_reset_on_the_wire_ends_a_stream),
        TEST(a_slow_node_is_late_and_keeps_the_order),
        TEST(a_closed_stream_is_never_heard_of_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
