#include "proxy/alarms.h"

#include "base/prng.h"
#include "unit/cmocka_all.h"

#define SLEEPERS 200

struct sleeper {
    struct alarm alarm; /* first: an alarm is its sleeper */
    nanos wanted;       /* NANOS_NEVER: off */
    int rung;
};

static nanos last_rung;

static void ring(struct alarm *alarm, nanos now)
{
    struct sleeper *sleeper = (struct sleeper *)(void *)alarm;

    assert_true(sleeper->wanted <= now);
    assert_true(sleeper->wanted >= last_rung);
    last_rung = sleeper->wanted;
    sleeper->wanted = NANOS_NEVER;
    sleeper->rung++;
}

static void test_rings_in_order_when_due(void **state)
{
    struct alarms alarms = {0};
    struct sleeper sleepers[3] = {{.alarm.ring = ring}, {.alarm.ring = ring}, {.alarm.ring = ring}};
    static const nanos at[3] = {30, 10, 20};

    (void)state;
    last_rung = 0;
    assert_int_equal(alarms_next(&alarms), NANOS_NEVER);
    for (int i = 0; i < 3; i++) {
        sleepers[i].wanted = at[i];
        alarms_set(&alarms, &sleepers[i].alarm, at[i]);
    }
    assert_int_equal(alarms_next(&alarms), 10);
    alarms_ring(&alarms, 9);
    assert_int_equal(sleepers[1].rung, 0);
    alarms_ring(&alarms, 20);
    assert_int_equal(sleepers[1].rung + sleepers[2].rung, 2);
    assert_int_equal(sleepers[0].rung, 0);
    alarms_set(&alarms, &sleepers[0].alarm, NANOS_NEVER);
    assert_int_equal(alarms_next(&alarms), NANOS_NEVER);
    alarms_ring(&alarms, 1000);
    assert_int_equal(sleepers[0].rung, 0);
    alarms_done(&alarms);
}

static nanos earliest(const struct sleeper *sleepers)
{
    nanos at = NANOS_NEVER;

    for (int i = 0; i < SLEEPERS; i++) {
        at = nanos_min(at, sleepers[i].wanted);
    }
    return at;
}

/* Against the plain list: any change keeps the earliest first. */
static void test_random_changes(void **state)
{
    struct alarms alarms = {0};
    static struct sleeper sleepers[SLEEPERS];
    struct prng prng;
    nanos now = 0;

    (void)state;
    prng_init(&prng, 3, 0);
    for (int i = 0; i < SLEEPERS; i++) {
        sleepers[i] = (struct sleeper){.alarm.ring = ring, .wanted = NANOS_NEVER};
    }
    for (int step = 0; step < 20000; step++) {
        struct sleeper *sleeper = &sleepers[prng_below(&prng, SLEEPERS)];

        sleeper->wanted =
            prng_chance(&prng, 300000) ? NANOS_NEVER : now + prng_between(&prng, 1, 500);
        alarms_set(&alarms, &sleeper->alarm, sleeper->wanted);
        assert_int_equal(alarms_next(&alarms), earliest(sleepers));
        if (prng_chance(&prng, 100000)) {
            now += prng_between(&prng, 1, 100);
            last_rung = 0;
            alarms_ring(&alarms, now);
            assert_true(alarms_next(&alarms) > now);
            assert_int_equal(alarms_next(&alarms), earliest(sleepers));
        }
    }
    alarms_done(&alarms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rings_in_order_when_due),
        cmocka_unit_test(test_random_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
