#include "core/journal.h"

#include "base/prng.h"

#include "unit/cmocka_all.h"

#include <string.h>

static struct event turn_at(nanos at)
{
    return (struct event){.at = at, .kind = EVENT_TURN, .node = NODE_NONE};
}

static void appended_events_stay(void **state)
{
    struct arena arena;
    struct journal journal;

    (void)state;
    arena_init(&arena, 0);
    journal_init(&journal, &arena, 1000000);
    journal_append(&journal, turn_at(0));
    const struct event *first = journal_at(&journal, 0);
    /* Past several growths of the table of chunks. */
    for (nanos i = 1; i < (nanos)70 * JOURNAL_CHUNK_EVENTS; i++) {
        journal_append(&journal, turn_at(i));
    }
    assert_ptr_equal(first, journal_at(&journal, 0));
    for (size_t i = 0; i < journal.count; i += 4095) {
        assert_int_equal(journal_at(&journal, i)->at, i);
        assert_int_equal(journal_at(&journal, i)->sequence, i);
    }
    assert_false(journal.full);
    arena_done(&arena);
}

static void a_full_journal_says_so(void **state)
{
    struct arena arena;
    struct journal journal;

    (void)state;
    arena_init(&arena, 0);
    journal_init(&journal, &arena, 2);
    journal_append(&journal, turn_at(1));
    journal_append(&journal, turn_at(2));
    assert_false(journal.full);
    journal_append(&journal, turn_at(3));
    assert_true(journal.full);
    assert_int_equal(journal.count, 2);
    assert_int_equal(journal_at(&journal, 1)->at, 2);
    arena_done(&arena);
}

static void sorting_is_by_time_then_sequence(void **state)
{
    struct arena arena;
    struct journal journal;
    struct prng prng;

    (void)state;
    prng_init(&prng, 11, 1);
    for (size_t count = 0; count < 5000; count = count * 2 + 1) {
        arena_init(&arena, 0);
        journal_init(&journal, &arena, 10000);
        for (size_t i = 0; i < count; i++) {
            /* Many equal times, some of them negative. */
            journal_append(&journal, turn_at(prng_between(&prng, -20, (int64_t)count / 4)));
        }
        const struct event **sorted = journal_sorted(&journal, &arena);
        bool *seen = ARENA_ARRAY(&arena, bool, count + 1);
        for (size_t i = 0; i < count; i++) {
            assert_false(seen[sorted[i]->sequence]);
            seen[sorted[i]->sequence] = true;
            assert_true(i == 0 || sorted[i - 1]->at < sorted[i]->at ||
                        (sorted[i - 1]->at == sorted[i]->at &&
                         sorted[i - 1]->sequence < sorted[i]->sequence));
        }
        arena_done(&arena);
    }
}

static void every_word_is_there_and_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OUTCOMES; i++) {
        assert_non_null(outcome_word((enum outcome)i));
    }
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        const char *word = event_kind_word((enum event_kind)i);
        assert_non_null(word);
        for (unsigned k = 0; k < i; k++) {
            assert_string_not_equal(word, event_kind_word((enum event_kind)k));
        }
    }
    assert_string_equal(outcome_word(OUTCOME_CONNECT_TIMEOUT), "connect_timeout");
    assert_string_equal(attempt_purpose_word(PURPOSE_PROBE), "probe");
    assert_string_equal(belief_word(BELIEF_FAILED), "failed");
    assert_string_equal(node_state_word(NODE_STATE_STOPPED), "stopped");
    assert_string_equal(confirmed_by_word(CONFIRMED_BY_CLIENT), "client");
    assert_string_equal(phase_word(PHASE_DRAIN_END), "drain_end");
}

static void some_reasons_are_noise(void **state)
{
    (void)state;
    assert_true(reason_is_noise(REASON_STARTS_LATE));
    assert_true(reason_is_noise(REASON_WITHIN_ERROR));
    assert_false(reason_is_noise(REASON_NODE_DIED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_events_stay),
        cmocka_unit_test(a_full_journal_says_so),
        cmocka_unit_test(sorting_is_by_time_then_sequence),
        cmocka_unit_test(every_word_is_there_and_its_own),
        cmocka_unit_test(some_reasons_are_noise),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
