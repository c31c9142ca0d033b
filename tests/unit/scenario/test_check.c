/* Rules across sections, from both sides of each bound. */
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

static void accept(const char *text)
{
    struct reading reading;
    reading_valid(&reading, text);
    reading_done(&reading);
}

static void test_bound_and_for(void **state)
{
    (void)state;
    accept("faults: [{at: 1s, for: 3s, pause: primary}]\nexpect: {switchover: < 2s}\n");
    reading_refused("faults: [{at: 1s, for: 2999ms, pause: primary}]\nexpect: {switchover: < 2s}\n",
                    3, 22, "'pause-1' lasts 2.999s (its 'for'), it would have to last 3s");
    /* A lower bound needs no quiet after it. */
    accept("faults: [{at: 1s, for: 2s, pause: primary}]\nexpect: {switchover: at least 2s}\n");
}

static void test_bound_and_end_of_traffic(void **state)
{
    (void)state;
    accept("duration: 6s\nfaults: [{at: 1s, kill: primary}]\nexpect: {switchover: < 4s}\n");
    accept(
        "duration: 6s\nfaults: [{at: 1s, for: 1m, kill: primary}]\nexpect: {switchover: < 4s}\n");
    reading_refused("duration: 6s\nfaults: [{at: 1s..1001ms, kill: primary}]\n"
                    "expect: {switchover: < 4s}\n",
                    4, 22, "lasts 4.999s (until traffic ends)");
}

static void test_bound_and_restart(void **state)
{
    static const char restart[] = "lasts 2s (until the restart at line 4)";
    (void)state;
    accept("faults:\n  - {at: 1s, kill: primary}\n  - {at: 4s, restart: primary}\n"
           "expect: {switchover: < 2s}\n");
    reading_refused("faults:\n  - {at: 1s, kill: primary}\n  - {at: 3s, restart: primary}\n"
                    "expect: {switchover: < 2s}\n",
                    5, 22, restart);
    /* Drawn nodes may be the same. */
    reading_refused("faults:\n  - {at: 1s, kill: current}\n  - {at: 3s, restart: backup-1}\n"
                    "expect: {switchover: < 2s}\n",
                    5, 22, restart);
    reading_refused("faults:\n  - {at: 1s, kill: primary}\n  - {at: 3s..5s, restart: one}\n"
                    "expect: {switchover: < 2s}\n",
                    5, 22, restart);
    /* Another node's restart ends nothing, but opens a disturbance of its own. */
    reading_refused("faults:\n  - {at: 1s, kill: primary}\n  - {at: 3s, restart: backup-1}\n"
                    "expect: {switchover: < 2s}\n",
                    5, 22, "'restart-2' lasts only until the node is ready");
    /* A node that was restarted before it was killed was up: that restart opens a disturbance. */
    reading_refused("faults:\n  - {at: 5s, kill: primary}\n  - {at: 1s, restart: primary}\n"
                    "expect: {switchover: < 2s}\n",
                    5, 22, "'restart-2' lasts only until");
    /* A slow start makes a restart an outage that can be judged. */
    accept("nodes: [{name: a, stub: {start_delay: 3s}}, {name: b}]\n"
           "faults: [{at: 1s, restart: a}]\nexpect: {switchover: < 2s}\n");
}

static void test_bound_and_flap(void **state)
{
    (void)state;
    accept("faults: [{at: 1s, flap: primary, every: 4s, down: 3s, for: 8s}]\n"
           "expect: {switchover: < 2s}\n");
    reading_refused("faults: [{at: 1s, flap: primary, every: 4s, down: 3s, for: 8s}]\n"
                    "expect: {switchover: < 2001ms}\n",
                    3, 22, "lasts 3s each time (its 'down')");
    /* The third phase has 2 s left of the 10. */
    reading_refused("duration: 11s\nfaults: [{at: 1s, flap: primary, every: 4s, down: 3s}]\n"
                    "expect: {switchover: < 2s}\n",
                    4, 22, "lasts only 2s the last time");
    /* Drawn from this range, the last phase may begin as traffic ends. */
    reading_refused("duration: 12s\nfaults: [{at: 500ms..4s, flap: primary, every: 4s, down: 3s}]\n"
                    "expect: {switchover: < 1s}\n",
                    4, 22, "lasts only 0s the last time");
    accept("faults: [{at: 1s, flap: primary, every: 2s, down: 100ms}]\nexpect: {failback: < 1s}\n");
    reading_refused("faults: [{at: 9s, flap: primary, every: 2s, down: 1s}]\n"
                    "expect: {failback: < 1s}\n",
                    3, 10, "no node returns");
}

static void test_flaps_are_counted(void **state)
{
    (void)state;
    accept("duration: 11s\nfaults: [{at: 1s, flap: primary, every: 1ms, down: 0.5ms}]\n");
    reading_refused(
        "duration: 11s\nfaults: [{at: 999ms, flap: primary, every: 1ms, down: 0.5ms}]\n", 3, 22,
        "10001 times");
}

static void test_bound_of_one_fault(void **state)
{
    (void)state;
    accept("faults:\n  - {at: 1s, for: 1s, pause: primary}\n"
           "  - {at: 5s, for: 4s, kill: primary, expect: {switchover: < 3s}}\n");
    reading_refused("faults:\n  - {at: 1s, for: 1s, pause: primary, expect: {switchover: < 1s}}\n"
                    "  - {at: 5s, for: 4s, kill: primary}\n",
                    3, 60, "'pause-1'");
}

static void test_bound_and_rate(void **state)
{
    (void)state;
    accept("traffic: {rate: 10/s}\nfaults: [{at: 1s, kill: primary}]\nexpect: {outage: < 1s}\n");
    reading_refused("traffic: {rate: 9/s}\nfaults: [{at: 1s, kill: primary}]\n"
                    "expect: {outage: < 1s}\n",
                    4, 18, "10/s would do");
    reading_refused("faults: [{at: 1s, kill: primary}]\nexpect: {switchover.p95: < 50ms}\n", 3, 26,
                    "200/s would do");
    accept("traffic: {rate: 1/s}\nexpect: {latency.p99: < 50ms}\n");
}

static void test_what_cannot_be_measured(void **state)
{
    (void)state;
    accept("client: {profile: none}\nfaults: [{at: 1s, kill: primary}]\nexpect: {switches: 0}\n");
    accept("traffic: {rate: 0/s}\nfaults: [{at: 1s, kill: primary}]\n"
           "expect: {failed_requests: 0, requests: 0, detection: < 1s}\n");
    accept("faults: [{at: 1s, kill: primary, for: 2s}]\nexpect: {failback: < 2s}\n");
    accept("faults: [{at: 1s, kill: primary}, {at: 3s, restart: primary}]\n"
           "expect: {failback: < 2s}\n");
    reading_refused("faults: [{at: 9s, kill: primary, for: 2s}]\nexpect: {failback: < 2s}\n", 3, 10,
                    "no node returns");
    accept("faults: [{at: 1s, switch_to: backup-1}]\nexpect: {switch_time: < 1s}\n");
    reading_refused("faults: [{at: 1s, switch_to: backup-1}]\nexpect: {outage: < 1s}\n", 3, 10,
                    "no fault opens a disturbance");
    accept("expect: {duplicates: 0, lost: 0, corrupted: 0}\n");
}

static void test_known_issue_names_expectations_of_faults_too(void **state)
{
    (void)state;
    accept("known_issue: {why: x, fails: [switchover, latency.p99]}\n"
           "faults: [{at: 1s, kill: primary, expect: {switchover: < 1s}}]\n"
           "expect: {latency.p99: < 1s}\n");
}

/* One wrong key must not hide what is wrong elsewhere, nor make right things wrong. */
static void test_mistakes_do_not_breed(void **state)
{
    (void)state;
    reading_refused("nodes: [{name: a, port: http}, {name: b, port: 8080}]\n"
                    "faults: [{at: 1s, kill: b}]\nexpect: {share.a: < 50%}\n",
                    2, 25, "whole number");
    reading_refused("nodes: many\nfaults: [{at: 1s, kill: elsewhere}]\nexpect: {share.x: < 50%}\n",
                    2, 8, "'nodes'");
    reading_refused("duration: 5\nfaults: [{at: 20s, kill: primary}]\n"
                    "expect: {switchover: < 5s}\n",
                    2, 11, "unit");
    reading_refused("traffic: {rate: slow}\nfaults: [{at: 1s, kill: primary}]\n"
                    "expect: {switchover: < 10ms}\n",
                    2, 17, "'rate'");
    reading_refused("client: {profile: nobody}\nfaults: [{at: 1s, switch_to: backup-1}]\n"
                    "expect: {known_bad: 0}\n",
                    2, 19, "'profile'");
    reading_refused(
        "faults: [{at: 1s, kill: nobody}]\nexpect: {switchover: < 5s, failback: < 1s}\n", 2, 25,
        "no node");
    reading_refused("known_issue: {why: x, fails: [outage]}\nexpect: {outagee: < 1s}\n", 3, 10,
                    "did you mean 'outage'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound_and_for),
        cmocka_unit_test(test_bound_and_end_of_traffic),
        cmocka_unit_test(test_bound_and_restart),
        cmocka_unit_test(test_bound_and_flap),
        cmocka_unit_test(test_flaps_are_counted),
        cmocka_unit_test(test_bound_of_one_fault),
        cmocka_unit_test(test_bound_and_rate),
        cmocka_unit_test(test_what_cannot_be_measured),
        cmocka_unit_test(test_known_issue_names_expectations_of_faults_too),
        cmocka_unit_test(test_mistakes_do_not_breed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
