/* Rules of the random search about requests and their attempts: each by itself sees a journal that
   breaks it. */
#include "unit/cmocka_all.h"
#include "unit/search/journal_script.h"

/* Request 0, as it should be. */
#define ANSWERED "1000 request 0\n1000 attempt 0 0 a\n1010 end 0 answer 200\n1010 done 0\n"

/* What follows at 1.01 s from a failure of a. */
#define A_EJECTED "1010 belief a failed refused\n1010 active b\n1010 drop a\n1010 alert a raised\n"

static const struct script times[] = {
    {"past", 0,
     "1000 request 0\n"
     "!1000 at 900\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"past", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "!1010 at 1020\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"clock", 0, ANSWERED "!900 fault kill cleared a\n"},
    {"busy", 0,
     "1000 turns 3\n"
     "!1000 turns 1001\n"},
    {"on-time", 0,
     "=1000 request 0\n"
     "!1000 request 0 late\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"overdue", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "!2000 turns 1\n"
     "2000 end 0 timeout\n"
     "2000 attempt 1 0 b\n"
     "2010 end 1 answer 200\n"
     "2010 done 0\n"},
    {"overdue", 0,
     "1000 request 0\n"
     "=1000 attempt 0 0 a\n"
     "=1010 end 0 answer 200\n"
     "=1010 done 0\n"
     "!6000 turns 1\n"},
    {"deadline", 0,
     "1000 request 0\n"
     "=1000 attempt 0 0 a\n"
     "=1010 end 0 answer 200\n"
     "=1010 done 0\n"
     "!6000 attempt 0 0 a\n"},
    {"deadline", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "=1010 end 0 answer 200\n"
     "=1010 done 0\n"
     "!2000 end 0 timeout\n"
     "!6001 over 0 timeout\n"},
    {"limit", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "=1999 end 0 answer 200\n"
     "!2001 end 0 answer 200\n"
     "=1999 done 0\n"},
    {"limit", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "=2000 end 0 timeout\n"
     "!1500 end 0 timeout\n"
     "2000 attempt 1 0 b\n"
     "2010 end 1 answer 200\n"
     "2010 done 0\n"},
    {"connect-limit", 0,
     "=1000 limit a 1500\n"
     "!1000 limit a 1600\n"},
    {"cancel", WITH_CANCELS,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "=1200 end 0 cancelled\n"
     "=1200 over 0 cancelled\n"
     "!1100 end 0 cancelled\n"
     "!1100 over 0 cancelled\n"},
};

static const struct script ends[] = {
    {"one-end", 0, ANSWERED "!1020 request 0\n"},
    {"one-end", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "!1005 over 0 refused\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"one-end", 0, ANSWERED "!1020 over 0 refused\n"},
    {"one-end", 0, ANSWERED "!1020 end 0 answer 200\n"},
    {"one-end", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 200\n"
     "=1010 done 0\n"
     "!1010 over 0 unfinished\n"},
    {"one-end", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 200\n"
     "=1010 done 0\n"},
    {"true-answer", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 200\n"
     "=1010 done 0\n"
     "!1010 done 0 503\n"},
    {"gave-up", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 reset\n"
     "!1010 done 0\n"
     "=1010 attempt 1 0 b\n"
     "=1020 end 1 answer 200\n"
     "=1020 done 0\n"},
    {"available", WITH_UNHARMED_B,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 reset\n"
     "1010 attempt 1 0 b\n"
     "=1020 end 1 answer 200\n"
     "!1020 end 1 answer 503\n"
     "1020 done 0\n"},
    {"at-most-once", 0,
     "1000 request 0 post\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 201\n"
     "1010 done 0\n"
     "!1020 executed 0\n"},
    {"lost", 0, ANSWERED "!1020 forget 0\n"},
    {"return", 0,
     "15000 request 0\n"
     "15000 attempt 0 0 a\n"
     "!15010 end 0 reset\n"
     "!15010 attempt 1 0 b\n"
     "!15020 end 1 answer 200\n"
     "=15020 end 0 answer 200\n"
     "15020 done 0\n"},
    {"return", 0,
     ANSWERED "2000 fault kill cleared a\n"
              "!3000 belief a failed refused\n"},
};

static const struct script attempts[] = {
    {"once-at-a-time", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "!1005 attempt 1 0 b\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"once-at-a-time", 0, ANSWERED "!1020 attempt 1 0 b\n"},
    {"attempts", WITH_ONE_ATTEMPT,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 reset\n"
     "!1010 attempt 1 0 b\n"
     "=1010 done 0\n"},
    {"retry", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 answer 404\n"
     "!1010 attempt 1 0 b\n"
     "=1010 done 0\n"},
    {"sent-again", 0,
     "1000 request 0 post\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 reset\n"
     "!1010 attempt 1 0 b\n"
     "=1010 done 0\n"},
    {"same-node", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "=1010 attempt 1 0 b\n"
     "!1010 attempt 1 0 a\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"},
    {"choice", 0,
     "1000 request 0\n"
     "=1000 attempt 0 0 a\n"
     "!1000 attempt 0 0 b\n"
     "1010 end 0 answer 200\n"
     "1010 done 0\n"},
    {"idle", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 end 0 refused\n"
     "!1015 turns 1\n"
     "=1010 attempt 1 0 b\n"
     "=1020 end 1 answer 200\n"
     "=1020 done 0\n"},
    {"moved", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "!1005 end 0 moved\n"
     "=1010 end 0 answer 200\n"
     "=1010 done 0\n"},
    {"left-behind", WITH_ONE_FAILURE,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1000 request 1\n"
     "1000 attempt 1 1 a\n"
     "1010 end 0 refused\n" A_EJECTED "1010 attempt 2 0 b\n"
     "=1010 end 1 moved\n"
     "=1010 attempt 3 1 b\n"
     "1020 end 2 answer 200\n"
     "1020 done 0\n"
     "=1020 end 3 answer 200\n"
     "=1020 done 1\n"},
    {"peace", 0,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1010 pushback 0 5000\n"
     "1010 end 0 answer 503\n"
     "1010 active b\n"
     "1010 attempt 1 0 b\n"
     "1020 end 1 answer 200\n"
     "1020 done 0\n"
     "1500 request 1\n"
     "=1500 attempt 2 1 b\n"
     "!1500 attempt 2 1 a\n"
     "1510 end 2 answer 200\n"
     "1510 done 1\n"},
};

static const struct script extra_attempts[] = {
    {"hedge", WITH_HEDGES,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "=1100 attempt 1 0 b hedge\n"
     "!1050 attempt 1 0 b hedge\n"
     "1110 end 1 answer 200\n"
     "1110 end 0 beaten\n"
     "1110 done 0\n"},
    {"hedge-budget", WITH_HEDGES,
     "*10 1000 request #\n"
     "*10 1000 attempt 1# # a\n"
     "!1000 request 10\n"
     "!1000 attempt 110 10 a\n"
     "*10 1100 attempt 2# # b hedge\n"
     "!1100 attempt 210 10 b hedge\n"
     "*10 1110 end 1# answer 200\n"
     "*10 1110 end 2# beaten\n"
     "*10 1110 done #\n"},
    {"beaten", WITH_HEDGES,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1100 attempt 1 0 b hedge\n"
     "!1105 end 0 beaten\n"
     "1110 end 1 answer 200\n"
     "=1110 end 0 beaten\n"
     "1110 done 0\n"},
    {"beaten", WITH_HEDGES,
     "1000 request 0\n"
     "1000 attempt 0 0 a\n"
     "1100 attempt 1 0 b hedge\n"
     "=1110 end 1 answer 200\n"
     "!1110 end 1 answer 503\n"
     "1110 end 0 beaten\n"
     "1110 done 0\n"},
    {"budget", WITH_BUDGET,
     "*100 1000 request #\n"
     "*100 1000 attempt 1# # a\n"
     "*100 1000 end 1# answer 503\n"
     "*100 1000 attempt 2# # b\n"
     "*100 1000 end 2# answer 503\n"
     "*100 1000 done #\n"
     "!1000 request 100\n"
     "!1000 attempt 300 100 a\n"
     "!1000 end 300 answer 503\n"
     "!1000 attempt 301 100 b\n"},
};

static void test_times(void **state)
{
    (void)state;
    scripts_check(times, sizeof times / sizeof *times);
}

static void test_ends(void **state)
{
    (void)state;
    scripts_check(ends, sizeof ends / sizeof *ends);
}

static void test_attempts(void **state)
{
    (void)state;
    scripts_check(attempts, sizeof attempts / sizeof *attempts);
}

static void test_extra_attempts(void **state)
{
    (void)state;
    scripts_check(extra_attempts, sizeof extra_attempts / sizeof *extra_attempts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_extra_attempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
