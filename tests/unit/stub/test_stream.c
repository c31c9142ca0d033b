#include "backends-stub/stream.h"

#include "unit/cmocka_all.h"

#include <string.h>

#define INTERVAL (100 * NANOS_PER_MS)
#define MS       NANOS_PER_MS

static const struct decision normal = {.answer = DECISION_NORMAL, .execute = true};

static struct stream opened(nanos interval, uint64_t last_event, nanos now)
{
    struct stream stream;

    stream_open(&stream, interval, last_event, &normal, now);
    return stream;
}

/* The next item, which must be due now: ten bytes, not yet sent. */
static uint64_t decide(struct stream *stream, const struct decision *decision, nanos now)
{
    uint64_t event = 0;

    assert_int_equal(stream_turn(stream, now), STREAM_DECIDE);
    assert_int_equal(stream_decide(stream, decision, now, &event), 0);
    stream_put(stream, "0123456789", 10, now);
    return event;
}

static void send_rest(struct stream *stream, nanos now)
{
    const char *bytes = NULL;

    assert_int_equal(stream_turn(stream, now), STREAM_SEND);
    stream_sent(stream, stream_ready(stream, now, &bytes), now);
    assert_true(stream->sent == stream->length);
}

static uint64_t pass(struct stream *stream, nanos now)
{
    uint64_t event = decide(stream, &normal, now);

    send_rest(stream, now);
    return event;
}

static void test_events_come_by_the_shared_clock(void **state)
{
    struct stream early = opened(INTERVAL, STREAM_EVENT_NONE, 1001 * MS);
    struct stream late = opened(INTERVAL, STREAM_EVENT_NONE, 1099 * MS);

    (void)state;
    assert_true(stream_wake(&early) == 1100 * MS);
    assert_int_equal(stream_turn(&early, 1100 * MS - 1), STREAM_WAIT);
    assert_int_equal(pass(&early, 1100 * MS), 11);
    assert_int_equal(pass(&late, 1100 * MS), 11);
    assert_int_equal(stream_turn(&early, 1100 * MS), STREAM_WAIT);
    assert_true(stream_wake(&early) == 1200 * MS);
    /* An event that is due as the stream opens is over. */
    early = opened(INTERVAL, STREAM_EVENT_NONE, 1100 * MS);
    assert_int_equal(pass(&early, 1200 * MS), 12);
}

static void test_what_was_missed_comes_at_once_and_in_order(void **state)
{
    struct stream stream = opened(INTERVAL, 8, 1150 * MS);

    (void)state;
    assert_int_equal(pass(&stream, 1150 * MS), 9);
    assert_int_equal(pass(&stream, 1150 * MS), 10);
    assert_int_equal(pass(&stream, 1150 * MS), 11);
    assert_int_equal(stream_turn(&stream, 1150 * MS), STREAM_WAIT);
    assert_int_equal(pass(&stream, 1200 * MS), 12);
    /* A process that was stopped goes on where it was. */
    assert_int_equal(pass(&stream, 5000 * MS), 13);
    assert_int_equal(pass(&stream, 5000 * MS), 14);
}

static void test_a_resumption_is_bounded_and_never_in_the_future(void **state)
{
    const nanos now = 20000 * INTERVAL + 1;
    struct stream stream = opened(INTERVAL, 5, now);

    (void)state;
    assert_int_equal(stream.next, 20001 - STREAM_CATCH_UP_MAX);
    stream = opened(INTERVAL, 20000 - STREAM_CATCH_UP_MAX, now);
    assert_int_equal(stream.next, 20001 - STREAM_CATCH_UP_MAX);
    stream = opened(INTERVAL, 20002 - STREAM_CATCH_UP_MAX, now);
    assert_int_equal(stream.next, 20003 - STREAM_CATCH_UP_MAX);
    stream = opened(INTERVAL, 20000, now);
    assert_int_equal(stream.next, 20001);
    stream = opened(INTERVAL, 20001, now);
    assert_int_equal(stream.next, 20001);
    assert_int_equal(stream_resume(&stream, 0, now), 20000 - STREAM_CATCH_UP_MAX);
    assert_int_equal(stream_resume(&stream, 19990, now), 19990);
    assert_int_equal(pass(&stream, now), 19991);
    /* Whoever does not read for long finds the oldest gone. */
    assert_int_equal(pass(&stream, 40000 * INTERVAL), 40001 - STREAM_CATCH_UP_MAX);
}

static void test_between_rare_events_it_shows_that_it_lives(void **state)
{
    struct stream stream = opened(NANOS_PER_S * 5 / 2, STREAM_EVENT_NONE, 0);

    (void)state;
    assert_true(pass(&stream, 1000 * MS) == STREAM_EVENT_NONE);
    assert_true(stream_wake(&stream) == 2000 * MS);
    assert_true(pass(&stream, 2000 * MS) == STREAM_EVENT_NONE);
    assert_int_equal(pass(&stream, 2500 * MS), 1);
    assert_true(pass(&stream, 3500 * MS) == STREAM_EVENT_NONE);
    /* With frequent events there is no need. */
    stream = opened(NANOS_PER_S, STREAM_EVENT_NONE, 0);
    assert_int_equal(pass(&stream, 1000 * MS), 1);
    assert_int_equal(pass(&stream, 2000 * MS), 2);
}

static void test_hang_and_failure_end_it(void **state)
{
    const struct decision hang = {.answer = DECISION_SILENCE};
    const struct decision gray = {.answer = DECISION_STATUS, .status = 503};
    struct stream stream = opened(INTERVAL, STREAM_EVENT_NONE, 0);
    uint64_t event = 0;

    (void)state;
    assert_int_equal(stream_turn(&stream, INTERVAL), STREAM_DECIDE);
    assert_int_equal(stream_decide(&stream, &hang, INTERVAL, &event), -1);
    assert_int_equal(stream_turn(&stream, INTERVAL), STREAM_OVER);
    assert_int_equal(stream_turn(&stream, 100 * INTERVAL), STREAM_OVER);
    assert_int_equal(stream.phase, STREAM_SILENT);
    stream = opened(INTERVAL, STREAM_EVENT_NONE, 0);
    assert_int_equal(stream_decide(&stream, &gray, INTERVAL, &event), -1);
    assert_int_equal(stream_turn(&stream, INTERVAL), STREAM_OVER);
    assert_int_equal(stream.phase, STREAM_CLOSED);
}

static void test_a_late_event_does_not_make_the_next_later(void **state)
{
    const struct decision slow = {.answer = DECISION_NORMAL, .delay = 250 * MS};
    struct stream stream = opened(INTERVAL, STREAM_EVENT_NONE, 0);

    (void)state;
    assert_int_equal(decide(&stream, &slow, 100 * MS), 1);
    assert_int_equal(stream_turn(&stream, 349 * MS), STREAM_WAIT);
    assert_true(stream_wake(&stream) == 350 * MS);
    send_rest(&stream, 350 * MS);
    assert_int_equal(decide(&stream, &slow, 350 * MS), 2);
    assert_true(stream_wake(&stream) == 450 * MS);
    send_rest(&stream, 450 * MS);
    assert_int_equal(decide(&stream, &normal, 450 * MS), 3);
    send_rest(&stream, 450 * MS);
    /* What is caught up on is late as well, all of it by as much. */
    (void)stream_resume(&stream, 1, 460 * MS);
    assert_int_equal(decide(&stream, &slow, 460 * MS), 2);
    assert_true(stream_wake(&stream) == 710 * MS);
    send_rest(&stream, 710 * MS);
    assert_int_equal(decide(&stream, &slow, 710 * MS), 3);
    send_rest(&stream, 710 * MS);
}

static size_t send_some(struct stream *stream, nanos now)
{
    const char *bytes = NULL;
    size_t length = 0;

    if (stream_turn(stream, now) != STREAM_SEND) {
        return 0;
    }
    length = stream_ready(stream, now, &bytes);
    assert_memory_equal(bytes, stream->bytes + stream->sent, length);
    stream_sent(stream, length, now);
    return length;
}

static void test_a_cut_counts_bytes_over_items(void **state)
{
    struct decision cut = {.answer = DECISION_NORMAL, .cut = CUT_STALL, .after_bytes = 14};
    struct stream stream = opened(INTERVAL, STREAM_EVENT_NONE, 0);

    (void)state;
    assert_int_equal(decide(&stream, &cut, INTERVAL), 1);
    send_rest(&stream, INTERVAL);
    cut.after_bytes = 0; /* a later one changes nothing */
    cut.cut = CUT_TRUNCATE;
    assert_int_equal(decide(&stream, &cut, 2 * INTERVAL), 2);
    assert_int_equal(send_some(&stream, 2 * INTERVAL), 4);
    assert_int_equal(stream_turn(&stream, 2 * INTERVAL), STREAM_OVER);
    assert_int_equal(stream.phase, STREAM_SILENT);
    stream = opened(INTERVAL, STREAM_EVENT_NONE, 0);
    (void)decide(&stream, &cut, INTERVAL);
    assert_int_equal(stream_turn(&stream, INTERVAL), STREAM_OVER);
    assert_int_equal(stream.phase, STREAM_CLOSED);
}

static void test_a_cut_of_the_opening(void **state)
{
    const struct decision cut = {.answer = DECISION_NORMAL, .cut = CUT_TRUNCATE, .after_bytes = 3};
    struct stream stream;

    (void)state;
    stream_open(&stream, INTERVAL, STREAM_EVENT_NONE, &cut, 0);
    stream_put(&stream, "retry", 5, 0);
    assert_int_equal(send_some(&stream, 0), 3);
    assert_int_equal(stream_turn(&stream, 0), STREAM_OVER);
    assert_int_equal(stream.phase, STREAM_CLOSED);
}

static void test_a_trickled_event_leaves_byte_by_byte(void **state)
{
    const struct decision trickle = {.answer = DECISION_NORMAL, .rate_bytes = 100};
    struct stream stream = opened(INTERVAL, STREAM_EVENT_NONE, 0);

    (void)state;
    assert_int_equal(decide(&stream, &trickle, 105 * MS), 1);
    assert_int_equal(send_some(&stream, 105 * MS), 1);
    assert_int_equal(send_some(&stream, 105 * MS), 0);
    assert_true(stream_wake(&stream) == 115 * MS);
    assert_int_equal(send_some(&stream, 115 * MS), 1);
    assert_int_equal(send_some(&stream, 155 * MS), 4);
    assert_int_equal(send_some(&stream, 900 * MS), 4);
    /* It fell behind, and catches up at full speed. */
    assert_int_equal(pass(&stream, 900 * MS), 2);
}

static void test_bytes_between_items_leave_at_once(void **state)
{
    struct stream stream = opened(NANOS_PER_S, STREAM_EVENT_NONE, 0);

    (void)state;
    stream_put(&stream, "pong", 4, 10 * MS);
    send_rest(&stream, 10 * MS);
    assert_true(stream_wake(&stream) == 1000 * MS);
    /* What cannot be said, since its connection is closing, holds nothing up. */
    for (nanos now = 1000 * MS; now < 5000 * MS; now += 1000 * MS) {
        uint64_t event = 0;

        assert_int_equal(stream_turn(&stream, now), STREAM_DECIDE);
        assert_int_equal(stream_decide(&stream, &normal, now, &event), 0);
        assert_int_equal(stream_turn(&stream, now), STREAM_WAIT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_come_by_the_shared_clock),
        cmocka_unit_test(test_what_was_missed_comes_at_once_and_in_order),
        cmocka_unit_test(test_a_resumption_is_bounded_and_never_in_the_future),
        cmocka_unit_test(test_between_rare_events_it_shows_that_it_lives),
        cmocka_unit_test(test_hang_and_failure_end_it),
        cmocka_unit_test(test_a_late_event_does_not_make_the_next_later),
        cmocka_unit_test(test_a_cut_counts_bytes_over_items),
        cmocka_unit_test(test_a_cut_of_the_opening),
        cmocka_unit_test(test_a_trickled_event_leaves_byte_by_byte),
        cmocka_unit_test(test_bytes_between_items_leave_at_once),
    };

    return cmocka_run_group_tests_name("stub/stream", tests, NULL, NULL);
}
