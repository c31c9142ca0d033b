/* Valid scenarios: what each key becomes, and what is filled in where it is missing. */
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <string.h>

static void test_only_the_name_is_required(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "");
    const struct scenario *scenario = &reading.scenario;
    assert_string_equal(scenario->name, "case");
    assert_string_equal(scenario->file, "scenario.yaml");
    assert_string_equal(scenario->text, "name: case\n");
    assert_string_equal(scenario->description, "");
    assert_false(scenario->has_seed);
    assert_int_equal(scenario->repeat, 1);
    assert_int_equal(scenario->warmup, NANOS_PER_S);
    assert_int_equal(scenario->duration, 10 * NANOS_PER_S);
    assert_int_equal(scenario->must, MUST_NOTHING);
    assert_null(scenario->known_why);
    assert_int_equal(scenario->fault_count, 0);
    assert_int_equal(scenario->expectation_count, 0);
    reading_done(&reading);
}

static void test_keys_of_the_run(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "schema: bascule/scenario/1\n"
                            "description: |\n  two\n  lines\n"
                            "tags: [gate, on, yes, \"010\", 010]\n"
                            "requires: [curl, 7z]\n"
                            "known_issue: {why: slow, fails: [outage]}\n"
                            "seed: 18446744073709551615\n"
                            "repeat: 20\nwarmup: 0s\nduration: 1m30s\n"
                            "x-free: {anything: [1, two]}\n"
                            "faults: [{at: 1s, kill: primary}]\n"
                            "expect: {outage: < 1s}\n");
    const struct scenario *scenario = &reading.scenario;
    assert_string_equal(scenario->description, "two\nlines\n");
    assert_int_equal(scenario->tag_count, 5);
    assert_string_equal(scenario->tags[1], "on");
    assert_string_equal(scenario->tags[4], "010");
    assert_int_equal(scenario->requires_count, 2);
    assert_string_equal(scenario->requires[1], "7z");
    assert_string_equal(scenario->known_why, "slow");
    assert_int_equal(scenario->known_fails_count, 1);
    assert_string_equal(scenario->known_fails[0], "outage");
    assert_true(scenario->has_seed);
    assert_true(scenario->seed == UINT64_MAX);
    assert_int_equal(scenario->repeat, 20);
    assert_int_equal(scenario->warmup, 0);
    assert_int_equal(scenario->duration, 90 * NANOS_PER_S);
    reading_done(&reading);
}

static void test_must(void **state)
{
    static const struct {
        const char *text;
        enum must must;
        const char *reason;
    } samples[] = {
        {"must: fail\nexpect: {failed_requests: 0}\n", MUST_FAIL, NULL},
        {"must: inconclusive\n", MUST_INCONCLUSIVE, NULL},
        {"must: inconclusive:no_traffic\n", MUST_INCONCLUSIVE, "no_traffic"},
        {"must: \"inconclusive:client_died\"\n", MUST_INCONCLUSIVE, "client_died"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct reading reading;
        reading_valid(&reading, samples[i].text);
        assert_int_equal(reading.scenario.must, samples[i].must);
        if (samples[i].reason != NULL) {
            assert_string_equal(reading.scenario.must_reason, samples[i].reason);
        } else {
            assert_null(reading.scenario.must_reason);
        }
        reading_done(&reading);
    }
}

static void test_three_stubs_without_nodes(void **state)
{
    static const char *const names[] = {"primary", "backup-1", "backup-2"};
    struct reading reading;
    (void)state;
    reading_valid(&reading, "");
    assert_int_equal(reading.scenario.node_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct scenario_node *node = &reading.scenario.nodes[i];
        assert_string_equal(node->name, names[i]);
        assert_int_equal(node->port, 8080 + i);
        assert_int_equal(node->stub.latency, NANOS_PER_MS);
        assert_int_equal(node->stub.start_delay, 0);
        assert_int_equal(node->stub.idle_close, 60 * NANOS_PER_S);
        assert_int_equal(node->stub.exit_after, NANOS_NEVER);
        assert_int_equal(node->stub.backlog, 1024);
    }
    reading_done(&reading);
}

static void test_a_number_of_nodes(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "nodes: 1000\n");
    assert_int_equal(reading.scenario.node_count, 1000);
    assert_string_equal(reading.scenario.nodes[999].name, "backup-999");
    assert_int_equal(reading.scenario.nodes[999].port, 9079);
    assert_int_equal(scenario_node_index(&reading.scenario, "backup-999"), 999);
    assert_int_equal(scenario_node_index(&reading.scenario, "backup-1000"), NODE_NONE);
    reading_done(&reading);
}

static void test_a_list_of_nodes(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "x-stub: &stub {latency: 0ms, backlog: 1}\n"
                            "nodes:\n"
                            "  - {name: a, port: 65535, stub: {<<: *stub, latency: 5ms}}\n"
                            "  - name: \"2\"\n"
                            "    stub: {start_delay: 1s, idle_close: 3s, exit_after: 4s}\n"
                            "  - {name: c, stub: *stub}\n");
    const struct scenario_node *nodes = reading.scenario.nodes;
    assert_int_equal(reading.scenario.node_count, 3);
    assert_int_equal(nodes[0].port, 65535);
    assert_int_equal(nodes[0].stub.latency, 5 * NANOS_PER_MS);
    assert_int_equal(nodes[0].stub.backlog, 1);
    assert_string_equal(nodes[1].name, "2");
    assert_int_equal(nodes[1].port, 8081);
    assert_int_equal(nodes[1].stub.start_delay, NANOS_PER_S);
    assert_int_equal(nodes[1].stub.idle_close, 3 * NANOS_PER_S);
    assert_int_equal(nodes[1].stub.exit_after, 4 * NANOS_PER_S);
    assert_int_equal(nodes[2].port, 8082);
    assert_int_equal(nodes[2].stub.latency, 0);
    reading_done(&reading);
}

static void test_resilient_is_the_default_client(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "");
    const struct client_settings *client = &reading.scenario.client;
    assert_int_equal(client->profile, PROFILE_RESILIENT);
    assert_int_equal(client->request_deadline, 4500 * NANOS_PER_MS);
    assert_int_equal(client->attempt_timeout, 1500 * NANOS_PER_MS);
    assert_int_equal(client->connect_timeout, 500 * NANOS_PER_MS);
    assert_int_equal(client->failback, FAILBACK_IMMEDIATE);
    assert_int_equal(client->failover_on, FAILOVER_ON_CONNECT | FAILOVER_ON_RESET |
                                              FAILOVER_ON_TIMEOUT | FAILOVER_ON_5XX);
    assert_int_equal(client->eject_after, 1);
    assert_int_equal(client->eject_for, NANOS_PER_S);
    assert_int_equal(client->eject_for_max, 30 * NANOS_PER_S);
    assert_true(client->health_check.enabled);
    assert_false(client->health_check.failed_only);
    assert_string_equal(client->health_check.path, "/api/health");
    assert_int_equal(client->health_check.interval, NANOS_PER_S);
    assert_int_equal(client->health_check.timeout, 500 * NANOS_PER_MS);
    assert_int_equal(client->health_check.fall, 2);
    assert_int_equal(client->health_check.rise, 2);
    assert_int_equal(client->health_check.jitter_ppm, 100000);
    assert_int_equal(client->retry_attempts, 3);
    assert_false(client->retry_all_methods);
    assert_true(client->keepalive);
    assert_int_equal(client->instances, 1);
    reading_done(&reading);
}

static void test_all_knobs_of_resilient(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading,
                  "client:\n"
                  "  request_deadline: 4s\n  attempt_timeout: 1s\n  connect_timeout: 100ms\n"
                  "  order: primary-first\n  failback: 10s\n  failover_on: [reset, 5xx]\n"
                  "  eject_after: 3\n  eject_for: 2s\n  eject_for_max: 2s\n"
                  "  health_check: {path: /up, interval: 2s, timeout: 1s, fall: 3, rise: 4,"
                  " jitter: 0.5, nodes: failed}\n"
                  "  retry: {attempts: 5, methods: all}\n  keepalive: false\n  instances: 7\n");
    const struct client_settings *client = &reading.scenario.client;
    assert_int_equal(client->request_deadline, 4 * NANOS_PER_S);
    assert_int_equal(client->attempt_timeout, NANOS_PER_S);
    assert_int_equal(client->connect_timeout, 100 * NANOS_PER_MS);
    assert_int_equal(client->failback, FAILBACK_AFTER);
    assert_int_equal(client->failback_after, 10 * NANOS_PER_S);
    assert_int_equal(client->failover_on, FAILOVER_ON_RESET | FAILOVER_ON_5XX);
    assert_int_equal(client->eject_after, 3);
    assert_int_equal(client->eject_for, 2 * NANOS_PER_S);
    assert_int_equal(client->eject_for_max, 2 * NANOS_PER_S);
    assert_true(client->health_check.enabled);
    assert_true(client->health_check.failed_only);
    assert_string_equal(client->health_check.path, "/up");
    assert_int_equal(client->health_check.fall, 3);
    assert_int_equal(client->health_check.rise, 4);
    assert_int_equal(client->health_check.jitter_ppm, 500000);
    assert_int_equal(client->retry_attempts, 5);
    assert_true(client->retry_all_methods);
    assert_false(client->keepalive);
    assert_int_equal(client->instances, 7);
    reading_done(&reading);
}

static void test_client_without_health_check(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "client: {health_check: none, failback: sticky, failover_on: []}\n");
    assert_false(reading.scenario.client.health_check.enabled);
    assert_int_equal(reading.scenario.client.failback, FAILBACK_STICKY);
    assert_int_equal(reading.scenario.client.failover_on, 0);
    reading_done(&reading);
}

static void test_apiservice_mirrors_its_document(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "nodes: 5\nclient: {profile: apiservice}\n");
    const struct client_settings *client = &reading.scenario.client;
    assert_int_equal(client->profile, PROFILE_APISERVICE);
    assert_int_equal(client->request_deadline, NANOS_NEVER);
    assert_int_equal(client->attempt_timeout, 5 * NANOS_PER_S);
    assert_int_equal(client->connect_timeout, NANOS_NEVER);
    assert_int_equal(client->failback, FAILBACK_STICKY);
    assert_int_equal(client->eject_after, 1);
    assert_int_equal(client->eject_for, NANOS_NEVER);
    assert_true(client->health_check.failed_only);
    assert_int_equal(client->health_check.interval, 30 * NANOS_PER_S);
    assert_int_equal(client->health_check.timeout, 3 * NANOS_PER_S);
    assert_int_equal(client->health_check.jitter_ppm, 0);
    assert_int_equal(client->retry_attempts, 5);
    assert_true(client->retry_all_methods);
    reading_done(&reading);
    reading_valid(&reading,
                  "client: {profile: apiservice, attempt_timeout: 2s, connect_timeout: 1s,"
                  " health_check: {interval: 10s, timeout: 1s, path: /h},"
                  " failover_on: [timeout], keepalive: false, instances: 2,"
                  " retry: {attempts: 2}}\n");
    assert_int_equal(reading.scenario.client.retry_attempts, 2);
    assert_int_equal(reading.scenario.client.health_check.interval, 10 * NANOS_PER_S);
    reading_done(&reading);
}

static void test_none_never_tries_again(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "client: {profile: none}\n");
    const struct client_settings *client = &reading.scenario.client;
    assert_int_equal(client->request_deadline, 4500 * NANOS_PER_MS);
    assert_int_equal(client->attempt_timeout, 4500 * NANOS_PER_MS);
    assert_int_equal(client->connect_timeout, NANOS_NEVER);
    assert_false(client->health_check.enabled);
    assert_int_equal(client->retry_attempts, 1);
    assert_int_equal(client->failover_on, 0);
    assert_true(client->keepalive);
    reading_done(&reading);
    /* Its one attempt may take as long as the request. */
    reading_valid(&reading, "client: {profile: none, request_deadline: 2s}\n");
    assert_int_equal(reading.scenario.client.attempt_timeout, 2 * NANOS_PER_S);
    reading_done(&reading);
    reading_valid(&reading, "client: {profile: none, request_deadline: 2s, attempt_timeout: 1s}\n");
    assert_int_equal(reading.scenario.client.attempt_timeout, NANOS_PER_S);
    reading_done(&reading);
}

static void test_default_traffic(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "");
    const struct traffic *traffic = &reading.scenario.traffic;
    assert_int_equal(traffic->rate_micro, 100000000);
    assert_int_equal(traffic->slow, 500 * NANOS_PER_MS);
    assert_int_equal(traffic->max_in_flight, 10000);
    assert_int_equal(traffic->request_count, 1);
    assert_int_equal(traffic->weight_total, 1);
    assert_int_equal(traffic->requests[0].method, METHOD_GET);
    assert_string_equal(traffic->requests[0].path, "/api/raft/status");
    assert_null(traffic->requests[0].body);
    assert_true(traffic->requests[0].idempotent);
    reading_done(&reading);
}

static void test_traffic(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading,
                  "traffic:\n  rate: 0.5/s\n  slow: 1s\n  max_in_flight: 3\n  requests:\n"
                  "    - {path: /a, weight: 9, headers: {Authorization: \"Bearer x\"}}\n"
                  "    - {method: POST, path: /b, body: {seat: \"$(request)\", n: [1, 2.5, true, "
                  "null, 010, yes]}}\n"
                  "    - {method: POST, path: /b, body: \"n=$(request)\", idempotent: true}\n"
                  "    - {method: PUT, path: \"/c?d=e\", body: [1], headers: {content-type: a/b}}\n"
                  "    - {method: PATCH, path: /d}\n");
    const struct traffic *traffic = &reading.scenario.traffic;
    const struct traffic_request *requests = traffic->requests;
    assert_int_equal(traffic->rate_micro, 500000);
    assert_int_equal(traffic->max_in_flight, 3);
    assert_int_equal(traffic->request_count, 5);
    assert_int_equal(traffic->weight_total, 13);
    assert_int_equal(requests[0].header_count, 1);
    assert_string_equal(requests[0].headers[0].name, "Authorization");
    assert_string_equal(requests[0].headers[0].value, "Bearer x");
    assert_true(requests[0].idempotent);
    assert_string_equal(requests[1].body,
                        "{\"seat\":\"$(request)\",\"n\":[1,2.5,true,null,\"010\",\"yes\"]}");
    assert_int_equal(requests[1].header_count, 1);
    assert_string_equal(requests[1].headers[0].name, "Content-Type");
    assert_string_equal(requests[1].headers[0].value, "application/json");
    assert_false(requests[1].idempotent);
    /* Text is sent as it stands, and says nothing about its type. */
    assert_string_equal(requests[2].body, "n=$(request)");
    assert_int_equal(requests[2].header_count, 0);
    assert_true(requests[2].idempotent);
    assert_int_equal(requests[3].header_count, 1);
    assert_string_equal(requests[3].headers[0].value, "a/b");
    assert_int_equal(requests[4].method, METHOD_PATCH);
    assert_false(requests[4].idempotent);
    reading_done(&reading);
}

static void test_no_traffic(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "traffic: {requests: []}\n");
    assert_int_equal(reading.scenario.traffic.request_count, 0);
    assert_int_equal(scenario_request_count(&reading.scenario), 0);
    reading_done(&reading);
    reading_valid(&reading, "traffic: {rate: 0/s}\n");
    assert_int_equal(reading.scenario.traffic.rate_micro, 0);
    reading_done(&reading);
}

static void test_limits_are_reached_not_passed(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "duration: 23h\nwarmup: 1h\ntraffic: {rate: 200/s}\n");
    assert_int_equal(scenario_request_count(&reading.scenario), 24 * 3600 * 200);
    reading_done(&reading);
    reading_valid(&reading, "duration: 20s\nwarmup: 0s\ntraffic: {rate: 1000000/s}\n");
    assert_int_equal(scenario_request_count(&reading.scenario), SCENARIO_REQUESTS_MAX);
    reading_done(&reading);
    reading_refused("duration: 20001ms\nwarmup: 0s\ntraffic: {rate: 1000000/s}\n", 4, 17,
                    "20001000 requests");
    reading_refused("duration: 24h\ntraffic: {rate: 1/s}\n", 2, 11, "together exceed 24h");
}

static void test_line_ends_and_byte_order_mark(void **state)
{
    static const char text[] = "\xEF\xBB\xBFname: case\r\nduration: 5s\r\n";
    struct reading reading;
    (void)state;
    reading_take(&reading, text, sizeof(text) - 1, NULL);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.duration, 5 * NANOS_PER_S);
    reading_done(&reading);
}

static void test_what_is_read_outlives_the_bytes(void **state)
{
    char text[] = "name: case\ntags: [gate]\n";
    struct reading reading;
    (void)state;
    reading_take(&reading, text, sizeof(text) - 1, NULL);
    memset(text, 'x', sizeof(text));
    assert_string_equal(reading.scenario.name, "case");
    assert_string_equal(reading.scenario.tags[0], "gate");
    assert_string_equal(reading.scenario.text, "name: case\ntags: [gate]\n");
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_name_is_required),
        cmocka_unit_test(test_keys_of_the_run),
        cmocka_unit_test(test_must),
        cmocka_unit_test(test_three_stubs_without_nodes),
        cmocka_unit_test(test_a_number_of_nodes),
        cmocka_unit_test(test_a_list_of_nodes),
        cmocka_unit_test(test_resilient_is_the_default_client),
        cmocka_unit_test(test_all_knobs_of_resilient),
        cmocka_unit_test(test_client_without_health_check),
        cmocka_unit_test(test_apiservice_mirrors_its_document),
        cmocka_unit_test(test_none_never_tries_again),
        cmocka_unit_test(test_default_traffic),
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_no_traffic),
        cmocka_unit_test(test_limits_are_reached_not_passed),
        cmocka_unit_test(test_line_ends_and_byte_order_mark),
        cmocka_unit_test(test_what_is_read_outlives_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
