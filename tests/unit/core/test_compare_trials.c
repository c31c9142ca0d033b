/* What compare finds of real runs that got slower, and how often it cries wolf. Comparisons are
   made of runs drawn with repetition from measured ones. With an argument, a number of comparisons,
   it prints the table of docs/compare.md instead. */
#include "unit/cmocka_all.h"

#include "base/prng.h"
#include "core/compare.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEASURED = 20, TIMES = 3, FIGURES = 5, RUNS_MAX = 60 };

/* From real runs on a busy machine. In ms: switchover, outage, worst latency; then failed requests
   and the success ratio. */

/* The primary is frozen, and found by the limit of an attempt, 1.5 s. */
static const double timed_out[MEASURED][FIGURES] = {
    {1600.599, 1505.157, 1576.304, 0, 1}, {1564.564, 1513.391, 1548.238, 0, 1},
    {1579.675, 1505.117, 1574.942, 0, 1}, {1613.781, 1504.231, 1609.176, 0, 1},
    {1563.341, 1504.263, 1548.407, 0, 1}, {1541.354, 1497.609, 1547.839, 0, 1},
    {1598.396, 1505.218, 1571.558, 0, 1}, {1781.411, 1505.375, 1710.474, 0, 1},
    {1546.825, 1505.464, 1542.116, 0, 1}, {1543.354, 1504.948, 1534.927, 0, 1},
    {1549.529, 1506.114, 1535.837, 0, 1}, {1584.308, 1505.387, 1579.811, 0, 1},
    {1558.571, 1505.418, 1553.845, 0, 1}, {1557.06, 1509.826, 1575.931, 0, 1},
    {1600.393, 1503.811, 1580.26, 0, 1},  {1547.806, 1505.155, 1543.019, 0, 1},
    {1614.29, 1505.226, 1581.984, 0, 1},  {1620.515, 1505.084, 1602.666, 0, 1},
    {1569.071, 1513.89, 1564.323, 0, 1},  {2044.741, 1773.994, 1770.492, 0, 1},
};
/* The same at a drawn moment, found by a health check a second: 0.6 to 1.5 s. */
static const double found_by_check[MEASURED][FIGURES] = {
    {588.113, 591.966, 588.464, 0, 1},    {1449.843, 1453.544, 1461.899, 0, 1},
    {978.352, 982.108, 978.711, 0, 1},    {1433.168, 1429.803, 1426.257, 0, 1},
    {954.853, 953.625, 950.008, 0, 1},    {1416.985, 1417.883, 1414.369, 0, 1},
    {985.557, 982.003, 978.49, 0, 1},     {1043.891, 1041.081, 1037.672, 0, 1},
    {728.736, 730.706, 727.96, 0, 1},     {1304.328, 1308.169, 1304.693, 0, 1},
    {623.049, 627.009, 623.538, 0, 1},    {1407.854, 1407.113, 1403.607, 0, 1},
    {1248.047, 1249.041, 1245.307, 0, 1}, {1511.654, 1485.789, 1482.682, 0, 1},
    {965.608, 968.395, 964.761, 0, 1},    {1044.394, 1045.242, 1041.539, 0, 1},
    {1435.051, 1437.462, 1433.8, 0, 1},   {1077.047, 1010.962, 1010.214, 0, 1},
    {964.025, 958.282, 954.559, 0, 1},    {1082.822, 1065.019, 1061.376, 0, 1},
};
/* A cluster of three etcd loses its leader, and elects another one. */
static const double etcd[MEASURED][FIGURES] = {
    {2204.289, 1472.594, 1548.214, 0, 1}, {1993.075, 1277.326, 1561.012, 0, 1},
    {1718.751, 955.606, 1576.172, 0, 1},  {1823.696, 1086.052, 1546.029, 0, 1},
    {2051.755, 1349.838, 1570.375, 0, 1}, {2061.965, 1343.567, 1569.598, 0, 1},
    {2167.181, 1448.732, 1586.804, 0, 1}, {2055.361, 1326.975, 1553.677, 0, 1},
    {2381.702, 1567.162, 2361.837, 0, 1}, {1748.163, 1001.034, 1589.936, 0, 1},
    {1784.949, 1028.248, 1606.788, 0, 1}, {1900.831, 1158.674, 1582.342, 0, 1},
    {2208.208, 1469.688, 1548.942, 0, 1}, {1780.722, 1049.996, 1542.049, 0, 1},
    {1859.833, 1125.363, 1576.13, 0, 1},  {2312.675, 1440.486, 1652.818, 0, 1},
    {2046.025, 1347.636, 1552.243, 0, 1}, {1647.636, 937.077, 1550.02, 0, 1},
    {2026.097, 1254.894, 1608.036, 0, 1}, {2107.935, 2125.585, 2108.105, 0, 1},
};
/* HAProxy with a configuration that everybody has: the node dies at a drawn moment. */
static const double haproxy[MEASURED][FIGURES] = {
    {7121.997, 21.052, 3010.552, 138, 0.908},     {7016.51, 55.617, 3029.529, 134, 0.910666},
    {8681.569, 49.691, 3026.805, 190, 0.873333},  {8236.765, 23.744, 3013.79, 175, 0.883333},
    {8454.34, 32.838, 3018.716, 182, 0.878666},   {7219.475, 22.555, 3016.099, 141, 0.906},
    {7099.485, 21.354, 3009.751, 137, 0.908666},  {8026.657, 30.58, 3013.438, 168, 0.888},
    {7143.167, 22.882, 3007.87, 139, 0.907333},   {8129.374, 22.97, 3011.604, 172, 0.885333},
    {8245.553, 63.646, 3049.831, 175, 0.883333},  {8227.131, 43.629, 3024.26, 175, 0.883333},
    {7334.458, 69.713, 3060.788, 145, 0.903333},  {8640.239, 26.051, 3017.965, 188, 0.874666},
    {7736.59, 20.481, 3008.537, 158, 0.894666},   {8195.501, 166.434, 3132.058, 174, 0.884},
    {7181.324, 108.392, 3092.101, 140, 0.906666}, {7105.583, 70.539, 3031.137, 137, 0.908666},
    {7527.678, 21.87, 3016.961, 151, 0.899333},   {8424.534, 33.552, 3011.197, 181, 0.879333},
};

struct set {
    const char *name;
    const double (*measured)[FIGURES];
};

/* Of which 20 runs are enough. */
static const struct set narrow[] = {
    {"limit of an attempt", timed_out},
    {"etcd elects", etcd},
    {"HAProxy as it comes", haproxy},
};
static const struct set wide = {"phase of a health check", found_by_check};

enum { NARROW = sizeof(narrow) / sizeof(narrow[0]) };

struct trial {
    size_t runs; /* on each side */
    double factor;
};

/* One comparison with runs drawn anew; times of head are longer by the factor. */
static bool sees_worse(struct prng *prng, const struct set *set, struct trial trial)
{
    static const enum compare_kind kinds[FIGURES] = {COMPARE_TIME, COMPARE_TIME, COMPARE_TIME,
                                                     COMPARE_COUNT, COMPARE_RATIO};
    double values[FIGURES][2 * RUNS_MAX];
    struct compare_question questions[FIGURES];
    struct compare_answer answers[FIGURES];
    struct compare_total total;
    struct arena arena;

    arena_init(&arena, 0);
    for (size_t i = 0; i < 2 * trial.runs; i++) {
        const double *run = set->measured[prng_below(prng, MEASURED)];
        for (size_t k = 0; k < FIGURES; k++) {
            values[k][i] = run[k] * (k < TIMES && i >= trial.runs ? trial.factor : 1);
        }
    }
    for (size_t k = 0; k < FIGURES; k++) {
        questions[k] = (struct compare_question){
            .base = sample_of(&arena, values[k], trial.runs),
            .head = sample_of(&arena, values[k] + trial.runs, trial.runs),
            .by_run = values[k],
            .kind = kinds[k],
            .resolution = k < TIMES ? 5 : 0,
        };
    }
    compare_all(questions, answers, FIGURES, (struct compare_rules){.threshold = 0.1}, &total);
    arena_done(&arena);
    return total.worse > 0;
}

static unsigned alarms(const struct set *set, struct trial trial, uint64_t seed, unsigned trials)
{
    struct prng prng;
    unsigned seen = 0;

    prng_init(&prng, seed, 1);
    for (unsigned i = 0; i < trials; i++) {
        seen += sees_worse(&prng, set, trial) ? 1 : 0;
    }
    return seen;
}

/* ---- Tests ---- */

static void slower_by_30_percent_is_noticed(void **state)
{
    const struct trial trial = {.runs = 20, .factor = 1.3};

    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (size_t i = 0; i < NARROW; i++) {
            unsigned seen = alarms(&narrow[i], trial, seed, 100);
            print_message("%s: %u of 100\n", narrow[i].name, seen);
            assert_true(seen >= 95);
        }
    }
}

/* docs/compare.md tells how many runs such ones need. */
static void where_chance_rules_it_takes_more_runs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        unsigned seen = alarms(&wide, (struct trial){.runs = 20, .factor = 1.3}, seed, 100);
        print_message("%s: %u of 100\n", wide.name, seen);
        assert_true(seen >= 60);
        seen = alarms(&wide, (struct trial){.runs = 60, .factor = 1.3}, seed, 100);
        print_message("%s, 60 runs: %u of 100\n", wide.name, seen);
        assert_true(seen >= 95);
        assert_true(alarms(&wide, (struct trial){.runs = 20, .factor = 2}, seed, 100) >= 99);
    }
}

static void equal_runs_raise_no_alarm(void **state)
{
    const struct trial trial = {.runs = 20, .factor = 1};

    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (size_t i = 0; i <= NARROW; i++) {
            const struct set *set = i < NARROW ? &narrow[i] : &wide;
            unsigned seen = alarms(set, trial, seed, 100);
            print_message("equal, %s: %u of 100\n", set->name, seen);
            assert_true(seen <= 5);
        }
    }
    /* Where a test has the least room below its level. */
    unsigned seen = alarms(&wide, (struct trial){.runs = 5, .factor = 1}, 4, 2000);
    print_message("equal, %s, 5 runs: %u of 2000\n", wide.name, seen);
    assert_true(seen <= 100);
}

/* ---- Table ---- */

static void print_row(const struct set *set, double factor, unsigned trials)
{
    static const size_t runs[] = {5, 8, 10, 20, 30, 40, 60};

    (void)printf("%-24s %.1f", set->name, factor);
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        unsigned seen = alarms(set, (struct trial){runs[i], factor}, 1, trials);
        (void)printf("  %zu: %5.1f %%", runs[i], 100.0 * seen / trials);
    }
    (void)printf("\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slower_by_30_percent_is_noticed),
        cmocka_unit_test(where_chance_rules_it_takes_more_runs),
        cmocka_unit_test(equal_runs_raise_no_alarm),
    };

    if (argc == 2) {
        unsigned trials = (unsigned)strtoul(argv[1], NULL, 10);
        for (size_t i = 0; i <= 2 * NARROW + 1; i++) {
            const struct set *set = i / 2 < NARROW ? &narrow[i / 2] : &wide;
            print_row(set, i % 2 == 0 ? 1.3 : 1, trials);
        }
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
