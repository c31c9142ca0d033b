#include "unit/scenario/same.h"

#include "base/arena.h"
#include "scenario/scenario_read.h"
#include "scenario/scenario_write.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#define SAME(member)      assert_true(a->member == b->member)
#define SAME_TEXT(member) same_text(a->member, b->member)

static void same_text(const char *a, const char *b)
{
    assert_true((a == NULL) == (b == NULL));
    if (a != NULL) {
        assert_string_equal(a, b);
    }
}

static void same_texts(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++) {
        assert_string_equal(a[i], b[i]);
    }
}

static void same_head(const struct scenario *a, const struct scenario *b)
{
    SAME_TEXT(name);
    SAME_TEXT(description);
    SAME_TEXT(known_why);
    SAME_TEXT(must_reason);
    SAME(must);
    SAME(has_seed);
    SAME(seed);
    SAME(repeat);
    SAME(warmup);
    SAME(duration);
    same_texts(a->tags, a->tag_count, b->tags, b->tag_count);
    same_texts(a->requires, a->requires_count, b->requires, b->requires_count);
    same_texts(a->known_fails, a->known_fails_count, b->known_fails, b->known_fails_count);
}

static void same_command(const struct command_line *a, const struct command_line *b)
{
    same_texts(a->words, a->count, b->words, b->count);
    if (a->count > 0) {
        assert_null(a->words[a->count]);
        assert_null(b->words[b->count]);
    }
}

static void same_url(const struct scenario_url *a, const struct scenario_url *b)
{
    SAME_TEXT(text);
    SAME_TEXT(host);
    SAME_TEXT(prefix);
    SAME(port);
}

static void same_process(const struct scenario_node *a, const struct scenario_node *b)
{
    same_command(&a->command, &b->command);
    SAME(env_count);
    for (size_t i = 0; i < a->env_count; i++) {
        SAME_TEXT(env[i].name);
        SAME_TEXT(env[i].value);
    }
    SAME_TEXT(cwd);
    SAME_TEXT(ready.http);
    SAME(ready.within);
    SAME(stop.signal);
    SAME(stop.within);
}

static void same_node(const struct scenario_node *a, const struct scenario_node *b)
{
    SAME_TEXT(name);
    SAME(kind);
    SAME(port);
    same_url(&a->url, &b->url);
    same_process(a, b);
    SAME(stub.latency);
    SAME(stub.start_delay);
    SAME(stub.idle_close);
    SAME(stub.exit_after);
    SAME(stub.backlog);
}

static void same_client(const struct client_settings *a, const struct client_settings *b)
{
    SAME(profile);
    same_url(&a->direct, &b->direct);
    same_command(&a->exec, &b->exec);
    SAME_TEXT(options);
    SAME(order);
    SAME(request_deadline);
    SAME(attempt_timeout);
    SAME(connect_timeout);
    SAME(failback);
    SAME(failback_after);
    SAME(failover_on);
    SAME(eject_after);
    SAME(eject_for);
    SAME(eject_for_max);
    SAME(retry_attempts);
    SAME(retry_all_methods);
    SAME(keepalive);
    SAME(instances);
    SAME(health_check.enabled);
    if (a->health_check.enabled) {
        SAME_TEXT(health_check.path);
        SAME(health_check.failed_only);
        SAME(health_check.interval);
        SAME(health_check.timeout);
        SAME(health_check.fall);
        SAME(health_check.rise);
        SAME(health_check.jitter_ppm);
    }
}

static void same_request(const struct traffic_request *a, const struct traffic_request *b)
{
    SAME(method);
    SAME(weight);
    SAME(idempotent);
    SAME_TEXT(path);
    SAME_TEXT(body);
    SAME(header_count);
    for (size_t i = 0; i < a->header_count; i++) {
        SAME_TEXT(headers[i].name);
        SAME_TEXT(headers[i].value);
    }
}

static void same_stream(const struct traffic_stream *a, const struct traffic_stream *b)
{
    SAME(kind);
    SAME(count);
    SAME(interval);
    SAME_TEXT(path);
}

static void same_traffic(const struct traffic *a, const struct traffic *b)
{
    SAME(rate_micro);
    SAME(slow);
    SAME(max_in_flight);
    SAME(weight_total);
    SAME(request_count);
    for (size_t i = 0; i < a->request_count; i++) {
        same_request(&a->requests[i], &b->requests[i]);
    }
    SAME(stream_count);
    for (size_t i = 0; i < a->stream_count; i++) {
        same_stream(&a->streams[i], &b->streams[i]);
    }
}

static void same_parameters(const struct fault_parameters *a,
                            const struct fault_parameters *b,
                            size_t node_count)
{
    SAME(status_count);
    for (uint32_t i = 0; i < a->status_count; i++) {
        SAME(statuses[i]);
    }
    SAME(ratio_ppm);
    SAME_TEXT(path);
    SAME(retry_after);
    SAME(after_commit);
    SAME(by);
    SAME(jitter);
    SAME(after_bytes);
    SAME(rate_bytes);
    SAME(of_ppm);
    SAME(direction);
    SAME(every);
    SAME(down);
    SAME(how);
    assert_true((a->groups == NULL) == (b->groups == NULL));
    if (a->groups != NULL) {
        assert_memory_equal(a->groups, b->groups, node_count);
    }
}

static void same_fault(const struct fault *a, const struct fault *b, size_t node_count)
{
    SAME(kind);
    SAME(target);
    SAME(at_from);
    SAME(at_to);
    SAME(hold);
    SAME_TEXT(id);
    SAME(node_count);
    for (size_t i = 0; i < a->node_count; i++) {
        SAME(nodes[i]);
    }
    same_parameters(&a->parameters, &b->parameters, node_count);
}

static void same_question(const struct question *a, const struct question *b)
{
    SAME(method);
    SAME_TEXT(path);
    SAME_TEXT(body);
    SAME_TEXT(field);
}

static void same_leader(const struct leader_settings *a, const struct leader_settings *b)
{
    SAME(enabled);
    same_question(&a->question, &b->question);
    SAME_TEXT(is);
    SAME_TEXT(same_as);
}

static void same_expectation(const struct expectation *a, const struct expectation *b)
{
    SAME(metric);
    SAME(comparison);
    SAME(limit);
    SAME(pooled);
    SAME(node);
    SAME(fault);
    SAME_TEXT(name);
    SAME_TEXT(limit_text);
}

void same_scenario(const struct scenario *a, const struct scenario *b)
{
    same_head(a, b);
    SAME(node_count);
    SAME(process_count);
    for (size_t i = 0; i < a->process_count; i++) {
        same_node(&a->nodes[i], &b->nodes[i]);
    }
    same_client(&a->client, &b->client);
    same_traffic(&a->traffic, &b->traffic);
    same_command(&a->alerts.command, &b->alerts.command);
    same_leader(&a->leader, &b->leader);
    SAME(verify.enabled);
    same_question(&a->verify.question, &b->verify.question);
    SAME(fault_count);
    for (size_t i = 0; i < a->fault_count; i++) {
        same_fault(&a->faults[i], &b->faults[i], a->node_count);
    }
    SAME(expectation_count);
    for (size_t i = 0; i < a->expectation_count; i++) {
        same_expectation(&a->expectations[i], &b->expectations[i]);
    }
}

void same_when_written(const struct scenario *scenario)
{
    struct arena arena;
    struct diagnostics diagnostics;
    struct scenario again;
    arena_init(&arena, 0);
    diagnostics_init(&diagnostics, &arena);
    const char *text = scenario_write(&arena, scenario, NULL, NULL);
    struct scenario_source source = {.file = "written", .bytes = text, .length = strlen(text)};
    if (scenario_read(&arena, &source, NULL, &diagnostics, &again) < 0) {
        print_error("%s", diagnostics_render(&arena, &diagnostics, text, strlen(text)));
        fail_msg("what was written of '%s' is not valid:\n%s", scenario->name, text);
    }
    same_scenario(scenario, &again);
    assert_string_equal(text, scenario_write(&arena, &again, NULL, NULL));
    arena_done(&arena);
}
