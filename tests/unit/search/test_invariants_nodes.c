/* Rules of the random search about what a client believes of its nodes: each by itself sees a
   journal that breaks it. */
#include "unit/cmocka_all.h"
#include "unit/search/journal_script.h"

/* Request 0, as it should be. */
#define ANSWERED "1000 request 0\n1000 attempt 0 0 a\n1010 end 0 answer 200\n1010 done 0\n"

/* a is out from 1.01 s on, and waits for its trial from 2.01 s on. */
#define A_OUT                                                                                      \
    "1000 request 0\n1000 attempt 0 0 a\n1010 end 0 refused\n1010 belief a failed refused\n"       \
    "1010 active b\n1010 drop a\n1010 alert a raised\n"                                            \
    "1010 attempt 1 0 b\n1020 end 1 answer 200\n1020 done 0\n"
/* And then so is b, with a request that has not asked a. */
#define B_OUT                                                                                      \
    "1100 request 1\n1100 attempt 2 1 b\n1110 end 2 refused\n1110 belief b failed refused\n"       \
    "1110 drop b\n1110 alert b raised\n"

static const struct script beliefs[] = {
    {"evidence", 0, ANSWERED "!1010 belief a failed refused\n"},
    {"evidence", WITH_ONE_FAILURE, A_OUT "!1500 belief a healthy trial\n"},
    {"evidence", WITH_BREAKER,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "!1010 belief a failed breaker\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"beliefs", 0, ANSWERED "!1010 belief a healthy reset\n"},
    {"duty", WITH_ONE_FAILURE,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "=1010 belief a failed refused\n"
     "=1010 active b\n"
     "=1010 drop a\n"
     "=1010 alert a raised\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"drop", WITH_ONE_FAILURE,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "1010 belief a failed refused\n"
     "1010 active b\n"
     "=1010 drop a\n"
     "1010 alert a raised\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"ejected-node", WITH_ONE_FAILURE,
     A_OUT "1500 request 1\n"
           "=1500 attempt 2 1 b\n"
           "!1500 attempt 2 1 a\n"
           "1510 end 2 answer 200\n"
           "1510 done 1\n"},
    {"last-resort", WITH_ONE_FAILURE,
     A_OUT "1500 request 1\n"
           "!1500 attempt 2 1 a last\n"
           "=1500 attempt 2 1 b\n"
           "1510 end 2 answer 503\n"
           "=1510 attempt 3 1 a last\n"
           "=1520 end 3 answer 503\n"
           "1520 done 1\n"},
    {"trial", WITH_ONE_FAILURE, A_OUT "!1500 belief a probing trial\n"},
    {"trial", WITH_ONE_FAILURE,
     A_OUT "1500 request 1\n"
           "=1500 attempt 2 1 b\n"
           "!1500 attempt 2 1 a trial\n"
           "1510 end 2 answer 200\n"
           "1510 done 1\n"},
    {"trial-missing", WITH_ONE_FAILURE,
     A_OUT "2100 request 1\n"
           "=2100 belief a probing trial\n"
           "=2100 attempt 2 1 a trial\n"
           "!2100 attempt 2 1 b\n"
           "2110 end 2 answer 200\n"
           "2110 done 1\n"
           "=2110 belief a healthy trial\n"
           "=2110 active a\n"},
};

static const struct script preferences[] = {
    {"one-switch", WITH_ONE_FAILURE, A_OUT "!1500 active a\n"},
    {"preferred", 0, "!1000 active b\n"},
    {"preferred", WITH_ONE_FAILURE,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "1010 belief a failed refused\n"
     "=1010 active b\n"
     "1010 drop a\n"
     "1010 alert a raised\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"panic", 0, "!1000 panic off\n"},
    {"panic", WITH_ONE_FAILURE,
     A_OUT B_OUT "=1110 panic on\n"
                 "1110 attempt 3 1 a\n"
                 "1120 end 3 reset\n"
                 "1120 done 1\n"},
    {"panic-said", WITH_ONE_FAILURE,
     A_OUT B_OUT "=1110 panic on\n"
                 "1110 attempt 3 1 a\n"
                 "1120 end 3 reset\n"
                 "1120 done 1\n"},
    {"panic-once", WITH_ONE_FAILURE,
     A_OUT B_OUT "1110 panic on\n"
                 "1110 attempt 3 1 a\n"
                 "1120 end 3 reset\n"
                 "!1120 attempt 4 1 b\n"
                 "=1120 done 1\n"},
};

static const struct script orders[] = {
    {"isolated", 0,
     "1000 fault isolate applied a\n"
     "=1000 belief a failed isolated\n"
     "=1000 active b\n"
     "=1000 drop a\n"
     "=1000 alert a raised\n"
     "=1000 command isolate done a\n"},
    {"isolated", WITH_ONE_FAILURE,
     "1000 fault isolate applied a\n"
     "1000 belief a failed isolated\n"
     "1000 active b\n"
     "1000 drop a\n"
     "1000 alert a raised\n"
     "1000 command isolate done a\n"
     "1100 request 0\n"
     "1100 attempt 0 0 b\n"
     "1110 end 0 refused\n"
     "1110 belief b failed refused\n"
     "1110 drop b\n"
     "1110 alert b raised\n"
     "1110 panic on\n"
     "!1110 attempt 1 0 a\n"
     "=1110 done 0\n"},
    {"command", 0,
     "1000 fault isolate applied a\n"
     "1000 belief a failed isolated\n"
     "1000 active b\n"
     "1000 drop a\n"
     "1000 alert a raised\n"
     "=1000 command isolate done a\n"
     "!1000 command isolate refused a\n"},
    {"command", 0,
     "1000 fault switch applied b\n"
     "1000 active b\n"
     "=1000 command switch done b\n"
     "!1000 command switch refused b\n"},
    {"command", WITH_ONE_FAILURE,
     A_OUT "1500 fault reset applied a\n"
           "=1500 belief a healthy reset\n"
           "=1500 active a\n"
           "1500 command reset done a\n"},
};

static const struct script alerts[] = {
    {"alert", WITH_ONE_FAILURE, A_OUT "!1030 alert a raised\n"},
    {"alert", 0, "!1000 alert a raised\n"},
    {"alert", WITH_ONE_FAILURE,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "1010 belief a failed refused\n"
     "1010 active b\n"
     "1010 drop a\n"
     "!1010 at 1005\n"
     "1010 alert a raised\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"alert", WITH_ONE_FAILURE,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "1010 belief a failed refused\n"
     "1010 active b\n"
     "1010 drop a\n"
     "=1010 alert a raised\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"alert", WITH_ONE_FAILURE,
     A_OUT "2100 request 1\n"
           "2100 belief a probing trial\n"
           "2100 attempt 2 1 a trial\n"
           "2110 end 2 answer 200\n"
           "2110 done 1\n"
           "2110 belief a healthy trial\n"
           "2110 active a\n"
           "=3110 alert a cleared\n"
           "3120 turns 1\n"},
    {"alert", WITH_ONE_FAILURE,
     A_OUT "2100 request 1\n"
           "2100 belief a probing trial\n"
           "2100 attempt 2 1 a trial\n"
           "2110 end 2 answer 200\n"
           "2110 done 1\n"
           "2110 belief a healthy trial\n"
           "2110 active a\n"
           "!3000 alert a cleared\n"
           "=3110 alert a cleared\n"},
};

static const struct script probes[] = {
    {"one-probe", WITH_PROBES,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1000 probe 10 a\n"
     "1000 probe 11 b\n"
     "!1002 probe 20 a\n"
     "1005 end 10 answer 200\n"
     "1005 end 11 answer 200\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"probe-pace", WITH_PROBES,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1000 probe 10 a\n"
     "1000 probe 11 b\n"
     "1005 end 10 answer 200\n"
     "1005 end 11 answer 200\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"
     "!1500 probe 12 a\n"
     "=2000 probe 12 a\n"
     "2000 probe 13 b\n"},
    {"probe-pace", 0, ANSWERED "!1500 probe 12 a\n"},
    {"probe-missing", WITH_PROBES,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1000 probe 10 a\n"
     "1000 probe 11 b\n"
     "1005 end 10 answer 200\n"
     "1005 end 11 answer 200\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"
     "=2000 probe 12 a\n"
     "2000 probe 13 b\n"
     "2100 turns 1\n"},
};

static void test_beliefs(void **state)
{
    (void)state;
    scripts_check(beliefs, sizeof beliefs / sizeof *beliefs);
}

static void test_preferences(void **state)
{
    (void)state;
    scripts_check(preferences, sizeof preferences / sizeof *preferences);
}

static void test_orders(void **state)
{
    (void)state;
    scripts_check(orders, sizeof orders / sizeof *orders);
}

static void test_alerts(void **state)
{
    (void)state;
    scripts_check(alerts, sizeof alerts / sizeof *alerts);
}

static void test_probes(void **state)
{
    (void)state;
    scripts_check(probes, sizeof probes / sizeof *probes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_beliefs), cmocka_unit_test(test_preferences),
        cmocka_unit_test(test_orders),  cmocka_unit_test(test_alerts),
        cmocka_unit_test(test_probes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
