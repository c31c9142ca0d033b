/* Rules of the random search about streams: each by itself sees a journal that breaks it. */
#include "unit/cmocka_all.h"
#include "unit/search/journal_script.h"

/* The stream is open, and has two events. */
#define OPEN "0 open 0 a 0\n5 opened 0 a\n100 event 0 a 1\n200 event 0 a 2\n"

#define ISOLATED(node)                                                                             \
    "250 fault isolate applied " #node "\n250 belief " #node " failed isolated\n"                  \
    "250 drop " #node "\n250 alert " #node " raised\n250 command isolate done " #node "\n"
#define REFUSED(mark, time) mark #time " open 1 a 2\n" mark #time " closed 1 a refused\n"
#define TEN_TIMES(text)     text text text text text text text text text text

/* Its last opening begins long after the last trouble, and shows signs of life up to 19 s. */
#define LATE_OPEN                                                                                  \
    OPEN "1000 alive\n2000 alive\n2500 closed 0 a reset\n2500 open 1 b 2\n2505 opened 1 b\n"       \
         "3000 alive\n4000 alive\n5000 alive\n6000 alive\n7000 alive\n8000 alive\n9000 alive\n"    \
         "10000 alive\n11000 alive\n12000 alive\n13000 alive\n14000 alive\n15000 alive\n"          \
         "16000 alive\n17000 alive\n18000 alive\n19000 alive\n"

static const struct script openings[] = {
    {"stream-once", WITH_STREAM, OPEN "!250 open 1 b 2\n"},
    {"stream-once", WITH_STREAM, OPEN "!250 opened 0 a\n"},
    {"stream-once", WITH_STREAM,
     "0 open 0 a 0\n"
     "=5 opened 0 a\n"
     "100 event 0 a 1\n"},
    {"stream-once", WITH_STREAM, OPEN "!250 event 7 a 3\n"},
    {"stream-once", WITH_STREAM, OPEN "!250 event 0 b 3\n"},
    {"stream-once", WITH_STREAM, OPEN "!250 closed 0 a unfinished\n"},
    {"stream-once", WITH_STREAM,
     OPEN "250 closed 0 a answer 404\n"
          "!250 closed 0 a answer 404\n"},
    {"stream-once", WITH_STREAM,
     OPEN "250 closed 0 a answer 404\n"
          "!250 open 1 b 2\n"},
    {"stream-once", WITH_STREAM, OPEN "!300 phase end\n"},
    {"stream-resume", WITH_STREAM,
     OPEN "250 closed 0 a reset\n"
          "=250 open 1 b 2\n"
          "!250 open 1 b 0\n"},
    {"connect-limit", WITH_STREAM,
     OPEN "250 closed 0 a reset\n"
          "=250 limit b 750\n"
          "!250 limit b 800\n"
          "250 open 1 b 2\n"},
    {"past", WITH_STREAM,
     OPEN "250 closed 0 a reset\n"
          "!250 at 240\n"
          "250 open 1 b 2\n"},
};

static const struct script events[] = {
    {"stream-order", WITH_STREAM,
     OPEN "=250 event 0 a 2 dropped\n"
          "!250 event 0 a 2\n"},
    {"stream-order", WITH_STREAM,
     OPEN "=250 event 0 a 3\n"
          "!250 event 0 a 3 dropped\n"},
    {"stream-lost", WITH_STREAM,
     OPEN "=300 event 0 a 3\n"
          "!300 event 0 a 4\n"},
    {"stream-silence", WITH_STREAM,
     OPEN "=1200 closed 0 a timeout\n"
          "=1200 open 1 b 2\n"
          "!1100 closed 0 a timeout\n"},
    {"stream-silence", WITH_STREAM,
     OPEN "=1100 alive\n"
          "1300 turns 1\n"},
};

static const struct script moves[] = {
    {"stream-choice", WITH_STREAM,
     "=0 open 0 a 0\n"
     "!0 open 0 b 0\n"},
    {"stream-pace", WITH_STREAM,
     OPEN "250 closed 0 a reset\n"
          "=250 open 1 b 2\n"
          "!250 open 1 a 2\n"},
    {"stream-node", WITH_STREAM,
     OPEN ISOLATED(b) "300 closed 0 a reset\n"
                      "=350 open 1 a 2\n"
                      "!300 open 1 b 2\n"},
    {"stream-moved", WITH_STREAM, OPEN "!250 closed 0 a moved\n"},
    {"stream-moved", WITH_STREAM,
     OPEN ISOLATED(a) "250 active b\n"
                      "=250 closed 0 a moved\n"
                      "=250 open 1 b 2\n"
                      "260 turns 1\n"},
    {"stream-idle", WITH_STREAM,
     OPEN "250 closed 0 a reset\n"
          "=250 open 1 b 2\n"
          "260 turns 1\n"},
    {"stream-idle", WITH_STREAM,
     OPEN "250 closed 0 a reset\n"
          "250 open 1 b 2\n"
          "260 closed 1 b reset\n"
          "=360 open 2 a 2\n"
          "361 turns 1\n"},
    {"stream-idle", WITH_STREAM,
     OPEN "=250 closed 0 a answer 204\n"
          "!250 closed 0 a answer 503\n"
          "260 turns 1\n"},
};

static const struct script waits_and_return[] = {
    {"stream-backoff", WITH_STREAM,
     OPEN ISOLATED(b) "300 closed 0 a reset\n" REFUSED("=", 300) REFUSED("=", 325) REFUSED("=", 375)
         REFUSED("=", 475) REFUSED("=", 675) REFUSED("=", 1075) REFUSED("=", 1875)
             REFUSED("=", 3125) REFUSED("=", 4375) REFUSED("=", 5625) REFUSED("=", 6875)
                 REFUSED("=", 8125) REFUSED("=", 9375) REFUSED("=", 10625) REFUSED("=", 11875)
                     REFUSED("=", 13125) REFUSED("=", 14375) TEN_TIMES(REFUSED("!", 300))
                         TEN_TIMES(REFUSED("!", 300)) "20000 fault kill cleared a\n"
                                                      "20000 phase end\n"},
    {"stream-return", WITH_STREAM,
     LATE_OPEN "19500 event 1 b 3\n"
               "!19600 closed 1 b reset\n"
               "!19600 open 2 a 3\n"
               "=20000 closed 1 b unfinished\n"
               "!20000 closed 2 a unfinished\n"
               "20000 phase end\n"},
    {"stream-return", WITH_STREAM,
     LATE_OPEN "=19500 event 1 b 3\n"
               "20000 closed 1 b unfinished\n"
               "20000 phase end\n"},
};

static void test_openings(void **state)
{
    (void)state;
    scripts_check(openings, sizeof openings / sizeof *openings);
}

static void test_events(void **state)
{
    (void)state;
    scripts_check(events, sizeof events / sizeof *events);
}

static void test_moves(void **state)
{
    (void)state;
    scripts_check(moves, sizeof moves / sizeof *moves);
}

static void test_waits_and_return(void **state)
{
    (void)state;
    scripts_check(waits_and_return, sizeof waits_and_return / sizeof *waits_and_return);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openings),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_waits_and_return),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
