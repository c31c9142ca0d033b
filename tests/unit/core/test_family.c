#include "unit/cmocka_all.h"

#include "core/family.h"

#include <math.h>

enum { MEMBERS_MAX = 128 };

static struct family_member members[MEMBERS_MAX];

static size_t correct(size_t count)
{
    struct family_member *family[MEMBERS_MAX];

    for (size_t i = 0; i < count; i++) {
        family[i] = &members[i];
    }
    return family_correct(family, count, 0.05);
}

static void assert_near(double value, double wanted)
{
    if (!(fabs(value - wanted) < 1e-12)) {
        fail_msg("%.12g, wanted %.12g", value, wanted);
    }
}

/* Holm's own rule by hand: 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04 no less than the one before. */
static void corrects_as_holm_says(void **state)
{
    static const double p[] = {0.01, 0.04, 0.03, 0.005};
    static const double holm[] = {0.03, 0.06, 0.06, 0.02};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        members[i] = (struct family_member){.p = p[i]};
    }
    assert_int_equal(correct(4), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_near(members[i].holm, holm[i]);
        assert_true(members[i].chosen);
    }
    members[0].p = 0.9;
    members[1].p = 0.8;
    assert_int_equal(correct(2), 2);
    assert_near(members[0].holm, 1);
    assert_int_equal(correct(0), 0);
}

static void those_without_a_chance_weigh_on_nobody(void **state)
{
    (void)state;
    members[0] = (struct family_member){.least_p = 1e-9, .p = 0.02};
    for (size_t i = 1; i < 100; i++) {
        members[i] = (struct family_member){.least_p = 0.1, .p = 0.1};
    }
    assert_int_equal(correct(100), 1);
    assert_near(members[0].holm, 0.02);
    assert_true(members[0].chosen);
    assert_false(members[1].chosen);
    assert_near(members[1].holm, 1);
}

/* 0.0007 would pass for 71 of them, but none is better than another. */
static void equal_chances_stay_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < 72; i++) {
        members[i] = (struct family_member){.least_p = 0.0007, .p = 0.0007};
    }
    assert_int_equal(correct(71), 71);
    assert_int_equal(correct(72), 0);
    assert_near(members[0].holm, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corrects_as_holm_says),
        cmocka_unit_test(those_without_a_chance_weigh_on_nobody),
        cmocka_unit_test(equal_chances_stay_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
