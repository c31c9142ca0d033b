#include "world/occurrences.h"

#include "unit/cmocka_all.h"

static struct arena arena;
static struct occurrences seen;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 0);
    occurrences_init(&seen, &arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_done(&arena);
    return 0;
}

static void add(nanos at, struct occurrence occurrence)
{
    occurrence.at = at;
    occurrences_add(&seen, &occurrence);
}

static void add_end(nanos at, uint32_t attempt)
{
    add(at, (struct occurrence){.kind = OCCURRENCE_ATTEMPT_ENDED,
                                .attempt = {.ref = {.id = attempt}, .sent = true}});
}

static nanos taken(void)
{
    struct occurrence occurrence;
    return occurrences_take(&seen, &occurrence) ? occurrence.at : -1;
}

/* It grows while some are taken, so that the ring has turned when it does. */
static void they_come_out_as_they_went_in(void **state)
{
    (void)state;
    nanos next = 0;
    for (nanos at = 0; at < 1000; at++) {
        add_end(at, (uint32_t)at);
        if (at % 3 == 0) {
            assert_int_equal(taken(), next++);
        }
    }
    while (next < 1000) {
        assert_int_equal(taken(), next++);
    }
    assert_int_equal(taken(), -1);
}

static void a_cancelled_attempt_is_never_told(void **state)
{
    bool sent = false;
    (void)state;
    add_end(1, 7);
    add(2, (struct occurrence){.kind = OCCURRENCE_HEADERS, .attempt = {.ref = {.id = 8}}});
    add_end(3, 8);
    /* Of another kind, with the same bytes. */
    add(4, (struct occurrence){.kind = OCCURRENCE_NODE, .attempt = {.ref = {.id = 8}}});
    assert_true(occurrences_forget_attempt(&seen, (struct attempt_ref){.id = 8}, &sent));
    assert_true(sent);
    assert_false(occurrences_forget_attempt(&seen, (struct attempt_ref){.id = 8}, &sent));
    assert_int_equal(taken(), 1);
    assert_int_equal(taken(), 4);
    assert_int_equal(taken(), -1);
}

/* Its headers alone are no end. */
static void an_attempt_under_way_has_not_ended(void **state)
{
    bool sent = false;
    (void)state;
    add(1, (struct occurrence){.kind = OCCURRENCE_HEADERS, .attempt = {.ref = {.id = 8}}});
    assert_false(occurrences_forget_attempt(&seen, (struct attempt_ref){.id = 8}, &sent));
    assert_int_equal(taken(), -1);
}

static void a_closed_stream_is_never_told(void **state)
{
    const struct stream_ref closed = {.id = 5};
    (void)state;
    add(1, (struct occurrence){.kind = OCCURRENCE_STREAM_OPENED, .stream = {.ref = closed}});
    add(2, (struct occurrence){.kind = OCCURRENCE_STREAM_EVENT, .stream = {.ref = {.id = 6}}});
    assert_false(occurrences_forget_stream(&seen, closed));
    add(3, (struct occurrence){.kind = OCCURRENCE_STREAM_ENDED, .stream = {.ref = closed}});
    add(4, (struct occurrence){.kind = OCCURRENCE_ATTEMPT_ENDED, .stream = {.ref = closed}});
    assert_true(occurrences_forget_stream(&seen, closed));
    assert_int_equal(taken(), 2);
    assert_int_equal(taken(), 4);
    assert_int_equal(taken(), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_come_out_as_they_went_in),
        TEST(a_cancelled_attempt_is_never_told),
        TEST(an_attempt_under_way_has_not_ended),
        TEST(a_closed_stream_is_never_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
