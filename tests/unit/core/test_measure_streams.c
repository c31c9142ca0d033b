/* Streams are callers: their silences disturb, their numbers tell what was lost. */
#include "unit/core/figure_asserts.h"
#include "unit/core/journal_builder.h"

#define INTERVAL (100 * MS)

static const struct traffic_stream two = {
    .kind = STREAM_SSE, .path = "/events", .count = 2, .interval = INTERVAL};

static void begin(struct builder *builder, nanos duration)
{
    builder_init(builder, 100, duration);
    builder->scenario.traffic.streams = &two;
    builder->scenario.traffic.stream_count = 1;
}

static void
tell(struct builder *builder, enum event_kind kind, nanos at, uint16_t node, struct event event)
{
    event.at = at;
    event.kind = (uint8_t)kind;
    event.node = node;
    event.stream.why = "";
    builder_event(builder, event);
}

static void opens(struct builder *builder, uint32_t stream, nanos at, uint16_t node)
{
    tell(builder, EVENT_STREAM_OPEN, at, node, (struct event){.stream = {.stream = stream}});
}

static void ends(struct builder *builder, uint32_t stream, nanos at, uint16_t node)
{
    tell(builder, EVENT_STREAM_END, at, node, (struct event){.stream = {.stream = stream}});
}

static void comes(struct builder *builder, uint32_t stream, nanos at, uint16_t node)
{
    tell(builder, EVENT_STREAM_EVENT, at, node,
         (struct event){.stream = {.stream = stream, .number = (uint64_t)(at / INTERVAL) + 50}});
}

/* An event each interval in [from, to), the first at from. */
static void flows(struct builder *builder, uint32_t stream, nanos from, nanos to, uint16_t node)
{
    for (nanos at = from; at < to; at += INTERVAL) {
        comes(builder, stream, at, node);
    }
}

static void without_streams_there_is_no_figure(void **state)
{
    struct builder builder;

    (void)state;
    builder_init(&builder, 100, 2 * S);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);
    ASSERT_ABSENT(measured->metrics[METRIC_STREAM_GAP]);
    ASSERT_ABSENT(measured->metrics[METRIC_STREAM_LOST]);
    ASSERT_ABSENT(measured->metrics[METRIC_STREAM_DUPLICATED]);
    builder_done(&builder);
}

static void streams_without_events_are_silent_from_the_start(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 3 * S);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);
    ASSERT_VALUE(measured->metrics[METRIC_STREAM_GAP], 3 * S);
    ASSERT_ABSENT(measured->metrics[METRIC_STREAM_LOST]);
    builder_done(&builder);
}

/* Numbers 50 to 69, of stream 0 without 55 and 56, and 60 twice. What was dropped never happened.
 */
static void numbers_tell_what_is_missing(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 2 * S);
    flows(&builder, 0, 0, 500 * MS, PRIMARY);
    flows(&builder, 0, 700 * MS, 2 * S, PRIMARY);
    comes(&builder, 0, 1000 * MS + 1, PRIMARY);
    flows(&builder, 1, 0, 2 * S, PRIMARY);
    tell(&builder, EVENT_STREAM_EVENT, 1 * S, PRIMARY,
         (struct event){.stream = {.stream = 1, .number = 51, .dropped = true}});
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);
    ASSERT_VALUE(measured->metrics[METRIC_STREAM_LOST], 2);
    ASSERT_VALUE(measured->metrics[METRIC_STREAM_DUPLICATED], 1);
    ASSERT_VALUE(measured->metrics[METRIC_STREAM_GAP], 300 * MS);
    builder_done(&builder);
}

/* The last event of the warm-up is where the first silence begins. */
static void silence_begins_in_the_warm_up(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 1 * S);
    for (uint32_t stream = 0; stream < 2; stream++) {
        comes(&builder, stream, -40 * MS, PRIMARY);
        flows(&builder, stream, 360 * MS, 1 * S, PRIMARY);
    }
    builder_traffic(&builder);
    ASSERT_VALUE(builder_measure(&builder)->metrics[METRIC_STREAM_GAP], 400 * MS);
    builder_done(&builder);
}

/* Requests recover at once; stream 1 hears nothing from 3 s to 4.2 s, stream 0 goes on. */
static void silent_at_a_kill(struct builder *builder, nanos back)
{
    begin(builder, 12 * S);
    builder_fault(builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 10 * S);
    builder_answer(builder, 3 * S, 12 * S, BACKUP_1, 2 * MS);
    for (uint32_t stream = 0; stream < 2; stream++) {
        opens(builder, stream, -1 * S, PRIMARY);
        flows(builder, stream, 0, 3 * S, PRIMARY);
        ends(builder, stream, 3 * S, PRIMARY);
        opens(builder, stream, 3 * S, BACKUP_1);
    }
    flows(builder, 0, 3 * S, 12 * S, BACKUP_1);
    flows(builder, 1, back, 12 * S, BACKUP_1);
    builder_traffic(builder);
}

static void a_silent_stream_has_not_switched(void **state)
{
    struct builder builder;

    (void)state;
    silent_at_a_kill(&builder, 4200 * MS);
    const struct measurement *measured = builder_measure(&builder);
    assert_int_equal(measured->disturbance_count, 1);
    ASSERT_RECOVERED(&measured->disturbances[0], 1200 * MS);
    ASSERT_VALUE(measured->disturbances[0].stream_switchover, 1200 * MS);
    ASSERT_VALUE(measured->disturbances[0].slow_requests, 0);
    ASSERT_VALUE(measured->metrics[METRIC_STREAM_GAP], 1300 * MS);
    builder_done(&builder);
}

/* 600 ms, slow and one interval, is not yet too long. */
static void a_short_silence_disturbs_nobody(void **state)
{
    struct builder builder;

    (void)state;
    silent_at_a_kill(&builder, 3500 * MS);
    const struct measurement *measured = builder_measure(&builder);
    ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
    ASSERT_VALUE(measured->disturbances[0].stream_switchover, 500 * MS);
    builder_done(&builder);
}

static void a_stream_that_stays_away_keeps_callers_disturbed(void **state)
{
    struct builder builder;

    (void)state;
    silent_at_a_kill(&builder, 12 * S);
    const struct measurement *measured = builder_measure(&builder);
    ASSERT_UNRECOVERED(&measured->disturbances[0], "no quiet second before the end");
    ASSERT_NEVER(measured->disturbances[0].stream_switchover);
    builder_done(&builder);
}

/* Quiet since 3 s, silent again from 5 s to 6 s. */
static void a_later_silence_is_a_relapse(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 10 * S);
    builder_answer(&builder, 3 * S, 12 * S, BACKUP_1, 2 * MS);
    flows(&builder, 0, 0, 12 * S, BACKUP_1);
    flows(&builder, 1, 0, 5 * S, BACKUP_1);
    flows(&builder, 1, 6 * S, 12 * S, BACKUP_1);
    builder_traffic(&builder);
    const struct measurement *measured = builder_measure(&builder);
    ASSERT_RECOVERED(&measured->disturbances[0], 2 * MS);
    ASSERT_VALUE(measured->disturbances[0].relapses, 1);
    builder_done(&builder);
}

/* Stream 1 hears nothing from 2.3 s on, the fault comes at 3 s: no stretch before it hears again.
 */
static void a_silence_from_before_lets_no_stretch_begin(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 6 * S);
    builder_answer(&builder, 3 * S, 12 * S, BACKUP_1, 2 * MS);
    flows(&builder, 0, 0, 12 * S, BACKUP_1);
    flows(&builder, 1, 0, 2300 * MS, BACKUP_1);
    flows(&builder, 1, 5500 * MS, 12 * S, BACKUP_1);
    builder_traffic(&builder);
    ASSERT_UNRECOVERED(&builder_measure(&builder)->disturbances[0],
                       "no quiet second before the end");
    builder_done(&builder);
}

/* Stream 1 was on backup-1 once, and on the target when the fault came. */
static void events_from_before_are_no_switchover(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 10 * S);
    builder_answer(&builder, 3 * S, 12 * S, BACKUP_1, 2 * MS);
    flows(&builder, 0, 0, 12 * S, BACKUP_1);
    opens(&builder, 1, -1 * S, BACKUP_1);
    flows(&builder, 1, 0, 1 * S, BACKUP_1);
    ends(&builder, 1, 1 * S, BACKUP_1);
    opens(&builder, 1, 1 * S, PRIMARY);
    flows(&builder, 1, 1 * S, 3 * S, PRIMARY);
    flows(&builder, 1, 3700 * MS, 12 * S, BACKUP_2);
    builder_traffic(&builder);
    ASSERT_VALUE(builder_measure(&builder)->disturbances[0].stream_switchover, 700 * MS);
    builder_done(&builder);
}

/* On backup-1 all the time, or on the target, but never silent: nothing to switch. */
static void streams_that_notice_nothing_do_not_count(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_fault(&builder, FAULT_SLOW, 1 << PRIMARY, 3 * S, 10 * S);
    opens(&builder, 0, -1 * S, BACKUP_1);
    opens(&builder, 1, -1 * S, PRIMARY);
    flows(&builder, 0, 0, 12 * S, BACKUP_1);
    flows(&builder, 1, 0, 12 * S, PRIMARY);
    builder_traffic(&builder);
    ASSERT_ABSENT(builder_measure(&builder)->disturbances[0].stream_switchover);
    builder_done(&builder);
}

/* All nodes are paused from 3 s to 6 s: what comes back within `slow` and an interval is excused.
 */
static void dark_time_excuses_silence(void **state)
{
    static const nanos backs[] = {6500 * MS, 6700 * MS};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct builder builder;
        begin(&builder, 12 * S);
        builder_fault(&builder, FAULT_PAUSE, 7, 3 * S, 6 * S);
        builder_rule(&builder, builder_held(3 * S, 6 * S, PRIMARY, 6002 * MS));
        for (uint32_t stream = 0; stream < 2; stream++) {
            flows(&builder, stream, 0, 3 * S, PRIMARY);
            flows(&builder, stream, backs[i], 12 * S, PRIMARY);
        }
        builder_traffic(&builder);
        const struct measurement *measured = builder_measure(&builder);
        const struct disturbance *recovery =
            &measured->disturbances[measured->disturbance_count - 1];
        assert_int_equal(recovery->kind, DISTURBANCE_RECOVERY);
        ASSERT_RECOVERED(recovery, i == 0 ? 0 : 700 * MS);
        builder_done(&builder);
    }
}

static void streams_alone_can_be_measured(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder.scenario.traffic.rate_micro = 0;
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 10 * S);
    for (uint32_t stream = 0; stream < 2; stream++) {
        opens(&builder, stream, -1 * S, PRIMARY);
        flows(&builder, stream, 0, 3 * S, PRIMARY);
        flows(&builder, stream, 4 * S, 12 * S, BACKUP_2);
    }
    const struct measurement *measured = builder_measure(&builder);
    assert_true(measured->disturbances[0].was_active);
    ASSERT_RECOVERED(&measured->disturbances[0], 1 * S);
    ASSERT_VALUE(measured->disturbances[0].stream_switchover, 1 * S);
    assert_int_equal(measured->baseline_silences, 0);
    assert_int_equal(measured->disturbances[0].outage.state, FIGURE_ABSENT);
    assert_int_equal(measured->disturbances[0].failback.state, FIGURE_ABSENT);
    builder_done(&builder);
}

/* Silent from 1 s to 2 s, the fault comes at 3 s. */
static void silence_before_the_first_fault_is_told(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_fault(&builder, FAULT_KILL, 1 << PRIMARY, 3 * S, 10 * S);
    flows(&builder, 0, 0, 12 * S, BACKUP_1);
    flows(&builder, 1, 0, 1 * S, BACKUP_1);
    flows(&builder, 1, 2 * S, 12 * S, BACKUP_1);
    builder_traffic(&builder);
    assert_int_equal(builder_measure(&builder)->baseline_silences, 1);
    builder_done(&builder);
}

/* Silent from 6 s to 8 s, the fault was over at 4 s: a relapse, but no lack of a switchover. */
static void silence_in_the_aftermath_is_a_relapse(void **state)
{
    struct builder builder;

    (void)state;
    begin(&builder, 12 * S);
    builder_fault(&builder, FAULT_PAUSE, 1 << PRIMARY, 3 * S, 4 * S + 1);
    for (uint32_t stream = 0; stream < 2; stream++) {
        opens(&builder, stream, -1 * S, PRIMARY);
        flows(&builder, stream, 0, 6 * S, PRIMARY);
        flows(&builder, stream, 8 * S, 12 * S, PRIMARY);
    }
    builder_answer(&builder, 3 * S, 4100 * MS, BACKUP_1, 2 * MS);
    builder_traffic(&builder);
    const struct disturbance *disturbance = &builder_measure(&builder)->disturbances[0];

    ASSERT_RECOVERED(disturbance, 2 * MS);
    ASSERT_VALUE(disturbance->relapses, 1);
    ASSERT_VALUE(disturbance->slow_requests, 0);
    ASSERT_ABSENT(disturbance->stream_switchover);
    builder_done(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_streams_there_is_no_figure),
        cmocka_unit_test(streams_without_events_are_silent_from_the_start),
        cmocka_unit_test(numbers_tell_what_is_missing),
        cmocka_unit_test(silence_begins_in_the_warm_up),
        cmocka_unit_test(a_silent_stream_has_not_switched),
        cmocka_unit_test(a_short_silence_disturbs_nobody),
        cmocka_unit_test(a_stream_that_stays_away_keeps_callers_disturbed),
        cmocka_unit_test(a_later_silence_is_a_relapse),
        cmocka_unit_test(a_silence_from_before_lets_no_stretch_begin),
        cmocka_unit_test(events_from_before_are_no_switchover),
        cmocka_unit_test(streams_that_notice_nothing_do_not_count),
        cmocka_unit_test(dark_time_excuses_silence),
        cmocka_unit_test(streams_alone_can_be_measured),
        cmocka_unit_test(silence_before_the_first_fault_is_told),
        cmocka_unit_test(silence_in_the_aftermath_is_a_relapse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
