#include "backends-stub/node.h"

#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct node node;
    int fd;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct error error = {0};

    if (fixture == NULL) {
        return -1;
    }
    *state = fixture;
    fixture->node.api.name = "primary";
    fixture->node.api.peer_port = 8081;
    return execution_log_create(&fixture->node.log, 8, 0, 0, &fixture->fd, &error);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    replays_done(&fixture->node.replays);
    execution_log_close(&fixture->node.log);
    (void)close(fixture->fd);
    free(fixture);
    return 0;
}

static struct node_request request(const char *method, const char *path, const char *body)
{
    return (struct node_request){
        .method = method,
        .path = path,
        .id = "5-6",
        .body = body,
        .body_length = body == NULL ? 0 : strlen(body),
    };
}

static unsigned status_of(struct node *node, const char *method, const char *path, const char *body)
{
    struct exchange exchange;
    unsigned status = 0;

    node_execute(node, request(method, path, body), &exchange);
    status = exchange.answer.status;
    assert_true(exchange.answer.body_length ==
                (exchange.answer.body == NULL ? 0 : strlen(exchange.answer.body)));
    exchange_done(&exchange);
    return status;
}

static void set(struct node *node, enum fault_kind kind)
{
    struct control_behaviour order = {
        .behaviour = 1, .kind = kind, .ratio_ppm = (uint32_t)RATIO_ONE};

    assert_int_equal(behaviours_set(&node->behaviours, &order), 0);
}

static void test_request_ids(void **state)
{
    static const char *const wrong[] = {
        "",    "-",    "1",    "1-",   "-1",           "1-2-3",        "a-1",
        "1-b", "+1-1", " 1-1", "1-1 ", "4294967295-0", "0-4294967295", "18446744073709551616-1"};
    uint32_t run = 9;
    uint32_t number = 9;

    (void)state;
    assert_true(request_id_parse("0-0", &run, &number));
    assert_int_equal(run, 0);
    assert_int_equal(number, 0);
    assert_true(request_id_parse("12-4294967294", &run, &number));
    assert_int_equal(run, 12);
    assert_true(number == UINT32_MAX - 1);
    assert_false(request_id_parse(NULL, &run, &number));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(request_id_parse(wrong[i], &run, &number));
    }
}

static void test_statuses_of_the_api(void **state)
{
    struct node *node = &((struct fixture *)*state)->node;

    assert_int_equal(status_of(node, "GET", "/api/raft/status", NULL), 200);
    assert_int_equal(status_of(node, "POST", "/api/reservations", "{}"), 201);
    assert_int_equal(status_of(node, "POST", "/api/reservations", "{"), 400);
    assert_int_equal(status_of(node, "POST", "/api/reservations", NULL), 400);
    assert_int_equal(status_of(node, "OPTIONS", "/api/providers", NULL), 204);
    assert_int_equal(status_of(node, "OPTIONS", "*", NULL), 204);
    assert_int_equal(status_of(node, "POST", "/api/providers", "{}"), 405);
    assert_int_equal(status_of(node, "GET", "/api/providers/", NULL), 404);
}

static void test_a_record_is_whole_before_the_answer_leaves(void **state)
{
    struct node *node = &((struct fixture *)*state)->node;
    const struct execution_record *record = &node->log.records[0];
    struct exchange exchange;

    node_execute(node, request("DELETE", "/api/reservations/3", NULL), &exchange);
    assert_ptr_equal(exchange.record, record);
    assert_int_equal(record->committed, 1);
    assert_int_equal(record->run, 5);
    assert_int_equal(record->request, 6);
    assert_int_equal(record->status, 200);
    assert_int_equal(record->method, METHOD_DELETE);
    assert_int_equal(record->flags, EXECUTION_EXECUTED);
    assert_true(record->start > 0);
    assert_int_equal(record->end, 0);
    assert_true(record->body_hash == UINT64_C(0xe3b0c44298fc1c14)); /* SHA-256 of nothing */
    assert_string_equal(record->path, "/api/reservations/3");
    exchange_done(&exchange);
    assert_true(record->end >= record->start);
}

static void test_a_key_is_executed_once(void **state)
{
    struct node *node = &((struct fixture *)*state)->node;
    struct node_request keyed = request("POST", "/api/reservations", "{}");
    struct exchange first;
    struct exchange second;

    keyed.key = "5-6";
    node_execute(node, keyed, &first);
    node_execute(node, keyed, &second);
    assert_int_equal(node->api.reservations, 1);
    assert_int_equal(second.answer.status, first.answer.status);
    assert_string_equal(second.answer.body, first.answer.body);
    assert_int_equal(node->log.records[0].flags, EXECUTION_EXECUTED);
    assert_int_equal(node->log.records[1].flags, 0);
    exchange_done(&first);
    exchange_done(&second);
    keyed.key = "5-7";
    node_execute(node, keyed, &first);
    assert_int_equal(node->api.reservations, 2);
    exchange_done(&first);
}

static void test_silence_is_no_execution(void **state)
{
    struct node *node = &((struct fixture *)*state)->node;
    struct exchange exchange;

    set(node, FAULT_HANG);
    node_execute(node, request("POST", "/api/reservations", "{}"), &exchange);
    assert_int_equal(exchange.decision.answer, DECISION_SILENCE);
    exchange_done(&exchange);
    assert_int_equal(execution_log_count(&node->log), 0);
    assert_int_equal(node->api.reservations, 0);
}

static void test_a_failure_on_purpose_is_logged_as_such(void **state)
{
    struct node *node = &((struct fixture *)*state)->node;

    set(node, FAULT_WRONG_ROLE);
    assert_int_equal(status_of(node, "POST", "/api/reservations", "{}"), 503);
    assert_int_equal(node->api.reservations, 0);
    assert_int_equal(node->log.records[0].flags, 0);
    assert_int_equal(node->log.records[0].status, 503);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_ids),
        TEST(statuses_of_the_api),
        TEST(a_record_is_whole_before_the_answer_leaves),
        TEST(a_key_is_executed_once),
        TEST(silence_is_no_execution),
        TEST(a_failure_on_purpose_is_logged_as_such),
    };

    return cmocka_run_group_tests_name("stub node", tests, NULL, NULL);
}
