/* Nodes that are no stubs, services, clients that are no profile, and questions: what each becomes.
 */
#include "base/text.h"
#include "scenario/scenario.h"
#include "unit/cmocka_all.h"
#include "unit/scenario/reading.h"

#include <signal.h>
#include <string.h>

static void test_a_command_node(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "nodes:\n"
                            "  - {name: a, command: [./a, \"$(port)\"],\n"
                            "     env: {TOKEN: from-environment, X: \"1\"}}\n");
    const struct scenario_node *node = &reading.scenario.nodes[0];
    assert_int_equal(reading.scenario.node_count, 1);
    assert_int_equal(reading.scenario.process_count, 1);
    assert_int_equal(node->kind, NODE_COMMAND);
    assert_int_equal(node->port, 8080);
    assert_string_equal(node->url.text, "http://127.0.0.1:8080");
    assert_int_equal(node->command.count, 2);
    assert_string_equal(node->command.words[1], "$(port)");
    assert_null(node->command.words[2]);
    assert_int_equal(node->command.at.line, 3);
    assert_int_equal(node->env_count, 2);
    assert_null(node->env[0].value);
    assert_string_equal(node->env[1].value, "1");
    assert_null(node->cwd);
    assert_null(node->ready.http);
    assert_int_equal(node->ready.within, 10 * NANOS_PER_S);
    assert_int_equal(node->stop.signal, SIGTERM);
    assert_int_equal(node->stop.within, 5 * NANOS_PER_S);
    assert_true(scenario_has_node(&reading.scenario, NODE_COMMAND));
    assert_false(scenario_has_node(&reading.scenario, NODE_STUB));
    reading_done(&reading);
}

static void
is_url(const char *text, const char *whole, const char *host, uint16_t port, const char *prefix)
{
    char yaml[400];
    struct text out;
    struct reading reading;
    text_init(&out, yaml, sizeof(yaml));
    text_printf(&out, "nodes: [{name: a, url: \"%s\", external: true}]\n", text);
    reading_valid(&reading, yaml);
    const struct scenario_node *node = &reading.scenario.nodes[0];
    assert_int_equal(node->kind, NODE_EXTERNAL);
    assert_string_equal(node->url.text, whole);
    assert_string_equal(node->url.host, host);
    assert_string_equal(node->url.prefix, prefix);
    assert_int_equal(node->url.port, port);
    assert_int_equal(node->port, port);
    assert_int_equal(node->url.at.line, 2);
    reading_done(&reading);
}

static void test_urls(void **state)
{
    (void)state;
    is_url("http://127.0.0.1:8081", "http://127.0.0.1:8081", "127.0.0.1", 8081, "");
    is_url("http://LocalHost/", "http://LocalHost", "localhost", 80, "");
    is_url("http://10.0.0.1:1/v1/", "http://10.0.0.1:1/v1", "10.0.0.1", 1, "/v1");
    is_url("http://a-b.example/c/d", "http://a-b.example/c/d", "a-b.example", 80, "/c/d");
}

static void is_local(const char *host, bool expected)
{
    const struct scenario_url url = {.host = host};
    assert_int_equal(scenario_url_is_local(&url), expected);
}

static void test_what_is_on_this_machine(void **state)
{
    (void)state;
    is_local("127.0.0.1", true);
    is_local("127.9.8.7", true);
    is_local("localhost", true);
    is_local("127.example", false);
    is_local("10.0.0.1", false);
    is_local("localhost.example", false);
}

static void test_services_follow_the_nodes(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "services:\n"
                            "  - {name: lb, url: \"http://127.0.0.1:8090/in\", command: [lb]}\n"
                            "  - {name: worker, command: [w]}\n"
                            "faults: [{at: 1s, kill: [lb, primary]}, {at: 2s, kill: all}]\n");
    const struct scenario *scenario = &reading.scenario;
    assert_int_equal(scenario->node_count, 3);
    assert_int_equal(scenario->process_count, 5);
    assert_int_equal(scenario_node_index(scenario, "lb"), 3);
    assert_int_equal(scenario->nodes[3].port, 8090);
    assert_string_equal(scenario->nodes[3].url.prefix, "/in");
    assert_int_equal(scenario->nodes[4].port, 0);
    assert_string_equal(scenario->nodes[4].url.text, "");
    assert_int_equal(scenario->faults[0].nodes[0], 3);
    assert_int_equal(scenario->faults[0].nodes[1], 0);
    assert_int_equal(scenario->faults[1].target, TARGET_ALL);
    reading_done(&reading);
}

static void test_an_exec_client(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "client: {exec: [./c, x], order: random, instances: 2,\n"
                            "         options: {b: [1, 2.5, no], a: {}}}\n");
    const struct client_settings *client = &reading.scenario.client;
    assert_int_equal(client->profile, PROFILE_EXEC);
    assert_true(scenario_client_is_external(client));
    assert_false(scenario_client_is_seen(client));
    assert_true(scenario_client_spreads(client));
    assert_int_equal(client->exec.count, 2);
    assert_string_equal(client->options, "{\"b\":[1,2.5,\"no\"],\"a\":{}}");
    assert_int_equal(client->instances, 2);
    assert_int_equal(client->request_deadline, NANOS_NEVER);
    reading_done(&reading);
    reading_valid(&reading, "client: {exec: [./c]}\n");
    assert_string_equal(reading.scenario.client.options, "{}");
    assert_false(scenario_client_spreads(&reading.scenario.client));
    reading_done(&reading);
}

static void test_a_direct_client(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading, "client: {direct: \"http://127.0.0.1:8090/x\"}\n");
    const struct client_settings *client = &reading.scenario.client;
    assert_int_equal(client->profile, PROFILE_DIRECT);
    assert_false(scenario_client_is_external(client));
    assert_false(scenario_client_is_seen(client));
    assert_int_equal(client->direct.port, 8090);
    assert_int_equal(client->request_deadline, NANOS_NEVER);
    assert_int_equal(client->attempt_timeout, NANOS_NEVER);
    assert_int_equal(client->connect_timeout, NANOS_NEVER);
    assert_true(client->keepalive);
    reading_done(&reading);
    reading_valid(&reading, "client: {direct: \"http://127.0.0.1\", request_deadline: 3s,\n"
                            "         attempt_timeout: 2s, connect_timeout: 1s}\n");
    assert_int_equal(client->request_deadline, 3 * NANOS_PER_S);
    assert_int_equal(client->attempt_timeout, 2 * NANOS_PER_S);
    assert_int_equal(client->connect_timeout, 1 * NANOS_PER_S);
    reading_done(&reading);
}

static void test_questions(void **state)
{
    struct reading reading;
    (void)state;
    reading_valid(&reading,
                  "leader: {get: /status, field: a.0.b, is: 3}\n"
                  "verify: {post: \"/$(request)\", body: {k: \"$(request)\"}, field: v}\n"
                  "traffic: {requests: [{method: POST, path: /w, body: {k: \"$(request)\"}}]}\n"
                  "faults: [{at: 1s, kill: leader}]\n");
    const struct scenario *scenario = &reading.scenario;
    assert_true(scenario->leader.enabled);
    assert_int_equal(scenario->leader.question.method, METHOD_GET);
    assert_string_equal(scenario->leader.question.path, "/status");
    assert_null(scenario->leader.question.body);
    assert_string_equal(scenario->leader.question.field, "a.0.b");
    assert_string_equal(scenario->leader.is, "3");
    assert_null(scenario->leader.same_as);
    assert_true(scenario->verify.enabled);
    assert_int_equal(scenario->verify.question.method, METHOD_POST);
    assert_string_equal(scenario->verify.question.body, "{\"k\":\"$(request)\"}");
    assert_int_equal(scenario->faults[0].target, TARGET_LEADER);
    reading_done(&reading);
}

static void set(struct reading *reading, const char *yaml, const char *setting, uint16_t port_base)
{
    const struct scenario_overrides overrides = {
        .settings = &setting,
        .setting_count = setting != NULL ? 1 : 0,
        .port_base = port_base,
    };
    reading_take(reading, yaml, strlen(yaml), &overrides);
}

static void test_a_client_is_set_as_a_whole(void **state)
{
    struct reading reading;
    (void)state;
    set(&reading, "name: case\nclient: {profile: resilient, eject_after: 2}\n",
        "client={exec: [a, b], options: {c: d}}", 0);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.client.profile, PROFILE_EXEC);
    assert_string_equal(reading.scenario.client.exec.words[1], "b");
    assert_string_equal(reading.scenario.client.options, "{\"c\":\"d\"}");
    reading_done(&reading);
}

static void test_the_port_base_moves_what_is_started(void **state)
{
    static const char yaml[] = "name: case\n"
                               "nodes:\n"
                               "  - {name: a, url: \"http://localhost:9000/v1\", command: [a]}\n"
                               "  - {name: b, port: 9001, external: true}\n"
                               "  - {name: c}\n"
                               "services: [{name: s, port: 9005, command: [s]}]\n";
    struct reading reading;
    (void)state;
    set(&reading, yaml, NULL, 9100);
    assert_int_equal(reading.result, 0);
    assert_int_equal(reading.scenario.nodes[0].port, 9100);
    assert_string_equal(reading.scenario.nodes[0].url.text, "http://localhost:9100/v1");
    assert_int_equal(reading.scenario.nodes[1].port, 9001);
    assert_int_equal(reading.scenario.nodes[2].url.port, 9102);
    assert_int_equal(reading.scenario.nodes[3].port, 9005);
    reading_done(&reading);
    set(&reading, yaml, NULL, 9005);
    assert_int_equal(reading.result, -1);
    reading_done(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_command_node),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_what_is_on_this_machine),
        cmocka_unit_test(test_services_follow_the_nodes),
        cmocka_unit_test(test_an_exec_client),
        cmocka_unit_test(test_a_direct_client),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_a_client_is_set_as_a_whole),
        cmocka_unit_test(test_the_port_base_moves_what_is_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
