#include "proxy/shaper.h"

#include "base/figure.h"
#include "unit/cmocka_all.h"

#include <string.h>

#define SOON (5 * NANOS_PER_MS)

static struct fault fault_of(uint32_t number, enum proxy_fault_kind kind)
{
    return (struct fault){
        .order = {.fault = number, .kind = kind, .of_ppm = (uint32_t)RATIO_ONE, .rate_bytes = 1},
    };
}

static struct shaper shaper_with(enum proxy_direction direction, struct grip *grips)
{
    struct shaper shaper;

    shaper_init(&shaper, direction, 1);
    shaper_follow(&shaper, grips, 0);
    return shaper;
}

static void test_without_fault_all_passes(void **state)
{
    struct shaper shaper = shaper_with(PROXY_OUT, NULL);
    unsigned char data[] = "data";

    (void)state;
    assert_true(shaper.shape.plain);
    assert_int_equal(shaper_ask(&shaper, 7).way, SHAPER_PASS);
    assert_true(shaper_ask(&shaper, 7).bytes == UINT64_MAX);
    assert_int_equal(shaper_take(&shaper, 7, data, 4), 7);
    assert_string_equal(data, "data");
    assert_int_equal(shaper_ended(&shaper), SHAPER_PASS);
    assert_false(shaper_is_dark(&shaper));
}

static void test_knows_what_makes_sense(void **state)
{
    struct proxy_fault good = fault_of(1, PROXY_FAULT_DELAY).order;
    struct proxy_fault bad = good;

    (void)state;
    for (uint32_t kind = 0; kind < PROXY_FAULT_KINDS; kind++) {
        good.kind = kind;
        assert_true(shaper_knows(&good));
    }
    bad.kind = PROXY_FAULT_KINDS;
    assert_false(shaper_knows(&bad));
    bad = good;
    bad.by = -1;
    assert_false(shaper_knows(&bad));
    bad = good;
    bad.jitter = -1;
    assert_false(shaper_knows(&bad));
    bad = good;
    bad.of_ppm = 1000001;
    assert_false(shaper_knows(&bad));
    bad = good;
    bad.ratio_ppm = 1000001;
    assert_false(shaper_knows(&bad));
    bad = good;
    bad.direction = 3;
    assert_false(shaper_knows(&bad));
    bad = fault_of(1, PROXY_FAULT_THROTTLE).order;
    bad.rate_bytes = 0;
    assert_false(shaper_knows(&bad));
}

static int chosen_of(const struct proxy_fault *order, uint64_t seed, uint64_t connections)
{
    int chosen = 0;

    for (uint64_t i = 0; i < connections; i++) {
        chosen += shaper_chooses(order, seed, i) ? 1 : 0;
        assert_int_equal(shaper_chooses(order, seed, i), shaper_chooses(order, seed, i));
    }
    return chosen;
}

static void test_choice_follows_share_and_seed(void **state)
{
    struct proxy_fault order = fault_of(1, PROXY_FAULT_RESET).order;
    struct proxy_fault other = order;
    int different = 0;

    (void)state;
    assert_int_equal(chosen_of(&order, 1, 1000), 1000);
    order.of_ppm = 0;
    assert_int_equal(chosen_of(&order, 1, 1000), 0);
    order.of_ppm = 500000;
    assert_in_range(chosen_of(&order, 1, 10000), 4700, 5300);
    other = order;
    other.fault = 2;
    for (uint64_t i = 0; i < 1000; i++) {
        different += shaper_chooses(&order, 1, i) != shaper_chooses(&other, 1, i) ? 1 : 0;
    }
    assert_in_range(different, 400, 600);
}

static void test_delay_is_of_answers_and_keeps_order(void **state)
{
    struct fault fault = fault_of(1, PROXY_FAULT_DELAY);
    struct grip grip = {.fault = &fault};
    struct shaper in;
    struct shaper out;
    nanos last = 0;
    nanos low = NANOS_NEVER;
    nanos high = 0;

    (void)state;
    fault.order.by = 100;
    fault.order.jitter = 30;
    in = shaper_with(PROXY_IN, &grip);
    out = shaper_with(PROXY_OUT, &grip);
    assert_int_equal(shaper_take(&in, 5, NULL, 0), 5);
    assert_int_equal(fault.hits, 0);
    for (nanos now = 0; now < 100000; now += 100) { /* too far apart to wait for each other */
        nanos due = shaper_take(&out, now, NULL, 0);

        assert_true(due >= last && due >= now + 70 && due <= now + 130);
        low = nanos_min(low, due - now);
        high = nanos_max(high, due - now);
        last = due;
    }
    assert_true(low == 70 && high == 130);
    assert_int_equal(fault.hits, 1);
    shaper_follow(&out, NULL, 0); /* not delayed any more, but behind what was */
    assert_int_equal(shaper_take(&out, last - 10, NULL, 0), last);
    assert_int_equal(shaper_take(&out, last + 10, NULL, 0), last + 10);
}

static void test_jitter_beyond_the_delay_never_sends_before_now(void **state)
{
    struct fault fault = fault_of(1, PROXY_FAULT_DELAY);
    struct grip grip = {.fault = &fault};
    struct shaper shaper;

    (void)state;
    fault.order.by = 10;
    fault.order.jitter = 50;
    shaper = shaper_with(PROXY_OUT, &grip);
    for (nanos now = 0; now < 1000; now++) {
        assert_true(shaper_take(&shaper, now, NULL, 0) >= now);
    }
}

static void test_throttle_waits_and_touches_only_who_waits(void **state)
{
    struct fault fault = fault_of(1, PROXY_FAULT_THROTTLE);
    struct grip grip = {.fault = &fault};
    struct shaper shaper;
    struct shaper_answer answer;

    (void)state;
    fault.order.rate_bytes = 100000;
    shaper = shaper_with(PROXY_IN, &grip);
    answer = shaper_ask(&shaper, 0);
    assert_int_equal(answer.way, SHAPER_PASS);
    assert_int_equal(answer.bytes, 1000);
    (void)shaper_take(&shaper, 0, NULL, 0);
    assert_int_equal(fault.hits, 0);
    for (uint64_t left = 1000; left > 0; left -= 250) {
        unsigned char data[250] = {0};

        (void)shaper_take(&shaper, 0, data, sizeof data);
    }
    answer = shaper_ask(&shaper, 0);
    assert_int_equal(answer.way, SHAPER_WAIT);
    assert_true(answer.again_at > 0 && answer.again_at <= SOON + 1);
    assert_int_equal(fault.hits, 1);
    assert_int_equal(shaper_ask(&shaper, answer.again_at).way, SHAPER_PASS);
    shaper_follow(&shaper, &grip, SOON); /* another fault came: the bucket stays as it is */
    assert_true(shaper_ask(&shaper, SOON).bytes <= 500);
}

static void test_cuts_count_from_their_beginning(void **state)
{
    struct fault fault = fault_of(1, PROXY_FAULT_RESET);
    struct grip grip = {.fault = &fault, .from_bytes = 50};
    unsigned char data[100] = {0};
    struct shaper shaper;

    (void)state;
    fault.order.after_bytes = 30;
    shaper = shaper_with(PROXY_OUT, NULL);
    (void)shaper_take(&shaper, 0, data, 50);
    shaper_follow(&shaper, &grip, 0);
    assert_int_equal(shaper_ask(&shaper, 0).bytes, 30);
    (void)shaper_take(&shaper, 0, data, 29);
    assert_int_equal(shaper_ended(&shaper), SHAPER_PASS);
    assert_int_equal(shaper_ask(&shaper, 0).bytes, 1);
    assert_int_equal(fault.hits, 0);
    (void)shaper_take(&shaper, 0, data, 1);
    assert_int_equal(shaper_ended(&shaper), SHAPER_RESET);
    assert_int_equal(shaper_ask(&shaper, 0).way, SHAPER_RESET);
    assert_int_equal(fault.hits, 1);
}

static void test_the_nearest_cut_wins(void **state)
{
    struct fault stall = fault_of(1, PROXY_FAULT_STALL);
    struct fault truncate = fault_of(2, PROXY_FAULT_TRUNCATE);
    struct grip second = {.fault = &truncate};
    struct grip first = {.fault = &stall, .next = &second};
    unsigned char data[100] = {0};
    struct shaper shaper;

    (void)state;
    stall.order.after_bytes = 10;
    truncate.order.after_bytes = 20;
    shaper = shaper_with(PROXY_OUT, &first);
    assert_int_equal(shaper_ask(&shaper, 0).bytes, 10);
    (void)shaper_take(&shaper, 0, data, 10);
    assert_int_equal(shaper_ask(&shaper, 0).way, SHAPER_HOLD);
    assert_false(shaper_is_dark(&shaper)); /* what came before the stall still goes */
    shaper_follow(&shaper, &second, 0);
    assert_int_equal(shaper_ask(&shaper, 0).bytes, 10);
    (void)shaper_take(&shaper, 0, data, 10);
    assert_int_equal(shaper_ended(&shaper), SHAPER_CLOSE);
    assert_int_equal(stall.hits, 1);
    assert_int_equal(truncate.hits, 1);
}

static void test_cuts_leave_the_way_to_the_node_alone(void **state)
{
    static const enum proxy_fault_kind kinds[] = {PROXY_FAULT_RESET, PROXY_FAULT_STALL,
                                                  PROXY_FAULT_TRUNCATE, PROXY_FAULT_CORRUPT};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct fault fault = fault_of(1, kinds[i]);
        struct grip grip = {.fault = &fault};
        struct shaper shaper = shaper_with(PROXY_IN, &grip);

        assert_true(shaper.shape.plain);
    }
}

static void test_blackhole_in_its_direction(void **state)
{
    static const struct {
        enum proxy_direction direction;
        bool in;
        bool out;
    } cases[] = {{PROXY_BOTH, true, true}, {PROXY_IN, true, false}, {PROXY_OUT, false, true}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault = fault_of(1, PROXY_FAULT_BLACKHOLE);
        struct grip grip = {.fault = &fault};
        struct shaper in;
        struct shaper out;

        fault.order.direction = (uint16_t)cases[i].direction;
        in = shaper_with(PROXY_IN, &grip);
        out = shaper_with(PROXY_OUT, &grip);
        assert_int_equal(shaper_is_dark(&in), cases[i].in);
        assert_int_equal(shaper_is_dark(&out), cases[i].out);
        assert_int_equal(fault.hits, 0); /* in force, but nothing came yet */
        assert_int_equal(shaper_ask(&in, 0).way, cases[i].in ? SHAPER_HOLD : SHAPER_PASS);
        assert_int_equal(shaper_ask(&out, 0).way, cases[i].out ? SHAPER_HOLD : SHAPER_PASS);
        assert_int_equal(fault.hits, 1);
    }
}

static void test_corrupt_flips_one_bit_a_byte(void **state)
{
    struct fault fault = fault_of(1, PROXY_FAULT_CORRUPT);
    struct grip grip = {.fault = &fault};
    struct shaper shaper;
    unsigned char data[10000] = {0};
    size_t changed = 0;

    (void)state;
    shaper = shaper_with(PROXY_OUT, &grip);
    (void)shaper_take(&shaper, 0, data, sizeof data);
    assert_int_equal(fault.hits, 0);
    fault.order.ratio_ppm = 250000;
    (void)shaper_take(&shaper, 0, data, sizeof data);
    for (size_t i = 0; i < sizeof data; i++) {
        assert_int_equal(data[i] & (data[i] - 1), 0);
        changed += data[i] != 0 ? 1 : 0;
    }
    assert_in_range(changed, 2300, 2700);
    assert_int_equal(fault.hits, 1);
}

static void test_slow_close_holds_ends_both_ways_and_touches_no_byte(void **state)
{
    static const enum proxy_direction directions[] = {PROXY_IN, PROXY_OUT};

    (void)state;
    for (size_t i = 0; i < sizeof directions / sizeof directions[0]; i++) {
        struct fault fault = fault_of(1, PROXY_FAULT_SLOW_CLOSE);
        struct grip grip = {.fault = &fault};
        unsigned char data[] = "data";
        struct shaper shaper;

        fault.order.by = 100;
        shaper = shaper_with(directions[i], &grip);
        assert_true(shaper.shape.plain);
        assert_int_equal(shaper_take(&shaper, 7, data, 4), 7);
        assert_int_equal(shaper_take(&shaper, 8, NULL, 0), 8);
        assert_int_equal(fault.hits, 0);
        assert_int_equal(shaper_hold(&shaper, 8), 108);
        assert_int_equal(shaper_hold(&shaper, 8), 108);
        assert_int_equal(fault.hits, 1);
        shaper_follow(&shaper, NULL, 0);
        assert_int_equal(shaper_hold(&shaper, 8), 0);
    }
}

static void test_slow_close_leaves_other_faults_their_bytes(void **state)
{
    struct fault slow_close = fault_of(1, PROXY_FAULT_SLOW_CLOSE);
    struct fault delay = fault_of(2, PROXY_FAULT_DELAY);
    struct grip last = {.fault = &slow_close};
    struct grip first = {.fault = &delay, .next = &last};
    struct shaper shaper;

    (void)state;
    slow_close.order.by = 100;
    delay.order.by = 30;
    shaper = shaper_with(PROXY_OUT, &first);
    assert_false(shaper.shape.plain);
    assert_int_equal(shaper_hold(&shaper, shaper_take(&shaper, 0, NULL, 0)), 130);
}

static void test_of_one_kind_the_last_wins(void **state)
{
    struct fault old = fault_of(1, PROXY_FAULT_DELAY);
    struct fault new = fault_of(2, PROXY_FAULT_DELAY);
    struct grip second = {.fault = &new};
    struct grip first = {.fault = &old, .next = &second};
    struct shaper shaper;

    (void)state;
    old.order.by = 10;
    new.order.by = 20;
    shaper = shaper_with(PROXY_OUT, &first);
    assert_int_equal(shaper_take(&shaper, 0, NULL, 0), 20);
    assert_true(old.hits == 0 && new.hits == 1);
    first.next = NULL;
    shaper_follow(&shaper, &first, 0);
    assert_int_equal(shaper_take(&shaper, 100, NULL, 0), 110);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_fault_all_passes),
        cmocka_unit_test(test_knows_what_makes_sense),
        cmocka_unit_test(test_choice_follows_share_and_seed),
        cmocka_unit_test(test_delay_is_of_answers_and_keeps_order),
        cmocka_unit_test(test_jitter_beyond_the_delay_never_sends_before_now),
        cmocka_unit_test(test_throttle_waits_and_touches_only_who_waits),
        cmocka_unit_test(test_cuts_count_from_their_beginning),
        cmocka_unit_test(test_the_nearest_cut_wins),
        cmocka_unit_test(test_cuts_leave_the_way_to_the_node_alone),
        cmocka_unit_test(test_blackhole_in_its_direction),
        cmocka_unit_test(test_corrupt_flips_one_bit_a_byte),
        cmocka_unit_test(test_slow_close_holds_ends_both_ways_and_touches_no_byte),
        cmocka_unit_test(test_slow_close_leaves_other_faults_their_bytes),
        cmocka_unit_test(test_of_one_kind_the_last_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
